package ui_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/platform/i18n"
	"ereception/templates/ui"
)

func TestGalleriesKeepTheRulesOfMarkup(t *testing.T) {
	t.Parallel()
	for name, c := range galleries() {
		for _, loc := range i18n.Locales {
			t.Run(name+" "+loc, func(t *testing.T) {
				t.Parallel()
				html := render(t, loc, c)
				doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
				if err != nil {
					t.Fatal(err)
				}
				if n := doc.Find("[style], script:not([src]), style").Length(); n > 0 {
					t.Errorf("%d elements break the Content-Security-Policy", n)
				}
				for _, e := range doc.Find("*").Nodes {
					for _, a := range e.Attr {
						if strings.HasPrefix(a.Key, "on") {
							t.Errorf("inline handler %s", a.Key)
						}
					}
				}
				ids := map[string]bool{}
				doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
					id := s.AttrOr("id", "")
					if ids[id] {
						t.Errorf("id %q stands twice", id)
					}
					ids[id] = true
				})
				refs := func(attr string) {
					doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
						for _, id := range strings.Fields(s.AttrOr(attr, "")) {
							if !ids[id] {
								t.Errorf("%s names %q, which does not exist", attr, id)
							}
						}
					})
				}
				refs("for")
				refs("aria-describedby")
				refs("aria-labelledby")
				doc.Find(".ds-error-summary a").Each(func(_ int, s *goquery.Selection) {
					if id := strings.TrimPrefix(s.AttrOr("href", ""), "#"); !ids[id] {
						t.Errorf("the summary links to %q, which does not exist", id)
					}
				})
				doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
					id := s.AttrOr("id", "")
					if s.AttrOr("aria-label", "")+s.AttrOr("aria-labelledby", "") == "" && s.Closest("label").Length() == 0 && doc.Find(`label[for="`+id+`"]`).Length() == 0 {
						t.Errorf("field %q has no label", id)
					}
				})
				if m := regexp.MustCompile(`[>"](ui|layout)\.[a-z_.]+[<"]`).FindString(html); m != "" {
					t.Errorf("a key instead of words: %s", m)
				}
				if m := regexp.MustCompile(`\{(name|filter|number|mb|percent)\}`).FindString(strings.ReplaceAll(html, "data-files-remove-label", "")); m != "" && m != "{name}" {
					t.Errorf("an argument was not filled in: %s", m)
				}
				if doc.Find("main#main").Length() != 1 || doc.Find("h1").Length() != 1 {
					t.Error("a page has one main and one h1")
				}
			})
		}
	}
}

func TestEveryStatusHasWordsAndIcon(t *testing.T) {
	t.Parallel()
	for _, code := range ui.StatusCodes() {
		for _, loc := range i18n.Locales {
			word := ui.StatusWord(i18n.With(context.Background(), loc), code)
			if strings.HasPrefix(word, "ui.") {
				t.Errorf("%s: no word in %s", code, loc)
			}
			html := render(t, loc, ui.Status(code))
			if !strings.Contains(html, word) || !strings.Contains(html, "<svg") {
				t.Errorf("%s in %s lacks word or icon: %.80s", code, loc, html)
			}
		}
	}
	if html := render(t, "uk", ui.Status("<b>")); strings.Contains(html, "<b>") {
		t.Error("an unknown code is not escaped")
	}
}

// TestIconsOfTheTemplatesExist finds names that Icon would not draw.
func TestIconsOfTheTemplatesExist(t *testing.T) {
	t.Parallel()
	call := regexp.MustCompile(`(?:\bIcon\("|\bIcon: +"|\bicon\(")([A-Za-z0-9]+)"`)
	for _, root := range []string{"..", "../../web"} {
		err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(p, "_templ.go") || (filepath.Ext(p) != ".templ" && filepath.Ext(p) != ".go") {
				return err
			}
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			for _, m := range call.FindAllSubmatch(b, -1) {
				if !ui.HasIcon(string(m[1])) {
					t.Errorf("%s: no icon %q: add it to internal/tools/assets/icons.go", p, m[1])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestDueLevel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		days int
		want string
	}{
		{"overdue", -1, ui.LevelLate},
		{"today", 0, ui.LevelSoon},
		{"five days are soon", 5, ui.LevelSoon},
		{"six are not", 6, ui.LevelOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := ui.DueLevel(c.days); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestWordsOfDays(t *testing.T) {
	t.Parallel()
	ctx := i18n.With(context.Background(), "uk")
	for got, want := range map[string]string{
		ui.DaysShort(ctx, -8): "−8 днів",
		ui.DaysShort(ctx, 0):  "сьогодні",
		ui.DaysShort(ctx, 2):  "2 дні",
		ui.DaysLeft(ctx, 21):  "залишився 21 день",
		ui.DaysLeft(ctx, -3):  "прострочено на 3 дні",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNewPager(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		page, pages int
		want        string
	}{
		{"one page", 1, 1, "[1]"},
		{"few pages have no gap", 2, 3, "1 [2] 3"},
		{"in the middle", 10, 21, "1 … 9 [10] 11 … 21"},
		{"at the start", 1, 21, "[1] 2 … 21"},
		{"at the end", 21, 21, "1 … 20 [21]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out []string
			p := ui.NewPager(c.page, c.pages, func(n int) string { return "?p" })
			for _, it := range p.Items {
				s := i18n.Num(context.Background(), it.N)
				switch {
				case it.Gap:
					s = "…"
				case it.Current:
					s = "[" + s + "]"
				}
				out = append(out, s)
			}
			if got := strings.Join(out, " "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestParagraphsEscapes(t *testing.T) {
	t.Parallel()
	got := render(t, "uk", ui.Paragraphs("<i>раз</i>\r\nдва\n\n\nтри"))
	if want := "<p>&lt;i&gt;раз&lt;/i&gt;<br>два</p><p>три</p>"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func BenchmarkStatus(b *testing.B) {
	ctx := i18n.With(context.Background(), "uk")
	for b.Loop() {
		_ = ui.Status("in_progress").Render(ctx, io.Discard)
	}
}

func BenchmarkAgeBar(b *testing.B) {
	ctx := i18n.With(context.Background(), "uk")
	for b.Loop() {
		_ = ui.AgeBar(ui.AgeProps{Days: 5, Date: "14 лист.", Percent: 40}).Render(ctx, io.Discard)
	}
}
