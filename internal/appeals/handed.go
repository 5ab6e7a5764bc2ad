package appeals

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Handed is a matter that another area hands over to be considered as an
// ordinary appeal: a petition that did not gather its signatures (Закон
// 393/96-ВР, ст. 23-1).
type Handed struct {
	Key        uuid.UUID // the same key gives the same appeal
	AuthorID   int64
	ReceivedAt time.Time // from which its own term runs
	Draft      Draft
}

// TakeOver makes an appeal of what was handed over and gives its number; a
// second time it gives the number of the same appeal. The author gets the
// receipt as for an appeal of his own. Who may ask is the caller's matter: only
// workers of the portal do.
func (s *Service) TakeOver(ctx context.Context, who authz.Actor, h Handed) (number string, err error) {
	author := authz.Actor{Kind: authz.KindPerson, ID: h.AuthorID}
	if n, err := s.filed(ctx, author, h.Key); err != nil || n != "" {
		return n, err
	}
	spot, err := s.spot(ctx, h.Draft)
	if err != nil {
		return "", err
	}
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return "", wrap("calendar", err)
	}
	var numbers map[uuid.UUID]string
	err = s.db.Write(ctx, who, authz.AppealFile, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		never, err := topicIsPersonal(ctx, tx, h.Draft.TopicID)
		if err != nil {
			return err
		}
		a := h.Draft.receive(author, h.Key, spot, never, h.ReceivedAt)
		term, err := deadline.Of(a.Kind.Procedure(), h.ReceivedAt, false, cal)
		if err != nil {
			return err
		}
		a.setTerm(term)
		var letter int64
		if err := tx.Pgx().QueryRow(ctx, "SELECT nextval('letters_id_seq')").Scan(&letter); err != nil {
			return err
		}
		if numbers, err = insertAppeals(tx, newAppeal{a, who, letter}); err != nil {
			return err
		}
		tx.AfterCommit(s.counts.drop)
		tx.AfterCommit(s.points.drop)
		tx.AfterCommit(s.hints.drop)
		return nil
	})
	if db.Constraint(err) == "appeals_author_id_filing_key_key" {
		return s.filed(ctx, author, h.Key)
	}
	return numbers[h.Key], known(err)
}

// HandBack takes an appeal that was a petition from control without an answer: the
// petition has its signatures after all and is reviewed as one (Закон 393/96-ВР, ст.
// 23-1). One to which the city has said its word stays as it is, and back is false.
// It is safe to ask twice. Who may ask is the caller's matter: only workers of the
// portal do.
func (s *Service) HandBack(ctx context.Context, who authz.Actor, number string, petition int64) (back bool, err error) {
	err = s.change(ctx, who, number, 0, moveHandBack, func(tx *db.Tx, a *Appeal) (Event, error) {
		a.ClosedAt = &tx.Now
		return Event{Kind: "handed_back", Public: true, Data: map[string]any{"petition": strconv.FormatInt(petition, 10)}}, nil
	})
	if errs.Is(err, errs.KindConflict) {
		err = s.db.Pool().QueryRow(ctx, `SELECT EXISTS (SELECT FROM appeal_events e JOIN appeals a ON a.id = e.appeal_id WHERE a.number = $1 AND e.kind = 'handed_back')`, number).Scan(&back)
		return back, err
	}
	return err == nil, err
}
