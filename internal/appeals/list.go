package appeals

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
)

// Brief is what every list tells of an appeal.
type Brief struct {
	ID         int64
	Number     string
	Kind       Kind
	Procedure  deadline.Procedure
	State      State
	Title      string
	Place      string
	Unit       string // in the reader's language; empty: nobody's yet
	ReceivedAt time.Time
	DueAt      time.Time
	AnsweredAt *time.Time
	Rating     string // solved, unsolved; empty: the latest answer is not rated
}

// Row is one line of a queue of the office.
type Row struct {
	Brief
	AuthorName   string
	Executor     string
	Repeat       bool // bears MarkRepeat
	Extended     bool
	RegisteredOn time.Time
	Out          string // OutExecutor, OutManager, or empty
}

// briefColumns of a Brief, with the name of the unit in the reader's language. A list
// asks for no column that it does not show: each costs a hundredth of a page.
func briefColumns(ctx context.Context) string {
	return `a.id, a.number, a.kind, a.procedure, a.state, a.title, a.place, coalesce(` + localName(ctx, "u.name") + `, ''),
	a.received_at, a.due_at, a.answered_at, CASE WHEN a.rated_at < a.answered_at THEN '' ELSE coalesce(a.rating, '') END`
}

func rowColumns(ctx context.Context) string {
	return briefColumns(ctx) + `, a.author_name, coalesce(e.name, ''), '` + MarkRepeat + `' = ANY (a.marks), a.extended, a.registered_on`
}

// The names are looked up row by row, and remembered from row to row: OFFSET 0 keeps
// the planner from joining the whole tables, which takes it as long as all the rest
// and loses the order of the page (measured: 0.20 ms against 0.12).
const (
	briefJoins = ` LEFT JOIN LATERAL (SELECT * FROM units u WHERE u.id = a.unit_id OFFSET 0) u ON true`
	rowJoins   = briefJoins + ` LEFT JOIN LATERAL (SELECT * FROM people e WHERE e.id = a.executor_id OFFSET 0) e ON true`
)

// briefs reads a page of briefColumns.
func briefs(q pgx.Rows) ([]Brief, error) {
	var x Brief
	return page(q, &x, x.into())
}

// page reads rows into one place, from where each is copied.
func page[R any](q pgx.Rows, x *R, into []any) ([]R, error) {
	rows := make([]R, 0, PageSize+1)
	_, err := pgx.ForEachRow(q, into, func() error {
		rows = append(rows, *x)
		return nil
	})
	return rows, err
}

// into are the places of briefColumns: plain strings, which pgx reads without reflection.
func (x *Brief) into() []any {
	return append(make([]any, 0, 20), // the columns of a queue and of an export come after
		&x.ID, &x.Number, (*string)(&x.Kind), (*string)(&x.Procedure), (*string)(&x.State), &x.Title, &x.Place, &x.Unit,
		&x.ReceivedAt, &x.DueAt, &x.AnsweredAt, &x.Rating)
}

// into are the places of rowColumns.
func (x *Row) into() []any {
	return append(x.Brief.into(), &x.AuthorName, &x.Executor, &x.Repeat, &x.Extended, &x.RegisteredOn)
}

// PageSize is the number of rows of a page of a list.
const PageSize = 25

// Own is what a resident has here: a page of his appeals and, on the first page,
// his drafts, the newest first. More says that another page follows.
type Own struct {
	Rows   []Brief
	More   bool
	Drafts []DraftLine
}

// DraftLine is a draft in a list.
type DraftLine struct {
	ID        uuid.UUID
	Title     string // as far as it was typed
	Kind      Kind
	Step      int
	UpdatedAt time.Time
}

// Mine lists what is the actor's own, in one round trip.
func (s *Service) Mine(ctx context.Context, who authz.Actor, page int) (own Own, err error) {
	b := &pgx.Batch{}
	// The page is cut by the index before anything is joined to it.
	const order = " ORDER BY a.received_at DESC, a.id DESC"
	b.Queue("SELECT "+briefColumns(ctx)+" FROM (SELECT * FROM appeals a WHERE a.author_id = $1"+order+limits(page)+") a"+briefJoins+order, who.ID).
		Query(func(q pgx.Rows) error {
			rows, err := briefs(q)
			own.Rows, own.More, err = cutPage(rows, err)
			return err
		})
	if page <= 1 {
		b.Queue(`SELECT id, coalesce(data->>'Title', ''), coalesce(data->>'Kind', ''), step, updated_at FROM appeal_drafts
			WHERE author_id = $1 ORDER BY updated_at DESC LIMIT 20`, who.ID).
			Query(func(q pgx.Rows) (err error) {
				own.Drafts, err = pgx.CollectRows(q, pgx.RowToStructByPos[DraftLine])
				return err
			})
	}
	err = s.db.ReadPool().SendBatch(ctx, b).Close()
	return own, err
}

// limits cuts a page, and one row more to know whether another follows. The
// numbers stand in the statement: with parameters the planner reckons with a
// tenth of the table and plans anew each time (measured: 0.8 ms against 0.3).
func limits(page int) string {
	if page > 1 {
		return fmt.Sprintf(" LIMIT %d OFFSET %d", PageSize+1, (page-1)*PageSize)
	}
	return most(PageSize + 1)
}

func most(n int) string { return fmt.Sprintf(" LIMIT %d", n) }

func cutPage[R Brief | Row](rows []R, err error) ([]R, bool, error) {
	if err != nil {
		return nil, false, err
	}
	if len(rows) > PageSize {
		return rows[:PageSize], true, nil
	}
	return rows, false, nil
}
