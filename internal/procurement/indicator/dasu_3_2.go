package indicator

import "slices"

const reasonNoAwardDocs = "no awards.documents"

// DASU-3-2 «Документи визначення переможця не позначені електронним підписом»: the
// active awards of a lot have documents and none of them is a signature. The id is
// inferred; the formula, types, kinds and statuses are those of RISK1-3_2 (наказ
// ДАСУ №196 of 2018). Lots come in the order of their first active award with documents.
var dasu32 = Rule{
	ID: "DASU-3-2", Version: "1", Generation: genDASU, Level: LevelLot,
	Types: signedTypes, Kinds: kindsA, Statuses: []string{"active.qualification", "active.awarded"},
	eval: func(r *Rule, in *Input, out []Value) []Value {
		t := in.Tender
		reason := r.dasu(in)
		if reason != "" {
			return append(out, r.value(NotCalculated, reason, nil))
		}
		type lot struct {
			id           string
			docs, signed int
		}
		var found []lot
		for i := range t.Awards {
			a := &t.Awards[i]
			if a.Status != "active" || len(a.Documents) == 0 {
				continue
			}
			at := slices.IndexFunc(found, func(l lot) bool { return l.id == a.LotID })
			if at < 0 {
				at = len(found)
				found = append(found, lot{id: a.LotID})
			}
			total, signed := files(a.Documents, nil)
			found[at].docs += total
			found[at].signed += signed
		}
		switch {
		case len(found) == 0:
			reason = reasonNoAwardDocs
		case old(t, in.Now):
			reason = reasonOld
		}
		if reason != "" {
			return append(out, r.value(NotCalculated, reason, nil))
		}
		for _, l := range found {
			facts := append(signConditions(t), Fact{Key: factAwardDocs, N: l.docs})
			if l.signed == 0 {
				facts = append(facts, Fact{Key: factAwardUnsigned, N: l.docs, Codes: signature, Hit: true})
			} else {
				facts = append(facts, Fact{Key: factAwardSigned, N: l.signed, Codes: signature})
			}
			v := r.value(outcome(l.signed == 0), "", facts)
			v.LotID = l.id
			out = append(out, v)
		}
		return out
	},
}
