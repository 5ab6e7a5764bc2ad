package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"ereception/internal/appeals"
	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/identity"
	"ereception/internal/petitions"
	"ereception/internal/petitions/exchange"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
	"ereception/internal/platform/db"
	"ereception/internal/platform/jobs"
	"ereception/internal/platform/jobs/kind"
)

// petitionSpots tells petitions in which district a point lies.
type petitionSpots struct{ city *city.City }

func (p petitionSpots) District(ctx context.Context, lat, lon float64) (int64, bool, error) {
	s, err := spots(p).Spot(ctx, lat, lon)
	return s.DistrictID, s.Inside, err
}

// petitionSigner signs an answer by the password, typed again.
type petitionSigner struct{ people *identity.Service }

func (p petitionSigner) Sign(ctx context.Context, a authz.Actor, digest []byte, password string) (string, map[string]any, error) {
	e, err := passwordSigner(p).Sign(ctx, a, digest, appeals.Credential{Password: password})
	return e.Method, e.Data, err
}

// petitionAppeals hands a petition that did not gather its signatures over to
// be considered as an ordinary appeal (Закон 393/96-ВР, ст. 23-1).
type petitionAppeals struct {
	appeals *appeals.Service
	people  *identity.Service
}

func (p petitionAppeals) TakePetition(ctx context.Context, x petitions.Petition, receivedAt time.Time) (string, error) {
	author, err := p.people.Self(ctx, authz.Actor{Kind: authz.KindPerson, ID: *x.AuthorID})
	if err != nil {
		return "", err
	}
	var parts []string
	for _, t := range []string{x.Essence, x.Reasons, x.Proposal} {
		if t = strings.TrimSpace(t); t != "" {
			parts = append(parts, t)
		}
	}
	d := appeals.Draft{
		Kind: appeals.Proposal, Title: x.Title, Body: strings.Join(parts, "\n\n"), Place: x.Place, Lat: x.Lat, Lon: x.Lon,
		Showing: appeals.ShownOnMap, // it was published while signatures were gathered: Закон 393/96-ВР, ст. 23-1
		Name:    x.AuthorName, Address: x.AuthorAddress, Phone: author.Phone, Email: author.Email, Channel: appeals.ByEmail,
	}
	if x.TopicID != nil {
		d.TopicID = *x.TopicID
	}
	return p.appeals.TakeOver(ctx, authz.System("petition-appeal"), appeals.Handed{Key: x.FilingKey, AuthorID: *x.AuthorID, ReceivedAt: receivedAt, Draft: d})
}

// HandBack closes the appeal of a petition that is reviewed as one after all.
func (p petitionAppeals) HandBack(ctx context.Context, number string, petition int64) (back bool, err error) {
	return p.appeals.HandBack(ctx, authz.System("petition-appeal"), number, petition)
}

// petitions builds the area of petitions.
func (a *App) petitions(ctx context.Context, o Options) error {
	secret, err := identity.Secret(ctx, a.Store.DB, "petitions")
	if err != nil {
		return err
	}
	platform, err := nationalPlatform(a.Config, a.clock)
	if err != nil {
		return err
	}
	if o.Demo { // examples are nobody's petitions
		platform = nil
	}
	a.newPetitions = func(d *db.DB, c clock.Clock, ap *appeals.Service, s petitions.Signer) *petitions.Service {
		return petitions.New(petitions.Options{
			DB: d, Calendars: a.City, Locator: petitionSpots{a.City}, Signer: s, Appeals: petitionAppeals{ap, a.Identity}, Platform: platform, Clock: c,
			Secret: secret, BaseURL: a.Config.BaseURL, Networks: time.Duration(a.Config.PetitionNetworkDays) * 24 * time.Hour, Log: a.Log,
		})
	}
	a.Petitions = a.newPetitions(a.Store.DB, a.clock, a.Appeals, petitionSigner{a.Identity})
	a.Notify.Register(a.Petitions.Composers())
	return petitions.SeedLaw(ctx, a.Store.DB)
}

// nationalPlatform is the exchange with «Взаємодія»; nil when the operator did not
// ask for it. An error names the setting.
func nationalPlatform(c *config.Config, ck clock.Clock) (petitions.Platform, error) {
	if c.VzaemodiiaURL == "" {
		if c.VzaemodiiaToken != "" {
			return nil, errors.New("EREC_VZAEMODIIA_TOKEN is set, EREC_VZAEMODIIA_URL is not")
		}
		return nil, nil
	}
	x, err := exchange.New(exchange.Options{URL: c.VzaemodiiaURL, Token: c.VzaemodiiaToken, Agent: "ereception (" + c.BaseURL + ")", Clock: ck})
	if err != nil {
		return nil, fmt.Errorf("EREC_VZAEMODIIA_URL, EREC_VZAEMODIIA_TOKEN: %w", err)
	}
	return x, nil
}

// petitionJobs registers the work of petitions that is promised or daily.
func (a *App) petitionJobs(w *river.Workers) []*river.PeriodicJob {
	jobs.HandlePromised(w, 5*time.Minute, a.Petitions.SettleAppeal)
	jobs.Handle(w, 10*time.Minute, a.Petitions.News)
	jobs.Handle(w, 10*time.Minute, a.Petitions.Check)
	jobs.Handle(w, 5*time.Minute, a.Petitions.Guard)
	jobs.Handle(w, time.Hour, a.Petitions.Forget)
	jobs.Handle(w, 5*time.Minute, a.Petitions.Known)
	jobs.Handle(w, time.Minute, a.Petitions.Exchange)
	jobs.Handle(w, 10*time.Minute, a.Petitions.ExchangeAll)
	return []*river.PeriodicJob{
		jobs.Daily(kind.PetitionsCheck{}),
		jobs.Daily(kind.PetitionsForget{}),
		river.NewPeriodicJob(river.PeriodicInterval(time.Minute), func() (river.JobArgs, *river.InsertOpts) { return kind.PetitionsGuard{}, nil }, nil),
		river.NewPeriodicJob(river.PeriodicInterval(time.Hour), func() (river.JobArgs, *river.InsertOpts) { return kind.PetitionsExchange{}, nil }, nil),
	}
}
