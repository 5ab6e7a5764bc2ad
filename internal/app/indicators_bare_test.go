package app

import (
	"path/filepath"
	"testing"
)

// TestContractsNeedNoNumber: a document of the contracting module is one by
// where it lies (--contracts) and by its tender_id; contractID need not be there.
func TestContractsNeedNoNumber(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := writeDoc(t, dir, "t.json", signedTender)
	docs := filepath.Join(dir, "contracts")
	writeDoc(t, docs, "c1.json", `{"data":{"id":"C1","tender_id":"0123456789abcdef0123456789abcdef","status":"terminated"}}`)
	out, errs, _, err := checkIndicators(t, &IndicatorsCheckCmd{Files: []string{file}, Contracts: docs})
	if err != nil || len(errs) != 0 {
		t.Fatal(err, errs)
	}
	if got := linesOf(out, "ari-1-1"); got[0].Reason != "keep" {
		t.Errorf("the contract is passed over in silence: %+v", got[0])
	}
}

// TestATenderWithoutItsType: the absent type is the first reason of DASU-3-3, not a broken file.
func TestATenderWithoutItsType(t *testing.T) {
	t.Parallel()
	file := writeDoc(t, t.TempDir(), "t.json", `{"data":{"id":"0123456789abcdef0123456789abcdef","status":"complete","procuringEntity":{"kind":"general"},"contracts":[]}}`)
	out, errs, _, err := checkIndicators(t, &IndicatorsCheckCmd{Files: []string{file}})
	if got := linesOf(out, "DASU-3-3"); err != nil || len(errs) != 0 || len(got) != 1 || got[0].Reason != "procurementMethodType" {
		t.Error(err, errs, got)
	}
}

func TestWhatIsNoDocument(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"error.json": `{"status":"error","errors":[{"location":"url"}]}`, "contract.json": `{"id":"c","tender_id":"t"}`, "page.json": `{"data":[{"id":"a"}]}`, "plan.json": `{"planID":"p","id":"x"}`,
	} {
		file := writeDoc(t, dir, name, text)
		if out, errs, _, err := checkIndicators(t, &IndicatorsCheckCmd{Files: []string{file}}); err == nil || len(errs) != 1 || len(out) != 0 {
			t.Errorf("%s: %v %v %v", name, err, errs, out)
		}
	}
	if _, errs, _, err := checkIndicators(t, &IndicatorsCheckCmd{Files: []string{t.TempDir()}}); err == nil || len(errs) != 1 {
		t.Error("an empty folder looks like success:", err, errs)
	}
	// JSON Lines are told by what the file holds, too; a broken document is one still.
	lines := writeDoc(t, dir, "lines.json", `{"id":"a","status":"complete"}`+"\n"+`{"id":"b","status":"complete"}`+"\n")
	if out, errs, _, err := checkIndicators(t, &IndicatorsCheckCmd{Files: []string{lines}}); err != nil || len(errs) != 0 || len(linesOf(out, "DASU-3-3")) != 2 {
		t.Error("lines:", err, errs)
	}
	broken := writeDoc(t, dir, "broken.json", "{\n\"id\": \"a\",")
	if _, errs, _, err := checkIndicators(t, &IndicatorsCheckCmd{Files: []string{broken}}); err == nil || len(errs) != 1 {
		t.Error("broken:", err, errs)
	}
}
