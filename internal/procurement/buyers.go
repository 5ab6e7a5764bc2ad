package procurement

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

// BuyerRoles lists the roles of a buyer in the order of the page.
var BuyerRoles = []string{"council", "department", "institution", "enterprise", "other"}

const maxBuyerName = 300

// ValidCode reports whether s is a code of ЄДР: eight digits, the last of which
// is the control digit of the others (weights 1…7, or 7,1…6 for codes between 30
// and 60 million; the second attempt with weights larger by two).
func ValidCode(s string) bool {
	if len(s) != 8 {
		return false
	}
	var d [8]int
	n := 0
	for i, r := range []byte(s) {
		if r < '0' || r > '9' {
			return false
		}
		d[i] = int(r - '0')
		n = n*10 + d[i]
	}
	w := [7]int{1, 2, 3, 4, 5, 6, 7}
	if n > 30_000_000 && n < 60_000_000 {
		w = [7]int{7, 1, 2, 3, 4, 5, 6}
	}
	for shift := 0; shift <= 2; shift += 2 {
		sum := 0
		for i, x := range w {
			sum += d[i] * (x + shift)
		}
		if c := sum % 11; c < 10 {
			return c == d[7]
		}
	}
	return d[7] == 0
}

func (b *Buyer) tidy() {
	b.Code, b.Name = strings.TrimSpace(b.Code), clean(b.Name, 4*maxBuyerName)
	if b.Role == "" {
		b.Role = "institution"
	}
}

// Validate judges what was typed: errs.Invalid with the fields at fault.
func (b *Buyer) Validate() error {
	e := errs.Fields()
	switch {
	case b.Code == "":
		e.With("code", "purchases.err.required")
	case !ValidCode(b.Code), strings.Trim(b.Code, "0") == "": // noughts are whoever has no code
		e.With("code", "purchases.err.code")
	}
	switch {
	case b.Name == "":
		e.With("name", "purchases.err.required")
	case utf8.RuneCountInString(b.Name) > maxBuyerName:
		e.With("name", "purchases.err.too_long", "n", maxBuyerName)
	}
	if !slices.Contains(BuyerRoles, b.Role) {
		e.With("role", "purchases.err.role")
	}
	if b.ValidFrom != nil && b.ValidTo != nil && b.ValidTo.Before(*b.ValidFrom) {
		e.With("valid_to", "purchases.err.period")
	}
	return e.OrNil()
}

func (b *Buyer) columns() map[string]any {
	return map[string]any{
		"code": b.Code, "name": b.Name, "role": b.Role, "unit_id": b.UnitID,
		"valid_from": dateOnly(b.ValidFrom), "valid_to": dateOnly(b.ValidTo), "verified": b.Verified,
	}
}

// dateOnly gives a day as text, so that no time zone moves it on its way to a
// column of the type date.
func dateOnly(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := t.Format(time.DateOnly)
	return &s
}

// Buyers lists the buyers of the city by name.
func (s *Service) Buyers(ctx context.Context) ([]Buyer, error) {
	var out []Buyer
	err := s.db.Read(ctx).Order("name, code").Find(&out).Error
	return out, err
}

// BuyerByCode gives one buyer of the city; errs.NotFound.
func (s *Service) BuyerByCode(ctx context.Context, code string) (Buyer, error) {
	var b Buyer
	err := s.db.Read(ctx).Where("code = ?", code).Take(&b).Error
	if db.IsNotFound(err) {
		return b, errs.NotFound()
	}
	return b, err
}

// IsBuyer reports whether the code is a buyer of the city on the day.
func (s *Service) IsBuyer(ctx context.Context, code string, day time.Time) (bool, error) {
	b, err := s.BuyerByCode(ctx, code)
	if e, ok := errs.As(err); ok && e.Kind == errs.KindNotFound {
		return false, nil
	}
	return err == nil && b.On(day), err
}

// SaveBuyer adds a buyer (ID 0) or changes the one that was read at b.Version.
// What real people save is no demonstration any more. The purchases of the buyer
// are told from those of others by a job soon after. Errors: errs.Invalid by
// field, errs.Forbidden, errs.NotFound, errs.Conflict.
func (s *Service) SaveBuyer(ctx context.Context, a authz.Actor, b Buyer) (Buyer, error) {
	b.tidy()
	if err := b.Validate(); err != nil {
		return b, err
	}
	err := s.db.Write(ctx, a, authz.BuyersManage, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		tx.Enqueue(kind.PurchasesMark{})
		if b.ID == 0 {
			n := b
			if err := insertBuyer(tx, &n); err != nil {
				return err
			}
			b = n
			return nil
		}
		var have Buyer
		if err := tx.Take(&have, b.ID).Error; err != nil {
			if db.IsNotFound(err) {
				return errs.NotFound()
			}
			return err
		}
		set := b.columns()
		set["demo"] = false
		return tx.Save(&have, b.Version, set)
	})
	if db.Constraint(err) == "procurement_buyers_code_key" {
		return b, errs.Fields().With("code", "purchases.err.code_taken")
	}
	if db.Constraint(err) == "procurement_buyers_unit_id_fkey" {
		return b, errs.Fields().With("unit", "purchases.err.unit")
	}
	if err != nil {
		return b, err
	}
	return s.buyerAfter(ctx, b.Code)
}

// buyerAfter reads through the writing pool: a replica may be behind.
func (s *Service) buyerAfter(ctx context.Context, code string) (Buyer, error) {
	list, err := readBuyers(ctx, s.db.Pool())
	if err != nil {
		return Buyer{}, err
	}
	for _, b := range list {
		if b.Code == code {
			return b, nil
		}
	}
	return Buyer{}, errs.NotFound()
}

func insertBuyer(tx *db.Tx, b *Buyer) error {
	b.Version, b.CreatedAt = 1, tx.Now
	return tx.Pgx().QueryRow(tx.Statement.Context, `
		INSERT INTO procurement_buyers (code, name, role, unit_id, valid_from, valid_to, verified, demo, created_at)
		VALUES ($1, $2, $3, $4, $5::text::date, $6::text::date, $7, $8, $9) RETURNING id`,
		b.Code, b.Name, b.Role, b.UnitID, dateOnly(b.ValidFrom), dateOnly(b.ValidTo), b.Verified, b.Demo, b.CreatedAt).Scan(&b.ID)
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func readBuyers(ctx context.Context, q querier) ([]Buyer, error) {
	rows, err := q.Query(ctx, `SELECT id, code, name, role, unit_id, valid_from, valid_to, verified, demo, version, created_at
		FROM procurement_buyers ORDER BY code`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (b Buyer, err error) {
		err = r.Scan(&b.ID, &b.Code, &b.Name, &b.Role, &b.UnitID, &b.ValidFrom, &b.ValidTo, &b.Verified, &b.Demo, &b.Version, &b.CreatedAt)
		return b, err
	})
}

// buyerList answers whose a purchase is.
type buyerList map[string]Buyer

func (l buyerList) example(code string, day time.Time) bool {
	b, known := l[code]
	return !known || b.Demo || !b.On(day)
}

func listBuyers(ctx context.Context, q querier) (buyerList, error) {
	all, err := readBuyers(ctx, q)
	if err != nil {
		return nil, err
	}
	l := make(buyerList, len(all))
	for _, b := range all {
		l[b.Code] = b
	}
	return l, nil
}

// MarkExamples tells the purchases of the city's buyers from those of others
// anew. It changes only the rows whose mark was wrong.
func (s *Service) MarkExamples(ctx context.Context) (changed int, err error) {
	err = s.write(ctx, func(tx *db.Tx) error {
		if err := lockMirror(ctx, tx.Pgx()); err != nil {
			return err
		}
		tag, err := tx.Pgx().Exec(ctx, `
			UPDATE procurement_register r SET example = NOT r.example
			 WHERE r.example = EXISTS (
			   SELECT FROM procurement_buyers b
			    WHERE b.code = r.buyer_code AND NOT b.demo
			      AND (b.valid_from IS NULL OR b.valid_from <= (r.day AT TIME ZONE 'Europe/Kyiv')::date)
			      AND (b.valid_to IS NULL OR b.valid_to >= (r.day AT TIME ZONE 'Europe/Kyiv')::date))`)
		if err != nil {
			return err
		}
		changed = int(tag.RowsAffected())
		for _, t := range []string{"tender", "contract", "plan"} {
			if _, err := tx.Pgx().Exec(ctx, fmt.Sprintf(`
				UPDATE procurement_%ss x SET example = r.example FROM procurement_register r
				 WHERE r.kind = '%s' AND r.id = x.id AND x.example <> r.example`, t, t)); err != nil {
				return err
			}
		}
		return nil
	})
	return changed, err
}

// RowError is one mistake in a file of buyers or of payments. Row is the line of the file as
// an editor counts it; 0 means the file as a whole. Key and Args are for the
// catalogue.
type RowError struct {
	Row    int
	Column string
	Key    string
	Args   []any
}

// BuyerReport says what an import of buyers did or, when Refused, would have done.
type BuyerReport struct {
	Rows, Created, Updated, Unchanged int
	Bad                               []RowError
	Refused                           bool
}

const (
	maxBuyerBytes = 4 << 20
	maxBuyerRows  = 5000
	maxBuyerBad   = 200
)

var errBuyersTakenBack = errors.New("the import of buyers is taken back")

var buyerHeads = map[string]string{
	"code": "code", "код": "code", "єдрпоу": "code", "код єдрпоу": "code", "edrpou": "code",
	"name": "name", "назва": "name", "найменування": "name",
	"role": "role", "роль": "role",
	"unit": "unit", "підрозділ": "unit",
	"valid_from": "valid_from", "діє з": "valid_from",
	"valid_to": "valid_to", "діє до": "valid_to",
	"verified": "verified", "звірено": "verified",
}

var roleWords = map[string]string{
	"рада": "council", "департамент": "department", "підрозділ": "department", "управління": "department",
	"заклад": "institution", "установа": "institution", "підприємство": "enterprise", "інше": "other",
}

// ImportBuyers reads a CSV file (comma or semicolon, UTF-8) with the columns
// code and name, and optionally role, unit (the code of a unit of the council),
// valid_from, valid_to (2025-10-01) and verified (yes/no). Buyers are matched by
// code; columns that the file lacks keep their values. One bad row refuses the
// whole file: the report names every one. With dryRun everything is done and
// taken back. Errors: errs.Forbidden; errs.Invalid when the file cannot be read
// at all.
func (s *Service) ImportBuyers(ctx context.Context, a authz.Actor, r io.Reader, dryRun bool) (BuyerReport, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxBuyerBytes+1))
	if err != nil {
		return BuyerReport{}, err
	}
	if len(raw) > maxBuyerBytes {
		return BuyerReport{}, errs.Invalid("purchases.err.file_large", "n", maxBuyerBytes>>20)
	}
	if !utf8.Valid(raw) {
		return BuyerReport{}, errs.Invalid("purchases.err.file_utf8")
	}
	var rep BuyerReport
	err = s.db.Write(ctx, a, authz.BuyersManage, func(tx *db.Tx) error {
		rep = BuyerReport{}
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		have, err := listBuyers(ctx, tx.Pgx())
		if err != nil {
			return err
		}
		units, err := unitCodes(ctx, tx.Pgx())
		if err != nil {
			return err
		}
		rows, err := parseBuyers(raw, have, units, &rep)
		if err != nil {
			return err
		}
		if rep.Refused = len(rep.Bad) > 0; rep.Refused {
			return errBuyersTakenBack
		}
		for i := range rows {
			b := &rows[i]
			old, known := have[b.Code]
			switch {
			case !known:
				rep.Created++
				if err := insertBuyer(tx, b); err != nil {
					return err
				}
			case sameBuyer(old, *b):
				rep.Unchanged++
			default:
				rep.Updated++
				set := b.columns()
				set["demo"] = false
				if err := tx.Save(&old, old.Version, set); err != nil {
					return err
				}
			}
		}
		if dryRun {
			return errBuyersTakenBack
		}
		if rep.Created+rep.Updated > 0 {
			tx.Enqueue(kind.PurchasesMark{})
		}
		return nil
	})
	if errors.Is(err, errBuyersTakenBack) {
		err = nil
	}
	return rep, err
}

func sameBuyer(a, b Buyer) bool {
	if a.Demo {
		return false
	}
	x, y := a.columns(), b.columns()
	for _, c := range []string{"valid_from", "valid_to"} {
		p, q := x[c].(*string), y[c].(*string)
		if (p == nil) != (q == nil) || p != nil && *p != *q {
			return false
		}
	}
	same := a.UnitID == nil && b.UnitID == nil || a.UnitID != nil && b.UnitID != nil && *a.UnitID == *b.UnitID
	return same && a.Name == b.Name && a.Role == b.Role && a.Verified == b.Verified
}

func unitCodes(ctx context.Context, q querier) (map[string]int64, error) {
	rows, err := q.Query(ctx, "SELECT code, id FROM units WHERE active")
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	var code string
	var id int64
	_, err = pgx.ForEachRow(rows, []any{&code, &id}, func() error {
		out[code] = id
		return nil
	})
	return out, err
}

func parseBuyers(raw []byte, have buyerList, units map[string]int64, rep *BuyerReport) ([]Buyer, error) {
	bad := func(row int, column, key string, args ...any) {
		if len(rep.Bad) < maxBuyerBad {
			rep.Bad = append(rep.Bad, RowError{row, column, key, args})
		}
	}
	raw = bytes.TrimPrefix(raw, []byte("\uFEFF"))
	cr := csv.NewReader(bytes.NewReader(raw))
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		cr.Comma = ';'
	}
	cr.FieldsPerRecord = -1
	head, err := cr.Read()
	if err != nil {
		return nil, errs.Invalid("purchases.err.file_empty")
	}
	at := map[string]int{}
	for i, h := range head {
		if c, ok := buyerHeads[strings.ToLower(strings.TrimSpace(h))]; ok {
			at[c] = i
		}
	}
	for _, c := range []string{"code", "name"} {
		if _, ok := at[c]; !ok {
			return nil, errs.Invalid("purchases.err.file_column", "column", c)
		}
	}
	seen := map[string]int{}
	var out []Buyer
	for {
		rec, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		line, _ := cr.FieldPos(0)
		var pe *csv.ParseError
		if errors.As(err, &pe) {
			bad(pe.Line, "", "purchases.err.file_quotes")
			return nil, nil // it is not certain any more where a row ends
		}
		if err != nil {
			return nil, err
		}
		if len(rec) == 1 && strings.TrimSpace(rec[0]) == "" {
			continue
		}
		if rep.Rows++; rep.Rows > maxBuyerRows {
			return nil, errs.Invalid("purchases.err.file_rows", "n", maxBuyerRows)
		}
		if len(rec) != len(head) {
			bad(line, "", "purchases.err.file_cells", "n", len(head), "got", len(rec))
			continue
		}
		get := func(c string) (string, bool) {
			i, ok := at[c]
			if !ok {
				return "", false
			}
			return strings.TrimSpace(rec[i]), true
		}
		code, _ := get("code")
		b := have[code]
		b.Demo = false
		b.Code = code
		b.Name, _ = get("name")
		if v, ok := get("role"); ok {
			b.Role = strings.ToLower(v)
			if w, known := roleWords[b.Role]; known {
				b.Role = w
			}
		}
		before := len(rep.Bad)
		if v, ok := get("unit"); ok {
			b.UnitID = nil
			if v != "" {
				id, known := units[v]
				if !known {
					bad(line, head[at["unit"]], "purchases.err.unit_code", "code", v)
				}
				b.UnitID = &id
			}
		}
		for _, f := range []struct {
			column string
			to     **time.Time
		}{{"valid_from", &b.ValidFrom}, {"valid_to", &b.ValidTo}} {
			if v, ok := get(f.column); ok {
				*f.to = nil
				if v != "" {
					d, err := time.Parse(time.DateOnly, v)
					if err != nil {
						bad(line, head[at[f.column]], "purchases.err.date")
					}
					*f.to = &d
				}
			}
		}
		if v, ok := get("verified"); ok {
			switch strings.ToLower(v) {
			case "", "0", "no", "ні", "false":
				b.Verified = false
			case "1", "yes", "так", "true":
				b.Verified = true
			default:
				bad(line, head[at["verified"]], "purchases.err.yes_no")
			}
		}
		b.tidy()
		if e, ok := errs.As(b.Validate()); ok {
			for _, f := range e.Fields {
				column := f.Name
				if i, ok := at[f.Name]; ok {
					column = head[i]
				}
				bad(line, column, f.Key, f.Args...)
			}
		}
		if n, dup := seen[b.Code]; dup && b.Code != "" {
			bad(line, head[at["code"]], "purchases.err.duplicate", "n", n)
		}
		seen[b.Code] = line
		if len(rep.Bad) == before {
			out = append(out, b)
		}
	}
}
