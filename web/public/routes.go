// Package public is the door for everybody: the home page, the check of an
// answer by its code, help, the accessibility statement, the switch of
// languages, and what browsers and search engines ask of a site.
//
// The home page of a reader without a session is served from a rendered copy,
// packed and plain, that lives for a few seconds and is dropped as soon as an
// appeal changes (Changed). Nobody's name, flash or menu can be in it: a copy
// is made and served for guests alone.
package public

import (
	"context"
	"time"

	"github.com/a-h/templ"

	dom "ereception/internal/appeals"
	"ereception/internal/authz"
	"ereception/internal/platform/clock"
	"ereception/web/httpx"
)

// Appeals is what the public pages ask of the appeals. *appeals.Service is one.
type Appeals interface {
	// Public lists the public appeals that have a place, the newest first.
	Public(ctx context.Context) ([]dom.Point, error)
	// Figures counts the numbers of the home page from the appeals themselves.
	Figures(ctx context.Context) (dom.Figures, error)
	// Confirm looks a verification code up; unknown: errs.NotFound.
	Confirm(ctx context.Context, code string) (dom.Confirmation, error)
}

// Block is what another area shows of itself on the home page; nil: nothing now.
type Block func(ctx context.Context) (templ.Component, error)

// Handlers of the area.
type Handlers struct {
	app    Appeals
	clock  clock.Clock
	blocks []Block
	copies *httpx.Copies
}

// New builds the handlers, with what other areas show on the home page in that
// order. Whoever composes the portal lets every change of an appeal call Changed.
func New(app Appeals, c clock.Clock, blocks ...Block) *Handlers {
	return &Handlers{app: app, clock: c, blocks: blocks, copies: httpx.NewCopies(c, copyFor, "no-cache")}
}

// copyFor bounds the age of a copy: other processes may have changed an appeal,
// a term may have run out meanwhile, and petitions are signed all the time.
const copyFor = 10 * time.Second

// Changed drops the rendered copies: an appeal has changed.
func (h *Handlers) Changed() { h.copies.Drop() }

// Area is the table of routes.
func (h *Handlers) Area() httpx.Area {
	const get, post = httpx.GET, httpx.POST
	read := httpx.Need(authz.PublicRead)
	return httpx.Area{Name: "public", Routes: []httpx.Route{
		{Method: get, Path: "/", Policy: read, Handler: h.home},
		{Method: get, Path: "/verify", Policy: read, Handler: h.verifyForm},
		{Method: get, Path: "/verify/:code", Policy: read, Handler: h.verify},
		{Method: post, Path: "/lang/:code", Policy: read, Handler: h.language},
		{Method: get, Path: "/help", Policy: read, Handler: h.help},
		{Method: get, Path: "/accessibility", Policy: read, Handler: h.accessibility},
		{Method: get, Path: "/manifest.webmanifest", Policy: read, Handler: h.manifest},
		{Method: get, Path: "/robots.txt", Policy: read, Handler: h.robots},
	}}
}
