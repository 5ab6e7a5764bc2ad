package app

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"ereception/internal/city"
	"ereception/internal/platform/config"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/procurement"
	"ereception/internal/procurement/mirror"
	"ereception/web/admin"
	"ereception/web/appeals"
	webprocurement "ereception/web/procurement"
)

// purchaseTopics are the codes by which a city may keep its topic for purchases,
// in the order of preference. Without one the person chooses a topic himself.
var purchaseTopics = []string{"purchases", "council.purchases", "procurement", "council.procurement"}

// purchaseFacts gives an appeal the facts of a purchase.
type purchaseFacts struct {
	purchases *procurement.Service
	city      *city.City
	base      string
}

// Purchase finds a published tender or contract by its number.
func (p purchaseFacts) Purchase(ctx context.Context, number string) (appeals.Purchase, bool, error) {
	b, err := p.purchases.Brief(ctx, number)
	if errs.Is(err, errs.KindNotFound) {
		return appeals.Purchase{}, false, nil
	}
	if err != nil {
		return appeals.Purchase{}, false, err
	}
	path := "/procurement/tenders/" + b.Number
	if b.Kind == procurement.Contracts {
		path = "/procurement/contracts/" + b.Number
	}
	out := appeals.Purchase{
		Number: b.Number, Title: b.Title, Buyer: b.BuyerName, Amount: webprocurement.Money(ctx, b.Amount, b.Currency), Path: path, URL: p.base + path,
	}
	if out.Title == "" {
		out.Title = b.Number
	}
	out.TopicID, err = p.topic(ctx)
	return out, err == nil, err
}

func (p purchaseFacts) topic(ctx context.Context) (int64, error) {
	d, err := p.city.Directory(ctx)
	if err != nil {
		return 0, err
	}
	for _, code := range purchaseTopics {
		for _, t := range d.Topics {
			if t.Active && t.Code == code {
				return t.ID, nil
			}
		}
	}
	return 0, nil
}

// mirrorOf is what the administrator sees of the mirror.
func (a *App) mirrorOf(c *config.Config, sites []string) admin.Mirror {
	return admin.Mirror{
		Status: func(ctx context.Context) ([]mirror.FeedStatus, error) {
			return mirror.Status(ctx, a.Store.DB.ReadPool())
		},
		Rate: c.ProzorroRate, BaseURL: c.BaseURL, Ancestors: sites,
	}
}

// digestHour is when the letters about followed searches go out, Kyiv time.
const digestHour = 8

// mornings is the schedule of the letters about followed searches.
type mornings struct{}

// Next is the coming digestHour after now.
func (mornings) Next(now time.Time) time.Time {
	k := now.In(i18n.Kyiv)
	at := time.Date(k.Year(), k.Month(), k.Day(), digestHour, 0, 0, 0, i18n.Kyiv)
	if !at.After(now) {
		at = time.Date(k.Year(), k.Month(), k.Day()+1, digestHour, 0, 0, 0, i18n.Kyiv)
	}
	return at
}

// purchasePeople registers the letters and the job of those who follow a search.
func (a *App) purchasePeople(w *river.Workers) []*river.PeriodicJob {
	a.Notify.Register(a.Purchases.Composers(a.Config.BaseURL, webprocurement.Describe))
	jobs.Handle(w, 30*time.Minute, a.Purchases.Digest)
	return []*river.PeriodicJob{river.NewPeriodicJob(mornings{}, func() (river.JobArgs, *river.InsertOpts) { return kind.PurchasesDigest{}, nil }, nil)}
}
