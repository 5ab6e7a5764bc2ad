package appeals

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// MessageMax bounds one message of the thread, in characters.
const MessageMax = 4000

func judgeMessage(body string) error {
	switch n := length(body); {
	case n < 2:
		return errs.Fields().With("message", "appeals.err.message_short")
	case n > MessageMax:
		return errs.Fields().With("message", "appeals.err.body_long", "max", MessageMax)
	}
	return nil
}

type message struct {
	side     string
	internal bool
	question bool
	body     string
	key      uuid.UUID // idempotency key of the form
}

func say(tx *db.Tx, a *Appeal, m message) error {
	var key *uuid.UUID
	if m.key != uuid.Nil {
		key = &m.key
	}
	_, err := tx.Pgx().Exec(tx.Statement.Context,
		`INSERT INTO appeal_messages (appeal_id, author_id, author_name, side, internal, question, filing_key, body, created_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		a.ID, tx.Actor.ID, tx.Actor.Name, m.side, m.internal, m.question, key, strings.TrimSpace(m.body), tx.Now)
	return err
}

// once makes a second submit of the same form a success that changes nothing.
func once(err error) error {
	if db.Constraint(err) == "appeal_messages_filing_key_key" {
		return nil
	}
	return err
}

// Ask puts a question to the applicant. The statutory term runs on: the law
// knows no pause.
func (s *Service) Ask(ctx context.Context, who authz.Actor, number string, key uuid.UUID, body string) error {
	return once(s.change(ctx, who, number, 0, moveAsk, func(tx *db.Tx, a *Appeal) (Event, error) {
		if err := judgeMessage(body); err != nil {
			return Event{}, err
		}
		if err := say(tx, a, message{side: "city", question: true, body: body, key: key}); err != nil {
			return Event{}, err
		}
		if err := notify.Queue(tx, notify.Letter{Kind: "appeal.question", PersonID: a.AuthorID, AppealID: a.ID}); err != nil {
			return Event{}, err
		}
		return Event{Kind: "asked", Public: true}, nil
	}))
}

// Note keeps a word among officials; the applicant does not see it.
func (s *Service) Note(ctx context.Context, who authz.Actor, number string, key uuid.UUID, body string) error {
	return once(s.db.Write(ctx, who, authz.AppealWork, func(tx *db.Tx) error {
		a, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(a); err != nil {
			return err
		}
		if err := judgeMessage(body); err != nil {
			return err
		}
		return say(tx, a, message{side: "city", internal: true, body: body, key: key})
	}))
}

// Reply is the applicant's word in the thread. When the city waits for an
// answer, the appeal goes back to the executor.
func (s *Service) Reply(ctx context.Context, who authz.Actor, number string, key uuid.UUID, body string) error {
	return once(s.db.Write(ctx, who, authz.AppealReply, func(tx *db.Tx) error {
		a, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(a); err != nil {
			return err
		}
		if a.State.Done() {
			return errs.Conflict("appeals.conflict_done")
		}
		if err := judgeMessage(body); err != nil {
			return err
		}
		if err := say(tx, a, message{side: "resident", body: body, key: key}); err != nil {
			return err
		}
		from := a.State
		if moveReply.Allows(a.State) {
			if err := a.apply(moveReply); err != nil {
				return err
			}
			if err := save(tx, a); err != nil {
				return err
			}
		}
		tx.AfterCommit(s.counts.drop)
		return record(tx, a, from, Event{Kind: "replied", Public: true})
	}))
}

// Rate is the applicant's verdict. «Не вирішено» puts the appeal back on the
// desk of the manager who answered for it.
func (s *Service) Rate(ctx context.Context, who authz.Actor, number string, solved bool, comment string) error {
	m, rating := moveSolved, "solved"
	if !solved {
		m, rating = moveUnsolved, "unsolved"
	}
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return wrap("calendar", err)
	}
	return s.change(ctx, who, number, 0, m, func(tx *db.Tx, a *Appeal) (Event, error) {
		if length(comment) > 2000 {
			return Event{}, errs.Fields().With("comment", "appeals.err.body_long", "max", 2000)
		}
		if !solved && length(comment) < 10 {
			return Event{}, errs.Fields().With("comment", "appeals.err.unsolved_why")
		}
		a.Rating, a.RatingComment, a.RatedAt = &rating, strings.TrimSpace(comment), &tx.Now
		if solved {
			a.ClosedAt = &tx.Now
		} else {
			// A new term runs from the verdict; the moment of receipt of the appeal
			// itself stays.
			term, err := deadline.OfReturned(a.Procedure, tx.Now, cal)
			if err != nil {
				return Event{}, err
			}
			a.setTerm(term)
			a.ExecutorID, a.AnsweredAt, a.ClosedAt = nil, nil, nil
		}
		return Event{Kind: EventKind("rated_" + rating), Public: true, Data: map[string]any{"text": a.RatingComment}}, nil
	})
}
