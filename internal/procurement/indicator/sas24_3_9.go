package indicator

import (
	"time"

	"ereception/internal/procurement/prozorro"
)

// sas24-3-9 «Замовник повторно визнає переможцем учасника після рішення Органу
// оскарження»: an award has a satisfied or resolved complaint, and another award of
// the same offer (and of the same lot, which is neither cancelled nor unsuccessful) is active.
var sas24_3_9 = Rule{
	ID: "sas24-3-9", Version: "1", Generation: genSAS24, Level: LevelTender,
	Types: openTypes, Kinds: kindsADefense, Statuses: decided, MinGoods: minGoods, MinWorks: minWorks, MaxAgeDays: maxAge,
	eval: ofTender(func(t *prozorro.Tender, _ time.Time) (bool, []Fact) {
		if !winner(t) {
			return false, []Fact{{Key: factNoWinner}}
		}
		upheld := 0 // satisfied ones; resolved are those whose decision was carried out too
		for i := range t.Awards {
			a := &t.Awards[i]
			n := complaints(a.Complaints, "satisfied", "resolved")
			if upheld += n; n == 0 || a.LotID != "" && !lotLive(t, a.LotID) {
				continue
			}
			for j := range t.Awards {
				if b := &t.Awards[j]; i != j && b.Status == "active" && b.BidID == a.BidID && (a.LotID == "" || b.LotID == a.LotID) {
					return true, []Fact{{Key: factSatisfied, N: n}, {Key: factAgain, Hit: true}}
				}
			}
		}
		if upheld == 0 {
			return false, []Fact{{Key: factNoSatisfied}}
		}
		return false, []Fact{{Key: factSatisfied, N: upheld}, {Key: factNotAgain}}
	}),
}

// lotLive says that the lot is not known to be cancelled or unsuccessful.
func lotLive(t *prozorro.Tender, id string) bool {
	for i := range t.Lots {
		if t.Lots[i].ID == id {
			return live(t.Lots[i].Status)
		}
	}
	return true
}
