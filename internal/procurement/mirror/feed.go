package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ereception/internal/law/calendar"
	"ereception/internal/platform/db"
)

// state is the position in one feed, a row of procurement_feeds.
type state struct {
	Resource string
	Backward string // offset; empty and not Done: the first page is to be read
	Done     bool   // the back-fill reached its horizon
	Forward  string
	Horizon  time.Time // where the present back-fill stops
	Reached  *time.Time
	Newest   *time.Time
}

// step is what one page gave.
type step struct {
	Count  int  // items on the page
	Queued int  // of them new to the queue
	Short  bool // the end in this direction for now
	Idle   bool // there was nothing to ask
	Moved  bool // the position was changed meanwhile: it is to be read again
}

// Overlaps of the back-fill with what was listed before. One day is the advice
// for a position that was lost; contracts need no history of their own, because
// the tenders name them.
const (
	resetOverlap    = 24 * time.Hour
	contractOverlap = 24 * time.Hour
)

// ensure makes the rows of the feeds. They must stand before the first document
// is fetched: from their moment on the feed of contracts is watched.
func (s *Syncer) ensure(ctx context.Context) error {
	return s.write(ctx, func(tx *db.Tx) error {
		for _, res := range resources {
			if err := tx.Exec(`INSERT INTO procurement_feeds (resource, horizon, started_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
				res, s.horizon(res, tx.Now), tx.Now).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// horizon is where a full back-fill stops.
func (s *Syncer) horizon(res string, now time.Time) time.Time {
	switch {
	case res == contract:
		return now.Add(-contractOverlap)
	case s.o.Since.IsZero():
		return now.AddDate(0, -13, 0)
	}
	return s.o.Since
}

func (s *Syncer) load(ctx context.Context, res string) (state, error) {
	st := state{Resource: res}
	err := s.o.DB.Pool().QueryRow(ctx, `SELECT backward, backward_done, forward, horizon, reached, newest FROM procurement_feeds WHERE resource = $1`, res).
		Scan(&st.Backward, &st.Done, &st.Forward, &st.Horizon, &st.Reached, &st.Newest)
	return st, err
}

// forward reads one page of newer changes. API errors are noted in the feed's
// row and returned; ErrReset has already dropped the position.
func (s *Syncer) forward(ctx context.Context, l *lock, res string) (step, error) {
	return s.turn(ctx, l, res, func(st state) (step, error) {
		if st.Forward == "" {
			return s.begin(ctx, l, st)
		}
		p, err := s.page(ctx, l, res, st.Forward, false)
		if errors.Is(err, ErrReset) {
			return step{}, s.reset(ctx, st, true)
		}
		if err != nil {
			return step{}, err
		}
		if hold, err := s.early(ctx, res, p); err != nil || hold {
			return step{Idle: true}, err
		}
		to := st
		if p.Count > 0 {
			if p.Next == "" || p.Next == st.Forward {
				return step{}, &apiErr{"the feed gives the same page again", true}
			}
			to.Forward = p.Next // an empty page may give no offset, or an empty one: the old one stays
		}
		to.Newest = later(st.Newest, newest(p))
		return s.save(ctx, st, to, p, urgent)
	})
}

// backward reads one page of older changes; idle when the back-fill is done.
func (s *Syncer) backward(ctx context.Context, l *lock, res string) (step, error) {
	return s.turn(ctx, l, res, func(st state) (step, error) {
		switch {
		case st.Done:
			return step{Idle: true}, nil
		case st.Backward == "":
			return s.begin(ctx, l, st)
		}
		p, err := s.page(ctx, l, res, st.Backward, true)
		if errors.Is(err, ErrReset) {
			return step{}, s.reset(ctx, st, false)
		}
		if err != nil {
			return step{}, err
		}
		if p.Count > 0 && p.Next == st.Backward {
			return step{}, &apiErr{"the feed gives the same page again", true}
		}
		to := st
		to.Backward, to.Reached = p.Next, earlier(st.Reached, oldest(p))
		to.Done = p.Count == 0 || p.Next == "" || newest(p).Before(st.Horizon)
		if to.Done {
			to.Backward = ""
		}
		return s.save(ctx, st, to, p, backfill)
	})
}

// begin reads the first page, the newest changes: from it the feed is followed
// in both directions. A forward position that is still good is kept: there is
// no gap between it and the page.
func (s *Syncer) begin(ctx context.Context, l *lock, st state) (step, error) {
	if st.Resource == monitoring {
		// Monitorings are kept by the tenders that are known, so those come first.
		t, err := s.load(ctx, tender)
		if err != nil || !t.Done {
			return step{Idle: true}, err
		}
	}
	p, err := s.page(ctx, l, st.Resource, "", true)
	if err != nil {
		return step{}, err
	}
	if hold, err := s.early(ctx, st.Resource, p); err != nil || hold {
		return step{Idle: true}, err
	}
	to := st
	if p.Count == 0 {
		_, err := s.save(ctx, st, to, p, backfill)
		return step{Idle: true}, err
	}
	if to.Forward == "" {
		to.Forward = p.Prev // unchanged: the host lags behind on purpose, so that nothing slips through
	}
	if to.Forward == "" {
		return step{}, &apiErr{"the first page has no prev_page", true}
	}
	o := oldest(p)
	to.Backward, to.Reached, to.Newest = p.Next, &o, later(st.Newest, newest(p))
	to.Done = p.Next == "" || newest(p).Before(st.Horizon)
	if to.Done {
		to.Backward = ""
	}
	return s.save(ctx, st, to, p, backfill)
}

// page asks the API. errTimeUp when the round ended meanwhile.
func (s *Syncer) page(ctx context.Context, l *lock, res, offset string, descending bool) (Page, error) {
	now := s.o.Clock.Now()
	s.mu.Lock()
	none := offset == "" && now.Before(s.none[res])
	s.mu.Unlock()
	if none {
		return Page{}, errStillNoFeed
	}
	asking, cancel := l.asking(ctx)
	defer cancel()
	p, err := s.o.API.Page(asking, res, offset, descending, s.o.Limit)
	if err != nil && asking.Err() != nil && ctx.Err() == nil {
		err = errTimeUp
	}
	if errors.Is(err, ErrNoFeed) {
		s.mu.Lock()
		s.none[res] = now.Add(noFeedPause)
		s.mu.Unlock()
	}
	return p, err
}

// noFeedPause is how long a feed that the host does not have is not asked for.
const noFeedPause = time.Hour

// errStillNoFeed is ErrNoFeed that was told before.
var errStillNoFeed = fmt.Errorf("%w, as before", ErrNoFeed)

// early reports that a page of monitorings is newer than the tenders that were
// listed: a tender that it speaks of may not be known yet, so the page waits.
// Tenders come from the whole country every few seconds.
func (s *Syncer) early(ctx context.Context, res string, p Page) (bool, error) {
	if res != monitoring || p.Count == 0 {
		return false, nil
	}
	t, err := s.load(ctx, tender)
	return t.Newest == nil || newest(p).After(*t.Newest), err
}

// turn does one step on the stored position and notes what the API did wrong.
func (s *Syncer) turn(ctx context.Context, l *lock, res string, fn func(state) (step, error)) (step, error) {
	if err := l.check(ctx); err != nil {
		return step{}, err
	}
	st, err := s.load(ctx, res)
	if err != nil {
		return step{}, err
	}
	s.mark(st)
	out, err := fn(st)
	if errors.Is(err, errMoved) {
		return step{Moved: true}, nil // a re-listing was ordered meanwhile: the next turn reads the new position
	}
	if apiError(err) && ctx.Err() == nil && !errors.Is(err, errStillNoFeed) {
		if err := s.note(ctx, res, err); err != nil {
			return step{}, err
		}
	}
	return out, err
}

func (s *Syncer) note(ctx context.Context, res string, cause error) error {
	s.o.Log.WarnContext(ctx, "purchases: feed", "resource", res, "err", cause)
	return s.write(ctx, func(tx *db.Tx) error {
		return tx.Exec(`UPDATE procurement_feeds SET last_error = ?, last_error_at = ? WHERE resource = ?`, cause.Error(), tx.Now, res).Error
	})
}

// reset drops a position that the host no longer knows and gives ErrReset. When
// the back-fill was done, the new one goes back only to a day before the newest
// change that was listed; else it keeps its horizon, because an offset cannot
// be made for the place that it had reached.
func (s *Syncer) reset(ctx context.Context, st state, forward bool) error {
	to := st
	to.Backward, to.Done = "", false
	if forward {
		to.Forward = ""
	}
	if st.Done && st.Newest != nil {
		to.Horizon = st.Newest.Add(-resetOverlap)
	}
	err := s.write(ctx, func(tx *db.Tx) error {
		if err := move(tx, st, to); err != nil {
			return err
		}
		return tx.Exec(`UPDATE procurement_feeds SET resets = resets + 1 WHERE resource = ?`, st.Resource).Error
	})
	if err != nil {
		return err
	}
	return ErrReset
}

// move writes the position if it is still the one that was read, else errMoved.
func move(tx *db.Tx, from, to state) error {
	res := tx.Exec(`UPDATE procurement_feeds SET backward = ?, backward_done = ?, forward = ?, horizon = ?, reached = ?, newest = ?
		WHERE resource = ? AND backward = ? AND backward_done = ? AND forward = ? AND horizon = ?`,
		to.Backward, to.Done, to.Forward, to.Horizon, to.Reached, to.Newest, from.Resource, from.Backward, from.Done, from.Forward, from.Horizon)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return errMoved
	}
	return nil
}

// save keeps the new position together with the ids that the page gave.
func (s *Syncer) save(ctx context.Context, from, to state, p Page, pri priority) (step, error) {
	wanted, err := s.choose(ctx, from.Resource, p)
	if err != nil {
		return step{}, err
	}
	out := step{Count: p.Count, Short: p.Short}
	err = s.write(ctx, func(tx *db.Tx) error {
		if err := move(tx, from, to); err != nil {
			return err
		}
		ids, err := known(tx, from.Resource, wanted)
		if err != nil {
			return err
		}
		if out.Queued, err = enqueue(tx, from.Resource, ids, pri); err != nil {
			return err
		}
		return tx.Exec(`UPDATE procurement_feeds SET listed = listed + ?, matched = matched + ?, last_ok_at = ?, last_error = '' WHERE resource = ?`,
			p.Count, len(ids), tx.Now, from.Resource).Error
	})
	return out, err
}

// choose keeps the items that the feed itself shows to be the city's, or does
// not show not to be. Each id once, with its newest change.
func (s *Syncer) choose(ctx context.Context, res string, p Page) ([]Item, error) {
	byBuyer := res == tender || res == plan
	var list buyers
	if byBuyer {
		var err error
		if list, err = s.buyers(ctx); err != nil {
			return nil, err
		}
	}
	var out []Item
	at := map[string]int{}
	nameless := 0
	for _, it := range p.Items {
		if byBuyer && it.Buyer == "" {
			nameless++ // its document will tell
		} else if byBuyer && !list.match(it) {
			continue
		}
		if i, twice := at[it.ID]; twice {
			if it.Modified.After(out[i].Modified) {
				out[i] = it
			}
			continue
		}
		at[it.ID] = len(out)
		out = append(out, it)
	}
	if nameless >= 20 && nameless == len(p.Items) {
		return nil, &apiErr{"the feed names no procuringEntity", true}
	}
	return out, nil
}

// known keeps the contracts that a tender of the city named, and the
// monitorings over its tenders; not those of the examples that were imported.
func known(tx *db.Tx, res string, items []Item) ([]Item, error) {
	var sql string
	key := func(it Item) string { return it.ID }
	switch res {
	case contract:
		sql = `SELECT id FROM procurement_contracts WHERE NOT example AND id IN ? UNION SELECT id FROM procurement_queue WHERE resource = 'contract' AND id IN ?`
	case monitoring:
		sql = `SELECT id FROM procurement_tenders WHERE NOT example AND id IN ? UNION SELECT id FROM procurement_queue WHERE resource = 'tender' AND NOT gone AND id IN ?`
		key = func(it Item) string { return it.TenderID }
	default:
		return items, nil
	}
	if len(items) == 0 {
		return nil, nil
	}
	keys := make([]string, len(items))
	for i, it := range items {
		keys[i] = key(it)
	}
	var found []string
	if err := tx.Raw(sql, keys, keys).Scan(&found).Error; err != nil {
		return nil, err
	}
	has := make(map[string]bool, len(found))
	for _, id := range found {
		has[id] = true
	}
	var out []Item
	for _, it := range items {
		// A feed of monitorings that does not name the tender leaves it to the document.
		if has[key(it)] || res == monitoring && it.TenderID == "" {
			out = append(out, it)
		}
	}
	return out, nil
}

// buyers are the city's, by code: the days on which each counts.
type buyers map[string]span

type span struct{ from, to *time.Time }

func (s *Syncer) buyers(ctx context.Context) (buyers, error) {
	rows, err := s.o.DB.Pool().Query(ctx, `SELECT code, valid_from, valid_to FROM procurement_buyers WHERE NOT demo`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := buyers{}
	for rows.Next() {
		var code string
		var sp span
		if err := rows.Scan(&code, &sp.from, &sp.to); err != nil {
			return nil, err
		}
		out[code] = sp
	}
	return out, rows.Err()
}

// match reports whether the item is of a buyer of the city on the day on which
// it was made, or, when the feed does not tell, changed.
func (b buyers) match(it Item) bool {
	sp, ok := b[it.Buyer]
	if !ok {
		return false
	}
	t := it.Created
	if t.IsZero() {
		t = it.Modified
	}
	y, m, d := t.In(calendar.Kyiv()).Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	return (sp.from == nil || !day.Before(*sp.from)) && (sp.to == nil || !day.After(*sp.to))
}

func newest(p Page) (t time.Time) {
	for _, it := range p.Items {
		if it.Position.After(t) {
			t = it.Position
		}
	}
	return t
}

// oldest passes over items without a date.
func oldest(p Page) (t time.Time) {
	for _, it := range p.Items {
		if !it.Position.IsZero() && (t.IsZero() || it.Position.Before(t)) {
			t = it.Position
		}
	}
	return t
}

func later(a *time.Time, b time.Time) *time.Time {
	if b.IsZero() || a != nil && !b.After(*a) {
		return a
	}
	return &b
}

func earlier(a *time.Time, b time.Time) *time.Time {
	if b.IsZero() || a != nil && !b.Before(*a) {
		return a
	}
	return &b
}

// maxFails is after how many failures in a row Once gives a feed up. Each has
// several attempts of the client inside.
const maxFails = 8

// pass brings every feed to its newest page and says how many ids it queued.
func (s *Syncer) pass(ctx context.Context, l *lock) (int, error) {
	queued := 0
	for _, res := range resources {
		for fails := 0; ; {
			st, err := s.backward(ctx, l, res)
			if err == nil && st.Idle {
				st, err = s.forward(ctx, l, res)
				if err == nil && !st.Moved && (st.Idle || st.Count == 0) {
					break
				}
			}
			if err == nil {
				fails = 0
				queued += st.Queued
				continue
			}
			if !apiError(err) || ctx.Err() != nil {
				return queued, err
			}
			if errors.Is(err, ErrNoFeed) && res == monitoring {
				break // unverified for the public host: its row tells, the others go on
			}
			if fails++; fails >= maxFails {
				return queued, fmt.Errorf("the feed of %ss: %w", res, err)
			}
			if err := s.o.Sleep.Sleep(ctx, grow(time.Second, fails, time.Minute)); err != nil {
				return queued, err
			}
		}
	}
	return queued, nil
}

// tail follows one feed for ever: new changes as soon as there are some, the
// back-fill in between.
func (s *Syncer) tail(ctx context.Context, l *lock, res string) error {
	var due time.Time // when the feed is asked for new changes again
	idle, fails := 0, 0
	ahead := false
	for {
		now := s.o.Clock.Now()
		// In turns: where each request is slow, the feed is always due for new
		// changes, and the back-fill would never go on.
		ahead = !ahead && !now.Before(due)
		var st step
		var err error
		if ahead {
			st, err = s.forward(ctx, l, res)
		} else {
			st, err = s.backward(ctx, l, res)
		}
		switch {
		case err == nil:
			fails = 0
		case !apiError(err) || ctx.Err() != nil:
			return err
		default:
			fails++
			wait := grow(s.o.IdleMin, fails, 10*time.Minute)
			if errors.Is(err, ErrNoFeed) {
				wait = noFeedPause
			}
			if err := s.o.Sleep.Sleep(ctx, wait); err != nil {
				return err
			}
			continue
		}
		switch {
		case ahead && (st.Short || st.Idle):
			if idle++; st.Count > 0 {
				idle = 1
			}
			due = now.Add(min(s.o.IdleMin<<min(idle-1, 10), s.o.IdleMax))
		case !ahead && st.Idle:
			if err := s.o.Sleep.Sleep(ctx, due.Sub(now)); err != nil {
				return err
			}
		}
	}
}
