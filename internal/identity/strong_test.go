package identity_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/platform/errs"
)

// strongSetup has two strong providers that know people by the same code, and
// one that tells no code.
func strongSetup(t *testing.T) (one, two, plain *op, b *bench) {
	t.Helper()
	one, two, plain = newOP(t), newOP(t), newOP(t)
	p1, p2, p3 := one.provider(), two.provider(), plain.provider()
	p1.ID, p1.Name, p1.Strong, p1.IDClaim = "one", "Перший", true, "drfocode"
	p2.ID, p2.Strong, p2.IDClaim = "two", true, "drfocode"
	p3.ID, p3.Strong = "plain", true
	weak := plain.provider()
	weak.ID = "weak"
	b = setup(t, p1, p2, p3, weak)
	for _, p := range []*op{one, two, plain} {
		p.now = b.Clock.Now
	}
	return one, two, plain, b
}

// confirm walks a signed-in person to the provider and back.
func (b *bench) confirm(a authz.Actor, provider string) (identity.Came, error) {
	b.t.Helper()
	to, cookie, err := b.BeginStrong(b.ctx, a, provider, "/petitions/214")
	if err != nil {
		b.t.Fatal(err)
	}
	r := b.walk(provider, to, cookie)
	r.Actor = a
	return b.FinishOIDC(b.ctx, r)
}

// come signs in by the provider.
func (b *bench) come(provider string) (identity.Came, error) {
	b.t.Helper()
	to, cookie, err := b.BeginOIDC(b.ctx, provider, "/")
	if err != nil {
		b.t.Fatal(err)
	}
	return b.FinishOIDC(b.ctx, b.walk(provider, to, cookie))
}

// walk is the browser at the provider.
func (b *bench) walk(provider, to, cookie string) identity.Return {
	b.t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(to)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = res.Body.Close()
	back, err := res.Location()
	if err != nil {
		b.t.Fatal(err)
	}
	return identity.Return{Provider: provider, Cookie: cookie, State: back.Query().Get("state"), Code: back.Query().Get("code"), Locale: "uk", Client: here}
}

func TestConfirmAndWithdraw(t *testing.T) {
	t.Parallel()
	one, two, _, b := strongSetup(t)
	id := b.person(mailbox)
	_, a := b.signIn(mailbox, password)
	one.user = map[string]any{"sub": "u1", "drfocode": "1234567890", "name": "Хтось"}
	came, err := b.confirm(a, "one")
	if err != nil || !came.Confirmed || came.Next != "/petitions/214" || came.Opened.Token != "" || came.Ask != "" {
		t.Fatalf("%+v, %v", came, err)
	}
	g, err := b.StrongOf(b.ctx, a)
	if err != nil || g == nil || g.Provider != "one" || len(g.Ident) != 32 {
		t.Fatalf("%+v, %v", g, err)
	}
	if b.ProviderName(g.Provider) != "Перший" {
		t.Error("the name of the provider")
	}
	// The same human being by another strong provider: nothing changes.
	two.user = map[string]any{"sub": "other", "drfocode": 1234567890}
	if _, err := b.confirm(a, "two"); err != nil || b.Count(t, "SELECT count(*) FROM strong_identities") != 1 {
		t.Errorf("by another provider: %v", err)
	}
	// From then on he comes in by either of them.
	for _, p := range []string{"one", "two"} {
		if came, err := b.come(p); err != nil || came.Opened.PersonID != id || came.Refused != nil {
			t.Errorf("%s: %+v, %v", p, came, err)
		}
	}
	if err := b.WithdrawStrong(b.ctx, a, id); err != nil {
		t.Fatal(err)
	}
	if g, err := b.StrongOf(b.ctx, a); g != nil || err != nil {
		t.Errorf("withdrawn, yet %+v, %v", g, err)
	}
	if err := b.WithdrawStrong(b.ctx, a, id); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("withdrawn twice: %v", err)
	}
	if _, err := b.confirm(a, "one"); err != nil {
		t.Errorf("confirmed anew: %v", err)
	}
	if b.Count(t, "SELECT count(*) FROM strong_identities WHERE withdrawn_at IS NULL AND version = 3") != 1 {
		t.Error("the same row stands again")
	}
	for _, q := range []string{"SELECT string_agg(t::text, ' ') FROM strong_identities t", "SELECT string_agg(t::text, ' ') FROM audit.trail t"} {
		var all string
		if err := b.DB.ReadPool().QueryRow(b.ctx, q).Scan(&all); err != nil {
			t.Fatal(err)
		}
		wantAbsent(t, all, "1234567890")
	}
	wantAbsent(t, b.Logged.String(), "1234567890")
}

func wantAbsent(t testing.TB, in, s string) {
	t.Helper()
	if strings.Contains(in, s) {
		t.Errorf("%q is told", s)
	}
}

func TestOneHumanBeingOneAccount(t *testing.T) {
	t.Parallel()
	one, _, _, b := strongSetup(t)
	first, second := b.person(mailbox), b.person("second@example.com")
	_, a := b.signIn(mailbox, password)
	_, c := b.signIn("second@example.com", password)
	one.user = map[string]any{"sub": "u1", "drfocode": "1234567890"}
	if _, err := b.confirm(a, "one"); err != nil {
		t.Fatal(err)
	}
	_, err := b.confirm(c, "one")
	wantKey(t, err, "account.error_strong_taken")
	// An account does not begin to stand for another human being.
	one.user = map[string]any{"sub": "u2", "drfocode": "9876543210"}
	_, err = b.confirm(a, "one")
	wantKey(t, err, "account.error_strong_other")
	if b.Count(t, "SELECT count(*) FROM strong_identities WHERE person_id = $1 AND withdrawn_at IS NULL", first) != 1 || b.Count(t, "SELECT count(*) FROM strong_identities WHERE withdrawn_at IS NULL") != 1 {
		t.Error("a refused confirmation changed something")
	}
	// What was refused is known all the same: both accounts are of one human being, and his signatures under petitions are settled.
	if b.Count(t, "SELECT count(DISTINCT ident) FROM strong_identities") != 1 || b.Count(t, "SELECT count(*) FROM strong_identities WHERE person_id = $1", second) != 1 {
		t.Error("it is forgotten whose the second account is")
	}
	if b.Count(t, "SELECT count(*) FROM river_job WHERE kind = 'petition_known' AND (args ->> 'person_id')::bigint = $1", second) != 1 {
		t.Error("nobody looks at the signatures of the second account")
	}
	if g, err := b.StrongOf(b.ctx, c); g != nil || err != nil {
		t.Errorf("the second account is confirmed: %+v, %v", g, err)
	}
	// What was withdrawn makes way.
	if err := b.WithdrawStrong(b.ctx, a, first); err != nil {
		t.Fatal(err)
	}
	one.user = map[string]any{"sub": "u1", "drfocode": "1234567890"}
	if _, err := b.confirm(c, "one"); err != nil {
		t.Fatal(err)
	}
	if b.Count(t, "SELECT count(*) FROM strong_identities WHERE person_id = $1 AND withdrawn_at IS NULL", second) != 1 || b.Count(t, "SELECT count(*) FROM strong_identities WHERE withdrawn_at IS NULL") != 1 {
		t.Error("the identity moved over whole")
	}
	_, err = b.confirm(a, "one")
	wantKey(t, err, "account.error_strong_taken")
}

func TestOneHumanBeingInTwoWindows(t *testing.T) {
	t.Parallel()
	one, _, _, b := strongSetup(t)
	one.user = map[string]any{"sub": "u1", "drfocode": "1234567890"}
	var wg sync.WaitGroup
	var mu sync.Mutex
	confirmed := 0
	for _, email := range []string{"a@example.com", "b@example.com", "c@example.com"} {
		b.person(email)
		_, a := b.signIn(email, password)
		to, cookie, err := b.BeginStrong(b.ctx, a, "one", "/")
		if err != nil {
			t.Fatal(err)
		}
		r := b.walk("one", to, cookie)
		r.Actor = a
		wg.Go(func() {
			_, err := b.FinishOIDC(b.ctx, r)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				confirmed++
				return
			}
			wantKey(t, err, "account.error_strong_taken")
		})
	}
	wg.Wait()
	if confirmed != 1 {
		t.Errorf("%d accounts stand for one human being", confirmed)
	}
}

func TestAStrongProviderConfirmsByTheWay(t *testing.T) {
	t.Parallel()
	one, two, plain, b := strongSetup(t)
	one.user = map[string]any{"sub": "u1", "email": mailbox, "email_verified": true, "name": "Бондарук Леся", "drfocode": "1234567890"}
	came, err := b.come("one")
	if err != nil || came.Refused != nil || came.Opened.Token == "" {
		t.Fatalf("%+v, %v", came, err)
	}
	if b.Count(t, "SELECT count(*) FROM strong_identities WHERE provider = 'one'") != 1 {
		t.Error("the sign-in confirmed nothing")
	}
	// Another strong provider that vouches for the same human being leads to the
	// same account, with no address or with another one.
	for _, user := range []map[string]any{
		{"sub": "x1", "drfocode": "1234567890"},
		{"sub": "x2", "drfocode": "1234567890", "email": "other@example.com", "email_verified": true},
	} {
		two.user = user
		again, err := b.come("two")
		if err != nil || again.Opened.PersonID != came.Opened.PersonID {
			t.Errorf("%v: %+v, %v", user, again, err)
		}
	}
	if b.Count(t, "SELECT count(*) FROM people") != 1 {
		t.Error("one human being got two accounts")
	}
	// Whom the provider gives no code comes in all the same, unconfirmed.
	one.user = map[string]any{"sub": "u3", "email": "third@example.com", "email_verified": true, "name": "Третя Особа"}
	came, err = b.come("one")
	if err != nil || came.Opened.Token == "" {
		t.Fatalf("%+v, %v", came, err)
	}
	wantKey(t, came.Refused, "account.error_strong_code")
	a := b.actor(came.Opened.Token)
	_, err = b.confirm(a, "one")
	wantKey(t, err, "account.error_strong_code")
	// A provider without such a claim knows people by its own subject.
	plain.user = map[string]any{"sub": "u3"}
	if _, err := b.confirm(a, "plain"); err != nil {
		t.Error(err)
	}
	// Which is another human being than that of the code, for all we know.
	one.user["drfocode"] = "5555555555"
	came, err = b.come("one")
	if err != nil || came.Opened.Token == "" {
		t.Fatalf("%+v, %v", came, err)
	}
	wantKey(t, came.Refused, "account.error_strong_other")
	// A weak provider confirms nobody.
	before := b.Count(t, "SELECT count(*) FROM strong_identities")
	plain.user = map[string]any{"sub": "w", "email": "weak@example.com", "email_verified": true, "name": "Слабка Особа"}
	if _, err := b.come("weak"); err != nil || b.Count(t, "SELECT count(*) FROM strong_identities") != before {
		t.Errorf("a weak provider: %v", err)
	}
}

func TestCodeFromUserinfo(t *testing.T) {
	t.Parallel()
	p := newOP(t)
	p.info = map[string]any{"sub": "u1", "drfocode": " 123-456 7890 "}
	cfg := p.provider()
	cfg.Strong, cfg.IDClaim = true, "drfocode"
	b := setup(t, cfg)
	p.now = b.Clock.Now
	p.user = map[string]any{"sub": "u1", "email": mailbox, "email_verified": true, "name": "Бондарук Леся"}
	if came, err := b.come("op"); err != nil || came.Refused != nil || came.Opened.Token == "" {
		t.Errorf("%+v, %v", came, err)
	}
	if b.Count(t, "SELECT count(*) FROM strong_identities") != 1 {
		t.Error("the code of userinfo was not believed")
	}
}

func TestWhoMayConfirmAndWithdraw(t *testing.T) {
	t.Parallel()
	one, _, _, b := strongSetup(t)
	id := b.person(mailbox)
	b.person("other@example.com")
	b.person("admin@example.com", authz.RoleAdmin)
	_, a := b.signIn(mailbox, password)
	_, other := b.signIn("other@example.com", password)
	_, admin := b.signIn("admin@example.com", password)
	one.user = map[string]any{"sub": "u1", "drfocode": "1234567890"}

	if _, _, err := b.BeginStrong(b.ctx, authz.Guest(), "one", "/"); !errs.Is(err, errs.KindUnauthenticated) {
		t.Errorf("a guest: %v", err)
	}
	if _, _, err := b.BeginStrong(b.ctx, a, "weak", "/"); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a weak provider: %v", err)
	}
	// What one began another cannot finish, nor a guest.
	for _, who := range []authz.Actor{other, authz.Guest()} {
		to, cookie, err := b.BeginStrong(b.ctx, a, "one", "/")
		if err != nil {
			t.Fatal(err)
		}
		r := b.walk("one", to, cookie)
		r.Actor = who
		came, err := b.FinishOIDC(b.ctx, r)
		wantKey(t, err, "account.error_provider")
		if came.Opened.Token != "" || b.Count(t, "SELECT count(*) FROM strong_identities") != 0 {
			t.Error("it confirmed or opened something all the same")
		}
	}
	if _, err := b.confirm(a, "one"); err != nil {
		t.Fatal(err)
	}
	if err := b.WithdrawStrong(b.ctx, other, id); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("a stranger withdraws: %v", err)
	}
	if err := b.WithdrawStrong(b.ctx, admin, id); err != nil {
		t.Errorf("an administrator: %v", err)
	}
	b.Owner(t, "UPDATE people SET status = 'blocked' WHERE id = $1", id)
	_, err := b.confirm(a, "one")
	wantKey(t, err, "account.error_blocked")
}
