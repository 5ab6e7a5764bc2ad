package identity_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/platform/errs"
)

// op is a small but genuine OpenID provider: discovery, keys that rotate,
// authorization with PKCE, one-time codes, RS256 tokens, userinfo.
type op struct {
	*httptest.Server
	t   *testing.T
	now func() time.Time

	mu    sync.Mutex
	kid   int
	key   *rsa.PrivateKey
	codes map[string]url.Values // code → the request that it was given for
	user  map[string]any        // claims of whoever is signed in at the provider
	forge func(header, claims map[string]any) (sign bool)
	info  map[string]any // userinfo, nil: no such endpoint
	down  bool
	keys  int // how often the keys were asked for
}

const clientID, clientSecret = "portal", "shh"

func newOP(t *testing.T) *op {
	p := &op{t: t, now: time.Now, codes: map[string]url.Values{}, user: map[string]any{"sub": "u1"}}
	p.rotate()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /jwks", p.jwks)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer access" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		reply(w, p.info)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *op) provider() identity.OIDCProvider {
	return identity.OIDCProvider{ID: "op", Name: "Provider", Issuer: p.URL, ClientID: clientID, ClientSecret: clientSecret}
}

func (p *op) rotate() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key, p.kid = key, p.kid+1
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *op) discovery(w http.ResponseWriter, _ *http.Request) {
	if p.down {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	m := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/jwks",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "none", "HS256"}, "code_challenge_methods_supported": []string{"S256"},
	}
	if p.info != nil {
		m["userinfo_endpoint"] = p.URL + "/userinfo"
	}
	reply(w, m)
}

func (p *op) jwks(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys++
	reply(w, map[string]any{"keys": []map[string]any{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": fmt.Sprint(p.kid),
		"n": b64(p.key.N.Bytes()), "e": b64(big.NewInt(int64(p.key.E)).Bytes()),
	}}})
}

func (p *op) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != clientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" ||
		q.Get("code_challenge") == "" || q.Get("nonce") == "" || q.Get("state") == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = q
	p.mu.Unlock()
	back.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (p *op) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.FormValue("client_id"), r.FormValue("client_secret")
	}
	q, ok := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || id != clientID || secret != clientSecret || q.Get("redirect_uri") != r.FormValue("redirect_uri") || b64(sum[:]) != q.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		reply(w, map[string]string{"error": "invalid_grant"})
		return
	}
	header := map[string]any{"alg": "RS256", "typ": "JWT", "kid": fmt.Sprint(p.kid)}
	claims := map[string]any{
		"iss": p.URL, "aud": clientID, "nonce": q.Get("nonce"),
		"iat": p.now().Unix(), "exp": p.now().Add(5 * time.Minute).Unix(),
	}
	maps.Copy(claims, p.user)
	sign := true
	if p.forge != nil {
		sign = p.forge(header, claims)
	}
	reply(w, map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": p.jwt(header, claims, sign)})
}

func (p *op) jwt(header, claims map[string]any, sign bool) string {
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	in := b64(h) + "." + b64(c)
	if !sign {
		return in + "."
	}
	sum := sha256.Sum256([]byte(in))
	sig, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Error(err)
	}
	return in + "." + b64(sig)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// visit walks the browser to the provider and gives what it brings back.
func (b *bench) visit() identity.Return {
	b.t.Helper()
	to, cookie, err := b.BeginOIDC(b.ctx, "op", "/appeals/new")
	if err != nil {
		b.t.Fatal(err)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(to)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = res.Body.Close()
	back, err := res.Location()
	if err != nil || back.Scheme+"://"+back.Host+back.Path != base+"/oidc/op/callback" {
		b.t.Fatalf("the provider answered %d and sends back to %v", res.StatusCode, back)
	}
	return identity.Return{Provider: "op", Cookie: cookie, State: back.Query().Get("state"), Code: back.Query().Get("code"), Locale: "uk", Client: here}
}

func oidcSetup(t *testing.T) (*op, *bench) {
	t.Helper()
	p := newOP(t)
	b := setup(t, p.provider())
	p.now = b.Clock.Now
	return p, b
}

func TestOIDCMakesAnAccountOnce(t *testing.T) {
	t.Parallel()
	p, b := oidcSetup(t)
	p.user = map[string]any{"sub": "u1", "email": mailbox, "email_verified": true, "name": "Олена Коваленко"}
	for range 2 {
		came, err := b.FinishOIDC(b.ctx, b.visit())
		if err != nil {
			t.Fatal(err)
		}
		if came.Next != "/appeals/new" || came.Ask != "" || b.actor(came.Opened.Token).Name != "Олена Коваленко" {
			t.Errorf("%+v", came)
		}
	}
	if b.Count(t, "SELECT count(*) FROM people WHERE status = 'active' AND email_confirmed_at IS NOT NULL AND password_hash = ''") != 1 ||
		b.Count(t, "SELECT count(*) FROM oidc_identities WHERE provider = 'op' AND subject = 'u1'") != 1 ||
		b.Count(t, "SELECT count(*) FROM sessions WHERE method = 'oidc:op'") != 2 ||
		b.Count(t, "SELECT count(*) FROM consents WHERE kind = 'privacy'") != 1 {
		t.Error("one account, one tie, two sessions")
	}
	// The address may change at the provider: the subject is who it is.
	p.user["email"] = "other@example.com"
	if _, err := b.FinishOIDC(b.ctx, b.visit()); err != nil {
		t.Fatal(err)
	}
	if b.Count(t, "SELECT count(*) FROM people") != 1 {
		t.Error("a changed address made a second person")
	}
	_, err := b.SignIn(b.ctx, identity.Credentials{Email: mailbox, Password: "anything at all", Client: here})
	wantKey(t, err, "account.error_sign_in")
}

func TestOIDCLinks(t *testing.T) {
	t.Parallel()
	p, b := oidcSetup(t)
	known := b.person(mailbox)
	p.user = map[string]any{"sub": "u1", "email": "Olena@Example.com", "email_verified": "true"}
	came, err := b.FinishOIDC(b.ctx, b.visit())
	if err != nil || came.Opened.PersonID != known || came.Opened.Staff {
		t.Fatalf("a confirmed account is tied by a verified address: %+v, %v", came, err)
	}
	b.signIn(mailbox, password) // the password stays

	// Somebody signed up with the address of another and never confirmed it.
	n := fresh("victim@example.com")
	if err := b.SignUp(b.ctx, n); err != nil {
		t.Fatal(err)
	}
	planted := b.link("account.confirm")
	p.user = map[string]any{"sub": "u2", "email": "victim@example.com", "email_verified": true}
	if came, err = b.FinishOIDC(b.ctx, b.visit()); err != nil || came.Opened.Token == "" {
		t.Fatalf("%+v, %v", came, err)
	}
	_, err = b.SignIn(b.ctx, identity.Credentials{Email: n.Email, Password: password, Client: here})
	wantKey(t, err, "account.error_sign_in")
	wantKey(t, b.Confirm(b.ctx, planted, here.IP), "account.error_link")

	// An address that the provider does not vouch for ties nothing.
	p.user = map[string]any{"sub": "u3", "email": mailbox, "email_verified": false}
	if came, err = b.FinishOIDC(b.ctx, b.visit()); err != nil || came.Opened.Token != "" || came.Ask == "" {
		t.Errorf("%+v, %v", came, err)
	}

	// A blocked person does not come in through this door either.
	b.Owner(t, "UPDATE people SET status = 'blocked' WHERE id = $1", known)
	p.user = map[string]any{"sub": "u1"}
	_, err = b.FinishOIDC(b.ctx, b.visit())
	wantKey(t, err, "account.error_blocked")
	p.user = map[string]any{"sub": "u9", "email": mailbox, "email_verified": true}
	_, err = b.FinishOIDC(b.ctx, b.visit())
	wantKey(t, err, "account.error_blocked")
}

// post appoints a person from today on, for so many days; 0: until further notice.
func (b *bench) post(person int64, days int) {
	b.t.Helper()
	b.Owner(b.t, "INSERT INTO units (code, name_uk, created_at) VALUES ('roads' || $1::bigint, 'Управління доріг', now())", person)
	b.Owner(b.t, "INSERT INTO posts (unit_id, title_uk, head, created_at) SELECT max(id), 'начальник', true, now() FROM units")
	today := b.Clock.Now().Format(time.DateOnly)
	b.Owner(b.t, `INSERT INTO appointments (person_id, post_id, valid_from, valid_to, created_at)
		SELECT $1, max(id), $2::date, CASE WHEN $3::int > 0 THEN $2::date + $3::int - 1 END, now() FROM posts`, person, today, days)
}

// TestASocialProfileOpensNoCabinet: whoever has got hold of somebody's mailbox or
// social profile comes by it neither into the account of an official nor ties
// anything to it.
func TestASocialProfileOpensNoCabinet(t *testing.T) {
	t.Parallel()
	p, b := oidcSetup(t)
	come := func(sub, email string) (identity.Came, error) {
		p.user = map[string]any{"sub": sub, "email": email, "email_verified": true}
		return b.FinishOIDC(b.ctx, b.visit())
	}
	refused := func(what, sub, email string) {
		t.Helper()
		ties, sessions := b.Count(t, "SELECT count(*) FROM oidc_identities"), b.Count(t, "SELECT count(*) FROM sessions")
		came, err := come(sub, email)
		wantKey(t, err, "account.error_provider_official")
		if came.Opened.Token != "" || came.Ask != "" {
			t.Errorf("%s: it opened something all the same", what)
		}
		if b.Count(t, "SELECT count(*) FROM oidc_identities") != ties || b.Count(t, "SELECT count(*) FROM sessions") != sessions {
			t.Errorf("%s: something was tied or opened", what)
		}
	}
	b.person("clerk@example.com", authz.RoleSpecialist)
	refused("a role", "u1", "clerk@example.com")
	b.signIn("clerk@example.com", password) // this door stays
	b.post(b.person("head@example.com"), 0)
	refused("a post", "u2", "head@example.com")
	deputy := b.person("deputy@example.com")
	b.Owner(t, `INSERT INTO delegations (from_person, to_person, basis, valid_from, valid_to, created_at)
		SELECT id, $1, 'розпорядження', $2::date + 1, $2::date + 5, now() FROM people WHERE email = 'head@example.com'`, deputy, b.Clock.Now().Format(time.DateOnly))
	refused("a delegation to come", "u3", "deputy@example.com")
	admin := authz.Actor{Kind: authz.KindPerson, ID: b.person("admin@example.com", authz.RoleAdmin), Roles: []authz.Role{authz.RoleAdmin}}
	if _, err := b.Invite(b.ctx, admin, identity.Invitation{Email: "invited@example.com", Name: "Бойко Тарас", Roles: []authz.Role{authz.RoleExecutor}}); err != nil {
		t.Fatal(err)
	}
	refused("an invitation", "u4", "invited@example.com")
	if b.Count(t, "SELECT count(*) FROM people WHERE email = 'invited@example.com' AND status = 'pending'") != 1 {
		t.Error("the invitation was taken by who has not opened its letter")
	}

	// A tie that is older than the service: as a resident he came by it, as an official he does not.
	later := b.person("later@example.com")
	came, err := come("u5", "later@example.com")
	if err != nil || !b.actor(came.Opened.Token).SignedIn() {
		t.Fatalf("a resident: %v", err)
	}
	if err := b.GrantRole(b.ctx, admin, later, authz.RoleExecutor); err != nil {
		t.Fatal(err)
	}
	if b.actor(came.Opened.Token).SignedIn() {
		t.Error("the session of a social profile became one of an official")
	}
	refused("an older tie", "u5", "later@example.com")
	_, a := b.signIn("later@example.com", password)
	if !a.Has(authz.RoleExecutor) {
		t.Error("he does not come in by his password")
	}
	if err := b.RevokeRole(b.ctx, admin, later, authz.RoleExecutor); err != nil {
		t.Fatal(err)
	}
	if came, err = come("u5", "later@example.com"); err != nil || !b.actor(came.Opened.Token).SignedIn() {
		t.Errorf("a resident again: %v", err)
	}
	// A post that is over leaves no trace of it.
	former := b.person("former@example.com")
	b.post(former, 3)
	refused("the last days of a post", "u6", "former@example.com")
	b.Clock.Advance(3 * 24 * time.Hour)
	if came, err = come("u6", "former@example.com"); err != nil || came.Opened.PersonID != former {
		t.Errorf("a former official: %v", err)
	}
}

// TestASessionByLetterBecomesNoCabinet: the link of a letter opens a resident's
// session, and stops to when he comes to serve the city.
func TestASessionByLetterBecomesNoCabinet(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := authz.Actor{Kind: authz.KindPerson, ID: b.person("admin@example.com", authz.RoleAdmin), Roles: []authz.Role{authz.RoleAdmin}}
	for _, email := range []string{"granted@example.com", "appointed@example.com"} {
		id := b.person(email)
		if err := b.SignLink(b.ctx, identity.NewSigner{
			Name: "Коваленко Олена", Email: email, Locale: "uk", NoticeVersion: identity.NoticeVersion, IP: here.IP,
			Until: b.Clock.Now().Add(24 * time.Hour), Sign: identity.SignData{Petition: 1, Resident: true},
		}); err != nil {
			t.Fatal(err)
		}
		o, _, err := b.TakeSignLink(b.ctx, b.link("petitionsign.link"), here)
		if err != nil || !b.actor(o.Token).SignedIn() {
			t.Fatalf("%v", err)
		}
		if email == "granted@example.com" {
			err = b.GrantRole(b.ctx, admin, id, authz.RoleSpecialist)
		} else {
			b.post(id, 0)
			b.Forget(id)
		}
		if err != nil || b.actor(o.Token).SignedIn() {
			t.Errorf("%s: the session of a letter reaches into the cabinet (%v)", email, err)
		}
	}
}

// TestTheCitysOwnDirectoryOpensTheCabinet: a provider that the configuration names
// the city's own is good for officials, and so is one that checks papers.
func TestTheCitysOwnDirectoryOpensTheCabinet(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*identity.OIDCProvider){
		"the city's own": func(p *identity.OIDCProvider) { p.Staff = true },
		"strong":         func(p *identity.OIDCProvider) { p.Strong = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newOP(t)
			c := p.provider()
			edit(&c)
			b := setup(t, c)
			p.now = b.Clock.Now
			known := b.person(mailbox, authz.RoleExecutor)
			p.user = map[string]any{"sub": "u1", "email": mailbox, "email_verified": true}
			for range 2 {
				came, err := b.FinishOIDC(b.ctx, b.visit())
				if err != nil || came.Opened.PersonID != known || !came.Opened.Staff || !b.actor(came.Opened.Token).Has(authz.RoleExecutor) {
					t.Errorf("%+v, %v", came, err)
				}
			}
		})
	}
}

// TestOIDCNames: of what a provider tells for a name only words in letters are kept;
// the address is no name either.
func TestOIDCNames(t *testing.T) {
	t.Parallel()
	p, b := oidcSetup(t)
	for i, c := range []struct{ told, want string }{
		{"Олена Коваленко", "Олена Коваленко"},
		{"Олена", "Олена"},
		{"Олена http://evil.example виграла", "Олена виграла"},
		{"olena@example.com", "Мешканець громади"},
		{"evil.example", "Мешканець громади"},
		{"Олена\u202e\r\nBcc: x", "Мешканець громади"},
		{"", "Мешканець громади"},
	} {
		p.user = map[string]any{"sub": fmt.Sprint("n", i), "email": fmt.Sprintf("n%d@example.com", i), "email_verified": true, "name": c.told}
		came, err := b.FinishOIDC(b.ctx, b.visit())
		if err != nil {
			t.Fatal(err)
		}
		if got := b.actor(came.Opened.Token).Name; got != c.want {
			t.Errorf("%q became %q, want %q", c.told, got, c.want)
		}
	}
}

func TestOIDCWithoutAddressAsks(t *testing.T) {
	t.Parallel()
	p, b := oidcSetup(t)
	b.person("known@example.com")
	p.user = map[string]any{"sub": "u1", "given_name": "Олена", "family_name": "Коваленко"}
	came, err := b.FinishOIDC(b.ctx, b.visit())
	if err != nil || came.Ask == "" || came.Opened.Token != "" {
		t.Fatalf("%+v, %v", came, err)
	}
	asked, err := b.Ask(came.Ask)
	if err != nil || asked.Name != "Коваленко Олена" || asked.Provider != "Provider" || asked.Next != "/appeals/new" {
		t.Errorf("%+v, %v", asked, err)
	}
	n := fresh("known@example.com")
	n.Password = ""
	if err := b.SignUpOIDC(b.ctx, came.Ask, n); err != nil || b.letters("account.known") != 1 {
		t.Errorf("a known address: %v", err)
	}
	n.Email = mailbox
	if err := b.SignUpOIDC(b.ctx, came.Ask, n); err != nil {
		t.Fatal(err)
	}
	if again, err := b.FinishOIDC(b.ctx, b.visit()); err != nil || again.Ask == "" {
		t.Errorf("before the confirmation nothing is tied: %+v, %v", again, err)
	}
	if err := b.Confirm(b.ctx, b.link("account.confirm"), here.IP); err != nil {
		t.Fatal(err)
	}
	if came, err := b.FinishOIDC(b.ctx, b.visit()); err != nil || came.Opened.Token == "" {
		t.Errorf("after the confirmation: %+v, %v", came, err)
	}
	wantKey(t, b.SignUpOIDC(b.ctx, "forged", n), "account.error_provider")
	wantKey(t, b.SignUpOIDC(b.ctx, b.visit().Cookie, n), "account.error_provider") // a token of another kind
}

func TestOIDCAddressFromUserinfo(t *testing.T) {
	t.Parallel()
	p := newOP(t)
	p.info = map[string]any{"sub": "u1", "email": mailbox, "email_verified": true, "name": "Олена"}
	b := setup(t, p.provider())
	p.now = b.Clock.Now
	if came, err := b.FinishOIDC(b.ctx, b.visit()); err != nil || came.Opened.Token == "" {
		t.Errorf("%+v, %v", came, err)
	}
	p.user, p.info["sub"] = map[string]any{"sub": "u2"}, "somebody else"
	if came, err := b.FinishOIDC(b.ctx, b.visit()); err != nil || came.Ask == "" {
		t.Errorf("userinfo of another subject was believed: %+v, %v", came, err)
	}
}

func TestOIDCRotatedKey(t *testing.T) {
	t.Parallel()
	p, b := oidcSetup(t)
	p.user = map[string]any{"sub": "u1", "email": mailbox, "email_verified": true}
	for range 3 {
		if _, err := b.FinishOIDC(b.ctx, b.visit()); err != nil {
			t.Fatal(err)
		}
		p.rotate()
	}
	if p.keys < 3 {
		t.Errorf("the keys were asked for %d times, want after each rotation", p.keys)
	}
}

func TestOIDCRefusals(t *testing.T) {
	t.Parallel()
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		forge func(p *op) func(h, c map[string]any) bool
		edit  func(b *bench, r *identity.Return)
		key   string
	}{
		{name: "a token for another audience", forge: claim("aud", "somebody-else")},
		{name: "two audiences and another authorized party", forge: claims(map[string]any{"aud": []string{clientID, "x"}, "azp": "x"})},
		{name: "two audiences and no authorized party", forge: claim("aud", []string{clientID, "x"})},
		{name: "a token of another sign-in", forge: claim("nonce", "another")},
		{name: "no nonce", forge: claim("nonce", "")},
		{name: "a token that has expired", forge: claim("exp", int64(1_700_000_000))},
		{name: "another issuer", forge: claim("iss", "https://evil.example")},
		{name: "no subject", forge: claim("sub", "")},
		{name: "alg none", forge: func(*op) func(h, c map[string]any) bool {
			return func(h, _ map[string]any) bool { h["alg"] = "none"; return false }
		}},
		{name: "no signature under an honest header", forge: func(*op) func(h, c map[string]any) bool {
			return func(map[string]any, map[string]any) bool { return false }
		}},
		{name: "a key that the provider does not publish", forge: func(p *op) func(h, c map[string]any) bool {
			return func(map[string]any, map[string]any) bool { p.key = foreign; p.kid = 77; return true }
		}},
		{name: "the state of another browser", edit: func(b *bench, r *identity.Return) { r.Cookie = b.visit().Cookie }},
		{name: "no cookie", edit: func(_ *bench, r *identity.Return) { r.Cookie = "" }},
		{name: "no state", edit: func(_ *bench, r *identity.Return) { r.State = "" }},
		{name: "a code of another sign-in, by PKCE", edit: func(b *bench, r *identity.Return) { r.Code = b.visit().Code }},
		{name: "a made-up code", edit: func(_ *bench, r *identity.Return) { r.Code = "guess" }},
		{name: "a state that was used", edit: func(b *bench, r *identity.Return) { _, _ = b.FinishOIDC(b.ctx, *r) }},
		{name: "a person who stayed away too long", edit: func(b *bench, _ *identity.Return) { b.Clock.Advance(identity.FlowLife + time.Second) }},
		{name: "a person who gave up", edit: func(_ *bench, r *identity.Return) { r.Code, r.Refusal = "", "access_denied" }, key: "account.error_provider_refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, b := oidcSetup(t)
			p.user = map[string]any{"sub": "u1", "email": mailbox, "email_verified": true}
			if c.forge != nil {
				p.forge = c.forge(p)
			}
			r := b.visit()
			if c.edit != nil {
				c.edit(b, &r)
			}
			before := b.Count(t, "SELECT count(*) FROM sessions")
			if c.name == "a key that the provider does not publish" {
				p.published(p.key, p.kid)
			}
			came, err := b.FinishOIDC(b.ctx, r)
			if c.key == "" {
				c.key = "account.error_provider"
			}
			wantKey(t, err, c.key)
			if came.Opened.Token != "" || came.Ask != "" || b.Count(t, "SELECT count(*) FROM sessions") != before {
				t.Error("it opened something all the same")
			}
		})
	}
}

// published freezes what /jwks shows, whatever the provider signs with.
func (p *op) published(key *rsa.PrivateKey, kid int) {
	n, e := b64(key.N.Bytes()), b64(big.NewInt(int64(key.E)).Bytes())
	h := p.Config.Handler
	p.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/jwks" {
			reply(w, map[string]any{"keys": []map[string]any{{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": fmt.Sprint(kid), "n": n, "e": e}}})
			return
		}
		h.ServeHTTP(w, r)
	})
}

func claim(name string, v any) func(*op) func(h, c map[string]any) bool {
	return claims(map[string]any{name: v})
}

func claims(m map[string]any) func(*op) func(h, c map[string]any) bool {
	return func(*op) func(h, c map[string]any) bool {
		return func(_, c map[string]any) bool { maps.Copy(c, m); return true }
	}
}

func TestOIDCProviderThatIsDown(t *testing.T) {
	t.Parallel()
	p := newOP(t)
	p.down = true
	b := setup(t, p.provider()) // the portal starts all the same
	p.now = b.Clock.Now
	if _, _, err := b.BeginOIDC(b.ctx, "op", "/"); !errs.Is(err, errs.KindUnavailable) {
		t.Errorf("%v, want unavailable", err)
	}
	p.down = false
	if _, _, err := b.BeginOIDC(b.ctx, "op", "/"); err != nil {
		t.Errorf("the provider is back, yet %v", err)
	}
	if _, _, err := b.BeginOIDC(b.ctx, "nobody", "/"); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("an unknown provider: %v", err)
	}
	if l := b.Providers(); len(l) != 1 || l[0].ClientSecret != "" {
		t.Error("the list of providers holds a secret")
	}
}
