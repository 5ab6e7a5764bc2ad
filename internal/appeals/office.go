package appeals

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// Registration is what the specialist decides about a received appeal.
type Registration struct {
	Classification // what follows from what the applicant chose, or another on a ground
	TopicID        int64
	Marks          []string
	Control        bool
}

// Procedures that a kind may run under.
func (k Kind) Procedures() []deadline.Procedure {
	if k == InfoRequest {
		return []deadline.Procedure{deadline.Info, deadline.InfoUrgent, deadline.Advocate}
	}
	return []deadline.Procedure{deadline.Appeal, deadline.AppealSimple, deadline.Deputy, deadline.MP}
}

// Register gives the registration index and fixes kind, procedure, topic and
// marks. Another kind or procedure than follows from what the applicant chose is
// a re-classification: it takes a reason, its term is counted from the same moment
// of receipt, and he is told (see Classification). Errors: errs.Invalid,
// errs.Conflict when somebody was quicker.
func (s *Service) Register(ctx context.Context, who authz.Actor, number string, version int, r Registration) error {
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return wrap("calendar", err)
	}
	return s.change(ctx, who, number, version, moveRegister, func(tx *db.Tx, a *Appeal) (Event, error) {
		e := errs.Fields()
		var moved map[string]any
		if r.changes(a) {
			var err error
			moved, err = a.reclassify(r.Classification, tx.Now, cal)
			if bad, ok := errs.As(err); ok && bad.Kind == errs.KindInvalid {
				e.Fields = append(e.Fields, bad.Fields...)
			} else if err != nil {
				return Event{}, err
			}
		}
		for _, m := range r.Marks {
			if !has(Marks, m) {
				e.With("marks", "appeals.err.marks")
			}
		}
		if r.TopicID == 0 {
			e.With("topic", "appeals.err.topic")
		}
		if err := e.OrNil(); err != nil {
			return Event{}, err
		}
		a.TopicID, a.Marks = &r.TopicID, r.Marks
		// Appeals of privileged people and repeated ones stand under control whatever the tick says: КМУ 348, п. 17.
		a.Control = r.Control || has(r.Marks, MarkPriority) || has(r.Marks, MarkRepeat)
		index, err := newIndex(tx, a, indexLetter(a))
		if err != nil {
			return Event{}, err
		}
		a.RegIndex, a.RegisteredAt = &index, &tx.Now
		if moved != nil {
			e, err := reclassified(tx, a, moved)
			if err == nil {
				err = record(tx, a, a.State, e)
			}
			if err != nil {
				return Event{}, err
			}
		}
		// The specialist may be quicker than the day R on which law has the appeal registered, or later.
		return Event{Kind: "registered", Public: true, Data: map[string]any{"index": index, "day": i18n.ISODate(a.RegisteredOn)}}, nil
	})
}

// newIndex gives the next index of the register of the letter. It is of the year of
// the day R, or a page would name an appeal of 2027 under 2026: КМУ 348.
func newIndex(tx *db.Tx, a *Appeal, letter string) (string, error) {
	year := a.RegisteredOn.Year()
	n, err := next(tx, fmt.Sprintf("reg:%s:%d", letter, year))
	return indexOf(letter, n, year), err
}

// Assign gives the appeal to a unit, and to one of its executors when one is
// named; else it lies in the unit's tray until somebody takes it. The head of
// the unit becomes the manager who will sign, unless one is named already.
func (s *Service) Assign(ctx context.Context, who authz.Actor, number string, version int, unitID, executorID int64) error {
	return s.change(ctx, who, number, version, moveAssign, func(tx *db.Tx, a *Appeal) (Event, error) {
		if unitID == 0 {
			return Event{}, errs.Fields().With("unit", "appeals.err.unit")
		}
		unit, english, err := unitName(tx, unitID, "unit")
		if err != nil {
			return Event{}, err
		}
		data := map[string]any{"unit": unit}
		if english != "" {
			data["unit_en"] = english
		}
		if executorID != 0 {
			name, err := person(tx, executorID, authz.RoleExecutor, "executor")
			if err != nil {
				return Event{}, err
			}
			// The head of the unit will sign, so the work must be done under him.
			at, err := unitOf(tx, executorID)
			if err != nil {
				return Event{}, err
			}
			if ok, err := below(tx, at, unitID); err != nil {
				return Event{}, err
			} else if !ok {
				return Event{}, errs.Fields().With("executor", "appeals.err.executor_unit")
			}
			data["executor"] = name
		}
		moved := !is(a.UnitID, unitID)
		a.UnitID, a.ExecutorID = &unitID, ptr(executorID)
		if err := a.leaveBehind(tx, executorID, moved); err != nil {
			return Event{}, err
		}
		if a.ManagerID == nil || moved {
			head, err := headOf(tx, unitID)
			if err != nil {
				return Event{}, err
			}
			if head == 0 {
				return Event{}, errs.Fields().With("unit", "appeals.err.no_head")
			}
			a.ManagerID = &head
		}
		return Event{Kind: "assigned", Public: true, Data: data}, nil
	})
}

// leaveBehind takes off the co-executors of a resolution that the assignment ends: of
// an appeal that moved to another unit those who do not work there, since the matter
// and the applicant's data are no more theirs to see (Закон 2297-VI, ст. 10, ч. 3),
// and whoever has become the executor himself.
func (a *Appeal) leaveBehind(tx *db.Tx, executorID int64, moved bool) error {
	var stay []int64
	for _, id := range a.coexecutors {
		stays := id != executorID
		if stays && moved {
			at, err := unitOf(tx, id)
			if err != nil {
				return err
			}
			if stays, err = below(tx, at, *a.UnitID); err != nil {
				return err
			}
		}
		if stays {
			stay = append(stay, id)
			continue
		}
		if err := tx.Exec("DELETE FROM appeal_coexecutors WHERE appeal_id = ? AND person_id = ?", a.ID, id).Error; err != nil {
			return err
		}
	}
	a.coexecutors = stay
	return nil
}

// SendToManager puts the appeal on a manager's desk for a resolution.
func (s *Service) SendToManager(ctx context.Context, who authz.Actor, number string, version int, managerID int64) error {
	return s.change(ctx, who, number, version, moveManager, func(tx *db.Tx, a *Appeal) (Event, error) {
		name, err := person(tx, managerID, authz.RoleManager, "manager")
		if err != nil {
			return Event{}, err
		}
		a.ManagerID = &managerID
		return Event{Kind: "to_manager", Public: true, Data: map[string]any{"manager": name}}, nil
	})
}

// Resolution is what the manager decides: «резолюція» names executor, co-executors, a concrete task and a term.
type Resolution struct {
	ExecutorID    int64
	CoexecutorIDs []int64
	Task          string
	DueOn         time.Time // a day, UTC midnight
}

// vague are words that a resolution must not hide behind: КМУ 55, п. 65 forbids them.
var vague = []string{"прискорити", "поліпшити", "активізувати", "звернути увагу", "до відома"}

func (r Resolution) judge(a *Appeal, now time.Time, cal calendar.Calendar) error {
	e := errs.Fields()
	if r.ExecutorID == 0 {
		e.With("executor", "appeals.err.executor")
	}
	switch n := length(r.Task); {
	case n < 10:
		e.With("task", "appeals.err.task_short")
	case n > 2000:
		e.With("task", "appeals.err.body_long", "max", 2000)
	}
	low := strings.ToLower(r.Task)
	for _, w := range vague {
		if strings.Contains(low, w) && length(r.Task) < 60 {
			e.With("task", "appeals.err.task_vague", "word", w)
		}
	}
	today := calendar.FromTime(now.In(i18n.Kyiv)).Time()
	switch last := a.resolveBy(now, cal); {
	case r.DueOn.IsZero() || r.DueOn.Before(today):
		e.With("due", "appeals.err.due_past")
	case r.DueOn.After(last) && now.After(a.DueAt):
		e.With("due", "appeals.err.due_over", "date", i18n.Numeric(a.DueAt), "last", i18n.Numeric(last))
	case r.DueOn.After(last):
		e.With("due", "appeals.err.due_late", "date", i18n.Numeric(a.DueAt))
	}
	for _, id := range r.CoexecutorIDs {
		if id == r.ExecutorID {
			e.With("coexecutors", "appeals.err.coexecutor_main")
		}
	}
	return e.OrNil()
}

// resolveBy is the last day that a resolution may give for the work: the last day of
// the statutory term (Закон 393/96-ВР, ст. 20; Закон 2939-VI, ст. 20: nobody but the
// law prolongs it), and, once that term is over, the next working day: the answer is
// owed already, so the work gets no more than a day for it.
func (a *Appeal) resolveBy(now time.Time, cal calendar.Calendar) time.Time {
	if now.After(a.DueAt) {
		return cal.OnOrAfter(calendar.FromTime(now.In(i18n.Kyiv)).AddDays(1)).Time()
	}
	return calendar.FromTime(a.DueAt.In(i18n.Kyiv)).Time()
}

// ResolveBy is the last day, UTC midnight, that a resolution on the case may give.
func (s *Service) ResolveBy(ctx context.Context, c *Case) (time.Time, error) {
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return time.Time{}, wrap("calendar", err)
	}
	return c.resolveBy(s.clock.Now(), cal), nil
}

// Resolve writes the manager's resolution and hands the appeal to the executor. A
// manager gives tasks to his own people, as Assign hands an appeal to those of the
// unit alone: executor and co-executors work in his units or below them. Those of
// several units are named by the manager above these.
func (s *Service) Resolve(ctx context.Context, who authz.Actor, number string, version int, r Resolution) error {
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return wrap("calendar", err)
	}
	return s.change(ctx, who, number, version, moveResolve, func(tx *db.Tx, a *Appeal) (Event, error) {
		if err := r.judge(a, tx.Now, cal); err != nil {
			return Event{}, err
		}
		executor, unit, err := subordinate(tx, who, r.ExecutorID, "executor")
		if err != nil {
			return Event{}, err
		}
		a.UnitID = &unit
		a.ExecutorID = &r.ExecutorID
		if a.ManagerID == nil {
			manager := who.ID
			if who.ActingFor != nil { // the desk is the principal's; it outlives the delegation
				manager = who.ActingFor.ID
			}
			a.ManagerID = &manager
		}
		if _, err := tx.Pgx().Exec(ctx, `INSERT INTO resolutions (appeal_id, manager_id, executor_id, unit_id, task, due_on, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, a.ID, who.ID, r.ExecutorID, a.UnitID, strings.TrimSpace(r.Task), r.DueOn, tx.Now); err != nil {
			return Event{}, err
		}
		names, err := replaceCoexecutors(tx, who, a, r.CoexecutorIDs)
		if err != nil {
			return Event{}, err
		}
		return Event{Kind: "resolved", Public: true, Data: map[string]any{"executor": executor, "coexecutors": names}}, nil
	})
}

// subordinate gives the name and the unit of an executor who stands under the actor.
func subordinate(tx *db.Tx, who authz.Actor, id int64, field string) (name string, unit int64, err error) {
	if name, err = person(tx, id, authz.RoleExecutor, field); err != nil {
		return "", 0, err
	}
	if unit, err = unitOf(tx, id); err == nil && !who.InUnit(unit) {
		err = errs.Fields().With(field, "appeals.err.executor_foreign")
	}
	return name, unit, err
}

func replaceCoexecutors(tx *db.Tx, who authz.Actor, a *Appeal, ids []int64) ([]string, error) {
	var names []string
	for _, id := range ids {
		name, _, err := subordinate(tx, who, id, "coexecutors")
		if err != nil {
			return nil, err
		}
		names = append(names, name)
		if err := tx.Exec(`INSERT INTO appeal_coexecutors (appeal_id, person_id, created_at) VALUES (?, ?, ?)
			ON CONFLICT (appeal_id, person_id) DO NOTHING`, a.ID, id, tx.Now).Error; err != nil {
			return nil, err
		}
	}
	keep := append([]int64{0}, ids...)
	err := tx.Exec("DELETE FROM appeal_coexecutors WHERE appeal_id = ? AND person_id NOT IN ?", a.ID, keep).Error
	a.coexecutors = ids
	return names, err
}

// judgeReason bounds a word that explains an act of the office: it stands in the
// timeline and in letters.
func judgeReason(field, reason string, least int, short string) error {
	switch n := length(reason); {
	case n < least:
		return errs.Fields().With(field, short)
	case n > ReasonMax:
		return errs.Fields().With(field, "appeals.err.body_long", "max", ReasonMax)
	}
	return nil
}

// SendBack returns the appeal from the manager to the specialist, with a reason.
func (s *Service) SendBack(ctx context.Context, who authz.Actor, number string, version int, reason string) error {
	return s.change(ctx, who, number, version, moveBack, func(_ *db.Tx, a *Appeal) (Event, error) {
		if err := judgeReason("reason", reason, 5, "appeals.err.reason"); err != nil {
			return Event{}, err
		}
		a.ManagerID = nil
		return Event{Kind: "sent_back", Data: map[string]any{"text": strings.TrimSpace(reason)}}, nil
	})
}

// Take makes the actor the executor of an appeal that lies in the tray of his unit.
func (s *Service) Take(ctx context.Context, who authz.Actor, number string, version int) error {
	return s.change(ctx, who, number, version, moveTake, func(_ *db.Tx, a *Appeal) (Event, error) {
		if a.ExecutorID != nil {
			return Event{}, errs.Conflict("appeals.conflict_taken")
		}
		if !a.executes(who) {
			return Event{}, errs.Forbidden("errors.forbidden")
		}
		a.ExecutorID = &who.ID
		return Event{Kind: "taken", Public: true, Data: map[string]any{"executor": who.Name}}, nil
	})
}

// Extend prolongs the term: only the head or his deputy may (ст. 20, ч. 1), the
// applicant is told, and there is no second time. The new term is the longest
// that the law allows.
func (s *Service) Extend(ctx context.Context, who authz.Actor, number string, version int, reason string) error {
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return wrap("calendar", err)
	}
	return s.change(ctx, who, number, version, moveExtend, func(tx *db.Tx, a *Appeal) (Event, error) {
		if err := judgeReason("reason", reason, 20, "appeals.err.reason_long"); err != nil {
			return Event{}, err
		}
		if a.Extended || !a.Procedure.Extendable() {
			return Event{}, errs.Invalid("appeals.err.no_extension")
		}
		if tx.Now.After(a.DueAt) {
			return Event{}, errs.Invalid("appeals.err.extend_late")
		}
		term, err := a.extended(cal)
		if err != nil {
			return Event{}, err
		}
		a.setTerm(term)
		if err := notify.Queue(tx, notify.Letter{Kind: "appeal.extended", PersonID: a.AuthorID, AppealID: a.ID}); err != nil {
			return Event{}, err
		}
		return Event{Kind: "extended", Public: true, Data: map[string]any{
			"text": strings.TrimSpace(reason), "date": i18n.ISODate(a.DueAt),
		}}, nil
	})
}

// extended counts the longest term of the appeal, from where its present one runs:
// the receipt, or, when its applicant had it opened again, his verdict.
func (a *Appeal) extended(cal calendar.Calendar) (deadline.Result, error) {
	from := a.ReceivedAt
	if a.RatedAt != nil {
		from = *a.RatedAt
	}
	r, err := deadline.OfRegistered(a.Procedure, from, calendar.FromTime(a.RegisteredOn), true, cal)
	if err == nil && a.RatedAt != nil {
		r = r.Returned()
	}
	return r, err
}

// Close takes an answered appeal from control.
func (s *Service) Close(ctx context.Context, who authz.Actor, number string, version int) error {
	return s.change(ctx, who, number, version, moveClose, func(tx *db.Tx, a *Appeal) (Event, error) {
		a.ClosedAt = &tx.Now
		return Event{Kind: "closed", Public: true}, nil
	})
}

// ViewContacts records that an official looked at the contacts of the
// applicant, and only then gives them (Закон 2297-VI, ст. 24).
func (s *Service) ViewContacts(ctx context.Context, who authz.Actor, number string) (c Contacts, err error) {
	err = s.db.Write(ctx, who, authz.ContactRead, func(tx *db.Tx) error {
		a, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(a); err != nil {
			return err
		}
		c = Contacts{Address: a.AuthorAddress, Phone: a.AuthorPhone, Email: a.AuthorEmail}
		return tx.Exec("INSERT INTO contact_views (appeal_id, viewer_id, created_at) VALUES (?, ?, ?)", a.ID, who.ID, tx.Now).Error
	})
	return c, err
}

// Contacts of an applicant.
type Contacts struct{ Address, Phone, Email string }
