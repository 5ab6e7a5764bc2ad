package cabinet

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ereception/internal/authz"
	"ereception/internal/platform/i18n"
	"ereception/templates/ui"

	dom "ereception/internal/appeals"
	page "ereception/templates/cabinet"
)

// reclassNotes say what a re-classification asks of whoever resolves or writes now, and
// tell the manager of it: whoever answers for an appeal signs under another law.
func (v *caseView) reclassNotes(ctx context.Context, form string) []ui.NoteProps {
	e, ok := v.Reclassified()
	if !ok {
		return nil
	}
	amber := func(key string, args ...any) []ui.NoteProps {
		return []ui.NoteProps{{Kind: "amber", Icon: "", Title: i18n.T(ctx, "appeals.event.reclassified"), Text: i18n.T(ctx, key, args...)}}
	}
	switch {
	case form == formResolve && v.ResolutionLate():
		return amber("cabinet.reclassify.resolve", "was", i18n.Date(ctx, v.Resolution.DueOn), "due", i18n.Date(ctx, v.DueAt))
	case form == formAnswer && v.draft() != nil && v.draft().UpdatedAt.Before(e.At):
		return amber("cabinet.reclassify.draft", "was", e.Was(ctx), "now", e.Became(ctx))
	case form == formSign, v.toldOf(e) && (form == formResolve || form == ""):
		return amber("cabinet.reclassify.told", "was", e.Was(ctx), "now", e.Became(ctx), "due", i18n.Date(ctx, v.DueAt))
	}
	return nil
}

// value gives what was typed into a field of the form that is shown, or def on a
// first visit.
func (v *caseView) value(name, def string) string {
	if v.at.typed == nil {
		return def
	}
	return v.at.typed.Get(name)
}

func (v *caseView) values(name string, def []string) []string {
	if v.at.typed == nil {
		return def
	}
	return v.at.typed[name]
}

// version of the record that the form is made of: that which was seen when a
// mistake is mended, the present one after a conflict, because then the reader
// sees the present state.
func (v *caseView) version(now int) string {
	if v.at.typed != nil && v.at.conflict == "" && !v.at.restored {
		return v.at.typed.Get("version")
	}
	return strconv.Itoa(now)
}

func (v *caseView) act(ctx context.Context) page.Act {
	t := func(key string, args ...any) string { return v.Kind.Say(ctx, key, args...) }
	a := page.Act{Kind: v.at.form, Action: v.href(v.at.form), Version: v.version(v.Appeal.Version), Errors: v.errors()}
	if a.Kind == "" {
		a.Title, a.Lead = t("cabinet.wait.title"), v.waiting(ctx)
		a.Action = ""
	} else {
		a.Title, a.Lead = t("cabinet.act."+a.Kind), t("cabinet.lead."+a.Kind)
		if a.Kind != v.first() {
			a.Cancel = v.href("")
		}
	}
	if v.at.restored {
		a.Notes = append(a.Notes, ui.NoteProps{Icon: "Information", Text: t("ui.draft.restored")})
	}
	a.Notes = append(a.Notes, v.reclassNotes(ctx, a.Kind)...)
	switch a.Kind {
	case formReclass:
		a.Classify = v.classifyForm(ctx)
		a.Notes = append(a.Notes, ui.NoteProps{Icon: "Information", Text: t("cabinet.reclassify.law")})
		if v.Extended {
			a.Notes = append(a.Notes, ui.NoteProps{Kind: "amber", Text: t("cabinet.reclassify.law_extended")})
		}
		if v.State == dom.AnswerSigning {
			a.Notes = append(a.Notes, ui.NoteProps{Kind: "amber", Text: t("cabinet.reclassify.law_signing")})
		}
	case formRegister:
		a.Register = v.registerForm(ctx)
	case formAssign:
		a.Assign = v.assignForm(ctx)
	case formManager:
		a.Manager = &page.Manager{Manager: v.value("manager", ""), Managers: people(ctx, v.managers, withPost)}
	case formResolve:
		a.Resolve = v.resolveForm(ctx)
	case formPromise:
		a.Promise = &page.Promise{
			Text: v.value("promise", ""), Max: dom.ReasonMax, Until: v.value("until", ""), From: i18n.ISODate(v.now.AddDate(0, 0, 1)), To: i18n.ISODate(v.now.AddDate(dom.PromiseYears, 0, 0)),
		}
	case formSendBack, formExtend, formReturn, formProof:
		a.Reason = v.reasonForm(ctx, a.Kind)
		if a.Kind == formExtend {
			a.Notes = append(a.Notes, ui.NoteProps{Icon: "Information", Text: t("cabinet.extend.law." + string(v.Procedure))})
		}
	case formAsk, formNote:
		a.Message = v.messageForm(ctx, a.Kind)
		if a.Kind == formAsk {
			a.Notes = append(a.Notes, ui.NoteProps{Icon: "Information", Text: t("cabinet.ask.term")})
		}
	case formTake:
		a.Submit = &ui.ButtonProps{Label: t("cabinet.button.take"), Icon: "PersonCheckmark", FullWidth: true}
	case formClose:
		a.Submit = &ui.ButtonProps{Label: t("cabinet.button.close"), Icon: "CheckmarkCircle", FullWidth: true}
	case formHide:
		a.Hide = &page.Hide{Ground: v.value("ground", "")}
		for _, g := range dom.HideGrounds {
			a.Hide.Grounds = append(a.Hide.Grounds, ui.Option{Value: g, Label: capital(t("appeals.ground." + g)), Note: t("cabinet.ground." + g)})
		}
	case formUnhide:
		a.Submit = &ui.ButtonProps{Label: t("cabinet.button.unhide"), Icon: "Eye", FullWidth: true}
	case formAnswer:
		a.Draft = v.draftForm(ctx)
		a.Version = v.version(0)
		if n := v.draft(); n != nil {
			a.Version = v.version(n.Version)
		}
	case formForward, formGiveBack, formNotConsidered, formDuplicate:
		a.Ending = v.endingFields(ctx)
		a.Version = v.version(0)
		if n := v.draft(); n != nil {
			a.Version = v.version(n.Version)
		}
		a.Notes = append(a.Notes, v.endingNotes(ctx)...)
	case formDispatch:
		a.Dispatch = v.dispatchForm(ctx)
	case formPost:
		a.Post = &page.Post{
			Of: strconv.FormatInt(v.ToPost.ID, 10), Posted: v.value("posted", i18n.ISODate(v.now)),
			Min: i18n.ISODate(*v.ToPost.SignedAt), Max: i18n.ISODate(v.now), Paper: ui.Link{
				Href:  "/appeals/" + v.Number + "/answers/" + strconv.Itoa(v.ToPost.N) + "/answer.pdf",
				Label: t("cabinet.post.paper", "out", deref(v.ToPost.OutNumber)),
			},
		}
	case formSign:
		a.Sign = v.signForm(ctx)
		if v.Case.Answer.Ending() {
			a.Title = t("cabinet.act.sign_ending")
		}
	}
	for _, name := range v.others() {
		if name == a.Kind || !v.may(name) || v.State.Done() && (name == formAsk || name == formNote) {
			continue
		}
		label := t("cabinet.link." + name)
		if len(a.Buttons) < maxButtons {
			a.Buttons = append(a.Buttons, page.Button{Icon: actionIcons[name], Label: label, Href: v.href(name) + "#act"})
			continue
		}
		a.More = append(a.More, ui.Link{Href: v.href(name) + "#act", Label: label})
	}
	return a
}

var actionIcons = map[string]string{
	formSign: "PencilWriting", formResolve: "PersonGavel", formAnswer: "DocPencil", formAsk: "ChatExclamationmark", formNote: "NotePencil",
	formAssign: "PersonPlus", formManager: "PersonSuit", formSendBack: "ArrowUndo", formPost: "Paperplane", formExtend: "Hourglass", formReclass: "ArrowRightLeft", formClose: "CheckmarkCircle",
	formHide: "EyeSlash", formUnhide: "Eye", formForward: "ArrowForward", formGiveBack: "ArrowUndo", formNotConsidered: "CircleSlash", formDuplicate: "Branching", formDispatch: "Paperplane",
	formPromise: "Hourglass", formProof: "CheckmarkCircle",
}

func (v *caseView) endingFields(ctx context.Context) *page.Ending {
	f := &page.Ending{
		AskRecipient: v.at.form == formForward, Recipients: v.recipients, RecipientMax: dom.RecipientMax, Max: dom.AnswerMax,
		AskComplained: v.at.form == formForward && v.Kind == dom.Complaint, NotComplained: v.value("not_complained", "") != "",
	}
	if list := v.Grounds(endingForms[v.at.form]); len(list) > 1 {
		for _, g := range list {
			f.Grounds = append(f.Grounds, ui.Option{Value: g, Label: i18n.T(ctx, "appeals.why."+g), Note: v.groundNote(ctx, g)})
			f.AskFirst = f.AskFirst || dom.NamesFirst(g)
		}
	} else {
		f.AskFirst = v.at.form == formDuplicate
	}
	if f.AskFirst {
		for _, r := range v.similar {
			f.Earlier = append(f.Earlier, ui.Option{Value: r.Number, Label: r.Title})
		}
	}
	var recipient, text, ground, first string
	if n := v.draft(); n != nil {
		f.Remarks, f.Saved = n.Remarks, i18n.T(ctx, "cabinet.draft.saved", "at", i18n.DateTime(ctx, n.UpdatedAt))
		if n.Result == endingForms[v.at.form] {
			recipient, text, ground, first = n.Recipient, n.Body, n.Ground, n.FirstNumber
		} else if n.Body != "" {
			f.Replaces = i18n.T(ctx, "cabinet.ending.replaces")
		}
	}
	f.Recipient, f.Text, f.Manager = v.value("recipient", recipient), v.value("text", text), v.value("manager", num(v.ManagerID))
	f.Ground, f.First = v.value("ground", ground), v.value("first", first)
	if v.who.Has(authz.RoleSpecialist) || v.ManagerID == nil {
		f.Managers = people(ctx, v.managers, withPost)
	}
	return f
}

// groundNote is the norm of a ground, and until when it is owed where law says so.
func (v *caseView) groundNote(ctx context.Context, ground string) string {
	note := i18n.T(ctx, "appeals.norm."+ground)
	for _, d := range v.owed {
		if d.Ground == ground {
			note += " · " + i18n.T(ctx, "cabinet.ending.until", "date", i18n.Date(ctx, d.DueAt))
		}
	}
	return note
}

// endingNotes say by when the letter is owed, and by which norm.
func (v *caseView) endingNotes(ctx context.Context) []ui.NoteProps {
	if len(v.owed) != 1 { // several stand beside their grounds
		return nil
	}
	d := v.owed[0]
	args := []any{"date", i18n.Date(ctx, d.DueAt), "norm", i18n.T(ctx, "appeals.norm."+d.Ground)}
	if v.now.After(d.DueAt) {
		return []ui.NoteProps{{Kind: "amber", Text: i18n.T(ctx, "cabinet.ending.owed_late", args...)}}
	}
	return []ui.NoteProps{{Icon: "Information", Text: i18n.T(ctx, "cabinet.ending.owed", args...)}}
}

// promised tells what the answer promised, and whether it was done.
func (v *caseView) promised(ctx context.Context) *ui.NoteProps {
	p := v.Case.Promise()
	if p == nil {
		return nil
	}
	if p.Done != nil {
		return &ui.NoteProps{Kind: "ok", Icon: "CheckmarkCircle", Title: i18n.T(ctx, "appeals.promise.done", "date", i18n.Date(ctx, *p.Done)), Text: p.Proof}
	}
	return &ui.NoteProps{Kind: "amber", Icon: "Hourglass", Title: i18n.T(ctx, "appeals.promise.until", "date", i18n.Date(ctx, p.On)), Text: p.Text}
}

func (v *caseView) dispatchForm(ctx context.Context) *page.Dispatch {
	n := v.ToDispatch
	f := &page.Dispatch{
		Of: strconv.FormatInt(n.ID, 10), Recipient: n.Recipient, Posted: v.value("posted", i18n.ISODate(v.now)),
		Min: i18n.ISODate(*n.SignedAt), Max: i18n.ISODate(v.now), Way: v.value("way", ""),
		Papers: []ui.Link{
			{Href: "/appeals/" + v.Number + "/answers/" + strconv.Itoa(n.N) + "/answer.pdf", Label: i18n.T(ctx, "cabinet.dispatch.letter", "out", deref(n.OutNumber))},
			{Href: "/cabinet/bulk/print?id=" + v.Number, Label: v.Kind.Say(ctx, "cabinet.dispatch.text")},
		},
		Files: fileItems(ctx, v.Sent()),
	}
	for _, w := range dom.Ways {
		f.Ways = append(f.Ways, ui.Option{Value: w, Label: i18n.T(ctx, "appeals.way."+w)})
	}
	return f
}

// waiting says whose turn it is.
func (v *caseView) waiting(ctx context.Context) string {
	key, who := "cabinet.wait."+string(v.State), v.Manager
	switch v.State {
	case dom.InProgress, dom.Clarifying:
		who = v.Executor
		if who == "" {
			key, who = "cabinet.wait.unit", v.Unit
		}
	case dom.ResolutionPending, dom.AnswerSigning, dom.Reopened:
	default:
		who = ""
	}
	if !i18n.Has(key) {
		key = "cabinet.wait.other"
	}
	return v.Kind.Say(ctx, key, "who", who)
}

func (v *caseView) registerForm(ctx context.Context) *page.Register {
	f := &page.Register{
		Classify: v.classifyForm(ctx), Topic: v.value("topic", num(v.TopicID)), Topics: options(v.choices.topics),
		Marks: v.values("marks", v.Marks), Control: v.value("control", "") != "",
	}
	if v.at.typed == nil {
		f.Control = v.Control
	}
	for _, m := range dom.Marks {
		f.AllMarks = append(f.AllMarks, ui.Option{Value: m, Label: i18n.T(ctx, "appeals.mark."+m), Note: i18n.T(ctx, "cabinet.mark."+m)})
	}
	return f
}

// classifyForm offers every kind and every procedure, each with the day to which
// the term would run: one may have to be moved from one law to the other.
func (v *caseView) classifyForm(ctx context.Context) *page.Classify {
	f := &page.Classify{
		Kind: v.value("kind", string(v.Kind)), Procedure: v.value("procedure", string(v.Procedure)), Reason: v.value("reason", ""),
		ReasonMax: dom.ReasonMax, Late: v.value("late", "") != "", AskLate: v.value("late", "") != "", Kinds: nil, Procedures: nil,
	}
	if f.Kind == "" {
		f.Kind = string(v.Kind)
	}
	for _, p := range v.at.problems {
		f.AskLate = f.AskLate || p.Field == "late"
	}
	for _, k := range dom.Kinds {
		f.Kinds = append(f.Kinds, ui.Option{Value: string(k), Label: i18n.T(ctx, "appeals.kind."+string(k))})
	}
	for _, k := range []dom.Kind{dom.Application, dom.InfoRequest} { // one of each law
		for _, p := range k.Procedures() {
			o := ui.Option{Value: string(p), Label: i18n.T(ctx, "appeals.procedure."+string(p)), Group: i18n.T(ctx, "cabinet.reclassify.group."+string(k))}
			if due, ok := v.terms[p]; ok {
				o.Label = i18n.T(ctx, "cabinet.reclassify.until", "procedure", o.Label, "date", i18n.DayMonth(ctx, due))
			}
			f.Procedures = append(f.Procedures, o)
		}
	}
	return f
}

func num(p *int64) string {
	if p == nil {
		return ""
	}
	return strconv.FormatInt(*p, 10)
}

func (v *caseView) assignForm(ctx context.Context) *page.Assign {
	unit := num(v.UnitID)
	if unit == "" && v.TopicID != nil {
		for _, t := range v.choices.topics {
			if t.ID == *v.TopicID && t.UnitID != 0 {
				unit = strconv.FormatInt(t.UnitID, 10) // the unit that the topic belongs to is offered first
			}
		}
	}
	return &page.Assign{
		Hint: v.Kind.Say(ctx, "cabinet.assign.executor_hint"),
		Unit: v.value("unit", unit), Units: options(v.choices.units),
		Executor: v.value("executor", num(v.ExecutorID)), Executors: people(ctx, v.executors, withLoad),
	}
}

// labels of a person in a list.
func withLoad(ctx context.Context, c dom.Choice) ui.Option {
	return ui.Option{Label: i18n.T(ctx, "cabinet.assign.load", "name", c.Name, "n", c.Load)}
}

func withPost(_ context.Context, c dom.Choice) ui.Option {
	if c.Note == "" {
		return ui.Option{Label: c.Name}
	}
	return ui.Option{Label: c.Name + ", " + c.Note}
}

func withNote(_ context.Context, c dom.Choice) ui.Option {
	note := c.Group
	if c.Note != "" {
		note = c.Note + ", " + c.Group
	}
	return ui.Option{Label: c.Name, Note: note}
}

// people lists officials by unit.
func people(ctx context.Context, list []dom.Choice, label func(context.Context, dom.Choice) ui.Option) []ui.Option {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b dom.Choice) int { return strings.Compare(a.Group, b.Group) })
	out := make([]ui.Option, 0, len(list))
	for _, c := range list {
		o := label(ctx, c)
		o.Value, o.Group = strconv.FormatInt(c.ID, 10), c.Group
		out = append(out, o)
	}
	return out
}

func (v *caseView) resolveForm(ctx context.Context) *page.Resolve {
	today := i18n.ISODate(v.now)
	due := v.InternalDue
	if civil(due) < civil(v.now) {
		due = v.DueAt
	}
	if civil(due) < civil(v.now) {
		due = v.now
	}
	f := &page.Resolve{
		Executor: v.value("executor", num(v.ExecutorID)), Executors: people(ctx, v.executors, withLoad),
		Coexecutors: v.values("coexecutors", ids(v.CoexecutorIDs)), Colleagues: people(ctx, v.executors, withNote),
		Task: v.value("task", ""), Due: v.value("due", i18n.ISODate(due)),
		Min: today, Max: i18n.ISODate(v.resolveBy),
		DueHint: i18n.T(ctx, "cabinet.resolve.due_hint", "due", dom.TermDate(ctx, v.Procedure, v.DueAt)),
	}
	if v.now.After(v.DueAt) {
		f.DueHint = i18n.T(ctx, "cabinet.resolve.due_past", "due", dom.TermDate(ctx, v.Procedure, v.DueAt), "last", i18n.Date(ctx, v.resolveBy))
	}
	for _, n := range []string{"1", "2", "3"} {
		f.TaskExamples = append(f.TaskExamples, i18n.T(ctx, "cabinet.resolve.example."+n))
	}
	return f
}

func ids(list []int64) []string {
	var out []string
	for _, n := range list {
		out = append(out, strconv.FormatInt(n, 10))
	}
	return out
}

func (v *caseView) reasonForm(ctx context.Context, kind string) *page.Reason {
	f := &page.Reason{Field: "reason", Max: 0, Icon: "ArrowUndo"}
	switch kind {
	case formReturn:
		f.Field = "remarks"
	case formExtend:
		f.Icon = "Hourglass"
	case formProof:
		f.Field, f.Icon = "proof", "CheckmarkCircle"
	}
	f.Label, f.Hint = i18n.T(ctx, "cabinet.reason."+kind), i18n.T(ctx, "cabinet.reason_hint."+kind)
	f.Button, f.Value = i18n.T(ctx, "cabinet.button."+kind), v.value(f.Field, "")
	return f
}

func (v *caseView) messageForm(ctx context.Context, kind string) *page.Message {
	key := v.key.String()
	if v.at.conflict == "" { // after a conflict the words are said by a form of their own, not by the one that was sent already
		key = v.value("key", key)
	}
	return &page.Message{
		Key: key, Value: v.value("message", ""),
		Label: i18n.T(ctx, "cabinet.message."+kind), Hint: v.Kind.Say(ctx, "cabinet.message_hint."+kind),
		Button: i18n.T(ctx, "cabinet.button."+kind), Icon: map[string]string{formAsk: "Paperplane", formNote: "NotePencil"}[kind],
		Max: dom.MessageMax,
	}
}

// draft is the answer that is being worked on; nil when there is none yet.
func (v *caseView) draft() *dom.Answer {
	if n := v.Case.Answer; n != nil && (n.State == dom.AnswerDraft || n.State == dom.AnswerReturned) {
		return n
	}
	return nil
}

func (v *caseView) draftForm(ctx context.Context) *page.Draft {
	f := &page.Draft{CanSubmit: true, Max: dom.AnswerMax}
	n := v.draft()
	var text, result string
	if n != nil {
		text, result, f.Remarks = n.Body, n.Result, n.Remarks
		f.Saved = i18n.T(ctx, "cabinet.draft.saved", "at", i18n.DateTime(ctx, n.UpdatedAt))
		for i, it := range fileItems(ctx, v.AnswerFiles) {
			it.Remove = strconv.FormatInt(v.AnswerFiles[i].ID, 10)
			f.Files = append(f.Files, it)
		}
		if v.at.conflict != "" && v.at.typed != nil {
			f.Theirs = &page.Theirs{Text: n.Body, Result: "", When: i18n.DateTime(ctx, n.UpdatedAt)}
			if n.Result != "" {
				f.Theirs.Result = i18n.T(ctx, "cabinet.answer.result", "result", i18n.T(ctx, "appeals.result."+n.Result))
			}
		}
	}
	f.Text, f.Result = v.value("answer", text), v.value("result", result)
	for _, r := range dom.Results {
		f.Results = append(f.Results, ui.Option{Value: r, Label: i18n.T(ctx, "appeals.result."+r)})
	}
	for _, b := range v.blanks {
		at := strings.Trim(strings.ReplaceAll(fmt.Sprint(b.Paragraphs), " ", ", "), "[]")
		f.Blanks = append(f.Blanks, page.Blank{Text: b.Text, At: at})
	}
	for _, t := range v.templates {
		f.Templates = append(f.Templates, ui.Option{Value: strconv.FormatInt(t.ID, 10), Label: t.Title})
	}
	return f
}

// signForm shows the letter as it will be. Its words are Ukrainian whatever the
// reader's language: the paper is (Закон 2704-VIII, ст. 13).
func (v *caseView) signForm(ctx context.Context) *page.Sign {
	n := v.Case.Answer
	uk := func(key string, args ...any) string { return i18n.In(i18n.Ukrainian, key, args...) }
	f := &page.Sign{
		Digest:  hex.EncodeToString(v.Digest()),
		Warning: i18n.T(ctx, "cabinet.sign.warning", "channel", i18n.T(ctx, "appeals.channel."+string(v.AnswerChannel))),
		Paper: page.Paper{
			Issuer: uk("cabinet.paper.issuer"), Unit: v.UnitUk, Address: "",
			InReply: v.Reference(v.now),
			To:      v.AuthorName, ToAddress: i18n.T(ctx, "cabinet.paper.address"),
			Title: n.Title(v.Kind, v.Number), Text: v.LetterOf(n),
			Result: i18n.T(ctx, "cabinet.answer.result", "result", i18n.T(ctx, "appeals.result."+n.Result)),
			Files:  fileItems(ctx, v.AnswerFiles), Post: v.who.PostTitle, Signer: v.who.Name,
		},
	}
	if v.AnswerChannel == dom.ByPost {
		f.Warning = i18n.T(ctx, "cabinet.sign.warning_post")
	}
	if p := v.who.ActingFor; p != nil {
		f.Paper.Post += " (" + uk("cabinet.answer.acting", "for", p.Name+", "+p.PostTitle) + ")"
	}
	if slices.Contains(n.Authors, v.who.ID) {
		f.Blocked = i18n.T(ctx, "appeals.err.own_answer")
	} else if v.FilesWait() {
		f.Blocked = i18n.T(ctx, "appeals.err.files_wait")
	} else if len(v.blanks) > 0 {
		f.Blocked = i18n.T(ctx, "appeals.err.blanks", "list", dom.BlankWords(v.blanks))
	}
	if v.may(formReturn) {
		f.Return = v.href(formReturn) + "#act"
	}
	return f
}
