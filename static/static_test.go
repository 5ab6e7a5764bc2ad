package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, path, encoding, etag string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	if etag != "" {
		r.Header.Set("If-None-Match", etag)
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestURLCarriesTheHash(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"app.css", "app.js", "icon.svg", "hero-net.svg", "inter-cyrillic-wght-normal.woff2"} {
		if u := URL(name); !Has(name) || !regexp.MustCompile(`^/static/.+-[0-9A-Z]{8}\.[a-z0-9]+$`).MatchString(u) {
			t.Errorf("%s: %s", name, u)
		}
	}
	if Has("no.css") || URL("no.css") != "/static/no.css" {
		t.Error("an unknown name must give an address that answers 404")
	}
}

func TestHandlerChoosesTheEncoding(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, accept, want string }{
		{"brotli before gzip", "gzip, deflate, br", "br"},
		{"gzip alone", "gzip", "gzip"},
		{"brotli refused", "br;q=0, gzip;q=0.5", "gzip"},
		{"nothing accepted", "", ""},
		{"gzip refused", "gzip; q=0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := get(t, http.MethodGet, URL("app.css"), c.accept, "")
			if r.StatusCode != 200 || r.Header.Get("Content-Encoding") != c.want {
				t.Fatalf("got %d %q, want %q", r.StatusCode, r.Header.Get("Content-Encoding"), c.want)
			}
			if r.Header.Get("Vary") != "Accept-Encoding" || r.Header.Get("Content-Type") != "text/css; charset=utf-8" {
				t.Errorf("headers: %v", r.Header)
			}
			if !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
				t.Error("a hashed file is kept for ever")
			}
		})
	}
}

func TestPackedFilesUnpackToThePlainOnes(t *testing.T) {
	t.Parallel()
	plain := body(t, get(t, http.MethodGet, URL("app.js"), "", ""))
	zr, err := gzip.NewReader(get(t, http.MethodGet, URL("app.js"), "gzip", "").Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(zr)
	if err != nil || !bytes.Equal(plain, got) {
		t.Errorf("gzip differs (%v)", err)
	}
}

func TestHandlerAnswersConditionallyAndToHead(t *testing.T) {
	t.Parallel()
	first := get(t, http.MethodGet, URL("app.css"), "br", "")
	if r := get(t, http.MethodGet, URL("app.css"), "br", first.Header.Get("ETag")); r.StatusCode != http.StatusNotModified || len(body(t, r)) != 0 {
		t.Errorf("same ETag: got %d", r.StatusCode)
	}
	if r := get(t, http.MethodGet, URL("app.css"), "gzip", first.Header.Get("ETag")); r.StatusCode != 200 {
		t.Errorf("ETag of another encoding: got %d", r.StatusCode)
	}
	if r := get(t, http.MethodHead, URL("app.css"), "", ""); r.StatusCode != 200 || len(body(t, r)) != 0 || r.Header.Get("Content-Length") == "0" {
		t.Errorf("HEAD: got %d", r.StatusCode)
	}
	if r := get(t, http.MethodPost, URL("app.css"), "", ""); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d", r.StatusCode)
	}
	for _, p := range []string{"/static/app.css", "/static/", "/static/manifest.json", "/static/../static.go"} {
		if r := get(t, http.MethodGet, p, "", ""); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d", p, r.StatusCode)
		}
	}
}

func TestStyleSheetNamesOnlyFilesThatExist(t *testing.T) {
	t.Parallel()
	css := string(body(t, get(t, http.MethodGet, URL("app.css"), "", "")))
	found := regexp.MustCompile(`url\(["']?\./([^"')]+)`).FindAllStringSubmatch(css, -1)
	if len(found) < 4 {
		t.Fatalf("%d fonts", len(found))
	}
	for _, m := range found {
		if r := get(t, http.MethodGet, Prefix+m[1], "", ""); r.StatusCode != 200 || r.Header.Get("Content-Type") != "font/woff2" {
			t.Errorf("%s: %d %s", m[1], r.StatusCode, r.Header.Get("Content-Type"))
		}
	}
}

// TestFirstVisitIsSmall keeps the budget of a first visit: 160 kB with the page
// itself, for which 45 are left.
func TestFirstVisitIsSmall(t *testing.T) {
	t.Parallel()
	size := func(name string) int {
		return len(body(t, get(t, http.MethodGet, URL(name), "gzip", "")))
	}
	total := 0
	for name, limit := range map[string]int{
		"app.css":                           25_000,
		"app.js":                            22_000,
		"inter-cyrillic-wght-normal.woff2":  13_000,
		"inter-latin-wght-normal.woff2":     30_000,
		"arsenal-cyrillic-700-normal.woff2": 11_000,
		"arsenal-latin-700-normal.woff2":    17_000,
		"icon.svg":                          1_000,
	} {
		n := size(name)
		if n > limit {
			t.Errorf("%s: %d bytes over the wire, at most %d", name, n, limit)
		}
		total += n
	}
	if total > 115_000 {
		t.Errorf("a first visit takes %d bytes, at most 115000", total)
	}
}

func TestWhatTheReaderHasIsKnown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		sent []string
		etag string
		want bool
	}{
		{"nothing sent", nil, `"a"`, false},
		{"the same", []string{`"a"`}, `"a"`, true},
		{"another", []string{`"b"`}, `"a"`, false},
		{"one that ends so", []string{`"xa"`}, `"a"`, false},
		{"one of a list", []string{`"b", "a"`}, `"a"`, true},
		{"in a second line", []string{`"b"`, `"a"`}, `"a"`, true},
		{"weak, of a strong one", []string{`W/"a"`}, `"a"`, true},
		{"strong, of a weak one", []string{`"a"`}, `W/"a"`, true},
		{"whatever there is", []string{"*"}, `"a"`, true},
		{"a star in a tag", []string{`"*"`}, `"a"`, false},
	} {
		if got := Known(http.Header{"If-None-Match": c.sent}, c.etag); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
