package petitions

import (
	"context"
	"testing"
)

// BenchmarkList reads the first page and a far one of the longest part among
// 50 000 petitions, in every order, and the public figures. Wanted: 100 ms.
func BenchmarkList(b *testing.B) {
	c := setup(b)
	c.manyTitles(b, 50_000)
	c.Owner(b, "INSERT INTO petition_counts (petition_id, email, strong, counted_at) SELECT id, (random() * 400)::int, (random() * 40)::int, now() FROM petitions")
	c.Owner(b, `INSERT INTO petition_terms (petition_id, step, due_at, rule, explain_uk, explain_en, calendar_version, created_at)
		SELECT id, 'gathering', now(), 'r', 'е', 'e', 'v', now() FROM petitions UNION ALL SELECT id, 'check', now(), 'r', 'е', 'e', 'v', now() FROM petitions`)
	for _, table := range []string{"petitions", "petition_counts", "petition_terms"} {
		c.Owner(b, "VACUUM ANALYZE "+table) // as the autovacuum leaves them
	}
	for _, order := range Orders {
		for name, page := range map[string]int{"first": 1, "page400": 400} {
			b.Run(order+"/"+name, func(b *testing.B) {
				for b.Loop() {
					f, err := c.svc.List(context.Background(), Query{Tab: TabAll, Sort: order, Page: page})
					if err != nil || len(f.Items) != PageSize {
						b.Fatal(len(f.Items), err)
					}
				}
			})
		}
	}
	b.Run("figures", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.svc.Figures(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
