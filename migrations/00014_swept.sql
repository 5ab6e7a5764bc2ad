-- What was swept stays swept, and definer functions look nowhere else.

-- +goose Up

-- Whose signature was taken out and taken back (internal/petitions/sign.go): asked
-- for at each press, so the few rows stand in indexes of their own.
CREATE INDEX petition_signatures_swept ON petition_signatures (petition_id, signer) WHERE withdrawn_at IS NOT NULL AND sweep_id IS NOT NULL;
CREATE INDEX petition_signatures_swept_strong ON petition_signatures (petition_id, strong) WHERE withdrawn_at IS NOT NULL AND sweep_id IS NOT NULL AND strong IS NOT NULL;

-- Without pg_temp at the end of a search_path it stands first for tables: whoever
-- calls a definer function could put a table of his own in the place of a real one.
ALTER FUNCTION audit.record() SET search_path = pg_catalog, audit, pg_temp;
ALTER FUNCTION audit.ensure_partitions(date) SET search_path = pg_catalog, audit, pg_temp;
ALTER FUNCTION petition_forget(bigint, timestamptz) SET search_path = pg_catalog, public, pg_temp;
