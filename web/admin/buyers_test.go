package admin_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/audit"
	"ereception/internal/procurement"
	"ereception/internal/procurement/mirror"
	"ereception/web/admin"
	"ereception/web/httpx"
)

// withPurchases is the area with the pages of the buyers.
func withPurchases(t testing.TB) *bundle {
	t.Helper()
	b := setup(t)
	svc := procurement.New(b.DB, b.Clock, []byte("secret"), b.Log)
	area := admin.New(b.city, b.ids, audit.New(b.DB), b.Clock).UsePurchases(svc, admin.Mirror{
		Status: func(ctx context.Context) ([]mirror.FeedStatus, error) { return mirror.Status(ctx, b.DB.ReadPool()) },
		Rate:   5, BaseURL: "https://e.example", Ancestors: []string{"https://zt-rada.gov.ua"},
	}).Area()
	var err error
	b.h, err = httpx.Build(httpx.Options{
		Areas: []httpx.Area{area}, Sessions: sessions{}, Clock: b.Clock, Log: b.Log, Frame: httpx.Frame{Clock: b.Clock, Demo: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Owner(t, "DELETE FROM procurement_buyers")
	return b
}

func (b *bundle) uploadBuyers(do, csv string) (int, *goquery.Document) {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("do", do)
	f, err := w.CreateFormFile("file", "buyers.csv")
	if err != nil {
		b.t.Fatal(err)
	}
	_, _ = f.Write([]byte(csv))
	_ = w.Close()
	req := httptest.NewRequest(http.MethodPost, "/admin/buyers/import", &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	code, doc, _ := b.do(req, "admin")
	return code, doc
}

func TestOnlyTheAdministratorKeepsTheBuyers(t *testing.T) {
	t.Parallel()
	b := withPurchases(t)
	for _, role := range []string{"executor", "manager", "specialist"} {
		for _, path := range []string{"/admin/buyers", "/admin/buyers/new", "/admin/buyers/import", "/admin/buyers/mirror", "/admin/buyers/04053625"} {
			if code, _, _ := b.do(httptest.NewRequest(http.MethodGet, path, nil), role); code != http.StatusForbidden {
				t.Errorf("%s as %s: %d", path, role, code)
			}
		}
		req := httptest.NewRequest(http.MethodPost, "/admin/buyers", strings.NewReader("code=04053625&name=X&role=council"))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if code, _, _ := b.do(req, role); code != http.StatusForbidden {
			t.Errorf("a buyer added as %s: %d", role, code)
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM procurement_buyers"); n != 0 {
		t.Errorf("%d buyers were added", n)
	}
}

func TestABuyerIsAddedAndChanged(t *testing.T) {
	t.Parallel()
	b := withPurchases(t)
	if b.get("/admin/buyers").Find("a[href='/admin/buyers/new']").Length() == 0 {
		t.Error("an empty list offers nothing to do")
	}
	code, doc, _ := b.post("/admin/buyers", url.Values{"code": {"04053624"}, "name": {""}, "role": {"council"}, "valid_from": {"31.02.2025"}, "version": {"0"}})
	if code != 422 || doc.Find("#valid_from").AttrOr("value", "") != "31.02.2025" {
		t.Errorf("a day that is none: %d", code)
	}
	code, doc, _ = b.post("/admin/buyers", url.Values{"code": {"04053624"}, "name": {""}, "role": {"council"}, "valid_from": {"2025-02-01"}, "valid_to": {"2025-01-01"}})
	if code != 422 || doc.Find("#code").AttrOr("value", "") != "04053624" {
		t.Fatalf("a wrong code: %d", code)
	}
	for _, field := range []string{"code", "name", "valid_to"} {
		if doc.Find(".ds-error-summary a[href='#"+field+"']").Length() == 0 {
			t.Errorf("the mistake of %s is not named", field)
		}
	}
	unit := b.Count(t, "SELECT id FROM units WHERE code = 'roads'")
	code, _, to := b.post("/admin/buyers", url.Values{"code": {"04053625"}, "name": {"Житомирська міська рада"}, "role": {"council"}, "unit": {idOf(unit)}, "valid_from": {"2025-02-01"}})
	if code != 303 || to != "/admin/buyers/04053625" {
		t.Fatalf("a good buyer: %d %s", code, to)
	}
	list := b.get("/admin/buyers").Find("main").Text()
	for _, want := range []string{"Житомирська міська рада", "04053625", "Відділ утримання доріг", "з 01.02.2025", "не звірено"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	first := form(b.get(to), "#record")
	if first.Get("valid_from") != "2025-02-01" || first.Get("unit") != idOf(unit) {
		t.Errorf("the form holds %v", first)
	}
	second := form(b.get(to), "#record")
	first.Set("name", "Перша назва")
	if code, _, _ := b.post(to, first); code != 303 {
		t.Fatalf("a change: %d", code)
	}
	second.Set("name", "Друга назва")
	code, doc, _ = b.post(to, second)
	text := doc.Find("main").Text()
	if code != 409 || !strings.Contains(text, "Перша назва") || doc.Find("#name").AttrOr("value", "") != "Друга назва" {
		t.Errorf("a stale change: %d, both versions %v", code, strings.Contains(text, "Перша назва"))
	}
	if code, _, _ := b.post(to, form(doc, "#record")); code != 303 {
		t.Errorf("the change in knowledge of both: %d", code)
	}
	if n := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'procurement_buyers' AND actor = 'person:1' AND action = 'buyers.manage'"); n != 3 {
		t.Errorf("%d rows of the trail, want 3", n)
	}
	if code, _, _ := b.do(httptest.NewRequest(http.MethodGet, "/admin/buyers/99999999", nil), "admin"); code != 404 {
		t.Errorf("an unknown buyer: %d", code)
	}
}

func TestAFileOfBuyers(t *testing.T) {
	t.Parallel()
	b := withPurchases(t)
	code, doc := b.uploadBuyers("check", "code;name;role\n04053625;Рада;рада\n123;;рада\n")
	text := doc.Find("#report").Parent().Text()
	if code != 422 || !strings.Contains(text, "3") || doc.Find("input[name=token]").Length() != 0 {
		t.Errorf("a bad row: %d %s", code, text)
	}
	code, doc = b.uploadBuyers("check", "code;name;role\n04053625;Рада;рада\n")
	token := doc.Find("input[name=token]").AttrOr("value", "")
	if code != 200 || token == "" {
		t.Fatalf("a good file: %d", code)
	}
	if n := b.Count(t, "SELECT count(*) FROM procurement_buyers"); n != 0 {
		t.Errorf("looking at a file wrote %d buyers", n)
	}
	if code, _, _ := b.post("/admin/buyers/import", url.Values{"do": {"import"}, "token": {token}}); code != 200 {
		t.Errorf("the import: %d", code)
	}
	if n := b.Count(t, "SELECT count(*) FROM procurement_buyers WHERE code = '04053625' AND role = 'council'"); n != 1 {
		t.Errorf("%d buyers after the import", n)
	}
	if code, _, _ := b.post("/admin/buyers/import", url.Values{"do": {"import"}, "token": {token}}); code != 422 {
		t.Errorf("a file that is gone: %d", code)
	}
	if code, _ := b.uploadBuyers("check", "щось\nінше\n"); code != 422 {
		t.Errorf("a file without the columns: %d", code)
	}
}

func TestTheStateOfTheMirror(t *testing.T) {
	t.Parallel()
	b := withPurchases(t)
	if text := b.get("/admin/buyers/mirror").Find("main").Text(); !strings.Contains(text, "ще не запускали") {
		t.Errorf("before the first start: %s", text)
	}
	b.Owner(t, `INSERT INTO procurement_feeds (resource, horizon, reached, newest, started_at, listed, matched, last_ok_at, last_error, last_error_at, resets)
		VALUES ('tender', '2020-01-01', '2023-06-01', '2026-11-01', '2026-11-01', 120000, 4200, '2026-11-20', 'the API answered 502', '2026-11-19', 1)`)
	b.Owner(t, `INSERT INTO procurement_queue (resource, id, queued_at, next_at, attempts) VALUES ('tender', 'a', now(), now(), 0), ('tender', 'b', now(), now(), 2)`)
	b.Owner(t, `INSERT INTO procurement_checks (started_at, finished_at, method, extraction, tenders, changed) VALUES ('2026-11-25 04:00Z', '2026-11-25 04:01Z', '7', 1, 4200, 3)`)
	doc := b.get("/admin/buyers/mirror")
	text := doc.Find("main").Text()
	for _, want := range []string{"120\u202f000", "4\u202f200", "the API answered 502", "правила 7", "https://zt-rada.gov.ua", `<iframe src="https://e.example/procurement/embed?lang=uk"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func idOf(n int) string { return strconv.Itoa(n) }
