package petitions

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"ereception/internal/platform/errs"
)

// Trace is what the fraud desk sees of one signature: no address, no mailbox,
// only keyed hashes that tell whether two of them are the same.
type Trace struct {
	ID     int64
	Name   string
	At     time.Time
	Domain string // of the mailbox
	Net    uint64 // network of the address (IPv4 /24, IPv6 /48); 0: unknown
	IP     uint64 // the address; 0: unknown
	Stem   uint64 // the mailbox without its digits; 0: it has none
	Took   int    // milliseconds from the page to the press; -1: not told
	Swept  bool   // taken out already: evidence, and no suspect any more
	Strong bool   // by a confirmed identity
}

// Clue is one thing that is odd about a signature («ознака»). None of them alone
// says that it is forged: honest people sit behind one address too, and write
// their names in capitals.
type Clue uint16

// The clues.
const (
	ClueAddress    Clue = 1 << iota // many signatures from its address
	ClueService                     // its mail service crowds at the address, or in the hour, far beyond its usual share
	ClueCaps                        // the name is in capitals
	ClueQuick                       // pressed faster than anybody reads
	ClueRhythm                      // came at regular intervals from its address
	ClueSeries                      // one of a series of mailboxes that differ by digits
	ClueDisposable                  // a mailbox for ten minutes
)

// Clues lists them in the order in which pages name them.
var Clues = []Clue{ClueAddress, ClueService, ClueCaps, ClueQuick, ClueRhythm, ClueSeries, ClueDisposable}

var clueNames = map[Clue]string{
	ClueAddress: "address", ClueService: "service", ClueCaps: "caps", ClueQuick: "quick",
	ClueRhythm: "rhythm", ClueSeries: "series", ClueDisposable: "disposable",
}

// Names gives the names of the clues in the set: «petitionguard.clue.<name>».
func (c Clue) Names() []string {
	var out []string
	for _, one := range Clues {
		if c&one != 0 {
			out = append(out, clueNames[one])
		}
	}
	return out
}

func (c Clue) count() int { return len(c.Names()) }

// Rule is a way to choose signatures that look forged. Each can be said in one
// sentence, and is said so beside what it finds and in the public log.
type Rule string

// The rules. Those of RuleSigns and RuleTwins are sure enough for
// the guard to run by itself where the administrator lets it; the others choose
// honest people as well, and a person decides.
const (
	RuleSigns      Rule = "signs"      // several clues at once
	RuleTwins      Rule = "twins"      // the same name from the same address, again
	RuleAddress    Rule = "address"    // more than N from one address
	RuleNetwork    Rule = "network"    // more than N from one network
	RulePace       Rule = "pace"       // more than N from one address within so many seconds
	RuleDomain     Rule = "domain"     // these mail services
	RuleWave       Rule = "wave"       // a mail service far beyond its usual share within an hour
	RuleQuick      Rule = "quick"      // faster than so many milliseconds
	RuleCaps       Rule = "caps"       // names in capitals
	RuleRhythm     Rule = "rhythm"     // regular intervals
	RuleSeries     Rule = "series"     // series of mailboxes
	RuleDisposable Rule = "disposable" // mailboxes for ten minutes
)

// Rules lists them in the order of the desk.
var Rules = []Rule{
	RuleSigns, RuleTwins, RuleWave, RuleSeries, RuleRhythm, RulePace, RuleAddress, RuleNetwork, RuleDomain, RuleQuick, RuleCaps, RuleDisposable,
}

// Sure reports whether the guard may run the rule without a person. Such a rule leaves
// signatures by a confirmed identity alone: papers stand behind each, and each is of
// another human being, whatever its name, its haste and its neighbours.
func (r Rule) Sure() bool { return r == RuleSigns || r == RuleTwins }

// Params say how a rule is meant. Zero values are the usual ones (Usual).
type Params struct {
	Most    int        `json:"most,omitempty"`    // address, network, pace: so many are still right; series: so many boxes make one
	Seconds int        `json:"seconds,omitempty"` // pace
	Millis  int        `json:"millis,omitempty"`  // quick, and the clue of the same name
	Clues   int        `json:"clues,omitempty"`   // signs: so many at least
	Domains []string   `json:"domains,omitempty"` // domain
	From    *time.Time `json:"from,omitempty"`    // only signatures since
	Until   *time.Time `json:"until,omitempty"`   // and before
	Also    Rule       `json:"also,omitempty"`    // and only those which this rule finds too, as it usually is
}

// The usual values of the rules.
const (
	usualAddress = 20 // of one address: a school, an office, a mobile network go beyond, and a person looks
	usualNetwork = 60
	usualPace    = 5 // as many in five minutes as the busiest petition site of the world lets pass
	usualSeconds = 300
	usualMillis  = 2000
	usualClues   = 3
	usualSeries  = 5
)

// Usual fills in what was left open.
func (p Params) Usual(r Rule) Params {
	set := func(v *int, usual int) {
		if *v == 0 {
			*v = usual
		}
	}
	switch r {
	case RuleAddress:
		set(&p.Most, usualAddress)
	case RuleNetwork:
		set(&p.Most, usualNetwork)
	case RulePace:
		set(&p.Most, usualPace)
		set(&p.Seconds, usualSeconds)
	case RuleSeries:
		set(&p.Most, usualSeries)
	case RuleSigns:
		set(&p.Clues, usualClues)
	}
	if r == RuleQuick || r == RuleSigns {
		set(&p.Millis, usualMillis)
	}
	return p
}

// Validate judges what was typed.
func (p Params) Validate(r Rule) error {
	e := errs.Fields()
	if !slices.Contains(Rules, r) {
		return e.With("rule", "petitionguard.err.rule").OrNil()
	}
	between := func(name string, v, lo, hi int) {
		if v < lo || v > hi {
			e.With(name, "petitionguard.err.between", "min", lo, "max", hi)
		}
	}
	switch r {
	case RuleAddress, RuleNetwork:
		between("most", p.Most, 2, 100_000)
	case RulePace:
		between("most", p.Most, 1, 10_000)
		between("seconds", p.Seconds, 1, 86_400)
	case RuleSeries:
		between("most", p.Most, 3, 10_000)
	case RuleQuick:
		between("millis", p.Millis, 100, 60_000)
	case RuleSigns:
		between("clues", p.Clues, 2, len(Clues))
		between("millis", p.Millis, 100, 60_000)
	case RuleDomain:
		if len(p.Domains) == 0 || len(p.Domains) > 50 {
			e.With("domains", "petitionguard.err.domains")
		}
		for _, d := range p.Domains {
			if len(d) > 253 || !strings.Contains(d, ".") || strings.ContainsAny(d, " @/%") {
				e.With("domains", "petitionguard.err.domains")
				break
			}
		}
	}
	if p.Also != "" && (p.Also == r || p.Also == RuleDomain || !slices.Contains(Rules, p.Also)) {
		e.With("also", "petitionguard.err.also")
	}
	if p.From != nil && p.Until != nil && !p.From.Before(*p.Until) {
		e.With("until", "petitionguard.err.period")
	}
	return e.OrNil()
}

// sameService joins the names of one mail service: who has a box at one of them
// can have it at the others.
var sameService = map[string]string{
	"googlemail.com": "gmail.com", "list.ru": "mail.ru", "bk.ru": "mail.ru", "inbox.ru": "mail.ru", "internet.ru": "mail.ru",
	"ya.ru": "yandex.com", "yandex.ru": "yandex.com", "yandex.ua": "yandex.com",
	"hotmail.com": "outlook.com", "live.com": "outlook.com", "msn.com": "outlook.com", "me.com": "icloud.com", "mac.com": "icloud.com",
	"protonmail.com": "proton.me", "protonmail.ch": "proton.me", "pm.me": "proton.me",
}

// openMail are the services where anybody gets a box at once. A domain beside
// them that is known from one network alone is that of an organisation.
var openMail = map[string]bool{
	"gmail.com": true, "ukr.net": true, "i.ua": true, "meta.ua": true, "mail.ru": true, "yandex.com": true, "outlook.com": true,
	"icloud.com": true, "yahoo.com": true, "bigmir.net": true, "email.ua": true, "ua.fm": true, "online.ua": true, "proton.me": true,
	"rambler.ru": true, "gmx.net": true, "gmx.com": true, "mail.com": true, "zoho.com": true, "tutanota.com": true,
}

// shortMail are services of boxes for ten minutes: the well-known ones; the
// desk names others by the rule of domains.
var shortMail = map[string]bool{
	"10minutemail.com": true, "10minutemail.net": true, "20minutemail.com": true, "33mail.com": true, "anonbox.net": true, "dispostable.com": true,
	"dropmail.me": true, "emailondeck.com": true, "fakeinbox.com": true, "getairmail.com": true, "getnada.com": true, "guerrillamail.com": true,
	"guerrillamail.info": true, "guerrillamail.net": true, "guerrillamail.org": true, "guerrillamailblock.com": true, "inboxkitten.com": true,
	"mail-temp.com": true, "mail.tm": true, "mailcatch.com": true, "maildrop.cc": true, "mailinator.com": true, "mailnesia.com": true, "mailsac.com": true,
	"minuteinbox.com": true, "mintemail.com": true, "moakt.com": true, "mohmal.com": true, "mytemp.email": true, "sharklasers.com": true,
	"spam4.me": true, "spamgourmet.com": true, "temp-mail.io": true, "temp-mail.org": true, "tempmail.com": true, "tempmail.net": true,
	"tempmailo.com": true, "throwawaymail.com": true, "trashmail.com": true, "trashmail.de": true, "yopmail.com": true, "yopmail.fr": true, "yopmail.net": true,
}

func mailService(domain string) string {
	if s, ok := sameService[domain]; ok {
		return s
	}
	return domain
}

// Shares are the shares of mail services where nothing is suspected: among the
// signatories of other petitions. Nil when the portal knows too few of them.
type Shares map[string]float64

// The bounds of the clues, which no page changes: they were set on the patterns
// of the known frauds and on honest crowds, see guard_test.go.
const (
	aloneMost  = 2  // signatures of an address whose people come alone
	crowdFrom  = 6  // signatures of an address, from which it is a crowd: the least of Kyiv's 160 addresses of 2016
	netFrom    = 12 // the same for a network in which one mail service crowds
	rhythmLen  = 10 // signatures in a row
	rhythmVary = 0.25
	waveFrom   = 10 // signatures of a service in an hour
	seriesSpan = 24 * time.Hour
	twinsSpan  = 48 * time.Hour
	twinsMost  = 20 // from a larger crowd behind one address two namesakes may come: there the shorter span holds
	twinsClose = time.Hour
	guilty     = 0.6 // share of an address's signatures that have the clues, from which one clue less is enough for the others
)

// analysis is one look at all signatures of a petition.
type analysis struct {
	list    []Trace // in the order of time
	byIP    map[uint64][]int
	byNet   map[uint64][]int
	usual   Shares // as it is where nothing crowds
	floor   float64
	clues   []Clue
	pressed int // milliseconds of ClueQuick
	own     map[string]bool
}

// analyse looks at the signatures. elsewhere may be nil.
func analyse(list []Trace, elsewhere Shares, millis int) *analysis {
	slices.SortFunc(list, func(x, y Trace) int { return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.ID, y.ID)) })
	a := &analysis{list: list, byIP: map[uint64][]int{}, byNet: map[uint64][]int{}, clues: make([]Clue, len(list)), pressed: millis, own: map[string]bool{}}
	for i, t := range list {
		if t.IP != 0 {
			a.byIP[t.IP] = append(a.byIP[t.IP], i)
		}
		if t.Net != 0 {
			a.byNet[t.Net] = append(a.byNet[t.Net], i)
		}
	}
	a.organisations()
	a.background(elsewhere)
	a.each()
	a.crowds()
	a.waves()
	a.series()
	return a
}

// organisations finds domains that are no public service and are known from
// one network: a school signs from its own address by its own mail.
func (a *analysis) organisations() {
	total, nets := map[string]int{}, map[string]map[uint64]int{}
	for _, t := range a.list {
		d := mailService(t.Domain)
		if openMail[d] || shortMail[d] {
			continue
		}
		total[d]++
		if nets[d] == nil {
			nets[d] = map[uint64]int{}
		}
		nets[d][t.Net]++
	}
	for d, n := range total {
		for net, k := range nets[d] {
			if net != 0 && float64(k) >= 0.8*float64(n) {
				a.own[d] = true
			}
		}
	}
}

// background counts the shares of mail services among people who come alone:
// from addresses with no more than two signatures. No hour weighs more than the
// middle one does, so that a wave does not excuse itself.
func (a *analysis) background(elsewhere Shares) {
	if elsewhere != nil {
		a.usual, a.floor = elsewhere, 0.001
		return
	}
	var alone []int
	for i, t := range a.list {
		if !t.Swept && (t.IP == 0 || len(a.byIP[t.IP]) <= aloneMost) {
			alone = append(alone, i)
		}
	}
	if len(alone) < 50 { // too few come alone: everybody is the background
		alone = alone[:0]
		for i := range a.list {
			alone = append(alone, i)
		}
	}
	a.usual, a.floor = Shares{}, max(1/float64(len(alone)+50), 0.002)
	hours := a.hours(alone)
	var sizes []int
	for _, h := range hours {
		sizes = append(sizes, len(h.idx))
	}
	slices.Sort(sizes)
	var all float64
	for _, h := range hours {
		weight := min(1, float64(sizes[len(sizes)/2])/float64(len(h.idx)))
		for d, k := range h.of {
			a.usual[d] += weight * float64(k)
			all += weight * float64(k)
		}
	}
	for d := range a.usual {
		a.usual[d] /= all
	}
}

func (a *analysis) share(d string) float64 { return max(a.usual[d], a.floor) }

// guardHour is what came within an hour.
type guardHour struct {
	at  time.Time
	idx []int
	of  map[string]int
}

// hours cuts signatures, given by their positions, into hours.
func (a *analysis) hours(idx []int) []guardHour {
	var out []guardHour
	for _, i := range idx {
		t := a.list[i]
		at := t.At.Truncate(time.Hour)
		if len(out) == 0 || !out[len(out)-1].at.Equal(at) {
			out = append(out, guardHour{at: at, of: map[string]int{}})
		}
		h := &out[len(out)-1]
		h.idx = append(h.idx, i)
		h.of[mailService(t.Domain)]++
	}
	return out
}

// beyond reports whether k of n is far more than the usual share: times as much
// at least, and z standard deviations of chance above it.
func beyond(k, n int, usual, times, z float64) bool {
	mean := float64(n) * usual
	if float64(k) < times*mean {
		return false
	}
	return float64(k)-mean >= z*math.Sqrt(max(mean*(1-usual), 0.25))
}

// each sets the clues that a signature bears by itself.
func (a *analysis) each() {
	for i, t := range a.list {
		if capitals(t.Name) {
			a.clues[i] |= ClueCaps
		}
		if t.Took >= 0 && t.Took < a.pressed {
			a.clues[i] |= ClueQuick
		}
		if shortMail[t.Domain] {
			a.clues[i] |= ClueDisposable
		}
	}
}

// crowds looks at what comes from one address, or one network.
func (a *analysis) crowds() {
	for _, idx := range a.byIP {
		if len(idx) < crowdFrom {
			continue
		}
		for _, i := range idx {
			a.clues[i] |= ClueAddress
		}
		for _, i := range a.concentrated(idx) {
			a.clues[i] |= ClueService
		}
		for _, i := range a.regular(idx) {
			a.clues[i] |= ClueRhythm
		}
	}
	for _, idx := range a.byNet {
		if len(idx) < netFrom {
			continue
		}
		// A network as such is no crowd: a provider has thousands in it. The part of
		// it that one mail service crowds in is.
		for _, i := range a.concentrated(idx) {
			a.clues[i] |= ClueService | ClueAddress
		}
	}
}

// concentrated gives those of the group whose mail service has far more of it
// than usual.
func (a *analysis) concentrated(idx []int) []int {
	n := map[string]int{}
	for _, i := range idx {
		n[mailService(a.list[i].Domain)]++
	}
	hot := map[string]bool{}
	for d, k := range n {
		if a.own[d] {
			continue
		}
		usual := a.share(d)
		if k >= 4 && float64(k) >= 0.4*float64(len(idx)) && beyond(k, len(idx), usual, 3, 4) ||
			k >= 8 && beyond(k, len(idx), usual, 3, 6) {
			hot[d] = true
		}
	}
	if len(hot) == 0 {
		return nil
	}
	var out []int
	for _, i := range idx {
		if hot[mailService(a.list[i].Domain)] {
			out = append(out, i)
		}
	}
	return out
}

// regular gives those of the group that came at regular intervals. Between
// people who do not know of each other the intervals vary as much as they last.
func (a *analysis) regular(idx []int) []int {
	if len(idx) < rhythmLen {
		return nil
	}
	mark := make([]bool, len(idx))
	for from := 0; from+rhythmLen <= len(idx); from++ {
		var sum, squares float64
		for k := from + 1; k < from+rhythmLen; k++ {
			d := a.list[idx[k]].At.Sub(a.list[idx[k-1]].At).Seconds()
			sum += d
			squares += d * d
		}
		mean := sum / (rhythmLen - 1)
		if mean <= 0 || mean > 3600 {
			continue
		}
		if math.Sqrt(max(squares/(rhythmLen-1)-mean*mean, 0))/mean < rhythmVary {
			for k := from; k < from+rhythmLen; k++ {
				mark[k] = true
			}
		}
	}
	var out []int
	for k, yes := range mark {
		if yes {
			out = append(out, idx[k])
		}
	}
	return out
}

// waves looks at hours in which one mail service has far more than usual.
func (a *analysis) waves() {
	all := make([]int, len(a.list))
	for i := range all {
		all[i] = i
	}
	for _, h := range a.hours(all) {
		for d, k := range h.of {
			if k < waveFrom || a.own[d] || !beyond(k, len(h.idx), a.share(d), 4, 6) {
				continue
			}
			for _, i := range h.idx {
				if mailService(a.list[i].Domain) == d {
					a.clues[i] |= ClueService
				}
			}
		}
	}
}

func (a *analysis) series() {
	for _, i := range a.seriesOf(usualSeries) {
		a.clues[i] |= ClueSeries
	}
}

// seriesOf gives the signatures of which so many share a stem within a day.
func (a *analysis) seriesOf(most int) []int {
	stems := map[uint64][]int{}
	for i, t := range a.list {
		if t.Stem != 0 {
			stems[t.Stem] = append(stems[t.Stem], i)
		}
	}
	var out []int
	for _, idx := range stems {
		out = append(out, a.within(idx, most, seriesSpan)...)
	}
	return out
}

// within gives those of the group around which so many came within the span.
func (a *analysis) within(idx []int, n int, span time.Duration) []int {
	if len(idx) < n {
		return nil
	}
	mark := make([]bool, len(idx))
	for from := 0; from+n <= len(idx); from++ {
		if a.list[idx[from+n-1]].At.Sub(a.list[idx[from]].At) <= span {
			for k := from; k < from+n; k++ {
				mark[k] = true
			}
		}
	}
	var out []int
	for k, yes := range mark {
		if yes {
			out = append(out, idx[k])
		}
	}
	return out
}

// capitals reports whether a name is written in capitals: two words at least,
// of two letters at least.
func capitals(name string) bool {
	words := 0
	for w := range strings.FieldsSeq(name) {
		letters := 0
		for _, r := range w {
			if !unicode.IsLetter(r) {
				continue
			}
			if !unicode.IsUpper(r) {
				return false
			}
			letters++
		}
		if letters >= 2 {
			words++
		}
	}
	return words >= 2
}

// nameKey makes spellings of one name equal.
func nameKey(name string) string {
	f := func(r rune) rune {
		switch {
		case r == '’' || r == 'ʼ' || r == '`' || r == '\'':
			return '\''
		case unicode.IsSpace(r):
			return ' '
		}
		return unicode.ToLower(r)
	}
	return strings.Join(strings.Fields(strings.Map(f, name)), " ")
}

// find gives the positions of what the rule chooses, in the order of time.
// Signatures that were taken out already are never among them.
func (a *analysis) find(r Rule, p Params) []int {
	p = p.Usual(r)
	chosen := map[int]bool{}
	take := func(idx []int) {
		for _, i := range idx {
			chosen[i] = true
		}
	}
	having := func(c Clue) {
		for i := range a.list {
			if a.clues[i]&c != 0 {
				chosen[i] = true
			}
		}
	}
	switch r {
	case RuleSigns:
		take(a.signs(p.Clues))
	case RuleTwins:
		take(a.twins())
	case RuleAddress:
		take(crowded(a.byIP, p.Most))
	case RuleNetwork:
		take(crowded(a.byNet, p.Most))
	case RulePace:
		for _, idx := range a.byIP {
			take(a.within(idx, p.Most+1, time.Duration(p.Seconds)*time.Second))
		}
	case RuleDomain:
		for i, t := range a.list {
			if slices.Contains(p.Domains, t.Domain) {
				chosen[i] = true
			}
		}
	case RuleWave:
		having(ClueService)
	case RuleQuick:
		for i, t := range a.list {
			if t.Took >= 0 && t.Took < p.Millis {
				chosen[i] = true
			}
		}
	case RuleCaps:
		having(ClueCaps)
	case RuleRhythm:
		having(ClueRhythm)
	case RuleSeries:
		take(a.seriesOf(p.Most))
	case RuleDisposable:
		having(ClueDisposable)
	}
	also := map[int]bool{}
	if p.Also != "" {
		for _, i := range a.find(p.Also, Params{}) {
			also[i] = true
		}
	}
	out := slices.Sorted(maps.Keys(chosen))
	return slices.DeleteFunc(out, func(i int) bool {
		t := a.list[i]
		return t.Swept || t.Strong && r.Sure() || p.Also != "" && !also[i] || p.From != nil && t.At.Before(*p.From) || p.Until != nil && !t.At.Before(*p.Until)
	})
}

func crowded(groups map[uint64][]int, most int) (out []int) {
	for _, idx := range groups {
		if len(idx) > most {
			out = append(out, idx...)
		}
	}
	return out
}

// signs gives the signatures with so many clues, and at an address that has
// mostly such ones also those with one clue less.
func (a *analysis) signs(n int) (out []int) {
	full := func(i int) bool { return a.clues[i].count() >= n }
	for i := range a.list {
		if full(i) {
			out = append(out, i)
		}
	}
	for _, idx := range a.byIP {
		k := 0
		for _, i := range idx {
			if full(i) {
				k++
			}
		}
		if len(idx) < crowdFrom || float64(k) < guilty*float64(len(idx)) {
			continue
		}
		for _, i := range idx {
			if a.clues[i].count() == n-1 {
				out = append(out, i)
			}
		}
	}
	return out
}

// twins gives every further signature of the same name from the same address
// within two days, within an hour where a crowd is behind the address; the first
// of them stands.
func (a *analysis) twins() (out []int) {
	for _, idx := range a.byIP {
		span := twinsSpan
		if len(idx) > twinsMost {
			span = twinsClose
		}
		last := map[string]time.Time{}
		for _, i := range idx {
			k := nameKey(a.list[i].Name)
			if at, ok := last[k]; ok && a.list[i].At.Sub(at) <= span {
				out = append(out, i)
			}
			last[k] = a.list[i].At
		}
	}
	return out
}
