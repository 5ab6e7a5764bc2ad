// Package petitions holds the public pages of electronic petitions and their
// data, and the forms of those who write and sign them.
//
// What strangers read of a petition (its page, its frame and badge for other sites, the list)
// comes from a rendered copy that is at most
// two seconds old and dropped by a change in this process; nobody's name, flash
// or menu can be in it. The count is refreshed from count.json. Whether somebody
// has signed is told to himself alone, on a page that no cache keeps.
package petitions

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	dom "ereception/internal/petitions"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/errs"
	"ereception/web/httpx"
)

// copyFor bounds the age of what strangers read: others sign meanwhile.
const (
	copyFor  = 2 * time.Second
	copyKept = "public, max-age=2"
)

// Options of New.
type Options struct {
	Service   *dom.Service
	Clock     clock.Clock
	BaseURL   string   // public address of the portal without a slash at its end
	Ancestors []string // sites that may frame a petition; none: the portal itself
	Places    Places
}

// Handlers of the area.
type Handlers struct {
	svc    *dom.Service
	clock  clock.Clock
	o      Options
	copies *httpx.Copies
	lists  *httpx.Copies // of the list: whoever makes up filters pushes out no petition

	signing *signing // set by UseSigning
}

// New builds the handlers.
func New(o Options) *Handlers {
	h := &Handlers{svc: o.Service, clock: o.Clock, o: o, copies: httpx.NewCopies(o.Clock, copyFor, copyKept), lists: httpx.NewCopies(o.Clock, copyFor, copyKept)}
	o.Service.OnChange(h.changed)
	return h
}

// changed drops the copies of a petition; 0 stands for all.
func (h *Handlers) changed(int64) {
	h.copies.Drop()
	h.lists.Drop()
}

// Area is the table of routes.
func (h *Handlers) Area() httpx.Area {
	get := func(path string, f echo.HandlerFunc) httpx.Route {
		return httpx.Route{Method: httpx.GET, Path: path, Policy: httpx.Need(authz.PublicRead), Handler: f}
	}
	return httpx.Area{Name: "petitions", Routes: append([]httpx.Route{
		get("/petitions", h.list),
		get("/petitions.json", h.listJSON),
		get("/petitions.csv", h.listCSV),
		get("/petitions.rss", h.listRSS),
		get("/petitions/:number", h.show),
		get("/petitions/:number/count.json", h.count),
		get("/petitions/:number/petition.json", h.showJSON),
		get("/petitions/:number/signers.csv", h.signersCSV),
		get("/petitions/:number/hours.csv", h.hoursCSV),
		get("/petitions/:number/qr.svg", h.qr),
		get("/petitions/:number/poster", h.poster),
		get("/petitions/:number/embed", h.embed),
		get("/petitions/:number/badge.svg", h.badge),
		get("/p/:number", h.short),
		get("/petitions/unfollow/:token", h.unfollowLink),
		{Method: httpx.POST, Path: "/petitions/unfollow/:token", Policy: httpx.Need(authz.PublicRead), Handler: h.unfollowByLink},
		{Method: httpx.POST, Path: "/petitions/:number/follow", Policy: httpx.Need(authz.PetitionFollow), Handler: h.follow},
		{Method: httpx.POST, Path: "/petitions/:number/unfollow", Policy: httpx.Need(authz.PetitionFollow), Handler: h.unfollow},
	}, append(h.signRoutes(), h.writeRoutes()...)...)}
}

// number reads the number of the address.
func number(c echo.Context) (int64, error) {
	n, err := strconv.ParseInt(c.Param("number"), 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != c.Param("number") {
		return 0, errs.NotFound()
	}
	return n, nil
}

func path(n int64) string { return "/petitions/" + strconv.FormatInt(n, 10) }

// short is the address that is read aloud and printed.
func (h *Handlers) short(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	if _, err := h.svc.Show(httpx.Ctx(c), httpx.Actor(c), n, c.QueryParam("k")); err != nil {
		return err
	}
	return c.Redirect(302, withKey(path(n), c.QueryParam("k")))
}
