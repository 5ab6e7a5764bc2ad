package appeals

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// PromiseYears bounds how far ahead a promise may look.
const PromiseYears = 3

// rulePromise is the rule of a term that the city set itself with a promise.
const rulePromise = "promise/own"

// Promised is what the answer promised: the appeal stays on the city's own control
// («дано обіцянку») until it is proved that it was done. Then Proof says how.
type Promised struct {
	Text  string
	On    time.Time // by when, UTC midnight
	At    time.Time // when it was taken on control
	Proof string
	Done  *time.Time
}

// Promise is the latest promise of the case; nil when its answer promised nothing. The
// timeline keeps it, so reading it costs nothing.
func (c *Case) Promise() *Promised {
	var p *Promised
	for _, e := range c.Events {
		switch e.Kind {
		case "promised":
			on, err := time.Parse(time.DateOnly, e.Text("date"))
			if err == nil {
				p = &Promised{Text: e.Text("text"), On: on, At: e.At}
			}
		case "proved":
			if p != nil {
				p.Proof, p.Done = e.Text("text"), &e.At
			}
		}
	}
	return p
}

// statutory is the term of law that a promise sets aside while it is kept: an answer was
// given within it or not, and that must not change.
type statutory struct {
	DueAt       time.Time `json:"due_at"`
	InternalDue time.Time `json:"internal_due"`
	Rule        string    `json:"rule"`
	Uk          string    `json:"uk"`
	En          string    `json:"en"`
}

// Promise takes an answered appeal on the city's own control: what was promised and by
// which day. The queue reminds of it by that day; the applicant is told.
func (s *Service) Promise(ctx context.Context, who authz.Actor, number string, version int, text string, on time.Time) error {
	return s.change(ctx, who, number, version, movePromise, func(tx *db.Tx, a *Appeal) (Event, error) {
		x := errs.Fields()
		if bad, ok := errs.As(judgeReason("promise", text, 15, "appeals.err.promise")); ok {
			x.Fields = append(x.Fields, bad.Fields...)
		}
		if today := day(tx.Now); !on.After(today) || on.After(today.AddDate(PromiseYears, 0, 0)) {
			x.With("until", "appeals.err.promise_day", "max", PromiseYears)
		}
		if err := x.OrNil(); err != nil {
			return Event{}, err
		}
		data := map[string]any{
			"text": strings.TrimSpace(text), "date": i18n.ISODate(on),
			"statutory": statutory{a.DueAt, a.InternalDue, a.DueRule, a.DueExplainUk, a.DueExplainEn},
		}
		a.DueAt, a.InternalDue, a.DueRule = calendar.FromTime(on).EndIn(i18n.Kyiv), on, rulePromise
		a.DueExplainUk, a.DueExplainEn = i18n.In(i18n.Ukrainian, "appeals.promise.explain", "date", i18n.Numeric(a.DueAt)), i18n.In(i18n.English, "appeals.promise.explain", "date", i18n.Numeric(a.DueAt))
		err := notify.Queue(tx, notify.Letter{Kind: "appeal.promised", PersonID: a.AuthorID, AppealID: a.ID})
		return Event{Kind: "promised", Public: true, Data: data}, err
	})
}

// Prove records that what was promised was done, and how that is known; the appeal is
// taken from control, the applicant is told and may judge it. The term of law is again
// the one that its answer was given under.
func (s *Service) Prove(ctx context.Context, who authz.Actor, number string, version int, proof string) error {
	return s.change(ctx, who, number, version, moveProof, func(tx *db.Tx, a *Appeal) (Event, error) {
		if err := judgeReason("proof", proof, 20, "appeals.err.proof"); err != nil {
			return Event{}, err
		}
		var raw []byte
		if err := tx.Pgx().QueryRow(ctx, "SELECT data -> 'statutory' FROM appeal_events WHERE appeal_id = $1 AND kind = 'promised' ORDER BY id DESC LIMIT 1", a.ID).Scan(&raw); err != nil {
			return Event{}, err
		}
		var was statutory
		if err := json.Unmarshal(raw, &was); err != nil {
			return Event{}, err
		}
		a.DueAt, a.InternalDue, a.DueRule, a.DueExplainUk, a.DueExplainEn = was.DueAt, was.InternalDue, was.Rule, was.Uk, was.En
		a.ClosedAt = &tx.Now
		err := notify.Queue(tx, notify.Letter{Kind: "appeal.proved", PersonID: a.AuthorID, AppealID: a.ID})
		return Event{Kind: "proved", Public: true, Data: map[string]any{"text": strings.TrimSpace(proof)}}, err
	})
}

// composePromised tells of the promise, composeProved of what was done.
func (s *Service) composePromised(ctx context.Context, l notify.Letter) (notify.Content, error) {
	return s.composeMeasures(ctx, l, "promised")
}

func (s *Service) composeProved(ctx context.Context, l notify.Letter) (notify.Content, error) {
	return s.composeMeasures(ctx, l, "proved")
}

func (s *Service) composeMeasures(ctx context.Context, l notify.Letter, kind string) (notify.Content, error) {
	e, err := s.envelope(ctx, l)
	if err != nil {
		return notify.Content{}, err
	}
	var text string
	err = s.db.Pool().QueryRow(ctx, "SELECT data ->> 'text' FROM appeal_events WHERE appeal_id = $1 AND kind = $2 ORDER BY id DESC LIMIT 1", e.ID, kind).Scan(&text)
	if err != nil {
		return notify.Content{}, err
	}
	c := s.content(ctx, e, kind)
	c.Paragraphs = append(c.Paragraphs, paragraphs(text)...)
	return c, nil
}
