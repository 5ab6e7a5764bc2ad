package app

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/pgtest"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
)

// TestAPublicationReachesThePlatform by the job that its transaction promised, once
// the platform works.
func TestAPublicationReachesThePlatform(t *testing.T) {
	t.Parallel()
	told, refused := make(chan string, 8), make(chan struct{}, 64)
	down := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		select {
		case <-down: // it is up
		default:
			w.WriteHeader(http.StatusBadGateway)
			refused <- struct{}{}
			return
		}
		told <- r.Method + " " + r.URL.Path + " " + r.Header.Get("Authorization") + " " + string(body)
		_, _ = io.WriteString(w, `{"contract":"ereception.held/1","number":1,"revision":1,"url":"https://vzaemodiia.example/1","as_of":"2026-05-03T10:00:00Z","signatures":4}`)
	}))
	defer srv.Close()
	e, ctx := pgtest.New(t), context.Background()
	a, err := Build(ctx, &config.Config{
		DatabaseURL: e.URL, OwnerURL: e.OwnerURL, DataDir: t.TempDir(), BaseURL: "https://e.example", MailFrom: "noreply@example.org",
		VzaemodiiaURL: srv.URL + "/v1", VzaemodiiaToken: "secret-token",
	}, e.Log, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(ctx)
	e.Owner(t, `INSERT INTO petition_charters (valid_from, threshold, gathering_days, supporters, supporters_days, check_days, announce_days, review_days, tier, residents_only, source, created_at)
		VALUES ('2020-01-01', 300, 90, 0, 30, 2, 3, 10, 'strong', true, 'Статут', now())`)
	e.Owner(t, "INSERT INTO people (email, name, status, email_confirmed_at, created_at) VALUES ('clerk@example.org', 'Демченко Олена Карпівна', 'active', now(), now())")
	e.Owner(t, `INSERT INTO petitions (number, state, author_name, title, essence, filing_key, support_key, salt, charter_id, threshold, tier, residents_only, created_at, submitted_at)
		SELECT 1, 'checking', 'Вигадана Олена Петрівна', 'Лавки в сквері', 'Просимо поставити лавки.', gen_random_uuid(), 'k', '\x01', max(id), 300, 'strong', true, now(), now() FROM petition_charters`)
	clerk := authz.Actor{Kind: authz.KindPerson, ID: int64(e.Count(t, "SELECT max(id) FROM people")), Name: "Демченко Олена Карпівна", Roles: []authz.Role{authz.RoleSpecialist}}
	if err := a.Petitions.Publish(ctx, clerk, 1, 0); err != nil {
		t.Fatal(err) // the platform is down, and the city publishes
	}
	select {
	case <-refused:
	case <-time.After(30 * time.Second):
		t.Fatal("the platform was never asked")
	}
	close(down)
	select {
	case got := <-told: // River asks again in a second or two
		for _, want := range []string{"PUT /v1/petitions/1 Bearer secret-token ", `"contract":"ereception.petition/1"`, `"state":"gathering"`, `"author":"Вигадана Олена Петрівна"`} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in %s", want, got)
			}
		}
		if strings.Contains(got, "example.org") || strings.Contains(got, "Демченко") {
			t.Errorf("it tells more than the page: %s", got)
		}
	case <-time.After(60 * time.Second):
		t.Fatal("the platform was not told once it worked")
	}
	for range 100 {
		if e.Count(t, "SELECT count(*) FROM petition_exchanges WHERE sent_revision = 1 AND failure = '' AND outside_count = 4") == 1 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("what came of it is not kept")
}

// TestTheExchangeIsAskedFor: without its address there is none, and half a
// configuration is an error that tells no secret.
func TestTheExchangeIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, url, token string
		on, fails        bool
	}{
		{"nothing", "", "", false, false},
		{"both", "https://vzaemodiia.example/v1", "secret-token", true, false},
		{"no token", "https://vzaemodiia.example/v1", "", false, true},
		{"no address", "", "secret-token", false, true},
		{"in the clear", "http://vzaemodiia.example/v1", "secret-token", false, true},
	} {
		p, err := nationalPlatform(&config.Config{BaseURL: "https://e.example", VzaemodiiaURL: c.url, VzaemodiiaToken: c.token}, clock.System{})
		if (p != nil) != c.on || (err != nil) != c.fails || err != nil && (strings.Contains(err.Error(), "secret-token") || !strings.Contains(err.Error(), "EREC_VZAEMODIIA_URL")) {
			t.Errorf("%s: %v %v", c.name, p, err)
		}
	}
	dump := (&config.Config{VzaemodiiaToken: "secret-token"}).Dump()
	if strings.Contains(dump, "secret-token") || !strings.Contains(dump, "EREC_VZAEMODIIA_TOKEN") {
		t.Errorf("the log of the start: %s", dump)
	}
}
