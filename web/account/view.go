package account

import (
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/platform/i18n"
	page "ereception/templates/account"
	"ereception/templates/layout"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

func formOf(p identity.Person) profileForm {
	return profileForm{Name: p.Name, Phone: p.Phone, Address: p.Address, Locale: p.Locale, Version: strconv.Itoa(p.Version)}
}

// overNewer keeps what was typed and takes the version that stands now.
func overNewer(f profileForm, p identity.Person) profileForm {
	f.Version = strconv.Itoa(p.Version)
	return f
}

func differences(c echo.Context, f profileForm, p identity.Person) []page.Difference {
	var out []page.Difference
	add := func(key, here, there string) {
		if strings.TrimSpace(here) != there {
			out = append(out, page.Difference{Label: t(c, key), Here: here, There: there})
		}
	}
	add("account.name", f.Name, p.Name)
	add("account.phone", f.Phone, p.Phone)
	add("account.address", f.Address, p.Address)
	if f.Locale != p.Locale {
		out = append(out, page.Difference{
			Label: t(c, "account.locale"), Here: i18n.In(f.Locale, "account.language"), There: i18n.In(p.Locale, "account.language"),
		})
	}
	if len(out) == 0 { // both windows saved the same words
		out = append(out, page.Difference{Label: t(c, "account.name"), Here: f.Name, There: p.Name})
	}
	return out
}

func profilePage(c echo.Context, o page.Own, p identity.Person, f profileForm, stale []page.Difference, parked, news bool, list []identity.Consent, strong *page.StrongBox) page.ProfilePage {
	out := page.ProfilePage{
		Own: o, Name: f.Name, Phone: f.Phone, Address: f.Address, Email: p.Email, Locale: f.Locale, Locales: nil,
		Version: httpx.Version(f.Version), Stale: stale, Parked: parked, Newsletter: news, Consents: nil, Strong: strong,
	}
	for _, l := range i18n.Locales {
		out.Locales = append(out.Locales, ui.Option{Value: l, Label: i18n.In(l, "account.language")})
	}
	for _, v := range list {
		row := page.Consent{Text: "", Time: i18n.DateTime(httpx.Ctx(c), v.CreatedAt), Href: ""}
		switch {
		case v.Kind == "privacy":
			row.Text, row.Href = t(c, "account.consent_privacy", "version", v.Version), "/privacy/"+v.Version
		case v.Given:
			row.Text = t(c, "account.consent_given")
		default:
			row.Text = t(c, "account.consent_withdrawn")
		}
		out.Consents = append(out.Consents, row)
	}
	return out
}

func sessionRows(c echo.Context, list []identity.Session, current string, providers []identity.OIDCProvider) []page.Session {
	var out []page.Session
	for _, s := range list {
		how := t(c, "account.sessions.by_password")
		if id, ok := strings.CutPrefix(s.Method, "oidc:"); ok {
			name := id
			for _, p := range providers {
				if p.ID == id {
					name = p.Name
				}
			}
			how = t(c, "account.sessions.by_provider", "name", name)
		} else if s.Method == "link" {
			how = t(c, "account.sessions.by_link")
		}
		ctx := httpx.Ctx(c)
		since := t(c, "account.sessions.since", "time", i18n.DateTime(ctx, s.CreatedAt), "how", how)
		if s.IP != "" {
			since = t(c, "account.sessions.since_ip", "time", i18n.DateTime(ctx, s.CreatedAt), "how", how, "ip", s.IP)
		}
		out = append(out, page.Session{
			ID: s.ID, Device: device(c, s.UserAgent), Seen: t(c, "account.sessions.seen", "time", i18n.DateTime(ctx, s.LastSeenAt)), Since: since, Current: s.ID == current,
		})
	}
	slices.SortStableFunc(out, func(a, b page.Session) int { // this device first
		switch {
		case a.Current == b.Current:
			return 0
		case a.Current:
			return -1
		default:
			return 1
		}
	})
	return out
}

// device names a browser and a system well enough to recognise one's own.
func device(c echo.Context, ua string) string {
	pick := func(pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if strings.Contains(ua, pairs[i]) {
				return pairs[i+1]
			}
		}
		return ""
	}
	browser := pick("Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "FxiOS/", "Firefox", "CriOS/", "Chrome", "Chrome/", "Chrome", "Safari/", "Safari")
	system := pick("Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS X", "macOS", "CrOS", "ChromeOS", "Linux", "Linux")
	switch {
	case browser != "" && system != "":
		return browser + ", " + system
	case browser+system != "":
		return browser + system
	default:
		return t(c, "account.sessions.unknown")
	}
}

func delegationRows(c echo.Context, list []identity.Delegation, a authz.Actor) []page.Delegation {
	var out []page.Delegation
	for _, d := range list {
		out = append(out, page.Delegation{
			ID: strconv.FormatInt(d.ID, 10), Name: d.Name, Post: d.PostTitle, Basis: d.Basis,
			Until: t(c, "account.act_for.until", "date", i18n.Date(httpx.Ctx(c), d.ValidTo)),
			Now:   a.ActingFor != nil && a.ActingFor.ID == d.FromID,
		})
	}
	return out
}

func privacyPage(c echo.Context, n identity.Notice) page.PrivacyPage {
	ctx := httpx.Ctx(c)
	return page.PrivacyPage{
		Page:   notice(c),
		Meta:   t(c, "account.privacy.meta", "version", n.Version, "date", i18n.Date(ctx, n.ValidFrom)),
		Blocks: blocks(n.Body(i18n.Locale(ctx))),
	}
}

// notice is the frame of the one page of the area that anybody may find.
func notice(c echo.Context) layout.Page {
	p := frame(c, t(c, "account.privacy.h1"))
	p.NoIndex = false
	return p
}

// blocks cuts the text of a notice: "## " begins a heading, "- " an item of a
// list, an empty line ends a paragraph.
func blocks(body string) []page.Block {
	var out []page.Block
	var para []string
	flush := func() {
		if len(para) > 0 {
			out = append(out, page.Block{Heading: "", Text: strings.Join(para, " "), Items: nil})
			para = nil
		}
	}
	list := false
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		item, isItem := strings.CutPrefix(line, "- ")
		heading, isHeading := strings.CutPrefix(line, "## ")
		switch {
		case line == "":
			flush()
		case isHeading:
			flush()
			out = append(out, page.Block{Heading: heading, Text: "", Items: nil})
		case isItem && list:
			out[len(out)-1].Items = append(out[len(out)-1].Items, item)
		case isItem:
			flush()
			out = append(out, page.Block{Heading: "", Text: "", Items: []string{item}})
		default:
			para = append(para, line)
		}
		list = isItem
	}
	flush()
	return out
}
