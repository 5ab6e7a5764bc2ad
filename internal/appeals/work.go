package appeals

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
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
// by Assign, so that who may not assign gets its error, and each tells its story. An
// appeal that is not taken as it stands (its answer is on signature, it waits for a
// resolution or for the applicant's answer, somebody was quicker) is left where it is:
// left counts them.
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
	for _, a := range list {
		if a.State == Clarifying { // Assign would end the question that the applicant is about to answer
			left++
			continue
		}
		err := s.Assign(ctx, who, a.Number, 0, toUnit, toPerson)
		var e *errs.Error
		switch {
		case err == nil:
			moved++
		case errors.As(err, &e) && (e.Kind == errs.KindConflict || e.Kind == errs.KindForbidden || e.Kind == errs.KindNotFound):
			left++
		default:
			return moved, left, err
		}
	}
	return moved, left, nil
}
