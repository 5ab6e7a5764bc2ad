package petitions

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// SwitchName names what an administrator may switch.
type SwitchName string

// The switches.
const (
	SwitchCreation SwitchName = "creation" // new petitions are taken
	SwitchSigning  SwitchName = "signing"  // signatures are taken
	SwitchGuard    SwitchName = "guard"    // the guard takes forged signatures out by itself
)

// SwitchNames lists them in the order of the administrator's page.
var SwitchNames = []SwitchName{SwitchCreation, SwitchSigning, SwitchGuard}

// Switch is one of them as it stands.
type Switch struct {
	Name     SwitchName
	OffSince *time.Time // nil: on
	ReasonUK string
	ReasonEN string
	Version  int // 0: it was never touched
}

// On reports whether what the switch names works. The guard of a city that
// never decided on it leaves every sweep to a person.
func (w Switch) On() bool { return w.OffSince == nil && (w.Version > 0 || w.Name != SwitchGuard) }

// Reason is why it is off, in the locale.
func (w Switch) Reason(locale string) string {
	if locale == i18n.English && w.ReasonEN != "" {
		return w.ReasonEN
	}
	return w.ReasonUK
}

// Switches gives all of them.
func (s *Service) Switches(ctx context.Context) (map[SwitchName]Switch, error) {
	out := map[SwitchName]Switch{}
	for _, n := range SwitchNames {
		out[n] = Switch{Name: n}
	}
	rows, err := s.db.ReadPool().Query(ctx, "SELECT name, off_since, reason_uk, reason_en, version FROM petition_switches")
	if err != nil {
		return nil, err
	}
	var w Switch
	_, err = pgx.ForEachRow(rows, []any{&w.Name, &w.OffSince, &w.ReasonUK, &w.ReasonEN, &w.Version}, func() error {
		out[w.Name] = w
		return nil
	})
	return out, err
}

// Off is nil while what the switch names works, else errs.Unavailable with words
// for the reader: petitions.err.creation_off, petitions.err.signing_off.
func (s *Service) Off(ctx context.Context, name SwitchName) error {
	list, err := s.Switches(ctx)
	if err != nil || list[name].On() {
		return err
	}
	return errs.Unavailable("petitions.err." + string(name) + "_off")
}

// Change is what the administrator does to a switch. Version is that of the
// switch as he saw it.
type Change struct {
	Name     SwitchName
	Off      bool
	ReasonUK string
	ReasonEN string
	Version  int
}

// SetSwitch switches. Creation and signing are switched off for a reason that
// readers see. When signing goes on again, every petition that gathers gets the
// days back on which it could not: begun ones count as whole (Закон 393/96-ВР,
// ст. 23-1: the term of gathering is that of the charter, so it must be there to
// be used). Days back are told in its term and in its timeline, and the number
// of such petitions is returned. Switching to what is already so changes the
// reason alone. Errors: errs.Invalid with fields, errs.Conflict for a switch
// that somebody touched since.
func (s *Service) SetSwitch(ctx context.Context, who authz.Actor, c Change) (extended int, err error) {
	c.ReasonUK, c.ReasonEN = strings.TrimSpace(c.ReasonUK), strings.TrimSpace(c.ReasonEN)
	e := errs.Fields()
	if c.Name != SwitchCreation && c.Name != SwitchSigning && c.Name != SwitchGuard {
		e.With("name", "petitionguard.err.switch")
	}
	if c.Off && c.Name != SwitchGuard && c.ReasonUK == "" {
		e.With("reason_uk", "petitionguard.err.reason")
	}
	for field, v := range map[string]string{"reason_uk": c.ReasonUK, "reason_en": c.ReasonEN} {
		if len([]rune(v)) > 500 {
			e.With(field, "petitionguard.err.long", "max", 500)
		}
	}
	if err := e.OrNil(); err != nil {
		return 0, err
	}
	if !c.Off {
		c.ReasonUK, c.ReasonEN = "", ""
	}
	err = s.db.Write(ctx, who, authz.CharterManage, func(tx *db.Tx) error {
		extended = 0
		if err := tx.Authorize(authz.Anyone); err != nil { // the matrix decides: an administrator's switch
			return err
		}
		p := tx.Pgx()
		if _, err := p.Exec(ctx, "INSERT INTO petition_switches (name, off_since, version) VALUES ($1, CASE WHEN $1 = 'guard' THEN $2::timestamptz END, 0) ON CONFLICT DO NOTHING", string(c.Name), tx.Now); err != nil {
			return err
		}
		var since, given *time.Time
		var version int
		if err := p.QueryRow(ctx, "SELECT off_since, given_until, version FROM petition_switches WHERE name = $1 FOR UPDATE", string(c.Name)).Scan(&since, &given, &version); err != nil {
			return err
		}
		if version != c.Version {
			return errs.Conflict("errors.conflict")
		}
		off := since
		if !c.Off {
			off = nil
		} else if off == nil {
			off = &tx.Now
		}
		if _, err := p.Exec(ctx, "UPDATE petition_switches SET off_since = $2, reason_uk = $3, reason_en = $4, version = version + 1 WHERE name = $1",
			string(c.Name), off, c.ReasonUK, c.ReasonEN); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.tell(0) })
		if c.Name != SwitchSigning || off != nil || since == nil {
			return nil
		}
		// A day that was given back already covers what is left of it.
		start := *since
		if given != nil {
			start = later(start, *given)
		}
		if extended, err = s.giveBack(tx, *since, start); err != nil {
			return err
		}
		_, err = p.Exec(ctx, "UPDATE petition_switches SET given_until = $2 WHERE name = $1", string(c.Name), start.AddDate(0, 0, wholeDays(tx.Now.Sub(start))))
		return err
	})
	return extended, err
}
