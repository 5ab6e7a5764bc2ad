package procurement

import (
	"cmp"
	"context"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
	"ereception/internal/procurement/indicator"
	page "ereception/templates/procurement"
	"ereception/templates/ui"
)

// itemsShown bounds the list of what is bought; the rest is in Prozorro.
const itemsShown = 30

// historyShown bounds the list of past values.
const historyShown = 12

// fact is a pair for a list; without a value the list leaves it out.
func fact(ctx context.Context, key, value string) ui.Fact {
	return ui.Fact{Label: i18n.T(ctx, "procurement."+key), Value: value, Href: "", Num: false, Rich: nil}
}

func linked(ctx context.Context, key, value, href string) ui.Fact {
	f := fact(ctx, key, value)
	f.Href = href
	return f
}

// partyName is a name that may be shown.
func partyName(ctx context.Context, n dom.Named) string {
	if n.SoleTrader {
		return i18n.T(ctx, "procurement.sole_trader")
	}
	return cmp.Or(n.Name, n.Code, i18n.T(ctx, "procurement.no_name"))
}

func firstParty(ctx context.Context, list []dom.Named) (name, href string) {
	if len(list) == 0 {
		return i18n.T(ctx, "procurement.no_name"), ""
	}
	if list[0].Key != "" {
		href = supplierURL(list[0].Key)
	}
	return partyName(ctx, list[0]), href
}

// prozorro is the address of a thing at Prozorro; a derived document is not there.
func prozorro(h dom.Hit, link string) string {
	if h.Demo {
		return ""
	}
	return link
}

// rowsOf lists files: papers first, then signatures, then what robots have added.
func rowsOf(ctx context.Context, d dom.Docs) []page.Document {
	var out []page.Document
	add := func(list []dom.Doc, signature bool) {
		for _, f := range list {
			at := f.Published
			if at.IsZero() {
				at = f.Modified
			}
			x := page.Document{
				Title: cmp.Or(f.Title, i18n.T(ctx, "procurement.no_name")), Href: outside(f.URL), Format: f.Format, Type: docType(ctx, f.Type),
				Added: moment(at), Signature: signature,
			}
			if f.Versions > 0 {
				x.Type = join(x.Type, i18n.N(ctx, "procurement.documents.versions", f.Versions))
			}
			out = append(out, x)
		}
	}
	add(d.Files, false)
	add(d.Signatures, true)
	add(d.Technical, false)
	return out
}

// docType leaves out types that nobody has named in words.
func docType(ctx context.Context, code string) string {
	if w := word(ctx, "doctype", code); w != code {
		return w
	}
	return ""
}

// outside lets only addresses of the web through: they come from a document.
func outside(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return u.String()
}

func itemsView(ctx context.Context, items []dom.ItemView) (list []page.Item, more string) {
	for i, it := range items {
		if i == itemsShown {
			return list, i18n.N(ctx, "procurement.items.more", len(items)-itemsShown)
		}
		x := page.Item{Title: brief(cmp.Or(it.Description, it.CPVName, it.CPV), 400), CPV: it.CPV, CPVHref: "", Quantity: ""}
		if it.CPV != "" {
			x.CPV = strings.TrimSpace(it.CPV + " " + it.CPVName)
			if d := prefix(it.CPV); d != "" {
				x.CPVHref = "/procurement/search?cpv=" + d
			}
		}
		if q := amount(ctx, it.Quantity); q != "" {
			x.Quantity = strings.TrimSpace(q + "\u00a0" + it.Unit)
		}
		list = append(list, x)
	}
	return list, ""
}

// prefix is the part of a CPV code that says something: 4526 of 45260000-7.
func prefix(code string) string {
	head, _, _ := strings.Cut(code, "-")
	if len(head) != 8 {
		return ""
	}
	head = strings.TrimRight(head, "0")
	for len(head) < 2 {
		head += "0"
	}
	return head
}

func milestonesView(ctx context.Context, list []dom.MilestoneView) []page.Milestone {
	var out []page.Milestone
	for _, m := range list {
		if m.Code == "24h" {
			continue // a request to a bidder, not a term of the contract
		}
		x := page.Milestone{
			Title: cmp.Or(word(ctx, "milestone", m.Code), i18n.T(ctx, "procurement.milestone.other")), Term: term(ctx, m), Share: "",
			Status: statusWord(ctx, "milestone", m.Status),
		}
		if p := amount(ctx, m.Percent); p != "" {
			x.Share = p + "\u00a0%"
		}
		out = append(out, x)
	}
	return out
}

func term(ctx context.Context, m dom.MilestoneView) string {
	var words []string
	if n, err := strconv.Atoi(m.Days); err == nil {
		key := "procurement.milestone.days"
		switch m.DaysType {
		case "working", "banking":
			key = "procurement.milestone." + m.DaysType
		}
		words = append(words, i18n.N(ctx, key, n))
	}
	if w := word(ctx, "milestone.after", m.Title); w != m.Title {
		words = append(words, w)
	}
	if d := day(m.Due); d != "" {
		words = append(words, i18n.T(ctx, "procurement.search.chip.to", "day", d))
	}
	return strings.Join(words, " ")
}

// changesView are the additional agreements, the newest first.
func changesView(ctx context.Context, list []dom.ChangeView) []ui.TimelineItem {
	list = slices.Clone(list)
	at := func(c dom.ChangeView) (t dom.Span) {
		if t.From = c.Signed; t.From.IsZero() {
			t.From = c.Date
		}
		return t
	}
	slices.SortStableFunc(list, func(a, b dom.ChangeView) int { return at(b).From.Compare(at(a).From) })
	var out []ui.TimelineItem
	for _, c := range list {
		x := ui.TimelineItem{Title: i18n.T(ctx, "procurement.changes.item_plain"), Time: day(at(c).From), Text: "", Kind: "done"}
		if c.Number != "" {
			x.Title = i18n.T(ctx, "procurement.changes.item", "number", c.Number)
		}
		var why []string
		for _, r := range c.Types {
			if w := codeWord(ctx, "rationale", r); !slices.Contains(why, w) {
				why = append(why, w)
			}
		}
		x.Text = strings.Join(why, ", ")
		if c.Rationale != "" {
			if x.Text != "" {
				x.Text += ". "
			}
			x.Text += c.Rationale
		}
		if c.Status == "pending" {
			x.Kind, x.Title = "", x.Title+", "+i18n.T(ctx, "procurement.changes.pending")
		}
		out = append(out, x)
	}
	return out
}

// codeWord prefers our short words to those of the classifier.
func codeWord(ctx context.Context, group string, c dom.Code) string {
	if w := word(ctx, group, c.Code); w != c.Code {
		return w
	}
	return cmp.Or(c.Name, c.Code)
}

func codeWords(ctx context.Context, group string, list []dom.Code) string {
	var out []string
	for _, c := range list {
		out = append(out, codeWord(ctx, group, c))
	}
	return strings.Join(out, ", ")
}

// monitoringsView shows official checks. Their words are those of the State
// Audit Service and stand under its name.
func monitoringsView(ctx context.Context, list []dom.MonitoringView, demo bool) []page.Monitoring {
	var out []page.Monitoring
	for _, m := range list {
		x := page.Monitoring{
			Number: m.Number, Href: "https://prozorro.gov.ua/monitoring/" + url.PathEscape(m.Number), Status: statusWord(ctx, dom.Monitorings, m.Status), Day: day(m.Started),
			Outcome: i18n.T(ctx, "procurement.monitoring.no_conclusion"), Kind: "", Demo: demo,
			Facts: []ui.Fact{
				fact(ctx, "monitoring.number", m.Number), fact(ctx, "monitoring.started", day(m.Started)), fact(ctx, "monitoring.concluded", day(m.Concluded)),
				fact(ctx, "monitoring.reasons", codeWords(ctx, "monitoring.reason", m.Reasons)),
				fact(ctx, "monitoring.stages", codeWords(ctx, "monitoring.stage", m.Stages)),
			},
		}
		if demo {
			x.Href = ""
		}
		if m.Violation != nil {
			if *m.Violation {
				x.Outcome, x.Kind = i18n.T(ctx, "procurement.monitoring.violation"), "amber"
				x.Facts = append(x.Facts, fact(ctx, "monitoring.found", codeWords(ctx, "monitoring.found", m.Violations)))
			} else {
				x.Outcome, x.Kind = i18n.T(ctx, "procurement.monitoring.no_violation"), "ok"
			}
		}
		out = append(out, x)
	}
	return out
}

func dataLinks(ctx context.Context, tenderNumber string, more ...ui.Link) []ui.Link {
	var out []ui.Link
	if tenderNumber != "" {
		out = append(out, ui.Link{Href: tenderURL(tenderNumber) + "/ocds.json", Label: i18n.T(ctx, "procurement.data.ocds")})
		of := "?tender=" + url.QueryEscape(tenderNumber)
		out = append(out, ui.Link{Href: "/procurement/indicators.csv" + of, Label: i18n.T(ctx, "procurement.data.values")},
			ui.Link{Href: "/procurement/indicators.json" + of, Label: i18n.T(ctx, "procurement.data.values_json")})
	}
	return append(out, more...)
}

func appealLink(ctx context.Context, number, key string) ui.Link {
	return ui.Link{Href: "/appeals/new?purchase=" + url.QueryEscape(number), Label: i18n.T(ctx, "procurement.ask."+key)}
}

// contractView fills the page of a contract.
func contractView(ctx context.Context, v *dom.ContractView) page.ContractPage {
	lots := named{v.Lot: brief(v.LotTitle, 120)}
	p := page.ContractPage{
		Eyebrow: contractName(ctx, v.ContractLine), Title: title(ctx, v.Hit),
		Status: statusWord(ctx, dom.Contracts, v.Status), State: statusColor(v.Status), Example: v.Example, Demo: v.Demo, Gone: v.Gone, Prozorro: prozorro(v.Hit, v.ProzorroURL),
		Values: valuesView(ctx, v.Judged, lots), Facts: contractFacts(ctx, v), Period: nil,
		Documents: page.Documents{ID: "documents", Title: i18n.T(ctx, "procurement.documents.contract"), Text: i18n.T(ctx, "procurement.documents.text"), Rows: rowsOf(ctx, v.Docs), Without: i18n.T(ctx, "procurement.documents.none_contract")},
		Changes:   changesView(ctx, v.Changes), Milestones: milestonesView(ctx, v.Milestones), Payments: nil, Paid: nil, Ended: ended(ctx, v), Frozen: frozen(ctx, v),
		Monitorings: monitoringsView(ctx, v.Monitorings, v.Demo), History: historyView(ctx, v.Judged.History),
		Appeal: appealLink(ctx, v.Number, "contract"), Links: nil,
	}
	if len(p.Documents.Rows) == 0 {
		p.Documents.Text = ""
		if v.Stub { // its documents stand in the contracting module: that there are none nobody knows
			p.Documents.Without = i18n.T(ctx, "procurement.documents.unknown")
		}
		if p.Frozen != nil && len(p.Frozen.Documents.Rows) > 0 {
			p.Documents.Without = i18n.T(ctx, "procurement.documents.in_copy")
		}
	}
	p.Period = []ui.Fact{
		fact(ctx, "contract.signed", day(v.Signed)), fact(ctx, "contract.starts", day(v.Span.From)), fact(ctx, "contract.ends", day(v.Span.To)),
		fact(ctx, "contract.modified", moment(v.ModifiedAt)),
	}
	if !slices.ContainsFunc(p.Period, func(f ui.Fact) bool { return f.Value != "" }) {
		p.Period = nil
	}
	for _, x := range v.Payments {
		p.Payments = append(p.Payments, page.Payment{Day: day(x.PaidOn), Amount: money(ctx, x.Amount, ""), Details: x.Details})
	}
	p.Paid = paid(ctx, v)
	number := ""
	if v.Tender != nil {
		number = v.Tender.Number
	}
	p.Links = dataLinks(ctx, number)
	return p
}

func contractName(ctx context.Context, c dom.ContractLine) string {
	number := cmp.Or(plainNumber(c.OwnNumber), c.Number)
	if c.Signed.IsZero() {
		return i18n.T(ctx, "procurement.contract.eyebrow_plain", "number", number)
	}
	return i18n.T(ctx, "procurement.contract.eyebrow", "number", number, "day", i18n.Date(ctx, c.Signed))
}

// plainNumber takes away what buyers type before a number: «Договір № 133».
func plainNumber(s string) string {
	return strings.TrimSpace(contractWords.ReplaceAllString(s, ""))
}

var contractWords = regexp.MustCompile(`(?i)^\p{L}*\s*№\s*`)

// contractFacts stand beside the contract: the main sign with its two profiles
// first, as it is what people come for.
func contractFacts(ctx context.Context, v *dom.ContractView) []ui.Fact {
	var out []ui.Fact
	for _, x := range v.Judged.Values {
		if x.Indicator == "DASU-3-3" {
			f := fact(ctx, "contract.mark", markWord(ctx, markOfValue(&x)))
			f.Label = "DASU-3-3, " + profileWord(ctx, x.Indicator, x.Profile)
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b ui.Fact) int { return cmp.Compare(a.Label, b.Label) })
	if !v.Judged.CheckedAt.IsZero() {
		out = append(out, fact(ctx, "contract.as_of", i18n.DateTime(ctx, v.Judged.CheckedAt)))
	}
	out = append(out, fact(ctx, "contract.amount", sum(ctx, v.Value)))
	if v.Net != "" && v.Net != v.Value.Amount {
		out = append(out, fact(ctx, "contract.amount_net", money(ctx, v.Net, v.Value.Currency)))
	}
	buyer := linked(ctx, "contract.buyer", buyerName(ctx, v.BuyerCode, cmp.Or(v.BuyerName, v.Buyer.Name)), buyerURL(v.BuyerCode))
	out = append(out, buyer)
	for _, s := range v.Suppliers {
		name, href := firstParty(ctx, []dom.Named{s})
		out = append(out, linked(ctx, "contract.supplier", name, href))
	}
	out = append(out, fact(ctx, "contract.number", v.Number))
	if v.Tender != nil {
		out = append(out, linked(ctx, "contract.tender", v.Tender.Number, tenderURL(v.Tender.Number)), fact(ctx, "contract.method", methodWord(ctx, v.Tender.Method)))
	}
	if v.CPV != "" {
		out = append(out, linked(ctx, "contract.cpv", cpvLabel(ctx, v.CPV), "/procurement/search?cpv="+prefix(v.CPV)))
	}
	for _, pl := range v.Plans {
		out = append(out, linked(ctx, "tender.plan", pl.Number, planURL(pl.Number)))
	}
	return out
}

// ended says what became of the contract, and that it is known from its tender
// alone where it is: a copy, which the end of the tender froze, cannot tell whether
// the contract was performed.
func ended(ctx context.Context, v *dom.ContractView) string {
	t := func(key string, args ...any) string { return i18n.T(ctx, "procurement.contract."+key, args...) }
	words := ""
	switch {
	case v.Status == "cancelled":
		words = t("cancelled")
	case v.Stub:
	case v.Terminated || v.Termination != "":
		words = t("terminated", "reason", cmp.Or(v.Termination, "—"))
	case v.Status == "terminated":
		words = t("performed")
	}
	if v.Stub {
		words = strings.TrimSpace(words + " " + t("stub"))
	}
	return words
}

// paid tells how much of the sum was paid: by the treasury where it is known,
// else as the buyer says.
func paid(ctx context.Context, v *dom.ContractView) *page.Paid {
	from, got := "treasury", v.Treasury
	if got == "" || !hryvnias(v.Value.Currency) { // the treasury pays hryvnias: no part of a sum in another currency
		from, got = "prozorro", v.Paid
	}
	part, whole := float(got), float(v.Value.Amount)
	if got == "" || whole <= 0 {
		return nil
	}
	percent := int(part/whole*100 + 0.5)
	return &page.Paid{
		Percent: min(percent, 100),
		Words:   i18n.T(ctx, "procurement.paid.words", "paid", money(ctx, got, v.Value.Currency), "whole", sum(ctx, v.Value), "percent", percent),
		Text:    i18n.T(ctx, "procurement.paid.text."+from),
	}
}

func hryvnias(currency string) bool { return currency == "" || currency == "UAH" }

func float(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return f
}

// frozen is the copy of the contract in its tender, shown apart.
func frozen(ctx context.Context, v *dom.ContractView) *page.Frozen {
	if v.Frozen == nil || v.Stub {
		return nil
	}
	f := v.Frozen
	return &page.Frozen{
		Text: i18n.T(ctx, "procurement.frozen.text"),
		Facts: []ui.Fact{
			fact(ctx, "frozen.status", statusWord(ctx, dom.Contracts, f.Status)), fact(ctx, "frozen.amount", sum(ctx, f.Value)), fact(ctx, "frozen.signed", day(f.Signed)),
		},
		Documents: page.Documents{ID: "frozen-documents", Title: i18n.T(ctx, "procurement.frozen.documents"), Text: "", Rows: rowsOf(ctx, f.Docs), Without: ""},
	}
}

// tenderView fills the page of a tender.
func tenderView(ctx context.Context, v *dom.TenderView) page.TenderPage {
	lots := named{}
	for _, l := range v.Lots {
		if l.ID != "" {
			lots[l.ID] = brief(cmp.Or(l.Title, l.ID), 120)
		}
	}
	// Only who has a contract has a page: the others have bid and lost.
	sold := map[string]bool{}
	for _, c := range v.Contracts {
		sold[supplierURL(c.SupplierKey)] = true
	}
	known := func(b page.Bid) page.Bid {
		if !sold[b.Href] {
			b.Href = ""
		}
		return b
	}
	p := page.TenderPage{
		Eyebrow: i18n.T(ctx, "procurement.tender.eyebrow", "number", v.Number), Title: title(ctx, v.Hit), Status: statusWord(ctx, dom.Tenders, v.Status),
		State: statusColor(v.Status), Example: v.Example, Demo: v.Demo, Gone: v.Gone, Prozorro: prozorro(v.Hit, v.ProzorroURL), Description: "", Values: valuesView(ctx, v.Judged, lots),
		Columns:     columns(ctx),
		Documents:   page.Documents{ID: "documents", Title: i18n.T(ctx, "procurement.documents.tender"), Text: i18n.T(ctx, "procurement.documents.text"), Rows: rowsOf(ctx, v.Docs), Without: i18n.T(ctx, "procurement.documents.none_tender")},
		Monitorings: monitoringsView(ctx, v.Monitorings, v.Demo), History: historyView(ctx, v.Judged.History),
		Appeal: appealLink(ctx, v.Number, "tender"), Links: dataLinks(ctx, v.Number),
	}
	if len(p.Documents.Rows) == 0 {
		p.Documents.Text = ""
	}
	if v.Description != v.Title {
		p.Description = v.Description
	}
	p.Items, p.ItemsMore = itemsView(ctx, v.Items)
	p.Facts = tenderFacts(ctx, v)
	p.Periods = []ui.Fact{
		fact(ctx, "tender.created", day(v.Created)), fact(ctx, "tender.tendering", span(ctx, v.Offers)), fact(ctx, "tender.auction", day(v.Auction.From)),
		fact(ctx, "tender.awarding", span(ctx, v.Awarding)), fact(ctx, "tender.status_on", day(v.StatusOn)), fact(ctx, "contract.modified", moment(v.ModifiedAt)),
	}
	for _, l := range v.Lots {
		if l.ID != "" {
			p.Lots = append(p.Lots, lotView(ctx, l))
		}
		for _, b := range l.Bids {
			if b.Status == "draft" || b.Status == "deleted" {
				continue
			}
			p.Bids = append(p.Bids, known(bidView(ctx, b, lots[l.ID])))
		}
	}
	switch {
	case len(p.Bids) == 0 && strings.HasPrefix(v.Status, "active.") && v.Status != "active.awarded":
		p.BidsText = i18n.T(ctx, "procurement.tender.bids_hidden")
	case slices.ContainsFunc(p.Bids, func(b page.Bid) bool { return b.Name == i18n.T(ctx, "procurement.sole_trader") }):
		p.BidsText = i18n.T(ctx, "procurement.tender.bids_masked")
	}
	for _, a := range v.Awards {
		name, href := firstParty(ctx, a.Suppliers)
		if !sold[href] {
			href = ""
		}
		p.Awards = append(p.Awards, page.Award{
			Name: name, Href: href, Lot: lots[a.Lot], Status: statusWord(ctx, "award", a.Status), Day: day(a.Date), Amount: sum(ctx, a.Value), Documents: rowsOf(ctx, a.Docs),
		})
	}
	for _, c := range v.Contracts {
		p.Contracts = append(p.Contracts, contractLine(ctx, c))
	}
	for _, c := range v.Complaints {
		p.Complaints = append(p.Complaints, complaintView(ctx, c))
	}
	return p
}

func tenderFacts(ctx context.Context, v *dom.TenderView) []ui.Fact {
	buyer := linked(ctx, "contract.buyer", buyerName(ctx, v.BuyerCode, v.BuyerName), buyerURL(v.BuyerCode))
	out := []ui.Fact{
		buyer, fact(ctx, "tender.kind", word(ctx, "kind", v.BuyerKind)), fact(ctx, "contract.method", methodWord(ctx, v.Method)),
		fact(ctx, "tender.category", word(ctx, "category", v.Category)), fact(ctx, "tender.amount", sum(ctx, v.Value)),
	}
	if v.CPV != "" {
		out = append(out, linked(ctx, "contract.cpv", cpvLabel(ctx, v.CPV), "/procurement/search?cpv="+prefix(v.CPV)))
	}
	for _, pl := range v.Plans {
		out = append(out, linked(ctx, "tender.plan", pl.Number, planURL(pl.Number)))
	}
	return append(out, fact(ctx, "tender.cause", v.CauseText))
}

func lotView(ctx context.Context, l dom.LotView) page.Lot {
	out := page.Lot{Title: cmp.Or(l.Title, l.ID), Status: statusWord(ctx, "lot", l.Status), Amount: sum(ctx, l.Value), Bids: "", Values: nil}
	if len(l.Bids) > 0 {
		out.Bids = i18n.N(ctx, "procurement.tender.lot_bids", len(l.Bids))
	}
	for _, v := range l.Values {
		if x := valueView(ctx, v, nil); x.Mark != page.Uncounted {
			out.Values = append(out.Values, x)
		}
	}
	return out
}

func bidView(ctx context.Context, b dom.BidView, lot string) page.Bid {
	name, href := firstParty(ctx, b.Tenderers)
	out := page.Bid{Name: name, Href: href, Lot: lot, Amount: sum(ctx, b.Value), Status: statusWord(ctx, "bid", b.Status), Documents: "—"}
	if b.Documents > 0 { // none may be as well: not shown to us
		out.Documents = i18n.Num(ctx, b.Documents)
	}
	switch {
	case b.Signed && b.Documents > 0:
		out.Documents += ", " + i18n.T(ctx, "procurement.bids.signed")
	case b.Signed:
		out.Documents = i18n.T(ctx, "procurement.bids.signed")
	}
	return out
}

func contractLine(ctx context.Context, c dom.ContractLine) page.ContractLine {
	out := page.ContractLine{
		Title: contractName(ctx, c), Href: contractURL(c.Number), Supplier: supplierName(ctx, c.Hit), Status: statusWord(ctx, dom.Contracts, c.Status), Day: c.Number,
		Amount: money(ctx, c.Amount, c.Currency), Marks: nil,
	}
	if c.Changes > 0 {
		out.Status = join(out.Status, i18n.N(ctx, "procurement.changes.count", c.Changes))
	}
	paid, currency := c.Paid, c.Currency
	if c.Treasury != "" {
		paid, currency = c.Treasury, "" // the treasury pays hryvnias
	}
	if paid != "" {
		out.Status = join(out.Status, i18n.T(ctx, "procurement.paid.short", "sum", money(ctx, paid, currency)))
	}
	out.Marks = []page.Mark{markOf("DASU-3-3", c.Signs, c.Clear)}
	return out
}

func complaintView(ctx context.Context, c dom.ComplaintView) page.Complaint {
	kind := "complaint"
	if c.Type == "claim" {
		kind = "claim"
	}
	x := page.Complaint{
		Number: c.Number, Title: c.Title, Status: statusWord(ctx, "complaint", c.Status), Day: day(c.Submitted), Decision: "",
		About: word(ctx, "complaint.to", c.Of),
	}
	switch {
	case x.Title == "":
		x.Title = i18n.T(ctx, "procurement.complaint."+kind)
	case kind == "claim":
		x.Title = i18n.T(ctx, "procurement.complaint.claim") + ": " + x.Title
	}
	if d := day(c.Decided); d != "" {
		x.Decision = i18n.T(ctx, "procurement.complaint.decided", "day", d)
		if kind == "claim" {
			x.Decision = i18n.T(ctx, "procurement.complaint.answered", "day", d)
		}
	}
	return x
}

// planView fills the page of a plan: what was planned beside what came of it.
func planView(ctx context.Context, v *dom.PlanView) page.PlanPage {
	buyer := linked(ctx, "contract.buyer", buyerName(ctx, v.BuyerCode, v.BuyerName), buyerURL(v.BuyerCode))
	p := page.PlanPage{
		Eyebrow: i18n.T(ctx, "procurement.plan.eyebrow", "number", v.Number), Title: title(ctx, v.Hit), Status: statusWord(ctx, dom.Plans, v.Status), State: statusColor(v.Status),
		Example: v.Example, Demo: v.Demo, Gone: v.Gone, Prozorro: prozorro(v.Hit, v.ProzorroURL),
		Facts: []ui.Fact{buyer, fact(ctx, "contract.method", methodWord(ctx, v.Method)), fact(ctx, "contract.number", v.Number), fact(ctx, "contract.modified", moment(v.ModifiedAt))},
		Beside: []ui.Fact{
			fact(ctx, "plan.planned_sum", sum(ctx, v.Budget)), fact(ctx, "plan.planned_start", day(v.Start)),
		},
		Documents: page.Documents{ID: "documents", Title: i18n.T(ctx, "procurement.documents.plan"), Text: "", Rows: rowsOf(ctx, v.Docs), Without: ""},
	}
	if v.CPV != "" {
		p.Facts = append(p.Facts, linked(ctx, "contract.cpv", cpvLabel(ctx, v.CPV), "/procurement/search?kind=plan&cpv="+prefix(v.CPV)))
	}
	p.Items, p.ItemsMore = itemsView(ctx, v.Items)
	for _, b := range v.Breakdown {
		f := fact(ctx, "plan.breakdown", sum(ctx, b.Value))
		f.Label = word(ctx, "plan.source", cmp.Or(b.Code, "other"))
		p.Breakdown = append(p.Breakdown, f)
	}
	if t := v.Tender; t != nil {
		p.Tender = &ui.Link{Href: tenderURL(t.Number), Label: i18n.T(ctx, "procurement.plan.tender", "number", t.Number)}
		p.Beside = append(p.Beside, fact(ctx, "plan.expected_sum", money(ctx, t.Amount, t.Currency)), fact(ctx, "plan.started", day(t.Day)))
		p.Links = dataLinks(ctx, t.Number)
	}
	for _, c := range v.Contracts {
		words := join(contractName(ctx, c), money(ctx, c.Amount, c.Currency))
		if c.Status == "cancelled" {
			words = join(words, statusWord(ctx, dom.Contracts, c.Status)) // came to nothing: no sum to set beside the plan
		}
		p.Beside = append(p.Beside, linked(ctx, "list.contract", words, contractURL(c.Number)))
	}
	return p
}

// indicatorSections explain an indicator that is calculated here.
func indicatorSections(ctx context.Context, id string) []page.Section {
	p := "procurement.ind." + id + "."
	if !i18n.Has(p + "meaning") {
		return nil
	}
	t := func(key string) string { return i18n.T(ctx, "procurement.indicator."+key) }
	out := []page.Section{
		{ID: "meaning", Title: t("meaning"), Text: []string{i18n.T(ctx, p+"meaning"), i18n.T(ctx, p+"unknown")}, Steps: nil},
		{ID: "method", Title: t("method"), Text: nil, Steps: lines(i18n.T(ctx, p+"method"))},
		{ID: "wrong", Title: t("wrong"), Text: lines(i18n.T(ctx, p+"wrong")), Steps: nil},
	}
	if hasProfiles(id) {
		out = append(out, page.Section{ID: "profiles", Title: i18n.T(ctx, "procurement.value.profiles"), Text: []string{i18n.T(ctx, "procurement.profile.why")}, Steps: nil})
	}
	return out
}

// indicatorFacts are the conditions of an indicator, with the codes of the source.
func indicatorFacts(ctx context.Context, e indicator.Entry) []ui.Fact {
	list := func(group string, codes []string) string {
		var out []string
		for _, c := range codes {
			out = append(out, word(ctx, group, c))
		}
		return strings.Join(out, ", ")
	}
	limit := func(n float64) string {
		if n <= 0 {
			return ""
		}
		return money(ctx, strconv.FormatFloat(n, 'f', -1, 64), "")
	}
	statuses := list("status.tender", e.TenderStatuses)
	if len(e.ContractStatuses) > 0 {
		statuses = list("status.contract", e.ContractStatuses)
	}
	out := []ui.Fact{
		fact(ctx, "indicator.official", "«"+e.Name+"»"), fact(ctx, "indicator.generation", generationTitle(ctx, e.Generation)), fact(ctx, "indicator.level", word(ctx, "level", string(e.Level))),
		fact(ctx, "indicator.types", list("method", e.Types)), fact(ctx, "indicator.kinds", list("kind", e.Kinds)), fact(ctx, "indicator.statuses", statuses),
		fact(ctx, "indicator.goods", limit(e.MinGoods)), fact(ctx, "indicator.works", limit(e.MinWorks)),
	}
	if e.MaxAgeDays > 0 {
		out = append(out, fact(ctx, "indicator.age", i18n.N(ctx, "procurement.milestone.days", e.MaxAgeDays)))
	}
	if r := indicator.ByID(e.Rule); r != nil {
		out = append(out, fact(ctx, "indicator.version", r.Version))
	}
	return append(out, fact(ctx, "indicator.successors", strings.Join(e.Successors, ", ")))
}

func generationTitle(ctx context.Context, id string) string {
	for _, g := range indicator.Generations() {
		if g.ID == id {
			if i18n.Locale(ctx) == i18n.English {
				return g.TitleEN
			}
			return g.TitleUK
		}
	}
	return id
}
