package petitions

import (
	"context"

	"github.com/a-h/templ"

	dom "ereception/internal/petitions"
	"ereception/internal/platform/i18n"
	page "ereception/templates/petitions"
	"ereception/templates/ui"
)

// teaserRows is how many petitions the home page shows.
const teaserRows = 3

// Teaser is what the home page shows of the petitions: those that gather and are
// nearest to their threshold. Nil while none gathers.
func (h *Handlers) Teaser(ctx context.Context) (templ.Component, error) {
	items, total, err := h.svc.Part(ctx, dom.Query{Tab: dom.TabGathering, Sort: dom.Percent}, teaserRows, 0)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	off, err := h.signingOff(ctx)
	if err != nil {
		return nil, err
	}
	b := page.TeaserBlock{All: ui.Link{Href: "/petitions", Label: i18n.N(ctx, "petitions.teaser.all", total)}, Rows: nil}
	for _, i := range items {
		b.Rows = append(b.Rows, h.listRow(ctx, i, off))
	}
	return page.Teaser(b), nil
}
