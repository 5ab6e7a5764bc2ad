package procurement

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
	"ereception/static"
	page "ereception/templates/procurement"
	"ereception/web/httpx"
)

// Open data is for everybody, other sites included. It is streamed: a search may
// find a hundred thousand rows.

// exports are the forms in which a search can be taken away.
func exports(ctx context.Context, q dom.Query) []page.Export {
	return []page.Export{
		{Icon: "FileCsv", Label: "CSV", Href: withQuery("/procurement/search.csv", q), Type: "text/csv"},
		{Icon: "FileJson", Label: "JSON", Href: withQuery("/procurement/search.json", q), Type: "application/json"},
		{Icon: "FileExcel", Label: "XLSX", Href: withQuery("/procurement/search.xlsx", q), Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{Icon: "FileJson", Label: "OCDS", Href: withQuery("/procurement/ocds.json", q), Type: "application/json"},
		{Icon: "Link", Label: "RSS", Href: withQuery("/procurement/search.rss", q), Type: "application/rss+xml"},
	}
}

func valuesExports(_ context.Context) []page.Export {
	return []page.Export{
		{Icon: "FileCsv", Label: "CSV", Href: "/procurement/indicators.csv", Type: "text/csv"},
		{Icon: "FileJson", Label: "JSON", Href: "/procurement/indicators.json", Type: "application/json"},
	}
}

// query reads the conditions of data; what cannot be read is an error, not
// everything there is. There is no form beside it: the error names the conditions.
func query(c echo.Context) (dom.Query, error) {
	q, bad := dom.ParseQuery(c.QueryParams())
	if bad.OrNil() == nil {
		return q, nil
	}
	return q, errs.Invalid("procurement.err.query", "list", unread(c, bad))
}

// unread says which conditions cannot be read, and why.
func unread(c echo.Context, bad error) string {
	list, _, _ := httpx.Problems(c, bad)
	var words []string
	for _, p := range list {
		words = append(words, p.Field+": "+p.Message)
	}
	slices.Sort(words) // two fields are read in any order
	return strings.Join(words, "; ")
}

// unchanged answers a request for what the reader has already: by ETag, else by
// the time of the last change.
func unchanged(c echo.Context, etag string, modified time.Time, form string) bool {
	tag := `"` + strings.Trim(etag, `"`) + "-" + form + "-" + i18n.Locale(httpx.Ctx(c)) + `"`
	head, req := c.Response().Header(), c.Request()
	head.Set("ETag", tag)
	head.Add("Vary", "Cookie, Accept-Language")
	if !modified.IsZero() {
		head.Set("Last-Modified", modified.UTC().Format(http.TimeFormat))
	}
	if len(req.Header.Values("If-None-Match")) > 0 {
		return static.Known(req.Header, tag)
	}
	since, err := http.ParseTime(req.Header.Get("If-Modified-Since"))
	return err == nil && !modified.IsZero() && !modified.Truncate(time.Second).After(since)
}

// stream sends data as it is made. After the first byte an error can only break
// the answer off; before it, it becomes a page as everywhere.
func stream(c echo.Context, contentType, name string, write func(io.Writer) error) error {
	head := c.Response().Header()
	head.Set("Access-Control-Allow-Origin", "*")
	head.Set("Cache-Control", "public, no-cache")
	head.Set("Content-Type", contentType)
	if name != "" {
		head.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	if c.Request().Method == http.MethodHead {
		c.Response().WriteHeader(http.StatusOK)
		return nil
	}
	err := write(&lazy{c})
	if err != nil && !c.Response().Committed {
		for _, k := range []string{"Content-Type", "Content-Disposition", "ETag", "Last-Modified"} {
			head.Del(k)
		}
	}
	return err
}

// lazy commits the answer with the first byte.
type lazy struct{ c echo.Context }

func (l *lazy) Write(b []byte) (int, error) {
	if !l.c.Response().Committed {
		l.c.Response().WriteHeader(http.StatusOK)
	}
	return l.c.Response().Write(b)
}

func notModified(c echo.Context) error {
	c.Response().Header().Set("Access-Control-Allow-Origin", "*")
	return c.NoContent(http.StatusNotModified)
}

// fileName says what is in a file and of which day it is.
func (h *Handlers) fileName(what, ext string) string {
	return what + "-" + i18n.ISODate(h.clock.Now()) + "." + strings.TrimPrefix(ext, ".")
}

// export is a search as a table.
func (h *Handlers) export(format string) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := httpx.Ctx(c)
		q, err := query(c)
		if err != nil {
			return err
		}
		etag, modified, err := h.svc.DataState(ctx)
		if err != nil {
			return err
		}
		if unchanged(c, etag, modified, format) {
			return notModified(c)
		}
		mime, ext := dom.ExportType(format)
		return stream(c, mime, h.fileName("zhytomyr-"+kindOf(q)+"s", ext), func(w io.Writer) error {
			return h.svc.Export(ctx, q, format, w, i18n.Locale(ctx))
		})
	}
}

// feed is a search as a stream of news.
func (h *Handlers) feed(format string) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := httpx.Ctx(c)
		q, err := query(c)
		if err != nil {
			return err
		}
		q.Page = 0
		etag, modified, err := h.svc.FeedState(ctx, q)
		if err != nil {
			return err
		}
		if unchanged(c, etag, modified, format) {
			return notModified(c)
		}
		o := dom.FeedOptions{
			Base: h.o.BaseURL, Format: format, Title: i18n.T(ctx, "procurement.title") + ": " + describe(ctx, q),
			Description: i18n.T(ctx, "procurement.caveat.title") + " " + i18n.T(ctx, "procurement.caveat.text"),
			Self:        h.o.BaseURL + withQuery("/procurement/search."+format, q),
		}
		return stream(c, "application/"+format+"+xml; charset=utf-8", "", func(w io.Writer) error { return h.svc.Feed(ctx, q, o, w) })
	}
}

// tenderOCDS is one purchase as an OCDS release package.
func (h *Handlers) tenderOCDS(c echo.Context) error {
	ctx, number := httpx.Ctx(c), c.Param("number")
	return stream(c, "application/json; charset=utf-8", "", func(w io.Writer) error {
		return h.svc.TenderOCDS(ctx, number, h.o.BaseURL, w)
	})
}

// ocds is a search as OCDS release packages, page by page.
func (h *Handlers) ocds(c echo.Context) error {
	ctx := httpx.Ctx(c)
	q, err := query(c)
	if err != nil {
		return err
	}
	etag, modified, err := h.svc.DataState(ctx)
	if err != nil {
		return err
	}
	if unchanged(c, etag, modified, "ocds") {
		return notModified(c)
	}
	return stream(c, "application/json; charset=utf-8", "", func(w io.Writer) error { return h.svc.OCDS(ctx, q, h.o.BaseURL, w) })
}

// values is the data set of all values of the indicators, or those of the purchase
// with the number in ?tender=.
func (h *Handlers) values(format string) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := httpx.Ctx(c)
		etag, modified, err := h.svc.DataState(ctx)
		if err != nil {
			return err
		}
		if unchanged(c, etag, modified, format) {
			return notModified(c)
		}
		mime, ext := dom.ExportType(format)
		number := strings.ToValidUTF8(strings.ReplaceAll(c.QueryParam("tender"), "\x00", ""), "")
		return stream(c, mime, h.fileName("zhytomyr-indicator-values", ext), func(w io.Writer) error { return h.svc.ExportValues(ctx, w, format, number) })
	}
}

// set is a small set of open data: registry.csv, monitorings.json.
func (h *Handlers) set(c echo.Context) error {
	ctx := httpx.Ctx(c)
	set, format, _ := strings.Cut(c.Param("file"), ".")
	if !slices.Contains(dom.DataSets, set) {
		return errs.NotFound()
	}
	mime, ext := dom.ExportType(format)
	c.Response().Header().Add("Vary", "Cookie, Accept-Language")
	return stream(c, mime, h.fileName("zhytomyr-procurement-"+set, ext), func(w io.Writer) error { return h.svc.ExportSet(ctx, w, set, format, i18n.Locale(ctx)) })
}
