package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ereception/internal/pgtest"
	"ereception/internal/platform/config"
)

func TestAdminCreate(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	run := func(in string, change func(*AdminCreateCmd)) (string, error) {
		c := &AdminCreateCmd{
			Config: config.Config{DatabaseURL: e.URL, OwnerURL: e.OwnerURL, DataDir: t.TempDir(), BaseURL: "https://e.example"},
			Email:  "admin@zt.example.org", Name: "Перша Ганна Іванівна",
		}
		change(c)
		var out strings.Builder
		err := c.run(ctx, strings.NewReader(in), &out)
		return out.String(), err
	}
	out, err := run("", func(*AdminCreateCmd) {})
	if err != nil || !strings.Contains(out, "https://e.example/invite/") {
		t.Errorf("%q %v", out, err)
	}
	out, err = run("дуже довгий пароль\n", func(c *AdminCreateCmd) { c.PasswordStdin = true })
	if err != nil || strings.Contains(out, "пароль\n") && strings.Contains(out, "дуже довгий") || strings.Contains(out, "/invite/") {
		t.Errorf("%q %v", out, err)
	}
	if out, err = run("", func(*AdminCreateCmd) {}); err != nil || !strings.Contains(out, "уже є") {
		t.Errorf("%q %v", out, err)
	}
	for name, change := range map[string]func(*AdminCreateCmd){
		"--email:":     func(c *AdminCreateCmd) { c.Email = "nobody" },
		"--name:":      func(c *AdminCreateCmd) { c.Name = "" },
		"no password":  func(c *AdminCreateCmd) { c.PasswordStdin = true },
		"the database": func(c *AdminCreateCmd) { c.DatabaseURL, c.OwnerURL = "postgres://:secret@[", "" },
	} {
		if _, err := run("\n", change); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s %v", name, err)
		}
	}
	if n := e.Count(t, "SELECT count(*) FROM role_grants WHERE role = 'admin'"); n != 1 {
		t.Errorf("%d administrators", n)
	}
	dir := t.TempDir()
	_, err = run("", func(c *AdminCreateCmd) {
		c.Config = config.Config{DataDir: dir} // a database of its own
		c.Email, c.Name = "x", "y"
	})
	if list, _ := os.ReadDir(dir); err == nil || !strings.Contains(err.Error(), "--email:") || len(list) != 0 {
		t.Errorf("%v, and made for it: %v", err, list)
	}
}

func TestPetitionsImport(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	file := filepath.Join(t.TempDir(), "old.csv")
	const head = "number;title;text;author;state;published;count\n"
	run := func(rows string, change func(*PetitionsImportCmd)) (string, error) {
		if err := os.WriteFile(file, []byte(head+rows), 0o600); err != nil {
			t.Fatal(err)
		}
		c := &PetitionsImportCmd{Config: config.Config{DatabaseURL: e.URL, OwnerURL: e.OwnerURL, DataDir: t.TempDir()}, File: file, Source: "old.example"}
		change(c)
		var out strings.Builder
		err := c.run(ctx, &out)
		return out.String(), err
	}
	const good, bad = "1;Лавки;Просимо лавки.;Вигадана Олена;не набрала;2021-03-01;84\n", "2;Лавки;Просимо лавки.;Вигадана Олена;на розгляді;2021-03-01;840\n"
	count := func() int { return e.Count(t, "SELECT count(*) FROM petitions") }
	if out, err := run(good, func(c *PetitionsImportCmd) { c.DryRun = true }); err != nil || !strings.Contains(out, "нових 1") || !strings.Contains(out, "нічого не змінено") || count() != 0 {
		t.Errorf("%q %v", out, err)
	}
	if out, err := run(good+bad, func(*PetitionsImportCmd) {}); err == nil || !strings.Contains(out, "3\tstate\tПетиція ще на розгляді") || count() != 0 {
		t.Errorf("%q %v", out, err)
	}
	if out, err := run(good+bad, func(c *PetitionsImportCmd) { c.SkipBad = true }); err != nil || !strings.Contains(out, "з помилками 1") || count() != 1 {
		t.Errorf("%q %v", out, err)
	}
	if _, err := run(good, func(c *PetitionsImportCmd) { c.Source = "x" }); err == nil || !strings.Contains(err.Error(), "--source: Назвіть попередній сайт") {
		t.Errorf("%v", err)
	}
}

// TestDeadline: the command says the term or what is wrong with the question, and
// passes over nothing that was asked.
func TestDeadline(t *testing.T) {
	t.Parallel()
	const friday = "2025-11-14T18:20:00+02:00"
	for _, c := range []struct {
		name string
		cmd  DeadlineCmd
		want string // a part of the answer, or of the error after "!"
	}{
		{"as the issue has it", DeadlineCmd{Procedure: "info", Received: friday, JSON: true}, `{"registered":"2025-11-17","due":"2025-11-24","internal_due":"2025-11-24","rule":"info/2939-20/1","explanation":"надійшло пт 14.11.2025 18:20 → зареєстровано пн 17.11 → 5 робочих днів → пн 24.11.2025, ст. 20 Закону 2939-VI"}` + "\n"},
		{"small letters", DeadlineCmd{Procedure: "info", Received: "2025-11-14t16:20:00z", JSON: true}, `"due":"2025-11-24"`},
		{"a fraction", DeadlineCmd{Procedure: "info", Received: "2025-11-14T16:59:59.999999999+02:00", JSON: true}, `"registered":"2025-11-14"`},
		{"a fraction after a comma", DeadlineCmd{Procedure: "info", Received: "2025-11-14T18:20:00,5+02:00"}, `!"2025-11-14T18:20:00,5+02:00" is not a moment`},
		{"no zone", DeadlineCmd{Procedure: "info", Received: "2025-11-14T18:20:00"}, "!is not a moment"},
		{"no 29 February", DeadlineCmd{Procedure: "info", Received: "2025-02-29T10:00:00Z"}, "!is not a moment"},
		{"hours", DeadlineCmd{Procedure: "info-urgent", Received: friday, JSON: true}, `"due":"2025-11-16T18:20:00+02:00"`},
		{"no extension", DeadlineCmd{Procedure: "info-urgent", Received: friday, Extended: true}, "!cannot be extended"},
		{"text", DeadlineCmd{Procedure: "mp", Received: friday, Extended: true}, "Строк за законом: 2025-12-17\n"},
		{"days of an appeal", DeadlineCmd{Procedure: "appeal", Received: friday, Days: 5}, "!--days is of petitions alone"},
		{"days of a petition", DeadlineCmd{Procedure: "petition-gathering", Received: friday, Days: 5, JSON: true}, `"due":"2025-11-19"`},
		{"an extension of a petition", DeadlineCmd{Procedure: "petition-check", Received: friday, Extended: true}, "!cannot be extended: petition-check"},
		{"no procedure", DeadlineCmd{Procedure: "APPEAL", Received: friday}, `!unknown procedure: "APPEAL"`},
	} {
		var out strings.Builder
		err := c.cmd.print(&out)
		got := out.String()
		if err != nil {
			got = "!" + err.Error()
		}
		if fault, isFault := strings.CutPrefix(c.want, "!"); (err != nil) != isFault || !strings.Contains(got, fault) || isFault && out.Len() > 0 {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestAPortalWithoutAdministratorSaysHow: who started it finds the command where he
// looks, and with a database of its own that it must be stopped first.
func TestAPortalWithoutAdministratorSaysHow(t *testing.T) {
	t.Parallel()
	for _, embedded := range []bool{true, false} {
		var out strings.Builder
		askForAdmin(func(f string, a ...any) { _, _ = fmt.Fprintf(&out, f+"\n", a...) }, embedded)
		if !strings.Contains(out.String(), "ereception admin create --email ") || strings.Contains(out.String(), "зупиніть портал") != embedded {
			t.Errorf("embedded %v: %s", embedded, out.String())
		}
	}
}
