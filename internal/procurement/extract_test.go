package procurement

import (
	"testing"
	"time"
)

func TestDayOfList(t *testing.T) {
	t.Parallel()
	last := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		name, number string
		texts        []string
		want         string
	}{
		{"the first that is a time", "UA-2024-12-10-010819-a", []string{"", "2024-12-11T00:30:00+02:00"}, "2024-12-10T22:30:00Z"},
		{"a bare day is Kyiv's", "", []string{"2024-12-11"}, "2024-12-10T22:00:00Z"},
		{"a mistyped year in the past", "UA-2024-12-10-010819-a", []string{"0202-01-05T00:00:00+02:00", "2024-12-12T12:00:00Z"}, "2024-12-12T12:00:00Z"},
		{"a mistyped year in the future", "UA-2024-12-10-010819-a", []string{"2922-01-05T00:00:00+02:00"}, "2024-12-09T22:00:00Z"},
		{"nothing", "№ 5", []string{"учора"}, "2026-01-02T03:04:05Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := dayOf(c.number, last, c.texts...).UTC().Format(time.RFC3339); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
