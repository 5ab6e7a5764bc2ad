-- The hashes of addresses of a petition that was returned to its author and not mended.

-- +goose Up

-- It waits for its author as long as he likes. Its first signatures were gathered when
-- it was submitted: from then on the term runs, as from the end of a gathering.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION petition_forget(petition bigint, before timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  n bigint;
BEGIN
  PERFORM FROM petitions WHERE id = petition AND state NOT IN ('supporting', 'checking', 'gathering')
      AND CASE state WHEN 'returned' THEN submitted_at ELSE coalesce(reached_at, closed_at) END < least(before, now() - interval '30 days') FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  UPDATE petition_signatures SET net = '', ip = '', stem = '' WHERE petition_id = petition AND (net <> '' OR ip <> '' OR stem <> '');
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;
-- +goose StatementEnd

-- +goose Down

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION petition_forget(petition bigint, before timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  n bigint;
BEGIN
  PERFORM FROM petitions WHERE id = petition AND state NOT IN ('supporting', 'checking', 'returned', 'gathering')
      AND coalesce(reached_at, closed_at) < least(before, now() - interval '30 days') FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  UPDATE petition_signatures SET net = '', ip = '', stem = '' WHERE petition_id = petition AND (net <> '' OR ip <> '' OR stem <> '');
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;
-- +goose StatementEnd
