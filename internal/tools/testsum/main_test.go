package main

import (
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	const green = `{"Action":"output","Package":"a","Test":"TestX","Output":"noise\n"}
{"Action":"pass","Package":"a","Test":"TestX"}
{"Action":"output","Package":"a","Output":"PASS\n"}
{"Action":"output","Package":"a","Output":"ok  \ta\t0.1s\n"}
{"Action":"pass","Package":"a"}
`
	for _, c := range []struct {
		name, in, out, sum string
		ok                 bool
	}{
		{"a passing package is one line", green, "ok  \ta\t0.1s\n", "1 tests passed, 0 failed, 0 skipped in 1 packages", true},
		{"a skipped test tells why", green + `{"Action":"output","Package":"b","Test":"TestY","Output":"no root\n"}
{"Action":"skip","Package":"b","Test":"TestY"}
{"Action":"output","Package":"b","Output":"ok  \tb\t0.1s\n"}
{"Action":"pass","Package":"b"}`, "ok  \ta\t0.1s\nno root\nok  \tb\t0.1s\n", "1 tests passed, 0 failed, 1 skipped in 2 packages", true},
		{"a failing test is shown whole", `{"Action":"output","Package":"a","Test":"TestX","Output":"want 1\n"}
{"Action":"fail","Package":"a","Test":"TestX"}
{"Action":"output","Package":"a","Output":"FAIL\ta\t0.1s\n"}
{"Action":"fail","Package":"a"}`, "want 1\nFAIL\ta\t0.1s\n", "0 tests passed, 1 failed, 0 skipped in 1 packages, 1 packages failed", false},
		{"a package that panics outside a test fails", green + `{"Action":"output","Package":"b","Output":"panic: x\n"}
{"Action":"fail","Package":"b"}`, "ok  \ta\t0.1s\npanic: x\n", "1 tests passed, 0 failed, 0 skipped in 2 packages, 1 packages failed", false},
		{"a package that does not build fails", green + `{"ImportPath":"b","Action":"build-output","Output":"b.go:1: oh\n"}
{"ImportPath":"b","Action":"build-fail"}
{"Action":"fail","Package":"b","FailedBuild":"b"}`, "ok  \ta\t0.1s\nb.go:1: oh\nFAIL\tb\n", "1 tests passed, 0 failed, 0 skipped in 2 packages, 1 packages failed", false},
		{"what the go command says itself is passed on, and nothing tested is no success", "go: no module\n", "go: no module\n", "0 tests passed, 0 failed, 0 skipped in 0 packages", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			got, err := read(strings.NewReader(c.in), &out)
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != c.out || got.String() != c.sum || got.ok() != c.ok {
				t.Errorf("got %q, %q, ok %v\nwant %q, %q, ok %v", out.String(), got, got.ok(), c.out, c.sum, c.ok)
			}
		})
	}
}
