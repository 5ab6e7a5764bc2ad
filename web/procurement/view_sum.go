package procurement

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
	page "ereception/templates/procurement"
	"ereception/templates/ui"
)

// barsShown bounds the lines of a chart; the others become one.
const barsShown = 8

// noSum stands where contracts have no sum together: they were cancelled, are in
// another currency, or do not say theirs. That is not nought hryvnias.
const noSum = "—"

// tile is a figure of the front page.
func tile(ctx context.Context, value, unit, label, href, level string) ui.TileProps {
	return ui.TileProps{Value: value, Unit: unit, Label: label, Note: "", Href: href, Level: level}
}

// contractTiles are the five figures of a front page, of a buyer and of a
// supplier. base is the search that they lead to.
func contractTiles(ctx context.Context, base dom.Query, contracts int, sum string, signs, clear, uncounted int) []ui.TileProps {
	t := func(key string) string { return i18n.T(ctx, "procurement.overview."+key) }
	label := i18n.N(ctx, "procurement.overview.contracts", contracts)
	if base.Year != 0 {
		label = i18n.N(ctx, "procurement.overview.contracts_year", contracts, "year", strconv.Itoa(base.Year))
	}
	_, label, _ = strings.Cut(label, " ") // the number stands above the words
	value, unit := short(ctx, sum)
	if contracts > 0 && float(sum) == 0 {
		value, unit = noSum, ""
	}
	withSign, dear := base, base
	withSign.Sign, dear.Sort = dom.AnySign, dom.SortAmount
	level := ""
	if signs > 0 {
		level = "soon"
	}
	return []ui.TileProps{
		tile(ctx, i18n.Num(ctx, contracts), "", label, searchURL(base), ""),
		tile(ctx, value, unit, t("sum"), searchURL(dear), ""),
		tile(ctx, i18n.Num(ctx, signs), "", t("signs"), searchURL(withSign), level),
		tile(ctx, i18n.Num(ctx, clear), "", t("clear"), "", ""),
		tile(ctx, i18n.Num(ctx, uncounted), "", t("uncounted"), "", ""),
	}
}

// bars turns parts of a sum into bars, measured by the sum or, where there is
// none, by the count.
func bars(ctx context.Context, list []dom.Slice, label func(dom.Slice) (string, string)) []page.Bar {
	list = fold(list)
	most := 0.0
	size := func(s dom.Slice) float64 {
		if s.Sum == "" {
			return float64(s.Count)
		}
		return float(s.Sum)
	}
	for _, s := range list {
		most = max(most, size(s))
	}
	var out []page.Bar
	for _, s := range list {
		b := page.Bar{Label: "", Href: "", Count: i18n.Num(ctx, s.Count), Sum: "", Percent: 0}
		switch {
		case s.Sum == "":
		case float(s.Sum) == 0 && s.Count > 0:
			b.Sum = noSum
		default:
			b.Sum = shortMoney(ctx, s.Sum)
		}
		if most > 0 {
			b.Percent = int(size(s) / most * 100)
		}
		b.Label, b.Href = label(s)
		out = append(out, b)
	}
	return out
}

// fold puts the lines beyond the bound together with the others.
func fold(list []dom.Slice) []dom.Slice {
	if len(list) <= barsShown+1 {
		return list
	}
	rest := dom.Slice{Key: "", Name: "", SoleTrader: false, Demo: false, Count: 0, Sum: "", Signs: 0}
	sum, summed := 0.0, false
	for _, s := range list[barsShown:] {
		rest.Count += s.Count
		rest.Signs += s.Signs
		sum += float(s.Sum)
		summed = summed || s.Sum != ""
	}
	if summed {
		rest.Sum = strconv.FormatFloat(sum, 'f', 2, 64)
	}
	return append(slices.Clone(list[:barsShown]), rest)
}

func others(ctx context.Context) string { return i18n.T(ctx, "procurement.overview.others") }

// chart is a table of bars with the words of the catalogue.
func chart(ctx context.Context, id, head string, list []page.Bar) page.Chart {
	title := i18n.T(ctx, "procurement.overview."+id)
	return page.Chart{
		ID: id, Title: title, Text: "", Head: head, Count: i18n.T(ctx, "procurement.overview.count"), Sum: i18n.T(ctx, "procurement.overview.sum_head"),
		Bars: list, Amber: false, More: nil, Caption: title,
	}
}

// charts of the sums; base is the search that their lines narrow.
type charts struct {
	ctx  context.Context
	base dom.Query
}

func (c charts) narrowed(set func(*dom.Query)) string {
	q := c.base
	set(&q)
	return searchURL(q)
}

func (c charts) buyers(list []dom.Slice) page.Chart {
	labels := buyerLabels(c.ctx, list)
	return chart(c.ctx, "buyers", i18n.T(c.ctx, "procurement.list.buyer"), bars(c.ctx, list, func(s dom.Slice) (string, string) {
		if s.Key == "" {
			return others(c.ctx), ""
		}
		return labels[s.Key], buyerURL(s.Key)
	}))
}

func (c charts) suppliers(list []dom.Slice) page.Chart {
	names := map[string]int{}
	for _, s := range list {
		names[strings.ToLower(s.Name)]++
	}
	return chart(c.ctx, "by_supplier", i18n.T(c.ctx, "procurement.contract.supplier"), bars(c.ctx, list, func(s dom.Slice) (string, string) {
		switch {
		case s.Key == "":
			return others(c.ctx), ""
		case s.SoleTrader:
			return i18n.T(c.ctx, "procurement.sole_trader"), supplierURL(s.Key)
		}
		name := cmp.Or(s.Name, s.Key)
		if s.Name != "" && names[strings.ToLower(s.Name)] > 1 {
			name += ", " + i18n.T(c.ctx, "procurement.buyers.code", "code", supplierWords(c.ctx, s.Key))
		}
		return name, supplierURL(s.Key)
	}))
}

func (c charts) years(list []dom.Slice) page.Chart {
	return chart(c.ctx, "by_year", i18n.T(c.ctx, "procurement.filter.year"), bars(c.ctx, list[:min(len(list), barsShown+1)], func(s dom.Slice) (string, string) {
		n, _ := strconv.Atoi(s.Key)
		return s.Key, c.narrowed(func(q *dom.Query) { q.Year = n })
	}))
}

func (c charts) divisions(list []dom.Slice) page.Chart {
	return chart(c.ctx, "by_cpv", i18n.T(c.ctx, "procurement.filter.cpv"), bars(c.ctx, list, func(s dom.Slice) (string, string) {
		if s.Key == "" {
			return others(c.ctx), ""
		}
		label := s.Key
		if name := dom.CPVName(s.Key, i18n.Locale(c.ctx)); name != "" && name != s.Key {
			label += " " + name
		}
		return label, c.narrowed(func(q *dom.Query) { q.CPV = s.Key })
	}))
}

func (c charts) signs(list []dom.Slice) page.Chart {
	out := chart(c.ctx, "by_sign", i18n.T(c.ctx, "procurement.filter.sign"), bars(c.ctx, uncounted(list), func(s dom.Slice) (string, string) {
		if s.Key == "" {
			return others(c.ctx), ""
		}
		base, _, _ := strings.Cut(s.Key, "@")
		sign := withProfile(s.Key)
		return signLabel(c.ctx, sign) + ": " + indicatorName(c.ctx, base), c.narrowed(func(q *dom.Query) { q.Sign = sign })
	}))
	out.Amber, out.Sum, out.Count = true, "", i18n.T(c.ctx, "procurement.overview.hits")
	out.Text = i18n.T(c.ctx, "procurement.overview.by_sign_text")
	return out
}

// uncounted leaves the sums out: signs are measured by their number.
func uncounted(list []dom.Slice) []dom.Slice {
	out := make([]dom.Slice, len(list))
	for i, s := range list {
		s.Sum = ""
		out[i] = s
	}
	return out
}

func competition(ctx context.Context, s dom.Share) *page.Competition {
	if float(s.OfSum) <= 0 {
		return nil
	}
	return &page.Competition{
		Percent: s.SumRate, Words: i18n.T(ctx, "procurement.competition.words", "percent", s.SumRate),
		Text: i18n.T(ctx, "procurement.competition.text", "part", shortMoney(ctx, s.Sum), "whole", shortMoney(ctx, s.OfSum)),
	}
}

// overviewView fills the front page.
func overviewView(ctx context.Context, o dom.Overview, f page.Filter) page.OverviewPage {
	t := func(key string, args ...any) string { return i18n.T(ctx, "procurement.overview."+key, args...) }
	base := dom.Query{Year: o.Year}
	p := page.OverviewPage{
		Title: i18n.T(ctx, "procurement.title"), Lead: t("lead_never"), Tiles: contractTiles(ctx, base, o.Contracts, o.Sum, o.Signs, o.Clear, o.Uncounted), Filter: f,
		Competition: competition(ctx, o.Competitive),
		Data: []ui.Link{
			{Href: "/procurement/search", Label: t("data_search")},
			{Href: "/procurement/ocds.json", Label: t("data_ocds")},
			{Href: "/procurement/indicators.csv", Label: t("data_values")},
			{Href: "/procurement/indicators.json", Label: t("data_values_json")},
			{Href: "/procurement/data/registry.csv", Label: t("data_registry")},
			{Href: "/procurement/data/monitorings.csv", Label: t("data_monitorings")},
			{Href: "/procurement/data/explanations.csv", Label: t("data_explanations")},
			{Href: "/procurement/search.rss", Label: t("data_rss")},
		},
	}
	if !o.UpdatedAt.IsZero() {
		p.Lead = t("lead", "at", i18n.DateTime(ctx, o.UpdatedAt))
	}
	switch {
	case len(o.ByYear) == 0 && o.Tenders == 0 && o.Plans == 0:
		p.Example = t("none")
	case o.Examples:
		p.Example = t("example")
	}
	if len(o.ByYear) > 1 {
		p.Years = append(p.Years, ui.Tab{Label: t("all_years"), Href: "/procurement", Count: "", Level: "", Current: o.Year == 0})
		for _, y := range o.ByYear {
			p.Years = append(p.Years, ui.Tab{Label: y.Key, Href: "/procurement?year=" + url.QueryEscape(y.Key), Count: "", Level: "", Current: strconv.Itoa(o.Year) == y.Key})
		}
	}
	if len(o.Worth) > 0 {
		p.Worth = table(ctx, dom.Contracts, o.Worth)
	}
	c := charts{ctx, base}
	buyers, divisions, signs := c.buyers(o.ByBuyer), c.divisions(o.ByCPV), c.signs(o.ByIndicator)
	buyers.More = &ui.Link{Href: "/procurement/buyers", Label: t("buyers_all")}
	divisions.More = &ui.Link{Href: "/procurement/cpv", Label: t("cpv_tree")}
	signs.More = &ui.Link{Href: "/procurement/indicators", Label: t("registry")}
	p.Charts = some(signs, buyers, c.suppliers(o.BySupplier), divisions, c.years(o.ByYear))
	return p
}

// some leaves out charts without a line.
func some(list ...page.Chart) []page.Chart {
	var out []page.Chart
	for _, c := range list {
		if len(c.Bars) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// partyView fills the page of a buyer or a supplier.
func partyView(ctx context.Context, v *dom.Party, supplier bool) page.PartyPage {
	t := func(key string, args ...any) string { return i18n.T(ctx, "procurement.party."+key, args...) }
	base := dom.Query{Buyer: v.Code}
	if supplier {
		base = dom.Query{Supplier: v.Key}
	}
	name := partyName(ctx, dom.Named{Key: v.Key, Code: v.Code, Name: v.Name, SoleTrader: v.SoleTrader})
	p := page.PartyPage{
		Eyebrow: t("buyer", "code", v.Code), Title: name, Lead: t("buyer_lead"), Tiles: contractTiles(ctx, base, v.Contracts, v.Sum, v.Signs, v.Clear, v.Uncounted),
		Competition: competition(ctx, v.Competitive), All: ui.Link{Href: searchURL(base), Label: t("all")},
		Links: []ui.Link{
			{Href: withQuery("/procurement/search.csv", base), Label: i18n.T(ctx, "procurement.data.csv")}, {Href: withQuery("/procurement/search.rss", base), Label: i18n.T(ctx, "procurement.data.rss")},
		},
	}
	c := charts{ctx, base}
	if supplier {
		p.Lead, p.Eyebrow, p.Links[0].Label = t("supplier_lead"), t("supplier", "code", v.Code), i18n.T(ctx, "procurement.data.csv_supplier")
		if v.SoleTrader || v.Code == "" {
			p.Eyebrow = t("supplier_plain")
		}
		if v.Example {
			p.Lead, p.Note = "", t("supplier_example")
		}
		if v.SoleTrader {
			p.Note = strings.TrimSpace(p.Note + " " + t("sole_trader"))
		}
		if dom.WithoutCode(v.Key) {
			p.Note = strings.TrimSpace(p.Note + " " + t("without_code"))
		}
		p.Charts = some(c.buyers(v.Others), c.years(v.ByYear), c.divisions(v.ByCPV), c.signs(v.ByIndicator))
	} else {
		if v.SoleTrader || dom.WithoutCode(v.Code) {
			p.Eyebrow = t("buyer_plain")
		}
		switch {
		case v.Demo:
			p.Note = t("demo")
		case v.Example:
			p.Note = t("example")
		}
		if dom.WithoutCode(v.Code) {
			p.Note = strings.TrimSpace(p.Note + " " + t("without_code"))
		}
		p.Charts = some(c.suppliers(v.Others), c.years(v.ByYear), c.divisions(v.ByCPV), c.signs(v.ByIndicator))
		p.Facts = buyerFacts(ctx, v)
	}
	if len(v.Latest) > 0 {
		p.Latest = table(ctx, dom.Contracts, v.Latest)
	}
	return p
}

func buyerFacts(ctx context.Context, v *dom.Party) []ui.Fact {
	var out []ui.Fact
	if !v.SoleTrader && !dom.WithoutCode(v.Code) {
		out = append(out, fact(ctx, "party.code", v.Code))
	}
	if b := v.City; b != nil {
		period := ""
		if b.ValidFrom != nil {
			period = i18n.T(ctx, "procurement.party.since", "day", day(*b.ValidFrom))
		}
		if b.ValidTo != nil {
			period = join(period, i18n.T(ctx, "procurement.party.until", "day", day(*b.ValidTo)))
		}
		out = append(out, fact(ctx, "party.role", word(ctx, "role", b.Role)), fact(ctx, "party.period", period))
		if !b.Verified {
			out = append(out, fact(ctx, "party.check", i18n.T(ctx, "procurement.buyers.unverified")))
		}
	}
	// None in the mirror is not none: what is not known is not said.
	if v.Tenders > 0 {
		out = append(out, linked(ctx, "party.tenders", i18n.Num(ctx, v.Tenders), searchURL(dom.Query{Kind: dom.Tenders, Buyer: v.Code})))
	}
	if v.Plans > 0 {
		out = append(out, linked(ctx, "party.plans", i18n.Num(ctx, v.Plans), searchURL(dom.Query{Kind: dom.Plans, Buyer: v.Code})))
	}
	return out
}

func buyersView(ctx context.Context, list []dom.BuyerLine) page.BuyersPage {
	t := func(key string, args ...any) string { return i18n.T(ctx, "procurement.buyers."+key, args...) }
	p := page.BuyersPage{Title: t("title"), Lead: t("lead"), Note: "", Rows: nil, Caption: t("caption")}
	own, foreign := 0, 0
	for _, b := range list {
		r := page.BuyerRow{
			Name: partyName(ctx, dom.Named{Key: b.Code, Code: b.Code, Name: b.Name, SoleTrader: dom.SoleTrader(b.Code)}), Href: buyerURL(b.Code), Code: t("code", "code", b.Code), Role: "", Count: i18n.Num(ctx, b.Contracts), Sum: "—",
			Signs: i18n.Num(ctx, b.Signs), SignsHref: "", Note: "",
		}
		switch {
		case dom.SoleTrader(b.Code):
			r.Code = ""
		case dom.WithoutCode(b.Code):
			r.Code = i18n.T(ctx, "procurement.without_code")
		}
		if float(b.Sum) > 0 {
			r.Sum = shortMoney(ctx, b.Sum)
		}
		if b.Signs > 0 {
			r.SignsHref = searchURL(dom.Query{Buyer: b.Code, Sign: dom.AnySign})
		}
		switch {
		case b.City == nil || b.Demo:
			foreign++
			if r.Role = t("example"); b.Demo {
				r.Role = t("demo")
			}
		default:
			own += b.Contracts + b.Tenders
			r.Role = word(ctx, "role", b.City.Role)
			if !b.City.Verified {
				r.Note = t("unverified")
			}
		}
		p.Rows = append(p.Rows, r)
	}
	if own == 0 && foreign > 0 {
		p.Note = t("examples")
	}
	return p
}
