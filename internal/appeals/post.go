package appeals

import (
	"context"
	"time"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// Post confirms that the paper of the answer was printed and posted on a day
// (UTC midnight), not before it was signed and not after today; only then does
// the record say that it was sent. answerID is the one that the page showed: an
// answer that does not lie to be posted is errs.Conflict.
func (s *Service) Post(ctx context.Context, who authz.Actor, number string, version int, answerID int64, on time.Time) error {
	return s.change(ctx, who, number, version, movePost, func(tx *db.Tx, a *Appeal) (Event, error) {
		var out string
		var signed time.Time
		err := tx.Pgx().QueryRow(ctx, `SELECT out_number, signed_at FROM answers
			WHERE id = $1 AND appeal_id = $2 AND state = 'signed' AND pdf_key <> '' FOR UPDATE`, answerID, a.ID).Scan(&out, &signed)
		if db.IsNotFound(err) || err == nil && a.AnswerChannel != ByPost {
			return Event{}, errs.Conflict("appeals.conflict_state")
		}
		if err != nil {
			return Event{}, err
		}
		if on.IsZero() || on.Before(day(signed)) || on.After(day(tx.Now)) {
			return Event{}, errs.Fields().With("posted", "appeals.err.posted", "date", i18n.Numeric(signed))
		}
		if err := tx.Exec("UPDATE answers SET state = 'sent', sent_at = greatest(?, signed_at), updated_at = ?, version = version + 1 WHERE id = ?",
			on, tx.Now, answerID).Error; err != nil {
			return Event{}, err
		}
		return Event{Kind: "sent", Public: true, Data: map[string]any{"channel": string(ByPost), "posted": i18n.ISODate(on), "out": out}}, nil
	})
}

// day is the day on which a moment falls in Kyiv, UTC midnight.
func day(t time.Time) time.Time { return calendar.FromTime(t.In(i18n.Kyiv)).Time() }
