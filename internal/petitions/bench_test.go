package petitions

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"ereception/internal/authz"
)

// BenchmarkSign is signing one petition by 64 at a time, without the web. The
// figure that counts is that of `make bench`.
func BenchmarkSign(b *testing.B) {
	c := setup(b)
	c.Owner(b, `INSERT INTO people (id, email, name, status, email_confirmed_at, created_at) OVERRIDING SYSTEM VALUE
		SELECT 1000000 + g, 'p' || g || '@example.org', 'Підписант ' || g, 'active', now(), now() FROM generate_series(1, 100000) g`)
	c.Owner(b, `INSERT INTO signers (person_id, ident, resident_at, created_at) SELECT id, canonical_email(email), now(), now() FROM people WHERE id > 1000000`)
	var next atomic.Int64
	p := c.gathering(b, c.ann)
	b.ResetTimer()
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					return
				}
				if n%100_000 == 0 {
					p = c.gathering(b, c.ann)
				}
				who := authz.Actor{Kind: authz.KindPerson, ID: 1000000 + n%100000 + 1, Name: fmt.Sprint(n)}
				if _, err := c.svc.Sign(context.Background(), who, p.Number, Mark{IP: "192.0.2.1"}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
