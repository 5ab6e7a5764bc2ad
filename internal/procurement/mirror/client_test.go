package mirror

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ereception/internal/pgtest"
	"ereception/internal/platform/clock"
)

// script is a host that gives prepared answers in order, then the last for ever.
type script struct {
	answers []func(http.ResponseWriter, *http.Request)
	got     []*http.Request
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.got = append(s.got, r)
	s.answers[min(len(s.got), len(s.answers))-1](w, r)
}

func says(code int, body string, head ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(head); i += 2 {
			w.Header().Set(head[i], head[i+1])
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}

const whole = `{"data": {"id": "a1", "dateModified": "2026-11-25T12:00:00.123456+02:00", "tenderID": "UA-1", "contracts": [{"id": "c1"}, 7, {"id": "../x"}, {"id": "c2"}]}}`

func ask(t *testing.T, s *script, o ClientOptions) (*Client, *jump) {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	j := &jump{clock: clock.At(pgtest.Noon)}
	o.BaseURL, o.Clock, o.Sleep, o.Rate = srv.URL+"/api/2.5/", j.clock, j, 1000
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c, j
}

// long leaves out the spacing of requests.
func long(list []time.Duration) (out []time.Duration) {
	for _, d := range list {
		if d > 50*time.Millisecond {
			out = append(out, d)
		}
	}
	return out
}

func TestDocument(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answers []func(http.ResponseWriter, *http.Request)
		err     string
		asked   int
		waits   []time.Duration // the least of each
	}{
		{"a whole answer", []func(http.ResponseWriter, *http.Request){says(200, whole)}, "", 1, nil},
		{
			"429 is waited out, longer each time",
			[]func(http.ResponseWriter, *http.Request){says(429, ""), says(429, ""), says(429, ""), says(429, ""), says(429, ""), says(429, ""), says(429, ""), says(200, whole)},
			"", 8,
			[]time.Duration{10, 20, 40, 80, 160, 320, 600},
		},
		{"Retry-After in seconds is kept to", []func(http.ResponseWriter, *http.Request){says(429, "", "Retry-After", "77"), says(200, whole)}, "", 2, []time.Duration{77}},
		{"Retry-After as a date is kept to", []func(http.ResponseWriter, *http.Request){says(429, "", "Retry-After", pgtest.Noon.Add(300*time.Second).Format(http.TimeFormat)), says(200, whole)}, "", 2, []time.Duration{299}},
		{"a small Retry-After does not shorten the delay", []func(http.ResponseWriter, *http.Request){says(429, "", "Retry-After", "1"), says(429, "", "Retry-After", "0"), says(200, whole)}, "", 3, []time.Duration{10, 20}},
		{"5xx is asked again, later each time", []func(http.ResponseWriter, *http.Request){says(500, ""), says(502, ""), says(503, ""), says(200, whole)}, "", 4, []time.Duration{5, 10, 20}},
		{"5xx without end is given up", []func(http.ResponseWriter, *http.Request){says(500, "")}, "status 500", 5, []time.Duration{5, 10, 20, 40}},
		{"truncated JSON is asked again", []func(http.ResponseWriter, *http.Request){says(200, whole[:40]), says(200, ""), says(200, whole)}, "", 3, []time.Duration{5, 10}},
		{"an answer that breaks off is asked again", []func(http.ResponseWriter, *http.Request){says(200, whole[:40], "Content-Length", "900"), says(200, whole)}, "", 2, []time.Duration{5}},
		{"412 is asked again at once with the cookie", []func(http.ResponseWriter, *http.Request){says(412, "", "Set-Cookie", "SERVER_ID=n1; Path=/"), says(200, whole)}, "", 2, nil},
		{"412 without end is given up", []func(http.ResponseWriter, *http.Request){says(412, "")}, "status 412", 8, []time.Duration{5, 10, 20, 40}},
		{"404 is gone", []func(http.ResponseWriter, *http.Request){says(404, "")}, ErrGone.Error(), 1, nil},
		{"410 is gone", []func(http.ResponseWriter, *http.Request){says(410, "")}, ErrGone.Error(), 1, nil},
		{"restricted is gone", []func(http.ResponseWriter, *http.Request){says(200, `{"data": {"id": "a1"}, "config": {"restricted": true}}`)}, ErrGone.Error(), 1, nil},
		{"403 says nothing about the document", []func(http.ResponseWriter, *http.Request){says(403, "")}, "status 403", 1, nil},
		{"another document than asked for", []func(http.ResponseWriter, *http.Request){says(200, `{"data": {"id": "b2"}}`)}, "the document has another id", 1, nil},
		{"no document", []func(http.ResponseWriter, *http.Request){says(200, `{"data": []}`)}, "the document is not an object", 1, nil},
		{"an answer without bounds", []func(http.ResponseWriter, *http.Request){says(200, `{"data": {"id": "a1", "x": "`+strings.Repeat("x", 3<<20)+`"}}`)}, "the answer is longer than 2 MiB", 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: c.answers}
			api, j := ask(t, s, ClientOptions{MaxBody: 2 << 20, Contact: "https://e.zt.gov.ua (mail)\r\n"})
			d, err := api.Document(context.Background(), tender, "a1")
			if got := ""; err != nil {
				got = err.Error()
				if got != c.err {
					t.Errorf("error %q, want %q", got, c.err)
				}
			} else if c.err != "" {
				t.Errorf("no error, want %q", c.err)
			} else if d.ID != "a1" || len(d.Contracts) != 2 || !d.Modified.Equal(time.Date(2026, 11, 25, 10, 0, 0, 123456000, time.UTC)) || strings.Contains(string(d.Raw), `"data"`) {
				t.Errorf("read %+v", d)
			}
			if len(s.got) != c.asked {
				t.Errorf("asked %d times, want %d", len(s.got), c.asked)
			}
			r := s.got[len(s.got)-1]
			if r.URL.Path != "/api/2.5/tenders/a1" || r.UserAgent() != "ereception-mirror/1.0 (+https://e.zt.gov.uamail)" {
				t.Errorf("asked %s as %q", r.URL, r.UserAgent())
			}
			if c.name == "412 is asked again at once with the cookie" && r.Header.Get("Cookie") != "SERVER_ID=n1" {
				t.Errorf("cookie %q", r.Header.Get("Cookie"))
			}
			waits := long(j.taken())
			if len(waits) != len(c.waits) {
				t.Fatalf("waited %v, want %v s", waits, c.waits)
			}
			for i, w := range waits {
				if least := c.waits[i] * time.Second; w < least || w > least+least/5+time.Second {
					t.Errorf("wait %d took %s, want %s and up to a fifth more", i, w, least)
				}
			}
		})
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	t.Run("what is asked for", func(t *testing.T) {
		t.Parallel()
		s := &script{answers: []func(http.ResponseWriter, *http.Request){says(200, `{"data": [], "next_page": {"offset": ""}}`)}}
		api, _ := ask(t, s, ClientOptions{})
		if _, err := api.Page(context.Background(), tender, "1.2.3", true, 500); err != nil {
			t.Fatal(err)
		}
		q := s.got[0].URL.Query()
		if s.got[0].URL.Path != "/api/2.5/tenders" || q.Get("limit") != "500" || q.Get("descending") != "1" || q.Get("offset") != "1.2.3" || !strings.Contains(q.Get("opt_fields"), "procuringEntity") || q.Has("mode") {
			t.Errorf("asked %s", s.got[0].URL)
		}
		if _, err := api.Page(context.Background(), tender, "", false, 500); err != nil {
			t.Fatal(err)
		}
		if q := s.got[1].URL.Query(); q.Has("descending") || q.Has("offset") {
			t.Errorf("asked %s", s.got[1].URL)
		}
	})
	for _, c := range []struct {
		name, offset string
		code         int
		body         string
		err          error
		asked        int
		items        int
	}{
		{"429 several times: the row of the feed tells", "x", 429, "", nil, 5, 0},
		{"404 with an offset: the position is void", "x", 404, "", ErrReset, 1, 0},
		{"404 without one, several times: no such feed", "", 404, "", ErrNoFeed, 3, 0},
		{"values of unknown kinds are unknown", "x", 200, `{"data": [{"id": "a"}, {"id": 5}, 7, {"id": "b", "dateModified": 1767969651.246, "procuringEntity": [1]}, {"id": "a/../b"}], "next_page": {"offset": 12.5}, "prev_page": null}`, nil, 1, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: []func(http.ResponseWriter, *http.Request){says(c.code, c.body)}}
			api, _ := ask(t, s, ClientOptions{})
			p, err := api.Page(context.Background(), plan, c.offset, false, 100)
			if c.code == http.StatusTooManyRequests && apiError(err) {
				err = nil
			}
			if !errors.Is(err, c.err) || len(s.got) != c.asked || len(p.Items) != c.items {
				t.Errorf("%+v, %v, asked %d times", p, err, len(s.got))
			}
			if c.items > 0 && (p.Next != "12.5" || p.Count != 5 || p.Items[2].Modified.UnixMilli() != 1767969651246) {
				t.Errorf("read %+v", p)
			}
		})
	}
}

// TestTheDocumentedPages reads the pages of the API's documentation.
func TestTheDocumentedPages(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/feed/*.json")
	if len(files) < 5 {
		t.Fatalf("%d pages", len(files))
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s := &script{answers: []func(http.ResponseWriter, *http.Request){says(200, string(b))}}
		api, _ := ask(t, s, ClientOptions{})
		p, err := api.Page(context.Background(), tender, "", false, 100)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(p.Items) != p.Count || p.Count > 0 && (p.Next == "" || p.Items[0].Modified.IsZero()) || p.Count == 0 && p.Next != "" {
			t.Errorf("%s: %+v", name, p)
		}
		if strings.Contains(name, "restricted") && p.Items[0].Buyer != "00037256" {
			t.Errorf("%s: buyer %q", name, p.Items[0].Buyer)
		}
	}
}

func TestARefusalHoldsEverybodyBack(t *testing.T) {
	t.Parallel()
	j := &jump{clock: clock.At(pgtest.Noon)}
	l := &limiter{clock: j.clock, sleep: j, gap: 200 * time.Millisecond}
	ctx := context.Background()
	first, _ := l.wait(ctx)
	second, _ := l.wait(ctx)
	l.refused(first, 0)
	l.refused(second, 0) // of the same storm: heard once
	if l.storms != 1 {
		t.Errorf("%d storms", l.storms)
	}
	before := j.clock.Now()
	third, _ := l.wait(ctx)
	if d := j.clock.Now().Sub(before); d < stormBase {
		t.Errorf("asked %s after a refusal", d)
	}
	l.served(second) // an answer from before the storm does not end it
	l.refused(third, 0)
	if l.storms != 2 {
		t.Errorf("%d storms", l.storms)
	}
	fourth, _ := l.wait(ctx)
	l.served(fourth)
	if l.storms != 0 {
		t.Error("an answer does not end the storm")
	}
}

func TestNextNight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, now, want string }{
		{"before three", "2026-11-25T00:30:00Z", "2026-11-25T01:00:00Z"},
		{"at three", "2026-11-25T01:00:00Z", "2026-11-26T01:00:00Z"},
		{"the night in which three o'clock jumps to four", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
		{"the night in which three o'clock comes twice", "2026-10-24T12:00:00Z", "2026-10-25T01:00:00Z"},
	} {
		now, _ := time.Parse(time.RFC3339, c.now)
		want, _ := time.Parse(time.RFC3339, c.want)
		if got := NextNight(now); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", c.name, got.UTC(), want)
		}
	}
}
