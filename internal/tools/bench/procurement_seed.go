package main

import (
	"context"
	"fmt"

	"ereception/internal/procurement"
)

// The mirror of a run: ten years of a city of 260 000, see the volumes in
// docs/bench.md.
const (
	purchases = 130_000 // tenders, and as many contracts
	plans     = 20_000
)

// seedPurchases copies the tenders of the demonstration with what the lists and
// the recalculation read. Words, sums, buyers, suppliers and codes are spread as
// in life: few large buyers and many small ones, most sums small, a tenth of the
// rows with one common word, single rows with a rare one.
func (b *bench) seedPurchases(ctx context.Context) error {
	var there int
	if err := b.su.QueryRow(ctx, "SELECT count(*) FROM procurement_register WHERE number LIKE 'b-%'").Scan(&there); err != nil {
		return err
	}
	if there > 0 {
		return nil
	}
	for _, q := range append([]string{"SET session_replication_role = replica"}, append(purchaseSQL(), "RESET session_replication_role", "VACUUM ANALYZE", "CHECKPOINT")...) {
		if _, err := b.su.Exec(ctx, q); err != nil {
			return fmt.Errorf("%.80s…: %w", q, err)
		}
	}
	return nil
}

func purchaseSQL() []string {
	return []string{
		"CREATE SCHEMA IF NOT EXISTS bench",
		// What is seeded is of this version: its raw documents are others' and nothing may be extracted of them.
		fmt.Sprintf("INSERT INTO procurement_checks (started_at, finished_at, method, extraction, tenders, changed) VALUES (now(), now(), '0', %d, 0, 0)", procurement.Extraction()),
		// The documents that are copied: purchases with a contract, and a document of the contracting module for each.
		`CREATE TABLE bench.pattern AS SELECT row_number() OVER (PARTITION BY t.competitive ORDER BY t.id) - 1 rn, count(*) OVER (PARTITION BY t.competitive) n, t.competitive, t.id,
			t.number, t.method, t.category, t.buyer_kind, t.cause, d.raw, convert_from(d.slim, 'UTF8') slim
			FROM procurement_tenders t JOIN procurement_documents d ON d.resource = 'tender' AND d.id = t.id WHERE t.mode = '' AND length(d.slim) < 60000`,
		`CREATE TABLE bench.paper AS SELECT row_number() OVER (ORDER BY c.id) - 1 rn, count(*) OVER () n, c.id, c.number, c.tender_id, d.raw, convert_from(d.slim, 'UTF8') slim
			FROM procurement_contracts c JOIN procurement_documents d ON d.resource = 'contract' AND d.id = c.id`,
		`CREATE TABLE bench.words AS SELECT w, row_number() OVER () - 1 AS i FROM unnest(ARRAY['даху','приміщень','корпусу','тротуарів','електромереж','опалення','вікон','дверей',
			'харчоблоку','водопроводу','каналізації','фасаду','огорожі','майданчика','світильників','ліфтів','котельні','насосів','паперу','меблів','молока','мяса','овочів','хліба','круп',
			'ліків','рукавичок','шприців','бензину','вугілля','газу','електроенергії','компютерів','принтерів','картриджів','програм','охорони','прибирання','вивезення','звязку']) w`,
		fmt.Sprintf(`CREATE TABLE bench.p AS SELECT g, md5('t' || g) tid, md5('c' || g) cid, 'b-' || g || '-a' number,
			-- a half of the purchases is of a tenth of the 84 buyers
			lpad((20000000 + floor(84 * power(h.a, 2.5))::int)::text, 8, '0') buyer,
			lpad((30000000 + floor(6000 * power(h.b, 3))::int)::text, 8, '0') supplier,
			(ARRAY['45260000-7','45310000-3','45453000-7','45233222-1','45421132-8','45331100-7','15500000-3','15800000-6','33600000-6','33140000-3','09130000-9','09310000-5','30190000-7',
			  '30230000-0','39100000-3','48000000-8','50700000-2','79710000-4','90910000-9','90500000-2','64200000-8','71240000-2','85110000-3','80510000-2'])[1 + floor(24 * power(h.c, 1.6))::int] cpv,
			timestamptz '2016-12-01 10:00+02' + make_interval(mins => (g * 39)) AS day,
			round(exp(7 + 4 * (h.d + h.e - 0.5))::numeric, 2) amount, h.f < 0.05 competitive, h.a x, h.b y, h.c z, h.d v
			FROM generate_series(1, %d) g, LATERAL (SELECT
			  abs(hashint8(g * 7 + 1)) / 2147483648.0 a, abs(hashint8(g * 11 + 2)) / 2147483648.0 b, abs(hashint8(g * 13 + 3)) / 2147483648.0 c,
			  abs(hashint8(g * 17 + 4)) / 2147483648.0 d, abs(hashint8(g * 19 + 5)) / 2147483648.0 e, abs(hashint8(g * 23 + 6)) / 2147483648.0 f) h`, purchases),
		`CREATE TABLE bench.q AS SELECT p.*, left(cpv, 8) code, initcap(CASE WHEN x < 0.1 THEN 'Капітальний ремонт ' WHEN x < 0.25 THEN 'Поточний ремонт ' WHEN x < 0.6 THEN 'Закупівля ' ELSE 'Послуги ' END)
			|| w1.w || ' ' || w2.w || CASE WHEN g % 9973 = 0 THEN ' планетарію' ELSE '' END || ' № ' || (g % 400) title
			FROM bench.p p JOIN bench.words w1 ON w1.i = floor(40 * y)::int JOIN bench.words w2 ON w2.i = (g % 40)`,
		"CREATE INDEX ON bench.q (g)",
		fmt.Sprintf(`INSERT INTO procurement_tenders (id, number, status, method, competitive, category, title, buyer_key, buyer_code, buyer_name, buyer_kind, subject, cpv, cause, amount, created_on,
			tender_start, status_on, modified_at, bids)
			SELECT q.tid, q.number, 'complete', f.method, q.competitive, f.category, q.title, 'UA-EDR-' || q.buyer, q.buyer, 'Заклад № ' || q.buyer, f.buyer_kind, q.code, q.cpv, f.cause, q.amount, q.day,
			q.day, q.day, q.day, 1 FROM bench.q q JOIN bench.pattern f ON f.competitive = q.competitive AND f.rn = q.g %% f.n`),
		`INSERT INTO procurement_documents (resource, id, tender_id, date_modified, raw, slim, source, fetched_at)
			SELECT 'tender', q.tid, q.tid, q.day, CASE WHEN q.g % 200 = 0 THEN f.raw ELSE (SELECT raw FROM bench.pattern ORDER BY length(raw) LIMIT 1) END, convert_to(replace(replace(f.slim, f.id, q.tid), f.number, q.number), 'UTF8'), 'import', q.day
			FROM bench.q q JOIN bench.pattern f ON f.competitive = q.competitive AND f.rn = q.g % f.n`,
		`INSERT INTO procurement_documents (resource, id, tender_id, date_modified, raw, slim, source, fetched_at)
			SELECT 'contract', q.cid, q.tid, q.day, CASE WHEN q.g % 200 = 0 THEN f.raw ELSE (SELECT raw FROM bench.paper ORDER BY length(raw) LIMIT 1) END, convert_to(replace(replace(replace(f.slim, f.id, q.cid), f.number, q.number || '-a1'), f.tender_id, q.tid), 'UTF8'), 'import', q.day
			FROM bench.q q JOIN bench.paper f ON f.rn = q.g % f.n`,
		`INSERT INTO procurement_contracts (id, number, own_number, tender_id, status, title, buyer_key, buyer_code, buyer_name, supplier_key, supplier_name, cpv, amount, signed_on, modified_at)
			SELECT cid, number || '-a1', (g % 300)::text, tid, 'active', title, 'UA-EDR-' || buyer, buyer, 'Заклад № ' || buyer, 'UA-EDR-' || supplier, 'ТОВ «Постачальник ' || supplier || '»', cpv, amount, day, day FROM bench.q`,
		`INSERT INTO procurement_suppliers (key, name, code, seen_at) SELECT DISTINCT ON (supplier) 'UA-EDR-' || supplier, 'ТОВ «Постачальник ' || supplier || '»', supplier, day FROM bench.q ORDER BY supplier`,
		`INSERT INTO procurement_buyers (code, name, created_at) SELECT DISTINCT buyer, 'Заклад № ' || buyer, timestamptz '2016-01-01' FROM bench.q ON CONFLICT DO NOTHING`,
		`CREATE TABLE bench.indexes AS SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'procurement_register' AND indexdef LIKE '%gin%'`,
		"DO $$ DECLARE n text; BEGIN FOR n IN SELECT indexname FROM bench.indexes LOOP EXECUTE 'DROP INDEX ' || n; END LOOP; END $$",
		`INSERT INTO procurement_register (kind, id, number, tender_id, day, year, title, buyer_code, buyer_name, supplier_keys, supplier_name, cpv, cpv_path, method, competitive, status, amount, signs,
			clear, modified_at, changed_at, search)
			SELECT k.kind, CASE k.kind WHEN 'tender' THEN q.tid ELSE q.cid END, q.number || CASE k.kind WHEN 'tender' THEN '' ELSE '-a1' END, q.tid, q.day,
			extract(year FROM q.day AT TIME ZONE 'Europe/Kyiv')::int, q.title, q.buyer, 'Заклад № ' || q.buyer, ARRAY['UA-EDR-' || q.supplier], 'ТОВ «Постачальник ' || q.supplier || '»', q.cpv,
			ARRAY[left(q.cpv, 2), left(q.cpv, 3), left(q.cpv, 4), left(q.cpv, 5), left(q.cpv, 6), left(q.cpv, 7), left(q.cpv, 8)], f.method, q.competitive, CASE k.kind WHEN 'tender' THEN 'complete' ELSE 'active' END, q.amount,
			CASE WHEN q.competitive AND q.v < 0.05 THEN ARRAY['DASU-3-3@contract'] WHEN q.v < 0.01 THEN ARRAY['sas24-3-5'] ELSE '{}' END,
			CASE WHEN q.competitive AND q.v >= 0.05 THEN ARRAY['DASU-3-1', 'DASU-3-3@contract'] ELSE '{}' END, q.day, q.day,
			array_to_tsvector(ARRAY(SELECT DISTINCT w FROM unnest(regexp_split_to_array(translate(lower(q.title || ' заклад тов постачальник ' || q.number || ' ' || q.buyer || ' ' || q.supplier || ' ' || q.code || ' ' || q.cpv), 'їґ№«»', 'іг'), '\s+')) w WHERE w <> ''))
			FROM bench.q q JOIN bench.pattern f ON f.competitive = q.competitive AND f.rn = q.g % f.n, (VALUES ('tender'), ('contract')) k (kind) ORDER BY q.g`,
		fmt.Sprintf(`INSERT INTO procurement_register (kind, id, number, day, year, title, buyer_code, buyer_name, cpv, cpv_path, method, status, amount, modified_at, changed_at, search)
			SELECT 'plan', md5('p' || g), 'b-p-' || g, day, extract(year FROM day AT TIME ZONE 'Europe/Kyiv')::int, title, buyer, 'Заклад № ' || buyer, cpv,
			ARRAY[left(cpv, 2), left(cpv, 3), left(cpv, 4), left(cpv, 5), left(cpv, 6), left(cpv, 7), left(cpv, 8)], 'reporting', 'scheduled', amount, day, day,
			array_to_tsvector(ARRAY(SELECT DISTINCT w FROM unnest(regexp_split_to_array(translate(lower(title || ' ' || buyer), 'їґ№', 'іг'), '\s+')) w WHERE w <> '')) FROM bench.q WHERE g %% (%d / %d) = 0`, purchases, plans),
		"DO $$ DECLARE d text; BEGIN FOR d IN SELECT indexdef FROM bench.indexes LOOP EXECUTE d; END LOOP; END $$",
	}
}
