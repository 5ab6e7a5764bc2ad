// Package clock is the only place that asks the machine for the time.
//
// Writes take their time from db.Tx.Now; whatever else needs the time holds a
// Clock, so that a test can stand on any day, a change of daylight saving or
// the end of a year included.
package clock

import (
	"sync"
	"time"
)

// Clock tells the present moment.
type Clock interface {
	Now() time.Time
}

// System is the clock of the machine, cut to microseconds as PostgreSQL keeps them.
type System struct{}

// Now returns the present moment.
func (System) Now() time.Time { return time.Now().Truncate(time.Microsecond) }

// Fixed is a clock for tests: it stands until moved. Safe for concurrent use.
type Fixed struct {
	mu  sync.Mutex
	now time.Time
}

// At returns a clock that stands at t.
func At(t time.Time) *Fixed { return &Fixed{now: t.Truncate(time.Microsecond)} }

// Now returns the moment at which the clock stands.
func (f *Fixed) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Set moves the clock to t.
func (f *Fixed) Set(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = t.Truncate(time.Microsecond)
}

// Advance moves the clock forward by d.
func (f *Fixed) Advance(d time.Duration) { f.Set(f.Now().Add(d)) }
