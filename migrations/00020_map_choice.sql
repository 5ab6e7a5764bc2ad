-- What the author decides about the map, and what never stands on it
-- (internal/appeals/hide.go).

-- +goose Up

-- Appeals on such a topic speak of the private life of a person or of the conduct
-- of an official: they are never shown on the map, whatever their author chose.
ALTER TABLE topics ADD COLUMN personal boolean NOT NULL DEFAULT false; -- Закон 393/96-ВР, ст. 10, ч. 1

-- The topics that came with the program. The portal itself changes them, so its
-- name stands in the trail; versions rise, so that every process reads them anew.
SELECT set_config('app.actor', 'system:migrate', true), set_config('app.action', 'job.run', true);
UPDATE topics SET personal = true, version = version + 1
  WHERE code IN ('housing.queue', 'education.kindergarten', 'health', 'social', 'social.veterans', 'social.idp', 'land.use', 'council');

-- Nothing is public unless its author said so.
ALTER TABLE appeals ALTER COLUMN public SET DEFAULT false;

-- +goose Down

ALTER TABLE appeals ALTER COLUMN public SET DEFAULT true;
ALTER TABLE topics DROP COLUMN personal;
