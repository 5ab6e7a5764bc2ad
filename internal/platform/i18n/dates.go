package i18n

import (
	"context"
	"strconv"
	"time"
	_ "time/tzdata" // the portal speaks Kyiv time wherever it runs
)

// Kyiv is the time zone in which every date is shown.
var Kyiv = mustKyiv()

func mustKyiv() *time.Location {
	for _, name := range []string{"Europe/Kyiv", "Europe/Kiev"} {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc
		}
	}
	panic("i18n: no time zone of Kyiv")
}

var months = map[string][12]string{
	Ukrainian: {"січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня", "листопада", "грудня"},
	English:   {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

var shortMonths = map[string][12]string{
	Ukrainian: {"січ.", "лют.", "бер.", "квіт.", "трав.", "черв.", "лип.", "серп.", "вер.", "жовт.", "лист.", "груд."},
	English:   {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
}

// Date writes «22 листопада 2026», "22 November 2026".
func Date(ctx context.Context, t time.Time) string { return DateIn(Locale(ctx), t) }

// DateIn is Date for a named locale.
func DateIn(locale string, t time.Time) string {
	t = t.In(Kyiv)
	return strconv.Itoa(t.Day()) + "\u00a0" + months[locale][t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// DateTime writes «22 листопада 2026, 10:42».
func DateTime(ctx context.Context, t time.Time) string { return DateTimeIn(Locale(ctx), t) }

// DateTimeIn is DateTime for a named locale.
func DateTimeIn(locale string, t time.Time) string {
	return DateIn(locale, t) + ", " + t.In(Kyiv).Format("15:04")
}

// DayMonth writes «22 лист.», for narrow rows.
func DayMonth(ctx context.Context, t time.Time) string {
	t = t.In(Kyiv)
	return strconv.Itoa(t.Day()) + "\u00a0" + shortMonths[Locale(ctx)][t.Month()-1]
}

// Clock writes the hour in Kyiv: «10:42».
func Clock(t time.Time) string { return t.In(Kyiv).Format("15:04") }

// Numeric writes «22.11.2026», for tables of documents.
func Numeric(t time.Time) string { return t.In(Kyiv).Format("02.01.2006") }

// ISODate writes 2026-11-22 in Kyiv time, for datetime attributes and inputs.
func ISODate(t time.Time) string { return t.In(Kyiv).Format("2006-01-02") }
