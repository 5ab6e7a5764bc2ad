package db

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"ereception/internal/authz"
)

// Share is one person's part of a transaction that several share.
type Share struct {
	Actor   authz.Actor
	Key     uuid.UUID // stands in the rows that are his: filing_key, draft_id
	Request string    // the id of his request
}

// each stands for the actor where every changed row names its own: the trigger of
// the trail looks the row's key up in app.each.
const each = "each"

// WriteShared is Write for several people whose changes are of one kind and
// travel in one transaction, so that they pay for one commit. The trail names for
// each row the person, the principal and the request of the share whose key the
// row bears; a row with another key fails with AU001. The roles of every actor are
// asked before; fn asks each record that it writes for, by Tx.AuthorizeAs, and may
// leave some of the shares out. Tx.Actor is nobody.
//
// Errors: those of Write; then nothing at all was changed, for nobody.
func (d *DB) WriteShared(ctx context.Context, act authz.Action, shares []Share, fn func(*Tx) error) error {
	names := make(map[string][3]string, len(shares))
	for _, s := range shares {
		if err := Allowed(s.Actor, act); err != nil {
			return err
		}
		names[s.Key.String()] = [3]string{s.Actor.Trail(), s.Actor.TrailFor(), s.Request}
	}
	if len(names) != len(shares) {
		return fmt.Errorf("%d shares have %d keys", len(shares), len(names))
	}
	list, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return Retry(ctx, func() error {
		return d.write(ctx, settings{actor: each, act: string(act), each: string(list)}, func(tx *Tx) error {
			tx.act = act
			return fn(tx)
		})
	})
}
