package ukrtext

import (
	"strings"
	"unicode/utf8"
)

// keyEndings are those of Stem in a text whose «ї» is written «і», the longer
// ones first.
var keyEndings = []string{
	"остями", "остях", "остей", "істю", "ього", "ьому", "ами", "ями", "ого", "ому", "ими", "іми", "ові", "еві", "єві", "ів", "ам", "ям", "ах", "ях",
	"ий", "ій", "их", "им", "ою", "ею", "єю", "ей", "ом", "ем", "єм", "оі", "еі", "а", "я", "у", "ю", "и", "і", "е", "є", "о", "й", "ь",
}

// longer are endings whose vowel may belong to the word: «ліцей», «ліцею», «водій».
var longer = map[string]bool{"ей": true, "ею": true, "еі": true, "ем": true, "ій": true}

// keyCut is the least that a key keeps of a word.
const keyCut = 3

// Key gives what the forms of a Ukrainian word have in common, also where Stem
// does not: alternating sounds are made one («доріг», «дорозі», «дорога»;
// «будинок», «будинку»), a doubled consonant single («звернення», «звернень»).
// Keys are for comparing with each other and never shown; the beginning of a
// word is not always the beginning of its key. w is in lower case without
// apostrophes, its «ї» may be written «і».
func Key(w string) string {
	if !isCyrillic(w) {
		return w
	}
	w = strings.ReplaceAll(w, "ї", "і")
	if utf8.RuneCountInString(w) <= keyCut {
		return w
	}
	for _, e := range keyEndings {
		least := keyCut
		if longer[e] {
			least++
		}
		if cut, ok := strings.CutSuffix(w, e); ok && utf8.RuneCountInString(cut) >= least {
			w = cut
			break
		}
	}
	r := []rune(strings.TrimSuffix(w, "ь"))
	n := len(r)
	if n > 3 && r[n-1] == r[n-2] && !vowel(r[n-1]) { // звернен-ня
		n--
	}
	if n > 6 && r[n-1] == 'т' && r[n-2] == 'с' && (r[n-3] == 'о' || r[n-3] == 'і') { // швидкість: швидкостей
		n -= 3
	}
	if n > 4 && (r[n-1] == 'к' || r[n-1] == 'ц') && (r[n-2] == 'о' || r[n-2] == 'е') && !vowel(r[n-3]) { // будин(о)к, кін(е)ць
		r[n-2] = r[n-1]
		n--
	}
	r = r[:n]
	if n == 0 {
		return w
	}
	switch r[n-1] { // дорозі, зупинці, мусі
	case 'з', 'ж':
		r[n-1] = 'г'
	case 'ц', 'ч':
		r[n-1] = 'к'
	case 'с', 'ш':
		r[n-1] = 'х'
	}
	for i := n - 1; i > 0; i-- { // доріг, шкіл, печі
		if !vowel(r[i]) {
			continue
		}
		if r[i] == 'і' || r[i] == 'е' {
			r[i] = 'о'
		}
		break
	}
	return string(r)
}

func vowel(r rune) bool { return strings.ContainsRune("аеєиіоуюя", r) }
