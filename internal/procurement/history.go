package procurement

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// openTypes are the procedures that the rules over the history of a buyer look
// for among his earlier tenders.
var openTypes = []string{"aboveThresholdUA", "aboveThresholdEU", "aboveThreshold"}

// lookBack is how far a rule looks back at most.
const lookBack = 367 * 24 * time.Hour

// historyKey is what the tenders of one purchase have in common for the rules
// that look back: the buyer, the subject and the title; start is that of the
// earlier one.
type historyKey struct {
	buyer, subject, title string
	start                 *time.Time
}

// historyKeys gives the keys of those tenders, as they are stored now, at which
// others may look back.
func historyKeys(ctx context.Context, p querier, tenderIDs []string) ([]historyKey, error) {
	rows, err := p.Query(ctx, `SELECT buyer_key, subject, title, tender_start FROM procurement_tenders
		WHERE id = ANY($1) AND mode <> 'test' AND method = ANY($2)`, tenderIDs, openTypes)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (k historyKey, err error) {
		err = r.Scan(&k.buyer, &k.subject, &k.title, &k.start)
		return k, err
	})
}

// historyKeyOf is the key of a tender that was just extracted; ok is false when
// no rule looks back at it.
func historyKeyOf(t *tenderRow) (k historyKey, ok bool) {
	if t == nil || t.mode == modeTest || !slices.Contains(openTypes, t.method) {
		return k, false
	}
	return historyKey{t.buyer.key, t.subject, t.title, t.start}, true
}

// lookingBack gives further tenders whose rules look at tenders with these keys:
// purchases without a procedure, which are judged by the procedures before them.
func lookingBack(ctx context.Context, p querier, keys []historyKey, but []string) ([]string, error) {
	var buyers, subjects, titles []string
	var from, to []time.Time
	for _, k := range keys {
		if k.start != nil {
			buyers, subjects, titles = append(buyers, k.buyer), append(subjects, k.subject), append(titles, k.title)
			from, to = append(from, *k.start), append(to, k.start.Add(lookBack))
		}
	}
	if len(buyers) == 0 {
		return nil, nil
	}
	rows, err := p.Query(ctx, `
		SELECT DISTINCT t.id FROM procurement_tenders t
		  JOIN unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) AS k(buyer_key, subject, title, since, until)
		       USING (buyer_key, subject, title)
		 WHERE t.method = 'reporting' AND t.status = 'complete' AND t.created_on BETWEEN k.since AND k.until AND t.id <> ALL($6) ORDER BY t.id`,
		buyers, subjects, titles, from, to, but)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
