// Package admin is the administrator's part of the cabinets: people of the
// service, registers of the city, the working calendar, imports, the trail of
// changes.
//
// The registers (units, posts, topics, streets, districts, models of answers) go
// through one set of handlers: each gives a table of what differs (registers.go).
// A form that does not pass is shown again with 422 and everything that was
// typed; a save of a stale version is 409 and shows both versions side by side.
package admin

import (
	"context"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/audit"
	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/identity"
	"ereception/internal/platform/clock"
	"ereception/web/httpx"
)

// People is what the pages need of identity.
type People interface {
	People(ctx context.Context, a authz.Actor, q identity.PeopleQuery) ([]identity.PersonRow, error)
	PersonByID(ctx context.Context, a authz.Actor, id int64) (identity.PersonCard, error)
	Invite(ctx context.Context, a authz.Actor, in identity.Invitation) (int64, error)
	InviteAgain(ctx context.Context, a authz.Actor, personID int64) error
	GrantRole(ctx context.Context, a authz.Actor, personID int64, r authz.Role) error
	RevokeRole(ctx context.Context, a authz.Actor, personID int64, r authz.Role) error
	Block(ctx context.Context, a authz.Actor, personID int64, version int) error
	Unblock(ctx context.Context, a authz.Actor, personID int64, version int) error
	StrongOfPerson(ctx context.Context, personID int64) (*identity.Strong, error)
	WithdrawStrong(ctx context.Context, a authz.Actor, personID int64) error
	ProviderName(id string) string
}

// Handlers serve the area.
type Handlers struct {
	city   *city.City
	people People
	trail  *audit.Reader
	clock  clock.Clock
	kept   keptFiles

	purchases Purchases // nil: the portal mirrors no purchases
	mirror    Mirror

	petitions Petitions // nil: the portal has no petitions

	appeals      Appeals      // nil: nobody asks what an official has in hand
	petitionWork PetitionWork // nil: the same of petitions

	letters Letters // nil: nobody asks what letters wait
}

// New makes the area.
func New(c *city.City, people People, trail *audit.Reader, clk clock.Clock) *Handlers {
	return &Handlers{city: c, people: people, trail: trail, clock: clk, kept: keptFiles{clock: clk}}
}

// Area is the table of routes.
func (h *Handlers) Area() httpx.Area {
	read, people := httpx.Need(authz.AdminRead), httpx.Need(authz.PeopleManage)
	manage, trail := httpx.Need(authz.CityManage), httpx.Need(authz.TrailRead)
	r := []httpx.Route{
		{Method: httpx.GET, Path: "/admin", Policy: read, Handler: h.overview},

		{Method: httpx.GET, Path: "/admin/people", Policy: people, Handler: h.peopleList},
		{Method: httpx.GET, Path: "/admin/people/invite", Policy: people, Handler: h.inviteForm},
		{Method: httpx.POST, Path: "/admin/people/invite", Policy: people, Handler: h.invite},
		{Method: httpx.GET, Path: "/admin/people/:id", Policy: people, Handler: h.person},
		{Method: httpx.POST, Path: "/admin/people/:id/invite", Policy: people, Handler: h.inviteAgain},
		{Method: httpx.POST, Path: "/admin/people/:id/grant", Policy: people, Handler: h.grant},
		{Method: httpx.POST, Path: "/admin/people/:id/revoke", Policy: people, Handler: h.revoke},
		{Method: httpx.POST, Path: "/admin/people/:id/appoint", Policy: people, Handler: h.appoint},
		{Method: httpx.POST, Path: "/admin/people/:id/appointments/:term/end", Policy: people, Handler: h.endAppointment},
		{Method: httpx.POST, Path: "/admin/people/:id/delegate", Policy: people, Handler: h.delegate},
		{Method: httpx.POST, Path: "/admin/people/:id/delegations/:term/end", Policy: people, Handler: h.endDelegation},
		{Method: httpx.POST, Path: "/admin/people/:id/active", Policy: people, Handler: h.block},
		{Method: httpx.POST, Path: "/admin/people/:id/handover", Policy: people, Handler: h.handOverPerson},
		{Method: httpx.POST, Path: "/admin/units/:id/handover", Policy: manage, Handler: h.handOverUnit},
		{Method: httpx.POST, Path: "/admin/people/:id/strong/withdraw", Policy: people, Handler: h.withdrawStrong},

		{Method: httpx.GET, Path: "/admin/calendar", Policy: manage, Handler: h.calendar},
		{Method: httpx.POST, Path: "/admin/calendar/day", Policy: manage, Handler: h.calendarDay},
		{Method: httpx.POST, Path: "/admin/calendar/drop", Policy: manage, Handler: h.calendarDrop},
		{Method: httpx.POST, Path: "/admin/calendar/regime", Policy: manage, Handler: h.calendarRegime},

		{Method: httpx.GET, Path: "/admin/import", Policy: manage, Handler: h.importForm(h.registerImport())},
		{Method: httpx.POST, Path: "/admin/import", Policy: manage, Handler: h.importFile(h.registerImport())},

		{Method: httpx.GET, Path: "/admin/trail", Policy: trail, Handler: h.trailSearch},
		{Method: httpx.GET, Path: "/admin/trail/:table/:row", Policy: trail, Handler: h.trailRecord},
		{Method: httpx.POST, Path: "/admin/trail/:table/:row", Policy: trail, Handler: h.trailLook},
	}
	for _, g := range h.registers() {
		base := "/admin/" + g.slug
		r = append(r,
			httpx.Route{Method: httpx.GET, Path: base, Policy: manage, Handler: g.list},
			httpx.Route{Method: httpx.GET, Path: base + "/new", Policy: manage, Handler: h.newRecord(g)},
			httpx.Route{Method: httpx.POST, Path: base, Policy: manage, Handler: h.createRecord(g)},
			httpx.Route{Method: httpx.GET, Path: base + "/:id", Policy: manage, Handler: h.editRecord(g)},
			httpx.Route{Method: httpx.POST, Path: base + "/:id", Policy: manage, Handler: h.updateRecord(g)},
			httpx.Route{Method: httpx.POST, Path: base + "/:id/active", Policy: manage, Handler: h.toggleRecord(g)},
		)
	}
	r = append(r, h.buyerRoutes()...)
	return httpx.Area{Name: "admin", Routes: append(r, h.petitionRoutes()...)}
}

// keptFiles holds files between the dry run and the import, so that what was
// looked at is what is imported, and a form that comes back has its file still. They live in memory for a quarter of an hour;
// whoever comes later chooses the file again.
type keptFiles struct {
	clock clock.Clock
	mu    sync.Mutex
	m     map[string]keptFile
}

type keptFile struct {
	token string // under which it is kept; empty when it is not
	owner int64
	name  string
	body  []byte
	until time.Time
}

const (
	keepFor  = 15 * time.Minute
	keepMost = 8 // files; the oldest goes
)

func (k *keptFiles) put(f keptFile) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.clock.Now()
	f.until = now.Add(keepFor)
	if k.m == nil {
		k.m = map[string]keptFile{}
	}
	oldest := ""
	for t, o := range k.m {
		if o.until.Before(now) || o.owner == f.owner { // one file a person
			delete(k.m, t)
		} else if oldest == "" || o.until.Before(k.m[oldest].until) {
			oldest = t
		}
	}
	if len(k.m) >= keepMost {
		delete(k.m, oldest)
	}
	k.m[f.token] = f
}

func (k *keptFiles) get(token string, owner int64) (keptFile, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f, ok := k.m[token]
	if !ok || f.owner != owner || f.until.Before(k.clock.Now()) {
		return keptFile{}, false
	}
	return f, true
}

func (k *keptFiles) drop(token string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.m, token)
}

func id(c echo.Context, name string) int64 { return number(c.Param(name)) }
