package admin

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ereception/internal/audit"
	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/identity"
	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// registerTables are those whose changes the first page tells.
var registerTables = []string{"units", "posts", "topics", "streets", "districts", "calendars", "reply_templates", "appointments", "delegations", "role_grants"}

var staffQuery = identity.PeopleQuery{Staff: true, Limit: 200}

func (h *Handlers) overview(c echo.Context) error {
	ctx, actor := httpx.Ctx(c), httpx.Actor(c)
	d, err := h.city.Directory(ctx)
	if err != nil {
		return err
	}
	streets, err := h.city.CountStreets(ctx)
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "admin.overview.title")
	p := admin.OverviewPage{Head: admin.Head{Frame: httpx.Office(c, title, "admin"), Title: title, Lead: i18n.T(ctx, "admin.overview.lead")}}
	tile := func(n int, key, href string) {
		p.Tiles = append(p.Tiles, ui.TileProps{Value: i18n.Num(ctx, n), Label: i18n.T(ctx, key), Href: href})
	}
	if actor.Can(authz.PeopleManage) {
		staff, err := h.people.People(ctx, actor, staffQuery)
		if err != nil {
			return err
		}
		tile(len(staff), "admin.people.staff", "/admin/people")
		p.Tasks = append(p.Tasks, ui.Link{Href: "/admin/people/invite", Label: i18n.T(ctx, "admin.people.invite")})
	}
	units, topics, constituencies := 0, 0, 0
	for _, u := range d.Units {
		if u.Active {
			units++
		}
	}
	for _, t := range d.Topics {
		if t.Active {
			topics++
		}
	}
	demo := false
	for _, x := range d.Districts {
		if x.Kind == city.Constituency && x.Active {
			constituencies++
			demo = demo || x.Demo
		}
	}
	tile(units, "admin.units.title", "/admin/units")
	tile(topics, "admin.topics.title", "/admin/topics")
	tile(streets, "admin.streets.title", "/admin/streets")
	tile(constituencies, "city.kinds.constituency", "/admin/districts?kind=constituency")
	if units == 0 {
		p.Tasks = append(p.Tasks, ui.Link{Href: "/admin/import?kind=units", Label: i18n.T(ctx, "admin.overview.import_units")})
	}
	if constituencies == 0 || demo {
		p.Tasks = append(p.Tasks, ui.Link{Href: "/admin/import?kind=districts", Label: i18n.T(ctx, "admin.overview.import_districts")})
	}
	p.Tasks = append(p.Tasks,
		ui.Link{Href: "/admin/calendar", Label: i18n.T(ctx, "admin.overview.calendar")},
		ui.Link{Href: "/admin/import", Label: i18n.T(ctx, "admin.import.title")},
	)
	if actor.Can(authz.TrailRead) {
		list, _, err := h.trail.Actions(ctx, actor, audit.Query{Tables: registerTables, Limit: 5})
		if err != nil {
			return err
		}
		if p.Recent, err = h.actions(ctx, list, audit.Record{}); err != nil {
			return err
		}
	}
	return httpx.Render(c, http.StatusOK, admin.Overview(p))
}
