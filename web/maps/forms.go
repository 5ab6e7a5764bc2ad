package maps

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/basemap"
)

// filter is what the address of the page asks for. An unknown value is no
// filter: an old link shows more, never an error.
type filter struct {
	Q        string
	State    string // one of groups, or empty
	Topic    int64
	District string
	Days     string // one of periods
	daysSet  bool   // the address names the period
	Page     int
	Selected string
	Lat, Lon float64 // the middle of the picture, with Zoom
	Zoom     float64 // zero: the whole city
}

const (
	allDays     = "all"
	defaultDays = "60"
	perPage     = 20
)

var periods = []string{"30", "60", "90", "180", allDays}

func readFilter(c echo.Context) filter {
	f := filter{Days: defaultDays, Page: 1}
	if q := strings.TrimSpace(c.QueryParam("q")); utf8.ValidString(q) && utf8.RuneCountInString(q) <= maxQuery {
		f.Q = q
	}
	if s := c.QueryParam("state"); slices.Contains(groups, s) {
		f.State = s
	}
	if n, err := strconv.ParseInt(c.QueryParam("topic"), 10, 64); err == nil && n > 0 {
		f.Topic = n
	}
	if d := c.QueryParam("district"); utf8.ValidString(d) && utf8.RuneCountInString(d) <= maxQuery {
		f.District = d
	}
	if d := c.QueryParam("days"); slices.Contains(periods, d) {
		f.Days, f.daysSet = d, true
	}
	if n, err := strconv.Atoi(c.QueryParam("page")); err == nil && n > 0 && n < 1000 {
		f.Page = n
	}
	if s := c.QueryParam("sel"); len(s) <= 32 {
		f.Selected = s
	}
	if lat, lon, ok := strings.Cut(c.QueryParam("at"), ","); ok {
		a, ok1 := coordinate(lat, 85)
		o, ok2 := coordinate(lon, 180)
		z, err := strconv.ParseFloat(c.QueryParam("z"), 64)
		if ok1 && ok2 && err == nil && z >= basemap.MinZoom && z <= basemap.MaxZoom {
			f.Lat, f.Lon, f.Zoom = a, o, z
		}
	}
	return f
}

// values is the filter as a query, without what has its usual value. The
// window of the picture and the selected appeal are not part of it.
func (f filter) values() url.Values {
	v := url.Values{}
	set := func(k, s string, usual string) {
		if s != usual {
			v.Set(k, s)
		}
	}
	set("q", f.Q, "")
	set("state", f.State, "")
	if f.Topic != 0 {
		v.Set("topic", strconv.FormatInt(f.Topic, 10))
	}
	set("district", f.District, "")
	set("days", f.Days, defaultDays)
	return v
}

// href is the page with this filter.
func (f filter) href(path string, extra ...string) string {
	v := f.values()
	for i := 0; i+1 < len(extra); i += 2 {
		v.Set(extra[i], extra[i+1])
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// match reports whether a point passes every filter but the state.
func (f filter) match(p Point, now time.Time) bool {
	if f.Topic != 0 && p.TopicID != f.Topic || f.District != "" && p.District != f.District {
		return false
	}
	if f.Days != allDays {
		n, _ := strconv.Atoi(f.Days) // one of periods
		if p.At.Before(now.AddDate(0, 0, -n)) {
			return false
		}
	}
	if f.Q == "" {
		return true
	}
	text := strings.ToLower(p.Number + " " + p.Title + " " + p.Address + " " + p.Topic)
	for _, w := range strings.Fields(strings.ToLower(f.Q)) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
