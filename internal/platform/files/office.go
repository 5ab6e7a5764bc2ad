package files

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
)

const (
	maxParts    = 10_000  // of an office document: more is an attack on whoever lists them
	maxUnpacked = 1 << 30 // what its parts say they swell to
	maxTypes    = 1 << 20 // of the list of content types
)

// sniffZip looks into the archive: an office document is told by what it says
// of its parts. One with macros or controls that run is refused. Nothing is
// unpacked but the list of types, to a limit, so an archive that swells does no harm.
func sniffZip(r io.ReaderAt, size int64) (fileType, error) {
	// Counted first: the reader makes an object of every entry that it finds.
	n, err := count(io.NewSectionReader(r, 0, size), []byte("PK\x01\x02"))
	if err != nil {
		return fileType{}, err
	}
	if n == 0 || n > maxParts {
		return fileType{}, nil
	}
	z, err := zip.NewReader(r, size)
	if err != nil || len(z.File) == 0 {
		return fileType{}, nil
	}
	var t fileType
	var unpacked uint64
	for i, f := range z.File {
		if unpacked += f.UncompressedSize64; f.UncompressedSize64 > maxUnpacked || unpacked > maxUnpacked {
			return fileType{}, nil
		}
		switch name := strings.ToLower(f.Name); {
		case runs(name):
			return macrosType, nil
		case name == "[content_types].xml" && t == fileType{}:
			s := strings.ToLower(part(f, maxTypes))
			switch {
			case strings.Contains(s, "macroenabled") || strings.Contains(s, "vbaproject") || strings.Contains(s, "macrosheet"):
				return macrosType, nil
			case strings.Contains(s, "wordprocessingml.document.main+xml"):
				t = docxType
			case strings.Contains(s, "spreadsheetml.sheet.main+xml"):
				t = xlsxType
			}
		case name == "mimetype" && i == 0: // OpenDocument 1.3, part 2, 3.3: the first of the archive
			if strings.TrimSpace(part(f, 100)) == odtType.mime {
				t = odtType
			}
		}
	}
	return t, nil
}

// runs reports whether a part of an office document holds something to be run:
// VBA, Excel 4 macros, ActiveX; Basic and scripts of OpenDocument.
func runs(name string) bool {
	return strings.Contains(name, "vbaproject") || strings.Contains(name, "vbadata") || strings.Contains(name, "/macrosheets/") ||
		strings.Contains(name, "/activex/") || strings.HasPrefix(name, "basic/") || strings.HasPrefix(name, "scripts/")
}

// part reads a part of at most limit bytes; "" for a broken or a longer one.
func part(f *zip.File, limit int64) string {
	rc, err := f.Open()
	if err != nil {
		return ""
	}
	defer func() { _ = rc.Close() }()
	b, err := io.ReadAll(io.LimitReader(rc, limit+1))
	if err != nil || int64(len(b)) > limit {
		return ""
	}
	return string(b)
}

// count says how often the mark stands in r.
func count(r io.Reader, mark []byte) (int, error) {
	buf := make([]byte, 64<<10)
	n, have := 0, 0
	for {
		m, err := io.ReadFull(r, buf[have:])
		have += m
		n += bytes.Count(buf[:have], mark)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		have = copy(buf, buf[have-len(mark)+1:]) // a mark may lie across the edge
	}
}
