package appeals

import (
	"context"

	"github.com/jackc/pgx/v5"

	"ereception/internal/authz"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// ExportMost bounds the rows of one export; who needs more narrows the queue by dates
// of the year, unit or topic, and says by it what he needs them for.
const ExportMost = 20000

// ExportRow is one line of an export. Title and place of a sensitive appeal, one that
// is confidential or on a personal topic, stay in the portal (Закон 2297-VI, ст. 7).
type ExportRow struct {
	Row
	RegIndex  string
	Topic     string
	District  string
	Sensitive bool
}

// Export gives all rows of a filtered queue, in its order. They leave the portal with
// the file, so the name of the applicant, his contacts and his words are not among
// them (Закон 2297-VI, ст. 6, ч. 3: no more data than the purpose needs). What he
// called his appeal and where it is can still tell of him, so each export is recorded
// with what was asked for before the first row is given (ст. 24). said is the filter
// as the page names it.
//
// Errors: errs.Forbidden, errs.Invalid when there are more than ExportMost.
func (s *Service) Export(ctx context.Context, who authz.Actor, f Filter, said string) (each func(func(ExportRow) error) error, err error) {
	var p args
	where, order, err := s.narrow(ctx, who, f, &p)
	if err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, who, authz.AppealExport, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil { // what he may see; the condition starts from his scope
			return err
		}
		n := 0
		if err := tx.Pgx().QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM appeals a WHERE "+where+most(ExportMost+1)+") x", p...).Scan(&n); err != nil {
			return err
		}
		if n > ExportMost {
			return errs.Invalid("appeals.err.export_many", "max", ExportMost)
		}
		var behind *int64
		if who.ActingFor != nil {
			behind = &who.ActingFor.ID
		}
		return tx.Exec("INSERT INTO appeal_exports (person_id, acting_for, query, n, created_at) VALUES (?, ?, ?, ?, ?)", who.ID, behind, said, n, tx.Now).Error
	})
	if err != nil {
		return nil, err
	}
	return func(fn func(ExportRow) error) error {
		q, err := s.db.ReadPool().Query(ctx, "SELECT "+rowColumns(ctx)+", coalesce(a.reg_index, ''), coalesce("+localName(ctx, "t.name")+", ''), coalesce("+localName(ctx, "d.name")+", ''), a.confidential OR coalesce(t.personal, false) FROM (SELECT * FROM appeals a WHERE "+where+
			" ORDER BY "+order+most(ExportMost)+") a"+rowJoins+" LEFT JOIN topics t ON t.id = a.topic_id LEFT JOIN districts d ON d.id = a.district_id ORDER BY "+order, p...)
		if err != nil {
			return err
		}
		var x ExportRow
		_, err = pgx.ForEachRow(q, append(x.into(), &x.RegIndex, &x.Topic, &x.District, &x.Sensitive), func() error {
			if x.Sensitive {
				x.Title, x.Place = "", ""
			}
			return fn(x)
		})
		return err
	}, nil
}
