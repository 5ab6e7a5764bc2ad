package admin

import (
	"bytes"
	"context"
	"html"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/procurement"
	"ereception/internal/procurement/mirror"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// Purchases is what the pages of the buyers need of the city's purchases.
// *procurement.Service is one.
type Purchases interface {
	Buyers(ctx context.Context) ([]procurement.Buyer, error)
	BuyerByCode(ctx context.Context, code string) (procurement.Buyer, error)
	SaveBuyer(ctx context.Context, a authz.Actor, b procurement.Buyer) (procurement.Buyer, error)
	ImportBuyers(ctx context.Context, a authz.Actor, r io.Reader, dryRun bool) (procurement.BuyerReport, error)
	PurchasesByBuyer(ctx context.Context) (map[string]int, error)
	LastCheck(ctx context.Context) (procurement.Check, bool, error)
}

// Mirror is what the administrator may know of the mirror of Prozorro.
type Mirror struct {
	// Status tells how far each feed has been followed.
	Status func(ctx context.Context) ([]mirror.FeedStatus, error)
	// Rate is the limit of requests a second.
	Rate float64
	// BaseURL of the portal, for the code that other sites put into their pages.
	BaseURL string
	// Ancestors are the sites that may frame the embedded page.
	Ancestors []string
}

// UsePurchases adds the pages of the buyers to the area. It is called once,
// before Area.
func (h *Handlers) UsePurchases(p Purchases, m Mirror) *Handlers {
	h.purchases, h.mirror = p, m
	return h
}

const (
	buyersSlug = "buyers"
	buyersURL  = "/admin/" + buyersSlug
	buyersNav  = "admin." + buyersSlug
)

func (h *Handlers) buyerRoutes() []httpx.Route {
	if h.purchases == nil {
		return nil
	}
	need := httpx.Need(authz.BuyersManage)
	return []httpx.Route{
		{Method: httpx.GET, Path: buyersURL, Policy: need, Handler: h.buyerList},
		{Method: httpx.POST, Path: buyersURL, Policy: need, Handler: h.createBuyer},
		{Method: httpx.GET, Path: buyersURL + "/new", Policy: need, Handler: h.newBuyer},
		{Method: httpx.GET, Path: buyersURL + "/import", Policy: need, Handler: h.buyerImportForm},
		{Method: httpx.POST, Path: buyersURL + "/import", Policy: need, Handler: h.importBuyers},
		{Method: httpx.GET, Path: buyersURL + "/mirror", Policy: need, Handler: h.mirrorState},
		{Method: httpx.GET, Path: buyersURL + "/:code", Policy: need, Handler: h.editBuyer},
		{Method: httpx.POST, Path: buyersURL + "/:code", Policy: need, Handler: h.updateBuyer},
	}
}

func buyerTabs(ctx context.Context, current string) []ui.Tab {
	var out []ui.Tab
	for _, t := range [][2]string{{"list", buyersURL}, {"import", buyersURL + "/import"}, {"mirror", buyersURL + "/mirror"}} {
		out = append(out, ui.Tab{Label: i18n.T(ctx, "purchases.buyers.tab."+t[0]), Href: t[1], Current: t[0] == current})
	}
	return out
}

func buyerHead(c echo.Context, titleKey, leadKey string) admin.Head {
	ctx := httpx.Ctx(c)
	title := i18n.T(ctx, titleKey)
	return admin.Head{Frame: httpx.Office(c, title, buyersNav), Title: title, Lead: i18n.T(ctx, leadKey)}
}

func (h *Handlers) buyerList(c echo.Context) error {
	ctx := httpx.Ctx(c)
	list, err := h.purchases.Buyers(ctx)
	if err != nil {
		return err
	}
	counts, err := h.purchases.PurchasesByBuyer(ctx)
	if err != nil {
		return err
	}
	d, err := h.city.Directory(ctx)
	if err != nil {
		return err
	}
	p := admin.ListPage{Head: buyerHead(c, "purchases.buyers.title", "purchases.buyers.lead"), Tabs: buyerTabs(ctx, "list")}
	p.Actions = []ui.ButtonProps{{Label: i18n.T(ctx, "purchases.buyers.add"), Icon: "Plus", Href: buyersURL + "/new"}}
	for _, k := range []string{"name", "role", "unit", "valid", "verified", "count"} {
		p.Columns = append(p.Columns, i18n.T(ctx, "purchases.buyers.head."+k))
	}
	for _, b := range list {
		unit := admin.Cell{Text: "—"}
		if b.UnitID != nil {
			if u := d.Unit(*b.UnitID); u != nil {
				unit = admin.Cell{Text: u.Name(i18n.Locale(ctx)), Href: "/admin/units/" + idText(u.ID)}
			}
		}
		n := admin.Cell{Text: i18n.Num(ctx, counts[b.Code]), Num: true}
		if counts[b.Code] > 0 {
			n.Href = "/procurement/buyers/" + b.Code
		}
		p.Rows = append(p.Rows, []admin.Cell{
			{Text: b.Name, Href: buyersURL + "/" + b.Code, Note: b.Code, Demo: b.Demo},
			{Text: i18n.T(ctx, "purchases.role."+b.Role)},
			unit,
			{Text: period(ctx, b)},
			verified(ctx, b.Verified), n,
		})
	}
	p.Count = i18n.N(ctx, "purchases.buyers.n", len(list))
	p.Empty = ui.EmptyProps{
		Icon: "Buildings3", Title: i18n.T(ctx, "purchases.buyers.empty"), Text: i18n.T(ctx, "purchases.buyers.empty_text"),
		Action: &ui.Link{Href: buyersURL + "/new", Label: i18n.T(ctx, "purchases.buyers.add")},
	}
	return httpx.Render(c, http.StatusOK, admin.List(p))
}

func verified(ctx context.Context, yes bool) admin.Cell {
	if yes {
		return admin.Cell{Badge: ui.BadgeProps{Label: i18n.T(ctx, "purchases.buyers.verified"), Color: "success"}}
	}
	return admin.Cell{Badge: ui.BadgeProps{Label: i18n.T(ctx, "purchases.buyers.unverified"), Color: "neutral"}}
}

// period says on which days a buyer counts as the city's.
func period(ctx context.Context, b procurement.Buyer) string {
	switch {
	case b.ValidFrom != nil && b.ValidTo != nil:
		return i18n.T(ctx, "purchases.buyers.between", "from", date(b.ValidFrom), "to", date(b.ValidTo))
	case b.ValidFrom != nil:
		return i18n.T(ctx, "purchases.buyers.from", "from", date(b.ValidFrom))
	case b.ValidTo != nil:
		return i18n.T(ctx, "purchases.buyers.to", "to", date(b.ValidTo))
	}
	return i18n.T(ctx, "purchases.buyers.always")
}

// date writes a column of the type date, which has no time zone.
func date(t *time.Time) string { return t.Format("02.01.2006") }

func isoDay(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

func buyerValues(b procurement.Buyer) url.Values {
	return url.Values{
		"code": {b.Code}, "name": {b.Name}, "role": {b.Role}, "unit": {refText(b.UnitID)},
		"valid_from": {isoDay(b.ValidFrom)}, "valid_to": {isoDay(b.ValidTo)}, "verified": {boolText(b.Verified)},
	}
}

func buyerOf(v url.Values) (procurement.Buyer, *errs.Error) {
	e := errs.Fields()
	b := procurement.Buyer{
		Code: strings.TrimSpace(v.Get("code")), Name: v.Get("name"), Role: v.Get("role"), UnitID: ref(v.Get("unit")), Verified: v.Get("verified") == "1",
	}
	for name, to := range map[string]**time.Time{"valid_from": &b.ValidFrom, "valid_to": &b.ValidTo} {
		if strings.TrimSpace(v.Get(name)) == "" {
			continue
		}
		t, ok := day(v.Get(name))
		if !ok {
			e.With(name, "purchases.err.date")
			continue
		}
		*to = &t
	}
	return b, e
}

func (h *Handlers) buyerFields(ctx context.Context, v url.Values) ([]admin.Field, error) {
	d, err := h.city.Directory(ctx)
	if err != nil {
		return nil, err
	}
	t := func(k string) string { return i18n.T(ctx, "purchases.buyers.field."+k) }
	var roles []ui.Option
	for _, r := range procurement.BuyerRoles {
		roles = append(roles, ui.Option{Value: r, Label: i18n.T(ctx, "purchases.role."+r)})
	}
	return fill(v,
		admin.Field{Name: "code", Label: t("code"), Hint: t("code_hint")},
		admin.Field{Name: "name", Label: t("name"), Hint: t("name_hint")},
		admin.Field{Kind: "select", Name: "role", Label: t("role"), Options: roles},
		admin.Field{Kind: "select", Name: "unit", Label: t("unit"), Hint: t("unit_hint"), Optional: true, Blank: t("no_unit"), Options: unitOptions(d, i18n.Locale(ctx), number(v.Get("unit")))},
		admin.Field{Name: "valid_from", Label: t("valid_from"), Hint: t("valid_hint"), Type: "date", Optional: true},
		admin.Field{Name: "valid_to", Label: t("valid_to"), Type: "date", Optional: true},
		admin.Field{Kind: "check", Name: "verified", Label: t("verified"), Hint: t("verified_hint")},
	), nil
}

func (h *Handlers) newBuyer(c echo.Context) error {
	v := url.Values{"role": {"institution"}}
	if typed, ok := httpx.Typed(c); ok {
		v = typed
	}
	return h.showBuyer(c, nil, v, nil)
}

func (h *Handlers) createBuyer(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	b, err := h.saveBuyer(c, v, procurement.Buyer{})
	if err != nil {
		return h.showBuyer(c, nil, v, err)
	}
	httpx.Flash(c, "purchases.buyers.saved")
	return httpx.See(c, buyersURL+"/"+b.Code)
}

func (h *Handlers) editBuyer(c echo.Context) error {
	b, err := h.purchases.BuyerByCode(httpx.Ctx(c), c.Param("code"))
	if err != nil {
		return err
	}
	v := buyerValues(b)
	if typed, ok := httpx.Typed(c); ok {
		v = typed
	}
	return h.showBuyer(c, &b, v, nil)
}

func (h *Handlers) updateBuyer(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	have, err := h.purchases.BuyerByCode(httpx.Ctx(c), c.Param("code"))
	if err != nil {
		return err
	}
	b, err := h.saveBuyer(c, v, have)
	if err == nil {
		httpx.Flash(c, "purchases.buyers.saved")
		return httpx.See(c, buyersURL+"/"+b.Code)
	}
	if have, lerr := h.purchases.BuyerByCode(httpx.Ctx(c), c.Param("code")); lerr == nil {
		return h.showBuyer(c, &have, v, err)
	}
	return err
}

func (h *Handlers) saveBuyer(c echo.Context, v url.Values, have procurement.Buyer) (procurement.Buyer, error) {
	b, bad := buyerOf(v)
	if err := bad.OrNil(); err != nil {
		return b, err
	}
	b.ID, b.Version = have.ID, httpx.Version(v.Get("version"))
	return h.purchases.SaveBuyer(httpx.Ctx(c), httpx.Actor(c), b)
}

// showBuyer renders the form. err is why it is shown again: mistakes of fields
// are 422, a stale version is 409; any other error is returned.
func (h *Handlers) showBuyer(c echo.Context, b *procurement.Buyer, v url.Values, err error) error {
	ctx, status := httpx.Ctx(c), http.StatusOK
	fields, ferr := h.buyerFields(ctx, v)
	if ferr != nil {
		return ferr
	}
	p := admin.FormPage{
		Head: buyerHead(c, "purchases.buyers.new", "purchases.buyers.new_lead"), Action: buyersURL, Fields: fields,
		Submit: i18n.T(ctx, "admin.create"), Cancel: buyersURL,
	}
	if b != nil {
		p.Frame, p.Title, p.Lead = httpx.Office(c, b.Name, buyersNav), b.Name, i18n.T(ctx, "purchases.buyers.one")
		p.Action, p.Submit, p.Version = buyersURL+"/"+b.Code, i18n.T(ctx, "admin.save"), strconv.Itoa(b.Version)
		p.Demo = b.Demo
		p.Facts = []ui.Fact{
			{Label: i18n.T(ctx, "admin.version"), Value: strconv.Itoa(b.Version), Num: true},
			{Label: i18n.T(ctx, "admin.created"), Value: i18n.Date(ctx, b.CreatedAt), Num: true},
			{Label: i18n.T(ctx, "purchases.buyers.page"), Value: i18n.T(ctx, "purchases.buyers.open"), Href: "/procurement/buyers/" + b.Code},
		}
		if httpx.Actor(c).Can(authz.TrailRead) {
			p.Trail = trailURL("procurement_buyers", idText(b.ID))
		}
	}
	p.Back = ui.Link{Href: buyersURL, Label: i18n.T(ctx, "purchases.buyers.title")}
	switch {
	case err == nil:
	case errs.Is(err, errs.KindConflict) && b != nil:
		status = http.StatusConflict
		theirs, ferr := h.buyerFields(ctx, buyerValues(*b))
		if ferr != nil {
			return ferr
		}
		p.Stale = &ui.StaleProps{Form: "record", Text: i18n.T(ctx, "ui.stale.text"), Take: buyersURL + "/" + b.Code, Trail: p.Trail, Rows: differing(ctx, fields, theirs)}
	default:
		if status, err = mistaken(c, &p, v, err); err != nil {
			return err
		}
	}
	return httpx.Render(c, status, admin.Form(p))
}

// --- files

func (h *Handlers) buyerImportForm(c echo.Context) error {
	return h.showBuyerImport(c, http.StatusOK, keptFile{}, nil, nil)
}

func (h *Handlers) showBuyerImport(c echo.Context, status int, f keptFile, problems []httpx.Problem, rep *admin.ImportReport) error {
	ctx := httpx.Ctx(c)
	return httpx.Render(c, status, admin.BuyerImport(admin.BuyerImportPage{
		Head: buyerHead(c, "purchases.buyers.import", "purchases.buyers.import_lead"), Tabs: buyerTabs(ctx, "import"),
		File: f.shown(), Errors: fieldErrors(problems), Report: rep, Format: i18n.T(ctx, "purchases.buyers.format"), Sample: i18n.T(ctx, "purchases.buyers.sample"),
	}))
}

// importBuyers looks at a file first (a dry run) and keeps it; the second press
// imports the very file that was looked at.
func (h *Handlers) importBuyers(c echo.Context) error {
	ctx, actor := httpx.Ctx(c), httpx.Actor(c)
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	dry := v.Get("do") != "import"
	f, err := h.importSource(c, v, dry)
	again := func(err error) error {
		problems, _, ok := httpx.Problems(c, err)
		if !ok {
			return err
		}
		for i := range problems {
			problems[i].Field = "file"
		}
		return h.showBuyerImport(c, http.StatusUnprocessableEntity, f, problems, nil)
	}
	if err != nil {
		return again(err)
	}
	rep, err := h.purchases.ImportBuyers(ctx, actor, bytes.NewReader(f.body), dry)
	if err != nil {
		return again(err)
	}
	same := city.Report{Rows: rep.Rows, Created: rep.Created, Updated: rep.Updated, Unchanged: rep.Unchanged, Refused: rep.Refused}
	seen := map[int]bool{}
	for _, b := range rep.Bad {
		same.Bad = append(same.Bad, city.RowError{Row: b.Row, Column: b.Column, Key: b.Key, Args: b.Args})
		seen[b.Row] = true
	}
	same.BadRows = len(seen)
	out := report(c, same)
	out.FileName = f.name
	status := http.StatusOK
	switch {
	case rep.Refused:
		status = http.StatusUnprocessableEntity
		out.Kind, out.Title, out.Text = "danger", i18n.T(ctx, "admin.import.refused"), i18n.T(ctx, "purchases.buyers.refused")
	case dry:
		out.Title, out.Text = i18n.T(ctx, "admin.import.checked"), i18n.T(ctx, "admin.import.checked_text")
		if n := rep.Created + rep.Updated; n > 0 {
			out.Token, out.Submit = f.token, i18n.N(ctx, "admin.import.do", n)
		} else {
			out.Text = i18n.T(ctx, "admin.import.nothing")
		}
	default:
		h.kept.drop(f.token)
		f = keptFile{}
		out.Kind, out.Title = "ok", i18n.T(ctx, "admin.import.done")
	}
	return h.showBuyerImport(c, status, f, nil, out)
}

// --- the mirror

func (h *Handlers) mirrorState(c echo.Context) error {
	ctx := httpx.Ctx(c)
	feeds, err := h.mirror.Status(ctx)
	if err != nil {
		return err
	}
	check, checked, err := h.purchases.LastCheck(ctx)
	if err != nil {
		return err
	}
	p := admin.MirrorPage{Head: buyerHead(c, "purchases.mirror.title", "purchases.mirror.lead"), Tabs: buyerTabs(ctx, "mirror")}
	if len(feeds) > 0 {
		p.Facts = append(p.Facts, ui.Fact{Label: i18n.T(ctx, "purchases.mirror.left"), Value: leftWords(ctx, feeds, mirror.Left(feeds, h.mirror.Rate))})
	}
	last := i18n.T(ctx, "purchases.mirror.never")
	if checked {
		last = i18n.T(ctx, "purchases.mirror.check", "when", i18n.DateTime(ctx, check.FinishedAt), "n", i18n.Num(ctx, check.Tenders),
			"changed", i18n.Num(ctx, check.Changed), "method", check.Method)
	}
	p.Facts = append(p.Facts, ui.Fact{Label: i18n.T(ctx, "purchases.mirror.last_check"), Value: last})
	for _, f := range feeds {
		p.Feeds = append(p.Feeds, feed(ctx, f))
	}
	src := h.mirror.BaseURL + "/procurement/embed?lang=" + i18n.Locale(ctx)
	title := i18n.T(ctx, "purchases.embed.title")
	p.Code = `<iframe src="` + html.EscapeString(src) + `" title="` + html.EscapeString(title) + `" width="100%" height="640" loading="lazy"></iframe>`
	p.Allowed = i18n.T(ctx, "purchases.embed.nobody")
	if len(h.mirror.Ancestors) > 0 {
		p.Allowed = i18n.T(ctx, "purchases.embed.allowed", "sites", strings.Join(h.mirror.Ancestors, ", "))
	}
	return httpx.Render(c, http.StatusOK, admin.MirrorState(p))
}

func feed(ctx context.Context, f mirror.FeedStatus) admin.Feed {
	when := func(t *time.Time) string {
		if t == nil {
			return "—"
		}
		return i18n.DateTime(ctx, *t)
	}
	fact := func(key, value string) ui.Fact {
		return ui.Fact{Label: i18n.T(ctx, "purchases.mirror."+key), Value: value}
	}
	out := admin.Feed{ID: f.Resource, Title: i18n.T(ctx, "purchases.mirror.feed."+f.Resource), Percent: int(f.Share * 100)}
	out.Progress = i18n.T(ctx, "purchases.mirror.progress", "percent", strconv.Itoa(out.Percent), "since", i18n.Date(ctx, f.Horizon))
	if f.BackwardDone {
		out.Percent, out.Progress = 100, i18n.T(ctx, "purchases.mirror.complete", "since", i18n.Date(ctx, f.Horizon))
	}
	out.Facts = []ui.Fact{
		fact("reached", when(f.Reached)), fact("newest", when(f.Newest)),
		fact("listed", i18n.Num(ctx, f.Listed)), fact("matched", i18n.Num(ctx, f.Matched)), fact("queue", i18n.Num(ctx, f.Queue)),
	}
	if f.Failing > 0 {
		out.Facts = append(out.Facts, fact("failing", i18n.Num(ctx, f.Failing)))
	}
	if f.Gone > 0 {
		out.Facts = append(out.Facts, fact("gone", i18n.Num(ctx, f.Gone)))
	}
	if f.Resets > 0 {
		out.Facts = append(out.Facts, fact("resets", i18n.Num(ctx, f.Resets)))
	}
	out.Facts = append(out.Facts, fact("last_ok", when(f.LastOK)))
	if f.LastError != "" {
		out.Error = i18n.T(ctx, "purchases.mirror.error", "when", when(f.LastErrorAt))
		out.ErrorText = f.LastError
	}
	return out
}

func leftWords(ctx context.Context, feeds []mirror.FeedStatus, d time.Duration) string {
	done := true
	for _, f := range feeds {
		done = done && f.BackwardDone && f.Queue == 0
	}
	switch {
	case done:
		return i18n.T(ctx, "purchases.mirror.nothing_left")
	case d <= 0:
		return i18n.T(ctx, "purchases.mirror.unknown")
	case d < time.Minute:
		return i18n.T(ctx, "purchases.mirror.a_minute")
	case d < 2*time.Hour:
		return i18n.N(ctx, "purchases.mirror.minutes", int(d.Round(time.Minute)/time.Minute))
	case d < 48*time.Hour:
		return i18n.N(ctx, "purchases.mirror.hours", int(d.Round(time.Hour)/time.Hour))
	}
	return i18n.N(ctx, "purchases.mirror.days", int(d.Round(24*time.Hour)/(24*time.Hour)))
}
