package mirror

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"ereception/internal/platform/db"
)

// priority says which ids are fetched first: claims go by next_at.
type priority int

const (
	backfill priority = iota
	urgent            // what has just changed, before what waits from the back-fill
)

const urgentLead = 365 * 24 * time.Hour

func (p priority) due(now time.Time) time.Time {
	if p == urgent {
		return now.Add(-urgentLead)
	}
	return now
}

// enqueue puts into the queue the items that are newer than what is stored or
// waits, and counts them. A row that changes gets a new queued_at, by which the
// worker that has the former version under way sees that it must leave it.
func enqueue(tx *db.Tx, res string, items []Item, pri priority) (int, error) {
	if len(items) == 0 {
		return 0, nil
	}
	ids := make([]string, len(items))
	mods := make([]*time.Time, len(items))
	for i, it := range items {
		ids[i] = it.ID
		if !it.Modified.IsZero() {
			mods[i] = &it.Modified
		}
	}
	tag, err := tx.Pgx().Exec(tx.Statement.Context, `
		INSERT INTO procurement_queue AS q (resource, id, date_modified, queued_at, next_at)
		SELECT $1::text, i.id, i.modified, $4::timestamptz, $5::timestamptz
		FROM unnest($2::text[], $3::timestamptz[]) AS i (id, modified)
		WHERE NOT EXISTS (SELECT 1 FROM procurement_documents d WHERE d.resource = $1 AND d.id = i.id AND d.date_modified >= i.modified)
		ORDER BY i.id
		ON CONFLICT (resource, id) DO UPDATE SET date_modified = excluded.date_modified, queued_at = excluded.queued_at,
			next_at = excluded.next_at, attempts = 0, gone = false, last_error = ''
		WHERE q.date_modified < excluded.date_modified OR q.date_modified IS NULL AND excluded.date_modified IS NOT NULL`,
		res, ids, mods, tx.Now, pri.due(tx.Now))
	return int(tag.RowsAffected()), err
}

// demand puts ids into the queue whose change is not known by date: the
// contracts of a tender that changed. One that was gone is asked for again: a
// contract may come into being after the tender names it.
func demand(tx *db.Tx, res string, ids []string, pri priority) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Pgx().Exec(tx.Statement.Context, `
		INSERT INTO procurement_queue AS q (resource, id, queued_at, next_at)
		SELECT DISTINCT $1::text, i.id, $3::timestamptz, $4::timestamptz FROM unnest($2::text[]) AS i (id) ORDER BY i.id
		ON CONFLICT (resource, id) DO UPDATE SET queued_at = excluded.queued_at,
			next_at = CASE WHEN q.attempts > 0 AND NOT q.gone THEN q.next_at ELSE excluded.next_at END,
			attempts = CASE WHEN q.gone THEN 0 ELSE q.attempts END, gone = false`,
		res, ids, tx.Now, pri.due(tx.Now))
	return err
}

// ticket is one row that a worker took.
type ticket struct {
	Resource string
	ID       string
	Modified *time.Time
	Queued   time.Time
	Attempts int
}

func (t ticket) key() string { return t.Resource + "/" + t.ID }

// lease is how long a row is left to its worker. A worker that died leaves it
// so long, or until the next start.
const lease = 10 * time.Minute

// claim takes up to n rows that are due and moves their next_at ahead.
func (s *Syncer) claim(ctx context.Context, n int) (out []ticket, err error) {
	err = s.write(ctx, func(tx *db.Tx) error {
		rows, err := tx.Pgx().Query(tx.Statement.Context, `
			UPDATE procurement_queue q SET next_at = $2
			FROM (SELECT resource, id FROM procurement_queue WHERE NOT gone AND next_at <= $1 ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED) d
			WHERE q.resource = d.resource AND q.id = d.id
			RETURNING q.resource, q.id, q.date_modified, q.queued_at, q.attempts`, tx.Now, tx.Now.Add(lease), n)
		if err != nil {
			return err
		}
		defer rows.Close()
		out = out[:0]
		for rows.Next() {
			var t ticket
			if err := rows.Scan(&t.Resource, &t.ID, &t.Modified, &t.Queued, &t.Attempts); err != nil {
				return err
			}
			out = append(out, t)
		}
		return rows.Err()
	})
	return out, err
}

// freed gives back what a former process had taken: nobody else works now, and
// a row that never failed waits for nothing but its lease.
func (s *Syncer) freed(ctx context.Context) error {
	return s.write(ctx, func(tx *db.Tx) error {
		return tx.Exec(`UPDATE procurement_queue SET next_at = ? WHERE NOT gone AND attempts = 0 AND next_at > ?`, tx.Now, tx.Now).Error
	})
}

// onceAttempts is after how many failures of a document Once leaves it for a
// later run.
const onceAttempts = 3

// earliest gives when the next row is due; false when none waits.
func (s *Syncer) earliest(ctx context.Context, mode drainMode) (time.Time, bool, error) {
	var at *time.Time
	sql := `SELECT min(next_at) FROM procurement_queue WHERE NOT gone`
	args := []any{}
	if mode == drainAll {
		sql += ` AND attempts < $1`
		args = append(args, onceAttempts)
	}
	if err := s.o.DB.Pool().QueryRow(ctx, sql, args...).Scan(&at); err != nil || at == nil {
		return time.Time{}, false, err
	}
	return *at, true, nil
}

type drainMode int

const (
	drainDue  drainMode = iota // what is due now
	drainAll                   // until nothing waits
	drainEver                  // for ever
)

// drainPoll is how long an empty queue is left before it is looked at again.
const drainPoll = time.Second

// drain fetches the documents of the queue, several at once. limit bounds their
// number; 0: no bound. It counts those that it began with. Errors are of the
// database alone.
func (s *Syncer) drain(ctx context.Context, l *lock, mode drainMode, limit int) (int, error) {
	type end struct {
		key string
		err error
	}
	ends := make(chan end)
	// Under way, with the ticket that came meanwhile for the same document: it was
	// queued anew, or its lease ran out.
	busy := map[string]*ticket{}
	begin := func(t ticket) {
		busy[t.key()] = nil
		go func() { ends <- end{t.key(), s.work(ctx, l, t)} }()
	}
	// settle waits for one worker.
	settle := func() error {
		e := <-ends
		next := busy[e.key]
		delete(busy, e.key)
		if next != nil && e.err == nil {
			begin(*next)
		}
		return e.err
	}
	done := 0
	err := func() error {
		for {
			if err := l.check(ctx); err != nil {
				return err
			}
			free := s.o.Worker - len(busy)
			if limit > 0 {
				free = min(free, limit-done)
			}
			begun := 0
			if free > 0 {
				list, err := s.claim(ctx, free)
				if err != nil {
					return err
				}
				for _, t := range list {
					done++
					if _, ok := busy[t.key()]; ok {
						busy[t.key()] = &t
						continue
					}
					begin(t)
					begun++
				}
			}
			if begun > 0 && len(busy) < s.o.Worker {
				continue
			}
			if len(busy) > 0 {
				if err := settle(); err != nil {
					return err
				}
				continue
			}
			if limit > 0 && done >= limit || mode == drainDue {
				return nil
			}
			at, any, err := s.earliest(ctx, mode)
			if err != nil {
				return err
			}
			wait := at.Sub(s.o.Clock.Now())
			if mode == drainEver && (!any || wait > drainPoll) {
				wait = drainPoll
			} else if !any {
				return nil
			}
			if err := s.o.Sleep.Sleep(ctx, wait); err != nil {
				return err
			}
		}
	}()
	for len(busy) > 0 {
		if e := settle(); err == nil {
			err = e
		}
	}
	return done, err
}

// Delays of a document that could not be fetched or stored.
const (
	workBase = time.Minute
	workMax  = 24 * time.Hour
)

// staleTries is how often a document that is older than its line in the feed is
// asked for again: a replica of the API may lag behind.
const staleTries = 3

// work fetches one document and stores it. It returns errors of the database
// alone; what is wrong with the document stands in its row.
func (s *Syncer) work(ctx context.Context, l *lock, t ticket) (err error) {
	defer func() {
		if ctx.Err() != nil || errors.Is(err, errTimeUp) {
			err = errors.Join(err, s.giveBack(ctx, t))
		}
	}()
	asking, cancel := l.asking(ctx)
	defer cancel()
	d, err := s.o.API.Document(asking, t.Resource, t.ID)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && asking.Err() != nil:
		return errTimeUp
	case errors.Is(err, ErrGone) && t.Attempts > 0:
		return s.gone(ctx, t)
	case err != nil: // gone at the first sight, too: a replica may not have it yet
		return s.fail(ctx, t, err)
	}
	switch ours, err := s.ours(ctx, t.Resource, d); {
	case err != nil:
		return err
	case ours == no:
		return s.drop(ctx, t)
	case ours == notYet:
		return s.fail(ctx, t, errNoTender)
	}
	err = s.store(ctx, t, d)
	var bad *putError
	if errors.As(err, &bad) && !db.Down(bad.err) {
		return s.fail(ctx, t, bad)
	}
	return err
}

var errNoTender = errors.New("the tender of the monitoring is not here yet")

type verdict int

const (
	no verdict = iota
	yes
	notYet
)

// ours looks at the document itself: no document of another buyer is stored,
// whatever the feed said of it. A monitoring waits while its tender does.
func (s *Syncer) ours(ctx context.Context, res string, d Document) (verdict, error) {
	switch res {
	case tender, plan:
		list, err := s.buyers(ctx)
		if err != nil || !list.match(d.Item) {
			return no, err
		}
	case monitoring:
		var stored, waits bool
		err := s.o.DB.Pool().QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM procurement_tenders WHERE id = $1 AND NOT example),
			EXISTS (SELECT 1 FROM procurement_queue WHERE resource = 'tender' AND id = $1 AND NOT gone)`, d.TenderID).Scan(&stored, &waits)
		switch {
		case err != nil:
			return no, err
		case !stored && waits:
			return notYet, nil
		case !stored:
			return no, nil
		}
	}
	return yes, nil // a contract is asked for because a tender of the city names it
}

// putError is an error of storing one document.
type putError struct{ err error }

func (e *putError) Unwrap() error { return e.err }

// digits hides what could be the tax number of a sole trader.
var digits = regexp.MustCompile(`[0-9]{8,}`)

// Error holds no value of the document.
func (e *putError) Error() string {
	var pg *pgconn.PgError
	if errors.As(e.err, &pg) {
		return "the database refuses the document: SQLSTATE " + pg.Code + " " + pg.ConstraintName
	}
	text := []rune(digits.ReplaceAllString(e.err.Error(), "…"))
	return "the document cannot be stored: " + string(text[:min(len(text), 200)])
}

// store keeps the document and takes its row off the queue, together. The row
// stays when it was queued anew meanwhile for a newer change.
func (s *Syncer) store(ctx context.Context, t ticket, d Document) error {
	return s.write(ctx, func(tx *db.Tx) error {
		if err := s.put(tx, d.Raw); err != nil {
			return &putError{err}
		}
		if t.Resource == tender {
			if err := demand(tx, contract, d.Contracts, urgent); err != nil {
				return err
			}
		}
		if t.Modified != nil && d.Modified.Before(*t.Modified) && t.Attempts < staleTries {
			return failed(tx, t, "the document is older than its line in the feed")
		}
		return tx.Exec(`DELETE FROM procurement_queue WHERE resource = ? AND id = ?
			AND (queued_at = ? AND date_modified IS NOT DISTINCT FROM ? OR date_modified <= ?)`,
			t.Resource, t.ID, t.Queued, t.Modified, d.Modified).Error
	})
}

// put calls the user's Put; a panic over one document must not stop the others.
func (s *Syncer) put(tx *db.Tx, raw []byte) (err error) {
	ctx := tx.Statement.Context
	defer func() {
		if v := recover(); v != nil {
			s.o.Log.ErrorContext(ctx, "purchases: a document", "panic", fmt.Sprintf("%T", v))
			err = errors.New("panic")
		}
	}()
	return s.o.Put(ctx, tx, raw)
}

func (s *Syncer) fail(ctx context.Context, t ticket, cause error) error {
	return s.write(ctx, func(tx *db.Tx) error { return failed(tx, t, cause.Error()) })
}

// failed lets the row wait, longer each time, unless it was queued anew.
func failed(tx *db.Tx, t ticket, cause string) error {
	return tx.Exec(`UPDATE procurement_queue SET attempts = attempts + 1, next_at = ?, last_error = ?
		WHERE resource = ? AND id = ? AND queued_at = ? AND date_modified IS NOT DISTINCT FROM ?`,
		tx.Now.Add(grow(workBase, t.Attempts+1, workMax)), cause, t.Resource, t.ID, t.Queued, t.Modified).Error
}

func (s *Syncer) gone(ctx context.Context, t ticket) error {
	return s.write(ctx, func(tx *db.Tx) error {
		return tx.Exec(`UPDATE procurement_queue SET attempts = attempts + 1, gone = true, last_error = ?
			WHERE resource = ? AND id = ? AND queued_at = ? AND date_modified IS NOT DISTINCT FROM ?`,
			ErrGone.Error(), t.Resource, t.ID, t.Queued, t.Modified).Error
	})
}

// drop takes a document that turned out not to be the city's off the queue.
func (s *Syncer) drop(ctx context.Context, t ticket) error {
	return s.write(ctx, func(tx *db.Tx) error {
		return tx.Exec(`DELETE FROM procurement_queue WHERE resource = ? AND id = ? AND queued_at = ? AND date_modified IS NOT DISTINCT FROM ?`,
			t.Resource, t.ID, t.Queued, t.Modified).Error
	})
}

// giveBack lets the row be taken again at once when the process stops.
func (s *Syncer) giveBack(ctx context.Context, t ticket) error {
	return s.write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		// A row that failed meanwhile has a delay of its own.
		return tx.Exec(`UPDATE procurement_queue SET next_at = ? WHERE resource = ? AND id = ? AND queued_at = ? AND attempts = ? AND NOT gone`,
			t.Queued, t.Resource, t.ID, t.Queued, t.Attempts).Error
	})
}
