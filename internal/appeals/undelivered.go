package appeals

import (
	"ereception/internal/notify"
	"ereception/internal/platform/db"
)

// eventUndelivered says that the applicant's mailbox refused a letter for ever.
const eventUndelivered = "undelivered"

// letterAnswer is the kind of the letter with the answer.
const letterAnswer = "appeal.answer"

// Refusals says what happens when a mailbox refuses a letter of an appeal.
func (s *Service) Refusals() map[string]notify.Refusal {
	out := map[string]notify.Refusal{}
	for k := range s.Composers() {
		out[k] = s.undelivered
	}
	return out
}

// undelivered tells the timeline that a letter did not arrive, without its
// address. An answer that was to go by e-mail has not been given to the applicant:
// it lies to be posted, in the tray of the specialist, until somebody says that it was
// (Закон 393/96-ВР, ст. 19, ч. 1: the applicant is told the result in writing).
func (s *Service) undelivered(tx *db.Tx, l notify.Letter) error {
	var number string
	if err := tx.Pgx().QueryRow(tx.Statement.Context, "SELECT number FROM appeals WHERE id = $1", l.AppealID).Scan(&number); err != nil {
		return err
	}
	a, err := lock(tx, number)
	if err != nil {
		return err
	}
	if l.Kind == letterAnswer && a.AnswerChannel == ByEmail {
		res := tx.Exec("UPDATE answers SET state = 'signed', sent_at = NULL, updated_at = ?, version = version + 1 WHERE id = ? AND appeal_id = ? AND state = 'sent'",
			tx.Now, l.AnswerID, a.ID)
		if res.Error != nil {
			return res.Error
		}
		if err := tx.Save(&Appeal{ID: a.ID}, a.Version, map[string]any{"answer_channel": ByPost}); err != nil {
			return err
		}
		tx.AfterCommit(s.counts.drop)
	}
	return record(tx, a, a.State, Event{Kind: eventUndelivered, Public: true, Data: map[string]any{"letter": l.Kind}})
}

// Undelivered reports whether the letter with the latest answer was refused and
// the answer has not been sent another way since.
func (c *Case) Undelivered() bool {
	out := false
	for _, e := range c.Events {
		switch {
		case e.Kind == "sent", e.Kind.signs():
			out = false
		case e.Kind == eventUndelivered:
			out = out || e.Text("letter") == letterAnswer
		}
	}
	return out
}
