package basemap

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
)

// Kinds of configured layers.
const (
	XYZ  = "xyz"  // tiles by template: https://tile.example/{z}/{x}/{y}.png
	WMS  = "wms"  // OGC Web Map Service 1.3.0
	WMTS = "wmts" // OGC Web Map Tile Service 1.0.0, in the grid of web maps (EPSG:3857)
)

// Layer is one raster layer that a city offers beside the embedded scheme, for
// example an orthophoto of its Geoportal. The JSON names are those of
// EREC_MAP_LAYERS and of the data attribute that the browser reads.
type Layer struct {
	ID           string `json:"id"`
	Kind         string `json:"kind"`
	Title        string `json:"title"`
	URL          string `json:"url"`
	Attribution  string `json:"attribution"`
	Layers       string `json:"layers,omitempty"`        // WMS and WMTS: names of layers
	MatrixSet    string `json:"matrix_set,omitempty"`    // WMTS: identifier of the tile matrix set
	MatrixPrefix string `json:"matrix_prefix,omitempty"` // WMTS: what stands before the level, as in «EPSG:3857:12»
	Style        string `json:"style,omitempty"`         // WMS and WMTS; the service's default when empty
	Format       string `json:"format,omitempty"`        // image/png when empty
	MinZoom      int    `json:"min_zoom,omitempty"`
	MaxZoom      int    `json:"max_zoom,omitempty"` // 19 when zero
}

// host keeps what would break the header out of the Content-Security-Policy.
var host = regexp.MustCompile(`^[A-Za-z0-9.\[\]:-]+$`)

var layerID = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// ParseLayers reads the JSON array of EREC_MAP_LAYERS; an empty text is no
// layers. The error names the layer and what to mend, for the log at start-up.
// Unknown fields are refused: a misspelt one would be ignored in silence.
func ParseLayers(text string) ([]Layer, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	var out []Layer
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("map layers: not a JSON array of layers: %w", err)
	}
	if dec.More() {
		return nil, fmt.Errorf("map layers: text after the JSON array")
	}
	seen := map[string]bool{}
	for i := range out {
		l := &out[i]
		if err := l.validate(); err != nil {
			name := l.ID
			if name == "" {
				name = fmt.Sprintf("number %d", i+1)
			}
			return nil, fmt.Errorf("map layers: layer %s: %w", name, err)
		}
		if seen[l.ID] {
			return nil, fmt.Errorf("map layers: layer %s stands twice", l.ID)
		}
		seen[l.ID] = true
	}
	return out, nil
}

func (l *Layer) validate() error {
	if !layerID.MatchString(l.ID) || l.ID == "scheme" {
		return fmt.Errorf("id must be 1-32 of a-z, 0-9, - and _, begin with a letter and not be \"scheme\"")
	}
	if strings.TrimSpace(l.Title) == "" {
		return fmt.Errorf("title is missing: the switcher shows it")
	}
	if strings.TrimSpace(l.Attribution) == "" {
		return fmt.Errorf("attribution is missing: whose map it is must be visible on it")
	}
	u, err := url.Parse(l.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || !host.MatchString(u.Host) {
		return fmt.Errorf("url must be an absolute http or https address with one plain host")
	}
	if u.User != nil {
		return fmt.Errorf("url must hold no user and password: every visitor would read them")
	}
	switch l.Kind {
	case XYZ:
		for _, part := range []string{"{z}", "{x}"} {
			if !strings.Contains(l.URL, part) {
				return fmt.Errorf("url of an xyz layer must contain %s", part)
			}
		}
		if !strings.Contains(l.URL, "{y}") && !strings.Contains(l.URL, "{-y}") {
			return fmt.Errorf("url of an xyz layer must contain {y} or {-y}")
		}
	case WMS:
		if l.Layers == "" {
			return fmt.Errorf("layers is missing: a wms layer names what to draw")
		}
	case WMTS:
		if l.Layers == "" {
			return fmt.Errorf("layers is missing: a wmts layer names what to draw")
		}
		if l.MatrixSet == "" {
			return fmt.Errorf("matrix_set is missing: name the set in EPSG:3857, e.g. GoogleMapsCompatible")
		}
	default:
		return fmt.Errorf("kind must be xyz, wms or wmts")
	}
	if l.Format != "" && !strings.HasPrefix(l.Format, "image/") {
		return fmt.Errorf("format must be an image type such as image/png")
	}
	if l.MinZoom < 0 || l.MaxZoom < 0 || l.MaxZoom > 24 || l.MaxZoom != 0 && l.MinZoom > l.MaxZoom {
		return fmt.Errorf("min_zoom and max_zoom must be 0-24 and in order")
	}
	return nil
}

// ImageHosts lists the origins of the layers, sorted, each once: the
// Content-Security-Policy must let their images in.
func ImageHosts(layers []Layer) []string {
	var out []string
	for _, l := range layers {
		u, err := url.Parse(l.URL)
		if err != nil || u.Host == "" {
			continue
		}
		out = append(out, u.Scheme+"://"+u.Host)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var configured atomic.Pointer[[]Layer]

// Use sets the layers that every map offers beside the scheme. The composition
// root calls it once, before the first request: the layers are a property of
// the installation, like the embedded scheme itself, and pass through every
// page with a map otherwise.
func Use(layers []Layer) { configured.Store(&layers) }

// Configured gives the layers of Use; none before it.
func Configured() []Layer {
	if p := configured.Load(); p != nil {
		return *p
	}
	return nil
}
