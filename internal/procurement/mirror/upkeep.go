package mirror

import (
	"context"
	"time"

	"ereception/internal/law/calendar"
	"ereception/internal/platform/db"
)

// What ends the life of a document: it is not asked for again at night. A
// status that is not known does not end it.
const ended = `
	d.resource = 'tender' AND EXISTS (SELECT 1 FROM procurement_tenders x WHERE x.id = d.id AND x.status IN ('complete', 'unsuccessful', 'cancelled', 'draft.unsuccessful')) OR
	d.resource = 'contract' AND EXISTS (SELECT 1 FROM procurement_contracts x WHERE x.id = d.id AND x.status IN ('terminated', 'cancelled')) OR
	d.resource = 'plan' AND EXISTS (SELECT 1 FROM procurement_plans x WHERE x.id = d.id AND x.status IN ('complete', 'cancelled')) OR
	d.resource = 'monitoring' AND EXISTS (SELECT 1 FROM procurement_monitorings x WHERE x.id = d.id AND x.status IN ('completed', 'closed', 'stopped', 'cancelled'))`

// relistAfter is how often the feeds are listed anew.
const relistAfter = 7 * 24 * time.Hour

// Upkeep is the work of the night, which makes good whatever the feeds kept
// back: it queues every document that came from the API and whose life goes on,
// and, when a week has passed, orders the feeds to be listed anew to their
// start date. Only what is newer than the stored is fetched then. It may run
// beside an instance that follows the API.
func (s *Syncer) Upkeep(ctx context.Context) (queued int, err error) {
	err = s.write(ctx, func(tx *db.Tx) error {
		res := tx.Exec(`INSERT INTO procurement_queue (resource, id, queued_at, next_at)
			SELECT d.resource, d.id, ?, ? FROM procurement_documents d WHERE d.source = 'api' AND NOT (`+ended+`)
			ON CONFLICT (resource, id) DO NOTHING`, tx.Now, backfill.due(tx.Now))
		queued = int(res.RowsAffected)
		return res.Error
	})
	if err != nil {
		return 0, err
	}
	return queued, s.relist(ctx, `started_at <= ?`, s.o.Clock.Now().Add(-relistAfter))
}

// Relist orders every feed to be listed anew to the start date of the options,
// now: after the start date was moved back, or when something seems to be missing.
func (s *Syncer) Relist(ctx context.Context) error {
	if err := s.ensure(ctx); err != nil {
		return err
	}
	return s.relist(ctx, `true`)
}

// welcome lists the feeds anew when a buyer joined the list after they were begun.
func (s *Syncer) welcome(ctx context.Context) error {
	return s.relist(ctx, `resource IN ('tender', 'plan') AND started_at < (SELECT max(created_at) FROM procurement_buyers WHERE NOT demo)`)
}

// relist restarts the back-fill of the feeds that where names; the position
// forward is kept.
func (s *Syncer) relist(ctx context.Context, where string, args ...any) error {
	return s.write(ctx, func(tx *db.Tx) error {
		var list []struct {
			Resource  string
			StartedAt time.Time
		}
		if err := tx.Raw(`SELECT resource, started_at FROM procurement_feeds WHERE `+where+` ORDER BY resource FOR UPDATE`, args...).Scan(&list).Error; err != nil {
			return err
		}
		for _, f := range list {
			h := s.horizon(f.Resource, tx.Now)
			if f.Resource == contract {
				// The tenders name the contracts; the feed tells which changed since it was listed last.
				h = f.StartedAt.Add(-contractOverlap)
			}
			if err := tx.Exec(`UPDATE procurement_feeds SET backward = '', backward_done = false, reached = NULL, horizon = ?, started_at = ? WHERE resource = ?`,
				h, tx.Now, f.Resource).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// NextNight is the next three o'clock in Kyiv after t, for whoever schedules Upkeep.
func NextNight(t time.Time) time.Time {
	y, m, d := t.In(calendar.Kyiv()).Date()
	for i := 0; ; i++ {
		if at := time.Date(y, m, d+i, 3, 0, 0, 0, calendar.Kyiv()); at.After(t) {
			return at
		}
	}
}

// upkeep does the work of the nights beside Run.
func (s *Syncer) upkeep(ctx context.Context) error {
	night := NextNight(s.o.Clock.Now())
	for {
		if err := s.o.Sleep.Sleep(ctx, 10*time.Minute); err != nil {
			return err
		}
		if err := s.welcome(ctx); err != nil {
			return err
		}
		if now := s.o.Clock.Now(); now.After(night) {
			n, err := s.Upkeep(ctx)
			if err != nil {
				return err
			}
			s.o.Log.InfoContext(ctx, "purchases: the work of the night", "queued", n)
			night = NextNight(now)
		}
	}
}
