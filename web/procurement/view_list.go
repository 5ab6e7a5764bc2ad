package procurement

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
	"ereception/internal/procurement/indicator"
	page "ereception/templates/procurement"
	"ereception/templates/ui"
)

// columnIDs are the indicators that have a column of their own in lists.
var columnIDs = []string{"DASU-3-1", "DASU-3-2", "DASU-3-3"}

func planURL(number string) string { return "/procurement/plans/" + url.PathEscape(number) }

// buyerURL is the page of a buyer; a sole trader, who is the buyer of some
// examples, has none.
func buyerURL(code string) string {
	if code == "" || dom.SoleTrader(code) {
		return ""
	}
	return "/procurement/buyers/" + url.PathEscape(code)
}

func supplierURL(key string) string { return "/procurement/suppliers/" + url.PathEscape(key) }

func indicatorURL(id string) string { return "/procurement/indicators/" + url.PathEscape(id) }

// hitURL is the page of what a search found.
func hitURL(h dom.Hit) string {
	switch h.Kind {
	case dom.Tenders:
		return tenderURL(h.Number)
	case dom.Plans:
		return planURL(h.Number)
	}
	return contractURL(h.Number)
}

// searchURL is the permanent address of a search.
func searchURL(q dom.Query) string { return withQuery("/procurement/search", q) }

func withQuery(path string, q dom.Query) string {
	if v := q.Values().Encode(); v != "" {
		return path + "?" + v
	}
	return path
}

// supplierName is the first supplier of a hit, as it may be shown.
func supplierName(ctx context.Context, h dom.Hit) string {
	switch {
	case h.SoleTrader:
		return i18n.T(ctx, "procurement.sole_trader")
	case h.SupplierKey == "":
		return ""
	}
	return cmp.Or(h.SupplierName, i18n.T(ctx, "procurement.no_name"))
}

// buyerName is the buyer as it may be shown: there are examples whose buyer is a
// sole trader.
func buyerName(ctx context.Context, code, name string) string {
	return partyName(ctx, dom.Named{Key: code, Code: code, Name: name, SoleTrader: dom.SoleTrader(code)})
}

// buyerLabels names buyers side by side: who bears the name of another has his code
// beside it, and whom the demonstration invented is said to be so.
func buyerLabels(ctx context.Context, list []dom.Slice) map[string]string {
	names := map[string]int{}
	for _, b := range list {
		names[strings.ToLower(b.Name)]++
	}
	out := make(map[string]string, len(list))
	for _, b := range list {
		label := partyName(ctx, dom.Named{Key: b.Key, Code: b.Key, Name: b.Name, SoleTrader: b.SoleTrader || dom.SoleTrader(b.Key)})
		if b.Name != "" && names[strings.ToLower(b.Name)] > 1 {
			label += ", " + i18n.T(ctx, "procurement.buyers.code", "code", b.Key)
		}
		if b.Demo {
			label += ", " + i18n.T(ctx, "procurement.buyers.demo")
		}
		out[b.Key] = label
	}
	return out
}

// cpvLabel is a code with its name.
func cpvLabel(ctx context.Context, code string) string {
	if name := dom.CPVName(code, i18n.Locale(ctx)); name != "" && name != code {
		return code + " " + name
	}
	return code
}

func title(ctx context.Context, h dom.Hit) string {
	return cmp.Or(h.Title, dom.CPVName(h.CPV, i18n.Locale(ctx)), h.Number)
}

// table shows hits; kind chooses heads and columns.
func table(ctx context.Context, kind string, hits []dom.Hit) *page.Table {
	t := func(key string) string { return i18n.T(ctx, "procurement.list."+key) }
	out := &page.Table{Caption: t("caption"), Item: t("contract"), Currency: t("amount"), Columns: columns(ctx), Rows: nil, Pager: ui.PagerProps{Items: nil, Prev: "", Next: ""}}
	switch kind {
	case dom.Tenders:
		out.Caption, out.Item = t("caption_tender"), t("tender")
	case dom.Plans:
		out.Caption, out.Item, out.Columns = t("caption_plan"), t("plan"), nil
	}
	codes := map[string]string{} // of the buyers on the page, by name
	twin, ids, shared := map[string]bool{}, map[string]string{}, map[string]bool{}
	for _, h := range hits {
		if id, known := ids[h.Number]; known && id != h.ID {
			shared[h.Number] = true // documents that were made up for tests bear one number
		}
		ids[h.Number] = h.ID
		if c, known := codes[h.BuyerName]; known && c != h.BuyerCode {
			twin[h.BuyerName] = true
		}
		codes[h.BuyerName] = h.BuyerCode
	}
	for _, h := range hits {
		r := row(ctx, h, len(out.Columns) > 0)
		if shared[h.Number] {
			h.Number = h.ID
			r.Href = hitURL(h)
		}
		if twin[h.BuyerName] && r.BuyerHref != "" && h.BuyerName != "" {
			r.Buyer += ", " + i18n.T(ctx, "procurement.buyers.code", "code", h.BuyerCode)
		}
		out.Rows = append(out.Rows, r)
	}
	return out
}

func columns(ctx context.Context) []page.Column {
	var out []page.Column
	for _, id := range columnIDs {
		out = append(out, page.Column{Short: strings.TrimPrefix(id, "DASU-"), Name: indicatorName(ctx, id), Href: indicatorURL(id)})
	}
	return out
}

func row(ctx context.Context, h dom.Hit, marks bool) page.Row {
	r := page.Row{
		Day: day(h.Day), Title: title(ctx, h), Href: hitURL(h), Sub: join(h.Number, h.CPV), Buyer: buyerName(ctx, h.BuyerCode, h.BuyerName), BuyerHref: buyerURL(h.BuyerCode),
		Supplier: supplierName(ctx, h), Status: statusWord(ctx, h.Kind, h.Status), Amount: amount(ctx, h.Amount), Marks: nil, Tags: nil, Example: h.Example, Demo: h.Demo,
	}
	if h.Currency != "" && h.Currency != "UAH" {
		r.Amount = money(ctx, h.Amount, h.Currency)
	}
	if h.Kind != dom.Contracts {
		r.Sub = join(r.Sub, methodWord(ctx, h.Method))
	}
	if !marks {
		return r
	}
	for _, id := range columnIDs {
		r.Marks = append(r.Marks, markOf(id, h.Signs, h.Clear))
	}
	for _, id := range h.Signs {
		if base, _, _ := strings.Cut(id, "@"); !slices.Contains(columnIDs, base) {
			r.Tags = append(r.Tags, page.Tag{Label: id, Href: indicatorURL(base), Title: indicatorName(ctx, base)})
		}
	}
	return r
}

// markOf is the badge of an indicator, whichever of its profiles gave the value.
func markOf(id string, signs, clear []string) page.Mark {
	of := func(list []string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return s == id || strings.HasPrefix(s, id+"@") })
	}
	switch {
	case of(signs):
		return page.Sign
	case of(clear):
		return page.Clear
	}
	return page.Uncounted
}

// indicatorName is the name in plain words; the official one stands on the page
// of the indicator.
func indicatorName(ctx context.Context, id string) string {
	if key := "procurement.ind." + id + ".name"; i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	return id
}

// signLabel names a sign as a filter does: DASU-3-3 with its profile in words.
func signLabel(ctx context.Context, id string) string {
	if id == dom.AnySign {
		return i18n.T(ctx, "procurement.search.chip.any_sign")
	}
	base, profile, _ := strings.Cut(id, "@")
	if profile != "" && hasProfiles(base) {
		return base + ", " + i18n.T(ctx, "procurement.profile."+profile)
	}
	return base
}

// withProfile names a sign of the register as a filter does: without a profile
// the register means the methodology, a filter both.
func withProfile(id string) string {
	if hasProfiles(id) {
		return id + "@" + string(indicator.Methodology)
	}
	return id
}

func hasProfiles(id string) bool {
	r := indicator.ByID(id)
	return r != nil && r.Profiles
}

// signOptions are all calculated indicators.
func signOptions(ctx context.Context) []ui.Option {
	option := func(id string) ui.Option {
		base, _, _ := strings.Cut(id, "@")
		return ui.Option{Value: id, Label: signLabel(ctx, id) + ": " + indicatorName(ctx, base), Note: "", Group: "", Disabled: false, Mark: ""}
	}
	out := []ui.Option{{Value: dom.AnySign, Label: i18n.T(ctx, "procurement.filter.some_sign"), Note: "", Group: "", Disabled: false, Mark: ""}}
	for _, r := range indicator.All() {
		out = append(out, option(r.ID))
		if r.Profiles {
			out = append(out, option(r.ID+"@"+string(indicator.Methodology)), option(r.ID+"@"+string(indicator.ByContract)))
		}
	}
	return out
}

// filter is the form of a search, with what was typed and the values that there are.
func filter(ctx context.Context, q dom.Query, f dom.Facets, problems []ui.FieldError) page.Filter {
	opt := func(value, label string) ui.Option {
		return ui.Option{Value: value, Label: label, Note: "", Group: "", Disabled: false, Mark: ""}
	}
	kind := kindOf(q)
	out := page.Filter{
		Action: "/procurement/search", Kind: kind, Text: q.Typed("q"), Buyer: q.Typed("buyer"), Supplier: strings.TrimPrefix(q.Typed("supplier"), "UA-EDR-"), CPV: q.Typed("cpv"),
		Method: q.Typed("method"), Status: q.Typed("status"), Sign: q.Typed("sign"), Sort: q.Typed("sort"), Year: q.Typed("year"),
		From: q.Typed("from"), To: q.Typed("to"), Min: q.Typed("min"), Max: q.Typed("max"),
		Buyers: nil, BuyersAt: i18n.N(ctx, "procurement.filter.all_buyers", len(f.Buyers)), Years: nil, Methods: nil, Statuses: nil, Signs: signOptions(ctx),
		Sorts:    []ui.Option{opt("", i18n.T(ctx, "procurement.filter.sort.day")), opt(dom.SortAmount, i18n.T(ctx, "procurement.filter.sort.amount"))},
		CPVTree:  withQuery("/procurement/cpv", dom.Query{Kind: q.Kind, Text: q.Text, Buyer: q.Buyer, Supplier: q.Supplier, Method: q.Method, Status: q.Status, Sign: q.Sign, Year: q.Year, From: q.From, To: q.To, Min: q.Min, Max: q.Max}),
		More:     q.Supplier != "" || q.Method != "" || q.Status != "" || q.Min != "" || q.Max != "" || !q.From.IsZero() || !q.To.IsZero() || q.Sort == dom.SortAmount,
		Problems: problems,
	}
	if len(problems) == 0 && q.CPV != "" {
		out.CPV = cpvLabel(ctx, q.CPV)
	}
	labels := buyerLabels(ctx, f.Buyers)
	for _, b := range f.Buyers {
		out.Buyers = append(out.Buyers, opt(b.Key, labels[b.Key]))
	}
	for _, y := range f.Years {
		out.Years = append(out.Years, opt(y.Code, y.Code))
	}
	for _, m := range f.Methods {
		out.Methods = append(out.Methods, opt(m.Code, methodWord(ctx, m.Code)))
	}
	for _, s := range f.Statuses {
		out.Statuses = append(out.Statuses, opt(s.Code, statusWord(ctx, kind, s.Code)))
	}
	if kind == dom.Plans {
		out.Signs = nil // a plan has no value of any indicator
	}
	out.Buyers, out.Years = keep(out.Buyers, out.Buyer), keep(out.Years, out.Year)
	out.Methods, out.Statuses, out.Signs = keep(out.Methods, out.Method), keep(out.Statuses, out.Status), keep(out.Signs, out.Sign)
	for _, p := range problems {
		out.More = out.More || slices.Contains([]string{"supplier", "method", "status", "min", "max", "from", "to", "sort"}, p.Field)
	}
	return out
}

// keep adds the chosen value where the list has lost it: a form must not forget it.
func keep(list []ui.Option, value string) []ui.Option {
	if value == "" || slices.ContainsFunc(list, func(o ui.Option) bool { return o.Value == value }) {
		return list
	}
	return append(list, ui.Option{Value: value, Label: value, Note: "", Group: "", Disabled: false, Mark: ""})
}

func kindOf(q dom.Query) string { return cmp.Or(q.Kind, dom.Contracts) }

// part is one condition of a search: its words, and the search without it.
type part struct {
	words   string
	without dom.Query
}

// parts takes a search apart, in the order of the form.
func parts(ctx context.Context, q dom.Query, buyerName string) []part {
	t := func(key string, args ...any) string { return i18n.T(ctx, "procurement.search.chip."+key, args...) }
	q.Page = 0
	var out []part
	add := func(set bool, words string, clear func(*dom.Query)) {
		if set {
			w := q
			clear(&w)
			out = append(out, part{words, w})
		}
	}
	add(q.Text != "", t("text", "text", q.Text), func(w *dom.Query) { w.Text = "" })
	add(q.Buyer != "", cmp.Or(buyerName, supplierWords(ctx, q.Buyer)), func(w *dom.Query) { w.Buyer = "" })
	add(q.Year != 0, strconv.Itoa(q.Year), func(w *dom.Query) { w.Year = 0 })
	add(q.CPV != "", t("cpv", "code", q.CPV), func(w *dom.Query) { w.CPV = "" })
	add(q.Sign != "", signLabel(ctx, q.Sign), func(w *dom.Query) { w.Sign = "" })
	add(q.Supplier != "", i18n.T(ctx, "procurement.list.supplier", "name", supplierWords(ctx, q.Supplier)), func(w *dom.Query) { w.Supplier = "" })
	add(q.Method != "", methodWord(ctx, q.Method), func(w *dom.Query) { w.Method = "" })
	add(q.Status != "", statusWord(ctx, kindOf(q), q.Status), func(w *dom.Query) { w.Status = "" })
	add(q.Min != "", t("min", "sum", money(ctx, q.Min, "")), func(w *dom.Query) { w.Min = "" })
	add(q.Max != "", t("max", "sum", money(ctx, q.Max, "")), func(w *dom.Query) { w.Max = "" })
	add(!q.From.IsZero(), t("from", "day", day(q.From)), func(w *dom.Query) { w.From = time.Time{} })
	add(!q.To.IsZero(), t("to", "day", day(q.To)), func(w *dom.Query) { w.To = time.Time{} })
	return out
}

// supplierWords shows a key of a supplier, or the code of a buyer, as a person would type it.
func supplierWords(ctx context.Context, key string) string {
	if dom.SoleTrader(key) {
		return i18n.T(ctx, "procurement.sole_trader")
	}
	if dom.WithoutCode(key) {
		return i18n.T(ctx, "procurement.without_code")
	}
	return strings.TrimPrefix(key, "UA-EDR-")
}

// describe says a search in words, for letters and lists of searches.
func describe(ctx context.Context, q dom.Query) string {
	words := []string{i18n.T(ctx, "procurement.search.tab."+kindOf(q))}
	for _, p := range parts(ctx, q, "") {
		words = append(words, p.words)
	}
	return strings.Join(words, "; ")
}
