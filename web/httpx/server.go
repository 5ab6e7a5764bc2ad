package httpx

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"ereception/internal/authz"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/obs"
)

// Sessions turns the cookie of a request into its actor.
type Sessions interface {
	// Resolve gives the actor of a session token; a guest for a token that is
	// unknown, ended or expired. The error is for a database that does not answer.
	Resolve(ctx context.Context, token string) (authz.Actor, error)
}

// Parker keeps the form of a person whose session was lost, until he is back.
// The browser that sent the form gets the id in a cookie, and only that browser
// gets the form back (see parked.go).
type Parker interface {
	// Park keeps the form. from is the address of the client: whoever parks too
	// much is refused, since no session stands behind him.
	Park(ctx context.Context, from, path string, values url.Values) (id string, err error)
	// Parked gives the form to whoever asks first, and then to nobody else, until it
	// is dropped or a day has passed: errs.NotFound.
	Parked(ctx context.Context, who authz.Actor, id string) (path string, values url.Values, err error)
	// Drop takes the form away.
	Drop(ctx context.Context, id string) error
}

// Options of Build.
type Options struct {
	Areas          []Area
	Sessions       Sessions
	Parker         Parker
	Clock          clock.Clock
	Log            *slog.Logger
	Secure         bool         // served over https: cookies get the __Host- prefix and HSTS is sent
	TrustedProxies []*net.IPNet // whose X-Forwarded-For is believed
	ImageHosts     []string     // origins of configured map tiles, for img-src and connect-src
	Frame          Frame
	Down           func(error) bool // says of a foreign error that it passes by itself: the database is away; may be nil
	MaxBody        int64            // bytes that are kept of a request; 0: maxBody
}

// Build makes the handler of the portal. It fails when a route has no policy.
func Build(o Options) (http.Handler, error) {
	if o.MaxBody == 0 {
		o.MaxBody = maxBody
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = ipExtractor(o.TrustedProxies)
	r := &renderer{o: o, fallback: fallbackPage(), back: backPaths(o.Areas)}
	e.HTTPErrorHandler = r.handleError
	e.RouteNotFound("/*", func(echo.Context) error { return errs.NotFound() })
	cop := http.NewCrossOriginProtection()
	h := headers(o)
	e.Use(
		requestID,
		dropUploads,
		func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				h(c)
				c.Set(renderKey, r)
				return next(c)
			}
		},
		recoverPanic,
		func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				if err := cop.Check(c.Request()); err != nil {
					return errs.Forbidden("errors.cross_origin").Because(err)
				}
				if !readable(c.Request().URL) {
					return errs.NotFound()
				}
				mendQuery(c.Request().URL)
				return limitBody(c, o.MaxBody, next)
			}
		},
		r.locale,
		r.session,
	)
	if err := register(e, o.Areas); err != nil {
		return nil, err
	}
	return newCrowd(e, r)
}

// ipExtractor believes X-Forwarded-For of the named proxies alone: otherwise
// anybody could choose the address by which he is limited.
func ipExtractor(trusted []*net.IPNet) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	opts := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, n := range trusted {
		opts = append(opts, echo.TrustIPRange(n))
	}
	return echo.ExtractIPFromXFFHeader(opts...)
}

// readable refuses paths that no page of ours has: with a NUL or broken UTF-8,
// which PostgreSQL does not take as text.
func readable(u *url.URL) bool { return utf8.ValidString(u.Path) && !strings.ContainsRune(u.Path, 0) }

// Param is a part of the path in plain text. The router matches the path as it was
// sent where its encoding is not the usual one, and decoded otherwise: decoding it
// always would decode twice.
func Param(c echo.Context, name string) (string, error) {
	if c.Request().URL.RawPath == "" {
		return c.Param(name), nil
	}
	v, err := url.PathUnescape(c.Param(name))
	if err != nil {
		return "", errs.NotFound()
	}
	return v, nil
}

// mendQuery empties parameters that hold such bytes: no form of ours sends them.
// Others are brought to the form in which texts are kept, so that a search finds them.
func mendQuery(u *url.URL) {
	if utf8.ValidString(u.RawQuery) && !strings.Contains(u.RawQuery, "%") {
		return
	}
	q, changed := u.Query(), false
	for _, vals := range q {
		for i, v := range vals {
			want := plainText(v)
			if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
				want = ""
			}
			if want != v {
				vals[i], changed = want, true
			}
		}
	}
	if changed {
		u.RawQuery = q.Encode()
	}
}

// plainText brings a text to the form in which it is kept. It drops what PostgreSQL
// does not take (NUL and broken UTF-8) and what nobody sees: marks that turn the
// direction of all that stands after them, in the lists and papers of others too, and
// spaces without width. It composes letters, since «й» that came as «и» with a breve
// (texts copied from a PDF, names of files of macOS) is found by no search. What
// joins emoji stays.
func plainText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == 0, unicode.Is(unicode.Bidi_Control, r), r == '\u200B', r == '\u2060', r == '\uFEFF', r == '\u00AD':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return norm.NFC.String(s)
}

// dropUploads removes the temporary files of a form when its request ends. The
// server does so only for the request that it made itself, and the middleware
// works on copies of that one.
func dropUploads(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		defer func() {
			if f := c.Request().MultipartForm; f != nil {
				_ = f.RemoveAll()
			}
		}()
		return next(c)
	}
}

const renderKey = "httpx.renderer"

func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := obs.NewRequestID()
		c.Response().Header().Set("X-Request-Id", id)
		c.SetRequest(c.Request().WithContext(obs.WithRequest(c.Request().Context(), id)))
		return next(c)
	}
}

type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return "panic" }

func recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				err = &panicError{v, debug.Stack()}
			}
		}()
		return next(c)
	}
}

// headers sets what every answer bears. The policy allows our own files and
// nothing inline: no script or style can be smuggled into a text.
func headers(o Options) func(echo.Context) {
	hosts := ""
	if len(o.ImageHosts) > 0 {
		hosts = " " + strings.Join(o.ImageHosts, " ")
	}
	csp := strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'",
		"img-src 'self' data: blob:" + hosts, "connect-src 'self'" + hosts, "form-action 'self'",
		"frame-ancestors 'none'", "base-uri 'none'", "manifest-src 'self'", "worker-src 'self'",
	}, "; ")
	return func(c echo.Context) {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "geolocation=(self), camera=(), microphone=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if o.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
	}
}

// LocaleCookie keeps the language that a guest chose.
const LocaleCookie = "erec_lang"

func (r *renderer) locale(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		loc := ""
		if k, err := c.Cookie(LocaleCookie); err == nil {
			loc = k.Value
		}
		if loc != i18n.Ukrainian && loc != i18n.English {
			// Ukrainian is the language of the state and the default; only who
			// prefers English and does not read Ukrainian gets English.
			loc = i18n.Match(c.Request().Header.Get("Accept-Language"))
		}
		c.SetRequest(c.Request().WithContext(i18n.With(c.Request().Context(), loc)))
		return next(c)
	}
}

// CookieName is the name of the session cookie. The prefix makes the browser
// refuse a cookie that another host or an insecure page tried to set.
func CookieName(secure bool) string {
	if secure {
		return "__Host-erec"
	}
	return "erec"
}

func (r *renderer) session(next echo.HandlerFunc) echo.HandlerFunc {
	name := CookieName(r.o.Secure)
	return func(c echo.Context) error {
		req := c.Request()
		if strings.HasPrefix(req.URL.Path, "/static/") {
			return next(c)
		}
		if k, err := req.Cookie(name); err == nil && k.Value != "" {
			a, err := r.o.Sessions.Resolve(req.Context(), k.Value)
			if err != nil {
				return errs.Unavailable("errors.unavailable").Because(err)
			}
			c.SetRequest(req.WithContext(WithActor(req.Context(), a)))
			c.Response().Header().Set("Cache-Control", "private, no-store")
		}
		takeFlash(c)
		r.unpark(c)
		return next(c)
	}
}

// IP is the address of the client, as far as the configured proxies are honest.
func IP(c echo.Context) string { return c.RealIP() }

// See redirects after a successful change (303), so that a reload repeats nothing.
func See(c echo.Context, to string) error { return c.Redirect(http.StatusSeeOther, to) }

// SafeNext gives next when it is a path of this portal, else fallback: a link
// of ours must not lead to somebody else's page.
func SafeNext(next, fallback string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return fallback
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return fallback
	}
	return next
}

// SetCookie sets a cookie of the portal: for this host alone, not for scripts.
func SetCookie(c echo.Context, secure bool, name, value string, maxAge time.Duration) {
	k := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
	k.MaxAge = int(maxAge / time.Second)
	if value == "" {
		k.MaxAge = -1
	}
	c.SetCookie(k)
}
