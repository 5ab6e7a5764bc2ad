package procurement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// DataState tells whether the data that can be taken away have changed: a tag of
// the state of the register and of the values, and the moment of the last change
// (zero while there is nothing). Every change of either changes the tag.
func (s *Service) DataState(ctx context.Context) (etag string, modified time.Time, err error) {
	stamp, err := s.stamp(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	var last *time.Time
	if err := s.db.ReadPool().QueryRow(ctx, `SELECT greatest((SELECT max(changed_at) FROM procurement_register),
		(SELECT calculated_at FROM procurement_results ORDER BY id DESC LIMIT 1))`).Scan(&last); err != nil {
		return "", time.Time{}, err
	}
	if last != nil {
		modified = *last
	}
	sum := sha256.Sum256([]byte(stamp))
	return hex.EncodeToString(sum[:10]), modified, nil
}
