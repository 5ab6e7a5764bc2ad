package cabinet

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	"ereception/templates/ui"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
	page "ereception/templates/cabinet"
)

// deskRows is how many answers to sign the desk shows; the tray has them all.
const deskRows = 8

// desk shows a manager what waits for his hand, and how his units work.
func (h *Handlers) desk(c echo.Context) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	v := deskView{who: who, now: h.clock.Now()}
	var err error
	if v.counts, err = h.appeals.Counts(ctx, who); err != nil {
		return err
	}
	if v.sign, _, err = h.appeals.Queue(ctx, who, dom.Filter{Set: dom.SetSign}); err != nil {
		return err
	}
	if v.late, _, err = h.appeals.Queue(ctx, who, dom.Filter{Set: dom.SetOverdue}); err != nil {
		return err
	}
	if v.over, err = h.appeals.Overview(ctx, who); err != nil {
		return err
	}
	p := v.page(ctx)
	p.Frame = httpx.Office(c, p.Title, "desk")
	return httpx.Render(c, http.StatusOK, page.Desk(p))
}

// deskView maps what a manager has to the page.
type deskView struct {
	who        authz.Actor
	now        time.Time
	counts     map[dom.Set]int
	sign, late []dom.Row
	over       dom.Overview
}

func (v deskView) page(ctx context.Context) page.DeskPage {
	return page.DeskPage{
		Frame:    layout.OfficePage{},
		Title:    i18n.T(ctx, "cabinet.desk.title"),
		Lead:     v.lead(ctx),
		Tiles:    v.tiles(ctx),
		Chips:    v.chips(ctx),
		Sign:     v.signRows(ctx),
		Units:    v.units(ctx),
		Work:     v.work(ctx),
		Months:   v.months(ctx),
		Watch:    v.watch(ctx),
		Reopened: v.reopened(ctx),
	}
}

func (v deskView) lead(ctx context.Context) string {
	n := v.counts[dom.SetSign]
	if n == 0 {
		return i18n.T(ctx, "cabinet.desk.lead_none", "date", i18n.Date(ctx, v.now))
	}
	s := i18n.N(ctx, "cabinet.desk.lead", n)
	if v.over.SignSoon > 0 {
		s += " " + i18n.N(ctx, "cabinet.desk.lead_soon", v.over.SignSoon)
	}
	return s
}

func trayURL(s dom.Set) string { return inTray(s).href() }

func (v deskView) tiles(ctx context.Context) []ui.TileProps {
	tile := func(s dom.Set, lvl, note string) ui.TileProps {
		n := v.counts[s]
		if n == 0 {
			lvl = ""
		}
		return ui.TileProps{
			Value: countText(ctx, n), Unit: "", Label: i18n.T(ctx, "cabinet.desk.tile."+string(s)), Note: note, Href: trayURL(s), Level: lvl,
		}
	}
	soon := i18n.T(ctx, "cabinet.desk.note_sign_none")
	if v.over.SignSoon > 0 {
		soon = i18n.N(ctx, "cabinet.desk.note_sign", v.over.SignSoon)
	}
	onTime := i18n.T(ctx, "cabinet.desk.note_no_answers")
	if v.over.Answered > 0 {
		onTime = i18n.T(ctx, "cabinet.desk.note_on_time", "percent", v.over.OnTime)
	}
	return []ui.TileProps{
		tile(dom.SetSign, ui.LevelSoon, soon),
		tile(dom.SetResolve, "", i18n.N(ctx, "cabinet.desk.note_reopened", v.over.Reopened)),
		tile(dom.SetOverdue, ui.LevelLate, onTime),
		tile(dom.SetWork, "", i18n.N(ctx, "cabinet.desk.note_clarifying", v.counts[dom.SetClarifying])),
	}
}

func (v deskView) chips(ctx context.Context) []ui.ChipProps {
	chip := func(s dom.Set) ui.ChipProps {
		return ui.ChipProps{Label: i18n.T(ctx, "frame.set."+string(s)), Href: trayURL(s), Count: countText(ctx, v.counts[s])}
	}
	return []ui.ChipProps{chip(dom.SetSign), chip(dom.SetResolve)}
}

func (v deskView) signRows(ctx context.Context) []page.SignRow {
	var out []page.SignRow
	for _, r := range v.sign[:min(len(v.sign), deskRows)] {
		out = append(out, page.SignRow{
			Href: caseURL(r.Number, "", inTray(dom.SetSign)), Number: r.Number, Title: title(r),
			Sub: dots(r.Unit, shortName(r.Executor)), Due: v.due(ctx, r),
		})
	}
	return out
}

func title(r dom.Row) string {
	if r.Place == "" {
		return r.Title
	}
	return r.Title + ", " + r.Place
}

func dots(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " · ")
}

func (v deskView) due(ctx context.Context, r dom.Row) ui.DueProps {
	p := ui.DueProps{Days: civil(r.DueAt) - civil(v.now), Level: "", Text: "", Short: true}
	if v.now.After(r.DueAt) && p.Days == 0 {
		p.Level, p.Text = ui.LevelLate, i18n.T(ctx, "ui.due.late_today")
	}
	return p
}

func loadRows(ctx context.Context, list []dom.Load, longest func(dom.Load) int) []page.LoadRow {
	most := 1
	for _, l := range list {
		most = max(most, longest(l))
	}
	out := make([]page.LoadRow, 0, len(list))
	for _, l := range list {
		out = append(out, page.LoadRow{
			Name: l.Name, Open: i18n.Num(ctx, l.Open), Late: i18n.Num(ctx, l.Late),
			OpenPercent: l.Open * 90 / most, LatePercent: l.Late * 90 / most,
		})
	}
	return out
}

// label tells a chart in words: «Управління ЖКГ 6, Управління транспорту 3».
func label(head string, rows []page.LoadRow, value func(page.LoadRow) string) string {
	parts := make([]string, 0, len(rows))
	for _, r := range rows {
		parts = append(parts, r.Name+" "+value(r))
	}
	return head + ": " + strings.Join(parts, ", ")
}

func (v deskView) units(ctx context.Context) page.LoadChart {
	rows := loadRows(ctx, v.over.Units, func(l dom.Load) int { return l.Late })
	return page.LoadChart{
		Label: label(i18n.T(ctx, "cabinet.desk.units"), rows, func(r page.LoadRow) string { return r.Late }), Rows: rows,
	}
}

func (v deskView) work(ctx context.Context) page.LoadChart {
	list := make([]dom.Load, len(v.over.Executors))
	for i, l := range v.over.Executors {
		l.Name = shortName(l.Name)
		list[i] = l
	}
	rows := loadRows(ctx, list, func(l dom.Load) int { return l.Open })
	return page.LoadChart{
		Label: label(i18n.T(ctx, "cabinet.desk.load"), rows, func(r page.LoadRow) string { return r.Open }), Rows: rows,
	}
}

// The chart of months, in the units of its picture.
const (
	chartLeft, chartRight  = 48, 432
	chartTop, chartBottom  = 20, 196
	chartLines             = 4
	chartSmallest, dayStep = 4, 2
)

func (v deskView) months(ctx context.Context) page.MonthChart {
	c := page.MonthChart{Label: i18n.T(ctx, "cabinet.desk.days")}
	list := v.over.Months
	if len(list) == 0 {
		return c
	}
	top := float64(chartSmallest)
	for _, m := range list {
		top = max(top, m.Days)
	}
	// The axis ends at a figure that its lines divide into whole days.
	unit := dayStep
	for float64(unit*chartLines) < top {
		unit += dayStep
	}
	full := float64(unit * chartLines)
	y := func(days float64) float64 { return chartBottom - (chartBottom-chartTop)*days/full }
	for i := range chartLines + 1 {
		at := y(float64(i * unit))
		c.Axis = append(c.Axis, page.AxisLine{Y: fix(at), TextY: fix(at + 4), Label: i18n.Num(ctx, i*unit)})
	}
	step := 0.0
	if len(list) > 1 {
		step = float64(chartRight-chartLeft) / float64(len(list)-1)
	}
	var line strings.Builder
	for i, m := range list {
		x, at := float64(chartLeft)+step*float64(i), y(m.Days)
		if len(list) == 1 {
			x = (chartLeft + chartRight) / 2
		}
		labelY := at + 20
		if labelY > chartBottom-4 {
			labelY = at - 10
		}
		c.Rows = append(c.Rows, page.MonthRow{
			Name:  i18n.T(ctx, "cabinet.month."+strconv.Itoa(int(m.First.In(i18n.Kyiv).Month())), "year", m.First.In(i18n.Kyiv).Format("2006")),
			Short: i18n.T(ctx, "cabinet.month_short."+strconv.Itoa(int(m.First.In(i18n.Kyiv).Month()))),
			Days:  decimal(ctx, fmt.Sprintf("%.1f", m.Days)), OnTime: i18n.T(ctx, "cabinet.percent", "n", m.OnTime), Answered: i18n.Num(ctx, m.Answered),
			X: fix(x), Y: fix(at), LabelY: fix(labelY), Last: i == len(list)-1,
		})
		cmd := " L"
		if i == 0 {
			cmd = "M"
		}
		line.WriteString(cmd + fix(x) + " " + fix(at))
	}
	if len(list) > 1 {
		c.Line = line.String()
		c.Area = c.Line + " V" + strconv.Itoa(chartBottom) + " H" + strconv.Itoa(chartLeft) + " Z"
	}
	first, last := c.Rows[0], c.Rows[len(c.Rows)-1]
	c.Desc = i18n.T(ctx, "cabinet.desk.days_desc", "first", first.Name, "from", first.Days, "last", last.Name, "to", last.Days)
	return c
}

func fix(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

func (v deskView) watch(ctx context.Context) []page.WatchRow {
	var out []page.WatchRow
	for _, r := range v.late[:min(len(v.late), 4)] {
		w := page.WatchRow{Href: caseURL(r.Number, "", inTray(dom.SetOverdue)), Title: title(r), Due: v.due(ctx, r)}
		for _, s := range []string{r.Unit, shortName(r.Executor)} {
			if s != "" {
				w.Meta = append(w.Meta, s)
			}
		}
		out = append(out, w)
	}
	return out
}

func (v deskView) reopened(ctx context.Context) string {
	if v.over.Reopened == 0 {
		return ""
	}
	return i18n.N(ctx, "cabinet.desk.reopened", v.over.Reopened)
}
