package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The limits of size, in bytes.
const (
	mega       = 1_000_000
	kilo       = 1_000
	idleAfter  = 5 * time.Second
	startLimit = time.Second
)

// binaryRun measures the built portal as people run it: with its own cluster,
// on the data of this run, started for the second time.
func (b *bench) binaryRun(ctx context.Context) error {
	st, err := os.Stat(b.binary)
	if err != nil {
		return fmt.Errorf("%w: make build comes first", err)
	}
	b.stopDatabase()
	home := ""
	first := time.Duration(0)
	var p *exec.Cmd
	for range max(b.rounds, 1) { // the best of a few: a start is short, the machine busy
		if p != nil {
			stopBinary(p)
		}
		var took time.Duration
		if p, home, took, err = b.startBinary(ctx); err != nil {
			return err
		}
		if first == 0 || took < first {
			first = took
		}
	}
	defer func() { stopBinary(p) }()
	if b.wants("size") {
		b.add(line{what: "Binary", value: fmt.Sprintf("%.1f MB", float64(st.Size())/mega), limit: "60 MB", got: float64(st.Size()) / mega, target: 60, most: true, unit: "MB"})
		b.add(line{what: "Second start to the first page", value: fmt.Sprintf("%d ms", first.Milliseconds()), limit: "1000 ms", got: float64(first.Milliseconds()), target: float64(startLimit.Milliseconds()), most: true, unit: "ms"})
		time.Sleep(idleAfter)
		rss, err := resident(p.Process.Pid)
		if err != nil {
			return err
		}
		b.add(line{what: "Resident memory of the portal, idle", value: fmt.Sprintf("%.1f MB", float64(rss)/mega), limit: "100 MB", got: float64(rss) / mega, target: 100, most: true, unit: "MB"})
	}
	if b.wants("wire") {
		return b.wire(ctx, home)
	}
	return nil
}

// startBinary starts the portal and waits for its home page.
func (b *bench) startBinary(ctx context.Context) (p *exec.Cmd, home string, took time.Duration, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", 0, err
	}
	addr := l.Addr().String()
	_ = l.Close()
	log, err := os.Create(filepath.Join(b.dir, "serve.log"))
	if err != nil {
		return nil, "", 0, err
	}
	defer func() { _ = log.Close() }()
	p = exec.Command(b.binary, "serve", "--demo")
	p.Env = append(os.Environ(), "EREC_ADDR="+addr, "EREC_DATA_DIR="+b.dir)
	p.Stdout, p.Stderr = log, log
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
	began := time.Now()
	if err := p.Start(); err != nil {
		return nil, "", 0, err
	}
	home = "http://" + addr
	for time.Since(began) < time.Minute && ctx.Err() == nil {
		if res, err := http.Get(home + "/"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return p, home, time.Since(began), nil
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	stopBinary(p)
	return nil, "", 0, errors.New("the portal did not start; see serve.log in the folder of the run (-dir)")
}

func stopBinary(p *exec.Cmd) {
	_ = p.Process.Signal(syscall.SIGTERM)
	_ = p.Wait()
}

var rssRE = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// resident is the memory of a process that lies in RAM.
func resident(pid int) (int64, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, err
	}
	m := rssRE.FindStringSubmatch(string(b))
	if m == nil {
		return 0, errors.New("the kernel does not tell VmRSS")
	}
	n, err := strconv.ParseInt(strings.TrimSpace(m[1]), 10, 64)
	return n * 1024, err
}
