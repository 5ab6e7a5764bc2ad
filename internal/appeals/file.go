package appeals

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs"
	"ereception/internal/platform/jobs/kind"
)

// Term counts the statutory term of an appeal that would be received at t.
func (s *Service) Term(ctx context.Context, p deadline.Procedure, t time.Time) (deadline.Result, error) {
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return deadline.Result{}, wrap("calendar", err)
	}
	return deadline.Of(p, t, false, cal)
}

// setTerm puts a counted term on the appeal, with what a person needs to check it.
func (a *Appeal) setTerm(r deadline.Result) {
	a.Procedure = r.Procedure
	a.RegisteredOn = r.Registered.Time()
	a.DueAt = r.DueAt
	a.InternalDue = r.InternalDue.Time()
	a.DueRule = r.Rule
	a.DueExplainUk = r.ExplanationIn(i18n.Ukrainian)
	a.DueExplainEn = r.ExplanationIn(i18n.English)
	a.CalendarVersion = r.CalendarVersion
	a.Extended = r.Extended
}

// Gate counts an attempt at filing; verdict is the answer once the batch has
// run. *ratelimit.Attempt is one.
type Gate interface {
	Queue(b *pgx.Batch) (verdict func() error)
}

// File files the draft: the appeal, its receipt and its first line of the
// timeline are one transaction, in one statement. Round trips are the cost of a
// write, so there are two: the gates are asked while the draft is read, and the
// transaction travels whole. A draft that was filed before gives the number of
// the same appeal: a double submit files once.
//
// Errors: those of the gates; errs.Invalid with the fields at fault;
// errs.NotFound for a draft that is not the actor's.
func (s *Service) File(ctx context.Context, who authz.Actor, id uuid.UUID, gates ...Gate) (number string, err error) {
	// The draft goes in the transaction that files it, so whether it was filed
	// before is asked only when it is gone.
	d, letter, err := s.takeDraft(ctx, who, id, gates)
	if errs.Is(err, errs.KindNotFound) {
		if n, ferr := s.filed(ctx, who, id); ferr != nil || n != "" {
			return n, ferr
		}
	}
	if err != nil {
		return "", err
	}
	if err := d.JudgeAll(); err != nil {
		return "", err
	}
	spot, err := s.spot(ctx, d)
	if err != nil {
		return "", err
	}
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return "", wrap("calendar", err)
	}
	err = s.db.Write(ctx, who, authz.AppealFile, func(tx *db.Tx) error {
		if err := tx.Authorize(ownDraft{who.ID}); err != nil {
			return err
		}
		a := d.receive(who, id, spot, tx.Now)
		term, err := deadline.Of(a.Kind.Procedure(), tx.Now, false, cal)
		if err != nil {
			return err
		}
		a.setTerm(term)
		if err := insertAppeal(tx, a, letter, &number); err != nil {
			return err
		}
		tx.AfterCommit(s.counts.drop)
		tx.AfterCommit(s.points.drop)
		tx.AfterCommit(s.hints.drop)
		return nil
	})
	if db.Constraint(err) == "appeals_author_id_filing_key_key" {
		return s.filed(ctx, who, id)
	}
	return number, known(err)
}

// takeDraft asks the gates, reads an own draft and takes the id of the letter
// that will say that it was received, all in one round trip.
func (s *Service) takeDraft(ctx context.Context, who authz.Actor, id uuid.UUID, gates []Gate) (d Draft, letter int64, err error) {
	b := &pgx.Batch{}
	verdicts := make([]func() error, len(gates))
	for i, g := range gates {
		verdicts[i] = g.Queue(b)
	}
	var data []byte
	b.Queue("SELECT data, nextval('letters_id_seq') FROM appeal_drafts WHERE id = $1 AND author_id = $2", [16]byte(id), who.ID).
		QueryRow(func(row pgx.Row) error {
			if err := row.Scan(&data, &letter); !db.IsNotFound(err) {
				return err
			}
			return nil
		})
	if err := s.db.Pool().SendBatch(ctx, b).Close(); err != nil {
		return d, 0, err
	}
	for _, v := range verdicts {
		if err := v(); err != nil {
			return d, 0, err
		}
	}
	if data == nil {
		return d, 0, errs.NotFound()
	}
	return d, letter, json.Unmarshal(data, &d)
}

// known turns the name of an entry of a register that does not exist into a
// mistake of its field.
func known(err error) error {
	switch db.Constraint(err) {
	case "appeals_topic_id_fkey":
		return errs.Fields().With("topic", "appeals.err.topic")
	case "appeals_addressee_id_fkey":
		return errs.Fields().With("addressee", "appeals.err.unit")
	}
	return err
}

func (s *Service) filed(ctx context.Context, who authz.Actor, key uuid.UUID) (string, error) {
	var n string
	err := s.db.Pool().QueryRow(ctx, "SELECT number FROM appeals WHERE author_id = $1 AND filing_key = $2", who.ID, key).Scan(&n)
	if db.IsNotFound(err) {
		return "", nil
	}
	return n, err
}

func (s *Service) spot(ctx context.Context, d Draft) (Spot, error) {
	if d.Lat == nil || d.Lon == nil {
		return Spot{}, nil
	}
	spot, err := s.loc.Spot(ctx, *d.Lat, *d.Lon)
	if err != nil {
		return Spot{}, wrap("locate", err)
	}
	if !spot.Inside {
		return spot, errs.Fields().With("lat", "appeals.err.outside")
	}
	return spot, nil
}

// CheckPlace judges the point of a draft: one outside the community is a mistake of the field lat.
func (s *Service) CheckPlace(ctx context.Context, d Draft) error {
	_, err := s.spot(ctx, d)
	return err
}

// receive makes the appeal of a draft. The moment of receipt is now and never changes.
func (d Draft) receive(who authz.Actor, key uuid.UUID, spot Spot, now time.Time) *Appeal {
	t := strings.TrimSpace
	return &Appeal{
		Kind: d.Kind, State: Received, Channel: "portal",
		AuthorID: who.ID, AuthorName: t(d.Name), AuthorAddress: t(d.Address), AuthorPhone: t(d.Phone), AuthorEmail: t(d.Email),
		AnswerChannel: d.Channel, AddresseeID: ptr(d.AddresseeID), TopicID: ptr(d.TopicID),
		Title: t(d.Title), Body: t(d.Body), Place: t(d.Place), Lat: d.Lat, Lon: d.Lon,
		DistrictID: ptr(spot.DistrictID), ConstituencyID: ptr(spot.ConstituencyID),
		// A request for information is answered to its author; it never stands on the map.
		Public:     d.Public && d.Kind != InfoRequest,
		ReceivedAt: now, FilingKey: key,
	}
}

// insertAppeal writes appeal, event, letter of receipt with its job and the move
// of the files in one statement, the last of its transaction. number is set when all of it is durable. Keys go as bare bytes, which pgx
// takes as they are; a uuid.UUID it would print and read again.
func insertAppeal(tx *db.Tx, a *Appeal, letter int64, number *string) error {
	job, jobArgs, err := tx.Inline(kind.SendLetter{LetterID: letter})
	if err != nil {
		return err
	}
	locale := tx.Actor.Locale
	if locale == "" {
		locale = i18n.Default
	}
	tx.Last(insertAppealSQL,
		a.ReceivedAt.In(i18n.Kyiv).Format("2006"), string(a.Kind), string(a.Procedure), string(a.State), a.Channel, a.AuthorID, a.AuthorName,
		a.AuthorAddress, a.AuthorPhone, a.AuthorEmail, string(a.AnswerChannel), a.AddresseeID, a.TopicID, a.Title, a.Body, a.Place,
		a.Lat, a.Lon, a.DistrictID, a.ConstituencyID, a.Public, a.ReceivedAt, a.RegisteredOn, a.DueAt, a.InternalDue,
		a.DueRule, a.DueExplainUk, a.DueExplainEn, a.CalendarVersion, [16]byte(a.FilingKey), a.Demo,
		tx.Actor.Name, locale, a.FilingKey.String()+".receipt", letter, job, jobArgs,
	).QueryRow(func(row pgx.Row) error { return row.Scan(number) })
	return nil
}

// The topic's unit is not taken here: until the specialist has registered the
// appeal it lies in the common queue. The draft goes when the appeal is there.
// A number has five digits at least, and more once a year has more appeals.
const insertAppealSQL = `
WITH a AS (
  INSERT INTO appeals (number, kind, procedure, state, channel, author_id, author_name, author_address, author_phone,
    author_email, answer_channel, addressee_id, topic_id, title, body, place, lat, lon, district_id, constituency_id,
    public, received_at, registered_on, due_at, internal_due, due_rule, due_explain_uk, due_explain_en,
    calendar_version, filing_key, demo)
  VALUES ($1 || '-' || to_char(nextval('appeal_numbers'), 'FM9999999900000'), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)
  RETURNING id, number, author_id, received_at, filing_key),
e AS (
  INSERT INTO appeal_events (appeal_id, at, kind, actor_id, actor_name, public, to_state)
  SELECT id, received_at, 'filed', author_id, $32, true, 'received' FROM a),
l AS (
  INSERT INTO letters (id, kind, person_id, appeal_id, locale, message_id, created_at) OVERRIDING SYSTEM VALUE
  SELECT $35, 'appeal.receipt', author_id, id, $33, $34, received_at FROM a),
j AS (
  ` + jobs.Into + ` SELECT $36::text, $37::jsonb FROM a WHERE $36 IS NOT NULL),
f AS (
  UPDATE files SET appeal_id = a.id, draft_id = NULL FROM a WHERE draft_id = a.filing_key),
d AS (
  DELETE FROM appeal_drafts USING a WHERE appeal_drafts.id = a.filing_key AND appeal_drafts.author_id = a.author_id)
SELECT number FROM a`

func indexLetter(a *Appeal) string {
	switch {
	case a.Kind == InfoRequest:
		return "ЗПІ" // «запит на публічну інформацію»: counted apart, Закон 2939-VI, ст. 18
	case has(a.Marks, MarkCollective):
		return "КО" // КМУ 348: collective
	}
	for _, r := range a.AuthorName {
		return strings.ToUpper(string(r)) // КМУ 348: first letter of the surname
	}
	return "БП"
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func indexOf(letter string, n int64, year int) string {
	return fmt.Sprintf("%s-%d/%d", letter, n, year)
}
