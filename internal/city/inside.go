package city

import "github.com/paulmach/orb"

// ring is a closed line prepared for the question whether a point is inside:
// its edges lie in bands of latitude, so that a question looks at a few dozen
// edges and not at all of a boundary. The answer is that of planar.RingContains:
// even–odd, a point on the line is inside.
type ring struct {
	bound orb.Bound
	bands [][]edge
}

type edge struct{ a, b orb.Point }

// edgesPerBand is about how many edges a question looks at.
const edgesPerBand = 16

func newRing(r orb.Ring) ring {
	out := ring{bound: r.Bound(), bands: make([][]edge, len(r)/edgesPerBand+1)}
	for i := range r {
		e := edge{r[i], r[(i+1)%len(r)]}
		from, to := out.band(min(e.a[1], e.b[1])), out.band(max(e.a[1], e.b[1]))
		for k := from; k <= to; k++ {
			out.bands[k] = append(out.bands[k], e)
		}
	}
	return out
}

func (r ring) band(y float64) int {
	height := r.bound.Max[1] - r.bound.Min[1]
	if height <= 0 {
		return 0
	}
	k := int((y - r.bound.Min[1]) / height * float64(len(r.bands)))
	return max(0, min(k, len(r.bands)-1))
}

func (r ring) contains(p orb.Point) bool {
	if !r.bound.Contains(p) {
		return false
	}
	in := false
	for _, e := range r.bands[r.band(p[1])] {
		if e.holds(p) {
			return true
		}
		if (e.a[1] > p[1]) != (e.b[1] > p[1]) && p[0] < (e.b[0]-e.a[0])*(p[1]-e.a[1])/(e.b[1]-e.a[1])+e.a[0] {
			in = !in
		}
	}
	return in
}

// holds: the point lies on the edge itself.
func (e edge) holds(p orb.Point) bool {
	cross := (e.b[0]-e.a[0])*(p[1]-e.a[1]) - (e.b[1]-e.a[1])*(p[0]-e.a[0])
	return cross == 0 && min(e.a[0], e.b[0]) <= p[0] && p[0] <= max(e.a[0], e.b[0]) &&
		min(e.a[1], e.b[1]) <= p[1] && p[1] <= max(e.a[1], e.b[1])
}

// area is a boundary prepared: polygons of an outer ring and its holes.
type area [][]ring

func newArea(mp orb.MultiPolygon) area {
	out := make(area, 0, len(mp))
	for _, p := range mp {
		rings := make([]ring, 0, len(p))
		for _, r := range p {
			if len(r) > 0 {
				rings = append(rings, newRing(r))
			}
		}
		if len(rings) > 0 {
			out = append(out, rings)
		}
	}
	return out
}

func (a area) contains(p orb.Point) bool {
next:
	for _, rings := range a {
		if !rings[0].contains(p) {
			continue
		}
		for _, hole := range rings[1:] {
			if hole.contains(p) {
				continue next
			}
		}
		return true
	}
	return false
}
