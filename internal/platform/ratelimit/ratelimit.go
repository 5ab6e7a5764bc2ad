// Package ratelimit counts attempts, so that nobody can guess a password, empty
// a mailbox of ours onto a stranger, or fill the queue of the city by a script.
//
// A Rule allows Max attempts in a sliding Window per key. The counters lie in
// rate_counters of PostgreSQL, so that all instances of the portal count
// together. A key is stored as a keyed hash alone: whoever reads the table
// learns neither an address of the network nor an e-mail (Закон 2297-VI, ст. 24).
// All rules of one request are counted in one round trip. Soft, for filing, counts
// in memory and writes behind.
//
// The window slides: the count of the running slot plus the share of the
// previous slot that the window still covers, which is nothing once a window has
// passed since its latest attempt. So nobody is told to wait for longer than the
// window, and who waits as he was told is let in. A refused attempt counts too, but
// never above Max+1, so a stubborn client is not shut out for longer than the
// answer promised.
package ratelimit

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"net/netip"
	"sort"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"ereception/internal/platform/errs"
)

// Rule allows Max attempts in a Window. Name keeps its counters apart from
// those of other rules.
type Rule struct {
	Name   string
	Max    int
	Window time.Duration
}

// The rules of the portal.
var (
	SignInAccount  = Rule{"sign-in/account", 10, 15 * time.Minute}
	SignInNetwork  = Rule{"sign-in/network", 50, 15 * time.Minute}
	SignUpAddress  = Rule{"sign-up/address", 5, time.Hour}
	SignUpNetwork  = Rule{"sign-up/network", 40, time.Hour}
	ConfirmAddress = Rule{"confirm/address", 3, time.Hour} // letters that remind to confirm
	ResetAddress   = Rule{"reset/address", 3, time.Hour}
	ResetNetwork   = Rule{"reset/network", 30, time.Hour}
	TokenNetwork   = Rule{"token/network", 60, 15 * time.Minute}
	FilingAccount  = Rule{"filing/account", 10, time.Hour}
	FilingNetwork  = Rule{"filing/network", 60, time.Hour}
	MessageAccount = Rule{"message/account", 30, time.Hour}
	UploadAccount  = Rule{"upload/account", 60, time.Hour} // files and new drafts
	ParkNetwork    = Rule{"park/network", 30, time.Hour}
	OIDCState      = Rule{"oidc/state", 1, 15 * time.Minute} // a state is good once
	PasswordVerify = Rule{"password/verify", 10, 15 * time.Minute}

	// Letters with a link to sign a petition. Behind one address of a mobile
	// operator a whole neighbourhood signs.
	SignLinkNetwork  = Rule{"sign-link/network", 300, time.Hour}
	SignLinkPetition = Rule{"sign-link/petition", 5, 24 * time.Hour} // of one mailbox and petition
	SignLinkMailbox  = Rule{"sign-link/mailbox", 20, 24 * time.Hour}
	PetitionCreate   = Rule{"petition-create", 5, 24 * time.Hour} // per person
	PetitionWithdraw = Rule{"petition/withdraw", 10, time.Hour}
)

// On binds the rule to the key of one account, address or network.
func (r Rule) On(key string) Hit { return Hit{r, key} }

// Hit is one attempt under one rule.
type Hit struct {
	Rule Rule
	Key  string
}

// Pool runs statements. *pgxpool.Pool is one.
type Pool interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// Limiter counts attempts. It is safe for concurrent use.
type Limiter struct {
	pool Pool
	key  []byte
}

// New builds a limiter. secret is the key of the hashes; it must stay the same
// between starts and be the same on every instance.
func New(pool Pool, secret []byte) *Limiter { return &Limiter{pool, secret} }

// Allow counts one attempt under each of the hits and answers errs.Limited,
// with the time after which to come again, when any rule is exceeded. Any
// other error is the database's; the caller must refuse then too.
func (l *Limiter) Allow(ctx context.Context, now time.Time, hits ...Hit) error {
	b := &pgx.Batch{}
	verdict := l.Attempt(now, hits...).Queue(b)
	if b.Len() > 0 {
		if err := l.pool.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
	}
	return verdict()
}

// Attempt is an attempt that is to be counted in one round trip with other
// statements of its caller.
type Attempt struct {
	now      time.Time
	counters []counter
	wait     time.Duration // the verdict of counters that are counted already
}

// Attempt makes an attempt under each of the hits.
func (l *Limiter) Attempt(now time.Time, hits ...Hit) *Attempt {
	return &Attempt{now: now, counters: l.counters(now, hits)}
}

// Queue adds the counting to the batch. The batch must run outside of a
// transaction that may be taken back, or a refused attempt would not count. When
// it has run, verdict answers errs.Limited if any rule is exceeded.
func (a *Attempt) Queue(b *pgx.Batch) (verdict func() error) {
	wait := a.wait
	if len(a.counters) > 0 {
		hashes, slots, prevs, maxes := columns(a.counters)
		b.Queue(countSQL, hashes, slots, prevs, maxes, a.now).Query(func(rows pgx.Rows) error {
			w, err := a.read(rows)
			wait = max(wait, w)
			return err
		})
	}
	return func() error {
		if wait > 0 {
			return errs.Limited(wait)
		}
		return nil
	}
}

// $1 hashes, $2 slots, $3 the slots before, $4 the most of each rule, $5 now.
const countSQL = `
INSERT INTO rate_counters AS c (key_hash, slot, count, last_at)
SELECT k, s, 1, $5::timestamptz FROM unnest($1::bytea[], $2::timestamptz[]) AS t (k, s)
ON CONFLICT (key_hash, slot) DO UPDATE SET count = least(c.count, ($4::int[])[array_position($1::bytea[], c.key_hash)]) + 1,
  last_at = CASE WHEN c.count > ($4::int[])[array_position($1::bytea[], c.key_hash)] THEN c.last_at ELSE greatest(c.last_at, excluded.last_at) END
RETURNING key_hash, count, last_at,
  coalesce((SELECT p.count FROM rate_counters p WHERE p.key_hash = c.key_hash AND p.slot = ($3::timestamptz[])[array_position($1::bytea[], c.key_hash)]), 0),
  (SELECT p.last_at FROM rate_counters p WHERE p.key_hash = c.key_hash AND p.slot = ($3::timestamptz[])[array_position($1::bytea[], c.key_hash)])`

func (a *Attempt) read(rows pgx.Rows) (wait time.Duration, err error) {
	var hash []byte
	var cur, prev tally
	var last, before *time.Time
	_, err = pgx.ForEachRow(rows, []any{&hash, &cur.n, &last, &prev.n, &before}, func() error {
		cur.last, prev.last = moment(last), moment(before)
		for _, c := range a.counters {
			if bytes.Equal(c.hash, hash) {
				wait = max(wait, c.rule.wait(a.now, c.slot, cur, prev))
			}
		}
		return nil
	})
	return wait, err
}

// Refund takes back an attempt that turned out to be honest, such as a sign-in
// with the right password: only failures count in the end.
func (l *Limiter) Refund(ctx context.Context, now time.Time, hits ...Hit) error {
	cs := l.counters(now, hits)
	if len(cs) == 0 {
		return nil
	}
	hashes, slots, _, _ := columns(cs)
	_, err := l.pool.Exec(ctx, `
		UPDATE rate_counters c SET count = c.count - 1
		  FROM unnest($1::bytea[], $2::timestamptz[]) AS t (k, s)
		 WHERE c.key_hash = t.k AND c.slot = t.s AND c.count > 0`, hashes, slots)
	return err
}

// Sweep deletes counters that no window covers any more.
func (l *Limiter) Sweep(ctx context.Context, now time.Time) error {
	_, err := l.pool.Exec(ctx, `DELETE FROM rate_counters WHERE slot < $1`, now.Add(-48*time.Hour))
	return err
}

// tally is what was counted in one slot, and when the latest of it was; the zero
// time where that is not known.
type tally struct {
	n    int
	last time.Time
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// wait is how long to stay away after an attempt at now that made the counts cur (in
// the slot that began at slot) and prev (in the slot before); 0: allowed. It is never
// longer than the window where the latest attempt of the slot is known.
func (r Rule) wait(now, slot time.Time, cur, prev tally) time.Duration {
	w := float64(r.Window)
	passed := float64(now.Sub(slot)) / w
	if !prev.last.IsZero() && !now.Before(prev.last.Add(r.Window)) {
		prev.n = 0 // the window covers no attempt of the slot before any more
	}
	if float64(prev.n)*(1-passed)+float64(cur.n) <= float64(r.Max) {
		return 0
	}
	var d time.Duration
	in := cur
	if cur.n < r.Max { // the previous slot is what stands in the way, and it fades
		in = prev
		need := 1 - float64(r.Max-cur.n-1)/float64(prev.n)
		d = time.Duration((need - passed) * w)
	} else {
		need := 1 - float64(r.Max-1)/float64(cur.n) // share of the next slot that must pass
		d = time.Duration((1 - passed + need) * w)
	}
	d = (d + time.Second - 1).Truncate(time.Second) // a moment too early would be refused again
	if !in.last.IsZero() {
		d = min(d, in.last.Add(r.Window).Sub(now))
	}
	return max(d, time.Second)
}

type counter struct {
	rule Rule
	hash []byte
	slot time.Time
}

// counters orders the hits by hash, so that two requests lock rows in one order.
func (l *Limiter) counters(now time.Time, hits []Hit) []counter {
	out := make([]counter, 0, len(hits))
	seen := map[string]bool{}
	for _, h := range hits {
		if h.Key == "" {
			continue
		}
		m := hmac.New(sha256.New, l.key)
		m.Write([]byte(h.Rule.Name + "\x00" + h.Key))
		sum := m.Sum(nil)
		if seen[string(sum)] {
			continue
		}
		seen[string(sum)] = true
		out = append(out, counter{h.Rule, sum, now.UTC().Truncate(h.Rule.Window)})
	}
	sort.Slice(out, func(i, j int) bool { return string(out[i].hash) < string(out[j].hash) })
	return out
}

func columns(cs []counter) (hashes [][]byte, slots, prevs []time.Time, maxes []int32) {
	for _, c := range cs {
		hashes = append(hashes, c.hash)
		slots = append(slots, c.slot)
		prevs = append(prevs, c.slot.Add(-c.rule.Window))
		maxes = append(maxes, int32(c.rule.Max))
	}
	return hashes, slots, prevs, maxes
}

// Network is the key of a client's network: the address itself for IPv4, the
// /64 for IPv6, where one subscriber owns that many addresses. What is no
// address is one network of its own.
func Network(ip string) string {
	a, err := netip.ParseAddr(strings.TrimSpace(ip))
	if err != nil {
		return "unknown"
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, _ := a.Prefix(64)
	return p.String()
}
