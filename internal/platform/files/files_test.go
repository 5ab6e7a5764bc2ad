package files

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

func TestAPNGLosesItsWords(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := png.Encode(&b, picture(20, 20)); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	chunk := func(name, data string) []byte {
		out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
		return append(append(append(out, name...), data...), 0, 0, 0, 0)
	}
	with := append(append(bytes.Clone(raw[:33]), chunk("tEXt", "Comment\x00GPS here")...), raw[33:]...)
	s := store(t, "")
	a, err := s.Accept(context.Background(), "x.png", bytes.NewReader(with))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(read(t, s, a.Key), []byte("GPS")) {
		t.Error("the text chunk is still there")
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

func TestTheTypeIsToldByTheContent(t *testing.T) {
	t.Parallel()
	p7s := "\x30\x82\x01\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82\x01\x00\x00\x00\x00\x00"
	for _, c := range []struct{ name, content, want string }{
		{"a PDF", "%PDF-1.7\n…", ".pdf"},
		{"text in UTF-8", "Прошу відремонтувати дорогу", ".txt"},
		{"text in Windows-1251", "\xcf\xf0\xee\xf8\xf3 \xe2\xb3\xe4\xf0\xe5\xec\xee\xed\xf2\xf3\xe2\xe0\xf2\xe8", ".txt"},
		{"a Word document", zipped(t, "[Content_Types].xml=x", "word/document.xml=x"), ".docx"},
		{"a spreadsheet", zipped(t, "[Content_Types].xml=x", "xl/workbook.xml=x"), ".xlsx"},
		{"an ODT", zipped(t, "mimetype=application/vnd.oasis.opendocument.text", "content.xml=x"), ".odt"},
		{"a video", "\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", ".mp4"},
		{"a signature", p7s, ".p7s"},
		{"a signature in base64", "MIIBAAYJKoZIhvcNAQcCoIIBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ".p7s"},
		{"a Word document with macros", zipped(t, "[Content_Types].xml=x", "word/document.xml=x", "word/vbaProject.bin=x"), ""},
		{"an archive", zipped(t, "a.exe=MZ"), ""},
		{"a page", "<!doctype html><script>alert(1)</script>", ""},
		{"a page after a mark and spaces", "\ufeff \n<HTML><body>", ""},
		{"a drawing that runs", "<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", ""},
		{"a script", "#!/bin/sh\nrm -rf /", ""},
		{"a program", "MZ\x90\x00\x03", ""},
		{"text that hides a script", "Привіт <script>alert(1)</script>", ""},
		{"a HEIC photo", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", ""},
		{"noise", "\x01\x02\x03\x80\xff\xfe", ""},
	} {
		got, err := sniff(strings.NewReader(c.content), int64(len(c.content)))
		if err != nil || got.ext != c.want {
			t.Errorf("%s is taken for %q, %v", c.name, got.ext, err)
		}
	}
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
	if got := withExtension("photo.exe", ".jpg"); got != "photo.jpg" {
		t.Errorf("the false extension stays: %q", got)
	}
}

func TestServeLocksTheFileUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ mime, want string }{{"image/jpeg", "inline"}, {"text/plain", "attachment"}, {pdfType.mime, "inline"}} {
		w := httptest.NewRecorder()
		Serve(w, httptest.NewRequest("GET", "/f", nil), "яма \"1\".txt", c.mime, strings.NewReader("x"), true)
		h := w.Header()
		if !strings.HasPrefix(h.Get("Content-Disposition"), c.want+`; filename="___ _1_.txt"; filename*=UTF-8''%D1%8F`) {
			t.Errorf("%s: %s", c.mime, h.Get("Content-Disposition"))
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox") || !strings.Contains(h.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: headers %v", c.mime, h)
		}
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
	write("db/eicar.ndb", "Eicar-Test:0:0:58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d\n")
	socket := filepath.Join(dir, "clamd.sock")
	conf := write("clamd.conf", "LocalSocket "+socket+"\nDatabaseDirectory "+filepath.Join(dir, "db")+"\nForeground yes\nMaxThreads 2\nStreamMaxLength 25M\n")
	cmd := exec.Command(bin, "--config-file="+conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 300 {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	s, ctx := store(t, "unix:"+socket), context.Background()
	if _, err := s.Accept(ctx, "letter.txt", strings.NewReader(eicar)); !errs.Is(err, errs.KindInvalid) {
		t.Errorf("the test virus: %v", err)
	}
	if _, err := s.Accept(ctx, "letter.txt", strings.NewReader("Звичайний лист")); err != nil {
		t.Errorf("a clean file: %v", err)
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

func FuzzStrip(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x08Exif\x00\x00\xff\xda\x00\x02\xff\xd9"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x00IEND\x00\x00\x00\x00"))
	f.Add([]byte("RIFF\x10\x00\x00\x00WEBPVP8 \x04\x00\x00\x00abcd"))
	f.Fuzz(func(t *testing.T, b []byte) {
		ft, err := sniff(bytes.NewReader(b), int64(len(b)))
		if err != nil || !isPhoto(ft.mime) {
			return
		}
		if clean, err := strip(ft.mime, b); err == nil && len(clean) > len(b)+64 {
			t.Error("the stripped photo grew")
		}
	})
}
