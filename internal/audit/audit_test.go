package audit_test

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"ereception/internal/audit"
	"ereception/internal/authz"
	"ereception/internal/pgtest"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestTrail(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	ctx := context.Background()
	e.Owner(t, "INSERT INTO people (email, name, created_at) VALUES ('a@example.org', 'Коваленко Олена', now()), ('b@example.org', 'Бойко Іван', now())")
	e.Owner(t, "INSERT INTO role_grants (person_id, role, created_at) VALUES (1, 'admin', now()), (2, 'manager', now())")
	admin := authz.Actor{Kind: authz.KindPerson, ID: 1, Roles: []authz.Role{authz.RoleAdmin}, ActingFor: &authz.Principal{ID: 2}}
	write := func(sql string, args ...any) {
		t.Helper()
		if err := e.DB.Write(ctx, admin, authz.CityManage, func(tx *db.Tx) error {
			if err := tx.Authorize(authz.Anyone); err != nil {
				return err
			}
			return tx.Exec(sql, args...).Error
		}); err != nil {
			t.Fatal(err)
		}
	}
	write("INSERT INTO units (code, name_uk, created_at) VALUES ('a', 'Відділ', now())")
	write("UPDATE units SET name_uk = 'Управління', active = false, version = 2 WHERE code = 'a'")

	r := audit.New(e.DB)
	list, err := r.History(ctx, admin, "units", "1")
	if err != nil || len(list) != 2 {
		t.Fatalf("history: %d rows, %v", len(list), err)
	}
	c := list[0]
	if c.Op != audit.Update || c.Actor != "person:1" || c.Name != "Коваленко Олена" || c.ForName != "Бойко Іван" || c.Action != string(authz.CityManage) {
		t.Errorf("the newest change: %+v", c)
	}
	got := map[string][2]any{}
	for _, d := range c.Diffs {
		got[d.Column] = [2]any{d.Old, d.New}
	}
	if got["name_uk"] != [2]any{"Відділ", "Управління"} || got["active"] != [2]any{true, false} || len(got) != 3 {
		t.Errorf("diffs: %v", got)
	}
	if list[1].Op != audit.Insert || len(list[1].Diffs) == 0 {
		t.Errorf("the first change: %+v", list[1])
	}

	day := time.Now().Truncate(24 * time.Hour)
	for _, q := range []struct {
		name string
		q    audit.Query
		want int
		more bool
	}{
		{"everything", audit.Query{}, 6, false},
		{"a table", audit.Query{Table: "people"}, 2, false},
		{"any of two tables", audit.Query{Tables: []string{"people", "units"}}, 4, false},
		{"an actor", audit.Query{Actor: "person:1"}, 2, false},
		{"every system actor", audit.Query{Actor: "system:"}, 4, false},
		{"an operation", audit.Query{Op: audit.Update}, 1, false},
		{"an action", audit.Query{Action: string(authz.CityManage)}, 2, false},
		{"from a day on", audit.Query{From: day}, 6, false},
		{"before the day", audit.Query{Until: day.Add(-48 * time.Hour)}, 0, false},
		{"a page", audit.Query{Limit: 3}, 3, true},
		{"the page after it", audit.Query{Limit: 3, Before: ":2"}, 1, false},
		{"a value that is no table", audit.Query{Table: "x'; DROP TABLE units; --"}, 0, false},
	} {
		list, more, err := r.Search(ctx, admin, q.q)
		if err != nil || len(list) != q.want || (more != "") != q.more {
			t.Errorf("%s: %d rows, more %q, %v", q.name, len(list), more, err)
		}
	}
	f, err := r.Facets(ctx, admin)
	if err != nil || len(f.Tables) < 10 || len(f.Actions) < 10 {
		t.Errorf("facets: %v, %v", f, err)
	}
	clerk := authz.Actor{Kind: authz.KindPerson, ID: 1, Roles: []authz.Role{authz.RoleSpecialist}}
	if _, err := r.History(ctx, clerk, "units", "1"); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a specialist reads the trail: %v", err)
	}
}

// TestValuesOfNewRows: the trail keeps them as they are, nulls inside of a value
// included, without secrets; what earlier versions wrote reads the same.
func TestValuesOfNewRows(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	e.Owner(t, "INSERT INTO people (email, name, password_hash, created_at) VALUES ('a@example.org', 'Коваленко Олена', 'argon', '2026-11-25T10:00:00Z')")
	e.Owner(t, `INSERT INTO districts (kind, code, name_uk, geometry, created_at) VALUES ('district', '1', 'Район', '{"a": null, "b": [null, 1]}', '2026-11-25T10:00:00Z')`)
	e.Owner(t, `INSERT INTO streets (kind, name, search, created_at) VALUES ('вулиця', 'Київська', 'київська', '2026-11-25T10:00:00Z')`)
	e.Owner(t, `INSERT INTO portal_secrets (name, secret, created_at) VALUES ('x', 'y', '2026-11-25T10:00:00Z')`)
	e.Owner(t, `INSERT INTO audit.trail (table_name, row_id, op, actor, action, changes) VALUES ('units', '7', 'I', 'system:old', 'x', '{"code": [null, "a"]}')`)
	r := audit.New(e.DB)
	admin := authz.Actor{Kind: authz.KindPerson, ID: 1, Roles: []authz.Role{authz.RoleAdmin}}
	for _, c := range []struct {
		table, row string
		want       map[string]any
		absent     []string
	}{
		{"people", "1", map[string]any{"password_hash": "•••", "demo": false}, []string{"email_confirmed_at"}},
		{"districts", "1", map[string]any{"geometry": map[string]any{"a": nil, "b": []any{nil, json.Number("1")}}}, nil},
		{"streets", "1", map[string]any{"name": "Київська"}, []string{"search", "lat"}},
		{"portal_secrets", "x", map[string]any{"name": "x", "secret": "•••"}, nil},
		{"units", "7", map[string]any{"code": "a"}, nil},
	} {
		list, err := r.History(ctx, admin, c.table, c.row)
		if err != nil || len(list) != 1 || list[0].Op != audit.Insert {
			t.Fatalf("%s: %+v, %v", c.table, list, err)
		}
		got := map[string]any{}
		for _, d := range list[0].Diffs {
			if d.Old != nil {
				t.Errorf("%s.%s was %v before it was", c.table, d.Column, d.Old)
			}
			got[d.Column] = d.New
		}
		for k, v := range c.want {
			if !reflect.DeepEqual(got[k], v) {
				t.Errorf("%s.%s is %v, want %v", c.table, k, got[k], v)
			}
		}
		for _, k := range c.absent {
			if _, there := got[k]; there {
				t.Errorf("%s.%s is there", c.table, k)
			}
		}
	}
	if n := e.Count(t, "SELECT count(*) FROM audit.trail WHERE changes::text ~ 'argon|x79'"); n != 0 {
		t.Error("the trail holds a secret")
	}
}
