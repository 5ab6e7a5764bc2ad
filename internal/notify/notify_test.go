package notify

import (
	"context"
	"errors"
	"strings"
	"testing"

	"ereception/internal/authz"
	"ereception/internal/pgtest"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/platform/mail"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func promise(t *testing.T, e *pgtest.Env, l Letter, fail error) int64 {
	t.Helper()
	err := e.DB.Write(context.Background(), authz.System("test"), authz.JobRun, func(tx *db.Tx) error {
		return errors.Join(tx.Authorize(authz.Anyone), Queue(tx, l), fail)
	})
	if fail == nil && err != nil {
		t.Fatal(err)
	}
	if fail != nil {
		return 0
	}
	var id int64
	if err := e.DB.ReadPool().QueryRow(context.Background(), "SELECT max(id) FROM letters").Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

func service(t *testing.T, e *pgtest.Env) (*Service, *mail.Outbox) {
	t.Helper()
	box, err := mail.NewOutbox(t.TempDir(), "portal@example.org", e.Clock)
	if err != nil {
		t.Fatal(err)
	}
	s := New(e.DB, box, func(_ context.Context, c Content) (string, error) { return "<p>" + c.Greeting + "</p>", nil }, "portal.test")
	s.Register(map[string]Composer{
		"good": func(_ context.Context, l Letter) (Content, error) {
			return Content{To: "ann@example.org", Subject: "Тема " + l.Locale, Greeting: "Вітаємо", Facts: []Fact{{Label: "Номер", Value: "1"}}, Button: &Button{"Відкрити", "http://portal.test/x"}}, nil
		},
		"obsolete": func(context.Context, Letter) (Content, error) { return Content{}, ErrObsolete },
		"nobody": func(context.Context, Letter) (Content, error) {
			return Content{To: "не адреса", Subject: "x", Greeting: "y"}, nil
		},
		"broken": func(context.Context, Letter) (Content, error) { return Content{}, errors.New("no database") },
	})
	return s, box
}

func TestALetterAndItsCauseCommitTogether(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	promise(t, e, Letter{Kind: "good"}, errs.NotFound())
	if e.Count(t, "SELECT count(*) FROM letters") != 0 || e.Jobs(t, "send_letter") != 0 {
		t.Error("a change that was taken back left its letter")
	}
	promise(t, e, Letter{Kind: "good"}, nil)
	if e.Count(t, "SELECT count(*) FROM letters") != 1 || e.Jobs(t, "send_letter") != 1 {
		t.Error("a change was kept without its letter")
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	s, box := service(t, e)
	for _, c := range []struct {
		kind, state, why string
		again            bool // the job asks for another attempt
	}{
		{"good", "sent", "", false},
		{"obsolete", "failed", "obsolete", false},
		{"nobody", "failed", "refused", false},
		{"broken", "queued", "", true},
		{"unknown", "queued", "", true},
	} {
		id := promise(t, e, Letter{Kind: c.kind, Locale: "uk"}, nil)
		err := s.Send(ctx, kind.SendLetter{LetterID: id})
		if (err != nil) != c.again {
			t.Errorf("%s: %v", c.kind, err)
		}
		if n := e.Count(t, "SELECT count(*) FROM letters WHERE id = $1 AND state = $2 AND error = $3", id, c.state, c.why); n != 1 {
			t.Errorf("%s: the letter is not %s (%s)", c.kind, c.state, c.why)
		}
	}
	list, err := box.List(0)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d letters left, %v", len(list), err)
	}
	m, err := box.Read(list[0].File)
	if err != nil || m.Subject != "Тема uk" || !strings.Contains(m.Text, "Номер: 1") || !strings.Contains(m.HTML, "Вітаємо") {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestASecondRunSendsNothingTwice(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	s, box := service(t, e)
	job := kind.SendLetter{LetterID: promise(t, e, Letter{Kind: "good"}, nil)}
	for range 2 {
		if err := s.Send(ctx, job); err != nil {
			t.Fatal(err)
		}
	}
	e.Owner(t, "UPDATE letters SET state = 'queued'") // the portal died before it could note the delivery
	if err := s.Send(ctx, job); err != nil {
		t.Fatal(err)
	}
	if list, err := box.List(0); err != nil || len(list) != 1 {
		t.Errorf("%d letters, %v: the repeated one must bear the same Message-ID", len(list), err)
	}
}

// TestText: an address stands on a line of its own, and a letter without the frame
// of HTML says who writes, too.
func TestText(t *testing.T) {
	t.Parallel()
	ctx := i18n.With(context.Background(), i18n.Ukrainian)
	got := Text(ctx, Content{
		Greeting: "Вітаємо", Paragraphs: []string{"Є новини."}, Closing: []string{"Ознака — це не порушення."},
		Facts:       []Fact{{Label: "27.11.2026", Value: "Ремонт даху", URL: "http://portal.test/t/1", More: "Школа № 1"}, {Label: "28.11.2026", Value: "Крейда", URL: "http://portal.test/t/2"}},
		Button:      &Button{Label: "Відкрити пошук", URL: "http://portal.test/s"},
		Unsubscribe: &Button{Label: "Припинити підписку", URL: "http://portal.test/u"},
	})
	want := "Вітаємо\n\nЄ новини.\n\n27.11.2026: Ремонт даху · Школа № 1\nhttp://portal.test/t/1\n\n28.11.2026: Крейда\nhttp://portal.test/t/2\n\n" +
		"Відкрити пошук:\nhttp://portal.test/s\n\nОзнака — це не порушення.\n\nПрипинити підписку:\nhttp://portal.test/u\n\n" +
		"-- \n" + i18n.In(i18n.Ukrainian, "mail.footer") + "\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := Text(ctx, Content{Facts: []Fact{{Label: "Номер", Value: "1"}}, Closing: []string{"Усе."}}); !strings.HasPrefix(got, "Номер: 1\n\nУсе.\n\n-- \n") {
		t.Errorf("got %q", got)
	}
}
