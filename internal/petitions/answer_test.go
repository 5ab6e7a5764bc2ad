package petitions

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

func TestTheTermsOfTheReview(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.gathering(t, b.ann)
	b.mustSign(t, p, b.residents(t, 5)...)
	term := func(step Step) *Term {
		v, err := b.svc.Show(ctx, authz.Guest(), p.Number, "")
		must(t, err)
		d := v.Term(step)
		if d == nil || d.ExplainUk == "" || d.ExplainEn == "" {
			t.Fatalf("%s: %+v", step, d)
		}
		return d
	}
	if d := term(StepAnnounce); d.MetAt != nil || d.DueAt.Sub(b.Clock.Now()) > 6*24*time.Hour {
		t.Errorf("announce: %+v", d)
	}
	want(t, b.svc.Announce(ctx, b.exec, p.Number, 0), errs.KindForbidden, "")
	want(t, b.svc.Session(ctx, b.clerk, p.Number, 0, b.Clock.Now().AddDate(0, 0, 5)), errs.KindConflict, "petitions.err.state")
	must(t, b.svc.Announce(ctx, b.clerk, p.Number, 0))
	want(t, b.svc.Announce(ctx, b.clerk, p.Number, 0), errs.KindConflict, "petitions.err.state")
	if d := term(StepAnnounce); d.MetAt == nil {
		t.Error("the announcement is not noted as done")
	}
	ten := term(StepReview).DueAt
	if d := ten.Sub(b.Clock.Now()).Hours() / 24; d < 12 || d > 20 {
		t.Errorf("ten working days end after %.1f days", d)
	}
	for _, day := range []time.Time{{}, b.Clock.Now().AddDate(0, 0, -1), b.Clock.Now().AddDate(400, 0, 0)} {
		want(t, b.svc.Session(ctx, b.clerk, p.Number, 0, day), errs.KindInvalid, "petitions.err.session")
	}
	must(t, b.svc.Session(ctx, b.clerk, p.Number, 0, b.Clock.Now().AddDate(0, 0, 2)))
	if d := term(StepReview); !d.DueAt.Equal(ten) || !strings.Contains(d.ExplainUk, "в межах строку") {
		t.Errorf("a session within the ten days changed the term: %v, %s", d.DueAt, d.ExplainUk)
	}
	must(t, b.svc.Session(ctx, b.clerk, p.Number, 0, b.Clock.Now().AddDate(0, 3, 0)))
	must(t, b.svc.Session(ctx, b.clerk, p.Number, 0, b.Clock.Now().AddDate(0, 0, 3))) // brought forward
	if d := term(StepReview); !d.DueAt.Equal(ten) {
		t.Errorf("the term ends at %v, before the ten working days", d.DueAt)
	}
	must(t, b.svc.Session(ctx, b.clerk, p.Number, 0, b.Clock.Now().AddDate(0, 1, 0)))
	if d := term(StepReview); !d.DueAt.After(ten) {
		t.Errorf("the review does not wait: %v", d.DueAt)
	}
	must(t, b.svc.Session(ctx, b.clerk, p.Number, 0, b.Clock.Now().AddDate(0, 2, 0))) // the session was put off
	if n := b.Count(t, "SELECT count(*) FROM petition_terms WHERE petition_id = $1 AND step = 'review' AND met_at IS NULL", p.ID); n != 1 {
		t.Errorf("%d terms of review run", n)
	}
	b.Clock.Set(term(StepReview).DueAt.Add(time.Hour))
	must(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 0, AnswerForm{Decision: Rejected, Body: reasoned}))
	must(t, b.svc.SignAnswer(ctx, b.head, p.Number, b.answer(t, p).SignedDigest(p.Number), "right"))
	f, err := b.svc.Figures(ctx)
	must(t, err)
	if f.Due != 1 || f.OnTime != 0 || f.Promised != 0 || f.Reached != 1 || f.Median < 50 {
		t.Errorf("a late answer counts as %+v", f)
	}
}

func TestADraftOfTheAnswer(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.inState(t, b.ann, Reviewing)
	for _, who := range []authz.Actor{b.bob, b.head, b.boss} {
		want(t, b.svc.SaveAnswer(ctx, who, p.Number, 0, AnswerForm{Body: "текст"}), errs.KindForbidden, "")
	}
	must(t, b.svc.SaveAnswer(ctx, b.exec, p.Number, 0, AnswerForm{Body: "перший"}))
	want(t, b.svc.SaveAnswer(ctx, b.clerk, p.Number, 0, AnswerForm{Body: "наосліп"}), errs.KindConflict, "errors.conflict")
	must(t, b.svc.SaveAnswer(ctx, b.clerk, p.Number, 1, AnswerForm{Body: "другий"}))
	want(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 1, AnswerForm{Decision: Supported, Body: reasoned}), errs.KindConflict, "errors.conflict")
	a := b.answer(t, p)
	if a.Body != "другий" || !slices.Equal(a.Authors, ids{b.exec.ID, b.clerk.ID}) {
		t.Errorf("%+v", a)
	}
	for _, c := range []struct {
		name, key string
		f         AnswerForm
	}{
		{"no decision", "petitions.err.decision", AnswerForm{Body: reasoned}},
		{"a decision of no law", "petitions.err.decision", AnswerForm{Decision: "maybe", Body: reasoned}},
		{"no reasons", "petitions.err.answer_short", AnswerForm{Decision: Supported, Body: strings.Repeat(" ", 200)}},
		{"too long", "petitions.err.long", AnswerForm{Decision: Supported, Body: strings.Repeat("ї", AnswerMax+1)}},
		{"a link by http", "petitions.err.url", AnswerForm{Decision: Supported, Body: reasoned, DecisionURL: "http://zt-rada.gov.ua/"}},
		{"a link with a password", "petitions.err.url", AnswerForm{Decision: Supported, Body: reasoned, VideoURL: "https://a:b@zt-rada.gov.ua/"}},
	} {
		err := b.svc.SubmitAnswer(ctx, b.exec, p.Number, a.Version, c.f)
		if e, ok := errs.As(err); !ok || e.Kind != errs.KindInvalid || !slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return f.Key == c.key }) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	must(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, a.Version, AnswerForm{Decision: Supported, Body: reasoned}))
	a = b.answer(t, p)
	want(t, b.svc.SaveAnswer(ctx, b.exec, p.Number, a.Version, AnswerForm{Body: "після подання"}), errs.KindConflict, "petitions.err.state")
	want(t, b.svc.ReturnAnswer(ctx, b.head, p.Number, a.Version-1, "Додайте строки"), errs.KindConflict, "errors.conflict")
	want(t, b.svc.ReturnAnswer(ctx, b.head, p.Number, a.Version, "ні"), errs.KindInvalid, "petitions.err.remarks")
	want(t, b.svc.ReturnAnswer(ctx, b.exec, p.Number, a.Version, "Додайте строки"), errs.KindForbidden, "")
	must(t, b.svc.ReturnAnswer(ctx, b.head, p.Number, a.Version, "Додайте строки"))
	want(t, b.svc.SignAnswer(ctx, b.head, p.Number, a.SignedDigest(p.Number), "right"), errs.KindConflict, "petitions.err.state")
	must(t, b.svc.SaveAnswer(ctx, b.exec, p.Number, b.answer(t, p).Version, AnswerForm{Body: "ще"}))
	if got := b.answer(t, p); got.Remarks != "Додайте строки" {
		t.Errorf("the remarks were lost while the answer is written anew: %q", got.Remarks)
	}
}

func TestTheSignatureMeansExactlyThisText(t *testing.T) {
	t.Parallel()
	day, other := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)
	base := Answer{ID: 7, Decision: Supported, Body: "текст", SessionOn: &day, DecisionURL: "https://a.ua/1", VideoURL: "https://a.ua/2"}
	seen := map[string]string{string(base.SignedDigest(1)): "the answer"}
	for name, change := range map[string]func(a *Answer) int64{
		"another petition": func(*Answer) int64 { return 2 }, "another answer": func(a *Answer) int64 { a.ID = 8; return 1 },
		"another decision": func(a *Answer) int64 { a.Decision = Partly; return 1 }, "another text": func(a *Answer) int64 { a.Body += "."; return 1 },
		"another session": func(a *Answer) int64 { a.SessionOn = &other; return 1 }, "no session": func(a *Answer) int64 { a.SessionOn = nil; return 1 },
		"another link": func(a *Answer) int64 { a.DecisionURL = "https://a.ua/3"; return 1 }, "links changed places": func(a *Answer) int64 { a.DecisionURL, a.VideoURL = a.VideoURL, a.DecisionURL; return 1 },
	} {
		a := base
		n := change(&a)
		d := string(a.SignedDigest(n))
		if was, dup := seen[d]; dup {
			t.Errorf("%s has the digest of %s", name, was)
		}
		seen[d] = name
	}
}

// TestTwoManagersSignAtOnce: one answer, one signature, one news.
func TestTwoManagersSignAtOnce(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.inState(t, b.ann, Reviewing)
	must(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 0, AnswerForm{Decision: Supported, Body: reasoned}))
	digest := b.answer(t, p).SignedDigest(p.Number)
	other := b.person(t, "Інший Керівник Петрович", authz.RoleManager)
	other.PostTitle = "міський голова"
	services := []*Service{b.svc, b.instance(t)}
	var wg sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		wg.Go(func() {
			who := []authz.Actor{b.head, other}[i%2]
			results[i] = services[i/2%2].SignAnswer(ctx, who, p.Number, digest, "right")
		})
	}
	wg.Wait()
	signed := 0
	for _, err := range results {
		var e *errs.Error
		switch {
		case err == nil:
			signed++
		case !errors.As(err, &e) || e.Kind != errs.KindConflict:
			t.Errorf("%v", err)
		}
	}
	if signed != 1 || b.Jobs(t, kind.PetitionNews{}.Kind()) != 1 || b.Count(t, "SELECT count(*) FROM petition_events WHERE kind = 'answered'") != 1 {
		t.Errorf("%d signatures", signed)
	}
}

func TestWhoActsForAnAuthorIsHisHand(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.inState(t, b.ann, Reviewing)
	must(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 0, AnswerForm{Decision: Supported, Body: reasoned}))
	digest := b.answer(t, p).SignedDigest(p.Number)
	hand := b.head
	hand.ActingFor = &authz.Principal{ID: b.exec.ID, Name: b.exec.Name, PostTitle: "начальник управління"}
	want(t, b.svc.SignAnswer(ctx, hand, p.Number, digest, "right"), errs.KindForbidden, "petitions.err.own_answer")
	hand.ActingFor = &authz.Principal{ID: b.boss.ID, Name: b.boss.Name, PostTitle: "міський голова"}
	must(t, b.svc.SignAnswer(ctx, hand, p.Number, digest, "right"))
	a := b.answer(t, p)
	if a.SignerName != b.head.Name || !strings.Contains(a.ActingFor, "міський голова") || a.Method != "password" {
		t.Errorf("%+v", a)
	}
	v, err := b.svc.Show(ctx, authz.Guest(), p.Number, "")
	must(t, err)
	if d := v.Term(StepPublish); d == nil || d.MetAt == nil || d.MetAt.After(d.DueAt) {
		t.Errorf("the publication: %+v", d)
	}
}

func TestMilestones(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p, another := b.inState(t, b.ann, Answered), b.inState(t, b.ann, Answered)
	today := b.Clock.Now().UTC().Truncate(24 * time.Hour)
	tomorrow, century := today.AddDate(0, 0, 1), today.AddDate(100, 0, 0)
	for _, c := range []struct {
		name, key string
		m         Milestone
	}{
		{"no name", "petitions.err.milestone", Milestone{Title: " а "}},
		{"a link of another kind", "petitions.err.url", Milestone{Title: "Замовлено проєкт", URL: "javascript:alert(1)"}},
		{"an endless note", "petitions.err.long", Milestone{Title: "Замовлено проєкт", Note: strings.Repeat("ї", 1001)}},
		{"done tomorrow", "petitions.err.milestone_done", Milestone{Title: "Замовлено проєкт", DoneOn: &tomorrow}},
		{"due in a hundred years", "petitions.err.milestone_day", Milestone{Title: "Замовлено проєкт", DueOn: &century}},
	} {
		err := b.svc.SaveMilestone(ctx, b.exec, p.Number, c.m)
		if e, ok := errs.As(err); !ok || len(e.Fields) != 1 || e.Fields[0].Key != c.key {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	list := func() []Milestone {
		v, err := b.svc.Show(ctx, authz.Guest(), p.Number, "")
		must(t, err)
		return v.Milestones
	}
	must(t, b.svc.SaveMilestone(ctx, b.exec, p.Number, Milestone{Title: " Замовлено проєкт ", DueOn: &tomorrow}))
	must(t, b.svc.SaveMilestone(ctx, b.exec, p.Number, Milestone{Title: "Світлофор стоїть"}))
	ms := list()
	if len(ms) != 2 || ms[0].Title != "Замовлено проєкт" || ms[0].Late(today) || !ms[0].Late(tomorrow.AddDate(0, 0, 1)) {
		t.Fatalf("%+v", ms)
	}
	m := ms[0]
	m.DoneOn = &today
	want(t, b.svc.SaveMilestone(ctx, b.exec, another.Number, m), errs.KindNotFound, "")
	want(t, b.svc.SaveMilestone(ctx, b.bob, p.Number, m), errs.KindForbidden, "")
	must(t, b.svc.SaveMilestone(ctx, b.exec, p.Number, m))
	want(t, b.svc.SaveMilestone(ctx, b.clerk, p.Number, m), errs.KindConflict, "") // of the version before
	m = list()[0]
	m.Note = "Проєкт виготовлено."
	must(t, b.svc.SaveMilestone(ctx, b.exec, p.Number, m)) // is no second news
	if n := b.Jobs(t, kind.PetitionNews{}.Kind()); n != 1 {
		t.Errorf("%d news of one step", n)
	}
	want(t, b.svc.Finish(ctx, b.exec, p.Number, 0), errs.KindInvalid, "petitions.err.open_milestones")
	want(t, b.svc.DropMilestone(ctx, b.exec, another.Number, ms[1].ID, 1), errs.KindNotFound, "")
	must(t, b.svc.DropMilestone(ctx, b.exec, p.Number, ms[1].ID, 1))
	want(t, b.svc.DropMilestone(ctx, b.exec, p.Number, ms[1].ID, 2), errs.KindNotFound, "")
	if len(list()) != 1 {
		t.Error("a dropped step is shown")
	}
	must(t, b.svc.Finish(ctx, b.exec, p.Number, 0))
	want(t, b.svc.SaveMilestone(ctx, b.exec, b.gathering(t, b.ann).Number, Milestone{Title: "Замовлено проєкт"}), errs.KindConflict, "petitions.err.state")
}

// brokenDesk refuses once.
type brokenDesk struct {
	appealsDesk
	fails int
}

func (d *brokenDesk) TakePetition(ctx context.Context, p Petition, at time.Time) (string, error) {
	if d.fails > 0 {
		d.fails--
		return "", errors.New("the desk is closed")
	}
	return d.appealsDesk.TakePetition(ctx, p, at)
}

func TestAPetitionBecomesAnAppealInTheEnd(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	desk := &brokenDesk{fails: 1}
	b.svc.appeals = desk
	p := b.gathering(t, b.ann)
	job := kind.PetitionAppeal{PetitionID: p.ID}
	must(t, b.svc.SettleAppeal(ctx, job)) // it gathers: nothing to do
	b.Clock.Set(p.EndsAt.Add(time.Minute))
	must(t, b.svc.Close(ctx))
	if err := b.svc.SettleAppeal(ctx, job); err == nil {
		t.Fatal("a refusal was swallowed")
	}
	must(t, b.svc.SettleAppeal(ctx, job))
	must(t, b.svc.SettleAppeal(ctx, job))
	if got := b.load(t, p.Number); len(desk.taken) != 1 || got.AppealNumber == "" || got.State != NotEnough {
		t.Errorf("%d appeals, %+v", len(desk.taken), got.AppealNumber)
	}
	old := b.inState(t, b.ann, NotEnough)
	b.Owner(t, "UPDATE petitions SET author_id = NULL, legacy_source = 'old.csv' WHERE id = $1", old.ID)
	must(t, b.svc.SettleAppeal(ctx, kind.PetitionAppeal{PetitionID: old.ID})) // of the former site: nobody to answer to
	if len(desk.taken) != 1 {
		t.Error("a petition of the former site became an appeal")
	}
}

// TestTheTermRunsFromTheLastSignatureNeeded: a signature of the last minute of a day
// that is counted on the next one reached the threshold on its own day.
func TestTheTermRunsFromTheLastSignatureNeeded(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	list := b.residents(t, 6)
	b.mustSign(t, p, list[:4]...)
	b.Clock.Set(time.Date(2026, 12, 2, 23, 59, 59, 0, calendar.Kyiv()))
	last := b.Clock.Now()
	must(t, second(b.svc.Sign(ctx, list[4], p.Number, Mark{})))
	b.Clock.Advance(2 * time.Second) // the counter is on its way
	must(t, second(b.svc.Sign(ctx, list[5], p.Number, Mark{})))
	must(t, b.svc.Count(ctx))
	x := b.load(t, p.Number)
	if x.State != Reached || !x.ReachedAt.Equal(last) {
		t.Fatalf("%s at %v, the last needed came at %v", x.State, x.ReachedAt, last)
	}
	terms, err := b.svc.terms(ctx, p.ID)
	must(t, err)
	due, err := count(StepAnnounce, last, b.charter.AnnounceDays, deadline.Back{}, calendar.Default())
	must(t, err)
	if got := terms[len(terms)-1]; got.Step != StepAnnounce || !got.DueAt.Equal(due.DueAt) || !strings.Contains(got.ExplainUk, "02.12.2026 23:59") {
		t.Errorf("%+v", got)
	}
}
