package mirror

import (
	"cmp"
	"context"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ereception/internal/law/calendar"
	"ereception/internal/pgtest"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/db"
)

// The buyers of the tests. The second counts until a day of November, the third
// is nobody of the city.
const (
	school   = "11111111"
	hospital = "22222222"
	stranger = "99999999"

	lastDay = "2026-11-05"
)

// doc is a document of the fake API.
type doc struct {
	id       string
	number   string
	modified time.Time // dateModified and public_modified
	created  time.Time
	buyer    string
	kind     kind
	test     bool // mode=test: never in the feed
	nameless bool // the feed does not tell procuringEntity
	tender   string
	contract []string
	version  int
}

type kind int

const (
	plain      kind = iota
	gone404         // its details are deleted
	gone410         //
	restricted      // masked
	broken          // an answer that is no document
)

// offset is what an opaque offset of the fake stands for: every item of that
// moment which was served.
type offset struct {
	resource string
	at       time.Time
	served   map[string]bool
}

// fakeAPI answers as the reference of the public API says, real HTTP and all:
// opaque offsets timestamp.skip.md5, feeds by public_modified, a watermark of
// one second, cookies of a cluster. Its clock goes on with each request. While
// faults is above 0 a part of the answers is wrong; while churn is above 0
// documents change between the requests.
type fakeAPI struct {
	mu      sync.Mutex
	rng     *rand.Rand
	now     time.Time
	docs    map[string]map[string]*doc // resource, id
	offsets map[string]offset
	last    map[string][]byte // resource and direction: the page before
	cookie  string
	faults  float64
	churn   int
	storm   bool            // everything is refused
	broken  string          // a resource whose feed answers 500
	absent  map[string]bool // resources that the host does not have

	given    int            // documents of the school and the hospital that were given out whole
	seen     map[string]int // kinds of faults, refusals and what else happened
	requests int
	paged    int         // of them for a page after the first
	dealt    int         // faults so far
	served   func(n int) // after the answer to request n

	clock    clock.Clock // of the client
	arrivals []time.Time
	flying   atomic.Int32
	most     atomic.Int32
	url      string
}

func newFake(t testing.TB, seed uint64) *fakeAPI {
	f := &fakeAPI{
		rng: rand.New(rand.NewPCG(seed, 7)), now: pgtest.Noon, docs: map[string]map[string]*doc{}, offsets: map[string]offset{},
		last: map[string][]byte{}, seen: map[string]int{}, absent: map[string]bool{}, cookie: "node-1",
	}
	for _, res := range resources {
		f.docs[res] = map[string]*doc{}
	}
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	f.url = srv.URL + "/api/2.5"
	return f
}

func (f *fakeAPI) id() string {
	return fmt.Sprintf("%016x%016x", f.rng.Uint64(), f.rng.Uint64())
}

func (f *fakeAPI) add(res string, d *doc) *doc {
	d.id = f.id()
	d.number = fmt.Sprintf("UA-%s-%06d-a", d.modified.Format(time.DateOnly), len(f.docs[res]))
	if d.created.IsZero() {
		d.created = d.modified
	}
	f.docs[res][d.id] = d
	return d
}

// purchase adds a tender with a contract, at times with a plan and a
// monitoring, all of which appear in the feeds at that moment or around it.
func (f *fakeAPI) purchase(buyer string, at time.Time, k kind) *doc {
	around := func(s int) time.Time {
		if at.Before(pgtest.Noon.Add(-3 * time.Hour)) {
			return at.Add(time.Duration(f.rng.IntN(2*s)-s) * time.Second)
		}
		return at // what is new now cannot appear in the past
	}
	t := f.add(tender, &doc{buyer: buyer, modified: at, kind: k})
	for range 1 + f.rng.IntN(2) {
		c := f.add(contract, &doc{buyer: buyer, modified: around(3600), tender: t.id})
		t.contract = append(t.contract, c.id)
	}
	if f.rng.IntN(3) == 0 {
		f.add(plan, &doc{buyer: buyer, modified: around(7200), tender: t.id})
	}
	if f.rng.IntN(6) == 0 {
		f.add(monitoring, &doc{modified: around(60), tender: t.id})
	}
	return t
}

// fill makes n purchases, of the last 45 days; a fifth of them the city's. Some
// share their moment, as after a bulk change.
func (f *fakeAPI) fill(n int) {
	at := pgtest.Noon.Add(-time.Minute)
	for i := range n {
		if f.rng.IntN(5) > 0 {
			at = at.Add(-time.Duration(float64(45*24*time.Hour) / float64(n) * 2 * f.rng.Float64())).Truncate(time.Microsecond)
		}
		buyer := stranger
		switch f.rng.IntN(10) {
		case 0:
			buyer = school
		case 1:
			buyer = hospital
		}
		t := f.purchase(buyer, at, plain)
		t.nameless = i%97 == 5
		t.test = i%53 == 7
	}
	for _, k := range []kind{gone404, gone410, restricted, broken} {
		f.purchase(school, pgtest.Noon.Add(-time.Duration(k)*time.Hour), k)
	}
	t := f.purchase(school, pgtest.Noon.Add(-26*time.Hour), plain)
	t.contract = append(t.contract, "ffffffffffffffffffffffffffffffff") // named, but not made yet
}

// stir changes something: a document moves to the top of its feed, a purchase
// comes into being.
func (f *fakeAPI) stir() {
	if f.rng.IntN(6) == 0 {
		f.purchase([]string{school, stranger}[f.rng.IntN(2)], f.now, plain)
		f.seen["new"]++
		return
	}
	res := resources[f.rng.IntN(len(resources))]
	ids := make([]string, 0, len(f.docs[res]))
	for id, d := range f.docs[res] {
		if d.buyer != stranger || f.rng.IntN(6) == 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return
	}
	slices.Sort(ids)
	d := f.docs[res][ids[f.rng.IntN(len(ids))]]
	d.modified, d.version = f.now, d.version+1
	f.seen["moved"]++
}

// city reports whether the document is one that the mirror should hold; older
// than since it may or may not.
func (f *fakeAPI) city(res string, d *doc, since time.Time) (want, may bool) {
	switch res {
	case tender, plan:
		mine := d.buyer == school || d.buyer == hospital && d.created.In(calendar.Kyiv()).Format(time.DateOnly) <= lastDay
		if !mine || d.kind != plain || d.test {
			return false, false
		}
		return !d.modified.Before(since), true
	default:
		t := f.docs[tender][d.tender]
		if t == nil {
			return false, false
		}
		want, may := f.city(tender, t, since)
		// A monitoring that was listed while its tender was still too old to be
		// mirrored comes with the weekly listing.
		want = want && (res == contract || !t.created.Before(since))
		return want && d.kind == plain, may && d.kind == plain
	}
}

func stamp(t time.Time) string {
	return t.In(calendar.Kyiv()).Format("2006-01-02T15:04:05.000000-07:00")
}

func (f *fakeAPI) mint(res string, at time.Time, served map[string]bool) string {
	ids := make([]string, 0, len(served))
	for id := range served {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	sum := md5.Sum([]byte(res + strings.Join(ids, ",") + at.String()))
	o := fmt.Sprintf("%d.%06d.%d.%x", at.Unix(), at.Nanosecond()/1000, len(ids), sum)
	f.offsets[o] = offset{res, at, served}
	return o
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := f.flying.Add(1)
	for {
		most := f.most.Load()
		if n <= most || f.most.CompareAndSwap(most, n) {
			break
		}
	}
	f.mu.Lock()
	f.requests++
	no := f.requests
	if f.clock != nil {
		f.arrivals = append(f.arrivals, f.clock.Now())
	}
	f.now = f.now.Add(time.Duration(20+f.rng.IntN(400)) * time.Millisecond).Truncate(time.Microsecond)
	for f.churn > 0 && f.rng.IntN(3) == 0 {
		f.churn--
		f.stir()
	}
	code, body, head, cut := f.answer(r)
	served := f.served
	f.mu.Unlock()
	f.flying.Add(-1)
	for k, v := range head {
		w.Header().Set(k, v)
	}
	if cut {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)*2))
	}
	w.WriteHeader(code)
	_, _ = w.Write(body)
	if served != nil {
		if fl, ok := w.(http.Flusher); ok {
			fl.Flush()
		}
		served(no)
	}
}

// answer gives the answer, right or wrong; cut: the connection breaks in it.
func (f *fakeAPI) answer(r *http.Request) (code int, body []byte, head map[string]string, cut bool) {
	res, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/api/2.5/"), "/")
	res = strings.TrimSuffix(res, "s")
	if c, err := r.Cookie("SERVER_ID"); err != nil || c.Value != f.cookie {
		f.seen["412"]++
		return http.StatusPreconditionFailed, nil, map[string]string{"Set-Cookie": "SERVER_ID=" + f.cookie + "; Path=/"}, false
	}
	if f.storm {
		return http.StatusTooManyRequests, nil, nil, false
	}
	if f.docs[res] == nil || f.absent[res] {
		f.seen["absent"]++
		return http.StatusNotFound, []byte(`{"status": "error"}`), nil, false
	}
	if id == "" && f.broken == res {
		return http.StatusInternalServerError, nil, nil, false
	}
	q := r.URL.Query()
	dir := res + q.Get("descending")
	fault := ""
	if f.rng.Float64() < f.faults {
		kinds := []string{"429", "429 retry", "500", "503", "cut", "truncated", "cluster", "reset", "reset", "repeat"}
		if fault = kinds[f.rng.IntN(len(kinds))]; f.dealt < len(kinds) {
			fault = kinds[f.dealt] // each of them once, whatever chance says
		}
		f.dealt++
		if id != "" && (fault == "reset" || fault == "repeat") {
			fault = "502"
		}
		if fault == "reset" && (q.Get("offset") == "" || f.rng.IntN(3) == 0) {
			fault = "504" // a reset costs a whole listing
		}
		f.seen[fault]++
	}
	if id == "" && q.Get("offset") != "" {
		// At least a few of these, whatever chance says.
		if f.paged++; f.faults > 0 && (f.paged%50 == 40 || f.paged%50 == 20) {
			fault = map[bool]string{true: "reset", false: "repeat"}[f.paged%50 == 40]
			f.seen[fault]++
		}
	}
	switch fault {
	case "429":
		return http.StatusTooManyRequests, nil, nil, false
	case "429 retry":
		return http.StatusTooManyRequests, nil, map[string]string{"Retry-After": strconv.Itoa(1 + f.rng.IntN(90))}, false
	case "500", "502", "503", "504":
		code, _ := strconv.Atoi(fault)
		return code, []byte("<html>"), nil, false
	case "cluster":
		f.cookie = "node-" + strconv.Itoa(f.rng.IntN(1000)+2)
		return http.StatusPreconditionFailed, nil, map[string]string{"Set-Cookie": "SERVER_ID=" + f.cookie + "; Path=/"}, false
	case "reset":
		return http.StatusNotFound, []byte(`{"status": "error", "errors": [{"location": "url", "name": "offset", "description": "Offset expired/invalid"}]}`), nil, false
	case "repeat":
		if b := f.last[dir]; b != nil {
			return http.StatusOK, b, nil, false
		}
	}
	if id != "" {
		code, body = f.document(res, id)
	} else {
		code, body = f.page(res, q)
		if code == http.StatusOK {
			f.last[dir] = body
		}
	}
	switch fault {
	case "cut":
		return code, body[:len(body)/2], nil, true
	case "truncated":
		return code, body[:len(body)*3/4], nil, false
	}
	return code, body, nil, false
}

func (f *fakeAPI) page(res string, q url.Values) (int, []byte) {
	limit := 100
	if n, err := strconv.Atoi(q.Get("limit")); err == nil {
		limit = min(n, 1000)
	}
	desc := q.Get("descending") == "1"
	var list []*doc
	for _, d := range f.docs[res] {
		if !d.test || q.Get("mode") == "_all_" {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b *doc) int {
		c := cmp.Or(a.modified.Compare(b.modified), strings.Compare(a.id, b.id))
		if desc {
			return -c
		}
		return c
	})
	var at offset
	if o := q.Get("offset"); o != "" {
		var ok bool
		if at, ok = f.offsets[o]; !ok || at.resource != res {
			f.seen["unknown offset"]++
			return http.StatusNotFound, []byte(`{"status": "error"}`)
		}
	}
	top := f.now.Add(-time.Second) // the watermark
	list = slices.DeleteFunc(list, func(d *doc) bool {
		switch {
		case (!desc || at.resource == "") && d.modified.After(top):
			return true
		case at.resource == "":
			return false
		case desc && d.modified.After(at.at), !desc && d.modified.Before(at.at):
			return true
		}
		return d.modified.Equal(at.at) && at.served[d.id]
	})
	list = list[:min(len(list), limit)]
	wants := strings.Split(q.Get("opt_fields"), ",")
	data := make([]map[string]any, 0, len(list))
	for _, d := range list {
		item := map[string]any{"id": d.id, "dateModified": stamp(d.modified)}
		for _, w := range wants {
			switch {
			case w == "procuringEntity" && d.buyer != "" && !d.nameless && (res == tender || res == plan):
				item[w] = entity(d.buyer)
			case w == "dateCreated":
				item[w] = stamp(d.created)
			case w == "public_modified":
				item[w] = float64(d.modified.UnixMicro()) / 1e6
			case w == "tender_id" && res == monitoring && d.version%2 == 0: // at times it does not tell
				item[w] = d.tender
			}
		}
		data = append(data, item)
	}
	out := map[string]any{"data": data}
	link := func(at time.Time, served map[string]bool) map[string]string {
		o := f.mint(res, at, served)
		p := "/api/2.5/" + res + "s?offset=" + o
		return map[string]string{"offset": o, "path": p, "uri": "http://" + p}
	}
	if len(list) > 0 {
		end := list[len(list)-1].modified
		served := map[string]bool{}
		if end.Equal(at.at) {
			for id := range at.served {
				served[id] = true
			}
		}
		head := map[string]bool{}
		for _, d := range list {
			if d.modified.Equal(end) {
				served[d.id] = true
			}
			if d.modified.Equal(list[0].modified) {
				head[d.id] = true
			}
		}
		out["next_page"] = link(end, served)
		if desc {
			out["prev_page"] = link(list[0].modified, head)
		}
	} else if !desc {
		out["next_page"] = map[string]string{"offset": q.Get("offset")}
		if f.rng.IntN(3) == 0 {
			out["next_page"] = map[string]string{"offset": "", "path": "/api/2.5/" + res + "s"} // as in the documentation
		}
	}
	return http.StatusOK, encode(out)
}

func entity(code string) map[string]any {
	return map[string]any{"name": "Замовник", "kind": "general", "identifier": map[string]string{"scheme": "UA-EDR", "id": code}}
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func (f *fakeAPI) document(res, id string) (int, []byte) {
	d := f.docs[res][id]
	if d == nil {
		return http.StatusNotFound, []byte(`{"status": "error"}`)
	}
	data := map[string]any{"id": d.id, "dateModified": stamp(d.modified), "dateCreated": stamp(d.created), "status": "of-no-list", "version": d.version}
	switch res {
	case tender:
		data["tenderID"], data["procuringEntity"], data["procurementMethodType"] = d.number, entity(d.buyer), "unheardOf"
		data["title"], data["value"] = "Закупівля", map[string]any{"amount": 1000 + d.version, "currency": "UAH"}
		list := []map[string]string{}
		for _, c := range d.contract {
			list = append(list, map[string]string{"id": c})
		}
		data["contracts"] = list
	case contract:
		data["contractID"], data["tender_id"] = d.number+"-a1", d.tender
		data["buyer"], data["title"] = entity(d.buyer), "Договір"
		data["suppliers"] = []any{entity("33333333")}
	case plan:
		data["planID"], data["procuringEntity"] = strings.Replace(d.number, "UA-", "UA-P-", 1), entity(d.buyer)
	case monitoring:
		data["monitoring_id"], data["tender_id"] = strings.Replace(d.number, "UA-", "UA-M-", 1), d.tender
	}
	switch d.kind {
	case gone404:
		return http.StatusNotFound, []byte(`{"status": "error"}`)
	case gone410:
		return http.StatusGone, []byte(`{"status": "error"}`)
	case restricted:
		return http.StatusOK, encode(map[string]any{"data": data, "config": map[string]bool{"restricted": true}})
	case broken:
		return http.StatusOK, []byte(`{"data": "0000000000"}`)
	}
	if d.buyer == school || d.buyer == hospital {
		f.given++
	}
	return http.StatusOK, encode(map[string]any{"data": data})
}

// jump is a Sleeper that moves the clock instead of waiting.
type jump struct {
	clock *clock.Fixed
	mu    sync.Mutex
	slept []time.Duration
}

func (j *jump) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d <= 0 {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.clock.Advance(d)
	j.slept = append(j.slept, d)
	return nil
}

// fast is a Sleeper of a clock that really goes on, only faster.
type fast struct{ clock *clock.Fixed }

func (f fast) Sleep(ctx context.Context, d time.Duration) error {
	for until := f.clock.Now().Add(d); f.clock.Now().Before(until); {
		if err := (Timers{}).Sleep(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// run lets the clock go on by half a second each millisecond until ctx ends.
func (f fast) run(ctx context.Context) {
	for (Timers{}).Sleep(ctx, time.Millisecond) == nil {
		f.clock.Advance(500 * time.Millisecond)
	}
}

func (j *jump) taken() []time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.slept)
}

// put is a store in small, with the promises of the real one: nothing that is
// as new is changed, the history gets a row with each change.
func put(_ context.Context, tx *db.Tx, raw []byte) error {
	var d struct {
		ID         string    `json:"id"`
		Modified   time.Time `json:"dateModified"`
		TenderID   string    `json:"tenderID"`
		ContractID string    `json:"contractID"`
		PlanID     string    `json:"planID"`
		Tender     string    `json:"tender_id"`
		Status     string    `json:"status"`
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return err
	}
	res := monitoring
	switch {
	case d.TenderID != "":
		res = tender
	case d.ContractID != "":
		res = contract
	case d.PlanID != "":
		res = plan
	}
	r := tx.Exec(`INSERT INTO procurement_documents AS d (resource, id, date_modified, raw, source, fetched_at) VALUES (?, ?, ?, ?, 'api', ?)
		ON CONFLICT (resource, id) DO UPDATE SET date_modified = excluded.date_modified, raw = excluded.raw WHERE d.date_modified < excluded.date_modified`,
		res, d.ID, d.Modified, raw, tx.Now)
	if r.Error != nil || r.RowsAffected == 0 {
		return r.Error
	}
	var err error
	switch res {
	case tender:
		err = tx.Exec(`INSERT INTO procurement_tenders (id, number, status, method, competitive, title, buyer_key, buyer_code, buyer_name, modified_at)
			VALUES (?, ?, ?, '', false, '', '', '', '', ?) ON CONFLICT DO NOTHING`, d.ID, d.TenderID, d.Status, d.Modified).Error
	case contract:
		err = tx.Exec(`INSERT INTO procurement_contracts (id, number, tender_id, status, title, buyer_key, buyer_code, buyer_name, modified_at)
			VALUES (?, ?, ?, ?, '', '', '', '', ?) ON CONFLICT DO NOTHING`, d.ID, d.ContractID, d.Tender, d.Status, d.Modified).Error
	}
	if err != nil {
		return err
	}
	return tx.Exec(`INSERT INTO procurement_results (tender_id, calculated_at, modified_at, method, digest, values) VALUES (?, ?, ?, ?, ?, '[]')`,
		d.ID, tx.Now, d.Modified, res, []byte(d.ID+d.Modified.String())).Error
}
