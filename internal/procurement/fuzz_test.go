package procurement

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzPrepare: whatever JSON comes, a document is refused or gets a slim form
// that is JSON, is slim already, and names no sole trader's number as an identifier.
func FuzzPrepare(f *testing.F) {
	for _, name := range []string{"contracts/synthetic-contract-termination.json", "plans/UA-P-2024-03-15-012966-a.json", "monitorings/UA-M-2021-02-24-000005.json", "tenders/UA-2021-01-11-002071-a.json"} {
		f.Add([]byte(sample(f, name)))
	}
	f.Add([]byte(`{"id":"a","tenderID":"UA-1","title":"x \"ФОП\" \u0000","awards":[{"suppliers":[{"name":"x","identifier":{"scheme":"UA-EDR","id":1234567890}}]},[{}],null,1]}`))
	f.Add([]byte(`{"data":{"id":"a","contractID":"UA-1","tender_id":"b","value":{"amount":1e999},"changes":{"a":[[[]]]}}}`))
	s := &Service{secret: []byte("x")}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := s.prepare(raw, FromAPI, false)
		if err != nil || d.slim == nil {
			return
		}
		if !json.Valid(d.slim) {
			t.Fatalf("no JSON: %q", d.slim)
		}
		sh := slimTender
		if d.resource == Contracts {
			sh = slimContract
		}
		if again, err := s.slim(d.slim, sh); err != nil || !bytes.Equal(again, d.slim) {
			t.Fatalf("not slim: %q, then %q (%v)", d.slim, again, err)
		}
		fam := family{tenderID: d.tenderID, tender: &stored{resource: d.resource, id: d.id, tenderID: d.tenderID, slim: d.slim}}
		if _, _, err := s.extract(&fam, nil); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzMask: whatever stands about a name in a text, the name goes, and what is
// left is as it was said: a second look finds nothing more of the contacts.
func FuzzMask(f *testing.F) {
	for _, s := range []string{"Договір з ", " І. І., тел. 067 123 45 67", "ФОП ", "0671234567-0501234567", "\u0301", "UA213223130000026007233566001", "(", "\xff"} {
		f.Add(s, "")
		f.Add("", s)
		f.Add(s, s)
	}
	people := []namesake{{names: []string{"ФОП Вербоженко-Мрійчук Марко Юхимович"}, id: "3012345678"}, {names: []string{"Горобець О. І."}, loose: true}}
	f.Fuzz(func(t *testing.T, before, after string) {
		if !utf8.ValidString(before) || !utf8.ValidString(after) {
			return // what comes to a mask was made valid
		}
		m := maskOf(ellipsis, people)
		for _, name := range []string{"Вербоженко", "МРІЙЧУКА", "Verbozhenko", "вербоженком", "Горобець Олег"} {
			got := m.text(before + " " + name + " " + after)
			if !utf8.ValidString(got) {
				t.Fatalf("no UTF-8: %q", got)
			}
			if strings.Contains(strings.ReplaceAll(got, "Горобець О", "Горобець Олег"), " "+name+" ") && !strings.Contains(before+after, name) {
				t.Fatalf("%q is left: %q", name, got)
			}
			if again := hideContacts(got); again != got {
				t.Fatalf("%q, then %q", got, again)
			}
		}
	})
}
