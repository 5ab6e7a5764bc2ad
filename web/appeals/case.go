package appeals

import (
	"context"
	"strconv"
	"strings"
	"time"

	dom "ereception/internal/appeals"
	"ereception/internal/platform/i18n"
	page "ereception/templates/appeals"
	"ereception/templates/layout"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// receiptFor is how long after filing the page says that the appeal has arrived.
const receiptFor = 15 * time.Minute

// showPage makes the page of one appeal as its applicant sees it.
func showPage(ctx context.Context, frame layout.Page, c *dom.Case, now time.Time, key string) page.ShowPage {
	p := page.ShowPage{
		Page: frame, Number: c.Kind.Say(ctx, "appeals.show.no", "number", c.Number), Words: c.Kind.Args(i18n.Locale(ctx)), Kind: i18n.T(ctx, "appeals.kind_low."+string(c.Kind)),
		Status: statusCode(c.State, verdictCode(c.Verdict)), Title: c.Title, Place: place(c),
		Filed: i18n.T(ctx, "appeals.show.filed", "date", i18n.Date(ctx, c.ReceivedAt)), Index: "", Demo: c.Demo,
		Receipt: nil, Ended: endedOf(ctx, c), Promise: promiseOf(ctx, c), Answer: answerOf(ctx, c), Earlier: earlierOf(ctx, c), Rating: ratingOf(ctx, c), Thread: threadOf(ctx, c, key),
		Story: storyOf(ctx, c), Term: termOf(ctx, c, now), Who: whoOf(ctx, c), Map: nil, History: historyOf(ctx, c), OnMap: "", MapAction: "/appeals/" + c.Number + "/map", TakeOff: false, PutOn: false,
	}
	if c.RegIndex != nil {
		p.Index = i18n.T(ctx, "appeals.show.reg", "index", *c.RegIndex)
	}
	if c.State == dom.Received && now.Sub(c.ReceivedAt) < receiptFor {
		p.Receipt = &page.Receipt{
			Title: c.Kind.Say(ctx, "appeals.show.receipt", "number", c.Number),
			Due:   i18n.T(ctx, "appeals.show.receipt_due", "date", dom.TermDate(ctx, c.Procedure, c.DueAt)),
		}
	}
	if c.Lat != nil && c.Lon != nil {
		label := i18n.T(ctx, "appeals.show.place")
		if p.Place != "" {
			label += ": " + p.Place
		}
		p.Map = &ui.MapViewProps{Lat: *c.Lat, Lon: *c.Lon, Label: label, Size: "", Live: false}
		p.OnMap = i18n.T(ctx, "appeals.show.not_on_map")
		switch {
		case c.OnMap() && (c.State == dom.Received || c.State == dom.ReturnedForData): // others read it when the city has read it
			p.OnMap = i18n.T(ctx, "appeals.show.on_map_later")
		case c.OnMap() && c.State.Ended():
			p.OnMap = i18n.T(ctx, "appeals.show.on_map_ended")
		case c.OnMap():
			p.OnMap = i18n.T(ctx, "appeals.show.on_map")
		case c.Personal:
			p.OnMap = i18n.T(ctx, "appeals.show.personal")
		case c.Public && c.Hidden != "":
			p.OnMap = i18n.T(ctx, "appeals.show.hidden", "ground", i18n.T(ctx, "appeals.ground."+c.Hidden))
		}
	}
	if !c.State.Ended() || c.State == dom.ReturnedForData {
		p.TakeOff, p.PutOn = p.Map != nil && c.OnMap(), c.MayShow()
	}
	return p
}

func place(c *dom.Case) string {
	if c.Place != "" && c.District != "" {
		return c.Place + ", " + c.District
	}
	return c.Place + c.District
}

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// holder says who is working on the appeal at this moment.
func holder(ctx context.Context, c *dom.Case) string {
	manager := httpx.ShortName(c.Manager)
	if manager == "" {
		manager = i18n.T(ctx, "appeals.show.manager")
	}
	switch c.State {
	case dom.Received, dom.Registered, dom.Clarifying, dom.Answered, dom.Closed:
		return i18n.T(ctx, "appeals.show.who."+string(c.State))
	case dom.ResolutionPending, dom.Reopened, dom.AnswerSigning:
		return i18n.T(ctx, "appeals.show.who."+string(c.State), "manager", manager)
	case dom.InProgress:
		if c.Executor != "" {
			return i18n.T(ctx, "appeals.show.who.in_progress", "executor", httpx.ShortName(c.Executor))
		}
		return i18n.T(ctx, "appeals.show.who.in_progress_unit", "unit", c.Unit)
	}
	return i18n.T(ctx, "appeals.show.who.other")
}

// storyOf is the way of the appeal: what happened, who holds it now, what comes.
func storyOf(ctx context.Context, c *dom.Case) []ui.TimelineItem {
	out := make([]ui.TimelineItem, 0, len(c.Events)+2)
	var last dom.StoryLine
	for _, e := range c.Events {
		if e.Kind == "replied" && e.From == e.To {
			continue // a word in the thread moves nothing
		}
		switch last = e; e.Kind {
		case "hidden", "shown", "undelivered", "reclassified":
			last = dom.StoryLine{} // nor does the map or the law: what follows is told by a line of its own
		}
		it := ui.TimelineItem{Title: "", Time: i18n.DayMonth(ctx, e.At), Text: eventNote(ctx, c, e), Kind: "done"}
		switch {
		case e.Kind == "rated_solved":
			it.Title, it.Kind = i18n.T(ctx, "appeals.show.rated_yes"), "ok"
		case e.Kind == "rated_unsolved":
			it.Title = i18n.T(ctx, "appeals.show.rated_no")
		case e.To != "" && e.From != e.To && e.Kind != "reclassified":
			it.Title = ui.StatusWord(ctx, statusCode(e.To, ""))
		default:
			it.Title = i18n.T(ctx, "appeals.event."+string(e.Kind))
		}
		if e.Signs() || e.Kind == "sent" || e.Kind == "proved" {
			it.Kind = "ok"
		}
		out = append(out, it)
	}
	switch {
	case c.State == dom.MeasuresPending:
		out = append(out, ui.TimelineItem{
			Title: i18n.T(ctx, "appeals.show.will_do"), Time: i18n.T(ctx, "appeals.show.by", "date", i18n.DayMonth(ctx, c.DueAt)), Text: "", Kind: "now",
		})
	case c.Open():
		out = nowItem(ctx, c, last, out)
		out = append(out, ui.TimelineItem{
			Title: i18n.T(ctx, "appeals.show.will_answer"), Time: i18n.T(ctx, "appeals.show.by", "date", dom.TermDay(ctx, c.Procedure, c.DueAt)), Text: "", Kind: "",
		})
	case c.State == dom.Answered:
		out = append(out, ui.TimelineItem{Title: i18n.T(ctx, "appeals.show.your_rating"), Time: "", Text: holder(ctx, c), Kind: "now"})
	}
	return out
}

// nowItem marks where the appeal stands: the last event when that brought it
// there, else a line of its own.
func nowItem(ctx context.Context, c *dom.Case, last dom.StoryLine, out []ui.TimelineItem) []ui.TimelineItem {
	if len(out) > 0 && last.To == c.State && c.State != dom.Received {
		it := &out[len(out)-1]
		it.Kind = "now"
		_, day := last.Day()
		switch {
		case day: // the day of registration is told, whoever works now
			it.Text += ". " + holder(ctx, c)
		case c.State != dom.InProgress || it.Text == "":
			it.Text = holder(ctx, c)
		}
		return out
	}
	title := ui.StatusWord(ctx, statusCode(c.State, ""))
	if c.State == dom.Received {
		title = i18n.T(ctx, "appeals.show.now_received")
	}
	return append(out, ui.TimelineItem{Title: title, Time: i18n.T(ctx, "appeals.show.now"), Text: holder(ctx, c), Kind: "now"})
}

// eventNote is the second line of an event: names, numbers and dates.
func eventNote(ctx context.Context, c *dom.Case, e dom.StoryLine) string {
	switch e.Kind {
	case "filed":
		return c.Kind.Say(ctx, "appeals.show.filed_note", "time", i18n.Clock(e.At))
	case "registered":
		if d, ok := e.Day(); ok {
			return i18n.T(ctx, "appeals.show.index_day_note", "index", e.Text("index"), "date", i18n.Date(ctx, d))
		}
		return i18n.T(ctx, "appeals.show.index_note", "index", e.Text("index"))
	case "assigned":
		if x := e.Text("executor"); x != "" {
			return i18n.T(ctx, "appeals.show.unit_executor_note", "unit", e.UnitIn(i18n.Locale(ctx)), "executor", httpx.ShortName(x))
		}
		return e.UnitIn(i18n.Locale(ctx))
	case "to_manager":
		return httpx.ShortName(e.Text("manager"))
	case "handed_back":
		return i18n.T(ctx, "appeals.show.handed_back_note", "n", e.Text("petition"))
	case "hidden":
		if e.ActorID == c.AuthorID {
			return "" // he knows why
		}
		return i18n.T(ctx, "appeals.ground."+e.Text("ground"))
	case "replied":
		return i18n.T(ctx, "appeals.show.replied_note")
	case "resolved", "taken":
		return i18n.T(ctx, "appeals.show.executor_note", "executor", httpx.ShortName(e.Text("executor")))
	case "forwarded":
		return i18n.T(ctx, "appeals.show.forwarded_note", "recipient", e.Text("recipient"), "number", e.Text("out"))
	case "given_back", "not_considered":
		return i18n.T(ctx, "appeals.show.letter_note", "number", e.Text("out"))
	case "linked":
		return i18n.T(ctx, "appeals.show.linked_note", "first", e.Text("first"), "number", e.Text("out"))
	case "promised", "proved":
		return e.Text("text")
	case "data_given":
		return i18n.T(ctx, "appeals.show.data_given_note")
	case "dispatched":
		if d, err := time.Parse(time.DateOnly, e.Text("posted")); err == nil {
			return i18n.T(ctx, "appeals.show.dispatched_note", "recipient", e.Text("recipient"), "date", i18n.Date(ctx, d))
		}
	case "signed":
		days := dayOf(e.At) - dayOf(c.ReceivedAt)
		if c.AnsweredAt != nil && days > 0 {
			return i18n.N(ctx, "appeals.show.days_note", days)
		}
		return i18n.T(ctx, "appeals.show.out", "number", e.Text("out"))
	case "sent":
		if d, err := time.Parse(time.DateOnly, e.Text("posted")); err == nil {
			return i18n.T(ctx, "appeals.show.posted_note", "date", i18n.Date(ctx, d))
		}
	case "undelivered":
		if e.Text("letter") == "appeal.answer" {
			return i18n.T(ctx, "appeals.show.undelivered_answer")
		}
		return i18n.T(ctx, "appeals.show.undelivered")
	case "reclassified":
		d, err := time.Parse(time.DateOnly, e.Text("date"))
		if err != nil {
			return e.Text("text")
		}
		return i18n.T(ctx, "appeals.show.reclassified_note", "was", e.Was(ctx), "now", e.Became(ctx), "text", e.Text("text"), "date", i18n.Date(ctx, d))
	case "extended":
		d, err := time.ParseInLocation("2006-01-02", e.Text("date"), i18n.Kyiv)
		if err != nil {
			return e.Text("text")
		}
		return i18n.T(ctx, "appeals.show.extended_note", "date", i18n.Date(ctx, d), "text", e.Text("text"))
	}
	return ""
}

// historyOf is the same as a table, the latest first, with the change of the state.
func historyOf(ctx context.Context, c *dom.Case) []page.Change {
	out := make([]page.Change, 0, len(c.Events))
	you, system := i18n.T(ctx, "appeals.show.you"), i18n.T(ctx, "appeals.show.system")
	for i := len(c.Events) - 1; i >= 0; i-- {
		e := c.Events[i]
		ch := page.Change{When: i18n.DateTime(ctx, e.At), What: i18n.T(ctx, "appeals.event."+string(e.Kind)), Who: e.ActorName}
		switch {
		case e.ActorID == c.AuthorID:
			ch.Who = you
		case e.ActorName == "":
			ch.Who = system
		}
		if e.From != "" && e.To != "" && e.From != e.To {
			ch.What += ": " + i18n.T(ctx, "appeals.show.state_change",
				"from", ui.StatusWord(ctx, statusCode(e.From, "")), "to", ui.StatusWord(ctx, statusCode(e.To, "")))
		}
		out = append(out, ch)
	}
	return out
}

func answerOf(ctx context.Context, c *dom.Case) *page.Answer {
	n := c.Answer
	if n == nil || n.SignedAt == nil {
		return nil
	}
	a := &page.Answer{
		Title: i18n.T(ctx, "appeals.show.answer"), Due: answerDue(ctx, c), Result: i18n.T(ctx, "appeals.show.result", "result", i18n.T(ctx, "appeals.result."+n.Result)),
		Body: c.LetterOf(n), Files: fileItems(ctx, c.AnswerFiles, false), Signature: signatureOf(ctx, n, c.Signature, "/appeals/"+c.Number+"/answer.pdf"), Waiting: n.PdfKey == "",
	}
	if n.Ending() {
		a.Title = i18n.T(ctx, "appeals.show.letter")
	}
	return a
}

// promiseOf tells what the answer promised, and what was done of it.
func promiseOf(ctx context.Context, c *dom.Case) *page.Promise {
	p := c.Promise()
	if p == nil {
		return nil
	}
	out := &page.Promise{Title: i18n.T(ctx, "appeals.promise.until", "date", i18n.Date(ctx, p.On)), Text: p.Text, Done: "", Proof: ""}
	if p.Done != nil {
		out.Done, out.Proof = i18n.T(ctx, "appeals.promise.done", "date", i18n.Date(ctx, *p.Done)), p.Proof
	}
	return out
}

// endedOf says plainly how an appeal was ended without an answer in substance.
func endedOf(ctx context.Context, c *dom.Case) *page.Ended {
	n := c.Answer
	if !c.State.Ended() || n == nil || n.SignedAt == nil {
		return nil
	}
	fact := func(key, value string) ui.Fact {
		return ui.Fact{Label: i18n.T(ctx, "appeals.ended."+key), Value: value, Href: "", Num: false, Rich: nil}
	}
	e := &page.Ended{
		Title: i18n.T(ctx, "appeals.ended."+n.Result, "recipient", n.Recipient, "first", n.FirstNumber), Text: c.Kind.Say(ctx, "appeals.ended."+n.Result+"_text"),
		Facts: []ui.Fact{fact("when", i18n.Date(ctx, *n.SignedAt)), fact("norm", i18n.T(ctx, "appeals.norm."+n.Ground))},
	}
	if n.FirstNumber != "" {
		first := fact("first", i18n.T(ctx, "appeals.show.number", "number", n.FirstNumber))
		first.Href = "/appeals/" + n.FirstNumber // of the same person: his own
		e.Facts = append(e.Facts, first)
	}
	if c.State == dom.ReturnedForData {
		e.Reply = i18n.T(ctx, "appeals.ended.reply")
	}
	switch {
	case n.DispatchedOn != nil:
		e.Facts = append(e.Facts, fact("sent", i18n.Date(ctx, *n.DispatchedOn)))
	case n.Result == dom.ResultForwarded:
		e.Facts = append(e.Facts, fact("sent", i18n.T(ctx, "appeals.ended.not_sent")))
	}
	return e
}

// earlierOf is the answers before the latest, each with the verdict on it.
func earlierOf(ctx context.Context, c *dom.Case) []page.Earlier {
	out := make([]page.Earlier, 0, len(c.Earlier))
	for _, g := range c.Earlier {
		href := "/appeals/" + c.Number + "/answers/" + strconv.Itoa(g.N) + "/answer.pdf"
		e := page.Earlier{
			Title:  i18n.T(ctx, "appeals.show.earlier_one", "number", deref(g.OutNumber), "date", i18n.Date(ctx, *g.SignedAt)),
			Result: i18n.T(ctx, "appeals.show.result", "result", i18n.T(ctx, "appeals.result."+g.Result)),
			Body:   c.LetterOf(&g.Answer), Files: fileItems(ctx, g.Files, false), Signature: signatureOf(ctx, &g.Answer, g.Signature, href), Verdict: "", Said: "",
		}
		if v := g.Verdict; v != nil {
			e.Verdict, e.Said = verdictWord(ctx, v), v.Comment
		}
		out = append(out, e)
	}
	return out
}

func answerDue(ctx context.Context, c *dom.Case) ui.DueProps {
	d := ui.DueProps{Days: 0, Level: ui.LevelDone, Text: i18n.Date(ctx, *c.Answer.SignedAt), Short: false}
	if c.AnsweredAt == nil || c.State == dom.MeasuresPending {
		return d // opened again, or something is promised: the term on the page is a new one
	}
	switch days := dayOf(c.DueAt) - dayOf(*c.AnsweredAt); {
	case days > 0:
		d.Text = i18n.N(ctx, "appeals.show.early", days)
	case c.AnsweredAt.After(c.DueAt):
		d.Level, d.Text = ui.LevelLate, i18n.N(ctx, "appeals.show.late", max(-days, 1))
	default:
		d.Text = i18n.T(ctx, "appeals.show.in_time")
	}
	return d
}

func signatureOf(ctx context.Context, n *dom.Answer, g *dom.Signature, paper string) ui.SignatureProps {
	s := ui.SignatureProps{
		Title: i18n.T(ctx, "appeals.show.signed_system"), Signer: "", Time: i18n.DateTime(ctx, *n.SignedAt),
		Verdict: i18n.T(ctx, "appeals.show.out", "number", deref(n.OutNumber)), Invalid: false, Demo: false, Links: nil,
	}
	if g != nil {
		s.Demo = g.Method == "demo"
		if g.Method == "kep" {
			s.Title = i18n.T(ctx, "appeals.show.signed_kep")
		}
		s.Signer = g.SignerName + ", " + g.PostTitle
		if g.ActingFor != "" {
			s.Signer += " (" + i18n.T(ctx, "appeals.show.for", "who", g.ActingFor) + ")"
		}
	}
	if n.PdfKey != "" {
		label := "appeals.show.pdf"
		if n.Ending() {
			label = "appeals.show.letter_pdf"
		}
		s.Links = append(s.Links, ui.Link{Href: paper, Label: i18n.T(ctx, label)})
	}
	if code := deref(n.VerifyCode); code != "" {
		s.Links = append(s.Links, ui.Link{Href: "/verify/" + code, Label: i18n.T(ctx, "appeals.show.verify")})
	}
	return s
}

func ratingOf(ctx context.Context, c *dom.Case) page.Rating {
	r := page.Rating{
		Ask: c.Rateable(), Action: "/appeals/" + c.Number + "/rating", Comment: "", Given: "", Said: "",
		Problem: "", Problems: nil,
	}
	if v := c.Verdict; v != nil {
		r.Given, r.Said = verdictWord(ctx, v), v.Comment
	}
	return r
}

func verdictWord(ctx context.Context, v *dom.Verdict) string {
	if v.Solved {
		return i18n.T(ctx, "appeals.show.rated_yes")
	}
	return i18n.T(ctx, "appeals.show.rated_no")
}

// verdictCode is the verdict as lists know it (Row.Rating of the domain).
func verdictCode(v *dom.Verdict) string {
	switch {
	case v == nil:
		return ""
	case v.Solved:
		return "solved"
	}
	return "unsolved"
}

func threadOf(ctx context.Context, c *dom.Case, key string) page.Thread {
	t := page.Thread{
		Messages: make([]ui.MessageProps, 0, len(c.Messages)+1), Question: c.State == dom.Clarifying, Open: c.State.TakesWords(),
		Action: "/appeals/" + c.Number + "/messages", Key: key, Typed: "", To: "", Max: dom.MessageMax, Problems: nil,
	}
	you, mine := i18n.T(ctx, "appeals.show.you"), httpx.Initials(c.AuthorName)
	t.Messages = append(t.Messages, ui.MessageProps{
		Initials: mine, City: false, Author: you, Time: i18n.DateTime(ctx, c.ReceivedAt), Text: c.Body, Badge: "", Files: fileItems(ctx, c.Files, false),
	})
	for _, m := range c.Messages {
		p := ui.MessageProps{Initials: mine, City: false, Author: you, Time: i18n.DateTime(ctx, m.At), Text: m.Body, Badge: "", Files: fileItems(ctx, m.Files, false)}
		if m.Side == "city" {
			p.City, p.Author, p.Initials = true, m.AuthorName, httpx.Initials(m.AuthorName)
			if c.Unit != "" {
				p.Author += " · " + c.Unit
			}
		}
		t.Messages = append(t.Messages, p)
	}
	switch {
	case c.Executor != "":
		t.To = i18n.T(ctx, "appeals.show.to_executor", "name", httpx.ShortName(c.Executor))
	case c.Unit != "":
		t.To = i18n.T(ctx, "appeals.show.to_unit", "name", c.Unit)
	default:
		t.To = i18n.T(ctx, "appeals.show.to_office")
	}
	return t
}

func termOf(ctx context.Context, c *dom.Case, now time.Time) page.TermCard {
	start, due := registeredDay(c.RegisteredOn), dayOf(c.DueAt)
	date := dom.TermDate(ctx, c.Procedure, c.DueAt)
	t := page.TermCard{
		Title: i18n.T(ctx, "appeals.show.term"), Lead: i18n.T(ctx, "appeals.show.term_by"), Bold: i18n.T(ctx, "appeals.show.by", "date", date),
		Rest: i18n.T(ctx, "appeals.show.term_because."+string(c.Procedure), "date", i18n.Date(ctx, c.RegisteredOn)),
		Line: ui.TermProps{
			Total: max(due-start, 1), Elapsed: max(dayOf(now)-start, 0), Internal: 0, Answered: false,
			Start: i18n.DayMonth(ctx, c.RegisteredOn), End: dom.TermDay(ctx, c.Procedure, c.DueAt), Mark: "", Label: "",
		},
		Due: nil, Explain: c.Explain(i18n.Locale(ctx)), Changed: changedOf(ctx, c),
	}
	if c.Extended {
		t.Rest = i18n.T(ctx, "appeals.show.term_extended")
	}
	label := "appeals.show.termline"
	switch {
	case c.State == dom.MeasuresPending:
		t.Title, t.Lead, t.Rest = i18n.T(ctx, "appeals.show.term_own"), i18n.T(ctx, "appeals.show.term_promise"), "."
		d := openDue(ctx, c.DueAt, now)
		t.Due = &d
	case c.AnsweredAt != nil && c.State.Ended():
		t.Lead, t.Bold, t.Rest = i18n.T(ctx, "appeals.show.term_ended", "date", dom.TermDate(ctx, c.Procedure, *c.AnsweredAt), "due", date), "", ""
		t.Line.Answered, t.Line.Elapsed, t.Line.Mark = true, max(dayOf(*c.AnsweredAt)-start, 0), i18n.DayMonth(ctx, *c.AnsweredAt)
		label = "appeals.show.termline_ended"
	case c.AnsweredAt != nil:
		t.Lead, t.Bold, t.Rest = i18n.T(ctx, "appeals.show.term_done", "date", dom.TermDate(ctx, c.Procedure, *c.AnsweredAt), "due", date), "", ""
		t.Line.Answered, t.Line.Elapsed, t.Line.Mark = true, max(dayOf(*c.AnsweredAt)-start, 0), i18n.DayMonth(ctx, *c.AnsweredAt)
		label = "appeals.show.termline_done"
	case c.State.Done():
		t.Lead, t.Bold, t.Rest = i18n.T(ctx, "appeals.show.term_closed", "due", date), "", ""
	default:
		d := openDue(ctx, c.DueAt, now)
		t.Due = &d
	}
	t.Line.Label = i18n.T(ctx, label, "day", min(t.Line.Elapsed, 9999), "total", t.Line.Total)
	return t
}

// changedOf tells of the latest change of the procedure, why, and how to complain.
func changedOf(ctx context.Context, c *dom.Case) *page.Changed {
	e, ok := c.Reclassified()
	if !ok {
		return nil
	}
	more := e.Consequences(ctx)
	return &page.Changed{
		Title:  i18n.T(ctx, "appeals.show.reclassified", "date", i18n.Date(ctx, e.At)),
		Move:   i18n.T(ctx, "appeals.show.reclassified_move", "was", e.Was(ctx), "now", e.Became(ctx)),
		Ground: i18n.T(ctx, "appeals.show.reclassified_ground", "text", e.Text("text")), Complain: more[len(more)-1], More: more[:len(more)-1],
	}
}

// openDue is how much of a term that still runs is left. One that ends at a moment
// may be over on its own day.
func openDue(ctx context.Context, due, now time.Time) ui.DueProps {
	d := ui.DueProps{Days: dayOf(due) - dayOf(now), Level: "", Text: "", Short: false}
	if d.Days == 0 && now.After(due) {
		d.Level, d.Text = ui.LevelLate, i18n.T(ctx, "ui.due.late_today")
	}
	return d
}

func whoOf(ctx context.Context, c *dom.Case) []ui.Fact {
	t := func(key string) string { return i18n.T(ctx, "appeals.show."+key) }
	if c.State == dom.Forwarded && c.Answer != nil {
		return []ui.Fact{fact(t("who_body"), c.Answer.Recipient), fact(t("tz"), c.Topic)}
	}
	unit := c.Unit
	if unit == "" {
		unit = t("office")
	}
	executor := c.Executor
	if executor == "" && c.Open() {
		executor = t("not_yet")
	}
	out := []ui.Fact{fact(t("unit"), unit), fact(t("who_executor"), executor), fact(t("who_co"), strings.Join(c.Coexecutors, ", ")), fact(t("who_manager"), c.Manager)}
	if c.UnitPhone != "" {
		out = append(out, ui.Fact{Label: t("phone"), Value: c.UnitPhone, Href: "tel:" + telephone(c.UnitPhone), Num: true, Rich: nil})
	}
	return append(out, fact(t("tz"), c.Topic))
}

// telephone keeps what a phone can dial.
func telephone(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, s)
}
