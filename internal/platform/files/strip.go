package files

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
)

var errBroken = errors.New("the picture is broken")

// strip cuts out of a photo what does not belong to the picture, without
// touching the picture. Two things are kept beside it: the orientation, as
// EXIF of our own that says nothing else, so that the picture does not fall
// over, and a small profile of its colours.
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

// orientation reads the EXIF of a photo; 1, upright, when it says nothing.
func orientation(mime string, b []byte) int {
	o := 1
	read := func(kind string, data []byte) {
		switch kind {
		case "\xe1":
			if t, ok := bytes.CutPrefix(data, []byte("Exif\x00\x00")); ok && o == 1 {
				o = tiffOrientation(t)
			}
		case "eXIf", "EXIF":
			o = tiffOrientation(bytes.TrimPrefix(data, []byte("Exif\x00\x00")))
		}
	}
	_ = pieces(mime, b, read)
	return o
}

// profile gives the ICC profile of a JPEG or WEBP photo; nil when there is none
// or when it is too large to be one of a camera.
func profile(mime string, b []byte) []byte {
	var p []byte
	_ = pieces(mime, b, func(kind string, data []byte) {
		switch {
		case kind == "\xe2" && isICC(data):
			p = data[len(iccMark):]
		case kind == "ICCP" && isProfile(data):
			p = data
		}
	})
	return p
}

// iccMark opens the segment of a JPEG with a profile of one part (ICC.1:2022, B.4).
const iccMark = "ICC_PROFILE\x00\x01\x01"

func isICC(data []byte) bool {
	p, ok := bytes.CutPrefix(data, []byte(iccMark))
	return ok && isProfile(p)
}

// isProfile takes Display P3, Adobe RGB and the like: 0.5 to 3 kB each.
func isProfile(p []byte) bool {
	return len(p) >= 128 && len(p) <= 4096 && string(p[36:40]) == "acsp" && int(binary.BigEndian.Uint32(p)) == len(p)
}

// pieces calls fn for the segments of a JPEG before its picture (kind: the one
// byte of the marker) or the chunks of a PNG or WEBP.
func pieces(mime string, b []byte, fn func(kind string, data []byte)) error {
	switch mime {
	case jpegType.mime:
		for i := 2; ; {
			marker, seg, next, err := segment(b, i)
			if err != nil {
				return err
			}
			if marker == sos || marker == eoi {
				return nil
			}
			if len(seg) >= 4 {
				fn(string([]byte{marker}), seg[4:])
			}
			i = next
		}
	case pngType.mime:
		return pngChunks(b, func(kind string, chunk []byte) { fn(kind, chunk[8:len(chunk)-4]) })
	default:
		return webpChunks(b, func(kind string, chunk []byte) { fn(kind, chunk[8:]) })
	}
}

func tiffOrientation(t []byte) int {
	if len(t) < 8 {
		return 1
	}
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
		if bo.Uint16(t[e:]) == 0x0112 { // Exif 2.32, 4.6.4: Orientation
			if o := int(bo.Uint16(t[e+8:])); o >= 1 && o <= 8 {
				return o
			}
		}
	}
	return 1
}

// tiffOf is EXIF that says the orientation and nothing else.
func tiffOf(o int) []byte {
	return []byte{
		'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0,
		0x12, 0x01, 3, 0, 1, 0, 0, 0, byte(o), 0, 0, 0, 0, 0, 0, 0,
	}
}

// Markers of a JPEG (ITU-T T.81, table B.1).
const (
	eoi = 0xd9 // end of the picture
	sos = 0xda // a scan of it follows
)

// segment reads the marker at i, or after what does not belong there, and its
// segment; seg is empty for a marker without one.
func segment(b []byte, i int) (marker byte, seg []byte, next int, err error) {
	for i < len(b) && (b[i] != 0xff || i+1 < len(b) && (b[i+1] == 0xff || b[i+1] == 0)) {
		i++
	}
	if i+2 > len(b) {
		return 0, nil, 0, errBroken
	}
	marker = b[i+1]
	if marker == eoi || marker >= 0xd0 && marker <= 0xd8 || marker == 0x01 {
		return marker, nil, i + 2, nil
	}
	if i+4 > len(b) {
		return 0, nil, 0, errBroken
	}
	n := int(binary.BigEndian.Uint16(b[i+2:]))
	if n < 2 || i+2+n > len(b) {
		return 0, nil, 0, errBroken
	}
	return marker, b[i : i+2+n], i + 2 + n, nil
}

// endOfScan finds the marker behind the coded data that begins at i.
func endOfScan(b []byte, i int) int {
	for ; i+1 < len(b); i++ {
		if b[i] == 0xff && b[i+1] != 0 && (b[i+1] < 0xd0 || b[i+1] > 0xd7) { // FF 00 and restarts belong to the data
			return i
		}
	}
	return len(b)
}

// ofPicture reports whether a segment is needed to decode the picture: frames,
// tables, restarts; of the application segments JFIF, without its thumbnail,
// and Adobe, which tells the colours.
func ofPicture(marker byte, seg []byte) bool {
	data := seg[4:]
	switch {
	case marker >= 0xc0 && marker <= 0xcf, marker >= sos && marker <= 0xdd:
		return true
	case marker == 0xe0:
		return len(seg) == 18 && strings.HasPrefix(string(data), "JFIF\x00")
	case marker == 0xee:
		return len(seg) == 16 && strings.HasPrefix(string(data), "Adobe")
	case marker == 0xe2:
		return isICC(data)
	}
	return false
}

// stripJPEG also cuts off what follows the picture: previews, the film of a
// «motion photo», an archive that somebody hid there.
func stripJPEG(b []byte) ([]byte, error) {
	out := append(make([]byte, 0, len(b)+64), 0xff, 0xd8)
	if o := orientation(jpegType.mime, b); o > 1 {
		t := append([]byte("Exif\x00\x00"), tiffOf(o)...)
		out = append(append(out, 0xff, 0xe1, 0, byte(2+len(t))), t...)
	}
	for i := 2; ; {
		marker, seg, next, err := segment(b, i)
		if err != nil {
			return nil, err
		}
		if marker == eoi {
			return append(out, 0xff, eoi), nil
		}
		if len(seg) > 0 && ofPicture(marker, seg) {
			out = append(out, seg...)
		}
		i = next
		if marker == sos {
			i = endOfScan(b, next)
			out = append(out, b[next:i]...)
			if i == len(b) { // torn: whether enough of it is left, the decoder will tell
				return append(out, 0xff, eoi), nil
			}
		}
	}
}

// keepPNG are the chunks that make the picture.
var keepPNG = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true, "gAMA": true, "sRGB": true, "cHRM": true, "bKGD": true, "sBIT": true,
}

func pngChunks(b []byte, fn func(kind string, chunk []byte)) error {
	for i := 8; ; {
		if i+12 > len(b) {
			return errBroken
		}
		n := int64(binary.BigEndian.Uint32(b[i:]))
		if n > int64(len(b)-i-12) {
			return errBroken
		}
		end := i + 12 + int(n)
		kind := string(b[i+4 : i+8])
		fn(kind, b[i:end])
		if kind == "IEND" {
			return nil
		}
		i = end
	}
}

func stripPNG(b []byte) ([]byte, error) {
	o := orientation(pngType.mime, b)
	out := append(make([]byte, 0, len(b)+64), b[:8]...)
	err := pngChunks(b, func(kind string, chunk []byte) {
		if keepPNG[kind] {
			out = append(out, chunk...)
		}
		if kind == "IHDR" && o > 1 {
			t := append([]byte("eXIf"), tiffOf(o)...)
			out = binary.BigEndian.AppendUint32(out, uint32(len(t)-4))
			out = binary.BigEndian.AppendUint32(append(out, t...), crc32.ChecksumIEEE(t))
		}
	})
	return out, err
}

// webpChunks gives each chunk with its header and without its padding.
func webpChunks(b []byte, fn func(kind string, chunk []byte)) error {
	if n := int64(binary.LittleEndian.Uint32(b[4:])) + 8; n < int64(len(b)) {
		b = b[:max(n, 12)] // what follows does not belong to the picture
	}
	for i := 12; i < len(b); {
		if i+8 > len(b) {
			return errBroken
		}
		n := int64(binary.LittleEndian.Uint32(b[i+4:]))
		if n > int64(len(b)-i-8) {
			return errBroken
		}
		end := i + 8 + int(n)
		fn(string(b[i:i+4]), b[i:end])
		i = end + int(n&1)
	}
	return nil
}

// Flags of the chunk VP8X (RFC 9649, 2.7.1).
const (
	webpXMP  = 0x04
	webpEXIF = 0x08
	webpICC  = 0x20
)

func stripWEBP(b []byte) ([]byte, error) {
	o := orientation(webpType.mime, b)
	icc := profile(webpType.mime, b) != nil
	out := append(make([]byte, 0, len(b)+64), b[:12]...)
	add := func(chunk []byte) {
		if out = append(out, chunk...); len(chunk)%2 == 1 {
			out = append(out, 0)
		}
	}
	extended := false
	err := webpChunks(b, func(kind string, chunk []byte) {
		switch kind {
		case "VP8X":
			if extended || len(chunk) < 18 {
				return
			}
			extended = true
			chunk = bytes.Clone(chunk[:18])
			binary.LittleEndian.PutUint32(chunk[4:], 10)
			chunk[8] &^= webpXMP | webpEXIF | webpICC
			if o > 1 {
				chunk[8] |= webpEXIF
			}
			if icc {
				chunk[8] |= webpICC
			}
			add(chunk)
		case "ICCP":
			if isProfile(chunk[8:]) {
				add(chunk)
			}
		case "VP8 ", "VP8L", "ALPH":
			add(chunk)
		}
	})
	if extended && o > 1 {
		add(append([]byte{'E', 'X', 'I', 'F', 26, 0, 0, 0}, tiffOf(o)...))
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, err
}
