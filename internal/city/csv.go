package city

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ereception/internal/platform/errs"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Table is a CSV file that was read: rows of named columns. heads gives the head
// of a column as the file writes it.
type Table struct {
	Rows  []TableRow
	Fatal bool // it is not certain where a row ends
	index map[string]int
	heads map[string]string
}

// TableRow is a row of the file.
type TableRow struct {
	Line  int // as an editor counts it
	cells []string
	t     *Table
}

// Has reports whether the file has the column.
func (t *Table) Has(name string) bool { _, ok := t.index[name]; return ok }

// Get is the cell of the column without the spaces around; empty when the file has
// no such column.
func (r TableRow) Get(name string) string {
	i, ok := r.t.index[name]
	if !ok || i >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// Column is the head of the column as the file writes it, for the report.
func (r TableRow) Column(name string) string {
	if h := r.t.heads[name]; h != "" {
		return h
	}
	return name
}

// decode makes UTF-8 of a file: UTF-8 with or without a mark, UTF-16 with one
// (a spreadsheet's «Unicode text»), else Windows-1251, which spreadsheets here
// still write. Binary files are refused with a hint, and so is UTF-8 with broken
// characters: read as Windows-1251 it would be nonsense that nobody notices.
func decode(raw []byte) ([]byte, error) {
	switch {
	case len(bytes.TrimSpace(raw)) == 0:
		return nil, errs.Invalid("city.import.empty")
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")), bytes.HasPrefix(raw, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		return nil, errs.Invalid("city.import.spreadsheet")
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}), bytes.HasPrefix(raw, []byte{0xFE, 0xFF}):
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(raw)
		if err != nil {
			return nil, errs.Invalid("city.import.encoding").Because(err)
		}
		raw = out
	case brokenUTF8(raw):
		return nil, errs.Invalid("city.import.encoding")
	case !utf8.Valid(raw):
		out, err := charmap.Windows1251.NewDecoder().Bytes(raw)
		if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
			return nil, errs.Invalid("city.import.encoding").Because(err)
		}
		raw = out
	}
	raw = bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF"))
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil, errs.Invalid("city.import.binary")
	}
	return raw, nil
}

// brokenUTF8 reports whether most of the characters beyond ASCII are UTF-8 and
// some are not. Text in Windows-1251 is hardly ever UTF-8 by accident.
func brokenUTF8(raw []byte) bool {
	good, bad := 0, 0
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		raw = raw[n:]
	}
	return bad > 0 && good > bad
}

// ReadTable reads a CSV file with a head. names maps a column to the heads it is
// known by; those of required must be there. A quotation mark inside a plain
// cell makes the row bad; a quoted cell that does not end properly makes the
// file fatal, since what follows may be of any row.
func ReadTable(raw []byte, rep *Report, names map[string][]string, required ...string) (*Table, error) {
	raw, err := decode(raw)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comma = separator(raw)
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, errs.Invalid("city.import.head").Because(err)
	}
	t := &Table{index: map[string]int{}, heads: map[string]string{}}
	for i, h := range head {
		n, read := strings.ToLower(strings.TrimSpace(h)), false
		for name, known := range names {
			if !slices.Contains(known, n) {
				continue
			}
			if t.Has(name) {
				return nil, errs.Invalid("city.import.head_twice", "column", line(h))
			}
			t.index[name], t.heads[name], read = i, line(h), true
		}
		if h = line(h); h != "" && !read {
			rep.Unread = append(rep.Unread, h)
		}
	}
	for _, name := range required {
		if !t.Has(name) {
			return nil, errs.Invalid("city.import.no_column", "column", names[name][0])
		}
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var pe *csv.ParseError
		if errors.As(err, &pe) {
			rep.Rows++
			rep.BadRows++
			if errors.Is(err, csv.ErrBareQuote) {
				rep.bad(pe.Line, "", "city.import.bare_quote")
				continue
			}
			rep.bad(pe.StartLine, "", "city.import.open_quote")
			t.Fatal = true
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			continue // spreadsheets leave rows of bare separators
		}
		ln, _ := r.FieldPos(0)
		if len(cells) > len(head) && slices.ContainsFunc(cells[len(head):], func(s string) bool { return strings.TrimSpace(s) != "" }) {
			rep.Rows++
			rep.BadRows++
			rep.bad(ln, "", "city.import.cells", "n", len(head), "found", len(cells))
			continue
		}
		if len(t.Rows) >= maxImportRows {
			return nil, errs.Invalid("city.import.too_many", "n", maxImportRows)
		}
		t.Rows = append(t.Rows, TableRow{ln, cells, t})
	}
	if len(t.Rows) == 0 && rep.BadRows == 0 {
		return nil, errs.Invalid("city.import.empty")
	}
	return t, nil
}

// separator is the one that the head has most of.
func separator(raw []byte) rune {
	head, _, _ := bytes.Cut(raw, []byte("\n"))
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t'} {
		if n := bytes.Count(head, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// yes reads a yes or a no; an empty cell is a yes.
func yes(s string) (v, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", "1", "true", "yes", "так", "+", "діє":
		return true, true
	case "0", "false", "no", "ні", "-", "не діє":
		return false, true
	}
	return false, false
}

// number reads a number with a point or a comma; an empty cell is nil.
func number(s string) (*float64, bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), ",", ".")
	if s == "" {
		return nil, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != f {
		return nil, false
	}
	return &f, true
}
