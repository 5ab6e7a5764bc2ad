package petitions

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

// flood writes the signatures of a town as the database would have them.
func (b *bundle) flood(t testing.TB, p *Petition, w *town) {
	t.Helper()
	hash := func(what string, v uint64) []byte {
		if v == 0 {
			return []byte{}
		}
		return binary.BigEndian.AppendUint64(nil, v*0x9E3779B97F4A7C15+uint64(len(what)))
	}
	var signer, net, ip, stem [][]byte
	var name, domain []string
	var at []time.Time
	var took []*int32
	for _, x := range w.list {
		signer = append(signer, append(hash("signer", uint64(x.ID)), byte(x.ID))) //nolint:gosec // positive
		net, ip, stem = append(net, hash("net", x.Net)), append(ip, hash("ip", x.IP)), append(stem, hash("stem", x.Stem))
		name, domain, at = append(name, x.Name), append(domain, x.Domain), append(at, x.At)
		if x.Took < 0 {
			took = append(took, nil)
		} else {
			ms := int32(x.Took) //nolint:gosec // small
			took = append(took, &ms)
		}
	}
	// The rows get their ids in the order of the list, so that id-base is the id in it.
	b.Owner(t, `INSERT INTO petition_signatures (petition_id, signer, name, at, tier, domain, net, ip, took, stem)
		SELECT $1, s, n, a, 1, d, net, ip, k, st FROM unnest($2::bytea[], $3::text[], $4::timestamptz[], $5::text[], $6::bytea[], $7::bytea[], $8::integer[], $9::bytea[])
		  WITH ORDINALITY AS u (s, n, a, d, net, ip, k, st, ord) ORDER BY ord`,
		p.ID, signer, name, at, domain, net, ip, took, stem)
	must(t, b.svc.Count(context.Background()))
}

func (b *bundle) counted(t testing.TB, p *Petition) int {
	t.Helper()
	must(t, b.svc.Count(context.Background()))
	return int(b.id(t, "SELECT coalesce(sum(email + strong), 0) FROM petition_counts WHERE petition_id = $1", p.ID))
}

// big is a charter whose threshold nobody reaches here.
func (b *bundle) big(t testing.TB) {
	t.Helper()
	b.charter = b.newCharter(t, Charter{
		ValidFrom: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Threshold: 900_000, GatheringDays: 60, Supporters: 0, SupportersDays: 1,
		CheckDays: 2, AnnounceDays: 3, ReviewDays: 10, Tier: TierEmail, ResidentsOnly: true, Source: "Статут громади",
	})
}

// TestSweepOfKyiv4094 takes the forged signatures of October 2016 out and back,
// on the database, and holds the whole against a minute.
func TestSweepOfKyiv4094(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	b.big(t)
	p := b.gathering(t, b.ann)
	w := newTown(4094)
	w.honest(4400)
	w.kyiv4094(10_600)
	b.flood(t, p, w)
	all := len(w.list)
	if n := b.counted(t, p); n != all {
		t.Fatalf("counted %d, want %d", n, all)
	}
	d, err := b.svc.Guarding(ctx, b.clerk, p.Number)
	must(t, err)
	if d.Standing != all || d.Swept != 0 || len(d.Addresses) == 0 || d.Addresses[0].Service != "meta.ua" || d.Addresses[0].Odd == 0 {
		t.Fatalf("desk: %d %d %+v", d.Standing, d.Swept, d.Addresses)
	}
	sum := 0
	for _, v := range d.Intervals {
		sum += v.Calm + v.Odd + v.Swept
	}
	if sum != all || len(d.Intervals) > 61 {
		t.Errorf("%d intervals hold %d of %d signatures", len(d.Intervals), sum, all)
	}

	began := time.Now() //nolint:forbidigo // the length of the work is what is tested
	id, f, err := b.svc.Try(ctx, b.clerk, p.Number, RuleSigns, Params{}, "дзвінок журналіста")
	must(t, err)
	if n := b.counted(t, p); n != all {
		t.Fatalf("a trial changed the count to %d", n)
	}
	if f.Found < 10_000 || len(f.Sample) != sampleMost || f.Of != all {
		t.Fatalf("found %d, sample %d, of %d", f.Found, len(f.Sample), f.Of)
	}
	_, kept, again, err := b.svc.Trial(ctx, b.head, p.Number, id)
	must(t, err)
	if kept.State != SweepTried || again.Found != f.Found || kept.Note == "" {
		t.Fatalf("the kept trial: %+v, %d", kept, again.Found)
	}
	n, err := b.svc.RunSweep(ctx, b.clerk, p.Number, id)
	must(t, err)
	if n != f.Found || b.counted(t, p) != all-n {
		t.Fatalf("took out %d of %d, and %d stand", n, f.Found, b.counted(t, p))
	}
	hits := b.id(t, "SELECT count(*) FROM petition_signatures WHERE sweep_id = $1 AND id > (SELECT min(id) + 4399 FROM petition_signatures)", id)
	if honest := n - int(hits); float64(hits) < .95*10_600 || float64(honest) > .005*4400 {
		t.Errorf("%d of 10 600 forged ones, %d of 4400 honest ones", hits, honest)
	}
	if got := b.str(t, "SELECT kind || ' ' || public || ' ' || (data->>'n') || ' ' || (data->>'rule') FROM petition_events WHERE petition_id = $1 ORDER BY id DESC LIMIT 1", p.ID); got != fmt.Sprintf("sweep_run true %d signs", n) {
		t.Errorf("the public log says %q", got)
	}
	if d, err = b.svc.Guarding(ctx, b.clerk, p.Number); err != nil || d.Swept != n || d.Rules[0].Found > 20 {
		t.Errorf("after it: %v, swept %d, the rule finds %d more", err, d.Swept, d.Rules[0].Found)
	}
	if back, err := b.svc.UndoSweep(ctx, b.clerk, p.Number, id); err != nil || back != n || b.counted(t, p) != all {
		t.Fatalf("came back %d, %v; %d stand", back, err, b.counted(t, p))
	}
	if took := time.Since(began); took > time.Minute { //nolint:forbidigo // see above
		t.Errorf("trial, sweep and undo of %d signatures took %v", n, took)
	} else {
		t.Logf("trial, sweep and undo of %d signatures: %v", n, took)
	}
	if list, err := b.svc.Recount(ctx); err != nil || len(list) != 0 {
		t.Errorf("the counters differ from the rows: %v %v", list, err)
	}
	_, err = b.svc.UndoSweep(ctx, b.clerk, p.Number, id)
	want(t, err, errs.KindConflict, "petitionguard.err.done")
	_, err = b.svc.RunSweep(ctx, b.clerk, p.Number, id)
	want(t, err, errs.KindConflict, "petitionguard.err.done")
}

// TestSweptNeverLearns: whoever was taken out sees his signature as before, and
// a further one does not help him.
func TestSweptNeverLearns(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	b.big(t)
	p := b.gathering(t, b.ann)
	people := b.residents(t, 8)
	sign := func(a authz.Actor) Signed {
		got, err := b.svc.Sign(ctx, a, p.Number, Mark{IP: "203.0.113.7", Took: 900 * time.Millisecond})
		must(t, err)
		return got
	}
	for _, a := range people {
		sign(a)
	}
	id, f, err := b.svc.Try(ctx, b.clerk, p.Number, RuleAddress, Params{Most: 5}, "")
	must(t, err)
	if f.Found != 8 || f.AllIPs != 1 || f.Addresses[0].Label == "" || f.Sample[0].Took != 900*time.Millisecond {
		t.Fatalf("%+v", f)
	}
	// Who signs between the trial and the run was not looked at, and stays.
	sign(b.bob)
	// Who took his signature back between them is not among them.
	must(t, b.svc.Withdraw(ctx, people[7], p.Number))
	if n, err := b.svc.RunSweep(ctx, b.clerk, p.Number, id); err != nil || n != 7 {
		t.Fatal(n, err)
	}
	if n := b.counted(t, p); n != 1 {
		t.Fatalf("%d stand, want 1", n)
	}
	if m, err := b.svc.MySignature(ctx, people[0], p.Number); err != nil || m == nil {
		t.Error("the one who was taken out sees that he was:", m, err)
	}
	if sign(people[0]).Fresh {
		t.Error("a second press of his gives another answer than anybody's")
	}
	must(t, b.svc.Withdraw(ctx, people[1], p.Number))
	if m, err := b.svc.MySignature(ctx, people[1], p.Number); err != nil || m != nil {
		t.Error("what was taken back shows as standing:", m, err)
	}
	if !sign(people[1]).Fresh {
		t.Error("taking back and signing anew must look like anybody's")
	}
	if n := b.counted(t, p); n != 1 {
		t.Errorf("taken back and signed anew it counts: %d stand, want 1", n)
	}
	if m, err := b.svc.MySignature(ctx, people[1], p.Number); err != nil || m == nil {
		t.Error("the one who signed anew sees that it does not count:", m, err)
	}
	// An identity that was confirmed since is another matter: raised or signed anew, it counts.
	for i, a := range people[2:4] {
		b.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at) VALUES ($1, $2, 'id', now())", a.ID, fmt.Sprint("human being ", i))
	}
	must(t, b.svc.Raise(ctx, people[2], p.Number, Mark{}))
	must(t, b.svc.Withdraw(ctx, people[3], p.Number))
	sign(people[3])
	if n := b.counted(t, p); n != 3 {
		t.Errorf("with two confirmed identities %d stand, want 3", n)
	}
	// Undone, what was taken back stays taken back, and what was signed anew counts.
	must(t, b.svc.Withdraw(ctx, people[4], p.Number))
	if n, err := b.svc.UndoSweep(ctx, b.clerk, p.Number, id); err != nil || n != 4 {
		t.Error(n, err)
	}
	if n := b.counted(t, p); n != 7 { // all but the two who took theirs back, and Bob
		t.Errorf("%d stand, want 7", n)
	}
	if list, err := b.svc.Recount(ctx); err != nil || len(list) != 0 {
		t.Errorf("the counters differ from the rows: %v %v", list, err)
	}
}

func TestSweepUncrossesTheThreshold(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	for _, a := range b.residents(t, 6) {
		must(t, second(b.svc.Sign(ctx, a, p.Number, Mark{IP: "203.0.113.7"})))
	}
	must(t, b.svc.Count(ctx))
	if st := b.load(t, p.Number).State; st != Reached {
		t.Fatal(st)
	}
	id, _, err := b.svc.Try(ctx, b.clerk, p.Number, RuleAddress, Params{Most: 3}, "")
	must(t, err)
	must(t, second(b.svc.RunSweep(ctx, b.clerk, p.Number, id)))
	// At once: whoever presses next is not told that the gathering is over.
	if st := b.load(t, p.Number).State; st != Gathering {
		t.Errorf("forged signatures are out, and it is %s", st)
	}
	must(t, second(b.svc.Sign(ctx, b.bob, p.Number, Mark{})))
	must(t, second(b.svc.UndoSweep(ctx, b.clerk, p.Number, id)))
	if st := b.load(t, p.Number).State; st != Reached {
		t.Errorf("they are back, and it is %s", st)
	}
}

func TestWhoMaySweep(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	for _, a := range b.residents(t, 4) {
		must(t, second(b.svc.Sign(ctx, a, p.Number, Mark{IP: "203.0.113.7"})))
	}
	for name, a := range map[string]authz.Actor{"guest": {}, "resident": b.bob, "executor": b.exec, "administrator": b.boss} {
		if _, err := b.svc.Guarding(ctx, a, p.Number); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("%s looks at the desk: %v", name, err)
		}
		if _, _, err := b.svc.Try(ctx, a, p.Number, RuleCaps, Params{}, ""); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("%s tries: %v", name, err)
		}
	}
	own := b.gathering(t, b.clerk)
	_, err := b.svc.Guarding(ctx, b.clerk, own.Number)
	want(t, err, errs.KindForbidden, "petitions.err.own")
	id, _, err := b.svc.Try(ctx, b.clerk, p.Number, RuleAddress, Params{Most: 3}, "")
	must(t, err)
	for name, a := range map[string]authz.Actor{"resident": b.bob, "executor": b.exec} {
		if _, err := b.svc.RunSweep(ctx, a, p.Number, id); !errs.Is(err, errs.KindForbidden) {
			t.Errorf("%s runs: %v", name, err)
		}
		if err := b.svc.DropTrial(ctx, a, p.Number, id); !errs.Is(err, errs.KindForbidden) {
			t.Errorf("%s drops: %v", name, err)
		}
	}
	_, err = b.svc.RunSweep(ctx, b.clerk, b.gathering(t, b.bob).Number, id)
	want(t, err, errs.KindNotFound, "") // of another petition
	reviewing := b.inState(t, b.ann, Reviewing)
	_, _, err = b.svc.Try(ctx, b.clerk, reviewing.Number, RuleCaps, Params{}, "")
	want(t, err, errs.KindConflict, "petitionguard.err.state")
	_, _, err = b.svc.Try(ctx, b.clerk, p.Number, RuleDomain, Params{}, "")
	want(t, err, errs.KindInvalid, "petitionguard.err.domains")

	b.Clock.Advance(25 * time.Hour)
	_, err = b.svc.RunSweep(ctx, b.clerk, p.Number, id)
	want(t, err, errs.KindConflict, "petitionguard.err.old")
	must(t, b.svc.DropTrial(ctx, b.clerk, p.Number, id))
	_, err = b.svc.RunSweep(ctx, b.clerk, p.Number, id)
	want(t, err, errs.KindNotFound, "")
	id, _, err = b.svc.Try(ctx, b.clerk, p.Number, RuleCaps, Params{}, "")
	must(t, err)
	_, err = b.svc.RunSweep(ctx, b.clerk, p.Number, id)
	want(t, err, errs.KindConflict, "petitionguard.err.nothing")
}

// TestGuard: the guard notes what it finds, once, and sweeps where it may.
func TestGuard(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	b.big(t)
	p := b.gathering(t, b.ann)
	w := newTown(7)
	w.honest(600)
	w.kyiv4094(1200)
	b.flood(t, p, w)
	for range 3 {
		must(t, b.svc.Guard(ctx, kind.PetitionsGuard{}))
	}
	d, err := b.svc.Guarding(ctx, b.clerk, p.Number)
	must(t, err)
	rules := map[Rule]int{}
	for _, s := range d.Sweeps {
		rules[s.Rule]++
		if s.State != SweepTried || s.ActorID != nil {
			t.Errorf("%+v", s)
		}
	}
	if rules[RuleSigns] != 1 || d.Swept != 0 {
		t.Fatalf("the guard noted %v and took out %d", rules, d.Swept)
	}
	found, err := b.svc.Found(ctx)
	must(t, err)
	if found[p.Number] < 1100 {
		t.Errorf("the menu tells of %v", found)
	}
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchGuard})))
	must(t, b.svc.Guard(ctx, kind.PetitionsGuard{}))
	if d, err = b.svc.Guarding(ctx, b.clerk, p.Number); err != nil || d.Swept < 1140 || !d.Auto {
		t.Errorf("by itself it took out %d, %v", d.Swept, err)
	}
	if n := b.id(t, "SELECT count(*) FROM petition_events WHERE petition_id = $1 AND kind = 'sweep_run' AND public AND actor_id IS NULL", p.ID); n == 0 {
		t.Error("and said nothing of it")
	}
	list, err := b.svc.Guarded(ctx, p.Number)
	if err != nil || len(list) == 0 || list[0].Note != "" {
		t.Fatalf("%+v %v", list, err)
	}
	// What a person let count again, the guard leaves alone.
	for _, w := range list {
		must(t, second(b.svc.UndoSweep(ctx, b.clerk, p.Number, w.ID)))
	}
	must(t, b.svc.Count(ctx))
	must(t, b.svc.Guard(ctx, kind.PetitionsGuard{}))
	if d, err = b.svc.Guarding(ctx, b.clerk, p.Number); err != nil || d.Swept != 0 {
		t.Errorf("it took out %d again, %v", d.Swept, err)
	}
	if _, w, f, err := b.svc.Trial(ctx, b.clerk, p.Number, list[0].ID); err != nil || w.State != SweepUndone || f.Found != w.Found {
		t.Errorf("an undone sweep shows %d of %d, %v", f.Found, w.Found, err)
	}
	// So it does with what a person held for honest when it only noted it.
	q := b.gathering(t, b.ann)
	b.flood(t, q, w)
	sw, err := b.svc.Switches(ctx)
	must(t, err)
	must(t, second(b.svc.SetSwitch(ctx, b.boss, Change{Name: SwitchGuard, Off: true, Version: sw[SwitchGuard].Version})))
	must(t, b.svc.Guard(ctx, kind.PetitionsGuard{}))
	if d, err = b.svc.Guarding(ctx, b.clerk, q.Number); err != nil || len(d.Sweeps) == 0 {
		t.Fatal(d, err)
	}
	for _, x := range d.Sweeps {
		must(t, b.svc.DropTrial(ctx, b.clerk, q.Number, x.ID))
	}
	must(t, b.svc.Guard(ctx, kind.PetitionsGuard{}))
	if found, err = b.svc.Found(ctx); err != nil || found[q.Number] != 0 {
		t.Errorf("it notes again what was dismissed: %v %v", found, err)
	}
	if pub, err := b.svc.Guarded(ctx, q.Number); err != nil || len(pub) != 0 {
		t.Errorf("a dismissed suspicion is nobody's business: %+v %v", pub, err)
	}
}

// TestStem: mailboxes that differ by digits alone share a stem, and nothing
// else tells of the mailbox.
func TestStem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.big(t)
	p, q := b.gathering(t, b.ann), b.gathering(t, b.ann)
	for i, email := range []string{"ivan.bot1@meta.example", "ivan.bot2@meta.example", "ivan.bot3@other.example", "380971234567@meta.example", "ivan.bot@meta.example", "17ivan.bot+x@meta.example"} {
		a := b.resident(t, "Підписант "+lettered(i))
		b.Owner(t, "UPDATE people SET email = $2 WHERE id = $1", a.ID, email)
		b.Owner(t, "UPDATE signers SET ident = canonical_email($2) WHERE person_id = $1", a.ID, email)
		b.mustSign(t, p, a)
		b.mustSign(t, q, a)
	}
	got := b.str(t, `SELECT string_agg(CASE WHEN stem = '' THEN '-' ELSE n::text END, ' ' ORDER BY id) FROM
		(SELECT id, stem, dense_rank() OVER (ORDER BY f) AS n FROM (SELECT id, stem, min(id) OVER (PARTITION BY stem) AS f FROM petition_signatures WHERE petition_id = $1) x) y`, p.ID)
	if got != "1 1 2 - - 1" {
		t.Errorf("stems: %s", got)
	}
	if n := b.id(t, "SELECT count(*) FROM petition_signatures x JOIN petition_signatures y USING (stem) WHERE x.petition_id = $1 AND y.petition_id = $2 AND stem <> ''", p.ID, q.ID); n != 0 {
		t.Error("a stem tells that two petitions were signed by one")
	}
}

// TestTwoForgeriesDoNotExcuseEachOther: the mail services that are usual elsewhere
// are those of people who come alone. A forgery at another petition, that nobody
// has taken out yet, does not make its service usual.
func TestTwoForgeriesDoNotExcuseEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.big(t)
	other, p := b.gathering(t, b.ann), b.gathering(t, b.ann)
	first := newTown(77)
	first.honest(3000)
	first.fanplit(4000)
	b.flood(t, other, first)
	w := newTown(78)
	w.honest(3000)
	w.fanplit(4000)
	b.flood(t, p, w)
	a, elsewhere, err := b.svc.analysis(context.Background(), p.ID, usualMillis)
	must(t, err)
	if !elsewhere {
		t.Fatal("3000 honest signatures elsewhere tell nothing of what is usual")
	}
	base := b.id(t, "SELECT min(id) FROM petition_signatures WHERE petition_id = $1", p.ID)
	found := map[int64]bool{}
	for _, r := range []Rule{RuleSigns, RuleTwins} {
		for _, i := range a.find(r, Params{}) {
			found[a.list[i].ID-base+1] = true
		}
	}
	hits, wrong := 0, 0
	for id := range found {
		if w.forged[id] {
			hits++
		} else {
			wrong++
		}
	}
	if hits < 3800 || wrong > 15 {
		t.Errorf("found %d of 4000 forged ones, and %d honest ones of 3000", hits, wrong)
	}
}

// TestAConfirmedIdentityIsNoTwin: whoever was taken out by his mailbox and then confirms
// who he is has the name and the address of what was taken out, and perhaps the haste and
// the capitals of the papers. The guard leaves him alone, and a namesake of his household
// who has confirmed himself too; one by a mailbox beside them it does not.
func TestAConfirmedIdentityIsNoTwin(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	b.big(t)
	p := b.gathering(t, b.ann)
	home := Mark{IP: "203.0.113.7", Took: 900 * time.Millisecond}
	confirmed := func(a authz.Actor) {
		b.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at) VALUES ($1, $2, 'id', now())", a.ID, fmt.Sprint("human being ", a.ID))
	}
	father, son, copied := b.resident(t, "ЗРАЗКОВИЙ ІВАН ІВАНОВИЧ"), b.resident(t, "ЗРАЗКОВИЙ ІВАН ІВАНОВИЧ"), b.resident(t, "ЗРАЗКОВИЙ ІВАН ІВАНОВИЧ")
	must(t, second(b.svc.Sign(ctx, father, p.Number, home)))
	b.Owner(t, "INSERT INTO petition_sweeps (petition_id, rule, state, found, ids, created_at) SELECT $1, 'address', 'tried', 1, array_agg(id), $2 FROM petition_signatures WHERE petition_id = $1", p.ID, b.Clock.Now())
	must(t, second(b.svc.RunSweep(ctx, b.clerk, p.Number, b.id(t, "SELECT max(id) FROM petition_sweeps"))))
	confirmed(father)
	must(t, b.svc.Raise(ctx, father, p.Number, home))
	confirmed(son)
	must(t, second(b.svc.Sign(ctx, son, p.Number, home)))
	for i, a := range b.residents(t, 8) { // a crowd behind the address
		b.Clock.Advance(7 * time.Minute)
		must(t, second(b.svc.Sign(ctx, a, p.Number, Mark{IP: home.IP, Took: time.Duration(i+5) * time.Second})))
	}
	must(t, second(b.svc.Sign(ctx, copied, p.Number, home)))
	must(t, b.svc.Count(ctx))
	must(t, b.svc.guard(ctx, p.Number, true))
	must(t, b.svc.Count(ctx))
	swept := func(tier int) int {
		return b.Count(t, "SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND withdrawn_at IS NULL AND sweep_id IS NOT NULL AND tier = $2", p.ID, tier)
	}
	if n := swept(2); n != 0 {
		t.Errorf("%d signatures by a confirmed identity are taken out", n)
	}
	if n := swept(1); n != 1 {
		t.Errorf("%d by a mailbox are taken out, want the one of the same name", n)
	}
	// A person may take them out all the same, by a rule of his choice.
	if _, f, err := b.svc.Suspects(ctx, b.clerk, p.Number, RuleCaps, Params{}); err != nil || f.Found != 2 {
		t.Errorf("names in capitals: %d, %v", f.Found, err)
	}
}

// TestThePublicLogTellsWhatCameBack: the number of the undoing is that by which the count
// grew, not that of the signatures which were once taken out.
func TestThePublicLogTellsWhatCameBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.gathering(t, b.ann)
	list := b.residents(t, 4)
	b.mustSign(t, p, list...)
	b.Owner(t, "INSERT INTO petition_sweeps (petition_id, rule, state, found, ids, created_at) SELECT $1, 'address', 'tried', 4, array_agg(id), $2 FROM petition_signatures WHERE petition_id = $1", p.ID, b.Clock.Now())
	id := b.id(t, "SELECT max(id) FROM petition_sweeps")
	must(t, second(b.svc.RunSweep(ctx, b.clerk, p.Number, id)))
	must(t, b.svc.Withdraw(ctx, list[0], p.Number))
	must(t, b.svc.Withdraw(ctx, list[1], p.Number))
	must(t, second(b.svc.Sign(ctx, list[1], p.Number, Mark{}))) // anew, under the same sweep
	must(t, second(b.svc.UndoSweep(ctx, b.clerk, p.Number, id)))
	log, err := b.svc.Guarded(ctx, p.Number)
	if err != nil || len(log) != 1 || log[0].Found != 4 || log[0].Back != 3 || b.counted(t, p) != 3 {
		t.Errorf("%+v, %v; %d count", log, err, b.counted(t, p))
	}
}

// TestOneMakesNoCrowd: a signatory who was taken out and signs anew, again and again, is
// one trace on the desk, and no clue against who shares his address.
func TestOneMakesNoCrowd(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	b.big(t)
	p := b.gathering(t, b.ann)
	home := Mark{IP: "203.0.113.7"}
	list := b.residents(t, 2)
	must(t, second(b.svc.Sign(ctx, list[0], p.Number, home)))
	b.Owner(t, "INSERT INTO petition_sweeps (petition_id, rule, state, found, ids, created_at) SELECT $1, 'address', 'tried', 1, array_agg(id), $2 FROM petition_signatures WHERE petition_id = $1", p.ID, b.Clock.Now())
	must(t, second(b.svc.RunSweep(ctx, b.clerk, p.Number, b.id(t, "SELECT max(id) FROM petition_sweeps"))))
	must(t, second(b.svc.Sign(ctx, list[1], p.Number, home)))
	for range crowdFrom {
		b.Clock.Advance(17 * time.Minute)
		must(t, b.svc.Withdraw(ctx, list[0], p.Number))
		must(t, second(b.svc.Sign(ctx, list[0], p.Number, home)))
	}
	look := func(swept int) {
		t.Helper()
		d, err := b.svc.Guarding(ctx, b.clerk, p.Number)
		must(t, err)
		if d.Swept != swept || d.Standing != 1 || len(d.Addresses) != 0 {
			t.Errorf("%d taken out, %d stand, crowds %+v", d.Swept, d.Standing, d.Addresses)
		}
	}
	look(1)
	must(t, b.svc.Withdraw(ctx, list[0], p.Number)) // what was taken out stays evidence
	look(1)
}
