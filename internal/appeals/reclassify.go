package appeals

import (
	"context"
	"slices"
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

// Classification says under which law an appeal is considered: its kind and its
// procedure. Another than it has now is a re-classification («перекваліфікація»):
// an act of its own, with a ground that the applicant reads.
//
// The term of another procedure is counted from the same receipt and the same
// day of registration, never anew: both laws count from the day on which the
// letter came (Закон 393/96-ВР, ст. 20, ч. 1; Закон 2939-VI, ст. 20, ч. 1), and a
// mistake of the city is no new receipt. Where the laws are silent, what is
// better for the applicant holds:
//
//   - a term that has run out is revived by no longer one: the change is refused;
//   - a term that would have run out already stands as it is, and the official
//     has to say that he knows it;
//   - an extension belongs to the procedure under which it was granted and falls
//     with it: the 45 days are of ст. 20 of Закон 393/96-ВР, the 20 working days of
//     ст. 20, ч. 4 of Закон 2939-VI; it may be granted anew under the other law.
type Classification struct {
	Kind      Kind // empty: the kind stays
	Procedure deadline.Procedure
	Reason    string
	Late      bool // the official knows that the new term has run out already
}

// changes reports whether it is another than the appeal has.
func (c Classification) changes(a *Appeal) bool {
	return c.Procedure != a.Procedure || c.Kind != "" && c.Kind != a.Kind
}

// ReasonMax bounds the ground of an act of the office, in characters.
const ReasonMax = 2000

// Reclassifiable reports whether the kind and the procedure may still be changed.
// What was answered once has been considered under its law; when it is opened
// again, the verdict is on that answer (КМУ 348: another question is another appeal).
func (a *Appeal) Reclassifiable() bool { return a.Open() && a.RatedAt == nil }

// TermUnder counts what the term of the appeal would be under a procedure: from
// its own receipt and day of registration. Under its own it is the term that runs.
func (a *Appeal) TermUnder(p deadline.Procedure, cal calendar.Calendar) (deadline.Result, error) {
	return deadline.OfRegistered(p, a.ReceivedAt, calendar.FromTime(a.RegisteredOn), false, cal)
}

// Terms counts the term of the appeal under every procedure, for whoever is about
// to choose one.
func (s *Service) Terms(ctx context.Context, a *Appeal) (map[deadline.Procedure]time.Time, error) {
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return nil, wrap("calendar", err)
	}
	out := map[deadline.Procedure]time.Time{a.Procedure: a.DueAt}
	for _, k := range Kinds {
		for _, p := range k.Procedures() {
			if _, ok := out[p]; ok {
				continue
			}
			r, err := a.TermUnder(p, cal)
			if err != nil {
				return nil, err
			}
			out[p] = r.DueAt
		}
	}
	return out, nil
}

// reclassify judges the change and makes it; the data are what the timeline keeps of it.
func (a *Appeal) reclassify(c Classification, now time.Time, cal calendar.Calendar) (map[string]any, error) {
	if c.Kind == "" {
		c.Kind = a.Kind
	}
	e := errs.Fields()
	switch {
	case !isOne(c.Kind, Kinds):
		e.With("kind", "appeals.err.kind")
	case !isOne(c.Procedure, deadline.Procedures()):
		e.With("procedure", "appeals.err.procedure")
	case !isOne(c.Procedure, c.Kind.Procedures()):
		e.With("procedure", "appeals.err.procedure_kind")
	}
	if bad, ok := errs.As(judgeReason("reason", c.Reason, 20, "appeals.err.reclassify_reason")); ok {
		e.Fields = append(e.Fields, bad.Fields...)
	}
	if len(e.Fields) > 0 && e.Fields[0].Name != "reason" {
		return nil, e.OrNil()
	}
	data := map[string]any{
		"kind_from": string(a.Kind), "kind": string(c.Kind), "procedure_from": string(a.Procedure), "procedure": string(c.Procedure),
		"text": strings.TrimSpace(c.Reason),
	}
	if c.Procedure != a.Procedure {
		term, err := a.TermUnder(c.Procedure, cal)
		if err != nil {
			return nil, err
		}
		switch longer := term.DueAt.After(a.DueAt); {
		case longer && now.After(a.DueAt): // Закон 393/96-ВР, ст. 20; Закон 2939-VI, ст. 20: the violation has happened
			e.With("procedure", "appeals.err.reclassify_late", "date", i18n.Numeric(a.DueAt))
		case now.After(term.DueAt) && !c.Late:
			e.With("late", "appeals.err.accept_late", "date", i18n.Numeric(term.DueAt))
		case longer:
			data["longer"] = "yes"
		}
		if a.Extended {
			data["extension"] = "lost"
		}
		if e.OrNil() == nil {
			a.setTerm(term)
		}
	}
	if err := e.OrNil(); err != nil {
		return nil, err
	}
	a.Kind = c.Kind
	data["date"] = i18n.ISODate(a.DueAt)
	if data["kind_from"] == string(InfoRequest) && c.Kind != InfoRequest && length(a.AuthorAddress) == 0 {
		data["address"] = "missing" // a request needs none, an appeal does: Закон 2939-VI, ст. 19, ч. 5; Закон 393/96-ВР, ст. 5
	}
	return data, nil
}

// Was says as what the appeal was considered before a re-classification.
func (l StoryLine) Was(ctx context.Context) string { return l.classified(ctx, "_from") }

// Became says as what it is considered after it.
func (l StoryLine) Became(ctx context.Context) string { return l.classified(ctx, "") }

func (l StoryLine) classified(ctx context.Context, part string) string {
	kind, procedure := l.Text("kind"+part), l.Text("procedure"+part)
	word := i18n.T(ctx, "appeals.kind."+kind)
	switch {
	case l.Text("procedure") == l.Text("procedure_from"):
		return word
	case kind == string(InfoRequest), l.Text("kind") == l.Text("kind_from"):
		return i18n.T(ctx, "appeals.procedure."+procedure)
	}
	return word + ". " + i18n.T(ctx, "appeals.procedure."+procedure)
}

// Consequences are what the applicant has to know of a re-classification beside
// its ground and the new term; the last of them is how he may complain of it.
func (l StoryLine) Consequences(ctx context.Context) []string {
	var out []string
	add := func(part string, args ...any) { out = append(out, i18n.T(ctx, "appeals.reclassified."+part, args...)) }
	if l.Text("procedure") != l.Text("procedure_from") {
		add("term")
	}
	if l.Text("extension") != "" {
		add("extension")
	}
	if index := l.Text("index"); index != "" {
		add("index", "index", index, "old", l.Text("index_from"))
	}
	if l.Text("address") != "" {
		add("address")
	}
	if l.Text("kind_from") == string(InfoRequest) {
		add("complain_info") // Закон 2939-VI, ст. 23
	} else {
		add("complain") // Закон 393/96-ВР, ст. 16, ст. 18
	}
	return out
}

// Reclassify gives a registered appeal that is not answered another kind or
// procedure, on a ground. Its term is counted from the same receipt; its number
// stays; the registration index changes with the register, and the old one still
// finds it. A draft that lies for signature goes back to its executor, because it
// was written under another law; its authors stay its authors. The applicant is told.
// Errors: errs.Invalid, errs.Conflict when somebody was quicker.
func (s *Service) Reclassify(ctx context.Context, who authz.Actor, number string, version int, c Classification) error {
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return wrap("calendar", err)
	}
	return s.change(ctx, who, number, version, moveReclass, func(tx *db.Tx, a *Appeal) (Event, error) {
		if !a.Reclassifiable() {
			return Event{}, errs.Invalid("appeals.err.reclassify_answered")
		}
		if !c.changes(a) {
			return Event{}, errs.Fields().With("procedure", "appeals.err.reclassify_same")
		}
		letter := indexLetter(a)
		data, err := a.reclassify(c, tx.Now, cal)
		if err != nil {
			return Event{}, err
		}
		if now := indexLetter(a); now != letter {
			data["index_from"] = deref(a.RegIndex)
			if err := reindex(tx, a, now); err != nil {
				return Event{}, err
			}
			data["index"] = deref(a.RegIndex)
		}
		if err := s.sendDraftBack(tx, a); err != nil {
			return Event{}, err
		}
		if late, err := resolutionLate(tx, a); err != nil {
			return Event{}, err
		} else if late {
			data["resolution"] = "late"
		}
		return reclassified(tx, a, data)
	})
}

// reclassified tells the applicant and makes the entry of the timeline.
func reclassified(tx *db.Tx, a *Appeal, data map[string]any) (Event, error) {
	err := notify.Queue(tx, notify.Letter{Kind: "appeal.reclassified", PersonID: a.AuthorID, AppealID: a.ID})
	return Event{Kind: "reclassified", Public: true, Data: data}, err
}

// sendDraftBack takes a submitted draft from the manager's desk.
func (s *Service) sendDraftBack(tx *db.Tx, a *Appeal) error {
	if a.State != AnswerSigning {
		return nil
	}
	n, err := lockAnswer(tx, a.ID)
	if err != nil || n == nil {
		return orConflict(err)
	}
	if err := a.apply(a.backMove()); err != nil {
		return err
	}
	return tx.Save(&Answer{ID: n.ID}, n.Version, map[string]any{
		// The words of an office paper: Закон 2704-VIII, ст. 13.
		"state": AnswerReturned, "remarks": i18n.In(i18n.Ukrainian, "appeals.reclassified.remarks"), "updated_at": tx.Now,
	})
}

// resolutionLate reports whether the term of the last resolution is past the
// statutory one: the manager has to set it anew (КМУ 55, п. 65).
func resolutionLate(tx *db.Tx, a *Appeal) (late bool, err error) {
	err = tx.Pgx().QueryRow(tx.Statement.Context, "SELECT due_on > $2::date FROM resolutions WHERE appeal_id = $1 ORDER BY id DESC LIMIT 1",
		a.ID, i18n.ISODate(a.DueAt)).Scan(&late)
	if db.IsNotFound(err) {
		return false, nil
	}
	return late, err
}

// ResolutionLate reports whether the term of the last resolution is past the
// statutory one, which a re-classification has moved.
func (c *Case) ResolutionLate() bool {
	return c.Resolution != nil && c.Open() && c.Resolution.DueOn.After(day(c.DueAt))
}

// Reclassified is the latest re-classification of the timeline.
func (c *Case) Reclassified() (l StoryLine, ok bool) {
	for _, e := range slices.Backward(c.Events) {
		if e.Kind == "reclassified" {
			return e, true
		}
	}
	return l, false
}

// reindex moves the appeal to the register of the letter: requests for
// information are counted apart (Закон 2939-VI, ст. 18). An index that it had there
// before comes back; the one that it has now is kept, so that it still finds it.
func reindex(tx *db.Tx, a *Appeal, letter string) error {
	ctx := tx.Statement.Context
	old := deref(a.RegIndex)
	var back string
	err := tx.Pgx().QueryRow(ctx, "DELETE FROM appeal_former_indexes WHERE appeal_id = $1 AND starts_with(reg_index, $2) RETURNING reg_index", a.ID, letter+"-").Scan(&back)
	if err != nil && !db.IsNotFound(err) {
		return err
	}
	if back == "" {
		if back, err = newIndex(tx, a, letter); err != nil {
			return err
		}
	}
	a.RegIndex = &back
	_, err = tx.Pgx().Exec(ctx, "INSERT INTO appeal_former_indexes (appeal_id, reg_index, created_at) VALUES ($1, $2, $3)", a.ID, old, tx.Now)
	return err
}

// formerly finds the appeals that bore the registration index before.
func (s *Service) formerly(ctx context.Context, index string) (ids []int64, err error) {
	index = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(index), "№")))
	if !strings.Contains(index, "/") { // as every index has
		return nil, nil
	}
	err = s.db.ReadPool().QueryRow(ctx, "SELECT coalesce(array_agg(appeal_id), '{}') FROM appeal_former_indexes WHERE lower(reg_index) = $1", index).Scan(&ids)
	return ids, err
}
