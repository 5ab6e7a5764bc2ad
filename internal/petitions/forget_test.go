package petitions

import (
	"context"
	"errors"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/platform/obs"
)

// TestHashesOfAddressesAreErasedAfterTheTerm: those of a gathering that ended long
// ago go, the signatures stay and count; nothing of an open or young one is touched.
func TestHashesOfAddressesAreErasedAfterTheTerm(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	old, young, open := b.gathering(t, b.ann), b.gathering(t, b.ann), b.gathering(t, b.ann)
	for _, p := range []*Petition{old, young, open} {
		for _, who := range []authz.Actor{b.ann, b.bob} {
			_, err := b.svc.Sign(ctx, who, p.Number, Mark{IP: "192.0.2.7"})
			must(t, err)
		}
	}
	must(t, b.svc.Count(ctx))
	end := func(p *Petition, ago time.Duration) {
		b.Owner(t, "UPDATE petitions SET state = 'not_enough', ends_at = NULL, closed_at = $2 WHERE id = $1", p.ID, time.Now().Add(-ago)) //nolint:forbidigo // the guard of the function is the database's clock
	}
	b.Clock.Set(time.Now()) //nolint:forbidigo // as above
	end(old, NetworksKept+time.Hour)
	end(young, NetworksKept-time.Hour)
	kept := func(p *Petition) int {
		return b.Count(t, "SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND net <> '' AND ip <> ''", p.ID)
	}
	trail := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'petition_signatures'")
	for range 2 {
		must(t, b.svc.Forget(ctx, kind.PetitionsForget{}))
	}
	if n := kept(old); n != 0 {
		t.Errorf("%d hashes are left", n)
	}
	if kept(young) != 2 || kept(open) != 2 {
		t.Error("hashes were erased before their term")
	}
	for _, p := range []*Petition{old, young, open} {
		must(t, b.svc.Count(ctx))
		b.same(t, p)
		if n := b.counted(t, p); n != 2 {
			t.Errorf("%d signatures are counted", n)
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'petitions' AND actor = 'system:petitions-forget' AND changes ? 'networks_erased_at'"); n != 1 {
		t.Errorf("%d rows of the trail say so", n)
	}
	if n := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'petition_signatures'"); n != trail {
		t.Error("the trail keeps what was erased")
	}
	// Not even a direct call takes them from a gathering that goes on.
	must(t, b.DB.Write(ctx, authz.System("test"), authz.JobRun, func(tx *db.Tx) error {
		return errors.Join(tx.Authorize(authz.Anyone), tx.Exec("SELECT petition_forget(?, now())", open.ID).Error)
	}))
	if kept(open) != 2 {
		t.Error("an open petition lost its hashes")
	}
}

// TestWhatIsNotErasedIsNotMarked: a term shorter than the database allows marks nothing.
func TestWhatIsNotErasedIsNotMarked(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	p := b.gathering(t, b.ann)
	_, err := b.svc.Sign(ctx, b.bob, p.Number, Mark{IP: "192.0.2.7"})
	must(t, err)
	b.svc.networks = 7 * 24 * time.Hour
	b.Clock.Set(time.Now()) //nolint:forbidigo // the guard of the function is the database's clock
	b.Owner(t, "UPDATE petitions SET state = 'not_enough', ends_at = NULL, closed_at = now() - interval '8 days' WHERE id = $1", p.ID)
	must(t, b.svc.Forget(ctx, kind.PetitionsForget{}))
	if n := b.Count(t, "SELECT count(*) FROM petitions WHERE networks_erased_at IS NOT NULL"); n != 0 {
		t.Error("it is marked as erased, and the hashes are there for ever")
	}
	b.svc.networks = NetworksKept
	b.Owner(t, "UPDATE petitions SET closed_at = now() - interval '400 days' WHERE id = $1", p.ID)
	must(t, b.svc.Forget(ctx, kind.PetitionsForget{}))
	if b.Count(t, "SELECT count(*) FROM petitions WHERE networks_erased_at IS NOT NULL") != 1 || b.Count(t, "SELECT count(*) FROM petition_signatures WHERE net <> ''") != 0 {
		t.Error("not erased after its term")
	}
}

// TestTheTrailNamesNobodyBesideASignature, neither who takes it back.
func TestTheTrailNamesNobodyBesideASignature(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	p := b.gathering(t, b.ann)
	b.mustSign(t, p, b.ann, b.bob)
	must(t, b.svc.Withdraw(ctx, b.bob, p.Number))
	want(t, b.svc.Withdraw(ctx, authz.Guest(), p.Number), errs.KindUnauthenticated, "")
	if n := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'petition_signatures' AND actor LIKE 'person:%'"); n != 0 {
		t.Errorf("%d rows name a person", n)
	}
	if n := b.Count(t, "SELECT count(*) FROM petition_signatures WHERE withdrawn_at IS NULL"); n != 1 {
		t.Errorf("%d signatures stand", n)
	}
}

// TestRaise: who confirms his identity later makes his signature one of the stronger tier.
func TestRaise(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	b.charter.Tier = TierStrong
	p := b.gathering(t, b.ann)
	counts := func(email, strong int) {
		t.Helper()
		must(t, b.svc.Count(ctx))
		b.same(t, p)
		if n := b.Count(t, "SELECT count(*) FROM petition_counts WHERE petition_id = $1 AND email = $2 AND strong = $3", p.ID, email, strong); n != 1 {
			t.Errorf("not counted as %d by e-mail and %d by identity", email, strong)
		}
	}
	want(t, b.svc.Raise(ctx, b.ann, p.Number, Mark{}), errs.KindNotFound, "")
	want(t, b.svc.Raise(ctx, authz.Guest(), p.Number, Mark{}), errs.KindUnauthenticated, "")
	b.mustSign(t, p, b.ann, b.bob)
	want(t, b.svc.Raise(ctx, b.ann, p.Number, Mark{}), errs.KindInvalid, "petitions.err.not_strong")
	counts(2, 0)
	b.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at) VALUES ($1, 'one human being', 'id', now())", b.ann.ID)
	must(t, b.svc.Raise(obs.WithRequest(ctx, obs.NewRequestID()), b.ann, p.Number, Mark{IP: "192.0.2.7"}))
	counts(1, 1)
	must(t, b.svc.Raise(ctx, b.ann, p.Number, Mark{}))
	counts(1, 1)
	if m, err := b.svc.MySignature(ctx, b.ann, p.Number); err != nil || m == nil || !m.Strong {
		t.Errorf("%+v %v", m, err)
	}
	if n := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'petition_signatures' AND (actor <> 'system:petition-sign' OR request <> '')"); n != 0 {
		t.Error("the trail names the person beside the row")
	}
	// The same human being cannot stand twice, whatever account he raises.
	b.Owner(t, "UPDATE strong_identities SET ident = 'put aside' WHERE person_id = $1", b.ann.ID)
	b.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at) VALUES ($1, 'one human being', 'id', now())", b.bob.ID)
	want(t, b.svc.Raise(ctx, b.bob, p.Number, Mark{}), errs.KindConflict, "petitions.err.strong_signed")
	counts(0, 1)
	// Not after the end, and then the signature stands as it was.
	late := b.resident(t, "Пізня Олена Іванівна")
	b.mustSign(t, p, late)
	b.confirm(t, late, "another human being")
	b.Clock.Set(*p.EndsAt)
	want(t, b.svc.Raise(ctx, late, p.Number, Mark{}), errs.KindConflict, "petitions.err.closed")
	counts(1, 1)
}

// TestSignTakesNamesOfPeopleAlone: what may not stand in a public list is refused by the area itself.
func TestSignTakesNamesOfPeopleAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.gathering(t, b.ann)
	for _, name := range []string{"=HYPERLINK(\"x\") Іван", "Іван", "www.site.ua Іван", "+380 67", "@Іван Петренко", "Іван 2 Петренко"} {
		who := b.resident(t, name)
		_, err := b.svc.Sign(context.Background(), who, p.Number, Mark{})
		if want(t, err, errs.KindInvalid, ""); b.Count(t, "SELECT count(*) FROM petition_signatures") != 0 {
			t.Errorf("%q stands in the list", name)
		}
	}
}

// TestAReturnedPetitionIsForgottenToo: it may wait for its author for years; mended, it
// is signed again, and what that leaves is erased in its turn.
func TestAReturnedPetitionIsForgottenToo(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	p, young := b.inState(t, b.ann, Supporting), b.inState(t, b.ann, Supporting)
	for _, x := range []*Petition{p, young} {
		must(t, second(b.svc.Sign(ctx, b.bob, x.Number, Mark{IP: "192.0.2.7", SupportKey: x.SupportKey})))
	}
	must(t, b.svc.Count(ctx))
	b.Clock.Set(time.Now()) //nolint:forbidigo // the guard of the function is the database's clock
	returned := func(x *Petition, ago time.Duration) {
		b.Owner(t, "UPDATE petitions SET state = 'returned', ends_at = NULL, submitted_at = $2 WHERE id = $1", x.ID, b.Clock.Now().Add(-ago))
	}
	returned(p, NetworksKept+time.Hour)
	returned(young, NetworksKept-time.Hour)
	kept := func(x *Petition) int {
		return b.Count(t, "SELECT count(*) FROM petition_signatures WHERE petition_id = $1 AND net <> '' AND ip <> ''", x.ID)
	}
	marked := func(x *Petition) int {
		return b.Count(t, "SELECT count(*) FROM petitions WHERE id = $1 AND networks_erased_at IS NOT NULL", x.ID)
	}
	must(t, b.svc.Forget(ctx, kind.PetitionsForget{}))
	if kept(p) != 0 || marked(p) != 1 {
		t.Errorf("%d hashes are left, marked %d", kept(p), marked(p))
	}
	if kept(young) != 1 || marked(young) != 0 {
		t.Error("hashes were erased before their term")
	}
	d := b.load(t, p.Number).DraftOf()
	d.Title, d.Proposal = "Безпечний перехід біля ліцею", "Облаштувати перехід зі світлофором."
	d.Essence = "Просимо облаштувати перехід біля ліцею: дорогу переходять діти."
	must(t, b.svc.Correct(ctx, b.ann, p.Number, 0, d))
	must(t, b.svc.Publish(ctx, b.clerk, p.Number, 0))
	must(t, second(b.svc.Sign(ctx, b.bob, p.Number, Mark{IP: "192.0.2.7"})))
	if marked(p) != 0 || kept(p) != 1 {
		t.Errorf("signed anew: marked %d, %d hashes", marked(p), kept(p))
	}
}
