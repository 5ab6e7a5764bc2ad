package appeals

import (
	"context"
	"strconv"
	"testing"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

func parts(list []Work) map[WorkKind]int {
	out := map[WorkKind]int{}
	for _, w := range list {
		out[w.Kind] = w.N
	}
	return out
}

// TestOpenWorkIsCountedByItsParts, and what is done is no work.
func TestOpenWorkIsCountedByItsParts(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	admin := authz.Actor{Kind: authz.KindPerson, ID: b.clerk.ID, Roles: []authz.Role{authz.RoleAdmin}}
	first := b.inWork(t)
	for range 5 {
		b.inWork(t)
	}
	b.submitted(t)
	b.signed(t)
	b.Owner(t, "INSERT INTO appeal_coexecutors (appeal_id, person_id, created_at) SELECT id, $1, now() FROM appeals WHERE number = $2", b.second.ID, first)
	for _, c := range []struct {
		name         string
		person, unit int64
		want         map[WorkKind]int
	}{
		{"executor", b.exec.ID, 0, map[WorkKind]int{WorkExecutes: 7}},
		{"co-executor", b.second.ID, 0, map[WorkKind]int{WorkCoexecutes: 1}},
		{"head", b.head.ID, 0, map[WorkKind]int{WorkLeads: 6, WorkSigns: 1}},
		{"somebody without work", b.strangerExec.ID, 0, map[WorkKind]int{}},
		{"unit", 0, b.unit, map[WorkKind]int{WorkOfUnit: 7}},
		{"unit without work", 0, b.otherUnit, map[WorkKind]int{}},
	} {
		list, err := b.svc.OpenWork(ctx, admin, c.person, c.unit)
		got := parts(list)
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
		for k, n := range c.want {
			if got[k] != n {
				t.Errorf("%s: %d of %s, want %d", c.name, got[k], k, n)
			}
		}
		for _, w := range list {
			if len(w.Samples) != min(w.N, workSamples) || w.Samples[0].Number == "" {
				t.Errorf("%s: %+v", c.name, w)
			}
		}
	}
	if _, err := b.svc.OpenWork(ctx, b.head, b.exec.ID, 0); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a manager counts the work of others: %v", err)
	}
}

// TestWorkIsHandedOver by assigning each appeal: those that cannot be assigned as they
// stand stay, and who may not assign hands nothing over.
func TestWorkIsHandedOver(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	moving, asked, signing := b.inWork(t), b.inWork(t), b.submitted(t)
	must(t, b.svc.Ask(ctx, b.exec, asked, uuid.New(), "Вкажіть, будь ласка, номер під’їзду"))
	admin := authz.Actor{Kind: authz.KindPerson, ID: b.clerk.ID, Roles: []authz.Role{authz.RoleAdmin}}
	for name, try := range map[string]func() (int, int, error){
		"an administrator who may not assign": func() (int, int, error) { return b.svc.HandOver(ctx, admin, b.exec.ID, 0, b.second.ID, 0) },
		"to nobody":                           func() (int, int, error) { return b.svc.HandOver(ctx, b.clerk, b.exec.ID, 0, 0, 0) },
		"to himself":                          func() (int, int, error) { return b.svc.HandOver(ctx, b.clerk, b.exec.ID, 0, b.exec.ID, 0) },
		"to one who is no executor":           func() (int, int, error) { return b.svc.HandOver(ctx, b.clerk, b.exec.ID, 0, b.ann.ID, 0) },
		"to the same unit":                    func() (int, int, error) { return b.svc.HandOver(ctx, b.clerk, 0, b.unit, 0, b.unit) },
	} {
		if moved, _, err := try(); err == nil || moved != 0 {
			t.Errorf("%s: %d moved, %v", name, moved, err)
		}
	}
	moved, left, err := b.svc.HandOver(ctx, b.clerk, b.exec.ID, 0, b.second.ID, 0)
	if err != nil || moved != 1 || left != 2 {
		t.Fatalf("%d moved, %d left, %v", moved, left, err)
	}
	if c := b.see(t, b.clerk, moving); !is(c.ExecutorID, b.second.ID) || c.Events[len(c.Events)-1].Kind != "assigned" {
		t.Errorf("the moved one: %v, %+v", c.ExecutorID, c.Events)
	}
	for _, n := range []string{asked, signing} {
		if c := b.see(t, b.clerk, n); !is(c.ExecutorID, b.exec.ID) {
			t.Errorf("%s went to %v", n, *c.ExecutorID)
		}
	}
	if b.state(t, asked) != Clarifying {
		t.Error("the question to the applicant is gone")
	}
	if moved, left, err = b.svc.HandOver(ctx, b.clerk, 0, b.unit, 0, b.otherUnit); err != nil || moved != 1 || left != 2 {
		t.Fatalf("of the unit: %d moved, %d left, %v", moved, left, err)
	}
	if c := b.see(t, b.clerk, moving); !is(c.UnitID, b.otherUnit) || c.ExecutorID != nil || !is(c.ManagerID, b.strangerHead.ID) {
		t.Errorf("the moved one: %v, %v, %v", *c.UnitID, c.ExecutorID, *c.ManagerID)
	}
}

// TestCoexecutionsAreHandedOver with the rest: to who may see the matter, and never to
// who executes the appeal himself; whoever has no other part in it hands it over too.
func TestCoexecutionsAreHandedOver(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	helped, signing, asked := b.inWork(t), b.submitted(t), b.inWork(t)
	must(t, b.svc.Ask(ctx, b.exec, asked, uuid.New(), "Вкажіть, будь ласка, номер під’їзду"))
	for _, n := range []string{helped, signing, asked} {
		b.Owner(t, "INSERT INTO appeal_coexecutors (appeal_id, person_id, created_at) SELECT id, $1, now() FROM appeals WHERE number = $2", b.second.ID, n)
	}
	closed := b.inWork(t)
	b.Owner(t, "INSERT INTO appeal_coexecutors (appeal_id, person_id, created_at) SELECT id, $1, now() FROM appeals WHERE number = $2", b.second.ID, closed)
	b.Owner(t, "UPDATE appeals SET state = 'closed' WHERE number = $1", closed)
	coexecutors := func(n string) string {
		t.Helper()
		var out string
		must(t, b.DB.ReadPool().QueryRow(ctx, `SELECT coalesce(string_agg(c.person_id::text, ',' ORDER BY c.person_id), '')
			FROM appeal_coexecutors c JOIN appeals a ON a.id = c.appeal_id WHERE a.number = $1`, n).Scan(&out))
		return out
	}
	id := func(a authz.Actor) string { return strconv.FormatInt(a.ID, 10) }
	moved, left, err := b.svc.HandOver(ctx, b.clerk, b.second.ID, 0, b.strangerExec.ID, 0)
	if err != nil || moved != 0 || left != 3 || coexecutors(helped) != id(b.second) {
		t.Fatalf("to another unit: %d moved, %d left, %v: the matter is not theirs to see", moved, left, err)
	}
	b.Owner(t, "INSERT INTO people (email, name, status, created_at) VALUES ('third@example.org', 'Третяк Марія Іванівна', 'active', now())")
	b.Owner(t, "INSERT INTO role_grants (person_id, role, created_at) SELECT id, 'executor', now() FROM people WHERE email = 'third@example.org'")
	b.Owner(t, "INSERT INTO posts (unit_id, title_uk, created_at) VALUES ($1, 'інженерка', now())", b.unit)
	b.Owner(t, "INSERT INTO appointments (person_id, post_id, valid_from, created_at) SELECT id, (SELECT max(id) FROM posts), '2020-01-01', now() FROM people WHERE email = 'third@example.org'")
	var n int64
	must(t, b.DB.ReadPool().QueryRow(ctx, "SELECT id FROM people WHERE email = 'third@example.org'").Scan(&n))
	third := strconv.FormatInt(n, 10)
	moved, left, err = b.svc.HandOver(ctx, b.clerk, b.second.ID, 0, n, 0)
	if err != nil || moved != 3 || left != 0 {
		t.Fatalf("%d moved, %d left, %v", moved, left, err)
	}
	for _, x := range []string{helped, signing, asked} {
		c := b.see(t, b.clerk, x)
		last := c.Events[len(c.Events)-1]
		if coexecutors(x) != third || !is(c.ExecutorID, b.exec.ID) || last.Kind != "coexecution_passed" || last.Public {
			t.Errorf("%s: %s, %+v", x, coexecutors(x), last)
		}
	}
	if b.state(t, asked) != Clarifying || b.state(t, signing) != AnswerSigning {
		t.Error("a question or a signature stopped for it")
	}
	if coexecutors(closed) != id(b.second) {
		t.Error("the story of a closed appeal was changed")
	}
	if moved, _, err = b.svc.HandOver(ctx, b.clerk, n, 0, b.exec.ID, 0); err != nil || moved != 3 || coexecutors(helped) != "" {
		t.Errorf("to the executor himself: %d, %v, %q", moved, err, coexecutors(helped))
	}
}

// TestWorkOfWhoLostHisRoleIsNotLost: a role that was taken from somebody leaves his
// work where it is, and neither he nor the tray of his unit can do it.
func TestWorkOfWhoLostHisRoleIsNotLost(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	work, sign := b.inWork(t), b.submitted(t)
	look := func() map[string]string {
		t.Helper()
		rows, _, err := b.svc.Queue(ctx, b.clerk, Filter{Set: SetStranded})
		must(t, err)
		out := map[string]string{}
		for _, r := range rows {
			out[r.Number] = r.Out
		}
		return out
	}
	b.Owner(t, "INSERT INTO role_grants (person_id, role, created_at) VALUES ($1, 'admin', now())", b.exec.ID)
	if got := look(); len(got) != 0 {
		t.Errorf("everybody acts: %v", got)
	}
	b.Owner(t, "DELETE FROM role_grants WHERE person_id = $1 AND role = 'executor'", b.exec.ID) // he stays an administrator
	if got := look(); len(got) != 1 || got[work] != OutExecutor {
		t.Errorf("the executor has his role no more: %v", got)
	}
	b.Owner(t, "DELETE FROM role_grants WHERE person_id = $1", b.head.ID) // he has no other, and his post
	if got := look(); len(got) != 2 || got[sign] != OutManager {
		t.Errorf("nor the manager: %v", got)
	}
}

// TestWorkOfWhoLeftHisPostIsNotLost: his role stays until somebody thinks of it, but
// nobody signs without a post. Who is only about to leave acts.
func TestWorkOfWhoLeftHisPostIsNotLost(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	work, sign := b.inWork(t), b.submitted(t)
	look := func() map[string]string {
		t.Helper()
		rows, _, err := b.svc.Queue(ctx, b.clerk, Filter{Set: SetStranded})
		must(t, err)
		out := map[string]string{}
		for _, r := range rows {
			out[r.Number] = r.Out
		}
		return out
	}
	today := i18n.ISODate(b.Clock.Now())
	b.Owner(t, "UPDATE appointments SET valid_to = $1::date", today)
	if got := look(); len(got) != 0 {
		t.Errorf("the last day is a day of the post: %v", got)
	}
	b.Owner(t, "UPDATE appointments SET valid_to = $1::date - 1 WHERE person_id = $2", today, b.head.ID)
	if got := look(); len(got) != 1 || got[sign] != OutManager {
		t.Errorf("the post of the manager ended yesterday: %v", got)
	}
	if c := b.see(t, b.clerk, sign); c.Out != OutManager {
		t.Errorf("the case says %q", c.Out)
	}
	b.Owner(t, "UPDATE posts SET active = false WHERE id IN (SELECT post_id FROM appointments WHERE person_id = $1)", b.exec.ID)
	if got := look(); len(got) != 2 || got[work] != OutExecutor {
		t.Errorf("the post of the executor was closed: %v", got)
	}
}

// TestWorkOfTheBlockedIsNotLost: it has a tray, and each list marks it.
func TestWorkOfTheBlockedIsNotLost(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	work, sign := b.inWork(t), b.submitted(t)
	other := b.registered(t)
	must(t, b.svc.Assign(ctx, b.clerk, other, 0, b.unit, b.second.ID))
	look := func(who authz.Actor, set Set) map[string]string {
		t.Helper()
		rows, _, err := b.svc.Queue(ctx, who, Filter{Set: set})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, r := range rows {
			out[r.Number] = r.Out
		}
		return out
	}
	if got := look(b.head, SetStranded); len(got) != 0 {
		t.Errorf("nobody is blocked: %v", got)
	}
	b.Owner(t, "UPDATE people SET status = 'blocked' WHERE id = $1", b.exec.ID)
	b.svc.counts.drop()
	for name, who := range map[string]authz.Actor{"head": b.head, "specialist": b.clerk} {
		if got := look(who, SetStranded); len(got) != 1 || got[work] != OutExecutor {
			t.Errorf("%s: %v", name, got)
		}
		if got := look(who, SetWork); got[work] != OutExecutor || got[other] != "" || len(got) != 2 {
			t.Errorf("%s, in work: %v", name, got)
		}
		if n, err := b.svc.Counts(ctx, who); err != nil || n[SetStranded] != 1 {
			t.Errorf("%s counts %d, %v", name, n[SetStranded], err)
		}
	}
	b.svc.cases = newCaseCache()
	if c := b.see(t, b.head, work); c.Out != OutExecutor {
		t.Errorf("the card says %q", c.Out)
	}
	if c, err := b.svc.Own(ctx, b.ann, work); err != nil || c.Out != "" {
		t.Errorf("the applicant is told of the blocked: %v, %v", c, err)
	}
	if got := look(b.strangerHead, SetStranded); len(got) != 0 {
		t.Errorf("the head of another unit sees %v", got)
	}
	for _, s := range Sets(b.second) {
		if s == SetStranded {
			t.Error("an executor has the tray")
		}
	}
	b.Owner(t, "UPDATE people SET status = 'blocked' WHERE id = $1", b.head.ID)
	if got := look(b.clerk, SetStranded); len(got) != 2 || got[sign] != OutManager {
		t.Errorf("with the manager: %v", got)
	}

	// What waits for the resolution of a blocked manager goes to another one.
	b.Owner(t, "UPDATE people SET status = 'active' WHERE id = $1", b.head.ID)
	waiting := b.registered(t)
	must(t, b.svc.SendToManager(ctx, b.clerk, waiting, 0, b.head.ID))
	b.Owner(t, "UPDATE people SET status = 'blocked' WHERE id = $1", b.head.ID)
	if got := look(b.clerk, SetStranded); got[waiting] != OutManager {
		t.Errorf("on resolution: %v", got)
	}
	if err := b.svc.SendToManager(ctx, b.strangerExec, waiting, 0, b.strangerHead.ID); err == nil {
		t.Error("an executor of another unit chooses the manager")
	}
	must(t, b.svc.SendToManager(ctx, b.clerk, waiting, 0, b.strangerHead.ID))
	if got := look(b.strangerHead, SetResolve); len(got) != 1 || got[waiting] != "" {
		t.Errorf("the other manager has %v", got)
	}
}
