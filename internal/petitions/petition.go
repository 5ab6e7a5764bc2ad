// Package petitions keeps electronic petitions («електронні петиції», Закон
// 393/96-ВР, ст. 23-1): from a draft over the first supporters, the check and
// the signatures to the city's answer and what was done.
//
// What is guaranteed:
//
//   - a petition changes its state only by a Move of the one table in state.go;
//     each change writes the timeline (petition_events) in its transaction;
//   - numbers that the charter decides (threshold, terms, supporters, tier) are
//     versions with dates; a petition keeps those under which it was submitted;
//   - every term comes from law/deadline with its explanation;
//   - one verified person signs a petition once, whatever accounts, tabs and
//     replicas are at work: a unique index over an HMAC of his identifier says
//     so. The key of the HMAC belongs to the petition, so that no list tells an
//     identifier, nor that two petitions were signed by one person;
//   - nothing counts that is not a row of petition_signatures: triggers write
//     what each change adds (petition_deltas) and one worker folds that into the
//     counters. Request and counter never wait for the same row;
//   - the threshold is crossed once, by that worker, under the lock of the row;
//   - who has signed a petition is told by its public list of names alone, as the
//     law has it; answers to forms and links never tell.
package petitions

import (
	"time"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
)

// Tier is how surely a signatory is known.
type Tier string

// The tiers. Which of them counts is said by the charter.
const (
	TierEmail  Tier = "email"  // the mailbox is confirmed
	TierStrong Tier = "strong" // a provider that checks identity papers vouches (Закон 2155-VIII)
)

// Petition is one «електронна петиція».
type Petition struct {
	ID            int64
	Number        int64
	State         State
	AuthorID      *int64 // nil: brought over from the former site
	AuthorName    string
	AuthorAddress string
	Title         string
	Essence       string // «суть»
	Reasons       string // «чому це потрібно»
	Proposal      string // «що пропонуємо»
	TopicID       *int64
	Place         string
	Lat           *float64
	Lon           *float64
	DistrictID    *int64
	FilingKey     uuid.UUID
	SupportKey    string
	Salt          []byte
	CharterID     int64 // 0: brought over, no charter of ours ruled it
	Threshold     int   // 0: brought over, and not known
	Tier          Tier
	ResidentsOnly bool
	CreatedAt     time.Time
	SubmittedAt   *time.Time
	PublishedAt   *time.Time
	EndsAt        *time.Time // of the gathering that goes on; signatures before it are good
	ExtendedDays  int
	ReachedAt     *time.Time
	AnnouncedAt   *time.Time
	SessionOn     *time.Time
	AnsweredAt    *time.Time
	ClosedAt      *time.Time
	Ground        *string
	GroundNote    string
	MergedInto    *int64
	AppealNumber  string
	LegacyCount   *int   // signatures on the former site, whose list did not come over
	LegacySource  string // the former site; empty for a petition of this one
	LegacyNumber  string // its number there
	LegacyURL     string `gorm:"column:legacy_url"`
	Demo          bool
	Version       int
}

// TableName names the table.
func (Petition) TableName() string { return "petitions" }

// Public reports whether any reader may see the petition.
func (p *Petition) Public() bool {
	switch p.State {
	case Gathering, Reached, Reviewing, Answered, Done, Refused, NotEnough:
		return true
	}
	return false
}

// Permit is the second half of the answer who may do what: the author's own
// matters are his alone; a petition that is not public is there for its author
// and the staff only.
func (p *Petition) Permit(a authz.Actor, act authz.Action) error {
	mine := p.AuthorID != nil && a.Kind == authz.KindPerson && *p.AuthorID == a.ID
	switch act {
	case authz.PetitionWrite:
		if !mine {
			return errs.NotFound()
		}
	case authz.PetitionFollow:
		if !p.Public() && !mine {
			return errs.NotFound()
		}
	case authz.PetitionModerate, authz.PetitionGuard, authz.PetitionReview, authz.PetitionDraft, authz.PetitionAnswer, authz.PetitionExecute:
		if mine {
			return errs.Forbidden("petitions.err.own") // Закон 1700-VII, ст. 28: nobody acts for the city in his own matter
		}
	}
	return nil
}

// Count is how many have signed, apart by tier, and how many of them count
// under the charter of the petition.
type Count struct {
	Email   int // confirmed e-mail
	Strong  int // confirmed strong identity
	Legacy  int // of the former site, known as a number alone
	Counted int // towards the threshold
	Need    int // the threshold
	At      time.Time
}

func (c *Count) of(t Tier) {
	c.Counted = c.Email + c.Strong
	if t == TierStrong {
		c.Counted = c.Strong
	}
	c.Counted += c.Legacy
}
