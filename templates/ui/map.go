package ui

import (
	"context"
	"encoding/json"
	"strconv"

	"ereception/internal/platform/basemap"
	"ereception/internal/platform/i18n"
)

// The addresses that maps ask. web/maps serves them.
const (
	mapOSM     = "/map/basemap.json?v="
	mapStreets = "/map/streets.json?v="
	mapSuggest = "/suggest/streets"
	mapLocate  = "/locate"
)

func (p MapPickerProps) address() string { return orDefault(p.AddressName, "place") }
func (p MapPickerProps) lat() string     { return orDefault(p.LatName, "lat") }
func (p MapPickerProps) lon() string     { return orDefault(p.LonName, "lon") }

// point reads the coordinates; ok is false when there is none.
func (p MapPickerProps) point() (lat, lon float64, ok bool) {
	lat, err1 := strconv.ParseFloat(p.Lat, 64)
	lon, err2 := strconv.ParseFloat(p.Lon, 64)
	return lat, lon, err1 == nil && err2 == nil && lat > -85 && lat < 85 && lon >= -180 && lon <= 180
}

func (p MapViewProps) class() string {
	switch p.Size {
	case "l":
		return "map map-view teaser h-s"
	case "s", "d":
		return "map map-view map-mini " + p.Size
	}
	return "map map-view map-mini"
}

// mapConfig is what the script reads from the data attribute (MapConfig in
// static/src/js/map-base.ts).
type mapConfig struct {
	OSM      string            `json:"osm"`
	Streets  string            `json:"streets"`
	Layers   []basemap.Layer   `json:"layers,omitempty"`
	Lat      float64           `json:"lat"`
	Lon      float64           `json:"lon"`
	Zoom     float64           `json:"zoom"`
	Label    string            `json:"label"`
	Words    map[string]string `json:"words"`
	Suggest  string            `json:"suggest,omitempty"`
	Locate   string            `json:"locate,omitempty"`
	Points   string            `json:"points,omitempty"`
	List     string            `json:"list,omitempty"`
	Selected string            `json:"selected,omitempty"`
}

// attr makes the configuration an attribute. words are the keys of the messages
// that the script says, without "map.js.".
func (m mapConfig) attr(ctx context.Context, words ...string) string {
	if f, err := basemap.Scheme(); err == nil {
		m.OSM, m.Streets = mapOSM+f.OSM.Hash, mapStreets+f.Streets.Hash
	}
	m.Layers = basemap.Configured()
	m.Words = map[string]string{"keys": i18n.T(ctx, "map.js.keys")}
	if len(m.Layers) > 0 {
		words = append(words, "layers", "scheme")
	}
	for _, w := range words {
		m.Words[w] = i18n.T(ctx, "map.js."+w)
	}
	b, err := json.Marshal(m)
	if err != nil {
		return "" // numbers and strings: cannot happen; the picture of the server stays
	}
	return string(b)
}

func (p MapPickerProps) view() basemap.View {
	if lat, lon, ok := p.point(); ok {
		return basemap.View{Lat: lat, Lon: lon, Zoom: basemap.StreetZoom, W: 900, H: 340}
	}
	return basemap.City(900, 560)
}

func (p MapPickerProps) config(ctx context.Context) string {
	v := p.view()
	c := mapConfig{Lat: v.Lat, Lon: v.Lon, Zoom: v.Zoom, Label: i18n.T(ctx, "map.picker.map"), Suggest: mapSuggest, Locate: mapLocate}
	return c.attr(ctx, "locate_failed", "no_point", "not_found", "choose", "suggestions", "geo_none", "geo_wait", "geo_denied", "geo_timeout")
}

func (p MapPickerProps) picture(ctx context.Context) string {
	var pins []basemap.Pin
	label := i18n.T(ctx, "map.picker.city")
	if lat, lon, ok := p.point(); ok {
		pins = []basemap.Pin{{Lat: lat, Lon: lon, Kind: basemap.PinPlace}}
		label = i18n.T(ctx, "map.picker.place")
	}
	return string(basemap.SVG(p.view(), pins, label))
}

func (p MapViewProps) view() basemap.View {
	v := basemap.View{Lat: p.Lat, Lon: p.Lon, Zoom: basemap.StreetZoom, W: 640, H: 256}
	if p.Size == "l" {
		v.W, v.H = 900, 340
	}
	return v
}

func (p MapViewProps) config(ctx context.Context) string {
	v := p.view()
	return mapConfig{Lat: v.Lat, Lon: v.Lon, Zoom: v.Zoom, Label: p.Label}.attr(ctx)
}

func (p MapViewProps) picture() string {
	return string(basemap.SVG(p.view(), []basemap.Pin{{Lat: p.Lat, Lon: p.Lon, Kind: basemap.PinPlace}}, p.Label))
}

func (p MapListProps) config(ctx context.Context) string {
	c := mapConfig{Lat: p.View.Lat, Lon: p.View.Lon, Zoom: p.View.Zoom, Label: p.Label, Points: p.Points, List: "#" + p.ListID, Selected: p.Selected}
	return c.attr(ctx, "close", "number")
}

const dropSVG = `<svg viewBox="-18 -44 36 48" width="36" height="48" aria-hidden="true" focusable="false">` + basemap.Drop + `</svg>`
