package cabinet

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ereception/internal/law/deadline"
	"ereception/internal/platform/i18n"
	"ereception/templates/ui"

	dom "ereception/internal/appeals"
)

// formID is the form of the act, for the button «save my version» that stands apart from it.
const formID = "act-form"

// stale sets what was typed into a form beside what stands now, after somebody was
// quicker; nil where nothing was typed or the form shows both itself. It does not
// ask whether the form can still be sent: what was typed is not lost with it.
func (v *caseView) stale(ctx context.Context) *ui.StaleProps {
	if v.at.conflict == "" || v.at.mine == nil {
		return nil
	}
	if v.at.tried == formAnswer && v.at.form == formAnswer {
		return nil // the draft has both texts in its form
	}
	rows := v.staleRows(ctx, v.at.tried, v.at.mine)
	if len(rows) == 0 {
		return nil
	}
	for i := range rows {
		for _, s := range []*string{&rows[i].Mine, &rows[i].Theirs} {
			if *s == "" {
				*s = i18n.T(ctx, "ui.stale.blank")
			}
		}
	}
	p := &ui.StaleProps{
		Text: i18n.T(ctx, "ui.stale.text"), Rows: rows, Form: formID, Take: v.href(""), Trail: caseURL(v.Number, "", v.back) + "&tab=history", Choice: "",
	}
	if n := len(v.Events); n > 0 && v.Events[n-1].ActorName != "" {
		e := v.Events[n-1]
		p.Text = i18n.T(ctx, "appeals.event."+string(e.Kind)) + ": " + i18n.T(ctx, "ui.stale.by", "who", shortName(e.ActorName), "when", i18n.DateTime(ctx, e.At))
	}
	if v.at.form != v.at.tried {
		p.Form, p.Choice = "", i18n.T(ctx, "ui.stale.gone")
	}
	return p
}

// staleRows are the fields of a form in words: as typed, and as they are now.
func (v *caseView) staleRows(ctx context.Context, form string, typed url.Values) []ui.StaleRow {
	t := func(key string) string { return i18n.T(ctx, key) }
	text := func(name string) string { return strings.TrimSpace(typed.Get(name)) }
	switch form {
	case formRegister:
		f := readRegister(typed)
		return []ui.StaleRow{
			v.staleKind(ctx, f.classifyForm), v.staleProcedure(ctx, f.classifyForm), v.staleReason(ctx, f.classifyForm),
			ui.Differ(t("cabinet.register.topic"), choiceName(v.choices.topics, id(f.Topic)), v.Topic),
			ui.Differ(t("cabinet.register.marks"), markWords(ctx, f.Marks), markWords(ctx, v.Marks)),
			ui.Differ(t("cabinet.register.control"), t("cabinet.stale.control."+strconv.FormatBool(f.Control != "")), t("cabinet.stale.control."+strconv.FormatBool(v.Control))),
		}
	case formAssign:
		f := readAssign(typed)
		return []ui.StaleRow{
			ui.Differ(t("cabinet.assign.unit"), choiceName(v.choices.units, id(f.Unit)), v.Unit),
			ui.Differ(t("cabinet.assign.executor"), choiceName(v.executors, id(f.Executor)), v.Executor),
		}
	case formManager:
		return []ui.StaleRow{ui.Differ(t("cabinet.manager.who"), choiceName(v.managers, id(typed.Get("manager"))), v.Manager)}
	case formResolve:
		return v.staleResolution(ctx, readResolve(typed))
	case formAnswer:
		f := readAnswer(typed)
		rows := []ui.StaleRow{ui.Differ(t("cabinet.draft.text"), f.Text, ""), ui.Differ(t("cabinet.draft.result"), resultWord(ctx, f.Result), "")}
		if n := v.Case.Answer; n != nil {
			rows[0] = ui.Differ(rows[0].Label, f.Text, n.Body)
			rows[1] = ui.Differ(rows[1].Label, rows[1].Mine, resultWord(ctx, n.Result))
		}
		return rows
	case formReclass:
		f := readClassify(typed)
		return []ui.StaleRow{v.staleKind(ctx, f), v.staleProcedure(ctx, f), v.staleReason(ctx, f)}
	case formSendBack:
		return []ui.StaleRow{ui.Differ(t("cabinet.reason.send-back"), text("reason"), v.lastText("sent_back", "text"))}
	case formExtend:
		return []ui.StaleRow{ui.Differ(t("cabinet.reason.extend"), text("reason"), v.lastText("extended", "text"))}
	case formReturn:
		return []ui.StaleRow{ui.Differ(t("cabinet.reason.return"), text("remarks"), v.lastText("returned", "text"))}
	case formHide:
		return []ui.StaleRow{ui.Differ(t("cabinet.hide.ground"), groundWord(ctx, typed.Get("ground")), groundWord(ctx, v.Hidden))}
	case formForward, formGiveBack, formNotConsidered, formDuplicate:
		f := readEnding(typed)
		var now dom.Answer
		if v.Case.Answer != nil {
			now = *v.Case.Answer
		}
		why := func(g string) string {
			if !slices.Contains(v.Grounds(endingForms[form]), g) {
				return ""
			}
			return t("appeals.why." + g)
		}
		rows := []ui.StaleRow{
			ui.Differ(t("cabinet.ending.recipient"), f.Recipient, now.Recipient), ui.Differ(t("cabinet.ending.ground"), why(f.Ground), why(now.Ground)),
			ui.Differ(t("cabinet.ending.first"), f.First, now.FirstNumber), ui.Differ(t("cabinet.ending.text."+form), f.Text, now.Body),
		}
		return slices.DeleteFunc(rows, func(r ui.StaleRow) bool { return r.Mine == "" && r.Theirs == "" }) // fields of another form
	case formPromise:
		f := readPromise(typed)
		return []ui.StaleRow{
			ui.Differ(t("cabinet.promise.text"), strings.TrimSpace(f.Promise), v.lastText("promised", "text")),
			ui.Differ(t("cabinet.promise.until"), isoDay(ctx, f.Until), isoDay(ctx, v.lastText("promised", "date"))),
		}
	case formProof:
		return []ui.StaleRow{ui.Differ(t("cabinet.reason.proof"), text("proof"), v.lastText("proved", "text"))}
	case formDispatch:
		return []ui.StaleRow{ui.Differ(t("cabinet.dispatch.day"), isoDay(ctx, readPost(typed).Posted), isoDay(ctx, v.lastText("dispatched", "posted")))}
	case formPost:
		return []ui.StaleRow{ui.Differ(t("cabinet.post.day"), isoDay(ctx, readPost(typed).Posted), isoDay(ctx, v.lastText("sent", "posted")))}
	case formAsk, formNote:
		return []ui.StaleRow{ui.Differ(t("cabinet.message."+form), text("message"), "")}
	}
	return nil
}

func (v *caseView) staleResolution(ctx context.Context, f resolveForm) []ui.StaleRow {
	var names []string
	for _, s := range f.Coexecutors {
		if n := choiceName(v.executors, id(s)); n != "" {
			names = append(names, n)
		}
	}
	var now dom.ResolutionView
	due := ""
	if v.Resolution != nil {
		now, due = *v.Resolution, i18n.Date(ctx, v.Resolution.DueOn)
	}
	t := func(key string) string { return i18n.T(ctx, key) }
	return []ui.StaleRow{
		ui.Differ(t("cabinet.resolve.executor"), choiceName(v.executors, id(f.Executor)), now.Executor),
		ui.Differ(t("cabinet.resolve.coexecutors"), strings.Join(names, ", "), strings.Join(v.Coexecutors, ", ")),
		ui.Differ(t("cabinet.resolve.task"), strings.TrimSpace(f.Task), now.Task),
		ui.Differ(t("cabinet.resolve.due"), isoDay(ctx, f.Due), due),
	}
}

// lastText is a word of the latest entry of a kind.
func (v *caseView) lastText(kind dom.EventKind, key string) string {
	for _, e := range slices.Backward(v.Events) {
		if e.Kind == kind {
			return e.Text(key)
		}
	}
	return ""
}

func (v *caseView) staleKind(ctx context.Context, f classifyForm) ui.StaleRow {
	mine := ""
	if slices.Contains(dom.Kinds, dom.Kind(f.Kind)) {
		mine = i18n.T(ctx, "appeals.kind."+f.Kind)
	}
	return ui.Differ(i18n.T(ctx, "cabinet.register.kind"), mine, i18n.T(ctx, "appeals.kind."+string(v.Kind)))
}

func (v *caseView) staleProcedure(ctx context.Context, f classifyForm) ui.StaleRow {
	mine := ""
	if slices.Contains(deadline.Procedures(), deadline.Procedure(f.Procedure)) {
		mine = i18n.T(ctx, "appeals.procedure."+f.Procedure)
	}
	return ui.Differ(i18n.T(ctx, "cabinet.register.procedure"), mine, i18n.T(ctx, "appeals.procedure."+string(v.Procedure)))
}

func (v *caseView) staleReason(ctx context.Context, f classifyForm) ui.StaleRow {
	return ui.Differ(i18n.T(ctx, "cabinet.reason.reclassify"), strings.TrimSpace(f.Reason), v.lastText("reclassified", "text"))
}

func markWords(ctx context.Context, marks []string) string {
	var out []string
	for _, m := range dom.Marks { // in one order, whoever ticked them
		if slices.Contains(marks, m) {
			out = append(out, i18n.T(ctx, "appeals.mark."+m))
		}
	}
	return strings.Join(out, ", ")
}

func resultWord(ctx context.Context, r string) string {
	if !slices.Contains(dom.Results, r) {
		return ""
	}
	return i18n.T(ctx, "appeals.result."+r)
}

func groundWord(ctx context.Context, g string) string {
	if !slices.Contains(dom.HideGrounds, g) {
		return ""
	}
	return i18n.T(ctx, "appeals.ground."+g)
}

func isoDay(ctx context.Context, s string) string {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return i18n.Date(ctx, d)
}

func choiceName(list []dom.Choice, id int64) string {
	for _, c := range list {
		if c.ID == id {
			return c.Name
		}
	}
	return ""
}
