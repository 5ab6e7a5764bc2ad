package petitionguard

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/petitions"
	"ereception/internal/platform/i18n"
	page "ereception/templates/petitionguard"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

func ruleName(ctx context.Context, r petitions.Rule) string {
	return i18n.T(ctx, "petitionguard.rule."+string(r))
}

func deskPage(c echo.Context, d *petitions.Desk) page.DeskPage {
	ctx := httpx.Ctx(c)
	t := func(k string, args ...any) string { return i18n.T(ctx, "petitionguard."+k, args...) }
	number := strconv.FormatInt(d.Petition.Number, 10)
	p := page.DeskPage{
		Head: head(c, t("desk.title"), t("desk.back", "number", number), d.Petition.Title,
			ui.Link{Label: t("desk.back", "number", number), Href: "/cabinet/petitions/" + number}),
		Chart: chartOf(ctx, d), Auto: t("auto.off"), Basis: t("services.alone"),
	}
	if !d.Sweepable {
		p.Closed = t("desk.closed")
	}
	if d.Auto {
		p.Auto = t("auto.on")
	}
	if d.Elsewhere {
		p.Basis = t("services.elsewhere")
	}
	odd := 0
	for _, f := range d.Rules {
		if f.Rule == petitions.RuleSigns {
			odd = f.Found
		}
		p.Rules = append(p.Rules, page.RuleRow{
			Name: ruleName(ctx, f.Rule), Text: ruleText(ctx, f.Rule, f.Params), Found: i18n.Num(ctx, f.Found), Href: ruleURL(d.Petition.Number, f.Rule),
			Some: f.Found > 0, Sure: f.Rule.Sure(),
		})
	}
	p.Rules = append(p.Rules, page.RuleRow{
		Name: ruleName(ctx, petitions.RuleDomain), Text: t("rule_text.domain_any"), Found: "—", Href: ruleURL(d.Petition.Number, petitions.RuleDomain),
	})
	level := ""
	if odd > 0 {
		level = "soon"
	}
	p.Tiles = []ui.TileProps{
		{Value: i18n.Num(ctx, d.Standing), Label: t("tile.standing")},
		{Value: i18n.Num(ctx, odd), Label: t("tile.odd"), Note: share(ctx, odd, d.Standing), Level: level},
		{Value: i18n.Num(ctx, d.Swept), Label: t("tile.swept"), Note: share(ctx, d.Swept, d.Standing+d.Swept)},
		{Value: i18n.Num(ctx, d.Petition.Threshold), Label: t("tile.threshold")},
	}
	for _, w := range d.Sweeps {
		row := sweepRow(ctx, d.Petition.Number, w)
		if w.State == petitions.SweepTried {
			p.Waiting = append(p.Waiting, row)
		} else {
			p.History = append(p.History, row)
		}
	}
	p.Addresses = crowdTable(ctx, "addresses", d.Addresses, func(x petitions.Crowd) []page.Cell {
		mail := t("addresses.mail", "service", x.Service, "share", x.Share, "usual", x.Expect)
		if x.Own {
			mail = t("addresses.own", "service", x.Service, "share", x.Share)
		}
		return []page.Cell{
			{Text: x.Label, Num: true},
			{Text: i18n.Num(ctx, x.N), Num: true},
			{Text: i18n.Num(ctx, x.Odd), Num: true, Hot: x.Odd > 0},
			{Text: i18n.Num(ctx, x.Swept), Num: true},
			{Text: mail},
			{Text: percent(ctx, x.Caps), Num: true},
			{Text: percent(ctx, x.Quick), Num: true},
		}
	}, "address", "n", "odd", "swept", "service", "caps", "quick")
	p.Services = crowdTable(ctx, "services", d.Services, func(x petitions.Crowd) []page.Cell {
		return []page.Cell{
			{Text: x.Label},
			{Text: i18n.Num(ctx, x.N), Num: true},
			{Text: percent(ctx, x.Share), Num: true},
			{Text: percent(ctx, x.Expect), Num: true},
			{Text: i18n.Num(ctx, x.Odd), Num: true, Hot: x.Odd > 0},
			{Text: percent(ctx, x.Caps), Num: true},
			{Text: percent(ctx, x.Quick), Num: true},
		}
	}, "service", "n", "share", "usual", "odd", "caps", "quick")
	return p
}

func crowdTable(ctx context.Context, name string, list []petitions.Crowd, row func(petitions.Crowd) []page.Cell, columns ...string) page.Table {
	t := page.Table{Caption: i18n.T(ctx, "petitionguard."+name+".title"), Empty: i18n.T(ctx, "petitionguard."+name+".empty")}
	for _, c := range columns {
		t.Columns = append(t.Columns, i18n.T(ctx, "petitionguard.col."+c))
	}
	for _, x := range list {
		t.Rows = append(t.Rows, row(x))
	}
	return t
}

func percent(ctx context.Context, n int) string { return i18n.Num(ctx, n) + "\u00a0%" }

// share says «12 % усіх»; tenths where the part is small.
func share(ctx context.Context, k, n int) string {
	if n == 0 {
		return ""
	}
	v := strconv.FormatFloat(100*float64(k)/float64(n), 'f', 1, 64)
	v = strings.TrimSuffix(v, ".0")
	if i18n.Locale(ctx) == i18n.Ukrainian {
		v = strings.Replace(v, ".", ",", 1)
	}
	return i18n.T(ctx, "petitionguard.tile.share", "share", v)
}

func chartOf(ctx context.Context, d *petitions.Desk) page.Chart {
	t := func(k string, args ...any) string { return i18n.T(ctx, "petitionguard.chart."+k, args...) }
	ch := page.Chart{Empty: len(d.Intervals) == 0, Columns: []string{t("when"), t("calm"), t("odd"), t("swept")}}
	if ch.Empty {
		return ch
	}
	ch.Legend = []page.Key{{Class: "b1", Label: t("calm")}, {Class: "b4", Label: t("odd")}, {Class: "b3", Label: t("swept")}}
	most, peak := 1, d.Intervals[0].At
	for _, v := range d.Intervals {
		if n := v.Calm + v.Odd + v.Swept; n > most {
			most, peak = n, v.At
		}
	}
	step := stepWords(ctx, d.Step)
	width := 1000 / len(d.Intervals)
	for i, v := range d.Intervals {
		h := func(n int) int { return 960 * n / most }
		ch.Bars = append(ch.Bars, page.Bar{X: 1000 * i / len(d.Intervals), W: max(width*8/10, 1), Calm: h(v.Calm), Odd: h(v.Odd), Swept: h(v.Swept)})
		if v.Calm+v.Odd+v.Swept > 0 {
			ch.Rows = append(ch.Rows, []string{i18n.DateTime(ctx, v.At), i18n.Num(ctx, v.Calm), i18n.Num(ctx, v.Odd), i18n.Num(ctx, v.Swept)})
		}
	}
	ch.Top = t("top", "n", most, "step", step, "when", i18n.DateTime(ctx, peak))
	ch.First, ch.Last = i18n.DateTime(ctx, d.Intervals[0].At), i18n.DateTime(ctx, d.Intervals[len(d.Intervals)-1].At.Add(d.Step))
	ch.Label = t("label", "step", step)
	return ch
}

func stepWords(ctx context.Context, d time.Duration) string {
	switch {
	case d < time.Hour:
		return i18n.N(ctx, "petitionguard.step.minutes", int(d/time.Minute))
	case d < 24*time.Hour:
		return i18n.N(ctx, "petitionguard.step.hours", int(d/time.Hour))
	}
	return i18n.N(ctx, "petitionguard.step.days", int(d/(24*time.Hour)))
}

// ruleText says in one sentence what the rule chooses with these parameters.
func ruleText(ctx context.Context, r petitions.Rule, p petitions.Params) string {
	s := i18n.T(ctx, "petitionguard.rule_text."+string(r), "most", p.Most, "seconds", p.Seconds, "clues", p.Clues,
		"time", seconds(ctx, time.Duration(p.Millis)*time.Millisecond), "domains", strings.Join(p.Domains, ", "))
	return s
}

// limits says what narrows a rule beyond its sentence.
func limits(ctx context.Context, p petitions.Params) string {
	var parts []string
	if p.Also != "" {
		parts = append(parts, i18n.T(ctx, "petitionguard.limit.also", "rule", ruleName(ctx, p.Also)))
	}
	if p.From != nil {
		parts = append(parts, i18n.T(ctx, "petitionguard.limit.from", "when", i18n.DateTime(ctx, *p.From)))
	}
	if p.Until != nil {
		parts = append(parts, i18n.T(ctx, "petitionguard.limit.until", "when", i18n.DateTime(ctx, *p.Until)))
	}
	return strings.Join(parts, "; ")
}

func seconds(ctx context.Context, d time.Duration) string {
	v := strconv.FormatFloat(d.Seconds(), 'f', 1, 64)
	if i18n.Locale(ctx) == i18n.Ukrainian {
		v = strings.Replace(v, ".", ",", 1)
	}
	return i18n.T(ctx, "petitionguard.seconds", "n", strings.TrimSuffix(strings.TrimSuffix(v, ",0"), ".0"))
}

// moment is short: many of them stand in a table, and the day matters little.
func moment(ctx context.Context, t time.Time) string {
	return i18n.DayMonth(ctx, t) + ", " + t.In(i18n.Kyiv).Format("15:04:05")
}

func stateBadge(ctx context.Context, w petitions.Sweep) ui.BadgeProps {
	b := ui.BadgeProps{Label: i18n.T(ctx, "petitionguard.state."+string(w.State), "n", i18n.Num(ctx, w.Found))}
	switch w.State {
	case petitions.SweepTried:
		b.Color = "warning"
	case petitions.SweepRun:
		b.Color = "danger"
	default:
		b.Color = "neutral"
	}
	return b
}

func actor(ctx context.Context, w petitions.Sweep) string {
	if w.ActorID == nil {
		return i18n.T(ctx, "petitionguard.sweep.guard")
	}
	return w.ActorName
}

func sweepRow(ctx context.Context, number int64, w petitions.Sweep) page.Sweep {
	at := w.CreatedAt
	switch {
	case w.UndoneAt != nil:
		at = *w.UndoneAt
	case w.RunAt != nil:
		at = *w.RunAt
	}
	return page.Sweep{
		Rule: ruleName(ctx, w.Rule), Params: limits(ctx, w.Params), When: i18n.DateTime(ctx, at), Who: actor(ctx, w), Note: w.Note,
		Href: sweepURL(number, w.ID), State: stateBadge(ctx, w),
	}
}

func rulePage(c echo.Context, d *petitions.Desk, r petitions.Rule, v url.Values) page.RulePage {
	ctx := httpx.Ctx(c)
	t := func(k string, args ...any) string { return i18n.T(ctx, "petitionguard."+k, args...) }
	number := strconv.FormatInt(d.Petition.Number, 10)
	text := ruleText(ctx, r, petitions.Params{}.Usual(r))
	if r == petitions.RuleDomain {
		text = t("rule_text.domain_any")
	}
	p := page.RulePage{
		Head: head(c, ruleName(ctx, r), t("desk.back", "number", number), d.Petition.Title, ui.Link{Label: t("desk.title"), Href: deskURL(d.Petition.Number)}),
		Text: text, Action: ruleURL(d.Petition.Number, r), Cancel: deskURL(d.Petition.Number),
	}
	if !r.Sure() {
		p.Warning = t("warning")
	}
	if !d.Sweepable {
		p.Closed = t("desk.closed")
	}
	for _, name := range fieldsOf[r] {
		f := page.Field{FieldProps: ui.FieldProps{Name: name, Label: t("field." + name), Hint: t("field." + name + "_hint"), Value: v.Get(name), Autocomplete: "off"}}
		if name != "domains" {
			f.InputMode = "numeric"
		}
		p.Fields = append(p.Fields, f)
	}
	for _, name := range []string{"from", "until"} {
		p.Fields = append(p.Fields, page.Field{FieldProps: ui.FieldProps{
			Name: name, Label: t("field." + name), Value: v.Get(name), Type: "datetime-local", Optional: true,
		}})
	}
	var others []ui.Option
	for _, o := range petitions.Rules {
		if o != r && o != petitions.RuleDomain {
			others = append(others, ui.Option{Value: string(o), Label: ruleName(ctx, o)})
		}
	}
	p.Also = ui.SelectProps{Name: "also", Label: t("field.also"), Hint: t("field.also_hint"), Value: v.Get("also"), Blank: t("field.also_none"), Optional: true, Options: others}
	p.Note = ui.TextAreaProps{Name: "note", Label: t("field.note"), Hint: t("field.note_hint"), Value: v.Get("note"), Optional: true, Rows: 3, Max: 1000}
	return p
}

func sweepPage(c echo.Context, p *petitions.Petition, w petitions.Sweep, f petitions.Finding) page.SweepPage {
	ctx := httpx.Ctx(c)
	t := func(k string, args ...any) string { return i18n.T(ctx, "petitionguard."+k, args...) }
	number := strconv.FormatInt(p.Number, 10)
	v := page.SweepPage{
		Head: head(c, t("sweep.title."+string(w.State)), t("desk.back", "number", number), p.Title, ui.Link{Label: t("desk.title"), Href: deskURL(p.Number)}),
		Rule: ruleName(ctx, w.Rule), State: stateBadge(ctx, w), Text: ruleText(ctx, w.Rule, w.Params.Usual(w.Rule)), Action: sweepURL(p.Number, w.ID),
	}
	if l := limits(ctx, w.Params); l != "" {
		v.Text += " " + t("limit.only", "limits", l)
	}
	v.Tiles = []ui.TileProps{
		{Value: i18n.Num(ctx, w.Found), Label: t("tile.found")},
		{Value: i18n.Num(ctx, f.AllIPs), Label: t("tile.addresses")},
		{Value: i18n.Num(ctx, f.Networks), Label: t("tile.networks")},
	}
	if w.State == petitions.SweepTried {
		v.Tiles[0].Note = share(ctx, w.Found, f.Of)
	}
	v.Facts = []ui.Fact{{Label: t("fact.tried"), Value: i18n.DateTime(ctx, w.CreatedAt), Num: true}, {Label: t("fact.who"), Value: actor(ctx, w)}}
	if w.RunAt != nil {
		v.Facts = append(v.Facts, ui.Fact{Label: t("fact.run"), Value: i18n.DateTime(ctx, *w.RunAt), Num: true})
	}
	if w.UndoneAt != nil {
		v.Facts = append(v.Facts, ui.Fact{Label: t("fact." + string(w.State)), Value: i18n.DateTime(ctx, *w.UndoneAt), Num: true})
	}
	if f.Found > 0 {
		v.Facts = append(v.Facts, ui.Fact{Label: t("fact.first"), Value: i18n.DateTime(ctx, f.First), Num: true}, ui.Fact{Label: t("fact.last"), Value: i18n.DateTime(ctx, f.Last), Num: true})
	}
	if w.Note != "" {
		v.Facts = append(v.Facts, ui.Fact{Label: t("fact.note"), Value: w.Note})
	}
	switch {
	case w.State == petitions.SweepTried:
		v.Again = ruleURL(p.Number, w.Rule) + "?" + ruleValues(w.Params.Usual(w.Rule)).Encode()
		v.Drop = t("do.drop")
		if !w.Rule.Sure() {
			v.Warning = t("warning")
		}
		if p.State.Sweepable() && w.Found > 0 {
			v.Run = i18n.N(ctx, "petitionguard.do.run", w.Found)
			v.Effect = t("effect.run")
		}
		if w.Found == 0 {
			v.Effect = t("effect.none")
		} else if !p.State.Sweepable() {
			v.Effect = t("desk.closed")
		}
	case w.State == petitions.SweepRun && !p.State.Restorable():
		v.Effect = t("effect.kept")
	case w.State == petitions.SweepRun:
		v.Undo = i18n.N(ctx, "petitionguard.do.undo", w.Found)
		v.Effect = t("effect.undo")
	}
	for _, one := range petitions.Clues {
		name := one.Names()[0]
		if k := f.Clues[name]; k > 0 {
			v.Clues = append(v.Clues, ui.Bar{Label: t("clue." + name), Value: i18n.Num(ctx, k), Percent: 100 * k / max(f.Found, 1)})
		}
	}
	group := func(name string, list []petitions.Group, usual bool) page.Table {
		out := page.Table{Caption: t(name + ".title"), Columns: []string{t("col." + map[bool]string{false: "address", true: "service"}[usual]), t("col.found"), t("col.all")}}
		if usual {
			out.Columns = append(out.Columns, t("col.usual"))
		}
		for _, g := range list {
			row := []page.Cell{{Text: g.Label, Num: !usual}, {Text: i18n.Num(ctx, g.Found), Num: true}, {Text: i18n.Num(ctx, g.All), Num: true}}
			if usual {
				row = append(row, page.Cell{Text: percent(ctx, g.Expect), Num: true})
			}
			out.Rows = append(out.Rows, row)
		}
		return out
	}
	v.Sources, v.Mails = group("addresses", f.Addresses, false), group("services", f.Services, true)
	v.Sample = page.Table{
		Caption: t("sample.title"), Empty: t("sample.empty"),
		Columns: []string{t("col.name"), t("col.when"), t("col.service"), t("col.address"), t("col.took"), t("col.clues")},
	}
	v.Lead2 = t("sample.lead", "n", len(f.Sample), "of", i18n.Num(ctx, f.Found))
	for _, x := range f.Sample {
		took := t("took.untold")
		if x.Took > 0 {
			took = seconds(ctx, x.Took)
		}
		var clues []string
		for _, name := range x.Clues.Names() {
			clues = append(clues, t("clue."+name))
		}
		if len(clues) == 0 {
			clues = []string{"—"}
		}
		v.Sample.Rows = append(v.Sample.Rows, []page.Cell{
			{Text: x.Name}, {Text: moment(ctx, x.At), Num: true}, {Text: x.Domain}, {Text: x.Address, Num: true}, {Text: took, Num: true}, {Text: strings.Join(clues, ", ")},
		})
	}
	return v
}
