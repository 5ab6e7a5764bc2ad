package admin

import (
	"context"
	"net/http"
	"slices"
	"time"

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
		if err := h.mendPeople(ctx, &p, actor, d); err != nil {
			return err
		}
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
	mendTopics(ctx, &p, d)
	if err := h.mendLetters(ctx, &p, actor); err != nil {
		return err
	}
	tile(units, "admin.units.title", "/admin/units")
	tile(topics, "admin.topics.title", "/admin/topics")
	tile(streets, "admin.streets.title", "/admin/streets")
	tile(constituencies, "city.kinds.constituency", "/admin/districts?kind=constituency")
	// In the order in which a new portal is put to work: whoever is invited is
	// appointed to a post, and a post belongs to a unit.
	if units == 0 {
		p.Tasks = append(p.Tasks, ui.Link{Href: "/admin/import?kind=units", Label: i18n.T(ctx, "admin.overview.import_units")})
	}
	if len(d.Posts) == 0 {
		p.Tasks = append(p.Tasks, ui.Link{Href: "/admin/posts", Label: i18n.T(ctx, "admin.overview.posts")})
	}
	if actor.Can(authz.PeopleManage) {
		p.Tasks = append(p.Tasks, ui.Link{Href: "/admin/people/invite", Label: i18n.T(ctx, "admin.people.invite")})
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

// shownToMend is how many of a kind are named on the first page; the rest are a link away.
const shownToMend = 4

// soon is within what the end of a term is told beforehand.
const soon = 14 * 24 * time.Hour

// mend adds a kind of things to see to; none of them adds nothing.
func mend(ctx context.Context, p *admin.OverviewPage, key string, all []ui.Link, more string) {
	if len(all) == 0 {
		return
	}
	m := admin.Mend{Title: i18n.N(ctx, "admin.mend."+key, len(all)), Text: i18n.T(ctx, "admin.mend."+key+"_text"), Links: all}
	if len(all) > shownToMend {
		m.Links, m.More = all[:shownToMend], ui.Link{Href: more, Label: i18n.T(ctx, "admin.mend.all")}
	}
	p.Mend = append(p.Mend, m)
}

// mendPeople says who cannot do what his role is for, whose post ends, and where nobody works.
func (h *Handlers) mendPeople(ctx context.Context, p *admin.OverviewPage, actor authz.Actor, d *city.Directory) error {
	list := func(q identity.PeopleQuery) (out []ui.Link, err error) {
		q.Staff, q.Limit = true, 200
		people, err := h.people.People(ctx, actor, q)
		for _, x := range people {
			if q.Status != identity.Pending || x.Invited {
				out = append(out, ui.Link{Href: "/admin/people/" + idText(x.ID), Label: x.Name})
			}
		}
		return out, err
	}
	bare, err := list(identity.PeopleQuery{NoPost: true})
	if err != nil {
		return err
	}
	mend(ctx, p, "bare", bare, "/admin/people?post=none")
	invited, err := list(identity.PeopleQuery{Status: identity.Pending})
	if err != nil {
		return err
	}
	mend(ctx, p, "invited", invited, "/admin/people?status=pending")
	today := h.city.Today()
	now, err := h.city.Holders(ctx, today)
	if err != nil {
		return err
	}
	later, err := h.city.Holders(ctx, today.Add(soon))
	if err != nil {
		return err
	}
	stays, works := map[int64]bool{}, map[int64]bool{}
	for _, holders := range later {
		for _, x := range holders {
			stays[x.PersonID] = true
		}
	}
	var ending, idle []ui.Link
	for _, post := range d.Posts {
		for _, x := range now[post.ID] {
			works[post.UnitID] = true
			if x.ValidTo != nil && !stays[x.PersonID] {
				ending = append(ending, ui.Link{Href: "/admin/people/" + idText(x.PersonID), Label: x.PersonName + ", " + i18n.DayMonth(ctx, *x.ValidTo)})
			}
		}
	}
	mend(ctx, p, "ending", ending, "/admin/people")
	for _, u := range d.Units {
		if u.Active && !works[u.ID] {
			idle = append(idle, ui.Link{Href: "/admin/units/" + idText(u.ID), Label: u.Name(i18n.Locale(ctx))})
		}
	}
	mend(ctx, p, "idle", idle, "/admin/units")
	return nil
}

// mendTopics says which topics lead to no unit: an appeal of such a topic waits for a specialist.
func mendTopics(ctx context.Context, p *admin.OverviewPage, d *city.Directory) {
	parent := map[int64]bool{}
	for _, t := range d.Topics {
		if t.ParentID != nil {
			parent[*t.ParentID] = true
		}
	}
	var bare []ui.Link
	for _, t := range d.Topics {
		if t.Active && t.UnitID == nil && !parent[t.ID] {
			bare = append(bare, ui.Link{Href: "/admin/topics/" + idText(t.ID), Label: t.Name(i18n.Locale(ctx))})
		}
	}
	mend(ctx, p, "topics", bare, "/admin/topics")
}

// mendLetters says that letters do not go out, which nobody but the administrator can mend.
func (h *Handlers) mendLetters(ctx context.Context, p *admin.OverviewPage, actor authz.Actor) error {
	if h.letters == nil {
		return nil
	}
	n, since, err := h.letters.Waiting(ctx, actor)
	if err != nil || n == 0 {
		return err
	}
	p.Mend = slices.Insert(p.Mend, 0, admin.Mend{
		Title: i18n.N(ctx, "admin.mend.letters", n), Text: i18n.T(ctx, "admin.mend.letters_text", "since", i18n.DateTime(ctx, since)),
	})
	return nil
}
