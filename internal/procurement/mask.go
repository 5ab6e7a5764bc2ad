package procurement

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ereception/internal/platform/ukrtext"
	"ereception/internal/procurement/prozorro"
)

// mask hides what names a sole trader in texts that the source wrote freely: a
// file «Протокол, ФОП Іваненко.pdf», a title with a tax number in it.
type mask struct {
	hidden *regexp.Regexp
	words  string // what stands instead
}

// hiddenName stands instead of a name.
func hiddenName(locale string) string {
	if locale == "en" {
		return "[name hidden]"
	}
	return "[ім’я приховано]"
}

// natural reports whether the party is a natural person: by its identifier, or,
// where it has none, by its name.
func (s *Service) natural(p prozorro.Party) bool {
	if key := s.partyKey(p.Scheme, p.ID); key != "" {
		return soleTrader(key)
	}
	return soleName.MatchString(p.Name) || soleName.MatchString(p.LegalName)
}

var soleName = regexp.MustCompile(`(?i)^\s*(фоп|спд|спдфо|фізична\s+особа)([\s\-–—.,«"]|$)`)

const apostrophes = "'’ʼ`"

var anyApostrophe = regexp.MustCompile("[" + apostrophes + "]")

// maskOf makes the mask of natural persons. words stand instead of a name.
func maskOf(words string, people []prozorro.Party) mask {
	var hide []string
	for _, p := range people {
		if id := strings.TrimSpace(p.ID); len(id) > 7 {
			hide = append(hide, id)
		}
		hide = append(hide, names(p.Name)...)
		hide = append(hide, names(p.LegalName)...)
	}
	if len(hide) == 0 {
		return mask{}
	}
	// The longest first: a whole name goes before the surname in it.
	slices.SortFunc(hide, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	hide = slices.Compact(hide)
	for i, h := range hide {
		form := regexp.QuoteMeta(h)
		if !strings.ContainsFunc(h, func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune(apostrophes, r) }) {
			// A surname: «Іваненка» and «Іваненком» name him as well.
			if s := ukrtext.Stem(strings.ToLower(h)); utf8.RuneCountInString(h) > 4 {
				form = regexp.QuoteMeta(s) + `(?:ого|ому|ові|еві|\p{L}{0,2})`
			}
		}
		hide[i] = anyApostrophe.ReplaceAllLiteralString(form, "["+apostrophes+"]")
	}
	return mask{hidden: regexp.MustCompile(`(?i)` + strings.Join(hide, "|")), words: words}
}

// maskParties makes the mask of the natural persons among parties.
func (s *Service) maskParties(locale string, parties ...[]prozorro.Party) mask {
	var people []prozorro.Party
	for _, list := range parties {
		for _, p := range list {
			if s.natural(p) {
				people = append(people, p)
			}
		}
	}
	return maskOf(hiddenName(locale), people)
}

// soleWords are not names: «Фізична особа-підприємець Іваненко Іван Іванович».
var soleWords = regexp.MustCompile(`(?i)^(фоп|фізична|фізичної|особа|особа-підприємець|особи-підприємця|підприємець|підприємця|приватний|спд|спдфо|[-–—]+|"|«|»)$`)

// names gives a name and, alone, the surname in it.
func names(full string) []string {
	full = strings.TrimSpace(full)
	if full == "" {
		return nil
	}
	out := []string{full}
	var own []string
	for _, w := range strings.Fields(full) {
		if w = strings.Trim(w, `"«»(),.`); w != "" && !soleWords.MatchString(w) {
			own = append(own, w)
		}
	}
	if len(own) > 1 {
		out = append(out, strings.Join(own, " "))
	}
	if len(own) > 0 && utf8.RuneCountInString(own[0]) > 3 {
		out = append(out, own[0])
	}
	return out
}

// text hides the names in a text, and whatever looks like a tax number.
func (m mask) text(s string) string {
	if s == "" {
		return ""
	}
	if m.hidden != nil {
		s = m.names(s)
	}
	return personal.ReplaceAllString(s, "…")
}

// names hides the names where they are words of their own: «Мороз» is none in
// «морозиво».
func (m mask) names(s string) string {
	var b strings.Builder
	from := 0
	for _, at := range m.hidden.FindAllStringIndex(s, -1) {
		before, _ := utf8.DecodeLastRuneInString(s[:at[0]])
		after, _ := utf8.DecodeRuneInString(s[at[1]:])
		if unicode.IsLetter(before) || unicode.IsLetter(after) {
			continue
		}
		b.WriteString(s[from:at[0]] + m.words)
		from = at[1]
	}
	return b.String() + s[from:]
}

// tenderMask covers everybody who stands in a tender.
func (s *Service) tenderMask(locale string, t *prozorro.Tender) mask {
	parties := [][]prozorro.Party{t.Buyers, {t.ProcuringEntity}}
	for _, b := range t.Bids {
		parties = append(parties, b.Tenderers)
	}
	for _, a := range t.Awards {
		parties = append(parties, a.Suppliers)
	}
	for _, c := range t.Contracts {
		parties = append(parties, c.Suppliers)
	}
	return s.maskParties(locale, parties...)
}
