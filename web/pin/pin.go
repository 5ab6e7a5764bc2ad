// Package pin reads the place of a form: an address that is typed, and a point that
// is set by hand on the map or found by that address.
//
// A form sends the fields place, lat, lon and found. The last one is what Mark gave
// when the form was shown: it tells a point that the portal found by an address
// from one that a person set. The former moves with its address, the latter stands.
package pin

import (
	"context"
	"strconv"
	"strings"

	"ereception/internal/city"
)

// Geocoder finds a point for a typed address; ok is false when the register of
// streets knows none.
type Geocoder interface {
	Geocode(ctx context.Context, address string) (p city.Point, ok bool, err error)
}

// Pin is the place as it was typed.
type Pin struct {
	Address  string
	Lat, Lon *float64 // degrees; nil: none
	Found    string   // what Mark gave when the form was shown
}

// Seek sets the point of the address where there is none yet, where the address
// was changed, or where the button asks for it; ok is false when the button asked
// and nothing was found. Half a point stays: the domain says what is wrong.
func (p *Pin) Seek(ctx context.Context, g Geocoder, asked bool) (ok bool, err error) {
	if (p.Lat == nil) != (p.Lon == nil) {
		return true, nil
	}
	moved := p.Moved()
	if p.Address == "" || !asked && p.Lat != nil && !moved {
		return !asked || p.Lat != nil, nil
	}
	at, known, err := g.Geocode(ctx, p.Address)
	switch {
	case err != nil:
		return false, err
	case known:
		p.Lat, p.Lon = &at.Lat, &at.Lon
	case moved:
		p.Lat, p.Lon = nil, nil // the point was that of another address
	}
	return known || !asked, nil
}

// Moved reports whether another address was typed while the point stayed where the
// portal had found it for the former one.
func (p Pin) Moved() bool {
	at, address, ok := strings.Cut(p.Found, "|")
	return ok && address != "" && p.Address != "" && p.Address != address && at == point(p.Lat, p.Lon)
}

// Mark is the value of the field found for a form that shows this address and
// this point; empty without one of them.
func Mark(address string, lat, lon *float64) string {
	if address == "" || lat == nil || lon == nil {
		return ""
	}
	return point(lat, lon) + "|" + address
}

func point(lat, lon *float64) string { return Coordinate(lat) + "," + Coordinate(lon) }

// Degrees reads a coordinate, with a point or a comma; nil for what is none.
func Degrees(s string) *float64 {
	f, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(s), ",", ".", 1), 64)
	if err != nil || f != f || f < -180 || f > 180 {
		return nil
	}
	return &f
}

// Coordinate writes a coordinate for a field: six decimals, a tenth of a metre.
func Coordinate(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', 6, 64)
}

// Same reports whether two points are the same in a form.
func Same(lat1, lon1, lat2, lon2 *float64) bool { return point(lat1, lon1) == point(lat2, lon2) }
