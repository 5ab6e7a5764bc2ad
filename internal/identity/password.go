package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/ratelimit"
)

// The policy of passwords: length counts, composition does not (NIST SP
// 800-63B, 5.1.1.2), and what everybody tries first is refused.
const (
	MinPassword = 10
	maxPassword = 256
)

//go:embed common.txt
var commonText string

var common = func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(commonText) {
		out[w] = true
	}
	return out
}()

// checkPassword judges a new password and notes what is wrong under field.
func checkPassword(e *errs.Error, field, password, email string) {
	p := norm.NFC.String(password)
	lower := strings.ToLower(p)
	local, _, _ := strings.Cut(email, "@")
	switch n := utf8.RuneCountInString(p); {
	case n == 0:
		e.With(field, "account.error_password_empty", "n", MinPassword)
	case n < MinPassword:
		e.With(field, "account.error_password_short", "n", MinPassword)
	case n > maxPassword:
		e.With(field, "account.error_too_long", "n", maxPassword)
	case email != "" && (lower == email || lower == local):
		e.With(field, "account.error_password_email")
	case common[lower] || uniform(lower):
		e.With(field, "account.error_password_common")
	}
}

// uniform reports whether s repeats one character.
func uniform(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return strings.Trim(s, string(r)) == ""
}

// params of argon2id.
type params struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// current follows OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
var current = params{19 * 1024, 2, 1}

const (
	saltLen = 16
	keyLen  = 32
)

// hasher computes argon2id hashes, two at a time: each one takes 19 MiB and a
// whole core, and a flood of sign-ins must not take the portal down.
type hasher struct {
	p     params
	turns chan struct{}
	dummy string
}

func newHasher(p params) *hasher {
	h := &hasher{p: p, turns: make(chan struct{}, 2)}
	h.dummy = h.encode(make([]byte, saltLen), make([]byte, keyLen))
	return h
}

func (h *hasher) encode(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.p.memory, h.p.time, h.p.threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// turn waits for a free place; the returned function gives it back.
func (h *hasher) turn(ctx context.Context) (func(), error) {
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash gives the hash of a new password in the PHC string format.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	key := argon2.IDKey(normal(password), salt, h.p.time, h.p.memory, h.p.threads, keyLen)
	return h.encode(salt, key), nil
}

// verify compares. An empty or broken hash costs as much as a real one and
// matches nothing. stale says that a match was hashed with other parameters
// and should be hashed anew.
func (h *hasher) verify(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	p, salt, key, perr := parseHash(hash)
	real := perr == nil
	if !real {
		p, salt, key, _ = parseHash(h.dummy)
	}
	if utf8.RuneCountInString(password) > maxPassword {
		password, real = password[:maxPassword], false
	}
	done, err := h.turn(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	got := argon2.IDKey(normal(password), salt, p.time, p.memory, p.threads, uint32(len(key)))
	ok = subtle.ConstantTimeCompare(got, key) == 1 && real
	return ok, ok && p != h.p, nil
}

// normal brings a password to NFC: «й» typed as one character or as two is one password.
func normal(password string) []byte { return norm.NFC.Bytes([]byte(password)) }

var errHash = errors.New("the hash of a password is not argon2id in the PHC format")

func parseHash(s string) (p params, salt, key []byte, err error) {
	f := strings.Split(s, "$")
	if len(f) != 6 || f[0] != "" || f[1] != "argon2id" {
		return p, nil, nil, errHash
	}
	var v int
	if _, err := fmt.Sscanf(f[2], "v=%d", &v); err != nil || v != argon2.Version {
		return p, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(f[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil {
		return p, nil, nil, errHash
	}
	// Whoever can write a hash must not be able to stop the portal by its parameters.
	if p.memory < 8 || p.memory > 256*1024 || p.time < 1 || p.time > 16 || p.threads < 1 || p.threads > 8 {
		return p, nil, nil, errHash
	}
	if salt, err = base64.RawStdEncoding.DecodeString(f[4]); err != nil || len(salt) < 8 {
		return p, nil, nil, errHash
	}
	if key, err = base64.RawStdEncoding.DecodeString(f[5]); err != nil || len(key) < 16 {
		return p, nil, nil, errHash
	}
	return p, salt, key, nil
}

// HashPassword gives the hash of a password for CreatePerson; it judges nothing.
func HashPassword(ctx context.Context, password string) (string, error) {
	return newHasher(current).hash(ctx, password)
}

// VerifyPassword proves that the password is that of the person: before a
// signature, before a change of the password or the address. A wrong one is
// errs.Invalid on the field "password"; too many are errs.Limited.
func (s *Service) VerifyPassword(ctx context.Context, personID int64, password string) error {
	hit := ratelimit.PasswordVerify.On(fmt.Sprint(personID))
	if err := s.limit.Allow(ctx, s.clock.Now(), hit); err != nil {
		return err
	}
	var p Person
	err := s.db.Read(ctx).Select("id", "password_hash", "status").Where("id = ?", personID).Take(&p).Error
	if db.IsNotFound(err) {
		return errs.NotFound()
	}
	if err != nil {
		return err
	}
	if p.PasswordHash == "" {
		return errs.Fields().With("password", "account.error_no_password")
	}
	if password == "" {
		return errs.Fields().With("password", "account.error_password_missing")
	}
	ok, _, err := s.hasher.verify(ctx, p.PasswordHash, password)
	if err != nil {
		return err
	}
	if !ok || p.Status != Active {
		return errs.Fields().With("password", "account.error_password_wrong")
	}
	return s.limit.Refund(ctx, s.clock.Now(), hit)
}
