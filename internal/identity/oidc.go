package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/oauth2"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/ratelimit"
)

// OIDCProvider is one OpenID Connect provider of the configuration: a social
// profile, the city's own directory, a state service of identification.
type OIDCProvider struct {
	ID           string   `json:"id"`   // in the address: lower-case letters, digits and hyphens
	Name         string   `json:"name"` // on the button
	Issuer       string   `json:"issuer"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	Scopes       []string `json:"scopes"` // beside openid; none: email and profile
	Strong       bool     `json:"strong"` // it checks identity papers (Закон 2155-VIII); the page says so
	// Staff says that the provider is the directory in which the city itself keeps
	// its officials: it opens their accounts, as a strong one does and a social
	// profile does not.
	Staff bool `json:"staff"`
	// IDClaim names the claim of a strong provider that holds the person's code
	// («РНОКПП», or the document of who has none), such as drfocode of id.gov.ua:
	// by it one human being is known whichever strong provider he uses. Empty: the
	// provider's own subject stands for him.
	IDClaim string `json:"id_claim"`
}

// forOfficials reports whether the provider is good for the account of an
// official. A social profile is not: its owner answers to nobody for how he keeps
// it, and the city cannot close it.
func (c OIDCProvider) forOfficials() bool { return c.Strong || c.Staff }

// byPasswordOnly is the refusal of a door that is not good for officials.
func byPasswordOnly() error { return errs.Invalid("account.error_provider_official") }

// oidcIdentity ties an account of a provider to a person.
type oidcIdentity struct {
	ID        int64
	Provider  string
	Subject   string
	PersonID  int64
	CreatedAt time.Time
}

// TableName is the table of the type.
func (oidcIdentity) TableName() string { return "oidc_identities" }

type provider struct {
	OIDCProvider
	mu   sync.Mutex
	disc *oidc.Provider // nil until discovery has succeeded
}

func newProviders(list []OIDCProvider) ([]*provider, error) {
	var out []*provider
	for _, c := range list {
		ok := c.ID != "" && c.Issuer != "" && c.ClientID != "" && strings.IndexFunc(c.ID, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
		}) < 0
		if !ok {
			return nil, fmt.Errorf("the sign-in provider %q needs an id of letters a-z, digits and hyphens, an issuer and a client id", c.ID)
		}
		if slices.ContainsFunc(out, func(p *provider) bool { return p.ID == c.ID }) {
			return nil, fmt.Errorf("two sign-in providers have the id %q", c.ID)
		}
		if c.Name == "" {
			c.Name = c.ID
		}
		if len(c.Scopes) == 0 {
			c.Scopes = []string{"email", "profile"}
		}
		out = append(out, &provider{OIDCProvider: c})
	}
	return out, nil
}

// Providers lists what the page of sign-in offers, without secrets.
func (s *Service) Providers() []OIDCProvider {
	var out []OIDCProvider
	for _, p := range s.providers {
		c := p.OIDCProvider
		c.ClientSecret = ""
		out = append(out, c)
	}
	return out
}

func (s *Service) provider(id string) (*provider, error) {
	for _, p := range s.providers {
		if p.ID == id {
			return p, nil
		}
	}
	return nil, errs.NotFound()
}

// discover asks the provider for its endpoints and keys at the first use; a
// provider that is down then does not keep the portal from starting, and is
// asked again at the next try.
func (s *Service) discover(ctx context.Context, p *provider) (*oidc.Provider, *oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.disc == nil {
		var err error
		for range 2 {
			if p.disc, err = oidc.NewProvider(oidc.ClientContext(ctx, s.client), p.Issuer); err == nil || ctx.Err() != nil {
				break
			}
		}
		if err != nil {
			p.disc = nil
			return nil, nil, errs.Unavailable("account.error_provider_down").Because(err)
		}
	}
	return p.disc, &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: p.disc.Endpoint(),
		RedirectURL: s.base + "/oidc/" + p.ID + "/callback",
		Scopes:      append([]string{oidc.ScopeOpenID}, p.Scopes...),
	}, nil
}

// FlowLife is how long a person may stay at the provider.
const FlowLife = 10 * time.Minute

// AskLife is how long a person may take to tell his address.
const AskLife = 30 * time.Minute

// flow is what the browser keeps while the person is at the provider: a signed
// cookie, so that no other browser can finish what this one began.
type flow struct {
	jwt.RegisteredClaims
	Provider string `json:"p"`
	State    string `json:"s,omitempty"`
	Nonce    string `json:"n,omitempty"`
	Verifier string `json:"v,omitempty"`
	Next     string `json:"x,omitempty"`
	UserSub  string `json:"u,omitempty"` // of the ask: who is at the provider
	UserName string `json:"un,omitempty"`
	Person   int64  `json:"me,omitempty"` // of a confirmation: who began it
}

func (s *Service) seal(f flow, kind string, life time.Duration) (string, error) {
	now := s.clock.Now()
	f.Audience = jwt.ClaimStrings{kind}
	f.ExpiresAt = jwt.NewNumericDate(now.Add(life))
	return jwt.NewWithClaims(jwt.SigningMethodHS256, f).SignedString(s.flowKey)
}

func (s *Service) unseal(v, kind string) (flow, bool) {
	var f flow
	_, err := jwt.ParseWithClaims(v, &f, func(*jwt.Token) (any, error) { return s.flowKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithAudience(kind),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.clock.Now))
	return f, err == nil
}

// BeginOIDC starts a sign-in by a provider: where to send the browser, and the
// cookie that it must bring back. next is where to go afterwards; the caller
// has checked it. Errors: errs.NotFound, errs.Unavailable.
func (s *Service) BeginOIDC(ctx context.Context, providerID, next string) (to, cookie string, err error) {
	p, err := s.provider(providerID)
	if err != nil {
		return "", "", err
	}
	_, cfg, err := s.discover(ctx, p)
	if err != nil {
		return "", "", err
	}
	f := flow{Provider: p.ID, State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier(), Next: next}
	if cookie, err = s.seal(f, "flow", FlowLife); err != nil {
		return "", "", err
	}
	return cfg.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), cookie, nil
}

// Return is what the browser brought back from a provider.
type Return struct {
	Provider string
	Cookie   string // of BeginOIDC
	State    string
	Code     string
	Refusal  string // the parameter error
	Locale   string
	Client   Client
	Actor    authz.Actor // of the session that the browser has; a guest for a sign-in
}

// Came is the end of a visit to a provider: a session, or, when the provider
// gave no proved address, a token for the page that asks for one, or, when a
// signed-in person went there, his confirmed identity.
type Came struct {
	Opened    Opened
	Next      string
	Ask       string // not empty: go to the page that asks for an address
	Confirmed bool   // the strong identity of the actor is confirmed; no session was opened
	Refused   error  // of a sign-in: why the strong identity was not confirmed; errs.Invalid
}

// claims of an ID token, or of the userinfo endpoint.
type claims struct {
	Email    string   `json:"email"`
	Verified loose    `json:"email_verified"`
	Name     string   `json:"name"`
	Given    string   `json:"given_name"`
	Family   string   `json:"family_name"`
	Azp      string   `json:"azp"`
	Locale   string   `json:"locale"`
	Audience audience `json:"aud"`
	code     string   // of the claim IDClaim
}

// loose is a boolean that some providers write as a string.
type loose bool

// UnmarshalJSON accepts true and "true".
func (l *loose) UnmarshalJSON(b []byte) error {
	*l = string(b) == "true" || string(b) == `"true"`
	return nil
}

type audience = jwt.ClaimStrings

// FinishOIDC proves what the provider said and opens a session, or confirms the
// strong identity of a person who has one (BeginStrong). The order of trust: an
// account of the provider that is tied to a person already; else the strong
// identity that another provider has confirmed; else an address that the provider vouches for, when the account here has confirmed
// the same address; else a new account. An account that was never confirmed is
// taken over and loses its password: whoever made it did not own the address.
//
// An account of an official is opened by a strong provider and by the city's own
// directory alone, whatever was tied before he became one.
//
// Errors: errs.Invalid (the person gave up, the answer is forged, too old, used
// before, meant for another, the account is blocked, or that of an official to
// which the provider is no door), errs.Unavailable.
func (s *Service) FinishOIDC(ctx context.Context, r Return) (Came, error) {
	p, err := s.provider(r.Provider)
	if err != nil {
		return Came{}, err
	}
	bad := func(why error) (Came, error) {
		s.log.WarnContext(ctx, "sign-in by a provider refused", "provider", p.ID, "err", why)
		return Came{}, errs.Invalid("account.error_provider").Because(why)
	}
	f, ok := s.unseal(r.Cookie, "flow")
	if !ok || f.Provider != p.ID || f.State == "" || subtle.ConstantTimeCompare([]byte(f.State), []byte(r.State)) != 1 {
		return bad(errors.New("the state is not that of this browser"))
	}
	if f.Person != 0 && (!r.Actor.SignedIn() || r.Actor.ID != f.Person) {
		return bad(errors.New("the confirmation was begun in another account"))
	}
	if err := s.limit.Allow(ctx, s.clock.Now(), ratelimit.OIDCState.On(f.State)); err != nil {
		if errs.Is(err, errs.KindLimited) {
			return bad(errors.New("the state was used before"))
		}
		return Came{}, err
	}
	if r.Refusal != "" {
		return Came{Next: f.Next}, errs.Invalid("account.error_provider_refused")
	}
	subject, c, err := s.exchange(ctx, p, f, r.Code)
	if err != nil {
		if _, known := errs.As(err); known {
			return Came{}, err
		}
		return bad(err)
	}
	came := Came{Next: f.Next}
	if f.Person != 0 {
		err := s.finishStrong(ctx, r.Actor, p, subject, c)
		came.Confirmed = err == nil
		return came, err
	}
	ident := s.strongIdent(p, subject, c)
	id, err := s.personOf(ctx, p, subject, ident, c, r.Locale)
	if err != nil {
		return came, err
	}
	if id == 0 {
		came.Ask, err = s.seal(flow{Provider: p.ID, UserSub: subject, UserName: c.Name, Next: f.Next}, "ask", AskLife)
		return came, err
	}
	// Whoever was a resident when the provider was tied may have come to serve the city since.
	check := func(tx *db.Tx, who *Person) error { return admits(tx, p, who) }
	if came.Opened, err = s.open(ctx, id, methodOIDC+p.ID, r.Client, check); err != nil {
		return came, err
	}
	came.Refused, err = s.confirmByTheWay(ctx, id, p, ident)
	return came, err
}

// admits refuses the account of an official to a provider that is not good for it.
func admits(tx *db.Tx, p *provider, who *Person) error {
	if who.ID == 0 || p.forOfficials() {
		return nil
	}
	staff, err := serves(tx, who)
	if err == nil && staff {
		err = byPasswordOnly()
	}
	return err
}

// exchange turns the code into a verified identity.
func (s *Service) exchange(ctx context.Context, p *provider, f flow, code string) (subject string, c claims, err error) {
	disc, cfg, err := s.discover(ctx, p)
	if err != nil {
		return "", c, err
	}
	ctx = oidc.ClientContext(ctx, s.client)
	tok, err := cfg.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		var re *oauth2.RetrieveError
		if errors.As(err, &re) {
			if re.Response != nil && re.Response.StatusCode >= http.StatusInternalServerError {
				return "", c, errs.Unavailable("account.error_provider_down").Because(errors.New("the token endpoint failed"))
			}
			return "", c, fmt.Errorf("the code was refused: %s", re.ErrorCode) // the body may hold more than the log should
		}
		return "", c, errs.Unavailable("account.error_provider_down").Because(err)
	}
	raw, ok := tok.Extra("id_token").(string)
	if !ok {
		return "", c, errors.New("no id_token in the answer")
	}
	// Signatures by a shared secret are refused: whoever knows the client could make them.
	t, err := disc.Verifier(&oidc.Config{
		ClientID: p.ClientID, Now: s.clock.Now,
		SupportedSigningAlgs: []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA},
	}).Verify(ctx, raw)
	if err != nil {
		return "", c, err
	}
	if subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(f.Nonce)) != 1 {
		return "", c, errors.New("the nonce is not that of this browser")
	}
	if t.Subject == "" || len(t.Subject) > 255 { // OpenID Connect Core 1.0, 2: at most 255
		return "", c, errors.New("no subject in the id_token")
	}
	if err := t.Claims(&c); err != nil {
		return "", c, errors.New("the claims are malformed")
	}
	if len(c.Audience) > 1 && c.Azp != p.ClientID || c.Azp != "" && c.Azp != p.ClientID { // the same, 3.1.3.7
		return "", c, errors.New("the id_token was made for another client")
	}
	if c.code, err = p.code(t.Claims); err != nil {
		return "", c, errors.New("the claims are malformed")
	}
	if (c.Email == "" || c.code == "" && p.wantsCode()) && disc.UserInfoEndpoint() != "" {
		info, err := disc.UserInfo(ctx, oauth2.StaticTokenSource(tok))
		if err == nil && info.Subject == t.Subject {
			var more claims
			if info.Claims(&more) == nil {
				if c.Email == "" {
					c.Email, c.Verified = more.Email, more.Verified
				}
				if code, cerr := p.code(info.Claims); cerr == nil && c.code == "" {
					c.code = code
				}
				if c.Name == "" {
					c.Name, c.Given, c.Family = more.Name, more.Given, more.Family
				}
			}
		}
	}
	if c.Name == "" {
		c.Name = strings.TrimSpace(c.Family + " " + c.Given)
	}
	c.Name = nickname(c.Name)
	return t.Subject, c, nil
}

// personOf finds or makes the person; 0 without an error: no address is proved.
func (s *Service) personOf(ctx context.Context, p *provider, subject string, ident []byte, c claims, locale string) (int64, error) {
	var id int64
	find := func(q interface{ Scan(...any) error }) error {
		err := q.Scan(&id)
		if db.IsNotFound(err) {
			return nil
		}
		return err
	}
	const sql = "SELECT person_id FROM oidc_identities WHERE provider = $1 AND subject = $2"
	if err := find(s.db.ReadPool().QueryRow(ctx, sql, p.ID, subject)); err != nil || id != 0 {
		return id, err
	}
	if id, err := s.personOfIdent(ctx, p, subject, ident); err != nil || id != 0 {
		return id, err
	}
	email, ok := Email(c.Email)
	if !ok || !bool(c.Verified) {
		return 0, nil
	}
	link := func() error {
		return s.db.Write(ctx, authz.Guest(), authz.SignIn, func(tx *db.Tx) error {
			who, err := lockEmail(tx, email)
			if err != nil {
				return err
			}
			fresh := who == nil
			if fresh {
				who = &Person{Email: email, Name: c.Name, Locale: checkLocale(locale), Status: Pending, Version: 1, CreatedAt: tx.Now}
				if who.Name == "" {
					who.Name = i18n.In(who.Locale, "account.unnamed")
				}
			}
			if err := tx.Authorize(who); err != nil {
				return err
			}
			if who.Status == Blocked {
				return who.standing()
			}
			if err := admits(tx, p, who); err != nil { // before anything is tied, or confirmed
				return err
			}
			confirmed := who.EmailConfirmedAt != nil
			who.confirm(tx.Now)
			switch {
			case fresh:
				if err := tx.Create(who).Error; err != nil {
					return err
				}
			case !confirmed:
				who.PasswordHash = ""
				if err := s.savePassword(tx, who, ""); err != nil {
					return err
				}
			}
			if !confirmed {
				if err := s.recordNotice(tx, who.ID, ""); err != nil {
					return err
				}
			}
			id = who.ID
			return tx.Create(&oidcIdentity{Provider: p.ID, Subject: subject, PersonID: who.ID, CreatedAt: tx.Now}).Error
		})
	}
	err := link()
	if isEmailTaken(err) || db.Constraint(err) == "oidc_identities_provider_subject_key" {
		// Two browsers came at once: the other one made it.
		if err := find(s.db.ReadPool().QueryRow(ctx, sql, p.ID, subject)); err != nil || id != 0 {
			return id, err
		}
		err = link()
	}
	return id, err
}

// Asked is what the page that asks for an address may show.
type Asked struct {
	Provider string // its name
	Name     string // as the provider told it
	Next     string
}

// Ask reads the token of Came.Ask.
func (s *Service) Ask(v string) (Asked, error) {
	f, ok := s.unseal(v, "ask")
	if !ok {
		return Asked{}, errs.Invalid("account.error_provider")
	}
	p, err := s.provider(f.Provider)
	if err != nil {
		return Asked{}, err
	}
	return Asked{Provider: p.Name, Name: f.UserName, Next: f.Next}, nil
}

// SignUpOIDC makes an account for somebody whose provider told no address: the
// address that he names gets the link of confirmation, and the provider is tied
// to the account when the link is used. As in SignUp, a known address changes
// nothing and its owner is told. Errors: errs.Invalid, errs.Limited.
func (s *Service) SignUpOIDC(ctx context.Context, ask string, n NewAccount) error {
	f, ok := s.unseal(ask, "ask")
	if !ok {
		return errs.Invalid("account.error_provider")
	}
	e := errs.Fields()
	n.Name, n.Email, n.Locale = checkName(e, n.Name), checkEmail(e, "email", n.Email), checkLocale(n.Locale)
	if err := e.OrNil(); err != nil {
		return err
	}
	if err := s.limit.Allow(ctx, s.clock.Now(), ratelimit.SignUpAddress.On(n.Email),
		ratelimit.SignUpNetwork.On(ratelimit.Network(n.IP))); err != nil {
		return err
	}
	defer s.paced(ctx)()
	return s.db.Write(ctx, authz.Guest(), authz.SignUp, func(tx *db.Tx) error {
		p, err := lockEmail(tx, n.Email)
		if err != nil {
			return err
		}
		if p == nil {
			p = &Person{Email: n.Email, Name: n.Name, Locale: n.Locale, Status: Pending, Version: 1, CreatedAt: tx.Now}
			if err := tx.Authorize(p); err != nil {
				return err
			}
			if err := tx.Create(p).Error; err != nil {
				return err
			}
		} else {
			if err := tx.Authorize(p); err != nil {
				return err
			}
			mine, err := unclaimed(tx, p)
			if err != nil {
				return err
			}
			if !mine {
				return notify.Queue(tx, notify.Letter{Kind: "account.known", PersonID: p.ID, Locale: p.Locale})
			}
			if err := tx.Save(p, p.Version, map[string]any{"name": n.Name, "password_hash": "", "locale": n.Locale}); err != nil {
				return err
			}
			p.Locale = n.Locale
		}
		if err := s.recordNotice(tx, p.ID, n.PrivacyVersion); err != nil {
			return err
		}
		return s.sendConfirm(tx, p, tokenData{Provider: f.Provider, Subject: f.UserSub})
	})
}
