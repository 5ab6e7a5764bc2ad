package appeals

import (
	"context"
	"testing"
	"time"
)

func TestOverviewCountsWhatTheManagerAnswersFor(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	b.inWork(t)
	b.submitted(t)
	b.signed(t)
	o, err := b.svc.Overview(ctx, b.head)
	must(t, err)
	if len(o.Units) != 1 || o.Units[0] != (Load{Name: "Відділ доріг", Open: 2}) {
		t.Errorf("units: %+v, want the two open appeals of the unit", o.Units)
	}
	if len(o.Executors) != 1 || o.Executors[0] != (Load{Name: b.exec.Name, Open: 1}) {
		t.Errorf("executors: %+v, want the one appeal that is in work", o.Executors)
	}
	if o.Answered != 1 || o.OnTime != 100 || len(o.Months) != 1 || o.Months[0].Answered != 1 || o.Months[0].OnTime != 100 {
		t.Errorf("answers: %+v, want one in time", o)
	}
	if o.SignSoon != 0 {
		t.Errorf("%d to be signed today, want none: the term has just begun", o.SignSoon)
	}
	b.Clock.Set(b.Clock.Now().Add(60 * 24 * time.Hour))
	o, err = b.svc.Overview(ctx, b.head)
	must(t, err)
	if o.Units[0].Late != 2 || o.SignSoon != 1 || o.Executors[0].Late != 1 || o.Answered != 0 || len(o.Months) != 1 {
		t.Errorf("two months later: %+v, want everything open overdue and the answer still among the months", o)
	}
	o, err = b.svc.Overview(ctx, b.strangerHead)
	must(t, err)
	if len(o.Units)+len(o.Executors)+len(o.Months)+o.Answered+o.SignSoon != 0 {
		t.Errorf("the head of another unit sees %+v", o)
	}
}
