package admin

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/appeals"
	"ereception/internal/authz"
	"ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// Appeals is what the pages need of appeals: whose hands are full.
type Appeals interface {
	OpenWork(ctx context.Context, who authz.Actor, personID, unitID int64) ([]appeals.Work, error)
	HandOver(ctx context.Context, who authz.Actor, fromPerson, fromUnit, toPerson, toUnit int64) (moved, left int, err error)
	Executors(ctx context.Context) ([]appeals.Choice, error)
}

// PetitionWork is what the pages need to know of an official's work with petitions.
type PetitionWork interface {
	OpenWork(ctx context.Context, who authz.Actor, personID int64) ([]petitions.Work, error)
}

// UseWork lets the pages ask what somebody has in hand before he is taken out of the
// service. It is called once, before Area. p may be nil.
func (h *Handlers) UseWork(a Appeals, p PetitionWork) *Handlers {
	h.appeals, h.petitionWork = a, p
	return h
}

// Letters is what the first page needs to know of the post.
type Letters interface {
	Waiting(ctx context.Context, who authz.Actor) (n int, since time.Time, err error)
}

// UseLetters lets the first page say that letters do not go out. It is called once, before Area.
func (h *Handlers) UseLetters(l Letters) *Handlers {
	h.letters = l
	return h
}

// asked is the name of the field by which a form says that its author has seen the
// open work and goes on all the same.
const asked = "anyway"

// leaving is an official or a unit that is about to be taken out of the service.
type leaving struct {
	person, unit int64
	roles        []authz.Role // that he loses; nil: all of them
	title, name  string
	nav, back    string
	action       string     // where the form was sent
	values       url.Values // what it held
	do           string     // label of the button
}

// kindsOf are the parts that a role plays; a role that is not here plays none alone.
var kindsOf = map[authz.Role][]appeals.WorkKind{
	authz.RoleExecutor: {appeals.WorkExecutes, appeals.WorkCoexecutes},
	authz.RoleManager:  {appeals.WorkResolves, appeals.WorkSigns, appeals.WorkLeads},
}

// openWork lists what somebody who leaves has in hand, in words.
func (h *Handlers) openWork(ctx context.Context, a authz.Actor, l leaving) ([]admin.WorkRow, error) {
	var out []admin.WorkRow
	if h.appeals != nil {
		list, err := h.appeals.OpenWork(ctx, a, l.person, l.unit)
		if err != nil {
			return nil, err
		}
		for _, w := range list {
			if !plays(l.roles, w.Kind) {
				continue
			}
			row := admin.WorkRow{Label: i18n.T(ctx, "admin.work."+string(w.Kind)), Count: i18n.Num(ctx, w.N)}
			for _, x := range w.Samples {
				href := trailURL("appeals", idText(x.ID))
				if a.Can(authz.CabinetRead) {
					href = "/cabinet/appeals/" + url.PathEscape(x.Number)
				}
				row.Links = append(row.Links, ui.Link{Href: href, Label: x.Number})
			}
			row.More = more(ctx, w.N, len(w.Samples))
			out = append(out, row)
		}
	}
	if h.petitionWork != nil && l.person != 0 && l.roles == nil {
		list, err := h.petitionWork.OpenWork(ctx, a, l.person)
		if err != nil {
			return nil, err
		}
		for _, w := range list {
			row := admin.WorkRow{Label: i18n.T(ctx, "admin.work.petition."+string(w.Kind)), Count: i18n.Num(ctx, w.N)}
			for _, x := range w.Samples {
				n := strconv.FormatInt(x.Number, 10)
				href := trailURL("petitions", idText(x.ID))
				if a.Can(authz.CabinetRead) {
					href = "/cabinet/petitions/" + n
				}
				row.Links = append(row.Links, ui.Link{Href: href, Label: i18n.T(ctx, "admin.work.petition_number", "number", n)})
			}
			row.More = more(ctx, w.N, len(w.Samples))
			out = append(out, row)
		}
	}
	if l.unit != 0 {
		rows, err := h.unitWork(ctx, l.unit)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

func plays(roles []authz.Role, k appeals.WorkKind) bool {
	if roles == nil {
		return true
	}
	for _, r := range roles {
		for _, x := range kindsOf[r] {
			if x == k {
				return true
			}
		}
	}
	return false
}

func more(ctx context.Context, n, shown int) string {
	if n <= shown {
		return ""
	}
	return i18n.T(ctx, "admin.work.more", "n", i18n.Num(ctx, n-shown))
}

// unitWork is what would still lead to a closed unit: topics, posts that somebody
// holds, buyers whose purchases it explains.
func (h *Handlers) unitWork(ctx context.Context, unit int64) ([]admin.WorkRow, error) {
	d, err := h.city.Directory(ctx)
	if err != nil {
		return nil, err
	}
	held, err := h.city.Holders(ctx, h.city.Today())
	if err != nil {
		return nil, err
	}
	loc := i18n.Locale(ctx)
	topics, posts := admin.WorkRow{Label: i18n.T(ctx, "admin.work.topics")}, admin.WorkRow{Label: i18n.T(ctx, "admin.work.posts")}
	buyers := admin.WorkRow{Label: i18n.T(ctx, "admin.work.buyers")}
	for _, t := range d.Topics {
		if t.Active && t.UnitID != nil && *t.UnitID == unit {
			topics.Links = append(topics.Links, ui.Link{Href: "/admin/topics/" + idText(t.ID), Label: t.Name(loc)})
		}
	}
	for _, p := range d.Posts {
		if p.Active && p.UnitID == unit && len(held[p.ID]) > 0 {
			posts.Links = append(posts.Links, ui.Link{Href: "/admin/posts/" + idText(p.ID), Label: p.Title(loc) + ", " + held[p.ID][0].PersonName})
		}
	}
	if h.purchases != nil {
		list, err := h.purchases.Buyers(ctx)
		if err != nil {
			return nil, err
		}
		for _, b := range list {
			if b.UnitID != nil && *b.UnitID == unit {
				buyers.Links = append(buyers.Links, ui.Link{Href: buyersURL + "/" + b.Code, Label: b.Name})
			}
		}
	}
	var out []admin.WorkRow
	for _, r := range []admin.WorkRow{topics, posts, buyers} {
		if len(r.Links) > 0 {
			r.Count = i18n.Num(ctx, len(r.Links))
			out = append(out, r)
		}
	}
	return out, nil
}

// stays asks before somebody who has open work is taken out of the service. Without
// any, or when the form says that its author has seen it, it answers nothing: done is
// false and the caller goes on.
func (h *Handlers) stays(c echo.Context, l leaving) (done bool, err error) {
	if l.values.Get(asked) == "1" {
		return false, nil
	}
	rows, err := h.openWork(httpx.Ctx(c), httpx.Actor(c), l)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	return true, h.showWork(c, http.StatusConflict, l, rows, "", nil)
}

// showWork lists the open work with the ways out.
func (h *Handlers) showWork(c echo.Context, status int, l leaving, rows []admin.WorkRow, to string, problems []httpx.Problem) error {
	ctx, a := httpx.Ctx(c), httpx.Actor(c)
	p := admin.WorkPage{
		Head: admin.Head{Frame: httpx.Office(c, l.title, l.nav), Title: l.title, Lead: l.name, Back: ui.Link{Href: l.back, Label: l.name}},
		Rows: rows, Action: l.action, Submit: l.do, Cancel: l.back, Errors: fieldErrors(problems),
		Note: ui.NoteProps{Kind: "amber", Title: i18n.T(ctx, "admin.work.note_title"), Text: i18n.T(ctx, "admin.work.note")},
	}
	if l.unit != 0 {
		p.Note.Text = i18n.T(ctx, "admin.work.note_unit")
	}
	for _, name := range slices.Sorted(maps.Keys(l.values)) {
		if name != asked {
			for _, v := range l.values[name] {
				p.Hidden = append(p.Hidden, [2]string{name, v})
			}
		}
	}
	hand, any := false, false
	if h.appeals != nil {
		list, err := h.appeals.OpenWork(ctx, a, l.person, l.unit)
		if err != nil {
			return err
		}
		for _, w := range list {
			any = any || plays(l.roles, w.Kind)
			hand = hand || (w.Kind == appeals.WorkExecutes || w.Kind == appeals.WorkCoexecutes) && plays(l.roles, w.Kind) || w.Kind == appeals.WorkOfUnit
		}
	}
	switch {
	case any && !a.Can(authz.AppealAssign):
		p.HandNote = i18n.T(ctx, "admin.work.hand_others")
	case !hand:
	case l.unit != 0:
		d, err := h.city.Directory(ctx)
		if err != nil {
			return err
		}
		p.Hand = &admin.Field{Kind: "select", Name: "to", Label: i18n.T(ctx, "admin.work.to_unit"), Hint: i18n.T(ctx, "admin.work.to_unit_hint"), Value: to, Blank: i18n.T(ctx, "admin.field.choose")}
		for _, n := range d.UnitTree() {
			if n.Item.Active && n.Item.ID != l.unit {
				p.Hand.Options = append(p.Hand.Options, ui.Option{Value: idText(n.Item.ID), Label: n.Item.Name(i18n.Locale(ctx))})
			}
		}
		p.HandAction = "/admin/units/" + idText(l.unit) + "/handover"
	default:
		list, err := h.appeals.Executors(ctx)
		if err != nil {
			return err
		}
		p.Hand = &admin.Field{Kind: "select", Name: "to", Label: i18n.T(ctx, "admin.work.to_person"), Hint: i18n.T(ctx, "admin.work.to_person_hint"), Value: to, Blank: i18n.T(ctx, "admin.field.choose")}
		for _, x := range list {
			if x.ID != l.person && x.UnitID != 0 {
				p.Hand.Options = append(p.Hand.Options, ui.Option{Value: idText(x.ID), Label: x.Name, Group: x.Group})
			}
		}
		p.HandAction = "/admin/people/" + idText(l.person) + "/handover"
	}
	return httpx.Render(c, status, admin.Work(p))
}

// blocking is the official whom a form of his page is about to block.
func (h *Handlers) blocking(c echo.Context, pid int64, v url.Values) (leaving, error) {
	ctx := httpx.Ctx(c)
	card, err := h.people.PersonByID(ctx, httpx.Actor(c), pid)
	if err != nil {
		return leaving{}, err
	}
	back := "/admin/people/" + idText(pid)
	return leaving{
		person: pid, title: i18n.T(ctx, "admin.work.title_block"), name: card.Person.Name, nav: "admin.people", back: back, action: back + "/active", values: v,
		do: i18n.T(ctx, "admin.work.block_anyway"),
	}, nil
}

// handOverPerson gives the open appeals of an executor to another one.
func (h *Handlers) handOverPerson(c echo.Context) error {
	ctx, a, pid := httpx.Ctx(c), httpx.Actor(c), id(c, "id")
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	card, err := h.people.PersonByID(ctx, a, pid)
	if err != nil {
		return err
	}
	l, err := h.blocking(c, pid, url.Values{"active": {"0"}, "version": {strconv.Itoa(card.Person.Version)}})
	if err != nil {
		return err
	}
	return h.handOver(c, l, number(v.Get("to")), 0, v.Get("to"))
}

// handOverUnit gives the open appeals of a unit to another one.
func (h *Handlers) handOverUnit(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	l, err := h.closing(c, id(c, "id"), nil)
	if err != nil {
		return err
	}
	return h.handOver(c, l, 0, number(v.Get("to")), v.Get("to"))
}

// closing is the unit that a form of its page is about to close.
func (h *Handlers) closing(c echo.Context, unit int64, v url.Values) (leaving, error) {
	ctx := httpx.Ctx(c)
	u, err := h.city.Unit(ctx, unit)
	if err != nil {
		return leaving{}, err
	}
	if v == nil {
		v = url.Values{"active": {"0"}, "version": {strconv.Itoa(u.Version)}}
	}
	back := "/admin/units/" + idText(unit)
	return leaving{
		unit: unit, title: i18n.T(ctx, "admin.work.title_close"), name: u.Name(i18n.Locale(ctx)), nav: "admin.units", back: back, action: back + "/active", values: v,
		do: i18n.T(ctx, "admin.work.close_anyway"),
	}, nil
}

func (h *Handlers) handOver(c echo.Context, l leaving, toPerson, toUnit int64, typed string) error {
	ctx, a := httpx.Ctx(c), httpx.Actor(c)
	if h.appeals == nil {
		return errs.NotFound()
	}
	moved, left, err := h.appeals.HandOver(ctx, a, l.person, l.unit, toPerson, toUnit)
	if err != nil {
		problems, _, ok := httpx.Problems(c, err)
		if !ok {
			return err
		}
		rows, werr := h.openWork(ctx, a, l)
		if werr != nil {
			return werr
		}
		return h.showWork(c, http.StatusUnprocessableEntity, l, rows, typed, problems)
	}
	httpx.Flash(c, "admin.work.handed", "moved", i18n.Num(ctx, moved), "left", i18n.Num(ctx, left))
	return httpx.See(c, l.back)
}
