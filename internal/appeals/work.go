package appeals

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// WorkKind says in which part somebody, or a unit, stands in an open appeal.
type WorkKind string

// The parts, of a person and of a unit.
const (
	WorkExecutes   WorkKind = "executes"   // he is the executor
	WorkCoexecutes WorkKind = "coexecutes" // he is a co-executor
	WorkResolves   WorkKind = "resolves"   // it waits for his resolution
	WorkSigns      WorkKind = "signs"      // its answer waits for his signature
	WorkLeads      WorkKind = "leads"      // it is in work, and its answer will come to him
	WorkOfUnit     WorkKind = "unit"       // it lies with the unit
)

// Work is how many open appeals somebody has a part in, with the first of them by
// their term.
type Work struct {
	Kind    WorkKind
	N       int
	Samples []Sample
}

// Sample is one of them.
type Sample struct {
	ID     int64
	Number string
}

const workSamples = 5

const openStages = "a.stage IN ('new', 'resolve', 'work', 'sign')"

// OpenWork counts the open appeals in which a person, or a unit, has a part, for
// whoever is about to take them out of the service; kinds without any are left out.
// One of the two is 0. Who keeps neither the people nor the units gets errs.NotFound.
func (s *Service) OpenWork(ctx context.Context, who authz.Actor, personID, unitID int64) ([]Work, error) {
	if !who.Can(authz.PeopleManage) && !who.Can(authz.CityManage) {
		return nil, errs.NotFound()
	}
	conds := map[WorkKind]string{}
	id := personID
	if unitID != 0 {
		id = unitID
		conds[WorkOfUnit] = "a.unit_id = $1 AND " + openStages
	} else {
		conds[WorkExecutes] = "a.executor_id = $1 AND a.stage IN ('work', 'sign')"
		conds[WorkCoexecutes] = "a.stage IN ('work', 'sign') AND a.id IN (SELECT appeal_id FROM appeal_coexecutors WHERE person_id = $1)"
		conds[WorkResolves] = "a.manager_id = $1 AND a.stage = 'resolve'"
		conds[WorkSigns] = "a.manager_id = $1 AND a.stage = 'sign'"
		conds[WorkLeads] = "a.manager_id = $1 AND a.stage = 'work'"
	}
	var out []Work
	b := &pgx.Batch{}
	for _, k := range []WorkKind{WorkExecutes, WorkCoexecutes, WorkResolves, WorkSigns, WorkLeads, WorkOfUnit} {
		cond, ok := conds[k]
		if !ok {
			continue
		}
		b.Queue("SELECT a.id, a.number, count(*) OVER ()::int FROM appeals a WHERE "+cond+" ORDER BY a.due_at, a.id LIMIT $2", id, workSamples).Query(func(rows pgx.Rows) error {
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
	err := s.db.ReadPool().SendBatch(ctx, b).Close()
	return out, err
}

// HandOver gives the open appeals of an executor, or of a unit, to another one: each
// by Assign, so that who may not assign gets its error, and each tells its story; what
// a person does as a co-executor goes to the same hands. An appeal that is not taken as
// it stands (its answer is on signature, it waits for a resolution or for the
// applicant's answer, the matter is not the other one's to see, somebody was quicker)
// is left where it is: left counts them.
func (s *Service) HandOver(ctx context.Context, who authz.Actor, fromPerson, fromUnit, toPerson, toUnit int64) (moved, left int, err error) {
	if !who.Can(authz.AppealAssign) {
		return 0, 0, errs.Forbidden("errors.forbidden")
	}
	if toPerson != 0 {
		if toPerson == fromPerson {
			return 0, 0, errs.Fields().With("to", "appeals.err.executor")
		}
		people, err := s.Executors(ctx)
		if err != nil {
			return 0, 0, err
		}
		toUnit = 0
		for _, p := range people {
			if p.ID == toPerson {
				toUnit = p.UnitID
			}
		}
	}
	if toUnit == 0 || toUnit == fromUnit {
		return 0, 0, errs.Fields().With("to", "appeals.err.person")
	}
	cond, id := "a.executor_id = $1 AND a.stage IN ('work', 'sign')", fromPerson
	if fromUnit != 0 {
		cond, id = "a.unit_id = $1 AND "+openStages, fromUnit
	}
	rows, err := s.db.ReadPool().Query(ctx, "SELECT a.number, a.state FROM appeals a WHERE "+cond+" ORDER BY a.due_at, a.id", id)
	if err != nil {
		return 0, 0, err
	}
	type one struct {
		Number string
		State  State
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[one])
	if err != nil {
		return 0, 0, err
	}
	count := func(err error) error {
		var e *errs.Error
		switch {
		case err == nil:
			moved++
		case errors.As(err, &e) && (e.Kind == errs.KindConflict || e.Kind == errs.KindForbidden || e.Kind == errs.KindNotFound):
			left++
		default:
			return err
		}
		return nil
	}
	for _, a := range list {
		if a.State == Clarifying { // Assign would end the question that the applicant is about to answer
			left++
			continue
		}
		if err := count(s.Assign(ctx, who, a.Number, 0, toUnit, toPerson)); err != nil {
			return moved, left, err
		}
	}
	if fromPerson == 0 {
		return moved, left, nil
	}
	rows, err = s.db.ReadPool().Query(ctx, `SELECT a.number FROM appeals a JOIN appeal_coexecutors c ON c.appeal_id = a.id
		WHERE c.person_id = $1 AND a.stage IN ('work', 'sign') ORDER BY a.due_at, a.id`, fromPerson)
	if err != nil {
		return moved, left, err
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return moved, left, err
	}
	for _, n := range numbers {
		if err := count(s.passCoexecution(ctx, who, n, fromPerson, toPerson)); err != nil {
			return moved, left, err
		}
	}
	return moved, left, nil
}

// passCoexecution puts one co-executor in the place of another. He works in the unit of
// the appeal or in that of whom he follows, or below them: the matter and the
// applicant's data go no further (Закон 2297-VI, ст. 10, ч. 3); else errs.Forbidden.
func (s *Service) passCoexecution(ctx context.Context, who authz.Actor, number string, from, to int64) error {
	return s.change(ctx, who, number, 0, moveCoexec, func(tx *db.Tx, a *Appeal) (Event, error) {
		name, err := person(tx, to, authz.RoleExecutor, "to")
		if err != nil {
			return Event{}, err
		}
		at, err := unitOf(tx, to)
		if err != nil {
			return Event{}, err
		}
		old, err := unitOf(tx, from)
		if err != nil {
			return Event{}, err
		}
		near := false
		for _, top := range []*int64{a.UnitID, ptr(old)} {
			if !near && top != nil {
				if near, err = below(tx, at, *top); err != nil {
					return Event{}, err
				}
			}
		}
		if !near {
			return Event{}, errs.Forbidden("appeals.err.executor_foreign")
		}
		ct, err := tx.Pgx().Exec(ctx, "DELETE FROM appeal_coexecutors WHERE appeal_id = $1 AND person_id = $2", a.ID, from)
		if err != nil {
			return Event{}, err
		}
		if ct.RowsAffected() == 0 { // somebody was quicker
			return Event{}, errs.Conflict("appeals.conflict_state")
		}
		if !is(a.ExecutorID, to) {
			if _, err := tx.Pgx().Exec(ctx, `INSERT INTO appeal_coexecutors (appeal_id, person_id, created_at) VALUES ($1, $2, $3)
				ON CONFLICT (appeal_id, person_id) DO NOTHING`, a.ID, to, tx.Now); err != nil {
				return Event{}, err
			}
		}
		return Event{Kind: "coexecution_passed", Data: map[string]any{"coexecutors": []string{name}}}, nil
	})
}
