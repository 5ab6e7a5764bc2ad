package files

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"ereception/internal/platform/errs"
)

const (
	maxPixels = 50_000_000 // a picture is decoded whole: 4 bytes each
	thumbSide = 480
)

var errBroken = errors.New("the picture is broken")

// strip cuts out of a photo what does not belong to the picture. The one thing
// that is kept of the EXIF of a JPEG is the orientation, as a minimal segment
// of our own, so that the picture does not fall over.
func strip(mime string, b []byte) ([]byte, error) {
	switch mime {
	case jpegType.mime:
		return stripJPEG(b)
	case pngType.mime:
		return stripPNG(b)
	default:
		return stripWEBP(b)
	}
}

func stripJPEG(b []byte) ([]byte, error) {
	if len(b) < 4 || b[0] != 0xff || b[1] != 0xd8 {
		return nil, errBroken
	}
	out := make([]byte, 0, len(b))
	out = append(out, 0xff, 0xd8)
	if o := orientation(b); o > 1 {
		out = append(out, orientationSegment(o)...)
	}
	i := 2
	for {
		for i < len(b) && b[i] == 0xff && i+1 < len(b) && b[i+1] == 0xff {
			i++
		}
		if i+4 > len(b) || b[i] != 0xff {
			return nil, errBroken
		}
		marker := b[i+1]
		if marker == 0xda { // start of the scan: the picture itself, up to its end
			end := bytes.LastIndex(b[i:], []byte{0xff, 0xd9})
			if end < 0 {
				return append(append(out, b[i:]...), 0xff, 0xd9), nil
			}
			// What follows the first picture (a preview, a motion photo) is cut off.
			if first := endOfScan(b[i:]); first > 0 {
				end = first
			}
			return append(out, b[i:i+end+2]...), nil
		}
		n := int(binary.BigEndian.Uint16(b[i+2:]))
		if n < 2 || i+2+n > len(b) {
			return nil, errBroken
		}
		seg := b[i : i+2+n]
		app := marker >= 0xe0 && marker <= 0xef || marker == 0xfe
		jfif := marker == 0xe0 && len(seg) >= 9 && string(seg[4:9]) == "JFIF\x00"
		adobe := marker == 0xee && len(seg) >= 9 && string(seg[4:9]) == "Adobe" // tells the colours
		if !app || jfif && n <= 16 || adobe {
			out = append(out, seg...)
		}
		i += 2 + n
	}
}

// endOfScan finds the end marker of the picture that starts here: the first
// FF D9 that is not inside a segment.
func endOfScan(b []byte) int {
	i := 0
	for i+4 <= len(b) {
		if b[i] != 0xff {
			return -1
		}
		marker := b[i+1]
		if marker == 0xd9 {
			return i
		}
		n := int(binary.BigEndian.Uint16(b[i+2:]))
		i += 2 + n
		if marker != 0xda {
			continue
		}
		for i+1 < len(b) { // entropy-coded data: FF 00 and restart markers belong to it
			if b[i] == 0xff && b[i+1] != 0 && (b[i+1] < 0xd0 || b[i+1] > 0xd7) && b[i+1] != 0xff {
				break
			}
			i++
		}
	}
	return -1
}

// orientation reads tag 0x0112 of the EXIF of a JPEG; 1 when there is none.
func orientation(b []byte) int {
	i := 2
	for i+4 <= len(b) && b[i] == 0xff && b[i+1] != 0xda {
		n := int(binary.BigEndian.Uint16(b[i+2:]))
		if n < 2 || i+2+n > len(b) {
			return 1
		}
		if seg := b[i+4 : i+2+n]; b[i+1] == 0xe1 && len(seg) > 14 && string(seg[:6]) == "Exif\x00\x00" {
			return tiffOrientation(seg[6:])
		}
		i += 2 + n
	}
	return 1
}

func tiffOrientation(t []byte) int {
	var bo binary.ByteOrder = binary.LittleEndian
	switch string(t[:2]) {
	case "II":
	case "MM":
		bo = binary.BigEndian
	default:
		return 1
	}
	at := int(bo.Uint32(t[4:]))
	if at < 8 || at+2 > len(t) {
		return 1
	}
	for k := range int(bo.Uint16(t[at:])) {
		e := at + 2 + k*12
		if e+12 > len(t) {
			return 1
		}
		if bo.Uint16(t[e:]) == 0x0112 {
			if o := int(bo.Uint16(t[e+8:])); o >= 1 && o <= 8 {
				return o
			}
		}
	}
	return 1
}

// orientationSegment is an EXIF segment that says the orientation and nothing else.
func orientationSegment(o int) []byte {
	tiff := []byte{
		'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0,
		0x12, 0x01, 3, 0, 1, 0, 0, 0, byte(o), 0, 0, 0, 0, 0, 0, 0,
	}
	seg := append([]byte{0xff, 0xe1, 0, byte(2 + 6 + len(tiff))}, "Exif\x00\x00"...)
	return append(seg, tiff...)
}

// keepPNG are the chunks that make the picture.
var keepPNG = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true, "gAMA": true, "sRGB": true, "cHRM": true, "bKGD": true, "sBIT": true,
}

func stripPNG(b []byte) ([]byte, error) {
	out := append(make([]byte, 0, len(b)), b[:8]...)
	for i := 8; ; {
		if i+12 > len(b) {
			return nil, errBroken
		}
		n := int(binary.BigEndian.Uint32(b[i:]))
		if n < 0 || n > len(b)-i-12 {
			return nil, errBroken
		}
		name := string(b[i+4 : i+8])
		if keepPNG[name] {
			out = append(out, b[i:i+12+n]...)
		}
		if name == "IEND" {
			return out, nil
		}
		i += 12 + n
	}
}

func stripWEBP(b []byte) ([]byte, error) {
	out := append(make([]byte, 0, len(b)), b[:12]...)
	for i := 12; i < len(b); {
		if i+8 > len(b) {
			return nil, errBroken
		}
		n := int(binary.LittleEndian.Uint32(b[i+4:]))
		end := i + 8 + n + n&1
		if n < 0 || i+8+n > len(b) {
			return nil, errBroken
		}
		end = min(end, len(b))
		switch string(b[i : i+4]) {
		case "VP8X":
			chunk := bytes.Clone(b[i:end])
			if len(chunk) > 8 {
				chunk[8] &^= 0x08 | 0x04 // no EXIF, no XMP
			}
			out = append(out, chunk...)
		case "VP8 ", "VP8L", "ALPH", "ICCP":
			out = append(out, b[i:end]...)
		}
		i = end
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}

func checkSize(b []byte) error {
	c, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return err
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width*c.Height > maxPixels {
		return errBroken
	}
	return nil
}

// Processed is a photo that was encoded anew.
type Processed struct {
	Name     string
	MIME     string
	Size     int64
	SHA256   []byte
	Key      string
	ThumbKey string
}

// Process encodes a photo anew, upright, and makes its thumbnail. It takes
// seconds for a large one and belongs into a job; it bears to run twice. A
// photo that cannot be decoded is errs.Invalid.
func (s *Store) Process(ctx context.Context, a Accepted) (Processed, error) {
	r, err := s.Open(ctx, a.Key)
	if err != nil {
		return Processed{}, err
	}
	raw, err := io.ReadAll(r)
	_ = r.Close()
	if err != nil {
		return Processed{}, err
	}
	if err := checkSize(raw); err != nil {
		return Processed{}, errs.Invalid("files.broken_photo", "name", a.Name).Because(err)
	}
	img, err := decode(a.MIME, raw)
	if err != nil {
		return Processed{}, errs.Invalid("files.broken_photo", "name", a.Name).Because(err)
	}
	if a.MIME == jpegType.mime {
		img = upright(img, orientation(raw))
	}
	p := Processed{Name: a.Name, MIME: a.MIME}
	var b bytes.Buffer
	if a.MIME == pngType.mime {
		err = png.Encode(&b, img)
	} else { // there is no encoder of WEBP in pure Go; JPEG serves every reader
		p.MIME, p.Name = jpegType.mime, withExtension(a.Name, jpegType.ext)
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 85})
	}
	if err != nil {
		return Processed{}, err
	}
	p.Size = int64(b.Len())
	if p.Key, p.SHA256, err = s.put(ctx, p.MIME, bytes.NewReader(b.Bytes())); err != nil {
		return Processed{}, err
	}
	b.Reset()
	if err := jpeg.Encode(&b, thumbnail(img), &jpeg.Options{Quality: 80}); err != nil {
		return Processed{}, err
	}
	p.ThumbKey, err = s.Put(ctx, jpegType.mime, b.Bytes())
	return p, err
}

func decode(mime string, b []byte) (image.Image, error) {
	switch mime {
	case jpegType.mime:
		return jpeg.Decode(bytes.NewReader(b))
	case pngType.mime:
		return png.Decode(bytes.NewReader(b))
	default:
		return webp.Decode(bytes.NewReader(b))
	}
}

// upright turns the picture by its EXIF orientation.
func upright(src image.Image, o int) image.Image {
	if o < 2 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	dw, dh := w, h
	if o >= 5 {
		dw, dh = h, w
	}
	in := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(in, in.Bounds(), src, src.Bounds().Min, draw.Src)
	out := image.NewRGBA(image.Rect(0, 0, dw, dh))
	for y := range dh {
		for x := range dw {
			var sx, sy int
			switch o {
			case 2:
				sx, sy = w-1-x, y
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sx, sy = x, h-1-y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, h-1-x
			case 7:
				sx, sy = w-1-y, h-1-x
			default:
				sx, sy = w-1-y, x
			}
			copy(out.Pix[out.PixOffset(x, y):out.PixOffset(x, y)+4], in.Pix[in.PixOffset(sx, sy):in.PixOffset(sx, sy)+4])
		}
	}
	return out
}

func thumbnail(src image.Image) image.Image {
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	if w > thumbSide || h > thumbSide {
		if w > h {
			w, h = thumbSide, max(1, h*thumbSide/w)
		} else {
			w, h = max(1, w*thumbSide/h), thumbSide
		}
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src) // transparent parts become white
	draw.ApproxBiLinear.Scale(out, out.Bounds(), src, src.Bounds(), draw.Over, nil)
	return out
}
