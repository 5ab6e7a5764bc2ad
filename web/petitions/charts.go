package petitions

import (
	"context"
	"strconv"
	"time"

	dom "ereception/internal/petitions"
	"ereception/internal/platform/i18n"
	page "ereception/templates/petitions"
	"ereception/templates/ui"
)

// daysMost bounds the days of a chart; a gathering that is longer shows its last ones.
const daysMost = 370

// parseDay reads a day of the address; the zero moment for none.
func parseDay(s string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, s, i18n.Kyiv)
	if err != nil {
		return time.Time{}
	}
	return t
}

// bar is what was signed from a moment to the next bar.
type bar struct {
	at time.Time
	n  int
}

// charts draw the signatures by days over the whole gathering, and by hours of the
// day that was chosen, or of the one with the most; none without a signature.
func (h *Handlers) charts(ctx context.Context, v *dom.View, chosen time.Time) ([]page.Chart, error) {
	hours, err := h.svc.Hours(ctx, v.Number)
	if err != nil || len(hours) == 0 {
		return nil, err
	}
	now := h.clock.Now().In(i18n.Kyiv)
	last := hours[len(hours)-1].At.In(i18n.Kyiv)
	if v.State.Signable() && last.Before(now) {
		last = now
	}
	days := bars(hours, midnight(hours[0].At.In(i18n.Kyiv)), last, func(t time.Time) time.Time { return t.AddDate(0, 0, 1) })
	days = days[max(0, len(days)-daysMost):]
	day := 0
	for i, b := range days {
		if b.n > days[day].n {
			day = i
		}
	}
	for i, b := range days {
		if b.at.Equal(chosen) {
			day = i
		}
	}
	date := func(t time.Time) string { return i18n.DayMonth(ctx, t) }
	byDay := draw(ctx, i18n.T(ctx, "petitions.chart.days"), days, date)
	byDay.ID = "days"
	byDay.Links = []ui.Link{{Href: path(v.Number) + "/hours.csv", Label: i18n.T(ctx, "petitions.chart.csv")}, {Href: path(v.Number) + "/petition.json", Label: "JSON"}}
	of := days[day].at
	byHour := draw(ctx, i18n.T(ctx, "petitions.chart.hours_of", "date", i18n.Date(ctx, of)), bars(hours, of, of.AddDate(0, 0, 1).Add(-time.Second), func(t time.Time) time.Time { return t.Add(time.Hour) }),
		func(t time.Time) string { return t.Format("15:04") })
	byHour.ID = "hours"
	at := func(i int) *ui.Link {
		return &ui.Link{Href: path(v.Number) + "?day=" + days[i].at.Format(time.DateOnly) + "#hours", Label: date(days[i].at)}
	}
	for i := day - 1; i >= 0 && byHour.Before == nil; i-- {
		if days[i].n > 0 {
			byHour.Before = at(i)
		}
	}
	for i := day + 1; i < len(days) && byHour.After == nil; i++ {
		if days[i].n > 0 {
			byHour.After = at(i)
		}
	}
	if v.State.Signable() { // it goes on
		byDay.Bars[len(byDay.Bars)-1].Partial = true
	}
	return []page.Chart{byDay, byHour}, nil
}

// bars sum what was signed, from a moment to another.
func bars(hours []dom.Hour, from, last time.Time, next func(time.Time) time.Time) []bar {
	var out []bar
	i := 0
	for i < len(hours) && hours[i].At.Before(from) {
		i++
	}
	for at := from; !at.After(last); at = next(at) {
		b := bar{at, 0}
		for end := next(at); i < len(hours) && hours[i].At.Before(end); i++ {
			b.n += hours[i].N
		}
		out = append(out, b)
	}
	return out
}

func draw(ctx context.Context, title string, list []bar, label func(time.Time) string) page.Chart {
	most, least := 0, list[0].n
	for _, b := range list {
		most, least = max(most, b.n), min(least, b.n)
	}
	c := page.Chart{
		ID: "", Title: title, Label: i18n.T(ctx, "petitions.chart.label", "title", title, "min", i18n.Num(ctx, least), "max", i18n.Num(ctx, most)),
		From: label(list[0].at), To: label(list[len(list)-1].at), Most: i18n.Num(ctx, most), Columns: [2]string{i18n.T(ctx, "petitions.chart.when"), i18n.T(ctx, "petitions.chart.n")},
		Bars: nil, Rows: nil, DataTitle: i18n.T(ctx, "petitions.chart.table"), Links: nil, Before: nil, After: nil,
	}
	step := 280.0 / float64(max(len(list), 4))
	for i, b := range list {
		height := 0.0
		if b.n > 0 {
			height = max(68*float64(b.n)/float64(most), 1)
		}
		c.Bars = append(c.Bars, page.ChartBar{X: decimal(float64(i) * step), Y: decimal(86 - height), W: decimal(step * 0.75), H: decimal(height), Partial: false})
		c.Rows = append(c.Rows, [2]string{label(b.at), i18n.Num(ctx, b.n)})
	}
	return c
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}
