package petitions

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/jobs/kind"
)

// NetworksKept is how long after the end of a gathering the keyed hashes of
// addresses, networks and mailboxes' stems stay when Options says nothing: long
// enough to look for forged signatures, to object and to undo (Закон 2297-VI,
// ст. 6: no longer than the purpose needs; the term is the city's, docs/legal-check.md §8).
const NetworksKept = 180 * 24 * time.Hour

// Forget is the daily job that erases what only the fraud desk needed of
// signatures, once its term is over. The signatures themselves, their names,
// moments and tiers stay. That it was done stands in the trail of the petition. One that
// was returned to its author waits for him without an end: of it what is older than the
// term goes too.
func (s *Service) Forget(ctx context.Context, _ kind.PetitionsForget) error {
	before := s.clock.Now().Add(-s.networks)
	rows, err := s.db.Pool().Query(ctx, `SELECT id FROM petitions WHERE networks_erased_at IS NULL
		AND CASE state WHEN 'returned' THEN submitted_at ELSE coalesce(reached_at, closed_at) END < $1
		AND state NOT IN ('supporting', 'checking', 'gathering') ORDER BY id`, before)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	for _, id := range ids { // each by itself: a large petition is a long transaction
		err := s.db.Write(ctx, authz.System("petitions-forget"), authz.JobRun, func(tx *db.Tx) error {
			if err := tx.Authorize(authz.Anyone); err != nil {
				return err
			}
			if err := tx.Exec("SELECT petition_forget(?, ?)", id, before).Error; err != nil {
				return err
			}
			// The function has locked the row and may have refused: what is marked is what was erased.
			return tx.Exec(`UPDATE petitions SET networks_erased_at = ? WHERE id = ? AND networks_erased_at IS NULL
				AND NOT EXISTS (SELECT FROM petition_signatures s WHERE s.petition_id = petitions.id AND (s.net <> '' OR s.ip <> '' OR s.stem <> ''))`, tx.Now, id).Error
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetAnew is of a petition that will be signed again: new signatures bring new
// hashes, to be erased in their turn.
func forgetAnew(tx *db.Tx, p *Petition) error {
	return tx.Exec("UPDATE petitions SET networks_erased_at = NULL WHERE id = ? AND networks_erased_at IS NOT NULL", p.ID).Error
}
