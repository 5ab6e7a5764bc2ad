package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ereception/internal/pgtest"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/db"
)

func TestMain(m *testing.M) {
	if os.Getenv("MIRROR_CHILD") != "" {
		os.Exit(child())
	}
	pgtest.Main(m)
}

// since is where the back-fill of the tests stops.
var since = pgtest.Noon.AddDate(0, 0, -30)

// world is a fake API with a database that follows it.
type world struct {
	t    testing.TB
	e    *pgtest.Env
	api  *fakeAPI
	jump *jump
}

func newWorld(t testing.TB, seed uint64, purchases int) *world {
	t.Helper()
	w := &world{t: t, e: pgtest.New(t), api: newFake(t, seed)}
	w.jump = &jump{clock: w.e.Clock}
	w.api.clock = w.e.Clock
	w.api.fill(purchases)
	w.e.Owner(t, `INSERT INTO procurement_buyers (code, name, valid_to, created_at) VALUES ($1, 'Школа', NULL, $3), ($2, 'Лікарня', '`+lastDay+`', $3)`, school, hospital, pgtest.Noon)
	return w
}

// syncer builds one with small pages, so that there are many.
func (w *world) syncer(limit int) *Syncer {
	return build(w.t, w.e.DB, w.api.url, w.e.Clock, w.jump, limit)
}

func build(t testing.TB, d *db.DB, url string, c *clock.Fixed, j Sleeper, limit int) *Syncer {
	api, err := NewClient(ClientOptions{BaseURL: url, Contact: "https://e.example.org", Rate: 5, Clock: c, Sleep: j})
	if err != nil {
		if t != nil {
			t.Fatal(err)
		}
		panic(err)
	}
	return New(Options{DB: d, API: api, Put: put, Clock: c, Sleep: j, Since: since, Limit: limit})
}

// once runs to the end.
func (w *world) once(limit int) {
	w.t.Helper()
	if err := w.syncer(limit).Once(context.Background()); err != nil {
		w.t.Fatalf("once: %v", err)
	}
}

// seed lets a run by hand take other courses: MIRROR_SEED=7 go test ….
func seed(n uint64) uint64 {
	s, _ := strconv.ParseUint(os.Getenv("MIRROR_SEED"), 10, 64)
	return n + s
}

type row struct{ resource, id string }

// stored gives what the mirror holds, with dateModified.
func (w *world) stored() map[row]time.Time {
	w.t.Helper()
	out := map[row]time.Time{}
	rows, err := w.e.DB.ReadPool().Query(context.Background(), "SELECT resource, id, date_modified FROM procurement_documents")
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		var at time.Time
		if err := rows.Scan(&r.resource, &r.id, &at); err != nil {
			w.t.Fatal(err)
		}
		out[r] = at
	}
	return out
}

// equal says where the mirror differs from the city's documents of the API.
func (w *world) equal() {
	w.t.Helper()
	have := w.stored()
	wanted, old := 0, 0
	for _, res := range resources {
		for id, d := range w.api.docs[res] {
			want, may := w.api.city(res, d, since)
			at, ok := have[row{res, id}]
			switch {
			case want && !ok:
				w.t.Errorf("%s %s of %s, changed %s, is lost", res, id, d.buyer, d.modified)
			case ok && !may:
				w.t.Errorf("%s %s of %s must not be stored", res, id, d.buyer)
			case ok && !at.Equal(d.modified):
				w.t.Errorf("%s %s is stored as of %s, the API has %s", res, id, at, d.modified)
			}
			if want {
				wanted++
			} else if ok {
				old++
			}
			delete(have, row{res, id})
		}
	}
	for r := range have {
		w.t.Errorf("%s %s is no document of the API", r.resource, r.id)
	}
	if wanted < 50 {
		w.t.Fatalf("only %d documents are the city's: the test tests nothing", wanted)
	}
	w.t.Logf("%d documents are the city's, %d older ones came along; %d requests; %v", wanted, old, w.api.requests, w.api.seen)
}

// single says what was stored more than once.
func (w *world) single() {
	w.t.Helper()
	// A row of the history for each change that was stored, none twice.
	if n := w.e.Count(w.t, "SELECT count(*) - count(DISTINCT (tender_id, modified_at)) FROM procurement_results"); n != 0 {
		w.t.Errorf("%d changes were stored twice", n)
	}
	if n := w.e.Count(w.t, "SELECT count(*) FROM procurement_results r WHERE NOT EXISTS (SELECT 1 FROM procurement_documents d WHERE d.id = r.tender_id AND d.date_modified >= r.modified_at)"); n != 0 {
		w.t.Errorf("%d rows of history are newer than their document", n)
	}
}

// rest says what the queue may still hold: one document that cannot be read,
// and those that are gone.
func (w *world) rest() {
	w.t.Helper()
	if n := w.e.Count(w.t, "SELECT count(*) FROM procurement_queue WHERE NOT gone AND last_error NOT IN ('the document is not an object', $1)", errNoTender.Error()); n != 0 {
		w.t.Errorf("%d documents still wait", n)
	}
	if n := w.e.Count(w.t, "SELECT count(*) FROM procurement_queue WHERE NOT gone AND resource <> 'monitoring'"); n != 1 {
		w.t.Errorf("%d documents cannot be read, want the broken one", n)
	}
	if n := w.e.Count(w.t, "SELECT count(*) FROM procurement_queue WHERE gone"); n != 4 {
		w.t.Errorf("%d documents are marked as gone, want 404, 410, restricted and the contract that is not made", n)
	}
	if n := w.e.Count(w.t, "SELECT count(*) FROM procurement_feeds WHERE backward_done"); n != len(resources) {
		w.t.Errorf("the back-fill of %d feeds is done", n)
	}
}

// promise checks between two runs that no offset is ahead of its ids: every
// document of the city between the two positions is stored as it is, or waits.
func (w *world) promise() {
	w.t.Helper()
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	have := w.stored()
	waits := map[row]bool{}
	rows, err := w.e.DB.ReadPool().Query(context.Background(), "SELECT resource, id FROM procurement_queue")
	if err != nil {
		w.t.Fatal(err)
	}
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.resource, &r.id); err != nil {
			w.t.Fatal(err)
		}
		waits[r] = true
	}
	rows.Close()
	for _, res := range []string{tender, plan} {
		var st state
		err := w.e.DB.ReadPool().QueryRow(context.Background(), "SELECT backward, backward_done, forward, horizon FROM procurement_feeds WHERE resource = $1", res).
			Scan(&st.Backward, &st.Done, &st.Forward, &st.Horizon)
		if err != nil || st.Forward == "" || st.Backward == "" && !st.Done {
			continue // not begun
		}
		to, from := w.api.offsets[st.Forward].at, st.Horizon
		if !st.Done {
			from = w.api.offsets[st.Backward].at
		}
		for id, d := range w.api.docs[res] {
			if want, _ := w.api.city(res, d, since); !want || !d.modified.After(from) || !d.modified.Before(to) {
				continue
			}
			if r := (row{res, id}); !waits[r] && !have[r].Equal(d.modified) {
				w.t.Errorf("%s %s of %s lies between the offsets (%s, %s) and neither waits nor is stored as it is", res, id, d.modified, from, to)
			}
		}
	}
}

func TestAMirrorEqualsTheCitysPartOfTheAPI(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		faults float64
		churn  int
		limit  int
	}{
		{"an API that behaves", 0, 0, 50},
		{"documents that change while they are listed", 0, 200, 20},
		{"an API that misbehaves", 0.2, 0, 12},
		{"both at once", 0.2, 200, 25},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, seed(11), 400)
			w.api.faults, w.api.churn = c.faults, c.churn
			w.once(c.limit)
			w.settle(c.limit)
			w.equal()
			w.single()
			w.rest()
			w.polite()
			if c.faults > 0 {
				w.troubled()
			}
		})
	}
}

// troubled says that the API was as bad as it is meant to be.
func (w *world) troubled() {
	w.t.Helper()
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	for _, what := range []string{"429", "429 retry", "500", "cut", "truncated", "412", "cluster", "reset", "repeat"} {
		if w.api.seen[what] == 0 {
			w.t.Errorf("the API never answered %s: the test tests nothing", what)
		}
	}
}

// settle lets the last changes come out of the watermark and reads them.
func (w *world) settle(limit int) {
	w.t.Helper()
	w.api.mu.Lock()
	w.quiet()
	w.api.mu.Unlock()
	w.once(limit)
}

// quiet ends the changes; the rest of the country goes on.
func (w *world) quiet() {
	w.api.churn = 0
	w.api.now = w.api.now.Add(10 * time.Second)
	w.api.purchase(stranger, w.api.now, plain)
	w.api.now = w.api.now.Add(10 * time.Second)
}

// polite checks the rate by what the API counted: five requests a second of the
// client's clock, and those that were already on their way.
func (w *world) polite() {
	w.t.Helper()
	const rate, flight = 5, 4
	if n := w.api.most.Load(); n > flight {
		w.t.Errorf("%d requests were under way at once, at most %d are promised", n, flight)
	}
	at := w.api.arrivals
	for i := rate + flight; i < len(at); i++ {
		if at[i].Sub(at[i-rate-flight]) < time.Second-200*time.Millisecond {
			w.t.Errorf("requests %d to %d arrived within %s", i-rate-flight, i, at[i].Sub(at[i-rate-flight]))
			return
		}
	}
}

// TestAStoppedAndRestartedSyncLosesAndDoublesNothing ends a sync at random
// points, by its context and by SIGKILL of its process, against an API that
// misbehaves and changes all the time, until it is through.
func TestAStoppedAndRestartedSyncLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		run  func(w *world, n int) bool // a run that is ended somewhere; true when it came through
	}{
		{"by the end of its context", (*world).stopped},
		{"by SIGKILL", (*world).killed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, seed(23), 500)
			w.api.faults, w.api.churn = 0.1, 400
			ended := 0
			for n := range 200 {
				through := c.run(w, n)
				w.promise()
				if through {
					break
				}
				ended++
				if t.Failed() {
					t.Fatalf("after %d ends", ended)
				}
			}
			if ended < 10 {
				t.Errorf("the sync was ended %d times: the test tests nothing", ended)
			}
			w.troubled()
			w.settle(25)
			w.equal()
			w.single()
			w.rest()
			t.Logf("ended %d times, %d resets", ended, w.e.Count(t, "SELECT sum(resets) FROM procurement_feeds"))
		})
	}
}

// span of a run: how many requests until its end; later runs live longer, so
// that one of them comes through.
func (w *world) life(n int) int {
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	return w.api.requests + 2 + w.api.rng.IntN(30+n*n/4)
}

func (w *world) stopped(n int) bool {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	end := w.life(n)
	w.api.mu.Lock()
	w.api.served = func(no int) {
		if no >= end {
			cancel()
		}
	}
	w.api.mu.Unlock()
	err := w.syncer(25).Once(ctx)
	if err != nil && ctx.Err() == nil {
		w.t.Fatalf("once: %v", err)
	}
	w.api.mu.Lock()
	w.api.served = nil
	w.api.mu.Unlock()
	return err == nil
}

func (w *world) killed(n int) bool {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "MIRROR_CHILD=1", "MIRROR_URL="+w.e.URL, "MIRROR_API="+w.api.url, "MIRROR_HOURS="+strconv.Itoa(n))
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	end := w.life(n)
	var once sync.Once
	w.api.mu.Lock() // it waits for its first answer until the trap is set
	err := cmd.Start()
	delay := time.Duration(w.api.rng.IntN(6000)) * time.Microsecond // into the transaction after the answer
	w.api.served = func(no int) {
		if no >= end {
			once.Do(func() { time.AfterFunc(delay, func() { _ = cmd.Process.Kill() }) })
		}
	}
	w.api.mu.Unlock()
	if err != nil {
		w.t.Fatal(err)
	}
	err = cmd.Wait()
	w.api.mu.Lock()
	w.api.served = nil
	w.api.mu.Unlock()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() != -1 {
		w.t.Fatalf("the process ended by itself: %v\n%s", err, &out)
	}
	return err == nil
}

// child is the process that is killed.
func child() int {
	hours, _ := strconv.Atoi(os.Getenv("MIRROR_HOURS"))
	c := clock.At(pgtest.Noon.Add(time.Duration(hours) * time.Hour))
	ctx := context.Background()
	d, err := db.Open(ctx, db.Options{URL: os.Getenv("MIRROR_URL"), Clock: c, MaxConns: 6})
	if err == nil {
		defer d.Close()
		err = build(nil, d, os.Getenv("MIRROR_API"), c, &jump{clock: c}, 25).Once(ctx)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func TestAnOffsetIsNeverSavedAheadOfItsIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5, 250)
	w.e.Owner(t, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$`)
	w.e.Owner(t, `CREATE TRIGGER refuse BEFORE INSERT ON procurement_queue FOR EACH ROW EXECUTE FUNCTION refuse()`)
	if err := w.syncer(25).Once(context.Background()); err == nil {
		t.Fatal("the ids could not be kept and nobody said so")
	}
	if n := w.e.Count(t, "SELECT count(*) FROM procurement_feeds WHERE resource = 'tender' AND (backward <> '' OR forward <> '')"); n != 0 {
		t.Error("the offset was saved without the ids of its page")
	}
	w.e.Owner(t, `DROP TRIGGER refuse ON procurement_queue`)
	w.once(25)
	w.equal()
}

func TestOnlyOneFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5, 250)
	ctx := context.Background()
	s := w.syncer(25)
	l, err := s.lock(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.syncer(25).Round(ctx, Bounds{Pages: 1, Documents: 1}); !errors.Is(err, ErrBusy) {
		t.Errorf("a second instance: %v", err)
	}
	if w.api.requests != 0 {
		t.Errorf("%d requests of who must wait", w.api.requests)
	}
	if err := s.ensure(ctx); err != nil {
		t.Fatal(err)
	}
	st, err := s.load(ctx, tender)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.begin(ctx, l, st); err != nil {
		t.Fatal(err)
	}
	if _, err := s.begin(ctx, l, st); !errors.Is(err, errMoved) {
		t.Errorf("the same offset was moved twice: %v", err)
	}
	l.release(ctx)
	w.once(25)
	w.equal()
}

func TestRoundsDoTheSameInSmallParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, seed(31), 300)
	w.api.faults, w.api.churn = 0.1, 100
	s := w.syncer(40)
	ctx := context.Background()
	for range 60 {
		before := w.api.requests
		if err := s.Round(ctx, Bounds{Pages: 2, Documents: 20, Time: time.Hour}); err != nil {
			t.Fatal(err)
		}
		if w.promise(); t.Failed() {
			t.FailNow()
		}
		// 429 and 5xx cost further requests; right answers are bounded.
		if n := w.api.requests - before; n > 200 {
			t.Errorf("a round took %d requests", n)
		}
		w.e.Clock.Advance(time.Minute)
	}
	w.settle(40)
	w.equal()
	w.rest()
}

func TestARoundEndsInItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5, 250)
	w.once(50)
	w.api.mu.Lock()
	w.api.storm = true
	w.api.mu.Unlock()
	ctx := context.Background()
	s := w.syncer(50)
	if _, err := s.Upkeep(ctx); err != nil { // something is there to be fetched
		t.Fatal(err)
	}
	if err := s.Round(ctx, Bounds{Pages: 3, Documents: 30, Time: 200 * time.Millisecond}); err != nil {
		t.Errorf("an API that refuses everything: %v", err)
	}
	if _, err := s.drain(ctx, &lock{clock: w.e.Clock, checked: w.e.Clock.Now(), until: w.e.Clock.Now().Add(100 * time.Millisecond)}, drainDue, 30); !errors.Is(err, errTimeUp) {
		t.Errorf("the documents: %v", err)
	}
	if n := w.e.Count(t, "SELECT count(*) FROM procurement_queue WHERE attempts = 0 AND NOT gone AND next_at > $1", w.e.Clock.Now()); n != 0 {
		t.Errorf("%d documents were not given back", n)
	}
	w.api.mu.Lock()
	w.api.storm = false
	w.api.mu.Unlock()
	w.once(50)
	w.equal()
	w.single()
}

func TestRunFollowsUntilItIsStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 41, 250)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	sleep := fast{w.e.Clock}
	go sleep.run(t.Context())
	go func() { ended <- build(t, w.e.DB, w.api.url, w.e.Clock, sleep, 30).Run(ctx) }()
	wait := func(what, sql string, args ...any) {
		t.Helper()
		for range 12000 {
			if w.e.Count(t, sql, args...) > 0 {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Fatalf("%s never happened", what)
	}
	wait("the back-fill", "SELECT CASE WHEN (SELECT count(*) FROM procurement_feeds WHERE backward_done) = 4 AND NOT EXISTS (SELECT 1 FROM procurement_queue WHERE attempts = 0) THEN 1 ELSE 0 END")
	w.api.mu.Lock()
	d := w.api.purchase(school, w.api.now, plain)
	w.api.mu.Unlock()
	wait("a new purchase", "SELECT count(*) FROM procurement_documents WHERE id = $1", d.id)
	wait("its contract", "SELECT count(*) FROM procurement_documents WHERE id = $1", d.contract[0])
	w.api.mu.Lock()
	c := w.api.docs[contract][d.contract[0]]
	c.modified = w.api.now
	at := c.modified
	w.api.mu.Unlock()
	wait("a change of the contract alone", "SELECT count(*) FROM procurement_documents WHERE id = $1 AND date_modified = $2", c.id, at)
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("a stop is no error: %v", err)
	}
	if n := w.e.Count(t, "SELECT count(*) FROM procurement_queue WHERE attempts = 0 AND NOT gone AND next_at > $1", w.e.Clock.Now()); n != 0 {
		t.Errorf("%d documents were not given back at the stop", n)
	}
	w.once(30) // the lock is free
	w.equal()
}

func TestWhatStopsNothing(t *testing.T) {
	t.Parallel()
	t.Run("a host without monitorings", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 3, 250)
		w.api.absent[monitoring] = true
		w.once(50)
		if n := w.e.Count(t, "SELECT count(*) FROM procurement_feeds WHERE resource = 'monitoring' AND last_error = $1", ErrNoFeed.Error()); n != 1 {
			t.Error("nobody is told that the host has no monitorings")
		}
		if n := w.e.Count(t, "SELECT count(*) FROM procurement_documents WHERE resource = 'contract'"); n == 0 {
			t.Error("the others did not go on")
		}
		asked := w.api.seen["absent"]
		s := w.syncer(50)
		for range 10 {
			if err := s.Round(context.Background(), Bounds{Pages: 2, Documents: 5}); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.api.seen["absent"] - asked; n != absentTries {
			t.Errorf("asked %d times for what the host does not have, want once an hour", n)
		}
	})
	t.Run("a feed that is broken holds up no round", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 3, 250)
		w.api.broken = plan
		s := w.syncer(50)
		for range 30 {
			if err := s.Round(context.Background(), Bounds{Pages: 3, Documents: 40, Time: 10 * time.Minute}); err != nil {
				t.Fatal(err)
			}
			w.e.Clock.Advance(time.Minute)
		}
		if n := w.e.Count(t, "SELECT count(*) FROM procurement_feeds WHERE resource = 'plan' AND last_error = 'status 500'"); n != 1 {
			t.Error("nobody is told that the plans are broken")
		}
		if n := w.e.Count(t, "SELECT count(*) FROM procurement_documents WHERE resource = 'contract'"); n < 20 {
			t.Errorf("only %d contracts were fetched meanwhile", n)
		}
		w.api.broken = ""
		w.once(50)
		w.equal()
	})
	t.Run("a document that the store cannot bear", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 3, 250)
		s := w.syncer(50)
		var bad string
		s.o.Put = func(ctx context.Context, tx *db.Tx, raw []byte) error {
			var d struct {
				ID     string `json:"id"`
				Tender string `json:"tenderID"`
			}
			if err := json.Unmarshal(raw, &d); err != nil {
				return err
			}
			if bad == "" && d.Tender != "" {
				bad = d.ID
			}
			switch d.ID {
			case bad:
				return tx.Exec("SELECT '1234567890'::date").Error
			}
			return put(ctx, tx, raw)
		}
		s.o.Worker = 1
		if err := s.Once(context.Background()); err != nil {
			t.Fatal(err)
		}
		var cause string
		if err := w.e.DB.ReadPool().QueryRow(context.Background(), "SELECT last_error FROM procurement_queue WHERE id = $1 AND attempts = $2", bad, onceAttempts).Scan(&cause); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(cause, "SQLSTATE 22") || strings.Contains(cause, "1234567890") {
			t.Errorf("told as %q", cause)
		}
		// Repaired, it is stored at the next run, when its time has come.
		s.o.Put = put
		w.e.Clock.Advance(workMax)
		if _, err := s.drain(context.Background(), &lock{clock: w.e.Clock, checked: w.e.Clock.Now()}, drainDue, 0); err != nil {
			t.Fatal(err)
		}
		w.once(50)
		w.equal()
	})
	t.Run("a feed that names no buyers is not passed over", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 3, 250)
		for _, d := range w.api.docs[tender] {
			d.nameless = true
		}
		if err := w.syncer(50).Once(context.Background()); err == nil || !strings.Contains(err.Error(), "procuringEntity") {
			t.Errorf("said: %v", err)
		}
		for _, d := range w.api.docs[tender] {
			d.nameless = false
		}
		w.once(50)
		w.equal()
	})
	t.Run("no buyers", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 3, 10)
		w.e.Owner(t, "UPDATE procurement_buyers SET demo = true")
		if err := w.syncer(50).Run(context.Background()); !errors.Is(err, ErrNoBuyers) || w.api.requests != 0 {
			t.Errorf("%v, %d requests", err, w.api.requests)
		}
	})
}

// TestALostPositionCostsADayAndNoDocument: the host forgets every offset while
// the mirror is down and the country goes on.
func TestALostPositionCostsADayAndNoDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 91, 400)
	w.once(20)
	w.api.mu.Lock()
	w.api.offsets = map[string]offset{}
	for range 60 { // several pages
		w.api.now = w.api.now.Add(time.Minute)
		w.api.purchase(stranger, w.api.now, plain)
		w.api.stir()
	}
	w.api.mu.Unlock()
	listed := w.e.Count(t, "SELECT listed FROM procurement_feeds WHERE resource = 'tender'")
	w.settle(20)
	w.equal()
	w.single()
	if n := w.e.Count(t, "SELECT count(*) FROM procurement_feeds WHERE resets = 1 AND backward_done"); n != len(resources) {
		t.Errorf("%d feeds were begun anew", n)
	}
	if n := w.e.Count(t, "SELECT listed FROM procurement_feeds WHERE resource = 'tender'") - listed; n < 60 || n > len(w.api.docs[tender])/2 {
		t.Errorf("%d tenders were listed after the position was lost, of %d", n, len(w.api.docs[tender]))
	}
	// Listing everything anew fetches nothing that is here.
	const count = "SELECT count(*) FROM procurement_documents WHERE resource <> 'monitoring'"
	given, had := w.api.given, w.e.Count(t, count)
	if err := w.syncer(20).Relist(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.once(20)
	w.equal()
	if n := w.api.given - given - (w.e.Count(t, count) - had); n != 0 { // some older ones may have come along
		t.Errorf("%d documents were fetched again for nothing", n)
	}
	if n := w.e.Count(t, "SELECT count(*) FROM procurement_feeds WHERE backward_done AND resets = 1"); n != len(resources) {
		t.Errorf("%d feeds were listed anew", n)
	}
}

func TestAChangeWhileADocumentIsFetchedIsFetchedToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 91, 250)
	w.once(50)
	ctx := context.Background()
	for _, res := range []string{tender, contract} {
		var d *doc
		for _, x := range w.api.docs[res] {
			if want, _ := w.api.city(res, x, since); want {
				d = x
				break
			}
		}
		later := func(s *Syncer) {
			d.modified = d.modified.Add(time.Minute)
			if err := s.write(ctx, func(tx *db.Tx) error {
				_, err := enqueue(tx, res, []Item{{ID: d.id, Modified: d.modified}}, urgent)
				return err
			}); err != nil {
				t.Error(err)
			}
		}
		s := w.syncer(50)
		again := true
		s.o.Put = func(ctx context.Context, tx *db.Tx, raw []byte) error {
			if again && strings.Contains(string(raw), `"id":"`+d.id) {
				again = false
				later(s) // the feed tells of it between the answer and the store
			}
			return put(ctx, tx, raw)
		}
		later(s)
		if _, err := s.drain(ctx, &lock{clock: w.e.Clock, checked: w.e.Clock.Now()}, drainDue, 0); err != nil {
			t.Fatal(err)
		}
		if again || !w.stored()[row{res, d.id}].Equal(d.modified) {
			t.Errorf("the second change of the %s was lost", res)
		}
	}
}

func TestExamplesOfOthersAreNotFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 19, 250)
	w.once(50)
	var foreign *doc
	for _, d := range w.api.docs[contract] {
		if d.buyer == stranger {
			foreign = d
			break
		}
	}
	w.e.Owner(t, `INSERT INTO procurement_contracts (id, number, tender_id, status, title, buyer_key, buyer_code, buyer_name, modified_at, example) VALUES ($1, '', $2, 'active', '', '', '', '', $3, true)`,
		foreign.id, foreign.tender, pgtest.Noon)
	w.e.Owner(t, `INSERT INTO procurement_tenders (id, number, status, method, competitive, title, buyer_key, buyer_code, buyer_name, modified_at, example) VALUES ($1, '', '', '', false, '', '', '', '', $2, true)`,
		foreign.tender, pgtest.Noon)
	w.api.mu.Lock()
	foreign.modified = w.api.now
	w.api.add(monitoring, &doc{modified: w.api.now, tender: foreign.tender})
	w.api.mu.Unlock()
	w.settle(50)
	w.equal()
}

func TestUpkeep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 13, 300)
	w.once(50)
	ctx := context.Background()
	s := w.syncer(50)

	// A change that no feed shows, and the feed of one that nobody listed.
	var hidden *doc
	for _, d := range w.api.docs[tender] {
		if want, _ := w.api.city(tender, d, since); want {
			hidden = d
			break
		}
	}
	pos := hidden.modified
	hidden.version++
	w.e.Owner(t, "UPDATE procurement_documents SET date_modified = date_modified - interval '1 day' WHERE id = $1", hidden.id)
	w.e.Owner(t, "UPDATE procurement_tenders SET status = 'complete' WHERE id <> $1", hidden.id)
	n, err := s.Upkeep(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if open := w.e.Count(t, "SELECT count(*) FROM procurement_documents") - w.e.Count(t, "SELECT count(*) FROM procurement_tenders WHERE status = 'complete'"); n != open {
		t.Errorf("%d were queued, the life of %d goes on", n, open)
	}
	if n := w.e.Count(t, "SELECT count(*) FROM procurement_feeds WHERE NOT backward_done"); n != 0 {
		t.Error("the feeds were listed anew within the week")
	}
	w.once(50)
	if at := w.stored()[row{tender, hidden.id}]; !at.Equal(pos) {
		t.Errorf("the change was not found at night: %s", at)
	}

	// A week later everything is listed anew; a document that had vanished is back.
	w.e.Owner(t, "DELETE FROM procurement_documents WHERE id = $1", hidden.id)
	w.e.Clock.Set(pgtest.Noon.Add(relistAfter + time.Hour))
	if _, err := s.Upkeep(ctx); err != nil {
		t.Fatal(err)
	}
	if n := w.e.Count(t, "SELECT count(*) FROM procurement_feeds WHERE backward_done OR forward = ''"); n != 0 {
		t.Error("the feeds are not listed anew, or lost their position forward")
	}
	w.once(50)
	w.equal()

	// A buyer who joins is listed back to the start.
	w.e.Owner(t, `INSERT INTO procurement_buyers (code, name, created_at) VALUES ($1, 'Нова', $2)`, stranger, w.e.Clock.Now().Add(time.Second))
	w.e.Clock.Advance(time.Minute)
	before := w.e.Count(t, "SELECT count(*) FROM procurement_documents")
	w.once(50)
	if n := w.e.Count(t, "SELECT count(*) FROM procurement_documents"); n < 2*before {
		t.Errorf("%d documents after, %d before a buyer joined", n, before)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 13, 300)
	ctx := context.Background()
	if list, err := Status(ctx, w.e.DB.ReadPool()); err != nil || len(list) != 0 {
		t.Errorf("before the first start: %v, %v", list, err)
	}
	s := w.syncer(25)
	if err := s.Round(ctx, Bounds{Pages: 4, Documents: 10}); err != nil {
		t.Fatal(err)
	}
	list, err := s.Status(ctx)
	if err != nil || len(list) != 4 || list[0].Resource != tender {
		t.Fatalf("%v, %v", list, err)
	}
	f := list[0]
	if f.BackwardDone || f.Share <= 0 || f.Share >= 1 || f.Left <= 0 || f.Listed == 0 || f.Queue == 0 || f.LastOK == nil || Left(list, 5) < f.Left {
		t.Errorf("on the way: %+v", f)
	}
	w.once(25)
	if list, err = s.Status(ctx); err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if !f.BackwardDone || f.Share != 1 || f.Left != 0 || f.LastError != "" {
			t.Errorf("at the end: %+v", f)
		}
	}
	if list[0].Gone != 3 || list[0].Queue != 1 || list[0].Failing != 1 || list[1].Gone != 1 {
		t.Errorf("what is gone: %+v", list[:2])
	}
}
