package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/audit"
	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// pages of records that have one, by table.
var recordPages = map[string]string{
	"units": "/admin/units/", "posts": "/admin/posts/", "topics": "/admin/topics/", "streets": "/admin/streets/",
	"districts": "/admin/districts/", "reply_templates": "/admin/templates/", "people": "/admin/people/",
}

func actorName(ctx context.Context, actor, name string) string {
	if name != "" {
		return name
	}
	if job, ok := strings.CutPrefix(actor, "system:"); ok {
		return i18n.T(ctx, "admin.trail.system", "job", job)
	}
	if actor == "guest" {
		return i18n.T(ctx, "admin.trail.guest")
	}
	return actor
}

func tableName(ctx context.Context, table string) string {
	if key := "admin.table." + table; i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	return table
}

func actionName(ctx context.Context, action string) string {
	if key := "admin.action." + action; i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	return action
}

func columnName(ctx context.Context, table, column string) string {
	for _, key := range []string{"admin.col." + table + "." + column, "admin.col." + column} {
		if i18n.Has(key) {
			return i18n.T(ctx, key)
		}
	}
	return column
}

// names say what a reference points at.
type names struct {
	*city.Directory
	people map[int64]string
}

// personColumns hold the id of a person.
var personColumns = map[string]bool{
	"person_id": true, "author_id": true, "manager_id": true, "executor_id": true, "from_person": true, "to_person": true,
	"granted_by": true, "signer_id": true, "owner_id": true, "acting_for": true, "viewer_id": true, "actor_id": true, "authors": true,
}

// changes puts rows of the trail into words.
func (h *Handlers) changes(ctx context.Context, actor authz.Actor, list []audit.Change) ([]admin.Change, error) {
	var d names
	var err error
	if d.Directory, err = h.city.Directory(ctx); err != nil {
		return nil, err
	}
	var ids []int64
	for _, c := range list {
		for _, x := range c.Diffs {
			if personColumns[x.Column] {
				ids = append(append(ids, numbers(x.Old)...), numbers(x.New)...)
			}
		}
	}
	if d.people, err = h.trail.Names(ctx, actor, ids); err != nil {
		return nil, err
	}
	out := make([]admin.Change, len(list))
	for i, c := range list {
		a := admin.Change{
			When: i18n.DateTime(ctx, c.At), Who: actorName(ctx, c.Actor, c.ActorName), Action: actionName(ctx, c.Action), Request: c.Request,
			What:   i18n.T(ctx, "admin.op."+string(c.Op)),
			Record: ui.Link{Label: tableName(ctx, c.Table) + " № " + c.Row, Href: trailURL(c.Table, c.Row)},
		}
		if c.For != "" {
			a.For = i18n.T(ctx, "admin.trail.for", "name", actorName(ctx, c.For, c.ForName))
		}
		for _, x := range c.Diffs {
			if x.Column == "version" || x.Column == "id" || c.Op == audit.Insert && (x.Column == "created_at" || empty(x.New)) {
				continue
			}
			v := ui.Change{Field: columnName(ctx, c.Table, x.Column), Old: h.words(ctx, d, c.Table, x.Column, x.Old), New: h.words(ctx, d, c.Table, x.Column, x.New)}
			if v.Old == "" && v.New == "" {
				continue
			}
			if v.Old == "" && c.Op == audit.Update {
				v.Old = i18n.T(ctx, "admin.trail.blank")
			}
			if v.New == "" && c.Op == audit.Update {
				v.New = i18n.T(ctx, "admin.trail.blank")
			}
			a.Diffs = append(a.Diffs, v)
		}
		out[i] = a
	}
	return out, nil
}

// numbers are the ids that a value of the trail holds, one or a list.
func numbers(v any) []int64 {
	var out []int64
	switch v := v.(type) {
	case json.Number:
		if id, err := v.Int64(); err == nil {
			out = append(out, id)
		}
	case []any:
		for _, x := range v {
			out = append(out, numbers(x)...)
		}
	}
	return out
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	}
	return false
}

const longest = 400 // characters of a value in the trail

// words says a value of a column: references by name, moments as people write
// them, a boundary or another structure by its size.
func (h *Handlers) words(ctx context.Context, d names, table, column string, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return i18n.T(ctx, yesKey(v))
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return v.String()
		}
		if name := reference(ctx, d, table, column, n); name != "" {
			return name
		}
		return v.String()
	case string:
		if strings.HasSuffix(column, "_at") {
			if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
				return i18n.DateTime(ctx, t)
			}
		}
		if t, err := time.Parse(time.DateOnly, v); err == nil {
			return i18n.Date(ctx, t)
		}
		if word := codeName(ctx, table, column, v); word != "" {
			return word
		}
		return beginning(v, longest)
	case []any:
		parts := make([]string, 0, len(v))
		for _, x := range v {
			parts = append(parts, h.words(ctx, d, table, column, x))
		}
		return beginning(strings.Join(parts, ", "), longest)
	default:
		b, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		if column == "geometry" {
			return i18n.N(ctx, "admin.trail.points", strings.Count(string(b), ",")/2)
		}
		return beginning(string(b), longest)
	}
}

// codeName says the value of an enumeration; empty when it is none. The words of
// its own table go first: «refused» is one thing of a file, another of a petition.
func codeName(ctx context.Context, table, column, value string) string {
	if value == "" {
		return ""
	}
	keys := []string{"admin.value." + table + "." + column + "." + value}
	if prefix := codes[table][column]; prefix != "" {
		keys = append(keys, prefix+value)
	}
	for _, key := range append(keys, "admin.value."+column+"."+value) {
		if i18n.Has(key) {
			return i18n.T(ctx, key)
		}
	}
	return ""
}

// codes are columns whose words stand in the catalogue of another area, by table.
var codes = map[string]map[string]string{
	"appeals": {
		"state": "appeals.state.", "kind": "appeals.kind.", "procedure": "appeals.procedure.", "answer_channel": "appeals.channel.", "marks": "appeals.mark.", "hidden": "appeals.ground.",
	},
	"answers":            {"result": "appeals.result."},
	"petitions":          {"state": "petitions.state.", "tier": "petitionguard.admin.tier."},
	"petition_answers":   {"decision": "petitiondesk.decision.", "method": "cabinet.method."},
	"petition_charters":  {"tier": "petitionguard.admin.tier."},
	"petition_sweeps":    {"rule": "petitionguard.rule."},
	"petition_switches":  {"name": "petitionguard.admin.sw."},
	"petition_terms":     {"step": "petitions.term."},
	"procurement_buyers": {"role": "procurement.role."},
}

func reference(ctx context.Context, d names, table, column string, n int64) string {
	loc := i18n.Locale(ctx)
	if personColumns[column] {
		return d.people[n]
	}
	switch column {
	case "unit_id", "addressee_id":
		if u := d.Unit(n); u != nil {
			return u.Name(loc)
		}
	case "parent_id":
		if table == "topics" {
			if t := d.Topic(n); t != nil {
				return t.Name(loc)
			}
		} else if u := d.Unit(n); u != nil {
			return u.Name(loc)
		}
	case "post_id":
		if p := d.Post(n); p != nil {
			return p.Title(loc)
		}
	case "topic_id":
		if t := d.Topic(n); t != nil {
			return t.Name(loc)
		}
	case "district_id", "constituency_id":
		if x := d.District(n); x != nil {
			return x.Name(loc)
		}
	}
	return ""
}

func (h *Handlers) trailSearch(c echo.Context) error {
	ctx, actor := httpx.Ctx(c), httpx.Actor(c)
	f := trailFilterOf(c.QueryParams())
	q := audit.Query{Table: f.Table, Action: f.Action, Op: audit.Op(f.Op), Before: number(f.Before)}
	q.From, q.Until = f.moments()
	if n := number(f.Actor); n > 0 {
		q.Actor = "person:" + strconv.FormatInt(n, 10)
	} else {
		q.Actor = f.Actor
	}
	list, more, err := h.trail.Search(ctx, actor, q)
	if err != nil {
		return err
	}
	facets, err := h.trail.Facets(ctx, actor)
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "admin.trail.title")
	p := admin.TrailPage{Head: admin.Head{Frame: httpx.Office(c, title, "admin.trail"), Title: title, Lead: i18n.T(ctx, "admin.trail.lead")}}
	if p.Changes, err = h.changes(ctx, httpx.Actor(c), list); err != nil {
		return err
	}
	var tables, actions []ui.Option
	for _, t := range facets.Tables {
		tables = append(tables, ui.Option{Value: t, Label: tableName(ctx, t)})
	}
	for _, a := range facets.Actions {
		actions = append(actions, ui.Option{Value: a, Label: actionName(ctx, a)})
	}
	any := i18n.T(ctx, "admin.any")
	p.Filter = &admin.Filter{Action: "/admin/trail", Fields: []admin.Field{
		{Kind: "select", Name: "table", Label: i18n.T(ctx, "admin.trail.table"), Value: f.Table, Blank: any, Options: tables},
		{Kind: "select", Name: "action", Label: i18n.T(ctx, "admin.trail.action"), Value: f.Action, Blank: any, Options: actions},
		{Kind: "select", Name: "op", Label: i18n.T(ctx, "admin.trail.op"), Value: f.Op, Blank: any, Options: []ui.Option{
			{Value: "I", Label: i18n.T(ctx, "admin.op.I")}, {Value: "U", Label: i18n.T(ctx, "admin.op.U")}, {Value: "D", Label: i18n.T(ctx, "admin.op.D")},
		}},
		{Kind: "select", Name: "actor", Label: i18n.T(ctx, "admin.trail.actor"), Value: f.Actor, Blank: any, Options: h.actorOptions(ctx, actor, f.Actor)},
		{Name: "from", Label: i18n.T(ctx, "admin.trail.from"), Type: "date", Value: f.From},
		{Name: "until", Label: i18n.T(ctx, "admin.trail.until"), Type: "date", Value: f.Until},
	}}
	v := f.values()
	if len(v) > 0 {
		p.Filter.Reset = "/admin/trail"
	}
	if more {
		v.Set("before", strconv.FormatInt(list[len(list)-1].ID, 10))
		p.Pager.Next = "/admin/trail?" + v.Encode()
	}
	p.Empty = ui.EmptyProps{Icon: "ClockDashed", Title: i18n.T(ctx, "admin.trail.empty"), Text: i18n.T(ctx, "admin.trail.empty_text")}
	return httpx.Render(c, http.StatusOK, admin.Trail(p))
}

// actorOptions lists the staff, whom one asks about; a person who is not among
// them can be chosen by his number in the address.
func (h *Handlers) actorOptions(ctx context.Context, a authz.Actor, chosen string) []ui.Option {
	out := []ui.Option{{Value: "system:", Label: i18n.T(ctx, "admin.trail.portal")}, {Value: "guest", Label: i18n.T(ctx, "admin.trail.guest")}}
	found := chosen == "" || chosen == "system:" || chosen == "guest"
	if a.Can(authz.PeopleManage) {
		list, err := h.people.People(ctx, a, staffQuery)
		if err == nil { // without names the filter still works
			for _, p := range list {
				found = found || idText(p.ID) == chosen
				out = append(out, ui.Option{Value: idText(p.ID), Label: p.Name})
			}
		}
	}
	if !found {
		out = append(out, ui.Option{Value: chosen, Label: chosen})
	}
	return out
}

func (h *Handlers) trailRecord(c echo.Context) error {
	ctx := httpx.Ctx(c)
	table, err := url.PathUnescape(c.Param("table"))
	if err != nil {
		return err
	}
	row, err := url.PathUnescape(c.Param("row"))
	if err != nil {
		return err
	}
	list, err := h.trail.History(ctx, httpx.Actor(c), table, row)
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "admin.history")
	p := admin.TrailPage{Head: admin.Head{
		Frame: httpx.Office(c, title, "admin.trail"), Title: title, Lead: tableName(ctx, table) + " № " + row,
		Back: ui.Link{Href: "/admin/trail", Label: i18n.T(ctx, "admin.trail.title")},
	}}
	if base := recordPages[table]; base != "" {
		p.Back = ui.Link{Href: base + url.PathEscape(row), Label: i18n.T(ctx, "admin.trail.to_record")}
	}
	if p.Changes, err = h.changes(ctx, httpx.Actor(c), list); err != nil {
		return err
	}
	for i := range p.Changes {
		p.Changes[i].Record = ui.Link{}
	}
	p.Empty = ui.EmptyProps{Icon: "ClockDashed", Title: i18n.T(ctx, "admin.trail.empty"), Text: i18n.T(ctx, "admin.trail.none")}
	return httpx.Render(c, http.StatusOK, admin.Trail(p))
}
