package ratelimit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
)

var (
	softBegin  = time.Date(2026, time.November, 25, 10, 0, 0, 0, time.UTC)
	softSecret = bytes.Repeat([]byte{7}, 32)
	bg         = context.Background()
)

// still is a limiter that writes only when it is told to.
func still(t *testing.T, p Pool, e *pgtest.Env) *Soft {
	t.Helper()
	s := NewSoft(New(p, softSecret), e.Log)
	s.delay = time.Hour
	t.Cleanup(func() { _ = s.Close(bg) })
	return s
}

// ask counts an attempt as a use-case does.
func ask(t *testing.T, p Pool, a *Attempt) error {
	t.Helper()
	b := &pgx.Batch{}
	verdict := a.Queue(b)
	if b.Len() > 0 {
		if err := p.SendBatch(bg, b).Close(); err != nil {
			t.Fatal(err)
		}
	}
	return verdict()
}

// pause is how long the answer tells to stay away; 0: allowed.
func pause(t *testing.T, err error) time.Duration {
	t.Helper()
	if err == nil {
		return 0
	}
	e, ok := errs.As(err)
	if !ok || e.Kind != errs.KindLimited {
		t.Fatalf("%v, want errs.Limited", err)
	}
	return e.RetryAfter
}

func allowed(t *testing.T, p Pool, s *Soft, now time.Time, n int, h ...Hit) (yes int) {
	t.Helper()
	for range n {
		if pause(t, ask(t, p, s.Attempt(now, h...))) == 0 {
			yes++
		}
	}
	return yes
}

// TestSoftJudgesLikeStrict sends the same attempts through both: whenever it
// writes, one process alone answers the same, to the very pause.
func TestSoftJudgesLikeStrict(t *testing.T) {
	t.Parallel()
	e, twin := pgtest.New(t), pgtest.New(t)
	soft, strict := still(t, e.DB.Pool(), e), New(twin.DB.Pool(), softSecret)
	account, network := Rule{"account", 4, 10 * time.Minute}, Rule{"network", 9, 25 * time.Minute}
	seed := uint64(softBegin.Unix())
	rnd := rand.New(rand.NewPCG(seed, 2))
	now, refused := softBegin, 0
	for i := range 1500 {
		now = now.Add(time.Duration(rnd.IntN(90)) * time.Second)
		if rnd.IntN(60) == 0 {
			now = now.Add(30 * time.Minute)
		}
		at := now.Add(-time.Duration(rnd.IntN(3)) * time.Second) // requests overtake each other, over the border of a slot too
		hits := []Hit{account.On(strconv.Itoa(rnd.IntN(3))), network.On("n")}
		want, got := pause(t, strict.Allow(bg, at, hits...)), pause(t, ask(t, e.DB.Pool(), soft.Attempt(at, hits...)))
		if got != want {
			t.Fatalf("attempt %d at %s: stay away for %s, Limiter says %s", i, at, got, want)
		}
		if got > 0 {
			refused++
		}
		if rnd.IntN(15) == 0 {
			if err := soft.Flush(bg); err != nil {
				t.Fatal(err)
			}
		}
	}
	if refused < 100 || refused > 1400 {
		t.Errorf("%d of 1500 refused: the case shows nothing", refused)
	}
	if err := soft.Flush(bg); err != nil {
		t.Fatal(err)
	}
	const all = "SELECT coalesce(sum(count * extract(epoch FROM slot)::bigint), 0)::bigint FROM rate_counters"
	var a, b int64
	if err := errors.Join(e.DB.ReadPool().QueryRow(bg, all).Scan(&a), twin.DB.ReadPool().QueryRow(bg, all).Scan(&b)); err != nil || a != b {
		t.Errorf("the counters differ: %d, Limiter's %d, %v", a, b, err)
	}
}

func TestSoftProcessesConverge(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	p := e.DB.Pool()
	rule, late := Rule{"t", 10, time.Hour}, softBegin.Add(50*time.Minute)
	a, b := still(t, p, e), still(t, p, e)
	flush := func(list ...*Soft) {
		t.Helper()
		for _, s := range list {
			if err := s.Flush(bg); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := allowed(t, p, a, late, 6, rule.On("x")); n != 6 {
		t.Fatalf("%d of 6", n)
	}
	flush(a)
	// b has never met the key: its first attempt goes through, and then it knows.
	if n := allowed(t, p, b, late, 1, rule.On("x")); n != 1 {
		t.Fatal("the first attempt in the other process was refused")
	}
	flush(b)
	if n := allowed(t, p, b, late, 10, rule.On("x")); n != 3 {
		t.Errorf("%d more went through in b, want 3: 6 were a's", n)
	}
	flush(b)
	if n := allowed(t, p, a, late, 1, rule.On("x")); n != 1 {
		t.Error("a knows too early")
	}
	flush(a)
	if n := allowed(t, p, a, late, 5, rule.On("x")); n != 0 {
		t.Errorf("%d went through in a after it learnt that all are used up", n)
	}
	// In the next slot what the other process counted in the slot before stands in the way as well.
	later := softBegin.Add(time.Hour + time.Minute)
	fresh := still(t, p, e)
	if n := allowed(t, p, fresh, later, 1, rule.On("x")); n != 1 {
		t.Error("the first attempt of a process that knows nothing was refused")
	}
	flush(fresh)
	if n := allowed(t, p, fresh, later, 1, rule.On("x")); n != 0 {
		t.Error("the slot before was not taken over")
	}
	// Strict counting sees the soft one's counters.
	if pause(t, New(p, softSecret).Allow(bg, late, rule.On("x"))) == 0 {
		t.Error("Limiter does not see what was counted softly")
	}
	if n := e.Count(t, "SELECT max(count) FROM rate_counters"); n != 11 {
		t.Errorf("a counter of %d, want Max+1", n)
	}
}

// TestSoftProcessesNeverLetThroughMoreThanMaxEach is the bound of the package
// comment, in the worst order.
func TestSoftProcessesNeverLetThroughMoreThanMaxEach(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	p := e.DB.Pool()
	rule, total := Rule{"t", 10, time.Hour}, 0
	for range 3 {
		total += allowed(t, p, still(t, p, e), softBegin, 30, rule.On("x"))
	}
	if total != 30 {
		t.Errorf("three processes let %d through", total)
	}
}

func TestSoftWritesByItselfAndAtTheEnd(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	p := e.DB.Pool()
	rule := Rule{"t", 10, time.Hour}
	s := NewSoft(New(p, softSecret), e.Log)
	s.delay = 30 * time.Millisecond
	allowed(t, p, s, softBegin, 3, rule.On("x"))
	for i := 0; e.Count(t, "SELECT coalesce(sum(count), 0) FROM rate_counters") != 3; i++ {
		if i > 500 {
			t.Fatal("nothing was written")
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.mu.Lock()
	s.delay = time.Hour
	s.mu.Unlock()
	allowed(t, p, s, softBegin, 2, rule.On("x"), rule.On("y"))
	if err := s.Close(bg); err != nil {
		t.Fatal(err)
	}
	if n := e.Count(t, "SELECT sum(count) FROM rate_counters"); n != 7 {
		t.Errorf("%d written at the end, want 7", n)
	}
	// After the end it is Limiter.
	if n := allowed(t, p, s, softBegin, 10, rule.On("x")); n != 5 {
		t.Errorf("%d went through after the end, want 5", n)
	}
}

// TestSoftIsBounded: new keys are counted strictly when the table is full, and it
// empties when windows end.
func TestSoftIsBounded(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	p := e.DB.Pool()
	rule := Rule{"t", 2, time.Hour}
	s := still(t, p, e)
	s.max = 50
	for i := range 80 {
		if n := allowed(t, p, s, softBegin, 4, rule.On(strconv.Itoa(i))); n != 2 {
			t.Fatalf("key %d: %d went through, want 2", i, n)
		}
	}
	if len(s.counts) != 50 {
		t.Errorf("%d counters in memory, want 50", len(s.counts))
	}
	if n := e.Count(t, "SELECT count(*) FROM rate_counters WHERE count = 3"); n != 30 {
		t.Errorf("%d counters were counted strictly, want 30", n)
	}
	if err := s.Flush(bg); err != nil {
		t.Fatal(err)
	}
	if n := e.Count(t, "SELECT count(*) FROM rate_counters WHERE count = 3"); n != 80 {
		t.Errorf("%d counters, want 80", n)
	}
	allowed(t, p, s, softBegin.Add(3*time.Hour), 1, rule.On("late"))
	if len(s.counts) != 1 {
		t.Errorf("%d counters in memory after their windows, want 1", len(s.counts))
	}
}

// broken is a database that is down at times.
type broken struct {
	Pool
	down atomic.Bool
}

func (b *broken) SendBatch(ctx context.Context, q *pgx.Batch) pgx.BatchResults {
	if b.down.Load() {
		return pgx.FailedBatchResults(q, &pgconn.PgError{Code: "57P03"})
	}
	return b.Pool.SendBatch(ctx, q)
}

func TestSoftKeepsWhatCouldNotBeWritten(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	p := &broken{Pool: e.DB.Pool()}
	rule := Rule{"t", 10, time.Hour}
	s := still(t, p, e)
	p.down.Store(true)
	for range 2 {
		if n := allowed(t, p, s, softBegin, 2, rule.On("x"), rule.On("y")); n != 2 {
			t.Fatal("a database that is down stopped the counting")
		}
		if s.Flush(bg) == nil {
			t.Fatal("no error")
		}
	}
	p.down.Store(false)
	if err := s.Flush(bg); err != nil {
		t.Fatal(err)
	}
	if n := e.Count(t, "SELECT sum(count) FROM rate_counters"); n != 8 {
		t.Errorf("%d counted, want 8", n)
	}
	if n := allowed(t, p, s, softBegin, 20, rule.On("x")); n != 6 {
		t.Errorf("%d more went through, want 6", n)
	}
}

// TestSoftCountsEveryAttempt beside its own writing, more rows than one statement
// takes, and beside the strict limiter on the same keys.
func TestSoftCountsEveryAttempt(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	p := e.DB.Pool()
	account, network := Rule{"a", 1 << 20, time.Hour}, Rule{"n", 40, time.Hour}
	a, b, strict := still(t, p, e), still(t, p, e), New(p, softSecret)
	var wg sync.WaitGroup
	for _, s := range []*Soft{a, b} {
		for w := range 4 {
			wg.Go(func() {
				for i := range 500 {
					s.Attempt(softBegin, account.On(fmt.Sprint(w, i)), account.On("all"))
				}
			})
		}
		wg.Go(func() {
			for range 10 {
				if err := s.Flush(bg); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 50 {
			if err := strict.Allow(bg, softBegin, account.On("all"), account.On(fmt.Sprint(0, i))); err != nil {
				t.Error(err)
			}
		}
	})
	var through atomic.Int32
	for range 100 {
		wg.Go(func() {
			if a.Attempt(softBegin, network.On("x")).Queue(&pgx.Batch{})() == nil {
				through.Add(1)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(a.Flush(bg), b.Flush(bg)); err != nil {
		t.Fatal(err)
	}
	if through.Load() != 40 {
		t.Errorf("%d went through, want 40", through.Load())
	}
	if n := e.Count(t, "SELECT max(count) FROM rate_counters"); n != 4050 {
		t.Errorf("%d counted under one key, want 4050", n)
	}
	if n := e.Count(t, "SELECT count(*) FROM rate_counters"); n != 2002 {
		t.Errorf("%d counters, want 2002", n)
	}
	if n := e.Count(t, "SELECT sum(count) FROM rate_counters"); n != 4050+4000+50+41 {
		t.Errorf("%d counted in all", n)
	}
}
