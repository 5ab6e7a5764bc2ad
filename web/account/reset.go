package account

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ereception/internal/identity"
	page "ereception/templates/account"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

func (h *Handlers) resetForm(c echo.Context) error { return h.showReset(c, http.StatusOK, "", nil) }

func (h *Handlers) showReset(c echo.Context, status int, email string, problems []ui.FieldError) error {
	p := frame(c, t(c, "account.reset.h1"))
	return httpx.Render(c, status, page.Reset(page.ResetPage{Page: p, Email: email, Problems: problems}))
}

func (h *Handlers) reset(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	err = h.id.ResetRequest(httpx.Ctx(c), v.Get("email"), httpx.IP(c))
	if problems, status, ok := failed(c, err); ok {
		return h.showReset(c, status, v.Get("email"), problems)
	}
	if err != nil {
		return err
	}
	return httpx.See(c, "/reset/sent")
}

// resetSent says the same for every address.
func (h *Handlers) resetSent(c echo.Context) error {
	return message(c, http.StatusOK, page.MessagePage{
		H1: t(c, "account.reset_sent.h1"), Icon: "EnvelopeClosed",
		Text:  []string{t(c, "account.reset_sent.text"), t(c, "account.sent.spam")},
		Links: []ui.Link{{Label: t(c, "account.sign_in.do"), Href: "/sign-in"}, {Label: t(c, "account.sent.again"), Href: "/reset"}},
	})
}

// link describes the two links that set a password.
type link struct {
	purpose identity.Purpose
	path    string
	key     string
	dead    string // key of what is said of a link that is not good
	privacy bool
}

var (
	resetLink  = link{identity.PurposeReset, "/reset/", "account.new_password_page", "account.dead.reset_text", false}
	inviteLink = link{identity.PurposeInvite, "/invite/", "account.invite", "account.dead.invite_text", true}
)

func (h *Handlers) newPasswordForm(c echo.Context) error {
	return h.showNewPassword(c, resetLink, nil, 0)
}

func (h *Handlers) inviteForm(c echo.Context) error { return h.showNewPassword(c, inviteLink, nil, 0) }

func (l link) again(c echo.Context) ui.Link {
	return ui.Link{Label: t(c, "account.dead.reset"), Href: "/reset"}
}

func (h *Handlers) showNewPassword(c echo.Context, l link, problems []ui.FieldError, status int) error {
	secret(c)
	ctx := httpx.Ctx(c)
	who, err := h.id.Link(ctx, l.purpose, c.Param("token"))
	if isDead(err) {
		return deadLink(c, err, l.dead, "", l.again(c))
	}
	if err != nil {
		return err
	}
	p := page.NewPasswordPage{
		H1: t(c, l.key+".h1"), Lead: t(c, l.key+".lead"), Email: who.Email, Action: l.path + c.Param("token"),
		Button: t(c, l.key+".do"), MinPassword: identity.MinPassword, Problems: problems,
	}
	if l.privacy {
		n, err := h.id.CurrentNotice(ctx)
		if err != nil {
			return err
		}
		p.Version = n.Version
	}
	p.Page = frame(c, p.H1)
	if status == 0 {
		status = http.StatusOK
	}
	return httpx.Render(c, status, page.NewPassword(p))
}

func (h *Handlers) newPassword(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	err = h.id.Reset(httpx.Ctx(c), c.Param("token"), v.Get("password"), httpx.IP(c))
	return h.passwordSet(c, resetLink, err)
}

func (h *Handlers) acceptInvite(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	err = h.id.AcceptInvite(httpx.Ctx(c), c.Param("token"), v.Get("password"), v.Get("version"), httpx.IP(c))
	return h.passwordSet(c, inviteLink, err)
}

func (h *Handlers) passwordSet(c echo.Context, l link, err error) error {
	if isDead(err) {
		return deadLink(c, err, l.dead, "", l.again(c))
	}
	if problems, status, ok := failed(c, err); ok {
		return h.showNewPassword(c, l, problems, status)
	}
	if err != nil {
		return err
	}
	httpx.Flash(c, "account.password_set")
	return httpx.See(c, "/sign-in")
}
