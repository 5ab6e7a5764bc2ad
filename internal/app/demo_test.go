package app

import (
	"context"
	"testing"
	"time"

	"ereception/internal/pgtest"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
	"ereception/internal/platform/i18n"
)

// TestTheDemonstrationLoadsOnAnyDay: what the loader makes hangs on the day and the
// hour, and must come out on each of them: at night, on a Sunday, in the hour that
// comes twice, on the first day of a year.
func TestTheDemonstrationLoadsOnAnyDay(t *testing.T) {
	t.Parallel()
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, i18n.Kyiv)
	}
	days := []time.Time{at(10, 22, 7, 10), at(10, 25, 3, 30), at(11, 26, 16, 50), at(13, 1, 0, 10)}
	for _, now := range days {
		t.Run(now.Format("2006-01-02 15:04"), func(t *testing.T) {
			t.Parallel()
			e := pgtest.New(t)
			a, err := Build(context.Background(), &config.Config{DataDir: t.TempDir(), DatabaseURL: e.URL, OwnerURL: e.OwnerURL, BaseURL: "http://portal.test", MailFrom: "portal@example.org", Dev: true}, e.Log, Options{Demo: true, NoJobs: true, Clock: clock.At(now)})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close(context.Background())
			if n := e.Count(t, "SELECT count(*) FROM appeals a JOIN people p ON p.id = a.manager_id WHERE p.email = 'manager@example.org' AND a.state = 'answer_signing'"); n < 3 {
				t.Errorf("the printed manager has %d to sign", n)
			}
		})
	}
}
