package petitions

import (
	"context"
	"testing"
	"time"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
)

func TestTheFormsOfSigning(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := context.Background()
	open, support := b.gathering(t, b.ann), b.inState(t, b.ann, Supporting)
	for _, c := range []struct {
		name string
		who  authz.Actor
		n    int64
		key  string
		want bool
	}{
		{"a guest looks at a published one", authz.Guest(), open.Number, "", true},
		{"first supporters with the link", authz.Guest(), support.Number, support.SupportKey, true},
		{"first supporters without the link", authz.Guest(), support.Number, "", false},
		{"first supporters with another link", b.bob, support.Number, open.SupportKey, false},
		{"the author without the link", b.ann, support.Number, "", true},
		{"an official without the link", b.clerk, support.Number, "", false},
		{"on check", b.ann, b.inState(t, b.ann, Checking).Number, "", false},
		{"returned", b.ann, b.inState(t, b.ann, Returned).Number, "", false},
		{"no such petition", b.bob, 999999, "", false},
	} {
		x, err := b.svc.SignPageOf(ctx, c.who, c.n, c.key)
		if !c.want {
			if !errs.Is(err, errs.KindNotFound) || x != (SignPage{}) {
				t.Errorf("%s: %+v, %v", c.name, x, err)
			}
			continue
		}
		if err != nil || !x.Open || x.Off || x.Number != c.n || x.Title == "" || x.Public != (c.n == open.Number) {
			t.Errorf("%s: %+v, %v", c.name, x, err)
		}
		if (x.SupportKey != "") != (c.n == support.Number) {
			t.Errorf("%s: the key %q", c.name, x.SupportKey)
		}
	}
	b.Owner(t, "INSERT INTO petition_switches (name, off_since, reason_uk, reason_en) VALUES ('signing', now(), 'Оновлюємо', 'Updating')")
	if x, err := b.svc.SignPageOf(ctx, b.bob, open.Number, ""); err != nil || x.Open || !x.Off || x.OffReason("en") != "Updating" || x.OffReason("uk") != "Оновлюємо" {
		t.Errorf("switched off: %+v, %v", x, err)
	}
	b.Owner(t, "UPDATE petition_switches SET off_since = NULL")
	b.Clock.Set(open.EndsAt.Add(-time.Millisecond))
	if x, _ := b.svc.SignPageOf(ctx, b.bob, open.Number, ""); !x.Open {
		t.Error("closed a millisecond too early")
	}
	b.Clock.Set(*open.EndsAt)
	if x, _ := b.svc.SignPageOf(ctx, b.bob, open.Number, ""); x.Open || x.Off {
		t.Error("open at the end")
	}
}

func TestSignatoryIsToldOfHimself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := context.Background()
	stranger := b.person(t, "Нова Олена Петрівна")
	for _, c := range []struct {
		who  authz.Actor
		want Signatory
	}{{authz.Guest(), Signatory{}}, {stranger, Signatory{}}, {b.bob, Signatory{Resident: true}}} {
		if got, err := b.svc.SignatoryOf(ctx, c.who); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", c.who.Name, got, err)
		}
	}
	b.Owner(t, "INSERT INTO strong_identities (person_id, ident, provider, confirmed_at) VALUES ($1, 'x', 'id', now())", b.bob.ID)
	if got, _ := b.svc.SignatoryOf(ctx, b.bob); !got.Strong {
		t.Error("the confirmed identity is not seen")
	}
	b.Owner(t, "UPDATE strong_identities SET withdrawn_at = now()")
	if got, _ := b.svc.SignatoryOf(ctx, b.bob); got.Strong {
		t.Error("a withdrawn identity is seen")
	}
}

func TestStamp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stamp := b.svc.Stamp()
	b.Clock.Advance(7 * time.Second)
	if d := b.svc.Took(stamp); d != 7*time.Second {
		t.Errorf("took %s", d)
	}
	if d := b.instance(t).Took(stamp); d != 7*time.Second {
		t.Errorf("another process: %s", d)
	}
	for _, forged := range []string{"", ".", "abc", "1." + b.svc.stampMark("2"), stamp + "x", "z" + stamp} {
		if d := b.svc.Took(forged); d != 0 {
			t.Errorf("%q was believed: %s", forged, d)
		}
	}
	b.Clock.Advance(stampFor)
	if d := b.svc.Took(stamp); d != 0 {
		t.Errorf("an old one: %s", d)
	}
}
