package city

import (
	"context"
	"database/sql/driver"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Street is a street of the register. Kind is the word of its type («вулиця»,
// «провулок»…); OldNames are the names it bore, by which people still look for
// it. Lat and Lon are a point on it or near it, nil when none is known.
type Street struct {
	Record   `gorm:"embedded"`
	Kind     string
	Name     string
	OldNames Strings `gorm:"type:text[]"`
	Search   string  `json:"-"`
	Lat      *float64
	Lon      *float64
}

// Strings is a text[] of PostgreSQL.
type Strings []string

// Scan reads what PostgreSQL sends.
func (s *Strings) Scan(v any) error {
	var out []string
	if err := pgtype.NewMap().SQLScanner(&out).Scan(v); err != nil {
		return err
	}
	*s = out
	return nil
}

// Value writes the array form.
func (s Strings) Value() (driver.Value, error) {
	if s == nil {
		s = Strings{}
	}
	b, err := pgtype.NewMap().Encode(pgtype.TextArrayOID, pgtype.TextFormatCode, []string(s), nil)
	return string(b), err
}

// streetKind is a type of street with its short form and the words people use.
type streetKind struct {
	name, short string
	words       []string
}

var streetKinds = []streetKind{
	{"вулиця", "вул.", []string{"вул", "вулиця", "вулиці", "вулицю", "ул", "улица"}},
	{"провулок", "пров.", []string{"пров", "провулок", "провулку", "пер", "переулок"}},
	{"проспект", "просп.", []string{"просп", "проспект", "проспекту", "пр", "пр т", "прт", "пр кт"}},
	{"бульвар", "бульв.", []string{"бульв", "бульвар", "бул", "бр", "б р"}},
	{"майдан", "майдан", []string{"майдан", "майдані", "м н"}},
	{"площа", "пл.", []string{"пл", "площа", "площі", "площадь"}},
	{"проїзд", "проїзд", []string{"проізд", "прв"}},
	{"узвіз", "узвіз", []string{"узвіз", "узв"}},
	{"шосе", "шосе", []string{"шосе", "ш"}},
	{"набережна", "наб.", []string{"набережна", "наб"}},
	{"тупик", "туп.", []string{"тупик", "туп"}},
	{"алея", "алея", []string{"алея"}},
	{"в’їзд", "в’їзд", []string{"візд"}},
	{"площадка", "площадка", []string{"площадка"}},
}

// StreetKinds lists the types of streets, the most frequent first.
func StreetKinds() []string {
	out := make([]string, len(streetKinds))
	for i, k := range streetKinds {
		out[i] = k.name
	}
	return out
}

// Label is the street as it is written: «вул. Київська», «майдан Соборний».
func (s Street) Label() string {
	for _, k := range streetKinds {
		if k.name == s.Kind {
			return k.short + " " + s.Name
		}
	}
	return s.Kind + " " + s.Name
}

func (s *Street) tidy() {
	s.Kind, s.Name = line(s.Kind), line(s.Name)
	old := Strings{} // not nil: an empty array reads back as one, and is no change
	for _, n := range s.OldNames {
		if n = line(n); n != "" && n != s.Name && !slices.Contains(old, n) {
			old = append(old, n)
		}
	}
	s.OldNames = old
	s.Search = searchText(s.Name, old)
}

// searchText begins every word with a space, so that «LIKE '% word%'» finds the
// beginnings of words, and parts the names with a bar.
func searchText(name string, old []string) string {
	parts := []string{Normalise(name)}
	for _, o := range old {
		parts = append(parts, Normalise(o))
	}
	return " " + strings.Join(parts, " | ")
}

// Validate judges what was typed: errs.Invalid with the fields at fault.
func (s *Street) Validate() error {
	e := errs.Fields()
	if !slices.ContainsFunc(streetKinds, func(k streetKind) bool { return k.name == s.Kind }) {
		e.With("kind", "city.err.street_kind")
	}
	must(e, "name", s.Name, maxName)
	if s.Name != "" && Normalise(s.Name) == "" {
		e.With("name", "city.err.required")
	}
	if len(s.OldNames) > 20 {
		e.With("old_names", "city.err.too_many", "n", 20)
	}
	for _, o := range s.OldNames {
		atMost(e, "old_names", o, maxName)
	}
	if (s.Lat == nil) != (s.Lon == nil) {
		e.With("lat", "city.err.point")
	}
	if s.Lat != nil && !(*s.Lat >= -90 && *s.Lat <= 90) {
		e.With("lat", "city.err.point")
	}
	if s.Lon != nil && !(*s.Lon >= -180 && *s.Lon <= 180) {
		e.With("lon", "city.err.point")
	}
	return e.OrNil()
}

func (s *Street) check(tx *db.Tx) error {
	if s.Lat == nil || s.Lon == nil {
		return nil
	}
	var list []District
	if err := tx.Where("kind = ? AND active", Community).Find(&list).Error; err != nil {
		return err
	}
	shapes, err := shapesOf(list)
	if err != nil {
		return err
	}
	return s.within(shapes)
}

// within demands that the point lies in the community: the form takes the point of
// a street for that of its addresses. Without a boundary in the register any does.
func (s *Street) within(shapes []shape) error {
	known := slices.ContainsFunc(shapes, func(x shape) bool { return x.district.Kind == Community })
	if !known || s.Lat == nil || s.Lon == nil || locate(shapes, *s.Lat, *s.Lon).Inside {
		return nil
	}
	if locate(shapes, *s.Lon, *s.Lat).Inside {
		return errs.Fields().With("lat", "city.err.point_swapped")
	}
	return errs.Fields().With("lat", "city.err.point_outside")
}

func (s *Street) columns() map[string]any {
	return map[string]any{
		"kind": s.Kind, "name": s.Name, "old_names": s.OldNames, "search": s.Search, "lat": s.Lat, "lon": s.Lon,
	}
}

func (s *Street) taken(constraint string) error {
	if constraint == "streets_kind_name_key" {
		return errs.Fields().With("name", "city.err.street_taken")
	}
	return nil
}

// Street gives one street; errs.NotFound.
func (c *City) Street(ctx context.Context, id int64) (Street, error) { return find[Street](ctx, c, id) }

// CreateStreet adds a street.
func (c *City) CreateStreet(ctx context.Context, a authz.Actor, s Street) (Street, error) {
	return create(ctx, c, a, s)
}

// UpdateStreet changes a street; errors as in UpdateUnit. When the name changes,
// the old one joins OldNames.
func (c *City) UpdateStreet(ctx context.Context, a authz.Actor, s Street) (Street, error) {
	if was, err := c.Street(ctx, s.ID); err == nil && was.Version == s.Version && Normalise(was.Name) != Normalise(s.Name) {
		s.OldNames = append(slices.Clone(s.OldNames), was.Name)
	}
	return update(ctx, c, a, s)
}

// SetStreetActive takes a street out of use or back.
func (c *City) SetStreetActive(ctx context.Context, a authz.Actor, id int64, version int, active bool) error {
	return setActive[Street](ctx, c, a, id, version, active, nil)
}

// SplitAddress parts an address as people type it into the street and the house
// number: «м. Житомир, вул. Київська, 12-А, кв. 4» gives «вул. Київська» and «12-А, кв. 4».
func SplitAddress(s string) (street, house string) {
	s = line(s)
	parts := strings.Split(s, ",")
	kept := parts[:0]
	for _, p := range parts {
		p = strings.TrimSpace(p)
		if n := Normalise(p); p == "" || n == "м житомир" || n == "місто житомир" || n == "житомир" || n == "м zhytomyr" || n == "zhytomyr" {
			continue
		}
		kept = append(kept, p)
	}
	if len(kept) == 0 {
		return "", ""
	}
	if len(kept) > 1 {
		return kept[0], strings.Join(kept[1:], ", ")
	}
	if m := houseTail.FindStringSubmatch(kept[0]); m != nil {
		return strings.TrimSpace(m[1]), strings.TrimSpace(m[2])
	}
	return kept[0], ""
}

// A house number stands at the end and begins with a digit; «1-й Київський» does
// not, and in «Йоана Павла ІІ» the number is Roman.
var houseTail = regexp.MustCompile(`^(.*?\pL[\pL’.]*)\s+((?:буд\.?\s*|б\.\s*|№\s*)?\d+\s?[-/]?\s?[\d\pL]{0,3}(?:\s*(?:к|корп|кв|прим)\.?\s*\d+)?)$`)

// streetQuery is what is looked for: the words, and the type when it was named.
type streetQuery struct {
	words []string
	kind  string
}

func parseStreetQuery(q string) streetQuery {
	street, _ := SplitAddress(q)
	words := strings.Fields(Normalise(cyrillic(street)))
	var out streetQuery
	cut := func(n int, w string, fromEnd bool) bool {
		for _, k := range streetKinds {
			if slices.Contains(k.words, w) {
				out.kind = k.name
				if fromEnd {
					words = words[:len(words)-n]
				} else {
					words = words[n:]
				}
				return true
			}
		}
		return false
	}
	// «б-р» and «пр-т» come as two words.
	switch {
	case len(words) > 1 && cut(2, words[0]+" "+words[1], false):
	case len(words) > 0 && cut(1, words[0], false):
	case len(words) > 1 && cut(1, words[len(words)-1], true):
	}
	out.words = words
	return out
}

// SuggestStreets finds streets for what a person has typed so far, best first:
// names that begin with it, then names in which every word is the beginning of a
// word (in any order, old names too), then names alike, for misprints. The type
// of street and a house number in the query do no harm.
func (c *City) SuggestStreets(ctx context.Context, q string, limit int) ([]Street, error) {
	return c.searchStreets(ctx, q, min(max(limit, 1), 50), 0, true)
}

const similar = 0.45 // below this pg_trgm finds streets that nobody meant

func (c *City) searchStreets(ctx context.Context, q string, limit, offset int, active bool) ([]Street, error) {
	if len(q) > 400 {
		return nil, nil
	}
	want := parseStreetQuery(q)
	text := strings.Join(want.words, " ")
	sql := `SELECT id, kind, name, old_names, lat, lon, active, demo, version, created_at FROM streets`
	var args []any
	switch {
	case text != "":
		sql += ` WHERE (`
		for i, w := range want.words {
			if i > 0 {
				sql += ` AND `
			}
			sql += `search LIKE ?`
			args = append(args, "% "+w+"%")
		}
		sql += ` OR word_similarity(?, search) >= ?)`
		args = append(args, text, similar)
	case want.kind != "":
		sql += ` WHERE kind = ?`
		args = append(args, want.kind)
	case active:
		return nil, nil // nothing to suggest for nothing
	default:
		sql += ` WHERE true`
	}
	if active {
		sql += ` AND active`
	}
	sql += ` ORDER BY `
	if text != "" {
		sql += `CASE WHEN search LIKE ? THEN 0 WHEN ` + strings.TrimSuffix(strings.Repeat(`search LIKE ? AND `, len(want.words)), " AND ") + ` THEN 1 ELSE 2 END, `
		args = append(args, " "+text+"%")
		for _, w := range want.words {
			args = append(args, "% "+w+"%")
		}
		sql += `(kind = ?) DESC, word_similarity(?, search) DESC, `
		args = append(args, want.kind, text)
	}
	sql += `length(name) * (CASE WHEN ? THEN 1 ELSE 0 END), name, kind LIMIT ? OFFSET ?`
	args = append(args, text != "", limit, offset)
	var out []Street
	err := c.db.Read(ctx).Raw(sql, args...).Scan(&out).Error
	return out, err
}

// Streets lists the streets for the register, found as in SuggestStreets or,
// without a query, all by name; those out of use too. more says whether there
// are others after these.
func (c *City) Streets(ctx context.Context, q string, limit, offset int) (list []Street, more bool, err error) {
	list, err = c.searchStreets(ctx, q, limit+1, offset, false)
	if len(list) > limit {
		return list[:limit], true, err
	}
	return list, false, err
}

// CountStreets counts the streets of the register.
func (c *City) CountStreets(ctx context.Context) (int, error) {
	var n int
	err := c.db.ReadPool().QueryRow(ctx, "SELECT count(*) FROM streets").Scan(&n)
	return n, err
}

// FindStreet gives the street that an address names exactly, nil when it names
// none or could mean several.
func (c *City) FindStreet(ctx context.Context, address string) (*Street, error) {
	want := parseStreetQuery(address)
	list, err := c.SuggestStreets(ctx, address, 20)
	if err != nil {
		return nil, err
	}
	name := strings.Join(want.words, " ")
	var found []Street
	for _, s := range list {
		if (want.kind == "" || want.kind == s.Kind) && slices.Contains(strings.Split(strings.TrimSpace(searchText(s.Name, s.OldNames)), " | "), name) {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		return nil, nil
	}
	return &found[0], nil
}

// Point is a place on the map. Approximate says that it is somewhere on the
// street, not at the house: the register knows no houses.
type Point struct {
	Lat, Lon    float64
	Approximate bool
}

// Geocode gives a point for an address, ok is false when the register knows
// none within the community: nobody is to be told that a point is outside when he
// has set none. The point is that of the street, so it is approximate and the page
// says «приблизно».
func (c *City) Geocode(ctx context.Context, address string) (p Point, ok bool, err error) {
	s, err := c.FindStreet(ctx, address)
	if err != nil || s == nil || s.Lat == nil || s.Lon == nil {
		return Point{}, false, err
	}
	if at, err := c.Locate(ctx, *s.Lat, *s.Lon); err != nil || !at.Inside {
		return Point{}, false, err
	}
	return Point{Lat: *s.Lat, Lon: *s.Lon, Approximate: true}, true, nil
}
