// Package basemap is the scheme of the city that the portal carries within
// itself, so that every map works with no internet at all, and the description
// of the further layers that a city configures.
//
// The data stand in two files by licence (data/SOURCES.md): osm.geojson
// (boundaries, settlements, places; ODbL, with attribution on every map) and
// streets-mixed.geojson (centrelines and names of streets from public-transport
// data). The second may be absent: a map without it has no streets and is
// otherwise whole.
//
// Three things come out: Files (a compact form for the browser, compressed once,
// under a name that changes with the content), SVG (the same picture drawn on
// the server, for readers without JavaScript, for print and for small cards) and
// Layer (raster layers from EREC_MAP_LAYERS). Zoom levels mean everywhere what
// they mean on web maps: 256·2^z pixels round the Earth, Web Mercator.
package basemap

import (
	"embed"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"sync"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"
)

//go:embed data
var embedded embed.FS

// kind is what a feature of the scheme is; it chooses the way it is drawn.
type kind string

const (
	kindCommunity  kind = "community"  // «територіальна громада», outer line
	kindDistrict   kind = "district"   // «район у місті», dashed line and name
	kindSettlement kind = "settlement" // neighbouring settlements, tinted
	kindNeighbour  kind = "neighbour"  // neighbouring communities, hairlines
	kindPlace      kind = "place"      // names of microdistricts
	kindStreet     kind = "street"     // centrelines
	kindLabel      kind = "label"      // names of streets, approximate points
)

// feature is one thing of the scheme. geom is in degrees, world in Web Mercator
// from 0 to 1, y down.
type feature struct {
	kind  kind
	name  string
	geom  orb.Geometry
	world orb.Geometry
	bound orb.Bound // of world
}

type scheme struct {
	osm     []feature
	streets []feature
	city    orb.Bound // of the city with its districts, in world units
}

var load = sync.OnceValues(func() (*scheme, error) { return read(embedded) })

func read(dir fs.FS) (*scheme, error) {
	s := &scheme{}
	var err error
	if s.osm, err = readFile(dir, "data/osm.geojson"); err != nil {
		return nil, err
	}
	s.streets, err = readFile(dir, "data/streets-mixed.geojson")
	if err != nil && !isAbsent(err) {
		return nil, err
	}
	first := true
	for _, f := range s.osm {
		if f.kind != kindDistrict {
			continue
		}
		if first {
			s.city, first = f.bound, false
		} else {
			s.city = s.city.Union(f.bound)
		}
	}
	if first {
		return nil, fmt.Errorf("basemap: osm.geojson has no city district")
	}
	return s, nil
}

func readFile(dir fs.FS, name string) ([]feature, error) {
	b, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, err
	}
	fc, err := geojson.UnmarshalFeatureCollection(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var out []feature
	for _, f := range fc.Features {
		k, ok := kindOf(f.Properties)
		if !ok {
			continue
		}
		ft := feature{kind: k, name: f.Properties.MustString("name", ""), geom: f.Geometry}
		ft.world = project(f.Geometry)
		ft.bound = ft.world.Bound()
		out = append(out, ft)
	}
	return out, nil
}

func isAbsent(err error) bool {
	_, ok := err.(*fs.PathError)
	return ok
}

// kindOf reads the layer of a feature; false for what the scheme does not draw:
// the city is the union of its districts, the village lies within the community.
func kindOf(p geojson.Properties) (kind, bool) {
	switch p.MustString("layer", "") {
	case "boundaries":
		switch p.MustString("kind", "") {
		case "hromada":
			return kindCommunity, true
		case "city_district":
			return kindDistrict, true
		}
	case "settlements":
		return kindSettlement, true
	case "neighbour":
		return kindNeighbour, true
	case "places":
		return kindPlace, p.MustString("kind", "") == "microdistrict"
	case "street":
		return kindStreet, true
	case "label":
		return kindLabel, true
	}
	return "", false
}

// world projects a point to Web Mercator from 0 to 1, y down.
func world(lat, lon float64) orb.Point {
	y := math.Log(math.Tan(math.Pi/4 + lat*math.Pi/360))
	return orb.Point{lon/360 + 0.5, 0.5 - y/(2*math.Pi)}
}

// degrees is the inverse of world.
func degrees(p orb.Point) (lat, lon float64) {
	return math.Atan(math.Sinh((0.5-p[1])*2*math.Pi)) * 180 / math.Pi, (p[0] - 0.5) * 360
}

func project(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.Point:
		return world(g[1], g[0])
	case orb.LineString:
		out := make(orb.LineString, len(g))
		for i, p := range g {
			out[i] = world(p[1], p[0])
		}
		return out
	case orb.Polygon:
		out := make(orb.Polygon, len(g))
		for i, r := range g {
			out[i] = orb.Ring(project(orb.LineString(r)).(orb.LineString))
		}
		return out
	case orb.MultiPolygon:
		out := make(orb.MultiPolygon, len(g))
		for i, p := range g {
			out[i] = project(p).(orb.Polygon)
		}
		return out
	default:
		return orb.MultiPoint{}
	}
}

// districtName is where the name of a district stands: its centre of mass.
func districtName(f feature) orb.Point {
	c, _ := planar.CentroidArea(f.world)
	return c
}

func upper(s string) string { return strings.ToUpper(s) }
