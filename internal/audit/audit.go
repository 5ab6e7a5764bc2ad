// Package audit reads the trail that the database writes, and the records that keep
// themselves beside it: messages, signatures, events, letters, looks at personal data.
//
// Triggers put one row into audit.trail for every row that was changed: who, when,
// acting for whom, by which action, and for each column the old and the new value
// (migrations/00001_house.sql). This package only reads; nothing in the portal
// can write there past the triggers, and nobody can change what stands there.
//
// The trail keeps its actors as references without personal data («person:42»);
// their names are joined when it is read, so a person who changed his name is
// shown by the present one. Who may not read the trail gets errs.NotFound.
//
// Personal data do not leave this package (attributes.go) but by Look, which writes
// down who looked at which record and why.
package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

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

// Change is one row of the trail, or of a table that keeps itself (sources.go).
type Change struct {
	ID      int64
	At      time.Time
	Table   string
	Row     string // the key of the changed row, as text
	Label   string // what people call it: the number of an appeal or a petition; empty for the others
	Op      Op
	Actor   string // «person:42», «system:seed», «guest»; «system:» is the portal
	Name    string // of an official, as he is called now; empty for the others
	For     string // on whose behalf, «person:7» or empty
	ForName string
	Action  string // empty where the record does not keep it
	Request string
	Diffs   []Diff // by column

	source string // of the stream that it was read from: «», or the table that keeps itself
	owner  Record // that it belongs to, where Actions needs it
}

// Diff is one changed attribute. Old and New are what JSON makes of the values: nil,
// bool, json.Number, string, []any or map[string]any; or an Ident, a Ref. Secrets
// are «•••». Of a Hidden one both are nil.
type Diff struct {
	Column string
	Old    any
	New    any
	Hidden bool
}

// Ident is a person whom a value names. Name is empty for one who is no official,
// unless the record was opened with Look.
type Ident struct {
	ID   int64
	Name string
}

// Ref is another record whom a value names, as people call it.
type Ref struct{ Table, Row, Label string }

// Query narrows the trail. The zero value asks for everything.
type Query struct {
	Table   string
	Tables  []string // any of these
	Row     string
	Actor   string // «person:42», or «system:» and «guest» with whatever follows
	Action  string
	Column  string // an attribute that was changed, or that a new row has
	Op      Op
	From    time.Time // inclusive
	Until   time.Time // exclusive
	Before  Mark      // older than this: the page after it
	Limit   int       // 0: 50
	Request string
}

// Mark is a place in the trail: the last row that was read of each table that
// keeps itself and of the trail of the others. Only this package reads it.
type Mark string

// Reader reads the trail.
type Reader struct{ db *db.DB }

// New returns a reader of the trail.
func New(d *db.DB) *Reader { return &Reader{d} }

const (
	defaultLimit = 50
	maxLimit     = 500
)

// History gives the changes of one row alone, the newest first, at most 500.
func (r *Reader) History(ctx context.Context, a authz.Actor, table, row string) ([]Change, error) {
	list, _, err := r.Search(ctx, a, Query{Table: table, Row: row, Limit: maxLimit})
	return list, err
}

// Story gives the changes of a record with those of what belongs to it, the newest
// first, at most 500: of an appeal also its messages, answers, signatures, events
// and the looks at it. Personal data are hidden.
func (r *Reader) Story(ctx context.Context, a authz.Actor, table, row string) ([]Change, error) {
	return r.story(ctx, a, table, row, false)
}

func (r *Reader) story(ctx context.Context, a authz.Actor, table, row string, open bool) ([]Change, error) {
	if !a.Can(authz.TrailRead) {
		return nil, errs.NotFound()
	}
	id, err := strconv.ParseInt(row, 10, 64)
	if err != nil || id < 0 {
		id = 0
	}
	rows, err := r.db.ReadPool().Query(ctx, named("("+story(table, id)+")")+" ORDER BY t.at DESC, t.table_name = $1 DESC, t.id DESC LIMIT "+strconv.Itoa(maxLimit), table, row)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, scan(open))
	if err != nil {
		return nil, err
	}
	return list, r.resolve(ctx, list, open)
}

// named adds to rows of the trail the names of those who acted, and whether they
// are officials.
func named(from string) string {
	const official = "(EXISTS (SELECT FROM role_grants g WHERE g.person_id = %.id) OR EXISTS (SELECT FROM appointments x WHERE x.person_id = %.id))"
	return `SELECT t.id, t.at, t.table_name, t.row_id, t.op, t.actor, coalesce(p.name, ''), ` + strings.ReplaceAll(official, "%", "p") + `,
		t.acting_for, coalesce(f.name, ''), ` + strings.ReplaceAll(official, "%", "f") + `, t.action, t.request, t.changes,
		coalesce(CASE WHEN t.row_id !~ '^[0-9]{1,18}$' THEN '' WHEN t.table_name = 'appeals' THEN (SELECT number FROM appeals WHERE id = t.row_id::bigint)
		  WHEN t.table_name = 'petitions' THEN (SELECT number::text FROM petitions WHERE id = t.row_id::bigint) END, '')
		FROM ` + from + ` t
		LEFT JOIN people p ON p.id = CASE WHEN t.actor ~ '^person:[0-9]{1,18}$' THEN substr(t.actor, 8)::bigint END
		LEFT JOIN people f ON f.id = CASE WHEN t.acting_for ~ '^person:[0-9]{1,18}$' THEN substr(t.acting_for, 8)::bigint END`
}

// scan reads a row of named. Without open nothing personal comes out of it.
func scan(open bool) pgx.RowToFunc[Change] {
	return func(r pgx.CollectableRow) (Change, error) {
		var c Change
		var op string
		var raw []byte
		var official, forOfficial bool
		err := r.Scan(&c.ID, &c.At, &c.Table, &c.Row, &op, &c.Actor, &c.Name, &official, &c.For, &c.ForName, &forOfficial, &c.Action, &c.Request, &raw, &c.Label)
		if err != nil {
			return c, err
		}
		if !official && !open {
			c.Name = ""
		}
		if !forOfficial && !open {
			c.ForName = ""
		}
		c.Op = Op(op)
		if c.Diffs, err = diffs(raw); err != nil {
			return c, err
		}
		for i, d := range c.Diffs {
			switch class, _ := ClassOf(c.Table, d.Column); {
			case class == Person:
				c.Diffs[i].Old, c.Diffs[i].New = idents(d.Old), idents(d.New)
			case class == Sealed || class == Personal && !open && !(Blank(d.Old) && Blank(d.New)):
				c.Diffs[i] = Diff{Column: d.Column, Hidden: true}
			case refTables[d.Column] != "":
				c.Diffs[i].Old, c.Diffs[i].New = ref(d.Column, d.Old), ref(d.Column, d.New)
			}
		}
		return c, nil
	}
}

// Blank reports whether a value of the trail says nothing, which hides nothing either.
func Blank(v any) bool {
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

// refTables are columns that name a record which people know by a number.
var refTables = map[string]string{"appeal_id": "appeals", "repeat_of": "appeals", "petition_id": "petitions", "merged_into": "petitions"}

func ref(column string, v any) any {
	if n, ok := v.(json.Number); ok {
		return Ref{Table: refTables[column], Row: n.String()}
	}
	return v
}

// idents are the persons that a value names, one or a list.
func idents(v any) any {
	switch v := v.(type) {
	case json.Number:
		if id, err := v.Int64(); err == nil {
			return Ident{ID: id}
		}
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = idents(x)
		}
		return out
	}
	return v
}

// resolve fills in the names of persons and the numbers of records, in place.
func (r *Reader) resolve(ctx context.Context, list []Change, open bool) error {
	ids := map[string][]int64{}
	var fill func(v any, known map[string]map[int64]string) any
	fill = func(v any, known map[string]map[int64]string) any {
		switch x := v.(type) {
		case Ident:
			if known == nil {
				ids["people"] = append(ids["people"], x.ID)
			}
			x.Name = known["people"][x.ID]
			return x
		case Ref:
			id, _ := strconv.ParseInt(x.Row, 10, 64)
			if known == nil {
				ids[x.Table] = append(ids[x.Table], id)
			}
			x.Label = known[x.Table][id]
			return x
		case []any:
			for i := range x {
				x[i] = fill(x[i], known)
			}
		}
		return v
	}
	each := func(known map[string]map[int64]string) {
		for i := range list {
			for j, d := range list[i].Diffs {
				list[i].Diffs[j].Old, list[i].Diffs[j].New = fill(d.Old, known), fill(d.New, known)
			}
		}
	}
	each(nil)
	if len(ids) == 0 {
		return nil
	}
	known := map[string]map[int64]string{"people": {}, "appeals": {}, "petitions": {}}
	b := &pgx.Batch{}
	read := func(table, sql string, args ...any) {
		b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
			var id int64
			var word string
			_, err := pgx.ForEachRow(rows, []any{&id, &word}, func() error { known[table][id] = word; return nil })
			return err
		})
	}
	read("people", `SELECT p.id, p.name FROM people p WHERE p.id = ANY ($1) AND ($2 OR EXISTS (SELECT FROM role_grants g WHERE g.person_id = p.id)
		OR EXISTS (SELECT FROM appointments x WHERE x.person_id = p.id))`, ids["people"], open)
	read("appeals", "SELECT id, number FROM appeals WHERE id = ANY ($1)", ids["appeals"])
	read("petitions", "SELECT id, number::text FROM petitions WHERE id = ANY ($1)", ids["petitions"])
	if err := r.db.ReadPool().SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	each(known)
	return nil
}

// Search gives a page of the trail, the newest first; more says that there are
// older ones, to be asked for with next as Before. Personal data are hidden.
func (r *Reader) Search(ctx context.Context, a authz.Actor, q Query) (list []Change, next Mark, err error) {
	if !a.Can(authz.TrailRead) {
		return nil, "", errs.NotFound()
	}
	if q.Limit <= 0 || q.Limit > maxLimit {
		q.Limit = defaultLimit
	}
	marks := q.Before.read()
	from := map[string]string{"": "(" + trailRows + ")"}
	for _, s := range sources {
		if q.reads(s) {
			from[s.table] = "(" + s.rows("") + ")"
		}
	}
	b := &pgx.Batch{}
	found := map[string][]Change{}
	for table, rows := range from {
		sql, args := q.where(marks[table])
		b.Queue(named(rows)+sql+" ORDER BY t.id DESC LIMIT "+strconv.Itoa(q.Limit+1), args...).Query(func(rows pgx.Rows) (err error) {
			found[table], err = pgx.CollectRows(rows, scan(false))
			return err
		})
	}
	if err := r.db.ReadPool().SendBatch(ctx, b).Close(); err != nil {
		return nil, "", err
	}
	for {
		newest, any := "", false
		for table, rest := range found {
			if len(rest) == 0 {
				continue
			}
			if h := found[newest]; !any || rest[0].At.After(h[0].At) || rest[0].At.Equal(h[0].At) && table < newest {
				newest, any = table, true
			}
		}
		if !any {
			return list, "", r.resolve(ctx, list, false)
		}
		if len(list) == q.Limit {
			return list, markOf(marks), r.resolve(ctx, list, false)
		}
		found[newest][0].source = newest
		list = append(list, found[newest][0])
		marks[newest] = found[newest][0].ID
		found[newest] = found[newest][1:]
	}
}

// reads reports whether the query may find rows of the source.
func (q Query) reads(s source) bool {
	if q.Request != "" || q.Op != "" && q.Op != Insert || q.Actor == "guest" {
		return false
	}
	if q.Table == "" && len(q.Tables) == 0 {
		return !s.apart
	}
	return q.Table == s.table || slices.Contains(q.Tables, s.table)
}

// read gives the last ids by table; the trail itself is «».
func (m Mark) read() map[string]int64 {
	out := map[string]int64{}
	for part := range strings.SplitSeq(string(m), ",") {
		table, n, _ := strings.Cut(part, ":")
		if id, err := strconv.ParseInt(n, 10, 64); err == nil {
			out[table] = id
		}
	}
	return out
}

func markOf(marks map[string]int64) Mark {
	var all []string
	for _, table := range slices.Sorted(maps.Keys(marks)) {
		all = append(all, table+":"+strconv.FormatInt(marks[table], 10))
	}
	return Mark(strings.Join(all, ","))
}

func (q Query) where(before int64) (string, []any) {
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
	if q.Column != "" {
		add("coalesce(CASE jsonb_typeof(t.changes) WHEN 'array' THEN t.changes -> 0 ->> ? IS NOT NULL ELSE jsonb_exists(t.changes, ?) END, false)", q.Column)
	}
	if q.Op != "" {
		add("t.op = ?", string(q.Op))
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
	if before > 0 {
		add("t.id < ?", before)
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
					out = append(out, Diff{Column: k, New: v})
				}
			}
		}
	} else {
		var m map[string][2]any
		if err := d.Decode(&m); err != nil {
			return nil, err
		}
		for k, v := range m {
			out = append(out, Diff{Column: k, Old: v[0], New: v[1]})
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
	for _, s := range sources {
		if !slices.Contains(f.Tables, s.table) {
			f.Tables = append(f.Tables, s.table)
		}
	}
	slices.Sort(f.Tables)
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
