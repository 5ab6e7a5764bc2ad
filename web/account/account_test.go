package account_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/notify"
	"ereception/internal/pgtest"
	"ereception/internal/platform/db"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/ratelimit"
	"ereception/web/account"
	"ereception/web/httpx"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	mailbox  = "olena@example.com"
	password = "три синіх їжаки"
)

type site struct {
	*pgtest.Env
	t   *testing.T
	id  *identity.Service
	url string
}

func setup(t *testing.T) *site {
	t.Helper()
	return setupWith(t, "http://127.0.0.1:1") // nobody answers there
}

func setupWith(t *testing.T, issuer string, edit ...func(*identity.OIDCProvider)) *site {
	t.Helper()
	e := pgtest.New(t)
	ctx := context.Background()
	srv := httptest.NewUnstartedServer(nil)
	base := "http://" + srv.Listener.Addr().String()
	op := identity.OIDCProvider{ID: "op", Name: "Провайдер", Issuer: issuer, ClientID: "x"}
	for _, f := range edit {
		f(&op)
	}
	id, err := identity.New(ctx, e.DB, ratelimit.New(e.DB.Pool(), []byte("key")), e.Clock, e.Log, identity.Config{
		BaseURL: base, OIDC: []identity.OIDCProvider{op},
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := httpx.Build(httpx.Options{
		Areas: []httpx.Area{account.New(id).Area()}, Sessions: id, Clock: e.Clock, Log: e.Log, Frame: httpx.Frame{Clock: e.Clock},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = h
	srv.Start()
	t.Cleanup(srv.Close)
	return &site{e, t, id, base}
}

func (s *site) person(email string, roles ...authz.Role) int64 {
	s.t.Helper()
	ctx := context.Background()
	hash, err := identity.HashPassword(ctx, password)
	if err != nil {
		s.t.Fatal(err)
	}
	var id int64
	if err := s.DB.Write(ctx, authz.System("test"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		id, err = identity.CreatePerson(tx, identity.NewPerson{Email: email, Name: "Коваленко Олена", PasswordHash: hash, Roles: roles})
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// browser keeps cookies and does not follow redirects by itself.
type browser struct {
	*site
	c *http.Client
}

func (s *site) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type answer struct {
	*http.Response
	doc *goquery.Document
}

func (b *browser) do(req *http.Request, err error) answer {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "uk")
	res, err := b.c.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{res, doc}
}

func (b *browser) get(p string) answer {
	b.t.Helper()
	return b.do(http.NewRequest(http.MethodGet, b.url+p, nil))
}

func (b *browser) post(p string, pairs ...string) answer {
	b.t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequest(http.MethodPost, b.url+p, strings.NewReader(v.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(req, err)
}

func (b *browser) signIn() *browser {
	b.t.Helper()
	b.want(b.post("/sign-in", "email", mailbox, "password", password), http.StatusSeeOther, "")
	return b
}

func (b *browser) want(a answer, status int, location string) {
	b.t.Helper()
	if a.StatusCode != status || location != "" && a.Header.Get("Location") != location {
		b.t.Errorf("%s %s: %d to %q, want %d to %q", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.Header.Get("Location"), status, location)
	}
}

// link is the path of the secret link in the latest letter of a kind.
func (s *site) link(kind string) string {
	s.t.Helper()
	ctx := context.Background()
	var l notify.Letter
	var data []byte
	if err := s.DB.ReadPool().QueryRow(ctx, "SELECT kind, person_id, locale, data FROM letters WHERE kind = $1 ORDER BY id DESC LIMIT 1", kind).
		Scan(&l.Kind, &l.PersonID, &l.Locale, &data); err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal(data, &l.Data); err != nil {
		s.t.Fatal(err)
	}
	c, err := s.id.Composers()[kind](ctx, l)
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimPrefix(c.Button.URL, s.url)
}

func TestFromSignUpToSignOut(t *testing.T) {
	t.Parallel()
	s := setup(t)
	b := s.browser()
	form := b.get("/sign-up")
	b.want(form, http.StatusOK, "")
	version, _ := form.doc.Find("input[name=version]").Attr("value")
	if version != identity.NoticeVersion || form.doc.Find(`a[href="/privacy/`+version+`"]`).Length() != 1 {
		t.Error("the notice is not shown with its version")
	}
	for name, want := range map[string]string{"name": "name", "email": "email", "password": "new-password"} {
		if got, _ := form.doc.Find("input[name=" + name + "]").Attr("autocomplete"); got != want {
			t.Errorf("autocomplete of %s is %q", name, got)
		}
	}
	bad := b.post("/sign-up", "name", "Коваленко Олена", "email", "не адреса", "password", "short", "version", version, "newsletter", "1")
	b.want(bad, http.StatusUnprocessableEntity, "")
	if v, _ := bad.doc.Find("#name").Attr("value"); v != "Коваленко Олена" {
		t.Error("what was typed is lost")
	}
	if v, _ := bad.doc.Find("#email").Attr("value"); v != "не адреса" {
		t.Error("a wrong address is lost")
	}
	if _, ok := bad.doc.Find("#password").Attr("value"); ok {
		t.Error("the password came back")
	}
	if _, ok := bad.doc.Find("#newsletter").Attr("checked"); !ok {
		t.Error("the tick is lost")
	}
	if bad.doc.Find(`.ds-error-summary a[href="#email"]`).Length() != 1 || bad.doc.Find(`.ds-error-summary a[href="#password"]`).Length() != 1 {
		t.Error("the summary does not lead to the fields")
	}
	b.want(b.post("/sign-up", "name", "Коваленко Олена", "email", mailbox, "password", password, "version", version), http.StatusSeeOther, "/sign-up/sent")
	b.want(b.get("/sign-up/sent"), http.StatusOK, "")

	link := s.link("account.confirm")
	for range 2 {
		page := b.get(link)
		b.want(page, http.StatusOK, "")
		if page.Header.Get("Cache-Control") != "no-store" {
			t.Error("a page with a secret may be kept")
		}
		if page.doc.Find(`form[method=post][action="`+link+`"] button`).Length() != 1 {
			t.Error("no button to press")
		}
	}
	b.want(b.post(link), http.StatusSeeOther, "/sign-in")
	b.want(b.post(link), http.StatusNotFound, "")
	b.want(b.get(link), http.StatusNotFound, "")

	wrong := b.post("/sign-in", "email", mailbox, "password", "wrong password")
	b.want(wrong, http.StatusUnprocessableEntity, "")
	if v, _ := wrong.doc.Find("#email").Attr("value"); v != mailbox {
		t.Error("the typed address is lost")
	}
	in := b.post("/sign-in", "email", mailbox, "password", password, "next", "/account?x=1")
	b.want(in, http.StatusSeeOther, "/account?x=1")
	found := false
	for _, k := range in.Cookies() {
		if k.Name == "erec" {
			found = k.HttpOnly && k.SameSite == http.SameSiteLaxMode && k.Path == "/" && !k.Secure
		}
	}
	if !found {
		t.Error("the session cookie is not as it should be")
	}
	b.want(b.get("/account"), http.StatusOK, "")
	b.want(b.get("/sign-in"), http.StatusSeeOther, "/appeals")
	b.want(b.post("/sign-out"), http.StatusSeeOther, "/")
	b.want(b.get("/account"), http.StatusSeeOther, "/sign-in?next=%2Faccount")
	b.want(b.post("/sign-out"), http.StatusSeeOther, "/")
}

func TestNextLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.person(mailbox)
	for _, next := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y"} {
		b := s.browser()
		b.want(b.post("/sign-in", "email", mailbox, "password", password, "next", next), http.StatusSeeOther, "/appeals")
	}
	for role, want := range map[authz.Role]string{authz.RoleExecutor: "/cabinet", authz.RoleAdmin: "/admin"} {
		s.person(string(role)+"@example.com", role)
		b := s.browser()
		b.want(b.post("/sign-in", "email", string(role)+"@example.com", "password", password), http.StatusSeeOther, want)
	}
}

// TestANewerLetterReplacesALink: who opens the link of an earlier letter is told to
// open the newest one, and can have it sent anew; an invented link tells nothing.
func TestANewerLetterReplacesALink(t *testing.T) {
	t.Parallel()
	s := setup(t)
	b := s.browser()
	up := func() {
		b.want(b.post("/sign-up", "name", "Коваленко Олена", "email", mailbox, "password", password, "version", identity.NoticeVersion), http.StatusSeeOther, "/sign-up/sent")
	}
	up()
	first := s.link("account.confirm")
	up()
	second := s.link("account.confirm")
	if first == second {
		t.Fatal("the second letter has the link of the first")
	}
	for _, page := range []answer{b.get(first), b.post(first)} {
		b.want(page, http.StatusNotFound, "")
		if text := page.doc.Find("main").Text(); !strings.Contains(text, "Посилання замінене новішим листом") || !strings.Contains(text, "найновішого") || strings.Contains(text, mailbox) {
			t.Errorf("the page says %s", strings.Join(strings.Fields(text), " "))
		}
		if page.doc.Find(`form[method=post][action="`+first+`/again"] button`).Length() != 1 {
			t.Error("a new letter is not offered")
		}
	}
	letters := func() int { return s.Count(t, "SELECT count(*) FROM letters WHERE kind = 'account.confirm'") }
	unknown := "/confirm/" + strings.Repeat("A", 43)
	page := b.get(unknown)
	b.want(page, http.StatusNotFound, "")
	if text := page.doc.Find("main").Text(); strings.Contains(text, "новішим") {
		t.Error("an invented link is said to be replaced")
	}
	n := letters()
	b.want(b.post(unknown+"/again"), http.StatusSeeOther, "/confirm/sent")
	if letters() != n {
		t.Error("a letter for an invented link")
	}
	b.want(b.post(first+"/again"), http.StatusSeeOther, "/confirm/sent")
	b.want(b.get("/confirm/sent"), http.StatusOK, "")
	third := s.link("account.confirm")
	if letters() != n+1 || third == second {
		t.Errorf("%d letters, want %d", letters(), n+1)
	}
	if !strings.Contains(b.get(second).doc.Find("main").Text(), "новішим листом") {
		t.Error("the second link is not said to be replaced")
	}
	b.want(b.post(third), http.StatusSeeOther, "/sign-in")
	// The address is confirmed: the earlier links are plainly used up, and no letter goes.
	if strings.Contains(b.get(first).doc.Find("main").Text(), "новішим") {
		t.Error("after the confirmation there is no newer letter to open")
	}
	b.want(b.post(first+"/again"), http.StatusSeeOther, "/confirm/sent")
	if letters() != n+1 {
		t.Error("a letter to who is confirmed already")
	}
}

// TestADeadLinkSaysWhatItWasFor: who opens an old link to a new password is not told of an
// address that he never confirmed.
func TestADeadLinkSaysWhatItWasFor(t *testing.T) {
	t.Parallel()
	b := setup(t).browser()
	for path, want := range map[string]string{"/confirm/": "confirm", "/reset/": "reset", "/invite/": "invite", "/account/email/": "email"} {
		a := b.get(path + "used")
		b.want(a, http.StatusNotFound, "")
		said := a.doc.Find("main").Text()
		for _, k := range []string{"confirm", "reset", "invite", "email"} {
			if got := strings.Contains(said, i18n.In("uk", "account.dead."+k+"_text")); got != (k == want) {
				t.Errorf("%s says the words of %s: %v", path, k, got)
			}
		}
	}
}

func TestNobodyLearnsWhoIsKnown(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.person(mailbox)
	b := s.browser()
	html := func(a answer) string {
		h, _ := a.doc.Html()
		return h
	}
	for _, c := range []struct {
		name, path string
		form       func(email string) []string
	}{
		{"sign-up", "/sign-up", func(e string) []string {
			return []string{"name", "Коваленко Олена", "email", e, "password", "пароль того, хто вгадує"}
		}},
		{"reset", "/reset", func(e string) []string { return []string{"email", e} }},
	} {
		known, unknown := b.post(c.path, c.form(mailbox)...), b.post(c.path, c.form("nobody@example.com")...)
		if known.StatusCode != unknown.StatusCode || known.Header.Get("Location") != unknown.Header.Get("Location") || html(known) != html(unknown) {
			t.Errorf("%s: the answers differ", c.name)
		}
		b.want(known, http.StatusSeeOther, c.path+"/sent")
	}
	wrong, none := b.post("/sign-in", "email", mailbox, "password", "wrong password"), b.post("/sign-in", "email", "no@example.com", "password", "wrong password")
	if wrong.StatusCode != none.StatusCode || strings.ReplaceAll(html(wrong), mailbox, "") != strings.ReplaceAll(html(none), "no@example.com", "") {
		t.Error("sign-in: the answers differ")
	}
	// Above somebody signed up with the address of another and with one that was
	// nobody's: the password of his choice opens neither and tells neither apart.
	heads := func(a answer) string {
		h := a.Header.Clone()
		h.Del("Date")
		h.Del("X-Request-Id")
		return fmt.Sprint(h)
	}
	planted := []string{mailbox, "nobody@example.com", "never@example.com"}
	var pages []answer
	for _, e := range planted {
		pages = append(pages, b.post("/sign-in", "email", e, "password", "пароль того, хто вгадує"))
	}
	if text := pages[0].doc.Find(".ds-error-summary").Text(); !strings.Contains(text, "або цю адресу ще не підтверджено") {
		t.Errorf("the page says %s", text)
	}
	for i, e := range planted {
		if pages[i].StatusCode != http.StatusUnprocessableEntity || strings.ReplaceAll(html(pages[i]), e, "") != strings.ReplaceAll(html(pages[0]), mailbox, "") {
			t.Errorf("sign-in after sign-up: %s is told apart by its page", e)
		}
		if heads(pages[i]) != heads(pages[0]) {
			t.Errorf("sign-in after sign-up: %s is told apart by its headers: %s and %s", e, heads(pages[i]), heads(pages[0]))
		}
	}
	if pages[0].doc.Find(`.note a[href="/reset"]`).Length() != 1 {
		t.Error("no way on is offered")
	}
	if s.Count(t, "SELECT count(*) FROM letters WHERE kind = 'account.confirm'") != 2 {
		t.Error("who waits for his confirmation got no second letter")
	}
}

func TestTooOften(t *testing.T) {
	t.Parallel()
	s := setup(t)
	b := s.browser()
	var last answer
	for range 11 {
		last = b.post("/sign-in", "email", mailbox, "password", "wrong password")
	}
	b.want(last, http.StatusTooManyRequests, "")
	if n, err := strconv.Atoi(last.Header.Get("Retry-After")); err != nil || n < 1 {
		t.Errorf("Retry-After %q", last.Header.Get("Retry-After"))
	}
	if v, _ := last.doc.Find("#email").Attr("value"); v != mailbox || last.doc.Find(".ds-error-summary").Length() != 1 {
		t.Error("the page says when to come again and keeps what was typed")
	}
}

func TestResetAndInvite(t *testing.T) {
	t.Parallel()
	s := setup(t)
	admin := authz.Actor{Kind: authz.KindPerson, ID: s.person("admin@example.com", authz.RoleAdmin), Roles: []authz.Role{authz.RoleAdmin}}
	s.person(mailbox)
	b := s.browser()
	b.want(b.post("/reset", "email", mailbox), http.StatusSeeOther, "/reset/sent")
	link := s.link("account.reset")
	if v, _ := b.get(link).doc.Find("input[autocomplete=username]").Attr("value"); v != mailbox {
		t.Error("the page does not say whose password it is")
	}
	bad := b.post(link, "password", "short")
	b.want(bad, http.StatusUnprocessableEntity, "")
	b.want(b.post(link, "password", "новий довгий пароль"), http.StatusSeeOther, "/sign-in")
	b.want(b.post(link, "password", "новий довгий пароль"), http.StatusNotFound, "")
	b.want(b.get("/reset/guess"), http.StatusNotFound, "")

	if _, err := s.id.Invite(context.Background(), admin, identity.Invitation{Email: "clerk@example.com", Name: "Бойко Тарас", Roles: []authz.Role{authz.RoleExecutor}}); err != nil {
		t.Fatal(err)
	}
	link = s.link("account.invite")
	if path.Dir(link) != "/invite" {
		t.Fatal(link)
	}
	b.want(b.get(link), http.StatusOK, "")
	b.want(b.post(link, "password", password, "version", identity.NoticeVersion), http.StatusSeeOther, "/sign-in")
	b.want(b.post("/sign-in", "email", "clerk@example.com", "password", password), http.StatusSeeOther, "")
}

func TestOwnAccount(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.person(mailbox)
	b := s.browser().signIn()
	first := b.get("/account")
	version, _ := first.doc.Find("input[name=version]").Attr("value")
	b.want(b.post("/account", "name", "Коваленко Олена Ігорівна", "phone", "", "address", "", "locale", "uk", "version", version), http.StatusSeeOther, "/account")
	stale := b.post("/account", "name", "Коваленко Оля", "phone", "", "address", "", "locale", "uk", "version", version)
	b.want(stale, http.StatusConflict, "")
	if text := stale.doc.Find("table").Text(); !strings.Contains(text, "Коваленко Оля") || !strings.Contains(text, "Коваленко Олена Ігорівна") {
		t.Error("a stale save shows both versions")
	}
	odd := b.post("/account", "name", "Коваленко Оля", "phone", "", "address", "", "locale", "zz; Path=/x", "version", version)
	b.want(odd, http.StatusConflict, "")
	if text := odd.doc.Find("main").Text(); strings.Contains(text, "account.") || strings.Contains(text, "zz;") {
		t.Error("a language that is none is shown by the key of its name")
	}
	now, _ := stale.doc.Find("input[name=version]").Attr("value")
	b.want(b.post("/account", "name", "Коваленко Оля", "phone", "", "address", "", "locale", "en", "version", now), http.StatusSeeOther, "/account")
	if lang, _ := b.get("/account").doc.Find("html").Attr("lang"); lang != "en" {
		t.Errorf("the page is in %q after the language was changed", lang)
	}
	bad := b.post("/account", "name", "Коваленко Оля", "phone", "call me", "version", now)
	b.want(bad, http.StatusUnprocessableEntity, "")
	if v, _ := bad.doc.Find("#phone").Attr("value"); v != "call me" {
		t.Error("what was typed is lost")
	}
	b.want(b.post("/account/newsletter", "newsletter", "1"), http.StatusSeeOther, "/account")
	if b.Count(t, "SELECT count(*) FROM consents WHERE kind = 'newsletter' AND given") != 1 {
		t.Error("the consent is not recorded")
	}

	other := s.browser().signIn()
	list := b.get("/account/sessions")
	if list.doc.Find(`form[action$="/end"]`).Length() != 1 {
		t.Error("the other session cannot be ended")
	}
	end, _ := list.doc.Find(`form[action$="/end"]`).Attr("action")
	b.want(b.post(end), http.StatusSeeOther, "/account/sessions")
	other.want(other.get("/account"), http.StatusSeeOther, "/sign-in?next=%2Faccount")
	b.want(b.post("/account/sessions/end-others"), http.StatusSeeOther, "/account/sessions")
	b.want(b.post("/account/sessions/none/end"), http.StatusNotFound, "")

	wrong := b.post("/account/email", "email", "new@example.com", "password", "wrong password")
	b.want(wrong, http.StatusUnprocessableEntity, "")
	if wrong.doc.Find(`.ds-error-summary a[href="#email-password"]`).Length() != 1 || wrong.doc.Find(".fld.bad").Length() != 1 {
		t.Error("the mistake stands at the wrong form")
	}
	b.want(b.post("/account/email", "email", "new@example.com", "password", password), http.StatusSeeOther, "/account/password")
	link := s.link("account.email")
	b.want(b.get(link), http.StatusOK, "")
	b.want(b.post(link), http.StatusSeeOther, "/account/password")
	b.want(b.post("/account/password", "password", "wrong password", "new_password", "новий довгий пароль"), http.StatusUnprocessableEntity, "")
	b.want(b.post("/account/password", "password", password, "new_password", "новий довгий пароль"), http.StatusSeeOther, "/account/password")
	b.want(b.get("/account/act-for"), http.StatusOK, "")
	b.want(b.post("/account/act-for", "delegation", "1"), http.StatusNotFound, "")
	b.want(b.post("/account/act-for/stop"), http.StatusSeeOther, "/account/act-for")
}

func TestPrivacyAndProviders(t *testing.T) {
	t.Parallel()
	s := setup(t)
	b := s.browser()
	for _, p := range []string{"/privacy", "/privacy/" + identity.NoticeVersion} {
		a := b.get(p)
		b.want(a, http.StatusOK, "")
		if a.doc.Find(".prose h2").Length() < 5 || a.doc.Find(".prose li").Length() < 5 {
			t.Errorf("%s has no text", p)
		}
	}
	b.want(b.get("/privacy/1999"), http.StatusNotFound, "")
	page := b.get("/sign-in?next=/appeals/new")
	if href, _ := page.doc.Find(`a[href^="/oidc/"]`).Attr("href"); href != "/oidc/op?next=%2Fappeals%2Fnew" {
		t.Errorf("the button leads to %q", href)
	}
	b.want(b.get("/oidc/op"), http.StatusServiceUnavailable, "")
	b.want(b.get("/oidc/none"), http.StatusNotFound, "")
	b.want(b.get("/oidc/op/callback?code=x&state=y"), http.StatusUnprocessableEntity, "")
	b.want(b.get("/sign-up/email"), http.StatusSeeOther, "/sign-in")
}

func TestBothLanguages(t *testing.T) {
	t.Parallel()
	for _, k := range i18n.Keys(i18n.Ukrainian) {
		if strings.HasPrefix(k, "account.") && i18n.In(i18n.English, k, "n", 2) == k {
			t.Errorf("English lacks %s", k)
		}
	}
}

// TestASecondSignInEndsTheSessionOfTheBrowser: the cookie of the new session takes the
// place of the old one, which nobody could end by signing out any more. A refused
// sign-in ends nothing, and a session of another browser goes on.
func TestASecondSignInEndsTheSessionOfTheBrowser(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.person(mailbox)
	s.person("ivan@example.com")
	open := func() int {
		return s.Count(t, "SELECT count(*) FROM sessions WHERE ended_at IS NULL")
	}
	other, b := s.browser().signIn(), s.browser().signIn()
	base, _ := url.Parse(s.url)
	first := b.c.Jar.Cookies(base)
	b.want(b.post("/sign-in", "email", mailbox, "password", "wrong password"), http.StatusUnprocessableEntity, "")
	b.want(b.get("/account"), http.StatusOK, "")
	if n := open(); n != 2 {
		t.Fatalf("%d sessions after a refused sign-in", n)
	}
	b.signIn() // the same account
	if n := open(); n != 2 {
		t.Errorf("%d sessions after the second sign-in", n)
	}
	b.want(b.post("/sign-in", "email", "ivan@example.com", "password", password), http.StatusSeeOther, "/appeals")
	if n := s.Count(t, "SELECT count(*) FROM sessions s JOIN people p ON p.id = s.person_id WHERE s.ended_at IS NULL AND p.email = 'ivan@example.com'"); n != 1 || open() != 2 {
		t.Errorf("%d sessions of the other account, %d in all", n, open())
	}
	b.want(b.get("/account"), http.StatusOK, "")
	other.want(other.get("/account"), http.StatusOK, "")
	stolen := s.browser()
	stolen.c.Jar.SetCookies(base, first)
	stolen.want(stolen.get("/account"), http.StatusSeeOther, "/sign-in?next=%2Faccount")
}
