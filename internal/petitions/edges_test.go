package petitions

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

// TestTheEndOfOneDoesNotHideTheThresholdOfAnother: whoever counts lets go on whatever he counted.
func TestTheEndOfOneDoesNotHideTheThresholdOfAnother(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	old := b.gathering(t, b.ann)
	b.Clock.Advance(95 * 24 * time.Hour)
	p := b.gathering(t, b.ann)
	for _, a := range b.residents(t, 5) {
		must(t, second(b.svc.Sign(ctx, a, p.Number, Mark{})))
	}
	must(t, b.svc.Close(ctx)) // ends old
	if s := b.load(t, old.Number).State; s != NotEnough {
		t.Fatal(s)
	}
	for range 5 {
		must(t, b.svc.Count(ctx))
	}
	c, _ := b.svc.CountOf(ctx, p.Number)
	if s := b.load(t, p.Number).State; s != Reached {
		t.Fatalf("state %s with %d of %d", s, c.Counted, p.Threshold)
	}
}

func TestTheNightlyCheckLetsGoOn(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	for _, a := range b.residents(t, 5) {
		must(t, second(b.svc.Sign(ctx, a, p.Number, Mark{})))
	}
	must(t, second(b.svc.Recount(ctx)))
	must(t, b.svc.Count(ctx))
	c, _ := b.svc.CountOf(ctx, p.Number)
	if s := b.load(t, p.Number).State; s != Reached {
		t.Fatalf("state %s with %d of %d", s, c.Counted, p.Threshold)
	}
}

func TestTheNightlyCheckMendsAllThatIsCounted(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	b.mustSign(t, p, b.residents(t, 4)...)
	must(t, second(b.svc.Sign(ctx, b.ann, p.Number, Mark{})))
	b.Owner(t, "DELETE FROM petition_deltas")
	b.Owner(t, "UPDATE petition_counts SET email = 3")
	must(t, second(b.svc.Recount(ctx)))
	must(t, b.svc.Count(ctx))
	c, _ := b.svc.CountOf(ctx, p.Number)
	if n := b.id(t, "SELECT sum(n) FROM petition_hours WHERE petition_id=$1", p.ID); n != 5 {
		t.Errorf("hours hold %d", n)
	}
	if s := b.load(t, p.Number).State; s != Reached {
		t.Fatalf("state %s with %d of %d", s, c.Counted, p.Threshold)
	}
}

func TestNewsWaitForARowThatIsBusy(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.inState(t, b.ann, Reviewing)
	must(t, b.svc.Follow(ctx, b.bob, p.Number))
	must(t, b.svc.Follow(ctx, b.ann, p.Number))
	tx, err := b.DB.Pool().Begin(ctx)
	must(t, err)
	if _, err = tx.Exec(ctx, "SELECT FROM petition_follows WHERE person_id = $1 FOR UPDATE", b.bob.ID); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- b.svc.News(ctx, kind.PetitionNews{PetitionID: p.ID, What: "announced"}) }()
	for b.Count(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0 {
		select {
		case err := <-done:
			t.Fatalf("the row was not waited for: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	must(t, tx.Rollback(ctx))
	must(t, <-done)
	if told := b.id(t, "SELECT count(*) FROM petition_follows WHERE 'announced' = ANY (told)"); told != 2 {
		t.Fatalf("the job is done, told %d of 2", told)
	}
}

func TestAReviewThatNobodyAnnouncedIsLate(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	b.mustSign(t, p, b.residents(t, 5)...)
	b.Clock.Advance(200 * 24 * time.Hour)
	f, err := b.svc.Figures(ctx)
	must(t, err)
	if f.Due != 1 || f.OnTime != 0 {
		t.Fatalf("reached 200 days ago, nothing announced, nothing answered: %+v", f)
	}
}

func TestASessionDoesNotHealATermThatHasPassed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	b.mustSign(t, p, b.residents(t, 5)...)
	p = b.load(t, p.Number)
	must(t, b.svc.Announce(ctx, b.clerk, p.Number, p.Version))
	b.Clock.Advance(60 * 24 * time.Hour)
	p = b.load(t, p.Number)
	must(t, b.svc.Session(ctx, b.head, p.Number, p.Version, b.Clock.Now().AddDate(0, 0, 20)))
	f, err := b.svc.Figures(ctx)
	must(t, err)
	if f.Due != 1 || f.OnTime != 0 {
		t.Fatalf("a term that passed 6 weeks ago is open again: %+v", f)
	}
	if p = b.load(t, p.Number); p.SessionOn == nil {
		t.Error("the session is not told of")
	}
}

func TestAJoinedPetitionShowsStrangersWhereItLeads(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	target := b.gathering(t, b.ann)
	p := b.inState(t, b.bob, Supporting)
	b.mustSign(t, p, b.residents(t, 2)...)
	must(t, b.svc.Merge(ctx, b.clerk, []int64{p.Number}, target.Number))
	want(t, b.svc.Readable(ctx, authz.Guest(), p.Number, ""), errs.KindNotFound, "")
	must(t, b.svc.Readable(ctx, b.bob, p.Number, ""))
	v, err := b.svc.Show(ctx, authz.Guest(), p.Number, "")
	must(t, err)
	if v.MergedNumber != target.Number || v.Title == "" || v.AuthorName != "" || v.Essence != "" || v.Count.Counted != 0 || len(v.Story) != 0 || v.SupportKey != "" {
		t.Errorf("a stranger reads of a petition that was never published: %+v", v)
	}
}

func TestDaysAtTheThresholdAreGivenBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	b.Clock.Advance(89 * 24 * time.Hour)
	list := b.residents(t, 5)
	for _, a := range list {
		must(t, second(b.svc.Sign(ctx, a, p.Number, Mark{IP: "192.0.2.1"})))
	}
	must(t, b.svc.Count(ctx))
	if s := b.load(t, p.Number).State; s != Reached {
		t.Fatal(s)
	}
	b.Clock.Advance(2 * 24 * time.Hour) // within the announcement term
	b.Owner(t, "INSERT INTO petition_sweeps (petition_id, rule, state, found, ids, created_at) SELECT $1, 'address', 'tried', 1, array_agg(id), $2 FROM petition_signatures WHERE petition_id = $1", p.ID, b.Clock.Now())
	id := b.id(t, "SELECT max(id) FROM petition_sweeps")
	must(t, second(b.svc.RunSweep(ctx, b.clerk, p.Number, id)))
	must(t, b.svc.Count(ctx))
	if x := b.load(t, p.Number); x.ExtendedDays != 2 || x.ReachedAt != nil {
		t.Errorf("%d days were given back, want 2", x.ExtendedDays)
	}
	must(t, b.svc.Close(ctx))
	if s := b.load(t, p.Number).State; s != Gathering {
		t.Fatalf("honest people could not sign for two days, and now it is %s", s)
	}
}

func TestAWrongSweepIsUndoneAfterTheEnd(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, answered := range []bool{false, true} {
		b := setup(t)
		p := b.gathering(t, b.ann)
		b.Clock.Advance(89 * 24 * time.Hour)
		list := b.residents(t, 5)
		b.mustSign(t, p, list[:4]...)
		sweep := func() int64 {
			b.Owner(t, "INSERT INTO petition_sweeps (petition_id, rule, state, found, ids, created_at) SELECT $1, 'address', 'tried', 1, array_agg(id), $2 FROM petition_signatures WHERE petition_id = $1", p.ID, b.Clock.Now())
			id := b.id(t, "SELECT max(id) FROM petition_sweeps")
			must(t, second(b.svc.RunSweep(ctx, b.clerk, p.Number, id)))
			must(t, b.svc.Count(ctx))
			return id
		}
		id := sweep()
		b.mustSign(t, p, list[4])
		b.Clock.Advance(2 * 24 * time.Hour)
		must(t, b.svc.Close(ctx))
		job := kind.PetitionAppeal{PetitionID: p.ID}
		must(t, b.svc.SettleAppeal(ctx, job))
		became := b.load(t, p.Number)
		if became.State != NotEnough || became.AppealNumber == "" {
			t.Fatal(became.State, became.AppealNumber)
		}
		b.appeals.answered = answered
		must(t, second(b.svc.UndoSweep(ctx, b.clerk, p.Number, id)))
		must(t, b.svc.Count(ctx))
		if x := b.load(t, p.Number); x.State != Reached || x.ReachedAt == nil || x.ClosedAt != nil {
			t.Fatalf("with all its signatures back it is %s", x.State)
		}
		if n := b.Count(t, "SELECT count(*) FROM river_job WHERE kind = 'petition_appeal'"); n != 2 { // to make it, to take it back
			t.Errorf("%d jobs settle the appeal", n)
		}
		must(t, b.svc.SettleAppeal(ctx, job))
		must(t, b.svc.SettleAppeal(ctx, job)) // safe to run twice
		x := b.load(t, p.Number)
		letters := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'petition.revived' AND person_id = $1", b.ann.ID)
		events := b.Count(t, "SELECT count(*) FROM petition_events WHERE petition_id = $1 AND kind = 'appeal_closed' AND public AND data->>'number' = $2", p.ID, became.AppealNumber)
		if answered { // the author has his answer: it stays, and the petition is reviewed all the same
			if x.AppealNumber != became.AppealNumber || letters != 0 || events != 0 || x.State != Reached {
				t.Errorf("an answered appeal: %q, %d letters, %d events, %s", x.AppealNumber, letters, events, x.State)
			}
			continue
		}
		if x.AppealNumber != "" || len(b.appeals.back) != 1 || letters != 1 || events != 1 {
			t.Fatalf("the appeal %q stands beside the petition; taken back %v, %d letters, %d events", x.AppealNumber, b.appeals.back, letters, events)
		}
		// Lost again, it becomes another appeal.
		sweep()
		must(t, b.svc.Close(ctx))
		must(t, b.svc.SettleAppeal(ctx, job))
		must(t, b.svc.SettleAppeal(ctx, job))
		if x := b.load(t, p.Number); x.State != NotEnough || x.AppealNumber == "" || len(b.appeals.keys) != 2 || b.appeals.keys[0] == b.appeals.keys[1] {
			t.Errorf("%s, appeal %q of keys %v", x.State, x.AppealNumber, b.appeals.keys)
		}
	}
}

func TestDoneShowsWhatWasDone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.inState(t, b.ann, Answered)
	want(t, b.svc.Finish(ctx, b.exec, p.Number, p.Version), errs.KindInvalid, "petitions.err.no_milestones")
	day := b.Clock.Now().Truncate(24 * time.Hour)
	must(t, b.svc.SaveMilestone(ctx, b.exec, p.Number, Milestone{Title: "Зроблено", DoneOn: &day}))
	must(t, b.svc.Finish(ctx, b.exec, p.Number, 0))
	want(t, b.svc.SaveMilestone(ctx, b.exec, p.Number, Milestone{Title: "Ще не зроблено"}), errs.KindInvalid, "")
	id := b.id(t, "SELECT id FROM petition_milestones WHERE petition_id = $1", p.ID)
	want(t, b.svc.DropMilestone(ctx, b.exec, p.Number, id, 1), errs.KindInvalid, "petitions.err.no_milestones")
}

func TestADayIsGivenBackOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	v := 0
	for range 5 {
		must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Off: true, ReasonUK: "Проба", Version: v})))
		v++
		b.Clock.Advance(time.Minute)
		must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Version: v})))
		v++
		b.Clock.Advance(time.Minute)
	}
	if x := b.load(t, p.Number); x.ExtendedDays != 1 {
		t.Fatalf("five minutes of one day gave %d days back", x.ExtendedDays)
	}
	b.Clock.Advance(24 * time.Hour) // the next day is another one
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Off: true, ReasonUK: "Проба", Version: v})))
	b.Clock.Advance(time.Minute)
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchSigning, Version: v + 1})))
	if x := b.load(t, p.Number); x.ExtendedDays != 2 {
		t.Fatalf("two days gave %d days back", x.ExtendedDays)
	}
}

func TestTheSessionOfAnAnswerIsNear(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.inState(t, b.ann, Reviewing)
	day := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	f := AnswerForm{Decision: Supported, Body: strings.Repeat("обґрунтовано ", 30), SessionOn: &day}
	want(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 0, f), errs.KindInvalid, "")
	past := p.PublishedAt.AddDate(0, 0, -3)
	f.SessionOn = &past
	want(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 0, f), errs.KindInvalid, "")
	near := b.Clock.Now()
	f.SessionOn = &near
	must(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 0, f))
}

// TestASessionToComeIsMeant: an answer tells of a session that is to come only when
// its author says so, never of one that was before anything was reviewed, and is not
// signed when the session came meanwhile.
// TestAnAnswerBeforeItsSessionHasTheOrdinaryTerm: the law makes the review longer for a
// session; who answers without waiting for it needed no longer one.
func TestAnAnswerBeforeItsSessionHasTheOrdinaryTerm(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, c := range []struct {
		name   string
		days   int
		onTime int
	}{{"within ten working days", 5, 1}, {"later, before the session", 25, 0}, {"on the day of the session", 40, 1}} {
		b := setup(t)
		p := b.gathering(t, b.ann)
		b.mustSign(t, p, b.residents(t, 5)...)
		p = b.load(t, p.Number)
		must(t, b.svc.Announce(ctx, b.clerk, p.Number, p.Version))
		p = b.load(t, p.Number)
		must(t, b.svc.Session(ctx, b.head, p.Number, p.Version, b.Clock.Now().AddDate(0, 0, 40)))
		b.Clock.Advance(time.Duration(c.days) * 24 * time.Hour)
		must(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 0, AnswerForm{Decision: Supported, Body: strings.Repeat("обґрунтовано ", 30)}))
		must(t, b.svc.SignAnswer(ctx, b.head, p.Number, b.answer(t, p).SignedDigest(p.Number), "right"))
		f, err := b.svc.Figures(ctx)
		must(t, err)
		if f.Due != 1 || f.OnTime != c.onTime {
			t.Errorf("%s: %d due, %d on time", c.name, f.Due, f.OnTime)
		}
		if n := b.Count(t, "SELECT count(*) FROM petition_terms WHERE petition_id = $1 AND step = 'review' AND met_at IS NOT NULL", p.ID); n != 1 {
			t.Errorf("%s: %d terms of the review are met", c.name, n)
		}
	}
}

func TestASessionToComeIsMeant(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.inState(t, b.ann, Reviewing)
	f := AnswerForm{Decision: Supported, Body: strings.Repeat("обґрунтовано ", 30)}
	on := func(days int) *time.Time {
		d := dayIn(b.Clock.Now()).AddDays(days).Time()
		return &d
	}
	f.SessionOn = on(-1) // the day before it had its signatures
	want(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 0, f), errs.KindInvalid, "petitions.err.session_day")
	f.SessionOn = on(5)
	want(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 0, f), errs.KindInvalid, "petitions.err.session_ahead")
	must(t, b.svc.SaveAnswer(ctx, b.exec, p.Number, 0, f)) // a draft may say anything
	f.Ahead = true
	must(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 1, f))
	n := b.answer(t, p)
	if !n.SessionAhead(b.Clock.Now()) || n.Overtaken(b.Clock.Now()) {
		t.Error("the session is to come")
	}
	b.Clock.Advance(5 * 24 * time.Hour)
	if asked := b.signer.asked.Load(); asked != 0 {
		t.Fatal(asked)
	}
	want(t, b.svc.SignAnswer(ctx, b.head, p.Number, n.SignedDigest(p.Number), "right"), errs.KindInvalid, "petitions.err.session_passed")
	if b.signer.asked.Load() != 0 || b.load(t, p.Number).State != Reviewing {
		t.Error("an answer that speaks of a session to come was signed on its day")
	}
	must(t, b.svc.ReturnAnswer(ctx, b.head, p.Number, b.answer(t, p).Version, "Сесія вже відбулася, уточніть"))
	f.Ahead = false
	must(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, b.answer(t, p).Version, f))
	b.Clock.Advance(24 * time.Hour)
	must(t, b.svc.SignAnswer(ctx, b.head, p.Number, b.answer(t, p).SignedDigest(p.Number), "right"))

	// One that is signed before its session stays what it was.
	q := b.inState(t, b.ann, Reviewing)
	f.Ahead, f.SessionOn = true, on(5)
	must(t, b.svc.SubmitAnswer(ctx, b.exec, q.Number, 0, f))
	must(t, b.svc.SignAnswer(ctx, b.head, q.Number, b.answer(t, q).SignedDigest(q.Number), "right"))
	b.Clock.Advance(10 * 24 * time.Hour)
	if a := b.answer(t, q); a.Overtaken(b.Clock.Now()) || !a.SessionAhead(*a.SignedAt) {
		t.Error("a signed answer changed by itself")
	}
}

func TestNobodyJoinsToHisOwn(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	own := b.gathering(t, b.clerk)
	p := b.inState(t, b.bob, Checking)
	if err := b.svc.Merge(ctx, b.clerk, []int64{p.Number}, own.Number); err == nil || b.load(t, p.Number).State != Checking {
		t.Fatalf("a specialist sent a rival's petition to his own: %v", err)
	}
}

func TestADraftIsBounded(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	id, err := b.svc.StartDraft(ctx, b.ann)
	must(t, err)
	want(t, second(b.svc.SaveDraft(ctx, b.ann, id, 0, Draft{Essence: strings.Repeat("ж", draftMost+1)})), errs.KindInvalid, "")
	must(t, second(b.svc.SaveDraft(ctx, b.ann, id, 0, Draft{Essence: strings.Repeat("ж", 2*EssenceMax)}))) // only too long: kept
}

// TestOneBadRowKeepsNoOtherFromItsEnd: the gathering that cannot be closed is
// reported, the later ones end.
func TestOneBadRowKeepsNoOtherFromItsEnd(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	ctx := context.Background()
	bad, good := b.inState(t, b.ann, Supporting), b.gathering(t, b.bob)
	b.Owner(t, "UPDATE petitions SET ends_at = $2 WHERE id = $1", bad.ID, good.EndsAt.Add(-time.Hour))
	b.Owner(t, fmt.Sprintf(`CREATE FUNCTION refuse_bad() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a bad row'; END $$;
		CREATE TRIGGER refuse_bad BEFORE UPDATE OF state ON petitions FOR EACH ROW WHEN (OLD.id = %d) EXECUTE FUNCTION refuse_bad()`, bad.ID))
	b.Clock.Set(good.EndsAt.Add(time.Hour))
	err := b.svc.Close(ctx)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("petition %d:", bad.Number)) {
		t.Errorf("the bad row is not reported: %v", err)
	}
	if st := b.load(t, bad.Number).State; st != Supporting {
		t.Errorf("the bad row is %s", st)
	}
	if st := b.load(t, good.Number).State; st != NotEnough {
		t.Errorf("the other is %s", st)
	}
}

// TestWhatIsSweptIsNotAnnounced: between the sweep and the counter nobody announces
// the review of a petition that has lost its signatures, and its author is told.
func TestWhatIsSweptIsNotAnnounced(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	b.mustSign(t, p, b.residents(t, 5)...)
	b.Owner(t, "INSERT INTO petition_sweeps (petition_id, rule, state, found, ids, created_at) SELECT $1, 'address', 'tried', 1, ARRAY[min(id)], $2 FROM petition_signatures WHERE petition_id = $1", p.ID, b.Clock.Now())
	must(t, second(b.svc.RunSweep(ctx, b.clerk, p.Number, b.id(t, "SELECT max(id) FROM petition_sweeps"))))
	want(t, b.svc.Announce(ctx, b.clerk, p.Number, 0), errs.KindConflict, "petitions.err.state")
	must(t, b.svc.Count(ctx))
	if st := b.load(t, p.Number).State; st != Gathering {
		t.Fatalf("it is %s", st)
	}
	if n := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'petition.unreached' AND person_id = $1", b.ann.ID); n != 1 {
		t.Errorf("the author has %d letters", n)
	}
	// One signature more, and it is announced.
	b.mustSign(t, p, b.bob)
	must(t, b.svc.Announce(ctx, b.clerk, p.Number, 0))
}

// TestOnlyWhatCountsIsAnnounced: where the charter counts confirmed persons alone, what
// others sign in the same moment makes up for nothing, and what they take back takes
// nothing away.
func TestOnlyWhatCountsIsAnnounced(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	b.mustSign(t, p, b.residents(t, 5)...)
	b.Owner(t, "UPDATE petitions SET tier = 'strong' WHERE id = $1", p.ID)
	b.Owner(t, "UPDATE petition_counts SET email = 4, strong = $2 WHERE petition_id = $1", p.ID, b.load(t, p.Number).Threshold)
	delta := func(tier, n int) {
		b.Owner(t, "INSERT INTO petition_deltas (petition_id, hour, tier, n) VALUES ($1, date_trunc('hour', $2::timestamptz), $3, $4)", p.ID, b.Clock.Now(), tier, n)
	}
	delta(2, -1)
	delta(1, 1)
	want(t, b.svc.Announce(ctx, b.clerk, p.Number, 0), errs.KindConflict, "petitions.err.state")
	delta(2, 1)
	delta(1, -3)
	must(t, b.svc.Announce(ctx, b.clerk, p.Number, 0))
}

// TestSignaturesThatStoodAlready: a petition that is published with all its signatures
// goes on in the night at the latest; a charter does not ask for such.
func TestSignaturesThatStoodAlready(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.inState(t, b.ann, Supporting)
	for _, a := range b.residents(t, 5) {
		must(t, second(b.svc.Sign(ctx, a, p.Number, Mark{SupportKey: p.SupportKey})))
	}
	must(t, b.svc.Count(ctx))
	must(t, b.svc.Publish(ctx, b.clerk, p.Number, 0))
	must(t, b.svc.Count(ctx))
	if wrong, err := b.svc.Recount(ctx); err != nil || len(wrong) != 0 {
		t.Fatal(wrong, err)
	}
	if x := b.load(t, p.Number); x.State != Reached || x.ReachedAt.Before(*x.PublishedAt) {
		t.Errorf("%s, reached at %v", x.State, x.ReachedAt)
	}
	h := b.charter
	h.ID, h.ValidFrom, h.Supporters = 0, h.ValidFrom.AddDate(0, 3, 0), h.Threshold
	want(t, b.svc.SaveCharter(ctx, b.boss, h), errs.KindInvalid, "petitions.err.between")
}

// TestTheLastSecondOfTheDay: a term of days lasts until midnight in Kyiv, also within the
// last second and in the night in which the clocks are set back; after it nothing is in time.
func TestTheLastSecondOfTheDay(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, from := range map[string]time.Time{
		"an ordinary night":        time.Date(2026, 6, 1, 10, 0, 0, 0, calendar.Kyiv()),
		"the last day of October":  time.Date(2026, 7, 27, 10, 0, 0, 0, calendar.Kyiv()), // it ends on the day of 25 hours
		"the clocks are set ahead": time.Date(2026, 12, 28, 10, 0, 0, 0, calendar.Kyiv()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.Clock.Set(from)
			p := b.inState(t, b.ann, Checking)
			must(t, b.svc.Publish(ctx, b.clerk, p.Number, 0))
			p = b.load(t, p.Number)
			day := calendar.FromTime(from).AddDays(90)
			midnight := time.Date(day.Year, day.Month, day.Day+1, 0, 0, 0, 0, calendar.Kyiv())
			list := b.residents(t, 2)
			b.Clock.Set(midnight.Add(-time.Millisecond))
			if x, err := b.svc.SignPageOf(ctx, list[0], p.Number, ""); err != nil || !x.Open {
				t.Errorf("the page says that it is over: %v", err)
			}
			b.mustSign(t, p, list[0])
			must(t, b.svc.Withdraw(ctx, list[0], p.Number))
			b.mustSign(t, p, list[0])
			b.Clock.Set(midnight)
			want(t, second(b.svc.Sign(ctx, list[1], p.Number, Mark{})), errs.KindConflict, "petitions.err.closed")
			b.Clock.Advance(closeGrace)
			must(t, b.svc.Close(ctx))
			if x := b.load(t, p.Number); x.State != NotEnough || dayIn(*x.ClosedAt) != day {
				t.Errorf("%s, closed on %v, want %v", x.State, x.ClosedAt, day)
			}
			if n := b.Count(t, "SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND withdrawn_at IS NULL", p.ID); n != 1 {
				t.Errorf("%d signatures", n)
			}
		})
	}
}

// TestAnAnswerOfTheLastSecondIsOnTime.
func TestAnAnswerOfTheLastSecondIsOnTime(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.inState(t, b.ann, Reached)
	must(t, b.svc.Announce(ctx, b.clerk, p.Number, 0))
	must(t, b.svc.SubmitAnswer(ctx, b.exec, p.Number, 0, AnswerForm{Decision: Supported, Body: strings.Repeat("Перехід буде облаштовано. ", 8)}))
	v, err := b.svc.Show(ctx, b.head, p.Number, "")
	must(t, err)
	due := dayIn(v.Term(StepReview).DueAt)
	b.Clock.Set(time.Date(due.Year, due.Month, due.Day+1, 0, 0, 0, 0, calendar.Kyiv()).Add(-time.Millisecond))
	must(t, b.svc.SignAnswer(ctx, b.head, p.Number, v.Answer.SignedDigest(p.Number), "right"))
	if f, err := b.svc.Figures(ctx); err != nil || f.Due != 1 || f.OnTime != 1 {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestWhoWatchesACountAsksNoDatabase: on the day when everybody watches, the count of a
// public petition comes from memory; what is not public is looked at every time.
func TestWhoWatchesACountAsksNoDatabase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, stop := context.WithCancel(context.Background())
	p, hidden := b.gathering(t, b.ann), b.inState(t, b.ann, Checking)
	look := func(ctx context.Context, n int64, who authz.Actor) error {
		if err := b.svc.Readable(ctx, who, n, ""); err != nil {
			return err
		}
		return second(b.svc.CountOf(ctx, n))
	}
	must(t, look(ctx, p.Number, authz.Guest()))
	must(t, look(ctx, hidden.Number, b.ann))
	want(t, look(ctx, hidden.Number, authz.Guest()), errs.KindNotFound, "")
	stop() // whoever asks the database now fails
	must(t, look(ctx, p.Number, authz.Guest()))
	if err := look(ctx, hidden.Number, b.ann); err == nil {
		t.Error("whether a hidden petition may be read was not looked at")
	}
}

// TestWhatIsLostWhileItsAppealGoesBackBecomesAnAppealAgain: the job that follows the second
// end finds the first appeal still there and has nothing to do; the one that takes that
// appeal back must not leave the petition without any.
func TestWhatIsLostWhileItsAppealGoesBackBecomesAnAppealAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	b.mustSign(t, p, b.residents(t, 5)...)
	sweep := func() int64 {
		b.Owner(t, "INSERT INTO petition_sweeps (petition_id, rule, state, found, ids, created_at) SELECT $1, 'address', 'tried', 1, ARRAY[min(id)], $2 FROM petition_signatures WHERE petition_id = $1", p.ID, b.Clock.Now())
		id := b.id(t, "SELECT max(id) FROM petition_sweeps")
		must(t, second(b.svc.RunSweep(ctx, b.clerk, p.Number, id)))
		return id
	}
	jobs := func() int { return b.Count(t, "SELECT count(*) FROM river_job WHERE kind = 'petition_appeal'") }
	settle := func() { must(t, b.svc.SettleAppeal(ctx, kind.PetitionAppeal{PetitionID: p.ID})) }
	id := sweep()
	b.Clock.Advance(92 * 24 * time.Hour)
	must(t, b.svc.Close(ctx))
	settle()
	first := b.load(t, p.Number).AppealNumber
	must(t, second(b.svc.UndoSweep(ctx, b.clerk, p.Number, id)))
	if st := b.load(t, p.Number).State; st != Reached || first == "" {
		t.Fatal(st, first)
	}
	before := 0
	b.appeals.during = func() {
		sweep()
		must(t, b.svc.Close(ctx))
		settle() // of the second end
		before = jobs()
	}
	settle()
	if x := b.load(t, p.Number); x.State != NotEnough || x.AppealNumber != "" || jobs() != before+1 {
		t.Fatalf("%s, appeal %q, %d jobs more", x.State, x.AppealNumber, jobs()-before)
	}
	if n := b.Count(t, "SELECT count(*) FROM letters WHERE kind = 'petition.revived'"); n != 0 {
		t.Errorf("%d letters say that it is reviewed as a petition", n)
	}
	settle()
	if x := b.load(t, p.Number); x.AppealNumber == "" || len(b.appeals.keys) != 2 || b.appeals.keys[0] == b.appeals.keys[1] {
		t.Errorf("appeal %q of keys %v", x.AppealNumber, b.appeals.keys)
	}
}
