package petitions

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
)

// bundle is a small city with one version of the charter.
type bundle struct {
	*pgtest.Env
	svc                     *Service
	signer                  *signer
	appeals                 *appealsDesk
	ann, bob                authz.Actor // residents, who have declared that they live in the community
	clerk, exec, head, boss authz.Actor // specialist, executor, manager, administrator
	charter                 Charter
	serial                  atomic.Int64
}

type fixedCalendar struct{ cal calendar.Calendar }

func (f fixedCalendar) Calendar(context.Context) (calendar.Calendar, error) { return f.cal, nil }

// square is a community of one degree around the city.
type square struct{}

func (square) District(_ context.Context, lat, lon float64) (int64, bool, error) {
	return 0, lat > 50 && lat < 51 && lon > 28 && lon < 29, nil
}

// signer knows one password.
type signer struct{ asked atomic.Int64 }

func (s *signer) Sign(_ context.Context, _ authz.Actor, _ []byte, password string) (string, map[string]any, error) {
	s.asked.Add(1)
	if password != "right" {
		return "", nil, errs.Fields().With("password", "appeals.err.password")
	}
	return "password", map[string]any{}, nil
}

// appealsDesk takes petitions as appeals, each once.
type appealsDesk struct {
	taken    []int64
	keys     []uuid.UUID
	answered bool // the city has said its word: what was taken does not go back
	back     []string
	during   func() // what happens while one goes back
}

func (d *appealsDesk) HandBack(_ context.Context, number string, _ int64) (bool, error) {
	if d.answered {
		return false, nil
	}
	d.back = append(d.back, number)
	if f := d.during; f != nil {
		d.during = nil
		f()
	}
	return true, nil
}

func (d *appealsDesk) TakePetition(_ context.Context, p Petition, _ time.Time) (string, error) {
	d.taken, d.keys = append(d.taken, p.ID), append(d.keys, p.FilingKey)
	return fmt.Sprintf("2026-%05d", p.ID), nil
}

func setup(t testing.TB) *bundle {
	t.Helper()
	e := pgtest.New(t)
	b := &bundle{Env: e, signer: &signer{}, appeals: &appealsDesk{}}
	b.svc = b.instance(t)
	b.charter = b.newCharter(t, Charter{
		ValidFrom: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Threshold: 5, GatheringDays: 90, Supporters: 2, SupportersDays: 30,
		CheckDays: 2, AnnounceDays: 3, ReviewDays: 10, Tier: TierEmail, ResidentsOnly: true, Source: "Статут громади",
	})
	b.ann, b.bob = b.resident(t, "Зразкова Ганна Іванівна"), b.resident(t, "Бондар Богдан Петрович")
	b.clerk = b.person(t, "Демченко Олена Карпівна", authz.RoleSpecialist)
	b.exec = b.person(t, "Мельник Остап Юрійович", authz.RoleExecutor)
	b.head = b.person(t, "Керівний Андрій Петрович", authz.RoleManager)
	b.head.PostTitle, b.head.Head = "секретар міської ради", true
	b.boss = b.person(t, "Адмін Іван Іванович", authz.RoleAdmin)
	return b
}

// instance is one more process of the portal over the same database.
func (b *bundle) instance(t testing.TB) *Service {
	t.Helper()
	return New(Options{
		DB: b.DB, Calendars: fixedCalendar{calendar.Default()}, Locator: square{}, Signer: b.signer, Appeals: b.appeals,
		Clock: b.Clock, Secret: []byte("a secret of the tests"), BaseURL: "https://e.example", Log: b.Log,
	})
}

func (b *bundle) newCharter(t testing.TB, c Charter) Charter {
	t.Helper()
	b.Owner(t, `INSERT INTO petition_charters (valid_from, threshold, gathering_days, supporters, supporters_days, check_days, announce_days, review_days, tier, residents_only, source, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now())`,
		c.ValidFrom, c.Threshold, c.GatheringDays, c.Supporters, c.SupportersDays, c.CheckDays, c.AnnounceDays, c.ReviewDays, string(c.Tier), c.ResidentsOnly, c.Source)
	c.ID = b.id(t, "SELECT max(id) FROM petition_charters")
	return c
}

func (b *bundle) id(t testing.TB, sql string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := b.DB.ReadPool().QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (b *bundle) str(t testing.TB, sql string, args ...any) string {
	t.Helper()
	var v string
	if err := b.DB.ReadPool().QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// person has a confirmed mailbox and the roles.
func (b *bundle) person(t testing.TB, name string, roles ...authz.Role) authz.Actor {
	t.Helper()
	email := fmt.Sprintf("%s%d@example.org", hex.EncodeToString([]byte(name))[:12], b.serial.Add(1))
	b.Owner(t, `INSERT INTO people (email, name, status, email_confirmed_at, created_at) VALUES ($1, $2, 'active', now(), now())`, email, name)
	id := b.id(t, "SELECT id FROM people WHERE email = $1", email)
	for _, r := range roles {
		b.Owner(t, "INSERT INTO role_grants (person_id, role, created_at) VALUES ($1, $2, now())", id, string(r))
	}
	return authz.Actor{Kind: authz.KindPerson, ID: id, Name: name, Roles: roles, Locale: "uk"}
}

// resident has also declared that he lives in the community.
func (b *bundle) resident(t testing.TB, name string) authz.Actor {
	t.Helper()
	a := b.person(t, name)
	b.Owner(t, "INSERT INTO signers (person_id, ident, resident_at, created_at) SELECT id, canonical_email(email), now(), now() FROM people WHERE id = $1", a.ID)
	return a
}

// lettered writes a number in letters: a name has no digits.
func lettered(n int) string {
	letters := []rune("Абвгдежзик")
	out := []rune{'Н', 'о', 'м', 'е', 'р'}
	for _, r := range strconv.Itoa(n) {
		out = append(out, letters[r-'0'])
	}
	return string(out)
}

// residents are n of them.
func (b *bundle) residents(t testing.TB, n int) []authz.Actor {
	t.Helper()
	list := make([]authz.Actor, n)
	for i := range list {
		list[i] = b.resident(t, "Підписант "+lettered(i+1))
	}
	return list
}

// gathering is a published petition that gathers signatures; nobody has signed.
func (b *bundle) gathering(t testing.TB, author authz.Actor) *Petition {
	t.Helper()
	return b.inState(t, author, Gathering)
}

// inState inserts a petition that stands in the state without its way there.
func (b *bundle) inState(t testing.TB, author authz.Actor, st State) *Petition {
	t.Helper()
	now := b.Clock.Now()
	n := b.serial.Add(1)
	b.Owner(t, `INSERT INTO petitions (number, state, author_id, author_name, title, essence, filing_key, support_key, salt, charter_id, threshold, tier, residents_only,
		  created_at, submitted_at, published_at, ends_at, reached_at, announced_at)
		VALUES (nextval('petition_numbers'), $1, $2, $3, $4, 'Просимо облаштувати перехід біля ліцею.', $5, $6, decode(md5($6), 'hex'), $7, $8, $9, $10, $11, $11,
		  CASE WHEN $1 IN ('gathering','reached','reviewing','answered','done','refused','not_enough') THEN $11::timestamptz END, CASE WHEN $1 IN ('supporting','gathering','reached') THEN $12::timestamptz END,
		  CASE WHEN $1 IN ('reached','reviewing','answered','done','refused') THEN $11::timestamptz END, CASE WHEN $1 IN ('reviewing','answered','done','refused') THEN $11::timestamptz END)`,
		string(st), author.ID, author.Name, fmt.Sprintf("Безпечний перехід номер %d", n), uuid.New(), fmt.Sprintf("link-%d", n),
		b.charter.ID, b.charter.Threshold, string(b.charter.Tier), b.charter.ResidentsOnly, now, now.AddDate(0, 0, 90))
	return b.load(t, b.id(t, "SELECT max(number) FROM petitions"))
}

func (b *bundle) load(t testing.TB, number int64) *Petition {
	t.Helper()
	var p Petition
	if err := b.DB.Read(context.Background()).Omit("search").Where("number = ?", number).Take(&p).Error; err != nil {
		t.Fatal(err)
	}
	return &p
}

// mustSign signs and counts.
func (b *bundle) mustSign(t testing.TB, p *Petition, who ...authz.Actor) {
	t.Helper()
	for _, a := range who {
		must(t, second(b.svc.Sign(context.Background(), a, p.Number, Mark{SupportKey: p.SupportKey})))
	}
	must(t, b.svc.Count(context.Background()))
}

func second[T any](_ T, err error) error { return err }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		var e *errs.Error
		if errors.As(err, &e) {
			t.Fatalf("%v %+v", err, e.Fields)
		}
		t.Fatal(err)
	}
}

// want fails unless err is of the kind and, where given, has the key or a field with it.
func want(t testing.TB, err error, k errs.Kind, key string) {
	t.Helper()
	e, ok := errs.As(err)
	if !ok || e.Kind != k {
		t.Fatalf("got %v, want kind %d", err, k)
	}
	if key == "" || e.Key == key {
		return
	}
	for _, f := range e.Fields {
		if f.Key == key {
			return
		}
	}
	t.Fatalf("got %s %+v, want %s", e.Key, e.Fields, key)
}
