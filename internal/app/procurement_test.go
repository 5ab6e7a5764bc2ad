package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ereception/internal/pgtest"
)

func TestProcurementCommands(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	p, err := openPurchases(ctx, e.DB, e.Clock, e.Log)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("tender.json", `{"data":{"id":"abc","tenderID":"UA-2026-01-01-000001-a","status":"complete","procurementMethodType":"reporting","dateModified":"2026-01-01T10:00:00+02:00"}}`)
	write("broken.json", `{"data":`)
	write("feed.json", `{"data":[]}`)
	var out strings.Builder
	if err := (&ProcurementImportCmd{Paths: []string{good}}).run(ctx, p, &out); err != nil || !strings.Contains(out.String(), "нових і змінених 1, без змін 0") {
		t.Errorf("%v, %s", err, out.String())
	}
	out.Reset()
	err = (&ProcurementImportCmd{Paths: []string{dir}}).run(ctx, p, &out)
	if err == nil || strings.Count(out.String(), "\n") != 3 || !strings.Contains(out.String(), "broken.json\t") || !strings.Contains(out.String(), "feed.json\tне документ") {
		t.Errorf("a folder with a broken file: %v\n%s", err, out.String())
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_register WHERE number = 'UA-2026-01-01-000001-a'"); n != 1 {
		t.Errorf("%d rows", n)
	}
	out.Reset()
	csv := write("payments.csv", "source_id,payer_code,amount,paid_on\n1,04053625,10.00,2026-01-01\n2,04053625,?,2026-01-01\n")
	if err := (&ProcurementPaymentsCmd{File: csv}).run(ctx, p, &out); err == nil || !strings.Contains(out.String(), "збережено 1, з помилками 1") {
		t.Errorf("%v, %s", err, out.String())
	}
	write("payments.csv", "number\n")
	if err := (&ProcurementPaymentsCmd{File: csv}).run(ctx, p, &out); err == nil || strings.Contains(err.Error(), "purchases.err") {
		t.Errorf("a file of another form: %v", err)
	}
	again, err := openPurchases(ctx, e.DB, e.Clock, e.Log)
	if err != nil || again == nil {
		t.Error(err)
	}
}
