package petitions

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/jobs/kind"
)

// SweepState is how far a look for forged signatures went.
type SweepState string

// The states of a sweep.
const (
	SweepTried  SweepState = "tried"  // it was looked what the rule finds; nothing has changed
	SweepRun    SweepState = "run"    // the signatures do not count
	SweepUndone SweepState = "undone" // they count again

	SweepDropped SweepState = "dropped" // what the guard found, and a person holds for honest
)

// Sweep is one look for forged signatures («перевірка підписів»).
type Sweep struct {
	ID         int64
	PetitionID int64
	Rule       Rule
	Params     Params `gorm:"serializer:json"`
	State      SweepState
	Found      int // signatures; of one that was run: those that were taken out
	Back       int `gorm:"-"` // of one that was undone, in the public log: those that count again
	Note       string
	ActorID    *int64 // nil: the guard found it by itself
	ActorName  string
	CreatedAt  time.Time
	RunAt      *time.Time
	UndoneAt   *time.Time
	Version    int
}

// TableName names the table.
func (Sweep) TableName() string { return "petition_sweeps" }

// The moves of the desk. The state stays: the counter makes what follows of the
// number (count.go). A review that was announced is not taken back by a
// recount, so nothing is swept then; what was swept wrongly may come back even
// in a review, and after a gathering that had not enough: then it is weighed anew.
var (
	moveSweep   = Move{"sweep", []State{Supporting, Checking, Gathering, Reached}, "", authz.PetitionGuard, signNorm}
	moveRestore = Move{"restore", []State{Supporting, Checking, Gathering, NotEnough, Reached, Reviewing}, "", authz.PetitionGuard, signNorm}
	moveGuard   = Move{"guard", moveSweep.From, "", authz.JobRun, signNorm} // the same by the guard itself
)

// Sweepable reports whether signatures may be taken out in the state.
func (s State) Sweepable() bool { return moveSweep.Allows(s) }

// Restorable reports whether what was taken out may come back in the state.
func (s State) Restorable() bool { return moveRestore.Allows(s) }

// trialFor is how long a trial may be run: after that it is looked anew.
const trialFor = 24 * time.Hour

// Suspect is one signature as the desk sees it.
type Suspect struct {
	ID      int64
	Name    string
	At      time.Time
	Domain  string
	Address string // a short sign that two signatures came from one address; never the address
	Network string
	Took    time.Duration // 0: not told
	Clues   Clue
}

// Group is a part of what was found that has something in common.
type Group struct {
	Label  string // of an address or a network: the short sign; of a mail service: its domain
	Found  int    // in what the rule found
	All    int    // of all signatures
	Expect int    // percent: usual share of a mail service; 0 for addresses
}

// Finding is what a rule finds.
type Finding struct {
	Rule      Rule
	Params    Params
	Found     int
	Of        int // standing signatures
	Sample    []Suspect
	Addresses []Group // those with the most, and how many there are
	Networks  int
	AllIPs    int
	Services  []Group
	Clues     map[string]int
	First     time.Time
	Last      time.Time

	ids []int64
}

// sampleMost is how many signatures a finding shows.
const sampleMost = 24

// Interval is what came within a while.
type Interval struct {
	At    time.Time
	Calm  int // standing signatures that RuleSigns does not choose
	Odd   int // those that it does
	Swept int // taken out already
}

// Crowd is an address, or a mail service, with what is to be seen of it.
type Crowd struct {
	Label   string
	N       int
	Odd     int
	Swept   int
	Caps    int // percent
	Quick   int // percent
	Service string
	Share   int // percent of the mail service that has the most there; of a service: its share of the petition
	Expect  int // percent that is usual
	Own     bool
}

// Desk is the page of one petition's signatures.
type Desk struct {
	Petition  Petition
	Standing  int
	Swept     int
	Sweepable bool
	Step      time.Duration // of the intervals
	Intervals []Interval
	Addresses []Crowd
	Services  []Crowd
	Rules     []Finding // with the usual params, without samples
	Sweeps    []Sweep   // the newest first
	Elsewhere bool      // the usual shares are those of other petitions
	Auto      bool      // the guard may sweep by itself
}

// guarded reads a petition for the desk.
func (s *Service) guarded(ctx context.Context, who authz.Actor, number int64) (*Petition, error) {
	if !who.Can(authz.PetitionGuard) {
		return nil, errs.NotFound()
	}
	var p Petition
	err := s.db.Read(ctx).Omit("search").Where("number = ?", number).Take(&p).Error
	if db.IsNotFound(err) {
		return nil, errs.NotFound()
	}
	if err != nil {
		return nil, err
	}
	return &p, p.Permit(who, authz.PetitionGuard)
}

// traces reads the signatures of a petition that stand or were taken out, one of each
// signatory: who takes back what was taken out and signs anew, again and again, makes
// no crowd of himself that speaks against his neighbours.
func (s *Service) traces(ctx context.Context, petitionID int64) ([]Trace, error) {
	rows, err := s.db.ReadPool().Query(ctx, `
		SELECT id, name, at, domain, net, ip, stem, coalesce(took, -1), sweep_id IS NOT NULL, tier = 2 FROM petition_signatures t
		 WHERE petition_id = $1 AND (withdrawn_at IS NULL OR sweep_id IS NOT NULL
		   AND NOT EXISTS (SELECT FROM petition_signatures l WHERE l.petition_id = $1 AND l.signer = t.signer AND l.withdrawn_at IS NULL)
		   AND NOT EXISTS (SELECT FROM petition_signatures l WHERE l.petition_id = $1 AND l.signer = t.signer AND l.withdrawn_at IS NOT NULL AND l.sweep_id IS NOT NULL AND l.id > t.id))
		 ORDER BY id`, petitionID)
	if err != nil {
		return nil, err
	}
	var out []Trace
	var t Trace
	var net, ip, stem []byte
	_, err = pgx.ForEachRow(rows, []any{&t.ID, &t.Name, &t.At, &t.Domain, &net, &ip, &stem, &t.Took, &t.Swept, &t.Strong}, func() error {
		t.Net, t.IP, t.Stem = short(net), short(ip), short(stem)
		out = append(out, t)
		return nil
	})
	return out, err
}

// short makes a number of the first bytes of a hash; 0 of none.
func short(b []byte) uint64 {
	if len(b) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// sharesFrom is how many signatures of other petitions tell what is usual.
const sharesFrom = 500

// sharesElsewhere counts mail services among standing signatures of other
// petitions of the last two years, of people who come alone there, as background
// does: a forgery that nobody has taken out yet must not make its mail service
// usual. Nil when there are too few.
func (s *Service) sharesElsewhere(ctx context.Context, petitionID int64) (Shares, error) {
	rows, err := s.db.ReadPool().Query(ctx, `
		SELECT domain, count(*) FROM (
		  SELECT domain, ip, count(*) OVER (PARTITION BY petition_id, ip) AS n FROM (
		    SELECT g.petition_id, g.domain, g.ip FROM petitions p JOIN petition_signatures g ON g.petition_id = p.id
		     WHERE p.id <> $1 AND p.created_at > $2 AND g.withdrawn_at IS NULL AND g.sweep_id IS NULL LIMIT 200000) g) t
		 WHERE n <= $3 OR ip = '' GROUP BY 1`,
		petitionID, s.clock.Now().AddDate(-2, 0, 0), aloneMost)
	if err != nil {
		return nil, err
	}
	n, all := map[string]int{}, 0
	var domain string
	var k int
	if _, err = pgx.ForEachRow(rows, []any{&domain, &k}, func() error {
		n[mailService(domain)] += k
		all += k
		return nil
	}); err != nil || all < sharesFrom {
		return nil, err
	}
	out := Shares{}
	for d, k := range n {
		out[d] = float64(k) / float64(all)
	}
	return out, nil
}

func (s *Service) analysis(ctx context.Context, petitionID int64, millis int) (*analysis, bool, error) {
	list, err := s.traces(ctx, petitionID)
	if err != nil {
		return nil, false, err
	}
	elsewhere, err := s.sharesElsewhere(ctx, petitionID)
	if err != nil {
		return nil, false, err
	}
	return analyse(list, elsewhere, millis), elsewhere != nil, nil
}

// Guarding shows the desk of one petition. Errors: errs.NotFound for who has no
// business there, errs.Forbidden for the petition's own author.
func (s *Service) Guarding(ctx context.Context, who authz.Actor, number int64) (*Desk, error) {
	p, err := s.guarded(ctx, who, number)
	if err != nil {
		return nil, err
	}
	a, elsewhere, err := s.analysis(ctx, p.ID, usualMillis)
	if err != nil {
		return nil, err
	}
	w, err := s.Switches(ctx)
	if err != nil {
		return nil, err
	}
	d := &Desk{Petition: *p, Sweepable: p.State.Sweepable(), Elsewhere: elsewhere, Auto: w[SwitchGuard].On()}
	if err := s.db.Read(ctx).Omit("ids").Where("petition_id = ?", p.ID).Order("id DESC").Limit(200).Find(&d.Sweeps).Error; err != nil {
		return nil, err
	}
	odd := map[int]bool{}
	for _, r := range Rules {
		if r == RuleDomain {
			continue // it needs a name
		}
		idx := a.find(r, Params{})
		if r == RuleSigns {
			for _, i := range idx {
				odd[i] = true
			}
		}
		d.Rules = append(d.Rules, Finding{Rule: r, Params: Params{}.Usual(r), Found: len(idx)})
	}
	for _, t := range a.list {
		if t.Swept {
			d.Swept++
		} else {
			d.Standing++
		}
	}
	for i := range d.Rules {
		d.Rules[i].Of = d.Standing
	}
	d.Step, d.Intervals = a.intervals(odd)
	d.Addresses, d.Services = a.crowdsOf(odd)
	return d, nil
}

// intervals cuts the time of the signatures into no more than intervalsMost
// parts of a plain length.
func (a *analysis) intervals(odd map[int]bool) (time.Duration, []Interval) {
	const intervalsMost = 60
	if len(a.list) == 0 {
		return time.Hour, nil
	}
	first, last := a.list[0].At, a.list[len(a.list)-1].At
	// Parts begin with the hours and the days of the city's clock.
	_, east := first.In(i18n.Kyiv).Zone()
	shift := time.Duration(east) * time.Second
	step, begin := time.Minute, first
	for _, one := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour} {
		step, begin = one, first.Add(shift).Truncate(one).Add(-shift)
		if last.Sub(begin)/one < intervalsMost {
			break
		}
	}
	out := make([]Interval, min(int(last.Sub(begin)/step), 10*intervalsMost)+1)
	for i := range out {
		out[i].At = begin.Add(time.Duration(i) * step)
	}
	for i, t := range a.list {
		v := &out[min(int(t.At.Sub(begin)/step), len(out)-1)]
		switch {
		case t.Swept:
			v.Swept++
		case odd[i]:
			v.Odd++
		default:
			v.Calm++
		}
	}
	return step, out
}

const crowdsMost = 8

// crowdsOf lists the addresses and the mail services with the most signatures.
func (a *analysis) crowdsOf(odd map[int]bool) (addresses, mails []Crowd) {
	tell := func(label string, idx []int) Crowd {
		c := Crowd{Label: label, N: len(idx)}
		caps, quick, of := 0, 0, map[string]int{}
		for _, i := range idx {
			if odd[i] {
				c.Odd++
			}
			if a.list[i].Swept {
				c.Swept++
			}
			if a.clues[i]&ClueCaps != 0 {
				caps++
			}
			if a.clues[i]&ClueQuick != 0 {
				quick++
			}
			of[mailService(a.list[i].Domain)]++
		}
		for d, k := range of {
			if k > of[c.Service] || k == of[c.Service] && d < c.Service {
				c.Service = d
			}
		}
		c.Caps, c.Quick, c.Share = percent(caps, len(idx)), percent(quick, len(idx)), percent(of[c.Service], len(idx))
		c.Expect, c.Own = int(100*a.usual[c.Service]+.5), a.own[c.Service]
		return c
	}
	for ip, idx := range a.byIP {
		if len(idx) >= crowdFrom {
			addresses = append(addresses, tell(sign(ip), idx))
		}
	}
	by := map[string][]int{}
	for i, t := range a.list {
		by[mailService(t.Domain)] = append(by[mailService(t.Domain)], i)
	}
	for d, idx := range by {
		c := tell(d, idx)
		c.Share = percent(len(idx), len(a.list))
		mails = append(mails, c)
	}
	most := func(list []Crowd) []Crowd {
		slices.SortFunc(list, func(x, y Crowd) int {
			return compareAll(y.Odd-x.Odd, y.N-x.N, strings.Compare(x.Label, y.Label))
		})
		return list[:min(len(list), crowdsMost)]
	}
	return most(addresses), most(mails)
}

func compareAll(list ...int) int {
	for _, n := range list {
		if n != 0 {
			return n
		}
	}
	return 0
}

func percent(k, n int) int {
	if n == 0 {
		return 0
	}
	return (200*k + n) / (2 * n)
}

// sign is the short sign of an address on the desk.
func sign(v uint64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%06X", v>>40)
}

// finding tells what the rule finds, with a sample.
func (a *analysis) finding(r Rule, p Params) Finding {
	p = p.Usual(r)
	return a.describe(r, p, a.find(r, p))
}

// describe tells of the signatures at these positions.
func (a *analysis) describe(r Rule, p Params, idx []int) Finding {
	f := Finding{Rule: r, Params: p, Found: len(idx), Clues: map[string]int{}}
	ips, nets, mails, all := map[uint64]int{}, map[uint64]int{}, map[string]int{}, map[string]int{}
	for _, t := range a.list {
		if !t.Swept {
			f.Of++
		}
		all[mailService(t.Domain)]++
	}
	for n, i := range idx {
		t := a.list[i]
		f.ids = append(f.ids, t.ID)
		if t.IP != 0 {
			ips[t.IP]++
		}
		if t.Net != 0 {
			nets[t.Net]++
		}
		mails[mailService(t.Domain)]++
		for _, c := range a.clues[i].Names() {
			f.Clues[c]++
		}
		if n == 0 {
			f.First = t.At
		}
		f.Last = t.At
	}
	f.AllIPs, f.Networks = len(ips), len(nets)
	for ip, n := range ips {
		f.Addresses = append(f.Addresses, Group{Label: sign(ip), Found: n, All: len(a.byIP[ip])})
	}
	for d, n := range mails {
		f.Services = append(f.Services, Group{Label: d, Found: n, All: all[d], Expect: int(100*a.usual[d] + .5)})
	}
	for _, g := range []*[]Group{&f.Addresses, &f.Services} {
		slices.SortFunc(*g, func(x, y Group) int { return compareAll(y.Found-x.Found, strings.Compare(x.Label, y.Label)) })
		*g = (*g)[:min(len(*g), crowdsMost)]
	}
	for k := range min(len(idx), sampleMost) { // evenly over the whole
		i := idx[k*len(idx)/min(len(idx), sampleMost)]
		t := a.list[i]
		f.Sample = append(f.Sample, Suspect{
			ID: t.ID, Name: t.Name, At: t.At, Domain: t.Domain, Address: sign(t.IP), Network: sign(t.Net),
			Took: time.Duration(max(t.Took, 0)) * time.Millisecond, Clues: a.clues[i],
		})
	}
	return f
}

// Suspects tells what a rule finds, and keeps nothing. Errors: errs.Invalid with
// fields; else those of Guarding.
func (s *Service) Suspects(ctx context.Context, who authz.Actor, number int64, r Rule, params Params) (*Petition, Finding, error) {
	p, err := s.guarded(ctx, who, number)
	if err != nil {
		return nil, Finding{}, err
	}
	params = params.Usual(r)
	if err := params.Validate(r); err != nil {
		return nil, Finding{}, err
	}
	a, _, err := s.analysis(ctx, p.ID, millisOf(params))
	if err != nil {
		return nil, Finding{}, err
	}
	return p, a.finding(r, params), nil
}

func millisOf(p Params) int {
	if p.Millis == 0 {
		return usualMillis
	}
	return p.Millis
}

// Try looks what a rule finds, and keeps the answer to be run: nothing but the
// signatures that were found will be taken out, whatever is signed meanwhile.
// Errors: those of Suspects; errs.Conflict for a petition whose signatures are
// not taken out any more.
func (s *Service) Try(ctx context.Context, who authz.Actor, number int64, r Rule, params Params, note string) (id int64, f Finding, err error) {
	if len([]rune(note)) > 1000 {
		return 0, f, errs.Fields().With("note", "petitionguard.err.long", "max", 1000)
	}
	_, f, err = s.Suspects(ctx, who, number, r, params)
	if err != nil {
		return 0, f, err
	}
	err = s.db.Write(ctx, who, authz.PetitionGuard, func(tx *db.Tx) error {
		p, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		if !p.State.Sweepable() {
			return errs.Conflict("petitionguard.err.state")
		}
		id, err = keepTrial(tx, p.ID, f, strings.TrimSpace(note))
		return err
	})
	return id, f, err
}

func keepTrial(tx *db.Tx, petitionID int64, f Finding, note string) (id int64, err error) {
	params, err := json.Marshal(f.Params)
	if err != nil {
		return 0, err
	}
	var actor *int64
	if tx.Actor.ID != 0 {
		actor = &tx.Actor.ID
	}
	err = tx.Pgx().QueryRow(tx.Statement.Context, `
		INSERT INTO petition_sweeps (petition_id, rule, params, state, found, ids, note, actor_id, actor_name, created_at)
		VALUES ($1, $2, $3, 'tried', $4, $5, $6, $7, $8, $9) RETURNING id`,
		petitionID, string(f.Rule), params, f.Found, nonNil(f.ids), note, actor, tx.Actor.Name, tx.Now).Scan(&id)
	return id, err
}

func nonNil(ids []int64) []int64 {
	if ids == nil {
		return []int64{}
	}
	return ids
}

// lockSweep reads a sweep of the petition for a change.
func lockSweep(tx *db.Tx, p *Petition, id int64) (w Sweep, ids []int64, err error) {
	var params []byte
	err = tx.Pgx().QueryRow(tx.Statement.Context, `
		SELECT id, petition_id, rule, params, state, found, note, actor_id, actor_name, created_at, run_at, undone_at, version, ids
		  FROM petition_sweeps WHERE id = $1 AND petition_id = $2 FOR UPDATE`, id, p.ID).
		Scan(&w.ID, &w.PetitionID, &w.Rule, &params, &w.State, &w.Found, &w.Note, &w.ActorID, &w.ActorName, &w.CreatedAt, &w.RunAt, &w.UndoneAt, &w.Version, &ids)
	if db.IsNotFound(err) {
		return w, nil, errs.NotFound()
	}
	if err == nil {
		err = json.Unmarshal(params, &w.Params)
	}
	return w, ids, err
}

// RunSweep takes the signatures of a trial out: they count no more and are not
// in the public list, and nothing tells their signatories so. The public
// timeline says how many went by which rule. n is how many did: those that were
// taken back meanwhile are not among them. Errors: errs.NotFound,
// errs.Forbidden, errs.Conflict for a trial that is old, was run already, or
// finds nothing any more.
func (s *Service) RunSweep(ctx context.Context, who authz.Actor, number, sweep int64) (n int, err error) {
	err = s.change(ctx, who, number, 0, moveSweep, func(tx *db.Tx, p *Petition) (Event, error) {
		e, k, err := sweepOut(tx, p, sweep)
		n = k
		return e, err
	})
	if err != nil {
		return 0, err
	}
	s.countSoon(ctx)
	return n, nil
}

func sweepOut(tx *db.Tx, p *Petition, sweep int64) (Event, int, error) {
	ctx := tx.Statement.Context
	w, ids, err := lockSweep(tx, p, sweep)
	if err != nil {
		return Event{}, 0, err
	}
	if w.State != SweepTried {
		return Event{}, 0, errs.Conflict("petitionguard.err.done")
	}
	if tx.Now.Sub(w.CreatedAt) > trialFor {
		return Event{}, 0, errs.Conflict("petitionguard.err.old")
	}
	tag, err := tx.Pgx().Exec(ctx, `UPDATE petition_signatures SET sweep_id = $1
		WHERE petition_id = $2 AND id = ANY ($3) AND sweep_id IS NULL AND withdrawn_at IS NULL`, w.ID, p.ID, ids)
	if err != nil {
		return Event{}, 0, err
	}
	n := int(tag.RowsAffected())
	if n == 0 {
		return Event{}, 0, errs.Conflict("petitionguard.err.nothing")
	}
	_, err = tx.Pgx().Exec(ctx, "UPDATE petition_sweeps SET state = 'run', run_at = $2, found = $3, ids = '{}', version = version + 1 WHERE id = $1", w.ID, tx.Now, n)
	return Event{Kind: "sweep_run", Public: true, Data: map[string]any{"n": n, "rule": string(w.Rule), "sweep": w.ID}}, n, err
}

// UndoSweep lets the signatures of a sweep count again. Those that their
// signatories took back meanwhile stay taken back; n is how many stand. Errors: errs.NotFound,
// errs.Forbidden, errs.Conflict.
func (s *Service) UndoSweep(ctx context.Context, who authz.Actor, number, sweep int64) (n int, err error) {
	err = s.change(ctx, who, number, 0, moveRestore, func(tx *db.Tx, p *Petition) (Event, error) {
		w, _, err := lockSweep(tx, p, sweep)
		if err != nil {
			return Event{}, err
		}
		if w.State != SweepRun {
			return Event{}, errs.Conflict("petitionguard.err.done")
		}
		rows, err := tx.Pgx().Query(ctx, "UPDATE petition_signatures SET sweep_id = NULL WHERE sweep_id = $1 AND petition_id = $2 RETURNING id, withdrawn_at IS NULL", w.ID, p.ID)
		if err != nil {
			return Event{}, err
		}
		n = 0
		var ids []int64
		var id int64
		var stands bool
		if _, err := pgx.ForEachRow(rows, []any{&id, &stands}, func() error {
			if ids = append(ids, id); stands {
				n++
			}
			return nil
		}); err != nil {
			return Event{}, err
		}
		_, err = tx.Pgx().Exec(ctx, "UPDATE petition_sweeps SET state = 'undone', undone_at = $2, ids = $3, version = version + 1 WHERE id = $1", w.ID, tx.Now, nonNil(ids))
		return Event{Kind: "sweep_undone", Public: true, Data: map[string]any{"n": n, "rule": string(w.Rule), "sweep": w.ID}}, err
	})
	if err != nil {
		return 0, err
	}
	s.countSoon(ctx)
	return n, nil
}

// DropTrial takes a trial away that nobody means to run. Of what the guard found
// it stays known that a person held it for honest: the guard does not come back
// to those signatures.
func (s *Service) DropTrial(ctx context.Context, who authz.Actor, number, sweep int64) error {
	return s.db.Write(ctx, who, authz.PetitionGuard, func(tx *db.Tx) error {
		p, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		w, _, err := lockSweep(tx, p, sweep)
		if err != nil {
			return err
		}
		if w.State != SweepTried {
			return errs.Conflict("petitionguard.err.done")
		}
		if w.ActorID != nil {
			return tx.Where("id = ? AND state = 'tried'", w.ID).Delete(&Sweep{}).Error
		}
		_, err = tx.Pgx().Exec(ctx, "UPDATE petition_sweeps SET state = 'dropped', undone_at = $2, actor_id = $3, actor_name = $4, version = version + 1 WHERE id = $1",
			w.ID, tx.Now, tx.Actor.ID, tx.Actor.Name)
		return err
	})
}

// Trial shows a kept trial: what its rule found then. The sample is of the
// signatures that were found, as they stand now; of a sweep that was run or
// undone, those that it took out.
func (s *Service) Trial(ctx context.Context, who authz.Actor, number, sweep int64) (*Petition, Sweep, Finding, error) {
	p, err := s.guarded(ctx, who, number)
	if err != nil {
		return nil, Sweep{}, Finding{}, err
	}
	var w Sweep
	err = s.db.Read(ctx).Omit("ids").Where("id = ? AND petition_id = ?", sweep, p.ID).Take(&w).Error
	if db.IsNotFound(err) {
		return nil, w, Finding{}, errs.NotFound()
	}
	if err != nil {
		return nil, w, Finding{}, err
	}
	var ids []int64
	sql := "SELECT ids FROM petition_sweeps WHERE id = $1"
	if w.State == SweepRun {
		sql = "SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM petition_signatures WHERE sweep_id = $1"
	}
	if err := s.db.ReadPool().QueryRow(ctx, sql, w.ID).Scan(&ids); err != nil {
		return nil, w, Finding{}, err
	}
	a, _, err := s.analysis(ctx, p.ID, millisOf(w.Params))
	if err != nil {
		return nil, w, Finding{}, err
	}
	f := a.among(w.Rule, w.Params, ids)
	return p, w, f, nil
}

// Guard looks at the petitions that were signed within the last minutes, and
// notes what the sure rules find, as trials of its own that wait for a person.
// Where the administrator lets it, it runs them. To look at many signatures takes
// the processor away from those who sign: a petition of n tens of thousands is
// looked at every n-th minute, not more seldom than every tenth.
func (s *Service) Guard(ctx context.Context, _ kind.PetitionsGuard) error {
	const (
		lately = 12 * time.Minute
		least  = 20 // signatures, below which nothing can be told
	)
	rows, err := s.db.ReadPool().Query(ctx, `
		SELECT p.number FROM petition_counts c JOIN petitions p ON p.id = c.petition_id
		 WHERE c.counted_at > $1 AND c.email + c.strong >= $2 AND p.state = ANY ($3)
		   AND $4 % least(greatest((c.email + c.strong) / 10000, 1), 10) = 0 ORDER BY c.counted_at LIMIT 100`,
		s.clock.Now().Add(-lately), least, states(moveSweep.From), s.clock.Now().Unix()/60)
	if err != nil {
		return err
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(numbers) == 0 {
		return err
	}
	w, err := s.Switches(ctx)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if err := s.guard(ctx, n, w[SwitchGuard].On()); err != nil {
			return fmt.Errorf("petition %d: %w", n, err)
		}
	}
	return nil
}

func states(list []State) []string {
	out := make([]string, len(list))
	for i, st := range list {
		out[i] = string(st)
	}
	return out
}

func (s *Service) guard(ctx context.Context, number int64, auto bool) error {
	k, err := s.key(ctx, number)
	if err != nil {
		return err
	}
	a, _, err := s.analysis(ctx, k.id, usualMillis)
	if err != nil {
		return err
	}
	judged, err := s.judged(ctx, k.id)
	if err != nil {
		return err
	}
	for _, r := range Rules {
		if !r.Sure() {
			continue
		}
		f := a.describe(r, Params{}.Usual(r), slices.DeleteFunc(a.find(r, Params{}), func(i int) bool { return judged[a.list[i].ID] }))
		swept := false
		err := s.db.Write(ctx, authz.System("petition-guard"), authz.JobRun, func(tx *db.Tx) error {
			swept = false
			p, err := lock(tx, number)
			if err != nil {
				return err
			}
			if err := tx.Authorize(p); err != nil {
				return err
			}
			if !p.State.Sweepable() {
				return nil
			}
			id, same, err := ownTrial(tx, p, f)
			if err != nil || f.Found == 0 || same && !auto {
				return err
			}
			if !auto {
				return nil
			}
			swept = true
			return s.move(tx, p, moveGuard, func(tx *db.Tx, p *Petition) (Event, error) {
				e, _, err := sweepOut(tx, p, id)
				return e, err
			})
		})
		if err != nil && !errs.Is(err, errs.KindConflict) { // what was found is gone: it was taken back
			return err
		}
		if swept && err == nil {
			s.countSoon(ctx)
		}
	}
	return nil
}

// judged are the signatures of which a person said that they count.
func (s *Service) judged(ctx context.Context, petitionID int64) (map[int64]bool, error) {
	rows, err := s.db.ReadPool().Query(ctx, "SELECT DISTINCT unnest(ids) FROM petition_sweeps WHERE petition_id = $1 AND state IN ('undone', 'dropped')", petitionID)
	if err != nil {
		return nil, err
	}
	out := map[int64]bool{}
	var id int64
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		out[id] = true
		return nil
	})
	return out, err
}

// ownTrial keeps what the guard found in the place of what it found before; same
// is true when that has not changed.
func ownTrial(tx *db.Tx, p *Petition, f Finding) (id int64, same bool, err error) {
	ctx := tx.Statement.Context
	var ids []int64
	var at time.Time
	err = tx.Pgx().QueryRow(ctx, `SELECT id, ids, created_at FROM petition_sweeps
		WHERE petition_id = $1 AND rule = $2 AND state = 'tried' AND actor_id IS NULL ORDER BY id DESC LIMIT 1 FOR UPDATE`, p.ID, string(f.Rule)).Scan(&id, &ids, &at)
	switch {
	case db.IsNotFound(err):
		if f.Found == 0 {
			return 0, true, nil
		}
		id, err = keepTrial(tx, p.ID, f, "")
		return id, false, err
	case err != nil:
		return 0, false, err
	case f.Found == 0:
		return 0, true, tx.Where("id = ?", id).Delete(&Sweep{}).Error
	case slices.Equal(ids, f.ids) && tx.Now.Sub(at) < trialFor/2:
		return id, true, nil
	}
	_, err = tx.Pgx().Exec(ctx, "UPDATE petition_sweeps SET found = $2, ids = $3, created_at = $4, version = version + 1 WHERE id = $1", id, f.Found, nonNil(f.ids), tx.Now)
	return id, false, err
}

// countSoon counts at once what a sweep has changed: a petition that lost its
// threshold by it takes the next signature, instead of telling that person that the
// gathering is over. Where another process counts at this moment, its next turn or
// ours does it.
func (s *Service) countSoon(ctx context.Context) {
	if err := s.Count(context.WithoutCancel(ctx)); err != nil {
		s.log.WarnContext(ctx, "count after a sweep", "err", err)
	}
	s.wake()
}

// wake has the counter look without waiting for its next turn.
func (s *Service) wake() {
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

// among is finding for signatures that were chosen before.
func (a *analysis) among(r Rule, p Params, ids []int64) Finding {
	chosen := map[int64]bool{}
	for _, id := range ids {
		chosen[id] = true
	}
	idx := []int{}
	for i, t := range a.list {
		if chosen[t.ID] {
			idx = append(idx, i)
		}
	}
	return a.describe(r, p.Usual(r), idx)
}

// Guarded lists the sweeps of a petition that any reader may know of: those
// that were run, the newest first. Of one that was undone fewer may have come back
// than were taken out: some were taken back by their signatories meanwhile.
func (s *Service) Guarded(ctx context.Context, number int64) ([]Sweep, error) {
	var list []Sweep
	err := s.db.Read(ctx).Omit("ids", "note", "actor_id", "actor_name").
		Where("state IN ('run', 'undone') AND petition_id = (SELECT id FROM petitions WHERE number = ?)", number).Order("id DESC").Find(&list).Error
	if err != nil || !slices.ContainsFunc(list, func(w Sweep) bool { return w.State == SweepUndone }) {
		return list, err
	}
	rows, err := s.db.ReadPool().Query(ctx, `SELECT (data->>'sweep')::bigint, (data->>'n')::integer FROM petition_events
		WHERE petition_id = $1 AND kind = 'sweep_undone'`, list[0].PetitionID)
	if err != nil {
		return nil, err
	}
	back := map[int64]int{}
	var id int64
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&id, &n}, func() error { back[id] = n; return nil }); err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Back = back[list[i].ID]
	}
	return list, nil
}

// Found tells how many petitions have something that the guard found and that
// waits for a person, for the menu of the staff.
func (s *Service) Found(ctx context.Context) (map[int64]int, error) {
	rows, err := s.db.ReadPool().Query(ctx, `SELECT p.number, sum(w.found)::integer FROM petition_sweeps w JOIN petitions p ON p.id = w.petition_id
		WHERE w.state = 'tried' AND w.actor_id IS NULL AND p.state = ANY ($1) GROUP BY 1`, states(moveSweep.From))
	if err != nil {
		return nil, err
	}
	out := map[int64]int{}
	var number int64
	var n int
	_, err = pgx.ForEachRow(rows, []any{&number, &n}, func() error {
		out[number] = n
		return nil
	})
	return out, err
}
