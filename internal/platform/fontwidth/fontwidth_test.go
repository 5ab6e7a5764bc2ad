package fontwidth_test

import (
	"strings"
	"testing"

	"ereception/internal/platform/fontwidth"
)

func TestPixels(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "0": 8, "Ж": 12, "iiii": 13, "水": 13, "е\u0301": 7, "ознак: 2": 48} {
		if got := fontwidth.Pixels(text, 11); got != want {
			t.Errorf("%q is %d px, want %d", text, got, want)
		}
	}
	for _, r := range "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯабвгґдеєжзиіїйклмнопрстуфхцчшщьюя’ABCXYZabcxyz0123456789.,:·—()" {
		if w := fontwidth.Pixels(string(r), 100); w >= 110 && !strings.ContainsRune("Щ", r) {
			t.Errorf("the table does not know %c", r)
		}
	}
}
