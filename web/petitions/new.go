package petitions

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	dom "ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
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
		{Method: httpx.POST, Path: "/petitions/drafts/:id/autosave", Policy: write, Handler: h.autosave},
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
	p := page.NewPage{Page: frame, Off: nil, SignedIn: httpx.Actor(c).SignedIn(), SignIn: "/sign-in?next=" + url.QueryEscape("/petitions/new"), Rules: nil, RulesBy: "", Supporters: false, Check: i18n.T(ctx, "petitionform.how_check_short")}
	charter, err := h.svc.CharterOn(ctx, h.clock.Now())
	if err == nil {
		p.Rules, p.RulesBy = rules(ctx, charter)
		p.Supporters = charter.Supporters > 0
		p.Check = i18n.T(ctx, "petitionform.how_check", "days", i18n.N(ctx, "petitions.rule.work_days", charter.CheckDays))
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
	Sign   string `json:"sign,omitempty"` // where one press signs it
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
		out = append(out, similarItem{l.Number, l.Title, stateOfItem(ctx, l.State, l.Legacy).Word, likeCount(ctx, l), path(l.Number), signPath(l)})
	}
	return httpx.JSON(c, map[string]any{"items": out})
}

// signPath is where one press signs a petition that gathers signatures.
func signPath(l dom.Likeness) string {
	if l.State != dom.Gathering {
		return ""
	}
	return path(l.Number) + "/sign"
}

func likeCount(ctx context.Context, l dom.Likeness) string {
	return countWords(ctx, l.Count, l.Threshold)
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
	stories, err := h.svc.MyStories(ctx, who)
	if err != nil {
		return err
	}
	frame := httpx.Page(c, i18n.T(ctx, "petitionform.mine"))
	frame.NoIndex, frame.Crumbs, frame.Bundles = true, crumbs(ctx, i18n.T(ctx, "petitionform.mine")), []string{"petition"}
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
			ID: "p" + n, Number: i18n.T(ctx, "petitions.number", "n", n), Title: m.Title, Href: path(m.Number), State: stateOf(ctx, m.State), Link: "", QR: "", Poster: "", Need: "", Ground: "", Note: "",
			Correct: "", TakeBack: "", Count: i18n.T(ctx, "petitions.count", "n", i18n.Num(ctx, m.Count), "of", i18n.Num(ctx, m.Threshold)), Due: "", Appeal: nil, Story: storyOf(ctx, stories[m.Number]),
		}
		if m.DueAt != nil {
			r.Due = i18n.T(ctx, "petitions.way.until", "date", i18n.Date(ctx, *m.DueAt))
		}
		switch m.State {
		case dom.Supporting:
			r.Link = h.o.BaseURL + withKey(path(m.Number), m.SupportKey)
			r.Href, r.QR = withKey(path(m.Number), m.SupportKey), withKey(path(m.Number)+"/qr.svg", m.SupportKey)
			r.Poster = withKey(path(m.Number)+"/poster", m.SupportKey)
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

// storyOf is what became of a petition, for its author.
func storyOf(ctx context.Context, list []dom.StoryLine) []page.StoryRow {
	out := make([]page.StoryRow, 0, len(list))
	for _, l := range list {
		text := func(key string) string {
			v, _ := l.Data[key].(string)
			return v
		}
		args := []any{}
		for _, k := range []string{"n", "threshold", "into", "number", "days"} {
			switch x := l.Data[k].(type) {
			case float64:
				args = append(args, k, i18n.Num(ctx, int(x)))
			case string:
				args = append(args, k, x)
			}
		}
		if r := text("rule"); r != "" {
			args = append(args, "rule", i18n.T(ctx, "petitionguard.rule."+r))
		}
		if d := text("decision"); d != "" {
			args = append(args, "decision", i18n.T(ctx, "petitions.decision."+d))
		}
		r := page.StoryRow{What: i18n.T(ctx, "petitions.event."+string(l.Kind), args...), Detail: text("text"), Meta: i18n.DateTime(ctx, l.At)}
		switch l.Kind {
		case "contacts": // Закон 2297-VI, ст. 8: the person may know who was shown the data
			r.Detail = l.ActorName
			if post := localized(ctx, text("post"), text("post_en")); post != "" {
				r.Detail += ", " + post
			}
		case "returned":
			if g := localized(ctx, text("ground_uk"), text("ground_en")); g != "" {
				r.Detail = g + ". " + r.Detail
			}
		case "session":
			if d, err := time.Parse(time.DateOnly, text("day")); err == nil {
				r.Detail = i18n.Date(ctx, d)
			}
		}
		out = append(out, r)
	}
	return out
}

func localized(ctx context.Context, uk, en string) string {
	if i18n.Locale(ctx) == i18n.English && en != "" {
		return en
	}
	return uk
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
