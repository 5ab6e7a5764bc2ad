package deadline

import (
	"fmt"
	"strings"
	"time"

	"ereception/internal/law/calendar"
)

// StepKind says what a step of an explanation tells.
type StepKind string

// The kinds of steps, in the order they come.
const (
	StepReceived   StepKind = "received"
	StepRegistered StepKind = "registered"
	StepCounted    StepKind = "counted" // so many days, with the day they lead to if it moves
	StepMoved      StepKind = "moved"   // off a day off
	StepDue        StepKind = "due"
	StepNote       StepKind = "note"     // a holiday or a local day that mattered
	StepInternal   StepKind = "internal" // the internal term; not part of Explanation
)

// Step is one part of an explanation, in both languages.
type Step struct {
	Kind StepKind `json:"kind"`
	// Date is the day the step leads to or speaks of.
	Date   calendar.Date `json:"date"`
	Text   string        `json:"text"`
	TextEN string        `json:"text_en"`
	// Norm is the rule of law behind the step, empty where there is none of its own.
	Norm string `json:"norm,omitempty"`
}

// TextIn returns the text in a locale: "en", or Ukrainian otherwise.
func (s Step) TextIn(locale string) string {
	if locale == "en" {
		return s.TextEN
	}
	return s.Text
}

// The rule that carries a term over a day off. КМУ 55 is recommended to local
// self-government (its п. 7); the bodies follow it.
const (
	moveNorm   = "п. 171 Типової інструкції (КМУ 55)"
	moveNormEN = "item 171 of the Instruction (CMU 55)"
)

var (
	weekdays   = [7]string{"нд", "пн", "вт", "ср", "чт", "пт", "сб"}
	weekdaysEN = [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
	// monthsOf are the months in the genitive: «до останнього дня лютого».
	monthsOf = [13]string{
		"", "січня", "лютого", "березня", "квітня", "травня", "червня",
		"липня", "серпня", "вересня", "жовтня", "листопада", "грудня",
	}
)

// story collects the steps of one explanation. Dates of the year in which the
// story begins are written without it, save the first and the last.
type story struct {
	year  int
	steps []Step
	// noted are the days already told of in a note.
	noted map[calendar.Date]bool
}

func (s *story) add(k StepKind, d calendar.Date, norm, uk, en string) {
	s.steps = append(s.steps, Step{Kind: k, Date: d, Text: uk, TextEN: en, Norm: norm})
}

func (s *story) short(d calendar.Date) (uk, en string) {
	if d.Year != s.year {
		return full(d)
	}
	date := fmt.Sprintf("%02d.%02d", d.Day, int(d.Month))
	return weekdays[d.Weekday()] + " " + date, weekdaysEN[d.Weekday()] + " " + date
}

func full(d calendar.Date) (uk, en string) {
	date := fmt.Sprintf("%02d.%02d.%04d", d.Day, int(d.Month), d.Year)
	return weekdays[d.Weekday()] + " " + date, weekdaysEN[d.Weekday()] + " " + date
}

func moment(t time.Time) (uk, en string) {
	uk, en = full(calendar.FromTime(t))
	clock := t.Format("15:04")
	return uk + " " + clock, en + " " + clock
}

// explain writes the steps and both explanations of a result.
func (r *Result) explain(rl rule, sp span, fixed bool, cal calendar.Calendar) {
	day := cal.DateOf(r.Received)
	s := story{year: day.Year}

	uk, en := moment(r.Received)
	s.add(StepReceived, day, "", "надійшло "+uk, "received "+en)

	uk, en = s.short(r.Registered)
	registered := Step{Kind: StepRegistered, Date: r.Registered, Text: "зареєстровано " + uk, TextEN: "registered " + en}
	if fixed {
		registered.Text += " за календарем, чинним тоді"
		registered.TextEN += " by the calendar in force then"
	}

	if rl.unit == hours {
		s.clock(r, rl, registered, cal)
	} else {
		s.steps = append(s.steps, registered)
		s.count(rl, sp)
		if !fixed {
			s.note(day, r.Registered, cal)
		}
		s.notes(rl, sp, cal)
		s.internal(rl, sp)
	}
	r.Steps = s.steps
	r.Explanation, r.ExplanationEN = s.line(rl)
}

// explain writes the steps and both explanations of a duty.
func (t *Term) explain(rl rule, sp span, cal calendar.Calendar) {
	s := story{year: t.Registered.Year}
	uk, en := full(t.Registered)
	s.add(StepRegistered, t.Registered, "", "зареєстровано "+uk, "registered "+en)
	s.count(rl, sp)
	s.notes(rl, sp, cal)
	s.internal(rl, sp)
	t.Steps = s.steps
	t.Explanation, t.ExplanationEN = s.line(rl)
}

// count tells of a term in days: how many, what moved, when it ends.
func (s *story) count(rl rule, sp span) {
	uk, en := rl.amount(sp)
	baseUK, baseEN := s.short(sp.base)
	switch {
	case sp.due == sp.base:
		s.add(StepCounted, sp.base, rl.norm, uk, en)
	case rl.capped:
		s.add(StepCounted, sp.base, rl.norm, fmt.Sprintf("%s (%s)", uk, baseUK), fmt.Sprintf("%s (%s)", en, baseEN))
		s.add(StepMoved, sp.due, rl.norm,
			fmt.Sprintf("перенесено назад на робочий день, бо довше %d днів не можна", rl.n),
			fmt.Sprintf("moved back to a working day, for %d days may not be passed", rl.n))
	default:
		s.add(StepCounted, sp.base, rl.norm, fmt.Sprintf("%s (%s)", uk, baseUK), fmt.Sprintf("%s (%s)", en, baseEN))
		s.add(StepMoved, sp.due, moveNorm, "перенесено на робочий день", "moved to a working day")
	}
	uk, en = full(sp.due)
	s.add(StepDue, sp.due, rl.norm, uk, en)
}

// amount words the length of the term.
func (rl rule) amount(sp span) (uk, en string) {
	switch rl.unit {
	case workingDays:
		uk, en = fmt.Sprintf("%d робочих днів", rl.n), fmt.Sprintf("%d working days", rl.n) // every n is 5 or 20
	case months:
		uk, en = "один місяць", "one month"
		if sp.base.Day != sp.start.Day {
			uk += fmt.Sprintf(", до останнього дня %s, бо %d-го числа в ньому немає", monthsOf[sp.base.Month], sp.start.Day)
			en += fmt.Sprintf(", to the last day of %s, which has no %d", sp.base.Month, sp.start.Day)
		}
	default:
		uk, en = fmt.Sprintf("%d днів", rl.n), fmt.Sprintf("%d days", rl.n) // 5, 10, 15, 30, 45
	}
	switch {
	case rl.capped:
		uk, en = uk+" разом із продовженням", en+" with the extension"
	case rl.extended:
		uk, en = uk+" (продовжено)", en+" (extended)"
	}
	return uk, en
}

// clock tells of a term in hours. Registration does not bear on it and comes as a note.
func (s *story) clock(r *Result, rl rule, registered Step, cal calendar.Calendar) {
	uk := fmt.Sprintf("%d годин за годинником, вихідні не зупиняють", rl.n)
	en := fmt.Sprintf("%d hours by the clock, days off included", rl.n)
	_, before := r.Received.Zone()
	_, after := r.DueAt.Zone()
	if before != after {
		uk += ", переведення годинника враховано"
		en += ", the change of clocks allowed for"
	}
	s.add(StepCounted, r.Due, rl.norm, uk, en)
	uk, en = moment(r.DueAt)
	s.add(StepDue, r.Due, rl.norm, uk, en)
	registered.Kind = StepNote
	s.steps = append(s.steps, registered)
	s.note(cal.DateOf(r.Received), r.Registered, cal)

	uk, en = moment(r.InternalDueAt)
	uk, en = "внутрішній строк: "+uk, "internal term: "+en
	switch {
	case r.InternalDueAt.Equal(r.DueAt):
	case r.InternalDueAt.Equal(r.Received):
		uk += ", негайно: робочих днів до кінця строку немає"
		en += ", at once: no working day is left in the term"
	default:
		uk += ", кінець останнього робочого дня перед вихідним"
		en += ", the end of the last working day before it"
	}
	s.add(StepInternal, r.InternalDue, "", uk, en)
}

// internal tells of the internal term in days.
func (s *story) internal(rl rule, sp span) {
	uk, en := full(sp.internal)
	uk, en = "внутрішній строк: "+uk, "internal term: "+en
	inner := sp.base
	if sp.earlier {
		inner = sp.start.AddDays(rl.stricter)
		uk += fmt.Sprintf(", %d днів настають раніше за місяць", rl.stricter)
		en += fmt.Sprintf(", %d days end before the month does", rl.stricter)
	}
	if inner != sp.internal {
		uk += ", перенесено назад на робочий день"
		en += ", moved back to a working day"
	}
	s.add(StepInternal, sp.internal, "", uk, en)
}

// notes tells of the special days that bore on a term in days: all that were
// counted over for working days, else those between the last day and the due one.
func (s *story) notes(rl rule, sp span, cal calendar.Calendar) {
	switch {
	case rl.unit == workingDays:
		s.note(sp.start.AddDays(1), sp.due, cal)
	case rl.capped:
		s.note(sp.due, sp.base, cal)
	default:
		s.note(sp.base, sp.due, cal)
	}
}

// note tells of each day from first to last that a holiday, a swap or a local
// order sets apart from its day of the week.
func (s *story) note(first, last calendar.Date, cal calendar.Calendar) {
	for d := first; !d.After(last); d = d.AddDays(1) {
		day := cal.Day(d)
		if day.Name == "" || s.noted[d] || day.Kind == calendar.HolidayOff && weekend(d) {
			continue
		}
		if s.noted == nil {
			s.noted = map[calendar.Date]bool{}
		}
		s.noted[d] = true
		uk, en := s.short(d)
		switch {
		case day.Kind == calendar.SuspendedHoliday:
			uk += fmt.Sprintf(" — робочий день попри свято (%s): воєнний стан", day.Name)
			en += fmt.Sprintf(" is a working day despite the holiday (%s): martial law", day.NameEN)
		case day.Working:
			uk += fmt.Sprintf(" — робочий день (%s)", day.Name)
			en += fmt.Sprintf(" is a working day (%s)", day.NameEN)
		default:
			uk += fmt.Sprintf(" — неробочий день (%s)", day.Name)
			en += fmt.Sprintf(" is not a working day (%s)", day.NameEN)
		}
		if day.Norm != "" {
			uk += ", " + day.Norm
		}
		if day.NormEN != "" {
			en += ", " + day.NormEN
		}
		s.add(StepNote, d, day.Norm, uk, en)
	}
}

// weekend holds for days whose being off surprises nobody.
func weekend(d calendar.Date) bool {
	return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
}

// line joins the steps: «надійшло … → зареєстровано … → … → пн 24.11.2025, ст. 20
// Закону 2939-VI; примітки».
func (s *story) line(rl rule) (uk, en string) {
	var chain, chainEN, notes, notesEN []string
	norm, normEN := rl.norm, rl.normEN
	for _, st := range s.steps {
		switch st.Kind {
		case StepInternal:
			continue
		case StepNote:
			notes, notesEN = append(notes, st.Text), append(notesEN, st.TextEN)
			continue
		case StepMoved:
			if st.Norm == moveNorm {
				norm, normEN = norm+", "+moveNorm, normEN+", "+moveNormEN
			}
		}
		chain, chainEN = append(chain, st.Text), append(chainEN, st.TextEN)
	}
	uk = strings.Join(append([]string{strings.Join(chain, " → ") + ", " + norm}, notes...), "; ")
	en = strings.Join(append([]string{strings.Join(chainEN, " → ") + ", " + normEN}, notesEN...), "; ")
	return uk, en
}
