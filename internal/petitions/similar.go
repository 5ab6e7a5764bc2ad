package petitions

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"ereception/internal/city"
	"ereception/internal/platform/db"
	"ereception/internal/platform/ukrtext"
)

// The bounds of what is looked for.
const (
	wordsMost = 400 // words of one petition
	askMost   = 12  // words of a question
	wordMost  = 40  // characters of a word
	keyExact  = 5   // a shorter key is no beginning: «вод» would find «водій»
)

// particles are words that say nothing of the matter.
var particles = map[string]bool{
	"на": true, "в": true, "у": true, "з": true, "із": true, "зі": true, "до": true, "для": true, "про": true, "по": true, "від": true, "та": true, "і": true, "й": true,
	"що": true, "як": true, "за": true, "не": true, "щодо": true, "при": true, "біля": true, "чи": true, "а": true, "це": true, "або": true, "під": true, "над": true,
	"the": true, "of": true, "and": true, "to": true, "in": true, "прошу": true, "просимо": true, "будь": true, "ласка": true, "шановні": true,
	"житомир": true, "житомира": true, "житомирі": true, "місто": true, "міста": true, "місті": true, // «міст» is also a bridge
}

// word is a word of a text: as it is written, and what its forms share.
type word struct{ raw, key string }

// wordsOf gives the words of a text in their order, each key once.
func wordsOf(text string, most int) []word {
	var out []word
	seen := map[string]bool{}
	for _, f := range strings.Fields(text) {
		for _, w := range strings.Fields(city.Normalise(ukrtext.Cyrillic(f))) {
			if particles[w] || utf8.RuneCountInString(w) < 2 && !digits(w) {
				continue
			}
			x := word{clipped(w), clipped(ukrtext.Key(w))}
			if seen[x.key] {
				continue
			}
			seen[x.key] = true
			if out = append(out, x); len(out) == most {
				return out
			}
		}
	}
	return out
}

func digits(w string) bool { return strings.Trim(w, "0123456789") == "" }

func clipped(w string) string {
	if r := []rune(w); len(r) > wordMost {
		return string(r[:wordMost])
	}
	return w
}

// keysOf gives the keys of a text in their order, each once.
func keysOf(text string, most int) []string {
	var out []string
	for _, w := range wordsOf(text, most) {
		out = append(out, w.key)
	}
	return out
}

// searched are the lexemes by which a text is found: every key, and every word
// as it is written, so that one which is not typed to its end finds it too.
func searched(text string) []string {
	var out []string
	for _, w := range wordsOf(text, wordsMost) {
		out = append(out, w.key, w.raw)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// index keeps the words by which the petition is found, in the transaction that
// changed its text.
func index(tx *db.Tx, p *Petition) error {
	_, err := tx.Pgx().Exec(tx.Statement.Context, "UPDATE petitions SET search = array_to_tsvector($2), stems = $3 WHERE id = $1",
		p.ID, searched(strings.Join([]string{p.Title, p.Essence, p.Reasons, p.Proposal, p.Place}, " ")), strings.Join(keysOf(p.Title, wordsMost), " "))
	return err
}

// lexemes is a tsquery of one word: any of its forms, or a word that begins so.
func (w word) lexemes() string { // Normalise leaves letters and digits: nothing to escape
	end := ""
	if utf8.RuneCountInString(w.key) >= keyExact {
		end = ":*"
	}
	if w.raw == w.key && end != "" {
		return "'" + w.key + "':*"
	}
	return "('" + w.key + "'" + end + " | '" + w.raw + "':*)"
}

// query is a tsquery that wants every word; empty for nothing.
func query(words []word) string {
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = w.lexemes()
	}
	return strings.Join(parts, " & ")
}

// Likeness is a petition that resembles what somebody writes.
type Likeness struct {
	Number    int64
	Title     string
	State     State
	Count     int
	Threshold int
}

// similarSQL finds resembling titles by trigrams of their stems, which bears
// typing errors, and texts that hold all the words. $1 stems in a row, $2
// tsquery, $3 how many, $4 a number that is left out.
const similarSQL = `
SELECT p.number, p.title, p.state, coalesce(CASE p.tier WHEN 'strong' THEN c.strong ELSE c.email + c.strong END, 0) + coalesce(p.legacy_count, 0), p.threshold
  FROM (SELECT id, greatest(similarity(stems, $1), word_similarity($1, stems) * 0.95, strict_word_similarity($1, stems)) +
               CASE WHEN search @@ $2::tsquery THEN 0.25 ELSE 0 END +
               CASE WHEN state = 'gathering' THEN 0.15 ELSE 0 END AS score
          FROM petitions
         WHERE (stems % $1 OR $1 <% stems OR search @@ $2::tsquery) AND number <> $4
           AND state IN ('gathering', 'reached', 'reviewing', 'answered', 'done', 'refused', 'not_enough')
         ORDER BY score DESC, id DESC LIMIT $3) s
  JOIN petitions p ON p.id = s.id LEFT JOIN petition_counts c ON c.petition_id = p.id
 ORDER BY s.score DESC, p.id DESC`

// Similar finds public petitions that resemble a text, the likest first: over
// forms of words, typing errors and other spellings of the apostrophe. Those
// that gather signatures come before others as like. except is a number that is
// left out, 0 for none.
func (s *Service) Similar(ctx context.Context, text string, n int, except int64) ([]Likeness, error) {
	words := wordsOf(text, askMost)
	if len(words) == 0 {
		return nil, nil
	}
	keys := make([]string, len(words))
	for i, w := range words {
		keys[i] = w.key
	}
	rows, err := s.db.ReadPool().Query(ctx, similarSQL, strings.Join(keys, " "), query(words), n, except)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (l Likeness, err error) {
		err = r.Scan(&l.Number, &l.Title, &l.State, &l.Count, &l.Threshold)
		return l, err
	})
}
