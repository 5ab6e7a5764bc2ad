package app

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func parser(t *testing.T) *kong.Kong {
	t.Helper()
	k, err := kong.New(&CLI{}, kong.Vars{"version": "test"})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestAFlagIsCalledLikeItsVariable: README promises it, and no word runs into another.
func TestAFlagIsCalledLikeItsVariable(t *testing.T) {
	t.Parallel()
	n := 0
	var walk func(*kong.Node)
	walk = func(node *kong.Node) {
		for _, f := range node.Flags {
			for _, env := range f.Envs {
				n++
				if want := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(env, "EREC_")), "_", "-"); f.Name != want {
					t.Errorf("%s: --%s of %s should be --%s", node.Path(), f.Name, env, want)
				}
			}
		}
		for _, c := range node.Children {
			walk(c)
		}
	}
	k := parser(t)
	walk(k.Model.Node)
	if n < 30 {
		t.Errorf("only %d flags were looked at", n)
	}
	for _, old := range []string{"--smtptls=none", "--clam-av=unix:/x", "--owner-url=postgres://db/x", "--replica-url=postgres://db/x"} {
		if _, err := k.Parse([]string{"serve", old}); err != nil {
			t.Errorf("a script of yesterday breaks: %v", err)
		}
	}
}

// TestNothingStartsWithASettingThatCannotBe, whatever the command is.
func TestNothingStartsWithASettingThatCannotBe(t *testing.T) {
	file := t.TempDir() + "/units.csv"
	if err := os.WriteFile(file, []byte("code\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EREC_SMTP_PORT", "0")
	for _, args := range [][]string{
		{"serve"},
		{"serve", "--demo"},
		{"import", "units", file},
		{"admin", "create", "--email=a@example.org", "--name=Перша Ганна"},
		{"petitions", "reindex"},
		{"procurement", "sync"},
		{"procurement", "recalculate"},
	} {
		_, err := parser(t).Parse(args)
		if err == nil || !strings.Contains(err.Error(), "EREC_SMTP_PORT: 0 is not a port from 1 to 65535") {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, err := parser(t).Parse([]string{"healthcheck"}); err != nil {
		t.Errorf("what does not take the settings: %v", err)
	}
}

// TestTheTableOfSettings in README names every variable, with the default that the program has.
func TestTheTableOfSettings(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(EREC_[A-Z_]+)` \\|(.*?)\\| (.*) \\|$").FindAllStringSubmatch(string(b), -1) {
		table[m[1]] = strings.TrimSpace(m[2]) + "\n" + m[3]
	}
	var serve *kong.Node
	for _, c := range parser(t).Model.Children {
		if c.Name == "serve" {
			serve = c
		}
	}
	for _, f := range serve.Flags {
		for _, env := range f.Envs {
			said, text, _ := strings.Cut(table[env], "\n")
			switch {
			case table[env] == "":
				t.Errorf("%s is not in the table", env)
			case f.HasDefault && !strings.Contains(said, "`"+f.Default+"`"):
				t.Errorf("%s: the default is %q, the table says %s", env, f.Default, said)
			case !f.HasDefault && strings.HasPrefix(said, "`") && !strings.HasPrefix(said, "`EREC_") && env != "EREC_BASE_URL":
				t.Errorf("%s has no default, the table says %s", env, said)
			}
			if secret := f.Tag.Has("secret"); secret != strings.Contains(text, "**secret.**") {
				t.Errorf("%s: secret %v, the table says otherwise", env, secret)
			}
			delete(table, env)
		}
	}
	for env := range table {
		t.Errorf("%s stands in the table and is read by nothing", env)
	}
}
