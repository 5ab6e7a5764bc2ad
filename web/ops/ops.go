// Package ops is the door for operators: /healthz for the supervisor, the
// static files, and, in development alone, the outbox of letters.
package ops

import (
	"context"
	"html/template"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/mail"
	"ereception/static"
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

// The outbox is a developer's tool: plain pages without the frame.
var pages = template.Must(template.New("list").Funcs(template.FuncMap{"t": i18n.In}).Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{t $.Lang "ops.outbox"}}</title>
<link rel="stylesheet" href="{{.CSS}}"></head><body data-size="sm"><main class="wrap stack gap-l"><h1>{{t $.Lang "ops.outbox"}}</h1>
{{if .Letters}}<table class="t"><thead><tr><th>{{t $.Lang "ops.date"}}</th><th>{{t $.Lang "ops.to"}}</th><th>{{t $.Lang "ops.subject"}}</th></tr></thead><tbody>
{{range .Letters}}<tr><td>{{.Date}}</td><td>{{.To}}</td><td><a href="/dev/outbox/{{.File}}">{{.Subject}}</a></td></tr>{{end}}</tbody></table>
{{else}}<p>{{t $.Lang "ops.no_letters"}}</p>{{end}}</main></body></html>`))

var letterPage = template.Must(template.Must(pages.Clone()).New("letter").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.Subject}}</title>
<link rel="stylesheet" href="{{.CSS}}"></head><body data-size="sm"><main class="wrap stack gap-l"><p><a href="/dev/outbox">{{t $.Lang "ops.outbox"}}</a></p>
<h1>{{.Subject}}</h1><p>{{.To}} · {{.Date}}</p><pre>{{.Text}}</pre>
{{if .Links}}<ul>{{range .Links}}<li><a class="letter-link" href="{{.}}">{{.}}</a></li>{{end}}</ul>{{end}}
{{if .Attachments}}<ul>{{range .Attachments}}<li>{{.}}</li>{{end}}</ul>{{end}}</main></body></html>`))

type row struct{ File, To, Subject, Date string }

func (h *Handlers) list(c echo.Context) error {
	letters, err := h.outbox.List(200)
	if err != nil {
		return err
	}
	loc := i18n.Locale(httpx.Ctx(c))
	rows := make([]row, 0, len(letters))
	for _, l := range letters {
		rows = append(rows, row{l.File, l.To, l.Subject, i18n.DateTimeIn(loc, l.Date)})
	}
	return h.page(c, pages, map[string]any{"Lang": loc, "CSS": static.URL("app.css"), "Letters": rows})
}

func (h *Handlers) letter(c echo.Context) error {
	name, err := url.PathUnescape(c.Param("file"))
	if err != nil {
		return errs.NotFound()
	}
	l, err := h.outbox.Read(name)
	if err != nil {
		return errs.NotFound().Because(err)
	}
	loc := i18n.Locale(httpx.Ctx(c))
	return h.page(c, letterPage, map[string]any{
		"Lang": loc, "CSS": static.URL("app.css"), "Subject": l.Subject, "To": l.To, "Date": i18n.DateTimeIn(loc, l.Date),
		"Text": l.Text, "Links": l.Links, "Attachments": l.Attachments,
	})
}

func (h *Handlers) page(c echo.Context, t *template.Template, data any) error {
	c.Response().Header().Set("Content-Type", "text/html; charset=utf-8")
	c.Response().Header().Set("Cache-Control", "no-store")
	return t.Execute(c.Response(), data)
}
