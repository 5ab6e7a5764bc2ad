// Package account is the door of a person to the portal: sign-up and its
// confirmation, sign-in by password or by a provider, a forgotten password, an
// invitation, and one's own data, password, sessions and delegations.
//
// Opening a link of a letter changes nothing, since scanners of mail open every
// link: each such page shows a button, and its POST uses the link. Pages of
// secret links are not kept by any cache. Forms answer 422 with everything that
// was typed except passwords; 429 says when to come again.
package account

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// Handlers are the pages of the area.
type Handlers struct {
	id *identity.Service
}

// New builds the handlers over the use-cases.
func New(id *identity.Service) *Handlers { return &Handlers{id} }

// Area is the table of routes.
func (h *Handlers) Area() httpx.Area {
	const (
		get  = httpx.GET
		post = httpx.POST
	)
	guest, up, own := httpx.Need(authz.SignIn), httpx.Need(authz.SignUp), httpx.Need(authz.AccountSelf)
	return httpx.Area{Name: "account", Routes: []httpx.Route{
		{Method: get, Path: "/sign-up", Policy: up, Handler: h.signUpForm},
		{Method: post, Path: "/sign-up", Policy: up, Handler: h.signUp},
		{Method: get, Path: "/sign-up/sent", Policy: up, Handler: h.signUpSent},
		{Method: get, Path: "/sign-up/email", Policy: up, Handler: h.askForm},
		{Method: post, Path: "/sign-up/email", Policy: up, Handler: h.ask},
		{Method: get, Path: "/confirm/:token", Policy: up, Handler: h.confirmForm},
		{Method: post, Path: "/confirm/:token", Policy: up, Handler: h.confirm},
		{Method: post, Path: "/confirm/:token/again", Policy: up, Handler: h.confirmAgain},
		{Method: get, Path: "/confirm/sent", Policy: up, Handler: h.confirmSent},

		{Method: get, Path: "/sign-in", Policy: guest, Handler: h.signInForm},
		{Method: post, Path: "/sign-in", Policy: guest, Handler: h.signIn},
		{Method: post, Path: "/sign-out", Policy: guest, Handler: h.signOut},
		{Method: get, Path: "/oidc/:provider", Policy: guest, Handler: h.beginOIDC},
		{Method: get, Path: "/oidc/:provider/callback", Policy: guest, Handler: h.finishOIDC},

		{Method: get, Path: "/reset", Policy: guest, Handler: h.resetForm},
		{Method: post, Path: "/reset", Policy: guest, Handler: h.reset},
		{Method: get, Path: "/reset/sent", Policy: guest, Handler: h.resetSent},
		{Method: get, Path: "/reset/:token", Policy: guest, Handler: h.newPasswordForm},
		{Method: post, Path: "/reset/:token", Policy: guest, Handler: h.newPassword},
		{Method: get, Path: "/invite/:token", Policy: guest, Handler: h.inviteForm},
		{Method: post, Path: "/invite/:token", Policy: guest, Handler: h.acceptInvite},

		{Method: get, Path: "/account", Policy: own, Handler: h.profileForm},
		{Method: post, Path: "/account", Policy: own, Handler: h.saveProfile},
		{Method: post, Path: "/account/newsletter", Policy: own, Handler: h.newsletter},
		{Method: get, Path: "/account/password", Policy: own, Handler: h.passwordForm},
		{Method: post, Path: "/account/password", Policy: own, Handler: h.changePassword},
		{Method: get, Path: "/account/email", Policy: own, Handler: h.passwordForm},
		{Method: post, Path: "/account/email", Policy: own, Handler: h.changeEmail},
		{Method: get, Path: "/account/email/:token", Policy: guest, Handler: h.confirmEmailForm},
		{Method: post, Path: "/account/email/:token", Policy: guest, Handler: h.confirmEmail},
		{Method: get, Path: "/account/sessions", Policy: own, Handler: h.sessions},
		{Method: post, Path: "/account/sessions/:id/end", Policy: own, Handler: h.endSession},
		{Method: post, Path: "/account/sessions/end-others", Policy: own, Handler: h.endOthers},
		{Method: get, Path: "/account/strong/:provider", Policy: own, Handler: h.beginStrong},
		{Method: post, Path: "/account/strong/withdraw", Policy: own, Handler: h.withdrawStrong},
		{Method: get, Path: "/account/act-for", Policy: own, Handler: h.actForForm},
		{Method: post, Path: "/account/act-for", Policy: own, Handler: h.actFor},
		{Method: post, Path: "/account/act-for/stop", Policy: own, Handler: h.stopActing},

		{Method: get, Path: "/privacy", Policy: httpx.Need(authz.PublicRead), Handler: h.privacy},
		{Method: get, Path: "/privacy/:version", Policy: httpx.Need(authz.PublicRead), Handler: h.privacy},
	}}
}

// failed translates an error that the form itself can show: mistakes in fields
// (422) and attempts that came too often (429). ok is false for any other.
func failed(c echo.Context, err error) (problems []ui.FieldError, status int, ok bool) {
	if e, is := errs.As(err); is && e.Kind == errs.KindLimited {
		c.Response().Header().Set("Retry-After", e.RetrySeconds())
		return []ui.FieldError{{Text: i18n.T(httpx.Ctx(c), e.Key, e.Args...)}}, http.StatusTooManyRequests, true
	}
	list, _, ok := httpx.Problems(c, err)
	for _, p := range list {
		problems = append(problems, ui.FieldError{Field: p.Field, Text: p.Message})
	}
	return problems, http.StatusUnprocessableEntity, ok
}

// secret marks the answer of a page with a secret in its address or its form.
func secret(c echo.Context) {
	c.Response().Header().Set("Cache-Control", "no-store")
}

func client(c echo.Context) identity.Client {
	return identity.Client{UserAgent: c.Request().UserAgent(), IP: httpx.IP(c), Session: httpx.Actor(c).SessionID}
}

// enter sets the cookie of a new session and goes on to next, or to where the
// person usually begins.
func (h *Handlers) enter(c echo.Context, o identity.Opened, next string) error {
	secure := httpx.Secure(c)
	httpx.SetCookie(c, secure, httpx.CookieName(secure), o.Token, o.MaxAge)
	httpx.SetCookie(c, secure, httpx.LocaleCookie, o.Locale, 365*24*time.Hour)
	a, err := h.id.Resolve(httpx.Ctx(c), o.Token)
	if err != nil {
		return err
	}
	return httpx.See(c, httpx.SafeNext(next, home(a)))
}

// home is where a person begins.
func home(a authz.Actor) string {
	switch {
	case a.Can(authz.CabinetRead):
		return "/cabinet"
	case a.Can(authz.AdminRead):
		return "/admin"
	case a.SignedIn():
		return "/appeals"
	default:
		return "/"
	}
}

func t(c echo.Context, key string, args ...any) string { return i18n.T(httpx.Ctx(c), key, args...) }

// frame is the page around a form of this area: nothing for a search engine.
func frame(c echo.Context, title string) layout.Page {
	p := httpx.Page(c, title)
	p.NoIndex = true
	p.Crumbs = []layout.Crumb{{Label: title}}
	return p
}
