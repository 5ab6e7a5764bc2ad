// Package app is the composition root: it builds every part of the house once,
// starts them in order and stops them in the reverse one. It is the only
// package that knows all the others.
package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"ereception/internal/appeals"
	"ereception/internal/city"
	"ereception/internal/demo"
	"ereception/internal/identity"
	"ereception/internal/notify"
	"ereception/internal/petitions"
	"ereception/internal/platform/basemap"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
	"ereception/internal/platform/db"
	"ereception/internal/platform/files"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/platform/mail"
	"ereception/internal/platform/netport"
	"ereception/internal/platform/obs"
	"ereception/internal/platform/ratelimit"
	"ereception/internal/procurement"
	mailtpl "ereception/templates/mail"
	"ereception/web"
	"ereception/web/httpx"
)

// App is a portal that was built and started.
type App struct {
	Config    *config.Config
	Log       *slog.Logger
	Store     *store
	Identity  *identity.Service
	City      *city.City
	Appeals   *appeals.Service
	Purchases *procurement.Service
	Petitions *petitions.Service
	Notify    *notify.Service
	Files     *files.Store
	Outbox    *mail.Outbox // nil when letters go by SMTP
	Handler   http.Handler
	Areas     []httpx.Area

	jobs         *jobs.Client
	limits       *ratelimit.Limiter
	softLimits   *ratelimit.Soft
	clock        clock.Clock
	newPetitions func(*db.DB, clock.Clock, *appeals.Service, petitions.Signer) *petitions.Service
	stopWork     func() // ends the loops that are no jobs; nil before they began
}

// Options of Build beside the configuration.
type Options struct {
	Demo     bool // load the demonstration city when the portal is empty
	Appeals  int  // how many demonstration appeals; 0: all
	NoJobs   bool // build without working jobs (tests, tools)
	Clock    clock.Clock
	Progress func(format string, args ...any) // tells the operator what takes long; may be nil
}

// Build makes the portal ready to serve, in order: database, files, mail,
// people, city, appeals, web. Whatever was started is stopped when a later part
// fails.
func Build(ctx context.Context, c *config.Config, log *slog.Logger, o Options) (a *App, err error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Progress == nil {
		o.Progress = func(string, ...any) {}
	}
	a = &App{Config: c, Log: log, clock: o.Clock}
	defer func() {
		if err != nil {
			a.Close(context.WithoutCancel(ctx))
			a = nil
		}
	}()
	if a.Store, err = openStore(ctx, c, o.Clock, log); err != nil {
		return a, err
	}
	if a.Files, err = files.Open(ctx, files.Config{URL: c.BlobURL, Dir: filepath.Join(c.DataDir, "files"), ClamAV: c.ClamAV}); err != nil {
		return a, err
	}
	sender, err := a.mailer(c)
	if err != nil {
		return a, err
	}
	a.Notify = notify.New(a.Store.DB, sender, letterHTML, c.Host())
	if err = a.people(ctx, c, log); err != nil {
		return a, err
	}
	a.City = city.New(a.Store.DB, a.Identity)
	if err = city.Seed(ctx, a.Store.DB, o.Demo); err != nil {
		return a, err
	}
	site := appeals.Site{BaseURL: c.BaseURL, Demo: o.Demo}
	a.Appeals = appeals.New(a.Store.DB, a.City, spots{a.City}, a.Files, passwordSigner{a.Identity}, o.Clock, site)
	a.Notify.Register(a.Identity.Composers())
	a.Notify.Register(a.Appeals.Composers())
	a.Notify.OnRefusal(a.Appeals.Refusals())
	if err = a.purchases(ctx, o); err != nil {
		return a, err
	}
	if err = a.petitions(ctx, o); err != nil {
		return a, err
	}
	if o.Demo {
		if err = a.demo(ctx, o, site); err != nil {
			return a, err
		}
	}
	if err = a.startJobs(ctx, o); err != nil {
		return a, err
	}
	return a, a.buildWeb(c, o)
}

func (a *App) mailer(c *config.Config) (notify.Sender, error) {
	if c.SMTPHost != "" {
		return mail.NewSMTP(mail.SMTPConfig{
			Host: c.SMTPHost, Port: c.SMTPPort, User: c.SMTPUser, Password: c.SMTPPassword, TLS: c.SMTPTLS, From: c.MailFrom,
		}, a.clock)
	}
	out, err := mail.NewOutbox(filepath.Join(c.DataDir, "outbox"), c.MailFrom, a.clock)
	a.Outbox = out
	return out, err
}

func (a *App) people(ctx context.Context, c *config.Config, log *slog.Logger) error {
	var providers []identity.OIDCProvider
	if c.OIDC != "" {
		if err := json.Unmarshal([]byte(c.OIDC), &providers); err != nil {
			return errors.New("EREC_OIDC is not a JSON list of providers")
		}
	}
	key, err := identity.Secret(ctx, a.Store.DB, "ratelimit")
	if err != nil {
		return err
	}
	a.limits = ratelimit.New(a.Store.Pool(), key)
	a.softLimits = ratelimit.NewSoft(a.limits, log)
	a.Identity, err = identity.New(ctx, a.Store.DB, a.limits, a.clock, log, identity.Config{BaseURL: c.BaseURL, OIDC: providers})
	return err
}

func (a *App) demo(ctx context.Context, o Options, site appeals.Site) error {
	loaded, err := demo.Loaded(ctx, a.Store.DB)
	if err != nil || loaded {
		return err
	}
	o.Progress("Завантажую демонстраційне місто: люди, підрозділи, близько %d звернень…", demo.Appeals)
	return demo.Load(ctx, demo.Options{
		URL: a.Store.url, Now: a.clock.Now(), Appeals: o.Appeals, Blobs: a.Files, Calendars: a.City, Locator: spots{a.City}, Site: site, Log: a.Log, Petitions: a.newPetitions,
		Purchases: func(ctx context.Context, d *db.DB, c clock.Clock) (*procurement.Service, error) {
			return openPurchases(ctx, d, c, a.Log)
		},
	})
}

func (a *App) startJobs(ctx context.Context, o Options) error {
	w := river.NewWorkers()
	jobs.HandlePromised(w, time.Minute, a.Notify.Send)
	jobs.Handle(w, 5*time.Minute, a.Appeals.ProcessFile)
	jobs.HandlePromised(w, time.Minute, a.Appeals.Send)
	jobs.Handle(w, 10*time.Minute, a.housekeeping)
	periodic := append([]*river.PeriodicJob{jobs.Daily(kind.Housekeeping{})}, a.purchaseJobs(w)...)
	mirrored, err := a.mirrorJobs(w, o)
	if err != nil {
		return err
	}
	periodic = append(periodic, mirrored...)
	periodic = append(periodic, a.purchasePeople(w)...)
	periodic = append(periodic, a.petitionJobs(w)...)
	if o.NoJobs {
		w = nil
	}
	if a.jobs, err = jobs.New(a.Store.Pool(), w, periodic, a.Log); err != nil {
		return err
	}
	a.Store.UseJobs(a.jobs)
	if o.NoJobs {
		return nil
	}
	if err := a.jobs.Start(ctx); err != nil {
		return err
	}
	a.stopWork = running(a.Petitions.Run)
	return nil
}

// running starts a loop; what it gives ends the loop and waits for that.
func running(loop func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		loop(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

func (a *App) buildWeb(c *config.Config, o Options) error {
	proxies, err := c.Proxies()
	if err != nil {
		return err
	}
	layers, err := basemap.ParseLayers(c.MapLayers)
	if err != nil {
		return fmt.Errorf("EREC_MAP_LAYERS: %w", err)
	}
	basemap.Use(layers)
	if a.Areas, err = a.areas(c); err != nil {
		return err
	}
	a.Handler, err = web.New(httpx.Options{
		Areas: a.Areas, Sessions: a.Identity, Parker: parker{a.Store.DB, a.limits}, Clock: a.clock, Log: a.Log, Secure: c.Secure(),
		Down: db.Down, TrustedProxies: proxies, ImageHosts: basemap.ImageHosts(layers),
		Frame: httpx.Frame{Clock: a.clock, Demo: o.Demo, Dev: c.Dev, Trays: a.trays},
	})
	return err
}

// Close stops the parts in the reverse order: running jobs get a moment to end.
func (a *App) Close(ctx context.Context) {
	if a.stopWork != nil {
		a.stopWork()
	}
	if a.jobs != nil {
		jctx, cancel := context.WithTimeout(ctx, 8*time.Second)
		_ = a.jobs.Stop(jctx)
		cancel()
	}
	if a.softLimits != nil {
		if err := a.softLimits.Close(ctx); err != nil {
			a.Log.Warn("the last counters of attempts were not written", "err", err)
		}
	}
	if a.Files != nil {
		_ = a.Files.Close()
	}
	if a.Store != nil {
		a.Store.close()
	}
}

// Serve builds the portal and serves it until ctx ends, then stops cleanly:
// requests under way are answered, jobs end or are put back, the database of
// our own is shut down. chosen says that the address was set by hand; else a
// taken port is exchanged for the next free one.
func Serve(ctx context.Context, c *config.Config, o Options, chosen bool, out io.Writer) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return err
	}
	log := obs.NewLogger(os.Stderr, level)
	TuneMemory()
	l, moved, err := listen(c.Addr, chosen)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	if err := c.Base(l.Addr().(*net.TCPAddr).Port); err != nil {
		return err
	}
	log.Info("start", "config", c.Dump())
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	o.Progress = say
	a, err := Build(ctx, c, log, o)
	if err != nil && ctx.Err() != nil {
		log.Info("stopped before the start was over", "err", err)
		return nil
	}
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx))
	srv := &http.Server{
		Handler: a.Handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	if c.MetricsAddr != "" {
		stop, err := serveMetrics(c.MetricsAddr, a)
		if err != nil {
			return err
		}
		defer stop()
	}
	greet(say, c, l, moved, o)
	if there, err := a.Identity.HasAdmin(ctx); err != nil {
		return err
	} else if !there {
		askForAdmin(say, c.DatabaseURL == "")
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err = <-failed:
	case <-a.Store.done():
		err = errors.New("the embedded database ended by itself; see pg/postgres.log in the data folder")
	case <-ctx.Done():
		sctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		if err = srv.Shutdown(sctx); errors.Is(err, context.DeadlineExceeded) {
			// Who still hangs on is cut off: the pools wait for their connections.
			log.Warn("requests were cut off at the end")
			err = srv.Close()
		}
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

func listen(addr string, chosen bool) (net.Listener, bool, error) {
	if chosen {
		l, err := net.Listen("tcp", addr)
		return l, false, err
	}
	return netport.Listen(addr)
}

func greet(say func(string, ...any), c *config.Config, l net.Listener, moved bool, o Options) {
	if moved {
		say("Порт %s зайнятий, узято наступний вільний.", c.Addr)
	}
	say("Е-приймальня працює: %s", "http://localhost:"+strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	if o.Demo {
		say("\nДемонстраційні входи (пароль для всіх: %s)", demo.Password)
		for _, acc := range demo.Accounts {
			say("  %-26s %s, %s", acc.Email, acc.Role, acc.Name)
		}
		say("Листи: %s/dev/outbox\n\nЗупинити: Ctrl+C", "http://localhost:"+strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	}
}

// askForAdmin says how a portal that has no administrator gets one: nobody else can
// put it to work, and no page tells a stranger of it. embedded says that the database
// is the portal's own, which one process opens at a time.
func askForAdmin(say func(string, ...any), embedded bool) {
	say("\nАдміністратора ще немає. Команда дасть посилання, за яким він створить пароль:")
	say("  ereception admin create --email olena@example.gov.ua --name 'Коваленко Олена Ігорівна'")
	if embedded {
		say("База даних тут вбудована, тому спершу зупиніть портал (Ctrl+C), а після команди запустіть його знову.")
	}
}

// letterHTML lays a letter out with the templates of mail.
func letterHTML(ctx context.Context, c notify.Content) (string, error) {
	p := mailtpl.Props{
		Lang: i18n.Locale(ctx), Subject: c.Subject, Greeting: c.Greeting, Paragraphs: c.Paragraphs, Closing: c.Closing,
		Footer: i18n.T(ctx, "mail.footer"),
	}
	for _, f := range c.Facts {
		p.Facts = append(p.Facts, mailtpl.Fact{Label: f.Label, Value: f.Value, URL: f.URL, More: f.More})
	}
	if c.Button != nil {
		p.Button = &mailtpl.Button{Label: c.Button.Label, URL: c.Button.URL}
	}
	if c.Unsubscribe != nil {
		p.End = &mailtpl.Button{Label: c.Unsubscribe.Label, URL: c.Unsubscribe.URL}
	}
	var b strings.Builder
	err := mailtpl.Letter(p).Render(ctx, &b)
	return b.String(), err
}
