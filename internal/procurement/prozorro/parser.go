package prozorro

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep objects and lists may lie in each other, as in encoding/json.
const maxDepth = 10000

var errTooDeep = errors.New("objects and lists lie in each other too deep")

// parser reads JSON in one pass into typed fields. What it accepts is what
// encoding/json accepts; every byte is checked, the skipped ones too. After an
// error it stands at the end of the text, so that every loop ends.
//
// The strings that it gives are parts of s, not copies.
type parser struct {
	s     string
	i     int
	depth int
	err   error
}

func (p *parser) fail() {
	if p.err == nil {
		if p.i >= len(p.s) {
			p.err = errors.New("the JSON text ends early")
		} else {
			p.err = fmt.Errorf("not JSON at byte %d", p.i)
		}
	}
	p.i = len(p.s)
}

// peek passes white space and gives the byte after it, 0 at the end.
func (p *parser) peek() byte {
	for p.i < len(p.s) {
		c := p.s[p.i]
		if c > ' ' {
			return c
		}
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return 1 // no JSON begins or goes on with it
		}
		p.i++
	}
	return 0
}

// enter counts the depth; false when it is too much.
func (p *parser) enter() bool {
	p.i++
	if p.depth++; p.depth > maxDepth {
		p.err = errTooDeep
		p.i = len(p.s)
		return false
	}
	return true
}

// object reads an object that begins here, field by field, into v.
func object[T any](p *parser, v *T, field func(*parser, *T, string)) {
	if !p.enter() {
		return
	}
	if p.peek() == '}' {
		p.i++
		p.depth--
		return
	}
	for {
		if p.peek() != '"' {
			p.fail()
			return
		}
		name := p.text()
		if p.peek() != ':' {
			p.fail()
			return
		}
		p.i++
		field(p, v, name)
		switch p.peek() {
		case ',':
			p.i++
		case '}':
			p.i++
			p.depth--
			return
		default:
			p.fail()
			return
		}
	}
}

// sub reads a nested object; anything else leaves *v empty.
func sub[T any](p *parser, v *T, field func(*parser, *T, string)) {
	var zero T
	*v = zero
	if p.peek() != '{' {
		p.skip()
		return
	}
	object(p, v, field)
}

// list reads an array of objects; an element that is no object is left out, and
// anything but an array leaves *v empty.
func list[T any](p *parser, v *[]T, field func(*parser, *T, string)) {
	*v = nil
	if p.peek() != '[' {
		p.skip()
		return
	}
	p.array(func() {
		if p.peek() != '{' {
			p.skip()
			return
		}
		var zero T
		*v = append(*v, zero)
		object(p, &(*v)[len(*v)-1], field)
	})
}

// array calls element at each element of an array that begins here.
func (p *parser) array(element func()) {
	if !p.enter() {
		return
	}
	if p.peek() == ']' {
		p.i++
		p.depth--
		return
	}
	for {
		element()
		switch p.peek() {
		case ',':
			p.i++
		case ']':
			p.i++
			p.depth--
			return
		default:
			p.fail()
			return
		}
	}
}

// string reads a string; a number gives its text, anything else gives "".
func (p *parser) string(v *string) {
	switch c := p.peek(); {
	case c == '"':
		*v = p.text()
	case c == '-' || c >= '0' && c <= '9':
		*v = p.digits()
	default:
		*v = ""
		p.skip()
	}
}

// strings reads an array of strings; other elements are left out.
func (p *parser) strings(v *[]string) {
	*v = nil
	if p.peek() != '[' {
		p.skip()
		return
	}
	p.array(func() {
		if p.peek() != '"' {
			p.skip()
			return
		}
		*v = append(*v, p.text())
	})
}

// number reads a number, or a string that holds one; anything else is absent.
func (p *parser) number(v *Number) {
	*v = Number{}
	switch c := p.peek(); {
	case c == '"':
		*v = parseNumber(strings.TrimSpace(p.text()))
	case c == '-' || c >= '0' && c <= '9':
		*v = parseNumber(p.digits())
	default:
		p.skip()
	}
}

func (p *parser) time(v *Time) {
	*v = Time{}
	if p.peek() != '"' {
		p.skip()
		return
	}
	*v = ParseTime(p.text())
}

// bool reads true; anything else is false.
func (p *parser) bool(v *bool) {
	*v = p.peek() == 't'
	p.skip()
}

// maybe reads true or false; anything else is nil.
func (p *parser) maybe(v **bool) {
	*v = nil
	if c := p.peek(); c == 't' || c == 'f' {
		b := c == 't'
		*v = &b
	}
	p.skip()
}

// skip passes over any value and checks it.
func (p *parser) skip() {
	switch c := p.peek(); {
	case c == '"':
		p.pass()
	case c == '{':
		if !p.enter() {
			return
		}
		if p.peek() == '}' {
			p.i++
			p.depth--
			return
		}
		for {
			if p.peek() != '"' {
				p.fail()
				return
			}
			p.pass()
			if p.peek() != ':' {
				p.fail()
				return
			}
			p.i++
			p.skip()
			switch p.peek() {
			case ',':
				p.i++
				continue
			case '}':
				p.i++
				p.depth--
			default:
				p.fail()
			}
			return
		}
	case c == '[':
		p.array(p.skip)
	case c == '-' || c >= '0' && c <= '9':
		p.digits()
	case c == 't':
		p.word("true")
	case c == 'f':
		p.word("false")
	case c == 'n':
		p.word("null")
	default:
		p.fail()
	}
}

func (p *parser) word(w string) {
	if !strings.HasPrefix(p.s[p.i:], w) {
		p.fail()
		return
	}
	p.i += len(w)
}

// digits reads a number by the grammar of JSON and gives its text.
func (p *parser) digits() string {
	s, i := p.s, p.i
	run := func() bool {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i > from
	}
	if s[i] == '-' {
		i++
	}
	ok := true
	if i < len(s) && s[i] == '0' {
		i++
	} else {
		ok = run()
	}
	if ok && i < len(s) && s[i] == '.' {
		i++
		ok = run()
	}
	if ok && i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		ok = run()
	}
	text := s[p.i:i]
	p.i = i
	if !ok {
		p.fail()
		return ""
	}
	return text
}

// Classes of bytes within a string.
const (
	plain   = iota
	beyond  // not ASCII
	special // quote, backslash, control
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c < ' ' || c == '"' || c == '\\':
			t[c] = special
		case c >= utf8.RuneSelf:
			t[c] = beyond
		}
	}
	return t
}()

// pass passes over a string that begins here and checks it.
func (p *parser) pass() {
	s := p.s
	for i := p.i + 1; i < len(s); {
		if class[s[i]] != special {
			i++
			continue
		}
		switch s[i] {
		case '"':
			p.i = i + 1
			return
		case '\\':
			n := escape(s[i:])
			if n == 0 {
				p.i = i
				p.fail()
				return
			}
			i += n
		default:
			p.i = i
			p.fail()
			return
		}
	}
	p.i = len(s)
	p.fail()
}

// text reads a string that begins here. Bytes that are not UTF-8 and the
// character NUL, which no database keeps, become U+FFFD.
func (p *parser) text() string {
	s, from := p.s, p.i+1
	var seen uint8
	i := from
	for i < len(s) && class[s[i]] != special {
		seen |= class[s[i]]
		i++
	}
	if i < len(s) && s[i] == '"' {
		p.i = i + 1
		t := s[from:i]
		if seen == 0 || utf8.ValidString(t) {
			return t
		}
		return unescape(t)
	}
	p.pass()
	if p.err != nil {
		return ""
	}
	return unescape(s[from : p.i-1])
}

// escape gives the length of an escape sequence that begins s, 0 for a wrong one.
func escape(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) >= 6 && hex(s[2:6]) >= 0 {
			return 6
		}
	}
	return 0
}

// hex reads four hexadecimal digits, -1 for anything else.
func hex(s string) rune {
	var r rune
	for i := range 4 {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// unescape gives the text of a checked string.
func unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\\' && s[i+1] == 'u':
			r := hex(s[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				pair := rune(-1)
				if i+6 <= len(s) && s[i] == '\\' && s[i+1] == 'u' {
					pair = hex(s[i+2:])
				}
				if r = utf16.DecodeRune(r, pair); r != utf8.RuneError {
					i += 6
				}
			}
			if r == 0 {
				r = utf8.RuneError
			}
			b.WriteRune(r)
		case c == '\\':
			b.WriteByte(escaped[s[i+1]])
			i += 2
		case c < utf8.RuneSelf:
			b.WriteByte(c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			b.WriteRune(r)
			i += n
		}
	}
	return b.String()
}

var escaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// rationaleTypes reads the permitted grounds of a change: code → titles.
func (p *parser) rationaleTypes(v *[]RationaleType) {
	*v = nil
	if p.peek() != '{' {
		p.skip()
		return
	}
	object(p, v, func(p *parser, v *[]RationaleType, code string) {
		t := struct{ Title, TitleUK string }{}
		sub(p, &t, func(p *parser, t *struct{ Title, TitleUK string }, name string) {
			switch name {
			case "title_uk":
				p.string(&t.TitleUK)
			case "title":
				p.string(&t.Title)
			default:
				p.skip()
			}
		})
		if t.TitleUK != "" {
			t.Title = t.TitleUK
		}
		*v = append(*v, RationaleType{Code: code, Title: t.Title})
	})
}

// parseNumber reads the text of a JSON number; absent for anything else and for what no float64 holds.
func parseNumber(s string) Number {
	if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') {
		return Number{}
	}
	p := parser{s: s}
	if p.digits() != s {
		return Number{}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return Number{}
	}
	return Number{Float: f, Valid: true}
}
