package files

import (
	"bytes"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"ereception/internal/platform/errs"
)

// TestS3 does through the protocol of S3 what the other tests do in a folder.
func TestS3(t *testing.T) {
	t.Parallel()
	backend := s3mem.New()
	if err := backend.CreateBucket("appeals"); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(srv.Close)
	q := url.Values{"endpoint": {srv.URL}, "region": {"eu-central-1"}, "use_path_style": {"true"}, "anonymous": {"true"}}
	s, err := Open(t.Context(), Config{URL: "s3://appeals?" + q.Encode()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })

	a, err := s.Accept(t.Context(), "яма.jpg", bytes.NewReader(photo(t, 6)))
	if err != nil {
		t.Fatal(err)
	}
	tellsNothing(t, "accepted", read(t, s, a.Key))
	p, err := s.Process(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	tellsNothing(t, "processed", read(t, s, p.Key))

	r, err := s.Open(t.Context(), p.Key)
	if err != nil {
		t.Fatal(err)
	}
	w, req := httptest.NewRecorder(), httptest.NewRequest("GET", "/f", nil)
	req.Header.Set("Range", "bytes=0-1")
	Serve(w, req, p.Name, p.MIME, r, true)
	if err := r.Close(); err != nil || w.Code != 206 || w.Body.String() != "\xff\xd8" {
		t.Errorf("a part of a photo: %d %q, %v", w.Code, w.Body, err)
	}

	named := func(key string) bool { return key == p.Key || key == p.ThumbKey }
	if n, err := s.Sweep(t.Context(), named, time.Now().Add(-time.Hour)); err != nil || n != 0 {
		t.Errorf("a fresh upload was swept: %d, %v", n, err)
	}
	if n, err := s.Sweep(t.Context(), named, time.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
	if _, err := s.Open(t.Context(), a.Key); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("the photo as it came in: %v", err)
	}

	srv.Close()
	if _, err := s.Accept(t.Context(), "a.txt", strings.NewReader("текст")); err == nil {
		t.Error("a file was accepted by a store that is down")
	}
}
