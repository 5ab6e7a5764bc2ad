package appeals

import (
	"context"

	"ereception/internal/authz"
	"ereception/internal/notify"
	"ereception/internal/platform/db"
	"ereception/internal/platform/errs"
)

// Grounds on which the city takes the text of an appeal from the map, which its
// author let be public. The consideration goes on; nothing of the appeal changes.
const (
	HidePersonal = "personal_data" // personal data of people: Закон 2297-VI, ст. 14, ч. 1; Закон 393/96-ВР, ст. 10, ч. 1
	HideRights   = "rights"        // an insult, and what else infringes rights of people: Закон 393/96-ВР, ст. 10, ч. 1; Цивільний кодекс, ст. 297
	HideSecret   = "secret"        // a secret that law protects: Закон 393/96-ВР, ст. 10, ч. 1
	HideRequest  = "request"       // the applicant asked for it: Закон 393/96-ВР, ст. 10, ч. 3
)

// HideGrounds in the order of the form.
var HideGrounds = []string{HidePersonal, HideRights, HideSecret, HideRequest}

// OnMap reports whether everybody may read of the appeal: its author let it be,
// no official took it from the map, and it is no request for information, even
// one that was filed as something else. Service.Public and Near say the same in SQL.
func (a *Appeal) OnMap() bool {
	return a.Public && !a.Confidential && a.Hidden == "" && a.Kind != InfoRequest
}

// Hide takes the appeal from the map and from the home page at once, on a ground
// of HideGrounds; its author is told. Errors: errs.Invalid without a ground,
// errs.Conflict when it is not there to be hidden.
func (s *Service) Hide(ctx context.Context, who authz.Actor, number string, version int, ground string) error {
	return s.change(ctx, who, number, version, moveHide, func(tx *db.Tx, a *Appeal) (Event, error) {
		if !has(HideGrounds, ground) {
			return Event{}, errs.Fields().With("ground", "appeals.err.ground")
		}
		if !a.OnMap() {
			return Event{}, errs.Conflict("appeals.conflict_state")
		}
		a.Hidden = ground
		if err := notify.Queue(tx, notify.Letter{Kind: "appeal.hidden", PersonID: a.AuthorID, AppealID: a.ID}); err != nil {
			return Event{}, err
		}
		return Event{Kind: "hidden", Public: true, Data: map[string]any{"ground": ground}}, nil
	})
}

// Unhide puts a hidden appeal back on the map; its author is told.
func (s *Service) Unhide(ctx context.Context, who authz.Actor, number string, version int) error {
	return s.change(ctx, who, number, version, moveUnhide, func(tx *db.Tx, a *Appeal) (Event, error) {
		if a.Hidden == "" {
			return Event{}, errs.Conflict("appeals.conflict_state")
		}
		a.Hidden = ""
		if err := notify.Queue(tx, notify.Letter{Kind: "appeal.shown", PersonID: a.AuthorID, AppealID: a.ID}); err != nil {
			return Event{}, err
		}
		return Event{Kind: "shown", Public: true}, nil
	})
}
