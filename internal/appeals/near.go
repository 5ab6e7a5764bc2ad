package appeals

import (
	"context"
	"fmt"
	"sync"
	"time"

	"ereception/internal/platform/i18n"
)

// hintCache keeps the short lists beside a case (similar, nearby) for a few
// seconds: they are hints, and a change in this process drops them at once.
type hintCache struct {
	mu sync.Mutex
	m  map[string]hint
}

type hint struct {
	at   time.Time
	rows []Brief
}

func newHintCache() *hintCache { return &hintCache{m: map[string]hint{}} }

func (k *hintCache) get(key string, now time.Time, read func() ([]Brief, error)) ([]Brief, error) {
	k.mu.Lock()
	h, ok := k.m[key]
	k.mu.Unlock()
	if ok && now.Sub(h.at) < caseFor && !now.Before(h.at) {
		return h.rows, nil
	}
	rows, err := read()
	if err == nil {
		k.mu.Lock()
		if len(k.m) >= caseMax {
			clear(k.m)
		}
		k.m[key] = hint{now, rows}
		k.mu.Unlock()
	}
	return rows, err
}

func (k *hintCache) drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.m)
}

// Similar lists the latest other appeals of the same author that the official
// who reads the case may see.
func (s *Service) Similar(ctx context.Context, c *Case) ([]Brief, error) {
	key := fmt.Sprint("similar ", c.ID, c.reader.ID, c.reader.UnitIDs, c.reader.Roles, c.reader.ActingFor, i18n.Locale(ctx))
	return s.hints.get(key, s.clock.Now(), func() ([]Brief, error) { return s.similar(ctx, c) })
}

func (s *Service) similar(ctx context.Context, c *Case) ([]Brief, error) {
	p := args{c.ID, c.AuthorID}
	q, err := s.db.ReadPool().Query(ctx, "SELECT "+briefColumns(ctx)+" FROM (SELECT * FROM appeals a WHERE a.id <> $1 AND a.author_id = $2 AND "+scope(c.reader, &p)+
		" ORDER BY a.received_at DESC LIMIT 4) a"+briefJoins+" ORDER BY a.received_at DESC", p...)
	if err != nil {
		return nil, err
	}
	return briefs(q)
}

// Near lists the open public appeals nearest to a point, within about 300 m, for
// whoever is about to write the same: what the map shows too (see Public),
// without a name. The index gives them in the order of their distance.
func (s *Service) Near(ctx context.Context, lat, lon float64) ([]Brief, error) {
	return s.hints.get(fmt.Sprint("near ", lat, lon, i18n.Locale(ctx)), s.clock.Now(), func() ([]Brief, error) { return s.near(ctx, lat, lon) })
}

func (s *Service) near(ctx context.Context, lat, lon float64) ([]Brief, error) {
	// 0.0027° of latitude is 300 m; at the latitude of Zhytomyr 0.0042° of longitude.
	q, err := s.db.ReadPool().Query(ctx, "SELECT "+briefColumns(ctx)+` FROM (SELECT * FROM appeals a
		WHERE a.lat IS NOT NULL AND `+onMap+` AND point(a.lon, a.lat) <@ box(point($2 - 0.0042, $1 - 0.0027), point($2 + 0.0042, $1 + 0.0027))
		  AND a.state <> 'received' AND a.stage <> 'done' ORDER BY point(a.lon, a.lat) <-> point($2, $1) LIMIT 4) a`+briefJoins, lat, lon)
	if err != nil {
		return nil, err
	}
	return briefs(q)
}
