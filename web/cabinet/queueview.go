package cabinet

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	"ereception/templates/ui"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
	page "ereception/templates/cabinet"
)

// queueView maps a tray to its page.
type queueView struct {
	who     authz.Actor
	now     time.Time
	form    filterForm
	rows    []dom.Row
	more    bool
	counts  map[dom.Set]int
	choices choices
	saved   []dom.SavedSet
	keeping keeping
}

func (v queueView) page(ctx context.Context) page.QueuePage {
	title := i18n.T(ctx, "cabinet.set."+v.form.Set)
	if v.form.Query != "" {
		title = i18n.T(ctx, "cabinet.queue.found", "q", v.form.Query)
	}
	return page.QueuePage{
		Frame:  layout.OfficePage{},
		Title:  title,
		Lead:   v.lead(ctx),
		Errors: v.errors(),
		Tabs:   v.tabs(ctx),
		Filter: v.filter(),
		Chips:  v.chips(ctx),
		Range:  v.span(ctx),
		Save:   v.save(),
		Export: "/cabinet/export.csv?" + v.form.first().query(),
		From:   v.form.query(),
		Bulk:   v.bulk(ctx),
		Rows:   v.list(ctx),
		Pager:  v.pager(),
		Empty:  v.empty(ctx),
	}
}

func (v queueView) lead(ctx context.Context) string {
	date := i18n.Date(ctx, v.now)
	late := v.counts[dom.SetOverdue]
	if late == 0 {
		return i18n.T(ctx, "cabinet.queue.lead", "date", date)
	}
	return i18n.N(ctx, "cabinet.queue.lead_late", late, "date", date)
}

// countText writes a counter; past the bound of the domain it is «999+».
func countText(ctx context.Context, n int) string {
	if n >= 1000 {
		return "999+"
	}
	return i18n.Num(ctx, n)
}

func (v queueView) tabs(ctx context.Context) []ui.Tab {
	sets := dom.Sets(v.who)
	out := make([]ui.Tab, 0, len(sets))
	for _, s := range sets {
		t := ui.Tab{
			Label: i18n.T(ctx, "frame.set."+string(s)), Href: "/cabinet/appeals?set=" + string(s),
			Count: "", Level: "", Current: string(s) == v.form.Set,
		}
		if n, ok := v.counts[s]; ok {
			t.Count = countText(ctx, n)
			if n > 0 {
				t.Level = level(s)
			}
		}
		if s == dom.SetStranded && v.counts[s] == 0 && !t.Current {
			continue // which is nearly always
		}
		out = append(out, t)
	}
	here := v.form.first().query()
	for i, x := range v.saved {
		mine := x.Query == here
		if mine { // the tray itself stays a tab, but not the one that is open
			for j := range out {
				out[j].Current = false
			}
		}
		out = append(out, ui.Tab{Label: x.Name, Href: "/cabinet/appeals?" + x.Query, Count: "", Level: "", Current: mine && !slices.ContainsFunc(v.saved[:i], func(o dom.SavedSet) bool { return o.Query == here })})
	}
	return out
}

// save offers to keep a filter that narrows the tray, or to let go of a kept one.
func (v queueView) save() page.Save {
	here := v.form.first().query()
	for _, x := range v.saved {
		if x.Query == here {
			return page.Save{Drop: "/cabinet/sets/" + strconv.FormatInt(x.ID, 10) + "/drop"}
		}
	}
	if !v.form.narrowed() {
		return page.Save{}
	}
	return page.Save{Query: here, Name: v.keeping.name, Error: v.keeping.error}
}

func (v queueView) errors() []ui.FieldError {
	if v.keeping.error == "" {
		return nil
	}
	return []ui.FieldError{{Field: "name", Text: v.keeping.error}}
}

// bulkOf lists the acts on several that make sense in a tray; what a role may not is
// left out.
var bulkOf = map[dom.Set][]dom.BulkAct{
	dom.SetIncoming: {dom.BulkAssign, dom.BulkManager},
	dom.SetResolve:  {dom.BulkManager},
	dom.SetMine:     {dom.BulkAssign},
	dom.SetUnit:     {dom.BulkTake, dom.BulkAssign, dom.BulkManager},
	dom.SetWork:     {dom.BulkAssign, dom.BulkManager, dom.BulkTake},
	dom.SetOverdue:  {dom.BulkAssign, dom.BulkManager, dom.BulkTake},
	dom.SetStranded: {dom.BulkAssign, dom.BulkManager},
	dom.SetAll:      {dom.BulkAssign, dom.BulkManager, dom.BulkTake},
}

func (v queueView) bulk(ctx context.Context) []page.BulkButton {
	var out []page.BulkButton
	for _, act := range bulkOf[dom.Set(v.form.Set)] {
		b := bulkActs[act]
		if !v.who.Can(b.action) || act == dom.BulkTake && !v.who.Has(authz.RoleExecutor) {
			continue
		}
		out = append(out, page.BulkButton{
			Icon: b.icon, Label: i18n.T(ctx, "cabinet.bulk."+string(act)+".short"), Href: bulkURL(act), Key: act == dom.BulkAssign,
		})
	}
	return append(
		out,
		page.BulkButton{Icon: "PrinterSmall", Label: i18n.T(ctx, "cabinet.bulk.print.short"), Href: "/cabinet/bulk/print"},
		page.BulkButton{Icon: "FileCsv", Label: i18n.T(ctx, "cabinet.queue.export"), Href: "/cabinet/export.csv"},
	)
}

// level of the counter of a tray: red for what is late, amber for what waits for the reader.
func level(s dom.Set) string {
	switch s {
	case dom.SetOverdue, dom.SetStranded:
		return "red"
	case dom.SetSign, dom.SetResolve, dom.SetUnit:
		return "amb"
	default:
		return ""
	}
}

func (v queueView) filter() page.Filter {
	f := v.form
	p := page.Filter{Set: f.Set, Query: f.Query, Selects: slices.Clone(v.choices.selects)}
	for i, value := range []string{f.Topic, f.Unit, f.District, f.Within, f.Kind, f.State} {
		p.Selects[i].Value = value
	}
	return p
}

// draw makes the drop-downs of the filter, in the order of queueView.filter, drawn
// once for as long as the choices are kept: every queue has them.
func (c *choices) draw(ctx context.Context) error {
	var states, terms []ui.Option
	for _, s := range dom.States {
		states = append(states, ui.Option{Value: string(s), Label: ui.StatusWord(ctx, string(s))})
	}
	for _, n := range withins {
		terms = append(terms, ui.Option{Value: strconv.Itoa(n), Label: i18n.N(ctx, "cabinet.filter.within_days", n)})
	}
	for _, s := range []page.Select{
		{Name: "topic", Options: options(c.topics)},
		{Name: "unit", Options: options(c.units)},
		{Name: "district", Options: options(c.districts)},
		{Name: "within", Options: terms},
		{Name: "kind", Options: kindOptions(ctx)},
		{Name: "state", Options: states},
	} {
		var err error
		if s.Drawn, err = page.DrawOptions(ctx, s.Options); err != nil {
			return err
		}
		s.Label = i18n.T(ctx, "cabinet.filter."+s.Name)
		c.selects = append(c.selects, s)
	}
	return nil
}

func kindOptions(ctx context.Context) []ui.Option {
	out := make([]ui.Option, 0, len(dom.Kinds))
	for _, k := range dom.Kinds {
		out = append(out, ui.Option{Value: string(k), Label: kindWord(ctx, k)})
	}
	return out
}

// procedureWord names the procedure of law that the specialist chose; empty when
// it is the kind's own, which the kind says already.
func procedureWord(ctx context.Context, k dom.Kind, p deadline.Procedure) string {
	if p == k.Procedure() {
		return ""
	}
	return i18n.T(ctx, "cabinet.procedure."+string(p))
}

func kindWord(ctx context.Context, k dom.Kind) string { return i18n.T(ctx, "appeals.kind."+string(k)) }

// options keeps the order of the list, which has the members of a group together.
func options(list []dom.Choice) []ui.Option {
	out := make([]ui.Option, 0, len(list))
	for _, c := range list {
		out = append(out, ui.Option{Value: strconv.FormatInt(c.ID, 10), Label: c.Name, Group: c.Group})
	}
	return out
}

// chips are the filters that are set, each with a link that takes it away.
func (v queueView) chips(ctx context.Context) []ui.ChipProps {
	var out []ui.ChipProps
	add := func(set bool, name, value string, without func(*filterForm)) {
		if !set {
			return
		}
		f := v.form
		f.Page = ""
		without(&f)
		out = append(out, ui.ChipProps{
			Label: i18n.T(ctx, "cabinet.chip", "name", i18n.T(ctx, name), "value", value),
			Href:  f.href(), Remove: true,
		})
	}
	f := v.form
	add(f.Query != "", "cabinet.filter.query", f.Query, func(f *filterForm) { f.Query = "" })
	add(f.Topic != "", "cabinet.filter.topic", nameOf(v.choices.topics, f.Topic), func(f *filterForm) { f.Topic = "" })
	add(f.Unit != "", "cabinet.filter.unit", nameOf(v.choices.units, f.Unit), func(f *filterForm) { f.Unit = "" })
	add(f.District != "", "cabinet.filter.district", nameOf(v.choices.districts, f.District), func(f *filterForm) { f.District = "" })
	if f.Within != "" {
		add(true, "cabinet.filter.within", i18n.N(ctx, "cabinet.filter.within_days", number(f.Within, 0)), func(f *filterForm) { f.Within = "" })
	}
	add(f.Kind != "", "cabinet.filter.kind", i18n.T(ctx, "appeals.kind."+f.Kind), func(f *filterForm) { f.Kind = "" })
	add(f.State != "", "cabinet.filter.state", ui.StatusWord(ctx, f.State), func(f *filterForm) { f.State = "" })
	return out
}

func nameOf(list []dom.Choice, value string) string {
	n := id(value)
	for _, c := range list {
		if c.ID == n {
			return c.Name
		}
	}
	return value
}

// span says which rows are shown and in what order.
func (v queueView) span(ctx context.Context) string {
	if len(v.rows) == 0 {
		return ""
	}
	from := (v.form.page()-1)*dom.PageSize + 1
	key := "cabinet.queue.by_term"
	if s := dom.Set(v.form.Set); s == dom.SetDone || s == dom.SetAll {
		key = "cabinet.queue.by_receipt"
	}
	return i18n.T(ctx, key, "from", from, "to", from+len(v.rows)-1)
}

func (v queueView) list(ctx context.Context) []page.Row {
	out := make([]page.Row, len(v.rows))
	suffix := v.form.suffix()
	today := civil(v.now)
	kinds := map[dom.Kind]string{}
	for _, k := range dom.Kinds {
		kinds[k] = i18n.T(ctx, "cabinet.kind."+string(k))
	}
	repeat := strings.ToLower(i18n.T(ctx, "appeals.mark."+dom.MarkRepeat))
	for i := range v.rows {
		r := &v.rows[i]
		mark := ""
		if r.Repeat {
			mark = repeat
		}
		blocked := ""
		if r.Out != "" {
			blocked = i18n.T(ctx, "cabinet.queue.out."+r.Out)
		}
		if word := procedureWord(ctx, r.Kind, r.Procedure); word != "" {
			mark = strings.TrimSuffix(word+", "+mark, ", ")
		}
		out[i] = page.Row{
			Href: "/cabinet/appeals/" + r.Number + suffix, Number: r.Number,
			Kind:  kinds[r.Kind],
			Title: r.Title, Place: r.Place, Mark: mark,
			Who: surname(r.AuthorName), Unit: r.Unit, Executor: shortName(r.Executor), Out: blocked,
			Status: status(r.State, r.Extended), Age: age(ctx, r, v.now, today),
		}
	}
	return out
}

// status is the code of the badge: an appeal in work whose term was prolonged shows that.
func status(s dom.State, extended bool) string {
	if extended && s == dom.InProgress {
		return "extended"
	}
	return string(s)
}

func age(ctx context.Context, r *dom.Row, now time.Time, today int) ui.AgeProps {
	start, end := civil(r.RegisteredOn), civil(r.DueAt)
	total := max(end-start, 1)
	p := ui.AgeProps{
		Days: end - today, Date: dom.TermDay(ctx, r.Procedure, r.DueAt), Percent: (today - start) * 100 / total,
		Text: "", Level: "",
	}
	switch {
	case r.State.Done():
		p.Text, p.Level = i18n.T(ctx, "cabinet.queue.done"), ui.LevelDone
		if r.AnsweredAt != nil {
			p.Percent = (civil(*r.AnsweredAt) - start) * 100 / total
			p.Date = dom.TermDay(ctx, r.Procedure, *r.AnsweredAt)
			if r.AnsweredAt.After(r.DueAt) {
				p.Text, p.Level = i18n.T(ctx, "cabinet.queue.done_late"), ui.LevelLate
			}
		}
	case now.After(r.DueAt):
		p.Level = ui.LevelLate
		if p.Days == 0 {
			p.Text = i18n.T(ctx, "ui.due.late_today")
		}
	}
	return p
}

// civil is the number of the day on which t falls in Kyiv.
func civil(t time.Time) int {
	y, m, d := t.In(i18n.Kyiv).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// surname writes «Коваль Д. С.» for «Коваль Данило Степанович»; a name that is
// not of a person stays as it is.
func surname(full string) string {
	if strings.IndexByte(full, '"') >= 0 || strings.IndexByte(full, '(') >= 0 || strings.Contains(full, "«") {
		return full
	}
	var w [4]string
	n := 0
	for s := range strings.SplitSeq(full, " ") {
		if s == "" {
			continue
		}
		w[n] = s
		if n++; n == len(w) {
			return full
		}
	}
	if n < 2 {
		return full
	}
	b := make([]byte, 0, len(full))
	b = append(b, w[0]...)
	for i, s := range w[1:n] {
		if i == 0 {
			b = append(b, ' ')
		} else {
			b = append(b, "\u00a0"...)
		}
		_, size := utf8.DecodeRuneInString(s)
		b = append(append(b, s[:size]...), '.')
	}
	return string(b)
}

func shortName(full string) string {
	if full == "" {
		return ""
	}
	return httpx.ShortName(full)
}

func (v queueView) pager() ui.PagerProps {
	var p ui.PagerProps
	n := v.form.page()
	to := func(n int) string {
		f := v.form
		f.Page = ""
		if n > 1 {
			f.Page = strconv.Itoa(n)
		}
		return f.href()
	}
	if n > 1 {
		p.Prev = to(n - 1)
	}
	if v.more && n < maxPage {
		p.Next = to(n + 1)
	}
	return p
}

func (v queueView) empty(ctx context.Context) ui.EmptyProps {
	if v.form.narrowed() || v.form.page() > 1 {
		return ui.EmptyProps{
			Icon: "MagnifyingGlass", Title: i18n.T(ctx, "cabinet.empty.filtered"), Text: i18n.T(ctx, "cabinet.empty.filtered_text"),
			Action: &ui.Link{Href: trayURL(dom.Set(v.form.Set)), Label: i18n.T(ctx, "cabinet.empty.reset")},
		}
	}
	return ui.EmptyProps{
		Icon: "CheckmarkCircle", Title: i18n.T(ctx, "cabinet.empty.title"), Text: i18n.T(ctx, "cabinet.empty.text"), Action: nil,
	}
}
