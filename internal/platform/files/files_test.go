package files

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"ereception/internal/platform/errs"
)

func store(t *testing.T, clam string) *Store {
	t.Helper()
	s, err := Open(context.Background(), Config{Dir: t.TempDir(), ClamAV: clam})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func read(t *testing.T, s *Store, key string) []byte {
	t.Helper()
	r, err := s.Open(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func picture(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{uint8(x), uint8(y), 90, 255})
		}
	}
	// A red corner tells which way is up.
	for y := range h / 4 {
		for x := range w / 4 {
			m.Set(x, y, color.RGBA{250, 0, 0, 255})
		}
	}
	return m
}

// exif makes a segment with an orientation and a GPS place, as a phone does.
func exif(orientation byte) []byte {
	var t bytes.Buffer
	le := binary.LittleEndian
	t.WriteString("II*\x00\x08\x00\x00\x00")
	_ = binary.Write(&t, le, uint16(2))
	for _, e := range [][4]uint32{{0x0112, 3, 1, uint32(orientation)}, {0x8825, 4, 1, 38}} {
		_ = binary.Write(&t, le, uint16(e[0]))
		_ = binary.Write(&t, le, uint16(e[1]))
		_ = binary.Write(&t, le, e[2])
		_ = binary.Write(&t, le, e[3])
	}
	_ = binary.Write(&t, le, uint32(0))
	t.WriteString("GPSLatitude 50.2547 N GPSLongitude 28.6587 E SecretCamera")
	seg := append([]byte{0xff, 0xe1, 0, 0}, append([]byte("Exif\x00\x00"), t.Bytes()...)...)
	binary.BigEndian.PutUint16(seg[2:], uint16(len(seg)-2))
	return seg
}

func photo(t *testing.T, orientation byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(160, 80), nil); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	out := append(bytes.Clone(raw[:2]), exif(orientation)...)
	out = append(out, 0xff, 0xfe, 0, 14)
	out = append(out, "SecretNote!!"...)
	out = append(out, raw[2:]...)
	return append(out, "MotionPhoto GPSLatitude"...) // what phones hang behind the picture
}

func TestAPhotoLosesItsPlace(t *testing.T) {
	t.Parallel()
	s, ctx := store(t, ""), context.Background()
	a, err := s.Accept(ctx, "IMG.jpeg", bytes.NewReader(photo(t, 6)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Process(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]string{"accepted": a.Key, "processed": p.Key, "thumbnail": p.ThumbKey} {
		b := read(t, s, key)
		for _, secret := range []string{"GPS", "Secret", "Motion"} {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("the %s photo still holds %s", name, secret)
			}
		}
	}
	img, err := jpeg.Decode(bytes.NewReader(read(t, s, p.Key)))
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds().Dx() != 80 || img.Bounds().Dy() != 160 {
		t.Errorf("orientation 6 gives %v", img.Bounds())
	}
	if r, g, _, _ := img.At(75, 4).RGBA(); r>>8 < 200 || g>>8 > 60 {
		t.Errorf("the red corner is not at the upper right: %d %d", r>>8, g>>8)
	}
	again, err := s.Process(ctx, a)
	if err != nil || again.Key != p.Key {
		t.Errorf("a second run gives %v, %v", again.Key, err)
	}
}

func zipped(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		name, content, _ := strings.Cut(n, "=")
		w, err := z.CreateHeader(&zip.FileHeader{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, content)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	wordTypes  = `[Content_Types].xml=<Override ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>`
	sheetTypes = `[Content_Types].xml=<Override ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>`
	odtMime    = "mimetype=application/vnd.oasis.opendocument.text"
)

func TestTheTypeIsToldByTheContent(t *testing.T) {
	t.Parallel()
	utf16le := func(s string) string {
		b := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(s)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return string(b)
	}
	p7s := "\x30\x82\x00\x14\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82\x01\x00\x00\x00\x00\x00\x00"
	ber := "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	coded := base64.StdEncoding.EncodeToString([]byte(p7s))
	many := make([]string, maxParts+1)
	for i := range many {
		many[i] = fmt.Sprintf("p%d=", i)
	}
	many[0] = wordTypes
	for _, c := range []struct{ name, content, want, why string }{
		{"a PDF", "%PDF-1.7\n…", ".pdf", ""},
		{"text in UTF-8", "Прошу відремонтувати дорогу", ".txt", ""},
		{"text in UTF-8 with its mark", "\ufeffПрошу", ".txt", ""},
		{"text in UTF-16", utf16le("Прошу відремонтувати\r\nдорогу"), ".txt", ""},
		{"text in Windows-1251", "\xcf\xf0\xee\xf8\xf3 \xe2\xb3\xe4\xf0\xe5\xec\xee\xed\xf2\xf3\xe2\xe0\xf2\xe8", ".txt", ""},
		{"a Word document", zipped(t, wordTypes, "word/document.xml=x"), ".docx", ""},
		{"a Word document whose main part has another name", zipped(t, "_rels/.rels=x", wordTypes, "word/document2.xml=x"), ".docx", ""},
		{"a spreadsheet", zipped(t, sheetTypes, "xl/workbook.xml=x"), ".xlsx", ""},
		{"an ODT", zipped(t, odtMime, "content.xml=x", "Configurations2/menubar/x=x"), ".odt", ""},
		{"a video", "\x00\x00\x00\x14ftypisom\x00\x00\x02\x00mp42", ".mp4", ""},
		{"a video with a maker's brand first", "\x00\x00\x00\x18ftypXAVC\x00\x00\x02\x00XAVCmp42", ".mp4", ""},
		{"a signature", p7s, ".p7s", ""},
		{"a signature of indefinite length", ber, ".p7s", ""},
		{"a signature in base64", coded, ".p7s", ""},
		{"a signature in PEM", "-----BEGIN PKCS7-----\r\n" + coded[:16] + "\r\n" + coded[16:] + "\r\n-----END PKCS7-----\r\n", ".p7s", ""},

		{"a Word document with macros", zipped(t, wordTypes, "word/document.xml=x", "word/vbaProject.bin=x"), "", "files.macros"},
		{"a Word document with macros under another name", zipped(t, strings.Replace(wordTypes, "/>", "/><Override ContentType=\"application/vnd.ms-office.vbaProject\"/>", 1), "word/x.bin=x"), "", "files.macros"},
		{"a document for macros", zipped(t, `[Content_Types].xml=application/vnd.ms-word.document.macroEnabled.main+xml`, "word/document.xml=x"), "", "files.macros"},
		{"a spreadsheet with Excel 4 macros", zipped(t, sheetTypes, "xl/macrosheets/sheet1.xml=x"), "", "files.macros"},
		{"a spreadsheet with ActiveX", zipped(t, sheetTypes, "xl/activeX/activeX1.bin=x"), "", "files.macros"},
		{"an ODT with macros", zipped(t, odtMime, "content.xml=x", "Basic/Standard/Module1.xml=x"), "", "files.macros"},
		{"an ODT whose mime type comes late", zipped(t, "content.xml=x", odtMime), "", ""},
		{"a presentation", zipped(t, "[Content_Types].xml=presentationml.presentation.main+xml"), "", ""},
		{"an archive", zipped(t, "a.exe=MZ"), "", ""},
		{"an archive of very many parts", zipped(t, many...), "", ""},
		{"an archive that swells", swelling(t), "", ""},
		{"the head of an archive", "PK\x03\x04", "", ""},
		{"a page", "<!doctype html><script>alert(1)</script>", "", ""},
		{"a page after a mark and spaces", "\ufeff \n<HTML><body>", "", ""},
		{"a page in UTF-16", utf16le("<html>"), "", ""},
		{"a page that becomes an archive", "<html>" + zipped(t, wordTypes), "", ""},
		{"a drawing that runs", "<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "", ""},
		{"a drawing with a heading", "<?xml version='1.0'?><svg/>", "", ""},
		{"a script", "#!/bin/sh\nrm -rf /", "", ""},
		{"a program of Windows", "MZ\x90\x00\x03", "", ""},
		{"a program of Linux", "\x7fELF\x02\x01\x01", "", ""},
		{"a program that passes for a video", "MZ\x90\x00ftypisom\x00\x00\x02\x00", "", ""},
		{"a page that passes for a video", "<a>\nftypisom", "", ""},
		{"text that hides a script", "Привіт <script>alert(1)</script>", "", ""},
		{"a rich text", `{\rtf1\ansi}`, "", ""},
		{"a GIF", "GIF89a\x01\x00\x01\x00", "", ""},
		{"an old Word document", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", ""},
		{"a HEIC photo", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "", "files.heic"},
		{"an AVIF photo", "\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mp41avif", "", ""},
		{"a film of QuickTime", "\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "", ""},
		{"DER of another kind", "\x30\x82\x00\x14\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x82\x01\x00\x00\x00\x00\x00\x00", "", ""},
		{"a signature that is not whole", p7s[:2] + "\xff\xff" + p7s[4:], "", ""},
		{"noise", "\x01\x02\x03\x80\xff\xfe", "", ""},
		{"half a sign of UTF-16", "\xff\xfeA", "", ""},
	} {
		got, err := sniff(strings.NewReader(c.content), int64(len(c.content)))
		if err != nil || got.ext != c.want || got.why != c.why || (got.mime == "") != (c.want == "") {
			t.Errorf("%s is taken for %+v, %v", c.name, got, err)
		}
	}
}

// swelling is a document that says it holds more than a disk.
func swelling(t *testing.T) string {
	t.Helper()
	s := zipped(t, wordTypes, "word/document.xml=x")
	at := strings.LastIndex(s, "PK\x01\x02") // its entry in the directory; the size stands 24 bytes in
	return s[:at+24] + "\xf0\xff\xff\xff" + s[at+28:]
}

func TestAcceptRefuses(t *testing.T) {
	t.Parallel()
	s, ctx := store(t, ""), context.Background()
	for _, c := range []struct {
		name, key string
		r         io.Reader
	}{
		{"an empty file", "files.empty", strings.NewReader("")},
		{"a file that is too large", "files.too_large", io.LimitReader(zeros{}, MaxBytes+5)},
		{"a page called photo.jpg", "files.type", strings.NewReader("<html></html>")},
		{"a torn photo", "files.broken_photo", bytes.NewReader(photo(t, 1)[:60])},
		{"a HEIC photo", "files.heic", strings.NewReader("\x00\x00\x00\x10ftypheic\x00\x00\x00\x00")},
		{"a torn video", "files.broken_video", strings.NewReader("\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\xff\xffmdat")},
		{"an upload that breaks off", "files.broken", io.MultiReader(strings.NewReader("text"), iotest.ErrReader(io.ErrUnexpectedEOF))},
		{"a request that is too large", "files.too_large", http.MaxBytesReader(nil, io.NopCloser(strings.NewReader("text")), 2)},
		{"a picture that would fill the memory", "files.broken_photo", bytes.NewReader(vast(t))},
	} {
		_, err := s.Accept(ctx, "photo.jpg", c.r)
		if e, ok := errs.As(err); !ok || e.Kind != errs.KindInvalid || e.Key != c.key {
			t.Errorf("%s: %v, want %s", c.name, err, c.key)
		}
	}
	n, err := s.Sweep(ctx, func(string) bool { return false }, time.Now().Add(time.Hour))
	if err != nil || n != 0 {
		t.Errorf("%d refused files were kept, %v", n, err)
	}
}

// vast is a PNG of a few bytes that promises 30 000 by 30 000.
func vast(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	binary.BigEndian.PutUint32(raw[16:], 30_000)
	binary.BigEndian.PutUint32(raw[20:], 30_000)
	binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
	return raw
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestSweepTakesOrphansAlone(t *testing.T) {
	t.Parallel()
	s, ctx := store(t, ""), context.Background()
	kept, err := s.Put(ctx, "text/plain", []byte("kept"))
	if err != nil {
		t.Fatal(err)
	}
	orphan, err := s.Put(ctx, "text/plain", []byte("orphan"))
	if err != nil {
		t.Fatal(err)
	}
	named := func(k string) bool { return k == kept }
	if n, err := s.Sweep(ctx, named, time.Now().Add(-time.Hour)); err != nil || n != 0 {
		t.Errorf("a fresh upload was swept: %d, %v", n, err)
	}
	if n, err := s.Sweep(ctx, named, time.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
	if _, err := s.Open(ctx, orphan); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("the orphan opens: %v", err)
	}
	if string(read(t, s, kept)) != "kept" {
		t.Error("the named blob is gone")
	}
}

func TestARepeatedUploadIsYoungAgain(t *testing.T) {
	t.Parallel()
	s := store(t, "")
	key, err := s.Put(t.Context(), "text/plain", []byte("the same"))
	if err != nil {
		t.Fatal(err)
	}
	old := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(s.dir, key), old, old); err != nil {
		t.Fatal(err)
	}
	if again, err := s.Put(t.Context(), "text/plain", []byte("the same")); err != nil || again != key {
		t.Fatalf("%q, %v", again, err)
	}
	if n, err := s.Sweep(t.Context(), func(string) bool { return false }, old.AddDate(0, 0, 1)); err != nil || n != 0 {
		t.Errorf("an upload whose row is about to be written was swept: %d, %v", n, err)
	}
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"фото ями.jpg": "фото ями.jpg", "../../etc/passwd": "passwd", `C:\Users\Ann\doc.pdf`: "doc.pdf", "a\r\nb\u202egpj.exe": "abgpj.exe",
		"": "file", "...": "file", "a<b>\"c\".txt": "abc.txt",
	} {
		if got := CleanName(in); got != want {
			t.Errorf("CleanName(%q) = %q, want %q", in, got, want)
		}
	}
	for _, c := range []struct{ name, ext, want string }{
		{"photo.exe", ".jpg", "photo.jpg"},
		{"photo.JPEG", ".jpg", "photo.JPEG"},
		{"план. Розділ", ".pdf", "план. Розділ.pdf"},
		{"заява.pdf", ".p7s", "заява.pdf.p7s"},
		{"заява.pdf.p7m", ".p7s", "заява.pdf.p7m"},
	} {
		if got := withExtension(c.name, c.ext); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.name, got, c.want)
		}
	}
}

func TestServeLocksTheFileUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, mime, want string
		inline           bool
	}{
		{"a picture in a page", "image/jpeg", "inline", true},
		{"a video in a page", mp4Type.mime, "inline", true},
		{"a picture to be saved", "image/jpeg", "attachment", false},
		{"text", "text/plain", "attachment", true},
		{"a PDF, which may hold scripts", pdfType.mime, "attachment", true},
	} {
		w := httptest.NewRecorder()
		Serve(w, httptest.NewRequest("GET", "/f", nil), "../яма \"1\"\r\nX: 100%.txt", c.mime, strings.NewReader("x"), c.inline)
		h := w.Header()
		if got, want := h.Get("Content-Disposition"), c.want+`; filename="___ 1X 100_.txt"; filename*=UTF-8''%D1%8F%D0%BC%D0%B0%201X%20100%25.txt`; got != want {
			t.Errorf("%s: %s, want %s", c.name, got, want)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "sandbox; default-src 'none'" ||
			h.Get("Cache-Control") != "private, no-store" || h.Get("Content-Type") != c.mime || h.Get("Etag") != "" {
			t.Errorf("%s: headers %v", c.name, h)
		}
	}
}

func TestServeSendsParts(t *testing.T) {
	t.Parallel()
	s := store(t, "")
	key, err := s.Put(t.Context(), mp4Type.mime, []byte("0123456789"))
	if err != nil {
		t.Fatal(err)
	}
	get := func(mime, header, value string) *httptest.ResponseRecorder {
		r, err := s.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Close() }()
		w, req := httptest.NewRecorder(), httptest.NewRequest("GET", "/f", nil)
		req.Header.Set(header, value)
		Serve(w, req, "f", mime, r, true)
		return w
	}
	if w := get(mp4Type.mime, "Range", "bytes=3-5"); w.Code != 206 || w.Body.String() != "345" || w.Header().Get("Content-Range") != "bytes 3-5/10" {
		t.Errorf("a part of a video: %d %q %v", w.Code, w.Body, w.Header())
	}
	w := get("image/jpeg", "X", "")
	if w.Code != 200 || w.Header().Get("Cache-Control") != "private, no-cache" || w.Header().Get("Etag") == "" {
		t.Errorf("a picture: %d %v", w.Code, w.Header())
	}
	if again := get("image/jpeg", "If-None-Match", w.Header().Get("Etag")); again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("the same picture again: %d and %d bytes", again.Code, again.Body.Len())
	}
}

// eicar is the test string of the antivirus makers, in two parts so that no
// scanner takes this file for it.
const eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-` + `STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// TestClamAV runs a real clamd with a base of one signature.
func TestClamAV(t *testing.T) {
	t.Parallel()
	bin, err := exec.LookPath("clamd")
	if err != nil {
		t.Skip("no clamd on this machine: install clamav-daemon")
	}
	dir, err := os.MkdirTemp("", "clam")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	write := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return p
	}
	if err := os.Mkdir(filepath.Join(dir, "db"), 0o755); err != nil {
		t.Fatal(err)
	}
	write("db/eicar.ndb", "Eicar-Test:0:*:58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d\n")
	socket := filepath.Join(dir, "clamd.sock")
	l, err := net.Listen("tcp", "127.0.0.1:0") // a free port
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	conf := write("clamd.conf", fmt.Sprintf("TCPAddr 127.0.0.1\nTCPSocket %d\nLocalSocket ", port)+socket+"\nDatabaseDirectory "+filepath.Join(dir, "db")+"\nForeground yes\nMaxThreads 2\nStreamMaxLength 25M\n")
	cmd := exec.Command(bin, "--config-file="+conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	up := func() bool {
		for range 300 {
			if c, err := net.Dial("unix", socket); err == nil {
				_ = c.Close()
				return true
			}
			time.Sleep(50 * time.Millisecond)
		}
		return false
	}
	if !up() {
		t.Fatal("clamd does not answer")
	}
	for _, addr := range []string{"unix:" + socket, fmt.Sprintf("tcp://127.0.0.1:%d", port)} {
		s, ctx := store(t, addr), context.Background()
		for name, content := range map[string]string{
			"the test virus":                      eicar,
			"the test virus behind a long letter": strings.Repeat("Звичайний лист. ", 200_000) + eicar,
			"the test virus in a photo":           string(photo(t, 1)) + eicar,
			"the test virus in a document":        zipped(t, wordTypes, "word/document.xml="+eicar),
		} {
			if _, err := s.Accept(ctx, "letter.txt", strings.NewReader(content)); !errs.Is(err, errs.KindInvalid) || !strings.Contains(err.Error(), "files.infected") {
				t.Errorf("%s through %s: %v", name, addr, err)
			}
		}
		if n, err := s.Sweep(ctx, func(string) bool { return false }, time.Now().Add(time.Hour)); err != nil || n != 0 {
			t.Errorf("%d infected files were kept, %v", n, err)
		}
		if _, err := s.Accept(ctx, "letter.txt", strings.NewReader("Звичайний лист")); err != nil {
			t.Errorf("a clean file through %s: %v", addr, err)
		}
	}
}

func TestAScannerThatWillNotJudgeLetsNothingPass(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{
		"an error":          "INSTREAM size limit exceeded. ERROR\x00",
		"nothing":           "",
		"half an answer":    "stream: O",
		"an unknown answer": "stream: MAYBE\x00",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 4096))
			_, _ = io.WriteString(c, reply)
			_ = c.Close()
		}()
		s := store(t, "tcp://"+l.Addr().String())
		if _, err := s.Accept(t.Context(), "a.txt", strings.NewReader("текст листа")); !errs.Is(err, errs.KindUnavailable) {
			t.Errorf("%s: %v, want unavailable", name, err)
		}
	}
}

func TestAScannerThatIsDownLetsNothingPass(t *testing.T) {
	t.Parallel()
	s := store(t, "unix:"+filepath.Join(t.TempDir(), "none.sock"))
	if _, err := s.Accept(context.Background(), "a.txt", strings.NewReader("текст листа")); !errs.Is(err, errs.KindUnavailable) {
		t.Errorf("%v, want unavailable", err)
	}
	if _, err := Open(context.Background(), Config{Dir: t.TempDir(), ClamAV: "localhost:3310"}); err == nil {
		t.Error("a malformed address was accepted")
	}
}
