package prozorro

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// real reads the documents that the portal carries; licensed leaves out those kept for tests alone.
func real(tb testing.TB, licensed bool) map[string][]byte {
	tb.Helper()
	out := map[string][]byte{}
	files := []string{"../data/sample.jsonl.gz", "../testdata/more.jsonl.gz"}
	if licensed {
		files = files[:1]
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			tb.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			tb.Fatal(err)
		}
		s := bufio.NewScanner(z)
		s.Buffer(nil, 8<<20)
		for s.Scan() {
			var line struct {
				File string
				Data json.RawMessage
			}
			if err := json.Unmarshal(s.Bytes(), &line); err != nil {
				tb.Fatal(err)
			}
			out[line.File] = bytes.Clone(line.Data)
		}
		if err := s.Err(); err != nil {
			tb.Fatal(err)
		}
		_ = f.Close()
	}
	if len(out) < 40 {
		tb.Fatalf("only %d documents", len(out))
	}
	return out
}

// Every real document decodes to what encoding/json reads into the same fields.
func TestAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	kinds := map[Kind]int{}
	for file, raw := range real(t, false) {
		kind, data, err := Detect(raw)
		if errors.Is(err, ErrUnknown) && strings.HasSuffix(file, "get-active-change.json") {
			continue // a change of a contract, no document of its own
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		kinds[kind]++
		if want := kindOf(file); kind != want {
			t.Errorf("%s is a %s, want %s", file, kind, want)
		}
		boxed := append(append([]byte(`{"config":{"restricted":true},"data":`), data...), '}')
		var got, again, want any
		switch kind {
		case KindTender:
			got, again, want = both(t, DecodeTender, raw, boxed)
		case KindContract:
			got, again, want = both(t, DecodeContract, raw, boxed)
		case KindPlan:
			got, again, want = both(t, DecodePlan, raw, boxed)
		case KindMonitoring:
			got, again, want = both(t, DecodeMonitoring, raw, boxed)
		}
		if g, w := text(t, got), text(t, want); g != w {
			t.Errorf("%s:\n got %.300s\nwant %.300s", file, diff(g, w), diff(w, g))
		}
		if text(t, again) != text(t, got) {
			t.Errorf("%s differs in its envelope", file)
		}
	}
	if kinds[KindTender] < 60 || kinds[KindContract] < 10 || kinds[KindPlan] < 5 || kinds[KindMonitoring] < 2 {
		t.Errorf("documents: %v", kinds)
	}
}

func kindOf(file string) Kind {
	for _, k := range []Kind{KindTender, KindContract, KindPlan, KindMonitoring} {
		if strings.HasPrefix(file, string(k)) {
			return k
		}
	}
	return ""
}

func both[T any](t *testing.T, decode func([]byte) (*T, error), raw, boxed []byte) (got, again, want any) {
	t.Helper()
	g, err := decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	a, err := decode(boxed)
	if err != nil {
		t.Fatal(err)
	}
	w := new(T)
	if err := json.Unmarshal(raw, w); err != nil {
		t.Fatal(err)
	}
	return g, a, w
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), ":[]", ":null")
}

// diff gives the part of a from the first difference on.
func diff(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return a[max(0, i-80):]
}

func TestTolerance(t *testing.T) {
	t.Parallel()
	at := func(s string) Time {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return Time{v}
	}
	cases := []struct {
		name, json string
		ok         func(*Tender) bool
	}{
		{"an empty object", `{}`, func(v *Tender) bool { return v.ID == "" }},
		{"unknown fields of every kind are passed over", `{"x":[1,{"y":[null,true,"\u0041"]}],"id":"a","z":{"id":"b"}}`, func(v *Tender) bool { return v.ID == "a" }},
		{"an unknown status stays", `{"status":"active.something"}`, func(v *Tender) bool { return v.Status == "active.something" }},
		{"a status that is a number is its text", `{"status":12}`, func(v *Tender) bool { return v.Status == "12" }},
		{"a status that is null, an object, a list or true is absent", `{"status":{"a":1},"mode":null,"title":["x"],"cause":true}`, func(v *Tender) bool {
			return v.Status == "" && v.Mode == "" && v.Title == "" && v.Cause == ""
		}},
		{"a number given as a string", `{"value":{"amount":" 1000.50 ","currency":"UAH"}}`, func(v *Tender) bool { return v.Value.Amount == N(1000.5) }},
		{"an amount that is no number is absent", `{"value":{"amount":"багато"},"guarantee":{"amount":true},"minimalStep":{"amount":"0x10"}}`, func(v *Tender) bool {
			return !v.Value.Amount.Valid && !v.Guarantee.Amount.Valid && !v.MinimalStep.Amount.Valid
		}},
		{"an amount that no float holds is absent", `{"value":{"amount":1e999}}`, func(v *Tender) bool { return !v.Value.Amount.Valid }},
		{"a value that is a number is absent", `{"value":5}`, func(v *Tender) bool { return v.Value == Value{} }},
		{"an object in place of a list is absent", `{"contracts":{"id":"x"},"lots":null,"items":"y"}`, func(v *Tender) bool { return v.Contracts == nil && v.Lots == nil && v.Items == nil }},
		{"elements that are no objects are left out", `{"lots":[null,{"id":"a"},5,"b",[],{"id":"c"}]}`, func(v *Tender) bool {
			return len(v.Lots) == 2 && v.Lots[0].ID == "a" && v.Lots[1].ID == "c"
		}},
		{"a list in place of an object is absent", `{"procuringEntity":[{"kind":"general"}]}`, func(v *Tender) bool { return v.ProcuringEntity == Party{} }},
		{"an identifier that is a number", `{"procuringEntity":{"identifier":{"id":4053625,"scheme":"UA-EDR"}}}`, func(v *Tender) bool { return v.ProcuringEntity.Key() == "UA-EDR-4053625" }},
		{"of equal names the last counts", `{"lots":[{"id":"a"},{"id":"b"}],"lots":[{"title":"c"}],"status":"x","status":"y"}`, func(v *Tender) bool {
			return len(v.Lots) == 1 && v.Lots[0].ID == "" && v.Status == "y"
		}},
		{"names may be escaped", `{"\u0069d":"a","cause\u0000":1}`, func(v *Tender) bool { return v.ID == "a" }},
		{"escapes, surrogates and lone surrogates", `{"title":"\"\\\/\b\f\n\r\tЖ \u0436\ud83d\ude00\ud83d!\udc00\ud83d\u0041"}`, func(v *Tender) bool {
			return v.Title == "\"\\/\b\f\n\r\tЖ ж😀\uFFFD!\uFFFD\uFFFDA"
		}},
		{"NUL and bytes that are not UTF-8", "{\"title\":\"a\\u0000b\xffc\"}", func(v *Tender) bool { return v.Title == "a\uFFFDb\uFFFDc" }},
		{"a malformed date is absent", `{"date":"2024-13-01T00:00:00+02:00","dateCreated":5,"dateModified":"учора"}`, func(v *Tender) bool {
			return v.Date.IsZero() && v.DateCreated.IsZero() && v.DateModified.IsZero()
		}},
		{"a date with microseconds", `{"date":"2024-02-28T14:01:02.123456+02:00"}`, func(v *Tender) bool { return v.Date.Equal(at("2024-02-28T14:01:02.123456+02:00").Time) }},
		{"the answer of the API", ` {"config":{"restricted":true,"x":1},"data":{"id":"a","tenderID":"UA-1"}} `, func(v *Tender) bool { return v.ID == "a" && v.Restricted }},
		{"the document of an answer counts alone", `{"id":"x","data":{"tenderID":"UA-1"},"id":"y"}`, func(v *Tender) bool { return v.ID == "" && v.TenderID == "UA-1" }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := DecodeTender([]byte(c.json))
			if err != nil {
				t.Fatal(err)
			}
			if !c.ok(v) {
				t.Errorf("%s gives %+v", c.json, v)
			}
		})
	}
}

func TestWhatIsNoDocument(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, json string }{
		{"nothing", ""},
		{"white space", " \n"},
		{"words", "<html>429</html>"},
		{"ends within an object", `{"id":"a"`},
		{"ends within a string", `{"id":"a`},
		{"ends within an escape", `{"id":"a\`},
		{"ends within a skipped value", `{"x":[1,{"y":`},
		{"ends after a comma", `{"id":"a",`},
		{"a comma too much", `{"id":"a",}`},
		{"a comma too much in a list", `{"lots":[{},]}`},
		{"a comma too few", `{"id":"a" "status":"b"}`},
		{"no colon", `{"id" "a"}`},
		{"a name that is no string", `{id:"a"}`},
		{"a wrong escape", `{"x":"\x"}`},
		{"a wrong \\u", `{"x":"\u12g4"}`},
		{"a control character in a string", "{\"x\":\"a\nb\"}"},
		{"a control character between", "{\v\"x\":1}"},
		{"a number with a leading nought", `{"x":01}`},
		{"a number without digits", `{"x":-}`},
		{"a number that ends in a point", `{"numberOfBids":1.}`},
		{"an unfinished word", `{"x":tru}`},
		{"something after the document", `{"id":"a"} {"id":"b"}`},
		{"a list", `[{"id":"a"}]`},
		{"a string", `"a"`},
		{"null", `null`},
		{"an answer with a list", `{"data":[{"id":"a"}]}`},
		{"an answer with null", `{"data":null}`},
		{"too deep", strings.Repeat(`{"x":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if v, err := DecodeTender([]byte(c.json)); err == nil || v != nil {
				t.Errorf("tender: %+v, %v", v, err)
			}
			if v, err := DecodeContract([]byte(c.json)); err == nil || v != nil {
				t.Errorf("contract: %+v, %v", v, err)
			}
			if v, err := DecodePlan([]byte(c.json)); err == nil || v != nil {
				t.Errorf("plan: %+v, %v", v, err)
			}
			if v, err := DecodeMonitoring([]byte(c.json)); err == nil || v != nil {
				t.Errorf("monitoring: %+v, %v", v, err)
			}
			if kind, _, err := Detect([]byte(c.json)); err == nil {
				t.Errorf("detected as %q", kind)
			}
		})
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, json string
		kind       Kind
		data       string
		err        error
	}{
		{"tender", `{"tenderID":"UA-1","contracts":[{"contractID":"x"}]}`, KindTender, "", nil},
		{"tender of a slim form without its number", `{"procurementMethodType":"reporting"}`, KindTender, "", nil},
		{"contract", `{"contractID":"UA-1-a1","tender_id":"t"}`, KindContract, "", nil},
		{"contract by its award", `{"awardID":"a","tender_id":"t"}`, KindContract, "", nil},
		{"plan", `{"planID":"UA-P-1","tender_id":"t","tender":{"procurementMethodType":"x"}}`, KindPlan, "", nil},
		{"monitoring", `{"monitoring_id":"UA-M-1","tender_id":"t"}`, KindMonitoring, "", nil},
		{"answer", `{"config":{"a":1},"data": {"tenderID":"UA-1"} }`, KindTender, `{"tenderID":"UA-1"}`, nil},
		{"page of a feed", `{"data":[{"id":"a"}],"next_page":{}}`, "", "", ErrNotObject},
		{"change of a contract", `{"data":{"rationaleTypes":["x"]}}`, "", `{"rationaleTypes":["x"]}`, ErrUnknown},
		{"a number in place of the number", `{"tenderID":5}`, "", "", ErrUnknown},
		{"null", `null`, "", "", ErrNotObject},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			kind, data, err := Detect([]byte(c.json))
			if kind != c.kind || !errors.Is(err, c.err) {
				t.Fatalf("%q, %v", kind, err)
			}
			if c.data == "" && (err == nil || errors.Is(err, ErrUnknown)) {
				c.data = c.json
			}
			if string(data) != c.data {
				t.Errorf("data %s", data)
			}
		})
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"2024-02-29T10:11:12+02:00":            "2024-02-29T08:11:12Z",
		"2024-07-01T10:11:12.5+03:00":          "2024-07-01T07:11:12.5Z",
		"2024-07-01T10:11:12.1234567891Z":      "2024-07-01T10:11:12.123456789Z",
		"2024-07-01t10:11:12z":                 "2024-07-01T10:11:12Z",
		"2024-07-01T10:11+0300":                "2024-07-01T07:11:00Z",
		"2024-07-01 10:11:12-05":               "2024-07-01T15:11:12Z",
		"2024-07-01T10:11:12":                  "2024-07-01T07:11:12Z",
		"2024-01-01T10:11:12":                  "2024-01-01T08:11:12Z",
		"2024-01-01":                           "2023-12-31T22:00:00Z",
		" 2024-01-01T00:00:00+02:00 ":          "2023-12-31T22:00:00Z",
		"1969-12-31T23:59:59Z":                 "1969-12-31T23:59:59Z",
		"0400-03-01T00:00:00Z":                 "0400-03-01T00:00:00Z",
		"":                                     "",
		"2023-02-29T00:00:00Z":                 "",
		"2024-00-10":                           "",
		"2024-01-32":                           "",
		"2024-01-01T24:00:00Z":                 "",
		"2024-01-01T10:60:00Z":                 "",
		"2024-01-01T10:00:60Z":                 "",
		"2024-01-01T10:00:00.Z":                "",
		"2024-01-01T10:00:00+25:00":            "",
		"2024-01-01T10:00:00+02:60":            "",
		"2024-01-01T10:00:00EET":               "",
		"2024-01-01T10:00:00+2":                "",
		"2024-01-01T10":                        "",
		"2024/01/01":                           "",
		"01.02.2024":                           "",
		"2024-01-0A":                           "",
		"0000-01-01T00:00:00Z":                 "",
		"2024-01-01T10:00:00+02:00 та ще щось": "",
	} {
		got := ParseTime(s)
		if want == "" {
			if !got.IsZero() {
				t.Errorf("%q gives %v", s, got)
			}
			continue
		}
		w, err := time.Parse(time.RFC3339Nano, want)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(w) {
			t.Errorf("%q gives %v, want %v", s, got, w)
		}
		if got.Location() != kyiv {
			t.Errorf("%q is not in Kyiv", s)
		}
	}
}

func TestParties(t *testing.T) {
	t.Parallel()
	for id, sole := range map[string]bool{"1234567890": true, "12345678": false, "": false, "123456789A": false, "12345678901": false} {
		p := Party{Identifier: Identifier{Scheme: "UA-EDR", ID: id}}
		if p.SoleTrader() != sole || p.Key() != "UA-EDR-"+id {
			t.Errorf("%q: %v, %s", id, p.SoleTrader(), p.Key())
		}
	}
	if !(Document{Format: "application/pkcs7-signature"}).Signature() || (Document{Format: "application/PKCS7-signature", Title: "sign.p7s"}).Signature() {
		t.Error("the format is compared literally")
	}
}

func TestContractGrounds(t *testing.T) {
	t.Parallel()
	c, err := DecodeContract([]byte(`{"contractChangeRationaleTypes":{"a":{"title":"A","title_uk":"А"},"b":{"title":"B"},"c":5}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []RationaleType{{"a", "А"}, {"b", "B"}, {"c", ""}}
	if len(c.ContractChangeRationaleTypes) != 3 {
		t.Fatal(c.ContractChangeRationaleTypes)
	}
	for i, w := range want {
		if c.ContractChangeRationaleTypes[i] != w {
			t.Errorf("%v", c.ContractChangeRationaleTypes[i])
		}
	}
}

// FuzzDecode holds that nothing panics, that exactly JSON is accepted, and that a
// document does not change when it is decoded in its envelope.
func FuzzDecode(f *testing.F) {
	for _, raw := range real(f, true) {
		if len(raw) < 12<<10 {
			f.Add(raw)
		}
	}
	for _, s := range []string{`{"data":{"tenderID":"UA-1"}}`, `{"value":{"amount":"1.5e3"}}`, `{"date":"2024-02-29T10:11:12.5+02:00"}`, `{"title":"\ud83d\ude00\u0000"}`, `[]`, `{"lots":[null,{}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tender, err := DecodeTender(b)
		_, errC := DecodeContract(b)
		_, errP := DecodePlan(b)
		_, errM := DecodeMonitoring(b)
		for _, e := range []error{errC, errP, errM} {
			if (e == nil) != (err == nil) {
				t.Fatalf("kinds differ about the same text: %v, %v", err, e)
			}
		}
		var probe map[string]json.RawMessage
		want := json.Valid(b) && json.Unmarshal(b, &probe) == nil && probe != nil
		if want {
			if data, ok := probe["data"]; ok {
				want = len(bytes.TrimSpace(data)) > 0 && bytes.TrimSpace(data)[0] == '{'
			}
		}
		if want != (err == nil) {
			t.Fatalf("accepted: %v, JSON: %v", err, want)
		}
		kind, data, errD := Detect(b)
		if errD == nil && !json.Valid(data) {
			t.Fatalf("detected %s in what is not JSON", kind)
		}
		if err != nil {
			if errD == nil {
				t.Fatal("detected what does not decode")
			}
			return
		}
		if errD == nil {
			inner, err := DecodeTender(data)
			if err != nil {
				t.Fatal(err)
			}
			tender.Restricted = false
			inner.Restricted = false
			if text(t, inner) != text(t, tender) {
				t.Fatal("the document differs from its envelope")
			}
		}
	})
}

// Strings are read as encoding/json reads them, NUL apart.
func FuzzText(f *testing.F) {
	for _, s := range []string{`"a"`, `"\u0436\ud83d\ude00\ud83d\u0041"`, "\"\xff\xfe\"", `"\ud83d\ud83d\ude00"`, "\"Ж\xd0\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want string
		if len(s) == 0 || s[0] != '"' {
			return
		}
		err := json.Unmarshal([]byte(s), &want)
		p := &parser{s: s}
		got := p.text()
		if e := p.end(nil); (e == nil) != (err == nil) {
			t.Fatalf("%q: %v, encoding/json: %v", s, e, err)
		}
		if err == nil && got != strings.ReplaceAll(want, "\x00", "\uFFFD") {
			t.Fatalf("%q gives %q, want %q", s, got, want)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	docs := tenders(b)
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			for _, d := range docs {
				if _, err := DecodeTender(d); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.N*len(docs))/b.Elapsed().Seconds(), "docs/s")
	})
	b.Run("encoding/json", func(b *testing.B) {
		for b.Loop() {
			for _, d := range docs {
				if err := json.Unmarshal(d, new(Tender)); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.N*len(docs))/b.Elapsed().Seconds(), "docs/s")
	})
}

func tenders(tb testing.TB) (docs [][]byte) {
	tb.Helper()
	for file, raw := range real(tb, false) {
		if kindOf(file) == KindTender {
			docs = append(docs, raw)
		}
	}
	return docs
}
