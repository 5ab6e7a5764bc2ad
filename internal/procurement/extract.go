package procurement

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ereception/internal/law/calendar"
)

// Errors of a document that cannot be stored.
var (
	// ErrNotDocument says that valid JSON is none of the four kinds of documents,
	// such as a page of a feed or a classifier.
	ErrNotDocument = errors.New("not a document of the purchases")
	// ErrBroken says that a document lacks what it cannot be stored without.
	ErrBroken = errors.New("broken document")
)

// Limits of texts in columns, in characters.
const (
	maxTitle  = 500
	maxParty  = 300
	maxNumber = 100
	maxWord   = 100
)

// The types below read a document leniently: a field of an unexpected type is
// as good as absent, because the source changes without asking us.

type amountJSON struct {
	Amount   json.Number `json:"amount"`
	Currency string      `json:"currency"`
}

type periodJSON struct {
	Start string `json:"startDate"`
	End   string `json:"endDate"`
}

type codedJSON struct {
	ID string `json:"id"`
}

type itemJSON struct {
	Classification codedJSON `json:"classification"`
	Description    string    `json:"description"`
}

type headJSON struct {
	ID           string          `json:"id"`
	TenderNumber string          `json:"tenderID"`
	ContractID   string          `json:"contractID"`
	PlanID       string          `json:"planID"`
	MonitoringID string          `json:"monitoring_id"`
	TenderID     string          `json:"tender_id"`
	AwardID      string          `json:"awardID"`
	Modified     string          `json:"dateModified"`
	Created      string          `json:"dateCreated"`
	Date         string          `json:"date"`
	Signed       string          `json:"dateSigned"`
	Data         json.RawMessage `json:"data"`
}

type tenderJSON struct {
	ID        string      `json:"id"`
	Number    string      `json:"tenderID"`
	Mode      string      `json:"mode"`
	Status    string      `json:"status"`
	Method    string      `json:"procurementMethodType"`
	Category  string      `json:"mainProcurementCategory"`
	Title     string      `json:"title"`
	Cause     string      `json:"cause"`
	CauseMore causeJSON   `json:"causeDetails"`
	Value     amountJSON  `json:"value"`
	Date      string      `json:"date"`
	Created   string      `json:"dateCreated"`
	Period    periodJSON  `json:"tenderPeriod"`
	Buyer     partyJSON   `json:"procuringEntity"`
	Items     []itemJSON  `json:"items"`
	Bids      []bidJSON   `json:"bids"`
	Awards    []awardJSON `json:"awards"`
	Contracts []stubJSON  `json:"contracts"`
}

type causeJSON struct {
	Code string `json:"code"`
}

type bidJSON struct {
	Status string `json:"status"`
}

type awardJSON struct {
	ID        string      `json:"id"`
	Status    string      `json:"status"`
	LotID     string      `json:"lotID"`
	Suppliers []partyJSON `json:"suppliers"`
}

type stubJSON struct {
	ID        string      `json:"id"`
	Number    string      `json:"contractID"`
	OwnNumber string      `json:"contractNumber"`
	Status    string      `json:"status"`
	AwardID   string      `json:"awardID"`
	Date      string      `json:"date"`
	Signed    string      `json:"dateSigned"`
	Title     string      `json:"title"`
	Value     amountJSON  `json:"value"`
	Period    periodJSON  `json:"period"`
	Suppliers []partyJSON `json:"suppliers"`
}

type contractJSON struct {
	stubJSON
	Mode        string       `json:"mode"`
	Description string       `json:"description"`
	Created     string       `json:"dateCreated"`
	Paid        amountJSON   `json:"amountPaid"`
	Termination string       `json:"terminationDetails"`
	Buyer       *partyJSON   `json:"buyer"`
	Entity      *partyJSON   `json:"procuringEntity"`
	Items       []itemJSON   `json:"items"`
	Changes     []changeJSON `json:"changes"`
}

type changeJSON struct {
	Status string `json:"status"`
}

type planJSON struct {
	Mode           string          `json:"mode"`
	Status         string          `json:"status"`
	Buyer          json.RawMessage `json:"procuringEntity"`
	Created        string          `json:"dateCreated"`
	Published      string          `json:"datePublished"`
	Classification codedJSON       `json:"classification"`
	Items          []itemJSON      `json:"items"`
	Budget         struct {
		amountJSON
		Description string `json:"description"`
	} `json:"budget"`
	Tender struct {
		Method string     `json:"procurementMethodType"`
		Period periodJSON `json:"tenderPeriod"`
	} `json:"tender"`
}

type monitoringJSON struct {
	Status     string     `json:"status"`
	Reasons    []string   `json:"reasons"`
	Stages     []string   `json:"procuringStages"`
	Period     periodJSON `json:"monitoringPeriod"`
	Created    string     `json:"dateCreated"`
	Conclusion struct {
		Violation *bool    `json:"violationOccurred"`
		Types     []string `json:"violationType"`
		Published string   `json:"datePublished"`
		Date      string   `json:"date"`
	} `json:"conclusion"`
}

// lenient decodes valid JSON as far as its types agree.
func lenient(raw []byte, v any) error {
	err := json.Unmarshal(raw, v)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%w: not valid JSON", ErrBroken)
	}
	return nil
}

// document is one document made ready to be stored: everything about it that
// needs no database.
type document struct {
	resource, id, number, tenderID string
	modified                       time.Time
	raw                            []byte // gzip
	slim                           []byte
	source                         string
	demo                           bool
	plan                           *planRow
	monitoring                     *monitoringRow
}

// prepare reads a document, with or without its envelope {"data": …}. Errors:
// ErrNotDocument, ErrBroken.
func (s *Service) prepare(raw []byte, source string, demo bool) (*document, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '{' {
		if json.Valid(raw) {
			return nil, ErrNotDocument
		}
		return nil, fmt.Errorf("%w: not valid JSON", ErrBroken)
	}
	raw, h, err := openEnvelope(raw)
	if err != nil {
		return nil, err
	}
	d := &document{id: h.ID, source: source, demo: demo}
	var sh *shape
	switch {
	case h.TenderNumber != "":
		d.resource, d.number, d.tenderID, sh = Tenders, h.TenderNumber, h.ID, slimTender
	case h.ContractID != "", h.AwardID != "" && h.TenderID != "":
		d.resource, d.number, d.tenderID, sh = Contracts, h.ContractID, h.TenderID, slimContract
	case h.MonitoringID != "":
		d.resource, d.number, d.tenderID = Monitorings, h.MonitoringID, h.TenderID
	case h.PlanID != "":
		d.resource, d.number, d.tenderID = Plans, h.PlanID, h.TenderID
	default:
		return nil, ErrNotDocument
	}
	if !plainKey(d.id) {
		return nil, fmt.Errorf("%w: no id", ErrBroken)
	}
	if !plainKey(d.tenderID) {
		if d.tenderID = ""; d.resource == Contracts {
			return nil, fmt.Errorf("%w: a contract without tender_id", ErrBroken)
		}
	}
	d.number = clean(d.number, maxNumber)
	d.modified = firstMoment(h.Modified, h.Date, h.Created, h.Signed)
	if d.modified.IsZero() {
		d.modified = time.Unix(0, 0).UTC()
	}
	if d.raw, err = pack(raw); err != nil {
		return nil, err
	}
	switch d.resource {
	case Plans:
		d.plan, err = s.plan(raw, d)
	case Monitorings:
		d.monitoring, err = monitoring(raw)
	default:
		d.slim, err = s.slim(raw, sh)
	}
	return d, err
}

// openEnvelope takes the document out of {"data": …}, where it is in one.
func openEnvelope(raw []byte) ([]byte, headJSON, error) {
	var h headJSON
	if err := lenient(raw, &h); err != nil {
		return nil, h, err
	}
	if len(h.Data) == 0 || h.TenderNumber+h.ContractID+h.AwardID+h.PlanID+h.MonitoringID != "" {
		return raw, h, nil
	}
	if h.Data[0] != '{' {
		return nil, h, ErrNotDocument
	}
	raw, h = h.Data, headJSON{}
	return raw, h, lenient(raw, &h)
}

// plainKey reports whether s can be an id of the API: it stands in addresses.
func plainKey(s string) bool {
	for _, r := range []byte(s) {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func pack(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Unpack gives the document that was stored, as the API gave it, without its
// envelope. It holds personal data of sole traders: mask what is shown of it.
func Unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, maxDocument))
}

// moment reads a time of the API: RFC 3339, at times without a zone (then it is
// Kyiv's), at times a bare day. Zero when it is none.
func moment(s string) time.Time {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.ParseInLocation(form, s, calendar.Kyiv()); err == nil && t.Year() > 1 && t.Year() < 9999 {
			return t.Truncate(time.Microsecond).UTC()
		}
	}
	return time.Time{}
}

// firstMoment gives the first of the texts that is a time; zero when none is.
func firstMoment(texts ...string) time.Time {
	for _, s := range texts {
		if t := moment(s); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

var plainAmount = regexp.MustCompile(`^-?[0-9]{1,17}(\.[0-9]{1,20})?$`)

// decimal gives an amount for a column of money; nil when it is absent or beyond
// what the column holds.
func (a amountJSON) decimal() *string {
	v := a.Amount.String()
	if v == "" {
		return nil
	}
	if !plainAmount.MatchString(v) {
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || !(math.Abs(f) < 1e17) {
			return nil
		}
		v = strconv.FormatFloat(f, 'f', 2, 64)
	}
	return &v
}

func (a amountJSON) currency() string { return cmp.Or(clean(a.Currency, 10), "UAH") }

// org is a party as the columns hold it: masked. A code is one of ЄДР, or what
// the source has for it; of whoever has none it is the key.
type org struct{ key, code, name, kind string }

func (s *Service) org(p partyJSON) org {
	var scheme, id, legalName string
	if p.Identifier != nil {
		scheme, id, legalName = p.Identifier.Scheme, strings.TrimSpace(plainID(p.Identifier.ID)), p.Identifier.LegalName
	}
	w := s.who(scheme, id, p.Name, legalName)
	o := org{key: w.key, name: clean(w.name, maxParty), kind: clean(p.Kind, maxWord), code: clean(id, 60)}
	// By the code the pages of buyers are told apart, and whose a purchase is: only
	// what can be nobody's code gives way to the key.
	if w.sole || w.hideID || noCode(w.key) && !strings.ContainsAny(id, "123456789") {
		o.code = w.key
	}
	return o
}

var cpvCode = regexp.MustCompile(`^([0-9]{8})(-[0-9])?$`)

// cpv gives the code of the first item that has one, and every beginning of the
// codes of all of them.
func cpv(items []itemJSON) (first string, path []string) {
	for _, it := range items {
		m := cpvCode.FindStringSubmatch(strings.TrimSpace(it.Classification.ID))
		if m == nil {
			continue
		}
		if first == "" {
			first = m[0]
		}
		for n := 2; n <= 8; n++ {
			path = append(path, m[1][:n])
		}
	}
	slices.Sort(path)
	return first, slices.Compact(path)
}

// Years that a search can be narrowed to.
const firstYear, lastYear = 1990, 2200

var numberDay = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}`)

// dayOf gives the moment by which lists are ordered: the first of the texts that
// is a time, else the day in the public number, else the last resort. A year that
// somebody mistyped (0202, 2922) is none: such a row would lead every list, or
// stand in a year that no search knows.
func dayOf(number string, last time.Time, texts ...string) time.Time {
	for _, s := range append(texts, numberDay.FindString(number)) {
		if t := moment(s); !t.IsZero() && yearOf(t) >= firstYear && yearOf(t) <= lastYear {
			return t
		}
	}
	return last
}

func yearOf(t time.Time) int { return t.In(calendar.Kyiv()).Year() }

// notCompetitive are the methods by which a buyer chooses a supplier himself.
var notCompetitive = []string{"", "reporting", "negotiation", "negotiation.quick"}

func competitive(method string) bool { return !slices.Contains(notCompetitive, method) }

type tenderRow struct {
	id, number, mode, status, method, category, title string

	buyer               org
	subject, cpv, cause string
	cpvPath             []string
	amount              *string
	currency            string

	created, start, end, statusOn *time.Time

	modified, day time.Time
	bids          int
	suppliers     []org // winners
	example, demo bool
}

type contractRow struct {
	id, number, ownNumber, tenderID, awardID, lotID, mode, status, title string

	terminated   bool
	buyer        org
	suppliers    []org
	cpv          string
	cpvPath      []string
	amount, paid *string
	currency     string

	signed, starts, ends *time.Time

	changes             int
	modified, day       time.Time
	stub, example, demo bool
}

type planRow struct {
	id, number, mode, status, tenderID, method, title string

	buyer    org
	cpv      string
	cpvPath  []string
	amount   *string
	currency string
	starts   *time.Time
	day      time.Time
}

type monitoringRow struct {
	status                     string
	reasons, stages, violation []string
	occurred                   *bool
	started, concluded         *time.Time
}

// stored is a tender or a contract as procurement_documents holds it.
type stored struct {
	resource, id, tenderID string
	slim                   []byte
	modified               time.Time
	demo                   bool
}

// family is a tender with the contracts of the contracting module, as far as
// they are known. Everything that is shown of any of them follows from it.
type family struct {
	tenderID  string
	tender    *stored // nil: not known yet
	contracts []stored
}

// newest is the dateModified of the newest document that was read.
func (f *family) newest() time.Time {
	var t time.Time
	if f.tender != nil {
		t = f.tender.modified
	}
	for _, c := range f.contracts {
		if c.modified.After(t) {
			t = c.modified
		}
	}
	return t
}

// extract gives the rows of a family: of its tender, nil when that is not known,
// and of its contracts, those known from the tender alone included.
func (s *Service) extract(f *family, buyers buyerList) (*tenderRow, []contractRow, error) {
	var t *tenderRow
	var tj tenderJSON
	if f.tender != nil {
		if err := lenient(f.tender.slim, &tj); err != nil {
			return nil, nil, err
		}
		t = s.tenderRow(&tj, f.tender, buyers)
	}
	var rows []contractRow
	known := map[string]bool{}
	for i := range f.contracts {
		c, err := s.contractRow(&f.contracts[i], &tj, t, buyers)
		if err != nil {
			return nil, nil, err
		}
		known[c.id] = true
		rows = append(rows, c)
	}
	for _, st := range tj.Contracts {
		if plainKey(st.ID) && !known[st.ID] {
			known[st.ID] = true
			rows = append(rows, s.stubRow(st, &tj, t, buyers))
		}
	}
	slices.SortFunc(rows, func(a, b contractRow) int { return cmp.Compare(a.id, b.id) })
	return t, rows, nil
}

func (s *Service) tenderRow(tj *tenderJSON, d *stored, buyers buyerList) *tenderRow {
	t := &tenderRow{
		id: d.id, number: clean(tj.Number, maxNumber), mode: clean(tj.Mode, maxWord), status: clean(tj.Status, maxWord),
		method: clean(tj.Method, maxWord), category: clean(tj.Category, maxWord), title: clean(tj.Title, maxTitle), buyer: s.org(tj.Buyer),
		subject: subjectOf(tj.Items), cause: clean(cmp.Or(tj.CauseMore.Code, tj.Cause), maxWord),
		amount: tj.Value.decimal(), currency: tj.Value.currency(),
		created: optional(moment(tj.Created)), start: optional(moment(tj.Period.Start)), end: optional(moment(tj.Period.End)),
		statusOn: optional(moment(tj.Date)), modified: d.modified, demo: d.demo,
	}
	t.cpv, t.cpvPath = cpv(tj.Items)
	t.day = dayOf(t.number, d.modified, tj.Created)
	for _, b := range tj.Bids {
		if b.Status == "active" || b.Status == "" {
			t.bids++
		}
	}
	for _, a := range tj.Awards {
		if a.Status == "active" {
			t.suppliers = s.orgs(t.suppliers, a.Suppliers)
		}
	}
	t.example = buyers.example(t.buyer.code, t.day)
	return t
}

// orgs adds parties that are not there yet.
func (s *Service) orgs(have []org, parties []partyJSON) []org {
	for _, p := range parties {
		o := s.org(p)
		if o.key != "" && !slices.ContainsFunc(have, func(h org) bool { return h.key == o.key }) {
			have = append(have, o)
		}
	}
	return have
}

func (tj *tenderJSON) award(id string) awardJSON {
	for _, a := range tj.Awards {
		if a.ID == id && id != "" {
			return a
		}
	}
	return awardJSON{}
}

func (s *Service) contractRow(d *stored, tj *tenderJSON, t *tenderRow, buyers buyerList) (contractRow, error) {
	var cj contractJSON
	if err := lenient(d.slim, &cj); err != nil {
		return contractRow{}, err
	}
	a := tj.award(cj.AwardID)
	c := contractRow{
		id: d.id, number: clean(cj.Number, maxNumber), ownNumber: clean(cj.OwnNumber, maxNumber), tenderID: d.tenderID,
		awardID: clean(cj.AwardID, maxWord), lotID: a.LotID, mode: clean(cj.Mode, maxWord), status: clean(cj.Status, maxWord),
		terminated: cj.Status == "terminated" && strings.TrimSpace(cj.Termination) != "",
		amount:     cj.Value.decimal(), paid: cj.Paid.decimal(), currency: cj.Value.currency(),
		signed: optional(moment(cj.Signed)), starts: optional(moment(cj.Period.Start)), ends: optional(moment(cj.Period.End)),
		modified: d.modified, demo: d.demo,
	}
	for _, ch := range cj.Changes {
		if ch.Status == "active" {
			c.changes++
		}
	}
	c.title = cmp.Or(clean(tj.Title, maxTitle), clean(cj.Description, maxTitle), clean(cj.Title, maxTitle), clean(firstItem(cj.Items), maxTitle))
	if c.cpv, c.cpvPath = cpv(cj.Items); c.cpv == "" && t != nil {
		c.cpv, c.cpvPath = t.cpv, t.cpvPath
	}
	switch {
	case cj.Buyer != nil && cj.Buyer.Identifier != nil:
		c.buyer = s.org(*cj.Buyer)
	case cj.Entity != nil && cj.Entity.Identifier != nil:
		c.buyer = s.org(*cj.Entity)
	case t != nil:
		c.buyer = t.buyer
	}
	if c.suppliers = s.orgs(nil, cj.Suppliers); len(c.suppliers) == 0 {
		c.suppliers = s.orgs(nil, a.Suppliers)
	}
	c.day = dayOf(c.number, d.modified, cj.Signed, cj.Date, cj.Created)
	if t != nil {
		c.mode = cmp.Or(c.mode, t.mode)
		c.demo = c.demo || t.demo
	}
	c.example = buyers.example(c.buyer.code, c.day)
	return c, nil
}

func firstItem(items []itemJSON) string {
	for _, it := range items {
		if d := strings.TrimSpace(it.Description); d != "" {
			return d
		}
	}
	return ""
}

// stubRow is a contract that is known from its tender alone. The tender's copy
// is frozen when the tender completes: it says how the contract began, no more.
func (s *Service) stubRow(st stubJSON, tj *tenderJSON, t *tenderRow, buyers buyerList) contractRow {
	a := tj.award(st.AwardID)
	c := contractRow{
		id: st.ID, number: cmp.Or(clean(st.Number, maxNumber), t.number), ownNumber: clean(st.OwnNumber, maxNumber), tenderID: t.id,
		awardID: clean(st.AwardID, maxWord), lotID: a.LotID, mode: t.mode, status: clean(st.Status, maxWord), title: t.title, buyer: t.buyer,
		cpv: t.cpv, cpvPath: t.cpvPath, amount: st.Value.decimal(), currency: st.Value.currency(),
		signed: optional(moment(st.Signed)), starts: optional(moment(st.Period.Start)), ends: optional(moment(st.Period.End)),
		modified: t.modified, stub: true, demo: t.demo,
	}
	if c.suppliers = s.orgs(nil, st.Suppliers); len(c.suppliers) == 0 {
		c.suppliers = s.orgs(nil, a.Suppliers)
	}
	c.day = dayOf(c.number, t.modified, st.Signed, st.Date)
	c.example = buyers.example(c.buyer.code, c.day)
	return c
}

func (s *Service) plan(raw []byte, d *document) (*planRow, error) {
	var pj planJSON
	if err := lenient(raw, &pj); err != nil {
		return nil, err
	}
	p := &planRow{
		id: d.id, number: d.number, mode: clean(pj.Mode, maxWord), status: clean(pj.Status, maxWord), tenderID: d.tenderID,
		method: clean(pj.Tender.Method, maxWord), title: cmp.Or(strings.TrimSpace(pj.Budget.Description), firstItem(pj.Items)),
		amount: pj.Budget.decimal(), currency: pj.Budget.currency(), starts: optional(moment(pj.Tender.Period.Start)),
	}
	people, err := s.people(raw)
	if err != nil {
		return nil, err
	}
	p.title = clean(maskOf(ellipsis, people).text(p.title), maxTitle)
	var buyer partyJSON
	if len(pj.Buyer) > 0 && pj.Buyer[0] == '{' {
		if err := lenient(s.maskParty(pj.Buyer), &buyer); err != nil {
			return nil, err
		}
	}
	p.buyer = s.org(buyer)
	p.cpv, p.cpvPath = cpv(append([]itemJSON{{Classification: pj.Classification}}, pj.Items...))
	p.day = dayOf(p.number, d.modified, pj.Tender.Period.Start, pj.Created, pj.Published)
	return p, nil
}

func monitoring(raw []byte) (*monitoringRow, error) {
	var mj monitoringJSON
	if err := lenient(raw, &mj); err != nil {
		return nil, err
	}
	words := func(in []string) []string {
		out := []string{}
		for _, w := range in {
			if w = clean(w, maxWord); w != "" {
				out = append(out, w)
			}
		}
		return out
	}
	return &monitoringRow{
		status: clean(mj.Status, maxWord), reasons: words(mj.Reasons), stages: words(mj.Stages), violation: words(mj.Conclusion.Types),
		occurred: mj.Conclusion.Violation, started: optional(firstMoment(mj.Period.Start, mj.Created)),
		concluded: optional(firstMoment(mj.Conclusion.Published, mj.Conclusion.Date)),
	}, nil
}
