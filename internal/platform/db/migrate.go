package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// Migrate brings the database of ownerURL to the newest version: the numbered
// files of fsys, then River's own. Two instances that start at once take turns
// by an advisory lock. It never goes down and never drops data.
func Migrate(ctx context.Context, ownerURL string, fsys fs.FS, log *slog.Logger) error {
	cfg, err := pgxpool.ParseConfig(ownerURL)
	if err != nil {
		return errors.New("the address of the database is not of the form postgres://user:password@host/name")
	}
	cfg.MaxConns = 4
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer pool.Close()
	s := stdlib.OpenDBFromPool(pool)
	defer func() { _ = s.Close() }()
	if err := migrateOwn(ctx, s, fsys, log); err != nil {
		return err
	}
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the tables of the jobs: %w", err)
	}
	// Three indexes of River serve only the listing of jobs by their kind and
	// arguments, which nobody here asks for, and cost several times the INSERT of a
	// job. River's upkeep passes over what is missing.
	if _, err := pool.Exec(ctx, "DROP INDEX IF EXISTS river_job_args_index, river_job_metadata_index, river_job_kind"); err != nil {
		return fmt.Errorf("migrate the tables of the jobs: %w", err)
	}
	// What the portal's role may do is said by the migrations, which give it the
	// use of River's tables too (ALTER DEFAULT PRIVILEGES) and keep it from what
	// it must not touch.
	return nil
}

func migrateOwn(ctx context.Context, s *sql.DB, fsys fs.FS, log *slog.Logger) error {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, s, fsys, goose.WithSessionLocker(locker), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	for _, r := range done {
		log.InfoContext(ctx, "migrated", "version", r.Source.Version)
	}
	return nil
}
