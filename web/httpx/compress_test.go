package httpx

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
)

func TestPagesArePacked(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<p>Звернення громадян</p>", 500)
	page := func(text string) echo.HandlerFunc {
		return func(c echo.Context) error { return HTML(c, http.StatusOK, []byte(text)) }
	}
	h := build(t, Options{}, Route{GET, "/long", Need(authz.PublicRead), page(long)}, Route{GET, "/short", Need(authz.PublicRead), page("ok")},
		Route{GET, "/json", Need(authz.PublicRead), func(c echo.Context) error { return JSON(c, long) }})
	for _, c := range []struct {
		name, path, accept string
		packed             bool
	}{
		{"a browser takes gzip", "/long", "br, gzip", true},
		{"JSON likewise", "/json", "gzip", true},
		{"a short answer is not worth it", "/short", "gzip", false},
		{"a client without gzip", "/long", "br", false},
		{"gzip refused", "/long", "gzip;q=0", false},
	} {
		w := request(h, GET, c.path, nil, "Accept-Encoding", c.accept)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != c.packed {
			t.Errorf("%s: packed is %v", c.name, got)
		}
		if n := w.Header().Get("Content-Length"); n != strconv.Itoa(w.Body.Len()) {
			t.Errorf("%s: Content-Length %s of %d", c.name, n, w.Body.Len())
		}
		if !strings.Contains(strings.Join(w.Header().Values("Vary"), ", "), "Accept-Encoding") {
			t.Errorf("%s: Vary %q", c.name, w.Header().Values("Vary"))
		}
		if !c.packed {
			continue
		}
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		b, err := io.ReadAll(z)
		if err != nil || !strings.Contains(string(b), "Звернення громадян") {
			t.Errorf("%s: unpacked to %d bytes, %v", c.name, len(b), err)
		}
	}
	lengths := map[int]bool{}
	for range 50 {
		lengths[request(h, GET, "/long", nil, "Accept-Encoding", "gzip").Body.Len()] = true
	}
	if len(lengths) < 5 {
		t.Errorf("the lengths of the packed page tell its content: %v", lengths)
	}
}
