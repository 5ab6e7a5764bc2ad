-- Texts that may not stay on the public map (internal/appeals/hide.go).

-- +goose Up

-- Why an official took the appeal from the map; empty: nobody did. The author's
-- own wish is the column public, and stays what it was.
ALTER TABLE appeals ADD COLUMN hidden text NOT NULL DEFAULT ''
  CHECK (hidden IN ('', 'personal_data', 'rights', 'secret', 'request')); -- Закон 393/96-ВР, ст. 10; Закон 2297-VI, ст. 14

-- +goose Down

ALTER TABLE appeals DROP COLUMN hidden;
