package cabinet

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	"ereception/templates/ui"

	dom "ereception/internal/appeals"
	page "ereception/templates/cabinet"
)

// caseView maps a case to its page for one reader.
type caseView struct {
	*dom.Case
	who     authz.Actor
	now     time.Time
	back    filterForm
	at      attempt
	tab     string
	similar []dom.Brief
	near    []dom.Brief

	choices    choices
	executors  []dom.Choice
	managers   []dom.Choice
	templates  []dom.Template
	terms      map[deadline.Procedure]time.Time // what each procedure would make of the term
	resolveBy  time.Time                        // the last day that a resolution may give
	blanks     []dom.Blank                      // of the text that is written, or waits for the signature
	endings    []dom.EndingDue                  // until when it may be ended without an answer
	owed       []dom.EndingDue                  // until when the ending of the form is owed
	recipients []string                         // bodies to suggest
	key        uuid.UUID
}

// may reports whether the reader may take the action now: the move starts from
// the present state, his role allows it, and he stands in the right relation.
func (v *caseView) may(name string) bool {
	i := slices.IndexFunc(forms, func(f form) bool { return f.name == name })
	if i < 0 {
		return false
	}
	f := forms[i]
	if !v.who.Can(f.action) || v.Permit(v.who, f.action) != nil {
		return false
	}
	if f.move != "" {
		m := slices.IndexFunc(dom.Moves, func(m dom.Move) bool { return m.Name == f.move })
		if m < 0 || !dom.Moves[m].Allows(v.State) {
			return false
		}
	}
	switch name {
	case formTake:
		return v.ExecutorID == nil && v.Permit(v.who, authz.AnswerDraft) == nil
	case formPost:
		return v.ToPost != nil
	case formDispatch:
		return v.ToDispatch != nil
	case formForward, formGiveBack, formNotConsidered, formDuplicate:
		return v.Ends(endingForms[name])
	case formHide:
		return v.OnMap() && !v.State.Ended()
	case formUnhide:
		return v.Hidden != "" && !v.Personal
	case formExtend:
		return !v.Extended && v.Procedure.Extendable() && !v.now.After(v.DueAt)
	case formReclass:
		return v.Reclassifiable()
	case formSign, formReturn:
		return v.Case.Answer != nil && v.Case.Answer.State == dom.AnswerSubmitted
	}
	return true
}

// first is the form that role and state call for; empty when it is somebody else's turn.
func (v *caseView) first() string {
	order := []string{formSign}
	if form := v.endingForm(); form != "" {
		order = append(order, form) // a letter that was begun
	}
	switch v.State {
	case dom.ResolutionPending, dom.Reopened:
		order = append(order, formResolve, formAssign)
	case dom.Received:
		order = append(order, formRegister)
	case dom.Registered:
		order = append(order, formAssign)
	case dom.InProgress, dom.Clarifying:
		if v.ResolutionLate() {
			order = append(order, formResolve) // its term is past the statutory one
		}
		order = append(order, formTake, formAnswer)
	}
	order = append(order, formPost, formDispatch, formProof)
	for _, name := range order {
		if v.may(name) {
			return name
		}
	}
	return ""
}

// endingForm is the form of the letter that is being written, when it ends the appeal.
func (v *caseView) endingForm() string {
	if n := v.draft(); n != nil {
		for form, result := range endingForms {
			if n.Result == result {
				return form
			}
		}
	}
	return ""
}

// others are the forms beside the first, in the order of the page.
var others = []string{
	formSign, formResolve, formAnswer, formAsk, formNote, formAssign, formManager, formForward, formGiveBack, formNotConsidered, formDuplicate, formSendBack, formPost, formDispatch, formExtend, formReclass, formClose, formPromise, formProof,
	formHide, formUnhide,
}

// others puts what ends an appeal that nobody works on yet before the rest: whether it
// is the city's at all is the first thing to decide (Закон 393/96-ВР, ст. 7, ч. 3).
func (v *caseView) others() []string {
	if v.State != dom.Registered {
		return others
	}
	return append([]string{formManager, formForward}, slices.DeleteFunc(slices.Clone(others), func(s string) bool { return s == formManager || s == formForward })...)
}

// maxButtons is how many of the others stand as buttons, the rest under «Інші дії».
const maxButtons = 2

func (v *caseView) href(form string) string { return caseURL(v.Number, form, v.back) }

func (v *caseView) page(ctx context.Context) page.CasePage {
	t := func(key string, args ...any) string { return i18n.T(ctx, key, args...) }
	p := page.CasePage{
		Frame:    layout.OfficePage{},
		Back:     ui.Link{Href: v.back.href(), Label: t("frame.set." + v.back.Set)},
		Next:     v.href("next"),
		Prev:     v.href("prev"),
		Number:   v.Number,
		Words:    v.Kind.Args(i18n.Locale(ctx)),
		Status:   string(v.State),
		Late:     v.late(ctx),
		Badges:   v.badges(ctx),
		Meta:     v.meta(ctx),
		Title:    v.Title,
		Demo:     v.Demo,
		Steps:    v.steps(ctx),
		Tabs:     v.tabs(ctx),
		Tab:      v.tab,
		Errors:   v.errors(),
		Conflict: v.at.conflict,
		Letter:   page.Letter{Time: i18n.DateTime(ctx, v.ReceivedAt), Text: v.Body, Files: fileItems(ctx, v.Case.Files)},
		Person:   v.person(ctx),
		Answer:   v.answer(ctx),
		Earlier:  v.earlier(ctx),
		Rating:   verdictNote(ctx, v.Verdict),
		Similar:  v.similarTo(ctx),
		Promise:  v.promised(ctx),
		Act:      v.act(ctx),
		Term:     v.term(ctx),
		Place:    v.place(ctx),
		Staff:    v.staff(ctx),
		Trail:    v.trail(),
		Task:     v.task(ctx),
		Story:    v.story(ctx),
		History:  caseURL(v.Number, "", v.back) + "&tab=history",
		Thread:   v.thread(ctx),
		Files:    fileItems(ctx, v.Sent()),
		Answered: fileItems(ctx, v.answerFiles()),
	}
	if p.Act.Kind != "" && v.at.form != v.first() || p.Conflict != "" || len(p.Errors) > 0 {
		p.Tab = "" // the form that was asked for stands on the card
	}
	if p.Act.Kind == formSign {
		p.Answer = nil // the letter to be signed is the answer
	}
	if p.Stale = v.stale(ctx); p.Stale != nil {
		p.Conflict = "" // said there
	}
	if p.Act.Draft != nil && p.Act.Draft.Theirs != nil {
		p.Conflict = "" // the form itself shows both texts
	}
	return p
}

func (v *caseView) late(ctx context.Context) string {
	if !v.Open() || !v.now.After(v.DueAt) {
		return ""
	}
	if days := civil(v.now) - civil(v.DueAt); days > 0 {
		return i18n.N(ctx, "ui.due.late", days)
	}
	return i18n.T(ctx, "ui.due.late_today")
}

var markLooks = map[string]ui.BadgeProps{
	dom.MarkRepeat:     {Color: "warning", Icon: "ArrowCirclepath"},
	dom.MarkCollective: {Color: "neutral", Icon: "PersonGroup"},
	dom.MarkPriority:   {Color: "accent", Icon: "Lightning"},
}

func (v *caseView) badges(ctx context.Context) []ui.BadgeProps {
	var out []ui.BadgeProps
	if v.Undelivered() {
		out = append(out, ui.BadgeProps{Label: i18n.T(ctx, "cabinet.case.undelivered"), Color: "danger", Icon: "ExclamationmarkTriangle"})
	}
	for _, m := range v.Marks {
		b := markLooks[m]
		b.Label = i18n.T(ctx, "appeals.mark."+m)
		out = append(out, b)
	}
	if v.Extended && v.Open() {
		out = append(out, ui.BadgeProps{Label: ui.StatusWord(ctx, "extended"), Color: "accent", Icon: "Hourglass"})
	}
	if v.Control && v.Open() {
		out = append(out, ui.BadgeProps{Label: i18n.T(ctx, "cabinet.case.control"), Color: "info", Icon: "Eye"})
	}
	if v.Hidden != "" {
		out = append(out, ui.BadgeProps{Label: i18n.T(ctx, "cabinet.case.hidden"), Color: "warning", Icon: "EyeSlash"})
	}
	if v.Confidential {
		out = append(out, ui.BadgeProps{Label: i18n.T(ctx, "cabinet.case.confidential"), Color: "danger", Icon: "PadlockLocked"})
	}
	return out
}

func (v *caseView) meta(ctx context.Context) string {
	parts := []string{kindWord(ctx, v.Kind)}
	if word := procedureWord(ctx, v.Kind, v.Procedure); word != "" {
		parts = append(parts, word)
	}
	if v.RegIndex != nil {
		parts = append(parts, i18n.T(ctx, "cabinet.case.index", "index", *v.RegIndex))
	}
	if v.Topic != "" {
		parts = append(parts, v.Topic)
	}
	return strings.Join(parts, " · ")
}

// step is where the case stands in the five steps; one more when all are done.
func (v *caseView) step() int {
	switch v.State {
	case dom.Received:
		return 1
	case dom.Registered, dom.ResolutionPending, dom.Reopened:
		return 2
	case dom.InProgress, dom.Clarifying:
		return 3
	case dom.AnswerSigning:
		return 4
	case dom.Answered:
		if v.Case.Answer != nil && v.Case.Answer.State == dom.AnswerSigned {
			return 5 // signed, on its way to the applicant
		}
	}
	return 6
}

// ends reports whether the letter at hand ends the appeal without an answer in substance.
func (v *caseView) ends() bool {
	n := v.Case.Answer
	return n != nil && n.Ending() && (v.State == dom.AnswerSigning || v.State.Ended())
}

func (v *caseView) steps(ctx context.Context) ui.StepsProps {
	p := ui.StepsProps{Label: i18n.T(ctx, "cabinet.steps.label"), Steps: nil, Current: v.step(), Mini: true}
	names := []string{"register", "assign", "work", "sign", "answer"}
	if v.ends() { // nobody works on it
		names = []string{"register", "letter", "sign", "sent"}
		p.Current = 3
		if v.State.Ended() {
			p.Current = 5
		}
		if v.State.Ended() && v.Case.Answer.State == dom.AnswerSigned {
			p.Current = 4
		}
	}
	for _, s := range names {
		p.Steps = append(p.Steps, i18n.T(ctx, "cabinet.steps."+s))
	}
	return p
}

func (v *caseView) tabs(ctx context.Context) []ui.Tab {
	base := caseURL(v.Number, "", v.back)
	count := func(n int) string {
		if n == 0 {
			return ""
		}
		return i18n.Num(ctx, n)
	}
	return []ui.Tab{
		{Label: i18n.T(ctx, "cabinet.tab.card"), Href: base, Count: "", Level: "", Current: !slices.Contains([]string{"thread", "history", "files"}, v.tab)},
		{Label: i18n.T(ctx, "cabinet.tab.thread"), Href: base + "&tab=thread", Count: count(len(v.Messages)), Level: "", Current: v.tab == "thread"},
		{Label: i18n.T(ctx, "cabinet.tab.history"), Href: base + "&tab=history", Count: count(len(v.Events)), Level: "", Current: v.tab == "history"},
		{Label: i18n.T(ctx, "cabinet.tab.files"), Href: base + "&tab=files", Count: count(len(v.Sent()) + len(v.answerFiles())), Level: "", Current: v.tab == "files"},
	}
}

func (v *caseView) errors() []ui.FieldError {
	var out []ui.FieldError
	for _, p := range v.at.problems {
		out = append(out, ui.FieldError{Field: p.Field, Text: p.Message})
	}
	return out
}
