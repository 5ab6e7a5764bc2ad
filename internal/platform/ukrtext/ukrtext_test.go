package ukrtext

import "testing"

func TestFormsOfOneWordHaveOneStem(t *testing.T) {
	t.Parallel()
	for _, forms := range [][]string{
		{"звернення", "зверненню", "зверненнями"},
		{"перехід"},
		{"дорога", "дороги", "дорогу", "дорогою", "дорогами"},
		{"ремонт", "ремонту", "ремонтів", "ремонтами"},
		{"школа", "школи", "школою", "школах"},
		{"безпечний", "безпечного", "безпечною", "безпечні"},
	} {
		want := Stem(forms[0])
		for _, f := range forms {
			if got := Stem(f); got != want {
				t.Errorf("%s: %s, %s: %s", f, got, forms[0], want)
			}
		}
	}
	for _, w := range []string{"дім", "БТІ", "park", "UA-2024"} {
		if got := Stem(w); got != w {
			t.Errorf("%s lost its end: %s", w, got)
		}
	}
}

func TestLatinLookalikes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"дopoга": "дорога", "Bокзал": "Вокзал", "park": "park", "світло": "світло"} {
		if got := Cyrillic(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}
