package app

import (
	"ereception/internal/audit"
	"ereception/internal/platform/config"
	"ereception/internal/platform/mail"
	"ereception/web/account"
	"ereception/web/admin"
	"ereception/web/appeals"
	"ereception/web/cabinet"
	"ereception/web/httpx"
	"ereception/web/maps"
	"ereception/web/ops"
	"ereception/web/petitiondesk"
	"ereception/web/petitionguard"
	"ereception/web/petitions"
	"ereception/web/procurement"
	"ereception/web/public"
)

// areas builds the doors of the house.
func (a *App) areas(c *config.Config) ([]httpx.Area, error) {
	ancestors, err := c.Ancestors()
	if err != nil {
		return nil, err
	}
	var outbox *mail.Outbox
	if c.Dev {
		outbox = a.Outbox
	}
	place := places{a.City}
	signing := petitions.New(petitions.Options{Service: a.Petitions, Clock: a.clock, BaseURL: c.BaseURL, Ancestors: ancestors, Places: a.City}).UseSigning(a.Identity, a.City, a.limits)
	purchases := procurement.New(a.Purchases, a.clock, procurement.Options{BaseURL: c.BaseURL, Ancestors: ancestors})
	home := public.New(a.Appeals, a.clock, signing.Teaser, purchases.Teaser)
	a.Appeals.OnChange(home.Changed)
	return []httpx.Area{
		ops.New(a.Store, outbox).Area(),
		home.Area(),
		account.New(a.Identity).Area(),
		maps.New(place, place, publicPoints{a.Appeals}, a.clock, "/appeals/new").Area(),
		appeals.New(a.Appeals, a.City, filingLimits{a.limits, a.softLimits}, a.clock).UsePurchases(purchaseFacts{a.Purchases, a.City, c.BaseURL}).Area(),
		cabinet.New(a.Appeals, a.clock).Area(),
		signing.Area(),
		purchases.Area(),
		admin.New(a.City, a.Identity, audit.New(a.Store.DB), a.clock).UsePurchases(a.Purchases, a.mirrorOf(c, ancestors)).UsePetitions(a.Petitions).UseWork(a.Appeals, a.Petitions).UseLetters(a.Notify).Area(),
		petitiondesk.New(a.Petitions, a.clock).Area(),
		petitionguard.New(a.Petitions).Area(),
	}, nil
}
