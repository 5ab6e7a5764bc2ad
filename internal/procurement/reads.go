package procurement

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/singleflight"
)

// reads are the figures that many pages share, kept until the register changes.
type reads struct {
	totals     cache[totals]
	found      cache[[]string]
	knower     knower // what is common, for the way of a search
	facets     cache[Facets]
	city       cache[bool]
	figures    cache[figures]
	overviews  cache[Overview]
	parties    cache[Party]
	buyers     cache[[]BuyerLine]
	indicators cache[map[string]IndicatorCount]
	pages      cache[IndicatorPage]

	gen atomic.Int64 // writes of this process
}

// changed says that this process has written to the register: whoever wrote sees it at once.
func (r *reads) changed() { r.gen.Add(1) }

// stampKey is the key of the register's stamp in a context.
type stampKey struct{}

// stamp tells in one cheap look whether the register has changed: the moment of
// the newest row, and how many recalculations and changes of the list of buyers
// there were.
func (s *Service) stamp(ctx context.Context) (string, error) {
	if st, ok := ctx.Value(stampKey{}).(string); ok {
		return st, nil
	}
	var changed *time.Time
	var last, buyers int64
	gen := s.reads.gen.Load()
	err := s.db.ReadPool().QueryRow(ctx, `SELECT (SELECT max(changed_at) FROM procurement_register),
		(SELECT coalesce(max(id), 0) FROM procurement_results), (SELECT coalesce(sum(version), 0) FROM procurement_buyers)`).Scan(&changed, &last, &buyers)
	st := strconv.FormatInt(gen, 36) + "/" + strconv.FormatInt(last, 36) + "/" + strconv.FormatInt(buyers, 36)
	if changed != nil {
		st += "/" + strconv.FormatInt(changed.UnixMicro(), 36)
	}
	return st, err
}

// stamped looks at the stamp once for everything that is read with the context.
func (s *Service) stamped(ctx context.Context) (context.Context, error) {
	if _, ok := ctx.Value(stampKey{}).(string); ok {
		return ctx, nil
	}
	st, err := s.stamp(ctx)
	return context.WithValue(ctx, stampKey{}, st), err
}

const (
	// keepFor bounds the age of a figure whose register seems unchanged: a change
	// that began earlier and ended later than another leaves the stamp as it is.
	keepFor = 10 * time.Second
	// rest is how many times longer a figure is kept than it took to make, while
	// the register changes all the time, at most restMost.
	rest     = 50
	restMost = 10 * time.Second
	// keepRest and keepMost let what is slow to make and seems unchanged live longer.
	keepRest = 200
	keepMost = 5 * time.Minute
	// Nobody waits for what takes longer than slow when there is one younger than
	// staleMost: it is given out once more while the next is made.
	slow      = 20 * time.Millisecond
	staleMost = 30 * time.Second
	cacheMax  = 1000
)

// cache holds figures by key.
type cache[T any] struct {
	mu  sync.Mutex
	m   map[string]kept[T]
	one singleflight.Group
}

type kept[T any] struct {
	stamp string
	at    time.Time
	took  time.Duration
	v     T
}

// cached gives a figure of the register, made anew when the register changed
// since, by one reader for all who wait for it. What took long to make is given
// out a little longer. Who gets it must not change it.
func cached[T any](ctx context.Context, s *Service, c *cache[T], key string, read func(context.Context) (T, error)) (T, error) {
	ctx, err := s.stamped(ctx)
	if err != nil {
		var none T
		return none, err
	}
	stamp, _ := ctx.Value(stampKey{}).(string)
	now := s.clock.Now()
	c.mu.Lock()
	k, ok := c.m[key]
	c.mu.Unlock()
	age := now.Sub(k.at)
	if ok && age >= 0 && (k.stamp == stamp && age < max(keepFor, min(keepMost, keepRest*k.took)) || age < min(restMost, rest*k.took)) {
		return k.v, nil
	}
	ctx = context.WithoutCancel(ctx) // whoever came first may leave
	refresh := func() (any, error) {
		began := s.clock.Now()
		v, err := read(ctx)
		if err != nil {
			return v, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.m == nil || len(c.m) >= cacheMax {
			c.m = map[string]kept[T]{}
		}
		c.m[key] = kept[T]{stamp, began, s.clock.Now().Sub(began), v}
		return v, nil
	}
	if ok && age >= 0 && age < staleMost && k.took > slow {
		c.one.DoChan(key+"\x00"+stamp, refresh)
		return k.v, nil
	}
	v, err, _ := c.one.Do(key+"\x00"+stamp, refresh)
	t, _ := v.(T)
	return t, err
}

// cityOnly reports whether the register holds a purchase of the city: then
// lists, sums and exports leave the examples out.
func (s *Service) cityOnly(ctx context.Context) (bool, error) {
	return cached(ctx, s, &s.reads.city, "", func(ctx context.Context) (bool, error) {
		var city bool
		err := s.db.ReadPool().QueryRow(ctx, "SELECT EXISTS (SELECT FROM procurement_register WHERE NOT example)").Scan(&city)
		return city, err
	})
}

// hryvnias is a sum in kopecks.
type hryvnias int64

func (h hryvnias) String() string {
	sign := ""
	if h < 0 {
		sign, h = "-", -h
	}
	cents := strconv.FormatInt(int64(h%100), 10)
	if len(cents) == 1 {
		cents = "0" + cents
	}
	return sign + strconv.FormatInt(int64(h/100), 10) + "." + cents
}

func percent(part, of int64) int {
	if of <= 0 {
		return 0
	}
	return int(float64(part)*100/float64(of) + 0.5)
}

// sumSQL sums hryvnias in kopecks; a nonsensical sum of the source does not break
// it. What was cancelled is no money: a lot whose first winner gave up has a
// cancelled contract beside the one that counts.
const sumSQL = "least(coalesce(sum(r.amount) FILTER (WHERE r.currency = 'UAH' AND r.status <> 'cancelled'), 0) * 100, 9e18)::bigint"

// listedSumSQL sums what a search lists, whatever its status.
const listedSumSQL = "least(coalesce(sum(r.amount) FILTER (WHERE r.currency = 'UAH'), 0) * 100, 9e18)::bigint"

type kindYear struct {
	kind string
	year int // 0: all
}

type counts struct {
	n                       int
	sum                     hryvnias // without what was cancelled
	listed                  hryvnias // with it
	signs, clear, uncounted int
	open                    int // competitive
	openSum                 hryvnias
	known                   int // with a known procedure; of figures: not counted
	knownSum                hryvnias
}

// figures count the whole register.
type figures struct {
	byKindYear map[kindYear]counts
	newest     time.Time // dateModified of the newest document that is no demonstration, if there is one
}

func (s *Service) figures(ctx context.Context) (figures, error) {
	return cached(ctx, s, &s.reads.figures, "", s.readFigures)
}

func (s *Service) readFigures(ctx context.Context) (figures, error) {
	f := figures{byKindYear: map[kindYear]counts{}}
	only := ""
	city, err := s.cityOnly(ctx)
	if err != nil {
		return f, err
	}
	if city {
		only = " WHERE NOT r.example"
	}
	rows, err := s.db.ReadPool().Query(ctx, `SELECT r.kind, coalesce(r.year, 0), count(*), `+sumSQL+`, `+listedSumSQL+`,
		count(*) FILTER (WHERE r.signs <> '{}'), count(*) FILTER (WHERE r.signs = '{}' AND r.clear <> '{}'),
		count(*) FILTER (WHERE r.competitive), `+openSumSQL+`, coalesce(max(r.modified_at) FILTER (WHERE NOT r.demo), max(r.modified_at))
		FROM procurement_register r`+only+" GROUP BY GROUPING SETS ((r.kind, r.year), (r.kind))")
	if err != nil {
		return f, err
	}
	var k kindYear
	var c counts
	var newest time.Time
	_, err = pgx.ForEachRow(rows, []any{&k.kind, &k.year, &c.n, &c.sum, &c.listed, &c.signs, &c.clear, &c.open, &c.openSum, &newest}, func() error {
		if k.year == 0 && newest.After(f.newest) {
			f.newest = newest
		}
		c.uncounted = c.n - c.signs - c.clear
		f.byKindYear[k] = c
		return nil
	})
	return f, err
}

// knownSumSQL sums what is known to be competitive or not.
const knownSumSQL = "least(coalesce(sum(r.amount) FILTER (WHERE r.currency = 'UAH' AND r.method <> '' AND r.status <> 'cancelled'), 0) * 100, 9e18)::bigint"

const openSumSQL = "least(coalesce(sum(r.amount) FILTER (WHERE r.currency = 'UAH' AND r.competitive AND r.status <> 'cancelled'), 0) * 100, 9e18)::bigint"
