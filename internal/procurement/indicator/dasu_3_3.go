package indicator

import (
	"slices"
	"time"

	"ereception/internal/procurement/prozorro"
)

// DASU-3-3 «Документи договору не позначені електронним підписом»: the methodology
// text of the State Audit Service (2017—2018). Under the profile Methodology it is
// followed to the letter. Under ByContract the kinds are those to which RISK1-3_3
// was widened in 2020, and of each contract are read the documents of the tender's
// copy together with those of the contracting module, without those of a change or
// an item (documentOf); the status is that of the contracting module.
var dasu33 = Rule{
	ID: "DASU-3-3", Version: "1", Generation: genDASU, Level: LevelLot,
	Types: signedTypes, Kinds: kindsGeneral, KindsWider: kindsA, Statuses: []string{"complete"},
	Profiles: true,
	eval:     evalDASU33,
}

var kindsGeneral = []string{"general"}

// LotSign is the value of DASU-3-3 for a lot: how many documents its contracts
// have, each counted once, how many of them are signatures, and whether some
// contract has documents and no signature among them.
type LotSign struct {
	LotID      string
	Sign       bool
	Documents  int
	Signatures int
	Unsigned   int // documents of the contracts without a signature
}

// DASU33 calculates DASU-3-3. A reason other than "" means that it is not
// applicable; otherwise the lots come in the order of their first contract, and
// none when only cancelled contracts have documents. It allocates nothing unless applicable.
func DASU33(t *prozorro.Tender, contracts []*prozorro.Contract, now time.Time, profile Profile) (lots []LotSign, reason string) {
	wide := profile == ByContract
	kinds := kindsGeneral
	if wide {
		kinds = kindsA
	}
	switch {
	case t.ProcurementMethodType != aboveUA && t.ProcurementMethodType != aboveEU:
		return nil, reasonType
	case !slices.Contains(kinds, t.ProcuringEntity.Kind):
		return nil, reasonKind
	case t.Status != "complete":
		return nil, reasonStatus
	case !hasContractDocuments(t, contracts, wide):
		return nil, reasonNoDocs
	case old(t, now):
		return nil, reasonOld
	}
	if !wide {
		for i := range t.Contracts {
			c := &t.Contracts[i]
			lots = addContract(lots, t, c.AwardID, c.Status, c.Documents, nil)
		}
		return lots, ""
	}
	for _, p := range contractsOf(&Input{Tender: t, Contracts: contracts}) {
		var award, status string
		var copied, docs []prozorro.Document
		if p.stub != nil {
			award, status, copied = p.stub.AwardID, p.stub.Status, p.stub.Documents
		}
		if p.doc != nil {
			docs, status = p.doc.Documents, p.doc.Status
			if award == "" {
				award = p.doc.AwardID
			}
		}
		lots = addContract(lots, t, award, status, copied, docs)
	}
	return lots, ""
}

// ofTheContract tells the documents of a contract in the contracting module from
// those of its changes and items.
func ofTheContract(d *prozorro.Document) bool {
	return d.DocumentOf != "change" && d.DocumentOf != "item"
}

// hasContractDocuments is the event that switches the indicator on.
func hasContractDocuments(t *prozorro.Tender, contracts []*prozorro.Contract, wide bool) bool {
	for i := range t.Contracts {
		if len(t.Contracts[i].Documents) > 0 {
			return true
		}
	}
	if !wide {
		return false
	}
	for _, c := range contracts {
		if c == nil {
			continue
		}
		for i := range c.Documents {
			if ofTheContract(&c.Documents[i]) {
				return true
			}
		}
	}
	return false
}

// files counts the files of a contract, in the tender's copy and in the contracting
// module together (or of anything else, without docs), and the signatures among them.
// The source lists every version of a file anew under the same id, and a file of the
// contract may stand in the tender's copy and in the contracting module; one without
// an id is a file of its own.
func files(copied, docs []prozorro.Document) (total, signed int) {
	if len(copied)+len(docs) > few {
		return manyFiles(copied, docs)
	}
	for i := range copied {
		d := &copied[i]
		known, before := among(copied[:i], d.ID)
		total, signed = counted(total, signed, d, known, before)
	}
	for i := range docs {
		d := &docs[i]
		if !ofTheContract(d) {
			continue
		}
		known, before := among(copied, d.ID)
		for j := range docs[:i] {
			if e := &docs[j]; e.ID == d.ID && d.ID != "" && ofTheContract(e) {
				known, before = true, before || e.Format == prozorro.SignatureFormat
			}
		}
		total, signed = counted(total, signed, d, known, before)
	}
	return total, signed
}

// few is how many files are compared with one another, without memory of their own.
const few = 32

// manyFiles is files for any number of them.
func manyFiles(copied, docs []prozorro.Document) (total, signed int) {
	signatures := make(map[string]bool, len(copied)+len(docs)) // by id: is some version a signature
	add := func(d *prozorro.Document) {
		before, known := signatures[d.ID]
		total, signed = counted(total, signed, d, known, before)
		if d.ID != "" {
			signatures[d.ID] = before || d.Format == prozorro.SignatureFormat
		}
	}
	for i := range copied {
		add(&copied[i])
	}
	for i := range docs {
		if ofTheContract(&docs[i]) {
			add(&docs[i])
		}
	}
	return total, signed
}

// counted adds a version of a file to the counts: is the file known already, and was a version before a signature.
func counted(total, signed int, d *prozorro.Document, known, before bool) (int, int) {
	if !known {
		total++
	}
	if !before && d.Format == prozorro.SignatureFormat {
		signed++
	}
	return total, signed
}

// among says whether a file with this id is listed, and whether a version of it is a signature.
func among(list []prozorro.Document, id string) (known, signed bool) {
	if id == "" {
		return false, false
	}
	for i := range list {
		if list[i].ID == id {
			known, signed = true, signed || list[i].Format == prozorro.SignatureFormat
		}
	}
	return known, signed
}

// addContract adds one contract to the value of its lot. The seed is silent about
// cancelled contracts (left out), several contracts of a lot (the maximum) and an
// award that is not found (no lot).
func addContract(lots []LotSign, t *prozorro.Tender, awardID, status string, copied, docs []prozorro.Document) []LotSign {
	if status == "cancelled" {
		return lots
	}
	total, signed := files(copied, docs)
	if total == 0 {
		return lots
	}
	lot := ""
	for i := range t.Awards {
		if t.Awards[i].ID == awardID {
			lot = t.Awards[i].LotID
			break
		}
	}
	at := slices.IndexFunc(lots, func(l LotSign) bool { return l.LotID == lot })
	if at < 0 {
		at = len(lots)
		lots = append(lots, LotSign{LotID: lot})
	}
	l := &lots[at]
	l.Documents += total
	l.Signatures += signed
	if signed == 0 {
		l.Sign = true
		l.Unsigned += total
	}
	return lots
}

func evalDASU33(r *Rule, in *Input, out []Value) []Value {
	profile := in.Profile
	if profile != ByContract {
		profile = Methodology
	}
	none := func(reason string) []Value {
		v := r.value(NotCalculated, reason, nil)
		v.Profile = profile
		return append(out, v)
	}
	t := in.Tender
	if t == nil {
		return none(reasonNoTender)
	}
	lots, reason := DASU33(t, in.Contracts, in.Now, profile)
	if reason != "" {
		return none(reason)
	}
	for _, l := range lots {
		facts := append(signConditions(t), Fact{Key: factContractDocs, N: l.Documents})
		if l.Sign {
			facts = append(facts, Fact{Key: factContractUnsigned, N: l.Unsigned, Codes: signature, Hit: true})
		} else {
			facts = append(facts, Fact{Key: factContractSigned, N: l.Signatures, Codes: signature})
		}
		v := r.value(outcome(l.Sign), "", facts)
		v.Profile, v.LotID = profile, l.LotID
		out = append(out, v)
	}
	return out
}

var signature = []string{prozorro.SignatureFormat}

// signConditions are the facts that the DASU rules look at first.
func signConditions(t *prozorro.Tender) []Fact {
	facts := make([]Fact, 0, 5)
	facts = append(facts,
		Fact{Key: factProcedure, Codes: []string{t.ProcurementMethodType, t.Status}},
		Fact{Key: factKind, Codes: []string{t.ProcuringEntity.Kind}})
	if d := statusDate(t); !d.IsZero() {
		facts = append(facts, Fact{Key: factStatusDate, Args: map[string]string{"date": moment(d)}})
	}
	return facts
}
