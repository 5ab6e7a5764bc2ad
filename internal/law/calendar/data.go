package calendar

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrInvalid is in the chain of every error of New.
var ErrInvalid = errors.New("calendar data is not valid")

// Data is one version of a calendar as the database or a file holds it. It is
// plain JSON; New checks it and makes a Calendar of it. A change is a new
// version, never an edit of an old one: a term that was counted keeps the
// version it was counted with.
type Data struct {
	// Version names this set of data in every result counted with it.
	Version string `json:"version"`
	// Zone is the IANA zone of the office, Europe/Kyiv when empty.
	Zone string `json:"zone,omitempty"`
	// Regimes are the periods with a regime of their own; outside them it is peace.
	Regimes []Regime `json:"regimes,omitempty"`
	// OfficeHours are in force each from its date until the next one's.
	OfficeHours []OfficeHours `json:"office_hours"`
	// Holidays are the holidays and non-working days of peace time (КЗпП, ст. 73).
	Holidays []Holiday `json:"holidays,omitempty"`
	// Transfers are the swaps of a working day with a Saturday that the Cabinet
	// recommends for a year; they too work in peace time only.
	Transfers []Transfer `json:"transfers,omitempty"`
	// DaysOff are days off by an order of this body, in any regime.
	DaysOff []LocalDay `json:"days_off,omitempty"`
	// ExtraWorking are working days by an order of this body, in any regime.
	ExtraWorking []LocalDay `json:"extra_working,omitempty"`
}

// RegimeKind says which rules on days off are in force.
type RegimeKind string

const (
	// Peace: the holidays of КЗпП ст. 73, and days off moved under ст. 67 ч. 3, are non-working.
	Peace RegimeKind = "peace"
	// Martial: Закон 2136-IX, ст. 6 ч. 6 switches those articles off during
	// martial law; holidays are ordinary working days, days off are not moved.
	Martial RegimeKind = "martial"
)

// Regime is a period of days under one regime, both ends included.
type Regime struct {
	From Date `json:"from"`
	// To is zero while the end is not known.
	To   Date       `json:"to,omitzero"`
	Kind RegimeKind `json:"kind"`
	Norm string     `json:"norm"`
	// NormEN is the same citation for an English explanation.
	NormEN string `json:"norm_en,omitempty"`
}

func (r Regime) holds(d Date) bool {
	return !d.Before(r.From) && (r.To.IsZero() || !d.After(r.To))
}

// Holiday is a holiday («святковий день») or a non-working day («неробочий
// день») of КЗпП ст. 73: on a fixed date, or at a distance from Orthodox Easter.
type Holiday struct {
	Name   string `json:"name"`
	NameEN string `json:"name_en"`
	// Month and Day are set for a fixed date.
	Month time.Month `json:"month,omitempty"`
	Day   int        `json:"day,omitempty"`
	// Easter marks a day that is EasterOffset days after Orthodox Easter.
	Easter       bool `json:"easter,omitempty"`
	EasterOffset int  `json:"easter_offset,omitempty"`
	// From and To bound the days on which the entry is law, both included;
	// zero means unbounded.
	From Date   `json:"from,omitzero"`
	To   Date   `json:"to,omitzero"`
	Norm string `json:"norm"`
}

// in returns the date of the holiday in the year, if it is law on that date.
func (h Holiday) in(year int) (Date, bool) {
	d := Date{Year: year, Month: h.Month, Day: h.Day}
	if h.Easter {
		d = easter(year).AddDays(h.EasterOffset)
	}
	if !h.From.IsZero() && d.Before(h.From) || !h.To.IsZero() && d.After(h.To) {
		return Date{}, false
	}
	return d, true
}

// Transfer makes the day Off non-working and the day On working instead.
type Transfer struct {
	Off  Date   `json:"off"`
	On   Date   `json:"on"`
	Norm string `json:"norm"`
}

// LocalDay is a day on which an order of this body departs from the general rule.
type LocalDay struct {
	Date Date `json:"date"`
	// Reason is read by people in an explanation; English falls back to it.
	Reason   string `json:"reason"`
	ReasonEN string `json:"reason_en,omitempty"`
	// Norm is the order: kind, date, number.
	Norm string `json:"norm,omitempty"`
}

// OfficeHours are the working days and hours of the body from a date on. What
// comes in on a working day before Close is registered that day.
type OfficeHours struct {
	// From is zero in the first entry: "as long as anyone asks".
	From     Date      `json:"from,omitzero"`
	Weekdays []Weekday `json:"weekdays"`
	Open     Clock     `json:"open"`
	Close    Clock     `json:"close"`
	// Except are weekdays with other hours, e.g. a shorter Friday.
	Except []WeekdayHours `json:"except,omitempty"`
	Norm   string         `json:"norm,omitempty"`
}

// WeekdayHours are the hours of one day of the week.
type WeekdayHours struct {
	Weekday Weekday `json:"weekday"`
	Open    Clock   `json:"open"`
	Close   Clock   `json:"close"`
}

func (o OfficeHours) worksOn(w time.Weekday) bool {
	return slices.Contains(o.Weekdays, Weekday(w))
}

func (o OfficeHours) hours(w time.Weekday) (open, shut Clock) {
	for _, e := range o.Except {
		if e.Weekday == Weekday(w) {
			return e.Open, e.Close
		}
	}
	return o.Open, o.Close
}

// Weekday is a time.Weekday that is "mon" … "sun" in JSON.
type Weekday time.Weekday

var weekdayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// String returns the three-letter name.
func (w Weekday) String() string {
	if w < 0 || int(w) >= len(weekdayNames) {
		return fmt.Sprintf("weekday(%d)", int(w))
	}
	return weekdayNames[w]
}

// MarshalText writes the three-letter name.
func (w Weekday) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads a three-letter name.
func (w *Weekday) UnmarshalText(b []byte) error {
	i := slices.Index(weekdayNames[:], string(b))
	if i < 0 {
		return fmt.Errorf("weekday %q is not one of %s", b, strings.Join(weekdayNames[:], ", "))
	}
	*w = Weekday(i)
	return nil
}

// Clock is a time of day in minutes after midnight; "08:00" in JSON. 24:00 is
// the end of the day.
type Clock int

// String returns "15:04".
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// MarshalText writes the String form.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads "15:04" or "24:00".
func (c *Clock) UnmarshalText(b []byte) error {
	if string(b) == "24:00" {
		*c = 24 * 60
		return nil
	}
	t, err := time.Parse("15:04", string(b))
	if err != nil {
		return fmt.Errorf("time %q is not HH:MM", b)
	}
	*c = Clock(t.Hour()*60 + t.Minute())
	return nil
}

// validate names everything that is wrong at once, so that whoever typed the
// data mends it in one go.
func (d Data) validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	if strings.TrimSpace(d.Version) == "" {
		bad("version is empty")
	}
	for i, r := range d.Regimes {
		if r.Kind != Peace && r.Kind != Martial {
			bad("regimes[%d]: kind %q is not known", i, r.Kind)
		}
		if r.From.IsZero() {
			bad("regimes[%d]: from is empty", i)
		}
		if !r.To.IsZero() && r.To.Before(r.From) {
			bad("regimes[%d]: ends before it begins", i)
		}
		if i > 0 && (d.Regimes[i-1].To.IsZero() || !r.From.After(d.Regimes[i-1].To)) {
			bad("regimes[%d]: begins before the one above it ends", i)
		}
	}
	if len(d.OfficeHours) == 0 {
		bad("office_hours is empty")
	}
	for i, o := range d.OfficeHours {
		if len(o.Weekdays) == 0 {
			bad("office_hours[%d]: no weekdays", i)
		}
		for _, w := range o.Weekdays {
			if w < 0 || w > 6 {
				bad("office_hours[%d]: %v", i, w)
			}
		}
		if !hoursOK(o.Open, o.Close) {
			bad("office_hours[%d]: %v–%v are not hours of a day", i, o.Open, o.Close)
		}
		for _, e := range o.Except {
			if !hoursOK(e.Open, e.Close) || !o.worksOn(time.Weekday(e.Weekday)) {
				bad("office_hours[%d]: exception for %v: no hours of a working day", i, e.Weekday)
			}
		}
		if i > 0 && !o.From.After(d.OfficeHours[i-1].From) {
			bad("office_hours[%d]: begins before the one above it", i)
		}
	}
	for i, h := range d.Holidays {
		if h.Name == "" || h.NameEN == "" {
			bad("holidays[%d]: a name is empty", i)
		}
		fixed := h.Month != 0 || h.Day != 0
		// 2000 is a leap year, so that 29 February would pass.
		if fixed && NewDate(2000, h.Month, h.Day) != (Date{2000, h.Month, h.Day}) {
			bad("holidays[%d]: no day %d in month %d", i, h.Day, int(h.Month))
		}
		if fixed == h.Easter {
			bad("holidays[%d]: needs either month and day or easter", i)
		}
		if !h.From.IsZero() && !h.To.IsZero() && h.To.Before(h.From) {
			bad("holidays[%d]: ends before it begins", i)
		}
	}
	for i, t := range d.Transfers {
		if t.Off.IsZero() || t.On.IsZero() || t.Off == t.On {
			bad("transfers[%d]: needs two different days", i)
		}
	}
	seen := map[Date]string{}
	for _, l := range []struct {
		name string
		days []LocalDay
	}{{"days_off", d.DaysOff}, {"extra_working", d.ExtraWorking}} {
		for i, day := range l.days {
			at := fmt.Sprintf("%s[%d]", l.name, i)
			if day.Date.IsZero() {
				bad("%s: date is empty", at)
				continue
			}
			if day.Reason == "" {
				bad("%s: reason is empty", at)
			}
			if other, ok := seen[day.Date]; ok {
				bad("%s: %v stands in %s already", at, day.Date, other)
			}
			seen[day.Date] = at
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

func hoursOK(open, shut Clock) bool { return 0 <= open && open < shut && shut <= 24*60 }

// clone copies the slices, so that neither side of New can change the other's data.
func (d Data) clone() Data {
	d.Regimes = slices.Clone(d.Regimes)
	d.OfficeHours = slices.Clone(d.OfficeHours)
	for i := range d.OfficeHours {
		d.OfficeHours[i].Weekdays = slices.Clone(d.OfficeHours[i].Weekdays)
		d.OfficeHours[i].Except = slices.Clone(d.OfficeHours[i].Except)
	}
	d.Holidays = slices.Clone(d.Holidays)
	d.Transfers = slices.Clone(d.Transfers)
	d.DaysOff = slices.Clone(d.DaysOff)
	d.ExtraWorking = slices.Clone(d.ExtraWorking)
	return d
}
