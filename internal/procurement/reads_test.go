package procurement

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/xuri/excelize/v2"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
)

// loaded is a register with all the samples in it.
func loaded(t *testing.T) (*pgtest.Env, *Service) {
	t.Helper()
	e := pgtest.New(t)
	s := newService(t, e)
	for _, d := range allSamples(t) {
		if _, err := s.Put(context.Background(), d.Data, FromDemo); err != nil && !errors.Is(err, ErrNotDocument) && !errors.Is(err, ErrBroken) {
			t.Fatalf("%s: %v", d.File, err)
		}
	}
	return e, s
}

func search(t *testing.T, s *Service, query string) Result {
	t.Helper()
	v, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	q, bad := ParseQuery(v)
	if err := bad.OrNil(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	r, err := s.Search(context.Background(), q)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return r
}

func TestParseQuery(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, canonical, bad string }{
		{"nothing", "", "", ""},
		{"contracts are what is searched by itself", "kind=contract&page=1&sort=day", "", ""},
		{"a code of CPV as it is written", "cpv=45000000-7+Будівельні+роботи", "cpv=45", ""},
		{"a group of CPV", "cpv=45260000", "cpv=4526", ""},
		{"words are no code of CPV", "cpv=дах", "", "cpv"},
		{"a supplier by his code and name", "supplier=12345678+ТОВ", "supplier=UA-EDR-12345678", ""},
		{"a supplier by his name", "supplier=Приклад-Буд", "supplier=Приклад-Буд", ""},
		{"a sum with blanks and a comma", "min=1+500+000,50", "min=1500000.50", ""},
		{"a negative sum", "min=-5", "", "min"},
		{"the range upside down", "min=10&max=5", "min=10", "max"},
		{"days of both forms", "from=01.02.2026&to=2026-02-03", "from=2026-02-01&to=2026-02-03", ""},
		{"a period upside down", "from=2026-02-03&to=2026-02-01", "from=2026-02-03", "to"},
		{"a day that there is not", "from=2026-02-30", "", "from"},
		{"a year in words", "year=торік", "", "year"},
		{"a page far away", "page=999999", "page=50", ""},
		{"a sign in one profile", "sign=DASU-3-3@contract", "sign=DASU-3-3@contract", ""},
		{"a sign with SQL in it", "sign=a'b", "", "sign"},
		{"a sign that nobody calculates", "sign=nonsense", "", "sign"},
		{"an indicator of an older list", "sign=RISK-1-21", "", "sign"},
		{"a profile of an indicator that has none", "sign=sas24-3-1@contract", "", "sign"},
		{"a profile that there is not", "sign=DASU-3-3@x", "", "sign"},
		{"an empty profile", "sign=DASU-3-3@", "", "sign"},
		{"any sign", "sign=any", "sign=any", ""},
		{"a state that nobody knows yet", "status=active.new", "status=active.new", ""},
		{"an order that there is not", "sort=name", "", "sort"},
		{"a kind that there is not", "kind=bribe", "", "kind"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := url.ParseQuery(c.in)
			if err != nil {
				t.Fatal(err)
			}
			q, bad := ParseQuery(v)
			got, err := url.QueryUnescape(q.Values().Encode())
			if err != nil || got != c.canonical {
				t.Errorf("canonical %q, want %q (%v)", got, c.canonical, err)
			}
			var fields []string
			for _, f := range bad.Fields {
				fields = append(fields, f.Name)
				if q.Typed(f.Name) != v.Get(f.Name) {
					t.Errorf("what was typed is lost: %q", q.Typed(f.Name))
				}
			}
			if strings.Join(fields, ",") != c.bad {
				t.Errorf("at fault: %v, want %q", fields, c.bad)
			}
			again, _ := ParseQuery(q.Values())
			if again.Values().Encode() != q.Values().Encode() {
				t.Error("the canonical form is not its own")
			}
		})
	}
}

func TestSearchFindsEveryRowByEachOfItsParts(t *testing.T) {
	t.Parallel()
	_, s := loaded(t)
	for _, k := range []string{Contracts, Tenders, Plans} {
		all := search(t, s, "kind="+k)
		if all.Total == 0 || len(all.Hits) == 0 || all.AtLeast {
			t.Fatalf("%s: %+v", k, all)
		}
		if !slices.IsSortedFunc(all.Hits, func(a, b Hit) int { return b.Day.Compare(a.Day) }) {
			t.Errorf("%s: not by day", k)
		}
		for _, h := range all.Hits {
			queries := map[string]string{
				"number": "q=" + url.QueryEscape(h.Number), "year": fmt.Sprint("year=", h.Year), "status": "status=" + url.QueryEscape(h.Status),
				"day":  "from=" + isoDay(h.Day) + "&to=" + isoDay(h.Day),
				"part": "q=" + url.QueryEscape(h.Number[:len(h.Number)-3]),
			}
			if h.BuyerCode != "" {
				queries["buyer"] = "buyer=" + url.QueryEscape(h.BuyerCode)
			}
			if h.SupplierKey != "" {
				queries["supplier"] = "supplier=" + url.QueryEscape(h.SupplierKey)
			}
			if len(h.CPV) > 4 {
				queries["cpv"] = "cpv=" + h.CPV
				queries["division"] = "cpv=" + h.CPV[:2]
			}
			if h.Method != "" {
				queries["method"] = "method=" + h.Method
			}
			if h.Amount != "" && h.Amount[0] != '-' {
				queries["amount"] = "min=" + h.Amount + "&max=" + h.Amount
			}
			if len(h.Signs) > 0 {
				queries["sign"] = "sign=" + h.Signs[0]
				queries["any sign"] = "sign=any"
			}
			for what, query := range queries {
				found := false
				for page := 1; page < 20 && !found; page++ {
					r := search(t, s, "kind="+k+"&"+query+fmt.Sprint("&page=", page))
					found = slices.ContainsFunc(r.Hits, func(x Hit) bool { return x.ID == h.ID })
					if !r.More {
						break
					}
				}
				if !found {
					t.Errorf("%s %s is not found by %s: %s", k, h.Number, what, query)
				}
			}
		}
		byAmount := search(t, s, "kind="+k+"&sort=amount")
		if byAmount.Total != all.Total || byAmount.Sum != all.Sum {
			t.Errorf("the order changes the total: %v %v", byAmount.Total, all.Total)
		}
	}
}

func TestSearchPagesAreDisjointAndWhole(t *testing.T) {
	t.Parallel()
	_, s := loaded(t)
	for _, query := range []string{"", "sort=amount", "q=а", "kind=tender", "kind=tender&method=belowThreshold"} {
		seen := map[string]bool{}
		total := 0
		for page := 1; ; page++ {
			r := search(t, s, query+fmt.Sprint("&page=", page))
			for _, h := range r.Hits {
				if seen[h.ID] {
					t.Errorf("%s: %s twice", query, h.ID)
				}
				seen[h.ID] = true
			}
			total = r.Total
			if !r.More {
				break
			}
		}
		if len(seen) != total {
			t.Errorf("%s: %d rows on the pages, %d in total", query, len(seen), total)
		}
	}
}

// invent puts a tender of its own into the register.
func invent(t *testing.T, s *Service, id, title, buyer, supplier string, amount any) PutResult {
	t.Helper()
	doc := map[string]any{
		"id": strings.Repeat(id, 32)[:32], "tenderID": "UA-2026-01-0" + id + "-00000" + id + "-a", "status": "complete", "title": title,
		"procurementMethodType": "aboveThreshold", "procurementMethod": "open", "dateModified": "2026-01-0" + id + "T10:00:00+02:00", "dateCreated": "2026-01-0" + id + "T09:00:00+02:00",
		"value":           map[string]any{"amount": amount, "currency": "UAH"},
		"procuringEntity": map[string]any{"name": "Замовник " + buyer, "kind": "general", "identifier": map[string]any{"scheme": "UA-EDR", "id": buyer}},
		"items":           []any{map[string]any{"id": "i", "description": title, "classification": map[string]any{"scheme": "ДК021", "id": "45260000-7"}}},
		"awards":          []any{map[string]any{"id": "w" + id, "status": "active", "suppliers": []any{map[string]any{"name": "ФОП Іваненко Іван Іванович", "identifier": map[string]any{"scheme": "UA-EDR", "id": supplier}}}}},
		"contracts":       []any{map[string]any{"id": strings.Repeat("c"+id, 16), "contractID": "UA-2026-01-0" + id + "-00000" + id + "-a-a1", "contractNumber": "Іваненко-" + id, "status": "active", "awardID": "w" + id, "value": map[string]any{"amount": amount, "currency": "UAH"}}},
		"documents":       []any{map[string]any{"id": "d", "title": "Протокол, ФОП Іваненко " + supplier + ".pdf", "format": "application/pdf", "url": "https://example.org/d", "datePublished": "2026-01-01T10:00:00+02:00", "dateModified": "2026-01-01T10:00:00+02:00"}},
		"bids":            []any{map[string]any{"id": "b", "status": "active", "tenderers": []any{map[string]any{"name": "ФОП Іваненко Іван Іванович", "identifier": map[string]any{"scheme": "UA-EDR", "id": supplier}, "contactPoint": map[string]any{"telephone": "+380671234567", "name": "Секретний Секрет"}}}}},
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return put(t, s, raw)
}

func TestSearchByForms(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	invent(t, s, "1", "Капітальний ремонт об’єктів водопостачання", "11111111", "22222222", 100.5)
	invent(t, s, "2", "Школи: поточні ремонти", "11111111", "22222222", 200)
	for _, c := range []struct {
		name, q string
		n       int
	}{
		{"the plural finds the singular", "ремонти", 2},
		{"the singular finds the plural", "школа", 1},
		{"another apostrophe", "об'єкт", 1},
		{"none at all", "обєкти", 1},
		{"two words", "ремонт водопостачання", 1},
		{"a word that is not there", "ремонт асфальту", 0},
		{"the number", "UA-2026-01-01-000001-a", 1},
		{"the code of the buyer", "11111111", 2},
		{"signs only", "!!!", 0},
		{"quotes", `'"\:*&|`, 0},
	} {
		if got := search(t, s, "kind=tender&q="+url.QueryEscape(c.q)); got.Total != c.n || len(got.Hits) != c.n {
			t.Errorf("%s: %d hits, want %d", c.name, got.Total, c.n)
		}
	}
	if r := search(t, s, "kind=tender"); r.Sum != "300.50" {
		t.Errorf("sum %s", r.Sum)
	}
	if r := search(t, s, "kind=tender&q=ремонт&min=150"); r.Total != 1 || r.Sum != "200.00" {
		t.Errorf("%+v", r)
	}
}

// secret is what nobody may find anywhere.
var secret = regexp.MustCompile(`1234567899|Іваненко|Секрет|380671234567`)

func TestViewsMaskSoleTraders(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	invent(t, s, "1", "Послуги ФОП Іваненко", "11111111", "1234567899", 100)
	ctx := i18n.With(context.Background(), "uk")
	tender, err := s.Tender(ctx, "UA-2026-01-01-000001-a")
	if err != nil {
		t.Fatal(err)
	}
	if len(tender.Awards) != 1 || !tender.Awards[0].Suppliers[0].SoleTrader || !strings.HasPrefix(tender.Awards[0].Suppliers[0].Key, "fop-") {
		t.Errorf("%+v", tender.Awards)
	}
	contract, err := s.Contract(ctx, "UA-2026-01-01-000001-a-a1")
	if err != nil {
		t.Fatal(err)
	}
	supplier, err := s.Supplier(ctx, tender.Awards[0].Suppliers[0].Key)
	if err != nil || !supplier.SoleTrader || supplier.Contracts != 1 {
		t.Fatalf("%+v %v", supplier, err)
	}
	overview, err := s.Overview(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, v := range []any{tender, contract, supplier, overview, search(t, s, ""), search(t, s, "kind=tender")} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	for _, f := range []string{"csv", "json"} {
		for _, k := range []string{Contracts, Tenders} {
			if err := s.Export(ctx, Query{Kind: k}, f, &out, "uk"); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.ExportValues(ctx, &out, f, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.TenderOCDS(ctx, "UA-2026-01-01-000001-a", "https://e.example", &out); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"rss", "atom"} {
		if err := s.Feed(ctx, Query{}, FeedOptions{Base: "https://e.example", Format: f, Title: "t"}, &out); err != nil {
			t.Fatal(err)
		}
	}
	if m := secret.FindString(out.String()); m != "" {
		i := strings.Index(out.String(), m)
		t.Errorf("%q is given out: …%s…", m, out.String()[max(0, i-200):min(out.Len(), i+100)])
	}
	if list, err := s.SuggestSuppliers(ctx, "Іваненко", 10); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}

func TestEverySampleHasItsPage(t *testing.T) {
	t.Parallel()
	e, s := loaded(t)
	ctx := i18n.With(context.Background(), "uk")
	n := 0
	for _, k := range []string{Tenders, Contracts, Plans} {
		rows, err := e.DB.ReadPool().Query(ctx, "SELECT id FROM procurement_register WHERE kind = $1", k)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		for _, id := range ids {
			n++
			var view any
			switch k {
			case Tenders:
				v, err2 := s.Tender(ctx, id)
				view, err = v, err2
				if err == nil && (len(v.Lots) == 0 || v.ProzorroURL == "" || v.Number == "") {
					t.Errorf("%s %s: %+v", k, id, v.Hit)
				}
			case Contracts:
				view, err = s.Contract(ctx, id)
			default:
				view, err = s.Plan(ctx, id)
			}
			if err != nil {
				t.Errorf("%s %s: %v", k, id, err)
				continue
			}
			b, err := json.Marshal(view)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(b), "telephone") {
				t.Errorf("%s %s shows a contact", k, id)
			}
		}
	}
	if n < 80 {
		t.Errorf("only %d pages", n)
	}
	for _, err := range []error{
		func() error { _, err := s.Tender(ctx, "UA-none"); return err }(), func() error { _, err := s.Contract(ctx, strings.Repeat("x", 500)); return err }(),
		func() error { _, err := s.Plan(ctx, ""); return err }(), func() error { _, err := s.Supplier(ctx, "'"); return err }(),
		func() error { _, err := s.Buyer(ctx, "99999999"); return err }(),
	} {
		if !errs.Is(err, errs.KindNotFound) {
			t.Errorf("want not found, got %v", err)
		}
	}
	o, err := s.Overview(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !o.Examples || o.Contracts != o.Signs+o.Clear+o.Uncounted || o.Contracts == 0 || len(o.ByBuyer) == 0 || len(o.ByYear) == 0 || o.Competitive.Of != e.Count(t, "SELECT count(*) FROM procurement_register WHERE kind = 'contract' AND method <> ''") {
		t.Errorf("%+v", o)
	}
	for _, list := range [][]Slice{o.ByBuyer, o.ByCPV, o.BySupplier, o.ByYear} {
		count := 0
		for _, x := range list {
			count += x.Count
		}
		if count != o.Contracts {
			t.Errorf("the parts are %d of %d: %+v", count, o.Contracts, list)
		}
	}
	for _, b := range o.ByBuyer {
		if b.Key != "" && !soleTrader(b.Key) {
			p, err := s.Buyer(ctx, b.Key)
			if err != nil || p.Contracts != b.Count || p.Sum != b.Sum {
				t.Errorf("%s: %+v %v, want %+v", b.Key, p, err, b)
			}
		}
	}
	if lines, err := s.BuyerLines(ctx); err != nil || len(lines) == 0 {
		t.Errorf("%v %v", lines, err)
	}
	if _, err := s.Facets(ctx, Contracts); err != nil {
		t.Error(err)
	}
	counts, err := s.IndicatorCounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for id := range counts {
		p, err := s.Indicator(ctx, id)
		if err != nil || p.Contracts != counts[id].Contracts && !strings.Contains(id, "DASU-3-3") {
			t.Errorf("%s: %+v %v", id, p, err)
		}
	}
}

func TestTheFrozenCopyIsNotTheContract(t *testing.T) {
	t.Parallel()
	_, s := loaded(t)
	ctx := i18n.With(context.Background(), "uk")
	var frozen, changed, stubs int
	for page := 1; ; page++ {
		r := search(t, s, fmt.Sprint("page=", page))
		for _, h := range r.Hits {
			c, err := s.Contract(ctx, h.ID)
			if err != nil {
				t.Fatal(err)
			}
			if c.Frozen != nil {
				frozen++
			}
			if c.Stub {
				stubs++
				if c.Frozen != nil || len(c.Changes) > 0 {
					t.Errorf("%s: a stub with a copy of itself", h.Number)
				}
			}
			for _, ch := range c.Changes {
				changed++
				for _, code := range ch.Types {
					if code.Name == "" {
						t.Errorf("%s: a ground without words: %s", h.Number, code.Code)
					}
				}
			}
		}
		if !r.More {
			break
		}
	}
	if frozen == 0 || stubs == 0 || changed == 0 {
		t.Errorf("frozen %d, stubs %d, changes %d", frozen, stubs, changed)
	}
}

func TestHistoryTellsEveryTurn(t *testing.T) {
	t.Parallel()
	one, zero := 1, 0
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	before := []Value{{Indicator: "a", Level: "tender", Value: &one}, {Indicator: "b", Level: "tender", Reason: "old"}, {Indicator: "c", Level: "tender", Value: &zero, Clear: true}}
	after := []Value{{Indicator: "a", Level: "tender", Value: &zero, Clear: true}, {Indicator: "b", Level: "tender", Reason: "old"}, {Indicator: "d", Level: "lot", Lot: "l", Value: &one}, {Indicator: "e", Level: "tender", Reason: "x"}}
	var got []string
	for _, x := range turns(at, "1", before, after) {
		got = append(got, fmt.Sprint(x.Indicator, x.Before != nil, x.After != nil))
	}
	if want := "atrue true dfalse true ctrue false"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestExports(t *testing.T) {
	t.Parallel()
	e, s := loaded(t)
	ctx := context.Background()
	invent(t, s, "3", `=HYPERLINK("http://evil.example")`, "11111111", "22222222", 1234.5)
	total := search(t, s, "kind=tender").Total
	e.Owner(t, "UPDATE procurement_register SET demo = true WHERE kind = 'tender' AND number = 'UA-2020-01-20-900201-a'")
	var b bytes.Buffer
	if err := s.Export(ctx, Query{Kind: Tenders}, "csv", &b, "uk"); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b.Bytes(), []byte("\uFEFF")) {
		t.Error("no BOM")
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\uFEFF"))).ReadAll()
	if err != nil || len(rows) != total+1 {
		t.Fatalf("%d rows of %d: %v", len(rows)-1, total, err)
	}
	guarded := false
	for _, r := range rows[1:] {
		if len(r) != len(exportHeads) {
			t.Fatalf("%d cells", len(r))
		}
		guarded = guarded || strings.HasPrefix(r[5], "'=HYPERLINK")
	}
	if !guarded {
		t.Error("a formula goes out as a formula")
	}
	// What was made up has no page at Prozorro, neither here nor on its own page.
	madeUp := 0
	for _, r := range rows[1:] {
		if r[22] == "true" {
			madeUp++
		}
		if (r[22] == "true") != (r[24] == "") {
			t.Errorf("%s: made up %s, the address at Prozorro %q", r[1], r[22], r[24])
		}
	}
	if madeUp != 1 {
		t.Errorf("%d of %d are made up", madeUp, total)
	}
	b.Reset()
	if err := s.Export(ctx, Query{Kind: Tenders}, "json", &b, "en"); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(b.Bytes(), &list); err != nil || len(list) != total {
		t.Fatalf("%d of %d: %v", len(list), total, err)
	}
	for _, h := range exportHeads {
		if _, ok := list[0][h[0]]; !ok {
			t.Errorf("no field %s", h[0])
		}
	}
	for _, x := range list {
		if _, ok := x["amount"].(float64); !ok && x["amount"] != nil {
			t.Errorf("amount %T", x["amount"])
		}
	}
	b.Reset()
	if err := s.Export(ctx, Query{Kind: Tenders}, "xlsx", &b, "uk"); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := f.GetRows("procurement")
	if err != nil || len(cells) != total+1 || cells[0][1] != "Номер" {
		t.Fatalf("%d rows: %v", len(cells), err)
	}
	b.Reset()
	if err := s.ExportValues(ctx, &b, "json", ""); err != nil {
		t.Fatal(err)
	}
	var values []map[string]any
	if err := json.Unmarshal(b.Bytes(), &values); err != nil || len(values) == 0 {
		t.Fatalf("%d values: %v", len(values), err)
	}
	for _, v := range values {
		if v["value"] == nil || v["method"] == "" || v["calculated_at"] == "" || v["indicator"] == "" {
			t.Fatalf("%v", v)
		}
	}
	b.Reset()
	if err := s.ExportValues(ctx, &b, "csv", ""); err != nil {
		t.Fatal(err)
	}
	// Of one purchase everything is told that its page shows: with the reasons.
	const one = "UA-2020-01-20-900201-a"
	v, err := s.Tender(ctx, one)
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := s.ExportValues(ctx, &b, "json", one); err != nil {
		t.Fatal(err)
	}
	values = nil
	if err := json.Unmarshal(b.Bytes(), &values); err != nil || len(values) != len(v.Judged.Values) {
		t.Fatalf("%d values, the page shows %d: %v", len(values), len(v.Judged.Values), err)
	}
	without := 0
	for _, x := range values {
		if x["tender_number"] != one {
			t.Errorf("a value of another purchase: %v", x)
		}
		if x["value"] == nil {
			if without++; x["reason"] == "" {
				t.Errorf("nobody says why it is not calculated: %v", x)
			}
		}
	}
	if without == 0 {
		t.Error("what is not calculated is left out")
	}
	for _, no := range []string{"UA-2020-01-20-999999-a", "' OR ''='"} {
		if err := s.ExportValues(ctx, io.Discard, "json", no); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("%q: %v", no, err)
		}
	}
	if err := s.Export(ctx, Query{}, "exe", io.Discard, "uk"); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("%v", err)
	}
	// An export through a cursor is more than one step long.
	if _, err := e.DB.Pool().Exec(ctx, `INSERT INTO procurement_register (kind, id, number, day, year, title, buyer_code, buyer_name, status, modified_at, changed_at, search)
		SELECT 'plan', 'p' || g, 'UA-P-' || g, $1, 2026, 't', '1', 'b', 'scheduled', $1, $1, '' FROM generate_series(1, 2500) g`, pgtest.Noon); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	plans := search(t, s, "kind=plan").Total
	if err := s.Export(ctx, Query{Kind: Plans}, "csv", &b, "uk"); err != nil {
		t.Fatal(err)
	}
	if rows, err = csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\uFEFF"))).ReadAll(); err != nil || len(rows) <= 2500 || len(rows) > plans+2501 {
		t.Errorf("%d rows of more than 2500: %v", len(rows), err)
	}
}

// ocdsSchema is that of OCDS 1.1.5, see testdata/ocds/SOURCES.md.
func ocdsSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for name, file := range map[string]string{
		"https://standard.open-contracting.org/schema/1__1__5/release-package-schema.json": "release-package-schema.json",
		"https://standard.open-contracting.org/schema/1__1__5/release-schema.json":         "release-schema.json",
	} {
		f, err := os.Open("testdata/ocds/" + file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(f)
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(name, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("https://standard.open-contracting.org/schema/1__1__5/release-package-schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOCDSIsValid(t *testing.T) {
	t.Parallel()
	e, s := loaded(t)
	ctx := context.Background()
	schema := ocdsSchema(t)
	valid := func(name string, b []byte) map[string]any {
		t.Helper()
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return doc.(map[string]any)
	}
	if doc, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"releases": [{}]}`)); err != nil || schema.Validate(doc) == nil {
		t.Fatal("the schema allows everything")
	}
	// Payments and a plan beside one of the tenders.
	var contract, tender string
	if err := e.DB.Pool().QueryRow(ctx, "SELECT id, tender_id FROM procurement_contracts WHERE EXISTS (SELECT FROM procurement_tenders t WHERE t.id = tender_id AND t.mode = '') AND NOT stub ORDER BY changes DESC LIMIT 1").Scan(&contract, &tender); err != nil {
		t.Fatal(err)
	}
	if _, err := e.DB.Pool().Exec(ctx, `INSERT INTO procurement_payments (source_id, contract_id, payer_code, payee_key, payee_name, amount, paid_on, loaded_at)
		VALUES ('1', $1, '11111111', 'UA-EDR-22222222', 'ТОВ', 10.5, '2026-01-31', $2), ('2', $1, '11111111', 'fop-0123456789abcdef', '', 1, '2026-02-01', $2)`, contract, pgtest.Noon); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.TenderOCDS(ctx, tender, "https://e.example", &b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"transactions"`) {
		t.Error("no payments in the release")
	}
	valid("with payments", b.Bytes())
	seen := map[string]bool{}
	query := url.Values{"kind": {Tenders}}
	for page := range 10 {
		q, bad := ParseQuery(query)
		if err := bad.OrNil(); err != nil {
			t.Fatal(err)
		}
		b.Reset()
		if err := s.OCDS(ctx, q, "https://e.example", &b); err != nil {
			t.Fatal(err)
		}
		doc := valid(fmt.Sprint("page ", page), b.Bytes())
		for _, r := range doc["releases"].([]any) {
			id := r.(map[string]any)["ocid"].(string)
			if !strings.HasPrefix(id, "ocds-be6bcu-") {
				t.Error(id)
			}
			seen[r.(map[string]any)["tender"].(map[string]any)["id"].(string)] = true
		}
		links, ok := doc["links"].(map[string]any)
		if !ok {
			break
		}
		next, err := url.Parse(links["next"].(string))
		if err != nil {
			t.Fatal(err)
		}
		query = next.Query()
	}
	ids := map[string]bool{}
	for range 2 { // the same content gives the same ids
		q, _ := ParseQuery(url.Values{"kind": {Plans}})
		b.Reset()
		if err := s.OCDS(ctx, q, "https://e.example", &b); err != nil {
			t.Fatal(err)
		}
		for _, r := range valid("plans", b.Bytes())["releases"].([]any) {
			ids[r.(map[string]any)["id"].(string)] = true
		}
	}
	if total := search(t, s, "kind=plan").Total; len(ids) != total || total == 0 {
		t.Errorf("%d releases of %d plans", len(ids), total)
	}
	if total := search(t, s, "kind=tender").Total; len(seen) != total {
		t.Errorf("%d releases of %d tenders", len(seen), total)
	}
	b.Reset()
	if err := s.OCDS(ctx, Query{}, "https://e.example", &b); err != nil {
		t.Fatal(err)
	}
	valid("contracts", b.Bytes())
}

// The id of a release is its own within its ocid, and the same for the same content.
func TestReleasesOfOneNumberHaveTheirOwnIDs(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	ctx := context.Background()
	invent(t, s, "1", "Одна", "11111111", "22222222", 7)
	var first []byte
	if err := e.DB.Pool().QueryRow(ctx, "SELECT raw FROM procurement_documents").Scan(&first); err != nil {
		t.Fatal(err)
	}
	raw, err := Unpack(first)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, with(t, raw, map[string]any{"id": strings.Repeat("a", 32), "contracts": nil}))                          // of the same number and moment
	put(t, s, with(t, raw, map[string]any{"id": strings.Repeat("b", 32), "tenderID": "UA-2026-x", "contracts": nil})) // of another number
	ids := func(query string) map[string]string {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		q, _ := ParseQuery(v)
		var b bytes.Buffer
		if err := s.OCDS(ctx, q, "https://e.example", &b); err != nil {
			t.Fatal(err)
		}
		var p struct {
			Releases []struct {
				OCID, ID, Date string
				Tender         struct{ ID string }
			}
		}
		if err := json.Unmarshal(b.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, r := range p.Releases {
			if !strings.HasPrefix(r.ID, r.OCID+"-") || strings.Contains(r.ID, "#") {
				t.Errorf("the id %q of %q", r.ID, r.OCID)
			}
			for tender, id := range out {
				if id == r.ID {
					t.Errorf("the releases of %s and %s are both %s", tender, r.Tender.ID, id)
				}
			}
			out[r.Tender.ID] = r.ID
		}
		return out
	}
	all := ids("kind=tender")
	if len(all) != 3 {
		t.Fatalf("%v", all)
	}
	e.Clock.Advance(time.Hour)
	if again := ids("kind=tender"); !maps.Equal(again, all) {
		t.Errorf("the same content has other ids: %v, %v", all, again)
	}
	if of := ids("kind=contract"); of[strings.Repeat("1", 32)] != all[strings.Repeat("1", 32)] {
		t.Errorf("in another package: %v", of)
	}
	put(t, s, with(t, raw, map[string]any{"dateModified": "2026-01-05T10:00:00+02:00", "title": "Інша"}))
	if changed := ids("kind=tender"); changed[strings.Repeat("1", 32)] == all[strings.Repeat("1", 32)] || changed[strings.Repeat("a", 32)] != all[strings.Repeat("a", 32)] {
		t.Errorf("after a change: %v, %v", all, changed)
	}
}

func TestFeeds(t *testing.T) {
	t.Parallel()
	e, s := loaded(t)
	ctx := i18n.With(context.Background(), "uk")
	tag, at, err := s.FeedState(ctx, Query{})
	if err != nil || tag == "" || at.IsZero() {
		t.Fatal(tag, at, err)
	}
	for _, f := range []string{"rss", "atom"} {
		var b bytes.Buffer
		if err := s.Feed(ctx, Query{}, FeedOptions{Base: "https://e.example", Format: f, Title: "Закупівлі & <інше>", Self: "https://e.example/procurement/search." + f}, &b); err != nil {
			t.Fatal(err)
		}
		dec := xml.NewDecoder(bytes.NewReader(b.Bytes()))
		items := 0
		for {
			tok, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if el, ok := tok.(xml.StartElement); ok && (el.Name.Local == "item" || el.Name.Local == "entry") {
				items++
			}
		}
		if items == 0 || items > feedItems {
			t.Errorf("%s: %d items", f, items)
		}
	}
	// A sign is called one, by the name of its indicator and not by a key of the
	// register, and says of itself what it is not; an example says that it is one.
	e.Owner(t, "UPDATE procurement_register SET signs = '{DASU-3-3,DASU-3-3@contract,sas24-3-4}' WHERE signs <> '{}'")
	for _, c := range []struct{ locale, sign, caveat, example, sum string }{
		{"uk", "ознака DASU-3-3, sas24-3-4, варто перевірити", "Ознака — це не порушення.", "приклад, інший замовник", "1 765 229 грн"},
		{"en", "sign DASU-3-3, sas24-3-4, worth checking", "A sign is not a violation.", "example, another buyer", "1,765,229 UAH"},
	} {
		for _, f := range []string{"rss", "atom"} {
			var b bytes.Buffer
			if err := s.Feed(i18n.With(ctx, c.locale), Query{Sign: AnySign}, FeedOptions{Base: "https://e.example", Format: f, Title: "t"}, &b); err != nil {
				t.Fatal(err)
			}
			text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(b.String())
			for _, want := range []string{c.sign, c.caveat, c.example, c.sum} {
				if !strings.Contains(text, want) {
					t.Errorf("%s in %s does not say %q:\n%.1500s", f, c.locale, want, text)
				}
			}
			if strings.Contains(text, "@contract") || strings.Contains(text, ".00 UAH") {
				t.Errorf("%s in %s speaks in keys of the register", f, c.locale)
			}
		}
	}
	invent(t, s, "4", "Нове", "11111111", "22222222", 1)
	if again, _, err := s.FeedState(ctx, Query{}); err != nil || again == tag {
		t.Errorf("the feed has not changed: %v", err)
	}
}

func TestCityHidesExamples(t *testing.T) {
	t.Parallel()
	e, s := loaded(t)
	ctx := context.Background()
	before := search(t, s, "kind=tender").Total
	if before < 2 {
		t.Fatal(before)
	}
	e.Owner(t, "INSERT INTO procurement_buyers (code, name, created_at) VALUES ('11111111', 'Своя', $1)", pgtest.Noon)
	invent(t, s, "5", "Своє", "11111111", "22222222", 7)
	r := search(t, s, "kind=tender")
	if r.Total != 1 || r.Hits[0].Example || r.Sum != "7.00" {
		t.Errorf("%+v", r)
	}
	o, err := s.Overview(ctx, 0)
	if err != nil || o.Examples || o.Contracts != 1 {
		t.Errorf("%+v %v", o, err)
	}
}

// The page of a supplier tells the city's purchases from the examples as every list does.
func TestASupplierOfOthersIsAnExample(t *testing.T) {
	t.Parallel()
	e, s := loaded(t)
	ctx := context.Background()
	e.Owner(t, "INSERT INTO procurement_buyers (code, name, created_at) VALUES ('11111111', 'Своя', $1)", pgtest.Noon)
	invent(t, s, "6", "Чуже", "33333333", "22222222", 5)
	key := search(t, s, "q=чуже").Hits[0].SupplierKey
	p, err := s.Supplier(ctx, key)
	if err != nil || !p.Example || p.Contracts != 1 || p.Sum != "5.00" {
		t.Errorf("who sells to others alone: %+v %v", p, err)
	}
	invent(t, s, "5", "Своє", "11111111", "22222222", 7)
	p, err = s.Supplier(ctx, key)
	if err != nil || p.Example || p.Contracts != 1 || p.Sum != "7.00" || len(p.Latest) != 1 || p.Latest[0].Example || p.Tenders != 1 {
		t.Errorf("who sells to the city too is shown with what others bought: %+v %v", p, err)
	}
}

// A lot whose first winner gave up has two contracts; only one is money.
func TestCancelledContractsAreNoSum(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	ctx := context.Background()
	e.Owner(t, "INSERT INTO procurement_buyers (code, name, created_at) VALUES ('11111111', 'Своя', $1)", pgtest.Noon)
	invent(t, s, "5", "Перший переможець", "11111111", "22222222", 7)
	invent(t, s, "6", "Другий переможець", "11111111", "33333333", 9)
	e.Owner(t, "UPDATE procurement_register SET status = 'cancelled', changed_at = changed_at + interval '1 second' WHERE kind = 'contract' AND amount = 7")
	s.reads.changed()
	o, err := s.Overview(ctx, 0)
	if err != nil || o.Contracts != 2 || o.Sum != "9.00" || o.ByYear[0].Sum != "9.00" || o.ByCPV[0].Sum != "9.00" || o.Competitive.OfSum != "9.00" {
		t.Errorf("overview: %+v %v", o, err)
	}
	b, err := s.Buyer(ctx, "11111111")
	if err != nil || b.Contracts != 2 || b.Sum != "9.00" {
		t.Errorf("buyer: %+v %v", b, err)
	}
	lines, err := s.BuyerLines(ctx)
	if err != nil || len(lines) != 1 || lines[0].Sum != "9.00" {
		t.Errorf("buyers: %+v %v", lines, err)
	}
	if r := search(t, s, ""); r.Sum != "16.00" {
		t.Errorf("a search sums what it lists: %s", r.Sum)
	}
	if r := search(t, s, "status=cancelled"); r.Sum != "7.00" {
		t.Errorf("cancelled ones: %s", r.Sum)
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	ctx := context.Background()
	var id int64
	e.Owner(t, "INSERT INTO people (email, name, status, created_at) VALUES ('a@example.org', 'Олена', 'active', $1)", pgtest.Noon)
	if err := e.DB.Pool().QueryRow(ctx, "SELECT id FROM people WHERE email = 'a@example.org'").Scan(&id); err != nil {
		t.Fatal(err)
	}
	who := authz.Actor{Kind: authz.KindPerson, ID: id, Roles: []authz.Role{authz.RoleResident}}
	q, _ := ParseQuery(url.Values{"kind": {"tender"}, "q": {"ремонт"}, "page": {"3"}})
	if fresh, err := s.Follow(ctx, who, q); err != nil || !fresh {
		t.Fatal(fresh, err)
	}
	if fresh, err := s.Follow(ctx, who, q); err != nil || fresh {
		t.Fatal(fresh, err)
	}
	if _, err := s.Follow(ctx, authz.Guest(), q); !errs.Is(err, errs.KindUnauthenticated) {
		t.Error(err)
	}
	list, err := s.Subscriptions(ctx, who)
	if err != nil || len(list) != 1 || strings.Contains(list[0].Query, "page") {
		t.Fatal(list, err)
	}
	letters := func() (n int) {
		t.Helper()
		if err := e.DB.Pool().QueryRow(ctx, "SELECT count(*) FROM letters WHERE kind = $1", DigestKind).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	digest := func() {
		t.Helper()
		if err := s.Digest(ctx, kind.PurchasesDigest{}); err != nil {
			t.Fatal(err)
		}
	}
	e.Clock.Advance(time.Hour)
	digest()
	if letters() != 0 {
		t.Error("a letter about nothing")
	}
	invent(t, s, "1", "Ремонт даху", "11111111", "22222222", 1)
	invent(t, s, "2", "Папір", "11111111", "22222222", 1)
	digest()
	if letters() != 0 {
		t.Error("what may still be on its way is told")
	}
	e.Clock.Advance(time.Hour)
	digest()
	digest()
	if letters() != 1 {
		t.Fatalf("%d letters, want one", letters())
	}
	var l notify.Letter
	var data []byte
	if err := e.DB.Pool().QueryRow(ctx, "SELECT id, kind, person_id, locale, data FROM letters WHERE kind = $1", DigestKind).Scan(&l.ID, &l.Kind, &l.PersonID, &l.Locale, &data); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &l.Data); err != nil {
		t.Fatal(err)
	}
	c, err := s.Composers("https://e.example", nil)[DigestKind](ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Facts) != 1 || !strings.Contains(c.Facts[0].Value, "Ремонт даху") || !strings.HasPrefix(c.Facts[0].URL, "https://e.example/procurement/") || c.To != "a@example.org" || c.Unsubscribe == nil || !strings.HasPrefix(c.Unsubscribe.URL, "https://e.example/procurement/unfollow/") {
		t.Fatalf("%+v", c)
	}
	token := strings.TrimPrefix(c.Unsubscribe.URL, "https://e.example/procurement/unfollow/")
	if _, err := s.SubscriptionByToken(ctx, token+"0"); !errs.Is(err, errs.KindNotFound) {
		t.Error(err)
	}
	if err := s.UnfollowByToken(ctx, "1.0"); !errs.Is(err, errs.KindNotFound) {
		t.Error(err)
	}
	for range 2 {
		if err := s.UnfollowByToken(ctx, token); err != nil {
			t.Fatal(err)
		}
	}
	if x, err := s.SubscriptionByToken(ctx, token); err != nil || x.EndedAt == nil {
		t.Error(x, err)
	}
	if _, err := s.Composers("https://e.example", nil)[DigestKind](ctx, l); !errors.Is(err, notify.ErrObsolete) {
		t.Error(err)
	}
	if fresh, err := s.Follow(ctx, who, q); err != nil || !fresh {
		t.Fatal("it can be followed again", err)
	}
	list, err = s.Subscriptions(ctx, who)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	stranger := who
	stranger.ID = id + 1
	if err := s.Unfollow(ctx, stranger, list[0].ID, list[0].Version); !errs.Is(err, errs.KindNotFound) {
		t.Error(err)
	}
	if err := s.Unfollow(ctx, who, list[0].ID, list[0].Version); err != nil {
		t.Fatal(err)
	}
	for i := range FollowMost {
		if _, err := s.Follow(ctx, who, Query{Year: 2000 + i}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Follow(ctx, who, Query{Text: "ще"}); !errs.Is(err, errs.KindInvalid) {
		t.Error(err)
	}
}

func TestCPV(t *testing.T) {
	t.Parallel()
	if n := len(CPVChildren("", "uk")); n != 46 { // 45 and 99999999-9, which has no division
		t.Errorf("%d divisions", n)
	}
	if name := CPVName("45000000-7", "uk"); name != "Будівельні роботи та поточний ремонт" {
		t.Error(name)
	}
	if name := CPVName("45", "en"); name != "Construction work" {
		t.Error(name)
	}
	for code, want := range map[string]string{"99": "Не відображене в інших розділах", "99999999-9": "Не відображене в інших розділах", "01": "", "0": "", "": "", "9999": ""} {
		if name := CPVName(code, "uk"); name != want {
			t.Errorf("%q is %q, want %q", code, name, want)
		}
	}
	var path []string
	for _, n := range CPVPath("45261211-6", "uk") {
		path = append(path, n.Prefix)
	}
	if strings.Join(path, " ") != "45 452 4526 45261 452612 4526121 45261211" {
		t.Error(path)
	}
	all, deep := 0, 0
	var walk func(prefix string)
	walk = func(prefix string) {
		for _, n := range CPVChildren(prefix, "uk") {
			all++
			if n.Leaf {
				deep++
			}
			if n.Prefix == prefix || !strings.HasPrefix(n.Prefix, prefix) {
				t.Fatalf("%s under %s", n.Prefix, prefix)
			}
			walk(n.Prefix)
		}
	}
	walk("")
	if all != 9458 || deep == 0 {
		t.Errorf("%d codes in the tree, %d leaves", all, deep)
	}
	if l := CPVSearch("ремонти", "uk", 5); len(l) == 0 {
		t.Error("no word is found")
	}
	if l := CPVSearch("4526", "uk", 5); len(l) == 0 || l[0].Prefix != "4526" {
		t.Error(l)
	}
	if CodeName(ListRationale, "taxRate", "uk") == "taxRate" || CodeName(ListRationale, "new", "uk") != "new" {
		t.Error("code lists")
	}
}
