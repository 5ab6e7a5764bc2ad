// Package web puts the areas together: the order of the middleware and the
// list of the doors, nothing else. The order is in httpx.Build: request id,
// headers, recover, cross-origin protection and the limit of the body, locale,
// session, and, per route, its policy.
package web

import (
	"net/http"

	"ereception/web/httpx"
)

// New makes the handler of the portal from the areas that the composition root built.
func New(o httpx.Options) (http.Handler, error) { return httpx.Build(o) }
