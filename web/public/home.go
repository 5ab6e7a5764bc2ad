package public

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

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
	r, err := h.copies.get(i18n.Locale(httpx.Ctx(c)), func() ([]byte, error) {
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
	return r.send(c)
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
	return homePage(ctx, frame, httpx.Actor(c).SignedIn(), points, figures, h.clock.Now()), nil
}

// send writes the copy: packed where the browser takes it, nothing but 304 when
// it has it already.
func (r *rendered) send(c echo.Context) error {
	w, req := c.Response(), c.Request()
	head := w.Header()
	head["Vary"] = []string{"Cookie, Accept-Encoding, Accept-Language"}
	head["Cache-Control"] = []string{"no-cache"}
	body, etag := r.plain, `"`+r.etag+`"`
	if strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
		body, etag = r.packed, `"`+r.etag+`-gz"`
		head["Content-Encoding"] = []string{"gzip"}
	}
	head["Etag"] = []string{etag}
	if strings.Contains(req.Header.Get("If-None-Match"), etag) {
		delete(head, "Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	head["Content-Type"] = []string{"text/html; charset=utf-8"}
	head["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(http.StatusOK)
	if req.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	return err
}

// compile-time proof that the service of appeals is what the pages ask for.
var _ Appeals = (*dom.Service)(nil)
