package procurement

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/pgtest"
	"ereception/internal/platform/db"
)

// sampleDoc is a document of the two packs.
type sampleDoc struct {
	File string          `json:"file"`
	Demo bool            `json:"demo"`
	Data json.RawMessage `json:"data"`
}

var samples = sync.OnceValues(func() ([]sampleDoc, error) {
	more, err := os.ReadFile("testdata/more.jsonl.gz")
	if err != nil {
		return nil, err
	}
	var out []sampleDoc
	for _, packed := range [][]byte{samplePack, more} {
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, err
		}
		dec := json.NewDecoder(bufio.NewReader(z))
		for {
			var d sampleDoc
			if err := dec.Decode(&d); err == io.EOF {
				break
			} else if err != nil {
				return nil, err
			}
			out = append(out, d)
		}
	}
	return out, nil
})

func allSamples(t testing.TB) []sampleDoc {
	t.Helper()
	all, err := samples()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 90 {
		t.Fatalf("only %d documents", len(all))
	}
	return all
}

func sample(t testing.TB, file string) []byte {
	t.Helper()
	for _, d := range allSamples(t) {
		if d.File == file {
			return d.Data
		}
	}
	t.Fatalf("no sample %s", file)
	return nil
}

func newService(t testing.TB, e *pgtest.Env) *Service {
	t.Helper()
	return New(e.DB, e.Clock, []byte("secret of the tests"), e.Log)
}

func put(t testing.TB, s *Service, raw []byte) PutResult {
	t.Helper()
	r, err := s.Put(context.Background(), raw, FromImport)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// with changes fields of a document by path ("status", "value.amount"); nil takes one away.
func with(t testing.TB, raw []byte, changes map[string]any) []byte {
	t.Helper()
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(changes)) { // an object before its fields
		at, v := m, changes[path]
		parts := strings.Split(path, ".")
		for _, p := range parts[:len(parts)-1] {
			next, _ := at[p].(map[string]any)
			if next == nil {
				next = map[string]any{}
				at[p] = next
			}
			at = next
		}
		if last := parts[len(parts)-1]; v == nil {
			delete(at, last)
		} else {
			at[last] = v
		}
	}
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// dump gives the contents of the tables that follow from the documents, without
// the numbers and the moments of the writing.
func dump(t testing.TB, e *pgtest.Env) string {
	t.Helper()
	var b strings.Builder
	for _, q := range []string{
		"SELECT to_jsonb(x) - 'fetched_at' - 'raw' - 'source' AS v FROM procurement_documents x ORDER BY resource, id",
		`SELECT to_jsonb(x) - 'checked_at' - 'result_id' || jsonb_build_object('values', r.values, 'digest', r.digest) AS v
		   FROM procurement_tenders x LEFT JOIN procurement_results r ON r.id = x.result_id ORDER BY x.id`,
		"SELECT to_jsonb(x) AS v FROM procurement_contracts x ORDER BY id",
		"SELECT to_jsonb(x) AS v FROM procurement_plans x ORDER BY id",
		"SELECT to_jsonb(x) AS v FROM procurement_monitorings x ORDER BY id",
		"SELECT to_jsonb(x) - 'changed_at' AS v FROM procurement_register x ORDER BY kind, id",
		"SELECT to_jsonb(x) AS v FROM procurement_suppliers x ORDER BY key",
	} {
		rows, err := e.DB.Pool().Query(context.Background(), "SELECT v::text FROM ("+q+") y")
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "-- %d\n%s\n", len(lines), strings.Join(lines, "\n"))
	}
	return b.String()
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			n := 0
			for n < min(len(x[i]), len(y[i])) && x[i][n] == y[i][n] {
				n++
			}
			from := max(0, n-300)
			return fmt.Sprintf("line %d, byte %d:\n%.700s\n%.700s", i, n, x[i][from:], y[i][from:])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

// distinct leaves one document of each thing: samples of the API's own
// documentation show the same thing at several moments with one dateModified.
func distinct(t testing.TB) []sampleDoc {
	t.Helper()
	s := &Service{secret: []byte("x")}
	seen := map[string]bool{}
	var out []sampleDoc
	for _, d := range allSamples(t) {
		p, err := s.prepare(d.Data, FromImport, d.Demo)
		if err != nil {
			continue
		}
		if k := p.resource + p.id; !seen[k] {
			seen[k] = true
			out = append(out, d)
		}
	}
	return out
}

func TestAnyOrderAndRepetitionGivesTheSameTables(t *testing.T) {
	t.Parallel()
	docs := distinct(t)
	// Contracts and tenders that belong together, older versions, and a supplier of both.
	tender := sample(t, "tenders_synthetic/priceQuotation-complete.json")
	contract := sample(t, "contracts/synthetic-contract-termination.json")
	var versions [][]byte
	for _, d := range docs {
		versions = append(versions, d.Data)
	}
	versions = append(versions,
		with(t, tender, map[string]any{"dateModified": "2026-01-01T00:00:00+02:00", "title": "older title"}),
		with(t, contract, map[string]any{"dateModified": "2026-01-01T00:00:00+02:00", "contractNumber": "old"}),
		with(t, contract, map[string]any{"dateModified": "2027-02-01T00:00:00+02:00", "contractNumber": "128/new"}),
	)
	var first string
	for round := range 3 {
		e := pgtest.New(t)
		s := newService(t, e)
		r := rand.New(rand.NewPCG(7, uint64(round)))
		order := slices.Clone(versions)
		for range 12 { // some come twice
			order = append(order, versions[r.IntN(len(versions))])
		}
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for len(order) > 0 { // one by one, and by batches as an import does
			n := min(len(order), 1+r.IntN(9))
			var batch []*document
			for _, raw := range order[:n] {
				d, err := s.prepare(raw, FromImport, false)
				if err != nil {
					t.Fatal(err)
				}
				batch = append(batch, d)
			}
			if err := s.write(context.Background(), func(tx *db.Tx) error {
				_, err := s.store(context.Background(), tx, batch)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			order = order[n:]
		}
		if got := dump(t, e); first == "" {
			first = got
		} else if got != first {
			t.Fatalf("round %d differs: %s", round, firstDifference(first, got))
		}
		if n := e.Count(t, "SELECT count(*) FROM procurement_register"); n < 60 {
			t.Errorf("only %d rows in the register", n)
		}
	}
}

func TestAnOlderOrEqualDocumentChangesNothing(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	raw := sample(t, "tenders/UA-2020-01-20-001169-c.json")
	if r := put(t, s, raw); !r.Changed || r.Resource != Tenders || r.Number != "UA-2020-01-20-001169-c" || r.TenderID != r.ID {
		t.Errorf("the first time: %+v", r)
	}
	before := dump(t, e)
	results := e.Count(t, "SELECT count(*) FROM procurement_results")
	for name, doc := range map[string][]byte{
		"the same again":                 raw,
		"in its envelope":                []byte(`{"data":` + string(raw) + `}`),
		"of the same moment":             with(t, raw, map[string]any{"title": "x"}),
		"older":                          with(t, raw, map[string]any{"title": "x", "dateModified": "2019-01-01T00:00:00+02:00"}),
		"without the moment of a change": with(t, raw, map[string]any{"title": "x", "dateModified": nil, "date": nil}),
	} {
		if r := put(t, s, doc); r.Changed {
			t.Errorf("%s: it counts as changed", name)
		}
	}
	if got := dump(t, e); got != before {
		t.Errorf("the tables changed: %s", firstDifference(before, got))
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_results"); n != results || n != 1 {
		t.Errorf("%d results, at first %d", n, results)
	}
	if r := put(t, s, with(t, raw, map[string]any{"title": "новіша назва", "dateModified": "2026-01-01T00:00:00+02:00"})); !r.Changed {
		t.Error("a newer one did not count")
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_register WHERE kind = 'tender' AND title = 'новіша назва'"); n != 1 {
		t.Error("the register does not follow")
	}
}

func TestAContractIsNotConfusedWithTheCopyInItsTender(t *testing.T) {
	t.Parallel()
	tender := sample(t, "tenders_synthetic/priceQuotation-complete.json")
	contract := sample(t, "contracts/synthetic-contract-termination.json")
	for _, order := range [][][]byte{{tender, contract}, {contract, tender}, {tender, contract, with(t, tender, map[string]any{"dateModified": "2028-01-01T00:00:00+02:00"})}} {
		e := pgtest.New(t)
		s := newService(t, e)
		if &order[0][0] == &tender[0] {
			put(t, s, tender)
			if n := e.Count(t, "SELECT count(*) FROM procurement_contracts WHERE stub AND status = 'active'"); n != 1 {
				t.Errorf("%d contracts are known from the tender", n)
			}
		}
		for _, d := range order {
			put(t, s, d)
		}
		if n := e.Count(t, "SELECT count(*) FROM procurement_contracts WHERE NOT stub AND status = 'terminated'"); n != 1 {
			t.Errorf("%d contracts of the contracting module are there as such", n)
		}
		if n := e.Count(t, "SELECT count(*) FROM procurement_contracts"); n != 1 {
			t.Errorf("%d contracts", n)
		}
		if n := e.Count(t, "SELECT count(*) FROM procurement_register WHERE kind = 'contract' AND status = 'terminated' AND method = 'priceQuotation'"); n != 1 {
			t.Errorf("the register does not show the contract by its own document")
		}
	}
}

func TestAContractThatMovesToAnotherTender(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	contract := sample(t, "contracts/synthetic-contract-termination.json")
	put(t, s, sample(t, "tenders_synthetic/priceQuotation-complete.json"))
	put(t, s, contract)
	put(t, s, with(t, contract, map[string]any{"tender_id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "dateModified": "2028-01-01T00:00:00+02:00"}))
	if n := e.Count(t, "SELECT count(*) FROM procurement_contracts WHERE tender_id = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' AND NOT stub"); n != 1 {
		t.Error("it did not move")
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_contracts"); n != 1 {
		t.Errorf("%d contracts", n)
	}
}

func TestATestPurchaseIsNotPublished(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	tender := sample(t, "tenders_synthetic/priceQuotation-complete.json")
	put(t, s, sample(t, "contracts/synthetic-contract-termination.json"))
	put(t, s, tender)
	if n := e.Count(t, "SELECT count(*) FROM procurement_register"); n != 2 {
		t.Fatalf("%d rows at first", n)
	}
	put(t, s, with(t, tender, map[string]any{"mode": "test", "dateModified": "2028-01-01T00:00:00+02:00"}))
	put(t, s, sample(t, "tenders/UA-2021-03-22-000039-a.json"))
	put(t, s, with(t, sample(t, "plans/UA-P-2024-03-15-012966-a.json"), map[string]any{"mode": "test"}))
	if n := e.Count(t, "SELECT count(*) FROM procurement_register"); n != 0 {
		t.Errorf("%d rows are published", n)
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_tenders WHERE mode = 'test' AND result_id IS NOT NULL"); n != 2 {
		t.Errorf("%d test purchases were judged", n)
	}
}

// textColumns reads every column of text, arrays and JSON of the tables, and the
// slim forms.
func textColumns(t testing.TB, e *pgtest.Env) string {
	t.Helper()
	var b strings.Builder
	for _, q := range []string{
		"SELECT concat_ws(' ', id, tender_id, convert_from(slim, 'UTF8')) FROM procurement_documents",
		"SELECT t::text FROM procurement_tenders t", "SELECT t::text FROM procurement_contracts t", "SELECT t::text FROM procurement_plans t",
		"SELECT t::text FROM procurement_monitorings t", "SELECT t::text FROM procurement_register t", "SELECT t::text FROM procurement_suppliers t",
		"SELECT t::text FROM procurement_results t", "SELECT t::text FROM procurement_payments t", "SELECT args::text FROM river_job",
	} {
		rows, err := e.DB.Pool().Query(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(strings.Join(lines, "\n"))
	}
	return b.String()
}

func TestSoleTradersAreMasked(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	numbers := map[string]bool{}
	names := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if id, ok := v["identifier"].(map[string]any); ok {
				if n, _ := id["id"].(string); regexp.MustCompile(`^\d{10}$`).MatchString(n) {
					numbers[n] = true
					if name, _ := v["name"].(string); name != "" {
						names[name] = true
					}
				}
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	for _, d := range allSamples(t) {
		var v any
		if err := json.Unmarshal(d.Data, &v); err != nil {
			t.Fatal(err)
		}
		walk(v)
		if _, err := s.Put(context.Background(), d.Data, FromImport); err != nil && !strings.Contains(err.Error(), "tender_id") && !strings.Contains(err.Error(), "not a document") && !strings.Contains(err.Error(), "no id") {
			t.Errorf("%s: %v", d.File, err)
		}
	}
	// In a free text too.
	put(t, s, with(t, sample(t, "tenders/UA-2020-01-20-001169-c.json"), map[string]any{
		"id": "feed", "title": "Послуги (ФОП Петренчук Петро Петрович, 3216549870)",
		"awards": []any{map[string]any{"id": "a", "status": "active", "suppliers": []any{map[string]any{
			"name": "ФОП Петренчук Петро Петрович", "identifier": map[string]any{"scheme": "UA-EDR", "id": "3216549870", "legalName": "ПЕТРЕНЧУК ПЕТРО"},
		}}}},
	}))
	numbers["3216549870"], names["Петренчук"] = true, true
	csv := "source_id,contract,payer_code,payee_code,payee_name,amount,paid_on,details\n1,x,04053625,1234567890,Іваненко Іван,1.00,2026-01-01,ФОП Іваненко 1234567890\n2,x,04053625,14360570,Банк,2,2026-01-01,за ІПН 1234567890\n"
	if _, err := s.ImportPayments(context.Background(), strings.NewReader(csv)); err != nil {
		t.Fatal(err)
	}
	if len(numbers) < 5 || len(names) < 5 {
		t.Fatalf("%d numbers and %d names of sole traders in the samples", len(numbers), len(names))
	}
	all := textColumns(t, e)
	for n := range numbers {
		if strings.Contains(all, n) {
			t.Errorf("the number of a sole trader stands in a table")
		}
	}
	for n := range names {
		if strings.Contains(all, n) {
			t.Errorf("the name %q of a sole trader stands in a table", n)
		}
	}
	if strings.Contains(all, "Іваненко") || strings.Contains(all, "1234567890") {
		t.Error("a payee's name or number is kept")
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_suppliers WHERE sole_trader AND name = '' AND code = '' AND key LIKE 'fop-%'"); n < 2 {
		t.Errorf("%d sole traders among the suppliers", n)
	}
	if strings.Contains(e.Logged.String(), "1234567890") {
		t.Error("a number is in the log")
	}
}

func TestTwoDocumentsOfOneTenderAtOnce(t *testing.T) {
	t.Parallel()
	tender := sample(t, "tenders_synthetic/priceQuotation-complete.json")
	contract := sample(t, "contracts/synthetic-contract-termination.json")
	want := ""
	for range 3 {
		e := pgtest.New(t)
		s := newService(t, e)
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i, d := range [][]byte{tender, contract, contract, tender} {
			wg.Go(func() { _, errs[i] = s.Put(context.Background(), d, FromAPI) })
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := dump(t, e); want == "" {
			want = got
		} else if got != want {
			t.Fatalf("another outcome: %s", firstDifference(want, got))
		}
	}
}

func TestUnknownValuesAreStored(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	raw := sample(t, "tenders/UA-2020-01-20-001169-c.json")
	id := 0
	for name, change := range map[string]map[string]any{
		"a new status":               {"status": "active.dreaming"},
		"a new kind of procedure":    {"procurementMethodType": "lottery"},
		"a number for a text":        {"title": 12, "status": 7},
		"an object for a list":       {"awards": map[string]any{"a": 1}},
		"a list for an object":       {"value": []any{1}, "procuringEntity": []any{}},
		"null everywhere":            {"value": nil, "items": nil, "lots": nil, "awards": nil, "contracts": nil, "bids": nil, "procuringEntity": nil},
		"an amount beyond measure":   {"value": map[string]any{"amount": json.Number("1e300")}},
		"an amount as text":          {"value": map[string]any{"amount": "12.50", "currency": 5}},
		"no time":                    {"dateCreated": "soon", "tenderPeriod": map[string]any{"startDate": "0000-00-00"}},
		"a title with a zero byte":   {"title": "a\x00b"},
		"a year beyond the calendar": {"dateCreated": "9999-12-31T23:59:59Z"},
	} {
		id++
		change["id"] = fmt.Sprintf("%032x", id)
		if _, err := s.Put(context.Background(), with(t, raw, change), FromAPI); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, doc := range map[string]string{
		"half a document": `{"tenderID":"UA-1","id":"a`, "a page of a feed": `{"data":[{"id":"a"}]}`, "a list": `[1]`, "a word": `"x"`,
		"no id": `{"tenderID":"UA-1"}`, "a path for an id": `{"tenderID":"UA-1","id":"../x"}`, "nothing": ``,
		"a contract of no tender": `{"contractID":"UA-1","id":"abc"}`,
	} {
		if _, err := s.Put(context.Background(), []byte(doc), FromAPI); err == nil {
			t.Errorf("%s was stored", name)
		}
	}
}

func TestPutWithinAWriteOfTheCaller(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	err := e.DB.Write(context.Background(), authz.System("mirror"), authz.JobRun, func(tx *db.Tx) error {
		if _, err := s.PutTx(context.Background(), tx, sample(t, "tenders/UA-2020-01-20-001169-c.json"), FromAPI); err != nil {
			return err
		}
		return io.ErrUnexpectedEOF
	})
	if err == nil || e.Count(t, "SELECT count(*) FROM procurement_documents") != 0 {
		t.Error("the document outlived the write that failed")
	}
}

func TestExamplesFollowTheListOfBuyers(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	ctx := context.Background()
	raw := sample(t, "tenders/UA-2020-01-20-001169-c.json")
	put(t, s, raw)
	var code string
	if err := e.DB.Pool().QueryRow(ctx, "SELECT buyer_code FROM procurement_tenders").Scan(&code); err != nil {
		t.Fatal(err)
	}
	count := func() int { return e.Count(t, "SELECT count(*) FROM procurement_register WHERE NOT example") }
	if count() != 0 {
		t.Error("it is the city's though nobody said so")
	}
	e.Owner(t, "INSERT INTO procurement_buyers (code, name, valid_to, created_at) VALUES ($1, 'x', '2020-01-19', now())", code)
	if _, err := s.MarkExamples(ctx); err != nil || count() != 0 {
		t.Errorf("the buyer was the city's until the day before: %v, %d", err, count())
	}
	e.Owner(t, "UPDATE procurement_buyers SET valid_to = '2020-12-31'")
	n, err := s.MarkExamples(ctx)
	if err != nil || n == 0 || count() != n || e.Count(t, "SELECT count(*) FROM procurement_tenders WHERE NOT example") != 1 {
		t.Errorf("the buyer is the city's: %d rows, %d marked, %v", count(), n, err)
	}
	put(t, s, with(t, raw, map[string]any{"dateModified": "2026-01-01T00:00:00+02:00"}))
	if count() != n {
		t.Error("a new version of the document forgot it")
	}
}

func TestSample(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	began := time.Now()
	sum, err := s.LoadSample(context.Background())
	if err != nil || sum.Documents < 40 || sum.Bad > 0 {
		t.Fatalf("%+v, %v", sum, err)
	}
	t.Logf("%d documents in %v", sum.Documents, time.Since(began))
	if n := e.Count(t, "SELECT count(*) FROM procurement_register WHERE NOT example"); n != 0 {
		t.Errorf("%d of them pretend to be the city's", n)
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_tenders WHERE demo"); n < 8 {
		t.Errorf("%d derived or synthetic tenders are marked", n)
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_buyers WHERE verified"); n != 0 {
		t.Error("a buyer counts as confirmed")
	}
	for _, id := range []string{"DASU-3-3", "DASU-3-3@contract", "sas24-3-4", "sas24-3-10", "ari-1-1"} {
		if n := e.Count(t, "SELECT count(*) FROM procurement_register WHERE $1 = ANY(signs) AND demo AND example", id); n == 0 {
			t.Errorf("no sign %s is shown", id)
		}
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_register WHERE NOT demo AND day > '2026-02-01'") + e.Count(t, "SELECT count(*) FROM procurement_documents WHERE date_modified > $1", pgtest.Noon); n != 0 {
		t.Errorf("%d documents are of another time than they should", n)
	}
	again, err := s.LoadSample(context.Background())
	if err != nil || again.Documents != 0 {
		t.Errorf("a mirror with something in it was touched: %+v, %v", again, err)
	}
}
