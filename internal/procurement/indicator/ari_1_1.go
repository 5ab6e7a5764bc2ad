package indicator

import "ereception/internal/procurement/prozorro"

// Types of procedures of the ari rules.
var ariTypes = []string{
	aboveUA, aboveEU, above, below, reporting, "competitiveOrdering", "simple.defense", "priceQuotation", negotiation, negotiationQuick,
}

// ari-1-1 «Публікація 3 і більше додаткових угод до договору»: three active changes.
var ari_1_1 = Rule{
	ID: "ari-1-1", Version: "1", Generation: genARI, Level: LevelContract,
	Types: ariTypes, Kinds: kindsADefense, Statuses: active, MinGoods: minGoods, MinWorks: minWorks,
	eval: ofContract(func(_ *prozorro.Tender, c *prozorro.Contract) (bool, []Fact) {
		n := 0
		for i := range c.Changes {
			if c.Changes[i].Status == "active" {
				n++
			}
		}
		return n >= 3, []Fact{{Key: factChanges, N: n, Hit: n >= 3}}
	}),
}
