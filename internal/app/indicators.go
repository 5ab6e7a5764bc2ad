package app

import (
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
	"time"

	"ereception/internal/platform/clock"
	"ereception/internal/procurement/indicator"
	"ereception/internal/procurement/prozorro"
)

// ErrReported ends a command with the exit status 1 when everything that went
// wrong has already been written to standard error.
var ErrReported = errors.New("what went wrong has been reported")

// IndicatorsCmd gathers what anyone can do with the indicators.
type IndicatorsCmd struct {
	Check IndicatorsCheckCmd `cmd:"" help:"Calculate every indicator of the tenders in files of the OpenProcurement API; a JSON line per value."`
}

// IndicatorsCheckCmd calculates the indicators from files alone.
//
// A line has file (the path as given), tender_id (id of the document), indicator,
// level, lot_id, contract_id, value (1, 0 or null) and reason: with null why it is
// not calculated, "keep" where the rule keeps the previous result; with 0 the
// condition that is not met; empty when the formula gave the value.
type IndicatorsCheckCmd struct {
	AsOf      string   `help:"Calculate as of this moment, RFC 3339: 2020-06-01T12:00:00+03:00. Now when absent." placeholder:"TIME"`
	Profile   string   `enum:"methodology,contract" default:"methodology" help:"Reading of DASU-3-3: methodology reads the tender alone, contract also the documents of the contract."`
	Contracts string   `help:"Folder with documents of the contracting module, matched by id and tender_id." placeholder:"DIR"`
	Files     []string `arg:"" name:"file" help:"Documents of /tenders/{id}: JSON, JSON Lines, gzip; a folder stands for the files in it."`
}

// maxIndicatorFile bounds an unpacked file.
const maxIndicatorFile = 512 << 20

// Run prints the values.
func (c *IndicatorsCheckCmd) Run(ctx context.Context) error {
	return c.run(ctx, clock.System{}, os.Stdout, os.Stderr)
}

func (c *IndicatorsCheckCmd) run(ctx context.Context, clk clock.Clock, out, errs io.Writer) error {
	now := clk.Now()
	if c.AsOf != "" {
		var err error
		if now, err = time.Parse(time.RFC3339, c.AsOf); err != nil {
			return fmt.Errorf("--as-of %q is not a moment of RFC 3339", c.AsOf)
		}
	}
	r := &indicatorCheck{out: json.NewEncoder(out), errs: json.NewEncoder(errs)}
	r.out.SetEscapeHTML(false)
	r.errs.SetEscapeHTML(false)
	if c.Contracts != "" {
		info, err := os.Stat(c.Contracts)
		if err == nil && !info.IsDir() {
			err = errors.New("not a folder")
		}
		if err != nil {
			return fmt.Errorf("--contracts: %w", err)
		}
		for _, file := range r.filesOf(c.Contracts) {
			r.each(file, r.contract)
		}
	}
	for _, path := range c.Files {
		files := r.filesOf(path)
		if info, err := os.Stat(path); err == nil && info.IsDir() && len(files) == 0 {
			r.fail(path, 0, errors.New("no documents in the folder"))
		}
		for _, file := range files {
			if err := ctx.Err(); err != nil {
				return err
			}
			r.each(file, func(kind prozorro.Kind, data []byte, err error) error {
				if errors.Is(err, prozorro.ErrUnknown) && bareTender(data) {
					kind, err = prozorro.KindTender, nil
				}
				if err != nil {
					return err
				}
				if kind != prozorro.KindTender {
					return fmt.Errorf("the document is a %s, not a tender", kind)
				}
				t, err := prozorro.DecodeTender(data)
				if err != nil {
					return err
				}
				r.print(file, t.ID, indicator.Evaluate(&indicator.Input{
					Tender: t, Contracts: r.contractsOf(t), Now: now, Profile: indicator.Profile(c.Profile),
				}))
				return nil
			})
		}
	}
	switch {
	case r.broken != nil:
		return r.broken
	case r.failed:
		return ErrReported
	}
	return nil
}

type indicatorCheck struct {
	out, errs *json.Encoder
	contracts []*prozorro.Contract
	failed    bool
	broken    error // the output cannot be written
}

// fail reports a file or a line of it.
func (r *indicatorCheck) fail(file string, line int, err error) {
	r.failed = true
	if path := new(fs.PathError); errors.As(err, &path) {
		err = path.Err
	}
	_ = r.errs.Encode(struct {
		File  string `json:"file"`
		Line  int    `json:"line,omitempty"`
		Error string `json:"error"`
	}{file, line, err.Error()})
}

func (r *indicatorCheck) print(file, tenderID string, values []indicator.Value) {
	for _, v := range values {
		row := struct {
			File       string  `json:"file"`
			TenderID   string  `json:"tender_id"`
			Indicator  string  `json:"indicator"`
			Level      string  `json:"level"`
			LotID      *string `json:"lot_id"`
			ContractID *string `json:"contract_id"`
			Value      *int    `json:"value"`
			Reason     string  `json:"reason"`
		}{File: file, TenderID: tenderID, Indicator: v.Indicator, Level: string(v.Level), Reason: v.Reason}
		if v.LotID != "" {
			row.LotID = &v.LotID
		}
		if v.Level == indicator.LevelContract {
			row.ContractID = &v.ContractID
		}
		switch v.Outcome {
		case indicator.Sign, indicator.Clear:
			n := 0
			if v.Outcome == indicator.Sign {
				n = 1
			}
			row.Value = &n
		case indicator.Keep:
			row.Reason = "keep"
		}
		if err := r.out.Encode(row); err != nil && r.broken == nil {
			r.broken = err
		}
	}
}

// bareTender tells a tender that bears neither its number nor its procedure, which
// is what DASU-3-3 says of it then, from what is no document.
func bareTender(data []byte) bool {
	var d struct {
		ID     string `json:"id"`
		Tender string `json:"tender_id"`
	}
	return json.Unmarshal(data, &d) == nil && d.ID != "" && d.Tender == ""
}

// contract takes a document of the contracting module, which in this folder needs no
// number to be one; others in the folder are no business of it.
func (r *indicatorCheck) contract(kind prozorro.Kind, data []byte, err error) error {
	switch {
	case errors.Is(err, prozorro.ErrUnknown):
		kind, err = prozorro.KindContract, nil
	case errors.Is(err, prozorro.ErrNotObject):
		return nil
	}
	if err != nil || kind != prozorro.KindContract {
		return err
	}
	c, err := prozorro.DecodeContract(data)
	if err == nil && c.ID != "" {
		r.contracts = append(r.contracts, c)
	}
	return err
}

// contractsOf gives the documents whose tender_id names the tender, and those
// without one whose id the tender names.
func (r *indicatorCheck) contractsOf(t *prozorro.Tender) (of []*prozorro.Contract) {
	for _, c := range r.contracts {
		named := slices.ContainsFunc(t.Contracts, func(s prozorro.Contract) bool { return s.ID == c.ID })
		if c.TenderID != "" && c.TenderID == t.ID || named && (c.TenderID == "" || t.ID == "") {
			of = append(of, c)
		}
	}
	return of
}

// filesOf gives the path itself, or the JSON files within a folder in order.
func (r *indicatorCheck) filesOf(path string) (files []string) {
	info, err := os.Stat(path)
	if err != nil {
		r.fail(path, 0, err)
		return nil
	}
	if !info.IsDir() {
		return []string{path}
	}
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		plain := strings.TrimSuffix(strings.ToLower(name), ".gz")
		switch {
		case err != nil:
			r.fail(name, 0, err)
		case d.Type().IsRegular() && (strings.HasSuffix(plain, ".json") || manyDocuments(name)):
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		r.fail(path, 0, err)
	}
	return files
}

// manyDocuments tells JSON Lines by the name of the file.
func manyDocuments(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	return strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson")
}

// manyLines tells them by what the file holds: lines that are JSON where the whole is none.
func manyLines(text []byte) bool {
	first, rest, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	return len(bytes.TrimSpace(rest)) > 0 && json.Valid(first) && !json.Valid(text)
}

// each calls f with the documents of a file, one or many, and what is wrong with
// them, and reports the error that it gives.
func (r *indicatorCheck) each(file string, f func(kind prozorro.Kind, data []byte, err error) error) {
	text, err := readUnpacked(file)
	if err != nil {
		r.fail(file, 0, err)
		return
	}
	one := func(line int, text []byte) {
		kind, data, err := prozorro.Detect(text)
		if err = f(kind, data, err); err != nil {
			r.fail(file, line, err)
		}
	}
	if !manyDocuments(file) && !manyLines(text) {
		one(0, text)
		return
	}
	line := 0
	for part := range bytes.Lines(text) {
		line++
		if part = bytes.TrimSpace(part); len(part) > 0 {
			one(line, part)
		}
	}
}

// readUnpacked reads a file, gzip or not, without a byte order mark.
func readUnpacked(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var src io.Reader = f
	head := make([]byte, 2)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	src = io.MultiReader(bytes.NewReader(head[:n]), f)
	if bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(src)
		if err != nil {
			return nil, err
		}
		src = z
	}
	text, err := io.ReadAll(io.LimitReader(src, maxIndicatorFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxIndicatorFile {
		return nil, fmt.Errorf("larger than %d MB", maxIndicatorFile>>20)
	}
	return bytes.TrimPrefix(text, []byte("\uFEFF")), nil
}
