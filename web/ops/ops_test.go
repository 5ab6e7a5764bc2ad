package ops_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"ereception/internal/platform/clock"
	"ereception/internal/platform/mail"
	"ereception/web/httpx"
	"ereception/web/ops"
)

type health struct{}

func (health) Ping(context.Context) error { return nil }

// TestTheOutboxSpeaksTheReadersLanguage: the words around the letters follow the cookie.
func TestTheOutboxSpeaksTheReadersLanguage(t *testing.T) {
	t.Parallel()
	outbox, err := mail.NewOutbox(t.TempDir(), "e@example.org", clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	if err := outbox.Send(context.Background(), mail.Message{ID: "1@example.org", To: "ann@example.org", Subject: "Test", Text: "Text"}); err != nil {
		t.Fatal(err)
	}
	h, err := httpx.Build(httpx.Options{
		Areas: []httpx.Area{ops.New(health{}, outbox).Area()}, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler),
		Frame: httpx.Frame{Clock: clock.System{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	get := func(path, lang string) string {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.AddCookie(&http.Cookie{Name: httpx.LocaleCookie, Value: lang})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Body.String()
	}
	letter := regexp.MustCompile(`/dev/outbox/[^"]+\.eml`).FindString(get("/dev/outbox", "uk"))
	for lang, title := range map[string]string{"uk": "Вихідні листи", "en": "Outgoing letters"} {
		for _, path := range []string{"/dev/outbox", letter} {
			if s := get(path, lang); !strings.Contains(s, title) || !strings.Contains(s, `<html lang="`+lang+`"`) {
				t.Errorf("%s in %s: %s", path, lang, s)
			}
		}
	}
}
