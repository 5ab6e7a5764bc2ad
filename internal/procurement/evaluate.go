package procurement

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/procurement/indicator"
	"ereception/internal/procurement/prozorro"
)

// Method is the version of the set of rules.
func Method() string { return indicator.Method }

// reasonOld is the reason of an indicator that its rule of one year switched off.
const reasonOld = "older than a year"

// cancelled is the status of what came to nothing.
const cancelled = "cancelled"

// evaluate calculates every indicator of a family from the slim documents: those
// with two profiles once by each.
func (s *Service) evaluate(ctx context.Context, q querier, d *derived, now time.Time) ([]Value, error) {
	in := indicator.Input{Now: now}
	var err error
	if in.Tender, err = prozorro.DecodeTender(d.tender.slim); err != nil {
		return nil, fmt.Errorf("slim form of tender %s: %w", d.tenderID, err)
	}
	for i := range d.contracts {
		c, err := prozorro.DecodeContract(d.contracts[i].slim)
		if err != nil {
			return nil, fmt.Errorf("slim form of contract %s: %w", d.contracts[i].id, err)
		}
		in.Contracts = append(in.Contracts, c)
	}
	d.places = placesOf(in.Tender, in.Contracts)
	h := &history{s: s, ctx: ctx, q: q, self: d.tenderID, now: now}
	in.History = h
	values := values(&in)
	return values, h.err
}

// place is where a contract stands in its tender: the lot that it was made for, and
// whether it was cancelled. What is said of the lot is said of the contracts that
// count: DASU-3-3 leaves a cancelled one out.
type place struct {
	lot       string
	cancelled bool
}

// placesOf tells where each contract stands, by its award. The document of the
// contracting module comes before the copy in the tender.
func placesOf(t *prozorro.Tender, docs []*prozorro.Contract) map[string]place {
	lot := func(award string) string {
		for i := range t.Awards {
			if t.Awards[i].ID == award && award != "" {
				return t.Awards[i].LotID
			}
		}
		return ""
	}
	out := make(map[string]place, len(t.Contracts)+len(docs))
	for i := range t.Contracts {
		c := &t.Contracts[i]
		out[c.ID] = place{lot(c.AwardID), c.Status == cancelled}
	}
	for _, c := range docs {
		out[c.ID] = place{lot(c.AwardID), c.Status == cancelled}
	}
	return out
}

var rules = indicator.All()

// values asks every rule, by each of its profiles, in the order of the registry.
func values(in *indicator.Input) []Value {
	in.Profile = indicator.Methodology
	given := indicator.Evaluate(in)
	out := make([]Value, 0, len(given)+2)
	for _, r := range rules {
		for len(given) > 0 && given[0].Indicator == r.ID {
			out = appendValue(out, r, &given[0], in)
			given = given[1:]
		}
		if r.Profiles {
			in.Profile = indicator.ByContract
			for _, v := range r.Eval(in) {
				out = appendValue(out, r, &v, in)
			}
			in.Profile = indicator.Methodology
		}
	}
	return out
}

var zero, one = 0, 1

func appendValue(out []Value, r *indicator.Rule, v *indicator.Value, in *indicator.Input) []Value {
	w := Value{
		Indicator: v.Indicator, Version: v.Version, Profile: string(v.Profile), Level: string(v.Level), Lot: v.LotID, Contract: v.ContractID,
		Clear: v.Evaluated() && v.Outcome == indicator.Clear, Kept: v.Outcome == indicator.Keep, Reason: v.Reason, Facts: v.Facts,
	}
	switch v.Outcome {
	case indicator.Sign:
		w.Value = &one
	case indicator.Clear:
		w.Value = &zero
	}
	if v.Reason == reasonOld {
		w.Last = last(r, *in)
	}
	return append(out, w)
}

// last calculates the value that the indicator had before its rule of one year
// switched it off: the highest of the lots, at the last second of that year.
func last(r *indicator.Rule, in indicator.Input) *LastValue {
	d := in.Tender.Date.Time
	if d.IsZero() {
		d = in.Tender.DateModified.Time
	}
	// The value is the same during the whole year: the rule reads nothing but the
	// documents. The moment is only for the reader.
	in.Now = d.Add(time.Hour)
	var out *LastValue
	for _, v := range r.Eval(&in) {
		n := 0
		switch v.Outcome {
		case indicator.Sign:
			n = 1
		case indicator.Clear:
		default:
			continue
		}
		if out == nil || n > out.Value {
			out = &LastValue{Value: n, AsOf: indicator.YearAfter(d).Add(-time.Second).UTC().Truncate(time.Second)}
		}
	}
	return out
}

// history finds earlier tenders of the same buyer in the mirror. The first error
// of the database ends the calculation.
type history struct {
	s    *Service
	ctx  context.Context //nolint:containedctx // lives for one calculation
	q    querier
	self string
	now  time.Time
	err  error
}

// Own gives the tenders that fit. The history is complete when the back-fill of
// tenders reached further back than asked, was begun after the buyer came to the
// list of the city's, and nothing that it listed waits for more than an hour.
func (h *history) Own(q indicator.HistoryQuery) (tenders []*prozorro.Tender, complete bool) {
	if h.err != nil {
		return nil, false
	}
	var slims [][]byte
	rows, err := h.q.Query(h.ctx, `
		SELECT d.slim FROM procurement_tenders t JOIN procurement_documents d ON d.resource = 'tender' AND d.id = t.id
		 WHERE t.buyer_key = (SELECT buyer_key FROM procurement_tenders WHERE id = $1)
		   AND t.subject = $2 AND t.title = $3 AND t.method = ANY($4) AND t.status = ANY($5)
		   AND t.tender_start >= $6 AND t.tender_start < $7 AND t.mode <> 'test' AND t.id <> $1
		 ORDER BY t.id LIMIT 1000`, h.self, clean(q.Subject, maxWord), clean(q.Title, maxTitle), q.Types, q.Statuses, q.From, q.Before)
	if err == nil {
		slims, err = pgx.CollectRows(rows, pgx.RowTo[[]byte])
	}
	if err != nil {
		h.err = err
		return nil, false
	}
	for _, b := range slims {
		t, err := prozorro.DecodeTender(b)
		if err != nil {
			h.err = err
			return nil, false
		}
		tenders = append(tenders, t)
	}
	rows, err = h.q.Query(h.ctx, `
		SELECT true FROM procurement_tenders t JOIN procurement_buyers b ON b.code = t.buyer_code AND NOT b.demo
		  JOIN procurement_feeds f ON f.resource = 'tender'
		 WHERE t.id = $1 AND f.backward_done AND f.horizon <= $2 AND f.started_at >= b.created_at AND (b.valid_from IS NULL OR b.valid_from <= $2)
		   AND NOT EXISTS (SELECT FROM procurement_queue u WHERE u.resource = 'tender' AND NOT u.gone AND u.queued_at < $3)`,
		h.self, q.From, h.now.Add(-time.Hour))
	var found []bool
	if err == nil {
		found, err = pgx.CollectRows(rows, pgx.RowTo[bool])
	}
	if err != nil {
		h.err = err
	}
	return tenders, len(found) > 0
}
