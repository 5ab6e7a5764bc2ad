package indicator

import (
	"slices"

	"ereception/internal/procurement/prozorro"
)

// sas24-3-4 «Замовник змінив істотні умови договору в частині збільшення ціни та
// зміни строку дії»: the active changes name itemPriceVariation and, together, at
// least two of itemPriceVariation, durationExtension and fiscalYearExtension. The
// price change of the decree 1178 has the code itemPriceChange, which this rule does not know.
var sas24_3_4 = Rule{
	ID: "sas24-3-4", Version: "1", Generation: genSAS24, Level: LevelContract,
	Types: contractTypes, Kinds: kindsADefense, Statuses: active, MinGoods: minGoods, MinWorks: minWorks,
	eval: ofContract(func(_ *prozorro.Tender, c *prozorro.Contract) (bool, []Fact) {
		n := 0
		var grounds []string
		for i := range c.Changes {
			if c.Changes[i].Status != "active" {
				continue
			}
			n++
			for _, g := range c.Changes[i].RationaleTypes {
				if !slices.Contains(grounds, g) {
					grounds = append(grounds, g)
				}
			}
		}
		has := func(g string) bool { return slices.Contains(grounds, g) }
		hit := has("itemPriceVariation") && (has("durationExtension") || has("fiscalYearExtension"))
		facts := []Fact{{Key: factChanges, N: n}}
		if len(grounds) > 0 {
			facts = append(facts, Fact{Key: factGrounds, Codes: grounds, Hit: hit})
		}
		return hit, facts
	}),
}
