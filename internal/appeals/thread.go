package appeals

import (
	"context"
	"encoding/hex"
	"io"
	"strings"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/files"
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
	files    []files.Accepted
}

// say writes the message and gives its id.
func say(tx *db.Tx, a *Appeal, m message) (id int64, err error) {
	var key *uuid.UUID
	if m.key != uuid.Nil {
		key = &m.key
	}
	err = tx.Pgx().QueryRow(tx.Statement.Context,
		`INSERT INTO appeal_messages (appeal_id, author_id, author_name, side, internal, question, filing_key, body, created_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
		a.ID, tx.Actor.ID, tx.Actor.Name, m.side, m.internal, m.question, key, strings.TrimSpace(m.body), tx.Now).Scan(&id)
	return id, err
}

// once makes a second submit of the same form, with the same words and files, a
// success that changes nothing. Other words or files under the key of a form that
// was sent already (somebody went back and wrote on) are errs.Conflict: nothing
// of them may be dropped in silence.
func (s *Service) once(ctx context.Context, who authz.Actor, number string, m message, err error) error {
	if db.Constraint(err) != "appeal_messages_filing_key_key" {
		return err
	}
	// The primary is asked: on a replica that is behind the first submit is not there yet.
	var same bool
	err = s.db.Pool().QueryRow(ctx, `SELECT m.author_id = $2 AND a.number = $3 AND m.internal = $4 AND m.question = $5 AND m.body = $6 AND
		coalesce((SELECT e.data -> 'sums' FROM appeal_events e WHERE e.appeal_id = m.appeal_id AND e.kind = 'replied' AND e.data ->> 'key' = $7), '[]') = $8::jsonb
		FROM appeal_messages m JOIN appeals a ON a.id = m.appeal_id WHERE m.filing_key = $1`,
		m.key, who.ID, number, m.internal, m.question, strings.TrimSpace(m.body), m.key.String(), sums(m.files)).Scan(&same)
	if err == nil && !same {
		return errs.Conflict("appeals.conflict_said")
	}
	return err
}

// sums are the digests of files as they were sent: a photo is encoded anew later.
func sums(list []files.Accepted) []string {
	out := make([]string, 0, len(list))
	for _, f := range list {
		out = append(out, hex.EncodeToString(f.SHA256))
	}
	return out
}

// Ask puts a question to the applicant. The statutory term runs on: the law
// knows no pause.
func (s *Service) Ask(ctx context.Context, who authz.Actor, number string, key uuid.UUID, body string) error {
	m := message{side: "city", question: true, body: body, key: key}
	return s.once(ctx, who, number, m, s.change(ctx, who, number, 0, moveAsk, func(tx *db.Tx, a *Appeal) (Event, error) {
		if err := judgeMessage(body); err != nil {
			return Event{}, err
		}
		if _, err := say(tx, a, m); err != nil {
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
	m := message{side: "city", internal: true, body: body, key: key}
	return s.once(ctx, who, number, m, s.db.Write(ctx, who, authz.AppealWork, func(tx *db.Tx) error {
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
		_, err = say(tx, a, m)
		return err
	}))
}

// AcceptForReply takes a file that is about to go with a word of the applicant:
// only of his own appeal, and only while it takes words. The blob is stored before
// its row, as that of a draft; one whose word never came is swept. Errors of
// files.Accept are for the person to read.
func (s *Service) AcceptForReply(ctx context.Context, who authz.Actor, number, name string, r io.Reader) (files.Accepted, error) {
	c, err := s.Own(ctx, who, number)
	if err != nil {
		return files.Accepted{}, err
	}
	if c.State.Done() {
		return files.Accepted{}, errs.Conflict("appeals.conflict_done")
	}
	return s.blobs.Accept(ctx, name, r)
}

// Reply is the applicant's word in the thread, with files when he has some: as
// many as a draft takes. When the city waits for an answer, the appeal goes back
// to the executor.
func (s *Service) Reply(ctx context.Context, who authz.Actor, number string, key uuid.UUID, body string, attached ...files.Accepted) error {
	m := message{side: "resident", body: body, key: key, files: attached}
	return s.once(ctx, who, number, m, s.db.Write(ctx, who, authz.AppealReply, func(tx *db.Tx) error {
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
		if len(attached) > FilesMax {
			return errs.Fields().With("files", "files.too_many", "n", FilesMax)
		}
		id, err := say(tx, a, m)
		if err != nil {
			return err
		}
		e := Event{Kind: "replied", Public: true}
		for _, f := range attached {
			if _, err := putFile(tx, who, f, "appeal_id", a.ID, &id); err != nil {
				return err
			}
			e.Data = map[string]any{"key": key, "sums": sums(attached)}
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
		return record(tx, a, from, e)
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
