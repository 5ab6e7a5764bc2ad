-- New rows in the trail; signatures that were swept; where definer functions look.

-- +goose Up

-- Whose signature was taken out and taken back (internal/petitions/sign.go): asked
-- for at each press, so the few rows stand in indexes of their own.
CREATE INDEX petition_signatures_swept ON petition_signatures (petition_id, signer) WHERE withdrawn_at IS NOT NULL AND sweep_id IS NOT NULL;
CREATE INDEX petition_signatures_swept_strong ON petition_signatures (petition_id, strong) WHERE withdrawn_at IS NOT NULL AND sweep_id IS NOT NULL AND strong IS NOT NULL;

-- Until when days were given back for a signing that was switched off: a second time
-- on the same day gives no second day.
ALTER TABLE petition_switches ADD COLUMN given_until timestamptz;

-- Without pg_temp at the end of a search_path it stands first for tables: whoever
-- calls a definer function could put a table of his own in the place of a real one.
ALTER FUNCTION audit.record() SET search_path = pg_catalog, audit, pg_temp;
ALTER FUNCTION audit.ensure_partitions(date) SET search_path = pg_catalog, audit, pg_temp;
ALTER FUNCTION petition_forget(bigint, timestamptz) SET search_path = pg_catalog, public, pg_temp;

-- New rows are written to the trail by a trigger of their statement, not one by one:
-- what a trigger costs is mostly its own start and that of the statement within, and
-- those who share a transaction (00013) share that too.
--
-- The trail of a new row is what it was: [values], without the columns of the second
-- argument of attach(), those with the name of a secret as •••. Whether a table has
-- such columns is settled when the trigger is made; a test holds it against the table.
-- Who wrote it: app.actor; where that is «each», what app.each says under the row's
-- filing_key. A row of nobody is AU001, as ever.
-- +goose StatementBegin
CREATE FUNCTION audit.nobody(t text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a write to % without an actor', t USING ERRCODE = 'AU001';
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION audit.record_new() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, audit, pg_temp AS $$
DECLARE
  who     text := nullif(current_setting('app.actor', true), '');
  behind  text := coalesce(current_setting('app.acting_for', true), '');
  request text := coalesce(current_setting('app.request', true), '');
  act     text := coalesce(nullif(current_setting('app.action', true), ''), '?');
  skip    text[] := string_to_array(TG_ARGV[1], ',');
  each    jsonb;
BEGIN
  IF who = 'each' THEN
    each := coalesce(nullif(current_setting('app.each', true), ''), '{}');
    INSERT INTO audit.trail (table_name, row_id, op, actor, acting_for, action, request, changes)
    SELECT TG_TABLE_NAME, n ->> 'id', 'I', coalesce(each -> (n ->> 'filing_key') ->> 0, audit.nobody(TG_TABLE_NAME)),
           each -> (n ->> 'filing_key') ->> 1, act, each -> (n ->> 'filing_key') ->> 2, jsonb_build_array(n - skip)
      FROM (SELECT to_jsonb(f) AS n FROM fresh f OFFSET 0) r;
  ELSIF TG_ARGV[0] = 'id' AND TG_ARGV[2] = '' THEN
    INSERT INTO audit.trail (table_name, row_id, op, actor, acting_for, action, request, changes)
    SELECT TG_TABLE_NAME, n ->> 'id', 'I', coalesce(who, audit.nobody(TG_TABLE_NAME)), behind, act, request, jsonb_build_array(n - skip)
      FROM (SELECT to_jsonb(f) AS n FROM fresh f OFFSET 0) r;
  ELSE
    INSERT INTO audit.trail (table_name, row_id, op, actor, acting_for, action, request, changes)
    SELECT TG_TABLE_NAME, (SELECT string_agg(n ->> c, '/' ORDER BY ord) FROM unnest(string_to_array(TG_ARGV[0], ',')) WITH ORDINALITY AS t (c, ord)),
           'I', coalesce(who, audit.nobody(TG_TABLE_NAME)), behind, act, request,
           jsonb_build_array((SELECT jsonb_object_agg(key, CASE WHEN key ~ '(password|secret|token|hash)' AND value <> 'null' THEN '"•••"' ELSE value END) FROM jsonb_each(n - skip)))
      FROM (SELECT to_jsonb(f) AS n FROM fresh f OFFSET 0) r;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, audit, pg_temp AS $$
DECLARE
  who     text := nullif(current_setting('app.actor', true), '');
  behind  text := coalesce(current_setting('app.acting_for', true), '');
  request text := coalesce(current_setting('app.request', true), '');
  mine    jsonb;
  o       jsonb := to_jsonb(OLD);
  n       jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}'::jsonb ELSE to_jsonb(NEW) END;
  skip    text[] := string_to_array(TG_ARGV[1], ',');
  diff    jsonb;
  name    text;
BEGIN
  IF who IS NULL THEN
    PERFORM audit.nobody(TG_TABLE_NAME);
  END IF;
  SELECT jsonb_object_agg(k, CASE WHEN k ~ '(password|secret|token|hash)' THEN '["•••","•••"]'::jsonb
                                  ELSE jsonb_build_array(o -> k, n -> k) END)
    INTO diff
    FROM jsonb_object_keys(CASE WHEN TG_OP = 'DELETE' THEN o ELSE n END) k
   WHERE NOT (k = ANY (skip)) AND (o -> k) IS DISTINCT FROM (n -> k);
  IF diff IS NULL THEN
    RETURN NULL;
  END IF;
  IF who = 'each' THEN
    mine := nullif(current_setting('app.each', true), '')::jsonb -> coalesce(n ->> 'filing_key', o ->> 'draft_id');
    who := coalesce(mine ->> 0, audit.nobody(TG_TABLE_NAME));
    behind := mine ->> 1;
    request := mine ->> 2;
  END IF;
  IF TG_ARGV[0] <> 'id' THEN
    SELECT string_agg(o ->> c, '/' ORDER BY ord)
      INTO name FROM unnest(string_to_array(TG_ARGV[0], ',')) WITH ORDINALITY AS t (c, ord);
  ELSE
    name := o ->> 'id';
  END IF;
  INSERT INTO audit.trail (table_name, row_id, op, actor, acting_for, action, request, changes)
  VALUES (TG_TABLE_NAME, name, left(TG_OP, 1)::"char", who, behind, coalesce(nullif(current_setting('app.action', true), ''), '?'), request, diff);
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit.attach(t regclass, keys text DEFAULT 'id', skip text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER audit_row AFTER UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit.record(%L, %L)', t, keys, skip);
  EXECUTE format('CREATE TRIGGER audit_new AFTER INSERT ON %s REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new(%L, %L, %L)', t, keys, skip,
    CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = t AND attnum > 0 AND NOT attisdropped AND attname ~ '(password|secret|token|hash)') THEN 'secrets' ELSE '' END);
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION audit.nobody(text), audit.record_new() FROM PUBLIC;

-- +goose StatementBegin
DO $$
DECLARE r record;
BEGIN
  FOR r IN
    SELECT tgrelid::regclass AS t, string_to_array(encode(tgargs, 'escape'), '\000') AS args
      FROM pg_trigger WHERE tgname = 'audit_row' AND tgtype & 4 > 0 -- those that fire on INSERT
  LOOP
    EXECUTE format('DROP TRIGGER audit_row ON %s', r.t);
    PERFORM audit.attach(r.t, r.args[1], r.args[2]);
  END LOOP;
END $$;
-- +goose StatementEnd
