// Package maps is the public map of the portal: the page with the appeals of
// the city as a list and on the map, and what every map of the portal asks
// (the embedded scheme, streets for an address, the district of a point).
//
//	GET /map               list and map, one set of filters; whole without JavaScript
//	GET /map/points.json   the same appeals as GeoJSON
//	GET /map/basemap.json  the scheme of the city (ODbL)
//	GET /map/streets.json  its streets (mixed licence)
//	GET /suggest/streets   ?q=: streets of the register for what was typed
//	GET /locate            ?lat=&lon=: where the point lies, in words too
//
// Everything here is public. The points that it is given must be those that
// everybody may see: this package hides nothing.
package maps

import (
	"context"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/clock"
	"ereception/web/httpx"
)

// PlaceInfo is where a point lies. The names are in the language of the context.
type PlaceInfo struct {
	Inside       bool // within the community («територіальна громада»)
	Settlement   string
	District     string // «район у місті»; empty in a village
	Constituency string // number of the «виборчий округ»; empty where unknown
	Near         string // a street nearby; empty where unknown
}

// Locator finds the parts of the community by a point.
type Locator interface {
	Locate(ctx context.Context, lat, lon float64) (PlaceInfo, error)
}

// StreetHit is a street of the register. HasPoint is false when the register
// does not know where it lies.
type StreetHit struct {
	Street   string // with its type: «вул. Київська»
	Lat, Lon float64
	HasPoint bool
}

// Streets suggests streets for what was typed; a house number in it does no harm.
type Streets interface {
	SuggestStreets(ctx context.Context, q string, limit int) ([]StreetHit, error)
}

// The groups of states that the pins tell apart.
const (
	GroupNew  = "new"
	GroupWork = "work"
	GroupDone = "done"
	GroupLate = "late" // not answered within the term; goes before the others
)

var groups = []string{GroupNew, GroupWork, GroupDone, GroupLate}

// Point is a public appeal: what and where, never who.
type Point struct {
	Number   string
	Title    string
	Address  string
	Topic    string
	TopicID  int64
	District string
	Group    string // one of the Group constants
	Status   string // the code of the state for ui.Status; may be empty
	Lat, Lon float64
	At       time.Time // received
	URL      string    // the public page of the appeal; may be empty
}

// Points lists the public appeals that have a place, the newest first.
type Points interface {
	PublicPoints(ctx context.Context) ([]Point, error)
}

// Handlers serve the area.
type Handlers struct {
	locator Locator
	streets Streets
	points  Points
	clock   clock.Clock
	report  string
}

// New makes the area. report is the address where an appeal is filed.
func New(l Locator, s Streets, p Points, c clock.Clock, report string) *Handlers {
	return &Handlers{locator: l, streets: s, points: p, clock: c, report: report}
}

// Area is the table of routes.
func (h *Handlers) Area() httpx.Area {
	read := httpx.Need(authz.PublicRead)
	return httpx.Area{Name: "maps", Routes: []httpx.Route{
		{Method: httpx.GET, Path: "/map", Policy: read, Handler: h.show},
		{Method: httpx.GET, Path: "/map/points.json", Policy: read, Handler: h.pointsJSON},
		{Method: httpx.GET, Path: "/map/basemap.json", Policy: read, Handler: h.osm},
		{Method: httpx.GET, Path: "/map/streets.json", Policy: read, Handler: h.streetLines},
		{Method: httpx.GET, Path: "/suggest/streets", Policy: read, Handler: h.suggest},
		{Method: httpx.GET, Path: "/locate", Policy: read, Handler: h.locate},
	}}
}
