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

// TestTheAuthorTakesHisAppealFromTheMapAndPutsItBack: his will is his alone, it works
// at once, and it lifts nothing that an official decided.
func TestTheAuthorTakesHisAppealFromTheMapAndPutsItBack(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	public := func(want int, what string) {
		t.Helper()
		list, err := b.svc.Public(ctx)
		must(t, err)
		near, err := b.svc.Near(ctx, 50.25, 28.66)
		must(t, err)
		if len(list) != want || len(near) != want {
			t.Errorf("%s: %d on the map, %d near, want %d", what, len(list), len(near), want)
		}
	}
	before := b.see(t, b.clerk, n)
	for name, c := range map[string]struct {
		err  error
		want errs.Kind
	}{
		"a stranger":            {b.svc.ChooseShowing(ctx, b.bob, n, NotOnMap), errs.KindNotFound},
		"the specialist":        {b.svc.ChooseShowing(ctx, b.clerk, n, NotOnMap), errs.KindForbidden},
		"the executor":          {b.svc.ChooseShowing(ctx, b.exec, n, NotOnMap), errs.KindForbidden},
		"no choice":             {b.svc.ChooseShowing(ctx, b.ann, n, ""), errs.KindInvalid},
		"what stands there":     {b.svc.ChooseShowing(ctx, b.ann, n, ShownOnMap), errs.KindConflict},
		"a number of no appeal": {b.svc.ChooseShowing(ctx, b.ann, "2020-00001", NotOnMap), errs.KindNotFound},
	} {
		if !errs.Is(c.err, c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	public(1, "after refusals")
	if c := b.see(t, b.clerk, n); c.Version != before.Version || len(c.Events) != len(before.Events) || c.MayShow() {
		t.Errorf("a refusal left something: %+v", c.Appeal)
	}

	must(t, b.svc.ChooseShowing(ctx, b.ann, n, NotOnMap))
	public(0, "taken off")
	c := b.see(t, b.clerk, n)
	last := c.Events[len(c.Events)-1]
	if c.OnMap() || !c.MayShow() || c.Public || c.Hidden != "" || c.State != before.State || !c.DueAt.Equal(before.DueAt) {
		t.Errorf("taken off: %+v", c.Appeal)
	}
	if last.Kind != "hidden" || !last.Public || last.ActorID != b.ann.ID || last.Text("ground") != "author" {
		t.Errorf("the timeline says %+v", last)
	}
	if k := b.Count(t, "SELECT count(*) FROM audit.trail WHERE action = 'appeal.show' AND actor = $1", b.ann.Trail()); k == 0 {
		t.Error("the trail knows nothing of it")
	}
	if err := b.svc.ChooseShowing(ctx, b.ann, n, NotOnMap); !errs.Is(err, errs.KindConflict) {
		t.Errorf("taken off twice: %v", err)
	}
	for what, err := range map[string]error{"hidden": b.svc.Hide(ctx, b.clerk, n, 0, HidePersonal), "published by an official": b.svc.Unhide(ctx, b.clerk, n, 0)} {
		if !errs.Is(err, errs.KindConflict) {
			t.Errorf("%s though its author keeps it to himself: %v", what, err)
		}
	}
	must(t, b.svc.ChooseShowing(ctx, b.ann, n, ShownOnMap))
	public(1, "put back")

	// What an official took away stays away, unless it was done for the author.
	must(t, b.svc.Hide(ctx, b.clerk, n, 0, HideRights))
	if err := b.svc.ChooseShowing(ctx, b.ann, n, ShownOnMap); !errs.Is(err, errs.KindConflict) || b.see(t, b.clerk, n).MayShow() {
		t.Errorf("its author lifts what an official decided: %v", err)
	}
	must(t, b.svc.Unhide(ctx, b.clerk, n, 0))
	must(t, b.svc.Hide(ctx, b.clerk, n, 0, HideRequest))
	public(0, "taken off for the author")
	must(t, b.svc.ChooseShowing(ctx, b.ann, n, ShownOnMap))
	public(1, "asked for and thought over")

	// Nobody writes to the author of what he did himself.
	if k := b.Count(t, "SELECT count(*) FROM letters WHERE kind IN ('appeal.hidden', 'appeal.shown')"); k != 3 {
		t.Errorf("%d letters, want those of the officials", k)
	}

	// A personal topic never; nor what has no place.
	must(t, b.svc.ChooseShowing(ctx, b.ann, n, NotOnMap))
	b.Owner(t, "UPDATE topics SET personal = true, version = version + 1 WHERE id = $1", b.topic)
	if err := b.svc.ChooseShowing(ctx, b.ann, n, ShownOnMap); !errs.Is(err, errs.KindConflict) || b.see(t, b.clerk, n).MayShow() {
		t.Errorf("a personal topic: %v", err)
	}
	public(0, "a personal topic")
	b.Owner(t, "UPDATE topics SET personal = false, version = version + 1 WHERE id = $1", b.topic)
	b.Owner(t, "UPDATE appeals SET lat = NULL, lon = NULL, version = version + 1 WHERE number = $1", n)
	if err := b.svc.ChooseShowing(ctx, b.ann, n, ShownOnMap); !errs.Is(err, errs.KindConflict) {
		t.Errorf("shown without a place: %v", err)
	}
}
