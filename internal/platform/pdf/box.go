package pdf

import (
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"

	"ereception/internal/platform/i18n"
)

// box says how the letter was signed and how to check it. It never stands alone:
// the signature before it comes to the same page.
func (p *paper) box() error {
	l := p.l
	qr, err := modules(l.VerifyURL)
	if err != nil {
		return err
	}
	valueX := left + boxPad + boxLabel
	valueW := right - boxPad - valueX
	if qr != nil {
		valueW -= boxQR + 4
	}
	type row struct {
		label, link string
		value       []string
		face        face
		lead        float64
	}
	var rows []row
	add := func(label string, value []string, f face, lead float64, link string) {
		if len(value) > 0 {
			rows = append(rows, row{label, link, value, f, lead})
		}
	}
	digest := "Цифровий відбиток"
	if len(l.Digest) == 64 {
		digest += " SHA-256"
	}
	signer := strings.Join(some(l.Signatory.Post, strings.ReplaceAll(l.Signatory.Name, " ", "\u00a0")), " ")
	add("Підписано", p.lines(faceValue, signer, valueW), faceValue, 4.3, "")
	add("Вид підпису", p.lines(faceValue, l.SignatureKind, valueW), faceValue, 4.3, "")
	add("Час підписання", p.lines(faceValue, i18n.DateTimeIn(i18n.Ukrainian, l.SignedAt)+" за київським часом", valueW), faceValue, 4.3, "")
	add(digest, p.lines(faceDigest, groups(l.Digest, 8, " "), valueW), faceDigest, 3.9, "")
	add("Код перевірки", p.lines(faceCode, code(l.VerifyCode), valueW), faceCode, 8, "")
	add("Адреса перевірки", p.lines(faceValue, l.VerifyURL, valueW), faceValue, 4.3, l.VerifyURL)
	how := p.lines(faceLabel, "Щоб перевірити лист, наведіть камеру на код або відкрийте адресу перевірки", boxQR)

	const headH, gap, howLead = 8.0, 1.5, 3.4
	labels := make([][]string, len(rows))
	h := 2*boxPad + headH - gap
	for i, r := range rows {
		labels[i] = p.lines(faceLabel, r.label, boxLabel-3)
		h += max(float64(len(r.value))*r.lead, float64(len(labels[i]))*howLead) + gap
	}
	if qr != nil {
		h = max(h, 2*boxPad+boxQR+1.5+float64(len(how))*howLead)
	}
	p.add(item{h: h, gap: 8, draw: func(y float64) {
		p.fill(tint)
		p.stroke(hair, 0.3)
		p.f.RoundedRect(left, y, width, h, 2, "1234", "FD")
		p.text(faceBoxHead, left+boxPad, y+boxPad-1, width, 6, "L", "ЕЛЕКТРОННИЙ ПІДПИС")
		if qr != nil {
			x := right - boxPad - boxQR
			p.qr(qr, x, y+boxPad, boxQR)
			p.column(faceLabel, how, x, y+boxPad+boxQR+1.5, boxQR, howLead, "C")
		}
		y += boxPad + headH
		for i, r := range rows {
			p.column(faceLabel, labels[i], left+boxPad, y+(r.lead-howLead)/2, boxLabel-3, howLead, "L")
			end := p.column(r.face, r.value, valueX, y, valueW, r.lead, "L")
			if r.link != "" {
				p.f.LinkString(valueX, y, valueW, end-y, r.link)
			}
			y = max(end, y+float64(len(labels[i]))*howLead) + gap
		}
	}})
	return nil
}

// code shows a bare code of twelve signs in three groups, as people read it out.
func code(s string) string {
	if len(s) == 12 && !strings.ContainsAny(s, "- ") {
		return groups(s, 4, "-")
	}
	return s
}

// groups cuts s into groups of n signs.
func groups(s string, n int, sep string) string {
	var b strings.Builder
	for i, r := range []rune(s) {
		if i > 0 && i%n == 0 {
			b.WriteString(sep)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// some drops the empty ones.
func some(ss ...string) []string {
	var out []string
	for _, s := range ss {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// modules gives the QR code of s without its quiet zone; nil for an empty s.
func modules(s string) ([][]bool, error) {
	if s == "" {
		return nil, nil
	}
	q, err := qrcode.New(s, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("pdf: QR code: %w", err)
	}
	q.DisableBorder = true
	return q.Bitmap(), nil
}

// qr draws a code into a square of the given side, a quiet zone of four modules
// included (ISO/IEC 18004, 6.3.8), as vectors.
func (p *paper) qr(m [][]bool, x, y, side float64) {
	p.fill(white)
	p.f.Rect(x, y, side, side, "F")
	k := side / float64(len(m)+8)
	p.fill(rgb{0, 0, 0})
	for r, line := range m {
		for c := 0; c < len(line); {
			n := 0
			for c+n < len(line) && line[c+n] {
				n++
			}
			if n > 0 { // a little overlap, or viewers show seams between the rows
				p.f.Rect(x+float64(c+4)*k, y+float64(r+4)*k, float64(n)*k, k+0.02, "F")
			}
			c += max(n, 1)
		}
	}
}
