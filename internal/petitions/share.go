package petitions

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
)

// Platform is a site beyond the city that is told of its petitions and tells back
// what it has of them: the national «Взаємодія». It is a port: what speaks over the
// wire stands in petitions/exchange. Both calls may be made again at any time.
type Platform interface {
	// Publish tells of one revision of a petition; the greatest one counts. Errors:
	// *PlatformError.
	Publish(ctx context.Context, p Shared) (Held, error)
	// Held asks what the platform has of the petition. Errors: *PlatformError, with
	// FailMissing for one that it has not.
	Held(ctx context.Context, number int64) (Held, error)
}

// Failure says in one word why an exchange did not come about; the catalogue has a
// line «petitionguard.admin.ex.fail.<failure>» for each. What the platform wrote of
// it is kept nowhere.
type Failure string

// The failures.
const (
	FailOffline Failure = "offline" // no connection, or no answer in time
	FailBusy    Failure = "busy"    // the platform asks to come later
	FailServer  Failure = "server"  // it is broken
	FailAccess  Failure = "access"  // it does not know our token
	FailRefused Failure = "refused" // it does not take what we say
	FailAnswer  Failure = "answer"  // its answer is not what was agreed
	FailMissing Failure = "missing" // it has no such petition
	FailPaused  Failure = "paused"  // it failed so often that it is left alone for a while
	FailBehind  Failure = "behind"  // it has a later revision: this database was restored
)

// Failures lists them all.
var Failures = []Failure{FailOffline, FailBusy, FailServer, FailAccess, FailRefused, FailAnswer, FailMissing, FailPaused, FailBehind}

// PlatformError is why an exchange did not come about. It holds nothing of what the
// platform or the way to it said.
type PlatformError struct{ Failure Failure }

// Error gives the word for the log.
func (e *PlatformError) Error() string { return "the national platform: " + string(e.Failure) }

// Again reports whether the same may succeed later by itself.
func (e *PlatformError) Again() bool {
	switch e.Failure {
	case FailRefused, FailAccess, FailAnswer:
		return false // somebody has to mend it; the hourly round tries all the same
	}
	return true
}

// everywhere reports whether the next petition would fare no better.
func (e *PlatformError) everywhere() bool {
	switch e.Failure {
	case FailRefused, FailAnswer, FailMissing, FailBehind:
		return false
	}
	return true
}

// Shared is what the platform is told of a petition: what every stranger reads on
// its page, and of signatories their number alone. Moments are in UTC.
type Shared struct {
	Number, Revision               int64
	URL                            string
	Title                          string
	Essence, Reasons, Proposal     string
	Author                         string // as the page names him
	Topic, District                string // in Ukrainian
	State                          State
	PublishedAt, EndsAt, ReachedAt *time.Time
	AnnouncedAt, AnsweredAt        *time.Time
	ClosedAt                       *time.Time
	SessionOn                      *time.Time // a day
	Threshold                      int
	Counts                         Tier // which signatures count
	Email, Strong, Counted         int
	Terms                          []SharedTerm
	Answer                         *SharedAnswer
	Milestones                     []SharedMilestone
}

// SharedTerm is a term of the law.
type SharedTerm struct {
	Step  Step
	DueAt time.Time
	MetAt *time.Time
	Rule  string
}

// SharedAnswer is the signed answer. Signer is an official in his office.
type SharedAnswer struct {
	Decision, Body, Signer, Post string
	SignedAt                     time.Time
	DecisionURL, VideoURL        string
}

// SharedMilestone is a step of what was promised.
type SharedMilestone struct {
	Title, Note, URL string
	DueOn, DoneOn    *time.Time // days
}

// Held is what the platform has of a petition. Count is of signatures that it
// gathered itself; nil when it gathers none. They count for nothing here: whether
// they may is for the charter and an agreement to say.
type Held struct {
	Revision  int64
	URL       string
	Count     *int
	AnswerURL string // of an answer that it published
	At        time.Time
}

// shares reports whether the platform is told of the petition: what strangers see,
// made on this portal and no example.
func (s *Service) shares(p *Petition) bool {
	return s.platform != nil && p.Public() && !p.Demo && p.LegacySource == ""
}

// share promises to tell the platform of a change, in the transaction of the change.
func (s *Service) share(tx *db.Tx, p *Petition) {
	if s.shares(p) {
		tx.Enqueue(kind.PetitionExchange{PetitionID: p.ID})
	}
}

// Exchange tells the platform of one petition if it does not know its present
// content, and asks for what it holds if it does. What went wrong is kept for the
// administrator; an error comes back only where the job may succeed later.
func (s *Service) Exchange(ctx context.Context, job kind.PetitionExchange) error {
	if s.platform == nil {
		return nil // switched off since
	}
	err := s.exchange(ctx, job.PetitionID)
	var p *PlatformError
	if errors.As(err, &p) && !p.Again() {
		s.log.WarnContext(ctx, "exchange of petitions", "petition", job.PetitionID, "err", err)
		return nil
	}
	return err
}

// exchangeMost bounds a round: an hour has room for far more than a city has
// petitions that live.
const exchangeMost = 300

// ExchangeAll is the hourly round: petitions that live, whose counts change without
// a change of state, and whatever the platform was not told of yet. It ends at the
// first failure that all would share.
func (s *Service) ExchangeAll(ctx context.Context, _ kind.PetitionsExchange) error {
	if s.platform == nil {
		return nil
	}
	rows, err := s.db.Pool().Query(ctx, `SELECT p.id FROM petitions p LEFT JOIN petition_exchanges x ON x.petition_id = p.id
		WHERE p.state = ANY ($1) AND NOT p.demo AND p.legacy_source = ''
		  AND (p.state IN ('gathering', 'reached', 'reviewing', 'answered') OR x.sent_revision IS DISTINCT FROM x.revision OR x.revision IS NULL)
		ORDER BY greatest(x.sent_at, x.failed_at) NULLS FIRST, p.id LIMIT $2`, tabStates[TabAll], exchangeMost)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := s.exchange(ctx, id)
		var p *PlatformError
		switch {
		case err == nil:
		case !errors.As(err, &p):
			return err
		case p.everywhere():
			s.log.WarnContext(ctx, "the round of exchange ended early", "err", err)
			return nil // the next round comes in an hour anyhow
		}
	}
	return nil
}

func (s *Service) exchange(ctx context.Context, id int64) error {
	var p Petition
	// The primary is asked: a replica that is behind shows what was.
	err := s.db.Pool().QueryRow(ctx, "SELECT number, state, demo, legacy_source, version FROM petitions WHERE id = $1", id).
		Scan(&p.Number, &p.State, &p.Demo, &p.LegacySource, &p.Version)
	if db.IsNotFound(err) || err == nil && !s.shares(&p) {
		return nil
	}
	if err != nil {
		return err
	}
	v, err := s.Show(ctx, authz.Guest(), p.Number, "")
	if err != nil {
		return err
	}
	if v.Version < p.Version {
		return errs.Unavailable("errors.unavailable").Because(errors.New("the replica is behind"))
	}
	x := s.shared(v)
	known := false
	if x.Revision, known, err = s.revise(ctx, id, x); err != nil {
		return err
	}
	var held Held
	if known {
		held, err = s.platform.Held(ctx, x.Number)
	} else {
		held, err = s.platform.Publish(ctx, x)
	}
	return s.settle(ctx, id, held, err)
}

// shared takes of the page of a stranger what the platform is told.
func (s *Service) shared(v *View) Shared {
	utc := func(t *time.Time) *time.Time {
		if t == nil {
			return nil
		}
		u := t.UTC().Truncate(time.Second)
		return &u
	}
	x := Shared{
		Number: v.Number, URL: s.URL(v.Number), Title: v.Title, Essence: v.Essence, Reasons: v.Reasons, Proposal: v.Proposal, Author: v.AuthorName,
		Topic: v.Topic(i18n.Ukrainian), District: v.District(i18n.Ukrainian), State: v.State,
		PublishedAt: utc(v.PublishedAt), EndsAt: utc(v.EndsAt), ReachedAt: utc(v.ReachedAt), AnnouncedAt: utc(v.AnnouncedAt), AnsweredAt: utc(v.AnsweredAt),
		ClosedAt: utc(v.ClosedAt), SessionOn: v.SessionOn,
		Threshold: v.Threshold, Counts: v.Tier, Email: v.Count.Email, Strong: v.Count.Strong, Counted: v.Count.Counted,
	}
	for _, t := range v.Terms {
		x.Terms = append(x.Terms, SharedTerm{Step: t.Step, DueAt: *utc(&t.DueAt), MetAt: utc(t.MetAt), Rule: t.Rule})
	}
	if a := v.Answer; a != nil && a.SignedAt != nil {
		x.Answer = &SharedAnswer{
			Decision: a.Decision, Body: a.Body, Signer: a.SignerName, Post: a.SignerPost, SignedAt: *utc(a.SignedAt), DecisionURL: a.DecisionURL, VideoURL: a.VideoURL,
		}
	}
	for _, m := range v.Milestones {
		x.Milestones = append(x.Milestones, SharedMilestone{Title: m.Title, Note: m.Note, URL: m.URL, DueOn: m.DueOn, DoneOn: m.DoneOn})
	}
	return x
}

// writeExchange runs fn as the worker of the exchange. It locks no petition: nobody
// who signs waits for another site.
func (s *Service) writeExchange(ctx context.Context, fn func(tx pgx.Tx, now time.Time) error) error {
	return s.db.Write(ctx, authz.System("petition-exchange"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		return fn(tx.Pgx(), tx.Now)
	})
}

// revise gives the revision of the content, a new one when it differs from the last;
// known says that the platform has it.
func (s *Service) revise(ctx context.Context, id int64, x Shared) (revision int64, known bool, err error) {
	x.Revision = 0
	content, err := json.Marshal(x)
	if err != nil {
		return 0, false, err
	}
	digest := sha256.Sum256(content)
	err = s.writeExchange(ctx, func(tx pgx.Tx, _ time.Time) error {
		if _, err := tx.Exec(ctx, "INSERT INTO petition_exchanges (petition_id, revision, digest) VALUES ($1, 1, $2) ON CONFLICT DO NOTHING", id, digest[:]); err != nil {
			return err
		}
		var was []byte
		var sent int64
		if err := tx.QueryRow(ctx, "SELECT revision, digest, sent_revision FROM petition_exchanges WHERE petition_id = $1 FOR UPDATE", id).Scan(&revision, &was, &sent); err != nil {
			return err
		}
		if !bytes.Equal(was, digest[:]) {
			revision++
			if _, err := tx.Exec(ctx, "UPDATE petition_exchanges SET revision = $2, digest = $3 WHERE petition_id = $1", id, revision, digest[:]); err != nil {
				return err
			}
		}
		known = sent == revision
		return nil
	})
	return revision, known, err
}

// settle keeps what came of an exchange and gives why it failed.
func (s *Service) settle(ctx context.Context, id int64, held Held, failed error) error {
	var p *PlatformError
	if failed != nil && !errors.As(failed, &p) {
		return failed // not of the platform: the job ended, the portal stops
	}
	ctx = context.WithoutCancel(ctx) // what came of it is kept though the job ends
	failure := p
	err := s.writeExchange(ctx, func(tx pgx.Tx, now time.Time) error {
		failure = p // a retried write begins anew
		var last int64
		if err := tx.QueryRow(ctx, "SELECT revision FROM petition_exchanges WHERE petition_id = $1 FOR UPDATE", id).Scan(&last); err != nil {
			return err
		}
		// The platform may have a revision that this database does not remember, when it
		// was restored from a copy: the next one must be greater.
		if p == nil && held.Revision > last {
			if _, err := tx.Exec(ctx, "UPDATE petition_exchanges SET revision = $2 WHERE petition_id = $1", id, held.Revision+1); err != nil {
				return err
			}
			failure = &PlatformError{FailBehind}
		}
		if failure != nil {
			_, err := tx.Exec(ctx, `UPDATE petition_exchanges SET failure = $2, failed_at = $3, failures = failures + 1,
				sent_revision = CASE WHEN $4 THEN 0 ELSE sent_revision END WHERE petition_id = $1`,
				id, string(failure.Failure), now, failure.Failure == FailMissing || failure.Failure == FailBehind)
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE petition_exchanges SET sent_revision = $2, sent_at = $3, failure = '', failures = 0,
			outside_url = $4, outside_count = $5, outside_answer = $6, outside_at = $7 WHERE petition_id = $1`,
			id, held.Revision, now, held.URL, held.Count, held.AnswerURL, held.At)
		return err
	})
	if err != nil {
		return err
	}
	if failure != nil {
		return failure
	}
	return nil
}

// ExchangeRow is how far the platform has been told of one petition.
type ExchangeRow struct {
	Number    int64
	Title     string
	Known     bool       // the platform has the present content as far as was looked
	SentAt    *time.Time // nil: never
	Failure   Failure    // of the last attempt; empty: it came about
	FailedAt  *time.Time
	Failures  int // in a row
	URL       string
	Count     *int
	AnswerURL string
	At        *time.Time // as of when the platform says so
}

// ExchangeState is the state of the exchange for the administrator.
type ExchangeState struct {
	On      bool
	Known   int        // petitions of which the platform has the last revision
	Waiting int        // of which it has not
	Failing int        // whose last attempt failed
	Last    *time.Time // when an exchange came about last
	Rows    []ExchangeRow
}

// exchangeRows is how many petitions the page lists: those that fail come first.
const exchangeRows = 100

// Exchanges tells the administrator how the exchange fares. Errors: errs.Forbidden.
func (s *Service) Exchanges(ctx context.Context, who authz.Actor) (ExchangeState, error) {
	out := ExchangeState{On: s.platform != nil}
	if !who.Can(authz.CharterManage) {
		return out, errs.Forbidden("errors.forbidden")
	}
	err := s.db.ReadPool().QueryRow(ctx, `SELECT count(*) FILTER (WHERE sent_revision = revision), count(*) FILTER (WHERE sent_revision <> revision),
		count(*) FILTER (WHERE failure <> ''), max(sent_at) FROM petition_exchanges`).Scan(&out.Known, &out.Waiting, &out.Failing, &out.Last)
	if err != nil {
		return out, err
	}
	rows, err := s.db.ReadPool().Query(ctx, `SELECT p.number, p.title, x.sent_revision = x.revision, x.sent_at, x.failure, x.failed_at, x.failures,
		  x.outside_url, x.outside_count, x.outside_answer, x.outside_at
		FROM petition_exchanges x JOIN petitions p ON p.id = x.petition_id
		ORDER BY x.failure = '', x.sent_revision = x.revision, greatest(x.sent_at, x.failed_at) DESC NULLS LAST, p.id DESC LIMIT $1`, exchangeRows)
	if err != nil {
		return out, err
	}
	out.Rows, err = pgx.CollectRows(rows, pgx.RowToStructByPos[ExchangeRow])
	return out, err
}
