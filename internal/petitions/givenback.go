package petitions

import (
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/db"
)

// A gathering gets the time back in which nobody could sign: while signing was
// switched off, and while the petition was held to have its signatures and lost
// some of them to the fraud desk. Stretches of the two may overlap in any way.
// What is given back is their union: each grant is of whole days of 24 hours, begun
// ones count as whole, and says until when it covers; the next one begins there. A
// stretch that began after the end of the gathering gives nothing.

// moveExtend gives days back; the state stays.
var moveExtend = Move{"extend", []State{Supporting, Gathering}, "", authz.CharterManage, charterNorm}

// given is what a gathering got back already.
type given struct {
	back    deadline.Back
	covered time.Time // end of the last day given; zero: none was
}

// givenBack reads it from the timeline. from is the beginning of the gathering,
// covered the end of the days given by grants that do not tell their own.
func givenBack(tx *db.Tx, p *Petition, from, covered time.Time) (g given, err error) {
	var until *time.Time
	err = tx.Pgx().QueryRow(tx.Statement.Context, `SELECT max(coalesce((data->>'covered')::timestamptz, $3)),
			coalesce(sum((data->>'weighed')::integer), 0)
		FROM petition_events WHERE petition_id = $1 AND at >= $2 AND kind = 'extended'`,
		p.ID, from, covered).Scan(&until, &g.back.Weighed)
	g.back.Switched = p.ExtendedDays - g.back.Weighed
	if until != nil {
		g.covered = *until
	}
	return g, err
}

// gathers says which gathering goes on, since when, and for how many days of the charter.
func gathers(tx *db.Tx, p *Petition) (step Step, from time.Time, days int, err error) {
	h, err := charterOf(tx, p)
	if p.PublishedAt != nil {
		return StepGathering, *p.PublishedAt, h.GatheringDays, err
	}
	return StepSupporters, p.CreatedAt, h.SupportersDays, err
}

// giveBack moves the end of every gathering by the days since signing was
// switched off. covered is that of givenBack.
func (s *Service) giveBack(tx *db.Tx, since, covered time.Time) (int, error) {
	// One that has its signatures now may lose them before its row is locked here.
	rows, err := tx.Pgx().Query(tx.Statement.Context, "SELECT number FROM petitions WHERE state IN ('supporting', 'gathering', 'reached') AND ends_at IS NOT NULL ORDER BY id")
	if err != nil {
		return 0, err
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return 0, err
	}
	n := 0
	for _, number := range numbers {
		p, err := lock(tx, number)
		if err != nil {
			return 0, err
		}
		if !p.State.Signable() || p.EndsAt == nil || !p.EndsAt.After(since) { // it ended before, and waits to be closed
			continue
		}
		step, from, days, err := gathers(tx, p)
		if err != nil {
			return 0, err
		}
		g, err := givenBack(tx, p, from, covered)
		if err != nil {
			return 0, err
		}
		start := later(later(from, since), g.covered)
		back := wholeDays(tx.Now.Sub(start))
		if back == 0 {
			continue
		}
		err = s.move(tx, p, moveExtend, func(tx *db.Tx, p *Petition) (Event, error) {
			g.back.Switched += back
			if err := s.gather(tx, p, step, from, days, g.back); err != nil {
				return Event{}, err
			}
			return Event{Kind: "extended", Public: true, Data: map[string]any{"days": back, "until": p.EndsAt, "covered": start.Add(time.Duration(back) * day)}}, nil
		})
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// shutSince tells, of a petition that reaches its threshold now, since when nobody
// could sign it already because signing is switched off: the switch gives nothing
// to what does not gather. Nil while signing is on.
func shutSince(tx *db.Tx, p *Petition) (*time.Time, error) {
	var off *time.Time
	err := tx.Pgx().QueryRow(tx.Statement.Context, "SELECT off_since FROM petition_switches WHERE name = 'signing'").Scan(&off)
	if db.IsNotFound(err) || err == nil && off == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	since := *off
	if p.PublishedAt != nil {
		since = later(since, *p.PublishedAt)
	}
	return &since, nil
}

// gatherAnew opens the term of a gathering that goes on after it was held to have
// its signatures. Its end moves by the time since then, and by that before it in
// which signing was switched off, if there was such. It gives the event for the
// timeline, without a kind when no day was lost.
func (s *Service) gatherAnew(tx *db.Tx, p *Petition) (Event, error) {
	reached := *p.ReachedAt
	var shut *time.Time
	if err := tx.Pgx().QueryRow(tx.Statement.Context, "SELECT (data->>'shut')::timestamptz FROM petition_events WHERE petition_id = $1 AND kind = 'reached' ORDER BY id DESC LIMIT 1", p.ID).
		Scan(&shut); err != nil && !db.IsNotFound(err) {
		return Event{}, err
	}
	if shut == nil {
		shut = &reached
	}
	step, from, days, err := gathers(tx, p)
	if err != nil {
		return Event{}, err
	}
	g, err := givenBack(tx, p, from, reached)
	if err != nil {
		return Event{}, err
	}
	start := later(*shut, g.covered)
	var switched, weighed int
	if p.EndsAt == nil || shut.Before(*p.EndsAt) { // else its time was over before (revive): nothing was lost
		switched = wholeDays(reached.Sub(start))
		start = start.Add(time.Duration(switched) * day)
		weighed = wholeDays(tx.Now.Sub(start))
	}
	g.back.Switched += switched
	g.back.Weighed += weighed
	if err := s.gather(tx, p, step, from, days, g.back); err != nil || switched+weighed == 0 {
		return Event{}, err
	}
	return Event{Kind: "extended", Public: true, Data: map[string]any{
		"days": switched + weighed, "weighed": weighed, "until": p.EndsAt, "covered": start.Add(time.Duration(weighed) * day),
	}}, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

const day = 24 * time.Hour

// wholeDays counts begun days as whole ones.
func wholeDays(d time.Duration) int {
	if d <= 0 {
		return 0
	}
	return int((d + day - 1) / day)
}
