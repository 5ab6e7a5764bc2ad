package petitions

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/jobs/kind"
)

// TestCountIsTheSignatures drives random interleavings of signing, taking back,
// raising to a confirmed identity, sweeping and its undoing, counting, and the
// death of instances (SIGKILL of a process) and of single connections in the midst
// of it, on two instances of the portal at once. After every step, whoever works
// beside it, one look at the database must find that what is counted and what is
// noted to be counted are the signatures, and that nobody stands twice. In the end
// the counters alone are equal to the rows, what was acknowledged is there, a
// petition is at its threshold when and only when it has the signatures, and nobody
// who was swept counts again by taking his signature back and signing anew.
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
		b.confirm(t, a, fmt.Sprintf("human %d", i))
	}
	b.confirm(t, people[21], "twin") // three accounts of one human being: of the third it becomes known in the midst of it
	b.linked(t, people[22], "twin")
	procs := []*mortal{b.mortal(t, "one"), b.mortal(t, "two")}
	var cut atomic.Int64 // connections
	for round := range rounds {
		b.Owner(t, "DELETE FROM strong_identities WHERE person_id = $1", people[23].ID)
		seed := rand.Uint64() //nolint:gosec // a test that says its seed
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			interleave(t, b, procs, people, &cut, rand.New(rand.NewPCG(seed, uint64(round)))) //nolint:gosec // as above
		})
	}
	if n := procs[0].killed + procs[1].killed; n == 0 || cut.Load() == 0 {
		t.Errorf("%d instances and %d connections died: nothing was tried", n, cut.Load())
	}
	up, down := b.Count(t, "SELECT count(*) FROM petition_events WHERE kind = 'reached'"), b.Count(t, "SELECT count(*) FROM petition_events WHERE kind = 'unreached'")
	if up == 0 {
		t.Error("no threshold was crossed: nothing was tried")
	}
	t.Logf("thresholds were crossed %d times and lost %d times", up, down)
	t.Logf("killed: %d and %d instances, %d connections", procs[0].killed, procs[1].killed, cut.Load())
}

// confirm gives the person a confirmed identity, unless he has one.
func (b *bundle) confirm(t testing.TB, a authz.Actor, ident string) {
	t.Helper()
	b.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at) VALUES ($1, $2, 'id', now()) ON CONFLICT DO NOTHING", a.ID, []byte(ident))
}

// atAnyMomentSQL is one snapshot: how many petitions have a counter that differs
// from their rows when what the triggers noted is added, how many signatories and
// how many human beings stand twice.
const atAnyMomentSQL = `
WITH s AS (SELECT petition_id, tier, count(*) AS n FROM petition_signatures WHERE withdrawn_at IS NULL AND sweep_id IS NULL GROUP BY 1, 2),
     d AS (SELECT petition_id, tier, sum(n) AS n FROM petition_deltas GROUP BY 1, 2),
     w AS (
  SELECT p.id,
         coalesce((SELECT sum(n) FROM s WHERE petition_id = p.id AND tier = 1), 0) AS email,
         coalesce((SELECT sum(n) FROM s WHERE petition_id = p.id AND tier = 2), 0) AS strong,
         coalesce((SELECT sum(n) FROM d WHERE petition_id = p.id AND tier = 1), 0) AS more_email,
         coalesce((SELECT sum(n) FROM d WHERE petition_id = p.id AND tier = 2), 0) AS more_strong,
         coalesce(c.email, 0) AS was_email, coalesce(c.strong, 0) AS was_strong,
         coalesce((SELECT sum(n) FROM petition_hours WHERE petition_id = p.id), 0) AS hours,
         coalesce((SELECT sum(n) FROM petition_districts WHERE petition_id = p.id), 0) AS districts
    FROM petitions p LEFT JOIN petition_counts c ON c.petition_id = p.id)
SELECT (SELECT count(*) FROM w WHERE email <> was_email + more_email OR strong <> was_strong + more_strong
          OR hours <> was_email + was_strong OR districts <> was_email + was_strong)
     + (SELECT count(*) FROM (SELECT FROM petition_signatures WHERE withdrawn_at IS NULL GROUP BY petition_id, signer HAVING count(*) > 1) x)
     + (SELECT count(*) FROM (SELECT FROM petition_signatures WHERE withdrawn_at IS NULL AND strong IS NOT NULL GROUP BY petition_id, strong HAVING count(*) > 1) x)`

func interleave(t *testing.T, b *bundle, procs []*mortal, people []authz.Actor, cut *atomic.Int64, r *rand.Rand) {
	ctx := context.Background()
	list := []*Petition{b.gathering(t, b.ann), b.gathering(t, b.ann), b.gathering(t, b.ann)}
	b.Owner(t, "UPDATE petitions SET threshold = 9 WHERE id = $1", list[2].ID) // crossed, and uncrossed by a sweep, now and then
	type key struct {
		person   int64
		petition int64
	}
	var mu sync.Mutex
	sure := map[key]bool{} // what the last answer said of it
	sweeps := map[int64][]int64{}
	twin := map[int64]bool{people[21].ID: true, people[22].ID: true, people[23].ID: true} // what one gave makes way for another's
	note := func(k key, v bool, o outcome) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case twin[k.person]:
		case o.Err == "":
			sure[k] = v
		case !o.Plain: // it may have been done
			delete(sure, k)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		time.Sleep(60 * time.Millisecond)
		b.linked(t, people[23], "twin")
		procs[0].ask(errand{What: "known", Who: people[23]})
	})
	wg.Go(func() { // some confirm their identity in the midst of it
		for _, a := range people[6:12] {
			time.Sleep(15 * time.Millisecond)
			b.confirm(t, a, fmt.Sprintf("later %d", a.ID))
		}
	})
	for w := range 8 { // each worker has persons of his own, so that he knows what he was told
		mine := people[w*3 : w*3+3]
		seed := r.Uint64()
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test
			for range 30 {
				m, who, p := procs[r.IntN(2)], mine[r.IntN(3)], list[r.IntN(3)]
				k := key{who.ID, p.ID}
				e := errand{Who: who, Number: p.Number, IP: fmt.Sprintf("192.0.2.%d", 1+r.IntN(3))}
				switch n := r.IntN(40); {
				case n < 20:
					e.What = "sign"
					note(k, true, m.ask(e))
				case n < 26: // what stands stays, whatever becomes of it
					e.What = "raise"
					if o := m.ask(e); o.Err != "" && !o.Plain {
						note(k, false, o)
					}
				case n < 30:
					e.What = "withdraw"
					note(k, false, m.ask(e))
				case n < 35:
					m.ask(errand{What: "count"})
				case n < 36:
					o := m.ask(errand{What: "sweep", Who: b.clerk, Number: p.Number})
					mu.Lock()
					if o.N != 0 {
						sweeps[p.Number] = append(sweeps[p.Number], o.N)
					}
					mu.Unlock()
				case n < 38:
					mu.Lock()
					var id int64
					if l := sweeps[p.Number]; len(l) > 0 {
						id = l[r.IntN(len(l))]
					}
					mu.Unlock()
					m.ask(errand{What: "undo", Who: b.clerk, Number: p.Number, Sweep: id})
				case n < 39: // a connection dies, whatever it was doing
					cut.Add(int64(b.Count(t, `SELECT count(pg_terminate_backend(pid)) FROM (
						SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'mortal-%' ORDER BY random() LIMIT 1) t`)))
				default: // an instance dies
					m.kill()
				}
				if n := b.Count(t, atAnyMomentSQL); n != 0 {
					t.Errorf("after %q: %d petitions are not counted as they were signed", e.What, n)
					return
				}
			}
		})
	}
	wg.Wait()
	for k, v := range sure {
		n := b.Count(t, "SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND withdrawn_at IS NULL AND name = (SELECT name FROM people WHERE id = $2)", k.petition, k.person)
		if v && n != 1 || !v && n != 0 {
			t.Errorf("person %d, petition %d: acknowledged %v, %d standing signatures", k.person, k.petition, v, n)
		}
	}
	fresh := b.instance(t)
	must(t, fresh.Known(ctx, kind.PetitionKnown{PersonID: people[23].ID})) // the job comes again until it is done
	must(t, fresh.Count(ctx))
	for _, p := range list {
		if n := b.Count(t, "SELECT count(*) FROM petition_signatures s JOIN people o ON o.name = s.name WHERE s.petition_id = $1 AND s.withdrawn_at IS NULL AND o.id = ANY ($2)",
			p.ID, []int64{people[21].ID, people[22].ID, people[23].ID}); n > 1 && b.load(t, p.Number).State == Gathering {
			t.Errorf("petition %d: one human being has %d signatures", p.Number, n)
		}
		if got := b.load(t, p.Number); got.State != Gathering {
			continue // nobody takes his signature back of one that is at its threshold
		}
		if id, f, err := b.svc.Try(ctx, b.clerk, p.Number, RuleAddress, Params{Most: 2}, ""); err != nil || f.Found > 0 {
			must(t, err)
			must(t, second(b.svc.RunSweep(ctx, b.clerk, p.Number, id)))
		}
		for _, a := range people { // all take back what they gave, and sign anew
			must(t, b.svc.Withdraw(ctx, a, p.Number))
			must(t, second(b.svc.Sign(ctx, a, p.Number, Mark{})))
		}
		if n := b.Count(t, `SELECT count(*) FROM petition_signatures s JOIN petition_signatures w ON w.petition_id = s.petition_id AND (w.signer = s.signer OR w.strong = s.strong) AND w.tier >= s.tier
			WHERE s.petition_id = $1 AND s.withdrawn_at IS NULL AND s.sweep_id IS NULL AND w.withdrawn_at IS NOT NULL AND w.sweep_id IS NOT NULL AND w.id < s.id`, p.ID); n != 0 {
			t.Errorf("petition %d: %d that were swept count again", p.Number, n)
		}
	}
	must(t, fresh.Count(ctx))
	for _, p := range list {
		b.same(t, p)
		b.atThreshold(t, p)
	}
	if wrong, err := fresh.Recount(ctx); err != nil || len(wrong) != 0 {
		t.Errorf("the nightly check finds %v, %v", wrong, err)
	}
}

// atThreshold holds the state of the petition, and its story, against its signatures.
func (b *bundle) atThreshold(t testing.TB, p *Petition) {
	t.Helper()
	got := b.load(t, p.Number)
	n := b.Count(t, "SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND withdrawn_at IS NULL AND sweep_id IS NULL", p.ID)
	if at := n >= got.Threshold; at != (got.State == Reached) || at != (got.ReachedAt != nil) {
		t.Errorf("petition %d: %s, reached at %v, with %d of %d", p.Number, got.State, got.ReachedAt, n, got.Threshold)
	}
	// Each crossing is told once, and none without the other between.
	if n := b.Count(t, `SELECT count(*) FROM (SELECT kind, lag(kind, 1, 'unreached') OVER (ORDER BY id) AS before FROM petition_events WHERE petition_id = $1 AND kind IN ('reached', 'unreached')) e
		WHERE kind = before`, p.ID); n != 0 {
		t.Errorf("petition %d: told %d times what was told already", p.Number, n)
	}
	open := 0
	if got.State == Reached {
		open = 1
	}
	if n := b.Count(t, "SELECT count(*) FROM petition_terms WHERE petition_id = $1 AND step = 'announce' AND met_at IS NULL", p.ID); n != open {
		t.Errorf("petition %d: %s with %d open terms of the announcement", p.Number, got.State, n)
	}
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
