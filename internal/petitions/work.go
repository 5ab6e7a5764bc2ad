package petitions

import (
	"context"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
)

// WorkKind says in which part an official stands in a petition.
type WorkKind string

// The parts.
const (
	WorkChecks WorkKind = "checks" // he has it in hand, to check it against the law
	WorkDrafts WorkKind = "drafts" // he wrote the draft of its answer
)

// Work is how many petitions somebody has a part in, with the first of them.
type Work struct {
	Kind    WorkKind
	N       int
	Samples []Sample
}

// Sample is one of them.
type Sample struct{ ID, Number int64 }

const workSamples = 5

// OpenWork counts the petitions in which an official has a part, for whoever is about
// to take him out of the service; kinds without any are left out. Whoever works with
// petitions may go on with them: a claim ends by itself (claimFor), a draft belongs to
// the petition. Who does not keep the people gets errs.NotFound.
func (s *Service) OpenWork(ctx context.Context, who authz.Actor, personID int64) ([]Work, error) {
	if !who.Can(authz.PeopleManage) {
		return nil, errs.NotFound()
	}
	var out []Work
	b := &pgx.Batch{}
	ask := func(k WorkKind, cond string, args ...any) {
		b.Queue("SELECT p.id, p.number, count(*) OVER ()::int FROM petitions p WHERE "+cond+" ORDER BY p.number LIMIT $1", append([]any{workSamples}, args...)...).Query(func(rows pgx.Rows) error {
			w := Work{Kind: k}
			var x Sample
			if _, err := pgx.ForEachRow(rows, []any{&x.ID, &x.Number, &w.N}, func() error { w.Samples = append(w.Samples, x); return nil }); err != nil {
				return err
			}
			if w.N > 0 {
				out = append(out, w)
			}
			return nil
		})
	}
	ask(WorkChecks, "p.id IN (SELECT petition_id FROM petition_claims WHERE person_id = $2 AND at > $3)", personID, s.clock.Now().Add(-claimFor))
	ask(WorkDrafts, "p.id IN (SELECT petition_id FROM petition_answers WHERE state IN ('draft', 'submitted', 'returned') AND $2 = ANY (authors))", personID)
	err := s.db.ReadPool().SendBatch(ctx, b).Close()
	return out, err
}
