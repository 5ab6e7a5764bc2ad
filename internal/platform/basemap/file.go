package basemap

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"sync"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/simplify"
)

// File is one of the files that the browser draws the scheme from.
type File struct {
	JSON []byte
	Gzip []byte // the same, compressed once with the best ratio
	Hash string // of the content; stands in the address, so the file may be cached for ever
}

// Files of the scheme. Streets has no features where the file of mixed licence
// was left out of the build.
type Files struct {
	OSM     File
	Streets File
}

// Scheme gives the files for the browser; they are made on the first call. The
// error can only mean a damaged build.
func Scheme() (Files, error) { return files() }

var files = sync.OnceValues(func() (Files, error) {
	s, err := load()
	if err != nil {
		return Files{}, err
	}
	var f Files
	if f.OSM, err = pack(s.osm); err != nil {
		return Files{}, err
	}
	f.Streets, err = pack(s.streets)
	return f, err
})

// wire is the form in which a feature travels. Coordinates are whole hundred
// thousandths of a degree (five decimals); after the first point of a line come
// differences, which compress three times better than GeoJSON.
type wire struct {
	Kind  kind      `json:"k"`
	Name  string    `json:"n,omitempty"`
	Point []int     `json:"c,omitempty"`
	Line  []int     `json:"l,omitempty"`
	Area  [][][]int `json:"a,omitempty"` // polygons of rings
}

// tolerance in degrees of the lines that are only seen from afar.
var tolerance = map[kind]float64{
	kindCommunity: 0.00002, kindDistrict: 0.00002, kindSettlement: 0.0001, kindNeighbour: 0.0003, kindStreet: 0.00001,
}

func pack(fs []feature) (File, error) {
	out := make([]wire, 0, len(fs))
	for _, f := range fs {
		w := wire{Kind: f.kind, Name: f.name}
		switch g := orb.Clone(f.geom).(type) {
		case orb.Point:
			w.Point = []int{fix(g[0]), fix(g[1])}
		case orb.LineString:
			w.Line = deltas(simplify.DouglasPeucker(tolerance[f.kind]).LineString(g))
		case orb.Polygon:
			w.Area = [][][]int{rings(g, tolerance[f.kind])}
		case orb.MultiPolygon:
			for _, p := range g {
				if r := rings(p, tolerance[f.kind]); len(r) > 0 {
					w.Area = append(w.Area, r)
				}
			}
		}
		out = append(out, w)
	}
	b, err := json.Marshal(out)
	if err != nil {
		return File{}, err
	}
	var z bytes.Buffer
	zw, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
	if err != nil {
		return File{}, err
	}
	if _, err := zw.Write(b); err != nil {
		return File{}, err
	}
	if err := zw.Close(); err != nil {
		return File{}, err
	}
	sum := sha256.Sum256(b)
	return File{JSON: b, Gzip: z.Bytes(), Hash: hex.EncodeToString(sum[:6])}, nil
}

func rings(p orb.Polygon, tol float64) [][]int {
	var out [][]int
	for _, r := range p {
		r = simplify.DouglasPeucker(tol).Ring(r)
		if len(r) >= 4 {
			out = append(out, deltas(orb.LineString(r)))
		}
	}
	return out
}

func fix(deg float64) int { return int(math.Round(deg * 1e5)) }

func deltas(l orb.LineString) []int {
	out := make([]int, 0, 2*len(l))
	var px, py int
	for i, p := range l {
		x, y := fix(p[0]), fix(p[1])
		if i > 0 && x == px && y == py {
			continue
		}
		out = append(out, x-px, y-py)
		px, py = x, y
	}
	return out
}
