package indicator

import (
	"time"

	"ereception/internal/procurement/prozorro"
)

// sas24-3-13 «Безпідставне застосування «24 години» у спрощеній закупівлі»: an award
// of a lot has the milestone 24h, which the simplified procedure does not know.
var sas24_3_13 = Rule{
	ID: "sas24-3-13", Version: "1", Generation: genSAS24, Level: LevelTender,
	Types: []string{below}, Kinds: kindsA, Statuses: decided, MinGoods: minGoods, MinWorks: minWorks, MaxAgeDays: maxAge,
	eval: ofTender(func(t *prozorro.Tender, _ time.Time) (bool, []Fact) {
		seen := false
		hit := lots(t, func(lot string, all bool) bool {
			seen = true
			for i := range t.Awards {
				if a := &t.Awards[i]; (all || a.LotID == lot) && has24h(a.Milestones) {
					return true
				}
			}
			return false
		})
		switch {
		case hit:
			return true, []Fact{{Key: fact24h, Codes: []string{"24h"}, Hit: true}}
		case !seen:
			return false, []Fact{{Key: factLotsClosed}}
		}
		return false, []Fact{{Key: factNo24h, Codes: []string{"24h"}}}
	}),
}
