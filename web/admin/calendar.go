package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// calendarForms is what stood in the forms of the calendar, with its mistakes.
type calendarForms struct {
	day, end       url.Values
	dayErr, endErr []ui.FieldError
	stale          bool
}

func (h *Handlers) calendar(c echo.Context) error {
	f := calendarForms{}
	if typed, ok := httpx.Typed(c); ok {
		f.day = typed
	}
	return h.showCalendar(c, http.StatusOK, f)
}

func (h *Handlers) showCalendar(c echo.Context, status int, f calendarForms) error {
	ctx := httpx.Ctx(c)
	loc := i18n.Locale(ctx)
	cal, err := h.city.Calendar(ctx)
	if err != nil {
		return err
	}
	versions, err := h.city.CalendarVersions(ctx)
	if err != nil {
		return err
	}
	today := cal.DateOf(h.clock.Now())
	year := int(number(c.QueryParam("year")))
	if year < 2000 || year > 2099 {
		year = today.Year
	}
	data := cal.Data()
	title := i18n.T(ctx, "admin.calendar.title")
	p := admin.CalendarPage{
		Head:    admin.Head{Frame: httpx.Office(c, title, "admin.calendar"), Title: title, Lead: i18n.T(ctx, "admin.calendar.lead")},
		Version: cal.Version(), Year: strconv.Itoa(year), DayErr: f.dayErr, EndErr: f.endErr,
	}
	if f.stale {
		p.Stale = i18n.T(ctx, "admin.calendar.stale", "version", cal.Version())
	}
	p.Today = i18n.T(ctx, "admin.calendar.today."+string(cal.RegimeAt(today).Kind), "date", i18n.Date(ctx, today.Time()))
	for _, r := range data.Regimes {
		until := i18n.T(ctx, "admin.calendar.open_end")
		if !r.To.IsZero() {
			until = i18n.Date(ctx, r.To.Time())
		}
		p.Regimes = append(p.Regimes, []string{
			i18n.T(ctx, "admin.regime."+string(r.Kind)),
			i18n.T(ctx, "admin.calendar.from_to", "from", i18n.Date(ctx, r.From.Time()), "to", until),
			localized(loc, r.Norm, r.NormEN),
		})
	}
	p.Regimes = append(p.Regimes, []string{i18n.T(ctx, "admin.regime.peace"), i18n.T(ctx, "admin.calendar.otherwise"), i18n.T(ctx, "admin.calendar.peace_norm")})
	for y := year - 1; y <= year+1; y++ {
		s := strconv.Itoa(y)
		p.Years = append(p.Years, ui.Tab{Label: s, Href: "/admin/calendar?year=" + s, Current: y == year})
	}
	for _, d := range cal.Holidays(year) {
		if d.Name == "" {
			continue // under martial law a holiday on a Sunday is a Sunday
		}
		day := admin.CalendarDay{
			Date: i18n.Date(ctx, d.Date.Time()) + ", " + i18n.T(ctx, "admin.weekday."+calendar.Weekday(d.Date.Weekday()).String()),
			Name: localized(loc, d.Name, d.NameEN), Norm: localized(loc, d.Norm, d.NormEN), Kind: dayBadge(ctx, d),
		}
		if d.Kind == calendar.LocalOff || d.Kind == calendar.LocalWorking {
			day.Drop = d.Date.String()
			day.DropLabel = i18n.T(ctx, "admin.calendar.drop_day", "date", i18n.Date(ctx, d.Date.Time()))
		}
		p.Days = append(p.Days, day)
	}
	hours := data.OfficeHours[len(data.OfficeHours)-1]
	var week string
	for i, w := range hours.Weekdays {
		if i > 0 {
			week += ", "
		}
		week += i18n.T(ctx, "admin.weekday."+w.String())
	}
	p.Facts = []ui.Fact{
		{Label: i18n.T(ctx, "admin.calendar.version"), Value: cal.Version()},
		{Label: i18n.T(ctx, "admin.calendar.week"), Value: week},
		{Label: i18n.T(ctx, "admin.calendar.hours"), Value: hours.Open.String() + "–" + hours.Close.String(), Num: true},
		{Label: i18n.T(ctx, "admin.calendar.next"), Value: i18n.Date(ctx, cal.NextWorking(today).Time()), Num: true},
	}
	for _, v := range versions {
		p.Versions = append(p.Versions, []string{v.Version, i18n.DateTime(ctx, v.CreatedAt)})
	}
	t := func(k string) string { return i18n.T(ctx, "admin.field."+k) }
	if f.day == nil {
		f.day = url.Values{"day_kind": {"off"}}
	}
	p.DayForm = fill(f.day,
		admin.Field{Name: "date", Label: t("date"), Type: "date"},
		admin.Field{Kind: "select", Name: "day_kind", Label: t("day_kind"), Options: []ui.Option{{Value: "off", Label: t("day_off")}, {Value: "working", Label: t("day_working")}}},
		admin.Field{Name: "reason", Label: t("reason"), Hint: t("reason_hint")},
		admin.Field{Name: "reason_en", Label: t("reason_en"), Optional: true},
		admin.Field{Name: "norm", Label: t("norm"), Hint: t("norm_hint")},
	)
	if n := len(data.Regimes); n > 0 {
		last := admin.Field{Name: "last", Label: t("last_day"), Type: "date"}
		p.EndTitle, p.EndText = i18n.T(ctx, "admin.calendar.end_regime"), i18n.T(ctx, "admin.calendar.end_text")
		if to := data.Regimes[n-1].To; !to.IsZero() {
			p.EndTitle, p.EndText = i18n.T(ctx, "admin.calendar.mend_regime"), i18n.T(ctx, "admin.calendar.mend_text")
			if f.end == nil {
				f.end = url.Values{"last": {to.String()}}
			}
		}
		p.EndForm = fill(f.end, last)
	}
	return httpx.Render(c, status, admin.Calendar(p))
}

func localized(locale, uk, en string) string {
	if locale == i18n.English && en != "" {
		return en
	}
	return uk
}

func dayBadge(ctx context.Context, d calendar.Day) ui.BadgeProps {
	b := ui.BadgeProps{Label: i18n.T(ctx, "admin.day."+string(d.Kind)), Color: "neutral"}
	if !d.Working {
		b.Color = "warning"
	}
	return b
}

// calendarDone answers a change of the calendar: a new version, the form again
// with its mistakes, or a word that another version came first.
func (h *Handlers) calendarDone(c echo.Context, err error, flash string, typed calendarForms, into func(*calendarForms, []ui.FieldError)) error {
	if err == nil {
		httpx.Flash(c, flash)
		return httpx.See(c, "/admin/calendar")
	}
	if errs.Is(err, errs.KindConflict) {
		typed.stale = true
		return h.showCalendar(c, http.StatusConflict, typed)
	}
	problems, _, ok := httpx.Problems(c, err)
	if !ok {
		return err
	}
	into(&typed, fieldErrors(problems))
	return h.showCalendar(c, http.StatusUnprocessableEntity, typed)
}

func (h *Handlers) calendarDay(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	_, err = h.city.SetLocalDay(httpx.Ctx(c), httpx.Actor(c), v.Get("base"), localDayOf(v))
	return h.calendarDone(c, err, "admin.calendar.saved", calendarForms{day: v}, func(f *calendarForms, e []ui.FieldError) { f.dayErr = e })
}

func (h *Handlers) calendarDrop(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	_, err = h.city.DropLocalDay(httpx.Ctx(c), httpx.Actor(c), v.Get("base"), dateOf(v.Get("date")))
	return h.calendarDone(c, err, "admin.calendar.saved", calendarForms{}, func(f *calendarForms, e []ui.FieldError) { f.dayErr = e })
}

func (h *Handlers) calendarRegime(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	ctx, actor := httpx.Ctx(c), httpx.Actor(c)
	err = h.endRegime(ctx, actor, v)
	return h.calendarDone(c, err, "admin.calendar.saved", calendarForms{end: v}, func(f *calendarForms, e []ui.FieldError) { f.endErr = e })
}

func (h *Handlers) endRegime(ctx context.Context, a authz.Actor, v url.Values) error {
	last := dateOf(v.Get("last"))
	if last.IsZero() && strings.TrimSpace(v.Get("last")) != "" {
		return errs.Fields().With("last", "city.err.date")
	}
	_, err := h.city.EndRegime(ctx, a, v.Get("base"), last)
	return err
}
