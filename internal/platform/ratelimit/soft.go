package ratelimit

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Soft counts in memory at once and writes behind: what was counted goes to
// rate_counters together, a second after the first of it, and the answer of the
// database takes over what other processes counted under the same keys. In one
// process the verdicts are those of Limiter. What is softer:
//
//   - another process sees an attempt within a second, and learns of it when it
//     writes an attempt under that key itself. So several processes may let
//     through more than Max; no process ever lets through more than Max alone;
//   - a key that this process has not met, since its start for one, is let in
//     before the database was asked about it;
//   - a crash forgets what was not written, a second at most. Close writes all.
//
// It is for rules against a flood of honest actions (filing), where one more or
// less is no harm. It is not for what somebody guesses (passwords, codes,
// tokens) and not for letters to strangers: those are Limiter's.
//
// Memory is bounded: when the table is full of live counters, new keys are
// counted in the database like Limiter does, until windows end. Nothing is
// forgotten to make room, or a flood of keys would be a way around the rules.
//
// A batch whose answer was lost is written again: attempts may count twice then,
// never less than once. Soft is safe for concurrent use.
type Soft struct {
	strict *Limiter
	log    *slog.Logger
	max    int           // counters in memory
	delay  time.Duration // between the first attempt and its writing

	writing sync.Mutex // one batch at a time; taken before mu

	mu     sync.Mutex
	counts map[softKey]*softCount
	dirty  []softKey // those with pending > 0
	swept  time.Time // when counters whose windows ended were dropped last
	armed  bool      // a writing is due
	timer  *time.Timer
	closed bool
}

const (
	softMax   = 1 << 16         // some 10 MB
	softDelay = time.Second     // how old what others know may be
	softBatch = 1000            // rows of one statement, so that their locks are short
	softEnd   = 5 * time.Second // bounds one writing
)

type softKey struct {
	hash [32]byte
	slot int64 // nanoseconds of the epoch
}

type softCount struct {
	rule    Rule
	cur     tally // all that is known of the slot, what is not written yet included
	prev    tally // what the database knew of the slot before
	pending int   // not written
}

// NewSoft builds a limiter that writes behind, into the counters and under the
// secret of strict. Close must be called before the pool is closed.
func NewSoft(strict *Limiter, log *slog.Logger) *Soft {
	return &Soft{strict: strict, log: log, max: softMax, delay: softDelay, counts: map[softKey]*softCount{}}
}

// Attempt counts an attempt under each of the hits. What it gives has its verdict
// already, as a rule, and then adds no statement to a batch.
func (s *Soft) Attempt(now time.Time, hits ...Hit) *Attempt {
	all := s.strict.counters(now, hits)
	a := &Attempt{now: now}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range all {
		if wait, ok := s.count(now, c); ok {
			a.wait = max(a.wait, wait)
		} else {
			a.counters = append(a.counters, c)
		}
	}
	return a
}

// count counts one attempt; ok is false when there is no room for its counter.
func (s *Soft) count(now time.Time, c counter) (wait time.Duration, ok bool) {
	if s.closed {
		return 0, false
	}
	k := softKey{[32]byte(c.hash), c.slot.UnixNano()}
	n := s.counts[k]
	if n == nil {
		s.sweep(now)
		if len(s.counts) >= s.max {
			return 0, false
		}
		n = &softCount{rule: c.rule}
		s.counts[k] = n
	}
	if n.cur.n <= c.rule.Max {
		n.cur.n++
		n.cur.last = later(n.cur.last, now)
		if n.pending++; n.pending == 1 {
			s.dirty = append(s.dirty, k)
			s.arm()
		}
	}
	prev := n.prev
	if p := s.counts[softKey{k.hash, k.slot - int64(c.rule.Window)}]; p != nil {
		prev = tally{max(prev.n, p.cur.n), later(prev.last, p.cur.last)}
	}
	return c.rule.wait(now, c.slot, n.cur, prev), true
}

// arm sees to it that what is pending will be written.
func (s *Soft) arm() {
	if s.armed || s.closed {
		return
	}
	s.armed = true
	s.timer = time.AfterFunc(s.delay, func() {
		ctx, cancel := context.WithTimeout(context.Background(), softEnd)
		defer cancel()
		if err := s.Flush(ctx); err != nil {
			s.log.Warn("the counters of attempts were not written", "err", err)
		}
	})
}

// sweep drops the counters that no window covers any more, at most once a
// minute: it walks over all of them.
func (s *Soft) sweep(now time.Time) {
	if d := now.Sub(s.swept); d >= 0 && d < time.Minute {
		return
	}
	s.swept = now
	for k, n := range s.counts {
		if n.pending == 0 && time.Unix(0, k.slot).Add(2*n.rule.Window).Before(now) {
			delete(s.counts, k)
		}
	}
}

// Flush writes what is pending and takes over what others counted. What could not
// be written stays pending and is tried again a second later.
func (s *Soft) Flush(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	s.armed = false
	rows := s.take()
	s.mu.Unlock()
	var failed error
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && n < softBatch && rows[n].rule == rows[0].rule {
			n++
		}
		if failed == nil {
			failed = s.write(ctx, rows[:n])
		}
		if failed != nil {
			s.putBack(rows[:n])
		}
		rows = rows[n:]
	}
	return failed
}

// softRow is a counter on its way to the database.
type softRow struct {
	softKey
	rule Rule
	n    int
	last time.Time
}

// take takes what is pending, in the order in which rows are locked.
func (s *Soft) take() []softRow {
	rows := make([]softRow, 0, len(s.dirty))
	for _, k := range s.dirty {
		c := s.counts[k]
		rows = append(rows, softRow{k, c.rule, c.pending, c.cur.last})
		c.pending = 0
	}
	s.dirty = s.dirty[:0]
	slices.SortFunc(rows, func(a, b softRow) int {
		if c := strings.Compare(a.rule.Name, b.rule.Name); c != 0 {
			return c
		}
		if c := slices.Compare(a.hash[:], b.hash[:]); c != 0 {
			return c
		}
		return cmp.Compare(a.slot, b.slot)
	})
	return rows
}

func (s *Soft) putBack(rows []softRow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rows {
		c := s.counts[r.softKey]
		if c == nil {
			continue // its windows ended meanwhile
		}
		if c.pending == 0 {
			s.dirty = append(s.dirty, r.softKey)
		}
		c.pending += r.n
	}
	s.arm()
}

// Each statement is a transaction of its own and locks its rows by their hashes,
// as countSQL does. $1 hashes, $2 slots, $3 attempts, $4 the most of the rule, $5
// its window in seconds, $6 the latest attempts.
const softSQL = `
INSERT INTO rate_counters AS c (key_hash, slot, count, last_at)
SELECT k, s, least(n, $4 + 1), l FROM unnest($1::bytea[], $2::timestamptz[], $3::int[], $6::timestamptz[]) AS t (k, s, n, l)
ON CONFLICT (key_hash, slot) DO UPDATE SET count = least(c.count + excluded.count, $4 + 1),
  last_at = CASE WHEN c.count > $4 THEN c.last_at ELSE greatest(c.last_at, excluded.last_at) END
RETURNING key_hash, slot, count, last_at,
  coalesce((SELECT p.count FROM rate_counters p WHERE p.key_hash = c.key_hash AND p.slot = c.slot - make_interval(secs => $5)), 0),
  (SELECT p.last_at FROM rate_counters p WHERE p.key_hash = c.key_hash AND p.slot = c.slot - make_interval(secs => $5))`

func (s *Soft) write(ctx context.Context, rows []softRow) error {
	rule := rows[0].rule
	hashes, slots, ns, lasts := make([][]byte, len(rows)), make([]time.Time, len(rows)), make([]int32, len(rows)), make([]time.Time, len(rows))
	for i, r := range rows {
		hashes[i], slots[i], ns[i], lasts[i] = r.hash[:], time.Unix(0, r.slot), int32(r.n), r.last
	}
	b := &pgx.Batch{}
	b.Queue(softSQL, hashes, slots, ns, rule.Max, rule.Window.Seconds(), lasts).Query(func(found pgx.Rows) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		var hash []byte
		var slot time.Time
		var cur, prev int
		var last, before *time.Time
		_, err := pgx.ForEachRow(found, []any{&hash, &slot, &cur, &last, &prev, &before}, func() error {
			if c := s.counts[softKey{[32]byte(hash), slot.UnixNano()}]; c != nil {
				c.cur = tally{min(cur+c.pending, rule.Max+1), later(c.cur.last, moment(last))}
				c.prev = tally{prev, moment(before)}
			}
			return nil
		})
		return err
	})
	return s.strict.pool.SendBatch(ctx, b).Close()
}

// Close writes what is pending; whatever is counted afterwards is counted in the
// database at once.
func (s *Soft) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, softEnd)
	defer cancel()
	return s.Flush(ctx)
}
