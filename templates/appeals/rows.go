package appeals

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"ereception/templates/ui"
)

// bodyRows writes the rows of the own appeals. It is a loop of appends because this
// page is asked for on every visit and the rows are most of it.
func bodyRows(list []Row, who, term string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		who, term := ` data-l="`+templ.EscapeString(who)+`">`, ` data-l="`+templ.EscapeString(term)+`">`
		b := make([]byte, 0, 2048)
		for i := range list {
			r := &list[i]
			status, err := ui.StatusDrawn(ctx, r.Status)
			if err != nil {
				return err
			}
			b = append(b[:0], `<tr><td><a class="item-title" href="`...)
			b = append(b, templ.EscapeString(string(templ.SafeURL(r.Href)))...)
			b = append(b, `">`...)
			b = append(b, templ.EscapeString(r.Title)...)
			b = append(b, `</a><div class="meta"><span class="num">`...)
			b = append(b, templ.EscapeString(r.Number)...)
			b = append(b, `</span> <span>`...)
			b = append(b, templ.EscapeString(r.Kind)...)
			if r.Place != "" {
				b = append(b, `</span> <span>`...)
				b = append(b, templ.EscapeString(r.Place)...)
			}
			b = append(b, `</span> <span>`...)
			b = append(b, templ.EscapeString(r.Filed)...)
			b = append(b, `</span></div></td><td>`...)
			b = append(b, status.HTML...)
			b = append(b, `</td><td`...)
			b = append(b, who...)
			b = append(b, templ.EscapeString(r.Who)...)
			b = append(b, `</td><td`...)
			b = append(b, term...)
			b = ui.AppendDue(ctx, b, r.Due)
			b = append(b, `<div class="small muted nowrap">`...)
			b = append(b, templ.EscapeString(r.Date)...)
			b = append(b, `</div></td></tr>`...)
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		return nil
	})
}
