package city

import (
	"context"
	"net/mail"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Unit is a unit of the council («структурний підрозділ»). Units make a tree.
type Unit struct {
	Record   `gorm:"embedded"`
	ParentID *int64
	Code     string // stable name for imports and exchanges
	NameUK   string `gorm:"column:name_uk"`
	NameEN   string `gorm:"column:name_en"`
	Phone    string
	Email    string
	Address  string
}

// Name is the name in a locale; Ukrainian where there is no English one.
func (u Unit) Name(locale string) string { return pick(locale, u.NameUK, u.NameEN) }

func pick(locale, uk, en string) string {
	if locale == "en" && en != "" {
		return en
	}
	return uk
}

func (u *Unit) tidy() {
	u.Code, u.NameUK, u.NameEN = line(u.Code), line(u.NameUK), line(u.NameEN)
	u.Phone, u.Email, u.Address = line(u.Phone), line(u.Email), line(u.Address)
}

// Validate judges what was typed: errs.Invalid with the fields at fault.
func (u *Unit) Validate() error {
	e := errs.Fields()
	must(e, "name_uk", u.NameUK, maxName)
	atMost(e, "name_en", u.NameEN, maxName)
	mustCode(e, u.Code)
	atMost(e, "phone", u.Phone, 100)
	atMost(e, "address", u.Address, maxName)
	if u.Email != "" {
		if a, err := mail.ParseAddress(u.Email); err != nil || a.Address != u.Email || len(u.Email) > maxName {
			e.With("email", "city.err.email")
		}
	}
	return e.OrNil()
}

func (u *Unit) check(tx *db.Tx) error { return noRing(tx, "units", u.ID, u.ParentID) }

func (u *Unit) columns() map[string]any {
	return map[string]any{
		"parent_id": u.ParentID, "code": u.Code, "name_uk": u.NameUK, "name_en": u.NameEN,
		"phone": u.Phone, "email": u.Email, "address": u.Address,
	}
}

func (u *Unit) taken(constraint string) error {
	if constraint == "units_code_key" {
		return errs.Fields().With("code", "city.err.code_taken")
	}
	return nil
}

// Unit gives one unit, fresh from the database; errs.NotFound.
func (c *City) Unit(ctx context.Context, id int64) (Unit, error) { return find[Unit](ctx, c, id) }

// CreateUnit adds a unit. Errors: errs.Invalid by field, errs.Forbidden.
func (c *City) CreateUnit(ctx context.Context, a authz.Actor, u Unit) (Unit, error) {
	return create(ctx, c, a, u)
}

// UpdateUnit changes the unit u.ID as it was at u.Version. Errors also:
// errs.NotFound, and errs.Conflict when somebody changed it meanwhile.
func (c *City) UpdateUnit(ctx context.Context, a authz.Actor, u Unit) (Unit, error) {
	return update(ctx, c, a, u)
}

// SetUnitActive takes a unit out of use or back. A unit with active units below
// it cannot be taken out: errs.Invalid.
func (c *City) SetUnitActive(ctx context.Context, a authz.Actor, id int64, version int, active bool) error {
	return setActive[Unit](ctx, c, a, id, version, active, childless("units", id))
}

func childless(table string, id int64) func(*db.Tx) error {
	return func(tx *db.Tx) error {
		var n int64
		if err := tx.Table(table).Where("parent_id = ? AND active", id).Count(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			return errs.Invalid("city.err.has_children")
		}
		return nil
	}
}
