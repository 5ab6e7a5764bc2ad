package arch

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"ereception/internal/platform/i18n"
)

var argument = regexp.MustCompile(`\{([a-z_]+)\}`)

// forms of the plural by CLDR: Ukrainian «1 день, 2 дні, 5 днів, 1,5 дня».
var forms = map[string][]string{
	i18n.Ukrainian: {"few", "many", "one", "other"},
	i18n.English:   {"one", "other"},
}

func TestCataloguesAreComplete(t *testing.T) {
	t.Parallel()
	uk, en := i18n.Keys(i18n.Ukrainian), i18n.Keys(i18n.English)
	if len(uk) < 100 {
		t.Fatalf("only %d keys", len(uk))
	}
	for _, k := range uk {
		if !slices.Contains(en, k) {
			t.Errorf("%s is missing in English", k)
		}
	}
	for _, k := range en {
		if !slices.Contains(uk, k) {
			t.Errorf("%s is missing in Ukrainian", k)
		}
	}
	for _, loc := range i18n.Locales {
		for _, k := range i18n.Keys(loc) {
			m := i18n.Describe(loc, k)
			if len(m.Plural) > 0 {
				got := make([]string, 0, len(m.Plural))
				for f, text := range m.Plural {
					got = append(got, f)
					if f != "one" && !strings.Contains(text, "{n}") {
						t.Errorf("%s %s: the form %s does not say {n}", loc, k, f)
					}
				}
				sort.Strings(got)
				if !slices.Equal(got, forms[loc]) {
					t.Errorf("%s %s has the forms %v, the language has %v", loc, k, got, forms[loc])
				}
			}
			for _, text := range m.All() {
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s %s is empty", loc, k)
				}
				if loc == i18n.English && cyrillic.MatchString(strings.NewReplacer("ґ", "").Replace(text)) && !strings.Contains(k, "lang") && !allowedUkrainian(text) {
					t.Errorf("en %s is not translated: %s", k, text)
				}
				if loc == i18n.Ukrainian && strings.Contains(text, "'") {
					t.Errorf("uk %s: the apostrophe is ’: %s", k, text)
				}
			}
			if other := i18n.Describe(otherLocale(loc), k); !slices.Equal(arguments(m), arguments(other)) && loc == i18n.Ukrainian {
				t.Errorf("%s names the arguments %v in Ukrainian and %v in English", k, arguments(m), arguments(other))
			}
		}
	}
}

// allowedUkrainian: an English text may quote a Ukrainian term in «…».
func allowedUkrainian(s string) bool {
	return !cyrillic.MatchString(regexp.MustCompile(`[«“(][^»”)]*[»”)]`).ReplaceAllString(s, ""))
}

func otherLocale(l string) string {
	if l == i18n.Ukrainian {
		return i18n.English
	}
	return i18n.Ukrainian
}

func arguments(m i18n.Description) []string {
	var out []string
	for _, s := range m.All() {
		for _, a := range argument.FindAllStringSubmatch(s, -1) {
			if !slices.Contains(out, a[1]) {
				out = append(out, a[1])
			}
		}
	}
	sort.Strings(out)
	return out
}

var key = regexp.MustCompile(`^[a-z][a-z_]*(\.[a-z0-9_]+)+$`)

// TestEveryKeyInCodeIsInTheCatalogue: a literal of the form area.word, where
// the area is that of a catalogue file, is a key.
func TestEveryKeyInCodeIsInTheCatalogue(t *testing.T) {
	t.Parallel()
	areas := map[string]bool{}
	names, err := filepath.Glob(filepath.Join(root, "internal/platform/i18n/catalogue/uk/*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		areas[strings.TrimSuffix(filepath.Base(n), ".json")] = true
	}
	for _, s := range read(t) {
		if s.test || s.pkg == "internal/authz" || strings.HasPrefix(s.pkg, "internal/tools") || s.pkg == "internal/pgtest" {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			v, err := strconv.Unquote(lit.Value)
			if err != nil || !key.MatchString(v) {
				return true
			}
			area, _, _ := strings.Cut(v, ".")
			if areas[area] && !i18n.Has(v) && !isFile(v) && !i18n.HasPrefix(v+".") && !letterKind(v) {
				t.Errorf("%s: the catalogue has no key %s", s.fset.Position(lit.Pos()), v)
			}
			return true
		})
	}
}

// letterKind: kinds of letters and names of files look like keys.
func letterKind(v string) bool {
	b, err := os.ReadFile(filepath.Join(root, "internal/arch/testdata/not_keys.txt"))
	return err == nil && slices.Contains(strings.Fields(string(b)), v)
}

func isFile(v string) bool {
	switch filepath.Ext(v) {
	case ".templ", ".json", ".js", ".css", ".html", ".svg", ".pdf", ".csv", ".txt", ".go":
		return true
	}
	return false
}
