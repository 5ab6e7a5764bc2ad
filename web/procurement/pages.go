package procurement

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
	"ereception/internal/procurement/indicator"
	"ereception/templates/layout"
	page "ereception/templates/procurement"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// frame is the page with its crumbs below «Закупівлі міста».
func frame(c echo.Context, title string, above ...layout.Crumb) layout.Page {
	p := httpx.Page(c, title)
	p.Crumbs = append([]layout.Crumb{{Label: i18n.T(httpx.Ctx(c), "procurement.title"), Href: "/procurement"}}, above...)
	p.Crumbs = append(p.Crumbs, layout.Crumb{Label: title, Href: ""})
	return p
}

// overview is the front page; ?year= narrows it.
func (h *Handlers) overview(c echo.Context) error {
	ctx := httpx.Ctx(c)
	year := 0
	if y := c.QueryParam("year"); y != "" {
		n, err := strconv.Atoi(y)
		if err != nil || n < 1990 || n > 9999 {
			return errs.NotFound()
		}
		year = n
	}
	o, err := h.svc.Overview(ctx, year)
	if err != nil {
		return err
	}
	f, err := h.svc.Facets(ctx, dom.Contracts)
	if err != nil {
		return err
	}
	p := overviewView(ctx, o, filter(ctx, dom.Query{Year: year}, f, nil))
	p.Page = frame(c, p.Title)
	p.Page.Crumbs = []layout.Crumb{{Label: p.Title, Href: ""}}
	p.Page.Description = i18n.T(ctx, "procurement.overview.description")
	p.Page.Head = page.FeedLink("/procurement/search.rss", i18n.T(ctx, "procurement.data.rss"))
	return httpx.Render(c, http.StatusOK, page.Overview(p))
}

// search shows the form and what it finds. A condition that cannot be read is
// said at its field, and everything typed stays: 422.
func (h *Handlers) search(c echo.Context) error {
	ctx := httpx.Ctx(c)
	q, bad := dom.ParseQuery(c.QueryParams())
	facets, err := h.svc.Facets(ctx, kindOf(q))
	if err != nil {
		return err
	}
	p := page.SearchPage{
		Title: i18n.T(ctx, "procurement.search.title"), Lead: i18n.T(ctx, "procurement.search.lead"), Tabs: kindTabs(c, q),
		Clear: searchURL(dom.Query{Kind: q.Kind}),
	}
	p.Page = frame(c, p.Title)
	if err := bad.OrNil(); err != nil {
		list, _, ok := httpx.Problems(c, err)
		if !ok {
			return err
		}
		var problems []ui.FieldError
		for _, x := range list {
			problems = append(problems, ui.FieldError{Field: x.Field, Text: x.Message})
		}
		p.Filter = filter(ctx, q, facets, problems)
		p.Page.NoIndex = true
		return httpx.Render(c, http.StatusUnprocessableEntity, page.Search(p))
	}
	res, err := h.svc.Search(ctx, q)
	if err != nil {
		return err
	}
	p.Filter = filter(ctx, q, facets, nil)
	h.results(c, &p, q, res)
	if len(res.Hits) == 0 {
		unknown, err := h.svc.Unknown(ctx, q)
		if err != nil {
			return err
		}
		if len(unknown) > 0 {
			p.Empty.Text = unknownWords(ctx, q, unknown)
		}
	}
	p.Page.NoIndex = q.Page > 1 || len(p.Chips) > 0
	p.Page.Head = page.FeedLink(withQuery("/procurement/search.rss", unpaged(q)), i18n.T(ctx, "procurement.search.rss"))
	return httpx.Render(c, http.StatusOK, page.Search(p))
}

// unknownWords says which values stand nowhere in the register: of a misspelt
// one «nothing found» would tell too little.
func unknownWords(ctx context.Context, q dom.Query, fields []string) string {
	var words []string
	for _, f := range fields {
		words = append(words, i18n.T(ctx, "procurement.search.unknown."+f, "value", q.Typed(f)))
	}
	return strings.Join(words, " ")
}

func unpaged(q dom.Query) dom.Query {
	q.Page = 0
	return q
}

// kindTabs lead to the same search among contracts, tenders and plans. What
// plans and tenders have no value for is left behind.
func kindTabs(c echo.Context, q dom.Query) []ui.Tab {
	ctx := httpx.Ctx(c)
	var out []ui.Tab
	for _, kind := range []string{dom.Contracts, dom.Tenders, dom.Plans} {
		to := unpaged(q)
		if to.Kind = kind; kind != kindOf(q) {
			to.Status = "" // each kind has states of its own
		}
		if kind == dom.Plans {
			to.Sign, to.Supplier = "", ""
		}
		out = append(out, ui.Tab{Label: i18n.T(ctx, "procurement.search.tab."+kind), Href: searchURL(to), Count: "", Level: "", Current: kind == kindOf(q)})
	}
	return out
}

// results puts what was found on the page.
func (h *Handlers) results(c echo.Context, p *page.SearchPage, q dom.Query, res dom.Result) {
	ctx := httpx.Ctx(c)
	found := i18n.N(ctx, "procurement.search.found."+kindOf(q), res.Total)
	if res.AtLeast {
		found = i18n.T(ctx, "procurement.search.at_least", "found", found)
	}
	p.Heading = found
	if q.Text != "" {
		p.Heading = i18n.T(ctx, "procurement.search.for", "found", found, "text", q.Text)
	}
	if float(res.Sum) > 0 {
		p.Sum = i18n.T(ctx, "procurement.search.sum", "sum", shortMoney(ctx, res.Sum))
	}
	buyer := ""
	for _, b := range p.Filter.Buyers {
		if b.Value == q.Buyer {
			buyer = b.Label
		}
	}
	for _, x := range parts(ctx, q, buyer) {
		p.Chips = append(p.Chips, ui.ChipProps{Label: x.words, Href: searchURL(x.without), Count: "", Current: true, Remove: true})
	}
	if len(res.Hits) == 0 {
		p.Empty = ui.EmptyProps{
			Icon: "MagnifyingGlass", Title: i18n.T(ctx, "procurement.search.empty.title"), Text: i18n.T(ctx, "procurement.search.empty.text"),
			Action: &ui.Link{Href: p.Clear, Label: i18n.T(ctx, "procurement.search.clear")},
		}
		if len(p.Chips) == 0 && q.Page <= 1 {
			p.Empty.Title, p.Empty.Text, p.Empty.Action = i18n.T(ctx, "procurement.search.none.title"), i18n.T(ctx, "procurement.search.none.text"), nil
		}
		return
	}
	p.Table = table(ctx, kindOf(q), res.Hits)
	p.Table.Pager = ui.NewPager(max(res.Page, 1), res.Pages, func(n int) string {
		to := q
		to.Page = n
		return searchURL(to)
	})
	p.Exports = exports(ctx, unpaged(q))
	p.Follow = page.FollowRow(h.followForm(c, unpaged(q)), h.embedCode(c, unpaged(q)))
}

func (h *Handlers) contract(c echo.Context) error {
	ctx := httpx.Ctx(c)
	v, err := h.svc.Contract(ctx, c.Param("number"))
	if err != nil {
		return err
	}
	p := contractView(ctx, v)
	p.Page = frame(c, i18n.T(ctx, "procurement.contract.title", "number", v.Number), layout.Crumb{Label: i18n.T(ctx, "procurement.search.tab.contract"), Href: "/procurement/search"})
	p.Page.Description = p.Title
	tender := ""
	if v.Tender != nil {
		tender = v.Tender.Number
	}
	if p.Explain, err = h.explanations(c, v.TenderID, tender, v.ID, v.Number); err != nil {
		return err
	}
	p.Embed = h.badgeCode(c, v.Number)
	return httpx.Render(c, http.StatusOK, page.Contract(p))
}

func (h *Handlers) tender(c echo.Context) error {
	ctx := httpx.Ctx(c)
	v, err := h.svc.Tender(ctx, c.Param("number"))
	if err != nil {
		return err
	}
	p := tenderView(ctx, v)
	p.Page = frame(c, i18n.T(ctx, "procurement.tender.title", "number", v.Number), layout.Crumb{Label: i18n.T(ctx, "procurement.search.tab.tender"), Href: "/procurement/search?kind=tender"})
	p.Page.Description = p.Title
	if p.Explain, err = h.explanations(c, v.ID, v.Number, "", ""); err != nil {
		return err
	}
	return httpx.Render(c, http.StatusOK, page.Tender(p))
}

func (h *Handlers) plan(c echo.Context) error {
	ctx := httpx.Ctx(c)
	v, err := h.svc.Plan(ctx, c.Param("number"))
	if err != nil {
		return err
	}
	p := planView(ctx, v)
	p.Page = frame(c, i18n.T(ctx, "procurement.plan.title", "number", v.Number), layout.Crumb{Label: i18n.T(ctx, "procurement.search.tab.plan"), Href: "/procurement/search?kind=plan"})
	p.Page.Description = p.Title
	return httpx.Render(c, http.StatusOK, page.Plan(p))
}

func (h *Handlers) buyers(c echo.Context) error {
	list, err := h.svc.BuyerLines(httpx.Ctx(c))
	if err != nil {
		return err
	}
	p := buyersView(httpx.Ctx(c), list)
	p.Page = frame(c, p.Title)
	return httpx.Render(c, http.StatusOK, page.Buyers(p))
}

func (h *Handlers) buyer(c echo.Context) error {
	ctx := httpx.Ctx(c)
	v, err := h.svc.Buyer(ctx, c.Param("code"))
	if err != nil {
		return err
	}
	p := partyView(ctx, v, false)
	p.Page = frame(c, p.Title, layout.Crumb{Label: i18n.T(ctx, "procurement.buyers.title"), Href: "/procurement/buyers"})
	return httpx.Render(c, http.StatusOK, page.Party(p))
}

func (h *Handlers) supplier(c echo.Context) error {
	ctx := httpx.Ctx(c)
	v, err := h.svc.Supplier(ctx, c.Param("code"))
	if err != nil {
		return err
	}
	p := partyView(ctx, v, true)
	p.Page = frame(c, p.Title)
	p.Page.NoIndex = v.SoleTrader
	return httpx.Render(c, http.StatusOK, page.Party(p))
}

// indicators is the registry; ?g= narrows it to a generation, g=counted to those
// that are calculated here.
func (h *Handlers) indicators(c echo.Context) error {
	ctx := httpx.Ctx(c)
	counts, err := h.svc.IndicatorCounts(ctx)
	if err != nil {
		return err
	}
	only := c.QueryParam("g")
	t := func(key string, args ...any) string { return i18n.T(ctx, "procurement.indicators."+key, args...) }
	p := page.IndicatorsPage{Title: t("title"), Lead: t("lead"), Tabs: nil, Groups: nil, Data: valuesExports(ctx)}
	p.Page = frame(c, p.Title)
	all := append(indicator.Additional(), indicator.Registry()...)
	counted := 0
	for _, e := range all {
		if e.Calculated() {
			counted++
		}
	}
	tab := func(id, label string, n int) ui.Tab {
		to := "/procurement/indicators"
		if id != "" {
			to += "?g=" + id
		}
		return ui.Tab{Label: label, Href: to, Count: strconv.Itoa(n), Level: "", Current: only == id}
	}
	p.Tabs = []ui.Tab{tab("", t("tab.all"), len(all)), tab("counted", t("tab.counted"), counted)}
	known := only == "" || only == "counted"
	for _, g := range indicator.Generations() {
		group := page.IndicatorGroup{ID: "g-" + g.ID, Title: g.TitleUK, Text: g.ActUK, Rows: nil}
		if i18n.Locale(ctx) == i18n.English {
			group.Title, group.Text = g.TitleEN, g.ActEN
		}
		n := 0
		for _, e := range all {
			if e.Generation != g.ID {
				continue
			}
			n++
			if only == "" || only == g.ID || only == "counted" && e.Calculated() {
				group.Rows = append(group.Rows, registryRow(c, e, counts))
			}
		}
		known = known || only == g.ID
		p.Tabs = append(p.Tabs, tab(g.ID, i18n.T(ctx, "procurement.generation."+g.ID+".short"), n))
		if len(group.Rows) > 0 {
			p.Groups = append(p.Groups, group)
		}
	}
	if !known {
		return errs.NotFound()
	}
	return httpx.Render(c, http.StatusOK, page.Indicators(p))
}

func registryRow(c echo.Context, e indicator.Entry, counts map[string]dom.IndicatorCount) page.IndicatorRow {
	ctx := httpx.Ctx(c)
	t := func(key string, args ...any) string { return i18n.T(ctx, "procurement.indicators."+key, args...) }
	r := page.IndicatorRow{ID: e.ID, Name: e.Name, Href: indicatorURL(e.ID), Level: word(ctx, "level", string(e.Level)), Why: e.WhyNot(i18n.Locale(ctx)), Calculated: e.Calculated()}
	if e.Inferred {
		r.Level = join(r.Level, t("inferred"))
	}
	if !e.Calculated() {
		return r
	}
	if e.Rule != e.ID { // an older id of the same
		r.Calculated, r.Why = false, t("as", "id", e.Rule)
		return r
	}
	n := counts[e.ID].Contracts
	if hasProfiles(e.ID) {
		n = max(n, counts[e.ID+"@"+string(indicator.ByContract)].Contracts)
	}
	if r.Hits = i18n.Num(ctx, n); n > 0 {
		r.HitsHref = indicatorURL(e.ID) + "#hits"
	}
	return r
}

func (h *Handlers) indicator(c echo.Context) error {
	ctx := httpx.Ctx(c)
	e, ok := indicator.EntryByID(c.Param("id"))
	if !ok {
		return errs.NotFound()
	}
	t := func(key string, args ...any) string { return i18n.T(ctx, "procurement.indicator."+key, args...) }
	p := page.IndicatorPage{
		ID: e.ID, Title: e.Name, Status: t("not_counted"), Counted: false, Sections: nil, Facts: indicatorFacts(ctx, e), Law: nil, LawNote: "", Why: e.WhyNot(i18n.Locale(ctx)),
	}
	p.Page = frame(c, e.ID, layout.Crumb{Label: i18n.T(ctx, "procurement.indicators.title"), Href: "/procurement/indicators"})
	switch {
	case e.Calculated() && e.Rule == e.ID:
		p.Title, p.Status, p.Counted = indicatorName(ctx, e.ID), t("counted"), true
		p.Sections, p.Law, p.LawNote = indicatorSections(ctx, e.ID), lines(i18n.T(ctx, "procurement.ind."+e.ID+".law")), t("law_unverified")
		p.Data = valuesExports(ctx)
		if err := h.hits(c, &p, e.ID); err != nil {
			return err
		}
	case e.Calculated():
		p.Why = i18n.T(ctx, "procurement.indicators.as", "id", e.Rule)
	case e.Legal != "":
		p.LawQuote, p.LawNote = e.Legal, t("law_unverified")
	}
	return httpx.Render(c, http.StatusOK, page.Indicator(p))
}

// hits lists what an indicator found: of the profile «за договором» where there
// are two, because it covers more.
func (h *Handlers) hits(c echo.Context, p *page.IndicatorPage, id string) error {
	ctx := httpx.Ctx(c)
	sign := id
	if hasProfiles(id) {
		sign = id + "@" + string(indicator.ByContract)
	}
	found, err := h.svc.Indicator(ctx, sign)
	if err != nil {
		return err
	}
	if len(found.Latest) == 0 && sign != id {
		sign = id
		if found, err = h.svc.Indicator(ctx, sign); err != nil {
			return err
		}
	}
	level := ""
	if found.Contracts > 0 {
		level = "soon"
	}
	to := searchURL(dom.Query{Sign: sign})
	p.Tiles = []ui.TileProps{
		tile(ctx, i18n.Num(ctx, found.Contracts), "", i18n.T(ctx, "procurement.indicator.tile.sign"), to, level),
		tile(ctx, i18n.Num(ctx, found.ClearContracts), "", i18n.T(ctx, "procurement.indicator.tile.clear"), "", ""),
	}
	if len(found.Latest) > 0 {
		p.Hits, p.HitsAt = table(ctx, dom.Contracts, found.Latest), i18n.T(ctx, "procurement.indicator.hits")
		p.All = &ui.Link{Href: to, Label: i18n.T(ctx, "procurement.indicator.all_hits")}
	}
	return nil
}

// cpv shows a level of the tree, or what was found in it. The other conditions
// of the search from which a person came go along.
func (h *Handlers) cpv(c echo.Context) error {
	ctx := httpx.Ctx(c)
	locale := i18n.Locale(ctx)
	v := c.QueryParams()
	code, find := strings.TrimSpace(v.Get("code")), strings.TrimSpace(v.Get("find"))
	kept := url.Values{}
	for k, vals := range v {
		if k != "code" && k != "find" && k != "cpv" && k != "page" {
			kept[k] = vals
		}
	}
	q, bad := dom.ParseQuery(kept)
	if bad.OrNil() != nil {
		q = dom.Query{}
	}
	keep := q.Values()
	open := func(to string) string { return address("/procurement/cpv", keep, "code", to) }
	pick := func(to string) string { return address("/procurement/search", keep, "cpv", to) }
	p := page.CPVPage{
		Title: i18n.T(ctx, "procurement.cpv.title"), Lead: i18n.T(ctx, "procurement.cpv.lead"), Query: find, Heading: i18n.T(ctx, "procurement.cpv.divisions"),
		Empty: i18n.T(ctx, "procurement.cpv.none"),
	}
	for k, vals := range keep {
		for _, x := range vals {
			p.Keep = append(p.Keep, ui.Link{Label: k, Href: x})
		}
	}
	crumbs := []layout.Crumb{}
	var nodes []dom.CPVNode
	switch {
	case find != "":
		nodes, p.Heading = dom.CPVSearch(find, locale, 50), i18n.T(ctx, "procurement.cpv.found", "text", find)
	case code != "":
		path := dom.CPVPath(code, locale)
		if len(path) == 0 {
			return errs.NotFound()
		}
		here := path[len(path)-1]
		nodes = dom.CPVChildren(here.Prefix, locale)
		p.Here, p.Empty = &page.Code{Code: here.Code, Name: here.Name, Href: "", Pick: pick(here.Prefix), Count: "", Deeper: false}, i18n.T(ctx, "procurement.cpv.leaf")
		crumbs = append(crumbs, layout.Crumb{Label: p.Title, Href: open("")})
		for _, n := range path[:len(path)-1] {
			crumbs = append(crumbs, layout.Crumb{Label: n.Prefix + " " + n.Name, Href: open(n.Prefix)})
		}
	default:
		nodes = dom.CPVChildren("", locale)
	}
	for _, n := range nodes {
		p.Rows = append(p.Rows, page.Code{Code: n.Code, Name: n.Name, Href: open(n.Prefix), Pick: pick(n.Prefix), Count: "", Deeper: !n.Leaf})
	}
	name := p.Title
	if p.Here != nil {
		name = p.Here.Code + " " + p.Here.Name
	}
	p.Page = frame(c, name, crumbs...)
	p.Page.NoIndex = len(keep) > 0 || find != ""
	return httpx.Render(c, http.StatusOK, page.CPV(p))
}

// address adds a parameter to those that are kept; an empty value leaves it out.
func address(path string, keep url.Values, key, value string) string {
	v := url.Values{}
	for k, vals := range keep {
		v[k] = vals
	}
	if value != "" {
		v.Set(key, value)
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// suggest answers while a person types a CPV code or the name of a supplier.
func (h *Handlers) suggest(c echo.Context) error {
	type item struct {
		Label string `json:"label"`
		Hint  string `json:"hint,omitempty"`
		Value string `json:"value"`
	}
	const most = 8
	ctx := httpx.Ctx(c)
	text := strings.TrimSpace(c.QueryParam("q"))
	items := []item{}
	if len(text) > 200 {
		text = ""
	}
	switch c.QueryParam("of") {
	case "cpv":
		if text != "" {
			for _, n := range dom.CPVSearch(text, i18n.Locale(ctx), most) {
				items = append(items, item{Label: n.Code + " " + n.Name, Hint: "", Value: n.Prefix})
			}
		}
	case "supplier":
		if text != "" {
			list, err := h.svc.SuggestSuppliers(ctx, text, most)
			if err != nil {
				return err
			}
			for _, s := range list {
				items = append(items, item{Label: partyName(ctx, s), Hint: s.Code, Value: s.Key})
			}
		}
	default:
		return errs.NotFound()
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=60")
	return httpx.JSON(c, map[string]any{"items": items})
}
