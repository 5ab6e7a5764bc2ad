package identity_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/notify"
	"ereception/internal/pgtest"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/ratelimit"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	base     = "https://portal.example"
	password = "три синіх їжаки"
	mailbox  = "olena@example.com"
)

var here = identity.Client{UserAgent: "Firefox", IP: "192.0.2.7"}

type bench struct {
	*pgtest.Env
	*identity.Service
	t   testing.TB
	ctx context.Context
}

func setup(t testing.TB, providers ...identity.OIDCProvider) *bench {
	t.Helper()
	e := pgtest.New(t)
	ctx := context.Background()
	key, err := identity.Secret(ctx, e.DB, "rate-limit")
	if err != nil {
		t.Fatal(err)
	}
	s, err := identity.New(ctx, e.DB, ratelimit.New(e.DB.Pool(), key), e.Clock, e.Log, identity.Config{BaseURL: base + "/", OIDC: providers})
	if err != nil {
		t.Fatal(err)
	}
	s.SetPace(0)
	return &bench{e, s, t, ctx}
}

// person makes a ready account with the password of the tests.
func (b *bench) person(email string, roles ...authz.Role) int64 {
	b.t.Helper()
	hash, err := identity.HashPassword(b.ctx, password)
	if err != nil {
		b.t.Fatal(err)
	}
	var id int64
	err = b.DB.Write(b.ctx, authz.System("test"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		id, err = identity.CreatePerson(tx, identity.NewPerson{Email: email, Name: "Коваленко Олена Ігорівна", PasswordHash: hash, Roles: roles})
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// signIn opens a session and resolves it.
func (b *bench) signIn(email, password string) (string, authz.Actor) {
	b.t.Helper()
	o, err := b.SignIn(b.ctx, identity.Credentials{Email: email, Password: password, Client: here})
	if err != nil {
		b.t.Fatalf("sign in: %v", err)
	}
	return o.Token, b.actor(o.Token)
}

func (b *bench) actor(cookie string) authz.Actor {
	b.t.Helper()
	a, err := b.Resolve(b.ctx, cookie)
	if err != nil {
		b.t.Fatalf("resolve: %v", err)
	}
	return a
}

func (b *bench) letters(kind string) int {
	return b.Count(b.t, "SELECT count(*) FROM letters WHERE kind = $1", kind)
}

// letter composes the latest letter of a kind, as the worker will.
func (b *bench) letter(kind string) (notify.Content, error) {
	b.t.Helper()
	var l notify.Letter
	var data []byte
	if err := b.DB.ReadPool().QueryRow(b.ctx, "SELECT id, kind, person_id, locale, data FROM letters WHERE kind = $1 ORDER BY id DESC LIMIT 1", kind).
		Scan(&l.ID, &l.Kind, &l.PersonID, &l.Locale, &data); err != nil {
		b.t.Fatalf("letter %s: %v", kind, err)
	}
	if err := json.Unmarshal(data, &l.Data); err != nil {
		b.t.Fatal(err)
	}
	return b.Composers()[kind](b.ctx, l)
}

// link is the secret of the latest letter of a kind.
func (b *bench) link(kind string) string {
	b.t.Helper()
	c, err := b.letter(kind)
	if err != nil {
		b.t.Fatalf("letter %s: %v", kind, err)
	}
	u, err := url.Parse(c.Button.URL)
	if err != nil || !strings.HasPrefix(c.Button.URL, base+"/") {
		b.t.Fatalf("%s is no link of the portal", c.Button.URL)
	}
	return path.Base(u.Path)
}

func wantKey(t testing.TB, err error, key string) {
	t.Helper()
	e, ok := errs.As(err)
	if ok && e.Key == key {
		return
	}
	if ok {
		for _, f := range e.Fields {
			if f.Key == key {
				return
			}
		}
	}
	t.Errorf("error %v, want %s", err, key)
}

func fresh(email string) identity.NewAccount {
	return identity.NewAccount{
		Name: "Коваленко Олена Ігорівна", Email: email, Password: password, Locale: "uk",
		PrivacyVersion: identity.NoticeVersion, IP: here.IP,
	}
}

func TestSignUpConfirmSignIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	n := fresh(" Olena@Example.com ")
	n.Newsletter = true
	if err := b.SignUp(b.ctx, n); err != nil {
		t.Fatal(err)
	}
	if got := b.Count(t, "SELECT count(*) FROM people WHERE email = $1 AND status = 'pending'", mailbox); got != 1 {
		t.Fatalf("%d pending accounts, want 1", got)
	}
	if b.Jobs(t, "send_letter") != 1 || b.letters("account.confirm") != 1 {
		t.Error("the letter was not promised")
	}
	if b.Count(t, "SELECT count(*) FROM consents WHERE kind = 'privacy' AND version = $1", identity.NoticeVersion) != 1 ||
		b.Count(t, "SELECT count(*) FROM consents WHERE kind = 'newsletter' AND given") != 1 {
		t.Error("what was shown and agreed to is not recorded")
	}
	_, err := b.SignIn(b.ctx, identity.Credentials{Email: mailbox, Password: password, Client: here})
	wantKey(t, err, "account.error_sign_in")
	if b.letters("account.confirm") != 2 {
		t.Error("who knows the password of an unconfirmed account gets a new letter")
	}
	raw := b.link("account.confirm")
	for range 3 { // a scanner of mail opens the page as often as it likes
		l, err := b.Link(b.ctx, identity.PurposeConfirm, raw)
		if err != nil || l.Email != mailbox {
			t.Fatalf("link: %+v, %v", l, err)
		}
	}
	if err := b.Confirm(b.ctx, raw, here.IP); err != nil {
		t.Fatal(err)
	}
	wantKey(t, b.Confirm(b.ctx, raw, here.IP), "account.error_link")
	if _, err := b.letter("account.confirm"); !errors.Is(err, notify.ErrObsolete) {
		t.Errorf("a letter with a dead link: %v, want ErrObsolete", err)
	}
	_, a := b.signIn("OLENA@example.com", norm.NFD.String(password)) // «ї» in two characters
	if !a.SignedIn() || a.Name != n.Name || a.Locale != "uk" || a.Staff() {
		t.Errorf("actor %+v", a)
	}
	if given, err := b.Newsletter(b.ctx, a); err != nil || !given {
		t.Errorf("newsletter %v, %v", given, err)
	}
}

func TestNothingSecretIsStored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.SignUp(b.ctx, fresh(mailbox)); err != nil {
		t.Fatal(err)
	}
	raw := b.link("account.confirm")
	for _, q := range []string{
		"SELECT coalesce(string_agg(t::text, ' '), '') FROM person_tokens t", "SELECT coalesce(string_agg(t::text, ' '), '') FROM letters t",
		"SELECT coalesce(string_agg(t::text, ' '), '') FROM audit.trail t", "SELECT coalesce(string_agg(args::text, ' '), '') FROM river_job t",
	} {
		var all string
		if err := b.DB.ReadPool().QueryRow(b.ctx, q).Scan(&all); err != nil {
			t.Fatal(err)
		}
		if all == "" || strings.Contains(all, raw) || strings.Contains(all, password) {
			t.Errorf("%s: a secret is stored (or nothing is)", q)
		}
		if strings.Contains(q, "audit") && strings.Contains(all, "argon2id") {
			t.Error("the trail holds a hash of a password")
		}
	}
	if s := b.Logged.String(); strings.Contains(s, mailbox) || strings.Contains(s, raw) {
		t.Error("the log holds personal data")
	}
}

func TestSignUpTellsNobodyWhoIsKnown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person(mailbox)
	before := b.Count(t, "SELECT count(*) FROM people")
	if err := b.SignUp(b.ctx, fresh(mailbox)); err != nil {
		t.Errorf("the answer for a known address differs: %v", err)
	}
	if got := b.Count(t, "SELECT count(*) FROM people"); got != before {
		t.Error("a known address made a person")
	}
	if err := b.SignUp(b.ctx, fresh("new@example.com")); err != nil {
		t.Fatal(err)
	}
	if b.letters("account.known") != 1 || b.letters("account.confirm") != 1 {
		t.Error("each address gets one letter")
	}
	c, err := b.letter("account.known")
	if err != nil || c.To != mailbox || c.Button.URL != base+"/sign-in" {
		t.Errorf("letter %+v, %v", c, err)
	}
	_, a := b.signIn(mailbox, password)
	if !a.SignedIn() {
		t.Error("the account of the owner changed")
	}
}

func TestLaterSignUpTakesOverAnUnconfirmedAccount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stranger := fresh(mailbox)
	stranger.Password = "чужий надійний пароль"
	if err := b.SignUp(b.ctx, stranger); err != nil {
		t.Fatal(err)
	}
	old := b.link("account.confirm")
	if err := b.SignUp(b.ctx, fresh(mailbox)); err != nil {
		t.Fatal(err)
	}
	wantKey(t, b.Confirm(b.ctx, old, here.IP), "account.error_link_replaced")
	if err := b.Confirm(b.ctx, b.link("account.confirm"), here.IP); err != nil {
		t.Fatal(err)
	}
	_, err := b.SignIn(b.ctx, identity.Credentials{Email: mailbox, Password: stranger.Password, Client: here})
	wantKey(t, err, "account.error_sign_in")
	b.signIn(mailbox, password)
}

func TestSignUpJudgesFields(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		name string
		edit func(*identity.NewAccount)
		key  string
	}{
		{"no name", func(n *identity.NewAccount) { n.Name = " \u2028 " }, "account.error_name_empty"},
		{"a name without letters", func(n *identity.NewAccount) { n.Name = "123" }, "account.error_name"},
		{"a name of one word", func(n *identity.NewAccount) { n.Name = "Олена" }, "account.error_name"},
		{"an address for a name", func(n *identity.NewAccount) { n.Name = "Коваленко olena@example.com" }, "account.error_name"},
		{"a link for a name", func(n *identity.NewAccount) { n.Name = "Виграйте гроші https://evil.example" }, "account.error_name"},
		{"a bare link for a name", func(n *identity.NewAccount) { n.Name = "Виграйте evil.example" }, "account.error_name"},
		{"a name that turns the line round", func(n *identity.NewAccount) { n.Name = "Коваленко \u202eанелО" }, "account.error_name"},
		{"a formula for a name", func(n *identity.NewAccount) { n.Name = "=Коваленко Олена" }, "account.error_name"},
		{"a name that is a novel", func(n *identity.NewAccount) { n.Name = strings.Repeat("їж ", 101) }, "account.error_too_long"},
		{"no address", func(n *identity.NewAccount) { n.Email = "" }, "account.error_email_empty"},
		{"an address without a domain", func(n *identity.NewAccount) { n.Email = "olena" }, "account.error_email"},
		{"an address with a second header", func(n *identity.NewAccount) { n.Email = "a@example.com\nBcc: b@example.com" }, "account.error_email"},
		{"two addresses", func(n *identity.NewAccount) { n.Email = "a@example.com, b@example.com" }, "account.error_email"},
		{"a short password", func(n *identity.NewAccount) { n.Password = "їжак12345" }, "account.error_password_short"},
		{"a password of the first hundred", func(n *identity.NewAccount) { n.Password = "Qwerty12345" }, "account.error_password_common"},
		{"one letter ten times", func(n *identity.NewAccount) { n.Password = strings.Repeat("ж", 12) }, "account.error_password_common"},
		{"the address as password", func(n *identity.NewAccount) { n.Password = "Olena@example.com" }, "account.error_password_email"},
		{"no password", func(n *identity.NewAccount) { n.Password = "" }, "account.error_password_empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := fresh(mailbox)
			c.edit(&n)
			wantKey(t, b.SignUp(b.ctx, n), c.key)
		})
	}
	t.Cleanup(func() {
		if b.Count(t, "SELECT (SELECT count(*) FROM people) + (SELECT count(*) FROM letters)") != 0 {
			t.Error("a refused form left something behind")
		}
	})
}

func TestReset(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person(mailbox)
	cookie, _ := b.signIn(mailbox, password)
	if err := b.ResetRequest(b.ctx, "nobody@example.com", here.IP); err != nil {
		t.Errorf("the answer for an unknown address differs: %v", err)
	}
	if b.letters("account.reset") != 0 {
		t.Error("a stranger got a letter")
	}
	for range 2 {
		if err := b.ResetRequest(b.ctx, "Olena@example.com", here.IP); err != nil {
			t.Fatal(err)
		}
	}
	raw := b.link("account.reset")
	wantKey(t, b.Reset(b.ctx, raw, "short", here.IP), "account.error_password_short")
	const next = "новий довгий пароль"
	if err := b.Reset(b.ctx, raw, next, here.IP); err != nil {
		t.Fatal(err)
	}
	wantKey(t, b.Reset(b.ctx, raw, next, here.IP), "account.error_link")
	if b.actor(cookie).SignedIn() {
		t.Error("a session outlived the reset")
	}
	if b.letters("account.password_changed") != 1 {
		t.Error("the owner was not told")
	}
	_, err := b.SignIn(b.ctx, identity.Credentials{Email: mailbox, Password: password, Client: here})
	wantKey(t, err, "account.error_sign_in")
	b.signIn(mailbox, next)

	if err := b.ResetRequest(b.ctx, mailbox, here.IP); err != nil {
		t.Fatal(err)
	}
	raw = b.link("account.reset")
	b.Clock.Advance(time.Hour)
	wantKey(t, b.Reset(b.ctx, raw, next, here.IP), "account.error_link")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person(mailbox)
	limited := func(name string, err error) {
		t.Helper()
		if !errs.Is(err, errs.KindLimited) {
			t.Errorf("%s: %v, want errs.Limited", name, err)
		}
	}
	// The right password never runs out; the wrong one does, for any network.
	for range 12 {
		b.signIn(mailbox, password)
	}
	for i := range 10 {
		_, err := b.SignIn(b.ctx, identity.Credentials{Email: mailbox, Password: "wrong password", Client: identity.Client{IP: "2001:db8::" + string(rune('1'+i%9))}})
		wantKey(t, err, "account.error_sign_in")
	}
	_, err := b.SignIn(b.ctx, identity.Credentials{Email: mailbox, Password: password, Client: here})
	limited("the eleventh", err)
	_, unknown := b.SignIn(b.ctx, identity.Credentials{Email: "nobody@example.com", Password: password, Client: here})
	wantKey(t, unknown, "account.error_sign_in")
	// Reset: known and unknown addresses run out alike.
	for _, email := range []string{mailbox, "nobody@example.com"} {
		for range 3 {
			if err := b.ResetRequest(b.ctx, email, here.IP); err != nil {
				t.Fatal(err)
			}
		}
		limited("the fourth reset of "+email, b.ResetRequest(b.ctx, email, here.IP))
	}
	for _, email := range []string{mailbox, "stranger@example.com"} {
		for range 5 {
			if err := b.SignUp(b.ctx, fresh(email)); err != nil {
				t.Fatal(err)
			}
		}
		limited("the sixth sign-up of "+email, b.SignUp(b.ctx, fresh(email)))
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person(mailbox)
	other := b.person("other@example.com")
	c1, a1 := b.signIn(mailbox, password)
	c2, a2 := b.signIn(mailbox, password)
	c3, a3 := b.signIn(mailbox, password)
	foreign, _ := b.signIn("other@example.com", password)
	list, err := b.Sessions(b.ctx, a1)
	if err != nil || len(list) != 3 || list[0].UserAgent != "Firefox" || list[0].IP != "192.0.2.7" {
		t.Fatalf("sessions %+v, %v", list, err)
	}
	if err := b.SignOut(b.ctx, a3); err != nil {
		t.Fatal(err)
	}
	if b.actor(c3).SignedIn() {
		t.Error("the session outlived the sign-out, although the actor was cached")
	}
	if err := b.EndSession(b.ctx, b.actor(foreign), a1.SessionID); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("ending a session of another person: %v, want not found", err)
	}
	if err := b.EndSession(b.ctx, a1, "'; DROP TABLE sessions"); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("%v", err)
	}
	if err := b.EndSession(b.ctx, a1, a2.SessionID); err != nil {
		t.Fatal(err)
	}
	if b.actor(c2).SignedIn() || !b.actor(c1).SignedIn() {
		t.Error("the wrong session ended")
	}
	c4, _ := b.signIn(mailbox, password)
	if err := b.EndOtherSessions(b.ctx, b.actor(c1)); err != nil {
		t.Fatal(err)
	}
	if b.actor(c4).SignedIn() || !b.actor(c1).SignedIn() || !b.actor(foreign).SignedIn() {
		t.Error("ending the others ended the wrong ones")
	}
	if b.actor(foreign).ID != other {
		t.Error("the cookie of one is the actor of another")
	}
}

func TestResolveRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person(mailbox)
	b.person("admin@example.com", authz.RoleAdmin)
	cookie, _ := b.signIn(mailbox, password)
	parts := strings.Split(cookie, ".")
	for name, v := range map[string]string{
		"nothing":           "",
		"no token":          "hello",
		"a torn signature":  cookie[:len(cookie)-2],
		"alg none":          "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + parts[1] + ".",
		"a foreign payload": parts[0] + "." + "eyJqdGkiOiIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDAiLCJleHAiOjQwMDAwMDAwMDB9" + "." + parts[2],
	} {
		if b.actor(v).SignedIn() {
			t.Errorf("%s signed in", name)
		}
	}
	staff, _ := b.signIn("admin@example.com", password)
	for range 4 { // in use every 5 hours: stays
		b.Clock.Advance(5 * time.Hour)
		if !b.actor(staff).SignedIn() {
			t.Fatal("a session in use ended")
		}
	}
	b.Clock.Advance(12 * time.Hour)
	if b.actor(staff).SignedIn() {
		t.Error("an official's session outlived 12 idle hours")
	}
	if !b.actor(cookie).SignedIn() {
		t.Error("a resident's session ended too early")
	}
	b.Clock.Advance(30 * 24 * time.Hour)
	if b.actor(cookie).SignedIn() {
		t.Error("a resident's session outlived 30 idle days")
	}
	if b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'sessions' AND op = 'U'") != 0 {
		t.Error("the heartbeat of sessions fills the trail")
	}
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person(mailbox)
	c1, a := b.signIn(mailbox, password)
	c2, _ := b.signIn(mailbox, password)
	wantKey(t, b.ChangePassword(b.ctx, a, "wrong password", "зовсім інший пароль"), "account.error_password_wrong")
	wantKey(t, b.ChangePassword(b.ctx, a, password, "short"), "account.error_password_short")
	if err := b.ChangePassword(b.ctx, a, password, "зовсім інший пароль"); err != nil {
		t.Fatal(err)
	}
	if !b.actor(c1).SignedIn() || b.actor(c2).SignedIn() {
		t.Error("the other sessions end, this one stays")
	}
	if b.letters("account.password_changed") != 1 {
		t.Error("the owner was not told")
	}
	if err := b.VerifyPassword(b.ctx, a.ID, "зовсім інший пароль"); err != nil {
		t.Error(err)
	}
	for range 10 {
		_ = b.VerifyPassword(b.ctx, a.ID, "wrong")
	}
	if err := b.VerifyPassword(b.ctx, a.ID, "зовсім інший пароль"); !errs.Is(err, errs.KindLimited) {
		t.Errorf("%v, want errs.Limited", err)
	}
	wantKey(t, b.ChangePassword(b.ctx, authz.Guest(), password, password), "errors.unauthenticated")
}

func TestWeakHashIsRenewed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.person(mailbox)
	weak := identity.WeakHash(password)
	b.Owner(t, "UPDATE people SET password_hash = $1 WHERE id = $2", weak, id)
	b.signIn(mailbox, password)
	var now string
	if err := b.DB.ReadPool().QueryRow(b.ctx, "SELECT password_hash FROM people WHERE id = $1", id).Scan(&now); err != nil {
		t.Fatal(err)
	}
	if now == weak || !strings.HasPrefix(now, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q", now)
	}
	b.signIn(mailbox, password)
}

func TestChangeEmail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person(mailbox)
	b.person("other@example.com")
	_, a := b.signIn(mailbox, password)
	wantKey(t, b.ChangeEmail(b.ctx, a, "new@example.com", "wrong"), "account.error_password_wrong")
	wantKey(t, b.ChangeEmail(b.ctx, a, mailbox, password), "account.error_email_same")
	if err := b.ChangeEmail(b.ctx, a, "other@example.com", password); err != nil {
		t.Errorf("a known address is told: %v", err)
	}
	if b.letters("account.email") != 0 || b.letters("account.known") != 1 {
		t.Error("the owner of a known address gets a notice, not a link")
	}
	if err := b.ChangeEmail(b.ctx, a, "new@example.com", password); err != nil {
		t.Fatal(err)
	}
	c, err := b.letter("account.email")
	if err != nil || c.To != "new@example.com" {
		t.Fatalf("the link goes to %q, %v", c.To, err)
	}
	b.signIn(mailbox, password) // the old address until then
	raw := b.link("account.email")
	if l, err := b.Link(b.ctx, identity.PurposeEmail, raw); err != nil || l.Email != "new@example.com" {
		t.Errorf("%+v, %v", l, err)
	}
	if err := b.ConfirmEmail(b.ctx, raw, here.IP); err != nil {
		t.Fatal(err)
	}
	wantKey(t, b.ConfirmEmail(b.ctx, raw, here.IP), "account.error_link")
	if c, err := b.letter("account.email_changed"); err != nil || c.To != mailbox {
		t.Errorf("the old mailbox is told: %q, %v", c.To, err)
	}
	b.signIn("new@example.com", password)
}

func TestProfileAndConsent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person(mailbox)
	cookie, a := b.signIn(mailbox, password)
	p, err := b.Self(b.ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	form := identity.Profile{Name: " Коваленко  Олена ", Phone: "+380 (41) 200-00-00", Address: "вул. Київська, 1", Locale: "en", Version: p.Version}
	if err := b.UpdateProfile(b.ctx, a, form); err != nil {
		t.Fatal(err)
	}
	if a := b.actor(cookie); a.Name != "Коваленко Олена" || a.Locale != "en" {
		t.Errorf("actor %+v", a)
	}
	if err := b.UpdateProfile(b.ctx, a, form); !errs.Is(err, errs.KindConflict) {
		t.Errorf("a stale save: %v, want a conflict", err)
	}
	form.Phone = "call me"
	wantKey(t, b.UpdateProfile(b.ctx, a, form), "account.error_phone")
	for _, given := range []bool{true, true, false, false} {
		if err := b.SetNewsletter(b.ctx, a, given); err != nil {
			t.Fatal(err)
		}
	}
	list, err := b.Consents(b.ctx, a)
	if err != nil || len(list) != 3 || list[0].Given || !list[1].Given || list[2].Kind != "privacy" {
		t.Errorf("consents %+v, %v", list, err)
	}
}

func TestInvite(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person("admin@example.com", authz.RoleAdmin)
	_, admin := b.signIn("admin@example.com", password)
	in := identity.Invitation{Email: "Clerk@example.com", Name: "Бойко Тарас", Roles: []authz.Role{authz.RoleSpecialist}}
	if _, err := b.Invite(b.ctx, authz.Actor{Kind: authz.KindPerson, ID: 99}, in); !errs.Is(err, errs.KindInvalid) && !errs.Is(err, errs.KindForbidden) {
		t.Errorf("a resident invites: %v", err)
	}
	none := in
	none.Roles = nil
	_, err := b.Invite(b.ctx, admin, none)
	wantKey(t, err, "account.error_role_none")
	if b.Count(t, "SELECT count(*) FROM people") != 1 || b.letters("account.invite") != 0 {
		t.Error("an invitation to nothing left something behind")
	}
	id, err := b.Invite(b.ctx, admin, in)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Invite(b.ctx, admin, in)
	wantKey(t, err, "account.error_email_taken")
	old := b.link("account.invite")
	// A sign-up does not take an invitation over.
	if err := b.SignUp(b.ctx, fresh("clerk@example.com")); err != nil || b.letters("account.known") != 1 {
		t.Errorf("sign-up of an invited address: %v", err)
	}
	if err := b.InviteAgain(b.ctx, admin, id); err != nil {
		t.Fatal(err)
	}
	wantKey(t, b.AcceptInvite(b.ctx, old, password, "", here.IP), "account.error_link_replaced")
	wantKey(t, b.Reset(b.ctx, b.link("account.invite"), password, here.IP), "account.error_link")
	if err := b.AcceptInvite(b.ctx, b.link("account.invite"), password, identity.NoticeVersion, here.IP); err != nil {
		t.Fatal(err)
	}
	_, a := b.signIn("clerk@example.com", password)
	if a.ID != id || !a.Has(authz.RoleSpecialist) {
		t.Errorf("actor %+v", a)
	}
	if err := b.InviteAgain(b.ctx, admin, id); !errs.Is(err, errs.KindConflict) {
		t.Errorf("inviting who has come: %v", err)
	}
	rows, err := b.People(b.ctx, admin, identity.PeopleQuery{Staff: true, Search: "БОЙКО"})
	if err != nil || len(rows) != 1 || rows[0].ID != id || len(rows[0].Roles) != 1 || rows[0].Invited {
		t.Errorf("people %+v, %v", rows, err)
	}
	if _, err := b.People(b.ctx, a, identity.PeopleQuery{}); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a specialist lists people: %v", err)
	}
}

func TestBlockAndRoles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	adminID := b.person("admin@example.com", authz.RoleAdmin)
	clerkID := b.person("clerk@example.com", authz.RoleSpecialist)
	_, admin := b.signIn("admin@example.com", password)
	cookie, clerk := b.signIn("clerk@example.com", password)

	for name, err := range map[string]error{
		"a specialist grants":             b.GrantRole(b.ctx, clerk, clerkID, authz.RoleAdmin),
		"a specialist revokes":            b.RevokeRole(b.ctx, clerk, adminID, authz.RoleAdmin),
		"a specialist blocks":             b.Block(b.ctx, clerk, adminID, 1),
		"an unknown role is granted":      b.GrantRole(b.ctx, admin, clerkID, authz.RoleSystem),
		"the last administrator resigns":  b.RevokeRole(b.ctx, admin, adminID, authz.RoleAdmin),
		"an administrator blocks himself": b.Block(b.ctx, admin, adminID, 1),
	} {
		if !errs.Is(err, errs.KindForbidden) {
			t.Errorf("%s: %v, want forbidden", name, err)
		}
	}
	if err := b.GrantRole(b.ctx, admin, clerkID, authz.RoleManager); err != nil {
		t.Fatal(err)
	}
	if !b.actor(cookie).Has(authz.RoleManager) {
		t.Error("a grant is not felt at once")
	}
	if err := b.RevokeRole(b.ctx, admin, clerkID, authz.RoleManager); err != nil {
		t.Fatal(err)
	}
	if b.actor(cookie).Has(authz.RoleManager) {
		t.Error("a revocation is not felt at once")
	}
	card, err := b.PersonByID(b.ctx, admin, clerkID)
	if err != nil || card.Sessions != 1 || len(card.Roles) != 1 {
		t.Fatalf("card %+v, %v", card, err)
	}
	if err := b.Block(b.ctx, admin, clerkID, card.Person.Version); err != nil {
		t.Fatal(err)
	}
	if b.actor(cookie).SignedIn() {
		t.Error("a blocked person stays in")
	}
	_, err = b.SignIn(b.ctx, identity.Credentials{Email: "clerk@example.com", Password: password, Client: here})
	wantKey(t, err, "account.error_blocked")
	_, err = b.SignIn(b.ctx, identity.Credentials{Email: "clerk@example.com", Password: "wrong password", Client: here})
	wantKey(t, err, "account.error_sign_in")
	if err := b.Unblock(b.ctx, admin, clerkID, card.Person.Version); !errs.Is(err, errs.KindConflict) {
		t.Errorf("a stale page unblocks: %v", err)
	}
	if err := b.Unblock(b.ctx, admin, clerkID, card.Person.Version+1); err != nil {
		t.Fatal(err)
	}
	b.signIn("clerk@example.com", password)

	// Two administrators take each other's role at once: one is left.
	if err := b.GrantRole(b.ctx, admin, clerkID, authz.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	_, second := b.signIn("clerk@example.com", password)
	done := make(chan error, 2)
	go func() { done <- b.RevokeRole(b.ctx, admin, adminID, authz.RoleAdmin) }()
	go func() { done <- b.RevokeRole(b.ctx, second, clerkID, authz.RoleAdmin) }()
	<-done
	<-done
	if n := b.Count(t, "SELECT count(*) FROM role_grants WHERE role = 'admin'"); n != 1 {
		t.Errorf("%d administrators are left, want 1", n)
	}
}

func TestPostsAndDelegation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	head := b.person("head@example.com", authz.RoleManager, authz.RoleAdmin)
	deputy := b.person("deputy@example.com", authz.RoleExecutor)
	b.Owner(t, `INSERT INTO units (code, name_uk, created_at) VALUES ('1', 'Рада', now()), ('2', 'Управління', now()), ('3', 'Відділ', now()), ('4', 'Інше', now())`)
	b.Owner(t, `UPDATE units SET parent_id = 1 WHERE id IN (2, 4)`)
	b.Owner(t, `UPDATE units SET parent_id = 2 WHERE id = 3`)
	b.Owner(t, `INSERT INTO posts (unit_id, title_uk, title_en, head, created_at) VALUES (2, 'начальник управління', 'head of directorate', true, now()), (4, 'головний спеціаліст', '', false, now())`)
	b.Owner(t, `INSERT INTO appointments (person_id, post_id, valid_from, valid_to, created_at) VALUES ($1, 1, '2026-01-01', NULL, now()), ($2, 1, '2024-01-01', '2025-12-31', now()), ($2, 2, '2026-01-01', NULL, now())`, head, deputy)
	b.Owner(t, `INSERT INTO delegations (from_person, to_person, basis, valid_from, valid_to, created_at) VALUES ($1, $2, 'розпорядження № 7', '2026-11-25', '2026-11-26', now()), ($1, $2, 'розпорядження № 6', '2026-10-01', '2026-10-02', now())`, head, deputy)

	_, h := b.signIn("head@example.com", password)
	if h.UnitID != 2 || !h.InUnit(3) || h.InUnit(4) || !h.Head || h.PostTitle != "начальник управління" || h.PostEn != "head of directorate" {
		t.Errorf("head %+v", h)
	}
	cookie, d := b.signIn("deputy@example.com", password)
	if d.UnitID != 4 || d.Head || d.InUnit(2) || d.PostTitle != "головний спеціаліст" || d.ActingFor != nil {
		t.Errorf("deputy %+v", d)
	}
	list, err := b.Delegations(b.ctx, d)
	if err != nil || len(list) != 1 || list[0].PostTitle != "начальник управління" {
		t.Fatalf("delegations %+v, %v", list, err)
	}
	if err := b.ActFor(b.ctx, d, list[0].ID+1); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a delegation of the past: %v", err)
	}
	if err := b.ActFor(b.ctx, h, list[0].ID); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a delegation of another: %v", err)
	}
	if err := b.ActFor(b.ctx, d, list[0].ID); err != nil {
		t.Fatal(err)
	}
	d = b.actor(cookie)
	if d.ActingFor == nil || d.ActingFor.ID != head || d.ActingFor.PostTitle != "начальник управління" ||
		!d.Head || !d.InUnit(3) || !d.InUnit(4) || !d.Has(authz.RoleManager) || d.Has(authz.RoleAdmin) {
		t.Errorf("acting %+v", d)
	}
	b.Clock.Set(time.Date(2026, time.November, 26, 22, 0, 1, 0, time.UTC)) // 27 November in Kyiv
	b.Owner(t, "UPDATE sessions SET last_seen_at = '2026-11-26 21:00Z'")
	if d = b.actor(cookie); d.ActingFor != nil || d.Head || d.Has(authz.RoleManager) {
		t.Errorf("the delegation outlived its last day: %+v", d)
	}
	b.Clock.Set(pgtest.Noon)
	if err := b.StopActing(b.ctx, d); err != nil {
		t.Fatal(err)
	}
	if d = b.actor(cookie); d.ActingFor != nil || d.Head {
		t.Errorf("stopped acting, yet %+v", d)
	}
}

func TestLettersInBothLanguages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, locale := range i18n.Locales {
		for kind := range b.Composers() {
			for _, part := range []string{"subject", "text", "closing"} {
				key := kind + "_letter_" + part
				if got := i18n.In(locale, key); got == key {
					t.Errorf("%s has no %s", locale, key)
				}
			}
		}
	}
	n := fresh(mailbox)
	n.Locale = "en"
	if err := b.SignUp(b.ctx, n); err != nil {
		t.Fatal(err)
	}
	c, err := b.letter("account.confirm")
	if err != nil || c.Subject != "Confirm your address for the E-reception" || c.To != mailbox || len(c.Closing) != 2 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestNotice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.EnsureNotice(b.ctx); err != nil {
		t.Fatal(err)
	}
	n, err := b.CurrentNotice(b.ctx)
	if err != nil || n.Version != identity.NoticeVersion || !strings.Contains(n.Body("uk"), "393") && !strings.Contains(n.Body("uk"), "звернення") || n.Body("en") == n.Body("uk") {
		t.Errorf("%v, %v", n.Version, err)
	}
	if _, err := b.NoticeOf(b.ctx, "1999"); !errs.Is(err, errs.KindNotFound) {
		t.Error(err)
	}
}

func TestEmail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in, want string
		ok             bool
	}{
		{"case does not part accounts", "Olena.K+x@Example.COM", "olena.k+x@example.com", true},
		{"a Ukrainian domain goes to ASCII", "info@приклад.укр", "info@xn--80aikifvh.xn--j1amh", true},
		{"a name beside the address", "Olena <olena@example.com>", "", false},
		{"a Cyrillic mailbox", "олена@example.com", "", false},
		{"no dot in the domain", "a@localhost", "", false},
		{"nothing before the sign", "@example.com", "", false},
	} {
		got, ok := identity.Email(c.in)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s: %q, %v; want %q, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person(mailbox)
	b.signIn(mailbox, password)
	if err := b.ResetRequest(b.ctx, mailbox, here.IP); err != nil {
		t.Fatal(err)
	}
	const left = "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM person_tokens) + (SELECT count(*) FROM rate_counters WHERE count > 0)"
	if err := b.Sweep(b.ctx); err != nil {
		t.Fatal(err)
	}
	if n := b.Count(t, left); n != 4 { // session, link, two counters of the reset
		t.Errorf("%d rows stay, want 4", n)
	}
	b.Clock.Advance(200 * 24 * time.Hour)
	if err := b.Sweep(b.ctx); err != nil {
		t.Fatal(err)
	}
	if n := b.Count(t, left); n != 0 {
		t.Errorf("%d rows stay, want none", n)
	}
}

// BenchmarkResolve measures what every page of a signed-in person pays.
func BenchmarkResolve(b *testing.B) {
	s := setup(b)
	s.person(mailbox, authz.RoleExecutor)
	cookie, _ := s.signIn(mailbox, password)
	b.Run("cached", func(b *testing.B) {
		for b.Loop() {
			s.actor(cookie)
		}
	})
	b.Run("query", func(b *testing.B) {
		for b.Loop() {
			s.Forget(1)
			s.actor(cookie)
		}
	})
}

// TestRemindingSpendsNoReset: sign-ins to an unconfirmed account count letters of
// their own and leave the way to a new password open.
func TestRemindingSpendsNoReset(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.SignUp(b.ctx, fresh("slow@example.com")); err != nil {
		t.Fatal(err)
	}
	in := identity.Credentials{Email: "slow@example.com", Password: password, Client: here}
	for range 5 {
		_, err := b.SignIn(b.ctx, in)
		wantKey(t, err, "account.error_sign_in")
	}
	if n := b.letters("account.confirm"); n != 4 {
		t.Errorf("%d letters, want that of the sign-up and three reminders", n)
	}
	if err := b.ResetRequest(b.ctx, "slow@example.com", here.IP); err != nil {
		t.Errorf("no new password after three reminders: %v", err)
	}
}

// TestSignInTellsNobodyWhoIsKnown: who signs up with an address and his own password
// and signs in with them cannot tell an address that had an account from one that
// had none, neither by the answer nor by what it spends.
func TestSignInTellsNobodyWhoIsKnown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person(mailbox)
	const mine = "мій власний пароль"
	for _, email := range []string{mailbox, "new@example.com"} {
		n := fresh(email)
		n.Password = mine
		if err := b.SignUp(b.ctx, n); err != nil {
			t.Fatal(err)
		}
	}
	sessions := b.Count(t, "SELECT count(*) FROM sessions")
	spent := func() int { return b.Count(t, "SELECT coalesce(sum(count), 0) FROM rate_counters") }
	type answer struct {
		err   string
		spent int
	}
	try := func(email string) (a answer) {
		before := spent()
		_, err := b.SignIn(b.ctx, identity.Credentials{Email: email, Password: mine, Client: here})
		e, ok := errs.As(err)
		if !ok {
			t.Fatalf("%s: %v", email, err)
		}
		return answer{fmt.Sprint(e.Kind, e.Key, e.Args, e.Fields), spent() - before}
	}
	for i := range 12 {
		known, waiting, unknown := try(mailbox), try("new@example.com"), try("nobody@example.com")
		if known != waiting || known != unknown {
			t.Errorf("attempt %d: %+v of a known address, %+v of one that waits, %+v of an unknown one", i+1, known, waiting, unknown)
		}
	}
	if b.letters("account.confirm") != 1+3 || b.letters("account.known") != 1 {
		t.Errorf("%d letters of confirmation, want that of the sign-up and three reminders", b.letters("account.confirm"))
	}
	if b.Count(t, "SELECT count(*) FROM sessions") != sessions {
		t.Error("a session was opened")
	}
	// The owner of the mailbox comes in by the newest letter.
	if err := b.Confirm(b.ctx, b.link("account.confirm"), here.IP); err != nil {
		t.Fatal(err)
	}
	b.Clock.Advance(time.Hour)
	b.signIn("new@example.com", mine)
}

// TestWhoGuessesUsesUpNoLetters: wrong passwords of an unconfirmed account leave its
// owner his reminders.
func TestWhoGuessesUsesUpNoLetters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.SignUp(b.ctx, fresh(mailbox)); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		_, err := b.SignIn(b.ctx, identity.Credentials{Email: mailbox, Password: "wrong password", Client: here})
		wantKey(t, err, "account.error_sign_in")
	}
	if b.letters("account.confirm") != 1 {
		t.Error("a wrong password sends letters")
	}
	_, err := b.SignIn(b.ctx, identity.Credentials{Email: mailbox, Password: password, Client: here})
	wantKey(t, err, "account.error_sign_in")
	if b.letters("account.confirm") != 2 {
		t.Error("the owner gets no reminder")
	}
}

// TestTooManyLettersAreNotTold: the page that sends the letter of confirmation anew
// says the same whether the account waits, is confirmed, or has had its letters.
func TestTooManyLettersAreNotTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.SignUp(b.ctx, fresh(mailbox)); err != nil {
		t.Fatal(err)
	}
	first := b.link("account.confirm")
	for i := range 5 {
		if err := b.ConfirmAgain(b.ctx, first, here.IP); err != nil {
			t.Errorf("letter %d: %v", i+1, err)
		}
	}
	if b.letters("account.confirm") != 1+3 {
		t.Errorf("%d letters, want 4", b.letters("account.confirm"))
	}
}

// TestChangeOfAddressTellsNobodyWhoIsKnown: a link that was asked for before dies the
// same way whether the next address is somebody's or nobody's.
func TestChangeOfAddressTellsNobodyWhoIsKnown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person("known@example.com")
	for _, next := range []string{"known@example.com", "nobody@example.com"} {
		me := strings.ReplaceAll(next, "@", "-asks@")
		b.person(me)
		_, a := b.signIn(me, password)
		if err := b.ChangeEmail(b.ctx, a, "second-"+me, password); err != nil {
			t.Fatal(err)
		}
		earlier := b.link("account.email")
		if err := b.ChangeEmail(b.ctx, a, next, password); err != nil {
			t.Fatal(err)
		}
		_, err := b.Link(b.ctx, identity.PurposeEmail, earlier)
		wantKey(t, err, "account.error_link_replaced")
	}
	if b.letters("account.known") != 1 || b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'account.email'") != 3 {
		t.Error("the owner of a known address gets a word and no link")
	}
}

// TestOneRuleForNames: what sign-up refuses for a name is refused everywhere that a
// name is given.
func TestOneRuleForNames(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person("admin@example.com", authz.RoleAdmin)
	_, admin := b.signIn("admin@example.com", password)
	const bad = "Виграйте гроші https://evil.example"
	_, err := b.Invite(b.ctx, admin, identity.Invitation{Email: "clerk@example.com", Name: bad, Roles: []authz.Role{authz.RoleExecutor}})
	wantKey(t, err, "account.error_name")
	wantKey(t, b.UpdateProfile(b.ctx, admin, identity.Profile{Name: bad, Locale: "uk", Version: 1}), "account.error_name")
	wantKey(t, identity.NewAdmin{Email: "second@example.com", Name: bad}.Validate(), "account.error_name")
	if b.Count(t, "SELECT count(*) FROM people") != 1 || b.Count(t, "SELECT count(*) FROM people WHERE name LIKE '%evil%'") != 0 {
		t.Error("a bad name was kept")
	}
}
