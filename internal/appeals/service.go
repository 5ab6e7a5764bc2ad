package appeals

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/files"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/together"
)

// Locator names the district and the constituency of a point. A point outside
// the community is Spot.Inside false.
type Locator interface {
	Spot(ctx context.Context, lat, lon float64) (Spot, error)
}

// Spot is where a point lies.
type Spot struct {
	Inside         bool
	DistrictID     int64 // 0: a part of the community without districts
	ConstituencyID int64
}

// Calendars gives the working calendar in force for new counts.
type Calendars interface {
	Calendar(ctx context.Context) (calendar.Calendar, error)
}

// Blobs keeps the files of appeals.
type Blobs interface {
	Accept(ctx context.Context, name string, r io.Reader) (files.Accepted, error)
	Process(ctx context.Context, a files.Accepted) (files.Processed, error)
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	Put(ctx context.Context, mime string, b []byte) (key string, err error)
}

// Signer makes the act of signing. Now it asks for the password again; a
// qualified electronic signature («КЕП», Закон 2155-VIII, ст. 18) joins as
// another Signer without a change of the callers.
type Signer interface {
	// Sign proves that the actor means this digest. A refusal is errs.Invalid
	// with the field at fault.
	Sign(ctx context.Context, a authz.Actor, digest []byte, c Credential) (Evidence, error)
}

// Credential is what a person offers to prove his will.
type Credential struct {
	Password  string
	Container []byte // a detached CMS signature, for КЕП
}

// Evidence is what the act of signing left behind.
type Evidence struct {
	Method string
	Data   map[string]any
}

// Service holds the use-cases of the area.
type Service struct {
	db     *db.DB
	cal    Calendars
	loc    Locator
	blobs  Blobs
	sign   Signer
	clock  clock.Clock
	site   Site
	cases  *caseCache
	hints  *hintCache
	counts *countCache
	saved  *savedCache
	points *pointCache
	box    *together.Box[*filing, string]
}

// Site is what the letters and PDFs say of the portal itself.
type Site struct {
	BaseURL string // https://…, without a slash at the end
	Demo    bool   // the city is a demonstration: its papers say so
}

// New builds the service.
func New(d *db.DB, cal Calendars, loc Locator, blobs Blobs, sign Signer, c clock.Clock, site Site) *Service {
	s := &Service{
		db: d, cal: cal, loc: loc, blobs: blobs, sign: sign, clock: c, site: site,
		cases: newCaseCache(), hints: newHintCache(), counts: newCountCache(), saved: newSavedCache(), points: newPointCache(),
	}
	s.box = together.New(filingOptions, s.fileShare)
	return s
}

// lock reads the appeal for a change; nobody else changes it until the write
// ends. An unknown number is errs.NotFound.
func lock(tx *db.Tx, number string) (*Appeal, error) {
	var a Appeal
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("number = ?", number).Take(&a).Error
	if db.IsNotFound(err) {
		return nil, errs.NotFound()
	}
	if err != nil {
		return nil, err
	}
	a.coexecutors, err = coexecutors(tx, a.ID)
	return &a, err
}

func coexecutors(tx *db.Tx, appealID int64) ([]int64, error) {
	var ids []int64
	err := tx.Table("appeal_coexecutors").Where("appeal_id = ?", appealID).Pluck("person_id", &ids).Error
	return ids, err
}

// save writes the columns that the moves of the office may change.
func save(tx *db.Tx, a *Appeal) error {
	err := tx.Save(&Appeal{ID: a.ID}, a.Version, map[string]any{
		"reg_index": a.RegIndex, "kind": a.Kind, "procedure": a.Procedure, "state": a.State, "topic_id": a.TopicID, "marks": a.Marks,
		"control": a.Control, "registered_at": a.RegisteredAt, "registered_on": a.RegisteredOn, "due_at": a.DueAt,
		"internal_due": a.InternalDue, "due_rule": a.DueRule, "due_explain_uk": a.DueExplainUk, "due_explain_en": a.DueExplainEn,
		"calendar_version": a.CalendarVersion, "extended": a.Extended, "unit_id": a.UnitID, "manager_id": a.ManagerID,
		"executor_id": a.ExecutorID, "answered_at": a.AnsweredAt, "closed_at": a.ClosedAt, "rating": a.Rating,
		"rating_comment": a.RatingComment, "rated_at": a.RatedAt, "confidential": a.Confidential, "public": a.Public, "hidden": a.Hidden, "repeat_of": a.RepeatOf,
	})
	if err == nil {
		a.Version++
	}
	return err
}

// EventKind says what happened, for the timeline; the catalogue has a line «appeals.event.<kind>» for each.
type EventKind string

// Event is one entry of the timeline («хід розгляду»).
type Event struct {
	Kind   EventKind
	Public bool // the applicant sees it
	Data   map[string]any
}

// record writes the timeline. from is the state before the move.
func record(tx *db.Tx, a *Appeal, from State, e Event) error {
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
		`INSERT INTO appeal_events (appeal_id, at, kind, actor_id, actor_name, public, from_state, to_state, data)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		a.ID, tx.Now, string(e.Kind), actor, tx.Actor.Name, e.Public, string(from), string(a.State), data)
	return err
}

// change is the order of every use-case of the office: lock, authorize, the
// pure change, save, record. fn changes the appeal and names the event.
func (s *Service) change(ctx context.Context, who authz.Actor, number string, version int, m Move, fn func(tx *db.Tx, a *Appeal) (Event, error)) error {
	return known(s.db.Write(ctx, who, m.Action, func(tx *db.Tx) error {
		a, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(a); err != nil {
			return err
		}
		if version != 0 && version != a.Version {
			return errs.Conflict("errors.conflict")
		}
		if m.Action == authz.AppealRate && !a.Rateable() {
			return errs.Conflict("appeals.conflict_state")
		}
		from := a.State
		if err := a.apply(m); err != nil {
			return err
		}
		e, err := fn(tx, a)
		if err != nil {
			return err
		}
		if err := save(tx, a); err != nil {
			return err
		}
		tx.AfterCommit(s.counts.drop)
		tx.AfterCommit(s.points.drop)
		tx.AfterCommit(s.hints.drop)
		return record(tx, a, from, e)
	}))
}

// next gives the next number of a counter without gaps; the row is locked until
// the write ends, so it is asked for late in a write.
func next(tx *db.Tx, name string) (int64, error) {
	var n int64
	err := tx.Pgx().QueryRow(tx.Statement.Context,
		`INSERT INTO counters (name, value) VALUES ($1, 1)
		 ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`, name).Scan(&n)
	return n, err
}

// person reads the name of an active holder of a role, for whoever is named in
// an assignment. Nobody such is a mistake in the field.
func person(tx *db.Tx, id int64, role authz.Role, field string) (string, error) {
	var name string
	err := tx.Pgx().QueryRow(tx.Statement.Context,
		`SELECT p.name FROM people p JOIN role_grants g ON g.person_id = p.id AND g.role = $2
		  WHERE p.id = $1 AND p.status = 'active'`, id, string(role)).Scan(&name)
	if db.IsNotFound(err) {
		return "", errs.Fields().With(field, "appeals.err.person")
	}
	return name, err
}

// unitOf is the unit of the person's present post, 0 without one.
func unitOf(tx *db.Tx, personID int64) (int64, error) {
	var unit int64
	err := tx.Pgx().QueryRow(tx.Statement.Context, `SELECT p.unit_id FROM appointments a JOIN posts p ON p.id = a.post_id
		WHERE a.person_id = $1 AND p.active AND a.valid_from <= $2::date AND coalesce(a.valid_to, 'infinity') >= $2::date
		ORDER BY p.head DESC, a.valid_from DESC, a.id DESC LIMIT 1`, personID, i18n.ISODate(tx.Now)).Scan(&unit)
	if db.IsNotFound(err) {
		return 0, nil
	}
	return unit, err
}

// below reports whether the unit is top itself or stands under it.
func below(tx *db.Tx, unit, top int64) (ok bool, err error) {
	err = tx.Pgx().QueryRow(tx.Statement.Context, `WITH RECURSIVE up AS (
		   SELECT id, parent_id, 0 AS far FROM units WHERE id = $1
		   UNION ALL SELECT u.id, u.parent_id, far + 1 FROM units u JOIN up ON u.id = up.parent_id WHERE far < 20)
		 SELECT EXISTS (SELECT FROM up WHERE id = $2)`, unit, top).Scan(&ok)
	return ok, err
}

func unitName(tx *db.Tx, id int64, field string) (uk, en string, err error) {
	err = tx.Pgx().QueryRow(tx.Statement.Context, "SELECT name_uk, name_en FROM units WHERE id = $1 AND active", id).Scan(&uk, &en)
	if db.IsNotFound(err) {
		return "", "", errs.Fields().With(field, "appeals.err.unit")
	}
	return uk, en, err
}

// headOf finds who leads the unit today, or the nearest unit above it; 0 when
// the post is vacant.
func headOf(tx *db.Tx, unit int64) (int64, error) {
	var id int64
	err := tx.Pgx().QueryRow(tx.Statement.Context,
		`WITH RECURSIVE up AS (
		   SELECT id, parent_id, 0 AS far FROM units WHERE id = $1
		   UNION ALL SELECT u.id, u.parent_id, far + 1 FROM units u JOIN up ON u.id = up.parent_id WHERE far < 20)
		 SELECT a.person_id FROM up
		   JOIN posts p ON p.unit_id = up.id AND p.head AND p.active
		   JOIN appointments a ON a.post_id = p.id AND a.valid_from <= $2::date AND coalesce(a.valid_to, 'infinity') >= $2::date
		   JOIN people pe ON pe.id = a.person_id AND pe.status = 'active'
		   JOIN role_grants g ON g.person_id = a.person_id AND g.role = 'manager'
		  ORDER BY far LIMIT 1`, unit, i18n.ISODate(tx.Now)).Scan(&id)
	if db.IsNotFound(err) {
		return 0, nil
	}
	return id, err
}

func ptr[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func deref[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
