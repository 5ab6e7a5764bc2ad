package petitions

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"ereception/internal/authz"
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

const indexSQL = "UPDATE petitions SET search = array_to_tsvector($2) WHERE id = $1"

// index keeps the words by which the petition is found, in the transaction that
// changed its text.
func index(tx *db.Tx, p *Petition) error {
	_, err := tx.Pgx().Exec(tx.Statement.Context, indexSQL, p.ID, p.searched())
	return err
}

func (p *Petition) searched() []string {
	return searched(strings.Join([]string{p.Title, p.Essence, p.Reasons, p.Proposal, p.Place}, " "))
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

// query is a tsquery that wants every word, two neighbours also in one piece: «вело
// доріжка» finds «велодоріжку»; empty for nothing.
func query(words []word) string {
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = w.lexemes()
	}
	out := []string{strings.Join(parts, " & ")}
	for i := range len(words) - 1 {
		if joined := asOne(words[i], words[i+1]); !digits(words[i].raw) && !digits(words[i+1].raw) {
			out = append(out, strings.Join(slices.Replace(slices.Clone(parts), i, i+2, joined.lexemes()), " & "))
		}
	}
	return strings.Join(out, " | ")
}

// Likeness is a petition that resembles what somebody writes.
type Likeness struct {
	Number    int64
	Title     string
	State     State
	Count     int
	Threshold int  // 0: of the former site, and not known
	Legacy    bool // of the former site
}

// similarSQL reads what is shown of likenesses. That a petition is public is said
// by the row, not by the index: what was hidden a moment ago is not shown. $1
// numbers.
const similarSQL = `
SELECT p.number, p.title, p.state, coalesce(CASE p.tier WHEN 'strong' THEN c.strong ELSE c.email + c.strong END, 0) + coalesce(p.legacy_count, 0), p.threshold, p.legacy_source <> ''
  FROM petitions p LEFT JOIN petition_counts c ON c.petition_id = p.id
 WHERE p.number = ANY ($1) AND p.state IN ` + publicStates

// publicStates are those in which anybody reads a petition.
const publicStates = `('gathering', 'reached', 'reviewing', 'answered', 'done', 'refused', 'not_enough')`

// gatheringFirst is what lifts a petition that can be signed above one as like.
const gatheringFirst = 0.1

// Similar finds public petitions whose titles resemble a text, the likest first:
// over forms of words, typing errors, words that are not typed to their end and
// other spellings of the apostrophe and the hyphen. Those that gather signatures
// come before others as like. except is a number that is left out, 0 for none.
func (s *Service) Similar(ctx context.Context, text string, n int, except int64) ([]Likeness, error) {
	words := titleWords(text, askMost)
	if len(words) == 0 {
		return nil, nil
	}
	if err := s.titles.refresh(ctx, s); err != nil {
		return nil, err
	}
	scores := s.titles.find(words, candidatesMost, except)
	if len(scores) == 0 {
		return nil, nil
	}
	numbers := make([]int64, 0, len(scores))
	for number := range scores {
		numbers = append(numbers, number)
	}
	rows, err := s.db.ReadPool().Query(ctx, similarSQL, numbers)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (l Likeness, err error) {
		err = r.Scan(&l.Number, &l.Title, &l.State, &l.Count, &l.Threshold, &l.Legacy)
		return l, err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Likeness) int {
		return cmp.Or(-cmp.Compare(lifted(scores, a), lifted(scores, b)), -cmp.Compare(a.Number, b.Number))
	})
	return list[:min(n, len(list))], nil
}

func lifted(scores map[int64]float32, l Likeness) float32 {
	score := scores[l.Number]
	if l.State == Gathering {
		score += gatheringFirst
	}
	return score
}

// Reindex writes anew the words by which every petition is found in the list,
// after the program has learnt to read words otherwise. It gives how many rows
// changed. It may be stopped and run again.
func (s *Service) Reindex(ctx context.Context) (changed int, err error) {
	const step = 500
	for last := int64(0); ; {
		var list []Petition
		if err := s.db.Read(ctx).Omit("search").Where("id > ?", last).Order("id").Limit(step).Find(&list).Error; err != nil || len(list) == 0 {
			return changed, err
		}
		last = list[len(list)-1].ID
		n := 0
		err := s.db.Write(ctx, authz.System("petition-reindex"), authz.JobRun, func(tx *db.Tx) error {
			if err := tx.Authorize(authz.Anyone); err != nil {
				return err
			}
			b := &pgx.Batch{}
			n = 0
			for i := range list {
				p := &list[i]
				b.Queue("UPDATE petitions SET search = array_to_tsvector($2) WHERE id = $1 AND version = $3 AND search <> array_to_tsvector($2)", p.ID, p.searched(), p.Version).
					Exec(func(tag pgconn.CommandTag) error {
						n += int(tag.RowsAffected())
						return nil
					})
			}
			return tx.Pgx().SendBatch(ctx, b).Close()
		})
		if err != nil {
			return changed, err
		}
		changed += n
	}
}
