package indicator

import "ereception/internal/procurement/prozorro"

// sas24-3-7 «Короткий строк виконання договору про закупівлю робіт»: the contract
// ends sooner than 60 days after the date that its copy in the tender bears. Without
// the copy, its date or the end of the contract there is no sign.
var sas24_3_7 = Rule{
	ID: "sas24-3-7", Version: "1", Generation: genSAS24, Level: LevelContract,
	Types: contractTypes, Kinds: kindsADefense, Statuses: active, Categories: []string{"works"}, MinWorks: minWorks,
	eval: ofContract(func(t *prozorro.Tender, c *prozorro.Contract) (bool, []Fact) {
		for i := range t.Contracts {
			stub := &t.Contracts[i]
			if stub.ID != c.ID {
				continue
			}
			if stub.Date.IsZero() || c.Period.EndDate.IsZero() {
				break
			}
			until := calcEnd(stub.Date.Time, 60)
			hit := c.Period.EndDate.Before(until)
			return hit, []Fact{{Key: factShortWorks, Hit: hit, Args: map[string]string{
				"end": moment(c.Period.EndDate.Time), "from": moment(stub.Date.Time), "until": moment(until),
			}}}
		}
		return false, []Fact{{Key: factNoWorksDates}}
	}),
}
