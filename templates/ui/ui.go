// Package ui holds the widgets of the portal: one templ component a widget,
// each with a Props struct, in the markup that static/src/css styles (see
// docs: the look of the portal).
//
// Rules that the widgets keep:
//   - Strings in Props are already in the reader's language; the widgets' own
//     words come from the catalogue ("ui.*") by the locale of the context.
//   - Every string is escaped; there is no way to pass markup but children and
//     templ.Component fields.
//   - No style attributes and no inline scripts (the Content-Security-Policy
//     forbids them); sizes of bars are SVG attributes.
//   - Everything works without JavaScript; data-* attributes are hooks for
//     static/src/js, which only adds comfort.
//   - A status, a deadline and an error are never told by colour alone: word
//     and icon stand beside it (WCAG 2.2, 1.4.1).
package ui

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"ereception/internal/platform/i18n"
)

// Link is an address with its words.
type Link struct {
	Href  string
	Label string
}

// raw is a component of trusted, ready-made HTML.
type raw string

// Render writes the HTML as it is.
func (r raw) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(r))
	return err
}

const iconOpen = `<svg class="ic" viewBox="0 0 24 24" width="24" height="24" fill="none" aria-hidden="true" focusable="false">`

var iconComponents = func() map[string]templ.Component {
	m := make(map[string]templ.Component, len(iconSVG))
	for name, body := range iconSVG {
		m[name] = raw(iconOpen + body + "</svg>")
	}
	return m
}()

// Icon draws an Aksel icon of 24 px in the colour of the text, hidden from
// assistive technology: words must stand beside it or in the aria-label of its
// link. An empty or unknown name draws nothing; the test of this package finds
// unknown names in the templates.
func Icon(name string) templ.Component {
	if c, ok := iconComponents[name]; ok {
		return c
	}
	return raw("")
}

// HasIcon reports whether the name is drawn by Icon.
func HasIcon(name string) bool { _, ok := iconSVG[name]; return ok }

// icon is Icon as a string, for components that are written in Go.
func icon(name string) string {
	body, ok := iconSVG[name]
	if !ok {
		return ""
	}
	return iconOpen + body + "</svg>"
}

// Pin draws the mark of an appeal as the map shows it, for lists and keys:
// "new", "work", "done" or "late". Shape and glyph differ, not only the colour.
func Pin(kind string) templ.Component { return pins[kind] }

var pins = map[string]templ.Component{
	"":     raw(""),
	"new":  raw(pinOpen("new") + `<circle class="halo" r="11"/><circle class="body" r="9"/><circle r="3.2" class="gl"/></svg>`),
	"work": raw(pinOpen("work") + `<circle class="halo" r="11"/><circle class="body" r="9"/><path class="gl" d="M-4.2-1.2H4.2V1.2H-4.2Z"/></svg>`),
	"done": raw(pinOpen("done") + `<rect class="halo" x="-11" y="-11" width="22" height="22" rx="7" fill="#fff"/><rect class="body" x="-9" y="-9" width="18" height="18" rx="5"/><path d="M-4 .2-1.2 3 4.2-3" fill="none" stroke="#fff" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/></svg>`),
	"late": raw(pinOpen("late") + `<path class="halo" d="M0 -14L14 0 0 14 -14 0Z" fill="#fff"/><path class="body" d="M0 -11L11 0 0 11 -11 0Z"/><path class="gl" d="M-1.2-5H1.2V1.4H-1.2ZM-1.3 3h2.6v2.6h-2.6Z"/></svg>`),
}

func pinOpen(kind string) string {
	return `<svg class="mk pin" data-k="` + kind + `" viewBox="-14 -14 28 28" aria-hidden="true" focusable="false">`
}

// Paragraphs turns typed text into paragraphs: an empty line parts them, a
// single line break stays a line break.
func Paragraphs(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		text := strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n")
		for p := range strings.SplitSeq(text, "\n\n") {
			p = strings.Trim(p, "\n")
			if p == "" {
				continue
			}
			b.WriteString("<p>")
			b.WriteString(strings.ReplaceAll(templ.EscapeString(p), "\n", "<br>"))
			b.WriteString("</p>")
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// orDefault gives s, or d when s is empty.
func orDefault(s, d string) string {
	if s == "" {
		return d
	}
	return s
}

// join puts classes together with one space, leaving out the empty ones.
func join(classes ...string) string {
	var b strings.Builder
	for _, c := range classes {
		if c == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(c)
	}
	return b.String()
}

// describedBy lists the ids of hint, error and counter for aria-describedby.
func describedBy(id, hint, err string, counter bool) string {
	s := ""
	if hint != "" {
		s = id + "-h"
	}
	if err != "" {
		s = join(s, id+"-e")
	}
	if counter {
		s = join(s, id+"-c")
	}
	return s
}

func itoa(n int) string { return strconv.Itoa(n) }

// forms gives the plural forms of a counter for the scripts, by CLDR category:
// {"one":"…{n}…", …}. Samples stand for their categories; the script puts the
// number in the place of {n}.
func forms(ctx context.Context, key string) map[string]string {
	sample := map[string]int{"one": 1, "other": 2}
	if i18n.Locale(ctx) == i18n.Ukrainian {
		sample = map[string]int{"one": 1, "few": 2, "many": 5}
	}
	out := make(map[string]string, len(sample)+1)
	for cat, n := range sample {
		out[cat] = strings.Replace(i18n.N(ctx, key, n), itoa(n), "{n}", 1)
	}
	if _, ok := out["other"]; !ok {
		out["other"] = out["many"]
	}
	return out
}

func formsJSON(ctx context.Context, key string) string {
	s, err := templ.JSONString(forms(ctx, key))
	if err != nil {
		return "{}"
	}
	return s
}
