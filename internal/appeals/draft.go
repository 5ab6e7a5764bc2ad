package appeals

import (
	"context"
	"encoding/json"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Limits of the texts, in characters.
const (
	TitleMax = 150
	BodyMin  = 30
	BodyMax  = 6000
	PlaceMax = 200
	phoneMax = 40 // with brackets, spaces and dashes
)

// Draft is what a person has typed so far, kept as typed: it is judged when a
// step is left and when it is sent.
type Draft struct {
	Kind        Kind
	AddresseeID int64 // 0: the council as a whole
	TopicID     int64 // 0: none
	Title       string
	Body        string
	Place       string
	Lat, Lon    *float64
	Showing     Showing
	Name        string
	Address     string
	Phone       string
	Email       string
	Channel     Channel
}

// Showing is what the author decided about the map: nothing of his appeal is shown
// there unless he said so himself (Закон 393/96-ВР, ст. 10, ч. 1). Empty: he has
// not been asked yet, or has not answered.
type Showing string

// The answers of the form.
const (
	ShownOnMap Showing = "yes"
	NotOnMap   Showing = "no"
)

// judgeShowing asks for the author's decision where there is one to be made;
// personal says that his topic is of those that are never shown.
func (d Draft) judgeShowing(personal bool) error {
	if d.Kind.Mapped() && !personal && d.Showing != ShownOnMap && d.Showing != NotOnMap {
		return errs.Fields().With("public", "appeals.err.public")
	}
	return nil
}

// Steps of the form.
const (
	StepWhat   = 1 // kind and addressee
	StepMatter = 2 // topic, place, text, files
	StepWho    = 3 // own data and the channel of the answer
	StepCheck  = 4 // check and send
)

// SavedDraft is a draft on the server.
type SavedDraft struct {
	ID        uuid.UUID
	Draft     Draft
	Step      int
	Version   int
	UpdatedAt time.Time
	Files     []File
}

// Judge checks one step and answers mistakes by field as catalogue keys. The
// names of the fields are those of the form.
func (d Draft) Judge(step int) error {
	e := errs.Fields()
	switch step {
	case StepWhat:
		if !isOne(d.Kind, Kinds) {
			e.With("kind", "appeals.err.kind")
		}
		if d.AddresseeID < 0 {
			e.With("addressee", "appeals.err.unit")
		}
	case StepMatter:
		if d.TopicID < 0 {
			e.With("topic", "appeals.err.topic")
		}
		switch n := length(d.Title); {
		case n < 5:
			e.With("title", "appeals.err.title_short")
		case n > TitleMax:
			e.With("title", "appeals.err.title_long", "max", TitleMax)
		}
		// Закон 393/96-ВР, ст. 5, ч. 7: the essence of the matter is stated.
		switch n := length(d.Body); {
		case n < BodyMin:
			e.With("body", "appeals.err.body_short", "min", BodyMin)
		case n > BodyMax:
			e.With("body", "appeals.err.body_long", "max", BodyMax)
		}
		if length(d.Place) > PlaceMax {
			e.With("place", "appeals.err.place_long", "max", PlaceMax)
		}
		if (d.Lat == nil) != (d.Lon == nil) {
			e.With("lat", "appeals.err.point")
		}
	case StepWho:
		// Закон 393/96-ВР, ст. 5, ч. 7: surname, name, patronymic; Закон 2939-VI, ст. 19, ч. 5: name.
		switch n := length(d.Name); {
		case n < 3 || !isName(d.Name):
			e.With("name", "appeals.err.name")
		case n > identity.NameMax:
			e.With("name", "appeals.err.name_long", "max", identity.NameMax)
		}
		// ст. 5, ч. 7: place of residence; a request for information needs none
		// unless its answer goes by post (Закон 2939-VI, ст. 19, ч. 5).
		if length(d.Address) < 5 && (d.Kind != InfoRequest || d.Channel == ByPost) {
			e.With("address", "appeals.err.address")
		}
		if length(d.Address) > identity.AddressMax {
			e.With("address", "appeals.err.place_long", "max", identity.AddressMax)
		}
		if !isOne(d.Channel, Channels) {
			e.With("channel", "appeals.err.channel")
		}
		if d.Email != "" || d.Channel == ByEmail {
			if a, err := mail.ParseAddress(d.Email); err != nil || a.Address != d.Email || len(d.Email) > 254 {
				e.With("email", "appeals.err.email")
			}
		}
		if d.Phone != "" && !isPhone(d.Phone) {
			e.With("phone", "appeals.err.phone")
		}
	}
	return e.OrNil()
}

// JudgeAll checks every step; the mistakes of all are gathered. personal says that
// the topic of the draft is never shown on the map.
func (d Draft) JudgeAll(personal bool) error {
	all := errs.Fields()
	for _, err := range []error{d.Judge(StepWhat), d.Judge(StepMatter), d.judgeShowing(personal), d.Judge(StepWho)} {
		if e, ok := errs.As(err); ok {
			all.Fields = append(all.Fields, e.Fields...)
		}
	}
	return all.OrNil()
}

func isOne[T comparable](v T, list []T) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

func length(s string) int { return utf8.RuneCountInString(strings.TrimSpace(s)) }

// isName reports whether it has two words at least, each with a letter.
func isName(s string) bool {
	words := 0
	for _, w := range strings.Fields(s) {
		if strings.ContainsFunc(w, unicode.IsLetter) {
			words++
		}
	}
	return words >= 2
}

func isPhone(s string) bool {
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case strings.ContainsRune("+()- \u00a0", r):
		default:
			return false
		}
	}
	return digits >= 5 && digits <= 15 && utf8.RuneCountInString(s) <= phoneMax // ITU-T E.164: fifteen digits
}

// ownDraft is the resource of a draft: it belongs to its author alone.
type ownDraft struct{ author int64 }

func (d ownDraft) Permit(a authz.Actor, _ authz.Action) error {
	if a.ID != d.author {
		return errs.NotFound()
	}
	return nil
}

// StartDraft opens a new draft, filled with what the portal knows of the person.
func (s *Service) StartDraft(ctx context.Context, who authz.Actor, d Draft) (uuid.UUID, error) {
	id := uuid.New()
	err := s.db.Write(ctx, who, authz.AppealFile, func(tx *db.Tx) error {
		if err := tx.Authorize(ownDraft{who.ID}); err != nil {
			return err
		}
		err := tx.Pgx().QueryRow(ctx, "SELECT name, address, phone, email FROM people WHERE id = $1", who.ID).
			Scan(&d.Name, &d.Address, &d.Phone, &d.Email)
		if err != nil {
			return err
		}
		if d.Channel == "" {
			d.Channel = ByEmail
		}
		data, err := json.Marshal(d)
		if err != nil {
			return err
		}
		_, err = tx.Pgx().Exec(ctx, `INSERT INTO appeal_drafts (id, author_id, step, data, created_at, updated_at)
			VALUES ($1, $2, 1, $3, $4, $4)`, id, who.ID, data, tx.Now)
		return err
	})
	return id, err
}

// SaveDraft keeps what was typed at a step. version 0 saves over whatever is
// there (the typing of one person in one window); otherwise a draft that was
// saved elsewhere since is errs.Conflict. It gives the new version.
func (s *Service) SaveDraft(ctx context.Context, who authz.Actor, id uuid.UUID, step, version int, d Draft) (int, error) {
	v := 0
	err := s.db.Write(ctx, who, authz.AppealFile, func(tx *db.Tx) error {
		if err := tx.Authorize(ownDraft{who.ID}); err != nil {
			return err
		}
		data, err := json.Marshal(d)
		if err != nil {
			return err
		}
		err = tx.Pgx().QueryRow(ctx, `UPDATE appeal_drafts SET data = $3, step = greatest(step, $4), version = version + 1, updated_at = $5
			WHERE id = $1 AND author_id = $2 AND ($6 = 0 OR version = $6) RETURNING version`, id, who.ID, data, step, tx.Now, version).Scan(&v)
		if db.IsNotFound(err) {
			var there bool
			if err := tx.Pgx().QueryRow(ctx, "SELECT EXISTS (SELECT FROM appeal_drafts WHERE id = $1 AND author_id = $2)", id, who.ID).Scan(&there); err != nil {
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

// DropDraft throws a draft away; its files are swept later.
func (s *Service) DropDraft(ctx context.Context, who authz.Actor, id uuid.UUID) error {
	return s.db.Write(ctx, who, authz.AppealFile, func(tx *db.Tx) error {
		if err := tx.Authorize(ownDraft{who.ID}); err != nil {
			return err
		}
		res := tx.Exec("DELETE FROM appeal_drafts WHERE id = ? AND author_id = ?", id, who.ID)
		if res.Error == nil && res.RowsAffected == 0 {
			return errs.NotFound()
		}
		return res.Error
	})
}

// Draft reads an own draft with its files.
func (s *Service) Draft(ctx context.Context, who authz.Actor, id uuid.UUID) (SavedDraft, error) {
	d := SavedDraft{ID: id}
	var data []byte
	err := s.db.ReadPool().QueryRow(ctx, "SELECT data, step, version, updated_at FROM appeal_drafts WHERE id = $1 AND author_id = $2", id, who.ID).
		Scan(&data, &d.Step, &d.Version, &d.UpdatedAt)
	if db.IsNotFound(err) {
		return d, errs.NotFound()
	}
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(data, &d.Draft); err != nil {
		return d, err
	}
	d.Files, err = s.filesWhere(ctx, "draft_id = $1", id)
	return d, err
}
