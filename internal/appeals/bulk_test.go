package appeals

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
)

func (b *bundle) picks(t *testing.T, numbers ...string) []Pick {
	t.Helper()
	var out []Pick
	for _, n := range numbers {
		out = append(out, Pick{n, b.see(t, b.clerk, n).Version})
	}
	return out
}

// told writes outcomes as «number why» in their order.
func told(out []Outcome) string {
	var parts []string
	for _, o := range out {
		parts = append(parts, strings.TrimSpace(o.Number+" "+string(o.Why)))
	}
	return strings.Join(parts, ", ")
}

// TestEachOfTheChosenGoesByItself: what cannot go stays as it was and says why, the
// rest goes with its own story, and sent twice it changes nothing.
func TestEachOfTheChosenGoesByItself(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	first, second, stale, fresh, asked, signing := b.registered(t), b.inWork(t), b.registered(t), b.filed(t, b.ann, b.draft()), b.inWork(t), b.submitted(t)
	own := b.filed(t, b.clerk, b.draft())
	must(t, b.svc.Ask(ctx, b.exec, asked, uuid.New(), "Вкажіть, будь ласка, номер під’їзду"))
	picks := b.picks(t, first, second, stale, fresh, asked, signing, own)
	picks = append(picks, Pick{"2026-99999", 1}, picks[0])
	must(t, b.svc.SendToManager(ctx, b.clerk, stale, 0, b.head.ID)) // a colleague is quicker
	must(t, b.svc.SendBack(ctx, b.head, stale, 0, "Не наше питання"))

	seen, err := b.svc.Weigh(ctx, b.clerk, BulkAssign, []string{first, second, stale, fresh, asked, signing, own, "2026-99999"})
	must(t, err)
	why := map[string]Reason{}
	for _, x := range seen {
		why[x.Number] = x.Why
	}
	for n, want := range map[string]Reason{first: "", second: "", stale: "", fresh: ReasonRegister, asked: ReasonClarifying, signing: ReasonState, own: ReasonForbidden} {
		if why[n] != want {
			t.Errorf("before the act %s is %q, want %q", n, why[n], want)
		}
	}

	to := BulkTarget{UnitID: b.unit, ExecutorID: b.second.ID}
	out, err := b.svc.Bulk(ctx, b.clerk, BulkAssign, to, picks)
	must(t, err)
	want := first + ", " + second + ", " + stale + " changed, " + fresh + " register, " + asked + " clarifying, " + signing + " state, " + own + " forbidden, 2026-99999 gone"
	if told(out) != want {
		t.Fatalf("got  %s\nwant %s", told(out), want)
	}
	for _, n := range []string{first, second} {
		c := b.see(t, b.clerk, n)
		if c.State != InProgress || !is(c.ExecutorID, b.second.ID) || c.Events[len(c.Events)-1].Kind != "assigned" {
			t.Errorf("%s: %s, %v", n, c.State, c.ExecutorID)
		}
	}
	for n, state := range map[string]State{stale: Registered, fresh: Received, asked: Clarifying, signing: AnswerSigning, own: Received} {
		if got := b.state(t, n); got != state {
			t.Errorf("%s stands at %s, want %s", n, got, state)
		}
	}
	events := b.Count(t, "SELECT count(*) FROM appeal_events")
	out, err = b.svc.Bulk(ctx, b.clerk, BulkAssign, to, picks[:2])
	if err != nil || told(out) != first+" already, "+second+" already" || !out[0].Done() {
		t.Errorf("sent twice: %s, %v", told(out), err)
	}
	if n := b.Count(t, "SELECT count(*) FROM appeal_events"); n != events {
		t.Errorf("sent twice it wrote %d lines more", n-events)
	}
}

// TestAMistakenTargetChangesNothing: a mistake of the form is said before anything goes;
// where it hinders some only, these are named with the refusal.
func TestAMistakenTargetChangesNothing(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	one, two := b.registered(t), b.registered(t)
	for name, to := range map[string]BulkTarget{"no unit": {}, "an executor of another unit": {UnitID: b.unit, ExecutorID: b.strangerExec.ID}, "nobody's": {UnitID: 1 << 40}} {
		out, err := b.svc.Bulk(ctx, b.clerk, BulkAssign, to, b.picks(t, one, two))
		if e, ok := errs.As(err); !ok || e.Kind != errs.KindInvalid || len(e.Fields) == 0 || out != nil {
			t.Errorf("%s: %s, %v", name, told(out), err)
		}
	}
	if b.state(t, one) != Registered || b.state(t, two) != Registered {
		t.Error("a mistaken form moved something")
	}
	// The unit has no head now: who has been given a manager by hand can go there, the other cannot.
	b.Owner(t, "UPDATE posts SET active = false WHERE head AND unit_id = $1", b.unit)
	b.Owner(t, "UPDATE appeals SET unit_id = $1, manager_id = $2 WHERE number = $3", b.unit, b.head.ID, one)
	out, err := b.svc.Bulk(ctx, b.clerk, BulkAssign, BulkTarget{UnitID: b.unit}, b.picks(t, two, one))
	if err != nil || told(out) != two+" refused, "+one || out[0].Err == nil {
		t.Errorf("%s, %v", told(out), err)
	}
	if _, err := b.svc.Weigh(ctx, b.clerk, BulkAssign, make([]string, maxPicked+1)); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("too many: %v", err)
	}
}

// TestTheChosenAreTakenByWhoMay: the tray of the unit is taken by its executors alone,
// and nobody takes what a colleague has.
func TestTheChosenAreTakenByWhoMay(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	free, taken := b.registered(t), b.inWork(t)
	must(t, b.svc.Assign(ctx, b.clerk, free, 0, b.unit, 0))
	picks := b.picks(t, free, taken)
	for name, who := range map[string]authz.Actor{"a stranger": b.strangerExec, "a resident": b.ann} {
		out, err := b.svc.Bulk(ctx, who, BulkTake, BulkTarget{}, picks)
		if err != nil || told(out) != free+" gone, "+taken+" gone" {
			t.Errorf("%s: %s, %v", name, told(out), err)
		}
	}
	if out, err := b.svc.Bulk(ctx, b.head, BulkTake, BulkTarget{}, picks); err != nil || told(out) != free+" forbidden, "+taken+" taken" {
		t.Errorf("the head: %s, %v", told(out), err)
	}
	if out, err := b.svc.Bulk(ctx, b.second, BulkTake, BulkTarget{}, picks); err != nil || told(out) != free+", "+taken+" taken" {
		t.Errorf("%s, %v", told(out), err)
	}
	if c := b.see(t, b.clerk, free); !is(c.ExecutorID, b.second.ID) {
		t.Errorf("the executor is %v", c.ExecutorID)
	}
	if c := b.see(t, b.clerk, taken); !is(c.ExecutorID, b.exec.ID) {
		t.Errorf("the executor of the other is %v", c.ExecutorID)
	}
	out, err := b.svc.Bulk(ctx, b.clerk, BulkManager, BulkTarget{ManagerID: b.head.ID}, b.picks(t, free, taken))
	if err != nil || told(out) != free+", "+taken || b.state(t, taken) != ResolutionPending {
		t.Errorf("to the manager: %s, %v", told(out), err)
	}
}

// TestAnExportNamesNobodyAndIsRecorded: the list keeps to the scope and the filter, and
// nothing is given that was not recorded.
func TestAnExportNamesNobodyAndIsRecorded(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	mine, other := b.inWork(t), b.registered(t)
	list := func(who authz.Actor, f Filter) (string, error) {
		each, err := b.svc.Export(ctx, who, f, "set=all")
		if err != nil {
			return "", err
		}
		var got []string
		err = each(func(r ExportRow) error {
			got = append(got, r.Number)
			return nil
		})
		return strings.Join(got, " "), err
	}
	if got, err := list(b.clerk, Filter{Set: SetAll}); err != nil || got != other+" "+mine {
		t.Errorf("the specialist: %q, %v", got, err)
	}
	if got, err := list(b.exec, Filter{Set: SetAll}); err != nil || got != mine {
		t.Errorf("the executor: %q, %v", got, err)
	}
	if got, err := list(b.clerk, Filter{Set: SetAll, Numbers: []string{other}}); err != nil || got != other {
		t.Errorf("the chosen: %q, %v", got, err)
	}
	if n := b.Count(t, "SELECT count(*) FROM appeal_exports WHERE person_id = $1 AND n = 2 AND query = 'set=all'", b.clerk.ID); n != 1 {
		t.Errorf("%d records of the export", n)
	}
	if _, err := list(b.ann, Filter{Set: SetAll}); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("a resident: %v", err)
	}
	if n := b.Count(t, "SELECT count(*) FROM appeal_exports"); n != 3 {
		t.Errorf("%d records in all, want 3", n)
	}
	if _, err := b.DB.Pool().Exec(ctx, "DELETE FROM appeal_exports"); err == nil {
		t.Error("a record of an export can be deleted")
	}
	// What is personal stays in the portal: the words of a confidential appeal, and of one on a personal topic.
	told := func(f Filter) string {
		each, err := b.svc.Export(ctx, b.clerk, f, "")
		must(t, err)
		var got []string
		must(t, each(func(r ExportRow) error {
			got = append(got, strings.TrimSpace(r.Number+" "+r.Title+" "+r.Place))
			return nil
		}))
		return strings.Join(got, ", ")
	}
	open := " Яма на дорозі вул. Київська, 61"
	b.Owner(t, "UPDATE appeals SET confidential = true WHERE number = $1", mine)
	if got := told(Filter{Set: SetAll}); got != other+open+", "+mine {
		t.Errorf("with a confidential one: %q", got)
	}
	b.Owner(t, "UPDATE topics SET personal = true")
	if got := told(Filter{Set: SetAll}); got != other+", "+mine {
		t.Errorf("on a personal topic: %q", got)
	}
	// The filters of the queue: by district and by the nearness of the term.
	b.Owner(t, "INSERT INTO districts (kind, code, name_uk, created_at) VALUES ('district', 'd1', 'Богунський', now())")
	d := b.id(t, "SELECT max(id) FROM districts")
	b.Owner(t, "UPDATE appeals SET district_id = $1 WHERE number = $2", d, mine)
	b.Owner(t, "UPDATE appeals SET due_at = $1 WHERE number = $2", b.Clock.Now().AddDate(0, 0, 5), other)
	if got, err := list(b.clerk, Filter{Set: SetAll, DistrictID: d}); err != nil || got != mine {
		t.Errorf("of the district: %q, %v", got, err)
	}
	for days, want := range map[int]string{5: other, 4: ""} {
		if got, err := list(b.clerk, Filter{Set: SetAll, Within: days}); err != nil || got != want {
			t.Errorf("within %d days: %q, %v", days, got, err)
		}
	}
}

// TestFiltersAreKeptUnderAName: a set is its owner's alone, a name used again means the
// new filter, and there are no more of them than stand above a queue.
func TestFiltersAreKeptUnderAName(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	names := func(who authz.Actor) string {
		t.Helper()
		list, err := b.svc.Saved(ctx, who)
		must(t, err)
		var out []string
		for _, x := range list {
			out = append(out, x.Name+" "+x.Query)
		}
		return strings.Join(out, ", ")
	}
	must(t, b.svc.SaveSet(ctx, b.clerk, "  Ями  центру ", "set=work&topic=1"))
	must(t, b.svc.SaveSet(ctx, b.clerk, "ями центру", "set=all&topic=1"))
	if got := names(b.clerk); got != "ями центру set=all&topic=1" {
		t.Errorf("kept: %q", got)
	}
	if got := names(b.exec); got != "" {
		t.Errorf("another official has %q", got)
	}
	for name, try := range map[string]func() error{
		"a letter":  func() error { return b.svc.SaveSet(ctx, b.clerk, "я", "set=all") },
		"too long":  func() error { return b.svc.SaveSet(ctx, b.clerk, strings.Repeat("я", SavedNameMax+1), "set=all") },
		"no filter": func() error { return b.svc.SaveSet(ctx, b.clerk, "Усе", "") },
	} {
		if err := try(); !errs.Is(err, errs.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := 1; i < SavedMost; i++ {
		must(t, b.svc.SaveSet(ctx, b.clerk, "Добірка "+strconv.Itoa(i), "set=all"))
	}
	if err := b.svc.SaveSet(ctx, b.clerk, "Ще одна", "set=all"); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("one too many: %v", err)
	}
	if err := b.svc.SaveSet(ctx, b.ann, "Моя", "set=all"); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("a resident: %v", err)
	}
	id := b.id(t, "SELECT min(id) FROM queue_sets")
	if err := b.svc.DropSet(ctx, b.exec, id); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("another's: %v", err)
	}
	must(t, b.svc.DropSet(ctx, b.clerk, id))
	must(t, b.svc.DropSet(ctx, b.clerk, id))
	if got := names(b.clerk); strings.Contains(got, "ями") || !strings.HasPrefix(got, "Добірка 1") {
		t.Errorf("after one was dropped: %q", got)
	}
}
