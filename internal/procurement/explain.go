package procurement

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Bounds of an explanation, in characters.
const (
	ExplanationMin = 20
	ExplanationMax = 4000
)

// Explanation is what the buyer's unit says beside a purchase, about one sign or
// about the purchase as a whole. It is plain text under the name and the post of
// the official who published it. PublishedAt is the moment of the present text;
// former texts stay in the audit trail.
type Explanation struct {
	ID         int64
	TenderID   string
	ContractID string // of the mirror; empty: about the purchase, not one contract of it
	// ContractNumber is the public number of that contract, where it was asked for.
	ContractNumber string `gorm:"->"`
	Indicator      string // empty: about no sign in particular
	BuyerCode      string
	UnitID         *int64
	AuthorID       int64
	AuthorName     string
	AuthorPost     string
	Body           string
	PublishedAt    time.Time
	WithdrawnAt    *time.Time
	Version        int
}

// TableName is for gorm.
func (Explanation) TableName() string { return "procurement_explanations" }

// ofBuyer is a purchase as the matrix's second half sees it: its explanations
// belong to the unit that answers for the buyer.
type ofBuyer struct{ unit *int64 }

// Permit lets the officials of the buyer's unit, and of the units above it,
// explain. The purchase itself is public, so a stranger is told that he may not.
func (b ofBuyer) Permit(a authz.Actor, _ authz.Action) error {
	if b.unit == nil || !a.InUnit(*b.unit) {
		return errs.Forbidden("purchases.err.not_your_buyer")
	}
	return nil
}

// MayExplain reports whether the actor may publish an explanation of the
// purchase with this id: an executor or a manager of the unit that the list of
// the buyers names for the one who ran it, also where a contract of it is
// another's (a central purchasing body). An unknown purchase nobody explains.
func (s *Service) MayExplain(ctx context.Context, a authz.Actor, tenderID string) (bool, error) {
	if !a.Can(authz.PurchaseExplain) || len(a.UnitIDs) == 0 {
		return false, nil
	}
	var unit *int64
	err := s.db.ReadPool().QueryRow(ctx, "SELECT b.unit_id FROM procurement_tenders t JOIN procurement_buyers b ON b.code = t.buyer_code WHERE t.id = $1", tenderID).Scan(&unit)
	if db.IsNotFound(err) {
		return false, nil
	}
	return err == nil && unit != nil && a.InUnit(*unit), err
}

// Subject is a purchase that an official is about to explain.
type Subject struct {
	TenderID  string
	Number    string
	Title     string
	BuyerCode string
	BuyerName string
	Contracts []SubjectContract
	Signs     []string      // indicators whose present value is a sign
	Published []Explanation // what stands beside the purchase now
	unit      *int64
}

// SubjectContract is a contract of a Subject.
type SubjectContract struct{ ID, Number string }

// ToExplain gives the purchase with this public number to an official who may
// explain it. Errors: errs.NotFound, errs.Forbidden.
func (s *Service) ToExplain(ctx context.Context, a authz.Actor, number string) (Subject, error) {
	if !a.Can(authz.PurchaseExplain) {
		return Subject{}, errs.Forbidden("errors.forbidden")
	}
	sub, err := subject(ctx, s.db.ReadPool(), "t.number = $1", number)
	if err != nil {
		return sub, err
	}
	if err := (ofBuyer{sub.unit}).Permit(a, authz.PurchaseExplain); err != nil {
		return Subject{}, err
	}
	sub.Published, err = s.Explanations(ctx, sub.TenderID)
	return sub, err
}

// rowQuerier is a pool or a transaction.
type rowQuerier interface {
	querier
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func subject(ctx context.Context, q rowQuerier, where string, arg any) (Subject, error) {
	var s Subject
	// Test purchases are never published (mode = test), so nothing is said of them either.
	err := q.QueryRow(ctx, `SELECT t.id, t.number, t.title, t.buyer_code, t.buyer_name, b.unit_id
		FROM procurement_tenders t LEFT JOIN procurement_buyers b ON b.code = t.buyer_code
		WHERE t.mode <> 'test' AND `+where+` ORDER BY t.demo, t.id LIMIT 1`, arg).
		Scan(&s.TenderID, &s.Number, &s.Title, &s.BuyerCode, &s.BuyerName, &s.unit)
	if db.IsNotFound(err) {
		return s, errs.NotFound()
	}
	if err != nil {
		return s, err
	}
	rows, err := q.Query(ctx, "SELECT id, number FROM procurement_contracts WHERE tender_id = $1 ORDER BY number, id", s.TenderID)
	if err != nil {
		return s, err
	}
	if s.Contracts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[SubjectContract]); err != nil {
		return s, err
	}
	rows, err = q.Query(ctx, `SELECT DISTINCT v->>'indicator' FROM procurement_tenders t
		JOIN procurement_results r ON r.id = t.result_id, jsonb_array_elements(r.values) v
		WHERE t.id = $1 AND v->>'value' = '1' ORDER BY 1`, s.TenderID)
	if err != nil {
		return s, err
	}
	s.Signs, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return s, err
}

// Explanations lists what is published beside a purchase, about the purchase as
// a whole first.
func (s *Service) Explanations(ctx context.Context, tenderID string) ([]Explanation, error) {
	var out []Explanation
	err := s.db.Read(ctx).Select("*, (SELECT number FROM procurement_contracts c WHERE c.id = contract_id) AS contract_number").
		Where("tender_id = ? AND withdrawn_at IS NULL", tenderID).
		Order("indicator, contract_id, published_at, id").Find(&out).Error
	return out, err
}

// Explanation gives one published explanation to an official who may edit it.
// Errors: errs.NotFound, errs.Forbidden.
func (s *Service) Explanation(ctx context.Context, a authz.Actor, id int64) (Explanation, error) {
	var e Explanation
	err := s.db.Read(ctx).Where("id = ? AND withdrawn_at IS NULL", id).Take(&e).Error
	if db.IsNotFound(err) {
		return e, errs.NotFound()
	}
	if err != nil {
		return e, err
	}
	may, err := s.MayExplain(ctx, a, e.TenderID)
	if err == nil && !may {
		err = errs.Forbidden("purchases.err.not_your_buyer")
	}
	return e, err
}

// Explain publishes an explanation of the purchase e.TenderID: e.ContractID,
// e.Indicator and e.Body are read, the rest is filled here. About one thing
// stands one explanation; a second is a mistake of the field "about". Errors:
// errs.Invalid by field (body, about, contract), errs.NotFound, errs.Forbidden.
func (s *Service) Explain(ctx context.Context, a authz.Actor, e Explanation) (int64, error) {
	e.tidy()
	err := s.db.Write(ctx, a, authz.PurchaseExplain, func(tx *db.Tx) error {
		// The purchase is held, so that two officials do not explain one thing at once.
		if _, err := tx.Pgx().Exec(ctx, "SELECT FROM procurement_tenders WHERE id = $1 FOR NO KEY UPDATE", e.TenderID); err != nil {
			return err
		}
		sub, err := subject(ctx, tx.Pgx(), "t.id = $1", e.TenderID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(ofBuyer{sub.unit}); err != nil {
			return err
		}
		bad := e.judge()
		if e.Indicator != "" && !slices.Contains(sub.Signs, e.Indicator) {
			bad.With("about", "purchases.err.no_sign")
		}
		if e.ContractID != "" && !slices.ContainsFunc(sub.Contracts, func(c SubjectContract) bool { return c.ID == e.ContractID }) {
			bad.With("contract", "purchases.err.no_contract")
		}
		var there int64
		if err := tx.Model(&e).Where("tender_id = ? AND contract_id = ? AND indicator = ? AND withdrawn_at IS NULL", e.TenderID, e.ContractID, e.Indicator).
			Count(&there).Error; err != nil {
			return err
		}
		if there > 0 {
			bad.With("about", "purchases.err.explained")
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		fresh := Explanation{
			TenderID: e.TenderID, ContractID: e.ContractID, Indicator: e.Indicator, BuyerCode: sub.BuyerCode, UnitID: sub.unit,
			AuthorID: a.ID, AuthorName: a.Name, AuthorPost: a.PostTitle, Body: e.Body, PublishedAt: tx.Now, Version: 1,
		}
		if err := tx.Create(&fresh).Error; err != nil {
			return err
		}
		e.ID = fresh.ID
		return nil
	})
	return e.ID, err
}

// EditExplanation replaces the text as it was at version; the editor signs the
// new text. Errors also: errs.Conflict when somebody changed it meanwhile.
func (s *Service) EditExplanation(ctx context.Context, a authz.Actor, id int64, version int, body string) error {
	typed := Explanation{Body: body}
	typed.tidy()
	return s.changeExplanation(ctx, a, id, version, func(tx *db.Tx, e Explanation) (map[string]any, error) {
		if err := typed.judge().OrNil(); err != nil {
			return nil, err
		}
		return map[string]any{
			"body": typed.Body, "author_id": a.ID, "author_name": a.Name, "author_post": a.PostTitle, "unit_id": e.UnitID, "published_at": tx.Now,
		}, nil
	})
}

// WithdrawExplanation takes the text away from the pages; the record and its
// trail stay. Errors: errs.NotFound, errs.Forbidden, errs.Conflict.
func (s *Service) WithdrawExplanation(ctx context.Context, a authz.Actor, id int64, version int) error {
	return s.changeExplanation(ctx, a, id, version, func(tx *db.Tx, _ Explanation) (map[string]any, error) {
		return map[string]any{"withdrawn_at": tx.Now}, nil
	})
}

func (s *Service) changeExplanation(ctx context.Context, a authz.Actor, id int64, version int, change func(*db.Tx, Explanation) (map[string]any, error)) error {
	return s.db.Write(ctx, a, authz.PurchaseExplain, func(tx *db.Tx) error {
		var e Explanation
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ? AND withdrawn_at IS NULL", id).Take(&e).Error
		if db.IsNotFound(err) {
			return errs.NotFound()
		}
		if err != nil {
			return err
		}
		// The unit that answers for the buyer today decides, not the one of that day.
		if err := tx.Raw("SELECT unit_id FROM procurement_buyers WHERE code = ?", e.BuyerCode).Scan(&e.UnitID).Error; err != nil {
			return err
		}
		if err := tx.Authorize(ofBuyer{e.UnitID}); err != nil {
			return err
		}
		set, err := change(tx, e)
		if err != nil {
			return err
		}
		return tx.Save(&e, version, set)
	})
}

// tidy brings the text to plain lines: no control characters, no spaces at the ends.
func (e *Explanation) tidy() {
	body := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(e.Body)
	e.Body = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, body))
}

func (e *Explanation) judge() *errs.Error {
	bad := errs.Fields()
	switch n := utf8.RuneCountInString(e.Body); {
	case n < ExplanationMin:
		bad.With("body", "purchases.err.body_short", "min", ExplanationMin)
	case n > ExplanationMax:
		bad.With("body", "purchases.err.body_long", "max", ExplanationMax)
	}
	return bad
}
