CREATE SCHEMA audit;

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

COMMENT ON EXTENSION btree_gist IS 'support for indexing common datatypes in GiST';

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE TYPE public.river_job_state AS ENUM (
    'available',
    'cancelled',
    'completed',
    'discarded',
    'pending',
    'retryable',
    'running',
    'scheduled'
);

CREATE FUNCTION audit.attach(t regclass, keys text DEFAULT 'id'::text, skip text DEFAULT ''::text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER audit_row AFTER UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit.record(%L, %L)', t, keys, skip);
  EXECUTE format('CREATE TRIGGER audit_new AFTER INSERT ON %s REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new(%L, %L, %L)', t, keys, skip,
    CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = t AND attnum > 0 AND NOT attisdropped AND attname ~ '(password|secret|token|hash)') THEN 'secrets' ELSE '' END);
END $$;

CREATE FUNCTION audit.ensure_partitions(d date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'audit', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
DECLARE m date; name text;
BEGIN
  FOR i IN 0..2 LOOP
    m := (date_trunc('month', d) + make_interval(months => i))::date;
    name := 'trail_' || to_char(m, 'YYYYMM');
    IF to_regclass('audit.' || name) IS NULL THEN
      BEGIN
        EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.trail FOR VALUES FROM (%L) TO (%L)', name, m, (m + interval '1 month')::date);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit.%I FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse()', name);
      EXCEPTION WHEN check_violation OR duplicate_table THEN NULL;
      END;
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION audit."freeze"(t regclass) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit.refuse()', t);
  EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse()', t);
END $$;

CREATE FUNCTION audit.nobody(t text) RETURNS text
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'a write to % without an actor', t USING ERRCODE = 'AU001';
END $$;

CREATE FUNCTION audit.record() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'audit', 'pg_temp'
    AS $$
DECLARE
  who     text := nullif(current_setting('app.actor', true), '');
  behind  text := coalesce(current_setting('app.acting_for', true), '');
  request text := coalesce(current_setting('app.request', true), '');
  mine    jsonb;
  o       jsonb := to_jsonb(OLD);
  n       jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}'::jsonb ELSE to_jsonb(NEW) END;
  skip    text[] := string_to_array(TG_ARGV[1], ',');
  diff    jsonb;
  name    text;
BEGIN
  IF who IS NULL THEN
    PERFORM audit.nobody(TG_TABLE_NAME);
  END IF;
  SELECT jsonb_object_agg(k, CASE WHEN k ~ '(password|secret|token|hash)' THEN '["•••","•••"]'::jsonb
                                  ELSE jsonb_build_array(o -> k, n -> k) END)
    INTO diff
    FROM jsonb_object_keys(CASE WHEN TG_OP = 'DELETE' THEN o ELSE n END) k
   WHERE NOT (k = ANY (skip)) AND (o -> k) IS DISTINCT FROM (n -> k);
  IF diff IS NULL THEN
    RETURN NULL;
  END IF;
  IF who = 'each' THEN
    mine := nullif(current_setting('app.each', true), '')::jsonb -> coalesce(n ->> 'filing_key', o ->> 'draft_id');
    who := coalesce(mine ->> 0, audit.nobody(TG_TABLE_NAME));
    behind := mine ->> 1;
    request := mine ->> 2;
  END IF;
  IF TG_ARGV[0] <> 'id' THEN
    SELECT string_agg(o ->> c, '/' ORDER BY ord)
      INTO name FROM unnest(string_to_array(TG_ARGV[0], ',')) WITH ORDINALITY AS t (c, ord);
  ELSE
    name := o ->> 'id';
  END IF;
  INSERT INTO audit.trail (table_name, row_id, op, actor, acting_for, action, request, changes)
  VALUES (TG_TABLE_NAME, name, left(TG_OP, 1)::"char", who, behind, coalesce(nullif(current_setting('app.action', true), ''), '?'), request, diff);
  RETURN NULL;
END $$;

CREATE FUNCTION audit.record_new() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'audit', 'pg_temp'
    AS $$
DECLARE
  who     text := nullif(current_setting('app.actor', true), '');
  behind  text := coalesce(current_setting('app.acting_for', true), '');
  request text := coalesce(current_setting('app.request', true), '');
  act     text := coalesce(nullif(current_setting('app.action', true), ''), '?');
  skip    text[] := string_to_array(TG_ARGV[1], ',');
  each    jsonb;
BEGIN
  IF who = 'each' THEN
    each := coalesce(nullif(current_setting('app.each', true), ''), '{}');
    INSERT INTO audit.trail (table_name, row_id, op, actor, acting_for, action, request, changes)
    SELECT TG_TABLE_NAME, n ->> 'id', 'I', coalesce(each -> (n ->> 'filing_key') ->> 0, audit.nobody(TG_TABLE_NAME)),
           each -> (n ->> 'filing_key') ->> 1, act, each -> (n ->> 'filing_key') ->> 2, jsonb_build_array(n - skip)
      FROM (SELECT to_jsonb(f) AS n FROM fresh f OFFSET 0) r;
  ELSIF TG_ARGV[0] = 'id' AND TG_ARGV[2] = '' THEN
    INSERT INTO audit.trail (table_name, row_id, op, actor, acting_for, action, request, changes)
    SELECT TG_TABLE_NAME, n ->> 'id', 'I', coalesce(who, audit.nobody(TG_TABLE_NAME)), behind, act, request, jsonb_build_array(n - skip)
      FROM (SELECT to_jsonb(f) AS n FROM fresh f OFFSET 0) r;
  ELSE
    INSERT INTO audit.trail (table_name, row_id, op, actor, acting_for, action, request, changes)
    SELECT TG_TABLE_NAME, (SELECT string_agg(n ->> c, '/' ORDER BY ord) FROM unnest(string_to_array(TG_ARGV[0], ',')) WITH ORDINALITY AS t (c, ord)),
           'I', coalesce(who, audit.nobody(TG_TABLE_NAME)), behind, act, request,
           jsonb_build_array((SELECT jsonb_object_agg(key, CASE WHEN key ~ '(password|secret|token|hash)' AND value <> 'null' THEN '"•••"' ELSE value END) FROM jsonb_each(n - skip)))
      FROM (SELECT to_jsonb(f) AS n FROM fresh f OFFSET 0) r;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION audit.refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'the record is append-only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'AU002';
END $$;

CREATE FUNCTION public.canonical_email(e text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT CASE WHEN d IN ('gmail.com', 'googlemail.com') THEN replace(l, '.', '') || '@gmail.com'
              WHEN d IN ('ya.ru', 'yandex.ru', 'yandex.com', 'yandex.ua') THEN replace(l, '.', '-') || '@yandex.com'
              WHEN d IN ('icloud.com', 'me.com', 'mac.com') THEN l || '@icloud.com'
              WHEN d IN ('proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me') THEN l || '@proton.me'
              ELSE l || '@' || d END
    FROM (SELECT split_part(split_part(lower(e), '@', 1), '+', 1) AS l, split_part(lower(e), '@', 2) AS d) t
$$;

CREATE FUNCTION public.mailbox_stem(e text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT CASE WHEN s <> l AND length(s) >= 3 THEN s || '@' || split_part(e, '@', 2) ELSE '' END
    FROM (SELECT split_part(e, '@', 1) AS l, translate(split_part(e, '@', 1), '0123456789', '') AS s) t
$$;

CREATE FUNCTION public.petition_forget(petition bigint, before timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
  n bigint;
BEGIN
  PERFORM FROM petitions WHERE id = petition AND state NOT IN ('supporting', 'checking', 'gathering')
      AND CASE state WHEN 'returned' THEN submitted_at ELSE coalesce(reached_at, closed_at) END < least(before, now() - interval '30 days') FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  UPDATE petition_signatures SET net = '', ip = '', stem = '' WHERE petition_id = petition AND (net <> '' OR ip <> '' OR stem <> '');
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;

CREATE FUNCTION public.petition_known(petition bigint, signature bigint, human bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
  UPDATE petition_signatures SET strong = human
   WHERE petition_id = petition AND id = signature AND tier = 1 AND strong IS NULL AND withdrawn_at IS NULL
$$;

CREATE FUNCTION public.petition_signed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO petition_deltas (petition_id, hour, district_id, tier, n)
    SELECT petition_id, date_trunc('hour', at), district_id, tier, count(*) FROM fresh
     WHERE withdrawn_at IS NULL AND sweep_id IS NULL GROUP BY 1, 2, 3, 4;
  ELSE
    INSERT INTO petition_deltas (petition_id, hour, district_id, tier, n)
    SELECT petition_id, date_trunc('hour', at), district_id, tier, sum(n) FROM (
      SELECT petition_id, at, district_id, tier, 1 AS n FROM fresh WHERE withdrawn_at IS NULL AND sweep_id IS NULL
      UNION ALL
      SELECT petition_id, at, district_id, tier, -1 FROM former WHERE withdrawn_at IS NULL AND sweep_id IS NULL) t
     GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION public.procurement_find() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO procurement_finds AS f (kind, id, day, amount, currency, example, terms)
  VALUES (NEW.kind, NEW.id, NEW.day, NEW.amount, NEW.currency, NEW.example, procurement_terms(NEW))
  ON CONFLICT (id, kind) DO UPDATE SET day = excluded.day, amount = excluded.amount, currency = excluded.currency, example = excluded.example,
    terms = excluded.terms;
  RETURN NULL;
END $$;

CREATE FUNCTION public.procurement_lose() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  DELETE FROM procurement_finds f WHERE f.id = OLD.id AND f.kind = OLD.kind;
  RETURN NULL;
END $$;

CREATE TABLE public.procurement_register (
    kind text NOT NULL,
    id text NOT NULL,
    number text NOT NULL,
    tender_id text DEFAULT ''::text NOT NULL,
    day timestamp with time zone NOT NULL,
    year integer NOT NULL,
    title text NOT NULL,
    buyer_code text NOT NULL,
    buyer_name text NOT NULL,
    supplier_keys text[] DEFAULT '{}'::text[] NOT NULL,
    supplier_name text DEFAULT ''::text NOT NULL,
    cpv text DEFAULT ''::text NOT NULL,
    cpv_path text[] DEFAULT '{}'::text[] NOT NULL,
    method text DEFAULT ''::text NOT NULL,
    competitive boolean DEFAULT false NOT NULL,
    status text NOT NULL,
    amount numeric(20,2),
    currency text DEFAULT 'UAH'::text NOT NULL,
    signs text[] DEFAULT '{}'::text[] NOT NULL,
    clear text[] DEFAULT '{}'::text[] NOT NULL,
    example boolean DEFAULT false NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    search tsvector NOT NULL,
    CONSTRAINT procurement_register_kind_check CHECK ((kind = ANY (ARRAY['contract'::text, 'tender'::text, 'plan'::text])))
);

CREATE FUNCTION public.procurement_terms(r public.procurement_register) RETURNS tsvector
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT r.search || array_to_tsvector(
    ARRAY['=b' || r.buyer_code, '=m' || r.method, '=t' || r.status, '=y' || r.year]
    || ARRAY(SELECT '=s' || x FROM unnest(r.supplier_keys) x)
    || ARRAY(SELECT '=c' || x FROM unnest(r.cpv_path) x))
$$;

CREATE FUNCTION public.river_job_state_in_bitmask(bitmask bit, state public.river_job_state) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE state
        WHEN 'available' THEN get_bit(bitmask, 7)
        WHEN 'cancelled' THEN get_bit(bitmask, 6)
        WHEN 'completed' THEN get_bit(bitmask, 5)
        WHEN 'discarded' THEN get_bit(bitmask, 4)
        WHEN 'pending'   THEN get_bit(bitmask, 3)
        WHEN 'retryable' THEN get_bit(bitmask, 2)
        WHEN 'running'   THEN get_bit(bitmask, 1)
        WHEN 'scheduled' THEN get_bit(bitmask, 0)
        ELSE 0
    END = 1;
$$;

CREATE TABLE audit.trail (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT transaction_timestamp() NOT NULL,
    txid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    table_name text NOT NULL,
    row_id text NOT NULL,
    op "char" NOT NULL,
    actor text NOT NULL,
    acting_for text DEFAULT ''::text NOT NULL,
    action text NOT NULL,
    request text DEFAULT ''::text NOT NULL,
    changes jsonb NOT NULL
)
PARTITION BY RANGE (at);
ALTER TABLE ONLY audit.trail ALTER COLUMN changes SET COMPRESSION lz4;

ALTER TABLE audit.trail ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME audit.trail_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE audit.trail_other (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT transaction_timestamp() NOT NULL,
    txid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    table_name text NOT NULL,
    row_id text NOT NULL,
    op "char" NOT NULL,
    actor text NOT NULL,
    acting_for text DEFAULT ''::text NOT NULL,
    action text NOT NULL,
    request text DEFAULT ''::text NOT NULL,
    changes jsonb NOT NULL
);
ALTER TABLE ONLY audit.trail_other ALTER COLUMN changes SET COMPRESSION lz4;

CREATE TABLE public.answers (
    id bigint NOT NULL,
    appeal_id bigint NOT NULL,
    author_id bigint NOT NULL,
    authors bigint[] NOT NULL,
    state text NOT NULL,
    body text NOT NULL,
    result text DEFAULT ''::text NOT NULL,
    remarks text DEFAULT ''::text NOT NULL,
    out_number text,
    verify_code text,
    pdf_key text DEFAULT ''::text NOT NULL,
    submitted_at timestamp with time zone,
    signed_at timestamp with time zone,
    sent_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    ground text DEFAULT ''::text NOT NULL,
    recipient text DEFAULT ''::text NOT NULL,
    first_id bigint,
    dispatched_on date,
    dispatched_by text DEFAULT ''::text NOT NULL,
    CONSTRAINT answers_dispatched_by_check CHECK ((dispatched_by = ANY (ARRAY[''::text, 'post'::text, 'exchange'::text, 'email'::text, 'hand'::text]))),
    CONSTRAINT answers_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'submitted'::text, 'returned'::text, 'signed'::text, 'sent'::text])))
);

ALTER TABLE public.answers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.answers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.appeal_coexecutors (
    id bigint NOT NULL,
    appeal_id bigint NOT NULL,
    person_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.appeal_coexecutors ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.appeal_coexecutors_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.appeal_drafts (
    id uuid NOT NULL,
    author_id bigint NOT NULL,
    step integer DEFAULT 1 NOT NULL,
    data jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

CREATE TABLE public.appeal_events (
    id bigint NOT NULL,
    appeal_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    actor_id bigint,
    actor_name text DEFAULT ''::text NOT NULL,
    public boolean DEFAULT true NOT NULL,
    from_state text DEFAULT ''::text NOT NULL,
    to_state text DEFAULT ''::text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.appeal_events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.appeal_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.appeal_exports (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    acting_for bigint,
    query text NOT NULL,
    n integer NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.appeal_exports ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.appeal_exports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.appeal_former_indexes (
    id bigint NOT NULL,
    appeal_id bigint NOT NULL,
    reg_index text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.appeal_former_indexes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.appeal_former_indexes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.appeal_messages (
    id bigint NOT NULL,
    appeal_id bigint NOT NULL,
    author_id bigint,
    author_name text NOT NULL,
    side text NOT NULL,
    internal boolean DEFAULT false NOT NULL,
    question boolean DEFAULT false NOT NULL,
    filing_key uuid,
    body text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT appeal_messages_side_check CHECK ((side = ANY (ARRAY['resident'::text, 'city'::text])))
);

ALTER TABLE public.appeal_messages ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.appeal_messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE SEQUENCE public.appeal_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.appeals (
    id bigint NOT NULL,
    number text NOT NULL,
    reg_index text,
    kind text NOT NULL,
    procedure text NOT NULL,
    state text NOT NULL,
    channel text DEFAULT 'portal'::text NOT NULL,
    author_id bigint NOT NULL,
    author_name text NOT NULL,
    author_address text DEFAULT ''::text NOT NULL,
    author_phone text DEFAULT ''::text NOT NULL,
    author_email text DEFAULT ''::text NOT NULL,
    answer_channel text NOT NULL,
    addressee_id bigint,
    topic_id bigint,
    title text NOT NULL,
    body text NOT NULL,
    place text DEFAULT ''::text NOT NULL,
    lat double precision,
    lon double precision,
    district_id bigint,
    constituency_id bigint,
    public boolean DEFAULT false NOT NULL,
    confidential boolean DEFAULT false NOT NULL,
    marks text[] DEFAULT '{}'::text[] NOT NULL,
    control boolean DEFAULT false NOT NULL,
    received_at timestamp with time zone NOT NULL,
    registered_at timestamp with time zone,
    registered_on date NOT NULL,
    due_at timestamp with time zone NOT NULL,
    internal_due date NOT NULL,
    due_rule text NOT NULL,
    due_explain_uk text NOT NULL,
    due_explain_en text NOT NULL,
    calendar_version text NOT NULL,
    extended boolean DEFAULT false NOT NULL,
    unit_id bigint,
    manager_id bigint,
    executor_id bigint,
    answered_at timestamp with time zone,
    closed_at timestamp with time zone,
    rating text,
    rating_comment text DEFAULT ''::text NOT NULL,
    rated_at timestamp with time zone,
    repeat_of bigint,
    filing_key uuid NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    stage text GENERATED ALWAYS AS (
CASE
    WHEN (state = ANY (ARRAY['received'::text, 'registered'::text])) THEN 'new'::text
    WHEN (state = ANY (ARRAY['resolution_pending'::text, 'reopened'::text])) THEN 'resolve'::text
    WHEN (state = ANY (ARRAY['in_progress'::text, 'clarifying'::text, 'extended'::text, 'interim_reply'::text, 'answer_draft'::text, 'measures_pending'::text])) THEN 'work'::text
    WHEN (state = 'answer_signing'::text) THEN 'sign'::text
    ELSE 'done'::text
END) STORED NOT NULL,
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, ((((((((((number || ' '::text) || COALESCE(reg_index, ''::text)) || ' '::text) || author_name) || ' '::text) || title) || ' '::text) || place) || ' '::text) || "left"(body, 4000)))) STORED NOT NULL,
    hidden text DEFAULT ''::text NOT NULL,
    CONSTRAINT appeals_answer_channel_check CHECK ((answer_channel = ANY (ARRAY['email'::text, 'post'::text, 'portal'::text]))),
    CONSTRAINT appeals_hidden_check CHECK ((hidden = ANY (ARRAY[''::text, 'personal_data'::text, 'rights'::text, 'secret'::text, 'request'::text]))),
    CONSTRAINT appeals_kind_check CHECK ((kind = ANY (ARRAY['application'::text, 'proposal'::text, 'complaint'::text, 'info_request'::text]))),
    CONSTRAINT appeals_rating_check CHECK ((rating = ANY (ARRAY['solved'::text, 'unsolved'::text])))
);
ALTER TABLE ONLY public.appeals ALTER COLUMN body SET COMPRESSION lz4;
ALTER TABLE ONLY public.appeals ALTER COLUMN due_explain_uk SET COMPRESSION lz4;
ALTER TABLE ONLY public.appeals ALTER COLUMN due_explain_en SET COMPRESSION lz4;
ALTER TABLE ONLY public.appeals ALTER COLUMN search SET COMPRESSION lz4;

ALTER TABLE public.appeals ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.appeals_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.appointments (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    post_id bigint NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT appointments_check CHECK (((valid_to IS NULL) OR (valid_to >= valid_from)))
);

ALTER TABLE public.appointments ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.appointments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.calendars (
    id bigint NOT NULL,
    version text NOT NULL,
    data jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.calendars ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.calendars_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.consents (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    kind text NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    given boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT consents_kind_check CHECK ((kind = ANY (ARRAY['privacy'::text, 'newsletter'::text])))
);

ALTER TABLE public.consents ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.consents_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.contact_views (
    id bigint NOT NULL,
    appeal_id bigint NOT NULL,
    viewer_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.contact_views ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.contact_views_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.counters (
    name text NOT NULL,
    value bigint NOT NULL
);

CREATE TABLE public.delegations (
    id bigint NOT NULL,
    from_person bigint NOT NULL,
    to_person bigint NOT NULL,
    basis text NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT delegations_check CHECK ((valid_to >= valid_from)),
    CONSTRAINT delegations_check1 CHECK ((from_person <> to_person))
);

ALTER TABLE public.delegations ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.delegations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.districts (
    id bigint NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    name_uk text NOT NULL,
    name_en text DEFAULT ''::text NOT NULL,
    geometry jsonb,
    active boolean DEFAULT true NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT districts_kind_check CHECK ((kind = ANY (ARRAY['community'::text, 'settlement'::text, 'district'::text, 'constituency'::text])))
);

ALTER TABLE public.districts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.districts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.files (
    id bigint NOT NULL,
    owner_id bigint NOT NULL,
    draft_id uuid,
    appeal_id bigint,
    answer_id bigint,
    message_id bigint,
    name text NOT NULL,
    mime text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    blob_key text NOT NULL,
    thumb_key text DEFAULT ''::text NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT files_state_check CHECK ((state = ANY (ARRAY['incoming'::text, 'ready'::text, 'refused'::text])))
);

ALTER TABLE public.files ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.files_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.letters (
    id bigint NOT NULL,
    kind text NOT NULL,
    person_id bigint,
    appeal_id bigint,
    answer_id bigint,
    locale text DEFAULT 'uk'::text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    message_id text NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    CONSTRAINT letters_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'failed'::text])))
);

ALTER TABLE public.letters ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.letters_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.oidc_identities (
    id bigint NOT NULL,
    provider text NOT NULL,
    subject text NOT NULL,
    person_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.oidc_identities ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.oidc_identities_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.parked_forms (
    id uuid NOT NULL,
    path text NOT NULL,
    data jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE public.people (
    id bigint NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    phone text DEFAULT ''::text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    password_hash text DEFAULT ''::text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    locale text DEFAULT 'uk'::text NOT NULL,
    email_confirmed_at timestamp with time zone,
    demo boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT people_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'active'::text, 'blocked'::text])))
);

ALTER TABLE public.people ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.people_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.person_tokens (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    purpose text NOT NULL,
    token_hash bytea NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT person_tokens_purpose_check CHECK ((purpose = ANY (ARRAY['confirm'::text, 'reset'::text, 'invite'::text, 'email'::text, 'sign'::text])))
);

ALTER TABLE public.person_tokens ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.person_tokens_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.petition_answers (
    id bigint NOT NULL,
    petition_id bigint NOT NULL,
    authors bigint[] NOT NULL,
    state text NOT NULL,
    decision text DEFAULT ''::text NOT NULL,
    body text NOT NULL,
    remarks text DEFAULT ''::text NOT NULL,
    session_on date,
    decision_url text DEFAULT ''::text NOT NULL,
    video_url text DEFAULT ''::text NOT NULL,
    digest bytea,
    method text DEFAULT ''::text NOT NULL,
    signer_id bigint,
    signer_name text DEFAULT ''::text NOT NULL,
    signer_post text DEFAULT ''::text NOT NULL,
    acting_for text DEFAULT ''::text NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    submitted_at timestamp with time zone,
    signed_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT petition_answers_decision_check CHECK ((decision = ANY (ARRAY[''::text, 'supported'::text, 'partly'::text, 'refused'::text]))),
    CONSTRAINT petition_answers_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'submitted'::text, 'returned'::text, 'signed'::text])))
);

ALTER TABLE public.petition_answers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.petition_answers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.petition_charters (
    id bigint NOT NULL,
    valid_from date NOT NULL,
    threshold integer NOT NULL,
    gathering_days integer NOT NULL,
    supporters integer NOT NULL,
    supporters_days integer NOT NULL,
    check_days integer NOT NULL,
    announce_days integer NOT NULL,
    review_days integer NOT NULL,
    tier text NOT NULL,
    residents_only boolean NOT NULL,
    source text NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    source_en text DEFAULT ''::text NOT NULL,
    CONSTRAINT petition_charters_announce_days_check CHECK (((announce_days >= 1) AND (announce_days <= 3))),
    CONSTRAINT petition_charters_check_days_check CHECK (((check_days >= 1) AND (check_days <= 2))),
    CONSTRAINT petition_charters_gathering_days_check CHECK (((gathering_days >= 1) AND (gathering_days <= 92))),
    CONSTRAINT petition_charters_review_days_check CHECK (((review_days >= 1) AND (review_days <= 10))),
    CONSTRAINT petition_charters_supporters_check CHECK (((supporters >= 0) AND (supporters <= 100))),
    CONSTRAINT petition_charters_supporters_days_check CHECK (((supporters_days >= 1) AND (supporters_days <= 92))),
    CONSTRAINT petition_charters_threshold_check CHECK (((threshold >= 1) AND (threshold <= 1000000))),
    CONSTRAINT petition_charters_tier_check CHECK ((tier = ANY (ARRAY['email'::text, 'strong'::text])))
);

ALTER TABLE public.petition_charters ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.petition_charters_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.petition_claims (
    petition_id bigint NOT NULL,
    person_id bigint NOT NULL,
    person_name text NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE public.petition_counts (
    petition_id bigint NOT NULL,
    email integer DEFAULT 0 NOT NULL,
    strong integer DEFAULT 0 NOT NULL,
    counted_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.petition_deltas (
    id bigint NOT NULL,
    petition_id bigint NOT NULL,
    hour timestamp with time zone NOT NULL,
    district_id bigint,
    tier smallint NOT NULL,
    n integer NOT NULL
);

ALTER TABLE public.petition_deltas ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.petition_deltas_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.petition_districts (
    petition_id bigint NOT NULL,
    district_id bigint NOT NULL,
    n integer NOT NULL,
    shown integer DEFAULT 0 NOT NULL
);

CREATE TABLE public.petition_drafts (
    id uuid NOT NULL,
    author_id bigint NOT NULL,
    data jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

CREATE TABLE public.petition_events (
    id bigint NOT NULL,
    petition_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    actor_id bigint,
    actor_name text DEFAULT ''::text NOT NULL,
    public boolean DEFAULT true NOT NULL,
    from_state text DEFAULT ''::text NOT NULL,
    to_state text DEFAULT ''::text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.petition_events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.petition_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.petition_exchanges (
    petition_id bigint NOT NULL,
    revision integer NOT NULL,
    digest bytea NOT NULL,
    sent_revision integer DEFAULT 0 NOT NULL,
    sent_at timestamp with time zone,
    failure text DEFAULT ''::text NOT NULL,
    failed_at timestamp with time zone,
    failures integer DEFAULT 0 NOT NULL,
    outside_url text DEFAULT ''::text NOT NULL,
    outside_count integer,
    outside_answer text DEFAULT ''::text NOT NULL,
    outside_at timestamp with time zone
);

CREATE TABLE public.petition_follows (
    petition_id bigint NOT NULL,
    person_id bigint NOT NULL,
    told text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);

CREATE TABLE public.petition_grounds (
    code text NOT NULL,
    title_uk text NOT NULL,
    title_en text NOT NULL,
    norm_uk text NOT NULL,
    norm_en text NOT NULL,
    hides boolean NOT NULL,
    "position" integer NOT NULL,
    active boolean DEFAULT true NOT NULL,
    version integer DEFAULT 1 NOT NULL
);

CREATE TABLE public.petition_hours (
    petition_id bigint NOT NULL,
    hour timestamp with time zone NOT NULL,
    n integer NOT NULL
);

CREATE TABLE public.petition_milestones (
    id bigint NOT NULL,
    petition_id bigint NOT NULL,
    title text NOT NULL,
    due_on date,
    done_on date,
    note text DEFAULT ''::text NOT NULL,
    url text DEFAULT ''::text NOT NULL,
    "position" integer NOT NULL,
    dropped_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.petition_milestones ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.petition_milestones_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE SEQUENCE public.petition_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.petition_signatures (
    petition_id bigint NOT NULL,
    id bigint NOT NULL,
    signer bytea NOT NULL,
    strong bytea,
    name text NOT NULL,
    at timestamp with time zone NOT NULL,
    tier smallint NOT NULL,
    district_id bigint,
    domain text NOT NULL,
    net bytea NOT NULL,
    ip bytea NOT NULL,
    took integer,
    stem bytea DEFAULT '\x'::bytea NOT NULL,
    withdrawn_at timestamp with time zone,
    sweep_id bigint
);

ALTER TABLE public.petition_signatures ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.petition_signatures_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.petition_sweeps (
    id bigint NOT NULL,
    petition_id bigint NOT NULL,
    rule text NOT NULL,
    params jsonb DEFAULT '{}'::jsonb NOT NULL,
    state text NOT NULL,
    found integer NOT NULL,
    ids bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    actor_id bigint,
    actor_name text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    run_at timestamp with time zone,
    undone_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT petition_sweeps_state_check CHECK ((state = ANY (ARRAY['tried'::text, 'run'::text, 'undone'::text, 'dropped'::text])))
);

ALTER TABLE public.petition_sweeps ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.petition_sweeps_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.petition_switches (
    name text NOT NULL,
    off_since timestamp with time zone,
    reason_uk text DEFAULT ''::text NOT NULL,
    reason_en text DEFAULT ''::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    given_until timestamp with time zone,
    CONSTRAINT petition_switches_name_check CHECK ((name = ANY (ARRAY['creation'::text, 'signing'::text, 'guard'::text])))
);

CREATE TABLE public.petition_terms (
    id bigint NOT NULL,
    petition_id bigint NOT NULL,
    step text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    rule text NOT NULL,
    explain_uk text NOT NULL,
    explain_en text NOT NULL,
    calendar_version text NOT NULL,
    met_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT petition_terms_step_check CHECK ((step = ANY (ARRAY['supporters'::text, 'check'::text, 'gathering'::text, 'announce'::text, 'review'::text, 'publish'::text])))
);

ALTER TABLE public.petition_terms ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.petition_terms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.petitions (
    id bigint NOT NULL,
    number bigint NOT NULL,
    state text NOT NULL,
    author_id bigint,
    author_name text NOT NULL,
    author_address text DEFAULT ''::text NOT NULL,
    title text NOT NULL,
    essence text NOT NULL,
    reasons text DEFAULT ''::text NOT NULL,
    proposal text DEFAULT ''::text NOT NULL,
    topic_id bigint,
    place text DEFAULT ''::text NOT NULL,
    lat double precision,
    lon double precision,
    district_id bigint,
    filing_key uuid NOT NULL,
    support_key text NOT NULL,
    salt bytea NOT NULL,
    charter_id bigint,
    threshold integer NOT NULL,
    tier text NOT NULL,
    residents_only boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    submitted_at timestamp with time zone,
    published_at timestamp with time zone,
    ends_at timestamp with time zone,
    extended_days integer DEFAULT 0 NOT NULL,
    reached_at timestamp with time zone,
    announced_at timestamp with time zone,
    session_on date,
    answered_at timestamp with time zone,
    closed_at timestamp with time zone,
    ground text,
    ground_note text DEFAULT ''::text NOT NULL,
    merged_into bigint,
    appeal_number text DEFAULT ''::text NOT NULL,
    legacy_count integer,
    legacy_source text DEFAULT ''::text NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    search tsvector DEFAULT ''::tsvector NOT NULL,
    networks_erased_at timestamp with time zone,
    legacy_number text DEFAULT ''::text NOT NULL,
    legacy_url text DEFAULT ''::text NOT NULL,
    CONSTRAINT petitions_charter CHECK (((charter_id IS NOT NULL) OR (legacy_source <> ''::text))),
    CONSTRAINT petitions_tier_check CHECK ((tier = ANY (ARRAY['email'::text, 'strong'::text])))
);

ALTER TABLE public.petitions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.petitions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.portal_secrets (
    name text NOT NULL,
    secret bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE public.posts (
    id bigint NOT NULL,
    unit_id bigint NOT NULL,
    title_uk text NOT NULL,
    title_en text DEFAULT ''::text NOT NULL,
    head boolean DEFAULT false NOT NULL,
    active boolean DEFAULT true NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.posts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.posts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.privacy_notices (
    id bigint NOT NULL,
    version text NOT NULL,
    body_uk text NOT NULL,
    body_en text NOT NULL,
    valid_from timestamp with time zone NOT NULL
);

ALTER TABLE public.privacy_notices ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.privacy_notices_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.procurement_buyers (
    id bigint NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    role text DEFAULT 'institution'::text NOT NULL,
    unit_id bigint,
    valid_from date,
    valid_to date,
    verified boolean DEFAULT false NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT procurement_buyers_check CHECK (((valid_to IS NULL) OR (valid_from IS NULL) OR (valid_from <= valid_to))),
    CONSTRAINT procurement_buyers_code_check CHECK ((code ~ '^[0-9]{8}$'::text)),
    CONSTRAINT procurement_buyers_role_check CHECK ((role = ANY (ARRAY['council'::text, 'department'::text, 'institution'::text, 'enterprise'::text, 'other'::text])))
);

ALTER TABLE public.procurement_buyers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procurement_buyers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.procurement_checks (
    id bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    method text NOT NULL,
    extraction integer NOT NULL,
    tenders integer NOT NULL,
    changed integer NOT NULL
);

ALTER TABLE public.procurement_checks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procurement_checks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.procurement_contracts (
    id text NOT NULL,
    number text NOT NULL,
    own_number text DEFAULT ''::text NOT NULL,
    tender_id text NOT NULL,
    award_id text DEFAULT ''::text NOT NULL,
    status text NOT NULL,
    terminated boolean DEFAULT false NOT NULL,
    title text NOT NULL,
    buyer_key text NOT NULL,
    buyer_code text NOT NULL,
    buyer_name text NOT NULL,
    supplier_key text DEFAULT ''::text NOT NULL,
    supplier_name text DEFAULT ''::text NOT NULL,
    cpv text DEFAULT ''::text NOT NULL,
    amount numeric(20,2),
    paid numeric(20,2),
    currency text DEFAULT 'UAH'::text NOT NULL,
    signed_on timestamp with time zone,
    starts_on timestamp with time zone,
    ends_on timestamp with time zone,
    changes integer DEFAULT 0 NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    stub boolean DEFAULT false NOT NULL,
    example boolean DEFAULT false NOT NULL,
    demo boolean DEFAULT false NOT NULL
);

CREATE TABLE public.procurement_documents (
    resource text NOT NULL,
    id text NOT NULL,
    tender_id text DEFAULT ''::text NOT NULL,
    date_modified timestamp with time zone NOT NULL,
    raw bytea NOT NULL,
    slim bytea,
    source text NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    fetched_at timestamp with time zone NOT NULL,
    CONSTRAINT procurement_documents_resource_check CHECK ((resource = ANY (ARRAY['tender'::text, 'contract'::text, 'plan'::text, 'monitoring'::text]))),
    CONSTRAINT procurement_documents_source_check CHECK ((source = ANY (ARRAY['api'::text, 'import'::text, 'demo'::text])))
);
ALTER TABLE ONLY public.procurement_documents ALTER COLUMN raw SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.procurement_documents ALTER COLUMN slim SET STORAGE EXTERNAL;

CREATE TABLE public.procurement_explanations (
    id bigint NOT NULL,
    tender_id text NOT NULL,
    contract_id text DEFAULT ''::text NOT NULL,
    indicator text DEFAULT ''::text NOT NULL,
    buyer_code text NOT NULL,
    unit_id bigint,
    author_id bigint NOT NULL,
    author_name text NOT NULL,
    author_post text NOT NULL,
    body text NOT NULL,
    published_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL
);

ALTER TABLE public.procurement_explanations ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procurement_explanations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.procurement_feeds (
    resource text NOT NULL,
    backward text DEFAULT ''::text NOT NULL,
    backward_done boolean DEFAULT false NOT NULL,
    forward text DEFAULT ''::text NOT NULL,
    horizon timestamp with time zone NOT NULL,
    reached timestamp with time zone,
    newest timestamp with time zone,
    started_at timestamp with time zone NOT NULL,
    listed bigint DEFAULT 0 NOT NULL,
    matched bigint DEFAULT 0 NOT NULL,
    last_ok_at timestamp with time zone,
    last_error text DEFAULT ''::text NOT NULL,
    last_error_at timestamp with time zone,
    resets integer DEFAULT 0 NOT NULL,
    CONSTRAINT procurement_feeds_resource_check CHECK ((resource = ANY (ARRAY['tender'::text, 'contract'::text, 'plan'::text, 'monitoring'::text])))
);

CREATE TABLE public.procurement_finds (
    kind text NOT NULL,
    id text NOT NULL,
    day timestamp with time zone NOT NULL,
    amount numeric(20,2),
    currency text NOT NULL,
    example boolean NOT NULL,
    terms tsvector NOT NULL
)
WITH (fillfactor='90');

CREATE TABLE public.procurement_monitorings (
    id text NOT NULL,
    number text NOT NULL,
    tender_id text NOT NULL,
    status text NOT NULL,
    reasons text[] DEFAULT '{}'::text[] NOT NULL,
    stages text[] DEFAULT '{}'::text[] NOT NULL,
    violation boolean,
    violations text[] DEFAULT '{}'::text[] NOT NULL,
    started_on timestamp with time zone,
    concluded_on timestamp with time zone,
    modified_at timestamp with time zone NOT NULL
);

CREATE TABLE public.procurement_payments (
    source_id text NOT NULL,
    contract text DEFAULT ''::text NOT NULL,
    contract_id text DEFAULT ''::text NOT NULL,
    payer_code text NOT NULL,
    payee_key text DEFAULT ''::text NOT NULL,
    payee_name text DEFAULT ''::text NOT NULL,
    amount numeric(20,2) NOT NULL,
    paid_on date NOT NULL,
    details text DEFAULT ''::text NOT NULL,
    loaded_at timestamp with time zone NOT NULL
);

CREATE TABLE public.procurement_plans (
    id text NOT NULL,
    number text NOT NULL,
    status text NOT NULL,
    tender_id text DEFAULT ''::text NOT NULL,
    method text DEFAULT ''::text NOT NULL,
    title text NOT NULL,
    buyer_key text NOT NULL,
    buyer_code text NOT NULL,
    buyer_name text NOT NULL,
    cpv text DEFAULT ''::text NOT NULL,
    amount numeric(20,2),
    currency text DEFAULT 'UAH'::text NOT NULL,
    starts_on timestamp with time zone,
    modified_at timestamp with time zone NOT NULL,
    example boolean DEFAULT false NOT NULL,
    demo boolean DEFAULT false NOT NULL
);

CREATE TABLE public.procurement_queue (
    resource text NOT NULL,
    id text NOT NULL,
    date_modified timestamp with time zone,
    queued_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone NOT NULL,
    gone boolean DEFAULT false NOT NULL,
    last_error text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.procurement_results (
    id bigint NOT NULL,
    tender_id text NOT NULL,
    calculated_at timestamp with time zone NOT NULL,
    modified_at timestamp with time zone NOT NULL,
    method text NOT NULL,
    digest bytea NOT NULL,
    "values" jsonb NOT NULL
);
ALTER TABLE ONLY public.procurement_results ALTER COLUMN "values" SET COMPRESSION lz4;

ALTER TABLE public.procurement_results ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procurement_results_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.procurement_subscriptions (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    query text NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL
);

ALTER TABLE public.procurement_subscriptions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procurement_subscriptions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.procurement_suppliers (
    key text NOT NULL,
    name text NOT NULL,
    code text DEFAULT ''::text NOT NULL,
    sole_trader boolean DEFAULT false NOT NULL,
    seen_at timestamp with time zone NOT NULL
);

CREATE TABLE public.procurement_tenders (
    id text NOT NULL,
    number text NOT NULL,
    mode text DEFAULT ''::text NOT NULL,
    status text NOT NULL,
    method text NOT NULL,
    competitive boolean NOT NULL,
    category text DEFAULT ''::text NOT NULL,
    title text NOT NULL,
    buyer_key text NOT NULL,
    buyer_code text NOT NULL,
    buyer_name text NOT NULL,
    buyer_kind text DEFAULT ''::text NOT NULL,
    subject text DEFAULT ''::text NOT NULL,
    cpv text DEFAULT ''::text NOT NULL,
    cause text DEFAULT ''::text NOT NULL,
    amount numeric(20,2),
    currency text DEFAULT 'UAH'::text NOT NULL,
    created_on timestamp with time zone,
    tender_start timestamp with time zone,
    tender_end timestamp with time zone,
    status_on timestamp with time zone,
    modified_at timestamp with time zone NOT NULL,
    bids integer DEFAULT 0 NOT NULL,
    example boolean DEFAULT false NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    checked_at timestamp with time zone,
    result_id bigint
)
WITH (fillfactor='85');

CREATE TABLE public.queue_sets (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    name text NOT NULL,
    query text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL
);

ALTER TABLE public.queue_sets ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.queue_sets_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE UNLOGGED TABLE public.rate_counters (
    key_hash bytea NOT NULL,
    slot timestamp with time zone NOT NULL,
    count integer NOT NULL,
    last_at timestamp with time zone
);

CREATE TABLE public.reply_templates (
    id bigint NOT NULL,
    unit_id bigint,
    title text NOT NULL,
    body text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.reply_templates ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.reply_templates_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.resolutions (
    id bigint NOT NULL,
    appeal_id bigint NOT NULL,
    manager_id bigint NOT NULL,
    executor_id bigint NOT NULL,
    unit_id bigint,
    task text NOT NULL,
    due_on date NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.resolutions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.resolutions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.role_grants (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    role text NOT NULL,
    granted_by bigint,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT role_grants_role_check CHECK ((role = ANY (ARRAY['specialist'::text, 'executor'::text, 'manager'::text, 'admin'::text])))
);

ALTER TABLE public.role_grants ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.role_grants_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.sessions (
    id uuid NOT NULL,
    person_id bigint NOT NULL,
    method text NOT NULL,
    user_agent text DEFAULT ''::text NOT NULL,
    ip inet,
    acting_for bigint,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);

CREATE TABLE public.signatures (
    id bigint NOT NULL,
    answer_id bigint NOT NULL,
    method text NOT NULL,
    digest bytea NOT NULL,
    signer_id bigint NOT NULL,
    signer_name text NOT NULL,
    post_title text NOT NULL,
    acting_for text DEFAULT ''::text NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    scheme smallint DEFAULT 1 NOT NULL
);

ALTER TABLE public.signatures ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.signatures_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.signers (
    person_id bigint NOT NULL,
    ident text NOT NULL,
    stem text GENERATED ALWAYS AS (public.mailbox_stem(ident)) STORED NOT NULL,
    district_id bigint,
    resident_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL
);

CREATE TABLE public.streets (
    id bigint NOT NULL,
    kind text DEFAULT 'вулиця'::text NOT NULL,
    name text NOT NULL,
    old_names text[] DEFAULT '{}'::text[] NOT NULL,
    search text NOT NULL,
    lat double precision,
    lon double precision,
    active boolean DEFAULT true NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.streets ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.streets_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.strong_identities (
    person_id bigint NOT NULL,
    ident bytea NOT NULL,
    provider text NOT NULL,
    confirmed_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL
);

CREATE TABLE public.topics (
    id bigint NOT NULL,
    parent_id bigint,
    code text NOT NULL,
    name_uk text NOT NULL,
    name_en text DEFAULT ''::text NOT NULL,
    classifier text DEFAULT ''::text NOT NULL,
    unit_id bigint,
    active boolean DEFAULT true NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    personal boolean DEFAULT false NOT NULL
);

ALTER TABLE public.topics ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.topics_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.trail_views (
    id bigint NOT NULL,
    table_name text NOT NULL,
    row_id text NOT NULL,
    viewer_id bigint NOT NULL,
    acting_for bigint,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.trail_views ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.trail_views_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.units (
    id bigint NOT NULL,
    parent_id bigint,
    code text NOT NULL,
    name_uk text NOT NULL,
    name_en text DEFAULT ''::text NOT NULL,
    phone text DEFAULT ''::text NOT NULL,
    email text DEFAULT ''::text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.units ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.units_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY audit.trail ATTACH PARTITION audit.trail_other DEFAULT;

ALTER TABLE ONLY audit.trail
    ADD CONSTRAINT trail_pkey PRIMARY KEY (id, at);

ALTER TABLE ONLY audit.trail_other
    ADD CONSTRAINT trail_other_pkey PRIMARY KEY (id, at);

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_out_number_key UNIQUE (out_number);

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_verify_code_key UNIQUE (verify_code);

ALTER TABLE ONLY public.appeal_coexecutors
    ADD CONSTRAINT appeal_coexecutors_appeal_id_person_id_key UNIQUE (appeal_id, person_id);

ALTER TABLE ONLY public.appeal_coexecutors
    ADD CONSTRAINT appeal_coexecutors_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.appeal_drafts
    ADD CONSTRAINT appeal_drafts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.appeal_events
    ADD CONSTRAINT appeal_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.appeal_exports
    ADD CONSTRAINT appeal_exports_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.appeal_former_indexes
    ADD CONSTRAINT appeal_former_indexes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.appeal_messages
    ADD CONSTRAINT appeal_messages_filing_key_key UNIQUE (filing_key);

ALTER TABLE ONLY public.appeal_messages
    ADD CONSTRAINT appeal_messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_author_id_filing_key_key UNIQUE (author_id, filing_key);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_number_key UNIQUE (number);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_reg_index_key UNIQUE (reg_index);

ALTER TABLE ONLY public.appointments
    ADD CONSTRAINT appointments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.calendars
    ADD CONSTRAINT calendars_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.calendars
    ADD CONSTRAINT calendars_version_key UNIQUE (version);

ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.contact_views
    ADD CONSTRAINT contact_views_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.counters
    ADD CONSTRAINT counters_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.delegations
    ADD CONSTRAINT delegations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.districts
    ADD CONSTRAINT districts_kind_code_key UNIQUE (kind, code);

ALTER TABLE ONLY public.districts
    ADD CONSTRAINT districts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.letters
    ADD CONSTRAINT letters_message_id_key UNIQUE (message_id);

ALTER TABLE ONLY public.letters
    ADD CONSTRAINT letters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.oidc_identities
    ADD CONSTRAINT oidc_identities_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.oidc_identities
    ADD CONSTRAINT oidc_identities_provider_subject_key UNIQUE (provider, subject);

ALTER TABLE ONLY public.parked_forms
    ADD CONSTRAINT parked_forms_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person_tokens
    ADD CONSTRAINT person_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person_tokens
    ADD CONSTRAINT person_tokens_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.petition_answers
    ADD CONSTRAINT petition_answers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.petition_charters
    ADD CONSTRAINT petition_charters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.petition_charters
    ADD CONSTRAINT petition_charters_valid_from_key UNIQUE (valid_from);

ALTER TABLE ONLY public.petition_claims
    ADD CONSTRAINT petition_claims_pkey PRIMARY KEY (petition_id);

ALTER TABLE ONLY public.petition_counts
    ADD CONSTRAINT petition_counts_pkey PRIMARY KEY (petition_id);

ALTER TABLE ONLY public.petition_deltas
    ADD CONSTRAINT petition_deltas_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.petition_districts
    ADD CONSTRAINT petition_districts_pkey PRIMARY KEY (petition_id, district_id);

ALTER TABLE ONLY public.petition_drafts
    ADD CONSTRAINT petition_drafts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.petition_events
    ADD CONSTRAINT petition_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.petition_exchanges
    ADD CONSTRAINT petition_exchanges_pkey PRIMARY KEY (petition_id);

ALTER TABLE ONLY public.petition_follows
    ADD CONSTRAINT petition_follows_pkey PRIMARY KEY (petition_id, person_id);

ALTER TABLE ONLY public.petition_grounds
    ADD CONSTRAINT petition_grounds_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.petition_hours
    ADD CONSTRAINT petition_hours_pkey PRIMARY KEY (petition_id, hour);

ALTER TABLE ONLY public.petition_milestones
    ADD CONSTRAINT petition_milestones_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.petition_signatures
    ADD CONSTRAINT petition_signatures_pkey PRIMARY KEY (petition_id, id);

ALTER TABLE ONLY public.petition_sweeps
    ADD CONSTRAINT petition_sweeps_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.petition_switches
    ADD CONSTRAINT petition_switches_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.petition_terms
    ADD CONSTRAINT petition_terms_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.petitions
    ADD CONSTRAINT petitions_filing_key_key UNIQUE (filing_key);

ALTER TABLE ONLY public.petitions
    ADD CONSTRAINT petitions_number_key UNIQUE (number);

ALTER TABLE ONLY public.petitions
    ADD CONSTRAINT petitions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.petitions
    ADD CONSTRAINT petitions_support_key_key UNIQUE (support_key);

ALTER TABLE ONLY public.portal_secrets
    ADD CONSTRAINT portal_secrets_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.privacy_notices
    ADD CONSTRAINT privacy_notices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.privacy_notices
    ADD CONSTRAINT privacy_notices_version_key UNIQUE (version);

ALTER TABLE ONLY public.procurement_buyers
    ADD CONSTRAINT procurement_buyers_code_key UNIQUE (code);

ALTER TABLE ONLY public.procurement_buyers
    ADD CONSTRAINT procurement_buyers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procurement_checks
    ADD CONSTRAINT procurement_checks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procurement_contracts
    ADD CONSTRAINT procurement_contracts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procurement_documents
    ADD CONSTRAINT procurement_documents_pkey PRIMARY KEY (resource, id);

ALTER TABLE ONLY public.procurement_explanations
    ADD CONSTRAINT procurement_explanations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procurement_feeds
    ADD CONSTRAINT procurement_feeds_pkey PRIMARY KEY (resource);

ALTER TABLE ONLY public.procurement_finds
    ADD CONSTRAINT procurement_finds_pkey PRIMARY KEY (id, kind);

ALTER TABLE ONLY public.procurement_monitorings
    ADD CONSTRAINT procurement_monitorings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procurement_payments
    ADD CONSTRAINT procurement_payments_pkey PRIMARY KEY (source_id);

ALTER TABLE ONLY public.procurement_plans
    ADD CONSTRAINT procurement_plans_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procurement_queue
    ADD CONSTRAINT procurement_queue_pkey PRIMARY KEY (resource, id);

ALTER TABLE ONLY public.procurement_register
    ADD CONSTRAINT procurement_register_pkey PRIMARY KEY (kind, id);

ALTER TABLE ONLY public.procurement_results
    ADD CONSTRAINT procurement_results_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procurement_subscriptions
    ADD CONSTRAINT procurement_subscriptions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procurement_suppliers
    ADD CONSTRAINT procurement_suppliers_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.procurement_tenders
    ADD CONSTRAINT procurement_tenders_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.queue_sets
    ADD CONSTRAINT queue_sets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rate_counters
    ADD CONSTRAINT rate_counters_pkey PRIMARY KEY (key_hash, slot);

ALTER TABLE ONLY public.reply_templates
    ADD CONSTRAINT reply_templates_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.resolutions
    ADD CONSTRAINT resolutions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.role_grants
    ADD CONSTRAINT role_grants_person_id_role_key UNIQUE (person_id, role);

ALTER TABLE ONLY public.role_grants
    ADD CONSTRAINT role_grants_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT signatures_answer_id_key UNIQUE (answer_id);

ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT signatures_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.signers
    ADD CONSTRAINT signers_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.streets
    ADD CONSTRAINT streets_kind_name_key UNIQUE (kind, name);

ALTER TABLE ONLY public.streets
    ADD CONSTRAINT streets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.strong_identities
    ADD CONSTRAINT strong_identities_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.topics
    ADD CONSTRAINT topics_code_key UNIQUE (code);

ALTER TABLE ONLY public.topics
    ADD CONSTRAINT topics_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.trail_views
    ADD CONSTRAINT trail_views_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.units
    ADD CONSTRAINT units_code_key UNIQUE (code);

ALTER TABLE ONLY public.units
    ADD CONSTRAINT units_pkey PRIMARY KEY (id);

CREATE INDEX trail_actor ON ONLY audit.trail USING btree (actor, id);

CREATE INDEX trail_row ON ONLY audit.trail USING btree (table_name, row_id, id);

CREATE INDEX trail_other_actor_id_idx ON audit.trail_other USING btree (actor, id);

CREATE INDEX trail_other_table_name_row_id_id_idx ON audit.trail_other USING btree (table_name, row_id, id);

CREATE INDEX answers_appeal ON public.answers USING btree (appeal_id, id);

CREATE INDEX answers_recipient ON public.answers USING btree (recipient) WHERE (recipient <> ''::text);

CREATE INDEX answers_to_dispatch ON public.answers USING btree (appeal_id) WHERE ((result = 'forwarded'::text) AND (signed_at IS NOT NULL) AND (dispatched_on IS NULL));

CREATE INDEX answers_to_post ON public.answers USING btree (appeal_id) WHERE ((state = 'signed'::text) AND (pdf_key <> ''::text));

CREATE INDEX appeal_coexecutors_person ON public.appeal_coexecutors USING btree (person_id);

CREATE INDEX appeal_drafts_author ON public.appeal_drafts USING btree (author_id, updated_at DESC);

CREATE INDEX appeal_events_appeal ON public.appeal_events USING btree (appeal_id, id);

CREATE INDEX appeal_former_indexes_appeal ON public.appeal_former_indexes USING btree (appeal_id);

CREATE UNIQUE INDEX appeal_former_indexes_index ON public.appeal_former_indexes USING btree (lower(reg_index));

CREATE INDEX appeal_messages_appeal ON public.appeal_messages USING btree (appeal_id, id);

CREATE INDEX appeals_answered ON public.appeals USING btree (answered_at) WHERE (answered_at IS NOT NULL);

CREATE INDEX appeals_author ON public.appeals USING btree (author_id, received_at DESC, id DESC);

CREATE INDEX appeals_executor ON public.appeals USING btree (executor_id, stage, due_at, id) WHERE (executor_id IS NOT NULL);

CREATE INDEX appeals_manager ON public.appeals USING btree (manager_id, stage, due_at, id) WHERE (manager_id IS NOT NULL);

CREATE INDEX appeals_measures ON public.appeals USING btree (due_at, id) WHERE (state = 'measures_pending'::text);

CREATE INDEX appeals_place ON public.appeals USING gist (point(lon, lat)) WHERE ((lat IS NOT NULL) AND public AND (stage <> 'done'::text));

CREATE INDEX appeals_queue ON public.appeals USING btree (stage, due_at, id);

CREATE INDEX appeals_rated ON public.appeals USING btree (rated_at) WHERE (rated_at IS NOT NULL);

CREATE INDEX appeals_received ON public.appeals USING btree (received_at DESC, id DESC);

CREATE INDEX appeals_search ON public.appeals USING gin (search);

CREATE INDEX appeals_unit ON public.appeals USING btree (unit_id, stage, due_at, id);

CREATE INDEX appointments_person ON public.appointments USING btree (person_id);

CREATE INDEX appointments_post ON public.appointments USING btree (post_id);

CREATE INDEX consents_person ON public.consents USING btree (person_id, kind, id);

CREATE INDEX contact_views_appeal ON public.contact_views USING btree (appeal_id);

CREATE INDEX delegations_to ON public.delegations USING btree (to_person);

CREATE INDEX files_answer ON public.files USING btree (answer_id) WHERE (answer_id IS NOT NULL);

CREATE INDEX files_appeal ON public.files USING btree (appeal_id) WHERE (appeal_id IS NOT NULL);

CREATE INDEX files_draft ON public.files USING btree (draft_id) WHERE (draft_id IS NOT NULL);

CREATE UNIQUE INDEX people_email ON public.people USING btree (lower(email));

CREATE INDEX people_name_trgm ON public.people USING gin (lower(name) public.gin_trgm_ops);

CREATE INDEX person_tokens_person ON public.person_tokens USING btree (person_id, purpose);

CREATE UNIQUE INDEX petition_answers_one ON public.petition_answers USING btree (petition_id);

CREATE INDEX petition_drafts_author ON public.petition_drafts USING btree (author_id, updated_at DESC);

CREATE INDEX petition_events_petition ON public.petition_events USING btree (petition_id, id);

CREATE INDEX petition_exchanges_failed ON public.petition_exchanges USING btree (failed_at DESC) WHERE (failure <> ''::text);

CREATE INDEX petition_milestones_petition ON public.petition_milestones USING btree (petition_id, "position");

CREATE UNIQUE INDEX petition_signatures_once ON public.petition_signatures USING btree (petition_id, signer) WHERE (withdrawn_at IS NULL);

CREATE UNIQUE INDEX petition_signatures_strong ON public.petition_signatures USING btree (petition_id, strong) WHERE ((strong IS NOT NULL) AND (withdrawn_at IS NULL));

CREATE INDEX petition_signatures_sweep ON public.petition_signatures USING btree (sweep_id) WHERE (sweep_id IS NOT NULL);

CREATE INDEX petition_signatures_swept ON public.petition_signatures USING btree (petition_id, signer) WHERE ((withdrawn_at IS NOT NULL) AND (sweep_id IS NOT NULL));

CREATE INDEX petition_signatures_swept_strong ON public.petition_signatures USING btree (petition_id, strong) WHERE ((withdrawn_at IS NOT NULL) AND (sweep_id IS NOT NULL) AND (strong IS NOT NULL));

CREATE INDEX petition_sweeps_petition ON public.petition_sweeps USING btree (petition_id, id DESC);

CREATE INDEX petition_terms_open ON public.petition_terms USING btree (due_at) WHERE (met_at IS NULL);

CREATE INDEX petition_terms_petition ON public.petition_terms USING btree (petition_id, step, id DESC);

CREATE INDEX petitions_author ON public.petitions USING btree (author_id, id DESC);

CREATE INDEX petitions_ends ON public.petitions USING btree (ends_at) WHERE (state = ANY (ARRAY['supporting'::text, 'gathering'::text]));

CREATE UNIQUE INDEX petitions_legacy ON public.petitions USING btree (legacy_source, legacy_number) WHERE (legacy_number <> ''::text);

CREATE INDEX petitions_reached ON public.petitions USING btree (published_at DESC, id DESC) WHERE (reached_at IS NOT NULL);

CREATE INDEX petitions_search ON public.petitions USING gin (search);

CREATE INDEX petitions_state ON public.petitions USING btree (state, published_at DESC NULLS LAST, id DESC) INCLUDE (ends_at, threshold, tier, legacy_count);

CREATE INDEX petitions_unerased ON public.petitions USING btree (COALESCE(reached_at, closed_at)) WHERE (networks_erased_at IS NULL);

CREATE INDEX posts_unit ON public.posts USING btree (unit_id);

CREATE INDEX procurement_contracts_number ON public.procurement_contracts USING btree (number);

CREATE INDEX procurement_contracts_tender ON public.procurement_contracts USING btree (tender_id);

CREATE INDEX procurement_documents_tender ON public.procurement_documents USING btree (tender_id);

CREATE INDEX procurement_explanations_tender ON public.procurement_explanations USING btree (tender_id);

CREATE INDEX procurement_finds_contract ON public.procurement_finds USING gin (terms) WITH (fastupdate=off) WHERE (kind = 'contract'::text);

CREATE INDEX procurement_finds_plan ON public.procurement_finds USING gin (terms) WITH (fastupdate=off) WHERE (kind = 'plan'::text);

CREATE INDEX procurement_finds_tender ON public.procurement_finds USING gin (terms) WITH (fastupdate=off) WHERE (kind = 'tender'::text);

CREATE INDEX procurement_monitorings_tender ON public.procurement_monitorings USING btree (tender_id);

CREATE INDEX procurement_payments_contract ON public.procurement_payments USING btree (contract_id);

CREATE INDEX procurement_payments_payer ON public.procurement_payments USING btree (payer_code, paid_on);

CREATE INDEX procurement_plans_tender ON public.procurement_plans USING btree (tender_id);

CREATE INDEX procurement_queue_next ON public.procurement_queue USING btree (next_at) WHERE (NOT gone);

CREATE INDEX procurement_register_amount ON public.procurement_register USING btree (kind, amount DESC NULLS LAST, id);

CREATE INDEX procurement_register_buyer ON public.procurement_register USING btree (kind, buyer_code, day DESC, id) INCLUDE (amount, currency, example);

CREATE INDEX procurement_register_changed ON public.procurement_register USING btree (changed_at);

CREATE INDEX procurement_register_day ON public.procurement_register USING btree (kind, day DESC, id) INCLUDE (amount, currency, example);

CREATE INDEX procurement_register_method ON public.procurement_register USING btree (kind, method, day DESC, id) INCLUDE (amount, currency, example);

CREATE INDEX procurement_register_sets_contract ON public.procurement_register USING gin (supplier_keys, cpv_path, signs) WHERE (kind = 'contract'::text);

CREATE INDEX procurement_register_sets_plan ON public.procurement_register USING gin (cpv_path) WHERE (kind = 'plan'::text);

CREATE INDEX procurement_register_sets_tender ON public.procurement_register USING gin (supplier_keys, cpv_path, signs) WHERE (kind = 'tender'::text);

CREATE INDEX procurement_register_signs ON public.procurement_register USING btree (kind, day DESC, id) WHERE (signs <> '{}'::text[]);

CREATE INDEX procurement_register_status ON public.procurement_register USING btree (kind, status, day DESC, id) INCLUDE (amount, currency, example);

CREATE INDEX procurement_register_tender ON public.procurement_register USING btree (tender_id);

CREATE INDEX procurement_results_tender ON public.procurement_results USING btree (tender_id, id DESC);

CREATE UNIQUE INDEX procurement_subscriptions_one ON public.procurement_subscriptions USING btree (person_id, query) WHERE (ended_at IS NULL);

CREATE INDEX procurement_suppliers_name ON public.procurement_suppliers USING gin (lower(name) public.gin_trgm_ops);

CREATE INDEX procurement_tenders_buyer ON public.procurement_tenders USING btree (buyer_key, subject, created_on);

CREATE UNIQUE INDEX procurement_tenders_number ON public.procurement_tenders USING btree (number, id);

CREATE INDEX procurement_tenders_status_on ON public.procurement_tenders USING btree (status_on) WHERE (status = 'complete'::text);

CREATE UNIQUE INDEX queue_sets_one ON public.queue_sets USING btree (person_id, lower(name)) WHERE (ended_at IS NULL);

CREATE INDEX resolutions_appeal ON public.resolutions USING btree (appeal_id, id);

CREATE INDEX sessions_person ON public.sessions USING btree (person_id) WHERE (ended_at IS NULL);

CREATE INDEX streets_search ON public.streets USING gin (search public.gin_trgm_ops);

CREATE INDEX strong_identities_known ON public.strong_identities USING btree (ident) WHERE (withdrawn_at IS NOT NULL);

CREATE UNIQUE INDEX strong_identities_standing ON public.strong_identities USING btree (ident) WHERE (withdrawn_at IS NULL);

CREATE INDEX trail_views_row ON public.trail_views USING btree (table_name, row_id, id);

ALTER INDEX audit.trail_actor ATTACH PARTITION audit.trail_other_actor_id_idx;

ALTER INDEX audit.trail_pkey ATTACH PARTITION audit.trail_other_pkey;

ALTER INDEX audit.trail_row ATTACH PARTITION audit.trail_other_table_name_row_id_id_idx;

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON audit.trail FOR EACH ROW EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit.trail FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit.trail_other FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.appeal_events FOR EACH ROW EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.appeal_exports FOR EACH ROW EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.appeal_messages FOR EACH ROW EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.contact_views FOR EACH ROW EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.petition_events FOR EACH ROW EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.procurement_checks FOR EACH ROW EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.procurement_results FOR EACH ROW EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.signatures FOR EACH ROW EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.trail_views FOR EACH ROW EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER audit_new AFTER INSERT ON public.answers REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.appeal_coexecutors REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.appeal_former_indexes REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.appeals REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', 'search,stage', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.appointments REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.calendars REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.consents REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.delegations REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.districts REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.files REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.oidc_identities REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.people REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', 'secrets');

CREATE TRIGGER audit_new AFTER INSERT ON public.person_tokens REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', 'secrets');

CREATE TRIGGER audit_new AFTER INSERT ON public.petition_answers REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.petition_charters REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.petition_claims REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('petition_id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.petition_follows REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('petition_id,person_id', 'told', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.petition_grounds REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('code', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.petition_milestones REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.petition_sweeps REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', 'ids', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.petition_switches REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('name', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.petition_terms REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.petitions REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', 'search,salt,support_key', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.portal_secrets REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('name', '', 'secrets');

CREATE TRIGGER audit_new AFTER INSERT ON public.posts REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.privacy_notices REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.procurement_buyers REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.procurement_explanations REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.procurement_subscriptions REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', 'seen_at', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.queue_sets REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.reply_templates REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.resolutions REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.role_grants REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.sessions REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', 'last_seen_at', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.signers REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('person_id', 'ident,stem', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.streets REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', 'search', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.strong_identities REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('person_id', 'ident', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.topics REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_new AFTER INSERT ON public.units REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.answers FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.appeal_coexecutors FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.appeal_former_indexes FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.appeals FOR EACH ROW EXECUTE FUNCTION audit.record('id', 'search,stage');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.appointments FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.calendars FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.consents FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.delegations FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.districts FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.files FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.oidc_identities FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.people FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.person_tokens FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.petition_answers FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.petition_charters FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.petition_claims FOR EACH ROW EXECUTE FUNCTION audit.record('petition_id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.petition_follows FOR EACH ROW EXECUTE FUNCTION audit.record('petition_id,person_id', 'told');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.petition_grounds FOR EACH ROW EXECUTE FUNCTION audit.record('code', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.petition_milestones FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.petition_signatures FOR EACH ROW EXECUTE FUNCTION audit.record('id', 'signer,strong,net,ip,stem');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.petition_sweeps FOR EACH ROW EXECUTE FUNCTION audit.record('id', 'ids');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.petition_switches FOR EACH ROW EXECUTE FUNCTION audit.record('name', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.petition_terms FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.petitions FOR EACH ROW EXECUTE FUNCTION audit.record('id', 'search,salt,support_key');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.portal_secrets FOR EACH ROW EXECUTE FUNCTION audit.record('name', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.posts FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.privacy_notices FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.procurement_buyers FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.procurement_explanations FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.procurement_subscriptions FOR EACH ROW EXECUTE FUNCTION audit.record('id', 'seen_at');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.queue_sets FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.reply_templates FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.resolutions FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.role_grants FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.sessions FOR EACH ROW EXECUTE FUNCTION audit.record('id', 'last_seen_at');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.signers FOR EACH ROW EXECUTE FUNCTION audit.record('person_id', 'ident,stem');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.streets FOR EACH ROW EXECUTE FUNCTION audit.record('id', 'search');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.strong_identities FOR EACH ROW EXECUTE FUNCTION audit.record('person_id', 'ident');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.topics FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER audit_row AFTER DELETE OR UPDATE ON public.units FOR EACH ROW EXECUTE FUNCTION audit.record('id', '');

CREATE TRIGGER counted_insert AFTER INSERT ON public.petition_signatures REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.petition_signed();

CREATE TRIGGER counted_update AFTER UPDATE ON public.petition_signatures REFERENCING OLD TABLE AS former NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION public.petition_signed();

CREATE TRIGGER find_changed AFTER UPDATE ON public.procurement_register FOR EACH ROW WHEN ((((((((((((old.day IS DISTINCT FROM new.day) OR (old.year IS DISTINCT FROM new.year)) OR (old.amount IS DISTINCT FROM new.amount)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.example IS DISTINCT FROM new.example)) OR (old.buyer_code IS DISTINCT FROM new.buyer_code)) OR (old.method IS DISTINCT FROM new.method)) OR (old.status IS DISTINCT FROM new.status)) OR (old.supplier_keys IS DISTINCT FROM new.supplier_keys)) OR (old.cpv_path IS DISTINCT FROM new.cpv_path)) OR (old.search IS DISTINCT FROM new.search))) EXECUTE FUNCTION public.procurement_find();

CREATE TRIGGER find_gone AFTER DELETE ON public.procurement_register FOR EACH ROW EXECUTE FUNCTION public.procurement_lose();

CREATE TRIGGER find_new AFTER INSERT ON public.procurement_register FOR EACH ROW EXECUTE FUNCTION public.procurement_find();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.appeal_events FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.appeal_exports FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.appeal_messages FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.contact_views FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.petition_events FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.procurement_checks FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.procurement_results FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.signatures FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.trail_views FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_appeal_id_fkey FOREIGN KEY (appeal_id) REFERENCES public.appeals(id);

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_first_id_fkey FOREIGN KEY (first_id) REFERENCES public.appeals(id);

ALTER TABLE ONLY public.appeal_coexecutors
    ADD CONSTRAINT appeal_coexecutors_appeal_id_fkey FOREIGN KEY (appeal_id) REFERENCES public.appeals(id);

ALTER TABLE ONLY public.appeal_coexecutors
    ADD CONSTRAINT appeal_coexecutors_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.appeal_drafts
    ADD CONSTRAINT appeal_drafts_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.appeal_events
    ADD CONSTRAINT appeal_events_appeal_id_fkey FOREIGN KEY (appeal_id) REFERENCES public.appeals(id);

ALTER TABLE ONLY public.appeal_exports
    ADD CONSTRAINT appeal_exports_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.appeal_former_indexes
    ADD CONSTRAINT appeal_former_indexes_appeal_id_fkey FOREIGN KEY (appeal_id) REFERENCES public.appeals(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.appeal_messages
    ADD CONSTRAINT appeal_messages_appeal_id_fkey FOREIGN KEY (appeal_id) REFERENCES public.appeals(id);

ALTER TABLE ONLY public.appeal_messages
    ADD CONSTRAINT appeal_messages_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_addressee_id_fkey FOREIGN KEY (addressee_id) REFERENCES public.units(id);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_constituency_id_fkey FOREIGN KEY (constituency_id) REFERENCES public.districts(id);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_district_id_fkey FOREIGN KEY (district_id) REFERENCES public.districts(id);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_executor_id_fkey FOREIGN KEY (executor_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_manager_id_fkey FOREIGN KEY (manager_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_repeat_of_fkey FOREIGN KEY (repeat_of) REFERENCES public.appeals(id);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES public.topics(id);

ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT appeals_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.units(id);

ALTER TABLE ONLY public.appointments
    ADD CONSTRAINT appointments_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.appointments
    ADD CONSTRAINT appointments_post_id_fkey FOREIGN KEY (post_id) REFERENCES public.posts(id);

ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.contact_views
    ADD CONSTRAINT contact_views_appeal_id_fkey FOREIGN KEY (appeal_id) REFERENCES public.appeals(id);

ALTER TABLE ONLY public.contact_views
    ADD CONSTRAINT contact_views_viewer_id_fkey FOREIGN KEY (viewer_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.delegations
    ADD CONSTRAINT delegations_from_person_fkey FOREIGN KEY (from_person) REFERENCES public.people(id);

ALTER TABLE ONLY public.delegations
    ADD CONSTRAINT delegations_to_person_fkey FOREIGN KEY (to_person) REFERENCES public.people(id);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_answer_id_fkey FOREIGN KEY (answer_id) REFERENCES public.answers(id);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_appeal_id_fkey FOREIGN KEY (appeal_id) REFERENCES public.appeals(id);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_draft_id_fkey FOREIGN KEY (draft_id) REFERENCES public.appeal_drafts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.appeal_messages(id);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.letters
    ADD CONSTRAINT letters_answer_id_fkey FOREIGN KEY (answer_id) REFERENCES public.answers(id);

ALTER TABLE ONLY public.letters
    ADD CONSTRAINT letters_appeal_id_fkey FOREIGN KEY (appeal_id) REFERENCES public.appeals(id);

ALTER TABLE ONLY public.letters
    ADD CONSTRAINT letters_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.oidc_identities
    ADD CONSTRAINT oidc_identities_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.person_tokens
    ADD CONSTRAINT person_tokens_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.petition_answers
    ADD CONSTRAINT petition_answers_petition_id_fkey FOREIGN KEY (petition_id) REFERENCES public.petitions(id);

ALTER TABLE ONLY public.petition_answers
    ADD CONSTRAINT petition_answers_signer_id_fkey FOREIGN KEY (signer_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.petition_claims
    ADD CONSTRAINT petition_claims_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.petition_claims
    ADD CONSTRAINT petition_claims_petition_id_fkey FOREIGN KEY (petition_id) REFERENCES public.petitions(id);

ALTER TABLE ONLY public.petition_counts
    ADD CONSTRAINT petition_counts_petition_id_fkey FOREIGN KEY (petition_id) REFERENCES public.petitions(id);

ALTER TABLE ONLY public.petition_districts
    ADD CONSTRAINT petition_districts_petition_id_fkey FOREIGN KEY (petition_id) REFERENCES public.petitions(id);

ALTER TABLE ONLY public.petition_drafts
    ADD CONSTRAINT petition_drafts_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.petition_events
    ADD CONSTRAINT petition_events_petition_id_fkey FOREIGN KEY (petition_id) REFERENCES public.petitions(id);

ALTER TABLE ONLY public.petition_exchanges
    ADD CONSTRAINT petition_exchanges_petition_id_fkey FOREIGN KEY (petition_id) REFERENCES public.petitions(id);

ALTER TABLE ONLY public.petition_follows
    ADD CONSTRAINT petition_follows_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.petition_follows
    ADD CONSTRAINT petition_follows_petition_id_fkey FOREIGN KEY (petition_id) REFERENCES public.petitions(id);

ALTER TABLE ONLY public.petition_hours
    ADD CONSTRAINT petition_hours_petition_id_fkey FOREIGN KEY (petition_id) REFERENCES public.petitions(id);

ALTER TABLE ONLY public.petition_milestones
    ADD CONSTRAINT petition_milestones_petition_id_fkey FOREIGN KEY (petition_id) REFERENCES public.petitions(id);

ALTER TABLE ONLY public.petition_sweeps
    ADD CONSTRAINT petition_sweeps_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.petition_sweeps
    ADD CONSTRAINT petition_sweeps_petition_id_fkey FOREIGN KEY (petition_id) REFERENCES public.petitions(id);

ALTER TABLE ONLY public.petition_terms
    ADD CONSTRAINT petition_terms_petition_id_fkey FOREIGN KEY (petition_id) REFERENCES public.petitions(id);

ALTER TABLE ONLY public.petitions
    ADD CONSTRAINT petitions_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.petitions
    ADD CONSTRAINT petitions_charter_id_fkey FOREIGN KEY (charter_id) REFERENCES public.petition_charters(id);

ALTER TABLE ONLY public.petitions
    ADD CONSTRAINT petitions_district_id_fkey FOREIGN KEY (district_id) REFERENCES public.districts(id);

ALTER TABLE ONLY public.petitions
    ADD CONSTRAINT petitions_ground_fkey FOREIGN KEY (ground) REFERENCES public.petition_grounds(code);

ALTER TABLE ONLY public.petitions
    ADD CONSTRAINT petitions_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES public.petitions(id);

ALTER TABLE ONLY public.petitions
    ADD CONSTRAINT petitions_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES public.topics(id);

ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.units(id);

ALTER TABLE ONLY public.procurement_buyers
    ADD CONSTRAINT procurement_buyers_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.units(id);

ALTER TABLE ONLY public.procurement_explanations
    ADD CONSTRAINT procurement_explanations_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.procurement_explanations
    ADD CONSTRAINT procurement_explanations_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.units(id);

ALTER TABLE ONLY public.procurement_subscriptions
    ADD CONSTRAINT procurement_subscriptions_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.queue_sets
    ADD CONSTRAINT queue_sets_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.reply_templates
    ADD CONSTRAINT reply_templates_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.units(id);

ALTER TABLE ONLY public.resolutions
    ADD CONSTRAINT resolutions_appeal_id_fkey FOREIGN KEY (appeal_id) REFERENCES public.appeals(id);

ALTER TABLE ONLY public.resolutions
    ADD CONSTRAINT resolutions_executor_id_fkey FOREIGN KEY (executor_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.resolutions
    ADD CONSTRAINT resolutions_manager_id_fkey FOREIGN KEY (manager_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.resolutions
    ADD CONSTRAINT resolutions_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.units(id);

ALTER TABLE ONLY public.role_grants
    ADD CONSTRAINT role_grants_granted_by_fkey FOREIGN KEY (granted_by) REFERENCES public.people(id);

ALTER TABLE ONLY public.role_grants
    ADD CONSTRAINT role_grants_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_acting_for_fkey FOREIGN KEY (acting_for) REFERENCES public.people(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT signatures_answer_id_fkey FOREIGN KEY (answer_id) REFERENCES public.answers(id);

ALTER TABLE ONLY public.signatures
    ADD CONSTRAINT signatures_signer_id_fkey FOREIGN KEY (signer_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.signers
    ADD CONSTRAINT signers_district_id_fkey FOREIGN KEY (district_id) REFERENCES public.districts(id);

ALTER TABLE ONLY public.signers
    ADD CONSTRAINT signers_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.strong_identities
    ADD CONSTRAINT strong_identities_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.topics
    ADD CONSTRAINT topics_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.topics(id);

ALTER TABLE ONLY public.topics
    ADD CONSTRAINT topics_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.units(id);

ALTER TABLE ONLY public.trail_views
    ADD CONSTRAINT trail_views_viewer_id_fkey FOREIGN KEY (viewer_id) REFERENCES public.people(id);

ALTER TABLE ONLY public.units
    ADD CONSTRAINT units_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.units(id);

GRANT USAGE ON SCHEMA audit TO erec_app;

GRANT USAGE ON SCHEMA public TO erec_app;

REVOKE ALL ON FUNCTION audit.attach(t regclass, keys text, skip text) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.ensure_partitions(d date) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.ensure_partitions(d date) TO erec_app;

REVOKE ALL ON FUNCTION audit."freeze"(t regclass) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.nobody(t text) FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.record() FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.record_new() FROM PUBLIC;

REVOKE ALL ON FUNCTION audit.refuse() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.petition_forget(petition bigint, before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.petition_forget(petition bigint, before timestamp with time zone) TO erec_app;

REVOKE ALL ON FUNCTION public.petition_known(petition bigint, signature bigint, human bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.petition_known(petition bigint, signature bigint, human bytea) TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_register TO erec_app;

GRANT SELECT ON TABLE audit.trail TO erec_app;

GRANT SELECT ON TABLE audit.trail_other TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.answers TO erec_app;

GRANT ALL ON SEQUENCE public.answers_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.appeal_coexecutors TO erec_app;

GRANT ALL ON SEQUENCE public.appeal_coexecutors_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.appeal_drafts TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.appeal_events TO erec_app;

GRANT ALL ON SEQUENCE public.appeal_events_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.appeal_exports TO erec_app;

GRANT ALL ON SEQUENCE public.appeal_exports_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.appeal_former_indexes TO erec_app;

GRANT ALL ON SEQUENCE public.appeal_former_indexes_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.appeal_messages TO erec_app;

GRANT ALL ON SEQUENCE public.appeal_messages_id_seq TO erec_app;

GRANT ALL ON SEQUENCE public.appeal_numbers TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.appeals TO erec_app;

GRANT ALL ON SEQUENCE public.appeals_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.appointments TO erec_app;

GRANT ALL ON SEQUENCE public.appointments_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.calendars TO erec_app;

GRANT ALL ON SEQUENCE public.calendars_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.consents TO erec_app;

GRANT ALL ON SEQUENCE public.consents_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contact_views TO erec_app;

GRANT ALL ON SEQUENCE public.contact_views_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.counters TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.delegations TO erec_app;

GRANT ALL ON SEQUENCE public.delegations_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.districts TO erec_app;

GRANT ALL ON SEQUENCE public.districts_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.files TO erec_app;

GRANT ALL ON SEQUENCE public.files_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.letters TO erec_app;

GRANT ALL ON SEQUENCE public.letters_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.oidc_identities TO erec_app;

GRANT ALL ON SEQUENCE public.oidc_identities_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.parked_forms TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.people TO erec_app;

GRANT ALL ON SEQUENCE public.people_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.person_tokens TO erec_app;

GRANT ALL ON SEQUENCE public.person_tokens_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_answers TO erec_app;

GRANT ALL ON SEQUENCE public.petition_answers_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_charters TO erec_app;

GRANT ALL ON SEQUENCE public.petition_charters_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_claims TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_counts TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_deltas TO erec_app;

GRANT ALL ON SEQUENCE public.petition_deltas_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_districts TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_drafts TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_events TO erec_app;

GRANT ALL ON SEQUENCE public.petition_events_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_exchanges TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_follows TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_grounds TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_hours TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_milestones TO erec_app;

GRANT ALL ON SEQUENCE public.petition_milestones_id_seq TO erec_app;

GRANT ALL ON SEQUENCE public.petition_numbers TO erec_app;

GRANT SELECT,INSERT ON TABLE public.petition_signatures TO erec_app;

GRANT UPDATE(withdrawn_at) ON TABLE public.petition_signatures TO erec_app;

GRANT UPDATE(sweep_id) ON TABLE public.petition_signatures TO erec_app;

GRANT ALL ON SEQUENCE public.petition_signatures_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_sweeps TO erec_app;

GRANT ALL ON SEQUENCE public.petition_sweeps_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_switches TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.petition_terms TO erec_app;

GRANT ALL ON SEQUENCE public.petition_terms_id_seq TO erec_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.petitions TO erec_app;

GRANT ALL ON SEQUENCE public.petitions_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.portal_secrets TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.posts TO erec_app;

GRANT ALL ON SEQUENCE public.posts_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.privacy_notices TO erec_app;

GRANT ALL ON SEQUENCE public.privacy_notices_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_buyers TO erec_app;

GRANT ALL ON SEQUENCE public.procurement_buyers_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_checks TO erec_app;

GRANT ALL ON SEQUENCE public.procurement_checks_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_contracts TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_documents TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_explanations TO erec_app;

GRANT ALL ON SEQUENCE public.procurement_explanations_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_feeds TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_finds TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_monitorings TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_payments TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_plans TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_queue TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_results TO erec_app;

GRANT ALL ON SEQUENCE public.procurement_results_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_subscriptions TO erec_app;

GRANT ALL ON SEQUENCE public.procurement_subscriptions_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_suppliers TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.procurement_tenders TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.queue_sets TO erec_app;

GRANT ALL ON SEQUENCE public.queue_sets_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rate_counters TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reply_templates TO erec_app;

GRANT ALL ON SEQUENCE public.reply_templates_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.resolutions TO erec_app;

GRANT ALL ON SEQUENCE public.resolutions_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.role_grants TO erec_app;

GRANT ALL ON SEQUENCE public.role_grants_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.signatures TO erec_app;

GRANT ALL ON SEQUENCE public.signatures_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.signers TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.streets TO erec_app;

GRANT ALL ON SEQUENCE public.streets_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.strong_identities TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.topics TO erec_app;

GRANT ALL ON SEQUENCE public.topics_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.trail_views TO erec_app;

GRANT ALL ON SEQUENCE public.trail_views_id_seq TO erec_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.units TO erec_app;

GRANT ALL ON SEQUENCE public.units_id_seq TO erec_app;

ALTER DEFAULT PRIVILEGES FOR ROLE erec_owner IN SCHEMA public GRANT ALL ON SEQUENCES  TO erec_app;

ALTER DEFAULT PRIVILEGES FOR ROLE erec_owner IN SCHEMA public GRANT SELECT,INSERT,DELETE,UPDATE ON TABLES  TO erec_app;
