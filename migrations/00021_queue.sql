-- What officials take out of a queue (internal/appeals/export.go), and the filters
-- that they keep (internal/appeals/saved.go).

-- +goose Up

-- Who took a list of appeals out of the portal, when, narrowed by what, of how many
-- (Закон 2297-VI, ст. 24: access to personal data is kept account of).
CREATE TABLE appeal_exports (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id  bigint NOT NULL REFERENCES people,
  acting_for bigint,                                -- under whose mandate, if any
  query      text NOT NULL,                         -- the filter, as the address of the queue has it
  n          integer NOT NULL,
  created_at timestamptz NOT NULL
);
SELECT audit.freeze('appeal_exports');

-- Filters of the queue that an official keeps under a name («добірка»).
CREATE TABLE queue_sets (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id  bigint NOT NULL REFERENCES people,
  name       text NOT NULL,
  query      text NOT NULL,                         -- canonical query string of the queue
  created_at timestamptz NOT NULL,
  ended_at   timestamptz,
  version    integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX queue_sets_one ON queue_sets (person_id, lower(name)) WHERE ended_at IS NULL;
SELECT audit.attach('queue_sets');

-- +goose Down
DROP TABLE queue_sets;
DROP TABLE appeal_exports;
