package city

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"
)

// TestInsideAgreesWithTheLibrary: the prepared boundary answers as the plain
// one does, at random points, at the corners and just beside them.
func TestInsideAgreesWithTheLibrary(t *testing.T) {
	t.Parallel()
	fc, err := geojson.UnmarshalFeatureCollection(Boundaries())
	if err != nil {
		t.Fatal(err)
	}
	shapes := []orb.MultiPolygon{{
		{{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}, {{4, 4}, {6, 4}, {6, 6}, {4, 6}, {4, 4}}}, // with a hole
		{{{20, 0}, {21, 0}, {20.5, 3}, {20, 0}}},
	}}
	for _, f := range fc.Features {
		switch g := f.Geometry.(type) {
		case orb.MultiPolygon:
			shapes = append(shapes, g)
		case orb.Polygon:
			shapes = append(shapes, orb.MultiPolygon{g})
		}
	}
	if len(shapes) < 4 {
		t.Fatalf("only %d boundaries", len(shapes))
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for i, mp := range shapes {
		a, b := newArea(mp), mp.Bound()
		check := func(p orb.Point) {
			if got, want := a.contains(p), planar.MultiPolygonContains(mp, p); got != want {
				t.Errorf("boundary %d, point %v: inside %v, the library says %v", i, p, got, want)
			}
		}
		w, h := b.Max[0]-b.Min[0], b.Max[1]-b.Min[1]
		for range 4000 {
			check(orb.Point{b.Min[0] + (rnd.Float64()*1.1-0.05)*w, b.Min[1] + (rnd.Float64()*1.1-0.05)*h})
		}
		for _, p := range mp {
			for _, r := range p {
				for _, c := range r {
					check(c)
					check(orb.Point{c[0] + (rnd.Float64()-0.5)*w/1e4, c[1]})
				}
			}
		}
	}
}
