package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"ereception/internal/petitions"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
	"ereception/internal/platform/obs"
)

// PetitionsCmd gathers what the operator does about petitions.
type PetitionsCmd struct {
	Import  PetitionsImportCmd  `cmd:"" help:"Bring petitions of the city's former site over from a file: their archive, with the number of signatures alone."`
	Reindex PetitionsReindexCmd `cmd:"" help:"Write anew the words by which petitions are found in the list, after the program has learnt to read them otherwise."`
}

// PetitionsReindexCmd writes the words of all petitions anew.
type PetitionsReindexCmd struct{ config.Config }

// Run reindexes and says how many petitions changed.
func (c *PetitionsReindexCmd) Run(ctx context.Context) error { return c.run(ctx, os.Stdout) }

func (c *PetitionsReindexCmd) run(ctx context.Context, w io.Writer) error {
	log := obs.NewLogger(os.Stderr, slog.LevelWarn)
	s, err := openStore(ctx, &c.Config, clock.System{}, log)
	if err != nil {
		return err
	}
	defer s.close()
	n, err := petitions.New(petitions.Options{DB: s.DB, Clock: clock.System{}, Log: log}).Reindex(ctx)
	if err != nil {
		return plain(err)
	}
	_, err = fmt.Fprintf(w, "reindexed: %d\n", n)
	return err
}
