// Package together lets callers who come at the same moment share one piece of
// work, such as a transaction of the database: what a commit costs is then paid
// once for all of them.
//
// Nothing is delayed to fill a share: a caller who comes while nobody works is
// a share of one and goes at once; who comes while others are on their way waits
// for the next. At most Options.Flights are on their way at a time, a further one
// when Options.Company callers wait, each with at most Options.Share callers; at most Options.Inside are let in, those on
// their way included, and who comes then is told at once (ErrFull) instead of after a timeout.
package together

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// ErrFull says that as many callers are inside as are let in.
var ErrFull = errors.New("too many are inside already")

// ErrLate goes with the error of a part whose work had no time left
// (Options.Within): whether it was done is for the work to tell.
var ErrLate = errors.New("there was no time left")

// Crowded reports whether err says that the caller should come again, because
// he was not let in or his part was not reached in time.
func Crowded(err error) bool { return errors.Is(err, ErrFull) || errors.Is(err, ErrLate) }

// Options of a Box; each but Company must be set.
type Options struct {
	Inside  int           // callers that wait or are on their way
	Share   int           // callers of one piece of work
	Flights int           // pieces of work at the same time
	Company int           // so many wait before a piece of work begins beside another; 0 is 1
	Within  time.Duration // the time that a piece of work has
}

// Answer is what became of one caller's part.
type Answer[A any] struct {
	Value A
	Err   error
}

// Box gathers callers. It is safe for concurrent use.
type Box[Q, A any] struct {
	o  Options
	do func(ctx context.Context, share []Q) []Answer[A]

	mu      sync.Mutex
	waiting []part[Q, A]
	flying  int
	inside  int
}

type part[Q, A any] struct {
	q    Q
	done chan Answer[A]
}

// New makes a box. do works for a share of callers and gives an answer for each,
// in their order; its context belongs to no caller and ends after Options.Within.
func New[Q, A any](o Options, do func(ctx context.Context, share []Q) []Answer[A]) *Box[Q, A] {
	return &Box[Q, A]{o: o, do: do}
}

// Do hands in a caller's part and waits for its answer. A caller whose context
// ends does not take his part back: it may or may not be done.
//
// Errors: ErrFull, that of the context, and those of the work, with ErrLate where it had no time left.
func (b *Box[Q, A]) Do(ctx context.Context, q Q) (A, error) {
	p := part[Q, A]{q, make(chan Answer[A], 1)}
	var none A
	b.mu.Lock()
	if b.inside >= b.o.Inside {
		b.mu.Unlock()
		return none, ErrFull
	}
	b.inside++
	b.waiting = append(b.waiting, p)
	if b.flying == 0 || b.flying < b.o.Flights && len(b.waiting) >= b.o.Company {
		b.flying++
		go b.fly()
	}
	b.mu.Unlock()
	select {
	case a := <-p.done:
		return a.Value, a.Err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// fly works until nobody waits, or too few for it to go on beside another.
func (b *Box[Q, A]) fly() {
	for {
		runtime.Gosched() // who is about to hand in comes along; it costs no time when nobody is
		b.mu.Lock()
		n := min(len(b.waiting), b.o.Share)
		if n == 0 || b.flying > 1 && n < b.o.Company {
			b.flying--
			b.mu.Unlock()
			return
		}
		share := slices.Clone(b.waiting[:n])
		b.waiting = slices.Delete(b.waiting, 0, n)
		b.mu.Unlock()
		answers := b.work(share)
		b.mu.Lock()
		b.inside -= n
		b.mu.Unlock()
		for i, a := range answers {
			share[i].done <- a
		}
	}
}

// work does one share. A panic in it is the error of all its callers, and no end
// of the process: the goroutine is nobody's request.
func (b *Box[Q, A]) work(share []part[Q, A]) (out []Answer[A]) {
	defer func() {
		if r := recover(); r != nil {
			out = make([]Answer[A], len(share))
			for i := range out {
				out[i].Err = fmt.Errorf("shared work: panic: %v", r)
			}
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), b.o.Within)
	defer cancel()
	list := make([]Q, len(share))
	for i, p := range share {
		list[i] = p.q
	}
	out = b.do(ctx, list)
	if len(out) != len(share) {
		panic(fmt.Sprintf("%d answers for %d callers", len(out), len(share)))
	}
	if ctx.Err() != nil {
		for i := range out {
			if out[i].Err != nil {
				out[i].Err = fmt.Errorf("%w: %w", ErrLate, out[i].Err)
			}
		}
	}
	return out
}
