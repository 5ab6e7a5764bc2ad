// Package errs is the one error type that may be shown to a person.
//
// An Error says what went wrong with a Kind, which decides the HTTP status, and
// a catalogue Key with Args, which decide the words. Only Key, Args and Fields
// may ever reach a page; Err is the cause for the log and is never shown.
// Everything that is not an *Error is a fault of ours and is rendered as 500.
package errs

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// Kind classifies an error by what the person can do about it.
type Kind int

// The kinds and the HTTP status that each one gets.
const (
	KindInternal        Kind = iota // 500: our fault, nothing to do but try again
	KindInvalid                     // 422: the input must be mended, Fields say where
	KindUnauthenticated             // 401: sign in first
	KindForbidden                   // 403: known, visible, but not yours to do
	KindNotFound                    // 404: absent or not visible: the two look alike on purpose
	KindConflict                    // 409: somebody changed it meanwhile
	KindLimited                     // 429: too often; RetryAfter says when to come again
	KindUnavailable                 // 503: a part we depend on is down
	KindTooLarge                    // 413: more was sent than is read; nothing of it was kept
)

// Status returns the HTTP status of the kind.
func (k Kind) Status() int {
	switch k {
	case KindInvalid:
		return http.StatusUnprocessableEntity
	case KindUnauthenticated:
		return http.StatusUnauthorized
	case KindForbidden:
		return http.StatusForbidden
	case KindNotFound:
		return http.StatusNotFound
	case KindConflict:
		return http.StatusConflict
	case KindLimited:
		return http.StatusTooManyRequests
	case KindUnavailable:
		return http.StatusServiceUnavailable
	case KindTooLarge:
		return http.StatusRequestEntityTooLarge
	default:
		return http.StatusInternalServerError
	}
}

// Field is one mistake in one field of a form. Name is the name of the input on
// the page, Key the catalogue key of the message, Args its named arguments.
type Field struct {
	Name string
	Key  string
	Args []any
}

// Error is an error with words for a person. Key is a catalogue key; Args are
// its named arguments in pairs.
type Error struct {
	Kind       Kind
	Key        string
	Args       []any
	Fields     []Field
	RetryAfter time.Duration
	Err        error
}

// Error gives the text for the log: the key and the cause, no arguments, since
// those may hold what a person typed.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Key + ": " + e.Err.Error()
	}
	return e.Key
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Because adds the cause for the log and returns the same error.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// With adds a field mistake and returns the same error.
func (e *Error) With(name, key string, args ...any) *Error {
	e.Fields = append(e.Fields, Field{Name: name, Key: key, Args: args})
	return e
}

// OrNil returns nil when no field is at fault: the usual end of a Validate.
func (e *Error) OrNil() error {
	if e == nil || len(e.Fields) == 0 {
		return nil
	}
	return e
}

func of(k Kind, key string, args []any) *Error { return &Error{Kind: k, Key: key, Args: args} }

// Invalid says that the input must be mended (422).
func Invalid(key string, args ...any) *Error { return of(KindInvalid, key, args) }

// Fields starts an Invalid error that collects mistakes of fields; end it with OrNil.
func Fields() *Error { return of(KindInvalid, "errors.fields", nil) }

// TooLarge says that more was sent than the portal reads (413). A form whose words could be
// read is Invalid instead: it comes back with them.
func TooLarge() *Error { return of(KindTooLarge, "errors.too_large", nil) }

// NotFound says that there is no such thing, or none that this person may see (404).
func NotFound() *Error { return of(KindNotFound, "errors.not_found", nil) }

// Unauthenticated asks to sign in (401).
func Unauthenticated() *Error { return of(KindUnauthenticated, "errors.unauthenticated", nil) }

// Forbidden says that the person may see the thing but not do this with it (403).
func Forbidden(key string, args ...any) *Error { return of(KindForbidden, key, args) }

// Conflict says that somebody changed the record meanwhile (409).
func Conflict(key string, args ...any) *Error { return of(KindConflict, key, args) }

// Limited says that it was tried too often; come again after d (429).
func Limited(d time.Duration) *Error {
	minutes := int((d + time.Minute - 1) / time.Minute)
	e := of(KindLimited, "errors.limited", []any{"n", minutes})
	e.RetryAfter = d
	return e
}

// RetrySeconds is RetryAfter in whole seconds, as the header Retry-After has it.
func (e *Error) RetrySeconds() string {
	return strconv.FormatInt(int64((e.RetryAfter+time.Second-1)/time.Second), 10)
}

// Unavailable says that a part we depend on is down (503).
func Unavailable(key string, args ...any) *Error { return of(KindUnavailable, key, args) }

// As finds the *Error in a chain; ok is false for a foreign error.
func As(err error) (e *Error, ok bool) {
	ok = errors.As(err, &e)
	return e, ok
}

// Is reports whether err is an *Error of kind k.
func Is(err error, k Kind) bool {
	e, ok := As(err)
	return ok && e.Kind == k
}
