package petitions

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/ratelimit"
	"ereception/internal/platform/together"
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
// for the declaration, or name for a name that is none of a person; errs.Conflict when the gathering is over; errs.Unavailable
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
	// Закон 393/96-ВР, ст. 23-1: the list of signatories is public, so it holds names of people and nothing else.
	if _, ok := identity.SignerName(who.Name); !ok {
		return Signed{}, errs.Fields().With("name", "petitionsign.err.name")
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
	got, err := s.box.Do(ctx, a)
	if err == nil && got == fateUnknown { // his first signature anywhere
		if err = s.declare(ctx, who, m); err != nil {
			return Signed{}, err
		}
		a = s.newAsk(k, who.ID, m, now)
		got, err = s.box.Do(ctx, a)
	}
	if err == nil && got == fateTwice {
		got, err = s.outweigh(ctx, a)
	}
	if together.Crowded(err) {
		e := errs.Unavailable("petitions.err.crowd")
		e.RetryAfter = retryLater
		err = e
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
	fateTwice    fate = "twice"    // the same by a confirmed identity, that one by a mailbox may have to make way for
	fateClosed   fate = "closed"   // not gathering, or late
	fateHidden   fate = "hidden"   // not published, and the link for first supporters was another one
	fateOff      fate = "off"      // signing is switched off
	fateBlocked  fate = "blocked"  // no active account with a confirmed mailbox
	fateUnknown  fate = "unknown"  // nothing was declared yet
	fateResident fate = "resident" // the declaration is needed
)

func (f fate) err() error {
	switch f {
	case fateSigned, fateAlready, fateTwice:
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
}

func (s *Service) newAsk(k *petitionKey, person int64, m Mark, at time.Time) *ask {
	a := &ask{key: k, person: person, at: at, net: []byte{}, ip: []byte{}, link: m.SupportKey}
	if m.IP != "" {
		a.net, a.ip = s.hashed("net", ratelimit.Network(m.IP)), s.hashed("ip", m.IP)
	}
	if m.Took > 0 {
		ms := int32(min(m.Took.Milliseconds(), 1<<31-1)) //nolint:gosec // bounded
		a.took = &ms
	}
	return a
}

// The bounds of the presses on their way. Those inside are through in a
// fraction of a second at the rate that a small machine carries, and who comes
// then is told at once to come again, instead of after a timeout. They are fewer
// than the requests that the portal works on (httpx, inFlightMost), so that a
// table that does not answer leaves room for those who read.
var signOptions = together.Options{Inside: 512, Share: 256, Flights: 2, Within: 15 * time.Second}

const retryLater = 5 * time.Second

// signShare writes presses in one transaction; where one of them is refused by
// the database with all the others, each gets its own.
func (s *Service) signShare(ctx context.Context, share []*ask) []together.Answer[fate] {
	// One order for all: two shares that wait for each other's signatories would
	// be a deadlock.
	order := make([]int, len(share))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := share[i], share[j]
		return cmp.Or(cmp.Compare(a.key.id, b.key.id), cmp.Compare(a.person, b.person))
	})
	batch := make([]*ask, len(share))
	for i, at := range order {
		batch[i] = share[at]
	}
	out := make([]together.Answer[fate], len(share))
	fates, err := s.insert(ctx, batch)
	alone := len(batch) > 1 && db.Refused(err)
	for i, at := range order {
		switch {
		case alone:
			out[at] = s.signShare(ctx, share[at:at+1])[0]
		case err != nil:
			out[at].Err = err
		default:
			out[at].Value = fates[i]
		}
	}
	return out
}

// insertSQL judges and writes presses. Every gate of the law is in the one
// statement that writes: the petition's row is locked for key share, so that
// nobody closes it between the judgement and the commit.
//
// Whoever takes back a signature that the fraud desk took out and signs anew gets
// one that is taken out by the same sweep: it comes back when the sweep is undone,
// and tells nothing. A confirmed identity in the place of a mailbox is another
// matter, that counts. An account of which it is known whose it is leaves the mark
// of that human being on a signature by e-mail too, so that no other account of his
// puts a second one there (human.go). The locks make a sweep that is undone at the same moment
// seen as it then is.
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
  SELECT a.ord, a.petition, a.at, a.net, a.ip, a.took, p.name, p.email, s.ident, s.stem, s.district_id, g.ident AS strong, g.withdrawn_at IS NULL AND g.ident IS NOT NULL AS confirmed,
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
    LEFT JOIN strong_identities g ON g.person_id = p.id),
n AS MATERIALIZED (
  SELECT ord, nextval('petition_signatures_id_seq') AS id, a.petition, a.name, a.at, a.district_id, split_part(lower(a.email), '@', 2) AS domain, a.net, a.ip, a.took,
         sha256(k.opad || sha256(k.ipad || convert_to(a.ident, 'UTF8'))) AS signer,
         CASE WHEN a.strong IS NOT NULL THEN sha256(k.opad || sha256(k.ipad || a.strong)) END AS strong,
         CASE WHEN a.confirmed THEN 2 ELSE 1 END AS tier,
         CASE WHEN a.stem <> '' THEN substr(sha256(k.opad || sha256(k.ipad || convert_to('stem ' || a.stem, 'UTF8'))), 1, 8) ELSE '' END AS stem
    FROM a JOIN k ON k.id = a.petition WHERE a.no IS NULL),
q AS MATERIALIZED (
  SELECT n.ord, t.sweep_id FROM n JOIN petition_signatures t ON t.petition_id = n.petition AND t.signer = n.signer
   WHERE t.withdrawn_at IS NOT NULL AND t.sweep_id IS NOT NULL AND t.tier >= n.tier FOR SHARE OF t),
r AS MATERIALIZED (
  SELECT n.ord, t.sweep_id FROM n JOIN petition_signatures t ON t.petition_id = n.petition AND t.strong = n.strong
   WHERE t.withdrawn_at IS NOT NULL AND t.sweep_id IS NOT NULL AND t.tier >= n.tier FOR SHARE OF t),
i AS (
  INSERT INTO petition_signatures (petition_id, id, signer, strong, name, at, tier, district_id, domain, net, ip, took, stem, sweep_id) OVERRIDING SYSTEM VALUE
  SELECT petition, id, signer, strong, name, at, tier, district_id, domain, net, ip, took, stem,
         (SELECT max(sweep_id) FROM (SELECT * FROM q UNION ALL SELECT * FROM r) t WHERE t.ord = n.ord)
    FROM n ORDER BY ord
  ON CONFLICT DO NOTHING
  RETURNING id)
SELECT a.ord, coalesce(a.no, CASE WHEN i.id IS NOT NULL THEN 'signed' WHEN n.tier = 2 THEN 'twice' ELSE 'already' END)
  FROM a LEFT JOIN n USING (ord) LEFT JOIN i ON i.id = n.id`

// columns are the parameters of insertSQL for presses in their order.
func columns(batch []*ask) []any {
	var (
		ids              []int64
		ipads, opads     [][]byte
		petition, person []int64
		at               []time.Time
		net, ip          [][]byte
		took             []*int32
		link             []string
	)
	for i, a := range batch {
		if i == 0 || a.key.id != batch[i-1].key.id {
			ids, ipads, opads = append(ids, a.key.id), append(ipads, a.key.ipad), append(opads, a.key.opad)
		}
		petition, person, at = append(petition, a.key.id), append(person, a.person), append(at, a.at)
		net, ip, took, link = append(net, a.net), append(ip, a.ip), append(took, a.took), append(link, a.link)
	}
	return []any{ids, ipads, opads, petition, person, at, net, ip, took, link}
}

func (s *Service) insert(ctx context.Context, batch []*ask) ([]fate, error) {
	fates := make([]fate, len(batch))
	err := s.db.Write(ctx, authz.System("petition-sign"), authz.JobRun, func(tx *db.Tx) error {
		// Who may sign what is judged row by row inside of the statement.
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		tx.Last(insertSQL, columns(batch)...).Query(func(rows pgx.Rows) error {
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
	s.poked()
	return fates, nil
}

// poked tells the counter that there is something to count.
func (s *Service) poked() {
	select {
	case s.poke <- struct{}{}:
	default:
	}
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

// tierStrong is how a row says that it was given by a confirmed identity.
const tierStrong = 2

// mineSQL finds the standing signature of a person. $1 person, $2 petition, $3,
// $4 its key.
const mineSQL = `
SELECT t.id, t.at, t.tier FROM people p
  LEFT JOIN signers s ON s.person_id = p.id
  JOIN petition_signatures t ON t.petition_id = $2 AND t.withdrawn_at IS NULL
   AND t.signer = sha256($4 || sha256($3 || convert_to(coalesce(s.ident, canonical_email(p.email)), 'UTF8')))
 WHERE p.id = $1`

// Mine is the standing signature of the actor, nil when there is none. One that
// the fraud desk took out shows as if it stood: whoever forges learns nothing.
type Mine struct {
	At       time.Time
	Position int  // the how-manieth of the standing signatures
	Strong   bool // given by a confirmed identity
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
	var tier int
	err = s.db.Pool().QueryRow(ctx, mineSQL, who.ID, k.id, k.ipad, k.opad).Scan(&m.id, &m.At, &tier)
	m.Strong = tier == tierStrong
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
	if err := db.Allowed(who, authz.PetitionSign); err != nil {
		return err
	}
	err = s.writeSignature(ctx, func(tx *db.Tx) error {
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
		s.poked()
	}
	return err
}
