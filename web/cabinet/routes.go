// Package cabinet is the office on the web: queues, the desk of one case with
// the actions that role and state allow, and the manager's overview.
//
// One case page shows at most one form: that of the action to be taken now, or
// the one that the reader chose. Each action has an address of its own,
// /cabinet/appeals/NUMBER/ACTION: GET shows the page with its form, POST does
// it. So every action is a plain link and a plain form, and a form that was
// sent after the session had ended comes back filled (httpx.Typed).
//
// A mistake in a form is answered with 422 and the same page with what was
// typed; a change that somebody was quicker with is 409 and the present state,
// with both versions side by side. Who may do what is not decided
// here: the buttons follow the same rules of the domain that guard the deed.
package cabinet

import (
	"ereception/internal/authz"
	"ereception/internal/platform/clock"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
)

// Handlers answers the requests of the office.
type Handlers struct {
	appeals *dom.Service
	clock   clock.Clock
	choices choiceCache
}

// New builds the handlers over the use-cases of appeals.
func New(s *dom.Service, c clock.Clock) *Handlers {
	return &Handlers{appeals: s, clock: c, choices: choiceCache{m: map[string]choices{}}}
}

// Area is the table of routes.
func (h *Handlers) Area() httpx.Area {
	const (
		get, post = httpx.GET, httpx.POST
		one       = "/cabinet/appeals/:number"
	)
	read := httpx.Need(authz.CabinetRead)
	routes := []httpx.Route{
		{Method: get, Path: "/cabinet", Policy: read, Handler: h.home},
		{Method: get, Path: "/cabinet/search", Policy: read, Handler: h.search},
		{Method: get, Path: "/cabinet/appeals", Policy: read, Handler: h.queue},
		{Method: get, Path: "/cabinet/export.csv", Policy: httpx.Need(authz.AppealExport), Handler: h.export},
		{Method: get, Path: "/cabinet/sets", Policy: httpx.Need(authz.CabinetSets), Handler: h.sets},
		{Method: post, Path: "/cabinet/sets", Policy: httpx.Need(authz.CabinetSets), Handler: h.saveSet},
		{Method: get, Path: "/cabinet/sets/:id/drop", Policy: httpx.Need(authz.CabinetSets), Handler: h.sets},
		{Method: post, Path: "/cabinet/sets/:id/drop", Policy: httpx.Need(authz.CabinetSets), Handler: h.dropSet},
		{Method: get, Path: "/cabinet/bulk/print", Policy: read, Handler: h.print},
		{Method: get, Path: "/cabinet/desk", Policy: httpx.Need(authz.AnswerSign), Handler: h.desk},
		{Method: get, Path: one, Policy: read, Handler: h.show},
		{Method: get, Path: one + "/next", Policy: read, Handler: h.neighbour(false)},
		{Method: get, Path: one + "/prev", Policy: read, Handler: h.neighbour(true)},
		{Method: get, Path: one + "/contacts", Policy: httpx.Need(authz.ContactRead), Handler: h.back},
		{Method: post, Path: one + "/contacts", Policy: httpx.Need(authz.ContactRead), Handler: h.contacts},
	}
	for _, act := range dom.BulkActs {
		policy := httpx.Need(bulkActs[act].action)
		routes = append(routes,
			httpx.Route{Method: get, Path: bulkURL(act), Policy: policy, Handler: h.bulkForm(act)},
			httpx.Route{Method: post, Path: bulkURL(act), Policy: policy, Handler: h.bulk(act)})
	}
	for _, f := range forms {
		policy := httpx.Need(f.action)
		routes = append(routes,
			httpx.Route{Method: get, Path: one + "/" + f.name, Policy: policy, Handler: h.showForm(f.name)},
			httpx.Route{Method: post, Path: one + "/" + f.name, Policy: policy, Handler: h.post(f)})
	}
	return httpx.Area{Name: "cabinet", Routes: routes}
}
