-- The city's purchases: a mirror of the public OpenProcurement API, the values
-- of the risk indicators with their history, and what people add to them.

-- +goose Up

-- Whose purchases are mirrored: the buyers of the city, by code of ЄДР. What is
-- not confirmed against the register says so (verified = false).
CREATE TABLE procurement_buyers (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code       text NOT NULL UNIQUE CHECK (code ~ '^[0-9]{8}$'),
  name       text NOT NULL,
  role       text NOT NULL DEFAULT 'institution' CHECK (role IN ('council', 'department', 'institution', 'enterprise', 'other')),
  unit_id    bigint REFERENCES units,                -- whose officials may publish an explanation
  valid_from date,                                   -- days on which it counts as the city's; null: no bound
  valid_to   date,
  verified   boolean NOT NULL DEFAULT false,
  demo       boolean NOT NULL DEFAULT false,
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  CHECK (valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to)
);
SELECT audit.attach('procurement_buyers');

-- ---------------------------------------------------------------- the mirror

-- The documents as the API gave them, gzip. slim holds only the fields that the
-- indicators read, as JSON, so that everything can be recalculated in seconds.
CREATE TABLE procurement_documents (
  resource      text NOT NULL CHECK (resource IN ('tender', 'contract', 'plan', 'monitoring')),
  id            text NOT NULL,
  tender_id     text NOT NULL DEFAULT '',            -- its own id for a tender
  date_modified timestamptz NOT NULL,
  raw           bytea NOT NULL,
  slim          bytea,                               -- tenders and contracts only
  source        text NOT NULL CHECK (source IN ('api', 'import', 'demo')),
  demo          boolean NOT NULL DEFAULT false,      -- derived or synthetic, not a real document
  fetched_at    timestamptz NOT NULL,
  PRIMARY KEY (resource, id)
);
CREATE INDEX procurement_documents_tender ON procurement_documents (tender_id);
ALTER TABLE procurement_documents ALTER COLUMN raw SET STORAGE EXTERNAL, ALTER COLUMN slim SET STORAGE EXTERNAL;

CREATE TABLE procurement_tenders (
  id             text PRIMARY KEY,                   -- 32 hex digits of the API
  number         text NOT NULL,                      -- UA-2024-12-10-010819-a
  mode           text NOT NULL DEFAULT '',           -- test: never published
  status         text NOT NULL,
  method         text NOT NULL,                      -- procurementMethodType
  competitive    boolean NOT NULL,
  category       text NOT NULL DEFAULT '',           -- goods, services, works
  title          text NOT NULL,
  buyer_key      text NOT NULL,                      -- UA-EDR-04053625
  buyer_code     text NOT NULL,
  buyer_name     text NOT NULL,
  buyer_kind     text NOT NULL DEFAULT '',
  subject        text NOT NULL DEFAULT '',           -- subjectOfProcurement, for the history rules
  cpv            text NOT NULL DEFAULT '',           -- the first item's code: 45260000-7
  cause          text NOT NULL DEFAULT '',
  amount         numeric(20, 2),
  currency       text NOT NULL DEFAULT 'UAH',
  created_on     timestamptz,                        -- dateCreated
  tender_start   timestamptz,
  tender_end     timestamptz,
  status_on      timestamptz,                        -- date: the last change of the status
  modified_at    timestamptz NOT NULL,               -- dateModified
  bids           integer NOT NULL DEFAULT 0,
  example        boolean NOT NULL DEFAULT false,     -- of a buyer that is not the city's
  demo           boolean NOT NULL DEFAULT false,     -- derived or synthetic, not a real purchase
  checked_at     timestamptz,                        -- when the indicators were calculated last
  result_id      bigint                              -- the present row of procurement_results
);
CREATE UNIQUE INDEX procurement_tenders_number ON procurement_tenders (number, id);
CREATE INDEX procurement_tenders_buyer ON procurement_tenders (buyer_key, subject, created_on);
CREATE INDEX procurement_tenders_status_on ON procurement_tenders (status_on) WHERE status = 'complete';
ALTER TABLE procurement_tenders SET (fillfactor = 85); -- a check touches no indexed column

CREATE TABLE procurement_contracts (
  id            text PRIMARY KEY,
  number        text NOT NULL,                       -- contractID: UA-…-a1
  own_number    text NOT NULL DEFAULT '',            -- contractNumber: «128»
  tender_id     text NOT NULL,                       -- the tender may come later
  award_id      text NOT NULL DEFAULT '',
  status        text NOT NULL,
  terminated    boolean NOT NULL DEFAULT false,      -- terminationDetails: ended without full performance
  title         text NOT NULL,
  buyer_key     text NOT NULL,
  buyer_code    text NOT NULL,
  buyer_name    text NOT NULL,
  supplier_key  text NOT NULL DEFAULT '',            -- a keyed hash for a sole trader
  supplier_name text NOT NULL DEFAULT '',            -- masked for a sole trader
  cpv           text NOT NULL DEFAULT '',
  amount        numeric(20, 2),
  paid          numeric(20, 2),
  currency      text NOT NULL DEFAULT 'UAH',
  signed_on     timestamptz,
  starts_on     timestamptz,
  ends_on       timestamptz,
  changes       integer NOT NULL DEFAULT 0,          -- active additional agreements
  modified_at   timestamptz NOT NULL,
  stub          boolean NOT NULL DEFAULT false,      -- known from its tender alone, frozen there
  example       boolean NOT NULL DEFAULT false,
  demo          boolean NOT NULL DEFAULT false
);
CREATE INDEX procurement_contracts_tender ON procurement_contracts (tender_id);
CREATE INDEX procurement_contracts_number ON procurement_contracts (number);

CREATE TABLE procurement_plans (
  id          text PRIMARY KEY,
  number      text NOT NULL,
  status      text NOT NULL,
  tender_id   text NOT NULL DEFAULT '',
  method      text NOT NULL DEFAULT '',
  title       text NOT NULL,
  buyer_key   text NOT NULL,
  buyer_code  text NOT NULL,
  buyer_name  text NOT NULL,
  cpv         text NOT NULL DEFAULT '',
  amount      numeric(20, 2),
  currency    text NOT NULL DEFAULT 'UAH',
  starts_on   timestamptz,
  modified_at timestamptz NOT NULL,
  example     boolean NOT NULL DEFAULT false,
  demo        boolean NOT NULL DEFAULT false
);
CREATE INDEX procurement_plans_tender ON procurement_plans (tender_id);

CREATE TABLE procurement_monitorings (
  id          text PRIMARY KEY,
  number      text NOT NULL,
  tender_id   text NOT NULL,
  status      text NOT NULL,
  reasons     text[] NOT NULL DEFAULT '{}',
  stages      text[] NOT NULL DEFAULT '{}',
  violation   boolean,                               -- conclusion.violationOccurred
  violations  text[] NOT NULL DEFAULT '{}',
  started_on  timestamptz,
  concluded_on timestamptz,
  modified_at timestamptz NOT NULL
);
CREATE INDEX procurement_monitorings_tender ON procurement_monitorings (tender_id);

-- One row for each thing that a search finds: the only table that lists, feeds,
-- exports and sums read. Written in the transaction of the document.
CREATE TABLE procurement_register (
  kind         text NOT NULL CHECK (kind IN ('contract', 'tender', 'plan')),
  id           text NOT NULL,
  number       text NOT NULL,
  tender_id    text NOT NULL DEFAULT '',
  day          timestamptz NOT NULL,                 -- signed / created / planned start: the order of lists
  year         integer NOT NULL,
  title        text NOT NULL,
  buyer_code   text NOT NULL,
  buyer_name   text NOT NULL,
  supplier_keys text[] NOT NULL DEFAULT '{}',
  supplier_name text NOT NULL DEFAULT '',            -- first supplier, masked when a sole trader
  cpv          text NOT NULL DEFAULT '',
  cpv_path     text[] NOT NULL DEFAULT '{}',         -- 45, 452, 4526 … 45260000: every beginning of the code of every item
  method       text NOT NULL DEFAULT '',
  competitive  boolean NOT NULL DEFAULT false,
  status       text NOT NULL,
  amount       numeric(20, 2),
  currency     text NOT NULL DEFAULT 'UAH',
  signs        text[] NOT NULL DEFAULT '{}',         -- indicators with the value 1
  clear        text[] NOT NULL DEFAULT '{}',         -- indicators with the value 0, conditions met
  example      boolean NOT NULL DEFAULT false,
  demo         boolean NOT NULL DEFAULT false,
  modified_at  timestamptz NOT NULL,                 -- dateModified
  changed_at   timestamptz NOT NULL,                 -- when this row was changed here: what is news
  search       tsvector NOT NULL,                    -- words made by the portal, see procurement.lexemes
  PRIMARY KEY (kind, id)
);
-- What is included lets a search count and sum without the rows themselves.
CREATE INDEX procurement_register_day ON procurement_register (kind, day DESC, id) INCLUDE (amount, currency, example);
CREATE INDEX procurement_register_amount ON procurement_register (kind, amount DESC NULLS LAST, id);
CREATE INDEX procurement_register_buyer ON procurement_register (kind, buyer_code, day DESC, id) INCLUDE (amount, currency, example);
CREATE INDEX procurement_register_method ON procurement_register (kind, method, day DESC, id) INCLUDE (amount, currency, example);
CREATE INDEX procurement_register_status ON procurement_register (kind, status, day DESC, id) INCLUDE (amount, currency, example);
-- One for each kind: a search is of one kind, and a word is in all of them alike.
CREATE INDEX procurement_register_words_contract ON procurement_register USING gin (search) WHERE kind = 'contract';
CREATE INDEX procurement_register_words_tender ON procurement_register USING gin (search) WHERE kind = 'tender';
CREATE INDEX procurement_register_words_plan ON procurement_register USING gin (search) WHERE kind = 'plan';
CREATE INDEX procurement_register_sets_contract ON procurement_register USING gin (supplier_keys, cpv_path, signs) WHERE kind = 'contract';
CREATE INDEX procurement_register_sets_tender ON procurement_register USING gin (supplier_keys, cpv_path, signs) WHERE kind = 'tender';
CREATE INDEX procurement_register_sets_plan ON procurement_register USING gin (cpv_path) WHERE kind = 'plan';
CREATE INDEX procurement_register_tender ON procurement_register (tender_id);
CREATE INDEX procurement_register_changed ON procurement_register (changed_at);
CREATE INDEX procurement_register_signs ON procurement_register (kind, day DESC, id) WHERE signs <> '{}';

-- Suppliers by key: the newest name seen. A sole trader's key is a keyed hash
-- and his name is masked (Закон 2297-VI, ст. 6: no more data than the purpose asks).
CREATE TABLE procurement_suppliers (
  key         text PRIMARY KEY,
  name        text NOT NULL,
  code        text NOT NULL DEFAULT '',              -- empty for a sole trader
  sole_trader boolean NOT NULL DEFAULT false,
  seen_at     timestamptz NOT NULL
);
CREATE INDEX procurement_suppliers_name ON procurement_suppliers USING gin (lower(name) gin_trgm_ops);

-- The values of the indicators of one tender, all at once, each time that any of
-- them changed; procurement_tenders points at the present row. values is an
-- array of {indicator, profile, version, level, lot, contract, value, reason, facts}.
CREATE TABLE procurement_results (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tender_id     text NOT NULL,
  calculated_at timestamptz NOT NULL,
  modified_at   timestamptz NOT NULL,                -- dateModified of the newest document that was read
  method        text NOT NULL,                       -- version of the set of rules
  digest        bytea NOT NULL,                      -- of values: nothing is written when nothing changed
  values        jsonb NOT NULL
);
CREATE INDEX procurement_results_tender ON procurement_results (tender_id, id DESC);
SELECT audit.freeze('procurement_results');

-- Full recalculations, which happen once a day and when the rules changed: a
-- tender was checked last at the later of its checked_at and the newest row here.
CREATE TABLE procurement_checks (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  started_at  timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  method      text NOT NULL,                         -- version of the set of rules
  extraction  integer NOT NULL,                      -- version of what is extracted of the documents
  tenders     integer NOT NULL,
  changed     integer NOT NULL
);
SELECT audit.freeze('procurement_checks');

-- ------------------------------------------------------ following the API

CREATE TABLE procurement_feeds (
  resource      text PRIMARY KEY CHECK (resource IN ('tender', 'contract', 'plan', 'monitoring')),
  backward      text NOT NULL DEFAULT '',            -- offset; empty: not begun
  backward_done boolean NOT NULL DEFAULT false,
  forward       text NOT NULL DEFAULT '',
  horizon       timestamptz NOT NULL,                -- the back-fill stops here
  reached       timestamptz,                         -- dateModified of the oldest item listed going back
  newest        timestamptz,                         -- of the newest item listed going forward
  started_at    timestamptz NOT NULL,
  listed        bigint NOT NULL DEFAULT 0,
  matched       bigint NOT NULL DEFAULT 0,
  last_ok_at    timestamptz,
  last_error    text NOT NULL DEFAULT '',
  last_error_at timestamptz,
  resets        integer NOT NULL DEFAULT 0
);

-- Ids whose document must be fetched; saved in the transaction of the offset.
CREATE TABLE procurement_queue (
  resource      text NOT NULL,
  id            text NOT NULL,
  date_modified timestamptz,
  queued_at     timestamptz NOT NULL,
  attempts      integer NOT NULL DEFAULT 0,
  next_at       timestamptz NOT NULL,
  gone          boolean NOT NULL DEFAULT false,      -- 404, 410 or closed for the public: kept so that it is not asked again
  last_error    text NOT NULL DEFAULT '',
  PRIMARY KEY (resource, id)
);
CREATE INDEX procurement_queue_next ON procurement_queue (next_at) WHERE NOT gone;

-- ------------------------------------------------------- what people add

-- An explanation of the buyer's unit beside a purchase.
CREATE TABLE procurement_explanations (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tender_id    text NOT NULL,
  contract_id  text NOT NULL DEFAULT '',
  indicator    text NOT NULL DEFAULT '',             -- empty: about the purchase as a whole
  buyer_code   text NOT NULL,
  unit_id      bigint REFERENCES units,
  author_id    bigint NOT NULL REFERENCES people,
  author_name  text NOT NULL,
  author_post  text NOT NULL,
  body         text NOT NULL,
  published_at timestamptz NOT NULL,
  withdrawn_at timestamptz,
  version      integer NOT NULL DEFAULT 1
);
CREATE INDEX procurement_explanations_tender ON procurement_explanations (tender_id);
SELECT audit.attach('procurement_explanations');

-- A search that a person follows by e-mail.
CREATE TABLE procurement_subscriptions (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id  bigint NOT NULL REFERENCES people,
  query      text NOT NULL,                          -- canonical query string of the search
  seen_at    timestamptz NOT NULL,                   -- what changed later is news
  created_at timestamptz NOT NULL,
  ended_at   timestamptz,
  version    integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX procurement_subscriptions_one ON procurement_subscriptions (person_id, query) WHERE ended_at IS NULL;
SELECT audit.attach('procurement_subscriptions', 'id', 'seen_at');

-- Payments of the treasury's open data, by contract.
CREATE TABLE procurement_payments (
  source_id   text PRIMARY KEY,                      -- the number of the transaction at the source
  contract    text NOT NULL DEFAULT '',              -- contractID or the number of the contract, as the source gives it
  contract_id text NOT NULL DEFAULT '',              -- matched contract of the mirror
  payer_code  text NOT NULL,
  payee_key   text NOT NULL DEFAULT '',
  payee_name  text NOT NULL DEFAULT '',
  amount      numeric(20, 2) NOT NULL,
  paid_on     date NOT NULL,
  details     text NOT NULL DEFAULT '',
  loaded_at   timestamptz NOT NULL
);
CREATE INDEX procurement_payments_contract ON procurement_payments (contract_id);
CREATE INDEX procurement_payments_payer ON procurement_payments (payer_code, paid_on);
