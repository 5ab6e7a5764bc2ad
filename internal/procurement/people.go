package procurement

import (
	"bytes"
	"encoding/json"
)

// people gives everybody whose name a document has in a field of his own and who
// may not be named in its free texts: sole traders wherever they stand (bidders,
// winners, suppliers, authors of questions and complaints, buyers), the contact
// persons and the signatories of all the parties. The JSON is valid.
func (s *Service) people(raw []byte) ([]namesake, error) {
	f := finder{pruner: pruner{src: raw}, s: s, known: map[string]bool{}}
	err := f.find(0)
	return f.out, err
}

// finder looks for parties in a JSON text in one pass.
type finder struct {
	pruner
	s     *Service
	known map[string]bool
	out   []namesake
}

// partyParts are the fields by which an object is known for a party.
var partyParts = map[string]bool{
	`"name"`: true, `"name_en"`: true, `"name_ru"`: true, `"identifier"`: true, `"contactPoint"`: true, `"additionalContactPoints"`: true, `"signerInfo"`: true,
}

func (f *finder) find(depth int) error {
	f.space()
	if f.i >= len(f.src) {
		return errPrune
	}
	switch {
	case depth > 1000: // nothing of the API is so deep
		return f.skip()
	case f.src[f.i] == '[':
		for f.i++; ; {
			f.space()
			if f.i >= len(f.src) {
				return errPrune
			}
			switch f.src[f.i] {
			case ']':
				f.i++
				return nil
			case ',':
				f.i++
			}
			f.space()
			if f.i < len(f.src) && f.src[f.i] != ']' {
				if err := f.find(depth + 1); err != nil {
					return err
				}
			}
		}
	case f.src[f.i] != '{':
		return f.skip()
	}
	parts := map[string]json.RawMessage(nil)
	for f.i++; ; {
		f.space()
		if f.i >= len(f.src) {
			return errPrune
		}
		if f.src[f.i] == '}' {
			f.i++
			f.party(parts)
			return nil
		}
		if f.src[f.i] == ',' {
			f.i++
			f.space()
		}
		from := f.i
		if err := f.skip(); err != nil { // the key
			return err
		}
		key := f.src[from:f.i]
		f.space()
		f.i++ // the colon
		f.space()
		from = f.i
		if err := f.find(depth + 1); err != nil {
			return err
		}
		if partyParts[string(key)] || bytes.IndexByte(key, '\\') >= 0 {
			if name := `"` + keyName(key) + `"`; partyParts[name] {
				if parts == nil {
					parts = map[string]json.RawMessage{}
				}
				parts[name] = f.src[from:f.i]
			}
		}
	}
}

// party remembers the people of an object that is a party.
func (f *finder) party(parts map[string]json.RawMessage) {
	identifier, contact, more, signer := parts[`"identifier"`], parts[`"contactPoint"`], parts[`"additionalContactPoints"`], parts[`"signerInfo"`]
	if len(identifier)+len(contact)+len(more)+len(signer) == 0 {
		return
	}
	text := func(raw json.RawMessage) (s string) {
		_ = json.Unmarshal(raw, &s)
		return s
	}
	var id struct {
		Scheme  string          `json:"scheme"`
		ID      json.RawMessage `json:"id"`
		Legal   string          `json:"legalName"`
		LegalEN string          `json:"legalName_en"`
		LegalRU string          `json:"legalName_ru"`
	}
	_ = json.Unmarshal(identifier, &id) // what of it is of another type is as good as absent
	p := namesake{id: plainID(id.ID)}
	name := text(parts[`"name"`])
	w := f.s.who(id.Scheme, p.id, name, id.Legal)
	for _, n := range []string{name, text(parts[`"name_en"`]), text(parts[`"name_ru"`]), id.Legal, id.LegalEN, id.LegalRU} {
		// Of a company whose name is in the wrong field the right one is no secret.
		if n != "" && (w.sole || natureOf(n, true) == human) {
			p.names = append(p.names, n)
		}
	}
	if w.sole || w.hideID || len(p.names) > 0 {
		f.add(p)
	}
	type contactJSON struct {
		Name   string `json:"name"`
		NameEN string `json:"name_en"`
		NameRU string `json:"name_ru"`
	}
	var contacts []contactJSON
	for _, raw := range []json.RawMessage{contact, signer} {
		var c contactJSON
		if len(raw) > 0 && raw[0] == '{' {
			_ = json.Unmarshal(raw, &c)
			contacts = append(contacts, c)
		}
	}
	if len(more) > 0 && more[0] == '[' {
		var list []json.RawMessage
		_ = json.Unmarshal(more, &list)
		for _, raw := range list {
			var c contactJSON
			_ = json.Unmarshal(raw, &c)
			contacts = append(contacts, c)
		}
	}
	for _, c := range contacts {
		q := namesake{loose: !w.sole}
		for _, n := range []string{c.Name, c.NameEN, c.NameRU} {
			if n != "" && natureOf(n, false) == human { // «Відділ закупівель» is nobody
				q.names = append(q.names, n)
			}
		}
		if len(q.names) > 0 {
			f.add(q)
		}
	}
}

func (f *finder) add(p namesake) {
	key, err := json.Marshal([]any{p.names, p.id, p.loose})
	if err == nil && !f.known[string(key)] {
		f.known[string(key)] = true
		f.out = append(f.out, p)
	}
}
