package exchange

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ereception/internal/petitions"
	"ereception/internal/platform/clock"
)

func failure(err error) petitions.Failure {
	var p *petitions.PlatformError
	if errors.As(err, &p) {
		return p.Failure
	}
	return ""
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url, token string
		ok         bool
	}{
		{"https://vzaemodiia.example/api/v1", "t", true},
		{"http://localhost:9/v1", "t", true},
		{"http://vzaemodiia.example/api", "t", false}, // the token in the clear
		{"https://user@vzaemodiia.example", "t", false},
		{"https://vzaemodiia.example/?x=1", "t", false},
		{"vzaemodiia.example", "t", false},
		{"", "t", false},
		{"https://vzaemodiia.example", "", false},
		{"https://vzaemodiia.example", "two words", false},
	} {
		_, err := New(Options{URL: c.url, Token: c.token, Clock: clock.At(asOf)})
		if (err == nil) != c.ok {
			t.Errorf("%q %q: %v", c.url, c.token, err)
		}
		if err != nil && c.token != "" && c.token != "t" && strings.Contains(err.Error(), c.token) {
			t.Errorf("the error tells the token: %v", err)
		}
	}
}

// TestAnswersThatWereNotAgreed are failures, and none of their words gets out.
func TestAnswersThatWereNotAgreed(t *testing.T) {
	t.Parallel()
	const good = `{"contract":"ereception.held/1","number":215,"revision":1,"url":"https://vzaemodiia.example/1","as_of":"2026-05-03T10:00:00Z"`
	for _, c := range []struct {
		name, body string
		status     int
		want       petitions.Failure
	}{
		{"as agreed", good + `}`, 200, ""},
		{"with a field that is new", good + `,"mood":"good"}`, 200, ""},
		{"a page of a proxy", "<html>secret</html>", 200, petitions.FailAnswer},
		{"nothing", "", 200, petitions.FailAnswer},
		{"another contract", strings.Replace(good, "held/1", "held/2", 1) + `}`, 200, petitions.FailAnswer},
		{"another petition", strings.Replace(good, "215", "216", 1) + `}`, 200, petitions.FailAnswer},
		{"an older revision than was told, and yes", strings.Replace(good, `"revision":1`, `"revision":0`, 1) + `}`, 200, petitions.FailAnswer},
		{"a link that is a script", strings.Replace(good, "https://vzaemodiia.example/1", "javascript:alert(1)", 1) + `}`, 200, petitions.FailAnswer},
		{"fewer than none", good + `,"signatures":-1}`, 200, petitions.FailAnswer},
		{"far too much", good + `,"x":"` + strings.Repeat("x", answerMost) + `"}`, 200, petitions.FailAnswer},
		{"no leave", "secret", 403, petitions.FailAccess},
		{"too often", "secret", 429, petitions.FailBusy},
		{"not understood", "secret", 400, petitions.FailRefused},
		{"a gateway", "secret", 502, petitions.FailServer},
		{"no such address", "secret", 404, petitions.FailRefused},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		_, err := client(t, srv.URL, token).Publish(context.Background(), young())
		if failure(err) != c.want || c.want == "" && err != nil || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		srv.Close()
	}
}

func TestTheTokenGoesNowhereElse(t *testing.T) {
	t.Parallel()
	stolen := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen = true }))
	defer other.Close()
	srv := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer srv.Close()
	if _, err := client(t, srv.URL, token).Publish(context.Background(), young()); failure(err) != petitions.FailRefused || stolen {
		t.Errorf("%v, followed %v", err, stolen)
	}
}

func TestASlowPlatformIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-done
	}))
	defer srv.Close()
	defer close(done)
	c, err := New(Options{URL: srv.URL, Token: token, Clock: clock.At(asOf), Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Publish(context.Background(), young()); failure(err) != petitions.FailOffline {
		t.Error(err)
	}
	// What we end ourselves is no failure of the platform.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Held(ctx, 215); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if c.breaker.fails != 1 {
		t.Errorf("%d failures are counted", c.breaker.fails)
	}
}

func TestAFailingPlatformIsLeftAlone(t *testing.T) {
	t.Parallel()
	asks, status := 0, http.StatusInternalServerError
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asks++
		w.WriteHeader(status)
	}))
	defer srv.Close()
	ck := clock.At(asOf)
	c, err := New(Options{URL: srv.URL, Token: token, Clock: ck})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(want petitions.Failure, total int) {
		t.Helper()
		if _, err := c.Held(context.Background(), 1); failure(err) != want || asks != total {
			t.Errorf("%v after %d requests, want %s after %d", err, asks, want, total)
		}
	}
	for n := range breakAfter {
		ask(petitions.FailServer, n+1)
	}
	ask(petitions.FailPaused, 5)
	ck.Advance(breakFirst - time.Second)
	ask(petitions.FailPaused, 5)
	ck.Advance(time.Second)
	ask(petitions.FailServer, 6) // one tries
	ask(petitions.FailPaused, 6)
	ck.Advance(breakFirst)
	ask(petitions.FailPaused, 6) // twice as long now
	ck.Advance(breakFirst)
	status = http.StatusNotFound // it works: the petition alone is not there
	ask(petitions.FailMissing, 7)
	ask(petitions.FailMissing, 8)
	status = http.StatusInternalServerError
	for range 40 {
		ck.Advance(breakMost)
		_, _ = c.Held(context.Background(), 1)
	}
	if pause := c.breaker.until.Sub(ck.Now()); pause != breakMost {
		t.Errorf("the longest pause is %s", pause)
	}
}
