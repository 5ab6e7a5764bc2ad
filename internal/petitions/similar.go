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
	wordsMost = 400 // stems of one petition
	askMost   = 12  // stems of a question
	wordMost  = 40  // characters of a stem
)

// particles are words that say nothing of the matter.
var particles = map[string]bool{
	"на": true, "в": true, "у": true, "з": true, "із": true, "зі": true, "до": true, "для": true, "про": true, "по": true, "від": true, "та": true, "і": true, "й": true,
	"що": true, "як": true, "за": true, "не": true, "щодо": true, "при": true, "біля": true, "чи": true, "а": true, "це": true, "the": true, "of": true, "and": true, "to": true, "in": true,
	"прошу": true, "просимо": true, "житомир": true, "місто": true, "міст": true,
}

// stemsOf gives the stems of a text in their order, each once.
func stemsOf(text string, most int) []string {
	var out []string
	for _, f := range strings.Fields(text) {
		for _, w := range strings.Fields(city.Normalise(ukrtext.Cyrillic(f))) {
			w = ukrtext.Stem(w)
			if particles[w] || utf8.RuneCountInString(w) < 2 || slices.Contains(out, w) {
				continue
			}
			if r := []rune(w); len(r) > wordMost {
				w = string(r[:wordMost])
			}
			if out = append(out, w); len(out) == most {
				return out
			}
		}
	}
	return out
}

// index keeps the words by which the petition is found, in the transaction that
// changed its text.
func index(tx *db.Tx, p *Petition) error {
	all := stemsOf(strings.Join([]string{p.Title, p.Essence, p.Reasons, p.Proposal, p.Place}, " "), wordsMost)
	_, err := tx.Pgx().Exec(tx.Statement.Context, "UPDATE petitions SET search = array_to_tsvector($2), stems = $3 WHERE id = $1",
		p.ID, slices.Compact(slices.Sorted(slices.Values(all))), strings.Join(stemsOf(p.Title, wordsMost), " "))
	return err
}

// query is a tsquery that wants every stem, as a beginning; empty for nothing.
func query(stems []string) string {
	parts := make([]string, len(stems))
	for i, w := range stems {
		parts[i] = "'" + strings.ReplaceAll(w, "'", "") + "':*" // Normalise leaves letters and digits
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
	stems := stemsOf(text, askMost)
	if len(stems) == 0 {
		return nil, nil
	}
	rows, err := s.db.ReadPool().Query(ctx, similarSQL, strings.Join(stems, " "), query(stems), n, except)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (l Likeness, err error) {
		err = r.Scan(&l.Number, &l.Title, &l.State, &l.Count, &l.Threshold)
		return l, err
	})
}
