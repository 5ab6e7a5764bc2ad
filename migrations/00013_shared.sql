-- Several people may share one transaction (db.WriteShared).

-- +goose Up

-- record() is as before, and knows one actor more: «each». Then the row's own key
-- (filing_key of an appeal, draft_id of a file that goes with it) is looked up in
-- app.each, {key: [actor, acting_for, request]}. A key that is not there is a write
-- without an actor.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, audit AS $$
DECLARE
  who     text := nullif(current_setting('app.actor', true), '');
  behind  text := coalesce(current_setting('app.acting_for', true), '');
  request text := coalesce(current_setting('app.request', true), '');
  mine    jsonb;
  o       jsonb;
  n       jsonb;
  skip    text[] := CASE WHEN TG_NARGS > 1 THEN string_to_array(TG_ARGV[1], ',') ELSE '{}' END;
  diff    jsonb;
  name    text;
BEGIN
  IF who IS NULL THEN
    RAISE EXCEPTION 'a write to % without an actor', TG_TABLE_NAME USING ERRCODE = 'AU001';
  END IF;
  IF TG_OP = 'INSERT' THEN
    n := to_jsonb(NEW);
    SELECT string_agg(k, ' ') INTO name FROM jsonb_object_keys(n) k;
    IF name ~ '(password|secret|token|hash)' THEN
      SELECT jsonb_build_array(jsonb_object_agg(key, CASE WHEN key ~ '(password|secret|token|hash)' AND value <> 'null' THEN '"•••"' ELSE value END))
        INTO diff FROM jsonb_each(n - skip);
    ELSE
      diff := jsonb_build_array(n - skip);
    END IF;
  ELSE
    o := to_jsonb(OLD);
    n := CASE WHEN TG_OP = 'DELETE' THEN '{}'::jsonb ELSE to_jsonb(NEW) END;
    SELECT jsonb_object_agg(k, CASE WHEN k ~ '(password|secret|token|hash)' THEN '["•••","•••"]'::jsonb
                                    ELSE jsonb_build_array(o -> k, n -> k) END)
      INTO diff
      FROM jsonb_object_keys(CASE WHEN TG_OP = 'DELETE' THEN o ELSE n END) k
     WHERE NOT (k = ANY (skip)) AND (o -> k) IS DISTINCT FROM (n -> k);
    IF diff IS NULL THEN
      RETURN NULL;
    END IF;
  END IF;
  IF who = 'each' THEN
    mine := nullif(current_setting('app.each', true), '')::jsonb -> coalesce(n ->> 'filing_key', o ->> 'draft_id');
    who := mine ->> 0;
    behind := mine ->> 1;
    request := mine ->> 2;
    IF who IS NULL THEN
      RAISE EXCEPTION 'a write to % without an actor', TG_TABLE_NAME USING ERRCODE = 'AU001';
    END IF;
  END IF;
  IF TG_NARGS > 0 AND TG_ARGV[0] <> 'id' THEN
    SELECT string_agg(CASE WHEN TG_OP = 'DELETE' THEN o ->> c ELSE n ->> c END, '/' ORDER BY ord)
      INTO name FROM unnest(string_to_array(TG_ARGV[0], ',')) WITH ORDINALITY AS t(c, ord);
  ELSE
    name := CASE WHEN TG_OP = 'DELETE' THEN o ->> 'id' ELSE n ->> 'id' END;
  END IF;
  INSERT INTO audit.trail (table_name, row_id, op, actor, acting_for, action, request, changes)
  VALUES (TG_TABLE_NAME, name, left(TG_OP, 1)::"char", who, behind, coalesce(nullif(current_setting('app.action', true), ''), '?'), request, diff);
  RETURN NULL;
END $$;
-- +goose StatementEnd
