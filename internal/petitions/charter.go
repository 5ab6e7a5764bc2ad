package petitions

import (
	"context"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Charter is one version of what the city's charter says of petitions («статут
// територіальної громади», Закон 393/96-ВР, ст. 23-1: the number of signatures
// and the term of gathering are set by it).
type Charter struct {
	ID             int64
	ValidFrom      time.Time // the day, UTC midnight
	Threshold      int
	GatheringDays  int
	Supporters     int // first signatures before the check; 0: none are asked for
	SupportersDays int
	CheckDays      int // working days
	AnnounceDays   int // working days
	ReviewDays     int // working days
	Tier           Tier
	ResidentsOnly  bool
	Source         string // the act, as people cite it
	SourceEN       string // its name in English; empty: none
	Demo           bool   // values for show
	Version        int
	CreatedAt      time.Time
}

// TableName names the table.
func (Charter) TableName() string { return "petition_charters" }

// Act is the act by its name in the locale.
func (c Charter) Act(locale string) string { return named(c.Source, c.SourceEN, locale) }

// Validate judges a version against the law's own bounds.
func (c Charter) Validate() error {
	e := errs.Fields()
	between := func(name string, v, lo, hi int) {
		if v < lo || v > hi {
			e.With(name, "petitions.err.between", "min", lo, "max", hi)
		}
	}
	if c.ValidFrom.IsZero() {
		e.With("valid_from", "petitions.err.day")
	}
	if strings.TrimSpace(c.Source) == "" {
		e.With("source", "petitions.err.source")
	}
	if length(c.Source) > sourceMost {
		e.With("source", "petitionguard.err.long", "max", sourceMost)
	}
	if length(c.SourceEN) > sourceMost {
		e.With("source_en", "petitionguard.err.long", "max", sourceMost)
	}
	// Закон 393/96-ВР, ст. 23-1: the bounds that the law sets, as of the day on which the version begins.
	from := calendar.FromTime(c.ValidFrom)
	days := func(name string, v int, step deadline.PetitionStep) {
		between(name, v, 1, deadline.PetitionMost(step, from))
	}
	between("threshold", c.Threshold, 1, 1_000_000)
	days("gathering_days", c.GatheringDays, deadline.PetitionGathering)
	between("supporters", c.Supporters, 0, max(0, min(100, c.Threshold-1))) // they count towards the threshold, which is more
	days("supporters_days", c.SupportersDays, deadline.PetitionSupporters)
	days("check_days", c.CheckDays, deadline.PetitionCheck)
	days("announce_days", c.AnnounceDays, deadline.PetitionAnnounce)
	days("review_days", c.ReviewDays, deadline.PetitionReview)
	if c.Tier != TierEmail && c.Tier != TierStrong {
		e.With("tier", "petitions.err.tier")
	}
	return e.OrNil()
}

// sourceMost bounds the name of an act, in characters.
const sourceMost = 300

// rules are what a version sets, without how the act is called in English.
func (c Charter) rules() Charter {
	c.Source, c.SourceEN, c.Version, c.CreatedAt = strings.TrimSpace(c.Source), "", 0, time.Time{}
	return c
}

// charterCache keeps the versions for a moment: every page asks.
type charterCache struct {
	mu   sync.Mutex
	list []Charter
	at   time.Time
}

const charterFor = 5 * time.Second

// Charters lists the versions, the newest first.
func (s *Service) Charters(ctx context.Context) ([]Charter, error) {
	now := s.clock.Now()
	s.charters.mu.Lock()
	defer s.charters.mu.Unlock()
	if s.charters.list != nil && now.Sub(s.charters.at) < charterFor && !now.Before(s.charters.at) {
		return s.charters.list, nil
	}
	var list []Charter
	if err := s.db.Read(ctx).Order("valid_from DESC").Find(&list).Error; err != nil {
		return nil, err
	}
	s.charters.list, s.charters.at = list, now
	return list, nil
}

// CharterOn is the version in force on the day of t in Kyiv. A city that has
// none takes no petitions: errs.Unavailable.
func (s *Service) CharterOn(ctx context.Context, t time.Time) (Charter, error) {
	list, err := s.Charters(ctx)
	if err != nil {
		return Charter{}, err
	}
	day := calendar.FromTime(t.In(calendar.Kyiv())).Time()
	for _, c := range list {
		if !c.ValidFrom.After(day) {
			return c, nil
		}
	}
	return Charter{}, errs.Unavailable("petitions.err.no_charter")
}

// charterNow is the version in force, held as it is until the transaction ends: a
// petition stands on what the register says, not on what a process remembers.
func charterNow(tx *db.Tx) (Charter, error) {
	var c Charter
	err := tx.Clauses(clause.Locking{Strength: "SHARE"}).Where("valid_from <= ?", dayIn(tx.Now).Time()).Order("valid_from DESC").Take(&c).Error
	if db.IsNotFound(err) {
		err = errs.Unavailable("petitions.err.no_charter")
	}
	return c, err
}

// SaveCharter adds a version (ID 0) or mends one. A version in force already
// may be mended only while no petition stands on it: else a new version is due. How the
// act is called in English is no rule, and may be mended always.
// Errors: errs.Invalid with fields, errs.Conflict.
func (s *Service) SaveCharter(ctx context.Context, who authz.Actor, c Charter) error {
	if err := c.Validate(); err != nil {
		return err
	}
	err := s.db.Write(ctx, who, authz.CharterManage, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil { // the matrix decides: an administrator's register
			return err
		}
		tx.AfterCommit(func() {
			s.charters.mu.Lock()
			s.charters.list = nil
			s.charters.mu.Unlock()
			s.tell(0)
		})
		if c.ID == 0 {
			c.CreatedAt, c.Version = tx.Now, 1
			return tx.Create(&c).Error
		}
		// Whoever submits a petition on it at this moment waits, or has it already.
		if err := tx.Exec("SELECT FROM petition_charters WHERE id = ? FOR UPDATE", c.ID).Error; err != nil {
			return err
		}
		var used bool
		if err := tx.Raw("SELECT EXISTS (SELECT FROM petitions WHERE charter_id = ?)", c.ID).Scan(&used).Error; err != nil {
			return err
		}
		var have Charter
		if err := tx.Take(&have, c.ID).Error; err != nil {
			return err
		}
		if have.ValidFrom = have.ValidFrom.UTC(); used && have.rules() != c.rules() {
			return errs.Invalid("petitions.err.charter_used")
		}
		return tx.Save(&Charter{ID: c.ID}, c.Version, map[string]any{
			"valid_from": c.ValidFrom, "threshold": c.Threshold, "gathering_days": c.GatheringDays, "supporters": c.Supporters,
			"supporters_days": c.SupportersDays, "check_days": c.CheckDays, "announce_days": c.AnnounceDays, "review_days": c.ReviewDays,
			"tier": c.Tier, "residents_only": c.ResidentsOnly, "source": strings.TrimSpace(c.Source), "source_en": strings.TrimSpace(c.SourceEN), "demo": c.Demo,
		})
	})
	if db.Constraint(err) == "petition_charters_valid_from_key" {
		return errs.Fields().With("valid_from", "petitions.err.day_taken")
	}
	return err
}
