-- What petitions keep, and for how long.

-- +goose Up

-- Hashes of addresses, networks and mailboxes' stems serve the fraud desk alone and
-- are erased some time after the gathering (internal/petitions/forget.go). The role
-- of the portal may not write these columns: the function empties them, and only of
-- a petition that has not been signed for thirty days.
ALTER TABLE petitions ADD COLUMN networks_erased_at timestamptz;
CREATE INDEX petitions_unerased ON petitions ((coalesce(reached_at, closed_at))) WHERE networks_erased_at IS NULL;

-- +goose StatementBegin
CREATE FUNCTION petition_forget(petition bigint, before timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
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
REVOKE EXECUTE ON FUNCTION petition_forget(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION petition_forget(bigint, timestamptz) TO erec_app;
