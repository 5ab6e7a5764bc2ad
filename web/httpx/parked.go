package httpx

import (
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/errs"
)

// A form that comes from somebody whose session has ended is parked: he signs
// in and finds the page filled as he left it, as often as he loads it, until the
// form is sent again or a day has passed. The address bears the id, and a cookie
// of the same browser must bear it too, so that an address that was seen by others
// opens nothing. Passwords are never kept, nor files: the page says so.

// parkedFor is how long a form waits; parkedMax bounds how many of one browser do.
const (
	parkedFor = 24 * time.Hour
	parkedMax = 4
)

func (r *renderer) parkedCookie() string { return CookieName(r.o.Secure) + "_parked" }

func (r *renderer) parkedIDs(c echo.Context) []string {
	k, err := c.Cookie(r.parkedCookie())
	if err != nil || k.Value == "" {
		return nil
	}
	return strings.Split(k.Value, ".")
}

func (r *renderer) keepParkedIDs(c echo.Context, ids []string) {
	SetCookie(c, r.o.Secure, r.parkedCookie(), strings.Join(ids[max(len(ids)-parkedMax, 0):], "."), parkedFor)
}

// signIn sends a guest to the sign-in page and back to where he was. What he
// had typed into a form is parked meanwhile.
func (r *renderer) signIn(c echo.Context) error {
	req := c.Request()
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		return See(c, "/sign-in?next="+url.QueryEscape(req.URL.RequestURI()))
	}
	next := r.backPath(c)
	if v, err := ParseForm(c); err == nil && len(v) > 0 && r.o.Parker != nil {
		// Refused or failed: the person signs in and finds the form empty.
		v = withoutSecrets(v)
		if hasFiles(req) {
			v.Set(filesLost, "yes")
		}
		if id, err := r.o.Parker.Park(Ctx(c), IP(c), next, v); err == nil {
			r.keepParkedIDs(c, append(r.parkedIDs(c), id))
			next += "?parked=" + url.QueryEscape(id)
		}
	}
	return See(c, "/sign-in?next="+url.QueryEscape(next))
}

// filesLost marks a parked form that came with files.
const filesLost = "_files"

func hasFiles(req *http.Request) bool {
	if req.MultipartForm == nil {
		return false
	}
	for _, list := range req.MultipartForm.File {
		if slices.ContainsFunc(list, func(f *multipart.FileHeader) bool { return f.Size > 0 }) {
			return true
		}
	}
	return false
}

// unpark gives a parked form to the page that it belongs to, once the person is
// signed in.
func (r *renderer) unpark(c echo.Context) {
	if r.o.Parker == nil || !Actor(c).SignedIn() {
		return
	}
	ids := r.parkedIDs(c)
	if c.Request().Method == POST && len(ids) > 0 {
		c.Response().Before(func() { r.sentAgain(c, ids) })
		return
	}
	id := c.QueryParam("parked")
	if c.Request().Method != GET || !slices.Contains(ids, id) {
		return
	}
	path, v, err := r.o.Parker.Parked(Ctx(c), Actor(c), id)
	if err != nil || path != c.Request().URL.Path {
		return
	}
	c.SetRequest(c.Request().WithContext(context.WithValue(Ctx(c), typedKey, v)))
}

// sentAgain lets go of the parked forms that this request has brought anew: a later
// look at the address must not put old words over new ones.
func (r *renderer) sentAgain(c echo.Context, ids []string) {
	if c.Response().Status >= http.StatusInternalServerError {
		return
	}
	here, back := c.Request().URL.Path, r.backPath(c)
	draft, saving := strings.CutSuffix(here, "/autosave") // a step of the draft is being typed on
	left := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		path, _, err := r.o.Parker.Parked(Ctx(c), Actor(c), id)
		if errs.Is(err, errs.KindNotFound) {
			return true
		}
		sent := path == here || path == back || saving && (path == draft || strings.HasPrefix(path, draft+"/"))
		return err == nil && sent && r.o.Parker.Drop(Ctx(c), id) == nil
	})
	if len(left) != len(ids) {
		r.keepParkedIDs(c, left)
	}
}

// Typed gives what a person had typed into the form of this page before his
// session was lost; ok is false on an ordinary visit.
func Typed(c echo.Context) (v url.Values, ok bool) {
	v, ok = Ctx(c).Value(typedKey).(url.Values)
	return v, ok
}

// filesToChoose reports whether the parked form of this page came with files, which
// were not kept.
func filesToChoose(c echo.Context) bool {
	v, ok := Typed(c)
	return ok && v.Has(filesLost)
}

// backPaths finds for each POST route the page to come back to: the form of a new record
// where there is one (the address itself is then the list), else the page of the same
// address, else the nearest page above it.
func backPaths(areas []Area) map[string]string {
	pages := map[string]bool{}
	for _, rt := range Frozen(areas) {
		pages[rt.Path] = pages[rt.Path] || rt.Method == GET
	}
	out := map[string]string{}
	for _, rt := range Frozen(areas) {
		if rt.Method == GET {
			continue
		}
		p := rt.Path
		if pages[p+newForm] {
			out[p] = p + newForm
			continue
		}
		for p != "" && !pages[p] {
			p = p[:max(strings.LastIndexByte(p, '/'), 0)]
		}
		out[rt.Path] = p
	}
	return out
}

// newForm ends the address of the form of a new record, which is sent to the address of the list.
const newForm = "/new"

// backPath is the address of that page for this request.
func (r *renderer) backPath(c echo.Context) string {
	pattern, ok := r.back[c.Path()]
	if !ok {
		return c.Request().URL.Path
	}
	if pattern == "" {
		return "/"
	}
	if pattern == c.Path()+newForm {
		return c.Request().URL.Path + newForm
	}
	// The page's pattern is a beginning of the route's own, so it takes as many parts of the address.
	parts := strings.Split(c.Request().URL.Path, "/")
	return strings.Join(parts[:min(strings.Count(pattern, "/")+1, len(parts))], "/")
}

func withoutSecrets(v url.Values) url.Values {
	out := url.Values{}
	for k, vals := range v {
		if !strings.Contains(k, "password") {
			out[k] = vals
		}
	}
	return out
}
