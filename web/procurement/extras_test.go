package procurement_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/pgtest"
	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
	"ereception/web/httpx"
	"ereception/web/procurement"
)

// desk is the area over a real database with one purchase of the city, two
// units and people who are named by their session.
type desk struct {
	*pgtest.Env
	t      testing.TB
	svc    *dom.Service
	h      http.Handler
	people map[string]authz.Actor
	parked map[string]url.Values
	jar    []*http.Cookie // of the parked forms
}

const (
	tenderID = "0a0b0c0d0e0f40008000000000000001"
	number   = "UA-2026-01-10-000001-a"
	contract = "UA-2026-01-10-000001-a-a1"
)

func (d *desk) Resolve(_ context.Context, token string) (authz.Actor, error) {
	return d.people[token], nil
}

func (d *desk) Park(_ context.Context, _, path string, v url.Values) (string, error) {
	key := "p" + strconv.Itoa(len(d.parked))
	v.Set("path", path)
	d.parked[key] = v
	return key, nil
}

func (d *desk) Parked(_ context.Context, _ authz.Actor, id string) (string, url.Values, error) {
	v := d.parked[id]
	return v.Get("path"), v, nil
}

func (d *desk) Drop(_ context.Context, id string) error {
	delete(d.parked, id)
	return nil
}

func openDesk(t testing.TB, ancestors ...string) *desk {
	t.Helper()
	e := pgtest.New(t)
	d := &desk{Env: e, t: t, svc: dom.New(e.DB, e.Clock, []byte("secret"), e.Log), people: map[string]authz.Actor{}, parked: map[string]url.Values{}}
	e.Owner(t, `INSERT INTO units (code, name_uk, created_at) VALUES ('x-roads', 'Управління доріг', now()), ('x-park', 'Управління парків', now())`)
	roads, park := int64(e.Count(t, "SELECT id FROM units WHERE code = 'x-roads'")), int64(e.Count(t, "SELECT id FROM units WHERE code = 'x-park'"))
	e.Owner(t, "INSERT INTO procurement_buyers (code, name, unit_id, created_at) VALUES ('11111111', 'Управління доріг', $1, now())", roads)
	e.Owner(t, `INSERT INTO procurement_tenders (id, number, status, method, competitive, title, buyer_key, buyer_code, buyer_name, modified_at, checked_at)
		VALUES ($1, $2, 'complete', 'aboveThreshold', true, 'Ремонт <вулиці>', 'UA-EDR-11111111', '11111111', 'Управління доріг', now(), '2026-11-25 06:00+02')`, tenderID, number)
	e.Owner(t, `INSERT INTO procurement_contracts (id, number, tender_id, status, title, buyer_key, buyer_code, buyer_name, modified_at)
		VALUES ('c1', $2, $1, 'active', 'Ремонт', 'UA-EDR-11111111', '11111111', 'Управління доріг', now())`, tenderID, contract)
	for _, r := range [][3]string{{"tender", tenderID, number}, {"contract", "c1", contract}} {
		e.Owner(t, `INSERT INTO procurement_register (kind, id, number, tender_id, day, year, title, buyer_code, buyer_name, cpv, status, amount, signs, clear, modified_at, changed_at, search)
			VALUES ($1, $2, $3, $4, '2026-01-10', 2026, 'Ремонт <вулиці>', '11111111', 'Управління доріг', '45230000-8', 'complete', 1250000.5,
				'{DASU-3-3,DASU-3-3@contract,sas24-3-5}', '{DASU-3-1}', now(), now(), to_tsvector('simple', 'ремонт вулиці'))`, r[0], r[1], r[2], tenderID)
	}
	e.Owner(t, `INSERT INTO procurement_results (tender_id, calculated_at, modified_at, method, digest, values) VALUES ($1, now(), now(), '1', '\x00',
		'[{"indicator":"DASU-3-3","profile":"methodology","value":1}]')`, tenderID)
	e.Owner(t, "UPDATE procurement_tenders SET result_id = (SELECT max(id) FROM procurement_results)")
	d.person("ann", "Зразкова Ганна Іванівна", "", 0)
	d.person("bob", "Бондар Богдан Петрович", "", 0)
	d.person("exec", "Мельник Остап Юрійович", authz.RoleExecutor, roads)
	d.person("head", "Керівний Андрій Петрович", authz.RoleManager, roads)
	d.person("alien", "Парковий Пилип Іванович", authz.RoleExecutor, park)
	d.person("clerk", "Демченко Олена Карпівна", authz.RoleSpecialist, roads)
	var err error
	d.h, err = httpx.Build(httpx.Options{
		Areas: []httpx.Area{procurement.New(d.svc, e.Clock, procurement.Options{BaseURL: "https://e.example", Ancestors: ancestors}).Area()}, Sessions: d, Parker: d,
		Clock: e.Clock, Log: e.Log, Frame: httpx.Frame{Clock: e.Clock},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) person(token, name string, role authz.Role, unit int64) {
	d.t.Helper()
	d.Owner(d.t, "INSERT INTO people (email, name, status, created_at) VALUES ($1, $2, 'active', now())", token+"@example.org", name)
	a := authz.Actor{Kind: authz.KindPerson, ID: int64(d.Count(d.t, "SELECT max(id) FROM people")), Name: name, Locale: "uk"}
	if role != "" {
		a.Roles, a.UnitID, a.UnitIDs, a.PostTitle = []authz.Role{role}, unit, []int64{unit}, "головний спеціаліст"
	}
	d.people[token] = a
}

type answer struct {
	*httptest.ResponseRecorder
	doc *goquery.Document
}

func (d *desk) do(as string, req *http.Request) answer {
	d.t.Helper()
	if as != "" {
		req.AddCookie(&http.Cookie{Name: httpx.CookieName(false), Value: as})
	}
	for _, k := range d.jar {
		req.AddCookie(k)
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, req)
	for _, k := range w.Result().Cookies() {
		if strings.HasSuffix(k.Name, "_parked") {
			d.jar = []*http.Cookie{k}
		}
	}
	a := answer{ResponseRecorder: w}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(w.Body.String()))
		if err != nil {
			d.t.Fatal(err)
		}
		a.doc = doc
		for _, bad := range []string{">purchases.", ">procurement.", " style=\""} {
			if i := strings.Index(w.Body.String(), bad); i >= 0 {
				d.t.Errorf("%s %s: the page holds %q: %.120s", req.Method, req.URL, bad, w.Body.String()[i:])
			}
		}
	}
	return a
}

func (d *desk) get(as, path string) answer {
	d.t.Helper()
	return d.do(as, httptest.NewRequest(http.MethodGet, path, nil))
}

func (d *desk) post(as, path string, kv ...string) answer {
	d.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		v.Set(kv[i], kv[i+1])
	}
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.do(as, req)
}

func (d *desk) want(a answer, status int, location string) {
	d.t.Helper()
	if a.Code != status || location != "" && a.Header().Get("Location") != location {
		d.t.Fatalf("status %d to %q, want %d to %q\n%.1500s\n%s", a.Code, a.Header().Get("Location"), status, location, a.Body.String(), d.Logged)
	}
}

func (a answer) text() string { return strings.Join(strings.Fields(a.doc.Find("main").Text()), " ") }

const (
	explainPath = "/procurement/tenders/" + number + "/explain"
	because     = "Ціна відповідає кошторису: проєкт пройшов експертизу 12 січня."
)

func TestTheFormOfAnExplanationIsForTheBuyersUnit(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	for as, status := range map[string]int{"": 303, "ann": 403, "clerk": 403, "alien": 403, "exec": 200, "head": 200} {
		d.want(d.get(as, explainPath), status, "")
		if as != "exec" && as != "head" {
			d.want(d.post(as, explainPath, "body", because), status, "")
		}
	}
	if n := d.Count(t, "SELECT count(*) FROM procurement_explanations"); n != 0 {
		t.Fatalf("%d explanations of those who may not", n)
	}
	d.want(d.get("exec", "/procurement/tenders/UA-2020-01-01-000000-a/explain"), 404, "")
}

func TestAnOfficialExplains(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	a := d.post("exec", explainPath, "about", "DASU-3-3", "contract", "", "body", "Коротко")
	d.want(a, 422, "")
	if a.doc.Find("textarea[name=body]").Text() != "Коротко" || a.doc.Find("select[name=about] option[selected]").AttrOr("value", "") != "DASU-3-3" {
		t.Error("the form forgot what was typed")
	}
	if a.doc.Find(".ds-error-summary a[href='#body']").Length() == 0 {
		t.Error("the mistake is not named")
	}
	d.want(d.post("exec", explainPath, "about", "DASU-3-3", "contract", contract, "body", because), 303, "/procurement/tenders/"+number+"#explanations")
	id := strconv.Itoa(d.Count(t, "SELECT id FROM procurement_explanations WHERE contract_id = 'c1' AND indicator = 'DASU-3-3'"))

	for as, edit := range map[string]int{"": 0, "ann": 0, "alien": 0, "exec": 1} {
		for _, path := range []string{"/procurement/tenders/" + number, "/procurement/contracts/" + contract} {
			p := d.get(as, path)
			if p.Code != 200 {
				continue // the pages of purchases themselves are tested elsewhere
			}
			if !strings.Contains(p.text(), because) || !strings.Contains(p.text(), "головний спеціаліст") {
				t.Errorf("%s does not show the explanation to %q", path, as)
			}
			if n := p.doc.Find("a[href='" + explainPath + "?id=" + id + "']").Length(); n != edit {
				t.Errorf("%s offers %q to edit %d times, want %d", path, as, n, edit)
			}
		}
	}

	a = d.get("head", explainPath+"?id="+id)
	d.want(a, 200, "")
	if a.doc.Find("textarea[name=body]").Text() != because {
		t.Error("the form of an edit does not hold the text")
	}
	d.want(d.post("head", explainPath, "id", id, "version", "1", "body", because+" Уточнено.", "do", "save"), 303, "")
	a = d.post("exec", explainPath, "id", id, "version", "1", "body", because+" Моє доповнення.", "do", "save")
	d.want(a, 409, "")
	if s := a.text(); !strings.Contains(s, "Уточнено.") || !strings.Contains(s, "Моє доповнення.") || !strings.Contains(s, "Керівний Андрій Петрович") {
		t.Errorf("the conflict does not show both texts: %s", s)
	}
	if v := a.doc.Find("input[name=version]").AttrOr("value", ""); v != "2" {
		t.Errorf("the form shows version %s, want 2", v)
	}
	d.want(d.post("alien", explainPath, "id", id, "version", "2", "do", "withdraw"), 403, "")
	given := func() string { return d.get("", "/procurement/data/explanations.json").Body.String() }
	if s := given(); !strings.Contains(s, because+" Уточнено.") || !strings.Contains(s, `"contract_number":"`+contract+`"`) {
		t.Errorf("the data set does not have the explanation: %s", s)
	}
	d.want(d.post("exec", explainPath, "id", id, "version", "2", "do", "withdraw"), 303, "")
	if s := strings.Join(strings.Fields(given()), ""); s != "[]" {
		t.Errorf("the data set has what was withdrawn: %s", s)
	}
	d.want(d.get("exec", explainPath+"?id="+id), 404, "")
	d.want(d.post("exec", explainPath, "id", id, "version", "3", "body", because, "do", "save"), 404, "")
	if n := d.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'procurement_explanations' AND action = 'purchase.explain'"); n != 3 {
		t.Errorf("%d rows of the trail, want 3", n)
	}
}

func TestAnExplanationSurvivesALostSession(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	a := d.post("", explainPath, "about", "DASU-3-3", "body", because)
	d.want(a, 303, "")
	next, err := url.Parse(a.Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	back := d.get("exec", next.Query().Get("next"))
	d.want(back, 200, "")
	if back.doc.Find("textarea[name=body]").Text() != because {
		t.Error("the text was lost with the session")
	}
}

func TestOnlyTheEmbeddedPageMayBeFramed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sites []string
		want  string
	}{
		"no site is configured": {nil, "frame-ancestors 'self'"},
		"two sites of the city": {[]string{"https://zt-rada.gov.ua", "https://e.example"}, "frame-ancestors 'self' https://zt-rada.gov.ua https://e.example"},
	} {
		d := openDesk(t, c.sites...)
		a := d.get("", "/procurement/embed?kind=tender")
		d.want(a, 200, "")
		csp := a.Header().Get("Content-Security-Policy")
		if !strings.HasSuffix(csp, c.want) || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script-src") {
			t.Errorf("%s: the policy is %s", name, csp)
		}
		if a.Header().Get("X-Frame-Options") != "" || a.Header().Get("Cache-Control") != "public, max-age=300" {
			t.Errorf("%s: %v", name, a.Header())
		}
		for _, path := range []string{"/procurement", "/procurement/search?kind=tender", "/procurement/tenders/" + number, "/procurement/nothing", "/procurement/buyers"} {
			if csp := d.get("", path).Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") {
				t.Errorf("%s: %s may be framed: %s", name, path, csp)
			}
		}
	}
}

func TestTheEmbeddedPage(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	a := d.get("", "/procurement/embed?kind=tender&lang=en&n=5")
	d.want(a, 200, "")
	if lang, _ := a.doc.Find("html").Attr("lang"); lang != "en" {
		t.Errorf("the language is %q", lang)
	}
	if s := a.text(); !strings.Contains(s, "Ремонт <вулиці>") || !strings.Contains(s, "signs: 2") {
		t.Errorf("the list says: %s", s)
	}
	a.doc.Find("a").Each(func(_ int, l *goquery.Selection) {
		if l.AttrOr("target", "") != "_top" {
			t.Errorf("a link stays in the frame: %s", l.AttrOr("href", ""))
		}
	})
	if n := a.doc.Find("script, form, header, nav").Length(); n != 0 {
		t.Errorf("%d things that a frame must not have", n)
	}
	for _, path := range []string{"/procurement/embed?kind=%zz&min=abc&n=-1&lang=xx", "/procurement/embed?q=" + strings.Repeat("a", 3000), "/procurement/embed?kind=nonsense"} {
		a := d.get("", path) // says what it cannot read, and lists nothing else instead
		if a.Code != 422 || a.doc.Find("li").Length() != 0 || !strings.Contains(a.text(), i18n.In("uk", "procurement.err.query", "list", "")) {
			t.Errorf("%.60s: %d with %d rows", path, a.Code, a.doc.Find("li").Length())
		}
		if !strings.Contains(a.Header().Get("Content-Security-Policy"), "frame-ancestors 'self'") {
			t.Errorf("%.60s: the frame cannot show what is wrong", path)
		}
	}
	// A session changes nothing of it.
	if a := d.get("ann", "/procurement/embed?kind=tender"); a.Header().Get("Cache-Control") != "public, max-age=300" || strings.Contains(a.Body.String(), "Ганна") {
		t.Error("the page knows its reader")
	}
}

func TestTheBadge(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	path := "/procurement/contracts/" + contract + "/badge.svg"
	title := func(a answer) string {
		t.Helper()
		dec := xml.NewDecoder(a.Body)
		for {
			tok, err := dec.Token()
			if errors.Is(err, io.EOF) {
				t.Fatal("the picture has no title")
			}
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "title" {
				s := ""
				if err := dec.DecodeElement(&s, &e); err != nil {
					t.Fatal(err)
				}
				return s
			}
		}
	}
	a := d.get("", path)
	d.want(a, 200, "")
	etag := a.Header().Get("ETag")
	if a.Header().Get("Content-Type") != "image/svg+xml; charset=utf-8" || a.Header().Get("Cache-Control") != "public, max-age=300" || etag == "" ||
		!strings.Contains(a.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("headers %v", a.Header())
	}
	if got := title(a); got != "Закупівлі Житомира: ознак: 2 · станом на 25.11.2026. Ознака — це не порушення." {
		t.Errorf("the picture says %q", got)
	}
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.Header.Set("If-None-Match", etag)
	if a := d.do("", req); a.Code != http.StatusNotModified || a.Body.Len() != 0 {
		t.Errorf("the same picture again: %d", a.Code)
	}
	if got := title(d.get("ann", path+"?lang=en")); got != "Zhytomyr purchases: signs: 2 · as of 25.11.2026. A sign is not a violation." {
		t.Errorf("in English it says %q", got)
	}
	d.Owner(t, "UPDATE procurement_register SET signs = '{}'")
	if got := title(d.get("", path)); got != "Закупівлі Житомира: ознак немає · станом на 25.11.2026" {
		t.Errorf("without signs it says %q", got)
	}
	d.Owner(t, "UPDATE procurement_register SET clear = '{}'")
	if got := title(d.get("", path)); got != "Закупівлі Житомира: не розраховується" {
		t.Errorf("without values it says %q", got)
	}
	d.want(d.get("", "/procurement/contracts/UA-2020-01-01-000000-a-a1/badge.svg"), 404, "")
	d.Owner(t, "DELETE FROM procurement_register") // a purchase of the test mode has no row
	d.want(d.get("", path), 404, "")
}

func TestASearchIsFollowed(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	const q = "kind=tender&q=ремонт"
	a := d.post("", "/procurement/follow", "q", q)
	d.want(a, 303, "")
	next, err := url.Parse(a.Header().Get("Location"))
	if err != nil || next.Path != "/sign-in" {
		t.Fatalf("a guest is sent to %s", a.Header().Get("Location"))
	}
	confirm := d.get("ann", next.Query().Get("next"))
	d.want(confirm, 200, "")
	kept := confirm.doc.Find("form[action='/procurement/follow'] input[name=q]").AttrOr("value", "")
	if !strings.Contains(kept, "kind=tender") {
		t.Fatalf("the search was lost at the sign-in: %q", kept)
	}
	a = d.post("ann", "/procurement/follow", "q", kept)
	d.want(a, 303, "")
	d.want(d.post("ann", "/procurement/follow", "q", q), 303, "") // twice is once
	if n := d.Count(t, "SELECT count(*) FROM procurement_subscriptions"); n != 1 {
		t.Fatalf("%d subscriptions", n)
	}
	d.want(d.post("ann", "/procurement/follow", "q", "min=abc"), 422, "")

	own := d.get("ann", "/account/purchases")
	d.want(own, 200, "")
	id, version := own.doc.Find("input[name=id]").AttrOr("value", ""), own.doc.Find("input[name=version]").AttrOr("value", "")
	if id == "" || !strings.Contains(own.text(), "ремонт") {
		t.Fatalf("the list says: %s", own.text())
	}
	if other := d.get("bob", "/account/purchases"); other.doc.Find("input[name=id]").Length() != 0 {
		t.Error("a stranger sees it")
	}
	d.want(d.post("bob", "/account/purchases", "id", id, "version", version), 404, "")
	d.want(d.post("ann", "/account/purchases", "id", id, "version", version), 303, "/account/purchases")
	if n := d.Count(t, "SELECT count(*) FROM procurement_subscriptions WHERE ended_at IS NULL"); n != 0 {
		t.Errorf("%d subscriptions after the end", n)
	}
	if n := d.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'procurement_subscriptions'"); n != 2 {
		t.Errorf("%d rows of the trail, want 2", n)
	}
}

func TestTheLinkOfALetterEndsOneSubscription(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	ctx := context.Background()
	links := map[string]string{}
	for _, who := range []string{"ann", "bob"} {
		d.want(d.post(who, "/procurement/follow", "q", "kind=tender&q=ремонт"), 303, "")
		id := d.Count(t, "SELECT id FROM procurement_subscriptions WHERE person_id = $1", d.people[who].ID)
		c, err := d.svc.Composers("https://e.example", procurement.Describe)[dom.DigestKind](ctx, notify.Letter{
			PersonID: d.people[who].ID, Locale: "uk", Data: map[string]any{"subscription": float64(id), "hits": []any{tenderID}, "total": float64(1)},
		})
		if err != nil {
			t.Fatal(err)
		}
		if c.To != who+"@example.org" || c.Unsubscribe == nil || c.Unsubscribe.Label == "" {
			t.Fatalf("the letter to %s does not say how to end it: %+v", who, c)
		}
		links[who] = strings.TrimPrefix(c.Unsubscribe.URL, "https://e.example")
	}
	live := func() int {
		return d.Count(t, "SELECT count(*) FROM procurement_subscriptions WHERE ended_at IS NULL")
	}

	// Mail programs that look at links in advance end nothing.
	a := d.get("", links["ann"])
	d.want(a, 200, "")
	if live() != 2 || a.doc.Find("form[action='"+links["ann"]+"'][method=post]").Length() != 1 {
		t.Fatalf("%d live subscriptions after a look at the link", live())
	}
	if lang := a.doc.Find("form[action^='/lang/'] input[name=back]").AttrOr("value", ""); strings.Contains(lang, "unfollow") {
		t.Errorf("the token goes along with the switch of languages: %s", lang)
	}
	if a.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("the page may be kept: %s", a.Header().Get("Cache-Control"))
	}

	// The link of one ends nothing of another, and none can be made up.
	n, sum, _ := strings.Cut(strings.TrimPrefix(links["ann"], "/procurement/unfollow/"), ".")
	m, _, _ := strings.Cut(strings.TrimPrefix(links["bob"], "/procurement/unfollow/"), ".")
	for _, forged := range []string{m + "." + sum, n + ".", n, "0." + sum, n + "." + strings.Repeat("0", len(sum)), "-" + n + "." + sum, n + "." + sum + "0", "%00"} {
		d.want(d.get("", "/procurement/unfollow/"+forged), 404, "")
		d.want(d.post("", "/procurement/unfollow/"+forged), 404, "")
	}
	if live() != 2 {
		t.Fatal("a forged link ended a subscription")
	}

	// RFC 8058: one press without a session, answered without a redirect; the next one finds it ended.
	for range 2 {
		a = d.post("", links["ann"], "List-Unsubscribe", "One-Click")
		d.want(a, 200, "")
		if live() != 1 || a.doc.Find("form[action^='/procurement/unfollow']").Length() != 0 {
			t.Fatalf("%d live subscriptions after the press", live())
		}
	}
	if n := d.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'procurement_subscriptions' AND actor = 'system:unfollow'"); n != 1 {
		t.Errorf("%d rows of the trail, want 1", n)
	}
	// Whoever ended it may begin anew.
	d.want(d.post("ann", "/procurement/follow", "q", "kind=tender&q=ремонт"), 303, "")
	if live() != 2 {
		t.Error("the search cannot be followed anew")
	}
}

// The pages of a real purchase show the text to everybody and the way to write
// one to the buyer's officials alone.
func TestTheExplanationStandsBesideThePurchase(t *testing.T) {
	t.Parallel()
	const (
		code   = "40081347"
		number = "UA-2024-01-29-012850-a"
		form   = "/procurement/tenders/" + number + "/explain"
	)
	d := openDesk(t)
	if _, err := d.svc.LoadSample(context.Background()); err != nil {
		t.Fatal(err)
	}
	d.Owner(t, `INSERT INTO procurement_buyers (code, name, unit_id, created_at) VALUES ($1, 'Замовник', (SELECT id FROM units WHERE code = 'x-roads'), now())
		ON CONFLICT (code) DO UPDATE SET unit_id = excluded.unit_id`, code)
	tender := d.get("", "/procurement/tenders/"+number)
	d.want(tender, 200, "")
	contracts := tender.doc.Find("main a[href^='/procurement/contracts/']")
	if contracts.Length() < 2 {
		t.Fatalf("%d contracts to try with", contracts.Length())
	}
	first, second := contracts.Eq(0).AttrOr("href", ""), contracts.Eq(1).AttrOr("href", "")
	pages := []string{"/procurement/tenders/" + number, first, second}
	for as, may := range map[string]bool{"": false, "ann": false, "clerk": false, "alien": false, "exec": true, "head": true} {
		for _, path := range pages {
			p := d.get(as, path)
			d.want(p, 200, "")
			if got := p.doc.Find("a[href^='"+form+"']").Length() > 0; got != may {
				t.Errorf("%q on %s may explain: %v, want %v", as, path, got, may)
			}
		}
	}
	d.want(d.post("exec", form, "about", "", "contract", strings.TrimPrefix(first, "/procurement/contracts/"), "body", because+"\n\n<script>alert(1)</script>"), 303, "")
	for path, shown := range map[string]bool{pages[0]: true, first: true, second: false} {
		p := d.get("", path)
		if got := strings.Contains(p.text(), because); got != shown {
			t.Errorf("%s shows the explanation: %v, want %v", path, got, shown)
		}
		if strings.Contains(p.Body.String(), "<script>alert") {
			t.Errorf("%s: a text became markup", path)
		}
	}
}
