package petitions

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	dom "ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/ratelimit"
	page "ereception/templates/petitions"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// writeRoutes are the ways to a petition of one's own: a draft on the server,
// what is like it already, sending, and what became of it.
func (h *Handlers) writeRoutes() []httpx.Route {
	read, write := httpx.Need(authz.PublicRead), httpx.Need(authz.PetitionWrite)
	return []httpx.Route{
		{Method: httpx.GET, Path: "/petitions/new", Policy: read, Handler: h.newPetition},
		{Method: httpx.POST, Path: "/petitions/new", Policy: write, Handler: h.startDraft},
		{Method: httpx.GET, Path: "/petitions/similar", Policy: read, Handler: h.similar},
		{Method: httpx.GET, Path: "/petitions/drafts/:id", Policy: write, Handler: h.draft},
		{Method: httpx.POST, Path: "/petitions/drafts/:id", Policy: write, Handler: h.saveDraft},
		{Method: httpx.GET, Path: "/account/petitions", Policy: write, Handler: h.mine},
		{Method: httpx.GET, Path: "/account/petitions/:number/correct", Policy: write, Handler: h.correctForm},
		{Method: httpx.POST, Path: "/account/petitions/:number/correct", Policy: write, Handler: h.correct},
		{Method: httpx.POST, Path: "/account/petitions/:number/take-back", Policy: write, Handler: h.takeBack},
	}
}

func draftPath(id uuid.UUID) string { return "/petitions/drafts/" + id.String() }

func draftID(c echo.Context) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return id, errs.NotFound()
	}
	return id, nil
}

// newPetition says what is needed before one begins.
func (h *Handlers) newPetition(c echo.Context) error {
	ctx := httpx.Ctx(c)
	frame := httpx.Page(c, i18n.T(ctx, "petitionform.new"))
	frame.Crumbs = crumbs(ctx, i18n.T(ctx, "petitionform.new"))
	p := page.NewPage{Page: frame, Off: nil, SignedIn: httpx.Actor(c).SignedIn(), SignIn: "/sign-in?next=" + url.QueryEscape("/petitions/new"), Rules: nil, RulesBy: ""}
	charter, err := h.svc.CharterOn(ctx, h.clock.Now())
	if err == nil {
		p.Rules, p.RulesBy = rules(ctx, charter)
	} else if !errs.Is(err, errs.KindUnavailable) {
		return err
	}
	if p.Off, err = h.switchedOff(ctx, dom.SwitchCreation); err != nil {
		return err
	}
	return httpx.Render(c, http.StatusOK, page.New(p))
}

func (h *Handlers) startDraft(c echo.Context) error {
	id, err := h.svc.StartDraft(httpx.Ctx(c), httpx.Actor(c))
	if err != nil {
		return err
	}
	return httpx.See(c, draftPath(id))
}

// similarMost is how many resembling petitions are shown.
const similarMost = 5

type similarItem struct {
	Number int64  `json:"number"`
	Title  string `json:"title"`
	State  string `json:"state"`
	Count  string `json:"count"`
	URL    string `json:"url"`
}

// similar answers the script of the form.
func (h *Handlers) similar(c echo.Context) error {
	ctx := httpx.Ctx(c)
	list, err := h.svc.Similar(ctx, c.QueryParam("q"), similarMost, 0)
	if err != nil {
		return err
	}
	out := make([]similarItem, 0, len(list))
	for _, l := range list {
		out = append(out, similarItem{l.Number, l.Title, stateOfItem(ctx, l.State, l.Legacy).Word, likeCount(ctx, l), path(l.Number)})
	}
	return httpx.JSON(c, map[string]any{"items": out})
}

func likeCount(ctx context.Context, l dom.Likeness) string {
	return countWords(ctx, l.Count, l.Threshold)
}

func (h *Handlers) draft(c echo.Context) error {
	id, err := draftID(c)
	if err != nil {
		return err
	}
	d, err := h.svc.GetDraft(httpx.Ctx(c), httpx.Actor(c), id)
	if err != nil {
		return err
	}
	typed := d.Draft
	if v, ok := httpx.Typed(c); ok { // the session was lost in the middle of the form
		typed = parseDraft(v, typed)
	}
	return h.showForm(c, http.StatusOK, typed, formAt{action: draftPath(id), version: d.Version, draft: true})
}

// formAt is where a form is sent, and how it is shown again.
type formAt struct {
	action   string
	version  int
	draft    bool
	similar  bool // what is like it was asked for, or must be seen before it is sent
	problems []ui.FieldError
	stale    bool
}

func parseDraft(v url.Values, d dom.Draft) dom.Draft {
	d.Title, d.Essence, d.Reasons, d.Proposal, d.Place = v.Get("title"), v.Get("essence"), v.Get("reasons"), v.Get("proposal"), v.Get("place")
	d.Name, d.Address = v.Get("name"), v.Get("address")
	d.TopicID, _ = strconv.ParseInt(v.Get("topic"), 10, 64)
	return d
}

func (h *Handlers) showForm(c echo.Context, status int, d dom.Draft, at formAt) error {
	ctx := httpx.Ctx(c)
	dir, err := h.signing.districts.Directory(ctx)
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "petitionform.new")
	if !at.draft {
		title = i18n.T(ctx, "petitionform.correct")
	}
	frame := httpx.Page(c, title)
	frame.NoIndex, frame.Crumbs = true, crumbs(ctx, title)
	p := page.FormPage{
		Page: frame, Title: title, Action: at.action, Version: strconv.Itoa(at.version), Draft: at.draft, Problems: at.problems, Stale: at.stale, Similar: nil, Asked: at.similar,
		Fields: page.FormFields{
			Title: d.Title, Essence: d.Essence, Reasons: d.Reasons, Proposal: d.Proposal, Place: d.Place, Name: d.Name, Address: d.Address, Topic: idText(d.TopicID), Topics: topicOptions(dir, i18n.Locale(ctx)),
		},
		TitleMax: dom.TitleMax, EssenceMin: dom.EssenceMin, EssenceMax: dom.EssenceMax, PartMax: dom.PartMax,
	}
	if at.similar {
		list, err := h.svc.Similar(ctx, d.Title, similarMost, 0)
		if err != nil {
			return err
		}
		for _, l := range list {
			p.Similar = append(p.Similar, page.LikeRow{Title: l.Title, Href: path(l.Number), State: stateOfItem(ctx, l.State, l.Legacy), Count: likeCount(ctx, l)})
		}
	}
	return httpx.Render(c, status, page.Form(p))
}

// saveDraft keeps what was typed and does what the button says. Nothing is
// judged before it is saved; nothing is sent before its author has seen what is
// like it.
func (h *Handlers) saveDraft(c echo.Context) error {
	id, err := draftID(c)
	if err != nil {
		return err
	}
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	if v.Get("do") == "drop" {
		if err := h.svc.DropDraft(ctx, who, id); err != nil {
			return err
		}
		httpx.Flash(c, "petitionform.flash.dropped")
		return httpx.See(c, "/account/petitions")
	}
	saved, err := h.svc.GetDraft(ctx, who, id)
	if errs.Is(err, errs.KindNotFound) && v.Get("do") == "send" { // pressed twice: it was sent
		n, serr := h.svc.Submit(ctx, who, id)
		if serr != nil {
			return serr
		}
		return httpx.See(c, "/account/petitions#p"+strconv.FormatInt(n, 10))
	}
	if err != nil {
		return err
	}
	d := parseDraft(v, saved.Draft)
	version, _ := strconv.Atoi(v.Get("version"))
	at := formAt{action: draftPath(id), draft: true}
	at.version, err = h.svc.SaveDraft(ctx, who, id, version, d)
	if errs.Is(err, errs.KindConflict) { // another window saved meanwhile: what was typed stays, the person decides
		at.version, at.stale = saved.Version, true
		return h.showForm(c, http.StatusConflict, d, at)
	}
	if err != nil {
		return err
	}
	switch v.Get("do") {
	case "send":
	case "similar":
		at.similar = true
		return h.showForm(c, http.StatusOK, d, at)
	default:
		httpx.Flash(c, "petitionform.flash.saved")
		return httpx.See(c, "/account/petitions")
	}
	if err := d.JudgeAll(); err != nil {
		return h.formProblems(c, d, at, err)
	}
	if v.Get("seen") != "1" {
		at.similar = true
		list, err := h.svc.Similar(ctx, d.Title, similarMost, 0)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			return h.showForm(c, http.StatusOK, d, at)
		}
	}
	if err := h.signing.limits.Allow(ctx, h.clock.Now(), ratelimit.PetitionCreate.On(strconv.FormatInt(who.ID, 10))); err != nil {
		return err
	}
	n, err := h.svc.Submit(ctx, who, id)
	if err != nil {
		return h.formProblems(c, d, at, err)
	}
	httpx.Flash(c, "petitionform.flash.sent")
	return httpx.See(c, "/account/petitions#p"+strconv.FormatInt(n, 10))
}

func (h *Handlers) formProblems(c echo.Context, d dom.Draft, at formAt, err error) error {
	list, _, ok := httpx.Problems(c, err)
	if !ok {
		return err
	}
	for _, p := range list {
		at.problems = append(at.problems, ui.FieldError{Field: p.Field, Text: p.Message})
	}
	return h.showForm(c, http.StatusUnprocessableEntity, d, at)
}

// mine lists drafts and petitions of the actor.
func (h *Handlers) mine(c echo.Context) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	loc := i18n.Locale(ctx)
	drafts, err := h.svc.Drafts(ctx, who)
	if err != nil {
		return err
	}
	list, err := h.svc.Mine(ctx, who)
	if err != nil {
		return err
	}
	frame := httpx.Page(c, i18n.T(ctx, "petitionform.mine"))
	frame.NoIndex, frame.Crumbs = true, crumbs(ctx, i18n.T(ctx, "petitionform.mine"))
	p := page.MinePage{Page: frame, Drafts: nil, Rows: nil}
	for _, d := range drafts {
		title := d.Draft.Title
		if title == "" {
			title = i18n.T(ctx, "petitionform.untitled")
		}
		p.Drafts = append(p.Drafts, page.DraftRow{Title: title, Href: draftPath(d.ID), When: i18n.DateTime(ctx, d.UpdatedAt)})
	}
	for _, m := range list {
		n := strconv.FormatInt(m.Number, 10)
		r := page.MineRow{
			ID: "p" + n, Number: i18n.T(ctx, "petitions.number", "n", n), Title: m.Title, Href: path(m.Number), State: stateOf(ctx, m.State), Link: "", QR: "", Need: "", Ground: "", Note: "",
			Correct: "", TakeBack: "", Count: i18n.T(ctx, "petitions.count", "n", i18n.Num(ctx, m.Count), "of", i18n.Num(ctx, m.Threshold)), Due: "", Appeal: nil,
		}
		if m.DueAt != nil {
			r.Due = i18n.T(ctx, "petitions.way.until", "date", i18n.Date(ctx, *m.DueAt))
		}
		switch m.State {
		case dom.Supporting:
			r.Link = h.o.BaseURL + withKey(path(m.Number), m.SupportKey)
			r.Href, r.QR = withKey(path(m.Number), m.SupportKey), ""
			r.Count = i18n.T(ctx, "petitions.count", "n", m.Supporters, "of", m.Needed)
			r.Need = i18n.N(ctx, "petitionform.need", m.Needed)
		case dom.Returned:
			if m.Ground != nil {
				r.Ground = m.Ground.Title(loc) + " (" + m.Ground.Norm(loc) + ")"
			}
			r.Note, r.Correct = m.GroundNote, "/account/petitions/"+n+"/correct"
		}
		if m.State == dom.Supporting || m.State == dom.Checking || m.State == dom.Returned {
			r.TakeBack = "/account/petitions/" + n + "/take-back"
		}
		if m.AppealNumber != "" {
			r.Appeal = &ui.Link{Href: "/appeals/" + m.AppealNumber, Label: i18n.T(ctx, "petitions.show.waiting_appeal", "n", m.AppealNumber)}
		}
		p.Rows = append(p.Rows, r)
	}
	return httpx.Render(c, http.StatusOK, page.Mine(p))
}

func (h *Handlers) correctForm(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	v, err := h.svc.Show(httpx.Ctx(c), httpx.Actor(c), n, "")
	if err != nil {
		return err
	}
	if !v.Own || v.State != dom.Returned {
		return errs.NotFound()
	}
	d := v.DraftOf()
	if t, ok := httpx.Typed(c); ok {
		d = parseDraft(t, d)
	}
	return h.showForm(c, http.StatusOK, d, formAt{action: "/account/petitions/" + c.Param("number") + "/correct", version: v.Version})
}

func (h *Handlers) correct(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	was, err := h.svc.Show(httpx.Ctx(c), httpx.Actor(c), n, "")
	if err != nil {
		return err
	}
	if !was.Own {
		return errs.NotFound()
	}
	d := parseDraft(v, was.DraftOf())
	version, _ := strconv.Atoi(v.Get("version"))
	at := formAt{action: "/account/petitions/" + c.Param("number") + "/correct", version: version}
	err = h.svc.Correct(httpx.Ctx(c), httpx.Actor(c), n, version, d)
	if errs.Is(err, errs.KindInvalid) {
		return h.formProblems(c, d, at, err)
	}
	if err != nil {
		return err
	}
	httpx.Flash(c, "petitionform.flash.corrected")
	return httpx.See(c, "/account/petitions#p"+c.Param("number"))
}

func (h *Handlers) takeBack(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	if err := h.svc.TakeBack(httpx.Ctx(c), httpx.Actor(c), n); err != nil {
		return err
	}
	httpx.Flash(c, "petitionform.flash.taken_back")
	return httpx.See(c, "/account/petitions")
}
