package httpx

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"ereception/internal/platform/i18n"
	"ereception/static"
)

// What other sites show is the same for everybody, whatever session the request
// bears, and in the language of the address: neither cookies nor the browser
// choose it.

// embedKept is how long caches may keep it.
const embedKept = "public, max-age=300"

// Embedded puts the language of the address («?lang=en») into the request.
func Embedded(c echo.Context) context.Context {
	lang := c.QueryParam("lang")
	if lang != i18n.English {
		lang = i18n.Default
	}
	ctx := i18n.With(Ctx(c), lang)
	c.SetRequest(c.Request().WithContext(ctx))
	return ctx
}

// Framed lets the sites of the configuration, and the portal itself, show the
// answer in a frame. No other page may be framed at all.
func Framed(c echo.Context, ancestors []string) {
	head := c.Response().Header()
	head.Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'", "style-src 'self'", "font-src 'self'", "img-src 'self' data:", "form-action 'none'", "base-uri 'none'",
		strings.Join(append([]string{"frame-ancestors 'self'"}, ancestors...), " "),
	}, "; "))
	head.Del("X-Frame-Options")
	head.Set("Cache-Control", embedKept)
}

// pictureHead lets every site show the answer, and nobody run it.
func pictureHead(c echo.Context) {
	head := c.Response().Header()
	head.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	head.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// Picture answers with an SVG that is made to be shown elsewhere. Caches keep it for
// a while, unless the caller has said otherwise.
func Picture(c echo.Context, svg templ.Component) error {
	var b bytes.Buffer
	if err := svg.Render(Ctx(c), &b); err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	etag := `"` + hex.EncodeToString(sum[:12]) + `"`
	pictureHead(c)
	head := c.Response().Header()
	if head.Get("Cache-Control") == "" {
		head.Set("Cache-Control", embedKept)
	}
	head.Set("ETag", etag)
	if static.Known(c.Request().Header, etag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, svgType, b.Bytes())
}
