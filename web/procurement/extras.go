package procurement

import (
	"ereception/internal/authz"
	"ereception/web/httpx"
)

// extraRoutes are the pages around the purchases: following a search, the
// explanation of the buyer, and what other sites show.
func (h *Handlers) extraRoutes() []httpx.Route {
	read, follow, explain := httpx.Need(authz.PublicRead), httpx.Need(authz.PurchaseFollow), httpx.Need(authz.PurchaseExplain)
	return []httpx.Route{
		{Method: httpx.GET, Path: "/procurement/embed", Policy: read, Handler: h.embed},
		{Method: httpx.GET, Path: "/procurement/contracts/:number/badge.svg", Policy: read, Handler: h.badge},

		{Method: httpx.GET, Path: "/procurement/follow", Policy: follow, Handler: h.confirmFollow},
		{Method: httpx.POST, Path: "/procurement/follow", Policy: follow, Handler: h.follow},
		{Method: httpx.GET, Path: "/account/purchases", Policy: follow, Handler: h.following},
		{Method: httpx.POST, Path: "/account/purchases", Policy: follow, Handler: h.endFollowing},
		// The link of a letter works for whoever holds it: a mail program presses it without a session.
		{Method: httpx.GET, Path: "/procurement/unfollow/:token", Policy: read, Handler: h.unfollowPage},
		{Method: httpx.POST, Path: "/procurement/unfollow/:token", Policy: read, Handler: h.unfollow},

		{Method: httpx.GET, Path: "/procurement/tenders/:number/explain", Policy: explain, Handler: h.explainPage},
		{Method: httpx.POST, Path: "/procurement/tenders/:number/explain", Policy: explain, Handler: h.explain},
	}
}
