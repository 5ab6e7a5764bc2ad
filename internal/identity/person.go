package identity

import (
	"net/mail"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// Status says whether a person may come in.
type Status string

// The states of an account.
const (
	Pending Status = "pending" // the address is not confirmed yet, or the invitation not accepted
	Active  Status = "active"
	Blocked Status = "blocked"
)

// Person is a resident or an official.
type Person struct {
	ID               int64
	Email            string // normalised; the name under which one signs in
	Name             string // «прізвище, ім’я, по батькові» (Закон 393/96-ВР, ст. 5)
	Phone            string
	Address          string // «місце проживання» (the same)
	PasswordHash     string // empty: signs in by a provider only, or has not accepted the invitation
	Status           Status
	Locale           string
	EmailConfirmedAt *time.Time
	Demo             bool
	Version          int
	CreatedAt        time.Time
}

// TableName is the table of the type.
func (Person) TableName() string { return "people" }

// Permit lets a person change himself, an administrator change anybody, and
// whoever proves himself by a password, a link or a provider come in.
func (p *Person) Permit(a authz.Actor, act authz.Action) error {
	switch act {
	case authz.AccountSelf:
		if a.SignedIn() && a.ID == p.ID {
			return nil
		}
		return errs.NotFound()
	case authz.PeopleManage, authz.SignUp, authz.SignIn, authz.JobRun:
		return nil // the matrix has decided
	default:
		return errs.Forbidden("errors.forbidden")
	}
}

// confirm makes the account usable: its address was proved.
func (p *Person) confirm(now time.Time) {
	if p.EmailConfirmedAt == nil {
		p.EmailConfirmedAt = &now
	}
	if p.Status == Pending {
		p.Status = Active
	}
}

// standing is the error for a person who may not come in, or nil. It is told
// only to who has proved himself.
func (p *Person) standing() error {
	switch p.Status {
	case Blocked:
		return errs.Invalid("account.error_blocked")
	case Pending:
		return errs.Invalid("account.error_unconfirmed")
	default:
		return nil
	}
}

func lock(tx *db.Tx, id int64) (*Person, error) {
	var p Person
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&p).Error
	if db.IsNotFound(err) {
		return nil, errs.NotFound()
	}
	return &p, err
}

// lockEmail locks the account of an address; nil without an error when there is none.
func lockEmail(tx *db.Tx, email string) (*Person, error) {
	var p Person
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("lower(email) = ?", email).Take(&p).Error
	if db.IsNotFound(err) {
		return nil, nil
	}
	return &p, err
}

const (
	maxEmail = 254 // RFC 5321, 4.5.3.1.3
)

// Bounds of what a person says of himself, in characters: of his account, his appeals and
// his petitions alike, since the forms are filled from the account.
const (
	NameMax    = 200
	AddressMax = 300
)

// Email brings an address to the one form in which it is kept and compared:
// lower case, the domain in ASCII. ok is false for what is no address.
func Email(s string) (string, bool) {
	s = strings.ToLower(norm.NFC.String(strings.TrimSpace(s)))
	i := strings.LastIndexByte(s, '@')
	if i < 1 {
		return s, false
	}
	domain, err := idna.Lookup.ToASCII(s[i+1:])
	if err != nil || !strings.Contains(domain, ".") {
		return s, false
	}
	out := s[:i] + "@" + domain
	if len(out) > maxEmail || strings.IndexFunc(out, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
		return s, false
	}
	a, err := mail.ParseAddress(out)
	if err != nil || a.Address != out || a.Name != "" {
		return s, false
	}
	return out, true
}

// line normalises a one-line text: NFC, single spaces, no control characters.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

func checkEmail(e *errs.Error, field, typed string) string {
	if strings.TrimSpace(typed) == "" {
		e.With(field, "account.error_email_empty")
		return ""
	}
	email, ok := Email(typed)
	if !ok {
		e.With(field, "account.error_email")
	}
	return email
}

// checkName judges a name by the one rule that there is, that of SignerName: a
// name stands in letters, in lists and on cards, and none of them may carry an
// address of the web.
func checkName(e *errs.Error, typed string) string {
	name, ok := SignerName(typed)
	switch {
	case name == "":
		e.With("name", "account.error_name_empty")
	case len([]rune(name)) > NameMax:
		e.With("name", "account.error_too_long", "n", NameMax)
	case !ok:
		e.With("name", "account.error_name")
	}
	return name
}

// nickname keeps of a name that a provider tells what may stand in a name: the
// words in letters. It need not be a full name, which is asked for where one is
// wanted; empty: there was nothing of the kind.
func nickname(told string) string {
	var keep []string
	letters := 0
	for _, w := range strings.Fields(line(told)) {
		if _, ok := SignerName(w + " " + plainName); ok {
			keep = append(keep, w)
			letters += len([]rune(w))
		}
	}
	name := []rune(strings.Join(keep, " "))
	if letters < 2 || len(name) > NameMax {
		return ""
	}
	return string(name)
}

// plainName is a name that the rule lets pass beside any word that it lets pass.
const plainName = "Коваленко Олена"

func checkLocale(s string) string {
	for _, l := range i18n.Locales {
		if s == l {
			return l
		}
	}
	return i18n.Default
}
