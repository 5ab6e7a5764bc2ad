package petitions

import (
	"bytes"
	"context"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	dom "ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/fontwidth"
	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	page "ereception/templates/petitions"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// readable lets a reader of data through when he may read the petition.
func (h *Handlers) readable(c echo.Context, n int64) error {
	return h.svc.Readable(httpx.Ctx(c), httpx.Actor(c), n, c.QueryParam("k"))
}

// show is the page of a petition; strangers get the rendered copy.
func (h *Handlers) show(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	signers, _ := strconv.Atoi(c.QueryParam("signers"))
	signers = min(max(signers, 1), dom.SignersPages)
	stranger := !httpx.Actor(c).SignedIn() && httpx.FlashText(c) == "" && c.QueryParam("day") == ""
	if stranger && c.QueryParam("k") != "" {
		// The link for first supporters goes round after the petition is published as well:
		// its key opens nothing then, and whoever comes by it is a stranger.
		stranger = h.svc.Readable(httpx.Ctx(c), authz.Guest(), n, "") == nil
	}
	if !stranger {
		p, err := h.showPage(c, n, signers)
		if err != nil {
			return err
		}
		noStore(c)
		return httpx.Render(c, http.StatusOK, page.Show(p))
	}
	loc := i18n.Locale(httpx.Ctx(c))
	r, err := h.copies.Get(loc+c.Param("number")+"/"+strconv.Itoa(signers), func() ([]byte, error) {
		p, err := h.showPage(c, n, signers)
		if err != nil {
			return nil, err
		}
		p.Page.Path = path(n) // the copy is shared: what one reader had in his query is not the next one's
		var b bytes.Buffer
		err = page.Show(p).Render(httpx.Ctx(c), &b)
		return b.Bytes(), err
	})
	if err != nil {
		return err
	}
	return r.Send(c)
}

func (h *Handlers) showPage(c echo.Context, n int64, signersPage int) (page.ShowPage, error) {
	ctx, who, key := httpx.Ctx(c), httpx.Actor(c), c.QueryParam("k")
	v, err := h.svc.Show(ctx, who, n, key)
	if err != nil {
		return page.ShowPage{}, err
	}
	loc := i18n.Locale(ctx)
	frame := httpx.Page(c, v.Title)
	frame.Description = firstWords(v.Essence, 180)
	frame.NoIndex = frame.NoIndex || !v.Public()
	frame.Crumbs = crumbs(ctx, i18n.T(ctx, "petitions.number", "n", strconv.FormatInt(n, 10)))
	frame.Bundles = []string{"petition"}
	if v.Elsewhere {
		p := page.ShowPage{Page: frame, Number: numberWords(ctx, n, ""), State: stateOfItem(ctx, v.State, false), Title: v.Title, Elsewhere: true}
		return p, h.notes(ctx, v, &p)
	}
	p := page.ShowPage{
		Page: frame, Number: numberWords(ctx, n, v.Topic(loc)), State: stateOfItem(ctx, v.State, v.LegacySource != ""), Demo: v.Demo, Title: v.Title,
		Meta: showMeta(ctx, v), Notes: nil, Legacy: legacyNote(ctx, v), Sign: page.SignCard{}, Texts: nil, Answer: answerCard(ctx, v, h.clock.Now()), Who: nil, Way: nil,
		Terms: termLines(ctx, v, h.clock.Now()), Charts: nil, Places: nil, Share: nil, Own: nil, Log: nil,
	}
	off, err := h.signingOff(ctx)
	if err != nil {
		return p, err
	}
	p.Way = way(ctx, v, h.clock.Now(), off)
	for _, t := range []struct{ key, body string }{{"essence", v.Essence}, {"reasons", v.Reasons}, {"proposal", v.Proposal}} {
		if strings.TrimSpace(t.body) != "" {
			p.Texts = append(p.Texts, page.Text{Title: i18n.T(ctx, "petitions.show."+t.key), Body: t.body})
		}
	}
	if err := h.notes(ctx, v, &p); err != nil {
		return p, err
	}
	if p.Sign, err = h.signCard(c, v, key, off); err != nil {
		return p, err
	}
	if v.PublishedAt == nil && v.State != dom.Supporting {
		return p, nil
	}
	if p.Who, err = h.signers(ctx, v, signersPage, key); err != nil {
		return p, err
	}
	if p.Charts, err = h.charts(ctx, v, parseDay(c.QueryParam("day"))); err != nil {
		return p, err
	}
	if v.Public() {
		if p.Places, err = h.places(ctx, v); err != nil {
			return p, err
		}
		if p.Log, err = h.log(ctx, n); err != nil {
			return p, err
		}
	}
	if v.Public() {
		p.Share = h.shareCard(ctx, v)
	}
	return p, nil
}

func crumbs(ctx context.Context, last string) []layout.Crumb {
	list := []layout.Crumb{{Label: i18n.T(ctx, "petitions.list.title"), Href: "/petitions"}}
	if last == "" {
		list[0].Href = ""
		return list
	}
	return append(list, layout.Crumb{Label: last, Href: ""})
}

func numberWords(ctx context.Context, n int64, topic string) string {
	if topic == "" {
		return i18n.T(ctx, "petitions.number", "n", strconv.FormatInt(n, 10))
	}
	return i18n.T(ctx, "petitions.number_topic", "n", strconv.FormatInt(n, 10), "topic", topic)
}

// looks of the states: colour and icon.
var looks = map[dom.State][2]string{
	dom.Supporting: {"neutral", "PersonPlus"}, dom.Checking: {"primary", "FileSearch"}, dom.Returned: {"warning", "ArrowUndo"}, dom.Withdrawn: {"neutral", "CircleSlash"},
	dom.Lapsed: {"neutral", "CircleSlash"}, dom.Merged: {"neutral", "ArrowForward"}, dom.Gathering: {"primary", "PencilWriting"}, dom.NotEnough: {"neutral", "EnvelopeClosed"},
	dom.Reached: {"success", "CheckmarkCircle"}, dom.Reviewing: {"primary", "Hourglass"}, dom.Answered: {"success", "Wrench"}, dom.Done: {"success", "CheckmarkCircle"},
	dom.Refused: {"neutral", "CircleSlash"},
}

func stateOf(ctx context.Context, s dom.State) page.State {
	l := looks[s]
	return page.State{Word: i18n.T(ctx, "petitions.state."+string(s)), Color: l[0], Icon: l[1]}
}

func percent(n, of int) int {
	if of < 1 {
		return 0
	}
	return min(100, 100*n/of)
}

func firstWords(s string, most int) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) <= most {
		return string(r)
	}
	return strings.TrimRight(string(r[:most-1]), " ,.;:") + "…"
}

// paused reports whether a gathering had not ended when signing was switched off: it ends on
// no day that could be told, since its days will be given back. off is since when; nil: it is not.
func paused(ends time.Time, off *time.Time) bool { return off != nil && ends.After(*off) }

// left says how long signatures are good.
func left(ctx context.Context, now, ends time.Time, off *time.Time) string {
	today, last := now.In(i18n.Kyiv), ends.In(i18n.Kyiv)
	days := int(time.Date(last.Year(), last.Month(), last.Day(), 0, 0, 0, 0, time.UTC).Sub(time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
	switch {
	case paused(ends, off):
		return i18n.T(ctx, "petitions.show.paused")
	case !ends.After(now):
		return i18n.T(ctx, "petitions.show.ended", "date", i18n.Date(ctx, ends))
	case days == 0:
		return i18n.T(ctx, "petitions.show.last_day")
	}
	return i18n.N(ctx, "petitions.show.left", days, "date", i18n.Date(ctx, ends))
}

func showMeta(ctx context.Context, v *dom.View) []page.Meta {
	out := []page.Meta{{Icon: "", Text: i18n.T(ctx, "petitions.show.author", "name", v.AuthorName)}}
	if v.PublishedAt != nil {
		out = append(out, page.Meta{Icon: "", Text: i18n.T(ctx, "petitions.show.published", "date", i18n.Date(ctx, *v.PublishedAt))})
	} else {
		out = append(out, page.Meta{Icon: "", Text: i18n.T(ctx, "petitions.show.created", "date", i18n.Date(ctx, v.CreatedAt))})
	}
	place := v.Place
	if d := v.District(i18n.Locale(ctx)); d != "" {
		if place != "" {
			place += ", "
		}
		place += d
	}
	if place != "" {
		out = append(out, page.Meta{Icon: "LocationPin", Text: place})
	}
	return out
}

// notes say what one must know before reading.
func (h *Handlers) notes(ctx context.Context, v *dom.View, p *page.ShowPage) error {
	if v.State == dom.Merged {
		p.Notes = append(p.Notes, ui.NoteProps{Kind: "amber", Text: i18n.T(ctx, "petitions.show.merged", "n", strconv.FormatInt(v.MergedNumber, 10))})
		p.Own = &page.Own{Text: v.MergedTitle, Links: []ui.Link{{Href: path(v.MergedNumber), Label: i18n.T(ctx, "petitions.show.merged_link", "n", strconv.FormatInt(v.MergedNumber, 10))}}}
		return nil
	}
	if v.State.Signable() {
		off, err := h.switchedOff(ctx, dom.SwitchSigning)
		if err != nil {
			return err
		}
		if off != nil {
			p.Notes = append(p.Notes, *off)
		}
	}
	switch {
	case v.Public() || !v.Own && !v.Staff && !v.ByLink:
	case v.ByLink && !v.Own && !v.Staff:
		p.Notes = append(p.Notes, ui.NoteProps{Text: i18n.T(ctx, "petitions.show.by_link")})
	default:
		p.Own = &page.Own{Text: i18n.T(ctx, "petitions.show.private"), Links: nil}
		if v.GroundRow != nil {
			p.Notes = append(p.Notes, ui.NoteProps{Kind: "amber", Title: v.GroundRow.Title(i18n.Locale(ctx)) + " (" + v.GroundRow.Norm(i18n.Locale(ctx)) + ")", Text: v.GroundNote})
		}
	}
	if v.Own || v.Staff {
		if p.Own == nil {
			p.Own = &page.Own{Text: "", Links: nil}
		}
		if v.Own {
			p.Own.Links = append(p.Own.Links, ui.Link{Href: "/account/petitions", Label: i18n.T(ctx, "petitions.show.own_link")})
		}
		if v.Staff {
			p.Own.Links = append(p.Own.Links, ui.Link{Href: "/cabinet" + path(v.Number), Label: i18n.T(ctx, "petitions.show.desk_link")})
		}
	}
	return nil
}

// signCard is the box of the button in each of its states.
func (h *Handlers) signCard(c echo.Context, v *dom.View, key string, off *time.Time) (page.SignCard, error) {
	ctx, who, now := httpx.Ctx(c), httpx.Actor(c), h.clock.Now()
	if v.LegacySource != "" {
		return legacyCard(ctx, v), nil
	}
	n, of := v.Count.Counted, v.Threshold
	ring := "petitions.show.ring"
	if v.PublishedAt == nil {
		n, of, ring = v.Count.Email+v.Count.Strong, max(v.Charter.Supporters, 1), "petitions.show.ring_support"
	}
	s := page.SignCard{
		Count: i18n.Num(ctx, n), Of: i18n.T(ctx, "petitions.show.of", "n", i18n.Num(ctx, of)), Percent: percent(n, of), Done: n >= of,
		Label: i18n.T(ctx, ring, "n", i18n.Num(ctx, n), "of", i18n.Num(ctx, of)),
		Bold:  "", Muted: "", Tiers: "", Live: "", Button: nil, Signed: nil, Withdraw: "", Raise: nil, Follow: nil, Note: nil, Hint: "", ExtraDays: "",
	}
	s.Bold = lack(ctx, n, of)
	if v.Count.Email+v.Count.Strong > 0 {
		s.Tiers = i18n.T(ctx, "petitions.show.tiers", "strong", i18n.Num(ctx, v.Count.Strong), "email", i18n.Num(ctx, v.Count.Email))
	}
	if v.ExtendedDays > 0 {
		s.ExtraDays = i18n.N(ctx, "petitions.show.extra", v.ExtendedDays)
	}
	open := v.State.Signable() && v.EndsAt != nil && v.EndsAt.After(now)
	switch {
	case v.State.Signable() && v.EndsAt != nil:
		s.Muted = left(ctx, now, *v.EndsAt, off)
	case v.State == dom.Checking && v.Term(dom.StepCheck) != nil:
		s.Muted = due(ctx, now, "check_until", v.Term(dom.StepCheck).DueAt)
	case v.State == dom.Reached || v.State == dom.Reviewing:
		s.Muted = running(ctx, now, v.State, nil, owed(v), off)
	case v.State == dom.NotEnough && v.ClosedAt != nil:
		s.Bold, s.Muted = "", i18n.T(ctx, "petitions.show.not_enough", "n", i18n.Num(ctx, n), "of", i18n.Num(ctx, of), "date", i18n.Date(ctx, *v.ClosedAt))
	}
	if v.Public() && open {
		s.Live = path(v.Number) + "/count.json"
	}
	if err := h.signButton(ctx, who, v, key, open && off == nil, &s); err != nil {
		return s, err
	}
	if !who.SignedIn() || !v.Public() || v.State == dom.Refused || v.State == dom.Done {
		return s, nil
	}
	follows, err := h.svc.Follows(ctx, who, v.Number)
	if err != nil {
		return s, err
	}
	if s.Follow = (&page.Follow{Action: path(v.Number) + "/follow", Label: i18n.T(ctx, "petitions.show.follow"), Note: ""}); follows {
		s.Follow = &page.Follow{Action: path(v.Number) + "/unfollow", Label: i18n.T(ctx, "petitions.show.unfollow"), Note: i18n.T(ctx, "petitions.show.following")}
	}
	return s, nil
}

func (h *Handlers) signButton(ctx context.Context, who authz.Actor, v *dom.View, key string, open bool, s *page.SignCard) error {
	if v.Own && key == "" {
		key = v.SupportKey
	}
	if !who.SignedIn() {
		if open {
			s.Button = &page.SignButton{Action: "", Href: withKey(path(v.Number)+"/sign", key), Label: i18n.T(ctx, "petitions.show.sign"), Key: "", Stamp: "", Resident: false}
			s.Hint = i18n.T(ctx, "petitions.show.guest_hint")
		}
		return nil
	}
	mine, err := h.svc.MySignature(ctx, who, v.Number)
	if err != nil {
		return err
	}
	if mine != nil {
		s.Signed = &ui.NoteProps{Kind: "ok", Title: i18n.T(ctx, "petitions.show.signed", "date", i18n.Date(ctx, mine.At)), Text: i18n.T(ctx, "petitions.show.position", "n", i18n.Num(ctx, mine.Position))}
	}
	if !open {
		return nil
	}
	me, err := h.svc.SignatoryOf(ctx, who)
	if err != nil {
		return err
	}
	if mine != nil {
		s.Withdraw = withKey(path(v.Number)+"/withdraw", key)
		switch {
		case mine.Strong:
		case me.Strong:
			s.Raise = &page.SignButton{Action: path(v.Number) + "/raise", Href: "", Label: i18n.T(ctx, "petitions.show.raise"), Key: key, Stamp: h.svc.Stamp(), Resident: false}
			s.Hint = i18n.T(ctx, "petitions.show.raise_hint")
		case v.Tier == dom.TierStrong:
			s.Raise = &page.SignButton{Action: "", Href: "/account", Label: i18n.T(ctx, "petitions.show.raise_link"), Key: "", Stamp: "", Resident: false}
			s.Hint = i18n.T(ctx, "petitions.show.raise_need")
		}
		return nil
	}
	s.Button = &page.SignButton{Action: path(v.Number) + "/sign", Href: "", Label: i18n.T(ctx, "petitions.show.sign"), Key: key, Stamp: h.svc.Stamp(), Resident: v.ResidentsOnly && !me.Resident}
	s.Hint = i18n.T(ctx, "petitions.show.once")
	if v.Tier == dom.TierStrong && !me.Strong {
		s.Hint = i18n.T(ctx, "petitions.show.strong_hint")
	}
	return nil
}

// lack says how many signatures are missing.
func lack(ctx context.Context, n, of int) string {
	if n < of {
		return i18n.N(ctx, "petitions.show.need", of-n)
	}
	return i18n.T(ctx, "petitions.show.enough")
}

func answerCard(ctx context.Context, v *dom.View, now time.Time) page.AnswerCard {
	a := page.AnswerCard{Title: i18n.T(ctx, "petitions.show.answer"), When: "", Body: "", Facts: nil, Signature: nil, Waiting: "", Milestones: nil, Progress: "", Appeal: nil, Note: ""}
	t := func(key string, args ...any) string { return i18n.T(ctx, "petitions.show."+key, args...) }
	if n := v.Answer; v.LegacySource != "" {
		legacyAnswer(ctx, v, &a)
	} else if n != nil && n.State == dom.AnswerSigned {
		a.Title, a.When, a.Body = i18n.T(ctx, "petitions.decision."+n.Decision), i18n.Date(ctx, *n.SignedAt), n.Body
		if x := v.Term(dom.StepReview); x != nil && x.MetAt != nil {
			a.Facts = append(a.Facts, ui.Fact{Label: t("due"), Value: i18n.Date(ctx, x.DueAt) + " · " + met(ctx, x)})
		}
		if n.SessionOn != nil {
			key := "session_held"
			if n.SessionAhead(*n.SignedAt) {
				key = "session_named" // when the answer was signed it was to come; whether it was held, nobody noted
			}
			if n.SessionAhead(now) {
				key = "session_ahead"
			}
			a.Facts = append(a.Facts, ui.Fact{Label: t(key), Value: i18n.Date(ctx, *n.SessionOn)})
		}
		if n.DecisionURL != "" {
			a.Facts = append(a.Facts, ui.Fact{Label: t("decision_link"), Value: t("open_link"), Href: n.DecisionURL})
		}
		if n.VideoURL != "" {
			a.Facts = append(a.Facts, ui.Fact{Label: t("video"), Value: t("open_link"), Href: n.VideoURL})
		}
		signer := n.SignerName + ", " + n.SignerPost
		a.Signature = &ui.SignatureProps{Title: t("signature"), Signer: signer, Time: i18n.DateTime(ctx, *n.SignedAt), Demo: n.Method == "demo"}
	} else {
		a.Waiting = waiting(ctx, v, now)
		if v.AppealNumber != "" && v.Own {
			a.Appeal = &ui.Link{Href: "/appeals/" + v.AppealNumber, Label: t("waiting_appeal", "n", v.AppealNumber)}
		}
	}
	today := time.Date(now.In(i18n.Kyiv).Year(), now.In(i18n.Kyiv).Month(), now.In(i18n.Kyiv).Day(), 0, 0, 0, 0, time.UTC)
	done := 0
	for _, m := range v.Milestones {
		x := page.Milestone{Title: m.Title, When: "", Note: m.Note, Link: nil, Done: m.DoneOn != nil, Late: m.Late(today)}
		switch {
		case m.DoneOn != nil:
			x.When = i18n.Date(ctx, *m.DoneOn)
			done++
		case m.DueOn != nil && x.Late:
			x.When = t("milestone_late", "date", i18n.Date(ctx, *m.DueOn))
		case m.DueOn != nil:
			x.When = t("milestone_due", "date", i18n.Date(ctx, *m.DueOn))
		}
		if m.URL != "" {
			x.Link = &ui.Link{Href: m.URL, Label: t("open_link")}
		}
		a.Milestones = append(a.Milestones, x)
	}
	if len(v.Milestones) > 0 {
		a.Progress = t("progress", "n", done, "of", len(v.Milestones))
	}
	return a
}

// owed is the term of what the city owes now; nil when it owes nothing.
func owed(v *dom.View) *time.Time {
	step, ok := map[dom.State]dom.Step{dom.Reached: dom.StepAnnounce, dom.Reviewing: dom.StepReview}[v.State]
	if x := v.Term(step); ok && x != nil {
		return &x.DueAt
	}
	return nil
}

// overdue says for how long the term is over; empty before its end.
func overdue(ctx context.Context, at, now time.Time) string {
	if !now.After(at) {
		return ""
	}
	return i18n.N(ctx, "petitions.term.overdue", daysLate(at, now))
}

// met says when a term was met: in time, or how late.
func met(ctx context.Context, t *dom.Term) string {
	if t.MetAt.After(t.DueAt) {
		return i18n.N(ctx, "petitions.term.late", daysLate(t.DueAt, *t.MetAt), "date", i18n.Date(ctx, *t.MetAt))
	}
	return i18n.T(ctx, "petitions.term.in_time", "date", i18n.Date(ctx, *t.MetAt))
}

// waiting stands in the place of the answer.
func waiting(ctx context.Context, v *dom.View, now time.Time) string {
	text := waitingFor(ctx, v)
	if at := owed(v); at != nil && now.After(*at) {
		text += " " + i18n.N(ctx, "petitions.show.waiting_late", daysLate(*at, now))
	}
	return text
}

func waitingFor(ctx context.Context, v *dom.View) string {
	t := func(key string, args ...any) string { return i18n.T(ctx, "petitions.show."+key, args...) }
	switch v.State {
	case dom.Gathering:
		return i18n.N(ctx, "petitions.show.waiting", v.Threshold, "days", i18n.N(ctx, "petitions.show.work_days", v.Charter.ReviewDays))
	case dom.Reached:
		if x := v.Term(dom.StepAnnounce); x != nil {
			return t("waiting_announce", "date", i18n.Date(ctx, x.DueAt))
		}
	case dom.Reviewing:
		if v.SessionOn != nil {
			return t("waiting_session", "date", i18n.Date(ctx, *v.SessionOn))
		}
		if x := v.Term(dom.StepReview); x != nil {
			return t("waiting_review", "date", i18n.Date(ctx, x.DueAt))
		}
	case dom.NotEnough:
		return t("waiting_none")
	}
	return t("waiting_before")
}

// way is the petition's way, what was and what comes.
func way(ctx context.Context, v *dom.View, now time.Time, off *time.Time) []ui.TimelineItem {
	if v.LegacySource != "" {
		return legacyWay(ctx, v)
	}
	t := func(key string, args ...any) string { return i18n.T(ctx, "petitions.way."+key, args...) }
	day := func(at *time.Time) string {
		if at == nil {
			return ""
		}
		return i18n.DayMonth(ctx, *at)
	}
	until := func(step dom.Step) string {
		if x := v.Term(step); x != nil && x.MetAt == nil {
			return t("until", "date", i18n.DayMonth(ctx, x.DueAt))
		}
		return ""
	}
	list := []ui.TimelineItem{{Title: t("created"), Time: i18n.DayMonth(ctx, v.CreatedAt), Kind: "done"}}
	if v.Charter.Supporters > 0 {
		n := v.Count.Email + v.Count.Strong
		if v.SubmittedAt != nil { // the step is done; signatures go on, or were withdrawn by a correction
			n = max(n, v.Charter.Supporters)
		}
		it := ui.TimelineItem{Title: t("supporters"), Text: t("count", "n", min(n, v.Charter.Supporters), "of", v.Charter.Supporters), Kind: "done", Time: day(v.SubmittedAt)}
		if v.State == dom.Supporting {
			it.Kind, it.Time = "now", until(dom.StepSupporters)
		}
		list = append(list, it)
	}
	if v.State == dom.Lapsed || v.State == dom.Withdrawn || v.State == dom.Returned || v.State == dom.Merged {
		return append(list, ui.TimelineItem{Title: i18n.T(ctx, "petitions.state."+string(v.State)), Time: day(v.ClosedAt), Kind: "now"})
	}
	check := ui.TimelineItem{Title: t("check")}
	switch {
	case v.State == dom.Checking:
		check.Kind, check.Time = "now", until(dom.StepCheck)
	case v.PublishedAt != nil:
		check.Kind, check.Time, check.Text = "done", day(v.PublishedAt), t("met")
	}
	published := ui.TimelineItem{Title: t("published"), Time: day(v.PublishedAt)}
	gathering := ui.TimelineItem{Title: t("gathering")}
	if v.PublishedAt != nil {
		published.Kind, published.Text = "done", t("started")
		gathering.Text = t("count", "n", i18n.Num(ctx, v.Count.Counted), "of", i18n.Num(ctx, v.Threshold))
		gathering.Kind, gathering.Time = "done", day(v.ReachedAt)
		if v.State == dom.Gathering {
			gathering.Kind, gathering.Time = "now", day(v.EndsAt)
			switch {
			case v.EndsAt == nil:
			case paused(*v.EndsAt, off):
				gathering.Time = t("paused")
			default:
				gathering.Time = t("until", "date", i18n.DayMonth(ctx, *v.EndsAt))
			}
		}
	}
	list = append(list, check, published, gathering)
	if v.State == dom.NotEnough {
		list[len(list)-1].Time = day(v.ClosedAt)
		return append(list, ui.TimelineItem{Title: t("appeal"), Text: i18n.T(ctx, "petitions.state.not_enough"), Kind: "now", Time: day(v.ClosedAt)})
	}
	review := ui.TimelineItem{Title: t("review"), Time: i18n.N(ctx, "petitions.way.review_days", v.Charter.ReviewDays)}
	answer := ui.TimelineItem{Title: t("answer")}
	if at := owed(v); at != nil {
		review.Text = overdue(ctx, *at, now)
	}
	switch v.State {
	case dom.Reached:
		review.Kind, review.Time = "now", until(dom.StepAnnounce)
	case dom.Reviewing:
		review.Kind, review.Time = "now", until(dom.StepReview)
	case dom.Answered, dom.Done, dom.Refused:
		review.Kind, review.Time = "done", day(v.AnnouncedAt)
		answer.Kind, answer.Time = "done", day(v.AnsweredAt)
		if v.Answer != nil {
			answer.Text = i18n.T(ctx, "petitions.decision."+v.Answer.Decision)
		}
	}
	list = append(list, review, answer)
	switch v.State {
	case dom.Answered:
		list = append(list, ui.TimelineItem{Title: t("done"), Kind: "now"})
	case dom.Done:
		list = append(list, ui.TimelineItem{Title: t("done"), Kind: "ok", Time: day(v.ClosedAt)})
	}
	return list
}

// due says until when the city has time, and when that is over, for how long.
func due(ctx context.Context, now time.Time, key string, at time.Time) string {
	text := i18n.T(ctx, "petitions.show."+key, "date", i18n.Date(ctx, at))
	if s := overdue(ctx, at, now); s != "" {
		text += " · " + s
	}
	return text
}

// daysLate counts days of the calendar, as people do: what is due on Monday and done
// on Tuesday is late by one.
func daysLate(due, at time.Time) int {
	return max(calendar.FromTime(at.In(i18n.Kyiv)).Sub(calendar.FromTime(due.In(i18n.Kyiv))), 1)
}

// termLines explain the terms that run now, and those that the city has met: in
// time, or how late.
func termLines(ctx context.Context, v *dom.View, now time.Time) []page.TermLine {
	var out []page.TermLine
	for _, t := range v.Terms {
		if !t.Step.Citys() && (t.MetAt != nil || v.State != dom.Gathering && t.Step == dom.StepGathering) {
			continue
		}
		l := page.TermLine{
			Title:   i18n.T(ctx, "petitions.term.title", "name", i18n.T(ctx, "petitions.term."+string(t.Step)), "date", i18n.Date(ctx, t.DueAt)),
			Explain: t.Explain(i18n.Locale(ctx)),
		}
		switch {
		case t.MetAt != nil:
			l.Title += " · " + met(ctx, &t)
		case now.After(t.DueAt):
			l.Title += " · " + overdue(ctx, t.DueAt, now)
		}
		out = append(out, l)
	}
	return out
}

func (h *Handlers) signers(ctx context.Context, v *dom.View, at int, key string) (*page.Signers, error) {
	list, total, err := h.svc.Signers(ctx, v.Number, at)
	if err != nil {
		return nil, err
	}
	pages := min((total+dom.SignersSize-1)/dom.SignersSize, dom.SignersPages)
	s := &page.Signers{
		Head: i18n.N(ctx, "petitions.show.signers_head", total, "shown", len(list)), Rows: nil, CSV: withKey(path(v.Number)+"/signers.csv", key),
		Empty: i18n.T(ctx, "petitions.show.signers_empty"),
		Pager: ui.NewPager(at, pages, func(n int) string {
			q := "?signers=" + strconv.Itoa(n)
			if key != "" {
				q += "&k=" + key
			}
			return path(v.Number) + q + "#signers"
		}),
	}
	if total == 0 {
		s.Head = ""
	}
	if v.LegacySource != "" {
		s.Empty, s.CSV = i18n.T(ctx, "petitions.legacy.signers"), ""
	}
	for _, x := range list {
		s.Rows = append(s.Rows, page.Signer{Name: i18n.Num(ctx, x.Position) + ". " + x.Name, Day: i18n.DayMonth(ctx, x.At)})
	}
	return s, nil
}

func (h *Handlers) places(ctx context.Context, v *dom.View) ([]page.Place, error) {
	list, err := h.svc.Places(ctx, v.Number)
	if err != nil || len(list) == 0 || len(list) == 1 && list[0].DistrictID == 0 {
		return nil, err
	}
	var out []page.Place
	for _, p := range list {
		out = append(out, page.Place{Name: placeName(ctx, p), N: i18n.Num(ctx, p.N) + "+"})
	}
	return out, nil
}

func placeName(ctx context.Context, p dom.Place) string {
	switch {
	case p.Others:
		return i18n.T(ctx, "petitions.places.others")
	case p.DistrictID == 0:
		return i18n.T(ctx, "petitions.places.unsaid")
	}
	return p.Name(i18n.Locale(ctx))
}

// log is what the fraud desk took out and gave back.
func (h *Handlers) log(ctx context.Context, n int64) ([]string, error) {
	list, err := h.svc.Guarded(ctx, n)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, s := range list {
		rule := i18n.T(ctx, "petitionguard.rule."+string(s.Rule))
		if s.UndoneAt != nil {
			out = append(out, i18n.N(ctx, "petitions.log.undone", s.Back, "date", i18n.Date(ctx, *s.UndoneAt), "rule", rule))
		}
		if s.RunAt != nil {
			out = append(out, i18n.N(ctx, "petitions.log.run", s.Found, "date", i18n.Date(ctx, *s.RunAt), "rule", rule))
		}
	}
	return out, nil
}

// shareCard offers the petition to others: plain links, without anything of the
// services that they lead to, and code for other sites.
func (h *Handlers) shareCard(ctx context.Context, v *dom.View) *page.Share {
	at := h.shortURL(v.Number)
	ask := func(to string, kv ...string) string {
		q := url.Values{}
		for i := 0; i < len(kv); i += 2 {
			q.Set(kv[i], kv[i+1])
		}
		return to + "?" + strings.ReplaceAll(q.Encode(), "+", "%20") // programs of mail show a plus as it is
	}
	s := &page.Share{
		URL: at, QR: path(v.Number) + "/qr.svg", Poster: path(v.Number) + "/poster", Embed: "",
		Badge: `<a href="` + html.EscapeString(at) + `"><img src="` + html.EscapeString(h.o.BaseURL+path(v.Number)) + `/badge.svg" alt="` + html.EscapeString(v.Title) + `"></a>`,
		Links: []ui.Link{
			{Href: ask("mailto:", "subject", v.Title, "body", at), Label: i18n.T(ctx, "petitions.show.share_mail")},
			{Href: ask("https://t.me/share/url", "url", at, "text", v.Title), Label: "Telegram"},
			{Href: ask("viber://forward", "text", v.Title+" "+at), Label: "Viber"},
			{Href: ask("https://www.facebook.com/sharer/sharer.php", "u", at), Label: "Facebook"},
		},
	}
	if len(h.o.Ancestors) > 0 { // no other site could show it
		s.Embed = h.embedCode(ctx, v)
	}
	return s
}

// embedCode is the piece of HTML that shows the petition on another site.
func (h *Handlers) embedCode(ctx context.Context, v *dom.View) string {
	return `<iframe src="` + html.EscapeString(h.o.BaseURL+path(v.Number)+"/embed?lang="+i18n.Locale(ctx)) + `" title="` + html.EscapeString(v.Title) +
		`" width="100%" height="260" loading="lazy"></iframe>`
}

// embed is the petition for a frame on another site.
func (h *Handlers) embed(c echo.Context) error {
	ctx := httpx.Embedded(c)
	n, err := number(c)
	if err != nil {
		return err
	}
	r, err := h.copies.Get("embed/"+i18n.Locale(ctx)+c.Param("number"), func() ([]byte, error) { return h.embedded(ctx, n) })
	if err != nil {
		return err
	}
	return r.Framed(c, h.o.Ancestors)
}

func (h *Handlers) embedded(ctx context.Context, n int64) ([]byte, error) {
	v, err := h.published(ctx, n)
	if err != nil {
		return nil, err
	}
	p := page.EmbedPage{
		Title: v.Title, Href: path(n), Count: countWords(ctx, v.Count.Counted, v.Threshold),
		Percent: percent(v.Count.Counted, v.Threshold), Done: enough(v.Count.Counted, v.Threshold), Left: stateOfItem(ctx, v.State, v.LegacySource != "").Word,
		Sign: i18n.T(ctx, "petitions.embed.read"), City: i18n.T(ctx, "petitions.embed.city"),
	}
	off, err := h.signingOff(ctx)
	if err != nil {
		return nil, err
	}
	if s := running(ctx, h.clock.Now(), v.State, v.EndsAt, owed(v), off); s != "" {
		p.Left = s
	}
	if v.State == dom.Gathering && off == nil {
		p.Sign = i18n.T(ctx, "petitions.embed.sign")
	}
	var b bytes.Buffer
	err = page.Embed(p).Render(ctx, &b)
	return b.Bytes(), err
}

// badge is the picture of one line: the number and the count.
func (h *Handlers) badge(c echo.Context) error {
	ctx := httpx.Embedded(c)
	n, err := number(c)
	if err != nil {
		return err
	}
	r, err := h.copies.Get("badge/"+i18n.Locale(ctx)+c.Param("number"), func() ([]byte, error) {
		v, err := h.published(ctx, n)
		if err != nil {
			return nil, err
		}
		s := ui.Shield{
			Label: i18n.T(ctx, "petitions.number", "n", strconv.FormatInt(n, 10)), Color: ui.ShieldBlue,
			Text: countWords(ctx, v.Count.Counted, v.Threshold),
		}
		s.LabelWidth, s.TextWidth = fontwidth.Pixels(s.Label, ui.ShieldFont), fontwidth.Pixels(s.Text, ui.ShieldFont)
		var b bytes.Buffer
		err = ui.ShieldImage(s).Render(ctx, &b)
		return b.Bytes(), err
	})
	if err != nil {
		return err
	}
	return r.Picture(c)
}

// poster is one sheet for print.
func (h *Handlers) poster(c echo.Context) error {
	ctx := httpx.Ctx(c)
	n, err := number(c)
	if err != nil {
		return err
	}
	v, err := h.svc.Show(ctx, httpx.Actor(c), n, c.QueryParam("k"))
	if err == nil && v.Elsewhere {
		err = errs.NotFound()
	}
	if err != nil {
		return err
	}
	p := page.PosterPage{
		Page: httpx.Page(c, v.Title), Number: numberWords(ctx, n, v.Topic(i18n.Locale(ctx))), Title: v.Title, Essence: firstWords(v.Essence, 600),
		Need: need(ctx, v), URL: h.shortURL(n), QR: path(n) + "/qr.svg", Until: "", Size: 220,
	}
	if key := c.QueryParam("k"); key != "" && !v.Public() {
		p.URL, p.QR = withKey(p.URL, key), withKey(p.QR, key)
	}
	if v.State == dom.Gathering && v.EndsAt != nil {
		p.Until = i18n.T(ctx, "petitions.poster.until", "date", i18n.Date(ctx, *v.EndsAt))
	}
	return httpx.Render(c, http.StatusOK, page.Poster(p))
}
