package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// soakOptions are sent to the generator of the peak.
type soakOptions struct {
	Addr     string
	Seconds  int
	Rate     float64  // requests a second, offered whatever becomes of those before
	Conns    int      // over which they go
	Requests []string // each once
	Lookers  int      // connections that ask Look as fast as they are answered
	Look     string
}

// soakResult is what it answers. Times run from the moment at which a request
// was due, waiting for a connection included.
type soakResult struct {
	Statuses map[int]int
	Broken   int // no answer, or one later than ten seconds
	Looks    int
	Refused  int // looks that were answered with 503
	Took     float64
	P50, P99 time.Duration // of the requests that were done (303)
	Slow     map[int]int   // by second, how many took longer than 300 ms
}

func soak(o soakOptions) (soakResult, error) {
	var r soakResult
	cmd, err := command("soak", o)
	if err != nil {
		return r, err
	}
	out, err := cmd.Output()
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(out, &r)
}

// playSoak offers requests at a fixed rate: unlike in a closed loop, a slow
// answer does not make the crowd wait.
func playSoak(ctx context.Context) error {
	var o soakOptions
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return err
	}
	type due struct {
		at time.Time
		q  string
	}
	var (
		mu    sync.Mutex
		out   = soakResult{Statuses: map[int]int{}, Slow: map[int]int{}}
		times []time.Duration
		wg    sync.WaitGroup
		queue = make(chan due, len(o.Requests))
	)
	stop, end := context.WithCancel(ctx)
	defer end()
	for range o.Lookers {
		wg.Go(func() {
			looks, refused := 0, 0
			c := &wire1{addr: o.Addr}
			defer c.close()
			for stop.Err() == nil {
				switch status, err := c.ask(o.Look); {
				case err != nil:
				case status == http.StatusOK:
					looks++
				default:
					refused++
				}
			}
			mu.Lock()
			out.Looks += looks
			out.Refused += refused
			mu.Unlock()
		})
	}
	var signers sync.WaitGroup
	began := time.Now()
	for range o.Conns {
		signers.Go(func() {
			c := &wire1{addr: o.Addr}
			defer c.close()
			for d := range queue {
				status, err := c.ask(d.q)
				took := time.Since(d.at)
				mu.Lock()
				switch {
				case err != nil || took > 10*time.Second:
					out.Broken++
				default:
					out.Statuses[status]++
					if status == http.StatusSeeOther {
						times = append(times, took)
						if took > 300*time.Millisecond {
							out.Slow[int(d.at.Sub(began).Seconds())]++
						}
					}
				}
				mu.Unlock()
			}
		})
	}
	for i, q := range o.Requests {
		at := began.Add(time.Duration(float64(i) / o.Rate * float64(time.Second)))
		if d := time.Until(at); d > 0 {
			time.Sleep(d)
		}
		queue <- due{at, q}
	}
	close(queue)
	signers.Wait()
	out.Took = time.Since(began).Seconds()
	end()
	wg.Wait()
	slices.Sort(times)
	if n := len(times); n > 0 {
		out.P50, out.P99 = times[n/2], times[min(n-1, n*99/100)]
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

// wire1 is one connection that comes back after a break.
type wire1 struct {
	addr string
	c    net.Conn
	r    *bufio.Reader
}

func (l *wire1) close() {
	if l.c != nil {
		_ = l.c.Close()
		l.c = nil
	}
}

func (l *wire1) ask(q string) (int, error) {
	if l.c == nil {
		c, err := net.Dial("tcp", l.addr)
		if err != nil {
			return 0, err
		}
		l.c, l.r = c, bufio.NewReaderSize(c, 64<<10)
	}
	if _, err := io.WriteString(l.c, q); err != nil {
		l.close()
		return 0, err
	}
	status, _, err := answer(l.r)
	if err != nil {
		l.close()
	}
	return status, err
}
