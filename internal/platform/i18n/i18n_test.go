package i18n

import (
	"context"
	"testing"
	"time"
)

func TestPlurals(t *testing.T) {
	t.Parallel()
	uk, en := With(context.Background(), Ukrainian), With(context.Background(), English)
	for n, want := range map[int]string{1: "хвилину", 2: "хвилини", 5: "хвилин", 11: "хвилин", 21: "хвилину", 22: "хвилини", 112: "хвилин"} {
		if got := N(uk, "errors.limited", n); got != "Забагато спроб. Спробуйте знову через "+Num(uk, n)+" "+want {
			t.Errorf("%d: %s", n, got)
		}
	}
	if got := N(en, "errors.limited", 1); got != "Too many attempts. Try again in 1 minute" {
		t.Error(got)
	}
	if got := T(en, "errors.limited", "n", 3); got != "Too many attempts. Try again in 3 minutes" {
		t.Error(got)
	}
}

func TestNumbersAndDates(t *testing.T) {
	t.Parallel()
	uk, en := With(context.Background(), "uk"), With(context.Background(), "en")
	for n, want := range map[int]string{0: "0", 999: "999", 1284: "1\u202f284", -8: "\u22128", 1234567: "1\u202f234\u202f567"} {
		if got := Num(uk, n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	if got := Num(en, 1284); got != "1,284" {
		t.Error(got)
	}
	late := time.Date(2026, 11, 22, 22, 42, 0, 0, time.UTC) // past midnight in Kyiv
	for _, c := range [][2]string{
		{Date(uk, late), "23\u00a0листопада 2026"},
		{Date(en, late), "23\u00a0November 2026"},
		{DateTime(uk, late), "23\u00a0листопада 2026, 00:42"},
		{DayMonth(uk, late), "23\u00a0лист."},
		{Numeric(late), "23.11.2026"},
		{ISODate(late), "2026-11-23"},
	} {
		if c[0] != c[1] {
			t.Errorf("%q, want %q", c[0], c[1])
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"": "uk", "uk": "uk", "en-GB,en;q=0.9": "en", "uk,en;q=0.5": "uk", "de": "uk", "en;q=0.3,uk;q=0.9": "uk", "\x00bad": "uk",
	} {
		if got := Match(header); got != want {
			t.Errorf("%q: %s", header, got)
		}
	}
}

func TestAMissingKeyShowsItselfAndAnUnknownLocaleTheDefault(t *testing.T) {
	t.Parallel()
	ctx := With(context.Background(), "fr")
	if Locale(ctx) != Ukrainian || T(ctx, "no.such.key") != "no.such.key" {
		t.Error("fallbacks are broken")
	}
}
