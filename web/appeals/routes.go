// Package appeals is the resident's door to appeals («звернення» and «запит на
// публічну інформацію»): the four steps of the form, the own list, the page of
// one appeal, its files and its paper.
//
// A handler reads the request, calls one use-case of internal/appeals and
// answers with a page or a redirect. It judges nothing: mistakes come back from
// the domain by field and the same page is shown with 422 and everything that
// was typed. Every step is saved before it is judged, so nothing that reached
// the server is lost.
package appeals

import (
	"context"
	"time"

	dom "ereception/internal/appeals"
	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/ratelimit"
	"ereception/web/httpx"
	"ereception/web/pin"
)

// Places knows the ground of the city. *city.City is one.
type Places interface {
	pin.Geocoder
	// Locate names what a point lies in.
	Locate(ctx context.Context, lat, lon float64) (city.Place, error)
}

// Limits refuses whoever files, writes or sends files too often. *ratelimit.Limiter is one.
type Limits interface {
	Allow(ctx context.Context, now time.Time, hits ...ratelimit.Hit) error
	// Attempt is to be counted together with what it guards, which is filing: no
	// guessing, so it may be counted softly (ratelimit.Soft).
	Attempt(now time.Time, hits ...ratelimit.Hit) *ratelimit.Attempt
}

// Handlers of the area.
type Handlers struct {
	app       *dom.Service
	places    Places
	purchases Purchases // nil: the portal mirrors no purchases
	limits    Limits
	clock     clock.Clock
}

// New builds the handlers.
func New(app *dom.Service, places Places, limits Limits, c clock.Clock) *Handlers {
	return &Handlers{app: app, places: places, limits: limits, clock: c}
}

// UsePurchases lets an appeal begin from one of the city's purchases. It is
// called once, before the area serves.
func (h *Handlers) UsePurchases(p Purchases) *Handlers {
	h.purchases = p
	return h
}

// Area is the table of routes.
func (h *Handlers) Area() httpx.Area {
	const get, post = httpx.GET, httpx.POST
	file, own := httpx.Need(authz.AppealFile), httpx.Need(authz.AppealOwn)
	return httpx.Area{Name: "appeals", Routes: []httpx.Route{
		{Method: get, Path: "/appeals/new", Policy: file, Handler: h.start},
		{Method: post, Path: "/appeals/new", Policy: file, Handler: h.startDraft},
		{Method: get, Path: "/appeals/drafts/:id/:step", Policy: file, Handler: h.orFiled(h.step)},
		{Method: post, Path: "/appeals/drafts/:id/:step", Policy: file, Handler: h.orFiled(h.saveStep)},
		{Method: post, Path: "/appeals/drafts/:id/autosave", Policy: file, Handler: h.orFiled(h.autosave)},
		{Method: post, Path: "/appeals/drafts/:id/files", Policy: file, Handler: h.orFiled(h.addFiles)},
		{Method: post, Path: "/appeals/drafts/:id/files/:file/delete", Policy: file, Handler: h.orFiled(h.dropFile)},
		{Method: post, Path: "/appeals/drafts/:id/drop", Policy: file, Handler: h.orFiled(h.dropDraft)},

		{Method: get, Path: "/appeals", Policy: own, Handler: h.list},
		{Method: get, Path: "/appeals/:number", Policy: own, Handler: h.show},
		{Method: post, Path: "/appeals/:number/messages", Policy: httpx.Need(authz.AppealReply), Handler: h.reply},
		{Method: post, Path: "/appeals/:number/rating", Policy: httpx.Need(authz.AppealRate), Handler: h.rate},
		{Method: post, Path: "/appeals/:number/map", Policy: httpx.Need(authz.AppealShow), Handler: h.showing},
		{Method: get, Path: "/appeals/:number/answer.pdf", Policy: httpx.Need(authz.FileRead), Handler: h.paper},
		{Method: get, Path: "/appeals/:number/answers/:answer/answer.pdf", Policy: httpx.Need(authz.FileRead), Handler: h.paperOf},
		{Method: get, Path: "/files/:id", Policy: httpx.Need(authz.FileRead), Handler: h.file},
		{Method: get, Path: "/files/:id/thumb", Policy: httpx.Need(authz.FileRead), Handler: h.thumb},
	}}
}
