// Package notify promises letters and sends them.
//
// Queue writes a row of letters and a job in the transaction of the change that
// caused the letter: no change without its letter, no letter without its
// change. The row fixes the Message-ID, so a letter that is sent again after a
// crash bears the same one and the receiver's mail program shows it once. What
// the letter says is composed when it is sent, by the area that owns its kind;
// neither the row nor the job holds personal data or a secret link.
package notify

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/platform/mail"
)

// Letter is one promised letter. Data holds ids and keys alone.
type Letter struct {
	ID        int64
	Kind      string
	PersonID  int64
	AppealID  int64
	AnswerID  int64
	Locale    string
	Data      map[string]any
	MessageID string
	State     string
	CreatedAt time.Time
}

// Content is what a letter says, in words of its locale.
type Content struct {
	To          string // address
	ToName      string
	Subject     string
	Greeting    string
	Paragraphs  []string
	Facts       []Fact
	Button      *Button
	Closing     []string
	Unsubscribe *Button // what ends the subscription at one press (RFC 8058); nil for other letters
	Attachments []mail.Attachment
}

// Fact is a labelled line of a letter, such as the number of an appeal. With URL
// the value leads there; More is said after it.
type Fact struct{ Label, Value, URL, More string }

// Button is the one link of a letter.
type Button struct{ Label, URL string }

// Composer says what a letter of its kind says. A letter that nobody needs any
// more (an account that was closed) is ErrObsolete.
type Composer func(ctx context.Context, l Letter) (Content, error)

// ErrObsolete says that the letter has lost its point and must not be sent.
var ErrObsolete = fmt.Errorf("the letter is obsolete")

// Queue promises a letter in the transaction. Without a locale it is written in
// that of its person.
func Queue(tx *db.Tx, l Letter) error {
	if l.Data == nil {
		l.Data = map[string]any{}
	}
	data, err := json.Marshal(l.Data)
	if err != nil {
		return err
	}
	id := func(n int64) *int64 {
		if n == 0 {
			return nil
		}
		return &n
	}
	var letterID int64
	if err := tx.Pgx().QueryRow(tx.Statement.Context,
		`INSERT INTO letters (kind, person_id, appeal_id, answer_id, locale, data, message_id, created_at)
		 VALUES ($1, $2, $3, $4, coalesce(nullif($5, ''), (SELECT locale FROM people WHERE id = $2), $9), $6, $7, $8) RETURNING id`,
		l.Kind, id(l.PersonID), id(l.AppealID), id(l.AnswerID), l.Locale, data, newMessageID(), tx.Now, i18n.Default,
	).Scan(&letterID); err != nil {
		return err
	}
	tx.Enqueue(kind.SendLetter{LetterID: letterID})
	return nil
}

func newMessageID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// Sender delivers a letter. mail.Outbox and mail.SMTP are such.
type Sender interface {
	Send(ctx context.Context, m mail.Message) error
}

// Renderer lays a letter out as HTML.
type Renderer func(ctx context.Context, c Content) (string, error)

// Service sends promised letters.
type Service struct {
	db        *db.DB
	sender    Sender
	html      Renderer
	domain    string // right-hand side of Message-IDs
	composers map[string]Composer
	refused   map[string]Refusal
}

// Refusal is what an area does about a letter that the receiver's server refused
// for ever. It runs in the transaction that marks the letter failed.
type Refusal func(tx *db.Tx, l Letter) error

// New builds the service. domain is the host name of the portal.
func New(d *db.DB, s Sender, html Renderer, domain string) *Service {
	return &Service{db: d, sender: s, html: html, domain: domain, composers: map[string]Composer{}, refused: map[string]Refusal{}}
}

// Register names the composers of an area. A kind that stands twice is an error of the program.
func (s *Service) Register(cs map[string]Composer) {
	for k, c := range cs {
		if _, dup := s.composers[k]; dup {
			panic("notify: two composers of " + k)
		}
		s.composers[k] = c
	}
}

// OnRefusal says what happens when a letter of one of the kinds is refused for ever.
func (s *Service) OnRefusal(cs map[string]Refusal) {
	for k, c := range cs {
		s.refused[k] = c
	}
}

// patience is how long a letter is offered to a server that says «later» (RFC 5321,
// 4.5.4.1: at least four to five days). Then it counts as refused, so that its area
// finds another way; while the server itself cannot be reached, nobody's letter is given up.
const patience = 5 * 24 * time.Hour

// late is how long a letter waits before it is worth telling the administrator.
const late = time.Hour

// Waiting tells how many letters should have gone long ago, and since when the first
// of them waits. They go by themselves when the mail server takes them.
//
// Errors: those of authorization.
func (s *Service) Waiting(ctx context.Context, who authz.Actor) (n int, since time.Time, err error) {
	if err := db.Allowed(who, authz.AdminRead); err != nil {
		return 0, since, err
	}
	now := s.db.Now()
	err = s.db.ReadPool().QueryRow(ctx, "SELECT count(*), coalesce(min(created_at), $1) FROM letters WHERE state = 'queued' AND created_at < $2", now, now.Add(-late)).
		Scan(&n, &since)
	return n, since, err
}

// Send delivers the letter of one job. It is safe to run twice: a sent letter
// is left alone, and one that was delivered just before a crash goes out again
// under the same Message-ID. A refusal for ever by the receiver's server, or one
// that has lasted for patience, marks
// the letter failed and is told to its area; any other error asks for another attempt.
func (s *Service) Send(ctx context.Context, job kind.SendLetter) error {
	l, err := s.load(ctx, job.LetterID)
	if err != nil {
		return err
	}
	if l.State != "queued" {
		return nil
	}
	compose, ok := s.composers[l.Kind]
	if !ok {
		return fmt.Errorf("no composer of letters of kind %s", l.Kind)
	}
	lctx := i18n.With(ctx, l.Locale)
	c, err := compose(lctx, l)
	if err == ErrObsolete {
		return s.mark(ctx, l, "failed", "obsolete")
	}
	if err != nil {
		return err
	}
	html, err := s.html(lctx, c)
	if err != nil {
		return err
	}
	m := mail.Message{
		ID: l.MessageID + "@" + s.domain, To: c.To, Subject: c.Subject, Text: Text(lctx, c), HTML: html,
		Locale: l.Locale, Attachments: c.Attachments,
	}
	if c.Unsubscribe != nil {
		m.Unsubscribe = c.Unsubscribe.URL
	}
	err = s.sender.Send(ctx, m)
	if err != nil && (mail.Permanent(err) || mail.Deferred(err) && s.db.Now().Sub(l.CreatedAt) > patience) {
		return s.mark(ctx, l, "failed", "refused")
	}
	if err != nil {
		return err
	}
	return s.mark(ctx, l, "sent", "")
}

func (s *Service) load(ctx context.Context, id int64) (Letter, error) {
	var l Letter
	var data []byte
	err := s.db.Pool().QueryRow(ctx,
		`SELECT id, kind, coalesce(person_id, 0), coalesce(appeal_id, 0), coalesce(answer_id, 0), locale, data, message_id, state, created_at
		   FROM letters WHERE id = $1`, id).
		Scan(&l.ID, &l.Kind, &l.PersonID, &l.AppealID, &l.AnswerID, &l.Locale, &data, &l.MessageID, &l.State, &l.CreatedAt)
	if err != nil {
		return l, err
	}
	return l, json.Unmarshal(data, &l.Data)
}

func (s *Service) mark(ctx context.Context, l Letter, state, why string) error {
	return s.db.Write(ctx, authz.System("send-letter"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		set := map[string]any{"state": state, "error": why}
		if state == "sent" {
			set["sent_at"] = tx.Now
		}
		res := tx.Table("letters").Where("id = ? AND state = 'queued'", l.ID).Updates(set)
		if tell := s.refused[l.Kind]; res.Error == nil && res.RowsAffected == 1 && why == "refused" && tell != nil {
			return tell(tx, l)
		}
		return res.Error
	})
}

// Text lays a letter out as plain text. An address stands on a line of its own,
// so that mail programs make all of it a link; the last lines say who writes.
func Text(ctx context.Context, c Content) string {
	var b strings.Builder
	para := func(s string) {
		if s != "" {
			b.WriteString(s + "\n\n")
		}
	}
	para(c.Greeting)
	for _, p := range c.Paragraphs {
		para(p)
	}
	for _, f := range c.Facts {
		b.WriteString(f.Label + ": " + f.Value)
		if f.More != "" {
			b.WriteString(" · " + f.More)
		}
		b.WriteString("\n")
		if f.URL != "" {
			b.WriteString(f.URL + "\n\n")
		}
	}
	if n := len(c.Facts); n > 0 && c.Facts[n-1].URL == "" {
		b.WriteString("\n")
	}
	if c.Button != nil {
		para(c.Button.Label + ":\n" + c.Button.URL)
	}
	for _, p := range c.Closing {
		para(p)
	}
	if c.Unsubscribe != nil {
		para(c.Unsubscribe.Label + ":\n" + c.Unsubscribe.URL)
	}
	return b.String() + "-- \n" + i18n.T(ctx, "mail.footer") + "\n" // RFC 3676, 4.3: the mark of a signature
}
