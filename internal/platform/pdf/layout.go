package pdf

import "strings"

// item is a piece of the letter that no page break cuts.
type item struct {
	h, gap float64 // height, and the space before it unless it opens a page
	keep   bool    // stays on the page of the next item
	draw   func(y float64)
}

func (p *paper) add(it item) { p.items = append(p.items, it) }

// paginate spreads items over pages of the given height. Items that are kept
// together move together as long as they fit on one page.
func paginate(items []item, height float64) [][]item {
	var pages [][]item
	var page []item
	used := 0.0
	for i := 0; i < len(items); {
		n, h := 1, items[i].h
		for items[i+n-1].keep && i+n < len(items) {
			h += items[i+n].gap + items[i+n].h
			n++
		}
		if h > height { // too much to keep: one by one
			n, h = 1, items[i].h
		}
		if len(page) > 0 {
			if used+items[i].gap+h > height {
				pages, page, used = append(pages, page), nil, 0
			} else {
				h += items[i].gap
			}
		}
		page = append(page, items[i:i+n]...)
		used += h
		i += n
	}
	if len(page) > 0 {
		pages = append(pages, page)
	}
	return pages
}

func (p *paper) use(f face) {
	p.f.SetFont(f.family, f.style, f.size)
	p.f.SetTextColor(f.colour[0], f.colour[1], f.colour[2])
}

func (p *paper) fill(c rgb) { p.f.SetFillColor(c[0], c[1], c[2]) }

func (p *paper) stroke(c rgb, w float64) {
	p.f.SetDrawColor(c[0], c[1], c[2])
	p.f.SetLineWidth(w)
}

// text writes one line into the box at x, y; align is L, C, R, or J.
func (p *paper) text(f face, x, y, w, h float64, align, s string) {
	if s == "" {
		return
	}
	p.use(f)
	p.f.SetXY(x, y)
	p.f.CellFormat(w, h, plain(s), "", 0, align, false, 0, "")
}

// plain writes no-break spaces as spaces: they have done their work when lines
// are broken, and a search for "18 листопада" must find it.
func plain(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }

// width measures s in the face in use.
func (p *paper) width(s string) float64 { return p.f.GetStringWidth(plain(s)) }

// column writes lines under each other and gives the y below them.
func (p *paper) column(f face, lines []string, x, y, w, lead float64, align string) float64 {
	for _, s := range lines {
		p.text(f, x, y, w, lead, align, s)
		y += lead
	}
	return y
}

// block adds lines that are kept together, and with the next item when keep.
func (p *paper) block(gap float64, keep bool, lines []string, f face, lead, x float64) {
	if len(lines) == 0 {
		return
	}
	p.add(item{h: lead * float64(len(lines)), gap: gap, keep: keep, draw: func(y float64) {
		p.column(f, lines, x, y, right-x, lead, "L")
	}})
}

// paragraph adds a justified paragraph, line by line, so that it may run over a
// page; neither its first nor its last line is left alone. The end of the last
// paragraph goes with what is signed below it.
func (p *paper) paragraph(s string, gap float64, last bool) {
	lines := p.wrap(faceBody, s, width, indent)
	for i, s := range lines {
		it := item{h: lineBody, keep: i == 0 && len(lines) > 1 || i == len(lines)-2 || last && i == len(lines)-1}
		x, align := left, "J"
		if i == 0 {
			it.gap, x = gap, left+indent
		}
		if i == len(lines)-1 || !strings.Contains(plain(s), " ") {
			align = "L"
		}
		it.draw = func(y float64) { p.text(faceBody, x, y, right-x, lineBody, align, s) }
		p.add(it)
	}
}

// lines breaks s into lines of at most w; nil for an empty s.
func (p *paper) lines(f face, s string, w float64) []string { return p.wrap(f, s, w, 0) }

// wrap breaks s at its spaces, and a word that is longer than a line wherever it
// must. The first line is shorter by indent.
func (p *paper) wrap(f face, s string, w, indent float64) []string {
	p.use(f)
	var out []string
	cur, room := "", w-indent
	flush := func() {
		if cur != "" {
			out = append(out, cur)
		}
		cur, room = "", w
	}
	for _, word := range strings.Split(s, " ") {
		if word == "" {
			continue
		}
		if cur != "" && p.width(cur+" "+word) <= room {
			cur += " " + word
			continue
		}
		if cur != "" {
			flush()
		}
		for p.width(word) > room {
			head, rest := p.split(word, room)
			cur, word = head, rest
			flush()
		}
		cur = word
	}
	flush()
	return out
}

// split cuts the longest beginning of a word that fits into w, one sign at least;
// after a hyphen, a stroke or a low line when one stands in its second half.
func (p *paper) split(word string, w float64) (head, rest string) {
	rs := []rune(word)
	n := 1
	for n < len(rs) && p.width(string(rs[:n+1])) <= w {
		n++
	}
	for i := n; i > n/2; i-- {
		if strings.ContainsRune("-/_", rs[i-1]) {
			n = i
			break
		}
	}
	return string(rs[:n]), string(rs[n:])
}

// fit cuts s to one line.
func (p *paper) fit(f face, s string, w float64) string {
	p.use(f)
	if p.width(s) <= w {
		return s
	}
	head, _ := p.split(s, w-p.width("…"))
	return head + "…"
}
