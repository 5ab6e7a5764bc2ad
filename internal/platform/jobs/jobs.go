// Package jobs runs the work that must not happen inside a transaction: mail,
// re-encoding, PDF. A job is a row of River, written by db.Tx.Enqueue in the
// transaction that promised the work; it is worked at least once, so every
// worker must bear to run twice.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"ereception/internal/platform/clock"
)

// Client works the jobs and puts new ones into transactions.
type Client struct {
	river    *river.Client[pgx.Tx]
	alive    *keeper // nil for a client that only inserts
	clock    clock.Clock
	notified atomic.Int64 // when the workers were woken last, in nanoseconds
}

// fetchCooldown is the least time between two looks of the workers.
const fetchCooldown = 50 * time.Millisecond

// Handle registers the function that works jobs of kind T. fn must be
// idempotent. An error asks for another attempt later; after the last attempt
// the job is kept as discarded, for the administrator to see.
func Handle[T river.JobArgs](w *river.Workers, timeout time.Duration, fn func(context.Context, T) error) {
	river.AddWorker(w, &worker[T]{timeout: timeout, fn: fn})
}

// HandlePromised is Handle for jobs that somebody waits for, such as a letter: they
// are never discarded. Attempts come ever more rarely, down to one an hour, until
// fn gives no error; when the job has lost its point, fn must say so by nil.
func HandlePromised[T river.JobArgs](w *river.Workers, timeout time.Duration, fn func(context.Context, T) error) {
	river.AddWorker(w, &worker[T]{timeout: timeout, fn: fn, promised: true})
}

type worker[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	timeout  time.Duration
	fn       func(context.Context, T) error
	promised bool
}

// seldom is the longest pause between attempts of a promised job.
const seldom = time.Hour

// Work runs the function. What a long job took of memory goes back to the system
// at once: left to itself, the portal keeps it for minutes.
func (w *worker[T]) Work(ctx context.Context, j *river.Job[T]) error {
	now := clock.System{}
	began := now.Now()
	defer func() {
		if now.Now().Sub(began) > longJob {
			debug.FreeOSMemory()
		}
	}()
	err := w.fn(ctx, j.Args)
	if err != nil && w.promised && j.Attempt >= j.MaxAttempts {
		slog.ErrorContext(ctx, "job", "kind", j.Kind, "id", j.ID, "attempt", j.Attempt, "err", err)
		return river.JobSnooze(seldom) // which is no attempt and no discard
	}
	return err
}

// NextRetry is River's own pause, and for a promised job no longer than an hour: a
// server that is back after a day should not wait for most of another.
func (w *worker[T]) NextRetry(j *river.Job[T]) time.Time {
	if !w.promised {
		return time.Time{} // River's
	}
	n := time.Duration(len(j.Errors) + 1)
	return clock.System{}.Now().Add(min(n*n*n*n*time.Second, seldom))
}

// Timeout is what Handle was told.
func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.timeout }

// longJob is when a job counts as one that took much memory.
const longJob = 2 * time.Second

// Daily asks for args once a day, counted from the start.
func Daily(args river.JobArgs) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(24*time.Hour),
		func() (river.JobArgs, *river.InsertOpts) { return args, nil },
		&river.PeriodicJobOpts{RunOnStart: true})
}

// New builds a client that works jobs with the given workers. With nil workers
// it only inserts.
func New(pool *pgxpool.Pool, workers *river.Workers, periodic []*river.PeriodicJob, log *slog.Logger) (*Client, error) {
	cfg := &river.Config{
		Logger:            quiet(log),
		FetchCooldown:     fetchCooldown,
		FetchPollInterval: time.Second,
		ErrorHandler:      &logger{log},
		// To rebuild the indexes of the jobs at midnight takes their owner, and the
		// portal's role is not; autovacuum is enough for a table of this size.
		ReindexerSchedule: river.NeverSchedule(),
	}
	if workers != nil {
		cfg.Workers = workers
		cfg.PeriodicJobs = periodic
		cfg.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 8}}
	}
	c, err := river.NewClient(riverpgxv5.New(pool), cfg)
	if err != nil {
		return nil, err
	}
	client := &Client{river: c, clock: clock.System{}}
	if workers != nil {
		client.alive = newKeeper(pool, c.ID(), log)
	}
	return client, nil
}

// quiet drops River's chatter below a warning.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(atLeast{log.Handler(), slog.LevelWarn}) }

type atLeast struct {
	slog.Handler
	min slog.Level
}

func (h atLeast) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.min && h.Handler.Enabled(ctx, l)
}

type logger struct{ log *slog.Logger }

// HandleError logs the kind and the number of a job that failed, never its arguments.
func (l *logger) HandleError(ctx context.Context, j *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	l.log.ErrorContext(ctx, "job", "kind", j.Kind, "id", j.ID, "attempt", j.Attempt, "err", err)
	return nil
}

// HandlePanic logs a job that panicked.
func (l *logger) HandlePanic(ctx context.Context, j *rivertype.JobRow, v any, trace string) *river.ErrorHandlerResult {
	l.log.ErrorContext(ctx, "job panicked", "kind", j.Kind, "id", j.ID, "panic", v, "trace", trace)
	return nil
}

// Into begins an INSERT of jobs. It leaves to the defaults of the table what they
// say anyway: available at once, 25 attempts, priority 1, queue «default». River's
// own statement takes arrays of everything, watches for conflicts of unique jobs,
// which nobody here has, and reads every column back; it costs twice the
// processor time.
//
// It is exported for db.Tx.Inline alone, where a use-case writes its job within a
// larger statement of its own.
const Into = `INSERT INTO river_job (kind, args)`

const insertSQL = Into + ` VALUES ($1, $2::jsonb)`

// notifySQL wakes the workers as River does (riverpgxv5, PGNotifyMany).
const notifySQL = `SELECT pg_notify(current_schema() || '.river_insert', '{"queue": "` + river.QueueDefault + `"}')`

// Queue adds to the batch the statements that promise the jobs; db.Tx.Enqueue is
// its caller. Workers are woken by the first job after a pause: notifications
// make commits wait for each other, so further ones within fetchCooldown, in
// which no worker would look again, are left out. Kinds with options of their
// own (another queue, uniqueness) are an error: River's defaults hold for all.
func (c *Client) Queue(b *pgx.Batch, list ...river.JobArgs) error {
	for _, args := range list {
		kind, data, err := c.Row(args)
		if err != nil {
			return err
		}
		b.Queue(insertSQL, kind, data)
	}
	if len(list) > 0 {
		c.Wake(b)
	}
	return nil
}

// Row gives what stands in the columns kind and args of the job's row;
// db.Tx.Inline is its caller. The errors are those of Queue. kind is never nil:
// only an inserter that drops jobs says nil.
func (c *Client) Row(args river.JobArgs) (kind *string, data []byte, err error) {
	k := args.Kind()
	if _, ok := args.(river.JobArgsWithInsertOpts); ok {
		return nil, nil, fmt.Errorf("jobs of kind %s have options, which are not supported", k)
	}
	data, err = json.Marshal(args)
	return &k, data, err
}

// Wake adds the call that wakes the workers, unless they were called within
// fetchCooldown.
func (c *Client) Wake(b *pgx.Batch) {
	now := c.clock.Now().UnixNano()
	if last := c.notified.Load(); now-last >= int64(fetchCooldown) && c.notified.CompareAndSwap(last, now) {
		b.Queue(notifySQL)
	}
}

// Start begins to work jobs; ctx bounds the start only. Jobs that a dead portal
// left running are put back in a moment, then and as long as the client works.
func (c *Client) Start(ctx context.Context) error {
	if c.alive != nil {
		if err := c.alive.start(ctx); err != nil {
			return err
		}
	}
	err := c.river.Start(context.WithoutCancel(ctx))
	if err != nil && c.alive != nil {
		c.alive.stop()
	}
	return err
}

// Stop lets running jobs end until ctx does, then cancels them; they are worked
// again later.
func (c *Client) Stop(ctx context.Context) error {
	if c.alive != nil {
		defer c.alive.stop()
	}
	if err := c.river.Stop(ctx); err != nil {
		return c.river.StopAndCancel(context.WithoutCancel(ctx))
	}
	return nil
}
