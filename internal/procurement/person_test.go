package procurement

import (
	"strings"
	"testing"
)

// TestWhoIsAHumanBeing: the names and identifiers under which sole traders and
// companies stand in the source; all of them are invented.
func TestWhoIsAHumanBeing(t *testing.T) {
	t.Parallel()
	s := &Service{secret: []byte("x")}
	const (
		tax  = "3012345678" // ten digits
		code = "37615022"   // eight digits
		none = ""
		zero = "00000000"
	)
	for _, c := range []struct {
		name, legal, id string
		sole            bool
	}{
		// Under a tax number whatever the name is.
		{"Гречко Марко Юхимович", "", tax, true},
		{"ГРЕЧКО МАРКО ЮХИМОВИЧ", "", tax, true},
		{"Гречко", "", tax, true},
		{"Крамниця «Зорька»", "", tax, true},
		{"Гречко Марко Юхимович", "", "301 234 56 78", true},
		{"Гречко Марко Юхимович", "", "РНОКПП 3012345678", true},
		{"Гречко М. Ю.", "", "АА 123456", true},
		{"Гречко М. Ю.", "", "аа123456", true},
		{"Гречко М. Ю.", "", "АА №123456", true},
		{"Гречко М. Ю.", "", "001234567", true},
		// Under a code of eight digits, a placeholder or none, by the word before the name.
		{"ФОП Гречко Марко Юхимович", "", code, true},
		{"ФОП Гречко Марко Юхимович", "", zero, true},
		{"ФОП Гречко Марко Юхимович", "", none, true},
		{"ФОП Гречко", "", code, true},
		{"фоп гречко м ю", "", code, true},
		{"Фоп \"Гречко Марко Юхимович\"", "", code, true},
		{"\"ФОП Гречко Марко\"", "", code, true},
		{"«ФОП Гречко М.Ю.»", "", zero, true},
		{"Ф.О.П. Гречко М.Ю.", "", code, true},
		{"Ф.О.П Гречко М.Ю.", "", zero, true},
		{"Ф. О. П. Гречко М. Ю.", "", none, true},
		{"Ф О П Гречко М.Ю.", "", code, true},
		{"ФО-П Гречко М.Ю.", "", code, true},
		{"ФOП Гречко М.Ю.", "", code, true}, // with a Latin O
		{"ФОПГречко Марко Юхимович", "", tax, true},
		{"фізична особа - підприємець Гречко Марко", "", code, true},
		{"фізична особа–підприємець Гречко Марко", "", code, true},
		{"Фізична особа — підприємець Гречко", "", zero, true},
		{"ФІЗИЧНА ОСОБА-ПІДПРИЄМЕЦЬ ГРЕЧКО МАРКО ЮХИМОВИЧ", "", none, true},
		{"Фізична особа Гречко Марко", "", code, true},
		{"Фіз. особа-підприємець Гречко М.", "", code, true},
		{"Фізособа Гречко М.", "", code, true},
		{"ФО-підприємець Гречко М.", "", code, true},
		{"Фізичної особи-підприємця Гречка Марка Юхимовича", "", code, true},
		{"физлицо Гречко Марк", "", code, true},
		{"фізлицо Гречко Марко", "", code, true},
		{"Физическое лицо - предприниматель Гречко Марк Ефимович", "", code, true},
		{"ФЛП Гречко М.Е.", "", code, true},
		{"СПД Гречко М.Ю.", "", code, true},
		{"СПДФО Гречко Марко Юхимович", "", zero, true},
		{"СПД-ФО Гречко М.Ю.", "", code, true},
		{"СПД ФО Гречко М.Ю.", "", code, true},
		{"Суб'єкт підприємницької діяльності Гречко М.Ю.", "", code, true},
		{"Приватний підприємець Гречко Марко Юхимович", "", code, true},
		{"Підприємець Гречко", "", code, true},
		{"Підприємниця Гречко Марія", "", code, true},
		{"ПП Гречко Марко Юхимович", "", code, true},
		{"ПП Гречко М.Ю.", "", code, true},
		{"п.п. Гречко Марко Юхимович", "", code, true},
		{"ЧП Гречко Марк Ефимович", "", code, true},
		{"ИП Гречко М. Е.", "", code, true},
		{"Гречко Марко Юхимович ФОП", "", code, true},
		{"Гречко Марко Юхимович (ФОП)", "", zero, true},
		{"Гречко М.Ю., ФОП", "", code, true},
		{"Гречко Марко Юхимович - фізична особа-підприємець", "", code, true},
		{"Самозайнята особа Гречко М.Ю.", "", code, true},
		{"Адвокат Гречко Марко Юхимович", "", code, true},
		{"Приватний нотаріус Гречко М.Ю.", "", code, true},
		{"Громадянин Гречко Марко", "", code, true},
		{"Individual entrepreneur Hrechko Marko", "", code, true},
		{"Hrechko M.Y., sole proprietor", "", code, true},
		{"Private entrepreneur Hrechko", "", none, true},
		{"FOP Hrechko Marko", "", code, true},
		{"Fizychna osoba-pidpryiemets Hrechko Marko", "", code, true},
		// By nothing but the name.
		{"Гречко Марко Юхимович", "", code, true},
		{"ГРЕЧКО МАРКО ЮХИМОВИЧ", "", zero, true},
		{"Гречко Марія Юхимівна", "", none, true},
		{"Марко Юхимович Гречко", "", code, true},
		{"Иванов Иван Иванович", "", code, true},
		{"Гречко-Бондар Марія Юхимівна", "", code, true},
		{"Лук'яненко Дар’я В’ячеславівна", "", code, true},
		{"Алієв Ельдар Гасан огли", "", code, true},
		{"Гречко М. Ю.", "", code, true},
		{"Гречко М.Ю.", "", zero, true},
		{"М.Ю. Гречко", "", code, true},
		{"Іваненко І. П.", "", code, true},
		{"І. П. Іваненко", "", code, true},
		{"Іваненко-Петренко О.", "", none, true},
		{"Гречко Марко", "", none, true},
		{"Іваненко Олена", "", code, true},
		{"Олена Іваненко", "", zero, true},
		{"Школа Іван Іванович", "", code, true},
		{"Ivanenko Ivan Ivanovych", "", code, true},
		{"Ivan Ivanenko", "", none, true},
		// The name is a brand, and what the register says is another field.
		{"Зорька", "ФОП Гречко Марко Юхимович", code, true},
		{"", "Гречко Марко Юхимович", code, true},

		// Companies stay what they are.
		{"ТОВ \"Зорька\"", "", code, false},
		{"ПП \"Фірма\"", "", code, false},
		{"ПП «Зорька»", "", code, false},
		{"ПП Зорька", "", code, false},
		{"ПП Сіті Груп", "", code, false},
		{"ПП \"ФОП-Сервіс\"", "", code, false},
		{"ПП \"Іваненко Іван Іванович\"", "", code, false},
		{"ПП \"Гречко і К\"", "", code, false},
		{"ТОВ \"Іваненко Іван Іванович\"", "", code, false},
		{"ТОВ ФОП-СЕРВІС", "", code, false},
		{"ТОВ АДВОКАТ", "", code, false},
		{"Нотаріус Плюс", "", code, false},
		{"Адвокатське бюро \"Іваненко\"", "", code, false},
		{"Асоціація фізичних осіб-підприємців \"Спілка\"", "", code, false},
		{"ГО \"Спілка підприємців\"", "", code, false},
		{"Громадська організація \"Підприємець\"", "", code, false},
		{"ФГ \"Іваненка Івана Івановича\"", "", code, false},
		{"ФГ Іваненко Іван Іванович", "", code, false},
		{"Селянське (фермерське) господарство Гречко М.Ю.", "", code, false},
		{"Фермерське господарство «Гречка»", "", code, false},
		{"ТОВ \" Медичний центр \"М.Т.К.\"", "", code, false},
		{"ПАТ Черкаський автобус", "", code, false},
		{"Вольво Україна ТОВ з ІІ", "", code, false},
		{"Управління освіти Житомирської міської ради", "", code, false},
		{"Комунальна установа \"Будинок милосердя \"Затишок\" КМР", "", code, false},
		{"Ліцей імені Івана Яковича Франка", "", code, false},
		{"Музей С. П. Корольова", "", code, false},
		{"КП Ім. Івана Івановича", "", code, false},
		{"Перша медична компанія", "", code, false},
		{"Кафе Чарівна Ніч", "", code, false},
		{"Українська Основна Група", "", code, false},
		{"Готель Марія", "", code, false},
		{"Готель Україна", "", code, false},
		{"Світлана Плюс", "", code, false},
		{"Seller_1", "", code, false},
		{"Учасник для пакетной подачи", "", code, false},
		{"Шкет", "", code, false},
		{"Школяр 33»", "ДКП «Школяр»", code, false},
		{"SENSO DYNAMICS LLC", "", code, false},
		{"ТОВ \"Зорька\"", "", zero, false},
		{"ТОВ \"Зорька\"", "", none, false},
		{"КНП «Зразкова установа»", "", zero, false},
		{"Зорька", "", none, false},
		{"ТОВ \"Зорька\"", "", tax, false}, // a director's number where the company's belongs
		{"ТОВ \"Зорька\"", "", "0000000000", false},
		{"ТОВ \"Зорька\"", "Гречко Марко Юхимович", code, false},
		{"Гречко Марко Юхимович", "ТОВ \"Зорька\"", code, false},
	} {
		t.Run(c.name+"/"+c.legal+"/"+c.id, func(t *testing.T) {
			t.Parallel()
			w := s.who("UA-EDR", c.id, c.name, c.legal)
			if w.sole != c.sole {
				t.Fatalf("a human being: %v, want %v", w.sole, c.sole)
			}
			if c.sole {
				if w.name != "" || !strings.HasPrefix(w.key, "fop-") || !maskedKey.MatchString(w.key) {
					t.Errorf("kept as %+v", w)
				}
				return
			}
			if w.name == "" || strings.Contains(w.name, "Юхимович") && c.legal != "" || strings.Contains(w.key, tax) {
				t.Errorf("kept as %+v", w)
			}
			if c.id == code && w.key != "UA-EDR-"+code {
				t.Errorf("the key of a company became %s", w.key)
			}
			if c.id != code && !strings.HasPrefix(w.key, "org-") {
				t.Errorf("the key of a company without a code of its own is %s", w.key)
			}
		})
	}
}

func TestKeysTellPeopleAndCompaniesApart(t *testing.T) {
	t.Parallel()
	s := &Service{secret: []byte("x")}
	key := func(scheme, id, name string) string { return s.who(scheme, id, name, "").key }
	same := func(why, a, b string) {
		t.Helper()
		if a != b || a == "" {
			t.Errorf("%s: %q and %q", why, a, b)
		}
	}
	other := func(why, a, b string) {
		t.Helper()
		if a == b || a == "" || b == "" {
			t.Errorf("%s: %q and %q", why, a, b)
		}
	}
	same("one tax number, two spellings of the name", key("UA-EDR", "3012345678", "ФОП Гречко М.Ю."), key("UA-IPN", "301 234 5678", "Гречко Марко"))
	same("one name under one placeholder, written in two ways", key("UA-EDR", "00000000", "ФОП Гречко Марко Юхимович"), key("UA-EDR", "00000000", "Фізична особа-підприємець ГРЕЧКО МАРКО ЮХИМОВИЧ"))
	same("two placeholders", key("UA-EDR", "00000000", "ФОП Лук'яненко Марко Юхимович"), key("", "", "фоп Лук’яненко Марко Юхимович"))
	other("two people under one placeholder", key("UA-EDR", "00000000", "ФОП Гречко Марко Юхимович"), key("UA-EDR", "00000000", "ФОП Гречко Олена Юхимівна"))
	other("two people under one wrong code", key("UA-EDR", "37615022", "ФОП Гречко Марко Юхимович"), key("UA-EDR", "37615022", "ФОП Гречко Олена Юхимівна"))
	other("two people under ten noughts", key("UA-EDR", "0000000000", "ФОП Гречко Марко Юхимович"), key("UA-EDR", "0000000000", "ФОП Гречко Олена Юхимівна"))
	other("two companies under one placeholder", key("UA-EDR", "00000000", "ТОВ \"Зорька\""), key("UA-EDR", "00000000", "ТОВ \"Веселка\""))
	other("two companies under eights", key("UA-EDR", "88888888", "ТОВ \"Зорька\""), key("UA-EDR", "88888888", "ТОВ \"Веселка\""))
	other("two companies without a code", key("", "", "ТОВ \"Зорька\""), key("", "", "ТОВ \"Веселка\""))
	same("a company under two placeholders", key("UA-EDR", "00000000", "ТОВ \"Зорька\""), key("UA-EDR", "немає", "ТОВ «Зорька»"))
	if k := key("UA-EDR", "37615022", "ТОВ \"Зорька\""); k != "UA-EDR-37615022" {
		t.Errorf("a company: %s", k)
	}
	if k := key("PL-NIP", "5260250995", "Zorka sp. z o.o."); k != "PL-NIP-5260250995" {
		t.Errorf("a company abroad: %s", k)
	}
	for _, nobody := range []string{"", "000000000000000000", "Приховано", "***", "ФОП", "ФОП №"} {
		if k := key("UA-EDR", "00000000", nobody); k != "" {
			t.Errorf("nobody, %q: %s", nobody, k)
		}
	}
	if a, b := key("UA-EDR", "00000000", "ФОП Гречко"), (&Service{secret: []byte("y")}).who("UA-EDR", "00000000", "ФОП Гречко", "").key; a == b {
		t.Error("the key does not depend on the secret")
	}
}
