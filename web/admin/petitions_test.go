package admin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/audit"
	"ereception/internal/petitions"
	"ereception/web/admin"
	"ereception/web/httpx"
)

// withPetitions is the area with the pages of petitions.
func withPetitions(t testing.TB, platform ...petitions.Platform) (*bundle, *petitions.Service) {
	t.Helper()
	b := setup(t)
	o := petitions.Options{DB: b.DB, Calendars: b.city, Clock: b.Clock, Secret: []byte("secret"), BaseURL: "https://e.example", Log: b.Log}
	if len(platform) > 0 {
		o.Platform = platform[0]
	}
	svc := petitions.New(o)
	var err error
	b.h, err = httpx.Build(httpx.Options{
		Areas:    []httpx.Area{admin.New(b.city, b.ids, audit.New(b.DB), b.Clock).UsePetitions(svc).Area()},
		Sessions: sessions{}, Clock: b.Clock, Log: b.Log, Frame: httpx.Frame{Clock: b.Clock, Demo: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, svc
}

func charterForm(changes ...string) url.Values {
	v := url.Values{
		"valid_from": {"2026-01-01"}, "source": {"Статут громади"}, "threshold": {"300"}, "gathering_days": {"90"}, "supporters": {"5"}, "supporters_days": {"30"},
		"check_days": {"2"}, "announce_days": {"3"}, "review_days": {"10"}, "tier": {"email"}, "residents_only": {"1"},
	}
	for i := 0; i < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

func TestVersionsOfTheCharter(t *testing.T) {
	t.Parallel()
	b, _ := withPetitions(t)
	for _, role := range []string{"manager", "specialist", "resident"} {
		for _, path := range []string{"/admin/petitions", "/admin/petitions/switches"} {
			if code, _, _ := b.do(httptest.NewRequest(http.MethodGet, path, nil), role); code != 403 {
				t.Errorf("%s gets %s: %d", role, path, code)
			}
		}
	}
	if !strings.Contains(b.get("/admin/petitions").Find("main").Text(), "портал не приймає") {
		t.Error("an empty list does not say what follows of it")
	}
	for _, c := range []struct{ name, field, value string }{
		{"longer than three months", "gathering_days", "93"},
		{"more than two days for the check", "check_days", "3"},
		{"more than three for the announcement", "announce_days", "4"},
		{"more than ten for the review", "review_days", "11"},
		{"no number", "threshold", "триста"},
		{"no act", "source", " "},
		{"no day", "valid_from", ""},
		{"no such day", "valid_from", "31.02.2026"},
		{"no such tier", "tier", "none"},
	} {
		code, doc, _ := b.post("/admin/petitions", charterForm(c.field, c.value))
		if code != 422 || doc.Find("#"+c.field+"[aria-invalid=true]").Length() != 1 {
			t.Errorf("%s: %d %s", c.name, code, doc.Find(".ds-validation-message").Text())
		}
	}
	if code, _, to := b.post("/admin/petitions", charterForm()); code != 303 || to != "/admin/petitions" {
		t.Fatalf("%d %s", code, to)
	}
	if code, doc, _ := b.post("/admin/petitions", charterForm("threshold", "500")); code != 422 || doc.Find("#valid_from[aria-invalid=true]").Length() != 1 {
		t.Errorf("two versions on one day: %d", code)
	}
	b.Clock.Advance(time.Minute)
	doc := b.get("/admin/petitions")
	if text := doc.Find("main").Text(); !strings.Contains(text, "чинна") || !strings.Contains(text, "Статут громади") {
		t.Errorf("the list: %s", text)
	}
	path, _ := doc.Find("td a").Attr("href")
	v := form(b.get(path), "#record")
	v.Set("threshold", "250")
	if code, _, _ := b.post(path, v); code != 303 {
		t.Errorf("mending one on which nothing stands: %d", code)
	}
	code, doc, _ := b.post(path, v) // of the version before
	if code != 409 || doc.Find("#stale").Length() != 1 {
		t.Errorf("a stale form: %d", code)
	}
	b.Owner(t, `INSERT INTO petitions (number, state, author_name, title, essence, filing_key, support_key, salt, charter_id, threshold, tier, residents_only, created_at)
		SELECT 1, 'gathering', 'А', 'Б', 'В', gen_random_uuid(), 'k', '\x00'::bytea, id, 250, 'email', true, now() FROM petition_charters`)
	b.Clock.Advance(time.Minute)
	v = form(b.get(path), "#record")
	v.Set("source_en", "Charter of the community")
	if code, _, _ := b.post(path, v); code != 303 {
		t.Errorf("how its act is called in English is no rule: %d", code)
	}
	b.Clock.Advance(time.Minute)
	v = form(b.get(path), "#record")
	if v.Get("source_en") != "Charter of the community" {
		t.Errorf("the English name: %q", v.Get("source_en"))
	}
	v.Set("threshold", "251")
	if code, doc, _ := b.post(path, v); code != 422 || !strings.Contains(doc.Find("main").Text(), "петиці") {
		t.Errorf("mending one on which petitions stand: %d", code)
	}
	if th, _ := b.get("/admin/petitions/new").Find("#threshold").Attr("value"); th != "250" {
		t.Errorf("a new version starts from %q, not from the one in force", th)
	}
	if code, _, _ := b.do(httptest.NewRequest(http.MethodGet, "/admin/petitions/99", nil), "admin"); code != 404 {
		t.Errorf("an unknown version: %d", code)
	}
}

func TestSwitchesOfPetitions(t *testing.T) {
	t.Parallel()
	b, svc := withPetitions(t)
	const path = "/admin/petitions/switches"
	of := func(name string) url.Values {
		v := url.Values{}
		b.get(path).Find("form:has(input[value=" + name + "]) input").Each(func(_ int, s *goquery.Selection) {
			n, _ := s.Attr("name")
			x, _ := s.Attr("value")
			v.Set(n, x)
		})
		return v
	}
	v := of("signing")
	v.Set("do", "off")
	code, doc, _ := b.post(path, v)
	if code != 422 || doc.Find("#signing-reason_uk[aria-invalid=true]").Length() != 1 || doc.Find("[aria-invalid=true]").Length() != 1 {
		t.Errorf("without a reason: %d", code)
	}
	v.Set("reason_uk", "Роботи на сервері")
	if code, _, to := b.post(path, v); code != 303 || to != path {
		t.Fatalf("off: %d %s", code, to)
	}
	text := b.get(path).Find("main").Text()
	if !strings.Contains(text, "Вимкнено з") || !strings.Contains(text, "Увімкнути підписання") || !strings.Contains(text, "Вимкнути подання") {
		t.Errorf("after it: %s", text)
	}
	if code, doc, _ := b.post(path, v); code != 409 || !strings.Contains(doc.Find("main").Text(), "Хтось змінив") {
		t.Errorf("the page that was open elsewhere: %d", code)
	}
	b.Owner(t, "INSERT INTO petition_charters (valid_from, threshold, gathering_days, supporters, supporters_days, check_days, announce_days, review_days, tier, residents_only, source, created_at) VALUES ('2026-01-01', 300, 60, 0, 30, 2, 3, 10, 'email', true, 'Статут', now())")
	b.Owner(t, `INSERT INTO petitions (number, state, author_name, title, essence, filing_key, support_key, salt, charter_id, threshold, tier, residents_only, created_at, published_at, ends_at)
		SELECT 1, 'gathering', 'А', 'Б', 'В', gen_random_uuid(), 'k', '\x00'::bytea, id, 300, 'email', true, $1, $1, $1::timestamptz + interval '60 days' FROM petition_charters`, b.Clock.Now())
	b.Clock.Advance(3 * time.Hour)
	v = of("signing")
	v.Set("do", "on")
	if code, _, _ := b.post(path, v); code != 303 {
		t.Fatalf("on: %d", code)
	}
	if n := b.Count(t, "SELECT extended_days FROM petitions WHERE number = 1"); n != 1 {
		t.Errorf("three hours gave %d days back, want a whole one", n)
	}
	v = of("guard")
	v.Set("do", "on")
	if code, _, _ := b.post(path, v); code != 303 {
		t.Errorf("the guard: %d", code)
	}
	list, err := svc.Switches(context.Background())
	if err != nil || !list[petitions.SwitchGuard].On() || !list[petitions.SwitchSigning].On() {
		t.Errorf("%+v %v", list, err)
	}
	if code, _, _ := b.post(path, url.Values{"name": {"everything"}, "do": {"on"}}); code != 422 {
		t.Errorf("an unknown switch: %d", code)
	}
}
