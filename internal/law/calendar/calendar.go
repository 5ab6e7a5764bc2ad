// Package calendar knows which days a body of local self-government works and
// to which working day a document received at a given moment belongs.
//
// It is pure: no database, no clock, no configuration. A Calendar is made from
// versioned Data — built in (Default) or kept by the caller as JSON (New) — and
// never changes afterwards, so that a term counted with it can be counted again.
//
// How a day is judged, from the general to the particular:
//
//  1. the office week (Mon–Fri) of the office hours in force on that day;
//  2. in peace time, holidays (КЗпП, ст. 73) are non-working; a day off on which a
//     holiday falls moves to the next day that is neither a day off nor a holiday
//     (КЗпП, ст. 67 ч. 3); a working day swapped by the Cabinet is off, the
//     Saturday it went to is working;
//  3. under martial law rule 2 is off (Закон 2136-IX, ст. 6 ч. 6): a holiday is an
//     ordinary day, nothing moves; Saturday and Sunday stay days off;
//  4. a local order — a day off or a working day — outweighs all of these.
//
// The regime is asked for each day by itself, so that a term may begin in one
// regime and end in another. Holidays are known from 1997 to 2100 (see Covers).
package calendar

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // the zone must be known on a machine without zoneinfo too
)

const (
	firstYear = 1997 // Закон 393/96-ВР is of 02.10.1996; nothing earlier is counted
	lastYear  = 2100
)

// Calendar answers what kind of day a date is. Make one with New or Default; the
// zero Calendar is empty (see Valid) and none of its other methods may be called.
// A Calendar is immutable and safe for concurrent use; copying it is cheap.
type Calendar struct{ t *table }

type table struct {
	data  Data
	loc   *time.Location
	law   map[Date]mark // what peace time makes of a date
	local map[Date]mark // what a local order makes of it
}

type mark struct {
	kind         Kind
	name, nameEN string
	norm, normEN string
}

// Kind says why a day is working or not.
type Kind string

// The kinds of days.
const (
	Workday          Kind = "workday"
	Weekend          Kind = "weekend"
	HolidayOff       Kind = "holiday"           // КЗпП, ст. 73
	MovedOff         Kind = "moved-off"         // КЗпП, ст. 67 ч. 3
	TransferOff      Kind = "transfer-off"      // swapped by the Cabinet: off
	TransferWorking  Kind = "transfer-working"  // swapped by the Cabinet: working
	LocalOff         Kind = "local-off"         // off by an order of this body
	LocalWorking     Kind = "local-working"     // working by an order of this body
	SuspendedHoliday Kind = "suspended-holiday" // would be off in peace; works under martial law
)

// Day is the verdict on one date. Name is set for every kind but Workday and
// Weekend; Norm cites what made it so; NormEN is empty where the citation exists in
// Ukrainian only (an order of the Cabinet or of this body).
type Day struct {
	Date         Date
	Working      bool
	Kind         Kind
	Regime       RegimeKind
	Name, NameEN string
	Norm, NormEN string
}

// New checks data and makes a Calendar of a copy of it. Every fault found is
// named in the error, which wraps ErrInvalid.
func New(data Data) (Calendar, error) {
	if err := data.validate(); err != nil {
		return Calendar{}, err
	}
	loc, err := location(data.Zone)
	if err != nil {
		return Calendar{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	t := &table{data: data.clone(), loc: loc, law: map[Date]mark{}, local: map[Date]mark{}}
	t.addHolidays()
	for _, s := range t.data.Transfers {
		name, nameEN := "перенесений робочий день", "moved working day"
		t.law[s.Off] = mark{TransferOff, name, nameEN, s.Norm, ""}
		t.law[s.On] = mark{TransferWorking, name, nameEN, s.Norm, ""}
	}
	for _, l := range t.data.DaysOff {
		t.local[l.Date] = l.mark(LocalOff)
	}
	for _, l := range t.data.ExtraWorking {
		t.local[l.Date] = l.mark(LocalWorking)
	}
	return Calendar{t}, nil
}

// Default returns the calendar of the built-in data.
func Default() Calendar { return builtin() }

var builtin = sync.OnceValue(func() Calendar {
	c, err := New(Builtin())
	if err != nil {
		panic(err) // a test holds that the built-in data is valid
	}
	return c
})

// Kyiv returns the time zone Europe/Kyiv, known on any machine.
func Kyiv() *time.Location { return builtin().t.loc }

// location loads a zone; Kyiv under its former name where zoneinfo is old.
func location(zone string) (*time.Location, error) {
	if zone == "" || zone == "Europe/Kyiv" || zone == "Europe/Kiev" {
		loc, err := time.LoadLocation("Europe/Kyiv")
		if err != nil {
			loc, err = time.LoadLocation("Europe/Kiev")
		}
		return loc, err
	}
	if zone == "Local" {
		return nil, errors.New("zone Local depends on the machine")
	}
	return time.LoadLocation(zone)
}

func (l LocalDay) mark(k Kind) mark {
	en := l.ReasonEN
	if en == "" {
		en = l.Reason
	}
	return mark{k, l.Reason, en, l.Norm, ""}
}

// addHolidays marks the holidays of every year, then moves the days off on which
// they fall, the earlier first: each to the next free day.
func (t *table) addHolidays() {
	var onDayOff []Date
	for year := firstYear; year <= lastYear; year++ {
		for _, h := range t.data.Holidays {
			d, ok := h.in(year)
			if !ok || d != NewDate(d.Year, d.Month, d.Day) { // 29 February of a common year
				continue
			}
			if _, double := t.law[d]; double { // two holidays on one date are one day
				continue
			}
			t.law[d] = mark{HolidayOff, h.Name, h.NameEN, h.Norm, "Labour Code, Art. 73"}
			if !t.officeAt(d).worksOn(d.Weekday()) {
				onDayOff = append(onDayOff, d)
			}
		}
	}
	slices.SortFunc(onDayOff, Date.Compare)
	for _, from := range onDayOff {
		h := t.law[from]
		to := from.AddDays(1)
		for t.taken(to) {
			to = to.AddDays(1)
		}
		t.law[to] = mark{MovedOff, "вихідний за " + h.name, "day off for " + h.nameEN, "КЗпП, ст. 67 ч. 3", "Labour Code, Art. 67(3)"}
	}
}

func (t *table) taken(d Date) bool {
	_, marked := t.law[d]
	return marked || !t.officeAt(d).worksOn(d.Weekday())
}

func (t *table) officeAt(d Date) OfficeHours {
	for i := len(t.data.OfficeHours) - 1; i > 0; i-- {
		if !d.Before(t.data.OfficeHours[i].From) {
			return t.data.OfficeHours[i]
		}
	}
	return t.data.OfficeHours[0]
}

// Valid reports whether c was made by New or Default.
func (c Calendar) Valid() bool { return c.t != nil }

// Version returns the version of the data.
func (c Calendar) Version() string { return c.t.data.Version }

// Data returns a copy of the data the calendar was made from.
func (c Calendar) Data() Data { return c.t.data.clone() }

// Location returns the zone of the office.
func (c Calendar) Location() *time.Location { return c.t.loc }

// Covers reports whether the calendar knows the holidays on d and long enough
// after it for any statutory term: the years 1997–2099. Outside them only the
// office week and the local days are known.
func (c Calendar) Covers(d Date) bool { return firstYear <= d.Year && d.Year < lastYear }

// DateOf returns the date on the office's wall at the moment t.
func (c Calendar) DateOf(t time.Time) Date { return FromTime(t.In(c.t.loc)) }

// RegimeAt returns the regime in force on d.
func (c Calendar) RegimeAt(d Date) Regime {
	for _, r := range c.t.data.Regimes {
		if r.holds(d) {
			return r
		}
	}
	return Regime{Kind: Peace, Norm: "КЗпП, ст. 67, 73", NormEN: "Labour Code, Art. 67, 73"}
}

// Day judges one date by the rules in the package comment.
func (c Calendar) Day(d Date) Day {
	day := Day{Date: d, Working: c.t.officeAt(d).worksOn(d.Weekday()), Kind: Weekend}
	if day.Working {
		day.Kind = Workday
	}
	regime := c.RegimeAt(d)
	day.Regime = regime.Kind

	if m, ok := c.t.law[d]; ok {
		works := m.kind == TransferWorking
		switch {
		case regime.Kind == Peace:
			day.Working = works
			day.set(m)
		case day.Working != works && day.Working: // a holiday on a weekday, under martial law
			day.set(mark{SuspendedHoliday, m.name, m.nameEN, regime.Norm, regime.NormEN})
		}
	}
	if m, ok := c.t.local[d]; ok {
		day.Working = m.kind == LocalWorking
		day.set(m)
	}
	return day
}

func (d *Day) set(m mark) {
	d.Kind, d.Name, d.NameEN, d.Norm, d.NormEN = m.kind, m.name, m.nameEN, m.norm, m.normEN
}

// IsWorking reports whether the office works on d.
func (c Calendar) IsWorking(d Date) bool { return c.Day(d).Working }

// OnOrAfter returns d if it is a working day, else the next working day.
func (c Calendar) OnOrAfter(d Date) Date { return c.walk(d, 1) }

// OnOrBefore returns d if it is a working day, else the previous working day.
func (c Calendar) OnOrBefore(d Date) Date { return c.walk(d, -1) }

// NextWorking returns the first working day after d.
func (c Calendar) NextWorking(d Date) Date { return c.walk(d.AddDays(1), 1) }

// PrevWorking returns the last working day before d.
func (c Calendar) PrevWorking(d Date) Date { return c.walk(d.AddDays(-1), -1) }

// walk ends: marks and local days are finite, and each office week has a working day.
func (c Calendar) walk(d Date, step int) Date {
	for !c.IsWorking(d) {
		d = d.AddDays(step)
	}
	return d
}

// AddWorkingDays returns the n-th working day after d (before d when n is
// negative); d itself is not counted, and is returned for n = 0.
func (c Calendar) AddWorkingDays(d Date, n int) Date {
	for ; n > 0; n-- {
		d = c.NextWorking(d)
	}
	for ; n < 0; n++ {
		d = c.PrevWorking(d)
	}
	return d
}

// WorkingDays returns how many working days lie after from, up to and including
// to; negative when to is before from.
func (c Calendar) WorkingDays(from, to Date) int {
	if to.Before(from) {
		return -c.WorkingDays(to, from)
	}
	n := 0
	for d := from.AddDays(1); !d.After(to); d = d.AddDays(1) {
		if c.IsWorking(d) {
			n++
		}
	}
	return n
}

// Hours returns when the office opens and closes on d; ok is false, and both
// times are zero, when it does not work that day.
func (c Calendar) Hours(d Date) (open, shut time.Time, ok bool) {
	if !c.IsWorking(d) {
		return time.Time{}, time.Time{}, false
	}
	o, s := c.t.officeAt(d).hours(d.Weekday())
	at := func(m Clock) time.Time {
		return time.Date(d.Year, d.Month, d.Day, int(m)/60, int(m)%60, 0, 0, c.t.loc)
	}
	return at(o), at(s), true
}

// IsOpen reports whether the office works at the moment t.
func (c Calendar) IsOpen(t time.Time) bool {
	open, shut, ok := c.Hours(c.DateOf(t))
	return ok && !t.Before(open) && t.Before(shut)
}

// RegistrationDay returns the day on which what was received at the moment t is
// registered: the same day when it is a working day and the office has not closed
// yet (before it opens counts too), else the next working day. The moment of
// closing itself belongs to the next working day. КМУ 348; КМУ 55, п. 171.
func (c Calendar) RegistrationDay(t time.Time) Date {
	d := c.DateOf(t)
	if _, shut, ok := c.Hours(d); ok && t.Before(shut) {
		return d
	}
	return c.NextWorking(d)
}

// Holidays lists the days of the year that the general rules or local orders set
// apart, in order: holidays, moved days, swaps, local days — as they are judged in
// the regime of each, suspended ones included.
func (c Calendar) Holidays(year int) []Day {
	var days []Day
	for d := NewDate(year, time.January, 1); d.Year == year; d = d.AddDays(1) {
		_, law := c.t.law[d]
		_, local := c.t.local[d]
		if law || local {
			days = append(days, c.Day(d))
		}
	}
	return days
}
