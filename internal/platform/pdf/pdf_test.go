package pdf

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var keep = flag.String("keep", "", "folder in which the letters of the tests are left, to be looked at")

// signedAt is 23:30 UTC: in Kyiv it is already the next day.
var signedAt = time.Date(2026, time.November, 24, 23, 30, 0, 0, time.UTC)

func letter() Letter {
	return Letter{
		Lang:             "uk",
		Issuer:           Issuer{Name: "Житомирська міська рада", Unit: "Управління житлового господарства", Address: "10014, м. Житомир, майдан ім. С. П. Корольова, 4/2", Phone: "(0412) 48-12-12", Email: "zhkh@example.test", EDRPOU: "00000000"},
		Title:            "Відповідь на звернення № 2026-11-00042",
		RegNumber:        "15/К-1042",
		RegDate:          signedAt,
		InReplyTo:        "На № К-1042/15 від 11.11.2026",
		AddresseeName:    "Ґалаґан Юлії Ігорівні",
		AddresseeAddress: "вул. Є. Коновальця, буд. 7, кв. 19, м. Житомир, 10029",
		Body: []string{
			"Шановна Юліє Ігорівно!",
			"Ваше звернення щодо освітлення на об’їзній дорозі розглянуто. Комісія 18 листопада обстежила ділянку й підтвердила, що п’ять світильників не працюють через пошкоджений кабель.",
			"Кабель замінять до 1 грудня 2026 року. Роботи виконує КП «Міськсвітло» за кошти міського бюджету; рух транспорту на цей час не обмежуватиметься.",
			"Якщо ви не згодні з цією відповіддю, її можна оскаржити вищому органу або посадовій особі чи до суду (стаття 16 Закону України «Про звернення громадян»).",
		},
		Signatory:     Signatory{Post: "Начальник управління житлового господарства", Name: "Олена ҐУДЗЬ"},
		SignedAt:      signedAt,
		SignatureKind: "Підписано в системі «Е-приймальня» з повторним підтвердженням особи паролем",
		Digest:        strings.Repeat("0123456789abcdef", 4),
		VerifyCode:    "7KQ4M2XW9D3H",
		VerifyURL:     "https://zvernennia.example.test/verify/7KQ4M2XW9D3H",
		Attachments:   []string{"Акт обстеження від 18.11.2026.pdf", "Фото ділянки.jpg"},
		Demo:          true,
	}
}

func render(t *testing.T, name string, l Letter) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, l); err != nil {
		t.Fatal(err)
	}
	if *keep != "" {
		if err := os.WriteFile(filepath.Join(*keep, name+".pdf"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// read gives the text of each page as a reader's program finds it.
func read(t *testing.T, doc []byte) []string {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed")
	}
	path := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(path, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tool, "-enc", "UTF-8", path, "-")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("pdftotext: %v: %s", err, stderr.String())
	}
	return strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
}

// flat puts all white space of a text on one line.
func flat(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")), " ")
}

func TestTheLetterCanBeRead(t *testing.T) {
	t.Parallel()
	doc := render(t, "letter", letter())
	pages := read(t, doc)
	if len(pages) != 1 {
		t.Errorf("%d pages, want 1", len(pages))
	}
	text := flat(strings.Join(pages, " "))
	for _, want := range []string{
		"ЖИТОМИРСЬКА МІСЬКА РАДА", "Управління житлового господарства", "(0412) 48-12-12", "zhkh@example.test", "код ЄДРПОУ 00000000",
		"25 листопада 2026 року № 15/К-1042", // Kyiv's date, not the server's
		"На № К-1042/15 від 11.11.2026",
		"Ґалаґан Юлії Ігорівні", "Є. Коновальця", "об’їзній", "п’ять світильників не працюють",
		"Відповідь на звернення № 2026-11-00042",
		"Додатки: 1. Акт обстеження від 18.11.2026.pdf 2. Фото ділянки.jpg",
		"Олена ҐУДЗЬ", "ЕЛЕКТРОННИЙ ПІДПИС", "повторним підтвердженням особи паролем",
		"25 листопада 2026, 01:30 за київським часом",
		"01234567 89abcdef 01234567", "7KQ4-M2XW-9D3H", "https://zvernennia.example.test/verify/7KQ4M2XW9D3H",
		"ДЕМОНСТРАЦІЙНІ ДАНІ", "1 з 1",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if len(doc) > 120<<10 {
		t.Errorf("%d bytes: the typefaces are not cut to what is used", len(doc))
	}
	l := letter()
	l.Demo = false
	if text := flat(strings.Join(read(t, render(t, "real", l)), " ")); strings.Contains(text, "ДЕМОНСТРАЦІЙНІ") {
		t.Error("a real letter is marked as demonstration data")
	}
}

func TestTheSameLetterIsTheSameFile(t *testing.T) {
	t.Parallel()
	first, again := render(t, "first", letter()), render(t, "again", letter())
	if !bytes.Equal(first, again) {
		t.Error("two renderings of a letter differ")
	}
	l := letter()
	l.SignedAt = l.SignedAt.In(time.FixedZone("elsewhere", -5*3600))
	if !bytes.Equal(first, render(t, "elsewhere", l)) {
		t.Error("the zone of the same moment changes the file")
	}
	l.VerifyCode = "7KQ4M2XW9D3J"
	if bytes.Equal(first, render(t, "other", l)) {
		t.Error("another code gives the same file")
	}
}

func TestALongLetterRunsOverPages(t *testing.T) {
	t.Parallel()
	l := letter()
	for range 24 {
		l.Body = append(l.Body, l.Body[1])
	}
	pages := read(t, render(t, "long", l))
	if len(pages) < 3 {
		t.Fatalf("%d pages", len(pages))
	}
	for i, page := range pages {
		text := flat(page)
		if want := "Сторінка " + string(rune('1'+i)) + " з " + string(rune('0'+len(pages))); !strings.Contains(text, want) {
			t.Errorf("page %d has no %q", i+1, want)
		}
		if !strings.Contains(text, "ДЕМОНСТРАЦІЙНІ ДАНІ") {
			t.Errorf("page %d is not marked as demonstration data", i+1)
		}
	}
	last := flat(pages[len(pages)-1])
	if !strings.Contains(last, "Олена ҐУДЗЬ") || !strings.Contains(last, "7KQ4-M2XW-9D3H") {
		t.Error("signature and box are not on the last page together")
	}
	if got := strings.Count(flat(strings.Join(pages, " ")), "пошкоджений кабель"); got != 25 {
		t.Errorf("%d paragraphs of 25 came through", got)
	}
}

func TestOddTexts(t *testing.T) {
	t.Parallel()
	l := letter()
	l.Issuer.Unit = strings.Repeat("Управління з питань надзвичайно довгих найменувань ", 4)
	l.AddresseeName = "Нечуй-Левицька-Старицька-Кобилянська Олександра-Маріанна Святославівна"
	l.AddresseeAddress = strings.Repeat("вулиця Героїв-Чорнобильців-і-Пожежників, ", 5)
	l.Signatory.Post = strings.Repeat("Заступниця міського голови з питань діяльності виконавчих органів ", 3)
	l.Signatory.Name = "Олександра-Маріанна НЕЧУЙ-ЛЕВИЦЬКА-СТАРИЦЬКА-КОБИЛЯНСЬКА"
	l.Title = strings.Repeat("Про дуже докладний розгляд питання ", 6)
	l.Attachments = []string{strings.Repeat("скан_без_пробілів", 20) + ".pdf"}
	l.Body = []string{
		"Смайлик \U0001F600, и\u0306 складене, перенос\u00adний, \u200bневидиме, таб\tуляція, \x00нуль, битий \xff знак (дужки) \\ похила.",
		strings.Repeat("https://example.test/", 30),
		"Перший рядок\nдругий рядок", "  ", "",
	}
	text := flat(strings.Join(read(t, render(t, "odd", l)), " "))
	for _, want := range []string{"Смайлик [емодзі: усмішка], й складене, переносний, невидиме, таб уляція, нуль, битий [нечитний знак] знак (дужки) \\ похила.", "КОБИЛЯНСЬКА", "Святославівна", "другий рядок"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestNoSignIsLost: what the typefaces lack is spelled out, and the letter says that it did.
func TestNoSignIsLost(t *testing.T) {
	t.Parallel()
	l := letter()
	l.Title = "Про ялинку \U0001F384"
	l.Attachments = []string{"фото \U0001F44D\U0001F3FD.jpg"}
	l.Body = []string{
		"Дякуємо \U0001F44D! Прапор \U0001F1FA\U0001F1E6, родина \U0001F468\u200D\U0001F469\u200D\U0001F467, ієрогліф 漢, серце \u2764\uFE0F.",
		"Стрілка → та межа ≤ 5, пункт ● перший, виконано ✓, увага ❗ Наголос: за́мок. Сума 5 ₴, 20 °C, №№ 1–3.",
	}
	pages := read(t, render(t, "signs", l))
	text := flat(strings.Join(pages, " "))
	for _, want := range []string{
		"Про ялинку [емодзі U+1F384]", "фото [емодзі: палець угору][емодзі U+1F3FD].jpg", "Дякуємо [емодзі: палець угору]!", "Прапор [емодзі U+1F1FA U+1F1E6],",
		"родина [емодзі U+1F468 U+1F469 U+1F467],", "ієрогліф [знак U+6F22],", "серце [емодзі: серце].",
		"Стрілка -> та межа <= 5, пункт • перший, виконано [галочка], увага !", "за́мок", "5 ₴, 20 °C, №№ 1–3.", spelledNote,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.ContainsRune(text, '\uFFFD') {
		t.Errorf("a sign is lost in\n%s", text)
	}
	l = letter()
	l.Body = []string{"Стрілка → нічого не втрачає."}
	if text := flat(strings.Join(read(t, render(t, "plain", l)), " ")); strings.Contains(text, "квадратних дужках") {
		t.Error("the note stands under a letter that spells nothing out")
	}
	for r, s := range plainSigns {
		for _, x := range s {
			if drawable(r) || !drawable(x) {
				t.Errorf("%c stands for %s in vain", r, s)
			}
		}
	}
	for r, s := range signWords {
		for _, x := range s {
			if drawable(r) || !drawable(x) {
				t.Errorf("%c stands for %s in vain", r, s)
			}
		}
	}
}

func TestALetterWithLittle(t *testing.T) {
	t.Parallel()
	text := flat(strings.Join(read(t, render(t, "little", Letter{Body: []string{"Текст."}, SignedAt: signedAt})), " "))
	if !strings.Contains(text, "Текст.") || strings.Contains(text, "Додатки") || strings.Contains(text, "Код перевірки") {
		t.Errorf("got %s", text)
	}
	for name, l := range map[string]Letter{
		"without text":   {SignedAt: signedAt, Body: []string{" \n "}},
		"without moment": {Body: []string{"Текст."}},
	} {
		if err := Render(&bytes.Buffer{}, l); err == nil {
			t.Errorf("a letter %s was rendered", name)
		}
	}
}

func TestTheDocumentSaysWhatItIs(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("pdfinfo")
	if err != nil {
		t.Skip("pdfinfo (poppler-utils) is not installed")
	}
	doc := render(t, "info", letter())
	if !bytes.Contains(doc, []byte("/Lang (uk)")) {
		t.Error("the language is not named")
	}
	path := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(path, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), tool, "-isodates", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"Відповідь на звернення № 2026-11-00042", "Житомирська міська рада", "2026-11-24T23:30:00", "A4"} {
		if !strings.Contains(strings.ReplaceAll(string(out), "\u00a0", " "), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestPaginate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		items []item
		want  []int // items of each page
	}{
		"what fits stays":                             {[]item{{h: 40}, {h: 40, gap: 20}}, []int{2}},
		"what does not fit goes on":                   {[]item{{h: 40}, {h: 41, gap: 20}}, []int{1, 1}},
		"a gap that opens a page is dropped":          {[]item{{h: 90}, {h: 100, gap: 20}}, []int{1, 1}},
		"what belongs together moves together":        {[]item{{h: 50}, {h: 30, keep: true}, {h: 30}}, []int{1, 2}},
		"what is too long to be together is cut":      {[]item{{h: 60, keep: true}, {h: 60, keep: true}, {h: 30}}, []int{1, 2}},
		"an item that is longer than a page has one":  {[]item{{h: 10}, {h: 200}, {h: 10}}, []int{1, 1, 1}},
		"the last item may wish for a follower alone": {[]item{{h: 10, keep: true}}, []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []int
			for _, p := range paginate(tc.items, 100) {
				got = append(got, len(p))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("pages of %v items, want %v", got, tc.want)
			}
		})
	}
}

func TestBind(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"живе у місті":              "живе у~місті",
		"і в м. Житомирі":           "і~в~м.~Житомирі",
		"до 18 листопада 2026":      "до 18~листопада 2026",
		"вул. Є. Коновальця, кв. 3": "вул.~Є. Коновальця, кв.~3",
		"на № 5 та ст. 16":          "на №~5 та ст.~16",
		"один. Два":                 "один. Два",
	} {
		if got := strings.ReplaceAll(bind(in), "\u00a0", "~"); got != want {
			t.Errorf("bind(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSigned(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Соколенко Тарас Богданович": "Тарас СОКОЛЕНКО", "Нечуй-Левицька Ґалина Їжаківна": "Ґалина НЕЧУЙ-ЛЕВИЦЬКА", "Олена ҐУДЗЬ": "Олена ҐУДЗЬ", "": "",
	} {
		if got := signed(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
	if capital("їдальня") != "Їдальня" || capital("") != "" {
		t.Error("the post does not begin with a capital letter")
	}
}
