// Package city is the directory of the city («довідники»): its units, posts,
// who holds them and who acts for whom; topics; streets; districts with their
// boundaries; versions of the working calendar; models of answers.
//
// Records are never deleted: they are made inactive, because appeals of years
// past point at them. Every editable record has a version; an edit of a stale
// version is errs.Conflict, and the caller shows both versions.
//
// Reading is cheap: Directory and Calendar come from one snapshot in memory. A
// change through this package drops the snapshot at once, and a poll of the
// versions (every two seconds while somebody reads) notices a change that was
// made by another replica.
//
// Units, posts, topics and their like need authz.CityManage; who holds a post
// and who acts for whom need authz.PeopleManage.
package city

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// pollEvery is how long a snapshot is believed without asking the database.
const pollEvery = 2 * time.Second

// City is the directory. It is safe for concurrent use.
type City struct {
	db      *db.DB
	mu      sync.Mutex // one loader at a time
	snap    atomic.Pointer[snapshot]
	checked atomic.Int64 // moment of the last look at the versions, unix nanoseconds
	actors  Actors
}

// Actors is whoever keeps actors in memory and must forget them when their unit,
// their post or a delegation changes.
type Actors interface {
	Forget(people ...int64)
	ForgetUnits()
}

// New returns the directory over a database. actors may be nil.
func New(d *db.DB, actors Actors) *City { return &City{db: d, actors: actors} }

type snapshot struct {
	stamp    string
	dir      *Directory
	shapes   []shape
	calendar calendar.Calendar
}

// Invalidate makes the next read look at the database. Writes of this package
// do it themselves.
func (c *City) Invalidate() {
	c.checked.Store(0)
	if c.actors != nil {
		c.actors.ForgetUnits()
	}
}

func (c *City) forget(people ...int64) func() {
	return func() {
		if c.actors != nil {
			c.actors.Forget(people...)
		}
	}
}

const stampSQL = `SELECT concat_ws('/',
 (SELECT concat(count(*), '.', sum(version), '.', max(id)) FROM units),
 (SELECT concat(count(*), '.', sum(version), '.', max(id)) FROM posts),
 (SELECT concat(count(*), '.', sum(version), '.', max(id)) FROM topics),
 (SELECT concat(count(*), '.', sum(version), '.', max(id)) FROM districts),
 (SELECT concat(count(*), '.', max(id)) FROM calendars))`

func (c *City) snapshot(ctx context.Context) (*snapshot, error) {
	now := c.db.Now().UnixNano()
	if s := c.snap.Load(); s != nil && now-c.checked.Load() < int64(pollEvery) {
		return s, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.snap.Load()
	if s != nil && now-c.checked.Load() < int64(pollEvery) {
		return s, nil
	}
	// The mark stands before the look: a write that commits in between drops it again.
	c.checked.Store(now)
	var stamp string
	if err := c.db.ReadPool().QueryRow(ctx, stampSQL).Scan(&stamp); err != nil {
		c.checked.Store(0)
		return nil, err
	}
	if s != nil && s.stamp == stamp {
		return s, nil
	}
	s, err := c.load(ctx, stamp)
	if err != nil {
		c.checked.Store(0)
		return nil, err
	}
	c.snap.Store(s)
	return s, nil
}

func (c *City) load(ctx context.Context, stamp string) (*snapshot, error) {
	s := &snapshot{stamp: stamp}
	d := &Directory{}
	r := c.db.Read(ctx)
	for _, list := range []struct {
		into  any
		order string
	}{{&d.Units, "name_uk, id"}, {&d.Posts, "unit_id, head DESC, title_uk, id"}, {&d.Topics, "position, name_uk, id"}, {&d.Districts, "kind, code"}} {
		if err := r.Order(list.order).Find(list.into).Error; err != nil {
			return nil, err
		}
	}
	d.index()
	s.dir = d
	var err error
	if s.shapes, err = shapesOf(d.Districts); err != nil {
		return nil, err
	}
	if s.calendar, err = c.newestCalendar(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Record is what every editable entry of the directory has. Demo marks what is
// plausible but no fact («демонстраційні дані»).
type Record struct {
	ID        int64
	Active    bool
	Demo      bool
	Version   int
	CreatedAt time.Time
}

// entry is a pointer to an editable record. tidy trims what was typed; Validate
// judges it alone; check judges it against the others, inside the write.
type entry[T any] interface {
	*T
	record() *Record
	tidy()
	Validate() error
	check(tx *db.Tx) error
	columns() map[string]any
	taken(constraint string) error
}

func (r *Record) record() *Record { return r }

func create[T any, P entry[T]](ctx context.Context, c *City, a authz.Actor, v T) (T, error) {
	p := P(&v)
	p.tidy()
	if err := p.Validate(); err != nil {
		return v, err
	}
	demo := p.record().Demo
	err := c.db.Write(ctx, a, authz.CityManage, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		*p.record() = Record{Active: true, Demo: demo, Version: 1, CreatedAt: tx.Now}
		if err := p.check(tx); err != nil {
			return err
		}
		tx.AfterCommit(c.Invalidate)
		return named(p, tx.Create(p).Error)
	})
	return v, err
}

func update[T any, P entry[T]](ctx context.Context, c *City, a authz.Actor, v T) (T, error) {
	p := P(&v)
	p.tidy()
	if err := p.Validate(); err != nil {
		return v, err
	}
	var saved T
	err := c.db.Write(ctx, a, authz.CityManage, func(tx *db.Tx) error {
		old, err := lock[T](tx, p.record().ID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		if err := p.check(tx); err != nil {
			return err
		}
		tx.AfterCommit(c.Invalidate)
		if err := named(p, tx.Save(P(old), p.record().Version, p.columns())); err != nil {
			return err
		}
		again, err := lock[T](tx, p.record().ID)
		if err != nil {
			return err
		}
		saved = *again
		return nil
	})
	if err != nil {
		return v, err
	}
	return saved, nil
}

// setActive takes a record out of use, or back into it.
func setActive[T any, P entry[T]](ctx context.Context, c *City, a authz.Actor, id int64, version int, active bool, may func(*db.Tx) error) error {
	return c.db.Write(ctx, a, authz.CityManage, func(tx *db.Tx) error {
		old, err := lock[T](tx, id)
		if err != nil {
			return err
		}
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		if !active && may != nil {
			if err := may(tx); err != nil {
				return err
			}
		}
		tx.AfterCommit(c.Invalidate)
		return tx.Save(P(old), version, map[string]any{"active": active})
	})
}

func lock[T any](tx *db.Tx, id int64) (*T, error) {
	var v T
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&v).Error
	if db.IsNotFound(err) {
		return nil, errs.NotFound()
	}
	return &v, err
}

func find[T any](ctx context.Context, c *City, id int64) (T, error) {
	var v T
	err := c.db.Read(ctx).Where("id = ?", id).Take(&v).Error
	if db.IsNotFound(err) {
		return v, errs.NotFound()
	}
	return v, err
}

// named turns a broken constraint into the mistake of a field.
func named(p interface{ taken(string) error }, err error) error {
	if name := db.Constraint(err); name != "" {
		if e := p.taken(name); e != nil {
			return e
		}
	}
	return err
}

// treeLock makes changes of a tree come one after another: two moves that are
// right each by itself could make a ring together.
func treeLock(tx *db.Tx, table string) error {
	return tx.Exec("SELECT pg_advisory_xact_lock(hashtext(?))", "city.tree."+table).Error
}

// noRing refuses a parent that stands below the record itself.
func noRing(tx *db.Tx, table string, id int64, parent *int64) error {
	if parent == nil {
		return nil
	}
	if err := treeLock(tx, table); err != nil {
		return err
	}
	var up []int64
	// The depth is bounded, so that a ring in old data cannot hang the query.
	err := tx.Raw(`WITH RECURSIVE up(id, parent_id, depth) AS (
		SELECT id, parent_id, 1 FROM `+table+` WHERE id = ?
		UNION ALL
		SELECT t.id, t.parent_id, up.depth + 1 FROM `+table+` t JOIN up ON t.id = up.parent_id WHERE up.depth < 50)
		SELECT id FROM up`, *parent).Scan(&up).Error
	if err != nil {
		return err
	}
	if len(up) == 0 {
		return errs.Fields().With("parent_id", "city.err.parent_unknown")
	}
	for _, u := range up {
		if u == id {
			return errs.Fields().With("parent_id", "city.err.ring")
		}
	}
	return nil
}
