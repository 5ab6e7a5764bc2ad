// Package pdf lays an official letter («службовий лист») out as a PDF.
//
// The sheet follows ДСТУ 4163:2020: A4, fields of 30, 15, 20 and 20 mm,
// letterhead on top, date and index left, addressee right, heading, text,
// attachments, signature. Below the signature stands a box that says how the
// letter was signed and how anybody can check it: a code, an address and a QR
// code of that address. The words of the frame are Ukrainian (Закон 2704-VIII,
// ст. 13); dates are Kyiv's.
//
// Guarantees: the same Letter gives the same bytes, so a letter that is laid out
// again after a crash is the file that was stored; text is real text and can be
// searched, copied and read aloud; fonts are embedded; a sign that the fonts lack,
// an emoji say, is spelled out in square brackets, in words or by its code in
// Unicode, and the letter says so under its text: no meaning is lost, and it is never
// an error.
//
// The fonts are Inter and Arsenal (SIL Open Font License, beside the files), cut
// to Latin and Cyrillic without layout features and hints, which the generator
// does not read.
package pdf

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"

	"ereception/internal/platform/i18n"
)

// The sheet, in millimetres: ДСТУ 4163:2020, 4.6 asks for fields of at least 30, 10, 20, 20.
const (
	sheetW, sheetH      = 210.0, 297.0
	left, right         = 30.0, 195.0
	top, bottom         = 20.0, 277.0
	width               = right - left
	indent              = 10.0  // of the first line of a paragraph
	addresseeX          = 112.0 // the addressee stands in the right half
	boxPad, boxLabel    = 5.0, 31.0
	boxQR               = 32.0
	signatoryX          = 135.0
	lineBody, lineSmall = 5.9, 4.1
)

type rgb [3]int

var (
	ink   = rgb{0x16, 0x23, 0x3d}
	soft  = rgb{0x4c, 0x5a, 0x73}
	navy  = rgb{0x12, 0x27, 0x4b}
	blue  = rgb{0x1d, 0x4a, 0x94}
	amber = rgb{0xe0, 0xa5, 0x26}
	brown = rgb{0x78, 0x58, 0x14}
	tint  = rgb{0xf4, 0xf7, 0xfb}
	hair  = rgb{0xc3, 0xce, 0xde}
	white = rgb{0xff, 0xff, 0xff}
)

// face is a font at a size and a colour.
type face struct {
	family, style string
	size          float64 // points
	colour        rgb
}

var (
	faceBody    = face{"Inter", "", 10.5, ink}
	faceStrong  = face{"Inter", "B", 10.5, ink}
	faceTitle   = face{"Inter", "B", 11, navy}
	faceIssuer  = face{"Arsenal", "B", 19, navy}
	faceUnit    = face{"Inter", "B", 9.5, blue}
	faceContact = face{"Inter", "", 8, soft}
	faceLabel   = face{"Inter", "", 7.5, soft}
	faceValue   = face{"Inter", "", 8.5, ink}
	faceBoxHead = face{"Arsenal", "B", 12, navy}
	faceCode    = face{"Arsenal", "B", 19, navy}
	faceDigest  = face{"Inter", "", 7.5, ink}
	faceFoot    = face{"Inter", "", 7.5, soft}
	faceDemo    = face{"Inter", "B", 8, brown}
)

// Render writes the letter. Without text or the moment of its signature it is
// no letter, and an error.
func Render(w io.Writer, l Letter) error {
	l = l.clean()
	switch {
	case len(l.Body) == 0:
		return errors.New("pdf: a letter without text")
	case l.SignedAt.IsZero():
		return errors.New("pdf: a letter without the moment of its signature")
	}
	p := newPaper(l)
	if err := p.compose(); err != nil {
		return err
	}
	pages := paginate(p.items, bottom-top)
	for i, page := range pages {
		p.f.AddPage()
		p.frame(i+1, len(pages))
		y := top
		for j, it := range page {
			if j > 0 {
				y += it.gap
			}
			it.draw(y)
			y += it.h
		}
	}
	if err := p.f.Output(w); err != nil {
		return fmt.Errorf("pdf: %w", err)
	}
	return nil
}

// paper is a letter being laid out.
type paper struct {
	f     *fpdf.Fpdf
	l     Letter
	items []item
}

func newPaper(l Letter) *paper {
	f := fpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(l.SignedAt.UTC())
	f.SetModificationDate(l.SignedAt.UTC())
	f.SetTitle(l.Title, true)
	f.SetAuthor(l.Issuer.Name, true)
	f.SetSubject(strings.TrimSpace(l.number()), true)
	f.SetCreator("Е-приймальня", true)
	f.SetProducer("Е-приймальня", true)
	f.SetLang(l.Lang)
	f.SetMargins(left, top, sheetW-right)
	f.SetAutoPageBreak(false, 0)
	f.SetCellMargin(0)
	for _, t := range typefaces {
		f.AddUTF8FontFromBytes(t.family, t.style, t.data)
	}
	return &paper{f: f, l: l}
}

// number is «22 листопада 2026 року № 7/12», as much of it as there is.
func (l Letter) number() string {
	var parts []string
	if !l.RegDate.IsZero() {
		parts = append(parts, i18n.DateIn(i18n.Ukrainian, l.RegDate)+"\u00a0року")
	}
	if l.RegNumber != "" {
		parts = append(parts, "№\u00a0"+l.RegNumber)
	}
	return strings.Join(parts, " ")
}

const spelledNote = "Знаки, яких немає у шрифті цього листа, передано у квадратних дужках словами або кодом Юнікоду."

func (p *paper) compose() error {
	p.letterhead()
	p.requisites()
	if l := p.l; l.Title != "" {
		p.block(9, true, p.lines(faceTitle, l.Title, 110), faceTitle, 5.4, left)
	}
	for i, s := range p.l.Body {
		gap := 1.6
		if i == 0 {
			gap = 6
		}
		p.paragraph(s, gap, i == len(p.l.Body)-1)
	}
	if p.l.spelled {
		p.block(4, true, p.lines(faceContact, spelledNote, width), faceContact, lineSmall, left)
	}
	p.attachments()
	p.signature()
	return p.box()
}

// frame draws what every page has: the mark of demonstration data and the foot.
func (p *paper) frame(n, of int) {
	f := p.f
	if p.l.Demo {
		const words = "ДЕМОНСТРАЦІЙНІ ДАНІ"
		p.use(faceDemo)
		w := p.width(words) + 8
		p.fill(rgb{0xff, 0xf6, 0xdf})
		p.stroke(amber, 0.3)
		f.RoundedRect(right-w, 8, w, 6.4, 1.2, "1234", "FD")
		p.text(faceDemo, right-w, 8, w, 6.4, "C", words)
	}
	p.stroke(hair, 0.2)
	f.Line(left, 282, right, 282)
	p.text(faceFoot, left, 283.5, width-30, 4, "L", p.fit(faceFoot, p.l.number(), width-30))
	p.text(faceFoot, left, 283.5, width, 4, "R", fmt.Sprintf("Сторінка %d з %d", n, of))
}

func (p *paper) letterhead() {
	is := p.l.Issuer
	name := p.lines(faceIssuer, strings.ToUpper(is.Name), width)
	unit := p.lines(faceUnit, is.Unit, width)
	var contacts []string
	for _, s := range []string{is.Address, prefix("тел. ", is.Phone), is.Email, prefix("код ЄДРПОУ ", is.EDRPOU)} {
		if s != "" {
			contacts = append(contacts, strings.ReplaceAll(s, " ", "\u00a0"))
		}
	}
	contact := p.lines(faceContact, strings.Join(contacts, "\u00a0 ·\u00a0 "), width)
	for i := range contact {
		contact[i] = strings.TrimRight(contact[i], "\u00a0 ·") // no separator at the end of a line
	}
	const emblemH, nameLine = 17.0, 8.0
	h := emblemH + 2.5 + float64(len(name))*nameLine + float64(len(unit))*4.8 + 1 + float64(len(contact))*lineSmall + 4
	p.add(item{h: h, draw: func(y float64) {
		p.emblem(left+width/2, y, emblemH)
		y += emblemH + 2.5
		y = p.column(faceIssuer, name, left, y, width, nameLine, "C")
		y = p.column(faceUnit, unit, left, y, width, 4.8, "C") + 1
		y = p.column(faceContact, contact, left, y, width, lineSmall, "C") + 2.6
		p.fill(navy)
		p.f.Rect(left, y, width, 0.8, "F")
		p.f.Rect(left, y+1.2, width, 0.2, "F")
	}})
}

func prefix(p, s string) string {
	if s == "" {
		return ""
	}
	return p + s
}

// emblem draws the portal's own shield; the arms of the city belong to the city.
// cx is its middle, h its height. The drawing is the favicon's, 42 by 48 units.
func (p *paper) emblem(cx, y, h float64) {
	f, k := p.f, h/48
	x := cx - 21*k
	X := func(v float64) float64 { return x + v*k }
	Y := func(v float64) float64 { return y + v*k }
	p.fill(blue)
	p.stroke(amber, 2.5*k)
	f.MoveTo(X(2), Y(2))
	f.LineTo(X(40), Y(2))
	f.LineTo(X(40), Y(26))
	f.CurveBezierCubicTo(X(40), Y(36), X(32), Y(42), X(21), Y(46))
	f.CurveBezierCubicTo(X(10), Y(42), X(2), Y(36), X(2), Y(26))
	f.ClosePath()
	f.DrawPath("FD")
	p.fill(white)
	f.MoveTo(X(11), Y(33))
	at := [2]float64{11, 33}
	for _, d := range [][2]float64{ // the wall with its teeth
		{0, -16},
		{3, 0},
		{0, 3},
		{3, 0},
		{0, -3},
		{3, 0},
		{0, 3},
		{2, 0},
		{0, -3},
		{3, 0},
		{0, 3},
		{3, 0},
		{0, -3},
		{3, 0},
		{0, 16},
		{-7, 0},
		{0, -5},
	} {
		at[0], at[1] = at[0]+d[0], at[1]+d[1]
		f.LineTo(X(at[0]), Y(at[1]))
	}
	const c = 3 * 0.5523 // a quarter of a circle by Bézier: the arch of the gate
	ax, ay := at[0], at[1]
	f.CurveBezierCubicTo(X(ax), Y(ay-c), X(ax-3+c), Y(ay-3), X(ax-3), Y(ay-3))
	f.CurveBezierCubicTo(X(ax-3-c), Y(ay-3), X(ax-6), Y(ay-c), X(ax-6), Y(ay))
	f.LineTo(X(ax-6), Y(33))
	f.ClosePath()
	f.DrawPath("F")
}

// requisites are the date and index of the letter, what it answers, and to whom.
func (p *paper) requisites() {
	const leftW = addresseeX - left - 8
	number := p.lines(faceStrong, p.l.number(), leftW)
	reply := p.lines(faceBody, p.l.InReplyTo, leftW)
	name := p.lines(faceStrong, p.l.AddresseeName, right-addresseeX)
	address := p.lines(faceBody, p.l.AddresseeAddress, right-addresseeX)
	const lead = 5.4
	h := lead * float64(max(len(number)+len(reply), len(name)+len(address)))
	p.add(item{h: h, gap: 5, draw: func(y float64) {
		p.column(faceBody, reply, left, p.column(faceStrong, number, left, y, leftW, lead, "L"), leftW, lead, "L")
		p.column(faceBody, address, addresseeX, p.column(faceStrong, name, addresseeX, y, right-addresseeX, lead, "L"), right-addresseeX, lead, "L")
	}})
}

func (p *paper) attachments() {
	if len(p.l.Attachments) == 0 {
		return
	}
	const lead = 5.2
	p.block(5, true, []string{"Додатки:"}, faceStrong, lead, left)
	for i, s := range p.l.Attachments {
		n := fmt.Sprintf("%d.", i+1)
		lines := p.lines(faceBody, s, width-8)
		p.add(item{h: lead * float64(len(lines)), keep: i == len(p.l.Attachments)-1, draw: func(y float64) {
			p.text(faceBody, left, y, 8, lead, "L", n)
			p.column(faceBody, lines, left+8, y, width-8, lead, "L")
		}})
	}
}

func (p *paper) signature() {
	const lead = 5.2
	post := p.lines(faceStrong, capital(p.l.Signatory.Post), signatoryX-left-8)
	name := p.lines(faceStrong, signed(p.l.Signatory.Name), right-signatoryX)
	n := max(len(post), len(name))
	if n == 0 {
		return
	}
	p.add(item{h: lead * float64(n), gap: 10, keep: true, draw: func(y float64) {
		p.column(faceStrong, post, left, y, signatoryX-left-8, lead, "L")
		p.column(faceStrong, name, signatoryX, y+lead*float64(n-len(name)), right-signatoryX, lead, "L")
	}})
}

// capital begins a line of its own with a capital letter.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// signed writes a name as it stands under a document: the own name and the surname in
// capitals, without the patronymic (ДСТУ 4163:2020, реквізит «підпис»). Registers keep the surname
// first and give all three; any other name stays as it is.
func signed(name string) string {
	w := strings.Fields(name)
	if len(w) != 3 {
		return name
	}
	return w[1] + " " + strings.ToUpper(w[0])
}
