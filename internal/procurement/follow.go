package procurement

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
)

// FollowMost bounds how many searches a person follows at a time.
const FollowMost = 20

// digestMost bounds the hits of one letter.
const digestMost = 20

// digestLag keeps the newest changes for the next digest: what began to be
// written before them may still be on its way.
const digestLag = time.Minute

// DigestKind is the kind of the letters of followed searches.
const DigestKind = "purchases.digest"

// Subscription is a search that a person follows by e-mail.
type Subscription struct {
	ID        int64
	PersonID  int64
	Query     string    // canonical query string
	SeenAt    time.Time // what changed later is news
	CreatedAt time.Time
	EndedAt   *time.Time
	Version   int
}

// TableName is for gorm.
func (Subscription) TableName() string { return "procurement_subscriptions" }

// followed is the text of a search that is kept: page and order are no part of it.
func followed(q Query) string {
	q.Page, q.Sort = 0, ""
	return q.Values().Encode()
}

// Follow lets the actor follow a search; fresh is false when he does already.
// Errors: errs.Forbidden, errs.Unauthenticated, errs.Invalid beyond FollowMost.
func (s *Service) Follow(ctx context.Context, a authz.Actor, q Query) (fresh bool, err error) {
	text := followed(q)
	err = s.db.Write(ctx, a, authz.PurchaseFollow, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil { // his own: nobody else's can be named
			return err
		}
		p := tx.Pgx()
		if _, err := p.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('purchases.follow'), $1)", int32(a.ID)); err != nil { //nolint:gosec // any number will do
			return err
		}
		var live int
		var known bool
		if err := p.QueryRow(ctx, "SELECT count(*), coalesce(bool_or(query = $2), false) FROM procurement_subscriptions WHERE person_id = $1 AND ended_at IS NULL", a.ID, text).
			Scan(&live, &known); err != nil {
			return err
		}
		if fresh = !known; known {
			return nil
		}
		if live >= FollowMost {
			return errs.Invalid("purchases.err.follow_many", "n", FollowMost)
		}
		_, err := p.Exec(ctx, "INSERT INTO procurement_subscriptions (person_id, query, seen_at, created_at) VALUES ($1, $2, $3, $3)", a.ID, text, tx.Now)
		return err
	})
	return fresh, err
}

// Subscriptions lists the searches that the actor follows, the newest first.
func (s *Service) Subscriptions(ctx context.Context, a authz.Actor) ([]Subscription, error) {
	if !a.SignedIn() {
		return nil, nil
	}
	var out []Subscription
	err := s.db.Read(ctx).Where("person_id = ? AND ended_at IS NULL", a.ID).Order("created_at DESC, id DESC").Limit(2 * FollowMost).Find(&out).Error
	return out, err
}

// Permit lets a person end his own subscriptions; those of others are not there for him.
func (x *Subscription) Permit(a authz.Actor, _ authz.Action) error {
	if a.Kind == authz.KindPerson && a.ID != x.PersonID {
		return errs.NotFound()
	}
	return nil
}

// Unfollow ends a subscription of the actor. One that has ended already stays so.
// Errors: errs.NotFound, errs.Conflict.
func (s *Service) Unfollow(ctx context.Context, a authz.Actor, id int64, version int) error {
	return s.db.Write(ctx, a, authz.PurchaseFollow, func(tx *db.Tx) error {
		var x Subscription
		if err := tx.Take(&x, id).Error; err != nil {
			return notFound(err)
		}
		if err := tx.Authorize(&x); err != nil {
			return err
		}
		return x.end(tx, version)
	})
}

func (x *Subscription) end(tx *db.Tx, version int) error {
	if x.EndedAt != nil {
		return nil
	}
	return tx.Save(x, version, map[string]any{"ended_at": tx.Now})
}

// unfollowToken is what the link of a letter holds: the number of the
// subscription, signed. It lets its bearer end this subscription and no more.
func (s *Service) unfollowToken(id int64) string {
	n := strconv.FormatInt(id, 36)
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte("purchases.unfollow " + n))
	return n + "." + hex.EncodeToString(h.Sum(nil))[:40]
}

// SubscriptionByToken gives the subscription of a letter's link, one that has
// ended too; errs.NotFound for a forged link.
func (s *Service) SubscriptionByToken(ctx context.Context, token string) (Subscription, error) {
	id, err := s.tokenID(token)
	if err != nil {
		return Subscription{}, err
	}
	var x Subscription
	err = s.db.Read(ctx).Take(&x, id).Error
	return x, notFound(err)
}

func (s *Service) tokenID(token string) (int64, error) {
	n, _, _ := strings.Cut(token, ".")
	id, err := strconv.ParseInt(n, 36, 64)
	if err != nil || id <= 0 || !hmac.Equal([]byte(token), []byte(s.unfollowToken(id))) {
		return 0, errs.NotFound()
	}
	return id, nil
}

// UnfollowByToken ends the subscription of a letter's link; a second time is no
// error. errs.NotFound for a forged link.
func (s *Service) UnfollowByToken(ctx context.Context, token string) error {
	id, err := s.tokenID(token)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, authz.System("unfollow"), authz.JobRun, func(tx *db.Tx) error {
		var x Subscription
		if err := tx.Take(&x, id).Error; err != nil {
			return notFound(err)
		}
		if err := tx.Authorize(&x); err != nil {
			return err
		}
		return x.end(tx, x.Version)
	})
}

// Digest writes to whoever follows a search what is new in it. The letter and
// the mark up to which it tells the news are one transaction: nothing is told
// twice and nothing is left out, however often the job is stopped and started.
func (s *Service) Digest(ctx context.Context, _ kind.PurchasesDigest) error {
	rows, err := s.db.Pool().Query(ctx, `SELECT s.id, s.query, s.seen_at FROM procurement_subscriptions s JOIN people p ON p.id = s.person_id
		WHERE s.ended_at IS NULL AND p.status = 'active' ORDER BY s.id`)
	if err != nil {
		return err
	}
	type due struct {
		id    int64
		query string
		seen  time.Time
	}
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (d due, err error) {
		err = r.Scan(&d.id, &d.query, &d.seen)
		return d, err
	})
	if err != nil {
		return err
	}
	to := s.clock.Now().Add(-digestLag)
	var failed error // one search that cannot be read does not hold up the others
	for _, d := range list {
		if !to.After(d.seen) {
			continue
		}
		if err := s.digest(ctx, d.id, d.query, to); err != nil {
			if ctx.Err() != nil || db.Down(err) {
				return err
			}
			failed = errors.Join(failed, fmt.Errorf("subscription %d: %w", d.id, err))
		}
	}
	return failed
}

func (s *Service) digest(ctx context.Context, id int64, text string, to time.Time) error {
	v, err := url.ParseQuery(text)
	if err != nil {
		return err
	}
	q, bad := ParseQuery(v)
	if err := bad.OrNil(); err != nil {
		return err // it was canonical when it was kept
	}
	p := params{}
	list, impossible, err := s.conditions(ctx, q, &p)
	if err != nil || impossible {
		return err
	}
	return s.db.Write(ctx, authz.System("digest"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		var person int64
		var seen time.Time
		err := tx.Pgx().QueryRow(ctx, "SELECT person_id, seen_at FROM procurement_subscriptions WHERE id = $1 AND ended_at IS NULL FOR UPDATE", id).Scan(&person, &seen)
		if db.IsNotFound(err) || err == nil && !to.After(seen) {
			return nil // it ended, or another worker was here
		}
		if err != nil {
			return err
		}
		args := append(params{}, p...)
		where := where(list) + " AND r.changed_at > " + args.add(seen) + " AND r.changed_at <= " + args.add(to)
		rows, err := tx.Pgx().Query(ctx, "SELECT r.id, count(*) OVER () FROM procurement_register r WHERE "+where+
			fmt.Sprintf(" ORDER BY cardinality(r.signs) > 0 DESC, r.day DESC, r.id LIMIT %d", digestMost), args...)
		if err != nil {
			return err
		}
		ids := []string{}
		var hit string
		var total int
		if _, err := pgx.ForEachRow(rows, []any{&hit, &total}, func() error {
			ids = append(ids, hit)
			return nil
		}); err != nil {
			return err
		}
		if len(ids) == 0 {
			return nil
		}
		if _, err := tx.Pgx().Exec(ctx, "UPDATE procurement_subscriptions SET seen_at = $2 WHERE id = $1", id, to); err != nil {
			return err
		}
		return notify.Queue(tx, notify.Letter{Kind: DigestKind, PersonID: person, Data: map[string]any{"subscription": id, "hits": ids, "total": total}})
	})
}

// Composers says what the letters of followed searches say. base is the public
// address of the portal; describe says a search in words.
func (s *Service) Composers(base string, describe func(ctx context.Context, q Query) string) map[string]notify.Composer {
	return map[string]notify.Composer{DigestKind: func(ctx context.Context, l notify.Letter) (notify.Content, error) {
		return s.composeDigest(i18n.With(ctx, l.Locale), l, strings.TrimSuffix(base, "/"), describe)
	}}
}

func (s *Service) composeDigest(ctx context.Context, l notify.Letter, base string, describe func(context.Context, Query) string) (notify.Content, error) {
	number, _ := l.Data["subscription"].(float64)
	total, _ := l.Data["total"].(float64)
	var x Subscription
	var email, name, status string
	err := s.db.ReadPool().QueryRow(ctx, `SELECT s.id, s.query, s.ended_at, coalesce(p.email, ''), p.name, p.status FROM procurement_subscriptions s
		JOIN people p ON p.id = s.person_id WHERE s.id = $1 AND s.person_id = $2`, int64(number), l.PersonID).Scan(&x.ID, &x.Query, &x.EndedAt, &email, &name, &status)
	if db.IsNotFound(err) || err == nil && (x.EndedAt != nil || status != "active" || email == "") {
		return notify.Content{}, notify.ErrObsolete
	}
	if err != nil {
		return notify.Content{}, err
	}
	v, err := url.ParseQuery(x.Query)
	if err != nil {
		return notify.Content{}, err
	}
	q, _ := ParseQuery(v)
	var ids []string
	list, _ := l.Data["hits"].([]any)
	for _, id := range list {
		if id, ok := id.(string); ok {
			ids = append(ids, id)
		}
	}
	hits, err := s.collect(ctx, "SELECT "+hitColumns+" FROM procurement_register r WHERE r.kind = $1 AND r.id = ANY ($2) ORDER BY array_position($2, r.id)", params{q.Kind, ids})
	if err != nil {
		return notify.Content{}, err
	}
	if len(hits) == 0 {
		return notify.Content{}, notify.ErrObsolete // all of them were withdrawn meanwhile
	}
	words := x.Query
	if describe != nil {
		words = describe(ctx, q)
	}
	c := notify.Content{
		To: email, ToName: name,
		Subject:     i18n.N(ctx, "purchases.digest.subject", int(total), "search", words),
		Greeting:    i18n.T(ctx, "letters.greeting", "name", name),
		Paragraphs:  []string{i18n.N(ctx, "purchases.digest.text", int(total), "search", words)},
		Button:      &notify.Button{Label: i18n.T(ctx, "purchases.digest.button"), URL: base + "/procurement/search?" + x.Query},
		Unsubscribe: &notify.Button{Label: i18n.T(ctx, "purchases.digest.end"), URL: base + "/procurement/unfollow/" + s.unfollowToken(x.ID)},
	}
	for _, h := range hits {
		more := h.BuyerName
		if h.Amount != "" {
			more += " · " + sumWords(ctx, h.Amount, h.Currency)
		}
		if len(h.Signs) > 0 {
			more += " · " + signWords(ctx, h.Signs)
		}
		c.Facts = append(c.Facts, notify.Fact{Label: i18n.Numeric(h.Day), Value: h.Title, URL: base + h.Path(), More: more})
	}
	if more := int(total) - len(hits); more > 0 {
		c.Closing = append(c.Closing, i18n.N(ctx, "purchases.digest.more", more))
	}
	c.Closing = append(c.Closing, i18n.T(ctx, "purchases.digest.caveat"))
	return c, nil
}

// signWords says in a line of a letter or of a feed which signs there are.
func signWords(ctx context.Context, signs []string) string {
	var names []string // two profiles of one indicator are one name
	for _, id := range signs {
		name, _, _ := strings.Cut(id, "@")
		names = append(names, name)
	}
	return i18n.T(ctx, "purchases.digest.sign", "signs", strings.Join(slices.Compact(names), ", "))
}

// sumWords writes a decimal with its thousands apart; hryvnias without kopecks where there are none.
func sumWords(ctx context.Context, amount, currency string) string {
	head, tail, _ := strings.Cut(amount, ".")
	n, err := strconv.ParseInt(head, 10, 64)
	if err != nil {
		return amount + " " + currency
	}
	out := i18n.Num(ctx, n)
	if tail = strings.TrimRight(tail, "0"); tail != "" {
		mark := ","
		if i18n.Locale(ctx) == i18n.English {
			mark = "."
		}
		out += mark + (tail + "0")[:2]
	}
	if currency == "UAH" {
		return i18n.T(ctx, "procurement.money.uah", "sum", out)
	}
	return i18n.T(ctx, "procurement.money.other", "sum", out, "currency", currency)
}

// Path is the address of the page of a hit within the portal.
func (h Hit) Path() string { return "/procurement/" + h.Kind + "s/" + url.PathEscape(h.Number) }
