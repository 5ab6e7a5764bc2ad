package httpx

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/i18n"
)

// inFlightMost requests are worked on at a time. On the day when everybody comes
// the rest is told at once to come again: what waits longer than people do would
// be answered to nobody.
const inFlightMost = 640

// busyRetry is when who was sent away should come again, in seconds.
const busyRetry = 5

// crowd refuses requests beyond inFlightMost before anything is done for them.
// Its page is made at the start: to refuse costs next to nothing.
type crowd struct {
	next     http.Handler
	inFlight atomic.Int64
	most     int64
	pages    map[page][]byte
}

// page is one of the refusals: in which language, and whether the request only
// asked or had sent something.
type page struct {
	locale string
	asked  bool
}

// crowdHint is the key of what to do: who pressed a button finds his form behind him.
func crowdHint(asked bool) string {
	if asked {
		return "errors.crowd_hint"
	}
	return "errors.crowd_back"
}

// newCrowd stands before e. The page is drawn as for a guest.
func newCrowd(e *echo.Echo, r *renderer) (*crowd, error) {
	g := &crowd{next: e, most: inFlightMost, pages: map[page][]byte{}}
	for _, loc := range []string{i18n.Ukrainian, i18n.English} {
		req, err := http.NewRequestWithContext(i18n.With(context.Background(), loc), http.MethodGet, "/", http.NoBody)
		if err != nil {
			return nil, err
		}
		c := e.NewContext(req, nil)
		c.Set(renderKey, r)
		for _, asked := range []bool{true, false} {
			var b bytes.Buffer
			p := r.o.Frame.Error(c, http.StatusServiceUnavailable, i18n.In(loc, "errors.crowd"), i18n.In(loc, crowdHint(asked)), asked)
			if err := p.Render(Ctx(c), &b); err != nil {
				return nil, err
			}
			g.pages[page{loc, asked}] = b.Bytes()
		}
	}
	return g, nil
}

// ServeHTTP lets the request in or sends it away with 503 and Retry-After. Styles
// and fonts lie in memory and are let in, or who comes for the first time would
// get a refusal that looks like a ruin.
func (g *crowd) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if strings.HasPrefix(req.URL.Path, "/static/") {
		g.next.ServeHTTP(w, req)
		return
	}
	if g.inFlight.Add(1) > g.most && req.URL.Path != "/healthz" {
		g.inFlight.Add(-1)
		g.refuse(w, req)
		return
	}
	defer g.inFlight.Add(-1)
	g.next.ServeHTTP(w, req)
}

func (g *crowd) refuse(w http.ResponseWriter, req *http.Request) {
	// A body that is left unread would cost the client its connection.
	_, _ = io.CopyN(io.Discard, req.Body, 64<<10)
	h := w.Header()
	h.Set("Retry-After", strconv.Itoa(busyRetry))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; frame-ancestors 'none'")
	if strings.Contains(req.Header.Get("Accept"), "application/json") {
		h.Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "{}")
		return
	}
	loc := ""
	if k, err := req.Cookie(LocaleCookie); err == nil {
		loc = k.Value
	}
	asked := reads(req.Method)
	body, ok := g.pages[page{loc, asked}]
	if !ok {
		body = g.pages[page{i18n.Match(req.Header.Get("Accept-Language")), asked}]
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(body)
}
