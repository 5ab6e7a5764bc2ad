package demo_test

import (
	"context"
	"database/sql"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver «pgx»
	"github.com/pressly/goose/v3"

	"ereception/internal/appeals"
	"ereception/internal/city"
	"ereception/internal/demo"
	"ereception/internal/petitions"
	"ereception/internal/pgtest"
	"ereception/internal/platform/files"
	"ereception/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

type spots struct{ *city.City }

func (s spots) Spot(ctx context.Context, lat, lon float64) (appeals.Spot, error) {
	p, err := s.Locate(ctx, lat, lon)
	return appeals.Spot{Inside: p.Inside}, err
}

// TestTheDemonstrationIsALivingCity: no queue is empty, every way has its
// examples, the terms are counted, and nobody gets a letter.
func TestTheDemonstrationIsALivingCity(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	if err := city.Seed(ctx, e.DB, true); err != nil {
		t.Fatal(err)
	}
	store, err := files.Open(ctx, files.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	c := city.New(e.DB, nil)
	if err := demo.Load(ctx, demo.Options{URL: e.URL, Now: e.Clock.Now(), Blobs: store, Calendars: c, Locator: spots{c}, Log: e.Log}); err != nil {
		t.Fatal(err)
	}
	if n := e.Count(t, "SELECT count(*) FROM appeals WHERE demo"); n != demo.Appeals {
		t.Errorf("%d appeals", n)
	}
	for _, s := range []appeals.State{
		appeals.Received, appeals.Registered, appeals.ResolutionPending, appeals.InProgress, appeals.Clarifying, appeals.AnswerSigning, appeals.Answered, appeals.Closed, appeals.Reopened,
		appeals.Forwarded, appeals.ReturnedForData, appeals.NotConsidered, appeals.DuplicateLinked, appeals.MeasuresPending,
	} {
		if e.Count(t, "SELECT count(*) FROM appeals WHERE state = $1", string(s)) == 0 {
			t.Errorf("no appeal is %s", s)
		}
	}
	for what, sql := range map[string]string{
		"letters wait to be sent":           "SELECT count(*) FROM letters WHERE state = 'queued'",
		"jobs were left":                    "SELECT count(*) FROM river_job",
		"events lie in the future":          "SELECT count(*) FROM appeal_events WHERE at > '2026-11-25 10:00Z'",
		"signatures by their own author":    "SELECT count(*) FROM signatures s JOIN answers n ON n.id = s.answer_id WHERE s.signer_id = ANY (n.authors)",
		"people are not marked as invented": "SELECT count(*) FROM people WHERE NOT demo",
		"addresses could reach somebody":    "SELECT count(*) FROM people WHERE email NOT LIKE '%@example.org'",
	} {
		if n := e.Count(t, sql); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
	for what, sql := range map[string]string{
		"the printed manager has enough to sign":  "SELECT count(*) - 3 FROM appeals a JOIN people p ON p.id = a.manager_id WHERE p.email = 'manager@example.org' AND a.state = 'answer_signing'",
		"the printed executor has work":           "SELECT count(*) FROM appeals a JOIN people p ON p.id = a.executor_id WHERE p.email = 'executor@example.org' AND a.state = 'in_progress'",
		"the printed resident has answers":        "SELECT count(*) FROM appeals a JOIN people p ON p.id = a.author_id WHERE p.email = 'resident@example.org' AND a.answered_at IS NOT NULL",
		"most appeals have a place in a district": "SELECT count(*) - 200 FROM appeals WHERE lat IS NOT NULL",
	} {
		if e.Count(t, sql) <= 0 {
			t.Errorf("not so: %s", what)
		}
	}
	onMap(ctx, t, e)
	if yes, err := demo.Loaded(ctx, e.DB); err != nil || !yes {
		t.Errorf("loaded: %v, %v", yes, err)
	}
	if err := petitions.SeedLaw(ctx, e.DB); err != nil {
		t.Fatal(err)
	}
	migratesAgain(ctx, t, e)
}

// migratesAgain: the later migrations go down and up on a city that has lived. What
// they write to it is in the trail under their name, else the database refuses it.
func migratesAgain(ctx context.Context, t *testing.T, e *pgtest.Env) {
	t.Helper()
	e.DB.Close() // its statements are of the newest tables
	s, err := sql.Open("pgx", e.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	p, err := goose.NewProvider(goose.DialectPostgres, s, migrations.FS, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		t.Helper()
		if err := s.QueryRowContext(ctx, "SELECT count(*) FROM appeals").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	if _, err := p.DownTo(ctx, 19); err != nil {
		t.Fatalf("down: %v", err)
	}
	if _, err := p.Up(ctx); err != nil {
		t.Fatalf("up: %v", err)
	}
	if n := count(); n != before {
		t.Errorf("%d appeals were %d", n, before)
	}
}

// onMap: the map is full and lively, of many topics and of every look of a pin, and
// nothing on it is private, by the register as by its words.
func onMap(ctx context.Context, t *testing.T, e *pgtest.Env) {
	t.Helper()
	points, err := appeals.New(e.DB, nil, nil, nil, nil, e.Clock, appeals.Site{}).Public(ctx)
	if err != nil {
		t.Fatal(err)
	}
	private := map[int64]bool{}
	for _, code := range []string{"housing.queue", "education.kindergarten", "health", "social", "social.veterans", "social.idp", "land.use", "council"} {
		var id int64
		var personal bool
		if err := e.DB.ReadPool().QueryRow(ctx, "SELECT id, personal FROM topics WHERE code = $1", code).Scan(&id, &personal); err != nil || !personal {
			t.Errorf("the topic %s is personal: %v, %v", code, personal, err)
		}
		private[id] = true
	}
	topics, groups, own := map[int64]int{}, map[string]int{}, 0
	for _, p := range points {
		topics[p.TopicID]++
		switch {
		case p.Late:
			groups["late"]++
		case p.State.Done():
			groups["done"]++
		default:
			groups["open"]++
		}
		if private[p.TopicID] {
			own++
		}
	}
	if own != 0 {
		t.Errorf("%d appeals on personal topics stand on the map", own)
	}
	if len(points) < demo.Appeals*4/10 || len(topics) < 20 || groups["open"] < 10 || groups["done"] < 50 || groups["late"] == 0 {
		t.Errorf("the map is poor: %d points of %d appeals, %d topics, %v", len(points), demo.Appeals, len(topics), groups)
	}
	for what, sql := range map[string]string{
		"public though its topic is personal":    "SELECT count(*) FROM appeals a JOIN topics t ON t.id = a.topic_id WHERE a.public AND t.personal",
		"public though a request of information": "SELECT count(*) FROM appeals WHERE public AND kind = 'info_request'",
	} {
		if n := e.Count(t, sql); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
	asked := e.Count(t, "SELECT count(*) FROM appeals a JOIN topics t ON t.id = a.topic_id WHERE NOT t.personal AND a.kind <> 'info_request'")
	shown := e.Count(t, "SELECT count(*) FROM appeals WHERE public")
	if shown*10 < asked*6 || shown*10 > asked*9 {
		t.Errorf("%d of %d who were asked said yes", shown, asked)
	}
}
