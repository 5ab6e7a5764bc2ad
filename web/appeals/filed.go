package appeals

import (
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	page "ereception/templates/appeals"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// orFiled answers for a draft that has been filed meanwhile, in another window or by
// a second click, and so is gone: its author is led to the appeal. What he typed into
// the late form stands in the field for a message there, so that nothing is lost. To
// everybody else the draft is what it is to them always: not found.
func (h *Handlers) orFiled(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if !errs.Is(err, errs.KindNotFound) {
			return err
		}
		id, bad := draftID(c)
		if bad != nil {
			return err
		}
		ctx := httpx.Ctx(c)
		number, ferr := h.app.Filed(ctx, httpx.Actor(c), id)
		if ferr != nil {
			return ferr
		}
		if number == "" {
			return err
		}
		if c.Request().Method == "GET" {
			return httpx.See(c, "/appeals/"+number)
		}
		if strings.HasSuffix(c.Path(), "/autosave") {
			return errs.Conflict("appeals.draft.filed", "number", number)
		}
		v, err := httpx.ParseForm(c)
		if err != nil {
			return err
		}
		p, err := h.showPage(c, number)
		if err != nil {
			return err
		}
		said := i18n.T(ctx, "appeals.draft.filed", "number", number)
		typed := text(v.Get("body"))
		if typed == "" || !p.Thread.Open || typed == p.Thread.Messages[0].Text {
			httpx.Flash(c, "appeals.draft.filed", "number", number)
			return httpx.See(c, "/appeals/"+number)
		}
		p.Thread.Typed = typed
		p.Thread.Problems = []ui.FieldError{{Field: "message", Text: said + " " + i18n.T(ctx, "appeals.draft.filed_typed")}}
		return httpx.Render(c, 409, page.Show(p))
	}
}
