package petitions

import (
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
