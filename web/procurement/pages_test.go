package procurement_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
	"ereception/internal/procurement/indicator"
	"ereception/web/httpx"
)

// withSample is the desk with the documents that the portal carries: purchases
// of other buyers, sole traders and tests of Prozorro among them.
func withSample(t testing.TB) *desk {
	t.Helper()
	d := openDesk(t)
	// The purchase of the desk would hide the examples, and has no document of its own.
	for _, table := range []string{"register", "contracts", "tenders", "buyers"} {
		d.Owner(t, "DELETE FROM procurement_"+table)
	}
	if _, err := d.svc.LoadSample(context.Background()); err != nil {
		t.Fatal(err)
	}
	return d
}

// put stores a document of Prozorro.
func (d *desk) put(doc string) {
	d.t.Helper()
	if _, err := d.svc.Put(context.Background(), []byte(doc), dom.FromImport); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) english(path string) answer {
	req, err := http.NewRequest(http.MethodGet, path, http.NoBody)
	if err != nil {
		d.t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: httpx.LocaleCookie, Value: "en"})
	return d.do("", req)
}

var (
	taxNumber = regexp.MustCompile(`(^|[^0-9A-Za-z/_-])[0-9]{10}($|[^0-9A-Za-z/_-])`)
	verdict   = regexp.MustCompile(`(?i)порушен|корупц|підозр|махінац|зловжив`)
)

// prose is what a person reads, without what is quoted from elsewhere: the note
// that says what a sign is not, official names and the words of the Audit Service.
func prose(a answer) string {
	body := a.doc.Find("main").Clone()
	body.Find("q, .note.amber, script, code").Remove()
	body.Find("section").Each(func(_ int, s *goquery.Selection) {
		if strings.Contains(s.Find("h2").Text(), "Моніторинг Держаудитслужби") {
			s.Remove()
		}
	})
	// Titles, file names and complaints are the words of the source.
	body.Find("a.item-title, .p-docs, #complaints, .ds-card:has(#complaints), .items, .p-items, h1, .kv").Remove()
	return strings.ReplaceAll(body.Text(), i18n.In("uk", "procurement.caveat.title"), "")
}

func TestEveryPageThatALinkLeadsTo(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	seen := map[string]bool{"/procurement": true, "/procurement/indicators/RISK-1-21": true}
	queue := []string{"/procurement", "/procurement/indicators/RISK-1-21"}
	kinds, asked := map[string]int{}, map[string]int{}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		a := d.get("", path)
		if a.Code != http.StatusOK {
			t.Errorf("%s: %d", path, a.Code)
			continue
		}
		kinds[kindOfPath(path)]++
		if a.doc == nil {
			if strings.Contains(a.Body.String(), "<html") {
				t.Errorf("%s is a page that says it is not", path)
			}
			continue
		}
		if m := taxNumber.FindString(a.doc.Find("body").Text()); m != "" {
			t.Errorf("%s shows a number of 10 digits: %q", path, m)
		}
		if m := verdict.FindString(prose(a)); m != "" {
			t.Errorf("%s speaks of a verdict: %q", path, m)
		}
		if a.doc.Find(`.ri[data-v="1"], .p-sign`).Length() > 0 && !strings.Contains(a.doc.Find("main").Text(), i18n.In("uk", "procurement.caveat.title")) {
			t.Errorf("%s shows a sign and does not say what it is not", path)
		}
		if a.doc.Find("h1").Length() != 1 {
			t.Errorf("%s has %d h1", path, a.doc.Find("h1").Length())
		}
		ids := map[string]bool{}
		a.doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			id, _ := s.Attr("id")
			if ids[id] {
				t.Errorf("%s has the id %q twice", path, id)
			}
			ids[id] = true
		})
		a.doc.Find("main a[href], head link[rel=alternate]").Each(func(_ int, s *goquery.Selection) {
			href, _ := s.Attr("href")
			to, err := url.Parse(href)
			if err != nil {
				t.Errorf("%s: the link %q: %v", path, href, err)
				return
			}
			if to.Host != "" || !strings.HasPrefix(to.Path, "/procurement") || strings.HasPrefix(to.Path, "/procurement/cpv") && to.Query().Get("code") != "" && len(to.Query().Get("code")) > 3 {
				return
			}
			to.Fragment = ""
			if next := to.String(); !seen[next] && asked[kindOfPath(next)] < 40 {
				seen[next] = true
				asked[kindOfPath(next)]++
				queue = append(queue, next)
			}
		})
	}
	for _, k := range []string{"contracts", "tenders", "buyers", "suppliers", "indicators", "search", "search.csv", "search.json", "search.xlsx", "search.rss", "ocds.json", "cpv"} {
		if kinds[k] == 0 {
			t.Errorf("no link leads to %s: %v", k, kinds)
		}
	}
}

func kindOfPath(path string) string {
	rest := strings.TrimPrefix(path, "/procurement/")
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

func TestPagesInEnglishHaveNoUkrainianWordsOfTheirOwn(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	cyrillic := regexp.MustCompile(`[а-яіїєґА-ЯІЇЄҐ]{3,}`)
	for _, path := range []string{"/procurement", "/procurement/search", "/procurement/search?kind=tender", "/procurement/search?kind=plan", "/procurement/buyers", "/procurement/indicators", "/procurement/indicators/DASU-3-3", "/procurement/cpv"} {
		a := d.english(path)
		if a.Code != http.StatusOK {
			t.Fatalf("%s: %d", path, a.Code)
		}
		if got, _ := a.doc.Find("html").Attr("lang"); got != "en" {
			t.Fatalf("%s is in %q", path, got)
		}
		for _, sel := range []string{"h1", "h2", "label", "th", "button", ".lead", ".note", ".tabs", "caption", ".crumbs", ".ds-tag"} {
			a.doc.Find("main " + sel).Each(func(_ int, s *goquery.Selection) {
				if s.ParentsFiltered("table").Length() > 0 && s.Is("th[scope=row]") || s.Find("a.quiet").Length() > 0 {
					return // the name of a buyer
				}
				if m := cyrillic.FindString(s.Text()); m != "" {
					t.Errorf("%s: %s says %q", path, sel, m)
				}
			})
		}
	}
}

func TestEveryFactAndReasonHasItsWords(t *testing.T) {
	t.Parallel()
	for _, k := range indicator.Keys() {
		key := "procurement.fact." + k.Key
		if !i18n.Has(key) {
			t.Errorf("no words for the fact %s", k.Key)
			continue
		}
		for _, loc := range []string{"uk", "en"} {
			desc := i18n.Describe(loc, key)
			if counted := len(desc.Plural) > 0; counted != k.Counted {
				t.Errorf("%s in %s: counted %v, want %v", key, loc, counted, k.Counted)
			}
			for _, a := range k.Args {
				if k.Key != "value" && !strings.Contains(strings.Join(desc.All(), " "), "{"+a+"}") {
					t.Errorf("%s in %s leaves out {%s}", key, loc, a)
				}
			}
		}
	}
	for _, r := range indicator.All() {
		for _, part := range []string{"name", "sign", "meaning", "method", "wrong", "law", "unknown"} {
			if key := "procurement.ind." + r.ID + "." + part; !i18n.Has(key) {
				t.Errorf("no words for %s", key)
			}
		}
	}
	for _, g := range indicator.Generations() {
		if key := "procurement.generation." + g.ID + ".short"; !i18n.Has(key) {
			t.Errorf("no words for %s", key)
		}
	}
}

func TestASearchThatCannotBeReadKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	a := d.get("", "/procurement/search?q="+url.QueryEscape("ремонт")+"&cpv="+url.QueryEscape("щось")+"&min="+url.QueryEscape("багато")+"&from=2026-13-40")
	if a.Code != http.StatusUnprocessableEntity {
		t.Fatalf("code %d", a.Code)
	}
	for name, want := range map[string]string{"q": "ремонт", "cpv": "щось", "min": "багато"} {
		if got, _ := a.doc.Find("input[name=" + name + "]").Attr("value"); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
	if _, open := a.doc.Find("details:has(#min)").Attr("open"); !open {
		t.Error("the field with the mistake is folded away")
	}
	for _, id := range []string{"cpv", "min", "from"} {
		if a.doc.Find(`.ds-error-summary a[href="#`+id+`"]`).Length() != 1 {
			t.Errorf("the summary does not lead to %s", id)
		}
	}
	if a := d.get("", "/procurement/search.csv?min=x"); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("data of a search that cannot be read: %d", a.Code)
	}
}

// Every filter answers a value that it cannot have in one of two ways: what is no
// value, or is not in a closed list, is said at its field; what is well formed and
// stands nowhere in the register finds nothing, and the page names it.
func TestAFilterNeverFindsMoreThanItSays(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	for _, c := range []struct{ field, value string }{
		{"kind", "nonsense"},
		{"sign", "nonsense"},
		{"sign", "sas24-3-1@contract"},
		{"sign", "DASU-3-3@nonsense"},
		{"sign", "RISK-1-21"},
		{"sort", "nonsense"},
		{"year", "nonsense"},
		{"from", "nonsense"},
		{"to", "31.02.2026"},
		{"min", "nonsense"},
		{"max", "-1"},
		{"cpv", "nonsense"},
		{"buyer", "без коду"},
		{"status", "так не буває"},
		{"method", "<b>"},
	} {
		at := "?" + url.Values{c.field: {c.value}}.Encode()
		a := d.get("", "/procurement/search"+at)
		if a.Code != http.StatusUnprocessableEntity || a.doc.Find("tbody tr").Length() != 0 {
			t.Errorf("%s=%s: %d with %d rows", c.field, c.value, a.Code, a.doc.Find("tbody tr").Length())
		}
		if a.doc.Find(`.ds-error-summary a[href="#`+c.field+`"]`).Length() != 1 {
			t.Errorf("%s=%s: the summary does not lead to the field", c.field, c.value)
		}
		for _, path := range []string{"search.csv", "search.json", "search.xlsx", "search.rss", "search.atom", "ocds.json"} {
			if a := d.get("", "/procurement/"+path+at); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.text(), c.field+": ") {
				t.Errorf("%s%s: %d, %q", path, at, a.Code, a.text())
			}
		}
		if a := d.get("", "/procurement/embed"+at); a.Code != http.StatusUnprocessableEntity || a.doc.Find("li").Length() != 0 || !strings.Contains(a.text(), c.field+": ") {
			t.Errorf("the frame with %s: %d with %d rows", at, a.Code, a.doc.Find("li").Length())
		}
	}
	for _, c := range []struct{ field, value, uk, en string }{
		{"status", "nonsense", "Стану «nonsense» серед цих записів немає", "No state “nonsense”"},
		{"method", "nonsense", "Процедури «nonsense» серед цих записів немає", "No procedure “nonsense”"},
		{"buyer", "99999999", "Замовника з кодом «99999999» серед цих записів немає", "No buyer with the code “99999999”"},
		{"cpv", "8888", "Коду CPV «8888» у класифікаторі ДК 021:2015 немає", "no CPV code “8888”"},
		{"supplier", "немає такого", "Нічого не знайдено", "Nothing was found"},
	} {
		at := "?" + url.Values{c.field: {c.value}}.Encode()
		a := d.get("", "/procurement/search"+at)
		if a.Code != http.StatusOK || a.doc.Find("tbody tr").Length() != 0 || !strings.Contains(a.text(), c.uk) {
			t.Errorf("%s: %d with %d rows, not a word of %q", at, a.Code, a.doc.Find("tbody tr").Length(), c.uk)
		}
		if c.field != "supplier" && !strings.Contains(d.english("/procurement/search"+at).text(), c.en) {
			t.Errorf("%s in English says nothing of %q", at, c.en)
		}
		if a := d.get("", "/procurement/search.json"+at); a.Code != http.StatusOK || strings.TrimSpace(strings.ReplaceAll(a.Body.String(), "\n", "")) != "[]" {
			t.Errorf("data of %s: %d, %.100s", at, a.Code, a.Body)
		}
	}
}

func TestPlansAreOpenDataToo(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	a := d.get("", "/procurement/search?kind=plan")
	href := a.doc.Find(`a[href^="/procurement/ocds.json"]`).AttrOr("href", "")
	if !strings.Contains(href, "kind=plan") {
		t.Fatalf("the link to OCDS is %q", href)
	}
	var p struct {
		Releases []struct {
			OCID, ID string
			Tag      []string
			Planning struct{ Budget struct{ ID string } }
		}
	}
	a = d.get("", href)
	if err := json.Unmarshal(a.Body.Bytes(), &p); err != nil || a.Code != http.StatusOK {
		t.Fatal(a.Code, err)
	}
	if n := d.Count(t, "SELECT count(*) FROM procurement_register WHERE kind = 'plan'"); len(p.Releases) != n || n == 0 {
		t.Errorf("%d releases of %d plans", len(p.Releases), n)
	}
	for _, r := range p.Releases {
		if r.OCID != "ocds-be6bcu-"+r.Planning.Budget.ID || strings.Join(r.Tag, ",") != "planning" {
			t.Errorf("%+v", r)
		}
	}
}

// A cancelled contract came to nothing: what is said of its lot is said of the one
// that stands instead of it.
func TestACancelledContractIsNoContract(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	cancelled := `{"id":"88000000000000000000000000000099","contractID":"UA-2026-09-01-000088-a-a0","contractNumber":"7","status":"cancelled","awardID":"a2",
		"value":{"amount":4900000,"currency":"UAH"},"suppliers":[{"name":"ТОВ «Приклад-Буд»","identifier":{"scheme":"UA-EDR","id":"14360570"}}]},`
	d.put(strings.Replace(unsigned, `"contracts":[`, `"contracts":[`+cancelled, 1))
	d.put(`{"id":"88000000000000000000000000000090","planID":"UA-P-2026-08-01-000088-a","status":"complete","dateModified":"2026-09-01T12:00:00+03:00","tender_id":"88000000000000000000000000000088",
		"procuringEntity":{"name":"КНП «Лікарня-зразок»","identifier":{"scheme":"UA-EDR","id":"04053625"}},"budget":{"amount":5200000,"currency":"UAH","description":"Ремонт даху"}}`)
	a := d.get("", "/procurement/contracts/UA-2026-09-01-000088-a-a0")
	for _, want := range []string{"Договір скасовано.", i18n.In("uk", "procurement.contract.stub"), i18n.In("uk", "procurement.documents.unknown")} {
		if !strings.Contains(a.text(), want) {
			t.Errorf("the cancelled contract does not say %q", want)
		}
	}
	for _, not := range []string{i18n.In("uk", "procurement.contract.performed"), i18n.In("uk", "procurement.documents.none_contract"), "Єдиний файл не має формату"} {
		if strings.Contains(a.text(), not) {
			t.Errorf("the cancelled contract says %q", not)
		}
	}
	if n := d.Count(t, "SELECT count(*) FROM procurement_register WHERE number = 'UA-2026-09-01-000088-a-a0' AND 'DASU-3-3' = ANY(signs || clear)"); n != 0 {
		t.Error("the register gives the cancelled contract the sign of the other")
	}
	if n := d.Count(t, "SELECT count(*) FROM procurement_register WHERE number = 'UA-2026-09-01-000088-a-a1' AND signs @> '{DASU-3-3,DASU-3-3@contract}'"); n != 1 {
		t.Error("the contract that stands has lost its sign")
	}
	d.Clock.Advance(24 * time.Hour)
	if _, err := d.svc.Recalculate(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if n := d.Count(t, "SELECT count(*) FROM procurement_register WHERE kind = 'contract' AND tender_id = '88000000000000000000000000000088' AND 'DASU-3-3' = ANY(signs)"); n != 1 {
		t.Errorf("%d contracts of the tender have the sign after a recalculation", n)
	}
	plan := d.get("", "/procurement/plans/UA-P-2026-08-01-000088-a")
	plan.doc.Find(`a[href^="/procurement/contracts/"]`).Each(func(_ int, l *goquery.Selection) {
		if is := strings.HasSuffix(l.AttrOr("href", ""), "-a0"); is != strings.Contains(l.Text(), "скасовано") {
			t.Errorf("beside the plan stands %q", l.Text())
		}
	})
	if plan.doc.Find(`a[href^="/procurement/contracts/"]`).Length() != 2 {
		t.Error("the plan does not lead to both contracts")
	}
}

// Two documents of one number are two purchases, and each has its page.
func TestTwoPurchasesOfOneNumber(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	d.put(unsigned)
	d.put(strings.NewReplacer("88000000000000000000000000000088", "88000000000000000000000000000077", "88000000000000000000000000000089", "88000000000000000000000000000078", "даху", "стелі").Replace(unsigned))
	titles := map[string]bool{}
	d.get("", "/procurement/search?kind=tender&q=UA-2026-09-01-000088-a").doc.Find("tbody a.item-title").Each(func(_ int, l *goquery.Selection) {
		title := strings.TrimSpace(d.get("", l.AttrOr("href", "")).doc.Find("h1").Text())
		if titles[title] = true; title != strings.TrimSpace(l.Text()) {
			t.Errorf("%q leads to %q", l.Text(), title)
		}
	})
	if len(titles) != 2 {
		t.Errorf("%v", titles)
	}
}

func TestBuyersOfOneNameAreToldApart(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	// The sample holds two buyers of one name, of which one was invented.
	if n := d.Count(t, "SELECT count(DISTINCT buyer_code) FROM procurement_register WHERE kind = 'contract' AND buyer_name = 'Державне управління справами'"); n != 2 {
		t.Fatalf("%d buyers of the name", n)
	}
	options := map[string]string{}
	d.get("", "/procurement/search").doc.Find("select[name=buyer] option").Each(func(_ int, o *goquery.Selection) {
		label := strings.TrimSpace(o.Text())
		if was, twice := options[label]; twice {
			t.Errorf("%s and %s are both called %q", was, o.AttrOr("value", ""), label)
		}
		options[label] = o.AttrOr("value", "")
	})
	for code, invented := range map[string]bool{"00037256": false, "00037257": true} {
		found := false
		for label, value := range options {
			found = found || value == code && strings.Contains(label, "код ЄДРПОУ "+code) && strings.Contains(label, "демонстраційні дані") == invented
		}
		if !found {
			t.Errorf("no option tells %s: %v", code, options)
		}
	}
	rows := d.get("", "/procurement/search?q="+url.QueryEscape("комп’ютерне обладнання")).text()
	if strings.Contains(rows, "00037256") != strings.Contains(rows, "00037257") {
		t.Error("one of two twins alone has his code in the list")
	}
	a := d.get("", "/procurement/buyers")
	a.doc.Find("tbody tr").Each(func(_ int, r *goquery.Selection) {
		invented := strings.Contains(r.Text(), "вигаданий замовник")
		if is := strings.Contains(r.Text(), "name procuringEntity") || strings.Contains(r.Text(), "Зразкова установа") || strings.Contains(r.Text(), "00037257"); is && !invented {
			t.Errorf("not said to be invented: %q", r.Text())
		}
		if invented && (strings.Contains(r.Text(), "Вовковинецька") || strings.Contains(r.Text(), "04053625") || strings.Contains(r.Text(), "00037256")) {
			t.Errorf("a real buyer is said to be invented: %q", r.Text())
		}
	})
	if a := d.get("", "/procurement/buyers/78787878"); !strings.Contains(a.text(), "Це вигаданий замовник") {
		t.Error("the page of an invented buyer does not say so")
	}
	if a := d.get("", "/procurement/buyers/04406222"); strings.Contains(a.text(), "вигаданий") || !strings.Contains(a.text(), "це не замовник міста") {
		t.Error("the page of an example says something else")
	}
}

// What nobody knows is not shown as nought.
func TestNoughtIsNotShownForWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	facts := d.get("", "/procurement/buyers/40957551").doc.Find("aside, .kv").Text() // a contract, whose tender is not in the mirror
	for _, not := range []string{"Закупівель", "Рядків планів"} {
		if strings.Contains(facts, not) {
			t.Errorf("a buyer without them has the row %q", not)
		}
	}
	if a := d.get("", "/procurement/buyers/00037256"); strings.Contains(a.text(), i18n.In("uk", "procurement.competition.title")) {
		t.Error("the procedure of the only contract is not known, and a share of competition is shown")
	}
	for _, path := range []string{"/procurement/buyers/00009999", "/procurement/suppliers/UA-EDR-00000001", "/procurement?year=1999", "/procurement/buyers/04053625"} {
		if a := d.get("", path); strings.Contains(a.text(), "0\u00a0тис. грн") && !regexp.MustCompile(`[0-9,]0\x{a0}тис`).MatchString(a.text()) {
			t.Errorf("%s: hundreds of hryvnias are shown as no thousand", path)
		}
	}
	seen := false
	d.get("", "/procurement/search?sign=any").doc.Find("tbody a.item-title").Each(func(_ int, l *goquery.Selection) {
		text := d.get("", l.AttrOr("href", "")).text()
		for _, not := range []string{"за 0 скарг", "Відхилено 0 ", "відхилено 0 ", "Підписано 0 "} {
			if strings.Contains(text, not) {
				t.Errorf("%s says %q", l.AttrOr("href", ""), not)
			}
		}
		seen = seen || strings.Contains(text, "Відхилених учасників немає")
	})
	if !seen {
		t.Error("no page says that nobody was rejected")
	}
}

func TestWhatIsNotPublishedIsNotFound(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	d.put(`{"id":"77000000000000000000000000000077","tenderID":"UA-2026-11-01-000077-a","mode":"test","status":"complete","dateModified":"2026-11-02T10:00:00+02:00",
		"procurementMethodType":"reporting","title":"Пробна","procuringEntity":{"name":"Місто","kind":"general","identifier":{"scheme":"UA-EDR","id":"04053625"}},
		"contracts":[{"id":"77000000000000000000000000000078","contractID":"UA-2026-11-01-000077-a-a1","status":"active"}]}`)
	for _, path := range []string{
		"/procurement/tenders/UA-2026-11-01-000077-a", "/procurement/tenders/UA-2026-11-01-000077-a/ocds.json", // mode=test
		"/procurement/contracts/UA-2026-11-01-000077-a-a1",
		"/procurement/tenders/UA-1999-01-01-000001-a", "/procurement/contracts/nothing", "/procurement/plans/nothing", "/procurement/buyers/99999999",
		"/procurement/suppliers/UA-EDR-00000000", "/procurement/indicators/RISK-9-99", "/procurement/indicators?g=nothing", "/procurement/cpv?code=99999", "/procurement?year=soon", "/procurement/suggest?of=people&q=a",
	} {
		if a := d.get("", path); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
}

func TestOpenDataIsForEverySite(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	for path, want := range map[string]string{
		"/procurement/search.csv": "text/csv", "/procurement/search.json": "application/json", "/procurement/search.xlsx": "application/vnd.openxml",
		"/procurement/search.rss": "application/rss+xml", "/procurement/search.atom": "application/atom+xml", "/procurement/ocds.json": "application/json",
		"/procurement/indicators.csv": "text/csv", "/procurement/indicators.json": "application/json",
		"/procurement/indicators.csv?tender=UA-2020-01-20-900201-a": "text/csv", "/procurement/indicators.json?tender=UA-2020-01-20-900201-a": "application/json",
	} {
		a := d.get("", path)
		if a.Code != http.StatusOK || !strings.HasPrefix(a.Header().Get("Content-Type"), want) {
			t.Errorf("%s: %d %s\n%s", path, a.Code, a.Header().Get("Content-Type"), d.Logged)
			continue
		}
		if a.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s is not for other sites", path)
		}
		if want == "application/json" && !json.Valid(a.Body.Bytes()) {
			t.Errorf("%s is no JSON", path)
		}
		if m := taxNumber.FindString(a.Body.String()); m != "" && !strings.HasSuffix(path, "xlsx") {
			t.Errorf("%s holds a number of 10 digits: %q", path, m)
		}
		tag := a.Header().Get("ETag")
		if tag == "" || a.Header().Get("Last-Modified") == "" {
			t.Errorf("%s says nothing of its state", path)
		}
		req, err := http.NewRequest(http.MethodGet, path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-None-Match", tag)
		if again := d.do("", req); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s asked again: %d, %d bytes", path, again.Code, again.Body.Len())
		}
	}
	for _, tender := range []string{"UA-2020-01-20-999999-a", "%00", "%ff"} {
		if a := d.get("", "/procurement/indicators.json?tender="+tender); a.Code != http.StatusNotFound && tender[0] == 'U' || a.Code >= 500 {
			t.Errorf("the values of no purchase (%s): %d", tender, a.Code)
		}
	}
	for _, page := range []string{"/procurement/tenders/UA-2020-01-20-900201-a", "/procurement/contracts/UA-2020-01-20-900201-a-c1"} {
		if d.get("", page).doc.Find("a[href='/procurement/indicators.json?tender=UA-2020-01-20-900201-a']").Length() != 1 {
			t.Errorf("%s does not give its values away", page)
		}
	}
	before := d.get("", "/procurement/search.csv").Header().Get("ETag")
	d.put(unsigned)
	if after := d.get("", "/procurement/search.csv").Header().Get("ETag"); after == before {
		t.Error("a new purchase leaves the tag as it was")
	}
	if a := d.get("", "/procurement/search.csv"); !strings.Contains(a.Header().Get("Content-Disposition"), "zhytomyr-contracts-") {
		t.Errorf("file name %q", a.Header().Get("Content-Disposition"))
	}
}

// unsigned is a purchase of the city whose contract has documents without a
// signature, with a sole trader among the bidders.
const unsigned = `{"id":"88000000000000000000000000000088","tenderID":"UA-2026-09-01-000088-a","status":"complete","date":"2026-10-01T12:00:00+03:00","dateCreated":"2026-09-01T12:00:00+03:00",
	"dateModified":"2026-10-01T12:00:00+03:00","procurementMethodType":"aboveThresholdUA","mainProcurementCategory":"works","title":"Капітальний ремонт даху корпусу № 2",
	"value":{"amount":5000000,"currency":"UAH"},
	"procuringEntity":{"name":"КНП «Лікарня-зразок»","kind":"general","identifier":{"scheme":"UA-EDR","id":"04053625"}},
	"items":[{"id":"i","description":"Ремонт даху","classification":{"scheme":"ДК021","id":"45260000-7"},"quantity":1,"unit":{"name":"послуга"}}],
	"documents":[{"id":"t1","title":"sign.p7s","format":"application/pkcs7-signature","url":"https://public-docs.prozorro.gov.ua/get/t1"}],
	"bids":[{"id":"b1","status":"active","tenderers":[{"name":"ФОП Прихований Петро Петрович","identifier":{"scheme":"UA-EDR","id":"1234567890"}}],"value":{"amount":4900000,"currency":"UAH"}},
		{"id":"b2","status":"active","tenderers":[{"name":"ТОВ «Приклад-Буд»","identifier":{"scheme":"UA-EDR","id":"14360570"}}],"value":{"amount":4860000,"currency":"UAH"}}],
	"awards":[{"id":"a1","status":"unsuccessful","bid_id":"b1","date":"2026-09-20T12:00:00+03:00","suppliers":[{"name":"ФОП Прихований Петро Петрович","identifier":{"scheme":"UA-EDR","id":"1234567890"}}],
			"documents":[{"id":"d1","title":"Протокол, ФОП Прихований Петро Петрович, 1234567890.pdf","format":"application/pdf","url":"https://public-docs.prozorro.gov.ua/get/d1"}]},
		{"id":"a2","status":"active","bid_id":"b2","date":"2026-09-21T12:00:00+03:00","value":{"amount":4860000,"currency":"UAH"},"suppliers":[{"name":"ТОВ «Приклад-Буд»","identifier":{"scheme":"UA-EDR","id":"14360570"}}]}],
	"contracts":[{"id":"88000000000000000000000000000089","contractID":"UA-2026-09-01-000088-a-a1","contractNumber":"128","status":"active","awardID":"a2","dateSigned":"2026-09-30T12:00:00+03:00",
		"value":{"amount":4860000,"currency":"UAH"},"suppliers":[{"name":"ТОВ «Приклад-Буд»","identifier":{"scheme":"UA-EDR","id":"14360570"}}],
		"documents":[{"id":"c1","title":"Договір_128.pdf","format":"application/pdf","documentType":"contractSigned","url":"https://public-docs.prozorro.gov.ua/get/c1","datePublished":"2026-09-30T14:08:00+03:00"}]}]}`

// TestAPortalWithoutPurchases: before anything came from Prozorro no page speaks of
// examples that are not there, or shows the head of a table alone.
func TestAPortalWithoutPurchases(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	for _, table := range []string{"register", "contracts", "tenders", "buyers"} {
		d.Owner(t, "DELETE FROM procurement_"+table)
	}
	for path, want := range map[string]string{"/procurement": "procurement.overview.none", "/procurement/buyers": "procurement.buyers.none_text"} {
		a := d.get("", path)
		if s := a.text(); !strings.Contains(s, i18n.In("uk", want)) || strings.Contains(s, i18n.In("uk", "procurement.overview.example")) || strings.Contains(s, i18n.In("uk", "procurement.buyers.examples")) {
			t.Errorf("%s says %s", path, s)
		}
		if n := a.doc.Find("main table").Length(); n != 0 {
			t.Errorf("%s has %d empty tables", path, n)
		}
	}
}

func TestASignOfTheCitysPurchase(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	d.put(unsigned)
	a := d.get("", "/procurement")
	if strings.Contains(a.text(), i18n.In("uk", "procurement.overview.example")) || !strings.Contains(a.text(), "Капітальний ремонт даху") {
		t.Error("the overview still speaks of examples, or does not show the contract worth a look")
	}
	a = d.get("", "/procurement/search?kind=contract&sign=any")
	row := a.doc.Find("tbody tr").First()
	if !strings.Contains(row.Text(), "Капітальний ремонт даху") {
		t.Fatalf("the row says %q", row.Text())
	}
	var marks []string
	row.Find("td .ri").Each(func(_ int, s *goquery.Selection) { marks = append(marks, s.AttrOr("data-v", "")) })
	if got := strings.Join(marks, ""); got != "0x1" {
		t.Errorf("the marks of 3-1, 3-2, 3-3 are %q", got)
	}
	if href := a.doc.Find(".chip.x").First().AttrOr("href", ""); strings.Contains(href, "sign=") {
		t.Errorf("the chip keeps its condition: %q", href)
	}
	a = d.get("", row.Find("a.item-title").AttrOr("href", ""))
	for _, want := range []string{
		"Договір № 128 від 30 вересня 2026", "DASU-3-3", "Єдиний файл не має формату", "application/pkcs7-signature", "aboveThresholdUA", "Договір_128.pdf", "4 860 000 грн", "за договором", "за методикою",
		"Подати звернення про цей договір", "Чого індикатор не знає",
	} {
		if !strings.Contains(a.text(), want) {
			t.Errorf("the contract does not say %q", want)
		}
	}
	if a.doc.Find(`a[href="/appeals/new?purchase=UA-2026-09-01-000088-a-a1"]`).Length() != 1 {
		t.Error("no link to an appeal")
	}
	for _, path := range []string{"/procurement/tenders/UA-2026-09-01-000088-a", "/procurement/contracts/UA-2026-09-01-000088-a-a1", "/procurement/search?kind=tender", "/procurement/tenders/UA-2026-09-01-000088-a/ocds.json", "/procurement/search.json?kind=tender"} {
		body := d.get("", path).Body.String()
		for _, secret := range []string{"1234567890", "Прихован"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s shows the sole trader: %s", path, secret)
			}
		}
	}
	a = d.get("", "/procurement/tenders/UA-2026-09-01-000088-a")
	if !strings.Contains(a.text(), "ФОП (ім’я приховано)") || !strings.Contains(a.text(), "Імена фізичних осіб — підприємців приховано.") {
		t.Error("the tender does not say that a name is hidden")
	}
	if a = d.get("", "/procurement/search?q="+url.QueryEscape("немаєтакого")); a.Code != http.StatusOK || a.doc.Find(".empty").Length() != 1 || a.doc.Find("table").Length() != 0 {
		t.Errorf("the empty search: %d", a.Code)
	}
}

// TestSmallDataSets: what the pages tell of indicators and monitorings can be taken away.
func TestSmallDataSets(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	read := func(set string) (rows []map[string]any) {
		t.Helper()
		a := d.get("", "/procurement/data/"+set+".json")
		if err := json.Unmarshal(a.Body.Bytes(), &rows); err != nil || a.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d, %v", set, a.Code, err)
		}
		table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(d.get("", "/procurement/data/"+set+".csv").Body.String(), "\uFEFF"))).ReadAll()
		if err != nil || len(table) != len(rows)+1 || len(rows) > 0 && len(table[0]) != len(rows[0]) {
			t.Errorf("%s: the table has %d lines, JSON %d: %v", set, len(table), len(rows), err)
		}
		return rows
	}
	byID := map[any]map[string]any{}
	for _, r := range read("registry") {
		byID[r["id"]] = r
	}
	if len(byID) != len(indicator.Registry())+len(indicator.Additional()) {
		t.Errorf("%d indicators", len(byID))
	}
	if r := byID["DASU-3-3"]; r["calculated"] != true || r["why_not"] != "" || r["version"] != "1" {
		t.Errorf("%v", r)
	}
	for id, r := range byID {
		if r["calculated"] == false && r["why_not"] == "" {
			t.Errorf("%v: it is not told why it is not calculated", id)
		}
	}
	monitorings := read("monitorings")
	if len(monitorings) == 0 || monitorings[0]["tender_number"] == "" || monitorings[0]["demo"] != true {
		t.Errorf("%v", monitorings)
	}
	read("explanations")
	d.put(unsigned) // a purchase of the city: examples are left out from now on
	if rows := read("monitorings"); len(rows) != 0 {
		t.Errorf("examples beside purchases of the city: %v", rows)
	}
	for _, path := range []string{"people.json", "registry", "registry.xlsx", "registry.json.csv", "..%2fregistry.csv"} {
		if a := d.get("", "/procurement/data/"+path); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
}

// A made up monitoring never speaks in the name of the State Audit Service; a real one does.
func TestAMadeUpMonitoringSaysThatItIsOne(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	official := i18n.In("uk", "procurement.monitoring.text")
	for path, conclusion := range map[string]string{
		"/procurement/tenders/UA-2020-01-20-900201-a": i18n.In("uk", "procurement.monitoring.violation"),
		"/procurement/tenders/UA-2021-03-22-900204-a": i18n.In("uk", "procurement.monitoring.no_conclusion"),
	} {
		a := d.get("", path)
		if a.Code != http.StatusOK || !strings.Contains(a.text(), conclusion) {
			t.Errorf("%s: %d, no monitoring", path, a.Code)
		}
		if !strings.Contains(a.text(), i18n.In("uk", "procurement.monitoring.demo")) || strings.Contains(a.text(), official) {
			t.Errorf("%s passes its monitoring for an official one", path)
		}
		if a.doc.Find("a[href*='prozorro.gov.ua/monitoring']").Length() != 0 {
			t.Errorf("%s leads to a monitoring that is not there", path)
		}
	}
	d.put(unsigned)
	d.put(`{"id":"88000000000000000000000000000091","monitoring_id":"UA-M-2026-10-05-000088","tender_id":"88000000000000000000000000000088","status":"active","dateModified":"2026-10-20T12:00:00+03:00"}`)
	if a := d.get("", "/procurement/tenders/UA-2026-09-01-000088-a"); !strings.Contains(a.text(), official) || strings.Contains(a.text(), i18n.In("uk", "procurement.monitoring.demo")) {
		t.Error("a real monitoring passes for a sample")
	}
}

func TestAPurchaseFromThePlanToTheLastPayment(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	d.put(unsigned)
	d.put(`{"id":"88000000000000000000000000000090","planID":"UA-P-2026-08-01-000088-a","status":"complete","dateModified":"2026-09-01T12:00:00+03:00","tender_id":"88000000000000000000000000000088",
		"procuringEntity":{"name":"КНП «Лікарня-зразок»","identifier":{"scheme":"UA-EDR","id":"04053625"}},"budget":{"amount":5200000,"currency":"UAH","description":"Ремонт даху","breakdown":[{"title":"local","value":{"amount":5200000,"currency":"UAH"}}]},
		"tender":{"procurementMethodType":"aboveThresholdUA","tenderPeriod":{"startDate":"2026-09-01T00:00:00+03:00"}},"items":[{"description":"Ремонт даху","classification":{"scheme":"ДК021","id":"45260000-7"}}]}`)
	d.put(`{"id":"88000000000000000000000000000091","monitoring_id":"UA-M-2026-10-05-000088","tender_id":"88000000000000000000000000000088","status":"addressed","dateModified":"2026-10-20T12:00:00+03:00","dateCreated":"2026-10-05T12:00:00+03:00",
		"reasons":["indicator"],"procuringStages":["contracting"],"conclusion":{"violationOccurred":true,"violationType":["corruptionChanges"],"datePublished":"2026-10-20T12:00:00+03:00"}}`)
	d.put(`{"id":"88000000000000000000000000000089","contractID":"UA-2026-09-01-000088-a-a1","contractNumber":"Договір № 128","tender_id":"88000000000000000000000000000088","awardID":"a2","status":"terminated","terminationDetails":"Роботи виконано частково",
		"dateModified":"2026-11-01T12:00:00+02:00","dateSigned":"2026-09-30T12:00:00+03:00","value":{"amount":4860000,"currency":"UAH"},"amountPaid":{"amount":1944000,"currency":"UAH"},
		"buyer":{"name":"КНП «Лікарня-зразок»","identifier":{"scheme":"UA-EDR","id":"04053625"}},"suppliers":[{"name":"ТОВ «Приклад-Буд»","identifier":{"scheme":"UA-EDR","id":"14360570"}}],
		"changes":[{"id":"x","status":"active","contractNumber":"1","rationaleTypes":["durationExtension"],"rationale":"Дощі","dateSigned":"2026-10-12T12:00:00+03:00"}],
		"milestones":[{"code":"prepayment","title":"signingTheContract","type":"financing","percentage":30,"duration":{"days":5,"type":"banking"}}]}`)
	says := func(path string, words ...string) answer {
		t.Helper()
		a := d.get("", path)
		if a.Code != http.StatusOK {
			t.Fatalf("%s: %d\n%s", path, a.Code, d.Logged)
		}
		for _, w := range words {
			if !strings.Contains(a.text(), w) {
				t.Errorf("%s does not say %q", path, w)
			}
		}
		return a
	}
	says("/procurement/plans/UA-P-2026-08-01-000088-a", "5 200 000 грн", "Очікувана вартість закупівлі", "Відкрити закупівлю UA-2026-09-01-000088-a", "місцевий бюджет")
	says("/procurement/tenders/UA-2026-09-01-000088-a", "UA-P-2026-08-01-000088-a", "Договір № 128", "сплачено 1 944 000 грн", "1 додаткова угода", "Держаудитслужба зробила висновок, що порушення є.", "зміна істотних умов договору")
	a := says("/procurement/contracts/UA-2026-09-01-000088-a-a1", "Договір № 128 від 30 вересня 2026", "Роботи виконано частково", "Додаткова угода № 1", "продовження строку дії договору. Дощі",
		"Сплачено 1 944 000 грн із 4 860 000 грн (40 %)", "аванс", "5 банківських днів після підписання договору", "30 %", "Копія договору в закупівлі", "Моніторинг Держаудитслужби")
	if a.doc.Find("#frozen").Length() != 1 || a.doc.Find("#changes").Length() != 1 {
		t.Error("the frozen copy is not told apart from the contract")
	}
	says("/procurement/buyers", "Виконавчий комітет Житомирської міської ради", "код ще не звірено з ЄДР")
	says("/procurement/buyers/04053625", "1 договір", "ТОВ «Приклад-Буд»")
	if href := says("/procurement/buyers/04053625").doc.Find(`a[href^="/procurement/suppliers/"]`).AttrOr("href", ""); says(href).Code != http.StatusOK {
		t.Error("the supplier has no page")
	}
}

func TestWhatProzorroShowsNoMore(t *testing.T) {
	t.Parallel()
	d := withSample(t)
	for kind, path := range map[string]string{"tender": "tenders", "contract": "contracts", "plan": "plans"} {
		var id, number string
		if err := d.DB.ReadPool().QueryRow(context.Background(), "SELECT r.id, r.number FROM procurement_register r JOIN procurement_documents d ON d.resource = r.kind AND d.id = r.id WHERE r.kind = $1 AND NOT r.demo ORDER BY r.id LIMIT 1", kind).Scan(&id, &number); err != nil {
			t.Fatal(kind, err)
		}
		at := "/procurement/" + path + "/" + number
		if a := d.get("", at); a.Code != http.StatusOK || strings.Contains(a.doc.Find("main").Text(), "більше немає") {
			t.Errorf("%s: %d, and it is said to be gone", at, a.Code)
		}
		d.Owner(t, "INSERT INTO procurement_queue (resource, id, queued_at, next_at, gone) VALUES ($1, $2, now(), now(), true)", kind, id)
		if a := d.get("", at); a.Code != http.StatusOK || !strings.Contains(a.doc.Find("main").Text(), "цього документа більше немає") {
			t.Errorf("%s: %d, and not a word that Prozorro shows it no more", at, a.Code)
		}
	}
}
