package appeals

import (
	"context"
	"strings"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

const (
	promised = "Заасфальтувати двір після прокладання мереж."
	proof    = "Двір заасфальтовано, акт від 10 січня, фото в справі."
)

// TestAPromiseIsKeptUnderControl until somebody proves that it was kept; its day is
// another thing than the term of law.
func TestAPromiseIsKeptUnderControl(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.signed(t)
	was := b.see(t, b.clerk, n)
	on := day(b.Clock.Now()).AddDate(0, 2, 0)
	must(t, b.svc.Promise(ctx, b.head, n, was.Version, "  "+promised, on))
	c := b.see(t, b.clerk, n)
	if p := c.Promise(); c.State != MeasuresPending || p == nil || p.Text != promised || !p.On.Equal(on) || p.Done != nil || c.Rateable() || c.Late(b.Clock.Now()) {
		t.Errorf("promised: %s %+v", c.State, p)
	}
	tray := func(who authz.Actor, set Set) int {
		t.Helper()
		rows, _, err := b.svc.Queue(ctx, who, Filter{Set: set})
		must(t, err)
		counts, err := b.svc.Counts(ctx, who)
		must(t, err)
		if counts[set] != len(rows) {
			t.Errorf("the tray %s counts %d and holds %d", set, counts[set], len(rows))
		}
		return len(rows)
	}
	// Long after the term of law it is not late; a day after the promise it is.
	b.Clock.Set(was.DueAt.Add(48 * time.Hour))
	if tray(b.clerk, SetControl) != 1 || tray(b.head, SetControl) != 1 || tray(b.strangerHead, SetControl) != 0 || tray(b.clerk, SetOverdue) != 0 {
		t.Error("before its day the promise is lost or late")
	}
	b.Clock.Set(b.see(t, b.clerk, n).DueAt.Add(time.Hour))
	if c = b.see(t, b.clerk, n); tray(b.clerk, SetOverdue) != 1 || !c.Late(b.Clock.Now()) {
		t.Error("a broken promise is not late")
	}
	if err := b.svc.Close(ctx, b.clerk, n, 0); !errs.Is(err, errs.KindConflict) {
		t.Errorf("closed without a proof: %v", err)
	}
	must(t, b.svc.Prove(ctx, b.clerk, n, 0, proof))
	c = b.see(t, b.clerk, n)
	if p := c.Promise(); c.State != Closed || p == nil || p.Done == nil || p.Proof != proof || !c.DueAt.Equal(was.DueAt) || c.DueRule != was.DueRule || c.DueExplainUk != was.DueExplainUk || !c.InternalDue.Equal(was.InternalDue) || c.Late(b.Clock.Now()) {
		t.Errorf("proved: %s %+v due %s, was %s", c.State, p, c.DueAt, was.DueAt)
	}
	if tray(b.clerk, SetControl) != 0 || !c.Rateable() {
		t.Error("what was proved stays under control, or cannot be judged")
	}
	for kind, want := range map[string]string{"promised": promised, "proved": proof} {
		if k := b.Count(t, "SELECT count(*) FROM letters WHERE kind = $1", "appeal."+kind); k != 1 {
			t.Errorf("%d letters of %s", k, kind)
		}
		got, err := b.svc.composeMeasures(i18n.With(ctx, i18n.Ukrainian), notify.Letter{PersonID: b.ann.ID, AppealID: c.ID}, kind)
		if all := got.Subject + strings.Join(got.Paragraphs, " "); err != nil || !strings.Contains(all, want) || !strings.Contains(all, "обіцян") && !strings.Contains(all, "обіця") {
			t.Errorf("the letter of %s: %q %v", kind, all, err)
		}
	}
	own, err := b.svc.Own(ctx, b.ann, n)
	if err != nil || own.Promise() == nil {
		t.Errorf("the applicant knows nothing of it: %v", err)
	}
	must(t, b.svc.Rate(ctx, b.ann, n, false, "Заасфальтовано лише половину"))
}

func TestWhoMayPromiseAndWhen(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	work, n, other := b.inWork(t), b.signed(t), b.signed(t)
	on := day(b.Clock.Now()).AddDate(0, 1, 0)
	must(t, b.svc.Promise(ctx, b.clerk, other, 0, promised, on))
	for name, c := range map[string]struct {
		err  error
		want errs.Kind
	}{
		"the applicant":            {b.svc.Promise(ctx, b.ann, n, 0, promised, on), errs.KindForbidden},
		"the executor":             {b.svc.Promise(ctx, b.exec, n, 0, promised, on), errs.KindForbidden},
		"a manager of another":     {b.svc.Promise(ctx, b.strangerHead, n, 0, promised, on), errs.KindNotFound},
		"what is in work":          {b.svc.Promise(ctx, b.clerk, work, 0, promised, on), errs.KindConflict},
		"twice":                    {b.svc.Promise(ctx, b.clerk, other, 0, promised, on), errs.KindConflict},
		"nothing":                  {b.svc.Promise(ctx, b.clerk, n, 0, "Зробимо", on), errs.KindInvalid},
		"by today":                 {b.svc.Promise(ctx, b.clerk, n, 0, promised, day(b.Clock.Now())), errs.KindInvalid},
		"by no day":                {b.svc.Promise(ctx, b.clerk, n, 0, promised, time.Time{}), errs.KindInvalid},
		"in a hundred years":       {b.svc.Promise(ctx, b.clerk, n, 0, promised, on.AddDate(100, 0, 0)), errs.KindInvalid},
		"proof of no promise":      {b.svc.Prove(ctx, b.clerk, n, 0, proof), errs.KindConflict},
		"proof by the executor":    {b.svc.Prove(ctx, b.exec, other, 0, proof), errs.KindForbidden},
		"proof without a word":     {b.svc.Prove(ctx, b.clerk, other, 0, "Так"), errs.KindInvalid},
		"proof of what was before": {b.svc.Prove(ctx, b.clerk, other, 1, proof), errs.KindConflict},
	} {
		if !errs.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	if k := b.Count(t, "SELECT count(*) FROM appeal_events WHERE kind IN ('promised', 'proved')"); k != 1 {
		t.Errorf("%d entries, want the one promise", k)
	}
}
