package petitiondesk_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	dom "ereception/internal/petitions"
	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/web/httpx"
	"ereception/web/petitiondesk"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// The people of the tests, as their sessions name them: roles and id.
const (
	clerk    = "specialist:1"
	author   = "specialist+manager+executor:2"
	executor = "executor:3"
	manager  = "manager:4"
	other    = "specialist:5"
	both     = "specialist+manager:6"
	resident = "resident:7"
	admin    = "admin:8"
)

var names = []string{
	"Демченко Олена Карпівна", "Зозуля Марія Іванівна", "Мельник Остап Юрійович", "Керівний Андрій Петрович", "Другий Фахівець Петрович",
	"Усевладна Ганна Петрівна", "Житель Іван Іванович", "Адмін Ірина Іванівна",
}

type sessions struct{}

func (sessions) Resolve(_ context.Context, token string) (authz.Actor, error) {
	roles, id, ok := strings.Cut(token, ":")
	if !ok {
		return authz.Guest(), nil
	}
	n, err := strconv.ParseInt(id, 10, 64)
	a := authz.Actor{Kind: authz.KindPerson, ID: n, Name: names[n-1], Locale: "uk"}
	for r := range strings.SplitSeq(roles, "+") {
		a.Roles = append(a.Roles, authz.Role(r))
		if r == "manager" {
			a.PostTitle = "секретар міської ради"
		}
	}
	return a, err
}

type workdays struct{}

func (workdays) Calendar(context.Context) (calendar.Calendar, error) { return calendar.Default(), nil }

type signer struct{}

func (signer) Sign(_ context.Context, _ authz.Actor, _ []byte, password string) (string, map[string]any, error) {
	if password != "right" {
		return "", nil, errs.Fields().With("password", "appeals.err.password")
	}
	return "password", map[string]any{}, nil
}

// lot keeps one parked form.
type lot struct {
	path string
	v    url.Values
}

func (l *lot) Park(_ context.Context, _, path string, v url.Values) (string, error) {
	l.path, l.v = path, v
	return "id", nil
}

func (l *lot) Parked(context.Context, authz.Actor, string) (string, url.Values, error) {
	return l.path, l.v, nil
}

func (l *lot) Drop(context.Context, string) error { return nil }

type desk struct {
	*pgtest.Env
	t   *testing.T
	h   http.Handler
	svc *dom.Service
}

func setup(t *testing.T) *desk {
	t.Helper()
	e := pgtest.New(t)
	d := &desk{Env: e, t: t}
	for i, name := range names {
		e.Owner(t, "INSERT INTO people (email, name, status, email_confirmed_at, created_at) VALUES ($1, $2, 'active', now(), now())", fmt.Sprintf("p%d@example.org", i+1), name)
	}
	if err := dom.SeedLaw(context.Background(), e.DB); err != nil {
		t.Fatal(err)
	}
	d.svc = dom.New(dom.Options{DB: e.DB, Calendars: workdays{}, Signer: signer{}, Clock: e.Clock, Secret: []byte("secret"), BaseURL: "https://e.example", Log: e.Log})
	var err error
	d.h, err = httpx.Build(httpx.Options{
		Areas: []httpx.Area{petitiondesk.New(d.svc, e.Clock).Area()}, Sessions: sessions{}, Parker: &lot{}, Clock: e.Clock, Log: e.Log, Frame: httpx.Frame{Clock: e.Clock, Demo: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// petition stands in the state; its author is person 2.
func (d *desk) petition(state string) int64 {
	d.t.Helper()
	now := d.Clock.Now()
	d.Owner(d.t, `INSERT INTO petitions (number, state, author_id, author_name, author_address, title, essence, filing_key, support_key, salt, charter_id, threshold, tier, residents_only,
		  created_at, submitted_at, published_at, ends_at, reached_at, announced_at)
		SELECT nextval('petition_numbers'), $1, 2, 'Зозуля Марія Іванівна', 'вул. Вигадана, 1', 'Безпечний перехід біля ліцею', 'Просимо облаштувати перехід.', gen_random_uuid(), gen_random_uuid()::text,
		  '\x00'::bytea, max(id), 300, 'email', true, $2::timestamptz, $2, $2, $3::timestamptz, $2, $2 FROM petition_charters`, state, now, now.AddDate(0, 0, 90))
	n := int64(d.Count(d.t, "SELECT max(number) FROM petitions"))
	if state == "checking" {
		d.ok(d.svc.Take(context.Background(), d.actor(clerk), n, false))
	}
	return n
}

func (d *desk) actor(as string) authz.Actor {
	a, err := sessions{}.Resolve(context.Background(), as)
	d.ok(err)
	return a
}

func (d *desk) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

const reasoned = "Місто облаштує перехід із кнопкою до першого вересня: кошти передбачено бюджетом, проєкт замовлено, острівець безпеки буде з обох боків вулиці."

// submitted lays an answer by the executor before the manager and gives its digest.
func (d *desk) submitted(n int64) string {
	d.t.Helper()
	ctx := context.Background()
	d.ok(d.svc.SubmitAnswer(ctx, d.actor(executor), n, 0, dom.AnswerForm{Decision: dom.Supported, Body: reasoned}))
	return d.digest(n)
}

func (d *desk) digest(n int64) string {
	d.t.Helper()
	v, err := d.svc.Show(context.Background(), d.actor(clerk), n, "")
	d.ok(err)
	return hex.EncodeToString(v.Answer.SignedDigest(n))
}

func (d *desk) step(n int64, title string) int {
	d.t.Helper()
	d.ok(d.svc.SaveMilestone(context.Background(), d.actor(executor), n, dom.Milestone{Title: title}))
	return d.Count(d.t, "SELECT max(id) FROM petition_milestones")
}

func (d *desk) version(n int64) string {
	d.t.Helper()
	return strconv.Itoa(d.Count(d.t, "SELECT version FROM petitions WHERE number = $1", n))
}

type answer struct {
	code int
	to   string
	doc  *goquery.Document
}

func (a answer) text() string { return strings.Join(strings.Fields(a.doc.Find("main").Text()), " ") }

func (a answer) value(sel string) string {
	s := a.doc.Find(sel)
	if s.Is("textarea") {
		return s.Text()
	}
	v, _ := s.Attr("value")
	return v
}

func (d *desk) send(as, method, path string, v url.Values, cookies ...string) answer {
	d.t.Helper()
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
	for i := 0; i+1 < len(cookies); i += 2 {
		req.AddCookie(&http.Cookie{Name: cookies[i], Value: cookies[i+1]})
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, req)
	raw := w.Body.String()
	for _, bad := range []string{">petitiondesk.", "\"petitiondesk.", ">petitions.", "style=\"", "{what}", "{meta}", "errors.internal", "%!"} {
		if i := strings.Index(raw, bad); i >= 0 {
			d.t.Errorf("%s %s: the page holds %q: %s", method, path, bad, raw[i:min(i+140, len(raw))])
		}
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(raw))
	d.ok(err)
	if strings.Contains(doc.Text(), "{n}") {
		d.t.Errorf("%s %s: a number is missing", method, path)
	}
	if w.Code >= 500 {
		d.t.Errorf("%s %s: %d\n%s", method, path, w.Code, d.Logged)
	}
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id, _ := s.Attr("id")
		if ids[id] {
			d.t.Errorf("%s %s: two elements have the id %s", method, path, id)
		}
		ids[id] = true
	})
	doc.Find(".ds-error-summary a").Each(func(_ int, s *goquery.Selection) {
		if href, _ := s.Attr("href"); !ids[strings.TrimPrefix(href, "#")] {
			d.t.Errorf("%s %s: the summary leads to %s, which is not there", method, path, href)
		}
	})
	return answer{w.Code, w.Header().Get("Location"), doc}
}

func (d *desk) get(as, path string) answer {
	d.t.Helper()
	a := d.send(as, http.MethodGet, path, nil)
	if a.code != http.StatusOK {
		d.t.Fatalf("GET %s as %s: %d", path, as, a.code)
	}
	return a
}

func at(n int64, rest string) string { return fmt.Sprintf("/cabinet/petitions/%d%s", n, rest) }

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

const note = "Питання вирішує обласна рада, а не міська."

// act is one thing that the desk does.
type act struct {
	name, state, path, as string
	wrong                 []string // who may not, though he has a desk
	form                  func(d *desk, n int64) url.Values
	happened              string // SQL: 1 when it was done for petition $1
}

var acts = []act{
	{
		"take", "checking", "/take", other,
		[]string{executor, manager, admin, resident},
		func(*desk, int64) url.Values { return form("over", "1") },
		"SELECT count(*) FROM petition_claims c JOIN petitions p ON p.id = c.petition_id WHERE p.number = $1 AND c.person_id = 5",
	},
	{
		"release", "checking", "/release", clerk,
		[]string{executor, manager, admin, resident},
		func(*desk, int64) url.Values { return form("act", "release") },
		"SELECT 1 - count(*) FROM petition_claims c JOIN petitions p ON p.id = c.petition_id WHERE p.number = $1",
	},
	{
		"publish", "checking", "/publish", clerk,
		[]string{executor, manager, admin, resident},
		func(d *desk, n int64) url.Values { return form("version", d.version(n)) },
		event("published"),
	},
	{
		"return", "checking", "/return", clerk,
		[]string{executor, manager, admin, resident},
		func(d *desk, n int64) url.Values {
			return form("version", d.version(n), "ground", "powers", "note", note)
		},
		event("returned"),
	},
	{
		"merge", "checking", "/merge", clerk,
		[]string{executor, manager, admin, resident},
		func(d *desk, _ int64) url.Values {
			return form("into", strconv.FormatInt(d.petition("gathering"), 10))
		},
		event("merged"),
	},
	{
		"announce", "reached", "/announce", clerk,
		[]string{executor, admin, resident},
		func(d *desk, n int64) url.Values { return form("version", d.version(n)) },
		event("announced"),
	},
	{
		"session", "reviewing", "/session", manager,
		[]string{executor, admin, resident},
		func(d *desk, n int64) url.Values {
			return form("version", d.version(n), "session", d.Clock.Now().AddDate(0, 1, 0).Format("2006-01-02"))
		},
		event("session"),
	},
	{
		"draft", "reviewing", "/answer", executor,
		[]string{manager, admin, resident},
		func(*desk, int64) url.Values { return form("version", "0", "body", "перший", "do", "save") },
		"SELECT count(*) FROM petition_answers a JOIN petitions p ON p.id = a.petition_id WHERE p.number = $1 AND a.version = 1",
	},
	{
		"submit", "reviewing", "/answer", executor,
		[]string{manager, admin, resident},
		func(*desk, int64) url.Values {
			return form("version", "0", "body", reasoned, "decision", "supported", "do", "submit")
		},
		event("answer_submitted"),
	},
	{
		"remarks", "reviewing", "/remarks", manager,
		[]string{clerk, executor, admin, resident},
		func(d *desk, n int64) url.Values {
			d.submitted(n)
			return form("version", strconv.Itoa(d.Count(d.t, "SELECT max(version) FROM petition_answers")), "remarks", "Додайте строки")
		},
		event("answer_returned"),
	},
	{
		"sign", "reviewing", "/sign", manager,
		[]string{clerk, executor, admin, resident},
		func(d *desk, n int64) url.Values { return form("digest", d.submitted(n), "password", "right") },
		event("answered"),
	},
	{
		"step", "answered", "/steps", executor,
		[]string{admin, resident},
		func(*desk, int64) url.Values {
			return form("title", "Замовлено проєкт", "due", "2026-12-01")
		},
		"SELECT count(*) FROM petition_milestones m JOIN petitions p ON p.id = m.petition_id WHERE p.number = $1",
	},
	{
		"drop", "answered", "/steps/drop", executor,
		[]string{admin, resident},
		func(d *desk, n int64) url.Values {
			return form("id", strconv.Itoa(d.step(n, "Замовлено проєкт")), "version", "1")
		},
		"SELECT count(*) FROM petition_milestones m JOIN petitions p ON p.id = m.petition_id WHERE p.number = $1 AND dropped_at IS NOT NULL",
	},
	{
		"finish", "answered", "/finish", clerk,
		[]string{admin, resident},
		func(d *desk, n int64) url.Values {
			id := d.step(n, "Облаштовано перехід")
			d.Owner(d.t, "UPDATE petition_milestones SET done_on = created_at WHERE id = $1", id)
			return form("version", d.version(n))
		},
		event("done"),
	},
}

func event(kind string) string {
	return "SELECT count(*) FROM petition_events e JOIN petitions p ON p.id = e.petition_id WHERE p.number = $1 AND e.kind = '" + kind + "'"
}

// TestAPageFarBehind is empty and no mistake of the database.
func TestAPageFarBehind(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for _, page := range []string{"-1", "0", "x", "9223372036854775807", "99999999999999999999"} {
		d.get(clerk, "/cabinet/petitions?page="+page)
	}
}

// TestEveryAct is done by who may, once, and by nobody else.
func TestEveryAct(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for _, c := range acts {
		n := d.petition(c.state)
		v := c.form(d, n)
		before, wrote := d.version(n), d.Count(t, "SELECT count(*) FROM petition_events")
		happened := d.Count(t, c.happened, n)
		if a := d.send("", http.MethodPost, at(n, c.path), v); a.code != http.StatusSeeOther || !strings.HasPrefix(a.to, "/sign-in?next=") {
			t.Errorf("%s by a guest: %d to %s", c.name, a.code, a.to)
		}
		for _, who := range append(c.wrong, author) {
			if a := d.send(who, http.MethodPost, at(n, c.path), v); a.code != http.StatusForbidden {
				t.Errorf("%s by %s: %d", c.name, who, a.code)
			}
		}
		if d.version(n) != before || d.Count(t, "SELECT count(*) FROM petition_events") != wrote || d.Count(t, c.happened, n) != happened || happened != 0 {
			t.Errorf("%s: one who may not changed something", c.name)
		}
		if a := d.send(c.as, http.MethodPost, at(9999, c.path), v); a.code != http.StatusNotFound {
			t.Errorf("%s of no petition: %d", c.name, a.code)
		}
		if a := d.send(c.as, http.MethodPost, "/cabinet/petitions/x"+c.path, v); a.code != http.StatusNotFound {
			t.Errorf("%s of no number: %d", c.name, a.code)
		}
		for i := range 2 {
			a := d.send(c.as, http.MethodPost, at(n, c.path), v)
			if i == 0 && (a.code != http.StatusSeeOther || a.to != at(n, "")) {
				t.Errorf("%s: %d to %s: %s", c.name, a.code, a.to, a.text())
			}
			if i == 1 && a.code != http.StatusSeeOther && a.code != http.StatusConflict {
				t.Errorf("%s pressed twice: %d", c.name, a.code)
			}
			if got := d.Count(t, c.happened, n); got != 1 {
				t.Errorf("%s, press %d: it happened %d times", c.name, i+1, got)
			}
		}
		d.get(c.as, at(n, ""))
		if a := d.send(c.as, http.MethodGet, at(n, ""), nil, httpx.LocaleCookie, "en"); a.code != http.StatusOK {
			t.Errorf("%s in English: %d", c.name, a.code)
		}
	}
}

// TestAMistakeKeepsWhatWasTyped: 422, the field is named, nothing is lost, nothing is done.
func TestAMistakeKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for _, c := range []struct {
		name, state, path, as string
		bad                   string // the selector of the field at fault
		v                     func(n int64) url.Values
		keep                  map[string]string
	}{
		{"a return without a ground", "checking", "/return", clerk, "#ground", func(n int64) url.Values { return form("version", d.version(n), "note", note) }, map[string]string{"#note": note}},
		{"a return without reasons", "checking", "/return", clerk, "#note", func(n int64) url.Values { return form("version", d.version(n), "ground", "powers", "note", "ні") }, map[string]string{"#note": "ні", "#ground option[selected]": "powers"}},
		{"into nothing", "checking", "/merge", clerk, "#into", func(int64) url.Values { return form("into", "багато") }, map[string]string{"#into": "багато"}},
		{"a session in the past", "reviewing", "/session", clerk, "#session", func(n int64) url.Values { return form("version", d.version(n), "session", "2020-01-01") }, map[string]string{"#session": "2020-01-01"}},
		{"a session on no day", "reviewing", "/session", clerk, "#session", func(n int64) url.Values { return form("version", d.version(n), "session", "31.02") }, map[string]string{"#session": "31.02"}},
		{"an answer without a word", "reviewing", "/answer", executor, "#body", func(int64) url.Values {
			return form("version", "0", "body", "ні", "decision", "partly", "video_url", "https://v.example/1", "do", "submit")
		}, map[string]string{"#body": "ні", "#video_url": "https://v.example/1", "input[name=decision][checked]": "partly"}},
		{"an answer of no day", "reviewing", "/answer", executor, "#session_on", func(int64) url.Values {
			return form("version", "0", "body", reasoned, "session_on", "завтра", "do", "save")
		}, map[string]string{"#body": reasoned, "#session_on": "завтра"}},
		{"a session to come that nobody said is one", "reviewing", "/answer", executor, "#session_ahead", func(int64) url.Values {
			return form("version", "0", "body", reasoned, "decision", "supported", "session_on", d.Clock.Now().AddDate(0, 0, 9).Format("2006-01-02"), "do", "submit")
		}, map[string]string{"#body": reasoned, "#session_on": d.Clock.Now().AddDate(0, 0, 9).Format("2006-01-02")}},
		{"a session of another year", "reviewing", "/answer", executor, "#session_on", func(int64) url.Values {
			return form("version", "0", "body", reasoned, "decision", "supported", "session_on", "2020-01-01", "do", "submit")
		}, map[string]string{"#body": reasoned, "#session_on": "2020-01-01"}},
		{"a link of another kind", "reviewing", "/answer", executor, "#decision_url", func(int64) url.Values {
			return form("version", "0", "body", reasoned, "decision_url", "http://a.example", "do", "save")
		}, map[string]string{"#body": reasoned, "#decision_url": "http://a.example"}},
		{"no remarks", "reviewing", "/remarks", manager, "#remarks", func(n int64) url.Values { d.submitted(n); return form("version", "2", "remarks", "ні") }, map[string]string{"#remarks": "ні"}},
		{"a wrong password", "reviewing", "/sign", manager, "#password", func(n int64) url.Values { return form("digest", d.submitted(n), "password", "wrong") }, map[string]string{"#password": ""}},
		{"a step without a name", "answered", "/steps", executor, "#title", func(int64) url.Values { return form("title", "а", "note", "пояснення") }, map[string]string{"#title": "а", "#note": "пояснення"}},
		{"a step due on no day", "answered", "/steps", executor, "#due", func(int64) url.Values { return form("title", "Замовлено проєкт", "due", "весна") }, map[string]string{"#title": "Замовлено проєкт", "#due": "весна"}},
		{"a step done tomorrow", "answered", "/steps", executor, "#done", func(int64) url.Values {
			return form("title", "Замовлено проєкт", "done", d.Clock.Now().AddDate(0, 0, 2).Format("2006-01-02"))
		}, map[string]string{"#title": "Замовлено проєкт"}},
	} {
		n := d.petition(c.state)
		v := c.v(n)
		before := d.version(n)
		a := d.send(c.as, http.MethodPost, at(n, c.path), v)
		if a.code != http.StatusUnprocessableEntity || a.doc.Find(c.bad+"[aria-invalid=true]").Length() != 1 || a.doc.Find(".ds-error-summary a").Length() != 1 {
			t.Errorf("%s: %d, %s", c.name, a.code, a.text())
			continue
		}
		for sel, want := range c.keep {
			if got := a.value(sel); got != want {
				t.Errorf("%s: %s holds %q, typed was %q", c.name, sel, got, want)
			}
		}
		if d.version(n) != before {
			t.Errorf("%s: it was done", c.name)
		}
		if html, _ := a.doc.Html(); strings.Contains(html, "wrong") {
			t.Errorf("%s: the password is shown", c.name)
		}
	}
}

// TestAMistakeInOneOfSeveralSteps names the field of that step.
func TestAMistakeInOneOfSeveralSteps(t *testing.T) {
	t.Parallel()
	d := setup(t)
	n := d.petition("answered")
	first, second := d.step(n, "Замовлено проєкт"), d.step(n, "Світлофор стоїть")
	a := d.send(executor, http.MethodPost, at(n, "/steps"), form("id", strconv.Itoa(second), "version", "1", "title", "Світлофор стоїть", "done", "колись", "note", "чекаємо"))
	field := fmt.Sprintf("#done%d", second)
	if a.code != 422 || a.doc.Find(`.ds-error-summary a[href="`+field+`"]`).Length() != 1 || a.value(field) != "колись" || a.value(fmt.Sprintf("#note%d", second)) != "чекаємо" {
		t.Errorf("%d %s", a.code, a.text())
	}
	if a.doc.Find(fmt.Sprintf("#done%d[aria-invalid], #done[aria-invalid]", first)).Length() != 0 || a.value("#title") != "" {
		t.Error("another form shows the mistake")
	}
	if d.Count(t, "SELECT count(*) FROM petition_milestones WHERE done_on IS NOT NULL OR note <> ''") != 0 {
		t.Error("it was kept")
	}
}

// TestWhoIsLateKeepsWhatHeTyped: 409 with the card as it is now. The form holds
// what was typed and the new version; a form that is no longer there leaves it
// beside.
func TestWhoIsLateKeepsWhatHeTyped(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := context.Background()
	touch := func(n int64) { d.Owner(t, "UPDATE petitions SET version = version + 1 WHERE number = $1", n) }
	publish := func(n int64) { d.ok(d.svc.Publish(ctx, d.actor(clerk), n, 0)) }
	for _, c := range []struct {
		name, state, path, as string
		v                     func(n int64) url.Values
		meanwhile             func(n int64)
		keep                  map[string]string // in the form
		kept                  []string          // beside it
		says                  string
	}{
		{
			"a return of what changed", "checking", "/return", clerk,
			func(n int64) url.Values {
				return form("version", d.version(n), "ground", "powers", "note", note)
			},
			touch,
			map[string]string{"#note": note, "#ground option[selected]": "powers", "#act-return input[name=version]": "2"},
			nil, "Запис змінився",
		},
		{
			"a return of what was published", "checking", "/return", clerk,
			func(n int64) url.Values {
				return form("version", d.version(n), "ground", "powers", "note", note)
			},
			publish,
			nil,
			[]string{note, "Питання не належить до повноважень"},
			"Опубліковано, почався збір підписів",
		},
		{
			"a return of what another took", "checking", "/return", clerk,
			func(n int64) url.Values {
				return form("version", d.version(n), "ground", "powers", "note", note)
			},
			func(n int64) { d.ok(d.svc.Take(ctx, d.actor(other), n, true)) },
			nil,
			[]string{note},
			"Другий Фахівець Петрович",
		},
		{
			"a form without a version", "checking", "/publish", clerk,
			func(int64) url.Values { return form() },
			func(int64) {},
			map[string]string{"#act-publish input[name=version]": "1"},
			nil, "Запис змінився",
		},
		{
			"a merge of what was published", "checking", "/merge", clerk,
			func(int64) url.Values { return form("into", strconv.FormatInt(d.petition("gathering"), 10)) },
			publish,
			nil,
			[]string{"Номер петиції"},
			"вже в іншому стані",
		},
		{
			"taken by another", "checking", "/take", other,
			func(int64) url.Values { return form("act", "take") },
			func(int64) {},
			map[string]string{"#act-take button[name=over]": "1"},
			nil, "взяв до роботи інший фахівець: Демченко",
		},
		{
			"announced by another", "reached", "/announce", clerk,
			func(n int64) url.Values { return form("version", d.version(n)) },
			func(n int64) { d.ok(d.svc.Announce(ctx, d.actor(manager), n, 0)) },
			nil, nil, "Оголошено початок розгляду",
		},
		{
			"a session of what changed", "reviewing", "/session", clerk,
			func(n int64) url.Values { return form("version", d.version(n), "session", "2027-01-20") },
			touch,
			map[string]string{"#session": "2027-01-20", "#act-session input[name=version]": "2"},
			nil, "Запис змінився",
		},
		{
			"a draft over another's", "reviewing", "/answer", executor,
			func(int64) url.Values {
				return form("version", "0", "body", reasoned, "decision", "partly", "do", "save")
			},
			func(n int64) {
				d.ok(d.svc.SaveAnswer(ctx, d.actor(clerk), n, 0, dom.AnswerForm{Body: "Текст колеги.", Decision: dom.Rejected}))
			},
			map[string]string{"#body": reasoned, "input[name=decision][checked]": "partly", "#act-answer input[name=version]": "1"},
			nil, "Текст колеги.",
		},
		{
			"a draft of what was submitted", "reviewing", "/answer", executor,
			func(int64) url.Values {
				return form("version", "0", "body", "Моя думка.", "decision", "partly", "session_on", "2027-01-20", "do", "save")
			},
			func(n int64) { d.submitted(n) },
			nil,
			[]string{"Моя думка.", "Підтримано частково", "20 січня 2027"},
			"Відповідь на підписі",
		},
		{
			"remarks on another text", "reviewing", "/remarks", manager,
			func(n int64) url.Values {
				d.submitted(n)
				return form("version", "2", "remarks", "Додайте строки виконання")
			},
			func(n int64) {
				d.ok(d.svc.ReturnAnswer(ctx, d.actor(both), n, 2, "Ще раз"))
				d.ok(d.svc.SubmitAnswer(ctx, d.actor(executor), n, 3, dom.AnswerForm{Decision: dom.Partly, Body: reasoned}))
			},
			map[string]string{"#remarks": "Додайте строки виконання", "#act-remarks input[name=version]": "5"},
			nil, "Запис змінився",
		},
		{
			"a signature under another text", "reviewing", "/sign", manager,
			func(n int64) url.Values { return form("digest", d.submitted(n), "password", "right") },
			func(n int64) {
				d.ok(d.svc.ReturnAnswer(ctx, d.actor(both), n, 2, "Ще раз"))
				d.ok(d.svc.SubmitAnswer(ctx, d.actor(executor), n, 3, dom.AnswerForm{Decision: dom.Partly, Body: "Змінений текст. " + reasoned}))
			},
			map[string]string{"#password": ""},
			nil, "Змінений текст.",
		},
		{
			"a wrong password under another text", "reviewing", "/sign", manager,
			func(n int64) url.Values {
				d.submitted(n)
				return form("digest", "00", "password", "wrong")
			},
			func(int64) {},
			map[string]string{"#password": ""},
			nil, "Запис змінився",
		},
		{
			"a finish of what changed", "answered", "/finish", executor,
			func(n int64) url.Values { return form("version", d.version(n)) },
			touch,
			map[string]string{"#act-finish input[name=version]": "2"},
			nil, "Запис змінився",
		},
	} {
		n := d.petition(c.state)
		v := c.v(n)
		c.meanwhile(n)
		before := d.Count(t, "SELECT count(*) FROM petition_events") + d.Count(t, "SELECT sum(version) FROM petitions")
		a := d.send(c.as, http.MethodPost, at(n, c.path), v)
		want := http.StatusConflict
		if v.Get("password") == "wrong" {
			want = http.StatusUnprocessableEntity
		}
		if a.code != want || a.doc.Find(".conflict[data-focus]").Length() != 1 || !strings.Contains(a.text(), c.says) {
			t.Errorf("%s: %d, %s", c.name, a.code, a.text())
			continue
		}
		for sel, want := range c.keep {
			if got := a.value(sel); got != want || a.doc.Find(sel).Length() != 1 {
				t.Errorf("%s: %s holds %q, want %q", c.name, sel, got, want)
			}
		}
		beside := strings.Join(strings.Fields(a.doc.Find(".kept").Text()), " ")
		for _, s := range c.kept {
			if !strings.Contains(beside, s) {
				t.Errorf("%s: %q is lost: %s", c.name, s, beside)
			}
		}
		if len(c.kept) == 0 && beside != "" {
			t.Errorf("%s: kept beside its form: %s", c.name, beside)
		}
		if d.Count(t, "SELECT count(*) FROM petition_events")+d.Count(t, "SELECT sum(version) FROM petitions") != before {
			t.Errorf("%s: it was done", c.name)
		}
		if html, _ := a.doc.Html(); strings.Contains(html, `value="right"`) || strings.Contains(html, `value="wrong"`) {
			t.Errorf("%s: the password is shown", c.name)
		}
	}
}

// TestAStepThatSomebodyChanged shows both; of one that was dropped the text stays.
func TestAStepThatSomebodyChanged(t *testing.T) {
	t.Parallel()
	d := setup(t)
	n := d.petition("answered")
	id := strconv.Itoa(d.step(n, "Замовлено проєкт"))
	mine := form("act", "steps", "id", id, "version", "1", "title", "Замовлено проєкт", "note", "Моє пояснення")
	if a := d.send(clerk, http.MethodPost, at(n, "/steps"), form("id", id, "version", "1", "title", "Проєкт замовлено", "done", "2026-11-01", "note", "Їхнє пояснення")); a.code != 303 {
		t.Fatalf("%d %s", a.code, a.text())
	}
	a := d.send(executor, http.MethodPost, at(n, "/steps"), mine)
	s := a.doc.Find("#act-steps details[open]")
	if a.code != 409 || s.Length() != 1 || a.value("#note"+id) != "Моє пояснення" || a.value("#act-steps details[open] input[name=version]") != "2" {
		t.Fatalf("%d %s", a.code, a.text())
	}
	for _, theirs := range []string{"Проєкт замовлено", "Їхнє пояснення", "1 листопада 2026"} {
		if !strings.Contains(strings.Join(strings.Fields(s.Text()), " "), theirs) {
			t.Errorf("what is there now lacks %q", theirs)
		}
	}
	if a := d.send(executor, http.MethodPost, at(n, "/steps/drop"), form("id", id, "version", "1")); a.code != 409 || d.Count(t, "SELECT count(*) FROM petition_milestones WHERE dropped_at IS NOT NULL") != 0 {
		t.Errorf("what somebody changed was dropped: %d", a.code)
	}
	if a := d.send(executor, http.MethodPost, at(n, "/steps/drop"), form("id", id, "version", "2")); a.code != 303 {
		t.Fatalf("%d", a.code)
	}
	a = d.send(executor, http.MethodPost, at(n, "/steps"), mine)
	if a.code != 409 || a.value("#note") != "Моє пояснення" || a.value("#act-steps input[name=id]") != "" || !strings.Contains(a.text(), "хтось уже прибрав") {
		t.Errorf("the text about a dropped step is lost: %d %s", a.code, a.text())
	}
	if a := d.send(executor, http.MethodPost, at(n, "/steps"), form("id", "x", "title", "Замовлено проєкт")); a.code != 404 {
		t.Errorf("a step of no number: %d", a.code)
	}
	if d.Count(t, "SELECT count(*) FROM petition_milestones") != 1 {
		t.Error("a step was added")
	}
}

// TestFourEyes: whoever wrote a word of the answer does not sign it, whatever
// roles he has and whichever request he makes up.
func TestFourEyes(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := context.Background()
	n := d.petition("reviewing")
	d.ok(d.svc.SaveAnswer(ctx, d.actor(both), n, 0, dom.AnswerForm{Body: "Одне слово"}))
	d.ok(d.svc.SubmitAnswer(ctx, d.actor(executor), n, 1, dom.AnswerForm{Decision: dom.Supported, Body: reasoned}))
	page := d.get(both, at(n, ""))
	if page.doc.Find("#password, form[action$='/sign']").Length() != 0 || !strings.Contains(page.text(), "не той, хто її писав") {
		t.Errorf("its author is offered the signature: %s", page.text())
	}
	a := d.send(both, http.MethodPost, at(n, "/sign"), form("digest", d.digest(n), "password", "right"))
	if a.code != http.StatusForbidden || d.Count(t, "SELECT count(*) FROM petition_answers WHERE state = 'signed'") != 0 || d.Count(t, event("answered"), n) != 0 {
		t.Errorf("its author signed: %d", a.code)
	}
	if a := d.send(manager, http.MethodPost, at(n, "/sign"), form("digest", d.digest(n), "password", "right")); a.code != http.StatusSeeOther {
		t.Errorf("nobody can sign: %d %s", a.code, a.text())
	}
	if text := d.get(clerk, at(n, "")).text(); !strings.Contains(text, "Керівний Андрій Петрович, секретар міської ради") {
		t.Errorf("who signed is not shown: %s", text)
	}
}

// TestRemarksStayUntilItIsSubmitted also when the draft is saved anew.
func TestRemarksStayUntilItIsSubmitted(t *testing.T) {
	t.Parallel()
	d := setup(t)
	n := d.petition("reviewing")
	d.submitted(n)
	d.ok(d.svc.ReturnAnswer(context.Background(), d.actor(manager), n, 2, "Додайте строки виконання"))
	for version := 3; version < 5; version++ {
		a := d.get(executor, at(n, ""))
		if !strings.Contains(a.doc.Find("#act-answer").Text(), "Додайте строки виконання") || a.value("#act-answer input[name=version]") != strconv.Itoa(version) {
			t.Fatalf("version %d: %s", version, a.text())
		}
		if a := d.send(executor, http.MethodPost, at(n, "/answer"), form("version", strconv.Itoa(version), "body", "ще", "do", "save")); a.code != 303 {
			t.Fatalf("%d", a.code)
		}
	}
}

// TestContactsAreShownWhenAskedFor and the look is told to the author.
func TestContactsAreShownWhenAskedFor(t *testing.T) {
	t.Parallel()
	d := setup(t)
	n := d.petition("reached")
	const address, email = "вул. Вигадана, 1", "p2@example.org"
	for _, who := range []string{clerk, executor, manager} {
		page := d.get(who, at(n, ""))
		if html, _ := page.doc.Html(); strings.Contains(html, address) || strings.Contains(html, email) {
			t.Errorf("%s sees them unasked", who)
		}
		if page.doc.Find("form[action='"+at(n, "/contacts")+"']").Length() != 1 {
			t.Errorf("%s cannot ask", who)
		}
	}
	for who, want := range map[string]int{"": 303, resident: 403, admin: 403} {
		a := d.send(who, http.MethodPost, at(n, "/contacts"), nil)
		if html, _ := a.doc.Html(); a.code != want || strings.Contains(html, address) || strings.Contains(html, email) {
			t.Errorf("%q: %d", who, a.code)
		}
	}
	if d.Count(t, event("contacts"), n) != 0 {
		t.Error("who was refused looked")
	}
	a := d.send(clerk, http.MethodPost, at(n, "/contacts"), nil)
	if a.code != http.StatusOK || !strings.Contains(a.text(), address) || !strings.Contains(a.text(), email) || d.Count(t, event("contacts"), n) != 1 {
		t.Fatalf("%d %s", a.code, a.text())
	}
	page := d.get(clerk, at(n, ""))
	if html, _ := page.doc.Html(); strings.Contains(html, address) || strings.Contains(html, email) || !strings.Contains(page.text(), "Переглянуто контакти автора") {
		t.Error("they are shown a second time, or the look is not told")
	}
	if a := d.send(clerk, http.MethodPost, at(9999, "/contacts"), nil); a.code != 404 {
		t.Errorf("%d", a.code)
	}
	if page := d.get(author, at(n, "")); page.doc.Find("form[action$='/contacts']").Length() != 0 {
		t.Error("the author is offered his own")
	}
	if a := d.send(clerk, http.MethodGet, at(n, "/contacts"), nil); a.code == http.StatusOK {
		t.Error("a link shows them")
	}
	if strings.Contains(fmt.Sprint(d.Logged), email) || strings.Contains(fmt.Sprint(d.Logged), address) {
		t.Error("the log holds them")
	}
}

// TestAFormOutlivesItsSession in every form that holds something typed.
func TestAFormOutlivesItsSession(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for _, c := range []struct {
		state, path, as string
		v               url.Values
		keep            map[string]string
	}{
		{"checking", "/return", clerk, form("act", "return", "version", "1", "ground", "powers", "note", note), map[string]string{"#note": note, "#ground option[selected]": "powers", "#act-return input[name=version]": "1"}},
		{"checking", "/merge", clerk, form("act", "merge", "version", "1", "into", "77"), map[string]string{"#into": "77"}},
		{"reviewing", "/session", clerk, form("act", "session", "version", "1", "session", "2027-01-20"), map[string]string{"#session": "2027-01-20"}},
		{"reviewing", "/answer", executor, form("act", "answer", "version", "0", "body", reasoned, "decision", "partly"), map[string]string{"#body": reasoned, "input[name=decision][checked]": "partly", "#act-answer input[name=version]": "0"}},
		{"submitted", "/remarks", manager, form("act", "remarks", "version", "2", "remarks", "Додайте строки"), map[string]string{"#remarks": "Додайте строки"}},
		{"answered", "/steps", executor, form("act", "steps", "id", "", "title", "Замовлено проєкт", "due", "2027-01-20", "note", "так"), map[string]string{"#title": "Замовлено проєкт", "#due": "2027-01-20", "#note": "так"}},
	} {
		state, _, _ := strings.Cut(strings.Replace(c.state, "submitted", "reviewing", 1), " ")
		n := d.petition(state)
		if c.state == "submitted" {
			d.submitted(n)
		}
		a := d.send("", http.MethodPost, at(n, c.path), c.v)
		u, err := url.Parse(a.to)
		d.ok(err)
		a = d.send(c.as, http.MethodGet, u.Query().Get("next"), nil, "erec_parked", "id")
		if a.code != http.StatusOK || !strings.Contains(a.text(), i18n.In("uk", "ui.draft.restored")) {
			t.Errorf("%s: %d to %s", c.path, a.code, u)
			continue
		}
		for sel, want := range c.keep {
			if got := a.value(sel); got != want {
				t.Errorf("%s: %s holds %q, want %q", c.path, sel, got, want)
			}
		}
	}
	one := strconv.FormatInt(d.petition("checking"), 10)
	a := d.send("", http.MethodPost, "/cabinet/petitions?tab=check", form("numbers", one, "into", "77"))
	u, err := url.Parse(a.to)
	d.ok(err)
	a = d.send(clerk, http.MethodGet, u.Query().Get("next"), nil, "erec_parked", "id")
	if a.value("#into") != "77" || a.value("input[name=numbers][checked]") != one {
		t.Errorf("what was chosen is lost: %d %s", a.code, u)
	}
}

// TestTheQueue shows each part to who works there.
func TestTheQueue(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for _, s := range []string{"supporting", "checking", "returned", "gathering", "reached", "reviewing", "answered", "done", "refused", "not_enough"} {
		d.petition(s)
	}
	for _, who := range []string{clerk, executor, manager} {
		for _, tab := range dom.DeskTabs {
			a := d.get(who, "/cabinet/petitions?tab="+string(tab))
			want := 1
			if tab == dom.DeskAll {
				want = 10
			}
			if n := a.doc.Find("tbody tr").Length(); n != want {
				t.Errorf("%s, %s: %d rows", who, tab, n)
			}
			if joins := a.doc.Find("#into").Length() == 1; joins != (tab == dom.DeskCheck && who == clerk) {
				t.Errorf("%s, %s: the form of joining: %v", who, tab, joins)
			}
		}
	}
	for who, want := range map[string]int{"": 303, resident: 403, admin: 403} {
		if a := d.send(who, http.MethodGet, "/cabinet/petitions", nil); a.code != want {
			t.Errorf("%q: %d", who, a.code)
		}
	}
	if a := d.get(manager, "/cabinet/petitions"); !strings.Contains(a.doc.Find("[aria-current]").Text(), "На розгляді") {
		t.Error("a manager does not begin with what is under review")
	}
	n := d.petition("reviewing")
	d.submitted(n)
	if a := d.get(manager, "/cabinet/petitions"); !strings.Contains(a.doc.Find("tbody tr").First().Text(), "Відповідь чекає підпису") {
		t.Error("what waits for a signature is not first")
	}
}

// TestJoiningSeveral: all or none, and what was chosen stays chosen.
func TestJoiningSeveral(t *testing.T) {
	t.Parallel()
	d := setup(t)
	target := strconv.FormatInt(d.petition("gathering"), 10)
	p, q := d.petition("checking"), d.petition("checking")
	both := []string{strconv.FormatInt(p, 10), strconv.FormatInt(q, 10)}
	merged := func() int { return d.Count(t, "SELECT count(*) FROM petitions WHERE state = 'merged'") }
	const path = "/cabinet/petitions?tab=check"
	for _, c := range []struct {
		name, field string
		v           url.Values
		chosen      int
	}{
		{"into nothing", "into", url.Values{"numbers": both, "into": {""}}, 2},
		{"into words", "into", url.Values{"numbers": both, "into": {"ту саму"}}, 2},
		{"nothing is chosen", "numbers", url.Values{"into": {target}}, 0},
	} {
		a := d.send(clerk, http.MethodPost, path, c.v)
		if a.code != 422 || a.doc.Find(`.ds-error-summary a[href="#`+c.field+`"]`).Length() != 1 || a.doc.Find("input[name=numbers][checked]").Length() != c.chosen || a.value("#into") != c.v.Get("into") || merged() != 0 {
			t.Errorf("%s: %d %s", c.name, a.code, a.text())
		}
	}
	d.ok(d.svc.Take(context.Background(), d.actor(other), q, true))
	a := d.send(clerk, http.MethodPost, path, url.Values{"numbers": both, "into": {target}})
	if a.code != 409 || a.doc.Find(".conflict").Length() != 1 || a.doc.Find("input[name=numbers][checked]").Length() != 2 || a.value("#into") != target || merged() != 0 {
		t.Errorf("one is in another hand: %d %s", a.code, a.text())
	}
	for _, who := range []string{executor, manager, admin, resident} {
		if a := d.send(who, http.MethodPost, path, url.Values{"numbers": both, "into": {target}}); a.code != 403 || merged() != 0 {
			t.Errorf("%s: %d", who, a.code)
		}
	}
	d.Clock.Set(d.Clock.Now().Add(time.Hour)) // nobody has them in hand any more
	if a := d.send(clerk, http.MethodPost, path, url.Values{"numbers": both, "into": {"№ " + target}}); a.code != 303 || merged() != 2 {
		t.Errorf("%d %s", a.code, a.text())
	}
	if a := d.send(clerk, http.MethodPost, path, url.Values{"numbers": both, "into": {target}}); a.code != 409 || d.Count(t, "SELECT count(*) FROM petition_events WHERE kind = 'merged'") != 2 {
		t.Errorf("pressed twice: %d", a.code)
	}
}

// TestDaysAreWrittenAsPeopleDo in the history.
func TestDaysAreWrittenAsPeopleDo(t *testing.T) {
	t.Parallel()
	d := setup(t)
	n := d.petition("reviewing")
	d.ok(d.svc.Session(context.Background(), d.actor(clerk), n, 0, time.Date(2027, 1, 20, 0, 0, 0, 0, time.UTC)))
	if text := d.get(clerk, at(n, "")).text(); !strings.Contains(text, "20 січня 2027") || strings.Contains(text, "2027-01-20") {
		t.Errorf("%s", text)
	}
}

// TestTheSessionOfAnAnswer: the manager reads whether the session was or will be, and
// signs nothing that it has overtaken.
func TestTheSessionOfAnAnswer(t *testing.T) {
	t.Parallel()
	d := setup(t)
	n := d.petition("reviewing")
	day := d.Clock.Now().AddDate(0, 0, 3).Format("2006-01-02")
	a := d.send(executor, http.MethodPost, at(n, "/answer"), form("version", "0", "decision", "supported", "body", reasoned, "session_on", day, "session_ahead", "1", "do", "submit"))
	if a.code != http.StatusSeeOther {
		t.Fatal(a.code, a.text())
	}
	a = d.get(manager, at(n, ""))
	if !strings.Contains(a.text(), "Буде розглянуто на сесії ради") || strings.Contains(a.text(), "Розглянуто на сесії ради") || a.doc.Find("input[name=password]").Length() != 1 {
		t.Error("before the session:", a.text())
	}
	d.Clock.Advance(3 * 24 * time.Hour)
	a = d.get(manager, at(n, ""))
	if !strings.Contains(a.text(), "Поверніть відповідь") || a.doc.Find("input[name=password]").Length() != 0 || a.doc.Find("textarea[name=remarks]").Length() != 1 {
		t.Error("on the day of the session:", a.text())
	}
}

// TestTheDeskInEnglish: the words of the portal are English, those of people are said
// to be Ukrainian (WCAG 3.1.2), names of people and of acts apart, and nothing else is.
func TestTheDeskInEnglish(t *testing.T) {
	t.Parallel()
	d := setup(t)
	n := d.petition("checking")
	cyrillic := regexp.MustCompile(`\p{Cyrillic}{3}`)
	for _, path := range []string{"/cabinet/petitions", fmt.Sprintf("/cabinet/petitions/%d", n)} {
		a := d.send(clerk, http.MethodGet, path, nil, httpx.LocaleCookie, i18n.English)
		if l := a.doc.Find("html").AttrOr("lang", ""); l != "en" {
			t.Fatalf("%s: in %q", path, l)
		}
		main := a.doc.Find("main")
		if !strings.Contains(main.Find("[lang=uk]").Text(), "Безпечний перехід біля ліцею") {
			t.Errorf("%s: the title is said to be English", path)
		}
		main.Find("[lang=uk], option, textarea").Remove()
		for _, line := range strings.Split(main.Text(), "\n") {
			line = strings.NewReplacer("Зозуля Марія Іванівна", "", "Зозуля М. І.", "", "Статут Житомирської громади", "").Replace(line)
			if cyrillic.MatchString(line) {
				t.Errorf("%s: %s", path, strings.TrimSpace(line))
			}
		}
	}
}
