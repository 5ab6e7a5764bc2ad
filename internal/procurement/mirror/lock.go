package mirror

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"ereception/internal/platform/clock"
)

// lockKey names the advisory lock of the mirror among those of the database.
const lockKey int64 = 0x7075726368617365 // «purchase»

// lock is a session that holds the advisory lock: it ends with the process,
// however that ends.
type lock struct {
	clock clock.Clock
	until time.Time // of a round: nothing is begun after it; zero: no end

	mu      sync.Mutex
	conn    *pgxpool.Conn
	checked time.Time
}

// checkEvery is how often the session is asked whether it still lives.
const checkEvery = 10 * time.Second

// held does fn under the lock, when there is something to follow. Without wait
// it returns ErrBusy when another instance holds it.
func (s *Syncer) held(ctx context.Context, wait bool, fn func(context.Context, *lock) error) error {
	list, err := s.buyers(ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return ErrNoBuyers
	}
	l, err := s.lock(ctx, wait)
	if err != nil {
		return err
	}
	defer l.release(ctx)
	if err := s.ensure(ctx); err != nil {
		return err
	}
	if err := s.freed(ctx); err != nil {
		return err
	}
	if err := s.welcome(ctx); err != nil {
		return err
	}
	return fn(ctx, l)
}

func (s *Syncer) lock(ctx context.Context, wait bool) (*lock, error) {
	for {
		conn, err := s.o.DB.Pool().Acquire(ctx)
		if err != nil {
			return nil, err
		}
		var got bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, lockKey).Scan(&got); err != nil {
			conn.Release()
			return nil, err
		}
		if got {
			return &lock{clock: s.o.Clock, conn: conn, checked: s.o.Clock.Now()}, nil
		}
		conn.Release()
		if !wait {
			return nil, ErrBusy
		}
		if err := s.o.Sleep.Sleep(ctx, 2*time.Second); err != nil {
			return nil, err
		}
	}
}

// asking bounds what the API is asked for by the end of the round.
func (l *lock) asking(ctx context.Context) (context.Context, context.CancelFunc) {
	if l.until.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, l.until.Sub(l.clock.Now()))
}

// check is asked before each step: errTimeUp after the end of the round. Now and
// then it looks whether the session lives; errLockLost when not.
func (l *lock) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !l.until.IsZero() && !l.clock.Now().Before(l.until) {
		return errTimeUp
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clock.Now().Sub(l.checked) < checkEvery {
		return nil
	}
	// Not under the caller's context: a session whose query was cut off is closed.
	qctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var held bool
	err := l.conn.QueryRow(qctx, `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted)`).Scan(&held)
	if err != nil || !held {
		return errLockLost
	}
	l.checked = l.clock.Now()
	return nil
}

// release unlocks; a session that cannot do so is closed, which unlocks, too.
func (l *lock) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	var ok bool
	if err := l.conn.QueryRow(ctx, `SELECT pg_advisory_unlock($1)`, lockKey).Scan(&ok); err != nil || !ok {
		_ = l.conn.Conn().Close(ctx)
	}
	l.conn.Release()
}
