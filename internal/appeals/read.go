package appeals

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// args collects the parameters of a query that is put together.
type args []any

func (a *args) add(v any) string {
	*a = append(*a, v)
	return fmt.Sprintf("$%d", len(*a))
}

// scope is the SQL of what an official may see: the same rule as
// Appeal.staffVisible. Every read of the office starts from it.
func scope(who authz.Actor, p *args) string {
	if who.Has(authz.RoleSpecialist) {
		return "true"
	}
	var or []string
	ids := []int64{who.ID}
	if who.ActingFor != nil {
		ids = append(ids, who.ActingFor.ID)
	}
	if who.Has(authz.RoleManager) {
		or = append(or, "a.manager_id = ANY ("+p.add(ids)+")")
	}
	if who.Has(authz.RoleExecutor) {
		id := p.add(who.ID)
		or = append(or, "a.executor_id = "+id, "a.id IN (SELECT appeal_id FROM appeal_coexecutors WHERE person_id = "+id+")")
	}
	if (who.Has(authz.RoleManager) || who.Has(authz.RoleExecutor)) && len(who.UnitIDs) > 0 {
		or = append(or, "a.unit_id = ANY ("+p.add(who.UnitIDs)+")")
	}
	if len(or) == 0 {
		return "false"
	}
	return "(" + strings.Join(or, " OR ") + ")"
}

// Brief is what every list tells of an appeal.
type Brief struct {
	ID         int64
	Number     string
	Kind       Kind
	Procedure  deadline.Procedure
	State      State
	Title      string
	Place      string
	Unit       string // in the reader's language; empty: nobody's yet
	ReceivedAt time.Time
	DueAt      time.Time
	AnsweredAt *time.Time
	Rating     string // solved, unsolved; empty: the latest answer is not rated
}

// Row is one line of a queue of the office.
type Row struct {
	Brief
	AuthorName   string
	Executor     string
	Repeat       bool // bears MarkRepeat
	Extended     bool
	RegisteredOn time.Time
	Out          string // OutExecutor, OutManager, or empty
}

// briefColumns of a Brief, with the name of the unit in the reader's language. A list
// asks for no column that it does not show: each costs a hundredth of a page.
func briefColumns(ctx context.Context) string {
	return `a.id, a.number, a.kind, a.procedure, a.state, a.title, a.place, coalesce(` + localName(ctx, "u.name") + `, ''),
	a.received_at, a.due_at, a.answered_at, CASE WHEN a.rated_at < a.answered_at THEN '' ELSE coalesce(a.rating, '') END`
}

func rowColumns(ctx context.Context) string {
	return briefColumns(ctx) + `, a.author_name, coalesce(e.name, ''), '` + MarkRepeat + `' = ANY (a.marks), a.extended, a.registered_on`
}

// The names are looked up row by row, and remembered from row to row: OFFSET 0 keeps
// the planner from joining the whole tables, which takes it as long as all the rest
// and loses the order of the page (measured: 0.20 ms against 0.12).
const (
	briefJoins = ` LEFT JOIN LATERAL (SELECT * FROM units u WHERE u.id = a.unit_id OFFSET 0) u ON true`
	rowJoins   = briefJoins + ` LEFT JOIN LATERAL (SELECT * FROM people e WHERE e.id = a.executor_id OFFSET 0) e ON true`
)

// briefs reads a page of briefColumns.
func briefs(q pgx.Rows) ([]Brief, error) {
	var x Brief
	return page(q, &x, x.into())
}

// page reads rows into one place, from where each is copied.
func page[R any](q pgx.Rows, x *R, into []any) ([]R, error) {
	rows := make([]R, 0, PageSize+1)
	_, err := pgx.ForEachRow(q, into, func() error {
		rows = append(rows, *x)
		return nil
	})
	return rows, err
}

// into are the places of briefColumns: plain strings, which pgx reads without reflection.
func (x *Brief) into() []any {
	return append(make([]any, 0, 20), // the columns of a queue and of an export come after
		&x.ID, &x.Number, (*string)(&x.Kind), (*string)(&x.Procedure), (*string)(&x.State), &x.Title, &x.Place, &x.Unit,
		&x.ReceivedAt, &x.DueAt, &x.AnsweredAt, &x.Rating)
}

// into are the places of rowColumns.
func (x *Row) into() []any {
	return append(x.Brief.into(), &x.AuthorName, &x.Executor, &x.Repeat, &x.Extended, &x.RegisteredOn)
}

// PageSize is the number of rows of a page of a list.
const PageSize = 25

// Own is what a resident has here: a page of his appeals and, on the first page,
// his drafts, the newest first. More says that another page follows.
type Own struct {
	Rows   []Brief
	More   bool
	Drafts []DraftLine
}

// DraftLine is a draft in a list.
type DraftLine struct {
	ID        uuid.UUID
	Title     string // as far as it was typed
	Kind      Kind
	Step      int
	UpdatedAt time.Time
}

// Mine lists what is the actor's own, in one round trip.
func (s *Service) Mine(ctx context.Context, who authz.Actor, page int) (own Own, err error) {
	b := &pgx.Batch{}
	// The page is cut by the index before anything is joined to it.
	const order = " ORDER BY a.received_at DESC, a.id DESC"
	b.Queue("SELECT "+briefColumns(ctx)+" FROM (SELECT * FROM appeals a WHERE a.author_id = $1"+order+limits(page)+") a"+briefJoins+order, who.ID).
		Query(func(q pgx.Rows) error {
			rows, err := briefs(q)
			own.Rows, own.More, err = cutPage(rows, err)
			return err
		})
	if page <= 1 {
		b.Queue(`SELECT id, coalesce(data->>'Title', ''), coalesce(data->>'Kind', ''), step, updated_at FROM appeal_drafts
			WHERE author_id = $1 ORDER BY updated_at DESC LIMIT 20`, who.ID).
			Query(func(q pgx.Rows) (err error) {
				own.Drafts, err = pgx.CollectRows(q, pgx.RowToStructByPos[DraftLine])
				return err
			})
	}
	err = s.db.ReadPool().SendBatch(ctx, b).Close()
	return own, err
}

// limits cuts a page, and one row more to know whether another follows. The
// numbers stand in the statement: with parameters the planner reckons with a
// tenth of the table and plans anew each time (measured: 0.8 ms against 0.3).
func limits(page int) string {
	if page > 1 {
		return fmt.Sprintf(" LIMIT %d OFFSET %d", PageSize+1, (page-1)*PageSize)
	}
	return most(PageSize + 1)
}

func most(n int) string { return fmt.Sprintf(" LIMIT %d", n) }

func cutPage[R Brief | Row](rows []R, err error) ([]R, bool, error) {
	if err != nil {
		return nil, false, err
	}
	if len(rows) > PageSize {
		return rows[:PageSize], true, nil
	}
	return rows, false, nil
}

// Set is a tray of the office: which appeals a queue shows.
type Set string

// The sets. Which of them a person has depends on his roles; see Sets.
const (
	SetIncoming   Set = "incoming"   // specialist: received and registered
	SetPost       Set = "post"       // specialist: signed answers that are to be posted, and forwarded appeals that are to be sent on
	SetResolve    Set = "resolve"    // manager: on resolution, and opened again
	SetSign       Set = "sign"       // manager: on signature
	SetMine       Set = "mine"       // executor: his own work
	SetUnit       Set = "unit"       // executor: in the tray of the unit, nobody's yet
	SetWork       Set = "work"       // in work, within the scope
	SetClarifying Set = "clarifying" // the applicant is asked
	SetControl    Set = "control"    // specialist and manager: what was promised, until it is proved
	SetOverdue    Set = "overdue"    // the term ran out
	SetStranded   Set = "stranded"   // specialist and manager: whoever must act is blocked or has his role or his post no more
	SetDone       Set = "done"       // answered and closed
	SetAll        Set = "all"
)

// Sets lists the trays of the actor, the first is where his cabinet opens.
func Sets(who authz.Actor) []Set {
	var out []Set
	if who.Has(authz.RoleSpecialist) {
		out = append(out, SetIncoming, SetPost)
	}
	if who.Has(authz.RoleManager) {
		out = append(out, SetSign, SetResolve)
	}
	if who.Has(authz.RoleExecutor) {
		out = append(out, SetMine, SetUnit)
	}
	if len(out) == 0 {
		return nil
	}
	out = append(out, SetWork, SetClarifying, SetOverdue)
	if who.Has(authz.RoleSpecialist) || who.Has(authz.RoleManager) {
		out = append(out, SetControl, SetStranded)
	}
	return append(out, SetDone, SetAll)
}

func (set Set) where(who authz.Actor, now time.Time, p *args) string {
	switch set {
	case SetIncoming:
		return "a.stage = 'new'"
	case SetPost:
		// Two short lists, each from its own index; an OR over the appeals would read them all.
		return `a.id IN (SELECT n.appeal_id FROM answers n JOIN appeals p ON p.id = n.appeal_id AND p.answer_channel = 'post' WHERE n.state = 'signed' AND n.pdf_key <> ''
			UNION ALL SELECT n.appeal_id FROM answers n WHERE n.result = 'forwarded' AND n.signed_at IS NOT NULL AND n.dispatched_on IS NULL AND n.pdf_key <> '')`
	case SetResolve:
		return "a.stage = 'resolve'"
	case SetSign:
		return "a.stage = 'sign'"
	case SetMine:
		return "a.stage = 'work' AND a.executor_id = " + p.add(who.ID)
	case SetUnit:
		return "a.stage = 'work' AND a.executor_id IS NULL AND a.unit_id = ANY (" + p.add(who.UnitIDs) + ")"
	case SetWork:
		return "a.stage = 'work'"
	case SetClarifying:
		return "a.stage = 'work' AND a.state = 'clarifying'"
	case SetControl:
		return "a.state = 'measures_pending'"
	case SetOverdue:
		return "a.stage IN ('new', 'resolve', 'work', 'sign') AND a.due_at < " + p.add(now)
	case SetStranded:
		today := p.add(i18n.ISODate(now))
		return "(a.stage = 'work' AND a.executor_id = ANY (" + outOfService(authz.RoleExecutor, today) + ") OR a.stage IN ('resolve', 'sign') AND a.manager_id = ANY (" + outOfService(authz.RoleManager, today) + "))"
	case SetDone:
		return "a.stage = 'done'"
	default:
		return "true"
	}
}

// outOfService are the officials, past and present, who cannot act in a role: blocked,
// or without it any more, or without a post today. Officials are few, and found by
// their grants and posts. today is a parameter of the query.
func outOfService(r authz.Role, today string) string {
	return "ARRAY(SELECT b.id FROM people b WHERE b.id IN (SELECT person_id FROM role_grants UNION SELECT person_id FROM appointments) AND " + cannotAct("b", r, today) + ")"
}

// cannotAct is the same of one row of people. Who left his post signs no more (Закон
// 393/96-ВР, ст. 15, ч. 3), whether somebody has thought of his role or not.
func cannotAct(b string, r authz.Role, today string) string {
	return "(" + b + ".status = 'blocked' OR NOT EXISTS (SELECT FROM role_grants g WHERE g.person_id = " + b + ".id AND g.role = '" + string(r) + "')" +
		" OR NOT EXISTS (SELECT FROM appointments x JOIN posts o ON o.id = x.post_id WHERE x.person_id = " + b + ".id AND o.active" +
		" AND x.valid_from <= " + today + "::date AND coalesce(x.valid_to, 'infinity') >= " + today + "::date))"
}

// Who must act on an appeal and cannot.
const (
	OutExecutor = "executor"
	OutManager  = "manager"
)

// outColumn says who must act and cannot, so that no work is lost; of officialJoins.
const outColumn = `CASE WHEN a.stage = 'work' AND e.out THEN 'executor' WHEN a.stage IN ('resolve', 'sign') AND m.out THEN 'manager' ELSE '' END`

// officialJoins are e, the executor, and m, the manager, with whether they cannot act:
// asked once for each of a page, as the names of rowJoins are.
func officialJoins(today string) string {
	return ` LEFT JOIN LATERAL (SELECT b.name, ` + cannotAct("b", authz.RoleExecutor, today) + ` AS out FROM people b WHERE b.id = a.executor_id OFFSET 0) e ON true
		LEFT JOIN LATERAL (SELECT b.name, ` + cannotAct("b", authz.RoleManager, today) + ` AS out FROM people b WHERE b.id = a.manager_id OFFSET 0) m ON true`
}

// Filter narrows a queue. Zero values do not filter.
type Filter struct {
	Set        Set
	Query      string // number, name, address or words of the text
	Kind       Kind
	State      State
	UnitID     int64
	TopicID    int64
	DistrictID int64
	Within     int      // the term of an open appeal ends within so many days, or has ended
	Numbers    []string // these alone
	Page       int
}

// Queue lists appeals of the office within the scope of the actor, by the
// nearest term; answered ones by the latest receipt.
func (s *Service) Queue(ctx context.Context, who authz.Actor, f Filter) (rows []Row, more bool, err error) {
	var p args
	where, order, err := s.narrow(ctx, who, f, &p)
	if err != nil {
		return nil, false, err
	}
	// The rows are chosen by index first and joined after, so that the names are
	// looked up for one page alone.
	sql := "SELECT " + rowColumns(ctx) + ", " + outColumn + " FROM (SELECT * FROM appeals a WHERE " + where +
		" ORDER BY " + order + limits(f.Page) + ") a" + briefJoins + officialJoins(p.add(i18n.ISODate(s.clock.Now()))) + " ORDER BY " + order
	q, err := s.db.ReadPool().Query(ctx, sql, p...)
	if err != nil {
		return nil, false, err
	}
	var x Row
	return cutPage(page(q, &x, append(x.into(), &x.Out)))
}

// narrow is the condition of a filter within the scope of the actor, and its order.
func (s *Service) narrow(ctx context.Context, who authz.Actor, f Filter, p *args) (where, order string, err error) {
	now := s.clock.Now()
	conds := []string{scope(who, p), f.Set.where(who, now, p)}
	if q := tsquery(f.Query); q != "" {
		cond := "a.search @@ to_tsquery('simple', " + p.add(q) + ")"
		old, err := s.formerly(ctx, f.Query)
		if err != nil {
			return "", "", err
		}
		if len(old) > 0 {
			cond = "(" + cond + " OR a.id = ANY (" + p.add(old) + "))"
		}
		conds = append(conds, cond)
	}
	if f.Kind != "" {
		conds = append(conds, "a.kind = "+p.add(f.Kind))
	}
	if f.State != "" {
		conds = append(conds, "a.state = "+p.add(string(f.State)))
	}
	if f.UnitID != 0 {
		conds = append(conds, "a.unit_id = "+p.add(f.UnitID))
	}
	if f.TopicID != 0 {
		conds = append(conds, "a.topic_id = "+p.add(f.TopicID))
	}
	if f.DistrictID != 0 {
		conds = append(conds, "a.district_id = "+p.add(f.DistrictID))
	}
	if f.Within != 0 {
		conds = append(conds, openStages+" AND a.due_at < "+p.add(midnight(now).AddDate(0, 0, f.Within+1)))
	}
	if len(f.Numbers) > 0 {
		conds = append(conds, "a.number = ANY ("+p.add(f.Numbers)+")")
	}
	order = "a.due_at, a.id"
	if f.Set == SetDone || f.Set == SetAll {
		order = "a.received_at DESC, a.id DESC"
	}
	return strings.Join(conds, " AND "), order, nil
}

// Neighbour gives the number of the appeal after this one in the order of the filter,
// or before it; "" where there is none. This one need not be of the filter any
// more: who has dealt with it goes on from where it was.
//
// Errors: errs.NotFound when the actor does not see the appeal.
func (s *Service) Neighbour(ctx context.Context, who authz.Actor, number string, f Filter, before bool) (string, error) {
	var p args
	where, order, err := s.narrow(ctx, who, f, &p)
	if err != nil {
		return "", err
	}
	column, latest := "a.due_at", strings.HasSuffix(order, "DESC")
	if latest {
		column = "a.received_at"
	}
	cmp, dir := "<", " DESC"
	if latest == before {
		cmp, dir = ">", ""
	}
	var q args
	var at time.Time
	var id int64
	err = s.db.ReadPool().QueryRow(ctx, "SELECT "+column+", a.id FROM appeals a WHERE "+scope(who, &q)+" AND a.number = "+q.add(number), q...).Scan(&at, &id)
	if db.IsNotFound(err) {
		return "", errs.NotFound()
	}
	if err != nil {
		return "", err
	}
	var next string
	err = s.db.ReadPool().QueryRow(ctx, "SELECT a.number FROM appeals a WHERE "+where+" AND ("+column+", a.id) "+cmp+" ("+p.add(at)+", "+p.add(id)+")"+
		" ORDER BY "+column+dir+", a.id"+dir+" LIMIT 1", p...).Scan(&next)
	if err != nil && !db.IsNotFound(err) {
		return "", err
	}
	return next, nil
}

// tsquery makes a prefix query of the words that a person typed.
func tsquery(s string) string {
	var words []string
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return strings.ContainsRune(" \t\n,.;:!?()[]{}<>«»\"'’ʼ&|*\\/№#@%", r)
	}) {
		if w != "-" && w != "" {
			words = append(words, "'"+w+"':*")
		}
		if len(words) == 8 {
			break
		}
	}
	// «вело доріжка» finds «велодоріжку»: two neighbours may be one word.
	out := []string{strings.Join(words, " & ")}
	for i := range len(words) - 1 {
		a, b := strings.TrimSuffix(words[i], "':*"), strings.TrimPrefix(words[i+1], "'")
		if !strings.ContainsAny(a+b, "0123456789") {
			out = append(out, strings.Join(slices.Replace(slices.Clone(words), i, i+2, a+b), " & "))
		}
	}
	return strings.Join(out, " | ")
}

// countCache remembers the counters of the trays for a few seconds: they stand
// on every page of the office and need not be exact to the second. A change in
// this process drops them at once.
type countCache struct {
	mu  sync.Mutex
	gen int // raised by drop: what was read before it is not kept
	m   map[string]countEntry
}

type countEntry struct {
	at     time.Time
	counts map[Set]int
}

const countsFor = 10 * time.Second

func newCountCache() *countCache { return &countCache{m: map[string]countEntry{}} }

func (c *countCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gen++
	clear(c.m)
}

// countMax bounds a counter: past it the page says «999+», and the database need not count on.
const countMax = 1000

// Counts tells how many appeals lie in each tray of the actor, up to a thousand.
func (s *Service) Counts(ctx context.Context, who authz.Actor) (map[Set]int, error) {
	var p args
	now := s.clock.Now()
	sc := scope(who, &p)
	key := fmt.Sprint(who.ID, who.UnitIDs, who.Roles, who.ActingFor)
	s.counts.mu.Lock()
	e, ok := s.counts.m[key]
	gen := s.counts.gen
	s.counts.mu.Unlock()
	if ok && now.Sub(e.at) < countsFor && !now.Before(e.at) {
		return e.counts, nil
	}
	var cols []string
	sets := Sets(who)
	for _, set := range sets {
		if set == SetAll || set == SetDone {
			continue
		}
		cols = append(cols, "(SELECT count(*) FROM (SELECT 1 FROM appeals a WHERE "+sc+" AND "+set.where(who, now, &p)+fmt.Sprintf(" LIMIT %d) x)", countMax))
	}
	counts := map[Set]int{}
	if len(cols) > 0 {
		vals := make([]int, len(cols))
		dest := make([]any, len(cols))
		for i := range vals {
			dest[i] = &vals[i]
		}
		if err := s.db.ReadPool().QueryRow(ctx, "SELECT "+strings.Join(cols, ", "), p...).Scan(dest...); err != nil {
			return nil, err
		}
		i := 0
		for _, set := range sets {
			if set == SetAll || set == SetDone {
				continue
			}
			counts[set] = vals[i]
			i++
		}
	}
	s.counts.mu.Lock()
	if len(s.counts.m) > 1000 {
		clear(s.counts.m)
	}
	if gen == s.counts.gen {
		s.counts.m[key] = countEntry{now, counts}
	}
	s.counts.mu.Unlock()
	return counts, nil
}

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

// hintCache keeps the short lists beside a case (similar, nearby) for a few
// seconds: they are hints, and a change in this process drops them at once.
type hintCache struct {
	mu sync.Mutex
	m  map[string]hint
}

type hint struct {
	at   time.Time
	rows []Brief
}

func newHintCache() *hintCache { return &hintCache{m: map[string]hint{}} }

func (k *hintCache) get(key string, now time.Time, read func() ([]Brief, error)) ([]Brief, error) {
	k.mu.Lock()
	h, ok := k.m[key]
	k.mu.Unlock()
	if ok && now.Sub(h.at) < caseFor && !now.Before(h.at) {
		return h.rows, nil
	}
	rows, err := read()
	if err == nil {
		k.mu.Lock()
		if len(k.m) >= caseMax {
			clear(k.m)
		}
		k.m[key] = hint{now, rows}
		k.mu.Unlock()
	}
	return rows, err
}

func (k *hintCache) drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.m)
}

// stampSQL tells in one cheap look whether anything of a case has changed since
// it was read: every change of the appeal raises its version or writes its
// story; messages, answers and files have marks of their own.
const stampSQL = `SELECT concat_ws('/', a.id, a.version,
	(SELECT max(id) FROM appeal_events WHERE appeal_id = a.id), (SELECT max(id) FROM appeal_messages WHERE appeal_id = a.id),
	(SELECT string_agg(concat_ws('.', n.id, n.version, (SELECT string_agg(f.id || f.state, ',') FROM files f WHERE f.answer_id = n.id)), ',' ORDER BY n.id) FROM answers n WHERE n.appeal_id = a.id),
	(SELECT string_agg(f.id || f.state, ',' ORDER BY f.id) FROM files f WHERE f.appeal_id = a.id))
	FROM appeals a WHERE a.number = $1`

// caseCache keeps cases that were read lately. Each reading is held against the
// stamp first, so a page is never older than the database; only the names of
// units, topics and people, which no stamp covers, may be caseFor old.
type caseCache struct {
	mu sync.Mutex
	m  map[string]cachedCase
}

type cachedCase struct {
	stamp string
	at    time.Time
	c     Case
}

const (
	caseFor = 10 * time.Second
	caseMax = 500
)

func newCaseCache() *caseCache { return &caseCache{m: map[string]cachedCase{}} }

func (k *caseCache) get(key, stamp string, now time.Time) (*Case, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.m[key]
	if !ok || e.stamp != stamp || now.Sub(e.at) >= caseFor || now.Before(e.at) {
		return nil, false
	}
	c := e.c // the reader may replace its lists, never change their elements
	return &c, true
}

func (k *caseCache) put(key, stamp string, now time.Time, c *Case) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.m) >= caseMax {
		clear(k.m)
	}
	k.m[key] = cachedCase{stamp, now, *c}
}

// load gives a case as it stands now. answers says which answers the reader may
// know of; it is one of two conditions of this file, never input.
func (s *Service) load(ctx context.Context, number, answers string) (*Case, error) {
	var stamp string
	err := s.db.ReadPool().QueryRow(ctx, stampSQL, number).Scan(&stamp)
	if db.IsNotFound(err) {
		return nil, errs.NotFound()
	}
	if err != nil {
		return nil, err
	}
	key, now := number+"|"+answers+"|"+i18n.Locale(ctx), s.clock.Now()
	if c, ok := s.cases.get(key, stamp, now); ok {
		return c, nil
	}
	// The stamp is older than what is read after it: a change in between makes
	// the copy look stale, never fresh.
	c, err := s.read(ctx, number, answers)
	if err == nil {
		s.cases.put(key, stamp, now, c)
		shared := *c
		c = &shared
	}
	return c, err
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

// Choice is an entry of a select: a unit, a topic, a person.
type Choice struct {
	ID       int64
	Name     string
	Note     string // for a person: his post; for a topic: the unit
	Group    string // for a topic: its parent; for a person: his unit
	UnitID   int64
	Load     int  // for an executor: how many appeals he has in work
	Personal bool // of a topic: never shown on the map
}

// Units lists the active units.
func (s *Service) Units(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, "SELECT id, "+localName(ctx, "name")+", '', '', id, 0, false FROM units WHERE active ORDER BY 2")
}

// Districts lists the districts of the city.
func (s *Service) Districts(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, "SELECT id, "+localName(ctx, "name")+", '', '', 0, 0, false FROM districts WHERE kind = 'district' AND active ORDER BY 2")
}

// Topics lists the active topics under their parents.
func (s *Service) Topics(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, "SELECT t.id, "+localName(ctx, "t.name")+", coalesce("+localName(ctx, "u.name")+", ''), coalesce("+localName(ctx, "p.name")+`, ''), coalesce(t.unit_id, 0), 0, t.personal
		FROM topics t LEFT JOIN topics p ON p.id = t.parent_id LEFT JOIN units u ON u.id = t.unit_id
		WHERE t.active AND NOT EXISTS (SELECT FROM topics c WHERE c.parent_id = t.id AND c.active)
		ORDER BY coalesce(p.position, t.position), p.id, t.position, t.id`)
}

// localName picks the English name where there is one and the reader wants it.
func localName(ctx context.Context, col string) string {
	if i18n.Locale(ctx) == i18n.English {
		return "coalesce(nullif(" + col + "_en, ''), " + col + "_uk)"
	}
	return col + "_uk"
}

func peopleOf(ctx context.Context) string {
	return `SELECT DISTINCT ON (p.name, p.id) p.id, p.name, coalesce(` + localName(ctx, "po.title") + `, ''), coalesce(` + localName(ctx, "u.name") + `, ''), coalesce(u.id, 0),
	(SELECT count(*)::int FROM (SELECT 1 FROM appeals x WHERE x.executor_id = p.id AND x.stage = 'work' LIMIT 100) l), false
	FROM people p JOIN role_grants g ON g.person_id = p.id AND g.role = $1
	LEFT JOIN (appointments ap JOIN posts po ON po.id = ap.post_id AND po.active)
	  ON ap.person_id = p.id AND ap.valid_from <= $2::date AND coalesce(ap.valid_to, 'infinity') >= $2::date
	LEFT JOIN units u ON u.id = po.unit_id
	WHERE p.status = 'active' ORDER BY p.name, p.id, po.head DESC NULLS LAST, ap.valid_from DESC, ap.id DESC` // the post that unitOf takes
}

// Executors lists who may be given an appeal, with their load.
func (s *Service) Executors(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, peopleOf(ctx), string(authz.RoleExecutor), i18n.ISODate(s.clock.Now()))
}

// ExecutorsUnder lists those of them whom the manager may name in a resolution: who
// work in his units or below them.
func (s *Service) ExecutorsUnder(ctx context.Context, who authz.Actor) ([]Choice, error) {
	list, err := s.Executors(ctx)
	return slices.DeleteFunc(list, func(c Choice) bool { return !who.InUnit(c.UnitID) }), err
}

// Managers lists who may be asked for a resolution.
func (s *Service) Managers(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, peopleOf(ctx), string(authz.RoleManager), i18n.ISODate(s.clock.Now()))
}

func (s *Service) choices(ctx context.Context, sql string, p ...any) ([]Choice, error) {
	q, err := s.db.ReadPool().Query(ctx, sql, p...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(q, func(r pgx.CollectableRow) (Choice, error) {
		var c Choice
		err := r.Scan(&c.ID, &c.Name, &c.Note, &c.Group, &c.UnitID, &c.Load, &c.Personal)
		return c, err
	})
}

// Template is a text that an executor may start from.
type Template struct {
	ID    int64
	Title string
	Body  string
}

// Templates lists the reply templates of a unit and the common ones.
func (s *Service) Templates(ctx context.Context, unitID int64) ([]Template, error) {
	q, err := s.db.ReadPool().Query(ctx, "SELECT id, title, body FROM reply_templates WHERE active AND (unit_id IS NULL OR unit_id = $1) ORDER BY unit_id NULLS LAST, title", unitID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(q, pgx.RowToStructByPos[Template])
}

// Similar lists the latest other appeals of the same author that the official
// who reads the case may see.
func (s *Service) Similar(ctx context.Context, c *Case) ([]Brief, error) {
	key := fmt.Sprint("similar ", c.ID, c.reader.ID, c.reader.UnitIDs, c.reader.Roles, c.reader.ActingFor, i18n.Locale(ctx))
	return s.hints.get(key, s.clock.Now(), func() ([]Brief, error) { return s.similar(ctx, c) })
}

func (s *Service) similar(ctx context.Context, c *Case) ([]Brief, error) {
	p := args{c.ID, c.AuthorID}
	q, err := s.db.ReadPool().Query(ctx, "SELECT "+briefColumns(ctx)+" FROM (SELECT * FROM appeals a WHERE a.id <> $1 AND a.author_id = $2 AND "+scope(c.reader, &p)+
		" ORDER BY a.received_at DESC LIMIT 4) a"+briefJoins+" ORDER BY a.received_at DESC", p...)
	if err != nil {
		return nil, err
	}
	return briefs(q)
}

// Near lists the open public appeals nearest to a point, within about 300 m, for
// whoever is about to write the same: what the map shows too (see Public),
// without a name. The index gives them in the order of their distance.
func (s *Service) Near(ctx context.Context, lat, lon float64) ([]Brief, error) {
	return s.hints.get(fmt.Sprint("near ", lat, lon, i18n.Locale(ctx)), s.clock.Now(), func() ([]Brief, error) { return s.near(ctx, lat, lon) })
}

func (s *Service) near(ctx context.Context, lat, lon float64) ([]Brief, error) {
	// 0.0027° of latitude is 300 m; at the latitude of Zhytomyr 0.0042° of longitude.
	q, err := s.db.ReadPool().Query(ctx, "SELECT "+briefColumns(ctx)+` FROM (SELECT * FROM appeals a
		WHERE a.lat IS NOT NULL AND `+onMap+` AND point(a.lon, a.lat) <@ box(point($2 - 0.0042, $1 - 0.0027), point($2 + 0.0042, $1 + 0.0027))
		  AND a.state <> 'received' AND a.stage <> 'done' ORDER BY point(a.lon, a.lat) <-> point($2, $1) LIMIT 4) a`+briefJoins, lat, lon)
	if err != nil {
		return nil, err
	}
	return briefs(q)
}
