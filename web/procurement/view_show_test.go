package procurement

import (
	"context"
	"strings"
	"testing"

	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
)

func TestPaidPart(t *testing.T) {
	t.Parallel()
	ctx := i18n.With(context.Background(), "uk")
	for _, c := range []struct {
		name, treasury, prozorro, currency string
		percent                            int // -1: nothing to show
	}{
		{"the treasury is better than the buyer's word", "50", "20", "UAH", 50},
		{"the buyer's word", "", "20", "UAH", 20},
		{"hryvnias of the treasury are no part of euros", "4500", "20", "EUR", 20},
		{"and there is no other word", "4500", "", "EUR", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := &dom.ContractView{Value: dom.Money{Amount: "100", Currency: c.currency}}
			v.Treasury, v.Paid = c.treasury, c.prozorro
			got := paid(ctx, v)
			if c.percent < 0 {
				if got != nil {
					t.Errorf("%+v", got)
				}
				return
			}
			if got == nil || got.Percent != c.percent {
				t.Fatalf("%+v, want %d", got, c.percent)
			}
		})
	}
	l := dom.ContractLine{Treasury: "4500"}
	l.Currency = "EUR"
	if s := contractLine(ctx, l).Status; !strings.Contains(s, "грн") {
		t.Errorf("payments of the treasury in another currency: %q", s)
	}
}
