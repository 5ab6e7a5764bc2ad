package httpx

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/clock"
)

func TestACrowdIsSentAwayAtOnceAndCalmly(t *testing.T) {
	t.Parallel()
	held, release := make(chan struct{}, 2), make(chan struct{})
	e := echo.New()
	e.GET("/*", func(c echo.Context) error {
		if c.Path() == "/*" && c.Request().URL.Path == "/slow" {
			held <- struct{}{}
			<-release
		}
		return c.NoContent(http.StatusNoContent)
	})
	g, err := newCrowd(e, &renderer{o: Options{Frame: Frame{Clock: clock.At(time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC))}}})
	if err != nil {
		t.Fatal(err)
	}
	g.most = 2
	for range 2 {
		go g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/slow", http.NoBody))
		<-held
	}
	ask := func(path, lang string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		req.Header.Set("Accept-Language", lang)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, req)
		return w
	}
	for lang, words := range map[string]string{"uk": "Зараз на порталі дуже багато людей", "en": "The portal is very busy"} {
		w := ask("/petitions/1", lang)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), words) {
			t.Errorf("%s: %d %v", lang, w.Code, w.Header())
		}
		if w.Header().Get("Cache-Control") != "no-store" {
			t.Error("a refusal may be cached")
		}
	}
	if w := ask("/static/app.css", "uk"); w.Code != http.StatusNoContent {
		t.Errorf("the refusal has no style: %d", w.Code)
	}
	again := `<a class="ds-button" href="">`
	if s := ask("/petitions/1", "uk").Body.String(); !strings.Contains(s, again) {
		t.Error("nothing to press to try again")
	}
	// Asking for the address of a form again would lose the form.
	sent := httptest.NewRecorder()
	g.ServeHTTP(sent, httptest.NewRequest(http.MethodPost, "/petitions/1/sign", http.NoBody))
	if s := sent.Body.String(); strings.Contains(s, again) || !strings.Contains(s, "поверніться на попередню сторінку") {
		t.Error("who pressed a button is not told where his form is")
	}
	if w := ask("/healthz", "uk"); w.Code != http.StatusNoContent {
		t.Errorf("the supervisor was sent away: %d", w.Code)
	}
	close(release)
	for range 100 {
		if g.inFlight.Load() == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if w := ask("/petitions/1", "uk"); w.Code != http.StatusNoContent {
		t.Errorf("sent away though nobody is there: %d", w.Code)
	}
}
