package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// Invitation is whom an administrator invites to the city's service.
type Invitation struct {
	Email  string
	Name   string
	Locale string
	Roles  []authz.Role
}

// Invite makes an account for an official and promises the letter with the
// link by which he sets his password. An address that has an account already
// is errs.Invalid on the field "email": grant the role to that account. Without a
// role there is nothing to come for: errs.Invalid on the field "roles".
func (s *Service) Invite(ctx context.Context, a authz.Actor, in Invitation) (int64, error) {
	e := errs.Fields()
	in.Name, in.Email, in.Locale = checkName(e, in.Name), checkEmail(e, "email", in.Email), checkLocale(in.Locale)
	if len(in.Roles) == 0 {
		e.With("roles", "account.error_role_none")
	}
	for _, r := range in.Roles {
		if !authz.MayGrant(a, r) {
			e.With("roles", "account.error_role")
		}
	}
	if err := e.OrNil(); err != nil {
		return 0, err
	}
	taken := errs.Fields().With("email", "account.error_email_taken")
	var id int64
	err := s.db.Write(ctx, a, authz.PeopleManage, func(tx *db.Tx) error {
		other, err := lockEmail(tx, in.Email)
		if err != nil {
			return err
		}
		if other != nil {
			return taken
		}
		p := &Person{Email: in.Email, Name: in.Name, Locale: in.Locale, Status: Pending, Version: 1, CreatedAt: tx.Now}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if err := tx.Create(p).Error; err != nil {
			return err
		}
		id = p.ID
		for _, r := range in.Roles {
			if err := grant(tx, p.ID, r); err != nil {
				return err
			}
		}
		return s.sendInvite(tx, p)
	})
	if isEmailTaken(err) {
		return 0, taken
	}
	return id, err
}

// InviteAgain sends a new link to an official who has not come yet; the old one
// dies. For one who has come it is errs.Conflict.
func (s *Service) InviteAgain(ctx context.Context, a authz.Actor, personID int64) error {
	return s.db.Write(ctx, a, authz.PeopleManage, func(tx *db.Tx) error {
		p, err := lock(tx, personID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if p.Status != Pending {
			return errs.Conflict("account.error_not_pending")
		}
		return s.sendInvite(tx, p)
	})
}

func (s *Service) sendInvite(tx *db.Tx, p *Person) error {
	t, err := s.issue(tx, p.ID, PurposeInvite, tokenData{})
	if err != nil {
		return err
	}
	return notify.Queue(tx, notify.Letter{
		Kind: "account.invite", PersonID: p.ID, Locale: p.Locale, Data: map[string]any{"token_id": t.ID},
	})
}

// Block shuts a person out: his sessions end at once. Nobody blocks himself,
// and an administrator is left. version is that of the page.
func (s *Service) Block(ctx context.Context, a authz.Actor, personID int64, version int) error {
	return s.db.Write(ctx, a, authz.PeopleManage, func(tx *db.Tx) error {
		if personID == a.ID {
			return errs.Forbidden("account.error_block_self")
		}
		if err := keepAdmin(tx, personID); err != nil {
			return err
		}
		p, err := lock(tx, personID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if err := tx.Save(p, version, map[string]any{"status": Blocked}); err != nil {
			return err
		}
		if err := expire(tx, p.ID, PurposeConfirm, PurposeReset, PurposeInvite, PurposeEmail); err != nil {
			return err
		}
		_, err = s.end(tx, p.ID, "")
		return err
	})
}

// Unblock lets a person in again: as active when his address is confirmed.
func (s *Service) Unblock(ctx context.Context, a authz.Actor, personID int64, version int) error {
	return s.db.Write(ctx, a, authz.PeopleManage, func(tx *db.Tx) error {
		p, err := lock(tx, personID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if p.Status != Blocked {
			return nil
		}
		status := Active
		if p.EmailConfirmedAt == nil {
			status = Pending
		}
		return tx.Save(p, version, map[string]any{"status": status})
	})
}

// GrantRole gives a role of the service. Who may not give it gets
// errs.Forbidden; a role that the person holds already changes nothing.
func (s *Service) GrantRole(ctx context.Context, a authz.Actor, personID int64, r authz.Role) error {
	return s.db.Write(ctx, a, authz.PeopleManage, func(tx *db.Tx) error {
		p, err := lock(tx, personID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if !authz.MayGrant(a, r) {
			return errs.Forbidden("account.error_role")
		}
		tx.AfterCommit(func() { s.cache.forget(p.ID) })
		return grant(tx, p.ID, r)
	})
}

func grant(tx *db.Tx, personID int64, r authz.Role) error {
	var by *int64
	if tx.Actor.SignedIn() {
		by = &tx.Actor.ID
	}
	return tx.Exec("INSERT INTO role_grants (person_id, role, granted_by, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		personID, r, by, tx.Now).Error
}

// RevokeRole takes a role. The last administrator keeps his: errs.Forbidden.
func (s *Service) RevokeRole(ctx context.Context, a authz.Actor, personID int64, r authz.Role) error {
	return s.db.Write(ctx, a, authz.PeopleManage, func(tx *db.Tx) error {
		if r == authz.RoleAdmin {
			if err := keepAdmin(tx, personID); err != nil {
				return err
			}
		}
		p, err := lock(tx, personID)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if !authz.MayGrant(a, r) {
			return errs.Forbidden("account.error_role")
		}
		tx.AfterCommit(func() { s.cache.forget(p.ID) })
		return tx.Exec("DELETE FROM role_grants WHERE person_id = ? AND role = ?", p.ID, r).Error
	})
}

// keepAdmin locks every grant of the administrator's role, so that two of them
// cannot leave the portal without one, and refuses to lose the last who can come in.
func keepAdmin(tx *db.Tx, leaving int64) error {
	var holders []int64
	if err := tx.Table("role_grants").Clauses(clause.Locking{Strength: "UPDATE"}).Where("role = ?", authz.RoleAdmin).
		Order("id").Pluck("person_id", &holders).Error; err != nil {
		return err
	}
	if !slices.Contains(holders, leaving) {
		return nil
	}
	var left int64
	if err := tx.Model(&Person{}).Where("id IN ? AND id <> ? AND status = ?", holders, leaving, Active).Count(&left).Error; err != nil {
		return err
	}
	if left == 0 {
		return errs.Forbidden("account.error_last_admin")
	}
	return nil
}

// PeopleQuery narrows the list of people.
type PeopleQuery struct {
	Search string     // a part of the name or of the address
	Role   authz.Role // holders of this role
	Staff  bool       // holders of any role, and the invited
	Status Status
	NoPost bool  // officials whose role says nothing without a post, and who hold none (PostRoles)
	After  int64 // id of the last row of the page before
	Limit  int   // 0: 50
}

// PostRoles are the roles that act within a unit: without a post in one a manager has
// nobody to name in a resolution and signs nothing (Закон 393/96-ВР, ст. 15, ч. 3: the head
// of the body or who acts for him signs), and an executor is named by nobody.
var PostRoles = []authz.Role{authz.RoleManager, authz.RoleExecutor}

// PersonRow is a line of the list of people.
type PersonRow struct {
	ID        int64
	Email     string
	Name      string
	Status    Status
	Demo      bool
	Version   int
	CreatedAt time.Time
	Roles     []authz.Role `gorm:"-"`
	RoleList  string
	PostTitle string // of the present appointment
	UnitName  string
	Invited   bool // waits with an invitation
}

// People lists accounts by name, for whoever manages them; for others it is errs.NotFound.
func (s *Service) People(ctx context.Context, a authz.Actor, q PeopleQuery) ([]PersonRow, error) {
	if !a.Can(authz.PeopleManage) {
		return nil, errs.NotFound()
	}
	if q.Limit <= 0 || q.Limit > 200 {
		q.Limit = 50
	}
	today := i18n.ISODate(s.clock.Now())
	db := s.db.Read(ctx).Table("people p").Select(`p.id, p.email, p.name, p.status, p.demo, p.version, p.created_at,
		coalesce((SELECT string_agg(g.role, ',' ORDER BY g.role) FROM role_grants g WHERE g.person_id = p.id), '') AS role_list,
		coalesce(o.post, '') AS post_title, coalesce(o.unit, '') AS unit_name,
		p.status = 'pending' AND EXISTS (SELECT FROM person_tokens t WHERE t.person_id = p.id AND t.purpose = 'invite') AS invited`).
		Joins(`LEFT JOIN LATERAL (SELECT `+localName(ctx, "o.title")+` AS post, `+localName(ctx, "u.name")+` AS unit FROM appointments x JOIN posts o ON o.id = x.post_id JOIN units u ON u.id = o.unit_id
			WHERE x.person_id = p.id AND o.active AND x.valid_from <= ? AND (x.valid_to IS NULL OR x.valid_to >= ?)
			ORDER BY o.head DESC, x.valid_from DESC, x.id DESC LIMIT 1) o ON true`, today, today)
	if v := strings.ToLower(line(q.Search)); v != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(v) + "%"
		db = db.Where("lower(p.name) LIKE ? OR lower(p.email) LIKE ?", like, like)
	}
	if q.Role != "" {
		db = db.Where("EXISTS (SELECT FROM role_grants g WHERE g.person_id = p.id AND g.role = ?)", q.Role)
	}
	if q.Staff {
		db = db.Where(`EXISTS (SELECT FROM role_grants g WHERE g.person_id = p.id)
			OR EXISTS (SELECT FROM person_tokens t WHERE t.person_id = p.id AND t.purpose = 'invite')
			OR EXISTS (SELECT FROM appointments x WHERE x.person_id = p.id)`)
	}
	if q.Status != "" {
		db = db.Where("p.status = ?", q.Status)
	}
	if q.NoPost {
		db = db.Where("o.post IS NULL AND p.status <> ? AND EXISTS (SELECT FROM role_grants g WHERE g.person_id = p.id AND g.role IN ?)", Blocked, PostRoles)
	}
	if q.After != 0 {
		db = db.Where("(lower(p.name), p.id) > (SELECT lower(l.name), l.id FROM people l WHERE l.id = ?)", q.After)
	}
	var out []PersonRow
	if err := db.Order("lower(p.name), p.id").Limit(q.Limit).Scan(&out).Error; err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Roles = roleList(out[i].RoleList)
	}
	return out, nil
}

func roleList(s string) (out []authz.Role) {
	for r := range strings.SplitSeq(s, ",") {
		if r != "" {
			out = append(out, authz.Role(r))
		}
	}
	return out
}

// PersonCard is one account as its administrator sees it.
type PersonCard struct {
	Person   Person
	Roles    []authz.Role
	Invited  bool
	Sessions int // open now
	SeenAt   *time.Time
}

// PersonByID gives one account to whoever manages accounts; for others it is errs.NotFound.
func (s *Service) PersonByID(ctx context.Context, a authz.Actor, id int64) (PersonCard, error) {
	var c PersonCard
	if !a.Can(authz.PeopleManage) {
		return c, errs.NotFound()
	}
	err := s.db.Read(ctx).Where("id = ?", id).Take(&c.Person).Error
	if db.IsNotFound(err) {
		return c, errs.NotFound()
	}
	if err != nil {
		return c, err
	}
	var roles string
	err = s.db.ReadPool().QueryRow(ctx, `SELECT
		coalesce((SELECT string_agg(role, ',' ORDER BY role) FROM role_grants WHERE person_id = $1), ''),
		(SELECT count(*) FROM sessions WHERE person_id = $1 AND ended_at IS NULL AND expires_at > $2),
		(SELECT max(last_seen_at) FROM sessions WHERE person_id = $1),
		EXISTS (SELECT FROM person_tokens WHERE person_id = $1 AND purpose = 'invite')`, id, s.clock.Now()).
		Scan(&roles, &c.Sessions, &c.SeenAt, &c.Invited)
	c.Roles = roleList(roles)
	c.Invited = c.Invited && c.Person.Status == Pending
	return c, err
}

// localName picks the English name where there is one and the reader wants it.
func localName(ctx context.Context, col string) string {
	if i18n.Locale(ctx) == i18n.English {
		return "coalesce(nullif(" + col + "_en, ''), " + col + "_uk)"
	}
	return col + "_uk"
}
