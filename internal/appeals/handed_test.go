package appeals

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"ereception/internal/authz"
)

func TestTakeOverMakesOneAppealOfTheAuthor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := context.Background()
	received := b.Clock.Now().Add(-50 * time.Hour)
	h := Handed{Key: uuid.New(), AuthorID: b.ann.ID, ReceivedAt: received, Draft: b.draft()}
	n, err := b.svc.TakeOver(ctx, authz.System("petition-appeal"), h)
	must(t, err)
	again, err := b.svc.TakeOver(ctx, authz.System("petition-appeal"), h)
	must(t, err)
	if n == "" || again != n {
		t.Errorf("%q, then %q", n, again)
	}
	c := b.see(t, b.clerk, n)
	if c.State != Received || c.AuthorID != b.ann.ID || !c.ReceivedAt.Equal(received) || c.DueExplainUk == "" {
		t.Errorf("%+v", c.Appeal)
	}
	if k := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'appeal.receipt' AND person_id = $1", b.ann.ID); k != 1 {
		t.Errorf("%d receipts", k)
	}
}

// TestHandBack: an appeal of a petition that is reviewed as one after all is closed
// without an answer, in whatever hands it lies; one that has its answer stays.
func TestHandBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := context.Background()
	system := authz.System("petition-appeal")
	take := func() string {
		n, err := b.svc.TakeOver(ctx, system, Handed{Key: uuid.New(), AuthorID: b.ann.ID, ReceivedAt: b.Clock.Now().Add(-time.Hour), Draft: b.draft()})
		must(t, err)
		return n
	}
	fresh, signing, answered := take(), take(), take()
	b.Owner(t, "UPDATE appeals SET state = 'answer_signing' WHERE number = $1", signing)
	b.Owner(t, "UPDATE appeals SET state = 'answered', answered_at = $2 WHERE number = $1", answered, b.Clock.Now())
	for _, n := range []string{fresh, signing} {
		for range 2 {
			if back, err := b.svc.HandBack(ctx, system, n, 7); err != nil || !back {
				t.Errorf("%s: %v %v", n, back, err)
			}
		}
		c := b.see(t, b.clerk, n)
		if c.State != Closed || c.ClosedAt == nil || c.AnsweredAt != nil || c.Rateable() || c.Late(b.Clock.Now().AddDate(1, 0, 0)) {
			t.Errorf("%+v", c.Appeal)
		}
		last := c.Events[len(c.Events)-1]
		if last.Kind != "handed_back" || last.Text("petition") != "7" || last.From == Closed {
			t.Errorf("%+v", last)
		}
		if k := b.Count(t, "SELECT count(*) FROM appeal_events e JOIN appeals a ON a.id = e.appeal_id WHERE a.number = $1 AND e.kind = 'handed_back'", n); k != 1 {
			t.Errorf("%d times", k)
		}
	}
	if back, err := b.svc.HandBack(ctx, system, answered, 7); err != nil || back {
		t.Errorf("an answered appeal went back: %v %v", back, err)
	}
	if c := b.see(t, b.clerk, answered); c.State != Answered {
		t.Errorf("it is %s", c.State)
	}
}
