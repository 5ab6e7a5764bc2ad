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
// address, for a wrong password and for a right one of an address that nobody
// has confirmed: who signs up with an address and then comes with the password
// of his choice would else learn whether it had an account. The three cost one
// argon2id and the same steps after it, take the same time, and spend the same
// limits. Who knows the password of an unconfirmed account gets a new letter, of
// which the answer says nothing. That an account is blocked is told to who knows
// its password. Errors: errs.Invalid, errs.Limited.
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
	discreet := s.paced(ctx)
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
	if !match || p.Status == Pending {
		defer discreet()
		return Opened{}, s.turnAway(ctx, email, match)
	}
	if err := s.limit.Refund(ctx, s.clock.Now(), hits...); err != nil {
		return Opened{}, err
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
	return s.open(ctx, p.ID, methodPassword, c.Client, func(tx *db.Tx, now *Person) error {
		if now.PasswordHash != p.PasswordHash { // changed since it was compared
			return errs.Invalid("account.error_sign_in")
		}
		if rehashed == "" {
			return nil
		}
		return tx.Model(now).Updates(map[string]any{"password_hash": rehashed}).Error
	})
}

// turnAway ends a sign-in that opens nothing. It goes through the same steps for
// every address; the letter of confirmation goes again to who waits for it and
// knows the password, as often as its limit lets it and without a word.
func (s *Service) turnAway(ctx context.Context, email string, knows bool) error {
	letters := ratelimit.ConfirmAddress.On(email)
	if !knows { // the same work, and whoever guesses does not use up the letters of the owner
		letters = ratelimit.ConfirmAddress.On("none for " + email)
	}
	err := s.limit.Allow(ctx, s.clock.Now(), letters)
	spent := errs.Is(err, errs.KindLimited)
	if err != nil && !spent {
		return err
	}
	err = s.db.Write(ctx, authz.Guest(), authz.SignIn, func(tx *db.Tx) error {
		p, err := lockEmail(tx, email)
		if err != nil {
			return err
		}
		if p == nil {
			return tx.Authorize(authz.Anyone)
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if !knows || spent || p.Status != Pending {
			return nil
		}
		return s.sendConfirm(tx, p, tokenData{})
	})
	if err != nil {
		return err
	}
	return errs.Invalid("account.error_sign_in")
}
