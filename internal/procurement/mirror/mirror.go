// Package mirror follows the public OpenProcurement API (Prozorro) and brings
// the purchases of the city's buyers into the portal.
//
// Each resource (tenders, plans, contracts, monitorings) has a feed of ids,
// ordered by the moment of their last change, that is read two ways, as the
// official crawler does: backward, from the newest page to a start date, once;
// and forward from the same newest page, for ever. An offset is opaque; it is
// saved in the transaction of the ids which its page produced, so that a
// process that dies at any moment has either both or neither. The ids wait in
// procurement_queue, from which workers fetch the documents; a document is
// stored in the transaction that takes its id off the queue.
//
// What is guaranteed, whichever moment the process is killed at: no change of a
// document of the city's buyers that the feed has shown is lost, none is stored
// twice, no document of another buyer is stored. Pages may repeat and documents
// reappear: everything is guarded by dateModified.
//
// Which ids are wanted:
//
//   - tenders and plans of the buyers of procurement_buyers, seen in the feed
//     itself by procuringEntity, on the days on which a buyer counts as the city's;
//   - contracts named by a stored tender; the feed of contracts knows no buyer
//     and is only watched for changes of those;
//   - monitorings of the Audit Service over tenders that are known. A host that
//     has no such resource is told about in last_error and nothing else stops.
//
// Nothing that the API answers stops the loop: 429 slows every request down, by
// more each time; 5xx, broken connections and truncated JSON are asked again
// with growing delays; 404 on a feed drops the position and lists anew; a
// document that is gone, closed or unreadable is marked and the others go on.
// Requests keep to a rate, one after another.
//
// Only one instance follows the API at a time: an advisory lock of PostgreSQL
// on a session of its own. Should that session break unseen, an offset is still
// never moved by two: every move names the offset that it moves on from.
package mirror

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/db"
)

// The resources that are followed, by the names of procurement_feeds.
const (
	tender     = "tender"
	contract   = "contract"
	plan       = "plan"
	monitoring = "monitoring"
)

// resources stands in the order in which a round serves them. The feed of
// contracts is begun before the first contract is fetched (see pass).
var resources = []string{contract, tender, plan, monitoring}

// Put stores one document of the API inside the transaction: the bare document,
// without the envelope {"data": …}. It must change nothing when the stored one
// is as new or newer. Its user is the mirror; package procurement has it.
type Put func(ctx context.Context, tx *db.Tx, raw []byte) error

// Options of New. Zero values stand for what is said at each.
type Options struct {
	DB     *db.DB
	API    *Client
	Put    Put
	Clock  clock.Clock  // the machine's
	Sleep  Sleeper      // timers
	Log    *slog.Logger // nowhere
	Since  time.Time    // the back-fill stops here; zero: 13 months before the first start
	Limit  int          // items of a page; 1000, the API's greatest
	Worker int          // documents fetched at once; 3

	IdleMin time.Duration // pause after a page that brought nothing new; 15 s
	IdleMax time.Duration // the longest one, after several such; 60 s
}

// Syncer follows the API. Its methods may be called from several goroutines,
// but only one Run, Once, Round or Recheck works at a time, over all instances.
type Syncer struct {
	o Options

	mu    sync.Mutex
	begun map[string]start     // what this process found when it began, for the estimate
	none  map[string]time.Time // feeds that the host does not have: when they are asked for again
}

// start is a feed as it stood when this process began to go back in it.
type start struct {
	at      time.Time
	reached time.Time
}

var (
	// ErrBusy says that another instance follows the API.
	ErrBusy = errors.New("another instance follows the API of the purchases")
	// ErrNoBuyers says that the list of the city's buyers is empty: there is
	// nothing to look for.
	ErrNoBuyers = errors.New("the list of the city's buyers is empty: name them first, at /admin/buyers")

	errMoved    = errors.New("another instance moved the position of the feed")
	errTimeUp   = errors.New("the time of the round is over")
	errLockLost = errors.New("the session that held the lock of the mirror broke")
)

// New builds a syncer.
func New(o Options) *Syncer {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Sleep == nil {
		o.Sleep = Timers{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Limit <= 0 {
		o.Limit = 1000
	}
	if o.Worker <= 0 {
		o.Worker = 3
	}
	if o.IdleMin <= 0 {
		o.IdleMin = 15 * time.Second
	}
	if o.IdleMax < o.IdleMin {
		o.IdleMax = max(60*time.Second, o.IdleMin)
	}
	return &Syncer{o: o, begun: map[string]start{}, none: map[string]time.Time{}}
}

// Run follows the API until ctx ends, and then stops cleanly with nil. It waits
// for another instance to end. A database that is away for a while is waited
// for; ErrNoBuyers is returned at once.
func (s *Syncer) Run(ctx context.Context) error {
	for fails := 0; ; {
		err := s.held(ctx, true, func(ctx context.Context, l *lock) error {
			fails = 0
			return s.follow(ctx, l)
		})
		switch {
		case ctx.Err() != nil:
			return nil
		case !errors.Is(err, errLockLost) && !db.Down(err):
			return err
		}
		fails++
		s.o.Log.WarnContext(ctx, "purchases: the database is away", "err", err)
		if s.o.Sleep.Sleep(ctx, grow(5*time.Second, fails, 5*time.Minute)) != nil {
			return nil
		}
	}
}

// Once brings the mirror up to the present moment and ends: the back-fill is
// done, the feeds have nothing newer, and no document waits. It waits for
// another instance to end. Documents that could not be fetched several times
// stay in the queue for a later run. Errors: ErrNoBuyers, the database, a feed
// that could not be read after many attempts; whatever was done stays done.
func (s *Syncer) Once(ctx context.Context) error {
	return s.held(ctx, true, func(ctx context.Context, l *lock) error {
		for {
			queued, err := s.pass(ctx, l)
			if err != nil {
				return err
			}
			if _, err := s.drain(ctx, l, drainAll, 0); err != nil {
				return err
			}
			if queued == 0 {
				return nil
			}
		}
	})
}

// Bounds of a Round.
type Bounds struct {
	Pages     int           // of each feed, in each direction
	Documents int           // fetched
	Time      time.Duration // nothing new is begun after it, and what waits for the API is given up
}

// Round does a bounded part of the work, new changes first. ErrBusy when
// another instance is at it; that the API answers badly is no error, but stands
// in procurement_feeds.
func (s *Syncer) Round(ctx context.Context, b Bounds) error {
	return s.held(ctx, false, func(ctx context.Context, l *lock) error {
		if b.Time > 0 {
			l.until = s.o.Clock.Now().Add(b.Time)
		}
		if err := s.round(ctx, l, b); !errors.Is(err, errTimeUp) {
			return err
		}
		return nil
	})
}

// round lets every feed take its pages by itself, so that one that is broken
// holds up no other, and fetches documents as they come.
func (s *Syncer) round(ctx context.Context, l *lock, b Bounds) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wake, done := make(chan struct{}, 1), make(chan struct{})
	failed := make(chan error, len(resources))
	var wg sync.WaitGroup
	for _, res := range resources {
		wg.Go(func() { failed <- s.leaf(ctx, l, res, b.Pages, wake) })
	}
	go func() {
		wg.Wait()
		close(done)
	}()
	var err error
	for left, last := b.Documents, false; left > 0; {
		var n int
		if n, err = s.drain(ctx, l, drainDue, left); err != nil || last {
			break
		}
		left -= n
		select {
		case <-wake:
		case <-done:
			last = true
		}
	}
	if err != nil && !errors.Is(err, errTimeUp) { // else the feeds end by themselves
		cancel()
	}
	<-done
	close(failed)
	for e := range failed {
		if err == nil || errors.Is(err, errTimeUp) && e != nil {
			err = e // the time that is over hides nothing
		}
	}
	return err
}

// leaf takes up to n pages of one feed in each direction, new changes first.
func (s *Syncer) leaf(ctx context.Context, l *lock, res string, n int, wake chan<- struct{}) error {
	for _, turn := range []func(context.Context, *lock, string) (step, error){s.forward, s.backward} {
		for range n {
			st, err := turn(ctx, l, res)
			if st.Queued > 0 {
				select {
				case wake <- struct{}{}:
				default:
				}
			}
			if apiError(err) {
				break // its row tells
			}
			if err != nil {
				return err
			}
			if st.Idle || st.Short {
				break
			}
		}
	}
	return nil
}

// follow is the loop of Run: every feed by itself, the documents, the upkeep.
func (s *Syncer) follow(ctx context.Context, l *lock) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	failed := make(chan error, len(resources)+2)
	for _, res := range resources {
		wg.Go(func() { failed <- s.tail(ctx, l, res) })
	}
	wg.Go(func() {
		_, err := s.drain(ctx, l, drainEver, 0)
		failed <- err
	})
	wg.Go(func() { failed <- s.upkeep(ctx) })
	err := <-failed // none of them ends by itself
	cancel()
	wg.Wait()
	return err
}

// writeTimeout bounds a transaction of the mirror, which outlives its caller.
const writeTimeout = 30 * time.Second

// write is a transaction of the mirror in its own name. One that has begun is
// ended although ctx ends meanwhile: they are short, and so a stop is clean.
func (s *Syncer) write(ctx context.Context, fn func(*db.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	return s.o.DB.Write(ctx, authz.System("purchases_sync"), authz.JobRun, func(tx *db.Tx) error {
		// No person stands behind it and no record of anybody is touched.
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		return fn(tx)
	})
}
