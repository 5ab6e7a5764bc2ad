package petitions

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// StoryLine is an entry of the timeline.
type StoryLine struct {
	At        time.Time
	Kind      EventKind
	ActorName string // empty for the portal itself
	Public    bool
	To        State
	Data      map[string]any
}

// View is all that the page of a petition shows to somebody.
type View struct {
	Petition
	TopicUk, TopicEn       string
	DistrictUk, DistrictEn string
	Count                  Count
	Charter                Charter
	Terms                  []Term
	Story                  []StoryLine
	Answer                 *Answer // signed; for the staff in whatever state
	Milestones             []Milestone
	MergedNumber           int64
	MergedTitle            string
	GroundRow              *Ground
	Own                    bool   // the reader is the author
	Staff                  bool   // the reader works with petitions
	Claim                  *Claim // which moderator has it in hand, for the staff
	ByLink                 bool   // seen through the link for first supporters
	Elsewhere              bool   // joined before it was published: only its title and where it leads
}

// Topic is its name in the locale.
func (v *View) Topic(locale string) string { return named(v.TopicUk, v.TopicEn, locale) }

// District is its name in the locale.
func (v *View) District(locale string) string { return named(v.DistrictUk, v.DistrictEn, locale) }

// Term is the newest term of the step; nil without one.
func (v *View) Term(step Step) *Term {
	for i := len(v.Terms) - 1; i >= 0; i-- {
		if v.Terms[i].Step == step {
			return &v.Terms[i]
		}
	}
	return nil
}

// Readable reports whether the actor may read the petition; key is that of the
// link for first supporters. Not readable is errs.NotFound. Of what is public the
// database is asked once: no way of a petition leads from there into hiding (state.go),
// and everybody who has its page open asks for its count all the time.
func (s *Service) Readable(ctx context.Context, who authz.Actor, number int64, key string) error {
	if _, ok := s.public.Load(number); ok {
		return nil
	}
	var p Petition
	err := s.db.ReadPool().QueryRow(ctx, "SELECT state, author_id, support_key FROM petitions WHERE number = $1", number).Scan(&p.State, &p.AuthorID, &p.SupportKey)
	if db.IsNotFound(err) {
		return errs.NotFound()
	}
	if err != nil {
		return err
	}
	if _, _, _, ok := p.reader(who, key); !ok {
		return errs.NotFound()
	}
	if p.Public() {
		s.public.Store(number, true)
	}
	return nil
}

// reader says in which relation the actor stands to the petition; ok is whether
// he may read it at all.
func (p *Petition) reader(who authz.Actor, key string) (own, staff, byLink, ok bool) {
	own = who.SignedIn() && p.AuthorID != nil && *p.AuthorID == who.ID
	staff = deskReader(who) || who.Can(authz.PetitionGuard)
	byLink = (p.State == Supporting || p.State == Checking) && subtle.ConstantTimeCompare([]byte(key), []byte(p.SupportKey)) == 1
	return own, staff, byLink, p.Public() || own || staff || byLink
}

// Show is a petition as the actor may see it. One that is not there for him is
// errs.NotFound. Of one that was joined with another before it was published a
// stranger is told its title and where it leads, and nothing else.
func (s *Service) Show(ctx context.Context, who authz.Actor, number int64, key string) (*View, error) {
	v := &View{}
	err := s.db.Read(ctx).Omit("search").Where("number = ?", number).Take(&v.Petition).Error
	if db.IsNotFound(err) {
		return nil, errs.NotFound()
	}
	if err != nil {
		return nil, err
	}
	var ok bool
	if v.Own, v.Staff, v.ByLink, ok = v.reader(who, key); !ok && v.State == Merged {
		w := &View{Elsewhere: true, Petition: Petition{ID: v.ID, Number: v.Number, State: v.State, Title: v.Title, Tier: v.Tier, MergedInto: v.MergedInto, CreatedAt: v.CreatedAt}}
		err := s.db.ReadPool().QueryRow(ctx, "SELECT number, title FROM petitions WHERE id = $1", v.MergedInto).Scan(&w.MergedNumber, &w.MergedTitle)
		if db.IsNotFound(err) {
			err = nil
		}
		return w, err
	}
	if !ok {
		return nil, errs.NotFound()
	}
	if v.Count, err = s.CountOf(ctx, number); err != nil {
		return nil, err
	}
	inside := v.Own || v.Staff
	b := &pgx.Batch{}
	b.Queue(`SELECT coalesce(o.name_uk, ''), coalesce(o.name_en, ''), coalesce(d.name_uk, ''), coalesce(d.name_en, ''), coalesce(m.number, 0), coalesce(m.title, '')
		FROM petitions p LEFT JOIN topics o ON o.id = p.topic_id LEFT JOIN districts d ON d.id = p.district_id LEFT JOIN petitions m ON m.id = p.merged_into WHERE p.id = $1`, v.ID).
		QueryRow(func(r pgx.Row) error {
			return r.Scan(&v.TopicUk, &v.TopicEn, &v.DistrictUk, &v.DistrictEn, &v.MergedNumber, &v.MergedTitle)
		})
	b.Queue("SELECT at, kind, actor_name, public, to_state, data FROM petition_events WHERE petition_id = $1 AND (public OR $2) ORDER BY id", v.ID, inside).
		Query(func(rows pgx.Rows) error {
			var err error
			v.Story, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (l StoryLine, err error) {
				var data []byte
				if err = r.Scan(&l.At, &l.Kind, &l.ActorName, &l.Public, &l.To, &data); err != nil {
					return l, err
				}
				return l, json.Unmarshal(data, &l.Data)
			})
			return err
		})
	if err := s.db.ReadPool().SendBatch(ctx, b).Close(); err != nil {
		return nil, err
	}
	if !inside { // who of the city did what is told by the office, not by the name
		for i := range v.Story {
			v.Story[i].ActorName = ""
		}
	}
	if v.Terms, err = s.terms(ctx, v.ID); err != nil {
		return nil, err
	}
	if v.CharterID != 0 {
		if err := s.db.Read(ctx).Take(&v.Charter, v.CharterID).Error; err != nil {
			return nil, err
		}
	}
	if v.Answer, err = s.answerOf(ctx, number); err != nil {
		return nil, err
	}
	if v.Answer != nil && v.Answer.State != AnswerSigned && !v.Staff {
		v.Answer = nil
	}
	if err := s.db.Read(ctx).Where("petition_id = ? AND dropped_at IS NULL", v.ID).Order("position").Find(&v.Milestones).Error; err != nil {
		return nil, err
	}
	if v.Staff && v.State == Checking {
		var c Claim
		err := s.db.ReadPool().QueryRow(ctx, "SELECT person_id, person_name, at FROM petition_claims WHERE petition_id = $1 AND at > $2", v.ID, s.clock.Now().Add(-claimFor)).
			Scan(&c.PersonID, &c.PersonName, &c.At)
		if err == nil {
			v.Claim = &c
		} else if !db.IsNotFound(err) {
			return nil, err
		}
	}
	if v.Ground != nil && inside {
		var g Ground
		if err := s.db.Read(ctx).Take(&g, "code = ?", *v.Ground).Error; err != nil {
			return nil, err
		}
		v.GroundRow = &g
	}
	return v, nil
}

// Listed is a line of the public list (Закон 393/96-ВР, ст. 23-1).
type Listed struct {
	Position int
	Name     string // «Бондарук Л. М.»
	At       time.Time
}

// SignersSize is how many names a page has.
const SignersSize = 12

// SignersPages bounds how far one can turn; the file holds all.
const SignersPages = 200

// Signers is a page of the list, the newest first, and how many stand in it.
func (s *Service) Signers(ctx context.Context, number int64, page int) (list []Listed, total int, err error) {
	k, err := s.key(ctx, number)
	if err != nil {
		return nil, 0, err
	}
	if err := s.db.ReadPool().QueryRow(ctx, "SELECT coalesce(sum(email + strong), 0) FROM petition_counts WHERE petition_id = $1", k.id).Scan(&total); err != nil {
		return nil, 0, err
	}
	page = min(max(page, 1), SignersPages)
	rows, err := s.db.ReadPool().Query(ctx, `SELECT name, at FROM petition_signatures WHERE petition_id = $1 AND withdrawn_at IS NULL AND sweep_id IS NULL
		ORDER BY id DESC LIMIT $2 OFFSET $3`, k.id, SignersSize, (page-1)*SignersSize)
	if err != nil {
		return nil, 0, err
	}
	at := total - (page-1)*SignersSize
	list, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (x Listed, err error) {
		err = r.Scan(&x.Name, &x.At)
		x.Name, x.Position = ShortName(x.Name), max(at, 1)
		at--
		return x, err
	})
	return list, total, err
}

// signersPart is how many names are read at a time.
const signersPart = 5000

// EachSigner gives every name in the order of signing to fn, part by part: who reads
// slowly holds no connection of the database meanwhile.
func (s *Service) EachSigner(ctx context.Context, number int64, fn func(Listed) error) error {
	k, err := s.key(ctx, number)
	if err != nil {
		return err
	}
	type signer struct {
		ID   int64
		Name string
		At   time.Time
	}
	var last int64
	for n := 0; ; {
		rows, err := s.db.ReadPool().Query(ctx, `SELECT id, name, at FROM petition_signatures
			WHERE petition_id = $1 AND id > $2 AND withdrawn_at IS NULL AND sweep_id IS NULL ORDER BY id LIMIT $3`, k.id, last, signersPart)
		if err != nil {
			return err
		}
		part, err := pgx.CollectRows(rows, pgx.RowToStructByPos[signer])
		if err != nil {
			return err
		}
		for _, x := range part {
			n++
			if err := fn(Listed{Position: n, Name: ShortName(x.Name), At: x.At}); err != nil {
				return err
			}
			last = x.ID
		}
		if len(part) < signersPart {
			return nil
		}
	}
}

// ShortName writes «Бондарук Л. М.» for «Бондарук Людмила Максимівна».
func ShortName(full string) string {
	w := strings.Fields(full)
	if len(w) < 2 {
		return full
	}
	out := w[0]
	for _, p := range w[1:min(len(w), 3)] {
		r, _ := utf8.DecodeRuneInString(p)
		out += " " + strings.ToUpper(string(r)) + "."
	}
	return out
}

// Hour is how many of the standing signatures came in an hour.
type Hour struct {
	At time.Time
	N  int
}

// Hours is the course of signing, hours without a signature left out.
func (s *Service) Hours(ctx context.Context, number int64) ([]Hour, error) {
	rows, err := s.db.ReadPool().Query(ctx, `SELECT h.hour, h.n FROM petition_hours h JOIN petitions p ON p.id = h.petition_id
		WHERE p.number = $1 AND h.n > 0 ORDER BY 1`, number)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Hour])
}

// Place is how many signatories named a district. Others stands for those that
// are too few to be shown alone.
type Place struct {
	DistrictID     int64 // 0: not said
	NameUk, NameEn string
	N              int
	Others         bool
}

// Name is the district in the locale; empty for those who did not say.
func (p Place) Name(locale string) string { return named(p.NameUk, p.NameEn, locale) }

// kAnonymity is the least group that is shown: a smaller one would point at
// people.
const kAnonymity = 10

// Places is the breakdown by districts. Groups of less than kAnonymity are
// folded into one; when that one is small itself, it takes the smallest shown
// group with it, so that no group follows from the sum. The numbers are those of a
// night (showPlacesSQL) and rounded down to multiples of kAnonymity: one that grows
// beside a new name of the public list would tell where that person lives.
func (s *Service) Places(ctx context.Context, number int64) ([]Place, error) {
	rows, err := s.db.ReadPool().Query(ctx, `SELECT w.district_id, coalesce(d.name_uk, ''), coalesce(d.name_en, ''), w.shown FROM petition_districts w
		JOIN petitions p ON p.id = w.petition_id LEFT JOIN districts d ON d.id = w.district_id WHERE p.number = $1 AND w.shown > 0 ORDER BY w.shown DESC, 1`, number)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (p Place, err error) {
		err = r.Scan(&p.DistrictID, &p.NameUk, &p.NameEn, &p.N)
		return p, err
	})
	list = anonymous(list)
	for i := range list {
		list[i].N -= list[i].N % kAnonymity
	}
	return list, err
}

// anonymous folds the small groups; list is sorted, the largest first.
func anonymous(list []Place) []Place {
	others := Place{Others: true}
	for len(list) > 0 && (list[len(list)-1].N < kAnonymity || others.N > 0 && others.N < kAnonymity) {
		others.N += list[len(list)-1].N
		list = list[:len(list)-1]
	}
	if others.N > 0 && others.N < kAnonymity {
		return nil
	}
	if others.N > 0 {
		list = append(slices.Clip(list), others)
	}
	return list
}

// URL is the address of a petition on the portal.
func (s *Service) URL(number int64) string { return fmt.Sprintf("%s/petitions/%d", s.base, number) }
