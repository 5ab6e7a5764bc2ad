-- Petitions of the city's former site, and their exchange with the national
-- platform «Взаємодія».

-- +goose Up

-- No charter of ours has ruled a petition that was brought over; what it needed
-- there is known when the file said so, else its threshold is 0.
ALTER TABLE petitions
  ALTER COLUMN charter_id DROP NOT NULL,
  ADD COLUMN legacy_number text NOT NULL DEFAULT '',  -- its number on the former site
  ADD COLUMN legacy_url    text NOT NULL DEFAULT '',  -- its page there
  ADD CONSTRAINT petitions_charter CHECK (charter_id IS NOT NULL OR legacy_source <> '');
CREATE UNIQUE INDEX petitions_legacy ON petitions (legacy_source, legacy_number) WHERE legacy_number <> '';

-- How far the national platform has been told of each petition. A revision is
-- one content of what is told; the platform takes the greatest. What the platform
-- tells back counts for nothing here: it is shown apart.
CREATE TABLE petition_exchanges (
  petition_id    bigint PRIMARY KEY REFERENCES petitions,
  revision       integer NOT NULL,
  digest         bytea NOT NULL,                    -- SHA-256 of the content of the revision
  sent_revision  integer NOT NULL DEFAULT 0,        -- the last one that was accepted
  sent_at        timestamptz,
  failure        text NOT NULL DEFAULT '',          -- of the last attempt, by our own word; empty: none
  failed_at      timestamptz,
  failures       integer NOT NULL DEFAULT 0,        -- in a row
  outside_url    text NOT NULL DEFAULT '',          -- its page on the platform
  outside_count  integer,                           -- signatures that the platform gathered
  outside_answer text NOT NULL DEFAULT '',          -- address of the answer that the platform published
  outside_at     timestamptz                        -- as of when the platform says so
);
CREATE INDEX petition_exchanges_failed ON petition_exchanges (failed_at DESC) WHERE failure <> '';
