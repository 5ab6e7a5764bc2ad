package admin_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/audit"
	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/identity"
	"ereception/internal/pgtest"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/ratelimit"
	"ereception/web/admin"
	"ereception/web/httpx"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// sessions takes the names of roles, with points between, for a session.
type sessions struct{}

func (sessions) Resolve(_ context.Context, token string) (authz.Actor, error) {
	a := authz.Actor{Kind: authz.KindPerson, ID: 1, Name: "Адмін Ада Адамівна", Locale: "uk"}
	for r := range strings.SplitSeq(token, ".") {
		a.Roles = append(a.Roles, authz.Role(r))
	}
	return a, nil
}

type bundle struct {
	*pgtest.Env
	t    testing.TB
	h    http.Handler
	city *city.City
	ids  *identity.Service
}

func setup(t testing.TB) *bundle {
	t.Helper()
	e := pgtest.New(t)
	ctx := context.Background()
	e.Owner(t, `INSERT INTO people (email, name, status, email_confirmed_at, created_at) VALUES
		('ada@zt.ua', 'Адмін Ада Адамівна', 'active', now(), now()), ('oleh@zt.ua', 'Бойко Олег Іванович', 'active', now(), now()), ('meshk@zt.ua', 'Мешканка Ганна', 'active', now(), now())`)
	e.Owner(t, "INSERT INTO role_grants (person_id, role, created_at) VALUES (1, 'admin', now()), (2, 'executor', now())")
	if err := city.Seed(ctx, e.DB, true); err != nil {
		t.Fatal(err)
	}
	b := &bundle{Env: e, t: t}
	var err error
	if b.ids, err = identity.New(ctx, e.DB, ratelimit.New(e.DB.Pool(), []byte("test")), e.Clock, e.Log, identity.Config{BaseURL: "http://localhost"}); err != nil {
		t.Fatal(err)
	}
	b.city = city.New(e.DB, b.ids)
	area := admin.New(b.city, b.ids, audit.New(e.DB), e.Clock).Area()
	b.h, err = httpx.Build(httpx.Options{
		Areas: []httpx.Area{area}, Sessions: sessions{}, Clock: e.Clock, Log: slog.New(slog.NewTextHandler(e.Logged, nil)), Frame: httpx.Frame{Clock: e.Clock, Demo: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bundle) do(req *http.Request, role string) (int, *goquery.Document, http.Header) {
	b.t.Helper()
	if role != "" {
		req.AddCookie(&http.Cookie{Name: "erec", Value: role})
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, req)
	raw := w.Body.String()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(raw))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, bad := range []string{">admin.", ">city.", "style=\"", "{name}", "{names}", "errors.internal"} {
		if i := strings.Index(raw, bad); i >= 0 {
			b.t.Errorf("%s %s: the page holds %q: %s\n%s", req.Method, req.URL, bad, raw[i:min(i+120, len(raw))], b.Logged)
		}
	}
	return w.Code, doc, w.Header()
}

func (b *bundle) get(path string) *goquery.Document {
	b.t.Helper()
	code, doc, _ := b.do(httptest.NewRequest(http.MethodGet, path, nil), "admin")
	if code != 200 {
		b.t.Fatalf("GET %s: %d\n%s", path, code, b.Logged)
	}
	return doc
}

func (b *bundle) post(path string, v url.Values) (int, *goquery.Document, string) {
	b.t.Helper()
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	code, doc, h := b.do(req, "admin")
	return code, doc, h.Get("Location")
}

// form gives the values of the form with the id, as a browser would send it.
func form(doc *goquery.Document, id string) url.Values {
	v := url.Values{}
	doc.Find(id).Find("input,textarea,select").Each(func(_ int, s *goquery.Selection) {
		name, ok := s.Attr("name")
		if !ok {
			return
		}
		switch goquery.NodeName(s) {
		case "select":
			val, _ := s.Find("option[selected]").Attr("value")
			v.Add(name, val)
		case "textarea":
			v.Add(name, s.Text())
		default:
			if t := s.AttrOr("type", ""); t == "checkbox" {
				if _, on := s.Attr("checked"); !on {
					return
				}
			}
			v.Add(name, s.AttrOr("value", ""))
		}
	})
	return v
}

func TestPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, want := range map[string]string{
		"/admin":                     "Адміністрування",
		"/admin/people":              "Бойко Олег",
		"/admin/people?all=1&q=мешк": "Мешканка Ганна",
		"/admin/people/invite":       "Запросити",
		"/admin/people/2":            "Бойко Олег",
		"/admin/units":               "Відділ утримання доріг",
		"/admin/units/new":           "Новий підрозділ",
		"/admin/units/6":             "Історія змін",
		"/admin/posts":               "начальник",
		"/admin/posts?unit=6":        "Відділ утримання доріг",
		"/admin/posts/new?unit_id=6": "Нова посада",
		"/admin/posts/1":             "Обіймають",
		"/admin/topics":              "Яма на дорозі",
		"/admin/topics/2":            "Класифікатора",
		"/admin/streets":             "440 записів",
		"/admin/streets?page=3":      "вул.",
		"/admin/streets?q=домбровскього":     "вул. Домбровського",
		"/admin/streets?q=ъъъ":               "не знайдено",
		"/admin/streets/5":                   "Колишні",
		"/admin/districts":                   "Богунський район",
		"/admin/districts?kind=constituency": "демонстраційні дані",
		"/admin/districts/1":                 "OpenStreetMap",
		"/admin/districts/new":               "Новий запис",
		"/admin/templates":                   "Роботи виконано",
		"/admin/templates/1":                 "Шаблон",
		"/admin/calendar":                    "воєнний стан",
		"/admin/calendar?year=2027":          "Великдень",
		"/admin/import":                      "Перевірити файл",
		"/admin/import?kind=districts":       "GeoJSON",
		"/admin/trail":                       "портал: довідники нового порталу",
		"/admin/trail?table=units&op=I&from=2020-01-01&until=2030-01-01&actor=system:": "Підрозділ",
		"/admin/trail?actor=1":          "Змін не знайдено",
		"/admin/trail/units/6":          "Відділ утримання доріг",
		"/admin/trail/nothing/at%2Fall": "Змін не знайдено",
		"/admin/trail?number=ЖП-нема":   "Змін не знайдено",
		"/admin/trail?table=letters":    "Змін не знайдено",
	} {
		doc := b.get(path)
		if text := doc.Find("main").Text(); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q", path, want)
		}
		if n := doc.Find("h1").Length(); n != 1 {
			t.Errorf("%s has %d h1", path, n)
		}
		ids := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			if ids[id] {
				t.Errorf("%s: the id %s stands twice", path, id)
			}
			ids[id] = true
		})
	}
	for _, path := range []string{"/admin/units/999", "/admin/units/x", "/admin/streets/0", "/admin/people/999", "/admin/nothing"} {
		if code, _, _ := b.do(httptest.NewRequest(http.MethodGet, path, nil), "admin"); code != 404 {
			t.Errorf("%s: %d", path, code)
		}
	}
	// English pages have English words everywhere.
	req := httptest.NewRequest(http.MethodGet, "/admin/units", nil)
	req.AddCookie(&http.Cookie{Name: httpx.LocaleCookie, Value: i18n.English})
	if _, doc, _ := b.do(req, "admin"); !strings.Contains(doc.Find("main").Text(), "Road Maintenance Division") {
		t.Error("the English page is not English")
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, r := range admin.New(b.city, b.ids, audit.New(b.DB), b.Clock).Area().Routes {
		path := strings.NewReplacer(":id", "1", ":term", "1", ":table", "units", ":row", "1").Replace(r.Path)
		for _, role := range []string{"specialist", "executor", "manager", "resident"} {
			if code, _, _ := b.do(httptest.NewRequest(r.Method, path, nil), role); code != 403 {
				t.Errorf("%s %s as %s: %d", r.Method, r.Path, role, code)
			}
		}
		if code, _, h := b.do(httptest.NewRequest(r.Method, path, nil), ""); code != 303 || !strings.HasPrefix(h.Get("Location"), "/sign-in") {
			t.Errorf("%s %s without a session: %d", r.Method, r.Path, code)
		}
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	b := setup(t)
	v := form(b.get("/admin/units/new"), "#record")
	v.Set("name_uk", "Відділ <b>нових</b> справ")
	v.Set("code", "має пробіл")
	v.Set("email", "ні")
	code, doc, _ := b.post("/admin/units", v)
	if code != 422 || doc.Find(".ds-error-summary a[href='#code']").Length() != 1 || doc.Find("#name_uk").AttrOr("value", "") != "Відділ <b>нових</b> справ" || doc.Find("#email").AttrOr("value", "") != "ні" {
		t.Fatalf("a bad form: %d", code)
	}
	v.Set("code", "news")
	v.Set("email", "n@zt.ua")
	code, _, to := b.post("/admin/units", v)
	if code != 303 {
		t.Fatalf("a good form: %d", code)
	}

	// Two people open the record, both save.
	first := form(b.get(to), "#record")
	second := form(b.get(to), "#record")
	first.Set("name_uk", "Перша назва")
	if code, _, _ := b.post(to, first); code != 303 {
		t.Fatalf("the first save: %d", code)
	}
	second.Set("name_uk", "Друга назва")
	code, doc, _ = b.post(to, second)
	text := doc.Find("main").Text()
	if code != 409 || !strings.Contains(text, "Перша назва") || doc.Find("#name_uk").AttrOr("value", "") != "Друга назва" || !strings.Contains(text, "Адмін Ада") {
		t.Fatalf("a stale save: %d %s", code, text)
	}
	if code, _, _ := b.post(to, form(doc, "#record")); code != 303 {
		t.Fatal("the choice to save one's own version did not pass")
	}
	if got := b.get(to).Find("#name_uk").AttrOr("value", ""); got != "Друга назва" {
		t.Errorf("after the choice: %s", got)
	}

	// The history names who, what, from what to what.
	hist := b.get("/admin/trail/units/" + to[strings.LastIndex(to, "/")+1:]).Find("main").Text()
	for _, want := range []string{"Перша назва", "Друга назва", "Адмін Ада Адамівна", "Створено", "Змінено", "Назва"} {
		if !strings.Contains(hist, want) {
			t.Errorf("the history does not say %s: %s", want, hist)
		}
	}
	// Out of use and back.
	doc = b.get(to)
	off := url.Values{"version": {doc.Find("form[action$='/active'] input[name=version]").AttrOr("value", "")}, "active": {"0"}}
	if code, _, _ := b.post(to+"/active", off); code != 303 {
		t.Errorf("out of use: %d", code)
	}
	if code, _, _ := b.post(to+"/active", off); code != 409 {
		t.Errorf("out of use from a stale page: %d", code)
	}
	if !strings.Contains(b.get(to).Find("aside").Text(), "Повернути") {
		t.Error("no way back into use")
	}
	// A unit with units below it stays.
	doc = b.get("/admin/units/1")
	off.Set("version", doc.Find("form[action$='/active'] input[name=version]").AttrOr("value", ""))
	if code, doc, _ := b.post("/admin/units/1/active", off); code != 422 || !strings.Contains(doc.Text(), "підпорядковані") {
		t.Errorf("a unit with units below it went: %d", code)
	}
	for slug, change := range map[string]url.Values{
		"posts/1": {"title_uk": {"голова"}}, "topics/2": {"position": {"багато"}}, "streets/5": {"lat": {"50,25"}, "lon": {"28.66"}},
		"districts/1": {"name_en": {"Community"}}, "templates/1": {"body": {"Новий текст\n\nІ ще"}},
	} {
		doc := b.get("/admin/" + slug)
		v := form(doc, "#record")
		for k, s := range change {
			v[k] = s
		}
		want := 303
		if slug == "topics/2" {
			want = 422
		}
		if code, _, _ := b.post("/admin/"+slug, v); code != want {
			t.Errorf("%s: %d", slug, code)
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM districts WHERE geometry IS NULL"); n != 0 {
		t.Error("an edit of a district took its boundary away")
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if code, doc, _ := b.post("/admin/people/invite", url.Values{"name": {"Новий Працівник"}, "email": {"ada@zt.ua"}, "role_executor": {"1"}}); code != 422 || doc.Find("#role_executor[checked]").Length() != 1 {
		t.Errorf("an address that is taken: %d", code)
	}
	people := b.Count(t, "SELECT count(*) FROM people")
	code, doc, _ := b.post("/admin/people/invite", url.Values{"name": {"Новий Працівник"}, "email": {"novyi@zt.ua"}})
	if code != 422 || doc.Find("#name").AttrOr("value", "") != "Новий Працівник" || doc.Find("#email").AttrOr("value", "") != "novyi@zt.ua" ||
		doc.Find(`.ds-error-summary a[href="#role_specialist"]`).Length() != 1 || !strings.Contains(doc.Find(".ds-error-summary").Text(), "хоча б одну роль") {
		t.Errorf("an invitation to nothing: %d, %s", code, doc.Find(".ds-error-summary").Text())
	}
	if b.Count(t, "SELECT count(*) FROM people") != people || b.Count(t, "SELECT count(*) FROM letters") != 0 {
		t.Error("an invitation to nothing was sent")
	}
	code, _, to := b.post("/admin/people/invite", url.Values{"name": {"Новий Працівник"}, "email": {"novyi@zt.ua"}, "role_executor": {"1"}})
	if code != 303 {
		t.Fatalf("invite: %d", code)
	}
	doc = b.get(to)
	if doc.Find("select[name=to_person] option[value='2']").Length() != 1 || doc.Find("select[name=to_person] option[value='3']").Length() != 0 {
		t.Error("who is offered to act for another: not just the officials")
	}
	if !strings.Contains(doc.Find("main").Text(), "запрошено") || doc.Find("form[action$='/invite']").Length() != 1 {
		t.Error("the invited person's page does not say so")
	}
	steps := []struct {
		name, path string
		v          url.Values
		want       int
	}{
		{"send again", to + "/invite", nil, 303},
		{"grant", to + "/grant", url.Values{"role": {"manager"}}, 303},
		{"revoke", to + "/revoke", url.Values{"role": {"executor"}}, 303},
		{"the last administrator stays", "/admin/people/1/revoke", url.Values{"role": {"admin"}}, 403},
		{"appoint without a post", to + "/appoint", url.Values{"valid_from": {"2026-11-01"}}, 422},
		{"appoint with a date that is none", to + "/appoint", url.Values{"post_id": {"1"}, "valid_from": {"2026-11-01"}, "valid_to": {"колись"}}, 422},
		{"appoint", to + "/appoint", url.Values{"post_id": {"1"}, "valid_from": {"2026-11-01"}}, 303},
		{"appoint another to the head's post", "/admin/people/2/appoint", url.Values{"post_id": {"1"}, "valid_from": {"2026-11-02"}}, 422},
		{"delegate without a basis", to + "/delegate", url.Values{"to_person": {"2"}, "valid_from": {"2026-11-20"}, "valid_to": {"2026-12-01"}}, 422},
		{"delegate to a resident", to + "/delegate", url.Values{"to_person": {"3"}, "basis": {"розпорядження № 5"}, "valid_from": {"2026-11-20"}, "valid_to": {"2026-12-01"}}, 422},
		{"delegate", to + "/delegate", url.Values{"to_person": {"2"}, "basis": {"розпорядження № 5"}, "valid_from": {"20.11.2026"}, "valid_to": {"2026-12-01"}}, 303},
		{"end of somebody else's appointment", "/admin/people/2/appointments/1/end", nil, 404},
	}
	for _, s := range steps {
		if code, _, _ := b.post(s.path, s.v); code != s.want {
			t.Errorf("%s: %d, want %d\n%s", s.name, code, s.want, b.Logged)
		}
	}
	doc = b.get(to)
	text := doc.Find("main").Text()
	for _, want := range []string{"секретар міської ради", "розпорядження № 5", "Бойко Олег", "чинне"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, end := range []string{"appointments", "delegations"} {
		if code, _, _ := b.post(doc.Find("form[action*='/"+end+"/']").AttrOr("action", ""), nil); code != 303 {
			t.Errorf("end of %s: %d", end, code)
		}
	}
	v := url.Values{"version": {doc.Find("form[action$='/active'] input[name=version]").AttrOr("value", "")}, "active": {"0"}}
	if code, _, _ := b.post(to+"/active", v); code != 303 || !strings.Contains(b.get(to).Find("main").Text(), "заблоковано") {
		t.Errorf("block: %d", code)
	}
	if b.get("/admin/people/1").Find("form[action$='/active']").Length() != 0 {
		t.Error("an administrator is offered to block himself")
	}
	// The confirmed identity of somebody whose papers were stolen.
	if code, _, _ := b.post(to+"/strong/withdraw", url.Values{}); code != 404 {
		t.Errorf("withdrew what is not there: %d", code)
	}
	b.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at) SELECT $1, 'x', 'id', now()", path.Base(to))
	if b.get(to).Find("form[action$='/strong/withdraw']").Length() != 1 {
		t.Error("the confirmed identity is not shown")
	}
	if code, _, _ := b.post(to+"/strong/withdraw", url.Values{}); code != 303 || b.Count(t, "SELECT count(*) FROM strong_identities WHERE withdrawn_at IS NULL") != 0 {
		t.Errorf("withdraw: %d", code)
	}
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	b := setup(t)
	day := url.Values{"base": {b.get("/admin/calendar").Find("input[name=base]").First().AttrOr("value", "")}, "date": {"2026-12-24"}, "day_kind": {"off"}, "reason": {"День міста"}}
	code, doc, _ := b.post("/admin/calendar/day", day)
	if code != 422 || doc.Find("#reason").AttrOr("value", "") != "День міста" {
		t.Errorf("without an order: %d", code)
	}
	day.Set("norm", "рішення № 7")
	if code, _, _ := b.post("/admin/calendar/day", day); code != 303 {
		t.Fatalf("a day off: %d", code)
	}
	if code, doc, _ := b.post("/admin/calendar/day", day); code != 409 || doc.Find("#norm").AttrOr("value", "") != "рішення № 7" {
		t.Errorf("from a stale page: %d", code)
	}
	doc = b.get("/admin/calendar")
	if !strings.Contains(doc.Find("main").Text(), "День міста") {
		t.Error("the day is not shown")
	}
	base := doc.Find("input[name=base]").First().AttrOr("value", "")
	if code, _, _ := b.post("/admin/calendar/drop", url.Values{"base": {base}, "date": {"2026-12-24"}}); code != 303 {
		t.Errorf("drop: %d", code)
	}
	base = b.get("/admin/calendar").Find("input[name=base]").First().AttrOr("value", "")
	if code, _, _ := b.post("/admin/calendar/regime", url.Values{"base": {base}, "last": {"хтозна"}}); code != 422 {
		t.Errorf("a day that is none: %d", code)
	}
	if code, _, _ := b.post("/admin/calendar/regime", url.Values{"base": {base}, "last": {"2026-11-20"}}); code != 303 || !strings.Contains(b.get("/admin/calendar").Find("main").Text(), "мирний час") {
		t.Errorf("the end of martial law: %d", code)
	}
	doc = b.get("/admin/calendar")
	if v := doc.Find("input[name=last]").AttrOr("value", ""); v != "2026-11-20" {
		t.Errorf("the day to be mended is %q", v)
	}
	base = doc.Find("input[name=base]").First().AttrOr("value", "")
	if code, _, _ := b.post("/admin/calendar/regime", url.Values{"base": {base}, "last": {""}}); code != 303 || !strings.Contains(b.get("/admin/calendar").Find("main").Text(), "діє воєнний стан") {
		t.Errorf("martial law lasts until lifted: %d", code)
	}
	base = b.get("/admin/calendar").Find("input[name=base]").First().AttrOr("value", "")
	if code, _, _ := b.post("/admin/calendar/regime", url.Values{"base": {base}, "last": {""}}); code != 422 {
		t.Errorf("no day for the end: %d", code)
	}
}

func (b *bundle) upload(v url.Values, name, body string) (int, *goquery.Document) {
	b.t.Helper()
	return b.uploadTo("/admin/import", v, name, body)
}

func (b *bundle) uploadTo(to string, v url.Values, name, body string) (int, *goquery.Document) {
	b.t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for k, s := range v {
		_ = w.WriteField(k, s[0])
	}
	if name != "" {
		f, _ := w.CreateFormFile("file", name)
		_, _ = io.WriteString(f, body)
	}
	_ = w.Close()
	req := httptest.NewRequest(http.MethodPost, to, &buf)
	req.Header.Set("Content-Type", w.FormDataContentType())
	code, doc, _ := b.do(req, "admin")
	return code, doc
}

func TestImport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	file := "code,name\nnew1,Новий один\nnew2,\nnew3,Новий три\n"
	check := url.Values{"kind": {"units"}, "do": {"check"}}
	count := func() int { return b.Count(t, "SELECT count(*) FROM units") }
	before := count()
	if code, doc := b.upload(check, "", ""); code != 422 || !strings.Contains(doc.Text(), "Виберіть файл") {
		t.Errorf("no file: %d", code)
	}
	code, doc := b.upload(check, "u.csv", file)
	if code != 422 || !strings.Contains(doc.Find("main").Text(), "Заповніть це поле") || doc.Find("input[name=token]").Length() != 0 {
		t.Errorf("a bad row refuses: %d", code)
	}
	check.Set("skip", "1")
	code, doc = b.upload(check, "u.csv", file)
	token := doc.Find("input[name=token]").AttrOr("value", "")
	if code != 200 || token == "" || count() != before {
		t.Fatalf("the dry run: %d, token %q", code, token)
	}
	do := url.Values{"kind": {"units"}, "skip": {"1"}, "token": {token}, "do": {"import"}}
	if code, _ := b.upload(do, "", ""); code != 200 || count() != before+2 {
		t.Errorf("the import: %d", code)
	}
	if code, doc := b.upload(do, "", ""); code != 422 || !strings.Contains(doc.Text(), "ще раз") {
		t.Errorf("the import twice: %d", code)
	}
	if code, _ := b.upload(url.Values{"kind": {"planets"}, "do": {"check"}}, "u.csv", file); code != 422 {
		t.Errorf("a kind that is none: %d", code)
	}
	if code, doc := b.upload(check, "u.xlsx", "PK\x03\x04"); code != 422 || !strings.Contains(doc.Text(), "CSV") {
		t.Errorf("a spreadsheet: %d", code)
	}
}

// TestTheFileOfAnImportIsKept: whatever is wrong with the form, and through changes of
// its other fields, the file need not be chosen again; another one takes its place.
func TestTheFileOfAnImportIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	file := "code,name\nnew1,Новий один\nnew2,\nnew3,Новий три\n"
	kept := func(doc *goquery.Document) string {
		return doc.Find("form[action$=import] input[name=kept]").AttrOr("value", "")
	}
	code, doc := b.upload(url.Values{"kind": {""}, "do": {"check"}}, "перші.csv", file)
	first := kept(doc)
	if code != 422 || first == "" || !strings.Contains(doc.Find("main").Text(), "Файл «перші.csv» у нас") || doc.Find("#file-error, a[href='#file']").Length() != 0 {
		t.Fatalf("without a kind: %d, kept %q", code, first)
	}
	// Refused for its bad row, then the same file with «skip».
	code, doc = b.upload(url.Values{"kind": {"units"}, "kept": {first}, "do": {"check"}}, "", "")
	if code != 422 || kept(doc) != first || doc.Find("input[name=token]").Length() != 0 {
		t.Errorf("refused: %d, kept %q", code, kept(doc))
	}
	code, doc = b.upload(url.Values{"kind": {"units"}, "skip": {"1"}, "kept": {first}, "do": {"check"}}, "", "")
	if code != 200 || doc.Find("input[name=token]").AttrOr("value", "") != first {
		t.Errorf("with the bad row skipped: %d", code)
	}
	code, doc = b.upload(url.Values{"kind": {"units"}, "kept": {first}, "do": {"check"}}, "другі.csv", "code,name\nnew9,Новий дев’ять\n")
	second := kept(doc)
	if code != 200 || second == "" || second == first || !strings.Contains(doc.Find("main").Text(), "Файл «другі.csv» у нас") {
		t.Errorf("another file: %d, kept %q", code, second)
	}
	if code, doc := b.upload(url.Values{"kind": {"units"}, "kept": {first}, "do": {"check"}}, "", ""); code != 422 || !strings.Contains(doc.Text(), "Виберіть файл") {
		t.Errorf("the one it took the place of: %d", code)
	}
	if code, doc = b.upload(url.Values{"kind": {"units"}, "token": {second}, "do": {"import"}}, "", ""); code != 200 || kept(doc) != "" {
		t.Errorf("imported: %d, kept %q", code, kept(doc))
	}
	if n := b.Count(t, "SELECT count(*) FROM units WHERE code LIKE 'new%'"); n != 1 {
		t.Errorf("%d units of the files", n)
	}
}
