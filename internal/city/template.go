package city

import (
	"context"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// ReplyTemplate is a model of an answer («шаблон відповіді»), of one unit or, with
// no unit, of all.
type ReplyTemplate struct {
	Record `gorm:"embedded"`
	UnitID *int64
	Title  string
	Body   string
}

func (t *ReplyTemplate) tidy() { t.Title, t.Body = line(t.Title), text(t.Body) }

// Validate judges what was typed: errs.Invalid with the fields at fault.
func (t *ReplyTemplate) Validate() error {
	e := errs.Fields()
	must(e, "title", t.Title, maxName)
	must(e, "body", t.Body, maxText)
	return e.OrNil()
}

func (t *ReplyTemplate) check(tx *db.Tx) error { return exists(tx, "units", "unit_id", t.UnitID) }

func (t *ReplyTemplate) columns() map[string]any {
	return map[string]any{"unit_id": t.UnitID, "title": t.Title, "body": t.Body}
}

func (t *ReplyTemplate) taken(string) error { return nil }

// Templates lists the models of answers that a unit may use: its own, those of
// the units above it, and those of all. Unit 0 lists every one of them, also
// those out of use.
func (c *City) Templates(ctx context.Context, unit int64) ([]ReplyTemplate, error) {
	q := c.db.Read(ctx).Order("title, id")
	if unit != 0 {
		d, err := c.Directory(ctx)
		if err != nil {
			return nil, err
		}
		q = q.Where("active AND (unit_id IS NULL OR unit_id IN ?)", d.UnitAndAbove(unit))
	}
	var out []ReplyTemplate
	err := q.Find(&out).Error
	return out, err
}

// Template gives one model of an answer; errs.NotFound.
func (c *City) Template(ctx context.Context, id int64) (ReplyTemplate, error) {
	return find[ReplyTemplate](ctx, c, id)
}

// CreateTemplate adds a model of an answer.
func (c *City) CreateTemplate(ctx context.Context, a authz.Actor, t ReplyTemplate) (ReplyTemplate, error) {
	return create(ctx, c, a, t)
}

// UpdateTemplate changes a model of an answer; errors as in UpdateUnit.
func (c *City) UpdateTemplate(ctx context.Context, a authz.Actor, t ReplyTemplate) (ReplyTemplate, error) {
	return update(ctx, c, a, t)
}

// SetTemplateActive takes a model of an answer out of use or back.
func (c *City) SetTemplateActive(ctx context.Context, a authz.Actor, id int64, version int, active bool) error {
	return setActive[ReplyTemplate](ctx, c, a, id, version, active, nil)
}
