package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Purpose says what a secret link is good for.
type Purpose string

// The purposes of links and how long each one is good.
const (
	PurposeConfirm Purpose = "confirm" // 48 h
	PurposeReset   Purpose = "reset"   // 1 h
	PurposeInvite  Purpose = "invite"  // 7 d
	PurposeEmail   Purpose = "email"   // 48 h, a new address of an account
	PurposeSign    Purpose = "sign"    // 24 h, and not beyond the end of the gathering: a signature under a petition
)

var lifetime = map[Purpose]time.Duration{
	PurposeConfirm: 48 * time.Hour,
	PurposeReset:   time.Hour,
	PurposeInvite:  7 * 24 * time.Hour,
	PurposeEmail:   48 * time.Hour,
	PurposeSign:    24 * time.Hour,
}

// token is a row of person_tokens. The raw token of a link is
// base64url(HMAC-SHA256(secret of the portal, purpose | person | nonce)): who
// reads the row, a backup of it or the trail cannot make the link, the worker
// that writes the letter can.
type token struct {
	ID        int64
	PersonID  int64
	Purpose   Purpose
	TokenHash []byte
	Data      json.RawMessage `gorm:"type:jsonb"`
	ExpiresAt time.Time
	UsedAt    *time.Time
	CreatedAt time.Time
}

// TableName is the table of the type.
func (token) TableName() string { return "person_tokens" }

type tokenData struct {
	Nonce    string `json:"nonce"`
	Email    string `json:"email,omitempty"`    // the new address
	Old      string `json:"old,omitempty"`      // the address before the change
	Provider string `json:"provider,omitempty"` // the account of a provider that is linked by the confirmation
	Subject  string `json:"subject,omitempty"`
	Box      string `json:"box,omitempty"` // sealed: what a link of PurposeSign carries
}

func (t *token) data() (d tokenData, err error) {
	err = json.Unmarshal(t.Data, &d)
	return d, err
}

func (t *token) live(now time.Time) bool { return t.UsedAt == nil && now.Before(t.ExpiresAt) }

func (s *Service) raw(p Purpose, personID int64, nonce string) string {
	m := hmac.New(sha256.New, s.tokenKey)
	_, _ = fmt.Fprintf(m, "%s|%d|%s", p, personID, nonce)
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func digest(raw string) []byte {
	h := sha256.Sum256([]byte(raw))
	return h[:]
}

// issue makes the one live link of a purpose: the earlier ones die.
func (s *Service) issue(tx *db.Tx, personID int64, p Purpose, d tokenData) (*token, error) {
	if err := expire(tx, personID, p); err != nil {
		return nil, err
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	d.Nonce = hex.EncodeToString(b[:])
	data, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	t := &token{
		PersonID: personID, Purpose: p, TokenHash: digest(s.raw(p, personID, d.Nonce)), Data: data,
		ExpiresAt: tx.Now.Add(lifetime[p]), CreatedAt: tx.Now,
	}
	return t, tx.Create(t).Error
}

// expire ends the live links of a person for these purposes.
func expire(tx *db.Tx, personID int64, ps ...Purpose) error {
	return tx.Model(&token{}).Where("person_id = ? AND purpose IN ? AND used_at IS NULL AND expires_at > ?", personID, ps, tx.Now).
		Updates(map[string]any{"expires_at": tx.Now}).Error
}

// The keys of links that are not good (any more). Who holds a link that a later
// letter replaced may know that: the letter went to the same mailbox.
const (
	deadLinkKey     = "account.error_link"
	replacedLinkKey = "account.error_link_replaced"
)

func deadLink() error { return errs.Invalid(deadLinkKey) }

// dead says why a token that is not live is not good: a newer link of the same
// person and purpose that still is has taken its place, or plainly so.
func (t *token) dead(tx *gorm.DB, now time.Time) error {
	if t.UsedAt != nil {
		return deadLink()
	}
	var newer bool
	err := tx.Raw(`SELECT EXISTS (SELECT FROM person_tokens WHERE person_id = ? AND purpose = ? AND id > ? AND used_at IS NULL AND expires_at > ?)`,
		t.PersonID, t.Purpose, t.ID, now).Row().Scan(&newer)
	if err == nil && newer {
		return errs.Invalid(replacedLinkKey)
	}
	if err == nil {
		err = deadLink()
	}
	return err
}

// peek finds the live token of a link without using it.
func (s *Service) peek(ctx context.Context, p Purpose, raw string) (*token, error) {
	var t token
	err := s.db.Read(ctx).Where("token_hash = ? AND purpose = ?", digest(raw), p).Take(&t).Error
	if db.IsNotFound(err) {
		return nil, deadLink()
	}
	if err != nil {
		return nil, err
	}
	if now := s.clock.Now(); !t.live(now) {
		return nil, t.dead(s.db.Read(ctx), now)
	}
	return &t, nil
}

// use locks the token of a link and marks it used, so that of two clicks one wins, and
// locks the person whom it is for, on whom the write is authorized.
func use(tx *db.Tx, purpose Purpose, raw string) (*token, *Person, error) {
	var t token
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("token_hash = ? AND purpose = ?", digest(raw), purpose).Take(&t).Error
	if db.IsNotFound(err) {
		return nil, nil, deadLink()
	}
	if err != nil {
		return nil, nil, err
	}
	if !t.live(tx.Now) {
		return nil, nil, t.dead(tx.DB, tx.Now)
	}
	t.UsedAt = &tx.Now
	if err := tx.Model(&t).Updates(map[string]any{"used_at": tx.Now}).Error; err != nil {
		return nil, nil, err
	}
	p, err := lock(tx, t.PersonID)
	if err != nil {
		return nil, nil, err
	}
	return &t, p, tx.Authorize(p)
}

// Link tells the page of a link whom it is for. A link that is unknown, used or
// out of time is errs.Invalid with the key account.error_link, one that a later
// letter replaced with account.error_link_replaced. Nothing is used
// up: scanners of mail open every link.
func (s *Service) Link(ctx context.Context, p Purpose, raw string) (Link, error) {
	t, err := s.peek(ctx, p, raw)
	if err != nil {
		return Link{}, err
	}
	d, err := t.data()
	if err != nil {
		return Link{}, err
	}
	var who Person
	if err := s.db.Read(ctx).Select("name", "email", "locale", "password_hash").Where("id = ?", t.PersonID).Take(&who).Error; err != nil {
		return Link{}, err
	}
	l := Link{Name: who.Name, Email: who.Email, Locale: who.Locale}
	if d.Email != "" {
		l.Email = d.Email
	}
	return l, nil
}

// Link is what the page of a secret link may show to who holds it.
type Link struct {
	Name, Email, Locale string
}
