package account

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"ereception/internal/identity"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	page "ereception/templates/account"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

func (h *Handlers) signUpForm(c echo.Context) error {
	if a := httpx.Actor(c); a.SignedIn() {
		return httpx.See(c, home(a))
	}
	return h.showSignUp(c, http.StatusOK, signUpForm{}, "", nil)
}

func (h *Handlers) showSignUp(c echo.Context, status int, f signUpForm, provider string, problems []ui.FieldError) error {
	n, err := h.id.CurrentNotice(httpx.Ctx(c))
	if err != nil {
		return err
	}
	p := frame(c, t(c, "account.sign_up.h1"))
	return httpx.Render(c, status, page.SignUp(page.SignUpPage{
		Page: p, Name: f.Name, Email: f.Email, Newsletter: f.Newsletter, Version: n.Version,
		MinPassword: identity.MinPassword, Problems: problems, Provider: provider,
	}))
}

func (h *Handlers) signUp(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	f := parseSignUp(v)
	ctx := httpx.Ctx(c)
	err = h.id.SignUp(ctx, f.account(i18n.Locale(ctx), httpx.IP(c)))
	if problems, status, ok := failed(c, err); ok {
		return h.showSignUp(c, status, f, "", problems)
	}
	if err != nil {
		return err
	}
	return httpx.See(c, "/sign-up/sent")
}

// signUpSent says the same for every address.
func (h *Handlers) signUpSent(c echo.Context) error {
	return message(c, http.StatusOK, page.MessagePage{
		H1: t(c, "account.sent.h1"), Icon: "EnvelopeClosed",
		Text:  []string{t(c, "account.sent.text"), t(c, "account.sent.spam")},
		Links: []ui.Link{{Label: t(c, "account.sent.again"), Href: "/sign-up"}, {Label: t(c, "account.sign_in.do"), Href: "/sign-in"}},
	})
}

func message(c echo.Context, status int, m page.MessagePage) error {
	m.Page = frame(c, m.H1)
	return httpx.Render(c, status, page.Message(m))
}

// deadLink is the page of a link that is not good (any more). The status says
// that there is nothing here; whether there ever was is not told, except to who
// holds a link that a later letter to the same mailbox replaced. text is the key of what
// is said of such a link; again is the address that sends a letter of confirmation anew,
// empty where a link does.
func deadLink(c echo.Context, err error, text, again string, links ...ui.Link) error {
	secret(c)
	h1 := "account.dead.h1"
	if e, ok := errs.As(err); ok && e.Key == "account.error_link_replaced" {
		h1, text = "account.replaced.h1", "account.replaced.text"
	}
	m := page.MessagePage{
		H1: t(c, h1), Icon: "ExclamationmarkTriangle", Kind: "amber", Text: []string{t(c, text)},
		Links: append(links, ui.Link{Label: t(c, "account.sign_in.do"), Href: "/sign-in"}),
	}
	if again != "" {
		m.Action, m.Button = again, t(c, "account.dead.again")
	}
	return message(c, http.StatusNotFound, m)
}

func isDead(err error) bool {
	e, ok := errs.As(err)
	return ok && (e.Key == "account.error_link" || e.Key == "account.error_link_replaced")
}

// deadConfirm is the page of a link of confirmation that is not good.
func deadConfirm(c echo.Context, err error) error {
	return deadLink(c, err, "account.dead.confirm_text", "/confirm/"+url.PathEscape(c.Param("token"))+"/again", ui.Link{Label: t(c, "account.sign_up.link"), Href: "/sign-up"})
}

// confirmAgain sends the letter of confirmation anew, and says the same for every link.
func (h *Handlers) confirmAgain(c echo.Context) error {
	err := h.id.ConfirmAgain(httpx.Ctx(c), c.Param("token"), httpx.IP(c))
	if err != nil {
		return err
	}
	return httpx.See(c, "/confirm/sent")
}

func (h *Handlers) confirmSent(c echo.Context) error {
	return message(c, http.StatusOK, page.MessagePage{
		H1: t(c, "account.sent.h1"), Icon: "EnvelopeClosed",
		Text:  []string{t(c, "account.confirm_sent.text"), t(c, "account.sent.spam")},
		Links: []ui.Link{{Label: t(c, "account.sign_in.do"), Href: "/sign-in"}, {Label: t(c, "account.sign_up.link"), Href: "/sign-up"}},
	})
}

func (h *Handlers) confirmForm(c echo.Context) error {
	secret(c)
	l, err := h.id.Link(httpx.Ctx(c), identity.PurposeConfirm, c.Param("token"))
	if isDead(err) {
		return deadConfirm(c, err)
	}
	if err != nil {
		return err
	}
	return h.press(c, page.PressPage{
		H1: t(c, "account.confirm.h1"), Text: t(c, "account.confirm.text"), Email: l.Email,
		Action: "/confirm/" + c.Param("token"), Button: t(c, "account.confirm.do"),
	})
}

func (h *Handlers) press(c echo.Context, p page.PressPage) error {
	p.Page = frame(c, p.H1)
	return httpx.Render(c, http.StatusOK, page.Press(p))
}

func (h *Handlers) confirm(c echo.Context) error {
	err := h.id.Confirm(httpx.Ctx(c), c.Param("token"), httpx.IP(c))
	if isDead(err) {
		return deadConfirm(c, err)
	}
	if err != nil {
		return err
	}
	httpx.Flash(c, "account.confirmed")
	return httpx.See(c, "/sign-in")
}
