// Package ukrtext knows the little of Ukrainian that searching needs: how to
// leave the ending of a word off, and how to read letters that only look like
// Cyrillic ones. It is no morphology: it errs towards finding more.
package ukrtext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// endings of nouns and adjectives, the longer ones first.
var endings = []string{
	"остями", "остях", "остей", "ами", "ями", "ого", "ому", "ими", "іми", "ові", "еві", "єві", "ів", "їв", "ам", "ям", "ах", "ях",
	"ий", "ій", "их", "им", "ою", "ею", "єю", "ей", "ом", "ем", "єм", "ої", "а", "я", "у", "ю", "и", "і", "ї", "е", "є", "о", "й", "ь",
}

// Stem leaves the ending of a Ukrainian word off, so that «ремонтів» finds
// «ремонт»; what is left has four letters at least. It is no morphology: it errs
// towards finding more.
func Stem(w string) string {
	if n := utf8.RuneCountInString(w); n < 5 || !isCyrillic(w) {
		return w
	}
	for _, e := range endings {
		if cut, ok := strings.CutSuffix(w, e); ok && utf8.RuneCountInString(cut) >= 4 {
			return strings.TrimSuffix(cut, "ь")
		}
	}
	return w
}

func isCyrillic(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.Is(unicode.Cyrillic, r)
}

// lookalikes are Latin letters that stand for Cyrillic ones in careless typing.
var lookalikes = strings.NewReplacer(
	"a", "а", "b", "в", "c", "с", "e", "е", "h", "н", "i", "і", "k", "к", "m", "м", "o", "о", "p", "р", "t", "т", "x", "х", "y", "у", "ï", "ї",
	"A", "А", "B", "В", "C", "С", "E", "Е", "H", "Н", "I", "І", "K", "К", "M", "М", "O", "О", "P", "Р", "T", "Т", "X", "Х", "Y", "У", "Ï", "Ї",
)

// Cyrillic reads the Latin look-alikes of a word that holds a Cyrillic letter as
// Cyrillic; another word stays as it is.
func Cyrillic(w string) string {
	if !strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
		return w
	}
	return lookalikes.Replace(w)
}
