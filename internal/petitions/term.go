package petitions

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/db"
	"ereception/internal/platform/i18n"
)

// Step is a part of a petition's way that has a term.
type Step string

// The steps with terms.
const (
	StepSupporters Step = "supporters" // the author gathers the first ones
	StepCheck      Step = "check"      // the city publishes or returns
	StepGathering  Step = "gathering"  // the community signs
	StepAnnounce   Step = "announce"   // the city announces the review
	StepReview     Step = "review"     // the city reviews
	StepPublish    Step = "publish"    // the city publishes the answer
)

// Citys reports whether the term binds the city, and not the signatories.
func (s Step) Citys() bool { return s != StepSupporters && s != StepGathering }

// Term is one counted term with its explanation.
type Term struct {
	ID              int64
	PetitionID      int64
	Step            Step
	DueAt           time.Time // end of the last day
	Rule            string
	ExplainUk       string
	ExplainEn       string
	CalendarVersion string
	MetAt           *time.Time // when what was due was done
	Version         int
	CreatedAt       time.Time
}

// TableName names the table.
func (Term) TableName() string { return "petition_terms" }

// Explain is how the term was counted, in the locale.
func (t *Term) Explain(locale string) string {
	if locale == i18n.English {
		return t.ExplainEn
	}
	return t.ExplainUk
}

// setTerm counts a term of n days from the moment (working days for the city,
// calendar days for signatories) and keeps it in the place of an open one of
// the same step.
func (s *Service) setTerm(tx *db.Tx, p *Petition, step Step, from time.Time, n int) error {
	cal, err := s.cal.Calendar(tx.Statement.Context)
	if err != nil {
		return err
	}
	r, err := count(step, from, n, deadline.Back{}, cal)
	if err != nil {
		return err
	}
	return putTerm(tx, p, step, r)
}

// count asks the engine of terms. A gathering may get days back.
func count(step Step, from time.Time, n int, back deadline.Back, cal calendar.Calendar) (deadline.Result, error) {
	if !step.Citys() {
		return deadline.Gathering(deadline.PetitionStep(step), from, n, back, cal)
	}
	return deadline.Petition(deadline.PetitionStep(step), from, n, cal)
}

// putTerm keeps a counted term.
func putTerm(tx *db.Tx, p *Petition, step Step, r deadline.Result) error {
	if err := dropTerm(tx, p, step); err != nil {
		return err
	}
	return tx.Create(&Term{
		PetitionID: p.ID, Step: step, DueAt: r.DueAt, Rule: r.Rule,
		ExplainUk: r.ExplanationIn(i18n.Ukrainian), ExplainEn: r.ExplanationIn(i18n.English),
		CalendarVersion: r.CalendarVersion, Version: 1, CreatedAt: tx.Now,
	}).Error
}

// openTerm is the term of the step that waits to be met; nil without one.
func openTerm(tx *db.Tx, p *Petition, step Step) (*Term, error) {
	var t Term
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("petition_id = ? AND step = ? AND met_at IS NULL", p.ID, step).
		Order("id DESC").Take(&t).Error
	if db.IsNotFound(err) {
		return nil, nil
	}
	return &t, err
}

// metTerm notes that what was due in the step was done now.
func metTerm(tx *db.Tx, p *Petition, step Step) error {
	t, err := openTerm(tx, p, step)
	if err != nil || t == nil {
		return err
	}
	return tx.Save(&Term{ID: t.ID}, t.Version, map[string]any{"met_at": tx.Now})
}

// dropTerm takes away the open term of a step that has lost its ground.
func dropTerm(tx *db.Tx, p *Petition, step Step) error {
	return tx.Where("petition_id = ? AND step = ? AND met_at IS NULL", p.ID, step).Delete(&Term{}).Error
}

// toCheck submits the petition to the check of the city under its charter.
func (s *Service) toCheck(tx *db.Tx, p *Petition, h Charter) error {
	p.SubmittedAt, p.EndsAt = &tx.Now, nil
	if err := metTerm(tx, p, StepSupporters); err != nil {
		return err
	}
	return s.setTerm(tx, p, StepCheck, tx.Now, h.CheckDays)
}

// gather sets the end of a gathering, of first supporters or of signatures.
func (s *Service) gather(tx *db.Tx, p *Petition, step Step, from time.Time, days int, back deadline.Back) error {
	cal, err := s.cal.Calendar(tx.Statement.Context)
	if err != nil {
		return err
	}
	r, err := count(step, from, days, back, cal)
	if err != nil {
		return err
	}
	p.EndsAt, p.ExtendedDays = &r.DueAt, back.Days()
	return putTerm(tx, p, step, r)
}

// Terms lists the terms of a petition in their order.
func (s *Service) terms(ctx context.Context, petitionID int64) ([]Term, error) {
	var list []Term
	err := s.db.Read(ctx).Where("petition_id = ?", petitionID).Order("id").Find(&list).Error
	return list, err
}
