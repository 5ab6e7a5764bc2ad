package procurement

import "testing"

func TestSearchFindsOtherForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, typed, want string }{
		{"genitive of many", "ремонтів", "'ремонт':*"},
		{"one of many", "ремонтами", "'ремонт':*"},
		{"an adjective", "капітальними", "'капітальн':*"},
		{"two words are both wanted", "поточний ремонт", "'поточн':* & 'ремонт':*"},
		{"a short word stays", "дах", "'дах':*"},
		{"four letters stay", "школи", "'школ':*"},
		{"no Cyrillic, no ending", "prozorro", "'prozorro':*"},
		{"a number is one word", "UA-2024-12-10-010819-a", "'ua-2024-12-10-010819-a':*"},
		{"no words", " — ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := tsQuery(c.typed); got != c.want {
				t.Errorf("%q gives %s, want %s", c.typed, got, c.want)
			}
		})
	}
}
