package procurement

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"ereception/internal/platform/db"
)

// againBatch is how many purchases, plans or payments are made anew in one
// transaction: the mirror waits for it.
const againBatch = 100

// extractAgain makes everything that is kept of the documents anew, from the
// documents as the source gave them: slim forms, columns, the register with its
// words, the list of suppliers, the payments. It is run when another version of
// the portal, which hid less of the people, may have written them. It may be
// stopped and begun again at any moment. It tells in how many purchases a value
// of an indicator changed on the way.
func (s *Service) extractAgain(ctx context.Context) (changed int, err error) {
	named, err := s.dropSuppliers(ctx)
	if err != nil {
		return 0, err
	}
	// First those whose rows name a human being now.
	families, err := texts(ctx, s.db.Pool(), `SELECT tender_id FROM procurement_documents WHERE resource IN ('tender', 'contract') GROUP BY tender_id
		ORDER BY tender_id IN (SELECT r.tender_id FROM procurement_register r WHERE r.supplier_keys && $1) DESC, tender_id`, named)
	if err != nil {
		return 0, err
	}
	for chunk := range slices.Chunk(families, againBatch) {
		if err := s.writeAgain(ctx, func(tx *db.Tx) error {
			n, err := s.familiesAgain(ctx, tx, chunk)
			changed += n
			return err
		}); err != nil {
			return changed, err
		}
	}
	plans, err := texts(ctx, s.db.Pool(), "SELECT id FROM procurement_documents WHERE resource = 'plan' ORDER BY id")
	if err != nil {
		return changed, err
	}
	for chunk := range slices.Chunk(plans, againBatch) {
		if err := s.writeAgain(ctx, func(tx *db.Tx) error { return s.plansAgain(ctx, tx, chunk) }); err != nil {
			return changed, err
		}
	}
	if err := s.paymentsAgain(ctx); err != nil {
		return changed, err
	}
	// Keys of people that are made in another way by now: nobody has them any more.
	return changed, s.writeAgain(ctx, func(tx *db.Tx) error {
		_, err := tx.Pgx().Exec(ctx, `DELETE FROM procurement_suppliers s WHERE s.sole_trader
			AND NOT EXISTS (SELECT FROM procurement_register r WHERE r.kind = 'contract' AND r.supplier_keys @> ARRAY[s.key])
			AND NOT EXISTS (SELECT FROM procurement_register r WHERE r.kind = 'tender' AND r.supplier_keys @> ARRAY[s.key])`)
		return err
	})
}

func texts(ctx context.Context, q querier, sql string, args ...any) ([]string, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// dropSuppliers takes those from the list whom it names although they are people,
// or who share a placeholder, and gives their keys. Who belongs there comes back
// with his purchases.
func (s *Service) dropSuppliers(ctx context.Context) (drop []string, err error) {
	err = s.writeAgain(ctx, func(tx *db.Tx) error {
		drop = []string{}
		rows, err := tx.Pgx().Query(ctx, "SELECT key, name FROM procurement_suppliers")
		if err != nil {
			return err
		}
		var key, name string
		if _, err := pgx.ForEachRow(rows, []any{&key, &name}, func() error {
			// A key is made of the scheme and the code; a scheme may have hyphens.
			at := strings.LastIndexByte(key, '-')
			if w := s.who(key[:max(at, 0)], key[at+1:], name, ""); !maskedKey.MatchString(key) && w.key != key || soleTrader(key) && name != "" {
				drop = append(drop, key)
			}
			return nil
		}); err != nil {
			return err
		}
		_, err = tx.Pgx().Exec(ctx, "DELETE FROM procurement_suppliers WHERE key = ANY($1)", drop)
		return err
	})
	return drop, err
}

// familiesAgain makes the slim forms of purchases and of their contracts anew,
// and all that follows from them.
func (s *Service) familiesAgain(ctx context.Context, tx *db.Tx, ids []string) (changed int, err error) {
	p := tx.Pgx()
	rows, err := p.Query(ctx, "SELECT resource, id, raw, slim FROM procurement_documents WHERE tender_id = ANY($1) AND resource IN ('tender', 'contract')", ids)
	if err != nil {
		return 0, err
	}
	b := &pgx.Batch{}
	var resource, id string
	var raw, slim []byte
	if _, err := pgx.ForEachRow(rows, []any{&resource, &id, &raw, &slim}, func() error {
		sh := slimTender
		if resource == Contracts {
			sh = slimContract
		}
		// A document that cannot be unpacked any more is judged by what was kept of it.
		text, err := Unpack(raw)
		if err != nil {
			text = slim
		}
		again, err := s.slim(text, sh)
		if err != nil {
			return err
		}
		if !bytes.Equal(again, slim) {
			b.Queue("UPDATE procurement_documents SET slim = $3 WHERE resource = $1 AND id = $2", resource, id, again)
		}
		raw, slim = nil, nil
		return nil
	}); err != nil {
		return 0, err
	}
	if err := p.SendBatch(ctx, b).Close(); err != nil {
		return 0, err
	}
	buyers, err := listBuyers(ctx, p)
	if err != nil {
		return 0, err
	}
	var before int64
	if err := p.QueryRow(ctx, "SELECT coalesce(max(id), 0) FROM procurement_results").Scan(&before); err != nil {
		return 0, err
	}
	if err := s.refresh(ctx, p, tx.Now, ids, buyers); err != nil {
		return 0, err
	}
	err = p.QueryRow(ctx, "SELECT count(DISTINCT tender_id) FROM procurement_results WHERE id > $1", before).Scan(&changed)
	return changed, err
}

func (s *Service) plansAgain(ctx context.Context, tx *db.Tx, ids []string) error {
	p := tx.Pgx()
	buyers, err := listBuyers(ctx, p)
	if err != nil {
		return err
	}
	rows, err := p.Query(ctx, "SELECT raw, source, demo FROM procurement_documents WHERE resource = 'plan' AND id = ANY($1) ORDER BY id", ids)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	var raw []byte
	var source string
	var demo bool
	if _, err := pgx.ForEachRow(rows, []any{&raw, &source, &demo}, func() error {
		text, err := Unpack(raw)
		if err != nil {
			return nil // there is nothing to make it of
		}
		d, err := s.prepare(text, source, demo)
		if err != nil {
			return err
		}
		queuePlan(b, d, buyers, tx.Now)
		raw = nil
		return nil
	}); err != nil {
		return err
	}
	return p.SendBatch(ctx, b).Close()
}

// paymentsAgain looks at every payee and purpose of a payment once more. Whom a
// key stands for already stays hidden.
func (s *Service) paymentsAgain(ctx context.Context) error {
	after := ""
	for {
		var last string
		if err := s.writeAgain(ctx, func(tx *db.Tx) error {
			rows, err := tx.Pgx().Query(ctx, "SELECT source_id, payee_key, payee_name, details FROM procurement_payments WHERE source_id > $1 ORDER BY source_id LIMIT $2", after, paymentBatch)
			if err != nil {
				return err
			}
			b := &pgx.Batch{}
			var id string
			var old paymentRow
			if _, err := pgx.ForEachRow(rows, []any{&id, &old.payeeKey, &old.payeeName, &old.details}, func() error {
				last = id
				v := old
				if soleTrader(old.payeeKey) {
					v.payeeName, v.details = "", ""
				} else {
					s.payee(&v, strings.TrimPrefix(old.payeeKey, "UA-EDR-"))
				}
				if v != old {
					b.Queue("UPDATE procurement_payments SET payee_key = $2, payee_name = $3, details = $4, loaded_at = $5 WHERE source_id = $1", id, v.payeeKey, v.payeeName, v.details, tx.Now)
				}
				return nil
			}); err != nil {
				return err
			}
			return tx.Pgx().SendBatch(ctx, b).Close()
		}); err != nil || last == "" {
			return err
		}
		after = last
	}
}
