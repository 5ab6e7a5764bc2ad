// Package static holds what the browser gets besides pages: the style sheet,
// the scripts, fonts and pictures, built from static/src by
// internal/tools/assets and embedded into the binary.
//
// Every file has a hash of its content in its name, so an address never
// changes its content and may be kept for a year. Text files are served packed
// (Brotli or gzip, made at build time) to whoever accepts it.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed dist
var dist embed.FS

// Prefix is the path under which Handler is mounted.
const Prefix = "/static/"

// file is one embedded file in the forms in which it may be sent.
type file struct {
	contentType string
	etag        string // without the quotes; the packed forms add a suffix
	plain       []byte
	gz, br      []byte // nil when packing does not pay
}

var (
	urls  map[string]string // plain name → address
	files map[string]file   // name with hash → content
)

func init() {
	var err error
	if urls, files, err = load(); err != nil {
		panic("static: " + err.Error()) // embedded files: a broken build, not a broken machine
	}
}

func load() (map[string]string, map[string]file, error) {
	raw, err := dist.ReadFile("dist/manifest.json")
	if err != nil {
		return nil, nil, err
	}
	var manifest map[string]string
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return nil, nil, err
	}
	urls, files := map[string]string{}, map[string]file{}
	for plain, name := range manifest {
		b, err := dist.ReadFile("dist/" + name)
		if err != nil {
			return nil, nil, err
		}
		sum := sha256.Sum256(b)
		f := file{contentType: contentType(name), etag: hex.EncodeToString(sum[:8]), plain: b}
		if gz, err := dist.ReadFile("dist/" + name + ".gz"); err == nil && len(gz) < len(b) {
			f.gz = gz
		}
		if br, err := dist.ReadFile("dist/" + name + ".br"); err == nil && len(br) < len(b) {
			f.br = br
		}
		urls[plain], files[name] = Prefix+name, f
	}
	return urls, files, nil
}

// contentType does not ask the machine's MIME tables: they differ.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".png":
		return "image/png"
	case ".json":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	}
	return "application/octet-stream"
}

// URL gives the address of a file by its plain name: "app.css" →
// "/static/app-HASH.css". An unknown name gives an address that answers 404.
func URL(name string) string {
	if u, ok := urls[name]; ok {
		return u
	}
	return Prefix + name
}

// Has reports whether a file of that plain name was built.
func Has(name string) bool { _, ok := urls[name]; return ok }

// Handler serves the files under Prefix to GET and HEAD.
func Handler() http.Handler { return http.HandlerFunc(serve) }

func serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	f, ok := files[strings.TrimPrefix(r.URL.Path, Prefix)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	body, etag := f.plain, f.etag
	if f.gz != nil || f.br != nil {
		h.Set("Vary", "Accept-Encoding")
		accept := r.Header.Get("Accept-Encoding")
		switch {
		case f.br != nil && Accepts(accept, "br"):
			h.Set("Content-Encoding", "br")
			body, etag = f.br, etag+"-br"
		case f.gz != nil && Accepts(accept, "gzip"):
			h.Set("Content-Encoding", "gzip")
			body, etag = f.gz, etag+"-gz"
		}
	}
	etag = `"` + etag + `"`
	h.Set("ETag", etag)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", f.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	if Known(r.Header, etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the reader has gone: nothing to do about it
	}
}

// Known reads the headers If-None-Match (RFC 9110, 13.1.2): the reader has what bears the
// tag, weak or strong, or wants nothing of what there is («*»).
func Known(head http.Header, etag string) bool {
	want := strings.TrimPrefix(etag, "W/")
	for _, line := range head.Values("If-None-Match") {
		for part := range strings.SplitSeq(line, ",") {
			if tag := strings.TrimSpace(part); tag == "*" || strings.TrimPrefix(tag, "W/") == want {
				return true
			}
		}
	}
	return false
}

// Accepts reads a header Accept-Encoding (RFC 9110, 12.5.3): the coding is named and
// not refused with q=0.
func Accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		if !ok {
			return true
		}
		v, err := strconv.ParseFloat(q, 64)
		return err == nil && v > 0
	}
	return false
}
