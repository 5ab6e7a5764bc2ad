// Package petitionguard holds the pages of the desk of forged signatures: what
// came when and from where, what each rule finds, and what was taken out. Every
// string in a page struct is in the reader's language already.
package petitionguard

import (
	"strconv"

	"ereception/templates/layout"
	"ereception/templates/ui"
)

// Head is what the top of every page has.
type Head struct {
	Frame layout.OfficePage
	Back  ui.Link
	Title string
	Lead  string // which petition: its number
	Of    string // and its title
}

// DeskPage is the desk of one petition.
type DeskPage struct {
	Head
	Closed    string // why nothing can be taken out any more; empty when it can
	Tiles     []ui.TileProps
	Waiting   []Sweep // trials that wait for a person
	Chart     Chart
	Rules     []RuleRow
	Addresses Table
	Services  Table
	History   []Sweep
	Auto      string // what the guard does by itself
	Basis     string // where the usual shares come from
}

// Chart shows what came when; the table below says the same in figures.
type Chart struct {
	Empty   bool
	Label   string
	Legend  []Key
	Bars    []Bar
	Top     string // the height of the highest bar, in words
	First   string
	Last    string
	Columns []string
	Rows    [][]string
}

// Key explains a colour.
type Key struct{ Class, Label string }

// Bar is one interval: three parts one above the other, in thousandths.
type Bar struct{ X, W, Calm, Odd, Swept int }

// RuleRow is a rule with what it finds now.
type RuleRow struct {
	Name, Text, Found, Href string
	Some                    bool // it finds something
	Sure                    bool
}

// Table is a plain table.
type Table struct {
	Caption string
	Columns []string
	Rows    [][]Cell
	Empty   string
}

// Cell is one of its cells.
type Cell struct {
	Text string
	Num  bool
	Hot  bool // worth a look
}

// Sweep is one look for forged signatures in the history.
type Sweep struct {
	Rule, Params, When, Who, Note, Href, Open string
	State                                     ui.BadgeProps
}

// RulePage asks how a rule is meant.
type RulePage struct {
	Head
	Text     string
	Action   string
	Errors   []ui.FieldError
	Fields   []Field
	Also     ui.SelectProps
	Note     ui.TextAreaProps
	Cancel   string
	Closed   string
	Warning  string // that honest people do the same
	Question string
}

// Field is one parameter.
type Field struct {
	ui.FieldProps
	Area bool
}

// SweepPage shows what was found, and lets it be taken out or come back.
type SweepPage struct {
	Head
	Rule    string
	State   ui.BadgeProps
	Text    string
	Tiles   []ui.TileProps
	Facts   []ui.Fact
	Action  string
	Run     string // label of the button; empty when it cannot be pressed
	Undo    string
	Drop    string
	Effect  string // what pressing it does
	Again   string // address to look anew
	Refused string // why nothing was done
	Clues   []ui.Bar
	Sample  Table
	Lead2   string // of how many the sample is
	Sources Table
	Mails   Table
	Warning string
}

func n(i int) string { return strconv.Itoa(i) }
