package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// sessions knows one token.
type sessions struct{ down bool }

func (s sessions) Resolve(_ context.Context, token string) (authz.Actor, error) {
	if s.down {
		return authz.Actor{}, errors.New("no database")
	}
	if token == "good" {
		return authz.Actor{Kind: authz.KindPerson, ID: 1, Name: "Зразкова Ганна Іванівна"}, nil
	}
	return authz.Guest(), nil
}

type lot struct {
	path   string
	values url.Values
}

func (l *lot) Park(_ context.Context, _, path string, v url.Values) (string, error) {
	l.path, l.values = path, v
	return "id", nil
}

func (l *lot) Parked(_ context.Context, _ authz.Actor, id string) (string, url.Values, error) {
	if id != "id" || l.values == nil {
		return "", nil, errs.NotFound()
	}
	return l.path, l.values, nil
}

func (l *lot) Drop(context.Context, string) error {
	l.values = nil
	return nil
}

func build(t *testing.T, o Options, routes ...Route) http.Handler {
	t.Helper()
	o.Areas = []Area{{Name: "test", Routes: routes}}
	if o.Sessions == nil {
		o.Sessions = sessions{}
	}
	o.Log = slog.New(slog.DiscardHandler)
	o.Frame.Clock = clock.System{}
	h, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func request(h http.Handler, method, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func ok(c echo.Context) error { return c.String(http.StatusOK, "ok") }

func TestARouteWithoutAPolicyDoesNotStart(t *testing.T) {
	t.Parallel()
	for name, routes := range map[string][]Route{
		"no policy": {{Method: GET, Path: "/x", Handler: ok}},
		"twice":     {{GET, "/x", Need(authz.PublicRead), ok}, {GET, "/x", Need(authz.PublicRead), ok}},
	} {
		_, err := Build(Options{Areas: []Area{{Name: "a", Routes: routes}}, Sessions: sessions{}, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			t.Errorf("%s: the portal was built", name)
		}
	}
}

func TestErrorsBecomeAnswers(t *testing.T) {
	t.Parallel()
	secret := errors.New("secret: ann@example.org")
	fail := map[string]error{
		"/invalid": errs.Invalid("errors.fields").Because(secret), "/notfound": errs.NotFound().Because(secret),
		"/forbidden": errs.Forbidden("errors.forbidden").Because(secret), "/conflict": errs.Conflict("errors.conflict").Because(secret),
		"/limited": errs.Limited(90e9), "/crowd": errs.Unavailable("errors.crowd"), "/unavailable": errs.Unavailable("errors.unavailable").Because(secret), "/foreign": secret,
	}
	want := map[string]int{
		"/invalid": 422, "/notfound": 404, "/forbidden": 403, "/conflict": 409, "/limited": 429, "/crowd": 503, "/unavailable": 503, "/foreign": 500, "/panic": 500,
	}
	routes := []Route{{GET, "/panic", Need(authz.PublicRead), func(echo.Context) error { panic("secret") }}}
	for path, err := range fail {
		routes = append(routes, Route{GET, path, Need(authz.PublicRead), func(echo.Context) error { return err }})
	}
	h := build(t, Options{}, routes...)
	for path, code := range want {
		w := request(h, GET, path, nil)
		if w.Code != code {
			t.Errorf("%s: %d, want %d", path, w.Code, code)
		}
		if strings.Contains(w.Body.String(), "secret") || strings.Contains(w.Body.String(), "ann@") {
			t.Errorf("%s: the page tells the cause", path)
		}
		if !strings.Contains(w.Body.String(), "<h1>") {
			t.Errorf("%s: no page", path)
		}
	}
	if got := request(h, GET, "/limited", nil).Header().Get("Retry-After"); got != "90" {
		t.Errorf("Retry-After %q", got)
	}
	if w := request(h, GET, "/limited", nil, "Accept", "application/json"); !strings.Contains(w.Header().Get("Content-Type"), "json") || w.Code != 429 {
		t.Errorf("a script gets %d %s", w.Code, w.Header().Get("Content-Type"))
	}
	if w := request(h, GET, "/foreign", nil, "Accept-Language", "en"); !strings.Contains(w.Body.String(), "Something went wrong") {
		t.Error("the English page is not in English")
	}
	if s := request(h, GET, "/crowd", nil).Body.String(); !strings.Contains(s, "<h1>"+i18n.In(i18n.Ukrainian, "errors.crowd")+"</h1>") || !strings.Contains(s, i18n.In(i18n.Ukrainian, "errors.crowd_hint")) {
		t.Error("who meets a crowd is not told to come again")
	}
}

// TestABodyThatIsNoForm: who sent what cannot be read is not told to mend fields that
// no page shows.
func TestABodyThatIsNoForm(t *testing.T) {
	t.Parallel()
	h := build(t, Options{}, Route{POST, "/form", Need(authz.PublicRead), func(c echo.Context) error {
		_, err := ParseForm(c)
		return err
	}})
	w := request(h, POST, "/form", url.Values{"no": {"parts"}}, "Content-Type", "multipart/form-data; boundary=x", "Sec-Fetch-Site", "same-origin")
	if w.Code != 422 || !strings.Contains(w.Body.String(), i18n.In(i18n.Ukrainian, "errors.unreadable")) || strings.Contains(w.Body.String(), i18n.In(i18n.Ukrainian, "errors.fields")) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	away := errors.New("connection refused")
	var log strings.Builder
	o := Options{Down: func(err error) bool { return errors.Is(err, away) }}
	h := build(t, o, Route{GET, "/x", Need(authz.PublicRead), func(echo.Context) error { return fmt.Errorf("read: %w", away) }})
	if w := request(h, GET, "/x", nil); w.Code != 503 || w.Header().Get("Retry-After") != "30" {
		t.Errorf("%d, come again in %q", w.Code, w.Header().Get("Retry-After"))
	}
	o = Options{Areas: []Area{{Name: "test", Routes: []Route{{GET, "/x", Need(authz.PublicRead), func(c echo.Context) error { return Ctx(c).Err() }}}}}, Sessions: sessions{}, Log: slog.New(slog.NewTextHandler(&log, nil))}
	o.Frame.Clock = clock.System{}
	h, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(GET, "/x", nil).WithContext(ctx))
	if log.Len() != 0 {
		t.Errorf("a person who left is logged as a failure: %s", log.String())
	}
}

func TestALostSessionLosesNoForm(t *testing.T) {
	t.Parallel()
	l := &lot{}
	h := build(t, Options{Parker: l},
		Route{POST, "/form", Need(authz.AccountSelf), ok},
		Route{POST, "/other", Need(authz.AccountSelf), ok},
		Route{POST, "/broken", Need(authz.AccountSelf), func(echo.Context) error { return errors.New("broken") }},
		Route{GET, "/form", Need(authz.AccountSelf), func(c echo.Context) error {
			v, typed := Typed(c)
			if !typed {
				return c.String(200, "empty")
			}
			return c.String(200, v.Get("text"))
		}})
	w := request(h, POST, "/form", url.Values{"text": {"довгий текст"}, "password": {"hunter2"}}, "Sec-Fetch-Site", "same-origin")
	next, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != 303 || next.Path != "/sign-in" || next.Query().Get("next") != "/form?parked=id" {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
	if l.values.Get("password") != "" {
		t.Error("a password was kept")
	}
	own := "erec_parked=id"
	if !strings.Contains(w.Header().Get("Set-Cookie"), own) || !strings.Contains(w.Header().Get("Set-Cookie"), "HttpOnly") {
		t.Errorf("cookie %q", w.Header().Get("Set-Cookie"))
	}
	for _, step := range []struct {
		name, cookie, want string
		code               int
	}{
		{"another browser with the same address", "erec=good", "empty", 200},
		{"the same browser before the sign-in", own, "", 303},
		{"back on the form", "erec=good; erec_parked=id", "довгий текст", 200},
		{"the second visit", "erec=good; erec_parked=id", "довгий текст", 200},
	} {
		w := request(h, GET, "/form?parked=id", nil, "Cookie", step.cookie)
		if w.Code != step.code || step.want != "" && w.Body.String() != step.want {
			t.Errorf("%s: %d %q", step.name, w.Code, w.Body.String())
		}
	}
	for _, step := range []struct{ path, want string }{{"/broken", "довгий текст"}, {"/other", "довгий текст"}, {"/form", "empty"}} {
		w := request(h, POST, step.path, url.Values{"text": {"новий"}}, "Sec-Fetch-Site", "same-origin", "Cookie", "erec=good; erec_parked=id")
		if gone := strings.Contains(w.Header().Get("Set-Cookie"), "erec_parked="); gone != (step.want == "empty") {
			t.Errorf("%s: cookie %q", step.path, w.Header().Get("Set-Cookie"))
		}
		if w := request(h, GET, "/form?parked=id", nil, "Cookie", "erec=good; erec_parked=id"); w.Body.String() != step.want {
			t.Errorf("after %s: %q", step.path, w.Body.String())
		}
	}
}

// TestALostSessionTellsOfFiles: files are not kept, and the page that comes back says so.
func TestALostSessionTellsOfFiles(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"a file": "фото", "an empty field": ""} {
		h := build(t, Options{Parker: &lot{}},
			Route{POST, "/form", Need(authz.AccountSelf), ok},
			Route{GET, "/form", Need(authz.AccountSelf), func(c echo.Context) error {
				return c.String(200, strconv.FormatBool(filesToChoose(c)))
			}})
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		_ = m.WriteField("text", "слово")
		f, _ := m.CreateFormFile("files", "фото.jpg")
		_, _ = io.WriteString(f, content)
		_ = m.Close()
		r := httptest.NewRequest(POST, "/form", &b)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		h.ServeHTTP(httptest.NewRecorder(), r)
		w := request(h, GET, "/form?parked=id", nil, "Cookie", "erec=good; erec_parked=id")
		if w.Body.String() != strconv.FormatBool(content != "") {
			t.Errorf("%s: %s", name, w.Body.String())
		}
	}
}

func TestALostSessionLeadsBackToAPage(t *testing.T) {
	t.Parallel()
	need := Need(authz.AccountSelf)
	h := build(t, Options{Parker: &lot{}},
		Route{GET, "/appeals", need, ok}, Route{GET, "/appeals/:number", need, ok}, Route{POST, "/appeals/:number/messages", need, ok},
		Route{POST, "/appeals/drafts/:id/drop", need, ok}, Route{POST, "/lonely/:id", need, ok},
		Route{GET, "/units", need, ok}, Route{GET, "/units/new", need, ok}, Route{GET, "/units/:id", need, ok}, Route{POST, "/units", need, ok}, Route{POST, "/units/:id", need, ok})
	for path, want := range map[string]string{
		"/appeals/2026-00001/messages": "/appeals/2026-00001?parked=id", "/appeals/drafts/7/drop": "/appeals?parked=id", "/lonely/1": "/?parked=id",
		"/units": "/units/new?parked=id", "/units/7": "/units/7?parked=id",
	} {
		w := request(h, POST, path, url.Values{"message": {"слово"}}, "Sec-Fetch-Site", "same-origin")
		next, err := url.Parse(w.Header().Get("Location"))
		if err != nil || next.Query().Get("next") != want {
			t.Errorf("%s: back to %q, want %q", path, next.Query().Get("next"), want)
		}
	}
}

func TestUploadsLeaveNoFilesBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	h := build(t, Options{}, Route{POST, "/x", Need(authz.PublicRead), func(c echo.Context) error {
		if _, err := ParseForm(c); err != nil {
			return err
		}
		if list, _ := os.ReadDir(os.TempDir()); len(list) != 1 {
			t.Errorf("%d temporary files while the form is read", len(list))
		}
		return ok(c)
	}})
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	f, err := m.CreateFormFile("files", "a.pdf")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write(make([]byte, 12<<20))
	_ = m.Close()
	r := httptest.NewRequest(POST, "/x", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if list, _ := os.ReadDir(os.TempDir()); w.Code != 200 || len(list) != 0 {
		t.Errorf("%d, %d files are left", w.Code, len(list))
	}
}

func TestWhatNoDatabaseTakes(t *testing.T) {
	t.Parallel()
	h := build(t, Options{}, Route{GET, "/x/:id", Need(authz.PublicRead), func(c echo.Context) error { return c.String(200, c.QueryParam("q")+"|"+c.QueryParam("n")) }}, Route{POST, "/x", Need(authz.PublicRead), func(c echo.Context) error {
		v, err := ParseForm(c)
		if err != nil {
			return err
		}
		return c.String(200, v.Get("text"))
	}})
	for path, want := range map[string]string{"/x/1?q=%D1%8F": "я|", "/x/%00": "", "/x/%ff": "", "/x/1?q=a%00&n=1": "|1", "/x/1?q=a%ff": "|", "/x/1?n=%00&q=a": "a|"} {
		w := request(h, GET, path, nil)
		if want == "" && w.Code != 404 || want != "" && w.Body.String() != want {
			t.Errorf("%s: %d %q, want %q", path, w.Code, w.Body.String(), want)
		}
	}
	if w := request(h, POST, "/x", url.Values{"text": {"a\x00я\xff"}}, "Sec-Fetch-Site", "same-origin"); w.Body.String() != "aя\uFFFD" {
		t.Errorf("typed %q", w.Body.String())
	}
}

// TestTextsComeInOneForm: what looks the same is the same, for searches, registers and papers.
func TestTextsComeInOneForm(t *testing.T) {
	t.Parallel()
	h := build(t, Options{}, Route{GET, "/x", Need(authz.PublicRead), func(c echo.Context) error { return c.String(200, c.QueryParam("q")) }}, Route{POST, "/x", Need(authz.PublicRead), func(c echo.Context) error {
		v, err := ParseForm(c)
		if err != nil {
			return err
		}
		return c.String(200, v.Get("q"))
	}})
	for typed, want := range map[string]string{
		"и\u0306осип, і\u0308жак":               "йосип, їжак",              // composed
		"\u202eнавІ ортеП\u202c \u2067a\u2069":  "навІ ортеП a",             // no mark turns what stands after it
		"до\u00adро\u200bга\u2060\ufeff":        "дорога",                   // invisible
		"О’Браєн д'Артаньян пʼять":              "О’Браєн д'Артаньян пʼять", // an apostrophe is the writer's
		"👨\u200d👩\u200d👧 рядок\r\n\tрядок  два": "👨\u200d👩\u200d👧 рядок\r\n\tрядок  два",
	} {
		if w := request(h, POST, "/x", url.Values{"q": {typed}}, "Sec-Fetch-Site", "same-origin"); w.Body.String() != want {
			t.Errorf("typed %q: %q, want %q", typed, w.Body.String(), want)
		}
		if w := request(h, GET, "/x?"+url.Values{"q": {typed}}.Encode(), nil); w.Body.String() != want {
			t.Errorf("searched %q: %q, want %q", typed, w.Body.String(), want)
		}
	}
}

func TestAPartOfThePathIsDecodedOnce(t *testing.T) {
	t.Parallel()
	h := build(t, Options{}, Route{GET, "/x/:id", Need(authz.PublicRead), func(c echo.Context) error {
		v, err := Param(c, "id")
		if err != nil {
			return err
		}
		return c.String(200, v)
	}})
	for path, want := range map[string]string{"/x/a%2Fb": "a/b", "/x/%2500": "%00", "/x/%25FF": "%FF", "/x/%D1%8F": "я", "/x/50%25": "50%", "/x/a%2F%25": "a/%"} {
		if w := request(h, GET, path, nil); w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %d %q, want %q", path, w.Code, w.Body.String(), want)
		}
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	h := build(t, Options{}, Route{GET, "/open", Need(authz.PublicRead), ok}, Route{GET, "/own", Need(authz.AccountSelf), ok})
	for path, want := range map[string]int{"/open": 200, "/own": 303, "/none": 404} {
		if w := request(h, http.MethodHead, path, nil); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestWhoComesIn(t *testing.T) {
	t.Parallel()
	h := build(t, Options{}, Route{GET, "/own", Need(authz.AccountSelf), ok}, Route{GET, "/admin", Need(authz.AdminRead), ok}, Route{GET, "/open", Need(authz.PublicRead), ok})
	for _, c := range []struct {
		name, path, cookie string
		want               int
	}{
		{"a guest on an open page", "/open", "", 200},
		{"a guest on an own page", "/own", "", 303},
		{"a forged session", "/own", "erec=bad", 303},
		{"a person on an own page", "/own", "erec=good", 200},
		{"a person without the role", "/admin", "erec=good", 403},
		{"an unknown page", "/nothing", "erec=good", 404},
	} {
		w := request(h, GET, c.path, nil, "Cookie", c.cookie)
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.want)
		}
		if c.cookie == "erec=good" && !strings.Contains(w.Header().Get("Cache-Control"), "no-store") {
			t.Errorf("%s: Cache-Control %q", c.name, w.Header().Get("Cache-Control"))
		}
	}
	down := build(t, Options{Sessions: sessions{down: true}}, Route{GET, "/own", Need(authz.AccountSelf), ok})
	if w := request(down, GET, "/own", nil, "Cookie", "erec=good"); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("without a database: %d", w.Code)
	}
}

func TestCrossSiteFormsAreRefused(t *testing.T) {
	t.Parallel()
	h := build(t, Options{}, Route{POST, "/x", Need(authz.PublicRead), ok})
	for site, want := range map[string]int{"same-origin": 200, "none": 200, "cross-site": 403, "same-site": 403} {
		if w := request(h, POST, "/x", url.Values{}, "Sec-Fetch-Site", site); w.Code != want {
			t.Errorf("%s: %d, want %d", site, w.Code, want)
		}
	}
	if w := request(h, POST, "/x", url.Values{}, "Origin", "https://evil.example"); w.Code != 403 {
		t.Errorf("a foreign origin: %d", w.Code)
	}
}

func TestTheAddressOfTheClient(t *testing.T) {
	t.Parallel()
	_, proxy, _ := net.ParseCIDR("10.0.0.0/8")
	show := Route{GET, "/ip", Need(authz.PublicRead), func(c echo.Context) error { return c.String(200, IP(c)) }}
	for _, c := range []struct {
		name, remote, xff, want string
		trusted                 []*net.IPNet
	}{
		{"nobody is believed by default", "192.0.2.9:1", "198.51.100.1", "192.0.2.9", nil},
		{"a trusted proxy is believed", "10.1.1.1:1", "198.51.100.1", "198.51.100.1", []*net.IPNet{proxy}},
		{"what stands before the trusted proxy is not", "10.1.1.1:1", "6.6.6.6, 198.51.100.1", "198.51.100.1", []*net.IPNet{proxy}},
		{"a stranger who claims to be a proxy is not", "192.0.2.9:1", "198.51.100.1", "192.0.2.9", []*net.IPNet{proxy}},
	} {
		h := build(t, Options{TrustedProxies: c.trusted}, show)
		r := httptest.NewRequest(GET, "/ip", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", c.xff)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Body.String() != c.want {
			t.Errorf("%s: %s, want %s", c.name, w.Body.String(), c.want)
		}
	}
}

func TestSafeNext(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/appeals/2026-00001?x=1": "/appeals/2026-00001?x=1", "": "/f", "https://evil.example": "/f", "//evil.example": "/f",
		"/\\evil.example": "/f", "javascript:alert(1)": "/f", "/a\r\nSet-Cookie: x": "/f", "appeals": "/f",
	} {
		if got := SafeNext(in, "/f"); got != want {
			t.Errorf("SafeNext(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestABodyTooLargeIsSaidPlainly(t *testing.T) {
	t.Parallel()
	h := build(t, Options{MaxBody: 100}, Route{POST, "/x", Need(authz.PublicRead), func(c echo.Context) error {
		_, err := ParseForm(c)
		if err != nil {
			return err
		}
		return ok(c)
	}})
	w := request(h, POST, "/x", url.Values{"text": {strings.Repeat("a", 1000)}}, "Sec-Fetch-Site", "same-origin")
	if w.Code != 413 {
		t.Errorf("%d", w.Code)
	}
}

// TestThePostSpeaksTheReadersLanguage: the badge of an official names his post in English on
// English pages where the register has it so.
func TestThePostSpeaksTheReadersLanguage(t *testing.T) {
	t.Parallel()
	a := authz.Actor{Kind: authz.KindPerson, ID: 1, Name: "Коваленко Олена Ігорівна", PostTitle: "начальниця відділу", PostEn: "head of department", Roles: []authz.Role{authz.RoleManager}}
	for loc, want := range map[string]string{"uk": "начальниця відділу", "en": "head of department"} {
		if got := badge(i18n.With(t.Context(), loc), a).Role; got != want {
			t.Errorf("%s: %q", loc, got)
		}
	}
	a.PostEn = ""
	if got := badge(i18n.With(t.Context(), "en"), a).Role; got != "начальниця відділу" {
		t.Errorf("without an English name: %q", got)
	}
}

func TestNamesOfPeople(t *testing.T) {
	t.Parallel()
	for full, want := range map[string][2]string{
		"Коваленко Олена Ігорівна": {"О.\u00a0Коваленко", "КО"}, "Ґудзь": {"Ґудзь", "Ґ"}, "": {"", ""},
	} {
		if ShortName(full) != want[0] || Initials(full) != want[1] {
			t.Errorf("%q: %q %q", full, ShortName(full), Initials(full))
		}
	}
}
