package procurement

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ereception/internal/platform/ukrtext"
)

// mask hides what names a human being in texts that the source wrote freely: a
// file «Протокол, ФОП Іваненко.pdf», a title with a tax number in it. It knows
// the people of the document; of anybody it hides telephones, e-mail and bank
// accounts, tax numbers, and a name that follows «ФОП». What it cannot know is
// the name of somebody who stands in the text alone.
type mask struct {
	people []*needle
	words  string // what stands instead of a name
	begins map[rune]bool
	seen   map[string][]verdict
}

// namesake is somebody whose name is not shown, by all the names that the
// document has for him. Of the contact person of an organisation, who may be
// called like a town or a thing, the surname alone is no name.
type namesake struct {
	names []string
	id    string
	loose bool
}

// needle is a namesake made ready to be found.
type needle struct {
	surnames, given []form
	initials        map[rune]bool // first bones of the given names
	literals        []string
	loose           bool
}

// form is a word of a name in the ways in which it is compared.
type form struct {
	plain, key, bones string
	stem, bonesStem   string
	n                 int
	cyrillic          bool
}

// verdict is what a word of a text is to one of the people.
type verdict struct {
	who     int
	surname bool
	given   bool
}

const ellipsis = "…"

// hiddenName stands instead of a name.
func hiddenName(locale string) string {
	if locale == "en" {
		return "[name hidden]"
	}
	return "[ім’я приховано]"
}

// maskOf makes the mask of people. words stand instead of a name.
func maskOf(words string, people []namesake) mask {
	m := mask{words: words, begins: map[rune]bool{}, seen: map[string][]verdict{}}
	for _, p := range people {
		n := &needle{initials: map[rune]bool{}, loose: p.loose}
		if !p.loose && !placeholder(p.id) {
			for _, id := range []string{strings.TrimSpace(p.id), compactID(p.id)} {
				if len(id) > 7 && !slices.Contains(n.literals, id) && !maskedKey.MatchString(id) {
					n.literals = append(n.literals, id)
				}
			}
		}
		for _, name := range p.names {
			n.learn(name)
		}
		for _, list := range [][]form{n.surnames, n.given} {
			for _, f := range list {
				m.begins[firstBone(f.bones)] = true
			}
		}
		if len(n.surnames)+len(n.given)+len(n.literals) > 0 {
			m.people = append(m.people, n)
		}
	}
	return m
}

// learn takes a name apart: who is called what.
func (n *needle) learn(name string) {
	t := strings.Trim(withoutMarks(plainName(name)), ` "`)
	// Behind a comma, or in brackets or quotes at the end, stands what he deals in.
	if at := strings.IndexAny(t, `,;"`); at > 0 {
		t = t[:at]
	}
	if at := strings.IndexByte(t, '('); at > 0 && strings.HasSuffix(strings.TrimSpace(t), ")") {
		t = t[:at]
	}
	var whole []string
	for _, r := range letterRuns(t) {
		w := strings.Trim(t[r.from:r.to], "'")
		switch count := utf8.RuneCountInString(w); {
		case count == 1 || len(w) > 0 && r.to < len(t) && t[r.to] == '.' && count == 2 && (w == "дж" || w == "дз"):
			n.initials[firstBone(skeleton(w))] = true
		case count > 1:
			whole = append(whole, w)
		}
	}
	if len(whole) == 0 {
		if s := strings.TrimSpace(name); utf8.RuneCountInString(s) > 3 && strings.ContainsFunc(s, unicode.IsDigit) {
			n.literals = append(n.literals, s) // a pseudonym: «ФОП №101566»
		}
		return
	}
	for i, w := range whole { // what goes beyond a whole name is none
		if i >= 2 && (turkic[w] || patronymic(w) && !(i+1 < len(whole) && turkic[whole[i+1]])) {
			whole = whole[:i+1]
			break
		}
	}
	given := make([]bool, len(whole))
	for i, w := range whole {
		given[i] = patronymic(w) && len(whole) > 1 || turkic[w]
	}
	last := len(whole) - 1
	switch {
	case last == 0:
	case given[last]:
		given[0] = false // «Петрович Іван Іванович»
		if last >= 2 {
			given[last-1] = true // before a patronymic stands the given name, known or not
		}
	case last == 2 && given[1]:
		given[0] = true // «Іван Іванович Іваненко»
	default:
		for i, w := range whole {
			given[i] = given[i] || givenName(w)
		}
		if !slices.Contains(given, false) {
			given[0] = false // «Роман Богдан»
		}
	}
	for i, w := range whole {
		f := formOf(w)
		if given[i] {
			n.given = appendForm(n.given, f)
			n.initials[firstBone(f.bones)] = true
		} else {
			n.surnames = appendForm(n.surnames, f)
		}
	}
}

func appendForm(list []form, f form) []form {
	if f.n < 2 || slices.ContainsFunc(list, func(o form) bool { return o.plain == f.plain }) {
		return list
	}
	return append(list, f)
}

var noApostrophe = strings.NewReplacer("'", "", "’", "", "ʼ", "", "`", "", "‘", "", "′", "", "´", "", "ʹ", "", "＇", "")

// formOf prepares a word; its case is of no matter.
func formOf(w string) form {
	w = noApostrophe.Replace(strings.ToLower(readCyrillic(w)))
	f := form{plain: w, bones: skeleton(w), n: utf8.RuneCountInString(w)}
	r, _ := utf8.DecodeRuneInString(w)
	if f.cyrillic = unicode.Is(unicode.Cyrillic, r); f.cyrillic {
		f.key, f.stem = ukrtext.Key(w), ukrtext.Stem(w)
		if f.n < 5 {
			f.stem = strings.TrimRight(w, "аеєиіїоуюяйь")
		}
		f.bonesStem = skeleton(f.stem)
	} else {
		f.bonesStem = f.bones
		for len(f.bonesStem) > 4 && strings.ContainsRune("aeiou", rune(f.bonesStem[len(f.bonesStem)-1])) {
			f.bonesStem = f.bonesStem[:len(f.bonesStem)-1]
		}
	}
	return f
}

// endings of names in the cases of Ukrainian.
var (
	nameEndings  = map[string]bool{"ого": true, "ому": true, "ові": true, "еві": true, "єві": true, "ими": true, "ами": true, "ями": true}
	shortEndings = map[string]bool{
		"": true, "а": true, "у": true, "ом": true, "ові": true, "і": true, "ою": true, "ем": true, "еві": true, "я": true, "ю": true, "єм": true, "ею": true, "и": true, "ої": true, "ів": true,
		"ам": true, "ами": true, "ь": true, "й": true, "о": true, "е": true, "єві": true,
	}
	boneEndings = map[string]bool{"oho": true, "omu": true, "ovi": true, "evi": true, "imi": true, "ami": true, "oiu": true}
)

// is reports whether t, a word of a text, is the name in one of its cases.
// capital says that it begins with a capital letter: a short surname in small
// letters is a thing («дуб», «лис»).
func (f form) is(t form, capital bool) bool {
	if t.n < 2 || f.n < 2 {
		return false
	}
	if f.n < 4 && !capital {
		return false
	}
	if t.plain == f.plain {
		return true
	}
	if f.cyrillic && t.cyrillic {
		rest, ok := strings.CutPrefix(t.plain, f.stem)
		switch {
		case f.n < 5:
			if ok && capital && f.stem != "" && shortEndings[rest] && utf8.RuneCountInString(f.stem) > 1 {
				return true
			}
		case ok && (utf8.RuneCountInString(rest) <= 2 || nameEndings[rest]):
			return true
		case f.key == t.key:
			return true
		}
	}
	if f.n < 4 || len(f.bones) < 4 {
		return f.cyrillic != t.cyrillic && capital && f.bones == t.bones && len(f.bones) > 1
	}
	if t.bones == f.bones {
		return true
	}
	rest, ok := strings.CutPrefix(t.bones, f.bonesStem)
	return ok && len(f.bonesStem) >= 4 && (len(rest) <= 2 || boneEndings[rest])
}

func firstBone(bones string) rune {
	r, _ := utf8.DecodeRuneInString(bones)
	return r
}

// stretch is a part of a text, in bytes.
type stretch struct{ from, to int }

// letterRuns gives the words of a text: letters, and apostrophes between them.
func letterRuns(s string) []stretch {
	var out []stretch
	from, to := -1, 0
	for i, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.Is(unicode.Mn, r) && from >= 0:
			if from < 0 {
				from = i
			}
			to = i + utf8.RuneLen(r)
		case from >= 0 && to == i && strings.ContainsRune(apostrophes, r):
		case from >= 0 && strings.ContainsRune(apostrophes, r):
			out, from = append(out, stretch{from, to}), -1
		case from >= 0:
			out, from = append(out, stretch{from, to}), -1
		}
	}
	if from >= 0 {
		out = append(out, stretch{from, to})
	}
	return out
}

// word is a word of a text that is looked at.
type word struct {
	stretch
	text    string
	capital bool
	initial bool
	upper   bool // of capitals alone
}

func wordAt(s string, at stretch) word {
	w := word{stretch: at, text: s[at.from:at.to]}
	r, _ := utf8.DecodeRuneInString(w.text)
	w.capital = unicode.IsUpper(r)
	w.upper = strings.ToUpper(w.text) == w.text
	w.initial = w.capital && (utf8.RuneCountInString(w.text) == 1 || w.text == "Дж" || w.text == "Дз")
	return w
}

// camel cuts a word where a small letter is followed by a capital, and before the
// last of several capitals: «ФОПІваненко».
func camel(s string, at stretch) []stretch {
	runes := []rune(s[at.from:at.to])
	small := func(r rune) bool { return unicode.IsLower(r) || strings.ContainsRune(apostrophes, r) } // «ФОПМ’ята»
	var out []stretch
	from, i := at.from, at.from
	for k, r := range runes {
		if k > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[k-1]) || k+1 < len(runes) && unicode.IsUpper(runes[k-1]) && small(runes[k+1])) {
			out, from = append(out, stretch{from, i}), i
		}
		i += utf8.RuneLen(r)
	}
	return append(out, stretch{from, at.to})
}

// text hides the people in a text, and whatever is of the private life of anybody.
func (m mask) text(s string) string {
	if s == "" {
		return ""
	}
	if !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	s = unseen.Replace(s)
	s = hideContacts(s)
	for _, p := range m.people {
		for _, l := range p.literals {
			s = strings.ReplaceAll(s, l, m.words)
		}
	}
	return m.names(s)
}

// unseen are signs that nobody sees and that would part a word.
var unseen = strings.NewReplacer("\u00AD", "", "\u200B", "", "\u200C", "", "\u200D", "", "\u2060", "", "\uFEFF", "")

// names hides the names where they are words of their own: «Мороз» is none in
// «морозиво».
func (m mask) names(s string) string {
	var words []word
	for _, r := range letterRuns(s) {
		w := wordAt(s, r)
		if parts := camel(s, r); len(parts) > 1 && len(m.verdicts(w)) == 0 {
			for _, p := range parts {
				words = append(words, wordAt(s, p))
			}
			continue
		}
		words = append(words, w)
	}
	var hide []stretch
	for i, w := range words {
		for _, v := range m.verdicts(w) {
			from, to := i, i
			if v.surname {
				from, to = m.around(s, words, i, m.people[v.who])
				if from == to && m.people[v.who].loose {
					continue
				}
			} else if to = m.givenPair(s, words, i, v.who); to == i {
				continue
			}
			hide = append(hide, stretch{words[from].from, words[to].to})
		}
	}
	for i := range words {
		if from, to, ok := afterMark(s, words, i); ok {
			hide = append(hide, stretch{words[from].from, words[to].to})
		}
	}
	if len(hide) == 0 {
		return s
	}
	slices.SortFunc(hide, func(a, b stretch) int { return a.from - b.from })
	joined := hide[:1]
	for _, h := range hide[1:] {
		last := &joined[len(joined)-1]
		if h.from <= last.to || joint(s[last.to:h.from]) {
			last.to = max(last.to, h.to)
			continue
		}
		joined = append(joined, h)
	}
	instead := m.words
	if instead == "" {
		instead = ellipsis
	}
	var b strings.Builder
	at := 0
	for _, h := range joined {
		b.WriteString(s[at:h.from] + instead)
		at = h.to
		if r, n := utf8.DecodeLastRuneInString(s[h.from:h.to]); at < len(s) && s[at] == '.' && unicode.IsUpper(r) && (n == h.to-h.from || !unicode.IsLetter(lastBefore(s, h.to-n))) {
			at++ // the dot of an initial
		}
	}
	return b.String() + s[at:]
}

func lastBefore(s string, at int) rune {
	r, _ := utf8.DecodeLastRuneInString(s[:at])
	return r
}

// joint reports whether nothing but what joins the words of one name is between two of them.
func joint(between string) bool {
	return len(between) <= 6 && strings.Trim(between, " \t\n\r._-–—\u00A0\u202F\u2009"+apostrophes) == ""
}

// verdicts tells what the word is to the people of the mask.
func (m mask) verdicts(w word) []verdict {
	if len(m.people) == 0 {
		return nil
	}
	key := w.text
	if v, ok := m.seen[key]; ok {
		return v
	}
	var out []verdict
	t := formOf(w.text)
	if m.begins[firstBone(t.bones)] {
		for i, p := range m.people {
			v := verdict{
				who:     i,
				surname: slices.ContainsFunc(p.surnames, func(f form) bool { return f.is(t, w.capital) }),
				given:   slices.ContainsFunc(p.given, func(f form) bool { return f.is(t, w.capital) }),
			}
			if v.surname || v.given {
				out = append(out, v)
			}
		}
	}
	m.seen[key] = out
	return out
}

// around gives the words about a surname that belong to the name: initials, the
// given name and the patronymic.
func (m mask) around(s string, words []word, at int, p *needle) (from, to int) {
	from, to = at, at
	for to+1 < len(words) && to-at < 3 && joint(s[words[to].to:words[to+1].from]) && p.ofName(s, words, to+1) {
		to++
	}
	for from > 0 && at-from < 3 && joint(s[words[from-1].to:words[from].from]) && p.ofName(s, words, from-1) {
		from--
	}
	return from, to
}

// ofName reports whether the word beside a surname is of the same name.
func (n *needle) ofName(s string, words []word, i int) bool {
	w := words[i]
	bones := skeleton(w.text)
	known := n.initials[firstBone(bones)]
	if w.initial {
		return known || dotted(s, w)
	}
	if w.upper && utf8.RuneCountInString(w.text) == 2 && known {
		_, size := utf8.DecodeRuneInString(w.text)
		return n.initials[firstBone(skeleton(w.text[size:]))] // «ІП»
	}
	t := formOf(w.text)
	if slices.ContainsFunc(n.given, func(f form) bool { return f.is(t, w.capital) }) {
		return true
	}
	return w.capital && (patronymicCase.MatchString(t.plain) || patronymic(t.plain) || givenCase(t) && (known || len(n.given) == 0))
}

func dotted(s string, w word) bool { return w.to < len(s) && s[w.to] == '.' }

// givenPair finds a given name with the patronymic after it: they name a man
// without his surname too.
func (m mask) givenPair(s string, words []word, at, who int) (to int) {
	if at+1 >= len(words) || !joint(s[words[at].to:words[at+1].from]) || len(m.people[who].given) < 2 {
		return at
	}
	for _, v := range m.verdicts(words[at+1]) {
		if v.who == who && v.given && !strings.EqualFold(words[at].text, words[at+1].text) {
			return at + 1
		}
	}
	return at
}

// givenKeys are the given names without their endings.
var givenKeys = func() map[string]bool {
	m := map[string]bool{}
	for n := range givenNames {
		m[strings.TrimRight(n, "aeiou")] = true
	}
	return m
}()

// givenCase reports whether a word is a given name in one of its cases.
func givenCase(t form) bool {
	if givenNames[t.bones] {
		return true
	}
	stem := strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(t.bones, "om"), "em"), "aeiou")
	return len(stem) > 2 && givenKeys[stem]
}

// Words that stand before the name of a sole trader in a text, and such as may
// follow them and are no names.
var (
	markWords = map[string]bool{
		"фоп": true, "спд": true, "спдфо": true, "флп": true, "підприємець": true, "підприємця": true, "підприємцем": true, "підприємцю": true, "підприємцеві": true, "підприємниця": true,
		"підприємниці": true, "підприємницею": true, "предприниматель": true, "предпринимателя": true, "фізособа": true, "фізособи": true, "fop": true, "entrepreneur": true,
	}
	noName = map[string]bool{
		"учасник": true, "учасника": true, "постачальник": true, "постачальника": true, "виконавець": true, "виконавця": true, "замовник": true, "підрядник": true, "переможець": true, "та": true,
		"або": true, "і": true, "й": true, "на": true, "з": true, "із": true, "у": true, "в": true, "не": true, "є": true, "як": true, "що": true, "за": true, "до": true, "про": true, "для": true, "код": true,
		"ідентифікаційний": true, "реквізити": true, "група": true, "платник": true, "єдиного": true, "який": true, "яка": true, "юридична": true, "фізична": true, "тов": true, "пп": true, "договір": true,
		"пропозиція": true, "протокол": true, "продавець": true, "орендар": true, "орендодавець": true, "фоп": true, "далі": true, "україни": true, "україна": true, "рнокпп": true, "іпн": true, "єдрпоу": true,
		"and": true, "or": true, "of": true, "the": true, "has": true, "is": true,
	}
)

// afterMark finds the name that follows a word such as «ФОП» at words[i].
func afterMark(s string, words []word, i int) (from, to int, ok bool) {
	low := strings.ToLower(readCyrillic(words[i].text))
	half := low == "пп" || low == "чп"
	switch {
	case markWords[low], half && words[i].upper:
	case low == "п" && i >= 2 && strings.EqualFold(words[i-1].text, "о") && strings.EqualFold(words[i-2].text, "ф") && joint(s[words[i-2].to:words[i-1].from]) && joint(s[words[i-1].to:words[i].from]):
	case strings.HasPrefix(low, "особ") && i >= 1 && strings.HasPrefix(strings.ToLower(readCyrillic(words[i-1].text)), "фізичн"):
	default:
		return 0, 0, false
	}
	from = i + 1
	if from >= len(words) || len(s[words[i].to:words[from].from]) > 8 || strings.Trim(s[words[i].to:words[from].from], " \t\u00A0._-–—:\"«»„“”№") != "" {
		return 0, 0, false
	}
	next := func(j int) bool { return j < len(words) && joint(s[words[j-1].to:words[j].from]) }
	part := func(j int) bool { // of a name, surely
		w := words[j]
		if w.initial {
			return dotted(s, w) || next(j+1) && words[j+1].initial || j > from && words[j-1].initial
		}
		t := formOf(w.text)
		return w.capital && (patronymicCase.MatchString(t.plain) || patronymic(t.plain) || givenCase(t))
	}
	w := words[from]
	low = strings.ToLower(readCyrillic(w.text))
	if !w.capital || noName[low] || markWords[low] {
		return 0, 0, false
	}
	sure := part(from) || next(from+1) && part(from+1) || next(from+2) && words[from+1].capital && part(from+2)
	if !sure && (half || w.initial || utf8.RuneCountInString(w.text) < 3) {
		return 0, 0, false
	}
	to = from
	for to-from < 4 && next(to+1) {
		n := to + 1
		switch {
		case part(n):
		case words[n].capital && !noName[strings.ToLower(words[n].text)] && next(n+1) && part(n+1) && !words[n+1].initial && patronymicCase.MatchString(formOf(words[n+1].text).plain):
		case words[n].capital && part(to) && part(from) && surnameLike(formOf(words[n].text).plain, false) && !noName[strings.ToLower(words[n].text)]:
		case words[n].capital && to == from && s[words[to].to:words[n].from] == "-": // a double surname
		default:
			return from, to, true
		}
		to = n
	}
	return from, to, true
}

const gap = `[\s\x{A0}\x{202F}\-–—.]{0,3}`

// contacts finds what is of the private life of anybody, whoever he is.
var contacts = []*regexp.Regexp{
	regexp.MustCompile(`[\p{L}\p{N}._%+\-]+@[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)+`),                                       // e-mail
	regexp.MustCompile(`(?:https?://)?(?:t\.me|wa\.me|viber\.me|(?:www\.|m\.)?(?:facebook|fb|instagram)\.com)/[^\s"<>]+`), // pages of people
	regexp.MustCompile(`UA\s?[0-9]{2}(?:\s?[0-9]){25}`),                                                                   // IBAN
	regexp.MustCompile(`\+[0-9](?:[\s\x{A0}().\-–]{0,3}[0-9]){8,13}`),
	regexp.MustCompile(`(?:\+?3?8` + gap + `)?\(?0[0-9]{2}\)?` + gap + `[0-9]{3}` + gap + `[0-9]{2}` + gap + `[0-9]{2}`),
	regexp.MustCompile(`(?:\+?3?8` + gap + `)?\(?0[0-9]{2}\)?` + gap + `[0-9]{2}` + gap + `[0-9]{2}` + gap + `[0-9]{3}`),
	regexp.MustCompile(`(?:\+?3?8` + gap + `)?\(?0[0-9]{3}\)?` + gap + `[0-9]{2}` + gap + `[0-9]{2}` + gap + `[0-9]{2}`),
	regexp.MustCompile(`(?:\+?3?8` + gap + `)?\(?0[0-9]{4}\)?` + gap + `[0-9]{1,2}` + gap + `[0-9]{2}` + gap + `[0-9]{2}`),
	regexp.MustCompile(`[0-9]{10}`), // a tax number, or a telephone without spaces
}

// afterWord finds numbers that are private by the word before them, which stays.
var afterWord = []*regexp.Regexp{
	regexp.MustCompile(`(?i)((?:^|[^\p{L}])(?:тел(?:ефон\p{L}{0,3})?|тлф|моб(?:ільн\p{L}{0,3})?|факс|вайбер|viber|tel|phone|mob)\.?[\s:№/.]{0,4}(?:моб\.?|факс)?[\s:.]{0,3})(\(?[0-9](?:[\s\x{A0}()\-–]{0,3}[0-9]){4,13})`),
	regexp.MustCompile(`(?i)((?:^|[^\p{L}])т\.\s?)([0-9]{1,3}-[0-9]{2}-[0-9]{2})`),
	regexp.MustCompile(`(?i)(паспорт\p{L}{0,3}[^0-9]{0,30})([0-9]{6,9})`),
}

// hideContacts hides them; what it leaves has none.
func hideContacts(s string) string {
	if !strings.ContainsAny(s, "@0123456789/") {
		return s
	}
	for range 4 { // what is hidden may part two numbers
		before := s
		for _, re := range contacts {
			s = alone(re, s)
		}
		for _, re := range afterWord {
			s = re.ReplaceAllString(s, "${1}"+ellipsis)
		}
		if s == before {
			break
		}
	}
	return s
}

// alone hides what is found and is not a part of a longer number or of a code.
func alone(re *regexp.Regexp, s string) string {
	var b strings.Builder
	at := 0
	for from := 0; from < len(s); {
		f := re.FindStringIndex(s[from:])
		if f == nil {
			break
		}
		lo, hi := from+f[0], from+f[1]
		if part(s, lo, hi) {
			_, n := utf8.DecodeRuneInString(s[lo:])
			for from = lo + n; from < len(s) && s[lo] >= '0' && s[lo] <= '9' && s[from] >= '0' && s[from] <= '9'; from++ {
				// What begins within a number is a part of it too.
			}
			continue
		}
		b.WriteString(s[at:lo] + ellipsis)
		at, from = hi, hi
	}
	if at == 0 {
		return s
	}
	return b.String() + s[at:]
}

// part reports whether a number goes on beyond the ends: «UA-2024-12-10-010819-a»,
// «45260000-7», a hash.
func part(s string, lo, hi int) bool {
	in := func(i int, set string) bool { return i >= 0 && i < len(s) && strings.IndexByte(set, s[i]) >= 0 }
	const digits, hex = "0123456789", "0123456789abcdefABCDEF"
	if !in(lo, digits+"(") || !in(hi-1, digits) {
		return false
	}
	bare := hi-lo == 10 // ten digits together are a number of their own
	return in(lo-1, hex) || in(hi, hex) || !bare && (in(lo-1, "-.") && in(lo-2, digits) || in(hi, "-.") && in(hi+1, digits))
}

// Hider hides in texts what is hidden there whoever the people of a document are,
// telephones, e-mail, accounts, tax numbers, a name after «ФОП», and people with
// these names. It is for one goroutine.
func Hider(names []string) func(string) string {
	var people []namesake
	for _, n := range names {
		people = append(people, namesake{names: []string{n}})
	}
	return maskOf(ellipsis, people).text
}
