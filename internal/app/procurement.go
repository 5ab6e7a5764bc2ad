package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/riverqueue/river"

	"ereception/internal/identity"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/platform/obs"
	"ereception/internal/procurement"
)

// openPurchases builds the service of the city's purchases. The secret of the
// hashes that stand for sole traders is made at the first start and stays.
func openPurchases(ctx context.Context, d *db.DB, ck clock.Clock, log *slog.Logger) (*procurement.Service, error) {
	secret, err := identity.Secret(ctx, d, "procurement")
	if err != nil {
		return nil, err
	}
	return procurement.New(d, ck, secret, log), nil
}

func (a *App) purchases(ctx context.Context, o Options) error {
	var err error
	if a.Purchases, err = openPurchases(ctx, a.Store.DB, a.clock, a.Log); err != nil || !o.Demo {
		return err
	}
	_, err = a.Purchases.LoadSample(ctx)
	return err
}

// purchaseJobs are the jobs of the stored purchases; the mirror has its own.
func (a *App) purchaseJobs(w *river.Workers) []*river.PeriodicJob {
	jobs.Handle(w, time.Hour, a.Purchases.Check)
	jobs.Handle(w, 10*time.Minute, a.Purchases.Mark)
	return []*river.PeriodicJob{jobs.Daily(kind.PurchasesCheck{})}
}

// ProcurementCmd gathers what the operator does about the city's purchases.
type ProcurementCmd struct {
	Sync        ProcurementSyncCmd        `cmd:"" help:"Follow the OpenProcurement API: the purchases of the city's buyers, back to a start date and for ever."`
	Import      ProcurementImportCmd      `cmd:"" help:"Store documents of the OpenProcurement API from files and folders."`
	Payments    ProcurementPaymentsCmd    `cmd:"" help:"Load payments of the treasury's open data from a file."`
	Recalculate ProcurementRecalculateCmd `cmd:"" help:"Calculate the indicators of every purchase anew."`
}

// withPurchases opens the database for a command.
func withPurchases(ctx context.Context, c *config.Config, fn func(*procurement.Service) error) error {
	log := obs.NewLogger(os.Stderr, slog.LevelWarn)
	s, err := openStore(ctx, c, clock.System{}, log)
	if err != nil {
		return err
	}
	defer s.close()
	p, err := openPurchases(ctx, s.DB, clock.System{}, log)
	if err != nil {
		return err
	}
	return fn(p)
}

// ProcurementImportCmd stores documents.
type ProcurementImportCmd struct {
	config.Config
	Paths []string `arg:"" name:"path" help:"Files, or folders with all below them: documents with or without {\"data\": …}, JSON Lines, gzip."`
}

// Run imports and prints a line for each problem and a summary.
func (c *ProcurementImportCmd) Run(ctx context.Context) error {
	return withPurchases(ctx, &c.Config, func(p *procurement.Service) error { return c.run(ctx, p, os.Stdout) })
}

func (c *ProcurementImportCmd) run(ctx context.Context, p *procurement.Service, w io.Writer) error {
	sum, err := p.Import(ctx, c.Paths, procurement.FromImport, func(l procurement.ImportLine) {
		at := l.File
		if l.Line > 0 {
			at = fmt.Sprintf("%s:%d", l.File, l.Line)
		}
		switch {
		case l.Skipped:
			_, _ = fmt.Fprintf(w, "%s\tне документ закупівель, пропущено\n", at)
		default:
			_, _ = fmt.Fprintf(w, "%s\t%v\n", at, l.Err)
		}
	})
	_, _ = fmt.Fprintf(w, "файлів %d, документів %d: нових і змінених %d, без змін %d; пропущено %d, з помилками %d\n",
		sum.Files, sum.Documents, sum.Changed, sum.Unchanged, sum.Skipped, sum.Bad)
	if err == nil && sum.Bad > 0 {
		err = errors.New("не всі документи вдалося прочитати")
	}
	return err
}

// ProcurementPaymentsCmd loads payments.
type ProcurementPaymentsCmd struct {
	config.Config
	File string `arg:"" type:"existingfile" help:"CSV, JSON or JSON Lines with source_id, contract, payer_code, payee_code, payee_name, amount, paid_on, details."`
}

// Run loads the file and prints what became of each bad row.
func (c *ProcurementPaymentsCmd) Run(ctx context.Context) error {
	return withPurchases(ctx, &c.Config, func(p *procurement.Service) error { return c.run(ctx, p, os.Stdout) })
}

func (c *ProcurementPaymentsCmd) run(ctx context.Context, p *procurement.Service, w io.Writer) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	rep, err := p.ImportPayments(ctx, f)
	if err != nil {
		if e, ok := errs.As(err); ok {
			return errors.New(i18n.In(i18n.Default, e.Key, e.Args...))
		}
		return err
	}
	for _, b := range rep.Bad {
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\n", b.Row, b.Column, i18n.In(i18n.Default, b.Key, b.Args...))
	}
	_, _ = fmt.Fprintf(w, "рядків %d: збережено %d, з помилками %d; платежів зі знайденим договором %d\n", rep.Rows, rep.Saved, rep.BadRows, rep.Matched)
	if rep.BadRows > 0 {
		return errors.New("не всі платежі вдалося прочитати")
	}
	return nil
}

// ProcurementRecalculateCmd calculates the indicators anew.
type ProcurementRecalculateCmd struct{ config.Config }

// Run calculates and says how long it took.
func (c *ProcurementRecalculateCmd) Run(ctx context.Context) error {
	return withPurchases(ctx, &c.Config, func(p *procurement.Service) error {
		began := clock.System{}.Now()
		r, err := p.Recalculate(ctx, nil)
		if err != nil {
			return err
		}
		fmt.Printf("закупівель %d, змінилися значення в %d; %s\n", r.Tenders, r.Changed, clock.System{}.Now().Sub(began).Round(time.Millisecond))
		return nil
	})
}
