package basemap

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var update = flag.Bool("update", false, "write the golden files")

func TestParseLayers(t *testing.T) {
	t.Parallel()
	const xyz = `{"id":"osm","kind":"xyz","title":"OSM","url":"https://tile.example/{z}/{x}/{y}.png","attribution":"© A"}`
	tests := []struct {
		name, text string
		n          int
		err        string // a part of the message; empty: none
	}{
		{name: "nothing configured", text: "  "},
		{name: "empty array", text: "[]"},
		{name: "tiles by template", text: "[" + xyz + "]", n: 1},
		{name: "template counted from below", text: `[{"id":"a","kind":"xyz","title":"A","url":"https://h/{z}/{x}/{-y}","attribution":"©"}]`, n: 1},
		{name: "map service", text: `[{"id":"geo","kind":"wms","title":"G","url":"https://geo.example/wms","layers":"ortho","attribution":"©"}]`, n: 1},
		{name: "tile service", text: `[{"id":"geo","kind":"wmts","title":"G","url":"https://geo.example/wmts","layers":"o","matrix_set":"GoogleMapsCompatible","matrix_prefix":"EPSG:3857:","attribution":"©"}]`, n: 1},
		{name: "not JSON", text: "https://tile.example", err: "not a JSON array"},
		{name: "a misspelt field", text: `[{"id":"a","tilte":"x"}]`, err: "tilte"},
		{name: "text after the array", text: "[] []", err: "text after"},
		{name: "the same id twice", text: "[" + xyz + "," + xyz + "]", err: "layer osm stands twice"},
		{name: "the id of the embedded scheme", text: strings.Replace("["+xyz+"]", `"osm"`, `"scheme"`, 1), err: "layer scheme: id must be"},
		{name: "no id: the number is named", text: `[{"kind":"xyz"}]`, err: "layer number 1"},
		{name: "no title", text: `[{"id":"a","kind":"xyz","url":"https://h/{z}/{x}/{y}","attribution":"©"}]`, err: "title is missing"},
		{name: "no attribution", text: `[{"id":"a","kind":"xyz","title":"A","url":"https://h/{z}/{x}/{y}"}]`, err: "attribution is missing"},
		{name: "no place for the column", text: `[{"id":"a","kind":"xyz","title":"A","url":"https://h/{z}/{y}","attribution":"©"}]`, err: "must contain {x}"},
		{name: "a relative address", text: `[{"id":"a","kind":"xyz","title":"A","url":"/tiles/{z}/{x}/{y}","attribution":"©"}]`, err: "absolute http"},
		{name: "a script for an address", text: `[{"id":"a","kind":"wms","title":"A","url":"javascript://h/x","layers":"o","attribution":"©"}]`, err: "absolute http"},
		{name: "a password in the address", text: `[{"id":"a","kind":"wms","title":"A","url":"https://u:p@h/x","layers":"o","attribution":"©"}]`, err: "no user and password"},
		{name: "a host by turns", text: `[{"id":"a","kind":"xyz","title":"A","url":"https://{a-c}.h/{z}/{x}/{y}","attribution":"©"}]`, err: "one plain host"},
		{name: "a map service without layers", text: `[{"id":"a","kind":"wms","title":"A","url":"https://h/x","attribution":"©"}]`, err: "layers is missing"},
		{name: "a tile service without its matrix set", text: `[{"id":"a","kind":"wmts","title":"A","url":"https://h/x","layers":"o","attribution":"©"}]`, err: "matrix_set is missing"},
		{name: "an unknown kind", text: `[{"id":"a","kind":"mvt","title":"A","url":"https://h/x","attribution":"©"}]`, err: "xyz, wms or wmts"},
		{name: "zooms the wrong way round", text: `[{"id":"a","kind":"wms","title":"A","url":"https://h/x","layers":"o","attribution":"©","min_zoom":9,"max_zoom":3}]`, err: "in order"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseLayers(tt.text)
			if tt.err == "" && err != nil {
				t.Fatalf("refused: %v", err)
			}
			if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Fatalf("error %v does not say %q", err, tt.err)
			}
			if len(got) != tt.n {
				t.Errorf("%d layers, want %d", len(got), tt.n)
			}
		})
	}
}

func TestImageHosts(t *testing.T) {
	t.Parallel()
	got := ImageHosts([]Layer{
		{URL: "https://tile.example/{z}/{x}/{y}.png"}, {URL: "http://geo.example:8081/wms?map=a"}, {URL: "https://tile.example/other"},
	})
	want := []string{"http://geo.example:8081", "https://tile.example"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSchemeFiles(t *testing.T) {
	t.Parallel()
	f, err := Scheme()
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]File{"osm": f.OSM, "streets": f.Streets} {
		zr, err := gzip.NewReader(bytes.NewReader(file.Gzip))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(zr)
		if err != nil || !bytes.Equal(plain, file.JSON) {
			t.Errorf("%s: the compressed form is another file (%v)", name, err)
		}
		if len(file.Gzip) > 16<<10 {
			t.Errorf("%s: %d bytes over the wire, want at most 16 KiB", name, len(file.Gzip))
		}
		var ws []wire
		if err := json.Unmarshal(file.JSON, &ws); err != nil || len(ws) == 0 {
			t.Fatalf("%s: %d features, %v", name, len(ws), err)
		}
		for _, w := range ws {
			streets := w.Kind == kindStreet || w.Kind == kindLabel
			if streets != (name == "streets") {
				t.Errorf("%s: a %s in the file of another licence", name, w.Kind)
			}
			if w.Kind == kindPlace && (w.Point[0] < 2850000 || w.Point[0] > 2880000 || w.Point[1] < 5020000 || w.Point[1] > 5035000) {
				t.Errorf("%s stands outside the city: %v", w.Name, w.Point)
			}
		}
	}
}

// Everything must go on when the file of mixed licence is dropped.
func TestWithoutStreets(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("data/osm.geojson")
	if err != nil {
		t.Fatal(err)
	}
	s, err := read(fstest.MapFS{"data/osm.geojson": {Data: b}})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.streets) != 0 || len(s.osm) == 0 {
		t.Errorf("%d streets, %d others", len(s.streets), len(s.osm))
	}
	f, err := pack(s.streets)
	if err != nil || string(f.JSON) != "[]" {
		t.Errorf("the browser would get %q, %v", f.JSON, err)
	}
}

func TestViewIsItsOwnInverse(t *testing.T) {
	t.Parallel()
	v := View{Lat: 50.2577, Lon: 28.6688, Zoom: 15.6, W: 900, H: 460}
	x, y := v.Pixel(50.26, 28.67)
	lat, lon := v.At(x, y)
	if d := lat - 50.26; d > 1e-9 || d < -1e-9 {
		t.Errorf("latitude moved by %g", d)
	}
	if d := lon - 28.67; d > 1e-9 || d < -1e-9 {
		t.Errorf("longitude moved by %g", d)
	}
	if x, y := v.Pixel(v.Lat, v.Lon); x != 450 || y != 230 {
		t.Errorf("the centre is at %v %v", x, y)
	}
}

var hasID = regexp.MustCompile(`id="(bm[0-9a-z]+)s"`)

func TestSVG(t *testing.T) {
	t.Parallel()
	place := []Pin{{Lat: 50.2577, Lon: 28.6688, Kind: PinPlace}}
	tests := []struct {
		name  string
		view  View
		pins  []Pin
		label string
		has   []string
	}{
		{
			name: "card", view: View{Lat: 50.2577, Lon: 28.6688, Zoom: StreetZoom, W: 640, H: 320}, pins: place, label: "Місце «звернення»",
			has: []string{`role="img"`, `class="pin-drop"`, "вул. Покровська"},
		},
		{
			name: "city", view: City(1280, 1000), label: "Мапа",
			pins: []Pin{
				{Lat: 50.26, Lon: 28.65, Kind: PinLate, Href: "/map?sel=1&x=2", Label: `Яма <"1">`, Selected: true},
				{Lat: 50.27, Lon: 28.66, Kind: PinWork, Count: 38, Href: "/map?z=14", Label: "38 звернень"},
				{Lat: 50.24, Lon: 28.7, Kind: PinDone, Href: "/map?sel=2", Label: "Люк"},
				{Lat: 51.9, Lon: 30, Kind: PinNew, Href: "/map?sel=far", Label: "далеко"},
			},
			has: []string{
				`role="group"`, `href="/map?sel=1&amp;x=2"`, `aria-label="Яма &lt;&#34;1&#34;&gt;"`, `data-sel`, ">38</text>",
				"БОГУНСЬКИЙ РАЙОН", "КОРОЛЬОВСЬКИЙ РАЙОН", "Мар’янівка",
			},
		},
		{name: "phone", view: City(390, 384), has: []string{`aria-hidden="true"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := SVG(tt.view, tt.pins, tt.label)
			if len(got) > 15<<10 {
				t.Errorf("%d bytes, want at most 15 KiB", len(got))
			}
			for _, h := range tt.has {
				if !bytes.Contains(got, []byte(h)) {
					t.Errorf("no %s in the picture", h)
				}
			}
			for _, no := range []string{"style=", "<style", "<script", "sel=far"} {
				if bytes.Contains(got, []byte(no)) {
					t.Errorf("%s in the picture", no)
				}
			}
			if err := xml.Unmarshal(got, new(struct{})); err != nil {
				t.Errorf("not well formed: %v", err)
			}
			if again := SVG(tt.view, tt.pins, tt.label); !bytes.Equal(got, again) {
				t.Error("drawn twice, two pictures")
			}
			golden := filepath.Join("testdata", tt.name+".svg")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil { //nolint:gosec // a test file
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("differs from %s; look at it and run with -update", golden)
			}
		})
	}
}

// Two pictures on one page must not share ids.
func TestSVGIdsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]View{}
	for _, v := range []View{
		{Lat: 50.2577, Lon: 28.6688, Zoom: 15.6, W: 640, H: 320},
		{Lat: 50.2577, Lon: 28.6689, Zoom: 15.6, W: 640, H: 320},
		{Lat: 50.2577, Lon: 28.6688, Zoom: 15.6, W: 900, H: 320},
		{Lat: 50.2577, Lon: 28.6688, Zoom: 14, W: 640, H: 320},
		City(640, 320),
	} {
		m := hasID.FindSubmatch(SVG(v, nil, ""))
		if m == nil {
			t.Fatalf("%v has no streets", v)
		}
		if was, dup := seen[string(m[1])]; dup {
			t.Errorf("%v and %v share %s", was, v, m[1])
		}
		seen[string(m[1])] = v
	}
}

func TestCluster(t *testing.T) {
	t.Parallel()
	v := City(1280, 1000)
	pins := []Pin{
		{Lat: 50.2600, Lon: 28.6600, Kind: PinNew},
		{Lat: 50.2601, Lon: 28.6601, Kind: PinDone},
		{Lat: 50.2602, Lon: 28.6602, Kind: PinLate, Selected: true},
		{Lat: 50.2400, Lon: 28.7000, Kind: PinWork},
		{Lat: 52, Lon: 30, Kind: PinWork},
	}
	got := Cluster(v, pins, func(n int, _, _ float64) (string, string) { return "two", "/map?z=15" })
	if len(got) != 3 {
		t.Fatalf("%d marks, want a cluster, a lone pin and the selected one: %+v", len(got), got)
	}
	if got[0].Count != 2 || got[0].Label != "two" || got[0].Href != "/map?z=15" {
		t.Errorf("cluster: %+v", got[0])
	}
	if got[1].Kind != PinWork || got[1].Count != 0 {
		t.Errorf("the lone pin changed: %+v", got[1])
	}
	if !got[2].Selected {
		t.Errorf("the selected pin was swallowed: %+v", got[2])
	}
}

func TestShapesDiffer(t *testing.T) {
	t.Parallel()
	shapes := map[string]PinKind{}
	for _, k := range []PinKind{PinNew, PinWork, PinDone, PinLate} {
		m := shape(k, 11)
		if was, dup := shapes[m]; dup {
			t.Errorf("%s and %s differ by colour alone", was, k)
		}
		shapes[m] = k
	}
}

func BenchmarkSVG(b *testing.B) {
	for b.Loop() {
		draw(View{Lat: 50.2577, Lon: 28.6688, Zoom: StreetZoom, W: 640, H: 320})
	}
}
