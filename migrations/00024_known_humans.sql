-- One human being behind several accounts (internal/identity/strong.go,
-- internal/petitions/human.go).

-- +goose Up

-- A confirmation that was withdrawn, or that was refused because the identity stands
-- with another account, is still knowledge of whose account this is. One account
-- alone has it standing.
ALTER TABLE strong_identities DROP CONSTRAINT strong_identities_ident_key;
CREATE UNIQUE INDEX strong_identities_standing ON strong_identities (ident) WHERE withdrawn_at IS NULL;
CREATE INDEX strong_identities_known ON strong_identities (ident) WHERE withdrawn_at IS NOT NULL;

-- petition_signatures.strong stands with a signature by e-mail too when it is known
-- whose account gave it: the unique index then holds one signature a human being.
-- The role of the portal may not write the column: the function fills an empty one
-- of a standing signature by e-mail, and nothing else.
-- +goose StatementBegin
CREATE FUNCTION petition_known(petition bigint, signature bigint, human bytea) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE petition_signatures SET strong = human
   WHERE petition_id = petition AND id = signature AND tier = 1 AND strong IS NULL AND withdrawn_at IS NULL
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION petition_known(bigint, bigint, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION petition_known(bigint, bigint, bytea) TO erec_app;

-- +goose Down

DROP FUNCTION petition_known(bigint, bigint, bytea);
SELECT set_config('app.actor', 'system:migrate', true), set_config('app.action', 'job.run', true);
DELETE FROM strong_identities WHERE withdrawn_at IS NOT NULL;
DROP INDEX strong_identities_known;
DROP INDEX strong_identities_standing;
ALTER TABLE strong_identities ADD CONSTRAINT strong_identities_ident_key UNIQUE (ident);
