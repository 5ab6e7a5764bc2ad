package appeals

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/errs"
)

// TestNothingIsPublicUnlessItsAuthorSaidSo: a new draft has no decision about the
// map, also one that was begun when «yes» stood there beforehand.
func TestNothingIsPublicUnlessItsAuthorSaidSo(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	d := b.draft()
	d.Showing = ""
	id := b.started(t, b.ann, d)
	b.Owner(t, `UPDATE appeal_drafts SET data = data || '{"Public": true}' WHERE id = $1`, id)
	saved, err := b.svc.Draft(ctx, b.ann, id)
	must(t, err)
	if saved.Draft.Showing != "" {
		t.Errorf("a new draft says %q", saved.Draft.Showing)
	}
	for what, err := range map[string]error{
		"the step":   b.svc.CheckChoice(ctx, saved.Draft, StepMatter),
		"the filing": func() error { _, err := b.svc.File(ctx, b.ann, id); return err }(),
	} {
		if e, ok := errs.As(err); !ok || len(e.Fields) != 1 || e.Fields[0].Name != "public" || e.Fields[0].Key != "appeals.err.public" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM appeals"); n != 0 {
		t.Fatalf("%d filed", n)
	}
	// A row that says nothing of it is not public either.
	if def := b.Count(t, "SELECT count(*) FROM information_schema.columns WHERE table_name = 'appeals' AND column_name = 'public' AND column_default = 'false'"); def != 1 {
		t.Error("the table makes an appeal public by itself")
	}
}

// TestAPersonalTopicNeverStandsOnTheMap: whoever finds the topic, and whatever the
// author said (Закон 393/96-ВР, ст. 10, ч. 1).
func TestAPersonalTopicNeverStandsOnTheMap(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	b.Owner(t, "INSERT INTO topics (code, name_uk, personal, created_at) VALUES ('aid', 'Допомога', true, now())")
	aid := b.id(t, "SELECT id FROM topics WHERE code = 'aid'")
	register := func(n string, topic int64) {
		t.Helper()
		must(t, b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Procedure: deadline.Appeal}, TopicID: topic}))
	}
	var shown []string
	check := func(what string, want ...string) {
		t.Helper()
		b.svc.points.drop()
		b.svc.hints.drop()
		list, err := b.svc.Public(ctx)
		must(t, err)
		near, err := b.svc.Near(ctx, 50.25, 28.66)
		must(t, err)
		shown = nil
		for _, p := range list {
			shown = append(shown, p.Number)
		}
		if len(shown) != len(want) || len(near) != len(want) {
			t.Fatalf("%s: on the map %v, %d near, want %v", what, shown, len(near), want)
		}
		for i, n := range want {
			if shown[i] != n || !b.see(t, b.clerk, n).OnMap() {
				t.Errorf("%s: on the map %v, want %v", what, shown, want)
			}
		}
	}
	// Filed on it: nobody is asked, and a decision of before has no effect.
	d := b.draft()
	d.TopicID, d.Showing = aid, ""
	must(t, b.svc.CheckChoice(ctx, d, StepMatter))
	silent := b.filed(t, b.ann, d)
	register(silent, aid)
	d.Showing = ShownOnMap
	chosen := b.filed(t, b.ann, d)
	register(chosen, b.topic) // the specialist finds it is about a road: its author was told that it would not be shown
	check("filed on a personal topic")
	if c := b.see(t, b.clerk, silent); c.OnMap() || !c.Personal || c.Public {
		t.Errorf("%+v", c.Appeal)
	}

	// Filed on a public one, and found to be personal at registration.
	moved, kept := b.filed(t, b.ann, b.draft()), b.filed(t, b.ann, b.draft())
	register(moved, aid)
	register(kept, b.topic)
	check("moved to a personal topic", kept)
	if c := b.see(t, b.clerk, moved); c.OnMap() || !c.Personal || !c.Public {
		t.Errorf("moved: %+v", c.Appeal)
	}
	if err := b.svc.Hide(ctx, b.clerk, moved, 0, HidePersonal); !errs.Is(err, errs.KindConflict) {
		t.Errorf("taken from the map where it does not stand: %v", err)
	}

	// A topic that an administrator calls personal takes down what stands there, and
	// an official cannot put that back.
	must(t, b.svc.Hide(ctx, b.clerk, kept, 0, HideRequest))
	b.Owner(t, "UPDATE topics SET personal = true, version = version + 1 WHERE id = $1", b.topic)
	check("the topic became personal")
	if err := b.svc.Unhide(ctx, b.clerk, kept, 0); !errs.Is(err, errs.KindConflict) {
		t.Errorf("put back: %v", err)
	}
	if n := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'appeal.shown'"); n != 0 {
		t.Errorf("%d letters say that it is shown", n)
	}

	// So it is with what another area hands over.
	handed, err := b.svc.TakeOver(ctx, authz.System("petition-appeal"), Handed{Key: uuid.New(), AuthorID: b.ann.ID, ReceivedAt: b.Clock.Now(), Draft: b.draft()})
	must(t, err)
	if c := b.see(t, b.clerk, handed); c.Public || c.OnMap() {
		t.Errorf("handed over: %+v", c.Appeal)
	}
}
