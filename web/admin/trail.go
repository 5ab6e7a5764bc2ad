package admin

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/audit"
	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/platform/errs"
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

// actorName says who acted. One who is no official has no name in the trail until
// the record is opened: he is the number of his account.
func actorName(ctx context.Context, actor, name string) string {
	if name != "" {
		return name
	}
	if job, ok := strings.CutPrefix(actor, "system:"); ok {
		if job == "" {
			return i18n.T(ctx, "admin.trail.portal")
		}
		return i18n.T(ctx, "admin.trail.system", "job", job)
	}
	if actor == "guest" {
		return i18n.T(ctx, "admin.trail.guest")
	}
	if id, ok := strings.CutPrefix(actor, "person:"); ok {
		return i18n.T(ctx, "admin.trail.account", "id", id)
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

// changes puts rows of the trail into words.
func (h *Handlers) changes(ctx context.Context, list []audit.Change) ([]admin.Change, error) {
	d, err := h.city.Directory(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]admin.Change, len(list))
	for i, c := range list {
		a := admin.Change{
			When: i18n.DateTime(ctx, c.At), Who: actorName(ctx, c.Actor, c.Name), Request: c.Request,
			What:   i18n.T(ctx, "admin.op."+string(c.Op)),
			Record: ui.Link{Label: recordName(ctx, c.Table, c.Row, c.Label), Href: trailURL(c.Table, c.Row)},
		}
		if c.Table == "petition_signatures" && c.Op == audit.Insert { // of which the day alone is told
			a.When, a.Who = i18n.Date(ctx, c.At), i18n.T(ctx, "admin.trail.sealed")
		}
		if c.Action != "" {
			a.Action = actionName(ctx, c.Action)
		}
		if c.For != "" {
			a.For = i18n.T(ctx, "admin.trail.for", "name", actorName(ctx, c.For, c.ForName))
		}
		for _, x := range c.Diffs {
			if x.Column == "version" || x.Column == "id" || c.Op == audit.Insert && (x.Column == "created_at" || !x.Hidden && empty(x.New)) {
				continue
			}
			if x.Hidden {
				key := "admin.trail.hidden"
				if class, _ := audit.ClassOf(c.Table, x.Column); class == audit.Sealed {
					key = "admin.trail.sealed"
				} else {
					a.Hidden = true
				}
				a.Diffs = append(a.Diffs, ui.Change{Field: columnName(ctx, c.Table, x.Column), Note: i18n.T(ctx, key)})
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

// recordName is a record as a line of the trail calls it: by the number that
// people know, else by its key.
func recordName(ctx context.Context, table, row, label string) string {
	if label == "" {
		label = row
	}
	return tableName(ctx, table) + " № " + label
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

const longest = 400 // characters of a value in the trail

// words says a value of a column: references by name, moments as people write
// them, a boundary or another structure by its size.
func (h *Handlers) words(ctx context.Context, d *city.Directory, table, column string, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case audit.Ident:
		return actorName(ctx, "person:"+strconv.FormatInt(v.ID, 10), v.Name)
	case audit.Ref:
		if v.Label == "" {
			return v.Row
		}
		return v.Label
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
		if word := codeName(ctx, table, column, v.String()); word != "" {
			return word
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
	case map[string]any:
		if strings.HasSuffix(table, "_events") && column == "data" {
			return beginning(details(v), longest)
		}
		return h.structure(ctx, column, v)
	default:
		return h.structure(ctx, column, v)
	}
}

// details are what an event says beside its kind, in the words of the one who wrote
// it: a reason, a name, a number. What repeats them in English is left out.
func details(data map[string]any) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(data)) {
		switch v := data[key].(type) {
		case string:
			if v != "" && !strings.HasSuffix(key, "_en") {
				parts = append(parts, v)
			}
		case json.Number:
			parts = append(parts, v.String())
		case []any:
			for _, x := range v {
				if s, ok := x.(string); ok {
					parts = append(parts, s)
				}
			}
		}
	}
	return strings.Join(parts, "; ")
}

func (h *Handlers) structure(ctx context.Context, column string, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	if column == "geometry" {
		return i18n.N(ctx, "admin.trail.points", strings.Count(string(b), ",")/2)
	}
	return beginning(string(b), longest)
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
	"appeal_events":      {"kind": "appeals.event.", "from_state": "appeals.state.", "to_state": "appeals.state."},
	"petition_events":    {"kind": "admin.petition_event.", "from_state": "petitions.state.", "to_state": "petitions.state."},
	"signatures":         {"method": "cabinet.method."},
	"trail_views":        {"table_name": "admin.table."},
}

func reference(ctx context.Context, d *city.Directory, table, column string, n int64) string {
	loc := i18n.Locale(ctx)
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
	if f.Number != "" {
		table, row, err := h.trail.Find(ctx, actor, f.Number)
		if err == nil {
			return httpx.See(c, trailURL(table, row))
		}
		if !errs.Is(err, errs.KindNotFound) {
			return err
		}
		return h.showTrail(c, f, nil, "")
	}
	q := audit.Query{Table: f.Table, Action: f.Action, Op: audit.Op(f.Op), Before: audit.Mark(f.Before)}
	q.From, q.Until = f.moments()
	if n := number(f.Actor); n > 0 {
		q.Actor = "person:" + strconv.FormatInt(n, 10)
	} else {
		q.Actor = f.Actor
	}
	list, next, err := h.trail.Search(ctx, actor, q)
	if err != nil {
		return err
	}
	return h.showTrail(c, f, list, next)
}

func (h *Handlers) showTrail(c echo.Context, f trailFilter, list []audit.Change, next audit.Mark) error {
	ctx, actor := httpx.Ctx(c), httpx.Actor(c)
	facets, err := h.trail.Facets(ctx, actor)
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "admin.trail.title")
	p := admin.TrailPage{Head: admin.Head{Frame: httpx.Office(c, title, "admin.trail"), Title: title, Lead: i18n.T(ctx, "admin.trail.lead")}}
	if p.Changes, err = h.changes(ctx, list); err != nil {
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
	slices.SortFunc(tables, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	p.Filter = &admin.Filter{Action: "/admin/trail", Fields: []admin.Field{
		{Name: "number", Label: i18n.T(ctx, "admin.trail.number"), Type: "search", Value: f.Number},
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
	if next != "" {
		v.Set("before", string(next))
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

// recordOf is the record that an address of the trail names.
func recordOf(c echo.Context) (table, row string, err error) {
	if table, err = url.PathUnescape(c.Param("table")); err != nil {
		return "", "", errs.NotFound()
	}
	if row, err = url.PathUnescape(c.Param("row")); err != nil {
		return "", "", errs.NotFound()
	}
	return table, row, nil
}

func (h *Handlers) trailRecord(c echo.Context) error {
	table, row, err := recordOf(c)
	if err != nil {
		return err
	}
	list, err := h.trail.Story(httpx.Ctx(c), httpx.Actor(c), table, row)
	if err != nil {
		return err
	}
	return h.showStory(c, http.StatusOK, table, row, list, nil)
}

// trailLook shows a record with the personal data in it. It answers the POST with
// the page itself: what was looked at once is not kept to be shown again.
func (h *Handlers) trailLook(c echo.Context) error {
	ctx, actor := httpx.Ctx(c), httpx.Actor(c)
	table, row, err := recordOf(c)
	if err != nil {
		return err
	}
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	list, err := h.trail.Look(ctx, actor, table, row, v.Get("reason"))
	if err == nil {
		return h.showStory(c, http.StatusOK, table, row, list, &admin.Look{Opened: true, Reason: v.Get("reason")})
	}
	problems, _, ok := httpx.Problems(c, err)
	if !ok {
		return err
	}
	if list, err = h.trail.Story(ctx, actor, table, row); err != nil {
		return err
	}
	return h.showStory(c, http.StatusUnprocessableEntity, table, row, list, &admin.Look{Reason: v.Get("reason"), Errors: fieldErrors(problems)})
}

func (h *Handlers) showStory(c echo.Context, status int, table, row string, list []audit.Change, look *admin.Look) error {
	ctx := httpx.Ctx(c)
	label := ""
	for _, x := range list {
		if x.Table == table && x.Row == row {
			label = x.Label
			break
		}
	}
	title := i18n.T(ctx, "admin.history")
	p := admin.TrailPage{Head: admin.Head{
		Frame: httpx.Office(c, title, "admin.trail"), Title: title, Lead: recordName(ctx, table, row, label),
		Back: ui.Link{Href: "/admin/trail", Label: i18n.T(ctx, "admin.trail.title")},
	}}
	if base := recordPages[table]; base != "" {
		p.Back = ui.Link{Href: base + url.PathEscape(row), Label: i18n.T(ctx, "admin.trail.to_record")}
	}
	for i, x := range list { // each part of the record names it
		list[i].Diffs = slices.DeleteFunc(x.Diffs, func(d audit.Diff) bool {
			r, ok := d.New.(audit.Ref)
			return ok && d.Old == nil && r.Table == table && r.Row == row ||
				x.Table == "trail_views" && table != "trail_views" && (d.Column == "table_name" || d.Column == "row_id")
		})
	}
	var err error
	if p.Changes, err = h.changes(ctx, list); err != nil {
		return err
	}
	hidden := false
	for i, x := range list {
		if x.Table == table && x.Row == row {
			p.Changes[i].Record = ui.Link{}
		}
		hidden = hidden || p.Changes[i].Hidden
	}
	if look == nil && hidden {
		look = &admin.Look{}
	}
	if p.Look = look; look != nil {
		look.Action = trailURL(table, row)
	}
	p.Empty = ui.EmptyProps{Icon: "ClockDashed", Title: i18n.T(ctx, "admin.trail.empty"), Text: i18n.T(ctx, "admin.trail.none")}
	return httpx.Render(c, status, admin.Trail(p))
}
