package deadline

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"ereception/internal/law/calendar"
)

// PetitionStep is a part of the way of an electronic petition («електронна
// петиція», Закон 393/96-ВР, ст. 23-1) that has a term.
type PetitionStep string

// The steps. The first two bind the signatories, the others the city.
const (
	PetitionSupporters PetitionStep = "supporters" // the author gathers the first signatures
	PetitionGathering  PetitionStep = "gathering"  // the community signs
	PetitionCheck      PetitionStep = "check"      // the city publishes the petition or returns it with the ground
	PetitionAnnounce   PetitionStep = "announce"   // the city announces that the review has begun
	PetitionReview     PetitionStep = "review"     // the city reviews
	PetitionPublish    PetitionStep = "publish"    // the city publishes the answer
)

// petitionRule is one version of what the law says of a step. The charter of the
// community may be stricter, never looser. A change of the law is a new row with
// the next version and the day it takes effect, as in rules.
type petitionRule struct {
	step         PetitionStep
	base         string
	version      int
	from         calendar.Date // first day under this version; zero: always
	most         int           // of the unit, that the law allows at most
	unit         unit
	uk, en       string // the event from which the term runs
	norm, normEN string
}

// petitionRules are the law's own bounds. Parts of ст. 23-1 are not verified, see
// docs/legal-check.md §8.
var petitionRules = []petitionRule{
	{
		step: PetitionSupporters, base: "petition-supporters/393-96-23-1", version: 1,
		most: 3, unit: months, // the law knows no first signatures; they are bound as the gathering is
		uk: "збір перших підписів почато", en: "the first signatures gathered from",
		norm: "статут громади (ст. 23-1 Закону 393/96-ВР)", normEN: "the charter of the community (Art. 23-1 of Law 393/96-VR)",
	},
	{
		step: PetitionGathering, base: "petition-gathering/393-96-23-1", version: 1,
		most: 3, unit: months, // Закон 393/96-ВР, ст. 23-1: not more than three months
		uk: "збір підписів почато", en: "signatures gathered from",
		norm: "статут громади (ст. 23-1 Закону 393/96-ВР)", normEN: "the charter of the community (Art. 23-1 of Law 393/96-VR)",
	},
	{
		step: PetitionCheck, base: "petition-check/393-96-23-1", version: 1,
		most: 2, unit: workingDays, // Закон 393/96-ВР, ст. 23-1, ч. 6: two working days from submission
		uk: "подано", en: "submitted",
		norm: "ст. 23-1 Закону 393/96-ВР", normEN: "Art. 23-1 of Law 393/96-VR",
	},
	{
		step: PetitionAnnounce, base: "petition-announce/393-96-23-1", version: 1,
		most: 3, unit: workingDays, // Закон 393/96-ВР, ст. 23-1: three working days after the last signature needed
		uk: "набрала підписи", en: "gathered its signatures",
		norm: "ст. 23-1 Закону 393/96-ВР", normEN: "Art. 23-1 of Law 393/96-VR",
	},
	{
		step: PetitionReview, base: "petition-review/393-96-23-1", version: 1,
		most: 10, unit: workingDays, // Закон 393/96-ВР, ст. 23-1: at once, ten working days at most
		uk: "розгляд оголошено", en: "review announced",
		norm: "ст. 23-1 Закону 393/96-ВР", normEN: "Art. 23-1 of Law 393/96-VR",
	},
	{
		step: PetitionPublish, base: "petition-publish/393-96-23-1", version: 1,
		most: 1, unit: workingDays, // Закон 393/96-ВР, ст. 23-1: not later than the next working day
		uk: "розгляд завершено", en: "review ended",
		norm: "ст. 23-1 Закону 393/96-ВР", normEN: "Art. 23-1 of Law 393/96-VR",
	},
}

// petitionLaw is the version of the rule of a step in force on a day; the zero
// Date stands for the newest.
func petitionLaw(step PetitionStep, on calendar.Date) (best petitionRule, ok bool) {
	for _, r := range petitionRules {
		if r.step == step && (on.IsZero() || !r.from.After(on)) && (!ok || r.version > best.version) {
			best, ok = r, true
		}
	}
	return best, ok
}

// PetitionMost is how many days a charter that is in force from a day may give for
// a step: working days for the city, calendar days for signatories. A term in
// months is given by its longest: what is longer than the months of a certain
// start is cut when it is counted (Gathering). 0 stands for an unknown step.
func PetitionMost(step PetitionStep, on calendar.Date) int {
	rl, _ := petitionLaw(step, on)
	if rl.unit != months {
		return rl.most
	}
	longest := 0
	for d := calendar.NewDate(2024, time.January, 1); d.Year < 2028; d = d.AddDays(1) { // a leap year and three others
		longest = max(longest, d.AddMonths(rl.most).Sub(d))
	}
	return longest
}

// ErrStep: the step is not one of the constants, or not one that the function counts.
var ErrStep = errors.New("unknown step of a petition")

// ErrLength: the charter gives more days than the law allows, or none.
var ErrLength = errors.New("a term that the law does not allow")

func (rl petitionRule) id() string { return fmt.Sprintf("%s/%d", rl.base, rl.version) }

func petitionRuleFor(step PetitionStep, days int, from time.Time, cal calendar.Calendar) (petitionRule, error) {
	if err := check(cal, from); err != nil {
		return petitionRule{}, err
	}
	day := cal.DateOf(from)
	rl, ok := petitionLaw(step, day)
	if !ok {
		return rl, fmt.Errorf("%w: %q", ErrStep, string(step))
	}
	if most := PetitionMost(step, day); days < 1 || days > most {
		return rl, fmt.Errorf("%w: %d days for %s, the law allows %d", ErrLength, days, step, most)
	}
	return rl, nil
}

// Petition counts the term that binds the city in a step: n working days of the
// charter, not more than the law allows, after the day of the moment from. The
// day of an event does not count itself. Errors: ErrStep, ErrLength, ErrRange,
// ErrCalendar.
func Petition(step PetitionStep, from time.Time, n int, cal calendar.Calendar) (Result, error) {
	rl, err := petitionRuleFor(step, n, from, cal)
	if err != nil {
		return Result{}, err
	}
	if rl.unit != workingDays {
		return Result{}, fmt.Errorf("%w: %s runs in calendar days", ErrStep, step)
	}
	start := cal.DateOf(from)
	r := petitionResult(rl, from, cal.AddWorkingDays(start, n), cal)
	s := story{year: start.Year}
	uk, en := moment(r.Received)
	s.add(StepReceived, start, "", rl.uk+" "+uk, rl.en+" "+en)
	days, daysEN := workingDaysOf(n)
	s.add(StepCounted, r.Due, rl.norm, days, daysEN)
	uk, en = full(r.Due)
	s.add(StepDue, r.Due, rl.norm, uk, en)
	s.note(start.AddDays(1), r.Due, cal)
	return r.told(s, rl), nil
}

// Back are the days that a gathering gets back, by why nobody could sign on as many.
type Back struct {
	Switched int // signing was switched off
	Weighed  int // the petition was held to have its signatures, and some were taken out then
}

// Days are all of them.
func (b Back) Days() int { return b.Switched + b.Weighed }

// Gathering counts the term within which signatures are good: n calendar days of
// the charter after the day of the moment from, and those given back for
// days on which nobody could sign. The last day is not carried over a day off:
// people sign on days off as well, and a later end would favour some petitions.
// The days of the charter never pass the same number of the third month (ст. 23-1:
// not more than three months); days given back come after it, since nobody could
// sign on as many before (docs/legal-check.md §8). Errors are those of
// Petition.
func Gathering(step PetitionStep, from time.Time, n int, back Back, cal calendar.Calendar) (Result, error) {
	rl, err := petitionRuleFor(step, n, from, cal)
	if err != nil {
		return Result{}, err
	}
	if rl.unit == workingDays {
		return Result{}, fmt.Errorf("%w: %s runs in working days", ErrStep, step)
	}
	if back.Switched < 0 || back.Weighed < 0 {
		return Result{}, fmt.Errorf("%w: %d and %d days given back", ErrLength, back.Switched, back.Weighed)
	}
	start := cal.DateOf(from)
	last := start.AddDays(n)
	law := start.AddMonths(rl.most)
	cut := last.After(law)
	if cut {
		last = law
	}
	r := petitionResult(rl, from, last.AddDays(back.Days()), cal)
	s := story{year: start.Year}
	uk, en := full(start)
	s.add(StepReceived, start, "", rl.uk+" "+uk, rl.en+" "+en)
	days, daysEN := daysOf(n)
	s.add(StepCounted, start.AddDays(n), rl.norm, days, daysEN)
	if cut {
		uk, en = full(law)
		s.add(StepMoved, law, rl.norm, "але не довше трьох місяців: "+uk, "but not longer than three months: "+en) // most is 3: TestBoundsOfTheLawAreVersions
	}
	if back.Switched > 0 {
		days, daysEN = daysOf(back.Switched)
		s.add(StepMoved, last.AddDays(back.Switched), "", "і ще "+days+", бо підписання було вимкнено", "and "+daysEN+" more, for signing was switched off")
	}
	if back.Weighed > 0 {
		days, daysEN = daysOf(back.Weighed)
		s.add(StepMoved, r.Due, "", "і ще "+days+", бо петиція вважалася такою, що набрала підписи, і підписати її не можна було",
			"and "+daysEN+" more, for the petition was held to have its signatures and could not be signed")
	}
	uk, en = full(r.Due)
	s.add(StepDue, r.Due, rl.norm, uk+", до кінця доби", en+", to the end of the day")
	return r.told(s, rl), nil
}

// ReviewSession is the term of a review that waits for a session of the council:
// the law then lets it last as long as the hearing needs (ст. 23-1), so the day
// of the session is the term. It makes the term longer and never shorter: a
// session within the n working days of the charter leaves those as they are.
// Errors: those of Petition, and ErrRegistered for a session before the
// announcement.
func ReviewSession(announced time.Time, session calendar.Date, n int, cal calendar.Calendar) (Result, error) {
	rl, err := petitionRuleFor(PetitionReview, n, announced, cal)
	if err != nil {
		return Result{}, err
	}
	start := cal.DateOf(announced)
	if session.Before(start) {
		return Result{}, fmt.Errorf("%w: announced %v, session %v", ErrRegistered, start, session)
	}
	if !cal.Covers(session) {
		return Result{}, fmt.Errorf("%w: year %d", ErrRange, session.Year)
	}
	usual := cal.AddWorkingDays(start, n)
	due := session
	if session.Before(usual) {
		due = usual
	}
	rl.base = "petition-session/393-96-23-1"
	r := petitionResult(rl, announced, due, cal)
	r.Extended = usual.Before(session)
	s := story{year: start.Year}
	uk, en := moment(r.Received)
	s.add(StepReceived, start, "", rl.uk+" "+uk, rl.en+" "+en)
	if r.Extended {
		s.add(StepCounted, session, rl.norm, "розгляд потребує сесії міської ради", "the review needs a session of the city council")
	} else {
		days, daysEN := workingDaysOf(n)
		uk, en = full(session)
		s.add(StepCounted, usual, rl.norm, days+" (сесія міської ради "+uk+" відбудеться в межах строку)", daysEN+" (the session of the city council on "+en+" is within the term)")
	}
	uk, en = full(due)
	s.add(StepDue, due, rl.norm, uk, en)
	if !r.Extended {
		s.note(start.AddDays(1), due, cal)
	}
	return r.told(s, rl), nil
}

func petitionResult(rl petitionRule, from time.Time, due calendar.Date, cal calendar.Calendar) Result {
	loc := cal.Location()
	return Result{
		Received: from.In(loc), Registered: cal.DateOf(from), Due: due, DueAt: due.EndIn(loc), InternalDue: due, InternalDueAt: due.EndIn(loc),
		Rule: rl.id(), RuleVersion: strconv.Itoa(rl.version), CalendarVersion: cal.Version(),
	}
}

func (r Result) told(s story, rl petitionRule) Result {
	r.Steps = s.steps
	r.Explanation, r.ExplanationEN = s.line(rule{norm: rl.norm, normEN: rl.normEN})
	return r
}

func workingDaysOf(n int) (uk, en string) {
	switch {
	case n == 1:
		return "1 робочий день", "1 working day"
	case n < 5:
		return fmt.Sprintf("%d робочі дні", n), fmt.Sprintf("%d working days", n)
	}
	return fmt.Sprintf("%d робочих днів", n), fmt.Sprintf("%d working days", n)
}

func daysOf(n int) (uk, en string) {
	en = fmt.Sprintf("%d days", n)
	if n == 1 {
		en = "1 day"
	}
	switch {
	case n%10 == 1 && n%100 != 11:
		return fmt.Sprintf("%d день", n), en
	case n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14):
		return fmt.Sprintf("%d дні", n), en
	}
	return fmt.Sprintf("%d днів", n), en
}

// OfPetition counts the term of any step; n 0 stands for the most that the law
// allows. Errors are those of Petition.
func OfPetition(step PetitionStep, from time.Time, n int, cal calendar.Calendar) (Result, error) {
	if n == 0 {
		n = PetitionMost(step, calendar.Date{})
	}
	if rl, _ := petitionLaw(step, calendar.Date{}); rl.unit == months && rl.most != 0 {
		return Gathering(step, from, n, Back{}, cal)
	}
	return Petition(step, from, n, cal)
}
