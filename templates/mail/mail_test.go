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
		Facts:      []Fact{{Label: "Номер звернення", Value: "2026-11-00042"}, {Label: "Про що", Value: "Не працює освітлення на об’їзній дорозі"}},
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
		Lang: `uk"><script>`, Subject: evil, Greeting: evil, Paragraphs: []string{evil}, Facts: []Fact{{Label: evil, Value: evil, URL: "javascript:alert(1)", More: evil}}, End: &Button{evil, "javascript:alert(1)"},
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
		Lang: "uk", Subject: "Звернення № 2026-00302 отримано", Paragraphs: []string{"Ваше звернення №\u00a02026-00302 & <b>запит</b> № 7."}, Closing: []string{"Ви маєте обліковий запис Е-приймальні."},
		Facts: []Fact{{Label: "Номер", Value: "2026-00302"}, {Label: "Строк", Value: long}},
	})
	var kept []string
	doc.Find("span").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("style", "") == "white-space:nowrap" {
			kept = append(kept, strings.ReplaceAll(s.Text(), "\u00a0", " "))
		}
	})
	if got := strings.Join(kept, "|"); got != "№ 2026-00302|№ 2026-00302|№ 7|Е-приймальні|Е-приймальня" { // the last stands in the footer
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

// TestLinksOfALetter: what leads somewhere is a link of words, not an address that is
// broken over three lines, and mail programs that are dark recolour it.
func TestLinksOfALetter(t *testing.T) {
	t.Parallel()
	doc := render(t, "digest", Props{
		Lang: "uk", Subject: "Закупівлі міста: 1 новина",
		Facts: []Fact{{Label: "27.11.2026", Value: "Ремонт даху", URL: "https://e.example/t/1", More: "Школа № 1 · 500 грн"}, {Label: "Разом", Value: "1"}},
		End:   &Button{"Припинити підписку", "https://e.example/u/1"},
	})
	var got []string
	doc.Find("a.link").Each(func(_ int, a *goquery.Selection) { got = append(got, a.Text()+" "+a.AttrOr("href", "")) })
	if s := strings.Join(got, "|"); s != "Ремонт даху https://e.example/t/1|Припинити підписку https://e.example/u/1" {
		t.Errorf("links: %s", s)
	}
	if v := doc.Find("td.value").First(); !strings.Contains(v.Text(), "Школа № 1 · 500 грн") || strings.Contains(v.Text(), "https://") {
		t.Errorf("the value: %q", v.Text())
	}
	if v := doc.Find("td.value").Eq(1); strings.TrimSpace(v.Text()) != "1" || v.Find("a, span").Length() != 0 {
		t.Errorf("a value without an address: %q", v.Text())
	}
}
