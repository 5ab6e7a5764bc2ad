package app

import (
	"context"
	"io"
	"log/slog"
	"os"

	"ereception/internal/petitions"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
	"ereception/internal/platform/obs"
)

// PetitionsImportCmd brings petitions of the former site over.
type PetitionsImportCmd struct {
	config.Config
	File    string `arg:"" type:"existingfile" help:"CSV: number, title, text, author, state, published, count; if needed ended, threshold, answer, answered, url, topic."`
	Source  string `required:"" help:"The former site, as pages will name it. The same number of the same site is the same petition."`
	DryRun  bool   `help:"Tell what would change and change nothing."`
	SkipBad bool   `help:"Leave bad rows out. Without it one bad row refuses the whole file."`
}

// Run imports and prints the report row by row.
func (c *PetitionsImportCmd) Run(ctx context.Context) error { return c.run(ctx, os.Stdout) }

func (c *PetitionsImportCmd) run(ctx context.Context, w io.Writer) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	log := obs.NewLogger(os.Stderr, slog.LevelWarn)
	s, err := openStore(ctx, &c.Config, clock.System{}, log)
	if err != nil {
		return err
	}
	defer s.close()
	// The archive takes neither signatures nor terms: what those need is not built.
	p := petitions.New(petitions.Options{DB: s.DB, Clock: clock.System{}, Log: log})
	rep, err := p.RunImport(ctx, f, petitions.ImportOptions{Source: c.Source, DryRun: c.DryRun, SkipBad: c.SkipBad})
	if err != nil {
		return plain(err)
	}
	return printReport(w, rep)
}
