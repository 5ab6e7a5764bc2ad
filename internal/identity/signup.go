package identity

import (
	"context"
	"strings"

	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/ratelimit"
)

// NewAccount is what a person fills in to sign up.
type NewAccount struct {
	Name           string
	Email          string
	Password       string
	Locale         string
	PrivacyVersion string // the version of the notice that the form showed
	Newsletter     bool   // consent to an extra, off unless ticked
	IP             string
}

// Validate judges the fields and gives their normal form.
func (n NewAccount) Validate() (NewAccount, error) {
	e := errs.Fields()
	n.Name = checkName(e, n.Name)
	n.Email = checkEmail(e, "email", n.Email)
	checkPassword(e, "password", n.Password, n.Email)
	n.Locale = checkLocale(n.Locale)
	return n, e.OrNil()
}

// SignUp makes an account that waits for the confirmation of its address and
// promises the letter with the link. For a known address nothing is made and
// its owner gets a letter that says so; the answer and its cost are the same,
// so that nobody learns who has an account here. An account that was never
// confirmed is taken over by the later sign-up: its earlier links die, and with
// them the password of whoever made it. Errors: errs.Invalid with fields,
// errs.Limited.
func (s *Service) SignUp(ctx context.Context, n NewAccount) error {
	n, err := n.Validate()
	if err != nil {
		return err
	}
	if err := s.limit.Allow(ctx, s.clock.Now(), ratelimit.SignUpAddress.On(n.Email),
		ratelimit.SignUpNetwork.On(ratelimit.Network(n.IP))); err != nil {
		return err
	}
	defer s.paced(ctx)()
	hash, err := s.hasher.hash(ctx, n.Password)
	if err != nil {
		return err
	}
	err = s.signUp(ctx, n, hash)
	if isEmailTaken(err) { // two sign-ups of one address at once: the second one finds the first
		err = s.signUp(ctx, n, hash)
	}
	return err
}

func (s *Service) signUp(ctx context.Context, n NewAccount, hash string) error {
	return s.db.Write(ctx, authz.Guest(), authz.SignUp, func(tx *db.Tx) error {
		p, err := lockEmail(tx, n.Email)
		if err != nil {
			return err
		}
		fresh := p == nil
		if fresh {
			p = &Person{Email: n.Email, CreatedAt: tx.Now, Version: 1, Status: Pending}
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if fresh {
			p.Name, p.PasswordHash, p.Locale = n.Name, hash, n.Locale
			if err := tx.Create(p).Error; err != nil {
				return err
			}
		} else {
			mine, err := unclaimed(tx, p)
			if err != nil {
				return err
			}
			if !mine {
				return notify.Queue(tx, notify.Letter{Kind: "account.known", PersonID: p.ID, Locale: p.Locale})
			}
			if err := tx.Save(p, p.Version, map[string]any{"name": n.Name, "password_hash": hash, "locale": n.Locale}); err != nil {
				return err
			}
			p.Locale = n.Locale
		}
		if err := s.recordNotice(tx, p.ID, n.PrivacyVersion); err != nil {
			return err
		}
		if err := recordNewsletter(tx, p.ID, n.Newsletter); err != nil {
			return err
		}
		return s.sendConfirm(tx, p, tokenData{})
	})
}

// unclaimed reports whether an account was made by a sign-up that nobody
// confirmed: not by an invitation, and without roles.
func unclaimed(tx *db.Tx, p *Person) (bool, error) {
	if p.Status != Pending || p.EmailConfirmedAt != nil {
		return false, nil
	}
	var n int64
	err := tx.Raw(`SELECT (SELECT count(*) FROM role_grants WHERE person_id = @p)
		+ (SELECT count(*) FROM person_tokens WHERE person_id = @p AND purpose = 'invite')
		+ (SELECT count(*) FROM appointments WHERE person_id = @p)`, map[string]any{"p": p.ID}).Row().Scan(&n)
	return n == 0, err
}

func (s *Service) sendConfirm(tx *db.Tx, p *Person, d tokenData) error {
	t, err := s.issue(tx, p.ID, PurposeConfirm, d)
	if err != nil {
		return err
	}
	return notify.Queue(tx, notify.Letter{
		Kind: "account.confirm", PersonID: p.ID, Locale: p.Locale, Data: map[string]any{"token_id": t.ID},
	})
}

func isEmailTaken(err error) bool { return db.Constraint(err) == "people_email" }

// Confirm proves the address by the link of the letter; the account becomes
// active, and the provider that the sign-up came from is linked. Error:
// errs.Invalid with account.error_link for a link that is not good (any more).
func (s *Service) Confirm(ctx context.Context, raw, ip string) error {
	if err := s.limitTokens(ctx, ip); err != nil {
		return err
	}
	return s.db.Write(ctx, authz.Guest(), authz.SignUp, func(tx *db.Tx) error {
		t, p, err := use(tx, PurposeConfirm, raw)
		if err != nil {
			return err
		}
		if p.Status == Blocked {
			return deadLink()
		}
		p.confirm(tx.Now)
		if err := tx.Save(p, p.Version, map[string]any{"status": p.Status, "email_confirmed_at": p.EmailConfirmedAt}); err != nil {
			return err
		}
		d, err := t.data()
		if err != nil || d.Provider == "" {
			return err
		}
		// An account of the provider that was tied to somebody meanwhile stays where it is.
		return tx.Clauses(clause.OnConflict{DoNothing: true}).
			Create(&oidcIdentity{Provider: d.Provider, Subject: d.Subject, PersonID: p.ID, CreatedAt: tx.Now}).Error
	})
}

// ConfirmAgain sends the letter of confirmation anew to whom an earlier link of it
// was sent, good or not. For an unknown link, an account that is confirmed and one
// that has had its letters for this hour it does nothing and says the same. Errors:
// errs.Limited for the network.
func (s *Service) ConfirmAgain(ctx context.Context, raw, ip string) error {
	if err := s.limitTokens(ctx, ip); err != nil {
		return err
	}
	defer s.paced(ctx)()
	var t token
	err := s.db.Read(ctx).Where("token_hash = ? AND purpose = ?", digest(raw), PurposeConfirm).Take(&t).Error
	if db.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var p Person
	if err := s.db.Read(ctx).Take(&p, t.PersonID).Error; err != nil || p.Status != Pending {
		return err
	}
	err = s.limit.Allow(ctx, s.clock.Now(), ratelimit.ConfirmAddress.On(p.Email))
	if errs.Is(err, errs.KindLimited) {
		return nil // to tell it would tell that the account waits for its confirmation
	}
	if err != nil {
		return err
	}
	return s.db.Write(ctx, authz.Guest(), authz.SignUp, func(tx *db.Tx) error {
		p, err := lock(tx, t.PersonID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if p.Status != Pending {
			return nil
		}
		// What the latest sign-up wanted, an account of a provider say, goes on.
		var latest token
		if err := tx.Where("person_id = ? AND purpose = ?", p.ID, PurposeConfirm).Order("id DESC").Take(&latest).Error; err != nil {
			return err
		}
		d, err := latest.data()
		if err != nil {
			return err
		}
		return s.sendConfirm(tx, p, tokenData{Provider: d.Provider, Subject: d.Subject})
	})
}

// limitTokens stops whoever tries links by the thousand.
func (s *Service) limitTokens(ctx context.Context, ip string) error {
	return s.limit.Allow(ctx, s.clock.Now(), ratelimit.TokenNetwork.On(ratelimit.Network(ip)))
}

func trimmed(s string) string { return strings.TrimSpace(s) }
