package procurement

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ereception/internal/pgtest"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/procurement/indicator"
	"ereception/internal/procurement/prozorro"
)

// TestSlimFormsGiveTheSameValues: the indicators find everything they read in
// the slim form, and the masks do not change what they count.
func TestSlimFormsGiveTheSameValues(t *testing.T) {
	t.Parallel()
	s := &Service{secret: []byte("x")}
	var contracts [][]byte
	var tenders [][]byte
	for _, d := range allSamples(t) {
		switch kind, raw, err := prozorro.Detect(d.Data); {
		case err != nil:
		case kind == prozorro.KindTender:
			tenders = append(tenders, raw)
		case kind == prozorro.KindContract:
			contracts = append(contracts, raw)
		}
	}
	smaller, evaluated := 0, 0
	for _, raw := range tenders {
		thin, err := s.slim(raw, slimTender)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(thin) {
			t.Fatalf("the slim form is no JSON: %.300s", thin)
		}
		if len(thin)*2 < len(raw) {
			smaller++
		}
		again, err := s.slim(thin, slimTender)
		if err != nil || string(again) != string(thin) {
			t.Errorf("a slim form is not slim: %v", err)
		}
		full, err := prozorro.DecodeTender(raw)
		if err != nil {
			t.Fatal(err)
		}
		small, err := prozorro.DecodeTender(thin)
		if err != nil {
			t.Fatal(err)
		}
		// Any contract may be taken for the tender's: the rules pair them by id, or add them.
		for _, c := range append([][]byte{nil}, contracts...) {
			var fullDocs, smallDocs []*prozorro.Contract
			if c != nil {
				thinC, err := s.slim(c, slimContract)
				if err != nil {
					t.Fatal(err)
				}
				a, err1 := prozorro.DecodeContract(c)
				b, err2 := prozorro.DecodeContract(thinC)
				if err1 != nil || err2 != nil {
					t.Fatal(err1, err2)
				}
				if len(full.Contracts) > 0 {
					a.ID, b.ID = full.Contracts[0].ID, full.Contracts[0].ID
				}
				fullDocs, smallDocs = []*prozorro.Contract{a}, []*prozorro.Contract{b}
			}
			for _, now := range []time.Time{full.Date.AddDate(0, 0, 3), full.Date.AddDate(0, 2, 0), full.Date.AddDate(0, 9, 0), full.Date.AddDate(3, 0, 0)} {
				want := values(&indicator.Input{Tender: full, Contracts: fullDocs, Now: now})
				got := values(&indicator.Input{Tender: small, Contracts: smallDocs, Now: now})
				quick, err := packValues(want)
				if slow, err2 := json.Marshal(want); err != nil || err2 != nil || string(quick) != string(slow) {
					t.Fatalf("packed otherwise than by encoding/json: %s", firstDifference(string(slow), string(quick)))
				}
				for i := range want {
					if want[i].Value != nil {
						evaluated++
					}
				}
				if !reflect.DeepEqual(got, want) {
					x, _ := json.Marshal(got)
					y, _ := json.Marshal(want)
					t.Fatalf("%s: %s", full.TenderID, firstDifference(string(y), string(x)))
				}
			}
		}
	}
	if len(tenders) < 60 || evaluated < 1000 {
		t.Errorf("%d tenders, %d values", len(tenders), evaluated)
	}
	if smaller < len(tenders)*3/4 {
		t.Errorf("only %d of %d slim forms are half as large", smaller, len(tenders))
	}
}

type dasuExample struct {
	File     string    `json:"file"`
	AsOf     time.Time `json:"as_of"`
	Expected struct {
		Applicable bool   `json:"applicable"`
		Reason     string `json:"reason"`
		Lots       []struct {
			LotID *string `json:"lotID"`
			Value int     `json:"value"`
		} `json:"lots"`
	} `json:"expected"`
}

// stored values of one tender, by indicator id with its profile.
func storedValues(t testing.TB, e *pgtest.Env, tenderID string) map[string][]Value {
	t.Helper()
	var raw []byte
	if err := e.DB.Pool().QueryRow(context.Background(),
		"SELECT r.values FROM procurement_tenders t JOIN procurement_results r ON r.id = t.result_id WHERE t.id = $1", tenderID).Scan(&raw); err != nil {
		t.Fatal(err)
	}
	var list []Value
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	out := map[string][]Value{}
	for _, v := range list {
		out[v.ID()] = append(out[v.ID()], v)
	}
	return out
}

func TestTheExamplesOfTheMethodologyThroughTheDatabase(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/dasu-3-3-examples.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples []dasuExample
	if err := json.Unmarshal(raw, &examples); err != nil || len(examples) < 6 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	e := pgtest.New(t)
	s := newService(t, e)
	for i, ex := range examples {
		e.Clock.Set(ex.AsOf)
		id := fmt.Sprintf("%032x", i+1) // one file may be an example at two moments
		doc := with(t, sample(t, ex.File), map[string]any{"id": id})
		put(t, s, doc)
		got := storedValues(t, e, id)["DASU-3-3"]
		if !ex.Expected.Applicable {
			if len(got) != 1 || got[0].Value != nil || got[0].Reason != ex.Expected.Reason {
				t.Errorf("%s at %s: %+v, expected not calculated because of %s", ex.File, ex.AsOf, got, ex.Expected.Reason)
			}
			continue
		}
		if len(got) != len(ex.Expected.Lots) {
			t.Errorf("%s: %d lots, expected %d", ex.File, len(got), len(ex.Expected.Lots))
			continue
		}
		sign := false
		for j, l := range ex.Expected.Lots {
			lot := ""
			if l.LotID != nil {
				lot = *l.LotID
			}
			if got[j].Lot != lot || got[j].Value == nil || *got[j].Value != l.Value {
				t.Errorf("%s: %+v, expected %+v", ex.File, got[j], l)
			}
			sign = sign || l.Value == 1
		}
		if n := e.Count(t, "SELECT count(*) FROM procurement_register WHERE kind = 'tender' AND id = $1 AND 'DASU-3-3' = ANY(CASE WHEN $2 THEN signs ELSE clear END)", id, sign); n != 1 && !strings.Contains(string(doc), `"mode":"test"`) {
			t.Errorf("%s: the register does not follow (%v)", ex.File, sign)
		}
	}
}

func TestTheYearSwitchesTheIndicatorOff(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	ctx := context.Background()
	doc := sample(t, "tenders_derived/d201.json")
	tender, err := prozorro.DecodeTender(doc)
	if err != nil {
		t.Fatal(err)
	}
	last := tender.Date.AddDate(1, 0, 0)
	e.Clock.Set(last.Add(-time.Minute))
	put(t, s, doc)
	signs := func() int {
		return e.Count(t, "SELECT count(*) FROM procurement_register WHERE 'DASU-3-3' = ANY(signs)")
	}
	if signs() != 2 { // the tender and its contract
		t.Fatalf("%d signs before", signs())
	}
	if r, err := s.Recalculate(ctx, nil); err != nil || r.Tenders != 1 || r.Changed != 0 {
		t.Errorf("nothing was to change: %+v, %v", r, err)
	}
	e.Clock.Set(last)
	if r, err := s.Recalculate(ctx, nil); err != nil || r.Changed != 1 {
		t.Errorf("a year later: %+v, %v", r, err)
	}
	if signs() != 0 {
		t.Errorf("%d signs after", signs())
	}
	v := storedValues(t, e, tender.ID)["DASU-3-3"]
	if len(v) != 1 || v[0].Value != nil || v[0].Reason != reasonOld || v[0].Last == nil || v[0].Last.Value != 1 || !v[0].Last.AsOf.Before(last) {
		t.Errorf("%+v", v)
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_results"); n != 2 {
		t.Errorf("%d results are kept as history", n)
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_checks WHERE tenders = 1"); n != 2 {
		t.Errorf("%d checks", n)
	}
	if r, err := s.Recalculate(ctx, nil); err != nil || r.Changed != 0 {
		t.Errorf("again: %+v, %v", r, err)
	}
}

// The last value is of the moment before the indicator was switched off, counted
// as the indicator counts: 29 February goes to 28 February.
func TestTheLastValueIsOfTheYearOfTheIndicator(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	for i, c := range []struct{ date, off, asOf string }{
		{"2024-02-29T10:00:00+02:00", "2025-02-28T10:00:00+02:00", "2025-02-28T09:59:59+02:00"},
		{"2023-02-28T10:00:00+02:00", "2024-02-28T10:00:00+02:00", "2024-02-28T09:59:59+02:00"},
		{"2020-10-31T03:30:00+02:00", "2021-10-31T03:30:00+03:00", "2021-10-31T03:29:59+03:00"}, // an hour that comes twice
	} {
		id := fmt.Sprintf("%032x", 700+i)
		e.Clock.Set(prozorro.ParseTime(c.off).Add(-time.Second))
		put(t, s, with(t, sample(t, "tenders_derived/d201.json"), map[string]any{"id": id, "date": c.date, "dateModified": c.date}))
		if v := storedValues(t, e, id)["DASU-3-3"]; len(v) != 1 || v[0].Value == nil || *v[0].Value != 1 || v[0].Last != nil {
			t.Errorf("%s, a second before: %+v", c.date, v)
		}
		e.Clock.Set(prozorro.ParseTime(c.off).Time)
		if _, err := s.Recalculate(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		v := storedValues(t, e, id)["DASU-3-3"]
		if len(v) != 1 || v[0].Value != nil || v[0].Last == nil || v[0].Last.Value != 1 || !v[0].Last.AsOf.Equal(prozorro.ParseTime(c.asOf).Time) {
			t.Errorf("%s: %+v", c.date, v)
		}
	}
}

// reporting makes a purchase without a procedure that the rules look at, with a
// contract of the contracting module.
func purchase(t testing.TB, id string, changes map[string]any) []byte {
	t.Helper()
	doc := map[string]any{
		"id": id, "tenderID": "UA-2026-11-01-" + id[:6] + "-a", "status": "complete", "procurementMethodType": "reporting",
		"mainProcurementCategory": "goods", "title": "Дизельне пальне", "value": map[string]any{"amount": 500000, "currency": "UAH"},
		"procuringEntity": map[string]any{"kind": "authority", "name": "Виконком", "identifier": map[string]any{"scheme": "UA-EDR", "id": "04053625"}},
		"items":           []any{map[string]any{"classification": map[string]any{"scheme": "ДК021", "id": "09130000-9"}}},
		"date":            "2026-11-01T12:00:00+02:00", "dateModified": "2026-11-01T12:00:00+02:00", "dateCreated": "2026-10-20T12:00:00+03:00",
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return with(t, raw, changes)
}

var changesOfPrice = []any{map[string]any{"status": "active", "rationaleTypes": []any{"itemPriceVariation", "durationExtension"}}}

func TestATerminatedContractKeepsItsValue(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	id, cid := strings.Repeat("a", 32), strings.Repeat("c", 32)
	tender := purchase(t, id, map[string]any{"procurementMethodType": "aboveThreshold", "contracts": []any{map[string]any{"id": cid, "status": "active", "contractID": "UA-1-a1"}}})
	contract, err := json.Marshal(map[string]any{
		"id": cid, "contractID": "UA-1-a1", "tender_id": id, "awardID": "x", "status": "active", "dateModified": "2026-11-02T12:00:00+02:00", "changes": changesOfPrice,
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, contract) // before its tender
	put(t, s, tender)
	sign := func() bool {
		v := storedValues(t, e, id)["sas24-3-4"]
		n := e.Count(t, "SELECT count(*) FROM procurement_register WHERE 'sas24-3-4' = ANY(signs)")
		return len(v) == 1 && v[0].Contract == cid && v[0].Value != nil && *v[0].Value == 1 && n == 2
	}
	if !sign() {
		t.Fatalf("no sign while active: %+v", storedValues(t, e, id)["sas24-3-4"])
	}
	put(t, s, with(t, contract, map[string]any{"status": "terminated", "dateModified": "2026-11-03T12:00:00+02:00", "changes": []any{}}))
	if v := storedValues(t, e, id)["sas24-3-4"]; !sign() || !v[0].Kept || v[0].Reason != "terminated" || len(v[0].Facts) == 0 {
		t.Errorf("the value is not kept: %+v", v)
	}
	put(t, s, with(t, tender, map[string]any{"dateModified": "2026-11-04T12:00:00+02:00", "value.amount": 600000}))
	if r, err := s.Recalculate(context.Background(), nil); err != nil || r.Changed != 0 || !sign() {
		t.Errorf("the value is lost later: %+v, %v", r, err)
	}
}

func TestRulesOverTheHistoryOfTheBuyer(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	me, before := strings.Repeat("a", 32), strings.Repeat("b", 32)
	mine := purchase(t, me, map[string]any{"causeDetails": map[string]any{"code": "openUnsuccessful"}})
	earlier := func(changes map[string]any) []byte {
		c := map[string]any{
			"procurementMethodType": "aboveThreshold", "status": "unsuccessful", "dateCreated": "2026-08-01T12:00:00+03:00",
			"tenderPeriod": map[string]any{"startDate": "2026-08-01T12:00:00+03:00"}, "value.amount": 480000,
		}
		for k, v := range changes {
			c[k] = v
		}
		return purchase(t, before, c)
	}
	satisfied := []any{map[string]any{"type": "complaint", "status": "satisfied"}}
	complete := "INSERT INTO procurement_feeds (resource, backward_done, horizon, started_at) VALUES ('tender', true, '2025-01-01', '2026-11-02')"
	cases := []struct {
		name     string
		earlier  []byte // nil: none
		known    bool   // the whole history of the buyer is there
		id       string
		want     int // -1: not calculated
		reversed bool
	}{
		{"a failed tender of nearly the same value stands behind it", earlier(nil), true, "sas24-3-11-1", 0, false},
		{"the same, but the tender came to the mirror later", earlier(nil), true, "sas24-3-11-1", 0, true},
		{"no tender at all", nil, true, "sas24-3-11-1", 1, false},
		{"no tender, but who knows what is missing", nil, false, "sas24-3-11-1", -1, false},
		{"another value", earlier(map[string]any{"value.amount": 300000}), true, "sas24-3-11-1", 1, false},
		{"another title", earlier(map[string]any{"title": "Бензин"}), true, "sas24-3-11-1", 1, true},
		{"another buyer", earlier(map[string]any{"procuringEntity.identifier.id": "14360570"}), true, "sas24-3-11-1", 1, false},
		{"more than a year before", earlier(map[string]any{"tenderPeriod.startDate": "2025-09-01T00:00:00+03:00"}), true, "sas24-3-11-1", 1, false},
		{"a foreign currency", earlier(map[string]any{"value.currency": "EUR"}), true, "sas24-3-11-1", -1, false},
		{"a test purchase", earlier(map[string]any{"mode": "test"}), true, "sas24-3-11-1", 1, true},
		{"a complaint was satisfied in it", earlier(map[string]any{"complaints": satisfied}), true, "sas24-3-11-2", 1, false},
		{"the same later", earlier(map[string]any{"awards": []any{map[string]any{"complaints": satisfied}}}), true, "sas24-3-11-2", 1, true},
		{"no complaint", earlier(nil), true, "sas24-3-11-2", 0, true},
	}
	known, unknown := pgtest.New(t), pgtest.New(t)
	known.Owner(t, complete)
	for i, c := range cases {
		// Every case has buyers of its own.
		own := func(doc []byte) []byte {
			if doc == nil {
				return nil
			}
			for from, to := range map[string]string{"04053625": fmt.Sprintf("10%06d", i), "14360570": fmt.Sprintf("20%06d", i), me: fmt.Sprintf("%032d", i), before: fmt.Sprintf("9%031d", i)} {
				doc = bytes.ReplaceAll(doc, []byte(from), []byte(to))
			}
			return doc
		}
		e := unknown
		if c.known {
			e = known
		}
		e.Clock.Set(time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC))
		s := newService(t, e)
		e.Owner(t, "INSERT INTO procurement_buyers (code, name, created_at) VALUES ($1, 'x', '2026-11-01')", fmt.Sprintf("10%06d", i))
		docs := [][]byte{own(mine)}
		if c.earlier != nil {
			docs = append([][]byte{own(c.earlier)}, docs...)
		}
		if c.reversed {
			slices.Reverse(docs)
		}
		for _, d := range docs {
			put(t, s, d)
		}
		check := func(when string) {
			v := storedValues(t, e, fmt.Sprintf("%032d", i))[c.id]
			if len(v) != 1 || c.want < 0 && v[0].Value != nil || c.want >= 0 && (v[0].Value == nil || *v[0].Value != c.want) {
				t.Errorf("%s%s: %+v", c.name, when, v)
			}
		}
		check("")
		if r, err := s.Recalculate(ctx, nil); err != nil || r.Changed != 0 {
			t.Errorf("%s: a recalculation changed %d, %v", c.name, r.Changed, err)
		}
		check(" after a recalculation")
	}
}

func TestTheHistoryFollowsATenderThatChangesItsTitle(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	e.Clock.Set(time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC))
	s := newService(t, e)
	e.Owner(t, "INSERT INTO procurement_buyers (code, name, created_at) VALUES ('04053625', 'x', '2026-11-01')")
	e.Owner(t, "INSERT INTO procurement_feeds (resource, backward_done, horizon, started_at) VALUES ('tender', true, '2025-01-01', '2026-11-02')")
	me := strings.Repeat("a", 32)
	put(t, s, purchase(t, me, map[string]any{"causeDetails": map[string]any{"code": "openUnsuccessful"}}))
	o := purchase(t, strings.Repeat("b", 32), map[string]any{
		"procurementMethodType": "aboveThreshold", "status": "unsuccessful", "tenderPeriod": map[string]any{"startDate": "2026-08-01T12:00:00+03:00"},
	})
	value := func() int { return *storedValues(t, e, me)["sas24-3-11-1"][0].Value }
	put(t, s, o)
	if value() != 0 {
		t.Error("the failed tender is not seen")
	}
	put(t, s, with(t, o, map[string]any{"title": "Інше", "dateModified": "2026-11-05T00:00:00+02:00"}))
	if value() != 1 {
		t.Error("the tender that is for something else by now is still seen")
	}
}

func TestANewExtractionRewritesTheRows(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	put(t, s, sample(t, "tenders/UA-2020-01-20-001169-c.json"))
	e.Owner(t, "UPDATE procurement_tenders SET title = 'of an older version'")
	e.Owner(t, "UPDATE procurement_register SET title = 'of an older version'")
	e.Owner(t, "INSERT INTO procurement_checks (started_at, finished_at, method, extraction, tenders, changed) VALUES (now(), now(), '0', 0, 1, 0)")
	if _, err := s.Recalculate(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if n := e.Count(t, "SELECT (SELECT count(*) FROM procurement_tenders WHERE title LIKE 'of an%') + (SELECT count(*) FROM procurement_register WHERE title LIKE 'of an%')"); n != 0 {
		t.Errorf("%d rows are as they were", n)
	}
}

// The job that every start orders judges everything once a day, and at once after
// a change of the rules or of what is read.
func TestTheDailyCheckIsOnceADay(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	put(t, s, sample(t, "tenders/UA-2020-01-20-001169-c.json"))
	e.Clock.Set(time.Date(2025, 11, 14, 21, 0, 0, 0, time.UTC)) // 23:00 in Kyiv
	checks := 0
	check := func(step string, more int) {
		t.Helper()
		if err := s.Check(t.Context(), kind.PurchasesCheck{}); err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		if checks += more; e.Count(t, "SELECT count(*) FROM procurement_checks") != checks {
			t.Errorf("%s: not %d checks", step, checks)
		}
	}
	check("the first", 1)
	e.Clock.Advance(59 * time.Minute)
	check("a restart on the same day", 0)
	e.Clock.Advance(time.Minute)
	check("after midnight", 1)
	older := func(method string, by int) { // one more check, as an older version notes it
		checks++
		e.Owner(t, "INSERT INTO procurement_checks (started_at, finished_at, method, extraction, tenders, changed) VALUES ($1, $1, $2, $3, 1, 0)", e.Clock.Now(), method, by)
	}
	older("of another", extraction)
	check("new rules", 1)
	older(Method(), extraction-1)
	check("a new way of reading", 1)
	check("and again", 0)
}

// TestRecalculationBesideWrites: documents that change while everything is judged
// anew are not lost, whichever was first.
func TestRecalculationBesideWrites(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	ctx := context.Background()
	ids := make([]string, 60)
	for i := range ids {
		ids[i] = fmt.Sprintf("%032x", i+1)
		put(t, s, purchase(t, ids[i], nil))
	}
	for round := range 5 {
		// As if every value were of an older version of the rules.
		e.Owner(t, "UPDATE procurement_tenders SET result_id = NULL")
		done := make(chan error, 1)
		go func() {
			for i, id := range ids {
				_, err := s.Put(ctx, purchase(t, id, map[string]any{
					"dateModified": fmt.Sprintf("2026-11-0%dT12:00:00+02:00", round+2), "procurementMethodType": []string{"aboveThreshold", "reporting"}[(i+round)%2],
					"contracts": []any{map[string]any{"id": fmt.Sprintf("%032x", 1000+i), "status": "active", "contractID": "UA-1-a1", "changes": changesOfPrice[:round%2]}},
				}), FromImport)
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		if _, err := s.Recalculate(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if r, err := s.Recalculate(ctx, nil); err != nil || r.Changed != 0 {
			t.Fatalf("round %d: %d of %d were not as their documents say: %v", round, r.Changed, r.Tenders, err)
		}
	}
}

// TestVersionsOfTenders: everything that may change a value shows in the version
// of the tender, by which a recalculation sees that it was overtaken.
func TestVersionsOfTenders(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	s := newService(t, e)
	ctx := context.Background()
	id := strings.Repeat("a", 32)
	put(t, s, purchase(t, id, nil))
	version := func() string {
		v, err := versions(ctx, e.DB.Pool(), []string{id, "none"})
		if err != nil || len(v) != 1 {
			t.Fatalf("%v, %v", v, err)
		}
		return v[id]
	}
	first := version()
	if version() != first {
		t.Error("reading changes the version")
	}
	put(t, s, purchase(t, id, map[string]any{"dateModified": "2026-11-02T12:00:00+02:00"}))
	second := version()
	if second == first {
		t.Error("a document of the tender leaves its version")
	}
	contract, err := json.Marshal(map[string]any{"id": strings.Repeat("c", 32), "contractID": "UA-1-a1", "tender_id": id, "awardID": "x", "status": "active", "dateModified": "2026-11-02T12:00:00+02:00"})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, contract)
	third := version()
	if third == second {
		t.Error("a contract leaves the version of its tender")
	}
	// A purchase without a procedure looks back at the procedures before it.
	put(t, s, purchase(t, strings.Repeat("b", 32), map[string]any{
		"procurementMethodType": "aboveThreshold", "status": "unsuccessful", "dateCreated": "2026-08-01T12:00:00+03:00", "tenderPeriod": map[string]any{"startDate": "2026-08-01T12:00:00+03:00"},
	}))
	if version() == third {
		t.Error("a procedure that the rules look back at leaves the version")
	}
}

func TestPackedValuesAreWhatEncodingJSONGives(t *testing.T) {
	t.Parallel()
	list := []Value{
		{},
		{Indicator: "a\"b", Level: "<x>", Lot: "м'ята\u2028", Contract: "\x00\xff", Value: &one, Clear: true, Kept: true, Reason: "\\n"},
		{Indicator: "i", Facts: []indicator.Fact{{}, {Key: "k", N: -3, Args: map[string]string{"z": "&", "a": ""}, Codes: []string{"", "ё"}, Hit: true}}, Last: &LastValue{Value: 1, AsOf: pgtest.Noon}},
	}
	for _, l := range [][]Value{list, {}} {
		got, err := packValues(l)
		want, err2 := json.Marshal(l)
		if err != nil || err2 != nil || string(got) != string(want) {
			t.Errorf("%s\n%s", got, want)
		}
	}
}
