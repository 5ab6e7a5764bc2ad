package cabinet

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
	page "ereception/templates/cabinet"
)

// attempt is what a person tried on the page of a case and how it went; the zero
// value is a plain visit.
type attempt struct {
	form     string     // the form to show; empty: the one that role and state call for
	typed    url.Values // what was typed into it
	restored bool       // typed before the session was lost
	problems []httpx.Problem
	conflict string     // said when somebody was quicker
	tried    string     // then: the form that was sent, which may be shown no more,
	mine     url.Values // and what was typed into it
	contacts *dom.Contacts
	status   int
}

func (h *Handlers) show(c echo.Context) error { return h.visit(c, attempt{}) }

// showForm shows the case with the form of one action.
func (h *Handlers) showForm(name string) echo.HandlerFunc {
	return func(c echo.Context) error {
		at := attempt{form: name}
		at.typed, at.restored = httpx.Typed(c)
		return h.visit(c, at)
	}
}

func (h *Handlers) visit(c echo.Context, at attempt) error {
	cs, err := h.appeals.Case(httpx.Ctx(c), httpx.Actor(c), c.Param("number"))
	if err != nil {
		return err
	}
	return h.page(c, cs, at)
}

// contacts shows the contacts of the applicant. It answers the POST with the
// page itself: what was looked at once is not kept to be shown again.
func (h *Handlers) contacts(c echo.Context) error {
	ctx, who, number := httpx.Ctx(c), httpx.Actor(c), c.Param("number")
	list, err := h.appeals.ViewContacts(ctx, who, number)
	if err != nil {
		return err
	}
	return h.visit(c, attempt{contacts: &list})
}

// back leads to the case whoever comes to the address of the contacts by a link:
// after a lost session, say. Only a click shows them.
func (h *Handlers) back(c echo.Context) error {
	return httpx.See(c, caseURL(c.Param("number"), "", backTo(c, httpx.Actor(c))))
}

// page renders the case.
func (h *Handlers) page(c echo.Context, cs *dom.Case, at attempt) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	v := caseView{Case: cs, who: who, now: h.clock.Now(), back: backTo(c, who), at: at, tab: c.QueryParam("tab")}
	if who.Has(authz.RoleSpecialist) {
		var err error
		if v.endings, err = h.appeals.EndingTerms(ctx, cs); err != nil {
			return err
		}
	}
	similar, err := h.appeals.Similar(ctx, cs)
	if err != nil {
		return err
	}
	v.similar = similar
	if cs.Lat != nil && cs.Lon != nil && who.Has(authz.RoleSpecialist) {
		if v.near, err = h.appeals.Near(ctx, *cs.Lat, *cs.Lon); err != nil {
			return err
		}
	}
	if at.form == "" || !v.may(at.form) {
		v.at.form = v.first()
		if v.at.form != at.form && at.form != "" {
			v.at.typed, v.at.problems = nil, nil
		}
	}
	for _, form := range []string{at.tried, v.at.form} {
		if err := h.load(c, &v, form); err != nil {
			return err
		}
	}
	p := v.page(ctx)
	p.Frame = httpx.Office(c, i18n.T(ctx, "cabinet.case.head", "number", cs.Number, "title", cs.Title), v.back.Set)
	p.Frame.Path = caseURL(cs.Number, "", v.back)
	status := at.status
	if status == 0 {
		status = http.StatusOK
	}
	return httpx.Render(c, status, page.Case(p))
}

// load reads what a form offers to choose from.
func (h *Handlers) load(c echo.Context, v *caseView, form string) error {
	ctx := httpx.Ctx(c)
	var err error
	if form == formRegister || form == formReclass {
		if v.terms, err = h.appeals.Terms(ctx, &v.Appeal); err != nil {
			return err
		}
	}
	switch form {
	case formRegister, formAssign:
		if v.choices, err = h.choices.get(ctx, v.now, h.appeals); err != nil {
			return err
		}
		if form == formAssign {
			v.executors, err = h.appeals.Executors(ctx)
		}
	case formForward, formGiveBack, formNotConsidered, formDuplicate:
		if form == formForward {
			if v.recipients, err = h.appeals.Recipients(ctx); err != nil {
				return err
			}
		}
		if v.owed, err = h.appeals.EndingTermsOf(ctx, v.Case, endingForms[form]); err != nil {
			return err
		}
		v.managers, err = h.appeals.Managers(ctx)
	case formManager:
		v.managers, err = h.appeals.Managers(ctx)
	case formResolve:
		if v.executors, err = h.appeals.ExecutorsUnder(ctx, v.who); err != nil {
			return err
		}
		v.resolveBy, err = h.appeals.ResolveBy(ctx, v.Case)
	case formAnswer:
		var unit int64
		if v.UnitID != nil {
			unit = *v.UnitID
		}
		if v.templates, err = h.appeals.Templates(ctx, unit); err != nil {
			return err
		}
		text := ""
		if n := v.draft(); n != nil {
			text = n.Body
		}
		v.blanks, err = h.appeals.Blanks(ctx, v.Case, v.value("answer", text))
	case formSign:
		if v.Case.Answer != nil {
			v.blanks, err = h.appeals.Blanks(ctx, v.Case, v.Case.Answer.Body)
		}
	case formAsk, formNote:
		v.key = uuid.New()
	}
	return err
}

// failed shows the page again after an action was refused: with what was typed
// when it can be mended, with the present state when somebody was quicker. also are
// further mistakes, with which err may be nil.
func (h *Handlers) failed(c echo.Context, form string, typed url.Values, err error, also ...httpx.Problem) error {
	at := attempt{form: form, typed: typed, status: http.StatusUnprocessableEntity}
	if list, _, ok := httpx.Problems(c, err); ok || err == nil {
		at.problems = append(list, also...)
		return h.visit(c, at)
	}
	e, ok := errs.As(err)
	if !ok || e.Kind != errs.KindConflict {
		return err
	}
	at.status, at.conflict = http.StatusConflict, i18n.T(httpx.Ctx(c), e.Key, e.Args...)
	at.tried, at.mine = form, typed
	return h.visit(c, at)
}

// kind is that of the case of the address, for the words that follow a deed: after
// it the case may have left the actor's sight. Whether he may see it, the deed says.
func (h *Handlers) kind(c echo.Context) dom.Kind {
	cs, err := h.appeals.Case(httpx.Ctx(c), httpx.Actor(c), c.Param("number"))
	if err != nil {
		return ""
	}
	return cs.Kind
}

// done goes back to the case, or to the queue when the case left the actor's sight.
func (h *Handlers) done(c echo.Context, form string, k dom.Kind) error {
	who, number := httpx.Actor(c), c.Param("number")
	httpx.Flash(c, "cabinet.done."+form, append(k.Words(i18n.Locale(httpx.Ctx(c))), "number", number)...)
	back := backTo(c, who)
	_, err := h.appeals.Case(httpx.Ctx(c), who, number)
	var e *errs.Error
	if errors.As(err, &e) && e.Kind == errs.KindNotFound {
		return httpx.See(c, back.href())
	}
	return httpx.See(c, caseURL(number, "", back))
}
