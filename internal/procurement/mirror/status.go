package mirror

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// FeedStatus is how far one feed has been followed.
type FeedStatus struct {
	Resource     string // tender, contract, plan, monitoring
	BackwardDone bool
	Reached      *time.Time // the oldest change listed by the back-fill
	Newest       *time.Time // the newest change listed
	Horizon      time.Time  // where the back-fill stops
	Share        float64    // of the back-fill that is done, 0 to 1, by dates
	Listed       int64
	Matched      int64
	Queue        int // documents that wait
	Failing      int // of them such that failed at least once
	Gone         int // documents that the API no longer gives
	LastOK       *time.Time
	LastError    string // empty when the last request was answered
	LastErrorAt  *time.Time
	Resets       int
	Left         time.Duration // estimate of the back-fill's listing; 0: unknown or done
}

// Status reads how far the mirror is, in the order of the work; empty before
// the first start. Any process may ask.
func Status(ctx context.Context, pool *pgxpool.Pool) ([]FeedStatus, error) {
	rows, err := pool.Query(ctx, `
		SELECT f.resource, f.backward_done, f.reached, f.newest, f.horizon, f.listed, f.matched, f.last_ok_at, f.last_error, f.last_error_at, f.resets,
			f.started_at, count(q.id) FILTER (WHERE NOT q.gone), count(q.id) FILTER (WHERE NOT q.gone AND q.attempts > 0), count(q.id) FILTER (WHERE q.gone)
		FROM procurement_feeds f LEFT JOIN procurement_queue q USING (resource)
		GROUP BY f.resource ORDER BY array_position(ARRAY['tender', 'contract', 'plan', 'monitoring'], f.resource)`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []FeedStatus
	for rows.Next() {
		var f FeedStatus
		var began time.Time
		if err := rows.Scan(&f.Resource, &f.BackwardDone, &f.Reached, &f.Newest, &f.Horizon, &f.Listed, &f.Matched, &f.LastOK, &f.LastError, &f.LastErrorAt,
			&f.Resets, &began, &f.Queue, &f.Failing, &f.Gone); err != nil {
			return nil, err
		}
		switch {
		case f.BackwardDone:
			f.Share = 1
		case f.Reached != nil && f.LastOK != nil:
			f.Share = share(began, *f.Reached, f.Horizon)
			f.Left = left(*f.LastOK, start{began, began}, *f.Reached, f.Horizon)
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// Status is Status of the package with the estimate by the speed of this
// process, which does not count the time when nobody worked.
func (s *Syncer) Status(ctx context.Context) ([]FeedStatus, error) {
	list, err := Status(ctx, s.o.DB.ReadPool())
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range list {
		if b, ok := s.begun[f.Resource]; ok && !f.BackwardDone && f.Reached != nil {
			list[i].Left = left(s.o.Clock.Now(), b, *f.Reached, f.Horizon)
		}
	}
	return list, err
}

// Left is an estimate of the time until everything is listed and fetched at the
// rate of requests; 0: nothing is left, or nothing can be said yet.
func Left(list []FeedStatus, rate float64) time.Duration {
	var feeds time.Duration
	queue := 0
	for _, f := range list {
		feeds = max(feeds, f.Left)
		queue += f.Queue
	}
	if rate > 0 {
		feeds += time.Duration(float64(queue) / rate * float64(time.Second))
	}
	return feeds
}

func share(from, reached, horizon time.Time) float64 {
	all := from.Sub(horizon)
	if all <= 0 {
		return 1
	}
	return min(max(float64(from.Sub(reached))/float64(all), 0), 1)
}

// left takes the dates that remain at the speed with which dates went by.
func left(now time.Time, b start, reached, horizon time.Time) time.Duration {
	took, went, rest := now.Sub(b.at), b.reached.Sub(reached), reached.Sub(horizon)
	if took <= 0 || went <= 0 || rest <= 0 {
		return 0
	}
	return time.Duration(float64(took) * (float64(rest) / float64(went)))
}

// mark remembers where this process found a feed.
func (s *Syncer) mark(st state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Clock.Now()
	reached := now
	if st.Reached != nil {
		reached = *st.Reached
	}
	if b, ok := s.begun[st.Resource]; !ok || reached.After(b.reached) {
		s.begun[st.Resource] = start{now, reached}
	}
}
