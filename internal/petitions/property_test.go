package petitions

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs"
)

// process is an instance of the portal with connections of its own.
func (b *bundle) process(t testing.TB) *Service {
	t.Helper()
	u, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("application_name", "mortal") // whose connections may die
	u.RawQuery = q.Encode()
	d, err := db.Open(context.Background(), db.Options{URL: u.String(), Clock: b.Clock, Log: b.Log, MaxConns: 6})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	ins, err := jobs.New(d.Pool(), nil, nil, b.Log)
	if err != nil {
		t.Fatal(err)
	}
	d.UseJobs(ins)
	return New(Options{
		DB: d, Calendars: fixedCalendar{calendar.Default()}, Locator: square{}, Signer: b.signer, Appeals: b.appeals,
		Clock: b.Clock, Secret: []byte("a secret of the tests"), BaseURL: "https://e.example", Log: b.Log,
	})
}

// TestCountIsTheSignatures drives random interleavings of signing, taking back,
// raising to a confirmed identity, sweeping and its undoing, counting, and the death of connections in the midst
// of it, on two instances at once, and then holds the counters against the
// rows: whatever happened, they are equal, nobody stands twice, what was
// acknowledged is there, and nobody who was swept counts again by taking his
// signature back and signing anew.
func TestCountIsTheSignatures(t *testing.T) {
	t.Parallel()
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	b := setup(t)
	b.charter = b.newCharter(t, Charter{
		ValidFrom: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Threshold: 1000, GatheringDays: 90, Supporters: 0, SupportersDays: 1,
		CheckDays: 2, AnnounceDays: 3, ReviewDays: 10, Tier: TierEmail, ResidentsOnly: true, Source: "Статут громади",
	})
	people := b.residents(t, 24)
	for i, a := range people[:6] {
		b.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at) VALUES ($1, $2, 'id', now())", a.ID, fmt.Appendf(nil, "human %d", i))
	}
	for round := range rounds {
		seed := rand.Uint64() //nolint:gosec // a test that says its seed
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { interleave(t, b, people, rand.New(rand.NewPCG(seed, uint64(round)))) })
	}
}

func interleave(t *testing.T, b *bundle, people []authz.Actor, r *rand.Rand) {
	ctx := context.Background()
	procs := []*Service{b.process(t), b.process(t)}
	list := []*Petition{b.gathering(t, b.ann), b.gathering(t, b.ann), b.gathering(t, b.ann)}
	type key struct {
		person   int64
		petition int64
	}
	var mu sync.Mutex
	sure := map[key]bool{} // acknowledged, and nothing else was tried since
	note := func(k key, v, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if ok {
			sure[k] = v
		} else {
			delete(sure, k)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() { // some confirm their identity in the midst of it
		for _, a := range people[6:12] {
			time.Sleep(15 * time.Millisecond)
			b.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at) VALUES ($1, $2, 'id', now()) ON CONFLICT DO NOTHING", a.ID, fmt.Appendf(nil, "later %d", a.ID))
		}
	})
	for w := range 8 { // each worker has persons of his own, so that he knows what he was told
		mine := people[w*3 : w*3+3]
		seed := r.Uint64()
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test
			for range 30 {
				s, who, p := procs[r.IntN(2)], mine[r.IntN(3)], list[r.IntN(3)]
				k := key{who.ID, p.ID}
				switch n := r.IntN(20); {
				case n < 10:
					_, err := s.Sign(ctx, who, p.Number, Mark{IP: "192.0.2.1"})
					note(k, true, err == nil)
				case n < 13: // what stands stays, whatever becomes of it
					if err := s.Raise(ctx, who, p.Number, Mark{IP: "192.0.2.1"}); err != nil {
						if _, ok := errs.As(err); !ok { // the connection died: it may have been done
							note(k, false, false)
						}
					}
				case n < 15:
					err := s.Withdraw(ctx, who, p.Number)
					note(k, false, err == nil)
				case n < 18:
					_ = s.Count(ctx)
				case n < 19:
					_ = b.sweepSome(ctx, s, p, r.IntN(2) == 0)
				default: // a connection dies, whatever it was doing
					_, _ = b.DB.ReadPool().Exec(ctx, `SELECT pg_terminate_backend(pid) FROM (
						SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'mortal' ORDER BY random() LIMIT 1) t`)
				}
			}
		})
	}
	wg.Wait()
	for k, v := range sure { // two persons may have seen one another's sweep, never a lost row
		n := b.Count(t, "SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND withdrawn_at IS NULL AND name = (SELECT name FROM people WHERE id = $2)", k.petition, k.person)
		if v && n != 1 || !v && n != 0 {
			t.Errorf("person %d, petition %d: acknowledged %v, %d standing signatures", k.person, k.petition, v, n)
		}
	}
	for _, p := range list {
		must(t, b.sweepSome(ctx, b.svc, p, false))
		for _, a := range people { // all take back what they gave, and sign anew
			must(t, b.svc.Withdraw(ctx, a, p.Number))
			must(t, second(b.svc.Sign(ctx, a, p.Number, Mark{})))
		}
		if n := b.Count(t, `SELECT count(*) FROM petition_signatures s JOIN petition_signatures w ON w.petition_id = s.petition_id AND (w.signer = s.signer AND w.tier >= s.tier OR w.strong = s.strong)
			WHERE s.petition_id = $1 AND s.withdrawn_at IS NULL AND s.sweep_id IS NULL AND w.withdrawn_at IS NOT NULL AND w.sweep_id IS NOT NULL AND w.id < s.id`, p.ID); n != 0 {
			t.Errorf("petition %d: %d that were swept count again", p.Number, n)
		}
	}
	fresh := b.instance(t)
	must(t, fresh.Count(ctx))
	for _, p := range list {
		b.same(t, p)
	}
	if wrong, err := fresh.Recount(ctx); err != nil || len(wrong) != 0 {
		t.Errorf("the nightly check finds %v, %v", wrong, err)
	}
}

// sweepSome takes a few signatures out as the fraud desk does, or gives them back.
func (b *bundle) sweepSome(ctx context.Context, s *Service, p *Petition, back bool) error {
	return s.db.Write(ctx, authz.System("test-sweep"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		if err := tx.Exec("SELECT FROM petitions WHERE id = ? FOR UPDATE", p.ID).Error; err != nil { // as every change of a petition
			return err
		}
		if back {
			return tx.Exec("UPDATE petition_signatures SET sweep_id = NULL WHERE petition_id = ? AND sweep_id IS NOT NULL", p.ID).Error
		}
		return tx.Exec("UPDATE petition_signatures SET sweep_id = 1 WHERE petition_id = ? AND id % 3 = 0 AND sweep_id IS NULL AND withdrawn_at IS NULL", p.ID).Error
	})
}

// same holds every counter of the petition against its rows.
func (b *bundle) same(t testing.TB, p *Petition) {
	t.Helper()
	const standing = " FROM petition_signatures WHERE petition_id = $1 AND withdrawn_at IS NULL AND sweep_id IS NULL"
	for _, c := range []struct{ name, got, want string }{
		{"by e-mail", "SELECT coalesce(max(email), 0) FROM petition_counts WHERE petition_id = $1", "SELECT count(*)" + standing + " AND tier = 1"},
		{"by strong identity", "SELECT coalesce(max(strong), 0) FROM petition_counts WHERE petition_id = $1", "SELECT count(*)" + standing + " AND tier = 2"},
		{"by hours", "SELECT coalesce(sum(n), 0) FROM petition_hours WHERE petition_id = $1", "SELECT count(*)" + standing},
		{"by districts", "SELECT coalesce(sum(n), 0) FROM petition_districts WHERE petition_id = $1", "SELECT count(*)" + standing},
		{"by signatories", "SELECT count(DISTINCT signer) FROM petition_signatures WHERE petition_id = $1 AND withdrawn_at IS NULL", "SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND withdrawn_at IS NULL"},
	} {
		if got, want := b.Count(t, c.got, p.ID), b.Count(t, c.want, p.ID); got != want {
			t.Errorf("petition %d counted %s: %d, rows %d", p.Number, c.name, got, want)
		}
	}
}
