package procurement

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"ereception/internal/law/calendar"
	"ereception/internal/platform/db"
	"ereception/internal/platform/jobs/kind"
)

// extraction is the version of what is extracted of the documents and of how
// people are hidden in it. Raise it with every change of extract.go, slim.go,
// person.go or mask.go that changes what is kept: the next check, which the start
// of the portal orders too, then makes everything anew from the documents.
//
//	2  sole traders under wrong codes, placeholders and without any; contacts
const extraction = 2

// Extraction is that version.
func Extraction() int { return extraction }

const (
	checkBatch   = 400
	checkWorkers = 2
)

// Recalculated says what a recalculation did.
type Recalculated struct {
	Tenders, Changed int
}

// Recalculate calculates the indicators of every tender anew from the slim
// documents and writes what changed: the rule of one year changes a value with no
// change of a document. It reads beside the writes of the mirror without holding
// them up. progress may be nil.
func (s *Service) Recalculate(ctx context.Context, progress func(done, all int)) (Recalculated, error) {
	started := s.clock.Now()
	// Before the first check nobody knows what version the rows are of.
	var before int
	if err := s.db.Pool().QueryRow(ctx, "SELECT COALESCE((SELECT extraction FROM procurement_checks ORDER BY id DESC LIMIT 1), 0)").Scan(&before); err != nil {
		return Recalculated{}, err
	}
	rewritten := 0
	if before != extraction {
		var err error
		if rewritten, err = s.extractAgain(ctx); err != nil {
			return Recalculated{}, err
		}
	}
	ids, err := s.tenderIDs(ctx)
	if err != nil {
		return Recalculated{}, err
	}
	var done, changed atomic.Int64
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(checkWorkers)
	for chunk := range slices.Chunk(ids, checkBatch) {
		g.Go(func() error {
			if err := gctx.Err(); err != nil {
				return err
			}
			n, err := s.check(gctx, chunk)
			if err != nil {
				return err
			}
			changed.Add(int64(n))
			if d := done.Add(int64(len(chunk))); progress != nil {
				progress(int(d), len(ids))
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return Recalculated{}, err
	}
	out := Recalculated{len(ids), int(changed.Load()) + rewritten}
	return out, s.write(ctx, func(tx *db.Tx) error {
		_, err := tx.Pgx().Exec(ctx, `INSERT INTO procurement_checks (started_at, finished_at, method, extraction, tenders, changed)
			VALUES ($1, $2, $3, $4, $5, $6)`, started, tx.Now, Method(), extraction, out.Tenders, out.Changed)
		return err
	})
}

func (s *Service) tenderIDs(ctx context.Context) ([]string, error) {
	rows, err := s.db.Pool().Query(ctx, "SELECT id FROM procurement_tenders ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// check judges tenders without a lock and writes, under it, the values of those
// that came out other than the present ones. Whoever was touched meanwhile is
// judged once more under the lock: every write of a document, and of another
// purchase that a rule looks back at, leaves a new version of the tender's row.
func (s *Service) check(ctx context.Context, ids []string) (changed int, err error) {
	// First the versions, then the documents: what comes in between shows.
	before, err := versions(ctx, s.db.Pool(), ids)
	if err != nil {
		return 0, err
	}
	now := s.clock.Now()
	list, err := s.documents(ctx, s.db.Pool(), ids)
	if err != nil {
		return 0, err
	}
	var stale []*derived
	var staleIDs []string
	for _, f := range list {
		if err := s.judge(ctx, s.db.Pool(), f, now); err != nil {
			return 0, err
		}
		if f.judged && !f.unchanged {
			stale, staleIDs = append(stale, f), append(staleIDs, f.tenderID)
		}
	}
	if len(stale) == 0 {
		return 0, nil
	}
	return len(stale), s.writeAgain(ctx, func(tx *db.Tx) error {
		p := tx.Pgx()
		after, err := versions(ctx, p, staleIDs)
		if err != nil {
			return err
		}
		var sure []*derived
		var touched []string
		for _, f := range stale {
			switch v, ok := after[f.tenderID]; {
			case !ok: // gone
			case v == before[f.tenderID]:
				sure = append(sure, f)
			default:
				touched = append(touched, f.tenderID)
			}
		}
		if len(sure) > 0 {
			if err := writeValues(ctx, p, sure, tx.Now); err != nil {
				return err
			}
			if err := registerSigns(ctx, p, sure, tx.Now); err != nil {
				return err
			}
		}
		if len(touched) == 0 {
			return nil
		}
		return s.rejudge(ctx, p, tx.Now, touched)
	})
}

// writeAgain is a write under the lock of the mirror of something that can be
// calculated again at any time: it does not wait for the disk. What a crash
// takes away the next check brings back.
func (s *Service) writeAgain(ctx context.Context, fn func(*db.Tx) error) error {
	return s.write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Pgx().Exec(ctx, "SET LOCAL synchronous_commit TO off"); err != nil {
			return err
		}
		if err := lockMirror(ctx, tx.Pgx()); err != nil {
			return err
		}
		return fn(tx)
	})
}

// versions gives the versions of the rows of tenders in the database.
func versions(ctx context.Context, q querier, ids []string) (map[string]string, error) {
	rows, err := q.Query(ctx, "SELECT id, xmin::text FROM procurement_tenders WHERE id = ANY($1)", ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(ids))
	var id, version string
	_, err = pgx.ForEachRow(rows, []any{&id, &version}, func() error {
		out[id] = version
		return nil
	})
	return out, err
}

// Check works the daily job, which every start of the portal orders too: what was
// checked on this day by the rules of this version is left alone then.
func (s *Service) Check(ctx context.Context, _ kind.PurchasesCheck) error {
	began := s.clock.Now()
	if _, err := s.MatchPayments(ctx); err != nil {
		return err
	}
	switch done, err := s.checkedToday(ctx, began); {
	case err != nil:
		return err
	case done:
		return nil
	}
	r, err := s.Recalculate(ctx, nil)
	if err == nil {
		s.log.InfoContext(ctx, "purchases checked", "tenders", r.Tenders, "changed", r.Changed, "took", s.clock.Now().Sub(began).Round(time.Millisecond))
	}
	return err
}

// checkedToday says whether the last check was of the same day in Kyiv and by the
// present rules, of documents read in the present way.
func (s *Service) checkedToday(ctx context.Context, now time.Time) (bool, error) {
	var at time.Time
	var method string
	var by int
	err := s.db.Pool().QueryRow(ctx, "SELECT started_at, method, extraction FROM procurement_checks ORDER BY id DESC LIMIT 1").Scan(&at, &method, &by)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	day := func(t time.Time) string { return t.In(calendar.Kyiv()).Format(time.DateOnly) }
	return err == nil && method == Method() && by == extraction && day(at) == day(now), err
}

// Mark works the job that follows a change of the list of buyers.
func (s *Service) Mark(ctx context.Context, _ kind.PurchasesMark) error {
	_, err := s.MarkExamples(ctx)
	return err
}
