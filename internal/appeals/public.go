package appeals

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/platform/i18n"
)

// Point is a public appeal on the map: what happened and where, never who wrote.
type Point struct {
	Number   string
	Title    string
	Place    string
	Topic    string
	TopicID  int64
	Lat, Lon float64
	State    State
	Late     bool
	At       time.Time
	Answered *time.Time
	District string
	Demo     bool
}

// pointCache keeps the public points for a few seconds: the map and the home
// page of strangers ask for them far more often than they change.
type pointCache struct {
	mu  sync.Mutex
	gen int // raised by drop: what was read before it is not kept
	at  time.Time
	loc map[string][]Point
	on  []func()
}

const pointsFor = 10 * time.Second

func newPointCache() *pointCache { return &pointCache{loc: map[string][]Point{}} }

func (c *pointCache) drop() {
	c.mu.Lock()
	c.gen++
	clear(c.loc)
	on := c.on
	c.mu.Unlock()
	for _, fn := range on {
		fn()
	}
}

// OnChange calls fn after every committed change of an appeal in this process:
// whoever keeps rendered copies drops them then.
func (s *Service) OnChange(fn func()) {
	s.points.mu.Lock()
	defer s.points.mu.Unlock()
	s.points.on = append(s.points.on, fn)
}

// pointsMax bounds what a map shows at once; the newest come first.
const pointsMax = 2000

// Public lists the public appeals of the last year that have a place, the
// newest first. An appeal is public when its author let it be, its topic is not a
// personal one, no official took it from the map (Hide) and it is neither confidential nor a request for information,
// and only once it is registered: the city has read it before others do. One that was
// ended without an answer in substance leaves the map, where it would look solved.
func (s *Service) Public(ctx context.Context) ([]Point, error) {
	now, loc := s.clock.Now(), i18n.Locale(ctx)
	s.points.mu.Lock()
	if now.Sub(s.points.at) > pointsFor || now.Before(s.points.at) {
		clear(s.points.loc)
		s.points.at = now
	}
	list, ok := s.points.loc[loc]
	gen := s.points.gen
	s.points.mu.Unlock()
	if ok {
		return list, nil
	}
	q, err := s.db.ReadPool().Query(ctx, "SELECT a.number, a.title, a.place, coalesce("+localName(ctx, "t.name")+", ''), coalesce(a.topic_id, 0), a.lat, a.lon, a.state, a.due_at, a.received_at, a.answered_at, coalesce("+localName(ctx, "d.name")+`, ''), a.demo
		FROM (SELECT a.* FROM appeals a WHERE `+onMap+` AND a.lat IS NOT NULL AND a.state <> 'received' AND a.`+inSubstance+`
		  AND a.received_at > $1 ORDER BY a.received_at DESC, a.id DESC LIMIT $2) a
		LEFT JOIN topics t ON t.id = a.topic_id LEFT JOIN districts d ON d.id = a.district_id ORDER BY a.received_at DESC, a.id DESC`, now.AddDate(-1, 0, 0), pointsMax)
	if err != nil {
		return nil, err
	}
	list, err = pgx.CollectRows(q, func(r pgx.CollectableRow) (Point, error) {
		var p Point
		var due time.Time
		err := r.Scan(&p.Number, &p.Title, &p.Place, &p.Topic, &p.TopicID, &p.Lat, &p.Lon, &p.State, &due, &p.At, &p.Answered, &p.District, &p.Demo)
		p.Late = !p.State.Done() && now.After(due)
		return p, err
	})
	if err != nil {
		return nil, err
	}
	s.points.mu.Lock()
	if gen == s.points.gen {
		s.points.loc[loc] = list
	}
	s.points.mu.Unlock()
	return list, nil
}

// Figures are the numbers of the home page, of the last 30 days.
type Figures struct {
	Answered   int // answered
	Days       int // middle number of days from receipt to answer
	OnTime     int // per cent answered within the term
	Solved     int // per cent of the rated that were rated «вирішено»
	Rated      int
	Today      int // received today
	Total      int
	ComputedAt time.Time
}

// inSubstance leaves out what was ended without an answer in substance: a letter of five
// days that sends somebody to another body makes no city quick.
const inSubstance = "state NOT IN ('forwarded', 'returned_for_data', 'not_considered', 'duplicate_linked')"

// Figures counts the numbers of the home page from the appeals themselves.
func (s *Service) Figures(ctx context.Context) (Figures, error) {
	now := s.clock.Now()
	f := Figures{ComputedAt: now}
	err := s.db.ReadPool().QueryRow(ctx, `SELECT count(*)::int,
		coalesce(round(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM answered_at - received_at) / 86400)), 0)::int,
		coalesce(round(100.0 * count(*) FILTER (WHERE answered_at <= due_at) / nullif(count(*), 0)), 0)::int,
		(SELECT coalesce(round(100.0 * count(*) FILTER (WHERE rating = 'solved') / nullif(count(*), 0)), 0)::int FROM appeals WHERE rated_at >= $1),
		(SELECT count(*)::int FROM appeals WHERE rated_at >= $1),
		(SELECT count(*)::int FROM appeals WHERE received_at >= $2), (SELECT count(*)::int FROM appeals WHERE received_at >= $1)
		FROM appeals WHERE answered_at >= $1 AND `+inSubstance, now.AddDate(0, 0, -30), midnight(now)).
		Scan(&f.Answered, &f.Days, &f.OnTime, &f.Solved, &f.Rated, &f.Today, &f.Total)
	return f, err
}

func midnight(t time.Time) time.Time {
	t = t.In(i18n.Kyiv)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, i18n.Kyiv)
}
