// Package fontwidth estimates how wide a line of text is where no browser can be
// asked: in a picture that other sites show. The widths are those of DejaVu
// Sans, the widest of the fonts that such pictures name, rounded up, so that a
// field of this width never cuts its text.
package fontwidth

import "unicode"

// widest stands for letters that the table does not know, in hundredths of an em.
const widest = 110

// advances in hundredths of an em.
var advances = func() map[rune]int {
	m := map[rune]int{}
	for w, letters := range map[int]string{
		28: "'ijlії", 30: "IJІЇ", 32: " ,.’·\u00a0\u202f", 34: "/:;\\|", 36: "f", 37: "-", 39: "()[]", 40: "t", 41: "!", 42: "r",
		46: "\"", 50: "*_–", 53: "szгґ", 54: "?з", 55: "cєс", 56: "L", 58: "Fk", 59: "вть", 60: "vxyухч", 61: "PГҐРУкя", 62: "TYaeoТабео«»",
		64: "$0123456789ESbdghnpqu{}Елр", 65: "Зий", 66: "Kнп", 69: "ABVXZАБВХЧЬц", 70: "CRЄСЯд", 71: "К", 74: "U", 75: "NИЙ", 76: "HЛНПм",
		77: "D", 78: "&GЦ", 79: "OQДО", 82: "w", 84: "#+<=>~", 85: "ю", 86: "ф", 87: "MМФ", 91: "ж", 92: "ш", 95: "%щ", 98: "m", 99: "W",
		100: "@—", 104: "№", 107: "Ш", 108: "ЖЮ", 110: "Щ",
	} {
		for _, r := range letters {
			m[r] = w
		}
	}
	return m
}()

// Pixels is the width of a line in a font of the size, rounded up.
func Pixels(s string, size int) int {
	sum := 0
	for _, r := range s {
		w, ok := advances[r]
		if !ok && !unicode.Is(unicode.Mn, r) { // combining marks take no room
			w = widest
		}
		sum += w
	}
	return (sum*size + 99) / 100
}
