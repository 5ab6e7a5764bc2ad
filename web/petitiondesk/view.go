package petitiondesk

import (
	"context"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	dom "ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	page "ereception/templates/petitiondesk"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

func (h *Handlers) showCard(c echo.Context, status int, f typed) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	v, err := h.svc.Show(ctx, who, n, "")
	if err != nil {
		return err
	}
	p := page.CardPage{
		Frame:  httpx.Office(c, i18n.T(ctx, "petitions.number", "n", strconv.FormatInt(n, 10)), "petitions"),
		Number: i18n.T(ctx, "petitions.number", "n", strconv.FormatInt(n, 10)), Title: v.Title, State: stateBadge(ctx, v.State), Demo: v.Demo, Meta: meta(ctx, v),
		Problems: f.problems, Conflict: nil, Kept: nil, Texts: nil, Answer: nil, Acts: nil, Terms: nil, Facts: facts(ctx, v), Links: links(ctx, who, v), Story: story(ctx, v),
		Person: person(ctx, who, v, f.contacts),
	}
	for _, t := range []struct{ key, body string }{{"essence", v.Essence}, {"reasons", v.Reasons}, {"proposal", v.Proposal}} {
		if t.body != "" {
			p.Texts = append(p.Texts, page.Text{Title: i18n.T(ctx, "petitions.show."+t.key), Body: t.body})
		}
	}
	if a := v.Answer; a != nil && a.State == dom.AnswerSigned {
		decision, signer, signed := "petitions.decision."+a.Decision, a.SignerName+", "+a.SignerPost, "petitions.show.signature"
		if v.LegacySource != "" { // of its signature nothing is known here
			signer, signed = v.LegacySource, "petitions.legacy.answer_note"
		}
		if a.Decision == "" {
			decision = "petitions.legacy.answer"
		}
		p.Answer = &page.Answer{
			Title: i18n.T(ctx, decision), When: i18n.Date(ctx, *a.SignedAt), Body: a.Body,
			Signature: ui.SignatureProps{Title: i18n.T(ctx, signed), Signer: signer, Time: i18n.DateTime(ctx, *a.SignedAt), Demo: a.Method == "demo"},
		}
	}
	for _, t := range v.Terms {
		if t.MetAt == nil {
			p.Terms = append(p.Terms, page.Term{Title: i18n.T(ctx, "petitions.term."+string(t.Step)), Due: *due(ctx, h.clock.Now(), t.DueAt), Explain: t.Explain(i18n.Locale(ctx))})
		}
	}
	if a := v.Answer; f.act == "sign" && f.conflict == "" && a != nil && a.State == dom.AnswerSubmitted && f.v.Get("digest") != hex.EncodeToString(a.SignedDigest(v.Number)) {
		f.conflict = i18n.T(ctx, "errors.conflict") // a wrong password does not carry over to another text
	}
	if p.Acts, err = h.acts(ctx, who, v, f); err != nil {
		return err
	}
	if p.Kept, err = h.kept(ctx, f, p.Acts); err != nil {
		return err
	}
	if len(p.Kept) > 0 { // there is no field to lead to
		for i := range p.Problems {
			p.Problems[i].Field = ""
		}
	}
	if f.conflict != "" {
		p.Conflict = conflict(ctx, f, p)
	}
	return httpx.Render(c, status, page.Card(p))
}

// conflict says that somebody was quicker, where the typed text is, and what
// happened last.
func conflict(ctx context.Context, f typed, p page.CardPage) *page.Conflict {
	t := func(key string, args ...any) string { return i18n.T(ctx, "petitiondesk.conflict."+key, args...) }
	out := &page.Conflict{Title: f.conflict, Text: t("look"), Last: ""}
	switch {
	case len(p.Kept) > 0:
		out.Text = t("kept")
	case len(fields[f.act]) > 0:
		out.Text = t("form")
	}
	if shown := f.act == "answer" || f.act == "steps" || f.act == "drop"; len(p.Story) > 0 && (!shown || len(p.Kept) > 0) {
		out.Last = t("last", "what", p.Story[0].What, "meta", p.Story[0].Meta)
	}
	return out
}

// kept is what was typed into a form that the card no longer has: whoever typed
// it takes it from here.
func (h *Handlers) kept(ctx context.Context, f typed, acts []page.Act) ([]ui.Fact, error) {
	if slices.ContainsFunc(acts, func(a page.Act) bool { return a.ID == f.act }) {
		return nil, nil
	}
	var out []ui.Fact
	for _, name := range fields[f.act] {
		value := f.v.Get(name)
		if value == "" {
			continue
		}
		switch name {
		case "decision":
			if slices.Contains(dom.Decisions, value) {
				value = i18n.T(ctx, "petitiondesk.decision."+value)
			}
		case "ground":
			grounds, err := h.svc.Grounds(ctx)
			if err != nil {
				return nil, err
			}
			for _, g := range grounds {
				if g.Code == value {
					value = g.Title(i18n.Locale(ctx))
				}
			}
		case "session", "session_on", "due", "done":
			value = humanDay(ctx, value)
		}
		out = append(out, ui.Fact{Label: i18n.T(ctx, "petitiondesk.kept."+name), Value: value})
	}
	return out, nil
}

// humanDay writes a day of the calendar as people do; what is none stays.
func humanDay(ctx context.Context, iso string) string {
	d, err := time.Parse("2006-01-02", iso)
	if err != nil {
		return iso
	}
	return i18n.Date(ctx, d)
}

// person is who wrote the petition; how to reach him is shown when it was asked
// for and written down.
func person(ctx context.Context, who authz.Actor, v *dom.View, c *dom.Contacts) page.Person {
	t := func(key string) string { return i18n.T(ctx, "petitiondesk.person."+key) }
	p := page.Person{Facts: []ui.Fact{{Label: t("name"), Value: v.AuthorName}}, Show: "", Shown: c != nil}
	dash := func(s string) string {
		if s == "" {
			return "—"
		}
		return s
	}
	switch {
	case c != nil:
		p.Facts = append(p.Facts, ui.Fact{Label: t("email"), Value: dash(c.Email)}, ui.Fact{Label: t("address"), Value: dash(c.Address)})
	case !v.Own && who.Can(authz.ContactRead) && (v.AuthorID != nil || v.AuthorAddress != ""):
		p.Show = deskPath(v.Number) + "/contacts"
	}
	return p
}

func meta(ctx context.Context, v *dom.View) []string {
	out := []string{i18n.T(ctx, "petitions.show.author", "name", v.AuthorName)}
	if t := v.Topic(i18n.Locale(ctx)); t != "" {
		out = append(out, t)
	}
	if v.PublishedAt != nil {
		out = append(out, i18n.T(ctx, "petitions.show.published", "date", i18n.Date(ctx, *v.PublishedAt)))
	} else {
		out = append(out, i18n.T(ctx, "petitions.show.created", "date", i18n.Date(ctx, v.CreatedAt)))
	}
	return out
}

func facts(ctx context.Context, v *dom.View) []ui.Fact {
	t := func(key string, args ...any) string { return i18n.T(ctx, "petitiondesk."+key, args...) }
	count := i18n.T(ctx, "petitions.count", "n", i18n.Num(ctx, v.Count.Counted), "of", i18n.Num(ctx, v.Threshold))
	if v.Threshold == 0 {
		count = i18n.N(ctx, "petitions.legacy.count", v.Count.Counted)
	}
	out := []ui.Fact{
		{Label: t("fact.count"), Value: count, Num: true},
		{Label: t("fact.email"), Value: i18n.Num(ctx, v.Count.Email), Num: true},
		{Label: t("fact.strong"), Value: i18n.Num(ctx, v.Count.Strong), Num: true},
		{Label: t("fact.charter"), Value: v.Charter.Act(i18n.Locale(ctx))},
	}
	if v.LegacySource != "" { // no charter of ours ruled it
		out = append(out[:1], ui.Fact{Label: t("fact.former"), Value: v.LegacySource})
	}
	if v.Place != "" {
		out = append(out, ui.Fact{Label: t("fact.place"), Value: v.Place})
	}
	if v.GroundRow != nil {
		out = append(out, ui.Fact{Label: t("fact.ground"), Value: v.GroundRow.Title(i18n.Locale(ctx)) + " (" + v.GroundRow.Norm(i18n.Locale(ctx)) + ")"})
	}
	if v.AppealNumber != "" {
		out = append(out, ui.Fact{Label: t("fact.appeal"), Value: v.AppealNumber, Href: "/cabinet/appeals/" + v.AppealNumber})
	}
	if v.SessionOn != nil {
		out = append(out, ui.Fact{Label: i18n.T(ctx, "petitions.show.session"), Value: i18n.Date(ctx, *v.SessionOn)})
	}
	return out
}

func links(ctx context.Context, who authz.Actor, v *dom.View) []ui.Link {
	n := strconv.FormatInt(v.Number, 10)
	out := []ui.Link{{Href: "/petitions/" + n, Label: i18n.T(ctx, "petitiondesk.link.public")}}
	if who.Can(authz.PetitionGuard) {
		out = append(out, ui.Link{Href: deskPath(v.Number) + "/guard", Label: i18n.T(ctx, "petitiondesk.link.guard")})
	}
	if who.Can(authz.TrailRead) {
		out = append(out, ui.Link{Href: "/admin/trail/petitions/" + strconv.FormatInt(v.ID, 10), Label: i18n.T(ctx, "admin.history")})
	}
	if v.MergedNumber != 0 {
		out = append(out, ui.Link{Href: deskPath(v.MergedNumber), Label: i18n.T(ctx, "petitions.show.merged_link", "n", strconv.FormatInt(v.MergedNumber, 10))})
	}
	return out
}

// story is the history, the last first. Names of officials are told here.
func story(ctx context.Context, v *dom.View) []page.Story {
	var out []page.Story
	for _, l := range v.Story {
		args := []any{}
		for _, k := range []string{"n", "threshold", "into", "number", "days"} {
			if x, ok := l.Data[k]; ok {
				if f, isNumber := x.(float64); isNumber {
					x = i18n.Num(ctx, int(f))
				}
				args = append(args, k, x)
			}
		}
		if r, ok := l.Data["rule"].(string); ok {
			args = append(args, "rule", i18n.T(ctx, "petitionguard.rule."+r))
		}
		if d, ok := l.Data["decision"].(string); ok {
			args = append(args, "decision", i18n.T(ctx, "petitions.decision."+d))
		}
		s := page.Story{What: i18n.T(ctx, "petitions.event."+string(l.Kind), args...), Detail: "", Meta: i18n.DateTime(ctx, l.At)}
		s.Detail, _ = l.Data["text"].(string)
		if d, ok := l.Data["day"].(string); ok {
			s.Detail = humanDay(ctx, d)
		}
		if l.ActorName != "" {
			s.Meta += " · " + httpx.ShortName(l.ActorName)
		}
		out = append(out, s)
	}
	slices.Reverse(out)
	return out
}

// acts are what this official may do now, the one that is due first.
func (h *Handlers) acts(ctx context.Context, who authz.Actor, v *dom.View, f typed) ([]page.Act, error) {
	t := func(key string, args ...any) string { return i18n.T(ctx, "petitiondesk."+key, args...) }
	own := v.Own
	blank := func(id, title, lead, path string) page.Act {
		a := page.Act{
			ID: id, Title: t(title), Lead: "", Main: false, Folded: false, Open: false, Action: deskPath(v.Number) + path, Version: strconv.Itoa(v.Version), Notes: nil, Button: nil,
			Ground: nil, Into: nil, Session: nil, Draft: nil, Sign: nil, Remarks: nil, Steps: nil, Errors: nil,
		}
		if lead != "" {
			a.Lead = t(lead)
		}
		if f.act == id {
			a.Errors, a.Version, a.Open = f.problems, f.version(a.Version), true
			if f.restored {
				a.Notes = []ui.NoteProps{{Icon: "Information", Text: i18n.T(ctx, "ui.draft.restored")}}
			}
		}
		return a
	}
	button := func(label, icon, variant string) *ui.ButtonProps {
		return &ui.ButtonProps{Label: t(label), Icon: icon, Variant: variant, FullWidth: true, Type: "submit"}
	}
	old := func(act, field string) string {
		if f.act == act {
			return f.v.Get(field)
		}
		return ""
	}
	var out []page.Act
	if own {
		a := blank("own", "own.title", "own.text", "")
		a.Action = ""
		out = append(out, a)
	}
	if v.State == dom.Checking && who.Can(authz.PetitionModerate) && !own {
		list, err := h.checkActs(ctx, who, v, f, blank, button, old)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	if v.State == dom.Reached && who.Can(authz.PetitionReview) && !own {
		a := blank("announce", "announce.title", "announce.lead", "/announce")
		a.Main, a.Button = true, button("announce.button", "Megaphone", "")
		out = append(out, a)
	}
	if v.State == dom.Reviewing && !own {
		out = append(out, h.reviewActs(ctx, who, v, f, blank, button, old)...)
	}
	if (v.State == dom.Answered || v.State == dom.Done) && who.Can(authz.PetitionExecute) && !own {
		a := blank("steps", "step.heading", "step.lead", "/steps")
		a.Main, a.Steps = v.State == dom.Answered, h.steps(ctx, v, f)
		out = append(out, a)
		if v.State == dom.Answered {
			b := blank("finish", "finish.title", "finish.lead", "/finish")
			b.Button = button("finish.button", "CheckmarkCircle", "secondary")
			out = append(out, b)
		}
	}
	if len(out) == 0 {
		a := blank("none", "none.title", "none.text", "")
		a.Action = ""
		out = append(out, a)
	}
	return out, nil
}

func (h *Handlers) checkActs(ctx context.Context, who authz.Actor, v *dom.View, f typed, blank func(id, title, lead, path string) page.Act, button func(label, icon, variant string) *ui.ButtonProps, old func(act, field string) string) ([]page.Act, error) {
	// Whoever typed a judgement longer than his hold lasted finds his text as long as nobody else took it.
	if v.Claim == nil && len(fields[f.act]) == 0 || v.Claim != nil && v.Claim.PersonID != who.ID {
		a := blank("take", "take.title", "take.lead", "/take")
		a.Main, a.Button = true, button("take.button", "HandShakeHeart", "")
		a.Button.Icon = "PersonCheckmark"
		if v.Claim != nil {
			a.Notes = []ui.NoteProps{{Kind: "amber", Icon: "PadlockLocked", Text: i18n.T(ctx, "petitiondesk.take.other", "name", v.Claim.PersonName, "time", i18n.DateTime(ctx, v.Claim.At))}}
			a.Button = button("take.over", "PersonCheckmark", "secondary")
			a.Button.Name, a.Button.Value = "over", "1"
			return []page.Act{a}, nil
		}
		return []page.Act{a}, nil
	}
	grounds, err := h.svc.Grounds(ctx)
	if err != nil {
		return nil, err
	}
	pub := blank("publish", "publish.title", "publish.lead", "/publish")
	pub.Main, pub.Button = true, button("publish.button", "CheckmarkCircle", "")
	back := blank("return", "return.title", "return.lead", "/return")
	back.Folded, back.Button = true, button("return.button", "ArrowUndo", "secondary")
	back.Ground = &page.Ground{Code: old("return", "ground"), Note: old("return", "note"), Options: nil}
	for _, g := range grounds {
		back.Ground.Options = append(back.Ground.Options, ui.Option{Value: g.Code, Label: g.Title(i18n.Locale(ctx)) + " — " + g.Norm(i18n.Locale(ctx))})
	}
	join := blank("merge", "merge.title", "merge.lead", "/merge")
	join.Folded, join.Button = true, button("merge.button", "ArrowForward", "secondary")
	join.Into = &page.Into{Number: strconv.FormatInt(v.Number, 10), Value: old("merge", "into")}
	similar, err := h.svc.Similar(ctx, v.Title, 5, v.Number)
	if err != nil {
		return nil, err
	}
	for _, s := range similar {
		join.Notes = append(join.Notes, ui.NoteProps{Text: i18n.T(ctx, "petitions.number", "n", strconv.FormatInt(s.Number, 10)) + ": " + s.Title + " · " + i18n.T(ctx, "petitions.state."+string(s.State))})
	}
	acts := []page.Act{pub, back, join}
	if v.Claim == nil {
		return acts, nil
	}
	free := blank("release", "release.title", "", "/release")
	free.Button = button("release.button", "PadlockUnlocked", "tertiary")
	return append(acts, free), nil
}

func (h *Handlers) reviewActs(ctx context.Context, who authz.Actor, v *dom.View, f typed, blank func(id, title, lead, path string) page.Act, button func(label, icon, variant string) *ui.ButtonProps, old func(act, field string) string) []page.Act {
	var out []page.Act
	a := v.Answer
	submitted := a != nil && a.State == dom.AnswerSubmitted
	if submitted && who.Can(authz.PetitionAnswer) {
		s := blank("sign", "sign.title", "sign.lead", "/sign")
		s.Main, s.Sign = true, signing(ctx, who, v, h.clock.Now())
		out = append(out, s)
		b := blank("remarks", "back.title", "", "/remarks")
		b.Folded, b.Button, b.Remarks, b.Version = true, button("back.button", "ArrowUndo", "secondary"), &page.Remarks{Value: old("remarks", "remarks")}, strconv.Itoa(a.Version)
		if f.act == "remarks" { // of a draft that was changed since they are refused
			b.Version = f.version(b.Version)
		}
		out = append(out, b)
	}
	if !submitted && who.Can(authz.PetitionDraft) {
		d := blank("answer", "draft.title", "draft.lead", "/answer")
		d.Main, d.Draft, d.Version = true, draft(ctx, v, f, h.clock.Now()), "0"
		if a != nil {
			d.Version = strconv.Itoa(a.Version)
		}
		if f.act == "answer" { // a mistake of the form does not let it overwrite what was saved since
			d.Version = f.version(d.Version)
		}
		out = append(out, d)
	}
	if submitted && !who.Can(authz.PetitionAnswer) {
		w := blank("waits", "waits.title", "waits.text", "")
		w.Action = ""
		out = append(out, w)
	}
	if who.Can(authz.PetitionReview) {
		s := blank("session", "session.title", "session.lead", "/session")
		s.Folded, s.Button, s.Session = true, button("session.button", "Calendar", "secondary"), &page.Session{Value: old("session", "session"), Min: ""}
		out = append(out, s)
	}
	return out
}

func signing(ctx context.Context, who authz.Actor, v *dom.View, now time.Time) *page.Sign {
	a := v.Answer
	s := &page.Sign{
		Decision: i18n.T(ctx, "petitions.decision."+a.Decision), Body: a.Body, Facts: nil, Digest: hex.EncodeToString(a.SignedDigest(v.Number)), Blocked: "",
	}
	if a.SessionOn != nil {
		key := "petitions.show.session_held"
		if a.SessionAhead(now) {
			key = "petitions.show.session_ahead"
		}
		s.Facts = append(s.Facts, ui.Fact{Label: i18n.T(ctx, key), Value: i18n.Date(ctx, *a.SessionOn)})
	}
	if v.AwaitsSession(now) {
		s.Facts = append(s.Facts, ui.Fact{
			Label: i18n.T(ctx, "petitiondesk.sign.waits"), Value: i18n.T(ctx, "petitiondesk.sign.waits_text", "date", i18n.Date(ctx, *v.SessionOn)),
		})
	}
	if a.DecisionURL != "" {
		s.Facts = append(s.Facts, ui.Fact{Label: i18n.T(ctx, "petitions.show.decision_link"), Value: a.DecisionURL})
	}
	if a.VideoURL != "" {
		s.Facts = append(s.Facts, ui.Fact{Label: i18n.T(ctx, "petitions.show.video"), Value: a.VideoURL})
	}
	switch {
	case a.MayNotSign(who):
		s.Blocked = i18n.T(ctx, "petitions.err.own_answer")
	case who.PostTitle == "":
		s.Blocked = i18n.T(ctx, "petitions.err.no_post")
	case v.Own:
		s.Blocked = i18n.T(ctx, "petitions.err.own")
	case a.Overtaken(now):
		s.Blocked = i18n.T(ctx, "petitions.err.session_passed")
	}
	return s
}

func draft(ctx context.Context, v *dom.View, f typed, now time.Time) *page.Draft {
	d := &page.Draft{Decision: "", Body: "", Session: "", DecisionURL: "", VideoURL: "", Remarks: "", Ahead: false, AheadShown: false, Max: dom.AnswerMax, Decisions: nil, Theirs: nil}
	for _, x := range dom.Decisions {
		d.Decisions = append(d.Decisions, ui.Option{Value: x, Label: i18n.T(ctx, "petitiondesk.decision."+x), Note: i18n.T(ctx, "petitiondesk.decision."+x+"_note")})
	}
	a := v.Answer
	if a != nil {
		d.Decision, d.Body, d.DecisionURL, d.VideoURL, d.Session = a.Decision, a.Body, a.DecisionURL, a.VideoURL, isoDay(a.SessionOn)
		d.AheadShown = a.SessionAhead(now)
		d.Remarks = a.Remarks // until it is submitted again
	}
	if f.act != "answer" {
		return d
	}
	if f.conflict != "" && a != nil {
		d.Theirs = &page.Theirs{When: i18n.DateTime(ctx, a.UpdatedAt), Decision: "", Body: a.Body}
		if a.Decision != "" {
			d.Theirs.Decision = i18n.T(ctx, "petitions.decision."+a.Decision)
		}
	}
	d.Decision, d.Body, d.Session, d.DecisionURL, d.VideoURL = f.v.Get("decision"), f.v.Get("body"), f.v.Get("session_on"), f.v.Get("decision_url"), f.v.Get("video_url")
	x := dom.Answer{SessionOn: dayOf(errs.Fields(), f.v, "session_on")} //nolint:exhaustruct // its day alone is asked
	d.Ahead, d.AheadShown = f.v.Get("session_ahead") != "", x.SessionAhead(now)
	return d
}

func isoDay(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format("2006-01-02")
}

func (h *Handlers) steps(ctx context.Context, v *dom.View, f typed) *page.Steps {
	k := h.clock.Now().In(i18n.Kyiv)
	today := time.Date(k.Year(), k.Month(), k.Day(), 0, 0, 0, 0, time.UTC)
	s := &page.Steps{List: nil, Fresh: page.Step{ID: "", Version: "", Title: "", Due: "", Done: "", Note: "", URL: "", Label: "", Drop: "", Open: len(v.Milestones) == 0, Errors: nil, Theirs: nil}}
	found := false
	typedOver := func(x page.Step) page.Step {
		found = true
		if f.conflict != "" && x.ID != "" {
			x.Theirs = theirs(ctx, x)
		}
		x.Version = f.version(x.Version)
		x.Title, x.Due, x.Done, x.Note, x.URL, x.Open, x.Errors = f.v.Get("title"), f.v.Get("due"), f.v.Get("done"), f.v.Get("note"), f.v.Get("url"), true, f.problems
		return x
	}
	for _, m := range v.Milestones {
		label := m.Title
		switch {
		case m.DoneOn != nil:
			label += " · " + i18n.T(ctx, "petitiondesk.step.done_on", "date", i18n.Date(ctx, *m.DoneOn))
		case m.Late(today):
			label += " · " + i18n.T(ctx, "petitiondesk.step.late")
		}
		x := page.Step{
			ID: strconv.FormatInt(m.ID, 10), Version: strconv.Itoa(m.Version), Title: m.Title, Due: isoDay(m.DueOn), Done: isoDay(m.DoneOn), Note: m.Note, URL: m.URL,
			Label: label, Drop: deskPath(v.Number) + "/steps/drop", Open: false, Errors: nil, Theirs: nil,
		}
		if f.act == "steps" && f.v.Get("id") == x.ID {
			x = typedOver(x)
		}
		s.List = append(s.List, x)
	}
	if f.act == "steps" && !found { // also of a step that somebody dropped meanwhile: it may be added anew
		s.Fresh = typedOver(s.Fresh)
	}
	return s
}

// theirs is a step as it is now, for whoever typed over an older state of it.
func theirs(ctx context.Context, x page.Step) []ui.Fact {
	var out []ui.Fact
	for _, f := range []struct{ key, value string }{{"title", x.Title}, {"due", humanDay(ctx, x.Due)}, {"done", humanDay(ctx, x.Done)}, {"note", x.Note}, {"url", x.URL}} {
		if f.value != "" {
			out = append(out, ui.Fact{Label: i18n.T(ctx, "petitiondesk.step."+f.key), Value: f.value})
		}
	}
	return out
}
