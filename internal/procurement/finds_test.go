package procurement

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"

	"ereception/internal/pgtest"
)

// inStep compares the finds with the register.
const inStep = `SELECT count(*) FROM (
	(SELECT r.kind, r.id, r.day, r.amount, r.currency, r.example, procurement_terms(r) FROM procurement_register r EXCEPT ALL SELECT kind, id, day, amount, currency, example, terms FROM procurement_finds)
	UNION ALL (SELECT kind, id, day, amount, currency, example, terms FROM procurement_finds EXCEPT ALL SELECT r.kind, r.id, r.day, r.amount, r.currency, r.example, procurement_terms(r) FROM procurement_register r)) x`

// randomRegister fills a register with words, suppliers, codes and signs, some of
// them in nearly all rows and some in a few.
func randomRegister(t *testing.T, e *pgtest.Env, rows int) {
	t.Helper()
	e.Owner(t, `INSERT INTO procurement_buyers (code, name, created_at) SELECT lpad(b::text, 8, '0'), 'Заклад', now() FROM generate_series(1, 9) b ON CONFLICT DO NOTHING`)
	e.Owner(t, `INSERT INTO procurement_register (kind, id, number, day, year, title, buyer_code, buyer_name, supplier_keys, cpv, cpv_path, method, status, amount, currency, signs, clear,
			example, modified_at, changed_at, search)
		SELECT k, 'x' || md5(g::text), 'n-' || g, day, extract(year FROM day AT TIME ZONE 'Europe/Kyiv')::int, 't', lpad((1 + g % 7 * (g % 2))::text, 8, '0'), 'b',
			CASE WHEN k = 'plan' THEN '{}' WHEN g % 50 = 0 THEN ARRAY['UA-EDR-1', 'UA-EDR-O''B\r'] ELSE ARRAY['UA-EDR-' || g % 30 * (g % 3) / 2] END, '45',
			CASE g % 3 WHEN 0 THEN ARRAY['45', '452', '4526'] WHEN 1 THEN ARRAY['45', '453'] ELSE ARRAY['33', '331'] END, CASE g % 5 WHEN 0 THEN '' ELSE 'm' || g % 4 END, 's' || g % 13 / 12,
			CASE WHEN g % 17 > 0 THEN (h % 100000) / 100.0 END, CASE WHEN g % 40 = 0 THEN 'EUR' ELSE 'UAH' END,
			CASE WHEN g % 11 = 0 THEN ARRAY['DASU-3-3'] WHEN g % 97 = 0 THEN ARRAY['DASU-3-3@contract', 'sas24-3-5'] ELSE '{}' END, '{}', g % 19 = 0, day, day,
			array_to_tsvector(ARRAY['ремонт' || CASE g % 4 WHEN 0 THEN '' WHEN 1 THEN 'ний' ELSE 'ік' END, 'b', 'слово' || h % 60, 'рідке' || h % 1500] || CASE WHEN g % 3 > 0 THEN ARRAY['школа'] ELSE '{}' END)
		FROM (SELECT g, abs(hashint4(g)::bigint) h, (ARRAY['contract', 'tender', 'contract', 'plan'])[1 + g % 4] k, timestamptz '2019-01-01' + make_interval(hours => (abs(hashint4(g * 3)::bigint) % 40000)::int / 24 * 24) AS day
			FROM generate_series(1, $1) g) x`, rows)
	e.Owner(t, "ANALYZE procurement_finds")
}

// TestSearchSaysWhatPlainSQLSays: whichever way a search takes, its total, its sum
// and its pages are those of one plain statement over the register.
func TestSearchSaysWhatPlainSQLSays(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	randomRegister(t, e, 12000)
	if n := e.Count(t, inStep); n != 0 {
		t.Fatalf("%d rows of the finds differ", n)
	}
	ctx := context.Background()
	s := newService(t, e)
	rnd := rand.New(rand.NewPCG(3, 14)) //nolint:gosec // the same in every run
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	walked, counted, over := 0, 0, 0
	check := func(text string) {
		t.Helper()
		v, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		q, bad := ParseQuery(v)
		if err := bad.OrNil(); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		p := params{}
		list, impossible, err := s.conditions(ctx, q, &p)
		if err != nil || impossible {
			t.Fatalf("%s: %v", text, err)
		}
		var n int
		var sum string
		if err := e.DB.Pool().QueryRow(ctx, "SELECT count(*), coalesce(sum(r.amount) FILTER (WHERE r.currency = 'UAH'), 0)::text FROM procurement_register r WHERE "+where(list), p...).Scan(&n, &sum); err != nil {
			t.Fatal(err)
		}
		page := max(1, q.Page)
		rows, err := e.DB.Pool().Query(ctx, "SELECT r.id FROM procurement_register r WHERE "+where(list)+" ORDER BY "+orderOf(q)+fmt.Sprintf(" LIMIT %d OFFSET %d", PageSize, (page-1)*PageSize), p...)
		if err != nil {
			t.Fatal(err)
		}
		want, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if order := cmp.Or(q.Sort, SortDay); byTerms(list, order) {
			k, err := s.known(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if k.choose(q.Kind, list, order, totalMax+1).walk > 0 {
				walked++
			} else {
				counted++
			}
		}
		for range 2 { // the second time out of what is remembered
			r, err := s.Search(ctx, q)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			var got []string
			for _, h := range r.Hits {
				got = append(got, h.ID)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s: page %v, want %v", text, got, want)
			}
			switch {
			case r.AtLeast:
				over++
				if n <= totalMax || r.Total != totalMax || r.Sum != "" {
					t.Fatalf("%s: more than %d of %q, there are %d", text, r.Total, r.Sum, n)
				}
			case r.Total != n || number(r.Sum) != number(sum):
				t.Fatalf("%s: %d of %s, there are %d of %s", text, r.Total, r.Sum, n, sum)
			}
		}
	}
	for range 600 {
		v := url.Values{}
		add := func(odds int, key string, values ...string) {
			if rnd.IntN(odds) == 0 {
				v.Set(key, pick(values...))
			}
		}
		add(2, "kind", Tenders, Plans)
		add(2, "q", "ремонт", "ремонтний школа", "школа", "слово"+strconv.Itoa(rnd.IntN(60)), "рідке"+strconv.Itoa(rnd.IntN(1500)), "рем рідке7", "b", "ре слово3 шк", "нема")
		add(6, "buyer", "00000001", "00000003", "99999999")
		add(6, "supplier", "UA-EDR-1", "UA-EDR-0", "UA-EDR-29", `UA-EDR-O'B\r`, "UA-EDR-nobody")
		add(4, "cpv", "45", "452", "331", "77")
		add(9, "method", "m1", "m3")
		add(9, "status", "s0", "s1")
		add(7, "sign", AnySign, "DASU-3-3", "DASU-3-3@contract", "sas24-3-5")
		add(6, "year", "2019", "2021", "2024")
		add(7, "from", "2020-05-01", "2023-07-01")
		add(7, "to", "2023-07-02", "2023-12-31")
		add(5, "min", "0", "400.5", "900", "999")
		add(7, "max", "1000", "999.99")
		add(2, "sort", SortAmount)
		add(3, "page", "2", "3", "30", "50")
		check(v.Encode())
	}
	if walked < 10 || counted < 100 || over < 20 {
		t.Errorf("walked %d times, counted %d times, more than %d found %d times: the test proves little", walked, counted, totalMax, over)
	}
}

// TestFindsFollowTheRegister: whatever writes to the register.
func TestFindsFollowTheRegister(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	randomRegister(t, e, 1000)
	for _, c := range []struct{ name, sql string }{
		{"a new word", "UPDATE procurement_register SET search = array_to_tsvector(ARRAY['інше']) WHERE number LIKE '%1'"},
		{"a sign", "UPDATE procurement_register SET signs = '{sas24-3-5}' WHERE number LIKE '%2'"},
		{"no sign any more", "UPDATE procurement_register SET signs = '{}' WHERE number LIKE '%22'"},
		{"a status, a sum, a day", "UPDATE procurement_register SET status = 's9', amount = amount + 1, day = day + interval '1 year', year = year + 1 WHERE number LIKE '%3'"},
		{"an example", "UPDATE procurement_register SET example = NOT example WHERE number LIKE '%4'"},
		{"another buyer and currency", "UPDATE procurement_register SET buyer_code = '00000009', currency = 'USD', method = 'x' WHERE number LIKE '%5'"},
		{"a supplier and a code", "UPDATE procurement_register SET supplier_keys = '{UA-EDR-77}', cpv_path = '{77}' WHERE number LIKE '%6'"},
		{"a title, which nobody searches in", "UPDATE procurement_register SET title = 'u'"},
		{"rows go", "DELETE FROM procurement_register WHERE number LIKE '%7'"},
	} {
		e.Owner(t, c.sql)
		if n := e.Count(t, inStep); n != 0 {
			t.Errorf("%s: %d rows of the finds differ", c.name, n)
		}
	}
}

func TestTermsAsQuery(t *testing.T) {
	t.Parallel()
	list := append(wordTerms(tsQuery("Ремонти школа UA-2024-1")), mark(markSupplier, `UA-EDR-O'B\r`, "fop-1"), mark(markYear, "2025"))
	want := `'ремонт':* & 'школ':* & 'ua-2024-1':* & ('=sUA-EDR-O''B\\r' | '=sfop-1') & '=y2025'`
	if got := tsQueryOf(list); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
