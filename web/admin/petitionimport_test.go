package admin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"ereception/internal/petitions"
	"ereception/internal/platform/i18n"
)

func TestImportOfPetitions(t *testing.T) {
	t.Parallel()
	b, _ := withPetitions(t)
	const to = "/admin/petitions/import"
	const head = "номер;назва;текст;автор;стан;опубліковано;підписів\n"
	file := head + "17;Лавки в сквері;Просимо поставити лавки.;Вигадана О. П.;не набрала підписів;01.03.2021;84\n" +
		"18;Світлофор;Просимо світлофор.;Вигадана О. П.;триває збір підписів;01.03.2021;84\n"
	count := func() int { return b.Count(t, "SELECT count(*) FROM petitions") }
	for _, role := range []string{"manager", "specialist", "executor", "resident"} {
		if code, _, _ := b.do(httptest.NewRequest(http.MethodGet, to, nil), role); code != 403 {
			t.Errorf("%s gets the page: %d", role, code)
		}
	}
	if doc := b.get(to); !strings.Contains(doc.Find("#formats, aside").Text(), "Обов’язкові стовпці") || doc.Find(`a[href="`+to+`"]`).Length() == 0 {
		t.Error("the page does not say which file is needed")
	}
	check := url.Values{"source": {"old.example"}, "do": {"check"}}
	if code, doc := b.uploadTo(to, check, "", ""); code != 422 || !strings.Contains(doc.Text(), "Виберіть файл") || doc.Find("#source").AttrOr("value", "") != "old.example" {
		t.Errorf("no file: %d", code)
	}
	if code, doc := b.uploadTo(to, url.Values{"do": {"check"}, "skip": {"1"}}, "p.csv", file); code != 422 || doc.Find("#source[aria-invalid=true]").Length() != 1 || doc.Find("input[name=skip][checked]").Length() != 1 {
		t.Errorf("no site: %d", code)
	}
	if code, doc := b.uploadTo(to, check, "p.csv", "номер;назва\n1;а\n"); code != 422 || !strings.Contains(doc.Text(), "Немає стовпця") {
		t.Errorf("no columns: %d", code)
	}
	code, doc := b.uploadTo(to, check, "p.csv", file)
	if text := doc.Find("main").Text(); code != 422 || !strings.Contains(text, "ще збирає підписи") || doc.Find("td.num").First().Text() != "3" || doc.Find("input[name=token]").Length() != 0 {
		t.Errorf("a bad row refuses: %d %s", code, text)
	}
	check.Set("skip", "1")
	code, doc = b.uploadTo(to, check, "p.csv", file)
	token := doc.Find("input[name=token]").AttrOr("value", "")
	if code != 200 || token == "" || count() != 0 {
		t.Fatalf("the trial: %d, token %q, %d petitions", code, token, count())
	}
	v := url.Values{"do": {"import"}}
	for _, name := range []string{"source", "skip", "token"} {
		v.Set(name, doc.Find("form:has(input[name=token]) input[name="+name+"]").AttrOr("value", ""))
	}
	if code, doc := b.uploadTo(to, v, "", ""); code != 200 || count() != 1 || !strings.Contains(doc.Text(), "Файл завантажено") {
		t.Errorf("the import: %d, %d petitions", code, count())
	}
	if code, _ := b.uploadTo(to, v, "", ""); code != 422 || count() != 1 {
		t.Errorf("the import twice: %d, %d petitions", code, count())
	}
	if code, doc := b.uploadTo(to, check, "p.csv", file); code != 200 || !strings.Contains(doc.Text(), "нічого не змінює") || doc.Find("input[name=token]").Length() != 0 {
		t.Errorf("the same file: %d", code)
	}
}

// quiet is a platform that is never asked.
type quiet struct{ petitions.Platform }

// TestTheStateOfTheExchange: off, working and failing, in the administrator's words.
func TestTheStateOfTheExchange(t *testing.T) {
	t.Parallel()
	b, svc := withPetitions(t, quiet{})
	off, _ := withPetitions(t)
	const page = "/admin/petitions/exchange"
	for _, role := range []string{"manager", "specialist", "resident"} {
		if code, _, _ := b.do(httptest.NewRequest(http.MethodGet, page, nil), role); code != 403 {
			t.Errorf("%s gets the page: %d", role, code)
		}
	}
	if text := off.get(page).Find("main").Text(); !strings.Contains(text, "Обмін вимкнено") || !strings.Contains(text, "Публічного опису") {
		t.Errorf("off: %s", text)
	}
	if text := b.get(page).Find("main").Text(); strings.Contains(text, "Обмін вимкнено") || !strings.Contains(text, "Нічого не передавали") {
		t.Errorf("on, and nothing told: %s", text)
	}
	if _, err := svc.RunImport(context.Background(), strings.NewReader("number,title,text,author,state,published,count\n1,Лавки,Просимо.,Вигадана,не набрала,2021-03-01,84\n"), petitions.ImportOptions{Source: "old.example"}); err != nil {
		t.Fatal(err)
	}
	b.Owner(t, `INSERT INTO petition_exchanges (petition_id, revision, digest, sent_revision, sent_at, outside_url, outside_count, outside_at)
		SELECT id, 2, '', 2, $1, 'https://vzaemodiia.example/7', 12, $1 FROM petitions`, b.Clock.Now())
	text := b.get(page).Find("main").Text()
	if !strings.Contains(text, "Передано") || b.get(page).Find(`td a[href="https://vzaemodiia.example/7"]`).Text() != "12" || !strings.Contains(text, "тут не рахуються") {
		t.Errorf("told: %s", text)
	}
	for _, f := range petitions.Failures {
		b.Owner(t, "UPDATE petition_exchanges SET failure = $1, failed_at = $2, failures = 3", string(f), b.Clock.Now())
		text := b.get(page).Find("main").Text()
		if want := i18n.In("uk", "petitionguard.admin.ex.fail."+string(f)); !strings.Contains(text, want) || !strings.Contains(text, "3 спроби") || !strings.Contains(text, "спробує ще раз сам") {
			t.Errorf("%s: %s", f, text)
		}
	}
}
