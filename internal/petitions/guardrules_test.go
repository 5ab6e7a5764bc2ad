package petitions

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// town makes signatures as honest people and known frauds leave them. Forged
// ones are remembered by their id.
type town struct {
	r      *rand.Rand
	list   []Trace
	forged map[int64]bool
	start  time.Time
	ips    uint64
	ended  time.Duration // how long people have signed
}

func newTown(seed uint64) *town {
	return &town{
		r: rand.New(rand.NewPCG(seed, 2016)), forged: map[int64]bool{}, //nolint:gosec // a test that can be repeated
		start: time.Date(2026, 10, 1, 5, 0, 0, 0, time.UTC), ended: 20 * 24 * time.Hour,
	}
}

var (
	surnameHeads = strings.Fields("Ковал Бонд Мельн Шевч Ткач Кравч Олій Лисен Марч Поліщ Савч Руд Петр Гнат Дем Заяр Яр Волош Крав Гонч Мороз Левч Сич Гриц Пав Дань Котл Ясін Хом Вітр")
	surnameTails = strings.Fields("енко чук ук юк ський ко ишин ець ар ик")
	forenames    = strings.Fields("Олена Андрій Ірина Сергій Наталія Олександр Тетяна Юрій Марія Іван Ганна Петро Катерина Микола Оксана Василь Людмила Віктор Світлана Дмитро Юлія Богдан Галина Роман Надія Тарас")
	fathers      = strings.Fields("Іванович Петрович Миколайович Васильович Олександрович Сергійович Юрійович Андрійович Богданович Степанович Михайлович Павлович Григорович")
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func (w *town) name() string {
	return pick(w.r, surnameHeads) + pick(w.r, surnameTails) + " " + pick(w.r, forenames) + " " + pick(w.r, fathers)
}

// mailbox gives the domain as people here have them, and the stem of boxes with
// digits: names repeat, so do stems.
func (w *town) mailbox() (domain string, stem uint64) {
	shares := []struct {
		d string
		p float64
	}{{"gmail.com", .62}, {"ukr.net", .2}, {"i.ua", .04}, {"meta.ua", .035}, {"icloud.com", .03}, {"outlook.com", .02}, {"yahoo.com", .015}, {"mail.ru", .004}, {"proton.me", .01}}
	x := w.r.Float64()
	domain = "work.example"
	for _, s := range shares {
		if x -= s.p; x < 0 {
			domain = s.d
			break
		}
	}
	if domain == "work.example" {
		domain = fmt.Sprintf("firm%d.com.ua", w.r.IntN(80))
	}
	if w.r.Float64() < .5 {
		// A surname with a digit behind it, or a forename: of forenames there are few.
		stem = uint64(1000 + w.r.IntN(1500))
		if w.r.Float64() < .1 {
			stem = uint64(100 + w.r.IntN(60))
		}
		stem = stem*100 + uint64(len(domain))
	}
	return domain, stem
}

// moment of an ordinary day: people sleep at night, and on the third evening a
// petition is on the television.
func (w *town) moment() time.Time {
	if w.r.Float64() < .25 {
		return w.start.Add(2*24*time.Hour + 12*time.Hour + time.Duration(w.r.ExpFloat64()*float64(18*time.Minute)))
	}
	for {
		d := time.Duration(w.r.Float64() * float64(w.ended))
		if h := w.start.Add(d).Hour(); h >= 4 && h < 21 || w.r.Float64() < .08 {
			return w.start.Add(d)
		}
	}
}

func (w *town) took(old bool) int {
	switch x := w.r.Float64(); {
	case x < .15:
		return -1 // the form did not tell
	case x < .18:
		return 700 + w.r.IntN(1300) // signed in, came by a link, presses at once
	case old:
		return 180_000 + w.r.IntN(900_000)
	}
	return 4000 + int(w.r.ExpFloat64()*40_000)
}

func (w *town) ip(net uint64) (uint64, uint64) {
	w.ips++
	return net, net<<20 + w.ips
}

func (w *town) add(t Trace, forged bool) {
	t.ID = int64(len(w.list) + 1)
	w.list = append(w.list, t)
	if forged {
		w.forged[t.ID] = true
	}
}

func (w *town) person(net, ip uint64, at time.Time) Trace {
	old := w.r.Float64() < .2
	t := Trace{Name: w.name(), At: at, Net: net, IP: ip, Took: w.took(old)}
	t.Domain, t.Stem = w.mailbox()
	if p := w.r.Float64(); p < .03 || old && p < .1 { // whose caps lock is on
		t.Name = strings.ToUpper(t.Name)
	}
	return t
}

// honest adds n people: at home, in mobile networks where hundreds share an
// address, in offices, and a school with one address whose classes sign in turn.
func (w *town) honest(n int) {
	mobile := make([][2]uint64, 40)
	for i := range mobile {
		mobile[i][0], mobile[i][1] = w.ip(uint64(10 + i/4))
	}
	for range n * 42 / 100 {
		m := pick(w.r, mobile)
		w.add(w.person(m[0], m[1], w.moment()), false)
	}
	for o := range 30 {
		net, ip := w.ip(uint64(200 + o))
		firm := fmt.Sprintf("office%d.example", o)
		for range n * 12 / 3000 {
			day := w.r.IntN(15)
			t := w.person(net, ip, w.start.Add(time.Duration(day)*24*time.Hour+time.Duration(w.r.IntN(9*3600))*time.Second))
			if w.r.Float64() < .5 {
				t.Domain, t.Stem = firm, 0
			}
			w.add(t, false)
		}
	}
	net, ip := w.ip(300)
	for class := range 6 {
		at := w.start.Add(5*24*time.Hour + time.Duration(class)*55*time.Minute)
		for range min(22, n/60) { // one after the other at the teacher's computer, or all in one lesson
			at = at.Add(time.Duration(15+w.r.IntN(60)) * time.Second)
			t := w.person(net, ip, at)
			if w.r.Float64() < .7 {
				t.Domain, t.Stem = "lyceum.zt.example", 0
			}
			w.add(t, false)
		}
	}
	for len(w.list) < n {
		net, ip := w.ip(uint64(400 + w.r.IntN(300)))
		at := w.moment()
		for range 1 + w.r.IntN(3) { // a family
			w.add(w.person(net, ip, at), false)
			at = at.Add(time.Duration(120+w.r.IntN(4000)) * time.Second)
		}
	}
}

// kyiv4094 is the forgery of the petition on Bandera avenue (Kyiv, October 2016):
// votes by machine from 160 addresses with 6 to 682 each, mostly @meta.ua, names
// in capitals, 28 of them twice.
func (w *town) kyiv4094(n int) {
	const addresses = 160
	sizes := make([]int, addresses)
	left := n
	for i := range sizes {
		sizes[i] = 6
		left -= 6
	}
	for i := 0; left > 0; i++ { // few large ones, many small ones
		k := min(left, max(1, 676>>(i%8)), 682-sizes[i%addresses])
		sizes[i%addresses] += k
		left -= k
	}
	for i, size := range sizes {
		net, ip := w.ip(uint64(5000 + i/2))
		at := w.start.Add(time.Duration(w.r.IntN(int(6*24*time.Hour/time.Second))) * time.Second)
		for k := range size {
			at = at.Add(time.Duration(20+w.r.IntN(50)) * time.Second)
			t := Trace{Name: strings.ToUpper(w.name()), At: at, Net: net, IP: ip, Domain: "meta.ua", Took: 300 + w.r.IntN(1500)}
			if w.r.Float64() < .08 {
				t.Name = w.name()
			}
			if w.r.Float64() < .15 {
				t.Domain, t.Stem = w.mailbox()
			} else if w.r.Float64() < .5 {
				t.Stem = uint64(900_000 + w.r.IntN(60))
			}
			if w.r.Float64() < .3 {
				t.Took = -1
			}
			if k > 0 && i < 28 && k == 1 {
				t.Name = w.list[len(w.list)-1].Name
			}
			w.add(t, true)
		}
	}
}

// fanplit is the forgery that made Kyiv close its site to four mail services:
// about 4000 votes by machine through lent addresses, names as people write them.
func (w *town) fanplit(n int) {
	for left, i := n, 0; left > 0; i++ {
		net, ip := w.ip(uint64(7000 + i))
		at := w.start.Add(4*24*time.Hour + time.Duration(w.r.IntN(3*24*3600))*time.Second)
		for range min(left, 6+w.r.IntN(9)) {
			left--
			at = at.Add(time.Duration(30+w.r.IntN(600)) * time.Second)
			t := Trace{Name: w.name(), At: at, Net: net, IP: ip, Domain: pick(w.r, []string{"mail.ru", "list.ru", "bk.ru", "inbox.ru"}), Took: 400 + w.r.IntN(1400)}
			if w.r.Float64() < .25 {
				t.Took = 2500 + w.r.IntN(4000)
			}
			if w.r.Float64() < .6 {
				t.Stem = uint64(800_000 + w.r.IntN(90))
			}
			w.add(t, true)
		}
	}
}

// heroes is the petition «Героїв Дніпра»: honest people of whom 149 voted twice
// and 6 three times from other mailboxes.
func (w *town) heroes() {
	seen := map[int]bool{}
	for k := 0; k < 155; {
		i := w.r.IntN(len(w.list))
		if seen[i] {
			continue
		}
		seen[i] = true
		first := w.list[i]
		times := 1
		if k < 6 {
			times = 2
		}
		at := first.At
		for range times {
			at = at.Add(time.Duration(60+w.r.IntN(2400)) * time.Second)
			t := w.person(first.Net, first.IP, at)
			t.Name = first.Name
			w.add(t, true)
		}
		k++
	}
}

// judge holds what the sure rules find against what is forged.
func (w *town) judge(t *testing.T, elsewhere Shares) (caught, wrong float64) {
	t.Helper()
	a := analyse(slices.Clone(w.list), elsewhere, usualMillis)
	found := map[int64]bool{}
	for _, r := range Rules {
		if r.Sure() {
			for _, i := range a.find(r, Params{}) {
				found[a.list[i].ID] = true
			}
		}
	}
	hits, errors := 0, 0
	for id := range found {
		if w.forged[id] {
			hits++
		} else {
			errors++
		}
	}
	caught = 1
	if len(w.forged) > 0 {
		caught = float64(hits) / float64(len(w.forged))
	}
	return caught, float64(errors) / float64(len(w.list)-len(w.forged))
}

// TestKnownFrauds replays what happened in Kyiv in 2016 among honest crowds: at
// least 95 % of the forged signatures are found, and at most 0.5 % of the honest
// ones with them.
func TestKnownFrauds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		make func(w *town)
	}{
		{"4094, October 2016: 3396 of 11 286", func(w *town) { w.honest(7890); w.kyiv4094(3396) }},
		{"its kind in December 2016: 6880", func(w *town) { w.honest(4000); w.kyiv4094(6880) }},
		{"the same forgery at a petition of a smaller city", func(w *town) { w.honest(300); w.kyiv4094(1100) }},
		{"Fanplit: four mail services", func(w *town) { w.honest(9000); w.fanplit(4000) }},
		{"Heroes of Dnipro: 149 twice, 6 thrice", func(w *town) { w.honest(9000); w.heroes() }},
		{"nobody forges, and many come", func(w *town) { w.honest(12_000) }},
		{"nobody forges, and few come", func(w *town) { w.honest(320) }},
		{"nobody forges in a short gathering", func(w *town) { w.ended = 2 * 24 * time.Hour; w.honest(3000) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(6) {
				w := newTown(seed + 1)
				c.make(w)
				var elsewhere Shares // half of the cities know of other petitions
				if seed%2 == 1 {
					elsewhere = Shares{}
					other := newTown(1000 + seed)
					other.honest(2000)
					for _, x := range other.list {
						elsewhere[mailService(x.Domain)] += 1 / float64(len(other.list))
					}
				}
				caught, wrong := w.judge(t, elsewhere)
				t.Logf("seed %d: caught %.2f %%, honest ones taken for forged %.3f %%", seed+1, 100*caught, 100*wrong)
				if caught < .95 {
					t.Errorf("caught %.2f %%, want 95 %% at least", 100*caught)
				}
				if wrong > .005 {
					t.Errorf("%.3f %% of the honest ones, want 0.5 %% at most", 100*wrong)
				}
			}
		})
	}
}

// TestRules says of each rule in a small case what it chooses.
func TestRules(t *testing.T) {
	t.Parallel()
	at := func(seconds int) time.Time {
		return time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
	}
	one := func(id int64, seconds int, f func(*Trace)) Trace {
		x := Trace{ID: id, Name: fmt.Sprintf("Людина Зразкова %d", id), At: at(seconds), Domain: "gmail.com", IP: uint64(id), Net: uint64(id), Took: 9000} //nolint:gosec // positive
		if f != nil {
			f(&x)
		}
		return x
	}
	many := func(n, every int, f func(i int, x *Trace)) []Trace {
		var out []Trace
		for i := range n {
			out = append(out, one(int64(i+1), i*every, func(x *Trace) { f(i, x) }))
		}
		return out
	}
	crowd := func(i int, x *Trace) { x.IP, x.Net = 7, 7 }
	from := at(50)
	for _, c := range []struct {
		name string
		rule Rule
		p    Params
		list []Trace
		want int
	}{
		{"capitals in two words", RuleCaps, Params{}, many(3, 1, func(i int, x *Trace) {
			x.Name = []string{"ЗРАЗКОВА ГАННА", "Зразкова Г. І.", "ЗРАЗКОВА ГАННА-МАРІЯ П."}[i]
		}), 2},
		{"one word in capitals is no such name", RuleCaps, Params{}, many(1, 1, func(_ int, x *Trace) { x.Name = "ЗРАЗКОВА" }), 0},
		{"faster than two seconds, where the form told", RuleQuick, Params{}, many(3, 1, func(i int, x *Trace) { x.Took = []int{1999, 2000, -1}[i] }), 1},
		{"faster than what was typed", RuleQuick, Params{Millis: 500}, many(2, 1, func(i int, x *Trace) { x.Took = []int{499, 500}[i] }), 1},
		{"an address with the number itself is right", RuleAddress, Params{Most: 5}, many(5, 60, crowd), 0},
		{"and with one more is not", RuleAddress, Params{Most: 5}, many(6, 60, crowd), 6},
		{"a network", RuleNetwork, Params{Most: 5}, many(6, 60, func(_ int, x *Trace) { x.Net = 7 }), 6},
		{"unknown addresses are no crowd", RuleAddress, Params{Most: 2}, many(6, 60, func(_ int, x *Trace) { x.IP, x.Net = 0, 0 }), 0},
		{"five in five minutes pass", RulePace, Params{}, many(5, 10, crowd), 0},
		{"the sixth does not, with those before it", RulePace, Params{}, many(7, 10, crowd), 7},
		{"slowly, any number passes", RulePace, Params{}, many(30, 61, crowd), 0},
		{"named mail services", RuleDomain, Params{Domains: []string{"mail.ru"}}, many(3, 1, func(i int, x *Trace) { x.Domain = []string{"mail.ru", "gmail.com", "list.ru"}[i] }), 1},
		{"boxes for ten minutes", RuleDisposable, Params{}, many(2, 1, func(i int, x *Trace) { x.Domain = []string{"mailinator.com", "ukr.net"}[i] }), 1},
		{"every half minute like a clock", RuleRhythm, Params{}, many(12, 30, crowd), 12},
		{"a clock of many addresses is chance", RuleRhythm, Params{}, many(12, 30, func(int, *Trace) {}), 0},
		{"five boxes of a series", RuleSeries, Params{}, many(5, 60, func(_ int, x *Trace) { x.Stem = 9 }), 5},
		{"four of them are none", RuleSeries, Params{}, many(4, 60, func(_ int, x *Trace) { x.Stem = 9 }), 0},
		{"boxes without digits are none", RuleSeries, Params{}, many(9, 60, func(int, *Trace) {}), 0},
		{"the same name from the same address: the second", RuleTwins, Params{}, many(2, 600, func(_ int, x *Trace) { x.IP, x.Name = 7, "Зразкова  ганна" }), 1},
		{"namesakes elsewhere", RuleTwins, Params{}, many(2, 600, func(_ int, x *Trace) { x.Name = "Зразкова Ганна" }), 0},
		{"namesakes behind a mobile network, hours apart", RuleTwins, Params{}, many(30, 7200, func(i int, x *Trace) { crowd(i, x); x.Name = fmt.Sprintf("Зразкова %d", i%15) }), 0},
		{"only since a moment", RuleCaps, Params{From: &from}, many(3, 40, func(_ int, x *Trace) { x.Name = "ЗРАЗКОВА ГАННА" }), 1},
		{"only before a moment", RuleCaps, Params{Until: &from}, many(3, 40, func(_ int, x *Trace) { x.Name = "ЗРАЗКОВА ГАННА" }), 2},
		{"two rules at once", RuleCaps, Params{Also: RuleQuick}, many(3, 40, func(i int, x *Trace) { x.Name, x.Took = "ЗРАЗКОВА ГАННА", 100+i*1500 }), 2},
		{"what was taken out is not found", RuleCaps, Params{}, many(2, 40, func(i int, x *Trace) { x.Name, x.Swept = "ЗРАЗКОВА ГАННА", i == 0 }), 1},
		{"two clues are not enough", RuleSigns, Params{}, many(2, 40, func(_ int, x *Trace) { x.Name, x.Took = "ЗРАЗКОВА ГАННА", 100 }), 0},
		{"unless so few are asked for", RuleSigns, Params{Clues: 2}, many(2, 40, func(_ int, x *Trace) { x.Name, x.Took = "ЗРАЗКОВА ГАННА", 100 }), 2},
		{"nobody has signed", RuleSigns, Params{}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := c.p.Usual(c.rule)
			if err := p.Validate(c.rule); err != nil {
				t.Fatal(err)
			}
			a := analyse(c.list, nil, usualMillis)
			if got := len(a.find(c.rule, p)); got != c.want {
				t.Errorf("chooses %d, want %d; clues %v", got, c.want, a.clues)
			}
		})
	}
}

// TestWave: votes that come one from an address have no crowd to betray them;
// the hour in which their mail service floods does.
func TestWave(t *testing.T) {
	t.Parallel()
	w := newTown(11)
	w.honest(5000)
	for i := range 900 {
		net, ip := w.ip(uint64(9000 + i))
		w.add(Trace{Name: w.name(), At: w.start.Add(100*time.Hour + time.Duration(w.r.IntN(3*3600))*time.Second), Net: net, IP: ip, Domain: "meta.ua", Took: 5000}, true)
	}
	a := analyse(w.list, nil, usualMillis)
	hits, wrong := 0, 0
	for _, i := range a.find(RuleWave, Params{}) {
		if w.forged[a.list[i].ID] {
			hits++
		} else {
			wrong++
		}
	}
	if hits < 855 || wrong > 25 {
		t.Errorf("found %d of 900, and %d honest ones of 5000", hits, wrong)
	}
}
