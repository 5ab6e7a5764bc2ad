package petitions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/identity"
	"ereception/internal/law/calendar"
	"ereception/internal/notify"
	dom "ereception/internal/petitions"
	"ereception/internal/pgtest"
	"ereception/internal/platform/db"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/ratelimit"
	"ereception/web/account"
	"ereception/web/httpx"
	"ereception/web/petitions"
)

// signSite is the portal as one who signs sees it.
type signSite struct {
	*pgtest.Env
	t   *testing.T
	id  *identity.Service
	svc *dom.Service
	url string
	n   int64 // a petition that gathers signatures of residents
	sup int64 // one that gathers its first supporters
	dst int64 // a district
}

const (
	signPassword = "три синіх їжаки"
	supportKey   = "sesame-of-the-first"
)

type fixed struct{}

func (fixed) Calendar(context.Context) (calendar.Calendar, error) { return calendar.Default(), nil }

func (fixed) District(context.Context, float64, float64) (int64, bool, error) { return 0, true, nil }

func signSetup(t *testing.T, providers ...identity.OIDCProvider) *signSite {
	t.Helper()
	e := pgtest.New(t)
	ctx := context.Background()
	srv := httptest.NewUnstartedServer(nil)
	s := &signSite{Env: e, t: t, url: "http://" + srv.Listener.Addr().String()}
	var err error
	s.id, err = identity.New(ctx, e.DB, ratelimit.New(e.DB.Pool(), []byte("key")), e.Clock, e.Log, identity.Config{BaseURL: s.url, OIDC: providers})
	if err != nil {
		t.Fatal(err)
	}
	s.svc = dom.New(dom.Options{DB: e.DB, Calendars: fixed{}, Locator: fixed{}, Clock: e.Clock, Secret: []byte("of the tests"), BaseURL: s.url, Log: e.Log})
	c := city.New(e.DB, s.id)
	area := petitions.New(petitions.Options{Service: s.svc, Clock: e.Clock, BaseURL: s.url, Places: c}).UseSigning(s.id, c, ratelimit.New(e.DB.Pool(), []byte("key"))).Area()
	h, err := httpx.Build(httpx.Options{
		Areas: []httpx.Area{account.New(s.id).Area(), area}, Sessions: s.id, Clock: e.Clock, Log: e.Log, Frame: httpx.Frame{Clock: e.Clock},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = h
	srv.Start()
	t.Cleanup(srv.Close)
	e.Owner(t, `INSERT INTO petition_charters (valid_from, threshold, gathering_days, supporters, supporters_days, check_days, announce_days, review_days, tier, residents_only, source, created_at)
		VALUES ('2026-01-01', 300, 90, 5, 30, 2, 3, 10, 'email', true, 'Статут', now())`)
	e.Owner(t, "INSERT INTO districts (kind, code, name_uk, name_en, created_at) VALUES ('district', '1', 'Богунський район', 'Bohunskyi', now())")
	s.dst = int64(e.Count(t, "SELECT max(id) FROM districts"))
	author := s.person("author@example.com", "Зозуля Марія Іванівна")
	s.n = s.petition(author, "gathering", "Безпечний перехід біля ліцею")
	s.sup = s.petition(author, "supporting", "Неперевірені слова автора")
	return s
}

func (s *signSite) petition(author int64, state, title string) int64 {
	s.t.Helper()
	key := uuid.NewString()
	if state == "supporting" {
		key = supportKey
	}
	now := s.Clock.Now()
	s.Owner(s.t, `INSERT INTO petitions (number, state, author_id, author_name, title, essence, filing_key, support_key, salt, charter_id, threshold, tier, residents_only, created_at, published_at, ends_at)
		SELECT nextval('petition_numbers'), $1, $2, 'Зозуля Марія', $3, 'Просимо облаштувати перехід.', gen_random_uuid(), $4, '\x01', max(id), 300, 'email', true, $5, $5, $6 FROM petition_charters`,
		state, author, title, key, now, now.AddDate(0, 0, 10))
	return int64(s.Count(s.t, "SELECT max(number) FROM petitions"))
}

func (s *signSite) person(email, name string, roles ...authz.Role) int64 {
	s.t.Helper()
	ctx := context.Background()
	hash, err := identity.HashPassword(ctx, signPassword)
	if err != nil {
		s.t.Fatal(err)
	}
	var id int64
	if err := s.DB.Write(ctx, authz.System("test"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		id, err = identity.CreatePerson(tx, identity.NewPerson{Email: email, Name: name, PasswordHash: hash, Roles: roles})
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *signSite) signatures() int {
	s.t.Helper()
	return s.Count(s.t, "SELECT count(*) FROM petition_signatures WHERE withdrawn_at IS NULL")
}

// link is the path of the secret link in the latest letter.
func (s *signSite) link() string {
	s.t.Helper()
	ctx := context.Background()
	var l notify.Letter
	var data []byte
	if err := s.DB.ReadPool().QueryRow(ctx, "SELECT kind, person_id, locale, data FROM letters WHERE kind = 'petitionsign.link' ORDER BY id DESC LIMIT 1").
		Scan(&l.Kind, &l.PersonID, &l.Locale, &data); err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal(data, &l.Data); err != nil {
		s.t.Fatal(err)
	}
	c, err := s.id.Composers()[l.Kind](ctx, l)
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimPrefix(c.Button.URL, s.url)
}

// visitor keeps cookies and does not follow redirects by himself.
type visitor struct {
	*signSite
	c *http.Client
}

func (s *signSite) visitor() *visitor {
	jar, _ := cookiejar.New(nil)
	return &visitor{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type seen struct {
	*http.Response
	doc *goquery.Document
}

func (a seen) text() string { return strings.Join(strings.Fields(a.doc.Find("main").Text()), " ") }

func (v *visitor) do(req *http.Request, err error) seen {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "uk")
	res, err := v.c.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return seen{res, doc}
}

func (v *visitor) get(p string) seen {
	v.t.Helper()
	return v.do(http.NewRequest(http.MethodGet, v.url+p, http.NoBody))
}

func (v *visitor) post(p string, pairs ...string) seen {
	v.t.Helper()
	f := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequest(http.MethodPost, v.url+p, strings.NewReader(f.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return v.do(req, err)
}

func (v *visitor) want(a seen, status int, to string) seen {
	v.t.Helper()
	if a.StatusCode != status || to != "" && a.Header.Get("Location") != to {
		v.t.Errorf("%s %s: %d to %q, want %d to %q", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.Header.Get("Location"), status, to)
	}
	return a
}

func (v *visitor) signIn(email string) *visitor {
	v.t.Helper()
	v.want(v.post("/sign-in", "email", email, "password", signPassword), http.StatusSeeOther, "")
	return v
}

func (s *signSite) at(n int64, rest string) string { return fmt.Sprintf("/petitions/%d%s", n, rest) }

func TestThreeScreensToASignature(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v := s.visitor()
	form := v.want(v.get(s.at(s.n, "/sign")), http.StatusOK, "") // 1
	version, _ := form.doc.Find("input[name=version]").Attr("value")
	stamp, _ := form.doc.Find("input[name=stamp]").Attr("value")
	if version != identity.NoticeVersion || stamp == "" || form.doc.Find(`a[href="/privacy/`+version+`"]`).Length() != 1 {
		t.Error("the notice is shown with its version, and the form is stamped")
	}
	if form.doc.Find(`select[name=district] option`).Length() != 2 || !strings.Contains(form.text(), "Безпечний перехід біля ліцею") {
		t.Error("the district may be said, the petition is named")
	}
	s.Clock.Advance(20 * time.Second)
	bad := v.want(v.post(s.at(s.n, "/sign"), "name", "Бондарук Леся Миколаївна", "email", "lesia@example.com", "resident", "1",
		"district", "777777", "stamp", stamp, "version", version), http.StatusUnprocessableEntity, "")
	if got, _ := bad.doc.Find("input[name=email]").Attr("value"); got != "lesia@example.com" || s.Count(t, "SELECT count(*) FROM letters") != 0 {
		t.Errorf("a district that is none: %q is kept, and %d letters went out", got, s.Count(t, "SELECT count(*) FROM letters"))
	}
	v.want(v.post(s.at(s.n, "/sign"), "name", "Бондарук Леся Миколаївна", "email", "lesia@example.com", "resident", "1",
		"district", fmt.Sprint(s.dst), "stamp", stamp, "version", version), http.StatusSeeOther, s.at(s.n, "/sign/sent"))
	v.want(v.get(s.at(s.n, "/sign/sent")), http.StatusOK, "") // 2
	link := s.link()
	for range 2 { // a scanner of mail opens it too
		press := v.want(v.get(link), http.StatusOK, "") // 3
		if press.Header.Get("Cache-Control") != "private, no-store" || !strings.Contains(press.text(), "Бондарук Леся Миколаївна") {
			t.Error("the page of the link is kept by no cache and names who signs")
		}
	}
	if s.signatures() != 0 {
		t.Fatal("opening the link signed")
	}
	v.want(v.post(link), http.StatusSeeOther, s.at(s.n, ""))
	if s.Count(t, "SELECT count(*) FROM petition_signatures WHERE name = 'Бондарук Леся Миколаївна' AND tier = 1 AND district_id = $1 AND took = 20000", s.dst) != 1 {
		t.Error("the signature is not as it was meant")
	}
	if !strings.Contains(v.get(s.at(s.n, "")).text(), i18n.In("uk", "petitions.flash.signed")) {
		t.Error("it is not said that the signature was put")
	}
	// He is signed in and one press is enough from now on.
	v.want(v.get("/account"), http.StatusOK, "")
	v.want(v.get(s.at(s.n, "/sign")), http.StatusSeeOther, s.at(s.n, ""))
	v.want(v.post(s.at(s.n, "/sign")), http.StatusSeeOther, s.at(s.n, ""))
	if s.signatures() != 1 {
		t.Error("one person, one signature")
	}
}

func TestAReplayedLinkLeadsOn(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v := s.visitor()
	v.post(s.at(s.n, "/sign"), "name", "Бондарук Леся", "email", "lesia@example.com", "resident", "1")
	link := s.link()
	v.want(v.post(link), http.StatusSeeOther, s.at(s.n, ""))
	// His own other tab sees the petition.
	v.want(v.get(link), http.StatusSeeOther, s.at(s.n, ""))
	v.want(v.post(link), http.StatusSeeOther, s.at(s.n, ""))
	// Whoever else has the link learns nothing of him.
	thief := s.visitor()
	for _, a := range []seen{thief.get(link), thief.post(link)} {
		thief.want(a, http.StatusNotFound, "")
		if text := a.text(); strings.Contains(text, "Бондарук") || strings.Contains(text, "lesia") {
			t.Errorf("the page of a used link tells whose it was: %s", text)
		}
		if a.doc.Find(`a[href="`+s.at(s.n, "/sign")+`"]`).Length() == 0 {
			t.Error("no way on")
		}
		if len(a.Cookies()) != 0 {
			t.Error("a used link set a cookie")
		}
	}
	// A link that never was leads to the petitions.
	for _, raw := range []string{"made-up", strings.Repeat("A", 43), link[len("/petitions/sign/"):] + "A", "%00"} {
		a := thief.get("/petitions/sign/" + raw)
		thief.want(a, http.StatusNotFound, "")
		if raw != "%00" && a.doc.Find(`main a[href="/petitions"]`).Length() == 0 {
			t.Errorf("%s: no way on", raw)
		}
		thief.want(thief.post("/petitions/sign/"+raw), http.StatusNotFound, "")
	}
	if s.signatures() != 1 || s.Count(t, "SELECT count(*) FROM sessions") != 1 {
		t.Error("one signature, one session")
	}
}

func TestTwoTabsPressAtOnce(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v := s.visitor()
	v.post(s.at(s.n, "/sign"), "name", "Бондарук Леся", "email", "lesia@example.com", "resident", "1")
	link := s.link()
	var wg sync.WaitGroup
	var mu sync.Mutex
	signed := 0
	for range 6 {
		tab := s.visitor()
		wg.Go(func() {
			a := tab.post(link)
			mu.Lock()
			defer mu.Unlock()
			switch a.StatusCode {
			case http.StatusSeeOther:
				signed++
			case http.StatusNotFound:
			default:
				t.Errorf("%d", a.StatusCode)
			}
		})
	}
	wg.Wait()
	if signed != 1 || s.signatures() != 1 {
		t.Errorf("%d presses, %d signatures", signed, s.signatures())
	}
}

func TestTheAnswerIsTheSameForEveryMailbox(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.person("known@example.com", "Відома Ольга Петрівна")
	s.person("signed@example.com", "Підписаний Іван Петрович")
	s.person("staff@example.com", "Службова Олена Карпівна", authz.RoleManager)
	s.Owner(t, "UPDATE people SET status = 'blocked' WHERE id = $1", s.person("blocked@example.com", "Блокована Ніна Іванівна"))
	s.visitor().signIn("signed@example.com").post(s.at(s.n, "/sign"), "resident", "1")
	if s.signatures() != 1 {
		t.Fatal("not signed")
	}
	first := ""
	for _, email := range []string{"new@example.com", "known@example.com", "signed@example.com", "staff@example.com", "blocked@example.com"} {
		v := s.visitor()
		v.want(v.post(s.at(s.n, "/sign"), "name", "Хтось Ще Інший", "email", email, "resident", "1"), http.StatusSeeOther, s.at(s.n, "/sign/sent"))
		text := v.get(s.at(s.n, "/sign/sent")).text()
		if first == "" {
			first = text
		}
		if text != first || strings.Contains(text, email) {
			t.Errorf("%s: the answer differs", email)
		}
	}
	// Who has signed is told by his own link alone.
	v := s.visitor()
	v.post(s.at(s.n, "/sign"), "name", "Хтось Ще Інший", "email", "signed@example.com", "resident", "1")
	v.want(v.post(s.link()), http.StatusSeeOther, s.at(s.n, ""))
	if !strings.Contains(v.get(s.at(s.n, "")).text(), i18n.In("uk", "petitions.flash.already")) || s.signatures() != 1 {
		t.Error("signed before, and the owner is told so")
	}
}

func TestAfterTheEndByAMillisecond(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.person("late@example.com", "Пізній Олег Петрович")
	s.person("last@example.com", "Останній Ігор Петрович")
	end := pgtest.Noon.AddDate(0, 0, 10)
	s.Clock.Set(end.Add(-time.Hour))
	late, last := s.visitor().signIn("late@example.com"), s.visitor().signIn("last@example.com")
	guest := s.visitor()
	guest.post(s.at(s.n, "/sign"), "name", "Бондарук Леся", "email", "lesia@example.com", "resident", "1")
	link := s.link()

	s.Clock.Set(end.Add(-time.Millisecond))
	last.want(last.post(s.at(s.n, "/sign"), "resident", "1"), http.StatusSeeOther, s.at(s.n, ""))
	s.Clock.Set(end)
	late.want(late.post(s.at(s.n, "/sign"), "resident", "1"), http.StatusConflict, "")
	late.want(late.get(s.at(s.n, "/sign")), http.StatusOK, "")
	guest.want(guest.get(link), http.StatusConflict, "")
	a := guest.want(guest.post(link), http.StatusConflict, "")
	if strings.Contains(a.text(), "Бондарук") {
		t.Error("the page tells whose link it was")
	}
	guest.want(guest.post(s.at(s.n, "/sign"), "name", "Бондарук Леся", "email", "more@example.com", "resident", "1"), http.StatusConflict, "")
	last.want(last.post(s.at(s.n, "/withdraw")), http.StatusConflict, "")
	late.want(late.post(s.at(s.n, "/withdraw")), http.StatusSeeOther, s.at(s.n, "")) // nothing to take back
	if s.signatures() != 1 || s.Count(t, "SELECT count(*) FROM people WHERE email IN ('lesia@example.com', 'more@example.com') AND status = 'active'") != 0 {
		t.Error("late is late")
	}
}

func TestOnePressOfASignedInPerson(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.person("olena@example.com", "Коваленко Олена Ігорівна")
	v := s.visitor().signIn("olena@example.com")
	form := v.want(v.get(s.at(s.n, "/sign")), http.StatusOK, "")
	if form.doc.Find("#email, #name").Length() != 0 || !strings.Contains(form.text(), "Коваленко Олена Ігорівна") || form.doc.Find("#resident").Length() != 1 {
		t.Error("nothing is asked that is known")
	}
	// The charter's declaration is needed once.
	again := v.want(v.post(s.at(s.n, "/sign"), "district", fmt.Sprint(s.dst)), http.StatusUnprocessableEntity, "")
	if again.doc.Find(`a[href="#resident"]`).Length() != 1 {
		t.Error("the mistake is not named")
	}
	v.want(v.post(s.at(s.n, "/sign"), "resident", "1", "district", "777777"), http.StatusUnprocessableEntity, "")
	v.want(v.post(s.at(s.n, "/sign"), "resident", "1", "district", fmt.Sprint(s.dst)), http.StatusSeeOther, s.at(s.n, ""))
	v.want(v.post(s.at(s.n, "/withdraw")), http.StatusSeeOther, s.at(s.n, ""))
	v.want(v.post(s.at(s.n, "/withdraw")), http.StatusSeeOther, s.at(s.n, ""))
	if s.signatures() != 0 {
		t.Error("not taken back")
	}
	if form = v.get(s.at(s.n, "/sign")); form.doc.Find("#resident, #district").Length() != 0 {
		t.Error("what was said once is asked again")
	}
	v.want(v.post(s.at(s.n, "/sign")), http.StatusSeeOther, s.at(s.n, ""))
	if s.signatures() != 1 {
		t.Error("signed anew")
	}
	// To and fro without end is not signing.
	code := 0
	for i := 0; i < 20 && code != http.StatusTooManyRequests; i++ {
		v.post(s.at(s.n, "/sign"))
		code = v.post(s.at(s.n, "/withdraw")).StatusCode
	}
	if code != http.StatusTooManyRequests || s.signatures() != 1 {
		t.Errorf("%d, %d signatures", code, s.signatures())
	}
	// A blocked person is a guest at his next press.
	s.Owner(t, "UPDATE people SET status = 'blocked' WHERE email = 'olena@example.com'")
	s.Clock.Advance(time.Minute)
	v.want(v.post(s.at(s.n, "/sign")), http.StatusSeeOther, s.at(s.n, "/sign"))
	v.want(v.post(s.at(s.n, "/withdraw")), http.StatusSeeOther, "")
	if s.signatures() != 1 {
		t.Error("a blocked person changed a signature")
	}
}

func TestABlockedPersonInTheMoment(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	id := s.person("olena@example.com", "Коваленко Олена Ігорівна")
	v := s.visitor().signIn("olena@example.com")
	v.want(v.get(s.at(s.n, "/sign")), http.StatusOK, "") // the session is remembered for a moment
	s.Owner(t, "UPDATE people SET status = 'blocked' WHERE id = $1", id)
	a := v.want(v.post(s.at(s.n, "/sign"), "resident", "1"), http.StatusForbidden, "")
	if !strings.Contains(a.text(), i18n.In("uk", "petitions.err.account")) || s.signatures() != 0 {
		t.Errorf("%s", a.text())
	}
}

func TestNamesThatMayNotStandInAList(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	// As an account that came from a provider may be called.
	s.Owner(t, "UPDATE people SET name = 'olena' WHERE id = $1", s.person("olena@example.com", "Коваленко Олена Ігорівна"))
	v := s.visitor().signIn("olena@example.com")
	if form := v.get(s.at(s.n, "/sign")); form.doc.Find("#name").Length() != 1 {
		t.Error("a nickname is not asked for a name")
	}
	for _, name := range []string{"", "olena", "=1+1 Олена", "Олена http://x.ua"} {
		a := v.want(v.post(s.at(s.n, "/sign"), "resident", "1", "name", name), http.StatusUnprocessableEntity, "")
		if a.doc.Find(`a[href="#name"]`).Length() != 1 {
			t.Errorf("%q: the mistake is not named", name)
		}
	}
	v.want(v.post(s.at(s.n, "/sign"), "resident", "1", "name", "Коваленко Олена"), http.StatusSeeOther, s.at(s.n, ""))
	if s.Count(t, "SELECT count(*) FROM petition_signatures WHERE name = 'Коваленко Олена'") != 1 {
		t.Error("signed under another name")
	}
	g := s.visitor()
	a := g.want(g.post(s.at(s.n, "/sign"), "name", "@cmd Леся", "email", "not an address"), http.StatusUnprocessableEntity, "")
	for _, f := range []string{"name", "email", "resident"} {
		if a.doc.Find(`a[href="#`+f+`"]`).Length() != 1 {
			t.Errorf("the mistake in %s is not named", f)
		}
	}
	if got, _ := a.doc.Find("#email").Attr("value"); got != "not an address" {
		t.Error("what was typed is lost")
	}
}

func TestFirstSupportersNeedTheLink(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.person("olena@example.com", "Коваленко Олена Ігорівна")
	v, g := s.visitor().signIn("olena@example.com"), s.visitor()
	for _, x := range []*visitor{v, g} {
		for _, rest := range []string{"/sign", "/sign?k=wrong", "/sign/sent", "/sign/sent?k="} {
			x.want(x.get(s.at(s.sup, rest)), http.StatusNotFound, "")
		}
		x.want(x.post(s.at(s.sup, "/sign"), "name", "Бондарук Леся", "email", "l@example.com", "resident", "1", "k", "wrong"), http.StatusNotFound, "")
	}
	v.want(v.post(s.at(s.sup, "/withdraw")), http.StatusNotFound, "")
	form := g.want(g.get(s.at(s.sup, "/sign?k="+supportKey)), http.StatusOK, "")
	if k, _ := form.doc.Find("input[name=k]").Attr("value"); k != supportKey {
		t.Error("the form does not carry the key")
	}
	g.want(g.post(s.at(s.sup, "/sign"), "name", "Бондарук Леся", "email", "l@example.com", "resident", "1", "k", supportKey), http.StatusSeeOther, s.at(s.sup, "/sign/sent?k="+supportKey))
	g.want(g.post(s.link()), http.StatusSeeOther, s.at(s.sup, "?k="+supportKey))
	v.want(v.post(s.at(s.sup, "/sign"), "resident", "1", "k", supportKey), http.StatusSeeOther, s.at(s.sup, "?k="+supportKey))
	v.want(v.post(s.at(s.sup, "/withdraw"), "k", supportKey), http.StatusSeeOther, s.at(s.sup, "?k="+supportKey))
	if s.signatures() != 1 {
		t.Errorf("%d signatures", s.signatures())
	}
	// Words that nobody has checked do not go to strangers under the city's name.
	late := s.visitor()
	late.post(s.at(s.sup, "/sign"), "name", "Бондар Остап", "email", "o@example.com", "resident", "1", "k", supportKey)
	var data []byte
	var l notify.Letter
	ctx := context.Background()
	if err := s.DB.ReadPool().QueryRow(ctx, "SELECT kind, person_id, locale, data FROM letters ORDER BY id DESC LIMIT 1").Scan(&l.Kind, &l.PersonID, &l.Locale, &data); err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(data, &l.Data)
	if c, err := s.id.Composers()[l.Kind](ctx, l); err != nil || strings.Contains(fmt.Sprint(c), "Неперевірені") {
		t.Errorf("the letter: %+v, %v", c, err)
	}
	// A petition that went to the check is signed by nobody, and shown to nobody.
	link := s.link()
	s.Owner(t, "UPDATE petitions SET state = 'checking', ends_at = NULL WHERE number = $1", s.sup)
	for _, a := range []seen{late.get(link), late.post(link)} {
		late.want(a, http.StatusConflict, "")
		if strings.Contains(a.text(), "Неперевірені") {
			t.Error("a petition on check is shown")
		}
	}
	if s.signatures() != 1 {
		t.Errorf("%d signatures", s.signatures())
	}
}

func TestSigningIsSwitchedOff(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.person("olena@example.com", "Коваленко Олена Ігорівна")
	v, g := s.visitor().signIn("olena@example.com"), s.visitor()
	g.post(s.at(s.n, "/sign"), "name", "Бондарук Леся", "email", "l@example.com", "resident", "1")
	link := s.link()
	s.Owner(t, "INSERT INTO petition_switches (name, off_since, reason_uk, reason_en) VALUES ('signing', now(), 'Оновлюємо сервер', '')")
	for _, a := range []seen{
		v.get(s.at(s.n, "/sign")), v.post(s.at(s.n, "/sign"), "resident", "1"), g.get(s.at(s.n, "/sign")), g.get(link),
		g.post(s.at(s.n, "/sign"), "name", "Бондарук Леся", "email", "m@example.com", "resident", "1"), g.post(link),
	} {
		v.want(a, http.StatusServiceUnavailable, "")
		if a.Header.Get("Retry-After") == "" || !strings.Contains(a.text(), "Оновлюємо сервер") || !strings.Contains(a.text(), i18n.In("uk", "petitionsign.off.text")) {
			t.Errorf("%s: %s", a.Request.URL.Path, a.text())
		}
	}
	if s.signatures() != 0 {
		t.Error("signed all the same")
	}
	s.Owner(t, "UPDATE petition_switches SET off_since = NULL")
	g.want(g.post(s.at(s.n, "/sign")), http.StatusSeeOther, s.at(s.n, "")) // his link has let him in; one press is enough
	if s.signatures() != 1 {
		t.Error("not signed after the switch")
	}
}

// While the table is locked nothing is written and presses heap up: who comes
// then is told at once to come again.
func TestTheCrowdGetsACalmPage(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.person("olena@example.com", "Коваленко Олена Ігорівна")
	v := s.visitor().signIn("olena@example.com")
	v.post(s.at(s.n, "/sign"), "resident", "1")
	const crowd = 560 // 512 are let in
	v.c.Transport = &http.Transport{MaxIdleConnsPerHost: crowd}
	open := s.Gate(t, "petition_signatures")
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		status = map[int]int{}
		calm   seen
	)
	for range crowd {
		wg.Go(func() {
			a := v.post(s.at(s.n, "/sign"), "k", "", "stamp", "x")
			mu.Lock()
			defer mu.Unlock()
			if status[a.StatusCode]++; a.StatusCode == http.StatusServiceUnavailable {
				calm = a
				open()
			}
		})
	}
	wg.Wait()
	if status[http.StatusSeeOther]+status[http.StatusServiceUnavailable] != crowd || status[http.StatusServiceUnavailable] == 0 {
		t.Fatalf("answers %v", status)
	}
	if calm.Header.Get("Retry-After") == "" || calm.doc.Find(`form[method=post][action="`+s.at(s.n, "/sign")+`"]`).Length() != 1 ||
		!strings.Contains(calm.text(), i18n.In("uk", "petitionsign.busy.text")) {
		t.Errorf("the page: %s", calm.text())
	}
	if s.signatures() != 1 {
		t.Errorf("%d signatures", s.signatures())
	}
}

func TestAStrangersSessionIsNamed(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.person("olena@example.com", "Коваленко Олена Ігорівна")
	g := s.visitor()
	g.post(s.at(s.n, "/sign"), "name", "Бондарук Леся", "email", "l@example.com", "resident", "1")
	link := s.link()
	v := s.visitor().signIn("olena@example.com")
	a := v.want(v.get(link), http.StatusOK, "")
	if !strings.Contains(a.text(), "Коваленко Олена Ігорівна") {
		t.Error("it is not said that the link is another person's")
	}
	v.want(v.post(link), http.StatusSeeOther, "")
	if s.Count(t, "SELECT count(*) FROM petition_signatures WHERE name = 'Бондарук Леся'") != 1 || s.signatures() != 1 {
		t.Error("signed under another name")
	}
}

func TestNothingPersonalIsLogged(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v := s.visitor()
	v.post(s.at(s.n, "/sign"), "name", "Бондарук Леся", "email", "lesia@example.com", "resident", "1")
	link := s.link()
	v.post(link)
	v.post(link)
	s.visitor().get(link)
	for _, secret := range []string{"Бондарук", "lesia", link[len("/petitions/sign/"):]} {
		if strings.Contains(s.Logged.String(), secret) {
			t.Errorf("the log tells %s", secret)
		}
	}
}

func TestStrongProvidersAreOffered(t *testing.T) {
	t.Parallel()
	s := signSetup(t, identity.OIDCProvider{ID: "id", Name: "Електронна особа", Issuer: "http://127.0.0.1:1", ClientID: "x", Strong: true},
		identity.OIDCProvider{ID: "social", Name: "Соцмережа", Issuer: "http://127.0.0.1:2", ClientID: "x"})
	s.person("olena@example.com", "Коваленко Олена Ігорівна")
	s.Owner(t, "UPDATE petitions SET tier = 'strong' WHERE number = $1", s.n)
	next := url.QueryEscape(s.at(s.n, "/sign"))
	g := s.visitor()
	if a := g.get(s.at(s.n, "/sign")); a.doc.Find(`a[href="/oidc/id?next=`+next+`"]`).Length() != 1 || strings.Contains(a.text(), "Соцмережа") ||
		!strings.Contains(a.text(), i18n.In("uk", "petitionsign.strong_needed")) {
		t.Errorf("a guest: %s", a.text())
	}
	v := s.visitor().signIn("olena@example.com")
	if a := v.get(s.at(s.n, "/sign")); a.doc.Find(`a[href="/account/strong/id?next=`+next+`"]`).Length() != 1 {
		t.Errorf("a signed-in person: %s", a.text())
	}
	s.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at) SELECT id, 'x', 'id', now() FROM people WHERE email = 'olena@example.com'")
	if a := v.get(s.at(s.n, "/sign")); strings.Contains(a.text(), i18n.In("uk", "petitionsign.strong_needed")) || a.doc.Find(`a[href^="/account/strong"]`).Length() != 0 {
		t.Error("asked to confirm what is confirmed")
	}
	v.want(v.post(s.at(s.n, "/sign"), "resident", "1"), http.StatusSeeOther, s.at(s.n, ""))
	// Withdrawn, the next signature is one by e-mail.
	s.Owner(t, "UPDATE strong_identities SET withdrawn_at = now()")
	v.post(s.at(s.n, "/withdraw"))
	v.want(v.post(s.at(s.n, "/sign")), http.StatusSeeOther, s.at(s.n, ""))
	if s.Count(t, "SELECT count(*) FROM petition_signatures WHERE tier = 2 AND withdrawn_at IS NOT NULL") != 1 || s.Count(t, "SELECT count(*) FROM petition_signatures WHERE tier = 1 AND withdrawn_at IS NULL") != 1 {
		t.Error("the tiers are not those of the moments")
	}
}

func TestASignatureIsConfirmedByIdentity(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.person("olena@example.com", "Коваленко Олена Ігорівна")
	v, guest := s.visitor().signIn("olena@example.com"), s.visitor()
	v.want(v.post(s.at(s.n, "/raise")), http.StatusNotFound, "") // nothing to confirm
	v.want(v.post(s.at(s.n, "/sign"), "resident", "1"), http.StatusSeeOther, s.at(s.n, ""))
	button := `form[method=post][action="` + s.at(s.n, "/raise") + `"]`
	if v.get(s.at(s.n, "")).doc.Find(button).Length() != 0 {
		t.Error("offered without a confirmed identity")
	}
	v.want(v.post(s.at(s.n, "/raise")), http.StatusUnprocessableEntity, "")
	s.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at) SELECT id, 'one human being', 'id', now() FROM people WHERE email = 'olena@example.com'")
	if v.get(s.at(s.n, "")).doc.Find(button).Length() != 1 {
		t.Error("not offered")
	}
	guest.want(guest.post(s.at(s.n, "/raise")), http.StatusSeeOther, "")
	v.want(v.post(s.at(s.n, "/raise")), http.StatusSeeOther, s.at(s.n, ""))
	if n := s.Count(t, "SELECT count(*) FROM petition_signatures WHERE withdrawn_at IS NULL AND tier = 2"); n != 1 || s.signatures() != 1 {
		t.Errorf("%d by a confirmed identity, %d standing", n, s.signatures())
	}
	if page := v.get(s.at(s.n, "")); page.doc.Find(button).Length() != 0 || !strings.Contains(page.text(), i18n.In("uk", "petitions.flash.raised")) {
		t.Error("the page after it")
	}
}

// TestOneHumanBeingSignsFromTwoAccounts: through the pages, as a person would try it.
func TestOneHumanBeingSignsFromTwoAccounts(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	one, two := s.person("olena@example.com", "Коваленко Олена Ігорівна"), s.person("lena@example.com", "Коваленко Олена")
	v, w := s.visitor().signIn("olena@example.com"), s.visitor().signIn("lena@example.com")
	for _, x := range []*visitor{v, w} { // both by e-mail: nobody knows that they are one
		x.want(x.post(s.at(s.n, "/sign"), "resident", "1"), http.StatusSeeOther, s.at(s.n, ""))
	}
	confirm := func(id int64) {
		s.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at) VALUES ($1, 'one human being', 'id', now())", id)
	}
	confirm(one)
	v.want(v.post(s.at(s.n, "/raise")), http.StatusSeeOther, s.at(s.n, ""))
	v.want(v.post(s.at(s.n, "/raise")), http.StatusSeeOther, s.at(s.n, "")) // a second press changes nothing
	if s.signatures() != 2 || s.Count(t, "SELECT count(*) FROM petition_signatures WHERE withdrawn_at IS NULL AND tier = 2") != 1 {
		t.Fatal("one raised, one by e-mail of nobody knows whom")
	}
	// The confirmation moves to the other account: now it is known, and the weaker one goes.
	s.Owner(t, "UPDATE strong_identities SET withdrawn_at = now() WHERE person_id = $1", one)
	confirm(two)
	w.want(w.post(s.at(s.n, "/raise")), http.StatusSeeOther, s.at(s.n, ""))
	if a := w.get(s.at(s.n, "")); !strings.Contains(a.text(), i18n.In("uk", "petitions.err.strong_signed")) {
		t.Errorf("it is not said what became of it: %s", a.text())
	}
	if s.signatures() != 1 || s.Count(t, "SELECT count(*) FROM petition_signatures WHERE withdrawn_at IS NULL AND tier = 2 AND name = 'Коваленко Олена Ігорівна'") != 1 {
		t.Error("the stronger one does not stand alone")
	}
	w.want(w.post(s.at(s.n, "/sign")), http.StatusSeeOther, s.at(s.n, ""))
	if a := w.get(s.at(s.n, "")); s.signatures() != 1 || !strings.Contains(a.text(), i18n.In("uk", "petitions.flash.already")) {
		t.Error("a second signature of one human being")
	}
}
