package public

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"ereception/internal/platform/clock"
)

// copyFor bounds the age of a copy: other processes may have changed an appeal,
// and a term may have run out meanwhile.
const copyFor = 10 * time.Second

// rendered is a page as it goes over the wire.
type rendered struct {
	plain, packed []byte
	etag          string
	at            time.Time
}

// copies keeps the rendered page of guests by locale. One reader renders while
// the others of that locale wait: a herd must not render the same page at once.
type copies struct {
	clock clock.Clock
	mu    sync.Mutex
	m     map[string]*slot
}

type slot struct {
	render sync.Mutex

	mu  sync.RWMutex
	gen uint64 // counts the drops: what was read before a drop must not be kept after it
	c   *rendered
}

func newCopies(c clock.Clock) *copies { return &copies{clock: c, m: map[string]*slot{}} }

func (c *copies) slot(key string) *slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.m[key]
	if !ok {
		s = &slot{}
		c.m[key] = s
	}
	return s
}

// get gives the copy for key, or makes one.
func (c *copies) get(key string, render func() ([]byte, error)) (*rendered, error) {
	s := c.slot(key)
	if r := s.fresh(c.clock.Now()); r != nil {
		return r, nil
	}
	s.render.Lock()
	defer s.render.Unlock()
	now := c.clock.Now()
	if r := s.fresh(now); r != nil {
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
	r.at = now
	s.mu.Lock()
	if s.gen == gen {
		s.c = r
	}
	s.mu.Unlock()
	return r, nil
}

func (s *slot) fresh(now time.Time) *rendered {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.c != nil && !now.Before(s.c.at) && now.Sub(s.c.at) < copyFor {
		return s.c
	}
	return nil
}

func (s *slot) generation() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.gen
}

// drop forgets every copy, those that are being made too.
func (c *copies) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.m {
		s.mu.Lock()
		s.gen++
		s.c = nil
		s.mu.Unlock()
	}
}

func pack(b []byte) (*rendered, error) {
	sum := sha256.Sum256(b)
	var z bytes.Buffer
	w, err := gzip.NewWriterLevel(&z, gzip.BestSpeed+2)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &rendered{plain: b, packed: z.Bytes(), etag: hex.EncodeToString(sum[:10]), at: time.Time{}}, nil
}
