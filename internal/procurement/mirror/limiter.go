package mirror

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"ereception/internal/platform/clock"
)

// Sleeper waits for d or until ctx ends, whose error it then returns. Tests put
// their own in, which moves a clock instead of waiting.
type Sleeper interface {
	Sleep(ctx context.Context, d time.Duration) error
}

// Timers is the Sleeper of the machine.
type Timers struct{}

// Sleep waits.
func (Timers) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// grow is the delay before attempt n+1: base doubled n-1 times, at most limit,
// and up to a fifth more by chance, so that several who were refused together
// do not come again together. It grows with n, chance included, up to the limit.
func grow(base time.Duration, n int, limit time.Duration) time.Duration {
	d := base
	for i := 1; i < n && d < limit; i++ {
		d *= 2
	}
	d = min(d, limit)
	return d + time.Duration(rand.Int64N(int64(d)/5+1)) // #nosec G404 -- spread, no secret
}

// limiter spaces requests evenly and holds all of them back after a 429.
type limiter struct {
	clock clock.Clock
	sleep Sleeper
	gap   time.Duration

	mu     sync.Mutex
	next   time.Time // the earliest moment of the next request
	hold   time.Time // nothing is asked before
	epoch  int       // how often everything was held back
	storms int       // refusals in a row
}

// wait returns when the caller may ask, with the epoch in which it asks.
func (l *limiter) wait(ctx context.Context) (int, error) {
	for {
		l.mu.Lock()
		now := l.clock.Now()
		at := now
		for _, t := range []time.Time{l.next, l.hold} {
			if t.After(at) {
				at = t
			}
		}
		l.next = at.Add(l.gap)
		epoch := l.epoch
		l.mu.Unlock()
		if err := l.sleep.Sleep(ctx, at.Sub(now)); err != nil {
			return 0, err
		}
		l.mu.Lock()
		same := epoch == l.epoch
		l.mu.Unlock()
		if same {
			return epoch, nil
		}
		// Somebody was refused meanwhile: the turn that was taken is void.
	}
}

// The delays after a 429; the official crawler begins with the same.
const (
	stormBase = 10 * time.Second
	stormMax  = 10 * time.Minute
)

// refused holds everything back after a 429 to a request of the epoch, for
// longer with each refusal in a row and never for less than the host asked.
func (l *limiter) refused(epoch int, asked time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if epoch != l.epoch {
		return // of the same storm as one that was heard already
	}
	l.epoch++
	l.storms++
	d := max(grow(stormBase, l.storms, stormMax), min(asked, time.Hour))
	l.hold = l.clock.Now().Add(d)
	l.next = l.hold
}

// served ends a row of refusals.
func (l *limiter) served(epoch int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if epoch == l.epoch {
		l.storms = 0
	}
}
