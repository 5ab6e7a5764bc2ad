package identity

import (
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// NewPerson is an account that is made ready for use: by an import, by the
// demo city.
type NewPerson struct {
	Email        string
	Name         string
	Phone        string
	Address      string
	PasswordHash string // of HashPassword; empty: by invitation, reset or provider
	Locale       string
	Roles        []authz.Role
	Demo         bool
	CreatedAt    time.Time // zero: now
}

// CreatePerson makes an active account with a confirmed address inside the
// write of the caller, who has authorized it. It records the notice in force as
// shown. Errors: errs.Invalid with fields; the constraint people_email for an
// address that is known.
func CreatePerson(tx *db.Tx, n NewPerson) (int64, error) {
	e := errs.Fields()
	n.Email, n.Name, n.Phone = checkEmail(e, "email", n.Email), checkName(e, n.Name), checkPhone(e, n.Phone)
	for _, r := range n.Roles {
		if tx.Actor.Kind != authz.KindSystem && !authz.MayGrant(tx.Actor, r) {
			e.With("roles", "account.error_role")
		}
	}
	if err := e.OrNil(); err != nil {
		return 0, err
	}
	if n.CreatedAt.IsZero() {
		n.CreatedAt = tx.Now
	}
	p := &Person{
		Email: n.Email, Name: n.Name, Phone: n.Phone, Address: line(n.Address), PasswordHash: n.PasswordHash,
		Status: Active, Locale: checkLocale(n.Locale), EmailConfirmedAt: &n.CreatedAt, Demo: n.Demo, Version: 1, CreatedAt: n.CreatedAt,
	}
	if err := tx.Create(p).Error; err != nil {
		return 0, err
	}
	for _, r := range n.Roles {
		if err := grant(tx, p.ID, r); err != nil {
			return 0, err
		}
	}
	return p.ID, tx.Exec(`INSERT INTO consents (person_id, kind, version, given, created_at)
		SELECT ?, 'privacy', version, true, ? FROM privacy_notices WHERE valid_from <= ? ORDER BY valid_from DESC, id DESC LIMIT 1`,
		p.ID, n.CreatedAt, tx.Now).Error
}
