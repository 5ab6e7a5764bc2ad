// Package demo fills an empty portal with a city that one can walk through:
// invented officials of the demonstration units, invented residents, and about
// three hundred appeals of the last 120 days in every state, on real streets.
//
// Nothing is written behind the doors: each appeal is filed, registered,
// resolved, answered and rated by the use-cases of the house, by the person
// whose part it is, at a moment of a clock that the loader turns. So the
// timeline, the audit trail, the terms and the signatures of the demonstration
// are made by the same code as those of life; only the people are invented and
// marked, and the signatures bear the method «demo». Letters are promised and
// withdrawn: nobody lives at those addresses.
package demo

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"ereception/internal/appeals"
	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/law/calendar"
	"ereception/internal/law/deadline"
	"ereception/internal/petitions"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/db"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
	"ereception/internal/procurement"
)

//go:embed data/scenarios.json data/procedures.json data/endings.json data/petitions.json
var data embed.FS

// Password is that of every demonstration account.
const Password = "Zhytomyr-2026"

// Account is a sign-in that the program prints.
type Account struct {
	Email string
	Role  string
	Name  string
}

// Accounts are the sign-ins for a walk through the portal.
var Accounts = []Account{
	{"resident@example.org", "заявниця", "Зразкова Ольга Іванівна"},
	{"specialist@example.org", "фахівець зі звернень", "Демченко Олена Карпівна"},
	{"executor@example.org", "виконавець", "Мельниченко Остап Юрійович"},
	{"manager@example.org", "керівник", "Зразковий Андрій Петрович"},
	{"admin@example.org", "адміністратор", "Демидюк Софія Романівна"},
}

// Appeals is how many appeals a full demonstration holds.
const Appeals = 300

// Days is how far back they go.
const Days = 120

// Options of Load.
type Options struct {
	URL       string // database of the portal
	Now       time.Time
	Appeals   int
	Blobs     appeals.Blobs
	Calendars appeals.Calendars
	Locator   appeals.Locator
	Site      appeals.Site
	// Petitions builds the service of petitions over the loader's database and
	// clock; nil: no petitions are loaded.
	Petitions func(d *db.DB, c clock.Clock, a *appeals.Service, s petitions.Signer) *petitions.Service
	// Purchases builds the service of purchases over the loader's database and
	// clock, where the sample stands already; nil: nobody explains a purchase.
	Purchases func(ctx context.Context, d *db.DB, c clock.Clock) (*procurement.Service, error)
	Log       *slog.Logger
}

// scenario is one matter that people of any city write about. Procedure is that
// under which the specialist registers it, when it is not the kind's own, and
// Author who writes then: councillor, mp or advocate; empty: any resident.
//
// End is the result of the letter that ends it without an answer in substance, Text
// what that letter says, Recipient where it goes.
type scenario struct {
	Topic, Kind, Title, Body, Ask, Reply, Answer, Result string
	Procedure, Author                                    string
	End, Ground, Text, Recipient                         string
}

type loader struct {
	o         Options
	db        *db.DB
	clock     *clock.Fixed
	svc       *appeals.Service
	rnd       *rand.Rand
	scenarios []scenario
	special   []scenario // those under another procedure than the kind's own
	endings   []scenario // those that end without an answer in substance
	writers   map[string]authz.Actor
	streets   []street
	topics    map[string]topic
	units     map[int64]*staff
	resident  []authz.Actor
	reception authz.Actor
	mayor     authz.Actor
	printed   authz.Actor // the manager of the printed sign-in
}

type street struct {
	label    string
	lat, lon float64
}

type topic struct {
	id, unit int64
	personal bool // never shown on the map
}

// staff are who answer for a unit.
type staff struct {
	head      authz.Actor
	executors []authz.Actor
}

// Loaded reports whether the demonstration was loaded before.
func Loaded(ctx context.Context, d *db.DB) (bool, error) {
	var yes bool
	err := d.ReadPool().QueryRow(ctx, "SELECT EXISTS (SELECT FROM people WHERE demo)").Scan(&yes)
	return yes, err
}

// Load fills the portal. The city's directory must have been seeded. It is
// called once: see Loaded.
func Load(ctx context.Context, o Options) error {
	l := &loader{o: o, clock: clock.At(o.Now.AddDate(0, 0, -Days-1)), rnd: rand.New(rand.NewPCG(18, 84)), units: map[int64]*staff{}, writers: map[string]authz.Actor{}}
	d, err := db.Open(ctx, db.Options{URL: o.URL, MaxConns: 3, Clock: l.clock, Log: o.Log})
	if err != nil {
		return err
	}
	defer d.Close()
	d.UseJobs(noJobs{})
	l.db = d
	l.svc = appeals.New(d, o.Calendars, o.Locator, o.Blobs, signer{}, l.clock, o.Site)
	for _, step := range []func(context.Context) error{l.read, l.people, l.appeals, l.desk, l.petitions, l.purchases, l.mark} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("load the demonstration: %w", err)
		}
	}
	return nil
}

// noJobs drops the jobs: the loader does their work itself, at its own time.
type noJobs struct{}

func (noJobs) Queue(*pgx.Batch, ...river.JobArgs) error           { return nil }
func (noJobs) Row(river.JobArgs) (k *string, d []byte, err error) { return nil, nil, nil }
func (noJobs) Wake(*pgx.Batch)                                    {}

// signer leaves an honest mark: nobody typed a password here.
type signer struct{}

func (signer) Sign(context.Context, authz.Actor, []byte, appeals.Credential) (appeals.Evidence, error) {
	return appeals.Evidence{Method: "demo", Data: map[string]any{"demo": true}}, nil
}

var system = authz.System("demo")

func (l *loader) write(ctx context.Context, fn func(tx *db.Tx) error) error {
	return l.db.Write(ctx, system, authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		return fn(tx)
	})
}

// read takes streets and topics from the city's directory.
func (l *loader) read(ctx context.Context) error {
	b, err := data.ReadFile("data/scenarios.json")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &l.scenarios); err != nil {
		return err
	}
	if b, err = data.ReadFile("data/procedures.json"); err != nil {
		return err
	}
	if err := json.Unmarshal(b, &l.special); err != nil {
		return err
	}
	if b, err = data.ReadFile("data/endings.json"); err != nil {
		return err
	}
	if err := json.Unmarshal(b, &l.endings); err != nil {
		return err
	}
	q, err := l.db.ReadPool().Query(ctx, "SELECT kind || ' ' || name, lat, lon FROM streets WHERE active AND lat IS NOT NULL ORDER BY name")
	if err != nil {
		return err
	}
	if l.streets, err = pgx.CollectRows(q, func(r pgx.CollectableRow) (street, error) {
		var s street
		err := r.Scan(&s.label, &s.lat, &s.lon)
		s.label = strings.NewReplacer("вулиця ", "вул. ", "провулок ", "пров. ", "проспект ", "просп. ").Replace(s.label)
		return s, err
	}); err != nil {
		return err
	}
	l.topics = map[string]topic{}
	q, err = l.db.ReadPool().Query(ctx, "SELECT t.code, t.id, coalesce(t.unit_id, p.unit_id, 0), t.personal FROM topics t LEFT JOIN topics p ON p.id = t.parent_id")
	if err != nil {
		return err
	}
	defer q.Close()
	for q.Next() {
		var code string
		var t topic
		if err := q.Scan(&code, &t.id, &t.unit, &t.personal); err != nil {
			return err
		}
		l.topics[code] = t
	}
	if len(l.streets) == 0 || len(l.topics) == 0 {
		return fmt.Errorf("the city has no streets with a place or no topics: seed it first")
	}
	return q.Err()
}

func (l *loader) appeals(ctx context.Context) error {
	n := l.o.Appeals
	if n == 0 {
		n = Appeals
	}
	span := time.Duration(Days) * 24 * time.Hour
	for i := range n {
		// More of them lately, as in a portal that people have come to know.
		part := float64(i) / float64(n)
		at := l.o.Now.Add(-span + time.Duration(part*(2-part)*float64(span-2*time.Hour)))
		if err := l.one(ctx, i, n, l.daytime(at)); err != nil {
			return fmt.Errorf("appeal %d: %w", i, err)
		}
	}
	return nil
}

// daytime moves a moment into the hours in which people write.
func (l *loader) daytime(t time.Time) time.Time {
	local := t.In(i18n.Kyiv)
	out := time.Date(local.Year(), local.Month(), local.Day(), 7+l.rnd.IntN(15), l.rnd.IntN(60), l.rnd.IntN(60), 0, i18n.Kyiv)
	if out.After(l.o.Now) {
		out = l.o.Now.Add(-time.Duration(10+l.rnd.IntN(300)) * time.Minute)
	}
	return out
}

// work moves a moment into office hours of a working day.
func (l *loader) work(ctx context.Context, t time.Time) (time.Time, error) {
	cal, err := l.o.Calendars.Calendar(ctx)
	if err != nil {
		return t, err
	}
	d := calendar.FromTime(t.In(i18n.Kyiv))
	if t.In(i18n.Kyiv).Hour() >= 16 {
		d = d.AddDays(1)
	}
	d = cal.OnOrAfter(d)
	day := d.Time()
	h := max(9, min(16, t.In(i18n.Kyiv).Hour()))
	out := time.Date(day.Year(), day.Month(), day.Day(), h, l.rnd.IntN(60), l.rnd.IntN(60), 0, i18n.Kyiv)
	if !out.After(t) {
		out = t.Add(time.Duration(5+l.rnd.IntN(50)) * time.Minute)
	}
	return out, nil
}

// Those under another procedure than the kind's own come every so many appeals.
// Among the last ones comes, in a row, each of them once more, and a request of
// the common kind, and before these one with a question: all still worked on, so
// that every procedure has open examples, and every state one, whatever the day.
const (
	specialEvery    = 11
	endingEvery     = 23
	promiseEvery    = 17
	specialLast     = 60 // appeals before the last: some five days ago, so that working days lie between
	specialQuestion = 90 // some ten days ago: the question is asked two or three working days later
)

// hold says where an appeal stops on its way.
type hold int

const (
	goesOn     hold = iota
	atAnswer        // its answer is being written
	atQuestion      // the applicant has not answered the executor's question
	atDesk          // the printed manager has not resolved it
)

// matter picks what an appeal is about and where it stops.
func (l *loader) matter(i, n int) (scenario, hold) {
	sc := l.scenarios[l.rnd.IntN(len(l.scenarios))]
	if k := i - (n - specialLast); k >= 0 && n > specialLast {
		switch {
		case k < len(l.special):
			return l.special[k], atAnswer
		case k == len(l.special):
			return l.first(func(s scenario) bool { return s.Kind == string(appeals.InfoRequest) }), atAnswer
		case k == len(l.special)+1:
			return l.first(func(s scenario) bool { return s.Topic == "roads.potholes" && s.Kind == string(appeals.Application) }), atDesk
		}
	}
	if n > specialQuestion && i == n-specialQuestion {
		return l.first(func(s scenario) bool { return s.Ask != "" && s.Kind != string(appeals.InfoRequest) }), atQuestion
	}
	if i%specialEvery == 4 {
		return l.special[i/specialEvery%len(l.special)], goesOn
	}
	if i%endingEvery == 9 {
		return l.endings[i/endingEvery%len(l.endings)], goesOn
	}
	return sc, goesOn
}

func (l *loader) first(fits func(scenario) bool) scenario {
	return l.scenarios[max(0, slices.IndexFunc(l.scenarios, fits))]
}

// one walks one appeal along its way until the present day or its fate stops it.
func (l *loader) one(ctx context.Context, i, n int, at time.Time) error {
	sc, stop := l.matter(i, n)
	var first twin
	if sc.End == appeals.ResultDuplicate {
		var err error
		if first, err = l.twin(ctx, at); err != nil {
			return err
		}
		sc.Topic, sc.Title, sc.Body = first.topic, first.title, first.body
	}
	tp, ok := l.topics[sc.Topic]
	if !ok {
		return fmt.Errorf("the city has no topic %s", sc.Topic)
	}
	team := l.units[tp.unit]
	if team == nil {
		return fmt.Errorf("nobody works in the unit of topic %s", sc.Topic)
	}
	st := l.streets[l.rnd.IntN(len(l.streets))]
	house := strconv.Itoa(1 + l.rnd.IntN(98))
	fill := strings.NewReplacer("{house}", house)
	sc.Reply = fill.Replace(sc.Reply)
	lat, lon := st.lat+(l.rnd.Float64()-0.5)*0.0006, st.lon+(l.rnd.Float64()-0.5)*0.0009
	author := l.resident[l.rnd.IntN(len(l.resident))]
	if i%29 == 7 || i == n-3 || i == n-9 || i == n-40 || sc.End == appeals.ResultReturned {
		author = l.resident[0] // the resident of the printed sign-in has some of every kind
	}
	if w, ok := l.writers[sc.Author]; ok {
		author = w
	}
	if first.number != "" {
		author = l.resident[slices.IndexFunc(l.resident, func(a authz.Actor) bool { return a.ID == first.author })]
	}
	channel := appeals.ByEmail
	switch l.rnd.IntN(8) {
	case 0:
		channel = appeals.ByPost
	case 1:
		channel = appeals.ByPortal
	}
	l.clock.Set(at)
	id, err := l.svc.StartDraft(ctx, author, appeals.Draft{Kind: appeals.Kind(sc.Kind)})
	if err != nil {
		return err
	}
	saved, err := l.svc.Draft(ctx, author, id)
	if err != nil {
		return err
	}
	d := saved.Draft
	d.Kind, d.TopicID, d.Title, d.Body = appeals.Kind(sc.Kind), tp.id, fill.Replace(sc.Title), fill.Replace(sc.Body)
	d.Place, d.Lat, d.Lon, d.Channel = st.label+", "+house, &lat, &lon, channel
	if first.number != "" {
		d.Place, d.Lat, d.Lon = first.place, first.lat, first.lon
	}
	d.Showing = appeals.ShownOnMap
	if l.rnd.IntN(4) == 0 { // one of four keeps it to himself
		d.Showing = appeals.NotOnMap
	}
	if tp.personal || !d.Kind.Mapped() { // nobody is asked
		d.Showing = ""
	}
	spot, err := l.o.Locator.Spot(ctx, lat, lon)
	if err != nil {
		return err
	}
	if !spot.Inside && first.number == "" { // a street of the register whose label stands past the boundary
		d.Lat, d.Lon = nil, nil
	}
	if _, err := l.svc.SaveDraft(ctx, author, id, appeals.StepCheck, 0, d); err != nil {
		return err
	}
	number, err := l.svc.File(ctx, author, id)
	if err != nil {
		return err
	}
	return l.walk(ctx, walk{number: number, author: author, sc: sc, tp: tp, team: team, at: at, i: i, stop: stop, first: first.number})
}

// twin is an appeal in work of which its author will write once more.
type twin struct {
	number, topic, title, body, place string
	author                            int64
	lat, lon                          *float64
}

// twin finds the latest that was there at the moment.
func (l *loader) twin(ctx context.Context, at time.Time) (t twin, err error) {
	ids := make([]int64, 0, len(l.resident))
	for _, a := range l.resident {
		ids = append(ids, a.ID)
	}
	err = l.db.Pool().QueryRow(ctx, `SELECT a.number, t.code, a.title, a.body, a.place, a.author_id, a.lat, a.lon FROM appeals a JOIN topics t ON t.id = a.topic_id
		WHERE a.state IN ('in_progress', 'answered', 'closed') AND a.kind = 'application' AND a.procedure = 'appeal' AND a.author_id = ANY ($1) AND a.received_at < $2 ORDER BY a.state DESC, a.received_at DESC LIMIT 1`, ids, at).
		Scan(&t.number, &t.topic, &t.title, &t.body, &t.place, &t.author, &t.lat, &t.lon)
	return t, err
}

// onDesk is how many answers wait for the signature of the printed manager at
// least, on whatever day and hour the demonstration is loaded.
const onDesk = 6

// desk lets executors of the printed manager's unit submit what they work on, until
// he has enough to sign.
func (l *loader) desk(ctx context.Context) error {
	l.clock.Set(l.o.Now)
	unit := l.printed.UnitID
	// The printed executor keeps some work of his own.
	rows, err := l.db.Pool().Query(ctx, `SELECT number, executor_id FROM (SELECT a.*, row_number() OVER (PARTITION BY executor_id ORDER BY due_at DESC, id DESC) AS kept FROM appeals a
		WHERE state = 'in_progress' AND unit_id = $1 AND executor_id IS NOT NULL AND coalesce(manager_id, $2) = $2) a
		WHERE kept > CASE WHEN executor_id = (SELECT id FROM people WHERE email = $4) THEN 2 ELSE 0 END ORDER BY due_at, id
		LIMIT greatest(0, $3 - (SELECT count(*) FROM appeals WHERE state = 'answer_signing' AND coalesce(manager_id, $2) = $2 AND unit_id = $1))`, unit, l.printed.ID, onDesk, Accounts[2].Email)
	if err != nil {
		return err
	}
	type work struct {
		Number     string
		ExecutorID int64
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[work])
	if err != nil {
		return err
	}
	const body = "Шановний заявнику, шановна заявнице!\n\nМісце обстежено, роботи внесено до плану на найближчі два тижні. Про їх завершення повідомимо окремо."
	for _, w := range list {
		for _, executor := range l.units[unit].executors {
			if executor.ID != w.ExecutorID {
				continue
			}
			c, err := l.svc.Case(ctx, executor, w.Number)
			if err != nil {
				return err
			}
			version := 0
			if c.Answer != nil { // a draft that lay there
				version = c.Answer.Version
			}
			if err := l.svc.SaveAnswer(ctx, executor, w.Number, version, body, appeals.ResultSatisfied); err != nil {
				return err
			}
			if c, err = l.svc.Case(ctx, executor, w.Number); err != nil {
				return err
			}
			if err := l.svc.Submit(ctx, executor, w.Number, c.Answer.Version, body, appeals.ResultSatisfied); err != nil {
				return err
			}
		}
	}
	return nil
}

type walk struct {
	number string
	author authz.Actor
	sc     scenario
	tp     topic
	team   *staff
	at     time.Time
	i      int
	again  bool // opened again by the applicant
	stop   hold
	first  string // number of the appeal that this one repeats
}

// until sets the clock to a working moment after d from the last step; false
// when that lies in the future, so that the appeal waits in its present state.
func (l *loader) until(ctx context.Context, w *walk, d time.Duration) (bool, error) {
	t, err := l.work(ctx, w.at.Add(d))
	if err != nil || t.After(l.o.Now) {
		return false, err
	}
	w.at = t
	l.clock.Set(t)
	return true, nil
}

func (l *loader) hours(from, to int) time.Duration {
	return time.Duration(from*60+l.rnd.IntN((to-from)*60)) * time.Minute
}

// ground is why the specialist registered under another procedure than follows
// from what was filed.
var ground = map[deadline.Procedure]string{
	deadline.AppealSimple: "Питання не потребує додаткового вивчення, тож відповідь буде швидше.",
	deadline.InfoUrgent:   "Інформація стосується стану довкілля та безпеки для життя: ч. 2 ст. 20 Закону 2939-VI.",
	deadline.Deputy:       "Звернення подав депутат місцевої ради: ст. 13 Закону 93-IV.",
	deadline.MP:           "Звернення подав народний депутат України: ст. 16 Закону 2790-XII.",
	deadline.Advocate:     "Запит подав адвокат: ст. 24 Закону 5076-VI.",
}

func (l *loader) walk(ctx context.Context, w walk) error {
	fate := w.i % 20 // a few stop on the way for good: every state has its examples
	if ok, err := l.until(ctx, &w, l.hours(0, 5)); !ok {
		return err
	}
	proc := appeals.Kind(w.sc.Kind).Procedure()
	if w.sc.Procedure != "" {
		proc = deadline.Procedure(w.sc.Procedure)
	}
	var marks []string
	if fate == 13 {
		marks = []string{appeals.MarkCollective}
	}
	if fate == 17 {
		marks = []string{appeals.MarkPriority}
	}
	r := appeals.Registration{TopicID: w.tp.id, Marks: marks, Control: fate%4 == 0}
	r.Procedure, r.Reason, r.Late = proc, ground[proc], true // 48 hours may end before a weekend does
	if err := l.svc.Register(ctx, l.reception, w.number, 0, r); err != nil {
		return err
	}
	if ok, err := l.until(ctx, &w, l.hours(1, 20)); !ok {
		return err
	}
	executor := w.team.executors[l.rnd.IntN(len(w.team.executors))]
	manager := w.team.head
	if w.sc.Kind == "complaint" && fate%3 == 0 {
		manager = l.mayor
	}
	switch {
	case w.sc.End != "":
		return l.ended(ctx, w)
	case w.stop == atDesk:
		return l.svc.SendToManager(ctx, l.reception, w.number, 0, manager.ID)
	case fate%2 == 0 && proc != deadline.InfoUrgent: // through a resolution, for which 48 hours leave no time
		if err := l.svc.SendToManager(ctx, l.reception, w.number, 0, manager.ID); err != nil {
			return err
		}
		if ok, err := l.until(ctx, &w, l.hours(2, 26)); !ok {
			return err
		}
		due := w.at.AddDate(0, 0, 10+l.rnd.IntN(8))
		if proc != appeals.Application.Procedure() {
			due = w.at.AddDate(0, 0, 1)
		}
		on, err := l.within(ctx, manager, w.number, due)
		if err != nil {
			return err
		}
		r := appeals.Resolution{
			ExecutorID: executor.ID, Task: "Обстежити місце, вжити заходів у межах повноважень і підготувати заявнику відповідь із переліком виконаних робіт.",
			DueOn: on,
		}
		if co := w.team.executors[l.rnd.IntN(len(w.team.executors))]; co.ID != executor.ID {
			r.CoexecutorIDs = []int64{co.ID}
		}
		if err := l.svc.Resolve(ctx, manager, w.number, 0, r); err != nil {
			return err
		}
	case fate == 5 || fate == 15: // lies in the tray of the unit until somebody takes it
		if err := l.svc.Assign(ctx, l.reception, w.number, 0, w.tp.unit, 0); err != nil {
			return err
		}
		if ok, err := l.until(ctx, &w, l.hours(20, 60)); !ok {
			return err
		}
		if err := l.svc.Take(ctx, executor, w.number, 0); err != nil {
			return err
		}
	default:
		if err := l.svc.Assign(ctx, l.reception, w.number, 0, w.tp.unit, executor.ID); err != nil {
			return err
		}
	}
	slow := fate == 9 || fate == 19 // some come late: the city is no saint
	if w.sc.Ask != "" && (fate%3 != 1 || w.stop == atQuestion) {
		if ok, err := l.until(ctx, &w, l.hours(10, 40)); !ok {
			return err
		}
		if err := l.svc.Ask(ctx, executor, w.number, uuid.New(), w.sc.Ask); err != nil {
			return err
		}
		w.at = w.at.Add(l.hours(2, 60))
		if w.at.After(l.o.Now) || w.stop == atQuestion {
			return nil
		}
		l.clock.Set(w.at)
		if err := l.svc.Reply(ctx, w.author, w.number, uuid.New(), w.sc.Reply, nil); err != nil {
			return err
		}
	}
	return l.finish(ctx, w, executor, slow)
}

// ended leads an appeal to its end without an answer in substance: the specialist
// writes the letter, the head of the unit that would have worked on it signs.
func (l *loader) ended(ctx context.Context, w walk) error {
	e := appeals.Ending{Result: w.sc.End, Ground: w.sc.Ground, Recipient: w.sc.Recipient, Text: w.sc.Text, NotComplained: true, ManagerID: w.team.head.ID}
	if w.sc.End == appeals.ResultDuplicate {
		e.First = w.first
	}
	if err := l.svc.SubmitEnding(ctx, l.reception, w.number, 0, e); err != nil {
		return err
	}
	if ok, err := l.until(ctx, &w, l.hours(2, 20)); !ok {
		return err
	}
	c, err := l.svc.Case(ctx, w.team.head, w.number)
	if err != nil {
		return err
	}
	if err := l.sent(ctx, w, w.team.head, c); err != nil {
		return err
	}
	if w.sc.End == appeals.ResultReturned {
		if l.o.Now.Sub(w.at) < 60*24*time.Hour {
			return nil // the author has not completed it yet
		}
		w.at = w.at.Add(l.hours(5, 50))
		l.clock.Set(w.at)
		return l.svc.Reply(ctx, w.author, w.number, uuid.New(), w.sc.Reply, nil)
	}
	c, err = l.svc.Case(ctx, l.reception, w.number)
	// What was signed in the last days still lies to be sent on.
	if err != nil || c.ToDispatch == nil || l.o.Now.Sub(w.at) < 4*24*time.Hour {
		return err
	}
	if ok, err := l.until(ctx, &w, l.hours(1, 4)); !ok {
		return err
	}
	return l.svc.Dispatch(ctx, l.reception, w.number, 0, c.Answer.ID, calendar.FromTime(w.at.In(i18n.Kyiv)).Time(), appeals.WayExchange)
}

func (l *loader) finish(ctx context.Context, w walk, executor authz.Actor, slow bool) error {
	c, err := l.svc.Case(ctx, executor, w.number)
	if err != nil {
		return err
	}
	left := c.DueAt.Sub(w.at)
	wait := time.Duration(float64(left) * (0.25 + 0.5*l.rnd.Float64()))
	if slow {
		wait = left + l.hours(20, 90)
	}
	wait = max(wait, l.hours(1, 3)) // an urgent one may be late on the first working day already
	if w.stop == atAnswer {
		return nil
	}
	if w.i%20 == 11 && c.Procedure.Extendable() && left > 48*time.Hour { // a matter that needs more time
		if ok, err := l.until(ctx, &w, left*3/4); !ok {
			return err
		}
		head, err := l.signatory(ctx, w)
		if err != nil {
			return err
		}
		if err := l.svc.Extend(ctx, head, w.number, 0, "Потрібне додаткове обстеження ділянки та погодження з власником мережі, про що заявника повідомлено."); err != nil {
			return err
		}
		wait = l.hours(72, 140)
	}
	if ok, err := l.until(ctx, &w, wait); !ok {
		return err
	}
	body := "Шановний заявнику, шановна заявнице!\n\n" + w.sc.Answer
	if w.again {
		body = "Шановний заявнику, шановна заявнице!\n\nВаше зауваження перевірено на місці, недоліки усунуто " + i18n.Numeric(w.at) + ". Перепрошуємо за незручності."
	}
	if err := l.svc.SaveAnswer(ctx, executor, w.number, 0, body, w.sc.Result); err != nil {
		return err
	}
	if w.i%20 == 3 && l.o.Now.Sub(w.at) < 20*24*time.Hour {
		return nil // a draft that is still being written
	}
	if c, err = l.svc.Case(ctx, executor, w.number); err != nil {
		return err
	}
	if err := l.svc.Submit(ctx, executor, w.number, c.Answer.Version, body, w.sc.Result); err != nil {
		return err
	}
	head, err := l.signatory(ctx, w)
	if err != nil {
		return err
	}
	// Half of what came lately lies on the manager's desk; on that of the printed one more, see desk.
	if l.o.Now.Sub(w.at) < 7*24*time.Hour && l.rnd.IntN(2) == 0 || head.ID == l.printed.ID && l.o.Now.Sub(w.at) < 14*24*time.Hour {
		return nil
	}
	if w.i%7 == 2 { // returned once, mended, submitted again
		if ok, err := l.until(ctx, &w, l.hours(1, 12)); !ok {
			return err
		}
		if err := l.svc.Return(ctx, head, w.number, 0, "Додайте дату виконання робіт і вкажіть, куди звертатися, якщо проблема повториться."); err != nil {
			return err
		}
		if ok, err := l.until(ctx, &w, l.hours(2, 16)); !ok {
			return err
		}
		if c, err = l.svc.Case(ctx, executor, w.number); err != nil {
			return err
		}
		body += "\n\nЯкщо проблема повториться, телефонуйте до диспетчерської служби 15-80 або напишіть нам на цій сторінці. Роботи виконано " + i18n.Numeric(w.at) + "."
		if err := l.svc.Submit(ctx, executor, w.number, c.Answer.Version, body, w.sc.Result); err != nil {
			return err
		}
	}
	if ok, err := l.until(ctx, &w, l.hours(1, 20)); !ok {
		return err
	}
	return l.signed(ctx, w, head)
}

func (l *loader) signed(ctx context.Context, w walk, head authz.Actor) error {
	c, err := l.svc.Case(ctx, head, w.number)
	if err != nil {
		return err
	}
	if err := l.sent(ctx, w, head, c); err != nil {
		return err
	}
	if w.i%promiseEvery == 5 && !w.again {
		return l.promised(ctx, w, head)
	}
	if l.rnd.IntN(10) < 4 {
		return nil // most people never rate
	}
	w.at = w.at.Add(l.hours(3, 90))
	if w.at.After(l.o.Now) {
		return nil
	}
	l.clock.Set(w.at)
	if l.rnd.IntN(5) == 0 && !w.again {
		if err := l.svc.Rate(ctx, w.author, w.number, false, "Роботи виконано не повністю: через кілька днів проблема з’явилася знову."); err != nil {
			return err
		}
		return l.secondTime(ctx, w, head)
	}
	return l.svc.Rate(ctx, w.author, w.number, true, []string{"Дякую, зробили швидко.", "", "Усе виконано, дякую.", ""}[l.rnd.IntN(4)])
}

// sent signs the letter of the case and sends it.
func (l *loader) sent(ctx context.Context, w walk, head authz.Actor, c *appeals.Case) error {
	if err := l.svc.Sign(ctx, head, w.number, c.Digest(), appeals.Credential{}); err != nil {
		return err
	}
	if err := l.svc.Send(ctx, kind.SendAnswer{AnswerID: c.Answer.ID}); err != nil {
		return err
	}
	// What was signed in the last days still lies to be posted.
	posted := w.at.Add(time.Hour)
	if c.AnswerChannel != appeals.ByPost || !posted.Before(l.o.Now.AddDate(0, 0, -4)) {
		return nil
	}
	l.clock.Set(posted)
	return l.svc.Post(ctx, l.reception, w.number, 0, c.Answer.ID, calendar.FromTime(posted.In(i18n.Kyiv)).Time())
}

// promised takes what the answer promised on control; of old answers it is done.
func (l *loader) promised(ctx context.Context, w walk, head authz.Actor) error {
	if ok, err := l.until(ctx, &w, l.hours(1, 3)); !ok {
		return err
	}
	on := calendar.FromTime(w.at.AddDate(0, 0, 45).In(i18n.Kyiv)).Time()
	if err := l.svc.Promise(ctx, head, w.number, 0, "Через місяць перевірити, чи питання справді вирішено, і за потреби повернутися до нього.", on); err != nil {
		return err
	}
	if l.o.Now.Sub(w.at) < 40*24*time.Hour {
		return nil
	}
	if ok, err := l.until(ctx, &w, 30*24*time.Hour); !ok {
		return err
	}
	return l.svc.Prove(ctx, l.reception, w.number, 0, "Перевірено "+i18n.Numeric(w.at)+": питання вирішено, запис про перевірку — у справі.")
}

// secondTime considers an appeal that was opened again.
func (l *loader) secondTime(ctx context.Context, w walk, head authz.Actor) error {
	w.again = true
	if l.o.Now.Sub(w.at) < 30*24*time.Hour {
		return nil // the manager has not decided yet
	}
	if ok, err := l.until(ctx, &w, l.hours(4, 40)); !ok {
		return err
	}
	executor := w.team.executors[l.rnd.IntN(len(w.team.executors))]
	on, err := l.within(ctx, head, w.number, w.at.AddDate(0, 0, 3))
	if err != nil {
		return err
	}
	if err := l.svc.Resolve(ctx, head, w.number, 0, appeals.Resolution{
		ExecutorID: executor.ID, Task: "Перевірити якість виконаних робіт на місці, усунути недоліки та повторно відповісти заявникові.",
		DueOn: on,
	}); err != nil {
		return err
	}
	return l.finish(ctx, w, executor, false)
}

// within is the day for which a resolution wishes, or the last that it may give.
func (l *loader) within(ctx context.Context, who authz.Actor, number string, wish time.Time) (time.Time, error) {
	c, err := l.svc.Case(ctx, who, number)
	if err != nil {
		return time.Time{}, err
	}
	last, err := l.svc.ResolveBy(ctx, c)
	if on := calendar.FromTime(wish.In(i18n.Kyiv)).Time(); on.Before(last) {
		return on, err
	}
	return last, err
}

// signatory is the manager who answers for the appeal.
func (l *loader) signatory(ctx context.Context, w walk) (authz.Actor, error) {
	c, err := l.svc.Case(ctx, l.reception, w.number)
	if err != nil {
		return authz.Actor{}, err
	}
	if c.ManagerID != nil && *c.ManagerID == l.mayor.ID {
		return l.mayor, nil
	}
	return w.team.head, nil
}

// purchases gives the invented buyer of the sample the unit of the printed
// officials, and lets its head explain one purchase; the others wait for it.
func (l *loader) purchases(ctx context.Context) error {
	if l.o.Purchases == nil {
		return nil
	}
	l.clock.Set(l.o.Now)
	svc, err := l.o.Purchases(ctx, l.db, l.clock)
	if err != nil {
		return err
	}
	if err := l.write(ctx, func(tx *db.Tx) error {
		return tx.Exec("UPDATE procurement_buyers SET unit_id = ? WHERE code = ? AND demo", l.printed.UnitID, procurement.SampleBuyer).Error
	}); err != nil {
		return err
	}
	sub, err := svc.ToExplain(ctx, l.printed, procurement.SampleExplained)
	if err != nil {
		return err
	}
	const sign = "DASU-3-3" // that its contract has no electronic signature
	if !slices.Contains(sub.Signs, sign) {
		return fmt.Errorf("purchase %s has no sign to explain", sub.Number)
	}
	_, err = svc.Explain(ctx, l.printed, procurement.Explanation{
		TenderID: sub.TenderID, Indicator: sign,
		Body: "Це зразок пояснення до вигаданої закупівлі.\n\nПідписаний договір оприлюднено в електронній системі в день укладення, але файл підпису завантажено окремо й індикатор його не побачив. " +
			"Підпис додано повторно, документи можна переглянути за номером закупівлі.",
	})
	return err
}

// mark says of the letters that nobody will get them, and of the appeals that they are invented.
func (l *loader) mark(ctx context.Context) error {
	l.clock.Set(l.o.Now)
	return l.write(ctx, func(tx *db.Tx) error {
		if err := tx.Exec("UPDATE letters SET state = 'failed', error = 'demo' WHERE state = 'queued'").Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE appeals SET demo = true WHERE author_id IN (SELECT id FROM people WHERE demo)").Error
	})
}

func hash(ctx context.Context) (string, error) { return identity.HashPassword(ctx, Password) }
