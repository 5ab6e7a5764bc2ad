package petitions

import (
	"context"
	"sync"
	"testing"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
)

// mended is the charter of the bundle with another threshold, as the register has it.
func (b *bundle) mended(t testing.TB, threshold int) Charter {
	t.Helper()
	var c Charter
	must(t, b.DB.Read(context.Background()).Take(&c, b.charter.ID).Error)
	c.Threshold = threshold
	return c
}

// TestACharterThatIsMendedElsewhere: what another process remembers of it does not
// make a petition.
func TestACharterThatIsMendedElsewhere(t *testing.T) {
	t.Parallel()
	b, ctx := seeded(t), context.Background()
	if _, err := b.svc.CharterOn(ctx, b.Clock.Now()); err != nil { // remembered
		t.Fatal(err)
	}
	c := b.mended(t, 77)
	c.Supporters, c.SupportersDays = 0, 9
	must(t, b.instance(t).SaveCharter(ctx, b.boss, c))
	if p, _ := b.submitted(t, b.ann); p.Threshold != 77 || p.State != Checking {
		t.Errorf("%s with a threshold of %d: the rules are those of before", p.State, p.Threshold)
	}
	want(t, b.svc.SaveCharter(ctx, b.boss, b.mended(t, 88)), errs.KindInvalid, "petitions.err.charter_used")
}

// TestACharterIsMendedWhilePetitionsAreSent: either the rules change first, or the
// petition stands on them and they change no more.
func TestACharterIsMendedWhilePetitionsAreSent(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for range 6 {
		b := seeded(t)
		other, people := b.instance(t), b.residents(t, 3)
		var wg sync.WaitGroup
		for _, a := range append([]authz.Actor{b.ann}, people...) {
			wg.Go(func() {
				id, err := b.svc.StartDraft(ctx, a)
				if err == nil {
					err = second(b.svc.SaveDraft(ctx, a, id, 0, draftText()))
				}
				if err == nil {
					_, _, err = b.svc.Submit(ctx, a, id)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			for i := range 10 {
				if err := other.SaveCharter(ctx, b.boss, b.mended(t, 60+i)); err != nil {
					if _, ok := errs.As(err); !ok {
						t.Error(err)
					}
					return
				}
			}
		})
		wg.Wait()
		if n := b.Count(t, "SELECT count(*) FROM petitions"); n != 1+len(people) {
			t.Errorf("%d petitions", n)
		}
		if n := b.Count(t, "SELECT count(*) FROM petitions p JOIN petition_charters h ON h.id = p.charter_id WHERE p.threshold <> h.threshold"); n != 0 {
			t.Errorf("%d petitions stand on rules that are no more", n)
		}
	}
}
