package petitions

import (
	"context"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

func TestSigningSwitchGivesDaysBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p, early := b.gathering(t, b.ann), b.inState(t, b.bob, Supporting)
	b.Clock.Advance(24 * time.Hour)
	// The terms as the engine counts them, for the comparison with what comes after.
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Off: true, ReasonUK: "Роботи на сервері"})))
	sw, err := b.svc.Switches(ctx)
	must(t, err)
	if w := sw[SwitchSigning]; w.On() || w.Reason("en") != "Роботи на сервері" || !sw[SwitchCreation].On() || sw[SwitchGuard].On() {
		t.Errorf("%+v", sw)
	}
	want(t, b.svc.Off(ctx, SwitchSigning), errs.KindUnavailable, "petitions.err.signing_off")
	must(t, b.svc.Off(ctx, SwitchCreation))
	_, err = b.svc.Sign(ctx, b.bob, p.Number, Mark{})
	want(t, err, errs.KindUnavailable, "petitions.err.signing_off")

	// A longer reason is no second switching off.
	since := sw[SwitchSigning].OffSince
	b.Clock.Advance(time.Hour)
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Off: true, ReasonUK: "Роботи на сервері тривають", Version: sw[SwitchSigning].Version})))
	sw, err = b.svc.Switches(ctx)
	must(t, err)
	if !sw[SwitchSigning].OffSince.Equal(*since) {
		t.Error("the moment of switching off moved")
	}
	_, err = b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Version: 1})
	want(t, err, errs.KindConflict, "errors.conflict")

	// One that would have ended meanwhile does not end.
	b.Clock.Advance(35 * time.Hour)
	b.Owner(t, "UPDATE petitions SET ends_at = $2 WHERE id = $1", early.ID, since.Add(time.Hour))
	must(t, b.svc.Close(ctx))
	if st := b.load(t, early.Number).State; st != Supporting {
		t.Fatalf("ended while nobody could sign: %s", st)
	}
	n, err := b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Version: sw[SwitchSigning].Version})
	must(t, err)
	if n != 2 {
		t.Errorf("%d petitions got days back, want 2", n)
	}
	got := b.load(t, p.Number)
	whole, err := count(StepGathering, *p.PublishedAt, b.charter.GatheringDays, deadline.Back{Switched: 2}, calendar.Default())
	must(t, err)
	if got.ExtendedDays != 2 || !got.EndsAt.Equal(whole.DueAt) {
		t.Errorf("36 hours off: %d days back, ends %v, want 2 and %v", got.ExtendedDays, got.EndsAt, whole.DueAt)
	}
	if k := b.str(t, "SELECT kind || ' ' || public || ' ' || (data->>'days') FROM petition_events WHERE petition_id = $1 ORDER BY id DESC LIMIT 1", p.ID); k != "extended true 2" {
		t.Errorf("the timeline says %q", k)
	}
	terms, err := b.svc.terms(ctx, p.ID)
	must(t, err)
	if len(terms) != 1 || !terms[0].DueAt.Equal(whole.DueAt) || terms[0].ExplainUk == "" {
		t.Errorf("%+v", terms)
	}
	if e := b.load(t, early.Number); !e.EndsAt.After(b.Clock.Now()) || e.ExtendedDays != 2 {
		t.Errorf("first supporters: ends %v, %d days back", e.EndsAt, e.ExtendedDays)
	}
	must(t, second(b.svc.Sign(ctx, b.bob, p.Number, Mark{})))
	// A second time within the days that were given back adds none, one after them does.
	sw, err = b.svc.Switches(ctx)
	must(t, err)
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Off: true, ReasonUK: "Знову", Version: sw[SwitchSigning].Version})))
	b.Clock.Advance(time.Minute)
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Version: sw[SwitchSigning].Version + 1})))
	if d := b.load(t, p.Number).ExtendedDays; d != 2 {
		t.Errorf("a minute more makes %d days, want 2", d)
	}
	b.Clock.Advance(24 * time.Hour)
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Off: true, ReasonUK: "Знову", Version: sw[SwitchSigning].Version + 2})))
	b.Clock.Advance(time.Minute)
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Version: sw[SwitchSigning].Version + 3})))
	if d := b.load(t, p.Number).ExtendedDays; d != 3 {
		t.Errorf("a minute of another day makes %d days, want 3", d)
	}
}

func TestWhoMaySwitch(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	for name, a := range map[string]authz.Actor{"specialist": b.clerk, "manager": b.head, "resident": b.bob, "executor": b.exec} {
		if _, err := b.svc.SetSwitch(ctx, a, Change{Name: SwitchCreation, Off: true, ReasonUK: "x"}); !errs.Is(err, errs.KindForbidden) {
			t.Errorf("%s switches: %v", name, err)
		}
	}
	_, err := b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchCreation, Off: true, ReasonUK: " "})
	want(t, err, errs.KindInvalid, "petitionguard.err.reason")
	_, err = b.svc.SetSwitch(ctx, b.boss, Change{Name: "everything"})
	want(t, err, errs.KindInvalid, "petitionguard.err.switch")
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchCreation, Off: true, ReasonUK: "Забагато спаму"})))
	want(t, b.svc.Off(ctx, SwitchCreation), errs.KindUnavailable, "petitions.err.creation_off")
	if b.id(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'petition_switches'") == 0 {
		t.Error("the trail has nothing of it")
	}
}

// TestDaysAreGivenBackToEachPetition: what others got before it gathered covers
// nothing of a later petition; a day is not given twice to any.
func TestDaysAreGivenBackToEachPetition(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	version := 0
	flip := func(d time.Duration) {
		must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Off: true, ReasonUK: "Роботи", Version: version})))
		b.Clock.Advance(d)
		must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Version: version + 1})))
		version += 2
		b.Clock.Advance(time.Hour)
	}
	days := func(p *Petition) int { return b.load(t, p.Number).ExtendedDays }
	first := b.gathering(t, b.ann)
	flip(time.Hour)
	next := b.gathering(t, b.bob)
	flip(time.Hour)
	if days(first) != 1 || days(next) != 1 {
		t.Errorf("%d and %d days, want one each", days(first), days(next))
	}
	flip(time.Hour) // both are covered
	if days(first) != 1 || days(next) != 1 {
		t.Errorf("a day given twice: %d and %d", days(first), days(next))
	}
	b.Clock.Advance(20 * time.Hour) // what both got before is used up
	flip(time.Minute)
	if days(first) != 2 || days(next) != 2 {
		t.Errorf("another day: %d and %d", days(first), days(next))
	}
}

// TestADayOffWhileReachedIsGivenOnce: the days of a reached petition and those of
// the switch overlap.
func TestADayOffWhileReachedIsGivenOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.inState(t, b.ann, Reached)
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Off: true, ReasonUK: "Роботи"})))
	b.Clock.Advance(30 * time.Hour)
	must(t, b.svc.counting(ctx, func(tx *db.Tx) error {
		q, err := lock(tx, p.Number)
		if err != nil {
			return err
		}
		return b.svc.weigh(tx, q, Count{})
	}))
	b.Clock.Advance(time.Hour)
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Version: 1})))
	if got := b.load(t, p.Number); got.State != Gathering || got.ExtendedDays != 2 {
		t.Errorf("%s with %d days, want 2", got.State, got.ExtendedDays)
	}
}
