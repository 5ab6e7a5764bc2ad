package petitiondesk

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
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

// first is the part of the desk on which an official begins.
func first(a authz.Actor) dom.DeskTab {
	if a.Can(authz.PetitionModerate) {
		return dom.DeskCheck
	}
	return dom.DeskReview
}

// bulk is what was chosen to be joined, and how it went.
type bulk struct {
	numbers  []string
	into     string
	problems []ui.FieldError
	conflict string // said when somebody was quicker
	restored bool   // chosen before the session was lost
}

func (h *Handlers) queue(c echo.Context) error {
	v, ok := httpx.Typed(c)
	return h.showQueue(c, http.StatusOK, bulk{numbers: v["numbers"], into: v.Get("into"), restored: ok})
}

func (h *Handlers) showQueue(c echo.Context, status int, b bulk) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	tab := dom.DeskTab(c.QueryParam("tab"))
	if !slices.Contains(dom.DeskTabs, tab) {
		tab = first(who)
	}
	if b.restored {
		tab = dom.DeskCheck
	}
	n, _ := strconv.Atoi(c.QueryParam("page"))
	n = min(max(n, 1), 10_000) // nobody turns so far, and more overflows
	d, err := h.svc.DeskOf(ctx, who, tab, i18n.Locale(ctx), n)
	if err != nil {
		return err
	}
	t := func(key string, args ...any) string { return i18n.T(ctx, "petitiondesk."+key, args...) }
	p := page.QueuePage{
		Frame: httpx.Office(c, t("title"), "petitions"), Lead: t("lead." + string(tab)), Problems: b.problems, Note: nil, Rows: nil, Tabs: nil, Merge: nil,
		Empty: ui.EmptyProps{Icon: "CheckmarkCircle", Title: t("empty"), Text: t("empty." + string(tab))},
		Pager: ui.NewPager(n, (d.Total+dom.DeskSize-1)/dom.DeskSize, func(n int) string {
			return "/cabinet/petitions?tab=" + string(tab) + "&page=" + strconv.Itoa(n)
		}),
	}
	switch {
	case b.conflict != "":
		p.Note = &ui.NoteProps{Kind: "danger", Title: b.conflict, Text: t("conflict.chosen")}
	case b.restored:
		p.Note = &ui.NoteProps{Icon: "Information", Text: i18n.T(ctx, "ui.draft.restored")}
	}
	for _, x := range dom.DeskTabs {
		p.Tabs = append(p.Tabs, ui.Tab{Label: t("tab." + string(x)), Href: "/cabinet/petitions?tab=" + string(x), Count: strconv.Itoa(d.Counts[x]), Current: x == tab})
	}
	if tab == dom.DeskCheck && who.Can(authz.PetitionModerate) {
		p.Merge = &page.Merge{Action: "/cabinet/petitions?tab=check&page=" + strconv.Itoa(n), Into: b.into}
	}
	for _, r := range d.Rows {
		p.Rows = append(p.Rows, h.row(ctx, who, r, b.numbers))
	}
	return httpx.Render(c, status, page.Queue(p))
}

func (h *Handlers) row(ctx context.Context, who authz.Actor, r dom.DeskRow, chosen []string) page.Row {
	t := func(key string, args ...any) string { return i18n.T(ctx, "petitiondesk."+key, args...) }
	number := strconv.FormatInt(r.Number, 10)
	x := page.Row{
		Number: number, Href: deskPath(r.Number), Title: r.Title, Chosen: slices.Contains(chosen, number), State: stateBadge(ctx, r.State),
		Author: dom.ShortName(r.AuthorName), Topic: r.Topic, Since: t("since", "date", i18n.Date(ctx, r.Since)), Due: nil, Explain: r.Explain,
		Count: i18n.T(ctx, "petitions.count", "n", i18n.Num(ctx, r.Count), "of", i18n.Num(ctx, r.Need)), Percent: share(r.Count, r.Need), Notes: nil,
	}
	if r.DueAt != nil && r.State != dom.Gathering && r.State != dom.Supporting {
		x.Due = due(ctx, h.clock.Now(), *r.DueAt)
	} else {
		x.Explain = ""
	}
	note := func(text, icon string, amber bool) {
		x.Notes = append(x.Notes, page.Note{Text: text, Icon: icon, Amber: amber})
	}
	if r.Claim != nil {
		if r.Claim.PersonID == who.ID {
			note(t("note.mine"), "", false)
		} else {
			note(t("note.taken", "name", httpx.ShortName(r.Claim.PersonName)), "PadlockLocked", true)
		}
	}
	if r.Suspects > 0 {
		note(t("note.suspects"), "Eye", true)
	}
	switch r.AnswerState {
	case "":
	case string(dom.AnswerSubmitted):
		note(t("note.to_sign"), "PencilWriting", true)
	case string(dom.AnswerSigned):
	default:
		note(t("note.answer_"+r.AnswerState), "", false)
	}
	if r.Milestones > 0 {
		note(t("note.steps", "n", r.Done, "of", r.Milestones), "", false)
	}
	if r.MilestonesLate > 0 {
		note(i18n.N(ctx, "petitiondesk.note.late", r.MilestonesLate), "ExclamationmarkTriangle", true)
	}
	return x
}

// due is a term as lists show it.
func due(ctx context.Context, now, at time.Time) *ui.DueProps {
	a, b := now.In(i18n.Kyiv), at.In(i18n.Kyiv)
	days := int(time.Date(b.Year(), b.Month(), b.Day(), 0, 0, 0, 0, time.UTC).Sub(time.Date(a.Year(), a.Month(), a.Day(), 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
	level := ui.LevelOK
	switch {
	case at.Before(now):
		level = ui.LevelLate
		days = min(days, -1)
	case days <= 1:
		level = ui.LevelSoon
	}
	left := ui.DaysLeft(ctx, days)
	if days == 0 { // what is due is a check or an announcement as well as an answer
		left = i18n.T(ctx, "petitiondesk.today")
	}
	return &ui.DueProps{Days: days, Level: level, Text: i18n.T(ctx, "petitiondesk.until", "date", i18n.DayMonth(ctx, at)) + " · " + left}
}

func share(n, of int) int {
	if of < 1 {
		return 0
	}
	return min(100, 100*n/of)
}

// looks of the states for the office.
var looks = map[dom.State][2]string{
	dom.Supporting: {"neutral", "PersonPlus"}, dom.Checking: {"warning", "FileSearch"}, dom.Returned: {"neutral", "ArrowUndo"}, dom.Withdrawn: {"neutral", "CircleSlash"},
	dom.Lapsed: {"neutral", "CircleSlash"}, dom.Merged: {"neutral", "ArrowForward"}, dom.Gathering: {"primary", "PencilWriting"}, dom.NotEnough: {"neutral", "EnvelopeClosed"},
	dom.Reached: {"warning", "CheckmarkCircle"}, dom.Reviewing: {"primary", "Hourglass"}, dom.Answered: {"success", "Wrench"}, dom.Done: {"success", "CheckmarkCircle"},
	dom.Refused: {"neutral", "CircleSlash"},
}

func stateBadge(ctx context.Context, s dom.State) ui.BadgeProps {
	return ui.BadgeProps{Label: i18n.T(ctx, "petitions.state."+string(s)), Color: looks[s][0], Icon: looks[s][1]}
}

// merge sends several petitions to the one that gathers for the same matter.
func (h *Handlers) merge(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	into, _ := strconv.ParseInt(strings.TrimLeft(strings.TrimSpace(v.Get("into")), "№# "), 10, 64)
	var numbers []int64
	for _, s := range v["numbers"] {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			numbers = append(numbers, n)
		}
	}
	err = h.svc.Merge(httpx.Ctx(c), httpx.Actor(c), numbers, into)
	b := bulk{numbers: v["numbers"], into: v.Get("into")}
	if list, ok := problems(c, err); ok {
		b.problems = list
		return h.showQueue(c, http.StatusUnprocessableEntity, b)
	}
	if e, ok := errs.As(err); ok && e.Kind == errs.KindConflict {
		b.conflict = i18n.T(httpx.Ctx(c), e.Key, e.Args...)
		return h.showQueue(c, http.StatusConflict, b)
	}
	if err != nil {
		return err
	}
	httpx.Flash(c, "petitiondesk.flash.merged")
	return httpx.See(c, "/cabinet/petitions?tab=check")
}

// problems turns the mistakes of an error into those of a page.
func problems(c echo.Context, err error) ([]ui.FieldError, bool) {
	list, _, ok := httpx.Problems(c, err)
	if !ok {
		return nil, false
	}
	out := make([]ui.FieldError, 0, len(list))
	for _, p := range list {
		out = append(out, ui.FieldError{Field: p.Field, Text: p.Message})
	}
	return out, true
}
