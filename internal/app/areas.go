package app

import (
	"ereception/internal/platform/config"
	"ereception/internal/platform/mail"
	"ereception/web/httpx"
	"ereception/web/maps"
	"ereception/web/ops"
)

// areas builds the doors of the house.
func (a *App) areas(c *config.Config) []httpx.Area {
	var outbox *mail.Outbox
	if c.Dev {
		outbox = a.Outbox
	}
	place := places{a.City}
	return []httpx.Area{
		ops.New(a.Store, outbox).Area(),
		maps.New(place, place, publicPoints{a.Appeals}, a.clock, "/appeals/new").Area(),
	}
}
