package cabinet

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/i18n"
	"ereception/templates/ui"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
)

// exportHeads are the columns of the list, in the catalogue as cabinet.export.<head>.
var exportHeads = []string{
	"number", "index", "kind", "procedure", "state", "title", "place", "topic", "district", "unit", "executor",
	"received", "registered", "due", "answered", "days_late", "rating",
}

// export gives the filtered tray, or the chosen rows of it, as a table of a
// spreadsheet. It names no applicant (see dom.Export).
func (h *Handlers) export(c echo.Context) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	q := c.QueryParams()
	f := readFilter(q).known()
	f.Set = string(setOf(who, f))
	if q.Has("from") { // of the bar of chosen rows
		f = filterOf(who, q.Get("from"))
	}
	filter, said := f.filter(), f.first().query()
	if q.Has("id") {
		filter = dom.Filter{Set: dom.SetAll, Numbers: q["id"]}
		said = url.Values{"id": q["id"]}.Encode()
	}
	each, err := h.appeals.Export(ctx, who, filter, said)
	if err != nil {
		return err
	}
	now := h.clock.Now()
	c.Response().Header().Set("Cache-Control", "no-store")
	heads := make([]string, len(exportHeads))
	for i, k := range exportHeads {
		heads[i] = i18n.T(ctx, "cabinet.export."+k)
	}
	return httpx.Table(c, "appeals-"+i18n.ISODate(now)+".csv", ';', heads, func(row func(...string) error) error {
		return each(func(r dom.ExportRow) error { return row(exportCells(ctx, &r, now)...) })
	})
}

func exportCells(ctx context.Context, r *dom.ExportRow, now time.Time) []string {
	day := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return i18n.ISODate(*t)
	}
	late := ""
	if end := cmp.Or(r.AnsweredAt, &now); end.After(r.DueAt) && (r.AnsweredAt != nil || !r.State.Done()) {
		late = strconv.Itoa(civil(*end) - civil(r.DueAt))
	}
	rating := ""
	if r.Rating != "" {
		rating = i18n.T(ctx, "cabinet.rated."+r.Rating)
	}
	return []string{
		r.Number, r.RegIndex, kindWord(ctx, r.Kind), i18n.T(ctx, "appeals.procedure."+string(r.Procedure)), ui.StatusWord(ctx, status(r.State, r.Extended)),
		r.Title, r.Place, r.Topic, r.District, r.Unit, r.Executor, day(&r.ReceivedAt), day(&r.RegisteredOn), day(&r.DueAt), day(r.AnsweredAt), late, rating,
	}
}
