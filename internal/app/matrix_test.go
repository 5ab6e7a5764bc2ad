package app

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"sort"
	"strings"
	"testing"

	"ereception/internal/authz"
	"ereception/internal/demo"
	"ereception/internal/identity"
	"ereception/internal/pgtest"
	"ereception/internal/platform/config"
	"ereception/web/httpx"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { pgtest.Main(m) }

// portal builds the whole house over a database of its own, with a small demonstration.
func portal(t *testing.T, appeals int) (*App, *pgtest.Env) {
	t.Helper()
	e := pgtest.New(t)
	c := &config.Config{DataDir: t.TempDir(), DatabaseURL: e.URL, OwnerURL: e.OwnerURL, BaseURL: "http://portal.test", MailFrom: "portal@example.org", Dev: true}
	a, err := Build(context.Background(), c, e.Log, Options{Demo: true, Appeals: appeals, NoJobs: true, Clock: e.Clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(context.Background()) })
	return a, e
}

// client is a browser without a screen: it keeps the session and follows nothing.
type client struct {
	t       *testing.T
	handler http.Handler
	cookie  string
}

func (a *App) as(t *testing.T, email string) *client {
	t.Helper()
	c := &client{t: t, handler: a.Handler}
	if email == "" {
		return c
	}
	o, err := a.Identity.SignIn(context.Background(), identity.Credentials{Email: email, Password: demo.Password, Client: identity.Client{IP: "192.0.2.7"}})
	if err != nil {
		t.Fatalf("sign in as %s: %v", email, err)
	}
	c.cookie = httpx.CookieName(false) + "=" + o.Token
	return c
}

func (c *client) do(method, path string, form url.Values) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.RemoteAddr = "192.0.2.7:1000"
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if c.cookie != "" {
		r.Header.Set("Cookie", c.cookie)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return w
}

// roles of the matrix: nobody, somebody else, and each office of another unit
// than the one that has the appeal.
var roles = []struct{ name, email string }{
	{"guest", ""},
	{"stranger", "resident5@example.org"},
	{"author", "resident@example.org"},
	{"specialist", "specialist@example.org"},
	{"executor", "executor7@example.org"},
	{"manager", "manager7@example.org"},
	{"admin", "admin@example.org"},
}

var param = regexp.MustCompile(`:[a-z]+`)

// TestEveryRouteWithEveryRole walks the tables of all areas. Whoever lacks the
// action is sent to the sign-in or gets 403; a record that one may not see is
// 404; nothing ever fails. The statuses of the rest stand in the golden file,
// so that a change of reach shows in review.
func TestEveryRouteWithEveryRole(t *testing.T) {
	t.Parallel()
	a, e := portal(t, 30)
	ctx := context.Background()
	// An appeal of the author that lies in the roads unit, where the printed
	// executor and manager work, not those of the matrix.
	var number string
	if err := a.Store.ReadPool().QueryRow(ctx, `SELECT a.number FROM appeals a JOIN people p ON p.id = a.author_id
		WHERE p.email = 'resident@example.org' ORDER BY a.id LIMIT 1`).Scan(&number); err != nil {
		t.Fatal(err)
	}
	e.Owner(t, `UPDATE appeals SET state = 'in_progress', unit_id = (SELECT id FROM units WHERE code = 'roads'), closed_at = NULL, answered_at = NULL,
		executor_id = (SELECT id FROM people WHERE email = 'executor@example.org'), manager_id = (SELECT id FROM people WHERE email = 'manager@example.org') WHERE number = $1`, number)
	// A petition of the author that was returned to him: nobody but he and the
	// staff knows of it.
	var petition string
	if err := a.Store.ReadPool().QueryRow(ctx, "SELECT number::text FROM petitions WHERE state = 'returned'").Scan(&petition); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		":rule": "signs", ":sweep": "1",
		":number": number, ":id": "1", ":step": "2", ":file": "1", ":token": "nothing", ":code": "AAAA-BBBB-CCCC", ":provider": "none",
		":version": "none", ":table": "units", ":row": "1", ":term": "1", ":answer": "1",
	}
	clients := map[string]*client{}
	for _, r := range roles {
		clients[r.name] = a.as(t, r.email)
	}
	routes := httpx.Frozen(a.Areas)
	// What ends the session comes last.
	sort.SliceStable(routes, func(i, j int) bool { return !ends(routes[i]) && ends(routes[j]) })
	var b strings.Builder
	for _, r := range routes {
		if strings.HasPrefix(r.Path, "/static/") || ends(r) {
			continue
		}
		path := param.ReplaceAllStringFunc(r.Path, func(p string) string {
			if strings.HasPrefix(r.Path, "/appeals/drafts/") && p == ":id" {
				return "00000000-0000-4000-8000-000000000000"
			}
			if r.Path == "/lang/:code" {
				return "uk"
			}
			if ofPetition(r) && p == ":number" {
				return petition
			}
			if strings.HasPrefix(r.Path, "/petitions/drafts/") && p == ":id" {
				return "00000000-0000-4000-8000-000000000000"
			}
			v, ok := values[p]
			if !ok {
				t.Errorf("the test knows no value for %s of %s", p, r.Path)
			}
			return v
		})
		fmt.Fprintf(&b, "%-5s%-52s", r.Method, r.Path)
		for _, role := range roles {
			w := clients[role.name].do(r.Method, path, url.Values{})
			got := w.Code
			fmt.Fprintf(&b, " %s=%d", role.name, got)
			if got >= 500 {
				t.Errorf("%s %s as %s: %d\n%s", r.Method, path, role.name, got, e.Logged.String())
			}
			may := actorOf(role.name).Can(r.Policy.Action())
			switch {
			case may && got == http.StatusForbidden && r.Method == http.MethodGet:
				t.Errorf("%s %s as %s: 403 although the matrix allows %s: not visible is not found", r.Method, path, role.name, r.Policy.Action())
			case !may && role.name == "guest" && (got != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in")):
				t.Errorf("%s %s as a guest: %d %s, want the sign-in", r.Method, path, got, w.Header().Get("Location"))
			case !may && role.name != "guest" && got != http.StatusForbidden && got != http.StatusNotFound:
				t.Errorf("%s %s as %s: %d, want 403 or 404", r.Method, path, role.name, got)
			}
			// All of the staff may know of a petition; a short address tells nothing.
			if foreign := role.name == "stranger" || !ofPetition(r) && (role.name == "executor" || role.name == "manager"); foreign && may &&
				strings.Contains(r.Path, ":number") && got != http.StatusNotFound && !leadsNowhere(clients[role.name], w) {
				t.Errorf("%s %s as %s: %d, want 404 for an appeal that is not his", r.Method, path, role.name, got)
			}
		}
		b.WriteString("\n")
	}
	golden(t, "testdata/routes.golden", b.String())
}

// ofPetition tells the routes whose :number is that of a petition.
func ofPetition(r httpx.Route) bool {
	return strings.Contains(r.Path, "/petitions/") || strings.HasPrefix(r.Path, "/p/")
}

// leadsNowhere: a redirect to a page that is not found tells nothing either.
func leadsNowhere(c *client, w *httptest.ResponseRecorder) bool {
	return (w.Code == http.StatusSeeOther || w.Code == http.StatusMovedPermanently) && c.do(http.MethodGet, w.Header().Get("Location"), nil).Code == http.StatusNotFound
}

func ends(r httpx.Route) bool {
	return r.Path == "/sign-out" || strings.HasPrefix(r.Path, "/account/sessions/") || r.Path == "/sign-in" && r.Method == http.MethodPost
}

func actorOf(role string) authz.Actor {
	switch role {
	case "guest":
		return authz.Guest()
	case "stranger", "author":
		return authz.Actor{Kind: authz.KindPerson, ID: 1}
	}
	return authz.Actor{Kind: authz.KindPerson, ID: 1, Roles: []authz.Role{authz.Role(role)}}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	have := strings.Split(string(want), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(have) || line != have[i] {
			t.Errorf("%s differs (go test ./internal/app -update rewrites it):\n%s", path, line)
		}
	}
}

// TestPagesBearTheLocks: every answer bears the security policy, and none needs an exception.
func TestPagesBearTheLocks(t *testing.T) {
	t.Parallel()
	a, _ := portal(t, 3)
	for _, path := range []string{"/", "/sign-in", "/map", "/no-such-page", "/static/nothing.js"} {
		h := a.as(t, "").do(http.MethodGet, path, nil).Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Request-Id") == "" {
			t.Errorf("%s: %v", path, h)
		}
	}
	// A form that another site sends is refused before anybody is asked who he is.
	r := httptest.NewRequest(http.MethodPost, "/sign-out", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	a.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("a cross-site form: %d", w.Code)
	}
}
