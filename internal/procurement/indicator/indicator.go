// Package indicator calculates the risk indicators of the State Audit Service over
// documents of Prozorro. Everything here is a pure function of its Input: no input
// or output, no clock, no state.
//
// A value is a sign that asks for a look, never a finding (Закон 922-VIII, ст. 1:
// автоматичні індикатори ризиків point at procedures with features of violations).
//
// # Values
//
// A rule gives 1 (Sign), 0 (Clear), Keep (a terminated contract keeps the result
// that was stored before) or no value (NotCalculated) with the reason. The rules of
// 2024 (sas24-*, ari-*) answer 0 also when their conditions are not met; Reason
// then names the first condition that failed, and is empty when the formula was
// evaluated. Reasons are machine words:
//
//	procurementMethodType  kind  status  contract.status  mainProcurementCategory
//	value  dateCreated     (of the sas24 and ari rules, with the value 0)
//	procurementMethodType  kind  status  no contracts.documents  older than a year
//	no documents  no awards.documents       (of the DASU rules, without a value)
//	terminated                              (with Keep)
//	no contract document  no tender  needs the history of the buyer
//	history is incomplete  needs the exchange rate      (without a value)
//
// # Facts
//
// Facts say what was read, for «Що перевірено»: the text of a fact is the key
// procurement.fact.<Key> of the catalogue; Keys lists them all.
//
// # Adding an indicator
//
// One file with a Rule, its line in rules, and one file of cases in testdata/cases.
package indicator

import (
	"slices"
	"time"

	"ereception/internal/procurement/prozorro"
)

// Method is the version of the set of rules: it changes whenever any value may.
const Method = "1"

// Level is what a value is about.
type Level string

// Levels.
const (
	LevelTender   Level = "tender"
	LevelLot      Level = "lot"
	LevelContract Level = "contract"
)

// Profile is a reading of the DASU-3-3 methodology.
type Profile string

// Profiles. Methodology reads the tender alone, as the text of the methodology
// says. ByContract reads also the documents of the contract in the contracting
// module, where they are since spring 2024, and admits the kinds of buyers that
// appeared in 2020.
const (
	Methodology Profile = "methodology"
	ByContract  Profile = "contract"
)

// Outcome is the value of an indicator.
type Outcome uint8

// Outcomes. The zero value is NotCalculated.
const (
	NotCalculated Outcome = iota
	Clear                 // 0
	Sign                  // 1
	Keep                  // the result stored before stays
)

// String gives "", "0", "1" or "keep".
func (o Outcome) String() string { return [...]string{"", "0", "1", "keep"}[o&3] }

// MarshalJSON writes null, 0, 1 or "keep".
func (o Outcome) MarshalJSON() ([]byte, error) {
	return []byte([...]string{"null", "0", "1", `"keep"`}[o&3]), nil
}

// UnmarshalJSON reads what MarshalJSON writes; anything else is NotCalculated.
func (o *Outcome) UnmarshalJSON(b []byte) error {
	*o = map[string]Outcome{"0": Clear, "1": Sign, `"keep"`: Keep}[string(b)]
	return nil
}

// Fact is one thing that was read. N is the number in the sentence for keys with
// plural forms; Args are its other words (moments in RFC 3339); Codes are raw codes
// of the source, shown as they are; Hit marks the fact that makes the sign.
type Fact struct {
	Key   string            `json:"key"`
	N     int               `json:"n,omitempty"`
	Args  map[string]string `json:"args,omitempty"`
	Codes []string          `json:"codes,omitempty"`
	Hit   bool              `json:"hit,omitempty"`
}

// Value is the value of one indicator for a tender, one of its lots or one of its
// contracts. LotID is empty for a tender without lots.
type Value struct {
	Indicator  string  `json:"indicator"`
	Version    string  `json:"version"`
	Profile    Profile `json:"profile,omitempty"` // of rules that have two
	Level      Level   `json:"level"`
	LotID      string  `json:"lot,omitempty"`
	ContractID string  `json:"contract,omitempty"`
	Outcome    Outcome `json:"value"`
	Reason     string  `json:"reason,omitempty"`
	Facts      []Fact  `json:"facts,omitempty"`
}

// Evaluated says that the conditions were met and the formula gave the value.
func (v *Value) Evaluated() bool {
	return v.Reason == "" && (v.Outcome == Clear || v.Outcome == Sign)
}

// Input is all that the rules read. Contracts are the documents of the contracting
// module that belong to the tender, in any order. A nil History leaves the rules
// over the history of the buyer without a value. An empty Profile is Methodology.
type Input struct {
	Tender    *prozorro.Tender
	Contracts []*prozorro.Contract
	Now       time.Time
	Profile   Profile
	History   History
}

// History finds earlier tenders of the same buyer in the mirror.
type History interface {
	// Own gives the tenders that fit q; more than asked does no harm, the rule looks
	// again. complete says that nothing of the buyer since q.From can be missing.
	Own(q HistoryQuery) (tenders []*prozorro.Tender, complete bool)
}

// HistoryQuery describes the wanted tenders: those of the buyer Buyer (Party.Key)
// with this Subject (see Subject), type and status, whose tenderPeriod.startDate is
// in [From, Before).
type HistoryQuery struct {
	Buyer    string
	Subject  string
	Title    string
	Types    []string
	Statuses []string
	From     time.Time
	Before   time.Time
}

// Rule is an indicator that is calculated here, with its conditions.
type Rule struct {
	ID         string
	Version    string
	Generation string // Entry.Generation of the registry
	Level      Level
	Types      []string
	Kinds      []string
	KindsWider []string // kinds under the profile ByContract, when it differs
	Statuses   []string // of the tender, or of the contract for LevelContract
	Categories []string // empty: any
	MinGoods   float64  // tender.value.amount at least, goods and services
	MinWorks   float64  // works
	MaxAgeDays int      // since tender.dateCreated; 0: any age
	Profiles   bool     // has the two profiles
	History    bool     // reads the history of the buyer

	eval func(r *Rule, in *Input, out []Value) []Value
}

// Eval gives the values of this rule alone. DASU-3-3 of a tender all of whose
// contracts with documents are cancelled gives none.
func (r *Rule) Eval(in *Input) []Value { return r.eval(r, in, nil) }

// rules in the order of the registry.
var rules = []*Rule{
	&dasu31, &dasu32, &dasu33,
	&sas24_3_1, &sas24_3_2, &sas24_3_2_1, &sas24_3_4, &sas24_3_5, &sas24_3_7, &sas24_3_9, &sas24_3_10,
	&sas24_3_11_1, &sas24_3_11_2, &sas24_3_13, &sas24_3_15,
	&ari_1_1, &ari_1_2,
}

// All gives the rules in the order in which Evaluate answers.
func All() []*Rule { return slices.Clone(rules) }

// ByID finds a rule; nil when it is not calculated here.
func ByID(id string) *Rule {
	for _, r := range rules {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Evaluate gives the values of all rules in the order of All: of a rule per lot one
// value for each lot, of a rule per contract one for each contract of the tender.
// The answer does not depend on the order of in.Contracts.
func Evaluate(in *Input) []Value {
	out := make([]Value, 0, len(rules)+8)
	for _, r := range rules {
		out = r.eval(r, in, out)
	}
	return out
}

func (r *Rule) value(o Outcome, reason string, facts []Fact) Value {
	return Value{Indicator: r.ID, Version: r.Version, Level: r.Level, Outcome: o, Reason: reason, Facts: facts}
}
