// Package public holds the pages that everybody may read: the home page, the
// check of an answer by its code, help and the accessibility statement.
//
// A page is a struct above its templ, filled by web/public; strings in it are
// already in the reader's language.
package public

import (
	"github.com/a-h/templ"

	"ereception/templates/layout"
	"ereception/templates/ui"
)

// HomePage is the front door.
type HomePage struct {
	Page layout.Page
	// SignedIn readers get their own appeals as the third task.
	SignedIn bool
	// Dots of the hero picture: the public appeals of today, in pixels of hero-net.svg.
	Dots []Dot
	// Today tells how many there are; empty without dots.
	Today string
	// Examples are words that people often write; each starts an appeal.
	Examples []ui.Link
	Figures  []Figure
	Updated  string
	Map      ui.MapListProps
	Latest   []Item
	// Topics are those that people wrote of most often lately; each starts an appeal.
	Topics []Topic
	// Blocks are what other areas show of themselves, below the map.
	Blocks []templ.Component
}

// Dot is a point of the hero picture.
type Dot struct{ X, Y string }

// Figure is one number of the home page.
type Figure struct{ Value, Unit, Label string }

// Item is a public appeal of the list beside the map.
type Item struct {
	Title  string
	Href   string
	Place  string
	When   string
	Status string // code for ui.Status
	Pin    string // kind for ui.Pin
}

// Topic is a topic with the number of its appeals on the map.
type Topic struct{ Name, Href, Count string }

// VerifyPage is the check of an answer by its code.
type VerifyPage struct {
	Page     layout.Page
	Code     string
	Problems []ui.FieldError
	// Facts of the answer; empty until a code was found.
	Facts []ui.Fact
	// Digest of the signed text, in hex.
	Digest string
	// Intact: what is stored is what was signed.
	Intact bool
}

// HelpPage tells how to file and how long it takes.
type HelpPage struct {
	Page layout.Page
	// Terms are the rows of the table of terms.
	Terms []TermRow
}

// TermRow is a row of the table of terms.
type TermRow struct{ What, Term, More, Law string }

// AccessibilityPage is the accessibility statement.
type AccessibilityPage struct {
	Page layout.Page
}
