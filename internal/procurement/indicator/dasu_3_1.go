package indicator

import "slices"

const reasonNoTenderDocs = "no documents"

// DASU-3-1 «Документи тендерної документації не позначені електронним підписом»:
// the tender has documents and none of them is a signature. The id is inferred; the
// formula, types, kinds and statuses are those of RISK1-3_1 (наказ ДАСУ №196 of 2018).
var dasu31 = Rule{
	ID: "DASU-3-1", Version: "1", Generation: genDASU, Level: LevelTender,
	Types: signedTypes, Kinds: kindsA,
	Statuses: []string{
		"active", "active.enquiries", "active.tendering", "active.pre-qualification", "active.pre-qualification.stand-still",
		"active.auction", "active.qualification", "active.awarded", "complete",
	},
	eval: func(r *Rule, in *Input, out []Value) []Value {
		t := in.Tender
		reason := r.dasu(in)
		switch {
		case reason != "":
		case len(t.Documents) == 0:
			reason = reasonNoTenderDocs
		case old(t, in.Now):
			reason = reasonOld
		}
		if reason != "" {
			return append(out, r.value(NotCalculated, reason, nil))
		}
		total, signed := files(t.Documents, nil)
		facts := append(signConditions(t), Fact{Key: factTenderDocs, N: total})
		if signed == 0 {
			facts = append(facts, Fact{Key: factTenderUnsigned, N: total, Codes: signature, Hit: true})
		} else {
			facts = append(facts, Fact{Key: factTenderSigned, N: signed, Codes: signature})
		}
		return append(out, r.value(outcome(signed == 0), "", facts))
	},
}

// dasu gives the first of the type, the kind and the status of the tender that does not fit.
func (r *Rule) dasu(in *Input) string {
	switch t := in.Tender; {
	case t == nil:
		return reasonNoTender
	case !slices.Contains(r.Types, t.ProcurementMethodType):
		return reasonType
	case !slices.Contains(r.Kinds, t.ProcuringEntity.Kind):
		return reasonKind
	case !slices.Contains(r.Statuses, t.Status):
		return reasonStatus
	}
	return ""
}
