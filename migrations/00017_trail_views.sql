-- Looks at personal data in the trail (internal/audit/look.go).

-- +goose Up

-- As contact_views, for any record: who looked, when, at which record and why
-- (Закон 2297-VI, ст. 10, 24: access to personal data is kept account of).
CREATE TABLE trail_views (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  table_name text NOT NULL,
  row_id     text NOT NULL,
  viewer_id  bigint NOT NULL REFERENCES people,
  acting_for bigint,                                -- under whose mandate he looked, if any
  reason     text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX trail_views_row ON trail_views (table_name, row_id, id);
SELECT audit.freeze('trail_views');

-- +goose Down
DROP TABLE trail_views;
