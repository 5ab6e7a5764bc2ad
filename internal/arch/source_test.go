package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "ereception/"
)

// source is one Go file of the house.
type source struct {
	path string // from the root, with slashes
	pkg  string // folder
	test bool
	ast  *ast.File
	fset *token.FileSet
	text string
}

// read parses every Go file: not through the go command, whose answer the test
// cache would keep after a violation.
func read(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(path, root), string(filepath.Separator)))
		if d.IsDir() {
			switch rel {
			case "node_modules", ".git", "bin", "var", ".cache", "e2e", "internal/tools/lint":
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, rel, b, parser.ParseComments)
		if err != nil {
			return err
		}
		out = append(out, source{
			path: rel, pkg: filepath.ToSlash(filepath.Dir(rel)), test: strings.HasSuffix(rel, "_test.go"),
			ast: f, fset: fset, text: string(b),
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("only %d Go files found: the walk is broken", len(out))
	}
	return out
}

// layer is the height of a package; -1 for one that stands nowhere.
func layer(pkg string) int {
	under := func(p string) bool { return pkg == p || strings.HasPrefix(pkg, p+"/") }
	switch {
	case under("cmd/ereception"):
		return 60
	case under("internal/app"):
		return 50
	case pkg == "web":
		return 43
	case pkg == "web/httpx", pkg == "web/pin":
		return 41
	case strings.HasPrefix(pkg, "web/"):
		return 42
	case strings.HasPrefix(pkg, "templates/") && !under("templates/ui") && !under("templates/layout"):
		return 32
	case under("templates/layout"):
		return 31
	case under("templates/ui"):
		return 30
	case under("internal/demo"):
		return 25
	case under("internal/procurement/mirror"):
		return 21
	case under("internal/procurement/indicator"):
		return 19
	case under("internal/procurement/prozorro"):
		return 18
	case under("internal/appeals"), under("internal/petitions"), under("internal/deputies"), under("internal/procurement"), under("internal/stats"):
		return 20
	case under("internal/city"):
		return 12
	case under("internal/identity"):
		return 11
	case under("internal/audit"), under("internal/notify"):
		return 10
	case under("internal/platform"), under("internal/law"), under("internal/authz"), pkg == "migrations", pkg == "static":
		return 0
	case under("internal/arch"), under("internal/pgtest"), under("internal/tools"), under("e2e"):
		return 100 // tests and tools may see everything; nobody may see them
	}
	return -1
}

func TestImportsGoDownOnly(t *testing.T) {
	t.Parallel()
	for _, s := range read(t) {
		from := layer(s.pkg)
		if from < 0 {
			t.Errorf("%s stands in no layer of the house", s.path)
			continue
		}
		if s.test {
			continue // a test may arrange what it needs
		}
		for _, imp := range s.ast.Imports {
			to := strings.Trim(imp.Path.Value, `"`)
			if !strings.HasPrefix(to, module) {
				foreign(t, s, to)
				continue
			}
			to = strings.TrimPrefix(to, module)
			height := layer(to)
			switch {
			case height == 100 && from != 100:
				t.Errorf("%s imports %s, which is for tests and tools", s.path, to)
			case from == 100, height == 0 && from == 0, sameRoom(s.pkg, to):
			case height >= from:
				t.Errorf("%s (layer %d) imports %s (layer %d): only downwards", s.path, from, to, height)
			case from == 42 && strings.HasPrefix(to, "templates/") && !pair(s.pkg, to):
				t.Errorf("%s imports %s: an area of the web imports the templates of its own area", s.path, to)
			case strings.HasPrefix(s.pkg, "templates/") && strings.HasPrefix(to, "internal/") && !strings.HasPrefix(to, "internal/platform/i18n") && !strings.HasPrefix(to, "internal/platform/basemap"):
				t.Errorf("%s imports %s: a page is a struct and knows no domain", s.path, to)
			}
		}
	}
}

// sameRoom: a package and those inside its folder are one room.
func sameRoom(a, b string) bool {
	return strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}

// pair: web/<a> imports templates/<a>, and what every page shares.
func pair(web, tpl string) bool {
	area, _, _ := strings.Cut(strings.TrimPrefix(web, "web/"), "/")
	return tpl == "templates/"+area || tpl == "templates/ui" || tpl == "templates/layout" || tpl == "templates/mail"
}

// foreign keeps the database out of the web and HTTP out of the pages.
func foreign(t *testing.T, s source, imp string) {
	for _, ban := range []struct{ where, what, why string }{
		{"web/", "gorm.io/", "the web does not query"},
		{"web/", "github.com/jackc/", "the web does not query"},
		{"web/", "github.com/riverqueue/", "the web does not enqueue"},
		{"templates/", "gorm.io/", "a page does not query"},
		{"templates/", "github.com/jackc/", "a page does not query"},
		{"templates/", "github.com/riverqueue/", "a page does not enqueue"},
		{"templates/", "github.com/labstack/", "a page knows no request"},
		{"internal/law", "gorm.io/", "the law is pure"},
		{"internal/law", "github.com/", "the law is pure"},
	} {
		if strings.HasPrefix(s.pkg+"/", ban.where) && strings.HasPrefix(imp, ban.what) {
			t.Errorf("%s imports %s: %s", s.path, imp, ban.why)
		}
	}
}

// TestSiblingsDoNotImportEachOther: areas speak through jobs and interfaces.
func TestAreasStandInStep(t *testing.T) {
	t.Parallel()
	pkgs := map[string]bool{}
	for _, s := range read(t) {
		pkgs[s.pkg] = true
	}
	for pkg := range pkgs {
		area, ok := strings.CutPrefix(pkg, "web/")
		if !ok || strings.Contains(area, "/") || slices.Contains([]string{"httpx", "pin", "api", "ops"}, area) {
			continue
		}
		if !pkgs["templates/"+area] {
			t.Errorf("web/%s has no room templates/%s", area, area)
		}
	}
	for pkg := range pkgs {
		area, ok := strings.CutPrefix(pkg, "templates/")
		if !ok || strings.Contains(area, "/") || slices.Contains([]string{"layout", "ui", "mail"}, area) {
			continue
		}
		if !pkgs["web/"+area] {
			t.Errorf("templates/%s has no room web/%s", area, area)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}
	for _, s := range read(t) {
		if s.test {
			continue
		}
		if _, ok := said[s.pkg]; !ok {
			said[s.pkg] = false
		}
		if s.ast.Doc != nil && len(s.ast.Doc.Text()) > 40 {
			said[s.pkg] = true
		}
	}
	for pkg, ok := range said {
		if !ok {
			t.Errorf("package %s has no comment that specifies it", pkg)
		}
	}
}

func TestOnlyTheClockAsksForTheTime(t *testing.T) {
	t.Parallel()
	for _, s := range read(t) {
		if s.test || s.pkg == "internal/platform/clock" || strings.HasPrefix(s.pkg, "internal/tools") || s.pkg == "internal/pgtest" || strings.HasPrefix(s.pkg, "internal/platform/pgembed") {
			continue // the supervisor and the tools measure how long they wait
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && (sel.Sel.Name == "Now" || sel.Sel.Name == "Since" || sel.Sel.Name == "Until") {
				t.Errorf("%s: time.%s: time is an argument", s.fset.Position(sel.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
}

var (
	cyrillic = regexp.MustCompile(`[а-яА-ЯіїєґІЇЄҐ]`)
	// text between tags of a template that is neither an expression nor markup
	tagText = regexp.MustCompile(`>([^<>{}]*\p{L}{2,}[^<>{}]*)<`)
	keyCap  = regexp.MustCompile(`<kbd>[^<]*</kbd>`) // what stands on a key is the same in every language
	attr    = regexp.MustCompile(`\b(?:title|alt|placeholder|aria-label)="([^"]*\p{L}{2,}[^"]*)"`)
	style   = regexp.MustCompile(`\sstyle=|<script>|\son[a-z]+="`)
)

// TestNoWordsOutsideTheCatalogues: what a person reads on a page comes from the
// catalogues alone, and no page needs an exception of the security policy.
func TestNoWordsOutsideTheCatalogues(t *testing.T) {
	t.Parallel()
	for _, s := range read(t) {
		if s.test || !strings.HasPrefix(s.pkg, "web") && !strings.HasPrefix(s.pkg, "templates") || strings.HasSuffix(s.path, "_templ.go") {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && cyrillic.MatchString(lit.Value) {
				t.Errorf("%s: words in code: %s", s.fset.Position(lit.Pos()), lit.Value)
			}
			return true
		})
	}
	n := 0
	err := filepath.WalkDir(filepath.Join(root, "templates"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".templ") {
			return err
		}
		n++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		mail := strings.Contains(filepath.ToSlash(path), "templates/mail/")
		for i, line := range strings.Split(string(b), "\n") {
			code := strings.TrimSpace(line)
			if strings.HasPrefix(code, "//") || strings.HasPrefix(code, "<!--") {
				continue
			}
			if c, _, ok := strings.Cut(code, " //"); ok {
				code = c
			}
			if cyrillic.MatchString(code) {
				t.Errorf("%s:%d: words in a template: %s", path, i+1, code)
			}
			code = keyCap.ReplaceAllString(code, "")
			for _, m := range tagText.FindAllStringSubmatch(code, -1) {
				if strings.ContainsAny(m[1], "=;()") {
					continue // code between two comparisons
				}
				t.Errorf("%s:%d: words in a template: %s", path, i+1, m[1])
			}
			for _, m := range attr.FindAllStringSubmatch(code, -1) {
				t.Errorf("%s:%d: words in an attribute: %s", path, i+1, m[1])
			}
			if !mail && style.MatchString(code) {
				t.Errorf("%s:%d: the security policy forbids inline styles and scripts: %s", path, i+1, code)
			}
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Fatalf("%d templates read, %v", n, err)
	}
}
