package petitions

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Contacts are how the author of a petition can be reached.
type Contacts struct{ Name, Address, Email string }

// AuthorContacts shows an official the contacts of the author and writes down,
// in the timeline that the author reads, that he looked (Закон 2297-VI, ст. 10:
// access to personal data is kept account of). A second look on the same day is
// not written again. Who does not work with petitions gets errs.NotFound.
func (s *Service) AuthorContacts(ctx context.Context, who authz.Actor, number int64) (c Contacts, err error) {
	err = s.db.Write(ctx, who, authz.ContactRead, func(tx *db.Tx) error {
		if !deskReader(who) {
			return errs.NotFound()
		}
		p, err := lock(tx, number)
		if err != nil {
			return err
		}
		if err := tx.Authorize(p); err != nil {
			return err
		}
		c = Contacts{Name: p.AuthorName, Address: p.AuthorAddress}
		if p.AuthorID != nil {
			if err := tx.Pgx().QueryRow(ctx, "SELECT email FROM people WHERE id = $1", *p.AuthorID).Scan(&c.Email); err != nil {
				return err
			}
		}
		var told bool
		if err := tx.Pgx().QueryRow(ctx, `SELECT EXISTS (SELECT FROM petition_events WHERE petition_id = $1 AND kind = 'contacts' AND actor_id = $2
			AND (at AT TIME ZONE 'Europe/Kyiv')::date = ($3::timestamptz AT TIME ZONE 'Europe/Kyiv')::date)`, p.ID, who.ID, tx.Now).Scan(&told); err != nil || told {
			return err
		}
		return record(tx, p, p.State, Event{Kind: "contacts", Data: map[string]any{"post": who.PostTitle, "post_en": who.PostEn}})
	})
	return c, err
}

// MyStories are the timelines of the actor's own petitions, by number and the last
// entry first, with all that the public does not see of them but he may know: who
// looked at his contacts (Закон 2297-VI, ст. 8: whom his data were shown), why a
// petition came back to him, what he mended. What the city writes inside before
// its answer is signed is not among it, and of officials only those are named
// who looked.
func (s *Service) MyStories(ctx context.Context, who authz.Actor) (map[int64][]StoryLine, error) {
	rows, err := s.db.ReadPool().Query(ctx, `SELECT p.number, e.at, e.kind, CASE e.kind WHEN 'contacts' THEN e.actor_name ELSE '' END, e.public, e.to_state, e.data,
		  coalesce(g.title_uk, ''), coalesce(g.title_en, '')
		FROM petitions p JOIN petition_events e ON e.petition_id = p.id LEFT JOIN petition_grounds g ON g.code = e.data->>'ground'
		WHERE p.author_id = $1 AND e.kind <> ALL ('{answer_submitted,answer_returned}') ORDER BY e.id DESC`, who.ID)
	if err != nil {
		return nil, err
	}
	out := map[int64][]StoryLine{}
	var number int64
	var l StoryLine
	var data []byte
	var uk, en string
	_, err = pgx.ForEachRow(rows, []any{&number, &l.At, &l.Kind, &l.ActorName, &l.Public, &l.To, &data, &uk, &en}, func() error {
		x := l
		x.Data = nil
		if err := json.Unmarshal(data, &x.Data); err != nil {
			return err
		}
		if uk != "" {
			x.Data["ground_uk"], x.Data["ground_en"] = uk, en
		}
		out[number] = append(out[number], x)
		return nil
	})
	return out, err
}
