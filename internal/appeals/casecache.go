package appeals

import (
	"context"
	"sync"
	"time"

	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// stampSQL tells in one cheap look whether anything of a case has changed since
// it was read: every change of the appeal raises its version or writes its
// story; messages, answers and files have marks of their own.
const stampSQL = `SELECT concat_ws('/', a.id, a.version,
	(SELECT max(id) FROM appeal_events WHERE appeal_id = a.id), (SELECT max(id) FROM appeal_messages WHERE appeal_id = a.id),
	(SELECT string_agg(concat_ws('.', n.id, n.version, (SELECT string_agg(f.id || f.state, ',') FROM files f WHERE f.answer_id = n.id)), ',' ORDER BY n.id) FROM answers n WHERE n.appeal_id = a.id),
	(SELECT string_agg(f.id || f.state, ',' ORDER BY f.id) FROM files f WHERE f.appeal_id = a.id))
	FROM appeals a WHERE a.number = $1`

// caseCache keeps cases that were read lately. Each reading is held against the
// stamp first, so a page is never older than the database; only the names of
// units, topics and people, which no stamp covers, may be caseFor old.
type caseCache struct {
	mu sync.Mutex
	m  map[string]cachedCase
}

type cachedCase struct {
	stamp string
	at    time.Time
	c     Case
}

const (
	caseFor = 10 * time.Second
	caseMax = 500
)

func newCaseCache() *caseCache { return &caseCache{m: map[string]cachedCase{}} }

func (k *caseCache) get(key, stamp string, now time.Time) (*Case, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.m[key]
	if !ok || e.stamp != stamp || now.Sub(e.at) >= caseFor || now.Before(e.at) {
		return nil, false
	}
	c := e.c // the reader may replace its lists, never change their elements
	return &c, true
}

func (k *caseCache) put(key, stamp string, now time.Time, c *Case) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.m) >= caseMax {
		clear(k.m)
	}
	k.m[key] = cachedCase{stamp, now, *c}
}

// load gives a case as it stands now. answers says which answers the reader may
// know of; it is one of two conditions of this file, never input.
func (s *Service) load(ctx context.Context, number, answers string) (*Case, error) {
	var stamp string
	err := s.db.ReadPool().QueryRow(ctx, stampSQL, number).Scan(&stamp)
	if db.IsNotFound(err) {
		return nil, errs.NotFound()
	}
	if err != nil {
		return nil, err
	}
	key, now := number+"|"+answers+"|"+i18n.Locale(ctx), s.clock.Now()
	if c, ok := s.cases.get(key, stamp, now); ok {
		return c, nil
	}
	// The stamp is older than what is read after it: a change in between makes
	// the copy look stale, never fresh.
	c, err := s.read(ctx, number, answers)
	if err == nil {
		s.cases.put(key, stamp, now, c)
		shared := *c
		c = &shared
	}
	return c, err
}
