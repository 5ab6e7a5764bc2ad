package petitions_test

import (
	"net/http"
	"testing"
	"time"
)

func TestCharts(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v := s.visitor()
	if v.want(v.get(s.at(s.n, "")), http.StatusOK, "").doc.Find("svg.chart").Length() != 0 {
		t.Error("a chart of nothing")
	}
	first := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)                      // noon in Kyiv
	for at, n := range map[time.Time]int{first: 3, first.Add(49 * time.Hour): 7, // 22 November, 13:00
		first.Add(50 * time.Hour): 2, first.Add(73 * time.Hour): 4} {
		s.Owner(t, "INSERT INTO petition_hours (petition_id, hour, n) SELECT id, $2, $3 FROM petitions WHERE number = $1", s.n, at, n)
	}
	s.Clock.Advance(time.Minute) // past the shared copy
	page := func(query string) func(string) []string {
		doc := v.want(v.get(s.at(s.n, query)), http.StatusOK, "").doc
		return func(at string) (out []string) {
			for _, cell := range doc.Find(at).EachIter() {
				out = append(out, cell.Text())
			}
			return out
		}
	}
	is := func(what string, got []string, want ...string) {
		t.Helper()
		if len(got) != len(want) {
			t.Errorf("%s: %d of %d: %q", what, len(got), len(want), got)
			return
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: %q, want %q", what, got, want)
				return
			}
		}
	}
	all := page("")
	is("days", all("section[aria-labelledby=days] tr td:last-child"), "3", "0", "9", "4", "0", "0") // to the present day
	is("hours", all("#hours"), "Підписи за годинами: 22\u00a0листопада 2026")
	if got := all("section[aria-labelledby=hours] tr td:last-child"); len(got) != 24 || got[13] != "7" || got[14] != "2" || got[12] != "0" {
		t.Errorf("the hours of the day with the most: %q", got)
	}
	is("other days", all("section[aria-labelledby=hours] nav a"), "← 20\u00a0лист.", "23\u00a0лист. →")
	is("a chosen day", page("?day=2026-11-20")("#hours"), "Підписи за годинами: 20\u00a0листопада 2026")
	for _, bad := range []string{"?day=2020-01-01", "?day=x", "?day=2026-11-99"} {
		is(bad, page(bad)("#hours"), "Підписи за годинами: 22\u00a0листопада 2026")
	}
}
