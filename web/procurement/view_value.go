package procurement

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
	"ereception/internal/procurement/indicator"
	page "ereception/templates/procurement"
	"ereception/templates/ui"
)

// markOfValue tells a 0 that was evaluated from one whose conditions were not met:
// the rules of 2024 answer 0 in both cases, a reader must see the difference.
func markOfValue(v *dom.Value) page.Mark {
	switch {
	case v == nil || v.Value == nil:
		return page.Uncounted
	case *v.Value == 1:
		return page.Sign
	case v.Clear:
		return page.Clear
	}
	return page.Uncounted
}

func markWord(ctx context.Context, m page.Mark) string {
	switch m {
	case page.Sign:
		return i18n.T(ctx, "procurement.value.one")
	case page.Clear:
		return i18n.T(ctx, "procurement.value.zero")
	}
	return i18n.T(ctx, "procurement.value.null")
}

func profileWord(ctx context.Context, id, profile string) string {
	if !hasProfiles(id) {
		return ""
	}
	return i18n.T(ctx, "procurement.profile."+cmp.Or(profile, string(indicator.Methodology)))
}

// reasonWord says why a value is not calculated.
func reasonWord(ctx context.Context, reason string) string {
	key := "procurement.reason." + strings.ReplaceAll(reason, " ", "_")
	if reason == "" || !i18n.Has(key) {
		key = "procurement.reason.unknown"
	}
	return i18n.T(ctx, key)
}

// named finds the title of a lot or of a contract by its id.
type named map[string]string

// valueView explains one value.
func valueView(ctx context.Context, v dom.Value, lots named) page.Value {
	m := markOfValue(&v)
	p := "procurement.ind." + v.Indicator + "."
	out := page.Value{
		Mark: m, ID: v.Indicator, Name: indicatorName(ctx, v.Indicator), Href: indicatorURL(v.Indicator), Profile: profileWord(ctx, v.Indicator, v.Profile),
		Lot: "", Meaning: "", Reason: "", Facts: facts(ctx, v.Facts), Unknown: "", Profiles: "",
	}
	if title := lots[v.Lot]; v.Lot != "" && title != "" {
		out.Lot = i18n.T(ctx, "procurement.value.lot", "title", title)
	}
	switch m {
	case page.Sign:
		if i18n.Has(p + "sign") {
			out.Meaning, out.Unknown = i18n.T(ctx, p+"sign"), i18n.T(ctx, p+"unknown")
		}
		if hasProfiles(v.Indicator) {
			out.Profiles = i18n.T(ctx, "procurement.profile.why")
		}
	case page.Uncounted:
		out.Facts = nil
		out.Reason = upper(reasonWord(ctx, v.Reason)) + "."
		if v.Last != nil {
			last := page.Clear
			if v.Last.Value == 1 {
				last = page.Sign
			}
			out.Reason += " " + i18n.T(ctx, "procurement.reason.last", "value", markWord(ctx, last), "day", day(v.Last.AsOf))
		}
	}
	if v.Kept {
		out.Meaning = strings.TrimSpace(out.Meaning + " " + i18n.T(ctx, "procurement.reason.kept"))
	}
	return out
}

func upper(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// valuesView sorts the values of a purchase: signs first, then what found
// nothing, then what is not calculated.
func valuesView(ctx context.Context, j dom.Judged, lots named) page.Values {
	var out page.Values
	for _, v := range j.Values {
		x := valueView(ctx, v, lots)
		switch x.Mark {
		case page.Sign:
			out.Signs = append(out.Signs, x)
		case page.Clear:
			out.Clear = append(out.Clear, x)
		default:
			if v.Last != nil {
				out.Past = append(out.Past, x)
			} else {
				out.Uncounted = append(out.Uncounted, x)
			}
		}
	}
	out.Signs, out.Clear = together(out.Signs), together(out.Clear)
	switch {
	case j.CheckedAt.IsZero():
	case j.Method == "":
		out.AsOf = i18n.T(ctx, "procurement.values.as_of_only", "at", i18n.DateTime(ctx, j.CheckedAt))
	default:
		out.AsOf = i18n.T(ctx, "procurement.values.as_of", "at", i18n.DateTime(ctx, j.CheckedAt), "version", j.Method)
	}
	return out
}

// facts words what the rule has read.
func facts(ctx context.Context, list []indicator.Fact) []page.Fact {
	counted := map[string]bool{}
	for _, k := range indicator.Keys() {
		counted[k.Key] = k.Counted
	}
	out := make([]page.Fact, 0, len(list))
	for _, f := range list {
		key := "procurement.fact." + f.Key
		if !i18n.Has(key) {
			key = "procurement.fact.unknown"
		}
		if none := key + ".none"; f.N == 0 && counted[f.Key] && i18n.Has(none) {
			key, f.Codes = none, nil // «за 0 скаргами» is no language, and nothing was read
		}
		args := factArgs(ctx, f)
		x := page.Fact{Text: "", Codes: nonEmpty(f.Codes), Hit: f.Hit}
		if counted[f.Key] && !strings.HasSuffix(key, ".none") {
			x.Text = i18n.N(ctx, key, f.N, args...)
		} else {
			x.Text = i18n.T(ctx, key, args...)
		}
		out = append(out, x)
	}
	return out
}

func nonEmpty(list []string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// factArgs puts the words of a fact in the reader's language: moments as days,
// codes of the source by their names.
func factArgs(ctx context.Context, f indicator.Fact) []any {
	code := func(i int) string {
		if i < len(f.Codes) {
			return f.Codes[i]
		}
		return ""
	}
	var args []any
	switch f.Key {
	case "procedure":
		args = append(args, "method", methodWord(ctx, code(0)), "status", statusWord(ctx, dom.Tenders, code(1)))
	case "kind":
		args = append(args, "kind", word(ctx, "kind", cmp.Or(code(0), "other")))
	case "value":
		args = append(args, "sum", money(ctx, f.Args["amount"], f.Args["currency"]), "category", cmp.Or(word(ctx, "category", code(0)), "—"))
	case "contract_status":
		args = append(args, "status", statusWord(ctx, dom.Contracts, code(0)))
	}
	for name, v := range f.Args {
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			v = day(t)
		}
		args = append(args, name, v)
	}
	return args
}

// historyView tells how the values became what they are, the newest first: what
// changed at one moment is one item.
func historyView(ctx context.Context, turns []dom.Turn) []ui.TimelineItem {
	var out []ui.TimelineItem
	for len(turns) > 0 && len(out) < historyShown {
		n := 1
		for n < len(turns) && turns[n].At.Equal(turns[0].At) {
			n++
		}
		if x, tells := oneMoment(ctx, turns[:n]); tells {
			if x.Kind = "done"; len(out) == 0 {
				x.Kind = "now"
			}
			out = append(out, x)
		}
		turns = turns[n:]
	}
	return out
}

// oneMoment words what changed at one moment; tells is false when a reader would
// see no change.
func oneMoment(ctx context.Context, turns []dom.Turn) (x ui.TimelineItem, tells bool) {
	x = ui.TimelineItem{Title: "", Time: i18n.DateTime(ctx, turns[0].At), Text: "", Kind: ""}
	first := true
	var signs, changed []string
	for _, t := range turns {
		was, now := markOfValue(t.Before), markOfValue(t.After)
		first = first && t.Before == nil
		name := signLabel(ctx, withProfile(t.Indicator))
		if now == page.Sign && !slices.Contains(signs, name) {
			signs = append(signs, name)
		}
		if was != now {
			changed = append(changed, i18n.T(ctx, "procurement.history.changed", "id", name, "was", shortMark(ctx, was), "now", shortMark(ctx, now)))
		}
	}
	switch {
	case first && len(signs) > 0:
		x.Title, x.Text = i18n.T(ctx, "procurement.history.first"), i18n.T(ctx, "procurement.history.signs", "signs", strings.Join(signs, "; "))
	case first:
		x.Title, x.Text = i18n.T(ctx, "procurement.history.first"), i18n.T(ctx, "procurement.history.no_signs")
	default:
		changed = slices.Compact(changed)
		x.Title, x.Text = i18n.T(ctx, "procurement.history.again"), strings.Join(changed, "; ")
	}
	return x, first || len(changed) > 0
}

func shortMark(ctx context.Context, m page.Mark) string {
	if m == page.Uncounted {
		return i18n.T(ctx, "procurement.mark.uncounted_short")
	}
	return string(m)
}

// together joins the two profiles of one indicator where they say the same of
// the same lot: one reading is enough.
func together(list []page.Value) []page.Value {
	var out []page.Value
	for _, v := range list {
		i := slices.IndexFunc(out, func(o page.Value) bool {
			return o.ID == v.ID && o.Lot == v.Lot && o.Profile != "" && o.Profile != v.Profile && reflect.DeepEqual(o.Facts, v.Facts)
		})
		if i < 0 {
			out = append(out, v)
			continue
		}
		out[i].Profile += ", " + v.Profile
	}
	return out
}
