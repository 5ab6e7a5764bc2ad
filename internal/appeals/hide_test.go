package appeals

import (
	"context"
	"testing"

	"ereception/internal/law/deadline"
	"ereception/internal/platform/errs"
)

// TestATextIsTakenFromTheMapAndPutBack: what must not be public leaves the map and
// every copy at once, on a ground; its author is told; nothing else of the appeal changes.
func TestATextIsTakenFromTheMapAndPutBack(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n, other := b.inWork(t), b.registered(t)
	changed := 0
	b.svc.OnChange(func() { changed++ })
	public := func() (out []string) {
		t.Helper()
		list, err := b.svc.Public(ctx)
		must(t, err)
		for _, p := range list {
			out = append(out, p.Number)
		}
		near, err := b.svc.Near(ctx, 50.25, 28.66)
		must(t, err)
		if len(near) != len(list) {
			t.Errorf("%d near, %d on the map", len(near), len(list))
		}
		return out
	}
	if got := public(); len(got) != 2 {
		t.Fatalf("on the map: %v", got)
	}
	before := b.see(t, b.clerk, n)
	for name, c := range map[string]struct {
		err  error
		want errs.Kind
	}{
		"a resident":               {b.svc.Hide(ctx, b.bob, n, 0, HidePersonal), errs.KindForbidden},
		"its author":               {b.svc.Hide(ctx, b.ann, n, 0, HidePersonal), errs.KindForbidden},
		"its executor":             {b.svc.Hide(ctx, b.exec, n, 0, HidePersonal), errs.KindForbidden},
		"the head of another unit": {b.svc.Hide(ctx, b.strangerHead, n, 0, HidePersonal), errs.KindNotFound},
		"without a ground":         {b.svc.Hide(ctx, b.clerk, n, 0, ""), errs.KindInvalid},
		"on an invented ground":    {b.svc.Hide(ctx, b.clerk, n, 0, "dislike"), errs.KindInvalid},
		"from a stale page":        {b.svc.Hide(ctx, b.clerk, n, before.Version-1, HidePersonal), errs.KindConflict},
		"back what was not taken":  {b.svc.Unhide(ctx, b.clerk, n, 0), errs.KindConflict},
	} {
		if !errs.Is(c.err, c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	if got := public(); len(got) != 2 || changed != 0 {
		t.Fatalf("after refusals on the map: %v, %d changes", got, changed)
	}
	must(t, b.svc.Hide(ctx, b.clerk, n, before.Version, HidePersonal))
	if got := public(); len(got) != 1 || got[0] != other || changed != 1 { // the clock stands: no cache has run out
		t.Errorf("hidden, on the map: %v, %d changes", got, changed)
	}
	c := b.see(t, b.clerk, n)
	last := c.Events[len(c.Events)-1]
	if c.OnMap() || c.Hidden != HidePersonal || c.State != before.State || !c.DueAt.Equal(before.DueAt) || !c.Public {
		t.Errorf("hidden: %+v", c.Appeal)
	}
	if last.Kind != "hidden" || !last.Public || last.Text("ground") != HidePersonal {
		t.Errorf("the timeline says %+v", last)
	}
	if k := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'appeal.hidden' AND person_id = $1", b.ann.ID); k != 1 {
		t.Errorf("%d letters", k)
	}
	if k := b.Count(t, "SELECT count(*) FROM audit.trail WHERE action = 'appeal.hide' AND actor = $1", b.clerk.Trail()); k == 0 {
		t.Error("the trail knows nothing of it")
	}
	if err := b.svc.Hide(ctx, b.clerk, n, 0, HideRights); !errs.Is(err, errs.KindConflict) {
		t.Errorf("hidden twice: %v", err)
	}
	must(t, b.svc.Unhide(ctx, b.head, n, c.Version))
	if got := public(); len(got) != 2 || changed != 2 {
		t.Errorf("put back, on the map: %v, %d changes", got, changed)
	}
	if k := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'appeal.shown'"); k != 1 {
		t.Errorf("%d letters", k)
	}
	// What its author keeps to himself is not on the map and cannot be put there.
	d := b.draft()
	d.Showing = NotOnMap
	own := b.filed(t, b.ann, d)
	must(t, b.svc.Register(ctx, b.clerk, own, 0, Registration{Classification: Classification{Procedure: deadline.Appeal}, TopicID: b.topic}))
	if err := b.svc.Hide(ctx, b.clerk, own, 0, HidePersonal); !errs.Is(err, errs.KindConflict) {
		t.Errorf("hidden though it was not public: %v", err)
	}
	if err := b.svc.Unhide(ctx, b.clerk, own, 0); !errs.Is(err, errs.KindConflict) {
		t.Errorf("published against the will of its author: %v", err)
	}
}
