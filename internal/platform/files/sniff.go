package files

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// fileType is what a file is. One without a MIME type is not taken; why is then
// the key of the reason, when there is more to say than the list of what is.
type fileType struct{ mime, ext, why string }

var (
	jpegType = fileType{mime: "image/jpeg", ext: ".jpg"}
	pngType  = fileType{mime: "image/png", ext: ".png"}
	webpType = fileType{mime: "image/webp", ext: ".webp"}
	pdfType  = fileType{mime: "application/pdf", ext: ".pdf"}
	docxType = fileType{mime: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ext: ".docx"}
	xlsxType = fileType{mime: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ext: ".xlsx"}
	odtType  = fileType{mime: "application/vnd.oasis.opendocument.text", ext: ".odt"}
	txtType  = fileType{mime: "text/plain", ext: ".txt"}
	mp4Type  = fileType{mime: "video/mp4", ext: ".mp4"}
	p7sType  = fileType{mime: "application/pkcs7-signature", ext: ".p7s"}

	heicType   = fileType{why: "files.heic"}
	macrosType = fileType{why: "files.macros"}
)

func isPhoto(mime string) bool {
	return mime == jpegType.mime || mime == pngType.mime || mime == webpType.mime
}

// sniff tells the type by the content. A file is read as one type only: every
// type but text starts with its mark, so nothing that starts as a page, a script
// or a program can be taken for a picture or a document.
func sniff(r io.ReaderAt, size int64) (fileType, error) {
	head := make([]byte, min(size, 4096))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return fileType{}, err
	}
	has := func(at int, s string) bool { return len(head) >= at+len(s) && string(head[at:at+len(s)]) == s }
	switch {
	case has(0, "\xff\xd8\xff"):
		return jpegType, nil
	case has(0, "\x89PNG\r\n\x1a\n"):
		return pngType, nil
	case has(0, "RIFF") && has(8, "WEBP"):
		return webpType, nil
	case has(0, "%PDF-1.") || has(0, "%PDF-2."):
		return pdfType, nil
	case has(4, "ftyp"):
		return sniffBrands(head), nil
	case has(0, "PK\x03\x04"):
		return sniffZip(r, size)
	case isSignature(head, size):
		return p7sType, nil
	}
	return sniffText(r, size)
}

// The brands of the ISO base media format (ISO/IEC 14496-12, 4.3).
var (
	mp4Brands  = []string{"isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "dash", "M4V ", "MSNV", "mmp4"}
	heicBrands = []string{"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"}
)

// sniffBrands tells what the media container holds. HEIC is of the same family
// as MP4; no maintained decoder in pure Go is to be had, so it is refused with
// advice, because the metadata of a photo that is not decoded cannot be removed.
func sniffBrands(head []byte) fileType {
	n := int64(binary.BigEndian.Uint32(head)) // the length of the box: also proves that nothing else starts here
	if n < 16 || n > 512 || n%4 != 0 || n > int64(len(head)) {
		return fileType{}
	}
	brands := []string{string(head[8:12])}
	for i := int64(16); i < n; i += 4 {
		brands = append(brands, string(head[i:i+4]))
	}
	in := func(list []string) bool {
		return slices.ContainsFunc(brands, func(b string) bool { return slices.Contains(list, b) })
	}
	switch {
	case in(heicBrands):
		return heicType
	case brands[0] != "qt  " && !in([]string{"avif", "avis", "crx "}) && in(mp4Brands):
		return mp4Type
	}
	return fileType{}
}

// signedData is the object identifier of CMS SignedData, RFC 5652: 1.2.840.113549.1.7.2.
var signedData = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}

// isSignature reports whether the file is CMS SignedData: DER or BER, the same
// in base64, or in PEM.
func isSignature(head []byte, size int64) bool {
	if isSignedData(head, size) {
		return true
	}
	s := strings.TrimSpace(string(head))
	for _, p := range []string{"-----BEGIN PKCS7-----", "-----BEGIN CMS-----", "-----BEGIN PKCS #7 SIGNED DATA-----"} {
		s = strings.TrimPrefix(s, p)
	}
	s, _, _ = strings.Cut(s, "-") // the end of PEM
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n", r) {
			return -1
		}
		return r
	}, s)
	b, err := base64.StdEncoding.DecodeString(s[:min(len(s), 64)/4*4])
	return err == nil && isSignedData(b, size)
}

// isSignedData looks for ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, … }
// of at most size bytes.
func isSignedData(b []byte, size int64) bool {
	if len(b) < 2+len(signedData) || b[0] != 0x30 {
		return false
	}
	at, n := 2, int64(0)
	switch l := int(b[1]); {
	case l < 0x80:
		n = int64(l)
	case l > 0x84:
		return false
	default: // 0x80 is the indefinite length of BER
		for range l & 0x7f {
			n = n<<8 | int64(b[at])
			at++
		}
	}
	return n <= size && bytes.HasPrefix(b[at:], signedData)
}

// active are the beginnings of what some program would run or take for a page.
var active = []string{"<!doctype", "<html", "<svg", "<?xml", "<script", "<?php", "#!", "<head", "<body", "<iframe", `{\rtf`, "%!ps"}

// sniffText accepts plain text in UTF-8, UTF-16 with its mark, or Windows-1251.
// Text that a browser would take for a page is refused, whatever its name.
func sniffText(r io.ReaderAt, size int64) (fileType, error) {
	b, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return fileType{}, err
	}
	text, ok := decodeText(b)
	if !ok {
		return fileType{}, nil
	}
	for _, r := range text {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' || r == 0x7f {
			return fileType{}, nil
		}
	}
	low := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), " \t\r\n"))
	if strings.Contains(low, "<script") || slices.ContainsFunc(active, func(p string) bool { return strings.HasPrefix(low, p) }) {
		return fileType{}, nil
	}
	return txtType, nil
}

func decodeText(b []byte) (string, bool) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	case utf8.Valid(b):
		return string(b), true
	default:
		return decode1251(b)
	}
	if len(b)%2 != 0 {
		return "", false
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 2; i < len(b); i += 2 {
		units = append(units, order.Uint16(b[i:]))
	}
	text := string(utf16.Decode(units))
	return text, !strings.ContainsRune(text, utf8.RuneError)
}

// decode1251 takes bytes for Windows-1251 when nearly all of them are then
// letters and signs of a Ukrainian text: any bytes at all are valid in it.
func decode1251(b []byte) (string, bool) {
	text, err := charmap.Windows1251.NewDecoder().String(string(b))
	if err != nil {
		return "", false
	}
	good := 0
	for _, r := range text {
		if r >= 'А' && r <= 'я' || r >= ' ' && r < 0x7f || strings.ContainsRune("іїєґІЇЄҐёЁ’‘“”„«»–—…№§°\u00a0\r\n\t", r) {
			good++
		}
	}
	return text, good*100 >= utf8.RuneCountInString(text)*95
}
