package petitions_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/authz"
	"ereception/internal/notify"
	dom "ereception/internal/petitions"
)

// raw is an answer that is no page, to whoever has no session.
func (s *signSite) raw(path, locale string) (*http.Response, string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", locale)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res, string(b)
}

// table reads a CSV as a spreadsheet does.
func (s *signSite) table(path string) [][]string {
	s.t.Helper()
	res, body := s.raw(path, "uk")
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment; filename=") {
		s.t.Fatalf("%s: %d %v", path, res.StatusCode, res.Header)
	}
	if !strings.HasPrefix(body, "\ufeff") || !utf8.ValidString(body) || strings.Count(body, "\n") != strings.Count(body, "\r\n") {
		s.t.Errorf("%s: no UTF-8 with its mark and lines of RFC 4180: %q", path, body[:min(40, len(body))])
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	if err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				s.t.Errorf("%s: a spreadsheet takes %q for a formula", path, cell)
			}
		}
	}
	return rows
}

const evil = "=HYPERLINK(\"https://a.example\";\"ключ\"), «так» & <b>\nдалі"

// signed adds signatures as they would lie in the register.
func (s *signSite) signed(n int64, names ...string) {
	s.t.Helper()
	for i, name := range names {
		s.Owner(s.t, `INSERT INTO petition_signatures (petition_id, signer, name, at, tier, domain, net, ip)
			SELECT id, sha256($2::text::bytea), $2, $3, 1, 'secret-domain.example', '\x00', '\x00' FROM petitions WHERE number = $1`, n, name, s.Clock.Now().Add(time.Duration(i)*time.Minute))
	}
	if err := s.svc.Count(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func TestOpenDataCannotHarmASpreadsheet(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.Owner(t, "UPDATE petitions SET title = $2, author_name = '@SUM(1) Зозуля' WHERE number = $1", s.n, evil)
	s.signed(s.n, "+Бондарук Леся Миколаївна", "-1 Мельник Іван", "Ґудзь Євген \"Їжак\"", "\tКоваль Яна")
	rows := s.table("/petitions.csv")
	if len(rows) != 2 || rows[1][2] != "'"+evil || !strings.HasPrefix(rows[1][4], "'@SUM") || rows[1][7] != "4" {
		t.Errorf("%q", rows)
	}
	if head := strings.Join(rows[0], ","); head != "number,url,title,state,author,topic,district,count,threshold,published_at,ends_at,answered_at" {
		t.Errorf("%s", head)
	}
	signers := s.table(s.at(s.n, "/signers.csv"))
	if len(signers) != 5 || signers[1][1] != "'+Бондарук Л. М." || signers[3][1] != "Ґудзь Є. \"." {
		t.Errorf("%q", signers)
	}
	hours := s.table(s.at(s.n, "/hours.csv"))
	if len(hours) < 2 || hours[1][1] != "4" {
		t.Errorf("%q", hours)
	}
	if _, err := time.Parse(time.RFC3339, hours[1][0]); err != nil {
		t.Error(err)
	}
}

// TestOpenDataTellsNoIdentifier: names as the public list has them, nothing of
// what lies beside them, and nothing of petitions that are not public.
func TestOpenDataTellsNoIdentifier(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.signed(s.n, "Бондарук Леся Миколаївна")
	s.Owner(t, "UPDATE petitions SET author_address = 'вул. Вигадана, 1'")
	for _, path := range []string{"/petitions.csv", "/petitions.json", "/petitions.rss", "/petitions?tab=all", s.at(s.n, "/petition.json"), s.at(s.n, "/signers.csv"), s.at(s.n, "/hours.csv"), s.at(s.n, "")} {
		res, body := s.raw(path, "uk")
		if res.StatusCode != 200 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		for _, bad := range []string{"secret-domain", "author@example.com", "Вигадана", "Бондарук Леся", "Неперевірені слова", supportKey} {
			if strings.Contains(body, bad) {
				t.Errorf("%s tells %s", path, bad)
			}
		}
	}
	for _, path := range []string{"/petition.json", "/signers.csv", "/hours.csv", "/count.json"} {
		for _, n := range []int64{s.sup, 9999} {
			if res, _ := s.raw(s.at(n, path), "uk"); res.StatusCode != 404 {
				t.Errorf("%s of petition %d: %d", path, n, res.StatusCode)
			}
		}
	}
}

func TestTheListAsJSON(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.Owner(t, "UPDATE petitions SET title = $2 WHERE number = $1", s.n, evil)
	for locale := range map[string]bool{"uk": true, "en": true} {
		res, body := s.raw("/petitions.json", locale)
		var list struct {
			Petitions []struct {
				Number    int64
				Title     string
				URL       string
				Count     int
				Threshold int
			}
		}
		if err := json.Unmarshal([]byte(body), &list); err != nil {
			t.Fatal(err)
		}
		p := list.Petitions
		if len(p) != 1 || p[0].Title != evil || p[0].URL != s.url+s.at(s.n, "") || p[0].Threshold != 300 || strings.Contains(body, "<b>") {
			t.Errorf("%s: %s", locale, body)
		}
		if !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") || res.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(res.Header.Get("Cache-Control"), "public") {
			t.Errorf("%v", res.Header)
		}
	}
	if _, body := s.raw("/petitions.json?tab=answered", "uk"); strings.TrimSpace(body) != `{"petitions":[],"total":0,"page":1}` {
		t.Errorf("an empty part: %s", body)
	}
	if _, body := s.raw("/petitions.json?q=тролейбус", "uk"); strings.Contains(body, "number") {
		t.Errorf("a filter is not heeded: %s", body)
	}
}

// TestTheListAsJSONHasPages: whoever follows «next» reads every petition once.
func TestTheListAsJSONHasPages(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.Owner(t, `INSERT INTO petitions (number, state, author_id, author_name, title, essence, filing_key, support_key, salt, charter_id, threshold, tier, residents_only, created_at, published_at, ends_at)
		SELECT 100000 + g, state, author_id, author_name, 'Петиція ' || g, essence, gen_random_uuid(), gen_random_uuid()::text, salt, charter_id, threshold, tier, residents_only, created_at, published_at, ends_at
		  FROM petitions, generate_series(1, 600) g WHERE number = $1`, s.n)
	seen := map[int]bool{}
	pages := 0
	for next := s.url + "/petitions.json?sort=newest&tab=gathering"; next != ""; pages++ {
		_, body := s.raw(strings.TrimPrefix(next, s.url), "uk")
		var list struct {
			Petitions   []struct{ Number int }
			Total, Page int
			Next        string
		}
		if err := json.Unmarshal([]byte(body), &list); err != nil {
			t.Fatal(err)
		}
		if list.Total != 601 || list.Page != pages+1 || pages > 2 {
			t.Fatalf("page %d: %d in all, calls itself %d", pages+1, list.Total, list.Page)
		}
		for _, p := range list.Petitions {
			if seen[p.Number] {
				t.Errorf("%d stands twice", p.Number)
			}
			seen[p.Number] = true
		}
		next = list.Next
	}
	if len(seen) != 601 || pages != 2 {
		t.Errorf("%d petitions on %d pages", len(seen), pages)
	}
	if rows := s.table("/petitions.csv"); len(rows) != 602 {
		t.Errorf("the table has %d rows", len(rows))
	}
}

// TestTheTileLeadsToWhatItCounts: «набрали підписи» opens a list of exactly those.
func TestTheTileLeadsToWhatItCounts(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	author := s.person("reached@example.com", "Зозуля Марія Іванівна")
	for _, state := range []string{"reached", "reviewing", "answered", "done", "refused", "not_enough"} {
		n := s.petition(author, state, "Стан "+state)
		if state != "not_enough" {
			s.Owner(t, "UPDATE petitions SET reached_at = $2 WHERE number = $1", n, s.Clock.Now())
		}
	}
	v := s.visitor()
	tile := v.want(v.get("/petitions"), http.StatusOK, "").doc.Find(`a[href="/petitions?tab=reached"]`)
	if tile.Length() != 1 || !strings.Contains(tile.Text(), "5") {
		t.Fatalf("the tile: %q", tile.Text())
	}
	list := v.want(v.get("/petitions?tab=reached"), http.StatusOK, "").text()
	for _, state := range []string{"reached", "reviewing", "answered", "done", "refused"} {
		if !strings.Contains(list, "Стан "+state) {
			t.Errorf("%s is missing", state)
		}
	}
	if strings.Contains(list, "Стан not_enough") {
		t.Error("one without its signatures stands in the list")
	}
}

func TestTheListAsRSS(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.Owner(t, "UPDATE petitions SET title = $2 WHERE number = $1", s.n, evil)
	res, body := s.raw("/petitions.rss", "uk")
	var f struct {
		Channel struct {
			Title    string `xml:"title"`
			Language string `xml:"language"`
			Items    []struct {
				Title   string `xml:"title"`
				Link    string `xml:"link"`
				PubDate string `xml:"pubDate"`
			} `xml:"item"`
		} `xml:"channel"`
	}
	if err := xml.Unmarshal([]byte(body), &f); err != nil {
		t.Fatal(err)
	}
	if c := f.Channel; len(c.Items) != 1 || c.Items[0].Title != evil || c.Items[0].Link != s.url+s.at(s.n, "") || c.Language != "uk" || c.Title == "" {
		t.Errorf("%+v", f)
	}
	if _, err := time.Parse(time.RFC1123Z, f.Channel.Items[0].PubDate); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "application/rss+xml") {
		t.Errorf("%v", res.Header)
	}
}

// TestTheListPage keeps its filters in links and tells how its figures are counted.
// One tab of the list is the open one, and the sum of all tabs stands open for
// those who came by the tile that counts across them.
func TestOneTabOfTheListIsCurrent(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v := s.visitor()
	for path, want := range map[string]string{
		"/petitions":              "/petitions",
		"/petitions?tab=review":   "/petitions?tab=review",
		"/petitions?tab=answered": "/petitions?tab=answered",
		"/petitions?tab=archive":  "/petitions?tab=archive",
		"/petitions?tab=all":      "/petitions?tab=all",
		"/petitions?tab=reached":  "/petitions?tab=all",
	} {
		current := v.want(v.get(path), http.StatusOK, "").doc.Find(`main nav.tabs a[aria-current]`)
		if href, _ := current.Attr("href"); current.Length() != 1 || href != want {
			t.Errorf("%s: %d current tabs, the first is %q, want %q alone", path, current.Length(), href, want)
		}
	}
}

func TestTheListPage(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v := s.visitor()
	a := v.want(v.get(fmt.Sprintf("/petitions?tab=all&q=%d&sort=most", s.n)), http.StatusOK, "")
	if n := a.doc.Find(".petition-row").Length(); n != 1 {
		t.Errorf("%d rows", n)
	}
	a.doc.Find("#data a").Each(func(_ int, l *goquery.Selection) {
		if href, _ := l.Attr("href"); !strings.Contains(href, "q=") || !strings.Contains(href, "sort=most") {
			t.Errorf("the data forget the filter: %s", href)
		}
	})
	for _, words := range []string{"відповідей вчасно", "від оголошення до відповіді", "підтриманих виконано", "ще немає", "Половина відповідей була не довшою"} {
		if !strings.Contains(a.text(), words) {
			t.Errorf("the figures lack %q", words)
		}
	}
	// Ten days for one answer, twenty for two more.
	for i, days := range []int{10, 20, 20} {
		n := s.petition(int64(s.Count(t, "SELECT min(id) FROM people")), "answered", fmt.Sprintf("Петиція номер %d", i))
		s.Owner(t, `UPDATE petitions SET reached_at = $2, announced_at = $2, answered_at = $2::timestamptz + $3 * interval '1 day' WHERE number = $1`, n, s.Clock.Now(), days)
		s.Owner(t, `INSERT INTO petition_terms (petition_id, step, due_at, met_at, rule, explain_uk, explain_en, calendar_version, created_at)
			SELECT id, 'review', $2::timestamptz + interval '14 days', answered_at, 'r', 'е', 'e', 'v', $2 FROM petitions WHERE number = $1`, n, s.Clock.Now())
	}
	tiles := strings.Join(strings.Fields(v.get("/petitions").doc.Find(".tile").Text()), " ")
	for _, words := range []string{"33 %", "1 з 3", "20 днів", "0 %", "0 з 3"} {
		if !strings.Contains(tiles, words) {
			t.Errorf("the tiles lack %q: %s", words, tiles)
		}
	}
	for _, odd := range []string{"?tab=nonsense&page=-1&sort=x", "?page=999999", "?q=%27%20%26%20%7C", "?topic=9999999999999999999", "?q=" + strings.Repeat("%D1%97", 400)} {
		v.want(v.get("/petitions"+odd), http.StatusOK, "")
	}
}

// TestTheCityIsLate: page, list and terms say so, and do not forget it afterwards.
func TestTheCityIsLate(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	author := s.person("late@example.com", "Зозуля Марія Іванівна")
	n := s.petition(author, "reached", "Сквер на Польовій")
	v := s.visitor()
	now := s.Clock.Now()
	s.Owner(t, `INSERT INTO petition_terms (petition_id, step, due_at, rule, explain_uk, explain_en, calendar_version, created_at)
		SELECT id, 'announce', $2, 'r', 'чому', 'why', '1', $2 FROM petitions WHERE number = $1`, n, now.AddDate(0, 0, 2))
	at := fmt.Sprintf("/petitions/%d", n)
	if text := v.want(v.get(at), http.StatusOK, "").text(); !strings.Contains(text, "Розгляд оголосять до") || strings.Contains(text, "прострочено") {
		t.Error("two days before the end it is late already")
	}
	s.Owner(t, "UPDATE petition_terms SET due_at = $1", now.AddDate(0, 0, -3))
	s.Owner(t, "UPDATE petitions SET version = version + 1")
	s.Clock.Advance(time.Minute)
	for _, path := range []string{at, "/petitions?tab=review", at + "/embed"} {
		if text := v.want(v.get(path), http.StatusOK, "").text(); !strings.Contains(text, "прострочено на 3 дні") {
			t.Errorf("%s does not say that the city is late", path)
		}
	}
	if text := v.want(v.get(at), http.StatusOK, "").text(); !strings.Contains(text, "Місто запізнюється на 3 дні.") {
		t.Error("the place of the answer does not say that the city is late")
	}
	s.Owner(t, "UPDATE petition_terms SET met_at = due_at + interval '2 days'")
	s.Clock.Advance(time.Minute)
	if text := v.want(v.get(at), http.StatusOK, "").text(); !strings.Contains(text, "із запізненням на 2 дні") {
		t.Error("what was late looks as if it had been in time")
	}
	s.Owner(t, "UPDATE petition_terms SET met_at = due_at - interval '1 hour'")
	s.Clock.Advance(time.Minute)
	if text := v.want(v.get(at), http.StatusOK, "").text(); !strings.Contains(text, ", вчасно") {
		t.Error("what was in time is not told of")
	}
}

// TestAGatheringIsPausedWithSigning: while signing is switched off no gathering ends, so no
// page says that it did, nor until when it goes on; one that had ended before did end.
func TestAGatheringIsPausedWithSigning(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v := s.visitor()
	now := s.Clock.Now()
	pages := []string{s.at(s.n, ""), "/petitions?tab=all", s.at(s.n, "/embed")}
	s.Owner(t, "UPDATE petitions SET ends_at = $1, version = version + 1 WHERE number = $2", now.Add(time.Hour), s.n)
	s.Owner(t, "INSERT INTO petition_switches (name, off_since, reason_uk, version) VALUES ('signing', $1, 'Роботи на сервері', 1)", now)
	s.Clock.Advance(2 * time.Hour)
	for _, path := range pages {
		if text := v.want(v.get(path), http.StatusOK, "").text(); !strings.Contains(text, "Збір призупинено") || strings.Contains(text, "Збір завершено") {
			t.Errorf("%s says that it ended, and its days will be given back: %s", path, text)
		}
	}
	if text := v.get(s.at(s.n, "/embed")).text(); strings.Contains(text, "Підписати") {
		t.Error("the frame offers to sign")
	}
	if text := v.get(s.at(s.n, "")).doc.Find("ol.tl").Text(); !strings.Contains(text, "призупинено") {
		t.Errorf("the way: %s", text)
	}
	s.Owner(t, "UPDATE petitions SET ends_at = $1, version = version + 1 WHERE number = $2", now.Add(-time.Minute), s.n)
	s.Clock.Advance(time.Minute)
	for _, path := range pages {
		if text := v.want(v.get(path), http.StatusOK, "").text(); strings.Contains(text, "призупинено") || !strings.Contains(text, "Збір завершено") {
			t.Errorf("%s: it had ended before: %s", path, text)
		}
	}
}

// TestStrangersReadACopy: the list, the frame and the badge are made once for all who ask in
// the same two seconds; a change of a petition or of a switch makes them anew at once, and
// whoever is signed in, or searches, gets a page of his own.
func TestStrangersReadACopy(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	ann := s.visitor()
	s.person("reader@example.com", "Читачка Ганна Іванівна")
	ann.signIn("reader@example.com")
	paths := []string{"/petitions", s.at(s.n, "/embed"), s.at(s.n, "/badge.svg")}
	read := func(path string) string {
		res, body := s.raw(path, "uk")
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		return body
	}
	before := map[string]string{}
	for _, p := range paths {
		before[p] = read(p)
	}
	s.Owner(t, "UPDATE petitions SET title = 'Зовсім інша назва', threshold = threshold + 11, version = version + 1 WHERE number = $1", s.n) // another process
	for _, p := range paths {
		if read(p) != before[p] {
			t.Errorf("%s is made anew for each request", p)
		}
	}
	if text := ann.want(ann.get("/petitions"), http.StatusOK, "").text(); !strings.Contains(text, "Зовсім інша назва") {
		t.Error("whoever is signed in reads a copy of strangers")
	}
	s.Clock.Advance(2 * time.Second)
	for _, p := range paths {
		if read(p) == before[p] {
			t.Errorf("%s is older than two seconds", p)
		}
		before[p] = read(p)
	}
	boss := authz.Actor{Kind: authz.KindPerson, ID: s.person("boss@example.com", "Головний Адміністратор"), Roles: []authz.Role{authz.RoleAdmin}}
	if _, err := s.svc.SetSwitch(t.Context(), boss, dom.Change{Name: dom.SwitchSigning, Off: true, ReasonUK: "Роботи"}); err != nil {
		t.Fatal(err)
	}
	for _, p := range paths[:2] {
		if !strings.Contains(read(p), "Збір призупинено") {
			t.Errorf("%s: a change of this process is not told at once", p)
		}
	}
	if strings.Contains(read("/petitions?utm_source=mail"), "utm_source") {
		t.Error("what one reader had in his query is shown to others")
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v := s.visitor()
	page := v.want(v.get(s.at(s.n, "")), http.StatusOK, "")
	if code := page.doc.Find("#badge-code").Text(); !strings.Contains(code, s.url+s.at(s.n, "/badge.svg")) {
		t.Errorf("the code of the badge: %q", code)
	}
	if page.doc.Find("#embed-code").Length() != 0 || !strings.Contains(page.text(), "місто поки не дозволило") {
		t.Error("the code of a frame that no site may show")
	}
	for _, to := range []string{"mailto:?body=", "https://t.me/share/url?text=", "viber://forward?text=", "https://www.facebook.com/sharer/sharer.php?u="} {
		l := page.doc.Find(`a[href^="` + to + `"]`)
		if l.Length() != 1 || l.AttrOr("rel", "") != "noopener noreferrer" || strings.Contains(l.AttrOr("href", ""), "+") {
			t.Errorf("%s: %d, %q", to, l.Length(), l.AttrOr("href", ""))
		}
	}
	v.want(v.get(fmt.Sprintf("/p/%d", s.n)), http.StatusFound, s.at(s.n, ""))
	v.want(v.get("/p/999999"), http.StatusNotFound, "")
	v.want(v.get(fmt.Sprintf("/p/%d", s.sup)), http.StatusNotFound, "")
}

// TestOpenDataIsKeptByLanguage: what caches keep is told apart by the language; what
// a key opens they do not keep at all.
func TestOpenDataIsKeptByLanguage(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	for _, path := range []string{"/petitions.json", "/petitions.csv", "/petitions.rss", s.at(s.n, "/petition.json"), s.at(s.n, "/count.json"), s.at(s.n, "/signers.csv"), s.at(s.n, "/hours.csv")} {
		res, _ := s.raw(path, "en")
		if v := strings.Join(res.Header.Values("Vary"), ", "); !strings.Contains(v, "Accept-Language") || !strings.Contains(v, "Cookie") || !strings.HasPrefix(res.Header.Get("Cache-Control"), "public") {
			t.Errorf("%s: Vary %q, Cache-Control %q", path, v, res.Header.Get("Cache-Control"))
		}
	}
	for _, path := range []string{"/count.json", "/signers.csv", "/hours.csv", "/qr.svg"} {
		res, _ := s.raw(s.at(s.sup, path)+"?k="+supportKey, "uk")
		if res.StatusCode != 200 || !strings.Contains(res.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s with a key: %d, %q", path, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
}

// TestWordsOfAPetitionAreUkrainian on English pages too: a reader of the screen says
// them in their language (WCAG 3.1.2).
func TestWordsOfAPetitionAreUkrainian(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	var title string
	if err := s.DB.Pool().QueryRow(context.Background(), "SELECT title FROM petitions WHERE number = $1", s.n).Scan(&title); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/petitions", s.at(s.n, ""), s.at(s.n, "/sign"), s.at(s.n, "/poster"), s.at(s.n, "/embed") + "?lang=en"} {
		_, body := s.raw(path, "en")
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if l := doc.Find("html").AttrOr("lang", ""); l != "en" {
			t.Errorf("%s: the page is in %q", path, l)
		}
		found := 0
		doc.Find("[lang=uk]").Each(func(_ int, e *goquery.Selection) {
			if strings.TrimSpace(e.Text()) == title {
				found++
			}
		})
		if found == 0 {
			t.Errorf("%s: the title is said to be English", path)
		}
	}
	_, body := s.raw(s.at(s.n, ""), "en")
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil || doc.Find("article .prose > [lang=uk]").Length() == 0 || doc.Find("h2[lang=uk]").Length() != 0 {
		t.Errorf("the text of the petition, or a heading of the portal: %v", err)
	}
}

// TestAJoinedPetitionTellsOnlyWhereItLeads: it was never published.
func TestAJoinedPetitionTellsOnlyWhereItLeads(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.signed(s.sup, "Бондарук Леся Миколаївна")
	s.Owner(t, "UPDATE petitions SET state = 'merged', merged_into = (SELECT id FROM petitions WHERE number = $2), version = version + 1 WHERE number = $1", s.sup, s.n)
	v := s.visitor()
	page := v.want(v.get(s.at(s.sup, "")), http.StatusOK, "")
	if page.doc.Find(`main a[href="`+s.at(s.n, "")+`"]`).Length() != 1 || page.doc.Find("main .ring, main article, #answer, #way, #signers").Length() != 0 || strings.Contains(page.text(), "Автор") {
		t.Errorf("%s", page.doc.Find("main").Text())
	}
	for _, path := range []string{"/petition.json", "/embed", "/badge.svg", "/poster", "/count.json", "/hours.csv", "/signers.csv", "/qr.svg"} {
		if res, _ := s.raw(s.at(s.sup, path), "uk"); res.StatusCode != 404 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

// TestSupportersSeeThatItIsOnCheck: the link that they have leads to the petition
// until the city has checked it.
func TestSupportersSeeThatItIsOnCheck(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.Owner(t, "UPDATE petitions SET state = 'checking', submitted_at = $2, ends_at = NULL, version = version + 1 WHERE number = $1", s.sup, s.Clock.Now())
	v := s.visitor()
	page := v.want(v.get(s.at(s.sup, "?k="+supportKey)), http.StatusOK, "")
	if page.doc.Find(`form[action$="/sign"], a[href*="/sign"]`).Not(`[href*="sign-in"]`).Length() != 0 {
		t.Error("one can sign what is on check")
	}
	v.want(v.get(s.at(s.sup, "")), http.StatusNotFound, "")
	v.want(v.get(s.at(s.sup, "?k=forged")), http.StatusNotFound, "")
	s.Owner(t, "UPDATE petitions SET state = 'returned', version = version + 1 WHERE number = $1", s.sup)
	v.want(v.get(s.at(s.sup, "?k="+supportKey)), http.StatusNotFound, "")
}

// TestTheLinkOfALetterEndsIt: opening it does nothing, for scanners of mail open every
// link; one press does, also that of a mail program, which has no session and follows no
// redirect (RFC 8058).
func TestTheLinkOfALetterEndsIt(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	reader, other := s.person("reader@example.org", "Читач Іван Петрович"), s.person("other@example.org", "Інша Олена Іванівна")
	s.Owner(t, "INSERT INTO petition_follows (petition_id, person_id, created_at) SELECT p.id, u.id, now() FROM petitions p, people u WHERE p.number = $1 AND u.id IN ($2, $3)", s.n, reader, other)
	follows := func() int { return s.Count(t, "SELECT count(*) FROM petition_follows WHERE ended_at IS NULL") }
	var id int64
	if err := s.DB.ReadPool().QueryRow(t.Context(), "SELECT id FROM petitions WHERE number = $1", s.n).Scan(&id); err != nil {
		t.Fatal(err)
	}
	letter, err := s.svc.Composers()["petition.reached"](t.Context(), notify.Letter{Kind: "petition.reached", PersonID: reader, Locale: "uk", Data: map[string]any{"petition": float64(id)}})
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(letter.Unsubscribe.URL, "/petitions/unfollow/")
	link, v := "/petitions/unfollow/"+token, s.visitor()
	if a := v.want(v.get(link), 200, ""); a.doc.Find("form[action='"+link+"']").Length() != 1 || follows() != 2 {
		t.Errorf("the page has no button, or %d follow", follows())
	}
	v.want(v.post(link+"0", "List-Unsubscribe", "One-Click"), 404, "")
	if follows() != 2 {
		t.Error("a forged link ended something")
	}
	for range 2 {
		if a := v.want(v.post(link, "List-Unsubscribe", "One-Click"), 200, ""); a.doc.Find("form[action^='/petitions/unfollow']").Length() != 0 || !strings.Contains(a.text(), "Ви більше не стежите") || follows() != 1 {
			t.Errorf("%s; %d follow", a.text(), follows())
		}
	}
}

// TestTheLinkOfFirstSupportersIsCopiedOncePublished: on the day when everybody comes,
// most come by the link that its author sent round first.
func TestTheLinkOfFirstSupportersIsCopiedOncePublished(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	plain, page := s.raw(s.at(s.n, ""), "uk")
	keyed, same := s.raw(s.at(s.n, "?k="+supportKey), "uk")
	if page != same || keyed.Header.Get("Etag") == "" || keyed.Header.Get("Etag") != plain.Header.Get("Etag") || !strings.HasPrefix(keyed.Header.Get("Cache-Control"), "public") {
		t.Errorf("by the link: %v, without it: %v", keyed.Header, plain.Header)
	}
	if strings.Contains(same, supportKey) {
		t.Error("what one had in his link stands on the page of all")
	}
	// Before it is published, the page is for the bearer of the key alone.
	hidden, _ := s.raw(s.at(s.sup, "?k="+supportKey), "uk")
	if hidden.StatusCode != 200 || !strings.Contains(hidden.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("%d, %v", hidden.StatusCode, hidden.Header)
	}
	if none, _ := s.raw(s.at(s.sup, ""), "uk"); none.StatusCode != 404 {
		t.Errorf("without the key: %d", none.StatusCode)
	}
}
