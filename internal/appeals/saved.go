package appeals

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// SavedSet is a filter of the queue that an official keeps under a name («добірка»).
// Query is the address of the queue after the question mark, as the page writes it.
type SavedSet struct {
	ID        int64
	PersonID  int64
	Name      string
	Query     string
	CreatedAt time.Time
	EndedAt   *time.Time
	Version   int
}

// TableName names the table.
func (SavedSet) TableName() string { return "queue_sets" }

// Permit lets an official change his own sets; those of others are not there for him.
func (x *SavedSet) Permit(a authz.Actor, _ authz.Action) error {
	if a.Kind != authz.KindPerson || a.ID != x.PersonID {
		return errs.NotFound()
	}
	return nil
}

// The bounds of what one keeps: the sets stand as tabs above the queue.
const (
	SavedMost    = 8
	SavedNameMax = 40
	savedQuery   = 1000
)

// savedCache remembers the sets of officials: they stand on every page of the queue
// and are changed now and then. A change in this process drops them at once, one in
// another is seen after savedFor.
type savedCache struct {
	mu  sync.Mutex
	gen int // raised by drop: what was read before it is not kept
	m   map[int64]savedEntry
}

type savedEntry struct {
	at   time.Time
	sets []SavedSet
}

const savedFor = time.Minute

func newSavedCache() *savedCache { return &savedCache{m: map[int64]savedEntry{}} }

func (c *savedCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gen++
	clear(c.m)
}

// Saved lists the sets of the actor in the order in which he made them.
func (s *Service) Saved(ctx context.Context, who authz.Actor) ([]SavedSet, error) {
	now, c := s.clock.Now(), s.saved
	c.mu.Lock()
	e, ok := c.m[who.ID]
	gen := c.gen
	c.mu.Unlock()
	if age := now.Sub(e.at); ok && age >= 0 && age < savedFor {
		return e.sets, nil
	}
	// Not of the replica: who has saved one sees it at once.
	q, err := s.db.Pool().Query(ctx, `SELECT id, person_id, name, query, created_at, ended_at, version FROM queue_sets
		WHERE person_id = $1 AND ended_at IS NULL ORDER BY id LIMIT $2`, who.ID, SavedMost)
	if err != nil {
		return nil, err
	}
	out, err := pgx.CollectRows(q, pgx.RowToStructByPos[SavedSet])
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.m) > 1000 {
		clear(c.m)
	}
	if gen == c.gen {
		c.m[who.ID] = savedEntry{now, out}
	}
	return out, nil
}

// SaveSet keeps a filter of the queue under a name. A name that the actor has used
// already now means this filter, so that sent twice it is one set. Errors: errs.Invalid.
func (s *Service) SaveSet(ctx context.Context, who authz.Actor, name, query string) error {
	name = strings.Join(strings.Fields(name), " ")
	return s.db.Write(ctx, who, authz.CabinetSets, func(tx *db.Tx) error {
		if err := tx.Authorize(&SavedSet{PersonID: who.ID}); err != nil {
			return err
		}
		switch n := length(name); {
		case n < 2:
			return errs.Fields().With("name", "appeals.err.set_name")
		case n > SavedNameMax:
			return errs.Fields().With("name", "appeals.err.set_name_long", "max", SavedNameMax)
		case query == "" || len(query) > savedQuery:
			return errs.Fields().With("name", "appeals.err.set_query")
		}
		if _, err := tx.Pgx().Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('queue.sets'), $1)", int32(who.ID)); err != nil { //nolint:gosec // any number will do
			return err
		}
		var list []SavedSet
		if err := tx.Where("person_id = ? AND ended_at IS NULL", who.ID).Find(&list).Error; err != nil {
			return err
		}
		tx.AfterCommit(s.saved.drop)
		for i := range list {
			if strings.EqualFold(list[i].Name, name) {
				return tx.Save(&list[i], list[i].Version, map[string]any{"query": query, "name": name})
			}
		}
		if len(list) >= SavedMost {
			return errs.Fields().With("name", "appeals.err.set_many", "max", SavedMost)
		}
		return tx.Create(&SavedSet{PersonID: who.ID, Name: name, Query: query, CreatedAt: tx.Now, Version: 1}).Error
	})
}

// DropSet ends a set of the actor. One that has ended already stays so; that of
// somebody else is errs.NotFound.
func (s *Service) DropSet(ctx context.Context, who authz.Actor, id int64) error {
	return s.db.Write(ctx, who, authz.CabinetSets, func(tx *db.Tx) error {
		var x SavedSet
		if err := tx.Take(&x, id).Error; err != nil {
			if db.IsNotFound(err) {
				return errs.NotFound()
			}
			return err
		}
		if err := tx.Authorize(&x); err != nil || x.EndedAt != nil {
			return err
		}
		tx.AfterCommit(s.saved.drop)
		return tx.Save(&x, x.Version, map[string]any{"ended_at": tx.Now})
	})
}
