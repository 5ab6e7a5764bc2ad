package cabinet

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"ereception/internal/platform/i18n"
	"ereception/templates/ui"
)

// A queue repeats a handful of icons dozens of times, and each is a kilobyte of
// path. So a page of rows draws every icon once, as a symbol, and the rows use it.

// drawn is a widget with an icon, cut in two: the icon as a symbol, and the
// widget that uses it.
type drawn struct{ symbol, html string }

// cut takes the icon out of what c renders. A widget without an icon stays whole.
func cut(ctx context.Context, id string, c templ.Component) (drawn, error) {
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		return drawn{}, err
	}
	before, rest, ok := strings.Cut(b.String(), "<svg")
	_, rest, ok2 := strings.Cut(rest, ">")
	path, after, ok3 := strings.Cut(rest, "</svg>")
	if !ok || !ok2 || !ok3 {
		return drawn{html: b.String()}, nil
	}
	return drawn{
		symbol: `<symbol id="` + id + `" viewBox="0 0 24 24" fill="none">` + path + `</symbol>`,
		html:   before + `<svg class="ic" aria-hidden="true"><use href="#` + id + `"/></svg>` + after,
	}, nil
}

// sprites keeps what was cut, by language, kind of widget and name.
var sprites sync.Map

func statusOf(ctx context.Context, code string) (drawn, error) {
	return cached(ctx, "st-"+code, func() templ.Component { return ui.Status(code) })
}

type spriteKey struct{ locale, id string }

func cached(ctx context.Context, id string, widget func() templ.Component) (drawn, error) {
	key := spriteKey{i18n.Locale(ctx), id}
	if d, ok := sprites.Load(key); ok {
		return d.(drawn), nil
	}
	d, err := cut(ctx, id, widget())
	if err == nil {
		sprites.Store(key, d)
	}
	return d, err
}

// symbols draws the icons that the rows use, each once, unseen.
func symbols(rows []Row) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var b strings.Builder
		b.WriteString(`<svg class="ds-sr-only" aria-hidden="true" focusable="false">`)
		seen := map[string]bool{}
		put := func(name string, get func(context.Context, string) (drawn, error)) error {
			if seen[name] {
				return nil
			}
			seen[name] = true
			d, err := get(ctx, name)
			b.WriteString(d.symbol)
			return err
		}
		for i := range rows {
			if err := put(rows[i].Status, statusOf); err != nil {
				return err
			}
		}
		b.WriteString(`</svg>`)
		_, err := io.WriteString(w, b.String())
		return err
	})
}
