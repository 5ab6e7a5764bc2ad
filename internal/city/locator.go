package city

import (
	"context"
	"math"

	"github.com/paulmach/orb"
)

// Place is where a point lies. Outside the community nothing else is set; inside
// it a part is nil where its boundary is not known or has a gap.
type Place struct {
	Inside       bool
	Community    *District
	Settlement   *District
	District     *District
	Constituency *District
}

type shape struct {
	district *District
	bound    orb.Bound
	area     area
}

// shapesOf prepares the boundaries of the active districts. A boundary that
// cannot be read is an error: to lose a district in silence would misroute.
func shapesOf(list []District) ([]shape, error) {
	var out []shape
	for i := range list {
		if !list[i].Active || list[i].Geometry == nil {
			continue
		}
		mp, err := list[i].Shape()
		if err != nil {
			return nil, err
		}
		out = append(out, shape{&list[i], mp.Bound(), newArea(mp)})
	}
	return out, nil
}

// Locate says in which parts of the community a point lies (point in polygon,
// WGS 84 taken as a plane: at the size of a city the error is below a metre).
// Without a community boundary in the register no point is inside.
func (c *City) Locate(ctx context.Context, lat, lon float64) (Place, error) {
	s, err := c.snapshot(ctx)
	if err != nil {
		return Place{}, err
	}
	return locate(s.shapes, lat, lon), nil
}

func locate(shapes []shape, lat, lon float64) Place {
	var p Place
	if math.IsNaN(lat) || math.IsNaN(lon) {
		return p
	}
	pt := orb.Point{lon, lat}
	for _, s := range shapes {
		var into **District
		switch s.district.Kind {
		case Community:
			into = &p.Community
		case Settlement:
			into = &p.Settlement
		case CityDistrict:
			into = &p.District
		case Constituency:
			into = &p.Constituency
		default:
			continue
		}
		if *into == nil && s.bound.Contains(pt) && s.area.contains(pt) {
			*into = s.district
		}
	}
	if p.Community == nil {
		return Place{}
	}
	p.Inside = true
	return p
}

// Bounds gives the box around the community: what a map shows first. ok is
// false when no boundary is known.
func (c *City) Bounds(ctx context.Context) (b orb.Bound, ok bool, err error) {
	s, err := c.snapshot(ctx)
	if err != nil {
		return b, false, err
	}
	for _, sh := range s.shapes {
		if sh.district.Kind == Community {
			if !ok {
				b, ok = sh.bound, true
			} else {
				b = b.Union(sh.bound)
			}
		}
	}
	return b, ok, nil
}
