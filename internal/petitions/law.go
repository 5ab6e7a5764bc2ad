package petitions

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/i18n"
)

// Ground is a ground on which a petition is not published («підстава»), as the
// law words it. The administrator may switch one off; one that was used stays.
type Ground struct {
	Code     string `gorm:"primaryKey"`
	TitleUk  string
	TitleEn  string
	NormUk   string
	NormEn   string
	Hides    bool // the text itself must not be shown to anybody but its author
	Position int
	Active   bool
	Version  int
}

// TableName names the table.
func (Ground) TableName() string { return "petition_grounds" }

// Title is the ground in words of the locale.
func (g Ground) Title(locale string) string {
	if locale == i18n.English {
		return g.TitleEn
	}
	return g.TitleUk
}

// Norm is the norm behind it in the locale.
func (g Ground) Norm(locale string) string {
	if locale == i18n.English {
		return g.NormEn
	}
	return g.NormUk
}

// grounds of Закон 393/96-ВР, ст. 23-1, ч. 2–4, and of the bounds of the
// council's powers. Which part says what is not verified: docs/legal-check.md §8.
var grounds = []Ground{
	{Code: "overthrow", TitleUk: "Заклики до повалення конституційного ладу або порушення територіальної цілісності України", TitleEn: "Calls to overthrow the constitutional order or to violate the territorial integrity of Ukraine", Hides: true},
	{Code: "war", TitleUk: "Пропаганда війни, насильства, жорстокості", TitleEn: "Propaganda of war, violence or cruelty", Hides: true},
	{Code: "hatred", TitleUk: "Розпалювання міжетнічної, расової чи релігійної ворожнечі", TitleEn: "Incitement to ethnic, racial or religious hatred", Hides: true},
	{Code: "terror", TitleUk: "Заклики до терористичних актів", TitleEn: "Calls for acts of terror", Hides: true},
	{Code: "rights", TitleUk: "Посягання на права і свободи людини", TitleEn: "Encroachment on human rights and freedoms", Hides: true},
	{Code: "essence", TitleUk: "Не викладено суть звернення", TitleEn: "The matter is not stated"},
	{Code: "author", TitleUk: "Не вказано ім’я автора (ініціатора) або його електронну пошту", TitleEn: "The author’s name or e-mail is missing"},
	{Code: "powers", TitleUk: "Питання не належить до повноважень міської ради", TitleEn: "The matter is not within the powers of the city council", NormUk: "ст. 26 Закону 280/97-ВР; ст. 23-1 Закону 393/96-ВР", NormEn: "Art. 26 of Law 280/97-VR; Art. 23-1 of Law 393/96-VR"},
	{Code: "private", TitleUk: "Оприлюднює персональні дані або принижує особу", TitleEn: "Discloses personal data or degrades a person", NormUk: "ст. 14 Закону 2297-VI; ст. 23-1 Закону 393/96-ВР", NormEn: "Art. 14 of Law 2297-VI; Art. 23-1 of Law 393/96-VR", Hides: true},
}

// SeedLaw gives a portal the grounds of the law, and a city without any rules of
// petitions a version for show: it bears the mark of one, and an administrator
// puts that of the real charter in its place.
func SeedLaw(ctx context.Context, d *db.DB) error {
	return d.Write(ctx, authz.System("start"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		for i, g := range grounds {
			if g.NormUk == "" {
				g.NormUk, g.NormEn = "ст. 23-1 Закону 393/96-ВР", "Art. 23-1 of Law 393/96-VR"
			}
			g.Position, g.Active, g.Version = i+1, true, 1
			if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&g).Error; err != nil {
				return err
			}
		}
		var there bool
		if err := tx.Raw("SELECT EXISTS (SELECT FROM petition_charters)").Scan(&there).Error; err != nil || there {
			return err
		}
		return tx.Create(&Charter{
			ValidFrom: time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC), Threshold: 300, GatheringDays: 90, Supporters: 5, SupportersDays: 30,
			CheckDays: 2, AnnounceDays: 3, ReviewDays: 10, Tier: TierEmail, ResidentsOnly: true,
			Source: "Статут Житомирської громади", SourceEN: "Charter of the Zhytomyr community", Demo: true, Version: 1, CreatedAt: tx.Now,
		}).Error
	})
}

// Grounds lists the grounds that a moderator may choose.
func (s *Service) Grounds(ctx context.Context) ([]Ground, error) {
	var list []Ground
	err := s.db.Read(ctx).Where("active").Order("position").Find(&list).Error
	return list, err
}
