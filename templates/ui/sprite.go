package ui

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"ereception/internal/platform/i18n"
)

// A list repeats a handful of icons dozens of times, and each is a kilobyte of
// path. So a page of rows draws every icon once, as a symbol, and the rows use it.

// Drawn is a widget with an icon, cut in two: the icon as a symbol, and the
// widget that uses it.
type Drawn struct{ Symbol, HTML string }

// cut takes the icon out of what c renders. A widget without an icon stays whole.
func cut(ctx context.Context, id string, c templ.Component) (Drawn, error) {
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		return Drawn{}, err
	}
	before, rest, ok := strings.Cut(b.String(), "<svg")
	_, rest, ok2 := strings.Cut(rest, ">")
	path, after, ok3 := strings.Cut(rest, "</svg>")
	if !ok || !ok2 || !ok3 {
		return Drawn{HTML: b.String()}, nil
	}
	return Drawn{
		Symbol: `<symbol id="` + id + `" viewBox="0 0 24 24" fill="none">` + path + `</symbol>`,
		HTML:   before + `<svg class="ic" aria-hidden="true"><use href="#` + id + `"/></svg>` + after,
	}, nil
}

// sprites keeps what was cut, by language and name.
var sprites sync.Map

type spriteKey struct{ locale, code string }

// StatusDrawn is Status, cut in two.
func StatusDrawn(ctx context.Context, code string) (Drawn, error) {
	key := spriteKey{i18n.Locale(ctx), code}
	if d, ok := sprites.Load(key); ok {
		return d.(Drawn), nil
	}
	d, err := cut(ctx, "st-"+code, Status(code))
	if err == nil {
		sprites.Store(key, d)
	}
	return d, err
}

// Symbols draws the icons that the statuses of a list use, each once, unseen. status
// gives that of a row; a row without one has none.
func Symbols[T any](rows []T, status func(*T) string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var b strings.Builder
		b.WriteString(`<svg class="ds-sr-only" aria-hidden="true" focusable="false">`)
		seen := map[string]bool{}
		for i := range rows {
			code := status(&rows[i])
			if seen[code] || code == "" {
				continue
			}
			seen[code] = true
			d, err := StatusDrawn(ctx, code)
			if err != nil {
				return err
			}
			b.WriteString(d.Symbol)
		}
		b.WriteString(`</svg>`)
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// StatusUse is Status for a list that has drawn its Symbols.
func StatusUse(code string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		d, err := StatusDrawn(ctx, code)
		if err == nil {
			_, err = io.WriteString(w, d.HTML)
		}
		return err
	})
}
