package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/andybalholm/brotli"
)

// wire weighs pages as a browser gets them: the page and what it names, packed,
// with the heads of the answers. A first visit finds an empty cache; a repeated
// one asks for what it may not keep and for what it must ask about.
func (b *bench) wire(ctx context.Context, home string) error {
	resident, clerk := b.people.session(b.people.resident), b.people.session(b.people.specialist)
	pages := []struct{ name, path, session string }{
		{"Home", "/", ""},
		{"Sign-in", "/sign-in", ""},
		{"Sign-up", "/sign-up", ""},
		{"Help", "/help", ""},
		{"Check of an answer", "/verify", ""},
		{"Map of the city", "/map", ""},
		{"The resident's list", "/appeals", resident},
		{"The appeal", b.samples.own, resident},
		{"New appeal, step 1", "/appeals/new", resident},
		{"New appeal, step 2", b.samples.draft + "/2", resident},
		{"New appeal, step 4", b.samples.draft + "/4", resident},
		{"The account", "/account", resident},
		{"The clerk's queue", "/cabinet/appeals?set=incoming", clerk},
		{"The appeal (clerk)", b.samples.office, clerk},
	}
	for _, p := range pages {
		v := &visitor{home: home, session: p.session, kept: map[string]kept{}}
		first, err := v.visit(ctx, p.path)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		again, err := v.visit(ctx, p.path)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		limit, name := 160.0, p.name+", first visit"
		if v.isMap {
			limit, name = 300, p.name+", first visit, with the map"
		}
		b.weigh(name, first, limit)
		b.weigh(p.name+", repeated visit", again, 35)
	}
	return nil
}

func (b *bench) weigh(name string, bytes int64, limit float64) {
	b.add(line{what: name, value: fmt.Sprintf("%.1f kB", float64(bytes)/kilo), limit: fmt.Sprintf("%g kB", limit), got: float64(bytes) / kilo, target: limit, most: true, unit: "kB"})
}

// visitor is a browser with its cache.
type visitor struct {
	home, session string
	kept          map[string]kept
	isMap         bool // the last page had a map
}

type kept struct {
	etag      string
	immutable bool
	body      string
	typ       string
}

var (
	linkRE   = regexp.MustCompile(`(?s)<link\b[^>]*>`)
	relRE    = regexp.MustCompile(`\brel="([^"]*)"`)
	hrefRE   = regexp.MustCompile(`\bhref="([^"]*)"`)
	srcRE    = regexp.MustCompile(`<(?:script|img|source|iframe)\b[^>]*?\bsrc="([^"]*)"`)
	cssURLRE = regexp.MustCompile(`url\(\s*["']?([^"')]+)["']?\s*\)`)
	importRE = regexp.MustCompile(`(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']`)
	mapRE    = regexp.MustCompile(`\bdata-map-(?:picker|view|list)="([^"]*)"`)
)

// visit loads a page and everything that it names; it gives the bytes that
// came over the wire.
func (v *visitor) visit(ctx context.Context, path string) (int64, error) {
	var total atomic.Int64
	client := &http.Client{
		Transport: &http.Transport{
			DisableCompression: true,
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
				return &counted{c, &total}, err
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	body, _, err := v.fetch(ctx, client, path)
	if err != nil {
		return 0, err
	}
	v.isMap = false
	queue := v.named(body)
	seen := map[string]bool{}
	for len(queue) > 0 {
		u := queue[0]
		queue = queue[1:]
		if seen[u] || !strings.HasPrefix(u, "/") {
			continue
		}
		seen[u] = true
		text, typ, err := v.fetch(ctx, client, u)
		if err != nil {
			return 0, err
		}
		switch {
		case strings.HasPrefix(typ, "text/css"):
			for _, m := range cssURLRE.FindAllStringSubmatch(text, -1) {
				queue = append(queue, beside(u, m[1]))
			}
		case strings.HasPrefix(typ, "text/javascript"):
			for _, m := range importRE.FindAllStringSubmatch(text, -1) {
				if strings.HasPrefix(m[1], "./") || strings.HasPrefix(m[1], "/") {
					queue = append(queue, beside(u, m[1]))
				}
			}
		}
	}
	return total.Load(), nil
}

// named lists what a page makes the browser load, the data of its map too.
func (v *visitor) named(page string) []string {
	var out []string
	for _, l := range linkRE.FindAllString(page, -1) {
		rel, href := relRE.FindStringSubmatch(l), hrefRE.FindStringSubmatch(l)
		if rel == nil || href == nil {
			continue
		}
		switch rel[1] {
		case "stylesheet", "icon", "preload", "modulepreload", "manifest":
			out = append(out, html.UnescapeString(href[1]))
		}
	}
	for _, m := range srcRE.FindAllStringSubmatch(page, -1) {
		out = append(out, html.UnescapeString(m[1]))
	}
	for _, m := range mapRE.FindAllStringSubmatch(page, -1) {
		v.isMap = true
		var cfg struct {
			OSM     string `json:"osm"`
			Streets string `json:"streets"`
			Points  string `json:"points"`
		}
		if json.Unmarshal([]byte(html.UnescapeString(m[1])), &cfg) == nil {
			out = append(out, cfg.OSM, cfg.Streets, cfg.Points)
		}
	}
	return out
}

func beside(base, ref string) string {
	if strings.HasPrefix(ref, "/") || strings.Contains(ref, ":") {
		return ref
	}
	return base[:strings.LastIndex(base, "/")+1] + strings.TrimPrefix(ref, "./")
}

func (v *visitor) fetch(ctx context.Context, client *http.Client, path string) (body, typ string, err error) {
	k := v.kept[path]
	if k.immutable {
		return k.body, k.typ, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.home+path, nil)
	if err != nil {
		return "", "", err
	}
	req.Header.Set("Accept-Encoding", "gzip, br")
	req.Header.Set("Accept-Language", "uk")
	if v.session != "" {
		req.Header.Set("Cookie", "erec="+v.session)
	}
	if k.etag != "" {
		req.Header.Set("If-None-Match", k.etag)
	}
	res, err := client.Do(req)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return "", "", err
	}
	if res.StatusCode == http.StatusNotModified {
		return k.body, k.typ, nil
	}
	if res.StatusCode != http.StatusOK {
		return "", "", fmt.Errorf("%s: %s %s", path, strconv.Itoa(res.StatusCode), res.Header.Get("Location"))
	}
	text, err := unpack(res.Header.Get("Content-Encoding"), string(raw))
	if err != nil {
		return "", "", err
	}
	cache := res.Header.Get("Cache-Control")
	if !strings.Contains(cache, "no-store") {
		v.kept[path] = kept{res.Header.Get("ETag"), strings.Contains(cache, "immutable"), text, res.Header.Get("Content-Type")}
	}
	return text, res.Header.Get("Content-Type"), nil
}

func unpack(coding, raw string) (string, error) {
	var r io.Reader = strings.NewReader(raw)
	switch coding {
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			return "", err
		}
		r = z
	case "br":
		r = brotli.NewReader(r)
	}
	b, err := io.ReadAll(r)
	return string(b), err
}

// counted counts what is read from a connection.
type counted struct {
	net.Conn
	n *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n.Add(int64(n))
	return n, err
}
