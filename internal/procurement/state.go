package procurement

import (
	"context"
	"time"

	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Check is one recalculation of all the indicators.
type Check struct {
	StartedAt, FinishedAt time.Time
	Method                string // version of the set of rules
	Tenders, Changed      int
}

// LastCheck gives the newest recalculation of all the indicators; ok is false
// before the first.
func (s *Service) LastCheck(ctx context.Context) (c Check, ok bool, err error) {
	err = s.db.ReadPool().QueryRow(ctx, "SELECT started_at, finished_at, method, tenders, changed FROM procurement_checks ORDER BY id DESC LIMIT 1").
		Scan(&c.StartedAt, &c.FinishedAt, &c.Method, &c.Tenders, &c.Changed)
	if db.IsNotFound(err) {
		return c, false, nil
	}
	return c, err == nil, err
}

// PurchasesByBuyer counts the purchases (tenders) of the register by the code of their buyer.
func (s *Service) PurchasesByBuyer(ctx context.Context) (map[string]int, error) {
	rows, err := s.db.ReadPool().Query(ctx, "SELECT buyer_code, count(*) FROM procurement_register WHERE kind = 'tender' GROUP BY buyer_code")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var code string
		var n int
		if err := rows.Scan(&code, &n); err != nil {
			return nil, err
		}
		out[code] = n
	}
	return out, rows.Err()
}

// Brief is a published purchase or contract in a few words.
type Brief struct {
	Kind      string // Tenders or Contracts
	Number    string
	Title     string
	BuyerName string
	Amount    string // decimal; empty for none
	Currency  string
}

// Brief finds a published tender or contract by its public number; errs.NotFound.
func (s *Service) Brief(ctx context.Context, number string) (Brief, error) {
	var b Brief
	err := s.db.ReadPool().QueryRow(ctx, `SELECT r.kind, r.number, r.title, r.buyer_name, coalesce(r.amount::text, ''), r.currency
		FROM (SELECT 'tender' AS kind, id FROM procurement_tenders WHERE number = $1
			UNION ALL SELECT 'contract', id FROM procurement_contracts WHERE number = $1) x
		JOIN procurement_register r ON r.kind = x.kind AND r.id = x.id ORDER BY r.kind DESC, r.demo, r.id LIMIT 1`, number).
		Scan(&b.Kind, &b.Number, &b.Title, &b.BuyerName, &b.Amount, &b.Currency)
	if db.IsNotFound(err) {
		return b, errs.NotFound()
	}
	return b, err
}

// SignState is what one line may say of a contract: how many signs it has and
// as of when. Counted is false while no indicator has a value for it.
type SignState struct {
	Number  string
	Signs   int // different indicators; two profiles of one count once
	Counted bool
	AsOf    time.Time
}

// ContractSigns tells it of a published contract; errs.NotFound.
func (s *Service) ContractSigns(ctx context.Context, number string) (SignState, error) {
	var st SignState
	var asOf *time.Time
	// A recalculation of everything that changed nothing leaves no mark at a tender.
	err := s.db.ReadPool().QueryRow(ctx, `SELECT r.number, (SELECT count(DISTINCT split_part(x, '@', 1)) FROM unnest(r.signs) x),
			cardinality(r.signs) + cardinality(r.clear) > 0, greatest(t.checked_at, (SELECT max(started_at) FROM procurement_checks WHERE started_at > t.checked_at))
		FROM procurement_contracts c JOIN procurement_register r ON r.kind = 'contract' AND r.id = c.id
		LEFT JOIN procurement_tenders t ON t.id = r.tender_id
		WHERE c.number = $1 ORDER BY r.demo, r.id LIMIT 1`, number).Scan(&st.Number, &st.Signs, &st.Counted, &asOf)
	if db.IsNotFound(err) {
		return st, errs.NotFound()
	}
	if asOf != nil {
		st.AsOf = *asOf
	}
	st.Counted = st.Counted && asOf != nil
	return st, err
}
