package procurement

import (
	"testing"

	"ereception/internal/procurement/prozorro"
)

func TestMaskHidesNamesOnly(t *testing.T) {
	t.Parallel()
	person := func(name string) []prozorro.Party {
		return []prozorro.Party{{Name: name, Identifier: prozorro.Identifier{Scheme: "UA-EDR", ID: "3012345678"}}}
	}
	for _, c := range []struct{ name, person, text, want string }{
		{"the whole name", "ФОП Іваненко Іван Іванович", "Договір з ФОП Іваненко Іван Іванович", "Договір з …"},
		{"the surname alone", "ФОП Іваненко Іван Іванович", "Протокол_Іваненко.pdf", "Протокол_….pdf"},
		{"capitals", "ФОП ІВАНЕНКО ІВАН ІВАНОВИЧ", "кп іваненко", "кп …"},
		{"another case of the surname", "ФОП Іваненко Іван Іванович", "Пропозиція Іваненка та Іваненкові", "Пропозиція … та …"},
		{"an adjective as a surname", "ФОП Романський Петро Ілліч", "Акт Романського", "Акт …"},
		{"another apostrophe", "ФОП Лук'яненко Олена Петрівна", "Лист Лук’яненко", "Лист …"},
		{"a word that begins like the surname", "ФОП Мороз Іван Іванович", "Морозиво, морозильники; Мороз І. І.", "Морозиво, морозильники; … І. І."},
		{"a word that ends like the surname", "ФОП Лебідь Іван Іванович", "сонлебідь", "сонлебідь"},
		{"a tax number", "ФОП Мороз Іван Іванович", "РНОКПП3012345678", "РНОКПП…"},
		{"a tax number of somebody else", "ФОП Мороз Іван Іванович", "код 2912345678", "код …"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := maskOf("…", person(c.person)).text(c.text); got != c.want {
				t.Errorf("%q became %q, want %q", c.text, got, c.want)
			}
		})
	}
}
