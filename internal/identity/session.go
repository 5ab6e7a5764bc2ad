package identity

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/together"
)

// How long a session lives. Idle ends it for want of requests, the cap in any
// case. Officials see personal data of others, so theirs is the shorter one.
const (
	idleStaff    = 12 * time.Hour
	idleResident = 30 * 24 * time.Hour
	capStaff     = 7 * 24 * time.Hour
	capResident  = 90 * 24 * time.Hour
	touchEvery   = 5 * time.Minute
)

// Client is where a request comes from, as a person recognises his own devices by it.
type Client struct {
	UserAgent string
	IP        string
	// Session is the id of the session that the browser came with; empty for none. A new
	// one takes its cookie, so it ends: nobody could end it by signing out any more.
	Session string
}

// Opened is a new session: the value of the cookie, how long the browser may
// keep it, and who came in.
type Opened struct {
	Token    string
	MaxAge   time.Duration
	PersonID int64
	Locale   string
	Staff    bool
}

// Session is one open session as its owner sees it.
type Session struct {
	ID         string
	PersonID   int64
	Method     string // methodPassword, methodOIDC with the provider, methodLink
	UserAgent  string
	IP         string
	ActingFor  *int64
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
	EndedAt    *time.Time
}

// How a session was opened.
const (
	methodPassword = "password"
	methodOIDC     = "oidc:" // and the id of the provider
	methodLink     = "link"  // of a letter
)

// forOfficials reports whether a session that was opened so may be that of an
// official: by his password, or by a provider that is good for it today.
func (s *Service) forOfficials(method string) bool {
	id, by := strings.CutPrefix(method, methodOIDC)
	if !by {
		return method == methodPassword
	}
	p, err := s.provider(id)
	return err == nil && p.forOfficials()
}

// open makes a session of the person. check runs under the lock of the person,
// for what must be still true.
func (s *Service) open(ctx context.Context, personID int64, method string, c Client, check func(*db.Tx, *Person) error) (Opened, error) {
	var o Opened
	err := s.db.Write(ctx, authz.Actor{Kind: authz.KindPerson, ID: personID}, authz.SignIn, func(tx *db.Tx) error {
		p, err := lock(tx, personID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if check != nil {
			if err := check(tx, p); err != nil {
				return err
			}
		}
		if err := p.standing(); err != nil {
			return err
		}
		o, err = s.insertSession(tx, p, method, c)
		return err
	})
	return o, err
}

func (s *Service) insertSession(tx *db.Tx, p *Person, method string, c Client) (Opened, error) {
	var roles int64
	if err := tx.Raw("SELECT count(*) FROM role_grants WHERE person_id = ?", p.ID).Row().Scan(&roles); err != nil {
		return Opened{}, err
	}
	o := Opened{PersonID: p.ID, Locale: p.Locale, Staff: roles > 0, MaxAge: capResident}
	if o.Staff {
		o.MaxAge = capStaff
	}
	id := uuid.NewString()
	var ip *string
	if a, err := netip.ParseAddr(c.IP); err == nil {
		v := a.Unmap().WithZone("").String()
		ip = &v
	}
	ua := line(c.UserAgent)
	if len(ua) > 400 {
		ua = strings.ToValidUTF8(ua[:400], "")
	}
	if err := tx.Exec(`INSERT INTO sessions (id, person_id, method, user_agent, ip, created_at, last_seen_at, expires_at)
		VALUES (?, ?, ?, ?, ?::inet, ?, ?, ?)`, id, p.ID, method, ua, ip, tx.Now, tx.Now, tx.Now.Add(o.MaxAge)).Error; err != nil {
		return Opened{}, err
	}
	if err := s.leave(tx, c.Session); err != nil {
		return Opened{}, err
	}
	var err error
	o.Token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		ID: id, IssuedAt: jwt.NewNumericDate(tx.Now), ExpiresAt: jwt.NewNumericDate(tx.Now.Add(o.MaxAge)),
	}).SignedString(s.sessionKey)
	return o, err
}

// leave ends the session whose cookie the browser gives up for a new one, whosever it is.
func (s *Service) leave(tx *db.Tx, session string) error {
	if session == "" {
		return nil
	}
	var person int64
	err := tx.Raw("UPDATE sessions SET ended_at = ? WHERE id = ?::uuid AND ended_at IS NULL RETURNING person_id", tx.Now, session).Row().Scan(&person)
	if db.IsNotFound(err) { // ended meanwhile
		return nil
	}
	tx.AfterCommit(func() { s.cache.forget(person) })
	return err
}

func (s *Service) sessionID(token string, now time.Time) (uuid.UUID, bool) {
	var c jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return s.sessionKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return uuid.UUID{}, false
	}
	id, err := uuid.Parse(c.ID)
	return id, err == nil
}

// $1 sessions, $2 now. Most who come are residents: what makes an official is
// asked for only where there is some of it.
const resolveSQL = `
SELECT s.id, s.person_id, s.method, s.last_seen_at, p.name, p.locale, coalesce(s.acting_for, 0),
       coalesce((SELECT array_agg(g.role ORDER BY g.role) FROM role_grants g WHERE g.person_id = p.id), '{}'),
       EXISTS (SELECT FROM appointments a WHERE a.person_id = p.id)
  FROM sessions s
  JOIN people p ON p.id = s.person_id AND p.status = 'active'
 WHERE s.id = ANY ($1::uuid[]) AND s.ended_at IS NULL AND s.expires_at > $2`

// sessionRow is what resolveSQL says of a session; none for one that is not in force.
type sessionRow struct {
	there     bool
	person    int64
	method    string
	seen      time.Time
	name      string
	locale    string
	actingFor int64
	roles     []string
	appointed bool
}

// lookOptions: those who come at the same moment are looked up together, since
// what a look costs is mostly the way to the database.
var lookOptions = together.Options{Inside: 4096, Share: 64, Flights: 4, Company: 3, Within: 30 * time.Second}

// usualList is the length for which the planner makes the plan that suits every
// list (estimate_array_length of its source says ten). A shorter one would look cheaper to it
// and be planned anew each time, which costs more than the look.
const usualList = 10

// lookUp asks for all of them by one statement.
func (s *Service) lookUp(ctx context.Context, ids []uuid.UUID) []together.Answer[sessionRow] {
	out := make([]together.Answer[sessionRow], len(ids))
	list := make([]pgtype.UUID, max(len(ids), usualList)) // those past the end are NULL, which is found nowhere
	for i, id := range ids {
		list[i] = pgtype.UUID{Bytes: id, Valid: true}
	}
	found := make(map[uuid.UUID]sessionRow, len(ids))
	rows, err := s.db.ReadPool().Query(ctx, resolveSQL, list, s.clock.Now())
	if err == nil {
		var id pgtype.UUID
		var r sessionRow
		_, err = pgx.ForEachRow(rows, []any{&id, &r.person, &r.method, &r.seen, &r.name, &r.locale, &r.actingFor, &r.roles, &r.appointed}, func() error {
			r.there = true
			found[id.Bytes] = r
			r.roles = nil
			return nil
		})
	}
	for i, id := range ids {
		out[i] = together.Answer[sessionRow]{Value: found[id], Err: err}
	}
	return out
}

// $1 person, $2 whom he acts for or 0, $3 today in Kyiv. The present post is the
// leading one of the appointments that are in force; a delegation counts only on
// its days.
const officialSQL = `
SELECT coalesce(po.id, 0), coalesce(po.unit_id, 0), coalesce(po.title_uk, ''), coalesce(po.title_en, ''), coalesce(po.head, false),
       coalesce(f.id, 0), coalesce(f.name, ''), coalesce(fp.unit_id, 0), coalesce(fp.title_uk, ''), coalesce(fp.head, false),
       coalesce((SELECT array_agg(g.role ORDER BY g.role) FROM role_grants g WHERE g.person_id = f.id), '{}')
  FROM (SELECT $1::bigint AS id) p
  LEFT JOIN LATERAL (
    SELECT o.id, o.unit_id, o.title_uk, o.title_en, o.head FROM appointments a JOIN posts o ON o.id = a.post_id
     WHERE a.person_id = p.id AND o.active AND a.valid_from <= $3 AND (a.valid_to IS NULL OR a.valid_to >= $3)
     ORDER BY o.head DESC, a.valid_from DESC, a.id DESC LIMIT 1) po ON true
  LEFT JOIN people f ON f.id = $2 AND f.status = 'active' AND EXISTS (
    SELECT FROM delegations d WHERE d.from_person = $2 AND d.to_person = p.id AND $3 BETWEEN d.valid_from AND d.valid_to)
  LEFT JOIN LATERAL (
    SELECT o.unit_id, o.title_uk, o.head FROM appointments a JOIN posts o ON o.id = a.post_id
     WHERE a.person_id = f.id AND o.active AND a.valid_from <= $3 AND (a.valid_to IS NULL OR a.valid_to >= $3)
     ORDER BY o.head DESC, a.valid_from DESC, a.id DESC LIMIT 1) fp ON true`

// Resolve gives the actor of a session cookie; a guest for a cookie that is
// forged, ended, out of time or of a blocked person. The error is for a
// database that does not answer. It runs before every page: one query, shared by
// those who come at the same moment, another one for an official, and for a few
// seconds none.
//
// A session that a social profile or the link of a letter opened is that of a
// resident: when he comes to serve the city he is a guest and signs in anew.
//
// Who acts under a delegation has, for that time, the roles of the principal
// except the administrator's, his units and his right to sign; the trail and
// the signature name both.
func (s *Service) Resolve(ctx context.Context, cookie string) (authz.Actor, error) {
	now := s.clock.Now()
	if a, ok := s.cache.get(cookie, now); ok {
		return a, nil
	}
	id, ok := s.sessionID(cookie, now)
	if !ok {
		return authz.Guest(), nil
	}
	gen := s.cache.generation()
	row, err := s.looks.Do(ctx, id)
	switch {
	case errors.Is(err, together.ErrFull):
		return authz.Actor{}, errs.Unavailable("errors.crowd")
	case err != nil:
		return authz.Actor{}, err
	case !row.there:
		return authz.Guest(), nil
	}
	var (
		a               = authz.Actor{Kind: authz.KindPerson, SessionID: id.String(), ID: row.person, Name: row.name, Locale: row.locale}
		seen            = row.seen
		roles, borrowed = row.roles, []string(nil)
		principal       authz.Principal
		principalUnit   int64
		principalIsHead bool
		actingFor       = row.actingFor
	)
	if row.appointed || actingFor != 0 {
		if err := s.db.ReadPool().QueryRow(ctx, officialSQL, a.ID, actingFor, i18n.ISODate(now)).Scan(&a.PostID, &a.UnitID, &a.PostTitle, &a.PostEn, &a.Head,
			&principal.ID, &principal.Name, &principalUnit, &principal.PostTitle, &principalIsHead, &borrowed); err != nil {
			return authz.Actor{}, err
		}
	}
	for _, r := range roles {
		a.Roles = append(a.Roles, authz.Role(r))
	}
	if (len(a.Roles) > 0 || a.PostID != 0 || principal.ID != 0) && !s.forOfficials(row.method) {
		return authz.Guest(), nil // opened while he was a resident
	}
	idle := idleResident
	if a.Staff() {
		idle = idleStaff
	}
	if !now.Before(seen.Add(idle)) {
		return authz.Guest(), nil
	}
	if a.UnitIDs, err = s.below(ctx, a.UnitID); err != nil {
		return authz.Actor{}, err
	}
	if principal.ID != 0 {
		a.ActingFor = &principal
		a.Head = a.Head || principalIsHead
		for _, r := range borrowed {
			if r := authz.Role(r); r != authz.RoleAdmin && !a.Has(r) {
				a.Roles = append(a.Roles, r)
			}
		}
		ids, err := s.below(ctx, principalUnit)
		if err != nil {
			return authz.Actor{}, err
		}
		for _, u := range ids {
			if !slices.Contains(a.UnitIDs, u) {
				a.UnitIDs = append(a.UnitIDs, u)
			}
		}
		if a.UnitID == 0 {
			a.UnitID = principalUnit
		}
	}
	if now.Sub(seen) >= touchEvery {
		s.touch(ctx, a)
	}
	s.cache.put(cookie, a, now, gen)
	return a, nil
}

// touch notes that the session is in use. A page must not fail for it.
func (s *Service) touch(ctx context.Context, a authz.Actor) {
	err := s.db.Write(ctx, a, authz.AccountSelf, func(tx *db.Tx) error {
		if err := tx.Authorize(&Person{ID: a.ID}); err != nil {
			return err
		}
		return tx.Exec("UPDATE sessions SET last_seen_at = ? WHERE id = ? AND last_seen_at <= ?",
			tx.Now, a.SessionID, tx.Now.Add(-touchEvery)).Error
	})
	if err != nil {
		s.log.WarnContext(ctx, "note the use of a session", "err", err)
	}
}

// Sessions lists the open sessions of the actor, the latest first.
func (s *Service) Sessions(ctx context.Context, a authz.Actor) ([]Session, error) {
	if !a.SignedIn() {
		return nil, errs.Unauthenticated()
	}
	idle := idleResident
	if a.Staff() {
		idle = idleStaff
	}
	now := s.clock.Now()
	var out []Session
	err := s.db.Read(ctx).Raw(`SELECT id::text AS id, person_id, method, user_agent, coalesce(host(ip), '') AS ip, acting_for,
		created_at, last_seen_at, expires_at, ended_at FROM sessions
		WHERE person_id = ? AND ended_at IS NULL AND expires_at > ? AND last_seen_at > ?
		ORDER BY last_seen_at DESC, id LIMIT 100`, a.ID, now, now.Add(-idle)).Scan(&out).Error
	return out, err
}

// SignOut ends the session of the actor; for a guest it does nothing.
func (s *Service) SignOut(ctx context.Context, a authz.Actor) error {
	if !a.SignedIn() {
		return nil
	}
	return s.endWhere(ctx, a, "id = ?", a.SessionID)
}

// EndSession ends one session of the actor; that of another person is errs.NotFound.
func (s *Service) EndSession(ctx context.Context, a authz.Actor, id string) error {
	if _, err := uuid.Parse(id); err != nil {
		return errs.NotFound()
	}
	return s.endWhere(ctx, a, "id = ?", id)
}

// EndOtherSessions ends every session of the actor but this one.
func (s *Service) EndOtherSessions(ctx context.Context, a authz.Actor) error {
	return s.endWhere(ctx, a, "id <> ?", a.SessionID)
}

func (s *Service) endWhere(ctx context.Context, a authz.Actor, cond string, arg any) error {
	return s.db.Write(ctx, a, authz.AccountSelf, func(tx *db.Tx) error {
		p, err := lock(tx, a.ID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		n, err := s.end(tx, p.ID, cond, arg)
		if err == nil && n == 0 && cond == "id = ?" {
			return errs.NotFound()
		}
		return err
	})
}

// end ends the open sessions of a person that meet cond; "" means all.
func (s *Service) end(tx *db.Tx, personID int64, cond string, args ...any) (int64, error) {
	q := tx.Table("sessions").Where("person_id = ? AND ended_at IS NULL", personID)
	if cond != "" {
		q = q.Where(cond, args...)
	}
	res := q.Updates(map[string]any{"ended_at": tx.Now})
	tx.AfterCommit(func() { s.cache.forget(personID) })
	return res.RowsAffected, res.Error
}

// Delegation is a present mandate to act for an official («за дорученням»).
type Delegation struct {
	ID        int64
	FromID    int64
	Name      string
	PostTitle string
	Basis     string
	ValidFrom time.Time
	ValidTo   time.Time
}

// Delegations lists the mandates of the actor that are in force today.
func (s *Service) Delegations(ctx context.Context, a authz.Actor) ([]Delegation, error) {
	if !a.SignedIn() {
		return nil, errs.Unauthenticated()
	}
	today := i18n.ISODate(s.clock.Now())
	var out []Delegation
	err := s.db.Read(ctx).Raw(`SELECT d.id, d.from_person AS from_id, p.name, d.basis, d.valid_from, d.valid_to,
		coalesce((SELECT `+localName(ctx, "o.title")+` FROM appointments x JOIN posts o ON o.id = x.post_id
		  WHERE x.person_id = p.id AND o.active AND x.valid_from <= @today AND (x.valid_to IS NULL OR x.valid_to >= @today)
		  ORDER BY o.head DESC, x.valid_from DESC, x.id DESC LIMIT 1), '') AS post_title
		FROM delegations d JOIN people p ON p.id = d.from_person AND p.status = 'active'
		WHERE d.to_person = @me AND @today BETWEEN d.valid_from AND d.valid_to ORDER BY p.name, d.id`,
		map[string]any{"today": today, "me": a.ID}).Scan(&out).Error
	return out, err
}

// ActFor lets the session act under a delegation that is in force today. One
// that is of another person or of other days is errs.NotFound.
func (s *Service) ActFor(ctx context.Context, a authz.Actor, delegationID int64) error {
	return s.db.Write(ctx, a, authz.AccountSelf, func(tx *db.Tx) error {
		p, err := lock(tx, a.ID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		var from int64
		err = tx.Table("delegations").Clauses(clause.Locking{Strength: "SHARE"}).Select("from_person").
			Where("id = ? AND to_person = ? AND ?::date BETWEEN valid_from AND valid_to", delegationID, a.ID, i18n.ISODate(tx.Now)).
			Row().Scan(&from)
		if db.IsNotFound(err) {
			return errs.NotFound()
		}
		if err != nil {
			return err
		}
		return s.actingFor(tx, a, &from)
	})
}

// StopActing returns the session to the actor's own name.
func (s *Service) StopActing(ctx context.Context, a authz.Actor) error {
	return s.db.Write(ctx, a, authz.AccountSelf, func(tx *db.Tx) error {
		p, err := lock(tx, a.ID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		return s.actingFor(tx, a, nil)
	})
}

func (s *Service) actingFor(tx *db.Tx, a authz.Actor, from *int64) error {
	tx.AfterCommit(func() { s.cache.forget(a.ID) })
	res := tx.Table("sessions").Where("id = ? AND person_id = ? AND ended_at IS NULL", a.SessionID, a.ID).
		Updates(map[string]any{"acting_for": from})
	if res.Error == nil && res.RowsAffected == 0 {
		return errs.Unauthenticated()
	}
	return res.Error
}

// actorCache keeps resolved cookies for a few seconds. What ends a session or
// changes a right in this process takes effect at once, in another one after
// cacheFor at the latest.
type actorCache struct {
	mu  sync.RWMutex
	gen uint64
	m   map[string]cached
}

type cached struct {
	a     authz.Actor
	until time.Time
}

const (
	cacheFor = 3 * time.Second
	cacheMax = 20_000
)

func newActorCache() *actorCache { return &actorCache{m: map[string]cached{}} }

func (c *actorCache) get(cookie string, now time.Time) (authz.Actor, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.m[cookie]
	if !ok || !now.Before(e.until) {
		return authz.Actor{}, false
	}
	return e.a, true
}

// generation is read before the query; put keeps nothing that was read before
// an invalidation.
func (c *actorCache) generation() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.gen
}

func (c *actorCache) put(cookie string, a authz.Actor, now time.Time, gen uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if gen != c.gen {
		return
	}
	if len(c.m) >= cacheMax {
		for k, e := range c.m {
			if !now.Before(e.until) {
				delete(c.m, k)
			}
		}
		if len(c.m) >= cacheMax {
			clear(c.m)
		}
	}
	// Callers append to none of these, yet a cached actor must not be theirs to change.
	a.Roles, a.UnitIDs = slices.Clip(a.Roles), slices.Clip(a.UnitIDs)
	c.m[cookie] = cached{a, now.Add(cacheFor)}
}

func (c *actorCache) forget(people ...int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gen++
	for k, e := range c.m {
		if slices.Contains(people, e.a.ID) || e.a.ActingFor != nil && slices.Contains(people, e.a.ActingFor.ID) {
			delete(c.m, k)
		}
	}
}

func (c *actorCache) forgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gen++
	clear(c.m)
}
