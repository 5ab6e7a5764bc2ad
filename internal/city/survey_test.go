package city_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"ereception/internal/city"
	"ereception/internal/pgtest"
)

// feature is one of a file, with its coordinates as they stand there.
type feature struct {
	Type       string         `json:"type"`
	Properties map[string]any `json:"properties"`
	Geometry   struct {
		Type        string `json:"type"`
		Coordinates any    `json:"coordinates"`
	} `json:"geometry"`
}

func featuresOf(t *testing.T, raw []byte) []*feature {
	t.Helper()
	var fc struct{ Features []*feature }
	if err := json.Unmarshal(raw, &fc); err != nil {
		t.Fatal(err)
	}
	return fc.Features
}

func fileOf(t *testing.T, list ...*feature) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"type": "FeatureCollection", "features": list})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// moved changes every point of a copy.
func (f *feature) moved(change func(lon, lat float64) (float64, float64)) *feature {
	var walk func(v any) any
	walk = func(v any) any {
		list := v.([]any)
		if lon, ok := list[0].(float64); ok {
			x, y := change(lon, list[1].(float64))
			return []any{x, y}
		}
		out := make([]any, len(list))
		for i := range list {
			out[i] = walk(list[i])
		}
		return out
	}
	c := *f
	c.Geometry.Coordinates = walk(f.Geometry.Coordinates)
	return &c
}

func (f *feature) named(code, name string) *feature {
	c := *f
	c.Properties = map[string]any{"kind": f.Properties["kind"], "code": code, "name": name}
	return &c
}

// TestTheRealBoundariesFitEachOther, broken as files are in life, are told apart: by
// the row, and nothing but what the report says is written.
func TestTheRealBoundariesFitEachOther(t *testing.T) {
	t.Parallel()
	all := featuresOf(t, city.Boundaries())
	home, town, bohun, korol, veresy := all[0], all[1], all[2], all[3], all[4]
	raw, err := os.ReadFile("testdata/neighbours.geojson") // © учасники OpenStreetMap, ODbL 1.0
	if err != nil {
		t.Fatal(err)
	}
	near := featuresOf(t, raw)
	swap := func(lon, lat float64) (float64, float64) { return lat, lon }
	by := func(dx, dy float64) func(lon, lat float64) (float64, float64) {
		return func(lon, lat float64) (float64, float64) { return lon + dx, lat + dy }
	}
	strict, skip, dry := city.ImportOptions{}, city.ImportOptions{SkipBad: true}, city.ImportOptions{DryRun: true}
	for _, c := range []struct {
		name   string
		empty  bool // the register before it
		file   string
		o      city.ImportOptions
		want   string
		change int // districts written
	}{
		{"as they are", true, fileOf(t, all...), strict, "rows 5 new 5 changed 0 same 0 bad 0", 5},
		{"again", false, fileOf(t, all...), strict, "rows 5 new 0 changed 0 same 5 bad 0", 0},
		{"with the parts before the community", true, fileOf(t, bohun, veresy, home), strict, "rows 3 new 3 changed 0 same 0 bad 0", 3},
		{"one with swapped axes", false, fileOf(t, home, bohun.moved(swap)), strict, "rows 2 new 0 changed 0 same 1 bad 1 refused; 2 geometry city.geo.swapped", 0},
		{"all with swapped axes", true, fileOf(t, home.moved(swap), town.moved(swap)), skip, "rows 2 new 0 changed 0 same 0 bad 2; 1 geometry city.geo.swapped; 2 geometry city.geo.swapped", 0},
		{"the communities next door", false, string(raw), skip, "rows 2 new 0 changed 0 same 0 bad 2; 1 kind city.import.second_community; 2 kind city.import.second_community", 0},
		{"two communities in a file, and a part of the second", true, fileOf(t, home, near[1], near[0].named("7", "Чужий округ").constituency()), skip, "rows 3 new 1 changed 0 same 0 bad 2; 2 kind city.import.second_community; 3 geometry city.geo.outside", 1},
		{"a district drawn where the next one lies", false, fileOf(t, korol.named("UA18040190010115253", "Богунський район")), strict, "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.overlap", 0},
		{"a district twice under two codes", true, fileOf(t, home, bohun, bohun.named("UA18040190010199999", "Двійник")), dry, "rows 3 new 2 changed 0 same 0 bad 1 refused; 3 geometry city.geo.overlap", 0},
		{"a district past the boundary", false, fileOf(t, veresy.moved(by(0.02, 0))), skip, "rows 1 new 0 changed 0 same 0 bad 1; 1 geometry city.geo.outside", 0},
		{"a code of another community", false, fileOf(t, veresy.named("UA18040490010012345", "Вереси")), strict, "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 code city.import.katottg_other", 0},
		{"a code with a digit too few", false, fileOf(t, veresy.named("UA1804019002007730", "Вереси")), strict, "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 code city.import.katottg_code", 0},
		{"a community that leaves its districts", false, fileOf(t, home.moved(by(0, 0.3))), strict, "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.leaves_district", 0},
		{"a community that leaves its streets", false, fileOf(t, home.moved(by(0, 0.3)), town.moved(by(0, 0.3)), bohun.moved(by(0, 0.3)), korol.moved(by(0, 0.3)), veresy.moved(by(0, 0.3))), dry, "rows 5 new 0 changed 0 same 0 bad 5 refused; 1 geometry city.geo.leaves_streets; 2 geometry city.geo.outside; 3 geometry city.geo.outside; 4 geometry city.geo.outside; 5 geometry city.geo.outside", 0},
		{"moved by less than anybody sees", false, fileOf(t, home.moved(by(0.00001, 0))), strict, "rows 1 new 0 changed 1 same 0 bad 0", 1},
		{"swapped for each other", false, fileOf(t, bohun.named("UA18040190010281147", "Корольовський район"), korol.named("UA18040190010115253", "Богунський район")), strict, "rows 2 new 0 changed 2 same 0 bad 0", 2},
		{"swapped, and one of them is bad", false, fileOf(t, bohun.named("UA18040190010281147", "Корольовський район"), korol.named("UA18040190010115253", "Богунський район").moved(swap)), skip, "rows 2 new 0 changed 0 same 0 bad 2; 1 geometry city.geo.overlap; 2 geometry city.geo.swapped", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var e *pgtest.Env
			var v *city.City
			if c.empty {
				e = pgtest.New(t)
				v = city.New(e.DB, nil)
			} else {
				e, v = seeded(t, false)
			}
			before := e.Count(t, "SELECT coalesce(sum(version), 0)::int FROM districts")
			rep, err := v.Import(ctx, admin, city.ImportDistricts, strings.NewReader(c.file), c.o)
			if got := verdict(rep, err); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			if n := e.Count(t, "SELECT coalesce(sum(version), 0)::int FROM districts") - before; n != c.change {
				t.Errorf("%d districts were written, want %d", n, c.change)
			}
			for _, b := range rep.Bad {
				if slices.Contains([]string{"city.geo.overlap", "city.geo.leaves_district", "city.geo.outside", "city.geo.leaves_streets"}, b.Key) && len(b.Args) == 0 {
					t.Errorf("%s says neither what nor how much", b.Key)
				}
			}
		})
	}
}

func (f *feature) constituency() *feature {
	f.Properties["kind"] = "constituency"
	return f
}
