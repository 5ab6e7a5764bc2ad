package app

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ereception/internal/platform/clock"
)

const signedTender = `{"data":{"id":"0123456789abcdef0123456789abcdef","tenderID":"UA-2020-01-01-000001-a","procurementMethodType":"aboveThresholdUA",
 "status":"complete","date":"2020-03-01T10:00:00+02:00","procuringEntity":{"kind":"general"},"lots":[{"id":"L1","status":"complete"}],
 "awards":[{"id":"A1","lotID":"L1","status":"active"}],
 "contracts":[{"id":"C1","awardID":"A1","status":"active","documents":[{"format":"application/pdf"}]},{"id":"C2","awardID":"A1","status":"active"}]}}`

type indicatorLine struct {
	File, Indicator, Level, Reason, Error string
	TenderID                              string  `json:"tender_id"`
	LotID                                 *string `json:"lot_id"`
	ContractID                            *string `json:"contract_id"`
	Value                                 *int
	Line                                  int
}

func checkIndicators(t *testing.T, c *IndicatorsCheckCmd) (out, errs []indicatorLine, raw string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	if c.Profile == "" {
		c.Profile = "methodology"
	}
	err = c.run(context.Background(), clock.At(time.Date(2020, 6, 1, 9, 0, 0, 0, time.UTC)), &o, &e)
	for _, b := range []struct {
		text string
		into *[]indicatorLine
	}{{o.String(), &out}, {e.String(), &errs}} {
		for line := range strings.Lines(b.text) {
			var l indicatorLine
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			*b.into = append(*b.into, l)
		}
	}
	return out, errs, o.String(), err
}

func writeDoc(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	b := []byte(text)
	if strings.HasSuffix(name, ".gz") {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = w.Write(b)
		_ = w.Close()
		b = z.Bytes()
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func linesOf(lines []indicatorLine, id string) (found []indicatorLine) {
	for _, l := range lines {
		if l.Indicator == id {
			found = append(found, l)
		}
	}
	return found
}

func TestIndicatorsCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := writeDoc(t, dir, "t.json", signedTender)
	out, errs, raw, err := checkIndicators(t, &IndicatorsCheckCmd{Files: []string{file}})
	if err != nil || len(errs) != 0 {
		t.Fatal(err, errs)
	}
	first, _, _ := strings.Cut(raw, "\n")
	want := `{"file":"` + file + `","tender_id":"0123456789abcdef0123456789abcdef","indicator":"DASU-3-1","level":"tender","lot_id":null,"contract_id":null,"value":null,"reason":"no documents"}`
	if first != want {
		t.Errorf("line\n%s\nwant\n%s", first, want)
	}
	got := linesOf(out, "DASU-3-3")
	if len(got) != 1 || got[0].LotID == nil || *got[0].LotID != "L1" || got[0].Value == nil || *got[0].Value != 1 || got[0].Reason != "" || got[0].Level != "lot" || got[0].ContractID != nil {
		t.Errorf("%+v", got)
	}
	got = linesOf(out, "ari-1-1")
	if len(got) != 2 || *got[0].ContractID != "C1" || *got[1].ContractID != "C2" || got[0].Value != nil || got[0].Reason != "no contract document" || got[0].Level != "contract" {
		t.Errorf("%+v", got)
	}
	got = linesOf(out, "sas24-3-1")
	if len(got) != 1 || got[0].Value == nil || *got[0].Value != 0 || got[0].Reason != "value" {
		t.Errorf("%+v", got)
	}
	// Another day: the rule of one year.
	out, _, _, err = checkIndicators(t, &IndicatorsCheckCmd{AsOf: "2021-03-01T10:00:00+02:00", Files: []string{file}})
	if got := linesOf(out, "DASU-3-3"); err != nil || len(got) != 1 || got[0].Value != nil || got[0].LotID != nil || got[0].Reason != "older than a year" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, _, _, err := checkIndicators(t, &IndicatorsCheckCmd{AsOf: "2021-03-01", Files: []string{file}}); err == nil || !strings.Contains(err.Error(), "RFC 3339") {
		t.Error(err)
	}
}

func TestIndicatorsCheckContracts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := writeDoc(t, dir, "t.json", signedTender)
	docs := filepath.Join(dir, "contracts")
	writeDoc(t, docs, "deep/c1.json", `{"data":{"id":"C1","contractID":"UA-1-a1","tender_id":"0123456789abcdef0123456789abcdef","status":"active","documents":[{"documentOf":"contract","format":"application/pkcs7-signature"}]}}`)
	writeDoc(t, docs, "c2.json.gz", `{"id":"C2","contractID":"UA-1-a2","status":"terminated"}`)
	writeDoc(t, docs, "other.json", `{"id":"C9","contractID":"UA-9-a9","tender_id":"ffffffffffffffffffffffffffffffff","status":"active"}`)
	writeDoc(t, docs, "foreign.json", `{"id":"C2","contractID":"UA-9-a8","tender_id":"ffffffffffffffffffffffffffffffff","status":"active","dateModified":"2030-01-01T00:00:00Z"}`)
	writeDoc(t, docs, "list.json", `{"data":[]}`)
	writeDoc(t, docs, "t.json", signedTender)
	writeDoc(t, docs, "readme.txt", `no JSON`)
	out, errs, _, err := checkIndicators(t, &IndicatorsCheckCmd{Files: []string{file}, Contracts: docs})
	if err != nil || len(errs) != 0 {
		t.Fatal(err, errs)
	}
	got := linesOf(out, "sas24-3-4")
	if len(got) != 2 || *got[0].ContractID != "C1" || *got[0].Value != 0 || got[0].Reason != "procurementMethodType" && got[0].Reason != "value" ||
		*got[1].ContractID != "C2" || got[1].Value != nil || got[1].Reason != "keep" {
		t.Errorf("%+v", got)
	}
	if got := linesOf(out, "DASU-3-3"); len(got) != 1 || *got[0].Value != 1 {
		t.Errorf("the methodology reads the tender alone: %+v", got)
	}
	out, _, _, _ = checkIndicators(t, &IndicatorsCheckCmd{Files: []string{file}, Contracts: docs, Profile: "contract"})
	if got := linesOf(out, "DASU-3-3"); len(got) != 1 || *got[0].Value != 0 {
		t.Errorf("the contract is signed: %+v", got)
	}
	writeDoc(t, docs, "broken.json", `{"id":`)
	_, errs, _, err = checkIndicators(t, &IndicatorsCheckCmd{Files: []string{file}, Contracts: docs})
	if !errors.Is(err, ErrReported) || len(errs) != 1 || errs[0].File != filepath.Join(docs, "broken.json") {
		t.Error(err, errs)
	}
	if _, _, _, err := checkIndicators(t, &IndicatorsCheckCmd{Files: []string{file}, Contracts: file}); err == nil || errors.Is(err, ErrReported) {
		t.Error("a file is no folder", err)
	}
}

func TestIndicatorsCheckBrokenFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := writeDoc(t, dir, "good.json", signedTender)
	lines := writeDoc(t, dir, "many.jsonl.gz", strings.ReplaceAll(signedTender, "\n", "")+"\n\n{broken\n"+strings.ReplaceAll(signedTender, "\n", "")+"\n")
	folder := filepath.Join(dir, "folder")
	writeDoc(t, folder, "b.json", signedTender)
	writeDoc(t, folder, "a.json", "\uFEFF"+signedTender)
	cases := []struct{ file, want string }{
		{writeDoc(t, dir, "cut.json", signedTender[:200]), "the JSON text ends early"},
		{writeDoc(t, dir, "html.json", "<html>"), "not JSON at byte 0"},
		{writeDoc(t, dir, "empty.json", ""), "the JSON text ends early"},
		{writeDoc(t, dir, "list.json", "[1]"), "the document is not a JSON object"},
		{writeDoc(t, dir, "contract.json", `{"contractID":"UA-1-a1"}`), "the document is a contract, not a tender"},
		{writeDoc(t, dir, "plan.json", `{"data":{"planID":"UA-P-1"}}`), "the document is a plan, not a tender"},
		{writeDoc(t, dir, "unknown.json", `{"a":1}`), "neither a tender, nor a contract, a plan or a monitoring"},
		{filepath.Join(dir, "absent.json"), "no such file or directory"},
	}
	files := []string{good}
	for _, c := range cases {
		files = append(files, c.file)
	}
	out, errs, _, err := checkIndicators(t, &IndicatorsCheckCmd{Files: append(files, lines, folder)})
	if !errors.Is(err, ErrReported) {
		t.Error(err)
	}
	if len(errs) != len(cases)+1 {
		t.Fatalf("%d errors: %+v", len(errs), errs)
	}
	for i, c := range cases {
		if errs[i].File != c.file || errs[i].Error != c.want {
			t.Errorf("%+v, want %s", errs[i], c.want)
		}
	}
	if e := errs[len(cases)]; e.File != lines || e.Line != 3 || e.Error == "" {
		t.Errorf("%+v", e)
	}
	signs := linesOf(out, "DASU-3-3")
	if len(signs) != 5 {
		t.Fatalf("%d tenders were calculated", len(signs))
	}
	if signs[3].File != filepath.Join(folder, "a.json") || signs[4].File != filepath.Join(folder, "b.json") {
		t.Errorf("order within a folder: %+v", signs[3:])
	}
}
