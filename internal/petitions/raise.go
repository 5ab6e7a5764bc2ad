package petitions

import (
	"context"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/obs"
)

// Raise makes the actor's signature by a confirmed mailbox one by a confirmed
// identity, which he has had confirmed since: the signature is taken back and
// given anew in one transaction, so that it stands in the list once at every
// moment and counts in one tier alone. Its date becomes that of the press. A
// signature that stands by a confirmed identity already stays as it is.
//
// Errors: errs.NotFound without a standing signature; errs.Invalid without a
// confirmed identity; errs.Conflict when the gathering is over, or when the same
// human being has signed from another account; errs.Unavailable while signing is
// switched off.
func (s *Service) Raise(ctx context.Context, who authz.Actor, number int64, m Mark) error {
	if err := db.Allowed(who, authz.PetitionSign); err != nil {
		return err
	}
	if _, ok := identity.SignerName(who.Name); !ok {
		return errs.Fields().With("name", "petitionsign.err.name")
	}
	k, err := s.key(ctx, number)
	if err != nil {
		return err
	}
	a := s.newAsk(k, who.ID, m, s.clock.Now())
	// The writer is the portal, as of every signature, and no request is named: a
	// trail that led to the person beside the row would undo its HMAC (ADR 0018).
	err = s.db.Write(obs.WithRequest(ctx, ""), authz.System("petition-sign"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil { // his own signature: nobody else's can be named
			return err
		}
		p := tx.Pgx()
		var id int64
		var tier int
		var strong bool
		var err error
		for range 2 { // one that was withdrawn while it was waited for may stand anew by another press
			err = p.QueryRow(ctx, `SELECT t.id, t.tier, EXISTS (SELECT FROM strong_identities g WHERE g.person_id = $1 AND g.withdrawn_at IS NULL)
				FROM petition_signatures t WHERE t.petition_id = $2 AND t.id = (SELECT id FROM (`+mineSQL+`) m) AND t.withdrawn_at IS NULL FOR UPDATE`, who.ID, k.id, k.ipad, k.opad).Scan(&id, &tier, &strong)
			if !db.IsNotFound(err) {
				break
			}
		}
		switch {
		case db.IsNotFound(err):
			return errs.NotFound()
		case err != nil:
			return err
		case tier == tierStrong:
			return nil
		case !strong:
			return errs.Invalid("petitions.err.not_strong")
		}
		if _, err := p.Exec(ctx, "UPDATE petition_signatures SET withdrawn_at = $3 WHERE petition_id = $1 AND id = $2", k.id, id, tx.Now); err != nil {
			return err
		}
		rows, err := p.Query(ctx, insertSQL, columns([]*ask{a})...)
		if err != nil {
			return err
		}
		got, err := pgx.CollectExactlyOneRow(rows, func(r pgx.CollectableRow) (f fate, err error) {
			var ord int
			err = r.Scan(&ord, &f)
			return f, err
		})
		if err == nil && got == fateAlready {
			return errs.Conflict("petitions.err.strong_signed")
		}
		if err == nil {
			err = got.err()
		}
		return err
	})
	if err == nil {
		s.poked()
	}
	return err
}
