package identity_test

import (
	"strings"
	"testing"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

func TestTheFirstAdministrator(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const email, name = "admin@zt.example.org", "Перша Ганна Іванівна"
	actor := func(o identity.Opened) authz.Actor {
		t.Helper()
		a, err := b.Service.Resolve(b.ctx, o.Token)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	signIn := func(email, password string) (identity.Opened, error) {
		return b.Service.SignIn(b.ctx, identity.Credentials{Email: email, Password: password, Client: identity.Client{IP: "192.0.2.1"}})
	}

	if there, err := b.Service.HasAdmin(b.ctx); err != nil || there {
		t.Errorf("a new portal has an administrator: %v %v", there, err)
	}
	made, err := b.Service.MakeAdmin(b.ctx, identity.NewAdmin{Email: email, Name: name})
	if err != nil || made.Existing || !strings.HasPrefix(made.Link, base+"/invite/") {
		t.Fatalf("%+v %v", made, err)
	}
	if there, err := b.Service.HasAdmin(b.ctx); err != nil || !there {
		t.Errorf("who was invited is not known: %v %v", there, err)
	}
	again, err := b.Service.MakeAdmin(b.ctx, identity.NewAdmin{Email: email, Name: name})
	if err != nil || again.Link == made.Link {
		t.Fatalf("a new link: %+v %v", again, err)
	}
	raw := func(link string) string { return strings.TrimPrefix(link, base+"/invite/") }
	if err := b.Service.AcceptInvite(b.ctx, raw(made.Link), password, "", "192.0.2.1"); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("the first link still works: %v", err)
	}
	if err := b.Service.AcceptInvite(b.ctx, raw(again.Link), password, "", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	o, err := signIn(email, password)
	if err != nil || !actor(o).Can(authz.PeopleManage) {
		t.Fatalf("%v", err)
	}

	made, err = b.Service.MakeAdmin(b.ctx, identity.NewAdmin{Email: email, Name: name, Password: "інший довгий пароль"})
	if err != nil || !made.Existing {
		t.Errorf("an account in use: %+v %v", made, err)
	}
	if _, err := signIn(email, password); err != nil {
		t.Errorf("its password was changed: %v", err)
	}
	made, err = b.Service.MakeAdmin(b.ctx, identity.NewAdmin{Email: "second@zt.example.org", Name: name, Password: password})
	if err != nil || made.Link != "" {
		t.Fatalf("%+v %v", made, err)
	}
	if o, err = signIn("second@zt.example.org", password); err != nil || !actor(o).Has(authz.RoleAdmin) {
		t.Errorf("with a password: %v", err)
	}
	for field, n := range map[string]identity.NewAdmin{
		"email": {Email: "nobody", Name: name}, "name": {Email: email}, "password": {Email: email, Name: name, Password: "1234"},
	} {
		_, err := b.Service.MakeAdmin(b.ctx, n)
		if e, ok := errs.As(err); !ok || len(e.Fields) != 1 || e.Fields[0].Name != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'role_grants' AND actor = 'system:admin-create'"); n != 2 {
		t.Errorf("%d grants in the trail, want 2", n)
	}
	if n := b.Count(t, "SELECT count(*) FROM river_job"); n != 0 {
		t.Errorf("%d letters were promised", n)
	}
}

func TestAnUnprovedAccountIsTakenOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.Service.SignUp(b.ctx, identity.NewAccount{Email: "boss@zt.example.org", Name: "Чужий Гнат", Password: "пароль чужинця 1", IP: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Service.MakeAdmin(b.ctx, identity.NewAdmin{Email: "boss@zt.example.org", Name: "Начальник Іван Іванович"}); err != nil {
		t.Fatal(err)
	}
	if n := b.Count(t, "SELECT count(*) FROM people WHERE password_hash <> ''"); n != 0 {
		t.Error("the password of whoever signed up stays")
	}
	if n := b.Count(t, "SELECT count(*) FROM person_tokens WHERE purpose = 'confirm' AND expires_at > $1", b.Clock.Now()); n != 0 {
		t.Error("the link of confirmation lives")
	}
}

// TestPostsFollowTheReader: the list of people names posts and units in English where they have such a name.
func TestPostsFollowTheReader(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := authz.Actor{Kind: authz.KindPerson, ID: b.person("admin@example.com", authz.RoleAdmin), Roles: []authz.Role{authz.RoleAdmin}}
	id := b.person("roads@example.com", authz.RoleManager)
	b.Owner(t, "INSERT INTO units (code, name_uk, name_en, created_at) VALUES ('r', 'Відділ доріг', 'Roads unit', now())")
	b.Owner(t, "INSERT INTO posts (unit_id, title_uk, title_en, head, created_at) SELECT id, 'начальник відділу', 'head of unit', true, now() FROM units WHERE code = 'r'")
	b.Owner(t, "INSERT INTO appointments (person_id, post_id, valid_from, created_at) SELECT $1, id, '2020-01-01', now() FROM posts WHERE title_en = 'head of unit'", id)
	for _, x := range []struct{ locale, post, unit string }{{i18n.Ukrainian, "начальник відділу", "Відділ доріг"}, {i18n.English, "head of unit", "Roads unit"}} {
		rows, err := b.People(i18n.With(b.ctx, x.locale), admin, identity.PeopleQuery{Search: "roads@example.com"})
		if err != nil || len(rows) != 1 || rows[0].PostTitle != x.post || rows[0].UnitName != x.unit {
			t.Errorf("%s: %+v, %v", x.locale, rows, err)
		}
	}
}
