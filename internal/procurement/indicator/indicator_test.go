package indicator

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ereception/internal/procurement/prozorro"
)

// table is testdata/cases/<id>.json: a tender and its variations. The fields of a
// case's tender replace those of base, null takes one away. A wanted value is
// "[lot:ID|contract:ID ]outcome[ reason]" with the outcome 0, 1, keep or -.
type table struct {
	Now       time.Time                  `json:"now"`
	Base      map[string]json.RawMessage `json:"base"`
	Contracts []json.RawMessage          `json:"contracts"`
	History   []json.RawMessage          `json:"history"`
	Cases     []tableCase                `json:"cases"`
}

type tableCase struct {
	Name       string                     `json:"name"`
	Now        *time.Time                 `json:"now"`
	Profile    Profile                    `json:"profile"`
	Tender     map[string]json.RawMessage `json:"tender"`
	Contracts  []json.RawMessage          `json:"contracts"`
	History    []json.RawMessage          `json:"history"`
	NoHistory  bool                       `json:"no_history"`
	Incomplete bool                       `json:"incomplete"`
	Want       []string                   `json:"want"`
}

type past struct {
	tenders  []*prozorro.Tender
	complete bool
}

func (p past) Own(HistoryQuery) ([]*prozorro.Tender, bool) { return p.tenders, p.complete }

func load(t *testing.T, id string) table {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "cases", id+".json"))
	if err != nil {
		t.Fatalf("every rule has a table of cases: %v", err)
	}
	var tab table
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&tab); err != nil {
		t.Fatal(err)
	}
	return tab
}

func decodeTender(t *testing.T, v any) *prozorro.Tender {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := prozorro.DecodeTender(b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (tab *table) input(t *testing.T, i int) *Input {
	t.Helper()
	c := &tab.Cases[i]
	fields := maps.Clone(tab.Base)
	for k, v := range c.Tender {
		if fields[k] = v; string(v) == "null" {
			delete(fields, k)
		}
	}
	in := &Input{Tender: decodeTender(t, fields), Now: tab.Now, Profile: c.Profile}
	if c.Now != nil {
		in.Now = *c.Now
	}
	contracts := tab.Contracts
	if c.Contracts != nil {
		contracts = c.Contracts
	}
	for _, raw := range contracts {
		doc, err := prozorro.DecodeContract(raw)
		if err != nil {
			t.Fatal(err)
		}
		in.Contracts = append(in.Contracts, doc)
	}
	if !c.NoHistory {
		tenders := tab.History
		if c.History != nil {
			tenders = c.History
		}
		h := past{complete: !c.Incomplete}
		for _, raw := range tenders {
			h.tenders = append(h.tenders, decodeTender(t, raw))
		}
		in.History = h
	}
	return in
}

func show(v Value) string {
	s := v.Outcome.String()
	if s == "" {
		s = "-"
	}
	if v.Reason != "" {
		s += " " + v.Reason
	}
	switch {
	case v.LotID != "":
		s = "lot:" + v.LotID + " " + s
	case v.ContractID != "":
		s = "contract:" + v.ContractID + " " + s
	}
	return s
}

func shown(values []Value) []string {
	out := []string{}
	for _, v := range values {
		out = append(out, show(v))
	}
	return out
}

func TestCases(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, k := range Keys() {
		keys[k.Key] = true
	}
	files, _ := filepath.Glob("testdata/cases/*.json")
	if len(files) != len(rules) {
		t.Errorf("%d tables of cases for %d rules", len(files), len(rules))
	}
	for _, r := range rules {
		tab := load(t, r.ID)
		outcomes := map[Outcome]bool{}
		for i, c := range tab.Cases {
			in := tab.input(t, i)
			got := r.Eval(in)
			if g := shown(got); !slices.Equal(g, c.Want) {
				t.Errorf("%s, %s: %q, want %q", r.ID, c.Name, g, c.Want)
			}
			for _, v := range got {
				outcomes[v.Outcome] = true
				if v.Indicator != r.ID || v.Version != r.Version || v.Level != r.Level {
					t.Errorf("%s, %s: %+v", r.ID, c.Name, v)
				}
				if v.Evaluated() != (len(v.Facts) > 0) {
					t.Errorf("%s, %s: a value that was evaluated has facts, no other: %+v", r.ID, c.Name, v)
				}
				hit := slices.ContainsFunc(v.Facts, func(f Fact) bool { return f.Hit })
				if hit != (v.Outcome == Sign) {
					t.Errorf("%s, %s: a fact makes the sign exactly where there is one: %+v", r.ID, c.Name, v)
				}
				for _, f := range v.Facts {
					if !keys[f.Key] {
						t.Errorf("%s: Keys does not list %q", r.ID, f.Key)
					}
				}
			}
			var of []Value
			for _, v := range Evaluate(in) {
				if v.Indicator == r.ID {
					of = append(of, v)
				}
			}
			if !slices.Equal(shown(of), shown(got)) {
				t.Errorf("%s, %s: Evaluate differs: %q", r.ID, c.Name, shown(of))
			}
		}
		if !outcomes[Clear] || !outcomes[Sign] {
			t.Errorf("%s: the cases have no 0 or no 1", r.ID)
		}
	}
}

// The conditions of every rule of 2024, each at its edge, from a case that makes the sign.
func TestConditions(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		if r.Generation == genDASU {
			continue
		}
		tab := load(t, r.ID)
		hit := slices.IndexFunc(tab.Cases, func(c tableCase) bool {
			return len(c.Want) == 1 && strings.HasSuffix(c.Want[0], "1")
		})
		check := func(name, want string, change func(*Input)) {
			t.Helper()
			in := tab.input(t, hit)
			change(in)
			got := r.Eval(in)
			if len(got) != 1 {
				t.Fatalf("%s, %s: %q", r.ID, name, shown(got))
			}
			got[0].ContractID, got[0].LotID = "", ""
			if s := show(got[0]); s != want {
				t.Errorf("%s, %s: %q, want %q", r.ID, name, s, want)
			}
		}
		contract := r.Level == LevelContract
		for _, typ := range r.Types {
			if r.ID == "sas24-3-5" && typ == aboveEU {
				continue // reads other fields
			}
			check("type "+typ, "1", func(in *Input) { in.Tender.ProcurementMethodType = typ })
		}
		for _, typ := range []string{"", "esco", "requestForProposal", "aboveThresholdua"} {
			check("type "+typ, "0 procurementMethodType", func(in *Input) { in.Tender.ProcurementMethodType = typ })
		}
		for _, kind := range []string{"authority", "central", "general", "social", "special", "defense", "other", "", "unknown"} {
			want := "0 kind"
			if slices.Contains(r.Kinds, kind) {
				want = "1"
			}
			check("kind "+kind, want, func(in *Input) { in.Tender.ProcuringEntity.Kind = kind })
		}
		for _, status := range []string{
			"draft", "active", "active.enquiries", "active.tendering", "active.pre-qualification", "active.pre-qualification.stand-still",
			"active.auction", "active.qualification", "active.awarded", "complete", "cancelled", "unsuccessful", "",
		} {
			want := "0 status"
			if contract || slices.Contains(r.Statuses, status) {
				want = "1"
			}
			check("status "+status, want, func(in *Input) { in.Tender.Status = status })
		}
		for _, c := range []struct {
			category string
			amount   prozorro.Number
			want     string
		}{
			{"goods", prozorro.N(400000), "1"},
			{"services", prozorro.N(400000), "1"},
			{"goods", prozorro.N(399999.99), "0 value"},
			{"services", prozorro.N(399999.99), "0 value"},
			{"works", prozorro.N(1500000), "1"},
			{"works", prozorro.N(1499999.99), "0 value"},
			{"goods", prozorro.Number{}, "0 value"},
			{"works", prozorro.Number{}, "0 value"},
			{"", prozorro.N(9000000), "0 value"},
			{"gifts", prozorro.N(9000000), "0 value"},
		} {
			want := c.want
			if len(r.Categories) > 0 && !slices.Contains(r.Categories, c.category) {
				want = "0 mainProcurementCategory"
			}
			check("value "+c.category+" "+c.amount.String(), want, func(in *Input) {
				in.Tender.MainProcurementCategory, in.Tender.Value.Amount = c.category, c.amount
				if h, ok := in.History.(past); ok && len(h.tenders) > 0 {
					h.tenders[0].Value.Amount = c.amount
				}
			})
		}
		if contract {
			check("any age", "1", func(in *Input) { in.Tender.DateCreated = prozorro.ParseTime("2001-01-01") })
			continue
		}
		if r.MaxAgeDays == 0 || r.History {
			continue
		}
		age := func(d time.Duration) func(*Input) {
			return func(in *Input) { in.Tender.DateCreated = prozorro.Time{Time: in.Now.Add(-d)} }
		}
		check("180 days", "1", age(180*24*time.Hour))
		check("more than 180 days", "0 dateCreated", age(180*24*time.Hour+time.Microsecond))
		check("no dateCreated", "1", func(in *Input) { in.Tender.DateCreated = prozorro.Time{} })
		check("made later than now", "1", age(-time.Hour))
	}
}

// documents are what the portal carries and what its tests keep beside.
func documents(tb testing.TB) map[string][]byte {
	tb.Helper()
	out := map[string][]byte{}
	for _, name := range []string{"../data/sample.jsonl.gz", "../testdata/more.jsonl.gz"} {
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
	return out
}

// The worked examples of the methodology on real and derived documents.
func TestWorkedExamples(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../testdata/dasu-3-3-examples.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples []struct {
		File     string
		AsOf     time.Time `json:"as_of"`
		Expected struct {
			Applicable bool
			Reason     string
			Lots       []struct {
				LotID *string
				Value Outcome
			}
		}
	}
	if err := json.Unmarshal(b, &examples); err != nil {
		t.Fatal(err)
	}
	docs := documents(t)
	for _, e := range examples {
		raw, ok := docs[e.File]
		if !ok {
			t.Errorf("%s is missing", e.File)
			continue
		}
		doc, err := prozorro.DecodeTender(raw)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{}
		if !e.Expected.Applicable {
			want = append(want, "- "+e.Expected.Reason)
		}
		for _, l := range e.Expected.Lots {
			v := Value{Outcome: l.Value}
			if l.LotID != nil {
				v.LotID = *l.LotID
			}
			want = append(want, show(v))
		}
		if got := shown(dasu33.Eval(&Input{Tender: doc, Now: e.AsOf})); !slices.Equal(got, want) {
			t.Errorf("%s as of %s: %q, want %q", e.File, e.AsOf, got, want)
		}
	}
	if len(examples) < 13 {
		t.Errorf("only %d examples", len(examples))
	}
}

// Values depend neither on the order of the documents nor on the rest of the
// contracts, and no subset of absent fields makes a rule panic.
func TestProperties(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	var tenders []*prozorro.Tender
	var contracts []*prozorro.Contract
	for file, raw := range documents(t) {
		switch {
		case strings.HasPrefix(file, "tender"):
			v, err := prozorro.DecodeTender(raw)
			if err != nil {
				t.Fatal(err)
			}
			tenders = append(tenders, v)
		case strings.HasPrefix(file, "contract"):
			v, err := prozorro.DecodeContract(raw)
			if err != nil {
				t.Fatal(err)
			}
			contracts = append(contracts, v)
		}
	}
	for _, r := range rules {
		tab := load(t, r.ID)
		for i := range tab.Cases {
			in := tab.input(t, i)
			tenders = append(tenders, in.Tender)
			contracts = append(contracts, in.Contracts...)
		}
	}
	now := time.Date(2025, 6, 15, 9, 0, 0, 0, time.UTC)
	none := past{complete: true}
	for _, doc := range tenders {
		mine := contracts[:0:0]
		for range 5 { // one version of each
			c := contracts[rnd.IntN(len(contracts))]
			if !slices.ContainsFunc(mine, func(m *prozorro.Contract) bool { return m.ID == c.ID }) {
				mine = append(mine, c)
			}
		}
		for _, profile := range []Profile{Methodology, ByContract} {
			if !doc.Date.IsZero() && rnd.IntN(2) == 0 {
				now = doc.Date.Add(time.Duration(rnd.IntN(500)) * 24 * time.Hour)
			}
			in := &Input{Tender: doc, Contracts: mine, Now: now, Profile: profile, History: none}
			want := Evaluate(in)
			if again := Evaluate(in); !reflect.DeepEqual(again, want) {
				t.Fatalf("%s: not the same twice", doc.TenderID)
			}
			other := slices.Clone(mine)
			rnd.Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
			if got := Evaluate(&Input{Tender: doc, Contracts: other, Now: now, Profile: profile, History: none}); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: the order of contracts matters:\n%q\n%q", doc.TenderID, shown(got), shown(want))
			}
		}
	}
	// Absent fields: every field of the document and of the objects in it, at random.
	var prune func(v reflect.Value)
	prune = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Field(i); f.CanSet() {
					if rnd.IntN(6) == 0 {
						f.SetZero()
					} else if f.Type() != reflect.TypeFor[prozorro.Time]() {
						prune(f)
					}
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				prune(v.Index(i))
			}
		}
	}
	for round := range 20 {
		for _, doc := range tenders {
			b, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			if len(b) > 60<<10 && round > 2 {
				continue
			}
			v, err := prozorro.DecodeTender(b)
			if err != nil {
				t.Fatal(err)
			}
			prune(reflect.ValueOf(v).Elem())
			for _, profile := range []Profile{"", ByContract} {
				Evaluate(&Input{Tender: v, Contracts: []*prozorro.Contract{nil, {}, {}}, Now: now, Profile: profile, History: past{tenders: []*prozorro.Tender{nil, {}, v}}})
			}
		}
	}
	for _, in := range []*Input{{}, {Tender: &prozorro.Tender{}}, {Contracts: []*prozorro.Contract{nil, {Status: "terminated"}, {ID: "x", Status: "active"}}}} {
		for _, v := range Evaluate(in) {
			if v.Outcome == Sign {
				t.Errorf("a sign in nothing: %+v", v)
			}
		}
	}
}

func TestCalcEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, from string
		days       int
		want       string
	}{
		{"the next midnight", "2025-05-10T15:00:00+03:00", 4, "2025-05-15T00:00:00+03:00"},
		{"a midnight is not moved", "2025-05-10T00:00:00+03:00", 4, "2025-05-14T00:00:00+03:00"},
		{"a moment after it is", "2025-05-10T00:00:00.000001+03:00", 4, "2025-05-15T00:00:00+03:00"},
		{"midnight of Kyiv, not of Greenwich", "2025-05-10T00:00:00Z", 0, "2025-05-11T00:00:00+03:00"},
		{"over the beginning of summer time", "2025-03-28T12:00:00+02:00", 2, "2025-03-31T00:00:00+03:00"},
		{"over the end of summer time", "2025-10-25T12:00:00+03:00", 1, "2025-10-27T00:00:00+02:00"},
		{"over 29 February", "2024-02-28T12:00:00+02:00", 1, "2024-03-01T00:00:00+02:00"},
		{"over the end of a year", "2024-12-31T12:00:00+02:00", 0, "2025-01-01T00:00:00+02:00"},
	} {
		if got := calcEnd(prozorro.ParseTime(c.from).Time, c.days); !got.Equal(prozorro.ParseTime(c.want).Time) {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

// A file is one however often the source lists it: in the tender's copy and in the
// contracting module, or once for each of its versions.
func TestFilesAreCountedOnce(t *testing.T) {
	t.Parallel()
	count := func(values []Value, key string) int {
		t.Helper()
		if len(values) != 1 {
			t.Fatalf("%q", shown(values))
		}
		for _, f := range values[0].Facts {
			if f.Key == key {
				return f.N
			}
		}
		return -1
	}
	tender := func(contractDocs string) *prozorro.Tender {
		return decodeTender(t, json.RawMessage(`{"id": "t", "procurementMethodType": "aboveThresholdUA", "status": "complete", "date": "2021-03-01T10:00:00+02:00",
			"procuringEntity": {"kind": "general"}, "documents": [{"id": "a"}, {"id": "a"}, {"id": "b"}],
			"awards": [{"id": "a1", "status": "active", "documents": [{"id": "x"}, {"id": "x", "format": "application/pkcs7-signature"}, {"id": "y"}]}],
			"contracts": [{"id": "c1", "awardID": "a1", "status": "active", "documents": `+contractDocs+`}]}`))
	}
	module := func(docs string) []*prozorro.Contract {
		c, err := prozorro.DecodeContract([]byte(`{"id": "c1", "awardID": "a1", "status": "active", "documents": ` + docs + `}`))
		if err != nil {
			t.Fatal(err)
		}
		return []*prozorro.Contract{c}
	}
	now := time.Date(2021, 6, 1, 9, 0, 0, 0, time.UTC)
	many := func(n int) string {
		docs := make([]string, n)
		for i := range docs {
			docs[i] = `{"id": "d` + strconv.Itoa(i) + `"}`
		}
		return "[" + strings.Join(docs, ",") + "]"
	}
	for _, c := range []struct {
		name, copied, module string
		profile              Profile
		documents            int
		signed, unsigned     int // -1: no such fact
	}{
		{"two versions of a file", `[{"id": "p"}, {"id": "p"}, {"id": "q"}]`, `[]`, Methodology, 2, -1, 2},
		{"files without an id are each their own", `[{}, {}, {"id": "p"}]`, `[]`, Methodology, 3, -1, 3},
		{"the methodology does not look into the module", `[{"id": "p"}]`, `[{"id": "p"}, {"id": "q"}]`, Methodology, 1, -1, 1},
		{"in both places", `[{"id": "p"}, {"id": "s", "format": "application/pkcs7-signature"}]`, `[{"id": "p"}, {"id": "s", "format": "application/pkcs7-signature"}]`, ByContract, 2, 1, -1},
		{"in both places, none signed", `[{"id": "p"}, {"id": "q"}]`, `[{"id": "q"}, {"id": "r"}]`, ByContract, 3, -1, 3},
		{"a file of a change is none of the contract's", `[{"id": "p"}]`, `[{"id": "p"}, {"id": "n", "documentOf": "change"}]`, ByContract, 1, -1, 1},
		{"one of whose versions is a signature", `[{"id": "p"}, {"id": "p", "format": "application/pkcs7-signature"}]`, `[]`, ByContract, 1, 1, -1},
		{"many", many(100), many(120), ByContract, 120, -1, 120},
	} {
		in := &Input{Tender: tender(c.copied), Contracts: module(c.module), Now: now, Profile: c.profile}
		got := dasu33.Eval(in)
		if n := count(got, factContractDocs); n != c.documents {
			t.Errorf("%s: %d documents, want %d", c.name, n, c.documents)
		}
		if n := count(got, factContractSigned); n != c.signed {
			t.Errorf("%s: %d signatures, want %d", c.name, n, c.signed)
		}
		if n := count(got, factContractUnsigned); n != c.unsigned {
			t.Errorf("%s: %d documents without a signature, want %d", c.name, n, c.unsigned)
		}
	}
	if n := count(dasu31.Eval(&Input{Tender: tender(`[]`), Now: now}), factTenderUnsigned); n != 2 {
		t.Errorf("DASU-3-1: %d documents", n)
	}
	doc := tender(`[]`)
	doc.Status = "active.awarded"
	got := dasu32.Eval(&Input{Tender: doc, Now: now})
	if n, m := count(got, factAwardDocs), count(got, factAwardSigned); n != 2 || m != 1 {
		t.Errorf("DASU-3-2: %d documents, %d signatures", n, m)
	}
}

func TestAddYear(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, want string }{
		{"2024-02-29T23:30:00+02:00", "2025-02-28T23:30:00+02:00"},
		{"2023-02-28T23:30:00+02:00", "2024-02-28T23:30:00+02:00"},
		{"2023-03-01T00:00:00+02:00", "2024-03-01T00:00:00+02:00"},
		{"2024-02-28T22:30:00Z", "2025-02-28T00:30:00+02:00"},          // 29 February in Kyiv
		{"2020-03-28T03:30:00+02:00", "2021-03-28T04:30:00+03:00"},     // no such hour
		{"2020-10-31T03:30:00+02:00", "2021-10-31T03:30:00+03:00"},     // twice: the first
		{"2020-10-25T03:30:00+02:00", "2021-10-25T03:30:00+03:00"},     // the second of two
		{"2021-10-31T03:30:00.5+02:00", "2022-10-31T03:30:00.5+02:00"}, //
		{"2024-12-31T23:59:59.999+02:00", "2025-12-31T23:59:59.999+02:00"},
	} {
		got := addYear(prozorro.ParseTime(c.from).Time)
		want := prozorro.ParseTime(c.want).Time
		if !got.Equal(want) {
			t.Errorf("%s: %v, want %s", c.from, got, c.want)
		}
		from := prozorro.ParseTime(c.from).Time
		if aYear(from, want.Add(-time.Nanosecond)) || !aYear(from, want) {
			t.Errorf("%s: not exact", c.from)
		}
	}
}

func TestSubject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		codes []string
		want  string
	}{
		{[]string{"45260000-7"}, "4526"},
		{[]string{"45233222-1"}, "45233"},
		{[]string{"45233222-1", "45233141-9"}, "45233"},
		{[]string{"45260000-7", "45310000-3"}, "45"},
		{[]string{"33600000-6"}, "336"},
		{[]string{"33611000-6", "33621000-9"}, "336"},
		{[]string{"33610000-9"}, "336"},
		{[]string{"33690000-3"}, "3369"},
		{[]string{"33691000-0"}, "336"},
		{[]string{"33692500-2"}, "336"},
		{[]string{"33693000-4"}, "3369"},
		{[]string{"09310000-5"}, "0931"},
		{[]string{"03000000-1"}, "03"},
		{[]string{"71000000-8", "09310000-5"}, ""},
		{[]string{"7"}, ""},
		{nil, ""},
	} {
		var items []prozorro.Item
		for _, code := range c.codes {
			items = append(items, prozorro.Item{Classification: prozorro.Classification{ID: code}})
		}
		if got := Subject(items); got != c.want {
			t.Errorf("%v: %q, want %q", c.codes, got, c.want)
		}
	}
}

func TestRegistry(t *testing.T) {
	t.Parallel()
	all := Registry()
	if len(all) != 132 {
		t.Errorf("%d indicators, want 132", len(all))
	}
	generations := map[string]int{}
	for i, g := range Generations() {
		generations[g.ID] = i
	}
	seen := map[string]bool{}
	last := 0
	for _, e := range all {
		if seen[e.ID] || e.Name == "" {
			t.Errorf("%q", e.ID)
		}
		seen[e.ID] = true
		order, ok := generations[e.Generation]
		if !ok || order < last {
			t.Errorf("%s: generation %q out of order", e.ID, e.Generation)
		}
		last = order
		if e.Calculated() == (e.WhyNot("uk") != "" && e.WhyNot("en") != "") {
			t.Errorf("%s is either calculated or says why not", e.ID)
		}
		for _, code := range e.Why {
			if _, ok := reasonsNot[code]; !ok {
				t.Errorf("%s: %q", e.ID, code)
			}
		}
		if e.Calculated() && ByID(e.Rule) == nil {
			t.Errorf("%s: no rule %q", e.ID, e.Rule)
		}
		if e.InForce() && !e.Calculated() {
			t.Errorf("%s is in force and not calculated", e.ID)
		}
	}
	for _, r := range All() {
		e, ok := EntryByID(r.ID)
		if !ok {
			t.Errorf("%s is not in the registry", r.ID)
			continue
		}
		same := func(a, b []string) bool {
			a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
			return slices.Equal(a, b)
		}
		statuses := e.TenderStatuses
		if r.Level == LevelContract {
			statuses = e.ContractStatuses
		}
		if !same(r.Types, e.Types) || !same(r.Kinds, e.Kinds) || !same(r.Statuses, statuses) || !same(r.Categories, e.Categories) ||
			r.MaxAgeDays != e.MaxAgeDays || r.Level != e.Level || r.Generation != e.Generation {
			t.Errorf("%s: the rule differs from the registry: %+v\n%+v", r.ID, r, e)
		}
	}
	if _, ok := EntryByID("sas24-9-9"); ok || ByID("sas-3-1") != nil {
		t.Error("found what is not there")
	}
	if len(Additional()) != 2 {
		t.Error("additional")
	}
}

func TestOutcomeJSON(t *testing.T) {
	t.Parallel()
	for o, want := range map[Outcome]string{NotCalculated: "null", Clear: "0", Sign: "1", Keep: `"keep"`} {
		b, err := json.Marshal(o)
		if err != nil || string(b) != want {
			t.Errorf("%v: %s, %v", o, b, err)
		}
		var back Outcome = 3
		if err := json.Unmarshal(b, &back); want != "null" && (err != nil || back != o) {
			t.Errorf("%s reads as %v, %v", b, back, err)
		}
	}
}

func TestNoAllocationWithoutContractDocuments(t *testing.T) { // not parallel: it counts
	doc := &prozorro.Tender{ProcurementMethodType: aboveUA, Status: "complete", ProcuringEntity: prozorro.Party{Kind: "general"}, Contracts: make([]prozorro.Contract, 3)}
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	if n := testing.AllocsPerRun(100, func() { DASU33(doc, nil, now, Methodology) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func decoded(b *testing.B) (raw [][]byte, docs []*prozorro.Tender) {
	b.Helper()
	for file, d := range documents(b) {
		if !strings.HasPrefix(file, "tender") {
			continue
		}
		t, err := prozorro.DecodeTender(d)
		if err != nil {
			b.Fatal(err)
		}
		raw, docs = append(raw, d), append(docs, t)
	}
	return raw, docs
}

func BenchmarkDASU33(b *testing.B) {
	_, docs := decoded(b)
	now := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			DASU33(d, nil, now, Methodology)
		}
	}
	b.ReportMetric(float64(b.N*len(docs))/b.Elapsed().Seconds(), "tenders/s")
}

func BenchmarkEvaluate(b *testing.B) {
	_, docs := decoded(b)
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			Evaluate(&Input{Tender: d, Now: now})
		}
	}
	b.ReportMetric(float64(b.N*len(docs))/b.Elapsed().Seconds(), "tenders/s")
}

func BenchmarkDecodeEvaluate(b *testing.B) {
	raw, _ := decoded(b)
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		for _, d := range raw {
			t, err := prozorro.DecodeTender(d)
			if err != nil {
				b.Fatal(err)
			}
			Evaluate(&Input{Tender: t, Now: now})
		}
	}
	b.ReportMetric(float64(b.N*len(raw))/b.Elapsed().Seconds(), "docs/s")
}
