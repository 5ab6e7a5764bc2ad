package procurement

import (
	"strconv"
	"unicode/utf8"
)

func itoa(n int) string { return strconv.Itoa(n) }

func barWidth(percent int) string { return itoa(min(max(percent, 1), 100)) + "%" }

// listClass takes the narrow columns of the indicators only where there are some.
func listClass(t Table) string {
	if len(t.Columns) > 0 {
		return "t cards ptable"
	}
	return "t cards ptable plain-cols"
}

func headRows(t Table) string {
	if len(t.Columns) > 0 {
		return "2"
	}
	return "1"
}

func noteClass(kind string) string {
	if kind == "" {
		return "note"
	}
	return "note " + kind
}

// titleClass sets long titles smaller: sources put whole specifications there.
func titleClass(title string) string {
	if utf8.RuneCountInString(title) > 100 {
		return "p-title long"
	}
	return "p-title"
}
