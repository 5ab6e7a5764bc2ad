package appeals

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	dom "ereception/internal/appeals"
	"ereception/internal/city"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/i18n"
	page "ereception/templates/appeals"
	"ereception/templates/layout"
	"ereception/templates/ui"
	"ereception/web/pin"
)

func id(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func option(value, label, note, group string) ui.Option {
	return ui.Option{Value: value, Label: label, Note: note, Group: group, Disabled: false, Mark: ""}
}

func startPage(ctx context.Context, d dom.Draft, units []dom.Choice, terms []ui.Fact) page.StartPage {
	p := page.StartPage{
		Form: page.Form{}, Kind: string(d.Kind), Kinds: nil, Addressee: id(d.AddresseeID), Units: nil, Subject: "", Topic: ui.Option{}, Terms: terms,
		About: nil, Unknown: false,
	}
	for _, k := range dom.Kinds {
		p.Kinds = append(p.Kinds, option(string(k), i18n.T(ctx, "appeals.kind."+string(k)), i18n.T(ctx, "appeals.kind_hint."+string(k)), ""))
	}
	for _, u := range units {
		p.Units = append(p.Units, option(id(u.ID), u.Name, "", ""))
	}
	return p
}

func matterPage(ctx context.Context, d dom.Draft, at pin.Form, files []dom.File, topics []dom.Choice) page.MatterPage {
	p := page.MatterPage{
		Form: page.Form{}, Info: d.Kind == dom.InfoRequest, Topic: id(d.TopicID), Topics: nil, TopicUnit: "",
		Title: d.Title, Body: d.Body, BodyMin: dom.BodyMin, BodyMax: dom.BodyMax, TitleMax: dom.TitleMax,
		Place: at.Picker(d.Place, d.Lat, d.Lon),
		Found: pin.Mark(d.Place, d.Lat, d.Lon), Marked: d.Lat != nil && d.Lon != nil,
		Files: fileItems(ctx, files, true), Public: string(d.Showing), Near: nil, Term: page.Term{},
	}
	for _, t := range topics {
		o := option(id(t.ID), t.Name, "", t.Group)
		if t.Personal {
			o.Mark = ui.MarkPersonal
		}
		p.Topics = append(p.Topics, o)
		if t.ID == d.TopicID && t.Note != "" {
			p.TopicUnit = i18n.T(ctx, "appeals.new.topic_unit", "unit", t.Note)
		}
	}
	return p
}

func nearItems(ctx context.Context, rows []dom.Brief) []page.NearItem {
	out := make([]page.NearItem, 0, len(rows))
	for _, r := range rows {
		out = append(out, page.NearItem{
			Title: r.Title, Place: r.Place, Status: statusCode(r.State, ""), Filed: i18n.DayMonth(ctx, r.ReceivedAt),
		})
	}
	return out
}

func whoPage(ctx context.Context, d dom.Draft) page.WhoPage {
	p := page.WhoPage{
		Form: page.Form{}, Info: d.Kind == dom.InfoRequest, Name: d.Name, Address: d.Address, Email: d.Email, Phone: d.Phone,
		Channel: string(d.Channel), Channels: nil, Term: page.Term{},
	}
	for _, c := range dom.Channels {
		p.Channels = append(p.Channels, option(string(c), i18n.T(ctx, "appeals.channel."+string(c)), d.Kind.Say(ctx, "appeals.channel_hint."+string(c)), ""))
	}
	return p
}

func fact(label, value string) ui.Fact {
	return ui.Fact{Label: label, Value: value, Href: "", Num: false, Rich: nil}
}

func checkPage(ctx context.Context, d dom.Draft, at city.Place, files []dom.File, units, topics []dom.Choice) page.CheckPage {
	t := func(key string) string { return i18n.T(ctx, "appeals.check."+key) }
	or := func(s string) string {
		if s == "" {
			return t("none")
		}
		return s
	}
	to := i18n.T(ctx, "appeals.new.addressee_any")
	if d.AddresseeID != 0 {
		to = nameOf(units, d.AddresseeID)
	}
	p := page.CheckPage{
		Form: page.Form{}, Wrong: nil,
		What:   []ui.Fact{fact(t("kind"), or(wordOf(ctx, "appeals.kind.", d.Kind))), fact(t("to"), to)},
		Matter: []ui.Fact{fact(t("topic"), or(nameOf(topics, d.TopicID))), fact(t("subject"), or(d.Title))},
		Body:   d.Body, Files: fileItems(ctx, files, false),
		Who: []ui.Fact{
			fact(t("name"), or(d.Name)), fact(t("address"), or(d.Address)), fact(t("answer"), or(wordOf(ctx, "appeals.channel.", d.Channel))),
			fact(t("email"), or(d.Email)), fact(t("phone"), or(d.Phone)),
		},
		Term: page.Term{},
	}
	if d.Kind.Mapped() {
		shown := showingWord(ctx, d.Showing)
		if slices.ContainsFunc(topics, func(c dom.Choice) bool { return c.ID == d.TopicID && c.Personal }) {
			shown = t("public_personal")
		}
		where := strings.Join(pin.Ground(ctx, d.Place, at), ", ")
		if where == "" && d.Lat != nil {
			where = i18n.T(ctx, "map.locate.point")
		}
		p.Matter = append(p.Matter, fact(t("place"), or(where)), fact(t("public"), or(shown)))
	}
	if len(files) == 0 {
		p.Matter = append(p.Matter, fact(t("files"), t("no_files")))
	}
	return p
}

func nameOf(list []dom.Choice, id int64) string {
	for _, c := range list {
		if c.ID == id {
			return c.Name
		}
	}
	return ""
}

func termPreview(ctx context.Context, k dom.Kind, r deadline.Result) page.Term {
	law := "appeals.new.law_appeal"
	if k == dom.InfoRequest {
		law = "appeals.new.law_info"
	}
	return page.Term{Date: dom.TermDate(ctx, r.Procedure, r.DueAt), Explain: r.ExplanationIn(i18n.Locale(ctx)), Law: i18n.T(ctx, law)}
}

// same reports whether two drafts say the same.
func same(a, b dom.Draft) bool {
	if !pin.Same(a.Lat, a.Lon, b.Lat, b.Lon) {
		return false
	}
	a.Lat, a.Lon, b.Lat, b.Lon = nil, nil, nil, nil
	return a == b
}

// staleOf shows the fields of a step that two windows left different.
func staleOf(ctx context.Context, s shown, step int, units, topics []dom.Choice) *page.Stale {
	out := &page.Stale{At: i18n.DateTime(ctx, s.draft.UpdatedAt), Take: draftURL(s.draft.ID, step), Diffs: nil}
	add := func(key, here, there string) {
		if here == there {
			return
		}
		for _, p := range []*string{&here, &there} {
			if *p == "" {
				*p = i18n.T(ctx, "appeals.draft.empty")
			}
		}
		out.Diffs = append(out.Diffs, page.Difference{Label: i18n.T(ctx, key), Here: here, There: there})
	}
	here, there := s.typed, s.draft.Draft
	kind := func(k dom.Kind) string {
		if k == "" {
			return ""
		}
		return i18n.T(ctx, "appeals.kind."+string(k))
	}
	point := func(d dom.Draft) string {
		if d.Lat == nil || d.Lon == nil {
			return ""
		}
		return pin.Coordinate(d.Lat) + ", " + pin.Coordinate(d.Lon)
	}
	switch step {
	case dom.StepWhat:
		add("appeals.new.kind", kind(here.Kind), kind(there.Kind))
		add("appeals.new.addressee", nameOf(units, here.AddresseeID), nameOf(units, there.AddresseeID))
	case dom.StepMatter:
		add("appeals.new.topic", nameOf(topics, here.TopicID), nameOf(topics, there.TopicID))
		add("appeals.new.subject", here.Title, there.Title)
		add("appeals.new.place", here.Place, there.Place)
		add("appeals.show.place", point(here), point(there))
		add("appeals.new.body", here.Body, there.Body)
		add("appeals.new.public", showingWord(ctx, here.Showing), showingWord(ctx, there.Showing))
	case dom.StepWho:
		add("appeals.new.name", here.Name, there.Name)
		add("appeals.new.address", here.Address, there.Address)
		add("appeals.new.channel", channelWord(ctx, here.Channel), channelWord(ctx, there.Channel))
		add("appeals.new.email", here.Email, there.Email)
		add("appeals.new.phone", here.Phone, there.Phone)
	}
	return out
}

// showingWord is the author's decision about the map in words; empty when he made none.
func showingWord(ctx context.Context, s dom.Showing) string {
	switch s {
	case dom.ShownOnMap:
		return i18n.T(ctx, "appeals.check.public_yes")
	case dom.NotOnMap:
		return i18n.T(ctx, "appeals.check.public_no")
	}
	return ""
}

func channelWord(ctx context.Context, c dom.Channel) string {
	if c == "" {
		return ""
	}
	return i18n.T(ctx, "appeals.channel."+string(c))
}

func fileItems(ctx context.Context, files []dom.File, removable bool) []ui.FileItem {
	var out []ui.FileItem
	for _, f := range files {
		it := ui.FileItem{
			Name: f.Name, Meta: size(ctx, f.Size), Href: "/files/" + id(f.ID), Thumb: "", Icon: "", Error: "", Remove: "", ID: "file-" + id(f.ID), Pending: f.State == "incoming",
		}
		switch f.State {
		case "incoming":
			it.Href, it.Meta = "", it.Meta+" · "+i18n.T(ctx, "appeals.new.file_state_incoming")
		case "refused":
			it.Href, it.Error = "", i18n.T(ctx, "appeals.new.file_state_refused")
		default:
			if f.ThumbKey != "" {
				it.Thumb = it.Href + "/thumb"
			}
		}
		if removable {
			it.Remove = id(f.ID)
		}
		out = append(out, it)
	}
	return out
}

// size writes «240 КБ» or «2,4 МБ».
func size(ctx context.Context, n int64) string {
	const mb = 1 << 20
	if n < mb {
		return i18n.T(ctx, "appeals.file.kb", "n", strconv.FormatInt(max((n+512)/1024, 1), 10))
	}
	s := strconv.FormatFloat(float64(n)/mb, 'f', 1, 64)
	if i18n.Locale(ctx) == i18n.Ukrainian {
		s = strings.Replace(s, ".", ",", 1)
	}
	return i18n.T(ctx, "appeals.file.mb", "n", s)
}

// statusCode is the status as a resident reads it: what he has sent is «sent»,
// what he rated as solved is «resolved».
func statusCode(s dom.State, rating string) string {
	switch {
	case s == dom.Received:
		return "sent"
	case s == dom.Closed && rating == "solved":
		return "resolved"
	}
	return string(s)
}

// dayOf is the calendar day in Kyiv, as a count of days.
func dayOf(t time.Time) int {
	y, m, d := t.In(i18n.Kyiv).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// registeredDay is the day R, which is kept as midnight UTC.
func registeredDay(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// wordOf names an option that may not have been chosen yet; empty then.
func wordOf[T ~string](ctx context.Context, key string, option T) string {
	if option == "" {
		return ""
	}
	return i18n.T(ctx, key+string(option))
}

func listPage(ctx context.Context, frame layout.Page, own dom.Own, pager ui.PagerProps, now time.Time) page.ListPage {
	p := page.ListPage{
		Page: frame, Drafts: make([]page.DraftRow, 0, len(own.Drafts)), Rows: make([]page.Row, 0, len(own.Rows)), Pager: pager,
	}
	kinds := map[dom.Kind]string{}
	for _, k := range dom.Kinds {
		kinds[k] = i18n.T(ctx, "appeals.kind_low."+string(k))
	}
	for _, d := range own.Drafts {
		title := d.Title
		if title == "" {
			title = i18n.T(ctx, "appeals.draft.untitled")
		}
		p.Drafts = append(p.Drafts, page.DraftRow{
			Title: title, Kind: kinds[d.Kind],
			Step:     i18n.T(ctx, "appeals.list.draft_step", "n", draftStepOf(d)),
			Changed:  i18n.T(ctx, "appeals.list.draft_changed", "at", i18n.DateTime(ctx, d.UpdatedAt)),
			Continue: draftURL(d.ID, draftStepOf(d)), Drop: "/appeals/drafts/" + d.ID.String() + "/drop",
		})
	}
	office := i18n.T(ctx, "appeals.list.no_unit")
	for _, r := range own.Rows {
		row := page.Row{
			Number: i18n.T(ctx, "appeals.show.number", "number", r.Number), Href: "/appeals/" + r.Number, Title: r.Title,
			Kind: kinds[r.Kind], Place: r.Place,
			Filed:  i18n.T(ctx, "appeals.list.filed_on", "date", i18n.DayMonth(ctx, r.ReceivedAt)),
			Status: statusCode(r.State, r.Rating), Who: r.Unit,
			Due:  openDue(ctx, r.DueAt, now),
			Date: i18n.T(ctx, "appeals.show.by", "date", dom.TermDate(ctx, r.Procedure, r.DueAt)),
		}
		if r.Unit == "" {
			row.Who = office
		}
		if r.State.Done() {
			row.Due.Level, row.Due.Text = ui.LevelDone, ui.StatusWord(ctx, row.Status)
			if r.AnsweredAt != nil {
				row.Due.Text = i18n.T(ctx, "appeals.list.ended_on", "date", dom.TermDay(ctx, r.Procedure, *r.AnsweredAt))
			}
			if r.AnsweredAt != nil && !r.State.Ended() {
				row.Due.Text = i18n.T(ctx, "appeals.list.answered_on", "date", dom.TermDay(ctx, r.Procedure, *r.AnsweredAt))
				if r.AnsweredAt.After(r.DueAt) {
					row.Due.Level = ui.LevelLate
				}
			}
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// draftStepOf is the step on which a draft goes on: the one after the last that was kept.
func draftStepOf(d dom.DraftLine) int { return min(max(d.Step, dom.StepMatter), dom.StepCheck) }
