package appeals

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/mail"
)

// Composers says what the letters of appeals say. Nothing of the text of an
// appeal goes into a letter but the answer itself, which the applicant asked for.
func (s *Service) Composers() map[string]notify.Composer {
	return map[string]notify.Composer{
		"appeal.receipt":      s.composeReceipt,
		"appeal.question":     s.composeQuestion,
		"appeal.extended":     s.composeExtended,
		"appeal.reclassified": s.composeReclassified,
		"appeal.answer":       s.composeAnswer,
		"appeal.promised":     s.composePromised,
		"appeal.proved":       s.composeProved,
		"appeal.hidden":       s.composeHidden,
		"appeal.shown":        s.composeShown,
	}
}

// envelope is what every letter of an appeal needs.
type envelope struct {
	Appeal
	email, name string
}

// envelope reads from the primary: a replica that is behind would make a letter
// look obsolete that was promised a moment ago.
func (s *Service) envelope(ctx context.Context, l notify.Letter) (*envelope, error) {
	var e envelope
	var account string
	err := s.db.Pool().QueryRow(ctx, `SELECT a.id, a.number, a.kind, a.procedure, a.title, a.state, a.received_at, a.due_at, a.due_explain_uk, a.due_explain_en,
		a.author_name, a.answer_channel, a.hidden, p.email FROM appeals a JOIN people p ON p.id = a.author_id WHERE a.id = $1`, l.AppealID).
		Scan(&e.ID, &e.Number, &e.Kind, &e.Procedure, &e.Title, &e.State, &e.ReceivedAt, &e.DueAt, &e.DueExplainUk, &e.DueExplainEn,
			&e.AuthorName, &e.AnswerChannel, &e.Hidden, &account)
	if db.IsNotFound(err) {
		return nil, notify.ErrObsolete
	}
	e.name = e.AuthorName
	// Закон 2297-VI, ст. 14, ч. 1: personal data go to nobody without consent. The
	// address typed in the form is proved by nobody, and one letter wrong makes it a
	// stranger's; that of the account was confirmed by a link.
	e.email = account
	return &e, err
}

func (s *Service) content(ctx context.Context, e *envelope, kind string, args ...any) notify.Content {
	all := append([]any{"number", e.Number, "due", TermDate(ctx, e.Procedure, e.DueAt)}, args...)
	t := func(part string) string { return e.Kind.Say(ctx, "letters."+kind+"."+part, all...) }
	return notify.Content{
		To: e.email, ToName: e.name,
		Subject:    t("subject"),
		Greeting:   i18n.T(ctx, "letters.greeting", "name", e.name),
		Paragraphs: []string{t("body")},
		Facts: []notify.Fact{
			{Label: e.Kind.Say(ctx, "letters.number"), Value: e.Number},
			{Label: i18n.T(ctx, "letters.title"), Value: e.Title},
		},
		Button:  &notify.Button{Label: e.Kind.Say(ctx, "letters.open"), URL: s.site.BaseURL + "/appeals/" + e.Number},
		Closing: []string{e.Kind.Say(ctx, "letters.closing")},
	}
}

func (s *Service) composeReceipt(ctx context.Context, l notify.Letter) (notify.Content, error) {
	e, err := s.envelope(ctx, l)
	if err != nil {
		return notify.Content{}, err
	}
	c := s.content(ctx, e, "receipt")
	c.Facts = append(c.Facts,
		notify.Fact{Label: i18n.T(ctx, "letters.received"), Value: i18n.DateTime(ctx, e.ReceivedAt)},
		notify.Fact{Label: i18n.T(ctx, "letters.due"), Value: TermDate(ctx, e.Procedure, e.DueAt)},
		notify.Fact{Label: i18n.T(ctx, "letters.why"), Value: e.Explain(i18n.Locale(ctx))})
	return c, nil
}

func (s *Service) composeQuestion(ctx context.Context, l notify.Letter) (notify.Content, error) {
	e, err := s.envelope(ctx, l)
	if err != nil {
		return notify.Content{}, err
	}
	if e.State != Clarifying {
		return notify.Content{}, notify.ErrObsolete // answered already
	}
	return s.content(ctx, e, "question"), nil
}

func (s *Service) composeExtended(ctx context.Context, l notify.Letter) (notify.Content, error) {
	e, err := s.envelope(ctx, l)
	if err != nil {
		return notify.Content{}, err
	}
	c := s.content(ctx, e, "extended")
	var reason string
	err = s.db.Pool().QueryRow(ctx, "SELECT data ->> 'text' FROM appeal_events WHERE appeal_id = $1 AND kind = 'extended' ORDER BY id DESC LIMIT 1", e.ID).Scan(&reason)
	if err != nil {
		return c, err
	}
	c.Paragraphs = append(c.Paragraphs, i18n.T(ctx, "letters.extended.reason", "reason", reason))
	c.Facts = append(c.Facts, notify.Fact{Label: i18n.T(ctx, "letters.why"), Value: e.Explain(i18n.Locale(ctx))})
	return c, nil
}

// composeReclassified tells of another kind or procedure: why, until when the answer
// comes now, and how to complain.
func (s *Service) composeReclassified(ctx context.Context, l notify.Letter) (notify.Content, error) {
	e, err := s.envelope(ctx, l)
	if err != nil {
		return notify.Content{}, err
	}
	var data []byte
	err = s.db.Pool().QueryRow(ctx, "SELECT data FROM appeal_events WHERE appeal_id = $1 AND kind = 'reclassified' ORDER BY id DESC LIMIT 1", e.ID).Scan(&data)
	if err != nil {
		return notify.Content{}, err
	}
	var line StoryLine
	if err := json.Unmarshal(data, &line.Data); err != nil {
		return notify.Content{}, err
	}
	c := s.content(ctx, e, "reclassified")
	c.Paragraphs = append(c.Paragraphs, i18n.T(ctx, "letters.reclassified.reason", "reason", line.Text("text")))
	c.Paragraphs = append(c.Paragraphs, line.Consequences(ctx)...)
	c.Facts = append(c.Facts,
		notify.Fact{Label: i18n.T(ctx, "letters.reclassified.was"), Value: line.Was(ctx)},
		notify.Fact{Label: i18n.T(ctx, "letters.reclassified.now"), Value: line.Became(ctx)},
		notify.Fact{Label: i18n.T(ctx, "letters.due"), Value: TermDate(ctx, e.Procedure, e.DueAt)},
		notify.Fact{Label: i18n.T(ctx, "letters.why"), Value: e.Explain(i18n.Locale(ctx))})
	return c, nil
}

func (s *Service) composeHidden(ctx context.Context, l notify.Letter) (notify.Content, error) {
	e, err := s.envelope(ctx, l)
	if err != nil {
		return notify.Content{}, err
	}
	if e.Hidden == "" {
		return notify.Content{}, notify.ErrObsolete // shown again meanwhile
	}
	c := s.content(ctx, e, "hidden")
	c.Facts = append(c.Facts, notify.Fact{Label: i18n.T(ctx, "letters.ground"), Value: i18n.T(ctx, "appeals.ground."+e.Hidden)})
	return c, nil
}

func (s *Service) composeShown(ctx context.Context, l notify.Letter) (notify.Content, error) {
	e, err := s.envelope(ctx, l)
	if err != nil {
		return notify.Content{}, err
	}
	if e.Hidden != "" {
		return notify.Content{}, notify.ErrObsolete // hidden again meanwhile
	}
	return s.content(ctx, e, "shown"), nil
}

// composeAnswer sends the answer itself where the applicant asked for e-mail,
// and a notice where he asked for post or the portal.
func (s *Service) composeAnswer(ctx context.Context, l notify.Letter) (notify.Content, error) {
	e, err := s.envelope(ctx, l)
	if err != nil {
		return notify.Content{}, err
	}
	var n Answer
	if err := s.takeAnswer(ctx, &n, l.AnswerID); err != nil {
		return notify.Content{}, err
	}
	kind, file := "answer_"+string(e.AnswerChannel), "vidpovid-"
	if n.Ending() {
		kind, file = "ending_"+n.Result, "lyst-"
	}
	c := s.content(ctx, e, kind, "recipient", n.Recipient, "first", n.FirstNumber)
	if n.Ending() {
		c.Paragraphs = append(c.Paragraphs, e.Kind.Say(ctx, "letters.ending."+string(e.AnswerChannel)))
		c.Facts = append(c.Facts, notify.Fact{Label: i18n.T(ctx, "letters.ground"), Value: i18n.T(ctx, "appeals.norm."+n.Ground)})
	}
	c.Facts = append(c.Facts, notify.Fact{Label: i18n.T(ctx, "letters.out_number"), Value: deref(n.OutNumber)},
		notify.Fact{Label: i18n.T(ctx, "letters.verify_code"), Value: deref(n.VerifyCode)})
	if e.AnswerChannel != ByEmail {
		return c, nil
	}
	c.Paragraphs = append(c.Paragraphs, paragraphs(n.Letter(e.Kind, e.Number, e.ReceivedAt))...)
	paper, err := s.blob(ctx, n.PdfKey)
	if err != nil {
		return c, err
	}
	c.Attachments = []mail.Attachment{{Name: file + e.Number + ".pdf", MIME: "application/pdf", Data: paper}}
	return c, s.enclose(ctx, &c, e.Kind, &n)
}

// encloseMax bounds the files of a letter together: mailboxes refuse letters of
// some 20 MB, and base64 adds a third.
const encloseMax = 10 << 20

// enclose puts the files of the answer into its letter, in their order; those
// for which there is no room are named, with the page where they lie.
func (s *Service) enclose(ctx context.Context, c *notify.Content, k Kind, n *Answer) error {
	files, err := s.filesWhere(ctx, "answer_id = $1", n.ID)
	if err != nil {
		return err
	}
	room := int64(encloseMax)
	var apart []string
	for _, f := range enclosed(files) {
		if f.State != "ready" || f.Size > room {
			apart = append(apart, f.Name)
			continue
		}
		b, err := s.blob(ctx, f.BlobKey)
		if err != nil {
			return err
		}
		room -= f.Size
		c.Attachments = append(c.Attachments, mail.Attachment{Name: f.Name, MIME: f.Mime, Data: b})
	}
	if len(apart) > 0 {
		c.Paragraphs = append(c.Paragraphs, k.Say(ctx, "letters.answer_email.apart", "files", strings.Join(apart, ", "), "url", c.Button.URL))
	}
	return nil
}

func (s *Service) blob(ctx context.Context, key string) ([]byte, error) {
	r, err := s.blobs.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}
