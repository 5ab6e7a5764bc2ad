package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"ereception/internal/platform/basemap"
)

func drawn(t *testing.T, c templ.Component) (*goquery.Document, string) {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	d, err := goquery.NewDocumentFromReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for _, no := range []string{` style="`, "<style", " onclick"} {
		if strings.Contains(b.String(), no) {
			t.Errorf("%s in the markup", no)
		}
	}
	return d, b.String()
}

func TestMapPicker(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		props     MapPickerProps
		pin       bool
		described string
	}{
		{name: "nothing yet: the whole city", described: "place-h"},
		{name: "a place", props: MapPickerProps{Address: `вул. "Київська", 61`, Lat: "50.2577", Lon: "28.6688", Status: "ok"}, pin: true, described: "place-h"},
		{name: "half a point is no point", props: MapPickerProps{Lat: "50.2577"}, described: "place-h"},
		{name: "what was typed is repeated, though wrong", props: MapPickerProps{Lat: "north", Lon: "<b>", Error: "bad", PointError: "bad"}, described: "place-h place-e"},
		{name: "not a number", props: MapPickerProps{Lat: "NaN", Lon: "NaN"}, described: "place-h"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, _ := drawn(t, MapPicker(tt.props))
			for name, want := range map[string]string{"place": tt.props.Address, "lat": tt.props.Lat, "lon": tt.props.Lon} {
				in := d.Find("input#" + name)
				if in.AttrOr("name", "") != name || in.AttrOr("value", "") != want {
					t.Errorf("field %s holds %q, want %q", name, in.AttrOr("value", ""), want)
				}
				if d.Find("label[for="+name+"]").Length() != 1 {
					t.Errorf("field %s has no label", name)
				}
			}
			if got := d.Find("svg.bm .pin-drop").Length() == 1; got != tt.pin {
				t.Errorf("pin drawn: %v, want %v", got, tt.pin)
			}
			if got := d.Find("#place").AttrOr("aria-describedby", ""); got != tt.described {
				t.Errorf("described by %q, want %q", got, tt.described)
			}
			var cfg mapConfig
			if err := json.Unmarshal([]byte(d.Find("[data-map-picker]").AttrOr("data-map-picker", "")), &cfg); err != nil {
				t.Fatal(err)
			}
			if cfg.Locate == "" || cfg.Suggest == "" || !strings.Contains(cfg.OSM, "?v=") {
				t.Errorf("the script does not get its addresses: %+v", cfg)
			}
			for k, w := range cfg.Words {
				if w == "map.js."+k {
					t.Errorf("no word for %s", k)
				}
			}
		})
	}
}

func TestMapView(t *testing.T) {
	t.Parallel()
	d, html := drawn(t, MapView(MapViewProps{Lat: 50.2577, Lon: 28.6688, Label: "Місце"}))
	if d.Find("script").Length() != 0 {
		t.Error("a card loads the map library")
	}
	if len(html) > 4<<10 {
		t.Errorf("a card of %d bytes, want at most 4 KiB", len(html))
	}
	if d.Find(`svg.bm[role=img][aria-label="Місце"]`).Length() != 1 || d.Find(".map-attr").Text() == "" {
		t.Error("no name or no attribution")
	}
	d, _ = drawn(t, MapView(MapViewProps{Lat: 50.2577, Lon: 28.6688, Label: "Місце", Live: true}))
	if d.Find("script[type=module][src]").Length() != 1 || d.Find("[data-map-view]").Length() != 1 {
		t.Error("a live map has no script")
	}
}

func TestMapListWithoutScript(t *testing.T) {
	t.Parallel()
	p := MapListProps{View: basemap.City(900, 560), Label: "Мапа", Pins: []basemap.Pin{{Lat: 50.26, Lon: 28.66, Kind: basemap.PinLate, Href: "/map?sel=1", Label: "Яма"}}, Key: true}
	d, _ := drawn(t, MapList(p))
	if d.Find("script").Length() != 0 || d.Find(`svg.bm a.pin[href="/map?sel=1"]`).Length() != 1 || d.Find(".map-key li").Length() != 4 {
		t.Error("the picture is not whole")
	}
	if got := d.Find(".map-attr").Text(); got != "© учасники OpenStreetMap" {
		t.Errorf("attribution %q", got)
	}
}
