// Package audit reads the trail that the database writes.
//
// Triggers put one row into audit.trail for every row that was changed: who, when,
// acting for whom, by which action, and for each column the old and the new value
// (migrations/00001_house.sql). This package only reads; nothing in the portal
// can write there past the triggers, and nobody can change what stands there.
//
// The trail keeps its actors as references without personal data («person:42»);
// their names are joined when it is read, so a person who changed his name is
// shown by the present one. Who may not read the trail gets errs.NotFound.
package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Op is what was done to the row.
type Op string

// The operations.
const (
	Insert Op = "I"
	Update Op = "U"
	Delete Op = "D"
)

// Change is one row of the trail.
type Change struct {
	ID        int64
	At        time.Time
	Table     string
	Row       string // the key of the changed row, as text
	Op        Op
	Actor     string // «person:42», «system:seed», «guest»
	ActorName string // of a person, as he is called now; empty for the others
	For       string // on whose behalf, «person:7» or empty
	ForName   string
	Action    string
	Request   string
	Diffs     []Diff // by column
}

// Diff is one changed column. Old and New are what JSON makes of the values: nil,
// bool, json.Number, string, []any or map[string]any. Secrets are «•••».
type Diff struct {
	Column string
	Old    any
	New    any
}

// Query narrows the trail. The zero value asks for everything.
type Query struct {
	Table   string
	Tables  []string // any of these
	Row     string
	Actor   string // «person:42», or «system:» and «guest» with whatever follows
	Action  string
	Op      Op
	From    time.Time // inclusive
	Until   time.Time // exclusive
	Before  int64     // older than this row: the page after it
	Limit   int       // 0: 50
	Request string
}

// Reader reads the trail.
type Reader struct{ db *db.DB }

// New returns a reader of the trail.
func New(d *db.DB) *Reader { return &Reader{d} }

const (
	defaultLimit = 50
	maxLimit     = 500
)

// History gives the changes of one row, the newest first, at most 500.
func (r *Reader) History(ctx context.Context, a authz.Actor, table, row string) ([]Change, error) {
	list, _, err := r.Search(ctx, a, Query{Table: table, Row: row, Limit: maxLimit})
	return list, err
}

// Search gives a page of the trail, the newest first; more says that there are
// older ones, to be asked for with Before.
func (r *Reader) Search(ctx context.Context, a authz.Actor, q Query) (list []Change, more bool, err error) {
	if !a.Can(authz.TrailRead) {
		return nil, false, errs.NotFound()
	}
	if q.Limit <= 0 || q.Limit > maxLimit {
		q.Limit = defaultLimit
	}
	sql, args := q.where()
	rows, err := r.db.ReadPool().Query(ctx, `SELECT t.id, t.at, t.table_name, t.row_id, t.op::text, t.actor, coalesce(p.name, ''),
		t.acting_for, coalesce(f.name, ''), t.action, t.request, t.changes
		FROM audit.trail t
		LEFT JOIN people p ON p.id = CASE WHEN t.actor ~ '^person:\d{1,18}$' THEN substr(t.actor, 8)::bigint END
		LEFT JOIN people f ON f.id = CASE WHEN t.acting_for ~ '^person:\d{1,18}$' THEN substr(t.acting_for, 8)::bigint END`+
		sql+` ORDER BY t.id DESC LIMIT `+strconv.Itoa(q.Limit+1), args...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var c Change
		var op string
		var raw []byte
		if err := rows.Scan(&c.ID, &c.At, &c.Table, &c.Row, &op, &c.Actor, &c.ActorName, &c.For, &c.ForName, &c.Action, &c.Request, &raw); err != nil {
			return nil, false, err
		}
		c.Op = Op(op)
		if c.Diffs, err = diffs(raw); err != nil {
			return nil, false, err
		}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		return nil, false, err
	}
	if len(list) > q.Limit {
		return list[:q.Limit], true, nil
	}
	return list, false, nil
}

func (q Query) where() (string, []any) {
	var conds []string
	var args []any
	add := func(cond string, v any) {
		args = append(args, v)
		conds = append(conds, strings.ReplaceAll(cond, "?", "$"+strconv.Itoa(len(args))))
	}
	if q.Table != "" {
		add("t.table_name = ?", q.Table)
	}
	if len(q.Tables) > 0 {
		add("t.table_name = ANY(?)", q.Tables)
	}
	if q.Row != "" {
		add("t.row_id = ?", q.Row)
	}
	switch {
	case q.Actor == "":
	case q.Actor == "system:":
		add("starts_with(t.actor, ?)", q.Actor)
	default:
		add("t.actor = ?", q.Actor)
	}
	if q.Action != "" {
		add("t.action = ?", q.Action)
	}
	if q.Op != "" {
		add("t.op::text = ?", string(q.Op))
	}
	if q.Request != "" {
		add("t.request = ?", q.Request)
	}
	if !q.From.IsZero() {
		add("t.at >= ?", q.From)
	}
	if !q.Until.IsZero() {
		add("t.at < ?", q.Until)
	}
	if q.Before > 0 {
		add("t.id < ?", q.Before)
	}
	if conds == nil {
		return "", nil
	}
	return " WHERE " + strings.Join(conds, " AND "), args
}

// diffs reads what audit.record() wrote: {column: [old, new]}, or the values of
// a new row as [{column: new}]. New rows of before migration 3 are of the first
// form, with null for the old.
func diffs(raw []byte) ([]Diff, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var out []Diff
	if bytes.HasPrefix(raw, []byte("[")) {
		var rows []map[string]any
		if err := d.Decode(&rows); err != nil {
			return nil, err
		}
		for _, m := range rows {
			for k, v := range m {
				if v != nil {
					out = append(out, Diff{k, nil, v})
				}
			}
		}
	} else {
		var m map[string][2]any
		if err := d.Decode(&m); err != nil {
			return nil, err
		}
		for k, v := range m {
			out = append(out, Diff{k, v[0], v[1]})
		}
	}
	slices.SortFunc(out, func(a, b Diff) int { return strings.Compare(a.Column, b.Column) })
	return out, nil
}

// Facets are the values by which the trail can be narrowed.
type Facets struct {
	Tables  []string
	Actions []string
}

// Facets lists the tables that bear the trail and the actions that occur in it.
func (r *Reader) Facets(ctx context.Context, a authz.Actor) (Facets, error) {
	var f Facets
	if !a.Can(authz.TrailRead) {
		return f, errs.NotFound()
	}
	// Tables from the catalogue: counting distinct values of a long trail is slow.
	err := r.db.ReadPool().QueryRow(ctx, `SELECT coalesce(array_agg(c.relname::text ORDER BY c.relname), '{}')
		FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE g.tgname = 'audit_row' AND n.nspname = 'public'`).Scan(&f.Tables)
	if err != nil {
		return f, err
	}
	for _, role := range authz.Roles() {
		for _, act := range authz.ActionsOf(role) {
			if !slices.Contains(f.Actions, string(act)) {
				f.Actions = append(f.Actions, string(act))
			}
		}
	}
	slices.Sort(f.Actions)
	return f, nil
}

// Names gives the present names of people, by id. Ids that are unknown are left out.
func (r *Reader) Names(ctx context.Context, a authz.Actor, ids []int64) (map[int64]string, error) {
	if !a.Can(authz.TrailRead) {
		return nil, errs.NotFound()
	}
	out := map[int64]string{}
	if len(ids) == 0 {
		return out, nil
	}
	rows, err := r.db.ReadPool().Query(ctx, "SELECT id, name FROM people WHERE id = ANY($1)", ids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		out[id] = name
	}
	return out, rows.Err()
}
