// Command assets builds what the browser gets: it bundles static/src with
// esbuild's Go API into static/dist and writes the table of icons.
//
// Node.js is needed at build time only: to fetch the packages pinned
// in package-lock.json (`npm ci --ignore-scripts`, run when node_modules does
// not match the lock) and to cut the fonts (fonts.go). Names in static/dist carry
// a hash of their content, manifest.json maps the plain name to it. Text files
// get .gz and .br beside them, so that the server never compresses.
//
// The result is committed. `assets -check` builds into memory and fails when it
// differs from what is committed; compressed files are compared by what they
// unpack to, because compressors may change between Go releases.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

const (
	srcDir  = "static/src"
	distDir = "static/dist"
)

// entries are the bundles. The first two go to every page; the others are
// loaded by the pages that name them, and are left out while their source does
// not exist. A script's own style sheet (import "./map.css") becomes NAME.css.
var entries = []struct {
	path     string
	optional bool
}{
	{"static/src/css/app.css", false},
	{"static/src/js/app.ts", false},
	{"static/src/js/map.ts", true},
	{"static/src/js/petition.ts", false},
}

func main() {
	log.SetFlags(0)
	check := flag.Bool("check", false, "compare with the committed files instead of writing them")
	flag.Parse()
	root, err := moduleRoot()
	if err != nil {
		log.Fatal(err)
	}
	if err := installPackages(root); err != nil {
		log.Fatal(err)
	}
	files, err := build(root)
	if err != nil {
		log.Fatal(err)
	}
	table, err := iconTable(root)
	if err != nil {
		log.Fatal(err)
	}
	if *check {
		if err := errors.Join(compare(root, files), compareFile(root, iconsFile, table)); err != nil {
			log.Fatalf("%v\nassets are stale: run `go run ./internal/tools/assets` and commit static/dist and %s", err, iconsFile)
		}
		return
	}
	if err := write(root, files); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, iconsFile), table, 0o644); err != nil {
		log.Fatal(err)
	}
	report(files)
}

// moduleRoot walks up to the folder of go.mod: the tool may be started anywhere.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod above the current folder")
		}
		dir = up
	}
}

// installPackages runs `npm ci` when node_modules is missing or was installed
// from another lock file. The sum of the lock is kept in node_modules itself.
func installPackages(root string) error {
	lock, err := os.ReadFile(filepath.Join(root, "package-lock.json"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(lock)
	want := hex.EncodeToString(sum[:])
	stamp := filepath.Join(root, "node_modules", ".ereception-lock")
	if got, err := os.ReadFile(stamp); err == nil && string(got) == want {
		return nil
	}
	cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm ci: %w", err)
	}
	return os.WriteFile(stamp, []byte(want), 0o644)
}

// build gives the files of static/dist by name.
func build(root string) (map[string][]byte, error) {
	fonts, err := cutFonts(root)
	if err != nil {
		return nil, err
	}
	opt := api.BuildOptions{
		AbsWorkingDir:     root,
		Outdir:            distDir,
		Bundle:            true,
		Write:             false,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Format:            api.FormatESModule,
		Platform:          api.PlatformBrowser,
		Target:            api.ES2022,
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsNone,
		EntryNames:        "[name]-[hash]",
		AssetNames:        "[name]-[hash]",
		Loader: map[string]api.Loader{
			".svg": api.LoaderFile,
			".png": api.LoaderFile,
		},
		Plugins:  []api.Plugin{fontPlugin(fonts)},
		LogLevel: api.LogLevelWarning,
	}
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(root, e.path)); err != nil {
			if e.optional {
				continue
			}
			return nil, err
		}
		opt.EntryPoints = append(opt.EntryPoints, e.path)
	}
	res := api.Build(opt)
	if len(res.Errors) > 0 {
		return nil, fmt.Errorf("esbuild: %d errors", len(res.Errors))
	}
	out := map[string][]byte{}
	manifest := map[string]string{}
	for _, f := range res.OutputFiles {
		if err := add(out, manifest, filepath.Base(f.Path), f.Contents); err != nil {
			return nil, err
		}
	}
	if err := addImages(root, out, manifest); err != nil {
		return nil, err
	}
	for name, b := range out {
		if !compressible(name) {
			continue
		}
		gz, br, err := compress(b)
		if err != nil {
			return nil, err
		}
		out[name+".gz"], out[name+".br"] = gz, br
	}
	m, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return nil, err
	}
	out["manifest.json"] = append(m, '\n')
	return out, nil
}

var hashed = regexp.MustCompile(`^(.+)-[0-9A-Z]{8}(\.[a-z0-9]+)$`)

// plainName takes the hash out: app-AB12CD34.css is app.css.
func plainName(name string) (string, bool) {
	m := hashed.FindStringSubmatch(name)
	if m == nil {
		return "", false
	}
	return m[1] + m[2], true
}

func add(out map[string][]byte, manifest map[string]string, name string, b []byte) error {
	plain, ok := plainName(name)
	if !ok {
		return fmt.Errorf("%s: no hash in the name", name)
	}
	if was, ok := manifest[plain]; ok && was != name {
		return fmt.Errorf("%s and %s have one plain name", was, name)
	}
	manifest[plain], out[name] = name, b
	return nil
}

// addImages copies static/src/img under names of the same form as esbuild's.
func addImages(root string, out map[string][]byte, manifest map[string]string) error {
	dir := filepath.Join(root, srcDir, "img")
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		ext := path.Ext(d.Name())
		name := strings.TrimSuffix(d.Name(), ext) + "-" + base32.StdEncoding.EncodeToString(sum[:])[:8] + ext
		return add(out, manifest, name, b)
	})
}

func compressible(name string) bool {
	switch path.Ext(name) {
	case ".css", ".js", ".svg", ".json", ".webmanifest":
		return true
	}
	return false
}

// write replaces the content of static/dist.
func write(root string, files map[string][]byte) error {
	dir := filepath.Join(root, distDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	old, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return err
		}
	}
	for _, e := range old {
		if _, keep := files[e.Name()]; !keep {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// compare names each file of static/dist that differs from the built one.
func compare(root string, files map[string][]byte) error {
	var errs []error
	dir := filepath.Join(root, distDir)
	have, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range have {
		if _, ok := files[e.Name()]; !ok {
			errs = append(errs, fmt.Errorf("%s/%s: not built any more", distDir, e.Name()))
		}
	}
	for _, name := range sortedNames(files) {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s/%s: missing", distDir, name))
			continue
		}
		if same, err := sameContent(name, got, files[name]); err != nil {
			errs = append(errs, fmt.Errorf("%s/%s: %w", distDir, name, err))
		} else if !same {
			errs = append(errs, fmt.Errorf("%s/%s: differs", distDir, name))
		}
	}
	return errors.Join(errs...)
}

func compareFile(root, name string, want []byte) error {
	got, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s: differs", name)
	}
	return nil
}

func sortedNames(files map[string][]byte) []string {
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// report prints what the browser downloads, so that growth is seen at once.
func report(files map[string][]byte) {
	for _, name := range sortedNames(files) {
		if slices.Contains([]string{".gz", ".br", ".json"}, path.Ext(name)) {
			continue
		}
		wire := len(files[name])
		if gz, ok := files[name+".gz"]; ok {
			wire = len(gz)
		}
		fmt.Printf("%-44s %8d  gzip %7d\n", name, len(files[name]), wire)
	}
}
