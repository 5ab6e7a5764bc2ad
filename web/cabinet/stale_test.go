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

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/pgtest"
	"ereception/internal/platform/files"
	"ereception/internal/platform/i18n"
	"ereception/web/cabinet"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

type workdays struct{}

func (workdays) Calendar(context.Context) (calendar.Calendar, error) { return calendar.Default(), nil }

type everywhere struct{}

func (everywhere) Spot(context.Context, float64, float64) (dom.Spot, error) {
	return dom.Spot{Inside: true}, nil
}

type hand struct{}

func (hand) Sign(context.Context, authz.Actor, []byte, dom.Credential) (dom.Evidence, error) {
	return dom.Evidence{Method: "password", Data: map[string]any{}}, nil
}

// office is the area over a real database; a session is named by its token.
type office struct {
	*pgtest.Env
	t      *testing.T
	svc    *dom.Service
	h      http.Handler
	people map[string]authz.Actor
	unit   int64
	topics []int64
}

func (o *office) Resolve(_ context.Context, token string) (authz.Actor, error) {
	return o.people[token], nil
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{Env: pgtest.New(t), t: t, people: map[string]authz.Actor{}}
	store, err := files.Open(t.Context(), files.Config{Dir: t.TempDir()})
	o.ok(err)
	t.Cleanup(func() { _ = store.Close() })
	o.svc = dom.New(o.DB, workdays{}, everywhere{}, store, hand{}, o.Clock, dom.Site{BaseURL: "https://e.example"})
	o.Owner(t, "INSERT INTO units (code, name_uk, created_at) VALUES ('roads', 'Відділ доріг', now())")
	o.unit = int64(o.Count(t, "SELECT max(id) FROM units"))
	for _, name := range []string{"Ями", "Освітлення"} {
		o.Owner(t, "INSERT INTO topics (code, name_uk, unit_id, created_at) VALUES ($1, $1, $2, now())", name, o.unit)
		o.topics = append(o.topics, int64(o.Count(t, "SELECT max(id) FROM topics")))
	}
	for token, p := range map[string]struct {
		name string
		role authz.Role
	}{
		"ann": {"Зразкова Ганна Іванівна", ""}, "clerk": {"Демченко Олена Карпівна", authz.RoleSpecialist}, "other": {"Швидка Марія Петрівна", authz.RoleSpecialist},
		"head": {"Керівний Андрій Петрович", authz.RoleManager}, "exec": {"Мельник Остап Юрійович", authz.RoleExecutor}, "second": {"Другий Захар Ілліч", authz.RoleExecutor},
	} {
		o.Owner(t, "INSERT INTO people (email, name, status, address, created_at) VALUES ($1, $2, 'active', 'м. Житомир', now())", token+"@example.org", p.name)
		a := authz.Actor{Kind: authz.KindPerson, ID: int64(o.Count(t, "SELECT id FROM people WHERE email = $1", token+"@example.org")), Name: p.name, Locale: "uk"}
		if p.role != "" {
			a.Roles, a.UnitID, a.UnitIDs, a.PostTitle, a.Head = []authz.Role{p.role}, o.unit, []int64{o.unit}, "посада", token == "head"
			o.Owner(t, "INSERT INTO role_grants (person_id, role, created_at) VALUES ($1, $2, now())", a.ID, string(p.role))
			o.Owner(t, "INSERT INTO posts (unit_id, title_uk, head, created_at) VALUES ($1, 'посада', $2, now())", o.unit, a.Head)
			o.Owner(t, "INSERT INTO appointments (person_id, post_id, valid_from, created_at) VALUES ($1, (SELECT max(id) FROM posts), '2020-01-01', now())", a.ID)
		}
		o.people[token] = a
	}
	o.h, err = httpx.Build(httpx.Options{
		Areas: []httpx.Area{cabinet.New(o.svc, o.Clock).Area()}, Sessions: o, Clock: o.Clock, Log: o.Log, Frame: httpx.Frame{Clock: o.Clock},
	})
	o.ok(err)
	return o
}

func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) filed() string {
	o.t.Helper()
	ctx, lat, lon := o.t.Context(), 50.25, 28.66
	d := dom.Draft{
		Kind: dom.Application, TopicID: o.topics[0], Title: "Яма на дорозі", Body: "На дорозі біля будинку глибока яма, прошу відремонтувати.", Showing: dom.ShownOnMap,
		Lat: &lat, Lon: &lon, Name: "Зразкова Ганна Іванівна", Address: "м. Житомир, вул. Київська, 1", Email: "ann@example.org", Channel: dom.ByEmail,
	}
	id, err := o.svc.StartDraft(ctx, o.people["ann"], d)
	o.ok(err)
	_, err = o.svc.SaveDraft(ctx, o.people["ann"], id, dom.StepCheck, 0, d)
	o.ok(err)
	n, err := o.svc.File(ctx, o.people["ann"], id)
	o.ok(err)
	return n
}

func (o *office) send(as, method, path string, kv ...string) (int, *goquery.Document) {
	o.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		v.Add(kv[i], kv[i+1])
	}
	req := httptest.NewRequest(method, path, strings.NewReader(v.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.AddCookie(&http.Cookie{Name: httpx.CookieName(false), Value: as})
	w := httptest.NewRecorder()
	o.h.ServeHTTP(w, req)
	doc, err := goquery.NewDocumentFromReader(w.Body)
	o.ok(err)
	return w.Code, doc
}

// versions reads the table of both versions: what stands now, and what was typed.
func versions(doc *goquery.Document) (theirs, mine string) {
	doc.Find("#stale ~ * td:nth-child(2)").Each(func(_ int, s *goquery.Selection) { theirs += strings.Join(strings.Fields(s.Text()), " ") + "|" })
	doc.Find("#stale ~ * td:nth-child(3)").Each(func(_ int, s *goquery.Selection) { mine += strings.Join(strings.Fields(s.Text()), " ") + "|" })
	return theirs, mine
}

func str(n int64) string { return strconv.FormatInt(n, 10) }

// TestAStaleSaveShowsBothVersions: of two who register, assign or resolve the same
// appeal at once the later one changes nothing, and sees what he typed beside what stands.
func TestAStaleSaveShowsBothVersions(t *testing.T) {
	t.Parallel()
	o, ctx := open(t), context.Background()
	clerk, head := o.people["clerk"], o.people["head"]
	n := o.filed()
	at := "/cabinet/appeals/" + n
	seen := func() string {
		c, err := o.svc.Case(ctx, clerk, n)
		o.ok(err)
		return strconv.Itoa(c.Version)
	}
	want := func(what string, code int, doc *goquery.Document, theirs, mine string, save bool) {
		t.Helper()
		gotTheirs, gotMine := versions(doc)
		if code != 409 || gotTheirs != theirs || gotMine != mine {
			t.Errorf("%s: %d\n now  %s\n want %s\n typed %s\n want  %s", what, code, gotTheirs, theirs, gotMine, mine)
		}
		if got := doc.Find(`button[form="act-form"]`).Length() == 1 && doc.Find("form#act-form").Length() == 1; got != save {
			t.Errorf("%s: the own version can be saved: %v, want %v", what, got, save)
		}
	}

	// Registered while somebody edited: the appeal was taken from the map meanwhile, so it can still be registered.
	old := seen()
	o.ok(o.svc.Hide(ctx, o.people["other"], n, 0, dom.HidePersonal))
	code, doc := o.send("clerk", "POST", at+"/register", "version", old, "kind", "complaint", "procedure", "appeal-simple",
		"reason", "Вивчати тут нічого", "topic", str(o.topics[1]), "marks", dom.MarkCollective, "control", "yes")
	simple, month := i18n.In("uk", "appeals.procedure.appeal-simple"), i18n.In("uk", "appeals.procedure.appeal")
	want("a stale registration", code, doc, "Заява|"+month+"|—|Ями|—|ні|", "Скарга|"+simple+"|Вивчати тут нічого|Освітлення|"+i18n.In("uk", "appeals.mark.collective")+"|так|", true)
	if got := doc.Find(`form#act-form input[name="version"]`).AttrOr("value", ""); got != seen() {
		t.Errorf("the form saves over version %s, want %s", got, seen())
	}
	if !strings.Contains(doc.Find("main").Text(), "М.\u00a0Швидка") {
		t.Error("the page does not say who was quicker")
	}
	c, err := o.svc.Case(ctx, clerk, n)
	o.ok(err)
	if c.State != dom.Received || c.RegIndex != nil {
		t.Errorf("a stale save registered it: %s", c.State)
	}

	// Registered by a colleague: what was typed can be saved no more and is still shown.
	old = seen()
	o.ok(o.svc.Register(ctx, o.people["other"], n, 0, dom.Registration{Classification: dom.Classification{Procedure: deadline.Appeal}, TopicID: o.topics[0], Control: true}))
	code, doc = o.send("clerk", "POST", at+"/register", "version", old, "kind", "application", "procedure", "appeal-simple", "topic", str(o.topics[1]))
	want("a registration that came too late", code, doc, "Заява|"+month+"|—|Ями|—|так|", "Заява|"+simple+"|—|Освітлення|—|ні|", false)

	old = seen()
	o.ok(o.svc.Assign(ctx, o.people["other"], n, 0, o.unit, o.people["exec"].ID))
	code, doc = o.send("clerk", "POST", at+"/assign", "version", old, "unit", str(o.unit), "executor", str(o.people["second"].ID))
	want("a stale assignment", code, doc, "Відділ доріг|Мельник Остап Юрійович|", "Відділ доріг|Другий Захар Ілліч|", true)

	old = seen()
	due := o.Clock.Now().AddDate(0, 0, 7)
	o.ok(o.svc.Resolve(ctx, head, n, 0, dom.Resolution{ExecutorID: o.people["exec"].ID, Task: "Обстежити ділянку дороги", DueOn: due}))
	code, doc = o.send("head", "POST", at+"/resolve", "version", old, "executor", str(o.people["second"].ID), "task", "Зовсім інше завдання", "due", i18n.ISODate(due.AddDate(0, 0, 1)))
	day := func(d int) string {
		return strings.Join(strings.Fields(i18n.Date(i18n.With(ctx, "uk"), due.AddDate(0, 0, d))), " ")
	}
	want("a stale resolution", code, doc, "Мельник Остап Юрійович|—|Обстежити ділянку дороги|"+day(0)+"|", "Другий Захар Ілліч|—|Зовсім інше завдання|"+day(1)+"|", true)
	if k := o.Count(t, "SELECT count(*) FROM resolutions"); k != 1 {
		t.Errorf("%d resolutions", k)
	}

	// The button sends the form with the version of now: then it is saved.
	code, _ = o.send("head", "POST", at+"/resolve", "version", doc.Find(`form#act-form input[name="version"]`).AttrOr("value", ""),
		"executor", str(o.people["second"].ID), "task", doc.Find("form#act-form textarea[name=task]").Text(), "due", i18n.ISODate(due.AddDate(0, 0, 1)))
	if code != 303 {
		t.Errorf("the own version: %d", code)
	}
}

// TestHidingByTheForm: the form is for those who may, and only a click does it.
func TestHidingByTheForm(t *testing.T) {
	t.Parallel()
	o := open(t)
	n := o.filed()
	at := "/cabinet/appeals/" + n
	hidden := func() int { return o.Count(t, "SELECT count(*) FROM appeals WHERE hidden <> ''") }
	if code, doc := o.send("clerk", "GET", at+"/hide"); code != 200 || doc.Find("input[name=ground]").Length() != len(dom.HideGrounds) || hidden() != 0 {
		t.Errorf("the form: %d", code)
	}
	if code, doc := o.send("clerk", "POST", at+"/hide", "version", "1"); code != 422 || doc.Find(".ds-error-summary").Length() != 1 || hidden() != 0 {
		t.Errorf("without a ground: %d", code)
	}
	if code, _ := o.send("exec", "POST", at+"/hide", "version", "1", "ground", dom.HidePersonal); code != 403 || hidden() != 0 {
		t.Errorf("an executor: %d", code)
	}
	if code, _ := o.send("clerk", "POST", at+"/hide", "version", "1", "ground", dom.HidePersonal); code != 303 || hidden() != 1 {
		t.Errorf("on a ground: %d", code)
	}
	if _, doc := o.send("clerk", "GET", at); !strings.Contains(doc.Find("main").Text(), "у тексті є персональні дані людей") {
		t.Error("the case does not say why it is not on the map")
	}
	if code, _ := o.send("clerk", "POST", at+"/unhide", "version", "2"); code != 303 || hidden() != 0 {
		t.Errorf("back: %d", code)
	}
}

// TestReclassifyingByTheForm: a mistake keeps what was typed, a stale page shows both,
// and what goes through is told on the pages of the applicant and of the office.
func TestReclassifyingByTheForm(t *testing.T) {
	t.Parallel()
	o, ctx := open(t), context.Background()
	n := o.filed()
	at := "/cabinet/appeals/" + n
	kinds := func() int { return o.Count(t, "SELECT count(*) FROM appeals WHERE kind = 'info_request'") }
	const why = "Заявниця просить копію договору, а не ремонт: стаття 1 Закону 2939-VI."

	// At registration: without a ground 422, everything kept, the error linked to the field that is open.
	code, doc := o.send("clerk", "POST", at+"/register", "version", "1", "kind", "info_request", "procedure", "info", "topic", str(o.topics[1]), "reason", "бо так")
	if code != 422 || doc.Find(`.ds-error-summary a[href="#reason"]`).Length() != 1 || doc.Find("#reason").Text() != "бо так" || doc.Find("details[open] #reason").Length() != 1 ||
		doc.Find("#kind option[selected]").AttrOr("value", "") != "info_request" || doc.Find("#procedure option[selected]").AttrOr("value", "") != "info" ||
		doc.Find("#topic option[selected]").AttrOr("value", "") != str(o.topics[1]) || kinds() != 0 {
		t.Errorf("without a ground: %d %s", code, doc.Find("form#act-form").Text())
	}
	if doc.Find("#procedure optgroup").Length() != 2 || !strings.Contains(doc.Find("#procedure").Text(), "до 2") {
		t.Errorf("the procedures are not told with their terms: %s", doc.Find("#procedure").Text())
	}
	o.ok(o.svc.Register(ctx, o.people["clerk"], n, 0, dom.Registration{Classification: dom.Classification{Procedure: deadline.Appeal}, TopicID: o.topics[0]}))
	o.ok(o.svc.Assign(ctx, o.people["clerk"], n, 0, o.unit, o.people["exec"].ID))

	seen := func() string {
		c, err := o.svc.Case(ctx, o.people["clerk"], n)
		o.ok(err)
		return strconv.Itoa(c.Version)
	}
	if code, doc = o.send("clerk", "GET", at); code != 200 || doc.Find(`a[href*="/reclassify"]`).Length() != 1 {
		t.Errorf("the card offers no change: %d", code)
	}
	if _, doc = o.send("exec", "GET", at); doc.Find(`a[href*="/reclassify"]`).Length() != 0 {
		t.Error("the card offers the executor what he may not do")
	}
	if code, doc = o.send("clerk", "GET", at+"/reclassify"); code != 200 || doc.Find("form#act-form #reason").Length() != 1 || doc.Find("#late").Length() != 0 || kinds() != 0 {
		t.Errorf("the form: %d", code)
	}
	if code, _ = o.send("exec", "POST", at+"/reclassify", "version", seen(), "kind", "info_request", "procedure", "info", "reason", why); code != 403 || kinds() != 0 {
		t.Errorf("an executor: %d", code)
	}
	if code, doc = o.send("clerk", "POST", at+"/reclassify", "version", seen(), "kind", "info_request", "procedure", "appeal", "reason", why); code != 422 ||
		doc.Find(`.ds-error-summary a[href="#procedure"]`).Length() != 1 || doc.Find("#reason").Text() != why || kinds() != 0 {
		t.Errorf("a procedure of the other law: %d", code)
	}
	old := seen()
	o.ok(o.svc.Hide(ctx, o.people["other"], n, 0, dom.HidePersonal))
	code, doc = o.send("clerk", "POST", at+"/reclassify", "version", old, "kind", "info_request", "procedure", "info", "reason", why)
	theirs, mine := versions(doc)
	month, info := i18n.In("uk", "appeals.procedure.appeal"), i18n.In("uk", "appeals.procedure.info")
	if code != 409 || theirs != "Заява|"+month+"|—|" || mine != "Запит на публічну інформацію|"+info+"|"+why+"|" || kinds() != 0 || doc.Find("form#act-form #reason").Text() != why {
		t.Errorf("from a stale page: %d\n%s\n%s", code, theirs, mine)
	}
	if code, _ = o.send("head", "POST", at+"/reclassify", "version", seen(), "kind", "info_request", "procedure", "info", "reason", why); code != 303 || kinds() != 1 {
		t.Errorf("on a ground: %d", code)
	}
	if _, doc = o.send("clerk", "GET", at+"?tab=history"); !strings.Contains(doc.Find("main").Text(), why) || !strings.Contains(doc.Find("main").Text(), "Заява. "+month+" → "+info) {
		t.Error("the history of the office does not tell of it")
	}
	// Too late for the request's five days: the box that confirms it comes with the error.
	o.ok(o.svc.Reclassify(ctx, o.people["clerk"], n, 0, dom.Classification{Kind: dom.Application, Procedure: deadline.Appeal, Reason: why}))
	o.Clock.Set(o.Clock.Now().AddDate(0, 0, 12))
	code, doc = o.send("clerk", "POST", at+"/reclassify", "version", seen(), "kind", "info_request", "procedure", "info", "reason", why)
	if code != 422 || doc.Find(`input#late[type=checkbox]`).Length() != 1 || doc.Find(`.ds-error-summary a[href="#late"]`).Length() != 1 || kinds() != 0 {
		t.Errorf("late: %d", code)
	}
	if code, _ = o.send("clerk", "POST", at+"/reclassify", "version", seen(), "kind", "info_request", "procedure", "info", "reason", why, "late", "1"); code != 303 || kinds() != 1 {
		t.Errorf("late and confirmed: %d", code)
	}
}
