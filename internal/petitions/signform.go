package petitions

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// SignPage is what the forms of signing need to know of a petition.
type SignPage struct {
	Number        int64
	Title         string
	Public        bool // anybody may read it; else it gathers its first supporters
	State         State
	EndsAt        time.Time // of the gathering; zero when none goes on
	Tier          Tier
	ResidentsOnly bool
	SupportKey    string // of the link that was shown, or of the author's own
	Open          bool   // signatures are taken
	Off           bool   // they would be, but for the switch
	offUK, offEN  string
}

// OffReason is why signing is switched off, in the administrator's words.
func (p SignPage) OffReason(locale string) string {
	if locale == i18n.English && p.offEN != "" {
		return p.offEN
	}
	return p.offUK
}

// SignPageOf reads what the forms of signing show. A petition that gathers its
// first supporters is there for its author and for whoever has the link (key);
// any other that is not public is errs.NotFound.
func (s *Service) SignPageOf(ctx context.Context, who authz.Actor, number int64, key string) (SignPage, error) {
	var (
		p       Petition
		x       SignPage
		uk, en  *string
		offSeen bool
	)
	err := s.db.Pool().QueryRow(ctx, `SELECT p.number, p.title, p.state, p.ends_at, p.tier, p.residents_only, p.support_key, p.author_id, w.name IS NOT NULL, w.reason_uk, w.reason_en
		FROM petitions p LEFT JOIN petition_switches w ON w.name = 'signing' AND w.off_since IS NOT NULL WHERE p.number = $1`, number).
		Scan(&p.Number, &p.Title, &p.State, &p.EndsAt, &p.Tier, &p.ResidentsOnly, &p.SupportKey, &p.AuthorID, &offSeen, &uk, &en)
	if db.IsNotFound(err) {
		return x, errs.NotFound()
	}
	if err != nil {
		return x, err
	}
	mine := p.AuthorID != nil && who.SignedIn() && *p.AuthorID == who.ID
	linked := subtle.ConstantTimeCompare([]byte(key), []byte(p.SupportKey)) == 1
	if !p.Public() && (p.State != Supporting || !mine && !linked) {
		return x, errs.NotFound()
	}
	x = SignPage{Number: p.Number, Title: p.Title, Public: p.Public(), State: p.State, Tier: p.Tier, ResidentsOnly: p.ResidentsOnly}
	if p.State == Supporting {
		x.SupportKey = p.SupportKey
	}
	if p.EndsAt != nil {
		x.EndsAt = *p.EndsAt
	}
	over := p.EndsAt == nil || !s.clock.Now().Before(*p.EndsAt)
	x.Off = offSeen && p.State.Signable() // while it is off nothing ends: the days will be given back
	x.Open = !offSeen && p.State.Signable() && !over
	if x.Off && uk != nil && en != nil {
		x.offUK, x.offEN = *uk, *en
	}
	return x, nil
}

// Signatory is what the portal knows of a person as one who signs; only he is
// told.
type Signatory struct {
	Resident   bool // has declared that he lives in the community
	DistrictID int64
	Strong     bool // his identity is confirmed by a strong provider now
}

// SignatoryOf tells the actor what he has said of himself.
func (s *Service) SignatoryOf(ctx context.Context, who authz.Actor) (Signatory, error) {
	var x Signatory
	if !who.SignedIn() {
		return x, nil
	}
	err := s.db.Pool().QueryRow(ctx, `SELECT s.resident_at IS NOT NULL, coalesce(s.district_id, 0), g.person_id IS NOT NULL
		FROM (SELECT $1::bigint AS id) p LEFT JOIN signers s ON s.person_id = p.id
		LEFT JOIN strong_identities g ON g.person_id = p.id AND g.withdrawn_at IS NULL`, who.ID).Scan(&x.Resident, &x.DistrictID, &x.Strong)
	return x, err
}

// stampFor bounds the age of a stamp: who read for longer is not told from who
// kept the page open overnight.
const stampFor = 24 * time.Hour

// Stamp marks the moment at which a form was shown, so that nobody but the
// portal can say how long somebody took to fill it in.
func (s *Service) Stamp() string {
	at := strconv.FormatInt(s.clock.Now().UnixMilli(), 36)
	return at + "." + s.stampMark(at)
}

func (s *Service) stampMark(at string) string {
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte("stamp " + at))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

// Took is the time since the stamp; 0 for one that is forged, absent or old.
func (s *Service) Took(stamp string) time.Duration {
	at, mark, ok := strings.Cut(stamp, ".")
	if !ok || subtle.ConstantTimeCompare([]byte(mark), []byte(s.stampMark(at))) != 1 {
		return 0
	}
	ms, err := strconv.ParseInt(at, 36, 64)
	if err != nil {
		return 0
	}
	d := s.clock.Now().Sub(time.UnixMilli(ms))
	if d < 0 || d > stampFor {
		return 0
	}
	return d
}
