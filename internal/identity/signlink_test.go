package identity_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/notify"
	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
)

func signer(email string) identity.NewSigner {
	return identity.NewSigner{
		Name: "Бондарук Леся Миколаївна", Email: email, Locale: "uk", NoticeVersion: identity.NoticeVersion, IP: here.IP,
		Until: pgtest.Noon.AddDate(0, 0, 30),
		Sign:  identity.SignData{Petition: 214, Title: "Безпечний перехід", SupportKey: "sesame", District: 3, Resident: true},
	}
}

func (b *bench) ask(n identity.NewSigner) {
	b.t.Helper()
	if err := b.SignLink(b.ctx, n); err != nil {
		b.t.Fatalf("ask for a link: %v", err)
	}
}

func TestASignerNeedsNoAccount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(signer(" Lesia@Example.com "))
	c, err := b.letter("petitionsign.link")
	if err != nil || c.To != "lesia@example.com" || len(c.Facts) != 1 || !strings.Contains(c.Facts[0].Value, "214. Безпечний перехід") {
		t.Fatalf("letter %+v, %v", c, err)
	}
	raw := b.link("petitionsign.link")
	for range 3 { // a scanner of mail opens the page as often as it likes
		l, err := b.SignLinkOf(b.ctx, raw)
		if err != nil || l.Email != "lesia@example.com" || l.Name != "Бондарук Леся Миколаївна" || l.Sign != signer("").Sign {
			t.Fatalf("link: %+v, %v", l, err)
		}
	}
	if b.Count(t, "SELECT count(*) FROM people WHERE status = 'active'") != 0 {
		t.Error("looking at the link made the account active")
	}
	o, d, err := b.TakeSignLink(b.ctx, raw, here)
	if err != nil || d != signer("").Sign || o.Staff {
		t.Fatalf("%+v, %+v, %v", o, d, err)
	}
	a := b.actor(o.Token)
	if a.Name != "Бондарук Леся Миколаївна" || !a.Can(authz.PetitionSign) {
		t.Errorf("actor %+v", a)
	}
	if b.Count(t, "SELECT count(*) FROM people WHERE status = 'active' AND email_confirmed_at IS NOT NULL AND password_hash = ''") != 1 ||
		b.Count(t, "SELECT count(*) FROM consents WHERE kind = 'privacy' AND version = $1", identity.NoticeVersion) != 1 ||
		b.Count(t, "SELECT count(*) FROM sessions WHERE method = 'link'") != 1 {
		t.Error("the mailbox is confirmed, the notice recorded, one session open")
	}
	if _, err := b.letter("petitionsign.link"); !errors.Is(err, notify.ErrObsolete) {
		t.Errorf("a letter with a dead link: %v, want ErrObsolete", err)
	}
	if got, own, ok, err := b.SpentSignLink(b.ctx, a, raw); err != nil || !ok || !own || got.Petition != 214 {
		t.Errorf("the way on from a used link: %+v %v %v %v", got, own, ok, err)
	}
	if _, own, _, _ := b.SpentSignLink(b.ctx, authz.Guest(), raw); own {
		t.Error("a guest owns a link")
	}
}

func TestALinkIsGoodOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(signer(mailbox))
	raw := b.link("petitionsign.link")
	var wg sync.WaitGroup
	var mu sync.Mutex
	opened := 0
	for range 6 { // as many tabs
		wg.Go(func() {
			_, _, err := b.TakeSignLink(b.ctx, raw, here)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				opened++
				return
			}
			wantKey(t, err, "account.error_link")
		})
	}
	wg.Wait()
	if opened != 1 || b.Count(t, "SELECT count(*) FROM sessions") != 1 {
		t.Errorf("%d presses opened something", opened)
	}
}

func TestBadLinks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func(b *bench, raw *string)
	}{
		{"made up", func(_ *bench, raw *string) { *raw = strings.Repeat("A", len(*raw)) }},
		{"empty", func(_ *bench, raw *string) { *raw = "" }},
		{"one character changed", func(_ *bench, raw *string) {
			other := "-"
			if (*raw)[0] == '-' {
				other = "_"
			}
			*raw = other + (*raw)[1:]
		}},
		{"of another purpose", func(b *bench, raw *string) {
			if err := b.SignUp(b.ctx, fresh("other@example.com")); err != nil {
				b.t.Fatal(err)
			}
			*raw = b.link("account.confirm")
		}},
		{"a day old", func(b *bench, _ *string) { b.Clock.Advance(24 * time.Hour) }},
		{"of a person who is blocked", func(b *bench, _ *string) {
			b.Owner(b.t, "UPDATE people SET status = 'blocked' WHERE email = $1", mailbox)
		}},
		{"of a person who has come to serve the city", func(b *bench, _ *string) {
			b.Owner(b.t, "INSERT INTO role_grants (person_id, role, created_at) SELECT id, 'executor', now() FROM people WHERE email = $1", mailbox)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.ask(signer(mailbox))
			raw := b.link("petitionsign.link")
			c.edit(b, &raw)
			_, _, err := b.TakeSignLink(b.ctx, raw, here)
			wantKey(t, err, "account.error_link")
			if c.name != "of a person who has come to serve the city" {
				_, err = b.SignLinkOf(b.ctx, raw)
				wantKey(t, err, "account.error_link")
			}
			if b.Count(t, "SELECT count(*) FROM sessions") != 0 || b.Count(t, "SELECT count(*) FROM people WHERE status = 'active'") != 0 {
				t.Error("it opened something all the same")
			}
		})
	}
}

func TestALinkEndsWithTheGathering(t *testing.T) {
	t.Parallel()
	b := setup(t)
	n := signer(mailbox)
	n.Until = pgtest.Noon.Add(time.Hour)
	b.ask(n)
	b.ask(n)
	first, second := b.linkOf(1), b.linkOf(0)
	b.Clock.Set(n.Until.Add(-time.Millisecond))
	if _, _, err := b.TakeSignLink(b.ctx, first, here); err != nil {
		t.Errorf("a millisecond before the end: %v", err)
	}
	b.Clock.Set(n.Until)
	_, _, err := b.TakeSignLink(b.ctx, second, here)
	wantKey(t, err, "account.error_link")
	if err := b.SignLink(b.ctx, n); !errs.Is(err, errs.KindConflict) {
		t.Errorf("asked after the end: %v", err)
	}
}

// linkOf is the secret of the letter that many letters ago.
func (b *bench) linkOf(ago int) string {
	b.t.Helper()
	last := b.Count(b.t, "SELECT id FROM letters WHERE kind = 'petitionsign.link' ORDER BY id DESC OFFSET $1 LIMIT 1", ago)
	b.Owner(b.t, "UPDATE letters SET kind = 'x' || kind WHERE id > $1 AND kind = 'petitionsign.link'", last)
	defer b.Owner(b.t, "UPDATE letters SET kind = substr(kind, 2) WHERE id > $1 AND kind = 'xpetitionsign.link'", last)
	return b.link("petitionsign.link")
}

func TestNobodyLearnsWhoIsKnown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person("known@example.com")
	b.person("staff@example.com", authz.RoleManager)
	blocked := b.person("blocked@example.com")
	b.Owner(t, "UPDATE people SET status = 'blocked' WHERE id = $1", blocked)
	for i, email := range []string{"new@example.com", "known@example.com", "staff@example.com", "blocked@example.com"} {
		n := signer(email)
		n.IP = fmt.Sprintf("198.51.100.%d", i)
		for range 9 { // beyond what one mailbox gets
			b.ask(n)
		}
	}
	if got := b.letters("petitionsign.link"); got != 10 {
		t.Errorf("%d letters with a link, want five to each of two mailboxes", got)
	}
	if got := b.letters("petitionsign.known"); got != 5 {
		t.Errorf("%d letters to the official, want 5", got)
	}
	c, err := b.letter("petitionsign.known")
	if err != nil || c.To != "staff@example.com" || c.Button.URL != base+"/sign-in?next=%2Fpetitions%2F214%2Fsign%3Fk%3Dsesame" {
		t.Errorf("an official is asked to sign in: %+v, %v", c, err)
	}
	// The account of the owner is as it was.
	if got := b.Count(t, "SELECT count(*) FROM people WHERE name = 'Коваленко Олена Ігорівна'"); got != 3 {
		t.Error("a name changed by somebody's wish to sign")
	}
	b.signIn("known@example.com", password)
}

func TestOneMailboxGetsFewLettersHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 9 {
		b.ask(signer(fmt.Sprintf("le.sia+%d@gmail.com", i)))
	}
	if got := b.letters("petitionsign.link"); got != 5 {
		t.Errorf("%d letters, want 5", got)
	}
}

func TestANetworkIsLimited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var err error
	n := 0
	for ; n < 400 && err == nil; n++ {
		s := signer(fmt.Sprintf("p%d@example.com", n%3)) // letters stop long before
		s.Sign.Petition = int64(n)
		err = b.SignLink(b.ctx, s)
	}
	if !errs.Is(err, errs.KindLimited) || n != 301 {
		t.Errorf("after %d: %v", n, err)
	}
}

func TestALinkDoesNotServeWhoeverPlantedAPassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.SignUp(b.ctx, fresh(mailbox)); err != nil { // not by the owner of the mailbox
		t.Fatal(err)
	}
	planted := b.link("account.confirm")
	n := signer(mailbox)
	b.ask(n)
	o, _, err := b.TakeSignLink(b.ctx, b.link("petitionsign.link"), here)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.actor(o.Token).Name; got != n.Name {
		t.Errorf("signs as %q", got)
	}
	_, err = b.SignIn(b.ctx, identity.Credentials{Email: mailbox, Password: password, Client: here})
	wantKey(t, err, "account.error_sign_in")
	wantKey(t, b.Confirm(b.ctx, planted, here.IP), "account.error_link")
}

func TestALinkOpensTheOwnersAccountAsItIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	known := b.person(mailbox)
	b.ask(signer(mailbox))
	raw := b.link("petitionsign.link")
	if l, err := b.SignLinkOf(b.ctx, raw); err != nil || l.Name != "Коваленко Олена Ігорівна" {
		t.Errorf("the page of the link: %+v, %v", l, err)
	}
	o, _, err := b.TakeSignLink(b.ctx, raw, here)
	if err != nil || o.PersonID != known || b.actor(o.Token).Name != "Коваленко Олена Ігорівна" {
		t.Errorf("%+v, %v", o, err)
	}
	b.signIn(mailbox, password) // the password stays
	// An account that came from a provider under a nickname gets the name of the form.
	b.Owner(t, "UPDATE people SET name = 'olena' WHERE id = $1", known)
	b.Forget(known)
	b.ask(signer(mailbox))
	if o, _, err = b.TakeSignLink(b.ctx, b.link("petitionsign.link"), here); err != nil || b.actor(o.Token).Name != "Бондарук Леся Миколаївна" {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestSomebodyElsesWishKillsNoLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(signer(mailbox))
	mine := b.link("petitionsign.link")
	n := signer(mailbox)
	n.Name = "Хтось Зовсім Інший"
	b.ask(n)
	o, _, err := b.TakeSignLink(b.ctx, mine, here)
	if err != nil || b.actor(o.Token).Name != signer("").Name {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestNeitherRowsNorTheTrailTellWhoMeantToSign(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person("staff@example.com", authz.RoleManager)
	n := signer(mailbox)
	n.Sign.Petition = 987654321
	b.ask(n)
	n.Email = "staff@example.com"
	b.ask(n)
	raw := b.linkOf(0)
	for _, q := range []string{
		"SELECT string_agg(t::text, ' ') FROM person_tokens t", "SELECT string_agg(t::text, ' ') FROM letters t",
		"SELECT string_agg(t::text, ' ') FROM audit.trail t", "SELECT string_agg(args::text, ' ') FROM river_job t",
	} {
		var all string
		if err := b.DB.ReadPool().QueryRow(b.ctx, q).Scan(&all); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{raw, "987654321", "sesame", "Безпечний"} {
			if strings.Contains(all, secret) {
				t.Errorf("%s tells %s", q, secret)
			}
		}
	}
	if s := b.Logged.String(); strings.Contains(s, mailbox) || strings.Contains(s, raw) {
		t.Error("the log holds personal data")
	}
}

func TestSignerFields(t *testing.T) {
	t.Parallel()
	b := setup(t)
	n := signer("no address")
	n.Name, n.MustReside, n.Sign.Resident = "Леся", true, false
	err := b.SignLink(b.ctx, n)
	for _, k := range []string{"petitionsign.err.name", "account.error_email", "petitionsign.err.resident"} {
		wantKey(t, err, k)
	}
	if b.Count(t, "SELECT count(*) FROM people") != 0 || b.letters("petitionsign.link") != 0 {
		t.Error("a bad form made something")
	}
}

func TestSignerName(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"Бондарук Леся Миколаївна":        true,
		"  Бондар-Шевчук   Олена ":        true,
		"Дем’янчук О. П.":                 true,
		"Дем'янчук О.П.":                  true,
		"О'Коннор Шон":                    true,
		"БОНДАРУК ЛЕСЯ":                   true,
		"Müller Jürgen":                   true,
		"Леся":                            false,
		"Л М":                             false,
		"":                                false,
		"=HYPERLINK(\"http://x\") Тест":   false,
		"-Леся Бондарук":                  false,
		"+Леся Бондарук":                  false,
		"@Леся Бондарук":                  false,
		"Леся http://example.com":         false,
		"Леся example.com":                false,
		"Леся www.example":                false,
		"Леся Бондарук1":                  false,
		"Леся Бондарук <b>":               false,
		strings.Repeat("Довге Ім’я ", 30): false,
	} {
		if _, got := identity.SignerName(name); got != ok {
			t.Errorf("%q: %v", name, got)
		}
	}
	if got, _ := identity.SignerName("  Бондарук \t Леся "); got != "Бондарук Леся" {
		t.Errorf("normal form %q", got)
	}
}

func TestRename(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.person(mailbox)
	cookie, a := b.signIn(mailbox, password)
	wantKey(t, b.Rename(b.ctx, a, "olena"), "petitionsign.err.name")
	if err := b.Rename(b.ctx, a, " Бондарук  Леся "); err != nil || b.actor(cookie).Name != "Бондарук Леся" {
		t.Errorf("%v, %s", err, b.actor(cookie).Name)
	}
}
