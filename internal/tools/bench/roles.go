package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"ereception/internal/app"
	"ereception/internal/platform/config"
	"ereception/internal/platform/db"
)

// play is the program in one of its parts.
func play(role string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	switch role {
	case "portal":
		return playPortal(ctx)
	case "static":
		return playStatic(ctx)
	case "load":
		return playLoad(ctx)
	case "soak":
		return playSoak(ctx)
	}
	return fmt.Errorf("unknown part %q", role)
}

// portalOptions are sent to the portal's process.
type portalOptions struct {
	NoJobs, Demo           bool
	URL, OwnerURL, DataDir string
}

// playPortal serves the portal as the composition root builds it.
func playPortal(ctx context.Context) error {
	var o portalOptions
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c := &config.Config{
		BaseURL: "http://" + l.Addr().String(), DataDir: o.DataDir, DatabaseURL: o.URL, OwnerURL: o.OwnerURL,
		// Filing is limited per network; the load says in X-Forwarded-For that it comes from many.
		TrustedProxies: []string{"127.0.0.1"}, MailFrom: "bench <bench@example.org>", SMTPTLS: "none", LogLevel: "warn",
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	app.TuneMemory()
	a, err := app.Build(ctx, c, log, app.Options{Demo: o.Demo, NoJobs: o.NoJobs})
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx))
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.Handle("/debug/pprof/", http.HandlerFunc(pprof.Index))
	mux.Handle("/", a.Handler)
	return serve(ctx, l, mux)
}

// playStatic answers /N with N bytes.
func playStatic(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	body := bytes.Repeat([]byte("0123456789abcdef"), 64<<10)
	return serve(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil || n > len(body) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(n))
		_, _ = w.Write(body[:n])
	}))
}

func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	fmt.Println(l.Addr())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return srv.Close()
	}
}

// loadOptions are sent to the generator of load.
type loadOptions struct {
	Addr     string
	Conns    int
	Seconds  float64
	Requests []string // whole requests, used in turn
	Once     bool     // each at most once
	Status   int
}

// loadResult is what it answers.
type loadResult struct {
	Done, Wrong int
	Statuses    map[int]int
	Seconds     float64
	Body        int64   // bytes of the bodies
	CPU         float64 // seconds of processor that the generator used
	P50, P95    time.Duration
	P99         time.Duration
}

func (r loadResult) rate() float64 { return float64(r.Done) / r.Seconds }

func (r loadResult) size() int { return int(r.Body / int64(max(r.Done, 1))) }

// playLoad keeps the connections busy, by the simplest client there is: what it
// costs itself would make every ratio look better than it is.
func playLoad(ctx context.Context) error {
	var o loadOptions
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(o.Seconds*float64(time.Second)))
	defer cancel()
	out := loadResult{Statuses: map[int]int{}}
	var (
		mu    sync.Mutex
		next  int
		times []time.Duration
		wg    sync.WaitGroup
		first error
	)
	take := func(worker, i int) (string, bool) {
		if !o.Once {
			return o.Requests[(worker+i)%len(o.Requests)], true
		}
		mu.Lock()
		defer mu.Unlock()
		if next == len(o.Requests) {
			return "", false
		}
		next++
		return o.Requests[next-1], true
	}
	began := time.Now()
	for worker := range o.Conns {
		wg.Go(func() {
			r, err := drive(ctx, o, func(i int) (string, bool) { return take(worker, i) })
			mu.Lock()
			defer mu.Unlock()
			if err != nil && first == nil {
				first = err
			}
			out.Done += r.Done
			out.Wrong += r.Wrong
			out.Body += r.Body
			for s, n := range r.Statuses {
				out.Statuses[s] += n
			}
			times = append(times, r.times...)
		})
	}
	wg.Wait()
	if first != nil {
		return first
	}
	out.Seconds, out.CPU = time.Since(began).Seconds(), cpuOf(os.Getpid())
	slices.Sort(times)
	if n := len(times); n > 0 {
		out.P50, out.P95, out.P99 = times[n/2], times[min(n-1, n*95/100)], times[min(n-1, n*99/100)]
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

type driven struct {
	loadResult
	times []time.Duration
}

func drive(ctx context.Context, o loadOptions, take func(int) (string, bool)) (driven, error) {
	d := driven{loadResult: loadResult{Statuses: map[int]int{}}}
	c, err := net.Dial("tcp", o.Addr)
	if err != nil {
		return d, err
	}
	defer func() { _ = c.Close() }()
	r := bufio.NewReaderSize(c, 64<<10)
	for i := 0; ctx.Err() == nil; i++ {
		q, ok := take(i)
		if !ok {
			break
		}
		began := time.Now()
		if _, err := io.WriteString(c, q); err != nil {
			return d, err
		}
		status, n, err := answer(r)
		if err != nil {
			return d, err
		}
		d.times = append(d.times, time.Since(began))
		d.Done++
		d.Body += int64(n)
		if status != o.Status {
			d.Wrong++
			d.Statuses[status]++
		}
	}
	return d, nil
}

// answer reads one answer of HTTP/1.1 and throws the body away.
func answer(r *bufio.Reader) (status, length int, err error) {
	first, err := r.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if len(first) < 12 {
		return 0, 0, fmt.Errorf("no answer of HTTP: %q", first)
	}
	status, err = strconv.Atoi(string(first[9:12]))
	if err != nil {
		return 0, 0, err
	}
	length = -1
	for {
		h, err := r.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		if len(h) <= 2 {
			break
		}
		if n, ok := bytes.CutPrefix(h, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(n))); err != nil {
				return 0, 0, err
			}
		}
	}
	if length < 0 {
		return status, 0, errors.New("an answer without Content-Length")
	}
	_, err = r.Discard(length)
	return status, length, err
}

// child is a part that serves.
type child struct {
	cmd  *exec.Cmd
	addr string
}

func command(role string, input any) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	in, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "BENCH_ROLE="+role)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
	return cmd, nil
}

func startChild(role string, input any) (*child, error) {
	cmd, err := command(role, input)
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		return nil, fmt.Errorf("the part %s did not start: %w", role, err)
	}
	return &child{cmd: cmd, addr: strings.TrimSpace(addr)}, nil
}

// stop ends the part; a second call does nothing.
func (c *child) stop() {
	if c.cmd.ProcessState == nil {
		_ = c.cmd.Process.Signal(syscall.SIGTERM)
		_ = c.cmd.Wait()
	}
}

func (b *bench) portal(o portalOptions) (*child, error) {
	o.URL, o.OwnerURL = b.pg.URL(database, db.AppRole), b.pg.URL(database, ownerRole)
	o.DataDir = filepath.Join(b.dir, "portal")
	return startChild("portal", o)
}

// measure loads and adds to the result's CPU what the servers used meanwhile.
func measure(o loadOptions, pids []int) (loadResult, error) {
	before := cpuOf(pids...)
	r, err := load(o)
	r.CPU += cpuOf(pids...) - before
	return r, err
}

// cost is the seconds of processor of one request, on all sides.
func (r loadResult) cost() float64 { return r.CPU / float64(max(r.Done, 1)) }

func load(o loadOptions) (loadResult, error) {
	var r loadResult
	if o.Conns == 0 {
		o.Conns = concurrency
	}
	cmd, err := command("load", o)
	if err != nil {
		return r, err
	}
	out, err := cmd.Output()
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return r, err
	}
	if r.Wrong > 0 {
		return r, fmt.Errorf("%d of %d answers were not %d: %v", r.Wrong, r.Done, o.Status, r.Statuses)
	}
	return r, nil
}
