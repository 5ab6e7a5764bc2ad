// Package admin holds the pages of the administrator: registers of the city,
// people of the service, the working calendar, imports and the trail of changes.
//
// The registers share two pages: List (a table with a filter) and Form (the
// fields of one record, and both versions after a stale save). Every string in a
// page struct is in the reader's language already.
package admin

import (
	"context"
	"slices"
	"strings"

	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	"ereception/templates/ui"
)

// Head is what the top of every page has.
type Head struct {
	Frame   layout.OfficePage
	Title   string
	Lead    string
	Back    ui.Link // empty for none
	Actions []ui.ButtonProps
}

// Cell is a cell of a table.
type Cell struct {
	Text  string
	Href  string
	Note  string // a smaller line below
	Depth int    // of a tree: how far to the right
	Demo  bool   // «демонстраційні дані»
	Badge ui.BadgeProps
	Num   bool
	Rule  bool // says what goes without saying; a phone leaves it out, as it does nothing
}

// quiet reports whether a phone leaves the cell out.
func (c Cell) quiet() bool { return c.Rule || c.Text == "\u2014" && c.Note == "" }

// Filter is a filter above a list: fields of a GET form.
type Filter struct {
	Action string
	Fields []Field
	Reset  string // address without filters; empty while none is set
}

// set counts the conditions that are set.
func (f *Filter) set() int {
	n := 0
	for _, x := range f.Fields {
		if x.Value != "" {
			n++
		}
	}
	return n
}

// ListPage is a register.
type ListPage struct {
	Head
	Tabs    []ui.Tab
	Note    *ui.NoteProps // what must be known before the list is read
	Facts   []ui.Fact
	Filter  *Filter
	Count   string // «440 записів»
	Columns []string
	Rows    [][]Cell
	Empty   ui.EmptyProps
	Pager   ui.PagerProps
	Map     *Map
}

// Field is one field of a form. Kind is "" (one line), "area", "select",
// "check" or "head" (a heading between fields).
type Field struct {
	Kind     string
	Name     string
	Label    string
	Hint     string
	Value    string
	Type     string
	Optional bool
	Rows     int
	Max      int
	Blank    string
	Options  []ui.Option
	Suggest  string
	Wide     int // columns of twelve in a filter
}

// FormPage is the form of one record.
type FormPage struct {
	Head
	Action  string
	Fields  []Field
	Errors  []ui.FieldError
	Version string
	Submit  string
	Stale   *ui.StaleProps
	Facts   []ui.Fact
	Demo    bool
	Trail   string // address of «Історія змін»; empty for a new record
	Toggle  *Toggle
	Map     *Map
	Cancel  string
	Extra   []Holders
}

// Holders is a short list beside a form: who holds a post.
type Holders struct {
	Title string
	Links []ui.Link
	Empty string
}

// Toggle takes a record out of use or back.
type Toggle struct {
	Action, Version, Value, Label, Text string
	Off                                 bool
}

// Map is a drawing of boundaries; List says the same in words.
type Map struct {
	Label   string
	ViewBox string
	Shapes  []Shape
	Source  string
}

// Shape is one boundary: a path of SVG, an address and a name.
type Shape struct {
	Path    string
	Label   string
	Href    string
	X, Y    string // where the label stands; empty for none
	Current bool
}

// Action is one entry of the trail: what somebody did to a record at one moment.
type Action struct {
	At, When, Who, For string // At is the moment for machines
	What               string // «Резолюція», «Змінено»
	Kind               string // of the record, where its name does not say it: «Підрозділ»
	Record             ui.Link
	Count              string // of the records, where it was done to many: «440 записів»
	Records            []ui.Link
	More               string // how many of them are not listed
	Parts              []ActionPart
	Hidden             bool   // personal data are hidden in it
	Cut                string // said where it goes on beyond the page
	Facts              []ui.Fact
	Raw                []ActionPart
}

// ActionPart is what was changed in the record (no title) or in something of it.
type ActionPart struct {
	Title string
	Diffs []ui.Change
}

// Look opens the personal data of a record, for a reason.
type Look struct {
	Action string
	Reason string // as it was typed
	Errors []ui.FieldError
	Opened bool // they are shown below
}

// TrailPage is the trail, of one record or of all.
type TrailPage struct {
	Head
	Filter  *Filter
	Actions []Action
	More    string // said where the record has an older history than is shown
	Look    *Look  // nil: nothing is hidden, or the list is not of one record
	Empty   ui.EmptyProps
	Pager   ui.PagerProps
}

// RowError is a mistake in an imported file.
type RowError struct{ Row, Column, Text string }

// ImportReport says what an import did.
type ImportReport struct {
	Kind, Title, Text string // of the note
	Facts             []ui.Fact
	Bad               []RowError
	More              string // how many mistakes are not listed
	Token             string // of the kept file; empty when it is not kept
	FileName          string
	Submit            string // label of the button that imports the kept file
}

// ImportPage brings a file into a register.
type ImportPage struct {
	Head
	Kinds  []ui.Option
	Kind   string
	Skip   bool
	File   KeptFile
	Errors []ui.FieldError
	Report *ImportReport
	Forms  []Format
}

// KeptFile is the file of an earlier try of the form; empty when there is none.
type KeptFile struct{ Token, Name string }

// Format explains one kind of file.
type Format struct{ Title, Text, Sample string }

// Person is an official or a resident as the administrator sees him.
type Person struct {
	Head
	ID           string
	Facts        []ui.Fact
	Demo         bool
	Status       ui.BadgeProps
	Roles        []RoleRow
	Appointments []Term
	Delegations  []Term
	AppointForm  []Field
	DelegateForm []Field
	AppointErr   []ui.FieldError
	AppointOpen  bool
	DelegateOpen bool
	Warning      string // what must be mended
	DelegateErr  []ui.FieldError
	Block        *Toggle
	Again        string // address that sends the invitation again; empty for none
	Trail        string
	Strong       *StrongCard // nil: his identity is not confirmed
}

// StrongCard is the confirmed identity of a person.
type StrongCard struct {
	Text   string // by whom and when
	Action string // address that withdraws it
}

// RoleRow is one role of the service and whether the person holds it.
type RoleRow struct {
	Code, Label, Note string
	Held              bool
	Warning           string // what the role cannot do, for one without a post
}

// Term is an appointment or a delegation: what, on which days, in force or not.
type Term struct {
	Text, Note, Days string
	State            ui.BadgeProps
	End              string // address that ends it; empty when it is over
	EndLabel         string
}

// WorkRow is one kind of open work that somebody has in hand.
type WorkRow struct {
	Label, Count string
	Links        []ui.Link // the first of them
	More         string    // how many are not listed; empty for none
}

// WorkPage asks before an official or a unit with open work is taken out of the service.
type WorkPage struct {
	Head
	Note       ui.NoteProps
	Rows       []WorkRow
	Errors     []ui.FieldError
	Hand       *Field // to whom the work is handed over; nil: the reader cannot
	HandAction string
	HandNote   string      // who can, where the reader cannot
	Action     string      // of the form that goes on all the same
	Hidden     [][2]string // what it holds
	Submit     string
	Cancel     string
}

// CalendarPage is the working calendar.
type CalendarPage struct {
	Head
	Version  string
	Year     string
	Years    []ui.Tab
	Today    string
	Facts    []ui.Fact
	Regimes  [][]string
	Days     []CalendarDay
	DayForm  []Field
	DayErr   []ui.FieldError
	EndForm  []Field
	EndTitle string
	EndText  string
	EndErr   []ui.FieldError
	Versions [][]string
	Stale    string
}

// CalendarDay is one day of the year that is set apart.
type CalendarDay struct {
	Date, Name, Norm string
	Kind             ui.BadgeProps
	Drop             string // ISO date of a local day that can be dropped; empty otherwise
	DropLabel        string
}

// Mend is something that does not work until the administrator sees to it.
type Mend struct {
	Title string // «2 працівники без посади»
	Text  string // what it leads to
	Links []ui.Link
	More  ui.Link // the rest of them; empty for none
}

// OverviewPage is the first page of the administrator.
type OverviewPage struct {
	Head
	Tiles  []ui.TileProps
	Mend   []Mend // what waits for the administrator; empty: nothing does
	Tasks  []ui.Link
	Recent []Action
}

// allDemo reports whether every row is marked as demo data: then the page says
// it once, not on every line.
func allDemo(rows [][]Cell) bool {
	for _, r := range rows {
		if len(r) == 0 || !r[0].Demo {
			return false
		}
	}
	return len(rows) > 1
}

func indent(depth int) string {
	if depth == 0 {
		return ""
	}
	return strings.Repeat("\u2003", depth-1) + "\u2514\u00a0"
}

// named says in the summary which field is empty: «Код: заповніть це поле».
func named(ctx context.Context, errors []ui.FieldError, fields []Field) []ui.FieldError {
	out := slices.Clone(errors)
	for i, e := range out {
		for _, f := range fields {
			if f.Name == e.Field && e.Text == i18n.T(ctx, "city.err.required") {
				out[i].Text = i18n.T(ctx, "admin.err.required", "field", f.Label)
			}
		}
	}
	return out
}

func fieldErrors(all ...[]ui.FieldError) []ui.FieldError {
	var out []ui.FieldError
	for _, l := range all {
		out = append(out, l...)
	}
	return out
}
