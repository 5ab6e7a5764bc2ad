package indicator

// sas24-3-2-1: sas24-3-2 for works.
var sas24_3_2_1 = Rule{
	ID: "sas24-3-2-1", Version: "1", Generation: genSAS24, Level: LevelTender,
	Types: []string{aboveUA, above, aboveEU, below}, Kinds: kindsADefense, Statuses: decided,
	Categories: []string{"works"}, MinGoods: minGoods, MinWorks: minWorks, MaxAgeDays: maxAge,
	eval: ofTender(rejectedBesideWinner),
}
