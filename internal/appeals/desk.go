package appeals

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/i18n"
)

// Load is how much somebody, a unit or an executor, has in work and how much of
// it is past its term.
type Load struct {
	Name string
	Open int
	Late int
}

// Month is how the answers of one calendar month went.
type Month struct {
	First    time.Time // its first moment in Kyiv
	Answered int
	OnTime   int     // per cent answered within the term
	Days     float64 // mean days from receipt to answer
}

// Overview is what a manager sees of the work of his units.
type Overview struct {
	Units     []Load  // the most overdue first
	Executors []Load  // the most loaded first
	Months    []Month // the oldest first, months without answers left out; the last may be the present one
	Answered  int     // in the last 30 days
	OnTime    int     // per cent of them within the term
	SignSoon  int     // answers that wait for a signature and whose term ends within a day, or has ended
	Reopened  int     // rated «не вирішено» and open again
}

// overviewRows bounds the lists of an Overview.
const overviewRows = 12

// Overview counts the work within the scope of the actor. It reads open appeals
// and the answers of half a year, so it is for a page that is opened now and
// then, not for a list.
func (s *Service) Overview(ctx context.Context, who authz.Actor) (Overview, error) {
	now := s.clock.Now()
	var o Overview
	b := &pgx.Batch{}
	queue := func(sql string, vals ...any) {
		p := args{}
		for _, v := range vals {
			p.add(v)
		}
		b.Queue(strings.ReplaceAll(sql, "{scope}", scope(who, &p)), p...)
	}
	const open = "a.stage IN ('new', 'resolve', 'work', 'sign')"
	queue("SELECT coalesce("+localName(ctx, "u.name")+", ''), x.n, x.late FROM (SELECT a.unit_id, count(*)::int n, count(*) FILTER (WHERE a.due_at < $1)::int late FROM appeals a WHERE {scope} AND "+
		open+" AND a.unit_id IS NOT NULL GROUP BY a.unit_id) x JOIN units u ON u.id = x.unit_id ORDER BY x.late DESC, x.n DESC, 1 LIMIT $2", now, overviewRows)
	queue("SELECT e.name, x.n, x.late FROM (SELECT a.executor_id, count(*)::int n, count(*) FILTER (WHERE a.due_at < $1)::int late FROM appeals a WHERE {scope} AND a.stage = 'work' AND a.executor_id IS NOT NULL GROUP BY a.executor_id) x"+
		" JOIN people e ON e.id = x.executor_id ORDER BY x.n DESC, x.late DESC, 1 LIMIT $2", now, overviewRows)
	k := now.In(i18n.Kyiv)
	from := time.Date(k.Year(), k.Month()-5, 1, 0, 0, 0, 0, i18n.Kyiv)
	queue(`SELECT date_trunc('month', a.answered_at, 'Europe/Kyiv') m, count(*)::int, round(100.0 * count(*) FILTER (WHERE a.answered_at <= a.due_at) / count(*))::int,
		(extract(epoch FROM avg(a.answered_at - a.received_at)) / 86400)::float8 FROM appeals a WHERE {scope} AND a.answered_at >= $1 AND a.`+inSubstance+` GROUP BY m ORDER BY m`, from)
	queue("SELECT count(*)::int, coalesce(round(100.0 * count(*) FILTER (WHERE a.answered_at <= a.due_at) / nullif(count(*), 0)), 0)::int FROM appeals a WHERE {scope} AND a.answered_at >= $1 AND a."+inSubstance, now.AddDate(0, 0, -30))
	queue("SELECT count(*) FILTER (WHERE a.stage = 'sign' AND a.due_at < $1)::int, count(*) FILTER (WHERE a.state = 'reopened')::int FROM appeals a WHERE {scope} AND a.stage IN ('sign', 'resolve')",
		midnight(now).AddDate(0, 0, 1))

	res := s.db.ReadPool().SendBatch(ctx, b)
	defer func() { _ = res.Close() }()
	var err error
	if o.Units, err = collect(res, pgx.RowToStructByPos[Load]); err != nil {
		return o, err
	}
	if o.Executors, err = collect(res, pgx.RowToStructByPos[Load]); err != nil {
		return o, err
	}
	if o.Months, err = collect(res, pgx.RowToStructByPos[Month]); err != nil {
		return o, err
	}
	if err := res.QueryRow().Scan(&o.Answered, &o.OnTime); err != nil {
		return o, err
	}
	err = res.QueryRow().Scan(&o.SignSoon, &o.Reopened)
	return o, err
}
