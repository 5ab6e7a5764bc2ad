package petitions

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

// fakePlatform keeps what it is told; fail is what it does instead.
type fakePlatform struct {
	mu     sync.Mutex
	told   []Shared
	asked  int
	fail   Failure
	extra  int64 // revisions that it has and we do not know of
	count  *int
	forgot bool
}

func (f *fakePlatform) held(n int64) (h Held) {
	for _, x := range f.told {
		if x.Number == n {
			h.Revision = max(h.Revision, x.Revision)
		}
	}
	h.Revision += f.extra
	h.URL, h.Count, h.At = "https://vzaemodiia.example/1", f.count, time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	return h
}

func (f *fakePlatform) Publish(_ context.Context, p Shared) (Held, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != "" {
		return Held{}, &PlatformError{f.fail}
	}
	f.forgot = false
	f.told = append(f.told, p)
	return f.held(p.Number), nil
}

func (f *fakePlatform) Held(_ context.Context, n int64) (Held, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	switch {
	case f.fail != "":
		return Held{}, &PlatformError{f.fail}
	case f.forgot:
		return Held{}, &PlatformError{FailMissing}
	}
	return f.held(n), nil
}

func (b *bundle) connected(t testing.TB) *fakePlatform {
	t.Helper()
	f := &fakePlatform{}
	b.svc.platform = f
	return f
}

func (b *bundle) exchange(t testing.TB, p *Petition) error {
	t.Helper()
	return b.svc.Exchange(context.Background(), kind.PetitionExchange{PetitionID: p.ID})
}

func (b *bundle) exchangeJobs(t testing.TB) int {
	t.Helper()
	return b.Count(t, "SELECT count(*) FROM river_job WHERE kind = 'petition_exchange'")
}

func TestThePlatformIsToldOfChanges(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	f := b.connected(t)
	p := b.inState(t, b.ann, Checking)
	must(t, b.exchange(t, p))
	if len(f.told) != 0 || b.Count(t, "SELECT count(*) FROM petition_exchanges") != 0 {
		t.Error("the platform was told of a petition that is not published")
	}
	must(t, b.svc.Publish(ctx, b.clerk, p.Number, 0))
	if n := b.exchangeJobs(t); n != 1 {
		t.Fatalf("%d jobs after the publication", n)
	}
	if args := b.str(t, "SELECT args::text FROM river_job WHERE kind = 'petition_exchange'"); args != `{"petition_id": `+jsonOf(t, p.ID)+`}` {
		t.Errorf("the job says more than an id: %s", args)
	}
	must(t, b.exchange(t, p))
	if len(f.told) != 1 || f.told[0].Revision != 1 || f.told[0].State != Gathering || f.told[0].Author != b.ann.Name || f.told[0].URL != "https://e.example/petitions/"+jsonOf(t, p.Number) {
		t.Fatalf("%+v", f.told)
	}
	n := 7
	f.count = &n
	must(t, b.exchange(t, p)) // the job runs twice
	if len(f.told) != 1 || f.asked != 1 {
		t.Errorf("told %d times, asked %d times", len(f.told), f.asked)
	}
	b.mustSign(t, p, b.ann, b.bob)
	b.Clock.Advance(2 * time.Second) // a shown count is a moment old at most
	must(t, b.svc.ExchangeAll(ctx, kind.PetitionsExchange{}))
	if len(f.told) != 2 || f.told[1].Revision != 2 || f.told[1].Counted != 2 {
		t.Errorf("the round: %+v", f.told)
	}
	if all := jsonOf(t, f.told); strings.Contains(all, "Богдан") || strings.Contains(all, "example.org") {
		t.Errorf("a signatory is told of: %s", all)
	}
	// What the platform gathered counts for nothing here.
	if c, err := b.svc.CountOf(ctx, p.Number); err != nil || c.Counted != 2 {
		t.Errorf("%+v %v", c, err)
	}
	st, err := b.svc.Exchanges(ctx, b.boss)
	if err != nil || !st.On || st.Known != 1 || st.Waiting+st.Failing != 0 || len(st.Rows) != 1 || *st.Rows[0].Count != 7 || st.Rows[0].URL == "" || !st.Rows[0].Known {
		t.Errorf("%+v %v", st, err)
	}
	for _, who := range []authz.Actor{b.ann, b.clerk, b.head} {
		_, err := b.svc.Exchanges(ctx, who)
		want(t, err, errs.KindForbidden, "")
	}
	// Examples and the archive of the former site are nobody's matter there.
	before := len(f.told)
	demo := b.gathering(t, b.bob)
	b.Owner(t, "UPDATE petitions SET demo = true WHERE id = $1", demo.ID)
	b.importing(t, oldFile, ImportOptions{})
	must(t, b.exchange(t, demo))
	must(t, b.exchange(t, b.byLegacy(t, "18")))
	must(t, b.svc.ExchangeAll(ctx, kind.PetitionsExchange{}))
	if len(f.told) != before {
		t.Errorf("told of %+v", f.told[before:])
	}
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return string(b)
}

func TestWithoutAPlatformNothingIsPromised(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	p := b.inState(t, b.ann, Checking)
	must(t, b.svc.Publish(ctx, b.clerk, p.Number, 0))
	must(t, b.exchange(t, p))
	must(t, b.svc.ExchangeAll(ctx, kind.PetitionsExchange{}))
	if n := b.exchangeJobs(t) + b.Count(t, "SELECT count(*) FROM petition_exchanges"); n != 0 {
		t.Errorf("%d traces of an exchange that is off", n)
	}
	if st, err := b.svc.Exchanges(ctx, b.boss); err != nil || st.On {
		t.Errorf("%+v %v", st, err)
	}
}

func TestAFailingPlatformDisturbsNobody(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	f := b.connected(t)
	p := b.gathering(t, b.ann)
	b.gathering(t, b.ann) // one that was never told of
	for _, c := range []struct {
		fail  Failure
		again bool // the job comes back by itself
	}{{FailOffline, true}, {FailBusy, true}, {FailServer, true}, {FailPaused, true}, {FailAccess, false}, {FailRefused, false}, {FailAnswer, false}} {
		f.fail = c.fail
		if err := b.exchange(t, p); (err != nil) != c.again {
			t.Errorf("%s: %v", c.fail, err)
		}
		if got := b.str(t, "SELECT failure FROM petition_exchanges WHERE petition_id = $1", p.ID); got != string(c.fail) {
			t.Errorf("%s is kept as %q", c.fail, got)
		}
	}
	if n := b.Count(t, "SELECT failures FROM petition_exchanges WHERE petition_id = $1", p.ID); n != 7 {
		t.Errorf("%d failures in a row", n)
	}
	f.fail = FailOffline
	must(t, b.svc.ExchangeAll(ctx, kind.PetitionsExchange{}))
	if n := b.Count(t, "SELECT count(*) FROM petition_exchanges WHERE failure <> ''"); n != 2 {
		t.Errorf("%d petitions have failed, want the first and the one that the round began with", n)
	}
	if n := b.Count(t, "SELECT coalesce(sum(failures), 0) FROM petition_exchanges"); n != 8 {
		t.Errorf("the round made %d attempts, want one", n-7)
	}
	// Signing goes on, and what was not told is told later.
	b.mustSign(t, p, b.ann)
	b.Clock.Advance(2 * time.Second)
	st, err := b.svc.Exchanges(ctx, b.boss)
	if err != nil || st.Failing == 0 || st.Rows[0].Failure == "" {
		t.Errorf("%+v %v", st, err)
	}
	f.fail = ""
	must(t, b.svc.ExchangeAll(ctx, kind.PetitionsExchange{}))
	if len(f.told) != 2 || b.Count(t, "SELECT count(*) FROM petition_exchanges WHERE failure <> '' OR failures > 0 OR sent_revision <> revision") != 0 {
		t.Errorf("told %d", len(f.told))
	}
}

func TestRevisionsAfterALoss(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := b.connected(t)
	p := b.gathering(t, b.ann)
	must(t, b.exchange(t, p))
	// This database was restored from a copy: the platform has later revisions.
	f.extra = 10
	if err := b.exchange(t, p); err == nil || b.str(t, "SELECT failure FROM petition_exchanges") != string(FailBehind) {
		t.Errorf("%v", err)
	}
	f.extra = 0
	must(t, b.exchange(t, p))
	if last := f.told[len(f.told)-1]; last.Revision != 12 {
		t.Errorf("revision %d, want one after the platform's", last.Revision)
	}
	// The platform has lost the petition.
	told := len(f.told)
	f.forgot = true
	if err := b.exchange(t, p); err == nil {
		t.Error("a loss is no matter for a further attempt")
	}
	must(t, b.exchange(t, p))
	if len(f.told) != told+1 {
		t.Error("what the platform has lost is not told again")
	}
}

func TestTwoJobsOfOnePetition(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := b.connected(t)
	p := b.gathering(t, b.ann)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if err := b.exchange(t, p); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, x := range f.told {
		if x.Revision != 1 {
			t.Errorf("revision %d of one content", x.Revision)
		}
	}
	if b.Count(t, "SELECT count(*) FROM petition_exchanges WHERE sent_revision = 1 AND revision = 1") != 1 {
		t.Error("not settled")
	}
}
