package petitions_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// openDistricts is the breakdown as anybody downloads it.
func (s *signSite) openDistricts() map[string]int {
	s.t.Helper()
	res, body := s.raw(s.at(s.n, "/petition.json"), "uk")
	var p struct {
		Districts []struct {
			District string `json:"district"`
			N        int    `json:"n"`
		} `json:"districts"`
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%d %v", res.StatusCode, err)
	}
	out := map[string]int{}
	for _, d := range p.Districts {
		if out[d.District] != 0 || d.District == "" {
			s.t.Errorf("%+v", p.Districts)
		}
		out[d.District] = d.N
	}
	return out
}

// TestDistrictsOverManyNights: whoever downloads the breakdown every hour and holds
// it beside the names that came and went learns of no group of less than ten people:
// nothing moves by day, a night moves it only when ten came or went, and what is
// left out is never the only small one.
func TestDistrictsOverManyNights(t *testing.T) {
	t.Parallel()
	const k = 10
	s := signSetup(t)
	ctx := t.Context()
	s.Owner(t, "UPDATE petitions SET threshold = 100000 WHERE number = $1", s.n)
	for i := 2; i <= 4; i++ {
		s.Owner(t, "INSERT INTO districts (kind, code, name_uk, name_en, created_at) VALUES ('district', $1::int::text, 'Район ' || $1::int, '', now())", i)
	}
	seed := rand.Uint64() //nolint:gosec // a test that says its seed
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // as above
	serial, moved := 0, 0
	shown := map[string]int{}
	for night := range 12 {
		for range 1 + r.IntN(3) { // by day
			n, district := r.IntN(9), r.IntN(5) // 0: not said
			s.Owner(t, `INSERT INTO petition_signatures (petition_id, signer, name, at, tier, district_id, domain, net, ip)
				SELECT p.id, sha256(g::text::bytea), 'Зозуля Марія', $1, 1, d.id, '', '\x00', '\x00' FROM petitions p, generate_series($2::int, $3::int) g
				LEFT JOIN LATERAL (SELECT id FROM districts ORDER BY id OFFSET greatest($4::int - 1, 0) LIMIT 1) d ON $4::int > 0 WHERE p.number = $5`,
				s.Clock.Now(), serial+1, serial+n, district, s.n)
			serial += n
			moved += n
			if err := s.svc.Count(ctx); err != nil {
				t.Fatal(err)
			}
			if got := s.openDistricts(); !reflect.DeepEqual(got, shown) {
				t.Fatalf("day %d: it moved with the names from %v to %v", night, shown, got)
			}
		}
		if _, err := s.svc.Recount(ctx); err != nil {
			t.Fatal(err)
		}
		got := s.openDistricts()
		if !reflect.DeepEqual(got, shown) {
			if moved < k {
				t.Errorf("night %d: %v became %v after %d names", night, shown, got, moved)
			}
		}
		sum := 0
		for name, n := range got {
			if sum += n; n < k || n%k != 0 {
				t.Errorf("night %d: %s has %d", night, name, n)
			}
		}
		if all := s.Count(t, "SELECT coalesce(sum(shown), 0) FROM petition_districts"); sum > all || len(got) > 0 && all-sum >= k*len(got) {
			t.Errorf("night %d: the shown %v leave %d of %d", night, got, all-sum, all)
		}
		if s.Count(t, "SELECT coalesce(sum(abs(n - shown)), 0) FROM petition_districts") == 0 {
			moved = 0
		}
		shown = got
		s.Clock.Advance(time.Hour)
		page, body := s.raw(s.at(s.n, ""), "uk")
		if page.StatusCode != http.StatusOK {
			t.Fatal(page.StatusCode)
		}
		for name, n := range got {
			if len(got) > 1 && !strings.Contains(body, fmt.Sprintf(`<th scope="row">%s</th><td class="r num">%d+</td>`, name, n)) {
				t.Errorf("night %d: the page has not %s %d+", night, name, n)
			}
		}
	}
	if len(shown) == 0 {
		t.Error("nothing was shown in the end: nothing was tried")
	}
}

// TestWhoTookItBackStandsNowhere: neither pages nor open data name a signatory who
// took his signature back or was taken out, and no mark lets a browser keep what was.
func TestWhoTookItBackStandsNowhere(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.person("olena@example.com", "Коваленко Олена Ігорівна")
	s.signed(s.n, "Бондарук Леся Миколаївна", "Підроблений Пилип Іванович")
	v := s.visitor().signIn("olena@example.com")
	v.want(v.post(s.at(s.n, "/sign"), "resident", "1"), http.StatusSeeOther, s.at(s.n, ""))
	paths := []string{s.at(s.n, ""), s.at(s.n, "/signers.csv"), s.at(s.n, "/petition.json"), s.at(s.n, "/count.json"), s.at(s.n, "/hours.csv"), "/petitions.csv", "/petitions.json", "/petitions.rss", s.at(s.n, "/embed")}
	if err := s.svc.Count(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(2 * time.Second)
	marks := map[string]string{}
	for _, p := range paths {
		res, body := s.raw(p, "uk")
		marks[p] = res.Header.Get("ETag")
		if (p == paths[0] || p == paths[1]) && !strings.Contains(body, "Коваленко О. І.") {
			t.Errorf("%s does not name who signed", p)
		}
	}
	v.want(v.post(s.at(s.n, "/withdraw")), http.StatusSeeOther, s.at(s.n, ""))
	s.Owner(t, "UPDATE petition_signatures SET sweep_id = 1 WHERE name LIKE 'Підроблений%'")
	if err := s.svc.Count(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(2 * time.Second)
	for _, p := range paths {
		req, err := http.NewRequest(http.MethodGet, s.url+p, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if marks[p] != "" {
			req.Header.Set("If-None-Match", marks[p])
		}
		res := s.visitor().do(req, nil)
		if res.StatusCode == http.StatusNotModified && p != "/petitions.rss" {
			t.Errorf("%s: what was is still good", p)
		}
		_, body := s.raw(p, "uk")
		for _, name := range []string{"Коваленко", "Підроблений"} {
			if strings.Contains(body, name) {
				t.Errorf("%s names %s", p, name)
			}
		}
	}
	if _, body := s.raw(s.at(s.n, "/signers.csv"), "uk"); !strings.Contains(body, "Бондарук Л. М.") {
		t.Error("somebody else went too")
	}
}
