// Package identity knows people: how they sign up, prove who they are, come in,
// go out, and what they agreed to.
//
// A Person is a resident («заявник») or an official of the city; an official
// differs by his role grants and his present appointment alone. The basis of
// processing an appeal is the law (Закон 393/96-ВР, Закон 2297-VI, ст. 11,
// ч. 1, п. 2), so sign-up asks for no consent: it records which version of the
// privacy notice was shown. Consent is asked for extras, such as a newsletter,
// and may be withdrawn at any time.
//
// What this package guarantees:
//
//   - Whether an address is known is told to the owner of its mailbox alone.
//     Sign-up, sign-in, reset and a change of address answer the same, cost the
//     same and spend the same limits for every address.
//   - Passwords are kept as argon2id hashes, normalised to NFC before.
//   - Secret links are good once and expire. The database holds their SHA-256;
//     the worker that writes the letter derives the link from a secret of the
//     portal, so neither letters nor jobs hold it.
//   - Sessions are rows and can be ended; the cookie is a signed token that
//     carries the id of the session alone.
//   - Every attempt to guess is limited per account and per network, before any
//     costly work.
//   - The account of an official is opened by his password, by a provider that
//     checks identity papers, and by the city's own directory. A social profile
//     and the link of a letter open that of a resident, and a session that they
//     opened ends to be good when he comes to serve the city (docs/adr/0024).
//   - A link or a code that was used is refused, an account that was never
//     confirmed gives no rights to whoever made it.
package identity

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"ereception/internal/platform/clock"
	"ereception/internal/platform/db"
	"ereception/internal/platform/ratelimit"
	"ereception/internal/platform/together"

	"github.com/google/uuid"
)

// Config is what the portal's configuration says of sign-in.
type Config struct {
	BaseURL string         // of the portal, without a slash at the end: links in letters and the return from a provider
	OIDC    []OIDCProvider // in the order of the buttons
	Client  *http.Client   // to speak with providers; nil: one with a timeout of 10 s
}

// Service holds the use-cases of the area. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	log    *slog.Logger
	limit  *ratelimit.Limiter
	base   string
	client *http.Client

	sessionKey []byte
	tokenKey   []byte
	flowKey    []byte
	strongKey  []byte

	hasher    *hasher
	cache     *actorCache
	looks     *together.Box[uuid.UUID, sessionRow]
	units     *unitCache
	notices   *noticeCache
	providers []*provider

	pace time.Duration // the least time of an answer that must not tell whether an address is known
}

// New builds the service. It makes the secrets of the portal at the first
// start and the privacy notice of this version, so it needs a migrated database.
func New(ctx context.Context, d *db.DB, limit *ratelimit.Limiter, clk clock.Clock, log *slog.Logger, cfg Config) (*Service, error) {
	s := &Service{
		db: d, clock: clk, log: log, limit: limit,
		base:   strings.TrimRight(cfg.BaseURL, "/"),
		client: cfg.Client,
		hasher: newHasher(current),
		cache:  newActorCache(), units: &unitCache{}, notices: &noticeCache{},
		pace: 300 * time.Millisecond,
	}
	s.looks = together.New(lookOptions, s.lookUp)
	if s.client == nil {
		s.client = &http.Client{Timeout: 10 * time.Second}
	}
	for name, key := range map[string]*[]byte{"session": &s.sessionKey, "token": &s.tokenKey, "oidc-flow": &s.flowKey, "strong-identity": &s.strongKey} {
		b, err := Secret(ctx, d, name)
		if err != nil {
			return nil, err
		}
		*key = b
	}
	var err error
	if s.providers, err = newProviders(cfg.OIDC); err != nil {
		return nil, err
	}
	return s, s.EnsureNotice(ctx)
}

// paced gives a function that waits until the least time of a discreet answer
// has passed since the call of paced.
func (s *Service) paced(ctx context.Context) func() {
	t := time.NewTimer(s.pace)
	return func() {
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
		}
	}
}

// tree of the units: which unit stands below which.
type unitCache struct {
	mu    sync.Mutex
	until time.Time
	kids  map[int64][]int64
}

const unitsFresh = 30 * time.Second

// below gives the unit and every unit below it.
func (s *Service) below(ctx context.Context, id int64) ([]int64, error) {
	if id == 0 {
		return nil, nil
	}
	now := s.clock.Now()
	s.units.mu.Lock()
	defer s.units.mu.Unlock()
	if s.units.kids == nil || !now.Before(s.units.until) {
		rows, err := s.db.ReadPool().Query(ctx, "SELECT id, parent_id FROM units WHERE parent_id IS NOT NULL ORDER BY id")
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		kids := map[int64][]int64{}
		for rows.Next() {
			var unit, parent int64
			if err := rows.Scan(&unit, &parent); err != nil {
				return nil, err
			}
			kids[parent] = append(kids[parent], unit)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		s.units.kids, s.units.until = kids, now.Add(unitsFresh)
	}
	out := []int64{id}
	seen := map[int64]bool{id: true}
	for i := 0; i < len(out); i++ {
		for _, k := range s.units.kids[out[i]] {
			if !seen[k] {
				seen[k] = true
				out = append(out, k)
			}
		}
	}
	return out, nil
}

// ForgetUnits drops the cached tree of the units and every cached actor; the
// area that manages the city calls it after a change.
func (s *Service) ForgetUnits() {
	s.units.mu.Lock()
	s.units.kids = nil
	s.units.mu.Unlock()
	s.cache.forgetAll()
}

// Forget drops the cached actors of these people; whoever changes an
// appointment, a delegation or a grant calls it after the commit.
func (s *Service) Forget(people ...int64) { s.cache.forget(people...) }
