package httpx

import (
	"errors"
	"testing"
	"time"

	"ereception/internal/platform/clock"
)

func TestCopies(t *testing.T) {
	t.Parallel()
	c := NewCopies(clock.At(time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)), time.Second, "no-cache")
	r, err := c.Get("uk", func() ([]byte, error) {
		c.Drop() // the data changes while the page is being made
		return []byte("old"), nil
	})
	if err != nil || string(r.plain) != "old" {
		t.Fatal(r, err)
	}
	if r, _ = c.Get("uk", func() ([]byte, error) { return []byte("new"), nil }); string(r.plain) != "new" {
		t.Error("a page made of old data was kept after the change")
	}
	if _, err = c.Get("en", func() ([]byte, error) { return nil, errors.New("down") }); err == nil {
		t.Error("an error was kept as a page")
	}
	if r, err = c.Get("en", func() ([]byte, error) { return []byte("up"), nil }); err != nil || string(r.plain) != "up" {
		t.Error("an error outlived its cause")
	}
	c.DropKeys("en", "never made")
	if r, _ = c.Get("en", func() ([]byte, error) { return []byte("later"), nil }); string(r.plain) != "later" {
		t.Error("a dropped copy was kept")
	}
	if r, _ = c.Get("uk", func() ([]byte, error) { return nil, nil }); string(r.plain) != "new" {
		t.Error("a copy of another key was dropped")
	}
}
