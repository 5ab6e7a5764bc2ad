package appeals

import (
	"context"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
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
	kept     []int64 // files of an earlier try that failed, see KeepForReply
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
	// A kept photo has been encoded anew since, so kept files are counted; a digest is
	// that of what came with this request.
	err = s.db.Pool().QueryRow(ctx, `SELECT m.author_id = $2 AND a.number = $3 AND m.internal = $4 AND m.question = $5 AND m.body = $6 AND
		jsonb_array_length(f.sums) = $8 AND f.sums @> $9::jsonb
		FROM appeal_messages m JOIN appeals a ON a.id = m.appeal_id,
		LATERAL (SELECT coalesce((SELECT e.data -> 'sums' FROM appeal_events e
			WHERE e.appeal_id = m.appeal_id AND e.kind IN ('replied', 'data_given') AND e.data ->> 'key' = $7), '[]') AS sums) f
		WHERE m.filing_key = $1`,
		m.key, who.ID, number, m.internal, m.question, strings.TrimSpace(m.body), m.key.String(), len(m.kept)+len(m.files), sums(m.files)).Scan(&same)
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
	if !c.State.TakesWords() {
		return files.Accepted{}, errs.Conflict("appeals.conflict_done")
	}
	return s.blobs.Accept(ctx, name, r)
}

// KeepForReply keeps the files of a word that could not be sent, so that nobody
// chooses them twice: the form names them when it comes again (kept in Reply).
// They belong to their owner alone and go after keepStray when no word comes.
func (s *Service) KeepForReply(ctx context.Context, who authz.Actor, number string, attached []files.Accepted) ([]int64, error) {
	var ids []int64
	err := s.db.Write(ctx, who, authz.AppealReply, func(tx *db.Tx) error {
		a, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(a); err != nil {
			return err
		}
		for _, acc := range attached {
			f, err := putFile(tx, who, acc, "appeal_id", nil, nil)
			if err != nil {
				return err
			}
			ids = append(ids, f.ID)
		}
		return nil
	})
	return ids, err
}

// stray is a file that belongs to nothing but its owner.
const stray = "draft_id IS NULL AND appeal_id IS NULL AND answer_id IS NULL AND message_id IS NULL"

// KeptForReply reads those of the named files that still wait for a word of who.
func (s *Service) KeptForReply(ctx context.Context, who authz.Actor, ids []int64) ([]File, error) {
	return s.filesWhere(ctx, "id = ANY ($1) AND owner_id = $2 AND "+stray, ids, who.ID)
}

// DropKept throws away a file that waits for a word of who; its blob is swept.
func (s *Service) DropKept(ctx context.Context, who authz.Actor, number string, id int64) error {
	return s.db.Write(ctx, who, authz.AppealReply, func(tx *db.Tx) error {
		a, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(a); err != nil {
			return err
		}
		return tx.Exec("DELETE FROM files WHERE id = ? AND owner_id = ? AND "+stray, id, who.ID).Error
	})
}

// Reply is the applicant's word in the thread, with files when he has some: as
// many as a draft takes, those of an earlier try (kept) included. When the city
// waits for an answer, the appeal goes back to the executor; one that was returned with
// an explanation is complete now, goes to the specialist and is considered from this
// moment on.
func (s *Service) Reply(ctx context.Context, who authz.Actor, number string, key uuid.UUID, body string, kept []int64, attached ...files.Accepted) error {
	m := message{side: "resident", body: body, key: key, files: attached, kept: kept}
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return wrap("calendar", err)
	}
	return s.once(ctx, who, number, m, s.db.Write(ctx, who, authz.AppealReply, func(tx *db.Tx) error {
		a, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(a); err != nil {
			return err
		}
		if !a.State.TakesWords() {
			return errs.Conflict("appeals.conflict_done")
		}
		if err := judgeMessage(body); err != nil {
			return err
		}
		if len(kept)+len(attached) > FilesMax {
			return errs.Fields().With("files", "files.too_many", "n", FilesMax)
		}
		id, err := say(tx, a, m)
		if err != nil {
			return err
		}
		digests, err := takeKept(tx, who, a.ID, id, kept)
		if err != nil {
			return err
		}
		for _, f := range attached {
			if _, err := putFile(tx, who, f, "appeal_id", a.ID, &id); err != nil {
				return err
			}
		}
		e := Event{Kind: "replied", Public: true}
		if digests = append(digests, sums(attached)...); len(digests) > 0 {
			e.Data = map[string]any{"key": key, "sums": digests}
		}
		from := a.State
		switch {
		case moveReply.Allows(a.State):
			err = a.apply(moveReply)
		case moveDataGiven.Allows(a.State):
			e.Kind = "data_given"
			err = a.complete(tx.Now, cal)
		}
		if err == nil && a.State != from {
			err = save(tx, a)
		}
		if err != nil {
			return err
		}
		tx.AfterCommit(s.counts.drop)
		tx.AfterCommit(s.points.drop)
		return record(tx, a, from, e)
	}))
}

// complete takes an appeal back that was returned to its author. The law does not say
// from when its term runs then; it is counted as of what is received at this moment,
// because nothing could be considered before (Закон 393/96-ВР, ст. 7; ст. 20, ч. 1).
func (a *Appeal) complete(now time.Time, cal calendar.Calendar) error {
	if err := a.apply(moveDataGiven); err != nil {
		return err
	}
	term, err := deadline.Of(a.Procedure, now, false, cal)
	if err != nil {
		return err
	}
	a.setTerm(term.Returned())
	a.AnsweredAt = nil
	return nil
}

// takeKept gives the kept files to a message. A file that is there no more is told
// of: the word does not go without it.
func takeKept(tx *db.Tx, who authz.Actor, appeal, message int64, kept []int64) ([]string, error) {
	if len(kept) == 0 {
		return nil, nil
	}
	q, err := tx.Pgx().Query(tx.Statement.Context, `UPDATE files SET appeal_id = $1, message_id = $2
		WHERE id = ANY ($3) AND owner_id = $4 AND `+stray+` RETURNING encode(sha256, 'hex')`, appeal, message, kept, who.ID)
	if err != nil {
		return nil, err
	}
	digests, err := pgx.CollectRows(q, pgx.RowTo[string])
	if err == nil && len(digests) < len(kept) {
		return nil, errs.Fields().With("files", "appeals.err.files_gone")
	}
	return digests, err
}

// Rate is the applicant's verdict. «Не вирішено» puts the appeal back on the
// desk of the manager who answered for it. The same verdict in the same words, sent a
// second time, is a success that changes nothing.
func (s *Service) Rate(ctx context.Context, who authz.Actor, number string, solved bool, comment string) error {
	m, rating := moveSolved, "solved"
	if !solved {
		m, rating = moveUnsolved, "unsolved"
	}
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return wrap("calendar", err)
	}
	err = s.change(ctx, who, number, 0, m, func(tx *db.Tx, a *Appeal) (Event, error) {
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
			term, err := deadline.Of(a.Procedure, tx.Now, false, cal)
			if err != nil {
				return Event{}, err
			}
			a.setTerm(term.Returned())
			a.ExecutorID, a.AnsweredAt, a.ClosedAt = nil, nil, nil
		}
		return Event{Kind: EventKind("rated_" + rating), Public: true, Data: map[string]any{"text": a.RatingComment}}, nil
	})
	if !errs.Is(err, errs.KindConflict) {
		return err
	}
	// The primary is asked: on a replica that is behind the first submit is not there yet.
	var same bool
	qerr := s.db.Pool().QueryRow(ctx, "SELECT author_id = $2 AND rating = $3 AND rating_comment = $4 FROM appeals WHERE number = $1 AND rated_at IS NOT NULL",
		number, who.ID, rating, strings.TrimSpace(comment)).Scan(&same)
	if qerr == nil && same {
		return nil
	}
	return err
}
