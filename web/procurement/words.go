package procurement

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
)

// word gives the translation of a code of the source, and the code itself when
// the source has invented a new one: unknown values never break a page.
func word(ctx context.Context, group, code string) string {
	if code == "" {
		return ""
	}
	if key := "procurement." + group + "." + code; i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	return code
}

// statusWord is the state of a document in words; kind is tender, contract, plan…
func statusWord(ctx context.Context, kind, code string) string {
	return word(ctx, "status."+kind, code)
}

func methodWord(ctx context.Context, code string) string {
	if code == "" {
		return i18n.T(ctx, "procurement.method.none")
	}
	return word(ctx, "method", code)
}

// statusColor is the colour of a state beside its word.
func statusColor(code string) string {
	switch {
	case code == "complete" || code == "active" || code == "terminated":
		return "success"
	case code == "cancelled" || code == "unsuccessful" || code == "draft":
		return "neutral"
	}
	return "info"
}

// split parts a decimal number in whole and fraction, without the sign.
func split(s string) (whole int64, fraction string, ok bool) {
	head, tail, _ := strings.Cut(strings.TrimSpace(s), ".")
	n, err := strconv.ParseInt(head, 10, 64)
	if err != nil {
		return 0, "", false
	}
	return n, strings.TrimRight(tail, "0"), true
}

// amount writes a sum with its thousands apart: 4 860 000 or 1 240 500,50.
// Kopecks are shown only where there are some. Empty for what is no number.
func amount(ctx context.Context, s string) string {
	whole, fraction, ok := split(s)
	if !ok {
		return ""
	}
	out := i18n.Num(ctx, whole)
	if fraction == "" {
		return out
	}
	for len(fraction) < 2 {
		fraction += "0"
	}
	return out + mark(ctx) + fraction[:2]
}

func mark(ctx context.Context) string {
	if i18n.Locale(ctx) == i18n.English {
		return "."
	}
	return ","
}

// money is a sum with its currency. Empty for no sum.
func money(ctx context.Context, s, currency string) string {
	a := amount(ctx, s)
	switch {
	case a == "":
		return ""
	case currency == "" || currency == "UAH":
		return i18n.T(ctx, "procurement.money.uah", "sum", a)
	}
	return i18n.T(ctx, "procurement.money.other", "sum", a, "currency", currency)
}

// sum is a sum of a document; empty for none.
func sum(ctx context.Context, m dom.Money) string { return money(ctx, m.Amount, m.Currency) }

// short is a sum in hryvnias that is read at a glance: 1,42 and «млрд грн».
func short(ctx context.Context, s string) (value, unit string) {
	whole, _, ok := split(s)
	if !ok {
		return "0", i18n.T(ctx, "procurement.money.one")
	}
	scaled := func(by int64, digits int) string {
		v := strconv.FormatFloat(float64(whole)/float64(by), 'f', digits, 64)
		if strings.Contains(v, ".") {
			v = strings.TrimRight(strings.TrimRight(v, "0"), ".")
		}
		head, tail, has := strings.Cut(v, ".")
		n, err := strconv.ParseInt(head, 10, 64)
		if err != nil {
			return v
		}
		v = i18n.Num(ctx, n)
		if has {
			v += mark(ctx) + tail
		}
		return v
	}
	switch {
	case whole >= 1_000_000_000:
		return scaled(1_000_000_000, 2), i18n.T(ctx, "procurement.money.bn")
	case whole >= 1_000_000:
		return scaled(1_000_000, 1), i18n.T(ctx, "procurement.money.m")
	case whole < 1_000: // not «0 тис.»
		return amount(ctx, s), i18n.T(ctx, "procurement.money.one")
	}
	return scaled(1_000, 1), i18n.T(ctx, "procurement.money.k")
}

// shortMoney is short in one string.
func shortMoney(ctx context.Context, s string) string {
	v, u := short(ctx, s)
	return v + "\u00a0" + u
}

// day writes a day for a table: 12.09.2026.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(i18n.Kyiv).Format("02.01.2006")
}

// moment writes a day with the time for a table: 12.09.2026, 14:08.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(i18n.Kyiv).Format("02.01.2006, 15:04")
}

// span writes a period of days: 01.02.2026 — 28.02.2026.
func span(ctx context.Context, s dom.Span) string {
	from, to := day(s.From), day(s.To)
	switch {
	case from != "" && to != "":
		return i18n.T(ctx, "procurement.tender.until", "from", from, "to", to)
	case to != "":
		return i18n.T(ctx, "procurement.search.chip.to", "day", to)
	}
	return from
}

// join puts two words of a line together; an empty one leaves no trace.
func join(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " · ")
}

// brief shortens a text to n characters at the end of a word: sources put whole
// specifications into titles.
func brief(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	cut := string(r[:n-1])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,.:;«(") + "…"
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}
