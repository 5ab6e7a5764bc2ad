package petitions

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/pgtest"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs"
	"ereception/internal/platform/jobs/kind"
)

// mortalURL makes the binary of the tests an instance of the portal that lives
// until it is killed.
const mortalURL = "PETITIONS_TEST_MORTAL"

func TestMain(m *testing.M) {
	if to := os.Getenv(mortalURL); to != "" {
		if err := liveAndDie(to); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	pgtest.Main(m)
}

// errand is what an instance is asked to do.
type errand struct {
	ID     int64
	What   string
	Who    authz.Actor
	Number int64
	IP     string
	Sweep  int64
	File   string
}

// outcome is what became of it.
type outcome struct {
	ID    int64
	Err   string
	Plain bool // the error is one that people are told: nothing was done
	N     int64
}

// liveAndDie does errands, all at once, until there are no more.
func liveAndDie(to string) error {
	ctx := context.Background()
	log := slog.New(slog.DiscardHandler)
	ck := clock.At(pgtest.Noon)
	d, err := db.Open(ctx, db.Options{URL: to, Clock: ck, Log: log, MaxConns: 6})
	if err != nil {
		return err
	}
	ins, err := jobs.New(d.Pool(), nil, nil, log)
	if err != nil {
		return err
	}
	d.UseJobs(ins)
	s := New(Options{
		DB: d, Calendars: fixedCalendar{calendar.Default()}, Locator: square{}, Signer: &signer{}, Appeals: &appealsDesk{},
		Clock: ck, Secret: []byte("a secret of the tests"), BaseURL: "https://e.example", Log: log,
	})
	var mu sync.Mutex
	out := json.NewEncoder(os.Stdout)
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	_, _ = fmt.Fprintln(os.Stdout, "{}") // it lives
	for {
		var e errand
		if err := in.Decode(&e); err != nil {
			return nil // whoever asked is gone
		}
		go func() {
			n, err := do(ctx, s, e)
			o := outcome{ID: e.ID, N: n}
			if err != nil {
				_, o.Plain = errs.As(err)
				o.Err = err.Error()
			}
			mu.Lock()
			defer mu.Unlock()
			_ = out.Encode(o)
		}()
	}
}

func do(ctx context.Context, s *Service, e errand) (int64, error) {
	switch e.What {
	case "sign":
		return 0, second(s.Sign(ctx, e.Who, e.Number, Mark{IP: e.IP}))
	case "raise":
		return 0, s.Raise(ctx, e.Who, e.Number, Mark{IP: e.IP})
	case "withdraw":
		return 0, s.Withdraw(ctx, e.Who, e.Number)
	case "import":
		rep, err := s.RunImport(ctx, strings.NewReader(e.File), ImportOptions{Source: "old.example"})
		return int64(rep.Created), err
	case "known":
		return 0, s.Known(ctx, kind.PetitionKnown{PersonID: e.Who.ID})
	case "count":
		return 0, s.Count(ctx)
	case "sweep":
		id, _, err := s.Try(ctx, e.Who, e.Number, RuleAddress, Params{Most: 2}, "")
		if err == nil {
			_, err = s.RunSweep(ctx, e.Who, e.Number, id)
		}
		return id, err
	case "undo":
		return 0, second(s.UndoSweep(ctx, e.Who, e.Number, e.Sweep))
	}
	return 0, fmt.Errorf("nobody can %s", e.What)
}

// mortal is an instance of the portal in a process of its own.
type mortal struct {
	b    *bundle
	t    testing.TB
	name string

	mu     sync.Mutex // of what follows
	life   int
	cmd    *exec.Cmd
	in     io.WriteCloser
	waits  map[int64]chan outcome
	last   int64
	over   chan struct{} // closed when this life has left nothing in the database
	dying  chan struct{} // while it is killed: closed when the next life has begun
	killed int
}

func (b *bundle) mortal(t testing.TB, name string) *mortal {
	t.Helper()
	m := &mortal{b: b, t: t, name: name}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.start()
	t.Cleanup(func() {
		m.mu.Lock()
		_ = m.in.Close()
		over := m.over
		m.mu.Unlock()
		<-over
	})
	return m
}

// start begins a life; m.mu is held.
func (m *mortal) start() {
	m.life++
	app := fmt.Sprintf("mortal-%s-%d", m.name, m.life)
	u, err := url.Parse(m.b.URL)
	if err != nil {
		panic(err)
	}
	q := u.Query()
	q.Set("application_name", app)
	u.RawQuery = q.Encode()
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	var dec *json.Decoder
	for try := 0; ; try++ { // as a supervisor does: one whose first connection is cut is begun anew
		m.cmd = exec.Command(self)
		m.cmd.Env = append(os.Environ(), mortalURL+"="+u.String())
		said := &bytes.Buffer{}
		m.cmd.Stderr = said
		out, err := m.cmd.StdoutPipe()
		if err != nil {
			panic(err)
		}
		if m.in, err = m.cmd.StdinPipe(); err != nil {
			panic(err)
		}
		if err := m.cmd.Start(); err != nil {
			panic(err)
		}
		dec = json.NewDecoder(out)
		var alive outcome
		if err = dec.Decode(&alive); err == nil {
			break
		}
		_ = m.cmd.Wait()
		if try == 10 {
			panic(fmt.Errorf("an instance did not start: %w: %s", err, said))
		}
	}
	waits, over, cmd := map[int64]chan outcome{}, make(chan struct{}), m.cmd
	m.waits, m.over = waits, over
	go func() {
		defer close(over)
		for {
			var o outcome
			if err := dec.Decode(&o); err != nil {
				break
			}
			m.mu.Lock()
			c := waits[o.ID]
			delete(waits, o.ID)
			m.mu.Unlock()
			c <- o
		}
		_ = cmd.Wait()
		// What it had under way in the database ends before anybody is told that its
		// outcome is unknown: else it would happen after what is tried next.
		for m.b.Count(m.t, "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", app) > 0 {
			time.Sleep(2 * time.Millisecond)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		for id, c := range waits {
			c <- outcome{ID: id, Err: "the instance was killed"}
			delete(waits, id)
		}
	}()
}

// ask waits for the outcome of an errand.
func (m *mortal) ask(e errand) outcome {
	m.mu.Lock()
	for m.dying != nil {
		next := m.dying
		m.mu.Unlock()
		<-next
		m.mu.Lock()
	}
	m.last++
	e.ID = m.last
	c := make(chan outcome, 1)
	m.waits[e.ID] = c
	err := json.NewEncoder(m.in).Encode(e)
	m.mu.Unlock()
	if err != nil {
		panic(fmt.Errorf("an instance died by itself: %w", err))
	}
	return <-c
}

// kill ends the process in the midst of whatever it does (SIGKILL), and a new one
// takes its place.
func (m *mortal) kill() {
	m.mu.Lock()
	if m.dying != nil { // by another hand
		m.mu.Unlock()
		return
	}
	m.dying = make(chan struct{})
	over := m.over
	_ = m.cmd.Process.Kill()
	m.mu.Unlock()
	<-over
	m.mu.Lock()
	defer m.mu.Unlock()
	m.killed++
	m.start()
	close(m.dying)
	m.dying = nil
}
