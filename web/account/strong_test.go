package account_test

import (
	"net/http"
	"strings"
	"testing"

	"ereception/internal/identity"
	"ereception/internal/platform/i18n"
)

func strong(p *identity.OIDCProvider) { p.Strong, p.IDClaim = true, "drfocode" }

func TestConfirmIdentityFromOnesOwnPage(t *testing.T) {
	t.Parallel()
	claims := map[string]any{"sub": "u1", "drfocode": "1234567890"}
	s := setupWith(t, provider(t, claims).URL, strong)
	s.person(mailbox)
	s.person("other@example.com")
	b := s.browser().signIn()
	if page := b.get("/account"); page.doc.Find(`a[href="/account/strong/op"]`).Length() != 1 {
		t.Error("no way to confirm")
	}
	// A link on somebody else's page does not begin it.
	req, err := http.NewRequest(http.MethodGet, b.url+"/account/strong/op", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	b.want(b.do(req, nil), http.StatusSeeOther, "/account")

	back := b.callback("/account/strong/op?next=/petitions/214/sign")
	// Another browser cannot finish it, nor one without the session.
	s.browser().want(s.browser().get(back), http.StatusUnprocessableEntity, "")
	b.want(b.get(back), http.StatusSeeOther, "/petitions/214/sign")
	page := b.get("/account")
	if !strings.Contains(page.doc.Find("main").Text(), "Особу підтверджено: Провайдер") || page.doc.Find(`form[action="/account/strong/withdraw"]`).Length() != 1 {
		t.Error("the confirmed identity is not shown")
	}
	// The same human being under another account is refused plainly.
	o := s.browser()
	o.want(o.post("/sign-in", "email", "other@example.com", "password", password), http.StatusSeeOther, "")
	refused := o.get(o.callback("/account/strong/op?next=/"))
	o.want(refused, http.StatusUnprocessableEntity, "")
	if !strings.Contains(refused.doc.Find("main").Text(), i18n.In("uk", "account.error_strong_taken")) {
		t.Error("it is not said why")
	}
	b.want(b.post("/account/strong/withdraw"), http.StatusSeeOther, "/account")
	b.want(b.post("/account/strong/withdraw"), http.StatusSeeOther, "/account")
	o.want(o.get(o.callback("/account/strong/op?next=//evil.example")), http.StatusSeeOther, "/account")
	// A provider that tells no code confirms nobody.
	delete(claims, "drfocode")
	bare := b.get(b.callback("/account/strong/op"))
	b.want(bare, http.StatusUnprocessableEntity, "")
	if !strings.Contains(bare.doc.Find("main").Text(), i18n.In("uk", "account.error_strong_code")) {
		t.Error("it is not said why")
	}
	g := s.browser()
	g.want(g.get("/account/strong/op"), http.StatusSeeOther, "/sign-in?next=%2Faccount%2Fstrong%2Fop")
	b.want(b.get("/account/strong/nobody"), http.StatusNotFound, "")
}

func TestSignInThatConfirmsNothingSaysWhy(t *testing.T) {
	t.Parallel()
	claims := map[string]any{"sub": "u1", "email": mailbox, "email_verified": true, "drfocode": "1"}
	s := setupWith(t, provider(t, claims).URL, strong)
	first, second := s.person(mailbox), s.person("other@example.com")
	b := s.browser()
	b.want(b.get(b.callback("/oidc/op?next=/petitions/1/sign")), http.StatusSeeOther, "/petitions/1/sign")
	if s.Count(t, "SELECT count(*) FROM strong_identities WHERE person_id = $1", first) != 1 {
		t.Error("a sign-in by a strong provider confirms")
	}
	// The provider's account is tied to one person, the human being to another.
	s.Owner(t, "UPDATE oidc_identities SET person_id = $1", second)
	o := s.browser()
	o.want(o.get(o.callback("/oidc/op?next=/petitions/1/sign")), http.StatusSeeOther, "/account?strong=taken")
	if page := o.get("/account?strong=taken"); !strings.Contains(page.doc.Find("main").Text(), i18n.In("uk", "account.error_strong_taken")) {
		t.Error("it is not said why")
	}
}

func TestWithoutStrongProvidersNothingIsOffered(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.person(mailbox)
	b := s.browser().signIn()
	if b.get("/account").doc.Find("#strong").Length() != 0 {
		t.Error("there is nothing to confirm an identity with")
	}
	b.want(b.get("/account/strong/op"), http.StatusNotFound, "")
}
