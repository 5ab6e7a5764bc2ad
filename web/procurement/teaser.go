package procurement

import (
	"context"

	"github.com/a-h/templ"

	"ereception/internal/platform/i18n"
	page "ereception/templates/procurement"
	"ereception/templates/ui"
)

// Teaser is what the home page shows of the purchases. Nil while there is no contract.
func (h *Handlers) Teaser(ctx context.Context) (templ.Component, error) {
	o, err := h.svc.Overview(ctx, 0)
	if err != nil || o.Contracts == 0 {
		return nil, err
	}
	t := func(key string, args ...any) string { return i18n.T(ctx, "procurement."+key, args...) }
	part := func(key string, n int) page.TeaserPart {
		return page.TeaserPart{Label: t("teaser." + key), Count: i18n.Num(ctx, n), Percent: (n*100 + o.Contracts - 1) / o.Contracts} // what is there is seen
	}
	b := page.TeaserBlock{
		Lead: t("teaser.lead"), Example: "",
		Facts: []ui.Fact{
			{Label: t("overview.count"), Value: i18n.Num(ctx, o.Contracts)},
			{Label: t("teaser.sum"), Value: shortMoney(ctx, o.Sum)},
			{Label: t("overview.buyers"), Value: i18n.Num(ctx, o.Buyers)},
		},
		Parts: [3]page.TeaserPart{part("signs", o.Signs), part("clear", o.Clear), part("uncounted", o.Uncounted)},
		Label: t("teaser.label", "signs", i18n.Num(ctx, o.Signs), "clear", i18n.Num(ctx, o.Clear), "uncounted", i18n.Num(ctx, o.Uncounted)),
	}
	if o.Examples {
		b.Example = t("teaser.example")
	}
	return page.Teaser(b), nil
}
