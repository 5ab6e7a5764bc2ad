-- What a full recalculation costs when every value is a new one: most of it was the
-- register's own index of words, written anew for each row whose signs changed, and
-- the packing of the values.

-- +goose Up

-- Words are found in procurement_finds (docs/adr/0017), by exports, feeds and digests too.
DROP INDEX procurement_register_words_contract;
DROP INDEX procurement_register_words_tender;
DROP INDEX procurement_register_words_plan;

-- See 00003: a PostgreSQL without lz4 keeps pglz.
-- +goose StatementBegin
DO $$
BEGIN
  ALTER TABLE procurement_results ALTER COLUMN values SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END $$;
-- +goose StatementEnd
