package indicator

import (
	"time"

	"ereception/internal/procurement/prozorro"
)

// sas24-3-2 «Замовник відхилив тендерні пропозиції учасників (не менше двох) під час
// закупівлі товарів або послуг, крім переможця»: some lot has an active award and at
// least two different rejected suppliers.
var sas24_3_2 = Rule{
	ID: "sas24-3-2", Version: "1", Generation: genSAS24, Level: LevelTender,
	Types: []string{aboveUA, above, aboveEU, below}, Kinds: kindsADefense, Statuses: decided,
	Categories: []string{"goods", "services"}, MinGoods: minGoods, MaxAgeDays: maxAge,
	eval: ofTender(rejectedBesideWinner),
}

func rejectedBesideWinner(t *prozorro.Tender, _ time.Time) (bool, []Fact) {
	if !winner(t) {
		return false, []Fact{{Key: factNoWinner}}
	}
	return perLot(t, Fact{Key: factRejected}, func(lot string, all bool) (int, bool) {
		n := rejected(t, lot, all, nil)
		return n, n >= 2 && activeIn(t, lot, all)
	})
}

// perLot looks for a lot that makes the sign. count gives the number that the fact
// tells and whether the lot makes it; without a hit the fact tells the largest number.
func perLot(t *prozorro.Tender, fact Fact, count func(lot string, all bool) (int, bool)) (bool, []Fact) {
	seen := false
	hit := lots(t, func(lot string, all bool) bool {
		n, hit := count(lot, all)
		seen = true
		if hit || n > fact.N {
			fact.N = n
		}
		return hit
	})
	if !seen {
		return false, []Fact{{Key: factLotsClosed}}
	}
	fact.Hit = hit
	return hit, []Fact{{Key: factWinner}, fact}
}
