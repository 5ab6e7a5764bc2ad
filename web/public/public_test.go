package public

import (
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	dom "ereception/internal/appeals"
	"ereception/internal/authz"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/errs"
	"ereception/web/httpx"
)

var now = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

// town is a city of two appeals and one answer.
type town struct {
	points []dom.Point
	asked  int
}

func (s *town) Public(context.Context) ([]dom.Point, error) { s.asked++; return s.points, nil }

func (s *town) Figures(context.Context) (dom.Figures, error) {
	return dom.Figures{Answered: 1284, Days: 9, OnTime: 96, Solved: 78, Rated: 3, ComputedAt: now}, nil
}

func (s *town) Confirm(_ context.Context, code string) (dom.Confirmation, error) {
	if code != "V7SV-TFCC-CH65" && code != "BRKN-BRKN-BRKN" {
		return dom.Confirmation{}, errs.NotFound()
	}
	return dom.Confirmation{Number: "2026-00153", OutNumber: "149/З-7/2026-26", Signer: "Польовий Роман Іванович", Digest: "96300a6d", Method: "password", SignedAt: now, Intact: code != "BRKN-BRKN-BRKN"}, nil
}

type sessions struct{}

func (sessions) Resolve(context.Context, string) (authz.Actor, error) {
	return authz.Actor{Kind: authz.KindPerson, ID: 1, Name: "Зразкова Ольга Іванівна"}, nil
}

func setup(t *testing.T) (*town, *Handlers, http.Handler, *clock.Fixed) {
	t.Helper()
	s := &town{points: []dom.Point{
		{Number: "2026-00002", Title: "Яма на дорозі", Place: "вул. Київська, 61", Lat: 50.2581, Lon: 28.6692, State: dom.Registered, At: now},
		{Number: "2026-00001", Title: "Не світить ліхтар", Lat: 50.26, Lon: 28.65, State: dom.InProgress, Late: true, At: now.AddDate(0, 0, -40)},
	}}
	c := clock.At(now)
	quiet := func(context.Context) (templ.Component, error) { return nil, nil } // has nothing to show now
	h := New(s, c, quiet, func(context.Context) (templ.Component, error) {
		return templ.Raw("<p>Тут інша ділянка</p>"), nil
	})
	handler, err := httpx.Build(httpx.Options{
		Areas: []httpx.Area{h.Area()}, Sessions: sessions{}, Clock: c, Log: slog.New(slog.DiscardHandler), Frame: httpx.Frame{Clock: c},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, h, handler, c
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func parse(t *testing.T, w *httptest.ResponseRecorder) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestHome(t *testing.T) {
	t.Parallel()
	_, _, h, _ := setup(t)
	w := get(h, "/?utm=x")
	doc := parse(t, w)
	text := strings.Join(strings.Fields(doc.Find("main").Text()), " ")
	for _, want := range []string{"1 284", "9 днів", "розглянуто звернень", "Яма на дорозі", "сьогодні, 11:00", "Підписати петицію", "Тут інша ділянка"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
	if n := doc.Find(`a[href="/map?sel=2026-00001"]`).Length(); n == 0 {
		t.Error("the list does not lead to the map")
	}
	if doc.Find(`.pin[data-k="late"]`).Length() == 0 {
		t.Error("a late appeal is not marked")
	}
	if strings.Contains(w.Body.String(), "utm") {
		t.Error("the shared copy holds the query of one reader")
	}
	if doc.Find(`form.ask[method="post"][action="/appeals/new"]`).Length() != 1 {
		t.Error("what is typed would stand in an address")
	}
}

func TestCopyOfTheHomePage(t *testing.T) {
	t.Parallel()
	s, h, handler, c := setup(t)
	first := get(handler, "/")
	get(handler, "/")
	if s.asked != 1 {
		t.Errorf("the page was made %d times for two guests, want once", s.asked)
	}
	if w := get(handler, "/", "If-None-Match", first.Header().Get("Etag")); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("a reader who has the page gets %d and %d bytes", w.Code, w.Body.Len())
	}
	if w := get(handler, "/", "If-None-Match", "*"); w.Code != http.StatusNotModified { // RFC 9110, 13.1.2
		t.Errorf("whatever there is: %d", w.Code)
	}
	packed := get(handler, "/", "Accept-Encoding", "br, gzip")
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(z); string(b) != first.Body.String() {
		t.Error("the packed copy is another page")
	}
	if s.asked != 1 {
		t.Errorf("the page was made %d times", s.asked)
	}
	s.points[0].Title = "Яму відремонтовано"
	h.Changed()
	if w := get(handler, "/"); !strings.Contains(w.Body.String(), "Яму відремонтовано") {
		t.Error("a change did not drop the copy")
	}
	if w := get(handler, "/", "Accept-Language", "en"); s.asked != 3 || !strings.Contains(w.Body.String(), `lang="en"`) {
		t.Error("an English reader got the Ukrainian copy")
	}
	c.Advance(copyFor)
	get(handler, "/")
	if s.asked != 4 {
		t.Error("a copy outlived its time")
	}
	w := get(handler, "/", "Cookie", httpx.CookieName(false)+"=token")
	if s.asked != 5 || !strings.Contains(w.Body.String(), "/sign-out") || w.Header().Get("Cache-Control") != "private, no-store" {
		t.Error("a signed-in reader got the copy of guests")
	}
	if strings.Contains(get(handler, "/").Body.String(), "/sign-out") {
		t.Error("a guest got the page of a signed-in reader")
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	_, _, h, _ := setup(t)
	if w := get(h, "/verify?code="+url.QueryEscape(" v7sv-tfcc-ch65 ")); w.Code != 303 || w.Header().Get("Location") != "/verify/V7SV-TFCC-CH65" {
		t.Errorf("%d to %s", w.Code, w.Header().Get("Location"))
	}
	w := get(h, "/verify/V7SV-TFCC-CH65")
	if text := parse(t, w).Find("main").Text(); w.Code != 200 || !strings.Contains(text, "149/З-7/2026-26") || !strings.Contains(text, "Польовий Роман Іванович") {
		t.Errorf("%d %s", w.Code, text)
	}
	if doc := parse(t, w); doc.Find(".note.ok").Length() != 1 || doc.Find(".note.danger").Length() != 0 {
		t.Error("the page does not say that the digest agrees")
	}
	w = get(h, "/verify/BRKN-BRKN-BRKN")
	if doc := parse(t, w); doc.Find(`[role=alert] .note.danger`).Length() != 1 || doc.Find(".note.ok").Length() != 0 || strings.Contains(doc.Find("main").Text(), "справді надано") {
		t.Errorf("an answer that was changed is confirmed: %s", doc.Find("main").Text())
	}
	w = get(h, "/verify/AAAA-BBBB-CCCC")
	if doc := parse(t, w); w.Code != 404 || doc.Find(`.ds-error-summary a[href="#code"]`).Length() != 1 || doc.Find("#code").AttrOr("value", "") != "AAAA-BBBB-CCCC" {
		t.Errorf("an unknown code: %d", w.Code)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	_, _, h, _ := setup(t)
	for _, c := range []struct{ name, code, back, want string }{
		{"goes back to the page", "en", "/help?x=1", "/help?x=1"},
		{"never leaves the portal", "en", "//evil.example/", "/"},
		{"nor by a full address", "uk", "https://evil.example/", "/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			req := httptest.NewRequest("POST", "/lang/"+c.code, strings.NewReader(url.Values{"back": {c.back}}.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			if w.Code != 303 || w.Header().Get("Location") != c.want || !strings.Contains(w.Header().Get("Set-Cookie"), httpx.LocaleCookie+"="+c.code) {
				t.Errorf("%d to %q with %q", w.Code, w.Header().Get("Location"), w.Header().Get("Set-Cookie"))
			}
		})
	}
	req := httptest.NewRequest("POST", "/lang/de", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if w.Code != 404 {
		t.Errorf("an unknown language: %d", w.Code)
	}
}

func TestOtherPages(t *testing.T) {
	t.Parallel()
	_, _, h, _ := setup(t)
	for path, want := range map[string]string{
		"/help": "п’ять робочих днів", "/accessibility": "WCAG", "/verify": "Код перевірки", "/robots.txt": "Disallow: /appeals", "/manifest.webmanifest": `"start_url":"/"`,
	} {
		if w := get(h, path); w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d without %q", path, w.Code, want)
		}
	}
}

func BenchmarkHomeOfAGuest(b *testing.B) {
	s := &town{}
	c := clock.At(now)
	h, err := httpx.Build(httpx.Options{
		Areas: []httpx.Area{New(s, c).Area()}, Sessions: sessions{}, Clock: c, Log: slog.New(slog.DiscardHandler), Frame: httpx.Frame{Clock: c},
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if w := get(h, "/"); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

// TestTopicsOfTheHomePage: what people write about most leads into the form; what is
// old or has no topic does not count.
func TestTopicsOfTheHomePage(t *testing.T) {
	t.Parallel()
	s, _, h, _ := setup(t)
	if doc := parse(t, get(h, "/", "Accept-Language", "en")); doc.Find("#topics").Length() != 0 {
		t.Error("a block of nothing")
	}
	add := func(n int, id int64, name string, at time.Time) {
		for range n {
			s.points = append(s.points, dom.Point{Number: "2026-00009", Title: "Ще одне", Topic: name, TopicID: id, State: dom.Registered, At: at})
		}
	}
	add(1, 4, "Ліфти", now)
	add(3, 7, "Яма на дорозі", now)
	add(9, 5, "Давнє", now.AddDate(0, 0, -200))
	for id := int64(20); id < 30; id++ {
		add(2, id, "Тема "+strconv.FormatInt(id, 10), now)
	}
	var got []string
	parse(t, get(h, "/")).Find(".services a").Each(func(_ int, a *goquery.Selection) {
		got = append(got, a.AttrOr("href", "")+" "+strings.ReplaceAll(a.Text(), "\u00a0", " "))
	})
	if len(got) != 9 || got[0] != "/appeals/new?topic=7 Яма на дорозі 3 звернення" || got[1] != "/appeals/new?topic=20 Тема 20 2 звернення" || got[8] != "/appeals/new?topic=27 Тема 27 2 звернення" {
		t.Errorf("topics: %q", got)
	}
}
