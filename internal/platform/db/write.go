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
	jobs       []river.InsertManyParams
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

// Enqueue puts a job into the transaction: it exists when and only when the
// write commits. Arguments hold ids, never personal data.
func (t *Tx) Enqueue(args river.JobArgs, opts ...*river.InsertOpts) {
	p := river.InsertManyParams{Args: args}
	if len(opts) > 0 {
		p.InsertOpts = opts[0]
	}
	t.jobs = append(t.jobs, p)
}

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
	if !a.Can(act) {
		if !a.SignedIn() && a.Kind == authz.KindGuest {
			return errs.Unauthenticated()
		}
		return errs.Forbidden("errors.forbidden")
	}
	var err error
	for i := range attempts {
		if i > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(i*i*10) * time.Millisecond):
			}
		}
		if err = d.write(ctx, a, act, fn); err == nil || !retryable(err) {
			return err
		}
	}
	return err
}

func retryable(err error) bool {
	c := Code(err)
	return c == "40001" || c == "40P01"
}

func (d *DB) write(ctx context.Context, a authz.Actor, act authz.Action, fn func(*Tx) error) error {
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
	ptx := &pgxTx{conn: conn{pc}}
	defer func() {
		if !ptx.closed { // an error, or a panic: the connection goes back clean, or the pool ends it
			rctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
			defer cancel()
			_ = ptx.Rollback(rctx)
		}
	}()
	if err := ptx.begin(ctx, a, act); err != nil {
		return err
	}
	g := d.base.Session(&gorm.Session{NewDB: true, Context: ctx})
	g.Statement.ConnPool = connTx{sc}
	tx := &Tx{DB: g, Now: d.clock.Now(), Actor: a, act: act, pgx: ptx}
	if err := fn(tx); err != nil {
		return err
	}
	if !tx.authorized {
		return fmt.Errorf("write %s was not authorized by any record", act)
	}
	if len(tx.jobs) > 0 {
		if d.insert == nil {
			return errors.New("a job was enqueued before the job client was built")
		}
		if _, err := d.insert.InsertManyTx(ctx, ptx, tx.jobs); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// Once COMMIT is asked for it is waited for: a request that ends meanwhile
	// would leave nobody knowing whether the change is durable.
	cctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if err := ptx.Commit(cctx); err != nil {
		return err
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

// connTx lets gorm work inside the transaction that pgxTx opened: having
// Commit and Rollback it is taken for a transaction, so that a nested
// gorm.Transaction becomes a savepoint. Both refuse: only write ends it.
type connTx struct{ *sql.Conn }

func (connTx) Commit() error   { return errNotYours }
func (connTx) Rollback() error { return errNotYours }

var errNotYours = errors.New("a use-case may not end the transaction of db.Write")

// pgxTx is a transaction that was opened by hand, so that BEGIN and the
// settings of the actor travel in one round trip.
type pgxTx struct {
	conn
	closed bool
}

// conn is there because pgx.Tx wants a method by the name of the embedded field.
type conn struct{ *pgx.Conn }

// Conn gives the connection of the transaction.
func (t *pgxTx) Conn() *pgx.Conn { return t.conn.Conn }

func (t *pgxTx) begin(ctx context.Context, a authz.Actor, act authz.Action) error {
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	b.Queue("SELECT set_config('app.actor', $1, true), set_config('app.acting_for', $2, true), set_config('app.action', $3, true), set_config('app.request', $4, true)",
		a.Trail(), a.TrailFor(), string(act), obs.RequestID(ctx))
	return t.conn.SendBatch(ctx, b).Close()
}

// Begin opens a savepoint; River asks for one where it must survive a conflict.
func (t *pgxTx) Begin(ctx context.Context) (pgx.Tx, error) {
	if _, err := t.conn.Exec(ctx, "SAVEPOINT nested"); err != nil {
		return nil, err
	}
	return &savepoint{pgxTx: t}, nil
}

func (t *pgxTx) Commit(ctx context.Context) error {
	if t.closed {
		return pgx.ErrTxClosed
	}
	t.closed = true
	tag, err := t.conn.Exec(ctx, "COMMIT")
	if err == nil && tag.String() == "ROLLBACK" {
		return pgx.ErrTxCommitRollback
	}
	return err
}

func (t *pgxTx) Rollback(ctx context.Context) error {
	if t.closed {
		return pgx.ErrTxClosed
	}
	t.closed = true
	_, err := t.conn.Exec(ctx, "ROLLBACK")
	return err
}

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
	_, err := s.conn.Exec(ctx, "RELEASE SAVEPOINT nested")
	return err
}

func (s *savepoint) Rollback(ctx context.Context) error {
	if s.closed {
		return pgx.ErrTxClosed
	}
	s.closed = true
	_, err := s.conn.Exec(ctx, "ROLLBACK TO SAVEPOINT nested")
	return err
}

// Prepare satisfies pgx.Tx.
func (t *pgxTx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return t.conn.Prepare(ctx, name, sql)
}
