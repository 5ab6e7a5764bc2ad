package appeals

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/notify"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
)

const highway = "Служба відновлення та розвитку інфраструктури у Житомирській області"

func forwarding(manager int64) Ending {
	return Ending{Result: ResultForwarded, Recipient: highway, Text: "Ця ділянка є дорогою державного значення, її утримує служба.", ManagerID: manager}
}

// end signs the submitted letter as the manager and lets the worker send it.
func (b *bundle) end(t *testing.T, who authz.Actor, number string) *Case {
	t.Helper()
	ctx := context.Background()
	must(t, b.svc.Sign(ctx, who, number, b.see(t, who, number).Digest(), Credential{Password: "right"}))
	c := b.see(t, b.clerk, number)
	must(t, b.svc.Send(ctx, kind.SendAnswer{AnswerID: c.Answer.ID}))
	return b.see(t, b.clerk, number)
}

// TestAnAppealIsForwarded: the specialist writes, the manager signs, the applicant is
// told where it went, and somebody sends the papers on.
func TestAnAppealIsForwarded(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.registered(t)
	must(t, b.svc.SaveEnding(ctx, b.clerk, n, 0, Ending{Result: ResultForwarded, Recipient: "  " + highway + " "}))
	if c := b.see(t, b.clerk, n); c.State != Registered || c.Answer.State != AnswerDraft || c.Answer.Recipient != highway || c.Answer.Ground != GroundForward {
		t.Errorf("kept: %s %+v", c.State, c.Answer)
	}
	if own, err := b.svc.Own(ctx, b.ann, n); err != nil || own.Answer != nil {
		t.Errorf("the applicant reads a draft: %+v %v", own, err)
	}
	must(t, b.svc.SubmitEnding(ctx, b.clerk, n, 1, forwarding(b.head.ID)))
	rows, _, err := b.svc.Queue(ctx, b.head, Filter{Set: SetSign})
	must(t, err)
	if len(rows) != 1 || rows[0].Number != n {
		t.Errorf("the manager has to sign %v", rows)
	}
	// Returned, it comes back to the specialist, whose it is, and not to an executor.
	must(t, b.svc.Return(ctx, b.head, n, 0, "Уточніть, чому це не наша дорога"))
	c := b.see(t, b.clerk, n)
	if c.State != Registered || c.Answer.State != AnswerReturned {
		t.Errorf("returned: %s %s", c.State, c.Answer.State)
	}
	must(t, b.svc.SubmitEnding(ctx, b.clerk, n, c.Answer.Version, forwarding(b.head.ID)))
	if err := b.svc.Sign(ctx, b.clerk, n, b.see(t, b.clerk, n).Digest(), Credential{Password: "right"}); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("its author signs: %v", err)
	}
	if b.state(t, n) != AnswerSigning {
		t.Error("a refused signature moved it")
	}
	c = b.end(t, b.head, n)
	last := c.Events[len(c.Events)-1]
	if c.State != Forwarded || c.Open() || c.Rateable() || c.AnsweredAt == nil || c.Answer.OutNumber == nil || c.ToDispatch == nil || last.Kind != "sent" {
		t.Errorf("signed: %s, rateable %v, to be sent on %v, %s", c.State, c.Rateable(), c.ToDispatch, last.Kind)
	}
	own, err := b.svc.Own(ctx, b.ann, n)
	must(t, err)
	if own.Answer == nil || own.Answer.Recipient != highway || own.Answer.State != AnswerSent {
		t.Errorf("the applicant sees %+v", own.Answer)
	}
	text := own.LetterOf(own.Answer)
	for _, want := range []string{highway, "частина третя статті 7", n, "державного значення", "з дня, коли"} {
		if !strings.Contains(text, want) {
			t.Errorf("the letter lacks %q:\n%s", want, text)
		}
	}
	if got := own.Answer.Title(own.Kind, n); got != "Про пересилання звернення № "+n+" за належністю" {
		t.Errorf("its heading is %q", got)
	}
	told := 0
	for _, e := range own.Events {
		if e.Kind == eventForwarded && e.Text("recipient") == highway && e.To == Forwarded && e.Public {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the timeline tells of it %d times", told)
	}
	conf, err := b.svc.Confirm(ctx, *own.Answer.VerifyCode)
	must(t, err)
	if !conf.Intact || conf.Result != ResultForwarded {
		t.Errorf("confirmed %+v", conf)
	}
	if err := b.svc.Rate(ctx, b.ann, n, false, "Я хочу, щоб відповіло місто"); !errs.Is(err, errs.KindConflict) {
		t.Errorf("a forwarding is rated: %v", err)
	}
	// What was signed cannot be changed behind the signature.
	b.Owner(t, "UPDATE answers SET recipient = 'Інший орган' WHERE id = $1", own.Answer.ID)
	if conf, err = b.svc.Confirm(ctx, *own.Answer.VerifyCode); err != nil || conf.Intact {
		t.Errorf("another recipient is confirmed: %+v %v", conf, err)
	}
}

func TestWhoMayEndAndWhen(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	received, registered, work, signing, answered := b.filed(t, b.ann, b.draft()), b.registered(t), b.inWork(t), b.submitted(t), b.signed(t)
	d := b.draft()
	d.Kind = Complaint
	complaint := b.filed(t, b.ann, d)
	must(t, b.svc.Register(ctx, b.clerk, complaint, 0, Registration{Classification: Classification{Procedure: deadline.Appeal}, TopicID: b.topic}))
	d.Kind, d.Showing = InfoRequest, ""
	advocate := b.filed(t, b.ann, d)
	must(t, b.svc.Register(ctx, b.clerk, advocate, 0, Registration{Classification: Classification{Procedure: deadline.Advocate, Reason: "Запит подав адвокат, ордер додано."}, TopicID: b.topic}))
	own := b.registered(t)
	b.Owner(t, "UPDATE appeals SET author_id = $1 WHERE number = $2", b.clerk.ID, own)
	with := func(fn func(*Ending)) Ending { e := forwarding(b.head.ID); fn(&e); return e }
	both := b.clerk
	both.Roles = append(both.Roles, authz.RoleManager)
	b.Owner(t, "INSERT INTO role_grants (person_id, role, created_at) VALUES ($1, 'manager', now())", b.clerk.ID)
	for _, c := range []struct {
		name, number string
		who          authz.Actor
		e            Ending
		want         errs.Kind
		field        string
	}{
		{"the applicant", registered, b.ann, forwarding(b.head.ID), errs.KindForbidden, ""},
		{"another resident", registered, b.bob, forwarding(b.head.ID), errs.KindForbidden, ""},
		{"a manager, who signs", work, b.head, forwarding(b.head.ID), errs.KindForbidden, ""},
		{"an executor of another unit", work, b.strangerExec, forwarding(0), errs.KindNotFound, ""},
		{"the specialist about his own", own, b.clerk, forwarding(b.head.ID), errs.KindForbidden, ""},
		{"what is not registered", received, b.clerk, forwarding(b.head.ID), errs.KindConflict, ""},
		{"what waits for a signature", signing, b.clerk, forwarding(b.head.ID), errs.KindConflict, ""},
		{"what is answered", answered, b.clerk, forwarding(b.head.ID), errs.KindConflict, ""},
		{"a procedure that knows no forwarding", advocate, b.clerk, forwarding(b.head.ID), errs.KindInvalid, ""},
		{"nobody to sign", registered, b.clerk, forwarding(0), errs.KindInvalid, "manager"},
		{"who is no manager signs", registered, b.clerk, forwarding(b.exec.ID), errs.KindInvalid, "manager"},
		{"its author signs", registered, both, forwarding(b.clerk.ID), errs.KindInvalid, "manager"},
		{"no recipient", registered, b.clerk, with(func(e *Ending) { e.Recipient = " " }), errs.KindInvalid, "recipient"},
		{"to the council itself", registered, b.clerk, with(func(e *Ending) { e.Recipient = "Житомирська міська рада, управління" }), errs.KindInvalid, "recipient"},
		{"no reason", registered, b.clerk, with(func(e *Ending) { e.Text = "Не наше" }), errs.KindInvalid, "text"},
		{"a complaint unconfirmed", complaint, b.clerk, forwarding(b.head.ID), errs.KindInvalid, "not_complained"},
		{"a complaint to another", complaint, b.clerk, with(func(e *Ending) { e.NotComplained = true }), 0, ""},
		{"the executor", work, b.exec, forwarding(b.strangerHead.ID), 0, ""},
	} {
		err := b.svc.SubmitEnding(ctx, c.who, c.number, 0, c.e)
		if c.want == 0 {
			must(t, err)
			continue
		}
		if !errs.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if e, ok := errs.As(err); c.field != "" && (!ok || len(e.Fields) != 1 || e.Fields[0].Name != c.field) {
			t.Errorf("%s: %+v, want the field %s", c.name, e, c.field)
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM answers WHERE result = 'forwarded'"); n != 2 {
		t.Errorf("%d letters were kept, want those of the complaint and of the executor", n)
	}
	// Who works under a manager does not choose another to sign.
	if c := b.see(t, b.head, work); !is(c.ManagerID, b.head.ID) || c.State != AnswerSigning {
		t.Errorf("the executor's letter lies with %v in %s", deref(c.ManagerID), c.State)
	}
	must(t, b.svc.Return(ctx, b.head, work, 0, "Це наша дорога, відповідайте"))
	c := b.see(t, b.exec, work)
	if c.State != InProgress {
		t.Errorf("the executor's letter came back to %s", c.State)
	}
	// An answer in substance replaces it and carries nothing of it.
	must(t, b.svc.Submit(ctx, b.exec, work, c.Answer.Version, answerText, ResultSatisfied))
	if c = b.end(t, b.head, work); c.State != Answered || c.Answer.Recipient != "" || c.Answer.Ground != "" || c.ToDispatch != nil {
		t.Errorf("answered after all: %s %+v", c.State, c.Answer)
	}
}

// TestARequestGoesToItsHolder: a request for information is forwarded by the law of
// requests, within its own days.
func TestARequestGoesToItsHolder(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	d := b.draft()
	d.Kind, d.Showing, d.Channel = InfoRequest, "", ByPost
	n := b.filed(t, b.ann, d)
	terms, err := b.svc.EndingTerms(ctx, b.see(t, b.clerk, n))
	must(t, err)
	if len(terms) != 1 || terms[0].Ground != GroundForwardInfo || terms[0].Due.String() != "2026-12-02" {
		t.Errorf("a request of the 25th is owed to its holder by %+v", terms)
	}
	must(t, b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Procedure: deadline.Info}, TopicID: b.topic}))
	must(t, b.svc.SubmitEnding(ctx, b.clerk, n, 0, forwarding(b.head.ID)))
	c := b.end(t, b.head, n)
	if c.State != Forwarded || c.Answer.Ground != GroundForwardInfo || !strings.Contains(c.LetterOf(c.Answer), "розпорядник") || c.ToPost == nil || c.ToDispatch == nil {
		t.Errorf("%s by %s: %s", c.State, c.Answer.Ground, c.LetterOf(c.Answer))
	}
	if terms, err := b.svc.EndingTerms(ctx, c); err != nil || len(terms) != 0 {
		t.Errorf("it is owed still: %v %v", terms, err)
	}
	rows := func() int {
		t.Helper()
		list, _, err := b.svc.Queue(ctx, b.clerk, Filter{Set: SetPost})
		must(t, err)
		counts, err := b.svc.Counts(ctx, b.clerk)
		must(t, err)
		if counts[SetPost] != len(list) {
			t.Errorf("the tray counts %d and holds %d", counts[SetPost], len(list))
		}
		return len(list)
	}
	id, today := c.Answer.ID, day(b.Clock.Now())
	if rows() != 1 {
		t.Error("with two papers to send it stands in the tray twice or not at all")
	}
	must(t, b.svc.Post(ctx, b.clerk, n, 0, id, today))
	if rows() != 1 {
		t.Error("with the letter of the applicant posted, the other body is forgotten")
	}
	for name, err := range map[string]error{
		"the manager sends":    b.svc.Dispatch(ctx, b.head, n, 0, id, today, WayPost),
		"another letter":       b.svc.Dispatch(ctx, b.clerk, n, 0, id+1, today, WayPost),
		"tomorrow":             b.svc.Dispatch(ctx, b.clerk, n, 0, id, today.AddDate(0, 0, 1), WayPost),
		"before the signature": b.svc.Dispatch(ctx, b.clerk, n, 0, id, today.AddDate(0, 0, -1), WayPost),
		"no day":               b.svc.Dispatch(ctx, b.clerk, n, 0, id, time.Time{}, WayPost),
		"by pigeon":            b.svc.Dispatch(ctx, b.clerk, n, 0, id, today, "pigeon"),
	} {
		if err == nil {
			t.Errorf("%s, and it was taken", name)
		}
	}
	must(t, b.svc.Dispatch(ctx, b.clerk, n, 0, id, today, WayExchange))
	c = b.see(t, b.clerk, n)
	last := c.Events[len(c.Events)-1]
	if rows() != 0 || c.ToDispatch != nil || c.Answer.DispatchedOn == nil || last.Kind != "dispatched" || last.Text("recipient") != highway || !last.Public || c.State != Forwarded {
		t.Errorf("sent on: %d in the tray, %+v", rows(), last)
	}
	if err := b.svc.Dispatch(ctx, b.clerk, n, 0, id, today, WayPost); !errs.Is(err, errs.KindConflict) {
		t.Errorf("sent twice: %v", err)
	}
	list, err := b.svc.Recipients(ctx)
	must(t, err)
	if len(list) < 10 || list[0] != highway {
		t.Errorf("suggested are %v", list)
	}
}

func TestTheDaysOfTheEndings(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.registered(t)
	c := b.see(t, b.clerk, n)
	terms, err := b.svc.EndingTerms(ctx, c)
	must(t, err)
	got := map[string]string{}
	for _, d := range terms {
		got[d.Ground] = d.Due.String()
	}
	if len(terms) != 3 || got[GroundForward] != "2026-11-30" || got[GroundData] != "2026-11-30" || got[GroundFormat] != "2026-12-07" || !strings.Contains(terms[0].Explanation, "ст. 7") {
		t.Errorf("an appeal of 25 November is ended by %+v", got)
	}
	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, b.exec.ID))
	if terms, err := b.svc.EndingTerms(ctx, b.see(t, b.clerk, n)); err != nil || len(terms) != 0 {
		t.Errorf("in work it is owed still: %v %v", terms, err)
	}
}

func TestTheLetterOfAForwarding(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	for channel, want := range map[Channel]string{ByEmail: "у вкладенні", ByPortal: "на сторінці звернення", ByPost: "Паперовий лист"} {
		d := b.draft()
		d.Channel = channel
		n := b.filed(t, b.ann, d)
		must(t, b.svc.Register(ctx, b.clerk, n, 0, Registration{Classification: Classification{Procedure: deadline.Appeal}, TopicID: b.topic}))
		must(t, b.svc.SubmitEnding(ctx, b.clerk, n, 0, forwarding(b.head.ID)))
		c := b.end(t, b.head, n)
		got, err := b.svc.composeAnswer(i18n.With(ctx, i18n.Ukrainian), notify.Letter{PersonID: b.ann.ID, AppealID: c.ID, AnswerID: c.Answer.ID})
		must(t, err)
		all := got.Subject + strings.Join(got.Paragraphs, "\n")
		if !strings.Contains(all, want) || !strings.Contains(all, "переслано за належністю") || !strings.Contains(all, highway) || strings.Contains(all, "чи вирішено") || strings.Contains(all, "letters.") {
			t.Errorf("%s: %s", channel, all)
		}
		if (len(got.Attachments) == 1) != (channel == ByEmail) {
			t.Errorf("%s: %d files", channel, len(got.Attachments))
		}
	}
}

// ended lets the specialist write and the manager sign.
func (b *bundle) ended(t *testing.T, number string, e Ending) *Case {
	t.Helper()
	e.ManagerID = b.head.ID
	must(t, b.svc.SubmitEnding(context.Background(), b.clerk, number, 0, e))
	return b.end(t, b.head, number)
}

const lacking = "Напишіть, біля якого саме будинку яма: без цього її не знайти."

// TestWhatIsReturnedIsCompleted: the applicant adds what was lacking in the thread, and
// the appeal is the specialist's again, with a term of its own.
func TestWhatIsReturnedIsCompleted(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.registered(t)
	if err := b.svc.SubmitEnding(ctx, b.clerk, n, 0, Ending{Result: ResultReturned, Text: lacking, ManagerID: b.head.ID}); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("without a ground: %v", err)
	}
	if err := b.svc.SubmitEnding(ctx, b.clerk, n, 0, Ending{Result: ResultReturned, Ground: GroundLate, Text: lacking, ManagerID: b.head.ID}); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("on the ground of another ending: %v", err)
	}
	first := b.see(t, b.clerk, n)
	c := b.ended(t, n, Ending{Result: ResultReturned, Ground: GroundData, Text: lacking, Recipient: highway})
	if c.State != ReturnedForData || c.Answer.Recipient != "" || c.ToDispatch != nil || !strings.Contains(c.LetterOf(c.Answer), "стаття 7") {
		t.Errorf("returned: %s %+v", c.State, c.Answer)
	}
	if points, err := b.svc.Public(ctx); err != nil || len(points) != 0 {
		t.Errorf("what was returned stands on the map: %v %v", points, err)
	}
	if err := b.svc.Reply(ctx, b.bob, n, uuid.New(), "Не моє", nil); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a stranger completes it: %v", err)
	}
	b.Clock.Set(b.Clock.Now().AddDate(0, 0, 40)) // long after the first term
	key := uuid.New()
	acc, err := b.svc.AcceptForReply(ctx, b.ann, n, "план.txt", reader("будинок 61"))
	must(t, err)
	must(t, b.svc.Reply(ctx, b.ann, n, key, "Біля будинку 61.", nil, acc))
	must(t, b.svc.Reply(ctx, b.ann, n, key, "Біля будинку 61.", nil, acc)) // pressed twice
	c = b.see(t, b.clerk, n)
	last := c.Events[len(c.Events)-1]
	if c.State != Registered || c.AnsweredAt != nil || !c.DueAt.After(b.Clock.Now().AddDate(0, 0, 27)) || c.Late(b.Clock.Now()) || deref(c.RegIndex) != deref(first.RegIndex) ||
		!c.ReceivedAt.Equal(first.ReceivedAt) || last.Kind != "data_given" || !last.Public || len(c.Messages) != 1 || !strings.HasPrefix(c.DueExplainUk, "повернуто на розгляд") {
		t.Errorf("completed: %s due %s (%s), the last is %s, %d messages", c.State, c.DueAt, c.DueExplainUk, last.Kind, len(c.Messages))
	}
	rows, _, err := b.svc.Queue(ctx, b.clerk, Filter{Set: SetIncoming})
	must(t, err)
	if len(rows) != 1 || rows[0].Number != n {
		t.Errorf("the specialist has %v", rows)
	}
	if points, err := b.svc.Public(ctx); err != nil || len(points) != 1 {
		t.Errorf("considered again it is not on the map: %v %v", points, err)
	}
	// The whole way is open to it again, and what was signed first stays.
	must(t, b.svc.Assign(ctx, b.clerk, n, 0, b.unit, b.exec.ID))
	must(t, b.svc.Submit(ctx, b.exec, n, 0, answerText, ResultSatisfied))
	if c = b.end(t, b.head, n); c.State != Answered || len(c.Earlier) != 1 || c.Earlier[0].Result != ResultReturned || !c.Rateable() {
		t.Errorf("answered: %s, %d earlier", c.State, len(c.Earlier))
	}
}

func TestWhatIsNotConsidered(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	motives := "Ви зверталися про цю саму яму, її відремонтовано, нових обставин не названо."
	answered, open, n := b.signed(t), b.registered(t), b.registered(t)
	foreign := b.filed(t, b.bob, b.draft())
	for name, c := range map[string]struct {
		first string
		field string
	}{
		"no first": {"", "first"}, "of another person": {foreign, "first"}, "itself": {n, "first"}, "not decided": {open, "first"}, "nonsense": {"'; --", "first"},
	} {
		err := b.svc.SubmitEnding(ctx, b.clerk, n, 0, Ending{Result: ResultNotConsidered, Ground: GroundRepeat, First: c.first, Text: motives, ManagerID: b.head.ID})
		if e, ok := errs.As(err); !ok || len(e.Fields) != 1 || e.Fields[0].Name != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.svc.SubmitEnding(ctx, b.clerk, n, 0, Ending{Result: ResultNotConsidered, Ground: GroundLate, Text: motives, ManagerID: b.head.ID}); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("an application has no term of a complaint: %v", err)
	}
	c := b.ended(t, n, Ending{Result: ResultNotConsidered, Ground: GroundRepeat, First: " № " + answered, Text: motives})
	text := c.LetterOf(c.Answer)
	if c.State != NotConsidered || c.Answer.FirstNumber != answered || !strings.Contains(text, "№ "+answered) || !strings.Contains(text, "частина друга статті 8") || !strings.Contains(text, "суду") {
		t.Errorf("not considered: %s\n%s", c.State, text)
	}
	if err := b.svc.Reply(ctx, b.ann, n, uuid.New(), "Я не згодна", nil); !errs.Is(err, errs.KindConflict) {
		t.Errorf("written to what is over: %v", err)
	}
	if err := b.svc.Rate(ctx, b.ann, n, false, "Я не згодна з цим"); !errs.Is(err, errs.KindConflict) {
		t.Errorf("rated: %v", err)
	}
	conf, err := b.svc.Confirm(ctx, *c.Answer.VerifyCode)
	if err != nil || !conf.Intact || conf.Result != ResultNotConsidered {
		t.Errorf("confirmed %+v %v", conf, err)
	}
}

func TestADuplicateIsLinkedToTheFirst(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	why := "Обидва звернення — про ту саму яму біля будинку 61."
	first := b.inWork(t)
	b.Clock.Set(b.Clock.Now().Add(time.Hour))
	n, third := b.registered(t), b.registered(t)
	if err := b.svc.SubmitEnding(ctx, b.exec, first, 0, Ending{Result: ResultDuplicate, First: n, Text: why}); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("the earlier of two is linked to the later: %v", err)
	}
	c := b.ended(t, n, Ending{Result: ResultDuplicate, First: first, Text: why})
	if c.State != DuplicateLinked || c.RepeatOf == nil || c.Answer.Ground != GroundDuplicate || !strings.Contains(c.LetterOf(c.Answer), first) {
		t.Errorf("linked: %s to %v\n%s", c.State, c.RepeatOf, c.LetterOf(c.Answer))
	}
	own, err := b.svc.Own(ctx, b.ann, n)
	must(t, err)
	told := ""
	for _, e := range own.Events {
		if e.Kind == eventLinked {
			told = e.Text("first")
		}
	}
	if told != first || own.Answer.FirstNumber != first {
		t.Errorf("the applicant is told of %q and %q", told, own.Answer.FirstNumber)
	}
	if err := b.svc.SubmitEnding(ctx, b.clerk, third, 0, Ending{Result: ResultDuplicate, First: n, Text: why, ManagerID: b.head.ID}); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("linked to a duplicate, that nothing answers: %v", err)
	}
	got, err := b.svc.composeAnswer(i18n.With(ctx, i18n.English), notify.Letter{PersonID: b.ann.ID, AppealID: c.ID, AnswerID: c.Answer.ID})
	if err != nil || !strings.Contains(got.Subject, first) || len(got.Attachments) != 1 {
		t.Errorf("the letter: %q, %d files, %v", got.Subject, len(got.Attachments), err)
	}
}

// TestEveryGroundHasItsWords: every ground of every ending gives a letter without a gap.
func TestEveryGroundHasItsWords(t *testing.T) {
	t.Parallel()
	for _, g := range groundRules {
		for _, loc := range i18n.Locales {
			for _, key := range []string{"appeals.norm." + g.ground, "appeals.why." + g.ground, "appeals.result." + g.result, "appeals.event." + string(endings[g.result].event), "appeals.ended." + g.result, "letters.ending_" + g.result + ".body"} {
				if w := i18n.In(loc, key); w == key {
					t.Errorf("%s: no word for %s", loc, key)
				}
			}
		}
		n := Answer{Result: g.result, Ground: g.ground, Body: "Пояснення.", Recipient: "Орган", FirstNumber: "2026-00001"}
		text := n.Title(Application, "2026-00002") + n.Letter(Application, "2026-00002", time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC))
		if strings.ContainsAny(text, "{}") || strings.Contains(text, "appeals.") || !strings.Contains(text, "Пояснення.") || !strings.Contains(text, "оскарж") {
			t.Errorf("%s: %s", g.ground, text)
		}
		if NamesFirst(g.ground) != strings.Contains(text, "2026-00001") {
			t.Errorf("%s: the first appeal is named or not against the rule: %s", g.ground, text)
		}
	}
	for r, e := range endings {
		if !e.sign.To.Ended() || e.sign.Action != authz.AnswerSign {
			t.Errorf("%s is signed into %s by %s", r, e.sign.To, e.sign.Action)
		}
	}
}
