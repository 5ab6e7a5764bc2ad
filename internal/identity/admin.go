package identity

import (
	"context"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// NewAdmin is whom the operator of the portal makes an administrator from the
// command line: the first one cannot be invited by anybody.
type NewAdmin struct {
	Email    string
	Name     string // ignored for an account that exists
	Password string // empty: an invitation link is given instead
}

// Validate judges what was given before anything is opened or made for it:
// errs.Invalid with the fields email, name and password.
func (n NewAdmin) Validate() error {
	_, err := n.judge()
	return err
}

func (n NewAdmin) judge() (NewAdmin, error) {
	e := errs.Fields()
	n.Email, n.Name = checkEmail(e, "email", n.Email), checkName(e, n.Name)
	if n.Password != "" {
		checkPassword(e, "password", n.Password, n.Email)
	}
	return n, e.OrNil()
}

// HasAdmin says whether anybody administers the portal, or is invited to.
func (s *Service) HasAdmin(ctx context.Context) (there bool, err error) {
	err = s.db.Pool().QueryRow(ctx, "SELECT EXISTS (SELECT FROM role_grants WHERE role = $1)", string(authz.RoleAdmin)).Scan(&there)
	return there, err
}

// MadeAdmin is what became of it.
type MadeAdmin struct {
	Link     string    // the invitation, "" when none is needed; a secret for the operator's eyes
	Until    time.Time // until when the link is good
	Existing bool      // the account was in use already: it got the role and is otherwise as it was
}

// MakeAdmin makes an administrator. Whoever may run it holds the machine, so no
// role is asked; the trail names «system:admin-create». An account in use only
// gets the role; one that waits for its confirmation is taken over, since who
// made it has not proved the address. Errors: errs.Invalid with the fields
// email, name and password, or for an account that is blocked.
func (s *Service) MakeAdmin(ctx context.Context, n NewAdmin) (MadeAdmin, error) {
	n, err := n.judge()
	if err != nil {
		return MadeAdmin{}, err
	}
	hash := ""
	if n.Password != "" {
		if hash, err = s.hasher.hash(ctx, n.Password); err != nil {
			return MadeAdmin{}, err
		}
	}
	var out MadeAdmin
	err = s.db.Write(ctx, authz.System("admin-create"), authz.JobRun, func(tx *db.Tx) error {
		out = MadeAdmin{}
		p, err := lockEmail(tx, n.Email)
		if err != nil {
			return err
		}
		if p == nil {
			p = &Person{Email: n.Email, Name: n.Name, Locale: checkLocale(""), Status: Pending, Version: 1, CreatedAt: tx.Now}
			if err := tx.Create(p).Error; err != nil {
				return err
			}
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if p.Status == Blocked {
			return errs.Fields().With("email", "account.error_blocked")
		}
		if err := grant(tx, p.ID, authz.RoleAdmin); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.cache.forget(p.ID) })
		if p.Status == Active {
			out.Existing = true
			return nil
		}
		if hash != "" {
			p.confirm(tx.Now)
		}
		if err := s.savePassword(tx, p, hash); err != nil { // and the links of whoever made it die
			return err
		}
		if hash != "" {
			return s.recordNotice(tx, p.ID, "")
		}
		t, err := s.issue(tx, p.ID, PurposeInvite, tokenData{})
		if err != nil {
			return err
		}
		d, err := t.data()
		out.Link, out.Until = s.base+"/invite/"+s.raw(PurposeInvite, p.ID, d.Nonce), t.ExpiresAt
		return err
	})
	return out, err
}
