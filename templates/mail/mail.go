// Package mail is the HTML frame of letters.
//
// Mail programs are not browsers: the frame is made of tables with inline
// styles and no pictures, and reads well without any of them. Colours are
// chosen so that programs which turn a letter dark by themselves keep it
// readable; those that ask for the scheme get a style of its own. All texts are
// escaped; addresses of buttons other than http and https are dropped.
package mail

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"ereception/internal/platform/i18n"
)

// Props is a letter, in words of its language.
type Props struct {
	// Lang is the locale of the letter, "uk" or "en".
	Lang string
	// Subject is the heading of the letter, too.
	Subject string
	// Greeting may be empty.
	Greeting string
	// Paragraphs say what has happened.
	Paragraphs []string
	// Facts are labelled lines below them.
	Facts []Fact
	// Button is the one link of the letter; nil for none.
	Button *Button
	// Closing stands below the button.
	Closing []string
	// End is the link that ends letters of this kind; nil for none.
	End *Button
	// Footer says who sends the letter and why; empty: the usual words.
	Footer string
}

// Fact is a labelled line, such as the number of an appeal. With URL the value
// leads there; More is said after it.
type Fact struct{ Label, Value, URL, More string }

// Button is a link with its words.
type Button struct{ Label, URL string }

func (p Props) lang() string {
	if p.Lang == "" {
		return i18n.Default
	}
	return p.Lang
}

func (p Props) footer() string {
	if p.Footer == "" {
		return i18n.In(p.lang(), "mail.footer")
	}
	return p.Footer
}

// preheader is what lists of letters show beside the subject.
func (p Props) preheader() string {
	if len(p.Paragraphs) == 0 {
		return p.Subject
	}
	return p.Paragraphs[0]
}

// A number with its sign, as in «№ 2026-00302», and a name of one letter, a hyphen and
// a word, as the portal has: what is read aloud in one breath must not be broken at the
// end of a line, and the signs stay what they are, so that they can be copied and searched for.
var numbered = regexp.MustCompile(`(?:№|No\.)[ \x{a0}]?[\p{L}\d/-]*\d|\p{Lu}-\p{Ll}{1,20}`)

// unbroken is a text whose numbers and names stay on one line.
func unbroken(s string) templ.Component {
	return templ.Raw(numbered.ReplaceAllStringFunc(html.EscapeString(s), func(n string) string {
		return `<span style="white-space:nowrap">` + n + `</span>`
	}))
}

// valueMax is how long a value may be and still stand out from its label.
const valueMax = 80

// weight lets short values stand out; a sentence in bold is tiring.
func (f Fact) weight() string {
	if f.URL != "" || utf8.RuneCountInString(strings.TrimSpace(f.Value)) > valueMax {
		return "400"
	}
	return "600"
}
