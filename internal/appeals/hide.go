package appeals

import (
	"cmp"
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

// hideAuthor is the ground in the timeline when the author took it from the map
// himself. It is none of the appeal's own: his will is Appeal.Public.
const hideAuthor = "author"

// OnMap reports whether everybody may read of the appeal: its author let it be,
// its topic is not personal, and no official took it from the map. onMap says the
// same in SQL.
func (c *Case) OnMap() bool { return c.mayBeOnMap() && !c.Personal }

// onMap is the condition of an appeal a that strangers may read of. The topic is
// asked as it is now: one that the specialist finds at registration, or that an
// administrator calls personal later, takes the appeal from the map at once.
const onMap = "a.public AND NOT a.confidential AND a.hidden = '' AND a.kind <> 'info_request' AND NOT EXISTS (SELECT FROM topics p WHERE p.id = a.topic_id AND p.personal)"

// topicIsPersonal reports whether appeals on a topic are never shown on the map.
func topicIsPersonal(ctx context.Context, tx *db.Tx, topicID int64) (yes bool, err error) {
	err = tx.Pgx().QueryRow(ctx, "SELECT EXISTS (SELECT FROM topics WHERE id = $1 AND personal)", topicID).Scan(&yes)
	return yes, err
}

// mayBeOnMap is all of it but the topic. A request for information never is there,
// even one that was filed as something else.
func (a *Appeal) mayBeOnMap() bool {
	return a.Public && !a.Confidential && a.Hidden == "" && a.Kind != InfoRequest
}

// onMap reports what Case.OnMap does, of an appeal that is about to change.
func (a *Appeal) onMap(ctx context.Context, tx *db.Tx) (yes bool, err error) {
	if !a.mayBeOnMap() || a.TopicID == nil {
		return a.mayBeOnMap(), nil
	}
	never, err := topicIsPersonal(ctx, tx, *a.TopicID)
	return !never, err
}

// Hide takes the appeal from the map and from the home page at once, on a ground
// of HideGrounds; its author is told. Errors: errs.Invalid without a ground,
// errs.Conflict when it is not there to be hidden.
func (s *Service) Hide(ctx context.Context, who authz.Actor, number string, version int, ground string) error {
	return s.change(ctx, who, number, version, moveHide, func(tx *db.Tx, a *Appeal) (Event, error) {
		if !has(HideGrounds, ground) {
			return Event{}, errs.Fields().With("ground", "appeals.err.ground")
		}
		if on, err := a.onMap(ctx, tx); err != nil || !on {
			return Event{}, cmp.Or(err, error(errs.Conflict("appeals.conflict_state")))
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
		if on, err := a.onMap(ctx, tx); err != nil || !on { // its author must not be told that it is shown when it is not
			return Event{}, cmp.Or(err, error(errs.Conflict("appeals.conflict_state")))
		}
		if err := notify.Queue(tx, notify.Letter{Kind: "appeal.shown", PersonID: a.AuthorID, AppealID: a.ID}); err != nil {
			return Event{}, err
		}
		return Event{Kind: "shown", Public: true}, nil
	})
}

// MayShow reports whether its author may put the appeal on the map: he has kept or
// taken it from there himself, or had an official take it. What an official took on
// another ground only an official puts back.
func (c *Case) MayShow() bool { return c.mayShow() && !c.Personal }

// mayShow is all of it but the topic.
func (a *Appeal) mayShow() bool {
	return a.Lat != nil && a.Kind.Mapped() && !a.Confidential && (a.Hidden == "" && !a.Public || a.Hidden == HideRequest)
}

// ChooseShowing is the author's second thought about the map: he takes his appeal
// from it, or puts it there. Errors: errs.Invalid without a choice, errs.Conflict
// when it stands as he wants already or may not be shown at all.
func (s *Service) ChooseShowing(ctx context.Context, who authz.Actor, number string, want Showing) error {
	return s.change(ctx, who, number, 0, moveShowing, func(tx *db.Tx, a *Appeal) (Event, error) {
		conflict := func(err error) (Event, error) {
			return Event{}, cmp.Or(err, error(errs.Conflict("appeals.conflict_state")))
		}
		switch want {
		case NotOnMap:
			if on, err := a.onMap(ctx, tx); err != nil || !on {
				return conflict(err)
			}
			a.Public = false
			return Event{Kind: "hidden", Public: true, Data: map[string]any{"ground": hideAuthor}}, nil
		case ShownOnMap:
			if !a.mayShow() {
				return conflict(nil)
			}
			a.Public, a.Hidden = true, ""
			if on, err := a.onMap(ctx, tx); err != nil || !on {
				return conflict(err)
			}
			return Event{Kind: "shown", Public: true}, nil
		}
		return Event{}, errs.Fields().With("public", "appeals.err.public")
	})
}
