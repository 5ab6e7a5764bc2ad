package httpx

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/clock"
	"ereception/static"
)

// copiesMost bounds how many copies are kept: beyond it all are made anew.
const copiesMost = 2000

// Copies keeps pages as they go over the wire to readers without a session. One
// reader renders while the others of the same page wait: a herd must not render
// it all at once. Nobody's name, flash or menu may be in such a page.
type Copies struct {
	clock clock.Clock
	life  time.Duration
	cache string
	mu    sync.Mutex
	m     map[string]*slot
}

// NewCopies keeps each copy for life, which bounds what other processes may have
// changed meanwhile. cache is the Cache-Control of the answer.
func NewCopies(c clock.Clock, life time.Duration, cache string) *Copies {
	return &Copies{clock: c, life: life, cache: cache, m: map[string]*slot{}}
}

// Copy is a page as it goes over the wire.
type Copy struct {
	plain, packed []byte
	etag, cache   string
	at            time.Time
}

type slot struct {
	render sync.Mutex

	mu  sync.RWMutex
	gen uint64 // counts the drops: what was read before a drop must not be kept after it
	c   *Copy
}

func (c *Copies) slot(key string) *slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.m[key]
	if !ok {
		if len(c.m) >= copiesMost {
			c.m = map[string]*slot{}
		}
		s = &slot{}
		c.m[key] = s
	}
	return s
}

// Get gives the copy for key, or makes one of what render gives.
func (c *Copies) Get(key string, render func() ([]byte, error)) (*Copy, error) {
	s := c.slot(key)
	if r := s.fresh(c.clock.Now(), c.life); r != nil {
		return r, nil
	}
	s.render.Lock()
	defer s.render.Unlock()
	now := c.clock.Now()
	if r := s.fresh(now, c.life); r != nil {
		return r, nil
	}
	gen := s.generation()
	b, err := render()
	if err != nil {
		return nil, err
	}
	r, err := pack(b)
	if err != nil {
		return nil, err
	}
	r.at, r.cache = now, c.cache
	s.mu.Lock()
	if s.gen == gen {
		s.c = r
	}
	s.mu.Unlock()
	return r, nil
}

func (s *slot) fresh(now time.Time, life time.Duration) *Copy {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.c != nil && !now.Before(s.c.at) && now.Sub(s.c.at) < life {
		return s.c
	}
	return nil
}

func (s *slot) generation() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.gen
}

func (s *slot) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gen++
	s.c = nil
}

// Drop forgets every copy, those that are being made too.
func (c *Copies) Drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.m {
		s.drop()
	}
}

// DropKeys forgets the copies of these keys.
func (c *Copies) DropKeys(keys ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range keys {
		if s := c.m[k]; s != nil {
			s.drop()
		}
	}
}

func pack(b []byte) (*Copy, error) {
	sum := sha256.Sum256(b)
	var z bytes.Buffer
	w, err := gzip.NewWriterLevel(&z, gzip.DefaultCompression) // packed once, sent many times
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &Copy{plain: b, packed: z.Bytes(), etag: hex.EncodeToString(sum[:10])}, nil
}

// Send writes the copy as a page of HTML: packed where the browser takes it,
// nothing but 304 when it has it already.
func (r *Copy) Send(c echo.Context) error {
	return r.send(c, htmlType, "Cookie, Accept-Encoding, Accept-Language", r.cache)
}

// Framed sends the copy as a page that the sites may show in a frame.
func (r *Copy) Framed(c echo.Context, ancestors []string) error {
	Framed(c, ancestors)
	return r.send(c, htmlType, "Accept-Encoding", embedKept)
}

// Picture sends the copy as an SVG that is made to be shown elsewhere.
func (r *Copy) Picture(c echo.Context) error {
	pictureHead(c)
	return r.send(c, svgType, "Accept-Encoding", embedKept)
}

const (
	htmlType = "text/html; charset=utf-8"
	svgType  = "image/svg+xml; charset=utf-8"
)

func (r *Copy) send(c echo.Context, contentType, vary, cache string) error {
	w, req := c.Response(), c.Request()
	head := w.Header()
	head["Vary"] = []string{vary}
	head["Cache-Control"] = []string{cache}
	body, etag := r.plain, `"`+r.etag+`"`
	if strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
		body, etag = r.packed, `"`+r.etag+`-gz"`
		head["Content-Encoding"] = []string{"gzip"}
	}
	head["Etag"] = []string{etag}
	if static.Known(req.Header, etag) {
		delete(head, "Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	head["Content-Type"] = []string{contentType}
	head["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(http.StatusOK)
	if req.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	return err
}
