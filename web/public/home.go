package public

import (
	"bytes"
	"net/http"

	"github.com/labstack/echo/v4"

	dom "ereception/internal/appeals"
	"ereception/internal/platform/i18n"
	page "ereception/templates/public"
	"ereception/web/httpx"
)

// home shows the front door; to a guest from the rendered copy.
func (h *Handlers) home(c echo.Context) error {
	if httpx.Actor(c).SignedIn() || httpx.FlashText(c) != "" {
		p, err := h.homePage(c)
		if err != nil {
			return err
		}
		return httpx.Render(c, http.StatusOK, page.Home(p))
	}
	r, err := h.copies.Get(i18n.Locale(httpx.Ctx(c)), func() ([]byte, error) {
		p, err := h.homePage(c)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		err = page.Home(p).Render(httpx.Ctx(c), &b)
		return b.Bytes(), err
	})
	if err != nil {
		return err
	}
	return r.Send(c)
}

func (h *Handlers) homePage(c echo.Context) (page.HomePage, error) {
	ctx := httpx.Ctx(c)
	points, err := h.app.Public(ctx)
	if err != nil {
		return page.HomePage{}, err
	}
	figures, err := h.app.Figures(ctx)
	if err != nil {
		return page.HomePage{}, err
	}
	frame := httpx.Page(c, i18n.T(ctx, "public.home.title"))
	frame.Description = i18n.T(ctx, "public.home.description")
	frame.Path = "/" // the copy is shared: what one reader had in his query is not the next one's
	frame.Bleed = true
	frame.Head = page.ManifestLink()
	p := homePage(ctx, frame, httpx.Actor(c).SignedIn(), points, figures, h.clock.Now())
	for _, block := range h.blocks {
		b, err := block(ctx)
		if err != nil {
			return page.HomePage{}, err
		}
		if b != nil {
			p.Blocks = append(p.Blocks, b)
		}
	}
	return p, nil
}

// compile-time proof that the service of appeals is what the pages ask for.
var _ Appeals = (*dom.Service)(nil)
