package files

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

type fileType struct{ mime, ext string }

var (
	jpegType = fileType{"image/jpeg", ".jpg"}
	pngType  = fileType{"image/png", ".png"}
	webpType = fileType{"image/webp", ".webp"}
	pdfType  = fileType{"application/pdf", ".pdf"}
	docxType = fileType{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"}
	xlsxType = fileType{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"}
	odtType  = fileType{"application/vnd.oasis.opendocument.text", ".odt"}
	txtType  = fileType{"text/plain", ".txt"}
	mp4Type  = fileType{"video/mp4", ".mp4"}
	p7sType  = fileType{"application/pkcs7-signature", ".p7s"}
)

func isPhoto(mime string) bool {
	return mime == jpegType.mime || mime == pngType.mime || mime == webpType.mime
}

// sniff tells the type by the content. The zero type is one that is not taken.
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
	case has(4, "ftyp") && isMP4(head):
		return mp4Type, nil
	case has(0, "PK\x03\x04"):
		return sniffZip(r, size)
	case isSignature(head):
		return p7sType, nil
	}
	return sniffText(r, size)
}

// isMP4 accepts the brands that browsers play; HEIC is of the same container
// and no maintained decoder in pure Go is to be had, so it is refused.
func isMP4(head []byte) bool {
	if len(head) < 12 {
		return false
	}
	switch string(head[8:12]) {
	case "isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "dash", "M4V ", "MSNV", "mmp4":
		return true
	}
	return false
}

// sniffZip looks into the archive: an office document is told by its parts. One
// with macros is refused. Nothing is unpacked but a name and a few bytes, so an
// archive that swells does no harm.
func sniffZip(r io.ReaderAt, size int64) (fileType, error) {
	z, err := zip.NewReader(r, size)
	if err != nil || len(z.File) == 0 || len(z.File) > 10000 {
		return fileType{}, nil
	}
	var t fileType
	types := false
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		switch {
		case strings.Contains(name, "vbaproject") || strings.HasPrefix(name, "basic/") || strings.HasPrefix(name, "scripts/"):
			return fileType{}, nil
		case name == "[content_types].xml":
			types = true
		case name == "word/document.xml":
			t = docxType
		case name == "xl/workbook.xml":
			t = xlsxType
		case name == "mimetype" && f == z.File[0]:
			rc, err := f.Open()
			if err != nil {
				return fileType{}, nil
			}
			b, _ := io.ReadAll(io.LimitReader(rc, 100))
			_ = rc.Close()
			if strings.TrimSpace(string(b)) == odtType.mime {
				return odtType, nil
			}
		}
	}
	if !types {
		return fileType{}, nil
	}
	return t, nil
}

// signedData is the object identifier of CMS SignedData, RFC 5652: 1.2.840.113549.1.7.2.
var signedData = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}

func isSignature(head []byte) bool {
	if isDER(head) {
		return true
	}
	s := strings.TrimSpace(string(head))
	for _, p := range []string{"-----BEGIN PKCS7-----", "-----BEGIN CMS-----"} {
		s = strings.TrimPrefix(s, p)
	}
	s = strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == ' ' {
			return -1
		}
		return r
	}, s)
	n := min(len(s), 64) / 4 * 4
	if n == 0 {
		return false
	}
	b, err := base64.StdEncoding.DecodeString(s[:n])
	return err == nil && isDER(b)
}

func isDER(b []byte) bool {
	return len(b) > 20 && b[0] == 0x30 && bytes.Contains(b[:20], signedData)
}

// sniffText accepts plain text in UTF-8 or Windows-1251. Text that a browser
// would take for a page is refused, whatever its name.
func sniffText(r io.ReaderAt, size int64) (fileType, error) {
	b, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return fileType{}, err
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return fileType{}, nil
	}
	text := string(b)
	if !utf8.Valid(b) {
		dec, err := charmap.Windows1251.NewDecoder().Bytes(b)
		if err != nil {
			return fileType{}, nil
		}
		text = string(dec)
		letters := 0
		for _, r := range text {
			if r >= 'А' && r <= 'я' || strings.ContainsRune("іїєґІЇЄҐ’«»–— \r\n\t", r) || r >= ' ' && r < 0x7f {
				letters++
			}
		}
		if letters*100 < utf8.RuneCountInString(text)*95 {
			return fileType{}, nil
		}
	}
	control := 0
	for _, r := range text {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			control++
		}
	}
	low := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), " \t\r\n"))
	for _, p := range []string{"<!doctype", "<html", "<svg", "<?xml", "<script", "<?php", "#!", "<head", "<body", "<iframe", "mz"} {
		if strings.HasPrefix(low, p) {
			return fileType{}, nil
		}
	}
	if control > 0 || strings.Contains(low, "<script") {
		return fileType{}, nil
	}
	return txtType, nil
}
