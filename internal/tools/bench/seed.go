package main

import (
	"context"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ereception/internal/appeals"
	"ereception/internal/demo"
)

// crowd is the people of the run.
type crowd struct {
	resident, specialist int64
	first, count         int64 // the invented applicants have the ids first … first+count-1
	sessionKey           []byte
}

// firstApplicant begins the ids of the invented applicants, far from every
// other number, so that a parameter of a statement can be told to be one.
const (
	firstApplicant = 7_000_000
	applicants     = 20_000  // so many that nobody comes back while his session is remembered
	sampleDraft    = 1 << 40 // a number that no other draft gets
)

// seed fills the database with copies of the demonstration appeals: real
// lengths of texts, real shares of topics and units. Four of a hundred are
// still open, as in the life of a city, the rest is history. Triggers sleep
// meanwhile: nobody will read the trail of invented rows.
func (b *bench) seed(ctx context.Context) error {
	p := &b.people
	p.first, p.count = firstApplicant, applicants
	for email, id := range map[string]*int64{demo.Accounts[0].Email: &p.resident, demo.Accounts[1].Email: &p.specialist} {
		if err := b.su.QueryRow(ctx, "SELECT id FROM people WHERE email = $1", email).Scan(id); err != nil {
			return err
		}
	}
	if err := b.su.QueryRow(ctx, "SELECT secret FROM portal_secrets WHERE name = 'session'").Scan(&p.sessionKey); err != nil {
		return err
	}
	var there int
	if err := b.su.QueryRow(ctx, "SELECT count(*) FROM appeals WHERE number LIKE 'b-%'").Scan(&there); err != nil {
		return err
	}
	var steps []string
	if there == 0 {
		steps = append(seedSQL(b.rows), "CREATE SCHEMA bench", "CREATE TABLE bench.appeals (LIKE public.appeals INCLUDING ALL)",
			"GRANT USAGE ON SCHEMA bench TO erec_app", "GRANT ALL ON ALL TABLES IN SCHEMA bench TO erec_app")
	}
	now := time.Now().UTC().Format(time.RFC3339)
	steps = append(steps,
		// What an earlier run on the same folder has filed becomes history, or the queue would consist of it.
		fmt.Sprintf("UPDATE appeals SET state = 'closed', received_at = received_at - interval '2 years' WHERE number NOT LIKE 'b-%%' AND author_id >= %d AND state = 'received'", firstApplicant),
		"DELETE FROM sessions",
		fmt.Sprintf(`INSERT INTO sessions (id, person_id, method, created_at, last_seen_at, expires_at)
			SELECT md5('session-' || id)::uuid, id, 'password', '%[1]s', '%[1]s', '%[1]s'::timestamptz + interval '7 days' FROM people`, now),
		"VACUUM ANALYZE", "CHECKPOINT")
	for _, q := range append([]string{"SET session_replication_role = replica"}, append(steps, "RESET session_replication_role")...) {
		if _, err := b.su.Exec(ctx, q); err != nil {
			return fmt.Errorf("%.60s…: %w", q, err)
		}
	}
	return b.sample(ctx)
}

// sample chooses pages with a full life on them: answered, with a place.
func (b *bench) sample(ctx context.Context) error {
	for to, sql := range map[*string]string{
		&b.samples.own: `SELECT '/appeals/' || number FROM appeals WHERE author_id = $1 AND answered_at IS NOT NULL AND lat IS NOT NULL
			ORDER BY number LIKE 'b-%', (SELECT count(*) FROM appeal_events e WHERE e.appeal_id = appeals.id) DESC LIMIT 1`,
		&b.samples.office: `SELECT '/cabinet/appeals/' || number FROM appeals WHERE author_id <> $1 AND stage = 'new' AND lat IS NOT NULL AND number NOT LIKE 'b-%' LIMIT 1`,
	} {
		if err := b.su.QueryRow(ctx, sql, b.people.resident).Scan(to); err != nil {
			return err
		}
	}
	id := named("sample", b.people.resident)
	b.samples.draft = "/appeals/drafts/" + id
	if _, err := b.su.Exec(ctx, "DELETE FROM appeal_drafts WHERE author_id = $1 OR id = $2", b.people.resident, named("draft", sampleDraft)); err != nil {
		return err
	}
	if err := b.drafts(ctx, sampleDraft, 1); err != nil {
		return err
	}
	_, err := b.su.Exec(ctx, "UPDATE appeal_drafts SET id = $1, author_id = $2 WHERE id = $3", id, b.people.resident, named("draft", sampleDraft))
	return err
}

func seedSQL(rows int) []string {
	// Columns that a copy takes over as they are.
	same := strings.Join([]string{
		"kind", "procedure", "channel", "author_name", "author_address", "author_phone", "author_email", "answer_channel", "addressee_id",
		"topic_id", "title", "body", "place", "lat", "lon", "district_id", "constituency_id", "public", "confidential", "marks", "control",
		"registered_on", "internal_due", "due_rule", "due_explain_uk", "due_explain_en", "calendar_version", "extended", "unit_id",
		"manager_id", "executor_id",
	}, ", ")
	return []string{
		fmt.Sprintf(`INSERT INTO people (id, email, name, address, phone, status, created_at) OVERRIDING SYSTEM VALUE
			SELECT %d + g, 'applicant' || g || '@example.org', 'Вигаданий Заявник ' || g, 'м. Житомир, вул. Київська, ' || g, '', 'active', now()
			FROM generate_series(0, %d) g`, firstApplicant, applicants-1),
		"DROP INDEX appeals_search",
		fmt.Sprintf(`INSERT INTO appeals (number, state, author_id, filing_key, received_at, registered_at, due_at, answered_at, closed_at, demo, %[1]s)
			SELECT 'b-' || g, CASE WHEN open THEN state ELSE 'closed' END,
				CASE WHEN g %% 4000 = 0 THEN (SELECT id FROM people WHERE email = 'resident@example.org') ELSE %[2]d + g %% %[3]d END,
				gen_random_uuid(), received_at - ago, registered_at - ago, due_at - ago,
				CASE WHEN open THEN answered_at ELSE due_at - ago - interval '3 days' END,
				CASE WHEN open THEN closed_at ELSE due_at - ago END, true, %[1]s
			FROM (SELECT row_number() OVER (ORDER BY id) - 1 AS rn, count(*) OVER () AS n, * FROM appeals) a
			JOIN generate_series(1, %[4]d) g ON g %% a.n = a.rn,
			LATERAL (SELECT g / a.n %% 25 = 0 AS open) o,
			LATERAL (SELECT make_interval(mins => CASE WHEN open THEN g %% 7000 ELSE g * 12 END) AS ago) x`,
			same, firstApplicant, applicants, rows),
		"CREATE INDEX appeals_search ON appeals USING gin (search)",
		`INSERT INTO appeal_events (appeal_id, at, kind, actor_id, actor_name, public, from_state, to_state)
			SELECT a.id, a.received_at + s.after, s.kind, a.author_id, a.author_name, true, '', s.state FROM appeals a,
			(VALUES (interval '0', 'filed', 'received'), (interval '1 hour', 'registered', 'registered')) s (after, kind, state)
			WHERE a.number LIKE 'b-%'`,
	}
}

// session is the cookie of a person; its row was made by seed.
func (c *crowd) session(person int64) string {
	now := time.Now()
	t, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		ID: named("session", person), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(24 * time.Hour)),
	}).SignedString(c.sessionKey)
	if err != nil {
		panic(err) // HMAC takes every key
	}
	return t
}

// named gives the UUID that SQL writes as md5('kind-' || n)::uuid.
func named(kind string, n int64) string {
	return uuid.UUID(md5.Sum(fmt.Appendf(nil, "%s-%d", kind, n))).String()
}

// author is the applicant of the draft k.
func (c *crowd) author(k int64) int64 { return c.first + k%c.count }

// drafts makes the drafts from … from+n-1, ready to be sent.
func (b *bench) drafts(ctx context.Context, from, n int64) error {
	lat, lon := 50.2547, 28.6587
	d := appeals.Draft{
		Kind: appeals.Kinds[0], Title: "Яма на проїзній частині біля школи", Place: "вул. Київська, 12", Lat: &lat, Lon: &lon, Showing: appeals.ShownOnMap,
		Body: strings.Repeat("На проїзній частині біля шкільних воріт утворилася глибока яма, машини об’їжджають її зустрічною смугою. ", 5),
		Name: "Вигаданий Заявник Іванович", Address: "м. Житомир, вул. Київська, 1", Email: "applicant@example.org", Channel: appeals.ByEmail,
	}
	if err := b.su.QueryRow(ctx, "SELECT t.id FROM topics t WHERE t.active AND t.parent_id IS NOT NULL ORDER BY id LIMIT 1").Scan(&d.TopicID); err != nil {
		return err
	}
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = b.su.Exec(ctx, `INSERT INTO appeal_drafts (id, author_id, step, data, created_at, updated_at)
		SELECT md5('draft-' || k)::uuid, $1 + k % $2, 4, $3, now(), now() FROM generate_series($4::bigint, $5::bigint) k`,
		b.people.first, b.people.count, data, from, from+n-1)
	return err
}

// strings reads one column of text.
func (b *bench) strings(ctx context.Context, sql string, args ...any) ([]string, error) {
	rows, err := b.su.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
