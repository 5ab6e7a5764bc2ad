// Package ops is the door for operators: /healthz for the supervisor, the
// static files, and, in development alone, the outbox of letters.
package ops

import (
	"context"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/mail"
	"ereception/static"
	"ereception/templates/layout"
	page "ereception/templates/ops"
	"ereception/web/httpx"
)

// Health answers whether the portal can serve.
type Health interface {
	Ping(ctx context.Context) error
}

// Handlers serve the area.
type Handlers struct {
	health Health
	outbox *mail.Outbox // nil: no /dev/outbox
}

// New builds the area. A nil outbox leaves /dev/outbox out.
func New(h Health, outbox *mail.Outbox) *Handlers { return &Handlers{h, outbox} }

// Area is the table of routes.
func (h *Handlers) Area() httpx.Area {
	anyone := httpx.Need(authz.PublicRead)
	files := echo.WrapHandler(static.Handler())
	a := httpx.Area{Name: "ops", Routes: []httpx.Route{
		{Method: httpx.GET, Path: "/healthz", Policy: anyone, Handler: h.healthz},
		{Method: httpx.GET, Path: static.Prefix + "*", Policy: anyone, Handler: files},
		{Method: http.MethodHead, Path: static.Prefix + "*", Policy: anyone, Handler: files},
	}}
	if h.outbox != nil {
		a.Routes = append(a.Routes,
			httpx.Route{Method: httpx.GET, Path: "/dev/outbox", Policy: anyone, Handler: h.list},
			httpx.Route{Method: httpx.GET, Path: "/dev/outbox/:file", Policy: anyone, Handler: h.letter})
	}
	return a
}

func (h *Handlers) healthz(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	if err := h.health.Ping(httpx.Ctx(c)); err != nil {
		return errs.Unavailable("errors.unavailable").Because(err)
	}
	return c.String(http.StatusOK, "ok\n")
}

func (h *Handlers) list(c echo.Context) error {
	letters, err := h.outbox.List(200)
	if err != nil {
		return err
	}
	ctx := httpx.Ctx(c)
	rows := make([]page.Letter, 0, len(letters))
	for _, l := range letters {
		rows = append(rows, page.Letter{Href: "/dev/outbox/" + l.File, To: strings.Trim(l.To, "<>"), Subject: l.Subject, Date: i18n.DateTime(ctx, l.Date)})
	}
	return h.page(c, page.List(h.frame(c, i18n.T(ctx, "ops.outbox"), ""), rows))
}

func (h *Handlers) letter(c echo.Context) error {
	name, err := httpx.Param(c, "file")
	if err != nil {
		return err
	}
	l, err := h.outbox.Read(name)
	if err != nil {
		return errs.NotFound().Because(err)
	}
	return h.page(c, page.Show(h.frame(c, l.Subject, "/dev/outbox"), page.Letter{
		To: strings.Trim(l.To, "<>"), Subject: l.Subject, Date: i18n.DateTime(httpx.Ctx(c), l.Date), Text: l.Text, Links: l.Links, Attachments: l.Attachments,
	}))
}

func (h *Handlers) frame(c echo.Context, title, list string) layout.Page {
	p := httpx.Page(c, title)
	p.NoIndex = true
	p.Crumbs = []layout.Crumb{{Label: i18n.T(httpx.Ctx(c), "ops.outbox"), Href: list}}
	if list != "" {
		p.Crumbs = append(p.Crumbs, layout.Crumb{Label: title})
	}
	return p
}

func (h *Handlers) page(c echo.Context, t templ.Component) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return httpx.Render(c, http.StatusOK, t)
}
