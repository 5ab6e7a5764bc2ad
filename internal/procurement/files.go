package procurement

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxDocument bounds one document; the largest of Prozorro are about 10 MB.
const maxDocument = 64 << 20

// fileDoc is one JSON object found in a file; line is 0 unless the file is JSON Lines.
type fileDoc struct {
	file string
	line int
	raw  []byte
}

var (
	errTooLarge = fmt.Errorf("a document is larger than %d MB", maxDocument>>20)
	errNotJSON  = errors.New("not valid JSON")
)

// documentFiles lists the files that the paths name: a file as it is, a folder
// with everything below it that looks like JSON. Names are in order and once each.
func documentFiles(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			out = append(out, p)
			continue
		}
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && path != p && strings.HasPrefix(d.Name(), "."):
				return fs.SkipDir
			case d.Type().IsRegular() && looksJSON(d.Name()):
				out = append(out, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func looksJSON(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	return strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson")
}

// eachDocument reads the JSON objects of one file, one or many (JSON Lines),
// gzip or not, and gives each to fn. What is broken goes to bad, and the rest of
// the file is read on as far as that is possible. An error is of fn or of ctx.
func eachDocument(ctx context.Context, path string, fn func(fileDoc) error, bad func(line int, err error)) error {
	f, err := os.Open(path)
	if err != nil {
		bad(0, err)
		return nil
	}
	defer func() { _ = f.Close() }()
	var r io.Reader = f
	b := bufio.NewReaderSize(f, 64<<10)
	r = b
	if m, _ := b.Peek(2); bytes.Equal(m, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			bad(0, err)
			return nil
		}
		defer func() { _ = z.Close() }()
		r = z
	}
	return eachObject(ctx, path, r, fn, bad)
}

func eachObject(ctx context.Context, path string, r io.Reader, fn func(fileDoc) error, bad func(line int, err error)) error {
	b := bufio.NewReaderSize(r, 256<<10)
	first, err := readLine(b, maxDocument)
	if err != nil && !errors.Is(err, io.EOF) {
		bad(0, err)
		return nil
	}
	first = bytes.TrimPrefix(first, []byte("\uFEFF"))
	if !json.Valid(first) {
		// One document over many lines, or JSON Lines whose first line is broken.
		rest, err := io.ReadAll(io.LimitReader(b, maxDocument-int64(len(first))+1))
		whole := append(first, rest...)
		switch {
		case err != nil:
			bad(0, err)
			return nil
		case len(whole) > maxDocument:
			bad(0, errTooLarge)
			return nil
		case json.Valid(whole):
			return fn(fileDoc{path, 0, bytes.TrimSpace(whole)})
		case !manyLines(rest):
			bad(0, errNotJSON)
			return nil
		}
		bad(1, errNotJSON)
		b = bufio.NewReader(bytes.NewReader(rest))
	} else {
		if _, end := b.Peek(1); end != nil {
			return fn(fileDoc{path, 0, bytes.TrimSpace(first)})
		}
		if err := fn(fileDoc{path, 1, bytes.TrimSpace(first)}); err != nil {
			return err
		}
	}
	for n := 2; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := readLine(b, maxDocument)
		if err != nil && !errors.Is(err, io.EOF) {
			bad(n, err) // the end of the file is lost, such as a cut gzip
			return nil
		}
		if line := bytes.TrimSpace(line); len(line) > 0 {
			if !json.Valid(line) {
				bad(n, errNotJSON)
			} else if err := fn(fileDoc{path, n, line}); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}

// manyLines reports whether the first full line is a JSON object of its own.
func manyLines(b []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimSpace(b), []byte("\n"))
	line = bytes.TrimSpace(line)
	return len(line) > 2 && line[0] == '{' && json.Valid(line)
}

// readLine reads one line without its end. The slice is the caller's to keep.
func readLine(b *bufio.Reader, limit int) ([]byte, error) {
	var out []byte
	for {
		part, err := b.ReadSlice('\n')
		if len(out)+len(part) > limit {
			return nil, errTooLarge
		}
		out = append(out, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return bytes.TrimRight(out, "\r\n"), err
	}
}
