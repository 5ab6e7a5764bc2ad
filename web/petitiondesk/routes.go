// Package petitiondesk is the staff's desk of petitions: what must be checked,
// announced, reviewed, answered, signed and carried out, each with its term of
// law. The desk of forged signatures lies beside it (package petitionguard).
package petitiondesk

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	dom "ereception/internal/petitions"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/errs"
	"ereception/web/httpx"
)

// Handlers of the area.
type Handlers struct {
	svc   *dom.Service
	clock clock.Clock
}

// New builds the handlers.
func New(svc *dom.Service, c clock.Clock) *Handlers { return &Handlers{svc: svc, clock: c} }

// Area is the table of routes.
func (h *Handlers) Area() httpx.Area {
	get := func(path string, f echo.HandlerFunc) httpx.Route {
		return httpx.Route{Method: httpx.GET, Path: path, Policy: httpx.Need(authz.CabinetRead), Handler: f}
	}
	post := func(path string, a authz.Action, f echo.HandlerFunc) httpx.Route {
		return httpx.Route{Method: httpx.POST, Path: "/cabinet/petitions/:number" + path, Policy: httpx.Need(a), Handler: f}
	}
	return httpx.Area{Name: "petitiondesk", Routes: []httpx.Route{
		get("/cabinet/petitions", h.queue),
		{Method: httpx.POST, Path: "/cabinet/petitions", Policy: httpx.Need(authz.PetitionModerate), Handler: h.merge},
		get("/cabinet/petitions/:number", h.card),
		post("/contacts", authz.ContactRead, h.contacts),
		post("/take", authz.PetitionModerate, h.take),
		post("/release", authz.PetitionModerate, h.release),
		post("/publish", authz.PetitionModerate, h.publish),
		post("/return", authz.PetitionModerate, h.giveBack),
		post("/merge", authz.PetitionModerate, h.mergeOne),
		post("/announce", authz.PetitionReview, h.announce),
		post("/session", authz.PetitionReview, h.session),
		post("/answer", authz.PetitionDraft, h.answer),
		post("/remarks", authz.PetitionAnswer, h.remarks),
		post("/sign", authz.PetitionAnswer, h.sign),
		post("/steps", authz.PetitionExecute, h.step),
		post("/steps/drop", authz.PetitionExecute, h.dropStep),
		post("/finish", authz.PetitionExecute, h.finish),
	}}
}

func number(c echo.Context) (int64, error) {
	n, err := strconv.ParseInt(c.Param("number"), 10, 64)
	if err != nil || n < 1 {
		return 0, errs.NotFound()
	}
	return n, nil
}

func deskPath(n int64) string { return "/cabinet/petitions/" + strconv.FormatInt(n, 10) }
