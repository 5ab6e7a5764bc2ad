package pgembed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The test binary also plays a portal that gets killed: see TestKilledPortal.
const helperEnv = "PGEMBED_TEST_HELPER"

func TestMain(m *testing.M) {
	if spec := os.Getenv(helperEnv); spec != "" {
		kind, dir, _ := strings.Cut(spec, ":")
		s, err := Start(context.Background(), Options{DataDir: dir, Fast: true, outliving: kind == "outliving"})
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("ready", s.URL("postgres", Superuser), s.child.pid())
		select {}
	}
	os.Exit(m.Run())
}

// tempDir is t.TempDir, but open to other accounts: where user namespaces are refused, root runs the server under one.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgembed-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func setup(t *testing.T, o Options) *Server {
	t.Helper()
	o.Fast = true
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func query(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var v string
	if err := conn.QueryRow(t.Context(), sql).Scan(&v); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func TestLife(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), "pg")
	s := setup(t, Options{DataDir: dir, ExtraConf: map[string]string{"work_mem": "5MB", "listen_addresses": "*"}})
	dsn := s.URL("postgres", Superuser)

	t.Run("the cluster sorts and folds Ukrainian", func(t *testing.T) {
		got := query(t, dsn, `select string_agg(w, ' ' order by w) || ' ' || lower('ҐЄІЇ') from unnest('{їжак,ґанок,іній,гак,ель,ижиця,єнот}'::text[]) w`)
		if want := "гак ґанок ель єнот ижиця іній їжак ґєії"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("settings: ours, the caller's, and privacy over both", func(t *testing.T) {
		for name, want := range map[string]string{
			"jit": "off", "max_connections": "60", "TimeZone": "UTC", "data_checksums": "on", "work_mem": "5MB", "fsync": "off",
			"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "log_error_verbosity": "terse", "log_min_error_statement": "panic",
		} {
			if got := query(t, dsn, "select current_setting('"+name+"')"); got != want {
				t.Errorf("%s = %q, want %q", name, got, want)
			}
		}
	})
	t.Run("it listens on the loopback and nowhere else", func(t *testing.T) {
		if got := listening(t, s.Port); !slices.Equal(got, []string{"0100007F"}) {
			t.Errorf("listening at %v, want 0100007F (127.0.0.1) alone", got)
		}
	})
	t.Run("nobody signs in without the password", func(t *testing.T) {
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		for name, user := range map[string]*url.Userinfo{
			"no password":    url.User(Superuser),
			"wrong password": url.UserPassword(Superuser, "postgres"),
			"another role's": url.UserPassword(Superuser, s.Password("app")),
			"unknown role":   url.UserPassword("stranger", s.Password("stranger")),
			"empty password": url.UserPassword(Superuser, ""),
		} {
			u.User = user
			conn, err := pgx.Connect(t.Context(), u.String())
			if err == nil {
				conn.Close(t.Context())
				t.Errorf("%s: signed in", name)
				continue
			}
			var pgErr *pgconn.PgError
			if errors.As(err, &pgErr) && pgErr.Code != "28P01" {
				t.Errorf("%s: %v, want a refused password", name, err)
			}
		}
	})
	t.Run("files are closed to others", func(t *testing.T) {
		for _, name := range []string{"", passwordFile, "lock", "postgres.log", clusterDir} {
			st, err := os.Stat(filepath.Join(dir, name))
			if err != nil || st.Mode().Perm()&0o077 != 0 {
				t.Errorf("%q: %v, %v; want no rights for group and others", name, st.Mode(), err)
			}
		}
	})
	t.Run("roles and databases are made once, and a role's password is set again", func(t *testing.T) {
		for range 2 {
			if err := errors.Join(s.EnsureRole(t.Context(), `odd "owner`), s.EnsureDatabase(t.Context(), "city", `odd "owner`)); err != nil {
				t.Fatal(err)
			}
		}
		if got := query(t, s.URL("city", `odd "owner`), "select current_database() || ' ' || current_setting('is_superuser')"); got != "city off" {
			t.Errorf("got %q, want an ordinary role in its database", got)
		}
	})
	t.Run("what went wrong is logged without the data", func(t *testing.T) {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), "create temp table k (mail text primary key)"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			_, err = conn.Exec(t.Context(), "insert into k values ('olena@example.org')")
		}
		if err == nil {
			t.Fatal("the second row was accepted")
		}
		if _, err = conn.Exec(t.Context(), "select 1 / length('') where 'olena@example.org' > ''"); err == nil {
			t.Fatal("division by zero was accepted")
		}
		b, err := os.ReadFile(filepath.Join(dir, "postgres.log"))
		if err != nil || !strings.Contains(string(b), "duplicate key") || strings.Contains(string(b), "olena") {
			t.Errorf("postgres.log (%v):\n%s\nwant the error and no address", err, b)
		}
	})
	t.Run("a second instance is refused and the first goes on", func(t *testing.T) {
		_, err := Start(t.Context(), Options{DataDir: dir, Fast: true})
		if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
			t.Errorf("Start = %v, want ErrInUse naming process %d", err, os.Getpid())
		}
		query(t, dsn, "select 'alive'")
	})
	t.Run("stop leaves no process and no listener, start finds the data again", func(t *testing.T) {
		query(t, dsn, "create table kept as select 'appeal'::text as v")
		pid, port := s.child.pid(), s.Port
		conn, err := pgx.Connect(t.Context(), dsn) // a client that forgot to leave
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		stop(t, s)
		if procs, err := serversOn(filepath.Join(dir, clusterDir)); err != nil || len(procs) != 0 {
			t.Errorf("processes left: %v, %v", procs, err)
		}
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d: %v, want it gone", pid, err)
		}
		if got := listening(t, port); len(got) != 0 {
			t.Errorf("port %d still listens at %v", port, got)
		}
		select {
		case <-s.Done():
		default:
			t.Error("Done is open after Stop")
		}

		again := setup(t, Options{DataDir: dir})
		if got := query(t, again.URL("postgres", Superuser), "select v from kept"); got != "appeal" {
			t.Errorf("kept = %q", got)
		}
		query(t, again.URL("city", `odd "owner`), "select 'the derived password still opens'")
		stop(t, again)
	})
	t.Run("a lost password file is replaced, the data stays", func(t *testing.T) {
		if err := os.Remove(filepath.Join(dir, passwordFile)); err != nil {
			t.Fatal(err)
		}
		again := setup(t, Options{DataDir: dir})
		if again.Password(Superuser) == s.Password(Superuser) {
			t.Error("the password did not change")
		}
		if got := query(t, again.URL("postgres", Superuser), "select v from kept"); got != "appeal" {
			t.Errorf("kept = %q", got)
		}
		stop(t, again)
	})
	t.Run("a foreign password file is named in the error, and nothing is left running", func(t *testing.T) {
		path := filepath.Join(dir, passwordFile)
		if err := os.WriteFile(path, []byte("of another cluster\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Start(t.Context(), Options{DataDir: dir, Fast: true})
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Start = %v, want an error naming %s", err, path)
		}
		if procs, err := serversOn(filepath.Join(dir, clusterDir)); err != nil || len(procs) != 0 {
			t.Errorf("processes left: %v, %v", procs, err)
		}
	})
	t.Run("a cluster of another major version is refused and untouched", func(t *testing.T) {
		version := filepath.Join(dir, clusterDir, "PG_VERSION")
		if err := os.WriteFile(version, []byte("99\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		before := tree(t, filepath.Join(dir, clusterDir))
		_, err := Start(t.Context(), Options{DataDir: dir, Fast: true})
		if !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "pg_upgrade") || !strings.Contains(err.Error(), "PostgreSQL 99") {
			t.Errorf("Start = %v, want ErrVersion with the way out", err)
		}
		if after := tree(t, filepath.Join(dir, clusterDir)); !slices.Equal(before, after) {
			t.Error("the cluster was changed")
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()

	t.Run("a directory with other files is not taken for a cluster", func(t *testing.T) {
		t.Parallel()
		dir := tempDir(t)
		precious := filepath.Join(dir, clusterDir, "precious")
		if err := errors.Join(os.Mkdir(filepath.Dir(precious), 0o700), os.WriteFile(precious, []byte("x"), 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := Start(t.Context(), Options{DataDir: dir, Fast: true}); !errors.Is(err, ErrNotCluster) {
			t.Errorf("Start = %v, want ErrNotCluster", err)
		}
		if _, err := os.Stat(precious); err != nil {
			t.Error(err)
		}
	})
	t.Run("a bad setting is reported with the server's own words", func(t *testing.T) {
		t.Parallel()
		dir := tempDir(t)
		_, err := Start(t.Context(), Options{DataDir: dir, Fast: true, ExtraConf: map[string]string{"shared_buffers": "a lot"}})
		if err == nil || !strings.Contains(err.Error(), "shared_buffers") {
			t.Errorf("Start = %v, want the log line about shared_buffers", err)
		}
		setup(t, Options{DataDir: dir}) // and the lock is free again
	})
	t.Run("a start that is given up leaves nothing running, and the next one succeeds", func(t *testing.T) {
		t.Parallel()
		dir := tempDir(t)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond) // in the middle of initdb
		defer cancel()
		if _, err := Start(ctx, Options{DataDir: dir, Fast: true}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Start = %v, want the deadline", err)
		}
		setup(t, Options{DataDir: dir})
	})
}

// A machine without PostgreSQL, in a process of its own because PG_BIN is of the process.
func TestNoBinaries(t *testing.T) {
	t.Setenv("PG_BIN", t.TempDir())
	if _, err := Start(t.Context(), Options{DataDir: tempDir(t), Fast: true}); !errors.Is(err, ErrNoBinaries) {
		t.Errorf("Start = %v, want ErrNoBinaries", err)
	}
}

// A portal that is killed cannot stop its database. The kernel does it for the portal (dying), or, where the signal is
// lost, the next start (outliving).
func TestKilledPortal(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"dying", "outliving"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := tempDir(t)
			portal := exec.Command(os.Args[0])
			portal.Env = append(os.Environ(), helperEnv+"="+kind+":"+dir)
			portal.Stderr = os.Stderr
			out, err := portal.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := portal.Start(); err != nil {
				t.Fatal(err)
			}
			var dsn string
			var pid int
			line, err := bufio.NewReader(out).ReadString('\n')
			if _, scanErr := fmt.Sscanf(line, "ready %s %d", &dsn, &pid); scanErr != nil {
				t.Fatalf("helper said %q, %v", line, err)
			}
			query(t, dsn, "create table kept as select 'appeal'::text as v")
			if _, err := Start(t.Context(), Options{DataDir: dir, Fast: true}); !errors.Is(err, ErrInUse) {
				t.Errorf("beside a living portal: Start = %v, want ErrInUse", err)
			}
			if err := portal.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = portal.Wait() // “signal: killed”

			procs, err := waitGone(t.Context(), filepath.Join(dir, clusterDir), 5*time.Second)
			if kind == "dying" && (err != nil || len(procs) != 0) {
				t.Errorf("the database outlived its portal: %v, %v", procs, err)
			}
			if kind == "outliving" && !slices.Contains(procs, pid) {
				t.Fatalf("no orphan to recover from: %v, %v", procs, err)
			}
			s := setup(t, Options{DataDir: dir})
			if got := query(t, s.URL("postgres", Superuser), "select v from kept"); got != "appeal" {
				t.Errorf("kept = %q", got)
			}
		})
	}
}

func TestCrashedServer(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	s := setup(t, Options{DataDir: dir})
	query(t, s.URL("postgres", Superuser), "create table kept as select 'appeal'::text as v")
	stop(t, s)

	t.Run("the pid file of a crashed server is not believed when its number belongs to another process", func(t *testing.T) {
		pgdata := filepath.Join(dir, clusterDir)
		stale := fmt.Sprintf("%d\n%s\n1700000000\n5432\n\n127.0.0.1\n    12345         1\nready   \n", os.Getpid(), pgdata)
		path := filepath.Join(pgdata, "postmaster.pid")
		if err := os.WriteFile(path, []byte(stale), 0o600); err != nil {
			t.Fatal(err)
		}
		st, err := os.Stat(pgdata)
		if err != nil {
			t.Fatal(err)
		}
		sys := st.Sys().(*syscall.Stat_t)
		if err := os.Chown(path, int(sys.Uid), int(sys.Gid)); err != nil {
			t.Fatal(err)
		}
		again := setup(t, Options{DataDir: dir})
		if got := query(t, again.URL("postgres", Superuser), "select v from kept"); got != "appeal" {
			t.Errorf("kept = %q", got)
		}
		stop(t, again)
	})
	t.Run("Done tells of a server that died, and the next start recovers", func(t *testing.T) {
		again, err := Start(t.Context(), Options{DataDir: dir, Fast: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := again.child.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-again.Done():
		case <-time.After(10 * time.Second):
			t.Fatal("Done stays open")
		}
		if err := again.Stop(t.Context()); err == nil {
			t.Error("Stop = nil, want an error about the crash")
		}
		recovered := setup(t, Options{DataDir: dir})
		if got := query(t, recovered.URL("postgres", Superuser), "select v from kept"); got != "appeal" {
			t.Errorf("kept = %q", got)
		}
		stop(t, recovered)
	})
	t.Run("a server that somebody else started there is not stopped", func(t *testing.T) {
		c := &cluster{dir: dir, log: s.log}
		var err error
		if c.bin, err = chooseBinaries(t.Context(), c.pgdata(), 0); err != nil {
			t.Fatal(err)
		}
		if c.account, err = chooseAccount(t.Context(), dir, c.bin, accounts(dir)); err != nil {
			t.Fatal(err)
		}
		port, err := freePort(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		cmd := c.command("postgres", "-D", c.pgdata(), "-p", strconv.Itoa(port), "-c", "unix_socket_directories=", "-c", "listen_addresses=127.0.0.1")
		foreign, err := startChild(cmd)
		if err != nil {
			t.Fatal(err)
		}
		for readPidFile(c.pgdata()).status != "ready" {
			select {
			case <-foreign.done:
				t.Fatal(foreign.err)
			case <-time.After(10 * time.Millisecond):
			}
		}
		if _, err := Start(t.Context(), Options{DataDir: dir, Fast: true}); !errors.Is(err, ErrInUse) {
			t.Errorf("Start = %v, want ErrInUse", err)
		}
		if err := foreign.stop(t.Context(), s.log); err != nil {
			t.Errorf("the other server: %v", err)
		}
	})
}

// Root where user namespaces are refused, and a cluster that changes hands with its files.
func TestAccounts(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root chooses an account")
	}
	open := tempDir(t)
	dir := filepath.Join(open, "pg")
	nobody := func(string) []account { return named("nobody") }

	s := setup(t, Options{DataDir: dir, accounts: nobody})
	query(t, s.URL("postgres", Superuser), "create table kept as select 'appeal'::text as v")
	stop(t, s)
	t.Run("as nobody, then as its files' owner, as accounts proposes first", func(t *testing.T) {
		list := accounts(dir)
		if want := named("nobody")[0].uid; list[0].uid != want {
			t.Errorf("first account is %s, want uid %d", list[0].name, want)
		}
		again := setup(t, Options{DataDir: dir})
		if got := query(t, again.URL("postgres", Superuser), "select v from kept"); got != "appeal" {
			t.Errorf("kept = %q", got)
		}
		stop(t, again)
	})
	t.Run("and in a user namespace, which takes the files back to root", func(t *testing.T) {
		probe := exec.Command("true")
		attr := namespaced().attr
		probe.SysProcAttr = &attr
		if err := probe.Run(); err != nil {
			t.Skip("user namespaces are refused here: ", err)
		}
		again := setup(t, Options{DataDir: dir, accounts: func(string) []account { return []account{namespaced()} }})
		if got := query(t, again.URL("postgres", Superuser), "select v from kept"); got != "appeal" {
			t.Errorf("kept = %q", got)
		}
		stop(t, again)
	})
	t.Run("below a directory that is closed to every account, as /root is in a container", func(t *testing.T) {
		closed := filepath.Join(open, "root")
		if err := os.Mkdir(closed, 0o700); err != nil {
			t.Fatal(err)
		}
		home := filepath.Join(closed, "pg")
		refused := func(dir string) []account {
			return slices.DeleteFunc(accounts(dir), func(a account) bool { return a.attr.Cloneflags != 0 })
		}
		for _, want := range []string{"", "appeal"} { // the second time the cluster and its owner are there already
			s := setup(t, Options{DataDir: home, accounts: refused})
			if want == "" {
				query(t, s.URL("postgres", Superuser), "create table kept as select 'appeal'::text as v")
			} else if got := query(t, s.URL("postgres", Superuser), "select v from kept"); got != want {
				t.Errorf("kept = %q", got)
			}
			stop(t, s)
		}
		if st, err := os.Stat(closed); err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("the closed directory was opened: %v %v", st.Mode(), err)
		}
	})
	t.Run("no account fits: each is named with its reason", func(t *testing.T) {
		closed := filepath.Join(open, "closed")
		if err := os.Mkdir(closed, 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := Start(t.Context(), Options{DataDir: filepath.Join(closed, "pg"), Fast: true, accounts: nobody})
		if err == nil || !strings.Contains(err.Error(), "nobody: ") || !strings.Contains(err.Error(), "EREC_DATA_DIR") {
			t.Errorf("Start = %v, want the account and the way out", err)
		}
	})
}

// listening gives the local addresses, in the kernel's notation, on which a TCP port accepts.
func listening(t *testing.T, port int) []string {
	t.Helper()
	var at []string
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		b, err := os.ReadFile(table)
		if err != nil {
			continue // no IPv6 here
		}
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			addr, p, _ := strings.Cut(f[1], ":")
			if n, err := strconv.ParseInt(p, 16, 32); err == nil && int(n) == port && f[3] == "0A" {
				at = append(at, addr)
			}
		}
	}
	return at
}

// tree lists every file below dir with its size and change time.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			list = append(list, fmt.Sprint(path, info.Size(), info.ModTime()))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
