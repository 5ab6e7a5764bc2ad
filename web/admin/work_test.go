package admin_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/appeals"
	"ereception/internal/audit"
	"ereception/internal/notify"
	"ereception/internal/petitions"
	"ereception/web/admin"
	"ereception/web/httpx"
)

// handful is the bundle with an executor who has an appeal and a petition in hand.
func handful(t *testing.T) *bundle {
	t.Helper()
	b := setup(t)
	pet := petitions.New(petitions.Options{DB: b.DB, Calendars: b.city, Clock: b.Clock, Secret: []byte("secret"), BaseURL: "https://e.example", Log: b.Log})
	svc := appeals.New(b.DB, b.city, nil, nil, nil, b.Clock, appeals.Site{})
	area := admin.New(b.city, b.ids, audit.New(b.DB), b.Clock).UseWork(svc, pet).UseLetters(notify.New(b.DB, nil, nil, "e.example")).Area()
	var err error
	if b.h, err = httpx.Build(httpx.Options{
		Areas: []httpx.Area{area}, Sessions: sessions{}, Clock: b.Clock, Log: slog.New(slog.NewTextHandler(b.Logged, nil)), Frame: httpx.Frame{Clock: b.Clock, Demo: true},
	}); err != nil {
		t.Fatal(err)
	}
	b.Owner(t, `INSERT INTO people (email, name, status, email_confirmed_at, created_at) VALUES ('petro@zt.ua', 'Другий Петро Ілліч', 'active', now(), now()), ('head@zt.ua', 'Головний Гнат Савич', 'active', now(), now())`)
	b.Owner(t, "INSERT INTO role_grants (person_id, role, created_at) VALUES (4, 'executor', now()), (5, 'manager', now())")
	b.Owner(t, "INSERT INTO appointments (person_id, post_id, valid_from, created_at) SELECT 2, min(id), '2020-01-01', now() FROM posts WHERE unit_id = 6 AND NOT head")
	b.Owner(t, "INSERT INTO appointments (person_id, post_id, valid_from, created_at) SELECT 4, min(id), '2020-01-01', now() FROM posts WHERE unit_id = 6 AND NOT head")
	b.Owner(t, "INSERT INTO appointments (person_id, post_id, valid_from, created_at) SELECT 5, min(id), '2020-01-01', now() FROM posts WHERE unit_id = 6 AND head")
	b.Owner(t, `INSERT INTO appeals (number, kind, procedure, state, author_id, author_name, answer_channel, title, body,
		received_at, registered_on, due_at, internal_due, due_rule, due_explain_uk, due_explain_en, calendar_version, executor_id, manager_id, unit_id, filing_key) VALUES
		('2026-00001', 'application', 'appeal', 'in_progress', 3, 'Мешканка Ганна', 'email', 'Темно', 'Темно', now(), current_date, now(), current_date, 'r', '', '', '1', 2, 5, 6, gen_random_uuid())`)
	b.Owner(t, `INSERT INTO petitions (number, state, author_name, title, essence, filing_key, support_key, salt, threshold, tier, residents_only, legacy_source, created_at) VALUES
		(7, 'checking', 'Мешканка Ганна', 'Парк', '', gen_random_uuid(), 'k', 'x', 10, 'email', false, 'x', now())`)
	b.Owner(t, "INSERT INTO petition_claims (petition_id, person_id, person_name, at) VALUES (1, 2, 'Бойко Олег Іванович', $1)", b.Clock.Now())
	b.Owner(t, "INSERT INTO petition_answers (petition_id, authors, state, body, created_at, updated_at) VALUES (1, '{2}', 'draft', 'Проєкт', now(), now())")
	return b
}

func (b *bundle) as(role, path string, v url.Values) (int, string, string) {
	b.t.Helper()
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	code, doc, h := b.do(req, role)
	raw, _ := doc.Html()
	return code, raw, h.Get("Location")
}

// TestNobodyLeavesWithFullHandsUnseen: before an official is blocked, loses his role or
// his post, and before a unit is closed, its open work is listed; nothing is changed
// until the administrator says that he goes on all the same.
func TestNobodyLeavesWithFullHandsUnseen(t *testing.T) {
	t.Parallel()
	b := handful(t)
	term := "SELECT id::int FROM appointments WHERE person_id = 2"
	unitVersion := b.Count(t, "SELECT version FROM units WHERE id = 6")
	for _, c := range []struct {
		name, path string
		v          url.Values
		undone     string
		want       []string
		absent     string
	}{
		{
			"block", "/admin/people/2/active",
			url.Values{"active": {"0"}, "version": {"1"}},
			"SELECT count(*) FROM people WHERE id = 2 AND status = 'active'",
			[]string{"Перш ніж заблокувати", "Звернення: виконавець", "/admin/trail/appeals/1", "2026-00001", "Петиції на перевірці", "Проєкти відповідей на петиції", "Петиція № 7", "Заблокувати все одно", "може фахівець"},
			"Мешканка",
		},
		{
			"role", "/admin/people/2/revoke",
			url.Values{"role": {"executor"}},
			"SELECT count(*) FROM role_grants WHERE person_id = 2 AND role = 'executor'",
			[]string{"Перш ніж забрати роль", "Звернення: виконавець", "Забрати роль усе одно"},
			"Петиція № 7",
		},
		{
			"post", "/admin/people/2/appointments/" + num(b.Count(t, term)) + "/end",
			url.Values{},
			"SELECT count(*) FROM appointments WHERE person_id = 2 AND valid_to IS NULL",
			[]string{"Перш ніж завершити призначення", "Звернення: виконавець", "Завершити все одно"},
			"Мешканка",
		},
		{
			"unit", "/admin/units/6/active",
			url.Values{"active": {"0"}, "version": {num(unitVersion)}},
			"SELECT count(*) FROM units WHERE id = 6 AND active",
			[]string{"Перш ніж вивести підрозділ", "Звернення підрозділу", "Теми, за якими", "Посади, які хтось обіймає", "Головний Гнат Савич", "Вивести з ужитку все одно"},
			"Мешканка",
		},
	} {
		code, page, _ := b.as("admin", c.path, c.v)
		if code != http.StatusConflict || b.Count(t, c.undone) != 1 {
			t.Errorf("%s: %d, the deed was done or the work is not seen", c.name, code)
		}
		for _, w := range c.want {
			if !strings.Contains(page, w) {
				t.Errorf("%s: the page has no %q", c.name, w)
			}
		}
		if strings.Contains(page, c.absent) {
			t.Errorf("%s: the page holds %q", c.name, c.absent)
		}
	}
	for _, c := range []struct {
		path string
		v    url.Values
		done string
	}{
		{"/admin/people/2/appointments/" + num(b.Count(t, term)) + "/end", url.Values{"anyway": {"1"}}, "SELECT count(*) FROM appointments WHERE person_id = 2 AND valid_to IS NOT NULL"},
		{"/admin/people/2/active", url.Values{"active": {"0"}, "version": {"1"}, "anyway": {"1"}}, "SELECT count(*) FROM people WHERE id = 2 AND status = 'blocked'"},
		{"/admin/people/2/revoke", url.Values{"role": {"executor"}, "anyway": {"1"}}, "SELECT 1 - count(*) FROM role_grants WHERE person_id = 2"},
		{"/admin/units/6/active", url.Values{"active": {"0"}, "version": {num(unitVersion)}, "anyway": {"1"}}, "SELECT count(*) FROM units WHERE id = 6 AND NOT active"},
		// Whose hands are empty is blocked at once.
		{"/admin/people/3/active", url.Values{"active": {"0"}, "version": {"1"}}, "SELECT count(*) FROM people WHERE id = 3 AND status = 'blocked'"},
	} {
		if code, _, to := b.as("admin", c.path, c.v); code != http.StatusSeeOther || to == "" || b.Count(t, c.done) != 1 {
			t.Errorf("%s all the same: %d", c.path, code)
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM appeals WHERE executor_id = 2"); n != 1 {
		t.Error("the appeal was taken from the blocked one")
	}
}

// TestWorkIsHandedOverFromThePage by whoever may assign appeals; the others hand
// nothing over.
func TestWorkIsHandedOverFromThePage(t *testing.T) {
	t.Parallel()
	b := handful(t)
	both := "admin.specialist"
	code, page, _ := b.as(both, "/admin/people/2/active", url.Values{"active": {"0"}, "version": {"1"}})
	if code != http.StatusConflict || !strings.Contains(page, "/admin/people/2/handover") || !strings.Contains(page, "Другий Петро Ілліч") || !strings.Contains(page, "/cabinet/appeals/2026-00001") {
		t.Errorf("the page offers no hand: %d", code)
	}
	if code, _, _ := b.as("admin", "/admin/people/2/handover", url.Values{"to": {"4"}}); code != http.StatusForbidden {
		t.Errorf("an administrator who may not assign: %d", code)
	}
	if code, page, _ = b.as(both, "/admin/people/2/handover", url.Values{"to": {""}}); code != http.StatusUnprocessableEntity || !strings.Contains(page, "Заблокувати все одно") {
		t.Errorf("to nobody: %d", code)
	}
	if n := b.Count(t, "SELECT count(*) FROM appeals WHERE executor_id = 2"); n != 1 {
		t.Fatal("the appeal has gone")
	}
	if code, _, to := b.as(both, "/admin/people/2/handover", url.Values{"to": {"4"}}); code != http.StatusSeeOther || to != "/admin/people/2" {
		t.Errorf("to a colleague: %d %s", code, to)
	}
	if n := b.Count(t, "SELECT count(*) FROM appeals WHERE executor_id = 4 AND unit_id = 6"); n != 1 {
		t.Error("the appeal did not come")
	}
	if n := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'appeals' AND op = 'U' AND action = 'appeal.assign'"); n != 1 {
		t.Errorf("%d rows of the trail", n)
	}
	if code, _, _ := b.as(both, "/admin/units/6/handover", url.Values{"to": {"6"}}); code != http.StatusUnprocessableEntity {
		t.Errorf("a unit to itself: %d", code)
	}
}

func num(n int) string { return strconv.Itoa(n) }

// TestTheFirstPageOfANewPortal: what to do stands in the order in which it can be done,
// since a person is appointed to a post and a post belongs to a unit.
func TestTheFirstPageOfANewPortal(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tasks := func() string {
		var out []string
		b.get("/admin").Find("main a.arrow-link").Each(func(_ int, s *goquery.Selection) { out = append(out, s.AttrOr("href", "")) })
		return strings.Join(out, " ")
	}
	if s := tasks(); strings.Contains(s, "kind=units") {
		t.Errorf("units are asked for, and there are some: %s", s)
	}
	b.Owner(t, "DELETE FROM appointments")
	b.Owner(t, "DELETE FROM posts")
	b.Owner(t, "UPDATE units SET active = false")
	b.city.Invalidate()
	if s := tasks(); !strings.Contains(s, "/admin/import?kind=units /admin/posts /admin/people/invite ") {
		t.Errorf("the order is %s", s)
	}
}

// TestARoleWithoutAPost is told where it is given, on the page of the person, in the list
// of people and among what is worth mending; a post ends the warning.
func TestARoleWithoutAPost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Owner(t, "DELETE FROM role_grants WHERE person_id = 2")
	const warning = "Роль є, а посади немає"
	text := func(path string) string { return b.get(path).Find("main").Text() }
	if s := text("/admin/people/2"); strings.Contains(s, warning) || !strings.Contains(s, "Без посади не зможе назвати виконавця") {
		t.Errorf("before the role is given: %s", s)
	}
	if s := text("/admin"); strings.Contains(s, "без посади") {
		t.Errorf("nobody is without a post: %s", s)
	}
	if s := text("/admin/people/invite"); !strings.Contains(s, "Після запрошення призначте на посаду") {
		t.Errorf("the invitation says nothing of posts: %s", s)
	}
	if code, _, _ := b.post("/admin/people/2/grant", url.Values{"role": {"manager"}}); code != 303 {
		t.Fatal(code)
	}
	page := b.get("/admin/people/2")
	if !strings.Contains(page.Find("main").Text(), warning) || page.Find("details[open] form[action$='/appoint']").Length() != 1 {
		t.Error("the page of the person does not warn, or does not offer the post")
	}
	home := b.get("/admin")
	if home.Find(`a[href="/admin/people/2"]`).Length() == 0 || !strings.Contains(home.Text(), "1 працівник без посади") {
		t.Error("the first page does not name him")
	}
	if s := text("/admin/people?post=none"); !strings.Contains(s, "Бойко Олег Іванович") || strings.Contains(s, "Адмін Ада Адамівна") {
		t.Errorf("the list of those without a post: %s", s)
	}
	b.Owner(t, "INSERT INTO posts (unit_id, title_uk, head, created_at) VALUES (6, 'начальник', true, now())")
	b.Owner(t, "INSERT INTO appointments (post_id, person_id, valid_from, created_at) SELECT max(id), 2, '2020-01-01', now() FROM posts")
	b.city.Invalidate()
	if s := text("/admin/people/2"); strings.Contains(s, warning) || strings.Contains(s, "Без посади не зможе") {
		t.Errorf("the warning stays: %s", s)
	}
	if s := text("/admin"); strings.Contains(s, "працівник без посади") {
		t.Errorf("he is still to be mended: %s", s)
	}
	if s := text("/admin/people?post=none"); strings.Contains(s, "Бойко Олег Іванович") {
		t.Errorf("he is still in the list: %s", s)
	}
}

// TestLettersThatDoNotGoOutAreTold on the first page, when they have waited for long.
func TestLettersThatDoNotGoOutAreTold(t *testing.T) {
	t.Parallel()
	b := handful(t)
	told := func() bool {
		return strings.Contains(b.get("/admin").Find("#mend, [aria-labelledby=mend]").Parent().Text(), "чекають понад годину")
	}
	b.Owner(t, "INSERT INTO letters (kind, message_id, state, created_at) VALUES ('x', 'a', 'sent', $1), ('x', 'b', 'failed', $1), ('x', 'c', 'queued', $2)",
		b.Clock.Now().Add(-2*time.Hour), b.Clock.Now().Add(-50*time.Minute))
	if told() {
		t.Error("nothing has waited for long")
	}
	b.Clock.Set(b.Clock.Now().Add(time.Hour))
	b.Owner(t, "INSERT INTO letters (kind, message_id, state, created_at) VALUES ('x', 'd', 'queued', $1)", b.Clock.Now().Add(-90*time.Minute))
	if !told() {
		t.Error("two letters wait")
	}
}
