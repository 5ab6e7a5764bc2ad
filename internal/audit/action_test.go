package audit

import (
	"fmt"
	"slices"
	"testing"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
)

// TestActions: what one person did to one record by one request is one action, with
// what belongs to the record; another person, another record and another moment are others.
func TestActions(t *testing.T) {
	t.Parallel()
	e, r := house(t)
	e.Owner(t, "UPDATE letters SET created_at = created_at - interval '1 hour'") // else one of them is of the same moment
	clerk := authz.Actor{Kind: authz.KindPerson, ID: 2, Roles: []authz.Role{authz.RoleManager}}
	write := func(a authz.Actor, act authz.Action, sql ...string) {
		t.Helper()
		err := e.DB.Write(bg, a, act, func(tx *db.Tx) error {
			if err := tx.Authorize(authz.Anyone); err != nil {
				return err
			}
			for _, s := range sql {
				if err := tx.Exec(s).Error; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write(clerk, authz.AppealResolve, "UPDATE appeals SET executor_id = 2, version = version + 1 WHERE id = 1", "UPDATE answers SET body = 'інше', version = version + 1 WHERE appeal_id = 1",
		"INSERT INTO appeal_coexecutors (appeal_id, person_id, created_at) VALUES (1, 3, now())")
	write(admin, authz.CityManage, "INSERT INTO units (code, name_uk, created_at) SELECT 'mass' || g, 'Відділ ' || g, now() FROM generate_series(1, 9) g")
	write(admin, authz.CityManage, "UPDATE units SET active = false WHERE code LIKE 'mass%'")
	write(admin, authz.CityManage, "UPDATE units SET name_uk = 'А' WHERE code = 'mass1'", "UPDATE units SET name_uk = 'Б' WHERE code = 'mass2'")

	list, next, err := r.Actions(bg, admin, Query{Limit: 5})
	if err != nil || next == "" || len(list) < 5 {
		t.Fatalf("%d actions, %q, %v", len(list), next, err)
	}
	for i, want := range []struct {
		record  string
		changes int
		also    int
	}{{"units", 1, 0}, {"units", 1, 0}, {"units", 1, 8}, {"units", 1, 8}, {"appeals/1 ЖП-1", 3, 0}} {
		x := list[i]
		record := x.Record.Table
		if want.record != "units" {
			record = x.Record.Table + "/" + x.Record.Row + " " + x.Record.Label
		}
		if record != want.record || len(x.Changes) != want.changes || len(x.Also) != want.also || x.Cut {
			t.Errorf("action %d: %s, %d changes, %d records more, cut %v; want %+v", i, record, len(x.Changes), len(x.Also), x.Cut, want)
		}
	}
	if d := list[2].Changes[0].Diffs; len(d) != 1 || d[0].Column != "active" {
		t.Errorf("what was done to all of them: %+v", d)
	}
	if x := list[4]; x.Actor != "person:2" || x.Name != "Бойко Олег" || x.Action != string(authz.AppealResolve) {
		t.Errorf("who: %+v", x)
	}
	if list, _, err := r.Actions(bg, admin, Query{Table: "units", Column: "active", Op: Update}); err != nil || len(list) != 1 {
		t.Errorf("an attribute: %d actions, %v", len(list), err)
	}
	if list, _, err := r.Actions(bg, clerk, Query{}); err == nil || len(list) != 0 {
		t.Errorf("a manager reads the trail: %v", err)
	}

	// Signatures under a petition are never put together: that would count what is sealed.
	if list, _, err := r.Actions(bg, admin, Query{Table: "petition_signatures"}); err != nil || slices.ContainsFunc(list, func(x Action) bool { return len(x.Changes) > 1 || len(x.Also) > 0 }) {
		t.Errorf("signatures: %+v, %v", list, err)
	}
	// In the story of a record everything is of it.
	story, more, err := r.StoryActions(bg, admin, "appeals", "1")
	if err != nil || more || len(story) == 0 {
		t.Fatalf("%d actions, %v, %v", len(story), more, err)
	}
	for _, x := range story {
		if x.Record != (Record{"appeals", "1", "ЖП-1"}) {
			t.Errorf("of another record: %+v", x.Record)
		}
	}
}

// TestPagesOfActions: however short the pages, each row comes once and no action is cut.
func TestPagesOfActions(t *testing.T) {
	t.Parallel()
	e, r := house(t)
	for i := range 12 { // actions of three rows
		err := e.DB.Write(bg, admin, authz.CityManage, func(tx *db.Tx) error {
			if err := tx.Authorize(authz.Anyone); err != nil {
				return err
			}
			for range 3 {
				if err := tx.Exec("UPDATE units SET phone = coalesce(phone, '') || ? WHERE id = 1", fmt.Sprint(i)).Error; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	rows, _, err := r.Search(bg, admin, Query{Limit: maxLimit})
	if err != nil {
		t.Fatal(err)
	}
	key := func(c Change) string { return c.Table + "/" + fmt.Sprint(c.ID) }
	for _, limit := range []int{1, 2, 3, 7, 50} {
		var seen []string
		q := Query{Limit: limit}
		for range 200 {
			list, next, err := r.Actions(bg, admin, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range list {
				if x.Cut {
					t.Errorf("limit %d: cut: %+v", limit, x.Record)
				}
				for _, c := range x.Changes {
					seen = append(seen, key(c))
				}
				for i := range x.Also {
					seen = append(seen, fmt.Sprint("also", len(seen), i))
				}
			}
			if q.Before = next; next == "" {
				break
			}
		}
		if len(seen) != len(rows) {
			t.Errorf("limit %d: %d rows of %d", limit, len(seen), len(rows))
		}
		slices.Sort(seen)
		if n := len(slices.Compact(seen)); n != len(rows) {
			t.Errorf("limit %d: %d rows are different", limit, n)
		}
	}
}

// TestAnActionTooLongForAPage says that it goes on.
func TestAnActionTooLongForAPage(t *testing.T) {
	t.Parallel()
	e, r := house(t)
	e.Owner(t, "INSERT INTO units (code, name_uk, created_at) SELECT 'mass' || g, 'Відділ ' || g, now() FROM generate_series(1, 700) g")
	list, next, err := r.Actions(bg, admin, Query{})
	if err != nil || next == "" || len(list) == 0 || !list[len(list)-1].Cut {
		t.Fatalf("%d actions, %q, %v", len(list), next, err)
	}
	if n := len(list[0].Also) + 1; n != maxLimit {
		t.Errorf("%d records of it on the first page", n)
	}
	list, _, err = r.Actions(bg, admin, Query{Before: next})
	if err != nil || len(list) < 2 || len(list[0].Also)+1 != 200 {
		t.Errorf("the rest: %d actions, %v", len(list), err)
	}
}
