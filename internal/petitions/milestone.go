package petitions

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

// Milestone is one step of what the city promised in its answer.
type Milestone struct {
	ID         int64
	PetitionID int64
	Title      string
	DueOn      *time.Time // the day, UTC midnight
	DoneOn     *time.Time
	Note       string
	URL        string `gorm:"column:url"`
	Position   int
	DroppedAt  *time.Time
	Version    int
	CreatedAt  time.Time
}

// TableName names the table.
func (Milestone) TableName() string { return "petition_milestones" }

// Late reports whether the day has passed without it being done. today is a UTC
// midnight.
func (m Milestone) Late(today time.Time) bool {
	return m.DoneOn == nil && m.DueOn != nil && m.DueOn.Before(today)
}

// judge takes the day of today in Kyiv, a UTC midnight.
func (m Milestone) judge(today time.Time) error {
	e := errs.Fields()
	if n := utf8.RuneCountInString(strings.TrimSpace(m.Title)); n < 3 || n > 200 {
		e.With("title", "petitions.err.milestone")
	}
	if utf8.RuneCountInString(m.Note) > 1000 {
		e.With("note", "petitions.err.long", "max", 1000)
	}
	if !webAddress(m.URL) {
		e.With("url", "petitions.err.url")
	}
	if m.DueOn != nil && (m.DueOn.Before(today.AddDate(-10, 0, 0)) || m.DueOn.After(today.AddDate(20, 0, 0))) {
		e.With("due", "petitions.err.milestone_day")
	}
	if m.DoneOn != nil && (m.DoneOn.Before(today.AddDate(-10, 0, 0)) || m.DoneOn.After(today)) {
		e.With("done", "petitions.err.milestone_done") // what will be done is not done
	}
	return e.OrNil()
}

// webAddress accepts nothing, or an address that may be linked to.
func webAddress(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && len(s) <= 500
}

// SaveMilestone adds a milestone (ID 0) or changes one. One that stands there in
// the same words already is not added again: a form that came twice.
func (s *Service) SaveMilestone(ctx context.Context, who authz.Actor, number int64, m Milestone) error {
	if err := m.judge(calendar.FromTime(s.clock.Now().In(calendar.Kyiv())).Time()); err != nil {
		return err
	}
	m.Title, m.Note = strings.TrimSpace(m.Title), strings.TrimSpace(m.Note)
	return s.change(ctx, who, number, 0, moveMilestone, func(tx *db.Tx, p *Petition) (Event, error) {
		if p.State == Done && m.DoneOn == nil {
			return Event{}, errs.Fields().With("done", "petitions.err.done_open")
		}
		var was Milestone
		if m.ID == 0 {
			var there bool
			if err := tx.Raw(`SELECT EXISTS (SELECT FROM petition_milestones WHERE petition_id = ? AND dropped_at IS NULL AND title = ? AND note = ? AND url = ?
				AND due_on IS NOT DISTINCT FROM ?::date AND done_on IS NOT DISTINCT FROM ?::date)`, p.ID, m.Title, m.Note, m.URL, m.DueOn, m.DoneOn).Scan(&there).Error; err != nil || there {
				return Event{}, err
			}
			if err := tx.Raw("SELECT coalesce(max(position), 0) + 1 FROM petition_milestones WHERE petition_id = ?", p.ID).Scan(&m.Position).Error; err != nil {
				return Event{}, err
			}
			m.PetitionID, m.CreatedAt, m.Version = p.ID, tx.Now, 1
			if err := tx.Create(&m).Error; err != nil {
				return Event{}, err
			}
		} else {
			if err := tx.Where("petition_id = ? AND dropped_at IS NULL", p.ID).Take(&was, m.ID).Error; err != nil {
				if db.IsNotFound(err) {
					return Event{}, errs.NotFound()
				}
				return Event{}, err
			}
			if err := tx.Save(&Milestone{ID: m.ID}, m.Version, map[string]any{
				"title": m.Title, "due_on": m.DueOn, "done_on": m.DoneOn, "note": m.Note, "url": m.URL,
			}); err != nil {
				return Event{}, err
			}
		}
		if m.DoneOn != nil && was.DoneOn == nil {
			tx.Enqueue(kind.PetitionNews{PetitionID: p.ID, What: "milestone"})
			return Event{Kind: "milestone", Public: true, Data: map[string]any{"text": m.Title}}, nil
		}
		return Event{}, nil
	})
}

// DropMilestone takes a milestone off the plan; the trail keeps it.
func (s *Service) DropMilestone(ctx context.Context, who authz.Actor, number, id int64, version int) error {
	return s.change(ctx, who, number, 0, moveMilestone, func(tx *db.Tx, p *Petition) (Event, error) {
		var m Milestone
		if err := tx.Where("petition_id = ? AND dropped_at IS NULL", p.ID).Take(&m, id).Error; err != nil {
			if db.IsNotFound(err) {
				return Event{}, errs.NotFound()
			}
			return Event{}, err
		}
		if p.State == Done {
			var others bool
			if err := tx.Raw("SELECT EXISTS (SELECT FROM petition_milestones WHERE petition_id = ? AND dropped_at IS NULL AND id <> ?)", p.ID, id).Scan(&others).Error; err != nil {
				return Event{}, err
			}
			if !others {
				return Event{}, errs.Invalid("petitions.err.no_milestones")
			}
		}
		return Event{}, tx.Save(&Milestone{ID: id}, version, map[string]any{"dropped_at": tx.Now})
	})
}

// Finish says that all that was promised is done. An unfinished milestone, or none
// that shows what was done, is errs.Invalid.
func (s *Service) Finish(ctx context.Context, who authz.Actor, number int64, version int) error {
	return s.change(ctx, who, number, version, moveFinish, func(tx *db.Tx, p *Petition) (Event, error) {
		var open, done int
		if err := tx.Pgx().QueryRow(ctx, "SELECT count(*) FILTER (WHERE done_on IS NULL), count(*) FILTER (WHERE done_on IS NOT NULL) FROM petition_milestones WHERE petition_id = $1 AND dropped_at IS NULL", p.ID).
			Scan(&open, &done); err != nil {
			return Event{}, err
		}
		if done == 0 && open == 0 {
			return Event{}, errs.Invalid("petitions.err.no_milestones")
		}
		if open > 0 {
			return Event{}, errs.Invalid("petitions.err.open_milestones", "n", open)
		}
		p.ClosedAt = &tx.Now
		tx.Enqueue(kind.PetitionNews{PetitionID: p.ID, What: "done"})
		return Event{Kind: "done", Public: true}, nil
	})
}
