package main

import (
	"bytes"
	"compress/gzip"
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
