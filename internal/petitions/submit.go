package petitions

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Submit makes a petition of the draft, under the charter of the day, and gives
// its number. It first gathers the charter's number of supporters by the
// author's link; where none are asked for it goes to the check at once. The
// author signs like everybody: by his own press (Закон 393/96-ВР, ст. 23-1: no
// signing without the citizen). A draft that was submitted before gives the
// number of the same petition, and fresh is false.
//
// Errors: errs.Invalid with the fields at fault, errs.NotFound for a draft that
// is not the actor's, errs.Unavailable while creation is switched off.
func (s *Service) Submit(ctx context.Context, who authz.Actor, id uuid.UUID) (number int64, fresh bool, err error) {
	for range 5 {
		saved, err := s.GetDraft(ctx, who, id)
		if errs.Is(err, errs.KindNotFound) {
			if n, ferr := s.Submitted(ctx, who, id); ferr != nil || n != 0 {
				return n, false, ferr
			}
		}
		if err != nil {
			return 0, false, err
		}
		// What is judged is what is sent: a save of another window in between
		// begins the judgement anew.
		if number, err = s.submit(ctx, who, saved); !errors.Is(err, errSavedAnew) {
			return number, err == nil, err
		}
	}
	return 0, false, errs.Conflict("errors.conflict")
}

// errSavedAnew: the draft is another one than was judged.
var errSavedAnew = errors.New("the draft was saved meanwhile")

func (s *Service) submit(ctx context.Context, who authz.Actor, saved SavedDraft) (number int64, err error) {
	if err := s.Off(ctx, SwitchCreation); err != nil {
		return 0, err
	}
	d := saved.Draft
	if err := d.JudgeAll(); err != nil {
		return 0, err
	}
	district, err := s.district(ctx, d)
	if err != nil {
		return 0, err
	}
	err = s.db.Write(ctx, who, authz.PetitionWrite, func(tx *db.Tx) error {
		if err := tx.Authorize(own{who.ID}); err != nil {
			return err
		}
		var version int
		err := tx.Pgx().QueryRow(ctx, "SELECT version FROM petition_drafts WHERE id = $1 AND author_id = $2 FOR UPDATE", saved.ID, who.ID).Scan(&version)
		if db.IsNotFound(err) || err == nil && version != saved.Version {
			return errSavedAnew // or sent, or thrown away: the next look tells
		}
		if err != nil {
			return err
		}
		if err := topicInUse(tx, d.TopicID); err != nil {
			return err
		}
		h, err := charterNow(tx)
		if err != nil {
			return err
		}
		p := &Petition{
			State: Supporting, AuthorID: &who.ID, FilingKey: saved.ID, SupportKey: random(16), Salt: randomBytes(32), CharterID: h.ID,
			Threshold: h.Threshold, Tier: h.Tier, ResidentsOnly: h.ResidentsOnly, CreatedAt: tx.Now, DistrictID: district, Version: 1,
		}
		d.into(p)
		if h.Supporters == 0 {
			p.State = Checking
		}
		if err := tx.Pgx().QueryRow(ctx, "SELECT nextval('petition_numbers')").Scan(&p.Number); err != nil {
			return err
		}
		if err := tx.Create(p).Error; err != nil {
			return err
		}
		if err := s.begin(tx, p, h); err != nil {
			return err
		}
		if err := index(tx, p); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM petition_drafts WHERE id = ? AND author_id = ?", saved.ID, who.ID).Error; err != nil {
			return err
		}
		number = p.Number
		return record(tx, p, "", Event{Kind: "submitted", Public: true})
	})
	return number, err
}

// topicInUse refuses a topic that is not there or not in use any more. 0 is none.
func topicInUse(tx *db.Tx, id int64) error {
	if id == 0 {
		return nil
	}
	var ok bool
	err := tx.Pgx().QueryRow(tx.Statement.Context, "SELECT EXISTS (SELECT FROM topics WHERE id = $1 AND active)", id).Scan(&ok)
	if err == nil && !ok {
		err = errs.Fields().With("topic", "petitions.err.topic")
	}
	return err
}

// begin sets the first term: of the supporters, or of the check.
func (s *Service) begin(tx *db.Tx, p *Petition, h Charter) error {
	var err error
	if p.State == Checking {
		err = s.toCheck(tx, p, h)
	} else {
		err = s.gather(tx, p, StepSupporters, tx.Now, h.SupportersDays, deadline.Back{})
	}
	if err != nil {
		return err
	}
	return save(tx, p)
}

func (d Draft) into(p *Petition) {
	t := strings.TrimSpace
	p.Title, p.Essence, p.Reasons, p.Proposal = t(d.Title), t(d.Essence), t(d.Reasons), t(d.Proposal)
	p.Place, p.Lat, p.Lon, p.AuthorName, p.AuthorAddress = t(d.Place), d.Lat, d.Lon, strings.Join(strings.Fields(d.Name), " "), t(d.Address)
	p.TopicID = nil
	if d.TopicID != 0 {
		p.TopicID = &d.TopicID
	}
}

// DraftOf is the text of a petition as the form of its author has it.
func (p *Petition) DraftOf() Draft {
	d := Draft{
		Title: p.Title, Essence: p.Essence, Reasons: p.Reasons, Proposal: p.Proposal, Place: p.Place, Lat: p.Lat, Lon: p.Lon, Name: p.AuthorName, Address: p.AuthorAddress,
	}
	if p.TopicID != nil {
		d.TopicID = *p.TopicID
	}
	return d
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}

func random(n int) string { return base64.RawURLEncoding.EncodeToString(randomBytes(n)) }

// Submitted is the number of the petition that was made of the actor's draft key; 0
// when none was.
func (s *Service) Submitted(ctx context.Context, who authz.Actor, key uuid.UUID) (int64, error) {
	var n int64
	err := s.db.Pool().QueryRow(ctx, "SELECT number FROM petitions WHERE author_id = $1 AND filing_key = $2", who.ID, key).Scan(&n)
	if db.IsNotFound(err) {
		return 0, nil
	}
	return n, err
}

// Correct submits a returned petition anew with a mended text. The term of the
// check begins anew. A signature stands under the text to which it was given
// (Закон 393/96-ВР, ст. 23-1): where the title or the text changed, those of the
// first supporters are withdrawn and can be given again once it is published; that
// supporters were found is not asked for twice.
//
// Errors: errs.Invalid with the fields at fault, errs.Conflict when it was changed
// meanwhile, errs.Unavailable while creation is switched off.
func (s *Service) Correct(ctx context.Context, who authz.Actor, number int64, version int, d Draft) error {
	if err := s.Off(ctx, SwitchCreation); err != nil {
		return err
	}
	if err := d.JudgeAll(); err != nil {
		return err
	}
	district, err := s.district(ctx, d)
	if err != nil {
		return err
	}
	return s.change(ctx, who, number, version, moveCorrect, func(tx *db.Tx, p *Petition) (Event, error) {
		h, err := charterOf(tx, p)
		if err != nil {
			return Event{}, err
		}
		if d.TopicID != p.DraftOf().TopicID {
			if err := topicInUse(tx, d.TopicID); err != nil {
				return Event{}, err
			}
		}
		e := Event{Kind: "corrected"}
		if was := p.text(); d.text() != was {
			tag, err := tx.Pgx().Exec(ctx, "UPDATE petition_signatures SET withdrawn_at = $2 WHERE petition_id = $1 AND withdrawn_at IS NULL", p.ID, tx.Now)
			if err != nil {
				return Event{}, err
			}
			e.Data = map[string]any{"signatures": tag.RowsAffected()}
			tx.AfterCommit(s.poked)
		}
		d.into(p)
		p.DistrictID, p.Ground, p.GroundNote = district, nil, ""
		if err := index(tx, p); err != nil {
			return Event{}, err
		}
		if err := forgetAnew(tx, p); err != nil {
			return Event{}, err
		}
		return e, s.toCheck(tx, p, h)
	})
}

// text is what a signature supports.
func (p *Petition) text() [4]string { return [4]string{p.Title, p.Essence, p.Reasons, p.Proposal} }

func (d Draft) text() [4]string {
	var p Petition
	d.into(&p)
	return p.text()
}

// TakeBack withdraws a petition that was not published yet.
func (s *Service) TakeBack(ctx context.Context, who authz.Actor, number int64) error {
	return s.change(ctx, who, number, 0, moveWithdraw, func(tx *db.Tx, p *Petition) (Event, error) {
		p.ClosedAt, p.EndsAt = &tx.Now, nil
		for _, step := range []Step{StepSupporters, StepCheck} {
			if err := dropTerm(tx, p, step); err != nil {
				return Event{}, err
			}
		}
		return Event{Kind: "withdrawn"}, nil
	})
}

// MyRow is a petition of its author.
type MyRow struct {
	Item
	SupportKey         string
	Supporters, Needed int
	Ground             *Ground
	GroundNote         string
	AppealNumber       string
	CreatedAt          time.Time
	Version            int
}

// Mine lists the actor's own petitions, the newest first.
func (s *Service) Mine(ctx context.Context, who authz.Actor) ([]MyRow, error) {
	rows, err := s.db.ReadPool().Query(ctx, `SELECT p.number, p.title, p.state, x.n, p.threshold, p.published_at, p.ends_at, p.closed_at, p.answered_at, t.due_at, p.support_key,
		  h.supporters, coalesce(c.email + c.strong, 0), p.ground, p.ground_note, p.appeal_number, p.created_at, p.version,
		  g.title_uk, g.title_en, g.norm_uk, g.norm_en
		FROM petitions p JOIN petition_charters h ON h.id = p.charter_id LEFT JOIN petition_counts c ON c.petition_id = p.id
		CROSS JOIN LATERAL (SELECT coalesce(CASE p.tier WHEN 'strong' THEN c.strong ELSE c.email + c.strong END, 0) AS n) x
		LEFT JOIN petition_grounds g ON g.code = p.ground
		LEFT JOIN LATERAL (SELECT due_at FROM petition_terms t WHERE t.petition_id = p.id AND t.met_at IS NULL ORDER BY id DESC LIMIT 1) t ON true
		WHERE p.author_id = $1 ORDER BY p.id DESC`, who.ID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (m MyRow, err error) {
		var code, tuk, ten, nuk, nen *string
		err = r.Scan(&m.Number, &m.Title, &m.State, &m.Count, &m.Threshold, &m.PublishedAt, &m.EndsAt, &m.ClosedAt, &m.AnsweredAt, &m.DueAt, &m.SupportKey,
			&m.Needed, &m.Supporters, &code, &m.GroundNote, &m.AppealNumber, &m.CreatedAt, &m.Version, &tuk, &ten, &nuk, &nen)
		if code != nil && tuk != nil {
			m.Ground = &Ground{Code: *code, TitleUk: *tuk, TitleEn: *ten, NormUk: *nuk, NormEn: *nen}
		}
		return m, err
	})
}
