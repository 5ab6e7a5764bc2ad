package appeals

import (
	"context"
	"strings"
	"testing"
	"time"

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

func TestTheFiveDaysOfForwarding(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.registered(t)
	c := b.see(t, b.clerk, n)
	terms, err := b.svc.EndingTerms(ctx, c)
	must(t, err)
	if len(terms) != 1 || terms[0].Due.String() != "2026-11-30" || !strings.Contains(terms[0].Explanation, "ст. 7") {
		t.Errorf("an appeal of 25 November is forwarded by %+v", terms)
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
