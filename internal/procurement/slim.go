package procurement

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"ereception/internal/procurement/prozorro"
)

// The slim form of a document is the document with only those of its fields that
// the indicators and the register read, so that everything can be calculated
// anew in seconds; parties are masked in it. It decodes like the document.

// shape says which fields of an object are kept, also within arrays; a field
// without a shape of its own is kept whole. A party is rewritten, see maskParty;
// a free text is kept without the names of the sole traders of the document.
type shape struct {
	fields      map[string]*shape
	party, free bool
}

var (
	whole = &shape{}
	party = &shape{party: true}
	free  = &shape{free: true}
)

func fields(names string, more ...any) *shape {
	s := &shape{fields: map[string]*shape{}}
	for _, n := range strings.Fields(names) {
		s.fields[n] = whole
	}
	for i := 0; i < len(more); i += 2 {
		for _, n := range strings.Fields(more[i].(string)) {
			s.fields[n] = more[i+1].(*shape)
		}
	}
	return s
}

var (
	slimOffered   = fields("format documentType documentOf relatedItem author datePublished")
	slimDocument  = fields("id format documentType documentOf relatedItem author datePublished") // the id tells versions of a file from other files
	slimComplaint = fields("type status date dateDecision dateSubmitted")
	slimMilestone = fields("code date")
	slimItem      = fields("relatedLot status", "classification", fields("scheme id"))
	slimTender    = fields(
		"id tenderID mode status date dateModified dateCreated procurementMethodType mainProcurementCategory value cause tenderPeriod",
		"title", free,
		"causeDetails", fields("code"),
		"procuringEntity", party,
		"items", slimItem,
		"lots", fields("id status value guarantee"),
		"bids", fields("id status", "tenderers", party, "lotValues", fields("relatedLot status"),
			"documents financialDocuments eligibilityDocuments qualificationDocuments", slimOffered),
		"awards", fields("id status date lotID bid_id value complaintPeriod", "suppliers", party,
			"complaints", slimComplaint, "milestones", slimMilestone, "documents", slimDocument),
		"qualifications", fields("id status date lotID bidID", "complaints", slimComplaint, "milestones", slimMilestone),
		"complaints", slimComplaint,
		"cancellations", fields("status", "complaints", slimComplaint),
		"contracts", fields("id status awardID date contractID contractNumber value dateSigned period",
			"title", free, "documents", slimDocument, "suppliers", party),
		"documents", slimDocument,
	)
	slimContract = fields(
		"id contractID contractNumber awardID tender_id mode status date dateSigned dateModified dateCreated period value amountPaid terminationDetails",
		"title description", free,
		"buyer procuringEntity suppliers", party,
		"items", fields("relatedLot", "description", free, "classification", fields("scheme id")),
		"changes", fields("id status rationaleTypes date dateSigned"),
		"documents", slimDocument,
	)
)

// slim gives the slim form of valid JSON.
func (s *Service) slim(raw []byte, sh *shape) ([]byte, error) {
	p := pruner{src: raw, dst: make([]byte, 0, len(raw)/8+256)}
	p.party = func(b []byte) []byte {
		out, person := s.maskParty(b)
		if person != nil {
			p.people = append(p.people, *person)
		}
		return out
	}
	if err := p.value(sh); err != nil {
		return nil, err
	}
	if len(p.people) == 0 {
		return p.dst, nil
	}
	// Now it is known who must not be named: once more.
	again := pruner{src: raw, dst: p.dst[:0], party: p.party, hide: maskOf("…", p.people)}
	err := again.value(sh)
	return again.dst, err
}

// pruner copies the kept parts of a JSON text in one pass. The text is valid:
// what comes here was decoded before.
type pruner struct {
	src, dst []byte
	i        int
	party    func([]byte) []byte
	people   []prozorro.Party // natural persons among the parties
	hide     mask             // of their names
}

var errPrune = errors.New("the JSON text ends early")

func (p *pruner) space() {
	for p.i < len(p.src) && (p.src[p.i] == ' ' || p.src[p.i] == '\n' || p.src[p.i] == '\t' || p.src[p.i] == '\r') {
		p.i++
	}
}

func (p *pruner) value(sh *shape) error {
	p.space()
	if p.i >= len(p.src) {
		return errPrune
	}
	switch {
	case p.src[p.i] == '[':
		return p.array(sh)
	case p.src[p.i] == '{' && sh.party:
		from := p.i
		if err := p.skip(); err != nil {
			return err
		}
		p.dst = append(p.dst, p.party(p.src[from:p.i])...)
		return nil
	case p.src[p.i] == '"' && sh.free && p.hide.hidden != nil:
		from := p.i
		if err := p.skip(); err != nil {
			return err
		}
		var text string
		if err := json.Unmarshal(p.src[from:p.i], &text); err != nil {
			return err
		}
		quoted, err := json.Marshal(p.hide.text(text))
		p.dst = append(p.dst, quoted...)
		return err
	case p.src[p.i] == '{' && sh.fields != nil:
		return p.object(sh)
	}
	from := p.i
	if err := p.skip(); err != nil {
		return err
	}
	p.dst = append(p.dst, p.src[from:p.i]...)
	return nil
}

func (p *pruner) array(sh *shape) error {
	p.i++
	p.dst = append(p.dst, '[')
	for first := true; ; first = false {
		p.space()
		if p.i >= len(p.src) {
			return errPrune
		}
		if p.src[p.i] == ']' {
			p.i++
			p.dst = append(p.dst, ']')
			return nil
		}
		if p.src[p.i] == ',' {
			p.i++
		}
		if !first {
			p.dst = append(p.dst, ',')
		}
		if err := p.value(sh); err != nil {
			return err
		}
	}
}

func (p *pruner) object(sh *shape) error {
	p.i++
	p.dst = append(p.dst, '{')
	first := true
	for {
		p.space()
		if p.i >= len(p.src) {
			return errPrune
		}
		if p.src[p.i] == '}' {
			p.i++
			p.dst = append(p.dst, '}')
			return nil
		}
		if p.src[p.i] == ',' {
			p.i++
			p.space()
		}
		from := p.i
		if err := p.skip(); err != nil { // the key
			return err
		}
		key := p.src[from:p.i]
		p.space()
		p.i++ // the colon
		child := sh.fields[keyName(key)]
		if child == nil {
			if err := p.skip(); err != nil {
				return err
			}
			continue
		}
		if !first {
			p.dst = append(p.dst, ',')
		}
		first = false
		p.dst = append(append(p.dst, key...), ':')
		if err := p.value(child); err != nil {
			return err
		}
	}
}

func keyName(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 && len(quoted) >= 2 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	_ = json.Unmarshal(quoted, &s)
	return s
}

// skip passes one value.
func (p *pruner) skip() error {
	p.space()
	depth := 0
	for p.i < len(p.src) {
		switch c := p.src[p.i]; c {
		case '"':
			for p.i++; ; p.i++ {
				j := bytes.IndexAny(p.src[min(p.i, len(p.src)):], `"\`)
				if j < 0 {
					return errPrune
				}
				if p.i += j; p.src[p.i] == '"' {
					break
				}
				p.i++ // what is escaped
			}
			p.i++
		case '{', '[':
			depth++
			p.i++
		case '}', ']':
			if depth == 0 {
				return nil // the end of a number within an object or array
			}
			depth--
			p.i++
		case ',', ':', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return nil
			}
			p.i++
			continue
		default:
			for p.i < len(p.src) && !strings.ContainsRune(",:]} \n\t\r", rune(p.src[p.i])) {
				p.i++
			}
		}
		if depth == 0 {
			return nil
		}
	}
	if depth == 0 {
		return nil
	}
	return errPrune
}

// partyJSON is what is kept of an organisation. Its id may be a number in old
// documents.
type partyJSON struct {
	Name       string        `json:"name,omitempty"`
	Kind       string        `json:"kind,omitempty"`
	Identifier *identityJSON `json:"identifier,omitempty"`
}

type identityJSON struct {
	Scheme    string          `json:"scheme"`
	ID        json.RawMessage `json:"id"`
	LegalName string          `json:"legalName,omitempty"`
}

// maskParty rewrites an organisation: name, kind and identifier remain; of a
// sole trader a key that stands for him, without his name. Who he is comes back
// apart, so that he can be left out of free texts too.
func (s *Service) maskParty(raw []byte) (out []byte, person *prozorro.Party) {
	none := []byte("{}") // of an unexpected form: nothing of it is worth the risk
	var p partyJSON
	if json.Unmarshal(raw, &p) != nil {
		return none, nil
	}
	if p.Identifier != nil {
		id := plainID(p.Identifier.ID)
		if key := s.partyKey(p.Identifier.Scheme, id); soleTrader(key) {
			person = &prozorro.Party{Name: p.Name, Identifier: prozorro.Identifier{ID: id, LegalName: p.Identifier.LegalName}}
			id, p.Name, p.Identifier.LegalName = key, "", ""
		}
		if p.Name == "" {
			p.Name = p.Identifier.LegalName
		}
		p.Identifier.LegalName = ""
		var err error
		if p.Identifier.ID, err = json.Marshal(id); err != nil {
			return none, person
		}
	}
	out, err := json.Marshal(p)
	if err != nil {
		return none, person
	}
	return out, person
}

func plainID(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return strings.Trim(string(raw), `"{}[]`)
}

// natural tells the identifier of a natural person: the tax number has 10
// digits, the identity card 9, the older passport two letters and six digits.
// Codes of ЄДР have 8, old records of them at times lost leading zeros.
var natural = regexp.MustCompile(`^(?:[0-9]{9,10}|\p{L}{2}\s?[0-9]{6})$`)

// solePrefix begins the key that stands for a sole trader.
const solePrefix = "fop-"

// soleTrader reports whether a supplier's key stands for a sole trader.
func soleTrader(key string) bool { return strings.HasPrefix(key, solePrefix) }

// SoleTrader reports whether a supplier's key stands for a sole trader, whose
// name is not shown.
func SoleTrader(key string) bool { return soleTrader(key) }

// partyKey gives the key under which an organisation is kept: "UA-EDR-12345678",
// or a keyed hash for a natural person. Empty without an identifier.
func (s *Service) partyKey(scheme, id string) string {
	id = strings.TrimSpace(id)
	switch {
	case id == "":
		return ""
	case strings.HasPrefix(id, solePrefix):
		return id
	case natural.MatchString(id) && (scheme == "" || strings.Contains(scheme, "UA-")):
		h := hmac.New(sha256.New, s.secret)
		h.Write([]byte(id))
		return solePrefix + hex.EncodeToString(h.Sum(nil))[:16]
	}
	return clean(scheme, 30) + "-" + clean(id, 60)
}
