// Package procurement holds the public pages of the city's purchases: the
// overview, the search, a contract, a tender, a plan, buyers and suppliers, the
// registry of the indicators and the tree of CPV codes.
//
// A page is a struct above its templ, filled by web/procurement; strings in it
// are already in the reader's language. Nothing needs a script: filters are a
// form with method GET, and each thing that a person looks at has an address.
//
// A sign is never told as a verdict: the words are «ознака» and «варто
// перевірити», and Caveat stands on each page that shows one.
package procurement

import (
	"github.com/a-h/templ"

	"ereception/templates/layout"
	"ereception/templates/ui"
)

// Mark is the value of an indicator as a badge: "1" a sign, "0" none, "x" not
// calculated.
type Mark string

// The three marks.
const (
	Sign      Mark = "1"
	Clear     Mark = "0"
	Uncounted Mark = "x"
)

// Tag is a sign beyond the columns of a table: its id and the page of the indicator.
type Tag struct{ Label, Href, Title string }

// Row is a line of a list of contracts, tenders or plans.
type Row struct {
	Day       string
	Title     string
	Href      string
	Sub       string // number, CPV code, procedure
	Buyer     string
	BuyerHref string
	Supplier  string
	Status    string
	Amount    string
	Marks     []Mark // one a column of Table.Columns
	Tags      []Tag
	Example   bool // a purchase of another buyer, shown as an example
	Demo      bool
}

// Column is an indicator that has a column of its own.
type Column struct{ Short, Name, Href string }

// Table is a list of purchases.
type Table struct {
	Caption  string
	Item     string // head of the second column: «Договір», «Закупівля», «План»
	Currency string // head of the column of sums: «Сума, грн»
	Columns  []Column
	Rows     []Row
	Pager    ui.PagerProps
}

// Filter is the form of a search, with what was typed.
type Filter struct {
	Action   string
	Kind     string
	Text     string
	Buyer    string
	Supplier string
	CPV      string
	Method   string
	Status   string
	Sign     string
	Sort     string
	Year     string
	From, To string
	Min, Max string
	Buyers   []ui.Option
	BuyersAt string // «Усі 84 замовники»
	Years    []ui.Option
	Methods  []ui.Option
	Statuses []ui.Option
	Signs    []ui.Option
	Sorts    []ui.Option
	CPVTree  string // address of the tree that comes back to this search
	More     bool   // the further filters are open
	Problems []ui.FieldError
}

// Folded reports whether the fields that a phone folds away hold something, or
// something wrong.
func (f Filter) Folded() bool {
	return f.More || len(f.Problems) > 0 || f.Buyer != "" || f.Year != "" || f.CPV != "" || f.Sign != ""
}

// Bar is a line of a chart: a real table row with a bar in it.
type Bar struct {
	Label   string
	Href    string
	Count   string
	Sum     string
	Percent int // of the longest bar
}

// Chart is a table with bars.
type Chart struct {
	ID      string
	Title   string
	Text    string
	Head    string // of the first column
	Count   string // head of the column of counts
	Sum     string // head of the column of sums
	Bars    []Bar
	Amber   bool // signs
	More    *ui.Link
	Caption string
}

// OverviewPage is the front page of the purchases.
type OverviewPage struct {
	Page        layout.Page
	Title       string
	Lead        string
	Example     string // says that the sums are of examples; empty for the city's own
	Tiles       []ui.TileProps
	Filter      Filter
	Years       []ui.Tab
	Worth       *Table // the newest contracts with a sign
	Charts      []Chart
	Competition *Competition
	Data        []ui.Link
}

// Competition is the share of competitive procedures.
type Competition struct {
	Percent int
	Words   string // «61 % суми — конкурентні процедури»
	Text    string
}

// SearchPage is the search with its results.
type SearchPage struct {
	Page    layout.Page
	Title   string
	Lead    string
	Tabs    []ui.Tab
	Filter  Filter
	Heading string
	Sum     string
	Chips   []ui.ChipProps
	Clear   string // address without filters
	Table   *Table // nil: nothing to show
	Empty   ui.EmptyProps
	Exports []Export
	Follow  templ.Component
}

// Export is a form in which the same search can be taken away.
type Export struct{ Icon, Label, Href, Type string }

// Fact is a line of «Що перевірено».
type Fact struct {
	Text  string
	Codes []string // raw codes of the source
	Hit   bool     // the line that makes the sign
}

// Value is a value of an indicator with its explanation.
type Value struct {
	Mark     Mark
	ID       string // DASU-3-3
	Name     string
	Href     string
	Profile  string // «за договором»; empty when the indicator has one
	Lot      string
	Meaning  string
	Reason   string // why it is not calculated
	Facts    []Fact
	Unknown  string // what the indicator does not know
	Profiles string // why there are two profiles
}

// Values are the indicators of one purchase.
type Values struct {
	Signs     []Value
	Clear     []Value
	Past      []Value // not calculated any more; the last value stands in Reason
	Uncounted []Value
	AsOf      string // «Станом на 22 листопада 2026, 06:10, правила версії 1»
}

// Document is a file at Prozorro.
type Document struct {
	Title     string
	Href      string
	Format    string
	Type      string
	Added     string
	Signature bool
}

// Documents is a table of files.
type Documents struct {
	ID      string
	Title   string
	Text    string
	Rows    []Document
	Without string // words when there is none; empty hides the table
}

// Payment is a line of the treasury's open data.
type Payment struct{ Day, Amount, Details string }

// Monitoring is an official check of the State Audit Service.
type Monitoring struct {
	Number  string
	Href    string
	Status  string
	Day     string
	Facts   []ui.Fact
	Outcome string
	Kind    string // of the note: "", "amber", "ok"
	Demo    bool   // made up: the State Audit Service never held it
}

// Frozen is the copy of a contract that stayed in its tender.
type Frozen struct {
	Text      string
	Facts     []ui.Fact
	Documents Documents
}

// ContractPage is one contract.
type ContractPage struct {
	Page        layout.Page
	Eyebrow     string
	Title       string
	Status      string
	State       string // colour of the status: "success", "neutral", "warning"
	Example     bool
	Gone        bool // Prozorro shows it no more
	Demo        bool
	Prozorro    string
	Values      Values
	Facts       []ui.Fact
	Period      []ui.Fact
	Documents   Documents
	Changes     []ui.TimelineItem
	Milestones  []Milestone
	Payments    []Payment
	Paid        *Paid
	Ended       string // terminated, performed: in words
	Frozen      *Frozen
	Monitorings []Monitoring
	Explain     templ.Component // what the buyer's unit said, and the way to say it
	History     []ui.TimelineItem
	Appeal      ui.Link
	Links       []ui.Link
	Embed       templ.Component
}

// Paid is how much of the sum was paid.
type Paid struct {
	Percent int
	Words   string
	Text    string
}

// Milestone is a line of payment or delivery terms.
type Milestone struct{ Title, Term, Share, Status string }

// Lot of a tender.
type Lot struct {
	Title  string
	Status string
	Amount string
	Bids   string
	Values []Value
}

// Bid of a participant.
type Bid struct {
	Name      string
	Href      string
	Lot       string
	Amount    string
	Status    string
	Documents string
}

// Award is a decision of the buyer.
type Award struct {
	Name      string
	Href      string
	Lot       string
	Status    string
	Day       string
	Amount    string
	Documents []Document
}

// Complaint to the appeals body.
type Complaint struct {
	Number, Title, Status, Day, Decision, About string
}

// ContractLine is a contract of a tender.
type ContractLine struct {
	Title, Href, Supplier, Status, Day, Amount string
	Marks                                      []Mark
}

// TenderPage is one tender.
type TenderPage struct {
	Page        layout.Page
	Eyebrow     string
	Title       string
	Status      string
	State       string
	Example     bool
	Gone        bool // Prozorro shows it no more
	Demo        bool
	Prozorro    string
	Description string
	Values      Values
	Facts       []ui.Fact
	Periods     []ui.Fact
	Items       []Item
	ItemsMore   string
	Lots        []Lot
	Bids        []Bid
	BidsText    string
	Awards      []Award
	Contracts   []ContractLine
	Columns     []Column
	Documents   Documents
	Complaints  []Complaint
	Monitorings []Monitoring
	Explain     templ.Component // what the buyer's unit said, and the way to say it
	History     []ui.TimelineItem
	Appeal      ui.Link
	Links       []ui.Link
}

// Item is what is bought.
type Item struct{ Title, CPV, CPVHref, Quantity string }

// PlanPage is one line of a plan.
type PlanPage struct {
	Page      layout.Page
	Eyebrow   string
	Title     string
	Status    string
	State     string
	Example   bool
	Gone      bool // Prozorro shows it no more
	Demo      bool
	Prozorro  string
	Facts     []ui.Fact
	Breakdown []ui.Fact
	Items     []Item
	ItemsMore string
	Tender    *ui.Link
	Beside    []ui.Fact // plan beside purchase
	Documents Documents
	Links     []ui.Link
}

// BuyerRow is a buyer of the list.
type BuyerRow struct {
	Name, Href, Code, Role, Count, Sum, Signs string
	SignsHref                                 string
	Note                                      string
}

// BuyersPage lists the buyers of the city.
type BuyersPage struct {
	Page    layout.Page
	Title   string
	Lead    string
	Note    string
	Rows    []BuyerRow
	Caption string
}

// PartyPage is a buyer or a supplier.
type PartyPage struct {
	Page        layout.Page
	Eyebrow     string
	Title       string
	Lead        string
	Note        string
	Tiles       []ui.TileProps
	Facts       []ui.Fact
	Charts      []Chart
	Competition *Competition
	Latest      *Table
	All         ui.Link
	Links       []ui.Link
}

// IndicatorRow is a line of the registry.
type IndicatorRow struct {
	ID, Name, Href, Level, Why string
	Calculated                 bool
	Hits, HitsHref             string
}

// IndicatorsPage is the registry of all known indicators.
type IndicatorsPage struct {
	Page   layout.Page
	Title  string
	Lead   string
	Tabs   []ui.Tab
	Groups []IndicatorGroup
	Data   []Export
}

// IndicatorGroup is a generation.
type IndicatorGroup struct {
	ID, Title, Text string
	Rows            []IndicatorRow
}

// IndicatorPage is one indicator.
type IndicatorPage struct {
	Page     layout.Page
	ID       string
	Title    string
	Status   string
	Counted  bool
	Tiles    []ui.TileProps
	Sections []Section
	Facts    []ui.Fact
	Law      []string
	LawQuote string // as the source of the indicator says it
	LawNote  string
	Why      string // why it is not calculated
	Hits     *Table
	HitsAt   string
	All      *ui.Link
	Data     []Export
}

// Section of an explanation: a title and paragraphs or steps.
type Section struct {
	ID, Title string
	Text      []string
	Steps     []string
}

// Code is a node of the CPV tree.
type Code struct {
	Code, Name, Href, Pick string
	Count                  string
	Deeper                 bool
}

// CPVPage is a level of the tree.
type CPVPage struct {
	Page    layout.Page
	Title   string
	Lead    string
	Query   string
	Keep    []ui.Link // the other filters of the search that the choice returns to: name and value
	Here    *Code
	Rows    []Code
	Heading string
	Empty   string
}
