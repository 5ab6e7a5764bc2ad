package httpx

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/obs"
)

type renderer struct {
	o        Options
	fallback []byte
	back     map[string]string // pattern of a POST route → pattern of the page that holds its form
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Render writes a page from a buffer: an error in the middle of a template
// must not leave half a page behind.
func Render(c echo.Context, status int, page templ.Component) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := page.Render(Ctx(c), b); err != nil {
		return err
	}
	return HTML(c, status, b.Bytes())
}

// HTML writes a rendered page.
func HTML(c echo.Context, status int, b []byte) error {
	h := c.Response().Header()
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	h.Add("Vary", "Cookie")
	return send(c, status, "text/html; charset=utf-8", b)
}

// JSON writes v as JSON for our own scripts.
func JSON(c echo.Context, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, "application/json; charset=utf-8", b)
}

// WantsJSON reports whether the request comes from our own script.
func WantsJSON(c echo.Context) bool {
	return strings.Contains(c.Request().Header.Get("Accept"), "application/json")
}

// handleError is the one place where an error becomes an answer. Only the key
// and the fields of an errs.Error reach a person; the cause goes to the log
// with the id of the request.
func (r *renderer) handleError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	ctx := Ctx(c)
	var p *panicError
	if errors.Is(ctx.Err(), context.Canceled) && !errors.As(err, &p) { // the person has left; nobody reads an answer, and nothing failed
		c.Response().WriteHeader(http.StatusServiceUnavailable)
		return
	}
	e, ok := errs.As(err)
	if !ok {
		e = foreign(err)
		if e.Kind == errs.KindInternal && r.o.Down != nil && r.o.Down(err) {
			e = errs.Unavailable("errors.unavailable").Because(err)
		}
	}
	status := e.Kind.Status()
	// A refusal that the portal decided on, when a crowd comes or a switch is
	// off, is no fault of it.
	if status >= 500 && (e.Kind != errs.KindUnavailable || e.Err != nil) {
		args := []any{"request", obs.RequestID(ctx), "method", c.Request().Method, "route", c.Path(), "err", err}
		if errors.As(err, &p) {
			args = append(args, "panic", p.value, "stack", string(p.stack))
		}
		r.o.Log.ErrorContext(ctx, "request failed", args...)
	}
	if e.Kind == errs.KindUnauthenticated && !WantsJSON(c) {
		if r.signIn(c) == nil {
			return
		}
	}
	if c.Request().ContentLength <= readMost {
		drain(c.Request()) // the form may have been refused unread
	}
	if e.RetryAfter > 0 {
		c.Response().Header().Set("Retry-After", e.RetrySeconds())
	} else if status == http.StatusServiceUnavailable {
		c.Response().Header().Set("Retry-After", "30")
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	if WantsJSON(c) {
		_ = c.JSON(status, map[string]any{"error": i18n.T(ctx, e.Key, e.Args...), "request": obs.RequestID(ctx)})
		return
	}
	asked := reads(c.Request().Method)
	page := r.o.Frame.Error(c, status, i18n.T(ctx, e.Key, e.Args...), hint(ctx, e, asked), asked && status == http.StatusServiceUnavailable)
	if rerr := Render(c, status, page); rerr != nil && !c.Response().Committed {
		r.o.Log.ErrorContext(ctx, "the page of an error failed", "err", rerr)
		_ = HTML(c, status, r.fallback)
	}
}

// reads tells a request that may simply be made again from one that sends something.
func reads(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// hint says what to do now; asked: nothing was sent that could be lost.
func hint(ctx context.Context, e *errs.Error, asked bool) string {
	switch e.Kind {
	case errs.KindNotFound:
		return i18n.T(ctx, "errors.not_found_hint")
	case errs.KindForbidden:
		return i18n.T(ctx, "errors.forbidden_hint")
	case errs.KindConflict, errs.KindLimited, errs.KindInvalid, errs.KindTooLarge:
		return i18n.T(ctx, "errors.back_hint")
	case errs.KindInternal:
		return i18n.T(ctx, "errors.internal_hint", "id", obs.RequestID(ctx))
	}
	switch {
	case e.Key == "errors.crowd":
		return i18n.T(ctx, crowdHint(asked))
	case e.Kind == errs.KindUnavailable && !asked:
		return i18n.T(ctx, "errors.back_hint")
	}
	return ""
}

func foreign(err error) *errs.Error {
	var he *echo.HTTPError
	if errors.As(err, &he) {
		switch he.Code {
		case http.StatusNotFound, http.StatusMethodNotAllowed:
			return errs.NotFound().Because(err)
		case http.StatusRequestEntityTooLarge:
			return errs.TooLarge().Because(err)
		case http.StatusBadRequest, http.StatusUnsupportedMediaType:
			return errs.Invalid("errors.unreadable").Because(err)
		}
	}
	return &errs.Error{Kind: errs.KindInternal, Key: "errors.internal", Err: err}
}

// Problem is a mistake in a form, translated: Field is the id of the input.
type Problem struct {
	Field   string
	Message string
}

// Problems translates the field mistakes of err for the page; ok is false when
// err is not of that kind and must be returned by the handler. An Invalid error
// without fields is one Problem without a field.
func Problems(c echo.Context, err error) (list []Problem, byField map[string]string, ok bool) {
	e, is := errs.As(err)
	if !is || e.Kind != errs.KindInvalid {
		return nil, nil, false
	}
	ctx := Ctx(c)
	byField = map[string]string{}
	for _, f := range e.Fields {
		m := i18n.T(ctx, f.Key, f.Args...)
		if _, dup := byField[f.Name]; dup {
			continue
		}
		byField[f.Name] = m
		list = append(list, Problem{Field: f.Name, Message: m})
	}
	if len(list) == 0 {
		list = append(list, Problem{Message: i18n.T(ctx, e.Key, e.Args...)})
	}
	return list, byField, true
}

const flashCookie = "erec_flash"

type flash struct {
	Key  string   `json:"k"`
	Args []string `json:"a,omitempty"`
}

// Flash says something on the next page. Arguments are pairs of strings and
// must be no personal data: they travel in a cookie.
func Flash(c echo.Context, key string, args ...string) {
	b, _ := json.Marshal(flash{key, args})
	c.SetCookie(&http.Cookie{
		Name: flashCookie, Value: base64.RawURLEncoding.EncodeToString(b), Path: "/",
		HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 60,
	})
}

func takeFlash(c echo.Context) {
	k, err := c.Cookie(flashCookie)
	if err != nil || k.Value == "" || c.Request().Method != GET || WantsJSON(c) {
		return
	}
	c.SetCookie(&http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true})
	b, err := base64.RawURLEncoding.DecodeString(k.Value)
	if err != nil {
		return
	}
	var f flash
	if json.Unmarshal(b, &f) == nil && i18n.Has(f.Key) {
		c.SetRequest(c.Request().WithContext(context.WithValue(Ctx(c), flashKey, f)))
	}
}

// FlashText is what the last page wanted to be said on this one.
func FlashText(c echo.Context) string {
	f, ok := Ctx(c).Value(flashKey).(flash)
	if !ok {
		return ""
	}
	args := make([]any, len(f.Args))
	for i, a := range f.Args {
		args[i] = a
	}
	return i18n.T(Ctx(c), f.Key, args...)
}

// fallbackPage is the page for the day when the page of errors fails. It needs
// nothing but itself.
func fallbackPage() []byte {
	msg := i18n.In(i18n.Default, "errors.internal")
	return []byte("<!doctype html><html lang=\"uk\"><meta charset=\"utf-8\"><title>" + msg + "</title><h1>" + msg + "</h1><p><a href=\"/\">" +
		i18n.In(i18n.Default, "errors.home") + "</a></p></html>")
}
