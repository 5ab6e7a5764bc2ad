// Command bench measures the speed and the size of the portal. Every figure is
// printed beside a limit that is measured in the same run on the same machine,
// and as its share of that limit: an absolute number says more of the machine
// than of the portal. It prints and judges, it never fails: a busy machine is
// no defect of the code.
//
// What runs, each in a process of its own: PostgreSQL with full durability in a
// temporary folder, the portal as internal/app builds it, a plain net/http
// server that answers with as many bytes as the page it is compared with, and a
// generator of load that keeps 8 connections busy. docs/bench.md explains the
// figures.
//
// The program calls itself again for the parts (BENCH_ROLE).
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/platform/db"
	"ereception/internal/platform/pgembed"
)

const (
	ownerRole   = "erec_owner"
	database    = "ereception"
	concurrency = 8
)

// options of a run.
type options struct {
	rows    int
	seconds float64
	rounds  int
	only    string
	binary  string
	page    string
	profile string
	dir     string
	hold    bool
}

func main() {
	// Children are told of our death by the kernel, which means the death of the
	// thread that started them: it must be one that lives as long as we do.
	runtime.LockOSThread()
	var err error
	switch role := os.Getenv("BENCH_ROLE"); role {
	case "":
		err = run()
	default:
		err = play(role)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	var o options
	flag.IntVar(&o.rows, "rows", 200_000, "how many appeals lie in the database")
	flag.Float64Var(&o.seconds, "seconds", 2, "length of one measurement")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each pair is measured; the median counts")
	flag.StringVar(&o.only, "only", "pages,filing,procurement,petitions,similar,size,wire", "what to measure")
	flag.StringVar(&o.binary, "binary", "bin/ereception", "the built portal")
	flag.StringVar(&o.page, "page", "", "measure only the pages whose name has this in it")
	flag.StringVar(&o.profile, "profile", "", "folder that is there, for CPU profiles of the portal: each page, filing")
	flag.StringVar(&o.dir, "dir", "", "folder of the data, kept and used again; empty: a temporary one")
	flag.BoolVar(&o.hold, "hold", false, "keep the database up at the end, for EXPLAIN, until interrupted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "ereception-bench")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		o.dir = dir
	}
	b := &bench{options: o, has: strings.Split(o.only, ",")}
	defer b.close()
	return b.all(ctx)
}

// bench is one run.
type bench struct {
	options
	has    []string
	pg     *pgembed.Server
	su     *pgx.Conn // the superuser
	people crowd
	table  []line
	static *child
	// samples are addresses of pages with something on them.
	samples struct{ own, office, draft string }
}

func (b *bench) wants(what string) bool { return slices.Contains(b.has, what) }

func (b *bench) all(ctx context.Context) error {
	if err := b.database(ctx); err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{{"pages", b.pages}, {"filing", b.filing}, {"procurement", b.procurement}, {"petitions", b.petitions}, {"similar", b.similar}} {
		if !b.wants(part.name) {
			continue
		}
		if err := part.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	if b.wants("size") || b.wants("wire") {
		if err := b.binaryRun(ctx); err != nil {
			return err
		}
	}
	b.print()
	if b.hold {
		if b.pg == nil {
			if err := b.startDatabase(ctx); err != nil {
				return err
			}
		}
		say("psql %s", b.pg.URL(database, pgembed.Superuser))
		<-ctx.Done()
	}
	return nil
}

// database starts the cluster, lets the portal migrate it and load the
// demonstration city, and fills it up.
func (b *bench) database(ctx context.Context) error {
	say("starting PostgreSQL, loading the demonstration city")
	if err := b.startDatabase(ctx); err != nil {
		return err
	}
	p, err := b.portal(portalOptions{NoJobs: true, Demo: true})
	if err != nil {
		return err
	}
	p.stop()
	say("loading %d appeals", b.rows)
	return b.seed(ctx)
}

func (b *bench) startDatabase(ctx context.Context) error {
	log := slog.New(slog.DiscardHandler)
	var err error
	// Durability is the default: fsync, synchronous commit, full pages.
	if b.pg, err = pgembed.Start(ctx, pgembed.Options{
		DataDir: filepath.Join(b.dir, "pg"), Log: log, ExtraConf: map[string]string{"max_connections": "150"}, // pgbench signs with as many as sign in the portal
	}); err != nil {
		return err
	}
	for _, role := range []string{ownerRole, db.AppRole} {
		if err := b.pg.EnsureRole(ctx, role); err != nil {
			return err
		}
	}
	if err := b.pg.EnsureDatabase(ctx, database, ownerRole); err != nil {
		return err
	}
	b.su, err = pgx.Connect(ctx, b.pg.URL(database, pgembed.Superuser))
	return err
}

func (b *bench) stopDatabase() {
	if b.su != nil {
		_ = b.su.Close(context.Background())
		b.su = nil
	}
	if b.pg != nil {
		_ = b.pg.Stop(context.Background())
		b.pg = nil
	}
}

func (b *bench) close() {
	if b.static != nil {
		b.static.stop()
	}
	b.stopDatabase()
}

func say(format string, args ...any) {
	_, _ = fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// line is one figure of the table.
type line struct {
	what, value, limit string
	got, target        float64 // share of the limit, or the figure itself
	most               bool    // the target is the most that is allowed, not the least
	unit               string
	note               string
}

func (b *bench) add(l line) {
	b.table = append(b.table, l)
	say("%s: %s of %s: %s %s", l.what, l.value, l.limit, l.verdict(), l.note)
}

func (l line) verdict() string {
	switch {
	case l.target == 0:
		return ""
	case l.most && l.got <= l.target, !l.most && l.got >= l.target:
		return "good"
	default:
		return "short"
	}
}

func (l line) figures() (got, want string) {
	if l.unit == "%" {
		got = fmt.Sprintf("%.1f %%", 100*l.got)
		want = fmt.Sprintf("≥ %.0f %%", 100*l.target)
	} else {
		got = fmt.Sprintf("%.2f × limit", l.got/l.target)
		want = fmt.Sprintf("≤ %g %s", l.target, l.unit)
	}
	if l.target == 0 {
		want = "—"
	}
	return got, want
}

func (b *bench) print() {
	fmt.Printf("\n%d CPUs, PostgreSQL on the same machine, %d appeals, %d connections, median of %d rounds of %gs\n\n",
		runtime.NumCPU(), b.rows, concurrency, b.rounds, b.seconds)
	fmt.Println("| What | Measured | Limit of the same run | Share | Target | Verdict |")
	fmt.Println("|---|---:|---:|---:|---:|---|")
	for _, l := range b.table {
		got, want := l.figures()
		fmt.Printf("| %s | %s | %s | %s | %s | %s |\n", l.what, l.value, l.limit, got, want, strings.TrimSpace(l.verdict()+" "+l.note))
	}
}

func median[T cmp.Ordered](list []T) T {
	s := slices.Sorted(slices.Values(list))
	return s[len(s)/2]
}
