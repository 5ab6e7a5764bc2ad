package appeals

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/i18n"
)

// Choice is an entry of a select: a unit, a topic, a person.
type Choice struct {
	ID       int64
	Name     string
	Note     string // for a person: his post; for a topic: the unit
	Group    string // for a topic: its parent; for a person: his unit
	UnitID   int64
	Load     int  // for an executor: how many appeals he has in work
	Personal bool // of a topic: never shown on the map
}

// Units lists the active units.
func (s *Service) Units(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, "SELECT id, "+localName(ctx, "name")+", '', '', id, 0, false FROM units WHERE active ORDER BY 2")
}

// Districts lists the districts of the city.
func (s *Service) Districts(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, "SELECT id, "+localName(ctx, "name")+", '', '', 0, 0, false FROM districts WHERE kind = 'district' AND active ORDER BY 2")
}

// Topics lists the active topics under their parents.
func (s *Service) Topics(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, "SELECT t.id, "+localName(ctx, "t.name")+", coalesce("+localName(ctx, "u.name")+", ''), coalesce("+localName(ctx, "p.name")+`, ''), coalesce(t.unit_id, 0), 0, t.personal
		FROM topics t LEFT JOIN topics p ON p.id = t.parent_id LEFT JOIN units u ON u.id = t.unit_id
		WHERE t.active AND NOT EXISTS (SELECT FROM topics c WHERE c.parent_id = t.id AND c.active)
		ORDER BY coalesce(p.position, t.position), p.id, t.position, t.id`)
}

// localName picks the English name where there is one and the reader wants it.
func localName(ctx context.Context, col string) string {
	if i18n.Locale(ctx) == i18n.English {
		return "coalesce(nullif(" + col + "_en, ''), " + col + "_uk)"
	}
	return col + "_uk"
}

func peopleOf(ctx context.Context) string {
	return `SELECT DISTINCT ON (p.name, p.id) p.id, p.name, coalesce(` + localName(ctx, "po.title") + `, ''), coalesce(` + localName(ctx, "u.name") + `, ''), coalesce(u.id, 0),
	(SELECT count(*)::int FROM (SELECT 1 FROM appeals x WHERE x.executor_id = p.id AND x.stage = 'work' LIMIT 100) l), false
	FROM people p JOIN role_grants g ON g.person_id = p.id AND g.role = $1
	LEFT JOIN (appointments ap JOIN posts po ON po.id = ap.post_id AND po.active)
	  ON ap.person_id = p.id AND ap.valid_from <= $2::date AND coalesce(ap.valid_to, 'infinity') >= $2::date
	LEFT JOIN units u ON u.id = po.unit_id
	WHERE p.status = 'active' ORDER BY p.name, p.id, po.head DESC NULLS LAST, ap.valid_from DESC, ap.id DESC` // the post that unitOf takes
}

// Executors lists who may be given an appeal, with their load.
func (s *Service) Executors(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, peopleOf(ctx), string(authz.RoleExecutor), i18n.ISODate(s.clock.Now()))
}

// ExecutorsUnder lists those of them whom the manager may name in a resolution: who
// work in his units or below them.
func (s *Service) ExecutorsUnder(ctx context.Context, who authz.Actor) ([]Choice, error) {
	list, err := s.Executors(ctx)
	return slices.DeleteFunc(list, func(c Choice) bool { return !who.InUnit(c.UnitID) }), err
}

// Managers lists who may be asked for a resolution.
func (s *Service) Managers(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, peopleOf(ctx), string(authz.RoleManager), i18n.ISODate(s.clock.Now()))
}

func (s *Service) choices(ctx context.Context, sql string, p ...any) ([]Choice, error) {
	q, err := s.db.ReadPool().Query(ctx, sql, p...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(q, func(r pgx.CollectableRow) (Choice, error) {
		var c Choice
		err := r.Scan(&c.ID, &c.Name, &c.Note, &c.Group, &c.UnitID, &c.Load, &c.Personal)
		return c, err
	})
}

// Template is a text that an executor may start from.
type Template struct {
	ID    int64
	Title string
	Body  string
}

// Templates lists the reply templates of a unit and the common ones.
func (s *Service) Templates(ctx context.Context, unitID int64) ([]Template, error) {
	q, err := s.db.ReadPool().Query(ctx, "SELECT id, title, body FROM reply_templates WHERE active AND (unit_id IS NULL OR unit_id = $1) ORDER BY unit_id NULLS LAST, title", unitID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(q, pgx.RowToStructByPos[Template])
}
