package appeals

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
)

func TestTheMainLine(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()

	n := b.filed(t, b.ann, b.draft())
	if !strings.HasPrefix(n, "2026-") {
		t.Errorf("number %s", n)
	}
	c := b.see(t, b.clerk, n)
	if c.State != Received || i18n.ISODate(c.DueAt) != "2026-12-25" || !strings.Contains(c.DueExplainUk, "ст. 20") {
		t.Errorf("received: %s due %s because %s", c.State, c.DueAt, c.DueExplainUk)
	}
	if b.Jobs(t, "send_letter") != 1 {
		t.Errorf("%d letters promised, want the receipt", b.Jobs(t, "send_letter"))
	}

	must(t, b.svc.Register(ctx, b.clerk, n, c.Version, Registration{Classification: Classification{Procedure: deadline.Appeal}, TopicID: b.topic, Marks: []string{MarkPriority}}))
	c = b.see(t, b.clerk, n)
	if deref(c.RegIndex) != "З-1/2026" || !c.Control || len(c.Marks) != 1 || c.Marks[0] != MarkPriority {
		t.Errorf("index %s control %v", deref(c.RegIndex), c.Control)
	}
	must(t, b.svc.SendToManager(ctx, b.clerk, n, 0, b.head.ID))
	due := time.Date(2026, 12, 10, 0, 0, 0, 0, time.UTC)
	must(t, b.svc.Resolve(ctx, b.head, n, 0, Resolution{ExecutorID: b.exec.ID, CoexecutorIDs: []int64{b.second.ID}, Task: "Обстежити ділянку й підготувати відповідь", DueOn: due}))
	must(t, b.svc.Ask(ctx, b.exec, n, uuid.New(), "На якій смузі яма?"))
	if s := b.state(t, n); s != Clarifying {
		t.Errorf("asked: %s", s)
	}
	must(t, b.svc.Reply(ctx, b.ann, n, uuid.New(), "На правій.", nil))
	must(t, b.svc.SaveAnswer(ctx, b.exec, n, 0, answerText, ResultSatisfied))
	must(t, b.svc.Submit(ctx, b.exec, n, 1, answerText, ResultSatisfied))
	must(t, b.svc.Return(ctx, b.head, n, 0, "Додайте дату робіт"))
	c = b.see(t, b.exec, n)
	if c.State != InProgress || c.Answer.Remarks != "Додайте дату робіт" {
		t.Errorf("returned: %s %q", c.State, c.Answer.Remarks)
	}
	must(t, b.svc.Submit(ctx, b.exec, n, c.Answer.Version, answerText+" Роботи виконано 25 листопада.", ResultSatisfied))
	c = b.see(t, b.head, n)
	must(t, b.svc.Sign(ctx, b.head, n, c.Digest(), Credential{Password: "right"}))
	c = b.see(t, b.head, n)
	if c.State != Answered || c.Signature == nil || c.Signature.SignerName != b.head.Name || c.Signature.PostTitle != "начальник відділу" || !c.Signature.At.Equal(b.Clock.Now()) {
		t.Errorf("signed: %s %+v", c.State, c.Signature)
	}
	if b.Jobs(t, "send_answer") != 1 {
		t.Error("the sending of the answer was not promised")
	}
	job := kind.SendAnswer{AnswerID: c.Answer.ID}
	must(t, b.svc.Send(ctx, job))
	must(t, b.svc.Send(ctx, job)) // the job may run twice
	own, err := b.svc.Own(ctx, b.ann, n)
	must(t, err)
	if own.Answer == nil || own.Answer.State != AnswerSent || own.Answer.PdfKey == "" {
		t.Errorf("the applicant sees %+v", own.Answer)
	}
	if got := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'appeal.answer'"); got != 1 {
		t.Errorf("%d letters with the answer, want 1", got)
	}
	conf, err := b.svc.Confirm(ctx, strings.ToLower(strings.ReplaceAll(*c.Answer.VerifyCode, "-", " ")))
	must(t, err)
	if conf.Number != n || conf.Signer != b.head.Name {
		t.Errorf("confirmed %+v", conf)
	}
	must(t, b.svc.Rate(ctx, b.ann, n, false, "Яму засипали піском, не відремонтували"))
	c = b.see(t, b.head, n)
	if c.State != Reopened || c.AnsweredAt != nil || !c.ReceivedAt.Equal(b.Clock.Now()) {
		t.Errorf("not solved: %s answered %v", c.State, c.AnsweredAt)
	}
	var story []string
	for _, e := range c.Events {
		story = append(story, string(e.Kind))
	}
	want := "filed registered to_manager resolved asked replied submitted returned submitted signed sent rated_unsolved"
	if strings.Join(story, " ") != want {
		t.Errorf("the story is\n%s, want\n%s", strings.Join(story, " "), want)
	}
	for _, e := range own.Events {
		if e.Kind == "returned" {
			t.Error("the applicant reads the remarks of the manager")
		}
	}
	must(t, b.svc.Resolve(ctx, b.head, n, 0, Resolution{ExecutorID: b.second.ID, Task: "Перевірити якість робіт на місці", DueOn: due}))
	must(t, b.svc.SaveAnswer(ctx, b.second, n, 0, "Нова чернетка, якої заявниця ще не бачить.", ResultExplained))
	if again, err := b.svc.Own(ctx, b.ann, n); err != nil || again.Answer == nil || again.Answer.ID != own.Answer.ID {
		t.Errorf("while the second answer is written the applicant sees %+v, %v", again.Answer, err)
	}
}

func TestNotSolvedComesBackToTheManager(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.signed(t)
	must(t, b.svc.Rate(ctx, b.ann, n, false, "Яму засипали піском, не відремонтували"))
	rows, _, err := b.svc.Queue(ctx, b.head, Filter{Set: SetResolve})
	must(t, err)
	if len(rows) != 1 || rows[0].Number != n {
		t.Errorf("the manager's queue holds %v", rows)
	}
	// The new term is explained by the return, not by a receipt that never was.
	c := b.see(t, b.head, n)
	if !strings.HasPrefix(c.DueExplainUk, "повернуто на розгляд ") || strings.Contains(c.DueExplainUk, "надійшло") ||
		!strings.HasPrefix(c.DueExplainEn, "returned for consideration ") || strings.Contains(c.DueExplainEn, "received") {
		t.Errorf("the term is explained by %q and %q", c.DueExplainUk, c.DueExplainEn)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	at := map[string]string{"received": b.filed(t, b.ann, b.draft()), "registered": b.registered(t), "work": b.inWork(t), "sign": b.submitted(t), "answered": b.signed(t)}
	digest := func(n string) []byte { return b.see(t, b.head, n).Digest() }
	acting := b.strangerHead
	acting.ActingFor = &authz.Principal{ID: b.head.ID, Name: b.head.Name, PostTitle: "начальник відділу"}
	both := b.exec
	both.Roles, both.Head = []authz.Role{authz.RoleExecutor, authz.RoleManager}, true
	for _, c := range []struct {
		name string
		do   func() error
		want errs.Kind
	}{
		{"a guest does not file", func() error { _, err := b.svc.StartDraft(ctx, authz.Guest(), b.draft()); return err }, errs.KindUnauthenticated},
		{"a resident does not register", func() error { return b.svc.Register(ctx, b.bob, at["received"], 0, Registration{}) }, errs.KindForbidden},
		{"an executor does not register", func() error { return b.svc.Register(ctx, b.exec, at["received"], 0, Registration{}) }, errs.KindForbidden},
		{"another resident finds nothing to read", func() error { _, err := b.svc.Own(ctx, b.bob, at["work"]); return err }, errs.KindNotFound},
		{"another resident finds nothing to reply to", func() error { return b.svc.Reply(ctx, b.bob, at["work"], uuid.New(), "Привіт", nil) }, errs.KindNotFound},
		{"another resident finds nothing to rate", func() error { return b.svc.Rate(ctx, b.bob, at["answered"], true, "") }, errs.KindNotFound},
		{"the executor of another unit finds nothing", func() error { _, err := b.svc.Case(ctx, b.strangerExec, at["work"]); return err }, errs.KindNotFound},
		{"the executor of another unit drafts nothing", func() error { return b.svc.SaveAnswer(ctx, b.strangerExec, at["work"], 0, answerText, "") }, errs.KindNotFound},
		{"the head of another unit finds nothing to sign", func() error {
			return b.svc.Sign(ctx, b.strangerHead, at["sign"], digest(at["sign"]), Credential{Password: "right"})
		}, errs.KindNotFound},
		{"a colleague sees the appeal but does not draft", func() error { return b.svc.SaveAnswer(ctx, b.second, at["work"], 0, answerText, "") }, errs.KindForbidden},
		{"the author of the draft does not sign", func() error {
			return b.svc.Sign(ctx, both, at["sign"], digest(at["sign"]), Credential{Password: "right"})
		}, errs.KindForbidden},
		{"the executor does not sign", func() error {
			return b.svc.Sign(ctx, b.exec, at["sign"], digest(at["sign"]), Credential{Password: "right"})
		}, errs.KindForbidden},
		{"a wrong password signs nothing", func() error {
			return b.svc.Sign(ctx, b.head, at["sign"], digest(at["sign"]), Credential{Password: "wrong"})
		}, errs.KindInvalid},
		{"another text than the one read is not signed", func() error {
			return b.svc.Sign(ctx, b.head, at["sign"], sum("another"), Credential{Password: "right"})
		}, errs.KindConflict},
		{"a draft is not registered twice", func() error {
			return b.svc.Register(ctx, b.clerk, at["registered"], 0, Registration{Classification: Classification{Procedure: deadline.Appeal}, TopicID: b.topic})
		}, errs.KindConflict},
		{"a stale page changes nothing", func() error { return b.svc.Assign(ctx, b.clerk, at["registered"], 1, b.unit, 0) }, errs.KindConflict},
		{"the specialist does not extend", func() error { return b.svc.Extend(ctx, b.clerk, at["work"], 0, text(10)) }, errs.KindForbidden},
		{"a resolution without a task is no resolution", func() error {
			return b.svc.Resolve(ctx, b.head, at["work"], 0, Resolution{ExecutorID: b.exec.ID, Task: "Прискорити", DueOn: b.Clock.Now()})
		}, errs.KindInvalid},
		{"an administrator reads no appeal", func() error {
			_, err := b.svc.Case(ctx, authz.Actor{Kind: authz.KindPerson, ID: 1, Roles: []authz.Role{authz.RoleAdmin}}, at["work"])
			return err
		}, errs.KindNotFound},
	} {
		if err := c.do(); !errs.Is(err, c.want) {
			t.Errorf("%s: %v, want kind %d", c.name, err, c.want)
		}
	}
	if s := b.state(t, at["sign"]); s != AnswerSigning || b.Count(t, "SELECT count(*) FROM signatures") != 1 {
		t.Errorf("after all refusals the answer is %s", s)
	}
	// Who acts today for the head signs, and the paper says for whom.
	must(t, b.svc.Sign(ctx, acting, at["sign"], digest(at["sign"]), Credential{Password: "right"}))
	if c := b.see(t, b.head, at["sign"]); c.Signature.ActingFor == "" || c.Signature.SignerName != acting.Name {
		t.Errorf("signed by delegation: %+v", c.Signature)
	}
}

// TestNumbersGrowPastFiveDigits: the hundred-thousandth appeal is as welcome as the first.
func TestNumbersGrowPastFiveDigits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if n := b.filed(t, b.ann, b.draft()); n != "2026-00001" {
		t.Errorf("the first is %s", n)
	}
	b.Owner(t, "SELECT setval('appeal_numbers', 99998)")
	for _, want := range []string{"2026-99999", "2026-100000", "2026-100001"} {
		if n := b.filed(t, b.ann, b.draft()); n != want {
			t.Errorf("%s, want %s", n, want)
		}
	}
}

// TestTheReceiptIsPromisedWithTheAppeal: the job bears the number of the letter.
func TestTheReceiptIsPromisedWithTheAppeal(t *testing.T) {
	t.Parallel()
	b := setup(t)
	n := b.filed(t, b.ann, b.draft())
	if got := b.Count(t, `SELECT count(*) FROM appeals a JOIN letters l ON l.appeal_id = a.id AND l.person_id = a.author_id
		JOIN river_job j ON j.kind = 'send_letter' AND (j.args ->> 'letter_id')::bigint = l.id
		WHERE a.number = $1 AND l.kind = 'appeal.receipt' AND l.message_id = a.filing_key || '.receipt'`, n); got != 1 {
		t.Errorf("%d receipts were promised", got)
	}
}

type gate func() error

func (g gate) Queue(b *pgx.Batch) func() error {
	b.Queue("INSERT INTO counters (name, value) VALUES ('attempts', 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1")
	return g
}

// TestGates: every attempt counts, the refused one too, which files nothing.
func TestGates(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	id := b.started(t, b.ann, b.draft())
	shut, open := gate(func() error { return errs.Limited(time.Minute) }), gate(func() error { return nil })
	if _, err := b.svc.File(ctx, b.ann, id, open, shut); !errs.Is(err, errs.KindLimited) {
		t.Errorf("%v, want a refusal", err)
	}
	if _, err := b.svc.File(ctx, b.bob, id, open); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("the draft of another: %v", err)
	}
	if n := b.Count(t, "SELECT count(*) FROM appeals"); n != 0 {
		t.Errorf("%d appeals", n)
	}
	for range 2 {
		if _, err := b.svc.File(ctx, b.ann, id, open); err != nil {
			t.Error(err)
		}
	}
	if n := b.Count(t, "SELECT value FROM counters WHERE name = 'attempts'"); n != 5 {
		t.Errorf("%d attempts were counted, want 5", n)
	}
}

func TestADoubleSubmitFilesOnce(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	id := b.started(t, b.ann, b.draft())
	var wg sync.WaitGroup
	numbers := make(chan string, 8)
	for range 8 {
		wg.Go(func() {
			n, err := b.svc.File(ctx, b.ann, id)
			if err != nil {
				t.Error(err)
			}
			numbers <- n
		})
	}
	wg.Wait()
	close(numbers)
	first := <-numbers
	for n := range numbers {
		if n != first {
			t.Errorf("numbers %s and %s", first, n)
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM appeals"); n != 1 {
		t.Errorf("%d appeals", n)
	}
	if n := b.Count(t, "SELECT count(*) FROM letters"); n != 1 {
		t.Errorf("%d receipts", n)
	}
	if n := b.Count(t, "SELECT count(*) FROM appeal_drafts"); n != 0 {
		t.Errorf("%d drafts left", n)
	}
	key := uuid.New()
	for range 3 {
		must(t, b.svc.Reply(ctx, b.ann, first, key, "Те саме повідомлення", nil))
	}
	if n := b.Count(t, "SELECT count(*) FROM appeal_messages"); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestFilingRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	far := 48.0
	for _, c := range []struct {
		name, field string
		change      func(*Draft)
	}{
		{"a point outside the community", "lat", func(d *Draft) { d.Lat = &far }},
		{"a text too short to act on", "body", func(d *Draft) { d.Body = "Яма" }},
		{"a text without end", "body", func(d *Draft) { d.Body = strings.Repeat("а", BodyMax+1) }},
		{"no title", "title", func(d *Draft) { d.Title = " " }},
		{"one name only", "name", func(d *Draft) { d.Name = "Ганна" }},
		{"no place of residence", "address", func(d *Draft) { d.Address = "" }},
		{"an answer by e-mail without an e-mail", "email", func(d *Draft) { d.Email = "" }},
		{"an e-mail that is none", "email", func(d *Draft) { d.Email = "a@b\r\nBcc: c@d" }},
		{"a phone of letters", "phone", func(d *Draft) { d.Phone = "подзвоніть мені" }},
		{"an unknown kind", "kind", func(d *Draft) { d.Kind = "petition" }},
		{"no word on the map", "public", func(d *Draft) { d.Showing = "" }},
		{"a word on the map that is none", "public", func(d *Draft) { d.Showing = "maybe" }},
	} {
		d := b.draft()
		c.change(&d)
		_, err := b.tryFile(t, b.ann, d)
		e, ok := errs.As(err)
		if !ok || len(e.Fields) != 1 || e.Fields[0].Name != c.field {
			t.Errorf("%s: %v", c.name, err)
		}
		if ok && len(e.Fields) > 0 && !i18n.Has(e.Fields[0].Key) {
			t.Errorf("%s: the message %s is in no catalogue", c.name, e.Fields[0].Key)
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM appeals"); n != 0 {
		t.Errorf("%d appeals were filed", n)
	}
	if n := b.Count(t, "SELECT count(*) FROM appeal_drafts"); n != 12 {
		t.Errorf("%d drafts are left of 12: what was typed must not be lost", n)
	}
}

func TestAnInformationRequestNeedsNoAddress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	d := b.draft()
	d.Kind, d.Address = InfoRequest, ""
	n := b.filed(t, b.ann, d)
	c := b.see(t, b.clerk, n)
	if c.Public || c.Procedure != deadline.Info || i18n.ISODate(c.DueAt) != "2026-12-02" {
		t.Errorf("public %v, %s, due %s", c.Public, c.Procedure, c.DueAt)
	}
	must(t, b.svc.Register(context.Background(), b.clerk, n, 0, Registration{Classification: Classification{Procedure: deadline.Info}, TopicID: b.topic}))
	if got := deref(b.see(t, b.clerk, n).RegIndex); got != "ЗПІ-1/2026" {
		t.Errorf("index %s", got)
	}
}

func TestExtension(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	must(t, b.svc.Extend(ctx, b.head, n, 0, "Потрібне погодження з власником мережі та обстеження"))
	c := b.see(t, b.head, n)
	if i18n.ISODate(c.DueAt) != "2027-01-08" || !c.Extended { // R+45 = Saturday 9 January, moved back
		t.Errorf("extended to %s", c.DueAt)
	}
	if err := b.svc.Extend(ctx, b.head, n, 0, "Потрібне погодження ще раз, і ще раз, і ще раз"); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("extended twice: %v", err)
	}
	if got := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'appeal.extended'"); got != 1 {
		t.Errorf("%d letters about the extension", got)
	}
	late := b.inWork(t)
	b.Clock.Set(time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC))
	if err := b.svc.Extend(ctx, b.head, late, 0, "Потрібне погодження з власником мережі та обстеження"); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("extended after its end: %v", err)
	}
}

// TestEveryMove tries every move from every state: what the table does not
// allow is a conflict, and nothing else changes the state.
func TestEveryMove(t *testing.T) {
	t.Parallel()
	for _, m := range Moves {
		for _, from := range States {
			a := &Appeal{State: from}
			err := a.apply(m)
			switch {
			case m.Allows(from) && err != nil:
				t.Errorf("%s from %s: %v", m.Name, from, err)
			case m.Allows(from) && m.To != "" && a.State != m.To:
				t.Errorf("%s from %s leads to %s", m.Name, from, a.State)
			case !m.Allows(from) && (!errs.Is(err, errs.KindConflict) || a.State != from):
				t.Errorf("%s from %s: %v, now %s", m.Name, from, err, a.State)
			}
		}
	}
	reached := map[State]bool{Received: true}
	for _, m := range Moves {
		reached[m.To] = true
	}
	for _, s := range States {
		if !reached[s] {
			t.Errorf("no move leads to %s", s)
		}
	}
}

func TestAStaleDraftOfAnAnswerIsAConflict(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.registered(t)
	must(t, b.svc.SendToManager(ctx, b.clerk, n, 0, b.head.ID))
	must(t, b.svc.Resolve(ctx, b.head, n, 0, Resolution{
		ExecutorID: b.exec.ID, CoexecutorIDs: []int64{b.second.ID}, Task: "Підготувати відповідь заявниці", DueOn: time.Date(2026, 12, 10, 0, 0, 0, 0, time.UTC),
	}))
	must(t, b.svc.SaveAnswer(ctx, b.exec, n, 0, answerText, ResultSatisfied))
	must(t, b.svc.SaveAnswer(ctx, b.second, n, 1, answerText+" Додано.", ResultSatisfied))
	if err := b.svc.SaveAnswer(ctx, b.exec, n, 1, answerText+" Моє.", ResultSatisfied); !errs.Is(err, errs.KindConflict) {
		t.Errorf("%v, want a conflict", err)
	}
	c := b.see(t, b.exec, n)
	if !strings.HasSuffix(c.Answer.Body, "Додано.") || len(c.Answer.Authors) != 2 {
		t.Errorf("the draft is %q by %v", c.Answer.Body, c.Answer.Authors)
	}
}

func TestContactsAreShownForARecordAlone(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.inWork(t)
	c, err := b.svc.ViewContacts(ctx, b.exec, n)
	must(t, err)
	if c.Email != "ann@example.org" || b.Count(t, "SELECT count(*) FROM contact_views WHERE viewer_id = $1", b.exec.ID) != 1 {
		t.Errorf("contacts %+v", c)
	}
	if _, err := b.svc.ViewContacts(ctx, b.strangerExec, n); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a stranger: %v", err)
	}
	if b.Count(t, "SELECT count(*) FROM contact_views") != 1 {
		t.Error("a refused look was recorded as one")
	}
	if log := b.Logged.String(); strings.Contains(log, "ann@example.org") || strings.Contains(log, "Зразкова") {
		t.Error("the log holds personal data")
	}
}

// TestScopeSaysTheSameTwice: the SQL of a queue and the rule of one appeal must agree.
func TestScopeSaysTheSameTwice(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	all := []string{b.filed(t, b.ann, b.draft()), b.registered(t), b.inWork(t), b.submitted(t), b.signed(t)}
	n := b.registered(t)
	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.otherUnit, 0))
	all = append(all, n)
	acting := b.strangerHead
	acting.ActingFor = &authz.Principal{ID: b.head.ID}
	for _, who := range []authz.Actor{b.ann, b.clerk, b.head, b.exec, b.second, b.strangerHead, b.strangerExec, acting} {
		rows, _, err := b.svc.Queue(ctx, who, Filter{Set: SetAll})
		must(t, err)
		listed := map[string]bool{}
		for _, r := range rows {
			listed[r.Number] = true
		}
		for _, n := range all {
			_, err := b.svc.Case(ctx, who, n)
			if (err == nil) != listed[n] {
				t.Errorf("%s: %s is listed %v but opens with %v", who.Name, n, listed[n], err)
			}
		}
	}
}

func TestQueueSearchAndCounts(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.registered(t)
	b.filed(t, b.bob, func() Draft {
		d := b.draft()
		d.Title, d.Name = "Не світить ліхтар", "Бондар Богдан Петрович"
		return d
	}())
	for _, c := range []struct {
		q    string
		want int
	}{{"", 2}, {"ліхт", 1}, {"бондар", 1}, {n, 1}, {"з-1/2026", 1}, {"київська 61", 2}, {"трактор", 0}, {"' & | ! :* (", 2}} {
		rows, _, err := b.svc.Queue(ctx, b.clerk, Filter{Set: SetIncoming, Query: c.q})
		must(t, err)
		if len(rows) != c.want {
			t.Errorf("%q finds %d, want %d", c.q, len(rows), c.want)
		}
	}
	counts, err := b.svc.Counts(ctx, b.clerk)
	must(t, err)
	if counts[SetIncoming] != 2 || counts[SetOverdue] != 0 {
		t.Errorf("counts %v", counts)
	}
	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, b.exec.ID))
	if counts, err = b.svc.Counts(ctx, b.clerk); err != nil || counts[SetIncoming] != 1 || counts[SetWork] != 1 {
		t.Errorf("counts after a change %v, %v", counts, err)
	}
}

func TestFilesAreSeenByThoseWhoSeeTheAppeal(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	id := b.started(t, b.ann, b.draft())
	f, err := b.svc.AttachToDraft(ctx, b.ann, id, "нотатка.txt", reader("Фото ями надішлю окремо."))
	must(t, err)
	open := func(who authz.Actor) error {
		_, r, err := b.svc.OpenFile(ctx, who, f.ID, false)
		if err == nil {
			_ = r.Close()
		}
		return err
	}
	if err := open(b.ann); err != nil {
		t.Errorf("the author: %v", err)
	}
	for _, who := range []authz.Actor{authz.Guest(), b.bob, b.clerk} {
		if err := open(who); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("a draft's file opens for %q: %v", who.Name, err)
		}
	}
	if _, err := b.svc.AttachToDraft(ctx, b.bob, id, "x.txt", reader("чужа чернетка")); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("attached to a foreign draft: %v", err)
	}
	for i := 1; i < FilesMax; i++ {
		_, err := b.svc.AttachToDraft(ctx, b.ann, id, "n.txt", reader("текст файлу"))
		must(t, err)
	}
	if _, err := b.svc.AttachToDraft(ctx, b.ann, id, "n.txt", reader("зайвий")); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("the sixth file: %v", err)
	}
	n, err := b.svc.File(ctx, b.ann, id)
	must(t, err)
	if c := b.see(t, b.clerk, n); len(c.Files) != FilesMax {
		t.Errorf("%d files came along", len(c.Files))
	}
	for _, who := range []authz.Actor{b.ann, b.clerk} {
		if err := open(who); err != nil {
			t.Errorf("%s: %v", who.Name, err)
		}
	}
	for _, who := range []authz.Actor{authz.Guest(), b.bob, b.strangerExec} {
		if err := open(who); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("the file opens for %q: %v", who.Name, err)
		}
	}
}

func TestPublicPointsTellNobodyWhoWrote(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.registered(t)
	hidden := b.draft()
	hidden.Showing = NotOnMap
	h := b.filed(t, b.ann, hidden)
	must(t, b.svc.Register(ctx, b.clerk, h, 0, Registration{Classification: Classification{Procedure: deadline.Appeal}, TopicID: b.topic}))
	b.filed(t, b.ann, b.draft()) // received, not read by the city yet
	list, err := b.svc.Public(ctx)
	must(t, err)
	if len(list) != 1 || list[0].Number != n {
		t.Errorf("public: %+v", list)
	}
}
