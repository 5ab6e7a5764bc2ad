package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"ereception/internal/law/calendar"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
	"ereception/internal/platform/db"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/platform/obs"
	"ereception/internal/procurement"
	"ereception/internal/procurement/mirror"
)

// newMirror builds the follower of the public API over the stored purchases.
func newMirror(c *config.Config, d *db.DB, p *procurement.Service, ck clock.Clock, log *slog.Logger) (*mirror.Syncer, error) {
	since, err := c.Since(ck.Now(), calendar.Kyiv())
	if err != nil {
		return nil, err
	}
	if c.ProzorroURL == "" {
		return nil, errors.New("EREC_PROZORRO_URL is empty: there is no API to follow")
	}
	api, err := mirror.NewClient(mirror.ClientOptions{
		BaseURL: c.ProzorroURL, Contact: cmp.Or(c.ProzorroContact, c.BaseURL), Rate: c.ProzorroRate, Clock: ck,
	})
	if err != nil {
		return nil, fmt.Errorf("EREC_PROZORRO_URL: %w", err)
	}
	return mirror.New(mirror.Options{
		DB: d, API: api, Clock: ck, Log: log, Since: since,
		Put: func(ctx context.Context, tx *db.Tx, raw []byte) error {
			_, err := p.PutTx(ctx, tx, raw, procurement.FromAPI)
			return err
		},
	}), nil
}

// syncRound is what a running portal does each minute. The rate of requests
// bounds it before its numbers do: 250 in the time of a round at five a second.
var syncRound = mirror.Bounds{Pages: 100, Documents: 200, Time: 50 * time.Second}

// mirrorJobs follow the API while the portal serves, when the operator asked
// for it; never in the demonstration. Without it the kinds are still known, so
// that jobs of an earlier start end in peace.
func (a *App) mirrorJobs(w *river.Workers, o Options) ([]*river.PeriodicJob, error) {
	if !a.Config.ProzorroSync || o.Demo {
		jobs.Handle(w, time.Minute, func(context.Context, kind.PurchasesSync) error { return nil })
		jobs.Handle(w, time.Minute, func(context.Context, kind.PurchasesNight) error { return nil })
		return nil, nil
	}
	s, err := newMirror(a.Config, a.Store.DB, a.Purchases, a.clock, a.Log)
	if err != nil {
		return nil, err
	}
	jobs.Handle(w, 5*time.Minute, func(ctx context.Context, _ kind.PurchasesSync) error {
		err := s.Round(ctx, syncRound)
		if ctx.Err() != nil || errors.Is(err, mirror.ErrBusy) || errors.Is(err, mirror.ErrNoBuyers) {
			return nil // the portal stops, the command follows, or there is nobody to follow: /admin/buyers tells
		}
		return err
	})
	jobs.Handle(w, 5*time.Minute, func(ctx context.Context, _ kind.PurchasesNight) error {
		_, err := s.Upkeep(ctx)
		return err
	})
	once := func(args river.JobArgs) func() (river.JobArgs, *river.InsertOpts) {
		// The next minute is the next attempt.
		return func() (river.JobArgs, *river.InsertOpts) { return args, &river.InsertOpts{MaxAttempts: 1} }
	}
	return []*river.PeriodicJob{
		river.NewPeriodicJob(river.PeriodicInterval(time.Minute), once(kind.PurchasesSync{}), &river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(nights{}, once(kind.PurchasesNight{}), nil),
	}, nil
}

// nights is the schedule of the work of the night.
type nights struct{}

// Next is three o'clock in Kyiv.
func (nights) Next(t time.Time) time.Time { return mirror.NextNight(t) }

// ProcurementSyncCmd follows the public API.
type ProcurementSyncCmd struct {
	config.Config
	Once   bool          `help:"End when everything up to now is here. Without it: go on until Ctrl+C."`
	Relist bool          `help:"List the feeds anew back to the start date: after EREC_PROZORRO_SINCE was moved back, or when something seems to be missing."`
	Every  time.Duration `default:"5s" help:"How often the progress is printed."`
}

// Run follows and prints the progress.
func (c *ProcurementSyncCmd) Run(ctx context.Context) error { return c.run(ctx, os.Stdout) }

func (c *ProcurementSyncCmd) run(ctx context.Context, w io.Writer) error {
	log := obs.NewLogger(os.Stderr, slog.LevelWarn)
	s, err := openStore(ctx, &c.Config, clock.System{}, log)
	if err != nil {
		return err
	}
	defer s.close()
	p, err := openPurchases(ctx, s.DB, clock.System{}, log)
	if err != nil {
		return err
	}
	m, err := newMirror(&c.Config, s.DB, p, clock.System{}, log)
	if err != nil {
		return err
	}
	return c.follow(ctx, m, w)
}

func (c *ProcurementSyncCmd) follow(ctx context.Context, m *mirror.Syncer, w io.Writer) error {
	if c.Relist {
		if err := m.Relist(ctx); err != nil {
			return err
		}
	}
	pctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	if c.Every > 0 {
		wg.Go(func() {
			for (mirror.Timers{}).Sleep(pctx, c.Every) == nil {
				_ = c.progress(pctx, m, w)
			}
		})
	}
	var err error
	if c.Once {
		err = m.Once(ctx)
	} else {
		err = m.Run(ctx)
	}
	stop()
	wg.Wait()
	if ctx.Err() != nil {
		err = nil // asked to stop: nothing is lost
	}
	if perr := c.progress(context.WithoutCancel(ctx), m, w); err == nil {
		err = perr
	}
	return err
}

var feedNames = map[string]string{"tender": "закупівлі", "contract": "договори", "plan": "плани", "monitoring": "моніторинги"}

// progress prints a line for each feed and one for the whole.
func (c *ProcurementSyncCmd) progress(ctx context.Context, m *mirror.Syncer, w io.Writer) error {
	list, err := m.Status(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, f := range list {
		back := fmt.Sprintf("назад %.0f %%", f.Share*100)
		if f.Reached != nil && !f.BackwardDone {
			back += " (до " + i18n.DateIn(i18n.Default, *f.Reached) + ")"
		}
		_, _ = fmt.Fprintf(w, "%-11s %s, переглянуто %d, міста %d, чекають %d, недоступні %d", feedNames[f.Resource], back, f.Listed, f.Matched, f.Queue, f.Gone)
		if f.LastError != "" {
			_, _ = fmt.Fprintf(w, "; остання помилка: %s", f.LastError)
		}
		_, _ = fmt.Fprintln(w)
	}
	if left := mirror.Left(list, c.ProzorroRate); left > 0 {
		_, _ = fmt.Fprintf(w, "лишилося приблизно %s\n", left.Round(time.Second))
	}
	return nil
}
