package procurement

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"unicode"
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
		"contracts", fields("id status awardID date contractID value dateSigned period",
			"title contractNumber", free, "documents", slimDocument, "suppliers", party),
		"documents", slimDocument,
	)
	slimContract = fields(
		"id contractID awardID tender_id mode status date dateSigned dateModified dateCreated period value amountPaid",
		"title description contractNumber terminationDetails", free,
		"buyer procuringEntity suppliers", party,
		"items", fields("relatedLot", "description", free, "classification", fields("scheme id")),
		"changes", fields("id status rationaleTypes date dateSigned"),
		"documents", slimDocument,
	)
)

// slim gives the slim form of valid JSON.
func (s *Service) slim(raw []byte, sh *shape) ([]byte, error) {
	people, err := s.people(raw)
	if err != nil {
		return nil, err
	}
	p := pruner{src: raw, dst: make([]byte, 0, len(raw)/8+256), party: s.maskParty, hide: maskOf(ellipsis, people)}
	err = p.value(sh)
	return p.dst, err
}

// pruner copies the kept parts of a JSON text in one pass. The text is valid:
// what comes here was decoded before.
type pruner struct {
	src, dst []byte
	i        int
	party    func([]byte) []byte
	hide     mask // what free texts may not say
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
	case p.src[p.i] == '"' && sh.free:
		from := p.i
		if err := p.skip(); err != nil {
			return err
		}
		var text string
		if err := json.Unmarshal(p.src[from:p.i], &text); err != nil {
			return err
		}
		hidden := p.hide.text(text)
		if hidden == text {
			p.dst = append(p.dst, p.src[from:p.i]...)
			return nil
		}
		quoted, err := json.Marshal(hidden)
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
// natural person a key that stands for him, without his name.
func (s *Service) maskParty(raw []byte) []byte {
	none := []byte("{}") // of an unexpected form: nothing of it is worth the risk
	var p partyJSON
	if json.Unmarshal(raw, &p) != nil {
		return none
	}
	var scheme, id, legalName string
	if p.Identifier != nil {
		scheme, id, legalName = p.Identifier.Scheme, plainID(p.Identifier.ID), p.Identifier.LegalName
	}
	w := s.who(scheme, id, p.Name, legalName)
	p.Name = w.name
	switch {
	case w.sole:
		id, p.Name = w.key, ""
		if p.Identifier == nil {
			p.Identifier = &identityJSON{}
		}
	case w.hideID:
		id = ""
	}
	if p.Identifier != nil {
		p.Identifier.LegalName = ""
		var err error
		if p.Identifier.ID, err = json.Marshal(id); err != nil {
			return none
		}
	}
	out, err := json.Marshal(p)
	if err != nil {
		return none
	}
	return out
}

func plainID(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return strings.Trim(string(raw), `"{}[]`)
}

// solePrefix begins the key that stands for a natural person, orgPrefix that of
// an organisation without an identifier of its own.
const (
	solePrefix = "fop-"
	orgPrefix  = "org-"
)

// maskedKey is the form of both.
var maskedKey = regexp.MustCompile(`^(?:fop|org)-[0-9a-f]{16}$`)

// soleTrader reports whether a supplier's key stands for a sole trader.
func soleTrader(key string) bool { return strings.HasPrefix(key, solePrefix) }

// SoleTrader reports whether a supplier's key stands for a sole trader, whose
// name is not shown.
func SoleTrader(key string) bool { return soleTrader(key) }

// WithoutCode reports whether a supplier's key stands for an organisation that the
// source has under no code of its own.
func WithoutCode(key string) bool { return strings.HasPrefix(key, orgPrefix) }

// noCode reports whether a key has no code of ЄДР in it.
func noCode(key string) bool {
	return strings.HasPrefix(key, solePrefix) || strings.HasPrefix(key, orgPrefix)
}

// who is a party as it may be kept and shown.
type who struct {
	key    string // "UA-EDR-12345678", fop-…, org-…; empty: nothing tells this one from others
	name   string // empty for a natural person
	sole   bool   // a natural person
	hideID bool   // the identifier of an organisation is that of a natural person
}

// who tells who a party is. The key of an organisation with an identifier of its
// own is the identifier, for ever. A natural person's is a keyed hash of his tax
// number, or, where that is wrong, a placeholder or missing, of whatever stands
// for it and of his name, so that neither is in an address and two people with
// 00000000 are not one. So is that of an organisation with a placeholder.
func (s *Service) who(scheme, id, name, legalName string) who {
	id = strings.TrimSpace(id)
	if soleTrader(id) && maskedKey.MatchString(id) {
		return who{key: id, sole: true}
	}
	none, natural := placeholder(id), ofUkraine(scheme) && naturalID.MatchString(compactID(id))
	own, registered := natureOf(name, !none), natureOf(legalName, !none)
	w := who{name: cmp.Or(strings.TrimSpace(name), strings.TrimSpace(legalName))}
	switch {
	case natural:
		// A company under the tax number of its director is a company all the same.
		w.hideID = own == legal && (none || legalFirst(name)) || own != human && registered == legal && (none || legalFirst(legalName))
		w.sole = !w.hideID
		if w.hideID && own != legal {
			w.name = legalName
		}
	case own == human && registered == legal && !soleMark.MatchString(plainName(name)):
		w.name = legalName // somebody's name where that of his company belongs
	default:
		w.sole = own == human || own == unknown && registered == human
	}
	switch {
	case w.sole:
		w.name = ""
		bones := nameBones(cmp.Or(strings.TrimSpace(name), strings.TrimSpace(legalName)))
		switch {
		case natural && !none:
			w.key = s.hashed(solePrefix, naturalID.ReplaceAllString(compactID(id), "$1"))
		case bones != "" && none:
			w.key = s.hashed(solePrefix, "\x00"+bones)
		case bones != "":
			w.key = s.hashed(solePrefix, compactID(id)+"\x00"+bones)
		}
	case none || w.hideID:
		if bones := nameBones(w.name); bones != "" {
			w.key = s.hashed(orgPrefix, "\x00"+bones)
		}
	default:
		w.key = clean(scheme, 30) + "-" + clean(id, 60)
	}
	return w
}

func (s *Service) hashed(prefix, text string) string {
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte(text))
	return prefix + hex.EncodeToString(h.Sum(nil))[:16]
}

// withheld are names that the source itself puts in place of one, beside noughts.
var withheld = map[string]bool{"приховано": true, "прихована": true, "скрыто": true, "hidden": true, "masked": true, "немає": true, "невідомо": true}

// nameBones is what a name has in whatever way it is written, without the words
// that say only that it is of a sole trader; empty where there is no name.
func nameBones(name string) string {
	var words []string
	if plain := plainName(name); !strings.ContainsFunc(plain, unicode.IsLetter) || withheld[strings.TrimSpace(plain)] {
		return ""
	}
	for _, w := range strings.FieldsFunc(withoutMarks(plainName(name)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' }) {
		if w = skeleton(w); w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}
