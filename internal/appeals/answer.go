package appeals

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/platform/pdf"
)

// AnswerState is where an answer («відповідь», «проєкт відповіді») stands.
type AnswerState string

// The states of an answer.
const (
	AnswerDraft     AnswerState = "draft"
	AnswerSubmitted AnswerState = "submitted"
	AnswerReturned  AnswerState = "returned"
	AnswerSigned    AnswerState = "signed"
	AnswerSent      AnswerState = "sent"
)

// Results of the consideration (Classifier of КМУ 858, group 9).
const (
	ResultSatisfied = "satisfied" // 9.1 «вирішено позитивно»
	ResultRefused   = "refused"   // 9.2 «відмовлено у задоволенні»
	ResultExplained = "explained" // 9.3 «дано роз’яснення»
)

// Results of an answer in substance, in the order of its form; those of the special
// endings are Endings.
var Results = []string{ResultSatisfied, ResultExplained, ResultRefused}

// AnswerMax bounds the text of an answer, in characters.
const AnswerMax = 12000

// Answer is one answer to an appeal, from draft to sent.
type Answer struct {
	ID       int64
	AppealID int64
	AuthorID int64
	Authors  IDs `gorm:"type:bigint[]"` // whoever saved a word of it
	State    AnswerState
	Body     string
	Result   string
	// Ground, Recipient and FirstID are of an ending: the norm, the body to which the
	// appeal is forwarded, the first appeal of a duplicate.
	Ground      string
	Recipient   string
	FirstID     *int64
	FirstNumber string `gorm:"-"` // of FirstID
	Remarks     string
	OutNumber   *string
	VerifyCode  *string
	PdfKey      string
	SubmittedAt *time.Time
	SignedAt    *time.Time
	SentAt      *time.Time
	// DispatchedOn is the day on which the papers went to the recipient, DispatchedBy how.
	DispatchedOn *time.Time
	DispatchedBy string
	Version      int
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// TableName names the table.
func (Answer) TableName() string { return "answers" }

// Versions of what is signed. A signature keeps its own, so that an old one is
// held against what it was made of.
const (
	schemeText  = 1 // the number of the appeal, the answer's own, the result and the text
	schemeFiles = 2 // and the name and the SHA-256 of each file, as «Додатки» lists them
	schemeEnd   = 3 // and what an ending stands on: the norm, the recipient, the first appeal
	schemeNow   = schemeEnd
)

// digest is the SHA-256 of exactly what a signature of the scheme stands for.
func (n *Answer) digest(scheme int, number string, files []File) []byte {
	what := []any{fmt.Sprintf("ereception answer v%d", scheme), number, fmt.Sprint(n.ID), n.Result, n.Body}
	if scheme >= schemeFiles {
		list := [][2]string{}
		for _, f := range enclosed(files) {
			list = append(list, [2]string{f.Name, hex.EncodeToString(f.Sha256)})
		}
		what = append(what, list)
	}
	if scheme >= schemeEnd {
		what = append(what, n.Ground, n.Recipient, deref(n.FirstID))
	}
	b, _ := json.Marshal(what)
	d := sha256.Sum256(b)
	return d[:]
}

// enclosed is the files that go with an answer, in the order of their «Додатки»:
// a photo that could not be read is none of them.
func enclosed(files []File) []File {
	return keep(files, func(f File) bool { return f.State != "refused" })
}

// Digest is the SHA-256 of what is signed: the number of the appeal, the result,
// the text and the files of its answer, nil while there is none. The page shows
// it, the form sends it back, and a signature is made of nothing else.
func (c *Case) Digest() []byte {
	if c.Answer == nil {
		return nil
	}
	return c.Answer.digest(schemeNow, c.Number, c.AnswerFiles)
}

// FilesWait reports whether a photo of the answer still waits for its
// re-encoding: until then nobody knows what would be signed.
func (c *Case) FilesWait() bool { return wait(c.AnswerFiles) }

func wait(files []File) bool {
	return slices.ContainsFunc(files, func(f File) bool { return f.State == "incoming" })
}

// fourEyes refuses a signatory who wrote a word of the answer, and one who
// acts for such a person as nothing but his hand.
func (n *Answer) fourEyes(who authz.Actor) error {
	if slices.Contains(n.Authors, who.ID) || who.ActingFor != nil && slices.Contains(n.Authors, who.ActingFor.ID) {
		return errs.Forbidden("appeals.err.own_answer")
	}
	return nil
}

func (n *Answer) judge(tx *db.Tx) error {
	e := errs.Fields()
	switch l := length(n.Body); {
	case l < 50:
		e.With("answer", "appeals.err.answer_short", "min", 50)
	case l > AnswerMax:
		e.With("answer", "appeals.err.body_long", "max", AnswerMax)
	}
	if !has(Results, n.Result) {
		e.With("result", "appeals.err.result")
	}
	if err := n.filled(tx, e); err != nil {
		return err
	}
	return e.OrNil()
}

// lockAnswer finds the answer that is being worked on; nil when there is none.
func lockAnswer(tx *db.Tx, appealID int64) (*Answer, error) {
	var n Answer
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("appeal_id = ? AND state IN ('draft', 'submitted', 'returned')", appealID).Order("id DESC").Take(&n).Error
	if db.IsNotFound(err) {
		return nil, nil
	}
	return &n, err
}

// SaveAnswer keeps the executor's draft. version is that of the draft that he
// saw, 0 for a first one; a draft that a co-executor changed since is
// errs.Conflict and the page shows both texts.
func (s *Service) SaveAnswer(ctx context.Context, who authz.Actor, number string, version int, body, result string) error {
	return s.db.Write(ctx, who, authz.AnswerDraft, func(tx *db.Tx) error {
		_, _, err := draftAnswer(tx, number, moveDraft, version, wording{body: body, result: result})
		return err
	})
}

// wording is what whoever writes a letter decides of it.
type wording struct {
	body, result, ground, recipient string
	firstID                         *int64
}

func (n *Answer) wording() wording {
	return wording{n.Body, n.Result, n.Ground, n.Recipient, n.FirstID}
}

func (w wording) same(o wording) bool {
	first := deref(w.firstID) == deref(o.firstID)
	w.firstID, o.firstID = nil, nil
	return first && w == o
}

// draftAnswer keeps the words of the one draft that an appeal has, be it of an answer
// (moveDraft) or of an ending (moveDispose): the later kind replaces the earlier.
func draftAnswer(tx *db.Tx, number string, m Move, version int, w wording) (*Appeal, *Answer, error) {
	a, err := lock(tx, number)
	if err != nil {
		return nil, nil, err
	}
	if err := tx.Authorize(a); err != nil {
		return nil, nil, err
	}
	if err := a.apply(m); err != nil {
		return nil, nil, err
	}
	if length(w.body) > AnswerMax {
		return nil, nil, errs.Fields().With("answer", "appeals.err.body_long", "max", AnswerMax)
	}
	n, err := lockAnswer(tx, a.ID)
	if err != nil {
		return nil, nil, err
	}
	who := tx.Actor.ID
	if n == nil {
		n = &Answer{
			AppealID: a.ID, AuthorID: who, Authors: IDs{who}, State: AnswerDraft,
			Body: w.body, Result: w.result, Ground: w.ground, Recipient: w.recipient, FirstID: w.firstID,
			Version: 1, CreatedAt: tx.Now, UpdatedAt: tx.Now,
		}
		return a, n, tx.Create(n).Error
	}
	if version != n.Version {
		return nil, nil, errs.Conflict("errors.conflict")
	}
	if n.wording().same(w) {
		return a, n, nil
	}
	if !slices.Contains(n.Authors, who) {
		n.Authors = append(n.Authors, who)
	}
	n.Body, n.Result, n.Ground, n.Recipient, n.FirstID, n.UpdatedAt = w.body, w.result, w.ground, w.recipient, w.firstID, tx.Now
	err = tx.Save(&Answer{ID: n.ID}, n.Version, map[string]any{
		"body": n.Body, "result": n.Result, "ground": n.Ground, "recipient": n.Recipient, "first_id": n.FirstID, "authors": n.Authors, "updated_at": tx.Now,
	})
	n.Version++
	return a, n, err
}

// Submit saves the draft and lays it on the manager's desk for signature. A text
// that is too short or still has blanks of a template (see Blank) is errs.Invalid,
// and the draft is left as it was.
func (s *Service) Submit(ctx context.Context, who authz.Actor, number string, version int, body, result string) error {
	return s.db.Write(ctx, who, authz.AnswerSubmit, func(tx *db.Tx) error {
		a, n, err := draftAnswer(tx, number, moveDraft, version, wording{body: body, result: result})
		if err != nil {
			return err
		}
		if err := n.judge(tx); err != nil {
			return err
		}
		if a.ExecutorID == nil {
			a.ExecutorID = &who.ID
		}
		return s.submit(tx, a, n, moveSubmit)
	})
}

// submit lays a judged draft on the manager's desk.
func (s *Service) submit(tx *db.Tx, a *Appeal, n *Answer, m Move) error {
	from := a.State
	if err := a.apply(m); err != nil {
		return err
	}
	if err := tx.Save(&Answer{ID: n.ID}, n.Version, map[string]any{
		"state": AnswerSubmitted, "submitted_at": tx.Now, "updated_at": tx.Now,
	}); err != nil {
		return err
	}
	if err := save(tx, a); err != nil {
		return err
	}
	tx.AfterCommit(s.counts.drop)
	return record(tx, a, from, Event{Kind: "submitted", Public: true})
}

// backMove is the way of a submitted draft from the manager's desk: to the executor,
// or, when a specialist wrote the letter of an ending before anybody had the appeal in
// work, to the specialist.
func (a *Appeal) backMove() Move {
	if a.ExecutorID == nil && a.UnitID == nil {
		return moveDisposeReturn
	}
	return moveReturn
}

// Return sends the draft back to whoever wrote it, with remarks.
func (s *Service) Return(ctx context.Context, who authz.Actor, number string, version int, remarks string) error {
	c, err := s.Case(ctx, who, number) // the state of the appeal says where to; change holds it against the lock
	if err != nil {
		return err
	}
	m := c.backMove()
	return s.change(ctx, who, number, version, m, func(tx *db.Tx, a *Appeal) (Event, error) {
		if a.backMove().Name != m.Name {
			return Event{}, errs.Conflict("errors.conflict")
		}
		if err := judgeReason("remarks", remarks, 5, "appeals.err.remarks"); err != nil {
			return Event{}, err
		}
		n, err := lockAnswer(tx, a.ID)
		if err != nil || n == nil {
			return Event{}, orConflict(err)
		}
		remarks = strings.TrimSpace(remarks)
		if err := tx.Save(&Answer{ID: n.ID}, n.Version, map[string]any{
			"state": AnswerReturned, "remarks": remarks, "updated_at": tx.Now,
		}); err != nil {
			return Event{}, err
		}
		return Event{Kind: "returned", Data: map[string]any{"text": remarks}}, nil
	})
}

func orConflict(err error) error {
	if err != nil {
		return err
	}
	return errs.Conflict("appeals.conflict_state")
}

// Sign puts the manager's signature on the submitted answer. digest is that of
// the text and the files he read: another text or file is errs.Conflict. The
// authors of the draft may not sign: errs.Forbidden; a text with blanks of a
// template is errs.Invalid. The signature is proved
// before the transaction, because proving is slow, and bound to what it stands
// for inside of it.
func (s *Service) Sign(ctx context.Context, who authz.Actor, number string, digest []byte, c Credential) error {
	v, err := s.Case(ctx, who, number) // not visible is not found, before any password is tried
	if err != nil {
		return err
	}
	if v.Answer == nil || v.Answer.State != AnswerSubmitted {
		return errs.Conflict("appeals.conflict_state")
	}
	if err := v.Answer.fourEyes(who); err != nil {
		return err
	}
	if who.PostTitle == "" {
		return errs.Invalid("appeals.err.no_post") // Закон 393/96-ВР, ст. 15, ч. 3: the head, or who acts for him, signs
	}
	if v.FilesWait() {
		return errs.Invalid("appeals.err.files_wait")
	}
	if list, err := s.Blanks(ctx, v, v.Answer.Body); err != nil {
		return err
	} else if len(list) > 0 { // submitted before blanks were looked for, or a template came after it
		return errs.Invalid("appeals.err.blanks", "list", BlankWords(list))
	}
	ev, err := s.sign.Sign(ctx, who, digest, c)
	if err != nil {
		return err
	}
	end := endingOf(v.Answer.Result)
	return s.change(ctx, who, number, 0, end.sign, func(tx *db.Tx, a *Appeal) (Event, error) {
		n, err := lockAnswer(tx, a.ID)
		if err != nil || n == nil || n.State != AnswerSubmitted || n.Result != v.Answer.Result {
			return Event{}, orConflict(err)
		}
		if err := n.fourEyes(who); err != nil {
			return Event{}, err
		}
		files, err := filesOf(tx, n.ID)
		if err != nil {
			return Event{}, err
		}
		if wait(files) || !bytes.Equal(digest, n.digest(schemeNow, a.Number, files)) {
			return Event{}, errs.Conflict("errors.conflict")
		}
		if err := insertSignature(tx, n, digest, ev); err != nil {
			return Event{}, err
		}
		out, err := outNumber(tx, a)
		if err != nil {
			return Event{}, err
		}
		if err := tx.Save(&Answer{ID: n.ID}, n.Version, map[string]any{
			"state": AnswerSigned, "signed_at": tx.Now, "updated_at": tx.Now, "out_number": out, "verify_code": newVerifyCode(), "remarks": "",
		}); err != nil {
			return Event{}, err
		}
		a.AnsweredAt = &tx.Now
		if n.FirstID != nil {
			a.RepeatOf = n.FirstID
		}
		tx.Enqueue(kind.SendAnswer{AnswerID: n.ID})
		data := map[string]any{"out": out, "post": who.PostTitle}
		if n.Recipient != "" {
			data["recipient"] = n.Recipient
		}
		if v.Answer.FirstNumber != "" {
			data["first"] = v.Answer.FirstNumber
		}
		return Event{Kind: end.event, Public: true, Data: data}, nil
	})
}

func insertSignature(tx *db.Tx, n *Answer, digest []byte, ev Evidence) error {
	data, err := json.Marshal(ev.Data)
	if err != nil {
		return err
	}
	actingFor := ""
	if p := tx.Actor.ActingFor; p != nil {
		actingFor = p.Name + ", " + p.PostTitle
	}
	return tx.Exec(`INSERT INTO signatures (answer_id, method, scheme, digest, signer_id, signer_name, post_title, acting_for, evidence, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		n.ID, ev.Method, schemeNow, digest, tx.Actor.ID, tx.Actor.Name, tx.Actor.PostTitle, actingFor, data, tx.Now).Error
}

func outNumber(tx *db.Tx, a *Appeal) (string, error) {
	year := tx.Now.In(i18n.Kyiv).Format("2006")
	n, err := next(tx, "out:"+year)
	return fmt.Sprintf("%d/%s-%s", n, deref(a.RegIndex), year[2:]), err
}

// newVerifyCode makes the code by which anybody can confirm a paper: 60 bits in
// groups that can be read aloud, without letters that look alike.
func newVerifyCode() string {
	const alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ23" // 32 signs; 2 and 3 stand twice, harmless
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	var s strings.Builder
	for i, c := range b {
		if i > 0 && i%4 == 0 {
			s.WriteByte('-')
		}
		s.WriteByte(alphabet[c%32])
	}
	return s.String()
}

// Send renders the signed answer as PDF, stores it, and promises the letter
// with it. It is the work of kind.SendAnswer and bears to run twice: an answer
// that was sent is left alone, and the PDF of one answer is always the same
// bytes under the same key. Where the applicant asked for paper the answer stays
// signed until somebody confirms that it was posted (Post).
func (s *Service) Send(ctx context.Context, job kind.SendAnswer) error {
	// The primary is asked: on a replica that is behind the answer is not signed yet.
	var state AnswerState
	var made bool
	if err := s.db.Pool().QueryRow(ctx, "SELECT state, pdf_key <> '' FROM answers WHERE id = $1", job.AnswerID).Scan(&state, &made); err != nil {
		return err
	}
	if state != AnswerSigned || made {
		return nil
	}
	p, err := s.paper(ctx, job.AnswerID)
	if err != nil {
		return err
	}
	if p.answer.State != AnswerSigned {
		return fmt.Errorf("answer %d was read as %s: the replica is behind", job.AnswerID, p.answer.State)
	}
	var b bytes.Buffer
	if err := pdf.Render(&b, p.letter(s.site)); err != nil {
		return wrap("render", err)
	}
	key, err := s.blobs.Put(ctx, "application/pdf", b.Bytes())
	if err != nil {
		return wrap("store", err)
	}
	return s.db.Write(ctx, authz.System("answer-send"), authz.AnswerSend, func(tx *db.Tx) error {
		a, err := lock(tx, p.number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(a); err != nil {
			return err
		}
		next, at := AnswerSent, &tx.Now
		if a.AnswerChannel == ByPost {
			next, at = AnswerSigned, nil
		}
		res := tx.Exec("UPDATE answers SET state = ?, sent_at = ?, pdf_key = ?, updated_at = ?, version = version + 1 WHERE id = ? AND state = 'signed' AND pdf_key = ''",
			next, at, key, tx.Now, job.AnswerID)
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error
		}
		if err := notify.Queue(tx, notify.Letter{Kind: "appeal.answer", PersonID: a.AuthorID, AppealID: a.ID, AnswerID: job.AnswerID}); err != nil {
			return err
		}
		if a.AnswerChannel == ByPost {
			tx.AfterCommit(s.counts.drop)
			return nil
		}
		return record(tx, a, a.State, Event{Kind: "sent", Public: true, Data: map[string]any{"channel": string(a.AnswerChannel)}})
	})
}

// paper is what the PDF of an answer is made of.
type paper struct {
	kind                 Kind
	number, regIndex     string
	name, address, place string
	receivedAt           time.Time
	registeredOn         time.Time
	answer               Answer
	digest               []byte
	signer, post, acting string
	signedAt             time.Time
	method               string
	unit, phone, email   string
	unitAddress          string
	attachments          []string
	demo                 bool
}

// paper reads it. What is not what was signed gets no paper.
func (s *Service) paper(ctx context.Context, answerID int64) (*paper, error) {
	var p paper
	var scheme int
	if err := s.takeAnswer(ctx, &p.answer, answerID); err != nil {
		return nil, err
	}
	var registeredDay string
	err := s.db.ReadPool().QueryRow(ctx, `SELECT a.kind, a.number, coalesce(a.reg_index, ''), a.author_name, a.author_address, a.place, a.received_at, a.registered_on,
		 coalesce((SELECT e.data ->> 'day' FROM appeal_events e WHERE e.appeal_id = a.id AND e.kind = 'registered' ORDER BY e.id DESC LIMIT 1), ''),
		 s.scheme, s.digest, s.signer_name, s.post_title, s.acting_for, s.created_at, s.method,
		 coalesce(u.name_uk, ''), coalesce(u.phone, ''), coalesce(u.email, ''), coalesce(u.address, ''), a.demo
		FROM answers n JOIN appeals a ON a.id = n.appeal_id JOIN signatures s ON s.answer_id = n.id LEFT JOIN units u ON u.id = a.unit_id
		WHERE n.id = $1`, answerID).Scan(&p.kind, &p.number, &p.regIndex, &p.name, &p.address, &p.place, &p.receivedAt, &p.registeredOn, &registeredDay,
		&scheme, &p.digest, &p.signer, &p.post, &p.acting, &p.signedAt, &p.method, &p.unit, &p.phone, &p.email, &p.unitAddress, &p.demo)
	if err != nil {
		return nil, err
	}
	if p.registeredOn, err = s.firstRegistered(ctx, p.receivedAt, p.registeredOn, registeredDay); err != nil {
		return nil, err
	}
	files, err := s.filesWhere(ctx, "answer_id = $1", answerID)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(p.digest, p.answer.digest(scheme, p.number, files)) {
		return nil, fmt.Errorf("answer %d is not what was signed", answerID)
	}
	for _, f := range enclosed(files) {
		p.attachments = append(p.attachments, f.Name)
	}
	return &p, nil
}

// takeAnswer reads a letter with the number of the earlier appeal that it names.
func (s *Service) takeAnswer(ctx context.Context, n *Answer, id int64) error {
	if err := s.db.Read(ctx).Take(n, id).Error; err != nil || n.FirstID == nil {
		return err
	}
	return s.db.ReadPool().QueryRow(ctx, "SELECT number FROM appeals WHERE id = $1", *n.FirstID).Scan(&n.FirstNumber)
}

// firstRegistered is the day on which the appeal itself was registered: an
// appeal that was opened again counts its term from a later day. said is the day
// that its registration wrote down; older ones wrote none.
func (s *Service) firstRegistered(ctx context.Context, received, counted time.Time, said string) (time.Time, error) {
	if d, err := time.Parse(time.DateOnly, said); err == nil {
		return d, nil
	}
	cal, err := s.cal.Calendar(ctx)
	if err != nil {
		return counted, wrap("calendar", err)
	}
	if day := cal.RegistrationDay(received).Time(); day.Before(counted) {
		return day, nil
	}
	return counted, nil
}

// reference is how a letter that is signed at a moment names what it answers:
// by the index and the day of registration. What came after office hours is
// registered by the next working day (КМУ 348; КМУ 55, п. 171) and may be answered
// before that day comes; then it is named by the day on which it was received, so
// that no letter answers what is of tomorrow.
func reference(k Kind, index string, received, registered, signed time.Time) string {
	if registered.After(day(signed)) {
		return "На " + k.uk("noun") + " від " + i18n.Numeric(received) + " № " + index
	}
	return "На № " + index + " від " + i18n.Numeric(registered)
}

// Reference is how the letter will name the appeal if it is signed now.
func (c *Case) Reference(now time.Time) string {
	return reference(c.Kind, deref(c.RegIndex), c.ReceivedAt, c.FirstRegistered, now)
}

func (p *paper) letter(site Site) pdf.Letter {
	post := p.post
	if p.acting != "" {
		post += " (за дорученням: " + p.acting + ")"
	}
	return pdf.Letter{
		Lang: i18n.Ukrainian, // Закон 2704-VIII, ст. 13: acts of local self-government are in the state language
		Issuer: pdf.Issuer{
			Name: "Житомирська міська рада", Unit: p.unit, Address: p.unitAddress, Phone: p.phone, Email: p.email,
		},
		Title:            p.answer.Title(p.kind, p.number),
		RegNumber:        deref(p.answer.OutNumber),
		RegDate:          p.signedAt,
		InReplyTo:        reference(p.kind, p.regIndex, p.receivedAt, p.registeredOn, p.signedAt),
		AddresseeName:    p.name,
		AddresseeAddress: p.address,
		Body:             paragraphs(p.answer.Letter(p.kind, p.number, p.receivedAt)),
		Signatory:        pdf.Signatory{Post: post, Name: p.signer},
		SignedAt:         p.signedAt,
		SignatureKind:    "Підписано в системі «Е-приймальня» з повторним підтвердженням особи паролем",
		Digest:           hex.EncodeToString(p.digest),
		VerifyCode:       deref(p.answer.VerifyCode),
		VerifyURL:        site.BaseURL + "/verify/" + deref(p.answer.VerifyCode),
		Attachments:      p.attachments,
		Demo:             site.Demo || p.demo,
	}
}

func paragraphs(s string) []string {
	var out []string
	for _, p := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Confirmation is what the page of a verification code says about a paper: that
// it exists, who signed it and when, and the digest; never what it says or to whom.
type Confirmation struct {
	Kind                                                             Kind
	Result                                                           string // of an ending; empty: an answer in substance
	Number, OutNumber, Signer, Post, ActingFor, Unit, Digest, Method string
	SignedAt                                                         time.Time
	// Intact: what is stored now, counted anew, is what was signed then.
	Intact bool
}

// Confirm looks a verification code up, however it was typed, and counts the
// digest of what is stored anew. The names of posts and of the unit are in the
// reader's language where the registers have them. Unknown: errs.NotFound.
func (s *Service) Confirm(ctx context.Context, code string) (Confirmation, error) {
	var c Confirmation
	var digest []byte
	clean := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToUpper(code))
	if len(clean) != 12 {
		return c, errs.NotFound()
	}
	post, acting := "s.post_title", "s.acting_for"
	if i18n.Locale(ctx) == i18n.English { // a signature keeps the words of its day, which are Ukrainian
		const en = "(SELECT o.title_en FROM posts o WHERE o.title_uk = %s AND o.title_en <> '' ORDER BY o.active DESC, o.id LIMIT 1)"
		const comma = "position(', ' IN s.acting_for)"
		post = "coalesce(" + fmt.Sprintf(en, "s.post_title") + ", s.post_title)"
		acting = "coalesce(left(s.acting_for, " + comma + " + 1) || " + fmt.Sprintf(en, "substr(s.acting_for, "+comma+" + 2)") + ", s.acting_for)"
	}
	var n Answer
	var scheme int
	err := s.db.ReadPool().QueryRow(ctx, `SELECT a.kind, a.number, n.out_number, s.signer_name, `+post+`, `+acting+`, coalesce(`+localName(ctx, "u.name")+`, ''), s.digest, s.method, s.created_at,
		n.id, n.result, n.body, n.ground, n.recipient, n.first_id, s.scheme
		FROM answers n JOIN appeals a ON a.id = n.appeal_id JOIN signatures s ON s.answer_id = n.id LEFT JOIN units u ON u.id = a.unit_id
		WHERE n.verify_code = $1`, clean[:4]+"-"+clean[4:8]+"-"+clean[8:]).
		Scan(&c.Kind, &c.Number, &c.OutNumber, &c.Signer, &c.Post, &c.ActingFor, &c.Unit, &digest, &c.Method, &c.SignedAt, &n.ID, &n.Result, &n.Body, &n.Ground, &n.Recipient, &n.FirstID, &scheme)
	if db.IsNotFound(err) {
		return c, errs.NotFound()
	}
	if err != nil {
		return c, err
	}
	files, err := s.filesWhere(ctx, "answer_id = $1", n.ID)
	if err != nil {
		return c, err
	}
	if n.Ending() {
		c.Result = n.Result
	}
	c.Digest = hex.EncodeToString(digest)
	c.Intact = bytes.Equal(digest, n.digest(scheme, c.Number, files))
	return c, nil
}
