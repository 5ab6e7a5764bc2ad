package admin

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ereception/internal/audit"
	"ereception/internal/authz"
	"ereception/internal/pgtest"
	"ereception/internal/platform/i18n"
)

// kindsIn are the kinds of events that the sources of an area write, and of its letters.
func kindsIn(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`Kind: "([a-z_.]+[a-z])"`).FindAllStringSubmatch(string(body), -1) {
			out = append(out, m[1])
		}
	}
	if len(out) < 5 {
		t.Fatalf("%s writes %d kinds of events", dir, len(out))
	}
	return out
}

// TestTrailWords walks what the trail can hold, as the database itself has it:
// every table and column, every value of an enumeration and every action has
// words in both catalogues.
func TestTrailWords(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	facets, err := audit.New(e.DB).Facets(context.Background(), authz.Actor{Kind: authz.KindPerson, ID: 1, Roles: []authz.Role{authz.RoleAdmin}})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := e.DB.ReadPool().Query(context.Background(), `SELECT c.relname::text, a.attname::text, coalesce(array_agg(v[1]) FILTER (WHERE v IS NOT NULL), '{}')
		FROM pg_class c
		LEFT JOIN pg_trigger g ON g.tgrelid = c.oid AND g.tgname = 'audit_row'
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum] AND pg_get_constraintdef(k.oid) LIKE '% = ANY (ARRAY[%'
		LEFT JOIN LATERAL regexp_matches(pg_get_constraintdef(k.oid), '''(\w+)''::text', 'g') v ON true
		WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($1)
		  AND (g.oid IS NULL OR a.attname <> ALL (string_to_array(split_part(encode(g.tgargs, 'escape'), '\000', 2), ',')))
		GROUP BY 1, 2`, facets.Tables)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	hidden := []string{"id", "version"} // changes leaves them out
	columns, values := 0, 0
	for rows.Next() {
		var table, column string
		var codes []string
		if err := rows.Scan(&table, &column, &codes); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(audit.AttributesOf(table), column) {
			continue // a table that keeps itself does not show it (internal/audit/sources.go)
		}
		columns++
		for _, loc := range i18n.Locales {
			ctx := i18n.With(context.Background(), loc)
			if tableName(ctx, table) == table {
				t.Errorf("%s: no word for table %s", loc, table)
			}
			if !slices.Contains(hidden, column) && columnName(ctx, table, column) == column {
				t.Errorf("%s: no word for column %s.%s", loc, table, column)
			}
			for _, code := range codes {
				values++
				if word := codeName(ctx, table, column, code); word == "" || strings.Contains(word, "{") {
					t.Errorf("%s: no word for %s.%s = %q: %q", loc, table, column, code, word)
				}
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if columns < 200 || values < 50 {
		t.Fatalf("the walk saw %d columns and %d values", columns, values)
	}
	for _, loc := range i18n.Locales {
		ctx := i18n.With(context.Background(), loc)
		for _, table := range facets.Tables {
			for _, column := range audit.AttributesOf(table) {
				if !slices.Contains(hidden, column) && columnName(ctx, table, column) == column {
					t.Errorf("%s: no word for %s.%s", loc, table, column)
				}
			}
		}
		for table, area := range map[string]string{"appeal_events": "appeals", "petition_events": "petitions"} {
			for _, kind := range kindsIn(t, "../../internal/"+area) {
				if codeName(ctx, table, "kind", kind) == "" && codeName(ctx, "letters", "kind", kind) == "" {
					t.Errorf("%s: no word for the event %s of %s", loc, kind, area)
				}
			}
		}
		for _, act := range facets.Actions {
			if actionName(ctx, act) == act {
				t.Errorf("%s: no word for action %s", loc, act)
			}
		}
	}
}

// TestEveryJobOfThePortalHasAName: the trail names no worker of the portal by its code.
func TestEveryJobOfThePortalHasAName(t *testing.T) {
	t.Parallel()
	n := 0
	err := filepath.WalkDir("../../internal", func(path string, f os.DirEntry, err error) error {
		if err != nil || f.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "internal/tools/") || strings.Contains(path, "internal/pgtest/") {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range regexp.MustCompile(`authz\.System\("([^"]+)"\)`).FindAllStringSubmatch(string(body), -1) {
			n++
			if !i18n.Has("admin.job." + m[1]) {
				t.Errorf("%s: the worker %q has no name", path, m[1])
			}
		}
		return nil
	})
	if err != nil || n < 15 {
		t.Fatalf("%d workers, %v", n, err)
	}
}
