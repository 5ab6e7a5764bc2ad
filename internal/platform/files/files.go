// Package files takes what people upload and keeps it.
//
// What is guaranteed of a kept file:
//
//   - its type was told by its content, never by its name, and is one of the
//     list in sniff.go; anything that a browser could run is refused;
//   - it was scanned, where a scanner is configured; a scanner that does not
//     answer refuses the file rather than let it pass;
//   - a photo holds no EXIF, no GPS, no comments: the segments are cut out while
//     the file is taken, and Process encodes the picture anew; a video holds no
//     place, owner or device either;
//   - its key is the digest of its content, so that a repeat is harmless;
//   - once Accept or Put has returned, it is on the disk.
//
// A blob is stored before the row that names it. A crash between the two leaves
// an orphan, which Sweep removes. Nothing else is ever deleted: two rows may
// name one blob.
package files

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
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
	dir    string // of the bucket, when it is a folder
	scan   *scanner
	desk   chan struct{} // one place: see Process
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
	s := &Store{bucket: b, scan: scan, desk: make(chan struct{}, 1)}
	if c.URL == "" {
		s.dir = c.Dir
	}
	return s, nil
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
// with the keys files.too_large, files.empty, files.broken (it did not arrive
// whole), files.type, files.heic, files.macros, files.infected,
// files.broken_photo, files.broken_video, and errs.Unavailable when the scanner
// does not answer.
func (s *Store) Accept(ctx context.Context, name string, r io.Reader) (Accepted, error) {
	name = CleanName(name)
	tmp, err := os.CreateTemp("", "erec-upload-*")
	if err != nil {
		return Accepted{}, err
	}
	_ = os.Remove(tmp.Name()) // it lives on until it is closed, and a killed process leaves nothing
	defer func() { _ = tmp.Close() }()
	in := &source{r: io.LimitReader(r, MaxBytes+1)}
	n, err := io.Copy(tmp, in)
	var tooLarge *http.MaxBytesError
	switch {
	case n > MaxBytes || errors.As(in.err, &tooLarge):
		return Accepted{}, errs.Invalid("files.too_large", "name", name, "max", MaxBytes>>20)
	case in.err != nil:
		return Accepted{}, errs.Invalid("files.broken").Because(in.err)
	case err != nil: // our disk
		return Accepted{}, fmt.Errorf("keep an upload: %w", err)
	case n == 0:
		return Accepted{}, errs.Invalid("files.empty", "name", name)
	}
	t, err := sniff(tmp, n)
	if err != nil {
		return Accepted{}, err
	}
	if t.mime == "" {
		return Accepted{}, errs.Invalid(cmp.Or(t.why, "files.type"), "name", name)
	}
	if err := s.scan.check(ctx, io.NewSectionReader(tmp, 0, n)); err != nil {
		if errors.Is(err, errInfected) {
			return Accepted{}, errs.Invalid("files.infected", "name", name)
		}
		return Accepted{}, errs.Unavailable("files.scanner").Because(err)
	}
	a := Accepted{Name: withExtension(name, t.ext), MIME: t.mime}
	content := io.ReadSeeker(io.NewSectionReader(tmp, 0, n))
	switch {
	case isPhoto(t.mime):
		raw, err := io.ReadAll(content)
		if err != nil {
			return Accepted{}, err
		}
		clean, err := strip(t.mime, raw)
		if err == nil {
			err = checkSize(t.mime, clean)
		}
		if err != nil {
			return Accepted{}, errs.Invalid("files.broken_photo", "name", name).Because(err)
		}
		content, n = bytes.NewReader(clean), int64(len(clean))
	case t == mp4Type:
		if err := stripVideo(tmp, n); err != nil {
			return Accepted{}, errs.Invalid("files.broken_video", "name", name).Because(err)
		}
	}
	a.Size = n
	a.Key, a.SHA256, err = s.put(ctx, t.mime, content)
	return a, err
}

// source remembers whether it was the reading that went wrong.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
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
	// What is there already is written again: it is young then, and a sweep that
	// runs at this moment leaves it alone.
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return "", nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w, err := s.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: mime})
	if err != nil {
		return "", nil, err
	}
	if _, err := io.Copy(w, r); err != nil {
		stop() // a writer that is closed keeps what it has
		_ = w.Close()
		return "", nil, err
	}
	if err := w.Close(); err != nil {
		return "", nil, err
	}
	return key, digest, s.settle(key)
}

// settle waits until a blob and its name are on the disk. A bucket elsewhere has
// seen to that itself.
func (s *Store) settle(key string) error {
	if s.dir == "" {
		return nil
	}
	file := filepath.Join(s.dir, filepath.FromSlash(key))
	shard := filepath.Dir(file)
	for _, path := range []string{file, shard, filepath.Dir(shard), s.dir} {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
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
	return &stored{r, `"` + key[strings.LastIndexByte(key, '/')+1:] + `"`}, nil
}

// stored is a blob being read; its ETag is its digest.
type stored struct {
	*blob.Reader
	etag string
}

func (s *stored) ETag() string { return s.etag }

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
		// Asked once more: the same content may have come in since the list was made.
		if now, err := s.bucket.Attributes(ctx, o.Key); err == nil && now.ModTime.After(before) {
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

// withExtension gives the name the extension of the true type. The name of a
// signature keeps what it says of the file that was signed.
func withExtension(name, ext string) string {
	have := strings.ToLower(filepath.Ext(name))
	if have == ext || ext == ".jpg" && have == ".jpeg" || ext == ".p7s" && have == ".p7m" {
		return name
	}
	if len(have) >= 2 && len(have) <= 5 && ext != ".p7s" {
		name = name[:len(name)-len(have)]
	}
	return name + ext
}
