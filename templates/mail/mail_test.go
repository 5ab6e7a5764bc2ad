package mail

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

var keep = flag.String("keep", "", "folder in which the letters of the tests are left, to be looked at")

func letter() Props {
	return Props{
		Lang: "uk", Subject: "Звернення № 2026-11-00042 отримано", Greeting: "Вітаємо, Юліє!",
		Paragraphs: []string{"Ми отримали ваше звернення № 2026-11-00042. Відповідь буде до 25 грудня 2026.", "На сторінці звернення видно, хто з ним працює."},
		Facts:      []Fact{{"Номер звернення", "2026-11-00042"}, {"Про що", "Не працює освітлення на об’їзній дорозі"}},
		Button:     &Button{"Відкрити звернення", "https://zvernennia.example.test/appeals/2026-11-00042?a=1&b=2"},
		Closing:    []string{"Щоб написати виконавцю, відкрийте звернення на порталі."},
	}
}

func render(t *testing.T, name string, p Props) *goquery.Document {
	t.Helper()
	var b strings.Builder
	if err := Letter(p).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if *keep != "" {
		if err := os.WriteFile(filepath.Join(*keep, name+".html"), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestLetter(t *testing.T) {
	t.Parallel()
	p := letter()
	doc := render(t, "letter", p)
	if got := doc.Find("html").AttrOr("lang", ""); got != "uk" {
		t.Errorf("lang %q", got)
	}
	if got := doc.Find("h1").Text(); got != p.Subject {
		t.Errorf("h1 %q", got)
	}
	if got := doc.Find("th.label").Length(); got != 2 {
		t.Errorf("%d facts", got)
	}
	links := doc.Find("a")
	if links.Length() != 2 {
		t.Errorf("%d links, want the button and its address in words", links.Length())
	}
	links.Each(func(_ int, a *goquery.Selection) {
		if got := a.AttrOr("href", ""); got != p.Button.URL {
			t.Errorf("href %q", got)
		}
	})
	if n := doc.Find("img, script, link, iframe, form").Length(); n != 0 {
		t.Errorf("%d elements that mail programs block", n)
	}
	if css := doc.Find("style").Text(); !strings.Contains(css, "prefers-color-scheme: dark") || strings.Contains(css, "&") {
		t.Errorf("style %q", css)
	}
	if text := doc.Find("body").Text(); !strings.Contains(text, "Лист надіслано автоматично порталом") {
		t.Error("no word of who sends it")
	}
}

func TestWhatOthersTypedStaysText(t *testing.T) {
	t.Parallel()
	const evil = `</title></style><script>alert(1)</script><a href="https://evil.test">x</a>"'`
	doc := render(t, "evil", Props{
		Lang: `uk"><script>`, Subject: evil, Greeting: evil, Paragraphs: []string{evil}, Facts: []Fact{{evil, evil}},
		Button: &Button{evil, "javascript:alert(1)"}, Closing: []string{evil}, Footer: evil,
	})
	if n := doc.Find("script").Length(); n != 0 {
		t.Errorf("%d scripts", n)
	}
	doc.Find("a").Each(func(_ int, a *goquery.Selection) {
		if href := a.AttrOr("href", ""); strings.HasPrefix(href, "javascript:") || strings.Contains(href, "evil") {
			t.Errorf("href %q", href)
		}
	})
	if got := doc.Find("h1").Text(); got != evil {
		t.Errorf("h1 %q", got)
	}
}

func TestAnEnglishLetterOfFewWords(t *testing.T) {
	t.Parallel()
	doc := render(t, "english", Props{Lang: "en", Subject: "Your password was changed"})
	text := doc.Find("body").Text()
	if !strings.Contains(text, "E-reception") || doc.Find("a, th").Length() != 0 {
		t.Errorf("got %s", text)
	}
	doc.Find("p").Each(func(_ int, p *goquery.Selection) {
		if strings.TrimSpace(p.Text()) == "" {
			t.Error("an empty paragraph")
		}
	})
}

// TestNumbersAndLongValues: a number is not broken at the end of a line, and a
// sentence among the facts is not shouted.
func TestNumbersAndLongValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("зареєстровано пт 27.11 → ", 5)
	doc := render(t, "numbers", Props{
		Lang: "uk", Subject: "Звернення № 2026-00302 отримано", Paragraphs: []string{"Ваше звернення №\u00a02026-00302 & <b>запит</b> № 7."},
		Facts: []Fact{{"Номер", "2026-00302"}, {"Строк", long}},
	})
	var kept []string
	doc.Find("span").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("style", "") == "white-space:nowrap" {
			kept = append(kept, strings.ReplaceAll(s.Text(), "\u00a0", " "))
		}
	})
	if got := strings.Join(kept, "|"); got != "№ 2026-00302|№ 2026-00302|№ 7" {
		t.Errorf("kept together: %s", got)
	}
	if p := doc.Find("p.ink").First(); p.Text() != "Ваше звернення №\u00a02026-00302 & <b>запит</b> № 7." || p.Find("b").Length() != 0 {
		t.Errorf("the paragraph: %q", p.Text())
	}
	short, sentence := doc.Find("td.value").Eq(0).AttrOr("style", ""), doc.Find("td.value").Eq(1).AttrOr("style", "")
	if !strings.Contains(short, "font-weight:600") || !strings.Contains(sentence, "font-weight:400") {
		t.Errorf("weights: %q %q", short, sentence)
	}
}
