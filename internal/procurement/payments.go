package procurement

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// PaymentReport says what an import of payments did. Matched counts the
// payments of the whole table that have found their contract by now.
type PaymentReport struct {
	Rows, Saved int
	BadRows     int
	Bad         []RowError
	Matched     int
}

type payment struct {
	SourceID  string      `json:"source_id"`
	Contract  string      `json:"contract"`
	PayerCode string      `json:"payer_code"`
	PayeeCode string      `json:"payee_code"`
	PayeeName string      `json:"payee_name"`
	Amount    json.Number `json:"amount"`
	PaidOn    string      `json:"paid_on"`
	Details   string      `json:"details"`
}

const (
	maxPaymentBytes = 512 << 20
	maxPaymentBad   = 200
	paymentBatch    = 1000
)

var paymentColumns = []string{"source_id", "contract", "payer_code", "payee_code", "payee_name", "amount", "paid_on", "details"}

// ImportPayments reads payments of the treasury's open data, as CSV (comma or
// semicolon) with a row of heads, as a JSON array, or as JSON Lines of objects:
//
//	source_id   number of the payment at the source; a payment that came before is replaced
//	contract    contractID (UA-…-a1) or the contract's own number as the payer writes it; may be empty
//	payer_code  code of ЄДР of the payer
//	payee_code  code of ЄДР of the payee; ten digits are a sole trader's, whose number, name and details are not kept;
//	            nor are they of one with a wrong code or none whom his name tells to be one («ФОП …»)
//	payee_name  his name
//	amount      in hryvnias: 12345.67
//	paid_on     day: 2026-01-31 or 31.01.2026
//	details     purpose of the payment
//
// source_id, payer_code, amount and paid_on must be there. A payment finds its
// contract by contractID, or by the contract's own number, the payer's code and,
// where both tell it, the payee, when exactly one contract has them; one whose
// contract is not known yet finds it later. Bad rows are named and left out. Errors: errs.Invalid when the file
// as a whole cannot be read.
func (s *Service) ImportPayments(ctx context.Context, r io.Reader) (PaymentReport, error) {
	var rep PaymentReport
	raw, err := io.ReadAll(io.LimitReader(r, maxPaymentBytes+1))
	if err != nil {
		return rep, err
	}
	if len(raw) > maxPaymentBytes {
		return rep, errs.Invalid("purchases.err.file_large", "n", maxPaymentBytes>>20)
	}
	raw = bytes.TrimPrefix(raw, []byte("\uFEFF"))
	if !utf8.Valid(raw) {
		return rep, errs.Invalid("purchases.err.file_utf8")
	}
	var batch []paymentRow
	flush := func() error {
		if err := s.savePayments(ctx, batch); err != nil {
			return err
		}
		rep.Saved += len(batch)
		batch = batch[:0]
		return nil
	}
	take := func(row int, p payment) error {
		rep.Rows++
		v, bad := s.paymentRow(p)
		if bad != nil {
			rep.bad(row, bad.Column, bad.Key, bad.Args...)
			return nil
		}
		if batch = append(batch, v); len(batch) >= paymentBatch {
			return flush()
		}
		return nil
	}
	if t := bytes.TrimSpace(raw); len(t) > 0 && (t[0] == '[' || t[0] == '{') {
		err = paymentsJSON(t, take, &rep)
	} else {
		err = paymentsCSV(raw, take, &rep)
	}
	if err == nil {
		err = flush()
	}
	if err != nil {
		return rep, err
	}
	rep.Matched, err = s.MatchPayments(ctx)
	return rep, err
}

func (r *PaymentReport) bad(row int, column, key string, args ...any) {
	r.BadRows++
	if len(r.Bad) < maxPaymentBad {
		r.Bad = append(r.Bad, RowError{row, column, key, args})
	}
}

func paymentsJSON(raw []byte, take func(int, payment) error, rep *PaymentReport) error {
	if raw[0] == '[' {
		var all []json.RawMessage
		if err := json.Unmarshal(raw, &all); err != nil {
			return errs.Invalid("purchases.err.file_json")
		}
		for i, m := range all {
			if err := onePayment(i+1, m, take, rep); err != nil {
				return err
			}
		}
		return nil
	}
	n := 0
	for line := range bytes.Lines(raw) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := onePayment(n, line, take, rep); err != nil {
			return err
		}
	}
	return nil
}

func onePayment(row int, raw []byte, take func(int, payment) error, rep *PaymentReport) error {
	var p payment
	if err := json.Unmarshal(raw, &p); err != nil {
		rep.Rows++
		rep.bad(row, "", "purchases.err.file_json")
		return nil
	}
	return take(row, p)
}

func paymentsCSV(raw []byte, take func(int, payment) error, rep *PaymentReport) error {
	cr := csv.NewReader(bytes.NewReader(raw))
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		cr.Comma = ';'
	}
	cr.FieldsPerRecord = -1
	head, err := cr.Read()
	if err != nil {
		return errs.Invalid("purchases.err.file_empty")
	}
	at := map[string]int{}
	for i, h := range head {
		at[strings.ToLower(strings.TrimSpace(h))] = i
	}
	for _, c := range []string{"source_id", "payer_code", "amount", "paid_on"} {
		if _, ok := at[c]; !ok {
			return errs.Invalid("purchases.err.file_column", "column", c)
		}
	}
	for {
		rec, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var pe *csv.ParseError
		if errors.As(err, &pe) { // it is not certain any more where a row ends
			rep.bad(pe.Line, "", "purchases.err.file_quotes")
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := cr.FieldPos(0)
		if len(rec) == 1 && strings.TrimSpace(rec[0]) == "" {
			continue
		}
		if len(rec) != len(head) {
			rep.Rows++
			rep.bad(line, "", "purchases.err.file_cells", "n", len(head), "got", len(rec))
			continue
		}
		v := map[string]string{}
		for _, c := range paymentColumns {
			if i, ok := at[c]; ok {
				v[c] = strings.TrimSpace(rec[i])
			}
		}
		if err := take(line, payment{
			v["source_id"], v["contract"], v["payer_code"], v["payee_code"], v["payee_name"],
			json.Number(v["amount"]), v["paid_on"], v["details"],
		}); err != nil {
			return err
		}
	}
}

type paymentRow struct {
	sourceID, contract, payer, payeeKey, payeeName, amount, paidOn, details string
}

var money = regexp.MustCompile(`^-?[0-9]{1,17}(\.[0-9]{1,6})?$`)

func (s *Service) paymentRow(p payment) (paymentRow, *RowError) {
	v := paymentRow{
		sourceID: clean(p.SourceID, 100), contract: clean(p.Contract, 100), payer: strings.TrimSpace(p.PayerCode),
		payeeName: clean(p.PayeeName, 300), details: clean(p.Details, 1000),
	}
	if v.sourceID == "" {
		return v, &RowError{Column: "source_id", Key: "purchases.err.required"}
	}
	if len(v.payer) != 8 || strings.Trim(v.payer, "0123456789") != "" {
		return v, &RowError{Column: "payer_code", Key: "purchases.err.code"}
	}
	amount := strings.NewReplacer(" ", "", "\u00A0", "", ",", ".").Replace(p.Amount.String())
	if !money.MatchString(amount) {
		return v, &RowError{Column: "amount", Key: "purchases.err.amount"}
	}
	v.amount = amount
	var day time.Time
	var err error
	for _, form := range []string{time.DateOnly, "02.01.2006"} {
		if day, err = time.Parse(form, strings.TrimSpace(p.PaidOn)); err == nil {
			break
		}
	}
	if err != nil {
		return v, &RowError{Column: "paid_on", Key: "purchases.err.date"}
	}
	v.paidOn = day.Format(time.DateOnly)
	s.payee(&v, p.PayeeCode)
	return v, nil
}

// payee tells who was paid, and leaves out of the row what names a human being.
// The source hides codes of sole traders, not their names. Whoever has no code of
// his own gets no key: a payment finds its contract without him then.
func (s *Service) payee(v *paymentRow, code string) {
	w := s.who("UA-EDR", code, v.payeeName, "")
	if w.sole {
		v.payeeName, v.details = "", ""
	}
	if v.payeeKey = w.key; strings.HasPrefix(w.key, orgPrefix) || placeholder(code) {
		v.payeeKey = ""
	}
	bare := maskOf(ellipsis, nil)
	v.payeeName, v.details = bare.text(v.payeeName), bare.text(v.details)
}

func (s *Service) savePayments(ctx context.Context, rows []paymentRow) error {
	if len(rows) == 0 {
		return nil
	}
	// The last row of a source_id counts; a statement may not touch a row twice.
	last := map[string]int{}
	for i, r := range rows {
		last[r.sourceID] = i
	}
	var cols [8][]string
	for i, r := range rows {
		if last[r.sourceID] != i {
			continue
		}
		for j, v := range []string{r.sourceID, r.contract, r.payer, r.payeeKey, r.payeeName, r.amount, r.paidOn, r.details} {
			cols[j] = append(cols[j], v)
		}
	}
	return s.write(ctx, func(tx *db.Tx) error {
		_, err := tx.Pgx().Exec(ctx, `
			INSERT INTO procurement_payments AS p (source_id, contract, payer_code, payee_key, payee_name, amount, paid_on, details, loaded_at)
			SELECT a, b, c, d, e, f::numeric, g::date, h, $9
			  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) AS x(a, b, c, d, e, f, g, h)
			ON CONFLICT (source_id) DO UPDATE SET
			  contract = excluded.contract, payer_code = excluded.payer_code, payee_key = excluded.payee_key, payee_name = excluded.payee_name,
			  amount = excluded.amount, paid_on = excluded.paid_on, details = excluded.details, loaded_at = excluded.loaded_at,
			  contract_id = CASE WHEN p.contract = excluded.contract AND p.payer_code = excluded.payer_code THEN p.contract_id ELSE '' END`,
			cols[0], cols[1], cols[2], cols[3], cols[4], cols[5], cols[6], cols[7], tx.Now)
		if err != nil {
			return fmt.Errorf("save payments: %w", err)
		}
		return nil
	})
}

// MatchPayments finds the contracts of payments that have none yet: by
// contractID, or by the contract's own number and the payer's code when exactly
// one contract has both and its supplier is the payee, as far as both are known:
// «1» and «б/н» are numbers of many contracts, and the mirror may not hold all of
// them. It returns how many payments have a contract by now.
func (s *Service) MatchPayments(ctx context.Context) (matched int, err error) {
	// Schemes of one register have several names (UA-EDR, UA-IPN): the code decides.
	err = s.write(ctx, func(tx *db.Tx) error {
		for _, by := range []string{"c.number = p.contract", `c.own_number = p.contract AND c.buyer_code = p.payer_code
			AND (p.payee_key = '' OR c.supplier_key = '' OR EXISTS (SELECT FROM procurement_register r, unnest(r.supplier_keys) k
			  WHERE r.kind = 'contract' AND r.id = c.id AND right(k, 8) = right(p.payee_key, 8)))`} {
			if _, err := tx.Pgx().Exec(ctx, `
				UPDATE procurement_payments p SET contract_id = m.id
				  FROM (SELECT p.source_id, min(c.id) AS id
				          FROM procurement_payments p JOIN procurement_contracts c ON `+by+`
				         WHERE p.contract_id = '' AND p.contract <> ''
				         GROUP BY p.source_id HAVING count(*) = 1) m
				 WHERE p.source_id = m.source_id`); err != nil {
				return err
			}
		}
		return tx.Pgx().QueryRow(ctx, "SELECT count(*) FROM procurement_payments WHERE contract_id <> ''").Scan(&matched)
	})
	return matched, err
}
