package indicator

import (
	"time"

	"ereception/internal/procurement/prozorro"
)

// Keys of facts; the catalogue has procurement.fact.<key> for each of Keys.
const (
	factProcedure        = "procedure"             // codes: procurementMethodType, status
	factKind             = "kind"                  // codes: procuringEntity.kind
	factValue            = "value"                 // args: amount, currency; codes: mainProcurementCategory
	factContractStatus   = "contract_status"       // codes: contract.status
	factStatusDate       = "status_date"           // args: date
	factContractDocs     = "contract_documents"    // n documents
	factContractUnsigned = "contract_unsigned"     // none of n is a signature; codes: the format
	factContractSigned   = "contract_signed"       // n signatures; codes: the format
	factTenderDocs       = "tender_documents"      // n
	factTenderUnsigned   = "tender_unsigned"       // none of n
	factTenderSigned     = "tender_signed"         // n
	factAwardDocs        = "award_documents"       // n
	factAwardUnsigned    = "award_unsigned"        // none of n
	factAwardSigned      = "award_signed"          // n
	factSatisfied        = "complaints_satisfied"  // n; codes: the part of the tender
	factNoSatisfied      = "no_satisfied"          //
	factOverdue          = "decision_overdue"      // args: decision, until
	factInTime           = "decision_in_time"      // args: decision, until
	factNoWinner         = "no_winner"             //
	factWinner           = "winner"                //
	factRejected         = "rejected"              // n participants
	factRejectedNo24     = "rejected_without_24h"  // n participants; codes: 24h
	factLotsClosed       = "lots_closed"           // every lot is cancelled or unsuccessful
	factAgain            = "winner_again"          // the offer won again after a complaint
	factNotAgain         = "not_winner_again"      //
	factWinnerDocs       = "winner_documents"      // n within args: from, until
	factWinnerNoDocs     = "winner_no_documents"   // args: from, until
	factNothingDue       = "no_due_documents"      // no award whose term has come
	fact24h              = "has_24h"               // codes: 24h
	factNo24h            = "no_24h"                // codes: 24h
	factResolved         = "complaints_resolved"   // n
	factChanges          = "changes"               // n active additional agreements
	factGrounds          = "change_grounds"        // codes: rationaleTypes
	factQuality          = "changes_quality"       // n; codes: qualityImprovement
	factShortWorks       = "works_end"             // args: end, from, until
	factNoWorksDates     = "works_no_dates"        //
	factCause            = "cause"                 // codes: causeDetails.code
	factOwnTenders       = "own_tenders"           // n earlier tenders for the same
	factSimilar          = "own_similar"           // n of them within 10 % of the value
	factSimilarDisputed  = "own_similar_satisfied" // n of them with a satisfied complaint
)

// Key describes a key of facts. Counted keys have plural forms by Fact.N; Args are
// the names of the other words, of which those in Moments are RFC 3339.
type Key struct {
	Key     string
	Counted bool
	Args    []string
}

// Keys lists every key that a Fact may have.
func Keys() []Key {
	return []Key{
		{factProcedure, false, nil},
		{factKind, false, nil},
		{factValue, false, []string{"amount", "currency"}},
		{factContractStatus, false, nil},
		{factStatusDate, false, []string{"date"}},
		{factContractDocs, true, nil},
		{factContractUnsigned, true, nil},
		{factContractSigned, true, nil},
		{factTenderDocs, true, nil},
		{factTenderUnsigned, true, nil},
		{factTenderSigned, true, nil},
		{factAwardDocs, true, nil},
		{factAwardUnsigned, true, nil},
		{factAwardSigned, true, nil},
		{factSatisfied, true, nil},
		{factNoSatisfied, false, nil},
		{factOverdue, false, []string{"decision", "until"}},
		{factInTime, false, []string{"decision", "until"}},
		{factNoWinner, false, nil},
		{factWinner, false, nil},
		{factRejected, true, nil},
		{factRejectedNo24, true, nil},
		{factLotsClosed, false, nil},
		{factAgain, false, nil},
		{factNotAgain, false, nil},
		{factWinnerDocs, true, []string{"from", "until"}},
		{factWinnerNoDocs, false, []string{"from", "until"}},
		{factNothingDue, false, nil},
		{fact24h, false, nil},
		{factNo24h, false, nil},
		{factResolved, true, nil},
		{factChanges, true, nil},
		{factGrounds, false, nil},
		{factQuality, true, nil},
		{factShortWorks, false, []string{"end", "from", "until"}},
		{factNoWorksDates, false, nil},
		{factCause, false, nil},
		{factOwnTenders, true, nil},
		{factSimilar, true, nil},
		{factSimilarDisputed, true, nil},
	}
}

func moment(t time.Time) string { return t.In(kyiv).Format(time.RFC3339) }

// conditions are the facts that every rule of 2024 looks at first.
func conditions(t *prozorro.Tender) []Fact {
	facts := make([]Fact, 0, 6)
	return append(facts,
		Fact{Key: factProcedure, Codes: []string{t.ProcurementMethodType, t.Status}},
		Fact{Key: factKind, Codes: []string{t.ProcuringEntity.Kind}},
		Fact{Key: factValue, Args: map[string]string{"amount": t.Value.Amount.String(), "currency": t.Value.Currency}, Codes: []string{t.MainProcurementCategory}})
}
