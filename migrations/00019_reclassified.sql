-- Registration indexes that an appeal bore before it was moved to another register
-- (internal/appeals/reclassify.go): whoever knows the old one finds the appeal by it.

-- +goose Up

CREATE TABLE appeal_former_indexes (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  appeal_id  bigint NOT NULL REFERENCES appeals ON DELETE CASCADE,
  reg_index  text NOT NULL,                         -- never given to another appeal: counters only grow (КМУ 348)
  created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX appeal_former_indexes_index ON appeal_former_indexes (lower(reg_index));
CREATE INDEX appeal_former_indexes_appeal ON appeal_former_indexes (appeal_id);
SELECT audit.attach('appeal_former_indexes');

-- +goose Down

DROP TABLE appeal_former_indexes;
