package main

import (
	"bytes"
	"compress/gzip"
	"reflect"
	"testing"
)

func TestPlainName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in, want string
		ok             bool
	}{
		{"a bundle", "app-ADFIPSHG.js", "app.js", true},
		{"dashes in the name", "inter-latin-wght-normal-NRMW37G5.woff2", "inter-latin-wght-normal.woff2", true},
		{"no hash", "app.js", "", false},
		{"lower-case letters are no hash", "app-adfipshg.js", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got, ok := plainName(c.in); got != c.want || ok != c.ok {
				t.Errorf("got %q %v", got, ok)
			}
		})
	}
}

func TestPackedFilesAreComparedByContent(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("е-приймальня "), 100)
	best, br, err := compress(text)
	if err != nil {
		t.Fatal(err)
	}
	var fast bytes.Buffer
	w, _ := gzip.NewWriterLevel(&fast, gzip.HuffmanOnly)
	_, _ = w.Write(text)
	_ = w.Close()
	if bytes.Equal(best, fast.Bytes()) {
		t.Fatal("the two must differ for the test to tell something")
	}
	if same, err := sameContent("a.css.gz", best, fast.Bytes()); err != nil || !same {
		t.Errorf("same content packed differently: %v %v", same, err)
	}
	if same, err := sameContent("a.css.br", br, br); err != nil || !same {
		t.Errorf("brotli: %v %v", same, err)
	}
	if same, _ := sameContent("a.css", []byte("a"), []byte("b")); same {
		t.Error("different plain files")
	}
}

func TestTwoFilesOfOnePlainNameAreAnError(t *testing.T) {
	t.Parallel()
	out, manifest := map[string][]byte{}, map[string]string{}
	if err := add(out, manifest, "a-AAAAAAAA.svg", nil); err != nil {
		t.Fatal(err)
	}
	if err := add(out, manifest, "a-BBBBBBBB.svg", nil); err == nil {
		t.Error("want an error")
	}
}

func TestAFontIsCutToWhatItsFaceSays(t *testing.T) {
	t.Parallel()
	got, err := faces(`/* x */ @font-face{font-family:A;src:url("p/a.woff2") format("woff2");font-weight:400 700;unicode-range:U+0301,U+0400-045F}
@font-face{src:url("p/b.woff2") format("woff2");font-weight:700;unicode-range:U+20AC}`)
	want := []face{
		{File: "p/a.woff2", Ranges: [][2]int{{0x301, 0x301}, {0x400, 0x45f}}, Weights: []int{400, 700}, Features: features},
		{File: "p/b.woff2", Ranges: [][2]int{{0x20ac, 0x20ac}}, Features: features},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{
		`@font-face{src:url("p/a.woff2")}`, `@font-face{unicode-range:U+20AC}`,
		`@font-face{src:url("p/a.woff2");unicode-range:U+20AC-20}`, `@font-face{src:url("p/a.woff2");unicode-range:U+20??}`,
	} {
		if got, err := faces(bad); err == nil {
			t.Errorf("%s: %+v", bad, got)
		}
	}
}
