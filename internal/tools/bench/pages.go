package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// get is a request as a browser makes it, as far as it matters.
func get(path, session, encoding string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "GET %s HTTP/1.1\r\nHost: bench\r\nAccept: text/html\r\nAccept-Language: uk\r\n", path)
	if encoding != "" {
		fmt.Fprintf(&s, "Accept-Encoding: %s\r\n", encoding)
	}
	if session != "" {
		fmt.Fprintf(&s, "Cookie: erec=%s\r\n", session)
	}
	s.WriteString("\r\n")
	return s.String()
}

// livePage is a page to be measured; paths are asked in turn.
type livePage struct {
	name    string
	paths   []string
	session string
	packed  bool // asked for with gzip, as browsers do where no proxy packs
	target  float64
}

// pages compares each live page with a static handler of as many bytes.
func (b *bench) pages(ctx context.Context) error {
	p, err := b.portal(portalOptions{NoJobs: true, Demo: true})
	if err != nil {
		return err
	}
	defer p.stop()
	if b.static, err = startChild("static", nil); err != nil {
		return err
	}
	defer func() { b.static.stop(); b.static = nil }()
	list, err := b.list(ctx)
	if err != nil {
		return err
	}
	for i, page := range list {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !strings.Contains(page.name, b.options.page) {
			continue
		}
		if err := b.page(p, page, i); err != nil {
			return fmt.Errorf("%s: %w", page.name, err)
		}
	}
	return nil
}

func (b *bench) list(ctx context.Context) ([]livePage, error) {
	own, err := b.strings(ctx, "SELECT '/appeals/' || number FROM appeals WHERE author_id = $1 ORDER BY number LIKE 'b-%', received_at DESC LIMIT 20", b.people.resident)
	if err != nil {
		return nil, err
	}
	cases, err := b.strings(ctx, "SELECT '/cabinet/appeals/' || number FROM appeals WHERE number NOT LIKE 'b-%' ORDER BY due_at LIMIT 40")
	if err != nil {
		return nil, err
	}
	if len(own) == 0 || len(cases) == 0 {
		return nil, errors.New("the demonstration city is empty")
	}
	resident, clerk := b.people.session(b.people.resident), b.people.session(b.people.specialist)
	return []livePage{
		{"Home page, stranger", []string{"/"}, "", false, 0.50},
		{"The appeal (resident)", own, resident, false, 0.10},
		{"The resident's list", []string{"/appeals"}, resident, false, 0.10},
		{"The clerk's queue, incoming", []string{"/cabinet/appeals?set=incoming"}, clerk, false, 0.10},
		{"The clerk's queue, page 5 of overdue", []string{"/cabinet/appeals?set=overdue&page=5"}, clerk, false, 0.10},
		{"The clerk's queue, all, filtered by kind", []string{"/cabinet/appeals?set=all&kind=complaint"}, clerk, false, 0.10},
		{"The appeal (clerk)", cases, clerk, false, 0.10},
		{"The clerk's queue, incoming, packed by the portal", []string{"/cabinet/appeals?set=incoming"}, clerk, true, 0},
	}, nil
}

func (b *bench) page(p *child, page livePage, i int) error {
	var requests []string
	encoding := ""
	if page.packed {
		encoding = "gzip"
	}
	for _, path := range page.paths {
		requests = append(requests, get(path, page.session, encoding))
	}
	dynamic := loadOptions{Addr: p.addr, Seconds: 1, Requests: requests, Status: http.StatusOK}
	warm, err := load(dynamic)
	if err != nil {
		return err
	}
	fixed := loadOptions{Addr: b.static.addr, Seconds: b.seconds, Requests: []string{get(fmt.Sprintf("/%d", warm.size()), page.session, "")}, Status: http.StatusOK}
	dynamic.Seconds = b.seconds
	var ratios, byCPU, got, limit []float64
	servers := append(family(b.postmaster()), p.cmd.Process.Pid)
	var last loadResult
	for range b.rounds {
		s, err := measure(fixed, []int{b.static.cmd.Process.Pid})
		if err != nil {
			return err
		}
		if last, err = measure(dynamic, servers); err != nil {
			return err
		}
		byCPU = append(byCPU, s.cost()/last.cost())
		ratios, got, limit = append(ratios, last.rate()/s.rate()), append(got, last.rate()), append(limit, s.rate())
	}
	b.add(line{
		what: page.name, value: fmt.Sprintf("%.0f/s, p99 %d ms", median(got), last.P99.Milliseconds()),
		limit: fmt.Sprintf("%.0f/s static of %.1f kB", median(limit), float64(warm.size())/1000),
		got:   median(ratios), target: page.target, unit: "%",
		note: fmt.Sprintf("(%.1f %% by CPU time)", 100*median(byCPU)),
	})
	if b.profile != "" {
		return b.cpu(p, fmt.Sprintf("%d.pprof", i), func(seconds float64) error {
			dynamic.Seconds = seconds
			_, err := load(dynamic)
			return err
		})
	}
	return nil
}

// cpu keeps a profile of the portal under the load.
func (b *bench) cpu(p *child, name string, load func(seconds float64) error) error {
	done := make(chan error, 1)
	go func() {
		res, err := http.Get("http://" + p.addr + "/debug/pprof/profile?seconds=3")
		if err != nil {
			done <- err
			return
		}
		defer func() { _ = res.Body.Close() }()
		f, err := os.Create(filepath.Join(b.profile, name))
		if err == nil {
			_, err = io.Copy(f, res.Body)
			err = errors.Join(err, f.Close())
		}
		done <- err
	}()
	if err := load(4); err != nil {
		return err
	}
	return <-done
}
