-- What is like a petition is found by an index of titles in the portal's memory
-- (internal/petitions/titles.go), no longer by trigrams.

-- +goose Up

DROP INDEX petitions_stems;
ALTER TABLE petitions DROP COLUMN stems;
DROP TRIGGER audit_row ON petitions;
SELECT audit.attach('petitions', 'id', 'search,salt,support_key');
