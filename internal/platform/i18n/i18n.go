// Package i18n turns catalogue keys into words: Ukrainian first, English second.
//
// Catalogues are flat JSON maps, one file an area, embedded from
// catalogue/{uk,en}. A message is a string with named arguments ("{name}") or
// an object of plural forms by CLDR category; Ukrainian needs one, few, many
// and other, English one and other. Messages are cut into segments once, at
// start-up, because a list page looks up hundreds of them.
//
// A missing key is shown as the key itself: the tests fail on it, the reader
// still gets his page.
package i18n

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed catalogue/*/*.json
var files embed.FS

// The locales of the portal. Default is the one that the law asks for: state
// bodies speak Ukrainian (Закон 2704-VIII, ст. 13).
const (
	Ukrainian = "uk"
	English   = "en"
	Default   = Ukrainian
)

// Locales lists the locales in the order in which they are offered.
var Locales = []string{Ukrainian, English}

type segment struct {
	text string // literal, or
	arg  string // name of an argument
}

type message struct {
	raw    string
	whole  []segment            // nil when plural
	plural map[string][]segment // by CLDR category
}

var catalogues = mustLoad()

func mustLoad() map[string]map[string]message {
	out := map[string]map[string]message{}
	for _, loc := range Locales {
		cat, err := load(loc)
		if err != nil {
			panic(err)
		}
		out[loc] = cat
	}
	return out
}

func load(loc string) (map[string]message, error) {
	out := map[string]message{}
	names, err := fs.Glob(files, path.Join("catalogue", loc, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(b, &raw); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, v := range raw {
			if _, dup := out[key]; dup {
				return nil, fmt.Errorf("%s: key %s stands twice", name, key)
			}
			m, err := parseMessage(v)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, key, err)
			}
			out[key] = m
		}
	}
	return out, nil
}

func parseMessage(v json.RawMessage) (message, error) {
	var s string
	if err := json.Unmarshal(v, &s); err == nil {
		return message{raw: s, whole: cut(s)}, nil
	}
	var forms map[string]string
	if err := json.Unmarshal(v, &forms); err != nil {
		return message{}, err
	}
	m := message{plural: map[string][]segment{}}
	for cat, s := range forms {
		m.plural[cat] = cut(s)
	}
	return m, nil
}

func cut(s string) []segment {
	var out []segment
	for {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			break
		}
		j := strings.IndexByte(s[i:], '}')
		if j < 0 {
			break
		}
		if i > 0 {
			out = append(out, segment{text: s[:i]})
		}
		out = append(out, segment{arg: s[i+1 : i+j]})
		s = s[i+j+1:]
	}
	if s != "" || out == nil {
		out = append(out, segment{text: s})
	}
	return out
}

type localeKey struct{}

// With puts the locale into the context. An unknown locale becomes Default.
func With(ctx context.Context, locale string) context.Context {
	if _, ok := catalogues[locale]; !ok {
		locale = Default
	}
	return context.WithValue(ctx, localeKey{}, locale)
}

// Locale reads the locale from the context; Default when there is none.
func Locale(ctx context.Context) string {
	if s, ok := ctx.Value(localeKey{}).(string); ok {
		return s
	}
	return Default
}

// Match picks the locale for an Accept-Language header: English only when it
// stands before Ukrainian.
func Match(acceptLanguage string) string {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return Default
	}
	for _, t := range tags {
		switch b, _ := t.Base(); b.String() {
		case "uk":
			return Ukrainian
		case "en":
			return English
		}
	}
	return Default
}

// T gives the message of key in the locale of ctx; args are pairs of name and value.
func T(ctx context.Context, key string, args ...any) string { return In(Locale(ctx), key, args...) }

// In gives the message of key in a named locale. A message with plural forms
// takes its number from the argument "n".
func In(locale, key string, args ...any) string {
	m, ok := catalogues[locale][key]
	if !ok {
		return key
	}
	if m.whole != nil {
		if len(m.whole) == 1 && m.whole[0].arg == "" {
			return m.whole[0].text
		}
		return fill(locale, m.whole, args)
	}
	n := 0
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "n" {
			n, _ = args[i+1].(int)
		}
	}
	return fill(locale, m.form(locale, n), args)
}

// N gives the plural form of key for n; the argument {n} is set to the number.
func N(ctx context.Context, key string, n int, args ...any) string {
	all := make([]any, 0, len(args)+2)
	all = append(append(all, "n", n), args...)
	return In(Locale(ctx), key, all...)
}

// Has reports whether the catalogue of Default knows the key.
func Has(key string) bool { _, ok := catalogues[Default][key]; return ok }

// Keys lists the keys of a locale in order; for tests.
func Keys(locale string) []string {
	out := make([]string, 0, len(catalogues[locale]))
	for k := range catalogues[locale] {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

var tags = map[string]language.Tag{Ukrainian: language.Ukrainian, English: language.English}

var categories = map[plural.Form]string{
	plural.One: "one", plural.Few: "few", plural.Many: "many", plural.Other: "other",
	plural.Zero: "zero", plural.Two: "two",
}

func (m message) form(locale string, n int) []segment {
	if n < 0 {
		n = -n
	}
	f := plural.Cardinal.MatchPlural(tags[locale], n, 0, 0, 0, 0)
	if s, ok := m.plural[categories[f]]; ok {
		return s
	}
	return m.plural["other"]
}

func fill(locale string, segs []segment, args []any) string {
	var b strings.Builder
	size := 0 // of what is known already, so that most messages are allocated once
	for _, s := range segs {
		size += len(s.text)
	}
	for i := 1; i < len(args); i += 2 {
		if v, ok := args[i].(string); ok {
			size += len(v)
		} else {
			size += 8
		}
	}
	b.Grow(size)
	for _, s := range segs {
		if s.arg == "" {
			b.WriteString(s.text)
			continue
		}
		found := false
		for i := 0; i+1 < len(args); i += 2 {
			if args[i] == s.arg {
				writeArg(&b, locale, args[i+1])
				found = true
				break
			}
		}
		if !found {
			b.WriteString("{" + s.arg + "}")
		}
	}
	return b.String()
}

func writeArg(b *strings.Builder, locale string, v any) {
	switch v := v.(type) {
	case string:
		b.WriteString(v)
	case int:
		b.WriteString(number(locale, int64(v)))
	case int64:
		b.WriteString(number(locale, v))
	default:
		fmt.Fprint(b, v)
	}
}

// Num writes a whole number with the thousands of the locale («1 284» with a
// narrow no-break space, "1,284") and a true minus sign.
func Num[T ~int | ~int64 | ~int32](ctx context.Context, n T) string {
	return number(Locale(ctx), int64(n))
}

func number(locale string, n int64) string {
	s := strconv.FormatInt(n, 10)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	sep := "\u202f"
	if locale == English {
		sep = ","
	}
	if len(s) > 3 {
		var parts []string
		for len(s) > 3 {
			parts = append([]string{s[len(s)-3:]}, parts...)
			s = s[:len(s)-3]
		}
		s = strings.Join(append([]string{s}, parts...), sep)
	}
	if neg {
		s = "\u2212" + s
	}
	return s
}

// Description is a message as the catalogue has it; for tests.
type Description struct {
	Text   string
	Plural map[string]string
}

// All gives every text of the message.
func (d Description) All() []string {
	if d.Plural == nil {
		return []string{d.Text}
	}
	out := make([]string, 0, len(d.Plural))
	for _, s := range d.Plural {
		out = append(out, s)
	}
	return out
}

// Describe gives the message of a key; for tests.
func Describe(locale, key string) Description {
	m := catalogues[locale][key]
	if m.plural == nil {
		return Description{Text: m.raw}
	}
	d := Description{Plural: map[string]string{}}
	for cat, segs := range m.plural {
		var b strings.Builder
		for _, s := range segs {
			if s.arg != "" {
				b.WriteString("{" + s.arg + "}")
			}
			b.WriteString(s.text)
		}
		d.Plural[cat] = b.String()
	}
	return d
}

// HasPrefix reports whether some key begins with p: code may put the rest together.
func HasPrefix(p string) bool {
	for k := range catalogues[Default] {
		if strings.HasPrefix(k, p) {
			return true
		}
	}
	return false
}
