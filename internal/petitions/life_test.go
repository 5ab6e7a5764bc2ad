package petitions

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

func draftText() Draft {
	return Draft{
		Title: "Безпечний перехід біля ліцею на вулиці Вітрука", Essence: "Просимо облаштувати регульований пішохідний перехід біля ліцею на вулиці Вітрука.",
		Reasons: "Щоранку дорогу тут переходять діти.", Proposal: "Світлофор з кнопкою виклику та острівець безпеки.", Name: "Зразкова Ганна Іванівна",
	}
}

// submitted writes and sends a petition as its author.
func (b *bundle) submitted(t testing.TB, who authz.Actor) (*Petition, uuid.UUID) {
	t.Helper()
	ctx := context.Background()
	id, err := b.svc.StartDraft(ctx, who)
	must(t, err)
	must(t, second(b.svc.SaveDraft(ctx, who, id, 0, draftText())))
	n, _, err := b.svc.Submit(ctx, who, id)
	must(t, err)
	return b.load(t, n), id
}

// seeded has the grounds of the law.
func seeded(t testing.TB) *bundle {
	t.Helper()
	b := setup(t)
	must(t, SeedLaw(context.Background(), b.DB))
	return b
}

const reasoned = "Виконавчий комітет розглянув петицію на засіданні і вирішив облаштувати світлофор з кнопкою виклику та острівець безпеки до кінця року."

func TestTheWholeWay(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p, draft := b.submitted(t, b.ann)
	if p.State != Supporting || p.EndsAt == nil || p.Threshold != b.charter.Threshold {
		t.Fatalf("%+v", p)
	}
	if n, fresh, err := b.svc.Submit(ctx, b.ann, draft); err != nil || fresh || n != p.Number {
		t.Fatalf("sent twice: %d, %v", n, err)
	}
	if n := b.Count(t, "SELECT count(*) FROM petition_signatures"); n != 0 {
		t.Fatal("the author signed without pressing")
	}
	b.mustSign(t, p, b.ann, b.bob)
	if p = b.load(t, p.Number); p.State != Checking {
		t.Fatalf("%s", p.State)
	}
	want(t, b.svc.Publish(ctx, b.exec, p.Number, 0), errs.KindForbidden, "")
	must(t, b.svc.Publish(ctx, b.clerk, p.Number, p.Version))
	want(t, b.svc.Publish(ctx, b.clerk, p.Number, 0), errs.KindConflict, "petitions.err.state")
	b.mustSign(t, p, b.residents(t, 4)...)
	if p = b.load(t, p.Number); p.State != Reached {
		t.Fatalf("%s with %d", p.State, b.Count(t, "SELECT email FROM petition_counts"))
	}
	must(t, b.svc.News(ctx, kind.PetitionNews{PetitionID: p.ID, What: "reached"}))
	must(t, b.svc.Follow(ctx, b.bob, p.Number))
	must(t, b.svc.Announce(ctx, b.clerk, p.Number, 0))
	want(t, b.svc.Session(ctx, b.clerk, p.Number, 0, b.Clock.Now().AddDate(0, 0, -3)), errs.KindInvalid, "petitions.err.session")
	must(t, b.svc.Session(ctx, b.clerk, p.Number, 0, b.Clock.Now().AddDate(0, 0, 20)))
	v, err := b.svc.Show(ctx, authz.Guest(), p.Number, "")
	must(t, err)
	if d := v.Term(StepReview); d == nil || !strings.Contains(d.ExplainUk, "сесії") || !d.DueAt.After(b.Clock.Now().AddDate(0, 0, 19)) {
		t.Errorf("the review waits for the session: %+v", d)
	}
	f := AnswerForm{Decision: Partly, Body: reasoned, DecisionURL: "https://zt-rada.gov.ua/rishennia/1"}
	want(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 0, AnswerForm{Body: "коротко"}), errs.KindInvalid, "petitions.err.answer_short")
	want(t, b.svc.SaveAnswer(ctx, b.exec, p.Number, 0, AnswerForm{DecisionURL: "javascript:alert(1)"}), errs.KindInvalid, "petitions.err.url")
	must(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 0, f))
	must(t, b.svc.ReturnAnswer(ctx, b.head, p.Number, b.answer(t, p).Version, "Додайте строки"))
	must(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, b.answer(t, p).Version, f))
	a := b.answer(t, p)
	if v, _ := b.svc.Show(ctx, b.bob, p.Number, ""); v.Answer != nil {
		t.Error("a draft of the answer is shown")
	}
	digest := a.SignedDigest(p.Number)
	want(t, b.svc.SignAnswer(ctx, b.head, p.Number, digest, "wrong"), errs.KindInvalid, "")
	want(t, b.svc.SignAnswer(ctx, b.head, p.Number, []byte("of another text"), "right"), errs.KindConflict, "")
	must(t, b.svc.SignAnswer(ctx, b.head, p.Number, digest, "right"))
	if p = b.load(t, p.Number); p.State != Answered || p.AnsweredAt == nil {
		t.Fatalf("%s", p.State)
	}
	job := kind.PetitionNews{PetitionID: p.ID, What: "answered"}
	must(t, b.svc.News(ctx, job))
	must(t, b.svc.News(ctx, job))
	if n := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'petition.answered'"); n != 2 { // the author and the follower
		t.Errorf("%d letters tell of the answer", n)
	}
	day := b.Clock.Now().UTC().Truncate(24 * time.Hour)
	must(t, b.svc.SaveMilestone(ctx, b.exec, p.Number, Milestone{Title: "Замовлено проєкт", DueOn: &day}))
	want(t, b.svc.Finish(ctx, b.exec, p.Number, 0), errs.KindInvalid, "petitions.err.open_milestones")
	v, err = b.svc.Show(ctx, authz.Guest(), p.Number, "")
	must(t, err)
	m := v.Milestones[0]
	m.DoneOn = &day
	must(t, b.svc.SaveMilestone(ctx, b.exec, p.Number, m))
	must(t, b.svc.Finish(ctx, b.exec, p.Number, 0))
	if p = b.load(t, p.Number); p.State != Done {
		t.Fatalf("%s", p.State)
	}
	fig, err := b.svc.Figures(ctx)
	must(t, err)
	if fig.Reached != 1 || fig.OnTime != 1 || fig.Promised != 1 || fig.Done != 1 {
		t.Errorf("%+v", fig)
	}
	for _, l := range v.Story {
		if l.ActorName != "" {
			t.Errorf("a stranger reads the name of %s", l.Kind)
		}
	}
}

func (b *bundle) answer(t testing.TB, p *Petition) *Answer {
	t.Helper()
	a, err := b.svc.answerOf(context.Background(), p.Number)
	must(t, err)
	return a
}

func TestTheAuthorOfAnAnswerNeverSignsIt(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.inState(t, b.ann, Reviewing)
	both := b.head
	both.Roles = append(both.Roles, authz.RoleExecutor)
	must(t, b.svc.SubmitAnswer(ctx, both, p.Number, 0, AnswerForm{Decision: Rejected, Body: reasoned}))
	digest := b.answer(t, p).SignedDigest(p.Number)
	asked := b.signer.asked.Load()
	want(t, b.svc.SignAnswer(ctx, both, p.Number, digest, "right"), errs.KindForbidden, "petitions.err.own_answer")
	if b.signer.asked.Load() != asked {
		t.Error("a password was asked for in vain")
	}
	other := b.person(t, "Інший Керівник Петрович", authz.RoleManager)
	want(t, b.svc.SignAnswer(ctx, other, p.Number, digest, "right"), errs.KindInvalid, "petitions.err.no_post")
	other.PostTitle = "міський голова"
	must(t, b.svc.SignAnswer(ctx, other, p.Number, digest, "right"))
	if got := b.load(t, p.Number); got.State != Refused || got.ClosedAt == nil {
		t.Errorf("%s", got.State)
	}
}

func TestReturnedAndMended(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p, _ := b.submitted(t, b.ann)
	b.mustSign(t, p, b.ann, b.bob)
	want(t, b.svc.Return(ctx, b.clerk, p.Number, 0, "no such", "коротко"), errs.KindInvalid, "petitions.err.ground")
	must(t, b.svc.Return(ctx, b.clerk, p.Number, 0, "powers", "Питання вирішує обласна рада, а не міська."))
	if _, err := b.svc.Show(ctx, b.bob, p.Number, ""); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a returned petition is shown to others: %v", err)
	}
	v, err := b.svc.Show(ctx, b.ann, p.Number, "")
	must(t, err)
	if v.GroundRow == nil || v.GroundNote == "" || v.GroundRow.NormUk == "" {
		t.Errorf("the author is not told why: %+v", v.GroundRow)
	}
	d := v.DraftOf()
	d.Proposal = "Просимо міську раду звернутися до обласної ради."
	want(t, b.svc.Correct(ctx, b.bob, p.Number, 0, d), errs.KindNotFound, "")
	must(t, b.svc.Correct(ctx, b.ann, p.Number, v.Version, d))
	want(t, b.svc.Correct(ctx, b.ann, p.Number, v.Version, d), errs.KindConflict, "")
	if got := b.load(t, p.Number); got.State != Checking || got.Ground != nil || got.Proposal != d.Proposal {
		t.Errorf("%+v", got)
	}
	must(t, b.svc.TakeBack(ctx, b.ann, p.Number))
	if got := b.load(t, p.Number); got.State != Withdrawn {
		t.Errorf("%s", got.State)
	}
	if n := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'petition.returned' AND person_id = $1", b.ann.ID); n != 1 {
		t.Errorf("%d letters tell the author", n)
	}
}

func TestTwoModeratorsDoNotJudgeAtOnce(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.inState(t, b.ann, Checking)
	other := b.person(t, "Другий Фахівець Петрович", authz.RoleSpecialist)
	must(t, b.svc.Take(ctx, b.clerk, p.Number, false))
	want(t, b.svc.Take(ctx, other, p.Number, false), errs.KindConflict, "petitions.err.taken")
	want(t, b.svc.Publish(ctx, other, p.Number, 0), errs.KindConflict, "petitions.err.taken")
	must(t, b.svc.Take(ctx, other, p.Number, true)) // openly
	want(t, b.svc.Publish(ctx, b.clerk, p.Number, 0), errs.KindConflict, "petitions.err.taken")
	b.Clock.Advance(claimFor + time.Second)
	must(t, b.svc.Publish(ctx, b.clerk, p.Number, 0)) // who let it lie has let it go
	desk, err := b.svc.DeskOf(ctx, b.clerk, DeskSigning, "uk", 1)
	must(t, err)
	if len(desk.Rows) != 1 || desk.Rows[0].Number != p.Number || desk.Counts[DeskCheck] != 0 {
		t.Errorf("%+v", desk)
	}
}

func TestNobodyJudgesHisOwn(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	p := b.inState(t, b.clerk, Checking)
	want(t, b.svc.Publish(context.Background(), b.clerk, p.Number, 0), errs.KindForbidden, "petitions.err.own")
}

func TestTheSameMatter(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	target := b.gathering(t, b.ann)
	one, two, other := b.inState(t, b.bob, Checking), b.inState(t, b.bob, Checking), b.inState(t, b.bob, Reached)
	want(t, b.svc.Merge(ctx, b.clerk, []int64{one.Number, other.Number}, target.Number), errs.KindConflict, "")
	if got := b.load(t, one.Number); got.State != Checking {
		t.Fatal("half of a bulk was done")
	}
	want(t, b.svc.Merge(ctx, b.clerk, []int64{one.Number}, other.Number), errs.KindInvalid, "petitions.err.into")
	must(t, b.svc.Merge(ctx, b.clerk, []int64{one.Number, two.Number}, target.Number))
	v, err := b.svc.Show(ctx, authz.Guest(), one.Number, "")
	must(t, err)
	if v.MergedNumber != target.Number || v.Essence != "" {
		t.Errorf("a merged petition shows %+v", v)
	}
}

func TestNotEnoughBecomesOneAppeal(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	p := b.gathering(t, b.ann)
	b.mustSign(t, p, b.bob)
	b.Clock.Set(p.EndsAt.Add(time.Minute))
	must(t, b.svc.Close(ctx))
	job := kind.PetitionAppeal{PetitionID: p.ID}
	must(t, b.svc.SettleAppeal(ctx, job))
	must(t, b.svc.SettleAppeal(ctx, job))
	got := b.load(t, p.Number)
	if len(b.appeals.taken) != 1 || got.AppealNumber == "" {
		t.Errorf("%d appeals, number %q", len(b.appeals.taken), got.AppealNumber)
	}
}

func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	for _, st := range States {
		p := b.inState(t, b.ann, st)
		for _, c := range []struct {
			name string
			who  authz.Actor
			key  string
			sees bool
		}{
			{"a guest", authz.Guest(), "", p.Public() || st == Merged},
			{"another resident", b.bob, "", p.Public() || st == Merged},
			{"whoever has the link", authz.Guest(), p.SupportKey, p.Public() || st == Merged || st == Supporting || st == Checking},
			{"the author", b.ann, "", true},
			{"the specialist", b.clerk, "", true},
			{"an administrator", b.boss, "", p.Public() || st == Merged},
		} {
			_, err := b.svc.Show(ctx, c.who, p.Number, c.key)
			if got := err == nil; got != c.sees || err != nil && !errs.Is(err, errs.KindNotFound) {
				t.Errorf("%s, %s: %v", c.name, st, err)
			}
			// Of one that was joined a stranger sees the page that leads on, and nothing else.
			reads := c.sees && (st != Merged || c.who.ID == b.ann.ID || c.who.ID == b.clerk.ID)
			if rerr := b.svc.Readable(ctx, c.who, p.Number, c.key); (rerr == nil) != reads {
				t.Errorf("%s, %s: readable %v", c.name, st, rerr)
			}
		}
	}
}

func TestSmallGroupsAreNotShown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		in, out []int
	}{
		{"nobody", nil, nil},
		{"all large", []int{40, 20, 10}, []int{40, 20, 10}},
		{"a small one takes the next with it", []int{40, 20, 3}, []int{40, 23}},
		{"small ones that are enough together", []int{40, 20, 6, 5}, []int{40, 20, 11}},
		{"one group alone is small", []int{9}, nil},
		{"all small", []int{4, 3, 2}, nil},
		{"all small, many together", []int{6, 6, 6}, []int{18}},
	} {
		var in []Place
		sum := 0
		for i, n := range c.in {
			in = append(in, Place{DistrictID: int64(i + 1), N: n})
		}
		got := anonymous(in)
		var n []int
		for _, p := range got {
			n = append(n, p.N)
			sum += p.N
			if p.N < kAnonymity {
				t.Errorf("%s: a group of %d is shown", c.name, p.N)
			}
		}
		if len(n) != len(c.out) {
			t.Errorf("%s: %v", c.name, n)
			continue
		}
		for i := range n {
			if n[i] != c.out[i] {
				t.Errorf("%s: %v", c.name, n)
			}
		}
	}
}

func TestSimilarBearsFormsAndTypos(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	for _, title := range []string{
		"Безпечний перехід біля ліцею на вулиці Вітрука", "Ремонт дороги на вулиці Київській", "Відновити роботу тролейбусного маршруту № 5",
		"Заборонити паркування на тротуарах у центрі", "Облаштувати дитячий майданчик на Крошні", "Пам’ятник захисникам України", "Встановити пандуси в поліклініках",
	} {
		p := b.gathering(t, b.ann)
		p.Title = title
		b.Owner(t, "UPDATE petitions SET title = $2, essence = 'Просимо зробити це якнайшвидше.' WHERE id = $1", p.ID, title)
	}
	for _, c := range []struct{ typed, want string }{
		{"безпечного переходу", "Безпечний перехід"},
		{"бзпечний перхід біля ліцею", "Безпечний перехід"},
		{"ремонтувати дороги Київська", "Ремонт дороги"},
		{"тролейбусні маршрути", "Відновити роботу тролейбусного"},
		{"трлейбус маршрут", "Відновити роботу тролейбусного"},
		{"паркування на тротуарі", "Заборонити паркування"},
		{"дитячих майданчиків", "Облаштувати дитячий"},
		{"памʼятник захисникам", "Пам’ятник"},
		{"пам'ятники захисників", "Пам’ятник"},
		{"пандус у поліклініку", "Встановити пандуси"},
		{"пaндуси", "Встановити пандуси"}, // with a Latin a
	} {
		got, err := b.svc.Similar(ctx, c.typed, 5, 0)
		must(t, err)
		if len(got) == 0 || !strings.HasPrefix(got[0].Title, c.want) {
			t.Errorf("%s: %+v", c.typed, got)
		}
	}
	for _, typed := range []string{"", "на у в", "космічна станція", "'; DROP TABLE petitions; --", "\\ & | !"} {
		if got, err := b.svc.Similar(ctx, typed, 5, 0); err != nil || len(got) != 0 {
			t.Errorf("%q: %v %v", typed, got, err)
		}
	}
}
