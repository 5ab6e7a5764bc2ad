package account

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/errs"
	page "ereception/templates/account"
	"ereception/web/httpx"
)

func (h *Handlers) sessions(c echo.Context) error {
	a := httpx.Actor(c)
	list, err := h.id.Sessions(httpx.Ctx(c), a)
	if err != nil {
		return err
	}
	o, err := h.own(c, "account.sessions.h1", "sessions", nil)
	if err != nil {
		return err
	}
	return httpx.Render(c, http.StatusOK, page.Sessions(page.SessionsPage{Own: o, Sessions: sessionRows(c, list, a.SessionID, h.id.Providers())}))
}

func (h *Handlers) endSession(c echo.Context) error {
	a := httpx.Actor(c)
	if err := h.id.EndSession(httpx.Ctx(c), a, c.Param("id")); err != nil {
		return err
	}
	if c.Param("id") == a.SessionID {
		return httpx.See(c, "/")
	}
	httpx.Flash(c, "account.session_ended")
	return httpx.See(c, "/account/sessions")
}

func (h *Handlers) endOthers(c echo.Context) error {
	if err := h.id.EndOtherSessions(httpx.Ctx(c), httpx.Actor(c)); err != nil {
		return err
	}
	httpx.Flash(c, "account.sessions_ended")
	return httpx.See(c, "/account/sessions")
}

func (h *Handlers) actForForm(c echo.Context) error {
	a := httpx.Actor(c)
	list, err := h.id.Delegations(httpx.Ctx(c), a)
	if err != nil {
		return err
	}
	o, err := h.own(c, "account.act_for.h1", "act-for", nil)
	if err != nil {
		return err
	}
	p := page.ActForPage{Own: o, Delegations: delegationRows(c, list, a)}
	if a.ActingFor != nil {
		p.Acting = a.ActingFor.Name
	}
	return httpx.Render(c, http.StatusOK, page.ActFor(p))
}

func (h *Handlers) actFor(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(v.Get("delegation"), 10, 64)
	if err != nil {
		return errs.NotFound()
	}
	if err := h.id.ActFor(httpx.Ctx(c), httpx.Actor(c), id); err != nil {
		return err
	}
	httpx.Flash(c, "account.acting")
	return httpx.See(c, "/cabinet")
}

func (h *Handlers) stopActing(c echo.Context) error {
	if err := h.id.StopActing(httpx.Ctx(c), httpx.Actor(c)); err != nil {
		return err
	}
	httpx.Flash(c, "account.acting_stopped")
	return httpx.See(c, "/account/act-for")
}

func (h *Handlers) privacy(c echo.Context) error {
	ctx := httpx.Ctx(c)
	n, err := h.id.CurrentNotice(ctx)
	if v := c.Param("version"); err == nil && v != "" && v != n.Version {
		n, err = h.id.NoticeOf(ctx, v)
	}
	if err != nil {
		return err
	}
	return httpx.Render(c, http.StatusOK, page.Privacy(privacyPage(c, n)))
}
