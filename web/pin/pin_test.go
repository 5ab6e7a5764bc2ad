package pin

import (
	"context"
	"errors"
	"testing"

	"ereception/internal/city"
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
