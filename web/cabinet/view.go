package cabinet

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	"ereception/templates/ui"
	"ereception/web/httpx"

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

func fileItems(ctx context.Context, list []dom.File) []ui.FileItem {
	var out []ui.FileItem
	for _, f := range list {
		it := ui.FileItem{
			Name: f.Name, Meta: fileSize(ctx, f.Size), Href: "/files/" + strconv.FormatInt(f.ID, 10),
			Thumb: "", Icon: "", Error: "", Remove: "", ID: "file-" + strconv.FormatInt(f.ID, 10), Pending: f.State == "incoming",
		}
		switch {
		case f.State == "refused":
			it.Href, it.Error = "", i18n.T(ctx, "cabinet.file.refused")
		case f.State == "incoming":
			it.Meta += " · " + i18n.T(ctx, "cabinet.file.incoming")
		case f.ThumbKey != "":
			it.Thumb = it.Href + "/thumb"
		}
		out = append(out, it)
	}
	return out
}

func fileSize(ctx context.Context, n int64) string {
	if n < 1<<20 {
		return i18n.T(ctx, "cabinet.file.kb", "n", int(max(n/1024, 1)))
	}
	mb := fmt.Sprintf("%.1f", float64(n)/(1<<20))
	return i18n.T(ctx, "cabinet.file.mb", "n", decimal(ctx, mb))
}

// decimal writes the point of a number as the reader's language does.
func decimal(ctx context.Context, s string) string {
	if i18n.Locale(ctx) == i18n.Ukrainian {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}

func (v *caseView) person(ctx context.Context) page.Person {
	t := func(key string) string { return i18n.T(ctx, key) }
	phone, email, address := maskPhone(v.AuthorPhone), maskEmail(v.AuthorEmail), mask(v.AuthorAddress)
	p := page.Person{Facts: nil, Show: caseURL(v.Number, "contacts", v.back), Shown: false}
	if c := v.at.contacts; c != nil {
		phone, email, address = c.Phone, c.Email, c.Address
		p.Show, p.Shown = "", true
	} else if phone == "" && email == "" && address == "" || !v.who.Can(authz.ContactRead) {
		p.Show = ""
	}
	p.Facts = []ui.Fact{
		{Label: t("cabinet.person.name"), Value: v.AuthorName},
		{Label: t("cabinet.person.phone"), Value: phone, Num: true},
		{Label: t("cabinet.person.email"), Value: email},
		{Label: t("cabinet.person.address"), Value: address},
		{Label: t("cabinet.person.channel"), Value: t("appeals.channel." + string(v.AnswerChannel))},
		{Label: t("cabinet.person.public"), Value: t("cabinet.person.public." + strconv.FormatBool(v.Public && v.Kind != dom.InfoRequest))},
	}
	switch {
	case v.State.Ended() && v.OnMap():
		p.Facts[len(p.Facts)-1].Value = t("cabinet.person.public.ended")
	case v.Personal:
		p.Facts[len(p.Facts)-1].Value = t("cabinet.person.public.personal")
	case v.Hidden != "":
		p.Facts[len(p.Facts)-1].Value = i18n.T(ctx, "cabinet.person.public.hidden", "ground", t("appeals.ground."+v.Hidden))
	}
	return p
}

// capital begins a sentence.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// mask hides a contact until somebody asks for it and is recorded.
func mask(s string) string {
	if s == "" {
		return ""
	}
	return "••••••••"
}

// maskPhone leaves the last two digits, so that a caller can be told from another.
func maskPhone(s string) string {
	if utf8.RuneCountInString(s) < 6 {
		return mask(s)
	}
	return "••• ••• •• " + s[len(s)-2:]
}

func maskEmail(s string) string {
	i := strings.LastIndexByte(s, '@')
	if i < 1 {
		return mask(s)
	}
	r, _ := utf8.DecodeRuneInString(s)
	return string(r) + "•••" + s[i:]
}

// answer is the latest answer for whoever does not write it now.
func (v *caseView) answer(ctx context.Context) *page.Answer {
	n := v.Case.Answer
	if n == nil || n.Body == "" || (v.at.form == formAnswer || endingForms[v.at.form] != "") && v.draft() != nil {
		return nil
	}
	title := "cabinet.answer."
	if n.Ending() {
		title = "cabinet.ending."
	}
	a := &page.Answer{
		Title: i18n.T(ctx, title+string(n.State)), Meta: i18n.DateTime(ctx, n.UpdatedAt),
		Result: "", Text: v.LetterOf(n), Files: fileItems(ctx, v.AnswerFiles), Remarks: "", Signature: nil, Rating: nil,
	}
	if n.State == dom.AnswerReturned {
		a.Remarks = n.Remarks
	}
	if n.Result != "" {
		a.Result = i18n.T(ctx, "cabinet.answer.result", "result", i18n.T(ctx, "appeals.result."+n.Result))
	}
	if v.Signature != nil {
		a.Meta = i18n.DateTime(ctx, v.Signature.At)
		a.Signature = v.signature(ctx, n, v.Signature, "/appeals/"+v.Number+"/answer.pdf")
	}
	return a
}

func (v *caseView) signature(ctx context.Context, n *dom.Answer, s *dom.Signature, paper string) *ui.SignatureProps {
	box := &ui.SignatureProps{
		Title: i18n.T(ctx, "cabinet.answer.signed_by", "method", i18n.T(ctx, "cabinet.method."+method(s.Method))), Signer: s.SignerName + ", " + s.PostTitle,
		Time: i18n.DateTime(ctx, s.At), Verdict: i18n.T(ctx, "cabinet.answer.out", "out", deref(n.OutNumber)),
		Invalid: false, Demo: v.Demo, Links: nil,
	}
	if s.ActingFor != "" {
		box.Signer += " (" + i18n.T(ctx, "cabinet.answer.acting", "for", s.ActingFor) + ")"
	}
	if n.PdfKey != "" {
		label := "cabinet.answer.pdf"
		if n.Ending() {
			label = "cabinet.ending.pdf"
		}
		box.Links = append(box.Links, ui.Link{Href: paper, Label: i18n.T(ctx, label)})
	}
	if n.VerifyCode != nil {
		box.Links = append(box.Links, ui.Link{Href: "/verify/" + *n.VerifyCode, Label: i18n.T(ctx, "cabinet.answer.verify")})
	}
	return box
}

// earlier is the answers that were given before the latest, each with the
// verdict of the applicant on it.
func (v *caseView) earlier(ctx context.Context) []page.Answer {
	out := make([]page.Answer, 0, len(v.Earlier))
	for _, g := range v.Earlier {
		a := page.Answer{
			Title: i18n.T(ctx, "cabinet.answer.earlier_one", "out", deref(g.OutNumber), "date", i18n.Date(ctx, *g.SignedAt)), Meta: "",
			Result: i18n.T(ctx, "cabinet.answer.result", "result", i18n.T(ctx, "appeals.result."+g.Result)),
			Text:   v.LetterOf(&g.Answer), Files: fileItems(ctx, g.Files), Remarks: "", Signature: nil, Rating: verdictNote(ctx, g.Verdict),
		}
		if g.Signature != nil {
			a.Signature = v.signature(ctx, &g.Answer, g.Signature, "/appeals/"+v.Number+"/answers/"+strconv.Itoa(g.N)+"/answer.pdf")
		}
		out = append(out, a)
	}
	return out
}

// answerFiles is the files of every answer, those of the latest first.
func (v *caseView) answerFiles() []dom.File {
	out := slices.Clone(v.AnswerFiles)
	for _, g := range v.Earlier {
		out = append(out, g.Files...)
	}
	return out
}

// method names the way of signing; a new one reads as a plain signature until it has words.
func method(m string) string {
	if i18n.Has("cabinet.method." + m) {
		return m
	}
	return "other"
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func verdictNote(ctx context.Context, v *dom.Verdict) *ui.NoteProps {
	if v == nil {
		return nil
	}
	if v.Solved {
		return &ui.NoteProps{Kind: "ok", Icon: "ThumbUp", Title: i18n.T(ctx, "cabinet.rating.solved"), Text: v.Comment}
	}
	return &ui.NoteProps{Kind: "amber", Icon: "ThumbDown", Title: i18n.T(ctx, "cabinet.rating.unsolved"), Text: v.Comment}
}

func (v *caseView) similarTo(ctx context.Context) []page.Similar {
	const most = 5
	var out []page.Similar
	seen := map[int64]bool{v.ID: true}
	add := func(list []dom.Brief, why string) {
		for _, r := range list {
			if seen[r.ID] || len(out) == most {
				continue
			}
			seen[r.ID] = true
			s := page.Similar{
				Href: "", Title: r.Title, Status: string(r.State), Number: r.Number,
				Why: i18n.T(ctx, why), Date: i18n.Date(ctx, r.ReceivedAt),
			}
			if v.reaches(r) {
				s.Href = caseURL(r.Number, "", v.back)
			}
			out = append(out, s)
		}
	}
	add(v.similar, "cabinet.similar.author")
	add(v.near, "cabinet.similar.near")
	return out
}

// reaches reports whether the reader surely may open the case of a row; a link
// that ends in «not found» helps nobody.
func (v *caseView) reaches(r dom.Brief) bool {
	return v.who.Has(authz.RoleSpecialist) || r.Unit != "" && r.Unit == v.Unit && v.UnitID != nil && v.who.InUnit(*v.UnitID)
}

func (v *caseView) term(ctx context.Context) page.Term {
	start, end, today := civil(v.RegisteredOn), civil(v.DueAt), civil(v.now)
	at := today
	p := page.Term{
		Label:    i18n.T(ctx, "cabinet.term.until", "date", dom.TermDate(ctx, v.Procedure, v.DueAt)),
		Due:      ui.DueProps{Days: end - today, Level: "", Text: "", Short: false},
		Line:     ui.TermProps{},
		Explain:  v.Explain(i18n.Locale(ctx)),
		Internal: "", Duties: nil,
	}
	for _, d := range v.endings {
		p.Duties = append(p.Duties, page.Duty{
			Text: i18n.T(ctx, "cabinet.duty."+d.Ground, "date", i18n.Date(ctx, d.DueAt)), Late: v.now.After(d.DueAt), Explain: d.ExplanationIn(i18n.Locale(ctx)),
		})
	}
	answered := false
	switch {
	case v.State == dom.MeasuresPending: // the term is that of what was promised
	case v.AnsweredAt != nil:
		at, answered = civil(*v.AnsweredAt), true
		key := "cabinet.term.answered"
		if v.State.Ended() {
			key = "cabinet.term.ended"
		}
		p.Due.Level = ui.LevelDone
		if v.Appeal.Late(v.now) {
			p.Due.Level, key = ui.LevelLate, key+"_late"
		}
		p.Due.Text = i18n.T(ctx, key, "date", dom.TermDate(ctx, v.Procedure, *v.AnsweredAt))
	case !v.Open():
		p.Due.Level, p.Due.Text = ui.LevelDone, i18n.T(ctx, "cabinet.term.over")
	case v.now.After(v.DueAt) && end == today:
		p.Due.Level, p.Due.Text = ui.LevelLate, i18n.T(ctx, "ui.due.late_today")
	}
	total, internal := max(end-start, 1), civil(v.InternalDue)-start
	p.Line = ui.TermProps{
		Total: total, Elapsed: max(at-start, 0), Internal: 0, Answered: answered,
		Start: i18n.DayMonth(ctx, v.RegisteredOn), End: dom.TermDay(ctx, v.Procedure, v.DueAt), Mark: "",
		Label: i18n.T(ctx, "cabinet.term.line", "gone", max(at-start, 0), "total", total),
	}
	if !answered && internal > 0 && internal < total {
		p.Line.Internal = internal
		if internal*5 <= total*4 { // nearer to the end the two days would stand on each other; the day is named below
			p.Line.Mark = i18n.DayMonth(ctx, v.InternalDue)
		}
	}
	if v.Open() && v.State != dom.MeasuresPending && !(v.Procedure.Timed() && internal == end-start) { // the hour is the nearer of the two
		p.Internal = i18n.T(ctx, "cabinet.term.internal", "date", i18n.Date(ctx, v.InternalDue))
	}
	return p
}

func (v *caseView) place(ctx context.Context) *page.Place {
	if v.Place == "" && v.Lat == nil {
		return nil
	}
	p := &page.Place{Map: nil, Title: v.Place, Sub: ""}
	if p.Title == "" {
		p.Title = i18n.T(ctx, "cabinet.place.point")
	}
	var sub []string
	for _, s := range []string{v.District, v.Constituency} {
		if s != "" {
			sub = append(sub, s)
		}
	}
	p.Sub = strings.Join(sub, " · ")
	if v.Lat != nil && v.Lon != nil {
		p.Map = &ui.MapViewProps{Lat: *v.Lat, Lon: *v.Lon, Label: i18n.T(ctx, "cabinet.place.map", "place", p.Title), Size: "s", Live: false}
	}
	return p
}

func (v *caseView) staff(ctx context.Context) []ui.Fact {
	var out []ui.Fact
	add := func(key, value string) {
		if value != "" {
			out = append(out, ui.Fact{Label: i18n.T(ctx, key), Value: value})
		}
	}
	add("cabinet.staff.addressee", v.Addressee)
	add("cabinet.staff.unit", v.Unit)
	executor, manager := v.Executor, v.Manager
	switch v.Out {
	case dom.OutExecutor:
		executor += " (" + i18n.T(ctx, "cabinet.queue.out.executor") + ")"
	case dom.OutManager:
		manager += " (" + i18n.T(ctx, "cabinet.queue.out.manager") + ")"
	}
	add("cabinet.staff.executor", executor)
	add("cabinet.staff.coexecutors", strings.Join(v.Coexecutors, ", "))
	add("cabinet.staff.manager", manager)
	return out
}

// trail is the address of everything that was ever changed of the appeal.
func (v *caseView) trail() string {
	if !v.who.Can(authz.TrailRead) {
		return ""
	}
	return "/admin/trail/appeals/" + strconv.FormatInt(v.ID, 10)
}

func (v *caseView) task(ctx context.Context) *page.Task {
	r := v.Resolution
	if r == nil {
		return nil
	}
	late := ""
	if v.ResolutionLate() {
		late = i18n.T(ctx, "cabinet.task.late", "due", i18n.Date(ctx, v.DueAt))
	}
	return &page.Task{
		Text: r.Task, Late: late,
		Meta: i18n.T(ctx, "cabinet.task.meta", "manager", shortName(r.Manager), "date", i18n.Date(ctx, r.At), "executor", shortName(r.Executor), "due", i18n.Date(ctx, r.DueOn)),
	}
}

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

// toldOf reports whether a manager still has to be told of a re-classification: somebody
// else made it, and he has written no resolution since.
func (v *caseView) toldOf(e dom.StoryLine) bool {
	return v.who.Has(authz.RoleManager) && v.Open() && e.ActorID != v.who.ID && (v.Resolution == nil || v.Resolution.At.Before(e.At))
}

func (v *caseView) story(ctx context.Context) []page.Story {
	out := make([]page.Story, 0, len(v.Events))
	for _, l := range slices.Backward(v.Events) {
		s := page.Story{
			What: i18n.T(ctx, "appeals.event."+string(l.Kind)), From: "", To: "", Detail: detail(ctx, l),
			Meta: i18n.DateTime(ctx, l.At), Internal: !l.Public,
		}
		if l.From != l.To && l.To != "" {
			s.To = ui.StatusWord(ctx, string(l.To))
			if l.From != "" {
				s.From = ui.StatusWord(ctx, string(l.From))
			}
		}
		if l.ActorName != "" {
			s.Meta += ", " + shortName(l.ActorName)
		}
		out = append(out, s)
	}
	return out
}

// detail says what an event was about: from its data alone.
func detail(ctx context.Context, l dom.StoryLine) string {
	var out []string
	add := func(key, s string) {
		if s != "" {
			out = append(out, i18n.T(ctx, key, "v", s))
		}
	}
	if l.Kind == "reclassified" {
		out = append(out, i18n.T(ctx, "cabinet.detail.reclassified", "was", l.Was(ctx), "now", l.Became(ctx)))
	}
	if g := l.Text("ground"); g != "" {
		out = append(out, i18n.T(ctx, "appeals.ground."+g))
	}
	add("cabinet.detail.index", l.Text("index"))
	if d, ok := l.Day(); ok {
		out = append(out, i18n.T(ctx, "cabinet.detail.day", "v", i18n.Date(ctx, d)))
	}
	add("cabinet.detail.unit", l.UnitIn(i18n.Locale(ctx)))
	add("cabinet.detail.executor", l.Text("executor"))
	add("cabinet.detail.manager", l.Text("manager"))
	if list, ok := l.Data["coexecutors"].([]any); ok && len(list) > 0 {
		names := make([]string, 0, len(list))
		for _, n := range list {
			if s, ok := n.(string); ok {
				names = append(names, s)
			}
		}
		out = append(out, i18n.T(ctx, "cabinet.detail.coexecutors", "v", strings.Join(names, ", ")))
	}
	add("cabinet.detail.recipient", l.Text("recipient"))
	add("cabinet.detail.first", l.Text("first"))
	add("cabinet.detail.out", l.Text("out"))
	if d, err := time.Parse(time.DateOnly, l.Text("date")); err == nil {
		key := "cabinet.detail.date"
		if l.Kind == "promised" {
			key = "cabinet.detail.promised"
		}
		out = append(out, i18n.T(ctx, key, "v", i18n.Date(ctx, d)))
	}
	if d, err := time.Parse(time.DateOnly, l.Text("posted")); err == nil {
		key := "cabinet.detail.posted"
		if l.Kind == "dispatched" {
			key = "cabinet.detail.dispatched"
		}
		out = append(out, i18n.T(ctx, key, "v", i18n.Date(ctx, d)))
	}
	if w := l.Text("way"); w != "" {
		out = append(out, i18n.T(ctx, "appeals.way."+w))
	}
	if l.Text("extension") != "" {
		out = append(out, i18n.T(ctx, "cabinet.detail.extension"))
	}
	if l.Text("resolution") != "" {
		out = append(out, i18n.T(ctx, "cabinet.detail.resolution"))
	}
	if c := l.Text("channel"); c != "" {
		out = append(out, i18n.T(ctx, "appeals.channel."+c))
	}
	if s := l.Text("text"); s != "" {
		out = append(out, s)
	}
	return strings.Join(out, " · ")
}

func (v *caseView) thread(ctx context.Context) []ui.MessageProps {
	out := make([]ui.MessageProps, 0, len(v.Messages))
	for _, m := range v.Messages {
		p := ui.MessageProps{
			Initials: httpx.Initials(m.AuthorName), City: m.Side == "city", Author: m.AuthorName,
			Time: i18n.DateTime(ctx, m.At), Text: m.Body, Badge: "", Files: fileItems(ctx, m.Files),
		}
		if m.Internal {
			p.Badge = i18n.T(ctx, "cabinet.thread.internal")
		}
		out = append(out, p)
	}
	return out
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
