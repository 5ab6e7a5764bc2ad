package petitions

import (
	"context"

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
		return record(tx, p, p.State, Event{Kind: "contacts"})
	})
	return c, err
}
