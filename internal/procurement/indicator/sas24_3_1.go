package indicator

import (
	"time"

	"ereception/internal/procurement/prozorro"
)

// sas24-3-1 «Невиконання замовником рішення Органу оскарження у встановлений
// термін»: in the first of qualifications, tender, awards and cancellations that has
// satisfied complaints, one was decided so long ago that 30 days have passed.
var sas24_3_1 = Rule{
	ID: "sas24-3-1", Version: "1", Generation: genSAS24, Level: LevelTender,
	Types: []string{negotiation, negotiationQuick, aboveEU, aboveUA, above}, Kinds: kindsADefense,
	Statuses: []string{
		"active", "active.tendering", "active.pre-qualification", "active.pre-qualification.stand-still",
		"active.qualification", "active.awarded", "complete",
	},
	MinGoods: minGoods, MinWorks: minWorks, MaxAgeDays: maxAge,
	eval: ofTender(func(t *prozorro.Tender, now time.Time) (bool, []Fact) {
		type group struct {
			name  string
			lists [][]prozorro.Complaint
		}
		groups := [...]group{{name: "qualifications"}, {name: "complaints", lists: [][]prozorro.Complaint{t.Complaints}}, {name: "awards"}, {name: "cancellations"}}
		for i := range t.Qualifications {
			groups[0].lists = append(groups[0].lists, t.Qualifications[i].Complaints)
		}
		for i := range t.Awards {
			groups[2].lists = append(groups[2].lists, t.Awards[i].Complaints)
		}
		for i := range t.Cancellations {
			groups[3].lists = append(groups[3].lists, t.Cancellations[i].Complaints)
		}
		for _, g := range groups {
			n, hit := 0, false
			var facts []Fact
			for _, list := range g.lists {
				for i := range list {
					c := &list[i]
					if c.Type != "complaint" || c.Status != "satisfied" {
						continue
					}
					n++
					if c.DateDecision.IsZero() {
						continue
					}
					until := calcEnd(c.DateDecision.Time, 30)
					f := Fact{Key: factInTime, Args: map[string]string{"decision": moment(c.DateDecision.Time), "until": moment(until)}}
					if now.After(until) {
						f.Key, f.Hit, hit = factOverdue, true, true
					}
					facts = append(facts, f)
				}
			}
			if n > 0 {
				return hit, append([]Fact{{Key: factSatisfied, N: n, Codes: []string{g.name}}}, facts...)
			}
		}
		return false, []Fact{{Key: factNoSatisfied}}
	}),
}
