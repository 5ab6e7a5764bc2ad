package petitions

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

// Follow has the actor told of what becomes of a petition. Whether he signed it
// does not matter and is not told by it.
func (s *Service) Follow(ctx context.Context, who authz.Actor, number int64) error {
	return s.following(ctx, who, number, `INSERT INTO petition_follows (petition_id, person_id, created_at) VALUES ($1, $2, $3)
		ON CONFLICT (petition_id, person_id) DO UPDATE SET ended_at = NULL WHERE petition_follows.ended_at IS NOT NULL`)
}

// Unfollow ends it; there being none is no error.
func (s *Service) Unfollow(ctx context.Context, who authz.Actor, number int64) error {
	return s.following(ctx, who, number, "UPDATE petition_follows SET ended_at = $3 WHERE petition_id = $1 AND person_id = $2 AND ended_at IS NULL")
}

func (s *Service) following(ctx context.Context, who authz.Actor, number int64, sql string) error {
	return s.db.Write(ctx, who, authz.PetitionFollow, func(tx *db.Tx) error {
		var p Petition
		err := tx.Omit("search").Where("number = ?", number).Take(&p).Error
		if db.IsNotFound(err) {
			return errs.NotFound()
		}
		if err != nil {
			return err
		}
		if err := tx.Authorize(&p); err != nil {
			return err
		}
		_, err = tx.Pgx().Exec(ctx, sql, p.ID, who.ID, tx.Now)
		return err
	})
}

// Follows reports whether the actor follows the petition.
func (s *Service) Follows(ctx context.Context, who authz.Actor, number int64) (bool, error) {
	if !who.SignedIn() {
		return false, nil
	}
	var yes bool
	err := s.db.Pool().QueryRow(ctx, `SELECT EXISTS (SELECT FROM petition_follows f JOIN petitions p ON p.id = f.petition_id
		WHERE p.number = $1 AND f.person_id = $2 AND f.ended_at IS NULL)`, number, who.ID).Scan(&yes)
	return yes, err
}

// unfollowToken is what the link of a letter holds; it lets its bearer end this
// subscription and no more.
func (s *Service) unfollowToken(petition, person int64) string {
	n := strconv.FormatInt(petition, 36) + "-" + strconv.FormatInt(person, 36)
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte("petitions.unfollow " + n))
	return n + "." + hex.EncodeToString(h.Sum(nil))[:40]
}

func (s *Service) readToken(token string) (petition, person int64, err error) {
	n, _, _ := strings.Cut(token, ".")
	a, b, _ := strings.Cut(n, "-")
	petition, err1 := strconv.ParseInt(a, 36, 64)
	person, err2 := strconv.ParseInt(b, 36, 64)
	if err1 != nil || err2 != nil || !hmac.Equal([]byte(token), []byte(s.unfollowToken(petition, person))) {
		return 0, 0, errs.NotFound()
	}
	return petition, person, nil
}

// FollowedBy gives the number and the title of the petition of a letter's link;
// errs.NotFound for a forged one.
func (s *Service) FollowedBy(ctx context.Context, token string) (number int64, title string, err error) {
	petition, _, err := s.readToken(token)
	if err != nil {
		return 0, "", err
	}
	err = s.db.ReadPool().QueryRow(ctx, "SELECT number, title FROM petitions WHERE id = $1", petition).Scan(&number, &title)
	if db.IsNotFound(err) {
		err = errs.NotFound()
	}
	return number, title, err
}

// UnfollowByToken ends the subscription of a letter's link; a second time is no
// error.
func (s *Service) UnfollowByToken(ctx context.Context, token string) error {
	petition, person, err := s.readToken(token)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, authz.System("unfollow"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil { // the token names the row
			return err
		}
		_, err := tx.Pgx().Exec(ctx, "UPDATE petition_follows SET ended_at = $3 WHERE petition_id = $1 AND person_id = $2 AND ended_at IS NULL", petition, person, tx.Now)
		return err
	})
}

// newsBatch is how many followers one transaction tells.
const newsBatch = 500

// owed says whether the author is told of it whatever he chose of letters: the
// answer is sent to him (Закон 393/96-ВР, ст. 23-1: the answer goes to the author
// and is published), and so he is told when its review begins, or that his
// petition goes on as an appeal of his (the same article).
func owed(what string) bool { return what == "announced" || what == "answered" || what == "not_enough" }

// turns are what contradicts each other of what is told: whether a petition has its
// signatures. That it has lost them is told to its author alone.
var turns = []string{"reached", tellUnreached, "not_enough"}

const tellUnreached = "unreached"

// tellLost tells the author that his petition has lost its signatures and gathers on.
func (s *Service) tellLost(tx *db.Tx, p *Petition) error {
	if p.AuthorID == nil {
		return nil
	}
	if err := tx.Exec(`INSERT INTO petition_follows (petition_id, person_id, told, created_at) VALUES (?, ?, ARRAY[?], ?)
		ON CONFLICT (petition_id, person_id) DO UPDATE SET told = petition_follows.told || excluded.told`, p.ID, *p.AuthorID, tellUnreached, tx.Now).Error; err != nil {
		return err
	}
	return s.write(tx, p, tellUnreached)
}

// News tells the author and every follower what became of a petition. Who ended
// his letters gets none, but for the author what he is owed. Each is
// told a thing once, however often the job runs: the letter and the mark of it
// are one transaction. Milestones may be told of again and again, once per job. That
// a petition has its signatures, or has not, is told again where it contradicts what
// the person was told of it last: sweeps and their undoing may turn it more than once.
func (s *Service) News(ctx context.Context, job kind.PetitionNews) error {
	for {
		n := 0
		err := s.db.Write(ctx, authz.System("petition-news"), authz.JobRun, func(tx *db.Tx) error {
			if err := tx.Authorize(authz.Anyone); err != nil {
				return err
			}
			mark := job.What
			if job.What == "milestone" {
				var done int64
				if err := tx.Pgx().QueryRow(ctx, "SELECT count(*) FROM petition_events WHERE petition_id = $1 AND kind = 'milestone'", job.PetitionID).Scan(&done); err != nil {
					return err
				}
				mark += ":" + strconv.FormatInt(done, 10)
			}
			// The author hears of his petition without asking.
			if _, err := tx.Pgx().Exec(ctx, `INSERT INTO petition_follows (petition_id, person_id, created_at) SELECT id, author_id, $2 FROM petitions
				WHERE id = $1 AND author_id IS NOT NULL ON CONFLICT DO NOTHING`, job.PetitionID, tx.Now); err != nil {
				return err
			}
			rows, err := tx.Pgx().Query(ctx, `UPDATE petition_follows SET told = told || $2 WHERE (petition_id, person_id) IN (
				SELECT f.petition_id, f.person_id FROM petition_follows f JOIN people p ON p.id = f.person_id AND p.status = 'active'
				 WHERE f.petition_id = $1 AND (f.ended_at IS NULL OR $4 AND f.person_id = (SELECT author_id FROM petitions WHERE id = $1))
				   AND CASE WHEN $2 = ANY ($5) THEN $2 IS DISTINCT FROM (SELECT t FROM unnest(f.told) WITH ORDINALITY AS u (t, i) WHERE t = ANY ($5) ORDER BY i DESC LIMIT 1)
				     ELSE NOT $2 = ANY (f.told) END ORDER BY f.person_id LIMIT $3 FOR UPDATE OF f)
				RETURNING person_id`, job.PetitionID, mark, newsBatch, owed(job.What), turns)
			if err != nil {
				return err
			}
			people, err := pgx.CollectRows(rows, pgx.RowTo[int64])
			if err != nil {
				return err
			}
			for _, id := range people {
				if err := notify.Queue(tx, notify.Letter{Kind: letterKind(job.What), PersonID: id, Data: map[string]any{"petition": job.PetitionID}}); err != nil {
					return err
				}
			}
			n = len(people)
			return nil
		})
		if err != nil || n < newsBatch {
			return err
		}
	}
}
