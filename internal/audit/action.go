package audit

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
)

// Action is what one person did to one record at one moment by one request, with all
// that it changed in the record and in what belongs to it: people read actions, the
// database writes a row of the trail for each row of a table.
type Action struct {
	At      time.Time // of the newest change
	Actor   string
	Name    string
	For     string
	ForName string
	Action  string
	Request string
	Record  Record
	Changes []Change // the newest first
	// Also are the other records to which the very same was done in the same
	// transaction: an import, a sweep. There is one change then, of Record.
	Also []Record
	// Cut says that the action may go on beyond what was read.
	Cut bool

	tx time.Time // the moment of its transaction; zero while no row of the trail is in it
}

// Record is what an action was done to. Label is what people call it; empty where
// it is known by its key alone, or where its name is personal.
type Record struct{ Table, Row, Label string }

const (
	// moment is how far apart the rows of one action may be: the trail keeps the moment of
	// the transaction, a table that keeps itself that of the clock of the program.
	moment = 2 * time.Second
	// mass is how many records alike make one action.
	mass = 4
	// firstRead is how many rows are read for a page at first; one with actions of many
	// rows needs maxLimit.
	firstRead = 4 * defaultLimit

	defaultActions = 25
)

// owner is the record that a row of another table belongs to.
type owner struct {
	table  string
	column string // the attribute that names it
	// find gives the record where the attribute is not among what was changed; m is the
	// row. Empty: the attribute never changes alone.
	find string
	key  string // the type of the key of m, bigint by default
}

const viaAnswer = "(SELECT a.appeal_id FROM answers a WHERE a.id = m.answer_id)"

// owners lists what is told with the record that it belongs to. A signature under a
// petition belongs to nobody (ADR 0018).
var owners = map[string]owner{
	"answers":               {table: "appeals", column: "appeal_id", find: "m.appeal_id"},
	"appeal_coexecutors":    {table: "appeals", column: "appeal_id"},
	"appeal_events":         {table: "appeals", column: "appeal_id"},
	"appeal_former_indexes": {table: "appeals", column: "appeal_id"},
	"appeal_messages":       {table: "appeals", column: "appeal_id"},
	"contact_views":         {table: "appeals", column: "appeal_id"},
	"files":                 {table: "appeals", column: "appeal_id", find: "coalesce(m.appeal_id, " + viaAnswer + ")"},
	"letters":               {table: "appeals", column: "appeal_id", find: "coalesce(m.appeal_id, " + viaAnswer + ")"},
	"resolutions":           {table: "appeals", column: "appeal_id", find: "m.appeal_id"},
	"signatures":            {table: "appeals", find: viaAnswer},

	"petition_answers":    {table: "petitions", column: "petition_id", find: "m.petition_id"},
	"petition_claims":     {table: "petitions", column: "petition_id"},
	"petition_events":     {table: "petitions", column: "petition_id"},
	"petition_follows":    {table: "petitions", column: "petition_id"},
	"petition_milestones": {table: "petitions", column: "petition_id", find: "m.petition_id"},
	"petition_sweeps":     {table: "petitions", column: "petition_id", find: "m.petition_id"},
	"petition_terms":      {table: "petitions", column: "petition_id", find: "m.petition_id"},

	"appointments":    {table: "people", column: "person_id", find: "m.person_id"},
	"consents":        {table: "people", column: "person_id"},
	"delegations":     {table: "people", column: "from_person", find: "m.from_person"},
	"oidc_identities": {table: "people", column: "person_id", find: "m.person_id"},
	"person_tokens":   {table: "people", column: "person_id", find: "m.person_id"},
	"role_grants":     {table: "people", column: "person_id"},
	"sessions":        {table: "people", column: "person_id", find: "m.person_id", key: "uuid"},
}

// labels say how people call a record, where that is nothing personal; m is the row.
// Of people the names of officials alone are open.
var labels = map[string]string{
	"appeals":            "m.number",
	"petitions":          "m.number::text",
	"people":             "CASE WHEN EXISTS (SELECT FROM role_grants g WHERE g.person_id = m.id) OR EXISTS (SELECT FROM appointments x WHERE x.person_id = m.id) THEN m.name END",
	"streets":            "m.kind || ' ' || m.name",
	"reply_templates":    "m.title",
	"procurement_buyers": "m.name",
	"calendars":          "m.version",
}

// Actions gives a page of the trail by actions, the newest first; next, where it is not
// empty, is the page after it. An action is not cut between two pages; one of more
// rows than can be read at once says that it was (Cut).
func (r *Reader) Actions(ctx context.Context, a authz.Actor, q Query) (list []Action, next Mark, err error) {
	limit := q.Limit
	if limit <= 0 || limit > defaultLimit {
		limit = defaultActions
	}
	for _, q.Limit = range []int{firstRead, maxLimit} {
		rows, more, err := r.Search(ctx, a, q)
		if err != nil {
			return nil, "", err
		}
		if err := r.own(ctx, rows); err != nil {
			return nil, "", err
		}
		n, whole := page(rows, limit, more != "")
		if !whole && q.Limit < maxLimit {
			continue
		}
		list, _ = actions(rows[:n])
		if !whole {
			for i := range list {
				list[i].Cut = list[i].oldest().Sub(rows[n-1].At) <= moment
			}
		}
		if n < len(rows) || more != "" {
			next = q.Before.after(rows[:n])
		}
		break
	}
	return list, next, r.call(ctx, list)
}

// StoryActions is Story by actions. more says that the record has an older history
// than is told.
func (r *Reader) StoryActions(ctx context.Context, a authz.Actor, table, row string) (list []Action, more bool, err error) {
	rows, err := r.Story(ctx, a, table, row)
	if err != nil {
		return nil, false, err
	}
	return r.told(ctx, rows, table, row)
}

// LookActions is Look by actions.
func (r *Reader) LookActions(ctx context.Context, a authz.Actor, table, row, reason string) (list []Action, more bool, err error) {
	rows, err := r.Look(ctx, a, table, row, reason)
	if err != nil {
		return nil, false, err
	}
	return r.told(ctx, rows, table, row)
}

// told are the actions of a story: everything in it belongs to the record.
func (r *Reader) told(ctx context.Context, rows []Change, table, row string) ([]Action, bool, error) {
	for i := range rows {
		rows[i].owner = Record{Table: table, Row: row}
	}
	list, _ := actions(rows)
	return list, len(rows) == maxLimit, r.call(ctx, list)
}

// page is how many of the rows make the first limit actions such that none of them
// goes on in the rows after: those that were read, and those that were not, unless one
// transaction is longer than what was read. whole is false when there is no such number.
func page(rows []Change, limit int, more bool) (n int, whole bool) {
	list, of := actions(rows)
	if len(list) <= limit && !more {
		return len(rows), true
	}
	last := make([]int, len(list)) // the last row of each action
	for i, g := range of {
		last[g] = i
	}
	seen, end := 0, 0 // actions begun, and the row before which all of them are over
	for i := range rows {
		if seen >= limit && end <= i {
			sure := !more || rows[i-1].At.Sub(rows[len(rows)-1].At) > moment
			if sure || len(rows) == maxLimit && end < len(rows) {
				return i, true
			}
		}
		seen, end = max(seen, of[i]+1), max(end, last[of[i]]+1)
	}
	return len(rows), !more
}

// actions puts rows, the newest first, together. of says to which action each row went.
func actions(rows []Change) (list []Action, of []int) {
	of = make([]int, len(rows))
	open := 0 // the first action that a row may still join
	for i, c := range rows {
		for open < len(list) && list[open].At.Sub(c.At) > moment {
			open++
		}
		g := len(list)
		for j := open; j < len(list); j++ {
			if list[j].takes(c) {
				g = j
				break
			}
		}
		if g == len(list) {
			list = append(list, Action{At: c.At, Actor: c.Actor, Name: c.Name, For: c.For, ForName: c.ForName, Action: c.Action, Request: c.Request, Record: c.owner})
		}
		list[g].add(c)
		of[i] = g
	}
	return together(list, of)
}

func (x *Action) add(c Change) {
	if x.Action == "" {
		x.Action = c.Action
	}
	if x.Request == "" {
		x.Request = c.Request
	}
	if byPortal(x.Actor) && (!byPortal(c.Actor) || len(c.Actor) > len(x.Actor)) { // a letter bears no actor
		x.Actor, x.Name, x.For, x.ForName = c.Actor, c.Name, c.For, c.ForName
	}
	if !keeps(c.Table) {
		x.tx = c.At
	}
	x.Changes = append(x.Changes, c)
}

// keeps reports whether the table keeps itself.
func keeps(table string) bool {
	return slices.ContainsFunc(sources, func(s source) bool { return s.table == table })
}

func byPortal(actor string) bool { return strings.HasPrefix(actor, "system:") }

// takes reports whether the row belongs to the action.
func (x *Action) takes(c Change) bool {
	switch {
	case x.Record != c.owner || alone(c.Table) || alone(x.Changes[0].Table):
		return false
	case !keeps(c.Table) && !x.tx.IsZero() && !x.tx.Equal(c.At) && (c.Request == "" || c.Request != x.Request): // another transaction
		return false
	case c.Table == "letters" || len(x.Changes) == 1 && x.Changes[0].Table == "letters": // promised by whoever acted
	case x.Actor != c.Actor && (!byPortal(x.Actor) || !byPortal(c.Actor)), x.For != c.For:
		return false
	}
	return same(x.Request, c.Request) && same(x.Action, c.Action)
}

// alone reports whether each row of the table is an action of its own: a look at
// personal data, and a signature under a petition, of which nobody is told whose it is.
func alone(table string) bool {
	return table == "contact_views" || table == "trail_views" || table == "petition_signatures"
}

// same reports whether two words do not contradict each other.
func same(a, b string) bool { return a == b || a == "" || b == "" }

// together makes one action of neighbours that did the same to many records.
func together(list []Action, of []int) ([]Action, []int) {
	to := make([]int, len(list))
	var out []Action
	for i := 0; i < len(list); {
		n := i + 1
		for n < len(list) && alike(&list[i], &list[n]) {
			n++
		}
		if n-i < mass {
			n = i + 1
		}
		x := list[i]
		for j := i; j < n; j++ {
			to[j] = len(out)
			if j > i {
				x.Also = append(x.Also, list[j].Record)
				x.Changes[0].Diffs = common(x.Changes[0].Diffs, list[j].Changes[0].Diffs)
			}
		}
		out = append(out, x)
		i = n
	}
	for i := range of {
		of[i] = to[of[i]]
	}
	return out, of
}

func alike(a, b *Action) bool {
	if len(a.Changes) != 1 || len(b.Changes) != 1 || !a.At.Equal(b.At) || a.Actor != b.Actor || a.For != b.For || a.Action != b.Action || a.Request != b.Request {
		return false
	}
	x, y := a.Changes[0], b.Changes[0]
	return x.Table == y.Table && x.Op == y.Op && !alone(x.Table)
}

// common are the attributes that became the same in both.
func common(a, b []Diff) []Diff {
	var out []Diff
	for _, x := range a {
		for _, y := range b {
			if x.Column == y.Column && !x.Hidden && plain(x.Old) && plain(x.New) && plain(y.Old) && plain(y.New) && x.Old == y.Old && x.New == y.New {
				out = append(out, x)
			}
		}
	}
	return out
}

// plain reports whether values of the kind can be compared.
func plain(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return false
	}
	return true
}

func (x *Action) oldest() time.Time { return x.Changes[len(x.Changes)-1].At }

// after is the place behind rows that were read from the mark on.
func (m Mark) after(rows []Change) Mark {
	marks := m.read()
	for _, c := range rows {
		marks[c.source] = c.ID
	}
	return markOf(marks)
}

// own finds the record that each row belongs to: by what was changed, else in the database.
func (r *Reader) own(ctx context.Context, rows []Change) error {
	ask := map[string][]string{}
	for i, c := range rows {
		rows[i].owner = Record{Table: c.Table, Row: c.Row}
		o, ok := owners[c.Table]
		if !ok {
			continue
		}
		if id := keyOf(c.Diffs, o.column); id != "" {
			rows[i].owner = Record{Table: o.table, Row: id}
		} else if o.find != "" {
			ask[c.Table] = append(ask[c.Table], c.Row)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	found, err := r.words(ctx, ask, func(table string) (string, string) { return owners[table].find, owners[table].key })
	if err != nil {
		return err
	}
	for i, c := range rows {
		if id := found[c.Table][c.Row]; id != "" && rows[i].owner.Table == c.Table {
			rows[i].owner = Record{Table: owners[c.Table].table, Row: id}
		}
	}
	return nil
}

// keyOf is the key that the attribute holds or held.
func keyOf(diffs []Diff, column string) string {
	for _, d := range diffs {
		if d.Column != column || column == "" {
			continue
		}
		for _, v := range []any{d.New, d.Old} {
			switch v := v.(type) {
			case Ident:
				return strconv.FormatInt(v.ID, 10)
			case Ref:
				return v.Row
			case json.Number:
				return v.String()
			}
		}
	}
	return ""
}

// call fills in what people call the records of the actions.
func (r *Reader) call(ctx context.Context, list []Action) error {
	ask := map[string][]string{}
	each := func(f func(*Record)) {
		for i := range list {
			f(&list[i].Record)
			for j := range list[i].Also {
				f(&list[i].Also[j])
			}
		}
	}
	each(func(x *Record) {
		if labels[x.Table] != "" {
			ask[x.Table] = append(ask[x.Table], x.Row)
		}
	})
	if len(ask) == 0 {
		return nil
	}
	found, err := r.words(ctx, ask, func(table string) (string, string) { return labels[table], "" })
	each(func(x *Record) { x.Label = found[x.Table][x.Row] })
	return err
}

// words asks of rows of several tables, by key, for one expression each.
func (r *Reader) words(ctx context.Context, ask map[string][]string, of func(table string) (expr, key string)) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	b := &pgx.Batch{}
	for table, rows := range ask {
		expr, key := of(table)
		var keys []string
		for _, k := range rows {
			if _, err := strconv.ParseInt(k, 10, 64); err == nil || key == "uuid" {
				keys = append(keys, k)
			}
		}
		if key == "" {
			key = "bigint"
		}
		out[table] = map[string]string{}
		b.Queue("SELECT m.id::text, ("+expr+")::text FROM "+table+" m WHERE m.id = ANY ($1::text[]::"+key+"[]) AND ("+expr+") IS NOT NULL", keys).Query(func(rows pgx.Rows) error {
			var id, word string
			_, err := pgx.ForEachRow(rows, []any{&id, &word}, func() error { out[table][id] = word; return nil })
			return err
		})
	}
	return out, r.db.ReadPool().SendBatch(ctx, b).Close()
}
