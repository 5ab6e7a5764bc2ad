package app

import (
	"net/http"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"ereception/web/httpx"
)

var digits = regexp.MustCompile(`^\d+$`)

// TestNoNumberOfAFormIsTooBig sends each form that the pages of every role hold
// with numbers that no column of the database takes, the version first of all: it
// is a mistake of the sender or a stale page, never a failure of the portal.
func TestNoNumberOfAFormIsTooBig(t *testing.T) {
	t.Parallel()
	a, e := portal(t, 40)
	ctx := t.Context()
	number := func(where string) string {
		t.Helper()
		var n string
		if err := a.Store.ReadPool().QueryRow(ctx, "SELECT number FROM appeals WHERE "+where+" ORDER BY id DESC LIMIT 1").Scan(&n); err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		return n
	}
	roads := "unit_id = (SELECT id FROM units WHERE code = 'roads')"
	e.Owner(t, `UPDATE appeals SET state = 'in_progress', unit_id = (SELECT id FROM units WHERE code = 'roads'), closed_at = NULL, answered_at = NULL,
		executor_id = (SELECT id FROM people WHERE email = 'executor@example.org'), manager_id = (SELECT id FROM people WHERE email = 'manager@example.org')
		WHERE id = (SELECT max(id) FROM appeals WHERE author_id = (SELECT id FROM people WHERE email = 'resident@example.org'))`)
	appeals := []string{number("state = 'in_progress' AND " + roads), number("state = 'received'")}
	tried := map[string]bool{}
	forms := 0
	for _, email := range []string{"", "resident@example.org", "specialist@example.org", "executor@example.org", "manager@example.org", "admin@example.org"} {
		c := a.as(t, email)
		pages := []string{}
		for _, r := range httpx.Frozen(a.Areas) {
			if r.Method != http.MethodGet || strings.HasPrefix(r.Path, "/static/") || strings.HasPrefix(r.Path, "/lang/") {
				continue
			}
			for _, n := range appeals {
				if strings.Contains(r.Path, ":number") && !strings.Contains(r.Path, "/appeals/") {
					n = "1"
				}
				p := strings.NewReplacer(":number", n).Replace(r.Path)
				pages = append(pages, param.ReplaceAllString(p, "1"))
			}
		}
		if email == "resident@example.org" {
			w := c.do(http.MethodPost, "/appeals/new", url.Values{"kind": {"application"}})
			for _, step := range []string{"2", "3", "4"} {
				pages = append(pages, strings.TrimSuffix(w.Header().Get("Location"), "2")+step)
			}
		}
		sort.Strings(pages)
		for _, p := range pages {
			w := c.do(http.MethodGet, p, nil)
			if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				continue
			}
			doc, err := goquery.NewDocumentFromReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			doc.Find("form").Each(func(_ int, f *goquery.Selection) {
				action := f.AttrOr("action", p)
				if i := strings.IndexByte(action, '?'); i > 0 {
					action = action[:i]
				}
				if strings.EqualFold(f.AttrOr("method", "get"), "get") || action == "/sign-out" || strings.HasPrefix(action, "/account/sessions") || action == "/sign-in" {
					return
				}
				fill := url.Values{}
				numbers := []string{}
				f.Find("[name]").Each(func(_ int, x *goquery.Selection) {
					name := x.AttrOr("name", "")
					value := x.AttrOr("value", "")
					switch {
					case goquery.NodeName(x) == "textarea":
						value = x.Text()
					case goquery.NodeName(x) == "select":
						o := x.Find("option[selected]")
						if o.Length() == 0 {
							o = x.Find("option").Last()
						}
						value = o.AttrOr("value", "")
					case goquery.NodeName(x) == "button":
						return
					}
					fill.Set(name, value)
					if name == "version" || digits.MatchString(value) || x.AttrOr("type", "") == "number" || x.AttrOr("inputmode", "") == "numeric" {
						numbers = append(numbers, name)
					}
				})
				key := email + " " + action + " " + strings.Join(numbers, ",")
				if tried[key] {
					return
				}
				tried[key] = true
				if len(numbers) > 0 {
					forms++
				}
				for _, name := range numbers {
					for _, bad := range []string{"2147483648", "9223372036854775807", "9223372036854775808", "-1", "x"} {
						sent := url.Values{}
						for k, v := range fill {
							sent[k] = v
						}
						sent.Set(name, bad)
						if got := c.do(http.MethodPost, action, sent).Code; got >= 500 {
							t.Errorf("%s as %q with %s=%s: %d", action, email, name, bad, got)
						}
					}
				}
			})
		}
	}
	if forms < 20 {
		t.Errorf("only %d forms with numbers were found", forms)
	}
	t.Logf("%d forms", forms)
}
