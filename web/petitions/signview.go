package petitions

import (
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/identity"
	dom "ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	page "ereception/templates/petitions"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// signFields is what was typed; the domain judges it.
type signFields struct {
	name, email, district, key, stamp, version string
	resident                                   bool
}

func parseSign(v url.Values) signFields {
	return signFields{
		name: v.Get("name"), email: v.Get("email"), district: v.Get("district"), key: v.Get("k"), stamp: v.Get("stamp"),
		version: v.Get("version"), resident: v.Get("resident") != "",
	}
}

// fieldsOf is the form as it was when the letter was asked for.
func fieldsOf(d identity.SignData) signFields {
	f := signFields{name: "", email: "", district: "", key: d.SupportKey, stamp: "", version: "", resident: d.Resident}
	if d.District != 0 {
		f.district = strconv.FormatInt(d.District, 10)
	}
	return f
}

// districtID is 0 for what is no number: the same as nothing said. A number of
// no district is refused by the domain.
func (f signFields) districtID() int64 {
	n, _ := strconv.ParseInt(f.district, 10, 64)
	return n
}

func (f signFields) mark(ip string, took time.Duration) dom.Mark {
	return dom.Mark{IP: ip, Took: took, SupportKey: f.key, Resident: f.resident, DistrictID: f.districtID()}
}

func (f signFields) signer(x dom.SignPage, locale, ip string, took time.Duration) identity.NewSigner {
	title := ""
	if x.Public { // nobody has checked the words of another one: they must not go to strangers under the city's name
		title = x.Title
	}
	return identity.NewSigner{
		Name: f.name, Email: f.email, Locale: locale, NoticeVersion: f.version, IP: ip, MustReside: x.ResidentsOnly, Until: x.EndsAt,
		Sign: identity.SignData{
			Petition: x.Number, Title: title, SupportKey: x.SupportKey, District: f.districtID(), Resident: f.resident, Took: took,
		},
	}
}

func signProblems(c echo.Context, err error) []ui.FieldError {
	list, _, _ := httpx.Problems(c, err)
	var out []ui.FieldError
	for _, p := range list {
		out = append(out, ui.FieldError{Field: p.Field, Text: p.Message})
	}
	return out
}

// signFrame is the frame of these pages, below the petition.
func signFrame(c echo.Context, title string, x dom.SignPage) layout.Page {
	ctx := httpx.Ctx(c)
	p := httpx.Page(c, title)
	p.NoIndex = true
	p.Crumbs = []layout.Crumb{{Label: i18n.T(ctx, "petitionsign.petitions"), Href: "/petitions"}}
	if x.Title != "" {
		p.Crumbs = append(p.Crumbs, layout.Crumb{Label: i18n.T(ctx, "petitionsign.number", "number", strconv.FormatInt(x.Number, 10)), Href: withKey(path(x.Number), x.SupportKey)})
	}
	p.Crumbs = append(p.Crumbs, layout.Crumb{Label: title, Href: ""})
	return p
}

func signFormPage(c echo.Context, x dom.SignPage, f signFields, me dom.Signatory, districts []ui.Option, version string, providers []identity.OIDCProvider, problems []ui.FieldError) page.SignForm {
	ctx, a := httpx.Ctx(c), httpx.Actor(c)
	here := withKey(path(x.Number)+"/sign", x.SupportKey)
	name, fit := identity.SignerName(a.Name)
	out := page.SignForm{
		Page:   signFrame(c, i18n.T(ctx, "petitionsign.h1"), x),
		Number: i18n.T(ctx, "petitionsign.number", "number", strconv.FormatInt(x.Number, 10)), Title: x.Title,
		Petition: withKey(path(x.Number), x.SupportKey), Until: i18n.T(ctx, "petitionsign.until", "date", i18n.Date(ctx, x.EndsAt.Add(-time.Millisecond))),
		Action: path(x.Number) + "/sign", Guest: !a.SignedIn(), As: "", Name: f.name, Email: f.email, Key: x.SupportKey, Stamp: f.stamp, Version: version,
		AskResident: x.ResidentsOnly && !me.Resident, Resident: f.resident, Districts: districts, District: f.district,
		SignIn: "/sign-in?next=" + url.QueryEscape(here), Strong: "", Providers: nil, Problems: problems,
	}
	switch {
	case a.SignedIn() && fit:
		out.As = name
	case a.SignedIn() && f.name == "":
		out.Name = a.Name
	}
	for _, p := range providers {
		if !p.Strong || me.Strong {
			continue
		}
		href := "/oidc/" + p.ID
		if a.SignedIn() {
			href = "/account/strong/" + p.ID
		}
		label := i18n.T(ctx, "petitionsign.strong_confirm", "name", p.Name)
		if x.Tier != dom.TierStrong {
			label = i18n.T(ctx, "petitionsign.strong_in", "name", p.Name)
		}
		out.Providers = append(out.Providers, page.SignProvider{Name: label, Href: href + "?next=" + url.QueryEscape(here)})
	}
	if x.Tier == dom.TierStrong && !me.Strong {
		out.Strong = i18n.T(ctx, "petitionsign.strong_needed")
		if len(out.Providers) == 0 {
			out.Strong = i18n.T(ctx, "petitionsign.strong_none")
		}
	}
	return out
}

func pressPage(c echo.Context, x dom.SignPage, l identity.SignLinkPage, raw string) page.SignPress {
	ctx, a := httpx.Ctx(c), httpx.Actor(c)
	other := ""
	if a.SignedIn() && a.ID != l.PersonID {
		other = i18n.T(ctx, "petitionsign.other", "name", a.Name)
	}
	return page.SignPress{
		Page:   signFrame(c, i18n.T(ctx, "petitionsign.h1"), x),
		Number: i18n.T(ctx, "petitionsign.number", "number", strconv.FormatInt(x.Number, 10)), Title: x.Title,
		Petition: withKey(path(x.Number), x.SupportKey), Action: "/petitions/sign/" + url.PathEscape(raw), As: l.Name, Email: l.Email, Other: other,
	}
}

// says is a page of a few words about a petition.
func says(c echo.Context, x dom.SignPage, h1 string) page.SignMessage {
	ctx := httpx.Ctx(c)
	p := page.SignMessage{
		Page: signFrame(c, h1, x), H1: h1, Number: "", Title: x.Title, Href: "", Icon: "Information", Kind: "", Text: nil, Links: nil, Again: nil,
	}
	if x.Title == "" {
		p.Links = []ui.Link{{Label: i18n.T(ctx, "petitionsign.all"), Href: "/petitions"}}
		return p
	}
	p.Number = i18n.T(ctx, "petitionsign.number", "number", strconv.FormatInt(x.Number, 10))
	p.Href = withKey(path(x.Number), x.SupportKey)
	p.Links = []ui.Link{{Label: i18n.T(ctx, "petitionsign.to_petition"), Href: p.Href}, {Label: i18n.T(ctx, "petitionsign.all"), Href: "/petitions"}}
	return p
}

func sentPage(c echo.Context, x dom.SignPage) page.SignMessage {
	ctx := httpx.Ctx(c)
	p := says(c, x, i18n.T(ctx, "petitionsign.sent.h1"))
	p.Icon = "EnvelopeClosed"
	p.Text = []string{i18n.T(ctx, "petitionsign.sent.text"), i18n.T(ctx, "petitionsign.sent.spam")}
	p.Links = []ui.Link{
		{Label: i18n.T(ctx, "petitionsign.to_petition"), Href: p.Href},
		{Label: i18n.T(ctx, "petitionsign.sent.again"), Href: withKey(path(x.Number)+"/sign", x.SupportKey)},
	}
	return p
}

func deadPage(c echo.Context, x dom.SignPage) page.SignMessage {
	ctx := httpx.Ctx(c)
	p := says(c, x, i18n.T(ctx, "petitionsign.dead.h1"))
	p.Icon, p.Kind = "ExclamationmarkTriangle", "amber"
	p.Text = []string{i18n.T(ctx, "petitionsign.dead.text")}
	if x.Title != "" {
		p.Links = append([]ui.Link{{Label: i18n.T(ctx, "petitionsign.dead.again"), Href: withKey(path(x.Number)+"/sign", x.SupportKey)}}, p.Links...)
	}
	return p
}

func overPage(c echo.Context, x dom.SignPage) page.SignMessage {
	ctx := httpx.Ctx(c)
	p := says(c, x, i18n.T(ctx, "petitionsign.over.h1"))
	p.Icon = "Calendar"
	p.Text = []string{i18n.T(ctx, "petitionsign.over.text")}
	return p
}

func keptPage(c echo.Context, x dom.SignPage) page.SignMessage {
	ctx := httpx.Ctx(c)
	p := says(c, x, i18n.T(ctx, "petitionsign.kept.h1"))
	p.Icon = "Calendar"
	p.Text = []string{i18n.T(ctx, "petitionsign.kept.text")}
	return p
}

func offPage(c echo.Context, x dom.SignPage) page.SignMessage {
	ctx := httpx.Ctx(c)
	p := says(c, x, i18n.T(ctx, "petitionsign.off.h1"))
	p.Icon, p.Kind = "Hourglass", "amber"
	if r := x.OffReason(i18n.Locale(ctx)); r != "" {
		p.Text = append(p.Text, r)
	}
	p.Text = append(p.Text, i18n.T(ctx, "petitionsign.off.text"))
	return p
}

func forbiddenPage(c echo.Context, x dom.SignPage, e *errs.Error) page.SignMessage {
	ctx := httpx.Ctx(c)
	p := says(c, x, i18n.T(ctx, "petitionsign.forbidden.h1"))
	p.Icon, p.Kind = "PadlockLocked", "amber"
	p.Text = []string{i18n.T(ctx, e.Key, e.Args...)}
	return p
}

func busyPage(c echo.Context, x dom.SignPage, f signFields) page.SignMessage {
	ctx := httpx.Ctx(c)
	p := says(c, x, i18n.T(ctx, "petitionsign.busy.h1"))
	p.Icon = "Hourglass"
	p.Text = []string{i18n.T(ctx, "petitionsign.busy.text")}
	p.Again = &page.SignAgain{Action: path(x.Number) + "/sign", Fields: [][2]string{{"k", f.key}, {"stamp", f.stamp}, {"district", f.district}}}
	if f.resident {
		p.Again.Fields = append(p.Again.Fields, [2]string{"resident", "1"})
	}
	return p
}
