package httpx

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	"ereception/templates/ui"
)

// Frame knows what stands around a page: the menus by role, the reader, the footer.
type Frame struct {
	Clock clock.Clock
	Demo  bool
	Dev   bool
	// Trays counts what lies on the desk of an official, in the order of his
	// menu. Nil: no counters.
	Trays func(ctx context.Context, a authz.Actor) ([]Tray, error)
}

// Tray is one entry of an official's menu. Key is that of the set and of the
// catalogue's «frame.set.<key>»; Count -1 shows none, 1000 means «999+».
type Tray struct {
	Key   string
	Count int
}

func frameOf(c echo.Context) *Frame {
	r, _ := c.Get(renderKey).(*renderer)
	if r == nil {
		return &Frame{Clock: clock.System{}}
	}
	return &r.o.Frame
}

// Secure reports whether the portal is served over https.
func Secure(c echo.Context) bool {
	r, _ := c.Get(renderKey).(*renderer)
	return r != nil && r.o.Secure
}

// Page fills the frame of a public page: title, crumbs and the rest are the page's own.
func Page(c echo.Context, title string) layout.Page {
	ctx, a, f := Ctx(c), Actor(c), frameOf(c)
	t := func(key string) string { return i18n.T(ctx, key) }
	path := c.Request().URL.Path
	nav := func(key, href string) layout.NavLink {
		return layout.NavLink{Label: t(key), Href: href, Current: path == href || href != "/" && strings.HasPrefix(path, href+"/")}
	}
	p := layout.Page{
		Title: title, Path: c.Request().URL.RequestURI(), SignIn: "/sign-in", Accessibility: "/accessibility",
		Year: f.Clock.Now().In(i18n.Kyiv).Year(), Demo: f.Demo,
		Nav: []layout.NavLink{
			nav("frame.nav_file", "/appeals/new"), nav("frame.nav_map", "/map"), nav("frame.nav_petitions", "/petitions"), nav("frame.nav_purchases", "/procurement"),
			nav("frame.nav_help", "/help"),
		},
		Footer: []layout.FooterColumn{
			{Title: t("frame.foot_help"), Links: []ui.Link{
				{Label: t("frame.foot_how"), Href: "/help"}, {Label: t("frame.nav_verify"), Href: "/verify"}, {Label: t("frame.nav_map"), Href: "/map"},
			}},
			{Title: t("frame.foot_data"), Links: []ui.Link{
				{Label: t("frame.foot_purchases"), Href: "/procurement"},
				{Label: t("frame.foot_indicators"), Href: "/procurement/indicators"},
				{Label: t("frame.foot_ocds"), Href: "/procurement/ocds.json"},
				{Label: t("frame.foot_petitions"), Href: "/petitions.csv"},
			}},
			{Title: t("frame.foot_portal"), Links: []ui.Link{
				{Label: t("frame.foot_accessibility"), Href: "/accessibility"}, {Label: t("frame.foot_privacy"), Href: "/privacy"},
			}},
		},
	}
	if c.Request().Method != GET {
		p.Path = path // the switch of languages comes back to a page that can be read
	}
	if a.SignedIn() {
		p.User = badge(ctx, a)
		p.NoIndex = true
		p.Footer = append(p.Footer, layout.FooterColumn{Title: t("frame.own"), Links: []ui.Link{
			{Label: t("frame.my_appeals"), Href: "/appeals"},
			{Label: t("frame.my_petitions"), Href: "/account/petitions"},
			{Label: t("frame.my_purchases"), Href: "/account/purchases"},
			{Label: t("frame.account"), Href: "/account"},
		}})
	}
	if text := FlashText(c); text != "" {
		p.Flash = []ui.FlashProps{{Kind: "ok", Text: text}}
	}
	if filesToChoose(c) {
		p.Flash = append(p.Flash, ui.FlashProps{Kind: "warn", Text: t("frame.files_lost")})
	}
	return p
}

func badge(ctx context.Context, a authz.Actor) *layout.UserBadge {
	b := &layout.UserBadge{
		Name: ShortName(a.Name), Initials: Initials(a.Name), Role: a.PostTitle,
		Href: "/appeals", Label: i18n.T(ctx, "frame.my_page"), SignOut: "/sign-out",
		Account: "/account", AccountLabel: i18n.T(ctx, "frame.account_short"),
	}
	if a.PostEn != "" && i18n.Locale(ctx) == i18n.English {
		b.Role = a.PostEn
	}
	switch {
	case a.ActingFor != nil:
		b.Role = i18n.T(ctx, "frame.acting_for", "name", ShortName(a.ActingFor.Name))
	case b.Role == "" && a.Has(authz.RoleAdmin):
		b.Role = i18n.T(ctx, "frame.role_admin")
	}
	switch {
	case a.Can(authz.CabinetRead):
		b.Href, b.Label = "/cabinet", i18n.T(ctx, "frame.cabinet")
	case a.Can(authz.AdminRead):
		b.Href, b.Label = "/admin", i18n.T(ctx, "frame.cabinet")
	}
	return b
}

// ShortName writes «О. Коваленко» for «Коваленко Олена Ігорівна».
func ShortName(full string) string {
	w := strings.Fields(full)
	if len(w) < 2 {
		return full
	}
	return first(w[1]) + ".\u00a0" + w[0]
}

// Initials writes «КО» for «Коваленко Олена Ігорівна».
func Initials(full string) string {
	out := ""
	for _, w := range strings.Fields(full) {
		if out += first(w); utf8.RuneCountInString(out) == 2 {
			break
		}
	}
	return strings.ToUpper(out)
}

func first(s string) string {
	r, _ := utf8.DecodeRuneInString(s)
	return string(r)
}

// trayIcons by set, as in the mock-ups.
var trayIcons = map[string]string{
	"incoming": "Inbox", "clarifying": "ChatExclamationmark", "control": "Hourglass", "overdue": "ExclamationmarkTriangle", "done": "CheckmarkCircle", "stranded": "CircleSlash",
	"sign": "PencilWriting", "resolve": "FileText", "post": "Paperplane", "mine": "Inbox", "unit": "PersonGroup", "work": "Wrench", "all": "FileCheckmark",
}

// Office fills the frame of a cabinet. current is the key of the tray or of the
// page of the administrator that is open: «incoming», «admin.units».
func Office(c echo.Context, title, current string) layout.OfficePage {
	ctx, a, f := Ctx(c), Actor(c), frameOf(c)
	p := layout.OfficePage{Page: Page(c, title), Home: "/"}
	p.Page.NoIndex = true
	if a.Can(authz.CabinetRead) {
		p.Search, p.Query, p.Home = "/cabinet/appeals", c.QueryParam("q"), "/cabinet"
		p.Groups = append(p.Groups, trays(ctx, f, a, current), layout.NavGroup{Title: i18n.T(ctx, "frame.petitions"), Items: []layout.NavItem{
			{Label: i18n.T(ctx, "frame.petition_desk"), Href: "/cabinet/petitions", Icon: "PencilWriting", Current: current == "petitions"},
		}})
	}
	if a.Can(authz.AdminRead) {
		if p.Home == "/" {
			p.Home = "/admin"
		}
		p.Groups = append(p.Groups, adminNav(ctx, current))
	}
	p.Groups = append(p.Groups, layout.NavGroup{Title: i18n.T(ctx, "frame.own"), Items: []layout.NavItem{
		{Label: i18n.T(ctx, "frame.account"), Href: "/account", Icon: "PersonCircle", Current: current == "account"},
		{Label: i18n.T(ctx, "frame.my_appeals"), Href: "/appeals", Icon: "FileText"},
	}})
	return p
}

func trays(ctx context.Context, f *Frame, a authz.Actor, current string) layout.NavGroup {
	g := layout.NavGroup{Title: i18n.T(ctx, "frame.appeals")}
	if a.Has(authz.RoleManager) {
		g.Items = append(g.Items, layout.NavItem{Label: i18n.T(ctx, "frame.desk"), Href: "/cabinet/desk", Icon: "BarChart", Current: current == "desk"})
	}
	if f.Trays == nil {
		return g
	}
	list, err := f.Trays(ctx, a)
	if err != nil {
		return g // the menu is no reason to fail a page
	}
	for _, t := range list {
		it := layout.NavItem{Label: i18n.T(ctx, "frame.set."+t.Key), Href: "/cabinet/appeals?set=" + t.Key, Icon: trayIcons[t.Key], Current: current == t.Key}
		switch {
		case t.Count >= 1000:
			it.Count = "999+"
		case t.Count >= 0:
			it.Count = strconv.Itoa(t.Count)
		}
		switch {
		case t.Count <= 0:
		case t.Key == "overdue" || t.Key == "stranded":
			it.Level = "red"
		case t.Key == "sign" || t.Key == "resolve":
			it.Level = "amb"
		case it.Current:
			it.Level = "cnt"
		}
		g.Items = append(g.Items, it)
	}
	return g
}

// adminPages of the administrator's menu: key, address, icon.
var adminPages = [][3]string{
	{"people", "/admin/people", "PersonGroup"},
	{"units", "/admin/units", "Buildings3"},
	{"topics", "/admin/topics", "Tag"},
	{"streets", "/admin/streets", "LocationPin"},
	{"districts", "/admin/districts", "Compass"},
	{"calendar", "/admin/calendar", "Calendar"},
	{"templates", "/admin/templates", "FileText"},
	{"import", "/admin/import", "Upload"},
	{"buyers", "/admin/buyers", "Wallet"},
	{"petitions", "/admin/petitions", "PencilWriting"},
	{"trail", "/admin/trail", "ClockDashed"},
}

func adminNav(ctx context.Context, current string) layout.NavGroup {
	g := layout.NavGroup{Title: i18n.T(ctx, "frame.admin")}
	for _, p := range adminPages {
		g.Items = append(g.Items, layout.NavItem{
			Label: i18n.T(ctx, "frame.admin."+p[0]), Href: p[1], Icon: p[2], Current: current == "admin."+p[0],
		})
	}
	return g
}

// Error is the page of an error.
func (f *Frame) Error(c echo.Context, status int, message, hint string, again bool) templ.Component {
	p := Page(c, i18n.T(Ctx(c), "errors.title", "status", strconv.Itoa(status)))
	p.NoIndex = true
	return layout.Error(p, message, hint, again)
}
