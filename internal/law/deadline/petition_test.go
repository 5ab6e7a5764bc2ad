package deadline

import (
	"errors"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"ereception/internal/law/calendar"
)

func TestPetitionTerms(t *testing.T) {
	t.Parallel()
	cals := calendars(t)
	for _, c := range []struct {
		name  string
		step  PetitionStep
		from  string
		n     int
		cal   string
		due   string
		words string
	}{
		{"submitted on a Wednesday, checked by Friday", PetitionCheck, "2026-11-25T10:00:00+02:00", 2, "default", "2026-11-27", "подано ср 25.11.2026 10:00 → 2 робочі дні → пт 27.11.2026, ст. 23-1 Закону 393/96-ВР"},
		{"submitted on Friday evening, checked by Tuesday", PetitionCheck, "2026-11-27T23:59:00+02:00", 2, "default", "2026-12-01", "2 робочі дні → вт 01.12.2026"},
		{"submitted on a Sunday, checked by Tuesday", PetitionCheck, "2026-11-29T12:00:00+02:00", 2, "default", "2026-12-01", ""},
		{"a charter that allows one day", PetitionCheck, "2026-11-25T10:00:00+02:00", 1, "default", "2026-11-26", "1 робочий день"},
		{"midnight in Kyiv, still yesterday in UTC", PetitionCheck, "2026-11-25T22:30:00Z", 2, "default", "2026-11-30", "подано чт 26.11.2026 00:30"},
		{"a local day off inside", PetitionCheck, "2026-06-12T10:00:00+03:00", 2, "local", "2026-06-17", "неробочий день (день громади)"},
		{"a holiday of martial law is a working day", PetitionCheck, "2026-12-24T10:00:00+02:00", 2, "default", "2026-12-28", "робочий день попри свято"},
		{"a holiday in peace is none", PetitionCheck, "2027-08-23T10:00:00+03:00", 2, "lifted", "2027-08-26", "неробочий день"},
		{"announced within three working days", PetitionAnnounce, "2026-11-27T18:00:00+02:00", 3, "default", "2026-12-02", "набрала підписи пт 27.11.2026 18:00 → 3 робочі дні → ср 02.12.2026"},
		{"reviewed within ten working days", PetitionReview, "2026-12-01T09:00:00+02:00", 10, "default", "2026-12-15", "розгляд оголошено вт 01.12.2026 09:00 → 10 робочих днів → вт 15.12.2026"},
		{"published on the next working day", PetitionPublish, "2026-12-04T16:00:00+02:00", 1, "default", "2026-12-07", "розгляд завершено пт 04.12.2026 16:00 → 1 робочий день → пн 07.12.2026"},
	} {
		r, err := Petition(c.step, instant(t, c.from), c.n, cals[c.cal])
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if r.Due != date(t, c.due) || !r.DueAt.Equal(r.Due.EndIn(calendar.Kyiv())) {
			t.Errorf("%s: due %v at %v, want %s", c.name, r.Due, r.DueAt, c.due)
		}
		if !strings.Contains(r.Explanation, c.words) || r.ExplanationEN == "" || r.Rule == "" || r.CalendarVersion == "" {
			t.Errorf("%s: %s / %s", c.name, r.Explanation, r.ExplanationEN)
		}
	}
}

func TestGatheringTerms(t *testing.T) {
	t.Parallel()
	cal := calendar.Default()
	for _, c := range []struct {
		name  string
		step  PetitionStep
		from  string
		n     int
		back  Back
		due   string
		words string
	}{
		{"ninety days, a Sunday stays one", PetitionGathering, "2026-11-24T09:00:00+02:00", 90, Back{}, "2027-02-22", "збір підписів почато вт 24.11.2026 → 90 днів → пн 22.02.2027, до кінця доби, статут громади"},
		{"the last day may be a day off", PetitionGathering, "2026-11-26T09:00:00+02:00", 30, Back{}, "2026-12-26", "сб 26.12.2026, до кінця доби"},
		{"days given back", PetitionGathering, "2026-11-24T09:00:00+02:00", 30, Back{Switched: 2}, "2026-12-26", "30 днів → і ще 2 дні, бо підписання було вимкнено → сб 26.12.2026"},
		{
			"days given back after signatures were taken out at the threshold, when nothing was switched off", PetitionGathering, "2026-11-24T09:00:00+02:00", 30,
			Back{Weighed: 2},
			"2026-12-26",
			"30 днів → і ще 2 дні, бо петиція вважалася такою, що набрала підписи, і підписати її не можна було → сб 26.12.2026, до кінця доби, статут громади",
		},
		{
			"days given back for both", PetitionGathering, "2026-11-24T09:00:00+02:00", 30,
			Back{Switched: 1, Weighed: 5},
			"2026-12-30",
			"30 днів → і ще 1 день, бо підписання було вимкнено → і ще 5 днів, бо петиція вважалася такою, що набрала підписи, і підписати її не можна було → ср 30.12.2026",
		},
		{"over the change of clocks", PetitionGathering, "2026-03-20T09:00:00+02:00", 21, Back{}, "2026-04-10", "21 день"},
		{"ninety-two days cut to three months that are shorter", PetitionGathering, "2026-11-30T09:00:00+02:00", 92, Back{}, "2027-02-28", "92 дні → але не довше трьох місяців: нд 28.02.2027 → нд 28.02.2027, до кінця доби"},
		{"three months to the end of February of a leap year", PetitionGathering, "2027-11-30T09:00:00+02:00", 92, Back{}, "2028-02-29", "але не довше трьох місяців: вт 29.02.2028"},
		{"three months from the 29th of February", PetitionGathering, "2028-02-29T09:00:00+02:00", 92, Back{}, "2028-05-29", "але не довше трьох місяців: пн 29.05.2028"},
		{"three months that are ninety-two days long are not cut", PetitionGathering, "2026-06-01T09:00:00+03:00", 92, Back{}, "2026-09-01", "збір підписів почато пн 01.06.2026 → 92 дні → вт 01.09.2026, до кінця доби"},
		{"ninety days from the last of November, cut", PetitionGathering, "2026-11-30T23:59:00+02:00", 91, Back{}, "2027-02-28", "але не довше трьох місяців"},
		{"ninety days fit", PetitionGathering, "2026-11-30T09:00:00+02:00", 90, Back{}, "2027-02-28", "90 днів → нд 28.02.2027, до кінця доби"},
		{"days given back come after the cut", PetitionGathering, "2026-11-30T09:00:00+02:00", 92, Back{Switched: 3}, "2027-03-03", "але не довше трьох місяців: нд 28.02.2027 → і ще 3 дні, бо підписання було вимкнено → ср 03.03.2027"},
		{"first supporters, cut as well", PetitionSupporters, "2027-11-30T09:00:00+02:00", 92, Back{}, "2028-02-29", "але не довше трьох місяців"},
		{"first supporters", PetitionSupporters, "2026-11-24T23:30:00+02:00", 30, Back{}, "2026-12-24", "збір перших підписів почато"},
	} {
		r, err := Gathering(c.step, instant(t, c.from), c.n, c.back, cal)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if r.Due != date(t, c.due) || !strings.Contains(r.Explanation, c.words) {
			t.Errorf("%s: due %v, %s", c.name, r.Due, r.Explanation)
		}
		// No reason is told that was none, in either language.
		for word, n := range map[string]int{"вимкнено": c.back.Switched, "вважалася": c.back.Weighed} {
			if strings.Contains(r.Explanation, word) != (n > 0) {
				t.Errorf("%s: %q in %s", c.name, word, r.Explanation)
			}
		}
		for word, n := range map[string]int{"switched off": c.back.Switched, "held to have": c.back.Weighed} {
			if strings.Contains(r.ExplanationEN, word) != (n > 0) {
				t.Errorf("%s: %q in %s", c.name, word, r.ExplanationEN)
			}
		}
	}
}

func TestReviewWaitsForTheSession(t *testing.T) {
	t.Parallel()
	cal := calendar.Default()
	at := instant(t, "2026-12-01T09:00:00+02:00")
	r, err := ReviewSession(at, date(t, "2026-12-24"), 10, cal)
	if err != nil || r.Due != date(t, "2026-12-24") || !r.Extended || !strings.Contains(r.Explanation, "потребує сесії міської ради → чт 24.12.2026") {
		t.Errorf("%v %v %s", r.Due, err, r.Explanation)
	}
	if _, err := ReviewSession(at, date(t, "2026-11-30"), 10, cal); !errors.Is(err, ErrRegistered) {
		t.Errorf("a session before the announcement: %v", err)
	}
	// ст. 23-1: the term becomes longer for a session, never shorter.
	for _, c := range []struct{ session, due string }{{"2026-12-04", "2026-12-15"}, {"2026-12-15", "2026-12-15"}, {"2026-12-16", "2026-12-16"}} {
		r, err := ReviewSession(at, date(t, c.session), 10, cal)
		if err != nil || r.Due != date(t, c.due) || r.Extended != (c.session == "2026-12-16") {
			t.Errorf("%s: %v %v %v", c.session, r.Due, r.Extended, err)
		}
		if strings.Contains(r.Explanation, "в межах строку") == r.Extended || strings.Contains(r.ExplanationEN, "within the term") == r.Extended {
			t.Errorf("%s: %s / %s", c.session, r.Explanation, r.ExplanationEN)
		}
	}
	if _, err := ReviewSession(at, date(t, "2026-12-24"), 11, cal); !errors.Is(err, ErrLength) {
		t.Errorf("a charter beyond the law: %v", err)
	}
}

func TestPetitionRefusals(t *testing.T) {
	t.Parallel()
	cal, at := calendar.Default(), instant(t, "2026-11-25T10:00:00+02:00")
	for _, c := range []struct {
		name string
		err  error
		do   func() error
	}{
		{"an unknown step", ErrStep, func() error { _, err := Petition("vote", at, 1, cal); return err }},
		{"working days for signatories", ErrStep, func() error { _, err := Petition(PetitionGathering, at, 1, cal); return err }},
		{"calendar days for the city", ErrStep, func() error { _, err := Gathering(PetitionCheck, at, 1, Back{}, cal); return err }},
		{"longer than the law allows", ErrLength, func() error { _, err := Petition(PetitionCheck, at, 3, cal); return err }},
		{"no day at all", ErrLength, func() error { _, err := Petition(PetitionReview, at, 0, cal); return err }},
		{"more than three months", ErrLength, func() error { _, err := Gathering(PetitionGathering, at, 93, Back{}, cal); return err }},
		{"days taken away", ErrLength, func() error {
			_, err := Gathering(PetitionGathering, at, 90, Back{Switched: 2, Weighed: -1}, cal)
			return err
		}},
		{"no calendar", ErrCalendar, func() error { _, err := Petition(PetitionCheck, at, 2, calendar.Calendar{}); return err }},
		{"beyond the calendar", ErrRange, func() error { _, err := Petition(PetitionCheck, at.AddDate(400, 0, 0), 2, cal); return err }},
	} {
		if err := c.do(); !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestPetitionTermsAreMonotone: what comes later is never due earlier, a longer
// term never ends sooner, and the city's last day is a working one.
func TestPetitionTermsAreMonotone(t *testing.T) {
	t.Parallel()
	cals := calendars(t)
	base := instant(t, "2026-01-01T00:00:00+02:00")
	for name, cal := range cals {
		ok := func(minutes uint32, later uint16, k uint8) bool {
			a := base.Add(time.Duration(minutes%(2*365*24*60)) * time.Minute)
			b := a.Add(time.Duration(later) * time.Minute)
			n := int(k)%9 + 1
			x, err1 := Petition(PetitionReview, a, n, cal)
			y, err2 := Petition(PetitionReview, b, n, cal)
			z, err3 := Petition(PetitionReview, a, n+1, cal)
			g, err4 := Gathering(PetitionGathering, a, n, Back{}, cal)
			h, err5 := Gathering(PetitionGathering, a, n, Back{Switched: n, Weighed: n}, cal)
			return err1 == nil && err2 == nil && err3 == nil && err4 == nil && err5 == nil &&
				!y.DueAt.Before(x.DueAt) && z.DueAt.After(x.DueAt) && cal.IsWorking(x.Due) && x.DueAt.After(a) && h.DueAt.After(g.DueAt)
		}
		if err := quick.Check(ok, &quick.Config{MaxCount: 3000}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBoundsOfTheLawAreVersions(t *testing.T) {
	t.Parallel()
	for step, most := range map[PetitionStep]int{
		PetitionSupporters: 92, PetitionGathering: 92, PetitionCheck: 2, PetitionAnnounce: 3, PetitionReview: 10, PetitionPublish: 1, "vote": 0,
	} {
		if got := PetitionMost(step, calendar.Date{}); got != most {
			t.Errorf("%s: %d days, want %d", step, got, most)
		}
	}
	seen := map[string]bool{}
	for _, r := range petitionRules {
		if seen[r.id()] || r.version < 1 || r.most < 1 || r.norm == "" || r.normEN == "" || r.uk == "" || r.en == "" {
			t.Errorf("%+v", r)
		}
		if seen[r.id()] = true; r.unit == months && r.most != 3 {
			t.Errorf("%s: the explanation speaks of three months", r.id())
		}
	}
}

// TestAGatheringIsNeverLongerThanThreeMonths, for any start and any number of days
// that a charter may give.
func TestAGatheringIsNeverLongerThanThreeMonths(t *testing.T) {
	t.Parallel()
	cal, base := calendar.Default(), instant(t, "2026-01-01T00:00:00+02:00")
	ok := func(minutes uint32, k uint8) bool {
		at, n := base.Add(time.Duration(minutes%(2*365*24*60))*time.Minute), int(k)%92+1
		r, err := Gathering(PetitionGathering, at, n, Back{}, cal)
		if err != nil {
			return false
		}
		start := cal.DateOf(at)
		law := start.AddMonths(3)
		return !r.Due.After(law) && (r.Due == start.AddDays(n) || r.Due == law && start.AddDays(n).After(law))
	}
	if err := quick.Check(ok, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
}
