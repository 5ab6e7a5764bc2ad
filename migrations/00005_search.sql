-- What a search of the purchases looks at, apart from what it shows: half as wide
-- as the register, and with one index for every filter, so that thousands of hits
-- are counted, summed and put in order before twenty of them are read. See
-- docs/adr/0017.

-- +goose Up

CREATE TABLE procurement_finds (
  kind     text NOT NULL,
  id       text NOT NULL,
  day      timestamptz NOT NULL,
  amount   numeric(20, 2),
  currency text NOT NULL,
  example  boolean NOT NULL,
  terms    tsvector NOT NULL,                        -- the words of the row, and a mark (=…) for each value that a filter asks for
  PRIMARY KEY (id, kind)                             -- so that nothing is walked by its kind here
) WITH (fillfactor = 90);

-- The terms of a row of the register: its words and marks. The signs are not among
-- them: every recalculation changes some, which would cost the whole row. No word of a person begins with
-- «=», so no beginning of one finds a mark. The search makes the same ones.
-- +goose StatementBegin
CREATE FUNCTION procurement_terms(r procurement_register) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
  SELECT r.search || array_to_tsvector(
    ARRAY['=b' || r.buyer_code, '=m' || r.method, '=t' || r.status, '=y' || r.year]
    || ARRAY(SELECT '=s' || x FROM unnest(r.supplier_keys) x)
    || ARRAY(SELECT '=c' || x FROM unnest(r.cpv_path) x))
$$;
CREATE FUNCTION procurement_find() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO procurement_finds AS f (kind, id, day, amount, currency, example, terms)
  VALUES (NEW.kind, NEW.id, NEW.day, NEW.amount, NEW.currency, NEW.example, procurement_terms(NEW))
  ON CONFLICT (id, kind) DO UPDATE SET day = excluded.day, amount = excluded.amount, currency = excluded.currency, example = excluded.example,
    terms = excluded.terms;
  RETURN NULL;
END $$;
CREATE FUNCTION procurement_lose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM procurement_finds f WHERE f.id = OLD.id AND f.kind = OLD.kind;
  RETURN NULL;
END $$;
-- +goose StatementEnd

INSERT INTO procurement_finds (kind, id, day, amount, currency, example, terms)
  SELECT r.kind, r.id, r.day, r.amount, r.currency, r.example, procurement_terms(r) FROM procurement_register r ORDER BY r.kind, r.day DESC, r.id;

-- Without a list of what waits to be sorted in: it would be read by every search.
CREATE INDEX procurement_finds_contract ON procurement_finds USING gin (terms) WITH (fastupdate = off) WHERE kind = 'contract';
CREATE INDEX procurement_finds_tender ON procurement_finds USING gin (terms) WITH (fastupdate = off) WHERE kind = 'tender';
CREATE INDEX procurement_finds_plan ON procurement_finds USING gin (terms) WITH (fastupdate = off) WHERE kind = 'plan';

CREATE TRIGGER find_new AFTER INSERT ON procurement_register FOR EACH ROW EXECUTE FUNCTION procurement_find();
CREATE TRIGGER find_changed AFTER UPDATE ON procurement_register FOR EACH ROW
  WHEN ((OLD.day, OLD.year, OLD.amount, OLD.currency, OLD.example, OLD.buyer_code, OLD.method, OLD.status, OLD.supplier_keys, OLD.cpv_path, OLD.search)
    IS DISTINCT FROM (NEW.day, NEW.year, NEW.amount, NEW.currency, NEW.example, NEW.buyer_code, NEW.method, NEW.status, NEW.supplier_keys, NEW.cpv_path, NEW.search))
  EXECUTE FUNCTION procurement_find();
CREATE TRIGGER find_gone AFTER DELETE ON procurement_register FOR EACH ROW EXECUTE FUNCTION procurement_lose();

ANALYZE procurement_finds;
