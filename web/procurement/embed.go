package procurement

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"ereception/internal/platform/fontwidth"
	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
	page "ereception/templates/procurement"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// What other sites show is the same for everybody, whatever session the request
// bears, and in the language of the address: neither cookies nor the browser
// choose it.

// embedSize is how many purchases the compact list holds.
const (
	embedSize = 10
	embedMost = 25
)

// embed is the compact list for a frame on another site.
func (h *Handlers) embed(c echo.Context) error {
	ctx := httpx.Embedded(c)
	v := url.Values{}
	for k, vals := range c.QueryParams() {
		if k != "lang" && k != "n" {
			v[k] = vals
		}
	}
	n, err := strconv.Atoi(c.QueryParam("n"))
	if err != nil || n < 1 || n > embedMost {
		n = embedSize
	}
	q, bad := dom.ParseQuery(v)
	if err := bad.OrNil(); err != nil {
		// Who set the frame up reads why it is empty; his readers get no list of something else.
		httpx.Framed(c, h.o.Ancestors)
		return httpx.Render(c, http.StatusUnprocessableEntity, page.Embed(page.EmbedPage{
			Title: i18n.T(ctx, "purchases.embed.title"), Lead: "", Empty: i18n.T(ctx, "procurement.err.query", "list", unread(c, err)),
			All:    ui.Link{Href: "/procurement/search", Label: i18n.T(ctx, "purchases.embed.all")},
			Caveat: i18n.T(ctx, "purchases.embed.caveat"),
		}))
	}
	q.Page = 1
	res, err := h.svc.Search(ctx, q)
	if err != nil {
		return err
	}
	p := page.EmbedPage{
		Title: i18n.T(ctx, "purchases.embed.title"), Lead: describe(ctx, q) + " · " + found(ctx, res), Empty: i18n.T(ctx, "purchases.embed.empty"),
		All:    ui.Link{Href: searchURL(q), Label: i18n.T(ctx, "purchases.embed.all")},
		Caveat: i18n.T(ctx, "purchases.embed.caveat"),
	}
	examples := len(res.Hits) > 0
	for i, hit := range res.Hits {
		examples = examples && hit.Example
		if i < n {
			p.Rows = append(p.Rows, embedRow(ctx, hit))
		}
	}
	if examples {
		p.Example = i18n.T(ctx, "purchases.embed.example")
	}
	httpx.Framed(c, h.o.Ancestors)
	return httpx.Render(c, http.StatusOK, page.Embed(p))
}

func found(ctx context.Context, res dom.Result) string {
	if res.AtLeast {
		return i18n.T(ctx, "purchases.embed.over", "n", i18n.Num(ctx, res.Total))
	}
	return i18n.N(ctx, "purchases.embed.found", res.Total)
}

// titleMost bounds a title in the compact list, in characters: some go on for half a page.
const titleMost = 140

func embedRow(ctx context.Context, hit dom.Hit) page.EmbedRow {
	r := page.EmbedRow{Title: hit.Title, Href: hit.Path(), Day: day(hit.Day), Sub: hit.BuyerName, Amount: money(ctx, hit.Amount, hit.Currency)}
	if r.Title == "" {
		r.Title = hit.Number
	}
	if t := []rune(r.Title); len(t) > titleMost {
		r.Title = strings.TrimRight(string(t[:titleMost-1]), " ,.;:") + "…"
	}
	switch {
	case hit.SoleTrader:
		r.Sub += " → " + i18n.T(ctx, "purchases.embed.sole_trader")
	case hit.SupplierName != "":
		r.Sub += " → " + hit.SupplierName
	}
	if n := signCount(hit.Signs); n > 0 {
		r.Signs = i18n.T(ctx, "purchases.badge.signs", "n", strconv.Itoa(n))
	}
	return r
}

// signCount counts indicators; the two profiles of one count once.
func signCount(signs []string) int {
	seen := map[string]bool{}
	for _, s := range signs {
		id, _, _ := strings.Cut(s, "@")
		seen[id] = true
	}
	return len(seen)
}

// badge is the picture of one contract.
func (h *Handlers) badge(c echo.Context) error {
	ctx := httpx.Embedded(c)
	st, err := h.svc.ContractSigns(ctx, c.Param("number"))
	if err != nil {
		return err
	}
	return httpx.Picture(c, ui.ShieldImage(badgeOf(ctx, st)))
}

func badgeOf(ctx context.Context, st dom.SignState) ui.Shield {
	b := ui.Shield{Label: i18n.T(ctx, "purchases.badge.label"), Color: ui.ShieldGrey, Text: i18n.T(ctx, "purchases.badge.unknown")}
	switch {
	case st.Counted && st.Signs > 0:
		b.Color, b.Text = ui.ShieldAmber, i18n.T(ctx, "purchases.badge.signs_at", "n", strconv.Itoa(st.Signs), "date", day(st.AsOf))
		b.Note = i18n.T(ctx, "purchases.embed.caveat")
	case st.Counted:
		b.Color, b.Text = ui.ShieldBlue, i18n.T(ctx, "purchases.badge.clear_at", "date", day(st.AsOf))
	}
	b.LabelWidth, b.TextWidth = fontwidth.Pixels(b.Label, ui.ShieldFont), fontwidth.Pixels(b.Text, ui.ShieldFont)
	return b
}

// Money writes a decimal sum with its currency as the pages of the purchases
// do; empty for no sum.
func Money(ctx context.Context, decimal, currency string) string {
	return money(ctx, decimal, currency)
}

// Describe says a search in words, for letters.
func Describe(ctx context.Context, q dom.Query) string { return describe(ctx, q) }

// embedCode is the piece of HTML that shows a search on another site.
func (h *Handlers) embedCode(c echo.Context, q dom.Query) templ.Component {
	ctx := httpx.Ctx(c)
	v := q.Values()
	v.Del("page")
	v.Set("lang", i18n.Locale(ctx))
	return ui.Snippet(ui.CodeBox{
		ID: "embed", Summary: i18n.T(ctx, "purchases.embed.summary"), Text: i18n.T(ctx, "purchases.embed.search_text"),
		Code: `<iframe src="` + html.EscapeString(h.o.BaseURL+"/procurement/embed?"+v.Encode()) + `" title="` +
			html.EscapeString(i18n.T(ctx, "purchases.embed.title")) + `" width="100%" height="640" loading="lazy"></iframe>`,
	})
}

// badgeCode is the piece of HTML that shows the badge of a contract.
func (h *Handlers) badgeCode(c echo.Context, number string) templ.Component {
	ctx := httpx.Ctx(c)
	src := contractURL(number) + "/badge.svg?lang=" + i18n.Locale(ctx)
	alt := i18n.T(ctx, "purchases.badge.alt", "number", number)
	return ui.Snippet(ui.CodeBox{
		ID: "badge", Summary: i18n.T(ctx, "purchases.badge.summary"), Text: i18n.T(ctx, "purchases.badge.text"), Image: src, Alt: alt,
		Code: `<a href="` + html.EscapeString(h.o.BaseURL+contractURL(number)) + `"><img src="` + html.EscapeString(h.o.BaseURL+src) +
			`" alt="` + html.EscapeString(alt) + `" height="20"></a>`,
	})
}
