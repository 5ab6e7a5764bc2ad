package layout

import (
	"context"
	"strconv"

	"ereception/internal/platform/i18n"
)

// inboxLabel names the bell: a dot alone would tell nothing to a screen reader.
func inboxLabel(ctx context.Context, unread int) string {
	if unread == 0 {
		return i18n.T(ctx, "layout.inbox")
	}
	return i18n.N(ctx, "layout.inbox_unread", unread)
}

// countClass gives the class of a counter in the left navigation.
func countClass(level string) string {
	switch level {
	case "amb":
		return "cnt amb"
	case "red":
		return "cnt red"
	case "cnt":
		return "cnt"
	}
	return "c"
}

// copyright is the last line of the footer; year 0 leaves the year out.
func copyright(ctx context.Context, year int) string {
	s := "© " + i18n.T(ctx, "layout.council")
	if year > 0 {
		s += ", " + strconv.Itoa(year)
	}
	return s
}
