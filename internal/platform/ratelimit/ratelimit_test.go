package ratelimit_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/ratelimit"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var secret = bytes.Repeat([]byte{7}, 32)

// begin is the beginning of a slot of a quarter of an hour.
var begin = time.Date(2026, time.November, 25, 10, 0, 0, 0, time.UTC)

func limited(t *testing.T, err error) time.Duration {
	t.Helper()
	e, ok := errs.As(err)
	if !ok || e.Kind != errs.KindLimited {
		t.Fatalf("%v, want errs.Limited", err)
	}
	return e.RetryAfter
}

func TestAllow(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	ctx := context.Background()
	l := ratelimit.New(e.DB.Pool(), secret)
	rule := ratelimit.Rule{Name: "t", Max: 3, Window: 15 * time.Minute}
	for i := range 3 {
		if err := l.Allow(ctx, begin, rule.On("a")); err != nil {
			t.Fatalf("attempt %d: %v", i+1, err)
		}
	}
	wait := limited(t, l.Allow(ctx, begin, rule.On("a")))
	if err := l.Allow(ctx, begin, rule.On("b")); err != nil {
		t.Errorf("the key of another was limited: %v", err)
	}
	other := rule
	other.Name = "u"
	if err := l.Allow(ctx, begin, other.On("a")); err != nil {
		t.Errorf("another rule was limited: %v", err)
	}
	limited(t, l.Allow(ctx, begin.Add(15*time.Minute-time.Second), rule.On("a")))
	// The window slides: at the very beginning of the next slot nothing is free yet of what was used late in the slot.
	for range 3 {
		if err := l.Allow(ctx, begin.Add(14*time.Minute), rule.On("d")); err != nil {
			t.Fatal(err)
		}
	}
	limited(t, l.Allow(ctx, begin.Add(15*time.Minute), rule.On("c"), rule.On("d")))
	if err := l.Allow(ctx, begin.Add(15*time.Minute), rule.On("a")); err != nil {
		t.Errorf("a window after the latest that counted: %v", err)
	}
	if wait != 15*time.Minute {
		t.Errorf("come again after %s, want the window: then all three are older than it", wait)
	}
	if err := l.Allow(ctx, begin.Add(45*time.Minute), rule.On("a")); err != nil {
		t.Errorf("after two windows: %v", err)
	}
}

func TestWhoWaitsAsToldIsLetIn(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	ctx := context.Background()
	l := ratelimit.New(e.DB.Pool(), secret)
	rule := ratelimit.Rule{Name: "t", Max: 5, Window: 10 * time.Minute}
	now := begin
	for round := range 6 {
		for {
			err := l.Allow(ctx, now, rule.On("a"))
			if err != nil {
				now = now.Add(limited(t, err) + time.Second)
				break
			}
			now = now.Add(7 * time.Second)
		}
		if err := l.Allow(ctx, now, rule.On("a")); err != nil {
			t.Fatalf("round %d: waited as told, then %v", round, err)
		}
	}
}

// TestNobodyWaitsLongerThanTheWindow: whatever was tried before, the wait that is told is
// within the window, who comes back then is let in, and no window holds more than Max.
func TestNobodyWaitsLongerThanTheWindow(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	ctx := context.Background()
	l := ratelimit.New(e.DB.Pool(), secret)
	for _, rule := range []ratelimit.Rule{{Name: "one", Max: 1, Window: 15 * time.Minute}, {Name: "few", Max: 3, Window: 15 * time.Minute}, {Name: "some", Max: 10, Window: time.Hour}} {
		for _, at := range []time.Duration{0, time.Second, rule.Window / 3, rule.Window - time.Second} { // in the slot
			for _, stubborn := range []int{1, 5} {
				key := rule.Name + at.String() + strings.Repeat("x", stubborn)
				now := begin.Truncate(rule.Window).Add(at)
				var through []time.Time
				for range 4 {
					var wait time.Duration
					for refused := 0; refused < stubborn; {
						err := l.Allow(ctx, now, rule.On(key))
						if err == nil {
							through = append(through, now)
							continue
						}
						refused++
						if wait = limited(t, err); wait > rule.Window {
							t.Fatalf("%s at %s: wait for %s, longer than %s", rule.Name, at, wait, rule.Window)
						}
					}
					now = now.Add(wait)
					if err := l.Allow(ctx, now, rule.On(key)); err != nil {
						t.Fatalf("%s at %s: waited %s as told, then %v", rule.Name, at, wait, err)
					}
					through = append(through, now)
				}
				for i := rule.Max; i < len(through); i++ {
					if through[i].Sub(through[i-rule.Max]) < rule.Window-time.Second && rule.Max == 1 {
						t.Errorf("%s at %s: %d attempts within %s", rule.Name, at, rule.Max+1, through[i].Sub(through[i-rule.Max]))
					}
				}
			}
		}
	}
}

func TestSeveralRulesInOneTripAndRefund(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	ctx := context.Background()
	l := ratelimit.New(e.DB.Pool(), secret)
	account := ratelimit.Rule{Name: "account", Max: 2, Window: time.Hour}
	network := ratelimit.Rule{Name: "network", Max: 3, Window: time.Hour}
	hits := func(a string) []ratelimit.Hit { return []ratelimit.Hit{account.On(a), network.On("n")} }
	for range 10 { // an honest one never runs out
		if err := l.Allow(ctx, begin, hits("a")...); err != nil {
			t.Fatal(err)
		}
		if err := l.Refund(ctx, begin, hits("a")...); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range []string{"a", "b", "c"} {
		if err := l.Allow(ctx, begin, hits(a)...); err != nil {
			t.Fatalf("%s: %v", a, err)
		}
	}
	limited(t, l.Allow(ctx, begin, hits("d")...))
	if err := l.Allow(ctx, begin); err != nil {
		t.Errorf("no rule at all: %v", err)
	}
	if err := l.Allow(ctx, begin, network.On("")); err != nil {
		t.Errorf("an empty key: %v", err)
	}
}

func TestConcurrentAttemptsAreAllCounted(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	l := ratelimit.New(e.DB.Pool(), secret)
	a, b := ratelimit.Rule{Name: "a", Max: 10, Window: time.Hour}, ratelimit.Rule{Name: "b", Max: 1000, Window: time.Hour}
	var allowed atomic.Int32
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			hits := []ratelimit.Hit{a.On("x"), b.On("y")}
			if i%2 == 0 {
				hits[0], hits[1] = hits[1], hits[0]
			}
			if l.Allow(context.Background(), begin, hits...) == nil {
				allowed.Add(1)
			}
		})
	}
	wg.Wait()
	if allowed.Load() != 10 {
		t.Errorf("%d attempts went through, want 10", allowed.Load())
	}
}

func TestNothingReadableIsStored(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	ctx := context.Background()
	l := ratelimit.New(e.DB.Pool(), secret)
	if err := l.Allow(ctx, begin, ratelimit.SignInAccount.On("olena@example.com"), ratelimit.SignInNetwork.On("192.0.2.7")); err != nil {
		t.Fatal(err)
	}
	var all string
	if err := e.DB.ReadPool().QueryRow(ctx, "SELECT string_agg(encode(key_hash, 'escape'), ' ') FROM rate_counters").Scan(&all); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(all, "olena") || strings.Contains(all, "192.0.2") {
		t.Error("a counter can be read")
	}
	other := ratelimit.New(e.DB.Pool(), bytes.Repeat([]byte{8}, 32))
	if err := other.Allow(ctx, begin, ratelimit.SignInAccount.On("olena@example.com")); err != nil {
		t.Fatal(err)
	}
	if n := e.Count(t, "SELECT count(*) FROM rate_counters"); n != 3 {
		t.Errorf("%d counters, want 3: the hash must depend on the secret", n)
	}
	if err := l.Sweep(ctx, begin.Add(72*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n := e.Count(t, "SELECT count(*) FROM rate_counters"); n != 0 {
		t.Errorf("%d counters after the sweep, want none", n)
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"an IPv4 address stands for itself", "192.0.2.7", "192.0.2.7"},
		{"an IPv4 address in the clothes of IPv6", "::ffff:192.0.2.7", "192.0.2.7"},
		{"neighbours of one /64 are one network", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"a zone does not make a network", "fe80::1%eth0", "fe80::/64"},
		{"what is no address", "localhost", "unknown"},
		{"nothing", "", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := ratelimit.Network(c.in); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
