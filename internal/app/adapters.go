package app

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ereception/internal/appeals"
	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/identity"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/platform/ratelimit"
	"ereception/web/httpx"
	"ereception/web/maps"
)

// spots tells appeals where a point lies.
type spots struct{ city *city.City }

func (s spots) Spot(ctx context.Context, lat, lon float64) (appeals.Spot, error) {
	p, err := s.city.Locate(ctx, lat, lon)
	if err != nil {
		return appeals.Spot{}, err
	}
	out := appeals.Spot{Inside: p.Inside}
	if p.District != nil {
		out.DistrictID = p.District.ID
	} else if p.Settlement != nil {
		out.DistrictID = p.Settlement.ID
	}
	if p.Constituency != nil {
		out.ConstituencyID = p.Constituency.ID
	}
	return out, nil
}

// passwordSigner signs by the password, typed again. КЕП joins beside it.
type passwordSigner struct{ people *identity.Service }

func (s passwordSigner) Sign(ctx context.Context, a authz.Actor, _ []byte, c appeals.Credential) (appeals.Evidence, error) {
	if c.Password == "" {
		return appeals.Evidence{}, errs.Fields().With("password", "appeals.err.password")
	}
	if err := s.people.VerifyPassword(ctx, a.ID, c.Password); err != nil {
		return appeals.Evidence{}, err
	}
	return appeals.Evidence{Method: "password", Data: map[string]any{"session": a.SessionID}}, nil
}

// places tells the map where a point lies and which streets there are.
type places struct{ city *city.City }

func (p places) Locate(ctx context.Context, lat, lon float64) (maps.PlaceInfo, error) {
	at, err := p.city.Locate(ctx, lat, lon)
	if err != nil || !at.Inside {
		return maps.PlaceInfo{}, err
	}
	loc := i18n.Locale(ctx)
	out := maps.PlaceInfo{Inside: true}
	if at.Settlement != nil {
		out.Settlement = at.Settlement.Name(loc)
	}
	if at.District != nil {
		out.District = at.District.Name(loc)
	}
	if at.Constituency != nil {
		out.Constituency = at.Constituency.Code
	}
	return out, nil
}

func (p places) SuggestStreets(ctx context.Context, q string, limit int) ([]maps.StreetHit, error) {
	list, err := p.city.SuggestStreets(ctx, q, limit)
	out := make([]maps.StreetHit, 0, len(list))
	for _, s := range list {
		h := maps.StreetHit{Street: s.Label()}
		if s.Lat != nil && s.Lon != nil {
			at, err := p.city.Locate(ctx, *s.Lat, *s.Lon)
			if err != nil {
				return nil, err
			}
			h.Lat, h.Lon, h.HasPoint = *s.Lat, *s.Lon, at.Inside
		}
		out = append(out, h)
	}
	return out, err
}

// Geocode places an address by the register of streets: an approximate point.
func (p places) Geocode(ctx context.Context, address string) (lat, lon float64, ok bool, err error) {
	at, ok, err := p.city.Geocode(ctx, address)
	return at.Lat, at.Lon, ok, err
}

// publicPoints gives the map the public appeals.
type publicPoints struct{ appeals *appeals.Service }

func (p publicPoints) PublicPoints(ctx context.Context) ([]maps.Point, error) {
	list, err := p.appeals.Public(ctx)
	out := make([]maps.Point, 0, len(list))
	for _, a := range list {
		out = append(out, maps.Point{
			Number: a.Number, Title: a.Title, Address: a.Place, Topic: a.Topic, TopicID: a.TopicID, District: a.District,
			Group: group(a), Status: string(a.State), Lat: a.Lat, Lon: a.Lon, At: a.At,
		})
	}
	return out, err
}

func group(a appeals.Point) string {
	switch {
	case a.Late:
		return maps.GroupLate
	case a.State.Done():
		return maps.GroupDone
	case a.State == appeals.Received || a.State == appeals.Registered:
		return maps.GroupNew
	}
	return maps.GroupWork
}

// trays gives the counters of an official's menu.
func (a *App) trays(ctx context.Context, who authz.Actor) ([]httpx.Tray, error) {
	counts, err := a.Appeals.Counts(ctx, who)
	if err != nil {
		return nil, err
	}
	var out []httpx.Tray
	for _, set := range appeals.Sets(who) {
		n, ok := counts[set]
		if !ok {
			n = -1
		}
		if set == appeals.SetStranded && n == 0 { // which is nearly always
			continue
		}
		out = append(out, httpx.Tray{Key: string(set), Count: n})
	}
	return out, nil
}

// filingLimits counts filing softly and everything else of the area strictly.
type filingLimits struct {
	*ratelimit.Limiter
	filing *ratelimit.Soft
}

// Attempt counts an attempt at filing.
func (l filingLimits) Attempt(now time.Time, hits ...ratelimit.Hit) *ratelimit.Attempt {
	return l.filing.Attempt(now, hits...)
}

// parker keeps the forms of people whose session ended, for a day.
type parker struct {
	db     *db.DB
	limits *ratelimit.Limiter
}

// parkedMax bounds one kept form, in bytes: no form of ours is longer as text.
const parkedMax = 256 << 10

// parkedFor is how long a form is kept.
const parkedFor = 24 * time.Hour

func (p parker) Park(ctx context.Context, from, path string, v url.Values) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	if len(b) > parkedMax {
		return "", errs.TooLarge()
	}
	if err := p.limits.Allow(ctx, p.db.Now(), ratelimit.ParkNetwork.On(ratelimit.Network(from))); err != nil {
		return "", err
	}
	id := uuid.New()
	_, err = p.db.Pool().Exec(ctx, "INSERT INTO parked_forms (id, path, data, created_at) VALUES ($1, $2, $3, $4)", id, path, b, p.db.Now())
	return id.String(), err
}

// Parked gives the form, and keeps in it whose it is from the first look on.
func (p parker) Parked(ctx context.Context, who authz.Actor, id string) (string, url.Values, error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return "", nil, errs.NotFound().Because(err)
	}
	var path string
	var b []byte
	err = p.db.Pool().QueryRow(ctx, `UPDATE parked_forms SET data = data || jsonb_build_object('_of', jsonb_build_array($2::text))
		WHERE id = $1 AND created_at >= $3 AND coalesce(data->'_of'->>0, $2) = $2 RETURNING path, data - '_of'`,
		key, strconv.FormatInt(who.ID, 10), p.db.Now().Add(-parkedFor)).Scan(&path, &b)
	if db.IsNotFound(err) {
		return "", nil, errs.NotFound()
	}
	if err != nil {
		return "", nil, err
	}
	var v url.Values
	return path, v, json.Unmarshal(b, &v)
}

// Drop takes the form away.
func (p parker) Drop(ctx context.Context, id string) error {
	_, err := p.db.Pool().Exec(ctx, "DELETE FROM parked_forms WHERE id = $1", id)
	return err
}

// housekeeping is the daily round: partitions of the trail, old counters and
// parked forms, abandoned drafts, blobs that nothing names.
func (a *App) housekeeping(ctx context.Context, _ kind.Housekeeping) error {
	pool, now := a.Store.Pool(), a.clock.Now()
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{"SELECT audit.ensure_partitions($1::date)", []any{now}},
		{"DELETE FROM parked_forms WHERE created_at < $1", []any{now.Add(-parkedFor)}},
	} {
		if _, err := pool.Exec(ctx, q.sql, q.args...); err != nil {
			return err
		}
	}
	if err := a.Identity.Sweep(ctx); err != nil {
		return err
	}
	if err := a.Appeals.Sweep(ctx); err != nil {
		return err
	}
	keys, err := a.Appeals.BlobKeys(ctx)
	if err != nil {
		return err
	}
	n, err := a.Files.Sweep(ctx, func(key string) bool { return keys[key] }, now.Add(-24*time.Hour))
	if n > 0 {
		a.Log.InfoContext(ctx, "swept blobs that nothing names", "count", n)
	}
	return err
}

// serveMetrics answers Prometheus on a private address.
func serveMetrics(addr string, a *App) (stop func(), err error) {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "ereception_db_connections", Help: "Connections of the read-write pool."},
			func() float64 { return float64(a.Store.Pool().Stat().TotalConns()) }))
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	srv := &http.Server{Handler: promhttp.HandlerFor(reg, promhttp.HandlerOpts{}), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = srv.Serve(l) }()
	return func() { _ = srv.Close() }, nil
}
