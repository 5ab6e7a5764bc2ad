package appeals

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Blank is a place of a reply template that nobody has filled in: «[дата]». An
// answer that holds one is neither submitted nor signed.
//
// Which brackets are blanks, the templates themselves say: those that stand in a
// template of the register, in use or not, or stood in one while the answer was
// being written (the trail knows), with at least one letter between them. Case,
// spaces and the kind of apostrophe do not matter. Any other brackets («[1]»,
// «[sic]», «[…]») are the author's own words.
type Blank struct {
	Text       string
	Paragraphs []int // where it stands, from 1, as the letter counts them
}

var brackets = regexp.MustCompile(`\[[^\[\]]+\]`)

// bracketed lists what stands in square brackets and has a letter.
func bracketed(s string) []string {
	return slices.DeleteFunc(brackets.FindAllString(s, -1), func(b string) bool { return !strings.ContainsFunc(b, unicode.IsLetter) })
}

var oneApostrophe = strings.NewReplacer("'", "’", "ʼ", "’", "`", "’")

func blankKey(s string) string {
	return strings.ToLower(oneApostrophe.Replace(strings.Join(strings.Fields(strings.Trim(s, "[]")), " ")))
}

// blanksIn lists the brackets of the text that the templates hold too.
func blanksIn(body string, templates []string) []Blank {
	known := map[string]bool{}
	for _, t := range templates {
		for _, b := range bracketed(t) {
			known[blankKey(b)] = true
		}
	}
	var out []Blank
	for i, p := range paragraphs(body) {
		for _, b := range bracketed(p) {
			if !known[blankKey(b)] {
				continue
			}
			at := slices.IndexFunc(out, func(x Blank) bool { return x.Text == b })
			if at < 0 {
				out, at = append(out, Blank{Text: b}), len(out)
			}
			if !slices.Contains(out[at].Paragraphs, i+1) {
				out[at].Paragraphs = append(out[at].Paragraphs, i+1)
			}
		}
	}
	return out
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// blanks reads the templates and holds the text against them. since is when the
// text was begun: a template that was changed later may have lent it its old words.
func blanks(ctx context.Context, q querier, body string, since time.Time) ([]Blank, error) {
	if len(bracketed(body)) == 0 {
		return nil, nil
	}
	// A day more: the page with the template was opened before the first saving.
	rows, err := q.Query(ctx, `SELECT body FROM reply_templates UNION
		SELECT changes -> 'body' ->> 0 FROM audit.trail WHERE table_name = 'reply_templates' AND at >= $1 AND changes -> 'body' ->> 0 <> ''`, since.AddDate(0, 0, -1))
	if err != nil {
		return nil, err
	}
	templates, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return blanksIn(body, templates), err
}

// Blanks lists what the text of an answer to the case still has to have filled in.
func (s *Service) Blanks(ctx context.Context, c *Case, body string) ([]Blank, error) {
	since := s.clock.Now()
	if c.Answer != nil {
		since = c.Answer.CreatedAt
	}
	return blanks(ctx, s.db.ReadPool(), body, since)
}

// BlankWords names blanks with the paragraphs where they stand: «[дата] (1), [номер] (1, 3)».
func BlankWords(list []Blank) string {
	words := make([]string, 0, len(list))
	for _, b := range list {
		words = append(words, fmt.Sprintf("%s (%s)", b.Text, strings.Trim(strings.ReplaceAll(fmt.Sprint(b.Paragraphs), " ", ", "), "[]")))
	}
	return strings.Join(words, ", ")
}

// filled refuses an answer with blanks.
func (n *Answer) filled(tx *db.Tx, e *errs.Error) error {
	list, err := blanks(tx.Statement.Context, tx.Pgx(), n.Body, n.CreatedAt)
	if err == nil && len(list) > 0 {
		e.With("answer", "appeals.err.blanks", "list", BlankWords(list))
	}
	return err
}
