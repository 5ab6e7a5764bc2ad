package maps_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/authz"
	"ereception/internal/platform/basemap"
	"ereception/internal/platform/clock"
	"ereception/web/httpx"
	"ereception/web/maps"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// city knows one square as the community, cut in two districts.
type city struct{ broken bool }

func (c city) Locate(_ context.Context, lat, lon float64) (maps.PlaceInfo, error) {
	if c.broken {
		return maps.PlaceInfo{}, errors.New("no database")
	}
	if lat < 50.2 || lat > 50.3 || lon < 28.6 || lon > 28.75 {
		return maps.PlaceInfo{}, nil
	}
	p := maps.PlaceInfo{Inside: true, Settlement: "Zhytomyr", District: "West", Constituency: "5"}
	if lon > 28.68 {
		p = maps.PlaceInfo{Inside: true, Settlement: "Veresy", Near: "Main street"}
	}
	return p, nil
}

func (c city) SuggestStreets(_ context.Context, q string, limit int) ([]maps.StreetHit, error) {
	all := []maps.StreetHit{{Street: "vul. Kyivska", Lat: 50.25, Lon: 28.67, HasPoint: true}, {Street: "prov. Kyianyn"}}
	if !strings.HasPrefix(strings.ToLower(q), "ky") {
		return nil, nil
	}
	return all[:min(limit, len(all))], nil
}

type appeals []maps.Point

func (a appeals) PublicPoints(context.Context) ([]maps.Point, error) { return a, nil }

type nobody struct{}

func (nobody) Resolve(context.Context, string) (authz.Actor, error) { return authz.Guest(), nil }

func some() appeals {
	var out appeals
	groups := []string{maps.GroupNew, maps.GroupWork, maps.GroupDone, maps.GroupLate}
	for i := range 50 {
		out = append(out, maps.Point{
			Number: fmt.Sprintf("2026-%05d", 500-i), Title: fmt.Sprintf("Pit <%d>", i), Address: "vul. Kyivska, 6" + fmt.Sprint(i%3),
			Topic: []string{"Roads", "Light"}[i%2], TopicID: int64(1 + i%2), District: []string{"West", "East"}[i%2],
			Group: groups[i%4], Status: "in_progress", Lat: 50.24 + float64(i)/1500, Lon: 28.62 + float64(i)/500,
			At: now.AddDate(0, 0, -2*i), URL: fmt.Sprintf("/public/%d", 500-i),
		})
	}
	return out
}

func serve(t *testing.T, c city, points appeals) *httptest.Server {
	t.Helper()
	h := maps.New(c, c, points, clock.At(now), "/appeals/new")
	srv, err := httpx.Build(httpx.Options{
		Areas: []httpx.Area{h.Area()}, Sessions: nobody{}, Clock: clock.At(now), Log: slog.New(slog.DiscardHandler), Frame: httpx.Frame{Clock: clock.At(now)},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(srv)
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, s *httptest.Server, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "en")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req) // follows nothing, unpacks only what it asked for
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func TestLocate(t *testing.T) {
	t.Parallel()
	s := serve(t, city{}, nil)
	tests := []struct {
		name, query string
		status      int
		inside      bool
		message     string
	}{
		{"a place in a district", "lat=50.25&lon=28.65", 200, true, "Marked: Zhytomyr, West, constituency No. 5"},
		{"a village without district and constituency", "lat=50.25&lon=28.7", 200, true, "Marked: Veresy, near Main street"},
		{"decimal commas", "lat=50,25&lon=28,65", 200, true, "Marked: Zhytomyr, West, constituency No. 5"},
		{"outside the community", "lat=51&lon=28.65", 200, false, "This place is outside the community. The portal takes appeals about Zhytomyr and the village of Veresy."},
		{"words instead of numbers", "lat=north&lon=28", 422, false, ""},
		{"not a number", "lat=NaN&lon=28", 422, false, ""},
		{"infinity", "lat=Inf&lon=28", 422, false, ""},
		{"beyond the pole", "lat=95&lon=28", 422, false, ""},
		{"nothing", "", 422, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res, body := get(t, s, "/locate?"+tt.query, "Accept", "application/json")
			if res.StatusCode != tt.status {
				t.Fatalf("status %d, want %d: %s", res.StatusCode, tt.status, body)
			}
			var got struct {
				Inside  bool   `json:"inside"`
				Message string `json:"message"`
			}
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatal(err)
			}
			if got.Inside != tt.inside || got.Message != tt.message {
				t.Errorf("got %+v, want %v %q", got, tt.inside, tt.message)
			}
		})
	}
}

func TestLocateSaysNothingOfItsTrouble(t *testing.T) {
	t.Parallel()
	res, body := get(t, serve(t, city{broken: true}, nil), "/locate?lat=50.25&lon=28.65", "Accept", "application/json")
	if res.StatusCode != 500 || strings.Contains(body, "database") {
		t.Errorf("status %d, body %s", res.StatusCode, body)
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	s := serve(t, city{}, nil)
	tests := []struct{ name, q, want string }{
		{"streets with and without a point", "ky", `[{"label":"vul. Kyivska","street":"vul. Kyivska","lat":50.25,"lon":28.67},{"label":"prov. Kyianyn","street":"prov. Kyianyn","lat":null,"lon":null}]`},
		{"the house number is kept", "Kyivska, 61", `[{"label":"vul. Kyivska, 61","street":"vul. Kyivska","lat":50.25,"lon":28.67},{"label":"prov. Kyianyn, 61","street":"prov. Kyianyn","lat":null,"lon":null}]`},
		{"a house number with a letter and a fraction", "kyivska 6а/12", `[{"label":"vul. Kyivska, 6а/12","street":"vul. Kyivska","lat":50.25,"lon":28.67},{"label":"prov. Kyianyn, 6а/12","street":"prov. Kyianyn","lat":null,"lon":null}]`},
		{"unknown street", "Zzz", `[]`},
		{"one letter", "k", `[]`},
		{"nothing", "", `[]`},
		{"far too long", strings.Repeat("ky", 200), `[]`},
		{"broken text", "ky\xff\xfe", `[]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res, body := get(t, s, "/suggest/streets?q="+url.QueryEscape(tt.q))
			if res.StatusCode != 200 || body != tt.want {
				t.Errorf("status %d\n got %s\nwant %s", res.StatusCode, body, tt.want)
			}
		})
	}
}

func TestSchemeIsKeptForEver(t *testing.T) {
	t.Parallel()
	s := serve(t, city{}, nil)
	f, err := basemap.Scheme()
	if err != nil {
		t.Fatal(err)
	}
	for path, file := range map[string]basemap.File{"/map/basemap.json": f.OSM, "/map/streets.json": f.Streets} {
		res, body := get(t, s, path+"?v="+file.Hash, "Accept-Encoding", "br, gzip")
		if res.Header.Get("Content-Encoding") != "gzip" || body != string(file.Gzip) {
			t.Errorf("%s: not the packed form", path)
		}
		if cc := res.Header.Get("Cache-Control"); !strings.Contains(cc, "immutable") {
			t.Errorf("%s: Cache-Control %q", path, cc)
		}
		res, body = get(t, s, path+"?v=old", "Accept-Encoding", "gzip;q=0")
		if res.Header.Get("Content-Encoding") != "" || body != string(file.JSON) {
			t.Errorf("%s: packed for somebody who refused", path)
		}
		if cc := res.Header.Get("Cache-Control"); cc != "no-cache" {
			t.Errorf("%s with an old hash: Cache-Control %q", path, cc)
		}
		res, _ = get(t, s, path, "If-None-Match", `"`+file.Hash+`"`)
		if res.StatusCode != http.StatusNotModified {
			t.Errorf("%s: status %d for the same content", path, res.StatusCode)
		}
	}
}

func page(t *testing.T, s *httptest.Server, path string) *goquery.Document {
	t.Helper()
	res, body := get(t, s, path)
	if res.StatusCode != 200 {
		t.Fatalf("%s: status %d", path, res.StatusCode)
	}
	d, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The list, the picture of the server and the points of the live map must have
// the same appeals under every filter.
func TestListAndMapAreTheSame(t *testing.T) {
	t.Parallel()
	s := serve(t, city{}, some())
	tests := []struct {
		name, query string
		n           int
	}{
		{"the last 60 days by default", "", 31},
		{"all time", "days=all", 50},
		{"30 days", "days=30", 16},
		{"a state", "days=all&state=late", 12},
		{"a topic", "days=all&topic=1", 25},
		{"a district", "days=all&district=East", 25},
		{"words in any order and case, of the address or the number", "days=all&q=61+PIT", 18},
		{"a number", "days=all&q=2026-00500", 1},
		{"all at once", "days=all&state=new&topic=1&district=West&q=kyivska", 13},
		{"nothing found", "q=nowhere", 0},
		{"unknown values are no filter", "days=5000&state=%22&topic=x&page=-1&at=a,b&z=99", 31},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := page(t, s, "/map?"+tt.query)
			if got := d.Find("#l-h").Text(); !strings.HasPrefix(got, fmt.Sprint(tt.n)+" ") {
				t.Errorf("the list says %q, want %d", got, tt.n)
			}
			if got := d.Find("#map-list > li").Length(); got != min(tt.n, 20) {
				t.Errorf("%d entries on the first page", got)
			}
			drawn := 0
			d.Find("svg.bm a.pin").Each(func(_ int, a *goquery.Selection) {
				n := 1
				if text := a.Find("text").Text(); text != "" {
					_, _ = fmt.Sscan(text, &n)
				}
				drawn += n
			})
			if drawn != tt.n {
				t.Errorf("%d appeals on the picture, want %d", drawn, tt.n)
			}
			points, _ := d.Find("[data-map-list]").Attr("data-map-list")
			var cfg struct {
				Points string `json:"points"`
				OSM    string `json:"osm"`
			}
			if err := json.Unmarshal([]byte(points), &cfg); err != nil {
				t.Fatal(err)
			}
			res, body := get(t, s, cfg.Points)
			var fc struct {
				Type     string `json:"type"`
				Features []struct {
					Geometry struct {
						Coordinates [2]float64 `json:"coordinates"`
					} `json:"geometry"`
				} `json:"features"`
			}
			if err := json.Unmarshal([]byte(body), &fc); err != nil || res.StatusCode != 200 {
				t.Fatalf("status %d, %v", res.StatusCode, err)
			}
			if fc.Type != "FeatureCollection" || len(fc.Features) != tt.n {
				t.Errorf("%s with %d points, want %d", fc.Type, len(fc.Features), tt.n)
			}
			if long := regexp.MustCompile(`\d\.\d{6,}`).FindString(body); long != "" {
				t.Errorf("a coordinate is told to less than a metre: %s", long)
			}
			if tt.n > 0 && fc.Features[0].Geometry.Coordinates[0] > 30 {
				t.Error("latitude before longitude")
			}
			if res, _ := get(t, s, cfg.OSM, "Accept-Encoding", "gzip"); res.StatusCode != 200 || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("the page names %s: status %d, %s", cfg.OSM, res.StatusCode, res.Header.Get("Cache-Control"))
			}
		})
	}
}

func TestSelectedIsOnThePageAndOnTheMap(t *testing.T) {
	t.Parallel()
	s := serve(t, city{}, some())
	d := page(t, s, "/map?days=all&sel=2026-00470") // the 31st: on the second page
	if n := d.Find(`#map-list > li[data-sel][data-number="2026-00470"]`).Length(); n != 1 {
		t.Errorf("%d marked entries", n)
	}
	if n := d.Find("svg.bm a.pin[data-sel]").Length(); n != 1 {
		t.Errorf("%d marked pins", n)
	}
	if got := d.Find(".pager [aria-current]").Text(); got != "2" {
		t.Errorf("page %q", got)
	}
	// A link to an appeal older than the usual period shows it all the same.
	if n := page(t, s, "/map?sel=2026-00455").Find(`#map-list > li[data-sel][data-number="2026-00455"]`).Length(); n != 1 {
		t.Errorf("%d marked entries of an old appeal", n)
	}
}

// TestALinkToWhatIsNotOnTheMap: an appeal that was taken from the map is not found, as
// if it had never been.
func TestALinkToWhatIsNotOnTheMap(t *testing.T) {
	t.Parallel()
	s := serve(t, city{}, some())
	for path, want := range map[string]int{"/map": 200, "/map?sel=2026-00455": 200, "/map?sel=2026-09999": 404, "/map?days=all&sel=nonsense": 404} {
		res, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
}

// Every link of the page without JavaScript leads to a page that works.
func TestLinksOfThePicture(t *testing.T) {
	t.Parallel()
	s := serve(t, city{}, some())
	d := page(t, s, "/map?days=all&state=new")
	n := 0
	d.Find("svg.bm a.pin, .map-ctl a, .chip, .pager a, [data-map-show]").Each(func(_ int, a *goquery.Selection) {
		href, _ := a.Attr("href")
		if !strings.HasPrefix(href, "/map") {
			t.Errorf("%q leads elsewhere", href)
			return
		}
		if n++; n%5 == 0 {
			page(t, s, href)
		}
		if a.Is("a.pin") && a.AttrOr("aria-label", "") == "" {
			t.Errorf("%s has no name", href)
		}
		if a.Is("a.pin, .map-ctl a") && !strings.Contains(href, "state=new") {
			t.Errorf("%s loses the filter", href)
		}
	})
	if n < 10 {
		t.Errorf("%d links only", n)
	}
}

func TestPageUnderStrictPolicy(t *testing.T) {
	t.Parallel()
	_, body := get(t, serve(t, city{}, some()), "/map?q=%3Cscript%3E&days=all")
	for _, no := range []string{"<script>", ` style="`, "onclick"} {
		if strings.Contains(body, no) {
			t.Errorf("%s in the page", no)
		}
	}
}

func TestTextsOfPointsAreEscaped(t *testing.T) {
	t.Parallel()
	_, body := get(t, serve(t, city{}, some()), "/map")
	if strings.Contains(body, "Pit <0>") || !strings.Contains(body, "Pit &lt;0&gt;") {
		t.Error("the title of an appeal is not escaped")
	}
}
