package public

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/static"
	"ereception/templates/layout"
	page "ereception/templates/public"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

func frame(c echo.Context, key string) layout.Page {
	title := i18n.T(httpx.Ctx(c), key)
	p := httpx.Page(c, title)
	p.Crumbs = []layout.Crumb{{Label: title, Href: ""}}
	return p
}

// verifyForm asks for a code; a code in the query leads to its page.
func (h *Handlers) verifyForm(c echo.Context) error {
	if code := typedCode(c.QueryParam("code")); code != "" {
		return httpx.See(c, "/verify/"+url.PathEscape(code))
	}
	return httpx.Render(c, http.StatusOK, page.Verify(page.VerifyPage{
		Page: frame(c, "public.verify.title"), Code: "", Problems: nil, Facts: nil, Digest: "",
	}))
}

// verify confirms that an answer with this code exists, who signed it and when.
// It tells neither the text nor the applicant: whoever found a paper learns
// whether it is genuine, and nothing else.
func (h *Handlers) verify(c echo.Context) error {
	ctx := httpx.Ctx(c)
	code := typedCode(c.Param("code"))
	p := page.VerifyPage{Page: frame(c, "public.verify.title"), Code: code, Problems: nil, Facts: nil, Digest: ""}
	p.Page.NoIndex = true
	found, err := h.app.Confirm(ctx, code)
	if errs.Is(err, errs.KindNotFound) {
		p.Problems = []ui.FieldError{{Field: "code", Text: i18n.T(ctx, "public.verify.unknown")}}
		return httpx.Render(c, http.StatusNotFound, page.Verify(p))
	}
	if err != nil {
		return err
	}
	p.Facts, p.Digest, p.Code, p.Intact = verifyFacts(ctx, found), groups(found.Digest), "", found.Intact
	return httpx.Render(c, http.StatusOK, page.Verify(p))
}

// language keeps the chosen language in a cookie and goes back.
func (h *Handlers) language(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	code := c.Param("code")
	if code != i18n.Ukrainian && code != i18n.English {
		return errs.NotFound()
	}
	httpx.SetCookie(c, httpx.Secure(c), httpx.LocaleCookie, code, 365*24*time.Hour)
	return httpx.See(c, httpx.SafeNext(v.Get("back"), "/"))
}

// help tells how to file and how long it takes.
func (h *Handlers) help(c echo.Context) error {
	return httpx.Render(c, http.StatusOK, page.Help(helpPage(httpx.Ctx(c), frame(c, "public.help.title"))))
}

// accessibility is the statement of accessibility.
func (h *Handlers) accessibility(c echo.Context) error {
	return httpx.Render(c, http.StatusOK, page.Accessibility(page.AccessibilityPage{Page: frame(c, "public.a11y.title")}))
}

// manifest lets a phone keep the portal beside its applications.
func (h *Handlers) manifest(c echo.Context) error {
	ctx := httpx.Ctx(c)
	b, err := json.Marshal(map[string]any{
		"name": i18n.T(ctx, "public.manifest.name"), "short_name": i18n.T(ctx, "public.manifest.short"), "lang": i18n.Locale(ctx),
		"start_url": "/", "scope": "/", "display": "browser", "background_color": "#f4f6fa", "theme_color": "#12274b",
		"icons": []map[string]string{{"src": static.URL("icon.svg"), "sizes": "any", "type": "image/svg+xml"}},
	})
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=3600")
	return c.Blob(http.StatusOK, "application/manifest+json", b)
}

const robotsText = `User-agent: *
Disallow: /account
Disallow: /admin
Disallow: /appeals
Disallow: /cabinet
Disallow: /files/
Disallow: /procurement/follow
Disallow: /procurement/search.
Disallow: /procurement/unfollow/
Disallow: /sign-in
Disallow: /verify/
`

// robots keeps search engines to the public pages.
func (h *Handlers) robots(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=3600")
	return c.String(http.StatusOK, robotsText)
}
