-- The house: roles of the database, the audit trail, and the tables of the
-- first areas. Landed migrations are never edited; add a new one.

-- +goose Up
-- +goose StatementBegin
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'erec_app') THEN
    CREATE ROLE erec_app NOLOGIN;
    -- An owner who is no superuser must be a member to serve the portal by SET ROLE.
    EXECUTE format('GRANT erec_app TO %I', current_user);
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
-- +goose StatementEnd

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- ---------------------------------------------------------------- the trail

CREATE SCHEMA audit;

CREATE TABLE audit.trail (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  at         timestamptz NOT NULL DEFAULT transaction_timestamp(),
  txid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
  table_name text NOT NULL,
  row_id     text NOT NULL,
  op         "char" NOT NULL,              -- I, U, D
  actor      text NOT NULL,                -- person:42, system:answer-send, guest: text, no foreign key
  acting_for text NOT NULL DEFAULT '',
  action     text NOT NULL,
  request    text NOT NULL DEFAULT '',
  changes    jsonb NOT NULL,               -- {column: [old, new]}
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX trail_row ON audit.trail (table_name, row_id, id);
CREATE INDEX trail_actor ON audit.trail (actor, id);

-- +goose StatementBegin
CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the record is append-only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'AU002';
END $$;
-- +goose StatementEnd
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.trail FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit.trail FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

-- ensure_partitions makes the partition of the month of d and of the next two.
-- Months are those of UTC whatever the session's zone, so that they touch and
-- never overlap. A month whose first rows already lie in trail_other stays
-- there: the trail is never moved. Two callers at once are no error.
-- +goose StatementBegin
CREATE FUNCTION audit.ensure_partitions(d date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, audit SET timezone = 'UTC' AS $$
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
-- +goose StatementEnd
-- Whatever finds no partition is kept all the same: a write must never fail for want of a month.
CREATE TABLE audit.trail_other PARTITION OF audit.trail DEFAULT;
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit.trail_other FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

-- record() writes one row of the trail for one changed row. Arguments of the
-- trigger: 1 the columns that make the row's name (default id), 2 the columns
-- that are not worth a record (a heartbeat, a search vector). Columns whose
-- name speaks of a secret are redacted.
-- +goose StatementBegin
CREATE FUNCTION audit.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, audit AS $$
DECLARE
  who  text := nullif(current_setting('app.actor', true), '');
  o    jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}'::jsonb ELSE to_jsonb(OLD) END;
  n    jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}'::jsonb ELSE to_jsonb(NEW) END;
  skip text[] := CASE WHEN TG_NARGS > 1 THEN string_to_array(TG_ARGV[1], ',') ELSE '{}' END;
  diff jsonb;
  name text;
BEGIN
  IF who IS NULL THEN
    RAISE EXCEPTION 'a write to % without an actor', TG_TABLE_NAME USING ERRCODE = 'AU001';
  END IF;
  SELECT jsonb_object_agg(k, CASE WHEN k ~ '(password|secret|token|hash)' THEN '["•••","•••"]'::jsonb
                                  ELSE jsonb_build_array(o -> k, n -> k) END)
    INTO diff
    FROM jsonb_object_keys(CASE WHEN TG_OP = 'DELETE' THEN o ELSE n END) k
   WHERE NOT (k = ANY (skip)) AND (o -> k) IS DISTINCT FROM (n -> k)
     AND NOT (TG_OP = 'INSERT' AND jsonb_typeof(n -> k) = 'null');
  IF diff IS NULL THEN
    RETURN NULL;
  END IF;
  IF TG_NARGS > 0 AND TG_ARGV[0] <> 'id' THEN
    SELECT string_agg(CASE WHEN TG_OP = 'DELETE' THEN o ->> c ELSE n ->> c END, '/' ORDER BY ord)
      INTO name FROM unnest(string_to_array(TG_ARGV[0], ',')) WITH ORDINALITY AS t(c, ord);
  ELSE
    name := CASE WHEN TG_OP = 'DELETE' THEN o ->> 'id' ELSE n ->> 'id' END;
  END IF;
  INSERT INTO audit.trail (table_name, row_id, op, actor, acting_for, action, request, changes)
  VALUES (TG_TABLE_NAME, name, left(TG_OP, 1)::"char", who,
          coalesce(current_setting('app.acting_for', true), ''),
          coalesce(nullif(current_setting('app.action', true), ''), '?'),
          coalesce(current_setting('app.request', true), ''), diff);
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- attach(table, key columns, skipped columns) puts the trail on a table.
-- +goose StatementBegin
CREATE FUNCTION audit.attach(t regclass, keys text DEFAULT 'id', skip text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit.record(%L, %L)', t, keys, skip);
END $$;
-- +goose StatementEnd

-- freeze(table) makes a table append-only: a story that cannot be retold needs no trail.
-- +goose StatementBegin
CREATE FUNCTION audit.freeze(t regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit.refuse()', t);
  EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse()', t);
END $$;
-- +goose StatementEnd

-- ------------------------------------------------------------- identity

CREATE TABLE people (
  id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email              text NOT NULL,
  name               text NOT NULL,
  phone              text NOT NULL DEFAULT '',
  address            text NOT NULL DEFAULT '',
  password_hash      text NOT NULL DEFAULT '',      -- empty: signs in by a provider only, or was invited and has not come yet
  status             text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'active', 'blocked')),
  locale             text NOT NULL DEFAULT 'uk',
  email_confirmed_at timestamptz,
  demo               boolean NOT NULL DEFAULT false,
  version            integer NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL
);
CREATE UNIQUE INDEX people_email ON people (lower(email));
CREATE INDEX people_name_trgm ON people USING gin (lower(name) gin_trgm_ops);
SELECT audit.attach('people');

CREATE TABLE person_tokens (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id  bigint NOT NULL REFERENCES people,
  purpose    text NOT NULL CHECK (purpose IN ('confirm', 'reset', 'invite', 'email')),
  token_hash bytea NOT NULL UNIQUE,
  data       jsonb NOT NULL DEFAULT '{}',           -- for purpose email: the new address
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  created_at timestamptz NOT NULL
);
CREATE INDEX person_tokens_person ON person_tokens (person_id, purpose);
SELECT audit.attach('person_tokens');

CREATE TABLE sessions (
  id           uuid PRIMARY KEY,
  person_id    bigint NOT NULL REFERENCES people,
  method       text NOT NULL,                       -- password, oidc:<provider>
  user_agent   text NOT NULL DEFAULT '',
  ip           inet,
  acting_for   bigint REFERENCES people,
  created_at   timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  ended_at     timestamptz
);
CREATE INDEX sessions_person ON sessions (person_id) WHERE ended_at IS NULL;
SELECT audit.attach('sessions', 'id', 'last_seen_at');

CREATE TABLE oidc_identities (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider   text NOT NULL,
  subject    text NOT NULL,
  person_id  bigint NOT NULL REFERENCES people,
  created_at timestamptz NOT NULL,
  UNIQUE (provider, subject)
);
SELECT audit.attach('oidc_identities');

CREATE TABLE role_grants (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id  bigint NOT NULL REFERENCES people,
  role       text NOT NULL CHECK (role IN ('specialist', 'executor', 'manager', 'admin')),
  granted_by bigint REFERENCES people,
  created_at timestamptz NOT NULL,
  UNIQUE (person_id, role)
);
SELECT audit.attach('role_grants');

-- The texts that a person is shown before he signs up, by version.
CREATE TABLE privacy_notices (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version    text NOT NULL UNIQUE,
  body_uk    text NOT NULL,
  body_en    text NOT NULL,
  valid_from timestamptz NOT NULL
);
SELECT audit.attach('privacy_notices');

-- What a person was shown or agreed to. The basis of an appeal is the law
-- (Закон 393/96-ВР), so 'privacy' records that the notice was shown, and
-- consent is asked for extras alone.
CREATE TABLE consents (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id  bigint NOT NULL REFERENCES people,
  kind       text NOT NULL CHECK (kind IN ('privacy', 'newsletter')),
  version    text NOT NULL DEFAULT '',
  given      boolean NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX consents_person ON consents (person_id, kind, id);
SELECT audit.attach('consents');

-- Counters of the rate limits; keys are keyed hashes, never an address.
CREATE UNLOGGED TABLE rate_counters (
  key_hash   bytea NOT NULL,
  slot       timestamptz NOT NULL,
  count      integer NOT NULL,
  PRIMARY KEY (key_hash, slot)
);

-- Secrets that the portal makes for itself at first start (the key of the
-- session token, of the rate limits); configuration may override them.
CREATE TABLE portal_secrets (
  name       text PRIMARY KEY,
  secret     bytea NOT NULL,
  created_at timestamptz NOT NULL
);
SELECT audit.attach('portal_secrets', 'name');

-- ----------------------------------------------------------------- city

CREATE TABLE units (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent_id  bigint REFERENCES units,
  code       text NOT NULL UNIQUE,
  name_uk    text NOT NULL,
  name_en    text NOT NULL DEFAULT '',
  phone      text NOT NULL DEFAULT '',
  email      text NOT NULL DEFAULT '',
  address    text NOT NULL DEFAULT '',
  active     boolean NOT NULL DEFAULT true,
  demo       boolean NOT NULL DEFAULT false,
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL
);
SELECT audit.attach('units');

CREATE TABLE posts (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  unit_id    bigint NOT NULL REFERENCES units,
  title_uk   text NOT NULL,
  title_en   text NOT NULL DEFAULT '',
  head       boolean NOT NULL DEFAULT false,        -- leads the unit, may sign answers
  active     boolean NOT NULL DEFAULT true,
  demo       boolean NOT NULL DEFAULT false,
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL
);
CREATE INDEX posts_unit ON posts (unit_id);
SELECT audit.attach('posts');

CREATE TABLE appointments (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id  bigint NOT NULL REFERENCES people,
  post_id    bigint NOT NULL REFERENCES posts,
  valid_from date NOT NULL,
  valid_to   date,
  created_at timestamptz NOT NULL,
  CHECK (valid_to IS NULL OR valid_to >= valid_from)
);
CREATE INDEX appointments_person ON appointments (person_id);
CREATE INDEX appointments_post ON appointments (post_id);
SELECT audit.attach('appointments');

CREATE TABLE delegations (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  from_person bigint NOT NULL REFERENCES people,
  to_person   bigint NOT NULL REFERENCES people,
  basis       text NOT NULL,                        -- «розпорядження № … від …»
  valid_from  date NOT NULL,
  valid_to    date NOT NULL,
  created_at  timestamptz NOT NULL,
  CHECK (valid_to >= valid_from),
  CHECK (from_person <> to_person)
);
CREATE INDEX delegations_to ON delegations (to_person);
SELECT audit.attach('delegations');

CREATE TABLE topics (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent_id  bigint REFERENCES topics,
  code       text NOT NULL UNIQUE,
  name_uk    text NOT NULL,
  name_en    text NOT NULL DEFAULT '',
  classifier text NOT NULL DEFAULT '',              -- row of the Classifier (КМУ 858, розділ II)
  unit_id    bigint REFERENCES units,               -- who usually considers it
  active     boolean NOT NULL DEFAULT true,
  demo       boolean NOT NULL DEFAULT false,
  position   integer NOT NULL DEFAULT 0,
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL
);
SELECT audit.attach('topics');

CREATE TABLE districts (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind       text NOT NULL CHECK (kind IN ('community', 'settlement', 'district', 'constituency')),
  code       text NOT NULL,                         -- КАТОТТГ, or the number of a constituency
  name_uk    text NOT NULL,
  name_en    text NOT NULL DEFAULT '',
  geometry   jsonb,                                 -- GeoJSON Polygon or MultiPolygon, WGS 84; null: boundary not known (КАТОТТГ has codes only)
  active     boolean NOT NULL DEFAULT true,
  demo       boolean NOT NULL DEFAULT false,
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (kind, code)
);
SELECT audit.attach('districts');

CREATE TABLE streets (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind       text NOT NULL DEFAULT 'вулиця',
  name       text NOT NULL,
  old_names  text[] NOT NULL DEFAULT '{}',
  search     text NOT NULL,                         -- normalised: lower case, one apostrophe, old names too
  lat        double precision,
  lon        double precision,
  active     boolean NOT NULL DEFAULT true,
  demo       boolean NOT NULL DEFAULT false,
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  UNIQUE (kind, name)
);
CREATE INDEX streets_search ON streets USING gin (search gin_trgm_ops);
SELECT audit.attach('streets', 'id', 'search');

-- Versions of the working calendar (law/calendar.Data). The newest is in force
-- for new counts; a counted term keeps the version that it was counted with.
CREATE TABLE calendars (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version    text NOT NULL UNIQUE,
  data       jsonb NOT NULL,
  created_at timestamptz NOT NULL
);
SELECT audit.attach('calendars');

CREATE TABLE reply_templates (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  unit_id    bigint REFERENCES units,               -- null: for every unit
  title      text NOT NULL,
  body       text NOT NULL,
  active     boolean NOT NULL DEFAULT true,
  demo       boolean NOT NULL DEFAULT false,
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL
);
SELECT audit.attach('reply_templates');

-- -------------------------------------------------------------- appeals

CREATE SEQUENCE appeal_numbers;

CREATE TABLE appeals (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number            text NOT NULL UNIQUE,           -- given at receipt: 2026-04817
  reg_index         text UNIQUE,                    -- registration index, given by the specialist: Д-401
  kind              text NOT NULL CHECK (kind IN ('application', 'proposal', 'complaint', 'info_request')),
  procedure         text NOT NULL,                  -- law/deadline.Procedure
  state             text NOT NULL,
  channel           text NOT NULL DEFAULT 'portal',
  author_id         bigint NOT NULL REFERENCES people,
  author_name       text NOT NULL,
  author_address    text NOT NULL DEFAULT '',
  author_phone      text NOT NULL DEFAULT '',
  author_email      text NOT NULL DEFAULT '',
  answer_channel    text NOT NULL CHECK (answer_channel IN ('email', 'post', 'portal')),
  addressee_id      bigint REFERENCES units,        -- to whom it is written; null: the council as a whole
  topic_id          bigint REFERENCES topics,
  title             text NOT NULL,
  body              text NOT NULL,
  place             text NOT NULL DEFAULT '',
  lat               double precision,
  lon               double precision,
  district_id       bigint REFERENCES districts,
  constituency_id   bigint REFERENCES districts,
  public            boolean NOT NULL DEFAULT true,  -- the author lets the text be shown on the map, without his name
  confidential      boolean NOT NULL DEFAULT false, -- ст. 10 Закону 393/96-ВР
  marks             text[] NOT NULL DEFAULT '{}',   -- repeat, collective, priority…
  control           boolean NOT NULL DEFAULT false, -- «К»
  received_at       timestamptz NOT NULL,
  registered_at     timestamptz,
  registered_on     date NOT NULL,                  -- the day R from which terms run
  due_at            timestamptz NOT NULL,           -- end of the statutory term
  internal_due      date NOT NULL,
  due_rule          text NOT NULL,
  due_explain_uk    text NOT NULL,
  due_explain_en    text NOT NULL,
  calendar_version  text NOT NULL,
  extended          boolean NOT NULL DEFAULT false,
  unit_id           bigint REFERENCES units,        -- who considers it now
  manager_id        bigint REFERENCES people,       -- who is to resolve or sign, who set control
  executor_id       bigint REFERENCES people,
  answered_at       timestamptz,
  closed_at         timestamptz,
  rating            text CHECK (rating IN ('solved', 'unsolved')),
  rating_comment    text NOT NULL DEFAULT '',
  rated_at          timestamptz,
  repeat_of         bigint REFERENCES appeals,
  filing_key        uuid NOT NULL,                  -- idempotency key of the form: a double submit files once
  demo              boolean NOT NULL DEFAULT false,
  version           integer NOT NULL DEFAULT 1,
  -- In which tray of the office it lies: one ordered index scan per queue.
  stage             text NOT NULL GENERATED ALWAYS AS (CASE
                      WHEN state IN ('received', 'registered') THEN 'new'
                      WHEN state IN ('resolution_pending', 'reopened') THEN 'resolve'
                      WHEN state IN ('in_progress', 'clarifying', 'extended', 'interim_reply', 'answer_draft', 'measures_pending') THEN 'work'
                      WHEN state = 'answer_signing' THEN 'sign'
                      ELSE 'done' END) STORED,
  search            tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple',
                      number || ' ' || coalesce(reg_index, '') || ' ' || author_name || ' ' || title || ' ' || place || ' ' || left(body, 4000))) STORED,
  UNIQUE (author_id, filing_key)
);
CREATE INDEX appeals_author ON appeals (author_id, received_at DESC, id DESC);
CREATE INDEX appeals_queue ON appeals (stage, due_at, id);
CREATE INDEX appeals_unit ON appeals (unit_id, stage, due_at, id);
CREATE INDEX appeals_executor ON appeals (executor_id, stage, due_at, id) WHERE executor_id IS NOT NULL;
CREATE INDEX appeals_manager ON appeals (manager_id, stage, due_at, id) WHERE manager_id IS NOT NULL;
CREATE INDEX appeals_received ON appeals (received_at DESC, id DESC);
CREATE INDEX appeals_place ON appeals USING gist (point(lon, lat)) WHERE lat IS NOT NULL AND public AND stage <> 'done';
CREATE INDEX appeals_answered ON appeals (answered_at) WHERE answered_at IS NOT NULL;
CREATE INDEX appeals_rated ON appeals (rated_at) WHERE rated_at IS NOT NULL;
CREATE INDEX appeals_search ON appeals USING gin (search);
SELECT audit.attach('appeals', 'id', 'search,stage');

CREATE TABLE appeal_coexecutors (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  appeal_id  bigint NOT NULL REFERENCES appeals,
  person_id  bigint NOT NULL REFERENCES people,
  created_at timestamptz NOT NULL,
  UNIQUE (appeal_id, person_id)
);
CREATE INDEX appeal_coexecutors_person ON appeal_coexecutors (person_id);
SELECT audit.attach('appeal_coexecutors');

CREATE TABLE appeal_drafts (
  id         uuid PRIMARY KEY,                      -- becomes the filing_key of the appeal
  author_id  bigint NOT NULL REFERENCES people,
  step       integer NOT NULL DEFAULT 1,
  data       jsonb NOT NULL,
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX appeal_drafts_author ON appeal_drafts (author_id, updated_at DESC);

CREATE TABLE resolutions (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  appeal_id   bigint NOT NULL REFERENCES appeals,
  manager_id  bigint NOT NULL REFERENCES people,
  executor_id bigint NOT NULL REFERENCES people,
  unit_id     bigint REFERENCES units,
  task        text NOT NULL,
  due_on      date NOT NULL,
  created_at  timestamptz NOT NULL
);
CREATE INDEX resolutions_appeal ON resolutions (appeal_id, id);
SELECT audit.attach('resolutions');

CREATE TABLE answers (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  appeal_id     bigint NOT NULL REFERENCES appeals,
  author_id     bigint NOT NULL REFERENCES people,
  authors       bigint[] NOT NULL,                  -- whoever saved a word of it: none of them may sign
  state         text NOT NULL CHECK (state IN ('draft', 'submitted', 'returned', 'signed', 'sent')),
  body          text NOT NULL,
  result        text NOT NULL DEFAULT '',           -- Classifier, group 9
  remarks       text NOT NULL DEFAULT '',
  out_number    text UNIQUE,
  verify_code   text UNIQUE,
  pdf_key       text NOT NULL DEFAULT '',
  submitted_at  timestamptz,
  signed_at     timestamptz,
  sent_at       timestamptz,
  version       integer NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL
);
CREATE INDEX answers_appeal ON answers (appeal_id, id);
SELECT audit.attach('answers');

CREATE TABLE signatures (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  answer_id   bigint NOT NULL REFERENCES answers,
  method      text NOT NULL,                        -- password; later kep
  digest      bytea NOT NULL,                       -- SHA-256 of the signed text
  signer_id   bigint NOT NULL REFERENCES people,
  signer_name text NOT NULL,
  post_title  text NOT NULL,
  acting_for  text NOT NULL DEFAULT '',
  evidence    jsonb NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL,
  UNIQUE (answer_id)
);
SELECT audit.freeze('signatures');

CREATE TABLE appeal_messages (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  appeal_id   bigint NOT NULL REFERENCES appeals,
  author_id   bigint REFERENCES people,
  author_name text NOT NULL,
  side        text NOT NULL CHECK (side IN ('resident', 'city')),
  internal    boolean NOT NULL DEFAULT false,       -- a note among officials
  question    boolean NOT NULL DEFAULT false,       -- the city waits for an answer to it
  filing_key  uuid UNIQUE,                          -- idempotency key of the form
  body        text NOT NULL,
  created_at  timestamptz NOT NULL
);
CREATE INDEX appeal_messages_appeal ON appeal_messages (appeal_id, id);
SELECT audit.freeze('appeal_messages');

CREATE TABLE appeal_events (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  appeal_id  bigint NOT NULL REFERENCES appeals,
  at         timestamptz NOT NULL,
  kind       text NOT NULL,
  actor_id   bigint,
  actor_name text NOT NULL DEFAULT '',
  public     boolean NOT NULL DEFAULT true,         -- the applicant sees it
  from_state text NOT NULL DEFAULT '',
  to_state   text NOT NULL DEFAULT '',
  data       jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX appeal_events_appeal ON appeal_events (appeal_id, id);
SELECT audit.freeze('appeal_events');

CREATE TABLE files (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner_id   bigint NOT NULL REFERENCES people,     -- who uploaded it
  draft_id   uuid REFERENCES appeal_drafts ON DELETE SET NULL,
  appeal_id  bigint REFERENCES appeals,
  answer_id  bigint REFERENCES answers,
  message_id bigint REFERENCES appeal_messages,
  name       text NOT NULL,
  mime       text NOT NULL,
  size       bigint NOT NULL,
  sha256     bytea NOT NULL,
  blob_key   text NOT NULL,
  thumb_key  text NOT NULL DEFAULT '',
  state      text NOT NULL CHECK (state IN ('incoming', 'ready', 'refused')),
  created_at timestamptz NOT NULL
);
CREATE INDEX files_draft ON files (draft_id) WHERE draft_id IS NOT NULL;
CREATE INDEX files_appeal ON files (appeal_id) WHERE appeal_id IS NOT NULL;
CREATE INDEX files_answer ON files (answer_id) WHERE answer_id IS NOT NULL;
SELECT audit.attach('files');

-- Who of the staff looked at personal data of whom, and when (Закон 2297-VI, ст. 24).
CREATE TABLE contact_views (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  appeal_id  bigint NOT NULL REFERENCES appeals,
  viewer_id  bigint NOT NULL REFERENCES people,
  created_at timestamptz NOT NULL
);
CREATE INDEX contact_views_appeal ON contact_views (appeal_id);
SELECT audit.freeze('contact_views');

-- Forms of people whose session ended while they wrote, until they are back.
CREATE TABLE parked_forms (
  id         uuid PRIMARY KEY,
  path       text NOT NULL,
  data       jsonb NOT NULL,
  created_at timestamptz NOT NULL
);

-- Counters of registration indexes and outgoing numbers, without gaps.
CREATE TABLE counters (
  name  text PRIMARY KEY,
  value bigint NOT NULL
);

-- --------------------------------------------------------------- notify

-- Letters that were promised. The row is written with the change that caused
-- the letter; the job carries its id alone. message_id is fixed here, so that a
-- letter repeated after a crash bears the same Message-ID.
CREATE TABLE letters (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind       text NOT NULL,
  person_id  bigint REFERENCES people,
  appeal_id  bigint REFERENCES appeals,
  answer_id  bigint REFERENCES answers,
  locale     text NOT NULL DEFAULT 'uk',
  data       jsonb NOT NULL DEFAULT '{}',           -- ids and keys, no personal data, no token
  message_id text NOT NULL UNIQUE,
  state      text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed')),
  error      text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  sent_at    timestamptz
);
CREATE INDEX letters_person ON letters (person_id, id);

-- ----------------------------------------------------------- privileges

GRANT USAGE ON SCHEMA public, audit TO erec_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO erec_app;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO erec_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO erec_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO erec_app;
GRANT SELECT ON ALL TABLES IN SCHEMA audit TO erec_app;
-- A trigger runs its function whoever owns the right to call it; without this
-- the portal's role could hang record() on a table of its own and forge entries.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.ensure_partitions(date) TO erec_app;

SELECT audit.ensure_partitions(current_date);
