package procurement

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
)

// Put stores one document of the API, with or without its envelope, in one
// transaction with everything that follows from it: see the package. An older or
// equal dateModified than the stored one changes nothing. Values that nobody
// knows yet (a new status, a new kind of procedure) are stored like any other.
// source is FromAPI, FromImport or FromDemo. Errors: ErrNotDocument, ErrBroken,
// and those of the database.
func (s *Service) Put(ctx context.Context, raw []byte, source string) (PutResult, error) {
	d, err := s.prepare(raw, source, false)
	if err != nil {
		return PutResult{}, err
	}
	var changed []bool
	err = s.write(ctx, func(tx *db.Tx) error {
		changed, err = s.store(ctx, tx, []*document{d})
		return err
	})
	if err != nil {
		return PutResult{}, err
	}
	return d.result(changed[0]), nil
}

// PutTx is Put within a write of the caller, who is authz.System with
// authz.JobRun. It takes the lock of the mirror until the write ends.
func (s *Service) PutTx(ctx context.Context, tx *db.Tx, raw []byte, source string) (PutResult, error) {
	d, err := s.prepare(raw, source, false)
	if err != nil {
		return PutResult{}, err
	}
	if err := tx.Authorize(authz.Anyone); err != nil {
		return PutResult{}, err
	}
	tx.AfterCommit(s.reads.changed)
	changed, err := s.store(ctx, tx, []*document{d})
	if err != nil {
		return PutResult{}, err
	}
	return d.result(changed[0]), nil
}

func (d *document) result(changed bool) PutResult {
	return PutResult{Resource: d.resource, ID: d.id, Number: d.number, TenderID: d.tenderID, Changed: changed}
}

// write is a write of the portal itself.
func (s *Service) write(ctx context.Context, fn func(*db.Tx) error) error {
	return s.db.Write(ctx, authz.System("procurement"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		tx.AfterCommit(s.reads.changed)
		return fn(tx)
	})
}

// lockMirror lets one transaction at a time write to the mirror. Documents of
// one tender, and tenders of one buyer by the rules that look at its history,
// hang together; a lock for all of them cannot deadlock and is held for
// milliseconds.
func lockMirror(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('procurement'))")
	return err
}

// store writes documents and all that follows from them. It tells for each
// whether it was newer than what was stored.
func (s *Service) store(ctx context.Context, tx *db.Tx, docs []*document) ([]bool, error) {
	p := tx.Pgx()
	if err := lockMirror(ctx, p); err != nil {
		return nil, err
	}
	fresh, changed, families, err := newer(ctx, p, docs)
	if err != nil || len(fresh) == 0 {
		return changed, err
	}
	buyers, err := listBuyers(ctx, p)
	if err != nil {
		return nil, err
	}
	b := &pgx.Batch{}
	for _, d := range fresh {
		b.Queue(`
			INSERT INTO procurement_documents AS d (resource, id, tender_id, date_modified, raw, slim, source, demo, fetched_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (resource, id) DO UPDATE SET tender_id = excluded.tender_id, date_modified = excluded.date_modified, raw = excluded.raw,
			  slim = excluded.slim, source = excluded.source, demo = excluded.demo, fetched_at = excluded.fetched_at
			WHERE excluded.date_modified > d.date_modified`,
			d.resource, d.id, d.tenderID, d.modified, d.raw, d.slim, d.source, d.demo, tx.Now)
		switch d.resource {
		case Plans:
			queuePlan(b, d, buyers, tx.Now)
		case Monitorings:
			queueMonitoring(b, d)
		}
	}
	if err := p.SendBatch(ctx, b).Close(); err != nil {
		return nil, err
	}
	return changed, s.refresh(ctx, p, tx.Now, slices.Sorted(maps.Keys(families)), buyers)
}

// newer tells which documents are newer than the stored ones (of two of the same
// thing the newest alone), and the tenders whose families they touch, those that
// a contract left included.
func newer(ctx context.Context, p pgx.Tx, docs []*document) (fresh []*document, changed []bool, families map[string]bool, err error) {
	type key struct{ resource, id string }
	type known struct {
		modified time.Time
		tenderID string
		doc      *document
		stored   bool
	}
	var resources, ids []string
	for _, d := range docs {
		resources, ids = append(resources, d.resource), append(ids, d.id)
	}
	rows, err := p.Query(ctx, `SELECT d.resource, d.id, d.date_modified, d.tender_id FROM procurement_documents d
		JOIN unnest($1::text[], $2::text[]) AS x(resource, id) USING (resource, id)`, resources, ids)
	if err != nil {
		return nil, nil, nil, err
	}
	have := map[key]*known{}
	var k key
	var v known
	if _, err := pgx.ForEachRow(rows, []any{&k.resource, &k.id, &v.modified, &v.tenderID}, func() error {
		have[k] = &known{modified: v.modified, tenderID: v.tenderID, stored: true}
		return nil
	}); err != nil {
		return nil, nil, nil, err
	}
	families = map[string]bool{}
	for _, d := range docs {
		k := key{d.resource, d.id}
		h := have[k]
		if h != nil && !d.modified.After(h.modified) {
			changed = append(changed, false)
			continue
		}
		changed = append(changed, true)
		if h == nil {
			h = &known{}
			have[k] = h
		}
		if h.stored && d.resource == Contracts && h.tenderID != d.tenderID {
			families[h.tenderID] = true
		}
		h.modified, h.doc = d.modified, d
	}
	for _, h := range have {
		if h.doc == nil {
			continue
		}
		fresh = append(fresh, h.doc)
		if h.doc.resource == Tenders || h.doc.resource == Contracts {
			families[h.doc.tenderID] = true
		}
	}
	slices.SortFunc(fresh, func(a, b *document) int { return cmp.Or(cmp.Compare(a.resource, b.resource), cmp.Compare(a.id, b.id)) })
	return fresh, changed, families, nil
}

// refresh derives everything that is kept of the families anew, under the lock
// of the mirror, after a document of theirs changed; tenders that look back at
// these ones are judged again too.
func (s *Service) refresh(ctx context.Context, p pgx.Tx, now time.Time, tenderIDs []string, buyers buyerList) error {
	if len(tenderIDs) == 0 {
		return nil
	}
	back, err := historyKeys(ctx, p, tenderIDs)
	if err != nil {
		return err
	}
	list, err := s.families(ctx, p, tenderIDs, buyers)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	for _, f := range list {
		f.queueRows(b)
	}
	if err := p.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if err := s.judgeAll(ctx, p, list, now); err != nil {
		return err
	}
	b = &pgx.Batch{}
	for _, f := range list {
		f.queueEntries(b, now)
		if k, ok := historyKeyOf(f.row); ok {
			back = append(back, k)
		}
	}
	if err := p.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	others, err := lookingBack(ctx, p, back, tenderIDs)
	if err != nil {
		return err
	}
	return s.rejudge(ctx, p, now, others)
}

// rejudge calculates the values of tenders whose own documents are as they were,
// and writes them where they changed. It needs the lock of the mirror.
func (s *Service) rejudge(ctx context.Context, p pgx.Tx, now time.Time, tenderIDs []string) error {
	list, err := s.documents(ctx, p, tenderIDs)
	if err != nil || len(list) == 0 {
		return err
	}
	if err := s.judgeAll(ctx, p, list, now); err != nil {
		return err
	}
	return registerSigns(ctx, p, list, now)
}

// registerSigns writes the signs of tenders whose values changed, and those of
// their contracts, into the register, where they are other than there.
func registerSigns(ctx context.Context, p pgx.Tx, list []*derived, now time.Time) error {
	var kinds, ids, tenders, found, clear []string
	add := func(kind, id, tender string, s, c []string) {
		kinds, ids, tenders = append(kinds, kind), append(ids, id), append(tenders, tender)
		found, clear = append(found, strings.Join(s, ",")), append(clear, strings.Join(c, ","))
	}
	for _, d := range list {
		if !d.judged || d.unchanged {
			continue
		}
		s, c := signs(d.values)
		add(Tenders, d.tenderID, d.tenderID, s, c)
		for id, at := range d.places {
			s, c := contractSigns(d.values, id, at)
			add(Contracts, id, d.tenderID, s, c)
		}
	}
	_, err := p.Exec(ctx, `
		UPDATE procurement_register r SET signs = x.signs, clear = x.clear, changed_at = CASE WHEN r.signs = x.signs THEN r.changed_at ELSE $6 END
		  FROM (SELECT kind, id, tender_id, string_to_array(s, ',') AS signs, string_to_array(c, ',') AS clear
		          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS u(kind, id, tender_id, s, c)) x
		 WHERE r.kind = x.kind AND r.id = x.id AND r.tender_id = x.tender_id AND (r.signs, r.clear) IS DISTINCT FROM (x.signs, x.clear)`,
		kinds, ids, tenders, found, clear, now)
	return err
}

// judgeAll calculates the values of families and writes those that changed.
func (s *Service) judgeAll(ctx context.Context, p pgx.Tx, list []*derived, now time.Time) error {
	for _, f := range list {
		if err := s.judge(ctx, p, f, now); err != nil {
			return err
		}
	}
	return writeValues(ctx, p, list, now)
}

// writeValues writes the values of judged families where they changed, and that
// the others were checked.
func writeValues(ctx context.Context, p pgx.Tx, list []*derived, now time.Time) error {
	if err := fillKept(ctx, p, list); err != nil {
		return err
	}
	var same, ids, values []string
	var modified []time.Time
	var digests [][]byte
	for _, d := range list {
		switch {
		case !d.judged:
		case d.unchanged:
			same = append(same, d.tenderID)
		default:
			ids, values, modified, digests = append(ids, d.tenderID), append(values, string(d.packed)), append(modified, d.newest()), append(digests, d.digest)
		}
	}
	b := &pgx.Batch{}
	b.Queue("UPDATE procurement_tenders SET checked_at = $2 WHERE id = ANY($1)", same, now)
	b.Queue(`
		WITH r AS (
		  INSERT INTO procurement_results (tender_id, calculated_at, modified_at, method, digest, values)
		  SELECT id, $5, modified, $6, digest, v::jsonb FROM unnest($1::text[], $2::timestamptz[], $3::bytea[], $4::text[]) AS x(id, modified, digest, v)
		  RETURNING id, tender_id)
		UPDATE procurement_tenders t SET checked_at = $5, result_id = r.id FROM r WHERE t.id = r.tender_id`,
		ids, modified, digests, values, now, Method())
	return p.SendBatch(ctx, b).Close()
}

// derived is a family with what follows from it.
type derived struct {
	family
	row       *tenderRow
	rows      []contractRow
	previous  previous
	values    []Value
	places    map[string]place // by contract
	judged    bool             // the values were calculated: the tender is known
	packed    []byte
	digest    []byte
	unchanged bool // as the present result says
}

const modeTest = "test"

// families reads the documents of families and extracts their rows.
func (s *Service) families(ctx context.Context, p querier, tenderIDs []string, buyers buyerList) ([]*derived, error) {
	list, err := s.documents(ctx, p, tenderIDs)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		if d.row, d.rows, err = s.extract(&d.family, buyers); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// documents reads the documents of families and their present values.
func (s *Service) documents(ctx context.Context, p querier, tenderIDs []string) ([]*derived, error) {
	if len(tenderIDs) == 0 {
		return nil, nil
	}
	by := map[string]*derived{}
	var out []*derived
	for _, id := range tenderIDs {
		if by[id] == nil {
			d := &derived{family: family{tenderID: id}}
			by[id] = d
			out = append(out, d)
		}
	}
	rows, err := p.Query(ctx, `SELECT resource, id, tender_id, slim, date_modified, demo FROM procurement_documents
		WHERE tender_id = ANY($1) AND resource IN ('tender', 'contract') ORDER BY resource, id`, tenderIDs)
	if err != nil {
		return nil, err
	}
	var st stored
	if _, err := pgx.ForEachRow(rows, []any{&st.resource, &st.id, &st.tenderID, &st.slim, &st.modified, &st.demo}, func() error {
		d, c := by[st.tenderID], st
		c.modified = c.modified.UTC()
		if st.resource == Tenders {
			d.tender = &c
		} else {
			d.contracts = append(d.contracts, c)
		}
		st.slim = nil
		return nil
	}); err != nil {
		return nil, err
	}
	return out, readPrevious(ctx, p, by, tenderIDs)
}

// queueRows writes the rows of the tender and of its contracts, and takes away
// the contracts that the family has lost.
func (d *derived) queueRows(b *pgx.Batch) {
	ids := []string{}
	for i := range d.rows {
		ids = append(ids, d.rows[i].id)
	}
	b.Queue("DELETE FROM procurement_contracts WHERE tender_id = $1 AND id <> ALL($2)", d.tenderID, ids)
	b.Queue("DELETE FROM procurement_register WHERE kind = 'contract' AND tender_id = $1 AND id <> ALL($2)", d.tenderID, ids)
	if t := d.row; t != nil {
		b.Queue(`
			INSERT INTO procurement_tenders (id, number, mode, status, method, competitive, category, title, buyer_key, buyer_code, buyer_name, buyer_kind,
			  subject, cpv, cause, amount, currency, created_on, tender_start, tender_end, status_on, modified_at, bids, example, demo)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::text::numeric, $17, $18, $19, $20, $21, $22, $23, $24, $25)
			ON CONFLICT (id) DO UPDATE SET number = excluded.number, mode = excluded.mode, status = excluded.status, method = excluded.method,
			  competitive = excluded.competitive, category = excluded.category, title = excluded.title, buyer_key = excluded.buyer_key,
			  buyer_code = excluded.buyer_code, buyer_name = excluded.buyer_name, buyer_kind = excluded.buyer_kind, subject = excluded.subject,
			  cpv = excluded.cpv, cause = excluded.cause, amount = excluded.amount, currency = excluded.currency, created_on = excluded.created_on,
			  tender_start = excluded.tender_start, tender_end = excluded.tender_end, status_on = excluded.status_on,
			  modified_at = excluded.modified_at, bids = excluded.bids, example = excluded.example, demo = excluded.demo`,
			t.id, t.number, t.mode, t.status, t.method, competitive(t.method), t.category, t.title, t.buyer.key, t.buyer.code, t.buyer.name, t.buyer.kind,
			t.subject, t.cpv, t.cause, t.amount, t.currency, t.created, t.start, t.end, t.statusOn, t.modified, t.bids, t.example, t.demo)
	}
	for i := range d.rows {
		c := &d.rows[i]
		var sup org
		if len(c.suppliers) > 0 {
			sup = c.suppliers[0]
		}
		// A contract of the contracting module is never overwritten by the copy in a
		// tender; of two tenders that claim one stub, the real and the lower id has it.
		b.Queue(`
			INSERT INTO procurement_contracts AS c (id, number, own_number, tender_id, award_id, status, terminated, title, buyer_key, buyer_code, buyer_name,
			  supplier_key, supplier_name, cpv, amount, paid, currency, signed_on, starts_on, ends_on, changes, modified_at, stub, example, demo)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::text::numeric, $16::text::numeric, $17, $18, $19, $20, $21, $22, $23, $24, $25)
			ON CONFLICT (id) DO UPDATE SET number = excluded.number, own_number = excluded.own_number, tender_id = excluded.tender_id,
			  award_id = excluded.award_id, status = excluded.status, terminated = excluded.terminated, title = excluded.title,
			  buyer_key = excluded.buyer_key, buyer_code = excluded.buyer_code, buyer_name = excluded.buyer_name,
			  supplier_key = excluded.supplier_key, supplier_name = excluded.supplier_name, cpv = excluded.cpv, amount = excluded.amount,
			  paid = excluded.paid, currency = excluded.currency, signed_on = excluded.signed_on, starts_on = excluded.starts_on,
			  ends_on = excluded.ends_on, changes = excluded.changes, modified_at = excluded.modified_at, stub = excluded.stub,
			  example = excluded.example, demo = excluded.demo
			WHERE NOT excluded.stub OR c.stub AND (c.tender_id = excluded.tender_id OR (c.demo, c.tender_id) > (excluded.demo, excluded.tender_id))`,
			c.id, c.number, c.ownNumber, c.tenderID, c.awardID, c.status, c.terminated, c.title, c.buyer.key, c.buyer.code, c.buyer.name,
			sup.key, sup.name, c.cpv, c.amount, c.paid, c.currency, c.signed, c.starts, c.ends, c.changes, c.modified, c.stub, c.example, c.demo)
	}
}

// queueEntries writes the rows of the register. A test purchase has none.
func (d *derived) queueEntries(b *pgx.Batch, now time.Time) {
	test := d.row != nil && d.row.mode == modeTest
	if test {
		b.Queue("DELETE FROM procurement_register WHERE tender_id = $1 AND kind IN ('tender', 'contract')", d.tenderID)
		return
	}
	if d.row != nil {
		queueRegister(b, d.tenderEntry(), now)
		for _, o := range d.row.suppliers {
			queueSupplier(b, o, d.row.modified)
		}
	}
	for i := range d.rows {
		c := &d.rows[i]
		if c.mode == modeTest {
			b.Queue("DELETE FROM procurement_register WHERE kind = 'contract' AND id = $1", c.id)
			continue
		}
		queueRegister(b, d.contractEntry(c), now)
		for _, o := range c.suppliers {
			queueSupplier(b, o, c.modified)
		}
	}
}

// entry is a row of the register.
type entry struct {
	kind, id, number, tenderID string
	day                        time.Time
	title                      string
	buyer                      org
	suppliers                  []org
	cpv                        string
	cpvPath                    []string
	method, status             string
	amount                     *string
	currency                   string
	signs, clear               []string
	example, demo, stub        bool
	modified                   time.Time
	words                      []string // further ones to be found by
}

func (d *derived) tenderEntry() entry {
	t := d.row
	e := entry{
		kind: Tenders, id: t.id, number: t.number, tenderID: t.id, day: t.day, title: t.title, buyer: t.buyer, suppliers: t.suppliers, cpv: t.cpv,
		cpvPath: t.cpvPath, method: t.method, status: t.status, amount: t.amount, currency: t.currency, example: t.example, demo: t.demo, modified: t.modified,
	}
	e.signs, e.clear = signs(d.values)
	return e
}

func (d *derived) contractEntry(c *contractRow) entry {
	e := entry{
		kind: Contracts, id: c.id, number: c.number, tenderID: c.tenderID, day: c.day, title: c.title, buyer: c.buyer, suppliers: c.suppliers, cpv: c.cpv,
		cpvPath: c.cpvPath, status: c.status, amount: c.amount, currency: c.currency, example: c.example, demo: c.demo, modified: c.modified,
		stub: c.stub, words: []string{c.ownNumber},
	}
	if d.row != nil {
		e.method = d.row.method
		e.words = append(e.words, d.row.number)
	}
	e.signs, e.clear = contractSigns(d.values, c.id, place{c.lotID, c.status == cancelled})
	return e
}

// queueRegister writes a row of the register. A row that is the same as before
// keeps its changed_at: it is no news.
func queueRegister(b *pgx.Batch, e entry, now time.Time) {
	keys, name := []string{}, ""
	words := append([]string{e.number, e.title, e.buyer.name, e.cpv}, e.words...)
	if !noCode(e.buyer.code) {
		words = append(words, e.buyer.code)
	}
	for i, o := range e.suppliers {
		if i == 0 {
			name = o.name
		}
		keys = append(keys, o.key)
		if words = append(words, o.name); !noCode(o.key) {
			words = append(words, o.code)
		}
	}
	none := func(s []string) []string {
		if s == nil {
			return []string{}
		}
		return s
	}
	// The copy of a contract in a tender yields to the contract, as in the table of
	// contracts.
	b.Queue(`
		INSERT INTO procurement_register AS r (kind, id, number, tender_id, day, year, title, buyer_code, buyer_name, supplier_keys, supplier_name, cpv,
		  cpv_path, method, competitive, status, amount, currency, signs, clear, example, demo, modified_at, changed_at, search)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17::text::numeric, $18, $19, $20, $21, $22, $23, $24,
		       array_to_tsvector($25::text[])
		 WHERE $1 <> 'contract' OR EXISTS (SELECT FROM procurement_contracts c WHERE c.id = $2 AND c.tender_id = $4)
		ON CONFLICT (kind, id) DO UPDATE SET number = excluded.number, tender_id = excluded.tender_id, day = excluded.day, year = excluded.year,
		  title = excluded.title, buyer_code = excluded.buyer_code, buyer_name = excluded.buyer_name, supplier_keys = excluded.supplier_keys,
		  supplier_name = excluded.supplier_name, cpv = excluded.cpv, cpv_path = excluded.cpv_path, method = excluded.method,
		  competitive = excluded.competitive, status = excluded.status, amount = excluded.amount, currency = excluded.currency,
		  signs = excluded.signs, clear = excluded.clear, example = excluded.example, demo = excluded.demo,
		  modified_at = excluded.modified_at, changed_at = excluded.changed_at, search = excluded.search
		WHERE (r.number, r.tender_id, r.day, r.title, r.buyer_code, r.buyer_name, r.supplier_keys, r.supplier_name, r.cpv, r.cpv_path, r.method,
		       r.status, r.amount, r.currency, r.signs, r.clear, r.example, r.demo, r.modified_at, r.search)
		   IS DISTINCT FROM (excluded.number, excluded.tender_id, excluded.day, excluded.title, excluded.buyer_code, excluded.buyer_name,
		       excluded.supplier_keys, excluded.supplier_name, excluded.cpv, excluded.cpv_path, excluded.method, excluded.status, excluded.amount,
		       excluded.currency, excluded.signs, excluded.clear, excluded.example, excluded.demo, excluded.modified_at, excluded.search)`,
		e.kind, e.id, e.number, e.tenderID, e.day, yearOf(e.day), e.title, e.buyer.code, e.buyer.name, keys, name, e.cpv, none(e.cpvPath), e.method,
		competitive(e.method), e.status, e.amount, e.currency, none(e.signs), none(e.clear), e.example, e.demo, e.modified, now, lexemes(words...))
}

func queueSupplier(b *pgx.Batch, o org, seen time.Time) {
	code := o.code
	if noCode(o.key) {
		code = ""
	}
	b.Queue(`
		INSERT INTO procurement_suppliers AS s (key, name, code, sole_trader, seen_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (key) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at
		WHERE excluded.seen_at > s.seen_at OR excluded.seen_at = s.seen_at AND excluded.name > s.name`,
		o.key, o.name, code, soleTrader(o.key), seen)
}

func queuePlan(b *pgx.Batch, d *document, buyers buyerList, now time.Time) {
	p := d.plan
	example := buyers.example(p.buyer.code, p.day)
	b.Queue(`
		INSERT INTO procurement_plans (id, number, status, tender_id, method, title, buyer_key, buyer_code, buyer_name, cpv, amount, currency,
		  starts_on, modified_at, example, demo)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::numeric, $12, $13, $14, $15, $16)
		ON CONFLICT (id) DO UPDATE SET number = excluded.number, status = excluded.status, tender_id = excluded.tender_id, method = excluded.method,
		  title = excluded.title, buyer_key = excluded.buyer_key, buyer_code = excluded.buyer_code, buyer_name = excluded.buyer_name,
		  cpv = excluded.cpv, amount = excluded.amount, currency = excluded.currency, starts_on = excluded.starts_on,
		  modified_at = excluded.modified_at, example = excluded.example, demo = excluded.demo`,
		p.id, p.number, p.status, p.tenderID, p.method, p.title, p.buyer.key, p.buyer.code, p.buyer.name, p.cpv, p.amount, p.currency,
		p.starts, d.modified, example, d.demo)
	if p.mode == modeTest {
		b.Queue("DELETE FROM procurement_register WHERE kind = 'plan' AND id = $1", p.id)
		return
	}
	queueRegister(b, entry{
		kind: Plans, id: p.id, number: p.number, tenderID: p.tenderID, day: p.day, title: p.title, buyer: p.buyer, cpv: p.cpv, cpvPath: p.cpvPath,
		method: p.method, status: p.status, amount: p.amount, currency: p.currency, example: example, demo: d.demo, modified: d.modified,
	}, now)
}

func queueMonitoring(b *pgx.Batch, d *document) {
	m := d.monitoring
	b.Queue(`
		INSERT INTO procurement_monitorings (id, number, tender_id, status, reasons, stages, violation, violations, started_on, concluded_on, modified_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET number = excluded.number, tender_id = excluded.tender_id, status = excluded.status, reasons = excluded.reasons,
		  stages = excluded.stages, violation = excluded.violation, violations = excluded.violations, started_on = excluded.started_on,
		  concluded_on = excluded.concluded_on, modified_at = excluded.modified_at`,
		d.id, d.number, d.tenderID, m.status, m.reasons, m.stages, m.occurred, m.violation, m.started, m.concluded, d.modified)
}
