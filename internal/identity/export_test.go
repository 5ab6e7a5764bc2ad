package identity

import (
	"context"
	"time"
)

// SetPace changes the least time of a discreet answer.
func (s *Service) SetPace(d time.Duration) { s.pace = d }

// WeakHash hashes with parameters of the past.
func WeakHash(password string) string {
	h, err := newHasher(params{8 * 1024, 1, 1}).hash(context.Background(), password)
	if err != nil {
		panic(err)
	}
	return h
}
