package procurement

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// A search by words, suppliers or codes has two ways to its hits, and only
// one of them is quick:
//
//   - counting them all in procurement_finds, whose one index knows the words and
//     a mark for every value that a filter asks for: right for what is rare;
//   - walking along the register in the order of the list and leaving out what
//     does not fit, until more than totalMax fit and the page is full: right for
//     what is common, and bounded by strideMost.
//
// The planner guesses badly how rare a combination is, so the way is chosen here,
// by what ANALYZE knows of terms, days and sums. Which way is taken changes how
// long an answer takes and never what it says: a walk that does not fill what was
// asked of it counts for nothing, and everything is counted.

// Marks of procurement_terms in migrations/00005_search.sql.
const (
	markBuyer    = "=b"
	markMethod   = "=m"
	markStatus   = "=t"
	markSupplier = "=s"
	markCPV      = "=c"
	markYear     = "=y"
)

// term is one thing that has to be among the terms of a row: any of the
// lexemes, or, where it is a beginning, any with that beginning.
type term struct {
	any       []string
	beginning bool
	not       bool // that none of them may be there: in addition to others only
}

func mark(kind string, values ...string) term {
	t := term{any: make([]string, len(values))}
	for i, v := range values {
		t.any[i] = kind + v
	}
	return t
}

const manyYears = 20

// otherYears leaves out whole years that a range of days does not touch. Further
// ones than these the day itself leaves out.
func otherYears(from, to int) []term {
	t := term{not: true}
	for y := from; y <= to; y++ {
		t.any = append(t.any, markYear+strconv.Itoa(y))
	}
	if len(t.any) == 0 {
		return nil
	}
	return []term{t}
}

// wordTerms takes apart what tsQuery gave: words without quotes and blanks.
func wordTerms(tsquery string) []term {
	var out []term
	for _, w := range strings.Split(tsquery, " & ") {
		out = append(out, term{any: []string{strings.TrimSuffix(strings.TrimPrefix(w, "'"), "':*")}, beginning: true})
	}
	return out
}

// String is the term as a part of a tsquery.
func (t term) String() string {
	parts := make([]string, len(t.any))
	for i, l := range t.any {
		parts[i] = "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(l) + "'"
		if t.beginning {
			parts[i] += ":*"
		}
	}
	sign := ""
	if t.not {
		sign = "!"
	}
	if len(parts) == 1 {
		return sign + parts[0]
	}
	return sign + "(" + strings.Join(parts, " | ") + ")"
}

func tsQueryOf(list []term) string {
	parts := make([]string, len(list))
	for i, t := range list {
		parts[i] = t.String()
	}
	return strings.Join(parts, " & ")
}

// byTerms reports whether the finds can answer and a filter asks for terms that
// no index of the register gives in this order. What has a sign is little, and
// the register has an index of it.
func byTerms(list []condition, sort string) bool {
	asks := false
	for _, c := range list {
		if len(c.terms) == 0 && c.again == nil {
			return false
		}
		asks = asks || len(c.terms) > 0 && !c.terms[0].not && !c.indexed(sort)
	}
	return asks
}

// What the ways cost, in microseconds on a slow core: only their proportion counts.
const (
	costWalk      = 1.5  // a row walked by day: neighbours mostly lie together
	costJump      = 6.0  // a row walked by amount: neighbours lie anywhere
	costBeginning = 0.35 // a row that the index gives for a beginning
	costExact     = 0.1  // and for a whole term
	costFind      = 1.2  // a row of the finds read and counted
)

// strideMost bounds a walk that is expected to reach its end, and so the time that is lost
// where it does not.
const strideMost = 15000

// commonBy is how many times more common than all the others together a
// beginning has to be for it to be looked for in the rows and not in the index.
const commonBy = 20

// way is how a search is worked.
type way struct {
	walk int // rows to walk at most; 0: find them all
	// terms are looked for in the index, rest in the rows that it gave.
	terms, rest []term
	hits        float64 // how many there may be
	cost        float64
}

// choose decides on the way to the first need hits in this order.
func (k *knowledge) choose(kind string, list []condition, sort string, need int) way {
	rows := k.rows * k.kinds[cmp.Or(kind, Contracts)]
	type weighed struct {
		term
		share float64
	}
	var all []weighed
	var without []term
	apart := 1.0
	along, density := rows, 1.0
	for _, c := range list {
		share := k.part(c.limit)
		for _, t := range c.terms {
			if t.not {
				without, apart = append(without, t), apart*share
				continue
			}
			w := weighed{t, k.share(t)}
			all, share = append(all, w), share*w.share
		}
		if c.indexed(sort) {
			along *= share
		} else {
			density *= share
		}
	}
	slices.SortStableFunc(all, func(a, b weighed) int { return cmp.Compare(a.share, b.share) })
	w := way{hits: along * density}
	joint := 1.0
	for _, t := range all {
		if len(w.terms) > 0 && t.beginning && t.share > commonBy*joint {
			w.rest = append(w.rest, t.term)
			continue
		}
		w.terms = append(w.terms, t.term)
		joint *= t.share
		if t.beginning {
			w.cost += rows * t.share * costBeginning
		} else {
			w.cost += rows * t.share * costExact
		}
	}
	w.terms = append(w.terms, without...)
	w.cost += rows * joint * apart * costFind
	each := costWalk
	if sort == SortAmount {
		each = costJump
	}
	// Half as many rows again as expected: hits do not lie evenly.
	expected := float64(need) / max(density, 1e-9)
	if steps := 1.5*expected + 50; steps <= strideMost && float64(need) <= w.hits && expected*each < w.cost {
		w.walk, w.cost = int(steps), expected*each
	}
	return w
}

// count gives the totals of a search by terms and, where the way gives it, its
// first page; the page that was asked for is left where found looks for it.
func (s *Service) count(ctx context.Context, q Query, list []condition, p params) (totals, error) {
	sort, order := cmp.Or(q.Sort, SortDay), orderOf(q)
	k, err := s.known(ctx)
	if err != nil {
		return totals{}, err
	}
	const limit = PageSize + 1
	offset := (max(1, min(q.Page, MaxPage)) - 1) * PageSize
	keep := func(t *totals, first, page []string) {
		if sort == SortAmount {
			t.largest = slices.Clone(first[:min(len(first), limit)])
		} else {
			t.first = slices.Clone(first[:min(len(first), firstMost)])
		}
		if offset > 0 {
			stamp, _ := ctx.Value(stampKey{}).(string)
			s.reads.found.keep(foundKey(q, limit), kept[[]string]{stamp: stamp, at: s.clock.Now(), v: slices.Clone(page)})
		}
	}
	over := totals{n: totalMax, over: true}
	w := k.choose(q.Kind, list, sort, totalMax+1)
	if w.walk > 0 {
		ids, err := s.walk(ctx, q, list, p, w.walk, totalMax+1, 0)
		if err != nil {
			return totals{}, err
		}
		if len(ids) > totalMax {
			keep(&over, ids, ids[min(offset, len(ids)):min(offset+limit, len(ids))])
			return over, nil
		}
	}
	from, args := w.finds(list)
	// With many hits it may be cheaper to count as far as totals go, in no order, and to walk for the page.
	if page := k.choose(q.Kind, list, sort, offset+limit); page.walk > 0 && w.hits > 2*totalMax && page.cost < (w.hits-totalMax)*costFind {
		var n int
		if err := s.db.ReadPool().QueryRow(ctx, from+fmt.Sprintf("SELECT count(*) FROM (SELECT FROM r LIMIT %d) x", totalMax+1), args...).Scan(&n); err != nil {
			return totals{}, err
		}
		if n > totalMax {
			return over, nil
		}
	}
	var t totals
	var first, page []string
	err = s.db.ReadPool().QueryRow(ctx, from+fmt.Sprintf(`SELECT count(*), coalesce(sum(r.amount) FILTER (WHERE r.currency = 'UAH'), 0)::text,
		ARRAY(SELECT r.id FROM r ORDER BY %[1]s LIMIT %[2]d), ARRAY(SELECT r.id FROM r WHERE %[4]t ORDER BY %[1]s LIMIT %[3]d OFFSET %[5]d) FROM r`,
		order, firstMost, limit, offset > 0, offset), args...).Scan(&t.n, &t.sum, &first, &page)
	if err != nil {
		return t, err
	}
	if t.n > totalMax {
		t = over
	}
	keep(&t, first, page)
	return t, nil
}

// keep remembers a figure that was made on the way to another.
func (c *cache[T]) keep(key string, k kept[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= cacheMax {
		c.m = map[string]kept[T]{}
	}
	c.m[key] = k
}

// foundKey names a page of a search, by what the query says of it.
func foundKey(q Query, limit int) string {
	return q.Values().Encode() + fmt.Sprint("&", limit, q.examples)
}

// found gives a page of a search by terms. Which rows stand on it is remembered
// until the register changes, what they are is read each time.
func (s *Service) found(ctx context.Context, q Query, list []condition, p params, limit, offset int) ([]Hit, error) {
	q.Page = offset/PageSize + 1
	ids, err := cached(ctx, s, &s.reads.found, foundKey(q, limit), func(ctx context.Context) ([]string, error) {
		k, err := s.known(ctx)
		if err != nil {
			return nil, err
		}
		w := k.choose(q.Kind, list, cmp.Or(q.Sort, SortDay), offset+limit)
		if w.walk > 0 {
			if ids, err := s.walk(ctx, q, list, p, w.walk, limit, offset); err != nil || len(ids) == limit {
				return ids, err
			}
		}
		from, args := w.finds(list)
		rows, err := s.db.ReadPool().Query(ctx, from+"SELECT r.id FROM r ORDER BY "+orderOf(q)+fmt.Sprintf(" LIMIT %d OFFSET %d", limit, offset), args...)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, pgx.RowTo[string])
	})
	if err != nil {
		return nil, err
	}
	return s.byID(ctx, q.Kind, ids, orderOf(q))
}

// walk gives hits in the order of the list, out of the first most rows along it.
// Fewer than limit say nothing of how many there are.
func (s *Service) walk(ctx context.Context, q Query, list []condition, p params, most, limit, offset int) ([]string, error) {
	var along, others []condition
	for _, c := range list {
		if c.indexed(cmp.Or(q.Sort, SortDay)) {
			along = append(along, c)
		} else {
			others = append(others, c)
		}
	}
	order := orderOf(q)
	// The inner LIMIT also keeps the planner from using another index for the other conditions.
	rows, err := s.db.ReadPool().Query(ctx, "SELECT r.id FROM (SELECT r.* FROM procurement_register r WHERE "+where(along)+" ORDER BY "+order+fmt.Sprintf(" LIMIT %d", most)+
		") r WHERE "+among(others)+" ORDER BY "+order+fmt.Sprintf(" LIMIT %d OFFSET %d", limit, offset), p...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// finds gives the beginning of a statement in which r are all the hits.
func (w way) finds(list []condition) (string, params) {
	p := params{}
	var parts []string
	for _, c := range list {
		if c.again != nil {
			parts = append(parts, c.again(&p))
		}
	}
	parts = append(parts, "r.terms @@ "+p.add(tsQueryOf(w.terms))+"::tsquery")
	sql := "WITH r AS MATERIALIZED (SELECT r.id, r.day, r.amount, r.currency%s FROM procurement_finds r WHERE " + strings.Join(parts, " AND ") + ")"
	if len(w.rest) == 0 {
		return fmt.Sprintf(sql, "") + " ", p
	}
	return "WITH r AS MATERIALIZED (" + fmt.Sprintf(sql, ", r.terms") + " SELECT r.id, r.day, r.amount, r.currency FROM r WHERE r.terms @@ " + p.add(tsQueryOf(w.rest)) + "::tsquery) ", p
}

// knowledge is what ANALYZE knows of the finds.
type knowledge struct {
	at    time.Time
	rows  float64            // of all kinds
	kinds map[string]float64 // the part of each
	terms []common
	rare  float64 // what a term that is not among them has at most
	// days (in seconds) and amounts that cut the rows into parts of equal size.
	days, amounts []float64
}

type common struct {
	lexeme string
	share  float64
}

// knowledgeFor is how long it is used: the statistics are renewed by autovacuum
// when a tenth of the register has changed, and being wrong costs time alone.
// Where there are none yet they are asked for again soon.
const (
	knowledgeFor = 10 * time.Minute
	ignoranceFor = 10 * time.Second
)

type knower struct {
	mu sync.Mutex
	k  *knowledge
}

func (s *Service) known(ctx context.Context) (*knowledge, error) {
	n := &s.reads.knower
	n.mu.Lock()
	defer n.mu.Unlock()
	now := s.clock.Now()
	if n.k != nil {
		if age := now.Sub(n.k.at); age >= 0 && (age < ignoranceFor || age < knowledgeFor && len(n.k.terms) > 0) {
			return n.k, nil
		}
	}
	k := &knowledge{at: now, kinds: map[string]float64{}}
	var lexemes []string
	var shares, ofKinds []float64
	var kinds []string
	err := s.db.ReadPool().QueryRow(ctx, `SELECT greatest(c.reltuples, 0)::float8, k.most_common_vals::text::text[], k.most_common_freqs, t.most_common_elems::text::text[], t.most_common_elem_freqs,
		ARRAY(SELECT extract(epoch FROM x)::float8 FROM unnest(d.histogram_bounds::text::timestamptz[]) x), a.histogram_bounds::text::float8[]
		FROM pg_class c
		LEFT JOIN pg_stats t ON t.schemaname = 'public' AND t.tablename = c.relname AND t.attname = 'terms'
		LEFT JOIN pg_stats k ON k.schemaname = 'public' AND k.tablename = c.relname AND k.attname = 'kind'
		LEFT JOIN pg_stats d ON d.schemaname = 'public' AND d.tablename = c.relname AND d.attname = 'day'
		LEFT JOIN pg_stats a ON a.schemaname = 'public' AND a.tablename = c.relname AND a.attname = 'amount'
		WHERE c.oid = 'procurement_finds'::regclass`).Scan(&k.rows, &kinds, &ofKinds, &lexemes, &shares, &k.days, &k.amounts)
	if err != nil {
		return nil, err
	}
	for i := range min(len(kinds), len(ofKinds)) {
		k.kinds[kinds[i]] = ofKinds[i]
	}
	// Behind the shares of the terms stand their least, their greatest and that of null.
	if len(shares) > len(lexemes) {
		k.rare = shares[len(lexemes)]
	}
	for i := range min(len(lexemes), len(shares)) {
		k.terms = append(k.terms, common{lexemes[i], shares[i]})
	}
	slices.SortFunc(k.terms, func(a, b common) int { return strings.Compare(a.lexeme, b.lexeme) })
	n.k = k
	return k, nil
}

// share is the part of the rows that have the term, as far as is known.
func (k *knowledge) share(t term) float64 {
	without := 1.0
	for _, l := range t.any {
		i, _ := slices.BinarySearchFunc(k.terms, l, func(c common, l string) int { return strings.Compare(c.lexeme, l) })
		if i == len(k.terms) || !t.fits(k.terms[i].lexeme, l) {
			without *= 1 - k.rare/2
			continue
		}
		for ; i < len(k.terms) && t.fits(k.terms[i].lexeme, l); i++ {
			without *= 1 - min(k.terms[i].share, 1)
		}
	}
	return 1 - without
}

func (t term) fits(known, lexeme string) bool {
	return known == lexeme || t.beginning && strings.HasPrefix(known, lexeme)
}

// limit is one end of a range of days or sums.
type limit struct {
	of    string // SortDay, SortAmount
	from  bool   // what is greater fits, and not what is less
	value float64
}

// part is the part of the rows on this side of the limit, as far as is known.
func (k *knowledge) part(l limit) float64 {
	bounds := k.days
	if l.of == SortAmount {
		bounds = k.amounts
	}
	if l.of == "" || len(bounds) == 0 {
		return 1
	}
	i, _ := slices.BinarySearch(bounds, l.value)
	below := float64(i) / float64(len(bounds))
	if l.from {
		return 1 - below
	}
	return below
}
