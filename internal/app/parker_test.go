package app

import (
	"context"
	"net/url"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/ratelimit"
)

// TestAParkedFormIsItsFirstReaders: it can be loaded again for a day, by whoever
// came first; the next person at the same computer does not find it.
func TestAParkedFormIsItsFirstReaders(t *testing.T) {
	t.Parallel()
	e, ctx := pgtest.New(t), context.Background()
	p := parker{e.DB, ratelimit.New(e.DB.Pool(), []byte("key"))}
	park := func() string {
		id, err := p.Park(ctx, "192.0.2.1", "/form", url.Values{"text": {"слово"}})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	who := func(id int64) authz.Actor { return authz.Actor{Kind: authz.KindPerson, ID: id} }
	id := park()
	for range 2 {
		path, v, err := p.Parked(ctx, who(1), id)
		if err != nil || path != "/form" || v.Get("text") != "слово" || len(v) != 1 {
			t.Fatalf("%s %v %v", path, v, err)
		}
	}
	gone := func(name, id string, who authz.Actor) {
		t.Helper()
		if _, v, err := p.Parked(ctx, who, id); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("%s: %v %v", name, v, err)
		}
	}
	gone("another person", id, who(2))
	gone("what is no id", "1", who(1))
	if err := p.Drop(ctx, id); err != nil {
		t.Fatal(err)
	}
	gone("dropped", id, who(1))
	id = park()
	e.Clock.Advance(parkedFor + time.Minute)
	gone("a day later", id, who(1))
}
