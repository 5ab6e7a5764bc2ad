package appeals

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

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
