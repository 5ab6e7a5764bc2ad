package city

import (
	"context"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Post is a post in a unit («посада»). Its holders are appointed for a time; the
// head leads the unit and may sign answers.
type Post struct {
	Record  `gorm:"embedded"`
	UnitID  int64
	TitleUK string `gorm:"column:title_uk"`
	TitleEN string `gorm:"column:title_en"`
	Head    bool
}

// Title is the title in a locale; Ukrainian where there is no English one.
func (p Post) Title(locale string) string { return pick(locale, p.TitleUK, p.TitleEN) }

func (p *Post) tidy() { p.TitleUK, p.TitleEN = line(p.TitleUK), line(p.TitleEN) }

// Validate judges what was typed: errs.Invalid with the fields at fault.
func (p *Post) Validate() error {
	e := errs.Fields()
	must(e, "title_uk", p.TitleUK, maxName)
	atMost(e, "title_en", p.TitleEN, maxName)
	if p.UnitID == 0 {
		e.With("unit_id", "city.err.required")
	}
	return e.OrNil()
}

// check refuses also to make a head of a post that several people hold at one time:
// see Appoint.
func (p *Post) check(tx *db.Tx) error {
	if err := exists(tx, "units", "unit_id", &p.UnitID); err != nil || !p.Head || p.ID == 0 {
		return err
	}
	var several bool
	err := tx.Raw(`SELECT EXISTS (SELECT FROM appointments a JOIN appointments b ON b.post_id = a.post_id AND b.id > a.id
		AND daterange(a.valid_from, a.valid_to, '[]') && daterange(b.valid_from, b.valid_to, '[]')
		WHERE a.post_id = @post AND coalesce(a.valid_to, 'infinity') >= @today AND coalesce(b.valid_to, 'infinity') >= @today)`,
		map[string]any{"post": p.ID, "today": today(tx.Now)}).Row().Scan(&several)
	if err == nil && several {
		err = errs.Fields().With("head", "city.err.post_heads")
	}
	return err
}

// exists refuses a reference to a record that is not there.
func exists(tx *db.Tx, table, field string, id *int64) error {
	if id == nil {
		return nil
	}
	var n int64
	if err := tx.Table(table).Where("id = ?", *id).Count(&n).Error; err != nil {
		return err
	}
	if n == 0 {
		return errs.Fields().With(field, "city.err.unknown")
	}
	return nil
}

func (p *Post) columns() map[string]any {
	return map[string]any{"unit_id": p.UnitID, "title_uk": p.TitleUK, "title_en": p.TitleEN, "head": p.Head}
}

func (p *Post) taken(string) error { return nil }

// Post gives one post; errs.NotFound.
func (c *City) Post(ctx context.Context, id int64) (Post, error) { return find[Post](ctx, c, id) }

// CreatePost adds a post to a unit.
func (c *City) CreatePost(ctx context.Context, a authz.Actor, p Post) (Post, error) {
	return create(ctx, c, a, p)
}

// UpdatePost changes a post; errors as in UpdateUnit.
func (c *City) UpdatePost(ctx context.Context, a authz.Actor, p Post) (Post, error) {
	return update(ctx, c, a, p)
}

// SetPostActive takes a post out of use or back. A post that somebody holds
// today or later cannot be taken out: errs.Invalid.
func (c *City) SetPostActive(ctx context.Context, a authz.Actor, id int64, version int, active bool) error {
	return setActive[Post](ctx, c, a, id, version, active, func(tx *db.Tx) error {
		var n int64
		err := tx.Model(&Appointment{}).Where("post_id = ? AND (valid_to IS NULL OR valid_to >= ?)", id, today(tx.Now)).Count(&n).Error
		if err != nil {
			return err
		}
		if n > 0 {
			return errs.Invalid("city.err.post_held")
		}
		return nil
	})
}

// Appointment says that a person holds a post from a day to a day, both
// included; without an end until further notice.
type Appointment struct {
	ID        int64
	PersonID  int64
	PostID    int64
	ValidFrom time.Time // midnight UTC of the day
	ValidTo   *time.Time
	CreatedAt time.Time
}

// On reports whether the appointment is in force on the day.
func (p Appointment) On(day time.Time) bool {
	return !day.Before(p.ValidFrom) && (p.ValidTo == nil || !day.After(*p.ValidTo))
}

// Validate judges what was typed: errs.Invalid with the fields at fault.
func (p *Appointment) Validate() error {
	e := errs.Fields()
	if p.PersonID == 0 {
		e.With("person_id", "city.err.required")
	}
	if p.PostID == 0 {
		e.With("post_id", "city.err.required")
	}
	if p.ValidFrom.IsZero() {
		e.With("valid_from", "city.err.date")
	}
	if p.ValidTo != nil && p.ValidTo.Before(p.ValidFrom) {
		e.With("valid_to", "city.err.dates")
	}
	return e.OrNil()
}

// Appoint gives a post to a person. A head's post has one holder at a time,
// since he is the one who signs; nobody is appointed twice to the same post for
// the same days. Errors: errs.Invalid by field.
func (c *City) Appoint(ctx context.Context, a authz.Actor, p Appointment) (Appointment, error) {
	if err := p.Validate(); err != nil {
		return p, err
	}
	err := c.db.Write(ctx, a, authz.PeopleManage, func(tx *db.Tx) error {
		post, err := lock[Post](tx, p.PostID) // appointments to one post come one after another
		if errs.Is(err, errs.KindNotFound) || err == nil && !post.Active {
			return errs.Fields().With("post_id", "city.err.unknown")
		}
		if err != nil {
			return err
		}
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		if err := exists(tx, "people", "person_id", &p.PersonID); err != nil {
			return err
		}
		q := tx.Model(&Appointment{}).Where("post_id = ? AND (valid_to IS NULL OR valid_to >= ?)", p.PostID, p.ValidFrom)
		if p.ValidTo != nil {
			q = q.Where("valid_from <= ?", *p.ValidTo)
		}
		if !post.Head {
			q = q.Where("person_id = ?", p.PersonID)
		}
		var n int64
		if err := q.Count(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			return errs.Fields().With("post_id", "city.err.post_taken")
		}
		p.ID, p.CreatedAt = 0, tx.Now
		tx.AfterCommit(c.forget(p.PersonID))
		return tx.Create(&p).Error
	})
	return p, err
}

// EndAppointment ends an appointment with the day; one that has not begun by
// then is taken back altogether (the trail keeps it). Ending twice is no error.
func (c *City) EndAppointment(ctx context.Context, a authz.Actor, id int64, day time.Time) error {
	return c.db.Write(ctx, a, authz.PeopleManage, func(tx *db.Tx) error {
		p, err := lock[Appointment](tx, id)
		if err != nil {
			return err
		}
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		tx.AfterCommit(c.forget(p.PersonID))
		if day.Before(p.ValidFrom) {
			return tx.Delete(p).Error
		}
		if p.ValidTo != nil && !p.ValidTo.After(day) {
			return nil
		}
		return tx.Model(p).Update("valid_to", day).Error
	})
}

// AppointmentsOf lists the appointments of a person, the latest first.
func (c *City) AppointmentsOf(ctx context.Context, person int64) ([]Appointment, error) {
	var out []Appointment
	err := c.db.Read(ctx).Where("person_id = ?", person).Order("valid_from DESC, id DESC").Find(&out).Error
	return out, err
}

// Holder is who holds a post.
type Holder struct {
	Appointment
	PersonName string
}

// Holders lists who holds the posts on a day, by post.
func (c *City) Holders(ctx context.Context, day time.Time) (map[int64][]Holder, error) {
	var list []Holder
	err := c.db.Read(ctx).Raw(`SELECT a.*, p.name AS person_name FROM appointments a JOIN people p ON p.id = a.person_id
		WHERE a.valid_from <= ? AND (a.valid_to IS NULL OR a.valid_to >= ?) ORDER BY p.name, a.id`, day, day).Scan(&list).Error
	out := map[int64][]Holder{}
	for _, h := range list {
		out[h.PostID] = append(out[h.PostID], h)
	}
	return out, err
}

// Delegation says that one official acts for another from a day to a day, both
// included, on the basis of an order.
type Delegation struct {
	ID         int64
	FromPerson int64
	ToPerson   int64
	Basis      string // «розпорядження міського голови від 12.11.2026 № 811»
	ValidFrom  time.Time
	ValidTo    time.Time
	CreatedAt  time.Time
}

// maxDelegation bounds a delegation: what lasts longer is an appointment.
const maxDelegation = 366

// Validate judges what was typed: errs.Invalid with the fields at fault.
func (d *Delegation) Validate() error {
	e := errs.Fields()
	if d.FromPerson == 0 {
		e.With("from_person", "city.err.required")
	}
	if d.ToPerson == 0 {
		e.With("to_person", "city.err.required")
	} else if d.ToPerson == d.FromPerson {
		e.With("to_person", "city.err.same_person")
	}
	must(e, "basis", d.Basis, maxName)
	if d.ValidFrom.IsZero() {
		e.With("valid_from", "city.err.date")
	}
	switch {
	case d.ValidTo.IsZero():
		e.With("valid_to", "city.err.date")
	case d.ValidTo.Before(d.ValidFrom):
		e.With("valid_to", "city.err.dates")
	case !d.ValidFrom.IsZero() && d.ValidTo.Sub(d.ValidFrom) > maxDelegation*24*time.Hour:
		e.With("valid_to", "city.err.delegation_long")
	}
	return e.OrNil()
}

// official refuses whoever does not serve the city on the day: without a role, and
// without a post that is his then. A resident has nothing to hand over, and nobody
// else's rights are handed to him.
func official(tx *db.Tx, field string, id int64, day time.Time) error {
	if err := exists(tx, "people", field, &id); err != nil {
		return err
	}
	var serves bool
	err := tx.Raw(`SELECT EXISTS (SELECT FROM role_grants WHERE person_id = @id)
		OR EXISTS (SELECT FROM appointments a JOIN posts o ON o.id = a.post_id AND o.active
			WHERE a.person_id = @id AND a.valid_from <= @day AND (a.valid_to IS NULL OR a.valid_to >= @day))`,
		map[string]any{"id": id, "day": day}).Row().Scan(&serves)
	if err == nil && !serves {
		err = errs.Fields().With(field, "city.err.no_official")
	}
	return err
}

// Delegate records that one official acts for another: both serve the city on the
// first day of it, and who acts can come in. Errors: errs.Invalid by field, also
// when the days meet a delegation of the same two.
func (c *City) Delegate(ctx context.Context, a authz.Actor, d Delegation) (Delegation, error) {
	d.Basis = line(d.Basis)
	if err := d.Validate(); err != nil {
		return d, err
	}
	err := c.db.Write(ctx, a, authz.PeopleManage, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		first := d.ValidFrom
		if now := today(tx.Now); first.Before(now) {
			first = now
		}
		if err := official(tx, "from_person", d.FromPerson, first); err != nil {
			return err
		}
		if err := official(tx, "to_person", d.ToPerson, first); err != nil {
			return err
		}
		var active bool
		if err := tx.Raw("SELECT status = 'active' FROM people WHERE id = ?", d.ToPerson).Row().Scan(&active); err != nil {
			return err
		}
		if !active {
			return errs.Fields().With("to_person", "city.err.no_official")
		}
		if err := treeLock(tx, "delegations"); err != nil {
			return err
		}
		var n int64
		err := tx.Model(&Delegation{}).Where("from_person = ? AND to_person = ? AND valid_from <= ? AND valid_to >= ?",
			d.FromPerson, d.ToPerson, d.ValidTo, d.ValidFrom).Count(&n).Error
		if err != nil {
			return err
		}
		if n > 0 {
			return errs.Fields().With("valid_from", "city.err.delegation_twice")
		}
		d.ID, d.CreatedAt = 0, tx.Now
		tx.AfterCommit(c.forget(d.FromPerson, d.ToPerson))
		return tx.Create(&d).Error
	})
	return d, err
}

// EndDelegation ends a delegation with the day; one that has not begun by then
// is taken back altogether.
func (c *City) EndDelegation(ctx context.Context, a authz.Actor, id int64, day time.Time) error {
	return c.db.Write(ctx, a, authz.PeopleManage, func(tx *db.Tx) error {
		d, err := lock[Delegation](tx, id)
		if err != nil {
			return err
		}
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		tx.AfterCommit(c.forget(d.FromPerson, d.ToPerson))
		if day.Before(d.ValidFrom) {
			return tx.Delete(d).Error
		}
		if !d.ValidTo.After(day) {
			return nil
		}
		return tx.Model(d).Update("valid_to", day).Error
	})
}

// DelegationsOf lists the delegations in which a person gives or takes, the
// latest first.
func (c *City) DelegationsOf(ctx context.Context, person int64) ([]Delegation, error) {
	var out []Delegation
	err := c.db.Read(ctx).Where("from_person = ? OR to_person = ?", person, person).Order("valid_from DESC, id DESC").Find(&out).Error
	return out, err
}
