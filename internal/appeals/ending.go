package appeals

import (
	"context"
	_ "embed"
	"slices"
	"strings"
	"time"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// Results of the special endings of law (Classifier of КМУ 858, group 9). An ending is
// a letter: it is written, submitted, signed and sent as an answer is, and its
// signature moves the appeal to the state of its result.
const (
	ResultReturned      = "returned_for_data" // 9.4 «повернуто авторові»
	ResultForwarded     = "forwarded"         // 9.5 «переслано за належністю»
	ResultNotConsidered = "not_considered"    // 9.6 «не підлягає розгляду»
	ResultDuplicate     = "duplicate"         // «дублетне»: answered together with the first
)

// Endings lists the results of the endings, in the order of the page.
var Endings = []string{ResultForwarded, ResultReturned, ResultNotConsidered, ResultDuplicate}

// ending is what the signature of a letter does.
type ending struct {
	sign  Move
	event EventKind
}

var endings = map[string]ending{
	ResultForwarded:     {moveForward, eventForwarded},
	ResultReturned:      {moveReturnForData, eventGivenBack},
	ResultNotConsidered: {moveNotConsider, eventNotConsidered},
	ResultDuplicate:     {moveDuplicate, eventLinked},
}

const (
	eventSigned        EventKind = "signed" // an answer in substance
	eventForwarded     EventKind = "forwarded"
	eventGivenBack     EventKind = "given_back"
	eventNotConsidered EventKind = "not_considered"
	eventLinked        EventKind = "linked"
)

// endingOf is what the signature of a letter with the result does.
func endingOf(result string) ending {
	if e, ok := endings[result]; ok {
		return e
	}
	return ending{moveSign, eventSigned}
}

// signs reports whether the event is the signature of a letter.
func (k EventKind) signs() bool {
	return k == eventSigned || slices.ContainsFunc(Endings, func(r string) bool { return endings[r].event == k })
}

// Signs reports whether the entry tells of the signature of a letter.
func (l StoryLine) Signs() bool { return l.Kind.signs() }

// Ending reports whether the letter ends the consideration without an answer in substance.
func (n *Answer) Ending() bool { return slices.Contains(Endings, n.Result) }

// Grounds of the endings: the norm on which each stands. The catalogue names them as «appeals.norm.<ground>».
const (
	GroundForward     = "forward"      // Закон 393/96-ВР, ст. 7, ч. 3
	GroundForwardInfo = "forward_info" // Закон 2939-VI, ст. 22, ч. 3
	GroundData        = "data"         // Закон 393/96-ВР, ст. 7: data are lacking for a grounded decision
	GroundFormat      = "format"       // Закон 393/96-ВР, ст. 5: not drawn up as it asks
	GroundAnonymous   = "anonymous"    // Закон 393/96-ВР, ст. 8, ч. 1: no residence, no signature, no author to be found
	GroundEssence     = "essence"      // Закон 393/96-ВР, ст. 8: what it asks cannot be found out
	GroundRepeat      = "repeat"       // Закон 393/96-ВР, ст. 8, ч. 2: the same again, solved in substance before
	GroundLate        = "late"         // Закон 393/96-ВР, ст. 8, ч. 2; ст. 17: a complaint after its term
	GroundIncapable   = "incapable"    // Закон 393/96-ВР, ст. 8, ч. 2: of a person declared incapable by a court
	GroundDuplicate   = "duplicate"    // КМУ 348: the same of the same person
)

// groundRule says to which ending a ground leads, and by which duty of law. Those
// without a duty of their own are of appeals as Закон 393/96-ВР knows them, which are
// those that may be forwarded under it.
type groundRule struct {
	ground, result string
	duty           deadline.Duty
}

// groundRules in the order of the forms.
var groundRules = []groundRule{
	{GroundForward, ResultForwarded, deadline.Forward},
	{GroundForwardInfo, ResultForwarded, deadline.InfoForward},
	{GroundData, ResultReturned, deadline.ReturnData},
	{GroundFormat, ResultReturned, deadline.ReturnFormat},
	{GroundAnonymous, ResultNotConsidered, ""},
	{GroundEssence, ResultNotConsidered, ""},
	{GroundRepeat, ResultNotConsidered, ""},
	{GroundLate, ResultNotConsidered, ""},
	{GroundIncapable, ResultNotConsidered, ""},
	{GroundDuplicate, ResultDuplicate, ""},
}

// applies reports whether the appeal may be ended on the ground at all.
func (g groundRule) applies(a *Appeal) bool {
	if g.ground == GroundLate && a.Kind != Complaint { // ст. 17 is of complaints alone
		return false
	}
	duty := g.duty
	if duty == "" {
		duty = deadline.Forward
	}
	return slices.Contains(a.Procedure.Duties(), duty)
}

// Grounds lists those on which the appeal may come to the ending.
func (a *Appeal) Grounds(result string) []string {
	var out []string
	for _, g := range groundRules {
		if g.result == result && g.applies(a) {
			out = append(out, g.ground)
		}
	}
	return out
}

// NamesFirst reports whether the ground stands on an earlier appeal of the same person.
func NamesFirst(ground string) bool { return ground == GroundRepeat || ground == GroundDuplicate }

// RecipientMax bounds the name of the body to which an appeal is forwarded, in characters.
const RecipientMax = 200

// endingMin is the least that the letter of an ending says in its author's own words:
// the rest of it the portal writes from what is signed (Opening).
const endingMin = 30

// Ending is what the author of such a letter decides.
type Ending struct {
	Result    string
	Ground    string // one of Grounds; where there is one alone it need not be named
	Recipient string // of a forwarding: the body in charge
	First     string // number of the earlier appeal, see NamesFirst
	Text      string // why, in his own words
	// NotComplained says that the recipient is not the one whose decision or deed the
	// complaint is about (Закон 393/96-ВР, ст. 7: it may not go there).
	NotComplained bool
	ManagerID     int64 // who is to sign; 0: who answers for the appeal already
}

// Ends reports whether an appeal may come to the ending under its procedure: the duties
// of its law say so (internal/law/deadline).
func (a *Appeal) Ends(result string) bool { return len(a.Grounds(result)) > 0 }

// ground is the norm of the ending; empty while none of several is chosen.
func (e Ending) ground(a *Appeal) string {
	switch list := a.Grounds(e.Result); {
	case len(list) == 1:
		return list[0]
	case slices.Contains(list, e.Ground):
		return e.Ground
	}
	return ""
}

// wording keeps of what was typed what belongs to the ending.
func (e Ending) wording(tx *db.Tx, a *Appeal) (wording, error) {
	w := wording{body: e.Text, result: e.Result, ground: e.ground(a)}
	if e.Result == ResultForwarded {
		w.recipient = strings.Join(strings.Fields(e.Recipient), " ")
	}
	if !NamesFirst(w.ground) {
		return w, nil
	}
	first, err := earlier(tx, a, e.First)
	switch {
	case first != nil:
		w.firstID = &first.ID
	case err == nil && strings.TrimSpace(e.First) != "":
		return w, errs.Fields().With("first", "appeals.err.first") // it could not be kept
	}
	return w, err
}

// earlier finds an earlier appeal of the same person by its number; nil when there is none.
func earlier(tx *db.Tx, a *Appeal, number string) (*Appeal, error) {
	var x Appeal
	err := tx.Pgx().QueryRow(tx.Statement.Context, "SELECT id, number, state FROM appeals WHERE number = $1 AND author_id = $2 AND id <> $3 AND received_at <= $4",
		strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(number), "№")), a.AuthorID, a.ID, a.ReceivedAt).Scan(&x.ID, &x.Number, &x.State)
	if db.IsNotFound(err) {
		return nil, nil
	}
	return &x, err
}

// ownCouncil is the beginning of what the city's own bodies are called: to them an
// appeal is assigned, not forwarded.
const ownCouncil = "житомирська міська рада"

func (e Ending) judge(tx *db.Tx, a *Appeal, n *Answer) error {
	x := errs.Fields()
	if n.Ground == "" {
		x.With("ground", "appeals.err.ground")
	}
	if err := e.judgeFirst(tx, a, n, x); err != nil {
		return err
	}
	switch name := strings.ToLower(n.Recipient); {
	case e.Result != ResultForwarded:
	case length(name) < 5:
		x.With("recipient", "appeals.err.recipient")
	case length(name) > RecipientMax:
		x.With("recipient", "appeals.err.place_long", "max", RecipientMax)
	case strings.HasPrefix(name, ownCouncil):
		x.With("recipient", "appeals.err.recipient_own")
	case a.Kind == Complaint && !e.NotComplained:
		// Закон 393/96-ВР, ст. 7: a complaint is never sent to those of whom it complains.
		x.With("not_complained", "appeals.err.not_complained")
	}
	switch l := length(n.Body); {
	case l < endingMin:
		x.With("text", "appeals.err.ending_short", "min", endingMin)
	case l > AnswerMax:
		x.With("text", "appeals.err.body_long", "max", AnswerMax)
	}
	list, err := blanks(tx.Statement.Context, tx.Pgx(), n.Body, n.CreatedAt)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		x.With("text", "appeals.err.blanks", "list", BlankWords(list))
	}
	return x.OrNil()
}

// judgeFirst holds the earlier appeal against what the ground says of it.
func (e Ending) judgeFirst(tx *db.Tx, a *Appeal, n *Answer, x *errs.Error) error {
	if !NamesFirst(n.Ground) {
		return nil
	}
	first, err := earlier(tx, a, e.First)
	switch {
	case err != nil:
		return err
	case first == nil:
		x.With("first", "appeals.err.first")
	case n.Ground == GroundRepeat && first.State != Answered && first.State != Closed:
		x.With("first", "appeals.err.first_open") // ст. 8, ч. 2: only when the first was solved in substance
	case n.Ground == GroundDuplicate && first.State.Ended():
		x.With("first", "appeals.err.first_ended") // nothing would answer it
	}
	return nil
}

// SaveEnding keeps the draft of the letter of an ending; version is that of the draft
// that its author saw, 0 for a first one. It is the one draft that the appeal has: of
// an answer that was begun it becomes that of the ending. Errors as of SaveAnswer.
func (s *Service) SaveEnding(ctx context.Context, who authz.Actor, number string, version int, e Ending) error {
	return s.db.Write(ctx, who, authz.AppealDispose, func(tx *db.Tx) error {
		_, _, err := draftEnding(tx, number, version, e)
		return err
	})
}

func draftEnding(tx *db.Tx, number string, version int, e Ending) (*Appeal, *Answer, error) {
	a, err := lock(tx, number)
	if err != nil {
		return nil, nil, err
	}
	if err := tx.Authorize(a); err != nil {
		return nil, nil, err
	}
	if !a.Ends(e.Result) {
		return nil, nil, errs.Invalid("appeals.err.no_ending")
	}
	if length(e.Text) > AnswerMax {
		return nil, nil, errs.Fields().With("text", "appeals.err.body_long", "max", AnswerMax)
	}
	w, err := e.wording(tx, a)
	if err != nil {
		return nil, nil, err
	}
	return draftAnswer(tx, number, moveDispose, version, w)
}

// SubmitEnding saves the letter and lays it on the desk of the manager who is to sign
// it. Its author can never be he. What is missing is errs.Invalid, and the draft is left
// as it was.
func (s *Service) SubmitEnding(ctx context.Context, who authz.Actor, number string, version int, e Ending) error {
	return s.db.Write(ctx, who, authz.AppealDispose, func(tx *db.Tx) error {
		a, n, err := draftEnding(tx, number, version, e)
		if err != nil {
			return err
		}
		wrong := errs.Fields()
		for _, err := range []error{e.judge(tx, a, n), a.askToSign(tx, e.ManagerID, n)} {
			if bad, ok := errs.As(err); ok && bad.Kind == errs.KindInvalid {
				wrong.Fields = append(wrong.Fields, bad.Fields...)
			} else if err != nil {
				return err
			}
		}
		if err := wrong.OrNil(); err != nil {
			return err
		}
		return s.submit(tx, a, n, moveDisposeSubmit)
	})
}

// askToSign names the manager who will sign the letter. Who works on the appeal under
// a manager does not choose another.
func (a *Appeal) askToSign(tx *db.Tx, manager int64, n *Answer) error {
	if manager != 0 && (a.ManagerID == nil || tx.Actor.Has(authz.RoleSpecialist)) {
		if _, err := person(tx, manager, authz.RoleManager, "manager"); err != nil {
			return err
		}
		a.ManagerID = &manager
	}
	switch {
	case a.ManagerID == nil:
		return errs.Fields().With("manager", "appeals.err.person")
	case slices.Contains(n.Authors, *a.ManagerID):
		return errs.Fields().With("manager", "appeals.err.signs_own")
	}
	return nil
}

// Title is the heading of the letter. Papers are in the state language (Закон
// 2704-VIII, ст. 13), and so is what this and Letter say.
func (n *Answer) Title(k Kind, number string) string {
	key := "appeals.paper.title"
	if n.Ending() {
		key += "_" + n.Result
	}
	return i18n.In(i18n.Ukrainian, key, append(k.Args(i18n.Ukrainian), "number", number)...)
}

// Letter is the whole text of the letter: for an ending it opens with what law wants
// said, made of what is signed; the author's own words follow.
func (n *Answer) Letter(k Kind, number string, received time.Time) string {
	if !n.Ending() || n.Ground == "" { // a draft may have none yet
		return n.Body
	}
	args := append(k.Args(i18n.Ukrainian), "number", number, "date", i18n.Numeric(received), "recipient", n.Recipient, "first", n.FirstNumber, "norm", i18n.In(i18n.Ukrainian, "appeals.norm."+n.Ground))
	return strings.Join([]string{
		i18n.In(i18n.Ukrainian, "appeals.paper."+n.Ground, args...), n.Body, i18n.In(i18n.Ukrainian, "appeals.paper."+n.Ground+"_after", args...),
	}, "\n\n")
}

// LetterOf is the whole text of one of the letters of the case.
func (c *Case) LetterOf(n *Answer) string { return n.Letter(c.Kind, c.Number, c.ReceivedAt) }

// EndingDue is until when an ending is owed, by the law of the procedure.
type EndingDue struct {
	Result, Ground string
	deadline.Term
}

// EndingTerms counts until when an appeal that nobody works on yet may be ended as law
// has it; none once it has gone into work, or where its law knows no such ending.
func (s *Service) EndingTerms(ctx context.Context, c *Case) ([]EndingDue, error) {
	if c.State != Received && c.State != Registered && c.State != ResolutionPending {
		return nil, nil
	}
	return s.endingTerms(ctx, c)
}

func (s *Service) endingTerms(ctx context.Context, c *Case) ([]EndingDue, error) {
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return nil, wrap("calendar", err)
	}
	var out []EndingDue
	for _, g := range groundRules {
		if g.duty == "" || !g.applies(&c.Appeal) {
			continue
		}
		t, err := deadline.TermOf(g.duty, calendar.FromTime(c.RegisteredOn), cal)
		if err != nil {
			return nil, err
		}
		if t.DueAt.After(c.DueAt) { // an urgent request leaves less than its duties take
			t.DueAt, t.Explanation, t.ExplanationEN = c.DueAt, c.DueExplainUk, c.DueExplainEn
		}
		out = append(out, EndingDue{g.result, g.ground, t})
	}
	return out, nil
}

// EndingTermsOf is until when the one ending is owed on each of its grounds, whatever
// became of the appeal.
func (s *Service) EndingTermsOf(ctx context.Context, c *Case, result string) ([]EndingDue, error) {
	list, err := s.endingTerms(ctx, c)
	return slices.DeleteFunc(list, func(d EndingDue) bool { return d.Result != result }), err
}

//go:embed data/bodies.txt
var commonBodies string

// recipientsMost bounds the suggestions of bodies.
const recipientsMost = 60

// Recipients suggests bodies to forward to: those to which was forwarded before, then
// the common ones.
func (s *Service) Recipients(ctx context.Context) ([]string, error) {
	q, err := s.db.ReadPool().Query(ctx, "SELECT recipient FROM answers WHERE recipient <> '' AND signed_at IS NOT NULL GROUP BY recipient ORDER BY count(*) DESC, recipient LIMIT $1", recipientsMost)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	var out []string
	for q.Next() {
		var s string
		if err := q.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	for b := range strings.Lines(commonBodies) {
		if b = strings.TrimSpace(b); b != "" && !slices.Contains(out, b) {
			out = append(out, b)
		}
	}
	return out, q.Err()
}

// The ways in which the papers of a forwarded appeal go to the other body.
const (
	WayPost     = "post"
	WayExchange = "exchange" // СЕВ ОВВ, the system of exchange between bodies
	WayEmail    = "email"
	WayHand     = "hand"
)

// Ways in the order of the form.
var Ways = []string{WayExchange, WayPost, WayEmail, WayHand}

// Dispatch confirms that the appeal, its files and the accompanying letter went to the
// body to which it was forwarded, on a day (UTC midnight), not before the letter was
// signed and not after today. answerID is the one that the page showed: a letter that
// does not wait to go is errs.Conflict.
func (s *Service) Dispatch(ctx context.Context, who authz.Actor, number string, version int, answerID int64, on time.Time, way string) error {
	return s.change(ctx, who, number, version, moveDispatch, func(tx *db.Tx, a *Appeal) (Event, error) {
		var recipient string
		var signed time.Time
		err := tx.Pgx().QueryRow(ctx, `SELECT recipient, signed_at FROM answers
			WHERE id = $1 AND appeal_id = $2 AND result = 'forwarded' AND signed_at IS NOT NULL AND pdf_key <> '' AND dispatched_on IS NULL FOR UPDATE`, answerID, a.ID).Scan(&recipient, &signed)
		if db.IsNotFound(err) {
			return Event{}, errs.Conflict("appeals.conflict_state")
		}
		if err != nil {
			return Event{}, err
		}
		x := errs.Fields()
		if on.IsZero() || on.Before(day(signed)) || on.After(day(tx.Now)) {
			x.With("posted", "appeals.err.posted", "date", i18n.Numeric(signed))
		}
		if !has(Ways, way) {
			x.With("way", "appeals.err.way")
		}
		if err := x.OrNil(); err != nil {
			return Event{}, err
		}
		if err := tx.Exec("UPDATE answers SET dispatched_on = ?, dispatched_by = ?, updated_at = ?, version = version + 1 WHERE id = ?", on, way, tx.Now, answerID).Error; err != nil {
			return Event{}, err
		}
		return Event{Kind: "dispatched", Public: true, Data: map[string]any{"recipient": recipient, "posted": i18n.ISODate(on), "way": way}}, nil
	})
}
