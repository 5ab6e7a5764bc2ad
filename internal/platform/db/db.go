// Package db is the one door to PostgreSQL.
//
// Reads go through Read, a handle whose sessions are read-only. Writes go
// through Write, which
//
//   - checks that the actor's roles allow the action at all;
//   - opens one transaction with its first statement and tells the database who
//     acts (app.actor, app.acting_for, app.action, app.request), from which the
//     triggers write the audit trail; a write past this door fails with AU001;
//   - hands the use-case a Tx with one fixed Now;
//   - refuses to commit unless the use-case asked Tx.Authorize about a record;
//   - puts the jobs of Tx.Enqueue into the same transaction, in one round trip
//     with COMMIT and what the use-case left for it (Tx.Last);
//   - retries serialization failures and deadlocks, so the use-case must have
//     no effect outside the transaction.
//
// WriteShared is the same door for several people in one transaction.
//
// Connections of both handles run as the role erec_app, which cannot change the
// trail. Only Migrate speaks as the owner.
package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"ereception/internal/platform/clock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"
)

// AppRole is the database role of every connection of the portal.
const AppRole = "erec_app"

// DB holds the two handles. It is safe for concurrent use.
type DB struct {
	clock  clock.Clock
	log    *slog.Logger
	pool   *pgxpool.Pool // read-write
	rpool  *pgxpool.Pool // read-only
	wsql   *sql.DB
	rsql   *sql.DB
	read   *gorm.DB
	insert Inserter
	base   *gorm.DB // template of a write session
}

// Inserter adds to a batch the statements that promise jobs. *jobs.Client is one.
type Inserter interface {
	Queue(b *pgx.Batch, jobs ...river.JobArgs) error
	// Row gives the row of a job to whoever writes it himself; a nil kind means
	// that the job is to be dropped.
	Row(job river.JobArgs) (kind *string, args []byte, err error)
	// Wake adds the call that wakes the workers.
	Wake(b *pgx.Batch)
}

// Options of Open.
type Options struct {
	URL      string // postgres://…, of a role that is erec_app or a member of it
	ReadURL  string // a replica; empty: URL
	MaxConns int32  // per handle; 0: 16
	Clock    clock.Clock
	Log      *slog.Logger
}

// Open connects both handles and pings them. Close ends them.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.ReadURL == "" {
		o.ReadURL = o.URL
	}
	if o.MaxConns == 0 {
		o.MaxConns = 16
	}
	d := &DB{clock: o.Clock, log: o.Log}
	var err error
	if d.pool, err = openPool(ctx, o.URL, o.MaxConns, false); err != nil {
		return nil, err
	}
	if d.rpool, err = openPool(ctx, o.ReadURL, o.MaxConns, true); err != nil {
		d.pool.Close()
		return nil, err
	}
	d.wsql, d.rsql = stdlib.OpenDBFromPool(d.pool), stdlib.OpenDBFromPool(d.rpool)
	// The pools keep the connections; database/sql must not keep them a second time.
	d.wsql.SetMaxIdleConns(0)
	d.rsql.SetMaxIdleConns(0)
	if d.read, err = openGorm(d.rsql, o.Log); err != nil {
		d.Close()
		return nil, err
	}
	if d.base, err = openGorm(d.wsql, o.Log); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func openPool(ctx context.Context, url string, n int32, readOnly bool) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the address of the database is not of the form postgres://user:password@host/name")
	}
	cfg.MaxConns = n
	if cfg.ConnConfig.RuntimeParams["application_name"] == "" { // the address may name this instance
		cfg.ConnConfig.RuntimeParams["application_name"] = "ereception"
	}
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.RuntimeParams["statement_timeout"] = "30000"
	cfg.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "60000"
	if readOnly {
		cfg.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	}
	cfg.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SET ROLE "+AppRole)
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	return pool, nil
}

func openGorm(s *sql.DB, log *slog.Logger) (*gorm.DB, error) {
	return gorm.Open(postgres.New(postgres.Config{Conn: s}), &gorm.Config{
		PrepareStmt:            false, // pgx caches statements per connection; twice is slower
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		NamingStrategy:         schema.NamingStrategy{},
		Logger: quietLogger{logger.NewSlogLogger(log, logger.Config{
			SlowThreshold:             500 * time.Millisecond,
			LogLevel:                  logger.Warn,
			IgnoreRecordNotFoundError: true,
			ParameterizedQueries:      true, // values are personal data and stay out of the log
		})},
		TranslateError: false,
	})
}

// quietLogger writes statements without their values, and nothing about those
// that ended because the person who asked has left, or that broke a constraint:
// the caller judges it, and what he does not know is logged where it ends.
type quietLogger struct{ logger.Interface }

// LogMode keeps the quiet around the logger of another level.
func (l quietLogger) LogMode(level logger.LogLevel) logger.Interface {
	return quietLogger{l.Interface.LogMode(level)}
}

// Trace passes a statement on.
func (l quietLogger) Trace(ctx context.Context, begin time.Time, fc func() (string, int64), err error) {
	if errors.Is(err, context.Canceled) && ctx.Err() != nil || Constraint(err) != "" {
		return
	}
	l.Interface.Trace(ctx, begin, fc, err)
}

// ParamsFilter leaves the values out.
func (quietLogger) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}

// Scan of gorm writes through a recorder of its own, which knows nothing of
// ParameterizedQueries and would put the values into the log.
func init() {
	logger.RecorderParamsFilter = func(_ context.Context, sql string, _ ...any) (string, []any) {
		return sql, nil
	}
}

// UseJobs names the inserter of Tx.Enqueue; it is called once, when the
// composition root has built the job client.
func (d *DB) UseJobs(i Inserter) { d.insert = i }

// Close ends both handles.
func (d *DB) Close() {
	for _, s := range []*sql.DB{d.wsql, d.rsql} {
		if s != nil {
			_ = s.Close()
		}
	}
	d.pool.Close()
	if d.rpool != nil {
		d.rpool.Close()
	}
}

// Read gives the read-only handle for gorm.
func (d *DB) Read(ctx context.Context) *gorm.DB { return d.read.WithContext(ctx) }

// ReadPool gives the read-only handle for hot lists in plain SQL.
func (d *DB) ReadPool() *pgxpool.Pool { return d.rpool }

// Pool gives the read-write pool. It is for the job client and for counters
// that are no record (rate limits); records go through Write.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.pool.Ping(ctx) }

// Now is the present moment of the database handle's clock.
func (d *DB) Now() time.Time { return d.clock.Now() }

// Constraint gives the name of the constraint that err broke, or "": errors of
// PostgreSQL are recognised by this, never by their text.
func Constraint(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.ConstraintName
	}
	return ""
}

// Code gives the SQLSTATE of err, or "".
func Code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// Refused reports whether err says that the database refused what a statement
// wrote: a value that it cannot take (class 22) or a broken constraint (23).
func Refused(err error) bool {
	c := Code(err)
	return strings.HasPrefix(c, "22") || strings.HasPrefix(c, "23")
}

// Down reports whether err says that the database cannot be reached, shuts down,
// has no connection left or did not come to an end in time: what passes by itself.
func Down(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) {
		return true
	}
	switch c := Code(err); {
	case strings.HasPrefix(c, "08"), strings.HasPrefix(c, "57"), c == "53300": // PostgreSQL, appendix A
		return true
	}
	return false
}

// IsNotFound reports whether err says that no row was found.
func IsNotFound(err error) bool {
	return errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, pgx.ErrNoRows) || errors.Is(err, sql.ErrNoRows)
}
