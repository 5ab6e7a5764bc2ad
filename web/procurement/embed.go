package procurement

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// kept is how long caches may keep it.
const kept = "public, max-age=300"

// embedded puts the language of the address into the request.
func embedded(c echo.Context) context.Context {
	lang := c.QueryParam("lang")
	if lang != i18n.English {
		lang = i18n.Default
	}
	ctx := i18n.With(httpx.Ctx(c), lang)
	c.SetRequest(c.Request().WithContext(ctx))
	return ctx
}

// embedSize is how many purchases the compact list holds.
const (
	embedSize = 10
	embedMost = 25
)

// embed is the compact list for a frame on another site.
func (h *Handlers) embed(c echo.Context) error {
	ctx := embedded(c)
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
	q, _ := dom.ParseQuery(v) // what cannot be read is left out: nobody is there to mend it
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
	h.framed(c)
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

// framed lets the sites of the configuration, and the portal itself, show the
// answer in a frame. It is the only page that may be framed at all.
func (h *Handlers) framed(c echo.Context) {
	head := c.Response().Header()
	head.Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'", "style-src 'self'", "font-src 'self'", "img-src 'self' data:", "form-action 'none'", "base-uri 'none'",
		strings.Join(append([]string{"frame-ancestors 'self'"}, h.o.Ancestors...), " "),
	}, "; "))
	head.Del("X-Frame-Options")
	head.Set("Cache-Control", kept)
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
	ctx := embedded(c)
	st, err := h.svc.ContractSigns(ctx, c.Param("number"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := page.Badge(badgeOf(ctx, st)).Render(ctx, &b); err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	etag := `"` + hex.EncodeToString(sum[:12]) + `"`
	head := c.Response().Header()
	head.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	head.Set("Cross-Origin-Resource-Policy", "cross-origin") // it is made to be shown elsewhere
	head.Set("Cache-Control", kept)
	head.Set("ETag", etag)
	if strings.Contains(c.Request().Header.Get("If-None-Match"), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, "image/svg+xml; charset=utf-8", b.Bytes())
}

func badgeOf(ctx context.Context, st dom.SignState) page.BadgeImage {
	b := page.BadgeImage{Label: i18n.T(ctx, "purchases.badge.label"), Color: page.BadgeUnknown, Text: i18n.T(ctx, "purchases.badge.unknown")}
	switch {
	case st.Counted && st.Signs > 0:
		b.Color, b.Text = page.BadgeSign, i18n.T(ctx, "purchases.badge.signs_at", "n", strconv.Itoa(st.Signs), "date", day(st.AsOf))
	case st.Counted:
		b.Color, b.Text = page.BadgeClear, i18n.T(ctx, "purchases.badge.clear_at", "date", day(st.AsOf))
	}
	b.LabelWidth, b.TextWidth = fontwidth.Pixels(b.Label, page.BadgeFont), fontwidth.Pixels(b.Text, page.BadgeFont)
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
	return page.Snippet(page.CodeBox{
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
	return page.Snippet(page.CodeBox{
		ID: "badge", Summary: i18n.T(ctx, "purchases.badge.summary"), Text: i18n.T(ctx, "purchases.badge.text"), Image: src, Alt: alt,
		Code: `<a href="` + html.EscapeString(h.o.BaseURL+contractURL(number)) + `"><img src="` + html.EscapeString(h.o.BaseURL+src) +
			`" alt="` + html.EscapeString(alt) + `" height="20"></a>`,
	})
}
