package pin

import (
	"context"
	"net/url"
	"strings"

	"ereception/internal/city"
	"ereception/internal/platform/i18n"
	"ereception/templates/ui"
)

// What the two buttons of the place ask for in the field do.
const (
	Find   = "find"   // look for the typed address; without scripts by the button find
	Unmark = "unmark" // take the point away
)

// Form is the place as a form sent it.
type Form struct {
	Pin
	Sent     bool   // the form asks for a place at all
	lat, lon string // as typed, also what is no coordinate
}

// Read takes the fields of the place from a form.
func Read(v url.Values) Form {
	lat, lon := v.Get("lat"), v.Get("lon")
	return Form{
		Pin:  Pin{Address: strings.Join(strings.Fields(v.Get("place")), " "), Lat: Degrees(lat), Lon: Degrees(lon), Found: v.Get("found")},
		Sent: v.Has("place"), lat: lat, lon: lon,
	}
}

// Unread reports whether a coordinate was typed that is none, and no point stands
// instead. Half a point the domain tells.
func (f Form) Unread() bool { return f.Sent && f.Lat == nil && f.Lon == nil && f.wrong() }

func (f Form) wrong() bool {
	bad := func(s string) bool { return strings.TrimSpace(s) != "" && Degrees(s) == nil }
	return bad(f.lat) || bad(f.lon)
}

// Seek does what the button asks for with the point, and otherwise what Pin.Seek
// does. A coordinate that is none is a mistake to be mended: no place is guessed
// instead of it unless the button asks. ok is false when nothing was found.
func (f *Form) Seek(ctx context.Context, g Geocoder, do string) (ok bool, err error) {
	switch {
	case !f.Sent:
		return true, nil
	case do == Unmark:
		f.Lat, f.Lon, f.lat, f.lon = nil, nil, "", ""
		return true, nil
	case f.wrong() && do != Find:
		return true, nil
	}
	return f.Pin.Seek(ctx, g, do == Find)
}

// Picker is the widget of the place that a draft holds. What was typed stands
// where the draft has no coordinate: nothing typed is lost, also what is no number.
func (f Form) Picker(address string, lat, lon *float64) ui.MapPickerProps {
	shown := func(at *float64, typed string) string {
		if at == nil {
			return typed
		}
		return Coordinate(at)
	}
	return ui.MapPickerProps{
		AddressName: "place", LatName: "lat", LonName: "lon", FindName: "find", Address: address, Lat: shown(lat, f.lat), Lon: shown(lon, f.lon),
		Label: "", Hint: "", Error: "", PointError: "", Status: "", StatusBad: false, Optional: true,
	}
}

// Status says what stands at the point; bad is a refusal: the point lies outside
// the community.
func Status(ctx context.Context, address string, at city.Place) (text string, bad bool) {
	if !at.Inside {
		return i18n.T(ctx, "map.locate.outside_pin"), true
	}
	parts := Ground(ctx, address, at)
	if len(parts) == 0 {
		parts = append(parts, i18n.T(ctx, "map.locate.point"))
	}
	return i18n.T(ctx, "map.locate.inside", "place", strings.Join(parts, ", ")), false
}

// Ground names a place by its address, its district and its constituency.
func Ground(ctx context.Context, address string, at city.Place) []string {
	parts := []string{}
	if address != "" {
		parts = append(parts, address)
	}
	for _, x := range []*city.District{at.District, at.Settlement, at.Community} {
		if x != nil {
			parts = append(parts, x.Name(i18n.Locale(ctx)))
			break
		}
	}
	if at.Constituency != nil {
		parts = append(parts, i18n.T(ctx, "map.locate.constituency", "number", at.Constituency.Code))
	}
	return parts
}
