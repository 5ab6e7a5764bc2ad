package identity

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/ratelimit"
)

// NewSigner is what somebody without a session fills in to sign a petition. The
// site of petitions registers a citizen so that he can sign (Закон 393/96-ВР,
// ст. 23-1), and asks no more of him than that.
type NewSigner struct {
	Name          string
	Email         string
	Locale        string
	NoticeVersion string // of the privacy notice that the form showed
	IP            string
	MustReside    bool      // the charter asks for the declaration
	Until         time.Time // the end of the gathering: the link is good no longer
	Sign          SignData
}

// SignData is what the link of a letter carries to the petition.
type SignData struct {
	Petition   int64  `json:"petition"`           // its number
	Title      string `json:"title,omitempty"`    // for the letter; empty while nobody has checked its words
	SupportKey string `json:"key,omitempty"`      // of the link for first supporters
	District   int64  `json:"district,omitempty"` // where he lives, if he cared to say
	Resident   bool   `json:"resident,omitempty"` // declares that he lives in the community
	// Took is how long the form was filled in, as far as the portal knows.
	Took time.Duration `json:"took,omitempty"`
}

// signBoxed is what a token of PurposeSign keeps, sealed: neither its row nor
// the trail of it tells who meant to sign what.
type signBoxed struct {
	SignData
	Name   string `json:"name"`
	Notice string `json:"notice,omitempty"`
}

// Validate judges the fields and gives their normal form.
func (n NewSigner) Validate() (NewSigner, error) {
	e := errs.Fields()
	if name, ok := SignerName(n.Name); ok {
		n.Name = name
	} else {
		e.With("name", "petitionsign.err.name")
	}
	n.Email = checkEmail(e, "email", n.Email)
	if n.MustReside && !n.Sign.Resident {
		e.With("resident", "petitionsign.err.resident")
	}
	n.Locale = checkLocale(n.Locale)
	return n, e.OrNil()
}

// SignerName brings a name to the form in which a list of signatories shows it.
// ok is false for what is no name of a person: fewer than two words, digits, an
// address of the web, or a beginning that a spreadsheet would take for a formula.
func SignerName(typed string) (name string, ok bool) {
	name = line(typed)
	words := strings.Fields(name)
	letters := 0
	for _, w := range words {
		for i, r := range w {
			switch {
			case unicode.IsLetter(r):
				letters++
			case i > 0 && (unicode.Is(unicode.Mn, r) || strings.ContainsRune("'’ʼ`-‐‑.", r)):
			default:
				return name, false
			}
		}
		if strings.Contains(w, "..") || strings.HasPrefix(strings.ToLower(w), "www.") {
			return name, false
		}
		if i := strings.IndexByte(w, '.'); i >= 0 && i < len(w)-1 && len([]rune(w)) > 4 { // «О.П.» is an initial, «site.com» is not
			return name, false
		}
	}
	return name, len(words) >= 2 && letters >= 4 && len([]rune(name)) <= NameMax
}

// SignLink promises a letter with a link by which its bearer signs a petition:
// the link confirms the mailbox, so nobody has to sign up before. An unknown
// mailbox gets an account without a password that waits for the link; a known
// one gets the same letter, unless its owner serves the city: he is asked to
// sign in, since a link must not open a cabinet.
//
// The answer and its cost are the same for every mailbox, whether it is known,
// blocked, has signed already or has had its letters for today. Errors:
// errs.Invalid with fields, errs.Limited for the network, errs.Conflict when the
// gathering is over.
func (s *Service) SignLink(ctx context.Context, n NewSigner) error {
	n, err := n.Validate()
	if err != nil {
		return err
	}
	now := s.clock.Now()
	if !now.Before(n.Until) {
		return errs.Conflict("petitions.err.closed")
	}
	if err := s.limit.Allow(ctx, now, ratelimit.SignLinkNetwork.On(ratelimit.Network(n.IP))); err != nil {
		return err
	}
	defer s.paced(ctx)()
	box := mailbox(n.Email)
	err = s.limit.Allow(ctx, now, ratelimit.SignLinkPetition.On(strconv.FormatInt(n.Sign.Petition, 10)+" "+box), ratelimit.SignLinkMailbox.On(box))
	if errs.Is(err, errs.KindLimited) {
		return nil // to tell it would tell that letters for this petition went there
	}
	if err != nil {
		return err
	}
	err = s.signLink(ctx, n)
	if isEmailTaken(err) { // two first letters at once: the second one finds the first
		err = s.signLink(ctx, n)
	}
	return err
}

func (s *Service) signLink(ctx context.Context, n NewSigner) error {
	sealed, err := s.sealBox(signBoxed{SignData: n.Sign, Name: n.Name, Notice: n.NoticeVersion})
	if err != nil {
		return err
	}
	return s.db.Write(ctx, authz.Guest(), authz.SignUp, func(tx *db.Tx) error {
		p, err := lockEmail(tx, n.Email)
		if err != nil {
			return err
		}
		fresh := p == nil
		if fresh {
			p = &Person{Email: n.Email, Name: n.Name, Locale: n.Locale, CreatedAt: tx.Now, Version: 1, Status: Pending}
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if fresh {
			if err := tx.Create(p).Error; err != nil {
				return err
			}
		}
		if p.Status == Blocked {
			return nil
		}
		staff, err := serves(tx, p)
		if err != nil {
			return err
		}
		if staff {
			return notify.Queue(tx, notify.Letter{Kind: "petitionsign.known", PersonID: p.ID, Locale: p.Locale, Data: map[string]any{"box": sealed}})
		}
		t, err := s.issueSign(tx, p.ID, sealed, n.Until)
		if err != nil {
			return err
		}
		return notify.Queue(tx, notify.Letter{
			Kind: "petitionsign.link", PersonID: p.ID, Locale: n.Locale, Data: map[string]any{"token_id": t.ID},
		})
	})
}

// issueSign makes a link beside those that live: somebody else's wish to sign
// must not kill the link that lies in the mailbox already.
func (s *Service) issueSign(tx *db.Tx, personID int64, sealed string, until time.Time) (*token, error) {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	nonce := hex.EncodeToString(b[:])
	data, err := json.Marshal(tokenData{Nonce: nonce, Box: sealed})
	if err != nil {
		return nil, err
	}
	t := &token{
		PersonID: personID, Purpose: PurposeSign, TokenHash: digest(s.raw(PurposeSign, personID, nonce)), Data: data,
		ExpiresAt: tx.Now.Add(lifetime[PurposeSign]), CreatedAt: tx.Now,
	}
	if until.Before(t.ExpiresAt) {
		t.ExpiresAt = until
	}
	return t, tx.Create(t).Error
}

// serves reports whether an account is, or is meant to be, that of an official:
// by a role, by a post or a delegation that is not over, by an invitation.
func serves(tx *db.Tx, p *Person) (bool, error) {
	var is bool
	err := tx.Raw(`SELECT EXISTS (SELECT FROM role_grants WHERE person_id = @p)
		OR EXISTS (SELECT FROM appointments WHERE person_id = @p AND (valid_to IS NULL OR valid_to >= @today))
		OR EXISTS (SELECT FROM delegations WHERE to_person = @p AND valid_to >= @today)
		OR @pending AND EXISTS (SELECT FROM person_tokens WHERE person_id = @p AND purpose = 'invite')`,
		map[string]any{"p": p.ID, "today": i18n.ISODate(tx.Now), "pending": p.Status == Pending}).Row().Scan(&is)
	return is, err
}

// SignLinkPage is what the page of a link shows to its bearer.
type SignLinkPage struct {
	PersonID int64
	Name     string // under which he will stand in the list
	Email    string
	Sign     SignData
}

// SignLinkOf tells the page of a link what pressing its button will do. Nothing
// is used up: scanners of mail open every link. A link that is unknown, used or
// out of time is errs.Invalid with the key account.error_link.
func (s *Service) SignLinkOf(ctx context.Context, raw string) (SignLinkPage, error) {
	t, err := s.peek(ctx, PurposeSign, raw)
	if err != nil {
		return SignLinkPage{}, err
	}
	b, err := s.boxOf(t)
	if err != nil {
		return SignLinkPage{}, err
	}
	var who Person
	if err := s.db.Read(ctx).Select("id", "name", "email", "status", "email_confirmed_at").Where("id = ?", t.PersonID).Take(&who).Error; err != nil {
		return SignLinkPage{}, err
	}
	if who.Status == Blocked {
		return SignLinkPage{}, deadLink()
	}
	return SignLinkPage{PersonID: who.ID, Name: b.nameFor(&who), Email: who.Email, Sign: b.SignData}, nil
}

// nameFor is the name under which the bearer of the link signs: that of his
// account, unless nobody has proved the account yet or its name is none.
func (b signBoxed) nameFor(p *Person) string {
	if name, ok := SignerName(p.Name); ok && p.EmailConfirmedAt != nil {
		return name
	}
	return b.Name
}

// TakeSignLink uses a link: it confirms the mailbox, makes the account active and
// opens a session, all in one transaction, so that of two presses one does it.
// An account that was never confirmed loses its password: whoever made it did
// not own the mailbox. The signature itself is the next step, and of the
// petition. Errors: errs.Invalid with account.error_link for a link that is not
// good (any more), of a person who is blocked or has come to serve the city
// meanwhile; errs.Limited for whoever tries links by the thousand.
func (s *Service) TakeSignLink(ctx context.Context, raw string, c Client) (Opened, SignData, error) {
	var (
		o Opened
		b signBoxed
	)
	err := s.db.Write(ctx, authz.Guest(), authz.SignIn, func(tx *db.Tx) error {
		t, p, err := use(tx, PurposeSign, raw)
		if err != nil {
			return err
		}
		if b, err = s.boxOf(t); err != nil {
			return err
		}
		staff, err := serves(tx, p)
		if err != nil {
			return err
		}
		if staff || p.Status == Blocked {
			return deadLink()
		}
		if err := s.admit(tx, p, b); err != nil {
			return err
		}
		if err := s.recordNotice(tx, p.ID, b.Notice); err != nil {
			return err
		}
		o, err = s.insertSession(tx, p, methodLink, c)
		return err
	})
	if e, ok := errs.As(err); ok && e.Key == deadLinkKey {
		// Good links are not counted: a whole neighbourhood may share one address.
		if lerr := s.limit.Allow(ctx, s.clock.Now(), ratelimit.TokenNetwork.On(ratelimit.Network(c.IP))); lerr != nil {
			err = lerr
		}
	}
	if err != nil {
		return Opened{}, SignData{}, err
	}
	return o, b.SignData, nil
}

// admit makes the account of a proved mailbox usable under a proper name.
func (s *Service) admit(tx *db.Tx, p *Person, b signBoxed) error {
	set := map[string]any{}
	if name := b.nameFor(p); name != p.Name {
		p.Name = name
		set["name"] = name
	}
	if p.EmailConfirmedAt == nil {
		p.confirm(tx.Now)
		p.PasswordHash = ""
		set["password_hash"], set["status"], set["email_confirmed_at"] = "", p.Status, p.EmailConfirmedAt
		if err := expire(tx, p.ID, PurposeReset, PurposeConfirm, PurposeEmail); err != nil {
			return err
		}
	}
	if len(set) == 0 {
		return nil
	}
	tx.AfterCommit(func() { s.cache.forget(p.ID) })
	return tx.Save(p, p.Version, set)
}

// SpentSignLink tells the bearer of a link that is not good any more which
// petition it led to, so that there is a way on; own says that it was his whom
// the session names. ok is false for a link that never was.
func (s *Service) SpentSignLink(ctx context.Context, a authz.Actor, raw string) (d SignData, own, ok bool, err error) {
	var t token
	err = s.db.Read(ctx).Where("token_hash = ? AND purpose = ?", digest(raw), PurposeSign).Take(&t).Error
	if db.IsNotFound(err) {
		return d, false, false, nil
	}
	if err != nil {
		return d, false, false, err
	}
	b, err := s.boxOf(&t)
	return b.SignData, a.SignedIn() && a.ID == t.PersonID, err == nil, err
}

// Rename gives the actor the name under which he signs: an account that came
// from a provider may bear a nickname. Errors: errs.Invalid with the field name.
func (s *Service) Rename(ctx context.Context, a authz.Actor, typed string) error {
	name, ok := SignerName(typed)
	if !ok {
		return errs.Fields().With("name", "petitionsign.err.name")
	}
	return s.db.Write(ctx, a, authz.AccountSelf, func(tx *db.Tx) error {
		p, err := lock(tx, a.ID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.cache.forget(a.ID) })
		return tx.Save(p, p.Version, map[string]any{"name": name})
	})
}

// mailbox is the key under which letters to one mailbox are counted, however it
// is spelled.
func mailbox(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	local, _, _ = strings.Cut(local, "+")
	if d, ok := sameBoxes[domain]; ok {
		domain = d
	}
	if domain == "gmail.com" {
		local = strings.ReplaceAll(local, ".", "")
	}
	return local + "@" + domain
}

// sameBoxes are second names of services under which a name is one and the same box, as
// in canonical_email of the database.
var sameBoxes = map[string]string{
	"googlemail.com": "gmail.com", "me.com": "icloud.com", "mac.com": "icloud.com",
	"protonmail.com": "proton.me", "protonmail.ch": "proton.me", "pm.me": "proton.me",
}

// signLetter writes the letter with the link.
func (s *Service) signLetter(ctx context.Context, l notify.Letter) (notify.Content, error) {
	who, t, d, err := s.letterToken(ctx, l)
	if err != nil {
		return notify.Content{}, err
	}
	if t.Purpose != PurposeSign || !t.live(s.clock.Now()) || who.Status == Blocked {
		return notify.Content{}, notify.ErrObsolete
	}
	b, err := s.boxOf(t)
	if err != nil {
		return notify.Content{}, err
	}
	who.Name = b.nameFor(&who)
	c := s.letter(l, who)
	c.Facts = petitionFact(l.Locale, b.SignData)
	c.Button = &notify.Button{Label: i18n.In(l.Locale, l.Kind+"_letter_button"), URL: s.base + "/petitions/sign/" + s.raw(PurposeSign, t.PersonID, d.Nonce)}
	c.Closing = append([]string{i18n.In(l.Locale, "account.letter_until", "time", i18n.DateTimeIn(l.Locale, t.ExpiresAt))}, c.Closing...)
	return c, nil
}

// signKnownLetter asks an official to sign in first.
func (s *Service) signKnownLetter(ctx context.Context, l notify.Letter) (notify.Content, error) {
	sealed, _ := l.Data["box"].(string)
	var b signBoxed
	if err := s.openBox(sealed, &b); err != nil {
		return notify.Content{}, err
	}
	path := "/petitions/" + strconv.FormatInt(b.Petition, 10) + "/sign"
	if b.SupportKey != "" {
		path += "?k=" + url.QueryEscape(b.SupportKey)
	}
	c, err := s.plainLetter("/sign-in?next="+url.QueryEscape(path))(ctx, l)
	c.Facts = petitionFact(l.Locale, b.SignData)
	return c, err
}

func petitionFact(locale string, d SignData) []notify.Fact {
	v := i18n.In(locale, "petitionsign.letter_number", "number", strconv.FormatInt(d.Petition, 10))
	if d.Title != "" {
		v += ". " + d.Title
	}
	return []notify.Fact{{Label: i18n.In(locale, "petitionsign.letter_petition"), Value: v}}
}

func (s *Service) boxOf(t *token) (b signBoxed, err error) {
	d, err := t.data()
	if err != nil {
		return b, err
	}
	return b, s.openBox(d.Box, &b)
}

// boxCipher seals under a key of the portal.
func (s *Service) boxCipher() (cipher.AEAD, error) {
	m := hmac.New(sha256.New, s.tokenKey)
	m.Write([]byte("what a link carries"))
	block, err := aes.NewCipher(m.Sum(nil))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (s *Service) sealBox(v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	g, err := s.boxCipher()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, g.NonceSize())
	_, _ = rand.Read(nonce) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(g.Seal(nonce, nonce, plain, nil)), nil
}

func (s *Service) openBox(sealed string, v any) error {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return err
	}
	g, err := s.boxCipher()
	if err != nil {
		return err
	}
	if len(raw) < g.NonceSize() {
		return errors.New("the sealed part of a link is too short")
	}
	plain, err := g.Open(nil, raw[:g.NonceSize()], raw[g.NonceSize():], nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, v)
}
