package basemap

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/fnv"
	"html"
	"math"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/simplify"
)

// View is a window on the map: a centre, a zoom and a size in pixels.
type View struct {
	Lat, Lon float64
	Zoom     float64
	W, H     int
}

// Zoom levels of the embedded scheme: farther the community is a dot, nearer
// the drawn lines are no longer true.
const (
	MinZoom = 10
	MaxZoom = 18
	// StreetZoom is the level of cards that show one place with its streets.
	StreetZoom = 15.6
)

// City is the window that holds the whole city in w×h pixels.
func City(w, h int) View {
	s, err := load()
	if err != nil {
		return View{Lat: 50.2655, Lon: 28.6735, Zoom: 12, W: w, H: h}
	}
	b := s.city
	lat, lon := degrees(b.Center())
	const margin = 0.96
	z := math.Log2(math.Min(float64(w)*margin/(b.Max[0]-b.Min[0]), float64(h)*margin/(b.Max[1]-b.Min[1])) / 256)
	return View{Lat: lat, Lon: lon, Zoom: math.Round(z*10) / 10, W: w, H: h}
}

// scale is pixels for a world unit.
func (v View) scale() float64 { return 256 * math.Pow(2, v.Zoom) }

func (v View) bound(margin float64) orb.Bound {
	c, s := world(v.Lat, v.Lon), v.scale()
	dx, dy := (float64(v.W)/2+margin)/s, (float64(v.H)/2+margin)/s
	return orb.Bound{Min: orb.Point{c[0] - dx, c[1] - dy}, Max: orb.Point{c[0] + dx, c[1] + dy}}
}

// Pixel is where a place stands in the window.
func (v View) Pixel(lat, lon float64) (x, y float64) {
	p, c, s := world(lat, lon), world(v.Lat, v.Lon), v.scale()
	return (p[0]-c[0])*s + float64(v.W)/2, (p[1]-c[1])*s + float64(v.H)/2
}

// At is the place under a pixel of the window.
func (v View) At(x, y float64) (lat, lon float64) {
	c, s := world(v.Lat, v.Lon), v.scale()
	return degrees(orb.Point{c[0] + (x-float64(v.W)/2)/s, c[1] + (y-float64(v.H)/2)/s})
}

// BBox is what the window shows: west, south, east, north in degrees.
func (v View) BBox() [4]float64 {
	n, w := v.At(0, 0)
	s, e := v.At(float64(v.W), float64(v.H))
	return [4]float64{w, s, e, n}
}

// PinKind chooses shape, colour and glyph of a pin: never the colour alone.
type PinKind string

// The kinds of pins.
const (
	PinPlace PinKind = "you"  // navy drop with an amber dot: the place of this very appeal
	PinNew   PinKind = "new"  // grey circle with a dot
	PinWork  PinKind = "work" // blue circle with a dash
	PinDone  PinKind = "done" // green square with a tick
	PinLate  PinKind = "late" // red rhombus with an exclamation mark
)

// Pin is one mark on the picture. Count above one makes it a cluster, a circle
// with the number. Href makes it a link; Label is its accessible name.
type Pin struct {
	Lat, Lon float64
	Kind     PinKind
	Count    int
	Href     string
	Label    string
	Selected bool
}

// SVG draws the scheme and the pins as one inline picture. It carries classes
// only, the colours come from the style sheet (class bm-*), so it follows the
// dark scheme. Label is the accessible name; with links inside the picture is a
// group, else an image; an empty label hides it from screen readers. The size
// stays under 15 KB for the windows in use, pins aside.
func SVG(v View, pins []Pin, label string) []byte {
	var b bytes.Buffer
	v.Zoom = min(max(v.Zoom, MinZoom), MaxZoom)
	role := ` aria-hidden="true" focusable="false"`
	if label != "" {
		role = ` role="img" aria-label="` + html.EscapeString(label) + `"`
		if slices.ContainsFunc(pins, func(p Pin) bool { return p.Href != "" }) {
			role = ` role="group" aria-label="` + html.EscapeString(label) + `"`
		}
	}
	fmt.Fprintf(&b, `<svg class="bm" width="%d" height="%d" viewBox="0 0 %d %d"%s>`, v.W, v.H, v.W, v.H, role)
	b.Write(ground(v))
	for _, p := range pins {
		drawPin(&b, v, p)
	}
	b.WriteString(`</svg>`)
	return b.Bytes()
}

// backgrounds keeps drawn grounds. Cards of appeals are looked at again and
// again, and a ground costs up to a millisecond; the bound keeps memory small.
var backgrounds = struct {
	sync.Mutex
	m map[View][]byte
}{m: map[View][]byte{}}

const maxBackgrounds = 256

func ground(v View) []byte {
	// Five decimals are a metre: the same place makes the same key.
	v.Lat, v.Lon = math.Round(v.Lat*1e5)/1e5, math.Round(v.Lon*1e5)/1e5
	backgrounds.Lock()
	g, ok := backgrounds.m[v]
	backgrounds.Unlock()
	if ok {
		return g
	}
	g = draw(v)
	backgrounds.Lock()
	if len(backgrounds.m) >= maxBackgrounds {
		clear(backgrounds.m)
	}
	backgrounds.m[v] = g
	backgrounds.Unlock()
	return g
}

func draw(v View) []byte {
	s, err := load()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<path class="bm-o" d="M0 0H%dV%dH0Z"/>`, v.W, v.H)
	if err != nil {
		return b.Bytes()
	}
	d := &drawing{v: v, view: v.bound(24), frame: v.bound(0)}
	d.origin = v.bound(0).Min
	d.scale = v.scale()
	d.one = v.Zoom >= 14 // near lines need tenths of a pixel, far ones do not
	paint := func(class, data string) {
		if data != "" {
			fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, class, data)
		}
	}
	paint("bm-s", d.areas(s.osm, kindSettlement))
	paint("bm-n", d.areas(s.osm, kindNeighbour))
	outline := d.areas(s.osm, kindCommunity)
	id := pictureID(v)
	if outline != "" {
		fmt.Fprintf(&b, `<defs><path id="%sc" d="%s"/></defs><use href="#%sc" class="bm-c"/>`, id, outline, id)
	}
	paint("bm-d", d.areas(s.osm, kindDistrict))
	var lines path
	lines.one = d.one
	for _, f := range s.streets {
		if f.kind == kindStreet && f.bound.Intersects(d.view) {
			for _, l := range clip.LineString(d.view, f.world.(orb.LineString)) {
				d.line(&lines, l)
			}
		}
	}
	if lines.Len() > 0 {
		w := streetWidth(v.Zoom)
		fmt.Fprintf(&b, `<defs><path id="%ss" d="%s"/></defs><use href="#%ss" class="bm-k" stroke-width="%s"/><use href="#%ss" class="bm-r" stroke-width="%s"/>`,
			id, lines.String(), id, num(w+2), id, num(w))
	}
	if outline != "" {
		fmt.Fprintf(&b, `<use href="#%sc" class="bm-cb"/>`, id)
	}
	d.labels(&b, s)
	return b.Bytes()
}

// pictureID tells pictures on one page apart: their parts are used by id.
func pictureID(v View) string {
	h := fnv.New64a()
	fmt.Fprint(h, v)
	return "bm" + strconv.FormatUint(h.Sum64(), 36)
}

// streetWidth is the width of a drawn street in pixels, the same curve as in
// static/src/js/map-style.ts.
func streetWidth(zoom float64) float64 {
	w := 1.6 * math.Pow(1.55, zoom-11)
	return math.Round(min(max(w, 1.5), 16)*10) / 10
}

type drawing struct {
	v           View
	view, frame orb.Bound
	origin      orb.Point
	scale       float64
	one         bool
}

// areas gives the path data of every area of a kind.
func (d *drawing) areas(fs []feature, k kind) string {
	var p path
	p.one = d.one
	for _, f := range fs {
		if f.kind != k || !f.bound.Intersects(d.view) {
			continue
		}
		var polys orb.MultiPolygon
		switch g := orb.Clone(f.world).(type) {
		case orb.Polygon:
			polys = orb.MultiPolygon{g}
		case orb.MultiPolygon:
			polys = g
		}
		for _, poly := range clip.MultiPolygon(d.view, polys) {
			for _, r := range poly {
				d.line(&p, orb.LineString(r))
			}
		}
	}
	return p.String()
}

// line adds one line to a path, without the points that nobody would see.
func (d *drawing) line(p *path, l orb.LineString) {
	tol := 1.2
	if d.one {
		tol = 0.4
	}
	closed := len(l) > 3 && l[0] == l[len(l)-1]
	l = simplify.DouglasPeucker(tol / d.scale).LineString(l.Clone())
	if len(l) < 2 {
		return
	}
	if b := l.Bound(); (b.Max[0]-b.Min[0]+b.Max[1]-b.Min[1])*d.scale < 3 {
		return
	}
	for i, q := range l {
		if closed && i == len(l)-1 {
			break
		}
		p.add((q[0]-d.origin[0])*d.scale, (q[1]-d.origin[1])*d.scale, i == 0)
	}
	if closed {
		p.close()
	}
}

// path writes SVG path data with relative steps, as short as it can.
type path struct {
	bytes.Buffer
	one  bool // one decimal
	x, y int  // the pen, in tenths or wholes
	cmd  byte
}

func (p *path) add(fx, fy float64, start bool) {
	m := 1.0
	if p.one {
		m = 10
	}
	x, y := int(math.Round(fx*m)), int(math.Round(fy*m))
	if start {
		p.WriteByte('M')
		p.number(x, true)
		p.number(y, false)
		p.cmd = 'M'
	} else {
		if x == p.x && y == p.y {
			return
		}
		if p.cmd != 'l' {
			p.WriteByte('l')
			p.cmd = 'l'
			p.number(x-p.x, true)
		} else {
			p.number(x-p.x, false)
		}
		p.number(y-p.y, false)
	}
	p.x, p.y = x, y
}

// close ends a ring. The pen goes back to the start, but every line begins with
// an absolute M, so that it need not be followed.
func (p *path) close() {
	p.WriteByte('z')
	p.cmd = 'z'
}

func (p *path) number(n int, first bool) {
	if !first && n >= 0 {
		p.WriteByte(' ')
	}
	if !p.one {
		p.WriteString(strconv.Itoa(n))
		return
	}
	if n < 0 {
		p.WriteByte('-')
		n = -n
	}
	if n >= 10 || n == 0 {
		p.WriteString(strconv.Itoa(n / 10))
	}
	if n%10 != 0 {
		p.WriteByte('.')
		p.WriteByte('0' + byte(n%10))
	}
}

func num(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// labels names districts and places, near the streets too. A name that would
// run into another one or over the edge is left out.
func (d *drawing) labels(b *bytes.Buffer, s *scheme) {
	var taken []orb.Bound
	put := func(class, text string, x, y, charW float64) {
		w := charW * float64(utf8.RuneCountInString(text)) / 2
		box := orb.Bound{Min: orb.Point{x - w - 4, y - 13}, Max: orb.Point{x + w + 4, y + 5}}
		if box.Min[0] < 0 || box.Max[0] > float64(d.v.W) || box.Min[1] < 0 || box.Max[1] > float64(d.v.H) {
			return
		}
		if slices.ContainsFunc(taken, box.Intersects) {
			return
		}
		taken = append(taken, box)
		fmt.Fprintf(b, `<text class="map-lbl%s" x="%d" y="%d" text-anchor="middle">%s</text>`,
			class, int(math.Round(x)), int(math.Round(y)), html.EscapeString(text))
	}
	pixel := func(p orb.Point) (float64, float64) {
		return (p[0] - d.origin[0]) * d.scale, (p[1] - d.origin[1]) * d.scale
	}
	if d.v.Zoom >= 14.8 {
		// Near, the middle is where the pin of the place stands.
		x, y := float64(d.v.W)/2, float64(d.v.H)/2
		taken = append(taken, orb.Bound{Min: orb.Point{x - 20, y - 44}, Max: orb.Point{x + 20, y + 6}})
	}
	if d.v.Zoom < 16 {
		for _, f := range s.osm {
			if f.kind == kindPlace {
				x, y := pixel(f.world.(orb.Point))
				put("", f.name, x, y, 7.4)
			}
		}
	}
	if d.v.Zoom < 14.5 && d.v.Zoom >= 11.5 {
		for _, f := range s.osm {
			if f.kind == kindDistrict {
				x, y := pixel(districtName(f))
				put(" big", upper(f.name), x, y, 10)
			}
		}
	}
	if d.v.Zoom < 14.8 {
		return
	}
	// The name nearest to the middle wins; one name is written once.
	c := d.frame.Center()
	var near []feature
	for _, f := range s.streets {
		if f.kind == kindLabel && d.frame.Contains(f.world.(orb.Point)) {
			near = append(near, f)
		}
	}
	dist := func(f feature) float64 {
		p := f.world.(orb.Point)
		return math.Hypot(p[0]-c[0], p[1]-c[1])
	}
	slices.SortStableFunc(near, func(a, b feature) int { return cmp.Compare(dist(a), dist(b)) })
	seen := map[string]bool{}
	for _, f := range near {
		if seen[f.name] {
			continue
		}
		seen[f.name] = true
		x, y := pixel(f.world.(orb.Point))
		put(" street", f.name, x, y, 6.8)
	}
}

// Drop is the sign of the one place that a page is about; its tip is the origin.
const Drop = `<ellipse class="pin-shade" rx="9" ry="3.5"/><path class="pin-drop" d="M0 0C-4-7-15-15-15-26a15 15 0 0 1 30 0C15-15 4-7 0 0Z"/><circle class="pin-dot" cy="-26" r="5.5"/>`

func drawPin(b *bytes.Buffer, v View, p Pin) {
	x, y := v.Pixel(p.Lat, p.Lon)
	if x < -30 || y < -30 || x > float64(v.W)+30 || y > float64(v.H)+45 {
		return
	}
	attrs := fmt.Sprintf(` class="pin" data-k="%s" transform="translate(%d %d)"`, html.EscapeString(string(p.Kind)), int(math.Round(x)), int(math.Round(y)))
	if p.Selected {
		attrs += ` data-sel=""`
	}
	tag := "g"
	if p.Href != "" {
		tag = "a"
		attrs += ` href="` + html.EscapeString(p.Href) + `" aria-label="` + html.EscapeString(p.Label) + `"`
	}
	b.WriteString("<" + tag + attrs + ">")
	switch {
	case p.Count > 1:
		r := ClusterRadius(p.Count)
		fmt.Fprintf(b, `<circle class="halo" r="%s"/><circle class="body" r="%s"/><text y="4.5">%d</text>`, num(r+3), num(r), p.Count)
	case p.Kind == PinPlace:
		b.WriteString(Drop)
	default:
		b.WriteString(shape(p.Kind, 11))
	}
	b.WriteString("</" + tag + ">")
}

// shape draws a pin of the radius r around the origin. ui.Pin draws the same
// beside words, static/src/js/map-list.ts on the live map.
func shape(k PinKind, r int) string {
	switch k {
	case PinDone:
		return fmt.Sprintf(`<rect class="halo" x="%d" y="%d" width="%d" height="%d" rx="7"/><rect class="body" x="%d" y="%d" width="%d" height="%d" rx="5"/><path class="tick" d="M-4 .2-1.2 3 4.2-3"/>`,
			-r-2, -r-2, 2*r+4, 2*r+4, -r, -r, 2*r, 2*r)
	case PinLate:
		h, o := r+5, r+2
		return fmt.Sprintf(`<path class="halo" d="M0-%dL%d 0 0 %d-%d 0Z"/><path class="body" d="M0-%dL%d 0 0 %d-%d 0Z"/><path class="gl" d="M-1.2-5H1.2V1.4H-1.2ZM-1.3 3h2.6v2.6h-2.6Z"/>`,
			h, h, h, h, o, o, o, o)
	case PinWork:
		return fmt.Sprintf(`<circle class="halo" r="%d"/><circle class="body" r="%d"/><path class="gl" d="M-4.2-1.2H4.2V1.2H-4.2Z"/>`, r+2, r)
	default:
		return fmt.Sprintf(`<circle class="halo" r="%d"/><circle class="body" r="%d"/><circle class="gl" r="3.2"/>`, r+2, r)
	}
}

// ClusterRadius is the radius of a cluster of n, the same as in the browser.
func ClusterRadius(n int) float64 { return min(14+1.1*math.Sqrt(float64(n)), 24) }

// Cluster joins pins that would cover each other in the window: those within
// 44 pixels of the first one. name makes the label and the link of a cluster.
// Pins outside the window are left out; a selected pin stays alone.
func Cluster(v View, pins []Pin, name func(n int, lat, lon float64) (label, href string)) []Pin {
	const near = 44
	type group struct {
		x, y     float64
		lat, lon float64
		members  []Pin
	}
	var groups []*group
	var alone []Pin
	for _, p := range pins {
		x, y := v.Pixel(p.Lat, p.Lon)
		if x < 0 || y < 0 || x > float64(v.W) || y > float64(v.H) {
			continue
		}
		if p.Selected {
			alone = append(alone, p)
			continue
		}
		found := false
		for _, g := range groups {
			if math.Hypot(g.x-x, g.y-y) < near {
				g.members = append(g.members, p)
				g.lat += p.Lat
				g.lon += p.Lon
				found = true
				break
			}
		}
		if !found {
			groups = append(groups, &group{x: x, y: y, lat: p.Lat, lon: p.Lon, members: []Pin{p}})
		}
	}
	var out []Pin
	for _, g := range groups {
		if len(g.members) == 1 {
			out = append(out, g.members[0])
			continue
		}
		n := len(g.members)
		c := Pin{Lat: g.lat / float64(n), Lon: g.lon / float64(n), Kind: PinWork, Count: n}
		c.Label, c.Href = name(n, c.Lat, c.Lon)
		out = append(out, c)
	}
	return append(out, alone...)
}
