package audit

import (
	"context"
	"strings"
	"unicode/utf8"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Bounds of a reason, in characters.
const (
	MinReason = 10
	MaxReason = 500
)

// Look gives the story of a record with the personal data in it, after it has written
// down who looked, at which record and why (Закон 2297-VI, ст. 10, ч. 1, 3; ст. 24:
// personal data are used by those whose duties need them, and access is kept account
// of). A reason that says nothing is errs.Invalid on the field «reason»; a record
// without a story errs.NotFound.
func (r *Reader) Look(ctx context.Context, a authz.Actor, table, row, reason string) ([]Change, error) {
	reason = strings.Join(strings.Fields(reason), " ")
	switch n := utf8.RuneCountInString(reason); {
	case n < MinReason:
		return nil, errs.Fields().With("reason", "admin.trail.err_reason", "min", MinReason)
	case n > MaxReason:
		return nil, errs.Fields().With("reason", "admin.trail.err_reason_long", "max", MaxReason)
	}
	if list, err := r.Story(ctx, a, table, row); err != nil || len(list) == 0 {
		if err == nil {
			err = errs.NotFound()
		}
		return nil, err
	}
	err := r.db.Write(ctx, a, authz.TrailRead, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		var behind *int64
		if a.ActingFor != nil {
			behind = &a.ActingFor.ID
		}
		return tx.Exec("INSERT INTO trail_views (table_name, row_id, viewer_id, acting_for, reason, created_at) VALUES (?, ?, ?, ?, ?, ?)",
			table, row, a.ID, behind, reason, tx.Now).Error
	})
	if err != nil {
		return nil, err
	}
	return r.story(ctx, a, table, row, true)
}

// Find gives the record that people know by a number: of an appeal, its registration
// index or its answer, or of a petition. Nothing such is errs.NotFound.
func (r *Reader) Find(ctx context.Context, a authz.Actor, number string) (table, row string, err error) {
	if !a.Can(authz.TrailRead) {
		return "", "", errs.NotFound()
	}
	number = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(number), "№"))
	err = r.db.ReadPool().QueryRow(ctx, `SELECT 'appeals', id::text FROM appeals WHERE number = $1 OR reg_index = $1
		UNION ALL SELECT 'appeals', appeal_id::text FROM appeal_former_indexes WHERE lower(reg_index) = lower($1)
		UNION ALL SELECT 'appeals', appeal_id::text FROM answers WHERE out_number = $1
		UNION ALL SELECT 'petitions', id::text FROM petitions WHERE $1 ~ '^[0-9]{1,18}$' AND number = CASE WHEN $1 ~ '^[0-9]{1,18}$' THEN $1::bigint END LIMIT 1`, number).
		Scan(&table, &row)
	if db.IsNotFound(err) {
		return "", "", errs.NotFound()
	}
	return table, row, err
}
