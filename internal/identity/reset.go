package identity

import (
	"context"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/ratelimit"
)

// ResetRequest promises a letter with a link for a new password to the owner
// of a known address, and answers the same, after the same time, for every
// address. Errors: errs.Invalid for what is no address, errs.Limited.
func (s *Service) ResetRequest(ctx context.Context, typed, ip string) error {
	e := errs.Fields()
	email := checkEmail(e, "email", typed)
	if err := e.OrNil(); err != nil {
		return err
	}
	if err := s.limit.Allow(ctx, s.clock.Now(), ratelimit.ResetAddress.On(email),
		ratelimit.ResetNetwork.On(ratelimit.Network(ip))); err != nil {
		return err
	}
	defer s.paced(ctx)()
	return s.db.Write(ctx, authz.Guest(), authz.SignIn, func(tx *db.Tx) error {
		p, err := lockEmail(tx, email)
		if err != nil {
			return err
		}
		if p == nil || p.Status == Blocked {
			return tx.Authorize(authz.Anyone)
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		t, err := s.issue(tx, p.ID, PurposeReset, tokenData{})
		if err != nil {
			return err
		}
		return notify.Queue(tx, notify.Letter{
			Kind: "account.reset", PersonID: p.ID, Locale: p.Locale, Data: map[string]any{"token_id": t.ID},
		})
	})
}

// Reset sets a new password by the link of the letter. Every session ends,
// every other link dies, and the owner is told. The link proves the address
// too, so an account that waited for its confirmation becomes active. Errors:
// errs.Invalid with the field "password" or with account.error_link.
func (s *Service) Reset(ctx context.Context, raw, password, ip string) error {
	return s.newPassword(ctx, PurposeReset, raw, password, "", ip)
}

// AcceptInvite sets the first password by the link of an invitation and makes
// the account active; version is that of the privacy notice that was shown.
// Errors as in Reset.
func (s *Service) AcceptInvite(ctx context.Context, raw, password, version, ip string) error {
	return s.newPassword(ctx, PurposeInvite, raw, password, version, ip)
}

func (s *Service) newPassword(ctx context.Context, purpose Purpose, raw, password, version, ip string) error {
	if err := s.limitTokens(ctx, ip); err != nil {
		return err
	}
	// The link is looked at before the costly hash, and used under its lock after.
	link, err := s.Link(ctx, purpose, raw)
	if err != nil {
		return err
	}
	e := errs.Fields()
	checkPassword(e, "password", password, link.Email)
	if err := e.OrNil(); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, authz.Guest(), authz.SignIn, func(tx *db.Tx) error {
		_, p, err := use(tx, purpose, raw)
		if err != nil {
			return err
		}
		if p.Status == Blocked {
			return deadLink()
		}
		p.confirm(tx.Now)
		if err := s.savePassword(tx, p, hash); err != nil {
			return err
		}
		if _, err := s.end(tx, p.ID, ""); err != nil {
			return err
		}
		if purpose == PurposeInvite {
			return s.recordNotice(tx, p.ID, version)
		}
		return notify.Queue(tx, notify.Letter{Kind: "account.password_changed", PersonID: p.ID, Locale: p.Locale})
	})
}

// savePassword keeps a new password and kills the links that could replace it.
func (s *Service) savePassword(tx *db.Tx, p *Person, hash string) error {
	if err := tx.Save(p, p.Version, map[string]any{
		"password_hash": hash, "status": p.Status, "email_confirmed_at": p.EmailConfirmedAt,
	}); err != nil {
		return err
	}
	return expire(tx, p.ID, PurposeReset, PurposeInvite, PurposeConfirm, PurposeEmail)
}

// ChangePassword replaces the password of the actor, who proves the old one.
// Every other session ends, and the owner is told by letter. Errors:
// errs.Invalid with the fields "password" (the old one) and "new_password".
func (s *Service) ChangePassword(ctx context.Context, a authz.Actor, old, fresh string) error {
	p, err := s.Self(ctx, a)
	if err != nil {
		return err
	}
	e := errs.Fields()
	if old == "" && p.PasswordHash != "" {
		e.With("password", "account.error_password_missing")
	}
	checkPassword(e, "new_password", fresh, p.Email)
	if err := e.OrNil(); err != nil {
		return err
	}
	if err := s.VerifyPassword(ctx, a.ID, old); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, fresh)
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
		if err := s.savePassword(tx, p, hash); err != nil {
			return err
		}
		if _, err := s.end(tx, p.ID, "id <> ?", a.SessionID); err != nil {
			return err
		}
		return notify.Queue(tx, notify.Letter{Kind: "account.password_changed", PersonID: p.ID, Locale: p.Locale})
	})
}
