package procurement

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ereception/internal/pgtest"
)

// manyPurchases gives n purchases of a city: of twenty, nineteen contracts
// without a procedure and one tender, each with a document of the contracting
// module, under ids and numbers of their own.
func manyPurchases(t testing.TB, n int, each func(doc []byte)) {
	t.Helper()
	reporting := sample(t, "tenders/UA-2026-01-30-008598-a.json")
	open := sample(t, "tenders/UA-2022-12-16-017515-a.json")
	contract := sample(t, "contracts/UA-2024-12-10-010819-a-b1.json")
	for i := range n {
		base, id, number := reporting, "", ""
		if i%20 == 0 {
			base = open
		}
		var h tenderJSON
		if err := lenient(base, &h); err != nil {
			t.Fatal(err)
		}
		id, number = fmt.Sprintf("%032x", i+1), fmt.Sprintf("UA-2026-02-%02d-%06d-a", 1+i%28, i)
		doc := bytes.ReplaceAll(bytes.ReplaceAll(base, []byte(h.ID), []byte(id)), []byte(h.Number), []byte(number))
		if len(h.Contracts) == 0 {
			t.Fatal("the sample has no contract")
		}
		if title, err := json.Marshal(fmt.Sprintf("%s, частина %d", h.Title, i%997)); err == nil {
			doc = with(t, doc, map[string]any{"title": json.RawMessage(title)})
		}
		cid := fmt.Sprintf("%032x", 1<<40+i)
		doc = bytes.ReplaceAll(doc, []byte(h.Contracts[0].ID), []byte(cid))
		each(doc)
		c := bytes.ReplaceAll(contract, []byte("00ddee0e51234169957fbf45f10a43b7"), []byte(id))
		c = bytes.ReplaceAll(c, []byte("UA-2024-12-10-010819-a"), []byte(number))
		each(with(t, c, map[string]any{"id": cid}))
	}
}

// BenchmarkImport imports JSON Lines; documents/s is what counts.
func BenchmarkImport(b *testing.B) {
	const n = 1500
	var lines bytes.Buffer
	manyPurchases(b, n, func(doc []byte) {
		lines.Write(doc)
		lines.WriteByte('\n')
	})
	path := filepath.Join(b.TempDir(), "many.jsonl")
	if err := os.WriteFile(path, lines.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(lines.Len()))
	for b.Loop() {
		b.StopTimer()
		e := pgtest.New(b)
		s := newService(b, e)
		b.StartTimer()
		sum, err := s.Import(context.Background(), []string{path}, FromImport, nil)
		if err != nil || sum.Changed != 2*n {
			b.Fatalf("%+v, %v", sum, err)
		}
	}
	b.ReportMetric(float64(2*n*b.N)/b.Elapsed().Seconds(), "documents/s")
}

// multiply makes n purchases of the first hundred by copying rows, with what
// recalculation reads: a mirror of ten years of a city in seconds.
func multiply(b testing.TB, e *pgtest.Env, n int) {
	b.Helper()
	e.Owner(b, `CREATE TABLE pairs AS SELECT t.id AS tid, c.id AS cid, k, md5(t.id || k) AS new_tid, md5(c.id || k) AS new_cid
		FROM procurement_tenders t JOIN procurement_contracts c ON c.tender_id = t.id, generate_series(1, $1) AS k`, n/100-1)
	e.Owner(b, `INSERT INTO procurement_documents (resource, id, tender_id, date_modified, raw, slim, source, fetched_at)
		SELECT d.resource, CASE d.resource WHEN 'tender' THEN new_tid ELSE new_cid END, new_tid, d.date_modified, '', convert_to(
		         replace(replace(convert_from(d.slim, 'UTF8'), tid, new_tid), cid, new_cid), 'UTF8'), d.source, d.fetched_at
		  FROM pairs p JOIN procurement_documents d ON d.tender_id = p.tid`)
	for _, t := range []string{"tenders", "contracts"} {
		id, tender := "new_tid", ""
		if t == "contracts" {
			id, tender = "new_cid", "x.tender_id := p.new_tid;"
		}
		e.Owner(b, `DO $$ DECLARE p pairs; x procurement_`+t+`; BEGIN
			FOR p IN SELECT * FROM pairs LOOP
			  SELECT * INTO x FROM procurement_`+t+` WHERE id = p.`+id[4:]+`;
			  x.id := p.`+id+`; `+tender+`
			  INSERT INTO procurement_`+t+` SELECT x.*;
			END LOOP; END $$`)
	}
	e.Owner(b, `INSERT INTO procurement_register SELECT r.kind, CASE r.kind WHEN 'tender' THEN new_tid ELSE new_cid END, r.number || k, new_tid, r.day, r.year,
		  r.title, r.buyer_code, r.buyer_name, r.supplier_keys, r.supplier_name, r.cpv, r.cpv_path, r.method, r.competitive, r.status, r.amount, r.currency,
		  r.signs, r.clear, r.example, r.demo, r.modified_at, r.changed_at, r.search
		FROM pairs p JOIN procurement_register r ON r.tender_id = p.tid`)
	e.Owner(b, `INSERT INTO procurement_checks (started_at, finished_at, method, extraction, tenders, changed) VALUES (now(), now(), '0', $1, 0, 0)`, extraction)
	e.Owner(b, "ANALYZE")
}

// BenchmarkRecalculate judges 130 000 purchases anew: at first every value is
// new, as after a change of the rules, then none, as every night.
func BenchmarkRecalculate(b *testing.B) {
	const n = 130_000
	e := pgtest.New(b)
	s := newService(b, e)
	ctx := context.Background()
	path := filepath.Join(b.TempDir(), "hundred.jsonl")
	var lines bytes.Buffer
	manyPurchases(b, 100, func(doc []byte) {
		lines.Write(doc)
		lines.WriteByte('\n')
	})
	if err := os.WriteFile(path, lines.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	if _, err := s.Import(ctx, []string{path}, FromImport, nil); err != nil {
		b.Fatal(err)
	}
	multiply(b, e, n)
	began := time.Now()
	r, err := s.Recalculate(ctx, nil)
	if err != nil || r.Tenders < n-100 {
		b.Fatalf("%+v, %v", r, err)
	}
	b.Logf("%d tenders, %d changed, in %v", r.Tenders, r.Changed, time.Since(began))
	b.Logf("%d bytes of values on average", e.Count(b, "SELECT avg(length(values::text))::int FROM procurement_results"))
	for b.Loop() {
		if r, err := s.Recalculate(ctx, nil); err != nil || r.Changed != 0 {
			b.Fatalf("%+v, %v", r, err)
		}
	}
	b.ReportMetric(float64(r.Tenders)*float64(b.N)/b.Elapsed().Seconds(), "tenders/s")
}
