package petitions

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

// Decisions of the city on a petition.
const (
	Supported = "supported" // «підтримано»
	Partly    = "partly"    // «підтримано частково»
	Rejected  = "refused"   // «не підтримано»
)

// Decisions in the order of the form.
var Decisions = []string{Supported, Partly, Rejected}

// AnswerState is where the answer stands.
type AnswerState string

// The states of an answer.
const (
	AnswerDraft     AnswerState = "draft"
	AnswerSubmitted AnswerState = "submitted"
	AnswerReturned  AnswerState = "returned"
	AnswerSigned    AnswerState = "signed"
)

// The bounds of the text of an answer, in characters.
const (
	AnswerMin = 100
	AnswerMax = 12000
)

// Answer is the city's answer to a petition, from the draft to the signature.
type Answer struct {
	ID          int64
	PetitionID  int64
	Authors     ids `gorm:"type:bigint[]"` // whoever saved a word of it
	State       AnswerState
	Decision    string
	Body        string
	Remarks     string
	SessionOn   *time.Time
	DecisionURL string `gorm:"column:decision_url"`
	VideoURL    string `gorm:"column:video_url"`
	Digest      []byte
	Method      string
	SignerID    *int64
	SignerName  string
	SignerPost  string
	ActingFor   string
	Evidence    []byte `gorm:"type:jsonb"`
	SubmittedAt *time.Time
	SignedAt    *time.Time
	Version     int
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// TableName names the table.
func (Answer) TableName() string { return "petition_answers" }

// ids is a list of people in a column.
type ids []int64

// Value writes the list as PostgreSQL does.
func (l ids) Value() (driver.Value, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, n := range l {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(n, 10))
	}
	b.WriteByte('}')
	return b.String(), nil
}

// Scan reads the list as PostgreSQL writes it.
func (l *ids) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("a list of people cannot be read from %T", v)
	}
	*l = nil
	for _, s := range strings.FieldsFunc(strings.Trim(text, "{}"), func(r rune) bool { return r == ',' }) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return err
		}
		*l = append(*l, n)
	}
	return nil
}

// Draft of an answer, as the form has it.
type AnswerForm struct {
	Decision    string
	Body        string
	SessionOn   *time.Time
	Ahead       bool // says that the session is still to come, and means it
	DecisionURL string
	VideoURL    string
}

func (f AnswerForm) clean() AnswerForm {
	f.DecisionURL, f.VideoURL = strings.TrimSpace(f.DecisionURL), strings.TrimSpace(f.VideoURL)
	return f
}

// bounds judges what may not even be kept as a draft.
func (f AnswerForm) bounds() *errs.Error {
	e := errs.Fields()
	if utf8.RuneCountInString(f.Body) > AnswerMax {
		e.With("body", "petitions.err.long", "max", AnswerMax)
	}
	if f.Decision != "" && !slices.Contains(Decisions, f.Decision) {
		e.With("decision", "petitions.err.decision")
	}
	if !webAddress(f.DecisionURL) {
		e.With("decision_url", "petitions.err.url")
	}
	if !webAddress(f.VideoURL) {
		e.With("video_url", "petitions.err.url")
	}
	return e
}

func (f AnswerForm) judge() error {
	e := f.bounds()
	if utf8.RuneCountInString(strings.TrimSpace(f.Body)) < AnswerMin { // ст. 23-1: the answer is reasoned
		e.With("body", "petitions.err.answer_short", "min", AnswerMin)
	}
	if f.Decision == "" {
		e.With("decision", "petitions.err.decision")
	}
	return e.OrNil()
}

// SignedDigest is the SHA-256 of exactly what is signed. The page shows it, the
// form sends it back, and a signature is made of no other text.
func (n *Answer) SignedDigest(number int64) []byte {
	day := ""
	if n.SessionOn != nil {
		day = calendar.FromTime(*n.SessionOn).String()
	}
	b, _ := json.Marshal([]string{"ereception petition answer v1", strconv.FormatInt(number, 10), strconv.FormatInt(n.ID, 10), n.Decision, n.Body, day, n.DecisionURL, n.VideoURL})
	d := sha256.Sum256(b)
	return d[:]
}

// heard judges the day of the session that the answer names. One that was held
// was not before the petition had its signatures: until then nothing was reviewed
// (Закон 393/96-ВР, ст. 23-1). One that is to come, within a year, is meant so.
func (f AnswerForm) heard(p *Petition, now time.Time) error {
	if f.SessionOn == nil {
		return nil
	}
	day, today := calendar.FromTime(*f.SessionOn), dayIn(now)
	switch {
	case p.ReachedAt != nil && day.Before(dayIn(*p.ReachedAt)), day.After(today.AddMonths(12)):
		return errs.Fields().With("session_on", "petitions.err.session_day")
	case day.After(today) && !f.Ahead:
		return errs.Fields().With("session_ahead", "petitions.err.session_ahead")
	}
	return nil
}

func dayIn(t time.Time) calendar.Date { return calendar.FromTime(t.In(calendar.Kyiv())) }

// SessionAhead reports whether at that moment the session that the answer names was
// still to come.
func (n *Answer) SessionAhead(at time.Time) bool {
	return n.SessionOn != nil && calendar.FromTime(*n.SessionOn).After(dayIn(at))
}

// Overtaken reports whether the session of a submitted answer came between the
// submission and now: its words speak of what is to come, and must not be signed.
func (n *Answer) Overtaken(now time.Time) bool {
	return n.State == AnswerSubmitted && n.SubmittedAt != nil && n.SessionAhead(*n.SubmittedAt) && !n.SessionAhead(now)
}

// AwaitsSession reports whether the review waits, at that moment, for a session of
// the council that is still to come.
func (p *Petition) AwaitsSession(at time.Time) bool {
	return p.SessionOn != nil && calendar.FromTime(*p.SessionOn).After(dayIn(at))
}

// fourEyes refuses a signatory who wrote a word of the answer, and one who acts
// for such a person as nothing but his hand.
func (n *Answer) fourEyes(who authz.Actor) error {
	if slices.Contains(n.Authors, who.ID) || who.ActingFor != nil && slices.Contains(n.Authors, who.ActingFor.ID) {
		return errs.Forbidden("petitions.err.own_answer")
	}
	return nil
}

// MayNotSign reports whether the actor wrote a word of the answer.
func (n *Answer) MayNotSign(who authz.Actor) bool { return n.fourEyes(who) != nil }

func lockAnswer(tx *db.Tx, p *Petition) (*Answer, error) {
	var n Answer
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("petition_id = ?", p.ID).Take(&n).Error
	if db.IsNotFound(err) {
		return nil, nil
	}
	return &n, err
}

// SaveAnswer keeps a draft of the answer. version is that of the draft that the
// person saw, 0 for a first one; one that somebody changed since is errs.Conflict.
func (s *Service) SaveAnswer(ctx context.Context, who authz.Actor, number int64, version int, f AnswerForm) error {
	return s.change(ctx, who, number, 0, moveDraft, func(tx *db.Tx, p *Petition) (Event, error) {
		_, err := draftAnswer(tx, p, version, f.clean())
		return Event{}, err
	})
}

func draftAnswer(tx *db.Tx, p *Petition, version int, f AnswerForm) (*Answer, error) {
	if err := f.bounds().OrNil(); err != nil {
		return nil, err
	}
	n, err := lockAnswer(tx, p)
	if err != nil {
		return nil, err
	}
	if n == nil {
		n = &Answer{PetitionID: p.ID, Authors: ids{tx.Actor.ID}, State: AnswerDraft, Version: 1, Evidence: []byte("{}"), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		n.fill(f)
		return n, tx.Create(n).Error
	}
	if n.State == AnswerSubmitted || n.State == AnswerSigned {
		return nil, errs.Conflict("petitions.err.state")
	}
	if version != n.Version {
		return nil, errs.Conflict("errors.conflict")
	}
	if !slices.Contains(n.Authors, tx.Actor.ID) {
		n.Authors = append(n.Authors, tx.Actor.ID)
	}
	n.fill(f)
	err = tx.Save(&Answer{ID: n.ID}, n.Version, map[string]any{
		"decision": n.Decision, "body": n.Body, "session_on": n.SessionOn, "decision_url": n.DecisionURL, "video_url": n.VideoURL,
		"authors": n.Authors, "state": AnswerDraft, "updated_at": tx.Now,
	})
	n.Version++
	return n, err
}

func (n *Answer) fill(f AnswerForm) {
	n.Decision, n.Body, n.SessionOn, n.DecisionURL, n.VideoURL = f.Decision, f.Body, f.SessionOn, f.DecisionURL, f.VideoURL
}

// SubmitAnswer saves the draft and lays it before the manager.
func (s *Service) SubmitAnswer(ctx context.Context, who authz.Actor, number int64, version int, f AnswerForm) error {
	return s.change(ctx, who, number, 0, moveDraft, func(tx *db.Tx, p *Petition) (Event, error) {
		f = f.clean()
		if err := f.judge(); err != nil {
			return Event{}, err
		}
		if err := f.heard(p, tx.Now); err != nil {
			return Event{}, err
		}
		n, err := draftAnswer(tx, p, version, f)
		if err != nil {
			return Event{}, err
		}
		err = tx.Save(&Answer{ID: n.ID}, n.Version, map[string]any{"state": AnswerSubmitted, "submitted_at": tx.Now, "remarks": "", "updated_at": tx.Now})
		return Event{Kind: "answer_submitted"}, err
	})
}

// ReturnAnswer sends the draft back with remarks.
func (s *Service) ReturnAnswer(ctx context.Context, who authz.Actor, number int64, version int, remarks string) error {
	return s.change(ctx, who, number, 0, moveSendBack, func(tx *db.Tx, p *Petition) (Event, error) {
		remarks = strings.TrimSpace(remarks)
		if l := utf8.RuneCountInString(remarks); l < 5 || l > 2000 {
			return Event{}, errs.Fields().With("remarks", "petitions.err.remarks")
		}
		n, err := lockAnswer(tx, p)
		if err != nil {
			return Event{}, err
		}
		if n == nil || n.State != AnswerSubmitted {
			return Event{}, errs.Conflict("petitions.err.state")
		}
		if version != n.Version {
			return Event{}, errs.Conflict("errors.conflict")
		}
		err = tx.Save(&Answer{ID: n.ID}, n.Version, map[string]any{"state": AnswerReturned, "remarks": remarks, "updated_at": tx.Now})
		return Event{Kind: "answer_returned", Data: map[string]any{"text": remarks}}, err
	})
}

// SignAnswer puts the manager's signature on the submitted answer, and with it
// publishes it (ст. 23-1: reasoned, on the site not later than the next working
// day). digest is that of the text he read: another text is errs.Conflict. The
// authors of the draft may not sign: errs.Forbidden; one that a session has
// overtaken goes back first: errs.Invalid. The signature is proved
// before the transaction, because proving is slow, and bound to the text inside
// of it.
func (s *Service) SignAnswer(ctx context.Context, who authz.Actor, number int64, digest []byte, password string) error {
	if !who.Can(authz.PetitionAnswer) {
		return errs.NotFound()
	}
	n, err := s.answerOf(ctx, number)
	if err != nil {
		return err
	}
	if n == nil || n.State != AnswerSubmitted {
		return errs.Conflict("petitions.err.state")
	}
	if err := n.fourEyes(who); err != nil {
		return err
	}
	if who.PostTitle == "" {
		return errs.Invalid("petitions.err.no_post")
	}
	if n.Overtaken(s.clock.Now()) {
		return errs.Invalid("petitions.err.session_passed")
	}
	method, evidence, err := s.sign.Sign(ctx, who, digest, password)
	if err != nil {
		return err
	}
	proof, err := json.Marshal(evidence)
	if err != nil {
		return err
	}
	m := moveSupport
	if n.Decision == Rejected {
		m = moveRefuse
	}
	return s.change(ctx, who, number, 0, m, func(tx *db.Tx, p *Petition) (Event, error) {
		n, err := lockAnswer(tx, p)
		if err != nil {
			return Event{}, err
		}
		if n == nil || n.State != AnswerSubmitted {
			return Event{}, errs.Conflict("petitions.err.state")
		}
		if err := n.fourEyes(who); err != nil {
			return Event{}, err
		}
		if n.Overtaken(tx.Now) {
			return Event{}, errs.Invalid("petitions.err.session_passed")
		}
		// The move was chosen by the answer as it was read before the lock.
		if !bytes.Equal(digest, n.SignedDigest(p.Number)) || (n.Decision == Rejected) != (p.State == Refused) {
			return Event{}, errs.Conflict("errors.conflict")
		}
		actingFor := ""
		if f := tx.Actor.ActingFor; f != nil {
			actingFor = f.Name + ", " + f.PostTitle
		}
		if err := tx.Save(&Answer{ID: n.ID}, n.Version, map[string]any{
			"state": AnswerSigned, "signed_at": tx.Now, "digest": digest, "method": method, "signer_id": who.ID, "signer_name": who.Name,
			"signer_post": who.PostTitle, "acting_for": actingFor, "evidence": proof, "remarks": "", "updated_at": tx.Now,
		}); err != nil {
			return Event{}, err
		}
		p.AnsweredAt = &tx.Now
		if n.Decision == Rejected {
			p.ClosedAt = &tx.Now
		}
		if p.AwaitsSession(tx.Now) {
			// ст. 23-1: the review is longer where a session must hear the petition. Who
			// answers without waiting for it is held to the ordinary term.
			h, err := charterOf(tx, p)
			if err != nil {
				return Event{}, err
			}
			if err := s.setTerm(tx, p, StepReview, *p.AnnouncedAt, h.ReviewDays); err != nil {
				return Event{}, err
			}
		}
		if err := metTerm(tx, p, StepReview); err != nil {
			return Event{}, err
		}
		if err := s.setTerm(tx, p, StepPublish, tx.Now, 1); err != nil {
			return Event{}, err
		}
		if err := metTerm(tx, p, StepPublish); err != nil { // the signature publishes it
			return Event{}, err
		}
		tx.Enqueue(kind.PetitionNews{PetitionID: p.ID, What: "answered"})
		e := Event{Kind: "answered", Public: true, Data: map[string]any{"decision": n.Decision, "post": who.PostTitle}}
		return e, nil
	})
}

// answerOf reads the answer in whatever state; nil without one.
func (s *Service) answerOf(ctx context.Context, number int64) (*Answer, error) {
	var n Answer
	err := s.db.Read(ctx).Joins("JOIN petitions p ON p.id = petition_answers.petition_id").Where("p.number = ?", number).Take(&n).Error
	if db.IsNotFound(err) {
		return nil, nil
	}
	return &n, err
}
