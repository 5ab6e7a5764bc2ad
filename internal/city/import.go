package city

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// ImportKind says what a file holds.
type ImportKind string

// The kinds of files.
const (
	ImportUnits     ImportKind = "units"     // CSV: code, parent, name_uk…
	ImportStreets   ImportKind = "streets"   // CSV: kind, name, old_names, lat, lon
	ImportDistricts ImportKind = "districts" // GeoJSON FeatureCollection
	ImportKATOTTG   ImportKind = "katottg"   // CSV of the codifier КАТОТТГ
)

// ImportKinds lists the kinds in the order of the page.
var ImportKinds = []ImportKind{ImportUnits, ImportStreets, ImportDistricts, ImportKATOTTG}

// ImportOptions of an import. With DryRun everything is done and taken back. With
// SkipBad a bad row is named and left out; without it one bad row refuses the
// whole file.
type ImportOptions struct {
	DryRun  bool
	SkipBad bool
}

// RowError is one mistake in a file. Row is the line of a CSV file as an editor
// counts it, or the number of a feature in GeoJSON; 0 means the file as a whole.
// Key and Args are for the catalogue.
type RowError struct {
	Row    int
	Column string
	Key    string
	Args   []any
}

// Report says what an import did or, after a dry run or a refusal, would have
// done. Ignored counts rows that are right but not of this community (КАТОТТГ
// holds the whole country).
type Report struct {
	Rows, Created, Updated, Unchanged, Ignored int
	Bad                                        []RowError
	BadRows                                    int // rows with mistakes, also those not listed in Bad
	// Unread are the heads of columns that the importer does not know, as the file
	// writes them: one may be a misspelt optional column, of which nothing was taken.
	Unread  []string
	Refused bool
	DryRun  bool
}

// Limits of a file.
const (
	maxImportBytes = 32 << 20
	maxImportRows  = 100_000
	maxUnits       = 2_000   // the tree is walked more than once
	maxFilePoints  = 100_000 // of all the boundaries in a file
	maxListed      = 500     // mistakes that a report lists; the rest is counted
)

func (r *Report) bad(row int, column, key string, args ...any) {
	if len(r.Bad) < maxListed {
		r.Bad = append(r.Bad, RowError{row, column, key, args})
	}
}

// BadRow counts a row with mistakes and lists them, for an area that imports a
// file of its own.
func (r *Report) BadRow(list ...RowError) {
	r.BadRows++
	for _, e := range list {
		r.bad(e.Row, e.Column, e.Key, e.Args...)
	}
}

// ReadImport reads a file whole. One that is too large is errs.Invalid.
func ReadImport(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxImportBytes+1))
	if err == nil && len(raw) > maxImportBytes {
		err = errs.Invalid("city.import.too_large", "n", maxImportBytes>>20)
	}
	return raw, err
}

var errTakeBack = errors.New("the import is taken back")

// Import reads a file of a kind into the directory, in one transaction: either
// every good row of it is in afterwards, or nothing. Rows are matched with the
// register by their code (streets by type and name); columns that the file lacks
// keep their values. A file whose form is broken, so that it is not certain
// where a row ends, is refused whatever the options say.
//
// Errors: errs.Forbidden; errs.Invalid when the file cannot be read at all. What
// is wrong with rows is in the Report, and Refused says that nothing was written.
func (c *City) Import(ctx context.Context, a authz.Actor, kind ImportKind, r io.Reader, o ImportOptions) (Report, error) {
	return c.importFile(ctx, a, authz.CityManage, kind, r, o)
}

// RunImport is Import for the command line and the seed: the portal itself is
// the actor.
func RunImport(ctx context.Context, d *db.DB, kind ImportKind, r io.Reader, o ImportOptions) (Report, error) {
	return New(d, nil).importFile(ctx, authz.System("import"), authz.JobRun, kind, r, o)
}

func (c *City) importFile(ctx context.Context, a authz.Actor, act authz.Action, kind ImportKind, r io.Reader, o ImportOptions) (Report, error) {
	raw, err := ReadImport(r)
	if err != nil {
		return Report{}, err
	}
	switch kind {
	case ImportUnits:
		return runImport(ctx, c, a, act, o, raw, readUnits)
	case ImportStreets:
		known, err := c.snapshot(ctx)
		if err != nil {
			return Report{}, err
		}
		return runImport(ctx, c, a, act, o, raw, readStreets(known.shapes))
	case ImportDistricts:
		streets, err := placedStreets(ctx, c.db)
		if err != nil {
			return Report{}, err
		}
		return runImport(ctx, c, a, act, o, raw, readDistricts(streets))
	case ImportKATOTTG:
		return runImport(ctx, c, a, act, o, raw, readKATOTTG)
	}
	return Report{}, errs.NotFound()
}

// incoming is a row that was read: key finds it in the register, apply puts what
// the file says into the record, set names the columns that the file has.
type incoming[T any] struct {
	row   int
	key   string
	apply func(*T)
}

// reader parses a file against the register as it is. fatal says that the form
// of the file is broken.
type reader[T any] func(raw []byte, old []T, rep *Report) (rows []incoming[T], keyOf func(T) string, fatal bool, err error)

func runImport[T any, P entry[T]](ctx context.Context, c *City, a authz.Actor, act authz.Action, o ImportOptions, raw []byte, read reader[T]) (Report, error) {
	var rep Report
	err := c.db.Write(ctx, a, act, func(tx *db.Tx) error {
		rep = Report{DryRun: o.DryRun} // a retried write begins anew
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		var zero T
		if err := treeLock(tx, tableOf(zero)); err != nil {
			return err
		}
		var old []T
		if err := tx.Order("id").Find(&old).Error; err != nil {
			return err
		}
		rows, keyOf, fatal, err := read(raw, old, &rep)
		if err != nil {
			return err
		}
		if fatal || rep.BadRows > 0 && !o.SkipBad {
			rep.Refused = true
		}
		if fatal {
			return errTakeBack
		}
		byKey := make(map[string]*T, len(old))
		for i := range old {
			byKey[keyOf(old[i])] = &old[i]
		}
		var fresh []T
		for _, in := range rows {
			have := byKey[in.key]
			if have == nil {
				var v T
				in.apply(&v)
				P(&v).tidy()
				*P(&v).record() = Record{Active: P(&v).record().Active, Version: 1, CreatedAt: tx.Now}
				fresh = append(fresh, v)
				rep.Created++
				continue
			}
			was := P(have).columns()
			wasActive := P(have).record().Active
			now := *have
			in.apply(&now)
			P(&now).tidy()
			set := P(&now).columns()
			if P(&now).record().Active != wasActive {
				set["active"] = P(&now).record().Active
			} else if same(was, set) {
				rep.Unchanged++
				continue
			}
			if P(have).record().Demo { // what a real file names is no demo any more
				set["demo"] = false
			}
			rep.Updated++
			if rep.Refused {
				continue
			}
			if err := tx.Save(have, P(have).record().Version, set); err != nil {
				return err
			}
		}
		if rep.Refused {
			return errTakeBack
		}
		if err := insert(tx, fresh); err != nil {
			return err
		}
		if o.DryRun {
			return errTakeBack
		}
		tx.AfterCommit(c.Invalidate)
		return nil
	})
	slices.SortStableFunc(rep.Bad, func(a, b RowError) int { return a.Row - b.Row })
	switch {
	case errors.Is(err, errTakeBack):
		err = nil
	case db.Constraint(err) != "":
		// Two records of the register that the file takes for one.
		return Report{}, errs.Invalid("city.import.clash").Because(err)
	}
	return rep, err
}

func tableOf(v any) string {
	switch v.(type) {
	case Unit:
		return "units"
	case Street:
		return "streets"
	default:
		return "districts"
	}
}

// insert creates the new records; units whose parents are new too come after
// them and learn their numbers.
func insert[T any](tx *db.Tx, fresh []T) error {
	if len(fresh) == 0 {
		return nil
	}
	units, ok := any(fresh).([]Unit)
	if !ok {
		return tx.CreateInBatches(fresh, 500).Error
	}
	ids := map[int64]int64{} // what readUnits promised -> what the database gave
	for i := range units {
		u := &units[i]
		if u.ParentID != nil && *u.ParentID < 0 {
			id := ids[*u.ParentID]
			u.ParentID = &id
		}
		if err := tx.Create(u).Error; err != nil {
			return err
		}
		ids[-int64(i)-1] = u.ID
	}
	return nil
}

func same(a, b map[string]any) bool {
	for k, v := range b {
		w, had := a[k]
		if !had {
			return false
		}
		x, err1 := json.Marshal(v)
		y, err2 := json.Marshal(w)
		if err1 != nil || err2 != nil || string(x) != string(y) {
			return false
		}
	}
	return true
}

// fieldErrors turns the verdict of a Validate into mistakes of a row; names maps
// a field to the column of the file.
func (r *Report) fieldErrors(row int, err error, column func(string) string) bool {
	e, ok := errs.As(err)
	if !ok {
		return false
	}
	for _, f := range e.Fields {
		r.bad(row, column(f.Name), f.Key, f.Args...)
	}
	r.BadRows++
	return true
}

func readUnits(raw []byte, old []Unit, rep *Report) ([]incoming[Unit], func(Unit) string, bool, error) {
	keyOf := func(u Unit) string { return u.Code }
	t, err := ReadTable(raw, rep, map[string][]string{
		"code":    {"code", "код"},
		"parent":  {"parent", "parent_code", "батьківський код", "код вищого підрозділу", "підпорядкування"},
		"name_uk": {"name_uk", "name", "назва"},
		"name_en": {"name_en", "назва англійською"},
		"phone":   {"phone", "телефон"},
		"email":   {"email", "e-mail", "електронна пошта", "пошта"},
		"address": {"address", "адреса"},
		"active":  {"active", "діє"},
	}, "code", "name_uk")
	if err != nil {
		return nil, keyOf, false, err
	}
	if t.Fatal {
		return nil, keyOf, true, nil
	}
	if len(t.Rows) > maxUnits {
		return nil, keyOf, false, errs.Invalid("city.import.too_many", "n", maxUnits)
	}
	type unit struct {
		u         Unit
		row       int
		parent    string
		bad, done bool
	}
	idOf := map[string]int64{}
	up := map[string]string{} // the tree as it would be
	codeOf := map[int64]string{}
	for _, u := range old {
		idOf[u.Code], codeOf[u.ID] = u.ID, u.Code
	}
	for _, u := range old {
		if u.ParentID != nil {
			up[u.Code] = codeOf[*u.ParentID]
		}
	}
	list := map[string]*unit{}
	var order []string
	for _, row := range t.Rows {
		rep.Rows++
		u := Unit{
			Code: row.Get("code"), NameUK: row.Get("name_uk"), NameEN: row.Get("name_en"),
			Phone: row.Get("phone"), Email: row.Get("email"), Address: row.Get("address"),
		}
		u.tidy()
		active, ok := yes(row.Get("active"))
		u.Active = active
		if !ok {
			rep.bad(row.Line, row.Column("active"), "city.import.yes_no")
			rep.BadRows++
			continue
		}
		if rep.fieldErrors(row.Line, u.Validate(), row.Column) {
			continue
		}
		if first := list[u.Code]; first != nil {
			rep.bad(row.Line, row.Column("code"), "city.import.duplicate", "n", first.row)
			rep.BadRows++
			continue
		}
		list[u.Code] = &unit{u: u, row: row.Line, parent: line(row.Get("parent"))}
		order = append(order, u.Code)
	}
	hasParent := t.Has("parent")
	if hasParent {
		for _, code := range order {
			up[code] = list[code].parent
		}
	}
	fail := func(n *unit, key string, args ...any) {
		if !n.bad {
			n.bad = true
			rep.bad(n.row, t.heads["parent"], key, args...)
			rep.BadRows++
		}
	}
	// A bad parent makes its children bad; look again until nothing changes.
	for again := true; again; {
		again = false
		for _, code := range order {
			n := list[code]
			if n.bad || n.parent == "" || !hasParent {
				continue
			}
			p := list[n.parent]
			if p != nil && !p.bad {
				continue
			}
			if _, known := idOf[n.parent]; !known {
				again = true
				if p == nil {
					fail(n, "city.import.parent_unknown", "code", n.parent)
				} else {
					fail(n, "city.import.parent_bad", "code", n.parent)
				}
			}
		}
	}
	for _, code := range order {
		n := list[code]
		seen := map[string]bool{code: true}
		for p := up[code]; p != "" && !n.bad; p = up[p] {
			if seen[p] {
				if p == code {
					fail(n, "city.import.ring")
				}
				break
			}
			seen[p] = true
		}
	}
	// A child of a ring is no better off.
	for again := true; again; {
		again = false
		for _, code := range order {
			n := list[code]
			if p := list[n.parent]; hasParent && !n.bad && p != nil && p.bad {
				if _, known := idOf[n.parent]; !known {
					fail(n, "city.import.parent_bad", "code", n.parent)
					again = true
				}
			}
		}
	}
	// Parents before children: insert gives a new unit the number -1, -2… until
	// the database gives it a real one.
	var out []incoming[Unit]
	next := int64(0)
	var put func(code string)
	put = func(code string) {
		n := list[code]
		if n == nil || n.done || n.bad {
			return
		}
		n.done = true
		if hasParent && n.parent != "" {
			put(n.parent)
			id := idOf[n.parent]
			n.u.ParentID = &id
		}
		if _, known := idOf[code]; !known {
			next--
			idOf[code] = next
		}
		out = append(out, incoming[Unit]{n.row, code, func(u *Unit) {
			u.Code, u.NameUK = n.u.Code, n.u.NameUK
			if hasParent {
				u.ParentID = n.u.ParentID
			}
			for name, set := range map[string]func(){
				"name_en": func() { u.NameEN = n.u.NameEN }, "phone": func() { u.Phone = n.u.Phone },
				"email": func() { u.Email = n.u.Email }, "address": func() { u.Address = n.u.Address },
			} {
				if t.Has(name) {
					set()
				}
			}
			if t.Has("active") || u.ID == 0 {
				u.Active = n.u.Active
			}
		}})
	}
	for _, code := range order {
		put(code)
	}
	// An old unit that moves below a new one must wait for its number, so such a
	// file comes in two steps: first the new units, then the move.
	out = slices.DeleteFunc(out, func(in incoming[Unit]) bool {
		n := list[in.key]
		if idOf[in.key] > 0 && n.u.ParentID != nil && *n.u.ParentID < 0 {
			fail(n, "city.import.parent_new", "code", n.parent)
			return true
		}
		return false
	})
	return out, keyOf, false, nil
}

// readStreets reads streets whose points must lie within the community.
func readStreets(shapes []shape) reader[Street] {
	return func(raw []byte, _ []Street, rep *Report) ([]incoming[Street], func(Street) string, bool, error) {
		return streetRows(raw, rep, shapes)
	}
}

func streetRows(raw []byte, rep *Report, shapes []shape) ([]incoming[Street], func(Street) string, bool, error) {
	keyOf := func(s Street) string { return s.Kind + "|" + Normalise(s.Name) }
	t, err := ReadTable(raw, rep, map[string][]string{
		"kind":      {"kind", "type", "тип", "вид"},
		"name":      {"name", "назва", "вулиця"},
		"old_names": {"old_names", "old", "колишні назви", "старі назви", "стара назва"},
		"lat":       {"lat", "latitude", "широта"},
		"lon":       {"lon", "lng", "longitude", "довгота"},
		"active":    {"active", "діє"},
	}, "name")
	if err != nil {
		return nil, keyOf, false, err
	}
	if t.Fatal {
		return nil, keyOf, true, nil
	}
	seen := map[string]int{}
	var out []incoming[Street]
	for _, row := range t.Rows {
		rep.Rows++
		n := len(rep.Bad)
		s := Street{Name: row.Get("name")}
		s.Active = true
		if row.Get("kind") != "" {
			s.Kind = streetKindOf(row.Get("kind"))
			if s.Kind == "" {
				rep.bad(row.Line, row.Column("kind"), "city.err.street_kind")
			}
		} else {
			s.Kind, s.Name = splitKind(s.Name)
		}
		for _, o := range strings.Split(row.Get("old_names"), "|") {
			s.OldNames = append(s.OldNames, o)
		}
		var ok bool
		if s.Active, ok = yes(row.Get("active")); !ok {
			rep.bad(row.Line, row.Column("active"), "city.import.yes_no")
		}
		if s.Lat, ok = number(row.Get("lat")); !ok {
			rep.bad(row.Line, row.Column("lat"), "city.err.number")
		}
		if s.Lon, ok = number(row.Get("lon")); !ok {
			rep.bad(row.Line, row.Column("lon"), "city.err.number")
		}
		if len(rep.Bad) > n {
			rep.BadRows++
			continue
		}
		s.tidy()
		if rep.fieldErrors(row.Line, s.Validate(), row.Column) || rep.fieldErrors(row.Line, s.within(shapes), row.Column) {
			continue
		}
		key := keyOf(s)
		if first, dup := seen[key]; dup {
			rep.bad(row.Line, row.Column("name"), "city.import.duplicate", "n", first)
			rep.BadRows++
			continue
		}
		seen[key] = row.Line
		out = append(out, incoming[Street]{row.Line, key, func(v *Street) {
			v.Kind = s.Kind
			if v.ID == 0 || Normalise(v.Name) != Normalise(s.Name) || v.Name != s.Name {
				v.Name = s.Name
			}
			if t.Has("old_names") {
				v.OldNames = s.OldNames
			}
			if t.Has("lat") && (s.Lat != nil || v.ID == 0) {
				v.Lat, v.Lon = s.Lat, s.Lon
			}
			if t.Has("active") || v.ID == 0 {
				v.Active = s.Active
			}
		}})
	}
	return out, keyOf, false, nil
}

// streetKindOf finds the type by its word or short form, empty when there is none.
func streetKindOf(s string) string {
	n := Normalise(s)
	for _, k := range streetKinds {
		if Normalise(k.name) == n || slices.Contains(k.words, n) {
			return k.name
		}
	}
	return ""
}

// splitKind parts «вул. Київська» or «Київське шосе»; a name without a type is
// of a «вулиця».
func splitKind(s string) (kind, name string) {
	words := strings.Fields(line(s))
	if len(words) > 1 {
		if k := streetKindOf(words[0]); k != "" {
			return k, strings.Join(words[1:], " ")
		}
		if k := streetKindOf(words[len(words)-1]); k != "" {
			return k, strings.Join(words[:len(words)-1], " ")
		}
	}
	return streetKinds[0].name, line(s)
}

// readDistricts reads boundaries that must fit each other, the register and its streets.
func readDistricts(streets []Street) reader[District] {
	return func(raw []byte, old []District, rep *Report) ([]incoming[District], func(District) string, bool, error) {
		return districtRows(raw, old, rep, streets)
	}
}

func districtRows(raw []byte, old []District, rep *Report, streets []Street) ([]incoming[District], func(District) string, bool, error) {
	keyOf := districtKey
	var fc struct {
		Type     string            `json:"type"`
		Features []json.RawMessage `json:"features"`
		CRS      struct {          // of GeoJSON before RFC 7946
			Properties struct{ Name string }
		} `json:"crs"`
	}
	raw, err := decode(raw)
	if err != nil {
		return nil, keyOf, false, err
	}
	if err := json.Unmarshal(raw, &fc); err != nil || fc.Type != "FeatureCollection" {
		return nil, keyOf, false, errs.Invalid("city.import.geojson")
	}
	if name := fc.CRS.Properties.Name; name != "" && !degrees.MatchString(name) {
		return nil, keyOf, false, errs.Invalid("city.import.crs", "crs", line(name))
	}
	if len(fc.Features) == 0 {
		return nil, keyOf, false, errs.Invalid("city.import.empty")
	}
	if len(fc.Features) > 1000 {
		return nil, keyOf, false, errs.Invalid("city.import.too_many", "n", 1000)
	}
	seen := map[string]int{}
	points := 0
	var out []incoming[District]
	var rows []surveyed
	column := func(s string) string { return s }
	community := communityOf(old)
	for i, rf := range fc.Features {
		row := i + 1
		rep.Rows++
		var f struct {
			Type       string          `json:"type"`
			Properties map[string]any  `json:"properties"`
			Geometry   json.RawMessage `json:"geometry"`
		}
		if err := json.Unmarshal(rf, &f); err != nil || f.Type != "Feature" {
			rep.bad(row, "", "city.import.feature")
			rep.BadRows++
			continue
		}
		prop := func(names ...string) string {
			for _, n := range names {
				switch v := f.Properties[n].(type) {
				case string:
					if strings.TrimSpace(v) != "" {
						return v
					}
				case float64:
					b, _ := json.Marshal(v)
					return string(b)
				}
			}
			return ""
		}
		d := District{
			Kind: DistrictKind(prop("kind")), Code: prop("code", "katottg", "katotth", "number", "код"),
			NameUK: prop("name_uk", "name:uk", "name", "назва"), NameEN: prop("name_en", "name:en"), Geometry: f.Geometry,
		}
		switch d.Kind { // the words of OpenStreetMap extracts
		case "hromada":
			d.Kind = Community
		case "city", "village", "settlement":
			d.Kind = Settlement
		case "city_district", "borough":
			d.Kind = CityDistrict
		}
		d.tidy()
		d.Active = true
		if d.Geometry == nil {
			rep.bad(row, "geometry", "city.geo.empty")
			rep.BadRows++
			continue
		}
		if points += bytes.Count(d.Geometry, []byte("[")); points > maxFilePoints {
			return nil, keyOf, false, errs.Invalid("city.import.points", "n", maxFilePoints)
		}
		if rep.fieldErrors(row, d.Validate(), column) {
			continue
		}
		if key, args := judgeCode(d.Code, community); key != "" && d.Kind != Community && d.Kind != Constituency && strings.HasPrefix(d.Code, "UA") {
			rep.bad(row, "code", key, args...)
			rep.BadRows++
			continue
		}
		if g, err := compactJSON(d.Geometry); err == nil {
			d.Geometry = g
		}
		key := keyOf(d)
		if first, dup := seen[key]; dup {
			rep.bad(row, "code", "city.import.duplicate", "n", first)
			rep.BadRows++
			continue
		}
		seen[key] = row
		mp, err := d.Shape()
		if err != nil {
			return nil, keyOf, false, err
		}
		rows = append(rows, surveyed{d, newPlot(mp), row})
		out = append(out, incoming[District]{row, key, func(v *District) {
			v.Kind, v.Code, v.NameUK = d.Kind, d.Code, d.NameUK
			if d.NameEN != "" {
				v.NameEN = d.NameEN
			}
			if v.ID != 0 && sameJSON(v.Geometry, d.Geometry) {
				return
			}
			v.Geometry = d.Geometry
			if v.ID == 0 {
				v.Active = true
			}
		}})
	}
	stand := newSurvey(rows, old, streets).run(func(row int, column, key string, args ...any) {
		rep.bad(row, column, key, args...)
		rep.BadRows++
	})
	out = slices.DeleteFunc(out, func(in incoming[District]) bool { return !stand[in.key] })
	return out, keyOf, false, nil
}

// degrees are the names of WGS 84 in degrees; CRS84 is what GeoJSON is in.
var degrees = regexp.MustCompile(`(?i)(crs:?84|epsg::?4326)$`)

// communityOf is the code of the community that the register leads.
func communityOf(old []District) string {
	for _, d := range old {
		if d.Kind == Community && d.Active {
			return d.Code
		}
	}
	return CommunityCode
}

func compactJSON(raw json.RawMessage) (json.RawMessage, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func sameJSON(a, b json.RawMessage) bool {
	x, err1 := compactJSON(a)
	y, err2 := compactJSON(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

// readKATOTTG takes the community, its settlements and its city districts out of
// the codifier (наказ Мінрегіону 290 of 2020): five columns of codes by level,
// the category and the name. Boundaries are not in it.
func readKATOTTG(raw []byte, old []District, rep *Report) ([]incoming[District], func(District) string, bool, error) {
	keyOf := districtKey
	t, err := ReadTable(raw, rep, map[string][]string{
		"1":        {"перший рівень", "level1"},
		"2":        {"другий рівень", "level2"},
		"3":        {"третій рівень", "level3"},
		"4":        {"четвертий рівень", "level4"},
		"5":        {"додатковий рівень", "level5"},
		"category": {"категорія об’єкта", "категорія об'єкта", "категорія", "category"},
		"name":     {"назва об’єкта", "назва об'єкта", "назва", "name"},
	}, "3", "4", "5", "category", "name")
	if err != nil {
		return nil, keyOf, false, err
	}
	if t.Fatal {
		return nil, keyOf, true, nil
	}
	community := communityOf(old)
	seen := map[string]int{}
	var out []incoming[District]
	for _, row := range t.Rows {
		rep.Rows++
		if strings.TrimSpace(row.Get("3")) != community {
			rep.Ignored++
			continue
		}
		d := District{NameUK: row.Get("name")}
		d.Active = true
		level := ""
		switch cat := strings.ToUpper(strings.TrimSpace(row.Get("category"))); cat {
		case "H", "Н": // hromada; the Cyrillic letter is met too
			d.Kind, level = Community, "3"
			d.NameUK += " громада"
		case "M", "М", "X", "Х", "T", "Т", "C", "С":
			d.Kind, level = Settlement, "4"
		case "B", "В":
			d.Kind, level = CityDistrict, "5"
			d.NameUK += " район"
		default:
			rep.bad(row.Line, row.Column("category"), "city.import.category")
			rep.BadRows++
			continue
		}
		d.Code = row.Get(level)
		d.tidy()
		if rep.fieldErrors(row.Line, d.Validate(), func(s string) string {
			if s == "code" {
				return row.Column(level)
			}
			return row.Column("name")
		}) {
			continue
		}
		if key, args := judgeCode(d.Code, community); key != "" {
			rep.bad(row.Line, row.Column(level), key, args...)
			rep.BadRows++
			continue
		}
		key := keyOf(d)
		if first, dup := seen[key]; dup {
			rep.bad(row.Line, row.Column(level), "city.import.duplicate", "n", first)
			rep.BadRows++
			continue
		}
		seen[key] = row.Line
		out = append(out, incoming[District]{row.Line, key, func(v *District) {
			if v.ID == 0 {
				v.Active = true
			}
			v.Kind, v.Code = d.Kind, d.Code
			// «Житомирська» of the codifier does not unname «Житомирська міська громада».
			if v.ID == 0 || d.Kind == Settlement {
				v.NameUK = d.NameUK
			}
		}})
	}
	if len(out) == 0 && rep.BadRows == 0 {
		return nil, keyOf, false, errs.Invalid("city.import.no_community", "code", community)
	}
	return out, keyOf, false, nil
}

// judgeCode says what is wrong with a code of КАТОТТГ. A part of a community bears its
// oblast, raion and community in the first seven digits (наказ Мінрегіону 290 of 2020).
func judgeCode(code, community string) (key string, args []any) {
	const own = len("UA1804019")
	switch {
	case !katottgForm(code):
		return "city.import.katottg_code", nil
	case katottgForm(community) && code[:own] != community[:own]:
		return "city.import.katottg_other", []any{"start", community[:own]}
	}
	return "", nil
}

func katottgForm(code string) bool {
	if len(code) != 19 || code[:2] != "UA" {
		return false
	}
	for _, r := range code[2:] {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
