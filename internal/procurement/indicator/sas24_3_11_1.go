package indicator

import (
	"math"
	"slices"
	"time"

	"ereception/internal/procurement/prozorro"
)

// sas24-3-11-1 «Укладання договору без використання ЕСЗ (відміна відкритих торгів)»:
// the ground is openUnsuccessful, but in the year before the buyer had no
// unsuccessful open tender for the same with a value within 10 %.
var sas24_3_11_1 = Rule{
	ID: "sas24-3-11-1", Version: "1", Generation: genSAS24, Level: LevelTender,
	Types: []string{reporting}, Kinds: kindsA, Statuses: []string{"complete"}, MinGoods: minGoods, MinWorks: minWorks,
	History: true,
	eval: func(r *Rule, in *Input, out []Value) []Value {
		if v, done := r.beforeHistory(in); done {
			return append(out, v)
		}
		facts := conditions(in.Tender)
		if code := in.Tender.CauseDetails.Code; code != "openUnsuccessful" {
			return append(out, r.value(Clear, "", append(facts, causeFact(in.Tender))))
		}
		if in.History == nil {
			return append(out, r.value(NotCalculated, ReasonNoHistory, nil))
		}
		own, complete := ownTenders(in, 365, []string{"unsuccessful"})
		s := compareValues(in.Tender, own)
		facts = append(facts, causeFact(in.Tender), Fact{Key: factOwnTenders, N: len(own)}, Fact{Key: factSimilar, N: len(s.similar)})
		switch {
		case len(s.similar) > 0:
			return append(out, r.value(Clear, "", facts))
		case !complete:
			return append(out, r.value(NotCalculated, reasonIncomplete, nil))
		case s.foreign:
			return append(out, r.value(NotCalculated, reasonRate, nil))
		}
		facts[len(facts)-1].Hit = true
		return append(out, r.value(Sign, "", facts))
	},
}

func causeFact(t *prozorro.Tender) Fact {
	return Fact{Key: factCause, Codes: []string{t.CauseDetails.Code}}
}

// beforeHistory checks the conditions, which need no history.
func (r *Rule) beforeHistory(in *Input) (v Value, done bool) {
	if in.Tender == nil {
		return r.value(NotCalculated, reasonNoTender, nil), true
	}
	if reason := r.matches(in.Tender, in.Now, true); reason != "" {
		return r.value(Clear, reason, nil), true
	}
	return v, false
}

// ownTenders gives the open tenders of the same buyer for the same (subject and
// title) whose offers were asked for within days before the tender was made. A
// tender without dateCreated has none.
func ownTenders(in *Input, days int, statuses []string) (own []*prozorro.Tender, complete bool) {
	t := in.Tender
	if t.DateCreated.IsZero() {
		return nil, false
	}
	q := HistoryQuery{
		Buyer: t.ProcuringEntity.Key(), Subject: Subject(t.Items), Title: t.Title, Types: openTypes, Statuses: statuses,
		From: t.DateCreated.Add(-time.Duration(days) * 24 * time.Hour), Before: t.DateCreated.Time,
	}
	found, complete := in.History.Own(q)
	for _, o := range found {
		start := time.Time{}
		if o != nil {
			start = o.TenderPeriod.StartDate.Time
		}
		if o == nil || o.ID == t.ID || start.IsZero() || start.Before(q.From) || !start.Before(q.Before) ||
			o.ProcuringEntity.Key() != q.Buyer || o.Title != q.Title || Subject(o.Items) != q.Subject ||
			!slices.Contains(q.Types, o.ProcurementMethodType) || !slices.Contains(statuses, o.Status) {
			continue
		}
		own = append(own, o)
	}
	return own, complete
}

type comparison struct {
	similar []*prozorro.Tender
	foreign bool // a value in another currency could not be compared
}

// compareValues finds the tenders whose value the value of t differs from by no
// more than 10 %. Without rates of the National Bank only hryvnias are compared.
func compareValues(t *prozorro.Tender, own []*prozorro.Tender) (c comparison) {
	for _, o := range own {
		switch {
		case !o.Value.Amount.Valid || !t.Value.Amount.Valid:
		case !hryvnia(t.Value) || !hryvnia(o.Value):
			c.foreign = true
		case math.Abs(t.Value.Amount.Float-o.Value.Amount.Float) <= 0.1*o.Value.Amount.Float:
			c.similar = append(c.similar, o)
		}
	}
	return c
}

func hryvnia(v prozorro.Value) bool { return v.Currency == "UAH" || v.Currency == "" }
