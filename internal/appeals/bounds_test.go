package appeals

import (
	"strings"
	"testing"

	"ereception/internal/identity"
	"ereception/internal/platform/errs"
)

// TestAnApplicantOfHisAccount: whoever an account takes may write, as the form is filled from it.
func TestAnApplicantOfHisAccount(t *testing.T) {
	t.Parallel()
	profile := identity.Profile{
		Name:    "Зразкова " + strings.Repeat("а", identity.NameMax-len([]rune("Зразкова "))),
		Address: strings.Repeat("в", identity.AddressMax), Phone: "+38 (050) 000-00-00", Locale: "uk",
	}
	if _, err := profile.Validate(); err != nil {
		t.Fatal(err)
	}
	d := Draft{Kind: Application, Name: profile.Name, Address: profile.Address, Phone: profile.Phone, Channel: ByPost}
	if err := d.Judge(StepWho); err != nil {
		t.Errorf("what the account takes is refused: %v", err)
	}
	d.Name, d.Address = d.Name+"а", d.Address+"в"
	e, ok := errs.As(d.Judge(StepWho))
	if !ok || len(e.Fields) != 2 || e.Fields[0].Key != "appeals.err.name_long" || e.Fields[1].Key != "appeals.err.place_long" {
		t.Errorf("longer: %+v", e)
	}
}
