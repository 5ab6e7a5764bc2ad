package account_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"ereception/internal/authz"
	"ereception/internal/pgtest"
)

// provider is an honest OpenID provider at which claims are signed in. What
// dishonest ones try is tested in internal/identity.
func provider(t *testing.T, claims map[string]any) *httptest.Server {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	asked := map[string]url.Values{}
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	reply := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{
			"issuer": srv.URL, "authorization_endpoint": srv.URL + "/authorize", "token_endpoint": srv.URL + "/token",
			"jwks_uri": srv.URL + "/jwks", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"keys": []map[string]any{{"kty": "RSA", "alg": "RS256", "kid": "1", "n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		code := rand.Text()
		asked[code] = q
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		q, ok := asked[r.FormValue("code")]
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if !ok || b64(sum[:]) != q.Get("code_challenge") {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c := map[string]any{"iss": srv.URL, "aud": "x", "nonce": q.Get("nonce"), "exp": pgtest.Noon.Unix() + 300, "iat": pgtest.Noon.Unix()}
		for k, v := range claims {
			c[k] = v
		}
		body, _ := json.Marshal(c)
		in := b64([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + b64(body)
		hash := sha256.Sum256([]byte(in))
		sig, _ := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, hash[:])
		reply(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": in + "." + b64(sig)})
	})
	return srv
}

// callback walks to the provider and gives the path to which it sends back.
func (b *browser) callback(start string) string {
	b.t.Helper()
	to := b.get(start)
	b.want(to, http.StatusSeeOther, "")
	res, err := b.c.Get(to.Header.Get("Location"))
	if err != nil {
		b.t.Fatal(err)
	}
	_ = res.Body.Close()
	back, err := res.Location()
	if err != nil {
		b.t.Fatal(err)
	}
	return back.RequestURI()
}

func TestSignInByProvider(t *testing.T) {
	t.Parallel()
	s := setupWith(t, provider(t, map[string]any{"sub": "u1", "email": mailbox, "email_verified": true, "name": "Олена"}).URL)
	b := s.browser()
	back := b.callback("/oidc/op?next=/account")
	s.browser().want(s.browser().get(back), http.StatusUnprocessableEntity, "") // another browser cannot finish it
	b.want(b.get(back), http.StatusSeeOther, "/account")
	b.want(b.get("/account"), http.StatusOK, "")
	b.want(b.get("/account/password"), http.StatusOK, "") // without a password the page offers to make one
	b.want(b.get(back), http.StatusUnprocessableEntity, "")
	evil := s.browser()
	evil.want(evil.get(evil.callback("/oidc/op?next=//evil.example")), http.StatusSeeOther, "/appeals")
}

// TestProviderOfAnOfficial: the page says in plain words why the provider does not
// open the account, and how to come in.
func TestProviderOfAnOfficial(t *testing.T) {
	t.Parallel()
	s := setupWith(t, provider(t, map[string]any{"sub": "u1", "email": mailbox, "email_verified": true, "name": "Олена"}).URL)
	s.person(mailbox, authz.RoleExecutor)
	b := s.browser()
	page := b.get(b.callback("/oidc/op?next=/cabinet"))
	b.want(page, http.StatusUnprocessableEntity, "")
	if text := page.doc.Find(".ds-error-summary").Text(); !strings.Contains(text, "посадової особи") || !strings.Contains(text, "за паролем") {
		t.Errorf("the page says %s", text)
	}
	if v, _ := page.doc.Find("input[name=next]").Attr("value"); v != "/cabinet" || page.doc.Find(`form a[href="/reset"]`).Length() != 1 {
		t.Error("no way on")
	}
	b.want(b.get("/account"), http.StatusSeeOther, "/sign-in?next=%2Faccount")
}

func TestProviderWithoutAddress(t *testing.T) {
	t.Parallel()
	s := setupWith(t, provider(t, map[string]any{"sub": "u1", "name": "Коваленко Олена"}).URL)
	b := s.browser()
	b.want(b.get(b.callback("/oidc/op")), http.StatusSeeOther, "/sign-up/email")
	form := b.get("/sign-up/email")
	if v, _ := form.doc.Find("#name").Attr("value"); v != "Коваленко Олена" || form.doc.Find("#password").Length() != 0 {
		t.Error("the page asks for what the provider told, or for a password")
	}
	b.want(b.post("/sign-up/email", "name", "Коваленко Олена", "email", "none"), http.StatusUnprocessableEntity, "")
	b.want(b.post("/sign-up/email", "name", "Коваленко Олена", "email", mailbox), http.StatusSeeOther, "/sign-up/sent")
	b.want(b.post(s.link("account.confirm")), http.StatusSeeOther, "/sign-in")
	b.want(b.get(b.callback("/oidc/op")), http.StatusSeeOther, "/appeals")
}
