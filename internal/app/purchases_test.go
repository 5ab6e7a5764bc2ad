package app

import (
	"testing"
	"time"

	"ereception/internal/platform/i18n"
)

func TestLettersOfFollowedSearchesGoOutInTheMorning(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ now, want string }{
		"before eight":                       {"2026-11-25 07:59:59", "2026-11-25 08:00:00"},
		"at eight the next day is meant":     {"2026-11-25 08:00:00", "2026-11-26 08:00:00"},
		"in the evening":                     {"2026-11-25 21:40:00", "2026-11-26 08:00:00"},
		"over the end of the year":           {"2026-12-31 12:00:00", "2027-01-01 08:00:00"},
		"the night when clocks go forward":   {"2027-03-27 20:00:00", "2027-03-28 08:00:00"},
		"the night when clocks go back":      {"2026-10-24 20:00:00", "2026-10-25 08:00:00"},
		"in the hour that the night repeats": {"2026-10-25 03:30:00", "2026-10-25 08:00:00"},
	} {
		now, err := time.ParseInLocation(time.DateTime, c.now, i18n.Kyiv)
		if err != nil {
			t.Fatal(err)
		}
		if got := (mornings{}).Next(now.UTC()).In(i18n.Kyiv).Format(time.DateTime); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
