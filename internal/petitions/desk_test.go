package petitions

import (
	"context"
	"slices"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/jobs/kind"
)

// TestWhatWaitsForASignatureIsFirst for who signs; the others see what is due first.
func TestWhatWaitsForASignatureIsFirst(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	urgent, ready := b.inState(t, b.ann, Reviewing), b.inState(t, b.ann, Reviewing)
	for i, p := range []*Petition{urgent, ready} {
		b.Owner(t, `INSERT INTO petition_terms (petition_id, step, due_at, rule, explain_uk, explain_en, calendar_version, created_at)
			VALUES ($1, 'review', $2, 'r', 'е', 'e', 'v', $3)`, p.ID, b.Clock.Now().AddDate(0, 0, 2+i), b.Clock.Now())
	}
	must(t, b.svc.SubmitAnswer(ctx, b.exec, ready.Number, 0, AnswerForm{Decision: Supported, Body: reasoned}))
	for _, c := range []struct {
		who  authz.Actor
		want []int64
	}{{b.head, []int64{ready.Number, urgent.Number}}, {b.clerk, []int64{urgent.Number, ready.Number}}, {b.exec, []int64{urgent.Number, ready.Number}}} {
		d, err := b.svc.DeskOf(ctx, c.who, DeskReview, "uk", 1)
		must(t, err)
		var got []int64
		for _, r := range d.Rows {
			got = append(got, r.Number)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s sees %v, want %v", c.who.Name, got, c.want)
		}
	}
}

// TestAStepThatCameTwice is one step; another of the same name is another.
func TestAStepThatCameTwice(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.inState(t, b.ann, Answered)
	day := b.Clock.Now().UTC().Truncate(24 * time.Hour)
	for range 2 {
		must(t, b.svc.SaveMilestone(ctx, b.exec, p.Number, Milestone{Title: " Замовлено проєкт", DueOn: &day, DoneOn: &day}))
	}
	must(t, b.svc.SaveMilestone(ctx, b.exec, p.Number, Milestone{Title: "Замовлено проєкт"}))
	if n, news := b.Count(t, "SELECT count(*) FROM petition_milestones"), b.Jobs(t, kind.PetitionNews{}.Kind()); n != 2 || news != 1 {
		t.Errorf("%d steps, %d news", n, news)
	}
}
