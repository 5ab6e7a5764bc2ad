package exchange

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"ereception/internal/petitions"
	"ereception/internal/pgtest"
	"ereception/internal/platform/jobs/kind"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestPetitionsOfTheDatabase: what the portal really has, in every public state, is
// taken by the reference server, which judges it by the schema.
func TestPetitionsOfTheDatabase(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	ref := &reference{token: token, asOf: asOf, schema: compiled(t, SchemaPetition), held: map[int64]held{}}
	srv := httptest.NewServer(ref)
	defer srv.Close()
	svc := petitions.New(petitions.Options{DB: e.DB, Clock: e.Clock, Secret: []byte("secret"), BaseURL: "https://e.example", Log: e.Log, Platform: client(t, srv.URL, token)})
	e.Owner(t, `INSERT INTO petition_charters (valid_from, threshold, gathering_days, supporters, supporters_days, check_days, announce_days, review_days, tier, residents_only, source, created_at)
		VALUES ('2026-01-01', 300, 90, 0, 30, 2, 3, 10, 'strong', true, 'Статут', now())`)
	states := []string{"gathering", "not_enough", "reached", "reviewing", "answered", "done", "refused"}
	hidden := []string{"supporting", "checking", "returned", "withdrawn", "lapsed", "merged"}
	for i, st := range append(slices.Clone(states), hidden...) {
		now := e.Clock.Now().Add(-time.Duration(i) * time.Hour).Add(123 * time.Millisecond)
		e.Owner(t, `INSERT INTO petitions (number, state, author_name, title, essence, filing_key, support_key, salt, charter_id, threshold, tier, residents_only, created_at, published_at, ends_at, session_on)
			SELECT $1, $2, 'Вигадана Олена Петрівна', 'Лавки <в> сквері', 'Просимо.', $3, $4, '\x01', id, 300, 'strong', true, $5, $5, $5, '2026-04-23' FROM petition_charters`,
			i+1, st, uuid.New(), st, now)
		e.Owner(t, `INSERT INTO petition_terms (petition_id, step, due_at, rule, explain_uk, explain_en, calendar_version, met_at, created_at)
			SELECT id, 'review', $2, 'petition-review', '', '', '1', $2, $2 FROM petitions WHERE number = $1`, i+1, now)
		if st == "answered" || st == "done" || st == "refused" {
			e.Owner(t, `INSERT INTO petition_answers (petition_id, authors, state, decision, body, signer_name, signer_post, signed_at, created_at, updated_at)
				SELECT id, '{}', 'signed', 'supported', 'Лавки буде встановлено.', 'Керівний Андрій Петрович', 'секретар міської ради', $2, $2, $2 FROM petitions WHERE number = $1`, i+1, now)
			e.Owner(t, `INSERT INTO petition_milestones (petition_id, title, due_on, done_on, position, created_at)
				SELECT id, 'Проєкт', '2026-06-01', '2026-05-20', 1, $2 FROM petitions WHERE number = $1`, i+1, now)
		}
	}
	if err := svc.ExchangeAll(ctx, kind.PetitionsExchange{}); err != nil {
		t.Fatal(err)
	}
	if n := e.Count(t, "SELECT count(*) FROM petition_exchanges WHERE failure <> ''"); n != 0 || len(ref.held) != len(states) {
		t.Errorf("%d petitions failed, the platform holds %d of %d", n, len(ref.held), len(states))
	}
	for i, st := range hidden {
		if _, told := ref.held[int64(len(states)+i+1)]; told {
			t.Errorf("the platform was told of a petition that is %s", st)
		}
	}
}
