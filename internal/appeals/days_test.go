package appeals

import (
	"context"
	"strings"
	"testing"
	"time"

	"ereception/internal/platform/i18n"
)

// TestWhatComesInTheEveningIsRegisteredByTheNextDay: an appeal of after office
// hours is registered by law on the next working day, and the specialist may do it
// the same evening. No page and no paper may then name two days that contradict.
func TestWhatComesInTheEveningIsRegisteredByTheNextDay(t *testing.T) {
	t.Parallel()
	kyiv := func(d, h, m int) time.Time { return time.Date(2026, time.November, d, h, m, 0, 0, i18n.Kyiv) }
	for name, tc := range map[string]struct {
		received, acts time.Time // acts: of registering and signing
		day            string    // R
		reply          string    // how the paper names the appeal
	}{
		"the ordinary day":                         {kyiv(25, 10, 0), kyiv(25, 15, 0), "2026-11-25", "На № З-1/2026 від 25.11.2026"},
		"evening, signed the same evening":         {kyiv(25, 19, 0), kyiv(25, 19, 40), "2026-11-26", "На звернення від 25.11.2026 № З-1/2026"},
		"evening, registered and signed next day":  {kyiv(25, 19, 0), kyiv(26, 9, 0), "2026-11-26", "На № З-1/2026 від 26.11.2026"},
		"Saturday, signed on Sunday":               {kyiv(28, 11, 0), kyiv(29, 12, 0), "2026-11-30", "На звернення від 28.11.2026 № З-1/2026"},
		"a minute before midnight, after midnight": {kyiv(25, 23, 59), kyiv(26, 0, 1), "2026-11-26", "На № З-1/2026 від 26.11.2026"},
		"a week later":                             {kyiv(20, 10, 0), kyiv(27, 10, 0), "2026-11-20", "На № З-1/2026 від 20.11.2026"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, ctx := setup(t), context.Background()
			b.Clock.Set(tc.received)
			n := b.filed(t, b.ann, b.draft())
			b.Clock.Set(tc.acts)
			must(t, b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Procedure: Application.Procedure()}, TopicID: b.topic}))
			must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, b.exec.ID))
			must(t, b.svc.Submit(ctx, b.exec, n, 0, answerText, ResultSatisfied))
			c := b.see(t, b.head, n)
			if got := i18n.ISODate(c.RegisteredOn); got != tc.day {
				t.Errorf("registered on %s, want %s", got, tc.day)
			}
			if got := c.Reference(b.Clock.Now()); got != tc.reply {
				t.Errorf("the preview says %q, want %q", got, tc.reply)
			}
			for _, e := range c.Events {
				if e.Kind == "registered" && e.Text("day") != tc.day {
					t.Errorf("the event names the day %q, want %s", e.Text("day"), tc.day)
				}
			}
			must(t, b.svc.Sign(ctx, b.head, n, c.Digest(), Credential{Password: "right"}))
			p, err := b.svc.paper(ctx, b.see(t, b.head, n).Answer.ID)
			must(t, err)
			l := p.letter(Site{})
			if l.InReplyTo != tc.reply || !l.RegDate.Equal(tc.acts) || !l.SignedAt.Equal(tc.acts) {
				t.Errorf("the paper of %s says %q, want %q", i18n.Numeric(l.RegDate), l.InReplyTo, tc.reply)
			}
			// No day on the paper is later than the day of its signature.
			for d := tc.acts.AddDate(0, 0, 1); d.Before(tc.acts.AddDate(0, 0, 9)); d = d.AddDate(0, 0, 1) {
				if strings.Contains(l.InReplyTo, i18n.Numeric(d)) {
					t.Errorf("a paper of %s answers what is of %s", i18n.Numeric(tc.acts), i18n.Numeric(d))
				}
			}
		})
	}
}

// TestTheIndexIsOfTheYearOfItsDay: what comes on the last evening of a year is
// registered in the next one, and its index says so even when the specialist is quick.
func TestTheIndexIsOfTheYearOfItsDay(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	b.Clock.Set(time.Date(2026, time.December, 31, 20, 0, 0, 0, i18n.Kyiv))
	n := b.filed(t, b.ann, b.draft())
	must(t, b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Procedure: Application.Procedure()}, TopicID: b.topic}))
	c := b.see(t, b.clerk, n)
	if c.RegisteredOn.Year() != 2027 || deref(c.RegIndex) != "З-1/2027" {
		t.Errorf("registered on %s under %s", i18n.ISODate(c.RegisteredOn), deref(c.RegIndex))
	}
	// One that lay over New Year keeps the year of its day.
	b.Clock.Set(time.Date(2026, time.December, 31, 10, 0, 0, 0, i18n.Kyiv))
	n = b.filed(t, b.ann, b.draft())
	b.Clock.Set(time.Date(2027, time.January, 4, 10, 0, 0, 0, i18n.Kyiv))
	must(t, b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Procedure: Application.Procedure()}, TopicID: b.topic}))
	if c = b.see(t, b.clerk, n); c.RegisteredOn.Year() != 2026 || deref(c.RegIndex) != "З-1/2026" {
		t.Errorf("registered on %s under %s", i18n.ISODate(c.RegisteredOn), deref(c.RegIndex))
	}
}
