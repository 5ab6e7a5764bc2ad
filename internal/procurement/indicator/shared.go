package indicator

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"ereception/internal/law/calendar"
	"ereception/internal/procurement/prozorro"
)

// Types of procedures.
const (
	aboveUA          = "aboveThresholdUA"
	aboveEU          = "aboveThresholdEU"
	above            = "aboveThreshold"
	below            = "belowThreshold"
	negotiation      = "negotiation"
	negotiationQuick = "negotiation.quick"
	reporting        = "reporting"
)

// Reasons, see the package comment.
const (
	reasonType       = "procurementMethodType"
	reasonKind       = "kind"
	reasonStatus     = "status"
	reasonContract   = "contract.status"
	reasonCategory   = "mainProcurementCategory"
	reasonValue      = "value"
	reasonAge        = "dateCreated"
	reasonNoDocs     = "no contracts.documents"
	reasonOld        = "older than a year"
	reasonTerminated = "terminated"
	reasonNoTender   = "no tender"
	// ReasonNoContract: the contract rules need the document of the contracting module.
	ReasonNoContract = "no contract document"
	// ReasonNoHistory: Input.History is nil.
	ReasonNoHistory  = "needs the history of the buyer"
	reasonIncomplete = "history is incomplete"
	reasonRate       = "needs the exchange rate"
)

// Sets that several rules share: §3 of the reference, kinds A and A+.
var (
	openTypes     = []string{aboveUA, aboveEU, above}
	contractTypes = []string{negotiation, negotiationQuick, aboveUA, aboveEU, above, below, reporting}
	signedTypes   = []string{aboveUA, aboveEU}
	kindsA        = []string{"authority", "central", "general", "social", "special"}
	kindsADefense = []string{"authority", "central", "general", "social", "special", "defense"}
	decided       = []string{"active.qualification", "active.awarded", "complete"}
	active        = []string{"active"}
)

// Thresholds GS and W of the reference, in the currency of the tender: the amount
// is compared as it stands.
const (
	minGoods = 400_000
	minWorks = 1_500_000
	maxAge   = 180
)

var kyiv = calendar.Kyiv()

// matches checks the conditions of a rule of 2024 on the tender and gives the first
// that fails. status says whether the status and the age of the tender are looked at.
func (r *Rule) matches(t *prozorro.Tender, now time.Time, status bool) (reason string) {
	switch {
	case !slices.Contains(r.Types, t.ProcurementMethodType):
		return reasonType
	case !slices.Contains(r.Kinds, cmp.Or(t.ProcuringEntity.Kind, "other")):
		return reasonKind
	case status && !slices.Contains(r.Statuses, t.Status):
		return reasonStatus
	case len(r.Categories) > 0 && !slices.Contains(r.Categories, t.MainProcurementCategory):
		return reasonCategory
	case !r.worth(t):
		return reasonValue
	case status && r.MaxAgeDays > 0 && !t.DateCreated.IsZero() && t.DateCreated.Before(now.Add(-time.Duration(r.MaxAgeDays)*24*time.Hour)):
		return reasonAge
	}
	return ""
}

// worth compares tender.value.amount with the threshold of the category. An absent
// category or amount fails; nothing is converted to UAH here.
func (r *Rule) worth(t *prozorro.Tender) bool {
	if !t.Value.Amount.Valid {
		return false
	}
	switch t.MainProcurementCategory {
	case "goods", "services":
		return t.Value.Amount.Float >= r.MinGoods
	case "works":
		return t.Value.Amount.Float >= r.MinWorks
	}
	return false
}

// ofTender builds the evaluation of a rule of 2024 on the level of the tender.
func ofTender(formula func(t *prozorro.Tender, now time.Time) (bool, []Fact)) func(*Rule, *Input, []Value) []Value {
	return func(r *Rule, in *Input, out []Value) []Value {
		if in.Tender == nil {
			return append(out, r.value(NotCalculated, reasonNoTender, nil))
		}
		if reason := r.matches(in.Tender, in.Now, true); reason != "" {
			return append(out, r.value(Clear, reason, nil))
		}
		hit, facts := formula(in.Tender, in.Now)
		return append(out, r.value(outcome(hit), "", append(conditions(in.Tender), facts...)))
	}
}

// ofContract builds the evaluation of a rule of 2024 on the level of the contract.
// A terminated contract keeps its value whatever else; then the status of the
// contract and type, kind, category and value of the tender are looked at.
func ofContract(formula func(t *prozorro.Tender, c *prozorro.Contract) (bool, []Fact)) func(*Rule, *Input, []Value) []Value {
	return func(r *Rule, in *Input, out []Value) []Value {
		for _, c := range contractsOf(in) {
			var v Value
			switch doc := c.doc; {
			case doc == nil:
				v = r.value(NotCalculated, ReasonNoContract, nil)
			case doc.Status == "terminated":
				v = r.value(Keep, reasonTerminated, nil)
			case in.Tender == nil:
				v = r.value(NotCalculated, reasonNoTender, nil)
			case !slices.Contains(r.Statuses, doc.Status):
				v = r.value(Clear, reasonContract, nil)
			default:
				if reason := r.matches(in.Tender, in.Now, false); reason != "" {
					v = r.value(Clear, reason, nil)
					break
				}
				hit, facts := formula(in.Tender, doc)
				facts = append(append(conditions(in.Tender), Fact{Key: factContractStatus, Codes: []string{doc.Status}}), facts...)
				v = r.value(outcome(hit), "", facts)
			}
			v.ContractID = c.id
			out = append(out, v)
		}
		return out
	}
}

// contractPair is a contract of the tender: the copy within the tender, the document of the
// contracting module, or both.
type contractPair struct {
	id   string
	stub *prozorro.Contract
	doc  *prozorro.Contract
}

// contractsOf pairs the contracts of the tender with their documents: first those
// that the tender names, in its order, then the other documents by id.
func contractsOf(in *Input) []contractPair {
	var stubs []prozorro.Contract
	if in.Tender != nil {
		stubs = in.Tender.Contracts
	}
	if len(stubs) == 0 && len(in.Contracts) == 0 {
		return nil
	}
	pairs := make([]contractPair, 0, len(stubs)+len(in.Contracts))
	for i := range stubs {
		pairs = append(pairs, contractPair{id: stubs[i].ID, stub: &stubs[i]})
	}
	docs := slices.DeleteFunc(slices.Clone(in.Contracts), func(c *prozorro.Contract) bool { return c == nil })
	// The newest first, so that of two versions of a document the newer counts; of
	// the same moment, that in the later state, from which a contract never goes back.
	slices.SortStableFunc(docs, func(a, b *prozorro.Contract) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), b.DateModified.Compare(a.DateModified.Time), cmp.Compare(stage(b.Status), stage(a.Status)))
	})
	for i, d := range docs {
		if i > 0 && docs[i-1].ID == d.ID {
			continue
		}
		known := slices.IndexFunc(pairs, func(p contractPair) bool { return p.stub != nil && p.id == d.ID })
		if known >= 0 {
			pairs[known].doc = d
			continue
		}
		pairs = append(pairs, contractPair{id: d.ID, doc: d})
	}
	return pairs
}

// stage orders the states of a contract in time.
func stage(status string) int {
	return slices.Index([]string{"pending", "pending.winner-signing", "active", "cancelled", "terminated"}, status)
}

func outcome(hit bool) Outcome {
	if hit {
		return Sign
	}
	return Clear
}

// complaints counts those to the body of appeal with one of the statuses; a claim
// to the buyer never counts.
func complaints(of []prozorro.Complaint, statuses ...string) (n int) {
	for i := range of {
		if of[i].Type == "complaint" && slices.Contains(statuses, of[i].Status) {
			n++
		}
	}
	return n
}

// winner says that some award is active.
func winner(t *prozorro.Tender) bool {
	return slices.ContainsFunc(t.Awards, func(a prozorro.Award) bool { return a.Status == "active" })
}

// lots calls f with the id of each lot that is neither cancelled nor unsuccessful,
// or once with all = true for a tender without lots, until f answers true.
func lots(t *prozorro.Tender, f func(id string, all bool) bool) bool {
	if len(t.Lots) == 0 {
		return f("", true)
	}
	for i := range t.Lots {
		if l := &t.Lots[i]; live(l.Status) && f(l.ID, false) {
			return true
		}
	}
	return false
}

func live(lotStatus string) bool { return lotStatus != "cancelled" && lotStatus != "unsuccessful" }

// activeIn says that the lot has an active award.
func activeIn(t *prozorro.Tender, lot string, all bool) bool {
	for i := range t.Awards {
		if a := &t.Awards[i]; a.Status == "active" && (all || a.LotID == lot) {
			return true
		}
	}
	return false
}

// rejected counts the different suppliers of unsuccessful awards of the lot.
func rejected(t *prozorro.Tender, lot string, all bool, skip func(*prozorro.Award) bool) int {
	var seen []string
	for i := range t.Awards {
		a := &t.Awards[i]
		if a.Status != "unsuccessful" || !all && a.LotID != lot || skip != nil && skip(a) {
			continue
		}
		for j := range a.Suppliers {
			if key := a.Suppliers[j].Key(); !slices.Contains(seen, key) {
				seen = append(seen, key)
			}
		}
	}
	return len(seen)
}

// has24h says that the bidder was given 24 hours to correct his offer.
func has24h(m []prozorro.Milestone) bool {
	return slices.ContainsFunc(m, func(m prozorro.Milestone) bool { return m.Code == "24h" })
}

// calcEnd moves d up to the next midnight of Kyiv, unless it stands at one, and adds
// n days on the wall clock of Kyiv.
func calcEnd(d time.Time, n int) time.Time {
	d = d.In(kyiv)
	year, month, day := d.Date()
	midnight := time.Date(year, month, day, 0, 0, 0, 0, kyiv)
	if !d.Equal(midnight) {
		day++
	}
	return time.Date(year, month, day+n, 0, 0, 0, 0, kyiv)
}

// YearAfter is the moment at which the rule of one year switches the DASU
// indicators off, for a status that changed last at d.
func YearAfter(d time.Time) time.Time { return addYear(d) }

// addYear gives the same time on the wall clock of Kyiv a year later: the first
// moment at which the clock has passed it. 29 February goes to 28 February.
func addYear(d time.Time) time.Time {
	d = d.In(kyiv)
	year, month, day := d.Date()
	if month == time.February && day == 29 {
		day = 28
	}
	hour, minute, second := d.Clock()
	at := time.Date(year+1, month, day, hour, minute, second, d.Nanosecond(), kyiv)
	// An hour that the clock shows twice (last Sunday of October): the first time counts.
	if earlier := at.Add(-time.Hour); earlier.Hour() == hour && earlier.Day() == at.Day() {
		return earlier
	}
	return at
}

// aYear says that now is a year or more after d.
func aYear(d, now time.Time) bool {
	// Far from the boundary no calendar is needed.
	switch age := now.Sub(d); {
	case age < 364*24*time.Hour:
		return false
	case age > 368*24*time.Hour:
		return true
	}
	return !now.Before(addYear(d))
}

// statusDate is the last change of the status: date, and dateModified only where date is absent.
func statusDate(t *prozorro.Tender) time.Time {
	if t.Date.IsZero() {
		return t.DateModified.Time
	}
	return t.Date.Time
}

// old is the rule that switches the DASU indicators off. Without any date it cannot be shown.
func old(t *prozorro.Tender, now time.Time) bool {
	d := statusDate(t)
	return !d.IsZero() && aYear(d, now)
}

// Subject is the subject of procurement: the longest common beginning of the
// classification codes of all items (without the last two signs, and the noughts
// before them), cut to 5 signs for works (45…), 3 for medicines (3361…3367, 33691,
// 33692) and 4 for the rest.
func Subject(items []prozorro.Item) string {
	prefix, first := "", true
	for i := range items {
		code := items[i].Classification.ID
		if len(code) < 2 {
			code = ""
		} else {
			code = strings.TrimRight(code[:len(code)-2], "0")
		}
		if first {
			prefix, first = code, false
			continue
		}
		n := 0
		for n < len(prefix) && n < len(code) && prefix[n] == code[n] {
			n++
		}
		prefix = prefix[:n]
	}
	size := 4
	switch {
	case strings.HasPrefix(prefix, "45"):
		size = 5
	case slices.ContainsFunc(medicines, func(m string) bool { return strings.HasPrefix(prefix, m) }):
		size = 3
	}
	return prefix[:min(size, len(prefix))]
}

var medicines = []string{"3361", "3362", "3363", "3364", "3365", "3366", "3367", "33691", "33692"}
