package appeals

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/files"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// bundle is a small city: one unit of work with a head and two executors, the
// reception, another unit, two residents.
type bundle struct {
	*pgtest.Env
	svc                                                   *Service
	signer                                                *signer
	ann, bob                                              authz.Actor // residents
	clerk, head, exec, second, strangerHead, strangerExec authz.Actor
	unit, otherUnit, topic                                int64
	files                                                 *files.Store
}

type fixedCalendar struct{ cal calendar.Calendar }

func (f fixedCalendar) Calendar(context.Context) (calendar.Calendar, error) { return f.cal, nil }

// square is a community of one degree around the city.
type square struct{}

func (square) Spot(_ context.Context, lat, lon float64) (Spot, error) {
	return Spot{Inside: lat > 50 && lat < 51 && lon > 28 && lon < 29}, nil
}

// signer knows one password; it counts how often it was asked.
type signer struct {
	mu    sync.Mutex
	asked int
}

func (s *signer) Sign(_ context.Context, _ authz.Actor, _ []byte, c Credential) (Evidence, error) {
	s.mu.Lock()
	s.asked++
	s.mu.Unlock()
	if c.Password != "right" {
		return Evidence{}, errs.Fields().With("password", "appeals.err.password")
	}
	return Evidence{Method: "password", Data: map[string]any{}}, nil
}

func setup(t *testing.T) *bundle {
	t.Helper()
	e := pgtest.New(t)
	b := &bundle{Env: e, signer: &signer{}}
	store, err := files.Open(context.Background(), files.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b.files = store
	b.svc = New(e.DB, fixedCalendar{calendar.Default()}, square{}, store, b.signer, e.Clock, Site{BaseURL: "https://e.example"})
	e.Owner(t, `INSERT INTO units (code, name_uk, created_at) VALUES ('roads', 'Відділ доріг', now()), ('other', 'Інший відділ', now())`)
	b.unit, b.otherUnit = b.id(t, "SELECT id FROM units WHERE code = 'roads'"), b.id(t, "SELECT id FROM units WHERE code = 'other'")
	e.Owner(t, `INSERT INTO topics (code, name_uk, unit_id, created_at) VALUES ('holes', 'Ями', $1, now())`, b.unit)
	b.topic = b.id(t, "SELECT id FROM topics")
	b.ann, b.bob = b.person(t, "Зразкова Ганна Іванівна", 0, false), b.person(t, "Бондар Богдан Петрович", 0, false)
	b.clerk = b.person(t, "Демченко Олена Карпівна", b.otherUnit, false, authz.RoleSpecialist)
	b.head = b.person(t, "Керівний Андрій Петрович", b.unit, true, authz.RoleManager)
	b.exec = b.person(t, "Мельник Остап Юрійович", b.unit, false, authz.RoleExecutor)
	b.second = b.person(t, "Другий Захар Ілліч", b.unit, false, authz.RoleExecutor)
	b.strangerHead = b.person(t, "Чужий Гнат Савич", b.otherUnit, true, authz.RoleManager)
	b.strangerExec = b.person(t, "Чужа Марта Савівна", b.otherUnit, false, authz.RoleExecutor)
	return b
}

func (b *bundle) id(t *testing.T, sql string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := b.DB.ReadPool().QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (b *bundle) person(t *testing.T, name string, unit int64, head bool, roles ...authz.Role) authz.Actor {
	t.Helper()
	email := hex.EncodeToString([]byte(name))[:16] + "@example.org"
	b.Owner(t, `INSERT INTO people (email, name, status, address, created_at) VALUES ($1, $2, 'active', 'м. Житомир, вул. Київська, 1', now())`, email, name)
	id := b.id(t, "SELECT id FROM people WHERE email = $1", email)
	a := authz.Actor{Kind: authz.KindPerson, ID: id, Name: name, Roles: roles, UnitID: unit, Head: head, Locale: "uk"}
	for _, r := range roles {
		b.Owner(t, "INSERT INTO role_grants (person_id, role, created_at) VALUES ($1, $2, now())", id, string(r))
	}
	if unit != 0 {
		a.UnitIDs, a.PostTitle = []int64{unit}, "спеціаліст"
		if head {
			a.PostTitle = "начальник відділу"
		}
		b.Owner(t, "INSERT INTO posts (unit_id, title_uk, head, created_at) VALUES ($1, $2, $3, now())", unit, a.PostTitle, head)
		b.Owner(t, "INSERT INTO appointments (person_id, post_id, valid_from, created_at) VALUES ($1, (SELECT max(id) FROM posts), '2020-01-01', now())", id)
	}
	return a
}

func (b *bundle) draft() Draft {
	lat, lon := 50.25, 28.66
	return Draft{
		Kind: Application, TopicID: b.topic, Title: "Яма на дорозі", Body: "На дорозі біля будинку глибока яма, прошу відремонтувати.",
		Place: "вул. Київська, 61", Lat: &lat, Lon: &lon, Showing: ShownOnMap, Name: "Зразкова Ганна Іванівна",
		Address: "м. Житомир, вул. Київська, 1", Email: "ann@example.org", Channel: ByEmail,
	}
}

// filed files the draft as the author and gives the number.
func (b *bundle) filed(t *testing.T, who authz.Actor, d Draft) string {
	t.Helper()
	n, err := b.tryFile(t, who, d)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (b *bundle) tryFile(t *testing.T, who authz.Actor, d Draft) (string, error) {
	t.Helper()
	ctx := context.Background()
	id := b.started(t, who, d)
	return b.svc.File(ctx, who, id)
}

func (b *bundle) started(t *testing.T, who authz.Actor, d Draft) uuid.UUID {
	t.Helper()
	ctx := context.Background()
	id, err := b.svc.StartDraft(ctx, who, d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.svc.SaveDraft(ctx, who, id, StepCheck, 0, d); err != nil {
		t.Fatal(err)
	}
	return id
}

func (b *bundle) registered(t *testing.T) string {
	t.Helper()
	n := b.filed(t, b.ann, b.draft())
	must(t, b.svc.Register(context.Background(), b.clerk, n, 0, Registration{Classification: Classification{Procedure: Application.Procedure()}, TopicID: b.topic}))
	return n
}

func (b *bundle) inWork(t *testing.T) string {
	t.Helper()
	n := b.registered(t)
	must(t, b.svc.Assign(context.Background(), b.clerk, n, 0, b.unit, b.exec.ID))
	return n
}

const answerText = "Повідомляємо, що яму відремонтовано, покриття відновлено на площі чотирьох квадратних метрів."

func (b *bundle) submitted(t *testing.T) string {
	t.Helper()
	n := b.inWork(t)
	must(t, b.svc.Submit(context.Background(), b.exec, n, 0, answerText, ResultSatisfied))
	return n
}

func (b *bundle) signed(t *testing.T) string {
	t.Helper()
	n := b.submitted(t)
	c := b.see(t, b.head, n)
	must(t, b.svc.Sign(context.Background(), b.head, n, c.Digest(), Credential{Password: "right"}))
	return n
}

func (b *bundle) see(t *testing.T, who authz.Actor, number string) *Case {
	t.Helper()
	c, err := b.svc.Case(context.Background(), who, number)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (b *bundle) state(t *testing.T, number string) State {
	t.Helper()
	return b.see(t, b.clerk, number).State
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		var e *errs.Error
		if errors.As(err, &e) {
			t.Fatalf("%v %+v", err, e.Fields)
		}
		t.Fatal(err)
	}
}

func text(n int) string { return strings.Repeat("слово ", n) }

func reader(s string) io.Reader { return bytes.NewReader([]byte(s)) }

func sum(s string) []byte { d := sha256.Sum256([]byte(s)); return d[:] }
