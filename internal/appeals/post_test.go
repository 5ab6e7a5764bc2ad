package appeals

import (
	"context"
	"testing"
	"time"

	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
)

// TestPaperIsPostedBySomebody: where the applicant asked for paper nothing says
// that the answer was sent until the specialist confirms that it was posted.
func TestPaperIsPostedBySomebody(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	d := b.draft()
	d.Channel = ByPost
	n := b.filed(t, b.ann, d)
	must(t, b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Procedure: Application.Procedure()}, TopicID: b.topic}))
	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, b.exec.ID))
	must(t, b.svc.Submit(ctx, b.exec, n, 0, answerText, ResultSatisfied))
	c := b.see(t, b.head, n)
	must(t, b.svc.Sign(ctx, b.head, n, c.Digest(), Credential{Password: "right"}))
	id, today := c.Answer.ID, day(b.Clock.Now())
	if err := b.svc.Post(ctx, b.clerk, n, 0, id, today); !errs.Is(err, errs.KindConflict) {
		t.Errorf("posted before there is a paper: %v", err)
	}
	sent := func() int { return b.Count(t, "SELECT count(*) FROM appeal_events WHERE kind = 'sent'") }
	waiting := func() int {
		t.Helper()
		rows, _, err := b.svc.Queue(ctx, b.clerk, Filter{Set: SetPost})
		must(t, err)
		counts, err := b.svc.Counts(ctx, b.clerk)
		must(t, err)
		if counts[SetPost] != len(rows) {
			t.Errorf("the tray counts %d and holds %d", counts[SetPost], len(rows))
		}
		return len(rows)
	}
	must(t, b.svc.Send(ctx, kind.SendAnswer{AnswerID: id}))
	must(t, b.svc.Send(ctx, kind.SendAnswer{AnswerID: id})) // the job may run twice
	c = b.see(t, b.clerk, n)
	if c.Answer.State != AnswerSigned || c.Answer.PdfKey == "" || c.ToPost == nil || sent() != 0 || waiting() != 1 {
		t.Errorf("with its paper made the answer is %s, to be posted %v, %d events, %d in the tray", c.Answer.State, c.ToPost != nil, sent(), waiting())
	}
	if k := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'appeal.answer'"); k != 1 {
		t.Errorf("%d notices, want 1", k)
	}
	if err := b.svc.Post(ctx, b.head, n, 0, id, today); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("the manager posts: %v", err)
	}
	if err := b.svc.Post(ctx, b.ann, n, 0, id, today); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("the applicant posts: %v", err)
	}
	for name, on := range map[string]time.Time{"no day": {}, "before the signature": today.AddDate(0, 0, -1), "tomorrow": today.AddDate(0, 0, 1)} {
		if err := b.svc.Post(ctx, b.clerk, n, 0, id, on); !errs.Is(err, errs.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The applicant has read it on the portal meanwhile; the paper is posted all the same.
	b.Clock.Set(b.Clock.Now().Add(24 * time.Hour))
	must(t, b.svc.Rate(ctx, b.ann, n, false, "Яму засипали піском, не відремонтували"))
	must(t, b.svc.Post(ctx, b.clerk, n, b.see(t, b.clerk, n).Version, id, today))
	c = b.see(t, b.clerk, n)
	last := c.Events[len(c.Events)-1]
	if c.State != Reopened || c.Answer.State != AnswerSent || c.ToPost != nil || sent() != 1 || waiting() != 0 {
		t.Errorf("posted: %s, the answer is %s, %d events, %d in the tray", c.State, c.Answer.State, sent(), waiting())
	}
	if last.Kind != "sent" || last.Text("channel") != "post" || last.Text("posted") != i18n.ISODate(today) || !last.Public {
		t.Errorf("the timeline says %+v", last)
	}
	if err := b.svc.Post(ctx, b.clerk, n, 0, id, today); !errs.Is(err, errs.KindConflict) {
		t.Errorf("posted twice: %v", err)
	}
}
