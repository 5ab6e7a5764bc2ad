package city

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"ereception/internal/platform/errs"
	"golang.org/x/text/unicode/norm"
)

// Limits of what is typed. They keep a register readable, not a database alive.
const (
	maxCode = 64
	maxName = 200
	maxText = 20000
)

// line cleans one line of text: composed letters, single spaces, the apostrophe
// of Ukrainian typography (’), no control characters.
func line(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case unicode.IsControl(r) || r == '\uFEFF' || unicode.Is(unicode.Bidi_Control, r):
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return apostrophes(b.String())
}

// apostrophes writes ’ where an apostrophe stands between two letters.
func apostrophes(s string) string {
	if !strings.ContainsAny(s, "'ʼ`´′‘\"") {
		return s
	}
	r := []rune(s)
	for i := 1; i+1 < len(r); i++ {
		switch r[i] {
		case '\'', 'ʼ', '`', '´', '′', '‘', '"':
			if unicode.IsLetter(r[i-1]) && unicode.IsLetter(r[i+1]) {
				r[i] = '’'
			}
		}
	}
	return string(r)
}

// text cleans a text of several lines.
func text(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// must adds the mistakes of a field that has to be filled and has a limit.
func must(e *errs.Error, name, value string, limit int) {
	if value == "" {
		e.With(name, "city.err.required")
	} else {
		atMost(e, name, value, limit)
	}
}

func atMost(e *errs.Error, name, value string, limit int) {
	if utf8.RuneCountInString(value) > limit {
		e.With(name, "city.err.too_long", "n", limit)
	}
}

var codeForm = regexp.MustCompile(`^[0-9A-Za-zА-Яа-яІіЇїЄєҐґ][0-9A-Za-zА-Яа-яІіЇїЄєҐґ._-]*$`)

func mustCode(e *errs.Error, value string) {
	must(e, "code", value, maxCode)
	if value != "" && !codeForm.MatchString(value) {
		e.With("code", "city.err.code_form")
	}
}

var ordinal = regexp.MustCompile(`(\d+)\s?-?\s?(?:ший|ша|гий|тий|ий|ій|й|ого|го|ої|а|е)(?:\s|$)`)

var folds = strings.NewReplacer(
	// One apostrophe is as good as none: people leave it out.
	"'", "", "’", "", "ʼ", "", "`", "", "´", "", "′", "", "‘", "", "\"", "",
	// Letters that are confused in haste or on another keyboard.
	"ї", "і", "ґ", "г", "ё", "е", "ы", "и", "э", "е",
)

// Normalise gives the form in which names are compared: lower case, without
// apostrophes and punctuation, letters that people confuse made one, «1-й», «1ий»
// and «1» the same.
func Normalise(s string) string {
	s = folds.Replace(strings.ToLower(norm.NFC.String(strings.ToValidUTF8(s, ""))))
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return ' '
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	return strings.TrimSpace(ordinal.ReplaceAllString(s+" ", "$1 "))
}

var fromLatin = strings.NewReplacer(
	"shch", "щ", "zgh", "зг", "zh", "ж", "kh", "х", "ts", "ц", "ch", "ч", "sh", "ш",
	"yu", "ю", "iu", "ю", "ya", "я", "ia", "я", "ye", "є", "ie", "є",
	"sk", "ськ", // «-ska», «-skyi»: the soft sign is not written in Latin letters
	"a", "а", "b", "б", "v", "в", "h", "г", "g", "г", "d", "д", "e", "е", "z", "з", "y", "и",
	"i", "і", "j", "й", "k", "к", "l", "л", "m", "м", "n", "н", "o", "о", "p", "п", "r", "р",
	"s", "с", "t", "т", "u", "у", "f", "ф", "c", "ц", "w", "в", "x", "кс", "q", "к",
)

// cyrillic reads a name typed in Latin letters («Kyivska») by the official
// transliteration (КМУ 55 of 2010) backwards, as near as it goes. Text with
// Cyrillic letters is left alone: «Йоана Павла II» is no transliteration.
func cyrillic(s string) string {
	for _, r := range s {
		if unicode.Is(unicode.Cyrillic, r) {
			return s
		}
	}
	words := strings.Fields(strings.ToLower(s))
	for i, w := range words {
		// «yi» begins a word as ї, ends it as ий, and is иї within.
		if rest, ok := strings.CutPrefix(w, "yi"); ok {
			w = "і" + rest
		}
		if stem, ok := strings.CutSuffix(w, "yi"); ok {
			w = stem + "ий"
		}
		words[i] = fromLatin.Replace(strings.ReplaceAll(w, "yi", "иі"))
	}
	return strings.Join(words, " ")
}
