package procurement

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ereception/internal/city"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/ukrtext"
)

// maxLexeme bounds one word of the search, in characters; PostgreSQL allows 2 KB.
const maxLexeme = 64

// maxLexemes bounds the words of one row of the register.
const maxLexemes = 400

// lexemes gives the words by which a row of the register is found, sorted and
// once each: every word in the form in which the city's names are compared, and
// each number («UA-2024-12-10-010819-a», «128/21-Т») whole as well, so that it is
// found by its beginning.
func lexemes(parts ...string) []string {
	seen := map[string]bool{}
	var out []string
	add := func(w string) {
		if utf8.RuneCountInString(w) > maxLexeme {
			w = string([]rune(w)[:maxLexeme])
		}
		if w != "" && !seen[w] && len(out) < maxLexemes {
			seen[w] = true
			out = append(out, w)
		}
	}
	for _, p := range parts {
		for _, w := range strings.Fields(p) {
			if n := wholeNumber(w); n != "" {
				add(n)
			}
		}
		for _, w := range strings.Fields(city.Normalise(p)) {
			add(w)
		}
	}
	slices.Sort(out)
	return out
}

// wholeNumber gives the form of a word that has a digit and a joint, such as the
// number of a purchase or of a contract; empty for any other word.
func wholeNumber(w string) string {
	w = strings.ToLower(strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
	if !strings.ContainsFunc(w, unicode.IsDigit) || !strings.ContainsAny(w, "-/.:") {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-/.:", r) {
			return r
		}
		return -1
	}, w)
}

// tsQuery gives the tsquery of what a person typed: every word has to be there
// and may be a beginning; the ending of a longer Ukrainian word is left off, so
// that «школа» finds «школи». Empty when nothing is left to look for.
func tsQuery(text string) string {
	var terms []string
	seen := map[string]bool{}
	add := func(w string) {
		if r := []rune(w); len(r) > maxLexeme {
			w = string(r[:maxLexeme])
		}
		// Words hold letters and digits, numbers also - / . : — no quote, no backslash.
		if term := "'" + w + "':*"; w != "" && !seen[term] && len(terms) < 12 {
			seen[term] = true
			terms = append(terms, term)
		}
	}
	for _, f := range strings.Fields(text) {
		if n := wholeNumber(f); n != "" {
			add(n)
			continue
		}
		for _, w := range strings.Fields(city.Normalise(f)) {
			add(ukrtext.Stem(w))
		}
	}
	return strings.Join(terms, " & ")
}

// clean makes a text of the source fit for a column: one line of valid UTF-8
// without control characters (PostgreSQL keeps no NUL), at most limit characters.
func clean(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit-1]) + "…"
	}
	return s
}

// kyivDay is the day of t in Kyiv.
func kyivDay(t time.Time) time.Time {
	y, m, d := t.In(calendar.Kyiv()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// kyivDate takes a date of the database, which is no moment, as a day.
func kyivDate(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
