package maps

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/basemap"
	"ereception/internal/platform/i18n"
	page "ereception/templates/maps"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// found is what passed the filters.
type found struct {
	all    []Point // every public point, for the lists of choices
	points []Point // what the list and the map show
	counts map[string]int
	total  int // of every state
}

// find looks through the public points. A link to one appeal must show it even
// when it is older than the usual period, so the period of f may grow.
func (h *Handlers) find(ctx context.Context, f *filter) (found, error) {
	all, err := h.points.PublicPoints(ctx)
	if err != nil {
		return found{}, err
	}
	out := found{all: all, counts: map[string]int{}}
	now := h.clock.Now()
	if f.Selected != "" && !f.daysSet {
		if i := slices.IndexFunc(all, func(p Point) bool { return p.Number == f.Selected }); i >= 0 && !f.match(all[i], now) {
			f.Days = allDays
		}
	}
	for _, p := range all {
		if !f.match(p, now) {
			continue
		}
		out.total++
		out.counts[p.Group]++
		if f.State == "" || f.State == p.Group {
			out.points = append(out.points, p)
		}
	}
	return out, nil
}

func (h *Handlers) show(c echo.Context) error {
	f := readFilter(c)
	r, err := h.find(httpx.Ctx(c), &f)
	if err != nil {
		return err
	}
	p := httpx.Page(c, i18n.T(httpx.Ctx(c), "map.title"))
	p.Bleed, p.TightFooter = true, true
	v := mapPage(httpx.Ctx(c), f, r, h.report)
	v.Frame = p
	status := http.StatusOK
	// The link to one appeal is its public page. One that was taken from the map, one
	// that never was on it and an invented number look the same: not found.
	if v.Missing = f.Selected != "" && !slices.ContainsFunc(r.all, func(p Point) bool { return p.Number == f.Selected }); v.Missing {
		status, v.Frame.NoIndex = http.StatusNotFound, true
	}
	return httpx.Render(c, status, page.Show(v))
}

// GeoJSON of RFC 7946: points.json is also what the page offers to download.
type (
	collection struct {
		Type     string    `json:"type"`
		Features []feature `json:"features"`
	}
	feature struct {
		Type       string     `json:"type"`
		Geometry   geometry   `json:"geometry"`
		Properties properties `json:"properties"`
	}
	geometry struct {
		Type        string     `json:"type"`
		Coordinates [2]float64 `json:"coordinates"`
	}
	properties struct {
		Number     string `json:"number"`
		Title      string `json:"title"`
		State      string `json:"state"`
		StateLabel string `json:"state_label"`
		Topic      string `json:"topic"`
		Address    string `json:"address"`
		At         string `json:"at"`
		AtLabel    string `json:"at_label"`
		URL        string `json:"url"`
	}
)

func (h *Handlers) pointsJSON(c echo.Context) error {
	ctx := httpx.Ctx(c)
	f := readFilter(c)
	r, err := h.find(ctx, &f)
	if err != nil {
		return err
	}
	out := collection{Type: "FeatureCollection", Features: make([]feature, 0, len(r.points))}
	for _, p := range r.points {
		out.Features = append(out.Features, feature{
			Type:     "Feature",
			Geometry: geometry{Type: "Point", Coordinates: [2]float64{metres(p.Lon), metres(p.Lat)}},
			Properties: properties{
				Number: p.Number, Title: p.Title, State: p.Group, StateLabel: i18n.T(ctx, "map.state."+p.Group),
				Topic: p.Topic, Address: p.Address, At: i18n.ISODate(p.At), AtLabel: i18n.Date(ctx, p.At), URL: p.URL,
			},
		})
	}
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return packed(c, "application/geo+json; charset=utf-8", b)
}

// metres keeps five decimals of a degree, about a metre: the pin of a person is not
// more exact, and further digits are most of what a phone would have to load.
func metres(degrees float64) float64 { return math.Round(degrees*1e5) / 1e5 }

const listID = "map-list"

// mapPage makes the page of what was found.
func mapPage(ctx context.Context, f filter, r found, report string) page.Page {
	pages := max((len(r.points)+perPage-1)/perPage, 1)
	at := slices.IndexFunc(r.points, func(p Point) bool { return p.Number == f.Selected })
	if at >= 0 && f.Page == 1 {
		f.Page = at/perPage + 1 // the selected one is in sight
	}
	f.Page = min(f.Page, pages)
	from := (f.Page - 1) * perPage
	part := r.points[from:min(from+perPage, len(r.points))]

	out := page.Page{
		Heading: i18n.N(ctx, "map.count", len(r.points)),
		ListID:  listID,
		Query:   f.Q, State: f.State, District: f.District, Days: f.Days,
		Pager:  ui.NewPager(f.Page, pages, func(n int) string { return f.href("/map", "page", strconv.Itoa(n)) }),
		Points: f.href("/map/points.json"), Report: report,
		Reset: filter{Days: allDays}.href("/map"),
	}
	if f.Topic != 0 {
		out.Topic = strconv.FormatInt(f.Topic, 10)
	}
	for _, p := range part {
		out.Items = append(out.Items, page.Item{
			Number: p.Number, Title: p.Title, Address: p.Address, Date: i18n.Date(ctx, p.At), Group: p.Group, Status: p.Status,
			Href: p.URL, ShowHref: f.href("/map", "sel", p.Number), Selected: p.Number == f.Selected,
		})
	}
	out.States, out.Set = chips(ctx, f, r)
	out.Topics, out.Districts = choices(r.all)
	for _, d := range periods {
		out.Periods = append(out.Periods, ui.Option{Value: d, Label: periodLabel(ctx, d)})
	}
	out.Map = mapProps(ctx, f, r, at)
	return out
}

func periodLabel(ctx context.Context, days string) string {
	if n, err := strconv.Atoi(days); err == nil {
		return i18n.N(ctx, "map.period.days", n)
	}
	return i18n.T(ctx, "map.period.all")
}

// chips are the states with their counts, and the set filters, each of which
// can be taken away.
func chips(ctx context.Context, f filter, r found) (states, set []ui.ChipProps) {
	with := f
	with.State = ""
	states = append(states, ui.ChipProps{Label: i18n.T(ctx, "map.state.all"), Count: i18n.Num(ctx, r.total), Href: with.href("/map"), Current: f.State == ""})
	for _, g := range groups {
		with.State = g
		states = append(states, ui.ChipProps{Label: i18n.T(ctx, "map.chip."+g), Count: i18n.Num(ctx, r.counts[g]), Href: with.href("/map"), Current: f.State == g})
	}
	remove := func(label string, drop func(*filter)) {
		without := f
		drop(&without)
		set = append(set, ui.ChipProps{Label: label, Href: without.href("/map"), Remove: true})
	}
	if f.Q != "" {
		remove(f.Q, func(x *filter) { x.Q = "" })
	}
	if f.Topic != 0 {
		if i := slices.IndexFunc(r.all, func(p Point) bool { return p.TopicID == f.Topic }); i >= 0 {
			remove(r.all[i].Topic, func(x *filter) { x.Topic = 0 })
		}
	}
	if f.District != "" {
		remove(f.District, func(x *filter) { x.District = "" })
	}
	if f.Days != allDays {
		remove(periodLabel(ctx, f.Days), func(x *filter) { x.Days = allDays })
	}
	return states, set
}

// choices are the topics and districts that occur.
func choices(all []Point) (topics, districts []ui.Option) {
	seen := map[string]bool{}
	for _, p := range all {
		id := strconv.FormatInt(p.TopicID, 10)
		if p.TopicID != 0 && p.Topic != "" && !seen["t"+id] {
			seen["t"+id] = true
			topics = append(topics, ui.Option{Value: id, Label: p.Topic})
		}
		if p.District != "" && !seen["d"+p.District] {
			seen["d"+p.District] = true
			districts = append(districts, ui.Option{Value: p.District, Label: p.District})
		}
	}
	byLabel := func(a, b ui.Option) int { return cmp.Compare(a.Label, b.Label) }
	slices.SortFunc(topics, byLabel)
	slices.SortFunc(districts, byLabel)
	return topics, districts
}

// The picture is larger than any column that shows it; what does not fit is cut
// off, so the city must fit into the usual column.
const (
	pictureW, pictureH = 1280, 1000
	columnW, columnH   = 820, 700
	selectedZoom       = 15
)

func mapProps(ctx context.Context, f filter, r found, selected int) ui.MapListProps {
	v := basemap.City(columnW, columnH)
	switch {
	case f.Zoom != 0:
		v.Lat, v.Lon, v.Zoom = f.Lat, f.Lon, f.Zoom
	case selected >= 0:
		v.Lat, v.Lon, v.Zoom = r.points[selected].Lat, r.points[selected].Lon, selectedZoom
	}
	v.W, v.H = pictureW, pictureH

	pins := make([]basemap.Pin, 0, len(r.points))
	for i, p := range r.points {
		pins = append(pins, basemap.Pin{
			Lat: p.Lat, Lon: p.Lon, Kind: basemap.PinKind(p.Group), Selected: i == selected,
			Label: i18n.T(ctx, "map.pin", "title", p.Title, "state", i18n.T(ctx, "map.state."+p.Group)),
			Href:  f.href("/map", "sel", p.Number),
		})
	}
	window := func(lat, lon, zoom float64) string {
		return f.href("/map", "at", fmt.Sprintf("%.4f,%.4f", lat, lon), "z", strconv.FormatFloat(zoom, 'f', -1, 64))
	}
	pins = basemap.Cluster(v, pins, func(n int, lat, lon float64) (label, href string) {
		return i18n.N(ctx, "map.cluster", n), window(lat, lon, min(v.Zoom+2, basemap.MaxZoom))
	})
	out := ui.MapListProps{
		View: v, Pins: pins, Label: i18n.T(ctx, "map.label"), Points: f.href("/map/points.json"), ListID: listID,
		Selected: f.Selected, Hint: i18n.N(ctx, "map.same", len(r.points)), Key: true, Live: true,
	}
	if v.Zoom < basemap.MaxZoom {
		out.ZoomIn = window(v.Lat, v.Lon, min(v.Zoom+1, basemap.MaxZoom))
	}
	if v.Zoom > basemap.MinZoom {
		out.ZoomOut = window(v.Lat, v.Lon, max(v.Zoom-1, basemap.MinZoom))
	}
	return out
}
