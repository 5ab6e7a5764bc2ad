package petitions

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/ratelimit"
)

// Mark is what comes with a press of «Підписати».
type Mark struct {
	IP         string        // of the client; kept as keyed hashes alone
	Took       time.Duration // from the page to the press, 0: not told
	SupportKey string        // of the link for first supporters; needed while a petition gathers them
	Resident   bool          // declares now that he lives in the community; said once, it holds
	DistrictID int64         // where he lives, when he cares to say; 0 keeps what was said before
}

// Signed says what became of it.
type Signed struct {
	Fresh bool // false: this person's signature stood there before
}

// Sign puts the actor's signature on a petition. What comes back as done is
// durable. A person has one signature, however often and from wherever he
// presses; a further press changes nothing and gives Fresh false. The moment of
// the signature is the one at which it reached the portal: what came before the
// end of the gathering is good, what came at it is late.
//
// Signatures that are on their way at the same time share transactions: on the
// day when everybody signs, a commit carries hundreds of them.
//
// Errors: errs.Unauthenticated; errs.Forbidden for an account that is blocked
// or has no confirmed mailbox; errs.NotFound for a petition that is not there
// for this person; errs.Invalid with the field resident where the charter asks
// for the declaration; errs.Conflict when the gathering is over; errs.Unavailable
// when signing is switched off, or with RetryAfter when more people sign than
// the portal can carry.
func (s *Service) Sign(ctx context.Context, who authz.Actor, number int64, m Mark) (Signed, error) {
	now := s.clock.Now()
	if !who.SignedIn() {
		return Signed{}, errs.Unauthenticated()
	}
	if !who.Can(authz.PetitionSign) {
		return Signed{}, errs.Forbidden("errors.forbidden")
	}
	k, err := s.key(ctx, number)
	if err != nil {
		return Signed{}, err
	}
	if m.Resident || m.DistrictID != 0 {
		if err := s.declare(ctx, who, m); err != nil {
			return Signed{}, err
		}
	}
	a := s.newAsk(k, who.ID, m, now)
	got, err := s.box.put(ctx, s, a)
	if err == nil && got == fateUnknown { // his first signature anywhere
		if err = s.declare(ctx, who, m); err != nil {
			return Signed{}, err
		}
		got, err = s.box.put(ctx, s, s.newAsk(k, who.ID, m, now))
	}
	if err != nil {
		return Signed{}, err
	}
	return Signed{Fresh: got == fateSigned}, got.err()
}

// fate is what the database made of one press.
type fate string

const (
	fateSigned   fate = "signed"
	fateAlready  fate = "already"
	fateClosed   fate = "closed"   // not gathering, or late
	fateHidden   fate = "hidden"   // not published, and the link for first supporters was another one
	fateOff      fate = "off"      // signing is switched off
	fateBlocked  fate = "blocked"  // no active account with a confirmed mailbox
	fateUnknown  fate = "unknown"  // nothing was declared yet
	fateResident fate = "resident" // the declaration is needed
)

func (f fate) err() error {
	switch f {
	case fateSigned, fateAlready:
		return nil
	case fateClosed:
		return errs.Conflict("petitions.err.closed")
	case fateHidden:
		return errs.NotFound()
	case fateOff:
		return errs.Unavailable("petitions.err.signing_off")
	case fateBlocked:
		return errs.Forbidden("petitions.err.account")
	default:
		return errs.Fields().With("resident", "petitions.err.resident")
	}
}

// petitionKey is the HMAC key of a petition, in the two blocks that HMAC-SHA256
// (RFC 2104) prepares of it: the database finishes the HMAC over an identifier
// that never leaves it.
type petitionKey struct {
	id         int64
	ipad, opad []byte
}

func newKey(secret []byte, id int64, salt []byte) *petitionKey {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("petition " + strconv.FormatInt(id, 10) + " "))
	h.Write(salt)
	k := &petitionKey{id: id, ipad: make([]byte, sha256.BlockSize), opad: make([]byte, sha256.BlockSize)}
	copy(k.ipad, h.Sum(nil))
	copy(k.opad, k.ipad)
	for i := range k.ipad {
		k.ipad[i] ^= 0x36
		k.opad[i] ^= 0x5c
	}
	return k
}

func (s *Service) key(ctx context.Context, number int64) (*petitionKey, error) {
	if k, ok := s.keys.Load(number); ok {
		return k.(*petitionKey), nil
	}
	var id int64
	var salt []byte
	err := s.db.ReadPool().QueryRow(ctx, "SELECT id, salt FROM petitions WHERE number = $1", number).Scan(&id, &salt)
	if db.IsNotFound(err) {
		return nil, errs.NotFound()
	}
	if err != nil {
		return nil, err
	}
	k := newKey(s.secret, id, salt)
	s.keys.Store(number, k)
	return k, nil
}

// hashed stands for an address or a network: the fraud desk can tell that two
// signatures came from one, nobody can tell from which.
func (s *Service) hashed(what, v string) []byte {
	if v == "" {
		return []byte{}
	}
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte(what + " " + v))
	return h.Sum(nil)[:8]
}

// ask is one press on its way.
type ask struct {
	key    *petitionKey
	person int64
	at     time.Time
	net    []byte
	ip     []byte
	took   *int32
	link   string
	done   chan answer
}

type answer struct {
	fate fate
	err  error
}

func (s *Service) newAsk(k *petitionKey, person int64, m Mark, at time.Time) *ask {
	a := &ask{key: k, person: person, at: at, net: []byte{}, ip: []byte{}, link: m.SupportKey, done: make(chan answer, 1)}
	if m.IP != "" {
		a.net, a.ip = s.hashed("net", ratelimit.Network(m.IP)), s.hashed("ip", m.IP)
	}
	if m.Took > 0 {
		ms := int32(min(m.Took.Milliseconds(), 1<<31-1)) //nolint:gosec // bounded
		a.took = &ms
	}
	return a
}

// The bounds of the box. waitMost presses wait at most: at the rate that a small
// machine carries they are through in a fraction of a second, and who comes then
// is told at once to come again, instead of after a timeout.
const (
	waitMost    = 512
	batchMost   = 256
	flushers    = 2
	retryLater  = 5 * time.Second
	writeWithin = 15 * time.Second
)

// signBox gathers the presses that wait while others are being written.
type signBox struct {
	mu      sync.Mutex
	waiting []*ask
	flying  int
}

// put waits for the fate of a press. A request that ends meanwhile does not
// take the signature back: it may or may not be written, and pressing again
// tells.
func (b *signBox) put(ctx context.Context, s *Service, a *ask) (fate, error) {
	b.mu.Lock()
	if len(b.waiting) >= waitMost {
		b.mu.Unlock()
		e := errs.Unavailable("petitions.err.crowd")
		e.RetryAfter = retryLater
		return "", e
	}
	b.waiting = append(b.waiting, a)
	if b.flying < flushers {
		b.flying++
		go b.fly(s)
	}
	b.mu.Unlock()
	select {
	case got := <-a.done:
		return got.fate, got.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// fly writes batches until nobody waits.
func (b *signBox) fly(s *Service) {
	for {
		b.mu.Lock()
		n := min(len(b.waiting), batchMost)
		if n == 0 {
			b.flying--
			b.mu.Unlock()
			return
		}
		batch := slices.Clone(b.waiting[:n])
		b.waiting = slices.Delete(b.waiting, 0, n)
		b.mu.Unlock()
		s.writeBatch(batch)
	}
}

// writeBatch writes the presses in one transaction; where one of them is
// refused by the database with all the others, each gets its own.
func (s *Service) writeBatch(batch []*ask) {
	// One order for all: two batches that wait for each other's signatories would
	// be a deadlock.
	slices.SortFunc(batch, func(a, b *ask) int {
		return cmp.Or(cmp.Compare(a.key.id, b.key.id), cmp.Compare(a.person, b.person))
	})
	ctx, cancel := context.WithTimeout(context.Background(), writeWithin)
	defer cancel()
	fates, err := s.insert(ctx, batch)
	if c := db.Code(err); len(batch) > 1 && (strings.HasPrefix(c, "22") || strings.HasPrefix(c, "23")) {
		for _, a := range batch {
			s.writeBatch([]*ask{a})
		}
		return
	}
	for i, a := range batch {
		if err != nil {
			a.done <- answer{err: err}
			continue
		}
		a.done <- answer{fate: fates[i]}
	}
}

// insertSQL judges and writes presses. Every gate of the law is in the one
// statement that writes: the petition's row is locked for key share, so that
// nobody closes it between the judgement and the commit.
//
// $1 ids of the petitions of the batch, $2, $3 their keys; per press: $4 which
// of them, $5 person, $6 moment, $7 network, $8 address, $9 milliseconds, $10 link.
const insertSQL = `
WITH k AS (
  SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS k (id, ipad, opad)),
o AS MATERIALIZED (
  SELECT p.id, p.state, p.ends_at, p.residents_only, p.support_key FROM petitions p
   WHERE p.id = ANY ($1) ORDER BY p.id FOR KEY SHARE),
a AS MATERIALIZED (
  SELECT a.ord, a.petition, a.at, a.net, a.ip, a.took, p.name, p.email, s.ident, s.stem, s.district_id, g.ident AS strong,
         CASE WHEN EXISTS (SELECT FROM petition_switches WHERE name = 'signing' AND off_since IS NOT NULL) THEN 'off'
              WHEN p.id IS NULL THEN 'blocked'
              WHEN o.state IN ('supporting', 'checking', 'returned', 'withdrawn', 'lapsed', 'merged') AND o.support_key <> a.link THEN 'hidden'
              WHEN o.state NOT IN ('supporting', 'gathering') OR a.at >= o.ends_at THEN 'closed'
              WHEN s.person_id IS NULL THEN 'unknown'
              WHEN o.residents_only AND s.resident_at IS NULL THEN 'resident' END AS no
    FROM unnest($4::bigint[], $5::bigint[], $6::timestamptz[], $7::bytea[], $8::bytea[], $9::integer[], $10::text[])
         WITH ORDINALITY AS a (petition, person, at, net, ip, took, link, ord)
    JOIN o ON o.id = a.petition
    LEFT JOIN people p ON p.id = a.person AND p.status = 'active' AND p.email_confirmed_at IS NOT NULL
    LEFT JOIN signers s ON s.person_id = p.id
    LEFT JOIN strong_identities g ON g.person_id = p.id AND g.withdrawn_at IS NULL),
n AS MATERIALIZED (
  SELECT ord, nextval('petition_signatures_id_seq') AS id FROM a WHERE no IS NULL),
i AS (
  INSERT INTO petition_signatures (petition_id, id, signer, strong, name, at, tier, district_id, domain, net, ip, took, stem) OVERRIDING SYSTEM VALUE
  SELECT a.petition, n.id, sha256(k.opad || sha256(k.ipad || convert_to(a.ident, 'UTF8'))),
         CASE WHEN a.strong IS NOT NULL THEN sha256(k.opad || sha256(k.ipad || a.strong)) END,
         a.name, a.at, CASE WHEN a.strong IS NULL THEN 1 ELSE 2 END, a.district_id, split_part(lower(a.email), '@', 2), a.net, a.ip, a.took,
         CASE WHEN a.stem <> '' THEN substr(sha256(k.opad || sha256(k.ipad || convert_to('stem ' || a.stem, 'UTF8'))), 1, 8) ELSE '' END
    FROM n JOIN a USING (ord) JOIN k ON k.id = a.petition ORDER BY n.ord
  ON CONFLICT DO NOTHING
  RETURNING id)
SELECT a.ord, coalesce(a.no, CASE WHEN i.id IS NULL THEN 'already' ELSE 'signed' END)
  FROM a LEFT JOIN n USING (ord) LEFT JOIN i ON i.id = n.id`

func (s *Service) insert(ctx context.Context, batch []*ask) ([]fate, error) {
	var (
		ids              []int64
		ipads, opads     [][]byte
		petition, person []int64
		at               []time.Time
		net, ip          [][]byte
		took             []*int32
		link             []string
		fates            = make([]fate, len(batch))
	)
	for i, a := range batch {
		if i == 0 || a.key.id != batch[i-1].key.id {
			ids, ipads, opads = append(ids, a.key.id), append(ipads, a.key.ipad), append(opads, a.key.opad)
		}
		petition, person, at = append(petition, a.key.id), append(person, a.person), append(at, a.at)
		net, ip, took, link = append(net, a.net), append(ip, a.ip), append(took, a.took), append(link, a.link)
	}
	err := s.db.Write(ctx, authz.System("petition-sign"), authz.JobRun, func(tx *db.Tx) error {
		// Who may sign what is judged row by row inside of the statement.
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		tx.Last(insertSQL, ids, ipads, opads, petition, person, at, net, ip, took, link).Query(func(rows pgx.Rows) error {
			var ord int
			var f string
			_, err := pgx.ForEachRow(rows, []any{&ord, &f}, func() error {
				fates[ord-1] = fate(f)
				return nil
			})
			return err
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	select {
	case s.poke <- struct{}{}:
	default:
	}
	return fates, nil
}

// declare keeps what a signatory says of himself once; the mailbox under which
// he is known stays the one of his first signature.
func (s *Service) declare(ctx context.Context, who authz.Actor, m Mark) error {
	var district *int64
	if m.DistrictID != 0 {
		district = &m.DistrictID
	}
	err := s.db.Write(ctx, who, authz.PetitionSign, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil { // his own row: nobody else's can be named
			return err
		}
		var resident *time.Time
		if m.Resident {
			resident = &tx.Now
		}
		return tx.Exec(`INSERT INTO signers (person_id, ident, district_id, resident_at, created_at)
			SELECT id, canonical_email(email), ?, ?, ? FROM people WHERE id = ? AND status = 'active' AND email_confirmed_at IS NOT NULL
			ON CONFLICT (person_id) DO UPDATE SET district_id = coalesce(excluded.district_id, signers.district_id),
			  resident_at = coalesce(signers.resident_at, excluded.resident_at), version = signers.version + 1
			WHERE excluded.district_id IS DISTINCT FROM signers.district_id AND excluded.district_id IS NOT NULL
			   OR signers.resident_at IS NULL AND excluded.resident_at IS NOT NULL`,
			district, resident, tx.Now, who.ID).Error
	})
	if db.Constraint(err) == "signers_district_id_fkey" {
		return errs.Fields().With("district", "petitions.err.district")
	}
	return err
}

// mineSQL finds the standing signature of a person. $1 person, $2 petition, $3,
// $4 its key.
const mineSQL = `
SELECT t.id, t.at FROM people p
  LEFT JOIN signers s ON s.person_id = p.id
  JOIN petition_signatures t ON t.petition_id = $2 AND t.withdrawn_at IS NULL
   AND t.signer = sha256($4 || sha256($3 || convert_to(coalesce(s.ident, canonical_email(p.email)), 'UTF8')))
 WHERE p.id = $1`

// Mine is the standing signature of the actor, nil when there is none. One that
// the fraud desk took out shows as if it stood: whoever forges learns nothing.
type Mine struct {
	At       time.Time
	Position int // the how-manieth of the standing signatures
	id       int64
}

// MySignature tells the actor alone whether he has signed.
func (s *Service) MySignature(ctx context.Context, who authz.Actor, number int64) (*Mine, error) {
	if !who.SignedIn() {
		return nil, nil
	}
	k, err := s.key(ctx, number)
	if err != nil {
		return nil, err
	}
	var m Mine
	err = s.db.Pool().QueryRow(ctx, mineSQL, who.ID, k.id, k.ipad, k.opad).Scan(&m.id, &m.At)
	if db.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	err = s.db.Pool().QueryRow(ctx,
		"SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND id <= $2 AND withdrawn_at IS NULL AND (sweep_id IS NULL OR id = $2)",
		k.id, m.id).Scan(&m.Position)
	return &m, err
}

// Withdraw takes the actor's signature back while the petition gathers. There
// being none is no error. After it he may sign anew. Errors: errs.NotFound,
// errs.Conflict when the gathering is over.
func (s *Service) Withdraw(ctx context.Context, who authz.Actor, number int64) error {
	k, err := s.key(ctx, number)
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, who, authz.PetitionSign, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil { // his own signature: nobody else's can be named
			return err
		}
		p := tx.Pgx()
		var open bool
		if err := p.QueryRow(ctx, "SELECT state IN ('supporting', 'gathering') AND ends_at > $2 FROM petitions WHERE id = $1 FOR KEY SHARE", k.id, tx.Now).Scan(&open); err != nil {
			return err
		}
		if !open {
			return errs.Conflict("petitions.err.closed")
		}
		_, err := p.Exec(ctx, `UPDATE petition_signatures SET withdrawn_at = $5 WHERE petition_id = $2 AND withdrawn_at IS NULL AND id = (SELECT id FROM (`+mineSQL+`) m)`,
			who.ID, k.id, k.ipad, k.opad, tx.Now)
		return err
	})
	if err == nil {
		select {
		case s.poke <- struct{}{}:
		default:
		}
	}
	return err
}
