// Package httpx is what every area of the web shares: route tables with a
// policy each, the middleware in its order, the actor and the locale of a
// request, forms, flashes, pages, and the one function that renders errors.
//
// An area hands over a table, never takes the router, so a route without a
// policy cannot exist: Build refuses to start with one. Handlers return errors.
package httpx

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
)

// Policy says what a request must be allowed to do to reach the handler. The
// zero value is no policy and does not start. Make one with Need.
type Policy struct {
	action authz.Action
}

// Need lets those pass whose roles allow the action. Guests who lack it are
// asked to sign in, others get 403: a route says nothing of any record, so it
// reveals nothing.
func Need(a authz.Action) Policy { return Policy{action: a} }

// Action is what the policy needs.
func (p Policy) Action() authz.Action { return p.action }

// Route is one line of an area's table.
type Route struct {
	Method  string
	Path    string
	Policy  Policy
	Handler echo.HandlerFunc
}

// Area is the table of routes of one area of the web.
type Area struct {
	Name   string
	Routes []Route
}

// Frozen lists every route of the areas, sorted by path and method; the matrix
// test walks it.
func Frozen(areas []Area) []Route {
	var out []Route
	for _, a := range areas {
		out = append(out, a.Routes...)
	}
	slices.SortFunc(out, func(a, b Route) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return out
}

// register puts the tables on the router. A route without a policy, or one that
// stands twice, is an error of the program.
func register(e *echo.Echo, areas []Area) error {
	seen := map[string]string{}
	for _, a := range areas {
		for _, r := range a.Routes {
			id := r.Method + " " + r.Path
			if r.Policy.action == "" {
				return fmt.Errorf("area %s: route %s has no policy", a.Name, id)
			}
			if other, dup := seen[id]; dup {
				return fmt.Errorf("route %s stands in areas %s and %s", id, other, a.Name)
			}
			seen[id] = a.Name
			e.Add(r.Method, r.Path, r.Handler, guard(r.Policy))
			if r.Method == GET { // RFC 9110, 9.1: a server supports both; net/http leaves the body out
				e.Add(http.MethodHead, r.Path, r.Handler, guard(r.Policy))
			}
		}
	}
	return nil
}

func guard(p Policy) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			a := Actor(c)
			if a.Can(p.action) {
				return next(c)
			}
			if !a.SignedIn() {
				return errs.Unauthenticated()
			}
			return errs.Forbidden("errors.forbidden")
		}
	}
}

type ctxKey int

const (
	actorKey ctxKey = iota
	flashKey
	typedKey
)

// WithActor puts the actor into the context of a request.
func WithActor(ctx context.Context, a authz.Actor) context.Context {
	return context.WithValue(ctx, actorKey, a)
}

// Actor is who makes the request; a guest without a session.
func Actor(c echo.Context) authz.Actor {
	a, _ := c.Request().Context().Value(actorKey).(authz.Actor)
	return a
}

// Ctx is the context of the request.
func Ctx(c echo.Context) context.Context { return c.Request().Context() }

// Shorthands for tables.
const (
	GET  = http.MethodGet
	POST = http.MethodPost
)
