package admin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestPersonalDataInTheTrail: no page of the trail holds them until the administrator
// says why he looks; the look is written down, and the next page hides them again.
func TestPersonalDataInTheTrail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Owner(t, "UPDATE people SET phone = '+380671112233', address = 'Київська, 7' WHERE id = 3")
	b.Owner(t, `INSERT INTO appeals (number, kind, procedure, state, author_id, author_name, author_address, author_phone, author_email, answer_channel, title, body, place,
		received_at, registered_on, due_at, internal_due, due_rule, due_explain_uk, due_explain_en, calendar_version, executor_id, unit_id, filing_key) VALUES
		('ЖП-1', 'application', 'appeal', 'in_progress', 3, 'Мешканка Ганна', 'Київська, 7', '+380671112233', 'meshk@zt.ua', 'email', 'Темно біля школи', 'Другий місяць темно', 'Шевченка, 4',
		now(), current_date, now(), current_date, 'r', '', '', '1', 2, 6, gen_random_uuid())`)
	b.Owner(t, "INSERT INTO appeal_messages (appeal_id, author_id, author_name, side, body, created_at) VALUES (1, 3, 'Мешканка Ганна', 'resident', 'Біля під’їзду', now())")
	b.Owner(t, "INSERT INTO appeal_events (appeal_id, at, kind, actor_id, actor_name, from_state, to_state) VALUES (1, now(), 'registered', 2, 'Бойко Олег Іванович', 'received', 'registered')")
	b.Owner(t, "INSERT INTO contact_views (appeal_id, viewer_id, created_at) VALUES (1, 2, now())")
	personal := []string{"Мешканка", "Київська, 7", "+380671112233", "meshk@zt.ua", "Темно біля школи", "Другий місяць", "Шевченка, 4", "Біля під’їзду"}
	none := func(name, page string) {
		t.Helper()
		for _, s := range personal {
			if strings.Contains(page, s) {
				t.Errorf("%s holds %q", name, s)
			}
		}
	}
	has := func(name, page string, words ...string) {
		t.Helper()
		for _, s := range words {
			if !strings.Contains(page, s) {
				t.Errorf("%s has no %q: %s", name, s, page)
			}
		}
	}
	for _, path := range []string{"/admin/trail", "/admin/trail?table=people", "/admin/trail?table=appeal_messages", "/admin/trail/appeals/1", "/admin/trail/people/3", "/admin/trail/appeal_messages/1"} {
		page, err := b.get(path).Html()
		if err != nil {
			t.Fatal(err)
		}
		none(path, page)
	}
	req := httptest.NewRequest(http.MethodGet, "/admin/trail?number="+url.QueryEscape("ЖП-1"), nil)
	if code, _, h := b.do(req, "admin"); code != 303 || h.Get("Location") != "/admin/trail/appeals/1" {
		t.Errorf("the number leads to %d %s", code, h.Get("Location"))
	}
	page := b.get("/admin/trail/appeals/1").Find("main").Text()
	has("the history", page, "Звернення № ЖП-1", "Персональні дані приховано", "обліковий запис № 3", "Бойко Олег Іванович", "персональні дані, приховано", "Відповідь заявника",
		"Зареєстровано", "Перегляд контактів", "Відділ утримання доріг")

	code, doc, _ := b.post("/admin/trail/appeals/1", url.Values{"reason": {"так"}})
	raw, _ := doc.Html()
	has("a bad reason", raw, "Назвіть причину", `value="так"`)
	none("a bad reason", raw)
	if n := b.Count(t, "SELECT count(*) FROM trail_views"); code != 422 || n != 0 {
		t.Errorf("a bad reason: %d, %d looks", code, n)
	}
	for role, want := range map[string]int{"specialist": 403, "executor": 403, "manager": 403, "resident": 403} {
		req := httptest.NewRequest(http.MethodPost, "/admin/trail/appeals/1", strings.NewReader(url.Values{"reason": {"перевірка скарги"}}.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		code, doc, _ := b.do(req, role)
		none(role, doc.Text())
		if code != want {
			t.Errorf("%s: %d", role, code)
		}
	}
	foreign := httptest.NewRequest(http.MethodPost, "/admin/trail/appeals/1", strings.NewReader(url.Values{"reason": {"перевірка скарги"}}.Encode()))
	foreign.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	if code, doc, _ := b.do(foreign, "admin"); code != 403 {
		t.Errorf("a form of another site: %d", code)
	} else {
		none("a form of another site", doc.Text())
	}
	if n := b.Count(t, "SELECT count(*) FROM trail_views"); n != 0 {
		t.Errorf("%d looks of those who saw nothing", n)
	}

	code, doc, _ = b.post("/admin/trail/appeals/1", url.Values{"reason": {"перевірка скарги заявниці"}})
	page = doc.Find("main").Text()
	has("the look", page, append([]string{"Персональні дані показано", "перевірка скарги заявниці"}, personal...)...)
	if n := b.Count(t, "SELECT count(*) FROM trail_views WHERE viewer_id = 1 AND table_name = 'appeals' AND row_id = '1' AND reason = 'перевірка скарги заявниці'"); code != 200 || n != 1 {
		t.Errorf("the look: %d, %d are written down", code, n)
	}
	page = b.get("/admin/trail/appeals/1").Find("main").Text()
	none("the page after the look", page)
	has("the page after the look", page, "Читання журналу", "перевірка скарги заявниці")
	if strings.Contains(b.Logged.String(), "перевірка скарги") {
		t.Error("the log of the program holds the reason")
	}
}

// TestTheTrailReadsAsAHistory: one entry per action, in words and linked; codes, keys and
// the request stand folded; an attribute narrows the list.
func TestTheTrailReadsAsAHistory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	unit := b.get("/admin/units/6")
	v := form(unit, "#record")
	v.Set("phone", "(0412) 47-00-01")
	v.Set("name_en", "Roads division")
	if code, _, to := b.post("/admin/units/6", v); code != 303 {
		t.Fatalf("%d %s", code, to)
	}
	page := b.get("/admin/trail?table=units&op=U")
	entry := page.Find(".history > li").First()
	if n := page.Find(".history > li").Length(); n != 1 {
		t.Errorf("%d entries of one save", n)
	}
	if a := entry.Find("a").First(); a.Text() != "Відділ утримання доріг" || a.AttrOr("href", "") != "/admin/trail/units/6" {
		t.Errorf("the record is %q", a.Text())
	}
	details := entry.Find("details").Remove().Text()
	seen := entry.Text()
	for _, s := range []string{"Змінено", "Адмін Ада Адамівна", "(0412) 47-00-01", "Roads division"} {
		if !strings.Contains(seen, s) {
			t.Errorf("the entry has no %q: %s", s, seen)
		}
	}
	for _, s := range []string{"person:1", "city.manage", "phone", "units 6"} {
		if strings.Contains(seen, s) {
			t.Errorf("the entry shows %q: %s", s, seen)
		}
		if !strings.Contains(details, s) {
			t.Errorf("the details have no %q: %s", s, details)
		}
	}
	for query, want := range map[string]int{
		"table=units&op=U&column=units.phone": 1, "column=units.phone&op=U": 1, "table=units&op=U&column=units.email": 0, "table=posts&column=units.phone&op=U": 0,
		"column=nonsense": -1, "column=units.'%3B--&op=U": 0,
	} {
		if n := b.get("/admin/trail?" + query).Find(".history > li").Length(); n != want && want >= 0 {
			t.Errorf("%s: %d entries, want %d", query, n, want)
		}
	}
	// The seed of 440 streets is one action, not 440.
	page = b.get("/admin/trail?table=streets")
	if n := page.Find(".history > li").Length(); n != 1 || !strings.Contains(page.Find(".history").Text(), "440 записів") {
		t.Errorf("%d entries: %s", n, page.Find(".history").Text())
	}
}
