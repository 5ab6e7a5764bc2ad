package city_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/law/calendar"
	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
	"ereception/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var (
	ctx   = context.Background()
	admin = authz.Actor{Kind: authz.KindPerson, ID: 1, Roles: []authz.Role{authz.RoleAdmin}}
	clerk = authz.Actor{Kind: authz.KindPerson, ID: 2, Roles: []authz.Role{authz.RoleSpecialist}}
)

func fieldOf(err error) string {
	e, ok := errs.As(err)
	if !ok || e.Kind != errs.KindInvalid || len(e.Fields) == 0 {
		return fmt.Sprint(err)
	}
	return e.Fields[0].Name + " " + e.Fields[0].Key
}

func TestUnits(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	c := city.New(e.DB, nil)
	mk := func(code string, parent *int64) city.Unit {
		t.Helper()
		u, err := c.CreateUnit(ctx, admin, city.Unit{Code: code, NameUK: " Відділ  " + code, ParentID: parent})
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	a := mk("a", nil)
	b := mk("b", &a.ID)
	mk("c", &b.ID)
	if a.NameUK != "Відділ a" || !a.Active || a.Version != 1 {
		t.Errorf("a new unit: %+v", a)
	}
	nobody := int64(999)
	for _, x := range []struct {
		name string
		do   func() error
		want string
	}{
		{"a code that is taken", func() error { _, err := c.CreateUnit(ctx, admin, city.Unit{Code: "a", NameUK: "Х"}); return err }, "code city.err.code_taken"},
		{"no name", func() error { _, err := c.CreateUnit(ctx, admin, city.Unit{Code: "z"}); return err }, "name_uk city.err.required"},
		{"a code with a space", func() error { _, err := c.CreateUnit(ctx, admin, city.Unit{Code: "a b", NameUK: "Х"}); return err }, "code city.err.code_form"},
		{"an address that is none", func() error {
			_, err := c.CreateUnit(ctx, admin, city.Unit{Code: "z", NameUK: "Х", Email: "Х <a@b>"})
			return err
		}, "email city.err.email"},
		{"a parent that is not there", func() error {
			_, err := c.CreateUnit(ctx, admin, city.Unit{Code: "z", NameUK: "Х", ParentID: &nobody})
			return err
		}, "parent_id city.err.parent_unknown"},
		{"a ring", func() error { u := a; u.ParentID = &b.ID; _, err := c.UpdateUnit(ctx, admin, u); return err }, "parent_id city.err.ring"},
		{"its own parent", func() error { u := a; u.ParentID = &a.ID; _, err := c.UpdateUnit(ctx, admin, u); return err }, "parent_id city.err.ring"},
	} {
		if got := fieldOf(x.do()); got != x.want {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
	if err := c.SetUnitActive(ctx, admin, a.ID, a.Version, false); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("a unit with units below it went out of use: %v", err)
	}
	if _, err := c.CreateUnit(ctx, clerk, city.Unit{Code: "k", NameUK: "Х"}); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("a specialist made a unit: %v", err)
	}
	d, err := c.Directory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.UnitAndBelow(a.ID); len(got) != 3 {
		t.Errorf("a and below: %v", got)
	}
	if n := d.UnitTree(); n[2].Depth != 2 || n[2].Item.Code != "c" {
		t.Errorf("tree: %+v", n)
	}
	// The edit of a stale version changes nothing.
	first, second := b, b
	first.NameUK, second.NameUK = "Перша", "Друга"
	if first, err = c.UpdateUnit(ctx, admin, first); err != nil || first.Version != 2 || first.NameUK != "Перша" {
		t.Fatalf("an edit: %+v, %v", first, err)
	}
	if _, err = c.UpdateUnit(ctx, admin, second); !errs.Is(err, errs.KindConflict) {
		t.Errorf("a stale edit: %v", err)
	}
	if d, _ = c.Directory(ctx); d.Unit(b.ID).NameUK != "Перша" {
		t.Error("the snapshot was not dropped by the change")
	}
	if n := e.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'units' AND actor = 'person:1'"); n != 4 {
		t.Errorf("%d rows in the trail, want 4", n)
	}
}

func TestTwoReplicasAgree(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	one, two := city.New(e.DB, nil), city.New(e.DB, nil)
	if d, err := two.Directory(ctx); err != nil || len(d.Units) != 0 {
		t.Fatal(err)
	}
	if _, err := one.CreateUnit(ctx, admin, city.Unit{Code: "a", NameUK: "Х"}); err != nil {
		t.Fatal(err)
	}
	e.Clock.Advance(3 * time.Second)
	if d, err := two.Directory(ctx); err != nil || len(d.Units) != 1 {
		t.Errorf("after the poll the other replica has %d units, %v", len(d.Units), err)
	}
}

func TestMovesThatMeetMakeNoRing(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	c := city.New(e.DB, nil)
	a, _ := c.CreateUnit(ctx, admin, city.Unit{Code: "a", NameUK: "А"})
	b, _ := c.CreateUnit(ctx, admin, city.Unit{Code: "b", NameUK: "Б"})
	a.ParentID, b.ParentID = &b.ID, &a.ID
	var wg sync.WaitGroup
	for _, u := range []city.Unit{a, b} {
		wg.Add(1)
		go func() { defer wg.Done(); _, _ = c.UpdateUnit(ctx, admin, u) }()
	}
	wg.Wait()
	if n := e.Count(t, "SELECT count(*) FROM units WHERE parent_id IS NOT NULL"); n != 1 {
		t.Errorf("%d of two moves that make a ring together went through", n)
	}
}

func TestAppointments(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	e.Owner(t, "INSERT INTO people (email, name, created_at) VALUES ('a@x.ua', 'А', now()), ('b@x.ua', 'Б', now())")
	e.Owner(t, "UPDATE people SET status = 'active'")
	f := &forgetful{}
	c := city.New(e.DB, f)
	u, _ := c.CreateUnit(ctx, admin, city.Unit{Code: "a", NameUK: "А"})
	head, err := c.CreatePost(ctx, admin, city.Post{UnitID: u.ID, TitleUK: "начальник", Head: true})
	if err != nil {
		t.Fatal(err)
	}
	clerkPost, _ := c.CreatePost(ctx, admin, city.Post{UnitID: u.ID, TitleUK: "спеціаліст"})
	day := func(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }
	to := func(s string) *time.Time { d := day(s); return &d }
	for _, x := range []struct {
		name string
		a    city.Appointment
		want string
	}{
		{"the head is appointed", city.Appointment{PersonID: 1, PostID: head.ID, ValidFrom: day("2026-01-01"), ValidTo: to("2026-12-31")}, "<nil>"},
		{"another head for the same days", city.Appointment{PersonID: 2, PostID: head.ID, ValidFrom: day("2026-12-31")}, "post_id city.err.post_taken"},
		{"the next head", city.Appointment{PersonID: 2, PostID: head.ID, ValidFrom: day("2027-01-01")}, "<nil>"},
		{"two specialists", city.Appointment{PersonID: 1, PostID: clerkPost.ID, ValidFrom: day("2026-01-01")}, "<nil>"},
		{"and the second", city.Appointment{PersonID: 2, PostID: clerkPost.ID, ValidFrom: day("2026-01-01")}, "<nil>"},
		{"the same one twice", city.Appointment{PersonID: 2, PostID: clerkPost.ID, ValidFrom: day("2026-06-01")}, "post_id city.err.post_taken"},
		{"an end before the beginning", city.Appointment{PersonID: 2, PostID: head.ID, ValidFrom: day("2026-06-01"), ValidTo: to("2026-05-01")}, "valid_to city.err.dates"},
		{"nobody", city.Appointment{PersonID: 99, PostID: clerkPost.ID, ValidFrom: day("2026-06-01")}, "person_id city.err.unknown"},
	} {
		_, err := c.Appoint(ctx, admin, x.a)
		if got := fieldOf(err); got != x.want {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
	if !f.has(1) || !f.has(2) {
		t.Error("the actors in memory were not forgotten")
	}
	h, err := c.Holders(ctx, c.Today())
	if err != nil || len(h[head.ID]) != 1 || h[head.ID][0].PersonName != "А" || len(h[clerkPost.ID]) != 2 {
		t.Errorf("holders today: %+v, %v", h, err)
	}
	two := clerkPost
	two.Head = true
	if _, err := c.UpdatePost(ctx, admin, two); fieldOf(err) != "head city.err.post_heads" {
		t.Errorf("a post of two becomes that of the head: %v", err)
	}
	if p, _ := c.Post(ctx, clerkPost.ID); p.Head || p.Version != clerkPost.Version {
		t.Errorf("the refused post was changed: %+v", p)
	}
	if head, err = c.UpdatePost(ctx, admin, head); err != nil { // one holder after another is no two
		t.Error(err)
	}
	if err := c.SetPostActive(ctx, admin, head.ID, head.Version, false); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("a post that is held went out of use: %v", err)
	}
	list, _ := c.AppointmentsOf(ctx, 2)
	for _, a := range list {
		if err := c.EndAppointment(ctx, admin, a.ID, c.Today()); err != nil {
			t.Error(err)
		}
	}
	if list, _ = c.AppointmentsOf(ctx, 2); len(list) != 1 || list[0].ValidTo == nil {
		t.Errorf("what has not begun is taken back, what has is ended: %+v", list)
	}

	del := city.Delegation{FromPerson: 1, ToPerson: 2, Basis: "розпорядження № 1", ValidFrom: day("2026-11-20"), ValidTo: day("2026-12-01")}
	if del, err = c.Delegate(ctx, admin, del); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Delegate(ctx, admin, del); fieldOf(err) != "valid_from city.err.delegation_twice" {
		t.Errorf("the same delegation twice: %v", err)
	}
	for _, x := range []struct {
		d    city.Delegation
		want string
	}{
		{city.Delegation{FromPerson: 1, ToPerson: 1, Basis: "x", ValidFrom: day("2026-11-20"), ValidTo: day("2026-12-01")}, "to_person city.err.same_person"},
		{city.Delegation{FromPerson: 1, ToPerson: 2, ValidFrom: day("2026-11-20"), ValidTo: day("2026-12-01")}, "basis city.err.required"},
		{city.Delegation{FromPerson: 1, ToPerson: 2, Basis: "x", ValidFrom: day("2026-11-20"), ValidTo: day("2029-12-01")}, "valid_to city.err.delegation_long"},
	} {
		if _, err := c.Delegate(ctx, admin, x.d); fieldOf(err) != x.want {
			t.Errorf("%+v: %v", x.d, err)
		}
	}
	// Only an official acts for another, and for an official.
	e.Owner(t, `INSERT INTO people (email, name, status, created_at) VALUES ('c@x.ua', 'В', 'active', now()), ('d@x.ua', 'Г', 'active', now()), ('e@x.ua', 'Ґ', 'blocked', now()), ('f@x.ua', 'Д', 'active', now())`)
	e.Owner(t, "INSERT INTO role_grants (person_id, role, created_at) VALUES (4, 'executor', now()), (5, 'executor', now())")
	if _, err := c.Appoint(ctx, admin, city.Appointment{PersonID: 6, PostID: clerkPost.ID, ValidFrom: day("2026-01-01"), ValidTo: to("2026-11-10")}); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name     string
		from, to int64
		want     string
	}{
		{"a resident for an official", 1, 3, "to_person city.err.no_official"},
		{"an official for a resident", 3, 1, "from_person city.err.no_official"},
		{"whose post is over", 1, 6, "to_person city.err.no_official"},
		{"who is blocked", 1, 5, "to_person city.err.no_official"},
		{"who is nobody", 1, 99, "to_person city.err.unknown"},
		{"who has a role and no post", 1, 4, "<nil>"},
	} {
		_, err := c.Delegate(ctx, admin, city.Delegation{FromPerson: x.from, ToPerson: x.to, Basis: "розпорядження № 2", ValidFrom: day("2026-11-20"), ValidTo: day("2026-12-01")})
		if got := fieldOf(err); got != x.want {
			t.Errorf("a delegation to %s: %s, want %s", x.name, got, x.want)
		}
	}
	if n := e.Count(t, "SELECT count(*) FROM delegations"); n != 2 {
		t.Errorf("%d delegations", n)
	}
	if err := c.EndDelegation(ctx, admin, del.ID, c.Today()); err != nil {
		t.Error(err)
	}
	if l, _ := c.DelegationsOf(ctx, 2); len(l) != 1 || !l[0].ValidTo.Equal(c.Today()) {
		t.Errorf("an ended delegation: %+v", l)
	}
}

type forgetful struct {
	mu  sync.Mutex
	ids []int64
}

func (f *forgetful) Forget(ids ...int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ids = append(f.ids, ids...)
}
func (f *forgetful) ForgetUnits() {}
func (f *forgetful) has(id int64) bool {
	for _, v := range f.ids {
		if v == id {
			return true
		}
	}
	return false
}

func seeded(t *testing.T, demo bool) (*pgtest.Env, *city.City) {
	t.Helper()
	e := pgtest.New(t)
	if err := city.Seed(ctx, e.DB, demo); err != nil {
		t.Fatal(err)
	}
	return e, city.New(e.DB, nil)
}

func TestSeed(t *testing.T) {
	t.Parallel()
	e, c := seeded(t, false)
	for sql, want := range map[string]int{
		"SELECT count(*) FROM units":                                       0,
		"SELECT count(*) FROM streets":                                     440,
		"SELECT count(*) FROM districts":                                   5,
		"SELECT count(*) FROM districts WHERE demo":                        0,
		"SELECT count(*) FROM topics":                                      45,
		"SELECT count(*) FROM topics WHERE unit_id IS NOT NULL":            0,
		"SELECT count(*) FROM calendars":                                   1,
		"SELECT count(*) FROM reply_templates":                             6,
		"SELECT count(*) FROM audit.trail WHERE actor NOT LIKE 'system:%'": 0,
	} {
		if n := e.Count(t, sql); n != want {
			t.Errorf("%s: %d, want %d", sql, n, want)
		}
	}
	// A demo asked for later adds what is missing, and nothing twice.
	for range 2 {
		if err := city.Seed(ctx, e.DB, true); err != nil {
			t.Fatal(err)
		}
	}
	for sql, want := range map[string]int{
		"SELECT count(*) FROM units":                                                                             17,
		"SELECT count(*) FROM units WHERE NOT demo":                                                              0,
		"SELECT count(*) FROM streets":                                                                           440,
		"SELECT count(*) FROM districts WHERE kind = 'constituency'":                                             5,
		"SELECT count(*) FROM districts WHERE NOT demo":                                                          5,
		"SELECT count(*) FROM topics WHERE unit_id IS NULL":                                                      0,
		"SELECT count(*) FROM units u WHERE (SELECT count(*) FROM posts p WHERE p.unit_id = u.id AND head) <> 1": 0,
	} {
		if n := e.Count(t, sql); n != want {
			t.Errorf("after the demo: %s: %d, want %d", sql, n, want)
		}
	}
	if n := len(city.Schools()); n != 41 {
		t.Errorf("%d schools", n)
	}
	cal, err := c.Calendar(ctx)
	if err != nil || cal.Version() != calendar.BuiltinVersion {
		t.Errorf("calendar: %v", err)
	}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	_, c := seeded(t, true)
	for _, x := range []struct {
		name                 string
		lat, lon             float64
		inside               bool
		settlement, district string
	}{
		{"майдан Соборний", 50.25587, 28.660497, true, "Житомир", "Богунський район"},
		{"Богунія", 50.2797959, 28.6105738, true, "Житомир", "Богунський район"},
		{"Східний", 50.2440416, 28.70526, true, "Житомир", "Корольовський район"},
		{"Київ", 50.45, 30.52, false, "", ""},
		{"Станишівка, the village next door", 50.2206, 28.7350, false, "", ""},
		{"no number", nan(), 28.66, false, "", ""},
		{"latitude and longitude swapped", 28.66, 50.25, false, "", ""},
	} {
		p, err := c.Locate(ctx, x.lat, x.lon)
		if err != nil {
			t.Fatal(err)
		}
		if p.Inside != x.inside {
			t.Errorf("%s: inside %v", x.name, p.Inside)
			continue
		}
		if !x.inside {
			if p != (city.Place{}) {
				t.Errorf("%s: outside, yet in %s", x.name, nameOf(p.Settlement))
			}
			continue
		}
		if p.Settlement == nil || p.Settlement.NameUK != x.settlement || p.District == nil || p.District.NameUK != x.district {
			t.Errorf("%s: %s %s", x.name, nameOf(p.Settlement), nameOf(p.District))
		}
		if p.Constituency == nil {
			t.Errorf("%s: in no constituency", x.name)
		}
	}
	// Every point of the community lies in exactly one demo constituency.
	b, ok, err := c.Bounds(ctx)
	if err != nil || !ok {
		t.Fatal(err)
	}
	in, orphans := 0, 0
	seen := map[string]int{}
	for lat := b.Min[1]; lat < b.Max[1]; lat += 0.0031 {
		for lon := b.Min[0]; lon < b.Max[0]; lon += 0.0031 {
			p, _ := c.Locate(ctx, lat, lon)
			if !p.Inside {
				continue
			}
			in++
			if p.Constituency == nil {
				orphans++
			} else {
				seen[p.Constituency.Code]++
			}
		}
	}
	if in < 500 || orphans > 0 || len(seen) != 5 {
		t.Errorf("%d points, %d in no constituency, by constituency %v", in, orphans, seen)
	}
}

func nameOf(d *city.District) string {
	if d == nil {
		return "none"
	}
	return d.NameUK
}

func nan() float64 { var z float64; return z / z }

func TestSuggestStreets(t *testing.T) {
	t.Parallel()
	e, c := seeded(t, false)
	if _, err := c.CreateStreet(ctx, admin, city.Street{Kind: "вулиця", Name: "Нова Назва", OldNames: []string{"Старовинна Назва"}}); err != nil {
		t.Fatal(err)
	}
	_ = e
	for _, x := range []struct{ q, first string }{
		{"Київ", "вул. Київська"},
		{"вул. Київська, 12", "вул. Київська"},
		{"Київське ш", "шосе Київське"},
		{"шосе київ", "шосе Київське"},
		{"вулиця велика берд", "вул. Велика Бердичівська"},
		{"бердичівська велика", "вул. Велика Бердичівська"},
		{"м. Житомир, вул. Чуднівська, 103", "вул. Чуднівська"},
		{"просп миру", "просп. Миру"},
		{"лук'яненка", "вул. Лук’яненка"},
		{"лукяненка", "вул. Лук’яненка"},
		{"ЛУК’ЯНЕНКА 5", "вул. Лук’яненка"},
		{"1 київський", "пров. 1-й Київський"},
		{"пров. 1-й київський", "пров. 1-й Київський"},
		{"б-р старий", "бульв. Старий"},
		{"кивська", "вул. Київська"},            // a letter is missing
		{"домбровскього", "вул. Домбровського"}, // letters have changed places
		{"Kyivska", "вул. Київська"},
		{"Shevchenka", "вул. Шевченка"},
		{"старовинна", "вул. Нова Назва"}, // by its old name
		{"Бульби-Боровця", "вул. Тараса Бульби-Боровця"},
	} {
		list, err := c.SuggestStreets(ctx, x.q, 8)
		if err != nil {
			t.Fatalf("%s: %v", x.q, err)
		}
		if len(list) == 0 || list[0].Label() != x.first {
			var got []string
			for _, s := range list {
				got = append(got, s.Label())
			}
			t.Errorf("%s: %v, want %s first", x.q, got, x.first)
		}
	}
	for _, q := range []string{"", " ", "%", "_", "'", `\`, "ъъъъъъъ", strings.Repeat("а", 1000), "\x00", "12"} {
		list, err := c.SuggestStreets(ctx, q, 8)
		if err != nil || len(list) > 0 {
			t.Errorf("%q: %d streets, %v", q, len(list), err)
		}
	}
	p, ok, err := c.Geocode(ctx, "вул. Київська, 5")
	if err != nil || !ok || !p.Approximate {
		t.Errorf("geocode: %+v %v %v", p, ok, err)
	}
	if pl, _ := c.Locate(ctx, p.Lat, p.Lon); !pl.Inside {
		t.Error("the point of a street lies outside the community")
	}
	if _, ok, _ := c.Geocode(ctx, "вул. Чуднівська, 5"); ok {
		t.Error("a point for a street that has none")
	}
	// Streets of the register with a point lie inside.
	all, _, err := c.Streets(ctx, "", 1000, 0)
	if err != nil || len(all) != 441 {
		t.Fatalf("%d streets, %v", len(all), err)
	}
	for _, s := range all {
		if s.Lat == nil {
			continue
		}
		if pl, _ := c.Locate(ctx, *s.Lat, *s.Lon); !pl.Inside {
			t.Errorf("%s lies outside", s.Label())
		}
	}
	s, _ := c.FindStreet(ctx, "вул. Шевченка 105-Б")
	s.Name = "Тараса Шевченка"
	s2, err := c.UpdateStreet(ctx, admin, *s)
	if err != nil || len(s2.OldNames) != 1 || s2.OldNames[0] != "Шевченка" {
		t.Errorf("a renamed street keeps its old name: %+v, %v", s2, err)
	}
}

func TestSplitAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"вул. Київська, 12-А, кв. 4":     {"вул. Київська", "12-А, кв. 4"},
		"м. Житомир, вул. Київська, 12":  {"вул. Київська", "12"},
		"Київська 12":                    {"Київська", "12"},
		"Київська 12/3":                  {"Київська", "12/3"},
		"Київська 8а к5":                 {"Київська", "8а к5"},
		"1-й Київський":                  {"1-й Київський", ""},
		"пров. 1-й Київський 7":          {"пров. 1-й Київський", "7"},
		"вул. Святого Йоана Павла ІІ, 3": {"вул. Святого Йоана Павла ІІ", "3"},
		"вул. Святого Йоана Павла ІІ":    {"вул. Святого Йоана Павла ІІ", ""},
		"":                     {"", ""},
		",,,":                  {"", ""},
		"  Київська   буд. 5 ": {"Київська", "буд. 5"},
		"вул. Лук'яненка 5":    {"вул. Лук’яненка", "5"},
		"майдан ім. С. П. Корольова, 4/2": {"майдан ім. С. П. Корольова", "4/2"},
	} {
		s, h := city.SplitAddress(in)
		if s != want[0] || h != want[1] {
			t.Errorf("%q: %q and %q, want %q", in, s, h, want)
		}
	}
}

func TestCalendarVersions(t *testing.T) {
	t.Parallel()
	e, c := seeded(t, false)
	_ = e
	day := calendar.NewDate(2026, time.December, 24)
	base := calendar.BuiltinVersion
	v, err := c.SetLocalDay(ctx, admin, base, city.LocalDay{Date: day, Reason: "День міста", Norm: "рішення № 5"})
	if err != nil {
		t.Fatal(err)
	}
	cal, err := c.Calendar(ctx)
	if err != nil || cal.Version() != v.Version || cal.IsWorking(day) {
		t.Errorf("the new version is not in force: %s, %v", cal.Version(), err)
	}
	if calendar.Default().IsWorking(day) == false {
		t.Error("the old version changed")
	}
	if _, err := c.SetLocalDay(ctx, admin, base, city.LocalDay{Date: day, Reason: "Інше", Norm: "№ 6"}); !errs.Is(err, errs.KindConflict) {
		t.Errorf("a change of an old version: %v", err)
	}
	if _, err := c.SetLocalDay(ctx, admin, v.Version, city.LocalDay{Reason: "Інше", Norm: "№ 6"}); fieldOf(err) != "date city.err.date" {
		t.Errorf("no date: %v", err)
	}
	v2, err := c.SetLocalDay(ctx, admin, v.Version, city.LocalDay{Date: day, Working: true, Reason: "Робочий", Norm: "№ 7"})
	if err != nil {
		t.Fatalf("the same date again takes its place: %v", err)
	}
	v3, err := c.DropLocalDay(ctx, admin, v2.Version, day)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.DropLocalDay(ctx, admin, v3.Version, day); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("dropped twice: %v", err)
	}
	end := calendar.NewDate(2026, time.December, 1)
	if _, err := c.EndRegime(ctx, admin, v3.Version, calendar.Date{}); fieldOf(err) != "last city.err.date" {
		t.Errorf("an open regime without a day: %v", err)
	}
	v4, err := c.EndRegime(ctx, admin, v3.Version, end)
	if err != nil {
		t.Fatal(err)
	}
	cal, _ = c.Calendar(ctx)
	if cal.RegimeAt(end).Kind != calendar.Martial || cal.RegimeAt(end.AddDays(1)).Kind != calendar.Peace {
		t.Error("the regime does not end with the day")
	}
	// The day was mistaken: another takes its place, and the regime can be open again.
	if _, err := c.EndRegime(ctx, admin, v4.Version, calendar.NewDate(2022, time.February, 23)); fieldOf(err) != "last city.err.dates" {
		t.Errorf("an end before the beginning: %v", err)
	}
	v5, err := c.EndRegime(ctx, admin, v4.Version, end.AddDays(30))
	if err != nil {
		t.Fatal(err)
	}
	if cal, _ = c.Calendar(ctx); cal.RegimeAt(end.AddDays(1)).Kind != calendar.Martial || cal.RegimeAt(end.AddDays(31)).Kind != calendar.Peace {
		t.Error("the mended day is not in force")
	}
	if _, err := c.EndRegime(ctx, admin, v5.Version, calendar.Date{}); err != nil {
		t.Fatal(err)
	}
	if cal, _ = c.Calendar(ctx); cal.RegimeAt(end.AddDays(300)).Kind != calendar.Martial {
		t.Error("the regime does not last until it is lifted")
	}
	if l, _ := c.CalendarVersions(ctx); len(l) != 7 {
		t.Errorf("%d versions", len(l))
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	_, c := seeded(t, true)
	d, _ := c.Directory(ctx)
	roads, improvement, school := d.UnitByCode("roads").ID, d.UnitByCode("improvement").ID, d.UnitByCode("education").ID
	for unit, title := range map[int64]string{improvement: "Ями", school: "Школи"} {
		if _, err := c.CreateTemplate(ctx, admin, city.ReplyTemplate{UnitID: &unit, Title: title, Body: "Текст"}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := c.Templates(ctx, roads)
	if err != nil || len(list) != 7 {
		t.Errorf("the unit sees %d, want those of all and of the unit above it; %v", len(list), err)
	}
}

// TestPersonalTopicsOfAFilledRegister: the migration marks the topics of a city that
// is at work, under the name of the portal, and goes back.
func TestPersonalTopicsOfAFilledRegister(t *testing.T) {
	t.Parallel()
	e, c := seeded(t, false)
	raw, err := migrations.FS.ReadFile("00020_map_choice.sql")
	if err != nil {
		t.Fatal(err)
	}
	up, down, _ := strings.Cut(string(raw), "-- +goose Down")
	e.Owner(t, down)
	// As goose does it: a transaction of a session that names nobody.
	e.Owner(t, "SELECT set_config('app.actor', '', false);"+up)
	c.Invalidate()
	d, err := c.Directory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, x := range d.Topics {
		if x.Personal {
			n++
		}
	}
	if n != 8 || !d.TopicByCode("social").Personal || d.TopicByCode("roads.potholes").Personal {
		t.Errorf("%d personal topics", n)
	}
	if k := e.Count(t, "SELECT count(*) FROM audit.trail WHERE actor = 'system:migrate' AND table_name = 'topics' AND changes ? 'personal'"); k != 8 {
		t.Errorf("%d changes in the trail", k)
	}
}
