// Package procurement holds the public pages of the city's purchases and their
// data: the overview, the search, contracts, tenders, plans, buyers, suppliers,
// the registry of the indicators, and the same in CSV, JSON, XLSX, OCDS and RSS.
//
// Everything here may be read by everybody. Addresses are permanent: a search
// is its query in canonical form, a document its public number. Pages are
// rendered from a buffer as everywhere; data streams are not, because a search
// may find everything there is.
package procurement

import (
	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/clock"
	dom "ereception/internal/procurement"
	"ereception/web/httpx"
)

// Options of the area.
type Options struct {
	// BaseURL is the public address of the portal without a slash at its end.
	BaseURL string
	// Ancestors may frame the embedded list; none: the portal itself.
	Ancestors []string
}

// Handlers of the area.
type Handlers struct {
	svc   *dom.Service
	clock clock.Clock
	o     Options
}

// New builds the handlers.
func New(svc *dom.Service, c clock.Clock, o Options) *Handlers {
	return &Handlers{svc: svc, clock: c, o: o}
}

// Area is the table of routes.
func (h *Handlers) Area() httpx.Area {
	read := httpx.Need(authz.PublicRead)
	get := func(path string, f echo.HandlerFunc) httpx.Route {
		return httpx.Route{Method: httpx.GET, Path: path, Policy: read, Handler: f}
	}
	return httpx.Area{Name: "procurement", Routes: append([]httpx.Route{
		get("/procurement", h.overview),
		get("/procurement/search", h.search),
		get("/procurement/search.csv", h.export("csv")),
		get("/procurement/search.json", h.export("json")),
		get("/procurement/search.xlsx", h.export("xlsx")),
		get("/procurement/search.rss", h.feed("rss")),
		get("/procurement/search.atom", h.feed("atom")),
		get("/procurement/suggest", h.suggest),
		get("/procurement/cpv", h.cpv),
		get("/procurement/contracts/:number", h.contract),
		get("/procurement/tenders/:number", h.tender),
		get("/procurement/tenders/:number/ocds.json", h.tenderOCDS),
		get("/procurement/ocds.json", h.ocds),
		get("/procurement/plans/:number", h.plan),
		get("/procurement/buyers", h.buyers),
		get("/procurement/buyers/:code", h.buyer),
		get("/procurement/suppliers/:code", h.supplier),
		get("/procurement/indicators", h.indicators),
		get("/procurement/indicators.csv", h.values("csv")),
		get("/procurement/indicators.json", h.values("json")),
		get("/procurement/data/:file", h.set),
		get("/procurement/indicators/:id", h.indicator),
	}, h.extraRoutes()...)}
}
