package admin

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/simplify"

	"ereception/internal/city"
	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
)

const (
	drawWidth  = 640.0
	drawHeight = 420.0
	drawMargin = 8.0
)

// drawing draws the boundaries of districts; nil when none has one. current is
// the district that stands out.
func drawing(ctx context.Context, list []city.District, current int64) (*admin.Map, error) {
	var bound orb.Bound
	shapes := make([]orb.MultiPolygon, len(list))
	any := false
	for i, d := range list {
		mp, err := d.Shape()
		if err != nil {
			return nil, err
		}
		shapes[i] = mp
		if len(mp) == 0 {
			continue
		}
		if !any {
			bound, any = mp.Bound(), true
		} else {
			bound = bound.Union(mp.Bound())
		}
	}
	if !any {
		return nil, nil
	}
	// A plane whose horizontal unit is as long as the vertical one at this latitude.
	k := math.Cos(bound.Center().Lat() * math.Pi / 180)
	w, h := (bound.Max[0]-bound.Min[0])*k, bound.Max[1]-bound.Min[1]
	scale := min((drawWidth-2*drawMargin)/w, (drawHeight-2*drawMargin)/h)
	at := func(p orb.Point) orb.Point {
		return orb.Point{drawMargin + (p[0]-bound.Min[0])*k*scale, drawMargin + (bound.Max[1]-p[1])*scale}
	}
	loc := i18n.Locale(ctx)
	m := &admin.Map{Source: i18n.T(ctx, "admin.districts.source")}
	var names []string
	for i, d := range list {
		if len(shapes[i]) == 0 {
			continue
		}
		var b strings.Builder
		var widest orb.Polygon // the label stands in it
		for _, poly := range shapes[i] {
			var fp orb.Polygon
			for _, ring := range poly {
				r := make(orb.Ring, len(ring))
				for j, p := range ring {
					r[j] = at(p)
				}
				r = simplify.DouglasPeucker(0.4).Ring(r)
				fp = append(fp, r)
				path(&b, r)
			}
			if planar.Area(fp) > planar.Area(widest) {
				widest = fp
			}
		}
		c, _ := planar.CentroidArea(widest)
		s := admin.Shape{Path: b.String(), Current: d.ID == current, X: num(c[0]), Y: num(c[1]), Label: d.Name(loc)}
		if d.Kind == city.Constituency {
			s.Label = "№\u00a0" + d.Code
		}
		names = append(names, d.Name(loc))
		if current != 0 && !s.Current {
			s.X = ""
		}
		m.Shapes = append(m.Shapes, s)
	}
	m.ViewBox = "0 0 " + num(2*drawMargin+w*scale) + " " + num(2*drawMargin+h*scale)
	m.Label = i18n.T(ctx, "admin.districts.map", "names", strings.Join(names, ", "))
	return m, nil
}

func path(b *strings.Builder, r orb.Ring) {
	for j, p := range r {
		switch j {
		case 0:
			b.WriteByte('M')
		case len(r) - 1:
			b.WriteByte('Z')
			continue
		default:
			b.WriteByte('L')
		}
		b.WriteString(num(p[0]))
		b.WriteByte(' ')
		b.WriteString(num(p[1]))
	}
}

func num(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }
