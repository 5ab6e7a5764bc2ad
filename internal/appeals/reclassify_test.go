package appeals

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/notify"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

const whyMoved = "За змістом це прохання відремонтувати дорогу, а не надати документ: ч. 2 ст. 2 Закону 2939-VI."

func info(d Draft) Draft {
	d.Kind = InfoRequest
	return d
}

// TestTheMachine keeps the whole table in a golden file, so that a change of the
// way of an appeal shows in review.
func TestTheMachine(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, m := range Moves {
		from, to := make([]string, 0, len(m.From)), string(m.To)
		for _, s := range m.From {
			from = append(from, string(s))
		}
		if len(from) == len(States) {
			from = []string{"*"}
		}
		if to == "" {
			to = "="
		}
		fmt.Fprintf(&b, "%-15s %s -> %s  %s\n", m.Name, strings.Join(from, ","), to, m.Action)
	}
	const path = "testdata/machine.golden"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the machine differs from %s (UPDATE=1 rewrites it):\n%s", path, b.String())
	}
}

// TestEveryTermRunsFromTheSameReceipt: from every procedure to every other, after
// any number of days, the new term is the one that the procedure would have given
// at receipt; a term that has run out is never moved to a later day.
func TestEveryTermRunsFromTheSameReceipt(t *testing.T) {
	t.Parallel()
	cal := calendar.Default()
	kind := func(p deadline.Procedure) Kind {
		if isOne(p, InfoRequest.Procedures()) {
			return InfoRequest
		}
		return Application
	}
	receipts := []time.Time{
		time.Date(2026, 11, 25, 10, 0, 0, 0, i18n.Kyiv), // an ordinary day
		time.Date(2026, 11, 27, 19, 0, 0, 0, i18n.Kyiv), // Friday evening: R is Monday
		time.Date(2026, 12, 31, 23, 59, 0, 0, i18n.Kyiv),
		time.Date(2027, 1, 30, 12, 0, 0, 0, i18n.Kyiv), // Saturday; a month ends in February
	}
	tried, moved := 0, 0
	for _, from := range deadline.Procedures() {
		for _, to := range deadline.Procedures() {
			for _, received := range receipts {
				for _, extended := range []bool{false, true} {
					for _, hours := range []int{0, 1, 47, 49, 24 * 4, 24 * 9, 24 * 14, 24 * 20, 24 * 29, 24 * 40, 24 * 60} {
						before, err := deadline.Of(from, received, extended && from.Extendable(), cal)
						if err != nil {
							t.Fatal(err)
						}
						a := &Appeal{Kind: kind(from), ReceivedAt: received, AuthorAddress: "м. Житомир"}
						a.setTerm(before)
						old, now := *a, received.Add(time.Duration(hours)*time.Hour)
						data, err := a.reclassify(Classification{Kind: kind(to), Procedure: to, Reason: whyMoved, Late: true}, now, cal)
						want, _ := deadline.Of(to, received, false, cal)
						name := fmt.Sprintf("%s -> %s, received %s, after %d h, extended %v", from, to, received.Format(time.DateTime), hours, old.Extended)
						tried++
						if now.After(old.DueAt) && want.DueAt.After(old.DueAt) && from != to {
							if e, ok := errs.As(err); !ok || len(e.Fields) != 1 || e.Fields[0].Key != "appeals.err.reclassify_late" || !a.DueAt.Equal(old.DueAt) || a.Procedure != from || a.Kind != old.Kind {
								t.Errorf("%s: a term that has run out was revived: %v, %v", name, err, a.DueAt)
							}
							continue
						}
						if err != nil {
							t.Fatalf("%s: %v", name, err)
						}
						moved++
						if from == to {
							if !a.DueAt.Equal(old.DueAt) || a.Extended != old.Extended {
								t.Errorf("%s: the term of the same procedure moved to %v", name, a.DueAt)
							}
							continue
						}
						if !a.DueAt.Equal(want.DueAt) || a.Extended || !a.RegisteredOn.Equal(old.RegisteredOn) || !a.ReceivedAt.Equal(received) ||
							a.DueRule != want.Rule || a.DueExplainUk != want.Explanation {
							t.Errorf("%s: due %v, want %v (%s)", name, a.DueAt, want.DueAt, a.DueExplainUk)
						}
						if (data["extension"] == "lost") != old.Extended || (data["longer"] == "yes") != want.DueAt.After(old.DueAt) {
							t.Errorf("%s: the timeline keeps %v", name, data)
						}
					}
				}
			}
		}
	}
	if moved < 1000 || tried == moved {
		t.Errorf("%d of %d changes went through", moved, tried)
	}
}

// TestRegistrationUnderAnotherProcedureTakesAGround: what the applicant chose may be
// corrected at registration, on a ground that he reads; without one nothing happens.
func TestRegistrationUnderAnotherProcedureTakesAGround(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), i18n.With(context.Background(), "uk")
	n := b.filed(t, b.ann, info(b.draft()))
	filed := b.see(t, b.clerk, n)
	letters := func() int { return b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'appeal.reclassified'") }
	reg := func(c Classification) error {
		return b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: c, TopicID: b.topic})
	}
	for name, c := range map[string]struct {
		c          Classification
		field, key string
	}{
		"no ground":                         {Classification{Kind: Application, Procedure: deadline.Appeal}, "reason", "appeals.err.reclassify_reason"},
		"an urgent request without ground":  {Classification{Procedure: deadline.InfoUrgent}, "reason", "appeals.err.reclassify_reason"},
		"a ground of two words":             {Classification{Kind: Application, Procedure: deadline.Appeal, Reason: "  так треба     "}, "reason", "appeals.err.reclassify_reason"},
		"a ground without end":              {Classification{Kind: Application, Procedure: deadline.Appeal, Reason: text(400)}, "reason", "appeals.err.body_long"},
		"a procedure of the other law":      {Classification{Procedure: deadline.Appeal, Reason: whyMoved}, "procedure", "appeals.err.procedure_kind"},
		"a kind without its procedure":      {Classification{Kind: Complaint, Procedure: deadline.Info, Reason: whyMoved}, "procedure", "appeals.err.procedure_kind"},
		"an invented kind":                  {Classification{Kind: "petition", Procedure: deadline.Info, Reason: whyMoved}, "kind", "appeals.err.kind"},
		"an invented procedure":             {Classification{Kind: Application, Procedure: "slow", Reason: whyMoved}, "procedure", "appeals.err.procedure"},
		"another kind only, without ground": {Classification{Kind: Proposal, Procedure: deadline.Appeal}, "reason", "appeals.err.reclassify_reason"},
	} {
		e, ok := errs.As(reg(c.c))
		if !ok || e.Kind != errs.KindInvalid || len(e.Fields) != 1 || e.Fields[0].Name != c.field || e.Fields[0].Key != c.key || !i18n.Has(c.key) {
			t.Errorf("%s: %v", name, e)
		}
	}
	after := b.see(t, b.clerk, n)
	if after.State != Received || after.Version != filed.Version || after.RegIndex != nil || after.Kind != InfoRequest || letters() != 0 || len(after.Events) != 1 {
		t.Fatalf("refused, and yet: %+v, %d letters", after.Appeal, letters())
	}
	must(t, reg(Classification{Kind: Application, Procedure: deadline.Appeal, Reason: whyMoved}))
	c := b.see(t, b.clerk, n)
	if c.Kind != Application || c.Procedure != deadline.Appeal || !c.ReceivedAt.Equal(filed.ReceivedAt) || !c.RegisteredOn.Equal(filed.RegisteredOn) ||
		i18n.ISODate(c.DueAt) != "2026-12-25" || deref(c.RegIndex) != "З-1/2026" || c.State != Registered {
		t.Errorf("registered as %s under %s until %s, %s", c.Kind, c.Procedure, i18n.ISODate(c.DueAt), deref(c.RegIndex))
	}
	own, err := b.svc.Own(ctx, b.ann, n)
	must(t, err)
	line, ok := own.Reclassified()
	if !ok || line.Text("text") != whyMoved || line.Text("kind_from") != "info_request" || line.Text("procedure_from") != "info" ||
		line.Text("kind") != "application" || line.Text("date") != "2026-12-25" || line.Text("longer") != "yes" || line.ActorID != b.clerk.ID {
		t.Errorf("the applicant's timeline says %+v", line)
	}
	if last := own.Events[len(own.Events)-1]; last.Kind != "registered" || last.Text("index") != "З-1/2026" {
		t.Errorf("the last line is %+v", last)
	}
	if letters() != 1 {
		t.Errorf("%d letters", letters())
	}
	l, err := b.svc.Composers()["appeal.reclassified"](ctx, notify.Letter{Kind: "appeal.reclassified", PersonID: b.ann.ID, AppealID: c.ID})
	must(t, err)
	said := strings.Join(l.Paragraphs, "\n")
	for _, f := range l.Facts {
		said += "\n" + f.Label + ": " + f.Value
	}
	for _, want := range []string{whyMoved, i18n.Date(ctx, c.DueAt), c.DueExplainUk, "стаття 23 Закону «Про доступ до публічної інформації»", "Уповноваженому", "Було: Запит на інформацію, 5 робочих днів", "Стало: Заява. Звернення, один місяць", "не починає його наново"} {
		if !strings.Contains(said, want) {
			t.Errorf("the letter does not say %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "яма") || strings.Contains(said, "{") {
		t.Errorf("the letter says too much: %s", said)
	}
	if k := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'appeals' AND action = 'appeal.register' AND changes ? 'kind' AND changes ? 'procedure'"); k != 1 {
		t.Errorf("the trail knows %d changes", k)
	}
	// What follows from the applicant's choice needs no ground, and nobody is told of a change that is none.
	plain := b.filed(t, b.bob, b.draft())
	must(t, b.svc.Register(ctx, b.clerk, plain, 0, Registration{Classification: Classification{Kind: Application, Procedure: deadline.Appeal}, TopicID: b.topic}))
	if _, ok := b.see(t, b.clerk, plain).Reclassified(); ok || letters() != 1 {
		t.Error("a change was told that was none")
	}
}

// TestARequestWithoutAnAddressIsAskedForIt: an appeal needs the place of residence, a request none.
func TestARequestWithoutAnAddressIsAskedForIt(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), i18n.With(context.Background(), "uk")
	d := info(b.draft())
	d.Address = ""
	n := b.filed(t, b.ann, d)
	must(t, b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Kind: Complaint, Procedure: deadline.Appeal, Reason: whyMoved}, TopicID: b.topic}))
	line, _ := b.see(t, b.clerk, n).Reclassified()
	if said := strings.Join(line.Consequences(ctx), " "); !strings.Contains(said, "адреса, за якою ви живете") {
		t.Errorf("the applicant is told %q", said)
	}
}

// TestReclassification goes the way of an appeal that turns out to be a request,
// and back: the index follows the register, and each of them finds it.
func TestReclassification(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), i18n.With(context.Background(), "uk")
	n := b.inWork(t)
	before := b.see(t, b.clerk, n)
	changed := 0
	b.svc.OnChange(func() { changed++ })
	onMap := func() int {
		t.Helper()
		list, err := b.svc.Public(ctx)
		must(t, err)
		near, err := b.svc.Near(ctx, 50.25, 28.66)
		must(t, err)
		return len(list) + len(near) // those around leave out what is answered
	}
	found := func(who authz.Actor, q string) int {
		t.Helper()
		rows, _, err := b.svc.Queue(ctx, who, Filter{Set: SetAll, Query: q})
		must(t, err)
		return len(rows)
	}
	request := Classification{Kind: InfoRequest, Procedure: deadline.Info, Reason: "Заявниця просить копію договору на ремонт дороги: ст. 1 Закону 2939-VI."}
	for name, c := range map[string]struct {
		err  error
		want errs.Kind
	}{
		"a resident":               {b.svc.Reclassify(ctx, b.bob, n, 0, request), errs.KindForbidden},
		"its author":               {b.svc.Reclassify(ctx, b.ann, n, 0, request), errs.KindForbidden},
		"its executor":             {b.svc.Reclassify(ctx, b.exec, n, 0, request), errs.KindForbidden},
		"the head of another unit": {b.svc.Reclassify(ctx, b.strangerHead, n, 0, request), errs.KindNotFound},
		"from a stale page":        {b.svc.Reclassify(ctx, b.clerk, n, before.Version-1, request), errs.KindConflict},
		"without a ground":         {b.svc.Reclassify(ctx, b.clerk, n, 0, Classification{Kind: InfoRequest, Procedure: deadline.Info}), errs.KindInvalid},
		"to what it is":            {b.svc.Reclassify(ctx, b.clerk, n, 0, Classification{Kind: Application, Procedure: deadline.Appeal, Reason: whyMoved}), errs.KindInvalid},
		"what is not registered":   {b.svc.Reclassify(ctx, b.clerk, b.filed(t, b.bob, info(b.draft())), 0, Classification{Kind: Application, Procedure: deadline.Appeal, Reason: whyMoved}), errs.KindConflict},
		"what is answered":         {b.svc.Reclassify(ctx, b.clerk, b.signed(t), 0, request), errs.KindConflict},
		"an unknown number":        {b.svc.Reclassify(ctx, b.clerk, "2026-99999", 0, request), errs.KindNotFound},
	} {
		if !errs.Is(c.err, c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	if after := b.see(t, b.clerk, n); after.Version != before.Version || len(after.Events) != len(before.Events) || b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'appeal.reclassified'") != 0 ||
		b.Count(t, "SELECT count(*) FROM appeal_former_indexes") != 0 {
		t.Fatal("a refused change changed something")
	}
	public := onMap()
	changed = 0
	must(t, b.svc.Reclassify(ctx, b.clerk, n, before.Version, request))
	c := b.see(t, b.clerk, n)
	if c.State != before.State || c.Number != n || c.Kind != InfoRequest || c.Procedure != deadline.Info || i18n.ISODate(c.DueAt) != "2026-12-02" ||
		!c.ReceivedAt.Equal(before.ReceivedAt) || !c.RegisteredOn.Equal(before.RegisteredOn) || deref(c.RegIndex) != "ЗПІ-1/2026" ||
		deref(c.ExecutorID) != b.exec.ID || deref(c.ManagerID) != b.head.ID {
		t.Errorf("re-classified: %+v %s", c.Appeal, deref(c.RegIndex))
	}
	line, _ := c.Reclassified()
	if line.Text("index_from") != "З-1/2026" || line.Text("index") != "ЗПІ-1/2026" || line.Text("longer") != "" || line.From != line.To || !line.Public {
		t.Errorf("the timeline says %+v", line)
	}
	if onMap() != public-2 || changed != 1 || c.OnMap() || !c.Public {
		t.Errorf("a request is on the map: %d of %d, %d changes", onMap(), public, changed)
	}
	for _, q := range []string{"З-1/2026", "з-1/2026", "№ З-1/2026", "ЗПІ-1/2026", n} {
		if found(b.clerk, q) < 1 {
			t.Errorf("%q finds nothing", q)
		}
	}
	if found(b.strangerExec, "З-1/2026") != 0 {
		t.Error("the former index shows it to a stranger")
	}
	// The next request does not get the same index, nor the next appeal the old one.
	other := b.filed(t, b.bob, info(b.draft()))
	must(t, b.svc.Register(ctx, b.clerk, other, 0, Registration{Classification: Classification{Procedure: deadline.Info}, TopicID: b.topic}))
	if got := deref(b.see(t, b.clerk, other).RegIndex); got != "ЗПІ-2/2026" {
		t.Errorf("the next request is %s", got)
	}
	// Back while the term runs: by the manager, to another kind; the first index comes back.
	must(t, b.svc.Reclassify(ctx, b.head, n, c.Version, Classification{Kind: Complaint, Procedure: deadline.Appeal, Reason: whyMoved}))
	c = b.see(t, b.clerk, n)
	if c.Kind != Complaint || i18n.ISODate(c.DueAt) != "2026-12-25" || deref(c.RegIndex) != "З-1/2026" || onMap() != public {
		t.Errorf("back: %s until %s, %s", c.Kind, i18n.ISODate(c.DueAt), deref(c.RegIndex))
	}
	if b.Count(t, "SELECT count(*) FROM appeal_former_indexes WHERE reg_index = 'ЗПІ-1/2026'") != 1 || b.Count(t, "SELECT count(*) FROM appeal_former_indexes") != 1 || found(b.clerk, "ЗПІ-1/2026") != 1 {
		t.Error("the index of the request is lost")
	}
	// Within one law the index stays, and the kind alone moves no term.
	must(t, b.svc.Reclassify(ctx, b.clerk, n, 0, Classification{Kind: Complaint, Procedure: deadline.AppealSimple, Reason: whyMoved}))
	must(t, b.svc.Reclassify(ctx, b.clerk, n, 0, Classification{Kind: Proposal, Procedure: deadline.AppealSimple, Reason: whyMoved}))
	if c = b.see(t, b.clerk, n); c.Kind != Proposal || i18n.ISODate(c.DueAt) != "2026-12-10" || deref(c.RegIndex) != "З-1/2026" || b.Count(t, "SELECT count(*) FROM appeal_former_indexes") != 1 {
		t.Errorf("%s until %s, %s", c.Kind, i18n.ISODate(c.DueAt), deref(c.RegIndex))
	}
	if k := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'appeal.reclassified' AND person_id = $1", b.ann.ID); k != 4 {
		t.Errorf("%d letters for 4 changes", k)
	}
	if k := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'appeals' AND action = 'appeal.reclassify'"); k != 4 {
		t.Errorf("the trail knows %d changes", k)
	}
}

// TestALetterTellsTheHourOfAnUrgentTerm: 48 hours end at a minute (Закон 2939-VI, ст. 20,
// ч. 2), and a bare date among the facts would give the rest of the day on top.
func TestALetterTellsTheHourOfAnUrgentTerm(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), i18n.With(context.Background(), "uk")
	n := b.filed(t, b.ann, info(b.draft()))
	must(t, b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Procedure: deadline.InfoUrgent, Reason: whyMoved}, TopicID: b.topic}))
	c := b.see(t, b.clerk, n)
	l, err := b.svc.Composers()["appeal.reclassified"](ctx, notify.Letter{Kind: "appeal.reclassified", PersonID: b.ann.ID, AppealID: c.ID})
	must(t, err)
	for _, f := range l.Facts {
		if f.Label == i18n.T(ctx, "letters.due") && f.Value == i18n.DateTime(ctx, c.DueAt) {
			return
		}
	}
	t.Errorf("no hour in %+v", l.Facts)
}

// TestALateChangeIsNoWayOut: a term that has run out stays so; one that would have
// run out already is taken with open eyes.
func TestALateChangeIsNoWayOut(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	request := b.filed(t, b.bob, info(b.draft()))
	must(t, b.svc.Register(ctx, b.clerk, request, 0, Registration{Classification: Classification{Procedure: deadline.Info}, TopicID: b.topic}))
	unregistered := b.filed(t, b.bob, info(b.draft()))
	appeal := b.inWork(t)
	b.Clock.Set(b.Clock.Now().AddDate(0, 0, 9))
	slow := Classification{Kind: Application, Procedure: deadline.Appeal, Reason: whyMoved, Late: true}
	for name, err := range map[string]error{
		"a registered request": b.svc.Reclassify(ctx, b.clerk, request, 0, slow),
		"one that lay about":   b.svc.Register(ctx, b.clerk, unregistered, 0, Registration{Classification: slow, TopicID: b.topic}),
	} {
		if e, ok := errs.As(err); !ok || e.Kind != errs.KindInvalid || e.Fields[0].Key != "appeals.err.reclassify_late" {
			t.Errorf("%s got a longer term after its end: %v", name, err)
		}
	}
	for _, n := range []string{request, unregistered} {
		if c := b.see(t, b.clerk, n); c.Procedure != deadline.Info || !c.Late(b.Clock.Now()) || i18n.ISODate(c.DueAt) != "2026-12-02" {
			t.Errorf("%s until %s", c.Procedure, i18n.ISODate(c.DueAt))
		}
	}
	fast := Classification{Kind: InfoRequest, Procedure: deadline.Info, Reason: whyMoved}
	if e, ok := errs.As(b.svc.Reclassify(ctx, b.clerk, appeal, 0, fast)); !ok || len(e.Fields) != 1 || e.Fields[0].Name != "late" {
		t.Errorf("the official was not asked: %v", e)
	}
	if c := b.see(t, b.clerk, appeal); c.Procedure != deadline.Appeal || c.Late(b.Clock.Now()) {
		t.Errorf("unconfirmed, and yet under %s", c.Procedure)
	}
	fast.Late = true
	must(t, b.svc.Reclassify(ctx, b.clerk, appeal, 0, fast))
	if c := b.see(t, b.clerk, appeal); c.Procedure != deadline.Info || !c.Late(b.Clock.Now()) || i18n.ISODate(c.DueAt) != "2026-12-02" {
		t.Errorf("%s until %s", c.Procedure, i18n.ISODate(c.DueAt))
	}
	if err := b.svc.Extend(ctx, b.head, appeal, 0, "Потрібен пошук у великій кількості документів"); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("extended after its end: %v", err)
	}
}

// TestAnExtensionBelongsToItsProcedure: it falls with the procedure, the applicant is
// told, and the head may grant that of the other law.
func TestAnExtensionBelongsToItsProcedure(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), i18n.With(context.Background(), "uk")
	n := b.inWork(t)
	must(t, b.svc.Extend(ctx, b.head, n, 0, "Потрібне погодження з власником мережі та обстеження"))
	must(t, b.svc.Reclassify(ctx, b.head, n, 0, Classification{Kind: InfoRequest, Procedure: deadline.Info, Reason: whyMoved}))
	c := b.see(t, b.head, n)
	line, _ := c.Reclassified()
	if c.Extended || i18n.ISODate(c.DueAt) != "2026-12-02" || !strings.Contains(strings.Join(line.Consequences(ctx), " "), "продовження строку більше не діє") {
		t.Errorf("extended %v until %s; told %v", c.Extended, i18n.ISODate(c.DueAt), line.Consequences(ctx))
	}
	must(t, b.svc.Extend(ctx, b.head, n, 0, "Потрібен пошук у великій кількості документів"))
	if c = b.see(t, b.head, n); !c.Extended || i18n.ISODate(c.DueAt) != "2026-12-23" { // 20 working days from the same receipt
		t.Errorf("extended until %s", i18n.ISODate(c.DueAt))
	}
}

// TestADraftForSignatureGoesBack: it was written under another law. Who wrote it
// still cannot sign it, and a page of before signs nothing.
func TestADraftForSignatureGoesBack(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.submitted(t)
	digest := b.see(t, b.head, n).Digest()
	must(t, b.svc.Reclassify(ctx, b.clerk, n, 0, Classification{Kind: InfoRequest, Procedure: deadline.Info, Reason: whyMoved}))
	c := b.see(t, b.head, n)
	if c.State != InProgress || c.Answer.State != AnswerReturned || c.Answer.Body != answerText || c.Answer.Remarks == "" || len(c.Answer.Authors) != 1 || c.Answer.Authors[0] != b.exec.ID {
		t.Errorf("%s, the draft %+v", c.State, c.Answer)
	}
	if line := c.Events[len(c.Events)-1]; line.Kind != "reclassified" || line.From != AnswerSigning || line.To != InProgress {
		t.Errorf("the timeline says %+v", line)
	}
	if err := b.svc.Sign(ctx, b.head, n, digest, Credential{Password: "right"}); !errs.Is(err, errs.KindConflict) {
		t.Errorf("signed from a page of before: %v", err)
	}
	if b.Count(t, "SELECT count(*) FROM signatures") != 0 || b.signer.asked != 0 {
		t.Error("something was signed")
	}
	must(t, b.svc.Submit(ctx, b.exec, n, c.Answer.Version, answerText, ResultExplained))
	both := b.exec
	both.Roles, both.Head = []authz.Role{authz.RoleExecutor, authz.RoleManager}, true
	if err := b.svc.Sign(ctx, both, n, b.see(t, b.head, n).Digest(), Credential{Password: "right"}); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("its author signed it: %v", err)
	}
	must(t, b.svc.Sign(ctx, b.head, n, b.see(t, b.head, n).Digest(), Credential{Password: "right"}))
	if out := deref(b.see(t, b.head, n).Answer.OutNumber); !strings.Contains(out, "ЗПІ-1/2026") {
		t.Errorf("the answer goes out under %s", out)
	}
	// Opened again, it has been answered under its law.
	must(t, b.svc.Rate(ctx, b.ann, n, false, "Документ надали не повністю"))
	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, b.exec.ID))
	if err := b.svc.Reclassify(ctx, b.clerk, n, 0, Classification{Kind: Application, Procedure: deadline.Appeal, Reason: whyMoved}); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("re-classified after its answer: %v", err)
	}
}

// TestAResolutionPastTheNewTermIsToldOf: the manager has to set it anew.
func TestAResolutionPastTheNewTermIsToldOf(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.registered(t)
	must(t, b.svc.SendToManager(ctx, b.clerk, n, 0, b.head.ID))
	r := Resolution{ExecutorID: b.exec.ID, Task: "Підготувати відповідь заявниці", DueOn: time.Date(2026, 12, 15, 0, 0, 0, 0, time.UTC)}
	must(t, b.svc.Resolve(ctx, b.head, n, 0, r))
	if b.see(t, b.head, n).ResolutionLate() {
		t.Error("a resolution within the term is late")
	}
	must(t, b.svc.Reclassify(ctx, b.clerk, n, 0, Classification{Kind: InfoRequest, Procedure: deadline.Info, Reason: whyMoved}))
	c := b.see(t, b.head, n)
	if line, _ := c.Reclassified(); !c.ResolutionLate() || line.Text("resolution") != "late" || !c.Resolution.DueOn.Equal(r.DueOn) {
		t.Errorf("late %v, %+v", c.ResolutionLate(), line)
	}
	if e, ok := errs.As(b.svc.Resolve(ctx, b.head, n, 0, r)); !ok || e.Fields[0].Name != "due" {
		t.Errorf("the old term was set again: %v", e)
	}
	r.DueOn = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	must(t, b.svc.Resolve(ctx, b.head, n, 0, r))
	if b.see(t, b.head, n).ResolutionLate() {
		t.Error("the new resolution is late")
	}
	// What is on the last day of the term is not past it.
	must(t, b.svc.Reclassify(ctx, b.clerk, n, 0, Classification{Kind: InfoRequest, Procedure: deadline.Advocate, Reason: whyMoved}))
	if line, _ := b.see(t, b.head, n).Reclassified(); line.Text("resolution") != "" {
		t.Errorf("told of a resolution that is in time: %+v", line)
	}
}
