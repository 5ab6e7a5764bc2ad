package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// register is what differs from one register to another.
type register struct {
	slug  string // in addresses
	nav   string // entry of the menu that is current
	table string // in the trail
	list  echo.HandlerFunc
	// fields of the form, filled with v.
	fields func(ctx context.Context, v url.Values, id int64) ([]admin.Field, error)
	// load gives a record as the form holds it.
	load func(ctx context.Context, id int64) (record, error)
	// save creates (id 0) or updates, and gives the id.
	save   func(ctx context.Context, a authz.Actor, id int64, version int, v url.Values) (int64, error)
	active func(ctx context.Context, a authz.Actor, id int64, version int, active bool) error
	// leaving is the record as one that is about to go out of use; nil: nothing hangs on it.
	leaving func(c echo.Context, id int64, v url.Values) (leaving, error)
	// extra fills what only this register has; may be nil.
	extra func(ctx context.Context, p *admin.FormPage, id int64) error
}

// record is one entry as the form holds it.
type record struct {
	city.Record
	title  string
	values url.Values
}

func (g register) key(what string) string { return "admin." + g.slug + "." + what }

func (h *Handlers) newRecord(g register) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := c.QueryParams()
		if typed, ok := httpx.Typed(c); ok {
			v = typed
		}
		return h.showForm(c, g, http.StatusOK, 0, nil, v, nil)
	}
}

func (h *Handlers) createRecord(g register) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := httpx.ParseForm(c)
		if err != nil {
			return err
		}
		id, err := g.save(httpx.Ctx(c), httpx.Actor(c), 0, 0, v)
		if err != nil {
			return h.showForm(c, g, 0, 0, nil, v, err)
		}
		httpx.Flash(c, "admin.saved_new")
		return httpx.See(c, "/admin/"+g.slug+"/"+strconv.FormatInt(id, 10))
	}
}

func (h *Handlers) editRecord(g register) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, err := g.load(httpx.Ctx(c), id(c, "id"))
		if err != nil {
			return err
		}
		v := r.values
		if typed, ok := httpx.Typed(c); ok {
			v = typed
		}
		return h.showForm(c, g, http.StatusOK, r.ID, &r, v, nil)
	}
}

func (h *Handlers) updateRecord(g register) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := httpx.Ctx(c)
		v, err := httpx.ParseForm(c)
		if err != nil {
			return err
		}
		rid, version := id(c, "id"), httpx.Version(v.Get("version"))
		_, err = g.save(ctx, httpx.Actor(c), rid, version, v)
		if err == nil {
			httpx.Flash(c, "admin.saved")
			return httpx.See(c, "/admin/"+g.slug+"/"+strconv.FormatInt(rid, 10))
		}
		r, lerr := g.load(ctx, rid)
		if lerr != nil {
			return lerr
		}
		return h.showForm(c, g, 0, rid, &r, v, err)
	}
}

func (h *Handlers) toggleRecord(g register) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := httpx.ParseForm(c)
		if err != nil {
			return err
		}
		ctx, rid := httpx.Ctx(c), id(c, "id")
		on := v.Get("active") == "1"
		if !on && g.leaving != nil {
			l, err := g.leaving(c, rid, v)
			if err != nil {
				return err
			}
			if done, err := h.stays(c, l); done || err != nil {
				return err
			}
		}
		err = g.active(ctx, httpx.Actor(c), rid, httpx.Version(v.Get("version")), on)
		if err == nil {
			if on {
				httpx.Flash(c, "admin.switched_on")
			} else {
				httpx.Flash(c, "admin.switched_off")
			}
			return httpx.See(c, "/admin/"+g.slug+"/"+strconv.FormatInt(rid, 10))
		}
		r, lerr := g.load(ctx, rid)
		if lerr != nil {
			return lerr
		}
		return h.showForm(c, g, 0, rid, &r, r.values, err)
	}
}

// showForm renders the form of a record. err is why it is shown again: mistakes
// of fields are 422, a stale version is 409; any other error is returned.
func (h *Handlers) showForm(c echo.Context, g register, status int, rid int64, r *record, v url.Values, err error) error {
	ctx := httpx.Ctx(c)
	fields, ferr := g.fields(ctx, v, rid)
	if ferr != nil {
		return ferr
	}
	list := "/admin/" + g.slug
	p := admin.FormPage{
		Action: list, Fields: fields, Submit: i18n.T(ctx, "admin.create"), Cancel: list,
		Head: admin.Head{Back: ui.Link{Href: list, Label: i18n.T(ctx, g.key("title"))}},
	}
	title := i18n.T(ctx, g.key("new"))
	if r != nil {
		self := list + "/" + strconv.FormatInt(r.ID, 10)
		title = r.title
		p.Action, p.Submit, p.Version = self, i18n.T(ctx, "admin.save"), strconv.Itoa(r.Version)
		p.Demo, p.Trail = r.Demo, trailURL(g.table, strconv.FormatInt(r.ID, 10))
		p.Lead = i18n.T(ctx, g.key("one"))
		p.Facts = []ui.Fact{
			{Label: i18n.T(ctx, "admin.state"), Value: i18n.T(ctx, stateKey(r.Active))},
			{Label: i18n.T(ctx, "admin.version"), Value: strconv.Itoa(r.Version), Num: true},
			{Label: i18n.T(ctx, "admin.created"), Value: i18n.Date(ctx, r.CreatedAt), Num: true},
		}
		p.Toggle = &admin.Toggle{Action: self + "/active", Version: p.Version, Value: "1", Label: i18n.T(ctx, "admin.switch_on"), Text: i18n.T(ctx, "admin.switch_on_text")}
		if r.Active {
			p.Toggle.Value, p.Toggle.Off = "0", true
			p.Toggle.Label, p.Toggle.Text = i18n.T(ctx, "admin.switch_off"), i18n.T(ctx, "admin.switch_off_text")
		}
		if g.extra != nil {
			if err := g.extra(ctx, &p, r.ID); err != nil {
				return err
			}
		}
	}
	p.Title = title
	p.Frame = httpx.Office(c, title, g.nav)
	switch {
	case err == nil:
	case errs.Is(err, errs.KindConflict) && r != nil:
		status = http.StatusConflict
		if p.Stale, err = h.stale(c, g, r, v); err != nil {
			return err
		}
	default:
		if status, err = mistaken(c, &p, v, err); err != nil {
			return err
		}
	}
	return httpx.Render(c, status, admin.Form(p))
}

// mistaken puts the mistakes of the fields into the page; any other error is returned.
func mistaken(c echo.Context, p *admin.FormPage, v url.Values, err error) (status int, _ error) {
	problems, _, ok := httpx.Problems(c, err)
	if !ok {
		return 0, err
	}
	p.Errors = fieldErrors(problems)
	if p.Version != "" && v.Get("version") != "" {
		p.Version = v.Get("version") // a mistake does not make a stale form fresh
	}
	return http.StatusUnprocessableEntity, nil
}

// differing sets what was typed beside what is kept, field by field.
func differing(ctx context.Context, mine, theirs []admin.Field) (rows []ui.StaleRow) {
	for i := range mine {
		if mine[i].Kind != "head" {
			rows = append(rows, ui.Differ(mine[i].Label, shown(ctx, mine[i]), shown(ctx, theirs[i])))
		}
	}
	return rows
}

// stale sets the version that was typed beside the one in the register.
func (h *Handlers) stale(c echo.Context, g register, r *record, typed url.Values) (*ui.StaleProps, error) {
	ctx := httpx.Ctx(c)
	mine, err := g.fields(ctx, typed, r.ID)
	if err != nil {
		return nil, err
	}
	theirs, err := g.fields(ctx, r.values, r.ID)
	if err != nil {
		return nil, err
	}
	s := &ui.StaleProps{Form: "record", Take: "/admin/" + g.slug + "/" + strconv.FormatInt(r.ID, 10), Text: i18n.T(ctx, "ui.stale.text"), Rows: differing(ctx, mine, theirs)}
	actor := httpx.Actor(c)
	if !actor.Can(authz.TrailRead) {
		return s, nil
	}
	s.Trail = trailURL(g.table, strconv.FormatInt(r.ID, 10))
	list, err := h.trail.History(ctx, actor, g.table, strconv.FormatInt(r.ID, 10))
	if err != nil {
		return nil, err
	}
	if len(list) > 0 {
		s.Text = i18n.T(ctx, "ui.stale.by", "who", actorName(ctx, list[0].Actor, list[0].Name), "when", i18n.DateTime(ctx, list[0].At))
	}
	return s, nil
}

// shown says the value of a field in words.
func shown(ctx context.Context, f admin.Field) string {
	switch f.Kind {
	case "check":
		return i18n.T(ctx, yesKey(f.Value == "1"))
	case "select":
		for _, o := range f.Options {
			if o.Value == f.Value {
				return o.Label
			}
		}
		if f.Value == "" {
			return orDash(f.Blank)
		}
	}
	return orDash(f.Value)
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

func yesKey(b bool) string {
	if b {
		return "admin.yes"
	}
	return "admin.no"
}

func stateKey(active bool) string {
	if active {
		return "admin.active"
	}
	return "admin.inactive"
}

func fieldErrors(list []httpx.Problem) []ui.FieldError {
	out := make([]ui.FieldError, len(list))
	for i, p := range list {
		out[i] = ui.FieldError{Field: p.Field, Text: p.Message}
	}
	return out
}

func trailURL(table, row string) string {
	return "/admin/trail/" + url.PathEscape(table) + "/" + url.PathEscape(row)
}
