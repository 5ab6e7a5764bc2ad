package identity

import (
	"context"
	"strings"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/ratelimit"
)

// Credentials is what a person signs in with.
type Credentials struct {
	Email    string
	Password string
	Client   Client
}

// SignIn opens a session by a password. One answer stands for an unknown
// address and for a wrong password, and both cost one argon2id. That an account
// is blocked or not confirmed is told to who knows the password; the latter
// gets a new letter. Errors: errs.Invalid, errs.Limited.
func (s *Service) SignIn(ctx context.Context, c Credentials) (Opened, error) {
	e := errs.Fields()
	if trimmed(c.Email) == "" {
		e.With("email", "account.error_email_empty")
	}
	if c.Password == "" {
		e.With("password", "account.error_password_missing")
	}
	if err := e.OrNil(); err != nil {
		return Opened{}, err
	}
	email, ok := Email(c.Email)
	hits := []ratelimit.Hit{
		ratelimit.SignInAccount.On(strings.ToLower(email)),
		ratelimit.SignInNetwork.On(ratelimit.Network(c.Client.IP)),
	}
	if err := s.limit.Allow(ctx, s.clock.Now(), hits...); err != nil {
		return Opened{}, err
	}
	var p Person
	if ok {
		if err := s.db.Read(ctx).Where("lower(email) = ?", email).Limit(1).Find(&p).Error; err != nil {
			return Opened{}, err
		}
	}
	match, stale, err := s.hasher.verify(ctx, p.PasswordHash, c.Password)
	if err != nil {
		return Opened{}, err
	}
	if !match {
		return Opened{}, errs.Invalid("account.error_sign_in")
	}
	if err := s.limit.Refund(ctx, s.clock.Now(), hits...); err != nil {
		return Opened{}, err
	}
	if p.Status == Pending {
		if err := s.remind(ctx, &p); err != nil {
			return Opened{}, err
		}
	}
	if err := p.standing(); err != nil {
		return Opened{}, err
	}
	var rehashed string
	if stale {
		if rehashed, err = s.hasher.hash(ctx, c.Password); err != nil {
			return Opened{}, err
		}
	}
	return s.open(ctx, p.ID, "password", c.Client, func(tx *db.Tx, now *Person) error {
		if now.PasswordHash != p.PasswordHash { // changed since it was compared
			return errs.Invalid("account.error_sign_in")
		}
		if rehashed == "" {
			return nil
		}
		return tx.Model(now).Updates(map[string]any{"password_hash": rehashed}).Error
	})
}

// remind sends the letter of confirmation again.
func (s *Service) remind(ctx context.Context, p *Person) error {
	if err := s.limit.Allow(ctx, s.clock.Now(), ratelimit.ConfirmAddress.On(p.Email)); err != nil {
		return err
	}
	return s.db.Write(ctx, self(p), authz.SignIn, func(tx *db.Tx) error {
		now, err := lock(tx, p.ID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(now); err != nil {
			return err
		}
		if now.Status != Pending {
			return nil
		}
		return s.sendConfirm(tx, now, tokenData{})
	})
}
