package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/obs"
)

// Tx is one write in progress. It embeds gorm; Pgx gives the same transaction
// to code that speaks pgx. Now is the one moment of the whole write.
type Tx struct {
	*gorm.DB
	Now   time.Time
	Actor authz.Actor

	act        authz.Action
	pgx        *pgxTx
	authorized bool
	last       pgx.Batch
	jobs       []river.JobArgs
	insert     Inserter
	wake       bool // a job was written inline
	after      []func()
}

// Authorize asks the record whether the actor may do the action of this write
// with it. Its error is the answer for the person and ends the write.
func (t *Tx) Authorize(r authz.Resource) error {
	if err := r.Permit(t.Actor, t.act); err != nil {
		return err
	}
	t.authorized = true
	return nil
}

// AuthorizeAs is Authorize for one of those who share the write (WriteShared).
func (t *Tx) AuthorizeAs(who authz.Actor, r authz.Resource) error {
	if err := r.Permit(who, t.act); err != nil {
		return err
	}
	t.authorized = true
	return nil
}

// Last adds a statement that travels together with COMMIT, in one round trip:
// for the statement that ends a use-case. Several run in their order, before
// the jobs. What the statement gives is handed to the function that is set on
// the answer, when the change is durable already; an error of the statement is
// the error of the write, and then nothing was changed.
func (t *Tx) Last(sql string, args ...any) *pgx.QueuedQuery { return t.last.Queue(sql, args...) }

// Enqueue puts a job into the transaction: it exists when and only when the
// write commits. Arguments hold ids, never personal data.
func (t *Tx) Enqueue(args river.JobArgs) { t.jobs = append(t.jobs, args) }

// Inline gives the row of a job to a statement of the use-case that writes it
// itself, as a part of a larger one: «…, j AS (` + jobs.Into + ` SELECT $1::text,
// $2::jsonb WHERE $1 IS NOT NULL)…». The workers are woken with COMMIT. It is for
// the few statements so hot that one more INSERT in their transaction shows
// (filing); Enqueue is for everything else. kind is nil where jobs are dropped:
// then the statement must write no row.
func (t *Tx) Inline(job river.JobArgs) (kind *string, args []byte, err error) {
	if t.insert == nil {
		return nil, nil, errNoJobs
	}
	t.wake = true
	return t.insert.Row(job)
}

var errNoJobs = errors.New("a job was enqueued before the job client was built")

// AfterCommit runs fn once the write is durable: an invalidation of a cache,
// never a promise to a person.
func (t *Tx) AfterCommit(fn func()) { t.after = append(t.after, fn) }

// Pgx gives the same transaction to code that speaks pgx.
func (t *Tx) Pgx() pgx.Tx { return t.pgx }

// Save updates every listed column of a versioned record and raises its
// version; a record that somebody changed since it was read is errs.Conflict.
// The model must have an ID and the column version; the new version is read
// back by the caller as version+1.
func (t *Tx) Save(model any, version int, columns map[string]any) error {
	set := make(map[string]any, len(columns)+1)
	for k, v := range columns {
		set[k] = v
	}
	set["version"] = version + 1
	res := t.Model(model).Where("version = ?", version).Updates(set)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return errs.Conflict("errors.conflict")
	}
	return nil
}

const attempts = 4

// endTimeout bounds COMMIT and ROLLBACK, which outlive the request.
const endTimeout = 15 * time.Second

// Write runs fn as the one write of the actor. Errors: errs.Forbidden when the
// roles do not allow act, whatever fn returns, and the error of the commit. fn
// may run several times.
func (d *DB) Write(ctx context.Context, a authz.Actor, act authz.Action, fn func(*Tx) error) error {
	if err := Allowed(a, act); err != nil {
		return err
	}
	return Retry(ctx, func() error {
		return d.write(ctx, settings{a.Trail(), a.TrailFor(), string(act), obs.RequestID(ctx), ""}, func(tx *Tx) error {
			tx.Actor, tx.act = a, act
			return fn(tx)
		})
	})
}

// Allowed asks the roles of the actor, as Write does first of all: errs.Forbidden,
// or errs.Unauthenticated for a guest.
func Allowed(a authz.Actor, act authz.Action) error {
	if a.Can(act) {
		return nil
	}
	if !a.SignedIn() && a.Kind == authz.KindGuest {
		return errs.Unauthenticated()
	}
	return errs.Forbidden("errors.forbidden")
}

// Retry runs work that is undone as a whole when it fails, up to four times while the
// database says that somebody else's work stood in the way (a deadlock, a write that
// cannot be put in order).
func Retry(ctx context.Context, write func() error) error {
	var err error
	for i := range attempts {
		if i > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(i*i*10) * time.Millisecond):
			}
		}
		if err = write(); err == nil || !retryable(err) {
			return err
		}
	}
	return err
}

func retryable(err error) bool {
	c := Code(err)
	return c == "40001" || c == "40P01"
}

// settings are what the database is told of a transaction, for the trail.
type settings struct{ actor, actingFor, act, request, each string }

// more are further settings. Statements of shared transactions take lists of
// different lengths: the planner would take each length for a case of its own and
// plan anew each time, which costs more than the statement.
func (w settings) more() string {
	if w.actor == each {
		return ", set_config('plan_cache_mode', 'force_generic_plan', true)"
	}
	return ""
}

func (d *DB) write(ctx context.Context, who settings, fn func(*Tx) error) error {
	sc, err := d.wsql.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = sc.Close() }()
	// gorm speaks database/sql and River speaks pgx: both get a view of this one
	// connection, in turn and never at the same moment.
	var pc *pgx.Conn
	if err := sc.Raw(func(raw any) error {
		pc = raw.(*stdlib.Conn).Conn()
		return nil
	}); err != nil {
		return err
	}
	ptx := &pgxTx{conn: pc, who: who}
	// held runs f while the connection is surely ours. database/sql gives it back
	// by itself when a statement of gorm finds its context over (the pool then
	// closes it, transaction and all): whoever spoke on it after that would speak
	// at the same moment as the one who closes it. sql.ErrConnDone says so.
	held := func(f func() error) error { return sc.Raw(func(any) error { return f() }) }
	defer func() {
		if ptx.open { // an error, or a panic: the connection goes back clean, or the pool ends it
			rctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
			defer cancel()
			_ = held(func() error { return ptx.Rollback(rctx) })
		}
	}()
	g := d.base.Session(&gorm.Session{NewDB: true, Context: ctx})
	g.Statement.ConnPool = connTx{sc, ptx}
	tx := &Tx{DB: g, Now: d.clock.Now(), pgx: ptx, insert: d.insert}
	if err := fn(tx); err != nil {
		return err
	}
	if !tx.authorized {
		return fmt.Errorf("write %s was not authorized by any record", who.act)
	}
	switch {
	case len(tx.jobs) > 0 && d.insert == nil:
		return errNoJobs
	case len(tx.jobs) > 0:
		if err := d.insert.Queue(&tx.last, tx.jobs...); err != nil {
			return err
		}
	case tx.wake:
		d.insert.Wake(&tx.last)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// Once COMMIT is asked for it is waited for: a request that ends meanwhile
	// would leave nobody knowing whether the change is durable.
	cctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if err := held(func() error { return ptx.end(cctx, &tx.last) }); err != nil {
		return err
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

// connTx lets gorm work inside the transaction of pgxTx: having Commit and
// Rollback it is taken for a transaction, so that a nested gorm.Transaction
// becomes a savepoint. Both refuse: only write ends it.
type connTx struct {
	*sql.Conn
	tx *pgxTx
}

func (connTx) Commit() error   { return errNotYours }
func (connTx) Rollback() error { return errNotYours }

var errNotYours = errors.New("a use-case may not end the transaction of db.Write")

// PrepareContext begins the transaction if need be.
func (c connTx) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := c.tx.begin(ctx); err != nil {
		return nil, err
	}
	return c.Conn.PrepareContext(ctx, query)
}

// ExecContext begins the transaction if need be.
func (c connTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := c.tx.begin(ctx); err != nil {
		return nil, err
	}
	return c.Conn.ExecContext(ctx, query, args...)
}

// QueryContext begins the transaction if need be.
func (c connTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := c.tx.begin(ctx); err != nil {
		return nil, err
	}
	return c.Conn.QueryContext(ctx, query, args...)
}

// QueryRowContext begins the transaction if need be. No *sql.Row can be made
// of an error, so where it cannot begin the query is asked for too late to run.
func (c connTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if err := c.tx.begin(ctx); err != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		cancel()
	}
	return c.Conn.QueryRowContext(ctx, query, args...)
}

// pgxTx is a transaction that begins with its first statement: BEGIN, the
// settings of the actor and, where the use-case has but last statements, those
// and COMMIT travel in one round trip.
type pgxTx struct {
	conn  *pgx.Conn
	who   settings
	begun bool
	open  bool // begun and not ended
}

var _ pgx.Tx = (*pgxTx)(nil)

// Conn gives the connection of the transaction, which may not have begun.
func (t *pgxTx) Conn() *pgx.Conn { return t.conn }

func (t *pgxTx) queueBegin(b *pgx.Batch) {
	b.Queue("BEGIN")
	b.Queue("SELECT set_config('app.actor', $1, true), set_config('app.acting_for', $2, true), set_config('app.action', $3, true), set_config('app.request', $4, true), set_config('app.each', $5, true)"+t.who.more(),
		t.who.actor, t.who.actingFor, t.who.act, t.who.request, t.who.each)
	t.begun, t.open = true, true
}

// begin begins the transaction before its first statement. A transaction that
// has ended takes no other statement: it would run outside of any.
func (t *pgxTx) begin(ctx context.Context) error {
	if t.open {
		return nil
	}
	if t.begun {
		return pgx.ErrTxClosed
	}
	b := &pgx.Batch{}
	t.queueBegin(b)
	if err := t.conn.SendBatch(ctx, b).Close(); err != nil {
		_ = t.Rollback(context.WithoutCancel(ctx))
		return err
	}
	return nil
}

// end sends what is left of the transaction and COMMIT. One without any
// statement is none.
func (t *pgxTx) end(ctx context.Context, last *pgx.Batch) error {
	if t.begun && !t.open {
		return pgx.ErrTxClosed
	}
	b := &pgx.Batch{}
	if !t.begun {
		if last.Len() == 0 {
			return nil
		}
		t.queueBegin(b)
	}
	b.QueuedQueries = append(b.QueuedQueries, last.QueuedQueries...)
	b.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() == "ROLLBACK" {
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	err := t.conn.SendBatch(ctx, b).Close()
	t.open = t.conn.PgConn().TxStatus() != 'I' && !t.conn.IsClosed()
	return err
}

// Begin opens a savepoint.
func (t *pgxTx) Begin(ctx context.Context) (pgx.Tx, error) {
	if _, err := t.Exec(ctx, "SAVEPOINT nested"); err != nil {
		return nil, err
	}
	return &savepoint{pgxTx: t}, nil
}

// Commit ends the transaction.
func (t *pgxTx) Commit(ctx context.Context) error { return t.end(ctx, &pgx.Batch{}) }

// Rollback takes the transaction back.
func (t *pgxTx) Rollback(ctx context.Context) error {
	if !t.open {
		return pgx.ErrTxClosed
	}
	t.open = false
	_, err := t.conn.Exec(ctx, "ROLLBACK")
	return err
}

// Exec runs a statement.
func (t *pgxTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := t.begin(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	return t.conn.Exec(ctx, sql, args...)
}

// Query runs a query.
func (t *pgxTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := t.begin(ctx); err != nil {
		return pgx.FailedBatchResults(&pgx.Batch{}, err).Query()
	}
	return t.conn.Query(ctx, sql, args...)
}

// QueryRow runs a query of one row.
func (t *pgxTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if err := t.begin(ctx); err != nil {
		return pgx.FailedBatchResults(&pgx.Batch{}, err).QueryRow()
	}
	return t.conn.QueryRow(ctx, sql, args...)
}

// SendBatch runs statements in one round trip, which begins the transaction if need be.
func (t *pgxTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if t.begun {
		if err := t.begin(ctx); err != nil {
			return pgx.FailedBatchResults(b, err)
		}
		return t.conn.SendBatch(ctx, b)
	}
	all := &pgx.Batch{}
	t.queueBegin(all)
	n := all.Len()
	all.QueuedQueries = append(all.QueuedQueries, b.QueuedQueries...)
	r := t.conn.SendBatch(ctx, all)
	for range n {
		if _, err := r.Exec(); err != nil {
			_ = r.Close()
			return pgx.FailedBatchResults(b, err)
		}
	}
	return r
}

// CopyFrom copies rows into a table.
func (t *pgxTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	if err := t.begin(ctx); err != nil {
		return 0, err
	}
	return t.conn.CopyFrom(ctx, table, columns, src)
}

// Prepare satisfies pgx.Tx.
func (t *pgxTx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return t.conn.Prepare(ctx, name, sql)
}

// LargeObjects satisfies pgx.Tx.
func (t *pgxTx) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

type savepoint struct {
	*pgxTx
	closed bool
}

func (s *savepoint) Commit(ctx context.Context) error {
	if s.closed {
		return pgx.ErrTxClosed
	}
	s.closed = true
	_, err := s.Exec(ctx, "RELEASE SAVEPOINT nested")
	return err
}

func (s *savepoint) Rollback(ctx context.Context) error {
	if s.closed {
		return pgx.ErrTxClosed
	}
	s.closed = true
	_, err := s.Exec(ctx, "ROLLBACK TO SAVEPOINT nested")
	return err
}
