package city

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"
)

// DistrictKind says what a district is a part of the city for.
type DistrictKind string

// The kinds of districts.
const (
	Community    DistrictKind = "community"    // «територіальна громада»
	Settlement   DistrictKind = "settlement"   // «населений пункт»
	CityDistrict DistrictKind = "district"     // «район у місті»
	Constituency DistrictKind = "constituency" // «виборчий округ»
)

// DistrictKinds lists the kinds in the order of the page.
var DistrictKinds = []DistrictKind{Community, Settlement, CityDistrict, Constituency}

// CommunityCode is the code of the Zhytomyr urban community in КАТОТТГ, used while
// the register holds no community of its own.
const CommunityCode = "UA18040190000029215"

// District is a part of the community with its boundary. Code is that of КАТОТТГ,
// or the number of a constituency. A district without a geometry is known by
// name only, and no point lies in it.
type District struct {
	Record   `gorm:"embedded"`
	Kind     DistrictKind
	Code     string
	NameUK   string          `gorm:"column:name_uk"`
	NameEN   string          `gorm:"column:name_en"`
	Geometry json.RawMessage `gorm:"type:jsonb"`
}

// Name is the name in a locale; Ukrainian where there is no English one.
func (d District) Name(locale string) string { return pick(locale, d.NameUK, d.NameEN) }

func (d *District) tidy() {
	d.Code, d.NameUK, d.NameEN = line(d.Code), line(d.NameUK), line(d.NameEN)
	if len(bytes.TrimSpace(d.Geometry)) == 0 || string(bytes.TrimSpace(d.Geometry)) == "null" {
		d.Geometry = nil
	}
}

// Validate judges what was typed: errs.Invalid with the fields at fault.
func (d *District) Validate() error {
	e := errs.Fields()
	switch d.Kind {
	case Community, Settlement, CityDistrict, Constituency:
	default:
		e.With("kind", "city.err.required")
	}
	must(e, "name_uk", d.NameUK, maxName)
	atMost(e, "name_en", d.NameEN, maxName)
	mustCode(e, d.Code)
	if d.Geometry != nil {
		if _, key, args := parseGeometry(d.Geometry); key != "" {
			e.With("geometry", key, args...)
		}
	}
	return e.OrNil()
}

func (d *District) check(*db.Tx) error { return nil }

func (d *District) columns() map[string]any {
	m := map[string]any{"kind": d.Kind, "code": d.Code, "name_uk": d.NameUK, "name_en": d.NameEN}
	if d.Geometry != nil { // an edit that brings no boundary keeps the one there is
		m["geometry"] = d.Geometry
	}
	return m
}

func (d *District) taken(constraint string) error {
	if constraint == "districts_kind_code_key" {
		return errs.Fields().With("code", "city.err.code_taken")
	}
	return nil
}

// District gives one district; errs.NotFound.
func (c *City) District(ctx context.Context, id int64) (District, error) {
	return find[District](ctx, c, id)
}

// CreateDistrict adds a district.
func (c *City) CreateDistrict(ctx context.Context, a authz.Actor, d District) (District, error) {
	return create(ctx, c, a, d)
}

// UpdateDistrict changes a district; without a geometry the old one stays.
// Errors as in UpdateUnit.
func (c *City) UpdateDistrict(ctx context.Context, a authz.Actor, d District) (District, error) {
	return update(ctx, c, a, d)
}

// SetDistrictActive takes a district out of use or back.
func (c *City) SetDistrictActive(ctx context.Context, a authz.Actor, id int64, version int, active bool) error {
	return setActive[District](ctx, c, a, id, version, active, nil)
}

// Shape is the boundary as polygons; empty when it is not known.
func (d District) Shape() (orb.MultiPolygon, error) {
	if d.Geometry == nil {
		return nil, nil
	}
	g, err := geojson.UnmarshalGeometry(d.Geometry)
	if err != nil {
		return nil, fmt.Errorf("the geometry of district %d: %w", d.ID, err)
	}
	switch v := g.Geometry().(type) {
	case orb.Polygon:
		return orb.MultiPolygon{v}, nil
	case orb.MultiPolygon:
		return v, nil
	}
	return nil, fmt.Errorf("the geometry of district %d is no polygon", d.ID)
}

// maxVertices bounds one boundary: the check for crossings grows with its square.
const maxVertices = 10000

// parseGeometry reads a GeoJSON Polygon or MultiPolygon in WGS 84. key is the
// catalogue key of what is wrong with it, empty when nothing is.
func parseGeometry(raw []byte) (mp orb.MultiPolygon, key string, args []any) {
	g, err := geojson.UnmarshalGeometry(raw)
	if err != nil || g == nil {
		return nil, "city.geo.json", nil
	}
	switch v := g.Geometry().(type) {
	case orb.Polygon:
		mp = orb.MultiPolygon{v}
	case orb.MultiPolygon:
		mp = v
	default:
		return nil, "city.geo.type", nil
	}
	key, args = judgeShape(mp)
	return mp, key, args
}

// ukraine is about the country with what lies beside it: no boundary of a community
// reaches beyond, and its longitudes are no latitudes, so that swapped axes are told
// from a wrong place.
var ukraine = orb.Bound{Min: orb.Point{21, 44}, Max: orb.Point{41, 53}}

// Sizes in km² between which a part of a community lies: a few houses, and thrice the
// largest community of the country.
const (
	minArea = 0.001
	maxArea = 10_000
)

// judgeShape says what makes a boundary no boundary of a community or its part.
func judgeShape(mp orb.MultiPolygon) (key string, args []any) {
	if key, args = judgeRings(mp); key != "" {
		return key, args
	}
	// RFC 7946, 3.1.6: holes lie in their ring; 3.1.7: a MultiPolygon is of polygons.
	for i, p := range mp {
		outer := newPlot(orb.MultiPolygon{{p[0]}})
		for j := range p[1:] {
			hole := newPlot(orb.MultiPolygon{{p[j+1]}})
			if 1-hole.within(outer) > tolerance {
				return "city.geo.hole", nil
			}
			for k := range p[1 : j+1] {
				if hole.within(newPlot(orb.MultiPolygon{{p[k+1]}})) > tolerance {
					return "city.geo.hole", nil
				}
			}
		}
		whole := newPlot(orb.MultiPolygon{p})
		for _, q := range mp[:i] {
			if other := newPlot(orb.MultiPolygon{q}); max(whole.within(other), other.within(whole)) > tolerance {
				return "city.geo.parts", nil
			}
		}
	}
	switch km := geo.Area(mp) / 1e6; {
	case km < minArea:
		return "city.geo.small", []any{"n", int(minArea * 1e6)}
	case km > maxArea:
		return "city.geo.large", []any{"n", int(km)}
	}
	return "", nil
}

func judgeRings(mp orb.MultiPolygon) (key string, args []any) {
	n := 0
	b, turned := mp.Bound(), orb.Bound{Min: orb.Point{ukraine.Min[1], ukraine.Min[0]}, Max: orb.Point{ukraine.Max[1], ukraine.Max[0]}}
	within := func(b, all orb.Bound) bool { return all.Contains(b.Min) && all.Contains(b.Max) }
	if len(mp) == 0 {
		return "city.geo.empty", nil
	}
	for _, p := range mp {
		if len(p) == 0 {
			return "city.geo.empty", nil
		}
		for _, r := range p {
			if n += len(r); n > maxVertices {
				return "city.geo.vertices", []any{"n", maxVertices}
			}
			for _, pt := range r {
				// NaN fails every comparison, so the test is on what is right.
				if !(math.Abs(pt.Lon()) <= 180 && math.Abs(pt.Lat()) <= 90) {
					return "city.geo.range", nil
				}
			}
			switch {
			case len(r) == 0:
				return "city.geo.empty", nil
			case within(b, turned):
				return "city.geo.swapped", nil
			case !within(b, ukraine):
				return "city.geo.abroad", nil
			case len(r) < 4:
				return "city.geo.short", nil
			}
			if !r.Closed() {
				return "city.geo.open", nil
			}
			if planar.Area(r) == 0 {
				return "city.geo.flat", nil
			}
			if crosses(r) {
				return "city.geo.crosses", nil
			}
		}
	}
	return "", nil
}

// crosses reports whether two sides of a ring that are not neighbours cross or run
// over each other. Touching in a point is let through: real boundaries do that.
func crosses(r orb.Ring) bool {
	n := len(r) - 1
	for i := range n {
		a, b := r[i], r[i+1]
		minX, maxX := min(a[0], b[0]), max(a[0], b[0])
		minY, maxY := min(a[1], b[1]), max(a[1], b[1])
		for j := i + 2; j < n; j++ {
			if i == 0 && j == n-1 {
				continue
			}
			c, d := r[j], r[j+1]
			if max(c[0], d[0]) < minX || min(c[0], d[0]) > maxX || max(c[1], d[1]) < minY || min(c[1], d[1]) > maxY {
				continue
			}
			ac, ad := side(a, b, c), side(a, b, d)
			if ac*ad < 0 && side(c, d, a)*side(c, d, b) < 0 {
				return true
			}
			if ac == 0 && ad == 0 && (max(minX, min(c[0], d[0])) < min(maxX, max(c[0], d[0])) || max(minY, min(c[1], d[1])) < min(maxY, max(c[1], d[1]))) {
				return true
			}
		}
	}
	return false
}

func side(a, b, p orb.Point) float64 {
	v := (b[0]-a[0])*(p[1]-a[1]) - (b[1]-a[1])*(p[0]-a[0])
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}
