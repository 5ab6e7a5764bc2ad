package city

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"

	"github.com/paulmach/orb"

	"ereception/internal/platform/db"
)

// parallels is along how many lines two boundaries are compared. A share is exact
// to about one part of them; boundaries drawn by different hands differ by less
// than tolerance.
const (
	parallels = 400
	tolerance = 0.01
)

// spans gives where the parallel y runs inside the area, from west to east: odd
// numbers begin a stretch, even ones end it.
func (a area) spans(y float64, into []float64) []float64 {
	into = into[:0]
	for _, rings := range a {
		for _, r := range rings {
			if y < r.bound.Min[1] || y > r.bound.Max[1] {
				continue
			}
			for _, e := range r.bands[r.band(y)] {
				if (e.a[1] > y) != (e.b[1] > y) {
					into = append(into, (e.b[0]-e.a[0])*(y-e.a[1])/(e.b[1]-e.a[1])+e.a[0])
				}
			}
		}
	}
	slices.Sort(into)
	return into
}

// common is the length that two rows of stretches have in common.
func common(a, b []float64) (sum float64) {
	for len(a) > 1 && len(b) > 1 {
		if l := min(a[1], b[1]) - max(a[0], b[0]); l > 0 {
			sum += l
		}
		if a[1] < b[1] {
			a = a[2:]
		} else {
			b = b[2:]
		}
	}
	return sum
}

// plot is a boundary that is compared with others.
type plot struct {
	bound orb.Bound
	area  area
}

func newPlot(mp orb.MultiPolygon) plot { return plot{mp.Bound(), newArea(mp)} }

// within is the share of p that lies in q, from 0 to 1.
func (p plot) within(q plot) float64 {
	if !p.bound.Intersects(q.bound) {
		return 0
	}
	var own, both float64
	var a, b []float64
	low, high := p.bound.Min[1], p.bound.Max[1]
	for i := range parallels {
		y := low + (float64(i)+0.5)/parallels*(high-low)
		a, b = p.area.spans(y, a), q.area.spans(y, b)
		own += common(a, a)
		both += common(a, b)
	}
	if own == 0 {
		return 0
	}
	return both / own
}

// percent shows a share that is above the tolerance; 0.4 per cent is none.
func percent(share float64) int { return max(1, int(share*100+0.5)) }

// surveyed is a district with its boundary prepared: of a file when it has a row,
// else of the register.
type surveyed struct {
	District
	plot
	row int
}

func (d surveyed) key() string { return districtKey(d.District) }

func districtKey(d District) string { return string(d.Kind) + "|" + d.Code }

// survey compares the districts of a file with each other and with the register: one
// community, everything within it, no two parts of one kind over each other (a point
// in two districts would reach one of two units by chance), and nothing of the
// register left outside by a new boundary.
type survey struct {
	rows     []surveyed // of the file, those that stand
	register []surveyed // the active ones with a boundary
	streets  []Street   // the active ones with a point
	home     string     // the key of the one community; empty while there is none
	shares   map[[2]string]float64
}

func newSurvey(rows []surveyed, old []District, streets []Street) *survey {
	v := &survey{rows: slices.Clone(rows), streets: streets, shares: map[[2]string]float64{}}
	for _, d := range old {
		if !d.Active {
			continue
		}
		if d.Kind == Community && v.home == "" {
			v.home = districtKey(d)
		}
		if mp, err := d.Shape(); err == nil && len(mp) > 0 { // what cannot be read is compared with nothing
			v.register = append(v.register, surveyed{d, newPlot(mp), 0})
		}
	}
	for _, d := range v.rows {
		if d.Kind == Community && v.home == "" {
			v.home = d.key()
		}
	}
	// The community is judged before what must lie within it.
	slices.SortStableFunc(v.rows, func(a, b surveyed) int { return cmp.Compare(b2i(b.key() == v.home), b2i(a.key() == v.home)) })
	return v
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// run names what is wrong with rows and gives the keys of those that stand. A row that
// falls leaves in force what the register holds in its place, so the others are judged
// once more.
func (v *survey) run(bad func(row int, column, key string, args ...any)) map[string]bool {
	for again := true; again; {
		again = false
		for i := 0; i < len(v.rows); {
			d := v.rows[i]
			column, key, args := v.judge(d)
			if key == "" {
				i++
				continue
			}
			bad(d.row, column, key, args...)
			v.rows = slices.Delete(v.rows, i, i+1)
			again = again || slices.ContainsFunc(v.register, func(o surveyed) bool { return o.key() == d.key() })
		}
	}
	stand := map[string]bool{}
	for _, d := range v.rows {
		stand[d.key()] = true
	}
	return stand
}

// others gives what would stand beside d: the rows before it, and of the register
// what the file does not replace.
func (v *survey) others(d surveyed) iter.Seq[surveyed] {
	return func(yield func(surveyed) bool) {
		replaced := map[string]bool{}
		for _, o := range v.rows {
			replaced[o.key()] = true
			if o.row < d.row && !yield(o) {
				return
			}
		}
		for _, o := range v.register {
			if !replaced[o.key()] && !yield(o) {
				return
			}
		}
	}
}

func (v *survey) judge(d surveyed) (column, key string, args []any) {
	if d.Kind == Community {
		if d.key() != v.home {
			return "kind", "city.import.second_community", []any{"code", v.home[len(Community)+1:]}
		}
		key, args = v.leaves(d)
		return "geometry", key, args
	}
	if ground := v.find(v.home); ground != nil {
		if out := 1 - v.share(d, *ground); out > tolerance {
			return "geometry", "city.geo.outside", []any{"n", percent(out)}
		}
	}
	for o := range v.others(d) {
		if o.Kind != d.Kind || !o.bound.Intersects(d.bound) {
			continue
		}
		if n := max(v.share(d, o), v.share(o, d)); n > tolerance {
			return "geometry", "city.geo.overlap", []any{"name", o.NameUK, "n", percent(n)}
		}
	}
	return "", "", nil
}

// find gives the district of a key as it would be.
func (v *survey) find(key string) *surveyed {
	for _, list := range [][]surveyed{v.rows, v.register} {
		if i := slices.IndexFunc(list, func(d surveyed) bool { return d.key() == key }); i >= 0 {
			return &list[i]
		}
	}
	return nil
}

// share is the share of a that lies in b, counted once.
func (v *survey) share(a, b surveyed) float64 {
	pair := [2]string{strconv.Itoa(a.row) + a.key(), strconv.Itoa(b.row) + b.key()}
	n, known := v.shares[pair]
	if !known {
		n = a.within(b.plot)
		v.shares[pair] = n
	}
	return n
}

// leaves says what of the register a new boundary of the community would leave
// outside: a district that the file does not bring anew, or streets.
func (v *survey) leaves(d surveyed) (key string, args []any) {
	var before *surveyed
	for i, o := range v.register {
		switch {
		case o.key() == d.key():
			before = &v.register[i]
		case o.Kind != Community && !slices.ContainsFunc(v.rows, func(x surveyed) bool { return x.key() == o.key() }):
			if out := 1 - v.share(o, d); out > tolerance {
				return "city.geo.leaves_district", []any{"name", o.NameUK, "n", percent(out)}
			}
		}
	}
	n, name := 0, ""
	for _, s := range v.streets {
		at := orb.Point{*s.Lon, *s.Lat}
		if d.area.contains(at) || before != nil && !before.area.contains(at) { // that one was outside before
			continue
		}
		if n++; n == 1 {
			name = s.Label()
		}
	}
	if n > 0 {
		return "city.geo.leaves_streets", []any{"n", n, "name", name}
	}
	return "", nil
}

// placedStreets lists the active streets that have a point.
func placedStreets(ctx context.Context, d *db.DB) (list []Street, err error) {
	err = d.Read(ctx).Where("active AND lat IS NOT NULL AND lon IS NOT NULL").Order("id").Find(&list).Error
	return list, err
}
