package arch

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"ereception/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// notAudited lists the tables without a trail, each with the reason.
var notAudited = map[string]string{
	"goose_db_version":        "of the migrations, written by the owner alone",
	"rate_counters":           "counters of attempts under keyed hashes, no record of anything",
	"counters":                "the numbers that they gave stand in the records",
	"appeal_drafts":           "the private notes of their author, saved as he types; the appeal made of them is audited",
	"letters":                 "nobody edits one: the portal writes it and marks it sent or failed once, and the row keeps both moments",
	"procurement_documents":   "a copy of public documents; the source keeps their history",
	"procurement_tenders":     "extracted from procurement_documents",
	"procurement_contracts":   "extracted from procurement_documents",
	"procurement_plans":       "extracted from procurement_documents",
	"procurement_monitorings": "extracted from procurement_documents",
	"procurement_register":    "read model of the mirror",
	"procurement_suppliers":   "extracted from procurement_documents",
	"procurement_payments":    "a copy of the treasury's open data",
	"procurement_feeds":       "position of a reader of the API",
	"procurement_queue":       "ids that wait to be fetched",
	"petition_drafts":         "the private notes of their author, as appeal_drafts; the petition made of them is audited",
	"petition_deltas":         "what triggers add for the counter, taken away when it is counted",
	"petition_counts":         "counted from petition_signatures, which the nightly check proves",
	"petition_hours":          "counted from petition_signatures",
	"petition_districts":      "counted from petition_signatures",
	"petition_exchanges":      "how far another site was told; what it is told is public",
	"procurement_finds":       "read model of the mirror",
	"parked_forms":            "what a person typed before his session ended; taken away when he sends it again",
}

// TestEveryTableIsAudited: a table has a trail, or can only be appended to, or
// stands above with a reason.
func TestEveryTableIsAudited(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	q, err := e.DB.ReadPool().Query(context.Background(), `
		SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname NOT LIKE 'river%'
		   AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname IN ('audit_row', 'append_only'))
		 ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := pgx.CollectRows(q, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range bare {
		seen[name] = true
		if notAudited[name] == "" {
			t.Errorf("table %s is not audited and stands on no list with a reason", name)
		}
	}
	for name := range notAudited {
		if !seen[name] {
			t.Errorf("table %s is on the list of the unaudited but is audited or gone", name)
		}
	}
	if n := e.Count(t, "SELECT count(*) FROM pg_trigger WHERE tgname = 'audit_row'"); n < 15 {
		t.Errorf("only %d tables are audited", n)
	}
	// New rows have a trigger of their own, which knows whether there is something to hide.
	q, err = e.DB.ReadPool().Query(context.Background(), `
		SELECT c.relname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
		 WHERE g.tgname = 'audit_row' AND c.relname <> 'petition_signatures' -- a row of it is its own record (ADR 0018)
		   AND NOT EXISTS (SELECT FROM pg_trigger w WHERE w.tgrelid = c.oid AND w.tgname = 'audit_new' AND w.tgenabled = 'O' AND (
		     split_part(encode(w.tgargs, 'escape'), '\000', 3) = 'secrets')
		     = EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname ~ '(password|secret|token|hash)'))
		 ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	if bare, err = pgx.CollectRows(q, pgx.RowTo[string]); err != nil || len(bare) > 0 {
		t.Errorf("new rows of %v are not audited, or their secrets would stand in the trail: attach again (%v)", bare, err)
	}
}
