package petitions

import (
	"context"
	"strings"
	"testing"

	"ereception/internal/identity"
	"ereception/internal/platform/errs"
)

// TestAnAuthorOfHisAccount: whoever an account takes may be an author, as the form is filled from it.
func TestAnAuthorOfHisAccount(t *testing.T) {
	t.Parallel()
	name := "Зразкова " + strings.Repeat("а", identity.NameMax-len([]rune("Зразкова ")))
	d := Draft{Name: name, Address: strings.Repeat("в", identity.AddressMax)}
	if err := d.Judge(StepSend); err != nil {
		t.Errorf("what the account takes is refused: %v", err)
	}
	d.Name, d.Address = d.Name+"а", d.Address+"в"
	e, ok := errs.As(d.Judge(StepSend))
	if !ok || len(e.Fields) != 2 || e.Fields[0].Key != "petitions.err.name_long" || e.Fields[1].Key != "petitions.err.address_long" {
		t.Errorf("longer: %+v", e)
	}
}

// TestTheCharterSpeaksEnglish: a page in English cites the act by its English name where it
// has one. That may be told of a version on which petitions stand; its rules may not change.
func TestTheCharterSpeaksEnglish(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	b.gathering(t, b.ann)
	list, err := b.svc.Charters(ctx)
	must(t, err)
	c := list[0]
	if c.Act("en") != c.Source || c.Act("uk") != c.Source {
		t.Errorf("without an English name: %q", c.Act("en"))
	}
	c.SourceEN = "Charter of the community"
	must(t, b.svc.SaveCharter(ctx, b.boss, c))
	list, err = b.svc.Charters(ctx)
	must(t, err)
	if now := list[0]; now.Act("en") != "Charter of the community" || now.Act("uk") != c.Source || now.Threshold != c.Threshold {
		t.Errorf("%+v", now)
	}
	c = list[0]
	c.Threshold++
	want(t, b.svc.SaveCharter(ctx, b.boss, c), errs.KindInvalid, "petitions.err.charter_used")
	c = list[0]
	c.Source = "Інший акт"
	want(t, b.svc.SaveCharter(ctx, b.boss, c), errs.KindInvalid, "petitions.err.charter_used")
	c.SourceEN = strings.Repeat("x", sourceMost+1)
	if e, ok := errs.As(b.svc.SaveCharter(ctx, b.boss, c)); !ok || len(e.Fields) != 1 || e.Fields[0].Name != "source_en" {
		t.Errorf("a name without end: %+v", e)
	}
}
