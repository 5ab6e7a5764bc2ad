package procurement

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func indented(t testing.TB, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestImportOfAFolderWithBrokenFiles(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	dir := t.TempDir()
	tender, contract := sample(t, "tenders/UA-2020-01-20-001169-c.json"), sample(t, "contracts/synthetic-contract-termination.json")
	plan, monitoring := sample(t, "plans/UA-P-2024-03-15-012966-a.json"), sample(t, "monitorings/UA-M-2021-02-24-000005.json")
	lines := append(append(append([]byte{}, plan...), "\n\n{\"broken\n"...), monitoring...)
	z := zipped(t, bytes.Repeat(append(append([]byte{}, plan...), '\n'), 200))
	for name, b := range map[string][]byte{
		"a/tender.json":            []byte("\uFEFF" + `{"data":` + string(indented(t, tender)) + `}`),
		"a/deep/contract.json":     contract,
		"lines.jsonl":              append([]byte("{\"half\": \n"), lines...),
		"packed.json.gz":           zipped(t, indented(t, sample(t, "tenders/UA-2021-01-11-002071-a.json"))),
		"cut.jsonl.gz":             z[:len(z)/2],
		"broken.json":              []byte(`{"tenderID": "UA-1", `),
		"empty.json":               nil,
		"no-id.json":               []byte(`{"data":{"tenderID":"UA-1"}}`),
		"feed.json":                []byte(`{"data":[{"id":"1"}],"next_page":{}}`),
		"classifier.json":          []byte(`{"03000000-1":"Сільськогосподарська продукція"}`),
		"notes.txt":                []byte("not looked at"),
		".git/objects/aa.json":     []byte("not looked at"),
		"not-gzip-at-all.json":     {0x1f, 0x8b, 0x00},
		"binary.json":              {0, 1, 2, 3},
		"list-of-classifiers.json": []byte(`["a","b"]`),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bad, skipped := map[string]int{}, map[string]bool{}
	sum, err := s.Import(context.Background(), []string{dir, filepath.Join(dir, "feed.json")}, FromImport, func(l ImportLine) {
		name := filepath.Base(l.File)
		if l.Skipped {
			skipped[name] = true
		} else {
			bad[name]++
			if l.Err == nil {
				t.Errorf("%s: no reason is given", name)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lines.jsonl", "cut.jsonl.gz", "broken.json", "empty.json", "no-id.json", "not-gzip-at-all.json", "binary.json"} {
		if bad[name] == 0 {
			t.Errorf("%s is not reported", name)
		}
	}
	if bad["lines.jsonl"] != 2 || len(bad) != 7 {
		t.Errorf("reported %v", bad)
	}
	if len(skipped) != 3 || !skipped["feed.json"] || !skipped["classifier.json"] || !skipped["list-of-classifiers.json"] {
		t.Errorf("skipped %v", skipped)
	}
	if sum.Bad != 8 || sum.Skipped != 3 || sum.Changed != 5 || sum.Documents < 10 || sum.Documents != sum.Changed+sum.Unchanged {
		t.Errorf("%+v", sum)
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_documents"); n != 5 {
		t.Errorf("%d documents", n)
	}
	if _, err := s.Import(context.Background(), []string{filepath.Join(dir, "nowhere")}, FromImport, nil); err == nil {
		t.Error("a path that is not there is no error")
	}
	again, err := s.Import(context.Background(), []string{dir}, FromImport, nil)
	if err != nil || again.Changed != 0 || again.Bad != sum.Bad {
		t.Errorf("once more: %+v, %v", again, err)
	}
}

func TestUnpackGivesTheDocumentBack(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	raw := sample(t, "tenders/UA-2020-01-20-001169-c.json")
	put(t, s, []byte(`{"data":`+string(raw)+`}`))
	var packed []byte
	if err := e.DB.Pool().QueryRow(context.Background(), "SELECT raw FROM procurement_documents").Scan(&packed); err != nil {
		t.Fatal(err)
	}
	got, err := Unpack(packed)
	if err != nil || !bytes.Equal(got, raw) {
		t.Errorf("%d bytes, %d stored, %v", len(raw), len(got), err)
	}
}

func TestPayments(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	ctx := context.Background()
	contract := with(t, sample(t, "contracts/synthetic-contract-termination.json"), map[string]any{"contractNumber": "128"})
	var c contractJSON
	if err := json.Unmarshal(contract, &c); err != nil {
		t.Fatal(err)
	}
	buyer, supplier := plainID(c.Buyer.Identifier.ID), plainID(c.Suppliers[0].Identifier.ID)
	csv := "source_id;contract;payer_code;payee_code;payee_name;amount;paid_on;details\n" +
		"1;" + c.Number + ";04053625;14360570;Банк;1 234,50;2026-01-31;за роботи\n" +
		"2;128;" + buyer + ";" + supplier + ";Постачальник;10;31.01.2026;\n" +
		"4;128;" + buyer + ";14360570;Банк;10;31.01.2026;інший договір з тим самим номером\n" +
		"10;128;" + buyer + ";;ФОП Іваненко Іван Іванович;10;31.01.2026;за послуги Іваненка І. І.\n" +
		"3;128;04053625;14360570;Банк;10;2026-01-31;чужий номер\n" +
		";x;04053625;;;1;2026-01-31;\n" +
		"5;x;123;;;1;2026-01-31;\n" +
		"6;x;04053625;;;багато;2026-01-31;\n" +
		"7;x;04053625;;;1;учора;\n" +
		"8;x\n" +
		"1;" + c.Number + ";04053625;14360570;Банк;1234.50;2026-01-31;те саме ще раз\n"
	rep, err := s.ImportPayments(ctx, strings.NewReader(csv))
	if err != nil || rep.Saved != 6 || rep.BadRows != 5 || rep.Matched != 0 || len(rep.Bad) != 5 || rep.Bad[0].Row != 7 {
		t.Fatalf("before the contract is known: %+v, %v", rep, err)
	}
	put(t, s, contract)
	list := `[{"source_id":"9","contract":"` + c.Number + `","payer_code":"04053625","amount":-1234.50,"paid_on":"2026-02-01"},{"source_id":3}]`
	rep, err = s.ImportPayments(ctx, strings.NewReader(list))
	if err != nil || rep.Saved != 1 || rep.BadRows != 1 || rep.Matched != 4 {
		t.Errorf("with the contract: %+v, %v", rep, err)
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_payments WHERE contract_id <> '' AND source_id IN ('1', '2', '9')"); n != 3 {
		t.Errorf("%d found the contract", n)
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_payments WHERE contract_id <> '' AND source_id = '4'"); n != 0 {
		t.Error("a payment to another payee found the contract by its number")
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_payments WHERE source_id = '10' AND payee_name = '' AND details = ''"); n != 1 {
		t.Error("the name of a sole trader without a code is kept")
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_payments WHERE amount = 1234.50 AND details = 'те саме ще раз'"); n != 1 {
		t.Error("the later row of a payment does not count")
	}
	for name, file := range map[string]string{
		"not UTF-8": "source_id\xff", "a column is missing": "source_id,amount\n", "broken JSON": "[{]",
	} {
		if _, err := s.ImportPayments(ctx, strings.NewReader(file)); err == nil {
			t.Errorf("%s was read", name)
		} else if _, ok := errs.As(err); !ok {
			t.Errorf("%s: %v is not for a person", name, err)
		}
	}
}

var admin = authz.Actor{Kind: authz.KindPerson, ID: 1, Roles: []authz.Role{authz.RoleAdmin}}

func TestBuyers(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	ctx := context.Background()
	for _, c := range []struct {
		name, code string
		ok         bool
	}{
		{"of the first weights", "04053625", true},
		{"of a bank", "14360570", true},
		{"between 30 and 60 million", "40108578", true},
		{"a wrong control digit", "04053626", false},
		{"seven digits", "4053625", false},
		{"letters", "0405362x", false},
	} {
		if ValidCode(c.code) != c.ok {
			t.Errorf("%s: %s", c.name, c.code)
		}
	}
	for name, b := range map[string]Buyer{
		"no code": {Name: "x"}, "a wrong code": {Code: "04053626", Name: "x"}, "no name": {Code: "04053625"},
		"an unknown role": {Code: "04053625", Name: "x", Role: "king"},
	} {
		if _, err := s.SaveBuyer(ctx, admin, b); err == nil {
			t.Errorf("%s was saved", name)
		}
	}
	if _, err := s.SaveBuyer(ctx, authz.Actor{Kind: authz.KindPerson, ID: 2, Roles: []authz.Role{authz.RoleManager}}, Buyer{Code: "04053625", Name: "x"}); err == nil {
		t.Error("a manager saved a buyer")
	}
	day := time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)
	b, err := s.SaveBuyer(ctx, admin, Buyer{Code: " 04053625 ", Name: "Виконком", ValidFrom: &day})
	if err != nil || b.ID == 0 || b.Version != 1 || b.Role != "institution" || b.ValidFrom == nil || !b.ValidFrom.Equal(day) {
		t.Fatalf("%+v, %v", b, err)
	}
	if _, err := s.SaveBuyer(ctx, admin, Buyer{Code: "04053625", Name: "ще раз"}); err == nil {
		t.Error("a code was taken twice")
	}
	b.Name, b.Verified = "Виконавчий комітет", true
	if b, err = s.SaveBuyer(ctx, admin, b); err != nil || b.Version != 2 || !b.Verified || !b.ValidFrom.Equal(day) {
		t.Fatalf("changed: %+v, %v", b, err)
	}
	stale := b
	stale.Version = 1
	if _, err := s.SaveBuyer(ctx, admin, stale); err == nil {
		t.Error("a stale version was saved")
	}
	if n := e.Jobs(t, kind.PurchasesMark{}.Kind()); n != 2 {
		t.Errorf("%d jobs mark the purchases anew", n)
	}
	for _, c := range []struct {
		name string
		at   time.Time
		ok   bool
	}{
		{"the evening before, in Kyiv", time.Date(2025, 9, 30, 20, 59, 0, 0, time.UTC), false},
		{"midnight in Kyiv", time.Date(2025, 9, 30, 21, 0, 0, 0, time.UTC), true},
	} {
		if ok, err := s.IsBuyer(ctx, "04053625", c.at); err != nil || ok != c.ok {
			t.Errorf("%s: %v, %v", c.name, ok, err)
		}
	}
	csv := "Код ЄДРПОУ;Назва;Роль;Діє з;Звірено\n04053625;Виконавчий комітет;рада;2025-10-01;так\n14360570;Ліцей № 1;заклад;;ні\n"
	if rep, err := s.ImportBuyers(ctx, admin, strings.NewReader(csv), true); err != nil || rep.Created != 1 || rep.Updated != 1 || e.Count(t, "SELECT count(*) FROM procurement_buyers") != 1 {
		t.Errorf("a dry run: %+v, %v", rep, err)
	}
	if rep, err := s.ImportBuyers(ctx, admin, strings.NewReader(csv), false); err != nil || rep.Created != 1 || rep.Updated != 1 || rep.Refused {
		t.Errorf("%+v, %v", rep, err)
	}
	if rep, err := s.ImportBuyers(ctx, admin, strings.NewReader(csv), false); err != nil || rep.Unchanged != 2 {
		t.Errorf("again: %+v, %v", rep, err)
	}
	rep, err := s.ImportBuyers(ctx, admin, strings.NewReader("code,name,unit\n04053625,a,\n04053626,b,\n14360570,,nowhere\n04053625,again,\n"), false)
	if err != nil || !rep.Refused || len(rep.Bad) != 4 || rep.Bad[0].Row != 3 {
		t.Errorf("a file with mistakes: %+v, %v", rep, err)
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_buyers WHERE name = 'a'"); n != 0 {
		t.Error("a refused file changed something")
	}
	list, err := s.Buyers(ctx)
	if err != nil || len(list) != 2 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestSearchWords(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	put(t, s, with(t, sample(t, "tenders/UA-2020-01-20-001169-c.json"), map[string]any{
		"title": "Поточний ремонт об'єктів: «Школа №5» (вул. Грушевського)", "procuringEntity.name": "Управління освіти",
	}))
	put(t, s, with(t, sample(t, "contracts/synthetic-contract-termination.json"), map[string]any{"contractNumber": "128/21-Т"}))
	for _, c := range []struct {
		q    string
		want int
	}{
		{"школи", 1},
		{"ШКОЛА", 1},
		{"обєкти", 1},
		{"об’єкт", 1},
		{"ремонт грушевськ", 1},
		{"ремонт мосту", 0},
		{"управлін освіт", 1},
		{"UA-2020-01-20-001169-c", 1},
		{"ua-2020-01-20", 1},
		{"128/21", 1},
		{"128", 1},
		{"021169", 0},
	} {
		q := tsQuery(c.q)
		if n := e.Count(t, "SELECT count(*) FROM procurement_register WHERE kind IN ('tender', 'contract') AND number NOT LIKE 'UA-2020-01-20-001169-c-%' AND search @@ $1::tsquery", q); n != c.want {
			t.Errorf("%q (%s) finds %d, not %d", c.q, q, n, c.want)
		}
	}
	for _, q := range []string{"", "!!! ' & | \\", "'; DROP", "a:*b", "\x00"} {
		if w := tsQuery(q); w != "" {
			e.Count(t, "SELECT count(*) FROM procurement_register WHERE search @@ $1::tsquery", w)
		}
	}
}
