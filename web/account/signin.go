package account

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/identity"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	page "ereception/templates/account"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

func (h *Handlers) signInForm(c echo.Context) error {
	next := httpx.SafeNext(c.QueryParam("next"), "")
	if a := httpx.Actor(c); a.SignedIn() {
		return httpx.See(c, httpx.SafeNext(next, home(a)))
	}
	return h.showSignIn(c, http.StatusOK, signInForm{Next: next}, nil, nil)
}

// showSignIn shows the page; err is what came of the attempt, and says what the page advises.
func (h *Handlers) showSignIn(c echo.Context, status int, f signInForm, problems []ui.FieldError, err error) error {
	next := httpx.SafeNext(f.Next, "")
	p := frame(c, t(c, "account.sign_in.h1"))
	p.SignIn = ""
	out := page.SignInPage{Page: p, Email: f.Email, Next: next, Asked: next != "", Parked: strings.Contains(next, "?parked="), Problems: problems, SignUp: "/sign-up"}
	if e, ok := errs.As(err); ok {
		out.Lost = e.Key == "account.error_sign_in"
	}
	for _, v := range h.id.Providers() {
		href := "/oidc/" + v.ID
		if next != "" {
			href += "?next=" + url.QueryEscape(next)
		}
		out.Providers = append(out.Providers, page.Provider{Name: v.Name, Href: href, Strong: v.Strong})
	}
	return httpx.Render(c, status, page.SignIn(out))
}

func (h *Handlers) signIn(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	f := parseSignIn(v)
	o, err := h.id.SignIn(httpx.Ctx(c), identity.Credentials{Email: f.Email, Password: f.Password, Client: client(c)})
	if problems, status, ok := failed(c, err); ok {
		return h.showSignIn(c, status, f, problems, err)
	}
	if err != nil {
		return err
	}
	return h.enter(c, o, f.Next)
}

func (h *Handlers) signOut(c echo.Context) error {
	err := h.id.SignOut(httpx.Ctx(c), httpx.Actor(c))
	if err != nil && !errs.Is(err, errs.KindNotFound) { // ended meanwhile by another window: it is out all the same
		return err
	}
	secure := httpx.Secure(c)
	httpx.SetCookie(c, secure, httpx.CookieName(secure), "", 0)
	httpx.Flash(c, "account.signed_out")
	return httpx.See(c, "/")
}

// oidcCookie carries the flow of a sign-in by a provider, askCookie who waits
// to tell his address. Both are signed and short-lived.
func oidcCookie(c echo.Context) string { return httpx.CookieName(httpx.Secure(c)) + "_oidc" }
func askCookie(c echo.Context) string  { return httpx.CookieName(httpx.Secure(c)) + "_ask" }

func cookie(c echo.Context, name string) string {
	k, err := c.Cookie(name)
	if err != nil {
		return ""
	}
	return k.Value
}

func (h *Handlers) beginOIDC(c echo.Context) error {
	to, flow, err := h.id.BeginOIDC(httpx.Ctx(c), c.Param("provider"), httpx.SafeNext(c.QueryParam("next"), ""))
	if err != nil {
		return err
	}
	secret(c)
	httpx.SetCookie(c, httpx.Secure(c), oidcCookie(c), flow, identity.FlowLife)
	return httpx.See(c, to)
}

func (h *Handlers) finishOIDC(c echo.Context) error {
	secret(c)
	ctx := httpx.Ctx(c)
	flow := cookie(c, oidcCookie(c))
	httpx.SetCookie(c, httpx.Secure(c), oidcCookie(c), "", 0)
	came, err := h.id.FinishOIDC(ctx, identity.Return{
		Provider: c.Param("provider"), Cookie: flow, State: c.QueryParam("state"), Code: c.QueryParam("code"),
		Refusal: c.QueryParam("error"), Locale: i18n.Locale(ctx), Client: client(c), Actor: httpx.Actor(c),
	})
	if problems, status, ok := failed(c, err); ok {
		if httpx.Actor(c).SignedIn() {
			return h.notConfirmed(c, problems)
		}
		return h.showSignIn(c, status, signInForm{Next: came.Next}, problems, err)
	}
	if err != nil {
		return err
	}
	if came.Confirmed {
		httpx.Flash(c, "account.strong_done")
		return httpx.See(c, httpx.SafeNext(came.Next, "/account"))
	}
	if came.Ask != "" {
		httpx.SetCookie(c, httpx.Secure(c), askCookie(c), came.Ask, identity.AskLife)
		return httpx.See(c, "/sign-up/email")
	}
	if to := ownPageOf(came.Refused); to != "" {
		came.Next = to
	}
	return h.enter(c, came.Opened, came.Next)
}

// askForm asks whom a provider sent without an address for one.
func (h *Handlers) askForm(c echo.Context) error {
	a, err := h.id.Ask(cookie(c, askCookie(c)))
	if err != nil {
		return httpx.See(c, "/sign-in")
	}
	return h.showSignUp(c, http.StatusOK, signUpForm{Name: a.Name}, a.Provider, nil)
}

func (h *Handlers) ask(c echo.Context) error {
	ctx := httpx.Ctx(c)
	token := cookie(c, askCookie(c))
	a, err := h.id.Ask(token)
	if err != nil {
		return httpx.See(c, "/sign-in")
	}
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	f := parseSignUp(v)
	err = h.id.SignUpOIDC(ctx, token, f.account(i18n.Locale(ctx), httpx.IP(c)))
	if problems, status, ok := failed(c, err); ok {
		return h.showSignUp(c, status, f, a.Provider, problems)
	}
	if err != nil {
		return err
	}
	httpx.SetCookie(c, httpx.Secure(c), askCookie(c), "", 0)
	return httpx.See(c, "/sign-up/sent")
}
