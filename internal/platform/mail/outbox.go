package mail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"ereception/internal/platform/clock"
	"ereception/internal/platform/errs"
)

// Outbox keeps letters as .eml files in a folder that only its owner may read.
// The name of a file is the moment of the first attempt and a digest of the
// Message-ID: names sort by time, and a letter that is sent again replaces its
// own file. Safe for concurrent use by one process.
type Outbox struct {
	mu    sync.Mutex
	dir   string
	from  *mail.Address
	clock clock.Clock
}

// NewOutbox makes the folder when it is missing.
func NewOutbox(dir, from string, c clock.Clock) (*Outbox, error) {
	a, err := sender(from)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mail: outbox: %w", err)
	}
	return &Outbox{dir: dir, from: a, clock: c}, nil
}

// stored is the only form of a name that Outbox writes, and so reads.
var stored = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{32}\.eml$`)

// Send writes the letter whole or not at all.
func (o *Outbox) Send(ctx context.Context, m Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := o.clock.Now()
	msg, err := build(m, o.from, now)
	if err != nil {
		return err
	}
	data, err := bytesOf(msg)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(m.ID))
	tail := hex.EncodeToString(sum[:16]) + ".eml"

	o.mu.Lock()
	defer o.mu.Unlock()
	names, err := o.names()
	if err != nil {
		return err
	}
	name := now.UTC().Format("20060102T150405Z") + "-" + tail
	for _, n := range names {
		if strings.HasSuffix(n, tail) {
			name = n
			break
		}
	}
	return o.put(name, data)
}

func (o *Outbox) put(name string, data []byte) (err error) {
	f, err := os.CreateTemp(o.dir, ".new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("mail: outbox: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
			err = fmt.Errorf("mail: outbox: %w", err)
		}
	}()
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err = os.Rename(f.Name(), filepath.Join(o.dir, name)); err != nil {
		return err
	}
	d, err := os.Open(o.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close()) // the new name survives a power cut, too
}

// names lists the letters, the newest first.
func (o *Outbox) names() ([]string, error) {
	entries, err := os.ReadDir(o.dir)
	if err != nil {
		return nil, fmt.Errorf("mail: outbox: %w", err)
	}
	var out []string
	for _, e := range entries {
		if e.Type().IsRegular() && stored.MatchString(e.Name()) {
			out = append(out, e.Name())
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out, nil
}

// Stored is a letter of the outbox. List fills the first line of fields, Read all of them.
type Stored struct {
	File, From, To, Subject string
	Date                    time.Time
	Text, HTML              string
	Links                   []string // http and https, of both texts, each once, in the order of the letter
	Attachments             []string // names, in order
}

// List gives the newest letters, at most limit of them (0: all).
func (o *Outbox) List(limit int) ([]Stored, error) {
	names, err := o.names()
	if err != nil {
		return nil, err
	}
	if limit > 0 && len(names) > limit {
		names = names[:limit]
	}
	out := make([]Stored, 0, len(names))
	for _, n := range names {
		s, _, err := o.open(n)
		if errs.Is(err, errs.KindNotFound) {
			continue // taken away since the folder was read
		}
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Read gives a whole letter by the file name from List; HTML is as it was
// written and must not be shown but in a sandbox. A name that the outbox could
// not have given, a path above all, is errs.NotFound.
func (o *Outbox) Read(file string) (Stored, error) {
	s, parts, err := o.parts(file)
	if err != nil {
		return s, err
	}
	for _, p := range parts {
		switch {
		case p.name != "":
			s.Attachments = append(s.Attachments, p.name)
		case p.mime == "text/plain":
			s.Text = unix(p.data)
		case p.mime == "text/html":
			s.HTML = unix(p.data)
		}
	}
	s.Links = links(s.Text, s.HTML)
	return s, nil
}

// unix undoes the line ends of e-mail.
func unix(b []byte) string { return strings.ReplaceAll(string(b), "\r\n", "\n") }

// Attachment gives the attachment n (from 0, as Read names them) of a letter.
// No such letter or attachment: errs.NotFound.
func (o *Outbox) Attachment(file string, n int) (Attachment, error) {
	_, parts, err := o.parts(file)
	if err != nil {
		return Attachment{}, err
	}
	for _, p := range parts {
		if p.name == "" {
			continue
		}
		if n == 0 {
			return Attachment{Name: p.name, MIME: p.mime, Data: p.data}, nil
		}
		n--
	}
	return Attachment{}, errs.NotFound()
}

// open reads the headers and leaves the body as it is.
func (o *Outbox) open(file string) (Stored, *mail.Message, error) {
	if !stored.MatchString(file) {
		return Stored{}, nil, errs.NotFound()
	}
	path := filepath.Join(o.dir, file)
	if fi, err := os.Lstat(path); err == nil && !fi.Mode().IsRegular() {
		return Stored{}, nil, errs.NotFound() // a link that somebody else put here
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Stored{}, nil, errs.NotFound()
	}
	if err != nil {
		return Stored{}, nil, fmt.Errorf("mail: outbox: %w", err)
	}
	m, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return Stored{}, nil, fmt.Errorf("mail: outbox: %s: %w", file, err)
	}
	s := Stored{File: file, From: decode(m.Header.Get("From")), To: decode(m.Header.Get("To")), Subject: decode(m.Header.Get("Subject"))}
	if s.Date, err = m.Header.Date(); err != nil {
		return Stored{}, nil, fmt.Errorf("mail: outbox: %s: %w", file, err)
	}
	return s, m, nil
}

func decode(s string) string {
	if d, err := new(mime.WordDecoder).DecodeHeader(s); err == nil {
		return d
	}
	return s
}

type part struct {
	mime, name string // name: of an attachment
	data       []byte
}

func (o *Outbox) parts(file string) (Stored, []part, error) {
	s, m, err := o.open(file)
	if err != nil {
		return s, nil, err
	}
	parts, err := walk(textproto.MIMEHeader(m.Header), m.Body, nil)
	if err != nil {
		return s, nil, fmt.Errorf("mail: outbox: %s: %w", file, err)
	}
	return s, parts, nil
}

func walk(h textproto.MIMEHeader, body io.Reader, out []part) ([]part, error) {
	t, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(t, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if err == io.EOF {
				return out, nil
			}
			if err != nil {
				return nil, err
			}
			if out, err = walk(p.Header, p, out); err != nil {
				return nil, err
			}
		}
	}
	switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	p := part{mime: t, data: data}
	if kind, params, err := mime.ParseMediaType(h.Get("Content-Disposition")); err == nil && kind == "attachment" {
		p.name = fileName(decode(params["filename"]))
	}
	return append(out, p), nil
}

var (
	textLink = regexp.MustCompile(`https?://[^\s<>"«»]+`)
	htmlLink = regexp.MustCompile(`\shref="(https?://[^"]+)"`)
)

func links(text, page string) []string {
	var out []string
	add := func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, s := range textLink.FindAllString(text, -1) {
		add(strings.TrimRight(s, ".,;:!?)"))
	}
	for _, m := range htmlLink.FindAllStringSubmatch(page, -1) {
		add(html.UnescapeString(m[1]))
	}
	return out
}
