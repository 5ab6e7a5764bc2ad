package pgembed

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

const (
	clusterDir   = "cluster"
	passwordFile = "password"
	// clusterName marks a server as ours, in its process title and on its command line.
	clusterName = "ereception"
)

// defaultsConf suits a server that shares a small machine with the portal. The operator's own lines after the include
// in postgresql.conf, and ALTER SYSTEM, win over it.
const defaultsConf = `# Written by the portal at every start. Do not edit: put your own settings at the end of cluster/postgresql.conf.
max_connections = 60
shared_buffers = 256MB
effective_cache_size = 768MB
work_mem = 8MB
maintenance_work_mem = 64MB
wal_compression = on
max_wal_size = 1GB
random_page_cost = 1.1
# Short queries: compiling them costs more than it saves.
jit = off
max_parallel_workers_per_gather = 1
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
log_checkpoints = off
log_autovacuum_min_duration = -1
# A forgotten transaction must not hold locks and bloat tables for ever.
idle_in_transaction_session_timeout = 5min
`

// cluster is a data directory together with the programs and the account that serve it.
type cluster struct {
	dir     string
	bin     binaries
	account account
	fast    bool
	log     *slog.Logger
}

func (c *cluster) pgdata() string { return filepath.Join(c.dir, clusterDir) }

// command prepares one of PostgreSQL's programs: in its own process group, under the account, in the data directory,
// and with an environment in which nobody's PG* or LC_* variables change what it does.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin.dir, name), args...)
	attr := c.account.attr
	attr.Setpgid = true
	cmd.SysProcAttr = &attr
	cmd.Dir = c.account.workDir(c.dir)
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_") && !strings.HasPrefix(kv, "LANG") && !strings.HasPrefix(kv, "EREC_") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8")
	return cmd
}

// run runs a short-lived program to its end and returns what it printed.
func (c *cluster) run(ctx context.Context, stdin string, name string, args ...string) (string, error) {
	runtime.LockOSThread() // see startChild
	defer runtime.UnlockOSThread()
	cmd := c.command(name, args...)
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &out
	if err := cmd.Start(); err != nil {
		return "", err
	}
	finished := make(chan struct{})
	defer close(finished)
	go func() {
		select {
		case <-ctx.Done():
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // initdb's own children too
		case <-finished:
		}
	}()
	err := cmd.Wait()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return out.String(), err
}

// major is the version that made the cluster, 0 when there is none yet. ErrNotCluster when something else is there.
func (c *cluster) major() (int, error) {
	entries, err := os.ReadDir(c.pgdata())
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	b, err := os.ReadFile(filepath.Join(c.pgdata(), "PG_VERSION"))
	if err != nil {
		return 0, fmt.Errorf("%w: %s has files, but no readable PG_VERSION; nothing was changed. Restore it from a backup, or move the "+
			"directory away to begin with an empty database: %w", ErrNotCluster, c.pgdata(), err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, fmt.Errorf("%w: %s/PG_VERSION says %q; nothing was changed", ErrNotCluster, c.pgdata(), b)
	}
	return major, nil
}

// prepare leaves a cluster that is ready to be started: it makes one when major is 0, else sees to what a killed
// instance may have left. It returns the superuser's password.
func (c *cluster) prepare(ctx context.Context, major int) (secret string, err error) {
	if err := c.writeFile("defaults.conf", []byte(defaultsConf)); err != nil {
		return "", err
	}
	secret, known, err := c.password()
	if err != nil {
		return "", err
	}
	if major == 0 {
		if !known {
			if err := c.writeFile(passwordFile, []byte(secret+"\n")); err != nil {
				return "", err
			}
		}
		return secret, c.init(ctx)
	}
	if err := stopOrphans(ctx, c.pgdata(), c.log); err != nil {
		return "", err
	}
	if !known {
		if err := c.resetPassword(ctx, secret); err != nil {
			return "", err
		}
	}
	return secret, nil
}

// password reads the stored password, or makes one; a new one for a cluster that exists is stored only when
// resetPassword has set it.
func (c *cluster) password() (secret string, known bool, err error) {
	b, err := os.ReadFile(filepath.Join(c.dir, passwordFile))
	if secret = strings.TrimSpace(string(b)); err == nil && secret != "" {
		return secret, true, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", false, err
	}
	random := make([]byte, 24)
	rand.Read(random) // never fails (crypto/rand)
	return hex.EncodeToString(random), false, nil
}

// init makes the cluster beside its final place and moves it there whole: an interrupted one is never taken for data.
func (c *cluster) init(ctx context.Context) error {
	c.log.Info("creating the database cluster", "version", c.bin.version, "dir", c.pgdata())
	fresh := c.pgdata() + ".init"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	args := []string{
		"-D", fresh, "-U", Superuser, "--pwfile=" + filepath.Join(c.dir, passwordFile), "--auth=scram-sha-256",
		// Ukrainian order and letter case come from ICU; the C library needs no uk_UA.UTF-8, which few machines have.
		"--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=uk-UA",
		"--data-checksums", "--no-instructions",
	}
	if c.fast {
		args = append(args, "--no-sync")
	}
	if out, err := c.run(ctx, "", "initdb", args...); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	conf, err := os.OpenFile(filepath.Join(fresh, "postgresql.conf"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = conf.WriteString("\n# Settings of the portal. Your own go below this line: the last one counts.\ninclude_if_exists '../defaults.conf'\n")
	if err := errors.Join(err, conf.Close()); err != nil {
		return err
	}
	if err := os.Remove(c.pgdata()); err != nil && !errors.Is(err, os.ErrNotExist) { // an empty directory; major() looked
		return err
	}
	if err := os.Rename(fresh, c.pgdata()); err != nil {
		return err
	}
	return c.syncDir()
}

// resetPassword gives the superuser of a stopped cluster a new password, for when the file was lost or left out of a
// restored backup. Whoever may write to the directory could do the same by hand.
func (c *cluster) resetPassword(ctx context.Context, secret string) error {
	c.log.Warn("the database password file is missing, setting a new password", "dir", c.dir)
	out, err := c.run(ctx, "alter role "+Superuser+" password '"+secret+"'\n",
		"postgres", "--single", "-D", c.pgdata(), "-c", "log_min_error_statement=panic", "-c", "password_encryption=scram-sha-256", "postgres")
	if err == nil && (strings.Contains(out, "ERROR:") || strings.Contains(out, "FATAL:")) {
		err = errors.New("the statement was refused")
	}
	if err != nil {
		return fmt.Errorf("setting a new database password: %w\n%s", err, strings.ReplaceAll(out, secret, "…"))
	}
	return c.writeFile(passwordFile, []byte(secret+"\n"))
}

// writeFile replaces a file of the directory in one step, readable by its owner alone.
func (c *cluster) writeFile(name string, content []byte) error {
	path := filepath.Join(c.dir, name)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && !c.fast {
		err = f.Sync()
	}
	if err == nil && c.account.uid >= 0 {
		err = f.Chown(c.account.uid, c.account.gid)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return c.syncDir()
}

func (c *cluster) syncDir() error {
	if c.fast {
		return nil
	}
	d, err := os.Open(c.dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
