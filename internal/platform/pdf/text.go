package pdf

import (
	_ "embed" // the typefaces
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"

	"ereception/internal/platform/i18n"
)

var (
	//go:embed font/Inter-Regular.ttf
	interRegular []byte
	//go:embed font/Inter-SemiBold.ttf
	interSemiBold []byte
	//go:embed font/Arsenal-Bold.ttf
	arsenalBold []byte
)

var typefaces = []struct {
	family, style string
	data          []byte
}{
	{"Inter", "", interRegular},
	{"Inter", "B", interSemiBold},
	{"Arsenal", "B", arsenalBold},
}

// glyphs knows which signs every typeface can draw.
var glyphs = mustParse()

func mustParse() []*sfnt.Font {
	var out []*sfnt.Font
	for _, t := range typefaces {
		f, err := sfnt.Parse(t.data)
		if err != nil {
			panic("pdf: " + t.family + ": " + err.Error())
		}
		out = append(out, f)
	}
	return out
}

func drawable(r rune) bool {
	for _, f := range glyphs {
		if i, err := f.GlyphIndex(nil, r); err != nil || i == 0 {
			return false
		}
	}
	return true
}

// clean gives the letter with every text fit to be drawn, and without empty ones.
func (l Letter) clean() Letter {
	for _, s := range []*string{
		&l.Issuer.Name, &l.Issuer.Unit, &l.Issuer.Address, &l.Issuer.Phone, &l.Issuer.Email, &l.Issuer.EDRPOU,
		&l.Title, &l.RegNumber, &l.InReplyTo, &l.AddresseeName, &l.AddresseeAddress,
		&l.Signatory.Post, &l.Signatory.Name, &l.SignatureKind, &l.Digest, &l.VerifyCode,
	} {
		*s = clean(*s)
	}
	var body []string
	for _, s := range l.Body {
		body = append(body, strings.Split(s, "\n")...)
	}
	l.Body, l.Attachments = cleanAll(body), cleanAll(l.Attachments)
	if !slices.Contains(i18n.Locales, l.Lang) {
		l.Lang = i18n.Default
	}
	return l
}

func cleanAll(ss []string) []string {
	var out []string
	for _, s := range ss {
		if s = clean(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// clean composes letters (й typed as и with a breve is one sign), makes every
// space but the no-break ones a plain one, drops what is invisible, and replaces
// what the typefaces lack.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u202f' || r == '\u00a0' || r == '\u2007':
			return '\u00a0'
		case unicode.IsSpace(r):
			return ' '
		case r == '\u2011':
			return '-'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			return -1
		case !drawable(r):
			return unicode.ReplacementChar
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")))
	return bind(strings.Trim(s, " \u00a0"))
}

var (
	// loose is what Ukrainian typesetting does not leave at the end of a line:
	// a word of one letter, an abbreviation before its name or number.
	loose = regexp.MustCompile(`(^|[\s\x{a0}(«])(\p{L}|№|(?i:м|с|смт|вул|просп|пров|пл|буд|корп|кв|ім|ст|ч|п|тел|каб)\.) `)
	// month is a day before its month.
	month = regexp.MustCompile(`(\d) (січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня)`)
)

// bind puts no-break spaces where a line must not end. Twice, because words of
// one letter come in rows and matches do not overlap.
func bind(s string) string {
	for range 2 {
		s = loose.ReplaceAllString(s, "$1$2\u00a0")
	}
	return month.ReplaceAllString(s, "$1\u00a0$2")
}
