package procurement

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/procurement/prozorro"
)

// Named is an organisation, or a sole trader without his name.
type Named struct {
	Key        string // UA-EDR-04053625, fop-…: the address of a supplier's page
	Code       string // empty for a sole trader
	Name       string // empty for a sole trader
	SoleTrader bool
}

// Money is a sum as the source gives it; Amount is a decimal, empty for none.
type Money struct {
	Amount   string
	Currency string
	VAT      bool // tax included
}

// Span is a pair of moments; either may be zero.
type Span struct{ From, To time.Time }

// Doc is the description of a file, which stays at Prozorro.
type Doc struct {
	ID, Title, Description, Format, URL string
	Type                                string // documentType
	Of, RelatedItem                     string // documentOf: tender, lot, contract, change…
	Published, Modified                 time.Time
	Versions                            int // earlier versions of the same file
}

// Docs are the files of one thing, told apart.
type Docs struct {
	Files      []Doc
	Signatures []Doc // files of electronic signatures
	Technical  []Doc // certificates fetched by robots and protocols of the auction
}

// ItemView is what is bought.
type ItemView struct {
	Description, CPV, CPVName, Lot string
	Quantity, Unit                 string
	Delivery                       Span
}

// BidView is an offer.
type BidView struct {
	ID, Status string
	Tenderers  []Named
	Value      Money // for the lot where the offer is shown under one
	Date       time.Time
	Documents  int
	Signed     bool // one of its files is an electronic signature
}

// AwardView is a decision about one offer.
type AwardView struct {
	ID, Status, Title, Lot, LotTitle, BidID string
	Suppliers                               []Named
	Value                                   Money
	Date                                    time.Time
	Complaint                               Span
	Docs                                    Docs
}

// LotView is a part of a tender with its own winner.
type LotView struct {
	ID, Title, Description, Status string
	Value                          Money
	Bids                           []BidView
	Awards                         []AwardView
	Values                         []Value
}

// ComplaintView is a complaint to the appeals body (Type complaint) or a claim to the buyer.
type ComplaintView struct {
	Number, Type, Status, Title, Lot string
	Of                               string // tender, award, qualification, cancellation
	Submitted, Decided               time.Time
	Resolution                       string
}

// CancellationView is a cancellation of a tender or a lot.
type CancellationView struct {
	Status, Reason, ReasonType, Of, Lot string
	Date                                time.Time
}

// MilestoneView is a term of payment or delivery.
type MilestoneView struct {
	Title, Code, Type, Status, Description string
	Percent                                string
	Days, DaysType                         string
	Due, Met                               time.Time
	Value                                  Money
	Sequence                               int
}

// ChangeView is an additional agreement.
type ChangeView struct {
	ID, Status, Number, Rationale string
	Types                         []Code // grounds, in words
	Date, Signed                  time.Time
	Docs                          Docs
}

// Code is a code of a classifier in words; Name is the code itself when nobody knows it.
type Code struct{ Code, Name string }

// Payment is a line of the treasury's open data.
type Payment struct {
	SourceID, Amount, Details string
	PaidOn                    time.Time
	Payer                     string
	Payee                     Named
}

// ContractLine is a contract beside its tender.
type ContractLine struct {
	Hit
	OwnNumber  string
	AwardID    string
	Lot        string
	Paid       string // amountPaid, decimal; empty: not given
	Treasury   string // sum of the payments found, decimal; empty: none
	Signed     time.Time
	Span       Span
	Changes    int
	Terminated bool // ended without full performance
	Stub       bool // known from its tender alone
}

// PlanLine is a plan beside its purchase.
type PlanLine struct {
	Hit
	Start time.Time // planned month of the announcement
}

// MonitoringView is an official monitoring of the State Audit Service.
type MonitoringView struct {
	ID, Number, Status  string
	Reasons, Stages     []Code
	Violation           *bool // of its conclusion; nil: none yet
	Violations          []Code
	Started, Concluded  time.Time
	ModifiedAt          time.Time
	ConclusionPublished bool
}

// Turn is a change of a value in time.
type Turn struct {
	At            time.Time
	Method        string
	Indicator     string // as in Hit.Signs
	Level         string
	Lot, Contract string
	Before, After *Value // nil: there was none
}

// Judged are the values of a purchase with their past.
type Judged struct {
	Values    []Value
	CheckedAt time.Time // when they were checked last; zero: never
	ChangedAt time.Time // when they became what they are
	Method    string
	History   []Turn // the newest first
}

// TenderView is a tender with everything that its page shows.
type TenderView struct {
	Hit
	Description, Category, BuyerKind string
	BuyerKey                         string
	Cause, CauseText, Rationale      string
	AwardCriteria, FundingKind       string
	Value, Step, Guarantee           Money
	Created, StatusOn                time.Time
	Enquiries, Offers, Qualifying    Span
	Auction, Awarding                Span
	Items                            []ItemView
	Lots                             []LotView // one without an ID when the tender has none
	Bids                             int
	Awards                           []AwardView
	Docs                             Docs
	Complaints                       []ComplaintView
	ComplaintsCount, ClaimsCount     int
	Cancellations                    []CancellationView
	Milestones                       []MilestoneView
	Contracts                        []ContractLine
	Plans                            []PlanLine
	Monitorings                      []MonitoringView
	Judged                           Judged
	Restricted                       bool // parts are closed by the source
	Source                           string
	FetchedAt                        time.Time
	ProzorroURL                      string
}

// Frozen is the copy of a contract that stayed in its tender.
type Frozen struct {
	Status string
	Value  Money
	Signed time.Time
	Docs   Docs
}

// ContractView is a contract with everything that its page shows.
type ContractView struct {
	ContractLine
	Description   string
	Buyer         Named
	Suppliers     []Named
	Value         Money
	Net           string // amountNet
	Termination   string // terminationDetails
	Items         []ItemView
	Docs          Docs
	Changes       []ChangeView
	Milestones    []MilestoneView
	Signatories   []Signatory
	Cancellations []CancellationView
	Payments      []Payment
	Tender        *Hit
	LotTitle      string
	Plans         []PlanLine
	Monitorings   []MonitoringView
	Judged        Judged // of the contract, of its lot and of its tender
	Frozen        *Frozen
	FetchedAt     time.Time
	ProzorroURL   string
}

// Signatory is a side that signed an electronic contract.
type Signatory struct {
	Role string
	Date time.Time
}

// PlanView is a plan with everything that its page shows.
type PlanView struct {
	PlanLine
	BuyerKey    string
	Budget      Money
	BudgetText  string
	Year        Span // of the budget
	Breakdown   []SourceOfMoney
	Items       []ItemView
	Rationale   string
	Docs        Docs
	Tender      *Hit
	Contracts   []ContractLine
	Published   time.Time
	FetchedAt   time.Time
	ProzorroURL string
}

// SourceOfMoney is a line of a plan's budget.
type SourceOfMoney struct {
	Code, Description string
	Value             Money
}

// document reads a stored document, as the source gave it; ok is false when there is none.
func (s *Service) document(ctx context.Context, resource, id string) (raw []byte, d docMeta, ok bool, err error) {
	var packed []byte
	err = s.db.ReadPool().QueryRow(ctx, "SELECT raw, source, fetched_at, date_modified FROM procurement_documents WHERE resource = $1 AND id = $2", resource, id).
		Scan(&packed, &d.source, &d.fetched, &d.modified)
	if db.IsNotFound(err) {
		return nil, d, false, nil
	}
	if err != nil {
		return nil, d, false, err
	}
	if raw, err = Unpack(packed); err == nil {
		d.people, err = s.people(raw)
	}
	return raw, d, err == nil, err
}

type docMeta struct {
	source            string
	fetched, modified time.Time
	people            []namesake // who may not be named in the texts of the document
}

// tenderDoc reads a tender's document; nil when it is not known.
func (s *Service) tenderDoc(ctx context.Context, id string) (*prozorro.Tender, docMeta, error) {
	if id == "" {
		return nil, docMeta{}, nil
	}
	raw, meta, ok, err := s.document(ctx, Tenders, id)
	if err != nil || !ok {
		return nil, meta, err
	}
	t, err := prozorro.DecodeTender(raw)
	return t, meta, err
}

// contractDoc reads the document of a contract in the contracting module; nil when it is not known.
func (s *Service) contractDoc(ctx context.Context, id string) (*prozorro.Contract, docMeta, error) {
	raw, meta, ok, err := s.document(ctx, Contracts, id)
	if err != nil || !ok {
		return nil, meta, err
	}
	c, err := prozorro.DecodeContract(raw)
	return c, meta, err
}

// viewer turns what the source says into what a page may show.
type viewer struct {
	s      *Service
	locale string
	mask   mask
}

func (v viewer) named(p prozorro.Party) Named {
	w := v.s.who(p.Scheme, p.ID, p.Name, p.LegalName)
	n := Named{Key: w.key, SoleTrader: w.sole, Name: clean(w.name, maxParty)}
	if !noCode(w.key) {
		n.Code = clean(p.ID, 60)
	}
	return n
}

func (v viewer) parties(list []prozorro.Party) []Named {
	var out []Named
	for _, p := range list {
		out = append(out, v.named(p))
	}
	return out
}

func (v viewer) text(s string) string {
	return v.mask.text(strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD")))
}

func moneyOf(v prozorro.Value) Money {
	if !v.Amount.Valid {
		return Money{}
	}
	return Money{Amount: v.Amount.String(), Currency: cmp.Or(v.Currency, "UAH"), VAT: v.ValueAddedTaxIncluded}
}

func span(p prozorro.Period) Span { return Span{p.StartDate.Time, p.EndDate.Time} }

// technical tells what robots have put beside the documents: certificates of
// registers and protocols of auctions.
func technical(d prozorro.Document) bool {
	return d.Author == "bots" || d.Format == "application/yaml" || strings.HasPrefix(d.Title, "audit_") && strings.HasSuffix(d.Title, ".yaml")
}

// docs sorts files. The source lists every version of a file under one id; the
// newest stands for all.
func (v viewer) docs(lists ...[]prozorro.Document) Docs {
	var order []string
	newest := map[string]prozorro.Document{}
	versions := map[string]int{}
	for _, list := range lists {
		for i, d := range list {
			key := cmp.Or(d.ID, "#"+strconv.Itoa(i))
			old, known := newest[key]
			if !known {
				order = append(order, key)
			} else {
				versions[key]++
			}
			if !known || !d.DateModified.Before(old.DateModified.Time) {
				newest[key] = d
			}
		}
	}
	var out Docs
	for _, key := range order {
		d := newest[key]
		x := Doc{
			ID: d.ID, Title: v.text(d.Title), Description: v.text(d.Description), Format: d.Format, URL: webAddress(d.URL), Type: d.DocumentType,
			Of: d.DocumentOf, RelatedItem: d.RelatedItem, Published: d.DatePublished.Time, Modified: d.DateModified.Time, Versions: versions[key],
		}
		switch {
		case d.Signature():
			out.Signatures = append(out.Signatures, x)
		case technical(d):
			out.Technical = append(out.Technical, x)
		default:
			out.Files = append(out.Files, x)
		}
	}
	return out
}

// webAddress lets only addresses through that a page may link to.
func webAddress(u string) string {
	if strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "http://") {
		return u
	}
	return ""
}

func (v viewer) items(list []prozorro.Item) []ItemView {
	var out []ItemView
	for _, it := range list {
		code := it.Classification.ID
		out = append(out, ItemView{
			Description: v.text(it.Description), CPV: code, CPVName: cmp.Or(CPVName(code, v.locale), v.text(it.Classification.Description)), Lot: it.RelatedLot,
			Quantity: it.Quantity.String(), Unit: v.text(it.Unit.Name), Delivery: span(it.DeliveryDate),
		})
	}
	return out
}

func (v viewer) milestones(list []prozorro.Milestone) []MilestoneView {
	var out []MilestoneView
	for _, m := range list {
		out = append(out, MilestoneView{
			Title: v.text(m.Title), Code: m.Code, Type: m.Type, Status: m.Status, Description: v.text(m.Description), Percent: m.Percentage.String(),
			Days: m.Duration.Days.String(), DaysType: m.Duration.Type, Due: m.DueDate.Time, Met: m.DateMet.Time, Value: moneyOf(m.Value),
			Sequence: int(m.SequenceNumber.Float),
		})
	}
	return out
}

func (v viewer) cancellations(list []prozorro.Cancellation) []CancellationView {
	var out []CancellationView
	for _, c := range list {
		out = append(out, CancellationView{
			Status: c.Status, Reason: v.text(c.Reason), ReasonType: CodeName(ListCancellation, c.ReasonType, v.locale), Of: c.CancellationOf,
			Lot: c.RelatedLot, Date: c.Date.Time,
		})
	}
	return out
}

func (v viewer) complaints(t *prozorro.Tender) []ComplaintView {
	var out []ComplaintView
	add := func(of, lot string, list []prozorro.Complaint) {
		for _, c := range list {
			if c.Status == "draft" {
				continue
			}
			submitted := c.DateSubmitted.Time
			if submitted.IsZero() {
				submitted = c.Date.Time
			}
			decided := c.DateDecision.Time
			if decided.IsZero() && c.Type == "claim" {
				decided = c.DateAnswered.Time
			}
			out = append(out, ComplaintView{
				Number: c.ComplaintID, Type: cmp.Or(c.Type, "complaint"), Status: c.Status, Title: v.text(c.Title), Lot: cmp.Or(c.RelatedLot, lot), Of: of,
				Submitted: submitted, Decided: decided, Resolution: v.text(c.Resolution),
			})
		}
	}
	add("tender", "", t.Complaints)
	for _, x := range t.Qualifications {
		add("qualification", x.LotID, x.Complaints)
	}
	for _, x := range t.Awards {
		add("award", x.LotID, x.Complaints)
	}
	for _, x := range t.Cancellations {
		add("cancellation", x.RelatedLot, x.Complaints)
	}
	return out
}

func (v viewer) bid(b prozorro.Bid, value prozorro.Value, status string) BidView {
	out := BidView{ID: b.ID, Status: cmp.Or(status, b.Status), Tenderers: v.parties(b.Tenderers), Value: moneyOf(value), Date: b.Date.Time}
	for _, list := range [][]prozorro.Document{b.Documents, b.FinancialDocuments, b.EligibilityDocuments, b.QualificationDocuments} {
		d := v.docs(list)
		out.Documents += len(d.Files)
		out.Signed = out.Signed || len(d.Signatures) > 0
	}
	return out
}

func (v viewer) lots(t *prozorro.Tender, values []Value) []LotView {
	list := t.Lots
	if len(list) == 0 {
		list = []prozorro.Lot{{Title: t.Title, Status: t.Status, Value: t.Value}}
	}
	titles := map[string]string{}
	for _, l := range list {
		titles[l.ID] = v.text(l.Title)
	}
	var out []LotView
	for _, l := range list {
		x := LotView{ID: l.ID, Title: titles[l.ID], Description: v.text(l.Description), Status: l.Status, Value: moneyOf(l.Value)}
		for _, b := range t.Bids {
			if l.ID == "" {
				x.Bids = append(x.Bids, v.bid(b, b.Value, ""))
			}
			for _, lv := range b.LotValues {
				if l.ID != "" && lv.RelatedLot == l.ID {
					x.Bids = append(x.Bids, v.bid(b, lv.Value, lv.Status))
				}
			}
		}
		for _, a := range v.awards(t, titles) {
			if a.Lot == l.ID || l.ID == "" {
				x.Awards = append(x.Awards, a)
			}
		}
		for _, val := range values {
			if val.Level == "lot" && (val.Lot == l.ID || l.ID == "") {
				x.Values = append(x.Values, val)
			}
		}
		out = append(out, x)
	}
	return out
}

func (v viewer) awards(t *prozorro.Tender, titles map[string]string) []AwardView {
	var out []AwardView
	for _, a := range t.Awards {
		out = append(out, AwardView{
			ID: a.ID, Status: a.Status, Title: v.text(a.Title), Lot: a.LotID, LotTitle: titles[a.LotID], BidID: a.BidID, Suppliers: v.parties(a.Suppliers),
			Value: moneyOf(a.Value), Date: a.Date.Time, Complaint: span(a.ComplaintPeriod), Docs: v.docs(a.Documents),
		})
	}
	return out
}

// historyMost bounds how many former states of the values a page tells.
const historyMost = 100

// judged reads the present values of a tender and how they came to be.
func (s *Service) judged(ctx context.Context, tenderID string) (Judged, error) {
	var j Judged
	var checked *time.Time
	err := s.db.ReadPool().QueryRow(ctx, `SELECT CASE WHEN checked_at IS NOT NULL THEN
		greatest(checked_at, (SELECT max(started_at) FROM procurement_checks WHERE started_at > checked_at)) END FROM procurement_tenders WHERE id = $1`, tenderID).Scan(&checked)
	if db.IsNotFound(err) {
		return j, nil
	}
	if err != nil {
		return j, err
	}
	if checked != nil {
		j.CheckedAt = *checked
	}
	rows, err := s.db.ReadPool().Query(ctx, fmt.Sprintf(`SELECT r.calculated_at, r.method, r.values::text FROM procurement_results r
		WHERE r.tender_id = $1 AND r.id <= (SELECT t.result_id FROM procurement_tenders t WHERE t.id = $1) ORDER BY r.id DESC LIMIT %d`, historyMost), tenderID)
	if err != nil {
		return j, err
	}
	type state struct {
		at     time.Time
		method string
		values []Value
	}
	var states []state
	var st state
	var packed string
	if _, err := pgx.ForEachRow(rows, []any{&st.at, &st.method, &packed}, func() error {
		x := state{at: st.at, method: st.method}
		if err := json.Unmarshal([]byte(packed), &x.values); err != nil {
			return err
		}
		states = append(states, x)
		return nil
	}); err != nil {
		return j, err
	}
	if len(states) == 0 {
		return j, nil
	}
	j.Values, j.ChangedAt, j.Method = states[0].values, states[0].at, states[0].method
	for i, now := range states {
		var before []Value
		if i+1 < len(states) {
			before = states[i+1].values
		} else if len(states) == historyMost {
			break // what was before is not known here
		}
		j.History = append(j.History, turns(now.at, now.method, before, now.values)...)
	}
	return j, nil
}

type valueKey struct{ id, level, lot, contract string }

func (v Value) place() valueKey { return valueKey{v.ID(), v.Level, v.Lot, v.Contract} }

// turns tells what became different: a value, or, where there is none, its reason.
func turns(at time.Time, method string, before, after []Value) []Turn {
	old := map[valueKey]*Value{}
	for i := range before {
		old[before[i].place()] = &before[i]
	}
	var out []Turn
	for i := range after {
		a := &after[i]
		b := old[a.place()]
		delete(old, a.place())
		if b != nil && sameValue(a, b) || b == nil && a.Value == nil {
			continue // a value that was not calculated and still is not is no event
		}
		out = append(out, Turn{At: at, Method: method, Indicator: a.ID(), Level: a.Level, Lot: a.Lot, Contract: a.Contract, Before: b, After: a})
	}
	for i := range before {
		if b := old[before[i].place()]; b != nil && b.Value != nil {
			out = append(out, Turn{At: at, Method: method, Indicator: b.ID(), Level: b.Level, Lot: b.Lot, Contract: b.Contract, Before: b})
		}
	}
	return out
}

func sameValue(a, b *Value) bool {
	if a.Value == nil || b.Value == nil {
		return a.Value == nil && b.Value == nil && a.Reason == b.Reason
	}
	return *a.Value == *b.Value && a.Clear == b.Clear
}

// of keeps what concerns a contract: its own values, those of its lot unless it was
// cancelled, and those of the tender as a whole.
func (j Judged) of(contractID string, at place) Judged {
	values, history := j.Values, j.History
	j.Values, j.History = nil, nil
	for _, v := range values {
		if at.concerns(contractID, v.Level, v.Lot, v.Contract) {
			j.Values = append(j.Values, v)
		}
	}
	for _, t := range history {
		if at.concerns(contractID, t.Level, t.Lot, t.Contract) {
			j.History = append(j.History, t)
		}
	}
	return j
}

// lines reads contracts beside their tender.
func (s *Service) lines(ctx context.Context, where string, arg any) ([]ContractLine, error) {
	rows, err := s.db.ReadPool().Query(ctx, "SELECT "+hitColumns+`, c.own_number, c.award_id, coalesce(c.paid::text, ''),
		coalesce((SELECT sum(p.amount)::text FROM procurement_payments p WHERE p.contract_id = c.id), ''), c.signed_on, c.starts_on, c.ends_on, c.changes,
		c.terminated, c.stub FROM procurement_contracts c JOIN procurement_register r ON r.kind = 'contract' AND r.id = c.id WHERE `+where+" ORDER BY r.day, r.number, r.id LIMIT 1000", arg)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (ContractLine, error) {
		var l ContractLine
		var keys []string
		var signed, from, to *time.Time
		err := r.Scan(append(l.columns(&keys), &l.OwnNumber, &l.AwardID, &l.Paid, &l.Treasury, &signed, &from, &to, &l.Changes, &l.Terminated, &l.Stub)...)
		l.supplier(keys)
		l.Signed, l.Span = at(signed), Span{at(from), at(to)}
		return l, err
	})
}

func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// plans reads the plans of a tender: those that name it and those that it names.
func (v viewer) plans(ctx context.Context, tenderID string, t *prozorro.Tender) ([]PlanLine, error) {
	ids := []string{}
	if t != nil {
		for _, p := range t.Plans {
			ids = append(ids, p.ID)
		}
	}
	rows, err := v.s.db.ReadPool().Query(ctx, "SELECT "+hitColumns+`, p.starts_on FROM procurement_plans p JOIN procurement_register r ON r.kind = 'plan' AND r.id = p.id
		WHERE p.tender_id = $1 AND $1 <> '' OR p.id = ANY ($2) ORDER BY r.day, r.id LIMIT 100`, tenderID, ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (PlanLine, error) {
		var l PlanLine
		var keys []string
		var start *time.Time
		err := r.Scan(append(l.columns(&keys), &start)...)
		l.supplier(keys)
		l.Start, l.Title = at(start), v.text(l.Title) // a plan knows no supplier, its words may
		return l, err
	})
}

func (s *Service) monitorings(ctx context.Context, tenderID, locale string) ([]MonitoringView, error) {
	if tenderID == "" {
		return nil, nil
	}
	rows, err := s.db.ReadPool().Query(ctx, `SELECT id, number, status, reasons, stages, violation, violations, started_on, concluded_on, modified_at
		FROM procurement_monitorings WHERE tender_id = $1 AND status <> 'draft' ORDER BY started_on DESC NULLS LAST, id LIMIT 100`, tenderID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (MonitoringView, error) {
		var m MonitoringView
		var reasons, stages, violations []string
		var started, concluded *time.Time
		err := r.Scan(&m.ID, &m.Number, &m.Status, &reasons, &stages, &m.Violation, &violations, &started, &concluded, &m.ModifiedAt)
		m.Started, m.Concluded, m.ConclusionPublished = at(started), at(concluded), concluded != nil
		m.Reasons, m.Stages, m.Violations = codesOf(ListReason, reasons, locale), codesOf(ListStage, stages, locale), codesOf(ListViolation, violations, locale)
		return m, err
	})
}

// payments reads the treasury's payments of a contract, the newest first.
func (s *Service) payments(ctx context.Context, contractID string) ([]Payment, error) {
	rows, err := s.db.ReadPool().Query(ctx, `SELECT p.source_id, p.amount::text, p.details, p.paid_on, p.payer_code, p.payee_key, p.payee_name
		FROM procurement_payments p WHERE p.contract_id = $1 AND $1 <> '' ORDER BY p.paid_on DESC, p.source_id LIMIT 1000`, contractID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (Payment, error) {
		var p Payment
		err := r.Scan(&p.SourceID, &p.Amount, &p.Details, &p.PaidOn, &p.Payer, &p.Payee.Key, &p.Payee.Name)
		if p.Payee.SoleTrader = soleTrader(p.Payee.Key); p.Payee.SoleTrader {
			p.Payee.Name = ""
		} else {
			_, p.Payee.Code, _ = strings.Cut(strings.TrimPrefix(p.Payee.Key, "UA-"), "-")
		}
		return p, err
	})
}

// Tender gives a published tender by its public number or id; errs.NotFound.
func (s *Service) Tender(ctx context.Context, id string) (*TenderView, error) {
	h, err := s.find(ctx, Tenders, id)
	if err != nil {
		return nil, err
	}
	t, meta, err := s.tenderDoc(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, errs.NotFound() // the row of a document that went between the two looks
	}
	v := viewer{s: s, locale: i18n.Locale(ctx), mask: maskOf(hiddenName(i18n.Locale(ctx)), meta.people)}
	h.Title = v.text(h.Title)
	out := &TenderView{
		Hit: h, Description: v.text(t.Description), Category: t.MainProcurementCategory, BuyerKind: t.ProcuringEntity.Kind,
		BuyerKey: v.named(t.ProcuringEntity).Key, Cause: cmp.Or(t.CauseDetails.Code, t.Cause),
		CauseText: v.text(cmp.Or(t.CauseDetails.Description, t.CauseDescription)), Rationale: v.text(t.ProcurementMethodRationale),
		AwardCriteria: t.AwardCriteria, FundingKind: t.FundingKind, Value: moneyOf(t.Value), Step: moneyOf(t.MinimalStep), Guarantee: moneyOf(t.Guarantee),
		Created: t.DateCreated.Time, StatusOn: t.Date.Time, Enquiries: span(t.EnquiryPeriod), Offers: span(t.TenderPeriod),
		Qualifying: span(t.QualificationPeriod), Auction: span(t.AuctionPeriod), Awarding: span(t.AwardPeriod), Items: v.items(t.Items),
		Docs: v.docs(t.Documents), Complaints: v.complaints(t), Cancellations: v.cancellations(t.Cancellations), Milestones: v.milestones(t.Milestones),
		Restricted: t.Restricted, Source: meta.source, FetchedAt: meta.fetched, ProzorroURL: ProzorroURL(Tenders, h.Number),
	}
	for _, b := range t.Bids {
		if b.Status == "active" || b.Status == "" {
			out.Bids++
		}
	}
	for _, c := range out.Complaints {
		if c.Type == "claim" {
			out.ClaimsCount++
		} else {
			out.ComplaintsCount++
		}
	}
	if out.Judged, err = s.judged(ctx, h.ID); err != nil {
		return nil, err
	}
	out.Lots = v.lots(t, out.Judged.Values)
	titles := map[string]string{}
	for _, l := range out.Lots {
		titles[l.ID] = l.Title
	}
	out.Awards = v.awards(t, titles)
	if out.Contracts, err = s.lines(ctx, "c.tender_id = $1", h.ID); err != nil {
		return nil, err
	}
	lotOf := map[string]string{}
	for _, a := range t.Awards {
		lotOf[a.ID] = a.LotID
	}
	for i := range out.Contracts {
		out.Contracts[i].Lot = lotOf[out.Contracts[i].AwardID]
		out.Contracts[i].Title, out.Contracts[i].OwnNumber = v.text(out.Contracts[i].Title), v.text(out.Contracts[i].OwnNumber)
	}
	if out.Plans, err = v.plans(ctx, h.ID, t); err != nil {
		return nil, err
	}
	out.Monitorings, err = s.monitorings(ctx, h.ID, v.locale)
	return out, err
}

// Contract gives a published contract by its public number or id; errs.NotFound.
// What happened after the signing is read from the contracting module. The copy
// in the tender, which is frozen when the tender completes, stands apart; it is
// all there is of a contract that is known from its tender alone (Stub).
func (s *Service) Contract(ctx context.Context, id string) (*ContractView, error) {
	h, err := s.find(ctx, Contracts, id)
	if err != nil {
		return nil, err
	}
	line, err := s.lines(ctx, "c.id = $1", h.ID)
	if err != nil {
		return nil, err
	}
	if len(line) == 0 {
		return nil, errs.NotFound()
	}
	line[0].Gone = h.Gone
	t, tenderMeta, err := s.tenderDoc(ctx, h.TenderID)
	if err != nil {
		return nil, err
	}
	c, meta, err := s.contractDoc(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	var frozen *prozorro.Contract
	if t != nil {
		for i := range t.Contracts {
			if t.Contracts[i].ID == h.ID {
				frozen = &t.Contracts[i]
			}
		}
	}
	stub := c == nil
	if stub {
		if frozen == nil {
			return nil, errs.NotFound()
		}
		c, frozen, meta = frozen, nil, tenderMeta
	}
	// Everybody who stands in the contract and in its tender.
	people := meta.people
	if !stub {
		people = slices.Concat(people, tenderMeta.people)
	}
	v := viewer{s: s, locale: i18n.Locale(ctx), mask: maskOf(hiddenName(i18n.Locale(ctx)), people)}
	out := &ContractView{
		ContractLine: line[0], Description: v.text(c.Description), Value: moneyOf(c.Value), Net: c.Value.AmountNet.String(),
		Termination: v.text(c.TerminationDetails), Docs: v.docs(c.Documents), Milestones: v.milestones(c.Milestones),
		Cancellations: v.cancellations(c.Cancellations), Suppliers: v.parties(c.Suppliers), FetchedAt: meta.fetched,
		ProzorroURL: ProzorroURL(Contracts, h.Number),
	}
	out.Title, out.OwnNumber = v.text(out.Title), v.text(out.OwnNumber)
	var award *prozorro.Award
	if t != nil {
		for i := range t.Awards {
			if t.Awards[i].ID == out.AwardID && out.AwardID != "" {
				award = &t.Awards[i]
				out.Lot = award.LotID
			}
		}
		for _, l := range t.Lots {
			if l.ID == out.Lot {
				out.LotTitle = v.text(l.Title)
			}
		}
		if len(out.Suppliers) == 0 && award != nil {
			out.Suppliers = v.parties(award.Suppliers)
		}
	}
	switch {
	case c.Buyer.ID != "" || c.Buyer.Name != "":
		out.Buyer = v.named(c.Buyer)
	case c.ProcuringEntity.ID != "" || c.ProcuringEntity.Name != "":
		out.Buyer = v.named(c.ProcuringEntity)
	case t != nil:
		out.Buyer = v.named(t.ProcuringEntity)
	}
	items := c.Items
	if len(items) == 0 && t != nil {
		for _, it := range t.Items {
			if out.Lot == "" || it.RelatedLot == out.Lot {
				items = append(items, it)
			}
		}
	}
	out.Items = v.items(items)
	inChanges := map[string][]prozorro.Document{}
	var own []prozorro.Document
	changes := map[string]bool{}
	for _, ch := range c.Changes {
		changes[ch.ID] = true
	}
	for _, d := range c.Documents {
		if d.DocumentOf == "change" && changes[d.RelatedItem] {
			inChanges[d.RelatedItem] = append(inChanges[d.RelatedItem], d)
		} else {
			own = append(own, d)
		}
	}
	out.Docs = v.docs(own)
	for _, ch := range c.Changes {
		x := ChangeView{
			ID: ch.ID, Status: ch.Status, Number: v.text(ch.ContractNumber), Rationale: v.text(ch.Rationale), Date: ch.Date.Time, Signed: ch.DateSigned.Time,
			Types: codesOf(ListRationale, ch.RationaleTypes, v.locale), Docs: v.docs(ch.Documents, inChanges[ch.ID]),
		}
		if v.locale != "en" { // the document itself says how its grounds are worded
			for i, code := range x.Types {
				for _, rt := range c.ContractChangeRationaleTypes {
					if rt.Code == code.Code && rt.Title != "" && code.Name == code.Code {
						x.Types[i].Name = v.text(rt.Title)
					}
				}
			}
		}
		out.Changes = append(out.Changes, x)
	}
	for _, sg := range c.Signatories {
		out.Signatories = append(out.Signatories, Signatory{sg.Role, sg.Date.Time})
	}
	if frozen != nil {
		out.Frozen = &Frozen{Status: frozen.Status, Value: moneyOf(frozen.Value), Signed: frozen.DateSigned.Time, Docs: v.docs(frozen.Documents)}
	}
	if out.Payments, err = s.payments(ctx, h.ID); err != nil {
		return nil, err
	}
	for i := range out.Payments {
		out.Payments[i].Details = v.text(out.Payments[i].Details)
	}
	if t != nil {
		tender, err := s.find(ctx, Tenders, h.TenderID)
		if err == nil {
			tender.Title = v.text(tender.Title)
			out.Tender = &tender
		} else if !errs.Is(err, errs.KindNotFound) {
			return nil, err
		}
		j, err := s.judged(ctx, h.TenderID)
		if err != nil {
			return nil, err
		}
		out.Judged = j.of(h.ID, place{out.Lot, out.Status == cancelled})
	}
	if out.Plans, err = v.plans(ctx, h.TenderID, t); err != nil {
		return nil, err
	}
	out.Monitorings, err = s.monitorings(ctx, h.TenderID, v.locale)
	return out, err
}

// Plan gives a published plan by its public number or id; errs.NotFound.
func (s *Service) Plan(ctx context.Context, id string) (*PlanView, error) {
	h, err := s.find(ctx, Plans, id)
	if err != nil {
		return nil, err
	}
	raw, meta, ok, err := s.document(ctx, Plans, h.ID)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errs.NotFound()
	}
	p, err := prozorro.DecodePlan(raw)
	if err != nil {
		return nil, err
	}
	// A plan knows no supplier, and its words may name him all the same.
	_, tenderMeta, err := s.tenderDoc(ctx, h.TenderID)
	if err != nil {
		return nil, err
	}
	v := viewer{s: s, locale: i18n.Locale(ctx), mask: maskOf(hiddenName(i18n.Locale(ctx)), slices.Concat(meta.people, tenderMeta.people))}
	h.Title = v.text(h.Title)
	out := &PlanView{
		PlanLine: PlanLine{Hit: h, Start: p.Tender.TenderPeriod.StartDate.Time}, BuyerKey: v.named(p.ProcuringEntity).Key,
		Budget: moneyOf(prozorro.Value{Amount: p.Budget.Amount, Currency: p.Budget.Currency}), BudgetText: v.text(p.Budget.Description), Year: span(p.Budget.Period),
		Items: v.items(p.Items), Rationale: v.text(p.Rationale.Description), Docs: v.docs(p.Documents), Published: p.DatePublished.Time,
		FetchedAt: meta.fetched, ProzorroURL: ProzorroURL(Plans, h.Number),
	}
	for _, b := range p.Budget.Breakdown {
		out.Breakdown = append(out.Breakdown, SourceOfMoney{Code: v.text(b.Title), Description: v.text(b.Description), Value: moneyOf(b.Value)})
	}
	var tenderID string
	err = s.db.ReadPool().QueryRow(ctx, `SELECT r.id FROM procurement_register r WHERE r.kind = 'tender' AND r.id = $1`, h.TenderID).Scan(&tenderID)
	if db.IsNotFound(err) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	tender, err := s.find(ctx, Tenders, tenderID)
	if err != nil {
		return nil, err
	}
	tender.Title = v.text(tender.Title)
	out.Tender = &tender
	if out.Contracts, err = s.lines(ctx, "c.tender_id = $1", tenderID); err != nil {
		return nil, err
	}
	for i := range out.Contracts {
		out.Contracts[i].Title, out.Contracts[i].OwnNumber = v.text(out.Contracts[i].Title), v.text(out.Contracts[i].OwnNumber)
	}
	return out, nil
}

// ProzorroURL is the page of a document at Prozorro.
func ProzorroURL(kind, number string) string {
	switch kind {
	case Contracts:
		return "https://prozorro.gov.ua/uk/contract/" + url.PathEscape(number)
	case Plans:
		return "https://prozorro.gov.ua/plan/" + url.PathEscape(number)
	default:
		return "https://prozorro.gov.ua/tender/" + url.PathEscape(number)
	}
}
