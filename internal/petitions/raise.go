package petitions

import (
	"context"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Raise makes the actor's signature by a confirmed mailbox one by a confirmed
// identity, which he has had confirmed since: the signature is taken back and
// given anew in one transaction, so that it stands in the list once at every
// moment and counts in one tier alone. Its date becomes that of the press. A
// signature that stands by a confirmed identity already stays as it is.
//
// Where the same human being has signed by his confirmed identity from another
// account, that one stands, and the one by the mailbox is taken back: one human
// being has one signature.
//
// Errors: errs.NotFound without a standing signature; errs.Invalid without a
// confirmed identity; errs.Conflict when the gathering is over, and, with the key
// petitions.err.strong_signed, when one from another account stood and stays;
// errs.Unavailable while signing is switched off.
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
	elsewhere := false
	err = s.writeSignature(ctx, func(tx *db.Tx) error {
		elsewhere = false
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
		if _, err := p.Exec(ctx, makeWaySQL, who.ID, k.id, k.ipad, k.opad, tx.Now); err != nil {
			return err
		}
		got, err := press1(ctx, p, a)
		if err == nil && got == fateTwice { // what he gave by identity stands, this one does not any more
			elsewhere = true
			return nil
		}
		if err == nil {
			err = got.err()
		}
		return err
	})
	if err != nil {
		return err
	}
	s.poked()
	if elsewhere {
		return errs.Conflict("petitions.err.strong_signed")
	}
	return nil
}
