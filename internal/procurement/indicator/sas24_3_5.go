package indicator

import (
	"slices"
	"time"

	"ereception/internal/procurement/prozorro"
)

// sas24-3-5 «Замовник відхилив мінімум 2 учасників без застосування «24 години»»:
// some lot has an active award and at least two different participants rejected
// without the 24 hours: by qualifications where they are (aboveThresholdEU), else by awards.
var sas24_3_5 = Rule{
	ID: "sas24-3-5", Version: "1", Generation: genSAS24, Level: LevelTender,
	Types: openTypes, Kinds: kindsADefense, Statuses: decided, MinGoods: minGoods, MinWorks: minWorks, MaxAgeDays: maxAge,
	eval: ofTender(func(t *prozorro.Tender, _ time.Time) (bool, []Fact) {
		if !winner(t) {
			return false, []Fact{{Key: factNoWinner}}
		}
		return perLot(t, Fact{Key: factRejectedNo24, Codes: []string{"24h"}}, func(lot string, all bool) (int, bool) {
			n := 0
			if t.ProcurementMethodType == aboveEU {
				var seen []string
				for i := range t.Qualifications {
					q := &t.Qualifications[i]
					if q.Status == "unsuccessful" && (all || q.LotID == lot) && !has24h(q.Milestones) && !slices.Contains(seen, q.BidID) {
						seen = append(seen, q.BidID)
					}
				}
				n = len(seen)
			} else {
				n = rejected(t, lot, all, func(a *prozorro.Award) bool { return has24h(a.Milestones) })
			}
			return n, n >= 2 && activeIn(t, lot, all)
		})
	}),
}
