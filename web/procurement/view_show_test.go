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

func TestWhatBecameOfTheContract(t *testing.T) {
	t.Parallel()
	ctx := i18n.With(context.Background(), "uk")
	stub, performed, cancelled := i18n.T(ctx, "procurement.contract.stub"), i18n.T(ctx, "procurement.contract.performed"), i18n.T(ctx, "procurement.contract.cancelled")
	for _, c := range []struct {
		name, status, details string
		stub                  bool
		want                  string
	}{
		{"an active one says nothing", "active", "", false, ""},
		{"performed", "terminated", "", false, performed},
		{"ended without performance", "terminated", "Згода сторін", false, i18n.T(ctx, "procurement.contract.terminated", "reason", "Згода сторін")},
		{"cancelled", "cancelled", "", false, cancelled},
		{"cancelled, with a reason for the end", "cancelled", "Згода сторін", false, cancelled},
		{"the copy of an active one", "active", "", true, stub},
		{"the copy of a cancelled one", "cancelled", "", true, cancelled + " " + stub},
		{"a copy cannot tell whether it was performed", "terminated", "", true, stub},
	} {
		v := &dom.ContractView{Termination: c.details}
		v.Status, v.Stub, v.Terminated = c.status, c.stub, c.details != "" && c.status == "terminated"
		if got := ended(ctx, v); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestShortMoney(t *testing.T) {
	t.Parallel()
	ctx := i18n.With(context.Background(), "uk")
	for in, want := range map[string]string{
		"": "0 грн", "0.00": "0 грн", "12.5": "12,50 грн", "999.99": "999,99 грн", "1000": "1 тис. грн", "1499.00": "1,5 тис. грн", "2500000": "2,5 млн грн", "1420000000": "1,42 млрд грн",
	} {
		if got := strings.ReplaceAll(shortMoney(ctx, in), "\u00a0", " "); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
