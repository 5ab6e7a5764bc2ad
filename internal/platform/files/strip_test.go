package files

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/image/webp"
)

// secrets are what the photos of these tests tell beside the picture.
var secrets = []string{"GPS", "Secret", "Motion"}

func tellsNothing(t *testing.T, name string, b []byte) {
	t.Helper()
	for _, s := range secrets {
		if bytes.Contains(b, []byte(s)) {
			t.Errorf("the %s photo still holds %s", name, s)
		}
	}
}

func jpegSegment(marker byte, data string) []byte {
	seg := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(data)+2))
	return append(seg, data...)
}

func pngChunk(kind, data string) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(kind+data)))
}

func webpChunk(kind, data string) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data)))
	out = append(out, data...)
	if len(data)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

// p3 stands for a profile of colours: the head of one, and nothing that a decoder reads.
func p3() string {
	b := make([]byte, 132)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	copy(b[16:], "RGB XYZ ")
	copy(b[36:], "acsp")
	return string(b)
}

// plainWEBP is 16 by 8 points of one colour (lossless), as an encoder writes it.
func plainWEBP(t *testing.T) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString("UklGRh4AAABXRUJQVlA4TBEAAAAvD8ABAAdQjyLXo/+BiOh/AAA=")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// phoneWEBP adds to it what a phone does.
func phoneWEBP(t *testing.T, orientation byte) []byte {
	t.Helper()
	out := append([]byte("RIFF\x00\x00\x00\x00WEBP"), webpChunk("VP8X", "\x2c\x00\x00\x00\x0f\x00\x00\x07\x00\x00")...)
	out = append(out, webpChunk("ICCP", p3())...)
	out = append(out, plainWEBP(t)[12:]...)
	out = append(out, webpChunk("EXIF", string(exif(orientation)[10:]))...)
	out = append(out, webpChunk("XMP ", "<x>GPS</x>")...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return append(out, "MotionPhoto"...)
}

func TestEveryOrientation(t *testing.T) {
	t.Parallel()
	// Where the red corner, upper left in the file, stands in the picture.
	for o, red := range map[byte]string{1: "upper left", 2: "upper right", 3: "lower right", 4: "lower left", 5: "upper left", 6: "upper right", 7: "lower right", 8: "lower left"} {
		s := store(t, "")
		a, err := s.Accept(t.Context(), "a.jpg", bytes.NewReader(photo(t, o)))
		if err != nil {
			t.Fatal(err)
		}
		tellsNothing(t, "accepted", read(t, s, a.Key))
		if got := orientation(a.MIME, read(t, s, a.Key)); got != int(o) {
			t.Errorf("orientation %d is kept as %d", o, got)
		}
		p, err := s.Process(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{p.Key, p.ThumbKey} {
			b := read(t, s, key)
			tellsNothing(t, "processed", b)
			img, err := jpeg.Decode(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			w, h := img.Bounds().Dx(), img.Bounds().Dy()
			if (o >= 5) != (h > w) {
				t.Errorf("orientation %d gives %d by %d", o, w, h)
			}
			x, y := 4, 4
			if strings.HasSuffix(red, "right") {
				x = w - 5
			}
			if strings.HasPrefix(red, "lower") {
				y = h - 5
			}
			if r, g, _, _ := img.At(x, y).RGBA(); r>>8 < 200 || g>>8 > 60 {
				t.Errorf("orientation %d: the red corner is not %s", o, red)
			}
		}
	}
}

func TestStripJPEG(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(64, 32), nil); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	scan := bytes.Index(raw, []byte{0xff, 0xda})
	with := func(at int, more ...[]byte) []byte {
		return append(append(bytes.Clone(raw[:at]), bytes.Join(more, nil)...), raw[at:]...)
	}
	end := len(raw) - 2
	icc := jpegSegment(0xe2, iccMark+p3())
	for name, c := range map[string]struct {
		in   []byte
		keep []byte
	}{
		"EXIF":                          {in: with(2, exif(1))},
		"XMP, also after the tables":    {in: with(scan, jpegSegment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<GPS>"))},
		"Photoshop":                     {in: with(2, jpegSegment(0xed, "Photoshop 3.0\x00Secret"))},
		"a comment":                     {in: with(2, jpegSegment(0xfe, "Secret"))},
		"a segment nobody knows":        {in: with(2, jpegSegment(0xf7, "Secret"))},
		"JFIF with a thumbnail":         {in: with(2, jpegSegment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x02\x01SecretSecret"))},
		"a comment behind the scan":     {in: with(end, jpegSegment(0xfe, "Secret"))},
		"two pictures in one":           {in: append(bytes.Clone(raw), photo(t, 1)...)},
		"filling before a segment":      {in: with(2, []byte{0xff, 0xff, 0xff}, jpegSegment(0xfe, "Secret"))},
		"rubbish between two segments":  {in: with(scan, []byte("Secret\x00"))},
		"the profile of its colours":    {in: with(2, icc), keep: []byte("acsp")},
		"the profile of a whole studio": {in: with(2, jpegSegment(0xe2, iccMark+p3()+"Secret"))},
	} {
		out, err := strip(jpegType.mime, c.in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		tellsNothing(t, name, out)
		if !bytes.Contains(out, c.keep) {
			t.Errorf("%s is gone", name)
		}
		got, err := jpeg.Decode(bytes.NewReader(out))
		want, _ := jpeg.Decode(bytes.NewReader(raw))
		if err != nil || !samePicture(got, want) {
			t.Errorf("%s: the picture has changed, %v", name, err)
		}
		if again, err := strip(jpegType.mime, out); err != nil || !bytes.Equal(again, out) {
			t.Errorf("%s: a second strip changes the file, %v", name, err)
		}
	}
	for name, in := range map[string][]byte{"only a head": raw[:3], "a torn segment": raw[:30], "no picture": []byte("\xff\xd8\xff\xff\xff")} {
		if _, err := strip(jpegType.mime, in); err == nil {
			t.Errorf("%s is taken for a photo", name)
		}
	}
}

func samePicture(a, b image.Image) bool {
	if a == nil || b == nil || a.Bounds() != b.Bounds() {
		return false
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

// TestProgressivePhoto strips a photo of many scans with a comment between two
// of them; the standard library writes none, so cjpeg has to.
func TestProgressivePhoto(t *testing.T) {
	t.Parallel()
	if !found("cjpeg") { // a program of another name may be a stand-in for it: convert is on some machines
		t.Skip("cjpeg (libjpeg-turbo-progs) is not installed")
	}
	tool := exec.CommandContext(t.Context(), "cjpeg", "-progressive")
	img := picture(64, 32)
	ppm := bytes.NewBufferString("P6 64 32 255\n")
	for y := range 32 {
		for x := range 64 {
			c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			ppm.Write([]byte{c.R, c.G, c.B})
		}
	}
	tool.Stdin = ppm
	raw, err := tool.Output()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(raw, []byte{0xff, 0xda}); n < 3 {
		t.Fatalf("%d scans", n)
	}
	at := bytes.LastIndex(raw, []byte{0xff, 0xda})
	out, err := strip(jpegType.mime, append(append(bytes.Clone(raw[:at]), jpegSegment(0xfe, "Secret GPS")...), raw[at:]...))
	if err != nil {
		t.Fatal(err)
	}
	tellsNothing(t, "progressive", out)
	got, err := jpeg.Decode(bytes.NewReader(out))
	want, _ := jpeg.Decode(bytes.NewReader(raw))
	if err != nil || !samePicture(got, want) {
		t.Errorf("the picture has changed, %v", err)
	}
}

func found(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}

func TestAPNGLosesItsWords(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := png.Encode(&b, picture(40, 20)); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	with := bytes.Clone(raw[:33])
	with = append(with, pngChunk("eXIf", string(exif(6)[10:]))...)
	for _, kind := range []string{"tEXt", "iTXt", "zTXt", "tIME", "iCCP", "seCr"} {
		with = append(with, pngChunk(kind, "Comment\x00GPS here")...)
	}
	with = append(append(with, raw[33:]...), "PK\x03\x04 Secret"...)
	s := store(t, "")
	a, err := s.Accept(t.Context(), "x.png", bytes.NewReader(with))
	if err != nil {
		t.Fatal(err)
	}
	tellsNothing(t, "accepted", read(t, s, a.Key))
	p, err := s.Process(t.Context(), a)
	if err != nil || p.MIME != pngType.mime {
		t.Fatalf("%+v, %v", p, err)
	}
	img, err := png.Decode(bytes.NewReader(read(t, s, p.Key)))
	if err != nil || img.Bounds().Dx() != 20 || img.Bounds().Dy() != 40 {
		t.Errorf("the picture does not stand upright: %v, %v", img.Bounds(), err)
	}
}

func TestAWEBPLosesItsPlaceAndBecomesAJPEG(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		in       []byte
		w, h     int
		profiled bool
	}{
		{"a plain one", plainWEBP(t), 16, 8, false},
		{"one from a phone", phoneWEBP(t, 1), 16, 8, true},
		{"one from a phone held upright", phoneWEBP(t, 8), 8, 16, true},
	} {
		s := store(t, "")
		a, err := s.Accept(t.Context(), "x.webp", bytes.NewReader(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		clean := read(t, s, a.Key)
		tellsNothing(t, "accepted", clean)
		if _, err := webp.Decode(bytes.NewReader(clean)); err != nil {
			t.Errorf("%s: what was accepted cannot be decoded: %v", c.name, err)
		}
		p, err := s.Process(t.Context(), a)
		if err != nil || p.MIME != jpegType.mime || p.Name != "x.jpg" {
			t.Errorf("%s: %+v, %v", c.name, p, err)
			continue
		}
		b := read(t, s, p.Key)
		img, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil || img.Bounds().Dx() != c.w || img.Bounds().Dy() != c.h {
			t.Errorf("%s: %v, %v", c.name, img, err)
		}
		if got := profile(jpegType.mime, b) != nil; got != c.profiled {
			t.Errorf("%s: has a profile of colours: %v", c.name, got)
		}
	}
}

func TestThumbnail(t *testing.T) {
	t.Parallel()
	for _, c := range [][4]int{{4000, 3000, 480, 360}, {300, 6000, 24, 480}, {10_000, 1, 480, 1}, {100, 50, 100, 50}} {
		if got := thumbnail(image.NewGray(image.Rect(0, 0, c[0], c[1]))).Bounds(); got.Dx() != c[2] || got.Dy() != c[3] {
			t.Errorf("%d by %d becomes %v", c[0], c[1], got)
		}
	}
	clear := thumbnail(image.NewNRGBA(image.Rect(0, 0, 9, 9)))
	if clear.At(4, 4) != (color.RGBA{255, 255, 255, 255}) {
		t.Error("what is transparent is not white")
	}
}

// FuzzAccept: whatever comes, nothing panics, and what is kept of a photo is
// itself a photo that a second strip leaves as it is.
func FuzzAccept(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x08Exif\x00\x00\xff\xda\x00\x02\xff\xd9"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x00IEND\x00\x00\x00\x00"))
	f.Add([]byte("RIFF\x10\x00\x00\x00WEBPVP8 \x04\x00\x00\x00abcd"))
	f.Add([]byte("\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x10moov\x00\x00\x00\x08udta"))
	f.Add([]byte("\x30\x84\x00\x00\x00\x10\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xff\xfe<\x00h\x00"))
	f.Add(append(exif(6), 0xff, 0xd9))
	f.Fuzz(func(t *testing.T, b []byte) {
		ft, err := sniff(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case isPhoto(ft.mime):
			_ = checkSize(ft.mime, b)
			clean, err := strip(ft.mime, b)
			if err != nil {
				return
			}
			if len(clean) > len(b)+64 {
				t.Error("the stripped photo grew")
			}
			if again, err := strip(ft.mime, clean); err != nil || !bytes.Equal(again, clean) {
				t.Errorf("a second strip changes the photo: %v\n%q\n%q", err, clean, again)
			}
		case ft == mp4Type:
			_ = stripVideo(&memory{b: bytes.Clone(b)}, int64(len(b)))
		}
	})
}

// memory is a file in memory that cannot grow.
type memory struct{ b []byte }

func (m *memory) ReadAt(p []byte, at int64) (int, error) { return bytes.NewReader(m.b).ReadAt(p, at) }

func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	if at < 0 || at+int64(len(p)) > int64(len(m.b)) {
		return 0, io.ErrShortWrite
	}
	return copy(m.b[at:], p), nil
}
