package appeals

import (
	"io"
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	dom "ereception/internal/appeals"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/files"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/ratelimit"
	page "ereception/templates/appeals"
	"ereception/templates/layout"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// list shows the own appeals; drafts stand above the first page.
func (h *Handlers) list(c echo.Context) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	n, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil || n < 1 || n > 10000 {
		n = 1
	}
	own, err := h.app.Mine(ctx, who, n)
	if err != nil {
		return err
	}
	pager := ui.PagerProps{Items: nil, Prev: "", Next: ""}
	if n > 1 {
		pager.Prev = "/appeals?page=" + strconv.Itoa(n-1)
	}
	if own.More {
		pager.Next = "/appeals?page=" + strconv.Itoa(n+1)
	}
	frame := httpx.Page(c, i18n.T(ctx, "appeals.list.title"))
	frame.Crumbs = []layout.Crumb{{Label: i18n.T(ctx, "appeals.nav.crumb"), Href: ""}}
	frame.NoIndex = true
	return httpx.Render(c, 200, page.List(listPage(ctx, frame, own, pager, h.clock.Now())))
}

// show shows one own appeal.
func (h *Handlers) show(c echo.Context) error {
	p, err := h.showPage(c, c.Param("number"))
	if err != nil {
		return err
	}
	if v, ok := httpx.Typed(c); ok {
		p.Thread.Typed, p.Rating.Comment = text(v.Get("message")), text(v.Get("comment"))
	}
	return httpx.Render(c, 200, page.Show(p))
}

func (h *Handlers) showPage(c echo.Context, number string) (page.ShowPage, error) {
	ctx := httpx.Ctx(c)
	a, err := h.app.Own(ctx, httpx.Actor(c), number)
	if err != nil {
		return page.ShowPage{}, err
	}
	frame := httpx.Page(c, i18n.T(ctx, "appeals.show.number", "number", a.Number)+". "+a.Title)
	frame.Crumbs = []layout.Crumb{
		{Label: i18n.T(ctx, "appeals.nav.crumb"), Href: "/appeals"},
		{Label: i18n.T(ctx, "appeals.show.number", "number", a.Number), Href: ""},
	}
	frame.NoIndex = true
	return showPage(ctx, frame, a, h.clock.Now(), uuid.NewString()), nil
}

// reply is the applicant's word in the thread. The key of the form makes a
// second click a success that changes nothing. What cannot be sent now stands in
// the form again, its files too.
func (h *Handlers) reply(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	ctx, who, number, f := httpx.Ctx(c), httpx.Actor(c), c.Param("number"), parseMessage(v)
	var attached []files.Accepted
	wrong, err := h.eachFile(c, func(name string, r io.Reader) error {
		a, err := h.app.AcceptForReply(ctx, who, number, name, r)
		if err == nil {
			attached = append(attached, a)
		}
		return err
	})
	if err == nil && f.remove != 0 {
		if err = h.app.DropKept(ctx, who, number, f.remove); err == nil {
			return h.replyAgain(c, http.StatusOK, f, attached, wrong)
		}
	}
	if err == nil {
		err = h.limits.Allow(ctx, h.clock.Now(), ratelimit.MessageAccount.On(strconv.FormatInt(who.ID, 10)))
	}
	if err == nil && len(wrong) == 0 {
		if err = h.app.Reply(ctx, who, number, f.key, f.body, f.kept, attached...); err == nil {
			httpx.Flash(c, "appeals.show.message_sent")
			return httpx.See(c, "/appeals/"+number+"#thread")
		}
	}
	problems, status, ok := h.refused(c, err)
	if !ok {
		return err
	}
	// Words that a sent form kept from being said are said by a form of their own.
	if status == http.StatusConflict {
		f.key = uuid.New()
	}
	return h.replyAgain(c, status, f, attached, append(problems, wrong...))
}

// replyAgain shows the appeal with the form as it was sent. New files are kept up to
// as many as a message takes.
func (h *Handlers) replyAgain(c echo.Context, status int, f messageForm, attached []files.Accepted, problems []ui.FieldError) error {
	ctx, who, number := httpx.Ctx(c), httpx.Actor(c), c.Param("number")
	p, err := h.showPage(c, number)
	if err != nil {
		return err
	}
	p.Thread.Typed, p.Thread.Problems = f.body, problems
	if f.key != uuid.Nil {
		p.Thread.Key = f.key.String()
	}
	kept, err := h.app.KeptForReply(ctx, who, f.kept)
	if err != nil {
		return err
	}
	if p.Thread.Open {
		attached = attached[:min(len(attached), max(dom.FilesMax-len(kept), 0))]
		ids, err := h.app.KeepForReply(ctx, who, number, attached)
		if err != nil {
			return err
		}
		fresh, err := h.app.KeptForReply(ctx, who, ids)
		if err != nil {
			return err
		}
		kept = append(kept, fresh...)
	}
	p.Thread.Files = fileItems(ctx, kept, true)
	return httpx.Render(c, status, page.Show(p))
}

// rate is the applicant's verdict.
func (h *Handlers) rate(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	f := parseRating(v)
	switch f.rating {
	case "solved", "unsolved":
		err = h.app.Rate(httpx.Ctx(c), httpx.Actor(c), c.Param("number"), f.rating == "solved", f.comment)
	default:
		err = errs.Fields().With("comment", "appeals.err.rating")
	}
	if err == nil {
		if f.rating == "solved" {
			httpx.Flash(c, "appeals.show.rated_thanks")
		} else {
			h.flash(c, "appeals.show.rated_reopened")
		}
		return httpx.See(c, "/appeals/"+c.Param("number"))
	}
	return h.again(c, err, func(p *page.ShowPage, problems []ui.FieldError) {
		p.Rating.Comment, p.Rating.Problems, p.Rating.Problem = f.comment, problems, ui.ErrorOf(problems, "comment")
	})
}

// showing is the author's second thought about the map.
func (h *Handlers) showing(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	ctx, who, number, want := httpx.Ctx(c), httpx.Actor(c), c.Param("number"), dom.Showing(v.Get("public"))
	err = h.limits.Allow(ctx, h.clock.Now(), ratelimit.MessageAccount.On(strconv.FormatInt(who.ID, 10)))
	if err == nil {
		err = h.app.ChooseShowing(ctx, who, number, want)
	}
	if err == nil {
		if want == dom.ShownOnMap {
			httpx.Flash(c, "appeals.show.put_on_done")
		} else {
			httpx.Flash(c, "appeals.show.take_off_done")
		}
		return httpx.See(c, "/appeals/"+number+"#on-map")
	}
	return h.again(c, err, func(p *page.ShowPage, problems []ui.FieldError) { p.Thread.Problems = problems })
}

// flash says on the next page something that names the appeal of the address.
func (h *Handlers) flash(c echo.Context, key string) {
	var k dom.Kind
	if a, err := h.app.Own(httpx.Ctx(c), httpx.Actor(c), c.Param("number")); err == nil {
		k = a.Kind
	}
	httpx.Flash(c, key, k.Words(i18n.Locale(httpx.Ctx(c)))...)
}

// again shows the appeal once more with what was typed, see refused.
func (h *Handlers) again(c echo.Context, err error, put func(*page.ShowPage, []ui.FieldError)) error {
	problems, status, ok := h.refused(c, err)
	if !ok {
		return err
	}
	p, perr := h.showPage(c, c.Param("number"))
	if perr != nil {
		return perr
	}
	put(&p, problems)
	return httpx.Render(c, status, page.Show(p))
}

// refused says what a form is told that comes back: 422 for a mistake, 429 for what
// came too often, 503 for what cannot be judged now, 409 when the appeal changed
// meanwhile; then the page is the new state itself. ok is false for what is no answer
// to a form.
func (h *Handlers) refused(c echo.Context, err error) (problems []ui.FieldError, status int, ok bool) {
	problems, ok = problemsOf(c, err)
	status = http.StatusUnprocessableEntity
	e, is := errs.As(err)
	if !is {
		return problems, status, ok
	}
	switch e.Kind {
	case errs.KindConflict, errs.KindLimited, errs.KindUnavailable:
		if e.RetryAfter > 0 {
			c.Response().Header().Set("Retry-After", e.RetrySeconds())
		}
		problems, ok, status = []ui.FieldError{{Field: "", Text: i18n.T(httpx.Ctx(c), e.Key, e.Args...)}}, true, e.Kind.Status()
	}
	return problems, status, ok
}

// paper sends the PDF of the latest answer.
func (h *Handlers) paper(c echo.Context) error { return h.servePaper(c, 0) }

// paperOf sends the PDF of one of the answers.
func (h *Handlers) paperOf(c echo.Context) error {
	n, err := strconv.Atoi(c.Param("answer"))
	if err != nil || n < 1 {
		return errs.NotFound()
	}
	return h.servePaper(c, n)
}

func (h *Handlers) servePaper(c echo.Context, n int) error {
	name, r, err := h.app.OpenPDF(httpx.Ctx(c), httpx.Actor(c), c.Param("number"), n)
	if err != nil {
		return err
	}
	files.Serve(c.Response(), c.Request(), name, "application/pdf", r, true)
	return r.Close()
}

// file sends an attached file to whoever may see its appeal.
func (h *Handlers) file(c echo.Context) error { return h.serve(c, false) }

// thumb sends the small picture of a photo.
func (h *Handlers) thumb(c echo.Context) error { return h.serve(c, true) }

func (h *Handlers) serve(c echo.Context, thumb bool) error {
	f, r, err := h.app.OpenFile(httpx.Ctx(c), httpx.Actor(c), number(c.Param("id")), thumb)
	if err != nil {
		return err
	}
	files.Serve(c.Response(), c.Request(), f.Name, f.Mime, r, thumb)
	return r.Close()
}
