package petitions

import (
	"context"
	"time"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

// Announce announces that the review has begun (Закон 393/96-ВР, ст. 23-1: not
// later than the third working day after the signatures were gathered).
func (s *Service) Announce(ctx context.Context, who authz.Actor, number int64, version int) error {
	return s.change(ctx, who, number, version, moveAnnounce, func(tx *db.Tx, p *Petition) (Event, error) {
		h, err := charterOf(tx, p)
		if err != nil {
			return Event{}, err
		}
		if err := metTerm(tx, p, StepAnnounce); err != nil {
			return Event{}, err
		}
		p.AnnouncedAt = &tx.Now
		if err := s.setTerm(tx, p, StepReview, tx.Now, h.ReviewDays); err != nil {
			return Event{}, err
		}
		tx.Enqueue(kind.PetitionNews{PetitionID: p.ID, What: "announced"})
		return Event{Kind: "announced", Public: true}, nil
	})
}

// Session lets the review wait for the session of the council that will hear
// the petition. The term follows the session, also one that was brought forward,
// but is never shorter than that of the charter from the announcement (ст. 23-1:
// longer when a session is needed). A term that has passed stays passed: the session
// is told of, and the answer is late. Errors: errs.Invalid with the field session for a day that is
// past or beyond the calendar.
func (s *Service) Session(ctx context.Context, who authz.Actor, number int64, version int, day time.Time) error {
	return s.change(ctx, who, number, version, moveSession, func(tx *db.Tx, p *Petition) (Event, error) {
		cal, err := s.cal.Calendar(ctx)
		if err != nil {
			return Event{}, err
		}
		d := calendar.FromTime(day)
		if day.IsZero() || d.Before(cal.DateOf(tx.Now)) {
			return Event{}, errs.Fields().With("session", "petitions.err.session")
		}
		h, err := charterOf(tx, p)
		if err != nil {
			return Event{}, err
		}
		r, err := deadline.ReviewSession(*p.AnnouncedAt, d, h.ReviewDays, cal)
		if err != nil {
			return Event{}, errs.Fields().With("session", "petitions.err.session").Because(err)
		}
		at := d.Time()
		p.SessionOn = &at
		e := Event{Kind: "session", Public: true, Data: map[string]any{"day": d.String()}}
		if t, err := openTerm(tx, p, StepReview); err != nil || t != nil && t.DueAt.Before(tx.Now) {
			return e, err
		}
		return e, putTerm(tx, p, StepReview, r)
	})
}

// TakeAppeal makes an ordinary appeal of a petition that did not gather its
// signatures. It is safe to run twice.
func (s *Service) TakeAppeal(ctx context.Context, job kind.PetitionAppeal) error {
	// The primary is asked: on a replica that is behind it gathers still, and the
	// appeal would never be made.
	var n int64
	if err := s.db.Pool().QueryRow(ctx, "SELECT number FROM petitions WHERE id = $1", job.PetitionID).Scan(&n); err != nil {
		return err
	}
	var p *Petition
	err := s.db.Write(ctx, authz.System("petition-appeal"), authz.JobRun, func(tx *db.Tx) (err error) {
		if p, err = lock(tx, n); err != nil {
			return err
		}
		return tx.Authorize(p)
	})
	if err != nil {
		return err
	}
	if p.State != NotEnough || p.AppealNumber != "" || p.AuthorID == nil {
		return nil
	}
	number, err := s.appeals.TakePetition(ctx, *p, *p.ClosedAt)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, authz.System("petition-appeal"), authz.JobRun, func(tx *db.Tx) error {
		p, err := lock(tx, n)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil || p.AppealNumber != "" {
			return err
		}
		p.AppealNumber = number
		if err := save(tx, p); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.tell(p.Number) })
		return record(tx, p, p.State, Event{Kind: "appeal", Public: true, Data: map[string]any{"number": number}})
	})
}

// TakeAppealOf is TakeAppeal of a petition by its number.
func (s *Service) TakeAppealOf(ctx context.Context, number int64) error {
	k, err := s.key(ctx, number)
	if err != nil {
		return err
	}
	return s.TakeAppeal(ctx, kind.PetitionAppeal{PetitionID: k.id})
}
