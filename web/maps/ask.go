package maps

import (
	"context"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/web/httpx"
)

// suggestion is what the field of an address offers. Lat and Lon are null for a
// street whose place the register does not know.
type suggestion struct {
	Label  string   `json:"label"`
	Street string   `json:"street"`
	Lat    *float64 `json:"lat"`
	Lon    *float64 `json:"lon"`
}

const (
	maxQuery     = 100
	maxSuggested = 8
)

// house is the number at the end of what was typed: a register of streets knows
// none, so it is kept and put behind the name again.
var house = regexp.MustCompile(`^(?:.*\p{L}.*?)[\s,]+(\d{1,4}\s?\p{L}?(?:[/-]\d{1,4}\p{L}?)?)\s*$`)

func (h *Handlers) suggest(c echo.Context) error {
	q := strings.TrimSpace(c.QueryParam("q"))
	out := []suggestion{}
	if n := utf8.RuneCountInString(q); n < 2 || n > maxQuery || !utf8.ValidString(q) {
		return httpx.JSON(c, out)
	}
	hits, err := h.streets.SuggestStreets(httpx.Ctx(c), q, maxSuggested)
	if err != nil {
		return err
	}
	number := ""
	if m := house.FindStringSubmatch(q); m != nil {
		number = ", " + strings.TrimSpace(m[1])
	}
	for _, s := range hits {
		x := suggestion{Label: s.Street + number, Street: s.Street}
		if s.HasPoint {
			x.Lat, x.Lon = &s.Lat, &s.Lon
		}
		out = append(out, x)
	}
	return httpx.JSON(c, out)
}

// located is the answer about a point. Message says it in the language of the
// reader; a point outside the community is a refusal that comes at once.
type located struct {
	Inside       bool   `json:"inside"`
	Settlement   string `json:"settlement"`
	District     string `json:"district"`
	Constituency string `json:"constituency"`
	Message      string `json:"message"`
}

func (h *Handlers) locate(c echo.Context) error {
	lat, ok1 := coordinate(c.QueryParam("lat"), 90)
	lon, ok2 := coordinate(c.QueryParam("lon"), 180)
	if !ok1 || !ok2 {
		return errs.Invalid("map.locate.bad")
	}
	p, err := h.locator.Locate(httpx.Ctx(c), lat, lon)
	if err != nil {
		return err
	}
	return httpx.JSON(c, located{p.Inside, p.Settlement, p.District, p.Constituency, Message(httpx.Ctx(c), p)})
}

// Message says where a point lies, or that the city does not take it. The form
// of an appeal uses it too, so that a page without JavaScript says the same.
func Message(ctx context.Context, p PlaceInfo) string {
	if !p.Inside {
		return i18n.T(ctx, "map.locate.outside")
	}
	var parts []string
	for _, s := range []string{p.Settlement, p.District} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if p.Constituency != "" {
		parts = append(parts, i18n.T(ctx, "map.locate.constituency", "number", p.Constituency))
	}
	if p.Near != "" {
		parts = append(parts, i18n.T(ctx, "map.locate.near", "street", p.Near))
	}
	return i18n.T(ctx, "map.locate.inside", "place", strings.Join(parts, ", "))
}

// coordinate reads degrees; a decimal comma is welcome.
func coordinate(s string, limit float64) (float64, bool) {
	if len(s) > 32 {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(s), ",", ".", 1), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > limit {
		return 0, false
	}
	return f, true
}
