package petitions

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/identity"
	dom "ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/ratelimit"
	page "ereception/templates/petitions"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// Districts gives the city's districts, for who cares to say where he lives.
// *city.City is one.
type Districts interface {
	Directory(ctx context.Context) (*city.Directory, error)
}

// Limits refuses whoever does something too often. *ratelimit.Limiter is one.
type Limits interface {
	Allow(ctx context.Context, now time.Time, hits ...ratelimit.Hit) error
	Refund(ctx context.Context, now time.Time, hits ...ratelimit.Hit) error
}

// signing is what the pages of signing need beside the petitions.
type signing struct {
	people    *identity.Service
	districts Districts
	limits    Limits
}

// UseSigning lets people sign. It is called once, before the area serves.
func (h *Handlers) UseSigning(people *identity.Service, d Districts, l Limits) *Handlers {
	h.signing = &signing{people, d, l}
	return h
}

// signRoutes are the ways to a signature: one press of a signed-in person; a
// name and a mailbox, a letter and a press of anybody else.
func (h *Handlers) signRoutes() []httpx.Route {
	read, up := httpx.Need(authz.PublicRead), httpx.Need(authz.SignUp)
	return []httpx.Route{
		{Method: httpx.GET, Path: "/petitions/:number/sign", Policy: read, Handler: h.signForm},
		{Method: httpx.POST, Path: "/petitions/:number/sign", Policy: up, Handler: h.sign},
		{Method: httpx.GET, Path: "/petitions/:number/sign/sent", Policy: read, Handler: h.signSent},
		{Method: httpx.GET, Path: "/petitions/sign/:token", Policy: up, Handler: h.signLink},
		{Method: httpx.POST, Path: "/petitions/sign/:token", Policy: up, Handler: h.takeSignLink},
		{Method: httpx.POST, Path: "/petitions/:number/raise", Policy: httpx.Need(authz.PetitionSign), Handler: h.raiseSignature},
		{Method: httpx.POST, Path: "/petitions/:number/withdraw", Policy: httpx.Need(authz.PetitionSign), Handler: h.withdrawSignature},
	}
}

// withKey is an address of a petition with the key of the link that led there.
func withKey(to, key string) string {
	if key == "" {
		return to
	}
	return to + "?k=" + url.QueryEscape(key)
}

// noStore marks the answer: it is about one person or holds a secret.
func noStore(c echo.Context) { c.Response().Header().Set("Cache-Control", "private, no-store") }

func (h *Handlers) signForm(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	ctx, a := httpx.Ctx(c), httpx.Actor(c)
	x, err := h.svc.SignPageOf(ctx, a, n, c.QueryParam("k"))
	if err != nil {
		return err
	}
	if a.SignedIn() {
		noStore(c)
		m, err := h.svc.MySignature(ctx, a, n)
		if err != nil {
			return err
		}
		if m != nil {
			return httpx.See(c, withKey(path(n), x.SupportKey))
		}
	}
	if !x.Open {
		return h.signClosed(c, x, http.StatusOK)
	}
	return h.showSign(c, http.StatusOK, x, signFields{}, nil)
}

func (h *Handlers) showSign(c echo.Context, status int, x dom.SignPage, f signFields, problems []ui.FieldError) error {
	ctx, a := httpx.Ctx(c), httpx.Actor(c)
	var me dom.Signatory
	var err error
	version := ""
	if a.SignedIn() {
		noStore(c)
		if me, err = h.svc.SignatoryOf(ctx, a); err != nil {
			return err
		}
	} else {
		n, err := h.signing.people.CurrentNotice(ctx)
		if err != nil {
			return err
		}
		version = n.Version
	}
	var list []ui.Option
	if me.DistrictID == 0 {
		if list, err = h.districtOptions(ctx); err != nil {
			return err
		}
	}
	if f.stamp == "" {
		f.stamp = h.svc.Stamp() // the one that came stands for the whole time of filling in
	}
	return httpx.Render(c, status, page.Sign(signFormPage(c, x, f, me, list, version, h.signing.people.Providers(), problems)))
}

// districtOptions are where people live: districts of the city, then settlements.
func (h *Handlers) districtOptions(ctx context.Context) ([]ui.Option, error) {
	d, err := h.signing.districts.Directory(ctx)
	if err != nil {
		return nil, err
	}
	var out []ui.Option
	for _, k := range []city.DistrictKind{city.CityDistrict, city.Settlement} {
		for _, v := range d.Districts {
			if v.Kind == k && v.Active {
				out = append(out, ui.Option{Value: strconv.FormatInt(v.ID, 10), Label: v.Name(i18n.Locale(ctx))})
			}
		}
	}
	return out, nil
}

// sign takes the press of a signed-in person, or the form of a guest.
func (h *Handlers) sign(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	f := parseSign(v)
	a := httpx.Actor(c)
	if !a.SignedIn() {
		if !v.Has("email") { // the session ended while the page stood open
			return httpx.See(c, withKey(path(n)+"/sign", f.key))
		}
		return h.askLink(c, n, f)
	}
	if _, ok := identity.SignerName(a.Name); !ok {
		if a, err = h.rename(c, a, f); err != nil {
			return h.refused(c, a, n, f, err)
		}
	}
	return h.press(c, a, n, f)
}

// rename gives the account the name that the form asked for.
func (h *Handlers) rename(c echo.Context, a authz.Actor, f signFields) (authz.Actor, error) {
	if err := h.signing.people.Rename(httpx.Ctx(c), a, f.name); err != nil {
		return a, err
	}
	a.Name, _ = identity.SignerName(f.name)
	return a, nil
}

// press puts the signature of the actor and says what became of it.
func (h *Handlers) press(c echo.Context, a authz.Actor, n int64, f signFields) error {
	got, err := h.svc.Sign(httpx.Ctx(c), a, n, f.mark(httpx.IP(c), h.svc.Took(f.stamp)))
	if err != nil {
		return h.refused(c, a, n, f, err)
	}
	if got.Fresh {
		httpx.Flash(c, "petitions.flash.signed")
	} else {
		httpx.Flash(c, "petitions.flash.already")
	}
	return httpx.See(c, withKey(path(n), f.key))
}

// refused is the answer to a press that put no signature: what it was that stood
// in the way, and the next step. Nothing of it tells who else has signed.
func (h *Handlers) refused(c echo.Context, a authz.Actor, n int64, f signFields, err error) error {
	e, ok := errs.As(err)
	if !ok {
		return err
	}
	c.SetRequest(c.Request().WithContext(httpx.WithActor(httpx.Ctx(c), a))) // who has just come in, or got his name
	noStore(c)
	switch e.Kind {
	case errs.KindInvalid, errs.KindConflict, errs.KindForbidden, errs.KindUnavailable:
	default:
		return err
	}
	if e.Kind == errs.KindUnavailable && e.Err != nil { // the database is away: no page about a petition can be made
		return err
	}
	x, xerr := h.svc.SignPageOf(httpx.Ctx(c), a, n, f.key)
	if errs.Is(xerr, errs.KindNotFound) && e.Kind == errs.KindConflict { // its first supporters are there: it is on check
		return httpx.Render(c, http.StatusConflict, page.SignSays(overPage(c, dom.SignPage{Number: n})))
	}
	if xerr != nil {
		return xerr
	}
	switch {
	case e.Kind == errs.KindInvalid:
		return h.showSign(c, http.StatusUnprocessableEntity, x, f, signProblems(c, err))
	case e.Kind == errs.KindConflict:
		return h.signClosed(c, x, http.StatusConflict)
	case e.Kind == errs.KindForbidden:
		return httpx.Render(c, http.StatusForbidden, page.SignSays(forbiddenPage(c, x, e)))
	case e.RetryAfter > 0:
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter/time.Second)+1))
		return httpx.Render(c, http.StatusServiceUnavailable, page.SignSays(busyPage(c, x, f)))
	default:
		return h.signClosed(c, x, http.StatusServiceUnavailable)
	}
}

// signClosed says why nobody can sign now.
func (h *Handlers) signClosed(c echo.Context, x dom.SignPage, status int) error {
	if x.Off {
		c.Response().Header().Set("Retry-After", "3600")
		return httpx.Render(c, http.StatusServiceUnavailable, page.SignSays(offPage(c, x)))
	}
	return httpx.Render(c, status, page.SignSays(overPage(c, x)))
}

// askLink promises a guest the letter with the link. The answer is the same for
// every mailbox.
func (h *Handlers) askLink(c echo.Context, n int64, f signFields) error {
	ctx := httpx.Ctx(c)
	x, err := h.svc.SignPageOf(ctx, httpx.Actor(c), n, f.key)
	if err != nil {
		return err
	}
	if !x.Open {
		return h.signClosed(c, x, http.StatusConflict)
	}
	// Judged before the letter: once its link is pressed it is spent.
	if f.district != "" {
		list, err := h.districtOptions(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(list, func(o ui.Option) bool { return o.Value == f.district }) {
			return h.showSign(c, http.StatusUnprocessableEntity, x, f, []ui.FieldError{{Field: "district", Text: i18n.T(ctx, "petitions.err.district")}})
		}
	}
	err = h.signing.people.SignLink(ctx, f.signer(x, i18n.Locale(ctx), httpx.IP(c), h.svc.Took(f.stamp)))
	e, known := errs.As(err)
	switch {
	case err == nil:
		return httpx.See(c, withKey(path(n)+"/sign/sent", x.SupportKey))
	case known && e.Kind == errs.KindInvalid:
		return h.showSign(c, http.StatusUnprocessableEntity, x, f, signProblems(c, err))
	case known && e.Kind == errs.KindLimited:
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter/time.Second)+1))
		return h.showSign(c, http.StatusTooManyRequests, x, f, []ui.FieldError{{Text: i18n.T(ctx, e.Key, e.Args...)}})
	case known && e.Kind == errs.KindConflict:
		return h.signClosed(c, x, http.StatusConflict)
	}
	return err
}

// signSent says the same for every mailbox.
func (h *Handlers) signSent(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	x, err := h.svc.SignPageOf(httpx.Ctx(c), httpx.Actor(c), n, c.QueryParam("k"))
	if err != nil {
		return err
	}
	return httpx.Render(c, http.StatusOK, page.SignSays(sentPage(c, x)))
}

// signLink is where the letter leads. Opening it uses nothing up.
func (h *Handlers) signLink(c echo.Context) error {
	noStore(c)
	ctx, raw := httpx.Ctx(c), c.Param("token")
	l, err := h.signing.people.SignLinkOf(ctx, raw)
	if deadSignLink(err) {
		return h.spent(c, raw)
	}
	if err != nil {
		return err
	}
	x, err := h.svc.SignPageOf(ctx, authz.Guest(), l.Sign.Petition, l.Sign.SupportKey)
	if errs.Is(err, errs.KindNotFound) { // the first supporters are there, and it went to the check
		return httpx.Render(c, http.StatusConflict, page.SignSays(overPage(c, dom.SignPage{Number: l.Sign.Petition})))
	}
	if err != nil {
		return err
	}
	if !x.Open {
		return h.signClosed(c, x, http.StatusConflict)
	}
	return httpx.Render(c, http.StatusOK, page.PressSign(pressPage(c, x, l, raw)))
}

// takeSignLink confirms the mailbox, opens the session and puts the signature.
// Should the portal be too busy for the last step, the person is signed in
// already and presses once more.
func (h *Handlers) takeSignLink(c echo.Context) error {
	noStore(c)
	ctx, raw := httpx.Ctx(c), c.Param("token")
	o, d, err := h.signing.people.TakeSignLink(ctx, raw, identity.Client{UserAgent: c.Request().UserAgent(), IP: httpx.IP(c), Session: httpx.Actor(c).SessionID})
	if deadSignLink(err) {
		return h.spent(c, raw)
	}
	if err != nil {
		return err
	}
	secure := httpx.Secure(c)
	httpx.SetCookie(c, secure, httpx.CookieName(secure), o.Token, o.MaxAge)
	a, err := h.signing.people.Resolve(ctx, o.Token)
	if err != nil {
		return err
	}
	f := fieldsOf(d)
	got, err := h.svc.Sign(ctx, a, d.Petition, f.mark(httpx.IP(c), d.Took))
	if err != nil {
		return h.refused(c, a, d.Petition, f, err)
	}
	if got.Fresh {
		httpx.Flash(c, "petitions.flash.signed")
	} else {
		httpx.Flash(c, "petitions.flash.already")
	}
	return httpx.See(c, withKey(path(d.Petition), d.SupportKey))
}

// deadSignLink tells a link that is not good (any more) from other errors.
func deadSignLink(err error) bool {
	e, ok := errs.As(err)
	return ok && e.Kind == errs.KindInvalid
}

// spent is the page of a link that is not good any more. Whose link it was, and
// whether he has signed, is told to nobody but himself: his own session sees the
// petition. The status says that there is nothing here.
func (h *Handlers) spent(c echo.Context, raw string) error {
	ctx, a := httpx.Ctx(c), httpx.Actor(c)
	d, mine, ok, err := h.signing.people.SpentSignLink(ctx, a, raw)
	if err != nil {
		return err
	}
	if !ok {
		return httpx.Render(c, http.StatusNotFound, page.SignSays(deadPage(c, dom.SignPage{})))
	}
	if mine {
		return httpx.See(c, withKey(path(d.Petition), d.SupportKey))
	}
	x, err := h.svc.SignPageOf(ctx, authz.Guest(), d.Petition, d.SupportKey)
	if errs.Is(err, errs.KindNotFound) {
		return httpx.Render(c, http.StatusNotFound, page.SignSays(deadPage(c, dom.SignPage{})))
	}
	if err != nil {
		return err
	}
	if !x.Open {
		return h.signClosed(c, x, http.StatusConflict)
	}
	return httpx.Render(c, http.StatusNotFound, page.SignSays(deadPage(c, x)))
}

// withdrawSignature takes the own signature back while the petition gathers.
func (h *Handlers) withdrawSignature(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	ctx, a := httpx.Ctx(c), httpx.Actor(c)
	key := cmp.Or(v.Get("k"), c.QueryParam("k"))
	m, err := h.svc.MySignature(ctx, a, n)
	if err != nil {
		return err
	}
	if m == nil { // another window took it back, or the petition is not his to know of
		if _, err := h.svc.SignPageOf(ctx, a, n, key); err != nil {
			return err
		}
		return httpx.See(c, withKey(path(n), key))
	}
	// Each turn of signing and taking back leaves a row for ever.
	if err := h.signing.limits.Allow(ctx, h.clock.Now(), ratelimit.PetitionWithdraw.On(strconv.FormatInt(a.ID, 10))); err != nil {
		return err
	}
	if err := h.svc.Withdraw(ctx, a, n); err != nil {
		e, ok := errs.As(err)
		if !ok || e.Kind != errs.KindConflict {
			return err
		}
		x, xerr := h.svc.SignPageOf(ctx, a, n, key)
		if xerr != nil {
			return err
		}
		return httpx.Render(c, http.StatusConflict, page.SignSays(keptPage(c, x)))
	}
	httpx.Flash(c, "petitions.flash.withdrawn")
	return httpx.See(c, withKey(path(n), key))
}

// raiseSignature makes the own signature by e-mail one by a confirmed identity.
func (h *Handlers) raiseSignature(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	ctx, a := httpx.Ctx(c), httpx.Actor(c)
	f := parseSign(v)
	x, err := h.svc.SignPageOf(ctx, a, n, f.key)
	if err != nil {
		return err
	}
	// Each turn leaves a row for ever, as taking back does.
	if err := h.signing.limits.Allow(ctx, h.clock.Now(), ratelimit.PetitionWithdraw.On(strconv.FormatInt(a.ID, 10))); err != nil {
		return err
	}
	err = h.svc.Raise(ctx, a, n, f.mark(httpx.IP(c), h.svc.Took(f.stamp)))
	if e, ok := errs.As(err); ok && e.Key == "petitions.err.strong_signed" { // done, in another way than was asked for
		httpx.Flash(c, e.Key)
		return httpx.See(c, withKey(path(n), x.SupportKey))
	}
	switch {
	case errs.Is(err, errs.KindConflict) && !x.Open:
		return httpx.Render(c, http.StatusConflict, page.SignSays(keptPage(c, x)))
	case err != nil:
		return err
	}
	httpx.Flash(c, "petitions.flash.raised")
	return httpx.See(c, withKey(path(n), x.SupportKey))
}
