package indicator

import "ereception/internal/procurement/prozorro"

// sas24-3-11-2 «Укладання договору без ЕСЗ під час оскарження»: in the 180 days
// before the buyer had an open tender for the same with a value within 10 %, in
// which a complaint was satisfied.
var sas24_3_11_2 = Rule{
	ID: "sas24-3-11-2", Version: "1", Generation: genSAS24, Level: LevelTender,
	Types: []string{reporting}, Kinds: kindsADefense, Statuses: []string{"complete"}, MinGoods: minGoods, MinWorks: minWorks, MaxAgeDays: maxAge,
	History: true,
	eval: func(r *Rule, in *Input, out []Value) []Value {
		if v, done := r.beforeHistory(in); done {
			return append(out, v)
		}
		if in.History == nil {
			return append(out, r.value(NotCalculated, ReasonNoHistory, nil))
		}
		own, complete := ownTenders(in, 180, []string{"active.tendering", "cancelled", "unsuccessful", "active.qualification", "active.awarded"})
		s := compareValues(in.Tender, own)
		disputed := 0
		for _, o := range s.similar {
			if satisfiedAnywhere(o) {
				disputed++
			}
		}
		facts := append(conditions(in.Tender), Fact{Key: factOwnTenders, N: len(own)}, Fact{Key: factSimilar, N: len(s.similar)},
			Fact{Key: factSimilarDisputed, N: disputed, Hit: disputed > 0})
		switch {
		case disputed > 0:
			return append(out, r.value(Sign, "", facts))
		case !complete:
			return append(out, r.value(NotCalculated, reasonIncomplete, nil))
		case s.foreign:
			return append(out, r.value(NotCalculated, reasonRate, nil))
		}
		return append(out, r.value(Clear, "", facts))
	},
}

// satisfiedAnywhere says that a complaint about the tender, an award, a cancellation
// or a qualification was satisfied.
func satisfiedAnywhere(t *prozorro.Tender) bool {
	n := complaints(t.Complaints, "satisfied")
	for i := range t.Awards {
		n += complaints(t.Awards[i].Complaints, "satisfied")
	}
	for i := range t.Cancellations {
		n += complaints(t.Cancellations[i].Complaints, "satisfied")
	}
	for i := range t.Qualifications {
		n += complaints(t.Qualifications[i].Complaints, "satisfied")
	}
	return n > 0
}
