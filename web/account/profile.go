package account

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/identity"
	"ereception/internal/platform/errs"
	page "ereception/templates/account"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

func (h *Handlers) profileForm(c echo.Context) error {
	p, err := h.id.Self(httpx.Ctx(c), httpx.Actor(c))
	if err != nil {
		return err
	}
	f := formOf(p)
	v, parked := httpx.Typed(c)
	if parked {
		f = parseProfile(v)
	}
	return h.showProfile(c, http.StatusOK, p, f, refusalOf(c), nil, parked)
}

func (h *Handlers) showProfile(c echo.Context, status int, p identity.Person, f profileForm, problems []ui.FieldError, stale []page.Difference, parked bool) error {
	ctx, a := httpx.Ctx(c), httpx.Actor(c)
	news, err := h.id.Newsletter(ctx, a)
	if err != nil {
		return err
	}
	list, err := h.id.Consents(ctx, a)
	if err != nil {
		return err
	}
	strong, err := h.strongBox(c)
	if err != nil {
		return err
	}
	o, err := h.own(c, "account.profile.h1", "profile", problems)
	if err != nil {
		return err
	}
	return httpx.Render(c, status, page.Profile(profilePage(c, o, p, f, stale, parked, news, list, strong)))
}

// own fills what the pages of one's own account share.
func (h *Handlers) own(c echo.Context, titleKey, tab string, problems []ui.FieldError) (page.Own, error) {
	a := httpx.Actor(c)
	acting := a.ActingFor != nil
	if a.Staff() && !acting {
		list, err := h.id.Delegations(httpx.Ctx(c), a)
		if err != nil {
			return page.Own{}, err
		}
		acting = len(list) > 0 || tab == "act-for"
	}
	return page.Own{Page: frame(c, t(c, titleKey)), Current: tab, Acting: acting || tab == "act-for", Problems: problems}, nil
}

func (h *Handlers) saveProfile(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	ctx, a, f := httpx.Ctx(c), httpx.Actor(c), parseProfile(v)
	err = h.id.UpdateProfile(ctx, a, f.profile())
	if err == nil {
		secure := httpx.Secure(c)
		httpx.SetCookie(c, secure, httpx.LocaleCookie, f.Locale, 365*24*time.Hour)
		httpx.Flash(c, "account.saved")
		return httpx.See(c, "/account")
	}
	problems, status, ok := failed(c, err)
	stale := errs.Is(err, errs.KindConflict)
	if !ok && !stale {
		return err
	}
	p, rerr := h.id.Self(ctx, a)
	if rerr != nil {
		return rerr
	}
	if !stale {
		return h.showProfile(c, status, p, f, problems, nil, false)
	}
	// Another window saved first: both versions are shown, and the next save is over the newer one.
	return h.showProfile(c, http.StatusConflict, p, overNewer(f, p), nil, differences(c, f, p), false)
}

func (h *Handlers) newsletter(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	given := v.Get("newsletter") != ""
	if err := h.id.SetNewsletter(httpx.Ctx(c), httpx.Actor(c), given); err != nil {
		return err
	}
	if given {
		httpx.Flash(c, "account.newsletter_on")
	} else {
		httpx.Flash(c, "account.newsletter_off")
	}
	return httpx.See(c, "/account")
}

func (h *Handlers) passwordForm(c echo.Context) error {
	return h.showPassword(c, http.StatusOK, "", false, nil)
}

func (h *Handlers) showPassword(c echo.Context, status int, typed string, email bool, problems []ui.FieldError) error {
	p, err := h.id.Self(httpx.Ctx(c), httpx.Actor(c))
	if err != nil {
		return err
	}
	o, err := h.own(c, "account.password_page.h1", "password", problems)
	if err != nil {
		return err
	}
	return httpx.Render(c, status, page.Password(page.PasswordPage{
		Own: o, Email: p.Email, NewEmail: typed, NoPassword: p.PasswordHash == "", MinPassword: identity.MinPassword, EmailForm: email,
	}))
}

func (h *Handlers) changePassword(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	err = h.id.ChangePassword(httpx.Ctx(c), httpx.Actor(c), v.Get("password"), v.Get("new_password"))
	if problems, status, ok := failed(c, err); ok {
		return h.showPassword(c, status, "", false, problems)
	}
	if err != nil {
		return err
	}
	httpx.Flash(c, "account.password_changed")
	return httpx.See(c, "/account/password")
}

func (h *Handlers) changeEmail(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	err = h.id.ChangeEmail(httpx.Ctx(c), httpx.Actor(c), v.Get("email"), v.Get("password"))
	if problems, status, ok := failed(c, err); ok {
		for i := range problems {
			if problems[i].Field == "password" {
				problems[i].Field = page.EmailPassword
			}
		}
		return h.showPassword(c, status, v.Get("email"), true, problems)
	}
	if err != nil {
		return err
	}
	httpx.Flash(c, "account.email_sent")
	return httpx.See(c, "/account/password")
}

func (h *Handlers) confirmEmailForm(c echo.Context) error {
	secret(c)
	l, err := h.id.Link(httpx.Ctx(c), identity.PurposeEmail, c.Param("token"))
	if isDead(err) {
		return deadLink(c, err, "account.dead.email_text", "", ui.Link{Label: t(c, "account.tab_password"), Href: "/account/password"})
	}
	if err != nil {
		return err
	}
	return h.press(c, page.PressPage{
		H1: t(c, "account.email_confirm.h1"), Text: t(c, "account.email_confirm.text"), Email: l.Email,
		Action: "/account/email/" + c.Param("token"), Button: t(c, "account.confirm.do"),
	})
}

func (h *Handlers) confirmEmail(c echo.Context) error {
	err := h.id.ConfirmEmail(httpx.Ctx(c), c.Param("token"), httpx.IP(c))
	if isDead(err) {
		return deadLink(c, err, "account.dead.email_text", "", ui.Link{Label: t(c, "account.tab_password"), Href: "/account/password"})
	}
	if err != nil {
		return err
	}
	httpx.Flash(c, "account.email_changed")
	return httpx.See(c, "/account/password")
}
