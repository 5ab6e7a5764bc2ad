package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"ereception/internal/authz"
	"ereception/internal/pgtest"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const newUnit = "INSERT INTO units (code, name_uk, created_at) VALUES (?, ?, ?)"

func admin() authz.Actor {
	return authz.Actor{Kind: authz.KindPerson, ID: 7, Roles: []authz.Role{authz.RoleAdmin}}
}

type closed struct{}

func (closed) Permit(authz.Actor, authz.Action) error { return errs.NotFound() }

func TestWrite(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for _, c := range []struct {
		name  string
		actor authz.Actor
		fn    func(*db.Tx) error
		kind  errs.Kind
		err   string
		units int
		jobs  int
	}{
		{
			name: "a change and its job commit together", actor: admin(), units: 1, jobs: 1,
			fn: func(tx *db.Tx) error {
				tx.Enqueue(kind.Housekeeping{})
				return errors.Join(tx.Authorize(authz.Anyone), tx.Exec(newUnit, "a", "A", tx.Now).Error)
			},
		},
		{
			name: "an error takes the change and the job back", actor: admin(), err: "boom",
			fn: func(tx *db.Tx) error {
				tx.Enqueue(kind.Housekeeping{})
				return errors.Join(tx.Authorize(authz.Anyone), tx.Exec(newUnit, "a", "A", tx.Now).Error, boom)
			},
		},
		{
			name: "a write that asked no record is taken back", actor: admin(), err: "not authorized",
			fn: func(tx *db.Tx) error { return tx.Exec(newUnit, "a", "A", tx.Now).Error },
		},
		{
			name: "a record that refuses ends the write", actor: admin(), kind: errs.KindNotFound,
			fn: func(tx *db.Tx) error {
				if err := tx.Exec(newUnit, "a", "A", tx.Now).Error; err != nil {
					return err
				}
				return tx.Authorize(closed{})
			},
		},
		{
			name: "a role that lacks the action does not begin", kind: errs.KindForbidden,
			actor: authz.Actor{Kind: authz.KindPerson, ID: 1},
			fn:    func(*db.Tx) error { panic("must not run") },
		},
		{
			name: "a guest is asked to sign in", kind: errs.KindUnauthenticated,
			fn: func(*db.Tx) error { panic("must not run") },
		},
		{
			name: "a nested transaction of gorm is a savepoint", actor: admin(), units: 1,
			fn: func(tx *db.Tx) error {
				if err := tx.Authorize(authz.Anyone); err != nil {
					return err
				}
				_ = tx.Transaction(func(g *gorm.DB) error {
					_ = g.Exec(newUnit, "lost", "L", tx.Now)
					return boom
				})
				return tx.Exec(newUnit, "kept", "K", tx.Now).Error
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := pgtest.New(t)
			err := e.DB.Write(context.Background(), c.actor, authz.CityManage, c.fn)
			switch {
			case c.kind != errs.KindInternal:
				if !errs.Is(err, c.kind) {
					t.Errorf("error %v, want kind %d", err, c.kind)
				}
			case c.err != "":
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %v, want %q", err, c.err)
				}
			case err != nil:
				t.Fatal(err)
			}
			if n := e.Count(t, "SELECT count(*) FROM units"); n != c.units {
				t.Errorf("%d units, want %d", n, c.units)
			}
			if n := e.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'units'"); n != c.units {
				t.Errorf("%d rows in the trail, want %d", n, c.units)
			}
			if n := e.Jobs(t, "housekeeping"); n != c.jobs {
				t.Errorf("%d jobs, want %d", n, c.jobs)
			}
		})
	}
}

func TestTrailKeepsOldAndNewAndNoSecret(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	a := admin()
	a.ActingFor = &authz.Principal{ID: 9}
	if err := e.DB.Write(ctx, a, authz.CityManage, func(tx *db.Tx) error {
		return errors.Join(tx.Authorize(authz.Anyone), tx.Exec(newUnit, "a", "Стара", tx.Now).Error,
			tx.Exec("INSERT INTO people (email, name, password_hash, created_at) VALUES ('x@example.org', 'Х', 'argon', ?)", tx.Now).Error)
	}); err != nil {
		t.Fatal(err)
	}
	if err := e.DB.Write(ctx, a, authz.CityManage, func(tx *db.Tx) error {
		return errors.Join(tx.Authorize(authz.Anyone), tx.Exec("UPDATE units SET name_uk = 'Нова'").Error)
	}); err != nil {
		t.Fatal(err)
	}
	var actor, acting, action string
	var changes map[string][2]json.RawMessage
	var raw []byte
	if err := e.DB.ReadPool().QueryRow(ctx, "SELECT actor, acting_for, action, changes FROM audit.trail WHERE op = 'U'").Scan(&actor, &acting, &action, &raw); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &changes); err != nil {
		t.Fatal(err)
	}
	if actor != "person:7" || acting != "person:9" || action != "city.manage" {
		t.Errorf("actor %s for %s did %s", actor, acting, action)
	}
	if len(changes) != 1 || string(changes["name_uk"][0]) != `"Стара"` || string(changes["name_uk"][1]) != `"Нова"` {
		t.Errorf("changes %s", raw)
	}
	if n := e.Count(t, "SELECT count(*) FROM audit.trail WHERE changes::text LIKE '%argon%'"); n != 0 {
		t.Error("the trail holds a password hash")
	}
	if n := e.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'people' AND changes -> 0 ->> 'name' = 'Х'"); n != 1 {
		t.Error("the trail lacks the initial values")
	}
}

func TestThePortalCannotTouchTheTrail(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	if err := e.DB.Write(ctx, admin(), authz.CityManage, func(tx *db.Tx) error {
		return errors.Join(tx.Authorize(authz.Anyone), tx.Exec(newUnit, "a", "A", tx.Now).Error)
	}); err != nil {
		t.Fatal(err)
	}
	owner, err := pgx.Connect(ctx, e.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = owner.Close(ctx) }()
	for sql, want := range map[string]string{
		"UPDATE audit.trail SET actor = 'x'": "AU002",
		"DELETE FROM audit.trail":            "AU002",
		"TRUNCATE audit.trail":               "AU002",
		"INSERT INTO units (code, name_uk, created_at) VALUES ('b', 'B', now())": "AU001",
	} {
		if _, err := owner.Exec(ctx, sql); db.Code(err) != want {
			t.Errorf("the owner: %s: %v, want %s", sql, err, want)
		}
		_, err := e.DB.Pool().Exec(ctx, sql)
		if c := db.Code(err); c != "42501" && c != want {
			t.Errorf("the portal: %s: %v, want a refusal", sql, err)
		}
	}
	for _, sql := range []string{
		"INSERT INTO audit.trail (table_name, row_id, op, actor, action, changes) VALUES ('x','1','I','x','x','{}')",
		"ALTER TABLE units DISABLE TRIGGER ALL", "DROP TRIGGER audit_row ON units",
	} {
		if _, err := e.DB.Pool().Exec(ctx, sql); db.Code(err) != "42501" {
			t.Errorf("the portal: %s: %v, want 42501", sql, err)
		}
	}
	if _, err := e.DB.ReadPool().Exec(ctx, "SELECT set_config('app.actor','x',false); DELETE FROM units"); err == nil {
		t.Error("the read handle wrote")
	}
	if n := e.Count(t, "SELECT count(*) FROM audit.trail"); n != 1 {
		t.Errorf("%d rows in the trail, want 1", n)
	}
}

func TestSaveRefusesAStaleVersion(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	type Unit struct{ ID int64 }
	if err := e.DB.Write(ctx, admin(), authz.CityManage, func(tx *db.Tx) error {
		return errors.Join(tx.Authorize(authz.Anyone), tx.Exec(newUnit, "a", "A", tx.Now).Error)
	}); err != nil {
		t.Fatal(err)
	}
	var id int64
	if err := e.DB.Read(ctx).Raw("SELECT id FROM units").Scan(&id).Error; err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	results := make(chan error, 8)
	for range 8 {
		wg.Go(func() {
			results <- e.DB.Write(ctx, admin(), authz.CityManage, func(tx *db.Tx) error {
				return errors.Join(tx.Authorize(authz.Anyone), tx.Save(&Unit{ID: id}, 1, map[string]any{"name_uk": "B"}))
			})
		})
	}
	wg.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if !errs.Is(err, errs.KindConflict) {
			t.Errorf("%v, want a conflict", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of 8 saves of one version won, want 1", won)
	}
}

func TestAMonthThatBeganWithoutAPartition(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	e.Owner(t, `DO $$ DECLARE p regclass; BEGIN
		FOR p IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'audit.trail'::regclass AND inhrelid <> 'audit.trail_other'::regclass LOOP
			EXECUTE 'DROP TABLE ' || p; END LOOP; END $$`)
	insert := func(code string) {
		if err := e.DB.Write(ctx, admin(), authz.CityManage, func(tx *db.Tx) error {
			return errors.Join(tx.Authorize(authz.Anyone), tx.Exec(newUnit, code, "A", tx.Now).Error)
		}); err != nil {
			t.Fatal(err)
		}
	}
	insert("a")
	if n := e.Count(t, "SELECT count(*) FROM audit.trail_other"); n != 1 {
		t.Fatalf("%d rows without a month", n)
	}
	for range 2 {
		if _, err := e.DB.Pool().Exec(ctx, "SET timezone = 'Europe/Kyiv'; SELECT audit.ensure_partitions(current_date)"); err != nil {
			t.Fatalf("the partitions of a month that has begun: %v", err)
		}
	}
	insert("b")
	if n := e.Count(t, "SELECT count(*) FROM audit.trail"); n != 2 {
		t.Errorf("%d rows in the trail, want 2", n)
	}
	if n := e.Count(t, `SELECT count(*) FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
		WHERE i.inhparent = 'audit.trail'::regclass AND pg_get_expr(c.relpartbound, c.oid) LIKE '%-01 00:00:00+00%'`); n != 2 {
		t.Errorf("%d of the two next months were made, from midnight of UTC", n)
	}
}

func TestThePortalCannotForgeTheTrail(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	c, err := pgx.Connect(ctx, e.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, "CREATE TEMP TABLE appeals (id bigint)"); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"CREATE TRIGGER x AFTER UPDATE ON pg_temp.appeals FOR EACH ROW EXECUTE FUNCTION audit.record('id', '')",
		"CREATE TRIGGER x AFTER INSERT ON pg_temp.appeals REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit.record_new('id', '', '')",
		"SELECT audit.attach('pg_temp.appeals')",
	} {
		if _, err := c.Exec(ctx, sql); db.Code(err) != "42501" {
			t.Errorf("the portal's role hung the trail on a table of its own: %v", err)
		}
	}
}

// TestCancelledWritesLeaveNoDirtyConnection ends the context at every moment of
// a write; the pool must be whole after it, and no change half done.
func TestCancelledWritesLeaveNoDirtyConnection(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i%60)*300*time.Microsecond)
			defer cancel()
			code := fmt.Sprintf("u%d", i)
			defer func() {
				if v := recover(); v != nil && v != "boom" {
					panic(v)
				}
			}()
			_ = e.DB.Write(ctx, admin(), authz.CityManage, func(tx *db.Tx) error {
				if err := tx.Authorize(authz.Anyone); err != nil {
					return err
				}
				if err := tx.Exec(newUnit, code, "A", tx.Now).Error; err != nil {
					return err
				}
				if i%7 == 0 {
					panic("boom")
				}
				_, err := tx.Pgx().Exec(tx.Statement.Context, "UPDATE units SET name_uk = 'B' WHERE code = $1", code)
				return err
			})
		})
	}
	wg.Wait()
	ctx := context.Background()
	for range 40 {
		if err := e.DB.Write(ctx, admin(), authz.CityManage, func(tx *db.Tx) error {
			return errors.Join(tx.Authorize(authz.Anyone), tx.Exec("UPDATE units SET name_en = name_en || 'x'").Error)
		}); err != nil {
			t.Fatalf("a write after the cancelled ones: %v", err)
		}
	}
	if n := e.Count(t, "SELECT count(*) FROM units WHERE name_uk <> 'B'"); n != 0 {
		t.Errorf("%d changes are half done", n)
	}
	if n := e.Count(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"); n != 0 {
		t.Errorf("%d connections lie in a transaction", n)
	}
	if s := e.DB.Pool().Stat(); s.AcquiredConns() != 0 {
		t.Errorf("%d connections were not given back", s.AcquiredConns())
	}
}

// TestACommitOutlivesItsRequest: a person who closes the page at the last
// moment gets his change whole, with what follows it, or not at all.
func TestACommitOutlivesItsRequest(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	ctx, cancel := context.WithCancel(context.Background())
	followed := false
	err := e.DB.Write(ctx, admin(), authz.CityManage, func(tx *db.Tx) error {
		err := errors.Join(tx.Authorize(authz.Anyone), tx.Exec(newUnit, "a", "A", tx.Now).Error)
		tx.AfterCommit(func() { followed = true })
		cancel()
		return err
	})
	n := e.Count(t, "SELECT count(*) FROM units")
	if (err == nil) != (n == 1) || (n == 1) != followed {
		t.Errorf("error %v, %d rows, followed %v", err, n, followed)
	}
}

// TestLastStatements: they travel with COMMIT, and are as much a part of the
// write as any other.
func TestLastStatements(t *testing.T) {
	t.Parallel()
	const insert = "INSERT INTO units (code, name_uk, created_at) VALUES ($1, 'A', $2) RETURNING code"
	for _, c := range []struct {
		name  string
		fn    func(tx *db.Tx, got *string) error
		code  string // SQLSTATE of the error
		err   bool
		got   string
		units int
		jobs  int
	}{
		{
			name: "the whole of a write is last statements", got: "b", units: 2, jobs: 1,
			fn: func(tx *db.Tx, got *string) error {
				tx.Last(insert, "a", tx.Now)
				tx.Last(insert, "b", tx.Now).QueryRow(func(r pgx.Row) error { return r.Scan(got) })
				tx.Enqueue(kind.Housekeeping{})
				return tx.Authorize(authz.Anyone)
			},
		},
		{
			name: "after other statements", got: "b", units: 2,
			fn: func(tx *db.Tx, got *string) error {
				tx.Last("UPDATE units SET code = 'b' WHERE code = 'a' RETURNING code").QueryRow(func(r pgx.Row) error { return r.Scan(got) })
				return errors.Join(tx.Authorize(authz.Anyone), tx.Exec(newUnit, "a", "A", tx.Now).Error, tx.Exec(newUnit, "c", "C", tx.Now).Error)
			},
		},
		{
			name: "a last statement that fails takes everything back", code: "23505", err: true,
			fn: func(tx *db.Tx, _ *string) error {
				tx.Last(insert, "b", tx.Now)
				tx.Last(insert, "a", tx.Now)
				tx.Enqueue(kind.Housekeeping{})
				return errors.Join(tx.Authorize(authz.Anyone), tx.Exec(newUnit, "a", "A", tx.Now).Error)
			},
		},
		{
			name: "and so does one where nothing else was said", code: "23505", err: true,
			fn: func(tx *db.Tx, _ *string) error {
				tx.Last(insert, "a", tx.Now)
				tx.Last(insert, "a", tx.Now)
				return tx.Authorize(authz.Anyone)
			},
		},
		{
			name: "without a record that was asked nothing is sent", err: true,
			fn: func(tx *db.Tx, _ *string) error {
				tx.Last(insert, "a", tx.Now)
				return nil
			},
		},
		{
			name: "a transaction that an error of the database broke is not committed", code: "25P02", err: true,
			fn: func(tx *db.Tx, _ *string) error {
				_ = tx.Exec("SELECT 1/0").Error
				tx.Last(insert, "a", tx.Now)
				return tx.Authorize(authz.Anyone)
			},
		},
		{
			name: "nor is one with nothing last", err: true,
			fn: func(tx *db.Tx, _ *string) error {
				_ = tx.Exec(newUnit, "a", "A", tx.Now).Error
				_ = tx.Exec("SELECT 1/0").Error
				return tx.Authorize(authz.Anyone)
			},
		},
		{
			name: "a write without a statement is none",
			fn:   func(tx *db.Tx, _ *string) error { return tx.Authorize(authz.Anyone) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e, got, followed := pgtest.New(t), "", false
			err := e.DB.Write(context.Background(), admin(), authz.CityManage, func(tx *db.Tx) error {
				tx.AfterCommit(func() { followed = true })
				return c.fn(tx, &got)
			})
			if (err != nil) != c.err || db.Code(err) != c.code || followed == c.err || !c.err && got != c.got {
				t.Errorf("error %v, got %q, followed %v", err, got, followed)
			}
			if n := e.Count(t, "SELECT count(*) FROM units"); n != c.units {
				t.Errorf("%d units, want %d", n, c.units)
			}
			if n := e.Count(t, "SELECT count(*) FROM audit.trail WHERE op = 'I' AND actor = 'person:7'"); n != c.units {
				t.Errorf("%d rows in the trail, want %d", n, c.units)
			}
			if n := e.Jobs(t, "housekeeping"); n != c.jobs {
				t.Errorf("%d jobs, want %d", n, c.jobs)
			}
			if n := e.Count(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"); n != 0 {
				t.Errorf("%d connections lie in a transaction", n)
			}
		})
	}
}

// TestAWriteThatIsOverTakesNoMore: a statement past the end would run outside
// of any transaction.
func TestAWriteThatIsOverTakesNoMore(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	if err := e.DB.Write(ctx, admin(), authz.CityManage, func(tx *db.Tx) error {
		if err := errors.Join(tx.Authorize(authz.Anyone), tx.Pgx().Rollback(ctx)); err != nil {
			return err
		}
		return tx.Exec(newUnit, "a", "A", tx.Now).Error
	}); err == nil {
		t.Error("a write went on after its end")
	}
	if n := e.Count(t, "SELECT count(*) FROM units"); n != 0 {
		t.Errorf("%d units", n)
	}
}

// TestAConnectionThatWasGivenAwayIsNotTouched: a statement of gorm that finds its
// context over makes database/sql give the connection back. A write that spoke on
// it after that, to commit or to roll back, killed the process now and then.
func TestAConnectionThatWasGivenAwayIsNotTouched(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	for i := range 100 {
		ctx, cancel := context.WithCancel(context.Background())
		err := e.DB.Write(ctx, admin(), authz.CityManage, func(tx *db.Tx) error {
			if err := errors.Join(tx.Authorize(authz.Anyone), tx.Exec(newUnit, "a", "A", tx.Now).Error); err != nil {
				return err
			}
			cancel()
			err := tx.Exec(newUnit, "b", "B", tx.Now).Error
			if i%2 == 0 {
				return err
			}
			tx.Statement.Context = context.Background()
			return nil // goes on as if nothing had been
		})
		if err == nil {
			t.Fatal("a write whose connection is gone was committed")
		}
	}
	if n := e.Count(t, "SELECT count(*) FROM units"); n != 0 {
		t.Errorf("%d units", n)
	}
}

func TestWriteSharedNamesEachPersonForHisRows(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	ann, bob := db.Share{Actor: resident(t, e, "ann"), Key: uuid.New(), Request: "r-ann"}, db.Share{Actor: resident(t, e, "bob"), Key: uuid.New(), Request: "r-bob"}
	insert := func(keys ...uuid.UUID) func(*db.Tx) error {
		return func(tx *db.Tx) error {
			if err := tx.AuthorizeAs(ann.Actor, authz.Anyone); err != nil {
				return err
			}
			for _, k := range keys {
				tx.Last(`INSERT INTO appeals (number, kind, procedure, state, author_id, author_name, answer_channel, title, body, received_at, registered_on, due_at, internal_due,
					due_rule, due_explain_uk, due_explain_en, calendar_version, filing_key)
					SELECT $1, 'application', 'appeal', 'received', id, name, 'portal', 't', 'b', now(), now(), now(), now(), '', '', '', '', $2 FROM people LIMIT 1`, k.String(), k)
			}
			return nil
		}
	}
	if err := e.DB.WriteShared(ctx, authz.AppealFile, []db.Share{ann, bob}, insert(ann.Key, bob.Key)); err != nil {
		t.Fatal(err)
	}
	for _, s := range []db.Share{ann, bob} {
		if n := e.Count(t, `SELECT count(*) FROM audit.trail t JOIN appeals a ON a.id::text = t.row_id WHERE t.table_name = 'appeals' AND a.filing_key = $1
			AND t.actor = $2 AND t.request = $3 AND t.action = 'appeal.file'`, s.Key, s.Actor.Trail(), s.Request); n != 1 {
			t.Errorf("%s has %d rows of the trail", s.Request, n)
		}
	}
	if n := e.Count(t, "SELECT count(DISTINCT txid) FROM audit.trail WHERE table_name = 'appeals'"); n != 1 {
		t.Errorf("%d transactions", n)
	}
	third := uuid.New()
	for _, c := range []struct {
		name   string
		shares []db.Share
		keys   []uuid.UUID
		want   func(error) bool
	}{
		{"a row that is nobody’s", []db.Share{ann, bob}, []uuid.UUID{uuid.New(), third}, func(err error) bool { return db.Code(err) == "AU001" }},
		{"one who may not", []db.Share{{Actor: authz.Guest(), Key: third}}, []uuid.UUID{third}, func(err error) bool { return errs.Is(err, errs.KindUnauthenticated) }},
		{"two with one key", []db.Share{ann, {Actor: bob.Actor, Key: ann.Key}}, []uuid.UUID{third}, func(err error) bool { return err != nil }},
	} {
		if err := e.DB.WriteShared(ctx, authz.AppealFile, c.shares, insert(c.keys...)); !c.want(err) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	refused := e.DB.WriteShared(ctx, authz.AppealFile, []db.Share{ann, bob}, func(tx *db.Tx) error {
		if err := insert(ann.Key)(tx); err != nil {
			return err
		}
		return tx.AuthorizeAs(bob.Actor, closed{})
	})
	unasked := e.DB.WriteShared(ctx, authz.AppealFile, []db.Share{{Actor: bob.Actor, Key: third}}, func(tx *db.Tx) error {
		tx.Last("UPDATE units SET version = version")
		return nil
	})
	if !errs.Is(refused, errs.KindNotFound) || unasked == nil {
		t.Errorf("one whom the record refuses: %v; no record was asked: %v", refused, unasked)
	}
	if n := e.Count(t, "SELECT count(*) FROM appeals"); n != 2 {
		t.Errorf("%d appeals: what is refused must leave nothing", n)
	}
}

func resident(t *testing.T, e *pgtest.Env, name string) authz.Actor {
	t.Helper()
	e.Owner(t, "INSERT INTO people (email, name, status, created_at) VALUES ($1, $2, 'active', now())", name+"@example.org", name)
	return authz.Actor{Kind: authz.KindPerson, ID: int64(e.Count(t, "SELECT id FROM people WHERE name = $1", name)), Name: name}
}

// TestAnInstanceMayHaveAName: the list of connections tells instances apart where the
// address of the database names them.
func TestAnInstanceMayHaveAName(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	u, err := url.Parse(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "second"} {
		q := u.Query()
		want := "ereception"
		if name != "" {
			q.Set("application_name", name)
			want = name
		}
		u.RawQuery = q.Encode()
		d, err := db.Open(ctx, db.Options{URL: u.String(), Clock: e.Clock, Log: e.Log, MaxConns: 2})
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if err := d.Pool().QueryRow(ctx, "SELECT current_setting('application_name')").Scan(&got); err != nil || got != want {
			t.Errorf("%q: %q, %v", name, got, err)
		}
		d.Close()
	}
}
