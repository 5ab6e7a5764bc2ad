package maps

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/basemap"
	"ereception/static"
)

func (h *Handlers) osm(c echo.Context) error {
	f, err := basemap.Scheme()
	if err != nil {
		return err
	}
	return scheme(c, f.OSM)
}

func (h *Handlers) streetLines(c echo.Context) error {
	f, err := basemap.Scheme()
	if err != nil {
		return err
	}
	return scheme(c, f.Streets)
}

// scheme sends a file of the scheme. The pages ask for it with the hash of its
// content in the address, so that answer may be kept for ever; any other
// address is checked each time.
func scheme(c echo.Context, f basemap.File) error {
	head := c.Response().Header()
	etag := `"` + f.Hash + `"`
	head.Set("ETag", etag)
	head.Set("Cache-Control", "no-cache")
	if c.QueryParam("v") == f.Hash {
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	head.Set("Vary", "Accept-Encoding")
	if static.Known(c.Request().Header, etag) {
		return c.NoContent(http.StatusNotModified)
	}
	body := f.JSON
	if acceptsGzip(c) {
		head.Set("Content-Encoding", "gzip")
		body = f.Gzip
	}
	return c.Blob(http.StatusOK, "application/json; charset=utf-8", body)
}

func acceptsGzip(c echo.Context) bool {
	for part := range strings.SplitSeq(c.Request().Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(name, "gzip") {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

// packed sends a fresh body, compressed for those who accept it.
func packed(c echo.Context, contentType string, body []byte) error {
	head := c.Response().Header()
	head.Set("Cache-Control", "no-cache")
	head.Set("Vary", "Accept-Encoding, Cookie")
	etag := fmt.Sprintf("W/\"%x\"", sha256.Sum256(body)) // weak: packed and plain are one content
	head.Set("ETag", etag)
	if static.Known(c.Request().Header, etag) {
		return c.NoContent(http.StatusNotModified)
	}
	if len(body) < 1024 || !acceptsGzip(c) {
		return c.Blob(http.StatusOK, contentType, body)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	head.Set("Content-Encoding", "gzip")
	return c.Blob(http.StatusOK, contentType, b.Bytes())
}
