package httpx

import (
	"encoding/csv"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"
)

// Table answers with CSV, with the mark by which Excel knows UTF-8. Cells are parted
// by comma: ',' for open data (RFC 4180), ';' for officials, whose Excel in Ukrainian
// takes that alone for a table. A cell that a spreadsheet would take for a formula is
// made a text. What fails after the first line breaks the connection off: half a table
// is not to be taken for the whole.
func Table(c echo.Context, name string, comma rune, head []string, fill func(row func(...string) error) error) error {
	w := c.Response()
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.WriteHeader(http.StatusOK)
	if _, err := w.Write([]byte("\ufeff")); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = comma, true
	row := func(cells ...string) error {
		for i, s := range cells {
			if s != "" && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@' || s[0] == '\t' || s[0] == '\r') {
				cells[i] = "'" + s
			}
		}
		return out.Write(cells)
	}
	if err := row(head...); err != nil {
		return err
	}
	err := fill(row)
	if out.Flush(); err == nil {
		err = out.Error()
	}
	if err != nil {
		slog.WarnContext(c.Request().Context(), "table broken off", "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}
