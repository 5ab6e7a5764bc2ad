package audit

import (
	"strconv"
	"strings"
)

// source is a table that keeps itself: nothing in it is ever changed, or, of a
// letter, nothing but what became of it (ADR 0005, ADR 0018), so the database writes
// no trail of it and the row is read where it stands, as a change that made it.
type source struct {
	table   string
	at      string            // its moment
	actor   string            // who, as the trail names him; default: the portal
	behind  string            // acting for whom, as the trail names him; default: nobody
	action  string            // an SQL expression; default: none
	values  string            // what it holds
	apart   bool              // read only when asked for: there are too many of them, or none has a story of its own
	parents map[string]string // which rows belong to a record of another table; {id} is its id
}

// sources lists them. In the expressions m is the row.
//
// A row of petition_signatures has no actor (whose it is stands there as an HMAC, ADR
// 0018) and no moment but its day: a moment beside the sign-ins and letters of the
// same minute would tell who signed. A letter with the link to a signing does not
// name its receiver for the same reason, and no letter shows what it said.
var sources = []source{
	{
		table: "appeal_events", at: "m.at", actor: "'person:' || m.actor_id", values: "to_jsonb(m) - '{at,actor_id,actor_name}'::text[]",
		parents: map[string]string{"appeals": "m.appeal_id = {id}"},
	},
	{
		table: "appeal_exports", at: "m.created_at", actor: "'person:' || m.person_id", behind: "'person:' || m.acting_for", action: "'appeal.export'",
		values: "to_jsonb(m) - '{created_at,person_id,acting_for}'::text[]",
	},
	{
		table: "appeal_messages", at: "m.created_at", actor: "'person:' || m.author_id", action: "CASE m.side WHEN 'resident' THEN 'appeal.reply' ELSE 'appeal.work' END",
		values:  "to_jsonb(m) - '{created_at,author_id,author_name}'::text[]",
		parents: map[string]string{"appeals": "m.appeal_id = {id}"},
	},
	{
		table: "contact_views", at: "m.created_at", actor: "'person:' || m.viewer_id", action: "'contact.read'", values: "to_jsonb(m) - '{created_at,viewer_id}'::text[]",
		parents: map[string]string{"appeals": "m.appeal_id = {id}"},
	},
	{
		table: "letters", at: "m.created_at",
		values:  "to_jsonb(m) - '{created_at,data,message_id}'::text[] - CASE WHEN m.kind LIKE 'petitionsign.%' THEN 'person_id' ELSE '' END",
		parents: map[string]string{"appeals": "(m.appeal_id = {id} OR m.answer_id IN (SELECT id FROM answers WHERE appeal_id = {id}))"},
	},
	{
		table: "petition_events", at: "m.at", actor: "'person:' || m.actor_id", values: "to_jsonb(m) - '{at,actor_id,actor_name}'::text[]",
		parents: map[string]string{"petitions": "m.petition_id = {id}"},
	},
	{
		table: "petition_signatures", apart: true, at: "date_trunc('day', m.at, 'Europe/Kyiv')", action: "'petition.sign'",
		values: "jsonb_build_object('petition_id', m.petition_id, 'tier', m.tier, 'day', (m.at AT TIME ZONE 'Europe/Kyiv')::date)",
	},
	{table: "procurement_checks", apart: true, at: "m.finished_at", values: "to_jsonb(m)"},
	{table: "procurement_results", apart: true, at: "m.calculated_at", values: "to_jsonb(m) - '{calculated_at,digest,values}'::text[]"},
	{
		table: "signatures", at: "m.created_at", actor: "'person:' || m.signer_id", action: "'answer.sign'", values: "to_jsonb(m) - '{created_at}'::text[]",
		parents: map[string]string{"appeals": "m.answer_id IN (SELECT id FROM answers WHERE appeal_id = {id})"},
	},
	{
		table: "trail_views", at: "m.created_at", actor: "'person:' || m.viewer_id", behind: "'person:' || m.acting_for", action: "'trail.read'",
		values: "to_jsonb(m) - '{created_at,viewer_id,acting_for}'::text[]",
	},
}

// rows is the source as rows of the trail.
func (s source) rows(where string) string {
	or := func(expr, none string) string {
		if expr == "" {
			return "'" + none + "'::text"
		}
		return "coalesce(" + expr + ", '" + none + "')::text"
	}
	if where != "" {
		where = " WHERE " + where
	}
	return "SELECT m.id, " + s.at + " AS at, '" + s.table + "'::text AS table_name, m.id::text AS row_id, 'I'::text AS op, " + or(s.actor, "system:") + " AS actor, " +
		or(s.behind, "") + " AS acting_for, " + or(s.action, "") + " AS action, ''::text AS request, jsonb_build_array(" + s.values + ") AS changes FROM " + s.table + " m" + where
}

const trailRows = "SELECT t.id, t.at, t.table_name, t.row_id, t.op::text AS op, t.actor, t.acting_for, t.action, t.request, t.changes FROM audit.trail t"

// part belongs to a record of another table. ids is the SQL of the keys of its
// rows that are there; column, where rows are deleted too, is the attribute that
// names the record.
type part struct{ table, ids, column string }

// parts of the records whose story is told with theirs. {id} is the record.
var parts = map[string][]part{
	"appeals": {
		{"appeal_coexecutors", "SELECT id::text FROM appeal_coexecutors WHERE appeal_id = {id}", "appeal_id"},
		{"resolutions", "SELECT id::text FROM resolutions WHERE appeal_id = {id}", ""},
		{"answers", "SELECT id::text FROM answers WHERE appeal_id = {id}", ""},
		{"files", "SELECT id::text FROM files WHERE appeal_id = {id} OR answer_id IN (SELECT id FROM answers WHERE appeal_id = {id})", ""},
	},
	"petitions": {
		{"petition_claims", "SELECT {id}::text", ""},
		{"petition_terms", "SELECT id::text FROM petition_terms WHERE petition_id = {id}", ""},
		{"petition_answers", "SELECT id::text FROM petition_answers WHERE petition_id = {id}", ""},
		{"petition_milestones", "SELECT id::text FROM petition_milestones WHERE petition_id = {id}", ""},
		{"petition_sweeps", "SELECT id::text FROM petition_sweeps WHERE petition_id = {id}", ""},
	},
	"people": {
		{"role_grants", "SELECT id::text FROM role_grants WHERE person_id = {id}", "person_id"},
		{"appointments", "SELECT id::text FROM appointments WHERE person_id = {id}", "person_id"},
		{"delegations", "SELECT id::text FROM delegations WHERE from_person = {id} OR to_person = {id}", ""},
	},
}

// story is the SQL of a record with its parts: $1 table, $2 row. id is the row as a
// number, 0 when it is none.
func story(table string, id int64) string {
	n := strconv.FormatInt(id, 10)
	of := func(cond string) string { return strings.ReplaceAll(cond, "{id}", n) }
	all := []string{trailRows + " WHERE t.table_name = $1 AND t.row_id = $2"}
	for _, s := range sources {
		if s.table == table && id != 0 {
			all = append(all, s.rows("m.id = "+n))
		}
		if cond := s.parents[table]; cond != "" && id != 0 {
			all = append(all, s.rows(of(cond)))
		}
		if s.table == "trail_views" {
			all = append(all, s.rows("m.table_name = $1 AND m.row_id = $2"))
		}
	}
	if id != 0 {
		for _, p := range parts[table] {
			name, ids := "t.table_name = '"+p.table+"'", of(p.ids)
			if p.column != "" {
				ids += " UNION SELECT t.row_id FROM audit.trail t WHERE " + name + " AND t.op = 'D' AND t.changes -> '" + p.column + "' ->> 0 = '" + n + "'"
			}
			all = append(all, trailRows+" WHERE "+name+" AND t.row_id IN ("+ids+")")
		}
	}
	return strings.Join(all, " UNION ALL ")
}
