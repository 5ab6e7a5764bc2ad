package petitions

import (
	"context"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Limits of the texts, in characters.
const (
	TitleMin   = 10
	TitleMax   = 120
	EssenceMin = 50
	EssenceMax = 3000
	PartMax    = 5000
	// ProposalMin is of what the city is asked to do.
	ProposalMin = 20
	PlaceMax    = 200
	// DraftsMost is how many drafts a person may keep at a time.
	DraftsMost = 20
)

// Draft is what an author has typed so far, kept as typed: it is judged when a
// step is left and when it is sent.
type Draft struct {
	Title, Essence    string
	Reasons, Proposal string
	TopicID           int64
	Place             string
	Lat, Lon          *float64
	Name, Address     string
}

// Steps of the form.
const (
	StepMatter  = 1 // title and essence; what is like it already
	StepDetails = 2 // reasons, proposal, topic, place
	StepSend    = 3 // own name, check, send
)

// SavedDraft is a draft on the server.
type SavedDraft struct {
	ID        uuid.UUID
	Draft     Draft
	Version   int
	UpdatedAt time.Time
}

func length(s string) int { return utf8.RuneCountInString(strings.TrimSpace(s)) }

// Judge checks one step and answers mistakes by field as catalogue keys.
func (d Draft) Judge(step int) error {
	e := errs.Fields()
	switch step {
	case StepMatter:
		if n := length(d.Title); n < TitleMin || n > TitleMax {
			e.With("title", "petitions.err.title", "min", TitleMin, "max", TitleMax)
		}
		if n := length(d.Essence); n < EssenceMin || n > EssenceMax { // Закон 393/96-ВР, ст. 23-1, ч. 2: the essence is stated
			e.With("essence", "petitions.err.essence", "min", EssenceMin, "max", EssenceMax)
		}
	case StepDetails:
		if length(d.Reasons) > PartMax {
			e.With("reasons", "petitions.err.reasons_long", "max", PartMax)
		}
		if n := length(d.Proposal); n < ProposalMin || n > PartMax {
			e.With("proposal", "petitions.err.proposal", "min", ProposalMin, "max", PartMax)
		}
		if length(d.Place) > PlaceMax {
			e.With("place", "petitions.err.place_long", "max", PlaceMax)
		}
		if (d.Lat == nil) != (d.Lon == nil) {
			e.With("lat", "petitions.err.point")
		}
	case StepSend:
		// ст. 23-1, ч. 2: surname, name and patronymic of the author; they are published.
		if _, ok := identity.SignerName(d.Name); length(d.Name) > identity.NameMax {
			e.With("name", "petitions.err.name_long", "max", identity.NameMax)
		} else if !ok {
			e.With("name", "petitions.err.name")
		}
		if length(d.Address) > identity.AddressMax {
			e.With("address", "petitions.err.address_long", "max", identity.AddressMax)
		}
	}
	return e.OrNil()
}

// JudgeAll checks every step; the mistakes of all are gathered.
func (d Draft) JudgeAll() error {
	all := errs.Fields()
	for _, step := range []int{StepMatter, StepDetails, StepSend} {
		if e, ok := errs.As(d.Judge(step)); ok {
			all.Fields = append(all.Fields, e.Fields...)
		}
	}
	return all.OrNil()
}

// own is the resource of what belongs to one person alone.
type own struct{ person int64 }

func (o own) Permit(a authz.Actor, _ authz.Action) error {
	if a.ID != o.person {
		return errs.NotFound()
	}
	return nil
}

// StartDraft opens a new draft, filled with what the portal knows of the person.
// With creation switched off it is errs.Unavailable: nobody shall write for
// nothing.
func (s *Service) StartDraft(ctx context.Context, who authz.Actor) (uuid.UUID, error) {
	id := uuid.New()
	if err := s.Off(ctx, SwitchCreation); err != nil {
		return id, err
	}
	err := s.db.Write(ctx, who, authz.PetitionWrite, func(tx *db.Tx) error {
		if err := tx.Authorize(own{who.ID}); err != nil {
			return err
		}
		var d Draft
		var n int
		if err := tx.Pgx().QueryRow(ctx, "SELECT name, address, (SELECT count(*) FROM petition_drafts WHERE author_id = $1) FROM people WHERE id = $1", who.ID).
			Scan(&d.Name, &d.Address, &n); err != nil {
			return err
		}
		if n >= DraftsMost {
			return errs.Invalid("petitions.err.drafts", "n", DraftsMost)
		}
		data, err := json.Marshal(d)
		if err != nil {
			return err
		}
		_, err = tx.Pgx().Exec(ctx, "INSERT INTO petition_drafts (id, author_id, data, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)", id, who.ID, data, tx.Now)
		return err
	})
	return id, err
}

// draftMost bounds what a draft keeps of one field, in characters: far more than may
// be sent, so that nobody loses what is only too long, and far less than a flood.
const draftMost = 20 * EssenceMax

func (d Draft) bounded() error {
	e := errs.Fields()
	for field, v := range map[string]string{
		"title": d.Title, "essence": d.Essence, "reasons": d.Reasons, "proposal": d.Proposal, "place": d.Place, "name": d.Name, "address": d.Address,
	} {
		if utf8.RuneCountInString(v) > draftMost {
			e.With(field, "petitions.err.long", "max", draftMost)
		}
	}
	return e.OrNil()
}

// SaveDraft keeps what was typed. version 0 saves over whatever is there;
// otherwise a draft that was saved elsewhere since is errs.Conflict. It gives the
// new version. A field beyond all bounds is errs.Invalid.
func (s *Service) SaveDraft(ctx context.Context, who authz.Actor, id uuid.UUID, version int, d Draft) (int, error) {
	v := 0
	if err := d.bounded(); err != nil {
		return v, err
	}
	err := s.db.Write(ctx, who, authz.PetitionWrite, func(tx *db.Tx) error {
		if err := tx.Authorize(own{who.ID}); err != nil {
			return err
		}
		data, err := json.Marshal(d)
		if err != nil {
			return err
		}
		err = tx.Pgx().QueryRow(ctx, `UPDATE petition_drafts SET data = $3, version = version + 1, updated_at = $4
			WHERE id = $1 AND author_id = $2 AND ($5 = 0 OR version = $5) RETURNING version`, id, who.ID, data, tx.Now, version).Scan(&v)
		if db.IsNotFound(err) {
			var there bool
			if err := tx.Pgx().QueryRow(ctx, "SELECT EXISTS (SELECT FROM petition_drafts WHERE id = $1 AND author_id = $2)", id, who.ID).Scan(&there); err != nil {
				return err
			}
			if there {
				return errs.Conflict("errors.conflict")
			}
			return errs.NotFound()
		}
		return err
	})
	return v, err
}

// DropDraft throws a draft away.
func (s *Service) DropDraft(ctx context.Context, who authz.Actor, id uuid.UUID) error {
	return s.db.Write(ctx, who, authz.PetitionWrite, func(tx *db.Tx) error {
		if err := tx.Authorize(own{who.ID}); err != nil {
			return err
		}
		res := tx.Exec("DELETE FROM petition_drafts WHERE id = ? AND author_id = ?", id, who.ID)
		if res.Error == nil && res.RowsAffected == 0 {
			return errs.NotFound()
		}
		return res.Error
	})
}

// GetDraft reads an own draft, from the primary: what its author has typed a moment
// ago must be in it.
func (s *Service) GetDraft(ctx context.Context, who authz.Actor, id uuid.UUID) (SavedDraft, error) {
	list, err := s.drafts(ctx, "id = $1 AND author_id = $2", id, who.ID)
	if err == nil && len(list) == 0 {
		err = errs.NotFound()
	}
	if err != nil {
		return SavedDraft{}, err
	}
	return list[0], nil
}

// Drafts lists the actor's own, the last one first.
func (s *Service) Drafts(ctx context.Context, who authz.Actor) ([]SavedDraft, error) {
	return s.drafts(ctx, "author_id = $1", who.ID)
}

func (s *Service) drafts(ctx context.Context, where string, args ...any) ([]SavedDraft, error) {
	rows, err := s.db.Pool().Query(ctx, "SELECT id, data, version, updated_at FROM petition_drafts WHERE "+where+" ORDER BY updated_at DESC", args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (d SavedDraft, err error) {
		var data []byte
		if err = r.Scan(&d.ID, &data, &d.Version, &d.UpdatedAt); err != nil {
			return d, err
		}
		return d, json.Unmarshal(data, &d.Draft)
	})
}

// CheckPlace judges the point of a draft: one outside the community is a mistake
// of the field lat.
func (s *Service) CheckPlace(ctx context.Context, d Draft) error {
	_, err := s.district(ctx, d)
	return err
}

func (s *Service) district(ctx context.Context, d Draft) (*int64, error) {
	if d.Lat == nil || d.Lon == nil {
		return nil, nil
	}
	id, inside, err := s.loc.District(ctx, *d.Lat, *d.Lon)
	if err != nil {
		return nil, err
	}
	if !inside {
		return nil, errs.Fields().With("lat", "petitions.err.outside")
	}
	if id == 0 {
		return nil, nil
	}
	return &id, nil
}
