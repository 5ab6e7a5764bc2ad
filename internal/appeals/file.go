package appeals

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/platform/obs"
	"ereception/internal/platform/together"
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
// timeline are one transaction, in one statement. What a commit and a statement
// cost is paid once for all who file at the same moment (package together): they
// share a transaction of two round trips, one that locks and reads the drafts, and
// one that writes. A draft that was filed before gives the number of the same appeal:
// a double submit files once. What comes back with a number is durable.
//
// Errors: those of the gates; errs.Invalid with the fields at fault;
// errs.NotFound for a draft that is not the actor's; errs.Unavailable with
// RetryAfter when more people file than the portal can carry.
func (s *Service) File(ctx context.Context, who authz.Actor, id uuid.UUID, gates ...Gate) (number string, err error) {
	if err := db.Allowed(who, authz.AppealFile); err != nil { // nobody may spoil the share of others
		return "", err
	}
	number, err = s.box.Do(ctx, &filing{who: who, id: id, gates: gates, request: obs.RequestID(ctx)})
	switch {
	case together.Crowded(err):
		e := errs.Unavailable("errors.crowd")
		e.RetryAfter = 5 * time.Second
		return "", e
	// The draft goes in the transaction that files it, so whether it was filed
	// before is asked only when it is gone, or when another one was quicker.
	case errs.Is(err, errs.KindNotFound), db.Constraint(err) == "appeals_author_id_filing_key_key":
		if n, ferr := s.filed(ctx, who, id); ferr != nil || n != "" {
			return n, ferr
		}
	}
	return number, known(err)
}

// The bounds of those who file at once. A share of 64 appeals is some hundred
// kilobytes on its way to the database.
var filingOptions = together.Options{Inside: 512, Share: 64, Flights: 2, Company: 3, Within: 20 * time.Second}

// filing is one draft on its way.
type filing struct {
	who     authz.Actor
	id      uuid.UUID
	gates   []Gate
	request string

	author int64 // of the draft
	data   []byte
	letter int64 // the id of the letter that will say that it was received
	never  bool  // his topic is of those that are never shown on the map
	spot   Spot
	draft  Draft
	wrong  error // why it cannot be filed
}

// fileShare files the drafts of people who came at the same moment. Where the
// database refuses one of them with all the others, each gets a transaction of
// his own.
func (s *Service) fileShare(ctx context.Context, share []*filing) []together.Answer[string] {
	out := make([]together.Answer[string], len(share))
	cal, err := s.cal.Calendar(ctx)
	if err == nil {
		err = s.askGates(ctx, share)
	}
	at := make(map[uuid.UUID]int, len(share))
	var group []*filing
	for i, f := range share {
		out[i].Err = f.wrong
		if err != nil {
			out[i].Err = err
		}
		if out[i].Err != nil {
			continue
		}
		if _, twice := at[f.id]; twice { // pressed twice: he asks for the number once the other one has it
			out[i].Err = errs.NotFound()
			continue
		}
		at[f.id] = i
		group = append(group, f)
	}
	if len(group) == 0 {
		return out
	}
	// One order for all: two shares with the same two drafts would wait for each other.
	slices.SortFunc(group, func(a, b *filing) int { return bytes.Compare(a.id[:], b.id[:]) })
	for shares := [][]*filing{group}; len(shares) > 0; shares = shares[1:] {
		group := shares[0]
		numbers, err := s.write(ctx, group, cal)
		if len(group) > 1 && db.Refused(err) {
			shares = slices.AppendSeq(shares, slices.Chunk(group, 1))
			continue
		}
		for _, f := range group {
			a := &out[at[f.id]]
			a.Value, a.Err = numbers[f.id], err
			if f.wrong != nil {
				a.Err = f.wrong
			}
		}
	}
	return out
}

// askGates asks the gates that count in the database, if there are any. They must
// count also what is refused, so they run before the transaction.
func (s *Service) askGates(ctx context.Context, share []*filing) error {
	// They lock their rows in no common order.
	return db.Retry(ctx, func() error {
		b := &pgx.Batch{}
		verdicts := make([][]func() error, len(share))
		for i, f := range share {
			for _, g := range f.gates {
				verdicts[i] = append(verdicts[i], g.Queue(b))
			}
		}
		if b.Len() > 0 {
			if err := s.db.Pool().SendBatch(ctx, b).Close(); err != nil {
				return err
			}
		}
		for i, list := range verdicts {
			for _, v := range list {
				if err := v(); err != nil && share[i].wrong == nil {
					share[i].wrong = err
				}
			}
		}
		return nil
	})
}

// write files the drafts of a share in one transaction; what is wrong with one of
// them stands in it, and the others are filed.
func (s *Service) write(ctx context.Context, group []*filing, cal calendar.Calendar) (numbers map[uuid.UUID]string, err error) {
	shares := make([]db.Share, len(group))
	for i, f := range group {
		shares[i] = db.Share{Actor: f.who, Key: f.id, Request: f.request}
	}
	err = s.db.WriteShared(ctx, authz.AppealFile, shares, func(tx *db.Tx) error {
		if err := lockDrafts(ctx, tx, group); err != nil {
			return err
		}
		list := make([]newAppeal, 0, len(group))
		terms := map[deadline.Procedure]deadline.Result{} // those who file together have the same moment
		for _, f := range group {
			if f.wrong = s.judge(ctx, tx, f); f.wrong != nil {
				continue
			}
			a := f.draft.receive(f.who, f.id, f.spot, f.never, tx.Now)
			term, ok := terms[a.Kind.Procedure()]
			if !ok {
				if term, err = deadline.Of(a.Kind.Procedure(), tx.Now, false, cal); err != nil {
					return err
				}
				terms[a.Kind.Procedure()] = term
			}
			a.setTerm(term)
			list = append(list, newAppeal{a, f.who, f.letter})
		}
		if len(list) == 0 {
			return errNobody
		}
		tx.AfterCommit(s.counts.drop)
		tx.AfterCommit(s.points.drop)
		tx.AfterCommit(s.hints.drop)
		numbers, err = insertAppeals(tx, list...)
		return err
	})
	if errors.Is(err, errNobody) {
		err = nil
	}
	return numbers, err
}

var errNobody = errors.New("nobody of the share has a draft that can be filed")

// lockDrafts reads the drafts, in their order, and takes the ids of the letters. A
// save or an upload that is on its way is waited for, and those to come wait: what
// is filed is what is judged.
func lockDrafts(ctx context.Context, tx *db.Tx, group []*filing) error {
	keys, at := make([][16]byte, len(group)), make(map[[16]byte]*filing, len(group))
	for i, f := range group {
		f.data = nil
		keys[i], at[f.id] = f.id, f
	}
	b := &pgx.Batch{} // a batch begins the transaction in the same round trip
	b.Queue(`SELECT id, author_id, data, nextval('letters_id_seq'), coalesce((SELECT personal FROM topics t WHERE t.id = (data->>'TopicID')::bigint), false)
		FROM appeal_drafts WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`, keys).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var id [16]byte
			var author, letter int64
			var data []byte
			var never bool
			if err := rows.Scan(&id, &author, &data, &letter, &never); err != nil {
				return err
			}
			f := at[id]
			f.author, f.data, f.letter, f.never = author, data, letter, never
		}
		return rows.Err()
	})
	return tx.Pgx().SendBatch(ctx, b).Close()
}

// judge decides whether the draft can be filed.
func (s *Service) judge(ctx context.Context, tx *db.Tx, f *filing) error {
	if f.data == nil {
		return errs.NotFound()
	}
	if err := tx.AuthorizeAs(f.who, ownDraft{f.author}); err != nil {
		return err
	}
	f.draft = Draft{} // a transaction may run anew
	if err := json.Unmarshal(f.data, &f.draft); err != nil {
		return err
	}
	if err := f.draft.JudgeAll(f.never); err != nil {
		return err
	}
	var err error
	f.spot, err = s.spot(ctx, f.draft)
	return err
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

// Filed gives the number of the appeal that a draft of the actor has become: the
// draft itself is gone then. Empty while there is none of his.
func (s *Service) Filed(ctx context.Context, who authz.Actor, draft uuid.UUID) (string, error) {
	if !who.SignedIn() {
		return "", nil
	}
	return s.filed(ctx, who, draft)
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

// CheckChoice judges what a step chose of the registers: a topic or an addressee that
// is not in use is a mistake of its field, and so is a decision about the map that the
// chosen topic leaves to the author and he has not made.
func (s *Service) CheckChoice(ctx context.Context, d Draft, step int) error {
	var field, key, sql string
	var id int64
	switch step {
	case StepWhat:
		field, key, sql, id = "addressee", "appeals.err.unit", "SELECT false FROM units WHERE id = $1 AND active", d.AddresseeID
	case StepMatter:
		field, key, sql, id = "topic", "appeals.err.topic", "SELECT personal FROM topics WHERE id = $1 AND active", d.TopicID
	}
	personal := false
	if id > 0 { // else none, or what Judge refuses
		err := s.db.ReadPool().QueryRow(ctx, sql, id).Scan(&personal)
		if db.IsNotFound(err) {
			return errs.Fields().With(field, key)
		}
		if err != nil {
			return err
		}
	}
	if step == StepMatter {
		return d.judgeShowing(personal)
	}
	return nil
}

// CheckPlace judges the point of a draft: one outside the community is a mistake of the field lat.
func (s *Service) CheckPlace(ctx context.Context, d Draft) error {
	_, err := s.spot(ctx, d)
	return err
}

// receive makes the appeal of a draft. The moment of receipt is now and never changes.
// personal says that its topic is never shown on the map.
func (d Draft) receive(who authz.Actor, key uuid.UUID, spot Spot, personal bool, now time.Time) *Appeal {
	t, line := strings.TrimSpace, func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return &Appeal{
		Kind: d.Kind, State: Received, Channel: "portal",
		AuthorID: who.ID, AuthorName: line(d.Name), AuthorAddress: line(d.Address), AuthorPhone: line(d.Phone), AuthorEmail: t(d.Email),
		AnswerChannel: d.Channel, AddresseeID: ptr(d.AddresseeID), TopicID: ptr(d.TopicID),
		Title: line(d.Title), Body: t(d.Body), Place: line(d.Place), Lat: d.Lat, Lon: d.Lon,
		DistrictID: ptr(spot.DistrictID), ConstituencyID: ptr(spot.ConstituencyID),
		// What its author was told would not be shown stays so, though the specialist finds another topic.
		Public:     d.Showing == ShownOnMap && d.Kind.Mapped() && !personal,
		ReceivedAt: now, FilingKey: key,
	}
}

// newAppeal is an appeal that is to be written, with who wrote it and the id of
// the letter that says so.
type newAppeal struct {
	*Appeal
	by     authz.Actor
	letter int64
}

// insertAppeals writes appeals, events, letters of receipt with their jobs and the
// moves of the files in one statement, the last of its transaction. numbers, by
// filing key, is filled when all of it is durable. Keys go as bare bytes, which
// pgx takes as they are; a uuid.UUID it would print and read again.
func insertAppeals(tx *db.Tx, list ...newAppeal) (numbers map[uuid.UUID]string, err error) {
	var c columns
	for _, a := range list {
		job, args, err := tx.Inline(kind.SendLetter{LetterID: a.letter})
		if err != nil {
			return nil, err
		}
		c.add(a, job, string(args))
	}
	numbers = make(map[uuid.UUID]string, len(list))
	tx.Last(insertAppealsSQL, c.args()...).Query(func(rows pgx.Rows) error {
		var key [16]byte
		var number string
		_, err := pgx.ForEachRow(rows, []any{&key, &number}, func() error {
			numbers[key] = number
			return nil
		})
		return err
	})
	return numbers, nil
}

// columns are the parameters of insertAppealsSQL: an array for each.
type columns struct {
	year, kind, procedure, state, channel, authorName, address, phone, email, answerChannel, title, body, place []string
	rule, explainUk, explainEn, calendar, actorName, locale, jobArgs                                            []string
	author, letter                                                                                              []int64
	addressee, topic, district, constituency                                                                    []*int64
	lat, lon                                                                                                    []*float64
	public, demo                                                                                                []bool
	received, due, registered, internal                                                                         []time.Time
	key                                                                                                         [][16]byte
	job                                                                                                         []*string
}

func (c *columns) add(a newAppeal, job *string, jobArgs string) {
	locale := a.by.Locale
	if locale == "" {
		locale = i18n.Default
	}
	c.year = append(c.year, a.ReceivedAt.In(i18n.Kyiv).Format("2006"))
	c.kind = append(c.kind, string(a.Kind))
	c.procedure = append(c.procedure, string(a.Procedure))
	c.state = append(c.state, string(a.State))
	c.channel = append(c.channel, a.Channel)
	c.author = append(c.author, a.AuthorID)
	c.authorName = append(c.authorName, a.AuthorName)
	c.address = append(c.address, a.AuthorAddress)
	c.phone = append(c.phone, a.AuthorPhone)
	c.email = append(c.email, a.AuthorEmail)
	c.answerChannel = append(c.answerChannel, string(a.AnswerChannel))
	c.addressee = append(c.addressee, a.AddresseeID)
	c.topic = append(c.topic, a.TopicID)
	c.title = append(c.title, a.Title)
	c.body = append(c.body, a.Body)
	c.place = append(c.place, a.Place)
	c.lat = append(c.lat, a.Lat)
	c.lon = append(c.lon, a.Lon)
	c.district = append(c.district, a.DistrictID)
	c.constituency = append(c.constituency, a.ConstituencyID)
	c.public = append(c.public, a.Public)
	c.received = append(c.received, a.ReceivedAt)
	c.registered = append(c.registered, a.RegisteredOn)
	c.due = append(c.due, a.DueAt)
	c.internal = append(c.internal, a.InternalDue)
	c.rule = append(c.rule, a.DueRule)
	c.explainUk = append(c.explainUk, a.DueExplainUk)
	c.explainEn = append(c.explainEn, a.DueExplainEn)
	c.calendar = append(c.calendar, a.CalendarVersion)
	c.key = append(c.key, [16]byte(a.FilingKey))
	c.demo = append(c.demo, a.Demo)
	c.actorName = append(c.actorName, a.by.Name)
	c.locale = append(c.locale, locale)
	c.letter = append(c.letter, a.letter)
	c.job = append(c.job, job)
	c.jobArgs = append(c.jobArgs, jobArgs)
}

// args are the arrays in the order of insertAppealsSQL.
func (c *columns) args() []any {
	return []any{
		c.year, c.kind, c.procedure, c.state, c.channel, c.author, c.authorName, c.address, c.phone, c.email, c.answerChannel, c.addressee,
		c.topic, c.title, c.body, c.place, c.lat, c.lon, c.district, c.constituency, c.public, c.received, c.registered, c.due, c.internal,
		c.rule, c.explainUk, c.explainEn, c.calendar, c.key, c.demo, c.actorName, c.locale, c.letter, c.job, c.jobArgs,
	}
}

// The topic's unit is not taken here: until the specialist has registered the
// appeal it lies in the common queue. The draft goes when the appeal is there.
// A number has five digits at least, and more once a year has more appeals.
const insertAppealsSQL = `
WITH v AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
    $12::bigint[], $13::bigint[], $14::text[], $15::text[], $16::text[], $17::float8[], $18::float8[], $19::bigint[], $20::bigint[], $21::boolean[],
    $22::timestamptz[], $23::date[], $24::timestamptz[], $25::date[], $26::text[], $27::text[], $28::text[], $29::text[], $30::uuid[], $31::boolean[],
    $32::text[], $33::text[], $34::bigint[], $35::text[], $36::text[])
    AS v (year, kind, procedure, state, channel, author_id, author_name, author_address, author_phone, author_email, answer_channel,
      addressee_id, topic_id, title, body, place, lat, lon, district_id, constituency_id, public,
      received_at, registered_on, due_at, internal_due, due_rule, due_explain_uk, due_explain_en, calendar_version, filing_key, demo,
      actor_name, locale, letter, job, job_args)),
a AS (
  INSERT INTO appeals (number, kind, procedure, state, channel, author_id, author_name, author_address, author_phone,
    author_email, answer_channel, addressee_id, topic_id, title, body, place, lat, lon, district_id, constituency_id,
    public, received_at, registered_on, due_at, internal_due, due_rule, due_explain_uk, due_explain_en,
    calendar_version, filing_key, demo)
  SELECT year || '-' || to_char(nextval('appeal_numbers'), 'FM9999999900000'), kind, procedure, state, channel, author_id, author_name, author_address, author_phone,
    author_email, answer_channel, addressee_id, topic_id, title, body, place, lat, lon, district_id, constituency_id,
    public, received_at, registered_on, due_at, internal_due, due_rule, due_explain_uk, due_explain_en,
    calendar_version, filing_key, demo FROM v
  RETURNING id, number, filing_key),
e AS (
  INSERT INTO appeal_events (appeal_id, at, kind, actor_id, actor_name, public, to_state)
  SELECT a.id, v.received_at, 'filed', v.author_id, v.actor_name, true, 'received' FROM a JOIN v USING (filing_key)),
l AS (
  INSERT INTO letters (id, kind, person_id, appeal_id, locale, message_id, created_at) OVERRIDING SYSTEM VALUE
  SELECT v.letter, 'appeal.receipt', v.author_id, a.id, v.locale, v.filing_key || '.receipt', v.received_at FROM a JOIN v USING (filing_key)),
j AS (
  ` + jobs.Into + ` SELECT job, job_args::jsonb FROM v WHERE job IS NOT NULL),
f AS (
  UPDATE files SET appeal_id = a.id, draft_id = NULL FROM a WHERE draft_id = a.filing_key),
d AS (
  DELETE FROM appeal_drafts USING v WHERE appeal_drafts.id = v.filing_key AND appeal_drafts.author_id = v.author_id)
SELECT filing_key, number FROM a`

func indexLetter(a *Appeal) string {
	switch {
	case a.Kind == InfoRequest:
		return "ЗПІ" // «запит на публічну інформацію»: counted apart, Закон 2939-VI, ст. 18
	case has(a.Marks, MarkCollective):
		return "КО" // КМУ 348: collective
	}
	for _, r := range a.AuthorName {
		if unicode.IsLetter(r) { // not the apostrophe before it
			return strings.ToUpper(string(r)) // КМУ 348: first letter of the surname
		}
	}
	return "БП" // КМУ 348: without a surname
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
