package identity

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

// Strong is a confirmed strong identity («підтверджена особа»): a provider that
// checks identity papers (Закон 2155-VIII) vouches that this account belongs to
// one human being. Of one human being there is one at a time, whatever accounts
// he has. What the provider calls him is kept as a keyed hash alone. One that was
// withdrawn, or refused because it stands with another account, confirms nothing
// any more, and still tells that the account is of the same human being: on a
// petition he has one signature.
type Strong struct {
	PersonID    int64 `gorm:"primaryKey"`
	Ident       []byte
	Provider    string
	ConfirmedAt time.Time
	WithdrawnAt *time.Time
	Version     int
}

// TableName is the table of the type.
func (Strong) TableName() string { return "strong_identities" }

const maxCode = 64

// wantsCode reports whether the provider knows people by a claim of its own.
func (p *provider) wantsCode() bool { return p.Strong && p.IDClaim != "" }

// code reads the claim that holds the person's code. A claim that is absent is
// an empty code and no error.
func (p *provider) code(claims func(any) error) (string, error) {
	if !p.wantsCode() {
		return "", nil
	}
	var all map[string]json.RawMessage
	if err := claims(&all); err != nil {
		return "", err
	}
	raw := strings.TrimSpace(string(all[p.IDClaim]))
	var v string
	switch {
	case strings.HasPrefix(raw, `"`):
		if err := json.Unmarshal([]byte(raw), &v); err != nil {
			return "", err
		}
	case raw != "" && strings.Trim(raw, "0123456789") == "":
		v = raw
	}
	v = strings.ToUpper(strings.Join(strings.Fields(strings.ReplaceAll(v, "-", "")), ""))
	if len(v) > maxCode {
		return "", nil
	}
	return v, nil
}

// strongIdent is the keyed hash under which the human being is known; nil when
// the provider is not strong, or did not tell the code by which it knows people.
func (s *Service) strongIdent(p *provider, subject string, c claims) []byte {
	claim := "sub " + p.Issuer + "\n" + subject
	switch {
	case !p.Strong, p.wantsCode() && c.code == "":
		return nil
	case p.wantsCode():
		claim = "code " + c.code
	}
	m := hmac.New(sha256.New, s.strongKey)
	m.Write([]byte("strong " + claim))
	return m.Sum(nil)
}

// StrongOf is the confirmed identity of the actor, nil when there is none.
func (s *Service) StrongOf(ctx context.Context, a authz.Actor) (*Strong, error) {
	if !a.SignedIn() {
		return nil, nil
	}
	return s.StrongOfPerson(ctx, a.ID)
}

// StrongOfPerson is that of anybody, for whoever may see his account.
func (s *Service) StrongOfPerson(ctx context.Context, personID int64) (*Strong, error) {
	var g Strong
	err := s.db.Read(ctx).Where("person_id = ? AND withdrawn_at IS NULL", personID).Take(&g).Error
	if db.IsNotFound(err) {
		return nil, nil
	}
	return &g, err
}

// ProviderName is the name of a provider as its button has it; its id when it
// stands in the configuration no more.
func (s *Service) ProviderName(id string) string {
	if p, err := s.provider(id); err == nil {
		return p.Name
	}
	return id
}

// BeginStrong sends a signed-in person to a strong provider to confirm who he
// is: where to send the browser, and the cookie that it must bring back to
// FinishOIDC. Errors: errs.Unauthenticated; errs.NotFound for a provider that is
// unknown or not strong; errs.Unavailable.
func (s *Service) BeginStrong(ctx context.Context, a authz.Actor, providerID, next string) (to, cookie string, err error) {
	if !a.SignedIn() {
		return "", "", errs.Unauthenticated()
	}
	p, err := s.provider(providerID)
	if err != nil {
		return "", "", err
	}
	if !p.Strong {
		return "", "", errs.NotFound()
	}
	_, cfg, err := s.discover(ctx, p)
	if err != nil {
		return "", "", err
	}
	f := flow{
		Provider: p.ID, State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier(),
		Next: next, Person: a.ID,
	}
	if cookie, err = s.seal(f, "flow", FlowLife); err != nil {
		return "", "", err
	}
	return cfg.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), cookie, nil
}

// finishStrong confirms the identity of the actor and ties the account of the
// provider to him, unless it is somebody's already.
func (s *Service) finishStrong(ctx context.Context, a authz.Actor, p *provider, subject string, c claims) error {
	ident := s.strongIdent(p, subject, c)
	if ident == nil {
		return errs.Invalid("account.error_strong_code")
	}
	return s.confirmStrong(ctx, a, authz.AccountSelf, a.ID, p, ident, func(tx *db.Tx) error {
		return tx.Clauses(clause.OnConflict{DoNothing: true}).
			Create(&oidcIdentity{Provider: p.ID, Subject: subject, PersonID: a.ID, CreatedAt: tx.Now}).Error
	})
}

// confirmByTheWay confirms the identity of a person who came in by a strong
// provider. That it cannot be is no reason to keep him out.
func (s *Service) confirmByTheWay(ctx context.Context, personID int64, p *provider, ident []byte) (refused, err error) {
	if !p.Strong {
		return nil, nil
	}
	if ident == nil {
		return errs.Invalid("account.error_strong_code"), nil
	}
	g, err := s.StrongOfPerson(ctx, personID)
	if err != nil || g != nil && bytes.Equal(g.Ident, ident) {
		return nil, err
	}
	err = s.confirmStrong(ctx, authz.Actor{Kind: authz.KindPerson, ID: personID}, authz.SignIn, personID, p, ident, nil)
	if e, ok := errs.As(err); ok && e.Kind == errs.KindInvalid {
		return e, nil
	}
	return nil, err
}

func (s *Service) confirmStrong(ctx context.Context, a authz.Actor, act authz.Action, personID int64, p *provider, ident []byte, also func(*db.Tx) error) error {
	taken := false
	err := s.db.Write(ctx, a, act, func(tx *db.Tx) error {
		taken = false
		who, err := lock(tx, personID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(who); err != nil {
			return err
		}
		if err := who.standing(); err != nil {
			return err
		}
		taken, err = bindStrong(tx, who.ID, p.ID, ident)
		if err != nil {
			return err
		}
		// Signatures of the account may be a second one of this human being.
		tx.Enqueue(kind.PetitionKnown{PersonID: who.ID})
		if also == nil || taken {
			return nil
		}
		return also(tx)
	})
	if taken && err == nil || db.Constraint(err) == "strong_identities_standing" { // or the same human being in another window, as another account
		return errs.Invalid("account.error_strong_taken")
	}
	return err
}

// bindStrong gives the person the identity. One that stands with another account
// is not taken from there: taken says so, and what is kept is that this account is
// of the same human being. An account that stands for one human being does not begin
// to stand for another: errs.Invalid with account.error_strong_other. What was
// withdrawn makes way.
func bindStrong(tx *db.Tx, personID int64, provider string, ident []byte) (taken bool, err error) {
	var list []Strong
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("person_id = ? OR ident = ?", personID, ident).Order("person_id").Find(&list).Error; err != nil {
		return false, err
	}
	var mine *Strong
	for i, g := range list {
		if g.PersonID == personID {
			mine = &list[i]
		} else if g.WithdrawnAt == nil {
			taken = true
		}
	}
	var withdrawn *time.Time
	if taken {
		withdrawn = &tx.Now
	}
	switch {
	case mine == nil:
		return taken, tx.Create(&Strong{PersonID: personID, Ident: ident, Provider: provider, ConfirmedAt: tx.Now, WithdrawnAt: withdrawn, Version: 1}).Error
	case mine.WithdrawnAt == nil && !bytes.Equal(mine.Ident, ident):
		return false, errs.Invalid("account.error_strong_other")
	case mine.WithdrawnAt == nil, taken && bytes.Equal(mine.Ident, ident):
		return taken, nil
	}
	return taken, tx.Save(&Strong{PersonID: personID}, mine.Version, map[string]any{"ident": ident, "provider": provider, "confirmed_at": tx.Now, "withdrawn_at": withdrawn})
}

// personOfIdent finds who is known under a strong identity already, by whichever
// provider it was confirmed, and ties the provider's account to him; 0: nobody.
func (s *Service) personOfIdent(ctx context.Context, p *provider, subject string, ident []byte) (int64, error) {
	if ident == nil {
		return 0, nil
	}
	var id int64
	err := s.db.ReadPool().QueryRow(ctx, "SELECT person_id FROM strong_identities WHERE ident = $1 AND withdrawn_at IS NULL", ident).Scan(&id)
	if db.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return id, s.db.Write(ctx, authz.Guest(), authz.SignIn, func(tx *db.Tx) error {
		who, err := lock(tx, id)
		if err != nil {
			return err
		}
		if err := tx.Authorize(who); err != nil {
			return err
		}
		if err := who.standing(); err != nil {
			return err
		}
		return tx.Clauses(clause.OnConflict{DoNothing: true}).
			Create(&oidcIdentity{Provider: p.ID, Subject: subject, PersonID: id, CreatedAt: tx.Now}).Error
	})
}

// WithdrawStrong takes the confirmation of a person back: his own wish, or the
// administrator's when papers were stolen. Signatures that stand keep what they
// were; those to come are signatures by e-mail. Errors: errs.NotFound when there
// is none, or for whoever may not.
func (s *Service) WithdrawStrong(ctx context.Context, a authz.Actor, personID int64) error {
	act := authz.PeopleManage
	if a.SignedIn() && a.ID == personID {
		act = authz.AccountSelf
	}
	return s.db.Write(ctx, a, act, func(tx *db.Tx) error {
		who, err := lock(tx, personID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(who); err != nil {
			return err
		}
		var g Strong
		err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("person_id = ? AND withdrawn_at IS NULL", personID).Take(&g).Error
		if db.IsNotFound(err) {
			return errs.NotFound()
		}
		if err != nil {
			return err
		}
		return tx.Save(&Strong{PersonID: personID}, g.Version, map[string]any{"withdrawn_at": tx.Now})
	})
}
