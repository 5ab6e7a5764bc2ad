// Package pgembed runs the portal's own private PostgreSQL: it creates a cluster in a directory, starts `postgres` as
// a child process, and stops it. It is what serves when no EREC_DATABASE_URL is configured, and what tests run on.
//
// What it guarantees:
//
//   - Data is never deleted or converted. A cluster of another major version, a directory that holds something else,
//     or a second instance on the same directory is refused with an error that says what to do.
//   - Only this machine reaches the server (127.0.0.1, no Unix socket, a new free port at every start), and only who can
//     read the password file (mode 0600): another local user cannot sign in. Authentication is scram-sha-256 throughout.
//   - It works as root, which PostgreSQL refuses, without asking for another account: see account.go.
//   - A killed portal leaves nothing behind: the kernel tells PostgreSQL to shut down when its parent dies, and a next
//     Start waits for, or stops, a server that nevertheless outlived it.
//   - Ctrl-C in a terminal reaches the portal only. PostgreSQL is in a process group of its own, so that the portal can
//     finish its requests and close its pools before it calls Stop.
//   - The server's log names no personal data: no statements, no parameters, no DETAIL lines with key values.
//
// The directory given as Options.DataDir holds:
//
//	cluster/       PGDATA
//	cluster.init/  an initdb that has not finished; never held data, replaced by the next Start
//	defaults.conf  settings for a small server, rewritten at every Start; own settings go to the end of cluster/postgresql.conf
//	password       the superuser's password, from which those of the other roles derive
//	lock           flock of the instance in charge
//	postgres.log   what the server says; one older generation in postgres.log.1
//
// Linux only: it relies on parent-death signals, user namespaces and /proc.
package pgembed

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Superuser is the bootstrap role of the cluster. Use it to create roles and databases, never to serve requests.
const Superuser = "postgres"

// MinMajor is the oldest major version that serves: the first one whose databases may sort by an ICU locale.
const MinMajor = 15

var (
	// ErrInUse: another running instance holds the data directory.
	ErrInUse = errors.New("the database directory is in use")
	// ErrVersion: the cluster was made by another major version than the binaries at hand. Nothing was changed.
	ErrVersion = errors.New("the database was made by another major version of PostgreSQL")
	// ErrNoBinaries: this machine has no PostgreSQL of a usable version.
	ErrNoBinaries = errors.New("no PostgreSQL server programs found")
	// ErrNotCluster: the directory holds something that is not a PostgreSQL cluster. Nothing was changed.
	ErrNotCluster = errors.New("not a PostgreSQL cluster")
)

// Options say where the cluster lives and how it is run.
type Options struct {
	// DataDir is created when missing. A relative path is taken from the working directory.
	DataDir string
	// Log receives a few lines about starting and stopping; nil for none. PostgreSQL's own messages go to postgres.log.
	Log *slog.Logger
	// Fast gives up durability for speed: for tests whose data may be lost with the machine's power.
	Fast bool
	// ExtraConf are server settings that override everything else, except those that keep the server private.
	ExtraConf map[string]string

	accounts  func(dataDir string) []account // tests choose how root drops its rights
	outliving bool                           // tests leave the parent-death signal out, to make an orphan
}

// Server is a running PostgreSQL. Its methods may be called from any goroutine.
type Server struct {
	// Port on 127.0.0.1; another one at every start.
	Port int
	// Version of the server, such as "15.18".
	Version string
	// DataDir is Options.DataDir, absolute.
	DataDir string

	secret string
	log    *slog.Logger
	lock   *os.File
	child  *child

	stop    sync.Once
	stopErr error
}

// Start brings the cluster in o.DataDir up, creating it first when the directory is new or empty, and returns when
// connections are served. ctx bounds only the start: when it ends first, the half-started server is stopped again.
// Replaying the log after a power failure takes as long as it takes.
//
// Errors: ErrInUse, ErrVersion, ErrNoBinaries and ErrNotCluster, wrapped with an explanation; anything else carries the
// end of the server's log.
func Start(ctx context.Context, o Options) (*Server, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if o.accounts == nil {
		o.accounts = accounts
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	s := &Server{DataDir: dir, log: log, lock: lock}
	if err := s.start(ctx, o); err != nil {
		releaseLock(lock)
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, o Options) error {
	c := &cluster{dir: s.DataDir, log: s.log, fast: o.Fast}
	major, err := c.major()
	if err != nil {
		return err
	}
	if c.bin, err = chooseBinaries(ctx, c.pgdata(), major); err != nil {
		return err
	}
	s.Version = c.bin.version
	if c.account, err = chooseAccount(ctx, s.DataDir, c.bin, o.accounts(s.DataDir)); err != nil {
		return err
	}
	if s.secret, err = c.prepare(ctx, major); err != nil {
		return err
	}

	// The port is free when it is looked up and may be gone a moment later; PostgreSQL cannot be given port 0.
	for attempt := 1; ; attempt++ {
		if s.Port, err = freePort(ctx); err != nil {
			return err
		}
		err = s.launch(ctx, c, o)
		if err == nil || attempt == 5 || !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		return err
	}
	if err := s.signIn(ctx); err != nil {
		return errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
	}
	s.log.Info("database started", "version", s.Version, "port", s.Port, "dir", s.DataDir, "account", c.account.name)
	return nil
}

var errPortTaken = errors.New("the port was taken meanwhile")

// launch starts postgres once and waits until it is ready.
func (s *Server) launch(ctx context.Context, c *cluster, o Options) error {
	logPath := filepath.Join(s.DataDir, "postgres.log")
	out, err := openLog(logPath)
	if err != nil {
		return err
	}
	defer out.Close() // the child has its own copy of the descriptor
	began, err := out.Seek(0, 2)
	if err != nil {
		return err
	}

	cmd := c.command("postgres", serverArgs(c.pgdata(), s.Port, o)...)
	cmd.Stdout, cmd.Stderr = out, out // a file, never a pipe: backends would hold its other end open
	if !o.outliving {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGINT // “fast shutdown”
	}
	if s.child, err = startChild(cmd); err != nil {
		return err
	}

	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	slow := time.NewTicker(10 * time.Second)
	defer slow.Stop()
	for {
		select {
		case <-s.child.done:
			tail := logTail(logPath, began)
			if strings.Contains(tail, "could not bind IPv4 address") {
				return fmt.Errorf("%w: %d", errPortTaken, s.Port)
			}
			return fmt.Errorf("postgres ended while starting (%v); the end of %s:\n%s", s.child.err, logPath, tail)
		case <-ctx.Done():
			stopErr := s.child.stop(context.WithoutCancel(ctx), s.log)
			return errors.Join(fmt.Errorf("postgres was not ready in time: %w", ctx.Err()), stopErr)
		case <-slow.C:
			s.log.Warn("database is still starting, probably replaying its log", "see", logPath)
		case <-poll.C:
			// The same file that pg_ctl -w watches: the eighth line turns to “ready”.
			f := readPidFile(c.pgdata())
			if f.pid == s.child.pid() && f.status == "ready" {
				return nil
			}
		}
	}
}

// signIn proves that the stored password opens this cluster, so that a wrong one is reported here and clearly.
func (s *Server) signIn(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres", Superuser))
	if err != nil {
		return fmt.Errorf("signing in to the database with the password in %s (when it is not the one of this cluster, "+
			"move the file away: the next start sets a new one): %w", filepath.Join(s.DataDir, passwordFile), err)
	}
	return conn.Close(ctx)
}

// URL is the connection string of a database for a role. It holds the role's password: never log it.
func (s *Server) URL(db, user string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(user, s.Password(user)),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)),
		Path:     "/" + db,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Password is what the role signs in with: the stored secret for the Superuser, a value derived from it for every other
// role, so that knowing one tells nothing of another. EnsureRole sets it; who creates roles by hand must set it likewise.
func (s *Server) Password(role string) string {
	if role == Superuser {
		return s.secret
	}
	mac := hmac.New(sha256.New, []byte(s.secret))
	mac.Write([]byte("role " + role))
	return hex.EncodeToString(mac.Sum(nil))
}

// EnsureRole creates a role that may sign in and do nothing else, or gives an existing one its Password again.
func (s *Server) EnsureRole(ctx context.Context, role string) error {
	return s.asSuperuser(ctx, func(conn *pgx.Conn) error {
		var exists bool
		if err := conn.QueryRow(ctx, `select exists (select from pg_roles where rolname = $1)`, role).Scan(&exists); err != nil {
			return err
		}
		verb := "create"
		if exists {
			verb = "alter"
		}
		// Utility statements take no parameters; the password is hexadecimal.
		_, err := conn.Exec(ctx, fmt.Sprintf("%s role %s login password '%s'", verb, pgx.Identifier{role}.Sanitize(), s.Password(role)))
		return err
	})
}

// EnsureDatabase creates the database when it is missing, owned by a role that exists. An existing one is left as it is.
func (s *Server) EnsureDatabase(ctx context.Context, db, owner string) error {
	return s.asSuperuser(ctx, func(conn *pgx.Conn) error {
		var exists bool
		if err := conn.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, db).Scan(&exists); err != nil || exists {
			return err
		}
		_, err := conn.Exec(ctx, fmt.Sprintf("create database %s owner %s", pgx.Identifier{db}.Sanitize(), pgx.Identifier{owner}.Sanitize()))
		return err
	})
}

func (s *Server) asSuperuser(ctx context.Context, fn func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres", Superuser))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return fn(conn)
}

// Done is closed when the server has ended, by Stop or by itself. After the latter the portal should end too and be
// started again by what supervises it: PostgreSQL survives the crash of a single backend without our help.
func (s *Server) Done() <-chan struct{} { return s.child.done }

// Stop shuts the server down: open transactions are rolled back, everything committed is on disk (“fast shutdown”).
// Close the pools first, or their users see broken connections. When ctx ends before the server does, an immediate
// shutdown follows, which loses nothing either but makes the next start replay the log; Stop then reports ctx's error.
// Returns only after every process of the server is gone. Further calls return the same.
func (s *Server) Stop(ctx context.Context) error {
	s.stop.Do(func() {
		s.stopErr = s.child.stop(ctx, s.log)
		releaseLock(s.lock)
		s.log.Info("database stopped", "clean", s.stopErr == nil)
	})
	return s.stopErr
}

// child is a started process and the one goroutine that waits for it.
type child struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // of Wait; read after done
}

// startChild starts cmd from a thread that lives as long as the child does: the parent-death signal is sent when the
// thread that forked ends, not the process, and Go ends idle threads (golang.org/issue/27505).
func startChild(cmd *exec.Cmd) (*child, error) {
	c := &child{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		c.err = cmd.Wait()
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// stop tries a fast shutdown until ctx ends, then an immediate one, then kills.
func (c *child) stop(ctx context.Context, log *slog.Logger) error {
	select {
	case <-c.done: // it had ended before anybody asked
		if c.err != nil {
			return fmt.Errorf("postgres had ended: %w", c.err)
		}
		return nil
	default:
	}
	_ = c.cmd.Process.Signal(syscall.SIGINT) // an error means that it is gone, which done tells
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
	}
	log.Warn("database did not stop in time, stopping it at once")
	_ = c.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-c.done:
	case <-time.After(10 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.done
	}
	return fmt.Errorf("postgres was stopped at once: %w", ctx.Err())
}

func freePort(ctx context.Context) (int, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// takeLock makes this process the one in charge of dir until the file is closed or the process ends, however it ends.
func takeLock(dir string) (*os.File, error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("%s belongs to another account: run as that account, or give the directory to this one "+
			"(chown -R %d %s): %w", dir, os.Geteuid(), dir, err)
	}
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := make([]byte, 16)
		n, _ := f.ReadAt(holder, 0)
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: another copy of the portal (process %s) runs on %s; stop it, or choose another EREC_DATA_DIR",
				ErrInUse, strings.TrimSpace(string(holder[:n])), dir)
		}
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	pid := []byte(strconv.Itoa(os.Getpid()) + "\n")
	if err := f.Truncate(0); err == nil {
		_, err = f.WriteAt(pid, 0)
		if err != nil {
			f.Close()
			return nil, err
		}
	}
	return f, nil
}

// releaseLock gives the lock back at once. Closing alone would not do: a process that is being forked at this moment
// shares the open file until it executes its program.
func releaseLock(f *os.File) {
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	f.Close()
}

// openLog opens the server's log for appending and puts a big one aside, so that two generations bound its size.
func openLog(path string) (*os.File, error) {
	const limit = 10 << 20
	if st, err := os.Stat(path); err == nil && st.Size() > limit {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
}

// logTail is the end of what the log gained since offset from.
func logTail(path string, from int64) string {
	const limit = 4 << 10
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil {
		from = max(from, st.Size()-limit)
	}
	b := make([]byte, limit)
	n, _ := f.ReadAt(b, from)
	return strings.TrimSpace(string(b[:n]))
}

// serverArgs are the settings that neither configuration files nor ALTER SYSTEM may change: those that keep the server
// private and its log free of personal data come last.
func serverArgs(pgdata string, port int, o Options) []string {
	set := map[string]string{}
	if o.Fast {
		set["fsync"], set["synchronous_commit"], set["full_page_writes"] = "off", "off", "off"
		set["wal_level"], set["max_wal_senders"] = "minimal", "0"
		set["max_wal_size"], set["checkpoint_timeout"] = "4GB", "1h"
	}
	for k, v := range o.ExtraConf {
		set[k] = v
	}
	for k, v := range map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": "",
		"cluster_name":            clusterName,
		"password_encryption":     "scram-sha-256",
		"logging_collector":       "off",
		"log_destination":         "stderr",
		"log_statement":           "none",
		"log_min_error_statement": "panic",
		"log_error_verbosity":     "terse",
		"lc_messages":             "C",
	} {
		set[k] = v
	}
	args := []string{"-D", pgdata}
	for _, k := range slices.Sorted(maps.Keys(set)) {
		args = append(args, "-c", k+"="+set[k])
	}
	return args
}
