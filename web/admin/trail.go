package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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
		if key := "admin.job." + job; i18n.Has(key) {
			return i18n.T(ctx, "admin.trail.system", "job", i18n.T(ctx, key))
		}
		return i18n.T(ctx, "admin.trail.portal")
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

// recordLink names a record as people call it, and leads to its history. kind is what it
// is, where the name does not say it.
func recordLink(ctx context.Context, d *city.Directory, r audit.Record) (kind string, l ui.Link) {
	l.Href, l.Label = trailURL(r.Table, r.Row), r.Label
	switch r.Table {
	case "appeals", "petitions":
		if l.Label != "" {
			l.Label = tableName(ctx, r.Table) + " № " + l.Label
			return "", l
		}
	case "people":
		if l.Label == "" {
			l.Label = i18n.T(ctx, "admin.trail.account", "id", r.Row)
			return "", l
		}
	}
	if n, err := strconv.ParseInt(r.Row, 10, 64); err == nil && l.Label == "" {
		l.Label = named(ctx, d, r.Table, n)
	}
	if l.Label != "" {
		return tableName(ctx, r.Table), l
	}
	l.Label = tableName(ctx, r.Table)
	if _, err := strconv.ParseInt(r.Row, 10, 64); err == nil {
		l.Label += " № " + r.Row
	}
	return "", l
}

// named is what a record of the directory of the city is called; empty for the others.
func named(ctx context.Context, d *city.Directory, table string, n int64) string {
	loc := i18n.Locale(ctx)
	switch table {
	case "units":
		if u := d.Unit(n); u != nil {
			return u.Name(loc)
		}
	case "posts":
		if p := d.Post(n); p != nil {
			if u := d.Unit(p.UnitID); u != nil {
				return p.Title(loc) + ", " + u.Name(loc)
			}
			return p.Title(loc)
		}
	case "topics":
		if t := d.Topic(n); t != nil {
			return t.Name(loc)
		}
	case "districts":
		if x := d.District(n); x != nil {
			return x.Name(loc)
		}
	}
	return ""
}

// generic are actions that do not say what was done.
var generic = map[authz.Action]bool{
	"": true, "?": true, authz.JobRun: true, authz.CityManage: true, authz.PeopleManage: true, authz.BuyersManage: true, authz.CharterManage: true, authz.AccountSelf: true,
	authz.AppealOwn: true, authz.CabinetRead: true, authz.AdminRead: true, authz.PublicRead: true,
}

// whatWasDone is the head of an entry: the event that it made, else the action, else what
// became of the record.
func whatWasDone(ctx context.Context, x audit.Action) string {
	for _, c := range x.Changes {
		if c.Table != "appeal_events" && c.Table != "petition_events" {
			continue
		}
		for _, d := range c.Diffs {
			if kind, ok := d.New.(string); ok && d.Column == "kind" {
				if word := codeName(ctx, c.Table, "kind", kind); word != "" {
					return word
				}
			}
		}
	}
	if !generic[authz.Action(x.Action)] {
		return actionName(ctx, x.Action)
	}
	for _, c := range x.Changes {
		if c.Table == x.Record.Table && c.Row == x.Record.Row {
			return i18n.T(ctx, "admin.op."+string(c.Op))
		}
	}
	if len(x.Changes) == 1 {
		return partName(ctx, x.Changes[0])
	}
	return i18n.T(ctx, "admin.op."+string(audit.Update))
}

// partName says what was done to something that belongs to a record.
func partName(ctx context.Context, c audit.Change) string {
	if key := "admin.did." + c.Table + "." + string(c.Op); i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	return i18n.T(ctx, "admin.trail.part", "table", tableName(ctx, c.Table), "op", i18n.T(ctx, "admin.op_low."+string(c.Op)))
}

// recordsShown is how many of the records of one action are named.
const recordsShown = 50

// actions puts what was done into words. about is the record whose history is read, which
// is not named again; none for the trail of all.
func (h *Handlers) actions(ctx context.Context, list []audit.Action, about audit.Record) ([]admin.Action, error) {
	d, err := h.city.Directory(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]admin.Action, len(list))
	for i, x := range list {
		a := admin.Action{
			At: x.At.UTC().Format(time.RFC3339), When: i18n.DateTime(ctx, x.At), Who: actorName(ctx, x.Actor, x.Name), What: whatWasDone(ctx, x),
			Facts: []ui.Fact{{Label: i18n.T(ctx, "admin.trail.action"), Value: i18n.T(ctx, "admin.trail.code", "word", actionName(ctx, x.Action), "code", x.Action)}, {Label: i18n.T(ctx, "admin.trail.actor"), Value: x.Actor}, {Label: i18n.T(ctx, "admin.trail.behind"), Value: x.For}, {Label: i18n.T(ctx, "admin.trail.request"), Value: x.Request}},
		}
		if x.Record.Table == "petition_signatures" && x.Changes[0].Op == audit.Insert { // of which the day alone is told
			a.At, a.When, a.Who = i18n.ISODate(x.At), i18n.Date(ctx, x.At), i18n.T(ctx, "admin.trail.sealed")
		}
		itself := x.Record.Table == "people" && x.Actor == "person:"+x.Record.Row && x.For == "" // «Вхід» says enough
		if (x.Record.Table != about.Table || x.Record.Row != about.Row) && !itself {
			a.Kind, a.Record = recordLink(ctx, d, x.Record)
		}
		if x.For != "" {
			a.For = i18n.T(ctx, "admin.trail.for", "name", actorName(ctx, x.For, x.ForName))
		}
		if x.Cut {
			a.Cut = i18n.T(ctx, "admin.trail.cut")
		}
		if n := len(x.Also); n > 0 {
			a.Kind, a.Record, a.Count = tableName(ctx, x.Changes[0].Table), ui.Link{}, i18n.N(ctx, "admin.trail.count", n+1)
			for j, r := range append([]audit.Record{x.Record}, x.Also...) {
				if j == recordsShown {
					a.More = i18n.N(ctx, "admin.trail.more", n+1-recordsShown)
					break
				}
				_, l := recordLink(ctx, d, r)
				a.Records = append(a.Records, l)
			}
		}
		for _, c := range x.Changes {
			h.part(ctx, d, &a, x, c)
		}
		out[i] = a
	}
	return out, nil
}

// unsaid are attributes that say nothing to people: they stand among the details alone.
var unsaid = func() map[string]bool {
	m := map[string]bool{}
	for _, c := range strings.Fields(`id version created_at updated_at filing_key calendar_version due_rule due_explain_uk due_explain_en rule explain_uk explain_en pdf_key
		verify_code sha256 blob_key thumb_key token_hash secret digest scheme data_id charter_id sweep_id draft_id row_id table_name granted_by`) {
		m[c] = true
	}
	return m
}()

// part adds one change of an action: what people read, and all of it as the database has it.
func (h *Handlers) part(ctx context.Context, d *city.Directory, a *admin.Action, x audit.Action, c audit.Change) {
	own := c.Table == x.Record.Table && c.Row == x.Record.Row
	event := c.Table == "appeal_events" || c.Table == "petition_events"
	raw := admin.ActionPart{Title: c.Table + " " + c.Row + " " + string(c.Op)}
	said := admin.ActionPart{}
	if !own && !event {
		if said.Title = partName(ctx, c); said.Title == a.What || len(x.Changes) == 1 && !generic[authz.Action(x.Action)] {
			said.Title = "" // the head says it
		}
	}
	var hidden, sealed []string
	slices.SortStableFunc(c.Diffs, func(a, b audit.Diff) int { return cmp.Compare(rank(a.Column), rank(b.Column)) })
	for _, v := range c.Diffs {
		field := columnName(ctx, c.Table, v.Column)
		if v.Hidden {
			note := i18n.T(ctx, "admin.trail.hidden")
			if class, _ := audit.ClassOf(c.Table, v.Column); class == audit.Sealed {
				note = i18n.T(ctx, "admin.trail.sealed")
				sealed = append(sealed, field)
			} else {
				a.Hidden = true
				hidden = append(hidden, field)
			}
			raw.Diffs = append(raw.Diffs, ui.Change{Field: v.Column, Note: note})
			continue
		}
		raw.Diffs = append(raw.Diffs, ui.Change{Field: v.Column, Old: rawValue(v.Old), New: rawValue(v.New)})
		if v.New == secret {
			if c.Op == audit.Update {
				said.Diffs = append(said.Diffs, ui.Change{Field: field, Note: i18n.T(ctx, "admin.trail.secret")})
			}
			continue
		}
		if unsaid[v.Column] || c.Op == audit.Insert && says(v.New) == "" || points(v.New, x.Record) || points(v.Old, x.Record) ||
			event && (v.Column == "public" || v.Column == "kind" || v.Column == "from_state" || v.Column == "to_state") {
			continue
		}
		w := ui.Change{Field: field, Old: h.words(ctx, d, c.Table, v.Column, v.Old), New: h.words(ctx, d, c.Table, v.Column, v.New)}
		if w.Old == "" && w.New == "" {
			continue
		}
		if c.Op == audit.Update {
			w.New = cmp.Or(w.New, i18n.T(ctx, "admin.trail.blank")) // a first value has nothing before it
		}
		said.Diffs = append(said.Diffs, w)
	}
	if w := move(ctx, c); event && w.New != "" && w.Old != w.New && !changes(x, x.Record.Table, "state") {
		said.Diffs = append(said.Diffs, w)
	}
	for _, n := range []struct {
		fields []string
		key    string
	}{{hidden, "admin.trail.hidden"}, {sealed, "admin.trail.sealed"}} {
		if len(n.fields) > 0 {
			said.Diffs = append(said.Diffs, ui.Change{Field: enumeration(n.fields), Note: i18n.T(ctx, n.key)})
		}
	}
	if len(said.Diffs) > 0 || said.Title != "" {
		a.Parts = append(a.Parts, said)
	}
	if len(x.Also) == 0 {
		a.Raw = append(a.Raw, raw)
	}
}

// rank puts what is asked for first before the rest.
func rank(column string) int {
	if column == "state" || column == "status" {
		return 0
	}
	return 1
}

// enumeration joins names of attributes: «Мережева адреса, браузер».
func enumeration(names []string) string {
	for i, n := range names[1:] {
		first, size := utf8.DecodeRuneInString(n)
		if next, _ := utf8.DecodeRuneInString(n[size:]); unicode.IsLower(next) { // no abbreviation
			names[i+1] = string(unicode.ToLower(first)) + n[size:]
		}
	}
	return strings.Join(names, ", ")
}

// secret is what the trail keeps of what nobody may read.
const secret = "•••"

// says is empty for a value that a new record has by default: nothing, «no».
func says(v any) string {
	if b, ok := v.(bool); ok && !b || audit.Blank(v) {
		return ""
	}
	return "x"
}

// points reports whether the value is the record itself, which the entry names.
func points(v any, r audit.Record) bool {
	switch v := v.(type) {
	case audit.Ref:
		return v.Table == r.Table && v.Row == r.Row
	case audit.Ident:
		return r.Table == "people" && strconv.FormatInt(v.ID, 10) == r.Row
	}
	return false
}

// move is the change of state that an event tells.
func move(ctx context.Context, c audit.Change) ui.Change {
	w := ui.Change{Field: columnName(ctx, c.Table, "state")}
	for _, d := range c.Diffs {
		code, _ := d.New.(string)
		switch d.Column {
		case "from_state":
			w.Old = codeName(ctx, c.Table, d.Column, code)
		case "to_state":
			w.New = codeName(ctx, c.Table, d.Column, code)
		}
	}
	return w
}

// changes reports whether an action changed an attribute of a table.
func changes(x audit.Action, table, column string) bool {
	return slices.ContainsFunc(x.Changes, func(c audit.Change) bool {
		return c.Table == table && slices.ContainsFunc(c.Diffs, func(d audit.Diff) bool { return d.Column == column })
	})
}

// rawValue is a value as the database has it.
func rawValue(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case audit.Ident:
		return strconv.FormatInt(v.ID, 10)
	case audit.Ref:
		return v.Row
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = rawValue(x)
		}
		return beginning("["+strings.Join(parts, ", ")+"]", longest)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return beginning(string(b), longest)
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
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return i18n.DateTime(ctx, t)
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
	"answers":            {"result": "appeals.result.", "ground": "appeals.norm.", "dispatched_by": "appeals.way."},
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

// references are the tables that columns point into.
var references = map[string]string{
	"unit_id": "units", "addressee_id": "units", "post_id": "posts", "topic_id": "topics", "district_id": "districts", "constituency_id": "districts",
}

func reference(ctx context.Context, d *city.Directory, table, column string, n int64) string {
	if column == "parent_id" {
		return named(ctx, d, table, n)
	}
	return named(ctx, d, references[column], n)
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
	if table, column, ok := strings.Cut(f.Column, "."); ok {
		if q.Table != "" && q.Table != table { // of another kind of record: an attribute of the former choice
			f.Column = ""
		} else {
			q.Table, q.Column = table, column
		}
	}
	q.From, q.Until = f.moments()
	if n := number(f.Actor); n > 0 {
		q.Actor = "person:" + strconv.FormatInt(n, 10)
	} else {
		q.Actor = f.Actor
	}
	list, next, err := h.trail.Actions(ctx, actor, q)
	if err != nil {
		return err
	}
	return h.showTrail(c, f, list, next)
}

func (h *Handlers) showTrail(c echo.Context, f trailFilter, list []audit.Action, next audit.Mark) error {
	ctx, actor := httpx.Ctx(c), httpx.Actor(c)
	facets, err := h.trail.Facets(ctx, actor)
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "admin.trail.title")
	p := admin.TrailPage{Head: admin.Head{Frame: httpx.Office(c, title, "admin.trail"), Title: title, Lead: i18n.T(ctx, "admin.trail.lead")}}
	if p.Actions, err = h.actions(ctx, list, audit.Record{}); err != nil {
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
		{Kind: "select", Name: "actor", Label: i18n.T(ctx, "admin.trail.actor"), Value: f.Actor, Blank: any, Options: h.actorOptions(ctx, actor, f.Actor)},
		{Kind: "select", Name: "table", Label: i18n.T(ctx, "admin.trail.table"), Value: f.Table, Blank: any, Options: tables},
		{Kind: "select", Name: "column", Label: i18n.T(ctx, "admin.trail.column"), Value: f.Column, Blank: any, Options: columnOptions(ctx, tables, f.Table)},
		{Kind: "select", Name: "action", Label: i18n.T(ctx, "admin.trail.action"), Value: f.Action, Blank: any, Options: actions},
		{Kind: "select", Name: "op", Label: i18n.T(ctx, "admin.trail.op"), Value: f.Op, Blank: any, Wide: 2, Options: []ui.Option{
			{Value: "I", Label: i18n.T(ctx, "admin.op.I")}, {Value: "U", Label: i18n.T(ctx, "admin.op.U")}, {Value: "D", Label: i18n.T(ctx, "admin.op.D")},
		}},
		{Name: "from", Label: i18n.T(ctx, "admin.trail.from"), Type: "date", Value: f.From, Wide: 2},
		{Name: "until", Label: i18n.T(ctx, "admin.trail.until"), Type: "date", Value: f.Until, Wide: 2},
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

// columnOptions lists the attributes of a kind of record, or of all of them by kind.
func columnOptions(ctx context.Context, tables []ui.Option, chosen string) []ui.Option {
	var out []ui.Option
	for _, t := range tables {
		if chosen != "" && chosen != t.Value {
			continue
		}
		var of []ui.Option
		for _, column := range audit.AttributesOf(t.Value) {
			if class, _ := audit.ClassOf(t.Value, column); class != audit.Sealed && !unsaid[column] {
				of = append(of, ui.Option{Value: t.Value + "." + column, Label: columnName(ctx, t.Value, column), Group: t.Label})
			}
		}
		slices.SortFunc(of, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
		out = append(out, of...)
	}
	return out
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
	if table, err = httpx.Param(c, "table"); err != nil {
		return "", "", err
	}
	row, err = httpx.Param(c, "row")
	return table, row, err
}

func (h *Handlers) trailRecord(c echo.Context) error {
	table, row, err := recordOf(c)
	if err != nil {
		return err
	}
	list, more, err := h.trail.StoryActions(httpx.Ctx(c), httpx.Actor(c), table, row)
	if err != nil {
		return err
	}
	var look *admin.Look
	if typed, ok := httpx.Typed(c); ok {
		look = &admin.Look{Reason: typed.Get("reason")}
	}
	return h.showStory(c, http.StatusOK, audit.Record{Table: table, Row: row}, list, more, look)
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
	about := audit.Record{Table: table, Row: row}
	list, more, err := h.trail.LookActions(ctx, actor, table, row, v.Get("reason"))
	if err == nil {
		return h.showStory(c, http.StatusOK, about, list, more, &admin.Look{Opened: true, Reason: v.Get("reason")})
	}
	problems, _, ok := httpx.Problems(c, err)
	if !ok {
		return err
	}
	if list, more, err = h.trail.StoryActions(ctx, actor, table, row); err != nil {
		return err
	}
	return h.showStory(c, http.StatusUnprocessableEntity, about, list, more, &admin.Look{Reason: v.Get("reason"), Errors: fieldErrors(problems)})
}

func (h *Handlers) showStory(c echo.Context, status int, about audit.Record, list []audit.Action, more bool, look *admin.Look) error {
	ctx := httpx.Ctx(c)
	d, err := h.city.Directory(ctx)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		about.Label = list[0].Record.Label
	}
	kind, self := recordLink(ctx, d, about)
	lead := self.Label
	if kind != "" {
		lead = kind + ": " + lead
	}
	title := i18n.T(ctx, "admin.history")
	p := admin.TrailPage{Head: admin.Head{
		Frame: httpx.Office(c, title, "admin.trail"), Title: title, Lead: lead,
		Back: ui.Link{Href: "/admin/trail", Label: i18n.T(ctx, "admin.trail.title")},
	}}
	if base := recordPages[about.Table]; base != "" {
		p.Back = ui.Link{Href: base + url.PathEscape(about.Row), Label: i18n.T(ctx, "admin.trail.to_record")}
	}
	if p.Actions, err = h.actions(ctx, list, about); err != nil {
		return err
	}
	if look == nil && slices.ContainsFunc(p.Actions, func(a admin.Action) bool { return a.Hidden }) {
		look = &admin.Look{}
	}
	if p.Look = look; look != nil {
		look.Action = trailURL(about.Table, about.Row)
	}
	if more {
		p.More = i18n.T(ctx, "admin.trail.older")
	}
	p.Empty = ui.EmptyProps{Icon: "ClockDashed", Title: i18n.T(ctx, "admin.trail.empty"), Text: i18n.T(ctx, "admin.trail.none")}
	return httpx.Render(c, status, admin.Trail(p))
}
