-- The breakdown by districts as it is shown (internal/petitions/count.go, show.go).

-- +goose Up

-- What n was when the page was last brought up to date: in the night, and only when
-- ten names or more came or went since. A number that follows each signature points
-- at the newest name of the public list.
ALTER TABLE petition_districts ADD COLUMN shown integer NOT NULL DEFAULT 0;
UPDATE petition_districts SET shown = n;

-- Petitions that have had their signatures, by their order in lists and open data.
CREATE INDEX petitions_reached ON petitions (published_at DESC, id DESC) WHERE reached_at IS NOT NULL;

-- +goose Down

DROP INDEX petitions_reached;
ALTER TABLE petition_districts DROP COLUMN shown;
