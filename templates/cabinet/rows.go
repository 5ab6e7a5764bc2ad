package cabinet

import (
	"context"
	"io"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"ereception/internal/platform/i18n"
	"ereception/templates/ui"
)

// queueRows writes the body of the queue by hand: it is the hot part of the
// page that officials keep open all day, and a component for each cell would
// cost more than the query.
func queueRows(rows []Row) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		who, unit := attr(i18n.T(ctx, "cabinet.queue.who")), attr(i18n.T(ctx, "cabinet.queue.unit"))
		// The words around the number are found once, not for each row.
		const at = "\x00"
		before, after, _ := strings.Cut(templ.EscapeString(i18n.T(ctx, "ui.queue.select_row", "number", at)), at)
		before, after = `" aria-label="`+before, after+`"`
		nobody := templ.EscapeString(i18n.T(ctx, "cabinet.queue.no_unit"))
		b := make([]byte, 0, 2048)
		for i := range rows {
			r := &rows[i]
			badge, err := ui.StatusDrawn(ctx, r.Status)
			if err != nil {
				return err
			}
			b = append(b[:0], `<tr><td><input class="ds-input" type="checkbox" name="id" value="`...)
			b = append(b, r.Number...)
			b = append(b, before...)
			b = append(b, r.Number...)
			b = append(b, after...)
			b = append(b, `></td><td><a class="no" href="`...)
			b = append(b, templ.EscapeString(r.Href)...)
			b = append(b, "\">"...)
			b = append(b, r.Number...)
			b = append(b, "</a><div class=\"sub nowrap\">"...)
			b = append(b, templ.EscapeString(r.Kind)...)
			b = append(b, "</div></td><td>"...)
			b = ui.AppendAge(ctx, b, r.Age)
			b = append(b, "</td><td><div class=\"topic\">"...)
			b = append(b, templ.EscapeString(r.Title)...)
			b = append(b, "</div>"...)
			if r.Place != "" || r.Mark != "" {
				b = append(b, "<div class=\"sub\">"...)
				b = append(b, templ.EscapeString(r.Place)...)
				if r.Place != "" && r.Mark != "" {
					b = append(b, " · "...)
				}
				b = append(b, templ.EscapeString(r.Mark)...)
				b = append(b, "</div>"...)
			}
			b = append(b, "</td><td"...)
			b = append(b, who...)
			b = append(b, '>')
			b = append(b, templ.EscapeString(r.Who)...)
			b = append(b, "</td><td"...)
			b = append(b, unit...)
			b = append(b, '>')
			if r.Unit == "" {
				b = append(b, "<span class=\"muted\">"...)
				b = append(b, nobody...)
				b = append(b, "</span>"...)
			} else {
				b = append(b, templ.EscapeString(r.Unit)...)
			}
			if r.Executor != "" {
				b = append(b, "<div class=\"sub\">"...)
				b = append(b, templ.EscapeString(r.Executor)...)
				b = append(b, "</div>"...)
			}
			if r.Out != "" {
				b = append(b, "<div class=\"sub\"><span class=\"due\" data-level=\"late\">"...)
				b = append(b, templ.EscapeString(r.Out)...)
				b = append(b, "</span></div>"...)
			}
			b = append(b, "</td><td>"...)
			b = append(b, badge.HTML...)
			b = append(b, "</td></tr>"...)
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		return nil
	})
}

func attr(label string) string { return ` data-l="` + templ.EscapeString(label) + `"` }

// DrawOptions renders the options of a filter of which none is chosen.
func DrawOptions(ctx context.Context, list []ui.Option) (string, error) {
	var b strings.Builder
	err := filterOptions("", list).Render(ctx, &b)
	return b.String(), err
}

// kept is what once has rendered.
var kept sync.Map

type keptKey struct{ locale, name string }

// once renders what is the same on every page that gives it the same name, a name of
// few: in each language once.
func once(name string, c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		key := keptKey{i18n.Locale(ctx), name}
		s, ok := kept.Load(key)
		if !ok {
			var b strings.Builder
			if err := c.Render(ctx, &b); err != nil {
				return err
			}
			s = b.String()
			kept.Store(key, s)
		}
		_, err := io.WriteString(w, s.(string))
		return err
	})
}

// bulkName names the buttons of the bar; they go by role and tray, never by person.
func bulkName(list []BulkButton) string {
	name := "bulk"
	for _, b := range list {
		name += " " + b.Href
	}
	return name
}
