// Package obs carries what the log needs through a request: its id and a
// logger bound to it. It knows no personal data and adds none.
package obs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
)

type requestKey struct{}

// WithRequest puts the id of the request into the context.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestID reads the id of the request; empty outside of one.
func RequestID(ctx context.Context) string {
	s, _ := ctx.Value(requestKey{}).(string)
	return s
}

// NewRequestID makes an id of 16 hexadecimal digits.
func NewRequestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// NewLogger writes JSON lines to w from level up.
func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}
