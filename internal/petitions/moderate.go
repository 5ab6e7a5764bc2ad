package petitions

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// claimFor is how long a petition stays in the hand of the moderator who took
// it without doing anything.
const claimFor = 30 * time.Minute

// Claim is who has a petition in hand.
type Claim struct {
	PersonID   int64
	PersonName string
	At         time.Time
}

// Take puts a petition into the hand of the moderator, so that two do not judge
// it at once. One that another took less than half an hour ago is errs.Conflict,
// unless over says that he takes it over openly; the trail keeps both.
func (s *Service) Take(ctx context.Context, who authz.Actor, number int64, over bool) error {
	return s.db.Write(ctx, who, authz.PetitionModerate, func(tx *db.Tx) error {
		p, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if p.State != Checking {
			return errs.Conflict("petitions.err.state")
		}
		c, err := claimOf(tx, p)
		if err != nil {
			return err
		}
		if c != nil && c.PersonID != who.ID && !over {
			return errs.Conflict("petitions.err.taken", "name", c.PersonName)
		}
		return tx.Exec(`INSERT INTO petition_claims (petition_id, person_id, person_name, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (petition_id) DO UPDATE SET person_id = excluded.person_id, person_name = excluded.person_name, at = excluded.at`,
			p.ID, who.ID, who.Name, tx.Now).Error
	})
}

// LetGo puts a petition back for everybody.
func (s *Service) LetGo(ctx context.Context, who authz.Actor, number int64) error {
	return s.db.Write(ctx, who, authz.PetitionModerate, func(tx *db.Tx) error {
		p, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		return tx.Exec("DELETE FROM petition_claims WHERE petition_id = ? AND person_id = ?", p.ID, who.ID).Error
	})
}

// claimOf is the claim that still holds; nil without one.
func claimOf(tx *db.Tx, p *Petition) (*Claim, error) {
	var c Claim
	err := tx.Pgx().QueryRow(tx.Statement.Context, "SELECT person_id, person_name, at FROM petition_claims WHERE petition_id = $1 AND at > $2", p.ID, tx.Now.Add(-claimFor)).
		Scan(&c.PersonID, &c.PersonName, &c.At)
	if db.IsNotFound(err) {
		return nil, nil
	}
	return &c, err
}

// judged is the first half of every judgement: nobody else has it in hand, and
// the hand is open after it.
func judged(tx *db.Tx, p *Petition) error {
	c, err := claimOf(tx, p)
	if err != nil {
		return err
	}
	if c != nil && c.PersonID != tx.Actor.ID {
		return errs.Conflict("petitions.err.taken", "name", c.PersonName)
	}
	if err := tx.Exec("DELETE FROM petition_claims WHERE petition_id = ?", p.ID).Error; err != nil {
		return err
	}
	return metTerm(tx, p, StepCheck)
}

// Publish lets the community sign: threshold, tier and term are those of the
// charter under which the petition was submitted (Закон 393/96-ВР, ст. 23-1).
func (s *Service) Publish(ctx context.Context, who authz.Actor, number int64, version int) error {
	return s.change(ctx, who, number, version, movePublish, func(tx *db.Tx, p *Petition) (Event, error) {
		if err := judged(tx, p); err != nil {
			return Event{}, err
		}
		h, err := charterOf(tx, p)
		if err != nil {
			return Event{}, err
		}
		p.PublishedAt, p.Threshold, p.Tier, p.ResidentsOnly = &tx.Now, h.Threshold, h.Tier, h.ResidentsOnly
		p.Ground, p.GroundNote = nil, ""
		if err := s.gather(tx, p, StepGathering, tx.Now, h.GatheringDays, deadline.Back{}); err != nil {
			return Event{}, err
		}
		return Event{Kind: "published", Public: true, Data: map[string]any{"threshold": p.Threshold}}, s.write(tx, p, "published")
	})
}

// Return sends a petition back to its author with a ground of the law and what
// exactly is wrong; he may mend it. Errors: errs.Invalid with fields.
func (s *Service) Return(ctx context.Context, who authz.Actor, number int64, version int, ground, note string) error {
	return s.change(ctx, who, number, version, moveReturn, func(tx *db.Tx, p *Petition) (Event, error) {
		note = strings.TrimSpace(note)
		e := errs.Fields()
		var known bool
		if err := tx.Raw("SELECT EXISTS (SELECT FROM petition_grounds WHERE code = ? AND active)", ground).Scan(&known).Error; err != nil {
			return Event{}, err
		}
		if !known {
			e.With("ground", "petitions.err.ground")
		}
		if n := utf8.RuneCountInString(note); n < 20 || n > 2000 { // a reasoned decision, not a stamp
			e.With("note", "petitions.err.ground_note", "min", 20, "max", 2000)
		}
		if err := e.OrNil(); err != nil {
			return Event{}, err
		}
		if err := judged(tx, p); err != nil {
			return Event{}, err
		}
		p.Ground, p.GroundNote = &ground, note
		return Event{Kind: "returned", Data: map[string]any{"ground": ground, "text": note}}, s.write(tx, p, "returned")
	})
}

// Merge sends the readers of petitions on check to the one that gathers for the
// same matter already: the authors are told and may sign it. All or none.
func (s *Service) Merge(ctx context.Context, who authz.Actor, numbers []int64, into int64) error {
	if len(numbers) == 0 {
		return errs.Fields().With("numbers", "petitions.err.none_chosen")
	}
	numbers = slices.Compact(slices.Sorted(slices.Values(numbers)))
	return s.db.Write(ctx, who, authz.PetitionModerate, func(tx *db.Tx) error {
		list, target, err := lockMerge(tx, numbers, into)
		if err != nil {
			return err
		}
		if err := tx.Authorize(&target); err != nil { // nobody brings readers to a petition of his own
			return err
		}
		for _, p := range list {
			if err := tx.Authorize(p); err != nil {
				return err
			}
			if err := s.move(tx, p, moveMerge, func(tx *db.Tx, p *Petition) (Event, error) {
				if err := judged(tx, p); err != nil {
					return Event{}, err
				}
				p.MergedInto, p.ClosedAt = &target.ID, &tx.Now
				return Event{Kind: "merged", Public: true, Data: map[string]any{"into": into}}, s.write(tx, p, "merged")
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// lockMerge locks what is joined and what it is joined with in the order of the
// numbers, whichever is which, so that two who join crosswise never wait for each
// other. The target is locked against changes of its state alone: it gathers
// until the write ends, and signatures go on.
func lockMerge(tx *db.Tx, numbers []int64, into int64) (list []*Petition, target Petition, err error) {
	if slices.Contains(numbers, into) {
		return nil, target, errs.Fields().With("into", "petitions.err.into")
	}
	for _, n := range slices.Sorted(slices.Values(append([]int64{into}, numbers...))) {
		if n == into {
			err := tx.Clauses(clause.Locking{Strength: "SHARE"}).Omit("search").Where("number = ?", n).Take(&target).Error
			if db.IsNotFound(err) || err == nil && target.State != Gathering {
				err = errs.Fields().With("into", "petitions.err.into")
			}
			if err != nil {
				return nil, target, err
			}
			continue
		}
		p, err := lock(tx, n)
		if err != nil {
			return nil, target, err
		}
		list = append(list, p)
	}
	return list, target, nil
}

// write promises a letter to the author of the petition.
func (s *Service) write(tx *db.Tx, p *Petition, what string) error {
	if p.AuthorID == nil {
		return nil
	}
	return notify.Queue(tx, notify.Letter{Kind: letterKind(what), PersonID: *p.AuthorID, Data: map[string]any{"petition": p.ID}})
}

// DeskTab is a part of the desk of petitions.
type DeskTab string

// The parts of the desk, in their order.
const (
	DeskCheck   DeskTab = "check"
	DeskReached DeskTab = "reached"
	DeskReview  DeskTab = "review"
	DeskExecute DeskTab = "execute"
	DeskSigning DeskTab = "signing"
	DeskAll     DeskTab = "all"
)

// DeskTabs in their order.
var DeskTabs = []DeskTab{DeskCheck, DeskReached, DeskReview, DeskExecute, DeskSigning, DeskAll}

var deskStates = map[DeskTab][]string{
	DeskCheck: {"checking"}, DeskReached: {"reached"}, DeskReview: {"reviewing"}, DeskExecute: {"answered"}, DeskSigning: {"gathering"},
	DeskAll: {"supporting", "checking", "returned", "withdrawn", "lapsed", "merged", "gathering", "not_enough", "reached", "reviewing", "answered", "done", "refused"},
}

// DeskRow is a petition on the desk.
type DeskRow struct {
	Number            int64
	Title, AuthorName string
	State             State
	Topic             string
	Since             time.Time  // since when it lies there
	DueAt             *time.Time // what the law or the charter gives; nil: nothing is due
	Explain           string
	Count, Need       int
	Claim             *Claim
	AnswerState       string
	Suspects          int // findings of the guard that wait for a decision
	Demo              bool
	Milestones, Done  int
	MilestonesLate    int
}

// Desk is one part of the desk with the sizes of all.
type DeskPage struct {
	Rows   []DeskRow
	Total  int
	Counts map[DeskTab]int
}

// DeskSize is how many rows a page of the desk has.
const DeskSize = 50

// DeskOf lists a part of the desk, what is due first on top; for who signs, the
// answers that wait for a signature before the others. Petitions of the
// former site ask nothing of the desk.
func (s *Service) DeskOf(ctx context.Context, who authz.Actor, tab DeskTab, locale string, page int) (DeskPage, error) {
	var out DeskPage
	if !deskReader(who) {
		return out, errs.Forbidden("errors.forbidden")
	}
	states, ok := deskStates[tab]
	if !ok {
		return out, errs.NotFound()
	}
	out.Counts = map[DeskTab]int{}
	rows, err := s.db.ReadPool().Query(ctx, "SELECT state, count(*) FROM petitions WHERE legacy_source = '' GROUP BY 1")
	if err != nil {
		return out, err
	}
	byState := map[string]int{}
	var st string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&st, &n}, func() error {
		byState[st] = n
		return nil
	}); err != nil {
		return out, err
	}
	for t, list := range deskStates {
		for _, st := range list {
			out.Counts[t] += byState[st]
		}
	}
	out.Total = out.Counts[tab]
	rows, err = s.db.ReadPool().Query(ctx, deskSQL, states, locale == "en", s.clock.Now(), s.clock.Now().Add(-claimFor), DeskSize, max(0, page-1)*DeskSize, who.Can(authz.PetitionAnswer))
	if err != nil {
		return out, err
	}
	out.Rows, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (d DeskRow, err error) {
		var claimer *int64
		var name *string
		var at *time.Time
		err = r.Scan(&d.Number, &d.Title, &d.AuthorName, &d.State, &d.Topic, &d.Since, &d.DueAt, &d.Explain, &d.Count, &d.Need, &claimer, &name, &at,
			&d.AnswerState, &d.Suspects, &d.Demo, &d.Milestones, &d.Done, &d.MilestonesLate)
		if claimer != nil {
			d.Claim = &Claim{*claimer, *name, *at}
		}
		return d, err
	})
	return out, err
}

// deskReader reports whether the actor works with petitions at all.
func deskReader(who authz.Actor) bool {
	return who.Can(authz.PetitionModerate) || who.Can(authz.PetitionReview) || who.Can(authz.PetitionDraft) || who.Can(authz.PetitionAnswer)
}

// $1 states, $2 English, $3 now, $4 since when a claim holds, $5 how many, $6 after how many, $7 what waits for a signature first.
const deskSQL = `
SELECT p.number, p.title, p.author_name, p.state, coalesce(CASE WHEN $2 THEN nullif(o.name_en, '') END, o.name_uk, ''),
       coalesce(CASE p.state WHEN 'checking' THEN p.submitted_at WHEN 'gathering' THEN p.published_at WHEN 'reached' THEN p.reached_at
         WHEN 'reviewing' THEN p.announced_at WHEN 'answered' THEN p.answered_at ELSE coalesce(p.closed_at, p.created_at) END, p.created_at),
       t.due_at, coalesce(CASE WHEN $2 THEN t.explain_en ELSE t.explain_uk END, ''),
       coalesce(CASE p.tier WHEN 'strong' THEN c.strong ELSE c.email + c.strong END, 0) + coalesce(p.legacy_count, 0),
       CASE p.state WHEN 'supporting' THEN h.supporters ELSE p.threshold END,
       k.person_id, k.person_name, k.at, coalesce(a.state, ''),
       (SELECT count(*) FROM petition_sweeps w WHERE w.petition_id = p.id AND w.state = 'tried' AND w.actor_id IS NULL AND w.found > 0), p.demo,
       m.n, m.done, m.late
  FROM petitions p JOIN petition_charters h ON h.id = p.charter_id
  LEFT JOIN topics o ON o.id = p.topic_id
  LEFT JOIN petition_counts c ON c.petition_id = p.id
  LEFT JOIN petition_claims k ON k.petition_id = p.id AND k.at > $4
  LEFT JOIN petition_answers a ON a.petition_id = p.id
  LEFT JOIN LATERAL (SELECT due_at, explain_uk, explain_en FROM petition_terms t WHERE t.petition_id = p.id AND t.met_at IS NULL ORDER BY id DESC LIMIT 1) t ON true
  LEFT JOIN LATERAL (SELECT count(*) AS n, count(done_on) AS done, count(*) FILTER (WHERE done_on IS NULL AND due_on < ($3::timestamptz AT TIME ZONE 'Europe/Kyiv')::date) AS late
    FROM petition_milestones m WHERE m.petition_id = p.id AND m.dropped_at IS NULL) m ON true
 WHERE p.state = ANY ($1) AND p.legacy_source = ''
 ORDER BY ($7 AND coalesce(a.state, '') = 'submitted') DESC, t.due_at NULLS LAST, p.id DESC LIMIT $5 OFFSET $6`
