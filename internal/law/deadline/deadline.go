// Package deadline counts statutory terms: from a procedure, the moment of
// receipt and a calendar to a due date with an explanation that a person can
// check by hand. It is the only place that knows a term. It is pure.
//
// How a term is counted:
//
//   - What is received on a working day before the office closes is registered
//     that day, else on the next working day: the registration day R («день
//     реєстрації»). Terms run from R.
//   - Calendar days and months: R + n; a month ends on the same number of the next
//     month, or on its last day. A last day that is not a working day moves to the
//     next working day. The 45 days of an extended appeal may not be passed, so
//     there it moves back.
//   - Working days: the n-th working day after R.
//   - The 48 hours of an urgent request run by the clock from the moment of
//     receipt, through nights and days off, and never move.
//
// Beside the due date stands the internal one («внутрішній строк»), which the
// body sets itself and which moves back, not forward, and never before R. For an
// appeal it is the earlier of 30 days and one month. For an urgent request it is
// the due moment, or, when that falls on a day off, the end of the working day
// before it — and the moment of receipt, meaning "at once", when even that is past.
//
// A rule and a calendar carry versions, kept in the result: a stored term says
// what it was counted with and is not recounted when either changes. No law of the
// procedures here knows a pause, so none is offered.
package deadline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ereception/internal/law/calendar"
)

// Result is a counted term. Its own JSON is for keeping the whole of it; for the
// short public form see Print.
type Result struct {
	Procedure Procedure `json:"procedure"`
	Extended  bool      `json:"extended,omitempty"`
	// Received is the moment of receipt in the zone of the office.
	Received time.Time `json:"received"`
	// Registered is the day R.
	Registered calendar.Date `json:"registered"`
	// Due is the last day of the term; DueAt its last moment: a microsecond before midnight,
	// or the exact end of the 48 hours.
	Due   calendar.Date `json:"due"`
	DueAt time.Time     `json:"due_at"`
	// InternalDue and InternalDueAt are the same for the internal term; never after Due.
	InternalDue   calendar.Date `json:"internal_due"`
	InternalDueAt time.Time     `json:"internal_due_at"`
	// Timed is set when the term ends at a moment, not with a day (info-urgent).
	Timed bool `json:"timed,omitempty"`
	// Rule is the stable id of the rule with its version: "appeal/393-96-20/1".
	Rule            string `json:"rule"`
	RuleVersion     string `json:"rule_version"`
	CalendarVersion string `json:"calendar_version"`
	// Explanation tells in one line how Due was found and cites the norm; Steps tell
	// the same in parts, with the internal term as the last one.
	Explanation   string `json:"explanation"`
	ExplanationEN string `json:"explanation_en"`
	Steps         []Step `json:"steps"`
}

// ExplanationIn returns the explanation in a locale: "en", or Ukrainian otherwise.
func (r Result) ExplanationIn(locale string) string {
	if locale == "en" {
		return r.ExplanationEN
	}
	return r.Explanation
}

// DueString returns the due date as YYYY-MM-DD, or RFC 3339 when Timed.
func (r Result) DueString() string { return r.format(r.Due, r.DueAt) }

// InternalDueString returns the internal due date in the form of DueString.
func (r Result) InternalDueString() string { return r.format(r.InternalDue, r.InternalDueAt) }

func (r Result) format(d calendar.Date, at time.Time) string {
	if r.Timed {
		return at.Format(time.RFC3339)
	}
	return d.String()
}

// Of counts the term of what was received at a moment and is registered by the
// general rule. Extended asks for the longest term that the head of the body may
// set; it is also the cap for any other date he chooses.
//
// Errors: ErrProcedure, ErrNoExtension, ErrRange, ErrCalendar.
func Of(p Procedure, received time.Time, extended bool, cal calendar.Calendar) (Result, error) {
	if err := check(cal, received); err != nil {
		return Result{}, err
	}
	return count(p, received, cal.RegistrationDay(received), false, extended, cal)
}

// Returned tells of a term that it was counted from the moment at which the applicant
// returned the matter for consideration: as of what is received at that moment, but
// the explanation says that it was returned.
func (r Result) Returned() Result {
	first := r.Steps[0] // the receipt
	r.Steps = slices.Clone(r.Steps)
	r.Steps[0].Text = "повернуто на розгляд" + strings.TrimPrefix(first.Text, "надійшло")
	r.Steps[0].TextEN = "returned for consideration" + strings.TrimPrefix(first.TextEN, "received")
	r.Explanation = r.Steps[0].Text + strings.TrimPrefix(r.Explanation, first.Text)
	r.ExplanationEN = r.Steps[0].TextEN + strings.TrimPrefix(r.ExplanationEN, first.TextEN)
	return r
}

// OfRegistered counts the term of what was registered on a given day already. The day
// need not be that of the general rule nor a working day: the calendar may have been
// changed since, and the explanation says so. It is not before the day of receipt
// (ErrRegistered). Other errors are those of Of.
func OfRegistered(p Procedure, received time.Time, registered calendar.Date, extended bool, cal calendar.Calendar) (Result, error) {
	if err := check(cal, received); err != nil {
		return Result{}, err
	}
	if day := cal.DateOf(received); registered.Before(day) {
		return Result{}, fmt.Errorf("%w: received %v, registered %v", ErrRegistered, day, registered)
	}
	fixed := registered != cal.RegistrationDay(received)
	return count(p, received, registered, fixed, extended, cal)
}

func check(cal calendar.Calendar, received time.Time) error {
	if !cal.Valid() {
		return ErrCalendar
	}
	if day := cal.DateOf(received); !cal.Covers(day) {
		return fmt.Errorf("%w: year %d", ErrRange, day.Year)
	}
	return nil
}

func count(p Procedure, received time.Time, registered calendar.Date, fixed, extended bool, cal calendar.Calendar) (Result, error) {
	if !cal.Covers(registered) {
		return Result{}, fmt.Errorf("%w: year %d", ErrRange, registered.Year)
	}
	rl, ok := ruleFor(p, extended, registered)
	if !ok {
		if _, known := ruleFor(p, false, registered); known {
			return Result{}, fmt.Errorf("%w: %s", ErrNoExtension, p)
		}
		return Result{}, fmt.Errorf("%w: %q", ErrProcedure, string(p))
	}
	loc := cal.Location()
	r := Result{
		Procedure: p, Extended: extended,
		Received: received.In(loc), Registered: registered,
		Rule: rl.id(), RuleVersion: strconv.Itoa(rl.version), CalendarVersion: cal.Version(),
	}
	var span span
	if rl.unit == hours {
		r.Timed = true
		// Hours on the clock are elapsed time: a night with 23 or 25 hours changes
		// what the wall shows, not how long the term lasts.
		r.DueAt = r.Received.Add(time.Duration(rl.n) * time.Hour)
		r.InternalDueAt = internalMoment(r.Received, r.DueAt, cal)
		r.Due, r.InternalDue = cal.DateOf(r.DueAt), cal.DateOf(r.InternalDueAt)
	} else {
		span = rl.span(registered, cal)
		r.Due, r.InternalDue = span.due, span.internal
		r.DueAt, r.InternalDueAt = r.Due.EndIn(loc), r.InternalDue.EndIn(loc)
	}
	r.explain(rl, span, fixed, cal)
	return r, nil
}

// span is a term counted in days.
type span struct {
	start    calendar.Date
	base     calendar.Date // the last day before any move
	due      calendar.Date
	internal calendar.Date
	earlier  bool // the internal term rests on the stricter reading, not on base
}

func (rl rule) span(start calendar.Date, cal calendar.Calendar) span {
	s := span{start: start}
	switch rl.unit {
	case workingDays:
		s.base = cal.AddWorkingDays(start, rl.n)
	case months:
		s.base = start.AddMonths(rl.n)
	default:
		s.base = start.AddDays(rl.n)
	}
	if rl.capped {
		s.due = notBefore(start, cal.OnOrBefore(s.base))
	} else {
		s.due = cal.OnOrAfter(s.base) // КМУ 55, п. 171
	}
	inner := s.base
	if strict := start.AddDays(rl.stricter); rl.stricter > 0 && strict.Before(inner) {
		inner, s.earlier = strict, true
	}
	s.internal = notBefore(start, cal.OnOrBefore(inner))
	return s
}

func notBefore(floor, d calendar.Date) calendar.Date {
	if d.Before(floor) {
		return floor
	}
	return d
}

// internalMoment moves a due moment that falls on a day off back to the end of the
// working day before it, but not before receipt. The end of the day and not the
// closing of the office: as for terms in days, and so that what came later is never
// due earlier.
func internalMoment(received, due time.Time, cal calendar.Calendar) time.Time {
	day := cal.DateOf(due)
	if cal.IsWorking(day) {
		return due
	}
	end := cal.PrevWorking(day).EndIn(cal.Location())
	if end.Before(received) {
		return received
	}
	return end
}
