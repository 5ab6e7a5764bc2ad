package petitions

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// TestTwoWhoJoinCrosswise: each joins the same petitions with the other's target,
// in another order. Nobody waits for ever, and each petition is joined once, with
// one that gathers.
func TestTwoWhoJoinCrosswise(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	one, other := b.svc, b.instance(t)
	for range 6 {
		low := b.gathering(t, b.ann)
		p, q := b.inState(t, b.bob, Checking), b.inState(t, b.bob, Checking)
		high := b.gathering(t, b.ann)
		var wg sync.WaitGroup
		results := make([]error, 2)
		wg.Go(func() { results[0] = one.Merge(ctx, b.clerk, []int64{p.Number, q.Number}, high.Number) })
		wg.Go(func() { results[1] = other.Merge(ctx, b.clerk, []int64{q.Number, p.Number}, low.Number) })
		wg.Wait()
		lost := slices.IndexFunc(results, func(err error) bool { return err != nil })
		if lost < 0 || results[1-lost] != nil {
			t.Fatalf("one joins, the other is late: %v", results)
		}
		want(t, results[lost], errs.KindConflict, "petitions.err.state")
		a, z := b.load(t, p.Number), b.load(t, q.Number)
		if a.State != Merged || z.State != Merged || *a.MergedInto != *z.MergedInto {
			t.Errorf("%s into %v, %s into %v", a.State, a.MergedInto, z.State, z.MergedInto)
		}
	}
}

// TestNothingIsJoinedWithOneThatEnds: who joins waits for the one who is ending
// the target, and is told then.
func TestNothingIsJoinedWithOneThatEnds(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	target, p := b.gathering(t, b.ann), b.inState(t, b.bob, Checking)
	ended, joined := make(chan struct{}), make(chan error, 1)
	must(t, b.DB.Write(ctx, authz.System("test"), authz.JobRun, func(tx *db.Tx) error {
		q, err := lock(tx, target.Number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(q); err != nil {
			return err
		}
		go func() { joined <- b.svc.Merge(ctx, b.clerk, []int64{p.Number}, target.Number); close(ended) }()
		select {
		case <-ended:
			t.Error("it did not wait for the one who ends the target")
		case <-time.After(300 * time.Millisecond):
		}
		q.State = NotEnough
		return save(tx, q)
	}))
	want(t, <-joined, errs.KindInvalid, "petitions.err.into")
	if got := b.load(t, p.Number); got.State != Checking || got.MergedInto != nil {
		t.Errorf("%s", got.State)
	}
}

// TestSigningGoesOnWhileOthersAreJoined: the lock of the target is none for those who sign it.
func TestSigningGoesOnWhileOthersAreJoined(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	target := b.gathering(t, b.ann)
	tx, err := b.DB.Pool().Begin(ctx)
	must(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(ctx, "SELECT FROM petitions WHERE number = $1 FOR SHARE", target.Number)
	must(t, err)
	must(t, second(b.svc.Sign(ctx, b.bob, target.Number, Mark{})))
}
