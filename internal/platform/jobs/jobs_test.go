package jobs_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"ereception/internal/authz"
	"ereception/internal/pgtest"
	"ereception/internal/platform/db"
	"ereception/internal/platform/jobs"
	"ereception/internal/platform/jobs/kind"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func promise(t *testing.T, e *pgtest.Env, list ...river.JobArgs) {
	t.Helper()
	if err := write(e, func(tx *db.Tx) error {
		for _, j := range list {
			tx.Enqueue(j)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// inline promises a job within a statement of the use-case.
func inline(t *testing.T, e *pgtest.Env, j river.JobArgs) {
	t.Helper()
	if err := write(e, func(tx *db.Tx) error {
		k, args, err := tx.Inline(j)
		tx.Last("WITH j AS ("+jobs.Into+" SELECT $1::text, $2::jsonb WHERE $1 IS NOT NULL) SELECT 1", k, args)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func write(e *pgtest.Env, fn func(tx *db.Tx) error) error {
	return e.DB.Write(context.Background(), authz.System("test"), authz.AppealFile, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		return fn(tx)
	})
}

// TestARowIsTheOneOfRiver compares a promised job with one that River's own
// client inserts: a new version of River that changes a default is noticed here.
func TestARowIsTheOneOfRiver(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	promise(t, e, kind.SendLetter{LetterID: 7})
	inline(t, e, kind.SendLetter{LetterID: 7})
	c, err := river.NewClient(riverpgxv5.New(e.DB.Pool()), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Insert(ctx, kind.SendLetter{LetterID: 7}, nil); err != nil {
		t.Fatal(err)
	}
	const row = `SELECT (to_jsonb(j) - '{id,created_at,scheduled_at}'::text[])::text || (now() - created_at < '1 minute') || (now() - scheduled_at < '1 minute')
		FROM river_job j ORDER BY id`
	rows, err := e.DB.ReadPool().Query(ctx, row)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(list) != 3 {
		t.Fatalf("%d rows, %v", len(list), err)
	}
	if list[0] != list[2] || list[1] != list[2] {
		t.Errorf("ours:    %s\ninline:  %s\nRiver's: %s", list[0], list[1], list[2])
	}
}

func TestAPromisedJobIsWorkedAtOnce(t *testing.T) {
	t.Parallel()
	for name, fn := range map[string]func(e *pgtest.Env){
		"enqueued": func(e *pgtest.Env) { promise(t, e, kind.SendLetter{LetterID: 1}, kind.SendLetter{LetterID: 2}) },
		"inline": func(e *pgtest.Env) {
			inline(t, e, kind.SendLetter{LetterID: 1})
			inline(t, e, kind.SendLetter{LetterID: 2})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workedAtOnce(t, fn)
		})
	}
}

// workedAtOnce says that the workers are woken by a call and work the letters 1 and 2.
func workedAtOnce(t *testing.T, promiseBoth func(e *pgtest.Env)) {
	t.Helper()
	e, ctx := pgtest.New(t), context.Background()
	worked := make(chan int64, 10)
	w := river.NewWorkers()
	jobs.Handle(w, time.Minute, func(_ context.Context, j kind.SendLetter) error {
		worked <- j.LetterID
		return nil
	})
	c, err := jobs.New(e.DB.Pool(), w, nil, e.Log)
	if err != nil {
		t.Fatal(err)
	}
	e.DB.UseJobs(c)
	ears, err := pgx.Connect(ctx, e.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ears.Close(ctx) }()
	if _, err := ears.Exec(ctx, `LISTEN "public.river_insert"`); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Stop(ctx) }()
	promiseBoth(e)
	wait, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	n, err := ears.WaitForNotification(wait)
	if err != nil || n.Payload != `{"queue": "default"}` {
		t.Errorf("the workers were not woken: %v, %v", n, err)
	}
	got := map[int64]bool{}
	for range 2 {
		select {
		case id := <-worked:
			got[id] = true
		case <-wait.Done():
			t.Fatal("the jobs were not worked")
		}
	}
	if !got[1] || !got[2] {
		t.Errorf("worked %v", got)
	}
}

// TestAPromisedJobIsNeverGivenUp: past its last attempt it waits for another one, where a
// job that nobody waits for is discarded.
func TestAPromisedJobIsNeverGivenUp(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	w := river.NewWorkers()
	down := errors.New("the mail server is away")
	jobs.HandlePromised(w, time.Minute, func(context.Context, kind.SendLetter) error { return down })
	jobs.Handle(w, time.Minute, func(context.Context, kind.ProcessFile) error { return down })
	c, err := jobs.New(e.DB.Pool(), w, nil, e.Log)
	if err != nil {
		t.Fatal(err)
	}
	e.DB.UseJobs(c)
	promise(t, e, kind.SendLetter{LetterID: 1}, kind.ProcessFile{FileID: 1})
	e.Owner(t, "UPDATE river_job SET max_attempts = 1 WHERE kind = 'process_file'")
	e.Owner(t, "UPDATE river_job SET attempt = max_attempts - 1 WHERE kind = 'send_letter'")
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Stop(ctx) }()
	for e.Count(t, "SELECT count(*) FROM river_job WHERE state IN ('available', 'running')") != 0 {
		time.Sleep(10 * time.Millisecond)
	}
	if n := e.Count(t, "SELECT count(*) FROM river_job WHERE kind = 'process_file' AND state = 'discarded'"); n != 1 {
		t.Error("a job that nobody waits for goes on")
	}
	if n := e.Count(t, "SELECT count(*) FROM river_job WHERE kind = 'send_letter' AND state = 'scheduled' AND scheduled_at BETWEEN now() + interval '50 minutes' AND now() + interval '70 minutes'"); n != 1 {
		t.Error("the letter was given up")
	}
}

// TestWorkersAreWokenOnceInAWhile: notifications make commits wait for each other.
func TestWorkersAreWokenOnceInAWhile(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	c, err := jobs.New(e.DB.Pool(), nil, nil, e.Log)
	if err != nil {
		t.Fatal(err)
	}
	b := &pgx.Batch{}
	for range 20 {
		if err := c.Queue(b, kind.Housekeeping{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Queue(b); err != nil {
		t.Fatal(err)
	}
	inserts, calls := 0, 0
	for _, q := range b.QueuedQueries {
		if strings.Contains(q.SQL, "pg_notify") {
			calls++
		} else {
			inserts++
		}
	}
	if inserts != 20 || calls == 0 || calls > 3 {
		t.Errorf("%d jobs, %d calls", inserts, calls)
	}
}

type special struct{}

func (special) Kind() string                 { return "special" }
func (special) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: "other"} }

func TestAJobWithOptionsIsRefused(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	for name, fn := range map[string]func(tx *db.Tx) error{
		"enqueued": func(tx *db.Tx) error {
			tx.Enqueue(special{})
			return nil
		},
		"inline": func(tx *db.Tx) error {
			_, _, err := tx.Inline(special{})
			return err
		},
	} {
		if err := write(e, fn); err == nil || !strings.Contains(err.Error(), "special") {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
}
