package files

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
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

// checkSize reads the head of a picture and nothing more: a few bytes can
// promise a picture that fills the memory.
func checkSize(mime string, b []byte) error {
	c, err := pick(mime, jpeg.DecodeConfig, png.DecodeConfig, webp.DecodeConfig)(bytes.NewReader(b))
	if err != nil {
		return err
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels || c.Height > maxPixels {
		return errBroken
	}
	n := c.Width * c.Height
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		n *= 2
	}
	if n > maxPixels {
		return errBroken
	}
	return nil
}

func pick[T any](mime string, ofJPEG, ofPNG, ofWEBP T) T {
	switch mime {
	case jpegType.mime:
		return ofJPEG
	case pngType.mime:
		return ofPNG
	default:
		return ofWEBP
	}
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

// Process encodes a photo anew, upright, and makes its thumbnail; the blob that
// Accept stored is left for Sweep, since another file may have the same content.
// A photo of 12 megapixels takes two seconds and 150 MB, the largest three times
// that, so it belongs into a job and a Store does one at a time; it bears to run twice. A photo that cannot be
// decoded is errs.Invalid.
func (s *Store) Process(ctx context.Context, a Accepted) (Processed, error) {
	select {
	case s.desk <- struct{}{}:
		defer func() { <-s.desk }()
	case <-ctx.Done():
		return Processed{}, ctx.Err()
	}
	r, err := s.Open(ctx, a.Key)
	if err != nil {
		return Processed{}, err
	}
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1<<10))
	_ = r.Close()
	if err != nil {
		return Processed{}, err
	}
	broken := func(err error) (Processed, error) {
		return Processed{}, errs.Invalid("files.broken_photo", "name", a.Name).Because(err)
	}
	if err := checkSize(a.MIME, raw); err != nil {
		return broken(err)
	}
	img, err := pick(a.MIME, jpeg.Decode, png.Decode, webp.Decode)(bytes.NewReader(raw))
	if err != nil {
		return broken(err)
	}
	_, cmyk := img.(*image.CMYK)
	img = upright(img, orientation(a.MIME, raw))
	icc := profile(a.MIME, raw)
	if cmyk {
		icc = nil // its profile is of other colours than those that are written
	}
	p := Processed{Name: a.Name, MIME: a.MIME}
	var b []byte
	if a.MIME == pngType.mime {
		var buf bytes.Buffer
		err = png.Encode(&buf, img)
		b = buf.Bytes()
	} else { // there is no encoder of WEBP in pure Go; JPEG serves every reader
		p.MIME, p.Name = jpegType.mime, withExtension(a.Name, jpegType.ext)
		b, err = encodeJPEG(img, 85, icc)
	}
	if err != nil {
		return Processed{}, err
	}
	p.Size = int64(len(b))
	if p.Key, p.SHA256, err = s.put(ctx, p.MIME, bytes.NewReader(b)); err != nil {
		return Processed{}, err
	}
	if b, err = encodeJPEG(thumbnail(img), 80, icc); err != nil {
		return Processed{}, err
	}
	p.ThumbKey, err = s.Put(ctx, jpegType.mime, b)
	return p, err
}

// encodeJPEG writes a JPEG, with the profile of the colours when it fits them:
// phones take photos in wider colours than a screen assumes.
func encodeJPEG(img image.Image, quality int, icc []byte) ([]byte, error) {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, flat(img), &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	b := buf.Bytes()
	want := "RGB "
	if _, gray := img.(*image.Gray); gray {
		want = "GRAY"
	}
	if icc == nil || string(icc[16:20]) != want { // ICC.1:2022, 7.2.8: the colour space of the data
		return b, nil
	}
	seg := append([]byte{0xff, 0xe2, 0, 0}, iccMark...)
	seg = append(seg, icc...)
	binary.BigEndian.PutUint16(seg[2:], uint16(len(seg)-2))
	out := append(make([]byte, 0, len(b)+len(seg)), b[:2]...)
	return append(append(out, seg...), b[2:]...), nil
}

// flat puts a picture with transparent parts on white, as JPEG has none.
func flat(img image.Image) image.Image {
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		return img
	}
	out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds(), img, img.Bounds().Min, draw.Over)
	return out
}

// upright turns the picture by its EXIF orientation.
func upright(src image.Image, o int) image.Image {
	if o < 2 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if o >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	row := image.NewRGBA(image.Rect(0, 0, w, 1)) // row by row: a second copy of the whole is 200 MB
	for y := range h {
		draw.Draw(row, row.Bounds(), src, src.Bounds().Min.Add(image.Pt(0, y)), draw.Src)
		for x := range w {
			dx, dy := x, y
			switch o { // Exif 2.32, 4.6.4: where the first row and the first column stand
			case 2:
				dx = w - 1 - x
			case 3:
				dx, dy = w-1-x, h-1-y
			case 4:
				dy = h - 1 - y
			case 5:
				dx, dy = y, x
			case 6:
				dx, dy = h-1-y, x
			case 7:
				dx, dy = h-1-y, w-1-x
			case 8:
				dx, dy = y, w-1-x
			}
			at := out.PixOffset(dx, dy)
			copy(out.Pix[at:at+4], row.Pix[4*x:4*x+4])
		}
	}
	return out
}

// thumbnail makes the picture at most thumbSide wide and high.
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
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.BiLinear.Scale(out, out.Bounds(), src, src.Bounds(), draw.Over, nil)
	return out
}
