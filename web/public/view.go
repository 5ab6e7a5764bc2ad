package public

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	dom "ereception/internal/appeals"
	"ereception/internal/platform/basemap"
	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	page "ereception/templates/public"
	"ereception/templates/ui"
)

// heroView is the window of static/src/img/hero-net.svg: the picture was drawn
// in Web Mercator round this point, so that a dot can stand where its appeal does.
var heroView = basemap.View{Lat: 50.258503, Lon: 28.647477, Zoom: 13.5619191, W: 2200, H: 640}

const (
	latestRows = 4
	dotsMax    = 60
	// The teaser shows what happens now: more would hide the names of the places.
	mapDays   = 10
	pinsLeast = 12 // however old, so that a quiet town has no empty map
	// Nine topics fill three columns, six would leave out what people write of.
	topicsMost = 9
	topicDays  = 90
	// The left part of the hero is under the words: dots there would lie behind them.
	dotsFrom = 1000
)

func homePage(ctx context.Context, frame layout.Page, signedIn bool, points []dom.Point, f dom.Figures, now time.Time) page.HomePage {
	view := basemap.City(900, 560)
	pins := make([]basemap.Pin, 0, len(points))
	for i, p := range points { // the newest first
		if i >= pinsLeast && now.Sub(p.At) > mapDays*24*time.Hour {
			break
		}
		pins = append(pins, basemap.Pin{
			Lat: p.Lat, Lon: p.Lon, Kind: pinOf(p), Count: 0, Href: pointURL(p),
			Label: i18n.T(ctx, "public.home.pin", "title", p.Title, "status", ui.StatusWord(ctx, string(p.State))), Selected: false,
		})
	}
	out := page.HomePage{
		Page: frame, SignedIn: signedIn, Dots: nil, Today: "", Examples: nil, Figures: figures(ctx, f),
		Updated: i18n.T(ctx, "public.home.fact_updated", "at", i18n.DateTime(ctx, f.ComputedAt)),
		Map: ui.MapListProps{
			View: view,
			Pins: basemap.Cluster(view, pins, func(n int, _, _ float64) (label, href string) {
				return i18n.N(ctx, "public.home.cluster", n), "/map"
			}),
			Label: i18n.T(ctx, "public.home.map"), Points: "", ListID: "", Selected: "", ZoomIn: "", ZoomOut: "", Hint: "",
			Key: true, Class: "teaser", Live: false,
		},
		Latest: nil, Topics: topics(ctx, points, now), Blocks: nil,
	}
	for i := 1; i <= 4; i++ {
		words := i18n.T(ctx, "public.home.often"+strconv.Itoa(i))
		out.Examples = append(out.Examples, ui.Link{Href: "/appeals/new?title=" + url.QueryEscape(words), Label: words})
	}
	today := day(now)
	for _, p := range points {
		if day(p.At) == today && len(out.Dots) < dotsMax {
			if x, y := heroView.Pixel(p.Lat, p.Lon); x > dotsFrom && x < 2200 && y > 60 && y < 520 {
				out.Dots = append(out.Dots, page.Dot{X: strconv.Itoa(int(x)), Y: strconv.Itoa(int(y))})
			}
		}
	}
	for _, p := range latest(points) {
		out.Latest = append(out.Latest, page.Item{
			Title: p.Title, Href: pointURL(p), Place: p.Place, When: when(ctx, p.At, now), Status: string(p.State), Pin: string(pinOf(p)),
		})
	}
	if n := len(out.Dots); n > 0 {
		out.Today = i18n.N(ctx, "public.home.dots", n)
	}
	return out
}

// topics are those that stand most often on the map of the last months, the names of
// as many in order.
func topics(ctx context.Context, points []dom.Point, now time.Time) []page.Topic {
	type topic struct {
		id    int64
		name  string
		count int
	}
	var list []topic
	at := map[int64]int{}
	for _, p := range points {
		if p.TopicID == 0 || p.At.Before(now.AddDate(0, 0, -topicDays)) {
			continue
		}
		i, ok := at[p.TopicID]
		if !ok {
			i = len(list)
			at[p.TopicID], list = i, append(list, topic{p.TopicID, p.Topic, 0})
		}
		list[i].count++
	}
	slices.SortFunc(list, func(a, b topic) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.name, b.name)) })
	out := []page.Topic{}
	for _, t := range list[:min(len(list), topicsMost)] {
		out = append(out, page.Topic{
			Name: t.name, Href: "/appeals/new?topic=" + strconv.FormatInt(t.id, 10), Count: i18n.N(ctx, "public.home.topics_count", t.count),
		})
	}
	return out
}

// latest picks the newest appeal of each kind of pin and fills up with the
// newest of all, so that the list shows not only what came this morning.
func latest(points []dom.Point) []dom.Point {
	var first, rest []dom.Point
	seen := map[basemap.PinKind]bool{}
	for _, p := range points {
		if k := pinOf(p); !seen[k] {
			seen[k] = true
			first = append(first, p)
		} else if len(rest) < latestRows {
			rest = append(rest, p)
		}
	}
	out := append(first, rest...)
	if len(out) > latestRows {
		out = out[:latestRows]
	}
	slices.SortStableFunc(out, func(a, b dom.Point) int { return b.At.Compare(a.At) })
	return out
}

// pointURL is the public page of an appeal: the map with it chosen.
func pointURL(p dom.Point) string { return "/map?sel=" + p.Number }

func pinOf(p dom.Point) basemap.PinKind {
	switch {
	case p.State.Done():
		return basemap.PinDone
	case p.Late:
		return basemap.PinLate
	case p.State == dom.Registered || p.State == dom.Received:
		return basemap.PinNew
	}
	return basemap.PinWork
}

func day(t time.Time) int {
	t = t.In(i18n.Kyiv)
	return t.Year()*1000 + t.YearDay()
}

// when writes a moment for a narrow row: today with the time, yesterday, else the day.
func when(ctx context.Context, t, now time.Time) string {
	switch day(t) {
	case day(now):
		return i18n.T(ctx, "public.home.today", "time", i18n.Clock(t))
	case day(now.AddDate(0, 0, -1)):
		return i18n.T(ctx, "public.home.yesterday")
	}
	return i18n.DayMonth(ctx, t)
}

// figures shows the numbers that there are: a share of nothing is left out.
func figures(ctx context.Context, f dom.Figures) []page.Figure {
	if f.Answered == 0 {
		return nil
	}
	days, unit, _ := strings.Cut(i18n.N(ctx, "ui.days", f.Days), " ")
	out := []page.Figure{
		{Value: i18n.Num(ctx, f.Answered), Unit: "", Label: i18n.T(ctx, "public.home.fact_answered")},
		{Value: days, Unit: unit, Label: i18n.T(ctx, "public.home.fact_days")},
		{Value: i18n.Num(ctx, f.OnTime), Unit: "%", Label: i18n.T(ctx, "public.home.fact_on_time")},
	}
	if f.Rated > 0 {
		out = append(out, page.Figure{Value: i18n.Num(ctx, f.Solved), Unit: "%", Label: i18n.T(ctx, "public.home.fact_solved")})
	}
	return out
}

func verifyFacts(ctx context.Context, c dom.Confirmation) []ui.Fact {
	t := func(key string) string { return i18n.T(ctx, "public.verify."+key) }
	fact := func(key, value string) ui.Fact {
		return ui.Fact{Label: t(key), Value: value, Href: "", Num: false, Rich: nil}
	}
	method := t("method_password")
	switch c.Method {
	case "kep", "demo":
		method = t("method_" + c.Method)
	}
	signer := c.Signer
	if c.Post != "" {
		signer += ", " + c.Post
	}
	what := ""
	if c.Result != "" {
		what = i18n.T(ctx, "appeals.result."+c.Result)
	}
	return []ui.Fact{
		{Label: c.Kind.Say(ctx, "public.verify.appeal"), Value: "№\u00a0" + c.Number, Href: "", Num: false, Rich: nil},
		fact("what", what), fact("out", c.OutNumber), fact("signer", signer), fact("for", c.ActingFor),
		fact("unit", c.Unit), fact("at", i18n.DateTime(ctx, c.SignedAt)), fact("method", method),
	}
}

// groups parts a long row of signs by fours, so that it breaks and can be compared.
func groups(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func helpPage(ctx context.Context, frame layout.Page) page.HelpPage {
	p := page.HelpPage{Page: frame, Terms: nil}
	for i := 1; i <= 4; i++ {
		k := "public.help.term." + strconv.Itoa(i) + "_"
		p.Terms = append(p.Terms, page.TermRow{
			What: i18n.T(ctx, k+"what"), Term: i18n.T(ctx, k+"term"), More: i18n.T(ctx, k+"more"), Law: i18n.T(ctx, k+"law"),
		})
	}
	return p
}

// typedCode takes a code as it was typed, in any case and grouping, for the
// address of its page.
func typedCode(s string) string {
	s = strings.ToUpper(strings.Join(strings.Fields(s), ""))
	if len(s) > 40 {
		return ""
	}
	return s
}
