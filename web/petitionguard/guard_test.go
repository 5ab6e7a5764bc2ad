package petitionguard_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/petitions"
	"ereception/internal/pgtest"
	"ereception/internal/platform/jobs/kind"
	"ereception/web/httpx"
	"ereception/web/petitionguard"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// sessions takes «role:id» for a session.
type sessions struct{}

func (sessions) Resolve(_ context.Context, token string) (authz.Actor, error) {
	role, id, ok := strings.Cut(token, ":")
	if !ok {
		return authz.Guest(), nil
	}
	n, err := strconv.ParseInt(id, 10, 64)
	return authz.Actor{Kind: authz.KindPerson, ID: n, Name: "Демченко Олена Карпівна", Roles: []authz.Role{authz.Role(role)}, Locale: "uk"}, err
}

type workdays struct{}

func (workdays) Calendar(context.Context) (calendar.Calendar, error) { return calendar.Default(), nil }

type bundle struct {
	*pgtest.Env
	t   testing.TB
	h   http.Handler
	svc *petitions.Service
	// clerk and author are people of the tests: a specialist, and who wrote petition 1.
	clerk, author string
}

// setup has two petitions with ids 1 and 2: one that gathers, with 60 honest
// signatures and 40 from one address, in capitals, quick, of one mail service;
// and one whose review was announced.
func setup(t testing.TB) *bundle {
	t.Helper()
	e := pgtest.New(t)
	b := &bundle{Env: e, t: t, clerk: "specialist:1", author: "specialist:2"}
	e.Owner(t, `INSERT INTO people (email, name, status, email_confirmed_at, created_at) VALUES
		('olena@zt.ua', 'Демченко Олена Карпівна', 'active', now(), now()), ('author@zt.ua', 'Зозуля Марія Іванівна', 'active', now(), now())`)
	e.Owner(t, `INSERT INTO petition_charters (valid_from, threshold, gathering_days, supporters, supporters_days, check_days, announce_days, review_days, tier, residents_only, source, created_at)
		VALUES ('2026-01-01', 300, 90, 0, 30, 2, 3, 10, 'email', true, 'Статут', now())`)
	for i, state := range []string{"gathering", "reviewing"} {
		e.Owner(t, `INSERT INTO petitions (number, state, author_id, author_name, title, essence, filing_key, support_key, salt, charter_id, threshold, tier, residents_only, created_at, published_at, ends_at)
			SELECT $1::bigint, $2, 2, 'Зозуля Марія Іванівна', 'Безпечний перехід біля ліцею', 'Суть', gen_random_uuid(), 'key' || $1::text, '\x00'::bytea, max(id), 300, 'email', true, $3, $3, $3::timestamptz + interval '90 days' FROM petition_charters`,
			int64(i+1), state, e.Clock.Now())
	}
	e.Owner(t, `INSERT INTO petition_signatures (petition_id, signer, name, at, tier, domain, net, ip, took)
		SELECT 1, sha256(('h' || n)::bytea), 'Мешканка Ганна ' || n, $1::timestamptz + n * interval '7 minutes' + (n * n % 97) * interval '1 second', 1,
		  (ARRAY['gmail.com', 'ukr.net', 'gmail.com'])[1 + n % 3], sha256(('n' || n)::bytea), sha256(('i' || n)::bytea), 9000 + n FROM generate_series(1, 60) n
		UNION ALL
		SELECT 1, sha256(('f' || n)::bytea), 'БОТЕНКО БОТ ' || n, $1::timestamptz + interval '3 hours' + n * interval '20 seconds', 1, 'meta.ua', sha256('net'), sha256('ip'), 400 FROM generate_series(1, 40) n`, e.Clock.Now())
	b.svc = petitions.New(petitions.Options{DB: e.DB, Calendars: workdays{}, Clock: e.Clock, Secret: []byte("secret"), BaseURL: "https://e.example", Log: e.Log})
	if err := b.svc.Count(context.Background()); err != nil {
		t.Fatal(err)
	}
	var err error
	b.h, err = httpx.Build(httpx.Options{
		Areas: []httpx.Area{petitionguard.New(b.svc).Area()}, Sessions: sessions{}, Clock: e.Clock, Log: e.Log, Frame: httpx.Frame{Clock: e.Clock, Demo: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bundle) do(as, method, path string, v url.Values, locale string) (int, *goquery.Document, string) {
	b.t.Helper()
	var req *http.Request
	if method == http.MethodPost {
		req = httptest.NewRequest(method, path, strings.NewReader(v.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		req = httptest.NewRequest(method, path, nil)
	}
	if as != "" {
		req.AddCookie(&http.Cookie{Name: "erec", Value: as})
	}
	if locale != "" {
		req.AddCookie(&http.Cookie{Name: httpx.LocaleCookie, Value: locale})
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, req)
	raw := w.Body.String()
	for _, bad := range []string{">petitionguard.", "\"petitionguard.", "style=\"", "{most}", "{share}", "{time}", "errors.internal", "%!"} {
		if i := strings.Index(raw, bad); i >= 0 {
			b.t.Errorf("%s %s: the page holds %q: %s", method, path, bad, raw[i:min(i+140, len(raw))])
		}
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(raw))
	if err != nil {
		b.t.Fatal(err)
	}
	if strings.Contains(doc.Text(), "{n}") {
		b.t.Errorf("%s %s: a number is missing", method, path)
	}
	if w.Code >= 500 {
		b.t.Errorf("%s %s: %d\n%s", method, path, w.Code, b.Logged)
	}
	return w.Code, doc, w.Header().Get("Location")
}

func (b *bundle) get(path string) *goquery.Document {
	b.t.Helper()
	code, doc, _ := b.do(b.clerk, http.MethodGet, path, nil, "")
	if code != 200 {
		b.t.Fatalf("GET %s: %d", path, code)
	}
	return doc
}

func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

const desk = "/cabinet/petitions/1/guard"

func TestDeskShowsWhatIsOdd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doc := b.get(desk)
	text := words(doc.Find("main"))
	for _, s := range []string{"100 чинних підписів", "40 схожі на підроблені", "meta.ua: 100 %", "Збіг кількох ознак", "Імена великими літерами", "Журнал вилучень"} {
		if !strings.Contains(text, s) {
			t.Errorf("the desk lacks %q: %s", s, text)
		}
	}
	if n := doc.Find("svg rect.b4").Length(); n < 2 {
		t.Errorf("the chart shows %d odd bars", n)
	}
	if code, en, _ := b.do(b.clerk, http.MethodGet, desk, nil, "en"); code != 200 || en.Find("h1").Length() != 1 {
		t.Errorf("in English: %d", code)
	}
	for _, r := range petitions.Rules {
		doc := b.get(desk + "/rules/" + string(r))
		if doc.Find("form[action='"+desk+"/rules/"+string(r)+"']").Length() != 1 || words(doc.Find("aside")) == "" {
			t.Errorf("the page of the rule %s", r)
		}
	}
}

// TestTryRunUndo is the way of a sweep without a script.
func TestTryRunUndo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	standing := func() int {
		return b.Count(t, "SELECT count(*) FROM petition_signatures WHERE petition_id = 1 AND sweep_id IS NULL")
	}
	code, _, at := b.do(b.clerk, http.MethodPost, desk+"/rules/signs", url.Values{"clues": {"3"}, "millis": {"2000"}, "note": {"дзвінок"}}, "")
	if code != 303 || !strings.HasPrefix(at, desk+"/sweeps/") || standing() != 100 {
		t.Fatalf("trial: %d %s, %d stand", code, at, standing())
	}
	doc := b.get(at)
	text := words(doc.Find("main"))
	for _, s := range []string{"Вилучити 40 підписів", "БОТЕНКО БОТ", "Показано 24 із 40", "надто швидко", "дзвінок", "проба: 40"} {
		if !strings.Contains(text, s) {
			t.Errorf("the trial lacks %q: %s", s, text)
		}
	}
	if !strings.Contains(words(b.get(desk).Find("#waiting").Parent().Parent()), "проба: 40") {
		t.Error("the desk does not show that a trial waits")
	}
	if code, _, to := b.do(b.clerk, http.MethodPost, at, url.Values{"do": {"run"}}, ""); code != 303 || to != at || standing() != 60 {
		t.Fatalf("run: %d %s, %d stand", code, to, standing())
	}
	if text := words(b.get(at).Find("main")); !strings.Contains(text, "Повернути 40 підписів") || strings.Contains(text, "Вилучити 40") {
		t.Errorf("after the run: %s", text)
	}
	// The button of a page that was open elsewhere is late.
	code, doc, _ = b.do(b.clerk, http.MethodPost, at, url.Values{"do": {"run"}}, "")
	if code != 409 || !strings.Contains(words(doc.Find("main [role=alert]")), "Хтось уже вирішив") || strings.Contains(words(doc.Find("main")), "помилк") {
		t.Errorf("run twice: %d %s", code, words(doc.Find("main")))
	}
	if !strings.Contains(words(b.get(desk).Find("#history").Parent().Parent().Parent()), "вилучено: 40") {
		t.Error("the log does not show the sweep")
	}
	// What was answered is not weighed anew: no button leads to a refusal.
	b.Owner(t, "UPDATE petitions SET state = 'refused' WHERE id = 1")
	if doc := b.get(at); doc.Find("button[value=undo]").Length() != 0 || !strings.Contains(words(doc.Find("main")), "вилучене не повертають") {
		t.Errorf("a petition that was answered: %s", words(doc.Find("main")))
	}
	b.Owner(t, "UPDATE petitions SET state = 'gathering' WHERE id = 1")
	if code, _, _ := b.do(b.clerk, http.MethodPost, at, url.Values{"do": {"undo"}}, ""); code != 303 || standing() != 100 {
		t.Errorf("undo: %d, %d stand", code, standing())
	}
	if text := words(b.get(at).Find("main")); !strings.Contains(text, "скасовано: 40") {
		t.Errorf("after the undo: %s", text)
	}
	_, _, at = b.do(b.clerk, http.MethodPost, desk+"/rules/caps", url.Values{"also": {"quick"}, "from": {"2020-01-01T00:00"}}, "")
	if again, ok := b.get(at).Find("a[href*='/rules/caps?']").Attr("href"); !ok || !strings.Contains(again, "also=quick") {
		t.Errorf("looking anew forgets the conditions: %s", again)
	} else if v, _ := b.get(again).Find("#from").Attr("value"); v != "2020-01-01T00:00" {
		t.Errorf("the form has forgotten the moment: %q", v)
	}
	if code, _, to := b.do(b.clerk, http.MethodPost, at, url.Values{"do": {"drop"}}, ""); code != 303 || to != desk {
		t.Errorf("drop: %d %s", code, to)
	}
	if code, _, _ := b.do(b.clerk, http.MethodGet, at, nil, ""); code != 404 {
		t.Errorf("a dropped trial answers %d", code)
	}
}

// TestWhatTheGuardFound waits for a person, who may hold it for honest.
func TestWhatTheGuardFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.svc.Guard(context.Background(), kind.PetitionsGuard{}); err != nil {
		t.Fatal(err)
	}
	row := b.get(desk).Find("[aria-labelledby=waiting] tbody tr")
	if row.Length() != 1 || !strings.Contains(words(row), "Збіг кількох ознак") || !strings.Contains(words(row), "Портал") {
		t.Fatalf("what waits: %s", words(row))
	}
	at, _ := row.Find("a").Attr("href")
	if code, _, _ := b.do(b.clerk, http.MethodPost, at, url.Values{"do": {"drop"}}, ""); code != 303 {
		t.Fatalf("drop: %d", code)
	}
	text := words(b.get(at).Find("main"))
	if !strings.Contains(text, "Відхилена підозра") || !strings.Contains(text, "відхилено: 40") || strings.Contains(text, "Вилучити 40") {
		t.Errorf("a dismissed suspicion: %s", text)
	}
	if err := b.svc.Guard(context.Background(), kind.PetitionsGuard{}); err != nil || b.get(desk).Find("[aria-labelledby=waiting]").Length() != 0 {
		t.Errorf("it comes back: %v", err)
	}
}

func TestBadConditions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		name, rule, field string
		v                 url.Values
	}{
		{"letters for a number", "address", "most", url.Values{"most": {"багато"}}},
		{"a number out of bounds", "address", "most", url.Values{"most": {"1"}}},
		{"no service is named", "domain", "domains", url.Values{"domains": {" , "}}},
		{"a service that is none", "domain", "domains", url.Values{"domains": {"meta"}}},
		{"no such moment", "caps", "from", url.Values{"from": {"учора"}}},
		{"the end before the beginning", "caps", "until", url.Values{"from": {"2026-11-02T00:00"}, "until": {"2026-11-01T00:00"}}},
		{"no such rule besides", "caps", "also", url.Values{"also": {"magic"}}},
		{"a novel for a note", "caps", "note", url.Values{"note": {strings.Repeat("я", 1001)}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, doc, _ := b.do(b.clerk, http.MethodPost, desk+"/rules/"+c.rule, c.v, "")
			if code != 422 || doc.Find("#"+c.field+"[aria-invalid=true]").Length() != 1 {
				t.Errorf("%d, %s", code, words(doc.Find("main")))
			}
			if typed := c.v.Get(c.field); c.field == "most" {
				if v, _ := doc.Find("#most").Attr("value"); v != typed {
					t.Errorf("what was typed is lost: %q", v)
				}
			}
		})
	}
	if n := b.Count(t, "SELECT count(*) FROM petition_sweeps"); n != 0 {
		t.Errorf("%d trials were kept", n)
	}
}

func TestWhoSeesTheDesk(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		name, as, path string
		want           int
	}{
		{"guests are asked to sign in", "", desk, 303},
		{"residents have no business here", "resident:3", desk, 403},
		{"nor have executors", "executor:3", desk, 403},
		{"managers have", "manager:3", desk, 200},
		{"nobody judges his own petition", b.author, desk, 403},
		{"an unknown petition", b.clerk, "/cabinet/petitions/77/guard", 404},
		{"no number at all", b.clerk, "/cabinet/petitions/x/guard", 404},
		{"an unknown rule", b.clerk, desk + "/rules/magic", 404},
		{"an unknown sweep", b.clerk, desk + "/sweeps/77", 404},
	} {
		if code, _, _ := b.do(c.as, http.MethodGet, c.path, nil, ""); code != c.want {
			t.Errorf("%s: %d, want %d", c.name, code, c.want)
		}
	}
	// What is under review is looked at, and left as it is.
	doc := b.get("/cabinet/petitions/2/guard")
	if !strings.Contains(words(doc.Find("main")), "більше не вилучають") {
		t.Error("the desk of an announced review does not say that nothing is taken out")
	}
	if code, _, _ := b.do(b.clerk, http.MethodPost, "/cabinet/petitions/2/guard/rules/caps", url.Values{}, ""); code != 409 {
		t.Errorf("a trial in a review: %d", code)
	}
	// A sweep of another petition cannot be reached through this one's address.
	_, _, at := b.do(b.clerk, http.MethodPost, desk+"/rules/caps", url.Values{}, "")
	other := strings.Replace(at, "/1/", "/2/", 1)
	if code, _, _ := b.do(b.clerk, http.MethodPost, other, url.Values{"do": {"drop"}}, ""); code != 404 {
		t.Errorf("%s: %d", other, code)
	}
	if n := b.Count(t, "SELECT count(*) FROM petition_sweeps"); n != 1 {
		t.Error(fmt.Sprint("sweeps: ", n))
	}
}
