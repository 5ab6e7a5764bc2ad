package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"ereception/internal/platform/clock"
	"ereception/internal/platform/db"
	"ereception/internal/procurement"
	"ereception/internal/procurement/indicator"
	"ereception/internal/procurement/prozorro"
)

// searchLimit is what a page of the search may take at most, 95 times of 100.
const searchLimit = 60 * time.Millisecond

// searches are the pages of the search that are measured, by what narrows them.
var searches = []struct{ name, query string }{
	{"all contracts", ""},
	{"all tenders", "kind=tender"},
	{"a year", "year=2025"},
	{"a common word", "q=ремонт"},
	{"two words", "q=капітальний+даху"},
	{"a rare word", "q=планетарію"},
	{"a number", "q=b-77777-a"},
	{"a large buyer", "buyer=20000000"},
	{"a large buyer and a word", "buyer=20000000&q=ремонт"},
	{"a small buyer", "buyer=20000070"},
	{"a supplier", "supplier=UA-EDR-30000003"},
	{"a division of CPV", "cpv=45"},
	{"a group of CPV and a year", "cpv=15500000&year=2024"},
	{"any sign", "sign=any"},
	{"a sign", "sign=DASU-3-3"},
	{"a sign, a word and a year", "sign=any&q=ремонт&year=2025"},
	{"a range of sums", "min=50000&max=60000"},
	{"the largest sums", "sort=amount"},
	{"the largest sums of a word", "sort=amount&q=меблів"},
	{"the last page", "page=50"},
	{"the last page of a word", "q=ремонт&page=50"},
	{"a word of the past alone", "q=молока&to=2017-12-31"},
	{"a procedure", "kind=tender&method=aboveThreshold"},
	{"plans", "kind=plan&q=послуги"},
}

// procurement measures the city's purchases with ten years of them stored.
func (b *bench) procurement(ctx context.Context) error {
	b.evaluating()
	d, err := db.Open(ctx, db.Options{URL: b.pg.URL(database, db.AppRole), Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), MaxConns: 6})
	if err != nil {
		return err
	}
	defer d.Close()
	svc := procurement.New(d, clock.System{}, []byte("bench"), slog.New(slog.DiscardHandler))
	if _, err := svc.LoadSample(ctx); err != nil {
		return err
	}
	if err := b.decode(ctx, d); err != nil {
		return err
	}
	say("loading %d purchases with their contracts and %d plans", purchases, plans)
	if err := b.seedPurchases(ctx); err != nil {
		return err
	}
	if err := b.seedFinds(ctx); err != nil {
		return err
	}
	p, err := b.portal(portalOptions{NoJobs: true, Demo: true})
	if err != nil {
		return err
	}
	defer p.stop()
	for _, s := range searches {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !strings.Contains(s.name, b.options.page) {
			continue
		}
		if err := b.searched(p, "Search: "+s.name, []string{"/procurement/search?" + escaped(s.query)}, b.seconds); err != nil {
			return err
		}
	}
	// Every page is asked for the first time: no total is known beforehand.
	var fresh []string
	for i := range 6000 {
		s := searches[i%len(searches)]
		if strings.Contains(s.query, "min=") {
			continue
		}
		n := i/len(searches) + 1
		fresh = append(fresh, fmt.Sprintf("/procurement/search?%s&min=%d.%02d", escaped(s.query), n/100, n%100))
	}
	if err := b.searched(p, "Search: all of these, each for the first time", fresh, 2*b.seconds); err != nil {
		return err
	}
	for _, page := range []struct{ name, path string }{
		{"Overview of the purchases", "/procurement"},
		{"A large buyer", "/procurement/buyers/20000000"},
		{"A supplier", "/procurement/suppliers/UA-EDR-30000003"},
		{"A contract", "/procurement/contracts/b-77777-a-a1"},
		{"A tender", "/procurement/tenders/b-77777-a"},
	} {
		if err := b.searched(p, page.name, []string{page.path}, b.seconds); err != nil {
			return err
		}
	}
	if err := b.changed(ctx, svc, p); err != nil {
		return err
	}
	return b.recalculated(ctx, svc)
}

// seedFinds gives the invented rows of the register what a search looks at: they
// came without the triggers that do it.
func (b *bench) seedFinds(ctx context.Context) error {
	for _, q := range []string{
		"CREATE TABLE IF NOT EXISTS bench.finds AS SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'procurement_finds' AND indexdef LIKE '%gin%'",
		"DO $$ DECLARE n text; BEGIN FOR n IN SELECT indexname FROM bench.finds LOOP EXECUTE 'DROP INDEX ' || n; END LOOP; END $$",
		`INSERT INTO procurement_finds (kind, id, day, amount, currency, example, terms) SELECT r.kind, r.id, r.day, r.amount, r.currency, r.example, procurement_terms(r)
			FROM procurement_register r WHERE NOT EXISTS (SELECT FROM procurement_finds f WHERE f.id = r.id AND f.kind = r.kind)`,
		"DO $$ DECLARE d text; BEGIN FOR d IN SELECT indexdef FROM bench.finds LOOP EXECUTE d; END LOOP; END $$",
		"VACUUM ANALYZE procurement_finds",
		"CHECKPOINT",
	} {
		if _, err := b.su.Exec(ctx, q); err != nil {
			return fmt.Errorf("%.80s…: %w", q, err)
		}
	}
	return nil
}

// escaped makes a query of the list above one of an address.
func escaped(q string) string {
	v, err := url.ParseQuery(q)
	if err != nil {
		panic(err) // of ours
	}
	return v.Encode()
}

func (b *bench) searched(p *child, name string, paths []string, seconds float64) error {
	var requests []string
	for _, path := range paths {
		requests = append(requests, get(path, "", ""))
	}
	o := loadOptions{Addr: p.addr, Seconds: seconds, Requests: requests, Status: http.StatusOK, Once: len(paths) > 1}
	if !o.Once {
		warm := o
		warm.Seconds = 0.3
		if _, err := load(warm); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	servers := append(family(b.postmaster()), p.cmd.Process.Pid)
	r, err := measure(o, servers)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	ms := float64(r.P95.Microseconds()) / 1000
	b.add(line{
		what: name, value: fmt.Sprintf("p95 %.1f ms, %.0f/s", ms, r.rate()), limit: fmt.Sprintf("%d ms", searchLimit.Milliseconds()),
		got: ms, target: float64(searchLimit.Milliseconds()), most: true, unit: "ms", note: fmt.Sprintf("(%.1f ms of processor a page, %d pages)", r.CPU/float64(max(r.Done, 1))*1000, r.Done),
	})
	return nil
}

// changed puts a document with another value into the mirror and waits until the
// page of the tender shows it.
func (b *bench) changed(ctx context.Context, svc *procurement.Service, p *child) error {
	var slowest time.Duration
	for i := range 6 {
		signed := i%2 == 1
		now := time.Now().Add(time.Duration(i) * time.Second)
		doc, err := json.Marshal(benchTender(now, signed))
		if err != nil {
			return err
		}
		began := time.Now()
		res, err := svc.Put(ctx, doc, procurement.FromImport)
		if err != nil || !res.Changed {
			return fmt.Errorf("put: %+v, %w", res, err)
		}
		want := 0
		if !signed {
			want = 1
		}
		for {
			// The search by the sign shows the row, or does not.
			n, err := countOf(ctx, "http://"+p.addr+"/procurement/search.json?kind=tender&sign=DASU-3-3&q="+benchNumber)
			if err != nil {
				return err
			}
			if n == want {
				break
			}
			if time.Since(began) > 20*time.Second {
				return errors.New("a changed document never reached its page")
			}
		}
		slowest = max(slowest, time.Since(began))
	}
	b.add(line{
		what: "A changed document: its new value is on the page", value: fmt.Sprintf("%.0f ms", float64(slowest.Microseconds())/1000), limit: "1 s",
		got: slowest.Seconds(), target: 1, most: true, unit: "s", note: "(slowest of 6)",
	})
	return nil
}

func countOf(ctx context.Context, address string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	var rows []json.RawMessage
	if res.StatusCode != http.StatusOK {
		_, _ = io.Copy(io.Discard, res.Body)
		return 0, fmt.Errorf("%s: status %d", address, res.StatusCode)
	}
	err = json.NewDecoder(res.Body).Decode(&rows)
	return len(rows), err
}

const benchNumber = "UA-2026-11-01-123456-b"

// benchTender is a complete purchase whose contract is signed or not.
func benchTender(at time.Time, signed bool) map[string]any {
	stamp := at.Format(time.RFC3339Nano)
	files := []any{map[string]any{"id": "f1", "title": "Договір.pdf", "format": "application/pdf", "documentOf": "tender", "url": "https://example.org/f1", "datePublished": stamp, "dateModified": stamp}}
	if signed {
		files = append(files, map[string]any{"id": "f2", "title": "sign.p7s", "format": prozorro.SignatureFormat, "documentOf": "tender", "url": "https://example.org/f2", "datePublished": stamp, "dateModified": stamp})
	}
	value := map[string]any{"amount": 100000, "currency": "UAH"}
	return map[string]any{
		"id": strings.Repeat("ab", 16), "tenderID": benchNumber, "status": "complete", "title": "Капітальний ремонт даху", "procurementMethodType": "aboveThresholdUA", "procurementMethod": "open",
		"date": stamp, "dateCreated": stamp, "dateModified": stamp, "value": value, "mainProcurementCategory": "works",
		"procuringEntity": map[string]any{"name": "Заклад", "kind": "general", "identifier": map[string]any{"scheme": "UA-EDR", "id": "20000000"}},
		"items":           []any{map[string]any{"id": "i", "description": "Дах", "classification": map[string]any{"scheme": "ДК021", "id": "45260000-7"}}},
		"awards":          []any{map[string]any{"id": "aw", "status": "active", "value": value, "suppliers": []any{map[string]any{"name": "ТОВ", "identifier": map[string]any{"scheme": "UA-EDR", "id": "30000000"}}}}},
		"contracts":       []any{map[string]any{"id": strings.Repeat("cd", 16), "contractID": benchNumber + "-b1", "status": "active", "awardID": "aw", "value": value, "date": stamp, "documents": files}},
	}
}

// recalculated judges every purchase anew: first as after a change of the rules,
// when every value is written, then as every night.
func (b *bench) recalculated(ctx context.Context, svc *procurement.Service) error {
	spent := func() float64 { return b.serverCPU() + cpuOf(os.Getpid()) }
	began, before := time.Now(), spent()
	first, err := svc.Recalculate(ctx, nil)
	if err != nil {
		return err
	}
	whole, wholeCPU := time.Since(began), spent()-before
	began, before = time.Now(), spent()
	r, err := svc.Recalculate(ctx, nil)
	if err != nil {
		return err
	}
	took := time.Since(began)
	for _, x := range []struct {
		what string
		took time.Duration
		note string
	}{
		{"Full recalculation", took, fmt.Sprintf("(%d tenders changed, %.0f s of processor)", r.Changed, spent()-before)},
		{"Full recalculation when every value is new", whole, fmt.Sprintf("(%d tenders written, with the signs of their contracts, %.0f s of processor)", first.Changed, wholeCPU)},
	} {
		b.add(line{
			what: x.what, value: fmt.Sprintf("%.1f s, %d tenders", x.took.Seconds(), r.Tenders), limit: "30 s", got: x.took.Seconds(), target: 30, most: true, unit: "s", note: x.note,
		})
	}
	return nil
}

// decode compares reading and judging a tender with encoding/json reading it alone.
func (b *bench) decode(ctx context.Context, d *db.DB) error {
	rows, err := d.Pool().Query(ctx, "SELECT raw FROM procurement_documents WHERE resource = 'tender' AND id NOT IN (SELECT id FROM procurement_tenders WHERE number LIKE 'b-%')")
	if err != nil {
		return err
	}
	defer rows.Close()
	var docs [][]byte
	for rows.Next() {
		var packed []byte
		if err := rows.Scan(&packed); err != nil {
			return err
		}
		raw, err := procurement.Unpack(packed)
		if err != nil {
			return err
		}
		docs = append(docs, raw)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if len(docs) == 0 {
		return errors.New("no documents to decode")
	}
	now := time.Now()
	rate := func(one func([]byte) error) (float64, error) {
		n := 0
		began := time.Now()
		for time.Since(began) < time.Duration(b.seconds*float64(time.Second)) {
			for _, doc := range docs {
				if err := one(doc); err != nil {
					return 0, err
				}
			}
			n += len(docs)
		}
		return float64(n) / time.Since(began).Seconds(), nil
	}
	var ratios, ours, theirs []float64
	for range b.rounds {
		std, err := rate(func(doc []byte) error {
			var t prozorro.Tender
			return json.Unmarshal(doc, &t)
		})
		if err != nil {
			return err
		}
		own, err := rate(func(doc []byte) error {
			t, err := prozorro.DecodeTender(doc)
			if err == nil {
				indicator.Evaluate(&indicator.Input{Tender: t, Now: now})
			}
			return err
		})
		if err != nil {
			return err
		}
		ratios, ours, theirs = append(ratios, own/std), append(ours, own), append(theirs, std)
	}
	b.add(line{
		what: "Decode and evaluate a tender", value: fmt.Sprintf("%.0f/s", median(ours)), limit: fmt.Sprintf("%.0f/s, encoding/json alone", median(theirs)),
		got: median(ratios), target: 0.6, unit: "%", note: fmt.Sprintf("(%d documents, one goroutine)", len(docs)),
	})
	return nil
}

// evaluating measures the indicator alone on a decoded tender that meets its conditions.
func (b *bench) evaluating() {
	raw, err := json.Marshal(benchTender(time.Now(), true))
	if err != nil {
		panic(err) // of ours
	}
	t, err := prozorro.DecodeTender(raw)
	if err != nil {
		panic(err)
	}
	other, err := prozorro.DecodeTender([]byte(`{"id":"x","tenderID":"y","procurementMethodType":"reporting","status":"complete"}`))
	if err != nil {
		panic(err)
	}
	// As in a city: of twenty tenders one is of a kind that the indicator concerns.
	list := []*prozorro.Tender{t}
	for range 19 {
		list = append(list, other)
	}
	now := time.Now()
	var rates []float64
	for range b.rounds {
		n := 0
		began := time.Now()
		for time.Since(began) < time.Second {
			for range 1000 {
				for _, x := range list {
					indicator.DASU33(x, nil, now, indicator.Methodology)
				}
			}
			n += 1000 * len(list)
		}
		rates = append(rates, float64(n)/time.Since(began).Seconds())
	}
	n := 0
	began := time.Now()
	for time.Since(began) < time.Second {
		for range 1000 {
			indicator.DASU33(t, nil, now, indicator.Methodology)
		}
		n += 1000
	}
	b.add(line{
		what: "DASU-3-3 on decoded tenders, one core", value: fmt.Sprintf("%.1f M/s", median(rates)/1e6), limit: "5 M/s", got: median(rates) / 5e6, target: 1, unit: "%",
		note: fmt.Sprintf("(%.1f M/s when every tender meets its conditions)", float64(n)/time.Since(began).Seconds()/1e6),
	})
}
