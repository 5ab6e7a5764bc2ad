package app

import (
	"context"
	"testing"
	"time"

	"ereception/internal/appeals"
	"ereception/internal/demo"
	"ereception/internal/identity"
	"ereception/internal/law/deadline"
	"ereception/internal/petitions"
	"ereception/internal/pgtest"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
	"ereception/internal/platform/i18n"
)

// TestTheDemonstrationLoadsOnAnyDay: what the loader makes hangs on the day and the
// hour, and must come out on each of them: at night, on a Sunday, in the hour that
// comes twice, on the first day of a year.
func TestTheDemonstrationLoadsOnAnyDay(t *testing.T) {
	t.Parallel()
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, i18n.Kyiv)
	}
	days := []time.Time{at(10, 22, 7, 10), at(10, 25, 3, 30), at(11, 26, 16, 50), at(13, 1, 0, 10), at(11, 30, 0, 5), at(26, 29, 13, 30)}
	for _, now := range days {
		t.Run(now.Format("2006-01-02 15:04"), func(t *testing.T) {
			t.Parallel()
			e := pgtest.New(t)
			a, err := Build(context.Background(), &config.Config{DataDir: t.TempDir(), DatabaseURL: e.URL, OwnerURL: e.OwnerURL, BaseURL: "http://portal.test", MailFrom: "portal@example.org", Dev: true}, e.Log, Options{Demo: true, NoJobs: true, Clock: clock.At(now)})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close(context.Background())
			if n := e.Count(t, "SELECT count(*) FROM appeals a JOIN people p ON p.id = a.manager_id WHERE p.email = 'manager@example.org' AND a.state = 'answer_signing'"); n < 3 {
				t.Errorf("the printed manager has %d to sign", n)
			}
			everyProcedureAndState(t, e)
			signsAreSeenToTheEnd(t, e, a)
			petitionsAreOfTheMachine(t, e, a, now)
		})
	}
}

// everyProcedureAndState: the desk of the demonstration shows every procedure of
// law, open and answered, and every state but those nobody has come to by himself.
func everyProcedureAndState(t *testing.T, e *pgtest.Env) {
	t.Helper()
	for _, p := range deadline.Procedures() {
		for what, states := range map[string]string{"open": "registered,resolution_pending,in_progress,clarifying,answer_signing", "answered": "answered,closed,reopened"} {
			if e.Count(t, "SELECT count(*) FROM appeals WHERE procedure = $1 AND state = ANY (string_to_array($2, ','))", string(p), states) == 0 {
				t.Errorf("no appeal under %s is %s", p, what)
			}
		}
		// The specialist chose it at registration, by the use-case, and the audit trail knows.
		if n := e.Count(t, "SELECT count(*) FROM appeals WHERE procedure = $1 AND reg_index IS NULL", string(p)); n != 0 && p != deadline.Appeal && p != deadline.Info {
			t.Errorf("%d appeals under %s are not registered", n, p)
		}
	}
	for _, s := range []appeals.State{
		appeals.Registered, appeals.ResolutionPending, appeals.InProgress, appeals.Clarifying, appeals.AnswerSigning, appeals.Answered, appeals.Closed, appeals.Reopened,
	} {
		if e.Count(t, "SELECT count(*) FROM appeals WHERE state = $1", string(s)) == 0 {
			t.Errorf("no appeal is %s", s)
		}
	}
	for author, procedure := range map[string]deadline.Procedure{"councillor": deadline.Deputy, "mp": deadline.MP, "advocate": deadline.Advocate} {
		if n := e.Count(t, `SELECT count(*) FROM appeals a JOIN people p ON p.id = a.author_id
			WHERE (p.email = $1 || '@example.org') <> (a.procedure = $2) AND a.reg_index IS NOT NULL`, author, string(procedure)); n != 0 {
			t.Errorf("%d appeals under %s are not of the %s, or his under another", n, procedure, author)
		}
	}
}

// signsAreSeenToTheEnd: beside a sign stand an official monitoring and the buyer's
// explanation, and another sign waits for one; all of it of an invented buyer.
func signsAreSeenToTheEnd(t *testing.T, e *pgtest.Env, a *App) {
	t.Helper()
	const sign = "EXISTS (SELECT FROM procurement_register r WHERE r.kind = 'tender' AND r.id = t.id AND cardinality(r.signs) > 0)"
	for what, sql := range map[string]string{
		"a monitoring with a conclusion beside a sign":    "SELECT count(*) FROM procurement_tenders t JOIN procurement_monitorings m ON m.tender_id = t.id WHERE m.violation AND " + sign,
		"a monitoring under way beside a sign":            "SELECT count(*) FROM procurement_tenders t JOIN procurement_monitorings m ON m.tender_id = t.id WHERE m.status = 'active' AND m.concluded_on IS NULL AND " + sign,
		"an explained purchase with a sign":               "SELECT count(*) FROM procurement_tenders t JOIN procurement_explanations x ON x.tender_id = t.id AND x.withdrawn_at IS NULL WHERE " + sign,
		"an explanation of the sign it speaks of":         "SELECT count(*) FROM procurement_explanations WHERE indicator = 'DASU-3-3'",
		"a purchase with a sign that waits for its words": "SELECT count(*) FROM procurement_tenders t JOIN procurement_buyers b ON b.code = t.buyer_code AND b.unit_id IS NOT NULL WHERE NOT EXISTS (SELECT FROM procurement_explanations x WHERE x.tender_id = t.id) AND " + sign,
	} {
		if e.Count(t, sql) == 0 {
			t.Errorf("there is not: %s", what)
		}
	}
	for what, sql := range map[string]string{
		"monitorings of real purchases are made up":    "SELECT count(*) FROM procurement_monitorings m JOIN procurement_tenders t ON t.id = m.tender_id WHERE NOT t.demo",
		"real purchases are explained":                 "SELECT count(*) FROM procurement_explanations x JOIN procurement_tenders t ON t.id = x.tender_id WHERE NOT t.demo",
		"purchases of the sample pass for the city's":  "SELECT count(*) FROM procurement_register WHERE NOT example",
		"signs that were made up stand beside a name":  "SELECT count(*) FROM procurement_register WHERE demo AND cardinality(signs) > 0 AND buyer_code <> '00009999'",
		"real buyers have a unit of the demonstration": "SELECT count(*) FROM procurement_buyers WHERE unit_id IS NOT NULL AND NOT demo",
	} {
		if n := e.Count(t, sql); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_monitorings WHERE started_on > $1 OR concluded_on > $1", a.clock.Now()); n != 0 {
		t.Errorf("%d monitorings lie in the future", n)
	}
	ctx := context.Background()
	for email, want := range map[string]bool{"executor@example.org": true, "manager@example.org": true, "executor1@example.org": false, "resident@example.org": false} {
		in, err := a.Identity.SignIn(ctx, identity.Credentials{Email: email, Password: demo.Password})
		if err != nil {
			t.Fatal(err)
		}
		who, err := a.Identity.Resolve(ctx, in.Token)
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Purchases.ToExplain(ctx, who, "UA-2021-03-22-900204-a")
		if (err == nil) != want {
			t.Errorf("%s may explain: %v", email, err)
		}
	}
}

// petitionsAreOfTheMachine: every petition of the demonstration stands as the product
// would have brought it there.
func petitionsAreOfTheMachine(t *testing.T, e *pgtest.Env, a *App, now time.Time) {
	t.Helper()
	ctx := context.Background()
	var list []petitions.Petition
	if err := a.Store.DB.Read(ctx).Omit("search").Order("number").Find(&list).Error; err != nil {
		t.Fatal(err)
	}
	seen := map[petitions.State]bool{}
	for _, p := range list {
		seen[p.State] = true
		bad := func(what string, args ...any) {
			t.Errorf("petition %d, %s: "+what, append([]any{p.Number, p.State}, args...)...)
		}
		if !p.Demo {
			bad("does not bear the mark")
		}
		moments := []*time.Time{&p.CreatedAt, p.SubmittedAt, p.PublishedAt, p.ReachedAt, p.AnnouncedAt, p.AnsweredAt, p.ClosedAt}
		last := p.CreatedAt
		for _, m := range moments {
			if m != nil && (m.Before(last) || m.After(now)) {
				bad("its moments are not in their order: %v", moments)
			}
			if m != nil {
				last = *m
			}
		}
		// Nobody signs before it may be signed, nor after its end or when it has its signatures.
		end := now
		for _, m := range []*time.Time{p.EndsAt, p.ReachedAt} {
			if m != nil && m.Before(end) {
				end = *m
			}
		}
		if n := e.Count(t, "SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND (at < $2 OR at > $3)", p.ID, p.CreatedAt, end); n != 0 {
			bad("%d signatures are outside of the gathering", n)
		}
		if p.SubmittedAt != nil && p.PublishedAt != nil {
			if n := e.Count(t, "SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND at > $2 AND at < $3", p.ID, *p.SubmittedAt, *p.PublishedAt); n != 0 {
				bad("%d signed while it was checked", n)
			}
		}
		standing := e.Count(t, "SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND withdrawn_at IS NULL AND sweep_id IS NULL", p.ID)
		c, err := a.Petitions.CountOf(ctx, p.Number)
		if err != nil || c.Counted != standing {
			bad("%d are counted, %d stand, %v", c.Counted, standing, err)
		}
		if enough := standing >= p.Threshold; enough != (p.ReachedAt != nil) {
			bad("%d of %d signatures, reached at %v", standing, p.Threshold, p.ReachedAt)
		}
		if p.ReachedAt != nil {
			if n := e.Count(t, "SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND at = $2 AND (SELECT count(*) FROM petition_signatures s WHERE s.petition_id = $1 AND s.at < $2) < $3", p.ID, *p.ReachedAt, p.Threshold); n == 0 {
				bad("reached at %v, which is not the moment of the last signature needed", *p.ReachedAt)
			}
		}
		// The way of the timeline: by the table, in its order.
		if n := e.Count(t, "SELECT count(*) FROM (SELECT at, lag(at) OVER w AS before, from_state, lag(to_state) OVER w AS was FROM petition_events WHERE petition_id = $1 WINDOW w AS (ORDER BY id)) x WHERE at < before OR from_state <> was", p.ID); n != 0 {
			bad("%d entries of the timeline are out of their order", n)
		}
		if e.Count(t, "SELECT count(*) FROM petition_events WHERE petition_id = $1 AND to_state = $2 AND id = (SELECT max(id) FROM petition_events WHERE petition_id = $1)", p.ID, string(p.State)) != 1 {
			bad("the timeline ends elsewhere")
		}
		termsAreOfTheEngine(t, a, p, bad)
	}
	for _, s := range petitions.States {
		want := s != petitions.Withdrawn && s != petitions.Lapsed && s != petitions.Merged
		if seen[s] != want {
			t.Errorf("a petition is %s: %v", s, seen[s])
		}
	}
}

// termsAreOfTheEngine counts every term anew.
func termsAreOfTheEngine(t *testing.T, a *App, p petitions.Petition, bad func(what string, args ...any)) {
	t.Helper()
	ctx := context.Background()
	cal, err := a.City.Calendar(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var h petitions.Charter
	if err := a.Store.DB.Read(ctx).Take(&h, p.CharterID).Error; err != nil {
		t.Fatal(err)
	}
	if h.Threshold != 300 || h.GatheringDays != 90 || !h.Demo || p.Threshold != h.Threshold {
		bad("%+v", h)
	}
	var terms []petitions.Term
	if err := a.Store.DB.Read(ctx).Where("petition_id = ?", p.ID).Order("id").Find(&terms).Error; err != nil {
		t.Fatal(err)
	}
	from := map[petitions.Step]*time.Time{
		petitions.StepSupporters: &p.CreatedAt, petitions.StepCheck: p.SubmittedAt, petitions.StepGathering: p.PublishedAt,
		petitions.StepAnnounce: p.ReachedAt, petitions.StepReview: p.AnnouncedAt, petitions.StepPublish: p.AnsweredAt,
	}
	days := map[petitions.Step]int{
		petitions.StepSupporters: h.SupportersDays, petitions.StepCheck: h.CheckDays, petitions.StepGathering: h.GatheringDays,
		petitions.StepAnnounce: h.AnnounceDays, petitions.StepReview: h.ReviewDays, petitions.StepPublish: 1,
	}
	counted := map[petitions.Step]bool{}
	for _, x := range terms {
		counted[x.Step] = true
		if from[x.Step] == nil {
			bad("a term of %s has nothing to run from", x.Step)
			continue
		}
		r, err := deadline.OfPetition(deadline.PetitionStep(x.Step), *from[x.Step], days[x.Step], cal)
		if err != nil || !x.DueAt.Equal(r.DueAt) || x.ExplainUk != r.ExplanationIn(i18n.Ukrainian) || x.ExplainEn != r.ExplanationIn(i18n.English) || x.Rule != r.Rule {
			bad("%s is due %v, «%s»; the engine says %v, «%s», %v", x.Step, x.DueAt, x.ExplainUk, r.DueAt, r.Explanation, err)
		}
		// Only a check may be late in the demonstration.
		if x.Step != petitions.StepCheck && x.MetAt != nil && x.Step.Citys() && x.MetAt.After(x.DueAt) {
			bad("%s was done at %v, due %v", x.Step, x.MetAt, x.DueAt)
		}
	}
	for step, at := range from {
		if at != nil && !counted[step] {
			bad("no term of %s was counted", step)
		}
	}
}
