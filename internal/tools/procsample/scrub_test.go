package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"
)

// TestThePacksAreScrubbed: what data/SOURCES.md says of the free texts is so.
func TestThePacksAreScrubbed(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"../../procurement/data/sample.jsonl.gz", "../../procurement/testdata/more.jsonl.gz"} {
		f, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(f))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for dec := json.NewDecoder(bufio.NewReader(z)); ; n++ {
			var d doc
			if err := dec.Decode(&d); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			names := 0
			var v any
			if err := json.Unmarshal(d.Data, &v); err != nil {
				t.Fatal(err)
			}
			walk(v, "", func(s string) string {
				names += len(namesIn(s))
				return s
			})
			if got, err := scrub(d.Data); err != nil || names > 0 || len(got) != len(d.Data) {
				t.Errorf("%s: %d names, %d bytes of %d are left (%v)", d.File, names, len(got), len(d.Data), err)
			}
		}
		if n < 40 {
			t.Errorf("%s has %d documents", path, n)
		}
	}
}

func TestScrub(t *testing.T) {
	t.Parallel()
	const raw = `{"id":"0671234567","title":"Лист Вербобарчука М. Ю., тел. 067 123 45 67","description":"ліцей ім. О. П. Довженка; Вербобарчук згоден","procuringEntity":{"name":"КНП","contactPoint":{"name":"Контактна особа 1","telephone":"+380671234567"}},` +
		`"bids":[{"documents":[{"id":"d","title":"Паспорт Інший.pdf","description":"Інший","url":"https://e.example/0671234567"}]}],"value":{"amount":1.50}}`
	const want = `{"bids":[{"documents":[{"id":"d","title":"Документ учасника.pdf","url":"https://e.example/0671234567"}]}],"description":"ліцей ім. О. П. Довженка; … згоден","id":"0671234567",` +
		`"procuringEntity":{"contactPoint":{"name":"Контактна особа 1","telephone":"+380671234567"},"name":"КНП"},"title":"Лист …, тел. …","value":{"amount":1.50}}`
	if got, err := scrub([]byte(raw)); err != nil || string(got) != want {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}
