package app

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// TestAHiddenAppealIsNowhere: while the clock stands, so that no copy grows old by itself, a
// text that an official took from the map is on none of the pages of strangers.
func TestAHiddenAppealIsNowhere(t *testing.T) {
	t.Parallel()
	a, e := portal(t, 60)
	guest, clerk := a.as(t, ""), a.as(t, "specialist@example.org")
	doc, err := goquery.NewDocumentFromReader(guest.do("GET", "/", nil).Body)
	if err != nil {
		t.Fatal(err)
	}
	number := ""
	doc.Find(`a[href^="/map?sel="]`).Each(func(_ int, s *goquery.Selection) {
		if n := strings.TrimPrefix(s.AttrOr("href", ""), "/map?sel="); number == "" && n != "" {
			number = n
		}
	})
	if number == "" {
		t.Fatal("the home page shows no appeal")
	}
	form := func(kv ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(kv); i += 2 {
			v.Set(kv[i], kv[i+1])
		}
		return v
	}
	places := []string{"/", "/map?days=all", "/map/points.json?days=all"}
	shown := func(where string) bool { return strings.Contains(guest.do("GET", where, nil).Body.String(), number) }
	for _, p := range places {
		if !shown(p) {
			t.Errorf("%s does not show %s", p, number)
		}
	}
	if w := guest.do("GET", "/map?sel="+number, nil); w.Code != 200 {
		t.Errorf("its page: %d", w.Code)
	}
	version := strconv.Itoa(e.Count(t, "SELECT version FROM appeals WHERE number = $1", number))
	at := "/cabinet/appeals/" + number
	if w := a.as(t, "resident@example.org").do("POST", at+"/hide", form("version", version, "ground", "personal_data")); w.Code != 403 {
		t.Errorf("a resident hides: %d", w.Code)
	}
	if w := clerk.do("POST", at+"/hide", form("version", version, "ground", "personal_data")); w.Code != 303 {
		t.Fatalf("hide: %d", w.Code)
	}
	for _, p := range places {
		if shown(p) {
			t.Errorf("%s still shows %s", p, number)
		}
	}
	for _, p := range []string{"/map?sel=" + number, at, "/appeals/" + number} {
		if w := guest.do("GET", p, nil); w.Code == 200 {
			t.Errorf("%s: %d to a stranger", p, w.Code)
		}
	}
	if w := guest.do("GET", "/map?sel="+number, nil); w.Code != 404 || strings.Contains(w.Body.String(), `data-number="`+number) {
		t.Errorf("its page: %d", w.Code)
	}
	version = strconv.Itoa(e.Count(t, "SELECT version FROM appeals WHERE number = $1", number))
	if w := clerk.do("POST", at+"/unhide", form("version", version)); w.Code != 303 {
		t.Fatalf("put back: %d", w.Code)
	}
	for _, p := range places {
		if !shown(p) {
			t.Errorf("%s does not show %s again", p, number)
		}
	}
}
