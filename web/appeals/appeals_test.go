package appeals_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	dom "ereception/internal/appeals"
	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/files"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/platform/ratelimit"
	"ereception/web/appeals"
	"ereception/web/httpx"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// site is the area over a real database, with sessions named by their token.
type site struct {
	*pgtest.Env
	t      testing.TB
	svc    *dom.Service
	h      http.Handler
	people map[string]authz.Actor
	parked map[string]parked
	nth    int // of the next parked form
	limits *limits
	jar    []*http.Cookie // of the parked forms
	topic  int64
	unit   int64
}

type parked struct {
	path string
	v    url.Values
}

func (s *site) Resolve(_ context.Context, token string) (authz.Actor, error) {
	return s.people[token], nil
}

func (s *site) Park(_ context.Context, _, path string, v url.Values) (string, error) {
	id := "p" + strconv.Itoa(s.nth)
	s.nth++
	s.parked[id] = parked{path, v}
	return id, nil
}

func (s *site) Parked(_ context.Context, _ authz.Actor, id string) (string, url.Values, error) {
	p, ok := s.parked[id]
	if !ok {
		return "", nil, errs.NotFound()
	}
	return p.path, p.v, nil
}

func (s *site) Drop(_ context.Context, id string) error {
	delete(s.parked, id)
	return nil
}

type fixedCalendar struct{}

func (fixedCalendar) Calendar(context.Context) (calendar.Calendar, error) {
	return calendar.Default(), nil
}

// ground is a community of one degree; its register knows one street.
type ground struct{}

func (ground) Spot(_ context.Context, lat, lon float64) (dom.Spot, error) {
	return dom.Spot{Inside: inside(lat, lon)}, nil
}

func (ground) Geocode(_ context.Context, address string) (city.Point, bool, error) {
	if strings.HasPrefix(address, "вул. Київська") {
		return city.Point{Lat: 50.2581, Lon: 28.6692, Approximate: true}, true, nil
	}
	return city.Point{}, false, nil
}

func (ground) Locate(_ context.Context, lat, lon float64) (city.Place, error) {
	return city.Place{Inside: inside(lat, lon), District: &city.District{NameUK: "Корольовський район"}}, nil
}

func inside(lat, lon float64) bool { return lat > 50 && lat < 51 && lon > 28 && lon < 29 }

type signer struct{}

func (signer) Sign(context.Context, authz.Actor, []byte, dom.Credential) (dom.Evidence, error) {
	return dom.Evidence{Method: "password", Data: map[string]any{}}, nil
}

// limits refuses all or none.
type limits struct {
	refuse bool
	real   *ratelimit.Limiter
}

func (l *limits) Allow(context.Context, time.Time, ...ratelimit.Hit) error {
	if l.refuse {
		return errs.Limited(time.Minute)
	}
	return nil
}

func (l *limits) Attempt(now time.Time, hits ...ratelimit.Hit) *ratelimit.Attempt {
	if l.refuse {
		for i := range hits {
			hits[i].Rule.Max = 0
		}
	}
	return l.real.Attempt(now, hits...)
}

func setup(t testing.TB) *site {
	t.Helper()
	e := pgtest.New(t)
	store, err := files.Open(context.Background(), files.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	s := &site{Env: e, t: t, people: map[string]authz.Actor{}, parked: map[string]parked{}, limits: &limits{real: ratelimit.New(e.DB.Pool(), []byte("key"))}}
	s.svc = dom.New(e.DB, fixedCalendar{}, ground{}, store, signer{}, e.Clock, dom.Site{BaseURL: "https://e.example"})
	e.Owner(t, `INSERT INTO units (code, name_uk, created_at) VALUES ('roads', 'Відділ доріг', now())`)
	s.unit = s.id("SELECT id FROM units")
	e.Owner(t, `INSERT INTO topics (code, name_uk, unit_id, created_at) VALUES ('holes', 'Ями', $1, now())`, s.unit)
	s.topic = s.id("SELECT id FROM topics")
	s.person("ann", "Зразкова Ганна Іванівна")
	s.person("bob", "Бондар Богдан Петрович")
	s.person("clerk", "Демченко Олена Карпівна", authz.RoleSpecialist)
	s.person("head", "Керівний Андрій Петрович", authz.RoleManager)
	s.person("exec", "Мельник Остап Юрійович", authz.RoleExecutor)
	s.h, err = httpx.Build(httpx.Options{
		Areas: []httpx.Area{appeals.New(s.svc, ground{}, s.limits, e.Clock).Area()}, Sessions: s, Parker: s,
		Clock: e.Clock, Log: e.Log, Frame: httpx.Frame{Clock: e.Clock},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) id(sql string, args ...any) int64 {
	s.t.Helper()
	var n int64
	if err := s.DB.ReadPool().QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (s *site) person(token, name string, roles ...authz.Role) {
	s.t.Helper()
	s.Owner(s.t, `INSERT INTO people (email, name, status, address, created_at) VALUES ($1, $2, 'active', 'м. Житомир, вул. Київська, 1', now())`, token+"@example.org", name)
	a := authz.Actor{Kind: authz.KindPerson, ID: s.id("SELECT id FROM people WHERE email = $1", token+"@example.org"), Name: name, Roles: roles, Locale: "uk"}
	for _, r := range roles {
		s.Owner(s.t, "INSERT INTO role_grants (person_id, role, created_at) VALUES ($1, $2, now())", a.ID, string(r))
	}
	if len(roles) > 0 {
		a.UnitID, a.UnitIDs, a.PostTitle = s.unit, []int64{s.unit}, "спеціаліст"
		if token == "head" {
			a.Head, a.PostTitle = true, "начальник відділу"
		}
		s.Owner(s.t, "INSERT INTO posts (unit_id, title_uk, head, created_at) VALUES ($1, $2, $3, now())", s.unit, a.PostTitle, a.Head)
		s.Owner(s.t, "INSERT INTO appointments (person_id, post_id, valid_from, created_at) VALUES ($1, (SELECT max(id) FROM posts), '2020-01-01', now())", a.ID)
	}
	s.people[token] = a
}

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
	doc *goquery.Document
}

// send makes the request and leaves the page unread.
func (s *site) send(as, method, path string, body io.Reader, contentType string, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	req := httptest.NewRequest(method, path, body)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if as != "" {
		req.AddCookie(&http.Cookie{Name: httpx.CookieName(false), Value: as})
	}
	for _, k := range s.jar { // what this browser was given before
		req.AddCookie(k)
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, req)
	for _, k := range w.Result().Cookies() {
		if strings.HasSuffix(k.Name, "_parked") {
			s.jar = []*http.Cookie{k}
		}
	}
	return w
}

func (s *site) do(as, method, path string, body io.Reader, contentType string, header ...string) answer {
	s.t.Helper()
	w := s.send(as, method, path, body, contentType, header...)
	a := answer{ResponseRecorder: w}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		doc, err := goquery.NewDocumentFromReader(bytes.NewReader(w.Body.Bytes()))
		if err != nil {
			s.t.Fatal(err)
		}
		a.doc = doc
	}
	return a
}

func (s *site) get(as, path string) answer { s.t.Helper(); return s.do(as, "GET", path, nil, "") }

func (s *site) post(as, path string, kv ...string) answer {
	s.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		v.Set(kv[i], kv[i+1])
	}
	return s.do(as, "POST", path, strings.NewReader(v.Encode()), "application/x-www-form-urlencoded")
}

func (a answer) value(name string) string {
	v, _ := a.doc.Find(`input[name="` + name + `"]`).Attr("value")
	return v
}

func (a answer) problems() []string {
	var out []string
	a.doc.Find(".ds-error-summary li a").Each(func(_ int, l *goquery.Selection) { out = append(out, l.AttrOr("href", "")) })
	return out
}

func (s *site) want(a answer, status int, location string) {
	s.t.Helper()
	if a.Code != status || location != "" && a.Header().Get("Location") != location {
		s.t.Fatalf("status %d to %q, want %d to %q\n%s", a.Code, a.Header().Get("Location"), status, location, excerpt(a))
	}
}

func excerpt(a answer) string {
	if a.doc == nil {
		return a.Body.String()
	}
	return strings.Join(strings.Fields(a.doc.Find("main").Text()), " ")
}

// started gives the address of a new draft, without the step.
func (s *site) started(kind string) string {
	s.t.Helper()
	a := s.post("ann", "/appeals/new", "kind", kind, "addressee", "")
	if a.Code != 303 {
		s.t.Fatalf("start: %d %s", a.Code, excerpt(a))
	}
	return strings.TrimSuffix(a.Header().Get("Location"), "2")
}

const body = "Біля зупинки утворилася яма завглибшки близько 15 см."

func (s *site) matter(path string, kv ...string) answer {
	s.t.Helper()
	all := append([]string{
		"topic", strconv.FormatInt(s.topic, 10), "title", "Яма біля зупинки", "place", "вул. Київська, 61", "lat", "", "lon", "", "found", "",
		"body", body, "public", "yes", "version", "0", "do", "next",
	}, kv...)
	return s.post("ann", path+"2", all...)
}

func (s *site) who(path string, kv ...string) answer {
	s.t.Helper()
	all := append([]string{
		"name", "Зразкова Ганна Іванівна", "address", "м. Житомир, вул. Київська, 1", "channel", "email", "email", "ann@example.org", "phone", "",
		"version", "0", "do", "next",
	}, kv...)
	return s.post("ann", path+"3", all...)
}

// filed walks the four steps and gives the number.
func (s *site) filed() string {
	s.t.Helper()
	d := s.started("application")
	s.want(s.matter(d), 303, d+"3")
	s.want(s.who(d), 303, d+"4")
	a := s.post("ann", d+"4", "do", "next")
	s.want(a, 303, "")
	return strings.TrimPrefix(a.Header().Get("Location"), "/appeals/")
}

func TestFourSteps(t *testing.T) {
	t.Parallel()
	s := setup(t)

	start := s.get("ann", "/appeals/new")
	s.want(start, 200, "")
	if n := start.doc.Find(`input[name="kind"]`).Length(); n != 4 {
		t.Errorf("%d kinds to choose from, want 4", n)
	}
	s.want(s.post("ann", "/appeals/new", "kind", "", "addressee", ""), 422, "")
	d := s.started("application")

	a := s.matter(d, "title", "Яма", "body", "Коротко")
	s.want(a, 422, "")
	if got := strings.Join(a.problems(), " "); got != "#title #body" {
		t.Errorf("problems %s", got)
	}
	if a.value("title") != "Яма" || a.doc.Find("textarea[name=body]").Text() != "Коротко" || a.value("lat") != "50.258100" {
		t.Errorf("the page forgot what was typed, or found no place: %q %q", a.value("title"), a.value("lat"))
	}
	s.want(s.matter(d), 303, d+"3")

	a = s.who(d, "name", "Ганна", "email", "ann@")
	s.want(a, 422, "")
	if got := strings.Join(a.problems(), " "); got != "#name #email" {
		t.Errorf("problems %s", got)
	}
	s.want(s.who(d), 303, d+"4")

	a = s.get("ann", d+"4")
	s.want(a, 200, "")
	if !strings.Contains(excerpt(a), body) || a.doc.Find(`a[href="`+d+`2"]`).Length() == 0 {
		t.Error("the last step shows neither the text nor the way back to it")
	}
	a = s.post("ann", d+"4", "do", "next")
	s.want(a, 303, "")
	show := a.Header().Get("Location")
	s.want(s.post("ann", d+"4", "do", "next"), 303, show) // a second click files nothing more
	if n := s.Count(t, "SELECT count(*) FROM appeals"); n != 1 {
		t.Errorf("%d appeals were filed, want 1", n)
	}

	a = s.get("ann", show)
	s.want(a, 200, "")
	text := excerpt(a)
	for _, want := range []string{strings.TrimPrefix(show, "/appeals/"), "до 25 грудня 2026", "Відділ звернень реєструє"} {
		if !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
	if a = s.get("ann", "/appeals"); a.doc.Find(`a[href="`+show+`"]`).Length() != 1 {
		t.Error("the list does not lead to the appeal")
	}
	s.want(s.get("bob", show), 404, "")
	s.want(s.get("bob", d+"4"), 404, "")
}

func TestPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		kv     []string
		status int
		lat    string // of the page that follows
	}{
		{"the button finds the address", []string{"find", "1", "do", ""}, 303, "50.258100"},
		{"an address that the register does not know", []string{"find", "1", "do", "", "place", "вул. Невідома, 1"}, 422, ""},
		{"a landmark without a pin is enough to go on", []string{"place", "біля школи"}, 303, ""},
		{"a pin by hand stays", []string{"lat", "50,25", "lon", "28,66"}, 303, "50.250000"},
		{"a pin outside of the community", []string{"lat", "49.9", "lon", "28.66"}, 422, "49.900000"},
		{"half a pin", []string{"lat", "50.25"}, 422, "50.250000"},
		{"no number at all", []string{"lat", "NaN", "lon", "NaN"}, 422, ""},
		{"words for a pin", []string{"lat", "abc", "lon", "abc"}, 422, ""},
		{"words for a pin that is to be found", []string{"find", "1", "do", "", "lat", "abc", "lon", "abc"}, 303, "50.258100"},
		{
			"another address moves a pin that stood for the former one",
			[]string{"place", "вул. Київська, 5", "lat", "50.300000", "lon", "28.700000", "found", "50.300000,28.700000|вул. Інша, 2"},
			303, "50.258100",
		},
		{
			"another address that nobody knows takes the old pin away",
			[]string{"place", "вул. Невідома, 5", "lat", "50.300000", "lon", "28.700000", "found", "50.300000,28.700000|вул. Інша, 2"},
			303, "",
		},
		{"the pin is taken away", []string{"do", "unmark", "lat", "50.25", "lon", "28.66"}, 303, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			d := s.started("complaint")
			shown := s.matter(d, c.kv...)
			s.want(shown, c.status, "")
			if shown.doc != nil { // a mistake of the point must not lie in a closed fold
				told := shown.doc.Find(".ds-error-summary a[href='#lat']").Length()
				open := shown.doc.Find("details[open] input[name=lat]").Length()
				for i := 0; i+1 < len(c.kv); i += 2 { // nothing typed is lost
					if n := c.kv[i]; (n == "lat" || n == "lon") && shown.value(n) != c.kv[i+1] && c.lat == "" {
						t.Errorf("the page holds %s = %q, want %q", n, shown.value(n), c.kv[i+1])
					}
				}
				if told != open || c.status == 422 && c.lat != "" && told != 1 {
					t.Errorf("mistakes of the point told: %d, open folds: %d", told, open)
				}
			}
			if a := s.get("ann", d+"2"); a.value("lat") != c.lat {
				t.Errorf("the draft holds the latitude %q, want %q", a.value("lat"), c.lat)
			}
		})
	}
}

func TestAnInventedTopicIsAMistake(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("complaint")
	for _, topic := range []string{"99999", "-1", "99999999999999999999999", "ями"} {
		a := s.matter(d, "topic", topic)
		s.want(a, 422, "")
		if a.doc.Find(".ds-error-summary a[href='#topic']").Length() != 1 || a.value("title") != "Яма біля зупинки" || a.doc.Find("textarea[name=body]").Text() != body {
			t.Errorf("topic %s: told %v, title %q", topic, a.problems(), a.value("title"))
		}
	}
	s.want(s.matter(d, "topic", ""), 303, d+"3")
	for _, unit := range []string{"99999", "-1"} {
		a := s.post("ann", d+"1", "kind", "complaint", "addressee", unit, "version", "0", "do", "next")
		s.want(a, 422, "")
		if a.doc.Find(".ds-error-summary a[href='#addressee']").Length() != 1 {
			t.Errorf("addressee %s: %v", unit, a.problems())
		}
	}
}

func TestInformationRequestHasNoPlace(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("info_request")
	a := s.get("ann", d+"2")
	if a.doc.Find("[name=place], [name=public]").Length() != 0 {
		t.Error("a request for information is asked for a place or the map")
	}
	if !strings.Contains(excerpt(a), "Запити на інформацію не показуємо на мапі") {
		t.Errorf("nobody says why: %s", excerpt(a))
	}
	s.want(s.post("ann", d+"2", "topic", "", "title", "Договори на ремонт", "body", "Прошу надати копії договорів на ремонт доріг.", "version", "0", "do", "next"), 303, d+"3")
	s.want(s.who(d, "address", ""), 303, d+"4") // Закон 2939-VI, ст. 19: no address needed
}

// TestTheMapIsAskedPlainly: nothing is chosen beforehand, no answer is a mistake that
// leads to its field, and a personal topic is told instead of asked.
func TestTheMapIsAskedPlainly(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("application")
	a := s.get("ann", d+"2")
	if a.doc.Find("input[name=public]").Length() != 2 || a.doc.Find("input[name=public][checked]").Length() != 0 {
		t.Error("the form does not leave the choice to the person")
	}
	a = s.matter(d, "public", "")
	s.want(a, 422, "")
	if got := strings.Join(a.problems(), " "); got != "#public" || a.doc.Find("#public[aria-invalid=true]").Length() != 1 || a.value("title") != "Яма біля зупинки" {
		t.Errorf("problems %s, title %q", got, a.value("title"))
	}
	s.want(s.who(d), 303, d+"4")
	a = s.post("ann", d+"4", "do", "next") // around the second step
	s.want(a, 422, "")
	if href := a.doc.Find(`main a[href$="#public"]`).AttrOr("href", ""); href != d+"2#public" {
		t.Errorf("the way to the choice is %q: %s", href, excerpt(a))
	}
	s.want(s.matter(d, "public", "no"), 303, d+"3")
	if a = s.get("ann", d+"2"); a.doc.Find("input[name=public][value=no][checked]").Length() != 1 {
		t.Error("the choice is forgotten")
	}
	if !strings.Contains(excerpt(s.get("ann", d+"4")), "лише ви і місто") {
		t.Error("the check does not repeat the choice")
	}

	s.Owner(t, "INSERT INTO topics (code, name_uk, personal, created_at) VALUES ('aid', 'Допомога', true, now())")
	var aid int64
	if err := s.DB.ReadPool().QueryRow(t.Context(), "SELECT id FROM topics WHERE code = 'aid'").Scan(&aid); err != nil {
		t.Fatal(err)
	}
	topic := strconv.FormatInt(aid, 10)
	s.want(s.matter(d, "public", "yes", "topic", topic), 303, d+"3") // what was pressed before the topic counts for nothing
	a = s.get("ann", d+"2")
	if a.doc.Find(`option[value="`+topic+`"][data-mark=personal][selected]`).Length() != 1 || !strings.Contains(a.doc.Find(".when-personal").Text(), "не показуємо на мапі") {
		t.Error("the form does not say why it is not asked")
	}
	if text := excerpt(s.get("ann", d+"4")); !strings.Contains(text, "тема особиста") || strings.Contains(text, "усі на мапі") {
		t.Errorf("the check promises the map: %s", text)
	}
	a = s.post("ann", d+"4", "do", "next")
	s.want(a, 303, "")
	if n := s.Count(t, "SELECT count(*) FROM appeals WHERE public"); n != 0 {
		t.Error("it is public")
	}
	if text := excerpt(s.get("ann", a.Header().Get("Location"))); !strings.Contains(text, "На мапі не показано: тема особиста") {
		t.Errorf("the author reads: %s", text)
	}
}

// TestAPointOutsideIsToldOnce: in the summary with its link and at the field, and not
// a second time beside the map.
func TestAPointOutsideIsToldOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("application")
	a := s.matter(d, "lat", "48.45", "lon", "30.52")
	s.want(a, 422, "")
	if got := strings.Join(a.problems(), " "); got != "#lat" {
		t.Errorf("problems %s", got)
	}
	if n := strings.Count(a.doc.Find("main form").Text(), "поза межами"); n != 1 {
		t.Errorf("the form says it %d times", n)
	}
	if a.doc.Find("[data-map-status]").Text() != "" || !strings.Contains(a.doc.Find("#lat-e").Text(), "поза межами") {
		t.Error("it is not said at the field")
	}
	if n := strings.Count(s.get("ann", d+"2").doc.Find("main").Text(), "поза межами"); n != 1 { // come back later: the map says it
		t.Errorf("the saved draft says it %d times", n)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("application")
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, v := range map[string]string{"topic": "", "title": "Яма", "place": "", "lat": "", "lon": "", "body": body, "public": "no", "version": "0", "do": "next"} {
		_ = m.WriteField(k, v)
	}
	put := func(name, content string) {
		w, err := m.CreateFormFile("files", name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, content)
	}
	put("акт.txt", "Акт огляду від 22 листопада.")
	put("вірус.exe", "MZ\x90\x00\x03\x00\x00\x00")
	_ = m.Close()
	a := s.do("ann", "POST", d+"2", &b, m.FormDataContentType())
	s.want(a, 422, "")
	if got := strings.Join(a.problems(), " "); got != "#files #title" {
		t.Errorf("problems %s", got)
	}
	file := a.doc.Find(".files a").First()
	if file.Text() != "акт.txt" {
		t.Fatalf("the good file was not kept beside the mistakes: %q", file.Text())
	}
	href := file.AttrOr("href", "")
	got := s.get("ann", href)
	if got.Code != 200 || got.Body.String() != "Акт огляду від 22 листопада." {
		t.Fatalf("file: %d %q", got.Code, got.Body)
	}
	for k, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"} {
		if got.Header().Get(k) != want {
			t.Errorf("%s: %q, want %q", k, got.Header().Get(k), want)
		}
	}
	if !strings.HasPrefix(got.Header().Get("Content-Disposition"), "attachment") {
		t.Error("a text is shown in the page")
	}
	s.want(s.get("bob", href), 404, "")
	s.want(s.get("", href), 303, "")
	s.want(s.post("bob", d+"files/"+strings.TrimPrefix(href, "/files/")+"/delete"), 404, "")
	s.want(s.matter(d, "remove", strings.TrimPrefix(href, "/files/"), "do", "", "body", "Новий текст"), 303, d+"2#files")
	a = s.get("ann", d+"2")
	if a.doc.Find(".files a").Length() != 0 || a.doc.Find("textarea[name=body]").Text() != "Новий текст" {
		t.Error("the file was not removed, or what was typed meanwhile is lost")
	}
}

// blank is a film: bytes that mean nothing, without memory.
type blank struct{}

func (blank) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestAFilmLosesNoWords: a form that is larger than the portal reads as a whole comes back
// with its words, in the form and in the draft, and names each file that was not taken.
func TestAFilmLosesNoWords(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("application")
	const boundary = "b0undary"
	var parts []io.Reader
	part := func(disposition string, content io.Reader) {
		parts = append(parts, strings.NewReader("--"+boundary+"\r\nContent-Disposition: form-data; "+disposition+"\r\n\r\n"), content, strings.NewReader("\r\n"))
	}
	for k, v := range map[string]string{"title": "Яма біля зупинки", "version": "0", "do": "next"} {
		part(`name="`+k+`"`, strings.NewReader(v))
	}
	for i := range 6 { // the sixth crosses the limit of the whole
		part(`name="files"; filename="фільм`+strconv.Itoa(i)+`.mp4"`, io.LimitReader(blank{}, 21<<20))
	}
	part(`name="files"; filename="акт.txt"`, strings.NewReader("Акт огляду"))
	part(`name="body"`, strings.NewReader(body))
	parts = append(parts, strings.NewReader("--"+boundary+"--\r\n"))
	a := s.do("ann", "POST", d+"2", io.MultiReader(parts...), "multipart/form-data; boundary="+boundary)
	s.want(a, 422, "")
	text := excerpt(a)
	for _, want := range []string{"Файл «фільм0.mp4» завеликий", "Файл «фільм5.mp4» завеликий", "Файл «акт.txt» не взято"} {
		if !strings.Contains(text, want) {
			t.Errorf("not said: %s\n%s", want, text)
		}
	}
	if a.value("title") != "Яма біля зупинки" || a.doc.Find("textarea[name=body]").Text() != body || s.get("ann", d+"2").doc.Find("textarea[name=body]").Text() != body {
		t.Error("the words are lost")
	}
	if n := s.id("SELECT count(*) FROM files"); n != 0 {
		t.Errorf("%d files were taken in part", n)
	}
}

// TestWhatNobodyChoseHasNoWord: a kind or a channel that is none, or none yet, shows no key of
// the catalogue on any page, and none of what was sent in its place.
func TestWhatNobodyChoseHasNoWord(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for _, v := range []string{"", "zzz"} {
		d := s.started("application")
		s.want(s.post("ann", d+"1", "kind", v, "addressee", "", "version", "0", "do", "save"), 303, "/appeals")
		s.want(s.post("ann", d+"3", "channel", v, "name", "", "version", "0", "do", "save"), 303, "/appeals")
		for _, path := range []string{d + "1", d + "2", d + "3", d + "4", "/appeals"} {
			if text := excerpt(s.get("ann", path)); strings.Contains(text, "appeals.") || strings.Contains(text, "zzz") {
				t.Errorf("%q on %s: %s", v, path, text)
			}
		}
		a := s.post("ann", d+"4", "do", "next")
		s.want(a, 422, "")
		if got := strings.Join(a.problems(), " "); !strings.Contains(got, "#kind") || !strings.Contains(got, "#channel") || strings.Contains(excerpt(a), "appeals.") {
			t.Errorf("%q: %s", v, got)
		}
	}
}

func TestTwoWindows(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("application")
	v := s.get("ann", d+"2").value("version")
	s.want(s.matter(d, "version", v, "title", "Перше вікно"), 303, "")
	s.want(s.matter(d, "version", v, "title", "Перше вікно"), 303, "") // the same words are no conflict
	a := s.matter(d, "version", v, "title", "Друге вікно")
	s.want(a, 409, "")
	if text := excerpt(a); !strings.Contains(text, "Перше вікно") || a.value("title") != "Друге вікно" {
		t.Errorf("the page does not show both versions: %s", text)
	}
	s.want(s.matter(d, "version", a.value("version"), "title", "Друге вікно"), 303, d+"3")
}

func TestAutosave(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("application")
	v := url.Values{"title": {"Набираю"}, "body": {"ще не дописав"}, "place": {""}, "lat": {""}, "lon": {""}, "topic": {""}, "public": {"yes"}, "version": {"1"}}
	a := s.do("ann", "POST", d+"autosave", strings.NewReader(v.Encode()), "application/x-www-form-urlencoded", "Accept", "application/json")
	s.want(a, 200, "")
	var out struct{ Version int }
	if err := json.Unmarshal(a.Body.Bytes(), &out); err != nil || strconv.Itoa(out.Version) != a.Header().Get("X-Version") || out.Version < 2 {
		t.Errorf("answer %s, version %s", a.Body, a.Header().Get("X-Version"))
	}
	if got := s.get("ann", d+"2").value("title"); got != "Набираю" {
		t.Errorf("the draft holds %q", got)
	}
	s.want(s.do("bob", "POST", d+"autosave", strings.NewReader(v.Encode()), "application/x-www-form-urlencoded", "Accept", "application/json"), 404, "")
}

func TestLostSession(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("application")
	a := s.post("", d+"2", "title", "Набрано без сеансу", "body", body, "topic", "", "public", "no", "place", "", "lat", "", "lon", "")
	s.want(a, 303, "/sign-in?next="+url.QueryEscape(d+"2?parked=p0"))
	a = s.get("ann", d+"2?parked=p0")
	s.want(a, 200, "")
	if a.value("title") != "Набрано без сеансу" || a.doc.Find("textarea[name=body]").Text() != body {
		t.Error("the form came back empty")
	}
	if a.doc.Find("[class*=flash]").Length() != 0 {
		t.Error("the page speaks of files where there were none")
	}
	// Saving what is typed on lets the parked words go: they must not come back over newer ones.
	v := url.Values{"title": {"Далі вже інакше"}, "body": {body}, "place": {""}, "lat": {""}, "lon": {""}, "topic": {""}, "public": {"yes"}, "version": {"0"}}
	s.want(s.do("ann", "POST", d+"autosave", strings.NewReader(v.Encode()), "application/x-www-form-urlencoded", "Accept", "application/json"), 200, "")
	if got := s.get("ann", d+"2?parked=p0").value("title"); got != "Далі вже інакше" {
		t.Errorf("the page shows %q", got)
	}
	// The words of the home page reach step 1 the same way.
	s.want(s.post("", "/appeals/new", "title", "не світить ліхтар"), 303, "")
	if a = s.get("ann", "/appeals/new?parked=p1"); a.value("title") != "не світить ліхтар" {
		t.Errorf("the words of the home page are lost: %q", a.value("title"))
	}
	// A word in the thread comes back on the page of the appeal.
	show := "/appeals/" + s.filed()
	s.want(s.post("", show+"/messages", "key", "", "message", "Яма росте"), 303, "/sign-in?next="+url.QueryEscape(show+"?parked=p2"))
	if a = s.get("ann", show+"?parked=p2"); a.doc.Find("textarea[name=message]").Text() != "Яма росте" {
		t.Error("the message is lost")
	}
}

func TestWhatComesTooOftenIsKept(t *testing.T) {
	t.Parallel()
	s := setup(t)
	show, d := "/appeals/"+s.filed(), s.started("application")
	s.limits.refuse = true
	a := s.post("ann", show+"/messages", "key", "", "message", "Яма росте")
	s.want(a, 429, "")
	if a.Header().Get("Retry-After") != "60" || a.doc.Find("textarea[name=message]").Text() != "Яма росте" {
		t.Errorf("come again in %q s, with %q", a.Header().Get("Retry-After"), a.doc.Find("textarea[name=message]").Text())
	}
	a = s.post("ann", "/appeals/new", "kind", "complaint", "addressee", "")
	s.want(a, 429, "")
	if a.Header().Get("Retry-After") == "" || a.doc.Find(`input[name=kind][value=complaint]`).AttrOr("checked", "no") == "no" {
		t.Error("what was chosen is lost")
	}
	if n := s.Count(t, "SELECT count(*) FROM appeal_drafts"); n != 1 {
		t.Errorf("%d drafts beside %s", n, d)
	}
}

// TestFilingTooOftenKeepsTheDraft: who is told to come later is told that nothing
// is lost, and where it is; and it is so.
func TestFilingTooOftenKeepsTheDraft(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("application")
	s.want(s.matter(d), 303, d+"3")
	s.want(s.who(d), 303, d+"4")
	s.limits.refuse = true
	a := s.post("ann", d+"4", "do", "next")
	s.want(a, 429, "")
	if n, err := strconv.Atoi(a.Header().Get("Retry-After")); err != nil || n < 1 {
		t.Errorf("Retry-After %q", a.Header().Get("Retry-After"))
	}
	if !strings.Contains(excerpt(a), "чернетку з файлами збережено") || a.doc.Find(`main a[href="`+d+`4"]`).Length() == 0 || !strings.Contains(excerpt(a), body) {
		t.Errorf("the page does not say that the draft is kept: %s", excerpt(a))
	}
	if n := s.Count(t, "SELECT count(*) FROM appeals"); n != 0 {
		t.Errorf("%d appeals", n)
	}
	s.limits.refuse = false
	s.want(s.post("ann", d+"4", "do", "next"), 303, "")
}

func TestDrafts(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("proposal")
	s.want(s.matter(d, "do", "save", "title", ""), 303, "/appeals")
	a := s.get("ann", "/appeals")
	if a.doc.Find(`form[action="`+d+`drop"]`).Length() != 1 {
		t.Error("the list does not hold the draft")
	}
	s.want(s.post("bob", d+"drop"), 404, "")
	s.want(s.post("ann", d+"drop"), 303, "/appeals")
	s.want(s.get("ann", d+"2"), 404, "")
	for _, path := range []string{"/appeals/drafts/nonsense/2", d + "5", d + "0"} {
		s.want(s.get("ann", path), 404, "")
	}
}

// TestAFiledDraftLeadsToItsAppeal: every address of a draft that is filed leads its
// author to the appeal, loses nothing of what he typed late, and tells nobody else.
func TestAFiledDraftLeadsToItsAppeal(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("application")
	s.want(s.matter(d), 303, d+"3")
	s.want(s.who(d), 303, d+"4")
	a := s.post("ann", d+"4", "do", "next")
	s.want(a, 303, "")
	show := a.Header().Get("Location")
	for _, step := range []string{"1", "2", "3", "4"} {
		s.want(s.get("ann", d+step), 303, show)
		s.want(s.get("bob", d+step), 404, "")
		s.want(s.post("bob", d+step, "body", "чуже"), 404, "")
	}
	s.want(s.get("", d+"2"), 303, "")
	if to := s.get("", d+"2").Header().Get("Location"); strings.Contains(to, show) {
		t.Errorf("a guest is led to %s", to)
	}
	s.want(s.post("ann", d+"4", "do", "next"), 303, show)
	s.want(s.post("ann", d+"drop"), 303, show)
	s.want(s.post("bob", d+"drop"), 404, "")
	a = s.post("ann", d+"3", "name", "Інша Назва Особи")
	s.want(a, 303, show)
	if a.Header().Get("Set-Cookie") == "" {
		t.Error("no word is left that says why")
	}
	s.want(s.post("ann", d+"autosave", "body", "дописане в іншому вікні"), 409, "")
	s.want(s.post("bob", d+"autosave", "body", "дописане в іншому вікні"), 404, "")
	const late = "Дописане в іншому вікні: яма вже на всю смугу."
	a = s.post("ann", d+"2", "body", late, "title", "Яма")
	s.want(a, 409, "")
	if !strings.Contains(excerpt(a), "вже подано") || a.doc.Find("#message").Text() != late {
		t.Errorf("what was typed late is lost: %q", a.doc.Find("#message").Text())
	}
	if n := s.Count(t, "SELECT count(*) FROM appeals"); n != 1 {
		t.Errorf("%d appeals", n)
	}
	if n := s.Count(t, "SELECT count(*) FROM appeals WHERE body LIKE '%смугу%' OR author_name LIKE 'Інша%'") + s.Count(t, "SELECT count(*) FROM appeal_messages"); n != 0 {
		t.Error("a late form changed what was filed")
	}
}

func TestMistakesAtTheLastStep(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := s.started("application")
	a := s.post("ann", d+"4", "do", "next")
	s.want(a, 422, "")
	if got := strings.Join(a.problems(), " "); !strings.Contains(got, d+"2#title") || !strings.Contains(got, d+"2#body") {
		t.Errorf("the mistakes do not lead to their fields: %s", got)
	}
	s.limits.refuse = true
	s.want(s.post("ann", d+"4", "do", "next"), 429, "")
	if n := s.Count(t, "SELECT count(*) FROM appeals"); n != 0 {
		t.Errorf("%d appeals were filed", n)
	}
}

func TestThreadAnswerAndRating(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ctx := context.Background()
	n := s.filed()
	show := "/appeals/" + n
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s.want(s.post("ann", show+"/messages", "key", "", "message", " "), 422, "")
	for range 2 { // a second click says it once
		s.want(s.post("ann", show+"/messages", "key", "11111111-1111-4111-8111-111111111111", "message", "Дописую: яма росте"), 303, show+"#thread")
	}
	if n := s.Count(t, "SELECT count(*) FROM appeal_messages"); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
	s.want(s.post("bob", show+"/messages", "key", "", "message", "чужий"), 404, "")
	s.want(s.post("ann", show+"/rating", "rating", "solved"), 409, "")

	must(s.svc.Register(ctx, s.people["clerk"], n, 0, dom.Registration{Classification: dom.Classification{Procedure: deadline.Appeal}, TopicID: s.topic}))
	must(s.svc.Assign(ctx, s.people["clerk"], n, 0, s.unit, s.people["exec"].ID))
	if text := excerpt(s.get("ann", show)); !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), "виконавець О. Мельник") {
		t.Errorf("the page does not say who works on it: %s", text)
	}
	// Another procedure: when, from what to what, why, until when, and how to complain.
	const why = "Додаткове вивчення не потрібне: бригада вже працює на цій вулиці."
	must(s.svc.Reclassify(ctx, s.people["clerk"], n, 0, dom.Classification{Kind: dom.Application, Procedure: deadline.AppealSimple, Reason: why}))
	changed := s.get("ann", show)
	if note := changed.doc.Find("section[aria-labelledby=term] .note").Text(); !strings.Contains(note, why) || !strings.Contains(note, "Стало: Звернення без додаткового вивчення, 15 днів") ||
		!strings.Contains(note, "статті 16 і 18") || !strings.Contains(note, "не починає його наново") {
		t.Errorf("the term does not tell of the change: %s", note)
	}
	if line := changed.doc.Find("ol, ul").FilterFunction(func(_ int, l *goquery.Selection) bool {
		return strings.Contains(l.Text(), "Змінено порядок розгляду")
	}); line.Length() == 0 ||
		!strings.Contains(line.First().Text(), why) {
		t.Error("the timeline does not tell of the change")
	}
	const words = "Яму відремонтовано, покриття відновлено на площі чотирьох квадратних метрів."
	must(s.svc.Submit(ctx, s.people["exec"], n, 0, words, dom.ResultSatisfied))
	if strings.Contains(s.get("ann", show).Body.String(), words) {
		t.Fatal("the applicant reads a draft that nobody signed")
	}
	c, err := s.svc.Case(ctx, s.people["head"], n)
	must(err)
	must(s.svc.Sign(ctx, s.people["head"], n, c.Digest(), dom.Credential{Password: "x"}))
	a := s.get("ann", show)
	if !strings.Contains(a.doc.Find(".answer").Text(), words) || !strings.Contains(a.doc.Find(".sig").Text(), "Керівний Андрій Петрович") {
		t.Errorf("the answer is not on the page: %s", excerpt(a))
	}
	s.want(s.get("ann", show+"/answer.pdf"), 404, "") // still being made
	s.want(s.get("bob", show+"/answer.pdf"), 404, "")
	a = s.post("ann", show+"/rating", "rating", "unsolved", "comment", "ні")
	s.want(a, 422, "")
	if got := strings.Join(a.problems(), " "); got != "#comment" || a.doc.Find("textarea[name=comment]").Text() != "ні" {
		t.Errorf("problems %s", got)
	}
	s.want(s.post("ann", show+"/rating", "rating", "unsolved", "comment", "Засипали піском, не відремонтували"), 303, show)
	if text := excerpt(s.get("ann", show)); !strings.Contains(text, "Відкрито повторно") {
		t.Errorf("the appeal was not opened again: %s", text)
	}

	must(s.svc.Assign(ctx, s.people["clerk"], n, 0, s.unit, s.people["exec"].ID))
	must(s.svc.Submit(ctx, s.people["exec"], n, 0, "Удруге: "+words, dom.ResultSatisfied))
	c, err = s.svc.Case(ctx, s.people["head"], n)
	must(err)
	must(s.svc.Sign(ctx, s.people["head"], n, c.Digest(), dom.Credential{Password: "x"}))
	must(s.svc.Send(ctx, kind.SendAnswer{AnswerID: c.Earlier[0].ID}))
	a = s.get("ann", show)
	first := a.doc.Find("section[aria-labelledby=earlier] details")
	if first.Length() != 1 || !strings.Contains(first.Text(), words) || !strings.Contains(first.Text(), "Засипали піском") {
		t.Errorf("the first answer and the verdict on it are not on the page: %s", excerpt(a))
	}
	if a.doc.Find("#rated").Length() != 0 {
		t.Error("the verdict on the first answer stands under the second")
	}
	paper := first.Find("a[href$='/answer.pdf']").AttrOr("href", "")
	if paper != show+"/answers/1/answer.pdf" {
		t.Errorf("the paper of the first answer is at %q", paper)
	}
	s.want(s.get("ann", paper), 200, "")
	s.want(s.get("bob", paper), 404, "")
	s.want(s.get("ann", show+"/answers/x/answer.pdf"), 404, "")
}

// TestAReplyTakesFiles: a plain form of the browser sends words and files; what is
// refused keeps the words and the files, so that nobody chooses them twice, and a form
// that was sent already says nothing else.
func TestAReplyTakesFiles(t *testing.T) {
	t.Parallel()
	s := setup(t)
	n := s.filed()
	show := "/appeals/" + n
	const key = "22222222-2222-4222-8222-222222222222"
	// send sends a form: pairs of fields, then pairs of files after a "—".
	send := func(pairs ...string) answer {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		at := slices.Index(pairs, "—")
		if at < 0 {
			at = len(pairs)
		}
		for i := 0; i+1 < at; i += 2 {
			_ = m.WriteField(pairs[i], pairs[i+1])
		}
		for i := at + 1; i+1 < len(pairs); i += 2 {
			w, err := m.CreateFormFile("files", pairs[i])
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(w, pairs[i+1])
		}
		_ = m.Close()
		return s.do("ann", "POST", show+"/messages", &b, m.FormDataContentType())
	}
	// kept tells the names of the files that the form holds, and gives the form as it
	// would be sent again.
	kept := func(a answer) (names string, fields []string) {
		form := a.doc.Find("form[action$='/messages']")
		form.Find("input[type=hidden]").Each(func(_ int, q *goquery.Selection) {
			fields = append(fields, q.AttrOr("name", ""), q.AttrOr("value", ""))
		})
		return strings.Join(form.Find(".files li a").Map(func(_ int, q *goquery.Selection) string { return q.Text() }), " "), fields
	}
	form := s.get("ann", show).doc.Find("form[action$='/messages']")
	if form.AttrOr("enctype", "") != "multipart/form-data" || form.Find("input[type=file][name=files][multiple]").Length() != 1 {
		t.Error("the form takes no files")
	}
	const exe = "MZ\x90\x00\x03\x00\x00\x00"
	a := send("key", key, "message", "Ось акт і ще щось", "—", "акт.txt", "Акт огляду.", "вірус.exe", exe)
	s.want(a, 422, "")
	if got := strings.Join(a.problems(), " "); got != "#files" || a.doc.Find("textarea[name=message]").Text() != "Ось акт і ще щось" {
		t.Errorf("problems %s, the words %q", got, a.doc.Find("textarea[name=message]").Text())
	}
	names, fields := kept(a)
	if names != "акт.txt" || !slices.Contains(fields, key) {
		t.Errorf("the form holds %q and the fields %v", names, fields)
	}
	id := fields[slices.Index(fields, "kept")+1]
	s.want(s.get("ann", "/files/"+id), 200, "")
	s.want(s.get("bob", "/files/"+id), 404, "")
	if s.Count(t, "SELECT count(*) FROM appeal_messages") != 0 || s.Count(t, "SELECT count(*) FROM files WHERE message_id IS NULL AND appeal_id IS NULL") != 1 {
		t.Fatal("a refused reply left a message, or the file is not where it was")
	}
	// No words, one more file: both are there; the sixth is not kept.
	a = send(append(fields, "message", "", "—", "план.txt", "План.")...)
	s.want(a, 422, "")
	if names, fields = kept(a); names != "акт.txt план.txt" {
		t.Errorf("the form holds %q", names)
	}
	a = send(append(fields, "message", "Ось акт", "—", "1.txt", "1", "2.txt", "2", "3.txt", "3", "4.txt", "4")...)
	s.want(a, 422, "")
	if names, fields = kept(a); names != "акт.txt план.txt 1.txt 2.txt 3.txt" {
		t.Errorf("the form holds %q", names)
	}
	// «Прибрати» takes one away and keeps the words.
	for _, name := range []string{"1", "2", "3"} {
		var id string
		a.doc.Find("form[action$='/messages'] .files li").Each(func(_ int, q *goquery.Selection) {
			if q.Find("a").Text() == name+".txt" {
				id = q.Find("button[name=remove]").AttrOr("value", "")
			}
		})
		a = send(append(fields, "message", "Ось акт", "remove", id)...)
		s.want(a, 200, "")
		_, fields = kept(a)
	}
	if names, _ := kept(a); names != "акт.txt план.txt" || a.doc.Find("textarea[name=message]").Text() != "Ось акт" {
		t.Errorf("after removing the form holds %q and %q", names, a.doc.Find("textarea[name=message]").Text())
	}
	for range 2 { // a second click
		s.want(send(append(fields, "message", "Ось акт", "—", "лист.txt", "Лист.", "", "")...), 303, show+"#thread")
	}
	links := s.get("ann", show).doc.Find(".msg .files a")
	if got := strings.Join(links.Map(func(_ int, q *goquery.Selection) string { return q.Text() }), " "); got != "акт.txt план.txt лист.txt" ||
		s.get("ann", links.First().AttrOr("href", "")).Body.String() != "Акт огляду." {
		t.Errorf("in the thread stand %q", got)
	}
	s.want(s.get("bob", links.First().AttrOr("href", "")), 404, "")
	if s.Count(t, "SELECT count(*) FROM appeal_messages") != 1 || s.Count(t, "SELECT count(*) FROM files WHERE message_id IS NOT NULL") != 3 {
		t.Error("the second click left something")
	}

	a = send("key", key, "message", "Ось акт і пояснення до нього", "—", "акт.txt", "Акт огляду.")
	s.want(a, 409, "")
	again := a.doc.Find("form[action$='/messages']")
	names, fields = kept(a)
	if again.Find("textarea").Text() != "Ось акт і пояснення до нього" || names != "акт.txt" || slices.Contains(fields, key) {
		t.Error("the other words or files are lost, or cannot be sent: the key is spent")
	}
	if s.Count(t, "SELECT count(*) FROM appeal_messages") != 1 || s.Count(t, "SELECT count(*) FROM files WHERE message_id IS NOT NULL") != 3 {
		t.Error("the second send left something")
	}
	s.want(send(append(fields, "message", again.Find("textarea").Text())...), 303, show+"#thread")
	if s.Count(t, "SELECT count(*) FROM files WHERE message_id IS NOT NULL") != 4 {
		t.Error("the kept file did not go with the words")
	}
	// A kept file that is gone meanwhile is told of; the word does not go without it.
	a = send("key", "33333333-3333-4333-8333-333333333333", "message", "", "—", "ще.txt", "Ще.")
	_, fields = kept(a)
	gone, err := strconv.ParseInt(fields[slices.Index(fields, "kept")+1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.svc.DropKept(context.Background(), s.people["ann"], n, gone); err != nil {
		t.Fatal(err)
	}
	a = send(append(fields, "message", "Ось іще")...)
	s.want(a, 422, "")
	if !strings.Contains(a.doc.Text(), "Доданий файл уже не зберігається") || s.Count(t, "SELECT count(*) FROM appeal_messages") != 2 {
		t.Error("a word went without its file in silence")
	}
}

// TestTheApplicantReadsThatALetterDidNotArrive: the mailbox refused the answer;
// the page says so and shows the answer, and tells nobody's address.
func TestTheApplicantReadsThatALetterDidNotArrive(t *testing.T) {
	t.Parallel()
	s, ctx := setup(t), context.Background()
	n := s.filed()
	const words = "Яму відремонтовано, покриття відновлено на площі чотирьох квадратних метрів."
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.svc.Register(ctx, s.people["clerk"], n, 0, dom.Registration{Classification: dom.Classification{Procedure: deadline.Appeal}, TopicID: s.topic}))
	must(s.svc.Assign(ctx, s.people["clerk"], n, 0, s.unit, s.people["exec"].ID))
	must(s.svc.Submit(ctx, s.people["exec"], n, 0, words, dom.ResultSatisfied))
	c, err := s.svc.Case(ctx, s.people["head"], n)
	must(err)
	must(s.svc.Sign(ctx, s.people["head"], n, c.Digest(), dom.Credential{Password: "x"}))
	must(s.svc.Send(ctx, kind.SendAnswer{AnswerID: c.Answer.ID}))
	const told = "Лист із відповіддю не вдалося доставити"
	if strings.Contains(s.get("ann", "/appeals/"+n).Body.String(), told) {
		t.Fatal("it is told before it happened")
	}
	s.Owner(t, `INSERT INTO appeal_events (appeal_id, at, kind, actor_name, public, from_state, to_state, data)
		SELECT id, now(), 'undelivered', '', true, state, state, '{"letter": "appeal.answer"}' FROM appeals WHERE number = $1`, n)
	a := s.get("ann", "/appeals/"+n)
	if text := a.Body.String(); !strings.Contains(text, told) || !strings.Contains(a.doc.Find(".answer").Text(), words) {
		t.Errorf("the page does not say it: %s", excerpt(a))
	}
}

// TestTheDayOfRegistrationIsTold: what came in the evening and was registered the same
// evening shows the day by which law has it registered, also while nothing else happened;
// and that a text was taken from the map is told with its ground.
func TestTheDayOfRegistrationIsTold(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.Clock.Set(time.Date(2026, time.November, 25, 20, 0, 0, 0, i18n.Kyiv))
	n := s.filed()
	ctx := context.Background()
	if err := s.svc.Register(ctx, s.people["clerk"], n, 0, dom.Registration{Classification: dom.Classification{Procedure: deadline.Appeal}, TopicID: s.topic}); err != nil {
		t.Fatal(err)
	}
	story := func() string {
		return strings.Join(strings.Fields(s.get("ann", "/appeals/"+n).doc.Find("ol.tl").Text()), " ")
	}
	if got := story(); !strings.Contains(got, "День реєстрації — 26 листопада 2026") || !strings.Contains(got, "25 лист.") {
		t.Errorf("the story says %s", got)
	}
	if err := s.svc.Hide(ctx, s.people["clerk"], n, 0, dom.HideRights); err != nil {
		t.Fatal(err)
	}
	if got := story(); !strings.Contains(got, "День реєстрації — 26 листопада 2026") || !strings.Contains(got, "текст ображає людину") {
		t.Errorf("the story says %s", got)
	}
	if got := excerpt(s.get("ann", "/appeals/"+n)); strings.Contains(got, "Показано на мапі") {
		t.Error("the page says that it is on the map")
	}
}

// TestARequestIsCalledARequest on the pages of its applicant, in every step of the
// form and every state, and an urgent one is told with the hour of its term.
func TestARequestIsCalledARequest(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ctx := context.Background()
	// Names of the office, of the list of both, and of the law are what they are.
	names := strings.NewReplacer("«Про звернення громадян»", "", "Подати звернення", "", "Відділ звернень", "", "Мої звернення", "", "відділ звернень", "")
	check := func(path string) string {
		t.Helper()
		a := s.get("ann", path)
		text := excerpt(a) + " " + a.doc.Find("title").Text() + " " + a.doc.Find("nav").Text()
		main := names.Replace(excerpt(a) + " " + a.doc.Find("title").Text())
		if strings.Contains(strings.ToLower(main), "звернен") || strings.Contains(main, "noun") {
			t.Errorf("%s: %s", path, main)
		}
		return strings.ReplaceAll(text, "\u00a0", " ")
	}
	d := s.started("info_request")
	check(d + "2")
	s.want(s.matter(d, "title", "Кошторис ремонту"), 303, d+"3")
	check(d + "3")
	s.want(s.who(d), 303, d+"4")
	check(d + "4")
	a := s.post("ann", d+"4", "do", "next")
	s.want(a, 303, "")
	show := a.Header().Get("Location")
	n := strings.TrimPrefix(show, "/appeals/")
	if text := check(show); !strings.Contains(text, "Запит № "+n+" прийнято") {
		t.Errorf("the receipt: %s", text)
	}
	if err := s.svc.Register(ctx, s.people["clerk"], n, 0, dom.Registration{Classification: dom.Classification{Procedure: deadline.InfoUrgent, Reason: "Ідеться про загрозу життю людей: стаття 20 Закону 2939-VI."}, TopicID: s.topic}); err != nil {
		t.Fatal(err)
	}
	if err := s.svc.Assign(ctx, s.people["clerk"], n, 0, s.unit, s.people["exec"].ID); err != nil {
		t.Fatal(err)
	}
	due := strings.ReplaceAll(i18n.DateTimeIn(i18n.Ukrainian, s.Clock.Now().Add(48*time.Hour)), "\u00a0", " ")
	for _, path := range []string{show, "/appeals"} {
		if text := check(path); !strings.Contains(text, "до "+due) {
			t.Errorf("%s does not tell the hour of the term, %s: %s", path, due, text)
		}
	}
	s.Clock.Advance(49 * time.Hour)
	for _, path := range []string{show, "/appeals"} {
		if text := check(path); !strings.Contains(text, "строк минув сьогодні") {
			t.Errorf("%s does not tell that the hour has passed: %s", path, text)
		}
	}
	s.Clock.Advance(-49 * time.Hour)
	if err := s.svc.Submit(ctx, s.people["exec"], n, 0, "Надсилаємо кошторис ремонту дороги по вулиці Київській у додатку до листа.", dom.ResultSatisfied); err != nil {
		t.Fatal(err)
	}
	c, err := s.svc.Case(ctx, s.people["head"], n)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.svc.Sign(ctx, s.people["head"], n, c.Digest(), dom.Credential{Password: "x"}); err != nil {
		t.Fatal(err)
	}
	check(show)
	s.want(s.post("ann", show+"/rating", "rating", "unsolved", "comment", "Кошторис не той, прошу інший"), 303, show)
	check(show)
}

// TestTheAuthorChangesHisMindAboutTheMap: a button on his page takes the appeal from
// the map and another puts it back; nobody else has them.
func TestTheAuthorChangesHisMindAboutTheMap(t *testing.T) {
	t.Parallel()
	s := setup(t)
	n := s.filed()
	show := "/appeals/" + n
	const off, on = `name="public" value="no"`, `name="public" value="yes"`
	offers := func(what string, takeOff, putOn bool, says string) {
		t.Helper()
		a := s.get("ann", show)
		body := a.Body.String()
		if strings.Contains(body, off) != takeOff || strings.Contains(body, on) != putOn || !strings.Contains(body, says) {
			t.Errorf("%s: takes off %v, puts on %v: %s", what, strings.Contains(body, off), strings.Contains(body, on), excerpt(a))
		}
	}
	offers("just filed", true, false, "Буде на мапі, щойно звернення зареєструють")
	if err := s.svc.Register(context.Background(), s.people["clerk"], n, 0, dom.Registration{Classification: dom.Classification{Procedure: deadline.Appeal}, TopicID: s.topic}); err != nil {
		t.Fatal(err)
	}
	offers("registered", true, false, "Показано на мапі")
	s.want(s.post("", show+"/map", "public", "no"), 303, "")
	s.want(s.post("bob", show+"/map", "public", "no"), 404, "")
	s.want(s.post("clerk", show+"/map", "public", "no"), 403, "")
	s.want(s.post("ann", show+"/map", "public", "yes"), 409, "")
	s.want(s.post("ann", show+"/map"), 422, "")
	if s.Count(t, "SELECT count(*) FROM appeals WHERE public") != 1 {
		t.Fatal("somebody took it off")
	}
	s.want(s.post("ann", show+"/map", "public", "no"), 303, show+"#on-map")
	offers("taken off", false, true, "На мапі не показано")
	s.want(s.post("ann", show+"/map", "public", "no"), 409, "")
	s.want(s.post("ann", show+"/map", "public", "yes"), 303, show+"#on-map")
	offers("put back", true, false, "Показано на мапі")
	s.Owner(t, "UPDATE topics SET personal = true, version = version + 1 WHERE id = $1", s.topic)
	s.Clock.Advance(time.Minute) // a page may be a few seconds old
	offers("a personal topic", false, false, "тема особиста")
}

// TestATopicComesAlongFromTheHomePage: a link names a topic, the form keeps it from
// step to step; what is no topic is left out in silence, for the link may be old.
func TestATopicComesAlongFromTheHomePage(t *testing.T) {
	t.Parallel()
	s := setup(t)
	topic := strconv.FormatInt(s.topic, 10)
	a := s.get("ann", "/appeals/new?topic="+topic)
	if a.value("topic") != topic || !strings.Contains(excerpt(a), "Тема: Ями") {
		t.Fatalf("the first step forgot the topic: %s", excerpt(a))
	}
	// A mistake keeps it.
	if a = s.post("ann", "/appeals/new", "kind", "", "addressee", "", "topic", topic); a.Code != 422 || a.value("topic") != topic {
		t.Errorf("%d, topic %q", a.Code, a.value("topic"))
	}
	chosen := func(topic string) string {
		t.Helper()
		a := s.post("ann", "/appeals/new", "kind", "application", "addressee", "", "topic", topic)
		s.want(a, 303, "")
		return s.get("ann", a.Header().Get("Location")).doc.Find("#topic option[selected]").AttrOr("value", "")
	}
	if got := chosen(topic); got != topic {
		t.Errorf("the second step holds topic %q", got)
	}
	for _, odd := range []string{"999999", "-1", "яма", "1 OR 1=1"} {
		if got := chosen(odd); got != "" {
			t.Errorf("%q became topic %q", odd, got)
		}
		if a := s.get("ann", "/appeals/new?topic="+url.QueryEscape(odd)); a.Code != 200 || a.doc.Find(`input[name="topic"]`).Length() != 0 {
			t.Errorf("%q: %d", odd, a.Code)
		}
	}
}
