// Package prozorro knows the documents of the OpenProcurement API (Prozorro):
// tenders, contracts, plans and the monitorings of the State Audit Service, with
// the fields that the indicators and the pages read.
//
// Decoding accepts the bare document and the answer of the API, {"data": …}. It is
// tolerant of the document and strict about JSON: unknown fields are passed over,
// unknown statuses and types stay as they are, and a field of an unexpected type
// (a list where an object belongs, null, a malformed date) reads as absent; a
// number given as a string, and a string given as a number, are understood. Of
// equal names in one object the last counts. But a text that is not JSON, that
// ends early, that goes on after the document or whose document is not an object is an error.
//
// The strings of one document share one copy of its text: strings.Clone what is
// kept much longer than the document.
package prozorro

import (
	"encoding/json"
	"errors"
)

// Kind of a document.
type Kind string

// Kinds of documents.
const (
	KindTender     Kind = "tender"
	KindContract   Kind = "contract"
	KindPlan       Kind = "plan"
	KindMonitoring Kind = "monitoring"
)

// Errors of decoding beside those of the JSON itself.
var (
	ErrNotObject = errors.New("the document is not a JSON object")
	ErrUnknown   = errors.New("neither a tender, nor a contract, a plan or a monitoring")
)

// DecodeTender reads a document of /tenders/{id}.
func DecodeTender(b []byte) (*Tender, error) {
	t := new(Tender)
	restricted, err := decode(b, t, readTender)
	if err != nil {
		return nil, err
	}
	t.Restricted = restricted
	return t, nil
}

// DecodeContract reads a document of /contracts/{id}.
func DecodeContract(b []byte) (*Contract, error) {
	c := new(Contract)
	restricted, err := decode(b, c, readContract)
	if err != nil {
		return nil, err
	}
	c.Restricted = restricted
	return c, nil
}

// DecodePlan reads a document of /plans/{id}.
func DecodePlan(b []byte) (*Plan, error) {
	v := new(Plan)
	_, err := decode(b, v, readPlan)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// DecodeMonitoring reads a document of /monitorings/{id}.
func DecodeMonitoring(b []byte) (*Monitoring, error) {
	v := new(Monitoring)
	_, err := decode(b, v, readMonitoring)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// decode reads the document into v; restricted is config.restricted beside data.
func decode[T any](b []byte, v *T, field func(*parser, *T, string)) (restricted bool, err error) {
	p := &parser{s: string(b)}
	if c := p.peek(); c != '{' {
		p.skip()
		return false, p.end(ErrNotObject)
	}
	var boxed, broken bool
	object(p, v, func(p *parser, v *T, name string) {
		switch name {
		case "data":
			var zero T
			*v = zero
			boxed = p.peek() == '{'
			broken = !boxed
			if broken {
				p.skip()
				return
			}
			object(p, v, field)
		case "config":
			var c struct{ restricted bool }
			sub(p, &c, func(p *parser, c *struct{ restricted bool }, name string) {
				if name == "restricted" {
					p.bool(&c.restricted)
					return
				}
				p.skip()
			})
			restricted = c.restricted
		default:
			if boxed {
				p.skip()
				return
			}
			field(p, v, name)
		}
	})
	if broken {
		return restricted, p.end(ErrNotObject)
	}
	return restricted, p.end(nil)
}

// end checks that nothing follows the document; otherwise is the answer when the JSON is right.
func (p *parser) end(otherwise error) error {
	if p.err == nil && p.peek() != 0 {
		p.fail()
	}
	if p.err != nil {
		return p.err
	}
	return otherwise
}

// Detect tells what the document is by the fields that only its kind has, and
// gives the document without its envelope (a part of b). ErrUnknown, with the object all
// the same, when it bears none of them.
func Detect(b []byte) (Kind, json.RawMessage, error) {
	type marks struct {
		tenderID, planID, monitoringID, contractID, awardID, method, tender bool
	}
	type box struct {
		marks
		from, to int
		broken   bool
	}
	see := func(p *parser, m *marks, name string) {
		text := p.peek() == '"'
		switch name {
		case "tenderID":
			m.tenderID = text
		case "planID":
			m.planID = text
		case "monitoring_id":
			m.monitoringID = text
		case "contractID":
			m.contractID = text
		case "awardID":
			m.awardID = text
		case "procurementMethodType":
			m.method = text
		case "tender_id":
			m.tender = text
		}
		p.skip()
	}
	p := &parser{s: string(b)}
	var v box
	v.from = -1
	if p.peek() != '{' {
		p.skip()
		return "", nil, p.end(ErrNotObject)
	}
	start := p.i
	object(p, &v, func(p *parser, v *box, name string) {
		if name != "data" {
			if v.from < 0 {
				see(p, &v.marks, name)
				return
			}
			p.skip()
			return
		}
		v.marks = marks{}
		if v.broken = p.peek() != '{'; v.broken {
			p.skip()
			return
		}
		v.from = p.i
		object(p, &v.marks, see)
		v.to = p.i
	})
	whole := p.i
	if err := p.end(nil); err != nil {
		return "", nil, err
	}
	if v.broken {
		return "", nil, ErrNotObject
	}
	data := json.RawMessage(b[start:whole])
	if v.from >= 0 {
		data = b[v.from:v.to]
	}
	switch m := v.marks; {
	case m.tenderID:
		return KindTender, data, nil
	case m.planID:
		return KindPlan, data, nil
	case m.monitoringID:
		return KindMonitoring, data, nil
	case m.contractID, m.awardID && m.tender:
		return KindContract, data, nil
	case m.method:
		return KindTender, data, nil
	}
	return "", data, ErrUnknown
}
