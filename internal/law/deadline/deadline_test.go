package deadline

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"ereception/internal/law/calendar"
)

func date(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// calendars are the ones the golden table names: the built-in one; the same with
// martial law lifted at the end of 2026; the same with local days.
func calendars(t testing.TB) map[string]calendar.Calendar {
	t.Helper()
	made := func(change func(*calendar.Data)) calendar.Calendar {
		data := calendar.Builtin()
		change(&data)
		c, err := calendar.New(data)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	return map[string]calendar.Calendar{
		"default": calendar.Default(),
		"lifted": made(func(d *calendar.Data) {
			d.Version = "lifted"
			d.Regimes[0].To = date(t, "2026-12-31")
		}),
		"local": made(func(d *calendar.Data) {
			d.Version = "local"
			for _, s := range []string{"2026-05-11", "2026-05-12", "2026-06-15", "2026-09-14"} {
				d.DaysOff = append(d.DaysOff, calendar.LocalDay{Date: date(t, s), Reason: "день громади", ReasonEN: "community day", Norm: "розпорядження міського голови"})
			}
			for _, s := range []string{"2026-05-16", "2026-09-19"} {
				d.ExtraWorking = append(d.ExtraWorking, calendar.LocalDay{Date: date(t, s), Reason: "відпрацювання", ReasonEN: "worked in exchange"})
			}
		}),
	}
}

// TestGolden walks testdata/golden.csv. The table was reckoned apart from this
// package; base is the last day of the term before any move, and weekdays are those
// of registered, base, due and internal_due, for whoever checks by eye.
func TestGolden(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/golden.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if head := strings.Join(rows[0], ","); head != "case,calendar,procedure,extended,received,registered,base,due,internal_due,weekdays" {
		t.Fatalf("columns: %s", head)
	}
	if len(rows) < 201 {
		t.Fatalf("only %d cases", len(rows)-1)
	}
	cals := calendars(t)
	for i, row := range rows[1:] {
		name, cal, proc, extended, received := row[0], cals[row[1]], Procedure(row[2]), row[3] == "yes", row[4]
		t.Run(fmt.Sprintf("%s %s extended=%s", name, proc, row[3]), func(t *testing.T) {
			r, err := Of(proc, instant(t, received), extended, cal)
			if err != nil {
				t.Fatalf("line %d: %v", i+2, err)
			}
			base := r.Due
			for _, s := range r.Steps {
				if s.Kind == StepCounted {
					base = s.Date
				}
			}
			var wd []string
			for _, d := range []calendar.Date{r.Registered, base, r.Due, r.InternalDue} {
				wd = append(wd, d.Weekday().String()[:3])
			}
			got := []string{r.Registered.String(), base.String(), r.DueString(), r.InternalDueString(), strings.Join(wd, " ")}
			if !slices.Equal(got, row[5:]) {
				t.Errorf("line %d, received %s:\n got %v\nwant %v", i+2, received, got, row[5:])
			}
		})
	}
}

func TestExplanation(t *testing.T) {
	t.Parallel()
	cals := calendars(t)
	for _, tc := range []struct {
		name     string
		cal      string
		proc     Procedure
		extended bool
		received string
		uk, en   string
	}{
		{
			"after hours, working days", "default", Info, false, "2025-11-14T18:20:00+02:00",
			"надійшло пт 14.11.2025 18:20 → зареєстровано пн 17.11 → 5 робочих днів → пн 24.11.2025, ст. 20 Закону 2939-VI",
			"received Fri 14.11.2025 18:20 → registered Mon 17.11 → 5 working days → Mon 24.11.2025, Art. 20 of Law 2939-VI",
		},
		{
			"month moved off a Saturday", "default", Appeal, false, "2025-11-13T10:05:00+02:00",
			"надійшло чт 13.11.2025 10:05 → зареєстровано чт 13.11 → один місяць (сб 13.12) → перенесено на робочий день → пн 15.12.2025, ст. 20 Закону 393/96-ВР, п. 171 Типової інструкції (КМУ 55)",
			"received Thu 13.11.2025 10:05 → registered Thu 13.11 → one month (Sat 13.12) → moved to a working day → Mon 15.12.2025, Art. 20 of Law 393/96-VR, item 171 of the Instruction (CMU 55)",
		},
		{
			"month clipped", "default", Appeal, false, "2025-01-31T09:00:00+02:00",
			"надійшло пт 31.01.2025 09:00 → зареєстровано пт 31.01 → один місяць, до останнього дня лютого, бо 31-го числа в ньому немає → пт 28.02.2025, ст. 20 Закону 393/96-ВР",
			"received Fri 31.01.2025 09:00 → registered Fri 31.01 → one month, to the last day of February, which has no 31 → Fri 28.02.2025, Art. 20 of Law 393/96-VR",
		},
		{
			"45 days moved back, across the year", "default", Appeal, true, "2025-11-25T09:00:00+02:00",
			"надійшло вт 25.11.2025 09:00 → зареєстровано вт 25.11 → 45 днів разом із продовженням → пт 09.01.2026, ст. 20 Закону 393/96-ВР",
			"received Tue 25.11.2025 09:00 → registered Tue 25.11 → 45 days with the extension → Fri 09.01.2026, Art. 20 of Law 393/96-VR",
		},
		{
			"45 days moved back", "default", Appeal, true, "2025-11-13T10:05:00+02:00",
			"надійшло чт 13.11.2025 10:05 → зареєстровано чт 13.11 → 45 днів разом із продовженням (нд 28.12) → перенесено назад на робочий день, бо довше 45 днів не можна → пт 26.12.2025, ст. 20 Закону 393/96-ВР",
			"received Thu 13.11.2025 10:05 → registered Thu 13.11 → 45 days with the extension (Sun 28.12) → moved back to a working day, for 45 days may not be passed → Fri 26.12.2025, Art. 20 of Law 393/96-VR",
		},
		{
			"48 hours", "default", InfoUrgent, false, "2025-11-14T18:20:00+02:00",
			"надійшло пт 14.11.2025 18:20 → 48 годин за годинником, вихідні не зупиняють → нд 16.11.2025 18:20, ч. 2 ст. 20 Закону 2939-VI; зареєстровано пн 17.11",
			"received Fri 14.11.2025 18:20 → 48 hours by the clock, days off included → Sun 16.11.2025 18:20, Art. 20(2) of Law 2939-VI; registered Mon 17.11",
		},
		{
			"48 hours over the change of clocks", "default", InfoUrgent, false, "2026-03-27T09:00:00+02:00",
			"надійшло пт 27.03.2026 09:00 → 48 годин за годинником, вихідні не зупиняють, переведення годинника враховано → нд 29.03.2026 10:00, ч. 2 ст. 20 Закону 2939-VI; зареєстровано пт 27.03",
			"received Fri 27.03.2026 09:00 → 48 hours by the clock, days off included, the change of clocks allowed for → Sun 29.03.2026 10:00, Art. 20(2) of Law 2939-VI; registered Fri 27.03",
		},
		{
			"a holiday that works", "default", Info, false, "2025-12-22T10:00:00+02:00",
			"надійшло пн 22.12.2025 10:00 → зареєстровано пн 22.12 → 5 робочих днів → пн 29.12.2025, ст. 20 Закону 2939-VI; чт 25.12 — робочий день попри свято (Різдво Христове): воєнний стан, Закон 2136-IX, ст. 6 ч. 6",
			"received Mon 22.12.2025 10:00 → registered Mon 22.12 → 5 working days → Mon 29.12.2025, Art. 20 of Law 2939-VI; Thu 25.12 is a working day despite the holiday (Christmas): martial law, Law 2136-IX, Art. 6(6)",
		},
		{
			"holidays of peace", "lifted", Advocate, false, "2027-04-30T10:00:00+03:00",
			"надійшло пт 30.04.2027 10:00 → зареєстровано пт 30.04 → 5 робочих днів → ср 12.05.2027, ст. 24 Закону 5076-VI; пн 03.05 — неробочий день (вихідний за День праці), КЗпП, ст. 67 ч. 3; вт 04.05 — неробочий день (вихідний за Великдень), КЗпП, ст. 67 ч. 3; пн 10.05 — неробочий день (вихідний за День пам'яті та перемоги над нацизмом), КЗпП, ст. 67 ч. 3",
			"received Fri 30.04.2027 10:00 → registered Fri 30.04 → 5 working days → Wed 12.05.2027, Art. 24 of Law 5076-VI; Mon 03.05 is not a working day (day off for Labour Day), Labour Code, Art. 67(3); Tue 04.05 is not a working day (day off for Easter), Labour Code, Art. 67(3); Mon 10.05 is not a working day (day off for Day of Remembrance and Victory over Nazism), Labour Code, Art. 67(3)",
		},
		{
			"local day off moves the term", "local", MP, true, "2026-05-15T10:00:00+03:00",
			"надійшло пт 15.05.2026 10:00 → зареєстровано пт 15.05 → 30 днів (продовжено) (нд 14.06) → перенесено на робочий день → вт 16.06.2026, ст. 16 Закону 2790-XII, п. 171 Типової інструкції (КМУ 55); пн 15.06 — неробочий день (день громади), розпорядження міського голови",
			"received Fri 15.05.2026 10:00 → registered Fri 15.05 → 30 days (extended) (Sun 14.06) → moved to a working day → Tue 16.06.2026, Art. 16 of Law 2790-XII, item 171 of the Instruction (CMU 55); Mon 15.06 is not a working day (community day)",
		},
		{
			"registered in the next year", "default", Deputy, false, "2025-12-31T19:00:00+02:00",
			"надійшло ср 31.12.2025 19:00 → зареєстровано чт 01.01.2026 → 10 днів (нд 11.01.2026) → перенесено на робочий день → пн 12.01.2026, ст. 13 Закону 93-IV, п. 171 Типової інструкції (КМУ 55); чт 01.01.2026 — робочий день попри свято (Новий рік): воєнний стан, Закон 2136-IX, ст. 6 ч. 6",
			"received Wed 31.12.2025 19:00 → registered Thu 01.01.2026 → 10 days (Sun 11.01.2026) → moved to a working day → Mon 12.01.2026, Art. 13 of Law 93-IV, item 171 of the Instruction (CMU 55); Thu 01.01.2026 is a working day despite the holiday (New Year): martial law, Law 2136-IX, Art. 6(6)",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, err := Of(tc.proc, instant(t, tc.received), tc.extended, cals[tc.cal])
			if err != nil {
				t.Fatal(err)
			}
			if got := r.ExplanationIn("uk"); got != tc.uk {
				t.Errorf("uk:\n got %s\nwant %s", got, tc.uk)
			}
			if got := r.ExplanationIn("en"); got != tc.en {
				t.Errorf("en:\n got %s\nwant %s", got, tc.en)
			}
		})
	}
}

func TestInternalStep(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, received string
		proc           Procedure
		uk             string
	}{
		{"the month is shorter", "2025-01-31T09:00:00+02:00", Appeal, "внутрішній строк: пт 28.02.2025"},
		{"30 days are shorter", "2026-03-03T09:00:00+02:00", Appeal, "внутрішній строк: чт 02.04.2026, 30 днів настають раніше за місяць"},
		{"30 days end on Sunday", "2025-07-04T09:00:00+03:00", Appeal, "внутрішній строк: пт 01.08.2025, 30 днів настають раніше за місяць, перенесено назад на робочий день"},
		{"urgent, ends on a working day", "2025-11-12T10:00:00+02:00", InfoUrgent, "внутрішній строк: пт 14.11.2025 10:00"},
		{"urgent, ends on Saturday", "2025-11-13T10:00:00+02:00", InfoUrgent, "внутрішній строк: пт 14.11.2025 23:59, кінець останнього робочого дня перед вихідним"},
		{"urgent, Friday evening", "2025-11-14T18:20:00+02:00", InfoUrgent, "внутрішній строк: пт 14.11.2025 23:59, кінець останнього робочого дня перед вихідним"},
		{"urgent, no working day left", "2021-05-02T12:00:00+03:00", InfoUrgent, "внутрішній строк: нд 02.05.2021 12:00, негайно: робочих днів до кінця строку немає"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, err := Of(tc.proc, instant(t, tc.received), false, calendar.Default())
			if err != nil {
				t.Fatal(err)
			}
			last := r.Steps[len(r.Steps)-1]
			if last.Kind != StepInternal || last.TextIn("uk") != tc.uk || last.Date != r.InternalDue {
				t.Errorf("got %+v, want %s", last, tc.uk)
			}
		})
	}
}

func TestOfRegistered(t *testing.T) {
	t.Parallel()
	cal := calendar.Default()
	received := instant(t, "2025-11-14T18:20:00+02:00")
	of, err := Of(Appeal, received, false, cal)
	if err != nil {
		t.Fatal(err)
	}
	same, err := OfRegistered(Appeal, received, date(t, "2025-11-17"), false, cal)
	if err != nil {
		t.Fatal(err)
	}
	if same.Explanation != of.Explanation || same.Due != of.Due {
		t.Errorf("the day of the general rule tells another story: %s", same.Explanation)
	}
	// An official on duty takes it on Saturday; 15.12 is a Monday.
	early, err := OfRegistered(Appeal, received, date(t, "2025-11-15"), false, cal)
	if err != nil {
		t.Fatal(err)
	}
	if early.Due.String() != "2025-12-15" || !strings.Contains(early.Explanation, "зареєстровано сб 15.11 за календарем, чинним тоді → один місяць → пн 15.12.2025") {
		t.Errorf("registered on Saturday: %s", early.Explanation)
	}
	urgent, err := OfRegistered(InfoUrgent, received, date(t, "2025-11-18"), false, cal)
	if err != nil {
		t.Fatal(err)
	}
	if urgent.DueString() != "2025-11-16T18:20:00+02:00" {
		t.Errorf("48 hours moved with registration: %s", urgent.DueString())
	}
	if _, err := OfRegistered(Appeal, received, date(t, "2025-11-13"), false, cal); !errors.Is(err, ErrRegistered) {
		t.Errorf("registered before receipt: %v", err)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	cal := calendar.Default()
	at := instant(t, "2025-11-14T18:20:00+02:00")
	for _, tc := range []struct {
		name     string
		proc     Procedure
		at       time.Time
		extended bool
		cal      calendar.Calendar
		want     error
	}{
		{"unknown procedure", "petition", at, false, cal, ErrProcedure},
		{"unknown procedure, extended", "petition", at, true, cal, ErrProcedure},
		{"empty procedure", "", at, false, cal, ErrProcedure},
		{"simple appeal has no extension", AppealSimple, at, true, cal, ErrNoExtension},
		{"48 hours have no extension", InfoUrgent, at, true, cal, ErrNoExtension},
		{"zero time", Appeal, time.Time{}, false, cal, ErrRange},
		{"after the calendar", Appeal, at.AddDate(80, 0, 0), false, cal, ErrRange},
		{"empty calendar", Appeal, at, false, calendar.Calendar{}, ErrCalendar},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := Of(tc.proc, tc.at, tc.extended, tc.cal); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
	for _, p := range Procedures() {
		if got, err := ParseProcedure(string(p)); got != p || err != nil {
			t.Errorf("%s: %v, %v", p, got, err)
		}
		if want := p != AppealSimple && p != InfoUrgent; p.Extendable() != want {
			t.Errorf("%s: extendable %v", p, !want)
		}
	}
	for _, s := range []string{"", "APPEAL", "forward", "appeal-extended"} {
		if _, err := ParseProcedure(s); !errors.Is(err, ErrProcedure) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestDuties(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name          string
		duty          Duty
		registered    string
		due, internal string
		explanation   string
	}{
		{
			"forwarding ends on Saturday", Forward, "2025-11-17", "2025-11-24", "2025-11-21",
			"зареєстровано пн 17.11.2025 → 5 днів (сб 22.11) → перенесено на робочий день → пн 24.11.2025, ч. 3 ст. 7 Закону 393/96-ВР, п. 171 Типової інструкції (КМУ 55)",
		},
		{
			"data missing", ReturnData, "2025-11-19", "2025-11-24", "2025-11-24",
			"зареєстровано ср 19.11.2025 → 5 днів → пн 24.11.2025, ч. 4 ст. 7 Закону 393/96-ВР",
		},
		{
			"not drawn up as it should be", ReturnFormat, "2025-11-17", "2025-11-27", "2025-11-27",
			"зареєстровано пн 17.11.2025 → 10 днів → чт 27.11.2025, ст. 5 Закону 393/96-ВР",
		},
		{
			"request to the proper holder", InfoForward, "2025-11-17", "2025-11-24", "2025-11-24",
			"зареєстровано пн 17.11.2025 → 5 робочих днів → пн 24.11.2025, ч. 3 ст. 22 Закону 2939-VI",
		},
		{
			"notice of extension", InfoNotice, "2025-11-14", "2025-11-21", "2025-11-21",
			"зареєстровано пт 14.11.2025 → 5 робочих днів → пт 21.11.2025, ч. 4 ст. 20 Закону 2939-VI",
		},
		{
			"notice to the advocate", AdvocateNotice, "2025-11-14", "2025-11-21", "2025-11-21",
			"зареєстровано пт 14.11.2025 → 5 робочих днів → пт 21.11.2025, ст. 24 Закону 5076-VI",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := TermOf(tc.duty, date(t, tc.registered), calendar.Default())
			if err != nil {
				t.Fatal(err)
			}
			if got.Due.String() != tc.due || got.InternalDue.String() != tc.internal || got.Explanation != tc.explanation {
				t.Errorf("got %v, %v\n%s", got.Due, got.InternalDue, got.Explanation)
			}
			if got.Rule == "" || got.ExplanationIn("en") == "" || !calendar.FromTime(got.DueAt).Before(got.Due.AddDays(1)) {
				t.Errorf("incomplete: %+v", got)
			}
		})
	}
	for _, p := range Procedures() {
		for _, d := range p.Duties() {
			if _, err := TermOf(d, date(t, "2026-02-27"), calendar.Default()); err != nil {
				t.Errorf("%s %s: %v", p, d, err)
			}
		}
	}
	for _, d := range []Duty{"", "appeal"} {
		if _, err := TermOf(d, date(t, "2026-02-27"), calendar.Default()); !errors.Is(err, ErrDuty) {
			t.Errorf("%q: %v", d, err)
		}
	}
	if _, err := TermOf(Forward, calendar.Date{}, calendar.Default()); !errors.Is(err, ErrRange) {
		t.Errorf("zero date: %v", err)
	}
	if _, err := TermOf(Forward, date(t, "2026-02-27"), calendar.Calendar{}); !errors.Is(err, ErrCalendar) {
		t.Errorf("empty calendar: %v", err)
	}
}

// Stored terms refer to these ids: one may be added, none may change.
func TestRuleIDsAreStable(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.id())
		if r.norm == "" || r.normEN == "" || r.version < 1 || (r.proc == "") == (r.duty == "") {
			t.Errorf("%s: incomplete", r.id())
		}
	}
	want := []string{
		"appeal/393-96-20/1", "appeal-extended/393-96-20/1", "appeal-simple/393-96-20/1",
		"info/2939-20/1", "info-extended/2939-20/1", "info-urgent/2939-20/1",
		"deputy/93-13/1", "deputy-extended/93-13/1", "mp/2790-16/1", "mp-extended/2790-16/1",
		"advocate/5076-24/1", "advocate-extended/5076-24/1",
		"forward/393-96-7/1", "return-data/393-96-7/1", "return-format/393-96-5/1",
		"info-forward/2939-22/1", "info-notice/2939-20/1", "advocate-notice/5076-24/1",
	}
	if !slices.Equal(ids, want) {
		t.Errorf("got %q", ids)
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		proc Procedure
		json bool
		want string
	}{
		{
			"JSON, a date", Info, true,
			`{"registered":"2025-11-17","due":"2025-11-24","internal_due":"2025-11-24","rule":"info/2939-20/1","explanation":"надійшло пт 14.11.2025 18:20 → зареєстровано пн 17.11 → 5 робочих днів → пн 24.11.2025, ст. 20 Закону 2939-VI"}` + "\n",
		},
		{
			"JSON, a moment", InfoUrgent, true,
			`{"registered":"2025-11-17","due":"2025-11-16T18:20:00+02:00","internal_due":"2025-11-14T23:59:59+02:00","rule":"info-urgent/2939-20/1","explanation":"надійшло пт 14.11.2025 18:20 → 48 годин за годинником, вихідні не зупиняють → нд 16.11.2025 18:20, ч. 2 ст. 20 Закону 2939-VI; зареєстровано пн 17.11"}` + "\n",
		},
		{
			"text", Info, false,
			"Зареєстровано:    2025-11-17\nСтрок за законом: 2025-11-24\nВнутрішній строк: 2025-11-24\nПравило:          info/2939-20/1\nПояснення:        надійшло пт 14.11.2025 18:20 → зареєстровано пн 17.11 → 5 робочих днів → пн 24.11.2025, ст. 20 Закону 2939-VI\n",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, err := Of(tc.proc, instant(t, "2025-11-14T16:20:00Z"), false, calendar.Default())
			if err != nil {
				t.Fatal(err)
			}
			var buf bytes.Buffer
			if err := Print(&buf, r, tc.json); err != nil {
				t.Fatal(err)
			}
			if buf.String() != tc.want {
				t.Errorf("got  %s\nwant %s", buf.String(), tc.want)
			}
			raw, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var back Result
			if err := json.Unmarshal(raw, &back); err != nil || back.Due != r.Due || !back.DueAt.Equal(r.DueAt) || len(back.Steps) != len(r.Steps) {
				t.Errorf("the whole result did not survive JSON: %v", err)
			}
		})
	}
}

// variants are all terms that Of can count.
func variants() (out []struct {
	p        Procedure
	extended bool
},
) {
	for _, p := range Procedures() {
		for _, e := range []bool{false, true} {
			if !e || p.Extendable() {
				out = append(out, struct {
					p        Procedure
					extended bool
				}{p, e})
			}
		}
	}
	return out
}

// checkResult holds what is true of every result.
func checkResult(t testing.TB, r Result, cal calendar.Calendar) {
	t.Helper()
	bad := func(what string) {
		t.Helper()
		t.Fatalf("%s: %s extended=%v received %v\n%s", what, r.Procedure, r.Extended, r.Received, r.Explanation)
	}
	day := cal.DateOf(r.Received)
	_, shut, works := cal.Hours(day)
	sameDay := works && r.Received.Before(shut)
	switch {
	case !cal.IsWorking(r.Registered):
		bad("registered on a day off")
	case sameDay != (r.Registered == day):
		bad("registered on the wrong day")
	case cal.WorkingDays(day, r.Registered) > 1:
		bad("registered later than the next working day")
	case r.InternalDueAt.After(r.DueAt) || r.InternalDue.After(r.Due):
		bad("internal term after the due one")
	case r.Rule == "" || r.CalendarVersion != cal.Version() || r.Explanation == "" || r.ExplanationEN == "":
		bad("incomplete")
	case strings.ContainsFunc(r.ExplanationEN, func(c rune) bool { return unicode.Is(unicode.Cyrillic, c) }):
		bad("Ukrainian in the English explanation")
	}
	if r.Timed {
		if r.DueAt.Sub(r.Received) != 48*time.Hour {
			bad("not 48 hours")
		}
		if r.InternalDueAt.Before(r.Received) {
			bad("internal term before receipt")
		}
		return
	}
	switch {
	case !cal.IsWorking(r.Due):
		bad("due on a day off")
	case !cal.IsWorking(r.InternalDue):
		bad("internal term on a day off")
	case r.InternalDue.Before(r.Registered):
		bad("internal term before registration")
	case r.DueAt.In(cal.Location()).Format("2006-01-02 15:04:05") != r.Due.String()+" 23:59:59":
		bad("due moment is not the end of the day")
	case !strings.Contains(r.Explanation, r.Due.Time().Format("02.01.2006")):
		bad("the explanation does not name the due date")
	}
	n := r.Due.Sub(r.Registered)
	switch {
	case r.Procedure == Appeal && r.Extended && n > 45:
		bad("past 45 days")
	case r.Procedure == Appeal && !r.Extended && r.InternalDue.Sub(r.Registered) > 30:
		bad("internal term past 30 days")
	case r.Procedure == Appeal && !r.Extended && n < 28:
		bad("less than the shortest month")
	case r.Procedure == AppealSimple && n < 15, r.Procedure == MP && r.Extended && n < 30:
		bad("shorter than the law gives")
	case r.Procedure == Info || r.Procedure == Advocate:
		want := 5
		if r.Extended {
			want = 20
		}
		if cal.WorkingDays(r.Registered, r.Due) != want {
			bad("wrong number of working days")
		}
	}
}

// A step of 17 h 13 min meets every hour and weekday of six years, among them both
// changes of regime.
func TestProperties(t *testing.T) {
	t.Parallel()
	for name, cal := range calendars(t) {
		for _, v := range variants() {
			t.Run(fmt.Sprintf("%s %s extended=%v", name, v.p, v.extended), func(t *testing.T) {
				t.Parallel()
				var last Result
				end := instant(t, "2028-03-05T00:00:00Z")
				for at := instant(t, "2021-12-01T00:00:00Z"); at.Before(end); at = at.Add(17*time.Hour + 13*time.Minute) {
					r, err := Of(v.p, at, v.extended, cal)
					if err != nil {
						t.Fatal(err)
					}
					checkResult(t, r, cal)
					if r.Registered.Before(last.Registered) || r.DueAt.Before(last.DueAt) || r.InternalDueAt.Before(last.InternalDueAt) {
						t.Fatalf("received later, due earlier:\n%s\n%s", last.Explanation, r.Explanation)
					}
					// The same instant in another zone is the same case.
					moved, err := Of(v.p, at.In(time.FixedZone("", -9*3600-1800)), v.extended, cal)
					if err != nil || moved.Explanation != r.Explanation || moved.DueString() != r.DueString() {
						t.Fatalf("the zone of the moment matters: %s, %v", moved.Explanation, err)
					}
					last = r
				}
			})
		}
	}
}

// The extension never shortens a term, and is the cap for a date set by the head.
func TestExtensionIsLonger(t *testing.T) {
	t.Parallel()
	cal := calendar.Default()
	for at := instant(t, "2025-01-01T09:00:00Z"); at.Year() < 2027; at = at.AddDate(0, 0, 1) {
		for _, p := range Procedures() {
			if !p.Extendable() {
				continue
			}
			base, err := Of(p, at, false, cal)
			if err != nil {
				t.Fatal(err)
			}
			longer, err := Of(p, at, true, cal)
			if err != nil {
				t.Fatal(err)
			}
			if !longer.Due.After(base.Due) {
				t.Fatalf("%s: extended %s, plain %s", p, longer.Explanation, base.Explanation)
			}
		}
	}
}

func FuzzOf(f *testing.F) {
	for _, s := range []string{
		"2025-11-14T18:20:00+02:00", "2026-03-29T02:59:59+02:00", "2026-10-25T03:30:00+03:00",
		"2028-02-29T17:00:00+02:00", "2025-01-31T16:59:59+02:00", "2022-02-23T20:00:00+02:00", "2099-12-31T23:59:59+02:00",
	} {
		for i := range variants() {
			f.Add(instant(f, s).Unix(), uint8(i))
		}
	}
	f.Add(int64(0), uint8(0))
	f.Add(int64(1)<<40, uint8(3))
	cal := calendar.Default()
	f.Fuzz(func(t *testing.T, unix int64, which uint8) {
		v := variants()[int(which)%len(variants())]
		r, err := Of(v.p, time.Unix(unix, 0), v.extended, cal)
		if err != nil {
			if !errors.Is(err, ErrRange) {
				t.Fatal(err)
			}
			return
		}
		checkResult(t, r, cal)
	})
}

func BenchmarkOf(b *testing.B) {
	cal := calendar.Default()
	at := instant(b, "2025-11-14T18:20:00+02:00")
	for _, v := range variants() {
		b.Run(fmt.Sprintf("%s/extended=%v", v.p, v.extended), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Of(v.p, at, v.extended, cal); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
