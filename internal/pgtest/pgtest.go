// Package pgtest gives every test its own PostgreSQL database. Tests only.
//
// A test binary has one cluster (fsync off, it may be lost) and one migrated
// template database; New clones the template. The owner and the application
// are two roles, as in the house itself, so that a test sees what the triggers
// and the privileges refuse. A package that uses New has
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
package pgtest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/platform/clock"
	"ereception/internal/platform/db"
	"ereception/internal/platform/jobs"
	"ereception/internal/platform/pgembed"
	"ereception/migrations"
)

const (
	owner    = "erec_owner"
	template = "erec_template"
)

var (
	once   sync.Once
	server *pgembed.Server
	dir    string
	failed error
	serial atomic.Int64
	clone  sync.Mutex // CREATE DATABASE … TEMPLATE wants the template alone
)

// Main runs the tests of a package and stops the cluster after them.
func Main(m *testing.M) {
	code := m.Run()
	if server != nil {
		_ = server.Stop(context.Background())
	}
	if dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

func start() {
	ctx := context.Background()
	if dir, failed = os.MkdirTemp("", "erec-pgtest-"); failed != nil {
		return
	}
	server, failed = pgembed.Start(ctx, pgembed.Options{DataDir: dir, Fast: true, ExtraConf: map[string]string{
		"max_connections": "200",
	}})
	if failed != nil {
		return
	}
	for _, role := range []string{owner, db.AppRole} {
		if failed = server.EnsureRole(ctx, role); failed != nil {
			return
		}
	}
	if failed = server.EnsureDatabase(ctx, template, owner); failed != nil {
		return
	}
	failed = db.Migrate(ctx, server.URL(template, owner), migrations.FS, slog.New(slog.DiscardHandler))
}

// Env is one test's database and what goes with it.
type Env struct {
	DB       *db.DB
	Clock    *clock.Fixed
	OwnerURL string // role of the migrations
	URL      string // role of the portal
	Log      *slog.Logger
	Logged   *Buffer // what the log received
}

// Noon is the moment at which a test's clock stands unless moved: a Wednesday
// in office hours, Kyiv 12:00.
var Noon = time.Date(2026, time.November, 25, 10, 0, 0, 0, time.UTC)

// New clones the template for one test and opens it. Everything is dropped when
// the test ends. Jobs are inserted, not worked.
func New(t testing.TB) *Env {
	t.Helper()
	once.Do(start)
	if failed != nil {
		t.Fatalf("start the cluster of the tests: %v", failed)
	}
	ctx := context.Background()
	name := fmt.Sprintf("t%d", serial.Add(1))
	admin(t, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s STRATEGY FILE_COPY OWNER %s", name, template, owner))
	e := &Env{
		Clock:    clock.At(Noon),
		OwnerURL: server.URL(name, owner),
		URL:      server.URL(name, db.AppRole),
		Logged:   &Buffer{},
	}
	e.Log = slog.New(slog.NewTextHandler(e.Logged, nil))
	var err error
	e.DB, err = db.Open(ctx, db.Options{URL: e.URL, Clock: e.Clock, Log: e.Log, MaxConns: 6})
	if err != nil {
		t.Fatalf("open the database of the test: %v", err)
	}
	ins, err := jobs.New(e.DB.Pool(), nil, nil, e.Log)
	if err != nil {
		t.Fatalf("build the job client: %v", err)
	}
	e.DB.UseJobs(ins)
	t.Cleanup(func() {
		e.DB.Close()
		admin(t, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name))
	})
	return e
}

func admin(t testing.TB, sql string) {
	t.Helper()
	clone.Lock()
	defer clone.Unlock()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, server.URL("postgres", pgembed.Superuser))
	if err != nil {
		t.Fatalf("connect to the cluster of the tests: %v", err)
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Owner runs a statement as the owner of the database with actor «system:test»,
// for what a test must arrange behind the doors.
func (e *Env) Owner(t testing.TB, sql string, args ...any) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, e.OwnerURL)
	if err != nil {
		t.Fatalf("connect as the owner: %v", err)
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, "SELECT set_config('app.actor', 'system:test', false)"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(ctx, sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Gate locks a table against whoever writes to it, as the owner, until open is
// called or the test ends.
func (e *Env) Gate(t testing.TB, table string) (open func()) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, e.OwnerURL)
	if err != nil {
		t.Fatalf("connect as the owner: %v", err)
	}
	open = sync.OnceFunc(func() { _ = c.Close(ctx) })
	t.Cleanup(open)
	for _, sql := range []string{"BEGIN", "LOCK TABLE " + pgx.Identifier{table}.Sanitize() + " IN SHARE MODE"} {
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return open
}

// Count runs a query of one number.
func (e *Env) Count(t testing.TB, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := e.DB.ReadPool().QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// Jobs counts the jobs of a kind that were promised.
func (e *Env) Jobs(t testing.TB, kind string) int {
	t.Helper()
	return e.Count(t, "SELECT count(*) FROM river_job WHERE kind = $1", kind)
}

// Buffer is a log that may be read while it is written.
type Buffer struct {
	mu sync.Mutex
	b  strings.Builder
}

// Write appends p.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// String gives what was written.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
