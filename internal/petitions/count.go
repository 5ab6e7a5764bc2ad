package petitions

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

// The pace of the counter: it looks when something was signed in this process,
// not more often than countPause, and every countEvery for the other processes.
const (
	countPause = 500 * time.Millisecond
	countEvery = time.Second
	sweepEvery = 10 * time.Second
	// closeGrace is how long after the end of a gathering it is closed: presses
	// that came in time may be on their way to the database still.
	closeGrace = 15 * time.Second
)

// Run counts signatures and ends gatherings until ctx ends; it begins with the
// index of titles, so that the first person who writes does not wait for it. Every process of
// the portal runs it; an advisory lock lets one of them work at a time.
func (s *Service) Run(ctx context.Context) {
	tick, sweep := time.NewTicker(countEvery), time.NewTicker(sweepEvery)
	defer tick.Stop()
	defer sweep.Stop()
	var warm sync.WaitGroup
	defer warm.Wait()
	warm.Go(func() {
		if err := s.titles.refresh(ctx, s); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "index of titles", "err", err)
		}
	})
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			if err := s.Close(ctx); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "end gatherings", "err", err)
			}
			continue
		case <-tick.C:
		case <-s.poke:
			select {
			case <-ctx.Done():
				return
			case <-time.After(countPause):
			}
		}
		if err := s.Count(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "count signatures", "err", err)
		}
	}
}

// foldSQL moves what the triggers noted into the counters, and tells which
// petitions that touched: whoever folds lets those go on (cross). $1 now, $2 the
// petition, or 0 for all.
const foldSQL = `
WITH d AS (DELETE FROM petition_deltas WHERE $2 = 0 OR petition_id = $2 RETURNING petition_id, hour, coalesce(district_id, 0) AS district_id, tier, n),
h AS (
  INSERT INTO petition_hours (petition_id, hour, n) SELECT petition_id, hour, sum(n) FROM d GROUP BY 1, 2
  ON CONFLICT (petition_id, hour) DO UPDATE SET n = petition_hours.n + excluded.n),
w AS (
  INSERT INTO petition_districts (petition_id, district_id, n) SELECT petition_id, district_id, sum(n) FROM d GROUP BY 1, 2
  ON CONFLICT (petition_id, district_id) DO UPDATE SET n = petition_districts.n + excluded.n)
INSERT INTO petition_counts (petition_id, email, strong, counted_at)
SELECT petition_id, coalesce(sum(n) FILTER (WHERE tier = 1), 0), coalesce(sum(n) FILTER (WHERE tier = 2), 0), $1 FROM d GROUP BY 1
ON CONFLICT (petition_id) DO UPDATE SET email = petition_counts.email + excluded.email,
  strong = petition_counts.strong + excluded.strong, counted_at = excluded.counted_at
RETURNING petition_id`

// countLock is the advisory lock of the one counter.
const countLock = "SELECT pg_try_advisory_xact_lock(hashtext('petitions.count'))"

// Count folds what was signed since into the counters and lets petitions that
// have their signatures go on. Another process that counts at this moment does
// it as well: then nothing happens here.
func (s *Service) Count(ctx context.Context) error {
	var any bool
	if err := s.db.Pool().QueryRow(ctx, "SELECT EXISTS (SELECT FROM petition_deltas)").Scan(&any); err != nil || !any {
		return err
	}
	return s.counting(ctx, func(tx *db.Tx) error {
		ids, err := s.fold(tx, 0)
		if err != nil {
			return err
		}
		return s.cross(tx, ids)
	})
}

// counting runs fn as the one counter.
func (s *Service) counting(ctx context.Context, fn func(tx *db.Tx) error) error {
	return s.db.Write(ctx, authz.System("petition-count"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		var mine bool
		if err := tx.Pgx().QueryRow(ctx, countLock).Scan(&mine); err != nil || !mine {
			return err
		}
		return fn(tx)
	})
}

func (s *Service) fold(tx *db.Tx, petition int64) ([]int64, error) {
	rows, err := tx.Pgx().Query(tx.Statement.Context, foldSQL, tx.Now, petition)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

const countSQL = "SELECT coalesce(c.email, 0), coalesce(c.strong, 0) FROM (SELECT $1::bigint AS id) p LEFT JOIN petition_counts c ON c.petition_id = p.id"

func counted(tx *db.Tx, p *Petition) (Count, error) {
	c := Count{At: tx.Now}
	err := tx.Pgx().QueryRow(tx.Statement.Context, countSQL, p.ID).Scan(&c.Email, &c.Strong)
	c.of(p.Tier)
	return c, err
}

// cross lets those of the petitions that have their signatures go on. It runs
// under the lock of the counter, and under that of the petition's row.
func (s *Service) cross(tx *db.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := tx.Pgx().Query(tx.Statement.Context, `
		SELECT p.number FROM petitions p JOIN petition_counts c ON c.petition_id = p.id JOIN petition_charters h ON h.id = p.charter_id
		 WHERE p.id = ANY ($1) AND CASE p.state WHEN 'supporting' THEN c.email + c.strong >= h.supporters
		   WHEN 'gathering' THEN c.strong + CASE p.tier WHEN 'email' THEN c.email ELSE 0 END >= p.threshold
		   WHEN 'not_enough' THEN p.legacy_source = '' AND c.strong + CASE p.tier WHEN 'email' THEN c.email ELSE 0 END >= p.threshold
		   WHEN 'reached' THEN c.strong + CASE p.tier WHEN 'email' THEN c.email ELSE 0 END < p.threshold END
		 ORDER BY p.id`, ids)
	if err != nil {
		return err
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	for _, n := range numbers {
		p, err := lock(tx, n)
		if err != nil {
			return err
		}
		// Who signed between the look and the lock is counted too.
		if _, err := s.fold(tx, p.ID); err != nil {
			return err
		}
		c, err := counted(tx, p)
		if err != nil {
			return err
		}
		if err := s.weigh(tx, p, c); err != nil {
			return err
		}
	}
	return nil
}

// weigh makes the move that the number of signatures asks for.
func (s *Service) weigh(tx *db.Tx, p *Petition, c Count) error {
	switch {
	case p.State == Supporting:
		h, err := charterOf(tx, p)
		if err != nil {
			return err
		}
		if c.Email+c.Strong < h.Supporters {
			return nil
		}
		return s.move(tx, p, moveSupported, func(tx *db.Tx, p *Petition) (Event, error) {
			p.EndsAt = nil
			if err := s.write(tx, p, "supported"); err != nil {
				return Event{}, err
			}
			return Event{Kind: "supported", Public: true, Data: map[string]any{"n": c.Email + c.Strong}}, s.toCheck(tx, p, h)
		})
	case (p.State == Gathering || p.State == NotEnough) && c.Counted >= p.Threshold:
		m := moveReach
		if p.State == NotEnough { // what was taken out wrongly has come back
			m = moveRevive
		}
		return s.move(tx, p, m, func(tx *db.Tx, p *Petition) (Event, error) {
			h, err := charterOf(tx, p)
			if err != nil {
				return Event{}, err
			}
			shut, err := shutSince(tx, p)
			if err != nil {
				return Event{}, err
			}
			at, err := reachedAt(tx, p)
			if err != nil {
				return Event{}, err
			}
			p.ReachedAt, p.ClosedAt = &at, nil
			if err := metTerm(tx, p, StepGathering); err != nil {
				return Event{}, err
			}
			if err := s.setTerm(tx, p, StepAnnounce, at, h.AnnounceDays); err != nil {
				return Event{}, err
			}
			if m.Name == moveRevive.Name && p.AuthorID != nil {
				tx.Enqueue(kind.PetitionAppeal{PetitionID: p.ID}) // the appeal that it became has lost its ground
			}
			tx.Enqueue(kind.PetitionNews{PetitionID: p.ID, What: "reached"})
			return Event{Kind: "reached", Public: true, Data: map[string]any{"n": c.Counted, "threshold": p.Threshold, "shut": shut}}, nil
		})
	case p.State == Reached && c.Counted < p.Threshold:
		var back Event
		err := s.move(tx, p, moveUnreach, func(tx *db.Tx, p *Petition) (e Event, err error) {
			if back, err = s.gatherAnew(tx, p); err != nil {
				return e, err
			}
			p.ReachedAt = nil
			if err := forgetAnew(tx, p); err != nil {
				return e, err
			}
			if p.EndsAt.After(tx.Now) { // else it ends at once, which is told in its turn
				if err := s.tellLost(tx, p); err != nil {
					return e, err
				}
			}
			return Event{Kind: "unreached", Public: true, Data: map[string]any{"n": c.Counted, "threshold": p.Threshold}}, dropTerm(tx, p, StepAnnounce)
		})
		if err != nil || back.Kind == "" {
			return err
		}
		return record(tx, p, p.State, back)
	}
	return nil
}

// reachedAt is the moment of the signature that was the last needed: the term of the
// announcement runs from it, however late it was counted (Закон 393/96-ВР, ст. 23-1).
// What came back from a sweep counts from then on.
func reachedAt(tx *db.Tx, p *Petition) (time.Time, error) {
	var at time.Time
	err := tx.Pgx().QueryRow(tx.Statement.Context, `SELECT greatest(n.at, $4::timestamptz, (SELECT max(at) FROM petition_events WHERE petition_id = $1 AND kind = 'sweep_undone'))
		FROM (SELECT at FROM petition_signatures WHERE petition_id = $1 AND withdrawn_at IS NULL AND sweep_id IS NULL
			AND tier >= CASE $2 WHEN 'strong' THEN 2 ELSE 1 END ORDER BY at OFFSET $3 LIMIT 1) n`,
		p.ID, string(p.Tier), p.Threshold-1, p.PublishedAt).Scan(&at)
	if db.IsNotFound(err) || at.After(tx.Now) { // the clock of the process that took it was ahead
		return tx.Now, nil
	}
	return at, err
}

func charterOf(tx *db.Tx, p *Petition) (Charter, error) {
	var h Charter
	err := tx.Take(&h, p.CharterID).Error
	return h, err
}

// Close ends the gatherings whose time is over, unless signing was switched off
// before: then its days will be given back. The moment of the end is that of the term,
// not that of the work.
func (s *Service) Close(ctx context.Context) error {
	rows, err := s.db.Pool().Query(ctx, `SELECT number FROM petitions WHERE state IN ('supporting', 'gathering') AND ends_at <= $1
		AND NOT EXISTS (SELECT FROM petition_switches WHERE name = 'signing' AND off_since < ends_at) ORDER BY ends_at LIMIT 200`,
		s.clock.Now().Add(-closeGrace))
	if err != nil {
		return err
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	var failed []error
	for _, n := range numbers {
		if err := s.close(ctx, n); err != nil { // one that fails keeps no other from its end
			failed = append(failed, fmt.Errorf("petition %d: %w", n, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Service) close(ctx context.Context, number int64) error {
	return s.counting(ctx, func(tx *db.Tx) error {
		p, err := lock(tx, number)
		if err != nil {
			return err
		}
		if !p.State.Signable() || p.EndsAt == nil || p.EndsAt.After(tx.Now.Add(-closeGrace)) {
			return nil
		}
		// Under the lock no signature is on its way: the counters get the last word.
		if _, err := s.fold(tx, p.ID); err != nil {
			return err
		}
		c, err := counted(tx, p)
		if err != nil {
			return err
		}
		if err := s.weigh(tx, p, c); err != nil || !p.State.Signable() {
			return err
		}
		if p.State == Supporting {
			return s.move(tx, p, moveLapse, func(tx *db.Tx, p *Petition) (Event, error) {
				p.ClosedAt = p.EndsAt
				if err := s.write(tx, p, "lapsed"); err != nil {
					return Event{}, err
				}
				return Event{Kind: "lapsed", Data: map[string]any{"n": c.Email + c.Strong}}, metTerm(tx, p, StepSupporters)
			})
		}
		return s.move(tx, p, moveExpire, func(tx *db.Tx, p *Petition) (Event, error) {
			p.ClosedAt = p.EndsAt
			if err := metTerm(tx, p, StepGathering); err != nil {
				return Event{}, err
			}
			if p.AuthorID != nil {
				tx.Enqueue(kind.PetitionAppeal{PetitionID: p.ID}) // ст. 23-1: considered as an appeal
			}
			tx.Enqueue(kind.PetitionNews{PetitionID: p.ID, What: "not_enough"})
			return Event{Kind: "not_enough", Public: true, Data: map[string]any{"n": c.Counted, "threshold": p.Threshold}}, nil
		})
	})
}

// Mismatch is a petition of which a counter differed from its signatures: the
// number, or one by the hour or by the district, whose sums may be equal.
type Mismatch struct {
	Number          int64
	Counted, Actual int
}

// Check compares the counters of all petitions with their signatures, under the
// lock of the counter, and puts right what differs. A difference is an error of
// ours and is reported, never silently mended. Before that it settles signatures of
// which it became known late that they are of one human being (human.go).
func (s *Service) Check(ctx context.Context, _ kind.PetitionsCheck) error {
	if err := s.knownSince(ctx); err != nil {
		return err
	}
	list, err := s.Recount(ctx)
	if err == nil && len(list) > 0 {
		err = fmt.Errorf("the counters of %d petitions differed from their signatures and were put right; the first is number %d: %d, signatures %d",
			len(list), list[0].Number, list[0].Counted, list[0].Actual)
	}
	return err
}

// Recount is Check that tells what it found.
func (s *Service) Recount(ctx context.Context) ([]Mismatch, error) {
	var out []Mismatch
	busy := true
	err := s.counting(ctx, func(tx *db.Tx) error {
		busy, out = false, nil
		if _, err := s.fold(tx, 0); err != nil {
			return err
		}
		rows, err := tx.Pgx().Query(ctx, recountSQL, tx.Now)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (m Mismatch, err error) {
			var id int64
			err = r.Scan(&id, &m.Number, &m.Counted, &m.Actual)
			return m, err
		})
		if err != nil {
			return err
		}
		if _, err := tx.Pgx().Exec(ctx, showPlacesSQL, kAnonymity); err != nil {
			return err
		}
		var ids []int64
		// Whoever has his signatures goes on, though nothing was signed since: they may
		// have stood there when it was published.
		if err := tx.Raw("SELECT id FROM petitions WHERE state IN ('supporting', 'gathering', 'reached', 'not_enough') AND legacy_source = ''").Scan(&ids).Error; err != nil {
			return err
		}
		return s.cross(tx, ids)
	})
	if err == nil && busy {
		err = errs.Unavailable("petitions.err.counting")
	}
	return out, err
}

// recountSQL looks at committed signatures that have no delta any more: those
// with one are not counted yet, in the counter and in the snapshot alike. All that
// is counted is put right: the number, the hours and the districts. $1 now.
const recountSQL = `
WITH g AS (
  SELECT petition_id, date_trunc('hour', at) AS hour, coalesce(district_id, 0) AS district_id, tier, count(*) AS n
    FROM petition_signatures WHERE withdrawn_at IS NULL AND sweep_id IS NULL GROUP BY 1, 2, 3, 4
  UNION ALL
  SELECT petition_id, hour, coalesce(district_id, 0), tier, -sum(n) FROM petition_deltas GROUP BY 1, 2, 3, 4),
real AS (
  SELECT petition_id, coalesce(sum(n) FILTER (WHERE tier = 1), 0) AS email, coalesce(sum(n) FILTER (WHERE tier = 2), 0) AS strong FROM g GROUP BY 1),
want AS (
  SELECT p.id, p.number, coalesce(r.email, 0) AS email, coalesce(r.strong, 0) AS strong,
         coalesce(c.email, 0) AS was_email, coalesce(c.strong, 0) AS was_strong
    FROM petitions p LEFT JOIN real r ON r.petition_id = p.id LEFT JOIN petition_counts c ON c.petition_id = p.id),
wrong AS (SELECT * FROM want WHERE email <> was_email OR strong <> was_strong),
hours AS (
  SELECT petition_id, hour, coalesce(w.n, 0) AS n FROM (SELECT petition_id, hour, sum(n) AS n FROM g GROUP BY 1, 2) w
    FULL JOIN petition_hours h USING (petition_id, hour) WHERE coalesce(w.n, 0) <> coalesce(h.n, 0)),
districts AS (
  SELECT petition_id, district_id, coalesce(w.n, 0) AS n FROM (SELECT petition_id, district_id, sum(n) AS n FROM g GROUP BY 1, 2) w
    FULL JOIN petition_districts d USING (petition_id, district_id) WHERE coalesce(w.n, 0) <> coalesce(d.n, 0)),
mend AS (
  INSERT INTO petition_counts (petition_id, email, strong, counted_at) SELECT id, email, strong, $1 FROM wrong
  ON CONFLICT (petition_id) DO UPDATE SET email = excluded.email, strong = excluded.strong, counted_at = excluded.counted_at),
mend_hours AS (
  INSERT INTO petition_hours (petition_id, hour, n) SELECT petition_id, hour, n FROM hours
  ON CONFLICT (petition_id, hour) DO UPDATE SET n = excluded.n),
mend_districts AS (
  INSERT INTO petition_districts (petition_id, district_id, n) SELECT petition_id, district_id, n FROM districts
  ON CONFLICT (petition_id, district_id) DO UPDATE SET n = excluded.n)
SELECT id, number, (was_email + was_strong)::integer, (email + strong)::integer FROM want
 WHERE id IN (SELECT id FROM wrong UNION SELECT petition_id FROM hours UNION SELECT petition_id FROM districts) ORDER BY number`

// showPlacesSQL brings the districts that pages show up to date, where $1 names or
// more came or went since.
const showPlacesSQL = `
UPDATE petition_districts d SET shown = d.n
  FROM (SELECT petition_id FROM petition_districts GROUP BY 1 HAVING sum(abs(n - shown)) >= $1) m
 WHERE d.petition_id = m.petition_id AND d.shown <> d.n`

// countCache keeps what strangers see of the counters for a moment.
type countCache struct {
	mu   sync.Mutex
	list map[int64]Count
}

// countFor bounds the age of a shown count; the counter itself works every
// second.
const countFor = time.Second

// CountOf is the count of a petition as pages show it, at most a moment old.
func (s *Service) CountOf(ctx context.Context, number int64) (Count, error) {
	now := s.clock.Now()
	s.counts.mu.Lock()
	c, ok := s.counts.list[number]
	s.counts.mu.Unlock()
	if ok && now.Sub(c.At) < countFor && !now.Before(c.At) {
		return c, nil
	}
	var tier Tier
	c = Count{At: now}
	err := s.db.ReadPool().QueryRow(ctx, `SELECT coalesce(c.email, 0), coalesce(c.strong, 0), coalesce(p.legacy_count, 0), p.tier, p.threshold
		FROM petitions p LEFT JOIN petition_counts c ON c.petition_id = p.id WHERE p.number = $1`, number).Scan(&c.Email, &c.Strong, &c.Legacy, &tier, &c.Need)
	if db.IsNotFound(err) {
		return c, errs.NotFound()
	}
	if err != nil {
		return c, err
	}
	c.of(tier)
	s.counts.mu.Lock()
	if len(s.counts.list) > 10_000 || s.counts.list == nil {
		s.counts.list = map[int64]Count{}
	}
	s.counts.list[number] = c
	s.counts.mu.Unlock()
	return c, nil
}
