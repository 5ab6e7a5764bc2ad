package petitions

import (
	"context"
	"fmt"
	"testing"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/jobs/kind"
)

// linked notes that the account is known to be of the human being whose identity
// is confirmed in another one.
func (b *bundle) linked(t testing.TB, a authz.Actor, ident string) {
	t.Helper()
	b.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at, withdrawn_at) VALUES ($1, $2, 'id', now(), now())", a.ID, []byte(ident))
}

// TestOneHumanBeingInTwoAccounts: the portal cannot know that a mailbox is of
// somebody who has confirmed nothing. From the moment at which it knows, one human
// being has one signature, the stronger one, in whatever order they came.
func TestOneHumanBeingInTwoAccounts(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	b.charter = b.newCharter(t, Charter{
		ValidFrom: b.Clock.Now(), Threshold: 100, GatheringDays: 90, Supporters: 2, SupportersDays: 30,
		CheckDays: 2, AnnounceDays: 3, ReviewDays: 10, Tier: TierEmail, ResidentsOnly: true, Source: "Статут громади",
	})
	n := 0
	pair := func() (box, id authz.Actor, ident string) { // two accounts of one human being
		n++
		ident = fmt.Sprintf("human being %d", n)
		box, id = b.resident(t, "Скринька "+lettered(n)), b.resident(t, "Особа "+lettered(n))
		b.confirm(t, id, ident)
		return box, id, ident
	}
	known := func(a authz.Actor) { must(t, b.svc.Known(ctx, kind.PetitionKnown{PersonID: a.ID})) }
	sign := func(a authz.Actor, p *Petition) bool {
		t.Helper()
		got, err := b.svc.Sign(ctx, a, p.Number, Mark{})
		must(t, err)
		return got.Fresh
	}
	stands := func(p *Petition, email, strong int) {
		t.Helper()
		must(t, b.svc.Count(ctx))
		b.same(t, p)
		if c := b.Count(t, "SELECT count(*) FROM petition_counts WHERE petition_id = $1 AND email = $2 AND strong = $3", p.ID, email, strong); c != 1 {
			t.Errorf("not %d by e-mail and %d by identity", email, strong)
		}
	}
	t.Run("not known", func(t *testing.T) { // said in docs/petition-fraud.md
		p, q := b.gathering(t, b.ann), b.gathering(t, b.ann)
		box, id, _ := pair()
		sign(box, p)
		sign(id, p)
		known(box)
		stands(p, 1, 1)
		sign(id, q)
		stands(q, 0, 1)
	})
	t.Run("both stand when it becomes known", func(t *testing.T) {
		p := b.gathering(t, b.ann)
		box, id, ident := pair()
		sign(box, p)
		sign(id, p)
		sign(b.bob, p)
		b.linked(t, box, ident)
		known(box)
		known(box)      // a job may come twice
		stands(p, 1, 1) // his, and Bob's
		if sign(box, p) {
			t.Error("he signed again")
		}
		stands(p, 1, 1)
		if n := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'petition_signatures' AND (actor LIKE 'person:%' OR request <> '' OR changes ? 'strong')"); n != 0 {
			t.Errorf("%d rows of the trail tell whose it was", n)
		}
	})
	t.Run("the stronger one comes after it became known", func(t *testing.T) {
		p := b.gathering(t, b.ann)
		box, id, ident := pair()
		sign(box, p)
		b.linked(t, box, ident)
		known(box)
		stands(p, 1, 0)
		if !sign(id, p) {
			t.Error("the signature by identity was not taken")
		}
		stands(p, 0, 1)
		if sign(id, p) || sign(box, p) {
			t.Error("he signed again")
		}
		stands(p, 0, 1)
	})
	t.Run("signed by mail when it was known", func(t *testing.T) {
		p := b.gathering(t, b.ann)
		box, id, ident := pair()
		b.linked(t, box, ident)
		if !sign(box, p) || !sign(id, p) {
			t.Error("refused")
		}
		stands(p, 0, 1)
		must(t, b.svc.Withdraw(ctx, id, p.Number))
		stands(p, 0, 0)
		if !sign(box, p) {
			t.Error("none stood")
		}
		stands(p, 1, 0)
	})
	t.Run("raised where the other account has signed", func(t *testing.T) {
		p := b.gathering(t, b.ann)
		box, id, ident := pair()
		sign(box, p)
		sign(id, p)
		b.Owner(t, "UPDATE strong_identities SET withdrawn_at = now() WHERE person_id = $1", id.ID) // it moves to the other account
		b.confirm(t, box, ident)
		want(t, b.svc.Raise(ctx, box, p.Number, Mark{}), errs.KindConflict, "petitions.err.strong_signed")
		stands(p, 0, 1)
		if m, err := b.svc.MySignature(ctx, id, p.Number); err != nil || m == nil || !m.Strong {
			t.Errorf("the stronger one went: %+v %v", m, err)
		}
	})
	t.Run("raised where the other account has signed by mail", func(t *testing.T) {
		p := b.gathering(t, b.ann)
		box, id, ident := pair()
		b.linked(t, box, ident)
		b.Owner(t, "UPDATE strong_identities SET withdrawn_at = now() WHERE person_id = $1", id.ID)
		sign(id, p) // by mail, and known
		if sign(box, p) {
			t.Error("two by mail of one human being")
		}
		b.Owner(t, "UPDATE strong_identities SET withdrawn_at = NULL WHERE person_id = $1", id.ID)
		must(t, b.svc.Raise(ctx, id, p.Number, Mark{}))
		stands(p, 0, 1)
	})
	t.Run("known while it was not gathering", func(t *testing.T) {
		p := b.gathering(t, b.ann)
		box, id, ident := pair()
		sign(box, p)
		sign(id, p)
		b.Owner(t, "UPDATE petitions SET state = 'reviewing' WHERE id = $1", p.ID)
		b.linked(t, box, ident)
		known(box)
		stands(p, 1, 1)
		b.Owner(t, "UPDATE petitions SET state = 'gathering' WHERE id = $1", p.ID)
		must(t, b.svc.Check(ctx, kind.PetitionsCheck{})) // in the night
		stands(p, 0, 1)
	})
	t.Run("over", func(t *testing.T) {
		p := b.gathering(t, b.ann)
		box, id, ident := pair()
		sign(box, p)
		sign(id, p)
		b.Owner(t, "UPDATE petitions SET ends_at = $2 WHERE id = $1", p.ID, b.Clock.Now())
		b.linked(t, box, ident)
		known(box)
		stands(p, 1, 1)
	})
	t.Run("swept", func(t *testing.T) {
		p := b.gathering(t, b.ann)
		box, id, ident := pair()
		b.linked(t, box, ident)
		sign(box, p)
		b.Owner(t, "UPDATE petition_signatures SET sweep_id = 1 WHERE petition_id = $1", p.ID)
		must(t, b.svc.Withdraw(ctx, box, p.Number))
		if !sign(id, p) { // by identity it is another matter, and counts
			t.Error("refused")
		}
		stands(p, 0, 1)
	})
}
