package indicator

import (
	"time"

	"ereception/internal/procurement/prozorro"
)

// sas24-3-10 «Невідхилення пропозиції переможця у разі невиконання вимог щодо
// оприлюднення документів»: an active award of a lot, the time for complaints about
// which is over, whose offer got no document after the award and before four days
// have passed. An award without the end of that time or whose offer is not found is
// left out, a document without datePublished does not count.
var sas24_3_10 = Rule{
	ID: "sas24-3-10", Version: "1", Generation: genSAS24, Level: LevelTender,
	Types: openTypes, Kinds: kindsADefense, Statuses: decided, MinGoods: minGoods, MinWorks: minWorks, MaxAgeDays: maxAge,
	eval: ofTender(func(t *prozorro.Tender, now time.Time) (bool, []Fact) {
		if !winner(t) {
			return false, []Fact{{Key: factNoWinner}}
		}
		facts := []Fact{{Key: factWinner}}
		hit := lots(t, func(lot string, all bool) bool {
			for i := range t.Awards {
				a := &t.Awards[i]
				if a.Status != "active" || !all && a.LotID != lot || a.Date.IsZero() ||
					a.ComplaintPeriod.EndDate.IsZero() || !a.ComplaintPeriod.EndDate.Before(now) {
					continue
				}
				bid := bidByID(t, a.BidID)
				if bid == nil {
					continue
				}
				until := calcEnd(a.Date.Time, 4)
				f := Fact{Key: factWinnerDocs, Args: map[string]string{"from": moment(a.Date.Time), "until": moment(until)}}
				for _, list := range [...][]prozorro.Document{bid.Documents, bid.FinancialDocuments, bid.EligibilityDocuments, bid.QualificationDocuments} {
					for j := range list {
						if d := &list[j]; !d.DatePublished.IsZero() && d.DatePublished.After(a.Date.Time) && d.DatePublished.Before(until) {
							f.N++
						}
					}
				}
				if f.N == 0 {
					f.Key, f.Hit = factWinnerNoDocs, true
				}
				facts = append(facts, f)
				if f.Hit {
					return true
				}
			}
			return false
		})
		if len(facts) == 1 {
			facts = append(facts, Fact{Key: factNothingDue})
		}
		return hit, facts
	}),
}

func bidByID(t *prozorro.Tender, id string) *prozorro.Bid {
	if id == "" {
		return nil
	}
	for i := range t.Bids {
		if t.Bids[i].ID == id {
			return &t.Bids[i]
		}
	}
	return nil
}
