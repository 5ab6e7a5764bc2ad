package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"ereception/internal/authz"
	"ereception/internal/identity"
	"ereception/internal/petitions"
	"ereception/internal/platform/db"
	"ereception/internal/platform/i18n"
)

// signers is how many invented people do nothing but sign petitions: enough for
// every threshold of the demonstration charter.
const signers = 320

// fewSigners is their number in a demonstration of few appeals, as tests load it:
// petitions that need more stay away.
const fewSigners = 20

// petitionText is one petition of the demonstration and its fate.
type petitionText struct {
	Topic, Title, Place, Essence, Reasons, Proposal string
	Fate, Decision, Answer                          string
	Signs                                           int
	Forged                                          int      // so many more signatures are forged
	Caught                                          bool     // the desk took them out the next day
	Days                                            int      // how long ago it was published
	Milestones                                      [][3]any // title, due in days from now, done in days from now (0: not)
}

// petitionSigner leaves an honest mark: nobody typed a password here.
type petitionSigner struct{}

func (petitionSigner) Sign(context.Context, authz.Actor, []byte, string) (string, map[string]any, error) {
	return "demo", map[string]any{"demo": true}, nil
}

// petitions walks the petitions of the demonstration along their ways, by the
// use-cases of the house, at moments of the loader's clock.
func (l *loader) petitions(ctx context.Context) error {
	if l.o.Petitions == nil {
		return nil
	}
	svc := l.o.Petitions(l.db, l.clock, l.svc, petitionSigner{})
	b, err := data.ReadFile("data/petitions.json")
	if err != nil {
		return err
	}
	var texts []petitionText
	if err := json.Unmarshal(b, &texts); err != nil {
		return err
	}
	crowd := signers
	if l.o.Appeals > 0 && l.o.Appeals < Appeals {
		crowd = fewSigners
	}
	w := &petitioner{loader: l, svc: svc}
	if err := w.people(ctx, crowd); err != nil {
		return err
	}
	for i, t := range texts {
		if t.Signs > crowd {
			continue
		}
		if err := w.walk(ctx, i, t); err != nil {
			return fmt.Errorf("petition %q: %w", t.Title, err)
		}
	}
	if _, err := svc.Recount(ctx); err != nil { // as every night: districts are shown since then
		return err
	}
	return nil
}

type petitioner struct {
	*loader
	svc   *petitions.Service
	crowd []authz.Actor
}

// people makes those who sign: with confirmed mailboxes, declared to live in the
// community, some of them with a district.
func (w *petitioner) people(ctx context.Context, n int) error {
	return w.write(ctx, func(tx *db.Tx) error {
		var districts []int64
		if err := tx.Raw("SELECT id FROM districts WHERE kind = 'city_district' AND active ORDER BY id").Scan(&districts).Error; err != nil {
			return err
		}
		for i := range n {
			name := w.person(i*7 + i/len(surnames))
			id, err := identity.CreatePerson(tx, identity.NewPerson{Email: fmt.Sprintf("signer%d@example.org", i), Name: name, Locale: "uk", Demo: true})
			if err != nil {
				return err
			}
			w.crowd = append(w.crowd, authz.Actor{Kind: authz.KindPerson, ID: id, Name: name, Locale: "uk"})
			var district *int64
			if len(districts) > 0 && i%4 != 3 {
				district = &districts[i%len(districts)]
			}
			if err := tx.Exec("INSERT INTO signers (person_id, ident, district_id, resident_at, created_at) SELECT id, canonical_email(email), ?, ?, ? FROM people WHERE id = ?",
				district, tx.Now, tx.Now, id).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// day is the moment of a working hour so many days from now.
func (w *petitioner) day(n, hour int) time.Time {
	k := w.o.Now.In(i18n.Kyiv)
	t := time.Date(k.Year(), k.Month(), k.Day()+n, hour, w.rnd.IntN(60), w.rnd.IntN(60), 0, i18n.Kyiv)
	if t.After(w.o.Now) {
		t = w.o.Now.Add(-time.Duration(1+w.rnd.IntN(30)) * time.Minute)
	}
	return t
}

func (w *petitioner) walk(ctx context.Context, i int, t petitionText) error {
	author := w.resident[(i*5)%len(w.resident)]
	if t.Fate == "returned" || t.Fate == "supporting" || i == 0 {
		author = w.resident[0] // the resident of the printed sign-in has some of them
	}
	w.clock.Set(w.day(-t.Days-3, 10))
	id, err := w.svc.StartDraft(ctx, author)
	if err != nil {
		return err
	}
	saved, err := w.svc.GetDraft(ctx, author, id)
	if err != nil {
		return err
	}
	d := saved.Draft
	d.Title, d.Essence, d.Reasons, d.Proposal, d.Place, d.TopicID = t.Title, t.Essence, t.Reasons, t.Proposal, t.Place, w.topics[t.Topic].id
	d.Name = author.Name
	if t.Place != "" {
		for _, s := range w.streets {
			if strings.HasSuffix(s.label, strings.TrimPrefix(t.Place, "вул. ")) {
				lat, lon := s.lat, s.lon
				d.Lat, d.Lon = &lat, &lon
				if err := w.svc.CheckPlace(ctx, d); err != nil {
					d.Lat, d.Lon = nil, nil
				}
				break
			}
		}
	}
	if _, err := w.svc.SaveDraft(ctx, author, id, 0, d); err != nil {
		return err
	}
	n, _, err := w.svc.Submit(ctx, author, id)
	if err != nil {
		return err
	}
	if err := w.write(ctx, func(tx *db.Tx) error { return tx.Exec("UPDATE petitions SET demo = true WHERE number = ?", n).Error }); err != nil {
		return err
	}
	key, err := w.key(ctx, n)
	if err != nil {
		return err
	}
	first := min(t.Signs, 5)
	if t.Fate == "supporting" {
		first = t.Signs
	}
	if err := w.sign(ctx, n, key, 0, first, w.day(-t.Days-2, 11), w.day(-t.Days-1, 12)); err != nil || t.Fate == "supporting" {
		return err
	}
	if t.Fate == "checking" {
		return nil // waits for the moderator; one of them too long
	}
	w.clock.Set(w.day(-t.Days, 10))
	if t.Fate == "returned" {
		return w.svc.Return(ctx, w.reception, n, 0, "powers", "Міська рада не встановлює цін на пальне: їх регулює законодавство України про ціни та ціноутворення. Можна просити раду звернутися до Кабінету Міністрів.")
	}
	if err := w.svc.Publish(ctx, w.reception, n, 0); err != nil {
		return err
	}
	until := min(t.Days-1, 60)
	if t.Fate == "gathering" {
		until = t.Days
	}
	if t.Forged > 0 && len(w.crowd) == signers {
		half, day := (first+t.Signs)/2, -t.Days+until/2
		if err := w.sign(ctx, n, "", first, half, w.day(-t.Days, 11), w.day(day, 20)); err != nil {
			return err
		}
		if err := w.forge(ctx, n, t, w.day(day+1, 3), w.day(day+2, 10)); err != nil {
			return err
		}
		return w.sign(ctx, n, "", half, t.Signs, w.day(day+2, 12), w.day(-t.Days+until, 20))
	}
	if err := w.sign(ctx, n, "", first, t.Signs, w.day(-t.Days, 11), w.day(-t.Days+until, 20)); err != nil || t.Fate == "gathering" {
		return err
	}
	if t.Fate == "not_enough" {
		v, err := w.svc.Show(ctx, w.reception, n, "")
		if err != nil {
			return err
		}
		w.clock.Set(v.EndsAt.Add(time.Minute)) // the worker closes it at once
		if err := w.svc.Close(ctx); err != nil {
			return err
		}
		return w.svc.SettleAppealOf(ctx, n)
	}
	return w.review(ctx, n, t, -t.Days+until)
}

func (w *petitioner) review(ctx context.Context, n int64, t petitionText, reached int) error {
	if t.Fate == "reached" {
		return nil
	}
	w.clock.Set(w.day(min(reached+1, 0), 10))
	if err := w.svc.Announce(ctx, w.reception, n, 0); err != nil {
		return err
	}
	executor, manager := w.units[w.topics["roads"].unit].executors[0], w.mayor
	f := petitions.AnswerForm{Decision: t.Decision, Body: t.Answer}
	if t.Fate == "reviewing" {
		f = petitions.AnswerForm{Decision: petitions.Supported, Body: "Виконавчий комітет розглянув петицію. Підтримуємо облаштування велодоріжки. Проєкт замовимо цього року, роботи виконаємо наступного, починаючи з найзавантаженішої ділянки."}
		manager = w.units[w.topics["roads"].unit].head
	}
	w.clock.Set(w.day(min(reached+6, 0), 12))
	if err := w.svc.SubmitAnswer(ctx, executor, n, 0, f); err != nil || t.Fate == "reviewing" {
		return err
	}
	w.clock.Set(w.day(min(reached+8, 0), 15))
	v, err := w.svc.Show(ctx, manager, n, "")
	if err != nil {
		return err
	}
	if err := w.svc.SignAnswer(ctx, manager, n, v.Answer.SignedDigest(n), "-"); err != nil {
		return err
	}
	for _, m := range t.Milestones {
		title, _ := m[0].(string)
		due, _ := m[1].(float64)
		done, _ := m[2].(float64)
		x := petitions.Milestone{Title: title, DueOn: w.date(int(due))}
		if done != 0 {
			x.DoneOn = w.date(int(done))
			w.clock.Set(w.day(int(done), 13))
		}
		if err := w.svc.SaveMilestone(ctx, executor, n, x); err != nil {
			return err
		}
	}
	if t.Fate == "done" {
		return w.svc.Finish(ctx, executor, n, 0)
	}
	return nil
}

func (w *petitioner) date(days int) *time.Time {
	k := w.o.Now.In(i18n.Kyiv)
	t := time.Date(k.Year(), k.Month(), k.Day()+days, 0, 0, 0, 0, time.UTC)
	return &t
}

func (w *petitioner) key(ctx context.Context, n int64) (string, error) {
	var key string
	err := w.db.Pool().QueryRow(ctx, "SELECT support_key FROM petitions WHERE number = $1", n).Scan(&key)
	return key, err
}

// sign lets the people from … to-1 sign between two moments, a few at a time,
// and the counter count after each, as it does: what comes when the petition has
// its signatures comes too late.
func (w *petitioner) sign(ctx context.Context, n int64, key string, from, to int, begin, end time.Time) error {
	const together = 6
	steps := max((to-from+together-1)/together, 1)
	last := begin
	for at := from; at < to; at += together {
		// More in some weeks than in others, as petitions live.
		part := float64((at-from)/together) / float64(steps)
		part += 0.05*math.Sin(4*math.Pi*part+float64(n)) + 0.03*math.Sin(14*math.Pi*part) - 0.05*math.Sin(float64(n))
		t := begin.Add(time.Duration(float64(end.Sub(begin)) * min(max(part, 0), 1)))
		if at+together >= to { // what the city does next hangs on the day of the last one
			t = end
		}
		if h := t.In(i18n.Kyiv).Hour(); h < 7 {
			t = t.Add(time.Duration(9-h) * time.Hour)
		}
		if t.Before(last) { // nobody signs before whoever signed before him
			t = last
		}
		if t.After(w.o.Now) {
			t = w.o.Now.Add(-time.Minute)
		}
		last = t
		w.clock.Set(t)
		var wg sync.WaitGroup
		failed := make([]error, together)
		for k := range min(together, to-at) {
			wg.Go(func() {
				who := w.crowd[(int(n)*37+at+k)%len(w.crowd)]
				_, failed[k] = w.svc.Sign(ctx, who, n, petitions.Mark{SupportKey: key, IP: fmt.Sprintf("198.51.%d.%d", (at+k)%200, int(n)%200), Took: time.Duration(12+w.crowdPause(at+k)) * time.Second})
			})
		}
		wg.Wait()
		for _, err := range failed {
			if err != nil {
				return err
			}
		}
		if err := w.svc.Count(ctx); err != nil {
			return err
		}
	}
	return nil
}

// forge signs at night as the robots of 2016 did: one address, one mail service, a
// series of mailboxes, names in capitals, every nine seconds, faster than anybody
// reads. When they are caught, the desk takes them out at the moment caught, and the
// page of the petition says so.
func (w *petitioner) forge(ctx context.Context, n int64, t petitionText, at, caught time.Time) error {
	for i := range t.Forged {
		var who authz.Actor
		w.clock.Set(at.Add(time.Duration(i) * 9 * time.Second))
		err := w.write(ctx, func(tx *db.Tx) error {
			name := strings.ToUpper(w.person(i*11 + int(n)))
			id, err := identity.CreatePerson(tx, identity.NewPerson{Email: fmt.Sprintf("pidpys%d%02d@skrynka.example.net", n, i), Name: name, Locale: "uk", Demo: true})
			who = authz.Actor{Kind: authz.KindPerson, ID: id, Name: name, Locale: "uk"}
			return err
		})
		if err != nil {
			return err
		}
		if _, err := w.svc.Sign(ctx, who, n, petitions.Mark{IP: "203.0.113.66", Took: 700 * time.Millisecond, Resident: true}); err != nil {
			return err
		}
	}
	if err := w.svc.Count(ctx); err != nil || !t.Caught {
		return err
	}
	w.clock.Set(caught)
	id, _, err := w.svc.Try(ctx, w.reception, n, petitions.RuleSigns, petitions.Params{}, "Уночі, з однієї адреси, через рівні проміжки часу")
	if err != nil {
		return err
	}
	_, err = w.svc.RunSweep(ctx, w.reception, n, id)
	return err
}

// crowdPause is how long a person read before he pressed, in seconds.
func (w *petitioner) crowdPause(i int) int { return (i*i*7 + 13*i) % 160 }
