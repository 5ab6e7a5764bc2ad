package pin

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"ereception/internal/city"
	"ereception/internal/platform/i18n"
)

// register knows one street and breaks on another.
type register struct{}

var errBroken = errors.New("broken")

func (register) Geocode(_ context.Context, address string) (city.Point, bool, error) {
	switch address {
	case "вул. Київська, 5":
		return city.Point{Lat: 50.26, Lon: 28.66}, true, nil
	case "збій":
		return city.Point{}, false, errBroken
	}
	return city.Point{}, false, nil
}

func TestSeek(t *testing.T) {
	t.Parallel()
	hand := []string{"50.300000", "28.700000"}
	none := []string{"", ""}
	street := []string{"50.260000", "28.660000"}
	mark := "50.300000,28.700000|вул. Інша, 2"
	for name, c := range map[string]struct {
		address string
		at      []string
		found   string
		asked   bool
		want    []string
		ok      bool
	}{
		"an address without a point":               {"вул. Київська, 5", none, "", false, street, true},
		"nothing typed":                            {"", none, "", false, none, true},
		"nothing typed, asked":                     {"", none, "", true, none, false},
		"unknown, not asked":                       {"вул. Невідома", none, "", false, none, true},
		"unknown, asked":                           {"вул. Невідома", none, "", true, none, false},
		"a point by hand stands":                   {"вул. Київська, 5", hand, "", false, hand, true},
		"a point by hand, asked":                   {"вул. Київська, 5", hand, "", true, street, true},
		"a found point moves with its address":     {"вул. Київська, 5", hand, mark, false, street, true},
		"a found point leaves an unknown address":  {"вул. Невідома", hand, mark, false, none, true},
		"a found point stays with its address":     {"вул. Інша, 2", hand, mark, false, hand, true},
		"a found point stays when nothing is said": {"", hand, mark, false, hand, true},
		"a found point that was moved by hand":     {"вул. Київська, 5", []string{"50.3000010", "28.7"}, mark, false, []string{"50.300001", "28.700000"}, true},
		"half a point":                             {"вул. Київська, 5", []string{"50.3", ""}, "", false, []string{"50.300000", ""}, true},
		"what is no mark":                          {"вул. Київська, 5", hand, "|", false, hand, true},
	} {
		p := Pin{Address: c.address, Lat: Degrees(c.at[0]), Lon: Degrees(c.at[1]), Found: c.found}
		ok, err := p.Seek(context.Background(), register{}, c.asked)
		if err != nil || ok != c.ok || Coordinate(p.Lat) != c.want[0] || Coordinate(p.Lon) != c.want[1] {
			t.Errorf("%s: %v %v at %q, %q", name, ok, err, Coordinate(p.Lat), Coordinate(p.Lon))
		}
	}
	if _, err := (&Pin{Address: "збій"}).Seek(context.Background(), register{}, false); !errors.Is(err, errBroken) {
		t.Error("trouble is not told:", err)
	}
}

func TestDegrees(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{" 50,25 ": "50.250000", "-0": "-0.000000", "NaN": "", "1e400": "", "181": "", "": "", "нуль": "", "50.2500004": "50.250000"} {
		if got := Coordinate(Degrees(s)); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	lat, lon, other := 50.25, 28.66, 50.25000001
	if !Same(&lat, &lon, &other, &lon) || Same(&lat, &lon, nil, nil) || !Same(nil, nil, nil, nil) {
		t.Error("points are compared otherwise than a form shows them")
	}
	if m := Mark("вул. Київська, 5", &lat, &lon); m != "50.250000,28.660000|вул. Київська, 5" || Mark("", &lat, &lon) != "" || Mark("вул. Київська, 5", &lat, nil) != "" {
		t.Error("the mark:", m)
	}
}

// TestForm: what a form sends about a place, and what its buttons do with it.
func TestForm(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, c := range map[string]struct {
		sent     url.Values
		do       string
		lat, lon string // of the widget afterwards
		ok       bool
		unread   bool
	}{
		"no place in the form":                     {url.Values{"lat": {"50"}, "lon": {"28"}}, "", "50.000000", "28.000000", true, false},
		"an address":                               {url.Values{"place": {" вул.  Київська, 5 "}}, "next", "50.260000", "28.660000", true, false},
		"what is no number is not guessed at":      {url.Values{"place": {"вул. Київська, 5"}, "lat": {"п’ятдесят"}, "lon": {""}}, "next", "п’ятдесят", "", true, true},
		"what is no number, and the button":        {url.Values{"place": {"вул. Київська, 5"}, "lat": {"п’ятдесят"}}, Find, "50.260000", "28.660000", true, false},
		"half a number":                            {url.Values{"place": {""}, "lat": {"50,3"}, "lon": {"сх"}}, "next", "50.300000", "сх", true, false},
		"what is no number is taken away":          {url.Values{"place": {"вул. Київська, 5"}, "lat": {"x"}, "lon": {"y"}}, Unmark, "", "", true, false},
		"a point is taken away, its address stays": {url.Values{"place": {"вул. Київська, 5"}, "lat": {"50.3"}, "lon": {"28.7"}}, Unmark, "", "", true, false},
		"looked for and unknown":                   {url.Values{"place": {"вул. Невідома"}}, Find, "", "", false, false},
	} {
		f := Read(c.sent)
		ok, err := f.Seek(ctx, register{}, c.do)
		p := f.Picker(f.Address, f.Lat, f.Lon)
		if err != nil || ok != c.ok || p.Lat != c.lat || p.Lon != c.lon || f.Unread() != c.unread {
			t.Errorf("%s: %v %v, %q %q, unread %v", name, ok, err, p.Lat, p.Lon, f.Unread())
		}
	}
	if f := Read(url.Values{"place": {" вул.  Київська, 5 "}}); f.Address != "вул. Київська, 5" {
		t.Errorf("the address: %q", f.Address)
	}
	if p := (Form{}).Picker("", nil, nil); p.Lat != "" || p.Lon != "" || p.FindName != "find" {
		t.Errorf("an empty one: %+v", p)
	}
}

// TestStatus names the ground under the pin, or refuses it.
func TestStatus(t *testing.T) {
	t.Parallel()
	ctx := i18n.With(context.Background(), "uk")
	west, five := &city.District{NameUK: "Захід"}, &city.District{NameUK: "Виборчий округ № 5", Code: "5"}
	for want, c := range map[string]struct {
		address string
		at      city.Place
		bad     bool
	}{
		"Позначено: вул. Нова, 1, Захід, виборчий округ № 5": {"вул. Нова, 1", city.Place{Inside: true, District: west, Constituency: five}, false},
		"Позначено: Захід":         {"", city.Place{Inside: true, Settlement: west}, false},
		"Позначено: місце на мапі": {"", city.Place{Inside: true}, false},
		"Позначка поза межами Житомирської громади. Пересуньте її або впишіть іншу адресу": {"вул. Нова, 1", city.Place{District: west}, true},
	} {
		if got, bad := Status(ctx, c.address, c.at); strings.ReplaceAll(got, "\u00a0", " ") != want || bad != c.bad {
			t.Errorf("%q %v, want %q", got, bad, want)
		}
	}
}
