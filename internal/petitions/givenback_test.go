package petitions

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// shutModel is what the rule says of one gathering: each whole stretch of time in
// which nobody could sign is given back, begun days as whole ones; what a day given
// before covers is not given again; a stretch that began after the end gives none.
type shutModel struct {
	p       *Petition
	step    Step
	days    int
	from    time.Time
	covered time.Time
	since   *time.Time // of the stretch that goes on
	given   int
	end     time.Time
	crowd   []int64 // its standing signatures
	sweep   int64   // the one that took them out; 0: they count
	what    []string
}

func (m *shutModel) count(t testing.TB) {
	t.Helper()
	r, err := count(m.step, m.from, m.days, deadline.Back{Switched: m.given}, calendar.Default())
	must(t, err)
	m.end = r.DueAt
}

// look takes note of what is so since now.
func (m *shutModel) look(t testing.TB, now time.Time, shut bool) {
	t.Helper()
	const day = 24 * time.Hour
	switch {
	case shut && m.since == nil:
		m.since = &now
	case !shut && m.since != nil:
		if start := later(*m.since, m.covered); m.since.Before(m.end) && now.After(start) {
			n := 0
			for c := start; c.Before(now); c = c.Add(day) {
				n++
			}
			m.given, m.covered = m.given+n, start.Add(time.Duration(n)*day)
			m.count(t)
		}
		m.since = nil
	}
}

// TestDaysGivenBack drives random interleavings of the switches, of petitions that
// reach their threshold and lose it again, of ends and of the clock, and holds the
// end of each gathering against the rule: exactly the time in which nobody could
// sign, never twice, never less.
func TestDaysGivenBack(t *testing.T) {
	t.Parallel()
	rounds := 10
	if testing.Short() {
		rounds = 4
	}
	for range rounds {
		seed := rand.Uint64() //nolint:gosec // a test that says its seed
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			shutAndOpen(t, rand.New(rand.NewPCG(seed, 1)))
		})
	}
}

func shutAndOpen(t *testing.T, r *rand.Rand) {
	ctx := context.Background()
	b := setup(t)
	// As likely as not an hour of these days is there twice, or is not there.
	starts := []time.Time{b.Clock.Now(), b.Clock.Now(), time.Date(2026, time.October, 21, 10, 0, 0, 0, time.UTC), time.Date(2027, time.March, 24, 10, 0, 0, 0, time.UTC)}
	b.Clock.Set(starts[r.IntN(len(starts))])
	b.charter = b.newCharter(t, Charter{
		ValidFrom: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Threshold: 5, GatheringDays: 6, Supporters: 2, SupportersDays: 6,
		CheckDays: 2, AnnounceDays: 3, ReviewDays: 10, Tier: TierEmail, ResidentsOnly: true, Source: "Статут громади",
	})
	people := b.residents(t, 5)
	var list []*shutModel
	versions, off := map[SwitchName]int{}, map[SwitchName]bool{}
	early := b.inState(t, b.ann, Supporting)
	first := &shutModel{p: early, step: StepSupporters, days: b.charter.SupportersDays, from: early.CreatedAt}
	first.count(t)
	b.Owner(t, "UPDATE petitions SET ends_at = $2 WHERE id = $1", early.ID, first.end)
	list = append(list, first)

	add := func() {
		p := b.inState(t, b.ann, Checking)
		must(t, b.svc.Publish(ctx, b.clerk, p.Number, 0))
		p = b.load(t, p.Number)
		m := &shutModel{p: p, step: StepGathering, days: b.charter.GatheringDays, from: *p.PublishedAt}
		m.count(t)
		for _, a := range people[:4] { // the fifth decides
			must(t, second(b.svc.Sign(ctx, a, p.Number, Mark{})))
		}
		m.crowd = nil
		list = append(list, m)
	}
	flip := func(name SwitchName) {
		must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: name, Off: !off[name], ReasonUK: "Проба", Version: versions[name]})))
		versions[name]++
		off[name] = !off[name]
	}
	// weighed lets the signatures count, or takes them out, as the fraud desk does.
	weighed := func(m *shutModel) {
		if m.sweep == 0 {
			b.Owner(t, "INSERT INTO petition_sweeps (petition_id, rule, state, found, ids, created_at) SELECT $1, 'address', 'tried', 1, array_agg(id), $2 FROM petition_signatures WHERE petition_id = $1 AND withdrawn_at IS NULL", m.p.ID, b.Clock.Now())
			id := b.id(t, "SELECT max(id) FROM petition_sweeps")
			if _, err := b.svc.RunSweep(ctx, b.clerk, m.p.Number, id); err == nil {
				m.sweep = id
			} else if !errs.Is(err, errs.KindConflict) {
				t.Fatal(err)
			}
		} else {
			must(t, second(b.svc.UndoSweep(ctx, b.clerk, m.p.Number, m.sweep)))
			m.sweep = 0
		}
		must(t, b.svc.Count(ctx))
	}
	add()
	moves := []time.Duration{time.Second, 10 * time.Minute, 3 * time.Hour, 11 * time.Hour, 24 * time.Hour, 31 * time.Hour}
	for range 45 {
		b.Clock.Advance(moves[r.IntN(len(moves))])
		word := ""
		switch n := r.IntN(12); {
		case n < 4:
			flip(SwitchSigning)
			word = fmt.Sprintf("signing off %v", off[SwitchSigning])
		case n < 5:
			flip(SwitchCreation)
		case n < 6 && len(list) < 4 && !off[SwitchSigning]:
			add()
		case n < 9:
			m := list[r.IntN(len(list))]
			if m.step != StepGathering {
				continue
			}
			now := b.load(t, m.p.Number)
			if len(m.crowd) == 0 && now.State == Gathering && !off[SwitchSigning] && b.Clock.Now().Before(*now.EndsAt) {
				must(t, second(b.svc.Sign(ctx, people[4], m.p.Number, Mark{})))
				must(t, b.svc.Count(ctx))
				m.crowd = []int64{1}
			} else if len(m.crowd) > 0 {
				weighed(m)
			}
			word = fmt.Sprintf("weighed, swept %v", m.sweep != 0)
		case n < 10:
			must(t, b.svc.Close(ctx))
			word = "close"
		}
		now := b.Clock.Now()
		for _, m := range list {
			p := b.load(t, m.p.Number)
			m.look(t, now, off[SwitchSigning] || p.State == Reached)
			m.what = append(m.what, fmt.Sprintf("%s %s: %s, given %d, ends %v", now.Format(time.DateTime), word, p.State, p.ExtendedDays, p.EndsAt))
			m.holds(t, b, p, now, off[SwitchSigning])
			if t.Failed() {
				t.Fatalf("petition from %v\n%s", m.from, strings.Join(m.what, "\n"))
			}
		}
	}
}

// holds says whether the petition stands as the rule has it.
func (m *shutModel) holds(t testing.TB, b *bundle, p *Petition, now time.Time, off bool) {
	t.Helper()
	switch {
	case p.State == Lapsed || p.State == NotEnough:
		if !p.ClosedAt.Equal(m.end) || now.Before(m.end) {
			t.Errorf("it ended at %v, the rule says %v, with %d days", p.ClosedAt, m.end, m.given)
		}
	case !off && p.State.Signable() && now.After(m.end.Add(2*closeGrace)):
		must(t, b.svc.Close(context.Background()))
		if st := b.load(t, p.Number).State; st.Signable() {
			t.Errorf("its time was over at %v, and at %v it is %s", m.end, now, st)
		}
	case m.since == nil: // signing goes on, or is over by the clock
		if p.ExtendedDays != m.given || !p.EndsAt.Equal(m.end) {
			t.Errorf("%d days were given back until %v, the rule says %d and %v", p.ExtendedDays, p.EndsAt, m.given, m.end)
		}
		if n := b.Count(t, "SELECT coalesce(sum((data->>'days')::integer), 0) FROM petition_events WHERE petition_id = $1 AND at >= $2 AND kind = 'extended'", p.ID, m.from); n != m.given {
			t.Errorf("the timeline tells of %d days, the rule of %d", n, m.given)
		}
	}
	if p.State.Signable() && m.step == StepGathering {
		// What the rule says is what the person meets.
		_, err := b.svc.Sign(context.Background(), b.bob, p.Number, Mark{})
		if may := !off && now.Before(m.end); may != (err == nil) {
			t.Errorf("signing while off is %v, at %v of %v: %v", off, now, m.end, err)
		}
		if err == nil {
			must(t, b.svc.Withdraw(context.Background(), b.bob, p.Number))
		}
	}
}

// TestTheUnionOfTwoReasons: the words of a term, and stretches that overlap, one by one.
func TestTheUnionOfTwoReasons(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	for _, c := range []struct {
		name string
		do   func(w *shutWalk)
		days int
		says []string // of «вимкнено» and «вважалася»
	}{
		{"the desk took signatures out, nothing was switched off", func(w *shutWalk) { w.reach(); w.pass(30 * hour); w.lose() }, 2, []string{"вважалася"}},
		{"switched off, on, and reached within the day that was given back", func(w *shutWalk) {
			w.flip()
			w.pass(hour)
			w.flip()
			w.reach()
			w.pass(5 * hour)
			w.lose()
		}, 1, []string{"вимкнено"}},
		{"reached and lost twice within a day", func(w *shutWalk) {
			w.reach()
			w.pass(hour)
			w.lose()
			w.reach()
			w.pass(hour)
			w.lose()
		}, 1, []string{"вважалася"}},
		{"off, reached meanwhile, on, lost later", func(w *shutWalk) {
			w.flip()
			w.pass(50 * hour)
			w.reach()
			w.pass(hour)
			w.flip()
			w.pass(30 * hour)
			w.lose()
		}, 4, []string{"вимкнено", "вважалася"}},
		{"off, reached and lost meanwhile, on", func(w *shutWalk) {
			w.flip()
			w.pass(50 * hour)
			w.reach()
			w.pass(hour)
			w.lose()
			w.pass(30 * hour)
			w.flip()
		}, 4, []string{"вимкнено"}},
		{"reached, off and on meanwhile, lost", func(w *shutWalk) {
			w.reach()
			w.pass(hour)
			w.flip()
			w.pass(hour)
			w.flip()
			w.pass(25 * hour)
			w.lose()
		}, 2, []string{"вважалася"}},
		{"reached by what came back after the end, and lost again", func(w *shutWalk) {
			w.reach()
			w.lose()
			w.pass(100 * 24 * hour)
			w.close()
			w.reach()
			w.pass(hour)
			w.lose()
		}, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := &shutWalk{T: t, b: setup(t)}
			w.p = w.b.inState(t, w.b.ann, Checking)
			must(t, w.b.svc.Publish(context.Background(), w.b.clerk, w.p.Number, 0))
			c.do(w)
			got := w.b.load(t, w.p.Number)
			want, err := count(StepGathering, *got.PublishedAt, w.b.charter.GatheringDays, deadline.Back{Switched: c.days}, calendar.Default())
			must(t, err)
			if got.State != Gathering || got.ExtendedDays != c.days || !got.EndsAt.Equal(want.DueAt) {
				t.Errorf("%s, %d days until %v, want %d until %v", got.State, got.ExtendedDays, got.EndsAt, c.days, want.DueAt)
			}
			if c.says == nil {
				return
			}
			why := w.b.str(t, "SELECT explain_uk FROM petition_terms WHERE petition_id = $1 AND step = 'gathering' AND met_at IS NULL", w.p.ID)
			for _, word := range []string{"вимкнено", "вважалася"} {
				if strings.Contains(why, word) != slices.Contains(c.says, word) {
					t.Errorf("%q in %s", word, why)
				}
			}
		})
	}
}

// shutWalk is one petition on a way of the test above.
type shutWalk struct {
	*testing.T
	b       *bundle
	p       *Petition
	version int
	off     bool
}

func (w *shutWalk) pass(d time.Duration) { w.b.Clock.Advance(d) }

func (w *shutWalk) close() { must(w, w.b.svc.Close(context.Background())) }

func (w *shutWalk) flip() {
	must(w, second(w.b.svc.SetSwitch(context.Background(), w.b.boss, Change{Name: SwitchSigning, Off: !w.off, ReasonUK: "Роботи", Version: w.version})))
	w.version++
	w.off = !w.off
}

func (w *shutWalk) reach() { w.weigh(Count{Counted: 5}) }
func (w *shutWalk) lose()  { w.weigh(Count{}) }

func (w *shutWalk) weigh(c Count) {
	must(w, w.b.svc.counting(context.Background(), func(tx *db.Tx) error {
		p, err := lock(tx, w.p.Number)
		if err != nil {
			return err
		}
		return w.b.svc.weigh(tx, p, c)
	}))
}
