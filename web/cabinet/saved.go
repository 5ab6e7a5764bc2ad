package cabinet

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ereception/web/httpx"
)

// sets shows the queue to whoever comes to the address of a form by a link: after a
// lost session, with what he typed.
func (h *Handlers) sets(c echo.Context) error {
	who := httpx.Actor(c)
	v, ok := httpx.Typed(c)
	if !ok {
		return httpx.See(c, filterOf(who, "").href())
	}
	return h.tray(c, filterOf(who, v.Get("query")), keeping{name: v.Get("name")}, http.StatusOK)
}

// saveSet keeps the filter of the queue under a name.
func (h *Handlers) saveSet(c echo.Context) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	f := filterOf(who, v.Get("query")).first()
	if err := h.appeals.SaveSet(ctx, who, v.Get("name"), f.query()); err != nil {
		_, byField, ok := httpx.Problems(c, err)
		if !ok {
			return err
		}
		return h.tray(c, f, keeping{name: v.Get("name"), error: byField["name"]}, http.StatusUnprocessableEntity)
	}
	httpx.Flash(c, "cabinet.saved.kept")
	return httpx.See(c, f.href())
}

// dropSet lets a kept filter go.
func (h *Handlers) dropSet(c echo.Context) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	if err := h.appeals.DropSet(ctx, who, id(c.Param("id"))); err != nil {
		return err
	}
	httpx.Flash(c, "cabinet.saved.dropped")
	return httpx.See(c, filterOf(who, "").href())
}
