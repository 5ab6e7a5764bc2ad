package calendar

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func date(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// peace is the built-in calendar as if martial law had ended.
func peace(t testing.TB, to string) Calendar {
	t.Helper()
	data := Builtin()
	data.Version = "peace"
	data.Regimes[0].To = date(t, to)
	c, err := New(data)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEasterAgreesWithKnownYears(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"2015-04-12", "2016-05-01", "2017-04-16", "2018-04-08", "2019-04-28", "2020-04-19", "2021-05-02",
		"2022-04-24", "2023-04-16", "2024-05-05", "2025-04-20", "2026-04-12", "2027-05-02", "2028-04-16",
	} {
		if got := easter(date(t, s).Year); got.String() != s {
			t.Errorf("Easter: got %v, want %s", got, s)
		}
	}
	for y := firstYear; y <= lastYear; y++ {
		if easter(y).Weekday() != time.Sunday {
			t.Errorf("Easter %d is on %v", y, easter(y).Weekday())
		}
	}
}

// The lists are those of the state calendars of the years before martial law.
func TestDaysOffOfPeacefulYears(t *testing.T) {
	t.Parallel()
	for year, want := range map[int]struct{ off, on string }{
		2019: {
			"01-01 01-07 03-08 04-29 04-30 05-01 05-09 06-17 06-28 08-26 10-14 12-25 12-30 12-31", "05-11 12-21 12-28",
		},
		2020: {"01-01 01-06 01-07 03-09 04-20 05-01 05-11 06-08 06-29 08-24 10-14 12-25", "01-11"},
		2021: {
			"01-01 01-07 01-08 03-08 05-03 05-04 05-10 06-21 06-28 08-23 08-24 10-14 10-15 12-27", "01-16 08-28 10-23",
		},
	} {
		var off, on []string
		for d := NewDate(year, time.January, 1); d.Year == year; d = d.AddDays(1) {
			weekday := d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
			switch working := Default().IsWorking(d); {
			case weekday && !working:
				off = append(off, d.String()[5:])
			case !weekday && working:
				on = append(on, d.String()[5:])
			}
		}
		if got := strings.Join(off, " "); got != want.off {
			t.Errorf("%d, weekdays off:\n got %s\nwant %s", year, got, want.off)
		}
		if got := strings.Join(on, " "); got != want.on {
			t.Errorf("%d, weekends worked: got %s, want %s", year, got, want.on)
		}
	}
}

func TestDay(t *testing.T) {
	t.Parallel()
	lifted := peace(t, "2026-12-31")
	data := Builtin()
	data.DaysOff = []LocalDay{{Date: date(t, "2026-09-14"), Reason: "день міста", Norm: "розпорядження № 1"}}
	data.ExtraWorking = []LocalDay{{Date: date(t, "2026-09-19"), Reason: "відпрацювання", ReasonEN: "worked in exchange"}}
	local, err := New(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		cal     Calendar
		date    string
		working bool
		kind    Kind
	}{
		{"plain weekday", Default(), "2025-11-14", true, Workday},
		{"plain Sunday", Default(), "2025-11-16", false, Weekend},
		{"holiday under martial law works", Default(), "2025-12-25", true, SuspendedHoliday},
		{"nothing moves under martial law", Default(), "2026-03-09", true, SuspendedHoliday},
		{"holiday on Sunday stays a Sunday", Default(), "2026-03-08", false, Weekend},
		{"Saturday under martial law is off", Default(), "2022-03-12", false, Weekend},
		{"the day before martial law is peace", Default(), "2022-02-23", true, Workday},
		{"8 March 2022 works", Default(), "2022-03-08", true, SuspendedHoliday},
		{"Cabinet swap before martial law", Default(), "2021-08-23", false, TransferOff},
		{"Cabinet swap, the Saturday", Default(), "2021-08-28", true, TransferWorking},
		{"Cabinet swap in martial law is off", Default(), "2022-06-27", true, SuspendedHoliday},
		{"New Year after the lifting", lifted, "2027-01-01", false, HolidayOff},
		{"7 January is no holiday since 2023", lifted, "2027-01-07", true, Workday},
		{"Monday for Easter Sunday", lifted, "2027-05-03", false, MovedOff},
		{"Tuesday for Labour Day on Saturday", lifted, "2027-05-04", false, MovedOff},
		{"8 May on Saturday", lifted, "2027-05-08", false, HolidayOff},
		{"Monday for 8 May", lifted, "2027-05-10", false, MovedOff},
		{"9 May is no holiday since 2023", lifted, "2028-05-09", true, Workday},
		{"Statehood Day on 15 July", lifted, "2027-07-15", false, HolidayOff},
		{"28 July is a holiday no more", lifted, "2027-07-28", true, Workday},
		{"1 October", lifted, "2027-10-01", false, HolidayOff},
		{"14 October", lifted, "2027-10-14", true, Workday},
		{"25 December on Saturday moves to Monday", lifted, "2027-12-27", false, MovedOff},
		{"local day off", local, "2026-09-14", false, LocalOff},
		{"local working Saturday", local, "2026-09-19", true, LocalWorking},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := tc.cal.Day(date(t, tc.date))
			if got.Working != tc.working || got.Kind != tc.kind {
				t.Errorf("%s: got %v %s, want %v %s", tc.date, got.Working, got.Kind, tc.working, tc.kind)
			}
			if plain := tc.kind == Workday || tc.kind == Weekend; plain != (got.Name == "") || plain != (got.NameEN == "") {
				t.Errorf("%s: name %q, %q for %s", tc.date, got.Name, got.NameEN, got.Kind)
			}
		})
	}
}

func TestRegistrationDay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, at, want string }{
		{"before opening", "2025-11-14T00:00:00+02:00", "2025-11-14"},
		{"one second before closing", "2025-11-14T16:59:59+02:00", "2025-11-14"},
		{"closing time", "2025-11-14T17:00:00+02:00", "2025-11-17"},
		{"Saturday morning", "2025-11-15T09:00:00+02:00", "2025-11-17"},
		{"another offset", "2025-11-14T23:59:59+09:00", "2025-11-14"},
		{"summer time", "2026-07-14T13:59:59Z", "2026-07-14"},
		{"summer time, closed", "2026-07-14T14:00:00Z", "2026-07-15"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, tc.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := Default().RegistrationDay(at); got.String() != tc.want {
				t.Errorf("got %v, want %s", got, tc.want)
			}
		})
	}
}

func TestOfficeHoursByDateAndWeekday(t *testing.T) {
	t.Parallel()
	data := Builtin()
	data.OfficeHours = append(data.OfficeHours, OfficeHours{
		From:     date(t, "2026-10-01"),
		Weekdays: []Weekday{1, 2, 3, 4, 5, 6},
		Open:     9 * 60, Close: 18 * 60,
		Except: []WeekdayHours{{Weekday: 5, Open: 9 * 60, Close: 16*60 + 45}},
	})
	c, err := New(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, at string
		open     bool
		want     string
	}{
		{"old hours", "2026-09-30T08:30:00+03:00", true, "2026-09-30"},
		{"new hours, not open yet", "2026-10-01T08:30:00+03:00", false, "2026-10-01"},
		{"new hours, open late", "2026-10-01T17:30:00+03:00", true, "2026-10-01"},
		{"short Friday is over, Saturday works", "2026-10-02T16:45:00+03:00", false, "2026-10-03"},
		{"old Saturday is off", "2026-09-26T12:00:00+03:00", false, "2026-09-28"},
	} {
		at, err := time.Parse(time.RFC3339, tc.at)
		if err != nil {
			t.Fatal(err)
		}
		if c.IsOpen(at) != tc.open || c.RegistrationDay(at).String() != tc.want {
			t.Errorf("%s: open %v, registered %v", tc.name, c.IsOpen(at), c.RegistrationDay(at))
		}
	}
}

func TestWorkingDayArithmetic(t *testing.T) {
	t.Parallel()
	for _, c := range []Calendar{Default(), peace(t, "2026-06-30")} {
		for d := date(t, "2021-12-01"); d.Before(date(t, "2028-02-01")); d = d.AddDays(3) {
			if c.OnOrAfter(d).Before(d) || c.OnOrBefore(d).After(d) || !c.NextWorking(d).After(d) || !c.PrevWorking(d).Before(d) {
				t.Fatalf("%v: a step in the wrong direction", d)
			}
			for _, n := range []int{-20, -5, -1, 1, 5, 20} {
				end := c.AddWorkingDays(d, n)
				if !c.IsWorking(end) {
					t.Fatalf("%v %+d: ends on a day off", d, n)
				}
				if n > 0 && c.WorkingDays(d, end) != n {
					t.Fatalf("%v %+d: %d working days up to %v", d, n, c.WorkingDays(d, end), end)
				}
			}
			if c.AddWorkingDays(d, 0) != d {
				t.Fatalf("%v: zero days moved it", d)
			}
		}
	}
}

func TestHolidaysOfAYear(t *testing.T) {
	t.Parallel()
	var got []string
	for _, d := range peace(t, "2026-12-31").Holidays(2027) {
		got = append(got, d.Date.String()[5:]+" "+string(d.Kind))
	}
	want := "01-01 holiday,03-08 holiday,05-01 holiday,05-02 holiday,05-03 moved-off,05-04 moved-off,05-08 holiday,05-10 moved-off," +
		"06-20 holiday,06-21 moved-off,06-28 holiday,07-15 holiday,08-24 holiday,10-01 holiday,12-25 holiday,12-27 moved-off"
	if strings.Join(got, ",") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ","), want)
	}
}

func TestDataSurvivesJSON(t *testing.T) {
	t.Parallel()
	data := Builtin()
	data.DaysOff = []LocalDay{{Date: date(t, "2026-09-14"), Reason: "день міста"}}
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{`"from":"2022-02-24"`, `"weekdays":["mon","tue","wed","thu","fri"]`, `"open":"08:00","close":"17:00"`} {
		if !strings.Contains(string(raw), s) {
			t.Errorf("no %s in %s", s, raw)
		}
	}
	var back Data
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(data, back) {
		t.Error("data changed on the way through JSON")
	}
	c, err := New(back)
	if err != nil {
		t.Fatal(err)
	}
	back.Regimes[0].Kind = Peace
	got := c.Data()
	got.OfficeHours[0].Weekdays[0] = 0
	if c.Day(date(t, "2025-12-25")).Kind != SuspendedHoliday || !c.IsWorking(date(t, "2025-11-17")) {
		t.Error("the calendar shares memory with its data")
	}
}

func TestNewNamesEveryFault(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		spoil  func(*Data)
		inText string
	}{
		{"no version", func(d *Data) { d.Version = " " }, "version"},
		{"unknown zone", func(d *Data) { d.Zone = "Europe/Nowhere" }, "Nowhere"},
		{"zone of the machine", func(d *Data) { d.Zone = "Local" }, "Local"},
		{"unknown regime", func(d *Data) { d.Regimes[0].Kind = "war" }, `regimes[0]: kind "war"`},
		{"regime without beginning", func(d *Data) { d.Regimes[0].From = Date{} }, "regimes[0]: from"},
		{"regime ends before it begins", func(d *Data) { d.Regimes[0].To = Date{2020, 1, 1} }, "regimes[0]: ends"},
		{"regimes overlap", func(d *Data) { d.Regimes = append(d.Regimes, d.Regimes[0]) }, "regimes[1]: begins"},
		{"no hours", func(d *Data) { d.OfficeHours = nil }, "office_hours is empty"},
		{"no working weekday", func(d *Data) { d.OfficeHours[0].Weekdays = nil }, "office_hours[0]: no weekdays"},
		{"closes before it opens", func(d *Data) { d.OfficeHours[0].Close = 60 }, "08:00–01:00"},
		{"exception for a day off", func(d *Data) { d.OfficeHours[0].Except = []WeekdayHours{{0, 60, 120}} }, "exception for sun"},
		{"hours out of order", func(d *Data) { d.OfficeHours = append(d.OfficeHours, d.OfficeHours[0]) }, "office_hours[1]"},
		{"no such day", func(d *Data) { d.Holidays[0].Day = 32 }, "holidays[0]: no day 32"},
		{"neither date nor Easter", func(d *Data) { d.Holidays[3].Easter = false }, "holidays[3]: needs"},
		{"nameless holiday", func(d *Data) { d.Holidays[0].NameEN = "" }, "holidays[0]: a name"},
		{"swap with itself", func(d *Data) { d.Transfers[0].On = d.Transfers[0].Off }, "transfers[0]"},
		{"local day without a date", func(d *Data) { d.DaysOff = []LocalDay{{Reason: "x"}} }, "days_off[0]: date"},
		{"local day without a reason", func(d *Data) { d.DaysOff = []LocalDay{{Date: Date{2026, 1, 2}}} }, "days_off[0]: reason"},
		{"both off and working", func(d *Data) {
			d.DaysOff = []LocalDay{{Date: Date{2026, 1, 2}, Reason: "x"}}
			d.ExtraWorking = d.DaysOff
		}, "extra_working[0]: 2026-01-02 stands in days_off[0]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			data := Builtin()
			tc.spoil(&data)
			_, err := New(data)
			if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tc.inText) {
				t.Errorf("got %v, want ErrInvalid with %q", err, tc.inText)
			}
		})
	}
	if _, err := New(Data{}); err == nil || !strings.Contains(err.Error(), "version") || !strings.Contains(err.Error(), "office_hours") {
		t.Errorf("not every fault is named: %v", err)
	}
}

func TestKyivKnowsSummerTime(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"2026-03-29T00:59:59Z": "02:59:59 +0200",
		"2026-03-29T01:00:00Z": "04:00:00 +0300",
		"2026-10-25T00:59:59Z": "03:59:59 +0300",
		"2026-10-25T01:00:00Z": "03:00:00 +0200",
	} {
		utc, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := utc.In(Kyiv()).Format("15:04:05 -0700"); got != want {
			t.Errorf("%s: got %s, want %s", at, got, want)
		}
	}
}

func TestDateArithmetic(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ from, month string }{
		{"2025-01-31", "2025-02-28"},
		{"2028-01-31", "2028-02-29"},
		{"2024-02-29", "2024-03-29"},
		{"2025-03-31", "2025-04-30"},
		{"2025-12-31", "2026-01-31"},
		{"2025-11-15", "2025-12-15"},
	} {
		if got := date(t, tc.from).AddMonths(1); got.String() != tc.month {
			t.Errorf("%s + 1 month: got %v, want %s", tc.from, got, tc.month)
		}
	}
	d := date(t, "2024-02-28")
	if got := d.AddDays(2); got.String() != "2024-03-01" || got.Sub(d) != 2 || d.Sub(got) != -2 {
		t.Errorf("28.02.2024 + 2 days: %v", got)
	}
	if d.Compare(d) != 0 || !d.Before(d.AddDays(1)) || !d.After(d.AddDays(-366)) {
		t.Error("order of dates")
	}
	var zero Date
	if err := zero.UnmarshalText(nil); err != nil || !zero.IsZero() || zero.String() != "" {
		t.Error("the zero date is not an empty text")
	}
	for _, s := range []string{"2025-02-30", "14.11.2025", "2025-1-1", "2025-11-14T00:00:00Z"} {
		if _, err := ParseDate(s); err == nil {
			t.Errorf("%q was taken for a date", s)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2025-11-14", "2024-02-29", "2023-02-29", "", "0000-00-00", "9999-12-31", "2025-11-14 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			return
		}
		if back, err := ParseDate(d.String()); err != nil || back != d {
			t.Errorf("%q became %v, %v", s, back, err)
		}
		if d.AddDays(1).Sub(d) != 1 {
			t.Errorf("%v: the next day is %v", d, d.AddDays(1))
		}
	})
}
