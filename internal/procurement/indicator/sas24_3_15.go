package indicator

import (
	"time"

	"ereception/internal/procurement/prozorro"
)

// sas24-3-15 «Замовник відхилив мінімум 2 учасників за наявності скарги»: the tender
// has a winner, and in some lot at least two different suppliers were rejected and
// an award has a resolved complaint.
var sas24_3_15 = Rule{
	ID: "sas24-3-15", Version: "1", Generation: genSAS24, Level: LevelTender,
	Types: openTypes, Kinds: kindsADefense, Statuses: decided, MinGoods: minGoods, MinWorks: minWorks, MaxAgeDays: maxAge,
	eval: ofTender(func(t *prozorro.Tender, _ time.Time) (bool, []Fact) {
		if !winner(t) {
			return false, []Fact{{Key: factNoWinner}}
		}
		resolved := 0
		hit, facts := perLot(t, Fact{Key: factRejected}, func(lot string, all bool) (int, bool) {
			here := 0
			for i := range t.Awards {
				if a := &t.Awards[i]; all || a.LotID == lot {
					here += complaints(a.Complaints, "resolved")
				}
			}
			n := rejected(t, lot, all, nil)
			if resolved = max(resolved, here); n >= 2 && here > 0 {
				resolved = here
				return n, true
			}
			return n, false
		})
		return hit, append(facts, Fact{Key: factResolved, N: resolved, Hit: hit})
	}),
}
