package petitions

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/platform/i18n"
)

// Tab is a part of the public list.
type Tab string

// The parts of the list.
const (
	TabGathering Tab = "gathering"
	TabReview    Tab = "review"
	TabAnswered  Tab = "answered"
	TabArchive   Tab = "archive"
	TabAll       Tab = "all"
)

// TabReached are all that have ever had their signatures, whatever became of them: it
// overlaps with others, so that it has an address but is not one of Tabs.
const TabReached Tab = "reached"

// Tabs in their order.
var Tabs = []Tab{TabGathering, TabReview, TabAnswered, TabArchive, TabAll}

var tabStates = map[Tab][]string{
	TabGathering: {string(Gathering)}, TabReview: {string(Reached), string(Reviewing)}, TabAnswered: {string(Answered), string(Done), string(Refused)},
	TabArchive: {string(NotEnough)}, // and whatever was brought over from the former site
	TabReached: {string(Reached), string(Reviewing), string(Answered), string(Done), string(Refused)},
	TabAll:     {string(Gathering), string(Reached), string(Reviewing), string(Answered), string(Done), string(Refused), string(NotEnough)},
}

// Orders of the list.
const (
	Newest  = "newest"
	Most    = "most"
	Ending  = "ending"
	Percent = "percent"
)

// Orders in the order of the form.
var Orders = []string{Newest, Most, Ending, Percent}

// What soon ends, and what is near to its threshold, gathers still: what does not comes
// after it, the last ended and the nearest first.
var orderSQL = map[string]string{
	Newest: "p.published_at DESC NULLS LAST, p.id DESC", Most: "n DESC, p.id DESC",
	Ending:  "CASE p.state WHEN 'gathering' THEN p.ends_at END NULLS LAST, p.ends_at DESC NULLS LAST, p.id DESC",
	Percent: "p.state = 'gathering' DESC, n::float8 / nullif(p.threshold, 0) DESC NULLS LAST, p.id DESC",
}

// Query is what is asked of the list.
type Query struct {
	Tab      Tab
	Text     string
	Topic    int64 // a topic of the city, or one that has topics below it
	District int64
	Sort     string
	Page     int
}

// PageSize is how many petitions a page of the list has.
const PageSize = 20

// pagesMost bounds how far one can turn the pages.
const pagesMost = 500

// ParseQuery reads a query from the address; what cannot be read is left out:
// the page shows what it understood.
func ParseQuery(v url.Values) Query {
	q := Query{Tab: Tab(v.Get("tab")), Text: strings.TrimSpace(v.Get("q")), Sort: v.Get("sort")}
	if q.Tab != TabReached && !slices.Contains(Tabs, q.Tab) {
		q.Tab = TabGathering
	}
	if !slices.Contains(Orders, q.Sort) {
		q.Sort = Newest
	}
	if r := []rune(q.Text); len(r) > 200 {
		q.Text = string(r[:200])
	}
	q.Topic, _ = strconv.ParseInt(v.Get("topic"), 10, 64)
	q.District, _ = strconv.ParseInt(v.Get("district"), 10, 64)
	q.Page, _ = strconv.Atoi(v.Get("page"))
	q.Page = min(max(q.Page, 1), pagesMost)
	return q
}

// Values is the canonical form of the query for an address.
func (q Query) Values() url.Values {
	v := url.Values{}
	set := func(k, s string, leave bool) {
		if !leave {
			v.Set(k, s)
		}
	}
	set("tab", string(q.Tab), q.Tab == TabGathering)
	set("q", q.Text, q.Text == "")
	set("topic", strconv.FormatInt(q.Topic, 10), q.Topic == 0)
	set("district", strconv.FormatInt(q.District, 10), q.District == 0)
	set("sort", q.Sort, q.Sort == Newest)
	set("page", strconv.Itoa(q.Page), q.Page < 2)
	return v
}

// Item is a petition of the list.
type Item struct {
	Number      int64
	Title       string
	State       State
	AuthorName  string
	TopicUk     string
	TopicEn     string
	DistrictUk  string
	DistrictEn  string
	Count       int
	Threshold   int
	PublishedAt *time.Time
	EndsAt      *time.Time
	ClosedAt    *time.Time
	AnsweredAt  *time.Time
	DueAt       *time.Time // of what the city owes now
	Demo        bool
	Legacy      bool // of the former site
}

// Topic is its name in the locale.
func (i Item) Topic(locale string) string { return named(i.TopicUk, i.TopicEn, locale) }

// District is its name in the locale.
func (i Item) District(locale string) string { return named(i.DistrictUk, i.DistrictEn, locale) }

func named(uk, en, locale string) string {
	if locale == i18n.English && en != "" {
		return en
	}
	return uk
}

// Found is a page of the list.
type Found struct {
	Items  []Item
	Total  int
	Counts map[Tab]int // of all petitions, whatever is filtered
}

// Pages is how many pages there are.
func (f Found) Pages() int { return min((f.Total+PageSize-1)/PageSize, pagesMost) }

// The order is made of the index petitions_state and the counts alone; the rows
// themselves, names and terms are read for the page that is shown. %[1]s
// conditions, %[2]s order, %[3]d how many, %[4]d after how many.
const itemSQL = `
WITH k AS MATERIALIZED (
  SELECT p.id, x.n
    FROM petitions p LEFT JOIN petition_counts c ON c.petition_id = p.id
   CROSS JOIN LATERAL (SELECT coalesce(CASE p.tier WHEN 'strong' THEN c.strong ELSE c.email + c.strong END, 0) + coalesce(p.legacy_count, 0) AS n) x
   WHERE %[1]s ORDER BY %[2]s LIMIT %[3]d OFFSET %[4]d)
SELECT p.number, p.title, p.state, p.author_name, coalesce(o.name_uk, ''), coalesce(o.name_en, ''), coalesce(d.name_uk, ''), coalesce(d.name_en, ''),
       k.n, p.threshold, p.published_at, p.ends_at, p.closed_at, p.answered_at, t.due_at, p.demo, p.legacy_source <> ''
  FROM k JOIN petitions p ON p.id = k.id
  LEFT JOIN topics o ON o.id = p.topic_id
  LEFT JOIN districts d ON d.id = p.district_id
  LEFT JOIN LATERAL (SELECT due_at FROM petition_terms t WHERE t.petition_id = p.id AND t.met_at IS NULL AND t.step NOT IN ('gathering', 'supporters') ORDER BY id DESC LIMIT 1) t ON true
 ORDER BY %[2]s`

func (q Query) where() (string, []any) {
	args := []any{tabStates[q.Tab]}
	sql := "p.state = ANY ($1)"
	switch q.Tab {
	case TabArchive:
		sql = "(p.state = ANY ($1) OR p.legacy_source <> '')"
	case TabAnswered:
		sql += " AND p.legacy_source = ''"
	case TabReached:
		sql += " AND p.reached_at IS NOT NULL AND p.legacy_source = ''"
	}
	add := func(cond string, v any) {
		args = append(args, v)
		sql += fmt.Sprintf(" AND "+cond, len(args))
	}
	if n, err := strconv.ParseInt(strings.TrimLeft(q.Text, "№# "), 10, 64); err == nil {
		add("(p.number = $%[1]d OR p.legacy_number = $%[1]d::bigint::text)", n) // people know the former number still
	} else if words := wordsOf(q.Text, askMost); len(words) > 0 {
		add("p.search @@ $%d::tsquery", query(words))
	}
	if q.Topic != 0 {
		add("p.topic_id IN (SELECT id FROM topics WHERE $%[1]d IN (id, parent_id))", q.Topic)
	}
	if q.District != 0 {
		add("p.district_id = $%d", q.District)
	}
	return sql, args
}

func scanItem(r pgx.CollectableRow) (i Item, err error) {
	err = r.Scan(&i.Number, &i.Title, &i.State, &i.AuthorName, &i.TopicUk, &i.TopicEn, &i.DistrictUk, &i.DistrictEn, &i.Count, &i.Threshold,
		&i.PublishedAt, &i.EndsAt, &i.ClosedAt, &i.AnsweredAt, &i.DueAt, &i.Demo, &i.Legacy)
	return i, err
}

// List is a page of the public petitions.
func (s *Service) List(ctx context.Context, q Query) (Found, error) {
	f := Found{Counts: map[Tab]int{}}
	rows, err := s.db.ReadPool().Query(ctx, "SELECT state, legacy_source <> '', count(*), count(reached_at) FROM petitions GROUP BY 1, 2")
	if err != nil {
		return f, err
	}
	var st string
	var old bool
	var n, reached int
	if _, err := pgx.ForEachRow(rows, []any{&st, &old, &n, &reached}, func() error {
		for t, list := range tabStates {
			switch {
			case !old && t == TabReached && slices.Contains(list, st):
				f.Counts[t] += reached
			case old && (t == TabArchive || t == TabAll) || !old && t != TabReached && slices.Contains(list, st):
				f.Counts[t] += n
			}
		}
		return nil
	}); err != nil {
		return f, err
	}
	where, args := q.where()
	if len(args) == 1 {
		f.Total = f.Counts[q.Tab]
	} else if err := s.db.ReadPool().QueryRow(ctx, "SELECT count(*) FROM petitions p WHERE "+where, args...).Scan(&f.Total); err != nil {
		return f, err
	}
	f.Items, err = s.items(ctx, q, PageSize, (max(q.Page, 1)-1)*PageSize)
	return f, err
}

func (s *Service) items(ctx context.Context, q Query, limit, offset int) ([]Item, error) {
	where, args := q.where()
	rows, err := s.db.ReadPool().Query(ctx, fmt.Sprintf(itemSQL, where, orderSQL[q.Sort], limit, offset), args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanItem)
}

// Part is a piece of the list for open data: so many of it after so many, and
// how many there are.
func (s *Service) Part(ctx context.Context, q Query, limit, offset int) (items []Item, total int, err error) {
	where, args := q.where()
	if err := s.db.ReadPool().QueryRow(ctx, "SELECT count(*) FROM petitions p WHERE "+where, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	items, err = s.items(ctx, q, limit, offset)
	return items, total, err
}

// All is the list without pages, for the table of open data. Nothing of it is cut: what
// the city has published is some thousands of rows, and caches keep the answer. It is
// read before the first byte leaves: a slow reader holds no connection.
func (s *Service) All(ctx context.Context, q Query) ([]Item, error) {
	return s.items(ctx, q, math.MaxInt32, 0)
}
