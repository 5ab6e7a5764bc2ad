package appeals

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/platform/mail"
)

// mailbox is a real mail server that answers every receiver with a code.
type mailbox struct{ code int }

func (m mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return delivery(m), nil }

type delivery struct{ code int }

func (delivery) Reset()                               {}
func (delivery) Logout() error                        { return nil }
func (delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (d delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	return &smtp.SMTPError{Code: d.code, EnhancedCode: smtp.EnhancedCode{d.code / 100, 1, 1}, Message: "no room for " + to}
}
func (delivery) Data(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }

// post sends letters to a mail server that answers with the code.
func (b *bundle) post(t *testing.T, code int) *notify.Service {
	t.Helper()
	srv := smtp.NewServer(mailbox{code})
	srv.Domain = "localhost"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	out, err := mail.NewSMTP(mail.SMTPConfig{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "portal@example.org", TLS: "none"}, b.Clock)
	must(t, err)
	letters := notify.New(b.DB, out, func(context.Context, notify.Content) (string, error) { return "<p></p>", nil }, "e.example")
	letters.Register(b.svc.Composers())
	letters.OnRefusal(b.svc.Refusals())
	return letters
}

// TestARefusedAnswerIsDeliveredAnotherWay: the mailbox says 550. The answer does
// not count as given; staff and the applicant are told, and it lies to be posted.
func TestARefusedAnswerIsDeliveredAnotherWay(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	letters := b.post(t, 550)
	send := func(k string) {
		t.Helper()
		must(t, letters.Send(ctx, kind.SendLetter{LetterID: b.id(t, "SELECT max(id) FROM letters WHERE kind = $1", k)}))
	}
	waiting := func() int {
		t.Helper()
		counts, err := b.svc.Counts(ctx, b.clerk)
		must(t, err)
		return counts[SetPost]
	}

	n := b.signed(t)
	answer := b.see(t, b.exec, n).Answer.ID
	must(t, b.svc.Send(ctx, kind.SendAnswer{AnswerID: answer}))
	send("appeal.receipt") // refused too: told, but nothing lies to be posted for it
	c := b.see(t, b.clerk, n)
	if c.Undelivered() || c.ToPost != nil || c.Answer.State != AnswerSent || waiting() != 0 {
		t.Errorf("a refused receipt: %v, %v, %s", c.Undelivered(), c.ToPost, c.Answer.State)
	}
	state := c.State
	send("appeal.answer")
	send("appeal.answer") // the job may run twice
	c = b.see(t, b.clerk, n)
	if !c.Undelivered() || c.ToPost == nil || c.Answer.State != AnswerSigned || c.Answer.SentAt != nil || waiting() != 1 || c.State != state {
		t.Errorf("a refused answer: told %v, to be posted %v, %s, %d in the tray, the appeal %s", c.Undelivered(), c.ToPost != nil, c.Answer.State, waiting(), c.State)
	}
	if k := b.Count(t, "SELECT count(*) FROM appeal_events WHERE kind = 'undelivered' AND public"); k != 2 {
		t.Errorf("%d events, want one for each letter", k)
	}
	if k := b.Count(t, "SELECT count(*) FROM appeal_events WHERE kind = 'undelivered' AND data::text LIKE '%@%'"); k != 0 || strings.Contains(b.Logged.String(), "@example.org") {
		t.Error("the address stands in the event or in the log")
	}
	if k := b.Count(t, "SELECT count(*) FROM river_job WHERE kind = 'send_answer' AND state = 'discarded'"); k != 0 {
		t.Error("a job was given up")
	}
	must(t, b.svc.Post(ctx, b.clerk, n, 0, answer, day(b.Clock.Now())))
	if c = b.see(t, b.clerk, n); c.Undelivered() || c.Answer.State != AnswerSent || waiting() != 0 {
		t.Errorf("after it was posted: undelivered %v, %s, %d in the tray", c.Undelivered(), c.Answer.State, waiting())
	}
}

// TestADeliveredAnswerIsLeftAlone holds what must not happen.
func TestADeliveredAnswerIsLeftAlone(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	n := b.signed(t)
	must(t, b.svc.Send(ctx, kind.SendAnswer{AnswerID: b.see(t, b.exec, n).Answer.ID}))
	if c := b.see(t, b.clerk, n); c.Undelivered() || c.ToPost != nil || c.Answer.State != AnswerSent {
		t.Errorf("undelivered %v, to post %v, %s", c.Undelivered(), c.ToPost, c.Answer.State)
	}
}

// TestAMailboxThatStaysFullCountsAsRefused: «later» is believed for five days; meanwhile
// the letter is neither sent nor given up, and the administrator can see that it waits.
func TestAMailboxThatStaysFullCountsAsRefused(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	letters := b.post(t, 452)
	n := b.signed(t)
	must(t, b.svc.Send(ctx, kind.SendAnswer{AnswerID: b.see(t, b.exec, n).Answer.ID}))
	id := b.id(t, "SELECT max(id) FROM letters WHERE kind = 'appeal.answer'")
	other := b.Count(t, "SELECT count(*) FROM letters WHERE state = 'queued'") - 1
	began := b.Clock.Now()
	admin := authz.Actor{Kind: authz.KindPerson, ID: b.clerk.ID, Name: b.clerk.Name, Roles: []authz.Role{authz.RoleAdmin}}
	for _, days := range []int{0, 1, 5} {
		b.Clock.Set(began.AddDate(0, 0, days))
		if err := letters.Send(ctx, kind.SendLetter{LetterID: id}); err == nil || strings.Contains(err.Error(), "@") {
			t.Errorf("after %d days: %v", days, err)
		}
		if c := b.see(t, b.clerk, n); c.Undelivered() || c.ToPost != nil {
			t.Errorf("given up after %d days", days)
		}
		k, since, err := letters.Waiting(ctx, admin)
		must(t, err)
		if days == 0 && k != 0 || days > 0 && (k != other+1 || since.After(began)) {
			t.Errorf("after %d days %d letters wait since %s", days, k, since)
		}
	}
	b.Clock.Set(began.AddDate(0, 0, 6))
	must(t, letters.Send(ctx, kind.SendLetter{LetterID: id}))
	if c := b.see(t, b.clerk, n); !c.Undelivered() || c.ToPost == nil {
		t.Error("after six days nobody was told")
	}
	if k, _, err := letters.Waiting(ctx, admin); err != nil || k != other {
		t.Errorf("%d wait, %v", k, err)
	}
	if _, _, err := letters.Waiting(ctx, b.clerk); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("a clerk asked: %v", err)
	}
}
