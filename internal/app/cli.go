package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"ereception/internal/identity"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/obs"
	"ereception/migrations"
)

// CLI is the command line.
type CLI struct {
	Serve       ServeCmd         `cmd:"" help:"Serve the portal."`
	Migrate     MigrateCmd       `cmd:"" help:"Bring the database to the newest version and stop."`
	Deadline    DeadlineCmd      `cmd:"" help:"Count a statutory term and explain it. Needs no database."`
	Healthcheck HealthcheckCmd   `cmd:"" help:"Ask a running portal whether it can serve."`
	Schema      SchemaCmd        `cmd:"" help:"Write the schema that the migrations make."`
	Import      ImportCmd        `cmd:"" help:"Load a register of the city from a file."`
	Procurement ProcurementCmd   `cmd:"" help:"The city's purchases: documents, payments, indicators."`
	Petitions   PetitionsCmd     `cmd:"" help:"Petitions: the archive of the former site, the words by which they are found."`
	Indicators  IndicatorsCmd    `cmd:"" help:"Risk indicators of purchases, calculated from files. Needs no database."`
	Admin       AdminCmd         `cmd:"" help:"Administrators of the portal."`
	Version     kong.VersionFlag `help:"Print the version."`
}

// ServeCmd serves the portal.
type ServeCmd struct {
	config.Config
	Demo bool `help:"Load the demonstration city when the portal is empty, and show the outbox."`
}

// Run serves until the context ends.
func (c *ServeCmd) Run(ctx context.Context) error {
	if c.Demo {
		c.Dev = true
	}
	chosen := os.Getenv("EREC_ADDR") != "" || c.Addr != ":8080"
	return Serve(ctx, &c.Config, Options{Demo: c.Demo}, chosen && !c.Demo, os.Stdout)
}

// MigrateCmd migrates as the owner.
type MigrateCmd struct {
	OwnerURL string `name:"database-owner-url" aliases:"owner-url" env:"EREC_DATABASE_OWNER_URL" required:"" help:"Database, for the role that owns the tables."`
}

// Run migrates.
func (c *MigrateCmd) Run(ctx context.Context) error {
	return db.Migrate(ctx, c.OwnerURL, migrations.FS, obs.NewLogger(os.Stderr, slog.LevelInfo))
}

// DeadlineCmd counts a term.
type DeadlineCmd struct {
	Procedure string `required:"" help:"appeal, appeal-simple, info, info-urgent, deputy, mp or advocate; petition-check, petition-announce, petition-review, petition-publish, petition-gathering or petition-supporters."`
	Received  string `required:"" help:"Moment of receipt, RFC 3339: 2025-11-14T18:20:00+02:00."`
	Extended  bool   `help:"The longest term with the extension that the law allows."`
	Days      int    `help:"Of a petition: days that the charter gives; without it the most that the law allows."`
	JSON      bool   `name:"json" help:"Print JSON."`
}

// Run prints the term.
func (c *DeadlineCmd) Run() error { return c.print(os.Stdout) }

func (c *DeadlineCmd) print(w io.Writer) error {
	// RFC 3339, 5.6: «t» and «z» may be small; a comma before the fraction is ISO 8601's alone, which time.Parse takes.
	at, err := time.Parse(time.RFC3339, strings.ToUpper(c.Received))
	if err != nil || strings.Contains(c.Received, ",") {
		return fmt.Errorf("--received %q is not a moment of RFC 3339", c.Received)
	}
	step, petition := strings.CutPrefix(c.Procedure, "petition-")
	switch { // a flag that would change nothing is refused, not passed over
	case petition && c.Extended:
		return fmt.Errorf("%w: %s", deadline.ErrNoExtension, c.Procedure)
	case !petition && c.Days != 0:
		return fmt.Errorf("--days is of petitions alone, not of %q", c.Procedure)
	case petition:
		r, err := deadline.OfPetition(deadline.PetitionStep(step), at, c.Days, calendar.Default())
		if err != nil {
			return err
		}
		return deadline.Print(w, r, c.JSON)
	}
	p, err := deadline.ParseProcedure(c.Procedure)
	if err != nil {
		return err
	}
	r, err := deadline.Of(p, at, c.Extended, calendar.Default())
	if err != nil {
		return err
	}
	return deadline.Print(w, r, c.JSON)
}

// HealthcheckCmd asks /healthz of a portal on this machine.
type HealthcheckCmd struct {
	Addr string `env:"EREC_ADDR" default:":8080" help:"Address of the portal."`
}

// Run exits with an error unless the portal answers that it can serve.
func (c *HealthcheckCmd) Run(ctx context.Context) error {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return err
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return errors.New("the portal cannot serve: " + res.Status)
	}
	return nil
}

// ImportCmd loads a register.
type ImportCmd struct {
	config.Config
	Kind    string `arg:"" enum:"units,streets,districts,katottg" help:"units, streets, districts or katottg."`
	File    string `arg:"" type:"existingfile" help:"CSV; GeoJSON for districts."`
	DryRun  bool   `help:"Tell what would change and change nothing."`
	SkipBad bool   `help:"Leave bad rows out. Without it one bad row refuses the whole file."`
}

// Run imports and prints the report row by row.
func (c *ImportCmd) Run(ctx context.Context) error {
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
	return importRegister(ctx, s.DB, c, f, os.Stdout)
}

// AdminCmd gathers what the operator does about administrators.
type AdminCmd struct {
	Create AdminCreateCmd `cmd:"" help:"Make an administrator: the first one, or one more. Prints an invitation link, or takes a password from standard input."`
}

// AdminCreateCmd makes an administrator.
type AdminCreateCmd struct {
	config.Config
	Email         string `required:"" help:"Address under which he signs in."`
	Name          string `required:"" help:"Surname, name and patronymic."`
	PasswordStdin bool   `help:"Read the password from standard input instead of printing an invitation link."`
}

// Run makes the administrator and says how he comes in.
func (c *AdminCreateCmd) Run(ctx context.Context) error { return c.run(ctx, os.Stdin, os.Stdout) }

func (c *AdminCreateCmd) run(ctx context.Context, in io.Reader, out io.Writer) error {
	n := identity.NewAdmin{Email: c.Email, Name: c.Name}
	if c.PasswordStdin {
		b, err := io.ReadAll(io.LimitReader(in, 4096))
		if err != nil {
			return err
		}
		if n.Password = strings.TrimRight(string(b), "\r\n"); n.Password == "" {
			return errors.New("no password came from standard input")
		}
	}
	if err := n.Validate(); err != nil { // before a database is made for nothing
		return plain(err)
	}
	if err := c.Base(8080); err != nil {
		return err
	}
	log := obs.NewLogger(os.Stderr, slog.LevelWarn)
	s, err := openStore(ctx, &c.Config, clock.System{}, log)
	if err != nil {
		return err
	}
	defer s.close()
	a := &App{Config: &c.Config, Log: log, Store: s, clock: clock.System{}}
	if err := a.people(ctx, &c.Config, log); err != nil {
		return err
	}
	made, err := a.Identity.MakeAdmin(ctx, n)
	if err != nil {
		return plain(err)
	}
	switch {
	case made.Existing:
		_, _ = fmt.Fprintln(out, "Обліковий запис уже є: йому надано роль адміністратора, пароль не змінено.")
	case made.Link != "":
		_, _ = fmt.Fprintf(out, "Посилання, за яким адміністратор задасть пароль (діє до %s):\n%s\n", i18n.DateTimeIn(i18n.Default, made.Until), made.Link)
	default:
		_, _ = fmt.Fprintln(out, "Адміністратора створено, він може входити.")
	}
	return nil
}

// plain turns an error that is meant for a form into words for a terminal.
func plain(err error) error {
	e, ok := errs.As(err)
	if !ok {
		return err
	}
	if len(e.Fields) == 0 {
		return errors.New(i18n.In(i18n.Default, e.Key, e.Args...))
	}
	var lines []string
	for _, f := range e.Fields {
		lines = append(lines, "--"+f.Name+": "+i18n.In(i18n.Default, f.Key, f.Args...))
	}
	return errors.New(strings.Join(lines, "\n"))
}
