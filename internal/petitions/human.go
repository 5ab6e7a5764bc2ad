package petitions

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/platform/obs"
)

// One human being may have several accounts. Of one who has confirmed nothing the
// portal cannot know it: his mailbox is a signatory of its own
// (docs/petition-fraud.md). It becomes known when he confirms his identity in an
// account, or tries to in a second one; from then on he has one signature on each
// petition that gathers, the stronger one.

// weakerSQL tells whether there is one for makeWaySQL to take back.
const weakerSQL = `
SELECT EXISTS (SELECT FROM petition_signatures t JOIN strong_identities g ON t.strong = sha256($4 || sha256($3 || g.ident))
 WHERE g.person_id = $1 AND g.withdrawn_at IS NULL AND t.petition_id = $2 AND t.withdrawn_at IS NULL AND t.tier = 1)`

// makeWaySQL takes back the signature by a mailbox that the human being has given
// from another account. $1 person, $2 petition, $3, $4 its key, $5 now.
const makeWaySQL = `
UPDATE petition_signatures t SET withdrawn_at = $5
  FROM strong_identities g
 WHERE g.person_id = $1 AND g.withdrawn_at IS NULL AND t.petition_id = $2 AND t.withdrawn_at IS NULL AND t.tier = 1
   AND t.strong = sha256($4 || sha256($3 || g.ident))`

// errKept takes a change back: what stands stays.
var errKept = errors.New("the standing signature stays")

// press1 is insertSQL for one press inside of a transaction.
func press1(ctx context.Context, tx pgx.Tx, a *ask) (fate, error) {
	rows, err := tx.Query(ctx, insertSQL, columns([]*ask{a})...)
	if err != nil {
		return "", err
	}
	return pgx.CollectExactlyOneRow(rows, func(r pgx.CollectableRow) (f fate, err error) {
		var ord int
		err = r.Scan(&ord, &f)
		return f, err
	})
}

// outweigh looks why a press put no signature: where it is because the same human
// being has one by a mailbox from another account, and this press is by his
// confirmed identity, it takes that one's place. Else nothing changes.
func (s *Service) outweigh(ctx context.Context, a *ask) (fate, error) {
	got := fateAlready
	var weaker bool // hardly ever: who presses twice costs one look
	err := s.db.Pool().QueryRow(ctx, weakerSQL, a.person, a.key.id, a.key.ipad, a.key.opad).Scan(&weaker)
	if err != nil || !weaker {
		return got, err
	}
	err = s.writeSignature(ctx, func(tx *db.Tx) error {
		got = fateAlready
		p := tx.Pgx()
		var own bool // his own signature from this account: it is raised by his wish alone
		if err := p.QueryRow(ctx, "SELECT EXISTS ("+mineSQL+")", a.person, a.key.id, a.key.ipad, a.key.opad).Scan(&own); err != nil || own {
			return err
		}
		tag, err := p.Exec(ctx, makeWaySQL, a.person, a.key.id, a.key.ipad, a.key.opad, tx.Now)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		if got, err = press1(ctx, p, a); err == nil && got != fateSigned {
			err = errKept
		}
		return err
	})
	if errors.Is(err, errKept) {
		err = nil
	}
	if got == fateSigned && err == nil {
		s.poked()
	}
	return got, err
}

// writeSignature runs fn as the portal, with no request named: a trail that led to
// the person beside the row would undo its HMAC (ADR 0018). Whose signature fn
// changes is judged in its statements.
func (s *Service) writeSignature(ctx context.Context, fn func(tx *db.Tx) error) error {
	return s.db.Write(obs.WithRequest(ctx, ""), authz.System("petition-sign"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		return fn(tx)
	})
}

// Known settles the signatures of an account of which it became known whose it is:
// on every petition that gathers still, one by its mailbox gets the mark of the
// human being, or, where he has signed from another account, is taken back.
func (s *Service) Known(ctx context.Context, job kind.PetitionKnown) error {
	return s.eachSignable(ctx, func(k *petitionKey) error { return s.known(ctx, k, job.PersonID) })
}

func (s *Service) eachSignable(ctx context.Context, fn func(k *petitionKey) error) error {
	rows, err := s.db.Pool().Query(ctx, "SELECT number FROM petitions WHERE state IN ('supporting', 'gathering') ORDER BY id")
	if err != nil {
		return err
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	for _, n := range numbers {
		k, err := s.key(ctx, n)
		if err != nil {
			return err
		}
		if err := fn(k); err != nil {
			return err
		}
	}
	return nil
}

// unmarkedSQL finds accounts of which it is known whose they are, and that have a
// signature by their mailbox without the mark of it. $1 petition, $2, $3 its key.
const unmarkedSQL = `
SELECT g.person_id FROM strong_identities g JOIN people p ON p.id = g.person_id LEFT JOIN signers s ON s.person_id = p.id
  JOIN petition_signatures t ON t.petition_id = $1 AND t.withdrawn_at IS NULL AND t.tier = 1 AND t.strong IS NULL
   AND t.signer = sha256($3 || sha256($2 || convert_to(coalesce(s.ident, canonical_email(p.email)), 'UTF8')))`

// knownSince settles what the job could not: a petition that did not gather when it
// became known, and gathers again.
func (s *Service) knownSince(ctx context.Context) error {
	return s.eachSignable(ctx, func(k *petitionKey) error {
		rows, err := s.db.Pool().Query(ctx, unmarkedSQL, k.id, k.ipad, k.opad)
		if err != nil {
			return err
		}
		people, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		for _, id := range people {
			if err := s.known(ctx, k, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) known(ctx context.Context, k *petitionKey, person int64) error {
	took := false
	err := s.writeSignature(ctx, func(tx *db.Tx) error {
		took = false
		p := tx.Pgx()
		var open bool
		if err := p.QueryRow(ctx, "SELECT state IN ('supporting', 'gathering') AND ends_at > $2 FROM petitions WHERE id = $1 FOR KEY SHARE", k.id, tx.Now).Scan(&open); err != nil || !open {
			return err
		}
		var id int64
		var human []byte
		err := p.QueryRow(ctx, `SELECT t.id, sha256($4 || sha256($3 || g.ident)) FROM strong_identities g, petition_signatures t
			WHERE g.person_id = $1 AND t.petition_id = $2 AND t.id = (SELECT id FROM (`+mineSQL+`) m) AND t.withdrawn_at IS NULL AND t.tier = 1 FOR UPDATE OF t`,
			person, k.id, k.ipad, k.opad).Scan(&id, &human)
		if db.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		tag, err := p.Exec(ctx, `UPDATE petition_signatures SET withdrawn_at = $4 WHERE petition_id = $1 AND id = $2
			AND EXISTS (SELECT FROM petition_signatures o WHERE o.petition_id = $1 AND o.strong = $3 AND o.withdrawn_at IS NULL AND o.id <> $2)`, k.id, id, human, tx.Now)
		if err != nil {
			return err
		}
		if took = tag.RowsAffected() > 0; took {
			return nil
		}
		// Another account of his that signs at this moment makes the mark a second one:
		// the job comes again and finds it.
		_, err = p.Exec(ctx, "SELECT petition_known($1, $2, $3)", k.id, id, human)
		return err
	})
	if took && err == nil {
		s.poked()
	}
	return err
}
