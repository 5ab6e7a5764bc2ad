package jobs_test

import (
	"context"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"ereception/internal/pgtest"
	"ereception/internal/platform/jobs"
	"ereception/internal/platform/jobs/kind"
)

// TestOrphansArePutBackAndTheLivingAreLeftAlone: of two running jobs one belongs
// to a client that is gone, the other to one that works it still.
func TestOrphansArePutBackAndTheLivingAreLeftAlone(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	started, end := make(chan int64, 10), make(chan struct{})
	client := func(fn func(kind.SendLetter)) *jobs.Client {
		w := river.NewWorkers()
		jobs.Handle(w, time.Hour, func(_ context.Context, j kind.SendLetter) error {
			fn(j)
			return nil
		})
		c, err := jobs.New(e.DB.Pool(), w, nil, e.Log)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(ctx); err != nil {
			t.Fatal(err)
		}
		return c
	}
	slow := client(func(j kind.SendLetter) {
		started <- j.LetterID
		<-end
	})
	defer func() { _ = slow.Stop(ctx) }()
	defer close(end) // before the stop, which waits for the job
	e.DB.UseJobs(slow)
	promise(t, e, kind.SendLetter{LetterID: 1})
	if id := <-started; id != 1 {
		t.Fatalf("letter %d", id)
	}
	for _, o := range [][2]any{{2, "{dead}"}, {3, nil}, {4, "{" + owner(t, e) + ",dead}"}} { // the last name is that of the last attempt
		e.Owner(t, `INSERT INTO river_job (kind, args, state, attempt, attempted_at, attempted_by, max_attempts)
			VALUES ('send_letter', jsonb_build_object('letter_id', $1::int), 'running', 1, now(), $2::text[], 25)`, o[0], o[1])
	}
	e.Owner(t, `INSERT INTO river_job (kind, args, state, attempt, attempted_at, attempted_by, max_attempts)
		VALUES ('send_letter', '{"letter_id": 5}', 'running', 25, now(), '{dead}', 25)`)
	worked := make(chan int64, 10)
	// The slow one may take them too; it has workers to spare.
	other := client(func(j kind.SendLetter) { worked <- j.LetterID })
	defer func() { _ = other.Stop(ctx) }()
	wait := time.After(time.Minute)
	for got := map[int64]bool{}; len(got) < 3; {
		select {
		case id := <-worked:
			got[id] = true
		case id := <-started:
			got[id] = true
		case <-wait:
			t.Fatalf("put back and worked: %v, want 2, 3 and 4", got)
		}
		if got[1] || got[5] {
			t.Fatalf("worked %v: the job of a living client, or one without an attempt left, was worked", got)
		}
	}
	if n := e.Count(t, "SELECT count(*) FROM river_job WHERE args ->> 'letter_id' = '1' AND state = 'running' AND attempt = 1"); n != 1 {
		t.Error("the job of a living client was touched")
	}
	if n := e.Count(t, "SELECT count(*) FROM river_job WHERE args ->> 'letter_id' = '5' AND state = 'discarded'"); n != 1 {
		t.Error("an orphan without an attempt left is not discarded")
	}
}

// TestAClientThatLostItsConnectionIsNotTakenForDead: the server cuts the
// connection that holds the lock, and the job goes on.
func TestAClientThatLostItsConnectionIsNotTakenForDead(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	started, end := make(chan int64, 10), make(chan struct{})
	w := river.NewWorkers()
	jobs.Handle(w, time.Hour, func(_ context.Context, j kind.SendLetter) error {
		started <- j.LetterID
		<-end
		return nil
	})
	c, err := jobs.New(e.DB.Pool(), w, nil, e.Log)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Stop(ctx) }()
	defer close(end)
	e.DB.UseJobs(c)
	promise(t, e, kind.SendLetter{LetterID: 1})
	<-started
	const held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1246708307 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
	if e.Count(t, held) != 1 {
		t.Fatal("no lock is held")
	}
	e.Owner(t, "INSERT INTO river_job (kind, args, state, attempt, attempted_at, attempted_by, max_attempts) VALUES ('send_letter', '{\"letter_id\": 2}', 'running', 1, now(), '{dead}', 25)")
	if _, err := e.DB.Pool().Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1246708307 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"); err != nil {
		t.Fatal(err)
	}
	// An orphan of that time is put back, so the client looks again; its own job is not.
	select {
	case id := <-started:
		if id != 2 {
			t.Errorf("letter %d was begun a second time", id)
		}
	case <-time.After(time.Minute):
		t.Fatal("the client does not look any more")
	}
	if e.Count(t, held) != 1 {
		t.Error("the lock was not taken again")
	}
}

// owner is the name under which the one running job is worked.
func owner(t *testing.T, e *pgtest.Env) string {
	t.Helper()
	var name string
	if err := e.DB.Pool().QueryRow(context.Background(), "SELECT attempted_by[1] FROM river_job WHERE state = 'running'").Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}
