package petitions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	dom "ereception/internal/petitions"
)

// TestPagesOfTheFormerSite: what was brought over says where it is from, that
// single signatures are not known, and promises nothing.
func TestPagesOfTheFormerSite(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	_, err := s.svc.RunImport(context.Background(), strings.NewReader(`number,title,text,author,state,published,ended,count,threshold,answer,answered,url
17,Лавки в сквері,Просимо поставити лавки.,Вигадана Олена Петрівна,не набрала,2021-03-01,2021-03-30,84,300,,,http://petition.old.example/17
18,"=HYPERLINK(""http://evil.example"")",Просимо світлофор.,Зразковий Петро Іванович,розглянуто,2021-04-02,,1312,,Роботи внесено до програми.,2021-05-20,
`), dom.ImportOptions{Source: "petition.old.example"})
	if err != nil {
		t.Fatal(err)
	}
	number := func(old string) int64 {
		return int64(s.Count(t, "SELECT number FROM petitions WHERE legacy_number = $1", old))
	}
	v := s.visitor()
	few, answered := number("17"), number("18")
	for _, c := range []struct {
		name    string
		n       int64
		want    []string
		wantNot []string
	}{
		{"without enough signatures", few, []string{
			"Перенесено з попереднього сайту: petition.old.example", "№ 17", "Хто й коли підписав, портал не знає", "з 300", "Збір завершено 30 березня 2021",
			"Окремих підписів немає", "не набрала потрібних підписів на попередньому сайті",
		}, []string{"електронна пошта", "Розглянемо як звичайне", "CSV", "Стежити"}},
		{"answered, its threshold unknown", answered, []string{
			"Є відповідь", "1 312 підписів", "Роботи внесено до програми.", "20 травня 2021", "Текст відповіді — з попереднього сайту",
		}, []string{"Виконується", "з 0", "Бракує", "Підписів достатньо", "Підписано", "роб"}},
	} {
		a := v.want(v.get(s.at(c.n, "")), http.StatusOK, "")
		for _, w := range c.want {
			if !strings.Contains(a.text(), w) {
				t.Errorf("%s: %q is not said: %s", c.name, w, a.text())
			}
		}
		for _, w := range c.wantNot {
			if strings.Contains(a.text(), w) {
				t.Errorf("%s: %q is said", c.name, w)
			}
		}
		if n := a.doc.Find("form[action*='/sign'], form[action*='/follow'], [data-count]:not([data-count=''])").Length(); n != 0 {
			t.Errorf("%s: %d ways to sign or follow", c.name, n)
		}
		for _, path := range []string{"/embed", "/badge.svg", "/poster", "/count.json", "/sign"} {
			if a := v.get(s.at(c.n, path)); a.StatusCode >= 500 || strings.Contains(a.doc.Text(), "з 0") {
				t.Errorf("%s%s: %d %s", c.name, path, a.StatusCode, a.doc.Text())
			}
		}
	}
	if href := v.get(s.at(few, "")).doc.Find(`a[rel~=external][href="http://petition.old.example/17"]`).Length(); href != 1 {
		t.Error("no link to its former page")
	}
	v.want(v.post(s.at(few, "/sign")), http.StatusSeeOther, "")
	if s.signatures() != 0 {
		t.Error("a petition of the former site was signed")
	}
	list := v.get("/petitions?tab=archive").text()
	if !strings.Contains(list, "Лавки в сквері") || !strings.Contains(list, "1 312 підписів") || !strings.Contains(list, "84 з 300") {
		t.Errorf("the archive: %s", list)
	}
	if strings.Contains(v.get("/petitions?tab=answered").text(), "світлофор") {
		t.Error("an answer of the former site stands among those of the portal")
	}
	if !strings.Contains(v.get("/petitions?tab=archive&q=лавка").text(), "Лавки в сквері") {
		t.Error("it is not found by another form of the word")
	}
	var o struct {
		Count  int  `json:"count"`
		Email  int  `json:"count_email"`
		Legacy bool `json:"legacy"`
		Former struct {
			Source, Number string
			Count          int
		} `json:"former_site"`
		Threshold *int `json:"threshold"`
	}
	s.read(t, fmt.Sprintf("/petitions/%d/petition.json", answered), func(r io.Reader) {
		if err := json.NewDecoder(r).Decode(&o); err != nil {
			t.Fatal(err)
		}
	})
	if o.Count != 1312 || o.Email != 0 || !o.Legacy || o.Former.Source != "petition.old.example" || o.Former.Number != "18" || o.Former.Count != 1312 || o.Threshold != nil {
		t.Errorf("open data: %+v", o)
	}
	s.read(t, "/petitions.csv?tab=archive", func(r io.Reader) {
		b, _ := io.ReadAll(r)
		if !strings.Contains(string(b), "'=HYPERLINK") || strings.Contains(string(b), `,"=HYPERLINK`) {
			t.Errorf("a formula of the former site gets into the table: %s", b)
		}
	})
}

func (s *signSite) read(t *testing.T, path string, fn func(io.Reader)) {
	t.Helper()
	res, err := http.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d", path, res.StatusCode)
	}
	fn(res.Body)
}

// TestACorrectedCountHasAnotherMark: who asks whether the count has changed is told
// of what a further file corrects.
func TestACorrectedCountHasAnotherMark(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	const file = "number,title,text,author,state,published,ended,count\n17,Лавки в сквері,Просимо лавки.,Вигадана Олена,не набрала,2021-03-01,2021-03-30,"
	bring := func(count string) {
		if _, err := s.svc.RunImport(context.Background(), strings.NewReader(file+count+"\n"), dom.ImportOptions{Source: "petition.old.example"}); err != nil {
			t.Fatal(err)
		}
	}
	bring("84")
	at := s.at(int64(s.Count(t, "SELECT number FROM petitions WHERE legacy_number = '17'")), "/count.json")
	was, body := s.raw(at, "uk")
	if !strings.Contains(body, `"count":84,`) {
		t.Fatalf("%s", body)
	}
	bring("85")
	s.Clock.Advance(time.Minute) // a count is kept for a moment
	now, body := s.raw(at, "uk")
	if !strings.Contains(body, `"count":85,`) || now.Header.Get("ETag") == was.Header.Get("ETag") {
		t.Errorf("84 and 85 signatures have one mark %s: %s", now.Header.Get("ETag"), body)
	}
}
