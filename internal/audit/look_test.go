package audit

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

var (
	bg    = context.Background()
	admin = authz.Actor{Kind: authz.KindPerson, ID: 1, Roles: []authz.Role{authz.RoleAdmin}}
)

// TestEveryAttributeIsClassified: of each attribute that the trail can hold it is said
// whether it is personal; a new column fails here until somebody says it.
func TestEveryAttributeIsClassified(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	q, err := e.DB.ReadPool().Query(bg, `SELECT c.relname || '.' || a.attname FROM pg_class c
		JOIN pg_trigger g ON g.tgrelid = c.oid AND g.tgname = 'audit_row'
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE a.attname <> ALL (string_to_array(split_part(encode(g.tgargs, 'escape'), '\000', 2), ','))`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(q, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		q, err := e.DB.ReadPool().Query(bg, "SELECT '"+s.table+".' || k FROM (SELECT (jsonb_populate_record(NULL::"+s.table+", '{}')).*) m, LATERAL jsonb_object_keys("+s.values+") k")
		if err != nil {
			t.Fatal(err)
		}
		keys, err := pgx.CollectRows(q, pgx.RowTo[string])
		if err != nil || len(keys) == 0 {
			t.Fatalf("%s: %v, %v", s.table, keys, err)
		}
		all = append(all, keys...)
	}
	if len(all) < 350 {
		t.Fatalf("the walk saw %d attributes", len(all))
	}
	for _, a := range all {
		table, column, _ := strings.Cut(a, ".")
		if _, known := ClassOf(table, column); !known {
			t.Errorf("%s is neither personal nor plain: say it in attributes.go", a)
		}
	}
	for table, columns := range classes {
		for column := range columns {
			if !slices.Contains(all, table+"."+column) {
				t.Errorf("attributes.go has %s.%s, which the trail cannot hold", table, column)
			}
		}
	}
	if c, known := ClassOf("appeals", "a column of tomorrow"); c != Personal || known {
		t.Error("what is not classified is shown")
	}
	for _, a := range []string{"people.name", "people.email", "appeals.body", "appeals.author_name", "appeal_messages.body", "appeal_events.data", "sessions.ip", "letters.error"} {
		table, column, _ := strings.Cut(a, ".")
		if c, _ := ClassOf(table, column); c != Personal {
			t.Errorf("%s is not personal", a)
		}
	}
}

// TestEveryRecordIsReadable: a table that only grows is read here, as those that
// have a trail; letters and signatures of petitions too.
func TestEveryRecordIsReadable(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	f, err := New(e.DB).Facets(bg, admin)
	if err != nil {
		t.Fatal(err)
	}
	q, err := e.DB.ReadPool().Query(bg, `SELECT DISTINCT c.relname::text FROM pg_class c JOIN pg_trigger g ON g.tgrelid = c.oid
		WHERE c.relnamespace = 'public'::regnamespace AND g.tgname IN ('audit_row', 'append_only') UNION SELECT 'letters'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(q, pgx.RowTo[string])
	if err != nil || len(tables) < 40 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	for _, table := range tables {
		if !slices.Contains(f.Tables, table) {
			t.Errorf("%s cannot be read", table)
		}
		if _, _, err := New(e.DB).Search(bg, admin, Query{Table: table}); err != nil {
			t.Errorf("%s: %v", table, err)
		}
		if _, err := New(e.DB).Story(bg, admin, table, "1"); err != nil {
			t.Errorf("the story of %s: %v", table, err)
		}
	}
}

// secrets of the people of house: what may stand on no page before a look.
var secrets = []string{"Мешканка", "hanna@example.org", "+380671112233", "Київська, 7", "Не світить ліхтар", "Котра квартира", "Біля під’їзду", "Шевченка, 4", "Скаржиться сусідка", "550 hanna"}

// house is an appeal with all that belongs to it, and a petition that was signed.
func house(t *testing.T) (*pgtest.Env, *Reader) {
	t.Helper()
	e := pgtest.New(t)
	for _, sql := range []string{
		`INSERT INTO people (email, name, phone, address, status, created_at) VALUES ('ada@zt.ua', 'Адмін Ада', '', '', 'active', now()), ('oleh@zt.ua', 'Бойко Олег', '', '', 'active', now()),
			('hanna@example.org', 'Мешканка Ганна', '+380671112233', 'Київська, 7', 'active', now())`,
		`INSERT INTO role_grants (person_id, role, created_at) VALUES (1, 'admin', now()), (2, 'executor', now())`,
		`INSERT INTO units (code, name_uk, created_at) VALUES ('a', 'Відділ', now())`,
		`INSERT INTO appeals (number, kind, procedure, state, author_id, author_name, author_address, author_phone, author_email, answer_channel, title, body, place,
			received_at, registered_on, due_at, internal_due, due_rule, due_explain_uk, due_explain_en, calendar_version, executor_id, filing_key) VALUES
			('ЖП-1', 'application', 'appeal', 'in_progress', 3, 'Мешканка Ганна', 'Київська, 7', '+380671112233', 'hanna@example.org', 'email', 'Не світить ліхтар', 'Не світить ліхтар', 'Шевченка, 4',
			now(), current_date, now(), current_date, 'r', '', '', '1', 2, gen_random_uuid())`,
		`INSERT INTO appeal_coexecutors (appeal_id, person_id, created_at) VALUES (1, 2, now())`,
		`DELETE FROM appeal_coexecutors`,
		`INSERT INTO resolutions (appeal_id, manager_id, executor_id, task, due_on, created_at) VALUES (1, 2, 2, 'Скаржиться сусідка Мешканка', current_date, now())`,
		`INSERT INTO answers (appeal_id, author_id, authors, state, body, created_at, updated_at) VALUES (1, 2, '{2}', 'draft', 'Шановна Мешканка', now(), now())`,
		`INSERT INTO signatures (answer_id, method, digest, signer_id, signer_name, post_title, created_at) VALUES (1, 'demo', 'x', 2, 'Бойко Олег', 'начальник', now())`,
		`INSERT INTO appeal_messages (appeal_id, author_id, author_name, side, body, created_at) VALUES (1, 2, 'Бойко Олег', 'city', 'Котра квартира?', now()), (1, 3, 'Мешканка Ганна', 'resident', 'Біля під’їзду', now())`,
		`INSERT INTO appeal_events (appeal_id, at, kind, actor_id, actor_name, data) VALUES (1, now(), 'filed', 3, 'Мешканка Ганна', '{"text": "Не світить ліхтар"}')`,
		`INSERT INTO contact_views (appeal_id, viewer_id, created_at) VALUES (1, 2, now())`,
		`INSERT INTO letters (kind, person_id, appeal_id, message_id, error, created_at) VALUES ('appeal.receipt', 3, 1, 'a', '550 hanna@example.org', now()), ('petitionsign.link', 3, NULL, 'b', '', now())`,
		`INSERT INTO petitions (number, state, author_name, title, essence, filing_key, support_key, salt, threshold, tier, residents_only, legacy_source, created_at) VALUES
			(7, 'gathering', 'Мешканка Ганна', 'Не світить ліхтар', '', gen_random_uuid(), 'k', 'x', 10, 'email', false, 'x', now())`,
		`INSERT INTO petition_signatures (petition_id, signer, name, at, tier, domain, net, ip) VALUES (1, 'h', 'Мешканка Ганна', now(), 1, 'example.org', '', '')`,
		`INSERT INTO petition_events (petition_id, at, kind, actor_id, actor_name) VALUES (1, now(), 'contacts', 2, 'Бойко Олег')`,
	} {
		e.Owner(t, sql)
	}
	return e, New(e.DB)
}

func text(t *testing.T, list []Change) string {
	t.Helper()
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTheStoryOfAnAppeal holds everything that happened to it, those rows too that are
// gone, and nothing personal until somebody says why he must see it.
func TestTheStoryOfAnAppeal(t *testing.T) {
	t.Parallel()
	e, r := house(t)
	list, err := r.Story(bg, admin, "appeals", "1")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, c := range list {
		got[c.Table]++
		if c.Table == "appeals" && c.Label != "ЖП-1" {
			t.Errorf("the appeal is called %q", c.Label)
		}
	}
	for table, want := range map[string]int{
		"appeals": 1, "appeal_coexecutors": 2, "resolutions": 1, "answers": 1, "signatures": 1, "appeal_messages": 2, "appeal_events": 1, "contact_views": 1, "letters": 1, "trail_views": 0,
	} {
		if got[table] != want {
			t.Errorf("%d of %s, want %d", got[table], table, want)
		}
	}
	closed := text(t, list)
	everything, _, err := r.Search(bg, admin, Query{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		if strings.Contains(closed, s) || strings.Contains(text(t, everything), s) {
			t.Errorf("%q can be read without a look", s)
		}
	}
	if !strings.Contains(closed, "Бойко Олег") {
		t.Error("the official has no name")
	}
	if n := e.Count(t, "SELECT count(*) FROM trail_views"); n != 0 {
		t.Errorf("%d looks without one", n)
	}

	for _, reason := range []string{"", "  коротко ", strings.Repeat("я", 501)} {
		if _, err := r.Look(bg, admin, "appeals", "1", reason); !errs.Is(err, errs.KindInvalid) {
			t.Errorf("reason %q: %v", reason, err)
		}
	}
	if _, err := r.Look(bg, admin, "appeals", "99", "перевірка скарги"); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a record that is not there: %v", err)
	}
	clerk := authz.Actor{Kind: authz.KindPerson, ID: 2, Roles: []authz.Role{authz.RoleSpecialist, authz.RoleManager}}
	if _, err := r.Look(bg, clerk, "appeals", "1", "перевірка скарги"); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("who may not read the trail: %v", err)
	}
	if n := e.Count(t, "SELECT count(*) FROM trail_views"); n != 0 {
		t.Errorf("%d looks of those who saw nothing", n)
	}

	acting := admin
	acting.ActingFor = &authz.Principal{ID: 2}
	list, err = r.Look(bg, acting, "appeals", "1", "  перевірка   скарги ")
	if err != nil {
		t.Fatal(err)
	}
	opened := text(t, list)
	for _, s := range secrets[:9] {
		if !strings.Contains(opened, s) {
			t.Errorf("the look does not show %q", s)
		}
	}
	if n := e.Count(t, `SELECT count(*) FROM trail_views WHERE table_name = 'appeals' AND row_id = '1' AND viewer_id = 1 AND acting_for = 2 AND reason = 'перевірка скарги' AND created_at IS NOT NULL`); n != 1 {
		t.Errorf("%d looks are written down", n)
	}
	// The look is a part of the story, and nobody takes it out.
	if list, err = r.Story(bg, admin, "appeals", "1"); err != nil || !slices.ContainsFunc(list, func(c Change) bool {
		return c.Table == "trail_views" && c.Actor == "person:1" && c.For == "person:2"
	}) {
		t.Errorf("the look is no part of the story: %v", err)
	}
	if _, err := e.DB.Pool().Exec(bg, "DELETE FROM trail_views"); err == nil {
		t.Error("looks can be deleted")
	}
}

// TestWhoSignedAPetitionIsNotTold, with a look or without one: neither the name nor
// what leads to it, the moment, stand in the trail, nor who got the link to sign.
func TestWhoSignedAPetitionIsNotTold(t *testing.T) {
	t.Parallel()
	e, r := house(t)
	list, _, err := r.Search(bg, admin, Query{Table: "petition_signatures"})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d rows, %v", len(list), err)
	}
	c := list[0]
	if h, m, s := c.At.In(i18n.Kyiv).Clock(); h+m+s != 0 {
		t.Errorf("the moment of the signature is told: %v", c.At)
	}
	if c.Actor != "system:" || c.Name != "" || len(c.Diffs) != 3 {
		t.Errorf("the signature: %+v", c)
	}
	look, err := r.Look(bg, admin, "petition_signatures", "1", "перевірка підписів")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"Мешканка", "example.org", "person:3"} {
		if strings.Contains(text(t, list), s) || strings.Contains(text(t, look), s) {
			t.Errorf("the trail of a signature holds %q", s)
		}
	}
	if list, _, err = r.Search(bg, admin, Query{Limit: 500}); err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.Table == "petition_signatures" {
			t.Error("signatures stand among what was done in the same minute")
		}
		if c.Table == "letters" && c.Row == "2" && strings.Contains(text(t, []Change{c}), "person_id") {
			t.Error("the letter with the link to sign names its receiver")
		}
	}
	if list, err = r.Story(bg, admin, "petitions", "1"); err != nil || !strings.Contains(text(t, list), "petition_events") || strings.Contains(text(t, list), "petition_signatures") {
		t.Errorf("the story of the petition: %v, %v", list, err)
	}
	if n := e.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'petition_signatures'"); n != 0 {
		t.Errorf("%d rows of the trail name a new signature", n)
	}
}

// TestPagesOfTheTrail: with tables that keep themselves among the others, each row comes once.
func TestPagesOfTheTrail(t *testing.T) {
	t.Parallel()
	_, r := house(t)
	all, next, err := r.Search(bg, admin, Query{Limit: 500})
	if err != nil || next != "" || len(all) < 20 {
		t.Fatalf("%d rows, %q, %v", len(all), next, err)
	}
	var paged []Change
	for q := (Query{Limit: 3}); ; q.Before = next {
		var list []Change
		if list, next, err = r.Search(bg, admin, q); err != nil || len(list) == 0 {
			t.Fatalf("%d rows, %v", len(list), err)
		}
		if paged = append(paged, list...); next == "" || len(paged) > len(all) {
			break
		}
	}
	if text(t, paged) != text(t, all) {
		t.Errorf("%d rows in pages, %d at once", len(paged), len(all))
	}
	for _, c := range []struct {
		q    Query
		want int
	}{
		{Query{Actor: "person:3"}, 2},
		{Query{Table: "contact_views", Action: "contact.read"}, 1},
		{Query{Table: "appeal_messages", Op: Update}, 0},
		{Query{Table: "signatures", Actor: "person:2"}, 1},
		{Query{Before: "nonsense,appeals", Table: "letters"}, 2},
	} {
		if list, _, err := r.Search(bg, admin, c.q); err != nil || len(list) != c.want {
			t.Errorf("%+v: %d rows, %v", c.q, len(list), err)
		}
	}
}

// TestFind: people know appeals and petitions by their numbers.
func TestFind(t *testing.T) {
	t.Parallel()
	e, r := house(t)
	e.Owner(t, "INSERT INTO appeal_former_indexes (appeal_id, reg_index, created_at) VALUES (1, 'З-9/2026', now())")
	for number, want := range map[string]string{"ЖП-1": "appeals/1", "№ з-9/2026": "appeals/1", " № 7 ": "petitions/1", "99": "/", "' OR true": "/", "": "/"} {
		table, row, err := r.Find(bg, admin, number)
		if table+"/"+row != want || (err != nil) != (want == "/") {
			t.Errorf("%q: %s/%s, %v", number, table, row, err)
		}
	}
}
