// Package files takes what people upload and keeps it.
//
// What is guaranteed of a kept file:
//
//   - its type was told by its content, never by its name, and is one of the
//     list in sniff.go; anything that a browser could run is refused;
//   - it was scanned, where a scanner is configured; a scanner that does not
//     answer refuses the file rather than let it pass;
//   - a photo holds no EXIF, no GPS, no comments: the segments are cut out while
//     the file is taken, and Process encodes the picture anew;
//   - its key is the digest of its content, so that a repeat is harmless.
//
// A blob is stored before the row that names it. A crash between the two leaves
// an orphan, which Sweep removes.
package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/s3blob" // s3://…
	"gocloud.dev/gcerrors"

	"ereception/internal/platform/errs"
)

// MaxBytes is how large one file may be.
const MaxBytes = 20 << 20

// Config of Open.
type Config struct {
	URL    string // s3://bucket?region=…; empty: a folder
	Dir    string // the folder, made when missing
	ClamAV string // unix:/path or tcp://host:port; empty: no scan
}

// Store keeps files. It is safe for concurrent use.
type Store struct {
	bucket *blob.Bucket
	scan   *scanner
}

// Open opens the store.
func Open(ctx context.Context, c Config) (*Store, error) {
	scan, err := newScanner(c.ClamAV)
	if err != nil {
		return nil, err
	}
	var b *blob.Bucket
	if c.URL != "" {
		b, err = blob.OpenBucket(ctx, c.URL)
	} else {
		if err := os.MkdirAll(c.Dir, 0o700); err != nil {
			return nil, err
		}
		b, err = fileblob.OpenBucket(c.Dir, &fileblob.Options{CreateDir: true, NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	}
	if err != nil {
		return nil, fmt.Errorf("open the store of files: %w", err)
	}
	return &Store{bucket: b, scan: scan}, nil
}

// Close ends the store.
func (s *Store) Close() error { return s.bucket.Close() }

// Accepted is a file that was taken and stored.
type Accepted struct {
	Name   string // cleaned, with the extension of its true type
	MIME   string
	Size   int64
	SHA256 []byte
	Key    string
}

// NeedsProcessing reports whether Process has work to do with the file.
func (a Accepted) NeedsProcessing() bool { return isPhoto(a.MIME) }

// Accept reads, judges and stores a file. Errors for the person: errs.Invalid
// with the keys files.too_large, files.empty, files.type, files.infected, and
// errs.Unavailable when the scanner does not answer.
func (s *Store) Accept(ctx context.Context, name string, r io.Reader) (Accepted, error) {
	name = CleanName(name)
	tmp, err := os.CreateTemp("", "erec-upload-*")
	if err != nil {
		return Accepted{}, err
	}
	defer func() {
		_ = tmp.Close()
		_ = os.Remove(tmp.Name())
	}()
	n, err := io.Copy(tmp, io.LimitReader(r, MaxBytes+1))
	switch {
	case err != nil:
		return Accepted{}, errs.Invalid("files.broken").Because(err)
	case n > MaxBytes:
		return Accepted{}, errs.Invalid("files.too_large", "name", name, "max", MaxBytes>>20)
	case n == 0:
		return Accepted{}, errs.Invalid("files.empty", "name", name)
	}
	t, err := sniff(tmp, n)
	if err != nil {
		return Accepted{}, err
	}
	if t.mime == "" {
		return Accepted{}, errs.Invalid("files.type", "name", name)
	}
	if err := s.scan.check(ctx, io.NewSectionReader(tmp, 0, n)); err != nil {
		if errors.Is(err, errInfected) {
			return Accepted{}, errs.Invalid("files.infected", "name", name)
		}
		return Accepted{}, errs.Unavailable("files.scanner").Because(err)
	}
	a := Accepted{Name: withExtension(name, t.ext), MIME: t.mime}
	content := io.ReadSeeker(io.NewSectionReader(tmp, 0, n))
	if isPhoto(t.mime) {
		raw, err := io.ReadAll(content)
		if err != nil {
			return Accepted{}, err
		}
		clean, err := strip(t.mime, raw)
		if err != nil {
			return Accepted{}, errs.Invalid("files.broken_photo", "name", name).Because(err)
		}
		if err := checkSize(clean); err != nil {
			return Accepted{}, errs.Invalid("files.broken_photo", "name", name).Because(err)
		}
		content, n = bytes.NewReader(clean), int64(len(clean))
	}
	a.Size = n
	a.Key, a.SHA256, err = s.put(ctx, t.mime, content)
	return a, err
}

// Put stores content that the portal made itself and gives its key.
func (s *Store) Put(ctx context.Context, mime string, b []byte) (string, error) {
	key, _, err := s.put(ctx, mime, bytes.NewReader(b))
	return key, err
}

func (s *Store) put(ctx context.Context, mime string, r io.ReadSeeker) (key string, digest []byte, err error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", nil, err
	}
	digest = h.Sum(nil)
	name := hex.EncodeToString(digest)
	key = "sha256/" + name[:2] + "/" + name[2:]
	there, err := s.bucket.Exists(ctx, key)
	if err != nil || there {
		return key, digest, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return "", nil, err
	}
	w, err := s.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: mime})
	if err != nil {
		return "", nil, err
	}
	if _, err := io.Copy(w, r); err != nil {
		_ = w.Close()
		return "", nil, err
	}
	return key, digest, w.Close()
}

// Open opens a stored blob. An unknown key is errs.NotFound.
func (s *Store) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	r, err := s.bucket.NewReader(ctx, key, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, errs.NotFound().Because(err)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Sweep removes blobs that nothing names and that are older than a moment, so
// that an upload under way is left alone. It gives how many went.
func (s *Store) Sweep(ctx context.Context, named func(key string) bool, before time.Time) (int, error) {
	n := 0
	it := s.bucket.List(nil)
	for {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if o.IsDir || named(o.Key) || o.ModTime.After(before) {
			continue
		}
		if err := s.bucket.Delete(ctx, o.Key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return n, err
		}
		n++
	}
}

// CleanName makes a name of a file fit to be shown and to be sent: its last
// part, without control and direction marks, of at most 120 characters.
func CleanName(s string) string {
	s = strings.ReplaceAll(s, "\\", "/")
	s = filepath.Base("/" + s)
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError, strings.ContainsRune(`/:*?"<>|`, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
	s = strings.Trim(s, " .")
	if r := []rune(s); len(r) > 120 {
		ext := []rune(filepath.Ext(s))
		if len(ext) > 10 {
			ext = nil
		}
		s = string(r[:120-len(ext)]) + string(ext)
	}
	if s == "" {
		return "file"
	}
	return s
}

// withExtension gives the name the extension of the true type.
func withExtension(name, ext string) string {
	have := strings.ToLower(filepath.Ext(name))
	if have == ext || ext == ".jpg" && have == ".jpeg" || ext == ".p7s" && have == ".p7m" {
		return name
	}
	if len(have) >= 2 && len(have) <= 5 {
		name = name[:len(name)-len(have)]
	}
	return name + ext
}
