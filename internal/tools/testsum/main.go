// Testsum reads the stream of `go test -json` on its standard input and prints what a person wants of it: a line per
// package as `go test` prints it, the whole output of what failed, and the reasons of skipped tests. The number of tests
// that ran goes to the file named by -summary, so that a run that silently tests less than before can be seen.
//
// It exits with 1 when anything failed, did not build, or when no test ran at all.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is one line of the stream: see `go doc test2json` and, for builds, `go help buildjson`.
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

type tally struct {
	passed, failed, skipped, packages, broken int
}

func (t tally) String() string {
	s := fmt.Sprintf("%d tests passed, %d failed, %d skipped in %d packages", t.passed, t.failed, t.skipped, t.packages)
	if t.broken > 0 {
		s += fmt.Sprintf(", %d packages failed", t.broken)
	}
	return s
}

func (t tally) ok() bool { return t.failed == 0 && t.broken == 0 && t.passed > 0 }

func main() {
	summary := flag.String("summary", "", "file for the summary line")
	flag.Parse()
	t, err := read(os.Stdin, os.Stdout)
	if err == nil && *summary != "" {
		err = os.WriteFile(*summary, []byte(t.String()+"\n"), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(2)
	}
	if !t.ok() {
		os.Exit(1)
	}
}

// read consumes the stream. Subtests count as tests, and so does the test that contains them: the numbers are those of
// `go test -v`.
func read(r io.Reader, w io.Writer) (tally, error) {
	var t tally
	output := map[string]*strings.Builder{} // per test and, under the empty test name, per package
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			// Not from a test: the go command itself has something to say.
			fmt.Fprintln(w, lines.Text())
			continue
		}
		key := e.Package + "\x00" + e.Test
		switch e.Action {
		case "build-output":
			fmt.Fprint(w, e.Output)
		case "output":
			b := output[key]
			if b == nil {
				b = new(strings.Builder)
				output[key] = b
			}
			b.WriteString(e.Output)
		case "pass", "fail", "skip":
			said := ""
			if b := output[key]; b != nil {
				said = b.String()
				delete(output, key)
			}
			if e.Test != "" {
				t.test(e, said, w)
			} else {
				t.pkg(e, said, w)
			}
		}
	}
	return t, lines.Err()
}

func (t *tally) test(e event, said string, w io.Writer) {
	switch e.Action {
	case "pass":
		t.passed++
	case "fail":
		t.failed++
		fmt.Fprint(w, said)
	case "skip":
		t.skipped++
		fmt.Fprint(w, said)
	}
}

func (t *tally) pkg(e event, said string, w io.Writer) {
	switch e.Action {
	case "skip": // no test files
	case "fail":
		t.packages++
		t.broken++
		if said == "" {
			said = fmt.Sprintf("FAIL\t%s\n", e.Package)
		}
		fmt.Fprint(w, said)
	case "pass":
		t.packages++
		for line := range strings.Lines(said) {
			if strings.HasPrefix(line, "ok ") {
				fmt.Fprint(w, line)
			}
		}
	}
}
