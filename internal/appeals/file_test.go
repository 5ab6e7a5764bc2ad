package appeals

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/obs"
	"ereception/internal/platform/together"
)

// TestWhoFilesAtOnceSharesATransactionAndNothingElse holds up the first filing
// until thirty others wait. They go in two transactions; each row of the trail
// names its own person and request, and those who cannot file spoil nobody's.
func TestWhoFilesAtOnceSharesATransactionAndNothingElse(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	const honest = 30
	type one struct {
		who authz.Actor
		id  uuid.UUID
	}
	list := make([]one, honest)
	for i := range list {
		list[i].who = b.person(t, fmt.Sprintf("%02d Заявник Зразковий", i), 0, false)
		list[i].id = b.started(t, list[i].who, b.draft())
	}
	if _, err := b.svc.AttachToDraft(ctx, list[3].who, list[3].id, "нотатка.txt", reader("Фото ями надішлю окремо.")); err != nil {
		t.Fatal(err)
	}
	far, first := 48.0, b.started(t, b.ann, b.draft())
	outside := b.draft()
	outside.Lat = &far
	nowhere := b.draft()
	nowhere.TopicID = 1 << 40

	foreign, out, lost := b.started(t, b.ann, b.draft()), b.started(t, b.bob, outside), b.started(t, b.bob, b.draft())

	open := b.Gate(t, "appeals")
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := b.svc.File(ctx, b.ann, first); err != nil {
			t.Error(err)
		}
	})
	for b.Count(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	numbers := make([]string, honest)
	for i, o := range list {
		wg.Go(func() {
			n, err := b.svc.File(obs.WithRequest(ctx, fmt.Sprintf("request-%02d", i)), o.who, o.id)
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
			numbers[i] = n
		})
	}
	refuse := func(what string, kind errs.Kind, who authz.Actor, id uuid.UUID) {
		wg.Go(func() {
			if n, err := b.svc.File(ctx, who, id); n != "" || !errs.Is(err, kind) {
				t.Errorf("%s: %q, %v", what, n, err)
			}
		})
	}
	refuse("somebody else’s draft", errs.KindNotFound, b.bob, foreign)
	refuse("a point outside", errs.KindInvalid, b.bob, out)
	refuse("a draft that is not there", errs.KindNotFound, b.bob, uuid.New())
	refuse("a guest", errs.KindUnauthenticated, authz.Guest(), lost)
	time.Sleep(100 * time.Millisecond) // they wait for the first one
	open()
	wg.Wait()

	seen := map[string]bool{}
	for i, n := range numbers {
		if n == "" || seen[n] {
			t.Errorf("%d has the number %q", i, n)
		}
		seen[n] = true
		if m := b.Count(t, `SELECT count(*) FROM appeals a JOIN audit.trail t ON t.table_name = 'appeals' AND t.row_id = a.id::text
			JOIN appeal_events e ON e.appeal_id = a.id AND e.kind = 'filed' AND e.actor_id = a.author_id AND e.actor_name = $4
			JOIN letters l ON l.appeal_id = a.id AND l.person_id = a.author_id AND l.message_id = a.filing_key || '.receipt'
			JOIN river_job j ON j.kind = 'send_letter' AND (j.args ->> 'letter_id')::bigint = l.id
			WHERE a.number = $1 AND a.author_id = $2 AND a.filing_key = $5 AND t.op = 'I' AND t.actor = 'person:' || $2 AND t.acting_for = '' AND t.action = 'appeal.file' AND t.request = $3`,
			n, list[i].who.ID, fmt.Sprintf("request-%02d", i), list[i].who.Name, list[i].id); m != 1 {
			t.Errorf("%d: %d whole records of his own", i, m)
		}
	}
	// That of the first one, that of the first few who waited, and that of all others.
	if n := b.Count(t, "SELECT count(DISTINCT txid) FROM audit.trail WHERE table_name = 'appeals'"); n > 3 {
		t.Errorf("%d transactions", n)
	}
	if n := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'files' AND op = 'U' AND actor = $1 AND request = 'request-03'", list[3].who.Trail()); n != 1 {
		t.Errorf("the file that went with an appeal has %d rows of its owner", n)
	}
	if n := b.Count(t, "SELECT count(*) FROM appeal_drafts"); n != 3 {
		t.Errorf("%d drafts are left, want the three that could not be filed", n)
	}
	if n := b.Count(t, "SELECT count(*) FROM appeals"); n != honest+1 {
		t.Errorf("%d appeals", n)
	}

	// One that the database itself refuses makes each file alone.
	wrong := b.started(t, b.bob, nowhere)
	good := []uuid.UUID{b.started(t, b.ann, b.draft()), b.started(t, b.ann, b.draft())}
	answers := b.svc.fileShare(ctx, []*filing{{who: b.ann, id: good[0]}, {who: b.bob, id: wrong}, {who: b.ann, id: good[1]}, {who: b.ann, id: good[1]}})
	if answers[0].Err != nil || answers[2].Err != nil || answers[0].Value == answers[2].Value || answers[0].Value == "" {
		t.Errorf("the good ones: %+v", answers)
	}
	if e, ok := errs.As(known(answers[1].Err)); !ok || len(e.Fields) != 1 || e.Fields[0].Name != "topic" {
		t.Errorf("the wrong one: %v", answers[1].Err)
	}
	if !errs.Is(answers[3].Err, errs.KindNotFound) {
		t.Errorf("the one pressed twice: %+v", answers[3])
	}
	if n := b.Count(t, "SELECT count(*) FROM appeals"); n != honest+3 {
		t.Errorf("%d appeals", n)
	}
}

// TestWhatIsSavedWhileItIsFiledIsNotLost: a save, or a throwing away, that is on its
// way is waited for, and what is filed is what it left.
func TestWhatIsSavedWhileItIsFiledIsNotLost(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	for _, c := range []struct{ name, sql, title string }{
		{"saved", `UPDATE appeal_drafts SET data = jsonb_set(data, '{title}', '"Яма, про яку написано пізніше"'), version = version + 1 WHERE id = $1`, "Яма, про яку написано пізніше"},
		{"thrown away", "DELETE FROM appeal_drafts WHERE id = $1", ""},
	} {
		id := b.started(t, b.ann, b.draft())
		tx, err := b.DB.Pool().Begin(ctx)
		must(t, err)
		if _, err := tx.Exec(ctx, c.sql, id); err != nil {
			t.Fatal(err)
		}
		type answer struct {
			number string
			err    error
		}
		done := make(chan answer, 1)
		go func() {
			n, err := b.svc.File(ctx, b.ann, id)
			done <- answer{n, err}
		}()
		for b.Count(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0 {
			select {
			case got := <-done:
				t.Fatalf("%s: it was not waited for: %+v", c.name, got)
			case <-time.After(5 * time.Millisecond):
			}
		}
		must(t, tx.Commit(ctx))
		got := <-done
		if c.title == "" {
			if !errs.Is(got.err, errs.KindNotFound) || b.Count(t, "SELECT count(*) FROM appeals WHERE filing_key = $1", id) != 0 {
				t.Errorf("%s: %+v", c.name, got)
			}
			continue
		}
		if got.err != nil || b.Count(t, "SELECT count(*) FROM appeals WHERE number = $1 AND title = $2 AND filing_key = $3", got.number, c.title, id) != 1 {
			t.Errorf("%s: the former text was filed: %+v", c.name, got)
		}
	}
	if l, j := b.Count(t, "SELECT count(*) FROM letters"), b.Jobs(t, "send_letter"); l != 1 || j != 1 {
		t.Errorf("%d letters, %d jobs", l, j)
	}
}

// A database that does not get to it in time: the person is told to come again,
// and his draft is as it was.
func TestWhoIsNotReachedInTimeFilesAgain(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	short := filingOptions
	short.Within = 200 * time.Millisecond
	b.svc.box = together.New(short, b.svc.fileShare)
	id := b.started(t, b.ann, b.draft())
	open := b.Gate(t, "appeals")
	_, err := b.svc.File(ctx, b.ann, id)
	if e, ok := errs.As(err); !ok || e.Kind != errs.KindUnavailable || e.Key != "errors.crowd" || e.RetryAfter == 0 {
		t.Fatalf("out of time: %v", err)
	}
	open()
	b.svc.box = together.New(filingOptions, b.svc.fileShare)
	if n, err := b.svc.File(ctx, b.ann, id); err != nil || n == "" {
		t.Errorf("once more: %q, %v", n, err)
	}
	if n := b.Count(t, "SELECT count(*) FROM appeals"); n != 1 {
		t.Errorf("%d appeals", n)
	}
}
