package appeals

import "testing"

func TestTwoNeighboursMayBeOneWord(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                    "",
		"яма":                 "'яма':*",
		"Вело доріжка":        "'вело':* & 'доріжка':* | 'велодоріжка':*",
		"яма біля мосту":      "'яма':* & 'біля':* & 'мосту':* | 'ямабіля':* & 'мосту':* | 'яма':* & 'білямосту':*",
		"Київська 61":         "'київська':* & '61':*",
		"вело' | ('доріжка'&": "'вело':* & 'доріжка':* | 'велодоріжка':*",
	} {
		if got := tsquery(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	b := setup(t)
	d := b.draft()
	d.Title = "Велодоріжка обривається біля мосту"
	n := b.filed(t, b.ann, d)
	for _, q := range []string{"вело доріжка", "велодоріжка", "вело доріжка сквер", "біля вело доріжка"} {
		rows, _, err := b.svc.Queue(t.Context(), b.clerk, Filter{Set: SetAll, Query: q})
		if err != nil || (len(rows) == 1 && rows[0].Number == n) != (q != "вело доріжка сквер") {
			t.Errorf("%q: %v, %v", q, rows, err)
		}
	}
}
