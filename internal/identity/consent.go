package identity

import (
	"context"
	"embed"
	"strings"
	"sync"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// NoticeVersion is the version of the privacy notice («повідомлення про
// обробку персональних даних», Закон 2297-VI, ст. 12, ч. 2) that this program
// brings. A changed text gets a new version; a version that was shown once is
// never changed.
const NoticeVersion = "2026-11.2"

//go:embed notices/*.md
var noticeFiles embed.FS

// Notice is one version of the text in both languages. A text is paragraphs
// parted by empty lines; "## " begins a heading, "- " an item of a list.
type Notice struct {
	Version   string
	BodyUK    string    `gorm:"column:body_uk"`
	BodyEN    string    `gorm:"column:body_en"`
	ValidFrom time.Time `gorm:"column:valid_from"`
}

// TableName is the table of the type.
func (Notice) TableName() string { return "privacy_notices" }

// Body is the text in a locale.
func (n Notice) Body(locale string) string {
	if locale == i18n.English {
		return n.BodyEN
	}
	return n.BodyUK
}

type noticeCache struct {
	mu     sync.Mutex
	latest Notice
	until  time.Time
}

// EnsureNotice keeps the notice of this program in the database, unless its
// version stands there already.
func (s *Service) EnsureNotice(ctx context.Context) error {
	uk, err := noticeFiles.ReadFile("notices/" + NoticeVersion + ".uk.md")
	if err != nil {
		return err
	}
	en, err := noticeFiles.ReadFile("notices/" + NoticeVersion + ".en.md")
	if err != nil {
		return err
	}
	var n int64
	if err := s.db.Read(ctx).Model(&Notice{}).Where("version = ?", NoticeVersion).Count(&n).Error; err != nil || n > 0 {
		return err
	}
	return s.db.Write(ctx, authz.System("start"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		return tx.Exec("INSERT INTO privacy_notices (version, body_uk, body_en, valid_from) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
			NoticeVersion, strings.TrimSpace(string(uk)), strings.TrimSpace(string(en)), tx.Now).Error
	})
}

// CurrentNotice is the notice in force.
func (s *Service) CurrentNotice(ctx context.Context) (Notice, error) {
	now := s.clock.Now()
	s.notices.mu.Lock()
	defer s.notices.mu.Unlock()
	if now.Before(s.notices.until) {
		return s.notices.latest, nil
	}
	var n Notice
	err := s.db.Read(ctx).Where("valid_from <= ?", now).Order("valid_from DESC, id DESC").Take(&n).Error
	if db.IsNotFound(err) {
		return n, errs.NotFound()
	}
	if err == nil {
		s.notices.latest, s.notices.until = n, now.Add(time.Minute)
	}
	return n, err
}

// NoticeOf is the notice of a version, for whoever wants to read what he was shown.
func (s *Service) NoticeOf(ctx context.Context, version string) (Notice, error) {
	var n Notice
	err := s.db.Read(ctx).Where("version = ?", version).Take(&n).Error
	if db.IsNotFound(err) {
		return n, errs.NotFound()
	}
	return n, err
}

// recordNotice writes down that a person was shown a version of the notice. A
// version that there is not falls back to the one in force: the form that named
// it showed that one or none.
func (s *Service) recordNotice(tx *db.Tx, personID int64, version string) error {
	return tx.Exec(`INSERT INTO consents (person_id, kind, version, given, created_at)
		SELECT @person, 'privacy', v.version, true, @now FROM (
		  SELECT version FROM privacy_notices WHERE version = @version OR valid_from <= @now
		   ORDER BY version = @version DESC, valid_from DESC, id DESC LIMIT 1) v
		 WHERE NOT EXISTS (SELECT FROM consents c WHERE c.person_id = @person AND c.kind = 'privacy' AND c.version = v.version)`,
		map[string]any{"person": personID, "version": version, "now": tx.Now}).Error
}

// recordNewsletter writes a consent or its withdrawal, when it changes anything.
func recordNewsletter(tx *db.Tx, personID int64, given bool) error {
	return tx.Exec(`INSERT INTO consents (person_id, kind, given, created_at)
		SELECT @person, 'newsletter', @given, @now WHERE coalesce((SELECT given FROM consents
		 WHERE person_id = @person AND kind = 'newsletter' ORDER BY id DESC LIMIT 1), false) <> @given`,
		map[string]any{"person": personID, "given": given, "now": tx.Now}).Error
}

// Consent is a line of what a person was shown or agreed to.
type Consent struct {
	Kind      string // "privacy": the notice was shown; "newsletter": agreed or withdrawn
	Version   string
	Given     bool
	CreatedAt time.Time
}

// Consents lists what the actor was shown and agreed to, the latest first.
func (s *Service) Consents(ctx context.Context, a authz.Actor) ([]Consent, error) {
	var out []Consent
	err := s.db.Read(ctx).Raw("SELECT kind, version, given, created_at FROM consents WHERE person_id = ? ORDER BY id DESC LIMIT 50", a.ID).Scan(&out).Error
	return out, err
}

// Newsletter reports whether the actor agreed to letters about the city's news.
func (s *Service) Newsletter(ctx context.Context, a authz.Actor) (bool, error) {
	var given bool
	err := s.db.Read(ctx).Raw("SELECT coalesce((SELECT given FROM consents WHERE person_id = ? AND kind = 'newsletter' ORDER BY id DESC LIMIT 1), false)", a.ID).Scan(&given).Error
	return given, err
}

// SetNewsletter records the consent of the actor or its withdrawal (Закон
// 2297-VI, ст. 8, ч. 2, п. 11).
func (s *Service) SetNewsletter(ctx context.Context, a authz.Actor, given bool) error {
	return s.db.Write(ctx, a, authz.AccountSelf, func(tx *db.Tx) error {
		p, err := lock(tx, a.ID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		return recordNewsletter(tx, p.ID, given)
	})
}
