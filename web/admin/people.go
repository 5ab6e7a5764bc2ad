package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/identity"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

func roleLabel(ctx context.Context, r authz.Role) string {
	return i18n.T(ctx, "admin.role."+string(r))
}

// needsPost reports whether one of the roles says nothing without a post.
func needsPost(roles []authz.Role) bool {
	return slices.ContainsFunc(roles, func(r authz.Role) bool { return slices.Contains(identity.PostRoles, r) })
}

func roleOptions(ctx context.Context) []ui.Option {
	out := make([]ui.Option, len(authz.Granted))
	for i, r := range authz.Granted {
		out[i] = ui.Option{Value: string(r), Label: roleLabel(ctx, r)}
	}
	return out
}

func statusBadge(ctx context.Context, s identity.Status, invited bool) ui.BadgeProps {
	switch {
	case invited:
		return ui.BadgeProps{Label: i18n.T(ctx, "admin.status.invited"), Color: "warning", Icon: "EnvelopeClosed"}
	case s == identity.Active:
		return ui.BadgeProps{Label: i18n.T(ctx, "admin.status.active"), Color: "success", Icon: "CheckmarkCircle"}
	case s == identity.Blocked:
		return ui.BadgeProps{Label: i18n.T(ctx, "admin.status.blocked"), Color: "danger", Icon: "CircleSlash"}
	default:
		return ui.BadgeProps{Label: i18n.T(ctx, "admin.status.pending"), Color: "neutral", Icon: "Hourglass"}
	}
}

func (h *Handlers) peopleList(c echo.Context) error {
	ctx := httpx.Ctx(c)
	in := c.QueryParams()
	q := identity.PeopleQuery{Search: in.Get("q"), After: number(in.Get("after")), Limit: perPage + 1, Staff: in.Get("all") != "1", NoPost: in.Get("post") == "none"}
	if r := authz.Role(in.Get("role")); slices.Contains(authz.Granted, r) {
		q.Role = r
	}
	switch s := identity.Status(in.Get("status")); s {
	case identity.Pending, identity.Active, identity.Blocked:
		q.Status = s
	}
	list, err := h.people.People(ctx, httpx.Actor(c), q)
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "admin.people.title")
	p := admin.ListPage{Head: admin.Head{
		Frame: httpx.Office(c, title, "admin.people"), Title: title, Lead: i18n.T(ctx, "admin.people.lead"),
		Actions: []ui.ButtonProps{{Label: i18n.T(ctx, "admin.people.invite"), Icon: "PersonPlus", Href: "/admin/people/invite"}},
	}}
	p.Tabs = []ui.Tab{
		{Label: i18n.T(ctx, "admin.people.staff"), Href: "/admin/people", Current: q.Staff},
		{Label: i18n.T(ctx, "admin.people.all"), Href: "/admin/people?all=1", Current: !q.Staff},
	}
	action := "/admin/people"
	p.Filter = &admin.Filter{Action: action, Fields: []admin.Field{
		{Name: "q", Label: i18n.T(ctx, "admin.people.search"), Type: "search", Value: q.Search},
		{Kind: "select", Name: "role", Label: i18n.T(ctx, "admin.head.roles"), Value: string(q.Role), Blank: i18n.T(ctx, "admin.any"), Options: roleOptions(ctx), Wide: 2},
		{Kind: "select", Name: "status", Label: i18n.T(ctx, "admin.head.status"), Value: string(q.Status), Blank: i18n.T(ctx, "admin.any"), Wide: 2, Options: []ui.Option{
			{Value: "active", Label: i18n.T(ctx, "admin.status.active")}, {Value: "pending", Label: i18n.T(ctx, "admin.status.pending")}, {Value: "blocked", Label: i18n.T(ctx, "admin.status.blocked")},
		}},
	}}
	p.Filter.Fields = append(p.Filter.Fields, admin.Field{
		Kind: "select", Name: "post", Label: i18n.T(ctx, "admin.people.post"), Value: in.Get("post"), Blank: i18n.T(ctx, "admin.any"), Wide: 2,
		Options: []ui.Option{{Value: "none", Label: i18n.T(ctx, "admin.people.no_post")}},
	})
	if !q.Staff {
		p.Filter.Fields = append(p.Filter.Fields, admin.Field{Kind: "check", Name: "all", Label: i18n.T(ctx, "admin.people.with_residents"), Value: "1"})
	}
	if q.Search != "" || q.Role != "" || q.Status != "" || q.NoPost {
		p.Filter.Reset = action
	}
	if len(list) > perPage {
		list = list[:perPage]
		next := url.Values{"after": {idText(list[perPage-1].ID)}}
		for _, k := range []string{"q", "role", "status", "post", "all"} {
			if v := in.Get(k); v != "" {
				next.Set(k, v)
			}
		}
		p.Pager.Next = action + "?" + next.Encode()
	}
	p.Columns = columns(ctx, "person", "post", "roles", "status")
	for _, x := range list {
		var roles []string
		for _, r := range x.Roles {
			roles = append(roles, roleLabel(ctx, r))
		}
		post := admin.Cell{Text: orDash(x.PostTitle), Note: x.UnitName}
		if x.PostTitle == "" && x.Status != identity.Blocked && needsPost(x.Roles) {
			post = admin.Cell{Badge: ui.BadgeProps{Label: i18n.T(ctx, "admin.people.no_post_short"), Color: "warning", Icon: "ExclamationmarkTriangle"}}
		}
		p.Rows = append(p.Rows, []admin.Cell{
			{Text: x.Name, Href: "/admin/people/" + idText(x.ID), Note: x.Email, Demo: x.Demo},
			post,
			{Text: orDash(strings.Join(roles, ", "))},
			{Badge: statusBadge(ctx, x.Status, x.Invited)},
		})
	}
	p.Empty = ui.EmptyProps{Icon: "PersonGroup", Title: i18n.T(ctx, "admin.people.empty"), Text: i18n.T(ctx, "admin.people.empty_text"), Action: &ui.Link{Href: "/admin/people/invite", Label: i18n.T(ctx, "admin.people.invite")}}
	return httpx.Render(c, http.StatusOK, admin.List(p))
}

func (h *Handlers) inviteForm(c echo.Context) error {
	v := url.Values{}
	if typed, ok := httpx.Typed(c); ok {
		v = typed
	}
	return h.showInvite(c, http.StatusOK, v, nil)
}

func (h *Handlers) showInvite(c echo.Context, status int, v url.Values, problems []httpx.Problem) error {
	ctx := httpx.Ctx(c)
	title := i18n.T(ctx, "admin.invite.title")
	t := func(k string) string { return i18n.T(ctx, "admin.field."+k) }
	p := admin.FormPage{
		Head:   admin.Head{Frame: httpx.Office(c, title, "admin.people"), Title: title, Lead: i18n.T(ctx, "admin.invite.lead"), Back: ui.Link{Href: "/admin/people", Label: i18n.T(ctx, "admin.people.title")}},
		Action: "/admin/people/invite", Submit: i18n.T(ctx, "admin.invite.do"), Cancel: "/admin/people", Errors: fieldErrors(problems),
	}
	p.Fields = fill(v,
		admin.Field{Name: "name", Label: t("person_name"), Hint: t("person_name_hint")},
		admin.Field{Name: "email", Label: t("work_email"), Type: "email"},
		admin.Field{Kind: "head", Label: i18n.T(ctx, "admin.head.roles")},
	)
	for _, r := range authz.Granted {
		f := admin.Field{Kind: "check", Name: "role_" + string(r), Label: roleLabel(ctx, r), Hint: i18n.T(ctx, "admin.role_note."+string(r))}
		if slices.Contains(identity.PostRoles, r) {
			f.Hint += ". " + i18n.T(ctx, "admin.invite.post")
		}
		f.Value = v.Get(f.Name)
		p.Fields = append(p.Fields, f)
	}
	return httpx.Render(c, status, admin.Form(p))
}

func (h *Handlers) invite(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	in := identity.Invitation{Email: v.Get("email"), Name: v.Get("name"), Locale: i18n.Default}
	for _, r := range authz.Granted {
		if v.Get("role_"+string(r)) == "1" {
			in.Roles = append(in.Roles, r)
		}
	}
	id, err := h.people.Invite(httpx.Ctx(c), httpx.Actor(c), in)
	if err != nil {
		problems, _, ok := httpx.Problems(c, err)
		if !ok {
			return err
		}
		for i := range problems {
			if problems[i].Field == "roles" { // the first of the boxes
				problems[i].Field = "role_" + string(authz.Granted[0])
			}
		}
		return h.showInvite(c, http.StatusUnprocessableEntity, v, problems)
	}
	httpx.Flash(c, "admin.invite.done")
	return httpx.See(c, "/admin/people/"+strconv.FormatInt(id, 10))
}

// personForms is what stood in the forms of a person's page, with its mistakes.
type personForms struct {
	appoint, delegate       url.Values
	appointErr, delegateErr []ui.FieldError
}

func (h *Handlers) person(c echo.Context) error {
	f := personForms{}
	if typed, ok := httpx.Typed(c); ok { // of one of the two forms, told by what only it asks
		if typed.Has("to_person") {
			f.delegate = typed
		} else if typed.Has("post_id") {
			f.appoint = typed
		}
	}
	return h.showPerson(c, http.StatusOK, f)
}

func (h *Handlers) showPerson(c echo.Context, status int, forms personForms) error {
	ctx, actor, pid := httpx.Ctx(c), httpx.Actor(c), id(c, "id")
	card, err := h.people.PersonByID(ctx, actor, pid)
	if err != nil {
		return err
	}
	d, err := h.city.Directory(ctx)
	if err != nil {
		return err
	}
	x, base := card.Person, "/admin/people/"+strconv.FormatInt(pid, 10)
	p := admin.Person{
		Head: admin.Head{
			Frame: httpx.Office(c, x.Name, "admin.people"), Title: x.Name, Lead: x.Email,
			Back: ui.Link{Href: "/admin/people", Label: i18n.T(ctx, "admin.people.title")},
		},
		ID: strconv.FormatInt(pid, 10), Demo: x.Demo, Status: statusBadge(ctx, x.Status, card.Invited),
		Trail: trailURL("people", strconv.FormatInt(pid, 10)), AppointErr: forms.appointErr, DelegateErr: forms.delegateErr,
		AppointOpen: forms.appoint != nil || len(forms.appointErr) > 0, DelegateOpen: forms.delegate != nil || len(forms.delegateErr) > 0,
	}
	p.Facts = []ui.Fact{
		{Label: i18n.T(ctx, "admin.person.since"), Value: i18n.Date(ctx, x.CreatedAt), Num: true},
		{Label: i18n.T(ctx, "admin.person.sessions"), Value: i18n.Num(ctx, card.Sessions), Num: true},
	}
	if card.SeenAt != nil {
		p.Facts = append(p.Facts, ui.Fact{Label: i18n.T(ctx, "admin.person.seen"), Value: i18n.DateTime(ctx, *card.SeenAt), Num: true})
	}
	posted, err := h.personTerms(ctx, &p, d, actor, pid, base)
	if err != nil {
		return err
	}
	for _, r := range authz.Granted {
		row := admin.RoleRow{Code: string(r), Label: roleLabel(ctx, r), Note: i18n.T(ctx, "admin.role_note."+string(r)), Held: slices.Contains(card.Roles, r)}
		if !posted && slices.Contains(identity.PostRoles, r) {
			if !row.Held {
				row.Warning = i18n.T(ctx, "admin.role_bare."+string(r))
			} else if x.Status != identity.Blocked {
				p.Warning, p.AppointOpen = i18n.T(ctx, "admin.person.bare_title"), true
			}
		}
		p.Roles = append(p.Roles, row)
	}
	if err := h.personFields(ctx, &p, d, actor, pid, forms); err != nil {
		return err
	}
	if card.Invited {
		p.Again = base + "/invite"
	}
	if pid != actor.ID {
		p.Block = &admin.Toggle{Action: base + "/active", Version: strconv.Itoa(x.Version), Value: "0", Off: true, Label: i18n.T(ctx, "admin.person.block"), Text: i18n.T(ctx, "admin.person.block_text")}
		if x.Status == identity.Blocked {
			p.Block.Value, p.Block.Off = "1", false
			p.Block.Label, p.Block.Text = i18n.T(ctx, "admin.person.unblock"), i18n.T(ctx, "admin.person.unblock_text")
		}
	}
	g, err := h.people.StrongOfPerson(ctx, pid)
	if err != nil {
		return err
	}
	if g != nil {
		p.Strong = &admin.StrongCard{
			Text:   i18n.T(ctx, "account.strong_yes", "name", h.people.ProviderName(g.Provider), "date", i18n.Date(ctx, g.ConfirmedAt)),
			Action: base + "/strong/withdraw",
		}
	}
	return httpx.Render(c, status, admin.PersonPage(p))
}

// withdrawStrong takes back the confirmation of somebody whose papers were stolen.
func (h *Handlers) withdrawStrong(c echo.Context) error {
	pid := id(c, "id")
	if err := h.people.WithdrawStrong(httpx.Ctx(c), httpx.Actor(c), pid); err != nil {
		return err
	}
	httpx.Flash(c, "account.strong_withdrawn")
	return httpx.See(c, "/admin/people/"+strconv.FormatInt(pid, 10))
}

// personTerms lists the posts and the delegations of a person. posted says that he
// holds a post today.
func (h *Handlers) personTerms(ctx context.Context, p *admin.Person, d *city.Directory, actor authz.Actor, pid int64, base string) (posted bool, err error) {
	loc, today := i18n.Locale(ctx), h.city.Today()
	posts, err := h.city.AppointmentsOf(ctx, pid)
	if err != nil {
		return false, err
	}
	for _, a := range posts {
		t := admin.Term{Days: i18n.T(ctx, "admin.person.from", "from", i18n.Date(ctx, a.ValidFrom))}
		if a.ValidTo != nil {
			t.Days = i18n.T(ctx, "admin.person.from_to", "from", i18n.Date(ctx, a.ValidFrom), "to", i18n.Date(ctx, *a.ValidTo))
		}
		if post := d.Post(a.PostID); post != nil {
			t.Text = post.Title(loc)
			if u := d.Unit(post.UnitID); u != nil {
				t.Note = u.Name(loc)
			}
		}
		over := a.ValidTo != nil && a.ValidTo.Before(today)
		if post := d.Post(a.PostID); post != nil && post.Active && a.On(today) {
			posted = true
		}
		t.State = termBadge(ctx, a.On(today), over)
		if !over {
			t.End = base + "/appointments/" + strconv.FormatInt(a.ID, 10) + "/end"
			t.EndLabel = i18n.T(ctx, "admin.person.end_post", "post", t.Text)
		}
		p.Appointments = append(p.Appointments, t)
	}
	given, err := h.city.DelegationsOf(ctx, pid)
	if err != nil {
		return false, err
	}
	for _, g := range given {
		other, key := g.ToPerson, "admin.person.gives"
		if g.ToPerson == pid {
			other, key = g.FromPerson, "admin.person.takes"
		}
		name := idText(other)
		if card, err := h.people.PersonByID(ctx, actor, other); err == nil {
			name = card.Person.Name
		}
		over := g.ValidTo.Before(today)
		t := admin.Term{
			Text: i18n.T(ctx, key, "name", name), Note: g.Basis,
			Days:  i18n.T(ctx, "admin.person.from_to", "from", i18n.Date(ctx, g.ValidFrom), "to", i18n.Date(ctx, g.ValidTo)),
			State: termBadge(ctx, !over && !today.Before(g.ValidFrom), over),
		}
		if !over {
			t.End = base + "/delegations/" + strconv.FormatInt(g.ID, 10) + "/end"
			t.EndLabel = i18n.T(ctx, "admin.person.end_delegation", "name", name)
		}
		p.Delegations = append(p.Delegations, t)
	}
	return posted, nil
}

func termBadge(ctx context.Context, now, over bool) ui.BadgeProps {
	switch {
	case now:
		return ui.BadgeProps{Label: i18n.T(ctx, "admin.term.now"), Color: "success"}
	case over:
		return ui.BadgeProps{Label: i18n.T(ctx, "admin.term.over"), Color: "neutral"}
	default:
		return ui.BadgeProps{Label: i18n.T(ctx, "admin.term.later"), Color: "info"}
	}
}

func (h *Handlers) personFields(ctx context.Context, p *admin.Person, d *city.Directory, actor authz.Actor, pid int64, forms personForms) error {
	loc := i18n.Locale(ctx)
	t := func(k string) string { return i18n.T(ctx, "admin.field."+k) }
	first := h.city.Today().Format("2006-01-02")
	var posts []ui.Option
	for _, n := range d.UnitTree() {
		for _, post := range d.Posts {
			if post.UnitID == n.Item.ID && post.Active && n.Item.Active {
				posts = append(posts, ui.Option{Value: idText(post.ID), Label: post.Title(loc), Group: n.Item.Name(loc)})
			}
		}
	}
	v := forms.appoint
	if v == nil {
		v = url.Values{"valid_from": {first}}
	}
	p.AppointForm = fill(v,
		admin.Field{Kind: "select", Name: "post_id", Label: t("post"), Blank: t("choose"), Options: posts},
		admin.Field{Name: "valid_from", Label: t("from"), Type: "date"},
		admin.Field{Name: "valid_to", Label: t("to"), Hint: t("to_hint"), Type: "date", Optional: true},
	)
	staff, err := h.people.People(ctx, actor, identity.PeopleQuery{Staff: true, Status: identity.Active, Limit: 200})
	if err != nil {
		return err
	}
	var others []ui.Option
	for _, s := range staff {
		if s.ID != pid && (len(s.Roles) > 0 || s.PostTitle != "") { // an official of the past, or to come, acts for nobody
			label := s.Name
			if s.PostTitle != "" {
				label += ", " + s.PostTitle
			}
			others = append(others, ui.Option{Value: idText(s.ID), Label: label})
		}
	}
	v = forms.delegate
	if v == nil {
		v = url.Values{"valid_from": {first}}
	}
	p.DelegateForm = fill(v,
		admin.Field{Kind: "select", Name: "to_person", Label: t("to_person"), Hint: t("to_person_hint"), Blank: t("choose"), Options: others},
		admin.Field{Name: "basis", Label: t("basis"), Hint: t("basis_hint")},
		admin.Field{Name: "valid_from", Label: t("from"), Type: "date"},
		admin.Field{Name: "valid_to", Label: t("to"), Type: "date"},
	)
	return nil
}

func (h *Handlers) personURL(c echo.Context) string {
	return "/admin/people/" + strconv.FormatInt(id(c, "id"), 10)
}

// done sends back to the person with a word, or shows the page again with what
// stood in the way.
func (h *Handlers) done(c echo.Context, err error, flash string) error {
	if err == nil {
		httpx.Flash(c, flash)
		return httpx.See(c, h.personURL(c))
	}
	e, ok := errs.As(err)
	if !ok || e.Kind == errs.KindInternal || e.Kind == errs.KindNotFound || e.Kind == errs.KindUnauthenticated {
		return err
	}
	return h.showPerson(c, e.Kind.Status(), personForms{appointErr: []ui.FieldError{{Field: "account", Text: i18n.T(httpx.Ctx(c), e.Key, e.Args...)}}})
}

func (h *Handlers) inviteAgain(c echo.Context) error {
	return h.done(c, h.people.InviteAgain(httpx.Ctx(c), httpx.Actor(c), id(c, "id")), "admin.invite.done")
}

func (h *Handlers) grant(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	return h.done(c, h.people.GrantRole(httpx.Ctx(c), httpx.Actor(c), id(c, "id"), authz.Role(v.Get("role"))), "admin.person.granted")
}

func (h *Handlers) revoke(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	l, err := h.blocking(c, id(c, "id"), v)
	if err != nil {
		return err
	}
	l.roles, l.action = []authz.Role{authz.Role(v.Get("role"))}, l.back+"/revoke"
	l.title, l.do = i18n.T(httpx.Ctx(c), "admin.work.title_revoke"), i18n.T(httpx.Ctx(c), "admin.work.revoke_anyway")
	if done, err := h.stays(c, l); done || err != nil {
		return err
	}
	return h.done(c, h.people.RevokeRole(httpx.Ctx(c), httpx.Actor(c), id(c, "id"), authz.Role(v.Get("role"))), "admin.person.revoked")
}

func (h *Handlers) block(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	version := httpx.Version(v.Get("version"))
	if v.Get("active") == "1" {
		return h.done(c, h.people.Unblock(httpx.Ctx(c), httpx.Actor(c), id(c, "id"), version), "admin.person.unblocked")
	}
	l, err := h.blocking(c, id(c, "id"), v)
	if err != nil {
		return err
	}
	if done, err := h.stays(c, l); done || err != nil {
		return err
	}
	return h.done(c, h.people.Block(httpx.Ctx(c), httpx.Actor(c), id(c, "id"), version), "admin.person.blocked")
}

func (h *Handlers) appoint(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	a := appointmentOf(id(c, "id"), v)
	if _, ok := day(v.Get("valid_to")); v.Get("valid_to") != "" && !ok {
		err = errs.Fields().With("valid_to", "city.err.date")
	} else {
		_, err = h.city.Appoint(httpx.Ctx(c), httpx.Actor(c), a)
	}
	if err == nil {
		httpx.Flash(c, "admin.person.appointed")
		return httpx.See(c, h.personURL(c))
	}
	problems, _, ok := httpx.Problems(c, err)
	if !ok {
		return err
	}
	return h.showPerson(c, http.StatusUnprocessableEntity, personForms{appoint: v, appointErr: fieldErrors(problems)})
}

func (h *Handlers) endAppointment(c echo.Context) error {
	ctx, term := httpx.Ctx(c), id(c, "term")
	list, err := h.city.AppointmentsOf(ctx, id(c, "id"))
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(a city.Appointment) bool { return a.ID == term }) {
		return errs.NotFound()
	}
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	l, err := h.blocking(c, id(c, "id"), v)
	if err != nil {
		return err
	}
	l.action = l.back + "/appointments/" + strconv.FormatInt(term, 10) + "/end"
	l.title, l.do = i18n.T(ctx, "admin.work.title_end"), i18n.T(ctx, "admin.work.end_anyway")
	if done, err := h.stays(c, l); done || err != nil {
		return err
	}
	return h.done(c, h.city.EndAppointment(ctx, httpx.Actor(c), term, h.city.Today()), "admin.person.post_ended")
}

func (h *Handlers) delegate(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	_, err = h.city.Delegate(httpx.Ctx(c), httpx.Actor(c), delegationOf(id(c, "id"), v))
	if err == nil {
		httpx.Flash(c, "admin.person.delegated")
		return httpx.See(c, h.personURL(c))
	}
	problems, _, ok := httpx.Problems(c, err)
	if !ok {
		return err
	}
	list := fieldErrors(problems)
	for i := range list {
		list[i].Field = "d_" + list[i].Field // two forms of the page have fields of one name
	}
	return h.showPerson(c, http.StatusUnprocessableEntity, personForms{delegate: v, delegateErr: list})
}

func (h *Handlers) endDelegation(c echo.Context) error {
	ctx, term := httpx.Ctx(c), id(c, "term")
	list, err := h.city.DelegationsOf(ctx, id(c, "id"))
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(d city.Delegation) bool { return d.ID == term }) {
		return errs.NotFound()
	}
	return h.done(c, h.city.EndDelegation(ctx, httpx.Actor(c), term, h.city.Today()), "admin.person.delegation_ended")
}
