package cabinet_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/law/deadline"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
)

func (o *office) registered() string {
	o.t.Helper()
	n := o.filed()
	o.ok(o.svc.Register(context.Background(), o.people["clerk"], n, 0, dom.Registration{Classification: dom.Classification{Procedure: deadline.Appeal}, TopicID: o.topics[0]}))
	return n
}

func (o *office) version(n string) string {
	o.t.Helper()
	c, err := o.svc.Case(context.Background(), o.people["clerk"], n)
	o.ok(err)
	return strconv.Itoa(c.Version)
}

// fetch gives the answer as it is.
func (o *office) fetch(as, path string) *httptest.ResponseRecorder {
	o.t.Helper()
	req := httptest.NewRequest("GET", path, http.NoBody)
	req.AddCookie(&http.Cookie{Name: httpx.CookieName(false), Value: as})
	w := httptest.NewRecorder()
	o.h.ServeHTTP(w, req)
	return w
}

func values(doc *goquery.Document, sel string) string {
	var out []string
	doc.Find(sel).Each(func(_ int, s *goquery.Selection) { out = append(out, s.AttrOr("value", "")) })
	return strings.Join(out, " ")
}

// TestTheChosenGoFromTheQueue: the form of the queue leads to the page of the act, that
// says who goes and who not, and the act answers for each.
func TestTheChosenGoFromTheQueue(t *testing.T) {
	t.Parallel()
	o := open(t)
	one, two, fresh := o.registered(), o.registered(), o.filed()

	code, doc := o.send("clerk", "GET", "/cabinet/appeals?set=incoming")
	if code != 200 || values(doc, "form.q-pick tbody input[name=id]") != strings.Join([]string{one, two, fresh}, " ") {
		t.Fatalf("%d, boxes of %q", code, values(doc, "form.q-pick tbody input[name=id]"))
	}
	acts := map[string]string{}
	for _, who := range []string{"clerk", "head", "exec"} {
		_, doc := o.send(who, "GET", "/cabinet/appeals?set=all")
		doc.Find("form.q-pick button[formaction]").Each(func(_ int, s *goquery.Selection) {
			acts[who] += strings.TrimPrefix(s.AttrOr("formaction", ""), "/cabinet/") + " "
		})
	}
	// The head and the executor see nothing yet: no rows, no bar.
	if acts["clerk"] != "bulk/assign bulk/manager bulk/print export.csv " || acts["head"] != "" || acts["exec"] != "" {
		t.Errorf("the bars offer %v", acts)
	}

	q := "?from=set%3Dincoming&id=" + one + "&id=" + two + "&id=" + fresh + "&id=2026-99999"
	code, doc = o.send("clerk", "GET", "/cabinet/bulk/assign"+q)
	picks := values(doc, "form#act-form input[name=pick]")
	if code != 200 || picks != one+":"+o.version(one)+" "+two+":"+o.version(two) {
		t.Fatalf("%d: %q would go", code, picks)
	}
	stay := doc.Find("section[aria-labelledby=stay-h]").Text()
	for _, w := range []string{fresh, "Спершу зареєструйте", "2026-99999", "Не знайдено"} {
		if !strings.Contains(stay, w) {
			t.Errorf("those that stay lack %q: %s", w, stay)
		}
	}
	if code, _ := o.send("exec", "GET", "/cabinet/bulk/assign"+q); code != 403 {
		t.Errorf("an executor assigns: %d", code)
	}
	if code, doc := o.send("clerk", "GET", "/cabinet/bulk/assign"); code != 200 || doc.Find("form#act-form").Length() != 0 || !strings.Contains(doc.Text(), "Нічого не вибрано") {
		t.Errorf("nothing chosen: %d", code)
	}

	first, second := one+":"+o.version(one), two+":"+o.version(two)
	code, doc = o.send("clerk", "POST", "/cabinet/bulk/assign", "from", "set=incoming", "pick", first, "pick", second)
	if code != 422 || doc.Find("#unit[aria-invalid=true]").Length() != 1 || values(doc, "form#act-form input[name=pick]") != first+" "+second {
		t.Errorf("without a unit: %d", code)
	}
	// A colleague is quicker with the second.
	o.ok(o.svc.Assign(context.Background(), o.people["other"], two, 0, o.unit, o.people["second"].ID))
	send := []string{"from", "set=incoming", "unit", str(o.unit), "executor", str(o.people["exec"].ID), "pick", first, "pick", second}
	code, doc = o.send("clerk", "POST", "/cabinet/bulk/assign", send...)
	if code != 200 || !strings.Contains(doc.Find("main").Text(), "Зроблено 1 з 2") || !strings.Contains(doc.Find("section[aria-labelledby=left-h]").Text(), two) ||
		!strings.Contains(doc.Find("section[aria-labelledby=done-h]").Text(), one) {
		t.Errorf("one of two: %d %s", code, doc.Find("main").Text())
	}
	again, _ := doc.Find(".note a").Attr("href")
	if u, err := url.Parse(again); err != nil || u.Path != "/cabinet/bulk/assign" || u.Query().Get("id") != two || len(u.Query()["id"]) != 1 {
		t.Errorf("to try again: %q", again)
	}
	c, err := o.svc.Case(context.Background(), o.people["clerk"], two)
	o.ok(err)
	if c.Executor != o.people["second"].Name {
		t.Errorf("what a colleague did is overwritten: %s", c.Executor)
	}
	if code, _ = o.send("clerk", "POST", "/cabinet/bulk/assign", send[:8]...); code != 303 {
		t.Errorf("sent twice: %d", code)
	}
	if n := o.Count(t, "SELECT count(*) FROM appeal_events WHERE kind = 'assigned'"); n != 2 {
		t.Errorf("%d assignments, want 2", n)
	}

	w := o.fetch("clerk", "/cabinet/bulk/print?id="+one)
	if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, "глибока яма") || strings.Contains(body, "ann@example.org") || strings.Contains(body, "вул. Київська, 1") {
		t.Errorf("the sheet: %d", w.Code)
	}
	if body := o.fetch("ann", "/cabinet/bulk/print?id="+one); body.Code == 200 {
		t.Error("a resident prints")
	}
}

// TestTheExportIsATableWithoutPeople: it opens in Excel, runs no formula, names no applicant.
func TestTheExportIsATableWithoutPeople(t *testing.T) {
	t.Parallel()
	o := open(t)
	one, two := o.registered(), o.registered()
	o.Owner(t, "UPDATE appeals SET title = '=1+2', place = 'вул. Покровська; буд. 5' WHERE number = $1", one)
	w := o.fetch("clerk", "/cabinet/export.csv?set=incoming")
	body := w.Body.String()
	if w.Code != 200 || !strings.HasPrefix(body, "\ufeffНомер;") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v %.80s", w.Code, w.Header(), body)
	}
	for _, want := range []string{one + ";", two + ";", ";'=1+2;", `;"вул. Покровська; буд. 5";`} {
		if !strings.Contains(body, want) {
			t.Errorf("the table lacks %q", want)
		}
	}
	for _, secret := range []string{"Зразкова", "ann@example.org", "глибока яма"} {
		if strings.Contains(body, secret) {
			t.Errorf("the table tells %q", secret)
		}
	}
	if w = o.fetch("clerk", "/cabinet/export.csv?from=set%3Dincoming&id="+two); strings.Contains(w.Body.String(), one) || !strings.Contains(w.Body.String(), two) {
		t.Error("the chosen alone were asked for")
	}
	if n := o.Count(t, "SELECT count(*) FROM appeal_exports WHERE n = 2 AND query = 'set=incoming'") + o.Count(t, "SELECT count(*) FROM appeal_exports WHERE n = 1"); n != 2 {
		t.Errorf("%d of 2 exports are recorded", n)
	}
	if w = o.fetch("ann", "/cabinet/export.csv?set=all"); w.Code == 200 || o.Count(t, "SELECT count(*) FROM appeal_exports") != 2 {
		t.Errorf("a resident: %d", w.Code)
	}
}

// TestAFilterIsKeptFromTheQueue: it stands among the tabs of its owner, and is let go there.
func TestAFilterIsKeptFromTheQueue(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.registered()
	path := "/cabinet/appeals?set=incoming&topic=" + str(o.topics[0])
	_, doc := o.send("clerk", "GET", path)
	query := values(doc, "form[action='/cabinet/sets'] input[name=query]")
	if query != "set=incoming&topic="+str(o.topics[0]) {
		t.Fatalf("would keep %q", query)
	}
	code, doc := o.send("clerk", "POST", "/cabinet/sets", "query", query, "name", "Я")
	if code != 422 || doc.Find("#name[aria-invalid=true]").Length() != 1 || doc.Find("#name").AttrOr("value", "") != "Я" || doc.Find("details[open] #name").Length() != 1 {
		t.Errorf("a short name: %d", code)
	}
	for range 2 {
		if code, _ = o.send("clerk", "POST", "/cabinet/sets", "query", query+"&page=7&evil=1", "name", "Ями"); code != 303 {
			t.Fatalf("kept: %d", code)
		}
	}
	_, doc = o.send("clerk", "GET", path)
	if got := strings.TrimSpace(doc.Find("nav.tabs a[aria-current=page]").Text()); got != "Ями" {
		t.Errorf("the open tab is %q", got)
	}
	if _, doc := o.send("other", "GET", path); strings.Contains(doc.Find("nav.tabs").Text(), "Ями") {
		t.Error("a colleague sees it")
	}
	drop, _ := doc.Find("form.q-save").Attr("action")
	if code, _ := o.send("other", "POST", drop); code != 404 {
		t.Errorf("a colleague lets it go: %d", code)
	}
	if code, _ := o.send("clerk", "POST", drop); code != 303 {
		t.Errorf("let go: %d", code)
	}
	if _, doc := o.send("clerk", "GET", path); strings.Contains(doc.Find("nav.tabs").Text(), "Ями") {
		t.Error("it stands there still")
	}
}
