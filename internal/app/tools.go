package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"ereception/internal/city"
	"ereception/internal/platform/db"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/pgembed"
	"ereception/migrations"
)

// importRegister loads a register of the city and prints what became of each
// bad row. A refused file is an error.
func importRegister(ctx context.Context, d *db.DB, c *ImportCmd, r io.Reader, w io.Writer) error {
	rep, err := city.RunImport(ctx, d, city.ImportKind(c.Kind), r, city.ImportOptions{DryRun: c.DryRun, SkipBad: c.SkipBad})
	if err != nil {
		return err
	}
	return printReport(w, rep)
}

// printReport prints what became of a file, row by row. A refused file is an error.
func printReport(w io.Writer, rep city.Report) error {
	for _, b := range rep.Bad {
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\n", b.Row, b.Column, i18n.In(i18n.Default, b.Key, b.Args...))
	}
	_, _ = fmt.Fprintf(w, "рядків %d: нових %d, змінених %d, без змін %d, чужих %d, з помилками %d\n",
		rep.Rows, rep.Created, rep.Updated, rep.Unchanged, rep.Ignored, rep.BadRows)
	if len(rep.Unread) > 0 {
		_, _ = fmt.Fprintf(w, "не прочитані стовпці: %s\n", strings.Join(rep.Unread, ", "))
	}
	if rep.Refused {
		return errors.New("файл не завантажено: виправте рядки з помилками або додайте --skip-bad")
	}
	if rep.DryRun {
		_, _ = fmt.Fprintln(w, "пробний запуск: нічого не змінено")
	}
	return nil
}

// SchemaCmd writes what the migrations make, so that a review sees the whole
// schema and not its steps.
type SchemaCmd struct {
	Check bool   `help:"Fail when the committed file is not what the migrations make."`
	File  string `default:"migrations/schema.sql" help:"The committed file."`
}

// Run migrates an empty cluster and dumps its schema with pg_dump.
func (c *SchemaCmd) Run(ctx context.Context) error {
	got, err := schemaDump(ctx)
	if err != nil {
		return err
	}
	if !c.Check {
		return os.WriteFile(c.File, got, 0o644)
	}
	have, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, have) {
		return errors.New(c.File + " is not what the migrations make: run ereception schema")
	}
	return nil
}

// noise are lines of a dump that differ from version to version of pg_dump.
var noise = regexp.MustCompile(`(?m)^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)\n`)

// partitions of the trail are made month by month and say nothing of the schema.
var partition = regexp.MustCompile(`(?s)[^;]*audit\.trail_\d{6}[^;]*;\n`)

var blank = regexp.MustCompile(`\n{3,}`)

func schemaDump(ctx context.Context) ([]byte, error) {
	dir, err := os.MkdirTemp("", "erec-schema-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	server, err := pgembed.Start(ctx, pgembed.Options{DataDir: dir, Fast: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = server.Stop(context.WithoutCancel(ctx)) }()
	for _, role := range []string{ownerRole, db.AppRole} {
		if err := server.EnsureRole(ctx, role); err != nil {
			return nil, err
		}
	}
	if err := server.EnsureDatabase(ctx, database, ownerRole); err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, server.URL(database, ownerRole), migrations.FS, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	dump, err := pgDump()
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, dump, "--schema-only", "--no-owner", "--exclude-table=river_*", "--exclude-table=goose_*",
		server.URL(database, ownerRole)).Output()
	if err != nil {
		return nil, fmt.Errorf("pg_dump: %w", err)
	}
	out = noise.ReplaceAll(out, nil)
	out = partition.ReplaceAll(out, nil)
	return append(bytes.TrimSpace(blank.ReplaceAll(out, []byte("\n\n"))), '\n'), nil
}

// pgDump finds the newest pg_dump: one that is older than the server refuses.
func pgDump() (string, error) {
	list, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	if len(list) > 0 {
		return list[len(list)-1], nil
	}
	return exec.LookPath("pg_dump")
}
