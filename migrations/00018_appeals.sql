-- Texts that may not stay on the public map (internal/appeals/hide.go), and how long
-- a rate limit has people wait (internal/platform/ratelimit).

-- +goose Up

-- Why an official took the appeal from the map; empty: nobody did. The author's
-- own wish is the column public, and stays what it was.
ALTER TABLE appeals ADD COLUMN hidden text NOT NULL DEFAULT ''
  CHECK (hidden IN ('', 'personal_data', 'rights', 'secret', 'request')); -- Закон 393/96-ВР, ст. 10; Закон 2297-VI, ст. 14

-- When the latest attempt of the slot was counted: a window after it nothing of the
-- slot stands in anybody's way. Null in counters of before.
ALTER TABLE rate_counters ADD COLUMN last_at timestamptz;

-- +goose Down

ALTER TABLE rate_counters DROP COLUMN last_at;
ALTER TABLE appeals DROP COLUMN hidden;
