package cabinet

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ereception/internal/authz"
	"ereception/internal/platform/i18n"
	"ereception/templates/ui"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
	page "ereception/templates/cabinet"
)

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
