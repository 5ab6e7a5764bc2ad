package account

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ereception/internal/identity"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	page "ereception/templates/account"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// beginStrong sends a signed-in person to a strong provider to confirm who he
// is. It is a link, because the policy of our pages lets no form lead to another
// site; a link on somebody else's page does not begin it.
func (h *Handlers) beginStrong(c echo.Context) error {
	if c.Request().Header.Get("Sec-Fetch-Site") == "cross-site" {
		return httpx.See(c, "/account")
	}
	to, flow, err := h.id.BeginStrong(httpx.Ctx(c), httpx.Actor(c), c.Param("provider"), httpx.SafeNext(c.QueryParam("next"), ""))
	if err != nil {
		return err
	}
	secret(c)
	httpx.SetCookie(c, httpx.Secure(c), oidcCookie(c), flow, identity.FlowLife)
	return httpx.See(c, to)
}

// notConfirmed shows a signed-in person on his own page what went wrong.
func (h *Handlers) notConfirmed(c echo.Context, problems []ui.FieldError) error {
	p, err := h.id.Self(httpx.Ctx(c), httpx.Actor(c))
	if err != nil {
		return err
	}
	return h.showProfile(c, http.StatusUnprocessableEntity, p, formOf(p), problems, nil, false)
}

// strongRefusals are what a sign-in by a strong provider could not confirm, by
// the word in the address of one's own page.
var strongRefusals = map[string]string{
	"account.error_strong_taken": "taken", "account.error_strong_other": "other",
}

// ownPageOf is where a person goes whose identity was not confirmed by the way;
// empty when there is nothing to tell.
func ownPageOf(refused error) string {
	e, ok := errs.As(refused)
	if !ok || strongRefusals[e.Key] == "" {
		return ""
	}
	return "/account?strong=" + strongRefusals[e.Key]
}

// refusalOf is the message for such an address.
func refusalOf(c echo.Context) []ui.FieldError {
	for key, word := range strongRefusals {
		if c.QueryParam("strong") == word {
			return []ui.FieldError{{Text: t(c, key)}}
		}
	}
	return nil
}

func (h *Handlers) withdrawStrong(c echo.Context) error {
	a := httpx.Actor(c)
	err := h.id.WithdrawStrong(httpx.Ctx(c), a, a.ID)
	if err != nil && !errs.Is(err, errs.KindNotFound) { // taken back in another window
		return err
	}
	httpx.Flash(c, "account.strong_withdrawn")
	return httpx.See(c, "/account")
}

// strongBox is the part of one's own page about the confirmed identity; nil
// while the portal has no service that confirms any.
func (h *Handlers) strongBox(c echo.Context) (*page.StrongBox, error) {
	ctx := httpx.Ctx(c)
	g, err := h.id.StrongOf(ctx, httpx.Actor(c))
	if err != nil {
		return nil, err
	}
	out := &page.StrongBox{Confirmed: "", Withdraw: "", Providers: nil}
	if g != nil {
		out.Confirmed = t(c, "account.strong_yes", "name", h.id.ProviderName(g.Provider), "date", i18n.Date(ctx, g.ConfirmedAt))
		out.Withdraw = "/account/strong/withdraw"
		return out, nil
	}
	for _, p := range h.id.Providers() {
		if p.Strong {
			out.Providers = append(out.Providers, page.Provider{Name: p.Name, Href: "/account/strong/" + p.ID, Strong: true})
		}
	}
	if len(out.Providers) == 0 {
		return nil, nil
	}
	return out, nil
}
