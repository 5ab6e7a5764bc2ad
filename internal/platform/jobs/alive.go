package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A client that works jobs holds a session lock of the database under its name
// as long as it lives; the database lets go of it when the process dies, however
// it dies. Jobs that are «running» under a name that nobody holds are orphans:
// whoever lives puts them back. River itself would wait for an hour, because it
// cannot tell a dead client from a slow one.

const (
	// aliveSpace is the first half of the key of the locks; the second is the hash of
	// the name of the client. Two names of one hash would only leave an orphan to River.
	aliveSpace = 0x4a4f4253 // «JOBS»

	// lookEvery is the pause between two looks for orphans.
	lookEvery = 2 * time.Second
	// regain is the pause before a lost connection is opened anew. It is well under
	// lookEvery: a living client whose connection broke has its lock again before
	// anybody takes it for dead, which takes two looks.
	regain = 200 * time.Millisecond
)

const lockSQL = `SELECT pg_advisory_lock($1, hashtext($2))`

// orphansSQL names the running jobs of clients whose lock nobody holds.
const orphansSQL = `SELECT j.id, j.attempt::int FROM river_job j WHERE j.state = 'running' AND NOT EXISTS (
	SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
	   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
	   AND l.classid::bigint = $1 AND l.objid::int8 = (hashtext(j.attempted_by[array_upper(j.attempted_by, 1)])::int8 & 4294967295))`

// backSQL puts one back, as River's own rescue does after its hour: a job without
// an attempt left is discarded, for the administrator to see.
const backSQL = `UPDATE river_job SET
	state = CASE WHEN attempt >= max_attempts THEN 'discarded' ELSE 'available' END::river_job_state,
	finalized_at = CASE WHEN attempt >= max_attempts THEN now() END,
	scheduled_at = CASE WHEN attempt >= max_attempts THEN scheduled_at ELSE now() END
	WHERE id = $1 AND attempt = $2 AND state = 'running'`

// keeper holds the lock of one client and looks for orphans of others.
type keeper struct {
	cfg  *pgx.ConnConfig
	name string
	log  *slog.Logger

	cancel context.CancelFunc
	done   sync.WaitGroup
}

// newKeeper takes the settings of the connection from the pool: the lock needs a
// connection of its own, which no pool closes because of its age.
func newKeeper(pool *pgxpool.Pool, name string, log *slog.Logger) *keeper {
	cfg := pool.Config().ConnConfig.Copy()
	// The host of a client may vanish without a word: its lock goes within half a minute.
	cfg.RuntimeParams["tcp_keepalives_idle"] = "10"
	cfg.RuntimeParams["tcp_keepalives_interval"] = "5"
	cfg.RuntimeParams["tcp_keepalives_count"] = "4"
	cfg.RuntimeParams["idle_session_timeout"] = "0"
	return &keeper{cfg: cfg, name: name, log: log}
}

// hold opens the connection and takes the lock.
func (k *keeper) hold(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, k.cfg)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, lockSQL, aliveSpace, k.name); err != nil {
		_ = conn.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return conn, nil
}

// start takes the lock, before the client takes its first job, and keeps it until stop.
func (k *keeper) start(ctx context.Context) error {
	conn, err := k.hold(ctx)
	if err != nil {
		return err
	}
	ctx, k.cancel = context.WithCancel(context.WithoutCancel(ctx))
	k.done.Go(func() { k.keep(ctx, conn) })
	return nil
}

// stop lets go of the lock; the jobs must have ended.
func (k *keeper) stop() {
	if k.cancel != nil {
		k.cancel()
		k.done.Wait()
	}
}

func (k *keeper) keep(ctx context.Context, conn *pgx.Conn) {
	var seen map[orphan]bool
	for ctx.Err() == nil {
		if conn == nil {
			var err error
			if conn, err = k.hold(ctx); err != nil {
				wait(ctx, regain)
				continue
			}
			seen = nil // others may have lost theirs in the same moment
		}
		now, err := k.look(ctx, conn, seen)
		if err == nil {
			seen = now
			err = rest(ctx, conn)
		}
		if err != nil && ctx.Err() == nil {
			k.log.WarnContext(ctx, "jobs: the connection that says that this portal lives broke", "err", err)
			_ = conn.Close(ctx)
			conn = nil
			wait(ctx, regain)
		}
	}
	if conn != nil {
		_ = conn.Close(context.WithoutCancel(ctx))
	}
}

// rest waits for the next look. Nothing is listened to: what ends the wait early
// is that the connection broke.
func rest(ctx context.Context, conn *pgx.Conn) error {
	pause, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	for {
		_, err := conn.WaitForNotification(pause)
		if pause.Err() != nil && !conn.IsClosed() {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// orphan is one attempt of a job: the next one of the same job is another.
type orphan struct {
	ID      int64
	Attempt int
}

// look puts back the orphans that were such at the look before, and gives those
// that it saw now.
func (k *keeper) look(ctx context.Context, conn *pgx.Conn, before map[orphan]bool) (map[orphan]bool, error) {
	rows, err := conn.Query(ctx, orphansSQL, aliveSpace)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[orphan])
	if err != nil {
		return nil, err
	}
	now := map[orphan]bool{}
	back := 0
	for _, o := range list {
		if !before[o] {
			now[o] = true
			continue
		}
		if _, err := conn.Exec(ctx, backSQL, o.ID, o.Attempt); err != nil {
			return nil, err
		}
		back++
	}
	if back > 0 {
		k.log.WarnContext(ctx, "jobs of a portal that died are put back", "jobs", back)
		if _, err := conn.Exec(ctx, notifySQL); err != nil {
			return nil, err
		}
	}
	return now, nil
}
