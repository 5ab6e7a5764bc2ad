package prozorro

import "strings"

// SignatureFormat is the media type of a file of an electronic signature.
const SignatureFormat = "application/pkcs7-signature"

// Value is an amount of money as the source gives it; nothing is converted.
type Value struct {
	Amount                Number `json:"amount"`
	AmountNet             Number `json:"amountNet"`
	Currency              string `json:"currency"`
	ValueAddedTaxIncluded bool   `json:"valueAddedTaxIncluded"`
}

// Period is a pair of moments; either may be absent (zero).
type Period struct {
	StartDate Time `json:"startDate"`
	EndDate   Time `json:"endDate"`
}

// Identifier names a legal entity or a person in a register: scheme UA-EDR with
// the 8 digits of ЄДРПОУ, or the 10 digits of a sole trader's tax number.
type Identifier struct {
	Scheme    string `json:"scheme"`
	ID        string `json:"id"`
	LegalName string `json:"legalName"`
}

// Address of a party or of a delivery.
type Address struct {
	CountryName   string `json:"countryName"`
	Region        string `json:"region"`
	Locality      string `json:"locality"`
	PostalCode    string `json:"postalCode"`
	StreetAddress string `json:"streetAddress"`
}

// Party is a buyer, a supplier or a bidder. Kind and Scale are given for buyers
// and suppliers respectively. Contacts and signatories are not read.
type Party struct {
	Name       string `json:"name"`
	Identifier `json:"identifier"`
	Kind       string  `json:"kind"`
	Scale      string  `json:"scale"`
	Address    Address `json:"address"`
}

// Key is scheme-id, such as UA-EDR-04053625: what makes two parties the same.
// For a sole trader it holds his tax number and must not be shown.
func (p Party) Key() string { return p.Scheme + "-" + p.ID }

// SoleTrader reports whether the identifier is the tax number of a person. Not
// every person has a right one: whom a party is and what of him may be shown
// package procurement tells.
func (p Party) SoleTrader() bool {
	return len(p.ID) == 10 && strings.Trim(p.ID, "0123456789") == ""
}

// Classification is a code of a classifier: ДК021 (CPV in old documents) and others.
type Classification struct {
	Scheme      string `json:"scheme"`
	ID          string `json:"id"`
	Description string `json:"description"`
}

// Unit of measure with the price of one.
type Unit struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Value Value  `json:"value"`
}

// Item is a thing, service or work that is bought.
type Item struct {
	ID                        string           `json:"id"`
	Description               string           `json:"description"`
	Status                    string           `json:"status"`
	RelatedLot                string           `json:"relatedLot"`
	Classification            Classification   `json:"classification"`
	AdditionalClassifications []Classification `json:"additionalClassifications"`
	Quantity                  Number           `json:"quantity"`
	Unit                      Unit             `json:"unit"`
	DeliveryDate              Period           `json:"deliveryDate"`
	DeliveryAddress           Address          `json:"deliveryAddress"`
}

// Lot is a part of a tender with its own winner.
type Lot struct {
	ID            string `json:"id"`
	Title         string `json:"title"`
	Description   string `json:"description"`
	Status        string `json:"status"`
	Date          Time   `json:"date"`
	Value         Value  `json:"value"`
	Guarantee     Value  `json:"guarantee"`
	AuctionPeriod Period `json:"auctionPeriod"`
}

// Document is the description of a file; the file itself stays at URL.
type Document struct {
	ID            string `json:"id"`
	Title         string `json:"title"`
	Description   string `json:"description"`
	Format        string `json:"format"`
	URL           string `json:"url"`
	DocumentType  string `json:"documentType"`
	DocumentOf    string `json:"documentOf"`
	RelatedItem   string `json:"relatedItem"`
	Author        string `json:"author"`
	Language      string `json:"language"`
	DatePublished Time   `json:"datePublished"`
	DateModified  Time   `json:"dateModified"`
}

// Signature says that the file is an electronic signature. The format is compared
// literally; whether the signature is valid and what it signs is not known.
func (d Document) Signature() bool { return d.Format == SignatureFormat }

// Milestone is a step of payment or delivery, or the «24 hours» given to a bidder (Code).
type Milestone struct {
	ID             string   `json:"id"`
	Code           string   `json:"code"`
	Title          string   `json:"title"`
	Type           string   `json:"type"`
	Status         string   `json:"status"`
	Description    string   `json:"description"`
	RelatedLot     string   `json:"relatedLot"`
	Date           Time     `json:"date"`
	DueDate        Time     `json:"dueDate"`
	DateMet        Time     `json:"dateMet"`
	SequenceNumber Number   `json:"sequenceNumber"`
	Percentage     Number   `json:"percentage"`
	Duration       Duration `json:"duration"`
	Period         Period   `json:"period"`
	Value          Value    `json:"value"`
	AmountPaid     Value    `json:"amountPaid"`
}

// Duration in days: calendar, working or banking (Type).
type Duration struct {
	Days Number `json:"days"`
	Type string `json:"type"`
}

// LotValue is the price of a bid for one lot.
type LotValue struct {
	RelatedLot string `json:"relatedLot"`
	Status     string `json:"status"`
	Date       Time   `json:"date"`
	Value      Value  `json:"value"`
}

// Bid is an offer.
type Bid struct {
	ID                     string     `json:"id"`
	Status                 string     `json:"status"`
	Date                   Time       `json:"date"`
	Tenderers              []Party    `json:"tenderers"`
	Value                  Value      `json:"value"`
	LotValues              []LotValue `json:"lotValues"`
	Documents              []Document `json:"documents"`
	FinancialDocuments     []Document `json:"financialDocuments"`
	EligibilityDocuments   []Document `json:"eligibilityDocuments"`
	QualificationDocuments []Document `json:"qualificationDocuments"`
}

// Complaint is a complaint to the body of appeal (type complaint) or a claim to the buyer (type claim).
type Complaint struct {
	ID             string `json:"id"`
	ComplaintID    string `json:"complaintID"`
	Type           string `json:"type"`
	Status         string `json:"status"`
	Title          string `json:"title"`
	RelatedLot     string `json:"relatedLot"`
	Resolution     string `json:"resolution"`
	ResolutionType string `json:"resolutionType"`
	Date           Time   `json:"date"`
	DateSubmitted  Time   `json:"dateSubmitted"`
	DateAccepted   Time   `json:"dateAccepted"`
	DateAnswered   Time   `json:"dateAnswered"`
	DateDecision   Time   `json:"dateDecision"`
}

// Award is the decision about one offer.
type Award struct {
	ID              string      `json:"id"`
	Status          string      `json:"status"`
	Title           string      `json:"title"`
	Description     string      `json:"description"`
	LotID           string      `json:"lotID"`
	BidID           string      `json:"bid_id"`
	Date            Time        `json:"date"`
	Qualified       bool        `json:"qualified"`
	Eligible        bool        `json:"eligible"`
	Value           Value       `json:"value"`
	Suppliers       []Party     `json:"suppliers"`
	ComplaintPeriod Period      `json:"complaintPeriod"`
	Complaints      []Complaint `json:"complaints"`
	Milestones      []Milestone `json:"milestones"`
	Documents       []Document  `json:"documents"`
}

// Qualification is the admission of one offer before the auction.
type Qualification struct {
	ID              string      `json:"id"`
	Status          string      `json:"status"`
	Title           string      `json:"title"`
	Description     string      `json:"description"`
	LotID           string      `json:"lotID"`
	BidID           string      `json:"bidID"`
	Date            Time        `json:"date"`
	Qualified       bool        `json:"qualified"`
	Eligible        bool        `json:"eligible"`
	ComplaintPeriod Period      `json:"complaintPeriod"`
	Complaints      []Complaint `json:"complaints"`
	Milestones      []Milestone `json:"milestones"`
	Documents       []Document  `json:"documents"`
}

// Cancellation of a tender, a lot or a contract.
type Cancellation struct {
	ID             string      `json:"id"`
	Status         string      `json:"status"`
	Reason         string      `json:"reason"`
	ReasonType     string      `json:"reasonType"`
	CancellationOf string      `json:"cancellationOf"`
	RelatedLot     string      `json:"relatedLot"`
	Date           Time        `json:"date"`
	Complaints     []Complaint `json:"complaints"`
	Documents      []Document  `json:"documents"`
}

// CauseDetails is the ground of a purchase without open tenders.
type CauseDetails struct {
	Scheme      string `json:"scheme"`
	Code        string `json:"code"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

// Ref is a reference to another document.
type Ref struct {
	ID string `json:"id"`
}

// Tender is a document of /tenders/{id}.
type Tender struct {
	ID                         string          `json:"id"`       // 32 hex digits
	TenderID                   string          `json:"tenderID"` // UA-2024-12-10-010819-a
	Mode                       string          `json:"mode"`     // test: not a real purchase
	Status                     string          `json:"status"`
	Title                      string          `json:"title"`
	Description                string          `json:"description"`
	ProcurementMethod          string          `json:"procurementMethod"`
	ProcurementMethodType      string          `json:"procurementMethodType"`
	ProcurementMethodRationale string          `json:"procurementMethodRationale"`
	MainProcurementCategory    string          `json:"mainProcurementCategory"`
	AwardCriteria              string          `json:"awardCriteria"`
	FundingKind                string          `json:"fundingKind"`
	Cause                      string          `json:"cause"`
	CauseDescription           string          `json:"causeDescription"`
	CauseDetails               CauseDetails    `json:"causeDetails"`
	Date                       Time            `json:"date"` // the last change of the status
	DateModified               Time            `json:"dateModified"`
	DateCreated                Time            `json:"dateCreated"`
	NoticePublicationDate      Time            `json:"noticePublicationDate"`
	Value                      Value           `json:"value"`
	MinimalStep                Value           `json:"minimalStep"`
	Guarantee                  Value           `json:"guarantee"`
	NumberOfBids               Number          `json:"numberOfBids"`
	EnquiryPeriod              Period          `json:"enquiryPeriod"`
	TenderPeriod               Period          `json:"tenderPeriod"`
	QualificationPeriod        Period          `json:"qualificationPeriod"`
	AuctionPeriod              Period          `json:"auctionPeriod"`
	AwardPeriod                Period          `json:"awardPeriod"`
	ComplaintPeriod            Period          `json:"complaintPeriod"`
	ContractPeriod             Period          `json:"contractPeriod"`
	ProcuringEntity            Party           `json:"procuringEntity"`
	Buyers                     []Party         `json:"buyers"`
	Items                      []Item          `json:"items"`
	Lots                       []Lot           `json:"lots"`
	Bids                       []Bid           `json:"bids"`
	Awards                     []Award         `json:"awards"`
	Qualifications             []Qualification `json:"qualifications"`
	Complaints                 []Complaint     `json:"complaints"`
	Cancellations              []Cancellation  `json:"cancellations"`
	Contracts                  []Contract      `json:"contracts"` // frozen copies; since spring 2024 stubs without documents
	Documents                  []Document      `json:"documents"`
	Milestones                 []Milestone     `json:"milestones"`
	Plans                      []Ref           `json:"plans"`
	Restricted                 bool            `json:"-"` // config.restricted of the answer: parts are masked
}

// Change is an additional agreement.
type Change struct {
	ID             string     `json:"id"`
	Status         string     `json:"status"`
	ContractNumber string     `json:"contractNumber"`
	Rationale      string     `json:"rationale"`
	RationaleTypes []string   `json:"rationaleTypes"`
	Date           Time       `json:"date"`
	DateSigned     Time       `json:"dateSigned"`
	Documents      []Document `json:"documents"`
}

// Signatory is a party that signed an electronic contract.
type Signatory struct {
	Role string `json:"role"`
	Date Time   `json:"date"`
}

// RationaleType is a permitted ground of a change, with its title.
type RationaleType struct {
	Code  string
	Title string
}

// Contract is a document of /contracts/{id}, or the copy of it in a tender, which
// is frozen when the tender completes.
type Contract struct {
	ID                           string          `json:"id"`
	ContractID                   string          `json:"contractID"`     // UA-2024-12-10-010819-a-b1
	ContractNumber               string          `json:"contractNumber"` // the buyer's own: 128
	AwardID                      string          `json:"awardID"`
	BidID                        string          `json:"bidID"`
	TenderID                     string          `json:"tender_id"` // 32 hex digits; absent in a tender's copy
	Mode                         string          `json:"mode"`
	Status                       string          `json:"status"`
	Title                        string          `json:"title"`
	Description                  string          `json:"description"`
	ContractTemplateName         string          `json:"contractTemplateName"`
	TerminationDetails           string          `json:"terminationDetails"`
	Date                         Time            `json:"date"`
	DateSigned                   Time            `json:"dateSigned"`
	DateModified                 Time            `json:"dateModified"`
	DateCreated                  Time            `json:"dateCreated"`
	Period                       Period          `json:"period"`
	Value                        Value           `json:"value"`
	AmountPaid                   Value           `json:"amountPaid"`
	Buyer                        Party           `json:"buyer"`
	ProcuringEntity              Party           `json:"procuringEntity"` // the buyer under its former name
	Suppliers                    []Party         `json:"suppliers"`
	Items                        []Item          `json:"items"`
	Changes                      []Change        `json:"changes"`
	Documents                    []Document      `json:"documents"`
	Milestones                   []Milestone     `json:"milestones"`
	Cancellations                []Cancellation  `json:"cancellations"`
	Signatories                  []Signatory     `json:"signatories"`
	ContractChangeRationaleTypes []RationaleType `json:"-"`
	Restricted                   bool            `json:"-"`
}

// Breakdown is a source of money of a plan.
type Breakdown struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Value       Value  `json:"value"`
}

// Project of a plan.
type Project struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Budget of a plan.
type Budget struct {
	ID          string      `json:"id"`
	Description string      `json:"description"`
	Notes       string      `json:"notes"`
	Amount      Number      `json:"amount"`
	AmountNet   Number      `json:"amountNet"`
	Currency    string      `json:"currency"`
	Period      Period      `json:"period"`
	Project     Project     `json:"project"`
	Breakdown   []Breakdown `json:"breakdown"`
}

// PlanTender is the purchase that a plan announces.
type PlanTender struct {
	ProcurementMethod     string `json:"procurementMethod"`
	ProcurementMethodType string `json:"procurementMethodType"`
	TenderPeriod          Period `json:"tenderPeriod"`
}

// Rationale of a plan.
type Rationale struct {
	Description string `json:"description"`
	Date        Time   `json:"date"`
}

// Plan is a document of /plans/{id}.
type Plan struct {
	ID                        string           `json:"id"`
	PlanID                    string           `json:"planID"` // UA-P-2024-03-15-012966-a
	TenderID                  string           `json:"tender_id"`
	Mode                      string           `json:"mode"`
	Status                    string           `json:"status"`
	DateModified              Time             `json:"dateModified"`
	DateCreated               Time             `json:"dateCreated"`
	DatePublished             Time             `json:"datePublished"`
	ProcuringEntity           Party            `json:"procuringEntity"`
	Buyers                    []Party          `json:"buyers"`
	Classification            Classification   `json:"classification"`
	AdditionalClassifications []Classification `json:"additionalClassifications"`
	Budget                    Budget           `json:"budget"`
	Tender                    PlanTender       `json:"tender"`
	Rationale                 Rationale        `json:"rationale"`
	Items                     []Item           `json:"items"`
	Documents                 []Document       `json:"documents"`
	Milestones                []Milestone      `json:"milestones"`
}

// Decision opens a monitoring.
type Decision struct {
	Date          Time       `json:"date"`
	DatePublished Time       `json:"datePublished"`
	Description   string     `json:"description"`
	Documents     []Document `json:"documents"`
}

// Conclusion closes a monitoring. ViolationOccurred is nil where it is not said.
type Conclusion struct {
	Date              Time       `json:"date"`
	DatePublished     Time       `json:"datePublished"`
	Description       string     `json:"description"`
	AuditFinding      string     `json:"auditFinding"`
	StringsAttached   string     `json:"stringsAttached"`
	ViolationOccurred *bool      `json:"violationOccurred"`
	ViolationType     []string   `json:"violationType"`
	Documents         []Document `json:"documents"`
}

// EliminationResolution says whether what was found has been put right.
type EliminationResolution struct {
	Date          Time   `json:"date"`
	DatePublished Time   `json:"datePublished"`
	Result        string `json:"result"`
	Description   string `json:"description"`
}

// Monitoring is an official check by the State Audit Service: a document of /monitorings/{id}.
type Monitoring struct {
	ID                    string                `json:"id"`
	MonitoringID          string                `json:"monitoring_id"` // UA-M-2023-10-23-000043
	TenderID              string                `json:"tender_id"`
	Mode                  string                `json:"mode"`
	Status                string                `json:"status"`
	Reasons               []string              `json:"reasons"`
	ProcuringStages       []string              `json:"procuringStages"`
	DateModified          Time                  `json:"dateModified"`
	DateCreated           Time                  `json:"dateCreated"`
	EndDate               Time                  `json:"endDate"`
	MonitoringPeriod      Period                `json:"monitoringPeriod"`
	EliminationPeriod     Period                `json:"eliminationPeriod"`
	Decision              Decision              `json:"decision"`
	Conclusion            Conclusion            `json:"conclusion"`
	EliminationResolution EliminationResolution `json:"eliminationResolution"`
	Documents             []Document            `json:"documents"`
}
