package cabinet

import (
	"strconv"

	"github.com/a-h/templ"
)

// pct gives the width of a bar; a share of nothing draws nothing.
func pct(n int) string { return strconv.Itoa(min(max(n, 0), 100)) + "%" }

// dates bounds a field of a date; the server judges.
func dates(from, to string) templ.Attributes {
	a := templ.Attributes{"min": from}
	if to != "" {
		a["max"] = to
	}
	return a
}
