package procurement

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/law/calendar"
	"ereception/internal/platform/errs"
	"ereception/internal/procurement/prozorro"
)

// The prefix that the Open Contracting Partnership has given to Prozorro.
const ocidPrefix = "ocds-be6bcu-"

// ocdsPage is how many rows of a search a package covers.
const ocdsPage = 50

const (
	ocdsLicence = "https://creativecommons.org/licenses/by/4.0/"
	ocdsLots    = "https://raw.githubusercontent.com/open-contracting-extensions/ocds_lots_extension/v1.1.5/extension.json"
	ocdsName    = "Житомирська міська рада"
)

// The types below are the part of OCDS 1.1.5 that the source fills, and of its
// extension for lots. https://standard.open-contracting.org/1.1/en/schema/reference/

type ocdsPackage struct {
	URI           string         `json:"uri"`
	Version       string         `json:"version"`
	Extensions    []string       `json:"extensions"`
	PublishedDate string         `json:"publishedDate"`
	Publisher     ocdsPublisher  `json:"publisher"`
	License       string         `json:"license"`
	Policy        string         `json:"publicationPolicy"`
	Releases      []*ocdsRelease `json:"releases"`
	Links         *ocdsLinks     `json:"links,omitempty"`
}

type ocdsPublisher struct {
	Name string `json:"name"`
	URI  string `json:"uri,omitempty"`
}

type ocdsLinks struct {
	Next string `json:"next,omitempty"`
}

type ocdsRelease struct {
	OCID           string          `json:"ocid"`
	ID             string          `json:"id"`
	Date           string          `json:"date"`
	Tag            []string        `json:"tag"`
	InitiationType string          `json:"initiationType"`
	Language       string          `json:"language"`
	Parties        []*ocdsParty    `json:"parties,omitempty"`
	Buyer          *ocdsRef        `json:"buyer,omitempty"`
	Planning       *ocdsPlanning   `json:"planning,omitempty"`
	Tender         *ocdsTender     `json:"tender,omitempty"`
	Awards         []*ocdsAward    `json:"awards,omitempty"`
	Contracts      []*ocdsContract `json:"contracts,omitempty"`
	Related        []ocdsRelated   `json:"relatedProcesses,omitempty"`
}

// ocdsRelated names another process: of a purchase, the planning before it.
type ocdsRelated struct {
	ID           string   `json:"id"`
	Relationship []string `json:"relationship"`
	Title        string   `json:"title,omitempty"`
	Scheme       string   `json:"scheme"`
	Identifier   string   `json:"identifier"`
}

type ocdsParty struct {
	ID         string          `json:"id"`
	Name       string          `json:"name,omitempty"`
	Identifier *ocdsIdentifier `json:"identifier,omitempty"`
	Address    *ocdsAddress    `json:"address,omitempty"`
	Roles      []string        `json:"roles"`
	Details    map[string]any  `json:"details,omitempty"`
}

type ocdsIdentifier struct {
	Scheme    string `json:"scheme,omitempty"`
	ID        string `json:"id"`
	LegalName string `json:"legalName,omitempty"`
}

type ocdsAddress struct {
	Street   string `json:"streetAddress,omitempty"`
	Locality string `json:"locality,omitempty"`
	Region   string `json:"region,omitempty"`
	Postal   string `json:"postalCode,omitempty"`
	Country  string `json:"countryName,omitempty"`
}

type ocdsRef struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

type ocdsValue struct {
	Amount   json.Number `json:"amount"`
	Currency string      `json:"currency,omitempty"`
}

type ocdsPeriod struct {
	Start string `json:"startDate,omitempty"`
	End   string `json:"endDate,omitempty"`
}

type ocdsPlanning struct {
	Rationale string         `json:"rationale,omitempty"`
	Budget    ocdsBudget     `json:"budget"`
	Documents []ocdsDocument `json:"documents,omitempty"`
}

type ocdsBudget struct {
	ID          string     `json:"id"`
	Description string     `json:"description,omitempty"`
	Amount      *ocdsValue `json:"amount,omitempty"`
	Project     string     `json:"project,omitempty"`
	ProjectID   string     `json:"projectID,omitempty"`
	URI         string     `json:"uri"`
}

type ocdsTender struct {
	ID              string          `json:"id"`
	Title           string          `json:"title,omitempty"`
	Description     string          `json:"description,omitempty"`
	Status          string          `json:"status,omitempty"`
	Entity          *ocdsRef        `json:"procuringEntity,omitempty"`
	Value           *ocdsValue      `json:"value,omitempty"`
	Method          string          `json:"procurementMethod,omitempty"`
	MethodDetails   string          `json:"procurementMethodDetails,omitempty"`
	MethodRationale string          `json:"procurementMethodRationale,omitempty"`
	Category        string          `json:"mainProcurementCategory,omitempty"`
	Criteria        string          `json:"awardCriteria,omitempty"`
	Submission      []string        `json:"submissionMethod,omitempty"`
	TenderPeriod    *ocdsPeriod     `json:"tenderPeriod,omitempty"`
	EnquiryPeriod   *ocdsPeriod     `json:"enquiryPeriod,omitempty"`
	AwardPeriod     *ocdsPeriod     `json:"awardPeriod,omitempty"`
	NumberOf        *int            `json:"numberOfTenderers,omitempty"`
	Tenderers       []ocdsRef       `json:"tenderers,omitempty"`
	Items           []ocdsItem      `json:"items,omitempty"`
	Lots            []ocdsLot       `json:"lots,omitempty"`
	Documents       []ocdsDocument  `json:"documents,omitempty"`
	Milestones      []ocdsMilestone `json:"milestones,omitempty"`
}

type ocdsLot struct {
	ID          string     `json:"id"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Status      string     `json:"status,omitempty"`
	Value       *ocdsValue `json:"value,omitempty"`
}

type ocdsItem struct {
	ID             string               `json:"id"`
	Description    string               `json:"description,omitempty"`
	Classification *ocdsClassification  `json:"classification,omitempty"`
	Additional     []ocdsClassification `json:"additionalClassifications,omitempty"`
	Quantity       json.Number          `json:"quantity,omitempty"`
	Unit           *ocdsUnit            `json:"unit,omitempty"`
	RelatedLot     string               `json:"relatedLot,omitempty"`
}

type ocdsClassification struct {
	Scheme      string `json:"scheme,omitempty"`
	ID          string `json:"id"`
	Description string `json:"description,omitempty"`
}

type ocdsUnit struct {
	Scheme string     `json:"scheme,omitempty"`
	ID     string     `json:"id,omitempty"`
	Name   string     `json:"name,omitempty"`
	Value  *ocdsValue `json:"value,omitempty"`
}

type ocdsDocument struct {
	ID          string `json:"id"`
	Type        string `json:"documentType,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
	Published   string `json:"datePublished,omitempty"`
	Modified    string `json:"dateModified,omitempty"`
	Format      string `json:"format,omitempty"`
}

type ocdsMilestone struct {
	ID          string `json:"id"`
	Title       string `json:"title,omitempty"`
	Type        string `json:"type,omitempty"`
	Description string `json:"description,omitempty"`
	Code        string `json:"code,omitempty"`
	Due         string `json:"dueDate,omitempty"`
	Met         string `json:"dateMet,omitempty"`
	Status      string `json:"status,omitempty"`
}

type ocdsAward struct {
	ID          string         `json:"id"`
	Title       string         `json:"title,omitempty"`
	Description string         `json:"description,omitempty"`
	Status      string         `json:"status,omitempty"`
	Date        string         `json:"date,omitempty"`
	Value       *ocdsValue     `json:"value,omitempty"`
	Suppliers   []ocdsRef      `json:"suppliers,omitempty"`
	Documents   []ocdsDocument `json:"documents,omitempty"`
	RelatedLots []string       `json:"relatedLots,omitempty"`
}

type ocdsContract struct {
	ID             string              `json:"id"`
	AwardID        string              `json:"awardID"`
	Title          string              `json:"title,omitempty"`
	Description    string              `json:"description,omitempty"`
	Status         string              `json:"status,omitempty"`
	Period         *ocdsPeriod         `json:"period,omitempty"`
	Value          *ocdsValue          `json:"value,omitempty"`
	Items          []ocdsItem          `json:"items,omitempty"`
	DateSigned     string              `json:"dateSigned,omitempty"`
	Documents      []ocdsDocument      `json:"documents,omitempty"`
	Implementation *ocdsImplementation `json:"implementation,omitempty"`
	Milestones     []ocdsMilestone     `json:"milestones,omitempty"`
	Amendments     []ocdsAmendment     `json:"amendments,omitempty"`
}

type ocdsImplementation struct {
	Transactions []ocdsTransaction `json:"transactions"`
}

type ocdsTransaction struct {
	ID    string     `json:"id"`
	Date  string     `json:"date"`
	Value *ocdsValue `json:"value"`
	Payer *ocdsRef   `json:"payer,omitempty"`
	Payee *ocdsRef   `json:"payee,omitempty"`
}

type ocdsAmendment struct {
	ID          string `json:"id"`
	Date        string `json:"date,omitempty"`
	Rationale   string `json:"rationale,omitempty"`
	Description string `json:"description,omitempty"`
}

// TenderOCDS writes a tender with its contracts, its plan and what was paid as a
// release package of the Open Contracting Data Standard 1.1; errs.NotFound. Sole
// traders are in it without name, number and address.
func (s *Service) TenderOCDS(ctx context.Context, id, base string, w io.Writer) error {
	h, err := s.find(ctx, Tenders, id)
	if err != nil {
		return err
	}
	r, err := s.release(ctx, h.ID, h.Number)
	if err != nil {
		return err
	}
	p := s.ocdsPackage(base, base+"/procurement/tenders/"+url.PathEscape(h.Number)+"/ocds.json")
	p.Releases = []*ocdsRelease{r}
	return writeJSON(w, p)
}

// OCDS writes the tenders of a search as release packages, 50 rows of the search
// to a package; links.next leads to the next one. A tender stands in a package
// once, and may stand in another one again when the search is for contracts: its
// release is the same then, its id too. A search for plans gives releases of
// planning, of processes of their own, to which the releases of tenders refer.
func (s *Service) OCDS(ctx context.Context, q Query, base string, w io.Writer) error {
	select { // as much work as an export
	case exporting <- struct{}{}:
		defer func() { <-exporting }()
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(5 * time.Second):
		return errs.Limited(time.Minute)
	}
	q.Page, q.Sort = 0, ""
	params := params{}
	list, impossible, err := s.conditions(ctx, q, &params)
	if err != nil {
		return err
	}
	p := s.ocdsPackage(base, base+withOCDSQuery(q))
	if impossible {
		return writeJSON(w, p)
	}
	cond := where(list)
	if q.after != "" {
		micros, id, _ := strings.Cut(q.after, ".")
		n, _ := strconv.ParseInt(micros, 10, 64)
		t := params.add(time.UnixMicro(n).UTC())
		cond += " AND r.day <= " + t + " AND (r.day < " + t + " OR r.id > " + params.add(id) + ")"
	}
	rows, err := s.db.ReadPool().Query(ctx, "SELECT r.id, r.day, r.tender_id, coalesce(t.number, '') FROM procurement_register r LEFT JOIN procurement_register t ON t.kind = 'tender' AND t.id = r.tender_id WHERE "+
		cond+fmt.Sprintf(" ORDER BY r.day DESC, r.id LIMIT %d", ocdsPage+1), params...)
	if err != nil {
		return err
	}
	type row struct {
		id     string
		day    time.Time
		tender string
		number string
	}
	found, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (x row, err error) {
		err = r.Scan(&x.id, &x.day, &x.tender, &x.number)
		return x, err
	})
	if err != nil {
		return err
	}
	if len(found) > ocdsPage {
		found = found[:ocdsPage]
		last := found[ocdsPage-1]
		q.after = strconv.FormatInt(last.day.UnixMicro(), 10) + "." + last.id
		p.Links = &ocdsLinks{Next: base + withOCDSQuery(q)}
	}
	done := map[string]bool{}
	for _, x := range found {
		var r *ocdsRelease
		switch {
		case q.Kind == Plans:
			r, err = s.planRelease(ctx, x.id)
		case x.number == "" || done[x.tender]:
			continue // a contract whose tender is not known
		default:
			done[x.tender] = true
			r, err = s.release(ctx, x.tender, x.number)
		}
		if errs.Is(err, errs.KindNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		p.Releases = append(p.Releases, r)
	}
	return writeJSON(w, p)
}

func withOCDSQuery(q Query) string {
	path := "/procurement/ocds.json"
	if v := q.Values().Encode(); v != "" {
		path += "?" + v
	}
	return path
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(v)
}

func (s *Service) ocdsPackage(base, uri string) *ocdsPackage {
	return &ocdsPackage{
		URI: uri, Version: "1.1", Extensions: []string{ocdsLots}, PublishedDate: stampOf(s.clock.Now()),
		Publisher: ocdsPublisher{Name: ocdsName, URI: base + "/"}, License: ocdsLicence, Policy: base + "/procurement/indicators", Releases: []*ocdsRelease{},
	}
}

// stampOf writes a moment in the zone of Kyiv; empty for none.
func stampOf(t time.Time) string {
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return ""
	}
	return t.In(calendar.Kyiv()).Format(time.RFC3339)
}

// releaser makes one release.
type releaser struct {
	viewer
	out   *ocdsRelease
	known map[string]*ocdsParty
}

func (s *Service) release(ctx context.Context, tenderID, number string) (*ocdsRelease, error) {
	rows, err := s.db.ReadPool().Query(ctx, `SELECT resource, raw, date_modified FROM procurement_documents
		WHERE (tender_id = $1 AND resource IN ('tender', 'contract')) OR (resource = 'plan' AND tender_id = $1) ORDER BY resource, id`, tenderID)
	if err != nil {
		return nil, err
	}
	var t *prozorro.Tender
	var contracts []*prozorro.Contract
	var plan *prozorro.Plan
	var newest time.Time
	var people []namesake // in all the documents
	var resource string
	var packed []byte
	var modified time.Time
	if _, err := pgx.ForEachRow(rows, []any{&resource, &packed, &modified}, func() error {
		raw, err := Unpack(packed)
		if err != nil {
			return err
		}
		in, err := s.people(raw)
		if err != nil {
			return err
		}
		people = append(people, in...)
		if modified.After(newest) {
			newest = modified
		}
		switch resource {
		case Tenders:
			t, err = prozorro.DecodeTender(raw)
		case Contracts:
			var c *prozorro.Contract
			if c, err = prozorro.DecodeContract(raw); err == nil {
				contracts = append(contracts, c)
			}
		case Plans:
			if plan == nil {
				plan, err = prozorro.DecodePlan(raw)
			}
		}
		return err
	}); err != nil {
		return nil, err
	}
	if t == nil {
		return nil, errs.NotFound()
	}
	if plan == nil && len(t.Plans) > 0 {
		if raw, meta, ok, err := s.document(ctx, Plans, t.Plans[0].ID); err != nil {
			return nil, err
		} else if ok {
			if plan, err = prozorro.DecodePlan(raw); err != nil {
				return nil, err
			}
			people = append(people, meta.people...)
			if meta.modified.After(newest) {
				newest = meta.modified
			}
		}
	}
	payments := map[string][]Payment{}
	loaded := time.Time{}
	prows, err := s.db.ReadPool().Query(ctx, `SELECT p.contract_id, p.source_id, p.amount::text, p.paid_on, p.payer_code, p.payee_key, p.payee_name, p.loaded_at
		FROM procurement_payments p JOIN procurement_contracts c ON c.id = p.contract_id WHERE c.tender_id = $1 ORDER BY p.paid_on, p.source_id`, tenderID)
	if err != nil {
		return nil, err
	}
	var contractID string
	var pay Payment
	var at time.Time
	if _, err := pgx.ForEachRow(prows, []any{&contractID, &pay.SourceID, &pay.Amount, &pay.PaidOn, &pay.Payer, &pay.Payee.Key, &pay.Payee.Name, &at}, func() error {
		payments[contractID] = append(payments[contractID], pay)
		if at.After(loaded) {
			loaded = at
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if loaded.After(newest) {
		newest = loaded
	}
	// The frozen copies stand for contracts whose document is not known.
	have := map[string]bool{}
	for _, c := range contracts {
		have[c.ID] = true
	}
	for i := range t.Contracts {
		if c := &t.Contracts[i]; !have[c.ID] && c.ID != "" {
			contracts = append(contracts, c)
		}
	}
	r := releaser{viewer: viewer{s: s, locale: "uk", mask: maskOf(hiddenName("uk"), people)}, known: map[string]*ocdsParty{}}
	ocid := ocidPrefix + number
	r.out = &ocdsRelease{
		OCID: ocid, Date: stampOf(newest), InitiationType: "tender", Language: "uk",
	}
	r.tender(t, number)
	r.plan(plan)
	if plan != nil && plan.PlanID != "" {
		r.out.Related = []ocdsRelated{{ID: plan.PlanID, Relationship: []string{"planning"}, Title: r.out.Planning.Budget.Description, Scheme: "ocid", Identifier: ocidPrefix + plan.PlanID}}
	}
	r.awards(t)
	for _, c := range contracts {
		r.contract(c, t, payments[c.ID])
	}
	r.tags(t, contracts, payments)
	return r.identified(newest)
}

// planRelease is a plan as a release of a planning process. It stays one of its own
// when the purchase begins: a plan may become several purchases or none.
func (s *Service) planRelease(ctx context.Context, id string) (*ocdsRelease, error) {
	raw, meta, ok, err := s.document(ctx, Plans, id)
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
	if p.PlanID == "" {
		return nil, errs.NotFound()
	}
	r := releaser{viewer: viewer{s: s, locale: "uk", mask: maskOf(hiddenName("uk"), meta.people)}, known: map[string]*ocdsParty{}}
	r.out = &ocdsRelease{OCID: ocidPrefix + p.PlanID, Date: stampOf(meta.modified), Tag: []string{"planning"}, InitiationType: "tender", Language: "uk"}
	entity := r.buyers(p.ProcuringEntity, p.Buyers)
	r.plan(p)
	r.out.Tender = &ocdsTender{
		ID: p.PlanID, Title: r.text(cmp.Or(p.Budget.Description, CPVName(p.Classification.ID, "uk"))), Status: ocdsPlanStatus[p.Status], Entity: entity,
		Method: oneOf(p.Tender.ProcurementMethod, "open", "selective", "limited"), MethodDetails: p.Tender.ProcurementMethodType, TenderPeriod: ocdsSpan(p.Tender.TenderPeriod), Items: r.ocdsItems(p.Items),
	}
	if p.Tender.ProcurementMethodType != "" && !competitive(p.Tender.ProcurementMethodType) {
		r.out.Tender.Method = "direct"
	}
	return r.identified(meta.modified)
}

// ocdsPlanStatus says what the planned purchase is as far as the plan knows: of a
// plan that is complete the purchase has begun, and the purchase says the rest.
var ocdsPlanStatus = map[string]string{"draft": "planning", "scheduled": "planned", "cancelled": "cancelled"}

// identified gives the release its id: by the moment and by everything that it
// says, so that the same release has the same id wherever it stands, and two
// releases of one ocid never share one, not even those of one moment.
func (r *releaser) identified(at time.Time) (*ocdsRelease, error) {
	said, err := json.Marshal(r.out)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(said)
	r.out.ID = r.out.OCID + "-" + strconv.FormatInt(at.UnixMicro(), 10) + "-" + hex.EncodeToString(sum[:8])
	return r.out, nil
}

// party names an organisation once and gives the reference to it.
func (r *releaser) party(p prozorro.Party, role string) *ocdsRef {
	n := r.named(p)
	id := n.Key
	if id == "" {
		return nil
	}
	o := r.known[id]
	if o == nil {
		o = &ocdsParty{ID: id, Name: n.Name}
		if n.SoleTrader {
			o.Name = soleTraderWords("uk")
		} else {
			if n.Code != "" {
				o.Identifier = &ocdsIdentifier{Scheme: p.Scheme, ID: p.ID, LegalName: n.Name}
			}
			if a := (ocdsAddress{p.Address.StreetAddress, p.Address.Locality, p.Address.Region, p.Address.PostalCode, p.Address.CountryName}); a != (ocdsAddress{}) {
				o.Address = &a
			}
		}
		details := map[string]any{}
		if p.Kind != "" {
			details["kind"] = p.Kind
		}
		if p.Scale != "" {
			details["scale"] = p.Scale
		}
		if len(details) > 0 {
			o.Details = details
		}
		r.known[id] = o
		r.out.Parties = append(r.out.Parties, o)
	}
	if !slices.Contains(o.Roles, role) {
		o.Roles = append(o.Roles, role)
	}
	return &ocdsRef{ID: id, Name: o.Name}
}

func (r *releaser) refs(list []prozorro.Party, role string) []ocdsRef {
	var out []ocdsRef
	for _, p := range list {
		if ref := r.party(p, role); ref != nil && !slices.Contains(out, *ref) {
			out = append(out, *ref)
		}
	}
	return out
}

func ocdsMoney(v prozorro.Value) *ocdsValue {
	if !v.Amount.Valid {
		return nil
	}
	return &ocdsValue{Amount: json.Number(v.Amount.String()), Currency: currencyCode(v.Currency)}
}

// currencyCode lets through what looks like a code of ISO 4217.
func currencyCode(c string) string {
	if c == "" {
		return "UAH"
	}
	if len(c) != 3 || strings.ToUpper(c) != c {
		return ""
	}
	return c
}

func ocdsSpan(p prozorro.Period) *ocdsPeriod {
	out := ocdsPeriod{stampOf(p.StartDate.Time), stampOf(p.EndDate.Time)}
	if out == (ocdsPeriod{}) {
		return nil
	}
	return &out
}

var ocdsTenderStatus = map[string]string{"complete": "complete", "cancelled": "cancelled", "unsuccessful": "unsuccessful", "draft": "planning"}

func ocdsStatus(status string) string {
	if s, ok := ocdsTenderStatus[status]; ok {
		return s
	}
	switch {
	case status == "active" || strings.HasPrefix(status, "active."):
		return "active"
	case strings.HasPrefix(status, "draft."):
		return "planning"
	}
	return ""
}

func oneOf(s string, list ...string) string {
	if slices.Contains(list, s) {
		return s
	}
	return ""
}

// buyers names who buys, and gives who runs the procedure.
func (r *releaser) buyers(entity prozorro.Party, buyers []prozorro.Party) *ocdsRef {
	ref := r.party(entity, "procuringEntity")
	r.out.Buyer = ref
	if len(buyers) > 0 {
		if b := r.party(buyers[0], "buyer"); b != nil {
			r.out.Buyer = b
		}
	} else if ref != nil {
		r.party(entity, "buyer")
	}
	return ref
}

func (r *releaser) tender(t *prozorro.Tender, number string) {
	buyer := r.buyers(t.ProcuringEntity, t.Buyers)
	x := &ocdsTender{
		ID: t.ID, Title: r.text(t.Title), Description: r.text(t.Description), Status: ocdsStatus(t.Status), Entity: buyer, Value: ocdsMoney(t.Value),
		Method: oneOf(t.ProcurementMethod, "open", "selective", "limited"), MethodDetails: t.ProcurementMethodType,
		MethodRationale: r.text(cmp.Or(t.ProcurementMethodRationale, t.CauseDetails.Description, t.CauseDescription)),
		Category:        oneOf(t.MainProcurementCategory, "goods", "works", "services"), Submission: []string{"electronicSubmission"},
		TenderPeriod: ocdsSpan(t.TenderPeriod), EnquiryPeriod: ocdsSpan(t.EnquiryPeriod), AwardPeriod: ocdsSpan(t.AwardPeriod),
		Items: r.ocdsItems(t.Items), Documents: r.ocdsDocs(t.Documents), Milestones: r.ocdsMilestones(t.Milestones),
	}
	if !competitive(t.ProcurementMethodType) {
		x.Method = "direct"
	}
	switch t.AwardCriteria {
	case "lowestCost":
		x.Criteria = "priceOnly"
	case "":
	default:
		x.Criteria = t.AwardCriteria
	}
	if len(t.Bids) > 0 {
		tenderers := []prozorro.Party{}
		for _, b := range t.Bids {
			if b.Status == "active" || b.Status == "" {
				tenderers = append(tenderers, b.Tenderers...)
			}
		}
		x.Tenderers = r.refs(tenderers, "tenderer")
		n := len(x.Tenderers)
		x.NumberOf = &n
	}
	for _, l := range t.Lots {
		if l.ID != "" {
			x.Lots = append(x.Lots, ocdsLot{l.ID, r.text(l.Title), r.text(l.Description), cmp.Or(ocdsStatus(l.Status), ocdsStatus(t.Status)), ocdsMoney(l.Value)})
		}
	}
	x.ID = cmp.Or(x.ID, number)
	r.out.Tender = x
}

func (r *releaser) plan(p *prozorro.Plan) {
	if p == nil || p.PlanID == "" {
		return
	}
	r.out.Planning = &ocdsPlanning{
		Rationale: r.text(p.Rationale.Description),
		Budget: ocdsBudget{
			ID: p.PlanID, Description: r.text(p.Budget.Description), Project: r.text(p.Budget.Project.Name), ProjectID: p.Budget.Project.ID,
			Amount: ocdsMoney(prozorro.Value{Amount: p.Budget.Amount, Currency: p.Budget.Currency}), URI: ProzorroURL(Plans, p.PlanID),
		},
		Documents: r.ocdsDocs(p.Documents),
	}
}

func (r *releaser) awards(t *prozorro.Tender) {
	for _, a := range t.Awards {
		if a.ID == "" {
			continue
		}
		x := &ocdsAward{
			ID: a.ID, Title: r.text(a.Title), Description: r.text(a.Description), Status: oneOf(a.Status, "pending", "active", "cancelled", "unsuccessful"),
			Date: stampOf(a.Date.Time), Value: ocdsMoney(a.Value), Suppliers: r.refs(a.Suppliers, "supplier"), Documents: r.ocdsDocs(a.Documents),
		}
		if a.LotID != "" {
			x.RelatedLots = []string{a.LotID}
		}
		r.out.Awards = append(r.out.Awards, x)
	}
}

func (r *releaser) contract(c *prozorro.Contract, t *prozorro.Tender, payments []Payment) {
	if c.ID == "" {
		return
	}
	x := &ocdsContract{
		ID: c.ID, AwardID: c.AwardID, Title: r.text(cmp.Or(c.Title, t.Title)), Description: r.text(c.Description),
		Status: oneOf(c.Status, "pending", "active", "cancelled", "terminated"), Period: ocdsSpan(c.Period), Value: ocdsMoney(c.Value),
		Items: r.ocdsItems(c.Items), DateSigned: stampOf(c.DateSigned.Time), Documents: r.ocdsDocs(c.Documents), Milestones: r.ocdsMilestones(c.Milestones),
	}
	if !slices.ContainsFunc(r.out.Awards, func(a *ocdsAward) bool { return a.ID == x.AwardID }) {
		// The standard knows no contract without an award.
		x.AwardID = cmp.Or(x.AwardID, "award-"+c.ID)
		status := "active"
		if c.Status == cancelled {
			status = c.Status // what the contract was made of came to nothing
		}
		r.out.Awards = append(r.out.Awards, &ocdsAward{ID: x.AwardID, Status: status, Value: x.Value, Suppliers: r.refs(c.Suppliers, "supplier")})
	}
	r.refs(c.Suppliers, "supplier")
	for i, ch := range c.Changes {
		if ch.Status != "active" {
			continue
		}
		when := ch.DateSigned.Time
		if when.IsZero() {
			when = ch.Date.Time
		}
		var words []string
		for _, code := range codesOf(ListRationale, ch.RationaleTypes, "uk") {
			words = append(words, code.Name)
		}
		x.Amendments = append(x.Amendments, ocdsAmendment{
			ID: cmp.Or(ch.ID, strconv.Itoa(i+1)), Date: stampOf(when), Rationale: strings.Join(words, "; "), Description: r.text(ch.Rationale),
		})
	}
	for _, p := range payments {
		if x.Implementation == nil {
			x.Implementation = &ocdsImplementation{}
		}
		y, m, d := p.PaidOn.Date()
		tr := ocdsTransaction{
			ID: p.SourceID, Date: stampOf(time.Date(y, m, d, 0, 0, 0, 0, calendar.Kyiv())), Value: &ocdsValue{Amount: json.Number(p.Amount), Currency: "UAH"},
			Payer: r.party(prozorro.Party{Name: r.payerName(p.Payer, t), Identifier: prozorro.Identifier{Scheme: "UA-EDR", ID: p.Payer}}, "payer"),
		}
		if scheme, code, ok := strings.Cut(strings.TrimPrefix(p.Payee.Key, "UA-"), "-"); ok && !soleTrader(p.Payee.Key) {
			tr.Payee = r.party(prozorro.Party{Name: p.Payee.Name, Identifier: prozorro.Identifier{Scheme: "UA-" + scheme, ID: code}}, "payee")
		} else if soleTrader(p.Payee.Key) {
			tr.Payee = r.party(prozorro.Party{Identifier: prozorro.Identifier{Scheme: "UA-EDR", ID: p.Payee.Key}}, "payee")
		}
		x.Implementation.Transactions = append(x.Implementation.Transactions, tr)
	}
	r.out.Contracts = append(r.out.Contracts, x)
}

func (r *releaser) payerName(code string, t *prozorro.Tender) string {
	if t.ProcuringEntity.ID == code {
		return t.ProcuringEntity.Name
	}
	return code
}

func (r *releaser) tags(t *prozorro.Tender, contracts []*prozorro.Contract, payments map[string][]Payment) {
	if r.out.Planning != nil {
		r.out.Tag = append(r.out.Tag, "planning")
	}
	r.out.Tag = append(r.out.Tag, "tender")
	if t.Status == "cancelled" {
		r.out.Tag = append(r.out.Tag, "tenderCancellation")
	}
	if len(r.out.Awards) > 0 {
		r.out.Tag = append(r.out.Tag, "award")
	}
	if len(r.out.Contracts) > 0 {
		r.out.Tag = append(r.out.Tag, "contract")
	}
	if slices.ContainsFunc(contracts, func(c *prozorro.Contract) bool {
		return slices.ContainsFunc(c.Changes, func(ch prozorro.Change) bool { return ch.Status == "active" })
	}) {
		r.out.Tag = append(r.out.Tag, "contractAmendment")
	}
	if len(payments) > 0 {
		r.out.Tag = append(r.out.Tag, "implementation")
	}
	if slices.ContainsFunc(contracts, func(c *prozorro.Contract) bool { return c.Status == "terminated" }) {
		r.out.Tag = append(r.out.Tag, "contractTermination")
	}
}

func (r *releaser) ocdsItems(list []prozorro.Item) []ocdsItem {
	var out []ocdsItem
	for i, it := range list {
		x := ocdsItem{ID: cmp.Or(it.ID, strconv.Itoa(i+1)), Description: r.text(it.Description), Quantity: json.Number(it.Quantity.String()), RelatedLot: it.RelatedLot}
		if it.Classification.ID != "" {
			x.Classification = &ocdsClassification{it.Classification.Scheme, it.Classification.ID, cmp.Or(CPVName(it.Classification.ID, "uk"), r.text(it.Classification.Description))}
		}
		for _, a := range it.AdditionalClassifications {
			if a.ID != "" {
				x.Additional = append(x.Additional, ocdsClassification{a.Scheme, a.ID, r.text(a.Description)})
			}
		}
		if it.Unit.Code != "" || it.Unit.Name != "" {
			x.Unit = &ocdsUnit{ID: it.Unit.Code, Name: r.text(it.Unit.Name), Value: ocdsMoney(it.Unit.Value)}
			if it.Unit.Code != "" {
				x.Unit.Scheme = "UNCEFACT"
			}
		}
		out = append(out, x)
	}
	return out
}

func (r *releaser) ocdsDocs(list []prozorro.Document) []ocdsDocument {
	d := r.docs(list)
	var out []ocdsDocument
	for _, x := range slices.Concat(d.Files, d.Signatures) {
		address := x.URL
		if u, err := url.Parse(address); err != nil || u.Host == "" || strings.ContainsAny(address, " <>\"{}|\\^`") {
			address = ""
		}
		out = append(out, ocdsDocument{
			ID: cmp.Or(x.ID, strconv.Itoa(len(out)+1)), Type: x.Type, Title: x.Title, Description: x.Description, URL: address,
			Published: stampOf(x.Published), Modified: stampOf(x.Modified), Format: x.Format,
		})
	}
	return out
}

func (r *releaser) ocdsMilestones(list []prozorro.Milestone) []ocdsMilestone {
	var out []ocdsMilestone
	for i, m := range list {
		out = append(out, ocdsMilestone{
			ID: cmp.Or(m.ID, strconv.Itoa(i+1)), Title: r.text(m.Title), Type: m.Type, Description: r.text(m.Description), Code: m.Code,
			Due: stampOf(m.DueDate.Time), Met: stampOf(m.DateMet.Time), Status: oneOf(m.Status, "scheduled", "met", "notMet", "partiallyMet"),
		})
	}
	return out
}
