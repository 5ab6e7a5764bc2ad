package indicator

import (
	"slices"

	"ereception/internal/procurement/prozorro"
)

// ari-1-2 «2 і більше додаткових угод по причині «Покращення якості предмета
// закупівлі»»: two active changes with the ground qualityImprovement.
var ari_1_2 = Rule{
	ID: "ari-1-2", Version: "1", Generation: genARI, Level: LevelContract,
	Types: ariTypes, Kinds: kindsADefense, Statuses: active, MinGoods: minGoods, MinWorks: minWorks,
	eval: ofContract(func(_ *prozorro.Tender, c *prozorro.Contract) (bool, []Fact) {
		n := 0
		for i := range c.Changes {
			if ch := &c.Changes[i]; ch.Status == "active" && slices.Contains(ch.RationaleTypes, "qualityImprovement") {
				n++
			}
		}
		return n >= 2, []Fact{{Key: factQuality, N: n, Codes: []string{"qualityImprovement"}, Hit: n >= 2}}
	}),
}
