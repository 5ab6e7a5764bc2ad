package city_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"ereception/internal/city"
	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
)

func verdict(r city.Report, err error) string {
	if err != nil {
		if e, ok := errs.As(err); ok {
			return e.Key
		}
		return err.Error()
	}
	s := fmt.Sprintf("rows %d new %d changed %d same %d bad %d", r.Rows, r.Created, r.Updated, r.Unchanged, r.BadRows)
	if r.Refused {
		s += " refused"
	}
	for _, b := range r.Bad {
		s += fmt.Sprintf("; %d %s %s", b.Row, b.Column, b.Key)
	}
	return s
}

func TestImportUnits(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	c := city.New(e.DB, nil)
	skip, strict, dry := city.ImportOptions{SkipBad: true}, city.ImportOptions{}, city.ImportOptions{DryRun: true}
	cp1251, _ := charmap.Windows1251.NewEncoder().String("код;назва;телефон\nж;Житлове управління;12\n")
	for _, x := range []struct {
		name  string
		file  string
		o     city.ImportOptions
		want  string
		units int // in the register afterwards
	}{
		{"a dry run writes nothing", "code,name\na,А\n", dry, "rows 1 new 1 changed 0 same 0 bad 0", 0},
		{"children before parents", "code,parent,name\nb,a,Б\na,,А\nc,b,В\n", strict, "rows 3 new 3 changed 0 same 0 bad 0", 3},
		{"again: nothing changes", "code,parent,name\nb,a,Б\na,,А\nc,b,В\n", strict, "rows 3 new 0 changed 0 same 3 bad 0", 3},
		{"a change, and a column that is not there stays", "code,name\nb,Бюро\n", strict, "rows 1 new 0 changed 1 same 0 bad 0", 3},
		{"a bad row refuses the file", "code,name\nd,Г\ne,\n", strict, "rows 2 new 1 changed 0 same 0 bad 1 refused; 3 name city.err.required", 3},
		{"a bad row is left out", "code,name\nd,Г\ne,\n", skip, "rows 2 new 1 changed 0 same 0 bad 1; 3 name city.err.required", 4},
		{"a code twice", "code,name\nf,Ґ\nf,Ґ\n", strict, "rows 2 new 1 changed 0 same 0 bad 1 refused; 3 code city.import.duplicate", 4},
		{"a ring in the file", "code,parent,name\nx,y,Х\ny,x,У\n", skip, "rows 2 new 0 changed 0 same 0 bad 2; 2 parent city.import.ring; 3 parent city.import.ring", 4},
		{"a ring through the register", "code,parent,name\na,c,А\n", strict, "rows 1 new 0 changed 0 same 0 bad 1 refused; 2 parent city.import.ring", 4},
		{"its own parent", "code,parent,name\nx,x,Х\n", skip, "rows 1 new 0 changed 0 same 0 bad 1; 2 parent city.import.ring", 4},
		{"a parent that is unknown, and its child", "code,parent,name\nx,nobody,Х\ny,x,У\n", skip, "rows 2 new 0 changed 0 same 0 bad 2; 2 parent city.import.parent_unknown; 3 parent city.import.parent_bad", 4},
		{"Windows-1251 with semicolons", cp1251, strict, "rows 1 new 1 changed 0 same 0 bad 0", 5},
		{"UTF-8 with a broken character", "code,name\nu,У\xd0стрій\n", strict, "city.import.encoding", 5},
		{"a mark, CRLF and tabs", "\xEF\xBB\xBFcode\tname\r\nt\tТ\r\n", strict, "rows 1 new 1 changed 0 same 0 bad 0", 6},
		{"a quotation mark in a plain cell", "code,name\nq,а\"б\nr,Р\n", skip, "rows 2 new 1 changed 0 same 0 bad 1; 2  city.import.bare_quote", 7},
		{"a quoted cell without an end refuses all", "code,name\ns,С\nq,\"а\nb,в\n", skip, "rows 1 new 0 changed 0 same 0 bad 1 refused; 3  city.import.open_quote", 7},
		{"too many cells", "code,name\ns,С,зайве\n", strict, "rows 1 new 0 changed 0 same 0 bad 1 refused; 2  city.import.cells", 7},
		{"an e-mail that is none", "code,name,email\ns,С,щось\n", strict, "rows 1 new 0 changed 0 same 0 bad 1 refused; 2 email city.err.email", 7},
		{"no column of codes", "name\nА\n", strict, "city.import.no_column", 7},
		{"a head that stands twice", "code,name,назва\na,b,c\n", strict, "city.import.head_twice", 7},
		{"nothing", "", strict, "city.import.empty", 7},
		{"a head alone", "code,name\n", strict, "city.import.empty", 7},
		{"a spreadsheet", "PK\x03\x04…", strict, "city.import.spreadsheet", 7},
		{"zero bytes", "code,name\na,\x00\n", strict, "city.import.binary", 7},
		{"too long", "code,name\nz," + strings.Repeat("а", 201) + "\n", strict, "rows 1 new 0 changed 0 same 0 bad 1 refused; 2 name city.err.too_long", 7},
		{"more than a council has", "code,name\n" + strings.Repeat("z,Z\n", 2001), strict, "city.import.too_many", 7},
	} {
		got := verdict(c.Import(ctx, admin, city.ImportUnits, strings.NewReader(x.file), x.o))
		if got != x.want {
			t.Errorf("%s:\n got %s\nwant %s", x.name, got, x.want)
		}
		if n := e.Count(t, "SELECT count(*) FROM units"); n != x.units {
			t.Errorf("%s: %d units in the register, want %d", x.name, n, x.units)
		}
	}
	d, _ := c.Directory(ctx)
	if b := d.UnitByCode("b"); b.NameUK != "Бюро" || b.ParentID == nil || *b.ParentID != d.UnitByCode("a").ID {
		t.Errorf("b: %+v", b)
	}
	if u := d.UnitByCode("ж"); u == nil || u.NameUK != "Житлове управління" {
		t.Error("the file in Windows-1251 was misread")
	}
	if _, err := c.Import(ctx, clerk, city.ImportUnits, strings.NewReader("code,name\nz,Z\n"), strict); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("a specialist imports: %v", err)
	}
}

// TestStreetsLieWithin: a point outside the community is a mistake of its row and of
// its field, and an address that has only such a point has none.
func TestStreetsLieWithin(t *testing.T) {
	t.Parallel()
	e, c := seeded(t, false)
	file := "kind,name,lat,lon\nвулиця,Нульова,0,0\nвулиця,Київська,0,0\nвулиця,Зразкова нова,50.2547,28.6587\nвулиця,Навпаки,28.6587,50.2547\n"
	got := verdict(c.Import(ctx, admin, city.ImportStreets, strings.NewReader(file), city.ImportOptions{SkipBad: true}))
	if want := "rows 4 new 1 changed 0 same 0 bad 3; 2 lat city.err.point_outside; 3 lat city.err.point_outside; 5 lat city.err.point_swapped"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	at := func(f float64) *float64 { return &f }
	outside := func(err error) bool {
		f, ok := errs.As(err)
		return ok && len(f.Fields) == 1 && f.Fields[0].Name == "lat" && f.Fields[0].Key == "city.err.point_outside"
	}
	if _, err := c.CreateStreet(ctx, admin, city.Street{Kind: "вулиця", Name: "Нульова", Lat: at(0), Lon: at(0)}); !outside(err) {
		t.Errorf("a new street at 0,0: %v", err)
	}
	s, err := c.FindStreet(ctx, "Зразкова нова")
	if err != nil || s == nil {
		t.Fatal(s, err)
	}
	s.Lat, s.Lon = at(0), at(0)
	if _, err := c.UpdateStreet(ctx, admin, *s); !outside(err) {
		t.Errorf("a street moves to 0,0: %v", err)
	}
	if _, ok, err := c.Geocode(ctx, "вул. Зразкова нова, 5"); err != nil || !ok {
		t.Errorf("no point for an address within: %v", err)
	}
	e.Owner(t, "UPDATE streets SET lat = 0, lon = 0 WHERE id = $1", s.ID) // as an earlier version let it in
	if p, ok, err := c.Geocode(ctx, "вул. Зразкова нова, 5"); err != nil || ok {
		t.Errorf("an address at %+v, %v", p, err)
	}
}

// TestAColumnThatIsNotReadIsSaid: a misspelt optional one would be left out in silence.
func TestAColumnThatIsNotReadIsSaid(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	c := city.New(e.DB, nil)
	for file, want := range map[string]string{
		"code;name_uk;Parrent ;;phone\na;А;b;;12\n": "Parrent",
		"code,name_uk,phone\na,А,12\n":              "",
	} {
		rep, err := c.Import(ctx, admin, city.ImportUnits, strings.NewReader(file), city.ImportOptions{DryRun: true})
		if err != nil || strings.Join(rep.Unread, "|") != want || rep.Created != 1 {
			t.Errorf("%q: not read %q, %+v, %v; want %q", file, rep.Unread, rep, err, want)
		}
	}
}

func TestImportStreets(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	c := city.New(e.DB, nil)
	file := "тип;назва;колишні назви;широта;довгота\n" +
		"вул.;Київська;Жовтнева|Ленінська;50,26;28,66\n" +
		";пров. 1-й Житній;;;\n" +
		";Київське шосе;;;\n" +
		"хтозна;Дивна;;;\n" +
		"вул.;Без довготи;;50.2;\n" +
		"вул.;Далека;;950;28\n" +
		"вул.;київська;;;\n" +
		"вул.;Кривий номер;;п’ять;28\n"
	got := verdict(c.Import(ctx, admin, city.ImportStreets, strings.NewReader(file), city.ImportOptions{SkipBad: true}))
	want := "rows 8 new 3 changed 0 same 0 bad 5; 5 тип city.err.street_kind; 6 широта city.err.point; 7 широта city.err.point; 8 назва city.import.duplicate; 9 широта city.err.number"
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	for q, label := range map[string]string{"жовтнева": "вул. Київська", "шосе київське": "шосе Київське", "пров 1 житній": "пров. 1-й Житній"} {
		if s, err := c.FindStreet(ctx, q); err != nil || s == nil || s.Label() != label {
			t.Errorf("%s: %+v %v", q, s, err)
		}
	}
	// A file without points does not take them away, nor old names.
	if got := verdict(c.Import(ctx, admin, city.ImportStreets, strings.NewReader("type,name\nвулиця,Київська\n"), city.ImportOptions{})); got != "rows 1 new 0 changed 0 same 1 bad 0" {
		t.Error(got)
	}
	if got := verdict(c.Import(ctx, admin, city.ImportStreets, strings.NewReader("name\nпров. 1-й Житній\nшосе Київське\n"), city.ImportOptions{})); got != "rows 2 new 0 changed 0 same 2 bad 0" {
		t.Error(got)
	}
	s, _ := c.FindStreet(ctx, "Київська 5")
	if s.Lat == nil || *s.Lat != 50.26 || len(s.OldNames) != 2 {
		t.Errorf("%+v", s)
	}
	// An empty street name in the way of a whole file: nothing of it is written.
	big := "name\n" + strings.Repeat("x\n", 100_001)
	if got := verdict(c.Import(ctx, admin, city.ImportStreets, strings.NewReader(big), city.ImportOptions{SkipBad: true})); got != "city.import.too_many" {
		t.Error(got)
	}
	if n := e.Count(t, "SELECT count(*) FROM streets"); n != 3 {
		t.Errorf("%d streets", n)
	}
}

func TestImportDistricts(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	c := city.New(e.DB, nil)
	feature := func(code, coords string) string {
		return `{"type":"Feature","properties":{"kind":"constituency","code":"` + code + `","name":"Округ"},"geometry":{"type":"Polygon","coordinates":` + coords + `}}`
	}
	fc := func(f ...string) string {
		return `{"type":"FeatureCollection","features":[` + strings.Join(f, ",") + `]}`
	}
	apart := `[[[30,50],[31,50],[31,51],[30,51],[30,50]]]`
	good := `[[[28,50],[29,50],[29,51],[28,51],[28,50]]]`
	for _, x := range []struct{ name, file, want string }{
		{"a square", fc(feature("1", good)), "rows 1 new 1 changed 0 same 0 bad 0"},
		{"again", fc(feature("1", `[[[28.0,50],[29,50],[29,51],[28,51],[28,50]]]`)), "rows 1 new 0 changed 0 same 1 bad 0"},
		{"moved", fc(feature("1", `[[[28,50],[28.5,50],[29,51],[28,51],[28,50]]]`)), "rows 1 new 0 changed 1 same 0 bad 0"},
		{"an open ring", fc(feature("2", `[[[28,50],[29,50],[29,51],[28,51]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.open"},
		{"a bow", fc(feature("2", `[[[28,50],[29,51.2],[29,50],[28,51],[28,50]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.crosses"},
		{"no area", fc(feature("2", `[[[28,50],[29,51],[30,52],[28,50]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.flat"},
		{"two corners", fc(feature("2", `[[[28,50],[29,51],[28,50]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.short"},
		{"in metres", fc(feature("2", `[[[500000,5500000],[500001,5500000],[500001,5500001],[500000,5500000]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.range"},
		{"words for numbers", fc(feature("2", `[[["a","b"]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.json"},
		{"no rings", fc(feature("2", `[]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.empty"},
		{"a point", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"kind":"district","code":"2","name":"Т"},"geometry":{"type":"Point","coordinates":[28,50]}}]}`, "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.type"},
		{"no geometry", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"kind":"district","code":"2","name":"Т"},"geometry":null}]}`, "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.empty"},
		{"a code twice", fc(feature("7", apart), feature("7", apart)), "rows 2 new 1 changed 0 same 0 bad 1 refused; 2 code city.import.duplicate"},
		{"a kind that is none", strings.ReplaceAll(fc(feature("2", good)), "constituency", "planet"), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 kind city.err.required"},
		{"latitude first", fc(feature("2", `[[[50,28],[50,29],[51,29],[51,28],[50,28]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.swapped"},
		{"in the sea off Africa", fc(feature("2", `[[[0,0],[1,0],[1,1],[0,1],[0,0]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.abroad"},
		{"one corner far away", fc(feature("2", `[[[28,50],[29,50],[29,15],[28,51],[28,50]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.abroad"},
		{"numbers that are missing", fc(feature("2", `[[[28],[29],[29.5],[28]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.abroad"},
		{"an empty ring", fc(feature("2", `[[]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.empty"},
		{"an empty hole", fc(feature("2", `[[[30,50],[31,50],[31,51],[30,51],[30,50]],[]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.empty"},
		{"a hole outside", fc(feature("2", `[[[30,50],[31,50],[31,51],[30,51],[30,50]],[[32,50],[33,50],[33,51],[32,50]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.hole"},
		{"a hole over a hole", fc(feature("2", `[[[30,50],[31,50],[31,51],[30,51],[30,50]],[[30.1,50.1],[30.5,50.1],[30.5,50.5],[30.1,50.1]],[[30.2,50.1],[30.6,50.1],[30.6,50.5],[30.2,50.1]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.hole"},
		{"a hole that is right", fc(feature("3", `[[[32,50],[33,50],[33,51],[32,51],[32,50]],[[32.1,50.1],[32.5,50.1],[32.5,50.5],[32.1,50.1]]]`)), "rows 1 new 1 changed 0 same 0 bad 0"},
		{"parts over each other", strings.ReplaceAll(fc(feature("2", `[[[[30,50],[31,50],[31,51],[30,51],[30,50]]],[[[30.5,50],[31.5,50],[31.5,51],[30.5,51],[30.5,50]]]]`)), `"Polygon"`, `"MultiPolygon"`), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.parts"},
		{"a ring gone round twice", fc(feature("2", `[[[30,50],[31,50],[31,51],[30,51],[30,50],[31,50],[31,51],[30,51],[30,50]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.crosses"},
		{"a few metres", fc(feature("2", `[[[30,50],[30.0001,50],[30.0001,50.0001],[30,50.0001],[30,50]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.small"},
		{"half the country", fc(feature("2", `[[[24,47],[36,47],[36,51],[24,51],[24,47]]]`)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.large"},
		{"another system of coordinates", strings.Replace(fc(feature("2", good)), `"features"`, `"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::3857"}},"features"`, 1), "city.import.crs"},
		{"over another constituency", fc(feature("2", good)), "rows 1 new 0 changed 0 same 0 bad 1 refused; 1 geometry city.geo.overlap"},
		{"no JSON", "{", "city.import.geojson"},
		{"another JSON", `{"type":"Topology"}`, "city.import.geojson"},
		{"deep nesting", strings.Repeat("[", 20000), "city.import.geojson"},
		{"too many points", fc(feature("2", "[["+strings.Repeat("[28,50],", 100_001)+"[28,50]]]")), "city.import.points"},
	} {
		if got := verdict(c.Import(ctx, admin, city.ImportDistricts, strings.NewReader(x.file), city.ImportOptions{})); got != x.want {
			t.Errorf("%s:\n got %s\nwant %s", x.name, got, x.want)
		}
	}
	if n := e.Count(t, "SELECT count(*) FROM districts"); n != 2 {
		t.Errorf("%d districts", n)
	}
}

func TestImportKATOTTG(t *testing.T) {
	t.Parallel()
	e, c := seeded(t, false)
	file := "Перший рівень,Другий рівень,Третій рівень,Четвертий рівень,Додатковий рівень,Категорія об’єкта,Назва об’єкта\n" +
		"UA18000000000041385,UA18040000000058965,UA18040190000029215,,,H,Житомирська\n" +
		"UA18000000000041385,UA18040000000058965,UA18040190000029215,UA18040190010057814,,M,Житомир\n" +
		"UA18000000000041385,UA18040000000058965,UA18040190000029215,UA18040190010057814,UA18040190010115253,B,Богунський\n" +
		"UA18000000000041385,UA18040000000058965,UA18040190000029215,UA18040190030000001,,C,Нове\n" +
		"UA18000000000041385,UA18040000000058965,UA18040190000029215,коса,,C,Криве\n" +
		"UA18000000000041385,UA18040000000058965,UA18040190000029215,UA18040490010066666,,C,Станишівка\n" +
		"UA18000000000041385,UA18020000000072859,UA18020010000059904,,,H,Андрушівська\n"
	rep, err := city.RunImport(ctx, e.DB, city.ImportKATOTTG, strings.NewReader(file), city.ImportOptions{SkipBad: true})
	if got := verdict(rep, err); got != "rows 7 new 1 changed 0 same 3 bad 2; 6 Четвертий рівень city.import.katottg_code; 7 Четвертий рівень city.import.katottg_other" || rep.Ignored != 1 {
		t.Errorf("%s, ignored %d", got, rep.Ignored)
	}
	// A settlement without a boundary is listed and holds no point.
	d, err := c.Directory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, x := range d.Districts {
		found = found || x.NameUK == "Нове" && x.Geometry == nil
	}
	if !found {
		t.Error("the new settlement is missing")
	}
	if p, _ := c.Locate(ctx, 50.25587, 28.660497); !p.Inside || p.Settlement.NameUK != "Житомир" {
		t.Errorf("%+v", p.Inside)
	}
	if n := e.Count(t, "SELECT count(*) FROM audit.trail WHERE actor = 'system:import' AND table_name = 'districts' AND op = 'I'"); n != 1 {
		t.Errorf("%d rows in the trail", n)
	}
}
