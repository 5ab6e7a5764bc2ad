package appeals

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/notify"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
)

func TestNobodyDecidesAboutHisOwnAppeal(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	d := b.draft()
	byClerk, byHead := b.filed(t, b.clerk, d), b.filed(t, b.head, d)
	if err := b.svc.Register(ctx, b.clerk, byClerk, 0, Registration{Classification: Classification{Procedure: deadline.Appeal}, TopicID: b.topic}); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("the specialist registers what he wrote: %v", err)
	}
	must(t, b.svc.Register(ctx, b.clerk, byHead, 0, Registration{Classification: Classification{Procedure: deadline.Appeal}, TopicID: b.topic}))
	must(t, b.svc.Assign(ctx, b.clerk, byHead, 0, b.unit, b.exec.ID))
	must(t, b.svc.Submit(ctx, b.exec, byHead, 0, answerText, ResultSatisfied))
	digest := b.see(t, b.clerk, byHead).Digest()
	if err := b.svc.Sign(ctx, b.head, byHead, digest, Credential{Password: "right"}); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("the head signs an answer to himself: %v", err)
	}
	hand := b.strangerHead
	hand.ActingFor, hand.UnitIDs = &authz.Principal{ID: b.head.ID, Name: b.head.Name}, []int64{b.otherUnit, b.unit}
	if err := b.svc.Sign(ctx, hand, byHead, digest, Credential{Password: "right"}); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("who acts for the applicant signs the answer to him: %v", err)
	}
	if _, err := b.svc.Own(ctx, hand, byHead); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("who acts for the head reads his private pages: %v", err)
	}
	if _, err := b.svc.Own(ctx, b.head, byHead); err != nil {
		t.Errorf("he reads it as its applicant: %v", err)
	}
	must(t, b.svc.Reply(ctx, b.head, byHead, uuid.New(), "Дописую як заявник", nil))
}

func TestFourEyesOfADelegation(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	boss := b.exec // executor and head in one person
	boss.Roles, boss.Head = []authz.Role{authz.RoleExecutor, authz.RoleManager}, true
	must(t, b.svc.Submit(ctx, boss, n, 0, answerText, ResultSatisfied))
	hand := b.strangerHead
	hand.ActingFor, hand.UnitIDs = &authz.Principal{ID: boss.ID, Name: boss.Name}, []int64{b.otherUnit, b.unit}
	digest := b.see(t, b.head, n).Digest()
	if err := b.svc.Sign(ctx, hand, n, digest, Credential{Password: "right"}); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("who acts for the author signs in his stead: %v", err)
	}
}

func TestWhoChangesTheFilesIsAnAuthor(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	must(t, b.svc.SaveAnswer(ctx, b.exec, n, 0, answerText, ResultSatisfied))
	must(t, b.svc.Resolve(ctx, b.head, n, 0, Resolution{ExecutorID: b.exec.ID, CoexecutorIDs: []int64{b.second.ID}, Task: "Обстежити ділянку й підготувати відповідь", DueOn: b.Clock.Now()}))
	if _, err := b.svc.AttachToAnswer(ctx, b.second, n, "акт.txt", reader("Акт обстеження ділянки дороги")); err != nil {
		t.Fatal(err)
	}
	if a := b.see(t, b.head, n).Answer.Authors; len(a) != 2 {
		t.Errorf("authors %v", a)
	}
}

func TestTheExecutorBelongsToTheUnit(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.registered(t)
	err := b.svc.Assign(ctx, b.clerk, n, 0, b.unit, b.strangerExec.ID)
	if e, ok := errs.As(err); !ok || len(e.Fields) != 1 || e.Fields[0].Name != "executor" {
		t.Errorf("an executor of another unit: %v", err)
	}
	b.Owner(t, `INSERT INTO units (code, name_uk, parent_id, created_at) VALUES ('sub', 'Сектор', $1, now())`, b.unit)
	sub := b.person(t, "Нижчий Сава Саватійович", b.id(t, "SELECT id FROM units WHERE code = 'sub'"), false, authz.RoleExecutor)
	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, sub.ID)) // a sector of the unit is the unit
}

// TestTheLetterOfTheIndexIsALetter: an index stands on papers, is read aloud and typed.
func TestTheLetterOfTheIndexIsALetter(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	for name, want := range map[string]string{
		"'Ян Петро": "Я-1/2026", "«Ґудзь» Катерина": "Ґ-1/2026", "д’Артаньян Шарль": "Д-1/2026", "  Іваненко\u00a0Іван\r\nІванович ": "І-1/2026",
	} {
		d := b.draft()
		d.Name = name
		n := b.filed(t, b.ann, d)
		must(t, b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Procedure: deadline.Appeal}, TopicID: b.topic}))
		c := b.see(t, b.clerk, n)
		if deref(c.RegIndex) != want {
			t.Errorf("%q: %s, want %s", name, deref(c.RegIndex), want)
		}
		if strings.ContainsAny(c.AuthorName, "\u00a0\r\n") || strings.TrimSpace(c.AuthorName) != c.AuthorName {
			t.Errorf("the name is kept as %q", c.AuthorName)
		}
	}
	for _, name := range []string{"123 456", "😀 😀😀", "Іваненко", "Іваненко -"} {
		d := b.draft()
		d.Name = name
		_, err := b.tryFile(t, b.ann, d)
		wantField(t, err, "name", "appeals.err.name")
	}
	d := b.draft()
	d.Phone = "+380 (67) 123-45-67" + strings.Repeat("-", 100)
	_, err := b.tryFile(t, b.ann, d)
	wantField(t, err, "phone", "appeals.err.phone")
}

func TestWhoLeavesDoesNotHoldAnAppeal(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	must(t, b.svc.Ask(ctx, b.exec, n, uuid.New(), "На якій смузі яма?"))
	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, b.second.ID))
	must(t, b.svc.Reply(ctx, b.ann, n, uuid.New(), "На правій", nil))
	if c := b.see(t, b.head, n); c.State != InProgress || deref(c.ExecutorID) != b.second.ID {
		t.Errorf("%s with %d", c.State, deref(c.ExecutorID))
	}
}

// TestWhoHelpedInAnotherUnitDoesNotHoldAnAppeal: with the unit the whole of the former
// resolution goes, also for those who stood beside the executor.
func TestWhoHelpedInAnotherUnitDoesNotHoldAnAppeal(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.registered(t)
	must(t, b.svc.SendToManager(ctx, b.clerk, n, 0, b.head.ID))
	must(t, b.svc.Resolve(ctx, b.head, n, 0, Resolution{ExecutorID: b.exec.ID, CoexecutorIDs: []int64{b.second.ID}, Task: "Обстежити ділянку й підготувати відповідь", DueOn: b.Clock.Now()}))

	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, 0)) // within the unit he goes on helping
	if c := b.see(t, b.second, n); !slices.Contains(c.coexecutors, b.second.ID) {
		t.Error("a co-executor of the same unit is left out")
	}
	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, b.second.ID)) // and is no helper of himself
	if c := b.see(t, b.second, n); deref(c.ExecutorID) != b.second.ID || len(c.coexecutors) != 0 {
		t.Errorf("executor %d, beside him %v", deref(c.ExecutorID), c.coexecutors)
	}

	must(t, b.svc.SendToManager(ctx, b.clerk, n, 0, b.head.ID))
	must(t, b.svc.Resolve(ctx, b.head, n, 0, Resolution{ExecutorID: b.exec.ID, CoexecutorIDs: []int64{b.second.ID}, Task: "Обстежити ділянку й підготувати відповідь", DueOn: b.Clock.Now()}))
	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.otherUnit, b.strangerExec.ID))
	for _, who := range []authz.Actor{b.exec, b.second, b.head} {
		if _, err := b.svc.Case(ctx, who, n); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("%s of the former unit sees it: %v", who.Name, err)
		}
	}
	if err := b.svc.SaveAnswer(ctx, b.second, n, 0, answerText, ResultSatisfied); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("he drafts the answer: %v", err)
	}
	if b.see(t, b.strangerExec, n).Answer != nil {
		t.Error("there is a draft")
	}
}

// TestAnExtensionAfterTheReturn counts from the return, as the term that it prolongs.
func TestAnExtensionAfterTheReturn(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.signed(t)
	received := b.see(t, b.head, n).ReceivedAt
	b.Clock.Set(received.AddDate(0, 0, 20))
	must(t, b.svc.Rate(ctx, b.ann, n, false, "Яму засипали піском, не відремонтували"))
	short := b.see(t, b.head, n)
	must(t, b.svc.Extend(ctx, b.head, n, 0, "Потрібне обстеження ділянки спеціалістами"))
	c := b.see(t, b.head, n)
	if want := strings.SplitN(short.DueExplainUk, " → один місяць", 2)[0] + " → 45 днів разом із продовженням"; !strings.HasPrefix(c.DueExplainUk, want) {
		t.Errorf("explained\n%s, want\n%s…", c.DueExplainUk, want)
	}
	if strings.Contains(c.DueExplainEn, "received") || strings.Contains(c.DueExplainUk, "календарем") {
		t.Errorf("%s; %s", c.DueExplainUk, c.DueExplainEn)
	}
	if !c.RegisteredOn.Equal(short.RegisteredOn) || !c.DueAt.After(short.DueAt) || !c.ReceivedAt.Equal(received) {
		t.Errorf("registered %v, due %v, received %v", c.RegisteredOn, c.DueAt, c.ReceivedAt)
	}
}

// TestACalendarChangedMeanwhile: the day of registration stands as it was counted, and
// the term that is counted anew from it does not say that an official had chosen it.
func TestACalendarChangedMeanwhile(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	before := b.see(t, b.head, n)
	data := calendar.Default().Data()
	data.Version = "later"
	data.DaysOff = append(data.DaysOff, calendar.LocalDay{Date: calendar.FromTime(before.RegisteredOn), Reason: "День міста", Norm: "рішення № 5"})
	later, err := calendar.New(data)
	must(t, err)
	b.svc.cal = fixedCalendar{later}
	must(t, b.svc.Extend(ctx, b.head, n, 0, "Потрібне обстеження ділянки спеціалістами"))
	c := b.see(t, b.head, n)
	if !c.RegisteredOn.Equal(before.RegisteredOn) || c.CalendarVersion != "later" {
		t.Errorf("registered %v under %s", c.RegisteredOn, c.CalendarVersion)
	}
	if !strings.Contains(c.DueExplainUk, "за календарем, чинним тоді → 45 днів") || !strings.Contains(c.DueExplainEn, "by the calendar in force then → ") {
		t.Errorf("%s; %s", c.DueExplainUk, c.DueExplainEn)
	}
}

func TestTheDeskOfAResolutionIsThePrincipals(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.registered(t)
	must(t, b.svc.SendToManager(ctx, b.clerk, n, 0, b.head.ID))
	b.Owner(t, "UPDATE appeals SET manager_id = NULL, unit_id = $1 WHERE number = $2", b.unit, n)
	acting := b.strangerHead
	acting.ActingFor, acting.UnitIDs = &authz.Principal{ID: b.head.ID, Name: b.head.Name}, []int64{b.otherUnit, b.unit}
	must(t, b.svc.Resolve(ctx, acting, n, 0, Resolution{ExecutorID: b.exec.ID, Task: "Обстежити ділянку й підготувати відповідь", DueOn: b.Clock.Now()}))
	if c := b.see(t, b.head, n); deref(c.ManagerID) != b.head.ID {
		t.Errorf("the answer will lie on the desk of %d", deref(c.ManagerID))
	}
}

// TestAResolutionNamesThoseUnderTheManager: a manager gives tasks to the executors of
// his units and of those below, of whom the form offers just these; nobody else's
// people are named, be it as the main executor or as one beside him.
func TestAResolutionNamesThoseUnderTheManager(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.registered(t)
	must(t, b.svc.SendToManager(ctx, b.clerk, n, 0, b.head.ID))
	b.Owner(t, "INSERT INTO units (code, name_uk, parent_id, created_at) VALUES ('crew', 'Сектор ям', $1, now())", b.unit)
	crew := b.id(t, "SELECT id FROM units WHERE code = 'crew'")
	b.head.UnitIDs = append(b.head.UnitIDs, crew)
	below := b.person(t, "Нижній Лев Юрійович", crew, false, authz.RoleExecutor)
	free := b.person(t, "Вільний Іван Ілліч", 0, false, authz.RoleExecutor)
	// Who leads one unit and helps in another works where he leads: here and there alike.
	b.Owner(t, "INSERT INTO posts (unit_id, title_uk, created_at) VALUES ($1, 'помічник', now())", b.unit)
	two := b.person(t, "Подвійний Олег Ігорович", b.otherUnit, true, authz.RoleExecutor)
	b.Owner(t, "INSERT INTO appointments (person_id, post_id, valid_from, created_at) SELECT $1, id, '2025-01-01', now() FROM posts WHERE title_uk = 'помічник'", two.ID)

	accepted := map[int64]bool{}
	people, err := b.svc.Executors(ctx)
	must(t, err)
	if len(people) != 6 {
		t.Fatalf("%d executors in the city", len(people))
	}
	for _, p := range people {
		r := Resolution{ExecutorID: p.ID, Task: "Обстежити ділянку й підготувати відповідь", DueOn: b.Clock.Now()}
		asMain := b.svc.Resolve(ctx, b.head, n, 0, r)
		r.ExecutorID, r.CoexecutorIDs = b.exec.ID, []int64{p.ID}
		if p.ID == b.exec.ID {
			r.ExecutorID = b.second.ID
		}
		beside := b.svc.Resolve(ctx, b.head, n, 0, r)
		if (asMain == nil) != (beside == nil) {
			t.Errorf("%s: %v as the main one, %v beside him", p.Name, asMain, beside)
		}
		if accepted[p.ID] = asMain == nil; asMain != nil {
			wantField(t, asMain, "executor", "appeals.err.executor_foreign")
			wantField(t, beside, "coexecutors", "appeals.err.executor_foreign")
		}
	}
	offered, err := b.svc.ExecutorsUnder(ctx, b.head)
	must(t, err)
	for _, p := range offered {
		if !accepted[p.ID] {
			t.Errorf("%s is offered and not accepted", p.Name)
		}
		delete(accepted, p.ID)
	}
	for id, ok := range accepted {
		if ok {
			t.Errorf("%d is accepted and not offered", id)
		}
	}
	if len(offered) != 3 {
		t.Errorf("offered: %+v", offered)
	}
	if b.Count(t, "SELECT count(*) FROM resolutions WHERE executor_id = ANY ($1)", []int64{b.strangerExec.ID, free.ID, two.ID}) != 0 ||
		b.Count(t, "SELECT count(*) FROM appeal_coexecutors WHERE person_id = ANY ($1)", []int64{b.strangerExec.ID, free.ID, two.ID}) != 0 {
		t.Error("a refused resolution left something behind")
	}
	if b.Count(t, "SELECT count(*) FROM resolutions WHERE executor_id = $1 AND unit_id = $2", below.ID, crew) != 1 {
		t.Error("the unit of the executor is not that of the appeal")
	}
}

func wantField(t *testing.T, err error, field, key string) {
	t.Helper()
	e, ok := errs.As(err)
	if !ok || e.Kind != errs.KindInvalid || len(e.Fields) != 1 || e.Fields[0].Name != field || e.Fields[0].Key != key {
		t.Errorf("%v, want %s on %s", err, key, field)
	}
}

func TestAnUnknownTopicIsAMistake(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	d := b.draft()
	d.TopicID = 999
	_, err := b.tryFile(t, b.ann, d)
	if e, ok := errs.As(err); !ok || len(e.Fields) != 1 || e.Fields[0].Name != "topic" {
		t.Errorf("filed: %v", err)
	}
	d.TopicID, d.AddresseeID = b.topic, 999
	_, err = b.tryFile(t, b.ann, d)
	if e, ok := errs.As(err); !ok || len(e.Fields) != 1 || e.Fields[0].Name != "addressee" {
		t.Errorf("filed: %v", err)
	}
	n := b.filed(t, b.ann, b.draft())
	err = b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Procedure: deadline.Appeal}, TopicID: 999})
	if e, ok := errs.As(err); !ok || len(e.Fields) != 1 || e.Fields[0].Name != "topic" {
		t.Errorf("registered: %v", err)
	}
	if l := b.Logged.String(); strings.Contains(l, "ERROR") {
		t.Errorf("a mistake of a field is logged as one of the portal: %s", l)
	}
	d = b.draft()
	for _, id := range []int64{999, -1} {
		d.TopicID, d.AddresseeID = id, id
		for step, field := range map[int]string{StepWhat: "addressee", StepMatter: "topic"} {
			e, ok := errs.As(errors.Join(b.svc.CheckChoice(ctx, d, step), d.Judge(step)))
			if !ok || len(e.Fields) != 1 || e.Fields[0].Name != field {
				t.Errorf("step %d with %d: %+v", step, id, e)
			}
		}
	}
}

// TestTheSecondRound: the first paper stays readable while the second answer is
// written, and the second paper still names the day on which the appeal itself
// was registered.
func TestTheSecondRound(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.signed(t)
	first := b.see(t, b.head, n).Answer
	must(t, b.svc.Send(ctx, kind.SendAnswer{AnswerID: first.ID}))
	b.Clock.Set(b.Clock.Now().Add(72 * time.Hour))
	must(t, b.svc.Rate(ctx, b.ann, n, false, "Яму засипали піском, не відремонтували"))
	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, b.second.ID))
	must(t, b.svc.SaveAnswer(ctx, b.second, n, 0, answerText+" Роботи виконано.", ResultSatisfied))
	for _, who := range []authz.Actor{b.ann, b.head, b.clerk} {
		_, r, err := b.svc.OpenPDF(ctx, who, n, 0)
		if err != nil {
			t.Fatalf("%s: the first paper: %v", who.Name, err)
		}
		head, _ := io.ReadAll(io.LimitReader(r, 5))
		_ = r.Close()
		if !bytes.Equal(head, []byte("%PDF-")) {
			t.Errorf("%s: %q", who.Name, head)
		}
	}
	for _, who := range []authz.Actor{b.bob, b.strangerExec, authz.Guest()} {
		if _, _, err := b.svc.OpenPDF(ctx, who, n, 0); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("%s: %v", who.Name, err)
		}
	}
	must(t, b.svc.Submit(ctx, b.second, n, 1, answerText+" Роботи виконано.", ResultSatisfied))
	c := b.see(t, b.head, n)
	must(t, b.svc.Sign(ctx, b.head, n, c.Digest(), Credential{Password: "right"}))
	p, err := b.svc.paper(ctx, c.Answer.ID)
	must(t, err)
	if got := p.letter(Site{}).InReplyTo; !strings.Contains(got, "25.11.2026") {
		t.Errorf("the second paper answers %q", got)
	}
	if _, r, err := b.svc.OpenPDF(ctx, b.ann, n, 0); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a signed answer has no paper until it is made: %v %v", r, err)
	}
}

// TestAReasonHasItsBound: what the office explains stands in the timeline and in letters.
func TestAReasonHasItsBound(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	waiting, sign := b.registered(t), b.submitted(t)
	must(t, b.svc.SendToManager(ctx, b.clerk, waiting, 0, b.head.ID))
	long, fits := strings.Repeat("ж", ReasonMax+1), strings.Repeat("ж", ReasonMax)
	for field, do := range map[string]func(reason string) error{
		"reason":  func(r string) error { return b.svc.Extend(ctx, b.head, sign, 0, r) },
		"reason ": func(r string) error { return b.svc.SendBack(ctx, b.head, waiting, 0, r) },
		"remarks": func(r string) error { return b.svc.Return(ctx, b.head, sign, 0, r) },
	} {
		wantField(t, do(long), strings.TrimSpace(field), "appeals.err.body_long")
		must(t, do(" "+fits+"\n"))
	}
	if n := b.Count(t, "SELECT count(*) FROM appeal_events WHERE kind IN ('extended', 'sent_back', 'returned')"); n != 3 {
		t.Errorf("%d acts", n)
	}
}

func TestAVerdictPressedTwice(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.signed(t)
	const why = "Яму засипали піском, не відремонтували"
	must(t, b.svc.Rate(ctx, b.ann, n, false, why))
	before := b.see(t, b.head, n)
	must(t, b.svc.Rate(ctx, b.ann, n, false, " "+why+"\n"))
	if c := b.see(t, b.head, n); c.Version != before.Version || len(c.Events) != len(before.Events) || !c.RatedAt.Equal(*before.RatedAt) {
		t.Errorf("the second press changed something: version %d, %d events", c.Version, len(c.Events))
	}
	for what, err := range map[string]error{
		"other words":     b.svc.Rate(ctx, b.ann, n, false, "Передумала, але лишаюся при своєму"),
		"another verdict": b.svc.Rate(ctx, b.ann, n, true, why),
	} {
		if !errs.Is(err, errs.KindConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := b.svc.Rate(ctx, b.bob, n, false, why); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a stranger's: %v", err)
	}
}

func TestOthersLearnLittle(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	here := b.inWork(t)
	elsewhere := b.registered(t) // of the same author, in another unit
	must(t, b.svc.Assign(ctx, b.clerk, elsewhere, 0, b.otherUnit, b.strangerExec.ID))
	for who, want := range map[*authz.Actor]int{&b.exec: 0, &b.clerk: 1} {
		rows, err := b.svc.Similar(ctx, b.see(t, *who, here))
		must(t, err)
		if len(rows) != want {
			t.Errorf("%s sees %d other appeals of the applicant, want %d", who.Name, len(rows), want)
		}
	}
	b.filed(t, b.ann, b.draft()) // nobody has read it yet
	b.Owner(t, "UPDATE appeals SET confidential = true WHERE number = $1", elsewhere)
	rows, err := b.svc.Near(ctx, 50.25, 28.66)
	must(t, err)
	if len(rows) != 1 || rows[0].Number != here {
		t.Errorf("near: %+v", rows)
	}
	must(t, b.svc.SendToManager(ctx, b.clerk, here, 0, b.head.ID))
	must(t, b.svc.Resolve(ctx, b.head, here, 0, Resolution{ExecutorID: b.exec.ID, Task: "Обстежити ділянку й підготувати відповідь", DueOn: b.Clock.Now()}))
	own, err := b.svc.Own(ctx, b.ann, here)
	must(t, err)
	if own.Resolution != nil {
		t.Error("the applicant reads the resolution")
	}
}

func TestSweepOfWhatWasNeverSent(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	attach := func(id uuid.UUID) {
		if _, err := b.svc.AttachToDraft(ctx, b.ann, id, "опис.txt", reader("Опис ями на дорозі "+id.String())); err != nil {
			t.Fatal(err)
		}
	}
	dropped, old := b.started(t, b.ann, b.draft()), b.started(t, b.ann, b.draft())
	attach(dropped)
	attach(old)
	must(t, b.svc.DropDraft(ctx, b.ann, dropped))
	b.Clock.Set(b.Clock.Now().Add(48 * time.Hour))
	fresh := b.started(t, b.ann, b.draft())
	attach(fresh)
	filed := b.filed(t, b.ann, b.draft())
	must(t, b.svc.Sweep(ctx))
	if n := b.Count(t, "SELECT count(*) FROM files"); n != 2 {
		t.Errorf("%d files, want those of the two drafts", n)
	}
	b.Clock.Set(b.Clock.Now().Add(keepDrafts - time.Hour))
	must(t, b.svc.Sweep(ctx))
	must(t, b.svc.Sweep(ctx))
	if n := b.Count(t, "SELECT count(*) FROM appeal_drafts"); n != 1 {
		t.Errorf("%d drafts, want the fresh one", n)
	}
	if n := b.Count(t, "SELECT count(*) FROM appeals WHERE number = $1", filed); n != 1 {
		t.Error("a filed appeal was swept")
	}
	if _, err := b.svc.AttachToDraft(ctx, b.ann, old, "опис.txt", reader("Опис")); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a file for a draft that is gone: %v", err)
	}
}

// TestTheOfficeDoesNotTakeTheVerdictAway: taking an appeal from control before
// its applicant has judged the answer leaves him his word, once.
func TestTheOfficeDoesNotTakeTheVerdictAway(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.signed(t)
	must(t, b.svc.Close(ctx, b.clerk, n, 0))
	must(t, b.svc.Rate(ctx, b.ann, n, false, "Яму засипали піском, не відремонтували"))
	if c := b.see(t, b.head, n); c.State != Reopened || c.ClosedAt != nil {
		t.Errorf("%s closed %v", c.State, c.ClosedAt)
	}
	n = b.signed(t)
	must(t, b.svc.Close(ctx, b.clerk, n, 0))
	must(t, b.svc.Rate(ctx, b.ann, n, true, ""))
	if err := b.svc.Rate(ctx, b.ann, n, false, "Передумала, не вирішено"); !errs.Is(err, errs.KindConflict) {
		t.Errorf("a second verdict on one answer: %v", err)
	}
}

func TestASignatureNeedsAPost(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.submitted(t)
	bare := b.head
	bare.PostTitle = ""
	digest := b.see(t, b.head, n).Digest()
	if err := b.svc.Sign(ctx, bare, n, digest, Credential{Password: "right"}); !errs.Is(err, errs.KindInvalid) || b.signer.asked != 0 {
		t.Errorf("signed without a post: %v, the password was asked for %d times", err, b.signer.asked)
	}
}

func TestLettersSpeakTheLanguageOfTheirPerson(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	b.Owner(t, "UPDATE people SET locale = 'en' WHERE id = $1", b.ann.ID)
	n := b.inWork(t)
	must(t, b.svc.Ask(ctx, b.exec, n, uuid.New(), "На якій смузі яма?"))
	if n := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'appeal.question' AND locale = 'en'"); n != 1 {
		t.Errorf("%d letters in English", n)
	}
}

// TestAnEarlierAnswerStays: text, files, paper, signature and verdict of the
// first answer stay with everybody who may see the appeal when the second is
// signed, and the verdict on the first is none on the second.
func TestAnEarlierAnswerStays(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	must(t, b.svc.SaveAnswer(ctx, b.exec, n, 0, answerText, ResultSatisfied))
	_, err := b.svc.AttachToAnswer(ctx, b.exec, n, "акт.txt", reader("Акт обстеження ділянки дороги"))
	must(t, err)
	give := func(who authz.Actor, body, result string) *Answer {
		version := 0
		if a := b.see(t, who, n).Answer; a != nil && a.SignedAt == nil {
			version = a.Version
		}
		must(t, b.svc.Submit(ctx, who, n, version, body, result))
		c := b.see(t, b.head, n)
		must(t, b.svc.Sign(ctx, b.head, n, c.Digest(), Credential{Password: "right"}))
		must(t, b.svc.Send(ctx, kind.SendAnswer{AnswerID: c.Answer.ID}))
		return c.Answer
	}
	first := give(b.exec, answerText, ResultSatisfied)
	b.Clock.Set(b.Clock.Now().Add(72 * time.Hour))
	must(t, b.svc.Rate(ctx, b.ann, n, false, "Яму засипали піском, не відремонтували"))
	if c := b.see(t, b.head, n); c.Verdict == nil || c.Verdict.Solved || len(c.Earlier) != 0 {
		t.Errorf("judged: %+v, earlier %v", c.Verdict, c.Earlier)
	}
	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, b.second.ID))
	must(t, b.svc.SaveAnswer(ctx, b.second, n, 0, answerText+" Удруге.", ResultExplained))
	if c := b.see(t, b.second, n); len(c.Earlier) != 1 || c.Earlier[0].ID != first.ID || c.Verdict == nil {
		t.Errorf("who writes the second reads of the first %+v, of the verdict %+v", c.Earlier, c.Verdict)
	}
	b.Clock.Set(b.Clock.Now().Add(72 * time.Hour))
	give(b.second, answerText+" Удруге.", ResultExplained)

	own, err := b.svc.Own(ctx, b.ann, n)
	must(t, err)
	for who, c := range map[string]*Case{"the applicant": own, "the manager": b.see(t, b.head, n), "the specialist": b.see(t, b.clerk, n)} {
		if c.Answer.ID == first.ID || c.Verdict != nil || len(c.AnswerFiles) != 0 {
			t.Errorf("%s: the latest is %d, judged %+v, with %d files", who, c.Answer.ID, c.Verdict, len(c.AnswerFiles))
		}
		if len(c.Earlier) != 1 {
			t.Errorf("%s sees %d earlier answers, want 1", who, len(c.Earlier))
			continue
		}
		g := c.Earlier[0]
		if g.N != 1 || g.Body != answerText || g.Signature == nil || g.Signature.SignerName != b.head.Name || len(g.Files) != 1 || g.Files[0].Name != "акт.txt" {
			t.Errorf("%s: the first answer is %+v", who, g)
		}
		if v := g.Verdict; v == nil || v.Solved || v.Comment != "Яму засипали піском, не відремонтували" {
			t.Errorf("%s: the verdict on the first is %+v", who, v)
		}
	}
	papers := map[string]bool{}
	for _, k := range []int{0, 1, 2} {
		_, r, err := b.svc.OpenPDF(ctx, b.ann, n, k)
		if err != nil {
			t.Fatalf("paper %d: %v", k, err)
		}
		all, _ := io.ReadAll(r)
		_ = r.Close()
		papers[string(all)] = true
	}
	if len(papers) != 2 {
		t.Errorf("%d papers, want two: the latest and the first", len(papers))
	}
	for _, c := range []struct {
		who authz.Actor
		n   int
	}{{b.bob, 1}, {authz.Guest(), 1}, {b.strangerExec, 1}, {b.ann, 3}} {
		if _, _, err := b.svc.OpenPDF(ctx, c.who, n, c.n); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("%s, paper %d: %v", c.who.Name, c.n, err)
		}
	}
	list, err := b.svc.Mine(ctx, b.ann, 1)
	must(t, err)
	if list.Rows[0].Rating != "" {
		t.Errorf("the list says of the second answer %q", list.Rows[0].Rating)
	}
}

// TestASignatureCoversTheFiles: what the manager read is the text and the files;
// his page of signing is worth nothing once a file was swapped under the same text.
func TestASignatureCoversTheFiles(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	must(t, b.svc.SaveAnswer(ctx, b.exec, n, 0, answerText, ResultSatisfied))
	old, err := b.svc.AttachToAnswer(ctx, b.exec, n, "акт.txt", reader("Акт: яму відремонтовано"))
	must(t, err)
	submit := func() *Case {
		must(t, b.svc.Submit(ctx, b.exec, n, b.see(t, b.exec, n).Answer.Version, answerText, ResultSatisfied))
		return b.see(t, b.head, n)
	}
	read := submit().Digest()
	must(t, b.svc.Return(ctx, b.head, n, 0, "Додайте інший акт"))
	must(t, b.svc.DropAnswerFile(ctx, b.exec, n, old.ID))
	_, err = b.svc.AttachToAnswer(ctx, b.exec, n, "акт.txt", reader("Акт: яму не відремонтовано"))
	must(t, err)
	c := submit()
	if err := b.svc.Sign(ctx, b.head, n, read, Credential{Password: "right"}); !errs.Is(err, errs.KindConflict) {
		t.Errorf("signed from a page that showed another file: %v", err)
	}
	if k := b.Count(t, "SELECT count(*) FROM signatures"); k != 0 {
		t.Errorf("%d signatures", k)
	}
	asked := b.signer.asked
	b.Owner(t, "UPDATE files SET state = 'incoming' WHERE answer_id = $1", c.Answer.ID)
	if err := b.svc.Sign(ctx, b.head, n, c.Digest(), Credential{Password: "right"}); !errs.Is(err, errs.KindInvalid) || b.signer.asked != asked {
		t.Errorf("signed while a file waits for its re-encoding: %v", err)
	}
	b.Owner(t, "UPDATE files SET state = 'ready' WHERE answer_id = $1", c.Answer.ID)
	must(t, b.svc.Sign(ctx, b.head, n, c.Digest(), Credential{Password: "right"}))
	if k := b.Count(t, "SELECT count(*) FROM signatures WHERE scheme = 3"); k != 1 {
		t.Errorf("%d signatures of text and files", k)
	}
	b.Owner(t, "UPDATE files SET sha256 = '\\x00' WHERE answer_id = $1", c.Answer.ID)
	if err := b.svc.Send(ctx, kind.SendAnswer{AnswerID: c.Answer.ID}); err == nil {
		t.Error("what was not signed got a paper")
	}
}

// TestAnOldSignatureIsHeldAgainstItsText: signatures of before the files were
// covered stand for number, result and text, and still do.
func TestAnOldSignatureIsHeldAgainstItsText(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	must(t, b.svc.SaveAnswer(ctx, b.exec, n, 0, answerText, ResultSatisfied))
	_, err := b.svc.AttachToAnswer(ctx, b.exec, n, "акт.txt", reader("Акт обстеження ділянки дороги"))
	must(t, err)
	must(t, b.svc.Submit(ctx, b.exec, n, 1, answerText, ResultSatisfied))
	c := b.see(t, b.head, n)
	must(t, b.svc.Sign(ctx, b.head, n, c.Digest(), Credential{Password: "right"}))
	v1 := sum(fmt.Sprintf(`["ereception answer v1",%q,"%d",%q,%q]`, n, c.Answer.ID, ResultSatisfied, answerText))
	b.Owner(t, "ALTER TABLE signatures DISABLE TRIGGER append_only")
	b.Owner(t, "UPDATE signatures SET scheme = 1, digest = $1", v1)
	b.Owner(t, "ALTER TABLE signatures ENABLE TRIGGER append_only")
	must(t, b.svc.Send(ctx, kind.SendAnswer{AnswerID: c.Answer.ID}))
	conf, err := b.svc.Confirm(ctx, *b.see(t, b.head, n).Answer.VerifyCode)
	must(t, err)
	if conf.Digest != hex.EncodeToString(v1) {
		t.Errorf("confirmed %s", conf.Digest)
	}
}

// TestTheLetterHoldsTheFilesOfTheAnswer: what the paper lists as enclosures goes
// with the letter, up to its room; the rest is named with the page where it lies.
func TestTheLetterHoldsTheFilesOfTheAnswer(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	must(t, b.svc.SaveAnswer(ctx, b.exec, n, 0, answerText, ResultSatisfied))
	for _, name := range []string{"акт.txt", "кошторис.txt", "схема.txt"} {
		_, err := b.svc.AttachToAnswer(ctx, b.exec, n, name, reader("Зміст файлу "+name))
		must(t, err)
	}
	must(t, b.svc.Submit(ctx, b.exec, n, 1, answerText, ResultSatisfied))
	c := b.see(t, b.head, n)
	must(t, b.svc.Sign(ctx, b.head, n, c.Digest(), Credential{Password: "right"}))
	must(t, b.svc.Send(ctx, kind.SendAnswer{AnswerID: c.Answer.ID}))
	compose := func() (names []string, text string) {
		l, err := b.svc.Composers()["appeal.answer"](ctx, notify.Letter{Kind: "appeal.answer", PersonID: b.ann.ID, AppealID: c.ID, AnswerID: c.Answer.ID})
		must(t, err)
		for _, a := range l.Attachments {
			names = append(names, a.Name)
			if a.Name == "акт.txt" && string(a.Data) != "Зміст файлу акт.txt" {
				t.Errorf("%s holds %q", a.Name, a.Data)
			}
		}
		return names, strings.Join(l.Paragraphs, "\n")
	}
	paper := "vidpovid-" + n + ".pdf"
	names, text := compose()
	if want := []string{paper, "акт.txt", "кошторис.txt", "схема.txt"}; !slices.Equal(names, want) || strings.Contains(text, "акт.txt") {
		t.Errorf("the letter holds %q, want %q; it says %s", names, want, text)
	}
	b.Owner(t, "UPDATE files SET size = $1 WHERE name = 'кошторис.txt'", encloseMax)
	names, text = compose()
	if want := []string{paper, "акт.txt", "схема.txt"}; !slices.Equal(names, want) {
		t.Errorf("the letter holds %q, want %q", names, want)
	}
	if !strings.Contains(text, "кошторис.txt") || !strings.Contains(text, "https://e.example/appeals/"+n) {
		t.Errorf("the letter does not say where the large file lies: %s", text)
	}
}

// TestVerificationCountsTheDigestAnew: who looks a code up learns whether what is
// stored now is what was signed, and reads the names of posts in his language.
func TestVerificationCountsTheDigestAnew(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	b.Owner(t, "UPDATE posts SET title_en = 'head of the department' WHERE title_uk = 'начальник відділу'")
	b.Owner(t, "UPDATE units SET name_en = 'Department of Roads' WHERE code = 'roads'")
	n := b.inWork(t)
	must(t, b.svc.SaveAnswer(ctx, b.exec, n, 0, answerText, ResultSatisfied))
	_, err := b.svc.AttachToAnswer(ctx, b.exec, n, "акт.txt", reader("Акт обстеження ділянки дороги"))
	must(t, err)
	must(t, b.svc.Submit(ctx, b.exec, n, 1, answerText, ResultSatisfied))
	hand := b.strangerHead
	hand.ActingFor = &authz.Principal{ID: b.head.ID, Name: b.head.Name, PostTitle: "начальник відділу"}
	must(t, b.svc.Sign(ctx, hand, n, b.see(t, b.head, n).Digest(), Credential{Password: "right"}))
	signed := b.see(t, b.head, n).Answer
	look := func(loc string) Confirmation {
		t.Helper()
		c, err := b.svc.Confirm(i18n.With(ctx, loc), *signed.VerifyCode)
		must(t, err)
		return c
	}
	if c := look("uk"); !c.Intact || c.Post != "начальник відділу" || c.Unit != "Відділ доріг" || c.ActingFor != b.head.Name+", начальник відділу" {
		t.Errorf("in Ukrainian %+v", c)
	}
	if c := look("en"); !c.Intact || c.Post != "head of the department" || c.Unit != "Department of Roads" || c.ActingFor != b.head.Name+", head of the department" {
		t.Errorf("in English %+v", c)
	}
	for name, sql := range map[string]string{
		"the text":        "UPDATE answers SET body = body || ' Дописано.'",
		"the result":      "UPDATE answers SET result = 'refused'",
		"the file":        "UPDATE files SET sha256 = '\\x00' WHERE answer_id IS NOT NULL",
		"the file's name": "UPDATE files SET name = 'інший.txt' WHERE answer_id IS NOT NULL",
	} {
		b.Owner(t, "CREATE TABLE kept_answers AS SELECT id, body, result FROM answers")
		b.Owner(t, "CREATE TABLE kept_files AS SELECT id, sha256, name FROM files")
		b.Owner(t, sql)
		if look("uk").Intact {
			t.Errorf("%s was changed and nobody says so", name)
		}
		b.Owner(t, "UPDATE answers a SET body = k.body, result = k.result FROM kept_answers k WHERE k.id = a.id")
		b.Owner(t, "UPDATE files f SET sha256 = k.sha256, name = k.name FROM kept_files k WHERE k.id = f.id")
		b.Owner(t, "DROP TABLE kept_answers, kept_files")
		if !look("uk").Intact {
			t.Errorf("%s was put back", name)
		}
	}
}

// TestLettersGoToTheConfirmedAddressAlone: an address typed at the third step is
// proved by nobody; a stranger must not get the answer because of a slip.
func TestLettersGoToTheConfirmedAddressAlone(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.signed(t) // its draft gives ann@example.org, the account has another address
	must(t, b.svc.Send(ctx, kind.SendAnswer{AnswerID: b.see(t, b.exec, n).Answer.ID}))
	var account string
	var appeal, answer int64
	if err := b.DB.ReadPool().QueryRow(ctx, `SELECT p.email, a.id, w.id FROM appeals a JOIN people p ON p.id = a.author_id
		JOIN answers w ON w.appeal_id = a.id WHERE a.number = $1`, n).Scan(&account, &appeal, &answer); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"appeal.receipt", "appeal.answer"} {
		c, err := b.svc.Composers()[k](i18n.With(ctx, "uk"), notify.Letter{Kind: k, AppealID: appeal, AnswerID: answer})
		if err != nil {
			t.Fatal(err)
		}
		if c.To != account || c.To == "ann@example.org" {
			t.Errorf("%s goes to the typed address", k)
		}
	}
}
