package appeals

import (
	"context"
	"testing"
	"time"

	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// TestAResolutionKeepsToTheTermOfLaw: while it runs, no longer than it; once it is
// over, no longer than the next working day; never in the past.
func TestAResolutionKeepsToTheTermOfLaw(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	for _, c := range []struct {
		name      string
		procedure deadline.Procedure
		kind      Kind
		now       func(due time.Time) time.Time
		last      func(due, now time.Time) time.Time
		key       string
	}{
		{
			"in the middle of the term", deadline.Appeal, Application,
			func(due time.Time) time.Time { return due.AddDate(0, 0, -10) }, func(due, _ time.Time) time.Time { return day(due) }, "appeals.err.due_late",
		},
		{
			"on its last day", deadline.Appeal, Application,
			func(due time.Time) time.Time { return due.Add(-10 * time.Hour) }, func(due, _ time.Time) time.Time { return day(due) }, "appeals.err.due_late",
		},
		{
			"after it", deadline.Appeal, Application,
			func(due time.Time) time.Time { return due.AddDate(0, 0, 3) },
			func(_, now time.Time) time.Time {
				return calendar.Default().OnOrAfter(calendar.FromTime(now.In(i18n.Kyiv)).AddDays(1)).Time()
			}, "appeals.err.due_over",
		},
		{
			"an hour after 48 hours", deadline.InfoUrgent, InfoRequest,
			func(due time.Time) time.Time { return due.Add(time.Hour) },
			func(_, now time.Time) time.Time {
				return calendar.Default().OnOrAfter(calendar.FromTime(now.In(i18n.Kyiv)).AddDays(1)).Time()
			}, "appeals.err.due_over",
		},
	} {
		d := b.draft()
		d.Kind = c.kind
		n := b.filed(t, b.ann, d)
		must(t, b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Procedure: c.procedure, Reason: whyMoved}, TopicID: b.topic}))
		must(t, b.svc.SendToManager(ctx, b.clerk, n, 0, b.head.ID))
		start := b.Clock.Now()
		due := b.see(t, b.clerk, n).DueAt
		b.Clock.Set(c.now(due))
		last := c.last(due, b.Clock.Now())
		r := Resolution{ExecutorID: b.exec.ID, Task: "Обстежити місце і підготувати відповідь заявникові."}
		for on, key := range map[time.Time]string{
			day(b.Clock.Now()).AddDate(0, 0, -1): "appeals.err.due_past",
			last.AddDate(0, 0, 1):                c.key,
			last.AddDate(10, 0, 0):               c.key,
		} {
			r.DueOn = on
			e, ok := errs.As(b.svc.Resolve(ctx, b.head, n, 0, r))
			if !ok || len(e.Fields) != 1 || e.Fields[0].Name != "due" || e.Fields[0].Key != key {
				t.Errorf("%s: until %s: %+v, want %s", c.name, on.Format(time.DateOnly), e, key)
			}
		}
		if b.state(t, n) != ResolutionPending || b.Count(t, "SELECT count(*) FROM resolutions r JOIN appeals a ON a.id = r.appeal_id WHERE a.number = $1", n) != 0 {
			t.Errorf("%s: a refused resolution left something", c.name)
		}
		if got, err := b.svc.ResolveBy(ctx, b.see(t, b.head, n)); err != nil || !got.Equal(last) {
			t.Errorf("%s: the form allows until %s, want %s (%v)", c.name, got, last, err)
		}
		r.DueOn = last
		if err := b.svc.Resolve(ctx, b.head, n, 0, r); err != nil {
			t.Errorf("%s: until the last day: %v", c.name, err)
		}
		b.Clock.Set(start)
	}
}
