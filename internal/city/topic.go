package city

import (
	"context"
	"regexp"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Topic is a theme of the city, as people speak of it. Classifier is the row of
// the Classifier of appeals (КМУ 858, розділ II «Основні питання»: 1–24, or a code
// below one of them) under which the statutory report counts it; UnitID is who
// usually considers it. Appeals on a Personal topic speak of the private life of a
// person or of the conduct of an official and are never shown on the map (Закон
// 393/96-ВР, ст. 10, ч. 1).
type Topic struct {
	Record     `gorm:"embedded"`
	ParentID   *int64
	Code       string
	NameUK     string `gorm:"column:name_uk"`
	NameEN     string `gorm:"column:name_en"`
	Classifier string
	UnitID     *int64
	Position   int
	Personal   bool
}

// Name is the name in a locale; Ukrainian where there is no English one.
func (t Topic) Name(locale string) string { return pick(locale, t.NameUK, t.NameEN) }

func (t *Topic) tidy() {
	t.Code, t.NameUK, t.NameEN, t.Classifier = line(t.Code), line(t.NameUK), line(t.NameEN), line(t.Classifier)
}

// КМУ 858, розділ II: 24 rows; the three-digit codes of office software (010…240)
// and codes below a row are let through.
var classifierForm = regexp.MustCompile(`^([1-9]|1[0-9]|2[0-4])(\.\d{1,3})*$|^(0[1-9]|1[0-9]|2[0-4])\d$`)

// Validate judges what was typed: errs.Invalid with the fields at fault.
func (t *Topic) Validate() error {
	e := errs.Fields()
	must(e, "name_uk", t.NameUK, maxName)
	atMost(e, "name_en", t.NameEN, maxName)
	mustCode(e, t.Code)
	if t.Classifier != "" && !classifierForm.MatchString(t.Classifier) {
		e.With("classifier", "city.err.classifier")
	}
	if t.Position < 0 || t.Position > 100000 {
		e.With("position", "city.err.number")
	}
	return e.OrNil()
}

func (t *Topic) check(tx *db.Tx) error {
	if err := exists(tx, "units", "unit_id", t.UnitID); err != nil {
		return err
	}
	return noRing(tx, "topics", t.ID, t.ParentID)
}

func (t *Topic) columns() map[string]any {
	return map[string]any{
		"parent_id": t.ParentID, "code": t.Code, "name_uk": t.NameUK, "name_en": t.NameEN,
		"classifier": t.Classifier, "unit_id": t.UnitID, "position": t.Position, "personal": t.Personal,
	}
}

func (t *Topic) taken(constraint string) error {
	if constraint == "topics_code_key" {
		return errs.Fields().With("code", "city.err.code_taken")
	}
	return nil
}

// Topic gives one topic; errs.NotFound.
func (c *City) Topic(ctx context.Context, id int64) (Topic, error) { return find[Topic](ctx, c, id) }

// CreateTopic adds a topic.
func (c *City) CreateTopic(ctx context.Context, a authz.Actor, t Topic) (Topic, error) {
	return create(ctx, c, a, t)
}

// UpdateTopic changes a topic; errors as in UpdateUnit.
func (c *City) UpdateTopic(ctx context.Context, a authz.Actor, t Topic) (Topic, error) {
	return update(ctx, c, a, t)
}

// SetTopicActive takes a topic out of use or back. A topic with active topics
// below it cannot be taken out: errs.Invalid.
func (c *City) SetTopicActive(ctx context.Context, a authz.Actor, id int64, version int, active bool) error {
	return setActive[Topic](ctx, c, a, id, version, active, childless("topics", id))
}
