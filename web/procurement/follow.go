package procurement

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
	"ereception/templates/layout"
	page "ereception/templates/procurement"
	"ereception/web/httpx"
)

const ownURL = "/account/purchases"

// followForm is the button of a search. A guest presses it too: he signs in and
// comes back to the question whether he wants to follow this search.
func (h *Handlers) followForm(c echo.Context, q dom.Query) templ.Component {
	a := httpx.Actor(c)
	p := page.FollowBox{Query: queryText(q), Guest: !a.SignedIn(), RSS: "/procurement/search.rss?" + queryText(q)}
	if a.Can(authz.PurchaseFollow) {
		list, err := h.svc.Subscriptions(httpx.Ctx(c), a)
		if err == nil { // the button is no reason to fail the page
			for _, s := range list {
				p.Already = p.Already || s.Query == p.Query
			}
		}
	}
	return page.Follow(p)
}

// queryText is a search as a subscription keeps it: canonical, without page and order.
func queryText(q dom.Query) string {
	q.Page, q.Sort = 0, ""
	return q.Values().Encode()
}

// queryOf reads a search from its text; errs.Invalid when it is none.
func queryOf(text string) (dom.Query, error) {
	v, err := url.ParseQuery(text)
	if err != nil {
		return dom.Query{}, errs.Invalid("purchases.err.search").Because(err)
	}
	q, bad := dom.ParseQuery(v)
	if err := bad.OrNil(); err != nil {
		return q, errs.Invalid("purchases.err.search").Because(err)
	}
	return q, nil
}

// followFrame is the frame of these pages, below the purchases.
func (h *Handlers) followFrame(c echo.Context, titleKey string) layout.Page {
	ctx := httpx.Ctx(c)
	p := httpx.Page(c, i18n.T(ctx, titleKey))
	p.NoIndex = true
	p.Crumbs = []layout.Crumb{{Label: i18n.T(ctx, "purchases.embed.title"), Href: "/procurement"}, {Label: p.Title}}
	return p
}

// confirmFollow is where a person stands after the sign-in: with the search of
// the button that he had pressed, or with that of a link.
func (h *Handlers) confirmFollow(c echo.Context) error {
	text := c.QueryParam("q")
	if v, ok := httpx.Typed(c); ok {
		text = v.Get("q")
	}
	q, err := queryOf(text)
	if err != nil {
		return err
	}
	ctx := httpx.Ctx(c)
	p := h.followFrame(c, "purchases.follow.confirm")
	return httpx.Render(c, http.StatusOK, page.ConfirmFollow(page.FollowPage{Page: p, Search: describe(ctx, q), Query: queryText(q), Back: searchURL(q)}))
}

func (h *Handlers) follow(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	q, err := queryOf(v.Get("q"))
	if err != nil {
		return err
	}
	if _, err := h.svc.Follow(httpx.Ctx(c), httpx.Actor(c), q); err != nil {
		return err
	}
	httpx.Flash(c, "purchases.follow.done")
	return httpx.See(c, searchURL(q))
}

func (h *Handlers) following(c echo.Context) error {
	ctx := httpx.Ctx(c)
	list, err := h.svc.Subscriptions(ctx, httpx.Actor(c))
	if err != nil {
		return err
	}
	p := page.FollowingPage{Page: h.followFrame(c, "purchases.own.h1")}
	for _, s := range list {
		f := page.Followed{
			Href: "/procurement/search?" + s.Query, Since: i18n.T(ctx, "purchases.own.since", "date", i18n.Date(ctx, s.CreatedAt)),
			News: newsWords(ctx, s), End: ownURL, ID: id(s.ID), Ver: strconv.Itoa(s.Version),
		}
		f.Search = searchWords(ctx, s.Query)
		p.List = append(p.List, f)
	}
	return httpx.Render(c, http.StatusOK, page.Following(p))
}

// searchWords says a kept search in words.
func searchWords(ctx context.Context, text string) string {
	q, err := queryOf(text)
	if err != nil {
		return text // of a former version of the search
	}
	return describe(ctx, q)
}

func newsWords(ctx context.Context, s dom.Subscription) string {
	if !s.SeenAt.After(s.CreatedAt) {
		return i18n.T(ctx, "purchases.own.no_news")
	}
	return i18n.T(ctx, "purchases.own.news", "date", i18n.DateTime(ctx, s.SeenAt))
}

func (h *Handlers) endFollowing(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	n, _ := strconv.ParseInt(v.Get("id"), 10, 64)
	if err := h.svc.Unfollow(httpx.Ctx(c), httpx.Actor(c), n, httpx.Version(v.Get("version"))); err != nil {
		return err
	}
	httpx.Flash(c, "purchases.own.ended")
	return httpx.See(c, ownURL)
}

func (h *Handlers) unfollowPage(c echo.Context) error {
	s, err := h.svc.SubscriptionByToken(httpx.Ctx(c), c.Param("token"))
	if err != nil {
		return err
	}
	return h.showUnfollow(c, s)
}

func (h *Handlers) showUnfollow(c echo.Context, s dom.Subscription) error {
	ctx := httpx.Ctx(c)
	p := page.UnfollowPage{Search: searchWords(ctx, s.Query), Href: "/procurement/search?" + s.Query}
	if s.EndedAt == nil {
		p.Page = h.followFrame(c, "purchases.unfollow.h1")
		p.Action = "/procurement/unfollow/" + url.PathEscape(c.Param("token"))
	} else {
		p.Page = h.followFrame(c, "purchases.unfollow.done")
	}
	p.Page.Path = "/procurement" // the switch of languages must not take the token along
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return httpx.Render(c, http.StatusOK, page.Unfollow(p))
}

// unfollow ends a subscription by the link of a letter. RFC 8058: a mail program
// presses it without a session and follows no redirect, so the answer is the
// page itself; a second press finds it ended.
func (h *Handlers) unfollow(c echo.Context) error {
	ctx := httpx.Ctx(c)
	if err := h.svc.UnfollowByToken(ctx, c.Param("token")); err != nil {
		return err
	}
	s, err := h.svc.SubscriptionByToken(ctx, c.Param("token"))
	if err != nil {
		return err
	}
	return h.showUnfollow(c, s)
}
