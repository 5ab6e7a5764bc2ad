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
