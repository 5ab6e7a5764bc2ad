// Package layout is the frame of every page: Public for residents, Office for
// the cabinets, Bare for pages that must stand alone (an error before anything
// is known of the reader, print).
//
// The frame knows nothing of areas: navigation, footer and the reader's badge
// are handed in, so that no link leads to a page that does not exist. Words of
// the frame itself come from the catalogue ("layout.*"). All that the browser
// loads is same-origin and hashed; there are no inline styles or scripts.
package layout

import (
	"strings"

	"github.com/a-h/templ"

	"ereception/static"
	"ereception/templates/ui"
)

// Crumb is a step of the path to the page; the last has no Href.
type Crumb struct {
	Label string
	Href  string
}

// NavLink is an entry of the main menu.
type NavLink struct {
	Label   string
	Href    string
	Current bool
}

// NavItem is an entry of the left navigation of the cabinets.
type NavItem struct {
	Label string
	Href  string
	// Icon by Aksel's name (ui.Icon).
	Icon string
	// Count as words; empty for none.
	Count string
	// Level paints the count: "" plain, "cnt" grey chip, "amb" amber, "red" red.
	Level   string
	Current bool
}

// NavGroup is a part of the left navigation under one heading.
type NavGroup struct {
	Title string
	Items []NavItem
}

// FooterColumn is a column of links in the footer.
type FooterColumn struct {
	Title string
	Links []ui.Link
}

// UserBadge is the signed-in reader.
type UserBadge struct {
	// Name as it is shown: «О. Коваленко».
	Name string
	// Initials in the circle of the cabinets: «ОК».
	Initials string
	// Role or unit under the name in the cabinets.
	Role string
	// Href of «Моя сторінка» or of the cabinet.
	Href string
	// Label of that link: «Моя сторінка», «Кабінет».
	Label string
	// Account is the address of the reader's own account, with its label; shown in the strip of public pages.
	Account      string
	AccountLabel string
	// SignOut is the address that takes POST.
	SignOut string
	// Inbox is the address of the notifications; empty for none.
	Inbox string
	// Unread notifications.
	Unread int
}

// Page is what the frame needs to know of a page.
type Page struct {
	// Title without the name of the site; the h1 is the page's own affair.
	Title string
	// Description for search engines; Title when empty.
	Description string
	// Path of the page with its query: where the switch of languages comes back.
	Path string
	// Crumbs lead to the page; none on the home page.
	Crumbs []Crumb
	// Nav is the main menu.
	Nav []NavLink
	// SignIn is the address of the sign-in, shown while User is nil; empty hides it.
	SignIn string
	// User is the signed-in reader; nil for a visitor.
	User *UserBadge
	// Accessibility is the address of the accessibility statement; empty hides the link.
	Accessibility string
	// Footer columns beside the city's address.
	Footer []FooterColumn
	// Year of the copyright line; 0 leaves it out.
	Year int
	// Demo says that the data is made up (footer and a ribbon).
	Demo bool
	// Flash messages above the page.
	Flash []ui.FlashProps
	// Bundles are further scripts by plain name ("map"): NAME.js and, if built, NAME.css.
	Bundles []string
	// NoIndex keeps the page out of search engines.
	NoIndex bool
	// Bleed leaves the children without the centred column: they bring their own div.wrap.
	Bleed bool
	// TightFooter leaves no gap above the footer (map pages).
	TightFooter bool
	// Head are further elements of the head; may be nil.
	Head templ.Component
}

// OfficePage is a page of the cabinets.
type OfficePage struct {
	Page
	// Groups are the left navigation, by the reader's role.
	Groups []NavGroup
	// Search is the address of the search (GET, field "q"); empty hides it.
	Search string
	// Query that was searched for.
	Query string
	// Home is the address of the brand; "/" when empty.
	Home string
}

func (p OfficePage) home() string {
	if p.Home == "" {
		return "/"
	}
	return p.Home
}

// preloads are the fonts that the first screen needs.
var preloads = []string{
	"inter-cyrillic-wght-normal.woff2",
	"arsenal-cyrillic-700-normal.woff2",
}

func bundleCSS(name string) (string, bool) {
	return static.URL(name + ".css"), static.Has(name + ".css")
}

// langAction is the form's address of a language.
func langAction(locale string) templ.SafeURL { return templ.SafeURL("/lang/" + locale) }

// back keeps the switch of languages on the portal: only a path of its own.
func back(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return "/"
	}
	return path
}

// crest is the placeholder of the coat of arms: the city supplies the official
// one. It says its size itself: without the style sheet it would fill the window.
const crest = `<svg viewBox="0 0 42 48" width="42" height="48" aria-hidden="true" focusable="false"><path d="M2 2h38v24c0 10-8 16-19 20C10 42 2 36 2 26Z" fill="#1d4a94" stroke="#e0a526" stroke-width="2.5"/><path d="M11 33V17h3v3h3v-3h3v3h2v-3h3v3h3v-3h3v16h-7v-5a3 3 0 0 0-6 0v5Z" fill="#fff"/></svg>`
