package petitions

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
)

func TestTheGroundsOfTheLaw(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	b.Owner(t, "UPDATE petition_grounds SET active = false WHERE code = 'powers'")
	must(t, SeedLaw(ctx, b.DB)) // the next start
	list, err := b.svc.Grounds(ctx)
	must(t, err)
	if len(list) != len(grounds)-1 || b.Count(t, "SELECT count(*) FROM petition_charters") != 1 {
		t.Errorf("a start changed what the administrator had decided: %d grounds", len(list))
	}
	for _, g := range list {
		if g.Code == "powers" || g.TitleUk == "" || g.TitleEn == "" || !strings.Contains(g.NormUk, "ст. ") || !strings.Contains(g.NormEn, "Art. ") {
			t.Errorf("%+v", g)
		}
	}
	p := b.inState(t, b.ann, Checking)
	want(t, b.svc.Return(ctx, b.clerk, p.Number, 0, "powers", "Питання вирішує обласна рада."), errs.KindInvalid, "petitions.err.ground")
}

func TestACityWithoutRulesGetsThoseForShow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Owner(t, "DELETE FROM petition_charters")
	must(t, SeedLaw(context.Background(), b.DB))
	list, err := b.instance(t).Charters(context.Background())
	must(t, err)
	if len(list) != 1 || !list[0].Demo || list[0].Threshold != 300 || list[0].GatheringDays != 90 {
		t.Errorf("%+v", list)
	}
	must(t, list[0].Validate())
}

func TestWhoMayJudge(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	note := "Питання вирішує обласна рада, а не міська."
	for _, c := range []struct {
		name string
		who  authz.Actor
		kind errs.Kind
	}{
		{"a guest", authz.Guest(), errs.KindUnauthenticated},
		{"a resident", b.bob, errs.KindForbidden},
		{"the executor", b.exec, errs.KindForbidden},
		{"the manager", b.head, errs.KindForbidden},
		{"the administrator", b.boss, errs.KindForbidden},
	} {
		p := b.inState(t, b.ann, Checking)
		target := b.gathering(t, b.ann)
		for name, err := range map[string]error{
			"take": b.svc.Take(ctx, c.who, p.Number, true), "let go": b.svc.LetGo(ctx, c.who, p.Number), "publish": b.svc.Publish(ctx, c.who, p.Number, 0),
			"return": b.svc.Return(ctx, c.who, p.Number, 0, "powers", note), "merge": b.svc.Merge(ctx, c.who, []int64{p.Number}, target.Number),
		} {
			if !errs.Is(err, c.kind) {
				t.Errorf("%s, %s: %v", c.name, name, err)
			}
		}
		if got := b.load(t, p.Number); got.State != Checking || got.Version != p.Version {
			t.Errorf("%s changed the petition: %s", c.name, got.State)
		}
	}
}

// TestNobodyActsInHisOwnMatter: an official who wrote a petition is its author
// and no more.
func TestNobodyActsInHisOwnMatter(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	all := b.person(t, "Усевладна Олена Карпівна", authz.RoleSpecialist, authz.RoleExecutor, authz.RoleManager)
	all.PostTitle = "секретар міської ради"
	at := func(st State) int64 { return b.inState(t, all, st).Number }
	must(t, b.svc.SubmitAnswer(ctx, b.exec, at(Reviewing), 0, AnswerForm{Decision: Supported, Body: reasoned}))
	reviewing := b.id(t, "SELECT max(number) FROM petitions")
	digest := b.answer(t, b.load(t, reviewing)).SignedDigest(reviewing)
	target := b.gathering(t, b.ann)
	before := b.Count(t, "SELECT count(*) FROM petition_events")
	for name, err := range map[string]error{
		"take": b.svc.Take(ctx, all, at(Checking), false), "publish": b.svc.Publish(ctx, all, at(Checking), 0), "merge": b.svc.Merge(ctx, all, []int64{at(Checking)}, target.Number),
		"announce": b.svc.Announce(ctx, all, at(Reached), 0), "session": b.svc.Session(ctx, all, reviewing, 0, b.Clock.Now().AddDate(0, 0, 5)),
		"draft": b.svc.SaveAnswer(ctx, all, at(Reviewing), 0, AnswerForm{Body: "текст"}), "send back": b.svc.ReturnAnswer(ctx, all, reviewing, 1, "Додайте строки"),
		"sign": b.svc.SignAnswer(ctx, all, reviewing, digest, "right"), "milestone": b.svc.SaveMilestone(ctx, all, at(Answered), Milestone{Title: "Замовлено проєкт"}),
		"finish": b.svc.Finish(ctx, all, at(Answered), 0),
	} {
		e, ok := errs.As(err)
		if !ok || e.Kind != errs.KindForbidden || e.Key != "petitions.err.own" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM petition_events"); n != before {
		t.Errorf("%d things happened", n-before)
	}
}

func TestPublishedUnderItsCharter(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p, _ := b.submitted(t, b.ann)
	b.mustSign(t, p, b.ann, b.bob)
	// A new version of the charter comes into force while the petition is on check.
	b.newCharter(t, Charter{
		ValidFrom: b.Clock.Now().AddDate(0, 0, -1).UTC().Truncate(24 * time.Hour), Threshold: 500, GatheringDays: 30, Supporters: 2, SupportersDays: 30,
		CheckDays: 1, AnnounceDays: 1, ReviewDays: 5, Tier: TierStrong, ResidentsOnly: true, Source: "Статут 2",
	})
	p = b.load(t, p.Number)
	want(t, b.svc.Publish(ctx, b.clerk, p.Number, p.Version-1), errs.KindConflict, "errors.conflict")
	must(t, b.svc.Publish(ctx, b.clerk, p.Number, p.Version))
	v, err := b.svc.Show(ctx, authz.Guest(), p.Number, "")
	must(t, err)
	if v.Threshold != b.charter.Threshold || v.Tier != TierEmail {
		t.Errorf("published under another charter: %d, %s", v.Threshold, v.Tier)
	}
	if d := v.Term(StepCheck); d == nil || d.MetAt == nil || d.MetAt.After(d.DueAt) {
		t.Errorf("the check: %+v", d)
	}
	d := v.Term(StepGathering)
	if d == nil || !d.DueAt.Equal(*v.EndsAt) || d.ExplainUk == "" || d.ExplainEn == "" || d.Rule == "" || d.CalendarVersion == "" {
		t.Fatalf("the gathering: %+v", d)
	}
	if days := v.EndsAt.Sub(b.Clock.Now()).Hours() / 24; days < 89 || days > 92 {
		t.Errorf("it gathers for %.1f days", days)
	}
	if n := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'petition.published' AND person_id = $1", b.ann.ID); n != 1 {
		t.Errorf("%d letters tell the author", n)
	}
}

func TestTakenAndLetGo(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	other := b.person(t, "Другий Фахівець Петрович", authz.RoleSpecialist)
	p := b.inState(t, b.ann, Checking)
	must(t, b.svc.Take(ctx, b.clerk, p.Number, false))
	must(t, b.svc.Take(ctx, b.clerk, p.Number, false)) // again, of one's own
	must(t, b.svc.LetGo(ctx, other, p.Number))         // lets nothing of his go
	want(t, b.svc.Return(ctx, other, p.Number, 0, "powers", "Питання вирішує обласна рада."), errs.KindConflict, "petitions.err.taken")
	desk, err := b.svc.DeskOf(ctx, other, DeskCheck, "uk", 1)
	must(t, err)
	if len(desk.Rows) != 1 || desk.Rows[0].Claim == nil || desk.Rows[0].Claim.PersonID != b.clerk.ID {
		t.Errorf("the desk does not tell who has it: %+v", desk.Rows)
	}
	must(t, b.svc.LetGo(ctx, b.clerk, p.Number))
	must(t, b.svc.Take(ctx, other, p.Number, false))
	must(t, b.svc.Return(ctx, other, p.Number, 0, "powers", "Питання вирішує обласна рада."))
	if n := b.Count(t, "SELECT count(*) FROM petition_claims"); n != 0 {
		t.Errorf("%d hands are not open", n)
	}
	want(t, b.svc.Take(ctx, b.clerk, p.Number, false), errs.KindConflict, "petitions.err.state")
	want(t, b.svc.Take(ctx, b.clerk, 999_999, false), errs.KindNotFound, "")
	if n := b.Count(t, "SELECT count(DISTINCT actor) FROM audit.trail WHERE table_name = 'petition_claims'"); n != 2 {
		t.Errorf("the trail knows %d of two who had it in hand", n)
	}
}

func TestWhatCannotBeJoined(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	target, one, two := b.gathering(t, b.ann), b.inState(t, b.bob, Checking), b.inState(t, b.bob, Checking)
	other := b.person(t, "Другий Фахівець Петрович", authz.RoleSpecialist)
	must(t, b.svc.Take(ctx, other, two.Number, false))
	for _, c := range []struct {
		name    string
		numbers []int64
		into    int64
		kind    errs.Kind
		key     string
	}{
		{"nothing is chosen", nil, target.Number, errs.KindInvalid, "petitions.err.none_chosen"},
		{"into nothing", []int64{one.Number}, 0, errs.KindInvalid, "petitions.err.into"},
		{"into one that does not exist", []int64{one.Number}, 999_999, errs.KindInvalid, "petitions.err.into"},
		{"into one that is not published", []int64{one.Number}, two.Number, errs.KindInvalid, "petitions.err.into"},
		{"into itself", []int64{target.Number}, target.Number, errs.KindInvalid, "petitions.err.into"},
		{"one is in another hand", []int64{one.Number, two.Number}, target.Number, errs.KindConflict, "petitions.err.taken"},
		{"one does not exist", []int64{one.Number, 999_999}, target.Number, errs.KindNotFound, ""},
	} {
		want(t, b.svc.Merge(ctx, b.clerk, c.numbers, c.into), c.kind, c.key)
		if n := b.Count(t, "SELECT count(*) FROM petitions WHERE state = 'merged'"); n != 0 {
			t.Fatalf("%s: %d were joined", c.name, n)
		}
	}
	must(t, b.svc.Merge(ctx, b.clerk, []int64{one.Number, one.Number}, target.Number)) // chosen twice is chosen
	if n := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'petition.merged'"); n != 1 {
		t.Errorf("%d letters", n)
	}
}

func TestTheDeskPutsWhatIsDueOnTop(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	first, _ := b.submitted(t, b.ann)
	b.mustSign(t, first, b.ann, b.bob)
	b.Clock.Advance(26 * time.Hour)
	later, _ := b.submitted(t, b.bob)
	b.mustSign(t, later, b.ann, b.bob)
	b.Clock.Advance(10 * 24 * time.Hour)
	d, err := b.svc.DeskOf(ctx, b.clerk, DeskCheck, "en", 1)
	must(t, err)
	var got []int64
	for _, r := range d.Rows {
		got = append(got, r.Number)
		if r.DueAt == nil || !r.DueAt.Before(b.Clock.Now()) || r.Explain == "" || r.Count != 2 {
			t.Errorf("%+v", r)
		}
	}
	if !slices.Equal(got, []int64{first.Number, later.Number}) || d.Total != 2 || d.Counts[DeskCheck] != 2 || d.Counts[DeskAll] != 2 {
		t.Errorf("%v %+v", got, d.Counts)
	}
	for _, who := range []authz.Actor{authz.Guest(), b.ann, b.boss} {
		if _, err := b.svc.DeskOf(ctx, who, DeskCheck, "uk", 1); !errs.Is(err, errs.KindForbidden) {
			t.Errorf("%s sees the desk: %v", who.Name, err)
		}
	}
	if _, err := b.svc.DeskOf(ctx, b.clerk, "'; --", "uk", 1); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("%v", err)
	}
	for _, who := range []authz.Actor{b.exec, b.head} {
		for _, tab := range DeskTabs {
			_, err := b.svc.DeskOf(ctx, who, tab, "uk", 2)
			must(t, err)
		}
	}
}

func TestWhoLooksAtContactsIsWrittenDown(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.inState(t, b.ann, Checking)
	b.Owner(t, "UPDATE petitions SET author_address = 'вул. Вигадана, 1' WHERE id = $1", p.ID)
	for _, who := range []authz.Actor{b.bob, authz.Guest()} {
		if c, err := b.svc.AuthorContacts(ctx, who, p.Number); err == nil || c != (Contacts{}) {
			t.Errorf("%s reads them", who.Name)
		}
	}
	for range 2 {
		c, err := b.svc.AuthorContacts(ctx, b.clerk, p.Number)
		must(t, err)
		if c.Address != "вул. Вигадана, 1" || !strings.Contains(c.Email, "@") {
			t.Errorf("%+v", c)
		}
	}
	looked := func(who authz.Actor) int {
		v, err := b.svc.Show(ctx, who, p.Number, "")
		must(t, err)
		n := 0
		for _, l := range v.Story {
			if l.Kind == "contacts" && l.ActorName == b.clerk.Name {
				n++
			}
		}
		return n
	}
	if looked(b.ann) != 1 || looked(b.clerk) != 1 {
		t.Error("the author does not see who looked")
	}
	b.Clock.Advance(24 * time.Hour)
	must(t, second(b.svc.AuthorContacts(ctx, b.clerk, p.Number)))
	if n := looked(b.ann); n != 2 {
		t.Errorf("a look on another day: %d", n)
	}
	must(t, b.svc.Publish(ctx, b.clerk, p.Number, 0))
	v, err := b.svc.Show(ctx, authz.Guest(), p.Number, "")
	must(t, err)
	for _, l := range v.Story {
		if l.Kind == "contacts" {
			t.Error("strangers read who looked")
		}
	}
}
