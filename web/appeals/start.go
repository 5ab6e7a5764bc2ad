package appeals

import (
	"context"
	"strconv"

	"github.com/labstack/echo/v4"

	dom "ereception/internal/appeals"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/ratelimit"
	page "ereception/templates/appeals"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// start shows step 1 of a new appeal. What was typed on the home page, or before
// the session was lost, stands in it; so does the purchase that it is about.
func (h *Handlers) start(c echo.Context) error {
	f := stepForm{kind: c.QueryParam("kind"), title: line(c.QueryParam("title")), topic: c.QueryParam("topic"), purchase: c.QueryParam("purchase")}
	if v, ok := httpx.Typed(c); ok {
		f = parseStep(v)
	}
	return h.renderStart(c, 200, f, nil)
}

// startDraft opens the draft. The home page sends words without a kind: they
// lead to step 1, which asks for it.
func (h *Handlers) startDraft(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	f := parseStep(v)
	if !f.hasKind && !v.Has("addressee") {
		return h.renderStart(c, 200, f, nil)
	}
	d := f.into(dom.Draft{}, dom.StepWhat)
	err = d.Judge(dom.StepWhat)
	if err == nil {
		err = h.app.CheckChoice(httpx.Ctx(c), d, dom.StepWhat)
	}
	if err != nil {
		problems, ok := problemsOf(c, err)
		if !ok {
			return err
		}
		return h.renderStart(c, 422, f, problems)
	}
	if err := h.limits.Allow(httpx.Ctx(c), h.clock.Now(), ratelimit.UploadAccount.On(strconv.FormatInt(httpx.Actor(c).ID, 10))); err != nil {
		e, is := errs.As(err)
		if !is || e.Kind != errs.KindLimited {
			return err
		}
		// There is no draft yet: what was chosen stays on the page.
		c.Response().Header().Set("Retry-After", e.RetrySeconds())
		return h.renderStart(c, e.Kind.Status(), f, []ui.FieldError{{Field: "", Text: i18n.T(httpx.Ctx(c), e.Key, e.Args...)}})
	}
	about, err := h.about(httpx.Ctx(c), f.purchase)
	if err != nil {
		return err
	}
	topic, err := h.topic(httpx.Ctx(c), f.topic)
	if err != nil {
		return err
	}
	d.TopicID = topic.ID
	if about != nil {
		d = about.into(httpx.Ctx(c), d)
	}
	id, err := h.app.StartDraft(httpx.Ctx(c), httpx.Actor(c), d)
	if err != nil {
		return err
	}
	return httpx.See(c, draftURL(id, dom.StepMatter))
}

func (h *Handlers) renderStart(c echo.Context, status int, f stepForm, problems []ui.FieldError) error {
	ctx := httpx.Ctx(c)
	units, err := h.app.Units(ctx)
	if err != nil {
		return err
	}
	terms, err := h.terms(c)
	if err != nil {
		return err
	}
	about, err := h.about(ctx, f.purchase)
	if err != nil {
		return err
	}
	if about != nil && f.kind == "" {
		f.kind = string(dom.Application) // the person may choose another
	}
	_, parked := httpx.Typed(c)
	kind := dom.Kind(f.kind)
	p := startPage(ctx, dom.Draft{Kind: kind, AddresseeID: chosen(f.addressee)}, units, terms)
	p.Form = page.Form{
		Page: h.formPage(c, dom.StepWhat, kind), ID: "", Version: 0, Step: dom.StepWhat, Problems: problems, SavedAt: "", Parked: parked, Stale: nil,
		Words: kind.Args(i18n.Locale(ctx)),
	}
	topic, err := h.topic(ctx, f.topic)
	if err != nil {
		return err
	}
	p.Subject = f.title
	if topic.ID != 0 {
		p.Topic = option(id(topic.ID), topic.Name, "", "")
	}
	p.About, p.Unknown = aboutCard(ctx, about), about == nil && f.purchase != ""
	return httpx.Render(c, status, page.Start(p))
}

// topic is the topic that a link named; zero when it named none that there is.
func (h *Handlers) topic(ctx context.Context, named string) (dom.Choice, error) {
	if named == "" {
		return dom.Choice{}, nil
	}
	list, err := h.app.Topics(ctx)
	if err != nil {
		return dom.Choice{}, err
	}
	for _, t := range list {
		if t.ID == chosen(named) {
			return t, nil
		}
	}
	return dom.Choice{}, nil
}

// terms tells how long an answer takes if it is asked for now, by procedure.
func (h *Handlers) terms(c echo.Context) ([]ui.Fact, error) {
	ctx := httpx.Ctx(c)
	var out []ui.Fact
	for _, t := range []struct {
		label string
		p     deadline.Procedure
	}{{"appeals.new.terms_appeal", deadline.Appeal}, {"appeals.new.terms_info", deadline.Info}} {
		r, err := h.app.Term(ctx, t.p, h.clock.Now())
		if err != nil {
			return nil, err
		}
		out = append(out, ui.Fact{
			Label: i18n.T(ctx, t.label), Value: i18n.T(ctx, "appeals.new.if_today", "date", i18n.Date(ctx, r.DueAt)),
			Href: "", Num: false, Rich: nil,
		})
	}
	return out, nil
}
