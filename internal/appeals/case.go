package appeals

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// Case is an appeal with everything that its page shows.
type Case struct {
	Appeal
	Unit, UnitPhone, Addressee, Topic, District, Constituency string
	UnitUk                                                    string // Unit as the letter names it, whoever reads
	Executor, Manager                                         string
	Out                                                       string // as that of a Row
	Coexecutors                                               []string
	CoexecutorIDs                                             []int64
	Events                                                    []StoryLine
	Messages                                                  []Message
	Files                                                     []File // the applicant's, of the appeal itself; see Sent
	AnswerFiles                                               []File
	Answer                                                    *Answer // the latest
	Signature                                                 *Signature
	Earlier                                                   []Given  // signed before Answer, the newest first
	ToPost                                                    *Given   // the oldest whose paper waits to be posted
	ToDispatch                                                *Given   // by which the appeal was forwarded, and which waits to go to the other body
	Verdict                                                   *Verdict // on the latest signed answer; nil until it is judged
	Resolution                                                *ResolutionView
	Names                                                     map[string]string
	Personal                                                  bool      // its topic is of those that are never shown on the map
	FirstRegistered                                           time.Time // the day of registration of the appeal itself; RegisteredOn moves when it is opened again

	reader authz.Actor // the official who reads it
}

// StoryLine is one entry of the timeline.
type StoryLine struct {
	At        time.Time
	Kind      EventKind
	ActorName string
	ActorID   int64
	Public    bool
	From, To  State
	Data      map[string]any
}

// Text gives a string of the entry's data.
func (l StoryLine) Text(key string) string {
	s, _ := l.Data[key].(string)
	return s
}

// Day is the day that the entry names where it is another than the day of the
// entry itself: an appeal of the evening is registered by the next working day.
func (l StoryLine) Day() (d time.Time, ok bool) {
	d, err := time.Parse(time.DateOnly, l.Text("day"))
	return d, err == nil && !d.Equal(day(l.At))
}

// UnitIn names the unit that the entry is about, in English where the entry has it so.
func (l StoryLine) UnitIn(locale string) string {
	if en := l.Text("unit_en"); en != "" && locale == i18n.English {
		return en
	}
	return l.Text("unit")
}

// Message is one message of the thread.
type Message struct {
	ID         int64
	AuthorID   int64
	AuthorName string
	Side       string // resident, city
	Internal   bool
	Question   bool
	Body       string
	Files      []File
	At         time.Time
}

// Signature is the record of the act of signing.
type Signature struct {
	Method, SignerName, PostTitle, ActingFor string
	Digest                                   []byte
	At                                       time.Time
}

// Given is an answer that was given, with all that belongs to it: it stays the
// applicant's when the next one is signed.
type Given struct {
	Answer
	N         int // which answer of the appeal it is, from 1
	Signature *Signature
	Files     []File
	Verdict   *Verdict // nil: the applicant has not judged it
}

// Verdict is what the applicant said of one answer.
type Verdict struct {
	Solved  bool
	Comment string
	At      time.Time
}

// ResolutionView is the last resolution.
type ResolutionView struct {
	Manager, Executor, Task string
	DueOn, At               time.Time
}

// Own reads the actor's own appeal as he may see it: public lines of the
// timeline, no notes of officials, an answer only when it was signed.
func (s *Service) Own(ctx context.Context, who authz.Actor, number string) (*Case, error) {
	c, err := s.load(ctx, number, "state IN ('signed', 'sent')")
	if err != nil {
		return nil, err
	}
	if c.AuthorID != who.ID || !who.SignedIn() {
		return nil, errs.NotFound()
	}
	c.Events = keep(c.Events, func(l StoryLine) bool { return l.Public })
	c.Messages = keep(c.Messages, func(m Message) bool { return !m.Internal })
	c.Out = ""
	c.Resolution = nil // a word of the manager to his people
	return c, nil
}

// Case reads an appeal for an official. Outside of his scope: errs.NotFound.
func (s *Service) Case(ctx context.Context, who authz.Actor, number string) (*Case, error) {
	c, err := s.load(ctx, number, "true")
	if err != nil {
		return nil, err
	}
	if !c.staffVisible(who) {
		return nil, errs.NotFound()
	}
	c.reader = who
	return c, nil
}

// keep gives a new list: a case may be shared with other readers.
func keep[T any](list []T, ok func(T) bool) []T {
	out := make([]T, 0, len(list))
	for _, x := range list {
		if ok(x) {
			out = append(out, x)
		}
	}
	return out
}

// caseColumns of a case, with the names of its units, topic and districts in the
// reader's language and, for the letter, the unit in Ukrainian; of officialJoins too.
func caseColumns(ctx context.Context) string {
	return `a.id, a.number, a.reg_index, a.kind, a.procedure, a.state, a.channel, a.author_id, a.author_name, a.author_address,
	a.author_phone, a.author_email, a.answer_channel, a.addressee_id, a.topic_id, a.title, a.body, a.place, a.lat, a.lon,
	a.district_id, a.constituency_id, a.public, a.confidential, a.hidden, a.marks, a.control, a.received_at, a.registered_at, a.registered_on,
	a.due_at, a.internal_due, a.due_rule, a.due_explain_uk, a.due_explain_en, a.calendar_version, a.extended, a.unit_id,
	a.manager_id, a.executor_id, a.answered_at, a.closed_at, a.rating, a.rating_comment, a.rated_at, a.repeat_of, a.demo, a.version,
	coalesce(` + localName(ctx, "u.name") + `, ''), coalesce(u.name_uk, ''), coalesce(u.phone, ''), coalesce(` + localName(ctx, "ad.name") + `, ''),
	coalesce(` + localName(ctx, "t.name") + `, ''), coalesce(` + localName(ctx, "di.name") + `, ''), coalesce(` + localName(ctx, "co.name") + `, ''),
	coalesce(t.personal, false), coalesce(e.name, ''), coalesce(m.name, ''), ` + outColumn
}

// read reads the whole case in one round trip.
func (s *Service) read(ctx context.Context, number, answers string) (*Case, error) {
	b := &pgx.Batch{}
	b.Queue("SELECT "+caseColumns(ctx)+` FROM appeals a LEFT JOIN units u ON u.id = a.unit_id LEFT JOIN units ad ON ad.id = a.addressee_id
		LEFT JOIN topics t ON t.id = a.topic_id LEFT JOIN districts di ON di.id = a.district_id LEFT JOIN districts co ON co.id = a.constituency_id`+
		officialJoins("$2")+" WHERE a.number = $1", number, i18n.ISODate(s.clock.Now()))
	const of = "(SELECT id FROM appeals WHERE number = $1)"
	b.Queue("SELECT at, kind, actor_name, coalesce(actor_id, 0), public, from_state, to_state, data FROM appeal_events WHERE appeal_id = "+of+" ORDER BY id", number)
	b.Queue("SELECT id, coalesce(author_id, 0), author_name, side, internal, question, body, created_at FROM appeal_messages WHERE appeal_id = "+of+" ORDER BY id", number)
	b.Queue("SELECT "+fileColumns+" FROM files WHERE appeal_id = "+of+" ORDER BY id", number)
	b.Queue(`SELECT n.id, n.appeal_id, n.author_id, n.authors, n.state, n.body, n.result, n.ground, n.recipient, n.first_id, coalesce((SELECT f.number FROM appeals f WHERE f.id = n.first_id), ''), n.remarks, n.out_number, n.verify_code, n.pdf_key,
		n.submitted_at, n.signed_at, n.sent_at, n.dispatched_on, n.dispatched_by, n.version, n.created_at, n.updated_at,
		s.method, s.signer_name, s.post_title, s.acting_for, s.digest, s.created_at
		FROM answers n LEFT JOIN signatures s ON s.answer_id = n.id WHERE n.appeal_id = `+of+" AND "+answers+" ORDER BY n.id DESC", number)
	b.Queue("SELECT "+fileColumns+" FROM files WHERE answer_id IN (SELECT id FROM answers WHERE appeal_id = "+of+" AND "+answers+") ORDER BY id", number)
	b.Queue(`SELECT m.name, e.name, r.task, r.due_on, r.created_at FROM resolutions r JOIN people m ON m.id = r.manager_id JOIN people e ON e.id = r.executor_id
		WHERE r.appeal_id = `+of+" ORDER BY r.id DESC LIMIT 1", number)
	b.Queue("SELECT c.person_id, p.name FROM appeal_coexecutors c JOIN people p ON p.id = c.person_id WHERE c.appeal_id = "+of+" ORDER BY c.id", number)

	res := s.db.ReadPool().SendBatch(ctx, b)
	defer func() { _ = res.Close() }()
	var c Case
	a := &c.Appeal
	err := res.QueryRow().Scan(&a.ID, &a.Number, &a.RegIndex, &a.Kind, &a.Procedure, &a.State, &a.Channel, &a.AuthorID, &a.AuthorName, &a.AuthorAddress,
		&a.AuthorPhone, &a.AuthorEmail, &a.AnswerChannel, &a.AddresseeID, &a.TopicID, &a.Title, &a.Body, &a.Place, &a.Lat, &a.Lon,
		&a.DistrictID, &a.ConstituencyID, &a.Public, &a.Confidential, &a.Hidden, (*[]string)(&a.Marks), &a.Control, &a.ReceivedAt, &a.RegisteredAt, &a.RegisteredOn,
		&a.DueAt, &a.InternalDue, &a.DueRule, &a.DueExplainUk, &a.DueExplainEn, &a.CalendarVersion, &a.Extended, &a.UnitID,
		&a.ManagerID, &a.ExecutorID, &a.AnsweredAt, &a.ClosedAt, &a.Rating, &a.RatingComment, &a.RatedAt, &a.RepeatOf, &a.Demo, &a.Version,
		&c.Unit, &c.UnitUk, &c.UnitPhone, &c.Addressee, &c.Topic, &c.District, &c.Constituency, &c.Personal, &c.Executor, &c.Manager, &c.Out)
	if db.IsNotFound(err) {
		return nil, errs.NotFound()
	}
	if err != nil {
		return nil, err
	}
	if c.Events, err = collect(res, func(r pgx.CollectableRow) (StoryLine, error) {
		var l StoryLine
		var data []byte
		err := r.Scan(&l.At, &l.Kind, &l.ActorName, &l.ActorID, &l.Public, &l.From, &l.To, &data)
		if err == nil {
			err = json.Unmarshal(data, &l.Data)
		}
		return l, err
	}); err != nil {
		return nil, err
	}
	if c.Messages, err = collect(res, func(r pgx.CollectableRow) (Message, error) {
		var m Message
		err := r.Scan(&m.ID, &m.AuthorID, &m.AuthorName, &m.Side, &m.Internal, &m.Question, &m.Body, &m.At)
		return m, err
	}); err != nil {
		return nil, err
	}
	sent, err := collect(res, scanFile)
	if err != nil {
		return nil, err
	}
	c.putFiles(sent)
	list, err := collect(res, scanAnswer)
	if err != nil {
		return nil, err
	}
	attached, err := collect(res, scanFile)
	if err != nil {
		return nil, err
	}
	c.putAnswers(list, attached)
	var r ResolutionView
	switch err := res.QueryRow().Scan(&r.Manager, &r.Executor, &r.Task, &r.DueOn, &r.At); {
	case err == nil:
		c.Resolution = &r
	case !db.IsNotFound(err):
		return nil, err
	}
	_, err = collect(res, func(r pgx.CollectableRow) (struct{}, error) {
		var id int64
		var name string
		err := r.Scan(&id, &name)
		c.CoexecutorIDs, c.Coexecutors = append(c.CoexecutorIDs, id), append(c.Coexecutors, name)
		return struct{}{}, err
	})
	if err != nil {
		return nil, err
	}
	c.coexecutors = c.CoexecutorIDs
	said := ""
	for _, e := range c.Events {
		if e.Kind == "registered" {
			said = e.Text("day")
		}
	}
	c.FirstRegistered, err = s.firstRegistered(ctx, c.ReceivedAt, c.RegisteredOn, said)
	return &c, err
}

// putFiles parts the files of the applicant: those of the appeal itself, and those
// that came with his messages.
func (c *Case) putFiles(list []File) {
	c.Files = keep(list, func(f File) bool { return f.MessageID == nil })
	for i := range c.Messages {
		c.Messages[i].Files = keep(list, func(f File) bool { return is(f.MessageID, c.Messages[i].ID) })
	}
}

// Sent is every file of the applicant: those of the appeal, then those of his messages.
func (c *Case) Sent() []File {
	out := slices.Clone(c.Files)
	for _, m := range c.Messages {
		out = append(out, m.Files...)
	}
	return out
}

func collect[T any](res pgx.BatchResults, fn pgx.RowToFunc[T]) ([]T, error) {
	rows, err := res.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, fn)
}

func scanAnswer(r pgx.CollectableRow) (Given, error) {
	var g Given
	var method, signer, post, acting *string
	var digest []byte
	var at *time.Time
	n := &g.Answer
	err := r.Scan(&n.ID, &n.AppealID, &n.AuthorID, (*[]int64)(&n.Authors), &n.State, &n.Body, &n.Result, &n.Ground, &n.Recipient, &n.FirstID, &n.FirstNumber, &n.Remarks, &n.OutNumber, &n.VerifyCode, &n.PdfKey,
		&n.SubmittedAt, &n.SignedAt, &n.SentAt, &n.DispatchedOn, &n.DispatchedBy, &n.Version, &n.CreatedAt, &n.UpdatedAt, &method, &signer, &post, &acting, &digest, &at)
	if method != nil {
		g.Signature = &Signature{*method, *signer, *post, *acting, digest, *at}
	}
	return g, err
}

// putAnswers lays the answers, the newest first, and their files into the case:
// the latest by itself, those before it, which are all signed, as given. Each
// verdict goes to the answer that was the latest when it was said; the timeline
// knows the order.
func (c *Case) putAnswers(list []Given, attached []File) {
	for i := range list {
		list[i].N = len(list) - i
		for _, f := range attached {
			if is(f.AnswerID, list[i].ID) {
				list[i].Files = append(list[i].Files, f)
			}
		}
	}
	var last *Given
	var said *Verdict
	for _, e := range c.Events {
		switch {
		case e.Kind.signs():
			last = nil
			for i := range list {
				if out := list[i].OutNumber; out != nil && *out == e.Text("out") {
					last = &list[i]
				}
			}
		case e.Kind == "rated_solved", e.Kind == "rated_unsolved":
			if last != nil {
				said = &Verdict{Solved: e.Kind == "rated_solved", Comment: e.Text("text"), At: e.At}
				last.Verdict = said
			}
		}
	}
	// Verdicts of before the timeline kept their words: those of the last one stand on the appeal.
	if said != nil && said.Comment == "" {
		said.Comment = c.RatingComment
	}
	for i := range list {
		if list[i].State == AnswerSigned && list[i].PdfKey != "" && c.AnswerChannel == ByPost {
			c.ToPost = &list[i]
		}
		if n := &list[i]; n.Result == ResultForwarded && n.SignedAt != nil && n.PdfKey != "" && n.DispatchedOn == nil {
			c.ToDispatch = n
		}
	}
	if i := slices.IndexFunc(list, func(g Given) bool { return g.SignedAt != nil }); i >= 0 {
		c.Verdict = list[i].Verdict
	}
	if len(list) > 0 {
		n := list[0]
		c.Answer, c.Signature, c.AnswerFiles, c.Earlier = &n.Answer, n.Signature, n.Files, list[1:]
	}
}
