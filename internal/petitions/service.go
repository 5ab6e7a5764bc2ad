package petitions

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/together"
)

// Calendars gives the working calendar in force for new counts.
type Calendars interface {
	Calendar(ctx context.Context) (calendar.Calendar, error)
}

// Locator names the district of a point. inside is false for a point outside
// the community.
type Locator interface {
	District(ctx context.Context, lat, lon float64) (id int64, inside bool, err error)
}

// Signer makes the act of signing an answer. Now it asks for the password
// again; a qualified electronic signature («КЕП») joins as another Signer.
type Signer interface {
	// Sign proves that the actor means this digest. A refusal is errs.Invalid
	// with the field at fault.
	Sign(ctx context.Context, a authz.Actor, digest []byte, password string) (method string, evidence map[string]any, err error)
}

// Appeals takes a petition that did not gather its signatures as an ordinary
// appeal of its author, received at the end of the gathering. The same FilingKey
// gives the number of the same appeal.
type Appeals interface {
	TakePetition(ctx context.Context, p Petition, receivedAt time.Time) (number string, err error)
	// HandBack closes the appeal of a petition that has its signatures after all; an
	// appeal that has its answer stays, and back is false. It is safe to ask twice.
	HandBack(ctx context.Context, number string, petition int64) (back bool, err error)
}

// Options of New.
type Options struct {
	DB        *db.DB
	Calendars Calendars
	Locator   Locator
	Signer    Signer
	Appeals   Appeals
	Platform  Platform // nil: the city's petitions are told to no other site
	Clock     clock.Clock
	Secret    []byte        // of the keys under which signatories are known; must never change
	BaseURL   string        // https://…, without a slash at the end
	Networks  time.Duration // how long hashes of addresses stay after a gathering; 0: NetworksKept
	Log       *slog.Logger
}

// Service holds the use-cases of the area. It is safe for concurrent use.
type Service struct {
	db       *db.DB
	cal      Calendars
	loc      Locator
	sign     Signer
	appeals  Appeals
	platform Platform
	clock    clock.Clock
	secret   []byte
	base     string
	log      *slog.Logger

	networks time.Duration
	box      *together.Box[*ask, fate]
	keys     sync.Map // number of a petition -> *petitionKey; both never change
	public   sync.Map // numbers that everybody may read
	counts   countCache
	charters charterCache
	titles   titleIndex
	poke     chan struct{} // something was signed: the counter need not wait for its next look
	changed  []func(number int64)
}

// New builds the service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		db: o.DB, cal: o.Calendars, loc: o.Locator, sign: o.Signer, appeals: o.Appeals, platform: o.Platform, clock: o.Clock,
		secret: o.Secret, base: o.BaseURL, log: o.Log, networks: cmp.Or(o.Networks, NetworksKept), poke: make(chan struct{}, 1),
	}
	s.box = together.New(signOptions, s.signShare)
	return s
}

// OnChange has fn called when what strangers read of a petition has changed in
// this process: its text, its state or its answer; 0 stands for more than one.
// Counters are not such a change. To be called before the service is used.
func (s *Service) OnChange(fn func(number int64)) { s.changed = append(s.changed, fn) }

func (s *Service) tell(number int64) {
	s.titles.changed(number)
	for _, fn := range s.changed {
		fn(number)
	}
}

// lock reads the petition for a change; nobody else changes it, and no
// signature is on its way, until the write ends (sign.go locks the row for key
// share). An unknown number is errs.NotFound.
func lock(tx *db.Tx, number int64) (*Petition, error) {
	var p Petition
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Omit("search").Where("number = ?", number).Take(&p).Error
	if db.IsNotFound(err) {
		return nil, errs.NotFound()
	}
	return &p, err
}

// save writes the columns that the moves may change and raises the version.
func save(tx *db.Tx, p *Petition) error {
	err := tx.Save(&Petition{ID: p.ID}, p.Version, map[string]any{
		"state": p.State, "title": p.Title, "essence": p.Essence, "reasons": p.Reasons, "proposal": p.Proposal,
		"topic_id": p.TopicID, "place": p.Place, "lat": p.Lat, "lon": p.Lon, "district_id": p.DistrictID,
		"author_name": p.AuthorName, "author_address": p.AuthorAddress,
		"threshold": p.Threshold, "tier": p.Tier, "residents_only": p.ResidentsOnly,
		"submitted_at": p.SubmittedAt, "published_at": p.PublishedAt, "ends_at": p.EndsAt, "extended_days": p.ExtendedDays,
		"reached_at": p.ReachedAt, "announced_at": p.AnnouncedAt, "session_on": p.SessionOn, "answered_at": p.AnsweredAt,
		"closed_at": p.ClosedAt, "ground": p.Ground, "ground_note": p.GroundNote, "merged_into": p.MergedInto,
		"appeal_number": p.AppealNumber,
	})
	if err == nil {
		p.Version++
	}
	return err
}

// EventKind says what happened, for the timeline; the catalogue has a line
// «petitions.event.<kind>» for each.
type EventKind string

// Event is one entry of the timeline («хід петиції»).
type Event struct {
	Kind   EventKind
	Public bool // any reader sees it; else the author and the staff
	Data   map[string]any
}

// record writes the event of the change in the transaction of the change.
func record(tx *db.Tx, p *Petition, from State, e Event) error {
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	data, err := json.Marshal(e.Data)
	if err != nil {
		return err
	}
	var actor *int64
	if tx.Actor.ID != 0 {
		actor = &tx.Actor.ID
	}
	_, err = tx.Pgx().Exec(tx.Statement.Context,
		`INSERT INTO petition_events (petition_id, at, kind, actor_id, actor_name, public, from_state, to_state, data)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.ID, tx.Now, string(e.Kind), actor, tx.Actor.Name, e.Public, string(from), string(p.State), data)
	return err
}

// change is the order of every use-case over a stored petition: lock,
// authorize, the pure change, save, record. version 0 takes the petition as it
// stands; another one refuses when somebody changed it since (errs.Conflict).
// fn changes the petition and names the event; an event without a kind is not
// recorded.
func (s *Service) change(ctx context.Context, who authz.Actor, number int64, version int, m Move, fn func(tx *db.Tx, p *Petition) (Event, error)) error {
	return s.db.Write(ctx, who, m.Action, func(tx *db.Tx) error {
		p, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if version != 0 && version != p.Version {
			return errs.Conflict("errors.conflict")
		}
		return s.move(tx, p, m, fn)
	})
}

// move is the second half of change, for whoever holds the lock already.
func (s *Service) move(tx *db.Tx, p *Petition, m Move, fn func(tx *db.Tx, p *Petition) (Event, error)) error {
	from := p.State
	if err := p.apply(m); err != nil {
		return err
	}
	e, err := fn(tx, p)
	if err != nil {
		return err
	}
	if err := save(tx, p); err != nil {
		return err
	}
	s.share(tx, p)
	tx.AfterCommit(func() { s.tell(p.Number) })
	if e.Kind == "" {
		return nil
	}
	return record(tx, p, from, e)
}
