package admin

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// Petitions is what the pages of petitions need. *petitions.Service is one.
type Petitions interface {
	Charters(ctx context.Context) ([]petitions.Charter, error)
	SaveCharter(ctx context.Context, who authz.Actor, c petitions.Charter) error
	Switches(ctx context.Context) (map[petitions.SwitchName]petitions.Switch, error)
	SetSwitch(ctx context.Context, who authz.Actor, c petitions.Change) (extended int, err error)
	Import(ctx context.Context, who authz.Actor, r io.Reader, o petitions.ImportOptions) (city.Report, error)
	Exchanges(ctx context.Context, who authz.Actor) (petitions.ExchangeState, error)
}

// UsePetitions adds the pages of petitions to the area: the versions of the
// charter's rules, the switches, the import of the former site, the state of
// the exchange. It is called once, before Area.
func (h *Handlers) UsePetitions(p Petitions) *Handlers {
	h.petitions = p
	return h
}

const (
	petitionsSlug = "petitions"
	petitionsURL  = "/admin/" + petitionsSlug
	switchesURL   = petitionsURL + "/switches"
	oldSiteURL    = petitionsURL + "/import"
	exchangeURL   = petitionsURL + "/exchange"
	petitionsNav  = "admin." + petitionsSlug
)

func (h *Handlers) petitionRoutes() []httpx.Route {
	if h.petitions == nil {
		return nil
	}
	need := httpx.Need(authz.CharterManage)
	return []httpx.Route{
		{Method: httpx.GET, Path: petitionsURL, Policy: need, Handler: h.charterList},
		{Method: httpx.POST, Path: petitionsURL, Policy: need, Handler: h.createCharter},
		{Method: httpx.GET, Path: petitionsURL + "/new", Policy: need, Handler: h.newCharter},
		{Method: httpx.GET, Path: switchesURL, Policy: need, Handler: h.switches},
		{Method: httpx.POST, Path: switchesURL, Policy: need, Handler: h.setSwitch},
		{Method: httpx.GET, Path: oldSiteURL, Policy: need, Handler: h.importForm(h.petitionImport())},
		{Method: httpx.POST, Path: oldSiteURL, Policy: need, Handler: h.importFile(h.petitionImport())},
		{Method: httpx.GET, Path: exchangeURL, Policy: need, Handler: h.exchangeState},
		{Method: httpx.GET, Path: petitionsURL + "/:id", Policy: need, Handler: h.editCharter},
		{Method: httpx.POST, Path: petitionsURL + "/:id", Policy: need, Handler: h.updateCharter},
	}
}

func guardT(ctx context.Context, key string, args ...any) string {
	return i18n.T(ctx, "petitionguard.admin."+key, args...)
}

func petitionTabs(ctx context.Context, current string) []ui.Tab {
	var out []ui.Tab
	for _, t := range [][2]string{{"charters", petitionsURL}, {"switches", switchesURL}, {"import", oldSiteURL}, {"exchange", exchangeURL}} {
		out = append(out, ui.Tab{Label: guardT(ctx, "tab."+t[0]), Href: t[1], Current: t[0] == current})
	}
	return out
}

func petitionHead(c echo.Context, title, lead string) admin.Head {
	return admin.Head{Frame: httpx.Office(c, title, petitionsNav), Title: title, Lead: lead}
}

func (h *Handlers) charterList(c echo.Context) error {
	ctx := httpx.Ctx(c)
	list, err := h.petitions.Charters(ctx)
	if err != nil {
		return err
	}
	p := admin.ListPage{Head: petitionHead(c, guardT(ctx, "title"), guardT(ctx, "charters.lead")), Tabs: petitionTabs(ctx, "charters")}
	p.Actions = []ui.ButtonProps{{Label: guardT(ctx, "charters.add"), Icon: "Plus", Href: petitionsURL + "/new"}}
	for _, k := range []string{"from", "threshold", "gathering", "supporters", "city", "tier", "source"} {
		p.Columns = append(p.Columns, guardT(ctx, "col."+k))
	}
	now, inForce := h.clock.Now().In(i18n.Kyiv), false
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	for _, x := range list {
		badge := ui.BadgeProps{Label: guardT(ctx, "past"), Color: "neutral"}
		switch {
		case x.ValidFrom.After(today):
			badge = ui.BadgeProps{Label: guardT(ctx, "future"), Color: "info"}
		case !inForce:
			inForce = true
			badge = ui.BadgeProps{Label: guardT(ctx, "current"), Color: "success"}
		}
		first := guardT(ctx, "supporters_none")
		if x.Supporters > 0 {
			first = guardT(ctx, "supporters", "n", x.Supporters, "days", x.SupportersDays)
		}
		who := admin.Cell{Text: guardT(ctx, "tier."+string(x.Tier))}
		if x.ResidentsOnly {
			who.Note = guardT(ctx, "residents")
		}
		p.Rows = append(p.Rows, []admin.Cell{
			{Text: date(&x.ValidFrom), Href: petitionsURL + "/" + idText(x.ID), Badge: badge},
			{Text: i18n.Num(ctx, x.Threshold), Num: true},
			{Text: i18n.N(ctx, "petitionguard.admin.days", x.GatheringDays)},
			{Text: first},
			{Text: guardT(ctx, "city", "check", x.CheckDays, "announce", x.AnnounceDays, "review", x.ReviewDays)},
			who,
			{Text: x.Act(i18n.Locale(ctx)), Demo: x.Demo},
		})
	}
	p.Count = i18n.N(ctx, "petitionguard.admin.charters.n", len(list))
	p.Empty = ui.EmptyProps{
		Icon: "Gavel", Title: guardT(ctx, "charters.none"), Text: guardT(ctx, "charters.none_text"),
		Action: &ui.Link{Href: petitionsURL + "/new", Label: guardT(ctx, "charters.add")},
	}
	return httpx.Render(c, http.StatusOK, admin.List(p))
}

// charterNumbers are the fields of a charter that are whole numbers.
func charterNumbers(x *petitions.Charter) map[string]*int {
	return map[string]*int{
		"threshold": &x.Threshold, "gathering_days": &x.GatheringDays, "supporters": &x.Supporters, "supporters_days": &x.SupportersDays,
		"check_days": &x.CheckDays, "announce_days": &x.AnnounceDays, "review_days": &x.ReviewDays,
	}
}

func charterValues(x petitions.Charter) url.Values {
	v := url.Values{
		"tier": {string(x.Tier)}, "residents_only": {boolText(x.ResidentsOnly)}, "source": {x.Source}, "source_en": {x.SourceEN}, "demo": {boolText(x.Demo)},
	}
	if !x.ValidFrom.IsZero() {
		v.Set("valid_from", isoDay(&x.ValidFrom))
	}
	for name, n := range charterNumbers(&x) {
		v.Set(name, strconv.Itoa(*n))
	}
	return v
}

func charterOf(v url.Values) (petitions.Charter, *errs.Error) {
	e := errs.Fields()
	x := petitions.Charter{
		Tier: petitions.Tier(v.Get("tier")), ResidentsOnly: v.Get("residents_only") == "1", Source: strings.TrimSpace(v.Get("source")), SourceEN: strings.TrimSpace(v.Get("source_en")), Demo: v.Get("demo") == "1",
	}
	if s := strings.TrimSpace(v.Get("valid_from")); s != "" {
		t, ok := day(s)
		if !ok {
			e.With("valid_from", "petitions.err.day")
		}
		x.ValidFrom = t
	}
	for name, n := range charterNumbers(&x) {
		k, err := strconv.Atoi(strings.TrimSpace(v.Get(name)))
		if err != nil {
			k = -1 // no bound allows it: the domain says which ones there are
		}
		*n = k
	}
	return x, e
}

func charterFields(ctx context.Context, v url.Values) []admin.Field {
	t := func(k string) string { return guardT(ctx, "f."+k) }
	tiers := []ui.Option{
		{Value: string(petitions.TierEmail), Label: guardT(ctx, "tier.email")}, {Value: string(petitions.TierStrong), Label: guardT(ctx, "tier.strong")},
	}
	return fill(v,
		admin.Field{Name: "valid_from", Label: t("valid_from"), Type: "date"},
		admin.Field{Name: "source", Label: t("source"), Hint: t("source_hint")},
		admin.Field{Name: "source_en", Label: t("source_en"), Hint: t("source_en_hint")},
		admin.Field{Name: "threshold", Label: t("threshold")},
		admin.Field{Name: "gathering_days", Label: t("gathering_days"), Hint: t("gathering_hint")},
		admin.Field{Name: "supporters", Label: t("supporters"), Hint: t("supporters_hint")},
		admin.Field{Name: "supporters_days", Label: t("supporters_days")},
		admin.Field{Name: "check_days", Label: t("check_days"), Hint: t("check_hint")},
		admin.Field{Name: "announce_days", Label: t("announce_days"), Hint: t("announce_hint")},
		admin.Field{Name: "review_days", Label: t("review_days"), Hint: t("review_hint")},
		admin.Field{Kind: "select", Name: "tier", Label: t("tier"), Hint: t("tier_hint"), Options: tiers},
		admin.Field{Kind: "check", Name: "residents_only", Label: t("residents_only"), Hint: t("residents_hint")},
		admin.Field{Kind: "check", Name: "demo", Label: t("demo"), Hint: t("demo_hint")},
	)
}

// newCharter starts from the version in force: mostly one number changes.
func (h *Handlers) newCharter(c echo.Context) error {
	list, err := h.petitions.Charters(httpx.Ctx(c))
	if err != nil {
		return err
	}
	x := petitions.Charter{GatheringDays: 90, SupportersDays: 30, CheckDays: 2, AnnounceDays: 3, ReviewDays: 10, Tier: petitions.TierStrong, ResidentsOnly: true}
	if len(list) > 0 {
		x = list[0]
	}
	x.ValidFrom, x.Source, x.SourceEN, x.Demo = time.Time{}, "", "", false
	v := charterValues(x)
	if len(list) == 0 {
		v.Del("threshold") // no number is usual for every city
	}
	if typed, ok := httpx.Typed(c); ok {
		v = typed
	}
	return h.showCharter(c, nil, v, nil)
}

func (h *Handlers) createCharter(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	if err := h.saveCharter(c, v, petitions.Charter{}); err != nil {
		return h.showCharter(c, nil, v, err)
	}
	httpx.Flash(c, "petitionguard.admin.saved")
	return httpx.See(c, petitionsURL)
}

func (h *Handlers) saveCharter(c echo.Context, v url.Values, have petitions.Charter) error {
	x, bad := charterOf(v)
	if err := bad.OrNil(); err != nil {
		return err
	}
	x.ID, x.Version = have.ID, httpx.Version(v.Get("version"))
	return h.petitions.SaveCharter(httpx.Ctx(c), httpx.Actor(c), x)
}

func (h *Handlers) charter(c echo.Context) (petitions.Charter, error) {
	list, err := h.petitions.Charters(httpx.Ctx(c))
	if err != nil {
		return petitions.Charter{}, err
	}
	for _, x := range list {
		if x.ID == id(c, "id") {
			return x, nil
		}
	}
	return petitions.Charter{}, errs.NotFound()
}

func (h *Handlers) editCharter(c echo.Context) error {
	x, err := h.charter(c)
	if err != nil {
		return err
	}
	v := charterValues(x)
	if typed, ok := httpx.Typed(c); ok {
		v = typed
	}
	return h.showCharter(c, &x, v, nil)
}

func (h *Handlers) updateCharter(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	have, err := h.charter(c)
	if err != nil {
		return err
	}
	if err := h.saveCharter(c, v, have); err != nil {
		if now, lerr := h.charter(c); lerr == nil {
			have = now
		}
		return h.showCharter(c, &have, v, err)
	}
	httpx.Flash(c, "petitionguard.admin.saved")
	return httpx.See(c, petitionsURL)
}

// showCharter renders the form. err is why it is shown again: mistakes are 422,
// a stale version is 409; any other error is returned.
func (h *Handlers) showCharter(c echo.Context, x *petitions.Charter, v url.Values, err error) error {
	ctx, status := httpx.Ctx(c), http.StatusOK
	p := admin.FormPage{
		Head: petitionHead(c, guardT(ctx, "new"), guardT(ctx, "form_lead")), Action: petitionsURL, Fields: charterFields(ctx, v),
		Submit: guardT(ctx, "add"), Cancel: petitionsURL,
	}
	if x != nil {
		title := guardT(ctx, "edit", "date", date(&x.ValidFrom))
		p.Frame, p.Title = httpx.Office(c, title, petitionsNav), title
		p.Action, p.Submit, p.Version, p.Demo = petitionsURL+"/"+idText(x.ID), guardT(ctx, "save"), strconv.Itoa(x.Version), x.Demo
		p.Facts = []ui.Fact{
			{Label: i18n.T(ctx, "admin.version"), Value: strconv.Itoa(x.Version), Num: true},
			{Label: i18n.T(ctx, "admin.created"), Value: i18n.Date(ctx, x.CreatedAt), Num: true},
		}
		if httpx.Actor(c).Can(authz.TrailRead) {
			p.Trail = trailURL("petition_charters", idText(x.ID))
		}
	}
	p.Back = ui.Link{Href: petitionsURL, Label: guardT(ctx, "all")}
	switch {
	case err == nil:
	case errs.Is(err, errs.KindConflict) && x != nil:
		status = http.StatusConflict
		theirs := charterFields(ctx, charterValues(*x))
		p.Stale = &ui.StaleProps{Form: "record", Text: i18n.T(ctx, "ui.stale.text"), Take: petitionsURL + "/" + idText(x.ID), Trail: p.Trail, Rows: differing(ctx, p.Fields, theirs)}
	default:
		if status, err = mistaken(c, &p, v, err); err != nil {
			return err
		}
	}
	return httpx.Render(c, status, admin.Form(p))
}

func (h *Handlers) switches(c echo.Context) error { return h.showSwitches(c, "", url.Values{}, nil) }

// showSwitches renders the switches; err is what was wrong with the one named.
func (h *Handlers) showSwitches(c echo.Context, name petitions.SwitchName, v url.Values, err error) error {
	ctx, status := httpx.Ctx(c), http.StatusOK
	list, lerr := h.petitions.Switches(ctx)
	if lerr != nil {
		return lerr
	}
	if typed, ok := httpx.Typed(c); ok {
		name, v = petitions.SwitchName(typed.Get("name")), typed
	}
	p := admin.SwitchesPage{Head: petitionHead(c, guardT(ctx, "title"), guardT(ctx, "sw.lead")), Tabs: petitionTabs(ctx, "switches")}
	var by map[string]string
	switch {
	case err == nil:
	case errs.Is(err, errs.KindConflict):
		status = http.StatusConflict
		p.Stale = guardT(ctx, "sw.stale")
	default:
		problems, fields, ok := httpx.Problems(c, err)
		if !ok {
			return err
		}
		status, by = http.StatusUnprocessableEntity, fields
		for _, x := range problems {
			p.Errors = append(p.Errors, ui.FieldError{Field: string(name) + "-" + x.Field, Text: x.Message})
		}
	}
	for _, n := range petitions.SwitchNames {
		w := list[n]
		s := admin.Switch{
			Name: string(n), Title: guardT(ctx, "sw."+string(n)), Text: guardT(ctx, "sw."+string(n)+"_text"), Version: strconv.Itoa(w.Version),
			State: ui.BadgeProps{Label: guardT(ctx, "sw.on"), Color: "success"}, Turn: guardT(ctx, "sw.turn_off."+string(n)), Value: "off", Danger: n != petitions.SwitchGuard,
		}
		reason := func(field, value string) *ui.FieldProps {
			f := &ui.FieldProps{Name: field, ID: string(n) + "-" + field, Label: guardT(ctx, "sw."+field), Hint: guardT(ctx, "sw."+field+"_hint"), Value: value, MaxLength: 500, Optional: field == "reason_en"}
			if n == name {
				f.Error = by[field]
				if v.Has(field) {
					f.Value = v.Get(field)
				}
			}
			return f
		}
		if n != petitions.SwitchGuard {
			s.ReasonUK, s.ReasonEN = reason("reason_uk", w.ReasonUK), reason("reason_en", w.ReasonEN)
		}
		if !w.On() {
			s.State = ui.BadgeProps{Label: guardT(ctx, "sw.off"), Color: "danger"}
			if n == petitions.SwitchGuard {
				s.State.Color = "neutral"
			}
			s.Turn, s.Value, s.Danger = guardT(ctx, "sw.turn_on."+string(n)), "on", false
			if w.OffSince != nil && n != petitions.SwitchGuard {
				s.Since = guardT(ctx, "sw.since", "when", i18n.DateTime(ctx, *w.OffSince))
				s.Again = guardT(ctx, "sw.reason_save")
			}
		}
		p.Switches = append(p.Switches, s)
	}
	return httpx.Render(c, status, admin.Switches(p))
}

func (h *Handlers) setSwitch(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	change := petitions.Change{
		Name: petitions.SwitchName(v.Get("name")), Off: v.Get("do") == "off",
		ReasonUK: v.Get("reason_uk"), ReasonEN: v.Get("reason_en"), Version: httpx.Version(v.Get("version")),
	}
	if do := v.Get("do"); do != "on" && do != "off" { // a form that was sent without its button
		return h.showSwitches(c, change.Name, v, nil)
	}
	n, err := h.petitions.SetSwitch(httpx.Ctx(c), httpx.Actor(c), change)
	if errs.Is(err, errs.KindInvalid) || errs.Is(err, errs.KindConflict) {
		return h.showSwitches(c, change.Name, v, err)
	}
	if err != nil {
		return err
	}
	switch {
	case n > 0:
		httpx.Flash(c, "petitionguard.admin.sw.done_extended", "n", strconv.Itoa(n))
	case change.Off:
		httpx.Flash(c, "petitionguard.admin.sw.done_off")
	default:
		httpx.Flash(c, "petitionguard.admin.sw.done_on")
	}
	return httpx.See(c, switchesURL)
}
