package pgembed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pidFile is what postmaster.pid says; the zero value when there is none.
type pidFile struct {
	pid    int
	status string // "starting", "stopping", "ready", "standby"
}

func readPidFile(pgdata string) pidFile {
	b, err := os.ReadFile(filepath.Join(pgdata, "postmaster.pid"))
	if err != nil {
		return pidFile{}
	}
	lines := strings.Split(string(b), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(lines[0]))
	f := pidFile{pid: max(pid, -pid)} // negative for a single-user backend
	if len(lines) > 7 {
		f.status = strings.TrimSpace(lines[7])
	}
	return f
}

// stopOrphans sees to it that no process works on pgdata before a new server is started there. We hold the lock, so
// whatever runs has lost its portal: a server of ours is asked to shut down (it was probably doing so already) and
// waited for. A server that somebody started by other means is not ours to stop: ErrInUse.
//
// A postmaster.pid that nobody stands behind is removed: PostgreSQL only looks whether its number is in use, and in a
// container the next start often meets the number again.
func stopOrphans(ctx context.Context, pgdata string, log *slog.Logger) error {
	procs, err := serversOn(pgdata)
	if err != nil {
		return err
	}
	if len(procs) == 0 {
		err := os.Remove(filepath.Join(pgdata, "postmaster.pid"))
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		log.Warn("the database was not shut down last time; it recovers now")
		return err
	}

	postmaster := readPidFile(pgdata).pid
	if slices.Contains(procs, postmaster) && !isOurs(postmaster) {
		return fmt.Errorf("%w: a PostgreSQL server (process %d) that the portal did not start runs on %s; stop it first",
			ErrInUse, postmaster, pgdata)
	}
	log.Warn("a database server outlived the portal, stopping it", "process", postmaster)
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, 30 * time.Second}, {syscall.SIGQUIT, 10 * time.Second}, {syscall.SIGKILL, 5 * time.Second}} {
		// The postmaster tells its backends. Without one they end by themselves, unless they must be told.
		switch {
		case slices.Contains(procs, postmaster):
			_ = syscall.Kill(postmaster, step.signal)
		case step.signal != syscall.SIGINT:
			for _, pid := range procs {
				_ = syscall.Kill(pid, step.signal)
			}
		}
		if procs, err = waitGone(ctx, pgdata, step.wait); err != nil {
			return err
		}
		if len(procs) == 0 {
			err := os.Remove(filepath.Join(pgdata, "postmaster.pid"))
			if errors.Is(err, os.ErrNotExist) {
				return nil
			}
			return err
		}
	}
	return fmt.Errorf("%w: processes %v of an earlier server on %s do not end", ErrInUse, procs, pgdata)
}

func waitGone(ctx context.Context, pgdata string, limit time.Duration) (left []int, err error) {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for {
		left, err = serversOn(pgdata)
		if err != nil || len(left) == 0 {
			return left, err
		}
		select {
		case <-ctx.Done():
			return left, ctx.Err()
		case <-deadline.C:
			return left, nil
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// serversOn lists the live postgres processes, postmaster and backends, whose working directory is pgdata: PostgreSQL
// enters it at start and never leaves. A person's shell that stands there is not one.
func serversOn(pgdata string) ([]int, error) {
	home, err := os.Stat(pgdata)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		// Unreadable: a zombie, a process that has just ended, or another account's.
		cwd, err := os.Stat(filepath.Join("/proc", e.Name(), "cwd"))
		if err != nil || !os.SameFile(home, cwd) {
			continue
		}
		exe, err := os.Readlink(filepath.Join("/proc", e.Name(), "exe"))
		if err == nil && filepath.Base(strings.TrimSuffix(exe, " (deleted)")) == "postgres" {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

func isOurs(pid int) bool {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	return err == nil && bytes.Contains(b, []byte("cluster_name="+clusterName))
}
