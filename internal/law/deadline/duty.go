package deadline

import (
	"fmt"
	"time"

	"ereception/internal/law/calendar"
)

// Duty is something the body must do within a term of its own while the main
// term runs.
type Duty string

const (
	// Forward: send an appeal to the body in charge («переслати за належністю») and
	// tell the citizen; a complaint never goes to the one complained of.
	Forward Duty = "forward"
	// ReturnData: return an appeal that lacks data for a grounded decision.
	ReturnData Duty = "return-data"
	// ReturnFormat: return an appeal not drawn up as ст. 5 requires, with an explanation.
	ReturnFormat Duty = "return-format"
	// InfoForward: send an information request to the proper holder («розпорядник»).
	InfoForward Duty = "info-forward"
	// InfoNotice: tell the requester of an extension to 20 working days, with reasons.
	InfoNotice Duty = "info-notice"
	// AdvocateNotice: tell the advocate of an extension, with reasons.
	AdvocateNotice Duty = "advocate-notice"
)

// Duties lists the duties that a procedure may bring about.
func (p Procedure) Duties() []Duty {
	switch p {
	case Appeal, AppealSimple:
		return []Duty{Forward, ReturnData, ReturnFormat}
	case Info:
		return []Duty{InfoForward, InfoNotice}
	case InfoUrgent:
		return []Duty{InfoForward}
	case Advocate:
		return []Duty{AdvocateNotice}
	}
	return nil
}

// Term is the counted term of a duty; the fields mean what they mean in Result.
type Term struct {
	Duty            Duty          `json:"duty"`
	Registered      calendar.Date `json:"registered"`
	Due             calendar.Date `json:"due"`
	DueAt           time.Time     `json:"due_at"`
	InternalDue     calendar.Date `json:"internal_due"`
	Rule            string        `json:"rule"`
	RuleVersion     string        `json:"rule_version"`
	CalendarVersion string        `json:"calendar_version"`
	Explanation     string        `json:"explanation"`
	ExplanationEN   string        `json:"explanation_en"`
	Steps           []Step        `json:"steps"`
}

// ExplanationIn returns the explanation in a locale: "en", or Ukrainian otherwise.
func (t Term) ExplanationIn(locale string) string {
	return Result{Explanation: t.Explanation, ExplanationEN: t.ExplanationEN}.ExplanationIn(locale)
}

// TermOf counts the term of a duty from the registration day, by the same rules on
// days off as the main term. Errors: ErrDuty, ErrRange, ErrCalendar.
func TermOf(d Duty, registered calendar.Date, cal calendar.Calendar) (Term, error) {
	if !cal.Valid() {
		return Term{}, ErrCalendar
	}
	if !cal.Covers(registered) {
		return Term{}, fmt.Errorf("%w: year %d", ErrRange, registered.Year)
	}
	rl, ok := newest(registered, func(r *rule) bool { return d != "" && r.duty == d })
	if !ok {
		return Term{}, fmt.Errorf("%w: %q", ErrDuty, string(d))
	}
	s := rl.span(registered, cal)
	t := Term{
		Duty: d, Registered: registered,
		Due: s.due, DueAt: s.due.EndIn(cal.Location()), InternalDue: s.internal,
		Rule: rl.id(), RuleVersion: fmt.Sprint(rl.version), CalendarVersion: cal.Version(),
	}
	t.explain(rl, s, cal)
	return t, nil
}
