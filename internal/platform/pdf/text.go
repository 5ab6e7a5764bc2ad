package pdf

import (
	_ "embed" // the typefaces
	"fmt"
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
	var c cleaner
	for _, s := range []*string{
		&l.Issuer.Name, &l.Issuer.Unit, &l.Issuer.Address, &l.Issuer.Phone, &l.Issuer.Email, &l.Issuer.EDRPOU,
		&l.Title, &l.RegNumber, &l.InReplyTo, &l.AddresseeName, &l.AddresseeAddress,
		&l.Signatory.Post, &l.Signatory.Name, &l.SignatureKind, &l.Digest, &l.VerifyCode,
	} {
		*s = c.clean(*s)
	}
	var body []string
	for _, s := range l.Body {
		body = append(body, strings.Split(s, "\n")...)
	}
	l.Body, l.Attachments = c.all(body), c.all(l.Attachments)
	if !slices.Contains(i18n.Locales, l.Lang) {
		l.Lang = i18n.Default
	}
	l.spelled = c.spelled
	return l
}

// cleaner makes texts fit to be drawn. spelled says that a sign was spelled out:
// the letter then says so under its text.
type cleaner struct{ spelled bool }

func (c *cleaner) all(ss []string) []string {
	var out []string
	for _, s := range ss {
		if s = c.clean(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// clean composes letters (й typed as и with a breve is one sign), makes every
// space but the no-break ones a plain one, drops what is invisible, and spells out
// what the typefaces lack, so that no meaning is lost.
func (c *cleaner) clean(s string) string {
	var b strings.Builder
	var codes []rune // a run of signs without words: a flag, a family
	flush := func() {
		if len(codes) > 0 {
			c.spelled = true
			b.WriteString(spell(codes))
			codes = nil
		}
	}
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")) {
		switch {
		case r == '\u202f' || r == '\u00a0' || r == '\u2007':
			r = '\u00a0'
		case unicode.IsSpace(r):
			r = ' '
		case r == '\u2011':
			r = '-'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			continue
		case drawable(r):
		default:
			if same, ok := plainSigns[r]; ok {
				flush()
				b.WriteString(same)
			} else if word, ok := signWords[r]; ok {
				flush()
				c.spelled = true
				b.WriteString("[" + word + "]")
			} else {
				codes = append(codes, r)
			}
			continue
		}
		flush()
		b.WriteRune(r)
	}
	flush()
	return bind(strings.Trim(b.String(), " \u00a0"))
}

// spell names signs by their codes in Unicode, which anybody can look up.
func spell(signs []rune) string {
	word := "емодзі"
	var list []string
	for _, r := range signs {
		if !(r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF || r >= 0x2B00 && r <= 0x2BFF) {
			word = "знак"
		}
		list = append(list, fmt.Sprintf("U+%04X", r))
	}
	return "[" + word + " " + strings.Join(list, " ") + "]"
}

// plainSigns are written with signs that every typeface has, and mean the same.
var plainSigns = map[rune]string{
	'→': "->", '←': "<-", '↔': "<->", '⇒': "=>", '➡': "->", '⬅': "<-", '≤': "<=", '≥': ">=", '≠': "!=", '≈': "~", '∙': "·",
	'●': "•", '○': "•", '◦': "•", '▪': "•", '■': "•", '□': "•", '‣': "•", '►': "•", '▶': "•", '★': "*", '☆': "*", '⭐': "*", '❗': "!", '❕': "!", '‼': "!!", '❓': "?", '❔': "?",
}

// signWords are the words of signs that people write often: «[емодзі: усмішка]».
var signWords = map[rune]string{
	'\uFFFD': "нечитний знак",
	'✓':      "галочка", '✔': "галочка", '☑': "галочка", '✅': "галочка", '☐': "порожня клітинка", '✗': "хрестик", '✘': "хрестик", '❌': "хрестик", '☒': "хрестик",
	'⚠': "знак «увага»", '☎': "телефон", '📞': "телефон", '✉': "конверт", '📧': "конверт", '∞': "нескінченність", '√': "корінь", '‰': "проміле", 'Ω': "омега", '▲': "трикутник", '▼': "трикутник униз",
	'☺': "емодзі: усмішка", '🙂': "емодзі: усмішка", '😀': "емодзі: усмішка", '😃': "емодзі: усмішка", '😄': "емодзі: усмішка", '😁': "емодзі: усмішка", '😊': "емодзі: усмішка",
	'😉': "емодзі: підморгування", '😂': "емодзі: сміх до сліз", '🤣': "емодзі: сміх до сліз", '🙁': "емодзі: смуток", '☹': "емодзі: смуток", '😞': "емодзі: смуток", '😢': "емодзі: сльози", '😭': "емодзі: плач",
	'😠': "емодзі: гнів", '😡': "емодзі: гнів", '🤬': "емодзі: лайка", '😱': "емодзі: жах", '🤦': "емодзі: рука на обличчі", '🤷': "емодзі: знизування плечима",
	'👍': "емодзі: палець угору", '👎': "емодзі: палець униз", '👏': "емодзі: оплески", '🙏': "емодзі: складені долоні", '💪': "емодзі: сила", '🤝': "емодзі: рукостискання",
	'❤': "емодзі: серце", '💔': "емодзі: розбите серце", '💙': "емодзі: синє серце", '💛': "емодзі: жовте серце", '🔥': "емодзі: вогонь", '🎉': "емодзі: свято", '🚗': "емодзі: автомобіль", '🌳': "емодзі: дерево",
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
