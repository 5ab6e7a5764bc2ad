package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"ereception/internal/procurement"
)

// What of a document is no free text: keys, addresses of files, and the fields
// whose people were replaced by pseudonyms before.
var (
	noText    = map[string]bool{"id": true, "hash": true, "url": true, "uri": true, "format": true, "scheme": true, "code": true, "name": true, "legalName": true, "email": true, "telephone": true, "token": true, "owner": true, "transfer_token": true}
	pseudonym = map[string]bool{"contactPoint": true, "additionalContactPoints": true, "signerInfo": true, "identifier": true}
)

// The names of people in free texts, by what only names have: a patronymic, two
// initials, or the word before them. Those in honour of whom a street or a school
// is called are none.
const (
	capital = `[А-ЯІЇЄҐ]`
	surname = `(?:` + capital + `[\p{L}'’ʼ]*[а-яіїєґ][\p{L}'’ʼ]*(?:-` + capital + `[\p{L}'’ʼ]+)?)`
	end     = `(?:$|[^\p{L}])`
)

var people = []*regexp.Regexp{
	regexp.MustCompile(`(` + surname + `\s+` + surname + `\s+` + capital + `\p{L}*(?:[оеєйї]вич(?:а|у|ем|еві)?|лліч(?:а|у|ем)?|[ії]вн(?:а|и|і|у|ою)|[ое]вн(?:а|ы|е|у|ой)))` + end),
	regexp.MustCompile(`(` + capital + `[\p{L}'’ʼ]+\s+` + capital + `[\p{L}'’ʼ]+\s+` + capital + `+(?:[ОЕЄЙЇ]ВИЧ(?:А|У|ЕМ|ЕВІ)?|[ІЇ]ВН(?:А|И|І|У|ОЮ)))` + end),
	regexp.MustCompile(`(` + surname + `[\s_]+` + capital + `\.[\s_]?` + capital + `\.?)` + end),
	regexp.MustCompile(`(` + capital + `\.[\s_]?` + capital + `\.[\s_]?` + surname + `)` + end),
	regexp.MustCompile(`(?:ФОП|Ф\.О\.П\.)[\s_«"]+(` + surname + `)` + end),
}

var inHonour = regexp.MustCompile(`(?i)(?:ім\.|імені|им\.|вул\.|вулиця|вулиці|проспект|площа)\s*$`)

var afterSurname = regexp.MustCompile(surname + `[\s_]+$`)

// lastFirst is where among the people the surname comes last.
const lastFirst = 3

// namesIn gives the names of people in a text.
func namesIn(s string) []string {
	var out []string
	for i, re := range people {
		for at := 0; at < len(s); {
			m := re.FindStringSubmatchIndex(s[at:])
			if m == nil {
				break
			}
			// Initials after a surname do not begin another name: «Квітка Т.А. Договір».
			if before := s[:at+m[2]]; !inHonour.MatchString(before) && (i != lastFirst || !afterSurname.MatchString(before)) {
				out = append(out, s[at+m[2]:at+m[3]])
			}
			at += m[3] // the sign after it may be before another
		}
	}
	return out
}

// scrub hides in the free texts of a document the people whom nothing but the
// texts names, wherever they stand in them, and whatever telephone or address is
// there: real documents say in the name of a file or in a letter what was
// replaced in the fields.
func scrub(raw []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // amounts stay as they were written
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	var names []string
	walk(v, "", func(s string) string {
		names = append(names, namesIn(s)...)
		return s
	})
	changed, hide := false, procurement.Hider(names)
	if doc, ok := v.(map[string]any); ok {
		changed = papers(doc)
	}
	changed = contacts(v, false) || changed
	v = walk(v, "", func(s string) string {
		t := hide(s)
		changed = changed || s != t
		return t
	})
	if !changed {
		return raw, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// contacts gives the contact persons who still have a whole name, those of the
// documentation of the API, a pseudonym like the others'.
func contacts(v any, within bool) (changed bool) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			changed = contacts(x, within) || changed
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if name, ok := v[k].(string); ok && within && strings.HasPrefix(k, "name") && (k != "name" || len(namesIn(name)) > 0) && !strings.HasPrefix(name, someone) {
				v[k], changed = someone, true
			}
			changed = contacts(v[k], within || pseudonym[k] && k != "identifier") || changed
		}
	}
	return changed
}

const someone = "Контактна особа"

// papers calls the files of the bidders by nothing but their kind: their names are
// those of passports, diplomas and certificates of people.
func papers(doc map[string]any) (changed bool) {
	bids, _ := doc["bids"].([]any)
	for _, b := range bids {
		bid, _ := b.(map[string]any)
		for _, list := range []string{"documents", "financialDocuments", "eligibilityDocuments", "qualificationDocuments"} {
			files, _ := bid[list].([]any)
			for _, f := range files {
				file, _ := f.(map[string]any)
				for _, k := range []string{"title", "title_en", "title_ru"} {
					if name, ok := file[k].(string); ok && name != "sign.p7s" {
						file[k], changed = "Документ учасника"+filepath.Ext(name), true
					}
				}
				for _, k := range []string{"description", "description_en", "description_ru"} {
					if _, ok := file[k]; ok {
						delete(file, k)
						changed = true
					}
				}
			}
		}
	}
	return changed
}

// walk puts what fn gives in place of every free text.
func walk(v any, key string, fn func(string) string) any {
	switch v := v.(type) {
	case string:
		if noText[key] || strings.HasSuffix(key, "ID") || strings.HasSuffix(key, "_id") || strings.HasPrefix(key, "date") {
			return v
		}
		return fn(v)
	case []any:
		for i := range v {
			v[i] = walk(v[i], key, fn)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if !pseudonym[k] {
				v[k] = walk(v[k], k, fn)
			}
		}
	}
	return v
}
