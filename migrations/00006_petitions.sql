-- Electronic petitions («електронні петиції», Закон 393/96-ВР, ст. 23-1).

-- +goose Up

-- The rules of the city's charter («статут громади») by the day they came into
-- force: never constants of the program. A petition keeps the version under
-- which its author submitted it.
CREATE TABLE petition_charters (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  valid_from      date NOT NULL UNIQUE,
  threshold       integer NOT NULL CHECK (threshold BETWEEN 1 AND 1000000),
  gathering_days  integer NOT NULL CHECK (gathering_days BETWEEN 1 AND 92),   -- ст. 23-1: three months at most
  supporters      integer NOT NULL CHECK (supporters BETWEEN 0 AND 100),      -- signatures before the check; 0: none
  supporters_days integer NOT NULL CHECK (supporters_days BETWEEN 1 AND 92),
  check_days      integer NOT NULL CHECK (check_days BETWEEN 1 AND 2),        -- working days; ст. 23-1: two at most
  announce_days   integer NOT NULL CHECK (announce_days BETWEEN 1 AND 3),     -- working days; ст. 23-1: three at most
  review_days     integer NOT NULL CHECK (review_days BETWEEN 1 AND 10),      -- working days; ст. 23-1: ten at most
  tier            text NOT NULL CHECK (tier IN ('email', 'strong')),          -- the least identity whose signature counts
  residents_only  boolean NOT NULL,
  source          text NOT NULL,                                              -- the act, as people cite it
  demo            boolean NOT NULL DEFAULT false,                             -- not an act: values for show
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL
);
SELECT audit.attach('petition_charters');

-- Grounds on which a petition is not published, as the law words them.
CREATE TABLE petition_grounds (
  code     text PRIMARY KEY,
  title_uk text NOT NULL,
  title_en text NOT NULL,
  norm_uk  text NOT NULL,
  norm_en  text NOT NULL,
  hides    boolean NOT NULL,                        -- the text itself must not be shown to anybody but its author
  position integer NOT NULL,
  active   boolean NOT NULL DEFAULT true,
  version  integer NOT NULL DEFAULT 1
);
SELECT audit.attach('petition_grounds', 'code');

CREATE TABLE petition_drafts (
  id         uuid PRIMARY KEY,
  author_id  bigint NOT NULL REFERENCES people,
  data       jsonb NOT NULL,
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX petition_drafts_author ON petition_drafts (author_id, updated_at DESC);

CREATE SEQUENCE petition_numbers;

CREATE TABLE petitions (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         bigint NOT NULL UNIQUE,
  state          text NOT NULL,
  author_id      bigint REFERENCES people,          -- null: brought over from the city's former site
  author_name    text NOT NULL,
  author_address text NOT NULL DEFAULT '',
  title          text NOT NULL,
  essence        text NOT NULL,                     -- «суть»
  reasons        text NOT NULL DEFAULT '',          -- «чому це потрібно»
  proposal       text NOT NULL DEFAULT '',          -- «що пропонуємо»
  topic_id       bigint REFERENCES topics,
  place          text NOT NULL DEFAULT '',
  lat            double precision,
  lon            double precision,
  district_id    bigint REFERENCES districts,
  filing_key     uuid NOT NULL UNIQUE,
  support_key    text NOT NULL UNIQUE,              -- in the link for the first supporters; guessed by nobody
  salt           bytea NOT NULL,                    -- of the key under which its signatories are known; erasing it forgets them
  charter_id     bigint NOT NULL REFERENCES petition_charters,
  threshold      integer NOT NULL,                  -- of the charter, fixed when the gathering began
  tier           text NOT NULL CHECK (tier IN ('email', 'strong')),
  residents_only boolean NOT NULL,
  created_at     timestamptz NOT NULL,
  submitted_at   timestamptz,                       -- last time it went to the check
  published_at   timestamptz,
  ends_at        timestamptz,                       -- of the gathering that goes on: supporters or signatures
  extended_days  integer NOT NULL DEFAULT 0,        -- given back for days on which signing was switched off
  reached_at     timestamptz,
  announced_at   timestamptz,
  session_on     date,                              -- of the council, when the review waits for one
  answered_at    timestamptz,
  closed_at      timestamptz,
  ground         text REFERENCES petition_grounds,
  ground_note    text NOT NULL DEFAULT '',
  merged_into    bigint REFERENCES petitions,
  appeal_number  text NOT NULL DEFAULT '',          -- of the ordinary appeal it became
  legacy_count   integer,                           -- signatures on the former site, whose list did not come over
  legacy_source  text NOT NULL DEFAULT '',
  demo           boolean NOT NULL DEFAULT false,
  version        integer NOT NULL DEFAULT 1,
  search         tsvector NOT NULL DEFAULT '',      -- stems of all its words
  stems          text NOT NULL DEFAULT ''           -- stems of its title, in their order
);
CREATE INDEX petitions_state ON petitions (state, published_at DESC, id DESC);
CREATE INDEX petitions_ends ON petitions (ends_at) WHERE state IN ('supporting', 'gathering');
CREATE INDEX petitions_author ON petitions (author_id, id DESC);
CREATE INDEX petitions_search ON petitions USING gin (search);
CREATE INDEX petitions_stems ON petitions USING gin (stems gin_trgm_ops);
SELECT audit.attach('petitions', 'id', 'search,stems,salt,support_key');

-- Every term of a petition with its explanation; the newest of a step counts.
CREATE TABLE petition_terms (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  petition_id      bigint NOT NULL REFERENCES petitions,
  step             text NOT NULL CHECK (step IN ('supporters', 'check', 'gathering', 'announce', 'review', 'publish')),
  due_at           timestamptz NOT NULL,
  rule             text NOT NULL,
  explain_uk       text NOT NULL,
  explain_en       text NOT NULL,
  calendar_version text NOT NULL,
  met_at           timestamptz,                     -- when the city did what was due
  version          integer NOT NULL DEFAULT 1,
  created_at       timestamptz NOT NULL
);
CREATE INDEX petition_terms_petition ON petition_terms (petition_id, step, id DESC);
CREATE INDEX petition_terms_open ON petition_terms (due_at) WHERE met_at IS NULL;
SELECT audit.attach('petition_terms');

CREATE TABLE petition_events (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  petition_id bigint NOT NULL REFERENCES petitions,
  at          timestamptz NOT NULL,
  kind        text NOT NULL,
  actor_id    bigint,
  actor_name  text NOT NULL DEFAULT '',
  public      boolean NOT NULL DEFAULT true,
  from_state  text NOT NULL DEFAULT '',
  to_state    text NOT NULL DEFAULT '',
  data        jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX petition_events_petition ON petition_events (petition_id, id);
SELECT audit.freeze('petition_events');

-- ------------------------------------------------------------ who signs

-- Confirmed strong identities (id.gov.ua, BankID, КЕП through a provider marked
-- as strong). ident is a keyed hash of what the provider calls the person: one
-- human being has one, whichever account he uses.
CREATE TABLE strong_identities (
  person_id    bigint PRIMARY KEY REFERENCES people,
  ident        bytea NOT NULL UNIQUE,
  provider     text NOT NULL,
  confirmed_at timestamptz NOT NULL,
  withdrawn_at timestamptz,
  version      integer NOT NULL DEFAULT 1
);
SELECT audit.attach('strong_identities', 'person_id', 'ident');

-- A mailbox without its digits, for one that has some and three letters at least:
-- boxes of a series have one stem. Empty for the others.
-- +goose StatementBegin
CREATE FUNCTION mailbox_stem(e text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN s <> l AND length(s) >= 3 THEN s || '@' || split_part(e, '@', 2) ELSE '' END
    FROM (SELECT split_part(e, '@', 1) AS l, translate(split_part(e, '@', 1), '0123456789', '') AS s) t
$$;
-- +goose StatementEnd

-- What a signatory said once: whoever changes his address afterwards stays the
-- same signatory.
CREATE TABLE signers (
  person_id   bigint PRIMARY KEY REFERENCES people,
  ident       text NOT NULL,                        -- canonical e-mail at the first signature
  stem        text NOT NULL GENERATED ALWAYS AS (mailbox_stem(ident)) STORED,
  district_id bigint REFERENCES districts,          -- where he lives, if he cared to say
  resident_at timestamptz,                          -- when he declared that he lives in the community
  created_at  timestamptz NOT NULL,
  version     integer NOT NULL DEFAULT 1
);
SELECT audit.attach('signers', 'person_id', 'ident,stem');

-- One mailbox under many spellings is one mailbox: letter case, a tag after
-- «+», the dots of Gmail, and the second names of the same service.
-- +goose StatementBegin
CREATE FUNCTION canonical_email(e text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN d IN ('gmail.com', 'googlemail.com') THEN replace(l, '.', '') || '@gmail.com'
              WHEN d IN ('ya.ru', 'yandex.ru', 'yandex.com', 'yandex.ua') THEN replace(l, '.', '-') || '@yandex.com'
              ELSE l || '@' || d END
    FROM (SELECT split_part(split_part(lower(e), '@', 1), '+', 1) AS l, split_part(lower(e), '@', 2) AS d) t
$$;
-- +goose StatementEnd

-- Signatures («підписи на підтримку»). A row is never deleted, and the portal's
-- database role may change two columns of it alone: the moment of withdrawal and
-- the sweep that took it out; the trail keeps such changes. The row is its own
-- record of who signed when, by which identity, from which network: signer and
-- strong are HMACs under the key of this petition, so that no list and no dump
-- tells a person's identifier, nor that two petitions were signed by one.
-- There is no foreign key to petitions: the INSERT locks the petition's row, and
-- petitions are never deleted.
CREATE TABLE petition_signatures (
  petition_id  bigint NOT NULL,
  id           bigint GENERATED ALWAYS AS IDENTITY,
  signer       bytea NOT NULL,
  strong       bytea,
  name         text NOT NULL,
  at           timestamptz NOT NULL,
  tier         smallint NOT NULL,                   -- 1: confirmed e-mail, 2: strong identity
  district_id  bigint,
  domain       text NOT NULL,                       -- of the e-mail
  net          bytea NOT NULL,                      -- keyed hash of the network (IPv4 /24, IPv6 /48), empty when unknown
  ip           bytea NOT NULL,                      -- keyed hash of the address
  took         integer,                             -- milliseconds from the page to the signature, when the form told
  stem         bytea NOT NULL DEFAULT '',           -- keyed hash of the mailbox without its digits, for boxes that have some: a series shares one
  withdrawn_at timestamptz,
  sweep_id     bigint,                              -- taken out by the fraud desk
  PRIMARY KEY (petition_id, id)
);
CREATE UNIQUE INDEX petition_signatures_once ON petition_signatures (petition_id, signer) WHERE withdrawn_at IS NULL;
CREATE UNIQUE INDEX petition_signatures_strong ON petition_signatures (petition_id, strong) WHERE strong IS NOT NULL AND withdrawn_at IS NULL;
CREATE INDEX petition_signatures_sweep ON petition_signatures (sweep_id) WHERE sweep_id IS NOT NULL;
CREATE TRIGGER audit_row AFTER UPDATE OR DELETE ON petition_signatures FOR EACH ROW EXECUTE FUNCTION audit.record('id', 'signer,strong,net,ip,stem');

-- What a change of signatures adds to the counters. Written by the triggers in
-- the transaction of the change, so that no way of writing can forget it; the
-- counting worker takes the rows away.
CREATE TABLE petition_deltas (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  petition_id bigint NOT NULL,
  hour        timestamptz NOT NULL,
  district_id bigint,
  tier        smallint NOT NULL,
  n           integer NOT NULL
);

CREATE TABLE petition_counts (
  petition_id bigint PRIMARY KEY REFERENCES petitions,
  email       integer NOT NULL DEFAULT 0,
  strong      integer NOT NULL DEFAULT 0,
  counted_at  timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE petition_hours (
  petition_id bigint NOT NULL REFERENCES petitions,
  hour        timestamptz NOT NULL,
  n           integer NOT NULL,
  PRIMARY KEY (petition_id, hour)
);
CREATE TABLE petition_districts (
  petition_id bigint NOT NULL REFERENCES petitions,
  district_id bigint NOT NULL,                      -- 0: not said
  n           integer NOT NULL,
  PRIMARY KEY (petition_id, district_id)
);

-- +goose StatementBegin
CREATE FUNCTION petition_signed() RETURNS trigger LANGUAGE plpgsql AS $$
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
-- +goose StatementEnd
CREATE TRIGGER counted_insert AFTER INSERT ON petition_signatures REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION petition_signed();
CREATE TRIGGER counted_update AFTER UPDATE ON petition_signatures REFERENCING OLD TABLE AS former NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION petition_signed();

-- The fraud desk: each look for forged signatures, tried, run or undone.
CREATE TABLE petition_sweeps (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  petition_id bigint NOT NULL REFERENCES petitions,
  rule        text NOT NULL,
  params      jsonb NOT NULL DEFAULT '{}',
  state       text NOT NULL CHECK (state IN ('tried', 'run', 'undone', 'dropped')),
  found       integer NOT NULL,
  ids         bigint[] NOT NULL DEFAULT '{}',       -- what the trial found, until it is run; of an undone one: what came back
  note        text NOT NULL DEFAULT '',
  actor_id    bigint REFERENCES people,             -- null: the portal itself
  actor_name  text NOT NULL DEFAULT '',
  created_at  timestamptz NOT NULL,
  run_at      timestamptz,
  undone_at   timestamptz,
  version     integer NOT NULL DEFAULT 1
);
CREATE INDEX petition_sweeps_petition ON petition_sweeps (petition_id, id DESC);
SELECT audit.attach('petition_sweeps', 'id', 'ids');

-- Which moderator has a petition in hand.
CREATE TABLE petition_claims (
  petition_id bigint PRIMARY KEY REFERENCES petitions,
  person_id   bigint NOT NULL REFERENCES people,
  person_name text NOT NULL,
  at          timestamptz NOT NULL
);
SELECT audit.attach('petition_claims', 'petition_id');

CREATE TABLE petition_answers (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  petition_id  bigint NOT NULL REFERENCES petitions,
  authors      bigint[] NOT NULL,                   -- whoever saved a word of it: none of them may sign
  state        text NOT NULL CHECK (state IN ('draft', 'submitted', 'returned', 'signed')),
  decision     text NOT NULL DEFAULT '' CHECK (decision IN ('', 'supported', 'partly', 'refused')),
  body         text NOT NULL,
  remarks      text NOT NULL DEFAULT '',
  session_on   date,
  decision_url text NOT NULL DEFAULT '',
  video_url    text NOT NULL DEFAULT '',
  digest       bytea,
  method       text NOT NULL DEFAULT '',
  signer_id    bigint REFERENCES people,
  signer_name  text NOT NULL DEFAULT '',
  signer_post  text NOT NULL DEFAULT '',
  acting_for   text NOT NULL DEFAULT '',
  evidence     jsonb NOT NULL DEFAULT '{}',
  submitted_at timestamptz,
  signed_at    timestamptz,
  version      integer NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX petition_answers_one ON petition_answers (petition_id);
SELECT audit.attach('petition_answers');

CREATE TABLE petition_milestones (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  petition_id bigint NOT NULL REFERENCES petitions,
  title       text NOT NULL,
  due_on      date,
  done_on     date,
  note        text NOT NULL DEFAULT '',
  url         text NOT NULL DEFAULT '',
  position    integer NOT NULL,
  dropped_at  timestamptz,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL
);
CREATE INDEX petition_milestones_petition ON petition_milestones (petition_id, position);
SELECT audit.attach('petition_milestones');

-- Who asked to be told of the answer. It says nothing of who has signed: any
-- reader may follow.
CREATE TABLE petition_follows (
  petition_id bigint NOT NULL REFERENCES petitions,
  person_id   bigint NOT NULL REFERENCES people,
  told        text[] NOT NULL DEFAULT '{}',         -- what he has been told of: each once
  created_at  timestamptz NOT NULL,
  ended_at    timestamptz,
  PRIMARY KEY (petition_id, person_id)
);
SELECT audit.attach('petition_follows', 'petition_id,person_id', 'told');

-- Switches of the administrator: creation, signing, and whether the guard takes
-- forged signatures out by itself. One that has no row is on, the guard's is off.
-- Days of a switched-off signing are given back to every petition that gathers.
CREATE TABLE petition_switches (
  name       text PRIMARY KEY CHECK (name IN ('creation', 'signing', 'guard')),
  off_since  timestamptz,                           -- null: on
  reason_uk  text NOT NULL DEFAULT '',
  reason_en  text NOT NULL DEFAULT '',
  version    integer NOT NULL DEFAULT 1
);
SELECT audit.attach('petition_switches', 'name');

REVOKE DELETE ON petitions, petition_signatures FROM erec_app;
REVOKE UPDATE ON petition_signatures FROM erec_app;
GRANT UPDATE (withdrawn_at, sweep_id) ON petition_signatures TO erec_app;

-- Secret links of the first signature: a token of purpose sign confirms the
-- address and brings its bearer to the petition.
ALTER TABLE person_tokens DROP CONSTRAINT person_tokens_purpose_check,
  ADD CONSTRAINT person_tokens_purpose_check CHECK (purpose IN ('confirm', 'reset', 'invite', 'email', 'sign'));
