package together

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

func TestEachGetsHisOwnAnswerAndNobodyTwice(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var sizes, seen []int
	b := New(Options{Inside: 1000, Share: 16, Flights: 2, Within: time.Minute}, func(_ context.Context, share []int) []Answer[string] {
		mu.Lock()
		sizes, seen = append(sizes, len(share)), append(seen, share...)
		mu.Unlock()
		out := make([]Answer[string], len(share))
		for i, q := range share {
			if q%10 == 3 {
				out[i].Err = errors.New("odd one")
			} else {
				out[i].Value = strconv.Itoa(q)
			}
		}
		return out
	})
	var wg sync.WaitGroup
	for q := range 500 {
		wg.Go(func() {
			got, err := b.Do(context.Background(), q)
			if q%10 == 3 && err == nil || q%10 != 3 && (err != nil || got != strconv.Itoa(q)) {
				t.Errorf("%d: %q, %v", q, got, err)
			}
		})
	}
	wg.Wait()
	slices.Sort(seen)
	if len(seen) != 500 || len(slices.Compact(seen)) != 500 {
		t.Errorf("%d parts were worked on", len(seen))
	}
	if slices.Max(sizes) > 16 {
		t.Errorf("a share of %d", slices.Max(sizes))
	}
}

func TestWhoComesMeanwhileSharesAndTheRestIsRefused(t *testing.T) {
	t.Parallel()
	enter, leave := make(chan int, 9), make(chan struct{})
	b := New(Options{Inside: 4, Share: 8, Flights: 1, Within: time.Minute}, func(_ context.Context, share []int) []Answer[int] {
		enter <- len(share)
		<-leave
		return make([]Answer[int], len(share))
	})
	var wg sync.WaitGroup
	do := func() { wg.Go(func() { _, _ = b.Do(context.Background(), 0) }) }
	do()
	if n := <-enter; n != 1 {
		t.Fatalf("a lone caller waited for others: %d", n)
	}
	for range 3 {
		do()
	}
	for { // until all three wait
		b.mu.Lock()
		n := len(b.waiting)
		b.mu.Unlock()
		if n == 3 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if _, err := b.Do(context.Background(), 0); !errors.Is(err, ErrFull) {
		t.Errorf("the fifth: %v", err)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	close(leave)
	if n := <-enter; n != 3 {
		t.Errorf("those who waited went as %d", n)
	}
	wg.Wait()
	if b.inside != 0 {
		t.Errorf("%d are inside, and nobody is", b.inside)
	}
	if _, err := b.Do(gone, 0); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who left: %v", err)
	}
}

func TestAPanicIsAnErrorAndTheNextOneIsServed(t *testing.T) {
	t.Parallel()
	b := New(Options{Inside: 3, Share: 8, Flights: 1, Within: time.Minute}, func(_ context.Context, share []int) []Answer[int] {
		if share[0] == 0 {
			panic("broken")
		}
		return make([]Answer[int], len(share))
	})
	if _, err := b.Do(context.Background(), 0); err == nil {
		t.Error("a panic was no error")
	}
	if _, err := b.Do(context.Background(), 1); err != nil {
		t.Error(err)
	}
}

func TestWorkThatHasNoTimeLeftIsLate(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	b := New(Options{Inside: 3, Share: 8, Flights: 1, Within: time.Millisecond}, func(ctx context.Context, share []int) []Answer[int] {
		out := make([]Answer[int], len(share))
		switch share[0] {
		case 0: // it is at an end before its time is
			out[0].Err = broken
		case 1:
			<-ctx.Done()
			out[0].Err = ctx.Err()
		case 2: // done all the same
			<-ctx.Done()
		}
		return out
	})
	b.o.Within = time.Hour
	if _, err := b.Do(context.Background(), 0); !errors.Is(err, broken) || Crowded(err) {
		t.Errorf("an error of the work: %v", err)
	}
	b.o.Within = time.Millisecond
	if _, err := b.Do(context.Background(), 1); !errors.Is(err, ErrLate) || !errors.Is(err, context.DeadlineExceeded) || !Crowded(err) {
		t.Errorf("out of time: %v", err)
	}
	if _, err := b.Do(context.Background(), 2); err != nil {
		t.Errorf("done at the last moment: %v", err)
	}
}
