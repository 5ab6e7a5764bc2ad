package petitions

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

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
		// What was taken out a moment ago is not counted yet: the counter may put it back to gathering.
		var short bool
		if err := tx.Raw(`SELECT EXISTS (SELECT FROM (
			SELECT CASE p.tier WHEN 'strong' THEN c.strong ELSE c.email + c.strong END AS n,
				(SELECT coalesce(sum(d.n) FILTER (WHERE d.tier >= CASE p.tier WHEN 'strong' THEN 2 ELSE 1 END), 0) FROM petition_deltas d WHERE d.petition_id = p.id) AS change
			FROM petitions p JOIN petition_counts c ON c.petition_id = p.id WHERE p.id = ?) x WHERE change < 0 AND n + change < ?)`, p.ID, p.Threshold).Scan(&short).Error; err != nil {
			return Event{}, err
		}
		if short {
			return Event{}, errs.Conflict("petitions.err.state")
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

// SettleAppeal makes an ordinary appeal of a petition that did not gather its
// signatures, and takes the appeal back of one that has them after all: what the
// fraud desk took out wrongly came back after the end, so it did gather them in its
// term and is reviewed as a petition (Закон 393/96-ВР, ст. 23-1). Its author is
// told. An appeal that has its answer by then stays beside the petition. It is safe
// to run twice.
func (s *Service) SettleAppeal(ctx context.Context, job kind.PetitionAppeal) error {
	// The primary is asked: on a replica that is behind it gathers still, and the
	// appeal would never be made.
	var n int64
	if err := s.db.Pool().QueryRow(ctx, "SELECT number FROM petitions WHERE id = $1", job.PetitionID).Scan(&n); err != nil {
		return err
	}
	var p *Petition
	var before int64
	err := s.writeAppeal(ctx, n, func(tx *db.Tx, q *Petition) error {
		p = q
		return tx.Raw("SELECT count(*) FROM petition_events WHERE petition_id = ? AND kind = 'appeal_closed'", p.ID).Scan(&before).Error
	})
	switch {
	case err != nil || p.AuthorID == nil:
		return err
	case p.State == NotEnough && p.AppealNumber == "":
		return s.takeAppeal(ctx, p, before)
	case p.State != NotEnough && p.AppealNumber != "":
		return s.handBack(ctx, p)
	}
	return nil
}

func (s *Service) writeAppeal(ctx context.Context, number int64, fn func(tx *db.Tx, p *Petition) error) error {
	return s.db.Write(ctx, authz.System("petition-appeal"), authz.JobRun, func(tx *db.Tx) error {
		p, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		return fn(tx, p)
	})
}

// takeAppeal makes the appeal; before is how many of it were closed again.
func (s *Service) takeAppeal(ctx context.Context, p *Petition, before int64) error {
	x := *p
	if before > 0 { // another appeal than the one that is closed
		x.FilingKey = uuid.NewSHA1(p.FilingKey, strconv.AppendInt(nil, before, 10))
	}
	number, err := s.appeals.TakePetition(ctx, x, *p.ClosedAt)
	if err != nil {
		return err
	}
	return s.writeAppeal(ctx, p.Number, func(tx *db.Tx, p *Petition) error {
		if p.AppealNumber != "" {
			return nil
		}
		p.AppealNumber = number
		if p.State != NotEnough { // it came to its signatures meanwhile
			tx.Enqueue(kind.PetitionAppeal{PetitionID: p.ID})
		}
		return s.appealed(tx, p, "appeal", number)
	})
}

func (s *Service) handBack(ctx context.Context, p *Petition) error {
	back, err := s.appeals.HandBack(ctx, p.AppealNumber, p.Number)
	if err != nil || !back { // it has its answer: that stays
		return err
	}
	return s.writeAppeal(ctx, p.Number, func(tx *db.Tx, p *Petition) error {
		number := p.AppealNumber
		if number == "" {
			return nil
		}
		p.AppealNumber = ""
		if p.State == NotEnough { // it lost its signatures meanwhile, and is an appeal again: another one
			tx.Enqueue(kind.PetitionAppeal{PetitionID: p.ID})
		} else if err := s.write(tx, p, "revived"); err != nil {
			return err
		}
		return s.appealed(tx, p, "appeal_closed", number)
	})
}

func (s *Service) appealed(tx *db.Tx, p *Petition, k EventKind, number string) error {
	if err := save(tx, p); err != nil {
		return err
	}
	tx.AfterCommit(func() { s.tell(p.Number) })
	return record(tx, p, p.State, Event{Kind: k, Public: true, Data: map[string]any{"number": number}})
}

// SettleAppealOf is SettleAppeal of a petition by its number.
func (s *Service) SettleAppealOf(ctx context.Context, number int64) error {
	k, err := s.key(ctx, number)
	if err != nil {
		return err
	}
	return s.SettleAppeal(ctx, kind.PetitionAppeal{PetitionID: k.id})
}
