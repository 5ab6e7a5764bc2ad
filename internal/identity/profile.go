package identity

import (
	"context"
	"strings"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/ratelimit"
)

// Self gives the actor's own record.
func (s *Service) Self(ctx context.Context, a authz.Actor) (Person, error) {
	var p Person
	if !a.SignedIn() {
		return p, errs.Unauthenticated()
	}
	err := s.db.Read(ctx).Where("id = ?", a.ID).Take(&p).Error
	if db.IsNotFound(err) {
		return p, errs.NotFound()
	}
	return p, err
}

// Profile is what a person changes about himself.
type Profile struct {
	Name    string
	Phone   string
	Address string
	Locale  string
	Version int // as it was when the form was shown
}

// Validate judges the fields and gives their normal form.
func (f Profile) Validate() (Profile, error) {
	e := errs.Fields()
	f.Name = checkName(e, f.Name)
	f.Phone = checkPhone(e, f.Phone)
	if f.Address = line(f.Address); len([]rune(f.Address)) > AddressMax {
		e.With("address", "account.error_too_long", "n", AddressMax)
	}
	f.Locale = checkLocale(f.Locale)
	return f, e.OrNil()
}

func checkPhone(e *errs.Error, typed string) string {
	phone := line(typed)
	digits := 0
	for i, r := range phone {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, strings.ContainsRune(" ()-", r):
		default:
			e.With("phone", "account.error_phone")
			return phone
		}
	}
	if phone != "" && (digits < 6 || digits > 15) { // E.164: at most 15
		e.With("phone", "account.error_phone")
	}
	return phone
}

// UpdateProfile changes the actor's own data. Errors: errs.Invalid with fields;
// errs.Conflict when the record changed since the form was shown.
func (s *Service) UpdateProfile(ctx context.Context, a authz.Actor, f Profile) error {
	f, err := f.Validate()
	if err != nil {
		return err
	}
	return s.db.Write(ctx, a, authz.AccountSelf, func(tx *db.Tx) error {
		p, err := lock(tx, a.ID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.cache.forget(a.ID) })
		return tx.Save(p, f.Version, map[string]any{"name": f.Name, "phone": f.Phone, "address": f.Address, "locale": f.Locale})
	})
}

// ChangeEmail asks to move the account of the actor to a new address: a link
// goes to the new one, the old one stays until the link is used. The password
// proves that it is not somebody at a foreign screen. Whether the new address
// is known is not told: its owner gets a letter without a link, while the answer,
// its time, and what becomes of a link that was asked for before are the same.
func (s *Service) ChangeEmail(ctx context.Context, a authz.Actor, typed, password string) error {
	e := errs.Fields()
	email := checkEmail(e, "email", typed)
	if password == "" {
		e.With("password", "account.error_password_missing")
	}
	if err := e.OrNil(); err != nil {
		return err
	}
	if err := s.VerifyPassword(ctx, a.ID, password); err != nil {
		return err
	}
	if err := s.limit.Allow(ctx, s.clock.Now(), ratelimit.SignUpAddress.On(email), ratelimit.ResetAddress.On(a.Trail())); err != nil {
		return err
	}
	defer s.paced(ctx)()
	return s.db.Write(ctx, a, authz.AccountSelf, func(tx *db.Tx) error {
		p, err := lock(tx, a.ID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if email == p.Email {
			return errs.Fields().With("email", "account.error_email_same")
		}
		other, err := lockEmail(tx, email)
		if err != nil {
			return err
		}
		t, err := s.issue(tx, p.ID, PurposeEmail, tokenData{Email: email, Old: p.Email})
		if err != nil {
			return err
		}
		if other != nil { // the link was made for its place in the row alone; no letter bears it
			return notify.Queue(tx, notify.Letter{Kind: "account.known", PersonID: other.ID, Locale: other.Locale})
		}
		return notify.Queue(tx, notify.Letter{
			Kind: "account.email", PersonID: p.ID, Locale: p.Locale, Data: map[string]any{"token_id": t.ID},
		})
	})
}

// ConfirmEmail moves the account to the new address by the link that was sent
// to it; the old address is told. Error: errs.Invalid with account.error_link,
// also when somebody else took the address meanwhile.
func (s *Service) ConfirmEmail(ctx context.Context, raw, ip string) error {
	if err := s.limitTokens(ctx, ip); err != nil {
		return err
	}
	err := s.db.Write(ctx, authz.Guest(), authz.SignIn, func(tx *db.Tx) error {
		t, p, err := use(tx, PurposeEmail, raw)
		if err != nil {
			return err
		}
		d, err := t.data()
		if err != nil {
			return err
		}
		if p.Status != Active || p.Email != d.Old {
			return deadLink()
		}
		if err := tx.Save(p, p.Version, map[string]any{"email": d.Email, "email_confirmed_at": tx.Now}); err != nil {
			return err
		}
		if err := expire(tx, p.ID, PurposeReset); err != nil { // a link in the old mailbox
			return err
		}
		tx.AfterCommit(func() { s.cache.forget(p.ID) })
		return notify.Queue(tx, notify.Letter{
			Kind: "account.email_changed", PersonID: p.ID, Locale: p.Locale, Data: map[string]any{"token_id": t.ID},
		})
	})
	if isEmailTaken(err) {
		return deadLink()
	}
	return err
}
