package identity

import (
	"context"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
)

// How long traces of an account are kept after they have lost their use
// (Закон 2297-VI, ст. 6, ч. 8: no longer than the purpose needs).
const (
	keepTokens   = 30 * 24 * time.Hour
	keepSessions = 90 * 24 * time.Hour
)

// Sweep deletes dead links, sessions long over and counters of attempts; the
// daily round calls it. Invitations stay: they tell an invited official from a
// sign-up that nobody confirmed.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.limit.Sweep(ctx, s.clock.Now()); err != nil {
		return err
	}
	return s.db.Write(ctx, authz.System("housekeeping"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM person_tokens WHERE purpose <> 'invite' AND expires_at < ?", tx.Now.Add(-keepTokens)).Error; err != nil {
			return err
		}
		return tx.Exec("DELETE FROM sessions WHERE least(ended_at, expires_at) < ?", tx.Now.Add(-keepSessions)).Error
	})
}
