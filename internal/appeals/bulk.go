package appeals

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
)

// BulkAct is an act of the office on several appeals that were chosen in a queue.
// Only acts that decide the same about each are here: a registration, a resolution,
// a signature is decided on each by itself, by who has read it.
type BulkAct string

// The acts on several.
const (
	BulkAssign  BulkAct = "assign"
	BulkManager BulkAct = "manager"
	BulkTake    BulkAct = "take"
)

// BulkActs lists them.
var BulkActs = []BulkAct{BulkAssign, BulkManager, BulkTake}

func (b BulkAct) move() Move {
	switch b {
	case BulkAssign:
		return moveAssign
	case BulkManager:
		return moveManager
	default:
		return moveTake
	}
}

// BulkTarget says to whom the appeals go; a taking goes to the actor.
type BulkTarget struct{ UnitID, ExecutorID, ManagerID int64 }

// Reason says why an act cannot be done on a chosen appeal as it stands.
type Reason string

// The reasons. ReasonAlready is no failure: it stands as it was asked for, which is
// what whoever sends a form twice is told.
const (
	ReasonState      Reason = "state"      // no such move from its state
	ReasonRegister   Reason = "register"   // it is to be registered first
	ReasonClarifying Reason = "clarifying" // the act would end the question that the applicant is about to answer
	ReasonForbidden  Reason = "forbidden"  // it is not the actor's, or he wrote it himself
	ReasonTaken      Reason = "taken"      // it has an executor
	ReasonAlready    Reason = "already"    // it stands so
	ReasonChanged    Reason = "changed"    // somebody was quicker
	ReasonGone       Reason = "gone"       // not to be found, or out of sight by now
	ReasonUntried    Reason = "untried"    // the portal failed before its turn
	ReasonRefused    Reason = "refused"    // the use-case refused; the error says why
)

// Picked is a chosen appeal with what a page says of it. Why is empty when the act
// can be done.
type Picked struct {
	Appeal
	Unit, Executor, Manager string
	Why                     Reason
}

// maxPicked bounds how many are chosen at once: a page of a queue holds fewer.
const maxPicked = 4 * PageSize

// Picked reads the appeals of the numbers that the actor may see, in the order of
// their terms; those that he may not see are not among them. Too many are errs.Invalid.
func (s *Service) Picked(ctx context.Context, who authz.Actor, numbers []string) ([]Picked, error) {
	if len(numbers) > maxPicked {
		return nil, errs.Invalid("appeals.err.picked_many", "max", maxPicked)
	}
	p := args{numbers}
	q, err := s.db.ReadPool().Query(ctx, `SELECT a.id, a.number, coalesce(a.reg_index, ''), a.kind, a.procedure, a.state, a.author_id, a.author_name, a.title, a.body, a.place,
			a.received_at, a.registered_on, a.due_at, a.answered_at, a.extended, a.unit_id, a.manager_id, a.executor_id, a.version,
			ARRAY(SELECT c.person_id FROM appeal_coexecutors c WHERE c.appeal_id = a.id), coalesce(`+localName(ctx, "u.name")+`, ''), coalesce(e.name, ''), coalesce(m.name, '')
		  FROM appeals a LEFT JOIN units u ON u.id = a.unit_id LEFT JOIN people e ON e.id = a.executor_id LEFT JOIN people m ON m.id = a.manager_id
		 WHERE a.number = ANY ($1) AND `+scope(who, &p)+` ORDER BY a.due_at, a.id`, p...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(q, func(r pgx.CollectableRow) (Picked, error) {
		var x Picked
		var index string
		err := r.Scan(&x.ID, &x.Number, &index, &x.Kind, &x.Procedure, &x.State, &x.AuthorID, &x.AuthorName, &x.Title, &x.Body, &x.Place,
			&x.ReceivedAt, &x.RegisteredOn, &x.DueAt, &x.AnsweredAt, &x.Extended, &x.UnitID, &x.ManagerID, &x.ExecutorID, &x.Version,
			&x.coexecutors, &x.Unit, &x.Executor, &x.Manager)
		x.RegIndex = ptr(index)
		return x, err
	})
}

// Weigh reads the chosen appeals and says of each whether the act can be done on it.
func (s *Service) Weigh(ctx context.Context, who authz.Actor, act BulkAct, numbers []string) ([]Picked, error) {
	list, err := s.Picked(ctx, who, numbers)
	for i := range list {
		list[i].Why = act.against(&list[i].Appeal, who)
	}
	return list, err
}

// against gives the reason that speaks against the act, by the same rules that guard
// the deed; empty when none does.
func (b BulkAct) against(a *Appeal, who authz.Actor) Reason {
	m := b.move()
	switch {
	case b == BulkTake && a.ExecutorID != nil && !is(a.ExecutorID, who.ID):
		return ReasonTaken
	case a.Permit(who, m.Action) != nil:
		return ReasonForbidden
	case a.State == Received && !m.Allows(Received):
		return ReasonRegister
	case !m.Allows(a.State):
		return ReasonState
	case b == BulkAssign && a.State == Clarifying:
		return ReasonClarifying
	case b == BulkTake && is(a.ExecutorID, who.ID):
		return ReasonAlready
	case b == BulkTake && !a.executes(who):
		return ReasonForbidden
	}
	return ""
}

// stands reports whether the appeal stands already as the act would have it.
func (b BulkAct) stands(a *Appeal, who authz.Actor, to BulkTarget) bool {
	switch b {
	case BulkAssign:
		return a.State == InProgress && is(a.UnitID, to.UnitID) && deref(a.ExecutorID) == to.ExecutorID
	case BulkManager:
		return a.State == ResolutionPending && is(a.ManagerID, to.ManagerID)
	default:
		return is(a.ExecutorID, who.ID)
	}
}

// Pick names a chosen appeal in the version that its reader saw.
type Pick struct {
	Number  string
	Version int
}

// Outcome is what became of one of them: done when Why is empty or ReasonAlready.
// Err is set with ReasonRefused.
type Outcome struct {
	Number, Title string
	State         State
	Why           Reason
	Err           error
}

// Done reports whether it stands now as it was asked for.
func (o Outcome) Done() bool { return o.Why == "" || o.Why == ReasonAlready }

// Bulk does the act on each of the chosen appeals by the very use-case that does it
// on one, in a transaction of its own: one that is refused stops none of the others,
// and each has its outcome. Sent twice it changes nothing the second time.
//
// Errors: errs.Invalid with fields when the target itself is mistaken, and then
// nothing was done. Any other error comes beside the outcomes, of which some are done
// and the rest untried.
func (s *Service) Bulk(ctx context.Context, who authz.Actor, act BulkAct, to BulkTarget, picks []Pick) ([]Outcome, error) {
	numbers := make([]string, 0, len(picks))
	for _, p := range picks {
		numbers = append(numbers, p.Number)
	}
	list, err := s.Weigh(ctx, who, act, numbers)
	if err != nil {
		return nil, err
	}
	var out []Outcome
	var failed, mistake error
	done := 0
	for _, p := range picks {
		if slices.ContainsFunc(out, func(o Outcome) bool { return o.Number == p.Number }) {
			continue
		}
		i := slices.IndexFunc(list, func(x Picked) bool { return x.Number == p.Number })
		if i < 0 {
			out = append(out, Outcome{Number: p.Number, Why: ReasonGone})
			continue
		}
		a := &list[i]
		o := Outcome{Number: a.Number, Title: a.Title, State: a.State, Why: a.Why}
		switch {
		case o.Why == ReasonForbidden:
		case act.stands(&a.Appeal, who, to):
			o.Why = ReasonAlready
		case o.Why != "":
		case failed != nil:
			o.Why = ReasonUntried
		default:
			err := s.act(ctx, who, act, to, p)
			e, known := errs.As(err)
			switch {
			case err == nil:
				done++
			case known && e.Kind == errs.KindConflict:
				o.Why = ReasonChanged
			case known && e.Kind == errs.KindNotFound:
				o.Why = ReasonGone
			case known && e.Kind == errs.KindForbidden:
				o.Why = ReasonForbidden
			case known && e.Kind == errs.KindInvalid:
				o.Why, o.Err, mistake = ReasonRefused, err, err
			default:
				o.Why, failed = ReasonUntried, err
			}
		}
		out = append(out, o)
	}
	if mistake != nil && done == 0 && failed == nil {
		return nil, mistake
	}
	return out, failed
}

func (s *Service) act(ctx context.Context, who authz.Actor, act BulkAct, to BulkTarget, p Pick) error {
	switch act {
	case BulkAssign:
		return s.Assign(ctx, who, p.Number, p.Version, to.UnitID, to.ExecutorID)
	case BulkManager:
		return s.SendToManager(ctx, who, p.Number, p.Version, to.ManagerID)
	default:
		return s.Take(ctx, who, p.Number, p.Version)
	}
}
