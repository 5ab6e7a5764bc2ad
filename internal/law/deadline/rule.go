package deadline

import (
	"errors"
	"fmt"

	"ereception/internal/law/calendar"
)

// Procedure is the kind of proceeding a document is taken into; it decides the
// law and the term. It is fixed at registration.
type Procedure string

const (
	// Appeal is звернення громадян (пропозиція, заява, скарга), Закон 393/96-ВР.
	Appeal Procedure = "appeal"
	// AppealSimple is звернення that needs no further study (ст. 20: without delay, ≤ 15 days).
	AppealSimple Procedure = "appeal-simple"
	// Info is запит на публічну інформацію, Закон 2939-VI.
	Info Procedure = "info"
	// InfoUrgent is запит on life, freedom, environment, disasters… (ст. 20 ч. 2: 48 hours).
	InfoUrgent Procedure = "info-urgent"
	// Deputy is звернення депутата місцевої ради, Закон 93-IV.
	Deputy Procedure = "deputy"
	// MP is звернення народного депутата України, Закон 2790-XII.
	MP Procedure = "mp"
	// Advocate is адвокатський запит, Закон 5076-VI.
	Advocate Procedure = "advocate"
)

// Procedures lists all procedures in the order of the constants.
func Procedures() []Procedure {
	return []Procedure{Appeal, AppealSimple, Info, InfoUrgent, Deputy, MP, Advocate}
}

// ParseProcedure reads the string form of a procedure, or returns ErrProcedure.
func ParseProcedure(s string) (Procedure, error) {
	p := Procedure(s)
	if _, ok := ruleFor(p, false, calendar.Date{}); !ok {
		return "", fmt.Errorf("%w: %q", ErrProcedure, s)
	}
	return p, nil
}

// Extendable reports whether the law lets the head of the body extend the term.
func (p Procedure) Extendable() bool {
	_, ok := ruleFor(p, true, calendar.Date{})
	return ok
}

// Timed reports whether the term ends at a moment, not with a day.
func (p Procedure) Timed() bool { return timed[p] }

// timed holds the procedures whose newest rule counts hours: every row of every list asks.
var timed = func() map[Procedure]bool {
	out := map[Procedure]bool{}
	for _, p := range Procedures() {
		r, ok := ruleFor(p, false, calendar.Date{})
		out[p] = ok && r.unit == hours
	}
	return out
}()

// Errors that callers tell apart with errors.Is.
var (
	// ErrProcedure: the procedure is not one of Procedures.
	ErrProcedure = errors.New("unknown procedure")
	// ErrNoExtension: the law knows no extension of this term.
	ErrNoExtension = errors.New("the term of this procedure cannot be extended")
	// ErrRange: the moment lies outside the years the calendar covers.
	ErrRange = errors.New("date outside the calendar")
	// ErrRegistered: the given registration day is before the day of receipt.
	ErrRegistered = errors.New("registered before receipt")
	// ErrDuty: the duty is not one of the constants.
	ErrDuty = errors.New("unknown duty")
	// ErrCalendar: the calendar is the zero value.
	ErrCalendar = errors.New("empty calendar")
)

type unit int

const (
	days        unit = iota // calendar days
	months                  // the same day of a later month, or its last day
	workingDays             // working days of the calendar
	hours                   // hours by the clock, from the moment of receipt
)

// rule is one version of one term. A change of the law is a new row with the next
// version and the day it takes effect; old rows stay, for old cases.
type rule struct {
	base     string // id without version: "<procedure>/<law>-<article>"
	version  int
	from     calendar.Date // first registration day under this version; zero: always
	proc     Procedure
	duty     Duty
	extended bool

	n    int
	unit unit
	// capped: the law forbids to pass the n-th day, so a day off moves the term back.
	capped bool
	// stricter, if set: the internal term is the earlier of this many days and the term.
	stricter int

	norm, normEN string
}

func (r rule) id() string { return fmt.Sprintf("%s/%d", r.base, r.version) }

// rules holds every term of the product. All terms run from the registration day
// R; a last day that is not a working day moves to the next working day (КМУ 55,
// п. 171), unless capped.
var rules = []rule{
	{
		base: "appeal/393-96-20", version: 1, proc: Appeal,
		n: 1, unit: months, // Закон 393/96-ВР, ст. 20 ч. 1: not more than one month from receipt
		stricter: 30, // «один місяць» is read as 30 days by stricter practice (Київ, 1551)
		norm:     "ст. 20 Закону 393/96-ВР", normEN: "Art. 20 of Law 393/96-VR",
	},
	{
		base: "appeal-extended/393-96-20", version: 1, proc: Appeal, extended: true,
		n: 45, unit: days, capped: true, // Закон 393/96-ВР, ст. 20 ч. 1: the whole term ≤ 45 days
		norm: "ст. 20 Закону 393/96-ВР", normEN: "Art. 20 of Law 393/96-VR",
	},
	{
		base: "appeal-simple/393-96-20", version: 1, proc: AppealSimple,
		n: 15, unit: days, // Закон 393/96-ВР, ст. 20 ч. 1: no further study — ≤ 15 days
		norm: "ст. 20 Закону 393/96-ВР", normEN: "Art. 20 of Law 393/96-VR",
	},

	{
		base: "info/2939-20", version: 1, proc: Info,
		n: 5, unit: workingDays, // Закон 2939-VI, ст. 20 ч. 1: ≤ 5 working days
		norm: "ст. 20 Закону 2939-VI", normEN: "Art. 20 of Law 2939-VI",
	},
	{
		base: "info-extended/2939-20", version: 1, proc: Info, extended: true,
		n: 20, unit: workingDays, // Закон 2939-VI, ст. 20 ч. 4: ≤ 20 working days
		norm: "ч. 4 ст. 20 Закону 2939-VI", normEN: "Art. 20(4) of Law 2939-VI",
	},
	{
		base: "info-urgent/2939-20", version: 1, proc: InfoUrgent,
		n: 48, unit: hours, // Закон 2939-VI, ст. 20 ч. 2: ≤ 48 hours from receipt
		norm: "ч. 2 ст. 20 Закону 2939-VI", normEN: "Art. 20(2) of Law 2939-VI",
	},

	{
		base: "deputy/93-13", version: 1, proc: Deputy,
		n: 10, unit: days, // Закон 93-IV, ст. 13: ≤ 10 days
		norm: "ст. 13 Закону 93-IV", normEN: "Art. 13 of Law 93-IV",
	},
	{
		base: "deputy-extended/93-13", version: 1, proc: Deputy, extended: true,
		n: 1, unit: months, // Закон 93-IV, ст. 13: with further study ≤ one month
		norm: "ст. 13 Закону 93-IV", normEN: "Art. 13 of Law 93-IV",
	},
	{
		base: "mp/2790-16", version: 1, proc: MP,
		n: 10, unit: days, // Закон 2790-XII, ст. 16: ≤ 10 days from receipt
		norm: "ст. 16 Закону 2790-XII", normEN: "Art. 16 of Law 2790-XII",
	},
	{
		base: "mp-extended/2790-16", version: 1, proc: MP, extended: true,
		n: 30, unit: days, // Закон 2790-XII, ст. 16: ≤ 30 days, with an interim reply
		norm: "ст. 16 Закону 2790-XII", normEN: "Art. 16 of Law 2790-XII",
	},
	{
		base: "advocate/5076-24", version: 1, proc: Advocate,
		n: 5, unit: workingDays, // Закон 5076-VI, ст. 24 ч. 2: ≤ 5 working days
		norm: "ст. 24 Закону 5076-VI", normEN: "Art. 24 of Law 5076-VI",
	},
	{
		base: "advocate-extended/5076-24", version: 1, proc: Advocate, extended: true,
		n: 20, unit: workingDays, // Закон 5076-VI, ст. 24 ч. 2: ≤ 20 working days
		norm: "ст. 24 Закону 5076-VI", normEN: "Art. 24 of Law 5076-VI",
	},

	{
		base: "forward/393-96-7", version: 1, duty: Forward,
		n: 5, unit: days, // Закон 393/96-ВР, ст. 7 ч. 3: ≤ 5 days, the citizen is told
		norm: "ч. 3 ст. 7 Закону 393/96-ВР", normEN: "Art. 7(3) of Law 393/96-VR",
	},
	{
		base: "return-data/393-96-7", version: 1, duty: ReturnData,
		n: 5, unit: days, // Закон 393/96-ВР, ст. 7 ч. 4: the same five days
		norm: "ч. 4 ст. 7 Закону 393/96-ВР", normEN: "Art. 7(4) of Law 393/96-VR",
	},
	{
		base: "return-format/393-96-5", version: 1, duty: ReturnFormat,
		n: 10, unit: days, // Закон 393/96-ВР, ст. 5: ≤ 10 days from receipt
		norm: "ст. 5 Закону 393/96-ВР", normEN: "Art. 5 of Law 393/96-VR",
	},
	{
		base: "info-forward/2939-22", version: 1, duty: InfoForward,
		n: 5, unit: workingDays, // Закон 2939-VI, ст. 22 ч. 3 sets no number; ст. 20 ч. 1 bounds it
		norm: "ч. 3 ст. 22 Закону 2939-VI", normEN: "Art. 22(3) of Law 2939-VI",
	},
	{
		base: "info-notice/2939-20", version: 1, duty: InfoNotice,
		n: 5, unit: workingDays, // Закон 2939-VI, ст. 20 ч. 4: told within 5 working days
		norm: "ч. 4 ст. 20 Закону 2939-VI", normEN: "Art. 20(4) of Law 2939-VI",
	},
	{
		base: "advocate-notice/5076-24", version: 1, duty: AdvocateNotice,
		n: 5, unit: workingDays, // Закон 5076-VI, ст. 24 ч. 2: told within 5 working days
		norm: "ст. 24 Закону 5076-VI", normEN: "Art. 24 of Law 5076-VI",
	},
}

// ruleFor returns the version of the rule of a procedure in force on a
// registration day; the zero Date stands for "the newest".
func ruleFor(p Procedure, extended bool, on calendar.Date) (rule, bool) {
	return newest(on, func(r *rule) bool { return r.duty == "" && r.proc == p && r.extended == extended })
}

func newest(on calendar.Date, match func(*rule) bool) (best rule, ok bool) {
	for i := range rules {
		r := &rules[i]
		if match(r) && (on.IsZero() || !r.from.After(on)) && (!ok || r.version > best.version) {
			best, ok = *r, true
		}
	}
	return best, ok
}
